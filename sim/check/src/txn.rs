//! Transactions: which anomalies a history of them shows, and which isolation levels it still
//! agrees with.
//!
//! The invariant: an anomaly is reported only with the operations that prove it; a level is `Ok`
//! only if everything that could break it was looked at.

mod anomaly;
mod append;
mod classify;
mod decode;
mod graph;
mod level;
mod order;
mod recipe;
mod register;
mod report;
mod verify;
mod weak;

pub use anomaly::{Anomaly, AnomalyKind, Reach};
pub use decode::{pair_leniently, transactions};
pub(crate) use graph::Graph;
pub use graph::{Edge, EdgeKind};
pub use level::Level;
pub use recipe::{Isolation, TxnRecipe};
pub use report::{Judgement, LevelVerdict, Report, analyze, judge};
pub use verify::{AnomalyFlaw, verify_anomaly};

use crate::history::Process;

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxnOutcome {
    /// It took effect.
    Committed,
    /// It did not.
    Aborted,
    /// Nobody knows. It counts as committed once somebody saw what it wrote.
    Unknown,
}

/// A micro-operation of a transaction. Keys and values are numbers into [`Transactions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxnOp {
    /// Add an element to a list.
    Append {
        /// The list.
        key: u32,
        /// The element.
        value: u32,
    },
    /// Replace a register's value.
    Write {
        /// The register.
        key: u32,
        /// The value.
        value: u32,
    },
    /// Read a list.
    List {
        /// The list.
        key: u32,
        /// The elements, if it is known what was read.
        values: Option<Vec<u32>>,
    },
    /// Read a register.
    Read {
        /// The register.
        key: u32,
        /// The value, if it is known; `Some(None)` is the initial one.
        value: Option<Option<u32>>,
    },
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Txn {
    /// Who asked.
    pub process: Process,
    /// The line of its invocation, or of its completion if that is all there is.
    pub line: u64,
    /// Position of the invocation.
    pub invoked: u64,
    /// Position of the completion, if it is known to have committed.
    pub completed: Option<u64>,
    /// How it ended.
    pub outcome: TxnOutcome,
    /// What it did, in order.
    pub ops: Vec<TxnOp>,
}

/// A history of transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transactions {
    /// In order of invocation.
    pub txns: Vec<Txn>,
    /// What the keys are called.
    pub keys: Vec<String>,
    /// What the values are called.
    pub values: Vec<String>,
    /// Whether positions say what was before what.
    pub realtime: bool,
}

/// Transactions as sentences name them.
fn names(history: &Transactions, txns: &[u32]) -> String {
    let name = |&id: &u32| {
        let Txn { process, line, .. } = history.txns[id as usize];
        format!("T{} ({process}, line {line})", id + 1)
    };
    let names: Vec<String> = txns.iter().map(name).collect();
    names.join(", ")
}

/// What may be taken for granted about registers, whose order of versions nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assume {
    /// A transaction that reads a register and then writes it replaces what it read.
    pub writes_follow_reads: bool,
    /// Each register by itself is sequentially consistent.
    pub sequential_keys: bool,
    /// Each register by itself is linearizable.
    pub linearizable_keys: bool,
    /// Whatever is read was written in this history, or is the initial value.
    pub closed: bool,
}

impl Default for Assume {
    /// What holds at every level from read committed on, and nothing else.
    fn default() -> Self {
        Assume {
            writes_follow_reads: true,
            sequential_keys: false,
            linearizable_keys: false,
            closed: true,
        }
    }
}
