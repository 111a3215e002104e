//! What monitors see.

use super::run;
use expect_test::{Expect, expect};

#[track_caller]
fn check_seen(script: &str, want: Expect) {
    let seen: String = run(script).seen.iter().map(|line| format!("{line}\n")).collect();
    want.assert_eq(&seen);
}

#[test]
fn monitors_see_memory_only_at_rest() {
    // x is 1 from the first instant of the handler on; nobody sees it before 2 ms.
    check_seen(
        "set cluster.nodes=2
         n1 start: let 1; work 2ms
         n2 start: work 1ms",
        expect![[r#"
            1 n2 rests: busy 0 | written - durable -
            2 n1 rests: 1 0 | written - durable -
        "#]],
    );
}

#[test]
fn a_node_is_busy_from_the_start_of_a_handler_until_its_last_effect_is_performed() {
    // The mark is made at the start, when no later effect is waiting yet.
    check_seen(
        "set cluster.nodes=1
         n1 start: let 1; mark m1; send n1 a; mark m2
         n1 a: let 2; mark m3; work 1ms; mark m1",
        expect![[r#"
            0 n1 m1: busy | written - durable -
            0 n1 m2: busy | written - durable -
            0 n1 rests: 1 | written - durable -
            0 n1 m3: busy | written - durable -
            1 n1 m1: busy | written - durable -
            1 n1 rests: 2 | written - durable -
        "#]],
    );
}

#[test]
fn if_it_crashes_while_busy_the_new_state_never_existed() {
    check_seen(
        r#"set cluster.nodes=1
           n1 start: let 1; set t 1ms
           n1 timer t: let 2; work 5ms
           n1 restart: work 1ms
           fault { name = "die", at = "3ms", nodes = "n1", crash = { down = "1ms" } }"#,
        expect![[r#"
            0 n1 rests: 1 | written - durable -
            3 n1 down: down | written - durable -
            5 n1 rests: 0 | written - durable -
        "#]],
    );
}

#[test]
fn the_disk_is_visible_as_it_is_at_that_instant() {
    // What the handler has staged for later cannot be seen, what it has synced is durable.
    check_seen(
        "set cluster.nodes=2
         n1 start: append f a; mark m1; sync; mark m2; append f b; work 1ms; append f c
         n2 start: work 500us; mark m3",
        expect![[r#"
            0 n1 m1: busy busy | written a durable -
            0.5 n2 m3: busy busy | written a durable -
            0.5 n2 rests: busy 0 | written a durable -
            1 n1 m2: busy 0 | written a durable a
            2 n1 rests: 0 0 | written abc durable a
        "#]],
    );
}

#[test]
fn a_claim_in_the_middle_is_an_effect_with_an_offset() {
    check_seen(
        "set cluster.nodes=1
         n1 start: work 1ms; mark m1; work 1ms; mark m2",
        expect![[r#"
            1 n1 m1: busy | written - durable -
            2 n1 m2: busy | written - durable -
            2 n1 rests: 0 | written - durable -
        "#]],
    );
    let ran = run("n1 start: work 3ms; claim c1 true; claim c2 false; mark bad");
    assert_eq!(
        ran.transcript.lines().last(),
        Some("violated c2/claim at #4: n1 says that it does not hold")
    );
    assert_eq!(ran.outcome.simulated.as_nanos(), 3_000_000);
}

#[test]
fn a_crash_drops_the_marks_that_come_after_it() {
    let script = r#"n1 start: work 1ms; mark m1; work 9ms; mark bad
                    fault { name = "die", at = "5ms", nodes = "n1", crash = {} }"#;
    assert!(!run(script).transcript.contains("violated"));
}
