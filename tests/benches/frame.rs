//! Times one picture of a long run of many nodes: `cargo bench -p squall-tests --bench frame`.
//!
//! The invariant: the cursor stands somewhere else in every picture, so nothing is drawn twice.

use cpu_time::ThreadTime;
use squall_engine::ids::EventId;
use squall_engine::scenario::Document;
use squall_engine::subject::{Of, Planner, Subject};
use squall_protocols::raft::Raft;
use squall_replay::{Depth, Look, Taker, View, picture};
use std::time::Duration;

const SCENARIO: &str = include_str!("../../scenarios/raft/steady.toml");
const PICTURES: u64 = 200;

fn main() {
    let mut document = Document::parse("raft/steady.toml", SCENARIO).expect("it is a scenario");
    for set in ["cluster.nodes=50", "limits.events=100000", "scenario.duration=600s"] {
        document.set(set).expect("the key is known");
    }
    let subject = Of::<Raft>::new();
    let planner = Planner::new(&subject, document).expect("it fits the protocol");
    let plan = planner.plan(1).expect("it has a plan");
    let mut taker = Taker::new(&plan, &subject.facts().kinds);
    let report = subject.run(&plan, Some(&mut taker)).expect("it runs");
    let recording = taker.finish(&report).expect("something happened");
    let mut view = View::open(&recording, "");
    let look = Look { depth: Depth::Palette, ascii: false };
    let mut times = Vec::new();
    for number in 0..PICTURES {
        view.cursor = EventId(1 + number * (recording.last().0 - 1) / PICTURES);
        let start = ThreadTime::now();
        let drawn = picture(&recording, &view, (120, 36), look);
        times.push(start.elapsed());
        assert_eq!(drawn.area.width, 120);
    }
    times.sort();
    let at = |share: usize| times[times.len() * share / 100];
    let nodes = recording.header.nodes.len();
    println!("{} events, {nodes} nodes, 120x36", recording.last().0);
    println!(
        "a picture: median {:?}, 99 % {:?}, most {:?}",
        at(50),
        at(99),
        times[times.len() - 1]
    );
    assert!(times[times.len() - 1] < Duration::from_millis(16), "a picture takes too long");
}
