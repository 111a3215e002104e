//! Law 3: streams are independent; law 4: what is drawn from them is pinned.

use super::{cases, recorded};
use crate::script::plan;
use expect_test::expect;
use proptest::prelude::*;
use squall_engine::stream::{Stream, StreamKind, keyed_words, name_id};
use squall_engine::units::{Ratio, Span, SpanRange};

const STORM: &str = r#"
    set scenario.calm=100ms
    set cluster.nodes=5
    set cluster.spares=1
    * start: set t 1ms
    * timer t: set t 3ms; append f x; append g y; all a
    fault { name = "a", at = "10ms..300ms", nodes = "random 2", crash = { down = "1ms..50ms" } }
    fault { name = "b", at = "10ms..300ms", for = "5ms..50ms", partition = "halves" }
    fault { name = "c", at = "10ms..300ms", for = "5ms..50ms", nodes = "random 1", pause = {} }
    fault { name = "d", after = "b", delay = "1ms..9ms", for = "5ms..50ms",
    + partition = "one-way" }
    fault { name = "e", at = "300ms..600ms", nodes = ["n1", "random 2"],
    + crash = { down = "1ms..50ms" } }
    fault { name = "f", at = "300ms..600ms", nodes = "random 2", for = "5ms..50ms",
    + clock = { drift = "-50%..50%", jump = "-9s..9s" } }
    fault { name = "g", at = "300ms..600ms", nodes = "random 1", wipe = { down = "1ms..9ms" } }
    fault { name = "h", at = "300ms..600ms", nodes = "random 2", for = "5ms..50ms",
    + slow = { cpu = "1x..9x", disk = "1x..9x" } }
    fault { name = "i", at = "300ms..600ms", nodes = "random 2",
    + restart = { down = "1ms..9ms", gap = "20ms" } }
    fault { name = "l", at = "300ms..600ms", nodes = "random 2", for = "5ms..50ms",
    + disk = { write_error = "5%", rot = 3, latency = "0s..2ms" } }
    fault { name = "m", at = "300ms..600ms", nodes = "random 2", for = "5ms..50ms",
    + chance = {} }
    fault { name = "j", at = "300ms..600ms", nodes = "spare", join = {} }
    fault { name = "k", at = "300ms..600ms", for = "5ms..50ms",
    + membership = { remove = "random 1" } }
    fault { name = "s", at = "10ms..600ms", for = "50ms..200ms",
    + partition = { shape = "swizzle", period = "5ms..20ms" } }
    fault { name = "n", at = "10ms..600ms", for = "50ms..200ms", partition = "random-graph" }
    fault { name = "o", at = "10ms..600ms", for = "50ms..200ms",
    + partition = { shape = "rolling", period = "5ms..20ms" } }
    fault { name = "p", at = "10ms..600ms", for = "50ms..200ms",
    + degrade = { from = "random 2", loss = "30%", corruption = "10%" } }
    fault { name = "q", at = "10ms..600ms", for = "5ms..20ms", nodes = "random 1", hold = {} }
    fault { name = "r", at = "10ms..600ms", for = "5ms..20ms",
    + lag = { to = "random 1", by = "1ms..9ms" } }
"#;

/// When, how long and whom each fault struck, and how it turned.
fn strikes(plan: squall_engine::plan::Plan) -> Vec<(String, u64, Option<u64>, String)> {
    let ran = recorded(plan);
    let turns = ran.transcript.lines().filter_map(|line| {
        let (at, turn) = line.split_once(" ~ ")?;
        Some((turn.split(' ').next()?.to_string(), 0, None, format!("{at} {turn}")))
    });
    let strikes = ran.outcome.strikes.into_iter();
    let mut strikes: Vec<_> = strikes
        .map(|strike| {
            let until = strike.until.map(|until| until.as_nanos());
            (strike.fault, strike.at.as_nanos(), until, strike.whom)
        })
        .chain(turns)
        .collect();
    strikes.sort();
    strikes
}

