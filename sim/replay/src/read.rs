//! Reading a trace file: JSON Lines, packed or not.
//!
//! The invariant: a file that is cut off, foreign or of another version is an error with its line,
//! never a shorter run.

use crate::recording::{Gathering, Recording};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use squall_engine::trace::{Line, TRACE_VERSION};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

/// Why a trace could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The file could not be read, or its packing is broken.
    Unreadable(io::Error),
    /// It is no trace.
    Foreign(String),
    /// A line says what a trace cannot say.
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// It ends too early.
    Cut(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Unreadable(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the file is cut off")
            }
            ReadError::Unreadable(error) => write!(f, "cannot read: {error}"),
            ReadError::Foreign(why) => write!(f, "not a trace: {why}"),
            ReadError::Line { line, problem } => write!(f, "line {line}: {problem}"),
            ReadError::Cut(why) => write!(f, "not a whole trace: {why}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a trace.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(source: impl Read) -> Result<Recording, ReadError> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let packed = source.fill_buf().map_err(ReadError::Unreadable)?.starts_with(&[0x1f, 0x8b]);
    match packed {
        true => lines(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(source))),
        false => lines(source),
    }
}

fn lines(mut source: impl BufRead) -> Result<Recording, ReadError> {
    let mut text = String::new();
    source.read_line(&mut text).map_err(not_text)?;
    let header = match parse(&text)? {
        Line::Header(header) => *header,
        _ => return Err(ReadError::Foreign("it does not begin with a header".to_string())),
    };
    let mut gathering = Gathering::new(header);
    for line in 2.. {
        text.clear();
        if source.read_line(&mut text).map_err(ReadError::Unreadable)? == 0 {
            break;
        }
        let read = serde_json::from_str(&text).map_err(|error| match error.is_eof() {
            true => "it is cut off".to_string(),
            false => error.to_string(),
        });
        let taken = read.and_then(|read| gathering.line(read));
        taken.map_err(|problem| ReadError::Line { line, problem })?;
    }
    gathering.finish().map_err(ReadError::Cut)
}

fn not_text(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::InvalidData => ReadError::Foreign("it is not text".to_string()),
        _ => ReadError::Unreadable(error),
    }
}

/// The first line, which says the version before anything else is believed.
fn parse(text: &str) -> Result<Line, ReadError> {
    if text.is_empty() {
        return Err(ReadError::Foreign("the file is empty".to_string()));
    }
    let foreign = |why: String| ReadError::Foreign(why);
    let value: Value = serde_json::from_str(text)
        .map_err(|error| foreign(format!("its first line is not JSON: {error}")))?;
    let version = value.get("header").and_then(|header| header.get("version"));
    match version.and_then(Value::as_u64) {
        Some(version) if version == u64::from(TRACE_VERSION) => {}
        Some(version) => {
            let why = format!("version {version} is not known; this squall reads {TRACE_VERSION}");
            return Err(foreign(why));
        }
        None => return Err(foreign("it does not begin with a header".to_string())),
    }
    serde_json::from_value(value).map_err(|error| foreign(format!("its header: {error}")))
}
