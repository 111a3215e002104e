//! Registers that are read and written: nobody reads the order of versions, so it is inferred.
//!
//! The invariant: a version is put before another only for a reason that [`Assume`] allows.

use super::anomaly::AnomalyKind;
use super::append::{Findings, Writer};
use super::graph::{Edge, EdgeKind, Graph};
use super::{Assume, Transactions, Txn, TxnOp, TxnOutcome};
use crate::fixed::FixedMap;
use std::collections::BTreeSet;

struct Registers<'t> {
    history: &'t Transactions,
    assume: Assume,
    findings: Findings,
    /// Versions of each key, one before the other; `None` is the initial one.
    orders: Vec<BTreeSet<(Option<u32>, u32)>>,
    /// Which transactions put one version of a key before another.
    reasons: FixedMap<(u32, Option<u32>, u32), [u32; 2]>,
    /// Who read each version of each key.
    readers: FixedMap<(u32, Option<u32>), Vec<u32>>,
    /// Values of each key that somebody wrote.
    written: Vec<Vec<u32>>,
}

/// What the reads and writes of `history` say.
pub(super) fn findings(history: &Transactions, assume: Assume) -> Findings {
    let keys = history.keys.len();
    let mut registers = Registers {
        history,
        assume,
        findings: Findings { complete: true, ..Findings::default() },
        orders: vec![BTreeSet::new(); keys],
        reasons: FixedMap::default(),
        readers: FixedMap::default(),
        written: vec![Vec::new(); keys],
    };
    registers.collect();
    registers.look_inside();
    registers.follow_reads();
    registers.follow_sessions();
    registers.check_orders();
    registers.dependencies();
    registers.lost_updates();
    let Registers { mut findings, orders, .. } = registers;
    findings.versions = orders.into_iter().map(|order| order.into_iter().collect()).collect();
    findings
}

impl<'t> Registers<'t> {
    fn committed(&self) -> impl Iterator<Item = (u32, &'t Txn)> + use<'t> {
        let txns = (0..).zip(&self.history.txns);
        txns.filter(|(_, txn)| txn.outcome == TxnOutcome::Committed)
    }

    fn name(&self, key: u32) -> &'t str {
        &self.history.keys[key as usize]
    }

