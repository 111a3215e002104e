//! The small verifier of anomalies: it believes no checker.
//!
//! The invariant: it shares no code with the analysis; every edge of a cycle is justified anew from
//! what transactions read, wrote and knew of time, by the plainest scan there is.

mod serial;

use super::TxnOutcome;
use super::{Anomaly, AnomalyKind, Assume, Edge, EdgeKind, Reach, Transactions, Txn, TxnOp};
use std::collections::BTreeSet;
use std::fmt;

/// Why an anomaly proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnomalyFlaw {
    /// Nothing justifies this edge.
    Edge(Edge),
    /// The edges are no cycle of that kind.
    Shape,
    /// The transactions do not show it.
    Unfounded,
    /// It comes without transactions that show it.
    Bare,
    /// There are too many orders to try.
    Undecided,
}

impl fmt::Display for AnomalyFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnomalyFlaw::Edge(edge) => {
                write!(f, "nothing puts T{} before T{}", edge.from + 1, edge.to + 1)
            }
            AnomalyFlaw::Shape => f.write_str("the edges are no cycle of that kind"),
            AnomalyFlaw::Unfounded => f.write_str("the transactions do not show it"),
            AnomalyFlaw::Bare => f.write_str("it comes without transactions that show it"),
            AnomalyFlaw::Undecided => f.write_str("there are too many orders to try"),
        }
    }
}

impl std::error::Error for AnomalyFlaw {}

/// Accepts an anomaly that `history` shows.
///
/// # Errors
/// If it does not show it.
pub fn verify_anomaly(
    history: &Transactions,
    assume: Assume,
    found: &Anomaly,
) -> Result<(), AnomalyFlaw> {
    let court = Court { history, assume };
    if !found.cycle.is_empty() {
        return court.cycle(found);
    }
    if found.txns.is_empty() {
        return Err(AnomalyFlaw::Bare);
    }
    if found.kind == AnomalyKind::NotSerializable {
        return court.has_no_order(&found.txns);
    }
    court.shows(found).then_some(()).ok_or(AnomalyFlaw::Unfounded)
}

struct Court<'t> {
    history: &'t Transactions,
    assume: Assume,
}

/// A read of what another transaction wrote: its place, the key, and the value or the last element.
type Read = (usize, u32, Option<u32>);

fn writes(txn: &Txn) -> impl Iterator<Item = (usize, u32, u32)> {
    txn.ops.iter().enumerate().filter_map(|(place, op)| match *op {
        TxnOp::Append { key, value } | TxnOp::Write { key, value } => Some((place, key, value)),
        TxnOp::List { .. } | TxnOp::Read { .. } => None,
    })
}

fn wrote(txn: &Txn, key: u32, value: u32) -> bool {
    writes(txn).any(|(_, other, written)| (other, written) == (key, value))
}

/// Every list of `key` that a transaction read.
fn lists(txn: &Txn, key: u32) -> impl Iterator<Item = &[u32]> {
    txn.ops.iter().filter_map(move |op| match op {
        TxnOp::List { key: other, values: Some(values) } if *other == key => Some(&values[..]),
        _ => None,
    })
}

/// The versions of a register that a transaction read and wrote, in order.
fn touched(txn: &Txn, key: u32) -> Vec<Option<u32>> {
    let versions = txn.ops.iter().filter_map(|op| match *op {
        TxnOp::Write { key: other, value } if other == key => Some(Some(value)),
        TxnOp::Read { key: other, value: Some(value) } if other == key => Some(value),
        _ => None,
    });
    versions.collect()
}

/// What a transaction read before it wrote to the same key.
fn reads(txn: &Txn) -> Vec<Read> {
    let own = |key, value| wrote(txn, key, value);
    let fresh =
        |place: usize, key: u32| !writes(txn).any(|(at, other, _)| at < place && other == key);
    let read = |(place, op): (usize, &TxnOp)| match op {
        TxnOp::List { key, values: Some(values) } => {
            let last = values.iter().rev().find(|&&value| !own(*key, value));
            Some((place, *key, last.copied()))
        }
        TxnOp::Read { key, value: Some(value) } if fresh(place, *key) => {
            Some((place, *key, *value))
        }
        _ => None,
    };
    txn.ops.iter().enumerate().filter_map(read).collect()
}

