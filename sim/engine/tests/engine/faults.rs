//! Faults: whom they strike, when they begin and end, and what the calm makes of them.

use crate::script::{check, run};
use expect_test::expect;

/// The lines about faults and about nodes that go down, up, still or on.
fn storm(script: &str) -> String {
    let kept = ["+ ", "- ", "/ ", "crashes", "restarts", "paused", "goes on", "calm"];
    let transcript = run(script).transcript;
    let lines = transcript.lines().filter(|line| kept.iter().any(|words| line.contains(words)));
    lines.map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn check_storm(script: &str, want: expect_test::Expect) {
    want.assert_eq(&storm(script));
}

#[test]
fn a_role_means_the_node_with_the_highest_term() {
    check_storm(
        r#"n1 start: role leader 3
           n2 start: role leader 10
           n3 start: role leader 9
           fault { name = "die", at = "5ms", nodes = "leader", crash = {} }"#,
        expect![[r#"
            5 + die crash n2
            5 n2 crashes
        "#]],
    );
}

#[test]
fn of_equal_terms_the_first_node_is_meant_and_one_that_is_down_is_not() {
    check_storm(
        r#"* start: role leader 3
           fault { name = "first", at = "5ms", nodes = "leader", crash = {} }
           fault { name = "next", at = "6ms", nodes = "leader", crash = {} }"#,
        expect![[r#"
            5 + first crash n1
            5 n1 crashes
            6 + next crash n2
            6 n2 crashes
        "#]],
    );
}

#[test]
fn a_role_that_nobody_plays_skips_the_fault() {
    check_storm(
        r#"fault { name = "die", at = "5ms", nodes = "leader", crash = {} }
           fault { name = "cut", at = "6ms", partition = { isolate = "leader" } }
           fault { name = "split", at = "7ms",
           + partition = { groups = [["leader"], ["others"]] } }"#,
        expect![[r#"
            5 / die skipped: no node is in that role
            6 / cut skipped: no node is in that role
            7 / split skipped: no node is in that role
        "#]],
    );
}

#[test]
fn a_fault_strikes_all_that_it_names_or_nobody() {
    check_storm(
        r#"fault { name = "die", at = "5ms", nodes = ["n2", "leader", "random 1"], crash = {} }"#,
        expect![[r#"
            5 / die skipped: no node is in that role
        "#]],
    );
}

#[test]
fn within_waits_for_a_role_and_gives_up() {
    check_storm(
        r#"n2 start: set t 20ms
           n2 timer t: role leader 1
           fault { name = "die", at = "5ms", within = "30ms", nodes = "leader", crash = {} }
           fault { name = "late", at = "5ms", within = "10ms", nodes = "leader", pause = {} }"#,
        expect![[r#"
            15 / late skipped: no node came into that role
            20 + die crash n2
            20 n2 crashes
        "#]],
    );
}

#[test]
fn a_fault_that_waits_is_decided_when_a_handler_returns_before_its_effects() {
    check(
        r#"n2 start: set t 20ms
           n2 timer t: role leader 1; send n1 a; work 5ms; send n1 b
           fault { name = "die", at = "5ms", within = "30ms", nodes = "leader",
           + crash = { down = "1ms" } }"#,
        expect![[r#"
            20 n2 timer "t"
            20 + die crash n2
            20 n2 crashes
            21 - die ends
            21 n2 restarts
        "#]],
    );
    check(
        r#"n2 start: set t 20ms
           n2 timer t: role leader 1; send n1 a; work 5ms; send n1 b
           fault { name = "hang", at = "5ms", for = "100ms", within = "30ms", nodes = "leader",
           + pause = {} }"#,
        expect![[r#"
            20 n2 timer "t"
            20 + hang pause n2
            20 n2 is paused
            120 - hang ends
            120 n2 goes on
            120 n2 sends a to n1
            121 n1 gets a from n2
            125 n2 sends b to n1
            126 n1 gets b from n2
        "#]],
    );
}

#[test]
fn bind_keeps_the_choice_for_later_faults() {
    check_storm(
        r#"n2 start: role leader 1; set t 10ms
           n2 timer t: role follower 1
           n3 start: set t 10ms
           n3 timer t: role leader 2
           fault { name = "cut", at = "5ms", for = "1ms", bind = "old",
           + partition = { isolate = "leader" } }
           fault { name = "die", at = "20ms", for = "1ms", nodes = "$old", pause = {} }
           fault { name = "new", at = "20ms", nodes = "leader", crash = {} }"#,
        expect![[r#"
            5 + cut partition n2 | n1, n3
            6 - cut ends
            20 + die pause n2
            20 n2 is paused
            20 + new crash n3
            20 n3 crashes
            21 - die ends
            21 n2 goes on
        "#]],
    );
}

#[test]
fn after_counts_from_the_end_of_another_fault_and_its_delay() {
    check_storm(
        r#"fault { name = "one", at = "5ms", for = "10ms", nodes = "n1", pause = {} }
           fault { name = "two", after = "one", delay = "7ms", for = "1ms", nodes = "n2",
           + pause = {} }
           fault { name = "three", after = "two", nodes = "n3", for = "1ms", pause = {} }"#,
        expect![[r#"
            5 + one pause n1
            5 n1 is paused
            15 - one ends
            15 n1 goes on
            22 + two pause n2
            22 n2 is paused
            23 - two ends
            23 n2 goes on
            23 + three pause n3
            23 n3 is paused
            24 - three ends
            24 n3 goes on
        "#]],
    );
}

#[test]
fn overlapping_crashes_keep_a_node_down_until_the_last_ends() {
    check_storm(
        r#"fault { name = "one", at = "5ms", nodes = "n1", crash = { down = "10ms" } }
           fault { name = "two", at = "9ms", nodes = "n1", crash = { down = "20ms" } }
           fault { name = "all", at = "11ms", nodes = "n1", crash = { down = "1ms" } }"#,
        expect![[r#"
            5 + one crash n1
            5 n1 crashes
            9 + two crash n1
            11 + all crash n1
            12 - all ends
            15 - one ends
            29 - two ends
            29 n1 restarts
        "#]],
    );
}

#[test]
fn overlapping_pauses_keep_a_node_still_until_the_last_ends() {
    check_storm(
        r#"fault { name = "one", at = "5ms", for = "10ms", nodes = "n1", pause = {} }
           fault { name = "two", at = "9ms", for = "20ms", nodes = ["n1", "n2"], pause = {} }"#,
        expect![[r#"
            5 + one pause n1
            5 n1 is paused
            9 + two pause n1, n2
            9 n2 is paused
            15 - one ends
            29 - two ends
            29 n1 goes on
            29 n2 goes on
        "#]],
    );
}

#[test]
fn a_pause_of_a_node_that_is_down_does_nothing_to_it() {
    check_storm(
        r#"fault { name = "die", at = "5ms", nodes = "n1", crash = { down = "10ms" } }
           fault { name = "hang", at = "9ms", for = "20ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            5 + die crash n1
            5 n1 crashes
            9 + hang pause n1
            15 - die ends
            15 n1 restarts
            29 - hang ends
        "#]],
    );
}

#[test]
fn overlapping_partitions_cut_what_any_of_them_cuts() {
    check(
        r#"n1 start: work 3ms; all a; work 10ms; all b; work 10ms; all c
           fault { name = "one", at = "2ms", for = "15ms", partition = { isolate = "n2" } }
           fault { name = "two", at = "5ms", for = "15ms", partition = { isolate = "n3" } }"#,
        expect![[r#"
            2 + one partition n2 | n1, n3
            3 n1 sends a to all
            3 n1 a from n1 to n2 lost: cut off
            4 n3 gets a from n1
            5 + two partition n3 | n1, n2
            13 n1 sends b to all
            13 n1 b from n1 to n2 lost: cut off
            13 n1 b from n1 to n3 lost: cut off
            17 - one ends
            20 - two ends
            23 n1 sends c to all
            24 n2 gets c from n1
            24 n3 gets c from n1
        "#]],
    );
}

#[test]
fn the_calm_heals_everything() {
    check(
        r#"set scenario.calm=900ms
           n1 start: set t 150ms
           n1 timer t: all a
           fault { name = "die", at = "5ms", nodes = "n2", crash = {} }
           fault { name = "hang", at = "6ms", nodes = "n3", pause = {} }
           fault { name = "cut", at = "7ms", partition = { isolate = "n1" } }
           fault { name = "wait", at = "8ms", within = "500ms", nodes = "leader", pause = {} }"#,
        expect![[r#"
            5 + die crash n2
            5 n2 crashes
            6 + hang pause n3
            6 n3 is paused
            7 + cut partition n1 | n2, n3
            100 calm
            100 - die ends
            100 - hang ends
            100 n3 goes on
            100 - cut ends
            100 / wait skipped: no node came into that role
            100 n2 restarts
            150 n1 timer "t"
            151 n2 gets a from n1
            151 n3 gets a from n1
        "#]],
    );
}

#[test]
fn a_fault_at_the_very_end_of_the_storm_ends_with_it() {
    check_storm(
        r#"set scenario.calm=500ms
           fault { name = "die", at = "499999999ns", nodes = "n1", crash = { down = "2s" } }
           fault { name = "then", after = "die", nodes = "n2", crash = { down = "1ms" } }"#,
        expect![[r#"
            499.999 + die crash n1
            499.999 n1 crashes
            500 calm
            500 - die ends
            500 n1 restarts
            500 / then skipped: the storm is over
        "#]],
    );
}

#[test]
fn a_fault_without_end_lasts_to_the_end_of_a_run_without_calm() {
    check_storm(
        r#"fault { name = "die", at = "999ms", nodes = "n1", crash = {} }"#,
        expect![[r#"
        999 + die crash n1
        999 n1 crashes
    "#]],
    );
}

#[test]
fn a_step_that_did_not_come_before_the_calm_strikes_nobody_in_it() {
    check_storm(
        r#"set scenario.calm=500ms
           n1 start: set t 100ms
           n1 timer t: send n2 a; set t 100ms
           fault { name = "die", step = 7, nodes = "n1", crash = {} }
           fault { name = "hit", step = 4, nodes = "n1", crash = { down = "1ms" } }
           n1 restart: set t 100ms"#,
        expect![[r#"
            400 + hit crash n1
            400 n1 crashes
            401 - hit ends
            401 n1 restarts
            500 calm
            801 / die skipped: the storm is over
        "#]],
    );
}

#[test]
fn a_node_that_restarts_at_the_calm_takes_part_in_it() {
    check(
        r#"set scenario.calm=500ms
           n2 start: set t 600ms
           n2 timer t: send n1 a
           n1 a: send n2 b
           fault { name = "die", at = "5ms", nodes = "n1", crash = {} }"#,
        expect![[r#"
            5 + die crash n1
            5 n1 crashes
            500 calm
            500 - die ends
            500 n1 restarts
            600 n2 timer "t"
            601 n1 gets a from n2
            602 n2 gets b from n1
        "#]],
    );
}

#[test]
fn a_property_that_holds_when_the_calm_begins_is_seen_though_nothing_happens_in_it() {
    let script = "set scenario.calm=500ms\nset checks.eventually=[\"all-ten\"]";
    let holds = run(&format!("{script}\n* start: let 10"));
    assert_eq!(holds.transcript, "500 calm\n");
    let never = run(&format!("{script}\nn1 start: let 10"));
    assert!(never.transcript.contains("violated all-ten/never"), "{}", never.transcript);
    // Before the calm it does not count.
    let gone = run(&format!("{script}\n* start: let 10; set t 200ms\nn1 timer t: let 9"));
    assert!(gone.transcript.contains("violated all-ten/never"), "{}", gone.transcript);
}