    fn value(&self, value: Option<u32>) -> &'t str {
        value.map_or("nil", |value| &self.history.values[value as usize])
    }

    fn collect(&mut self) {
        for (id, txn) in (0..).zip(&self.history.txns) {
            let mut later: Vec<u32> = Vec::new();
            for op in txn.ops.iter().rev() {
                let TxnOp::Write { key, value } = *op else { continue };
                let writer = Writer { txn: id, last: !later.contains(&key) };
                later.push(key);
                match self.findings.writers.insert((key, value), writer) {
                    None => self.written[key as usize].push(value),
                    Some(other) if other.txn != id => self.findings.complete = false,
                    Some(_) => {}
                }
            }
        }
        let outcome = |txn: &Txn| txn.outcome == TxnOutcome::Committed;
        self.findings.live = self.history.txns.iter().map(outcome).collect();
        for (_, txn) in self.committed() {
            for op in &txn.ops {
                let TxnOp::Read { key, value: Some(Some(value)) } = op else { continue };
                if let Some(writer) = self.findings.writers.get(&(*key, *value)) {
                    let txn = writer.txn as usize;
                    let unknown = self.history.txns[txn].outcome == TxnOutcome::Unknown;
                    self.findings.live[txn] |= unknown;
                }
            }
        }
    }

    /// What each transaction sees of itself, and what of others.
    fn look_inside(&mut self) {
        for (id, txn) in self.committed() {
            let mut seen: FixedMap<u32, Option<u32>> = FixedMap::default();
            for op in &txn.ops {
                match *op {
                    TxnOp::Write { key, value } => {
                        seen.insert(key, Some(value));
                    }
                    TxnOp::Read { key, value: Some(value) } => match seen.insert(key, value) {
                        Some(before) if before != value => {
                            let sentence = format!(
                                "it read {} = {} where it had to be {}.",
                                self.name(key),
                                self.value(value),
                                self.value(before)
                            );
                            self.findings.report(AnomalyKind::Internal, [id], sentence);
                            self.stranger(id, key, value);
                        }
                        Some(_) => {}
                        None => self.stranger(id, key, value),
                    },
                    _ => {}
                }
            }
        }
    }

    /// A value that comes from another transaction.
    fn stranger(&mut self, id: u32, key: u32, value: Option<u32>) {
        self.readers.entry((key, value)).or_default().push(id);
        let Some(version) = value else { return };
        let shown = format!("{} = {}", self.name(key), self.value(value));
        let Some(&writer) = self.findings.writers.get(&(key, version)) else {
            if self.assume.closed {
                let sentence = format!("it read {shown}, but nothing wrote that.");
                self.findings.report(AnomalyKind::UnwrittenRead, [id], sentence);
            }
            return;
        };
        let (kind, problem) = if writer.txn == id {
            (AnomalyKind::FutureRead, "before it wrote that itself")
        } else if self.history.txns[writer.txn as usize].outcome == TxnOutcome::Aborted {
            (AnomalyKind::G1a, "though the transaction that wrote that was aborted")
        } else if !writer.last {
            (AnomalyKind::G1b, "though the transaction that wrote that wrote it again")
        } else {
            return;
        };
        let sentence = format!("it read {shown} {problem}.");
        self.findings.report(kind, [id, writer.txn], sentence);
    }

    /// Reads before writes in one transaction, and the initial value before all others.
    fn follow_reads(&mut self) {
        for (id, txn) in self.committed() {
            for touch in touches(txn) {
                if let Some(after) = touch.last
                    && self.assume.writes_follow_reads
                    && (touch.read && touch.wrote)
                    && touch.first != touch.last
                {
                    self.put_before(touch.key, touch.first, after, [id; 2]);
                }
            }
        }
        for key in 0..self.orders.len() {
            let order = &mut self.orders[key];
            let later: BTreeSet<u32> = order.iter().map(|pair| pair.1).collect();
            for &value in &self.written[key] {
                let writer = self.findings.writers[&(key as u32, value)];
                let first = !later.contains(&value);
                if first && writer.last && self.findings.live[writer.txn as usize] {
                    order.insert((None, value));
                }
            }
        }
    }

    /// The order of versions that processes or real time give to a key.
    fn follow_sessions(&mut self) {
        let (sequential, linearizable) =
            (self.assume.sequential_keys, self.assume.linearizable_keys);
        if !sequential && !linearizable {
            return;
        }
        let touches: Vec<(u32, &Txn, Vec<Touch>)> =
            self.committed().map(|(id, txn)| (id, txn, touches(txn))).collect();
        for (place, (id, txn, first)) in touches.iter().enumerate() {
            for (other_id, other, second) in &touches[place + 1..] {
                let before = (sequential && txn.process == other.process)
                    || (linearizable && txn.completed.is_some_and(|at| at < other.invoked));
                let after = linearizable && other.completed.is_some_and(|at| at < txn.invoked);
                let ((first, one), (second, two)) = match (before, after) {
                    (true, _) => ((first, id), (second, other_id)),
                    (_, true) => ((second, other_id), (first, id)),
                    (false, false) => continue,
                };
                for old in first {
                    let new = second.iter().find(|new| new.key == old.key);
                    if let Some(new) = new
                        && old.last != new.first
                    {
                        match new.first {
                            Some(value) => {
                                self.put_before(old.key, old.last, value, [*one, *two]);
                            }
                            // Back to the initial value: no order has that.
                            None => self.cyclic(old.key, &[*one, *two]),
                        }
                    }
                }
            }
        }
    }

    fn put_before(&mut self, key: u32, before: Option<u32>, after: u32, shown: [u32; 2]) {
        self.orders[key as usize].insert((before, after));
        self.reasons.entry((key, before, after)).or_insert(shown);
    }

    /// These transactions put versions of a key in a circle.
    fn cyclic(&mut self, key: u32, txns: &[u32]) {
        let names = super::names(self.history, txns);
        let sentence = format!("{names} put versions of {} in a circle.", self.name(key));
        self.findings.report(AnomalyKind::CyclicVersions, txns, sentence);
    }

    /// The transactions that show a circle of versions of a key.
    fn circle(&self, key: u32, pairs: &[(u32, u32)]) -> Vec<u32> {
        let edge = |&(from, to): &(u32, u32)| Edge {
            from,
            to,
            kind: EdgeKind::WriteWrite,
            key: Some(key),
            before: None,
            after: None,
        };
        let edges: Vec<Edge> = pairs.iter().map(edge).collect();
        let graph = Graph::new(self.history.values.len(), &edges);
        let back =
            |first: &Edge| graph.path(first.to, first.from, u8::MAX, |_| true, &mut { u64::MAX });
        let circle = edges.iter().find_map(|first| Some((first, back(first)?)));
        let Some((first, back)) = circle else { return Vec::new() };
        let links = std::iter::once(first).chain(&back);
        let shown = links.filter_map(|link| self.reasons.get(&(key, Some(link.from), link.to)));
        let txns: BTreeSet<u32> = shown.flatten().copied().collect();
        txns.into_iter().collect()
    }

    /// Versions of a key must have an order.
    fn check_orders(&mut self) {
        for key in 0..self.orders.len() as u32 {
            let order = &self.orders[key as usize];
            let mut numbers: FixedMap<u32, u32> = FixedMap::default();
            let mut pairs: Vec<(u32, u32)> = Vec::new();
            for &(before, after) in order {
                let mut number = |value| {
                    let fresh = numbers.len() as u32;
                    *numbers.entry(value).or_insert(fresh)
                };
                if let Some(before) = before {
                    pairs.push((number(before), number(after)));
                }
            }
            pairs.sort_unstable();
            let nodes = numbers.len();
            let starts = |node: u32| pairs.partition_point(|pair| pair.0 < node);
            let components = super::graph::components(nodes, |node, at| {
                pairs.get(starts(node) + at).filter(|pair| pair.0 == node).map(|pair| Some(pair.1))
            });
            if pairs.iter().any(|&(a, b)| components[a as usize] == components[b as usize]) {
                let known = self.orders[key as usize].iter();
                let known: Vec<(u32, u32)> =
                    known.filter_map(|&(before, after)| Some((before?, after))).collect();
                self.cyclic(key, &self.circle(key, &known));
                self.orders[key as usize].clear();
            }
            let last = |value: &&u32| {
                let writer = self.findings.writers[&(key, **value)];
                writer.last && self.findings.live[writer.txn as usize]
            };
            let versions = self.written[key as usize].iter().filter(last).count();
            let known: Vec<_> =
                self.orders[key as usize].iter().filter(|pair| pair.0.is_some()).collect();
            let forks = known.windows(2).any(|two| two[0].0 == two[1].0);
            self.findings.complete &= versions < 2 || (known.len() + 1 == versions && !forks);
        }
    }

    fn dependencies(&mut self) {
        for key in 0..self.orders.len() as u32 {
            for (before, after) in std::mem::take(&mut self.orders[key as usize]) {
                let between = (before, Some(after));
                self.orders[key as usize].insert((before, after));
                let Some(&second) = self.findings.writers.get(&(key, after)) else { continue };
                let first = before.and_then(|value| self.findings.writers.get(&(key, value)));
                if let Some(first) = first.copied() {
                    let kind = EdgeKind::WriteWrite;
                    self.findings.edge(first.txn, second.txn, kind, key, between);
                }
                for reader in self.readers.get(&(key, before)).cloned().unwrap_or_default() {
                    let kind = EdgeKind::ReadWrite;
                    self.findings.edge(reader, second.txn, kind, key, between);
                }
            }
        }
        for ((key, value), readers) in std::mem::take(&mut self.readers) {
            let Some(version) = value else { continue };
            let Some(&writer) = self.findings.writers.get(&(key, version)) else { continue };
            for reader in readers {
                let kind = EdgeKind::WriteRead;
                self.findings.edge(writer.txn, reader, kind, key, (value, None));
            }
        }
        self.findings.edges.sort_unstable();
    }

    /// Transactions that read the same version of a key and both wrote it.
    fn lost_updates(&mut self) {
        let mut updates: Vec<(u32, Option<u32>, u32)> = Vec::new();
        for (id, txn) in self.committed() {
            for touch in touches(txn).into_iter().filter(|touch| touch.read && touch.wrote) {
                updates.push((touch.key, touch.first, id));
            }
        }
        updates.sort_unstable();
        for pair in updates.windows(2) {
            let ((key, version, one), (other_key, other_version, other)) = (pair[0], pair[1]);
            if (key, version) == (other_key, other_version) {
                let sentence =
                    format!("both read the same version of {} and replaced it.", self.name(key));
                self.findings.report(AnomalyKind::LostUpdate, [one, other], sentence);
            }
        }
    }
}

/// What a transaction did to one key.
struct Touch {
    key: u32,
    /// The version that it read or wrote first.
    first: Option<u32>,
    /// The version that it left or saw last.
    last: Option<u32>,
    /// It read the key before it wrote it.
    read: bool,
    wrote: bool,
}

fn touches(txn: &Txn) -> Vec<Touch> {
    let mut touches: Vec<Touch> = Vec::new();
    for op in &txn.ops {
        let (key, value, wrote) = match *op {
            TxnOp::Write { key, value } => (key, Some(value), true),
            TxnOp::Read { key, value: Some(value) } => (key, value, false),
            TxnOp::Read { value: None, .. } | TxnOp::Append { .. } | TxnOp::List { .. } => continue,
        };
        match touches.iter_mut().find(|touch| touch.key == key) {
            Some(touch) => {
                touch.last = value;
                touch.wrote |= wrote;
            }
            None => touches.push(Touch { key, first: value, last: value, read: !wrote, wrote }),
        }
    }
    touches
}
