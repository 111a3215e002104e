//! Which events come before which: a graph of reasons, closed.
//!
//! The invariant: either there is a circle of reasons, or an order that agrees with all of them.

use crate::txn::{Edge, EdgeKind, Graph};
use crate::verdict::{Link, OperationIndex, Why};

pub(super) fn link(from: u32, to: u32, why: Why) -> Link {
    Link { from: OperationIndex(from), to: OperationIndex(to), why }
}

fn graph(count: usize, edges: &[Link]) -> Graph {
    let edge = |(at, link): (u32, &Link)| Edge {
        from: link.from.0,
        to: link.to.0,
        kind: EdgeKind::Process,
        key: Some(at),
        before: None,
        after: None,
    };
    let edges: Vec<Edge> = (0..).zip(edges).map(edge).collect();
    Graph::new(count, &edges)
}

/// The places of the edges of a shortest path.
pub(super) fn path(count: usize, edges: &[Link], from: u32, to: u32) -> Vec<u32> {
    let found = graph(count, edges).path(from, to, u8::MAX, |_| true, &mut { u64::MAX });
    found.unwrap_or_default().iter().filter_map(|edge| edge.key).collect()
}

/// Which events come before which, closed.
pub(super) struct Closure {
    words: usize,
    /// For each event, the set of events before it.
    before: Vec<u64>,
    /// All events, none before one that comes before it.
    pub(super) order: Vec<u32>,
    /// The places of the edges of a circle, if there is one; then nothing else is known.
    pub(super) cycle: Option<Vec<u32>>,
}

impl Closure {
    pub(super) fn new(count: usize, edges: &[Link]) -> Self {
        let graph = graph(count, edges);
        let components = graph.components(u8::MAX);
        let home = |node: u32| components[node as usize];
        let words = count.div_ceil(64);
        let mut closure = Closure { words, before: Vec::new(), order: Vec::new(), cycle: None };
        if let Some(first) = graph.edges().iter().find(|edge| home(edge.from) == home(edge.to)) {
            let within = |node: u32| home(node) == home(first.from);
            let back = graph.path(first.to, first.from, u8::MAX, within, &mut { u64::MAX });
            let cycle = std::iter::once(*first).chain(back.unwrap_or_default());
            closure.cycle = Some(cycle.filter_map(|edge| edge.key).collect());
            return closure;
        }
        closure.before = vec![0; words * count];
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_unstable_by_key(|&id| std::cmp::Reverse(components[id as usize]));
        for &from in &order {
            for edge in graph.from(from) {
                let (from, to) = (from as usize, edge.to as usize);
                for word in 0..words {
                    closure.before[to * words + word] |= closure.before[from * words + word];
                }
                closure.before[to * words + from / 64] |= 1 << (from % 64);
            }
        }
        closure.order = order;
        closure
    }

    /// The order, or the circle among the edges that this was made of.
    pub(super) fn settle(self, edges: &[Link]) -> Result<Vec<u32>, Vec<Link>> {
        match self.cycle {
            Some(cycle) => Err(cycle.iter().map(|&at| edges[at as usize]).collect()),
            None => Ok(self.order),
        }
    }

    pub(super) fn has(&self, before: u32, after: u32) -> bool {
        let word = self.before[after as usize * self.words + before as usize / 64];
        word >> (before % 64) & 1 == 1
    }
}
