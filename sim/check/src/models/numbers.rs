//! Numbers that are handed out or added up: counter, unique ids, log.
//!
//! The invariant: a number that was told is never taken back.

use crate::model::{Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A counter, at first 0.
#[derive(Clone, Copy, Debug)]
pub struct Counter;

/// What is asked of a [`Counter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterOp {
    /// Count this much further.
    Add(i64),
    /// What is the count?
    Read,
}

/// What a [`Counter`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterAnswer {
    /// Counted.
    Added,
    /// The count.
    Value(i64),
}

/// A source of numbers none of which comes twice.
#[derive(Clone, Copy, Debug)]
pub struct UniqueIds;

/// What is asked of [`UniqueIds`]: the next number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NextId;

/// What [`UniqueIds`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(pub u64);

/// A log of numbers, at first empty.
#[derive(Clone, Copy, Debug)]
pub struct Log;

/// What is asked of a [`Log`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogOp {
    /// Put this at the end.
    Append(u64),
    /// What stands there from this offset on?
    Read(u64),
}

/// What a [`Log`] answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogAnswer {
    /// The offset of what was appended.
    At(u64),
    /// The entries to the end.
    Entries(Vec<u64>),
}

impl fmt::Display for CounterOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CounterOp::Add(amount) => write!(f, "Add {amount}"),
            CounterOp::Read => f.write_str("Read"),
        }
    }
}

impl fmt::Display for CounterAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CounterAnswer::Added => f.write_str("ok"),
            CounterAnswer::Value(value) => write!(f, "{value}"),
        }
    }
}

impl fmt::Display for NextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next id")
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for LogOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogOp::Append(entry) => write!(f, "Append {entry}"),
            LogOp::Read(offset) => write!(f, "Read from {offset}"),
        }
    }
}

impl fmt::Display for LogAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogAnswer::At(offset) => write!(f, "at {offset}"),
            LogAnswer::Entries(entries) => write!(f, "{entries:?}"),
        }
    }
}

impl Model for Counter {
    type Operation = CounterOp;
    type Answer = CounterAnswer;
    type State = i64;

    fn initial() -> i64 {
        0
    }

    fn step(state: &i64, operation: &CounterOp, answer: Option<&CounterAnswer>) -> Option<i64> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn read_only(operation: &CounterOp, _: &CounterAnswer) -> bool {
        *operation == CounterOp::Read
    }
}

impl Generate for Counter {
    const KINDS: &'static [Kind] =
        &[Kind { name: "add", weight: 50 }, Kind { name: "read", weight: 50 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> CounterOp {
        match kind {
            0 => CounterOp::Add(i64::from(draws.below(5)) + 1),
            1 => CounterOp::Read,
            _ => panic!("a counter has kinds 0 and 1, not {kind}"),
        }
    }
}

impl Serve for Counter {
    fn serve(state: &mut i64, operation: &CounterOp) -> CounterAnswer {
        match *operation {
            CounterOp::Add(amount) => {
                *state = state.wrapping_add(amount);
                CounterAnswer::Added
            }
            CounterOp::Read => CounterAnswer::Value(*state),
        }
    }
}

impl Model for UniqueIds {
    type Operation = NextId;
    type Answer = Id;
    type State = BTreeSet<u64>;

    fn initial() -> BTreeSet<u64> {
        BTreeSet::new()
    }

    fn step(state: &BTreeSet<u64>, _: &NextId, answer: Option<&Id>) -> Option<BTreeSet<u64>> {
        let mut next = state.clone();
        // An id that nobody was told cannot be seen to come twice.
        answer.is_none_or(|id| next.insert(id.0)).then_some(next)
    }
}

impl Generate for UniqueIds {
    const KINDS: &'static [Kind] = &[Kind { name: "next", weight: 1 }];

    fn generate(kind: usize, _: &mut Draws<'_>) -> NextId {
        assert_eq!(kind, 0, "unique ids have kind 0 alone");
        NextId
    }
}

impl Serve for UniqueIds {
    fn serve(state: &mut BTreeSet<u64>, _: &NextId) -> Id {
        let id = state.last().map_or(0, |last| last + 1);
        state.insert(id);
        Id(id)
    }
}

impl Model for Log {
    type Operation = LogOp;
    type Answer = LogAnswer;
    type State = Vec<u64>;

    fn initial() -> Vec<u64> {
        Vec::new()
    }

    fn step(state: &Vec<u64>, operation: &LogOp, answer: Option<&LogAnswer>) -> Option<Vec<u64>> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn weight(state: &Vec<u64>) -> u64 {
        state.len() as u64 / 12
    }

    fn read_only(operation: &LogOp, _: &LogAnswer) -> bool {
        matches!(operation, LogOp::Read(_))
    }

    fn grows(_: &LogOp) -> bool {
        true
    }

    fn feasible(state: &Vec<u64>, operation: &LogOp, answer: &LogAnswer) -> bool {
        match (operation, answer) {
            (LogOp::Read(offset), LogAnswer::Entries(entries)) => {
                entries.starts_with(state.get(*offset as usize..).unwrap_or_default())
            }
            (LogOp::Append(_) | LogOp::Read(_), _) => true,
        }
    }
}

impl Generate for Log {
    const KINDS: &'static [Kind] =
        &[Kind { name: "append", weight: 50 }, Kind { name: "read", weight: 50 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> LogOp {
        match kind {
            0 => LogOp::Append(draws.unique_value()),
            1 => LogOp::Read(u64::from(draws.below(4))),
            _ => panic!("a log has kinds 0 and 1, not {kind}"),
        }
    }
}

impl Serve for Log {
    fn serve(state: &mut Vec<u64>, operation: &LogOp) -> LogAnswer {
        match *operation {
            LogOp::Append(entry) => {
                state.push(entry);
                LogAnswer::At(state.len() as u64 - 1)
            }
            LogOp::Read(offset) => {
                LogAnswer::Entries(state.get(offset as usize..).unwrap_or_default().to_vec())
            }
        }
    }
}
