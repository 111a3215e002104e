//! Lists that are appended to and read whole: a read says the order of all versions before it.
//!
//! The invariant: every edge follows from a list that a committed transaction read.

use super::anomaly::{Anomaly, AnomalyKind};
use super::graph::{Edge, EdgeKind};
use super::{Transactions, TxnOp, TxnOutcome};
use crate::fixed::FixedMap;

/// How many pairs of a reader and an unread append are written out for one key.
const PAIRS_MAX: usize = 1 << 16;

/// What the micro-operations of a history say.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) edges: Vec<Edge>,
    pub(super) anomalies: Vec<Anomaly>,
    /// Transactions that took effect.
    pub(super) live: Vec<bool>,
    /// Every order of versions is known as far as it matters.
    pub(super) complete: bool,
    /// For each key, the versions that are known to come one right after the other.
    pub(super) versions: Vec<Vec<(Option<u32>, u32)>>,
    /// An order of appends that nobody read, as they ended: it may have been another.
    pub(super) guesses: Vec<Edge>,
    /// Who wrote each (key, value).
    pub(super) writers: FixedMap<(u32, u32), Writer>,
}

/// Who wrote a value.
#[derive(Clone, Copy)]
pub(super) struct Writer {
    pub(super) txn: u32,
    /// No later write of the transaction to the same key.
    pub(super) last: bool,
}

impl Findings {
    pub(super) fn report(
        &mut self,
        kind: AnomalyKind,
        txns: impl Into<Vec<u32>>,
        sentence: impl Into<String>,
    ) {
        let (txns, sentence) = (txns.into(), sentence.into());
        self.anomalies.push(Anomaly { kind, txns, cycle: Vec::new(), sentence });
    }

    pub(super) fn edge(
        &mut self,
        from: u32,
        to: u32,
        kind: EdgeKind,
        key: u32,
        (before, after): (Option<u32>, Option<u32>),
    ) {
        if from != to && self.live[from as usize] && self.live[to as usize] {
            self.edges.push(Edge { from, to, kind, key: Some(key), before, after });
        }
    }
}

struct Lists<'t> {
    history: &'t Transactions,
    findings: Findings,
    /// The longest list read of each key, and who read it.
    longest: Vec<(&'t [u32], u32)>,
    /// Appends of each key, in order of the history.
    appends: Vec<Vec<u32>>,
}

/// What the appends and lists of `history` say.
pub(super) fn findings(history: &Transactions) -> Findings {
    let keys = history.keys.len();
    let mut lists = Lists {
        history,
        findings: Findings { complete: true, ..Findings::default() },
        longest: vec![(&[], u32::MAX); keys],
        appends: vec![Vec::new(); keys],
    };
    lists.collect();
    lists.look_inside();
    lists.compare();
    lists.order();
    lists.dependencies();
    lists.lost_updates();
    let Lists { mut findings, longest, .. } = lists;
    findings.versions = longest
        .iter()
        .map(|(order, _)| {
            let before = std::iter::once(None).chain(order.iter().copied().map(Some));
            before.zip(order.iter().copied()).collect()
        })
        .collect();
    findings
}

impl<'t> Lists<'t> {
    fn committed(&self) -> impl Iterator<Item = (u32, &'t super::Txn)> + use<'t> {
        let txns = (0..).zip(&self.history.txns);
        txns.filter(|(_, txn)| txn.outcome == TxnOutcome::Committed)
    }

    fn name(&self, key: u32) -> &'t str {
        &self.history.keys[key as usize]
    }

