//! Entries made into calls: each invocation with what came of it.
//!
//! The invariant: a call's positions are the places of its entries in the history, from 1.

use super::{Datum, Entry, EntryKind, FormatError};
use crate::fixed::FixedMap;
use crate::history::Process;

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered with this value.
    Ok {
        /// Position of the completion.
        at: u64,
        /// The value.
        value: Datum,
    },
    /// It was refused.
    Fail {
        /// Position of the completion.
        at: u64,
        /// What the refusal said.
        value: Datum,
    },
    /// Nobody knows.
    Unknown,
}

/// An invocation and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The line of the invocation.
    pub line: u64,
    /// Who asked.
    pub process: Process,
    /// Position of the invocation.
    pub invoked: u64,
    /// The name of the operation.
    pub function: String,
    /// The key, if it is apart from the value.
    pub key: Option<Datum>,
    /// The argument.
    pub value: Datum,
    /// What came of it.
    pub outcome: Outcome,
}

/// The calls of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// In order of invocation.
    pub calls: Vec<Call>,
}

impl Recording {
    /// How many were never answered.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.calls.iter().filter(|call| call.outcome == Outcome::Unknown).count()
    }
}

/// Pairs every invocation with its completion.
///
/// # Errors
/// If an entry is an error, a process asks while it waits, or is answered without having asked.
pub fn pair(
    entries: impl IntoIterator<Item = Result<Entry, FormatError>>,
) -> Result<Recording, FormatError> {
    let mut calls: Vec<Call> = Vec::new();
    let mut open: FixedMap<Process, usize> = FixedMap::default();
    for (at, entry) in (1..).zip(entries) {
        let Entry { line, process, kind, function, key, value } = entry?;
        if kind == EntryKind::Invoke {
            if let Some(before) = open.insert(process, calls.len()) {
                let before = calls[before].line;
                let problem = format!("{process} is still waiting for what it asked at {before}");
                return Err(FormatError::field(line, "process", problem));
            }
            let outcome = Outcome::Unknown;
            calls.push(Call { line, process, invoked: at, function, key, value, outcome });
            continue;
        }
        let Some(place) = open.remove(&process) else {
            if kind == EntryKind::Info {
                continue;
            }
            let problem = format!("{process} is answered without having asked");
            return Err(FormatError::field(line, "process", problem));
        };
        if calls[place].function != function {
            let problem = format!("`{function}` answers a `{}`", calls[place].function);
            return Err(FormatError::field(line, "f", problem));
        }
        calls[place].outcome = match kind {
            EntryKind::Ok => Outcome::Ok { at, value },
            EntryKind::Fail => Outcome::Fail { at, value },
            EntryKind::Invoke | EntryKind::Info => Outcome::Unknown,
        };
    }
    Ok(Recording { calls })
}
