//! Exports and the page: what other tools read, and that ours reads its own back.

use super::desk::{Folder, squall};
use serde_json::Value;

fn exported(format: &str, run: &str) -> String {
    let said = squall(&format!("export {run} --format {format}"));
    assert_eq!((said.exit, said.err.as_str()), (0, ""));
    said.out
}

const STALE: &str = "office/bugs/stale --seed 4";

#[test]
fn the_history_is_read_back_and_judged_as_in_the_run() {
    let folder = Folder::new("edn");
    for (run, exit) in [(STALE, 1), ("office/quiet --seed 4", 0)] {
        let path = folder.with("history.edn", exported("jepsen-edn", run));
        let said = squall(&format!("check {path} --model kv"));
        assert_eq!(said.exit, exit, "{run}: {}{}", said.out, said.err);
    }
}

#[test]
fn perfetto_gets_a_track_for_each_and_flows_that_end() {
    let trace: Value = serde_json::from_str(&exported("perfetto", STALE)).expect("it is JSON");
    let events = trace["traceEvents"].as_array().expect("there are events");
    let phase = |wanted: &str| events.iter().filter(|event| event["ph"] == wanted).count();
    assert!(phase("M") > 3);
    assert!(phase("s") > 0);
    assert_eq!(phase("s"), phase("f"));
}

#[test]
fn shiviz_gets_clocks_that_grow_by_one() {
    let log = exported("shiviz", STALE);
    let lines: Vec<&str> = log.lines().skip(2).collect();
    let mut counts: std::collections::BTreeMap<String, u64> = Default::default();
    for pair in lines.chunks(2) {
        let (host, clock) = pair[1].split_once(' ').expect("host and clock");
        let clock: Value = serde_json::from_str(clock).expect("a clock is JSON");
        let count = counts.entry(host.to_string()).or_default();
        *count += 1;
        assert_eq!(clock[host], *count, "{}", pair[0]);
    }
    assert!(counts.len() > 3);
}

#[test]
fn diagrams_end_with_the_violation() {
    let lines = exported("jsonl", STALE);
    let mermaid = exported("mermaid", STALE);
    let dot = exported("dot", STALE);
    assert!(mermaid.starts_with("sequenceDiagram\n"));
    assert!(dot.starts_with("digraph past {\n") && dot.ends_with("}\n"));
    let bold = dot.lines().find(|line| line.contains("penwidth=3")).expect("one is bold");
    let number = bold.trim().trim_start_matches('e').split(' ').next().expect("it has a number");
    let last = mermaid.lines().last().unwrap_or_default();
    assert!(last.contains(&format!("#35;{number} ")), "{last}");
    assert!(lines.lines().any(|line| line.contains(&format!("\"event\":{number},"))));
}

#[test]
fn the_page_needs_nothing_from_anywhere() {
    let folder = Folder::new("page");
    let path = folder.path().join("page.html").display().to_string();
    let said = squall(&format!("report {STALE} --html {path}"));
    assert_eq!((said.exit, said.err), (0, format!("report written to {path}\n")));
    assert_eq!(folder.names(), ["page.html"]);
    let page = std::fs::read_to_string(&path).expect("it was written");
    for word in ["http://", "https://", "<link", "src=", "@import"] {
        assert!(!page.contains(word), "the page has {word}");
    }
    for word in ["VIOLATED", "<svg class=\"diagram\"", "squall replay office/bugs/stale --seed 4"] {
        assert!(page.contains(word), "the page lacks {word}");
    }
    let said = squall(&format!("report {STALE} --html {path}/no"));
    assert_eq!(said.exit, 2);
    assert_eq!(folder.names(), ["page.html"]);
}
