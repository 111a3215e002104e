//! What is listed and described.

use super::desk::{check, say, squall};
use expect_test::expect_file;

#[test]
fn scenarios_are_listed_with_what_they_are_about() {
    check("list", expect_file!["snapshots/list.txt"]);
    check("list office/bugs/*", expect_file!["snapshots/list-office-bugs-all.txt"]);
}

#[test]
fn a_protocol_is_described_like_a_manual_page() {
    check("describe office", expect_file!["snapshots/describe-office.txt"]);
}

#[test]
fn a_scenario_is_described_with_its_text() {
    check("describe office/bugs/stale", expect_file!["snapshots/describe-office-bugs-stale.txt"]);
}

#[test]
fn faults_and_models_come_from_the_types() {
    let faults = squall("describe faults").out;
    for kind in squall_engine::scenario::fault::Fault::KINDS {
        assert!(faults.contains(&format!("[[faults]] {kind}\n")), "{faults}");
    }
    check("describe models", expect_file!["snapshots/describe-models.txt"]);
    let checks = squall("describe checks").out;
    assert!(checks.contains("one-chief (always)"), "{checks}");
}

#[test]
fn the_schema_is_that_of_the_protocol() {
    let schema = squall("schema office").out;
    assert!(schema.contains("\"endless\""), "{schema}");
    let any: serde_json::Value = serde_json::from_str(&squall("schema").out).expect("it is JSON");
    assert_eq!(any["title"], "A squall scenario");
}

#[test]
fn completions_and_manual_name_every_command() {
    let script = squall("completions bash").out;
    let page = squall("man").out;
    for command in ["list", "describe", "run", "check", "schema", "completions", "man"] {
        assert!(script.contains(command) && page.contains(command), "{command}");
    }
    assert!(squall("man run").out.contains("seeds"));
    assert!(squall("check --help").out.contains("strict-serializable"));
}

#[test]
fn everything_that_ships_can_be_listed_and_described() {
    let shipped = squall_scenarios::catalogue();
    let list = say(&shipped, "list");
    assert_eq!((list.exit, list.err.as_str()), (0, ""));
    let names: Vec<&str> =
        list.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for name in names.into_iter().chain(["raft", "relay", "faults", "checks", "models", "format"]) {
        let said = say(&shipped, &format!("describe {name}"));
        assert_eq!((said.exit, said.err.as_str()), (0, ""), "{name}");
        let wide = said.out.lines().filter(|line| line.chars().count() > 104);
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
    }
}
