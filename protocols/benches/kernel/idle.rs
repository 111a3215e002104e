//! A Raft cluster without clients: how fast time passes when hardly anything happens.

use crate::{TURNS, median};
use cpu_time::ThreadTime;
use squall::engine::scenario::Document;
use squall::engine::subject::{Of, Planner, Subject};
use squall_protocols::raft::Raft;

const SCENARIO: &str = "
    [scenario]
    duration = '600s'
    [cluster]
    nodes = 5
    [limits]
    events = 1_000_000_000";

/// Ten simulated minutes, as often as anything else.
pub(crate) fn measure() {
    let document = Document::parse_in_test("idle raft", SCENARIO, "raft").expect("it is TOML");
    let subject = Of::<Raft>::new();
    let planner = Planner::new(&subject, document).expect("it is a scenario");
    let (mut rates, mut events) = (Vec::new(), 0);
    for seed in 0..TURNS as u64 {
        let plan = planner.plan(seed).expect("nothing varies");
        let start = ThreadTime::now();
        let report = subject.run(&plan, None).expect("it is a plan of Raft");
        rates.push(600.0 / start.elapsed().as_secs_f64());
        events = report.outcome.events;
    }
    let rate = median(rates);
    println!("\nidle raft    {rate:>10.0} simulated seconds per CPU second, {events} events a run");
}