    fn value(&self, value: u32) -> &'t str {
        &self.history.values[value as usize]
    }

    /// Who appended what, what was read, and who took effect.
    fn collect(&mut self) {
        for (id, txn) in (0..).zip(&self.history.txns) {
            for op in &txn.ops {
                let TxnOp::Append { key, value } = *op else { continue };
                let writer = Writer { txn: id, last: true };
                if let Some(other) = self.findings.writers.insert((key, value), writer) {
                    let sentence =
                        format!("{} was appended to {} twice.", self.value(value), self.name(key));
                    let kind = AnomalyKind::DuplicateElements;
                    self.findings.report(kind, [other.txn, id], sentence);
                } else {
                    self.appends[key as usize].push(value);
                }
            }
            let mut later: Vec<u32> = Vec::new();
            for op in txn.ops.iter().rev() {
                let TxnOp::Append { key, value } = *op else { continue };
                if later.contains(&key) {
                    self.findings.writers.entry((key, value)).and_modify(|w| w.last = false);
                }
                later.push(key);
            }
        }
        let outcome = |txn: &super::Txn| txn.outcome == TxnOutcome::Committed;
        self.findings.live = self.history.txns.iter().map(outcome).collect();
        for (id, txn) in self.committed() {
            for op in &txn.ops {
                let TxnOp::List { key, values: Some(values) } = op else { continue };
                let longest = &mut self.longest[*key as usize];
                if values.len() > longest.0.len() || longest.1 == u32::MAX {
                    *longest = (values, id);
                }
            }
        }
        for (key, &(list, _)) in (0..).zip(&self.longest) {
            for &value in list {
                if let Some(writer) = self.findings.writers.get(&(key, value)) {
                    let txn = writer.txn as usize;
                    let unknown = self.history.txns[txn].outcome == TxnOutcome::Unknown;
                    self.findings.live[txn] |= unknown;
                }
            }
        }
    }

    /// What each transaction sees of itself, and whose values it sees.
    fn look_inside(&mut self) {
        for (id, txn) in self.committed() {
            let mut seen: Vec<(u32, Option<Vec<u32>>, Vec<u32>)> = Vec::new();
            for op in &txn.ops {
                match op {
                    TxnOp::Append { key, value } => {
                        match seen.iter_mut().find(|entry| entry.0 == *key) {
                            Some(entry) => entry.2.push(*value),
                            None => seen.push((*key, None, vec![*value])),
                        }
                    }
                    TxnOp::List { key, values: Some(values) } => {
                        let place = seen.iter().position(|entry| entry.0 == *key);
                        let fits = place.is_none_or(|place| {
                            let (_, before, own) = &seen[place];
                            match before {
                                Some(before) => {
                                    values.len() == before.len() + own.len()
                                        && values.starts_with(before)
                                        && values.ends_with(own)
                                }
                                None => values.ends_with(own),
                            }
                        });
                        if !fits {
                            let sentence = format!(
                                "its read of {} disagrees with what it read and appended before.",
                                self.name(*key)
                            );
                            self.findings.report(AnomalyKind::Internal, [id], sentence);
                        }
                        let own = place.map_or(0, |place| {
                            let (_, before, own) = &seen[place];
                            if before.is_some() { values.len() } else { own.len() }
                        });
                        self.strangers(id, *key, &values[..values.len().saturating_sub(own)]);
                        let entry = (*key, Some(values.clone()), Vec::new());
                        match place {
                            Some(place) => seen[place] = entry,
                            None => seen.push(entry),
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// The elements of a list that come from others.
    fn strangers(&mut self, id: u32, key: u32, values: &[u32]) {
        for (place, &value) in values.iter().enumerate() {
            let name = self.name(key);
            let shown = self.value(value);
            let Some(&writer) = self.findings.writers.get(&(key, value)) else {
                let sentence = format!("{shown} was read in {name}, but nothing appended it.");
                self.findings.report(AnomalyKind::UnwrittenRead, [id], sentence);
                continue;
            };
            let (kind, problem) = if writer.txn == id {
                (AnomalyKind::FutureRead, "before the transaction itself appended it")
            } else if self.history.txns[writer.txn as usize].outcome == TxnOutcome::Aborted {
                (AnomalyKind::G1a, "though the transaction that appended it was aborted")
            } else if place + 1 == values.len() && !writer.last {
                (AnomalyKind::G1b, "last, though its transaction appended more")
            } else {
                continue;
            };
            let sentence = format!("{shown} was read in {name} {problem}.");
            self.findings.report(kind, [id, writer.txn], sentence);
        }
    }

    /// Whether all lists of a key are beginnings of the longest.
    fn compare(&mut self) {
        for (id, txn) in self.committed() {
            for op in &txn.ops {
                let TxnOp::List { key, values: Some(values) } = op else { continue };
                let (longest, reader) = self.longest[*key as usize];
                if !longest.starts_with(values) {
                    let sentence = format!("two reads of {} agree on no order.", self.name(*key));
                    self.findings.report(AnomalyKind::IncompatibleOrder, [id, reader], sentence);
                }
            }
        }
    }

    /// The order of the versions of each key.
    fn order(&mut self) {
        for key in 0..self.history.keys.len() as u32 {
            let (list, reader) = self.longest[key as usize];
            let mut met: FixedMap<u32, ()> = FixedMap::default();
            let mut before: Option<(u32, Writer)> = None;
            let mut aborted: Option<u32> = None;
            for &value in list {
                if met.insert(value, ()).is_some() {
                    let sentence =
                        format!("{} stands in {} twice.", self.value(value), self.name(key));
                    self.findings.report(AnomalyKind::DuplicateElements, [reader], sentence);
                }
                let Some(&writer) = self.findings.writers.get(&(key, value)) else {
                    before = None;
                    continue;
                };
                if let Some((last, other)) = before {
                    let between = (Some(last), Some(value));
                    self.findings.edge(other.txn, writer.txn, EdgeKind::WriteWrite, key, between);
                }
                let failed = self.history.txns[writer.txn as usize].outcome == TxnOutcome::Aborted;
                if let (Some(dirty), false) = (aborted, failed) {
                    let sentence = format!(
                        "{} was appended to {} after an element of an aborted transaction.",
                        self.value(value),
                        self.name(key)
                    );
                    self.findings.report(AnomalyKind::DirtyUpdate, [dirty, writer.txn], sentence);
                    aborted = None;
                }
                if failed {
                    aborted = Some(writer.txn);
                } else {
                    before = Some((value, writer));
                }
            }
            self.unread(key, before);
        }
    }

    /// Appends that no list shows come after all that some list shows.
    fn unread(&mut self, key: u32, last: Option<(u32, Writer)>) {
        let Some((last, writer)) = last else { return };
        let (list, _) = self.longest[key as usize];
        for value in self.unread_of(key, list) {
            let to = self.findings.writers[&(key, value)].txn;
            let between = (Some(last), Some(value));
            self.findings.edge(writer.txn, to, EdgeKind::WriteWrite, key, between);
        }
    }

    fn unread_of(&self, key: u32, list: &[u32]) -> Vec<u32> {
        let appends = &self.appends[key as usize];
        if appends.len() == list.len() {
            return Vec::new();
        }
        let read: FixedMap<u32, ()> = list.iter().map(|&value| (value, ())).collect();
        appends.iter().copied().filter(|value| !read.contains_key(value)).collect()
    }

    /// Guesses the order of those who appended what nobody read.
    fn guess(&mut self, key: u32, unread: &[u32]) {
        let writer = |value: &u32| self.findings.writers[&(key, *value)].txn;
        let live = |txn: &u32| self.findings.live[*txn as usize];
        let mut writers: Vec<u32> = unread.iter().map(writer).filter(live).collect();
        let ended = |txn: &u32| self.history.txns[*txn as usize].completed.unwrap_or(u64::MAX);
        writers.sort_by_key(|txn| (ended(txn), *txn));
        writers.dedup();
        let (kind, key) = (EdgeKind::WriteWrite, Some(key));
        let edge = |pair: &[u32]| Edge {
            from: pair[0],
            to: pair[1],
            kind,
            key,
            before: None,
            after: None,
        };
        self.findings.guesses.extend(writers.windows(2).map(edge));
    }

    /// Who read from whom, and who replaced what whom had read.
    fn dependencies(&mut self) {
        let unread: Vec<Vec<u32>> =
            (0..).zip(&self.longest).map(|(key, (list, _))| self.unread_of(key, list)).collect();
        for (key, unread) in (0..).zip(&unread) {
            self.guess(key, unread);
        }
        let mut pairs = vec![0; unread.len()];
        for (id, txn) in self.committed() {
            for op in &txn.ops {
                let TxnOp::List { key, values: Some(values) } = op else { continue };
                let stranger = values.iter().rev().find_map(|&value| {
                    let writer = self.findings.writers.get(&(*key, value))?;
                    (writer.txn != id).then_some((value, *writer))
                });
                if let Some((value, writer)) = stranger {
                    let between = (Some(value), None);
                    self.findings.edge(writer.txn, id, EdgeKind::WriteRead, *key, between);
                }
                let (longest, _) = self.longest[*key as usize];
                if !longest.starts_with(values) {
                    continue;
                }
                let seen = values.last().copied();
                let nexts = match longest.get(values.len()) {
                    Some(next) => std::slice::from_ref(next),
                    None => &unread[*key as usize][..],
                };
                pairs[*key as usize] += nexts.len();
                if nexts.len() > 1 && pairs[*key as usize] > PAIRS_MAX {
                    self.findings.complete = false;
                    continue;
                }
                for &next in nexts {
                    let Some(&writer) = self.findings.writers.get(&(*key, next)) else { continue };
                    let between = (seen, Some(next));
                    self.findings.edge(id, writer.txn, EdgeKind::ReadWrite, *key, between);
                }
            }
        }
    }

    /// Transactions that read the same version of a key and both appended to it.
    fn lost_updates(&mut self) {
        let mut updates: Vec<(u32, u32, u32)> = Vec::new();
        for (id, txn) in self.committed() {
            for (place, op) in txn.ops.iter().enumerate() {
                let TxnOp::List { key, values: Some(values) } = op else { continue };
                let appends = |op: &TxnOp| matches!(op, TxnOp::Append { key: k, .. } if k == key);
                if txn.ops[place..].iter().any(appends) && !txn.ops[..place].iter().any(appends) {
                    updates.push((*key, values.last().copied().unwrap_or(u32::MAX), id));
                }
            }
        }
        updates.sort_unstable();
        updates.dedup();
        for pair in updates.windows(2) {
            let ((key, version, one), (other_key, other_version, other)) = (pair[0], pair[1]);
            if (key, version) == (other_key, other_version) {
                let sentence =
                    format!("both read the same version of {} and appended to it.", self.name(key));
                self.findings.report(AnomalyKind::LostUpdate, [one, other], sentence);
            }
        }
    }
}
