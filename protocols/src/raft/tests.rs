//! Raft under its scenarios: the correct one holds, and every planted bug is found.
//!
//! The invariant: a scenario is run as it stands in its file; a test changes only what it names.

use super::Raft;
use squall::Check;

fn scenario(name: &str) -> Check {
    squall::check::<Raft>().scenario(&format!("../scenarios/raft/{name}.toml"))
}

/// The scenario shows its bug at this seed; without the bug some tens of its seeds are clean.
#[track_caller]
fn check_bug(name: &str, seed: u64, violated: &str) {
    let scenario = scenario(&format!("bugs/{name}"));
    scenario.clone().seed(seed).finds(violated);
    scenario.set("config.bug=none").seeds(0..30).holds();
}

#[test]
fn nothing_goes_wrong_when_nothing_goes_wrong() {
    scenario("steady").seeds(0..10).holds();
}

#[test]
fn it_survives_cuts_crashes_and_loss() {
    scenario("partition").seeds(0..30).holds();
}

#[test]
fn it_survives_restarts_and_a_blackout() {
    scenario("crash-restart").seeds(0..20).holds();
}

#[test]
fn it_survives_a_bad_network() {
    scenario("lossy-network").seeds(0..20).holds();
}

#[test]
fn it_survives_clocks_that_run_apart() {
    scenario("clock-drift").seeds(0..20).holds();
}

#[test]
fn it_survives_everything() {
    scenario("everything").seeds(0..30).holds();
}

#[test]
fn it_survives_changes_of_the_cluster() {
    scenario("membership").seeds(0..20).holds();
}

/// Snapshots all the time, and a crash before some step of one: of writing it, of giving it its
/// name, of giving up the log.
#[test]
fn it_survives_a_crash_at_any_step_of_a_snapshot() {
    let storm = scenario("crash-restart").set("config.snapshot_every=2");
    let storm = storm.set("chaos.crash.every=300ms").set("checks.sometimes=[]");
    for writes in ["blocking", "async"] {
        storm.clone().set(&format!("config.log_writes={writes}")).seeds(0..10).holds();
    }
}

/// Each message twice, one entry at a time: an answer to a doubled message must not be two.
#[test]
fn doubled_messages_do_not_breed() {
    let everything = scenario("everything").set("network.duplication=100%");
    let storm = everything.set("config.append_limit=1").set("cluster.nodes=7");
    for (seed, outcome) in storm.seeds(0..5).outcomes() {
        let operations = outcome.stats.operations();
        assert!(outcome.stats.sent < 200 * operations, "seed {seed}: {:?}", outcome.stats);
    }
}

#[test]
fn finds_commit_prior_term() {
    check_bug("commit-prior-term", 4, "leader-completeness/committed-entry-missing");
}

#[test]
fn finds_vote_not_persisted() {
    check_bug("vote-not-persisted", 1, "election-safety/two-leaders");
}

#[test]
fn finds_no_fsync_before_ack() {
    check_bug("no-fsync-before-ack", 3, "durable-on-majority/committed-entry-not-durable");
}

#[test]
fn finds_truncate_on_old_append() {
    check_bug("truncate-on-old-append", 0, "leader-completeness/committed-entry-missing");
}

#[test]
fn finds_count_stale_votes() {
    check_bug("count-stale-votes", 32, "election-safety/two-leaders");
}

#[test]
fn finds_read_local_leader() {
    check_bug("read-local-leader", 0, "linearizable");
}

#[test]
fn finds_read_index_before_own_commit() {
    check_bug("read-index-before-own-commit", 11, "linearizable");
}

#[test]
fn finds_no_session_dedup() {
    check_bug("no-session-dedup", 0, "linearizable");
}

#[test]
fn finds_commit_index_regress() {
    check_bug("commit-index-regress", 0, "monotonic-commit/commit-went-back");
}

#[test]
fn finds_snapshot_boundary_empty_append() {
    check_bug("snapshot-boundary-empty-append", 22, "state-machine-safety");
}

#[test]
fn finds_install_snapshot_keeps_conflicting_log() {
    check_bug("install-snapshot-keeps-conflicting-log", 1, "all-applied");
}

#[test]
fn finds_async_heartbeat_bumps_term() {
    check_bug("async-heartbeat-bumps-term", 66, "log-matching/logs-differ");
}

#[test]
fn finds_no_prevote_no_checkquorum() {
    check_bug("no-prevote-no-checkquorum", 0, "elections");
}

#[test]
fn finds_lease_read_clock_drift() {
    check_bug("lease-read-clock-drift", 0, "linearizable");
}

#[test]
fn finds_consistent_index_not_atomic() {
    check_bug("consistent-index-not-atomic", 0, "state-machine-safety/states-differ");
}

#[test]
fn finds_count_stale_acks() {
    check_bug("count-stale-acks", 0, "linearizable");
}

/// The properties that no scenario expects by itself are seen to fail as well.
#[test]
fn every_monitor_has_been_seen_to_fail() {
    let cases = [
        ("commit-prior-term", "always", "state-machine-safety", 0..20),
        ("vote-not-persisted", "always", "log-matching", 46..47),
        ("vote-not-persisted", "always", "monotonic-term", 0..5),
        ("truncate-on-old-append", "eventually", "all-applied", 0..60),
    ];
    for (name, form, property, seeds) in cases {
        let scenario = scenario(&format!("bugs/{name}"));
        let alone = scenario.set("checks.always=[]").set("checks.eventually=[]");
        let alone = alone.set("checks.consistency=none");
        alone.set(&format!("checks.{form}=[\"{property}\"]")).seeds(seeds).finds(property);
    }
}
