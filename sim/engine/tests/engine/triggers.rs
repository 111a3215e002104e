//! Triggers: what pulls them, at which point exactly, and who `it` is.

use crate::script::{check, run};
use expect_test::expect;

/// A node that writes, syncs and sends in one handler, every 10 ms.
const WRITES: &str = "n2 start: set t 10ms
    n2 timer t: append f x; sync; send n1 a; mark m1; append g y; work 2ms; all b; set t 10ms
    n2 restart: note read f; note read g\n";

fn at_point(when: &str) -> String {
    let fault = format!(
        "fault {{ name = \"die\", nodes = \"it\", when = {{ {when} }}, crash = {{ down = \"1ms\",\n\
         + unsynced = \"drop\" }} }}"
    );
    run(&format!("{WRITES}{fault}")).transcript
}

#[track_caller]
fn check_point(when: &str, want: expect_test::Expect) {
    let transcript = at_point(when);
    let lines = transcript.lines().take_while(|line| !line.contains("restarts")).count();
    let told: Vec<&str> = transcript.lines().take(lines + 1).collect();
    want.assert_eq(&format!("{}\n", told.join("\n")));
}

#[test]
fn before_a_sync_the_write_is_lost() {
    check_point(
        r#"point = "before-sync""#,
        expect![[r#"
        10 n2 timer "t"
        11 + die crash n2
        11 n2 crashes
        12 - die ends
        12 n2 restarts none · none
    "#]],
    );
}

#[test]
fn after_a_sync_the_write_is_kept_and_the_message_is_not_sent() {
    check_point(
        r#"point = "after-sync""#,
        expect![[r#"
        10 n2 timer "t"
        11 n2 synced
        11 + die crash n2
        11 n2 crashes
        12 - die ends
        12 n2 restarts x · none
    "#]],
    );
}

#[test]
fn before_a_send_it_is_not_sent_and_after_it_it_is() {
    check_point(
        r#"point = "before-send""#,
        expect![[r#"
        10 n2 timer "t"
        11 n2 synced
        11 + die crash n2
        11 n2 crashes
        12 - die ends
        12 n2 restarts x · none
    "#]],
    );
    check_point(
        r#"point = "after-send""#,
        expect![[r#"
        10 n2 timer "t"
        11 n2 synced
        11 n2 sends a to n1
        11 + die crash n2
        11 n2 crashes
        12 n1 gets a from n2
        12 - die ends
        12 n2 restarts x · none
    "#]],
    );
    check_point(
        r#"point = "after-send", message = "b""#,
        expect![[r#"
        10 n2 timer "t"
        11 n2 synced
        11 n2 sends a to n1
        11 n2 m1
        11 n2 writes
        12 n1 gets a from n2
        13 n2 sends b to all
        13 + die crash n2
        13 n2 crashes
        14 n1 gets b from n2
        14 n3 gets b from n2
        14 - die ends
        14 n2 restarts x · none
    "#]],
    );
}

#[test]
fn nth_counts_the_occurrences_of_that_point_of_those_nodes() {
    check_point(
        r#"nodes = "n2", point = "before-sync", nth = 3"#,
        expect![[r#"
        10 n2 timer "t"
        11 n2 synced
        11 n2 sends a to n1
        11 n2 m1
        11 n2 writes
        12 n1 gets a from n2
        13 n2 sends b to all
        13 n2 sets timer "t"
        14 n1 gets b from n2
        14 n3 gets b from n2
        23 n2 timer "t"
        24 n2 synced
        24 n2 sends a to n1
        24 n2 m1
        24 n2 writes
        25 n1 gets a from n2
        26 n2 sends b to all
        26 n2 sets timer "t"
        27 n1 gets b from n2
        27 n3 gets b from n2
        36 n2 timer "t"
        37 + die crash n2
        37 n2 crashes
        38 - die ends
        38 n2 restarts xx · y
    "#]],
    );
    assert!(!at_point(r#"nodes = "n1", point = "before-sync""#).contains("crashes"));
}

#[test]
fn a_file_narrows_syncs_and_not_sends() {
    // The first sync covers f alone; the change of g waits for the second.
    check_point(
        r#"point = "after-sync", file = "g""#,
        expect![[r#"
        10 n2 timer "t"
        11 n2 synced
        11 n2 sends a to n1
        11 n2 m1
        11 n2 writes
        12 n1 gets a from n2
        13 n2 sends b to all
        13 n2 sets timer "t"
        14 n1 gets b from n2
        14 n3 gets b from n2
        23 n2 timer "t"
        24 n2 synced
        24 + die crash n2
        24 n2 crashes
        25 - die ends
        25 n2 restarts xx · y
    "#]],
    );
    let sends = [r#"point = "after-send", file = "g""#, r#"point = "after-send""#];
    assert_eq!(at_point(sends[0]), at_point(sends[1]));
}

#[test]
fn an_asynchronous_sync_is_over_when_its_node_is_told() {
    check(
        r#"set disk.sync=5ms
           n1 start: append f x; begin; append f y
           n1 synced: send n2 a
           n1 restart: note read f
           fault { name = "die", nodes = "it", when = { point = "after-sync", file = "f" },
           + crash = { down = "1ms", unsynced = "drop" } }"#,
        expect![[r#"
            5 n1 is told of its sync
            5 + die crash n1
            5 n1 crashes
            6 - die ends
            6 n1 restarts x
        "#]],
    );
}

#[test]
fn a_role_a_field_and_a_mark_pull_when_the_handler_returns() {
    let script = r#"n2 start: set t 10ms; role follower 1
        n2 timer t: role leader 2; mark m1; send n1 a; set u 5ms
        n2 timer u: role leader 3; send n1 b; set u 5ms"#;
    let hang = |when: &str| {
        let fault = format!(
            "fault {{ name = \"hang\", nodes = \"it\", when = {{ {when} }}, pause = {{}}, \
             for = \"1ms\" }}"
        );
        let transcript = run(&format!("{script}\n{fault}")).transcript;
        let struck = transcript.lines().find(|line| line.contains("+ hang"));
        struck.unwrap_or("never").to_string()
    };
    assert_eq!(hang(r#"role = "leader""#), "10 + hang pause n2");
    assert_eq!(hang(r#"role = "leader", nth = 2"#), "15 + hang pause n2");
    assert_eq!(hang(r#"role = "leader", changed = true, nth = 2"#), "never");
    assert_eq!(hang(r#"field = "term=3""#), "15 + hang pause n2");
    assert_eq!(hang(r#"field = "term", changed = true, nodes = "n2""#), "10 + hang pause n2");
    assert_eq!(hang(r#"event = "m1""#), "10 + hang pause n2");
    assert_eq!(hang(r#"event = "timer", nth = 3"#), "20 + hang pause n2");
    assert_eq!(hang(r#"nodes = "leader", event = "timer", nth = 2"#), "15 + hang pause n2");
    assert_eq!(hang(r#"message = "a""#), "11 + hang pause n1");
    assert_eq!(hang(r#"message = "b", point = "before-send""#), "15 + hang pause n2");
    assert_eq!(hang(r#"role = "leader", within = "9ms""#), "never");
    assert_eq!(hang(r#"role = "leader", within = "10ms""#), "10 + hang pause n2");
}

#[test]
fn a_trigger_aims_at_others_as_well() {
    check(
        r#"n2 start: set t 10ms
           n2 timer t: mark m1; send n1 a
           fault { name = "others", nodes = ["n1", "n3"], when = { event = "m1" }, for = "5ms",
           + pause = {} }
           fault { name = "then", nodes = "n2", after = "others", for = "1ms", pause = {} }"#,
        expect![[r#"
            10 n2 timer "t" · m1
            10 + others pause n1, n3
            10 n1 is paused
            10 n3 is paused
            15 - others ends
            15 n1 goes on
            15 n3 goes on
            15 n1 gets a from n2
            15 + then pause n2
            15 n2 is paused
            16 - then ends
            16 n2 goes on
        "#]],
    );
}

#[test]
fn a_pause_after_a_step_keeps_what_comes_after_it() {
    check(
        r#"n1 start: set t 10ms
           n1 timer t: send n2 a; send n2 b; set u 1ms
           fault { name = "hang", nodes = "it", when = { point = "after-send" }, for = "5ms",
           + pause = {} }"#,
        expect![[r#"
            10 n1 timer "t"
            10 + hang pause n1
            10 n1 is paused
            11 n2 gets a from n1
            15 - hang ends
            15 n1 goes on
            15 n1 sends b to n2
            15 n1 sets timer "u"
            16 n2 gets b from n1
            16 n1 timer "u"
        "#]],
    );
}

#[test]
fn a_trigger_that_nobody_pulled_is_told() {
    let ran = run(r#"n1 start: set t 10ms
           fault { name = "a", nodes = "it", when = { role = "leader" }, crash = {} }
           fault { name = "b", nodes = "it", when = { event = "timer" }, crash = {} }"#);
    assert_eq!(ran.outcome.unfired, ["a"]);
    assert!(ran.transcript.contains("10 + b crash n1"), "{}", ran.transcript);
}

#[test]
fn nothing_is_pulled_in_the_calm() {
    let ran = run(r#"set scenario.calm=500ms
           n1 start: set t 600ms
           n1 timer t: mark m1
           fault { name = "a", nodes = "it", when = { event = "m1" }, crash = {} }"#);
    assert_eq!(ran.outcome.unfired, ["a"]);
    assert!(!ran.transcript.contains("crash"), "{}", ran.transcript);
}
