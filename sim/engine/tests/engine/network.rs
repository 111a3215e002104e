//! The links: one function decides a message's fate, and its shares are statistically right.

use crate::script::check;
use expect_test::expect;
use squall_engine::ids::{NodeId, Time};
use squall_engine::latency::LatencyTable;
use squall_engine::network::{Course, Cut, Loss, Network, Passage};
use squall_engine::scenario::roster::Roster;
use squall_engine::scenario::tables::{self, Cluster, Latency, Nodes, Reordering};
use squall_engine::stream::{StreamKind, keyed_words};
use squall_engine::units::{Ratio, Span, SpanRange};

const MESSAGES: u64 = 200_000;

fn network(table: &tables::Network) -> Network {
    let cluster = Cluster::new(Nodes::Count(3), 1);
    Network::new(table, &Roster::new(&cluster, &[]))
}

fn fates(table: &tables::Network) -> Vec<Course> {
    let mut network = network(table);
    let passage = Passage { from: NodeId::node(0), to: NodeId::node(1) };
    (0..MESSAGES)
        .map(|count| {
            let words = keyed_words(3, StreamKind::Network, 5, count);
            network.course(passage, Time::ZERO, words, || 100)
        })
        .collect()
}

/// Whether a count is within five standard deviations of its share of `of`.
fn fits(count: usize, of: usize, share: f64) -> bool {
    let mean = of as f64 * share;
    (count as f64 - mean).abs() <= 5.0 * (mean * (1.0 - share)).sqrt() + 1.0
}

fn constant() -> tables::Network {
    tables::Network { latency: Latency::Constant(Span::millis(1)), ..tables::Network::default() }
}

#[test]
fn shares_of_loss_duplication_and_reordering_are_right_and_independent() {
    let by = SpanRange::new(Span::millis(10), Span::millis(100));
    let table = tables::Network {
        loss: Ratio::ppm(100_000),
        duplication: Ratio::ppm(50_000),
        reordering: Reordering { share: Ratio::ppm(200_000), by },
        ..constant()
    };
    let fates = fates(&table);
    let lost = fates.iter().filter(|fate| fate.arrival == Err(Loss::Dropped)).count();
    assert!(fits(lost, fates.len(), 0.1), "{lost} lost");
    let arrived: Vec<&Course> = fates.iter().filter(|fate| fate.arrival.is_ok()).collect();
    let twice = arrived.iter().filter(|fate| fate.copy.is_some()).count();
    assert!(fits(twice, arrived.len(), 0.05), "{twice} arrived twice");
    let late = |fate: &&&Course| fate.arrival != Ok(1_000_000);
    let held = arrived.iter().filter(late).count();
    assert!(fits(held, arrived.len(), 0.2), "{held} were held back");
    let both = arrived.iter().filter(late).filter(|fate| fate.copy.is_some()).count();
    assert!(fits(both, arrived.len(), 0.01), "{both} were held back and arrived twice");
    for fate in arrived.iter().filter(late) {
        let after = fate.arrival.expect("it arrived");
        assert!((11_000_000..=101_000_000).contains(&after), "held for {after}");
    }
    assert!(fates.iter().all(|fate| fate.arrival.is_ok() || fate.copy.is_none()));
}

#[test]
fn all_and_nothing_are_exact() {
    let table = tables::Network { loss: Ratio::ONE, ..constant() };
    assert!(fates(&table).iter().all(|fate| fate.arrival == Err(Loss::Dropped)));
    let table = tables::Network { duplication: Ratio::ONE, ..constant() };
    assert!(fates(&table).iter().all(|fate| fate.copy == Some(1_000_000)));
    let sure = Course { arrival: Ok(1_000_000), copy: None, corrupted: false };
    assert!(fates(&constant()).iter().all(|fate| *fate == sure));
}

fn latencies(latency: Latency) -> Vec<u64> {
    let table = tables::Network { latency, ..tables::Network::default() };
    let mut all: Vec<u64> =
        fates(&table).iter().map(|fate| fate.arrival.expect("nothing is lost")).collect();
    all.sort();
    all
}

