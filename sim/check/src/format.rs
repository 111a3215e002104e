//! Files of histories: what was invoked and what came back, in the layouts that people record.
//!
//! The invariant: an error names the line and the field; nothing is skipped in silence but lines
//! that are no part of a history in that layout (log lines of others, a nemesis's entries).

mod awdit;
mod datum;
mod detect;
mod edn;
mod entries;
mod json;
mod log;
mod pair;
mod write;

pub use datum::Datum;
pub use detect::Format;
pub use entries::{Entries, read};
pub use pair::{Call, Outcome, Recording, pair};
pub use write::{write_edn, write_json_lines};

use crate::history::Process;
use std::fmt;

/// What an entry of a history says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An operation was asked for.
    Invoke,
    /// It was answered.
    Ok,
    /// It was refused; what that means depends on who recorded it ([`crate::FailMeans`]).
    Fail,
    /// Nobody knows.
    Info,
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line in the file, from 1.
    pub line: u64,
    /// Who it is about.
    pub process: Process,
    /// What it says.
    pub kind: EntryKind,
    /// The name of the operation.
    pub function: String,
    /// The key it is about, if it is apart from the value.
    pub key: Option<Datum>,
    /// The argument or the answer.
    pub value: Datum,
}

/// Why a file could not be read. Nothing was judged.
#[derive(Debug)]
pub enum FormatError {
    /// The file could not be read at all.
    Unreadable(std::io::Error),
    /// No layout that we know looks like this.
    Unrecognised,
    /// A line says something else than its layout allows.
    Line {
        /// The line, from 1.
        line: u64,
        /// The field, if it is about one.
        field: Option<&'static str>,
        /// What is wrong.
        problem: String,
    },
}

impl FormatError {
    pub(crate) fn line(line: u64, problem: impl Into<String>) -> FormatError {
        FormatError::Line { line, field: None, problem: problem.into() }
    }

    pub(crate) fn field(line: u64, field: &'static str, problem: impl Into<String>) -> FormatError {
        FormatError::Line { line, field: Some(field), problem: problem.into() }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::Unreadable(error) => write!(f, "cannot read: {error}"),
            FormatError::Unrecognised => {
                f.write_str("no known format of histories; name one of ")?;
                let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
                f.write_str(&names.join(", "))
            }
            FormatError::Line { line, field: Some(field), problem } => {
                write!(f, "line {line}: field `{field}`: {problem}")
            }
            FormatError::Line { line, field: None, problem } => write!(f, "line {line}: {problem}"),
        }
    }
}

impl std::error::Error for FormatError {}