proptest! {
    #![proptest_config(cases(12))]
    #[test]
    fn deleting_a_fault_leaves_the_draws_of_all_others_alone(seed in any::<u64>()) {
        let all = strikes(plan(STORM, seed));
        prop_assert!(all.len() > 19, "19 strikes, and turns");
        // Not `j`: without it there is a node less to choose from.
        let deletable = "a c d e f g h i k l m n o p q r s";
        for gone in deletable.split(' ') {
            let mut less = plan(STORM, seed);
            less.faults.retain(|fault| fault.name != gone);
            let want: Vec<_> = all.iter().filter(|strike| strike.0 != gone).cloned().collect();
            prop_assert_eq!(strikes(less), want);
        }
    }

    #[test]
    fn adding_a_node_or_a_client_changes_no_others_first_draws(seed in any::<u64>()) {
        let script = |nodes, clients| format!(
            "set cluster.nodes={nodes}\nset cluster.clients={clients}
             set network.latency=1ms..10ms\nset clocks.offset=-1s..1s\nset disk.sync=1ms..9ms
             n1 start: note random; note wall; begin; send n2 a
             n2 start: note random; note wall; begin; send n1 a"
        );
        let first = |nodes, clients| -> Vec<String> {
            let transcript = recorded(plan(&script(nodes, clients), seed)).transcript;
            let kept = |line: &&str| {
                ["n1 starts", "n2 starts", "n1 is told", "n2 is told", "c1 invokes"]
                    .iter().any(|words| line.contains(words)) || line.contains("gets a from")
            };
            // The first operation of the one client that is there in all three clusters.
            let mut invoked = 0;
            let lines = transcript.lines().filter(kept).filter(|line| {
                invoked += u32::from(line.contains("invokes"));
                !line.contains("invokes") || invoked == 1
            });
            lines.map(String::from).collect()
        };
        let few = first(2, 1);
        prop_assert_eq!(few.len(), 7);
        prop_assert_eq!(&first(3, 1), &few);
        prop_assert_eq!(&first(2, 4), &few);
    }

    #[test]
    fn deleting_an_operation_changes_only_what_its_senders_send_afterwards(
        seed in any::<u64>(),
        gone in 0usize..8,
    ) {
        let script = "set cluster.clients=2\nset network.latency=1ms..10ms\nset network.loss=10%
                      * ask: reply";
        let whole = |seed| {
            let mut plan = plan(script, seed);
            let list = |client: u64| (0..8).map(move |index| {
                let at = Some(Span::millis(40 * index + 10 * client));
                let operation = serde_json::json!({ "write": client * 100 + index });
                squall_engine::plan::PlannedOperation { at, not_before: None, operation }
            });
            plan.operations = Some(vec![list(0).collect(), list(1).collect()]);
            plan
        };
        let mut less = whole(seed);
        if let Some(lists) = &mut less.operations {
            lists[1].remove(gone);
        }
        let (whole, less) = (recorded(whole(seed)).transcript, recorded(less).transcript);
        let at = |line: &str| line.split(' ').next().and_then(|at| at.parse::<f64>().ok());
        let before = |text: &str| -> Vec<String> {
            let instant = (40 * gone + 10) as f64;
            let lines = text.lines().filter(|line| at(line).is_some_and(|at| at < instant));
            lines.map(String::from).collect()
        };
        prop_assert_eq!(before(&whole), before(&less));
        let first = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| {
                line.contains("c1 invokes") || line.contains("from c1")
            });
            lines.map(String::from).collect()
        };
        prop_assert_eq!(first(&whole), first(&less));
    }

    #[test]
    fn a_message_owns_its_words_whatever_is_switched_on(seed in any::<u64>()) {
        // Loss is switched on: what still arrives does so at the same instant.
        let script = |loss| format!(
            "set network.latency=1ms..10ms\nset network.loss={loss}
             n1 start: times 20 send n2 a"
        );
        let all = recorded(plan(&script("0%"), seed)).transcript;
        let some = recorded(plan(&script("30%"), seed)).transcript;
        for line in some.lines().filter(|line| line.contains("gets")) {
            prop_assert!(all.contains(line), "{} is not in\n{}", line, all);
        }
    }
}

