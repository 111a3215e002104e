//! Fault points of the protocol's own.

use crate::script::{plan, run_plan};

const SCRIPT: &str = "* start: set t 10ms
    * timer t: times 4 chance early; chance late; note x; set t 10ms
    set scenario.calm=200ms";

/// How often `early` and `late` were reached and taken.
fn counts(more: &str, seed: u64) -> Vec<(u64, u64)> {
    let outcome = run_plan(plan(&format!("{SCRIPT}\n{more}"), seed)).outcome;
    assert_eq!(outcome.chances.len(), 3);
    assert_eq!((outcome.chances[2].reached, outcome.chances[2].taken), (0, 0));
    outcome.chances[..2].iter().map(|chance| (chance.reached, chance.taken)).collect()
}

#[test]
fn a_point_is_not_taken_unless_a_fault_enables_it() {
    assert_eq!(counts("", 1), [(1200, 0), (300, 0)]);
    let fault = |keys: &str| {
        format!(
            "fault {{ name = \"buggy\", at = \"100ms\", for = \"100ms\", nodes = \"n1\",
             + chance = {{ enabled = \"100%\", taken = \"100%\" {keys} }} }}"
        )
    };
    assert_eq!(counts(&fault(""), 1), [(1200, 40), (300, 10)]);
    assert_eq!(counts(&fault(", points = [\"late\"]"), 1), [(1200, 0), (300, 10)]);
}

#[test]
fn points_are_enabled_for_some_seeds_and_then_taken_at_times() {
    let fault = "fault { name = \"buggy\", at = \"0s\", nodes = \"all\", chance = {} }";
    let taken: Vec<u64> = (0..40).map(|seed| counts(fault, seed)[0].1).collect();
    let enabled = taken.iter().filter(|taken| **taken > 0).count();
    assert!((3..20).contains(&enabled), "{taken:?}");
    assert!(taken.iter().all(|taken| *taken == 0 || (150..300).contains(taken)), "{taken:?}");
}

#[test]
fn points_draw_from_streams_of_their_own() {
    let fault = |points: &str| {
        format!(
            "fault {{ name = \"buggy\", at = \"0s\", nodes = \"all\",
             + chance = {{ enabled = \"100%\", taken = \"30%\", points = [{points}] }} }}"
        )
    };
    for seed in 0..5 {
        let both = counts(&fault("\"early\", \"late\""), seed);
        assert_eq!(counts(&fault("\"late\""), seed)[1], both[1]);
        assert_eq!(counts(&fault("\"early\""), seed)[0], both[0]);
    }
}

#[test]
fn drawn_times_enable_points() {
    let chaos = "set chaos.chance={ every = \"100ms\", for = \"50ms..90ms\" }";
    let taken: u64 = (0..20).map(|seed| counts(chaos, seed)[0].1).sum();
    assert!(taken > 100, "{taken}");
}
