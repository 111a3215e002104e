//! Law 5: equal times keep their order of scheduling.

use crate::script::check;
use expect_test::expect;

#[test]
fn messages_that_arrive_at_one_instant_arrive_as_they_were_sent() {
    check(
        "n1 start: send n3 a; send n3 b
         n2 start: send n3 c
         n3 start: send n3 own",
        expect![[r#"
            0 n3 gets own from n3
            1 n3 gets a from n1
            1 n3 gets b from n1
            1 n3 gets c from n2
        "#]],
    );
}

#[test]
fn timers_due_at_one_instant_fire_as_they_were_armed() {
    check(
        "n1 start: set t 2ms; set u 2ms; work 1ms; set v 1ms",
        expect![[r#"
        1 n1 sets timer "v"
        2 n1 timer "t"
        2 n1 timer "u"
        2 n1 timer "v"
    "#]],
    );
}

#[test]
fn a_timer_pushed_again_keeps_the_number_of_its_arming() {
    // t is armed for 10 ms before u is, but its entry is pushed again after u's.
    check(
        "n1 start: set t 5ms; work 1ms; set t 9ms; work 1ms; set u 8ms",
        expect![[r#"
        1 n1 sets timer "t"
        2 n1 sets timer "u"
        10 n1 timer "t"
        10 n1 timer "u"
    "#]],
    );
}

#[test]
fn a_timer_armed_for_an_earlier_instant_fires_once_and_then() {
    check(
        "n1 start: set t 9ms; work 1ms; set t 2ms; set u 9ms",
        expect![[r#"
        1 n1 sets timer "t"
        1 n1 sets timer "u"
        3 n1 timer "t"
        10 n1 timer "u"
    "#]],
    );
}

#[test]
fn a_timer_armed_again_and_again_fires_once() {
    check(
        "n1 start: set t 2ms; times 3 set t 4ms; cancel t; set t 3ms",
        expect![[r#"
        3 n1 timer "t"
    "#]],
    );
}

#[test]
fn a_timer_cancelled_after_it_expired_but_before_its_handler_does_not_fire() {
    check(
        "n1 start: set t 2ms; work 5ms
         n1 a: cancel t
         n2 start: send n1 a",
        expect![[r#"
            5 n1 is idle
            5 n1 gets a from n2
        "#]],
    );
}

#[test]
fn a_timer_armed_again_after_it_expired_fires_at_its_new_instant_alone() {
    check(
        "n1 start: set t 2ms; work 5ms
         n1 a: set t 3ms
         n2 start: send n1 a",
        expect![[r#"
            5 n1 is idle
            5 n1 gets a from n2
            8 n1 timer "t"
        "#]],
    );
}

#[test]
fn another_timer_in_the_place_of_a_cancelled_one_is_not_mistaken_for_it() {
    check(
        "n1 start: set t 2ms; work 5ms
         n1 a: cancel t; set u 0s; set t 4ms
         n2 start: send n1 a",
        expect![[r#"
            5 n1 is idle
            5 n1 gets a from n2
            5 n1 timer "u"
            9 n1 timer "t"
        "#]],
    );
}