#[test]
fn a_uniform_latency_is_uniform() {
    let range = SpanRange::new(Span::millis(1), Span::millis(9));
    let all = latencies(Latency::Uniform(range));
    let mut bins = [0f64; 16];
    all.iter().for_each(|nanos| bins[((nanos - 1_000_000) * 16 / 8_000_001) as usize] += 1.0);
    let want = MESSAGES as f64 / 16.0;
    let chi: f64 = bins.iter().map(|count| (count - want).powi(2) / want).sum();
    // Fifteen degrees of freedom: 1 in 100,000 beyond 50.
    assert!(chi < 50.0, "chi square {chi} of {bins:?}");
    assert!(all[0] >= 1_000_000 && all[all.len() - 1] <= 9_000_000);
}

#[test]
fn an_exponential_latency_has_its_mean_and_quantiles() {
    let all = latencies(Latency::Exponential { mean: Span::millis(10) });
    let mean = all.iter().sum::<u64>() as f64 / MESSAGES as f64;
    assert!((mean / 10e6 - 1.0).abs() < 0.012, "mean {mean}");
    for share in [0.5, 0.9, 0.99, 0.999] {
        let want = -(1.0f64 - share).ln();
        let found = all[(MESSAGES as f64 * share) as usize] as f64 / 10e6;
        assert!((found / want - 1.0).abs() < 0.04, "quantile {share}: {found}, not {want}");
    }
}

#[test]
fn the_table_of_an_exponential_is_close_to_its_formula_everywhere() {
    let table = LatencyTable::new(&Latency::Exponential { mean: Span::secs(1) });
    let mut last = 0;
    for step in 0..=2048u64 {
        let word = (step << 21).min(u64::from(u32::MAX)) as u32;
        let want = -(-(f64::from(word) / 4_294_967_296.0)).ln_1p() * 1e9;
        let found = table.sample(word);
        assert!((found as f64 - want).abs() <= want * 0.01 + 1000.0, "{word}: {found}, not {want}");
        assert!(found >= last, "a quantile is not below a smaller one");
        last = found;
    }
}

#[test]
fn a_log_normal_latency_has_its_median_and_quantiles() {
    let (median, p99) = (Span::millis(10), Span::millis(80));
    let all = latencies(Latency::LogNormal { median, p99 });
    let at = |share: f64| all[(MESSAGES as f64 * share) as usize] as f64 / 1e6;
    // The same distribution by its formula: 1.2816, 2.3263 and 3.0902 deviations.
    let deviation = 8.0f64.ln() / 2.326_347_9;
    for (share, normal) in [(0.5, 0.0), (0.9, 1.281_551_6), (0.99, 2.326_347_9), (0.999, 3.090_232)]
    {
        let want = 10.0 * (deviation * normal).exp();
        let found = at(share);
        assert!((found / want - 1.0).abs() < 0.06, "quantile {share}: {found}, not {want}");
    }
    assert!((at(0.1) / (100.0 / at(0.9)) - 1.0).abs() < 0.03, "it is symmetric in its logarithm");
    let table = LatencyTable::new(&Latency::LogNormal { median, p99 });
    let words = (0..=u32::MAX).step_by(99_991).chain(u32::MAX - 3_000..=u32::MAX);
    assert!(words.map(|word| table.sample(word)).is_sorted(), "quantiles do not decrease");
    let exact = LatencyTable::new(&Latency::LogNormal { median, p99: median });
    assert!(
        [0, 1, 1 << 31, u32::MAX].iter().all(|word| exact.sample(*word).abs_diff(10_000_000) < 9)
    );
}

