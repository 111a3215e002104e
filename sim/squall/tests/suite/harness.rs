//! A node by itself in the hands of a test.
//!
//! The invariant: nothing happens to it but what the test asks for.

use crate::copies::{Copies, Message};
use squall::Harness;
use squall::engine::scenario::fault::Unsynced;
use squall::engine::scenario::tables::Nodes;
use squall::prelude::*;

fn node() -> Harness<Copies> {
    Harness::new((), Nodes::Count(3), NodeId::node(0), 1)
}

/// What a node has sent, in words.
fn told(sent: Vec<(NodeId, Message)>) -> Vec<String> {
    let words = |(to, message)| match message {
        Message::Ask(_) => format!("{to} is asked"),
        Message::Tell(reply) => format!("{to} is told {reply}"),
        Message::Copy(value) => format!("{to} copies {value}"),
    };
    sent.into_iter().map(words).collect()
}

#[test]
fn what_it_says_is_taken_in_order() {
    let mut node = node();
    let begun = node.now();
    let write = node.request(RegisterOp::Write(7));
    node.deliver(NodeId::client(0), Message::Ask(write));
    assert_eq!(told(node.sent()), ["n2 copies 7", "n3 copies 7", "c1 is told ok"]);
    assert!(told(node.sent()).is_empty());
    // The write was synced before it was answered, and that took its time.
    assert_eq!(node.now() - begun, Span::millis(1));
    assert_eq!(node.disk().durable_slot("value"), Some(7_u64));
}

#[test]
fn a_crash_leaves_what_was_synced() {
    let mut node = node();
    node.deliver(NodeId::node(1), Message::Copy(5));
    node.crash(Unsynced::Drop);
    let read = node.request(RegisterOp::Read);
    node.deliver(NodeId::client(0), Message::Ask(read));
    assert_eq!(told(node.sent()), ["c1 is told 5"]);
}

/// A node that counts down, and ends its process at zero.
struct Countdown(u32);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Tick;

impl Node for Countdown {
    type Message = ();
    type Timer = Tick;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        cx.set_timer(Tick, Span::secs(1));
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, _: NodeId, (): ()) {
        cx.cancel_timer(Tick);
    }

    fn on_timer(&mut self, cx: &mut Context<'_, Self>, Tick: Tick) {
        self.0 -= 1;
        cx.mark("ticked");
        cx.set_timer(Tick, Span::secs(1));
        if self.0 == 0 {
            cx.halt("it is over");
        }
    }
}

struct Launch;

impl Protocol for Launch {
    const NAME: &'static str = "launch";
    const MARKS: &'static [&'static str] = &["ticked"];
    type Config = ();
    type Node = Countdown;
    type Model = NoClients;

    fn node((): &(), _: Boot) -> Countdown {
        Countdown(2)
    }

    fn ask(_: Request<NoClients>, cluster: &Cluster<'_>) -> (NodeId, ()) {
        (cluster.any(), ())
    }

    fn answer((): ()) -> Option<Reply<NoClients>> {
        None
    }
}

#[test]
fn timers_fire_when_the_test_says_so() {
    let mut node: Harness<Launch> = Harness::new((), Nodes::Count(1), NodeId::node(0), 1);
    assert_eq!(node.timers(), [(Tick, node.now() + Span::secs(1))]);
    node.wait(Span::secs(5));
    assert_eq!(node.marks(), Vec::<&str>::new());
    node.fire(Tick);
    assert_eq!((node.marks(), node.timers().len()), (vec!["ticked"], 1));
    node.deliver(NodeId::client(0), ());
    assert!(node.timers().is_empty());
}

#[test]
fn a_node_that_ends_its_process_is_down_until_it_boots_again() {
    let mut node: Harness<Launch> = Harness::new((), Nodes::Count(1), NodeId::node(0), 1);
    node.fire(Tick);
    node.fire(Tick);
    assert!(node.node().is_none() && node.timers().is_empty());
    node.crash(Unsynced::Keep);
    assert_eq!(node.node().map(|node| node.0), Some(2));
}

#[test]
#[should_panic(expected = "the timer Tick is not pending")]
fn a_timer_that_is_not_pending_does_not_fire() {
    let mut node: Harness<Launch> = Harness::new((), Nodes::Count(1), NodeId::node(0), 1);
    node.deliver(NodeId::client(0), ());
    node.fire(Tick);
}
