//! SWIM under its scenarios: the correct one holds, and every planted bug is found.
//!
//! The invariant: a scenario is run as it stands in its file; a test changes only what it names.

use super::Swim;
use squall::Check;

fn scenario(name: &str) -> Check {
    squall::check::<Swim>().scenario(&format!("../scenarios/swim/{name}.toml"))
}

/// The scenario shows its bug at this seed; without the bug some tens of its seeds are clean.
#[track_caller]
fn check_bug(name: &str, seed: u64, violated: &str) {
    let scenario = scenario(&format!("bugs/{name}"));
    scenario.clone().seed(seed).finds(violated);
    scenario.set("config.bug=none").seeds(0..20).holds();
}

#[test]
fn nobody_is_suspected_when_nothing_goes_wrong() {
    scenario("steady").seeds(0..10).holds();
}

#[test]
fn crashes_are_known_in_time() {
    scenario("crash").seeds(0..10).holds();
}

#[test]
fn parts_that_were_cut_off_meet_again() {
    scenario("partition").seeds(0..20).holds();
}

#[test]
fn a_bad_network_kills_hardly_anybody() {
    scenario("lossy").seeds(0..10).holds();
}

#[test]
fn a_slow_node_takes_nobody_for_dead() {
    scenario("slow-node").seeds(0..10).holds();
}

#[test]
fn it_survives_everything() {
    scenario("everything").seeds(0..40).holds();
}

/// A hundred instead of a thousand, which the golden digests run.
#[test]
fn many_join_from_cold() {
    scenario("thousand").set("cluster.nodes=100").seeds(0..2).holds();
}

#[test]
fn finds_no_lifeguard() {
    check_bug("no-lifeguard", 0, "false-deaths");
}

#[test]
fn finds_no_incarnation_bump() {
    check_bug("no-incarnation-bump", 0, "membership-converges/never");
}

#[test]
fn finds_stale_alive_wins() {
    check_bug("stale-alive-wins", 0, "incarnation-order");
}

/// Nodes that are restarted with a probe every hour do not find out who has crashed since.
#[test]
fn a_crash_that_nobody_looks_for_is_not_known_in_time() {
    let blind = r#"
        [scenario]
        duration = "120s"
        calm = "10s"
        [cluster]
        nodes = 5
        [[faults]]
        name = "blind"
        at = "5s"
        nodes = "all"
        restart = { down = "100ms", config = { probe_interval = "1h" } }
        [[faults]]
        at = "15s"
        nodes = "n5"
        crash = {}
    "#;
    let check = squall::check::<Swim>().scenario(blind);
    check.seeds(0..3).finds("crash-known/unknown");
}
