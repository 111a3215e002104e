//! Laws 1 and 2: a run is a pure function of its plan, and watching changes nothing.

use super::{busy, cases, digest, recorded};
use crate::script::{plan, sim};
use proptest::prelude::*;
use squall_engine::run::Ending;

proptest! {
    #![proptest_config(cases(12))]
    #[test]
    fn the_same_plan_runs_the_same_twice(seed in any::<u64>()) {
        prop_assert_eq!(digest(busy(seed)), digest(busy(seed)));
    }

    #[test]
    fn a_run_is_the_same_in_another_thread(seed in any::<u64>()) {
        let here = digest(busy(seed));
        #[allow(clippy::disallowed_methods, reason = "what is shown is that a thread is no input")]
        let there = std::thread::spawn(move || {
            digest(busy(seed.wrapping_add(1)));
            digest(busy(seed))
        });
        prop_assert_eq!(there.join().ok(), Some(here));
    }

    #[test]
    fn a_run_is_the_same_in_the_middle_of_other_runs(seed in any::<u64>()) {
        let alone = digest(busy(seed));
        let (mut one, _) = sim(busy(seed));
        let (mut other, _) = sim(busy(!seed));
        let end = one.plan().scenario.duration.as_nanos();
        let end = squall_engine::ids::Time::from_nanos(end);
        while !one.step_until(end).is_empty() {
            other.step();
        }
        prop_assert_eq!(one.digest(), alone);
    }

    #[test]
    fn a_plan_read_from_its_json_runs_the_same(seed in any::<u64>()) {
        let plan = busy(seed);
        let text = serde_json::to_string(&plan).expect("a plan is plain data");
        let read = serde_json::from_str(&text).expect("what was written is read");
        prop_assert_eq!(digest(plan), digest(read));
    }

    #[test]
    fn watching_changes_nothing(seed in any::<u64>()) {
        let bare = digest(busy(seed));
        prop_assert_eq!(recorded(busy(seed)).outcome.digest, bare);
        let mut blind = busy(seed);
        blind.checks.always = Some(Vec::new());
        prop_assert_eq!(digest(blind), bare);
        let mut judged = busy(seed);
        judged.checks.consistency = None;
        prop_assert_eq!(digest(judged), bare);
        let mut hopeful = busy(seed);
        hopeful.checks.eventually = None;
        prop_assert_eq!(digest(hopeful), bare);
    }

    #[test]
    fn views_change_nothing(seed in any::<u64>()) {
        let bare = digest(busy(seed));
        let (mut looked, _) = sim(busy(seed));
        let end = squall_engine::ids::Time::ZERO + looked.plan().scenario.duration;
        while !looked.step_until(end).is_empty() {
            for node in 0..4 {
                let _ = looked.view(squall_engine::ids::NodeId::node(node));
            }
            let _ = (looked.pending(), looked.standings());
        }
        prop_assert_eq!(looked.digest(), bare);
    }
}

#[test]
fn digests_agree_up_to_the_violation_that_ends_a_run() {
    let script = format!("{}\nn2 timer t: set t 7ms; all a; mark bad", super::BUSY);
    let ended = recorded(plan(&script, 7)).outcome;
    assert!(matches!(ended.ending, Ending::Violated(_)), "{:?}", ended.ending);
    let mut blind = plan(&script, 7);
    blind.checks.always = Some(Vec::new());
    let (mut blind, _) = sim(blind);
    while blind.last_event().0 < ended.events {
        blind.step();
    }
    assert_eq!((blind.last_event().0, blind.digest()), (ended.events, ended.digest));
}

#[test]
fn equal_digests_mean_that_something_happened_and_differs_between_seeds() {
    let one = recorded(busy(1)).outcome;
    assert!(one.events > 1000 && one.stats.ok > 10 && one.stats.lost > 10, "{one:?}");
    assert!(one.strikes.iter().any(|strike| strike.kind == "crash"));
    assert_ne!(one.digest, digest(busy(2)));
}
