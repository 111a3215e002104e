//! What `--set` and `[vary]` change, and what is told when they cannot.

use super::{LEAST, check, load, loaded, raft};
use proptest::prelude::*;
use squall_engine::scenario::fault::Target;
use squall_engine::scenario::tables::Nodes;
use squall_engine::scenario::{Document, validate};
use squall_engine::units::{Ratio, Span, SpanRange};

const CUT: &str = "
[[faults]]
name = \"cut\"
at = \"5s\"
for = \"4s\"
partition = { isolate = \"leader\" }
[[faults]]
at = \"9s\"
nodes = \"n1\"
crash = { down = \"1s\" }
[[workload.phases]]
name = \"surge\"
at = \"1s\"
for = \"1s\"
[measures]
latency = { \"p99.9\" = \"1s\" }
";

fn document(more: &str) -> Document {
    Document::parse("s.toml", &format!("{LEAST}{CUT}{more}")).expect("it is TOML")
}

/// What is told about these options, one after another.
fn check_sets(sets: &[&str], want: &str) {
    let mut document = document("");
    let mut told = || {
        sets.iter().try_for_each(|set| document.set(set))?;
        load(&document).map(|_| ())
    };
    assert_eq!(told().err().map_or("fine".to_string(), |e| e.to_string()), want, "{sets:?}");
}

#[test]
fn a_set_key_has_the_value() {
    let mut document = document("");
    for set in [
        "network.loss=5%",
        "network.latency = { exponential = { mean = \"3ms\" } }",
        "network.reordering.share=1%",
        "cluster.nodes=7",
        "faults.cut.at=6s",
        "faults.cut.partition.isolate=n3",
        "faults.crash-2.nodes=[\"n1\", \"n2\"]",
        "workload.phases.surge.for=2s",
        "measures.latency.\"p99.9\"=2s",
        "config.bug=skip_sync",
        "config.snapshot.every=9",
        "scenario.about=five = 5",
    ] {
        document.set(set).unwrap_or_else(|error| panic!("{error}"));
    }
    let (scenario, config) = load(&document).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.network.loss, Ratio::ppm(50_000));
    assert_eq!(scenario.network.reordering.share, Ratio::ppm(10_000));
    assert_eq!(scenario.cluster.nodes, Nodes::Count(7));
    assert_eq!(scenario.faults[0].at, Some(SpanRange::exactly(Span::secs(6))));
    let partition = scenario.faults[0].partition.as_ref().expect("it is a partition");
    assert_eq!(partition.isolate, Some(Target::One("n3".to_string())));
    let nodes = ["n1", "n2"].map(str::to_string).to_vec();
    assert_eq!(scenario.faults[1].nodes, Some(Target::Many(nodes)));
    assert_eq!(scenario.workload.phases[0].lasts, Span::secs(2));
    assert_eq!(scenario.measures["latency"].p999.map(|b| b.to_string()), Some("2s".to_string()));
    assert_eq!(config.snapshot.every, 9);
    assert_eq!(scenario.scenario.about, "five = 5");
}

#[test]
fn a_bad_option_is_named() {
    check_sets(
        &["network.loss"],
        "--set network.loss: expected KEY=VALUE, such as network.loss=5%",
    );
    check_sets(
        &["network..loss=1%"],
        "--set network..loss: `network..loss` is not a key such as `network.loss` or \
         `faults.cut.at`",
    );
    check_sets(
        &["network.los=1%"],
        "--set network.los: unknown key `los` in [network]; did you mean `loss`?",
    );
    check_sets(
        &["netwrok.loss=1%"],
        "--set netwrok.loss: unknown key `netwrok` at the top; did you mean `network`?",
    );
    check_sets(
        &["network.loss=1"],
        "--set network.loss: expected a ratio such as \"1%\" or \"5ppm\", found the integer 1",
    );
    check_sets(
        &["network.loss=lots"],
        "--set network.loss: `lots` is not a ratio such as `1%` or `5ppm`",
    );
    check_sets(
        &["faults.cat.at=1s"],
        "--set faults.cat.at: no fault is called `cat`; did you mean `cut`?",
    );
    check_sets(
        &["faults.crash-1.at=1s"],
        "--set faults.crash-1.at: no fault is called `crash-1`; did you mean `crash-2`?",
    );
    check_sets(
        &["workload.phases.lull.at=1s"],
        "--set workload.phases.lull.at: no phase is called `lull`; expected `surge`",
    );
    check_sets(
        &["cluster.nodes.proxy=1"],
        "--set cluster.nodes.proxy: `cluster.nodes` is not a table; it has no key `proxy`",
    );
    check_sets(
        &["cluster.nodes=[1"],
        "--set cluster.nodes: not TOML: unclosed array, expected `]`",
    );
    check_sets(&["vary.x=[1]"], "--set vary.x: [vary] cannot be set; set the key that it varies");
    check_sets(
        &["faults.cut.at=40s"],
        "--set faults.cut.at: `cut` begins at 40s, when the run of 30s is over",
    );
    check_sets(&["cluster.nodes=0"], "--set cluster.nodes: a cluster has at least one node");
    check_sets(&["format=2"], "--set format: format 2 is not known; this squall reads format 1");
}

#[test]
fn a_scenario_without_faults_has_none_to_set() {
    let mut document = Document::parse("s.toml", LEAST).expect("it is TOML");
    let told = document.set("faults.cut.at=1s").expect_err("there is no such fault").to_string();
    assert_eq!(told, "--set faults.cut.at: no fault is called `cut`; there are none");
}

#[test]
fn setting_a_key_removes_its_variation() {
    let vary =
        "[vary]\n\"network.loss\" = [\"1%\"]\ncluster.nodes = [3]\nfaults.cut.at = \"1s..2s\"";
    let mut document = document(vary);
    document.set("network.loss=7%").expect("the key exists");
    document.set("cluster.nodes=9").expect("the key exists");
    let drawn = document.vary(1).expect("the rest varies");
    assert_eq!(drawn.len(), 1, "{drawn:?}");
    assert_eq!(drawn[0].0, "faults.cut.at");
    let scenario = document.scenario().expect("it is a scenario");
    assert_eq!(scenario.network.loss, Ratio::ppm(70_000));
    assert_eq!(scenario.cluster.nodes, Nodes::Count(9));
}

#[test]
fn a_bad_variation_has_its_place() {
    let vary = |line: &str, want: &str| {
        let text = format!("{LEAST}{CUT}[vary]\n{line}");
        let mut document = Document::parse("s.toml", &text).expect("it is TOML");
        let told = document.vary(1).and_then(|_| load(&document)).map(|_| ());
        assert_eq!(told.err().map_or("fine".to_string(), |e| e.to_string()), want);
    };
    let wanted = "expected a list to choose from, or a range such as \"1..20\" or \"100ms..2s\"";
    vary("\"network.loss\" = []", &format!("s.toml:24:18: {wanted}, found an empty list"));
    vary("\"network.loss\" = 5", &format!("s.toml:24:18: {wanted}, found the integer 5"));
    vary("\"network.loss\" = \"1%\"", &format!("s.toml:24:18: {wanted}, found the text `1%`"));
    vary(
        "\"network.loss\" = [\"1%\"]\nnetwork.loss = [\"2%\"]",
        "s.toml:25:9: `network.loss` is varied already by `network.loss`",
    );
    vary("\"network.loss\" = \"9..1\"", "s.toml:24:18: `9..1` ends before it begins");
    vary(
        "\"network.loss\" = \"1%..2%\"",
        "s.toml:24:18: `1%` is not a duration such as `150ms`, `2s` or `5m`",
    );
}

#[test]
fn a_varied_value_has_the_place_of_its_entry() {
    check("[vary]\n\"network.loss\" = [\"1\"]", "fine");
    let text = |line: &str| format!("{LEAST}{CUT}[vary]\n{line}");
    let told = |line: &str| {
        let mut document = Document::parse("s.toml", &text(line)).expect("it is TOML");
        document.vary(1).and_then(|_| load(&document)).expect_err("it is wrong").to_string()
    };
    assert_eq!(
        told("\"network.loss\" = [\"1\"]"),
        "s.toml:24:19: `1` is not a ratio such as `1%` or `5ppm`"
    );
    assert_eq!(
        told("\"network.los\" = [\"1%\"]"),
        "s.toml:24:1: unknown key `los` in [network]; did you mean `loss`?"
    );
    assert_eq!(
        told("\"faults.cat.at\" = [\"1s\"]"),
        "s.toml:24:1: no fault is called `cat`; did you mean `cut`?"
    );
    assert_eq!(
        told("\"faults.cut.at\" = [\"31s\"]"),
        "s.toml:24:20: `cut` begins at 31s, when the run of 30s is over"
    );
    assert_eq!(
        told("\"config.batch\" = \"-5..-1\""),
        "s.toml:24:18: expected an integer from 0 to 4294967295, found the integer -1"
    );
}

#[test]
fn every_variation_can_be_checked() {
    let text = "[vary]\n\"network.loss\" = [\"1%\", \"x\"]\n\"cluster.nodes\" = \"3..5\"";
    let documents = document(text).variations().expect("the paths are right");
    let told: Vec<String> = documents
        .iter()
        .map(|document| load(document).err().map_or("fine".to_string(), |e| e.to_string()))
        .collect();
    let bad = "s.toml:24:25: `x` is not a ratio such as `1%` or `5ppm`";
    assert_eq!(told, ["fine", bad, "fine", "fine"]);
}

#[test]
fn draws_are_pinned() {
    let text = "[vary]\n\"network.loss\" = [\"0%\", \"1%\", \"10%\"]\n\
                \"config.batch\" = \"1..20\"\n\
                \"faults.cut.at\" = \"100ms..2s\"";
    let mut document = document(text);
    let mut lines = Vec::new();
    for seed in 0..4 {
        let drawn = document.vary(seed).expect("it varies");
        lines.push(drawn.into_iter().map(|(key, value)| format!("{key}={value}")).collect());
    }
    let lines: Vec<Vec<String>> = lines;
    let lines: Vec<String> = lines.iter().map(|line| line.join(" ")).collect();
    let want = [
        "network.loss=0% config.batch=9 faults.cut.at=284ms",
        "network.loss=0% config.batch=17 faults.cut.at=1824ms",
        "network.loss=1% config.batch=20 faults.cut.at=1063ms",
        "network.loss=0% config.batch=18 faults.cut.at=1660ms",
    ];
    assert_eq!(lines, want);
}

#[test]
fn a_test_supplies_what_its_scenario_leaves_out() {
    let load = |text: &str| {
        let document = Document::parse_in_test("t.rs", text, "raft").expect("it is TOML");
        let scenario = document.scenario().unwrap_or_else(|error| panic!("{error}"));
        validate(&document, &scenario, &raft()).unwrap_or_else(|error| panic!("{error}"));
        (scenario.scenario.duration, scenario.scenario.calm)
    };
    let nodes = "[cluster]\nnodes = 3";
    assert_eq!(load(nodes), (Span::secs(30), Span::secs(10)));
    let with = |heading: &str| format!("[scenario]\n{heading}\n{nodes}");
    assert_eq!(load(&with("duration = \"60s\"")), (Span::secs(60), Span::secs(10)));
    assert_eq!(load(&with("duration = \"6s\"")), (Span::secs(6), Span::secs(2)));
    assert_eq!(load(&with("duration = \"6s\"\ncalm = \"0s\"")), (Span::secs(6), Span::ZERO));
    let document = Document::parse_in_test("t.rs", "scenario = 5", "raft").expect("it is TOML");
    let told = document.scenario().expect_err("scenario is no table").to_string();
    assert_eq!(told, "t.rs:1:12: expected a table, found the integer 5");
}

proptest! {
    #![proptest_config(super::fixed())]

    #[test]
    fn a_key_draws_the_same_beside_others(seed: u64) {
        let one = "\"config.batch\" = \"1..1000000\"\n";
        let other = "\"network.loss\" = [\"0%\", \"1%\"]\n";
        let alone = document(&format!("[vary]\n{one}")).vary(seed).expect("it varies");
        let first = document(&format!("[vary]\n{one}{other}")).vary(seed).expect("it varies");
        let second = document(&format!("[vary]\n{other}{one}")).vary(seed).expect("it varies");
        prop_assert_eq!(&alone[0], &first[0]);
        prop_assert_eq!(&alone[0], &second[1]);
    }

    #[test]
    fn a_drawn_value_is_in_its_range(seed: u64) {
        let vary = "[vary]\n\"config.batch\" = \"3..5\"\n\"faults.cut.at\" = \"1s..2s\"";
        let mut document = document(vary);
        document.vary(seed).expect("it varies");
        let (scenario, config) = load(&document).expect("it is a scenario");
        prop_assert!((3..=5).contains(&config.batch));
        let at = scenario.faults[0].at.expect("it has a time").low;
        prop_assert!(at >= Span::secs(1) && at <= Span::secs(2));
    }
}

#[test]
fn a_document_that_was_not_varied_says_what_the_file_says() {
    let scenario = loaded(&format!("{LEAST}{CUT}[vary]\n\"network.loss\" = [\"9%\"]"));
    assert_eq!(scenario.network.loss, Ratio::ZERO);
    assert_eq!(scenario.faults[1].name, "crash-2");
}
