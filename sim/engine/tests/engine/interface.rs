//! A run as a value: steps, what is pending, taking it in any order, and who decides.

use crate::script::{self, Config, Script, line, sim};
use proptest::prelude::*;
use squall_engine::decider::{Decider, Seeded};
use squall_engine::event::EventKind;
use squall_engine::host::Native;
use squall_engine::ids::{NodeId, Time};
use squall_engine::sim::Sim;
use squall_engine::stream::{Stream, StreamKind};

fn millis(count: u64) -> Time {
    Time::from_nanos(count * 1_000_000)
}

const TALK: &str = "n1 start: send n2 a; send n3 b; work 5ms; send n2 c
                    n2 a: send n3 d";

#[test]
fn a_step_brings_at_least_one_event_until_the_end() {
    let (mut sim, _) = sim(script::plan(TALK, 1));
    let mut last = 0;
    loop {
        let events = sim.step();
        if events.is_empty() {
            break;
        }
        assert!(events.iter().all(|event| event.id.0 > last));
        last = events.last().expect("there is one").id.0;
    }
    assert_eq!((last, sim.pending().len()), (8, 0));
    assert!(sim.step().is_empty());
}

#[test]
fn run_until_stops_at_its_instant() {
    let (mut sim, _) = sim(script::plan(TALK, 1));
    sim.run_until(millis(1));
    assert_eq!((sim.last_event().0, sim.now()), (5, millis(1)));
    sim.run_until(millis(4));
    assert_eq!((sim.last_event().0, sim.now()), (6, millis(2)));
    sim.run_until(millis(1));
    assert_eq!(sim.last_event().0, 6);
    sim.run_until(millis(100));
    assert_eq!((sim.last_event().0, sim.now()), (8, millis(6)));
}

#[test]
fn what_is_pending_is_shown_in_order_with_the_messages() {
    let (mut sim, _) = sim(script::plan(TALK, 1));
    sim.run_until(Time::ZERO);
    let shown: Vec<_> = sim.pending().iter().map(|one| (one.at, one.message)).collect();
    let (n1, n2, n3) = (NodeId::node(0), NodeId::node(1), NodeId::node(2));
    let want = [(millis(1), Some((n1, n2))), (millis(1), Some((n1, n3))), (millis(5), None)];
    assert_eq!(shown, want);
}

#[test]
fn what_is_pending_is_taken_in_any_order_and_time_does_not_go_back() {
    let (mut sim, _) = sim(script::plan(TALK, 1));
    sim.watch();
    sim.run_until(Time::ZERO);
    let pending = sim.pending();
    // The late effect first: the two messages were due before it.
    let mut told = String::new();
    for index in [2, 1, 0] {
        sim.take(pending[index].sequence).iter().for_each(|event| told.push_str(&line(event)));
    }
    assert_eq!(told, "5 n1 sends c to n2\n5 n3 gets b from n1\n5 n2 gets a from n1\n");
    assert!(sim.take(pending[0].sequence).is_empty(), "it is taken once");
    assert!(sim.take(999_999).is_empty());
    assert_eq!(sim.pending().len(), 2);
}

proptest! {
    #![proptest_config(crate::laws::cases(40))]
    #[test]
    fn every_order_of_taking_delivers_every_message(
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        let script = "n1 start: all a; set t 3ms
                      * a: work 1ms; send n1 b; append f x; sync
                      n1 timer t: all c";
        let (mut sim, _) = sim(script::plan(script, 1));
        for pick in picks {
            let pending = sim.pending();
            if pending.is_empty() {
                break;
            }
            let before = sim.now();
            sim.take(pending[pick.index(pending.len())].sequence);
            prop_assert!(sim.now() >= before);
        }
        while !sim.step().is_empty() {}
        prop_assert_eq!((sim.stats().delivered, sim.stats().lost), (6, 0));
    }
}

/// Loses the second message of every sender, and takes what a list says.
struct Scripted {
    order: Vec<u64>,
}

impl Decider for Scripted {
    fn fate_words(&mut self, _: u64, count: u64) -> [u32; 4] {
        if count == 1 { [0; 4] } else { [u32::MAX; 4] }
    }

    fn client_words(&mut self, _: u64, _: u64) -> [u32; 4] {
        [u32::MAX; 4]
    }

    fn stream(&mut self, _: StreamKind, _: u64) -> Stream {
        Stream::scripted(vec![7])
    }

    fn next(&mut self) -> Option<u64> {
        self.order.pop()
    }
}

