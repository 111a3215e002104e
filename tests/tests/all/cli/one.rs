//! One run: its verdict, its log, its JSON.

use super::desk::{check, masked, squall};
use expect_test::expect;

#[test]
fn what_passes_is_told_in_one_look() {
    check("run office/quiet --seed 4", expect![[r#"
        seed 4 · office/quiet · 3 nodes, 2 clients · no storm, 2 s

        VIOLATED: open at #112, 1500.000 ms simulated
          it held at no moment of the 500ms calm.

              #3     0.000  n3        boots  <- n3 is clerk
             #12    14.227  n1        sends Tell to c1  <- n1 is chief
            #110   161.416  c2 -> n1  Ask(RequestOf { process: Process { client: 2, lane: 1 }, number: 10, operation:…
            #111   162.973  n1 -> c2  Tell(ReplyOf { process: Process { client: 2, lane: 1 }, nu…  <- c2: Read = 10001
          > #112  1500.000  storm     the calm begins

          roles       chief n1, clerk n2 n3
          operations  20 ok, 0 unknown, 0 failed; latency p50 15.2 ms, p99 22.1 ms,
                      max 22.1 ms; 2.6 messages each
          failed      open
          held        one-chief
          reached     written #10
          measures    writes 9
          events      112, digest …

        again   squall run office/quiet --seed 4
        exit 1
    "#]]);
    check("run office/storm --seed 4", expect![[r#"
        seed 4 · office/storm · 3 nodes, 2 clients · storm 0 s to 1.5 s, calm to 2 s

        VIOLATED: open at #113, 1500.000 ms simulated
          it held at no moment of the 500ms calm.

             #13    14.227  n1     sends Tell to c1  <- n1 is chief
             #22    20.000  storm  faint crash n2
             #35    60.000  storm  cut partition n1 | n2, n3
             #38   120.000  n2     boots again (1)  <- n2 is clerk
          > #113  1500.000  storm  the calm begins

          roles       chief n1, clerk n2 n3
          operations  18 ok, 2 unknown, 0 failed; latency p50 14.3 ms, p99 27.6 ms,
                      max 27.6 ms; 2.4 messages each
          faults      crash n2 (20 ms to 120 ms), partition n1 | n2, n3 (60 ms to 100 ms), 1 skipped
          failed      open
          held        one-chief
          measures    writes 8
          events      113, digest …

        again   squall run office/storm --seed 4
        exit 1
    "#]]);
    check("run office/varied --seed 4", expect![[r#"
        seed 4 · office/varied · 5 nodes, 2 clients · no storm, 2 s

        passed: 2 s simulated
          operations  20 ok, 0 unknown, 0 failed; latency p50 16.1 ms, p99 25.3 ms,
                      max 25.3 ms; 2.75 messages each
          drew        cluster.nodes = 5, network.loss = 1%
          held        one-chief, linearizable
          not due     open
          measures    writes 9
          events      116, digest …
        exit 0
    "#]]);
}

#[test]
fn what_passes_takes_at_most_fifteen_lines() {
    for name in ["quiet", "storm", "varied"] {
        let said = squall(&format!("run office/{name} --seed 1"));
        assert!(said.out.lines().count() <= 15, "{}", said.out);
    }
}

#[test]
fn a_violation_has_its_sentence_its_events_and_its_command() {
    check("run office/bugs/stale --seed 4 --set workload.timeout=900ms", expect![[r#"
        seed 4 · office/bugs/stale · 3 nodes, 2 clients · no storm, 2 s

        VIOLATED as expected: linearizable at #96, 125.983 ms simulated
          c2 read 7002, but c2 had read 0 by #91, before that read began at #92.

             #3    0.000  n3        boots  <- n3 is clerk
            #12   14.227  n1        sends Tell to c1  <- n1 is chief
            #88  104.396  c2        asks Read
            #89  111.311  c2 -> n3  Ask(RequestOf { process: Process { client: 2, lane: 1 }, number: 8, operation: Re…
            #91  114.153  n3 -> c2  Tell(ReplyOf { process: Process { client: 2, lane: 1 }, number:…  <- c2: Read = 0
            #92  114.153  c2        asks Read
            #95  122.400  c2 -> n1  Ask(RequestOf { process: Process { client: 2, lane: 1 }, number: 9, operation: Re…
          > #96  125.983  n1 -> c2  Tell(ReplyOf { process: Process { client: 2, lane: 1 }, numbe…  <- c2: Read = 7002

          roles       chief n1, clerk n2 n3
          operations  20 ok, 0 unknown, 0 failed; latency p50 12.5 ms, p99 22.3 ms,
                      max 22.3 ms; 2.3 messages each
          failed      linearizable
          held        one-chief
          not due     open
          measures    writes 9
          events      105, digest …

        again   squall run office/bugs/stale --seed 4 --set workload.timeout=900ms
        exit 0
    "#]]);
}

#[test]
fn an_unexpected_violation_fails() {
    check("run office/bugs/stale --seed 4 --set config.bug=panic", expect![[r#"
        seed 4 · office/bugs/stale · 3 nodes, 2 clients · no storm, 2 s

        VIOLATED, where linearizable was expected to be: panic at #32, 46.437 ms simulated
          a handler of n1 panicked: the third write was too much, at tests/tests/all/cli/office.rs:81:9.

             #3   0.000  n3        boots  <- n3 is clerk
            #12  14.227  n1        sends Tell to c1  <- n1 is chief
            #26  30.742  c2        asks Write 3002
            #30  39.266  c2 -> n2  Ask(RequestOf { process: Process { client: 2, lane: 1 }, number: 3, operation: Wri…
          > #32  46.437  n2 -> n1  Ask(RequestOf { process: Process { client: 2, lane: 1 }, number: 3, operation: Wri…

          roles       chief n1, clerk n2 n3
          operations  4 ok, 0 unknown, 0 failed; latency p50 16.5 ms, p99 22.1 ms,
                      max 22.1 ms; 4 messages each
          held        one-chief
          not due     open
          measures    writes 2
          events      32, digest …

        again   squall run office/bugs/stale --seed 4 --set config.bug=panic
        exit 1
    "#]]);
    let said = squall("run office/panics --seed 4");
    assert_eq!((said.exit, said.err.as_str()), (1, ""), "{}", said.out);
    assert!(said.out.contains("office.rs:"), "{}", said.out);
}

#[test]
fn an_expected_violation_that_does_not_come_fails() {
    check("run office/bugs/none --seed 4", expect![[r#"
        seed 4 · office/bugs/none · 3 nodes, 2 clients · no storm, 2 s

        passed, but a violation was expected: linearizable held; 2 s simulated
          operations  20 ok, 0 unknown, 0 failed; latency p50 15.2 ms, p99 22.1 ms,
                      max 22.1 ms; 2.6 messages each
          held        one-chief, linearizable
          not due     open
          measures    writes 9
          events      111, digest …

        again   squall run office/bugs/none --seed 4
        more    squall run office/bugs/none --seeds 1000
        exit 1
    "#]]);
}

#[test]
fn what_could_not_be_judged_has_a_code_of_its_own() {
    check("run office/endless --seed 4", expect![[r#"
        seed 4 · office/endless · 3 nodes, 2 clients · no storm, 2 s

        OUT OF STEPS: 500 events, the limit, were reached; 0 s simulated
          operations  none; 498 messages sent, 0 lost
          held        one-chief
          not due     open
          measures    writes 0
          events      500, digest …

        again   squall run office/endless --seed 4
        exit 4
    "#]]);
    check("run office/undecided --seed 4", expect![[r#"
        seed 4 · office/undecided · 3 nodes, 2 clients · no storm, 2 s

        UNDECIDED: the history could not be judged in 1 steps of the checker; 2 s simulated
          operations  20 ok, 0 unknown, 0 failed; latency p50 15.2 ms, p99 22.1 ms,
                      max 22.1 ms; 2.6 messages each
          held        one-chief
          not due     open
          measures    writes 9
          events      111, digest …

        again   squall run office/undecided --seed 4
        exit 4
    "#]]);
}

#[test]
fn a_seed_that_nobody_chose_is_printed_first() {
    let said = squall("run office/quiet");
    assert!(said.out.starts_with("seed 4 · office/quiet · "), "{}", said.out);
    let chosen = squall("run office/quiet --seed 0x4");
    assert_eq!(chosen.out, said.out);
}

#[test]
fn the_log_has_a_line_for_every_event() {
    let said = squall("run office/storm --seed 4 --events --set workload.operations=2");
    expect![[r#"
        seed 4 · office/storm · 3 nodes, 2 clients · storm 0 s to 1.5 s, calm to 2 s
              #1        0.000  n1            boots
              #2        0.000  n2            boots
              #3        0.000  n3            boots
              #4        0.000  c1            asks Write 1001
              #5        0.000  c2            asks Write 1002
              #6        7.586  c2 -> n2      Ask(RequestOf { process: Process { client: 2, lane: 1 }, number: 1, operation: Write(1002) }, c2)  <- #5
              #7        9.674  c1 -> n3      Ask(RequestOf { process: Process { client: 1, lane: 1 }, number: 1, operation: Write(1001) }, c1)  <- #4
              #8       10.000  storm         nobody skipped: no node is in that role
              #9       13.227  n3 -> n1      Ask(RequestOf { process: Process { client: 1, lane: 1 }, number: 1, operation: Write(1001) }, c1)  <- #7
             #10       14.227  n1            synced  <- #9
             #11       14.227  n1            written  <- #9
             #12       14.227  n1            reports writes  <- #9
             #13       14.227  n1            sends Tell to c1  <- #9
             #14       14.227  n2 -> n1      Ask(RequestOf { process: Process { client: 2, lane: 1 }, number: 1, operation: Write(1002) }, c2)  <- #6
             #15       15.227  n1            synced  <- #14
             #16       15.227  n1            written  <- #14
             #17       15.227  n1            reports writes  <- #14
             #18       15.227  n1            sends Tell to c2  <- #14
             #19       16.497  n1 -> c2      Tell(ReplyOf { process: Process { client: 2, lane: 1 }, number: 1, ending: Ok(Ok) })  <- #18
             #20       20.000  storm         faint crash n2
             #21       20.000  n2            crashes  <- #20
             #22       22.102  n1 -> c1      Tell(ReplyOf { process: Process { client: 1, lane: 1 }, number: 1, ending: Ok(Ok) })  <- #13
             #23       60.000  storm         cut partition n1 | n2, n3
             #24      100.000  storm         cut ends  <- #23
             #25      120.000  storm         faint ends  <- #20
             #26      120.000  n2            boots again (1)  <- #25
             #27     1500.000  storm         the calm begins

        VIOLATED: open at #27, 1500.000 ms simulated
          it held at no moment of the 500ms calm.

            #13    14.227  n1     sends Tell to c1  <- n1 is chief
            #20    20.000  storm  faint crash n2
            #23    60.000  storm  cut partition n1 | n2, n3
            #26   120.000  n2     boots again (1)  <- n2 is clerk
          > #27  1500.000  storm  the calm begins

          roles       chief n1, clerk n2 n3
          operations  2 ok, 0 unknown, 0 failed; latency p50 16.5 ms, p99 22.1 ms,
                      max 22.1 ms; 3 messages each
          faults      crash n2 (20 ms to 120 ms), partition n1 | n2, n3 (60 ms to 100 ms), 1 skipped
          failed      open
          held        one-chief
          measures    writes 2
          events      27, digest …

        again   squall run office/storm --seed 4 --set workload.operations=2
    "#]].assert_eq(&masked(&said.out));
}

#[test]
fn json_is_one_object_on_one_line() {
    let said = squall("run office/bugs/stale --seed 4 --json");
    assert_eq!(said.out.lines().count(), 1);
    let run: serde_json::Value = serde_json::from_str(&said.out).expect("it is JSON");
    assert_eq!(run["version"], 1);
    assert_eq!(run["kind"], "run");
    assert_eq!(run["seed"], "4");
    assert_eq!(run["outcome"], "violated");
    assert_eq!(run["exit"], 0);
    assert_eq!(run["violation"]["property"], "linearizable");
    assert_eq!(run["again"], "squall run office/bugs/stale --seed 4");
    assert!(run["digest"].as_str().is_some_and(|digest| digest.len() == 16), "{run}");
    assert!(said.err.starts_with("seed 4 · office/bugs/stale"), "{}", said.err);
}

#[test]
fn colour_is_there_when_asked_for() {
    let plain = squall("run office/quiet --seed 4 --color never").out;
    let colored = squall("run office/quiet --seed 4 --color always").out;
    assert!(!plain.contains('\x1b') && colored.contains("\x1b[1;32mpassed\x1b[0m"), "{colored}");
}
