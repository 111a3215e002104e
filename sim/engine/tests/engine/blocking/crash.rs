//! Crash, restart, pause.

use super::{check, expect};

#[test]
fn a_crash_drops_memory() {
    check(
        r#"n1 start: let 5; note x
           n1 restart: note x
           fault { name = "die", at = "2ms", nodes = "n1", crash = { down = "1ms" } }"#,
        expect![[r#"
            0 n1 starts x 5
            2 + die crash n1
            2 n1 crashes
            3 - die ends
            3 n1 restarts x 0
        "#]],
    );
}

#[test]
fn a_crash_drops_timers() {
    check(
        r#"n1 start: set t 5ms; set u 3ms
           n1 restart: set u 1ms
           fault { name = "die", at = "2ms", nodes = "n1", crash = { down = "1ms" } }"#,
        expect![[r#"
            2 + die crash n1
            2 n1 crashes
            3 - die ends
            3 n1 restarts
            4 n1 timer "u"
        "#]],
    );
}

#[test]
fn a_crash_drops_the_inbox() {
    check(
        r#"n1 start: work 5ms
           n2 start: send n1 a; send n1 b
           fault { name = "die", at = "2ms", nodes = "n1", crash = { down = "1ms" } }"#,
        expect![[r#"
            2 + die crash n1
            2 n1 crashes
            3 - die ends
            3 n1 restarts
        "#]],
    );
}

#[test]
fn a_crash_drops_what_the_storm_chooses_of_the_unsynced_writes() {
    let files = |unsynced: &str| {
        super::only(
            &format!(
                r#"n1 start: append f a; sync; append f b; append f c
                   n1 restart: note read f
                   fault {{ name = "die", at = "2ms", nodes = "n1",
           + crash = {{ down = "1ms", unsynced = "{unsynced}" }} }}"#
            ),
            "restarts",
        )
    };
    assert_eq!(files("drop"), "3 n1 restarts a\n");
    assert_eq!(files("keep"), "3 n1 restarts abc\n");
    let chosen = files("random");
    assert!(["3 n1 restarts a\n", "3 n1 restarts ab\n", "3 n1 restarts abc\n"].contains(&&*chosen));
}

#[test]
fn a_crash_is_placed_at_a_step() {
    // The third disk effect or send: a broadcast is one, timers and marks are none.
    check(
        r#"n1 start: all a; set t 9ms; mark m1; append f x; send n2 c; send n2 d
           n1 restart: note read f
           fault { name = "die", step = 3, nodes = "n1",
           + crash = { down = "1ms", unsynced = "keep" } }"#,
        expect![[r#"
            0 n1 starts m1
            0 + die crash n1
            0 n1 crashes
            1 n2 gets a from n1
            1 n3 gets a from n1
            1 - die ends
            1 n1 restarts x
        "#]],
    );
}

#[test]
fn a_sync_is_a_step_and_a_crash_before_it_leaves_nothing_durable() {
    check(
        r#"n1 start: append f x; sync; send n2 a
           n1 restart: note read f
           fault { name = "die", step = 2, nodes = "n1",
           + crash = { down = "1ms", unsynced = "drop" } }"#,
        expect![[r#"
            1 + die crash n1
            1 n1 crashes
            2 - die ends
            2 n1 restarts none
        "#]],
    );
    check(
        r#"n1 start: append f x; sync; send n2 a
           n1 restart: note read f
           fault { name = "die", step = 3, nodes = "n1",
           + crash = { down = "1ms", unsynced = "drop" } }"#,
        expect![[r#"
            1 n1 synced
            1 + die crash n1
            1 n1 crashes
            2 - die ends
            2 n1 restarts x
        "#]],
    );
}

#[test]
fn two_effects_at_one_instant_have_a_point_between_them() {
    check(
        r#"n1 start: work 1ms; send n2 a; send n2 b
           fault { name = "die", step = 2, nodes = "n1", crash = {} }"#,
        expect![[r#"
            1 n1 sends a to n2
            1 + die crash n1
            1 n1 crashes
            2 n2 gets a from n1
        "#]],
    );
}

#[test]
fn steps_are_counted_on_over_restarts_and_a_dropped_effect_is_none() {
    // Two effects happen before the crash; the third and fourth are those after the restart.
    check(
        r#"n1 start: send n2 a; send n2 b; send n2 never
           n1 restart: send n2 c; send n2 d; send n2 never
           fault { name = "die", step = 3, nodes = "n1", crash = { down = "1ms" } }
           fault { name = "die-2", step = 5, nodes = "n1", crash = {} }"#,
        expect![[r#"
            0 + die crash n1
            0 n1 crashes
            1 n2 gets a from n1
            1 n2 gets b from n1
            1 - die ends
            1 n1 restarts
            1 + die-2 crash n1
            1 n1 crashes
            2 n2 gets c from n1
            2 n2 gets d from n1
        "#]],
    );
}

#[test]
fn a_pause_is_placed_at_a_step() {
    check(
        r#"n1 start: send n2 a; send n2 b; send n2 c
           fault { name = "hang", step = 2, for = "5ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            0 + hang pause n1
            0 n1 is paused
            1 n2 gets a from n1
            5 - hang ends
            5 n1 goes on
            5 n1 sends b to n2
            5 n1 sends c to n2
            6 n2 gets b from n1
            6 n2 gets c from n1
        "#]],
    );
    check(
        r#"n1 start: work 1ms; send n2 a; send n2 b; work 1ms; send n2 c
           fault { name = "hang", step = 2, for = "5ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            1 n1 sends a to n2
            1 + hang pause n1
            1 n1 is paused
            2 n2 gets a from n1
            6 - hang ends
            6 n1 goes on
            6 n1 sends b to n2
            7 n1 sends c to n2
            7 n2 gets b from n1
            8 n2 gets c from n1
        "#]],
    );
}

#[test]
fn a_restart_boots_a_fresh_node_from_its_disk() {
    check(
        r#"n1 start: let 7; slot 7; log 1; log 2; sync; log 3
           n1 restart: note x; note slot; note log; note files
           fault { name = "die", at = "5ms", nodes = "n1",
           + crash = { down = "1ms", unsynced = "drop" } }"#,
        expect![[r#"
            1 n1 synced
            1 n1 writes
            5 + die crash n1
            5 n1 crashes
            6 - die ends
            6 n1 restarts x 0 · slot Some(7) · log [1, 2] · ["log", "slot.0"]
        "#]],
    );
}

#[test]
fn a_pause_keeps_memory() {
    check(
        r#"n1 start: let 7; set t 5ms
           n1 timer t: note x
           fault { name = "hang", at = "2ms", for = "10ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            12 - hang ends
            12 n1 goes on
            12 n1 timer "t" · x 7
        "#]],
    );
}

#[test]
fn on_resume_clocks_have_moved_on() {
    check(
        r#"n1 start: set t 1ms
           n1 timer t: note now; set u 20ms
           n1 timer u: note now
           fault { name = "hang", at = "2ms", for = "50ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            1 n1 timer "t" · now 1ms
            2 + hang pause n1
            2 n1 is paused
            52 - hang ends
            52 n1 goes on
            52 n1 timer "u" · now 52ms
        "#]],
    );
}

#[test]
fn on_resume_due_timers_fire_late() {
    check(
        r#"n1 start: set t 5ms; set u 3ms; set v 30ms
           fault { name = "hang", at = "2ms", for = "10ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            12 - hang ends
            12 n1 goes on
            12 n1 timer "u"
            12 n1 timer "t"
            30 n1 timer "v"
        "#]],
    );
}

#[test]
fn on_resume_the_inbox_is_full() {
    check(
        r#"set limits.inbox=2
           n2 start: work 2ms; send n1 a; send n1 b; send n1 c
           fault { name = "hang", at = "2ms", for = "10ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            2 n2 sends a to n1
            2 n2 sends b to n1
            2 n2 sends c to n1
            3 n1 c from n2 to n1 lost: inbox is full
            12 - hang ends
            12 n1 goes on
            12 n1 gets a from n2
            12 n1 gets b from n2
        "#]],
    );
}

#[test]
fn a_paused_node_boots_when_it_goes_on() {
    check(
        r#"n1 start: note now
           fault { name = "hang", at = "0s", for = "10ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            0 + hang pause n1
            0 n1 is paused
            10 - hang ends
            10 n1 goes on
            10 n1 starts now 0s
        "#]],
    );
}

#[test]
fn a_crash_ends_a_pause() {
    check(
        r#"n1 start: set t 5ms
           n1 restart: set t 1ms
           fault { name = "hang", at = "2ms", for = "50ms", nodes = "n1", pause = {} }
           fault { name = "die", at = "4ms", nodes = "n1", crash = { down = "4ms" } }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            4 + die crash n1
            4 n1 crashes
            8 - die ends
            8 n1 restarts
            9 n1 timer "t"
            52 - hang ends
        "#]],
    );
}
