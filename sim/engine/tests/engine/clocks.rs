//! Faults of clocks: what a node reads, when its timers fire, and what ends with the fault.

use crate::script::{check, run};
use expect_test::expect;

#[test]
fn a_clock_that_drifts_goes_on_from_where_it_is() {
    check(
        r#"* start: set t 100ms
           * timer t: note now; set t 100ms
           fault { name = "slow", at = "150ms", for = "200ms", nodes = "n1",
           + clock = { drift = "-50%" } }
           set cluster.nodes=2
           set scenario.duration=460ms"#,
        expect![[r#"
            100 n1 timer "t" · now 100ms
            100 n2 timer "t" · now 100ms
            150 + slow clock n1
            200 n2 timer "t" · now 200ms
            250 n1 timer "t" · now 200ms
            300 n2 timer "t" · now 300ms
            350 - slow ends
            400 n1 timer "t" · now 300ms
            400 n2 timer "t" · now 400ms
        "#]],
    );
}

#[test]
fn a_clock_that_is_fast_brings_timers_forward() {
    check(
        r#"n1 start: set t 100ms; set u 30ms
           n1 timer t: note now
           n1 timer u: note now; set u 1s
           fault { name = "fast", at = "40ms", nodes = "all", clock = { drift = "300%" } }
           set scenario.duration=320ms"#,
        expect![[r#"
            30 n1 timer "u" · now 30ms
            40 + fast clock n1, n2, n3
            55 n1 timer "t" · now 100ms
            287.5 n1 timer "u" · now 1030ms
        "#]],
    );
}

#[test]
fn drifts_add_up_within_bounds() {
    check(
        r#"n1 start: set t 100ms
           n1 timer t: note now
           fault { name = "a", at = "0s", for = "10ms", nodes = "n1", clock = { drift = "-90%" } }
           fault { name = "b", at = "0s", for = "20ms", nodes = "n1", clock = { drift = "-90%" } }
           fault { name = "c", at = "0s", for = "10ms", nodes = "n1", clock = { drift = "80%" } }"#,
        expect![[r#"
            0 + a clock n1
            0 + b clock n1
            0 + c clock n1
            10 - a ends
            10 - c ends
            20 - b ends
            118 n1 timer "t" · now 100ms
        "#]],
    );
}

#[test]
fn a_handler_that_blocks_has_read_ahead_and_the_clock_waits_for_it() {
    // At 10 the handler has read 50 already; the clock stands at 50 until it has caught up.
    check(
        r#"n1 start: set t 5ms; set u 20ms; work 50ms; note now; send n1 a
           n1 timer t: note now
           n1 timer u: note now
           n1 a: note now; set v 10ms
           n1 timer v: note now
           fault { name = "slow", at = "10ms", nodes = "n1", clock = { drift = "-90%" } }"#,
        expect![[r#"
            10 + slow clock n1
            50 n1 now 50ms
            50 n1 sends a to n1
            50 n1 timer "t" · now 50ms
            50 n1 timer "u" · now 50ms
            50 n1 gets a · now 50ms from n1
            510 n1 timer "v" · now 60ms
        "#]],
    );
}

#[test]
fn a_timer_set_later_in_a_handler_counts_by_the_clock_of_that_instant() {
    check(
        r#"n1 start: work 50ms; set t 10ms
           n1 timer t: note now
           fault { name = "slow", at = "10ms", nodes = "n1", clock = { drift = "-50%" } }"#,
        expect![[r#"
            10 + slow clock n1
            50 n1 sets timer "t"
            110 n1 timer "t" · now 60ms
        "#]],
    );
    // A pause in between shifts the arming, and nothing else.
    check(
        r#"n1 start: work 50ms; set t 10ms
           n1 timer t: note now
           fault { name = "still", at = "5ms", for = "100ms", nodes = "n1", pause = {} }
           fault { name = "slow", at = "10ms", nodes = "n1", clock = { drift = "-50%" } }"#,
        expect![[r#"
            5 + still pause n1
            5 n1 is paused
            10 + slow clock n1
            105 - still ends
            105 n1 goes on
            150 n1 sets timer "t"
            170 n1 timer "t" · now 90ms
        "#]],
    );
}

#[test]
fn the_clock_of_a_node_that_stands_still_or_is_down_drifts_on() {
    check(
        r#"n1 start: set t 50ms
           n1 timer t: note now
           n2 start: set t 10ms
           n2 restart: note wall
           fault { name = "still", at = "20ms", for = "60ms", nodes = "n1", pause = {} }
           fault { name = "down", at = "20ms", nodes = "n2", crash = { down = "60ms" } }
           fault { name = "fast", at = "30ms", for = "10ms", nodes = ["n1", "n2"],
           + clock = { drift = "100%" } }"#,
        expect![[r#"
            10 n2 timer "t"
            20 + still pause n1
            20 n1 is paused
            20 + down crash n2
            20 n2 crashes
            30 + fast clock n1, n2
            40 - fast ends
            80 - still ends
            80 n1 goes on
            80 - down ends
            80 n1 timer "t" · now 90ms
            80 n2 restarts wall 90ms
        "#]],
    );
}

#[test]
fn a_timer_that_has_expired_is_not_taken_back() {
    check(
        r#"n1 start: set t 10ms; work 40ms
           n1 timer t: note now; send n2 a
           fault { name = "slow", at = "20ms", nodes = "n1", clock = { drift = "-90%" } }"#,
        expect![[r#"
            20 + slow clock n1
            40 n1 is idle
            40 n1 timer "t" · now 40ms
            41 n2 gets a from n1
        "#]],
    );
}

#[test]
fn a_wall_clock_jumps_forward_and_back_and_now_does_not() {
    check(
        r#"n1 start: set t 10ms
           n1 timer t: note wall; note now; set t 10ms
           fault { name = "ahead", at = "15ms", for = "10ms", nodes = "n1",
           + clock = { offset = "30s" } }
           fault { name = "jump", at = "35ms", for = "1ms", nodes = "n1",
           + clock = { jump = "-20s" } }
           set scenario.duration=45ms"#,
        expect![[r#"
            10 n1 timer "t" · wall 10ms · now 10ms
            15 + ahead clock n1
            20 n1 timer "t" · wall 30020ms · now 20ms
            25 - ahead ends
            30 n1 timer "t" · wall 30ms · now 30ms
            35 + jump clock n1
            36 - jump ends
            40 n1 timer "t" · wall 0s · now 40ms
        "#]],
    );
}

#[test]
fn a_strobe_is_off_for_half_of_each_period_until_it_ends() {
    check(
        r#"n1 start: set t 3ms
           n1 timer t: note wall; set t 5ms
           n2 start: work 16ms; note wall; work 5ms; note wall; work 5ms; note wall
           fault { name = "strobe", at = "5ms", for = "20ms", nodes = "all",
           + clock = { strobe = { by = "2s", period = "10ms" } } }
           set scenario.duration=29ms"#,
        expect![[r#"
            3 n1 timer "t" · wall 3ms
            5 + strobe clock n1, n2, n3
            8 n1 timer "t" · wall 2008ms
            13 n1 timer "t" · wall 13ms
            16 n2 wall 16ms
            18 n1 timer "t" · wall 2018ms
            21 n2 wall 21ms
            23 n1 timer "t" · wall 23ms
            25 - strobe ends
            26 n2 wall 26ms
            28 n1 timer "t" · wall 28ms
        "#]],
    );
}

#[test]
fn clocks_are_right_again_in_the_calm() {
    check(
        r#"set scenario.calm=900ms
           n1 start: set t 90ms
           n1 timer t: note wall; set t 90ms
           fault { name = "all", at = "50ms", nodes = "all",
           + clock = { offset = "1s", drift = "-50%", strobe = { by = "9s", period = "1s" } } }
           set scenario.duration=300ms
           set scenario.calm=200ms"#,
        expect![[r#"
            50 + all clock n1, n2, n3
            100 calm
            100 - all ends
            115 n1 timer "t" · wall 90ms
            205 n1 timer "t" · wall 180ms
            295 n1 timer "t" · wall 270ms
        "#]],
    );
}

#[test]
fn a_range_is_drawn_for_each_node() {
    let ran = run(r#"* start: set t 100ms
           * timer t: note wall
           fault { name = "all", at = "5ms", nodes = "all", clock = { offset = "-9s..9s" } }"#);
    let walls: Vec<&str> = ran.transcript.lines().filter(|line| line.contains("timer")).collect();
    assert_eq!(walls.len(), 3, "{}", ran.transcript);
    let wall = |line: &str| line.split("wall ").nth(1).map(String::from);
    assert!(wall(walls[0]) != wall(walls[1]) && wall(walls[1]) != wall(walls[2]), "{walls:?}");
}
