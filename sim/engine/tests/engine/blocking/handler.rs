//! A handler is a blocking thread.

use super::{check, expect, only, run};

#[test]
fn a_handler_runs_at_once_and_its_effects_carry_offsets() {
    check(
        "n1 start: send n2 a; work 2ms; send n2 b; work 3ms; send n2 c",
        expect![[r#"
        1 n2 gets a from n1
        2 n1 sends b to n2
        3 n2 gets b from n1
        5 n1 sends c to n2
        6 n2 gets c from n1
    "#]],
    );
}

#[test]
fn what_is_sent_after_a_sync_of_2_ms_leaves_2_ms_later() {
    check(
        "set disk.sync=2ms
         n1 start: append f x; sync; send n2 a",
        expect![[r#"
            2 n1 synced
            2 n1 sends a to n2
            3 n2 gets a from n1
        "#]],
    );
}

#[test]
fn effects_at_offset_0_are_performed_when_the_handler_returns() {
    // All of them belong to the event of the handler: none has an event of its own.
    check(
        "n1 start: mark m1; send n2 a; append f x; set t 1ms; send n3 b",
        expect![[r#"
        0 n1 starts m1
        1 n2 gets a from n1
        1 n1 timer "t"
        1 n3 gets b from n1
    "#]],
    );
}

#[test]
fn later_effects_are_performed_one_by_one_each_by_an_event_of_its_own() {
    check(
        "n1 start: work 1ms; mark m1; send n2 a; append f x; set t 4ms; cancel u; count 1",
        expect![[r#"
            1 n1 m1
            1 n1 sends a to n2
            1 n1 writes
            1 n1 sets timer "t"
            1 n1 cancels timer "u"
            1 n1 reports counted
            2 n2 gets a from n1
            5 n1 timer "t"
        "#]],
    );
}

#[test]
fn a_late_send_is_performed_under_the_links_of_its_instant() {
    // The cut begins between the handler and the late send, and ends before the last one.
    check(
        r#"n1 start: send n2 a; work 5ms; send n2 b; work 5ms; send n2 c
           fault { name = "cut", at = "2ms", for = "6ms", partition = { isolate = "n2" } }"#,
        expect![[r#"
            1 n2 gets a from n1
            2 + cut partition n2 | n1, n3
            5 n1 sends b to n2
            5 n1 b from n1 to n2 lost: cut off
            8 - cut ends
            10 n1 sends c to n2
            11 n2 gets c from n1
        "#]],
    );
}

#[test]
fn a_late_send_is_performed_under_the_faults_of_its_instant() {
    // n2 is down when the message arrives, not when the handler ran.
    check(
        r#"n1 start: work 5ms; send n2 b
           fault { name = "die", at = "2ms", nodes = "n2", crash = { down = "10ms" } }"#,
        expect![[r#"
            2 + die crash n2
            2 n2 crashes
            5 n1 sends b to n2
            6 n2 b from n1 to n2 lost: addressee is down
            12 - die ends
            12 n2 restarts
        "#]],
    );
}

#[test]
fn a_crash_drops_effects_not_yet_performed() {
    check(
        r#"n1 start: append f a; work 5ms; append f b; send n2 x; set t 1ms; mark bad
           n1 restart: note read f
           fault { name = "die", at = "2ms", nodes = "n1",
           + crash = { down = "1ms", unsynced = "keep" } }"#,
        expect![[r#"
            2 + die crash n1
            2 n1 crashes
            3 - die ends
            3 n1 restarts a
        "#]],
    );
}

#[test]
fn a_pause_shifts_effects_not_yet_performed_by_its_length() {
    check(
        r#"n1 start: work 5ms; send n2 a; work 1ms; send n2 b
           fault { name = "hang", at = "2ms", for = "10ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            12 - hang ends
            12 n1 goes on
            15 n1 sends a to n2
            16 n1 sends b to n2
            16 n2 gets a from n1
            17 n2 gets b from n1
        "#]],
    );
}

#[test]
fn a_pause_shifts_the_end_of_the_busy_time_by_its_length() {
    check(
        r#"n1 start: work 5ms
           n2 start: send n1 a
           fault { name = "hang", at = "2ms", for = "10ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            12 - hang ends
            12 n1 goes on
            15 n1 is idle
            15 n1 gets a from n2
        "#]],
    );
}

#[test]
fn a_pause_shifts_the_instant_from_which_a_timer_counts() {
    check(
        r#"n1 start: work 5ms; set t 3ms
           fault { name = "hang", at = "2ms", for = "100ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            102 - hang ends
            102 n1 goes on
            105 n1 sets timer "t"
            108 n1 timer "t"
        "#]],
    );
}

#[test]
fn now_and_wall_clock_include_the_offset() {
    check(
        "n1 start: note now; note wall; work 2ms; note now; note wall",
        expect![[r#"
        0 n1 starts now 0s · wall 0s
        2 n1 now 2ms
        2 n1 wall 2ms
    "#]],
    );
}

#[test]
fn random_does_not_depend_on_the_offset() {
    let busy = only("n1 start: work 2ms; note random; work 1ms; note random", "random");
    let words = |text: &str| {
        let words = text.split_whitespace().skip_while(|word| *word != "random");
        words.filter(|word| word.parse::<u32>().is_ok_and(|word| word > 1000)).count()
    };
    assert_eq!(words(&busy.replace('\n', " ")), 2, "{busy}");
    let mut drawn = busy.lines().map(|line| line.split_whitespace().last().map(String::from));
    let quick = run("n1 start: note random; note random").transcript;
    for word in [drawn.next(), drawn.next()].into_iter().flatten().flatten() {
        assert!(quick.contains(&word), "{word} is not in {quick}");
    }
}

#[test]
fn a_timer_counts_from_the_offset_at_which_it_was_set() {
    check(
        "n1 start: set t 5ms; work 2ms; set u 5ms",
        expect![[r#"
        2 n1 sets timer "u"
        5 n1 timer "t"
        7 n1 timer "u"
    "#]],
    );
}

#[test]
fn while_a_node_is_busy_messages_timers_and_completions_wait_in_order_of_arrival() {
    // At 1 ms the sync is complete, at 2 ms a message arrives, at 3 ms a timer expires.
    check(
        "n1 start: append f x; begin; set t 3ms; work 5ms
         n2 start: work 1ms; send n1 a
         n1 synced: note first
         n1 a: note second
         n1 timer t: note third",
        expect![[r#"
            1 n2 sends a to n1
            5 n1 is idle
            5 n1 is told of its sync first
            5 n1 gets a · second from n2
            5 n1 timer "t" · third
        "#]],
    );
}

#[test]
fn a_delivery_is_an_event_when_its_handler_starts() {
    check(
        "n1 start: work 5ms
         n1 a: work 2ms
         n2 start: send n1 a; send n1 b",
        expect![[r#"
            5 n1 is idle
            5 n1 gets a from n2
            7 n1 is idle
            7 n1 gets b from n2
        "#]],
    );
}

#[test]
fn an_arrival_is_an_event_only_when_it_is_refused() {
    check(
        "set limits.inbox=1
         n1 start: work 5ms
         n2 start: send n1 a; send n1 b",
        expect![[r#"
            1 n1 b from n2 to n1 lost: inbox is full
            5 n1 is idle
            5 n1 gets a from n2
        "#]],
    );
}

#[test]
fn a_full_inbox_drops_datagrams_but_neither_timers_nor_completions() {
    check(
        "set limits.inbox=1
         n1 start: append f x; set t 2ms; begin; begin; work 5ms
         n2 start: send n1 a; send n1 b; work 3ms; send n1 c",
        expect![[r#"
            1 n1 b from n2 to n1 lost: inbox is full
            3 n2 sends c to n1
            4 n1 c from n2 to n1 lost: inbox is full
            5 n1 is idle
            5 n1 is told of its sync
            5 n1 gets a from n2
            5 n1 timer "t"
            5 n1 is told of its sync
        "#]],
    );
}

#[test]
fn a_message_leaves_room_in_the_inbox_when_its_handler_starts() {
    check(
        "set limits.inbox=1
         n1 start: work 5ms
         n1 a: work 5ms
         n2 start: send n1 a; work 7ms; send n1 b; send n1 c",
        expect![[r#"
            5 n1 is idle
            5 n1 gets a from n2
            7 n2 sends b to n1
            7 n2 sends c to n1
            8 n1 c from n2 to n1 lost: inbox is full
            10 n1 is idle
            10 n1 gets b from n2
        "#]],
    );
}

#[test]
fn what_arrives_at_the_instant_at_which_a_node_comes_to_rest_waits_its_turn() {
    // b arrives at 5 ms while a waits: it comes after it, though the node is at rest by then.
    check(
        "n1 start: work 5ms
         n2 start: send n1 a; work 4ms; send n1 b",
        expect![[r#"
            4 n2 sends b to n1
            5 n1 is idle
            5 n1 gets a from n2
            5 n1 gets b from n2
        "#]],
    );
}

#[test]
fn a_handler_without_effects_is_busy_while_it_works() {
    check(
        "n1 start: set t 1ms
         n1 timer t: work 2ms
         n2 start: work 1ms; send n1 a",
        expect![[r#"
            1 n1 timer "t"
            1 n2 sends a to n1
            3 n1 is idle
            3 n1 gets a from n2
        "#]],
    );
}

#[test]
fn a_note_is_an_effect_whether_or_not_somebody_reads_it() {
    let script = "n1 start: work 1ms; note here; work 1ms; send n2 a";
    let watched = run(script).outcome.digest;
    let unwatched = super::unwatched(script);
    assert_eq!(watched, unwatched);
}