impl<'t> Court<'t> {
    fn txn(&self, id: u32) -> &'t Txn {
        &self.history.txns[id as usize]
    }

    fn committed(&self) -> impl Iterator<Item = (u32, &'t Txn)> + use<'t> {
        let all = (0..).zip(&self.history.txns);
        all.filter(|(_, txn)| txn.outcome == TxnOutcome::Committed)
    }

    /// Whether a transaction took effect: it committed, or somebody saw what it wrote.
    fn counts(&self, id: u32) -> bool {
        let txn = self.txn(id);
        let sees = |reader: &Txn| {
            writes(txn).any(|(_, key, value)| {
                reads(reader).iter().any(|read| (read.1, read.2) == (key, Some(value)))
                    || lists(reader, key).any(|list| list.contains(&value))
            })
        };
        match txn.outcome {
            TxnOutcome::Committed => true,
            TxnOutcome::Aborted => false,
            TxnOutcome::Unknown => self.committed().any(|(_, reader)| sees(reader)),
        }
    }

    fn cycle(&self, found: &Anomaly) -> Result<(), AnomalyFlaw> {
        let cycle = &found.cycle;
        let next = |place: usize| &cycle[(place + 1) % cycle.len()];
        let closed = (0..cycle.len()).all(|place| cycle[place].to == next(place).from);
        if !closed || !fits(found.kind, cycle) {
            return Err(AnomalyFlaw::Shape);
        }
        for edge in cycle {
            let holds = self.counts(edge.from) && self.counts(edge.to);
            if !holds || edge.from == edge.to || !self.justified(found.kind, edge) {
                return Err(AnomalyFlaw::Edge(*edge));
            }
        }
        Ok(())
    }

    fn justified(&self, kind: AnomalyKind, edge: &Edge) -> bool {
        let (from, to) = (self.txn(edge.from), self.txn(edge.to));
        match (edge.kind, edge.key) {
            (EdgeKind::Process, _) => from.process == to.process && edge.from < edge.to,
            (EdgeKind::Realtime, _) => self.earlier(from, to),
            (EdgeKind::WriteRead, Some(key)) => edge.before.is_some_and(|value| {
                wrote(from, key, value)
                    && (reads(to).iter().any(|read| (read.1, read.2) == (key, Some(value)))
                        || lists(to, key).any(|list| list.contains(&value)))
            }),
            (EdgeKind::WriteWrite, Some(key)) => match (edge.before, edge.after) {
                (Some(before), Some(after)) => {
                    wrote(from, key, before)
                        && wrote(to, key, after)
                        && self.precedes(key, Some(before), after)
                }
                (None, Some(after)) => self.forced(kind, edge, key, after),
                (_, None) => false,
            },
            (EdgeKind::ReadWrite, Some(key)) => {
                let saw = reads(from).iter().any(|read| (read.1, read.2) == (key, edge.before));
                match edge.after {
                    Some(after) => {
                        let missed = |list: &[u32]| !list.contains(&after);
                        wrote(to, key, after)
                            && (lists(from, key).any(missed)
                                || (saw && self.precedes(key, edge.before, after)))
                    }
                    // The initial value comes before whatever is written.
                    None => saw && writes(to).any(|(_, other, _)| other == key),
                }
            }
            (EdgeKind::WriteRead | EdgeKind::WriteWrite | EdgeKind::ReadWrite, None) => false,
        }
    }

    /// Whether one had ended before the other began.
    fn earlier(&self, from: &Txn, to: &Txn) -> bool {
        let began = to.completed.is_none_or(|at| at > to.invoked);
        self.history.realtime && began && from.completed.is_some_and(|at| at < to.invoked)
    }

    /// Whether one version of a key is known to come before another.
    fn precedes(&self, key: u32, before: Option<u32>, after: u32) -> bool {
        let grew = |list: &[u32]| {
            let place = |value| list.iter().position(|&other| other == value);
            before.is_some_and(|before| {
                place(before).is_some_and(|at| place(after).is_none_or(|then| at < then))
            })
        };
        let replaced = |txn: &Txn| {
            let last = writes(txn).filter(|write| write.1 == key).last();
            self.assume.writes_follow_reads
                && last.is_some_and(|write| write.2 == after)
                && reads(txn).iter().any(|read| (read.1, read.2) == (key, before))
        };
        before.is_none()
            || self.committed().any(|(_, txn)| lists(txn, key).any(grew) || replaced(txn))
            || self.in_turn(key, before, Some(after))
    }

    /// Whether a transaction that left `before` came before one that met `after` first, where keys
    /// may be taken to follow such an order.
    fn in_turn(&self, key: u32, before: Option<u32>, after: Option<u32>) -> bool {
        self.committed().any(|(id, txn)| {
            touched(txn, key).last() == Some(&before)
                && self.committed().any(|(later, other)| {
                    let session = txn.process == other.process && id < later;
                    touched(other, key).first() == Some(&after)
                        && ((self.assume.sequential_keys && session)
                            || (self.assume.linearizable_keys && self.earlier(txn, other)))
                })
        })
    }

    /// Whether what these transactions read and wrote of some key has no order.
    fn is_circular(&self, txns: &[u32]) -> bool {
        (0..self.history.keys.len() as u32).any(|key| {
            let versions = txns.iter().flat_map(|&id| touched(self.txn(id), key));
            let mut left: BTreeSet<Option<u32>> = versions.collect();
            let precedes = |one: Option<u32>, two: Option<u32>| match two {
                Some(after) => self.precedes(key, one, after),
                None => self.in_turn(key, one, None),
            };
            // What nothing comes before comes first.
            loop {
                let first = left
                    .iter()
                    .copied()
                    .find(|&one| !left.iter().any(|&two| one != two && precedes(two, one)));
                match first {
                    Some(first) => left.remove(&first),
                    None => return !left.is_empty(),
                };
            }
        })
    }

    /// Whether somebody read `after`, which `edge.to` wrote, and had to see that `edge.from` wrote
    /// the key too: so that one came first.
    fn forced(&self, kind: AnomalyKind, edge: &Edge, key: u32, after: u32) -> bool {
        let rivals = writes(self.txn(edge.from)).any(|(_, other, _)| other == key);
        rivals
            && wrote(self.txn(edge.to), key, after)
            && self.committed().any(|(id, reader)| {
                reads(reader).iter().any(|&(place, other, value)| {
                    (other, value) == (key, Some(after)) && self.sees(kind, id, place, edge.from)
                })
            })
    }

    fn sees(&self, kind: AnomalyKind, reader: u32, place: usize, other: u32) -> bool {
        let txn = self.txn(reader);
        let from = |read: &Read| read.2.is_some_and(|value| wrote(self.txn(other), read.1, value));
        let own = reads(txn);
        match kind {
            AnomalyKind::NonMonotonicView => own.iter().filter(|read| read.0 < place).any(from),
            AnomalyKind::FracturedRead => {
                let session = self.txn(other).process == txn.process && other < reader;
                session || own.iter().any(from)
            }
            _ => self.past(reader).contains(&other),
        }
    }

    /// Everything that happened before a transaction, by sessions and reads.
    fn past(&self, reader: u32) -> BTreeSet<u32> {
        let mut past = BTreeSet::new();
        let mut left = vec![reader];
        while let Some(id) = left.pop() {
            let txn = self.txn(id);
            let read = reads(txn);
            for (other, earlier) in (0..).zip(&self.history.txns) {
                let session = earlier.process == txn.process && other < id;
                let source =
                    |read: &Read| read.2.is_some_and(|value| wrote(earlier, read.1, value));
                let direct = (session || read.iter().any(source)) && self.counts(other);
                if direct && other != id && past.insert(other) {
                    left.push(other);
                }
            }
        }
        past
    }

    /// Whether the transactions of an anomaly that is no cycle show it.
    fn shows(&self, found: &Anomaly) -> bool {
        let first = self.txn(found.txns[0]);
        let second = self.txn(found.txns.last().copied().unwrap_or(found.txns[0]));
        let shown = |txn: &'t Txn| {
            let listed = txn.ops.iter().flat_map(|op| match op {
                TxnOp::List { key, values: Some(values) } => {
                    values.iter().map(|value| (*key, *value)).collect()
                }
                TxnOp::Read { key, value: Some(Some(value)) } => vec![(*key, *value)],
                _ => Vec::new(),
            });
            listed.collect::<Vec<(u32, u32)>>()
        };
        let from_second =
            || shown(first).into_iter().filter(|&(key, value)| wrote(second, key, value));
        match found.kind {
            AnomalyKind::DuplicateElements => {
                repeats(first, second, found.txns[0] != found.txns[found.txns.len() - 1])
            }
            AnomalyKind::IncompatibleOrder => (0..self.history.keys.len() as u32).any(|key| {
                let apart =
                    |one: &[u32], two: &[u32]| !one.starts_with(two) && !two.starts_with(one);
                lists(first, key).any(|one| lists(second, key).any(|two| apart(one, two)))
            }),
            AnomalyKind::UnwrittenRead => shown(first)
                .into_iter()
                .any(|(key, value)| !self.history.txns.iter().any(|txn| wrote(txn, key, value))),
            AnomalyKind::FutureRead => from_second().next().is_some(),
            AnomalyKind::G1a => {
                second.outcome == TxnOutcome::Aborted && from_second().next().is_some()
            }
            AnomalyKind::G1b => from_second().any(|(key, value)| {
                let written = writes(second).filter(|write| write.1 == key);
                written.last().is_some_and(|write| write.2 != value)
            }),
            AnomalyKind::DirtyUpdate => {
                let follows = |list: &[u32], key| {
                    let place = |txn| list.iter().position(|&value| wrote(txn, key, value));
                    place(first).zip(place(second)).is_some_and(|(dirty, then)| dirty < then)
                };
                first.outcome == TxnOutcome::Aborted
                    && (0..self.history.keys.len() as u32).any(|key| {
                        self.committed()
                            .any(|(_, txn)| lists(txn, key).any(|list| follows(list, key)))
                    })
            }
            AnomalyKind::LostUpdate => {
                let updates = |txn: &Txn, read: &Read| {
                    writes(txn).any(|write| write.1 == read.1 && write.0 > read.0)
                };
                found.txns[0] != found.txns[found.txns.len() - 1]
                    && reads(first).iter().any(|read| {
                        let same = |other: &&Read| (other.1, other.2) == (read.1, read.2);
                        let others = reads(second);
                        updates(first, read)
                            && others.iter().filter(same).any(|other| updates(second, other))
                    })
            }
            AnomalyKind::CyclicVersions => self.is_circular(&found.txns),
            AnomalyKind::Internal => contradicts_itself(first),
            _ => false,
        }
    }
}

