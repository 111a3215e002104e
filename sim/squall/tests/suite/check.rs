//! What the harness says when a test fails.
//!
//! The invariant: a message about a run names its seed and the command that repeats it.

use crate::copies::Copies;
use expect_test::{Expect, expect};
use squall::Check;
use std::panic::{AssertUnwindSafe, catch_unwind};

const SMALL: &str = "
    [scenario]
    duration = '5s'
    [cluster]
    nodes = 3
    clients = 2
    [workload]
    operations = 50
";

fn copies(more: &str) -> Check {
    squall::check::<Copies>().scenario(&format!("{SMALL}{more}")).named("copies")
}

/// Does what fails, and compares what it says.
fn check(fails: impl FnOnce(), want: Expect) {
    let panic = catch_unwind(AssertUnwindSafe(fails)).expect_err("this fails");
    want.assert_eq(panic.downcast_ref::<String>().expect("a failure has words"));
}

#[test]
fn a_violation_names_its_seed() {
    check(
        || copies("").seeds(0..50).holds(),
        expect![[r#"
            copies: linearizable does not hold in seed 0
              c2 read 23002, but c2 had read 22002 by #313, before that read began at #314.
              stale-read at event #328
              again  SQUALL_SEED=0 cargo test -p squall check::a_violation_names_its_seed"#]],
    );
}

#[test]
fn another_violation_is_told() {
    check(
        || drop(copies("").seeds(0..50).finds("panic")),
        expect![[r#"
            copies: linearizable/stale-read was found instead of panic in seed 0
              c2 read 23002, but c2 had read 22002 by #313, before that read began at #314.
              stale-read at event #328
              again  SQUALL_SEED=0 cargo test -p squall check::another_violation_is_told"#]],
    );
}

#[test]
fn nothing_found_is_a_failure() {
    let steady = copies("").set("cluster.nodes=1");
    check(
        || drop(steady.seeds(0..3).finds("linearizable")),
        expect![[r#"
        copies: linearizable held in all 3 seeds
          give it more seeds, or a storm that provokes it"#]],
    );
}

#[test]
fn a_reason_narrows_what_is_looked_for() {
    let seeds = copies("").seeds(0..50).finds("linearizable/stale-read");
    assert!(!seeds.is_empty());
}

#[test]
fn seeds_that_covered_nothing_are_vacuous() {
    let idle = || copies("").set("cluster.nodes=1").set("workload.operations=0");
    check(
        || idle().seeds(0..3).holds(),
        expect![[r#"
        copies: vacuous: 3 seeds passed, but
          no operation of a client took effect"#]],
    );
    idle().seed(0).holds();
}

#[test]
fn a_run_that_is_stopped_does_not_hold() {
    let short = || copies("[limits]\nevents = 100").set("cluster.nodes=1").seeds(0..3);
    check(
        || short().holds(),
        expect![[r#"
        copies: out of steps in seed 0
          100 events, the limit, were reached
          again  SQUALL_SEED=0 cargo test -p squall check::a_run_that_is_stopped_does_not_hold"#]],
    );
    check(
        || drop(short().finds("panic")),
        expect![[r#"
        copies: panic held in all 3 seeds
          3 of them could not be decided
          give it more seeds, or a storm that provokes it"#]],
    );
}

#[test]
fn a_mistake_in_the_scenario_has_its_place() {
    check(
        || copies("[netwrok]\n").seeds(0..3).holds(),
        expect!["copies:9:2: unknown key `netwrok` at the top; did you mean `network`?"],
    );
    check(
        || copies("").set("network.los=1%").seeds(0..3).holds(),
        expect!["--set network.los: unknown key `los` in [network]; did you mean `loss`?"],
    );
}

#[test]
fn what_the_harness_needs_is_asked_for() {
    check(|| copies("").holds(), expect!["no seed is given: `.seeds(0..500)` or `.seed(7)`"]);
    check(
        || squall::check::<Copies>().seeds(0..3).holds(),
        expect!["no scenario is given: `.scenario(text or file)`"],
    );
    check(
        || squall::check::<Copies>().scenario("steady").seed(1).holds(),
        expect!["`steady` is neither the text of a scenario nor a path that ends in .toml"],
    );
}

#[test]
fn outcomes_are_those_of_the_seeds_in_order() {
    let outcomes: Vec<_> = copies("").seeds([3, 1]).outcomes().collect();
    assert_eq!(outcomes.iter().map(|(seed, _)| *seed).collect::<Vec<_>>(), [3, 1]);
    let (_, alone) = copies("").seed(1).outcomes().next().expect("one seed, one outcome");
    assert_eq!(alone, outcomes[1].1);
}
