//! What clients asked and what they were told: the history that a checker judges.
//!
//! The invariant: positions are strictly increasing instants of one total order (event numbers in
//! a simulation, line numbers in a log); two operations overlap exactly when their intervals do.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One sequential source of operations: lane `lane` of client `client`, both counted from 1.
/// Printed `c1`, or `c1.2` for a lane other than the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Process {
    /// The client, from 1.
    pub client: u32,
    /// The lane within the client, from 1.
    pub lane: u32,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lane {
            1 => write!(f, "c{}", self.client),
            lane => write!(f, "c{}.{lane}", self.client),
        }
    }
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Completion<A> {
    /// It took effect and returned this answer at position `at`.
    Ok {
        /// Position of the completion.
        at: u64,
        /// What the client was told.
        answer: A,
    },
    /// It did not take effect and never will.
    Failed {
        /// Position of the completion.
        at: u64,
    },
    /// Nobody knows: it may take effect at any later instant, or never.
    Unknown,
}

/// One operation of one process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Operation<O, A> {
    /// Who asked.
    pub process: Process,
    /// Position of the invocation.
    pub invoked: u64,
    /// What was asked.
    pub operation: O,
    /// How it ended.
    pub completion: Completion<A>,
}

/// All operations of a run, in order of invocation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct History<O, A> {
    /// The operations, their `invoked` strictly increasing.
    pub operations: Vec<Operation<O, A>>,
}

impl<O, A> Default for History<O, A> {
    fn default() -> Self {
        History { operations: Vec::new() }
    }
}