#[test]
fn the_first_words_of_every_kind_of_stream_are_pinned() {
    let kinds = [
        StreamKind::Vary,
        StreamKind::Workload,
        StreamKind::Chaos,
        StreamKind::Fault,
        StreamKind::Network,
        StreamKind::Node,
        StreamKind::Disk,
        StreamKind::Clock,
        StreamKind::Chance,
        StreamKind::Client,
    ];
    let line = |kind: StreamKind| {
        let mut stream = Stream::named(42, kind, "n1");
        let words: Vec<String> = (0..3).map(|_| format!("{:08x}", stream.word())).collect();
        let keyed = keyed_words(42, kind, name_id("n1"), 7)[0];
        format!("{kind:?} {} keyed {keyed:08x}\n", words.join(" "))
    };
    let words: String = kinds.into_iter().map(line).collect();
    expect![[r#"
        Vary a6ee00a6 39f5e149 4deb732f keyed 1e17266a
        Workload 5b0f2818 3aa24349 b85d6b14 keyed f01c3c2f
        Chaos cad6d8be 47518d7c 7425e2a9 keyed bbec20ef
        Fault 65309b3d ccebb7ea 9f81f6ac keyed 10ab329e
        Network 66cbaddf 6210657a 558f7a57 keyed 49a33f0a
        Node 42be57a5 10a48397 b4b23d6a keyed 0bdaf27e
        Disk 58172da9 e0ee545f 1aff6892 keyed 141e393e
        Clock 5eb994d9 aeac9a84 cf67fde8 keyed 455ae902
        Chance 9d2b8a9a e556970e a7c163a3 keyed 08ea2254
        Client 47da388a 0ce0daa7 e4014b6b keyed 9a1e390f
    "#]]
    .assert_eq(&words);
}

#[test]
fn ranges_shuffles_and_distributions_are_pinned() {
    let mut stream = Stream::named(42, StreamKind::Node, "n1");
    let below: Vec<u64> = (0..6).map(|_| stream.below(100)).collect();
    let wide: Vec<u64> = (0..2).map(|_| stream.below(1 << 40)).collect();
    let range = SpanRange::new(Span::millis(150), Span::millis(300));
    let spans: Vec<String> = (0..3).map(|_| stream.span(range).to_string()).collect();
    let gaps: Vec<String> = (0..3).map(|_| stream.exponential(Span::secs(1)).to_string()).collect();
    let chances: Vec<bool> = (0..8).map(|_| stream.chance(Ratio::ppm(300_000))).collect();
    let weighted: Vec<usize> = (0..8).map(|_| stream.weighted(&[5, 0, 1, 4])).collect();
    let mut cards: Vec<u32> = (0..8).collect();
    stream.shuffle(&mut cards);
    let text =
        format!("{below:?}\n{wide:?}\n{spans:?}\n{gaps:?}\n{chances:?}\n{weighted:?}\n{cards:?}\n");
    expect![[r#"
        [26, 6, 70, 94, 69, 31]
        [549048177022, 935116566431]
        ["202497638ns", "176899907ns", "270720904ns"]
        ["7194434ns", "387064953ns", "231587117ns"]
        [true, false, false, false, false, false, false, false]
        [0, 0, 0, 0, 0, 3, 3, 3]
        [1, 5, 0, 2, 3, 7, 6, 4]
    "#]]
    .assert_eq(&text);
}

proptest! {
    #![proptest_config(cases(64))]
    #[test]
    fn draws_stay_within_their_bounds(
        seed in any::<u64>(),
        bound in 1u64..=u64::MAX,
        low in any::<u64>(),
        width in any::<u64>(),
    ) {
        let mut stream = Stream::new(seed, StreamKind::Node, 1);
        prop_assert!(stream.below(bound) < bound);
        let high = low.saturating_add(width);
        let span = stream.span(SpanRange::new(Span::nanos(low), Span::nanos(high))).as_nanos();
        prop_assert!((low..=high).contains(&span));
        let index = stream.weighted(&[0, (width >> 32) as u32 | 1, 0, (low >> 32) as u32]);
        prop_assert!(index == 1 || index == 3);
    }
}

#[test]
fn a_draw_of_few_values_is_fair() {
    let mut stream = Stream::new(9, StreamKind::Node, 1);
    let mut counts = [0u32; 10];
    (0..100_000).for_each(|_| counts[stream.below(10) as usize] += 1);
    // Five standard deviations of a count around 10,000 are 474.
    assert!(counts.iter().all(|count| count.abs_diff(10_000) < 474), "{counts:?}");
}
