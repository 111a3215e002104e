//! Levels below snapshot isolation, by saturation: what a transaction saw forces an order of
//! commits, and the level holds if that order has no cycle.
//!
//! The invariant: for distinct values this is exact, and polynomial (Biswas and Enea 2019).

use super::append::Findings;
use super::graph::{Edge, EdgeKind, Graph, PROCESS, WR, WW};
use super::{Transactions, TxnOp};
use crate::fixed::FixedMap;

/// What a transaction must not miss.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Visible {
    /// What an earlier read of its own came from.
    EarlierReads,
    /// What any read of its own came from, and its session's past.
    Reads,
    /// Whatever happened before it.
    Past,
}

/// A read of something that another transaction wrote.
struct Seen {
    key: u32,
    value: Option<u32>,
    /// Who wrote it; `None` for the initial value.
    from: Option<u32>,
}

struct Saturation<'t> {
    history: &'t Transactions,
    reads: Vec<Vec<Seen>>,
    /// Which keys each transaction wrote, sorted.
    writes: Vec<Vec<u32>>,
    /// Transactions of each session, in order, and each one's session and place in it.
    sessions: Vec<Vec<u32>>,
    places: Vec<(u32, u32)>,
    /// For each session and key, the places of those that wrote it.
    wrote: FixedMap<(u32, u32), Vec<u32>>,
    edges: Vec<Edge>,
}

/// A cycle among reads, sessions and the order that `visible` forces, if there is one.
pub(super) fn cycle(
    history: &Transactions,
    findings: &Findings,
    visible: Visible,
) -> Option<Vec<Edge>> {
    let mut saturation = Saturation::new(history, findings);
    let nodes = history.txns.len();
    let known = |edge: &&Edge| edge.kind != EdgeKind::ReadWrite && edge.kind != EdgeKind::Realtime;
    let mut edges: Vec<Edge> = findings.edges.iter().filter(known).copied().collect();
    if let Some(cycle) = find(&Graph::new(nodes, &edges)) {
        return Some(cycle);
    }
    match visible {
        Visible::EarlierReads => saturation.own_reads(true),
        Visible::Reads => saturation.own_reads(false),
        Visible::Past => saturation.past(&Graph::new(nodes, &edges)),
    }
    edges.extend(saturation.edges);
    find(&Graph::new(nodes, &edges))
}

/// A shortest cycle through the first edge that is on one.
fn find(graph: &Graph) -> Option<Vec<Edge>> {
    let kinds = u8::MAX;
    let components = graph.components(kinds);
    let same = |edge: &&Edge| components[edge.from as usize] == components[edge.to as usize];
    let first = graph.edges().iter().find(same)?;
    let home = components[first.from as usize];
    let within = |node: u32| components[node as usize] == home;
    let mut cycle = vec![*first];
    let mut spend = u64::MAX;
    cycle.extend(graph.path(first.to, first.from, kinds, within, &mut spend)?);
    Some(cycle)
}

impl<'t> Saturation<'t> {
    fn new(history: &'t Transactions, findings: &Findings) -> Self {
        let mut saturation = Saturation {
            history,
            reads: Vec::new(),
            writes: Vec::new(),
            sessions: Vec::new(),
            places: Vec::new(),
            wrote: FixedMap::default(),
            edges: Vec::new(),
        };
        let mut numbers = FixedMap::default();
        for (id, txn) in (0..).zip(&history.txns) {
            let fresh = numbers.len() as u32;
            let session = *numbers.entry(txn.process).or_insert(fresh);
            if session as usize == saturation.sessions.len() {
                saturation.sessions.push(Vec::new());
            }
            let (mut reads, mut writes) = (Vec::new(), Vec::new());
            if findings.live[id as usize] {
                (reads, writes) = touch(history, findings, id);
                let members = &mut saturation.sessions[session as usize];
                let place = members.len() as u32;
                members.push(id);
                saturation.places.push((session, place));
                for &key in &writes {
                    saturation.wrote.entry((session, key)).or_default().push(place);
                }
            } else {
                saturation.places.push((session, u32::MAX));
            }
            saturation.reads.push(reads);
            saturation.writes.push(writes);
        }
        saturation
    }

    /// `other` wrote what `seen` read, and is visible to `reader`: it comes before what was seen.
    fn force(&mut self, other: u32, reader: u32, place: usize) {
        let seen = &self.reads[reader as usize][place];
        let (key, value) = (Some(seen.key), seen.value);
        let edge = match seen.from {
            Some(from) if from == other => return,
            Some(from) => {
                let kind = EdgeKind::WriteWrite;
                Edge { from: other, to: from, kind, key, before: None, after: value }
            }
            None => {
                let kind = EdgeKind::ReadWrite;
                Edge { from: reader, to: other, kind, key, before: None, after: None }
            }
        };
        if edge.from != edge.to {
            self.edges.push(edge);
        }
    }

