//! The kernel allocates nothing per delivery.
//!
//! The invariant: allocations are counted on the thread of the test alone.

use squall::engine::plan::Plan;
use squall::engine::scenario::Document;
use squall::engine::sim::Sim;
use squall::engine::subject::{Of, Planner};
use squall::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The allocator of the system, counting.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that is about to end has nothing left to count with.
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

#[expect(unsafe_code, reason = "an allocator is unsafe; this one hands on to the system's")]
// SAFETY: every call goes unchanged to `System`, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Nodes that hand messages on and arm a timer with each.
struct Flood;

/// A node that hands messages on.
struct Hand {
    nodes: u64,
}

impl Node for Hand {
    type Message = u64;
    type Timer = ();

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        for message in 0..10 {
            self.on_message(cx, NodeId::node(0), message);
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, _: NodeId, message: u64) {
        let to = NodeId::node(cx.random().below(self.nodes) as u32);
        cx.send(to, message + 1);
        cx.set_timer((), Span::millis(200));
    }
}

impl Protocol for Flood {
    type Config = ();
    type Node = Hand;
    type Model = NoClients;
    const NAME: &'static str = "flood";

    fn node((): &(), boot: Boot) -> Hand {
        Hand { nodes: boot.peers().len() as u64 + 1 }
    }

    fn ask(_: Request<NoClients>, cluster: &Cluster<'_>) -> (NodeId, u64) {
        (cluster.any(), 0)
    }

    fn answer(_: u64) -> Option<Reply<NoClients>> {
        None
    }
}

fn plan(nodes: u32) -> Plan {
    let text = format!(
        "[scenario]
        duration = '1000s'
        [cluster]
        nodes = {nodes}
        [limits]
        events = 1_000_000_000"
    );
    let document = Document::parse_in_test("flood", &text, "flood").expect("it is TOML");
    let subject = Of::<Flood>::new();
    let planner = Planner::new(&subject, document).expect("it is a scenario");
    planner.plan(1).expect("nothing varies")
}

#[test]
fn a_delivery_allocates_nothing() {
    let mut sim = Sim::<Flood>::new(plan(100), ());
    // Until then the queue finds its size, and buffers grow.
    sim.run_until(Time::ZERO + Span::secs(15));
    let (delivered, before) = (sim.stats().delivered, ALLOCATIONS.get());
    sim.run_until(Time::ZERO + Span::secs(16));
    let (deliveries, allocations) = (sim.stats().delivered - delivered, ALLOCATIONS.get() - before);
    assert!(deliveries > 100_000, "{deliveries} deliveries");
    assert_eq!(allocations, 0, "in {deliveries} deliveries");
}