fn decided(script: &str, order: Vec<u64>) -> (Sim<Script, Scripted>, String) {
    let plan = script::plan(script, 1);
    let config: Config = serde_json::from_value(plan.config.clone()).expect("a script's");
    let mut sim: Sim<Script, Scripted> =
        Sim::with(plan, config, Scripted { order }, Native::default());
    sim.watch();
    let mut told = String::new();
    for _ in 0..100 {
        sim.step().to_vec().iter().for_each(|event| told.push_str(&line(event)));
    }
    (sim, told)
}

#[test]
fn a_decider_decides_fates_streams_and_whom_clients_ask() {
    let (_, told) = decided(
        "set network.loss=50%
         n1 start: send n2 a; send n2 b; send n2 c; note random; note random",
        Vec::new(),
    );
    assert!(told.contains("random 7 · random 0"), "{told}");
    assert!(told.contains("a from n1") && told.contains("b from n1 to n2 lost"), "{told}");
    assert!(told.contains("n2 gets c from n1"), "{told}");
    let script = "set cluster.clients=1\nset workload.operations=1\n* ask: reply";
    let plan = script::plan(script, 1);
    let mut plan = plan;
    plan.operations = Some(vec![vec![squall_engine::plan::PlannedOperation {
        at: None,
        not_before: None,
        operation: serde_json::json!({ "write": 2000 }),
    }]]);
    let config: Config = serde_json::from_value(plan.config.clone()).expect("a script's");
    let decider = Scripted { order: Vec::new() };
    let mut sim: Sim<Script, Scripted> = Sim::with(plan, config, decider, Native::default());
    sim.run_until(millis(10));
    assert_eq!(sim.history().operations[0].answer().map(ToString::to_string), Some("ok".into()));
    assert_eq!(sim.node(NodeId::node(2)).map(script::Actor::asked), Some(1));
}

#[test]
fn a_decider_decides_the_order() {
    let (mut first, _) = sim(script::plan(TALK, 1));
    let boots: Vec<u64> = first.pending().iter().map(|one| one.sequence).collect();
    // Boots in the reverse order.
    let (_, told) = decided("* start: note hi", boots.clone());
    let started: Vec<&str> = told.lines().collect();
    assert_eq!(started, ["0 n3 starts hi", "0 n2 starts hi", "0 n1 starts hi"]);
    first.step();
}

#[test]
fn the_same_decisions_make_the_same_run() {
    let plan = crate::laws::busy(3);
    let config: Config = serde_json::from_value(plan.config.clone()).expect("a script's");
    let decider = Seeded::of(&plan);
    let mut one: Sim<Script> = Sim::with(plan.clone(), config.clone(), decider, Native::default());
    let mut other: Sim<Script> = Sim::new(plan, config);
    one.run_until(millis(500));
    other.run_until(millis(500));
    assert_eq!(one.digest(), other.digest());
}

#[test]
fn every_event_has_a_cause_with_a_smaller_number() {
    let (mut sim, _) = sim(crate::laws::busy(4));
    let mut sends = 0;
    for _ in 0..3000 {
        for event in sim.step() {
            assert!(event.cause < event.id, "{event:?}");
            sends +=
                u32::from(matches!(event.kind, EventKind::Deliver { .. }) && event.cause.0 > 0);
        }
    }
    assert!(sends > 100);
}

#[test]
fn what_a_part_of_a_node_says_is_said_by_the_node_in_its_wrapping() {
    script::check(
        r#"n1 start: send n2 before; part n3 x; work 1ms; send n2 after; set t 1ms
           n1 timer part-a: note read f
           fault { name = "die", step = 5, nodes = "n1", crash = { down = "50ms" } }
           n1 restart: part n3 y"#,
        expect_test::expect![[r#"
            1 n2 gets before from n1
            1 n1 writes
            2 n1 synced
            2 n1 sends part to n3
            2 + die crash n1
            2 n1 crashes
            3 n3 gets part-7 from n1
            52 - die ends
            52 n1 restarts
            53 n1 writes
            54 n1 synced
            54 n1 sends part to n3
            54 n1 sends part to all
            54 n1 sets timer "part-a"
            54 n1 sets timer "part-b"
            54 n1 cancels timer "part-b"
            54 n1 m1
            54 n1 n1
            55 n3 gets part-7 from n1
            55 n2 gets part-8 from n1
            55 n3 gets part-8 from n1
            59 n1 timer "part-a" · xy
        "#]],
    );
}
