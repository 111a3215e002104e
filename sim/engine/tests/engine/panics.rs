//! A panic in a protocol's code is a violation with its event, wherever that code runs.

use crate::script::{plan, run, run_plan};
use squall_engine::run::Ending;

#[track_caller]
fn check_panic(script: &str, event: u64, sentence: &str) {
    check_ending(run(script).outcome.ending, event, sentence);
}

#[track_caller]
fn check_ending(ending: Ending, event: u64, sentence: &str) {
    let Ending::Violated(violation) = ending else { panic!("it ended as {ending:?}") };
    assert_eq!(violation.signature(), "panic/panicked");
    assert_eq!((violation.event.0, violation.sentence.as_str()), (event, sentence));
}

#[test]
fn a_panic_in_on_start_on_message_and_on_timer_names_node_and_event() {
    let sentence = "a handler of n2 panicked: as the script says";
    check_panic("n2 start: panic", 2, sentence);
    check_panic("n1 start: send n2 a\nn2 a: panic", 4, sentence);
    check_panic("n2 start: set t 5ms\nn2 timer t: work 1ms; panic", 4, sentence);
    check_panic("n2 start: begin\nn2 synced: panic", 4, sentence);
}

#[test]
fn a_panic_of_a_monitor_is_a_violation_at_the_event_that_it_looked_at() {
    let sentence = "a monitor or model panicked: a monitor burst";
    check_panic("n1 start: work 1ms; mark burst", 4, sentence);
}

fn asking(value: u64, script: &str) -> Ending {
    let mut plan = plan(&format!("set cluster.clients=1\n{script}"), 1);
    plan.operations = Some(vec![vec![squall_engine::plan::PlannedOperation {
        at: None,
        not_before: None,
        operation: serde_json::json!({ "write": value }),
    }]]);
    plan.checks.consistency = None;
    run_plan(plan).outcome.ending
}

#[test]
fn a_panic_in_ask_and_answer_names_the_client() {
    let sentence = "the protocol's side of c1 panicked: nobody to ask";
    check_ending(asking(666, ""), 4, sentence);
    let sentence = "the protocol's side of c1 panicked: over an answer";
    check_ending(asking(1, "n1 ask: send c1 panic"), 6, sentence);
}

#[test]
fn a_panic_of_the_model_is_a_violation() {
    let ending = asking(667, "n1 ask: reply");
    check_ending(ending, 6, "a monitor or model panicked: a model burst");
}