    /// What a transaction's own reads came from, and unless `earlier` the past of its session.
    fn own_reads(&mut self, earlier: bool) {
        for reader in 0..self.reads.len() as u32 {
            let reads = &self.reads[reader as usize];
            let sources: Vec<Option<u32>> = reads.iter().map(|seen| seen.from).collect();
            for place in 0..sources.len() {
                let key = self.reads[reader as usize][place].key;
                let until = if earlier { place } else { sources.len() };
                let mut others: Vec<u32> = sources[..until].iter().flatten().copied().collect();
                others.sort_unstable();
                others.dedup();
                for other in others {
                    if self.writes[other as usize].binary_search(&key).is_ok() {
                        self.force(other, reader, place);
                    }
                }
                let (session, own) = self.places[reader as usize];
                if !earlier && let Some(other) = self.last_writer(session, key, own) {
                    self.force(other, reader, place);
                }
            }
        }
    }

    /// The last transaction of a session before the place `until` that wrote `key`.
    fn last_writer(&self, session: u32, key: u32, until: u32) -> Option<u32> {
        let places = self.wrote.get(&(session, key))?;
        let count = places.partition_point(|&place| place < until);
        let place = *places[..count].last()?;
        Some(self.sessions[session as usize][place as usize])
    }

    /// Everything that happened before, by sessions and reads. `graph` has no cycle.
    fn past(&mut self, graph: &Graph) {
        let width = self.sessions.len();
        // Components are numbered from the sinks up, so falling numbers are a topological order.
        let components = graph.components(WW | WR | PROCESS);
        let mut order: Vec<u32> = (0..self.history.txns.len() as u32).collect();
        order.sort_unstable_by_key(|&id| std::cmp::Reverse(components[id as usize]));
        let mut clocks: Vec<u32> = vec![0; width * self.history.txns.len()];
        for id in order {
            let (session, place) = self.places[id as usize];
            if place == u32::MAX {
                continue;
            }
            let start = id as usize * width;
            let own = self.sessions[session as usize][..place as usize].last().copied();
            let sources: Vec<u32> =
                self.reads[id as usize].iter().filter_map(|seen| seen.from).chain(own).collect();
            for source in sources {
                let (session, place) = self.places[source as usize];
                for other in 0..width {
                    let theirs = clocks[source as usize * width + other];
                    clocks[start + other] = clocks[start + other].max(theirs);
                }
                let clock = &mut clocks[start + session as usize];
                *clock = (*clock).max(place + 1);
            }
            for place in 0..self.reads[id as usize].len() {
                let key = self.reads[id as usize][place].key;
                for session in 0..width {
                    let until = clocks[start + session];
                    if until > 0
                        && let Some(other) = self.last_writer(session as u32, key, until)
                    {
                        self.force(other, id, place);
                    }
                }
            }
        }
    }
}

/// What a transaction read of others, and which keys it wrote.
fn touch(history: &Transactions, findings: &Findings, id: u32) -> (Vec<Seen>, Vec<u32>) {
    let (mut reads, mut writes): (Vec<Seen>, Vec<u32>) = (Vec::new(), Vec::new());
    let source = |key: u32, value: Option<u32>| {
        let writer = findings.writers.get(&(key, value?))?;
        (writer.txn != id && findings.live[writer.txn as usize]).then_some(writer.txn)
    };
    for op in &history.txns[id as usize].ops {
        let (key, value, fresh) = match op {
            TxnOp::Append { key, .. } | TxnOp::Write { key, .. } => {
                writes.push(*key);
                continue;
            }
            TxnOp::List { key, values: Some(values) } => {
                let others = values.iter().rev().copied();
                let mut others = others.filter(|&value| {
                    findings.writers.get(&(*key, value)).is_none_or(|writer| writer.txn != id)
                });
                (*key, others.next(), true)
            }
            TxnOp::Read { key, value: Some(value) } => (*key, *value, !writes.contains(key)),
            TxnOp::List { values: None, .. } | TxnOp::Read { value: None, .. } => continue,
        };
        let from = source(key, value);
        // What nobody wrote says nothing about the order of those who did write.
        if fresh && (from.is_some() || value.is_none()) {
            reads.push(Seen { key, value, from });
        }
    }
    writes.sort_unstable();
    writes.dedup();
    (reads, writes)
}