/// Whether a list that the first read has an element twice, or both appended the same, or the first
/// appended one twice.
fn repeats(first: &Txn, second: &Txn, apart: bool) -> bool {
    let twice = |op: &TxnOp| match op {
        TxnOp::List { values: Some(values), .. } => {
            values.iter().collect::<BTreeSet<_>>().len() < values.len()
        }
        _ => false,
    };
    let again = |one: (usize, u32, u32)| {
        let same = |other: (usize, u32, u32)| (one.1, one.2) == (other.1, other.2);
        writes(second).any(|other| same(other) && (apart || other.0 != one.0))
    };
    first.ops.iter().any(twice) || writes(first).any(again)
}

/// Whether edges of these kinds, in this order, make such a cycle.
fn fits(kind: AnomalyKind, cycle: &[Edge]) -> bool {
    let count = |kind: EdgeKind| cycle.iter().filter(|edge| edge.kind == kind).count();
    let (missed, read) = (count(EdgeKind::ReadWrite), count(EdgeKind::WriteRead));
    let apart = (0..cycle.len()).all(|place| {
        let next = &cycle[(place + 1) % cycle.len()];
        cycle[place].kind != EdgeKind::ReadWrite || next.kind != EdgeKind::ReadWrite
    });
    let reaches = |reach: Reach| {
        let process = reach != Reach::Data || count(EdgeKind::Process) == 0;
        process && (reach == Reach::Realtime || count(EdgeKind::Realtime) == 0)
    };
    match kind {
        AnomalyKind::G0(reach) => missed + read == 0 && reaches(reach),
        AnomalyKind::G1c(reach) => missed == 0 && read > 0 && reaches(reach),
        AnomalyKind::GSingle(reach) => missed == 1 && reaches(reach),
        AnomalyKind::GNonadjacent(reach) => missed > 1 && apart && reaches(reach),
        AnomalyKind::G2Item(reach) => missed > 0 && reaches(reach),
        AnomalyKind::PrefixViolation => (0..cycle.len()).all(|place| {
            let before = cycle[(place + cycle.len() - 1) % cycle.len()].kind;
            let shown = before == EdgeKind::WriteRead || before == EdgeKind::Process;
            cycle[place].kind != EdgeKind::ReadWrite || shown
        }),
        AnomalyKind::NonMonotonicView
        | AnomalyKind::FracturedRead
        | AnomalyKind::CausalViolation => count(EdgeKind::Realtime) == 0,
        _ => false,
    }
}