#[test]
fn a_message_to_oneself_arrives_at_once_and_surely() {
    let mut network = network(&tables::Network { loss: Ratio::ONE, ..constant() });
    network.cut(1, Cut::between(vec![1, 2, 2, u32::MAX]));
    let own = Passage { from: NodeId::node(0), to: NodeId::node(0) };
    let course = network.course(own, Time::ZERO, [0; 4], || 100);
    assert_eq!(course, Course { arrival: Ok(0), copy: None, corrupted: false });
    check(
        r#"set network.loss=100%
           n1 start: send n1 a; work 1ms; send n1 b
           fault { name = "cut", at = "0s", partition = { isolate = "n1" } }"#,
        expect![[r#"
            0 + cut partition n1 | n2, n3
            1 n1 sends b to n1
            1 n1 gets a from n1
            1 n1 gets b from n1
        "#]],
    );
}

#[test]
fn a_message_to_nobody_is_lost_and_says_so() {
    check(
        "n1 start: send n9 a; send c1 b",
        expect![[r#"
            0 n1 a from n1 to n9 lost: no such addressee
            1 c1 gets b from n1
        "#]],
    );
}

#[test]
fn a_one_way_cut_lets_answers_through() {
    check(
        r#"n1 start: send n2 a; send n3 a
           n2 start: send n1 b
           n3 start: send n1 b; send n2 b
           fault { name = "cut", at = "0s", partition = { one_way = [["n1"], ["n2"]] } }"#,
        expect![[r#"
            0 + cut partition n1 -x-> n2
            0 n1 a from n1 to n2 lost: cut off
            1 n3 gets a from n1
            1 n1 gets b from n2
            1 n1 gets b from n3
            1 n2 gets b from n3
        "#]],
    );
}

#[test]
fn others_is_every_node_that_no_group_names() {
    check(
        r#"set cluster.nodes=4
           * start: all a
           fault { name = "cut", at = "0s",
           + partition = { groups = [["n1", "n3"], ["others"]] } }"#,
        expect![[r#"
            0 + cut partition n1, n3 | n2, n4
            0 n1 a from n1 to n2 lost: cut off
            0 n1 a from n1 to n4 lost: cut off
            0 n2 a from n2 to n1 lost: cut off
            0 n2 a from n2 to n3 lost: cut off
            0 n3 a from n3 to n2 lost: cut off
            0 n3 a from n3 to n4 lost: cut off
            0 n4 a from n4 to n1 lost: cut off
            0 n4 a from n4 to n3 lost: cut off
            1 n3 gets a from n1
            1 n4 gets a from n2
            1 n1 gets a from n3
            1 n2 gets a from n4
        "#]],
    );
}

#[test]
fn a_node_that_no_group_names_reaches_all_where_there_are_no_others() {
    check(
        r#"set cluster.nodes=4
           n1 start: all a
           n2 start: all b
           n3 start: all c
           n4 start: all d
           fault { name = "cut", at = "0s",
           + partition = { groups = [["n1", "n2"], ["n3"]] } }"#,
        expect![[r#"
            0 + cut partition n1, n2 | n3
            0 n1 a from n1 to n3 lost: cut off
            0 n2 b from n2 to n3 lost: cut off
            0 n3 c from n3 to n1 lost: cut off
            0 n3 c from n3 to n2 lost: cut off
            1 n2 gets a from n1
            1 n4 gets a from n1
            1 n1 gets b from n2
            1 n4 gets b from n2
            1 n4 gets c from n3
            1 n1 gets d from n4
            1 n2 gets d from n4
            1 n3 gets d from n4
        "#]],
    );
}

#[test]
fn what_is_in_flight_when_a_cut_begins_arrives() {
    check(
        r#"set network.latency=5ms
           n1 start: send n2 a; work 3ms; send n2 b
           fault { name = "cut", at = "2ms", for = "2ms", partition = { isolate = "n2" } }"#,
        expect![[r#"
            2 + cut partition n2 | n1, n3
            3 n1 sends b to n2
            3 n1 b from n1 to n2 lost: cut off
            4 - cut ends
            5 n2 gets a from n1
        "#]],
    );
}

/// Which of three clients reach n1 through a cut of n1 from n2 and n3; c3 asked nobody yet.
fn reaching(clients: &str) -> String {
    let script = format!(
        r#"set cluster.clients=2
           set workload.timeout=100ms
           * ask: reply
           fault {{ name = "cut", at = "100ms", for = "200ms",
           + partition = {{ groups = [["n1", "c2"], ["others"]], clients = "{clients}" }} }}"#
    );
    let mut plan = crate::script::plan(&script, 1);
    let one = |at: u64| squall_engine::plan::PlannedOperation {
        at: Some(Span::millis(at)),
        not_before: None,
        operation: serde_json::json!({ "write": at }),
    };
    plan.operations = Some(vec![vec![one(50), one(150), one(350)], vec![one(160)]]);
    let ran = crate::script::run_plan(plan);
    let ended = ran.history.operations.iter().map(|operation| {
        let ended = if operation.completed().is_some() { "ok" } else { "unknown" };
        format!("{} {} {ended}", operation.process, operation.operation)
    });
    ended.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_client_that_no_group_names_reaches_both_sides_stays_or_follows() {
    let with = |second: &str| {
        format!("c1 Write 50 ok, c1 Write 150 {second}, c2 Write 160 ok, c1 Write 350 ok")
    };
    assert_eq!(reaching("both"), with("ok"));
    // Most nodes are on the other side.
    assert_eq!(reaching("stay"), with("unknown"));
    // It asked n1 last.
    assert_eq!(reaching("follow"), with("ok"));
}
