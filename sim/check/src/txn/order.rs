//! The orders that come with a history: of each process, and of real time.
//!
//! The invariant: edges are few, and their transitive closure is the whole order.

use super::graph::{Edge, EdgeKind};
use super::{Transactions, TxnOutcome};
use crate::fixed::FixedMap;

/// Edges between the transactions that `live` names, of the order of processes.
pub(super) fn process_edges(history: &Transactions, live: &[bool], edges: &mut Vec<Edge>) {
    let mut last = FixedMap::default();
    for (id, txn) in (0..).zip(&history.txns) {
        if !live[id as usize] || txn.outcome != TxnOutcome::Committed {
            continue;
        }
        if let Some(from) = last.insert(txn.process, id) {
            edges.push(bare(from, id, EdgeKind::Process));
        }
    }
}

/// Edges between the transactions that `live` names, of the order of real time. Only those are kept
/// that have completed and that nothing completed is known to follow.
pub(super) fn realtime_edges(history: &Transactions, live: &[bool], edges: &mut Vec<Edge>) {
    let mut events: Vec<(u64, bool, u32)> = Vec::with_capacity(history.txns.len() * 2);
    for (id, txn) in (0..).zip(&history.txns).filter(|&(id, _)| live[id as usize]) {
        match txn.completed {
            // Without an invocation, nothing is known about when it began.
            Some(at) if at <= txn.invoked => events.push((at, false, id)),
            Some(at) => events.extend([(txn.invoked, true, id), (at, false, id)]),
            None => events.push((txn.invoked, true, id)),
        }
    }
    events.sort_unstable();
    let mut frontier: Vec<u32> = Vec::new();
    let mut known: Vec<(u32, u32)> = vec![(0, 0); history.txns.len()];
    let mut all: Vec<u32> = Vec::new();
    for (_, invoked, id) in events {
        if invoked {
            let start = all.len() as u32;
            all.extend_from_slice(&frontier);
            known[id as usize] = (start, all.len() as u32);
            edges.extend(frontier.iter().map(|&from| bare(from, id, EdgeKind::Realtime)));
        } else {
            let (start, end) = known[id as usize];
            let before = &all[start as usize..end as usize];
            frontier.retain(|other| !before.contains(other));
            frontier.push(id);
        }
    }
}

fn bare(from: u32, to: u32, kind: EdgeKind) -> Edge {
    Edge { from, to, kind, key: None, before: None, after: None }
}
