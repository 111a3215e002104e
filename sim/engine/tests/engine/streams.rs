//! Streams: every sentence about sessions has a test of its name.

use crate::script::{Ran, plan, run_streamed, streamed_digest};
use expect_test::expect;
use proptest::prelude::*;
use squall_engine::{plan::PlannedOperation, units::Span};

fn run(script: &str) -> Ran {
    run_streamed(plan(script, 1))
}

#[track_caller]
fn check(script: &str, want: expect_test::Expect) {
    want.assert_eq(&run(script).transcript);
}

#[test]
fn the_first_send_opens_a_session_and_each_end_is_told_when_it_hears_of_the_other() {
    check(
        "n1 start: send n2 a
         n1 up n2: note hello
         n2 a: send n1 b",
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            2 n1 session with n2 is up · hello
            2 n1 gets b from n2
        "#]],
    );
}

#[test]
fn there_is_one_session_per_pair_though_both_ends_send_first() {
    check(
        "n1 start: send n2 a
         n2 start: send n1 b",
        expect![[r#"
            1 n2 session with n1 is up
            1 n1 session with n2 is up
            1 n2 gets a from n1
            1 n1 gets b from n2
        "#]],
    );
}

/// What `who` got, in order.
fn got(ran: &Ran, who: &str) -> Vec<String> {
    let gets = format!(" {who} gets ");
    let lines = ran.transcript.lines().filter_map(|line| line.split_once(&gets));
    lines.map(|(_, word)| word.split(' ').next().unwrap_or_default().to_string()).collect()
}

#[test]
fn it_is_in_order_each_way() {
    let ran = run("set network.latency=1ms..100ms
                   n1 start: send n2 a; send n2 b; send n2 c; send n2 d; send n2 e; send n2 f
                   n2 start: send n1 u; send n1 v; send n1 w; send n1 x; send n1 y; send n1 z");
    assert_eq!(got(&ran, "n2").concat(), "abcdef");
    assert_eq!(got(&ran, "n1").concat(), "uvwxyz");
}

#[test]
fn a_lost_segment_is_sent_again_holding_back_what_follows() {
    check(
        r#"n1 start: send n2 a; work 10ms; send n2 b; work 10ms; send n2 c
           fault { name = "cut", at = "9ms", for = "2ms",
           + partition = { one_way = [["n1"], ["n2"]] } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            9 + cut partition n1 -x-> n2
            10 n1 sends b to n2
            11 - cut ends
            20 n1 sends c to n2
            20 n1 session with n2 is up
            210 n1 sends 2 to n2 again
            211 n2 gets b from n1
            211 n2 gets c from n1
        "#]],
    );
}

#[test]
fn the_timeout_doubles() {
    check(
        r#"set scenario.duration=2s
           n1 start: send n2 a; work 10ms; send n2 b
           fault { name = "cut", at = "5ms", for = "1s", partition = { isolate = "n2" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            5 + cut partition n2 | n1, n3
            10 n1 sends b to n2
            10 n1 session with n2 is up
            210 n1 sends 1 to n2 again
            610 n1 sends 1 to n2 again
            1005 - cut ends
            1410 n1 sends 1 to n2 again
            1411 n2 gets b from n1
        "#]],
    );
}

#[test]
fn an_end_whose_data_is_unacknowledged_for_the_session_timeout_sees_down() {
    check(
        r#"set network.stream.session_timeout=300ms
           n1 start: send n2 a; work 10ms; send n2 b
           fault { name = "cut", at = "5ms", partition = { isolate = "n2" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            5 + cut partition n2 | n1, n3
            10 n1 sends b to n2
            10 n1 session with n2 is up
            210 n1 sends 1 to n2 again
            310 n1 session with n2 is down
        "#]],
    );
}

/// n1 has seen Down, n2 has not: from 310 ms on, and from 400 ms on they can speak again.
const HALF_OPEN: &str = r#"set network.stream.session_timeout=300ms
    n1 start: send n2 a; work 10ms; send n2 b; set t 500ms
    fault { name = "cut", at = "5ms", for = "395ms", partition = { isolate = "n2" } }"#;

#[test]
fn the_other_end_sees_down_by_its_own_timeout() {
    check(
        r#"set network.stream.session_timeout=300ms
           n1 start: send n2 a; work 10ms; send n2 b
           n2 start: set t 200ms
           n2 timer t: send n1 x
           fault { name = "cut", at = "5ms", partition = { isolate = "n2" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            5 + cut partition n2 | n1, n3
            10 n1 sends b to n2
            10 n1 session with n2 is up
            200 n2 timer "t"
            210 n1 sends 1 to n2 again
            310 n1 session with n2 is down
            400 n2 sends 1 to n1 again
            500 n2 session with n1 is down
        "#]],
    );
}

#[test]
fn the_other_end_sees_down_when_a_new_session_reaches_it() {
    check(
        &format!("{HALF_OPEN}\nn1 timer t: send n2 new"),
        expect![[r#"
        1 n2 session with n1 is up
        1 n2 gets a from n1
        5 + cut partition n2 | n1, n3
        10 n1 sends b to n2
        10 n1 sets timer "t"
        10 n1 session with n2 is up
        210 n1 sends 1 to n2 again
        310 n1 session with n2 is down
        400 - cut ends
        510 n1 timer "t"
        511 n2 session with n1 is down
        511 n2 session with n1 is up
        511 n2 gets new from n1
        512 n1 session with n2 is up
    "#]],
    );
}

#[test]
fn the_other_end_sees_down_when_what_it_sends_in_the_old_session_is_reset() {
    let speaks =
        "n2 start: set t 500ms\nn2 timer t: send n1 old; send n1 older\nn2 down n1: send n1 new";
    check(
        &format!("{HALF_OPEN}\n{speaks}"),
        expect![[r#"
        1 n2 session with n1 is up
        1 n2 gets a from n1
        5 + cut partition n2 | n1, n3
        10 n1 sends b to n2
        10 n1 sets timer "t"
        10 n1 session with n2 is up
        210 n1 sends 1 to n2 again
        310 n1 session with n2 is down
        400 - cut ends
        500 n2 timer "t"
        502 n2 session with n1 is down
        503 n1 session with n2 is up
        503 n1 gets new from n2
        504 n2 session with n1 is up
        510 n1 timer "t"
    "#]],
    );
}

#[test]
fn an_end_that_sends_nothing_stays_half_open() {
    let transcript = run(HALF_OPEN).transcript;
    assert!(transcript.contains("n1 session with n2 is down"), "{transcript}");
    assert!(!transcript.contains("n2 session with n1 is down"), "{transcript}");
}

#[test]
fn nothing_of_an_old_session_arrives_in_a_later_one() {
    // `a` is held until 100 ms; meanwhile n1 restarts and speaks in a session of its own.
    check(
        r#"n1 start: work 5ms; send n2 a
           n1 restart: work 5ms; send n2 b
           fault { name = "hold", at = "1ms", for = "99ms", hold = { from = "n1" } }
           fault { name = "die", at = "10ms", nodes = "n1", crash = { down = "1ms" } }"#,
        expect![[r#"
            1 + hold hold n1 -> all
            5 n1 sends a to n2
            10 + die crash n1
            10 n1 crashes
            11 - die ends
            11 n1 restarts
            16 n1 sends b to n2
            100 - hold ends
            100 n2 session with n1 is up
            100 n2 gets b from n1
            101 n1 session with n2 is up
        "#]],
    );
}

#[test]
fn sends_while_down_start_a_new_session_and_wait() {
    check(
        r#"set network.stream.session_timeout=300ms
           n1 start: send n2 a; work 10ms; send n2 b
           n1 down n2: send n2 c; send n2 d
           fault { name = "cut", at = "5ms", for = "400ms", partition = { isolate = "n2" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            5 + cut partition n2 | n1, n3
            10 n1 sends b to n2
            10 n1 session with n2 is up
            210 n1 sends 1 to n2 again
            310 n1 session with n2 is down
            405 - cut ends
            510 n1 sends 2 to n2 again
            511 n2 session with n1 is down
            511 n2 session with n1 is up
            511 n2 gets c from n1
            511 n2 gets d from n1
            512 n1 session with n2 is up
        "#]],
    );
}

#[test]
fn the_buffer_is_bounded_and_a_send_too_many_ends_the_session() {
    check(
        r#"set network.stream.buffer=3
           n1 start: send n2 a; work 10ms; send n2 b; send n2 c; send n2 d; send n2 e; send n2 f
           n1 down n2: send n2 new
           fault { name = "cut", at = "5ms", for = "20ms", partition = { isolate = "n2" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            5 + cut partition n2 | n1, n3
            10 n1 sends b to n2
            10 n1 sends c to n2
            10 n1 sends d to n2
            10 n1 sends e to n2
            10 n1 e from n1 to n2 lost: the send buffer is full
            10 n1 sends f to n2
            10 n1 f from n1 to n2 lost: the session is down
            10 n1 session with n2 is up
            10 n1 session with n2 is down
            25 - cut ends
            210 n1 sends 1 to n2 again
            211 n2 session with n1 is down
            211 n2 session with n1 is up
            211 n2 gets new from n1
            212 n1 session with n2 is up
        "#]],
    );
}

#[test]
fn what_is_sent_before_a_node_is_told_of_down_belongs_to_the_old_session() {
    check(
        r#"set network.stream={ session_timeout = "50ms", retransmit = "50ms" }
           n1 start: send n2 a; work 10ms; send n2 b; work 100ms; send n2 c
           n1 down n2: send n2 d
           fault { name = "cut", at = "5ms", for = "70ms", partition = { isolate = "n2" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            5 + cut partition n2 | n1, n3
            10 n1 sends b to n2
            75 - cut ends
            110 n1 sends c to n2
            110 n1 c from n1 to n2 lost: the session is down
            110 n1 session with n2 is up
            110 n1 session with n2 is down
            111 n2 session with n1 is down
            111 n2 session with n1 is up
            111 n2 gets d from n1
            112 n1 session with n2 is up
        "#]],
    );
}

#[test]
fn a_crash_and_a_restart_give_resets() {
    check(
        r#"n1 start: send n2 a; set t 50ms
           n1 timer t: send n2 b
           n1 down n2: send n2 c
           fault { name = "die", at = "10ms", nodes = "n2", crash = { down = "10ms" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            2 n1 session with n2 is up
            10 + die crash n2
            10 n2 crashes
            20 - die ends
            20 n2 restarts
            50 n1 timer "t"
            52 n1 session with n2 is down
            53 n2 session with n1 is up
            53 n2 gets c from n1
            54 n1 session with n2 is up
        "#]],
    );
}

#[test]
fn a_node_that_restarts_and_speaks_first_ends_the_old_session_at_its_peers() {
    check(
        r#"n1 start: send n2 a
           n1 restart: send n2 b
           fault { name = "die", at = "10ms", nodes = "n1", crash = { down = "10ms" } }"#,
        expect![[r#"
            1 n2 session with n1 is up
            1 n2 gets a from n1
            2 n1 session with n2 is up
            10 + die crash n1
            10 n1 crashes
            20 - die ends
            20 n1 restarts
            21 n2 session with n1 is down
            21 n2 session with n1 is up
            21 n2 gets b from n1
            22 n1 session with n2 is up
        "#]],
    );
}

#[test]
fn a_full_inbox_pushes_back_and_keeps_the_session_up() {
    let ran = run("set limits.inbox=2
                   set network.stream={ session_timeout = \"120ms\", retransmit = \"120ms\" }
                   n1 start: send n2 a; send n2 b; send n2 c; send n2 d; send n2 e; send n2 f
                   n2 a: work 100ms\nn2 b: work 100ms\nn2 c: work 100ms\nn2 d: work 100ms");
    assert_eq!(got(&ran, "n2").concat(), "abcdef", "{}", ran.transcript);
    assert!(!ran.transcript.contains("down"), "{}", ran.transcript);
    assert_eq!(ran.outcome.stats.lost, 0);
}

#[test]
fn an_end_that_is_pushed_back_for_longer_than_the_session_timeout_asks_on() {
    let ran = run("set limits.inbox=1
                   set network.stream.session_timeout=120ms\nset network.stream.retransmit=20ms
                   n1 start: send n2 a; send n2 b; send n2 c; send n2 d
                   n2 a: work 700ms");
    assert_eq!(got(&ran, "n2").concat(), "abcd", "{}", ran.transcript);
    assert!(!ran.transcript.contains("down"), "{}", ran.transcript);
    assert!(ran.transcript.contains("to n2 again"), "{}", ran.transcript);
}

#[test]
fn clients_are_participants_too() {
    let script = r#"set cluster.clients=1
        set workload.timeout=400ms
        set network.stream={ session_timeout = "150ms", retransmit = "150ms" }
        * ask: reply
        fault { name = "cut", at = "100ms", for = "300ms",
        + partition = { groups = [["n1"], ["c1"]] } }"#;
    let mut plan = plan(script, 1);
    let one = |at: u64| PlannedOperation {
        at: Some(Span::millis(at)),
        not_before: None,
        operation: serde_json::json!({ "write": at }),
    };
    plan.operations = Some(vec![vec![one(50), one(150), one(600)]]);
    expect![[r#"
        50 c1 invokes Write 50
        51 n1 session with c1 is up
        51 n1 gets ask Write 50 from c1
        52 c1 session with n1 is up
        52 c1 gets tell 1 from n1
        100 + cut partition n1 | c1
        150 c1 invokes Write 150
        300 c1 session with n1 is down
        400 - cut ends
        550 c1 times out
        600 c1 invokes Write 600
        601 n1 session with c1 is down
        601 n1 session with c1 is up
        601 n1 gets ask Write 600 from c1
        602 c1 session with n1 is up
        602 c1 gets tell 3 from n1
    "#]]
    .assert_eq(&run_streamed(plan).transcript);
}

#[test]
fn a_message_to_oneself_needs_no_session() {
    check(
        "n1 start: send n1 a",
        expect![[r#"
        0 n1 gets a from n1
    "#]],
    );
}

/// A script in which n1 sends `w0`, `w1`, … to n2, one every five milliseconds, and two more when
/// all has been quiet for long.
fn counting(count: u64, more: &str) -> String {
    let at = |number: u64| if number < count { 1 + number * 5 } else { 3_000 + number };
    let numbers = 0..count + 2;
    let timers = numbers.clone().map(|number| format!("set t{number} {}ms", at(number)));
    let start = timers.collect::<Vec<_>>().join("; ");
    let sends = numbers.map(|number| format!("n1 timer t{number}: send n2 w{number}\n"));
    format!(
        "n1 start: {start}\n{}set scenario.duration=4s
         set network.latency=1ms..30ms\n{more}",
        sends.collect::<String>()
    )
}

fn numbers(ran: &Ran) -> Vec<u64> {
    let words = got(ran, "n2");
    words.iter().map(|word| word[1..].parse().expect("a counted word")).collect()
}

proptest! {
    #![proptest_config(crate::laws::cases(24))]

    #[test]
    fn a_session_that_stays_up_hands_everything_on_once_and_in_order(seed: u64) {
        let network = "set network.loss=10%\nset network.duplication=20%\n\
                       set network.reordering=20%\nset network.corruption=5%\n\
                       set network.stream.retransmit=40ms\n\
                       set network.stream.session_timeout=60s\nset scenario.duration=60s";
        let ran = run_streamed(plan(&counting(60, network), seed));
        prop_assert_eq!(numbers(&ran), (0..62).collect::<Vec<u64>>());
    }

    #[test]
    fn a_run_on_streams_is_a_function_of_its_plan_and_watching_changes_nothing(seed: u64) {
        let plan = plan(crate::laws::BUSY, seed);
        let watched = run_streamed(plan.clone()).outcome;
        prop_assert!(watched.events > 1_000, "something happens");
        prop_assert_eq!(streamed_digest(plan.clone()), watched.digest);
        prop_assert_eq!(streamed_digest(plan), watched.digest);
    }

    #[test]
    fn what_a_session_handed_on_when_it_ends_is_a_prefix(seed: u64) {
        let storm = r#"
            set network.loss=5%
            set network.stream.session_timeout=120ms
            set network.stream.retransmit=40ms
            set scenario.calm=2s
            fault { at = "20ms..300ms", for = "20ms..200ms", partition = "isolate-one" }
            fault { at = "20ms..300ms", for = "20ms..200ms", partition = "one-way" }
            fault { at = "20ms..300ms", for = "20ms..200ms", nodes = "random 1", pause = {} }
            fault { at = "100ms..400ms", nodes = "n2", crash = { down = "1ms..50ms" } }
            fault { at = "20ms..300ms", for = "20ms..100ms", nodes = "random 1", hold = {} }"#;
        let ran = run_streamed(plan(&counting(80, storm), seed));
        let numbers = numbers(&ran);
        prop_assert!(numbers.is_sorted_by(|a, b| a < b), "once and in order: {:?}", numbers);
        // Within one session at n2 nothing that n1 sent into it is missing.
        let mut last: Option<u64> = None;
        for line in ran.transcript.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[1..] {
                ["n2", "session", ..] | ["n2", "crashes"] | ["n2", "restarts", ..] => last = None,
                ["n2", "gets", word, ..] => {
                    let number: u64 = word[1..].parse().expect("a counted word");
                    if let Some(last) = last {
                        prop_assert_eq!(number, last + 1, "{}", ran.transcript);
                    }
                    last = Some(number);
                }
                _ => {}
            }
        }
        prop_assert_eq!(numbers.last(), Some(&81), "in the calm streams work again");
    }
}
