//! Many runs: seeds, patterns, and what was never reached.

use super::desk::{check, squall};
use expect_test::expect;

#[test]
fn many_seeds_have_one_summary() {
    check("run office/storm --seeds 20", expect![[r#"
        seeds 0 to 19 · office/storm
          seed  0  VIOLATED  open at #119: it held at no moment of the 500ms calm
          seed  1  VIOLATED  open at #119: it held at no moment of the 500ms calm
          seed  2  VIOLATED  open at #121: it held at no moment of the 500ms calm
          seed  3  VIOLATED  open at #129: it held at no moment of the 500ms calm
          seed  4  VIOLATED  open at #113: it held at no moment of the 500ms calm
          seed  5  VIOLATED  open at #116: it held at no moment of the 500ms calm
          seed  6  VIOLATED  open at #135: it held at no moment of the 500ms calm
          seed  7  VIOLATED  open at #115: it held at no moment of the 500ms calm
          seed  8  VIOLATED  open at #108: it held at no moment of the 500ms calm
          seed  9  VIOLATED  open at #124: it held at no moment of the 500ms calm
          and 10 more

        20 of 20 seeds did not pass
          violated    open/never in 20 seeds (such as 0)
          operations  360 ok, 40 unknown, 0 failed; latency p50 15.3 ms, p99 27.3 ms, max 27.9 ms
          faults      20 crashes, 20 partitions, 6 pauses
          events      2,394

        again   squall run office/storm --seed 0
        exit 1
    "#]]);
}

#[test]
fn violations_are_counted_by_signature_with_an_example() {
    check("run office/bugs/stale --seeds 3..=15", expect![[r#"
        seeds 3 to 15 · office/bugs/stale
          seed  3  VIOLATED as expected  linearizable at #109: c2 read 0, but c2's write of 8002 had complete…
          seed  4  VIOLATED as expected  linearizable at #96: c2 read 7002, but c2 had read 0 by #91, before…
          seed  5  VIOLATED as expected  linearizable at #109: c2 read 0, but c2's write of 9002 had complete…
          seed  6  VIOLATED as expected  linearizable at #123: c2 read 0, but c2's write of 9002 had complete…
          seed  7  VIOLATED as expected  linearizable at #81: c2 read 0, but c2 had read 7001 by #77, before…
          seed  8  VIOLATED as expected  linearizable at #100: c2 read 0, but c2's write of 8002 had complete…
          seed  9  VIOLATED as expected  linearizable at #87: c2 read 0, but c2's write of 7002 had completed…
          seed 10  VIOLATED as expected  linearizable at #111: c1 read 0, but c1's write of 8001 had complete…
          seed 11  VIOLATED as expected  linearizable at #108: c1 read 0, but c2 had read 8001 by #97, before…
          seed 12  VIOLATED as expected  linearizable at #102: c2 read 0, but c2's write of 8002 had complete…
          and 3 more

        VIOLATED as expected: in 13 of 13 seeds
          violated    linearizable/stale-read in 13 seeds (such as 3)
          operations  260 ok, 0 unknown, 0 failed; latency p50 13.5 ms, p99 25.4 ms, max 27.9 ms
          events      1,460

        again   squall run office/bugs/stale --seed 3
        exit 0
    "#]]);
}

#[test]
fn a_point_that_no_seed_reached_is_vacuous() {
    check("run office/promoted --seeds 5", expect![[r#"
        seeds 0 to 4 · office/promoted

        passed, but covered too little: 5 seeds
          operations  100 ok, 0 unknown, 0 failed; latency p50 14.4 ms, p99 23.2 ms, max 23.2 ms
          reached     written in 5 of 5
          never       promoted
          events      583
        exit 1
    "#]]);
    assert_eq!(squall("run office/promoted --seed 5").exit, 0);
}

#[test]
fn an_expected_violation_that_no_seed_brought_fails() {
    check("run office/bugs/none --seeds 5", expect![[r#"
        seeds 0 to 4 · office/bugs/none

        the expected violation did not come: 5 seeds
          operations  100 ok, 0 unknown, 0 failed; latency p50 14.4 ms, p99 23.2 ms, max 23.2 ms
          events      583
        exit 1
    "#]]);
}

#[test]
fn patterns_run_every_scenario_that_matches() {
    check("run office/* --seed 4", expect![[r#"
        seed 4 · 7 scenarios
          office/endless    OUT OF STEPS  500 events, the limit, were reached
          office/panics     VIOLATED  panic at #32: a handler of n1 panicked: the third write was too much
          office/promoted   passed  111 events, digest …
          office/quiet      VIOLATED  open at #112: it held at no moment of the 500ms calm
          office/storm      VIOLATED  open at #113: it held at no moment of the 500ms calm
          office/undecided  UNDECIDED  the history could not be judged in 1 steps of the checker
          office/varied     passed  116 events, digest …

        again   squall run office/endless --seed 4
        again   squall run office/panics --seed 4
        again   squall run office/quiet --seed 4
        again   squall run office/storm --seed 4
        again   squall run office/undecided --seed 4
        exit 1
    "#]]);
    check("run office/bugs/* --seeds 2", expect![[r#"
        seeds 0 to 1 · office/bugs/none

        the expected violation did not come: 2 seeds
          operations  40 ok, 0 unknown, 0 failed; latency p50 14.9 ms, p99 23.2 ms, max 23.2 ms
          events      230
        seeds 0 to 1 · office/bugs/stale
          seed 0  VIOLATED as expected  linearizable at #85: c2 read 0, but c1's write of 7001 had completed…
          seed 1  VIOLATED as expected  linearizable at #103: c1 read 0, but c1's write of 9001 had completed…

        VIOLATED as expected: in 2 of 2 seeds
          violated    linearizable/stale-read in 2 seeds (such as 0)
          operations  40 ok, 0 unknown, 0 failed; latency p50 12.8 ms, p99 23.2 ms, max 23.2 ms
          events      220

        again   squall run office/bugs/stale --seed 0
        exit 1
    "#]]);
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
