//! Many runs: seeds, patterns, and what was never reached.

use super::desk::{check, squall};
use expect_test::expect_file;

#[test]
fn many_seeds_have_one_summary() {
    check("run office/storm --seeds 20", expect_file!["snapshots/run-office-storm-seeds-20.txt"]);
}

#[test]
fn violations_are_counted_by_signature_with_an_example() {
    check(
        "run office/bugs/stale --seeds 3..=15",
        expect_file!["snapshots/run-office-bugs-stale-seeds-3-15.txt"],
    );
}

#[test]
fn a_point_that_no_seed_reached_is_vacuous() {
    check(
        "run office/promoted --seeds 5",
        expect_file!["snapshots/run-office-promoted-seeds-5.txt"],
    );
    assert_eq!(squall("run office/promoted --seed 5").exit, 0);
}

#[test]
fn an_expected_violation_that_no_seed_brought_fails() {
    check(
        "run office/bugs/none --seeds 5",
        expect_file!["snapshots/run-office-bugs-none-seeds-5.txt"],
    );
}

#[test]
fn patterns_run_every_scenario_that_matches() {
    check("run office/* --seed 4", expect_file!["snapshots/run-office-all-seed-4.txt"]);
    check("run office/bugs/* --seeds 2", expect_file!["snapshots/run-office-bugs-all-seeds-2.txt"]);
}

#[test]
fn json_has_an_object_a_run_and_one_that_sums_up() {
    let said = squall("run office/promoted --seeds 2 --json");
    let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("it is JSON");
    let lines: Vec<serde_json::Value> = said.out.lines().map(read).collect();
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert_eq!(kinds, ["run", "run", "summary"]);
    assert_eq!(lines[2]["vacuous"], serde_json::json!(["promoted"]));
    assert_eq!((said.exit, lines[2]["exit"].as_u64()), (1, Some(1)));
}
