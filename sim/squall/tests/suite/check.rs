//! What the harness says when a test fails.
//!
//! The invariant: a message about a run names its seed and the command that repeats it.

use crate::copies::Copies;
use expect_test::{Expect, expect};
use squall::Check;
use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

const SMALL: &str = "
    [scenario]
    duration = '5s'
    [cluster]
    nodes = 3
    clients = 2
    [workload]
    operations = 50
";

/// The scratch folder of these tests.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

fn copies(more: &str) -> Check {
    let here = std::thread::current().name().unwrap_or("main").replace("::", "-");
    let check = squall::check::<Copies>().scenario(&format!("{SMALL}{more}")).named("copies");
    check.regressions(Path::new(SCRATCH).join("regressions").join(here))
}

/// What is said when this fails; folders that differ from host to host have a name of ours.
fn said(fails: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(fails)).expect_err("this fails");
    let said = panic.downcast_ref::<String>().expect("a failure has words");
    let target = Path::new(SCRATCH).parent().expect("it is in the target folder");
    said.replace(SCRATCH, "SCRATCH").replace(&*target.to_string_lossy(), "TARGET")
}

/// Does what fails, and compares what it says.
fn check(fails: impl FnOnce(), want: Expect) {
    want.assert_eq(&said(fails));
}

#[test]
fn a_violation_names_its_seed() {
    check(
        || copies("").seeds(0..50).holds(),
        expect![[r#"
            copies: linearizable does not hold in seed 0
              c2 read 23002, but c2 had read 22002 by #313, before that read began at #314.
              stale-read at event #328

              the same with 24 events, 0 faults and 4 operations, before it was 329 events, 0 faults and 50 operations:
              c2 read 8002, but c2 had read 8001 by #21, before that read began at #22.

                #17  22.000  c2        asks Read
                #20  27.500  c2 -> n1  Ask(c2#2 Read)
                #21  33.000  n1 -> c2  Tell(c2#2 Value(8001))  <- c2: Read = 8001
                #22  33.000  c2        asks Read
                #23  38.500  c2 -> n2  Ask(c2#3 Read)
              > #24  44.000  n2 -> c2  Tell(c2#3 Value(8002))  <- c2: Read = 8002

              again   SQUALL_SEED=0 cargo test -p squall check::a_violation_names_its_seed
              repro   TARGET/squall/squall/check-a_violation_names_its_seed-0.json
              trace   TARGET/squall/squall/check-a_violation_names_its_seed-0.trace
              kept    SCRATCH/regressions/check-a_violation_names_its_seed/copies.txt, so that seed 0 is tried first"#]],
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

              the same with 24 events, 0 faults and 4 operations, before it was 329 events, 0 faults and 50 operations:
              c2 read 8002, but c2 had read 8001 by #21, before that read began at #22.

                #17  22.000  c2        asks Read
                #20  27.500  c2 -> n1  Ask(c2#2 Read)
                #21  33.000  n1 -> c2  Tell(c2#2 Value(8001))  <- c2: Read = 8001
                #22  33.000  c2        asks Read
                #23  38.500  c2 -> n2  Ask(c2#3 Read)
              > #24  44.000  n2 -> c2  Tell(c2#3 Value(8002))  <- c2: Read = 8002

              again   SQUALL_SEED=0 cargo test -p squall check::another_violation_is_told
              repro   TARGET/squall/squall/check-another_violation_is_told-0.json
              trace   TARGET/squall/squall/check-another_violation_is_told-0.trace"#]],
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
              again   SQUALL_SEED=0 cargo test -p squall check::a_run_that_is_stopped_does_not_hold
              trace   TARGET/squall/squall/check-a_run_that_is_stopped_does_not_hold-0.trace"#]],
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

#[test]
fn a_seed_that_failed_is_tried_first() {
    let folder = Path::new(SCRATCH).join("remembered");
    let _ = fs::remove_dir_all(&folder);
    let all = |first| copies("").regressions(&folder).seeds(first..50);
    let failed = |check: Check| said(|| check.holds()).lines().next().map(str::to_string);
    let seed = |seed| Some(format!("copies: linearizable does not hold in seed {seed}"));
    assert_eq!(failed(all(4)), seed(4));
    assert_eq!(failed(all(0)), seed(4));
    // With other settings it is another test.
    assert_eq!(failed(all(0).set("network.latency=\"2ms\"")), seed(0));
    let kept = fs::read_to_string(folder.join("copies.txt")).expect("it is remembered");
    let want = concat!(
        "# Seeds that failed once: a test tries them before all others. ",
        "Keep this file with the code.\n",
        "4 # linearizable/stale-read: c2 read 16002, but c2's write of 17002 had completed at ",
        "#228, before that read began at #229.\n",
        "0 --set network.latency=\"2ms\" # linearizable/stale-read: c2 read 23001, but c2 had ",
        "read 23002 by #316, before that read began at #317.\n",
    );
    assert_eq!(kept, want);
    fs::write(folder.join("copies.txt"), "# mine\n\nseven # why\n").expect("it can be written");
    check(
        || all(0).holds(),
        expect!["SCRATCH/remembered/copies.txt:3: `seven` is not a seed such as 42 or 0x2a"],
    );
}

#[test]
fn where_nothing_can_be_written_only_the_seed_is_lost() {
    let blocked = Path::new(SCRATCH).join("blocked");
    fs::write(&blocked, "").expect("it can be written");
    let said = said(|| copies("").regressions(blocked.join("regressions")).seeds(0..50).holds());
    let want = "  kept    nowhere: cannot write SCRATCH/blocked/regressions/copies.txt: ";
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with(want), "{last}");
}

/// Runs a test of this file once more, by itself, in an environment that differs.
fn again(test: &str, variable: &str, value: &str) -> (bool, String) {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args(["--exact", test, "--test-threads=1", "--nocapture"]).env(variable, value);
    let output = command.env_remove("UPDATE_EXPECT").output().expect("this program runs");
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

#[test]
fn jobs_change_nothing() {
    let (passed, told) = again("check::a_violation_names_its_seed", "SQUALL_JOBS", "3");
    assert!(passed, "{told}");
    let (passed, told) = again("check::nothing_found_is_a_failure", "SQUALL_JOBS", "none");
    assert!(!passed && told.contains("SQUALL_JOBS: `none` is not a number of jobs such as 4"));
}

#[test]
fn the_environment_has_the_last_word_on_seeds() {
    let test = "check::a_violation_names_its_seed";
    for (variable, value, want) in [
        ("SQUALL_SEED", "7", "does not hold in seed 7"),
        ("SQUALL_SEEDS", "0x7..=9", "does not hold in seed 7"),
        ("SQUALL_SEED", "x", "SQUALL_SEED: `x` is not a seed such as 42 or 0x2a"),
        ("SQUALL_SEEDS", "5..5", "SQUALL_SEEDS 5..5: there is no seed in it"),
    ] {
        let (passed, told) = again(test, variable, value);
        assert!(!passed && told.contains(want), "{variable}={value}:\n{told}");
    }
}
