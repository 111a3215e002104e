//! Pinning: a plan written as it happened runs as it did.

use super::cases;
use crate::script::{self, plan};
use proptest::prelude::*;
use squall_engine::digest::Digest;
use squall_engine::plan::Plan;
use squall_engine::run::{Unwatched, run};

/// Triggers, roles, draws, chains, waits and ties at one instant, of which many are skipped.
const STORM: &str = r#"
    set scenario.calm=200ms
    set cluster.nodes=5
    set cluster.clients=2
    set network.loss=5%
    * start: role follower 1; set t 3ms; append f x
    * ask: append f z; sync; reply
    n1 timer t: set t 4ms; role leader 2; append f x; sync; all a; mark m1; work 1ms; send n2 b
    n2 timer t: set t 5ms; append g y; begin; send n1 c; mark m2
    * timer t: set t 7ms; append f x; append g y; all a
    * a: append g z; note read f
    * b: role leader 3; send n3 c
    * c: sync f; role follower 3
    * restart: role follower 4; set t 1ms; note read f
    fault { name = "a", at = "5ms..300ms", nodes = "random 2", crash = { down = "1ms..50ms" } }
    fault { name = "b", at = "10ms..300ms", for = "5ms..50ms", partition = "halves" }
    fault { name = "c", after = "b", nodes = "leader", for = "5ms", pause = {} }
    fault { name = "d", after = "c", delay = "1ms..9ms", for = "5ms..50ms", partition = "one-way" }
    fault { name = "e", when = { nodes = "n1", point = "after-sync", file = "f", nth = 7 },
    + nodes = "it", bind = "old", crash = { down = "10ms..20ms" } }
    fault { name = "f", when = { role = "leader", changed = true, nth = 4 }, nodes = "it",
    + for = "3ms", pause = {} }
    fault { name = "g", after = "e", nodes = ["$old", "random 1"], crash = { down = "1ms..9ms" } }
    fault { name = "h", when = { point = "before-send", message = "c", nth = 9 },
    + nodes = ["it", "random 1"], crash = { down = "1ms..99ms" } }
    fault { name = "i", at = "100ms", nodes = "leader", within = "50ms", crash = { down = "4ms" } }
    fault { name = "j", at = "100ms", nodes = "leader", crash = { down = "4ms" } }
    fault { name = "k", step = 120, nodes = "n3", crash = { down = "5ms..50ms" } }
    fault { name = "l", when = { event = "synced", nodes = "n2", nth = 5 },
    + for = "1ms", partition = { isolate = "leader" } }
    fault { name = "m", when = { point = "after-sync", nodes = "n2", nth = 3 }, nodes = "it",
    + crash = { down = "7ms" } }
    fault { name = "n", when = { event = "m1", nth = 11 }, for = "9ms",
    + partition = { groups = [["leader", "c1"], ["others"]], clients = "stay" } }
    fault { name = "o", when = { message = "a", nth = 40 }, nodes = "it",
    + clock = { drift = "-5%..5%", jump = "-1s..1s" } }
    fault { name = "p", at = "600ms..790ms", nodes = "random 1", crash = {} }
    fault { name = "q", at = "600ms..790ms", for = "100ms", nodes = "random 3", pause = {} }
"#;

/// The digest of a run, and its plan as it happened.
fn ran(plan: Plan) -> (Digest, Plan) {
    let (mut sim, _) = script::sim(plan.clone());
    let outcome = run(&mut sim, &mut Unwatched);
    (outcome.digest, plan.pinned(sim.pinned_faults().to_vec()))
}

fn check(plan: Plan) -> Result<usize, TestCaseError> {
    let (digest, pinned) = ran(plan);
    for fault in &pinned.faults {
        prop_assert!(fault.when.is_none() && fault.after.is_none() && fault.within.is_none());
        let words: Vec<&str> = fault.words().collect();
        prop_assert!(words.iter().all(|word| word.starts_with(['n', 'c'])), "{:?}", fault);
    }
    // As a file it is the same plan, and what it does is pinned already.
    let text = serde_json::to_string(&pinned).expect("a plan is plain data");
    let read: Plan = serde_json::from_str(&text).expect("it is read as it was written");
    prop_assert_eq!(&read, &pinned);
    let (again, twice) = ran(read);
    prop_assert_eq!(again, digest);
    prop_assert_eq!(twice.faults.len(), pinned.faults.len());
    prop_assert_eq!(ran(twice).0, digest);
    Ok(pinned.faults.len())
}

proptest! {
    #![proptest_config(cases(60))]
    #[test]
    fn pinning_keeps_the_digest(seed in any::<u64>(), ties in any::<bool>()) {
        // With one latency for all much happens at the same instants.
        let latency = if ties { "1ms" } else { "500us..3ms" };
        let script = format!("{STORM}\nset network.latency={latency}");
        let struck = check(plan(&script, seed))?;
        prop_assert!(struck > 8, "{} faults struck", struck);
    }

    #[test]
    fn deleting_a_fault_leaves_the_draws_of_pulled_ones_alone(seed in any::<u64>()) {
        let script = r#"
            set scenario.calm=200ms
            set cluster.nodes=5
            * start: set t 3ms
            * restart: set t 3ms
            n1 timer t: set t 4ms; mark m1; append f x; send n2 x
            fault { name = "a", at = "5ms..300ms", nodes = ["n3", "random 1"],
            + crash = { down = "1ms..50ms" } }
            fault { name = "b", when = { event = "m1", nth = 30 }, nodes = "random 2",
            + crash = { down = "1ms..50ms" } }
            fault { name = "c", when = { point = "before-send" }, nodes = "n4",
            + crash = {} }
            fault { name = "d", when = { event = "m1", nth = 9 }, for = "1ms..9ms",
            + partition = "halves" }
        "#;
        let strikes = |gone: &str| {
            let mut less = plan(script, seed);
            less.faults.retain(|fault| fault.name != gone);
            let (_, pinned) = ran(less);
            pinned.faults.into_iter().map(|fault| (fault.name.clone(), fault.nodes, fault.lasts))
                .filter(|(name, _, _)| name == "b" || name == "d").collect::<Vec<_>>()
        };
        prop_assert_eq!(strikes("none").len(), 2);
        prop_assert_eq!(strikes("c"), strikes("none"));
        // A crash of the node that pulls would delay it: of others it does not.
        let first = plan(script, seed);
        let other = ran(first).1.faults.iter().any(|fault| {
            fault.name == "a" && fault.words().any(|word| word == "n1")
        });
        if !other {
            prop_assert_eq!(strikes("a"), strikes("none"));
        }
    }
}
