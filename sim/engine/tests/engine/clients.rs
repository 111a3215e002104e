//! Clients: when they ask, whom, how long they wait, and what the history says of it.

mod arrivals;

use crate::script::{Ran, plan, run_plan};
use expect_test::{Expect, expect};
use squall_check::{Completion, History, RegisterAnswer, RegisterOp};
use squall_engine::plan::{Plan, PlannedOperation};
use squall_engine::units::Span;

/// A plan whose clients write these values, at an instant in milliseconds or one after another.
fn listed(script: &str, lists: &[&[(Option<u64>, u64)]]) -> Plan {
    let script = format!("set cluster.clients={}\n{script}", lists.len());
    let mut plan = plan(&script, 1);
    let one = |(at, value): &(Option<u64>, u64)| PlannedOperation {
        at: at.map(Span::millis),
        not_before: None,
        operation: serde_json::json!({ "write": value }),
    };
    plan.operations = Some(lists.iter().map(|list| list.iter().map(one).collect()).collect());
    plan
}

#[track_caller]
fn check_listed(script: &str, lists: &[&[(Option<u64>, u64)]], want: Expect) {
    let Ran { transcript, history, .. } = run_plan(listed(script, lists));
    let text: Vec<String> = history.operations.iter().map(told).collect();
    want.assert_eq(&format!("{transcript}{}\n", text.join(", ")));
}

fn told(operation: &squall_check::Operation<RegisterOp, RegisterAnswer>) -> String {
    let ended = match &operation.completion {
        Completion::Ok { at, answer } => format!("{answer} #{at}"),
        Completion::Failed { at } => format!("failed #{at}"),
        Completion::Unknown => "unknown".to_string(),
    };
    format!("{} {} #{} {ended}", operation.process, operation.operation, operation.invoked)
}

/// Positions of invocations and completions, which no two of may share.
fn positions<O, A>(history: &History<O, A>) -> (Vec<u64>, Vec<u64>) {
    let invoked: Vec<u64> = history.operations.iter().map(|one| one.invoked).collect();
    let ended = history.operations.iter().filter_map(|one| match one.completion {
        Completion::Ok { at, .. } | Completion::Failed { at } => {
            assert!(at > one.invoked, "an operation ends after it begins");
            Some(at)
        }
        Completion::Unknown => None,
    });
    let mut all: Vec<u64> = invoked.iter().copied().chain(ended).collect();
    all.sort();
    (invoked, all)
}

#[test]
fn positions_of_a_history_increase_strictly() {
    let ran = crate::laws::recorded(crate::laws::busy(5));
    let (invoked, all) = positions(&ran.history);
    assert!(invoked.len() > 50);
    assert!(invoked.is_sorted_by(|one, next| one < next), "{invoked:?}");
    assert!(all.is_sorted_by(|one, next| one < next), "{all:?}");
}