/// Whether a read of a transaction disagrees with what it had read and written before.
fn contradicts_itself(txn: &Txn) -> bool {
    (0..txn.ops.len()).any(|place| {
        let (before, rest) = txn.ops.split_at(place);
        let last = |wanted: u32| {
            let seen = before.iter().rposition(|op| match op {
                TxnOp::Read { key, value: Some(_) } | TxnOp::Write { key, .. } => *key == wanted,
                TxnOp::List { key, values: Some(_) } => *key == wanted,
                _ => false,
            });
            seen.map(|at| (&before[at], &before[at + 1..]))
        };
        match &rest[0] {
            TxnOp::Read { key, value: Some(value) } => match last(*key) {
                Some((TxnOp::Read { value: Some(known), .. }, _)) => known != value,
                Some((TxnOp::Write { value: known, .. }, _)) => Some(*known) != *value,
                _ => false,
            },
            TxnOp::List { key, values: Some(values) } => {
                let appended = |ops: &[TxnOp]| -> Vec<u32> {
                    let own = ops.iter().filter_map(|op| match op {
                        TxnOp::Append { key: other, value } if other == key => Some(*value),
                        _ => None,
                    });
                    own.collect()
                };
                match last(*key) {
                    Some((TxnOp::List { values: Some(known), .. }, since)) => {
                        *values != [&known[..], &appended(since)].concat()
                    }
                    _ => !values.ends_with(&appended(before)),
                }
            }
            _ => false,
        }
    })
}
