//! One run: its verdict, its log, its JSON.

use super::desk::{check, masked, squall};
use expect_test::expect_file;

#[test]
fn what_passes_is_told_in_one_look() {
    check("run office/quiet --seed 4", expect_file!["snapshots/run-office-quiet-seed-4.txt"]);
    check("run office/storm --seed 4", expect_file!["snapshots/run-office-storm-seed-4.txt"]);
    check("run office/varied --seed 4", expect_file!["snapshots/run-office-varied-seed-4.txt"]);
}

#[test]
fn what_passes_takes_at_most_fifteen_lines() {
    for name in ["quiet", "storm", "varied"] {
        let said = squall(&format!("run office/{name} --seed 1"));
        assert!(said.out.lines().count() <= 15, "{}", said.out);
    }
}

#[test]
fn a_violation_has_its_sentence_its_events_and_its_command() {
    check(
        "run office/bugs/stale --seed 4 --set workload.timeout=900ms",
        expect_file!["snapshots/run-office-bugs-stale-seed-4-set-workload-timeout-900ms.txt"],
    );
}

#[test]
fn an_unexpected_violation_fails() {
    check(
        "run office/bugs/stale --seed 4 --set config.bug=panic",
        expect_file!["snapshots/run-office-bugs-stale-seed-4-set-config-bug-panic.txt"],
    );
    let said = squall("run office/panics --seed 4");
    assert_eq!((said.exit, said.err.as_str()), (1, ""), "{}", said.out);
    assert!(said.out.contains("office.rs:"), "{}", said.out);
}

#[test]
fn an_expected_violation_that_does_not_come_fails() {
    check(
        "run office/bugs/none --seed 4",
        expect_file!["snapshots/run-office-bugs-none-seed-4.txt"],
    );
}

#[test]
fn what_could_not_be_judged_has_a_code_of_its_own() {
    check("run office/endless --seed 4", expect_file!["snapshots/run-office-endless-seed-4.txt"]);
    check(
        "run office/undecided --seed 4",
        expect_file!["snapshots/run-office-undecided-seed-4.txt"],
    );
}

#[test]
fn a_seed_that_nobody_chose_is_printed_first() {
    let said = squall("run office/quiet");
    assert!(said.out.starts_with("seed 4 · office/quiet · "), "{}", said.out);
    let chosen = squall("run office/quiet --seed 0x4");
    assert_eq!(chosen.out, said.out);
}

#[test]
fn the_log_has_a_line_for_every_event() {
    let said = squall("run office/storm --seed 4 --events --set workload.operations=2");
    expect_file!["snapshots/log.txt"].assert_eq(&masked(&said.out));
}

#[test]
fn json_is_one_object_on_one_line() {
    let said = squall("run office/bugs/stale --seed 4 --json");
    assert_eq!(said.out.lines().count(), 1);
    let run: serde_json::Value = serde_json::from_str(&said.out).expect("it is JSON");
    assert_eq!(run["version"], 1);
    assert_eq!(run["kind"], "run");
    assert_eq!(run["seed"], "4");
    assert_eq!(run["outcome"], "violated");
    assert_eq!(run["exit"], 0);
    assert_eq!(run["violation"]["property"], "linearizable");
    assert_eq!(run["again"], "squall run office/bugs/stale --seed 4");
    assert!(run["digest"].as_str().is_some_and(|digest| digest.len() == 16), "{run}");
    assert!(said.err.starts_with("seed 4 · office/bugs/stale"), "{}", said.err);
}

#[test]
fn colour_is_there_when_asked_for() {
    let plain = squall("run office/quiet --seed 4 --color never").out;
    let colored = squall("run office/quiet --seed 4 --color always").out;
    assert!(!plain.contains('\x1b') && colored.contains("\x1b[1;32mpassed\x1b[0m"), "{colored}");
}
