//! Raft under its scenarios: the correct one holds, and every planted bug is found.
//!
//! The invariant: a scenario is run as it stands in its file; a test changes only what it names.

use super::Raft;
use squall::engine::run::Ending;
use squall::engine::scenario::Document;
use squall::engine::subject::{Of, Planner, Subject};
use std::ops::Range;

macro_rules! scenarios {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../scenarios/raft/", $name, ".toml")))),*]
    };
}

const STORMS: [(&str, &str); 6] = scenarios![
    "steady",
    "partition",
    "crash-restart",
    "lossy-network",
    "clock-drift",
    "everything",
];

const BUGS: [(&str, &str); 8] = scenarios![
    "bugs/commit-prior-term",
    "bugs/vote-not-persisted",
    "bugs/no-fsync-before-ack",
    "bugs/truncate-on-old-append",
    "bugs/count-stale-votes",
    "bugs/read-local-leader",
    "bugs/read-index-before-own-commit",
    "bugs/no-session-dedup",
];

/// How a scenario ends for each of some seeds: `passed`, or what was violated and how.
fn endings(name: &str, seeds: Range<u64>, changes: &[&str], fixed: bool) -> Vec<String> {
    let known = STORMS.iter().chain(&BUGS).find(|(known, _)| *known == name);
    let (_, text) = known.expect("the scenario is listed above");
    let mut document = Document::parse(&format!("raft/{name}.toml"), text).expect("valid TOML");
    changes.iter().for_each(|change| document.set(change).expect("a key of the scenario"));
    let subject = Of::<Raft>::new();
    let planner = Planner::new(&subject, document).expect("a valid scenario");
    let end = |seed| {
        let mut plan = planner.plan(seed).expect("a valid variation");
        if fixed {
            let config = plan.config.as_object_mut().expect("a configuration is a table");
            config.remove("bug").expect("the scenario has a planted bug");
        }
        let report = subject.run(&plan, None).expect("the plan is for Raft");
        match report.outcome.ending {
            Ending::Passed => "passed".to_string(),
            Ending::Violated(violation) => violation.signature(),
            Ending::Undecided(words) | Ending::OutOfSteps(words) => words,
        }
    };
    seeds.map(end).collect()
}

fn holds(name: &str, seeds: Range<u64>) {
    let wrong = endings(name, seeds, &[], false).into_iter().find(|ending| ending != "passed");
    assert_eq!(wrong, None, "raft/{name}");
}

/// The scenario shows its bug at this seed; without the bug some tens of its seeds are clean.
fn finds(name: &str, seed: u64, want: &str) {
    assert_eq!(endings(name, seed..seed + 1, &[], false), [want], "raft/{name} --seed {seed}");
    let wrong = endings(name, 0..30, &[], true).into_iter().find(|ending| ending != "passed");
    assert_eq!(wrong, None, "raft/{name} without its bug");
}

#[test]
fn nothing_goes_wrong_when_nothing_goes_wrong() {
    holds("steady", 0..10);
}

#[test]
fn it_survives_cuts_crashes_and_loss() {
    holds("partition", 0..30);
}

#[test]
fn it_survives_restarts_and_a_blackout() {
    holds("crash-restart", 0..20);
}

#[test]
fn it_survives_a_bad_network() {
    holds("lossy-network", 0..20);
}

#[test]
fn it_survives_clocks_that_run_apart() {
    holds("clock-drift", 0..20);
}

#[test]
fn it_survives_everything() {
    holds("everything", 0..30);
}

#[test]
fn finds_commit_prior_term() {
    finds("bugs/commit-prior-term", 4, "leader-completeness/committed-entry-missing");
}

#[test]
fn finds_vote_not_persisted() {
    finds("bugs/vote-not-persisted", 46, "election-safety/two-leaders");
}

#[test]
fn finds_no_fsync_before_ack() {
    finds("bugs/no-fsync-before-ack", 1, "durable-on-majority/committed-entry-not-durable");
}

#[test]
fn finds_truncate_on_old_append() {
    finds("bugs/truncate-on-old-append", 2, "leader-completeness/committed-entry-missing");
}

#[test]
fn finds_count_stale_votes() {
    finds("bugs/count-stale-votes", 0, "election-safety/two-leaders");
}

#[test]
fn finds_read_local_leader() {
    finds("bugs/read-local-leader", 0, "linearizable/stale-read");
}

#[test]
fn finds_read_index_before_own_commit() {
    finds("bugs/read-index-before-own-commit", 3, "linearizable/stale-read");
}

#[test]
fn finds_no_session_dedup() {
    finds("bugs/no-session-dedup", 0, "linearizable/no-order");
}

/// The properties that no scenario expects by itself are seen to fail as well.
#[test]
fn every_monitor_has_been_seen_to_fail() {
    let cases = [
        ("bugs/commit-prior-term", "state-machine-safety/applied-differ", 0..20),
        ("bugs/vote-not-persisted", "log-matching/logs-differ", 46..47),
        ("bugs/vote-not-persisted", "monotonic-term/term-went-back", 0..5),
        ("bugs/truncate-on-old-append", "all-applied/never", 0..60),
    ];
    for (name, want, seeds) in cases {
        let (property, _) = want.split_once('/').expect("a signature has two parts");
        let eventually = if property == "all-applied" { "all-applied" } else { "" };
        let always = if eventually.is_empty() { property } else { "" };
        let list = |name: &str| if name.is_empty() { "[]".into() } else { format!("[\"{name}\"]") };
        let changes = [
            format!("checks.always={}", list(always)),
            format!("checks.eventually={}", list(eventually)),
        ];
        let changes = changes.each_ref().map(String::as_str);
        let found = endings(name, seeds, &changes, false);
        assert!(found.iter().any(|ending| ending == want), "{want} in raft/{name}: {found:?}");
    }
}