#[test]
fn an_answer_ends_an_operation_and_the_next_one_begins() {
    check_listed(
        "* ask: reply",
        &[&[(None, 1), (None, 2)]],
        expect![[r#"
        0 c1 invokes Write 1
        1 n1 gets ask Write 1 from c1
        2 c1 gets tell 1 from n1
        2 c1 invokes Write 2
        3 n1 gets ask Write 2 from c1
        4 c1 gets tell 2 from n1
        c1 Write 1 #4 ok #6, c1 Write 2 #7 ok #9
    "#]],
    );
}

#[test]
fn an_operation_fails_or_ends_unknown_when_it_is_told_so() {
    check_listed(
        "n1 ask: fail",
        &[&[(None, 1)]],
        expect![[r#"
        0 c1 invokes Write 1
        1 n1 gets ask Write 1 from c1
        2 c1 gets tell 1 from n1
        c1 Write 1 #4 failed #6
    "#]],
    );
    check_listed(
        "n1 ask: unknown",
        &[&[(None, 1)]],
        expect![[r#"
        0 c1 invokes Write 1
        1 n1 gets ask Write 1 from c1
        2 c1 gets tell 1 from n1
        c1 Write 1 #4 unknown
    "#]],
    );
}

#[test]
fn an_operation_whose_answer_never_comes_is_unknown_and_the_next_one_begins() {
    check_listed(
        "set workload.timeout=20ms",
        &[&[(None, 1), (None, 2)]],
        expect![[r#"
        0 c1 invokes Write 1
        1 n1 gets ask Write 1 from c1
        20 c1 times out
        20 c1 invokes Write 2
        21 n1 gets ask Write 2 from c1
        40 c1 times out
        c1 Write 1 #4 unknown, c1 Write 2 #7 unknown
    "#]],
    );
}

#[test]
fn a_referral_is_followed_at_once_and_remembered() {
    // A value of a thousand goes to whom the client trusts last.
    check_listed(
        "n1 ask: refer n2
         n2 ask: reply",
        &[&[(None, 1), (None, 1000)]],
        expect![[r#"
            0 c1 invokes Write 1
            1 n1 gets ask Write 1 from c1
            2 c1 gets tell 1 from n1
            2 c1 asks again
            3 n2 gets ask Write 1 from c1
            4 c1 gets tell 1 from n2
            4 c1 invokes Write 1000
            5 n2 gets ask Write 1000 from c1
            6 c1 gets tell 2 from n2
            c1 Write 1 #4 ok #9, c1 Write 1000 #10 ok #12
        "#]],
    );
}

#[test]
fn a_referral_to_nobody_asks_again_after_a_while() {
    check_listed(
        "set workload.timeout=25ms
         set workload.retry={ attempts = 1, backoff = \"10ms..20ms\" }
         n1 ask: refer",
        &[&[(None, 1)]],
        expect![[r#"
            0 c1 invokes Write 1
            1 n1 gets ask Write 1 from c1
            2 c1 gets tell 1 from n1
            12 c1 asks again
            13 n1 gets ask Write 1 from c1
            14 c1 gets tell 1 from n1
            24 c1 asks again
            25 n1 gets ask Write 1 from c1
            25 c1 times out
            26 c1 gets tell 1 from n1
            c1 Write 1 #4 unknown
        "#]],
    );
}

#[test]
fn referrals_in_a_circle_end_with_the_attempt() {
    let script = "set workload.timeout=500ms
                  n1 ask: refer n2
                  n2 ask: refer n1";
    let ran = run_plan(listed(script, &[&[(None, 1)]]));
    let asked = ran.transcript.matches("gets ask").count();
    assert_eq!(asked, 17, "{}", ran.transcript);
    assert!(ran.transcript.contains("500 c1 times out"));
}

#[test]
fn a_late_answer_to_an_earlier_attempt_counts() {
    check_listed(
        "set workload.timeout=10ms
         set workload.retry={ attempts = 3, backoff = \"1ms..2ms\" }
         n1 ask: work 12ms; reply",
        &[&[(None, 1)]],
        expect![[r#"
            0 c1 invokes Write 1
            1 n1 gets ask Write 1 from c1
            10 c1 times out
            10.683 c1 asks again
            13 n1 sends tell to c1
            13 n1 gets ask Write 1 from c1
            14 c1 gets tell 1 from n1
            25 n1 sends tell to c1
            26 c1 gets tell 1 from n1
            c1 Write 1 #4 ok #10
        "#]],
    );
}

#[test]
fn an_answer_to_an_operation_that_has_ended_is_nothing() {
    check_listed(
        "set workload.timeout=10ms
         n1 ask: work 15ms; reply first",
        &[&[(None, 1), (None, 2)]],
        expect![[r#"
            0 c1 invokes Write 1
            1 n1 gets ask Write 1 from c1
            10 c1 times out
            10 c1 invokes Write 2
            16 n1 sends tell to c1
            16 n1 gets ask Write 2 from c1
            17 c1 gets tell 1 from n1
            20 c1 times out
            31 n1 sends tell to c1
            32 c1 gets tell 1 from n1
            c1 Write 1 #4 unknown, c1 Write 2 #7 unknown
        "#]],
    );
}

#[test]
fn retries_wait_at_most_a_doubling_time_and_all_of_it_is_drawn() {
    let script = "set workload.timeout=10ms
                  set workload.retry={ attempts = 4, backoff = \"8ms..12ms\" }";
    let mut waits = [Vec::new(), Vec::new(), Vec::new()];
    for seed in 0..200 {
        let mut plan = listed(script, &[&[(None, 1)]]);
        plan.seed = seed;
        let transcript = run_plan(plan).transcript;
        let instants = |words: &str| -> Vec<f64> {
            let lines = transcript.lines().filter(|line| line.contains(words));
            lines.filter_map(|line| line.split(' ').next()?.parse().ok()).collect()
        };
        let (outs, again) = (instants("times out"), instants("asks again"));
        assert_eq!((outs.len(), again.len()), (4, 3), "{transcript}");
        let pairs = waits.iter_mut().zip(outs.iter().zip(&again));
        pairs.for_each(|(waits, (out, again))| waits.push(again - out));
    }
    for (waits, most) in waits.iter().zip([8.0, 12.0, 12.0]) {
        let mean = waits.iter().sum::<f64>() / 200.0;
        assert!(waits.iter().all(|wait| (0.0..=most + 0.001).contains(wait)), "{waits:?}");
        assert!((mean / most - 0.5).abs() < 0.11, "mean wait {mean} of {most}");
    }
}

#[test]
fn a_listed_operation_comes_at_its_instant_whatever_the_one_before_it_does() {
    check_listed(
        "* ask: work 30ms; reply",
        &[&[(Some(10), 1), (Some(20), 2)]],
        expect![[r#"
        10 c1 invokes Write 1
        11 n1 gets ask Write 1 from c1
        20 c1 invokes Write 2
        41 n1 sends tell to c1
        41 n1 gets ask Write 2 from c1
        42 c1 gets tell 1 from n1
        71 n1 sends tell to c1
        72 c1 gets tell 1 from n1
        c1 Write 1 #4 ok #9, c1.2 Write 2 #6 ok #11
    "#]],
    );
}

#[test]
fn a_listed_operation_without_instant_comes_when_the_one_before_it_has_ended() {
    check_listed(
        "* ask: reply",
        &[&[(Some(10), 1), (None, 2), (Some(50), 3), (None, 4)]],
        expect![[r#"
            10 c1 invokes Write 1
            11 n1 gets ask Write 1 from c1
            12 c1 gets tell 1 from n1
            12 c1 invokes Write 2
            13 n1 gets ask Write 2 from c1
            14 c1 gets tell 2 from n1
            50 c1 invokes Write 3
            51 n1 gets ask Write 3 from c1
            52 c1 gets tell 3 from n1
            52 c1 invokes Write 4
            53 n1 gets ask Write 4 from c1
            54 c1 gets tell 4 from n1
            c1 Write 1 #4 ok #6, c1 Write 2 #7 ok #9, c1 Write 3 #10 ok #12, c1 Write 4 #13 ok #15
        "#]],
    );
}

#[test]
fn a_listed_operation_does_not_come_when_the_timeout_of_one_before_would_have_been() {
    check_listed(
        "set workload.timeout=20ms
         * ask: reply",
        &[&[(None, 1), (Some(60), 2)]],
        expect![[r#"
            0 c1 invokes Write 1
            1 n1 gets ask Write 1 from c1
            2 c1 gets tell 1 from n1
            60 c1 invokes Write 2
            61 n1 gets ask Write 2 from c1
            62 c1 gets tell 2 from n1
            c1 Write 1 #4 ok #6, c1 Write 2 #7 ok #9
        "#]],
    );
}

#[test]
fn operations_in_flight_at_once_are_processes_of_their_own() {
    check_listed(
        "* ask: work 5ms; reply",
        &[&[(Some(1), 1), (Some(2), 2), (Some(20), 3)]],
        expect![[r#"
            1 c1 invokes Write 1
            2 n1 gets ask Write 1 from c1
            2 c1 invokes Write 2
            7 n1 sends tell to c1
            7 n1 gets ask Write 2 from c1
            8 c1 gets tell 1 from n1
            12 n1 sends tell to c1
            13 c1 gets tell 1 from n1
            20 c1 invokes Write 3
            21 n1 gets ask Write 3 from c1
            26 n1 sends tell to c1
            27 c1 gets tell 2 from n1
            c1 Write 1 #4 ok #9, c1.2 Write 2 #6 ok #11, c1 Write 3 #12 ok #15
        "#]],
    );
}
