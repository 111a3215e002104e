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

impl Process {
    /// The first lane of a client.
    #[must_use]
    pub fn of_client(client: u32) -> Process {
        Process { client, lane: 1 }
    }
}

impl<O, A> History<O, A> {
    /// Adds an operation of `client` that was invoked at `invoked` and answered at `at`.
    pub fn complete(&mut self, client: u32, operation: O, answer: A, invoked: u64, at: u64) {
        let completion = Completion::Ok { at, answer };
        self.add(client, operation, invoked, completion);
    }

    /// Adds an operation of `client` that was invoked at `invoked` and never answered.
    pub fn pend(&mut self, client: u32, operation: O, invoked: u64) {
        self.add(client, operation, invoked, Completion::Unknown);
    }

    fn add(&mut self, client: u32, operation: O, invoked: u64, completion: Completion<A>) {
        let process = Process::of_client(client);
        self.operations.push(Operation { process, invoked, operation, completion });
    }
}

impl<O, A> Operation<O, A> {
    /// The answer, if one came.
    pub fn answer(&self) -> Option<&A> {
        match &self.completion {
            Completion::Ok { answer, .. } => Some(answer),
            Completion::Failed { .. } | Completion::Unknown => None,
        }
    }

    /// The position at which the client knew that it had taken effect.
    pub fn completed(&self) -> Option<u64> {
        match self.completion {
            Completion::Ok { at, .. } => Some(at),
            Completion::Failed { .. } | Completion::Unknown => None,
        }
    }
}

impl<O, A> Default for History<O, A> {
    fn default() -> Self {
        History { operations: Vec::new() }
    }
}
