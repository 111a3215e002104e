//! Law 6: everything is bounded, and every run says how it ended.

use crate::script::{run, sim};
use squall_engine::run::Ending;

fn stopped(script: &str) -> (String, u64) {
    let ran = run(script);
    match ran.outcome.ending {
        Ending::OutOfSteps(words) => (words, ran.outcome.events),
        other => panic!("it ended as {other:?}"),
    }
}

#[test]
fn a_node_that_sends_for_ever_inside_one_handler_is_named() {
    let (words, events) = stopped("set limits.effects=500\nn2 start: forever");
    assert_eq!(words, "one handler of n2 said more than 500 effects");
    assert_eq!(events, 2);
}

#[test]
fn a_node_that_works_for_ever_inside_one_handler_is_named() {
    let (words, _) = stopped("set limits.effects=500\nn2 start: toil");
    assert_eq!(words, "one handler of n2 said more than 500 effects");
}

#[test]
fn two_nodes_that_multiply_messages_end_at_the_limit_of_messages_in_flight() {
    let script = "set limits.in_flight=300
                  n1 start: send n2 a
                  * a: send n1 a; send n2 a; send n3 a";
    let (words, _) = stopped(script);
    assert_eq!(words, "more than 300 messages were in flight");
    // A simulation that is stepped on all the same does not grow.
    let (mut on, _) = sim(crate::script::plan(script, 1));
    (0..2000).for_each(|_| drop(on.step().to_vec()));
    assert!(on.pending().len() < 700, "{}", on.pending().len());
}

#[test]
fn a_storm_of_events_at_one_instant_ends_at_the_limit_of_events() {
    let (words, events) = stopped(
        "set limits.events=5000
         set network.latency=0s
         n1 start: send n2 a
         n1 a: send n2 a
         n2 a: send n1 a",
    );
    assert_eq!((words.as_str(), events), ("5000 events, the limit, were reached", 5000));
}

#[test]
fn a_handler_that_loses_many_messages_ends_at_the_limit_of_events() {
    let (_, events) = stopped("set limits.events=100\nn1 start: times 5000 send n9 a");
    assert_eq!(events, 100);
}

#[test]
fn a_timer_that_is_always_due_ends_at_the_limit_of_events() {
    let (_, events) = stopped("set limits.events=700\nn1 start: set t 0s\nn1 timer t: set t 0s");
    assert_eq!(events, 700);
}

#[test]
fn an_inbox_that_fills_drops_and_the_run_goes_on() {
    let ran = run("set limits.inbox=10
                   n1 start: work 500ms
                   n2 start: times 100 send n1 a");
    assert_eq!(ran.outcome.ending, Ending::Passed);
    assert_eq!((ran.outcome.stats.delivered, ran.outcome.stats.lost), (10, 90));
}

#[test]
fn a_timer_armed_again_on_every_message_adds_no_queue_entry() {
    let (mut sim, _) = sim(crate::script::plan(
        "n1 start: set t 50ms; times 200 set t 60ms
         n1 a: set t 70ms
         n2 start: times 200 send n1 a",
        1,
    ));
    sim.run_until(squall_engine::ids::Time::from_nanos(10_000_000));
    assert_eq!(sim.pending().len(), 1);
}

#[test]
fn nothing_happens_after_the_end_of_the_run() {
    // An entry of a timer that was armed again comes just before the end and brings nothing.
    let ran = run("n1 start: set t 999ms; work 1ms; set t 999500us; set u 1001ms");
    assert_eq!(ran.transcript, "1 n1 sets timer \"t\"\n1 n1 sets timer \"u\"\n");
    let (mut sim, _) = sim(crate::script::plan("n1 start: set t 5ms; set t 9ms", 1));
    sim.run_until(squall_engine::ids::Time::from_nanos(7_000_000));
    assert_eq!(sim.last_event().0, 3);
}

#[test]
fn timeouts_of_operations_that_have_ended_do_not_pile_up() {
    let script = "set cluster.clients=1\nset scenario.duration=10s\n* ask: reply";
    let (mut sim, _) = sim(crate::script::plan(script, 1));
    sim.run_until(squall_engine::ids::Time::from_nanos(3_000_000_000));
    assert!(sim.stats().ok > 1000);
    assert!(sim.pending().len() < 5, "{:?}", sim.pending());
}
