//! Histories written as files: our JSON Lines, and Jepsen's EDN.
//!
//! The invariant: entries are written in the order in which they happened; a process that goes on
//! after an operation whose outcome nobody knows has an `info` before its next invocation.

use super::{Call, Datum, EntryKind, Outcome, Recording};
use crate::fixed::FixedMap;
use crate::history::Process;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Writes our JSON Lines.
///
/// # Errors
/// If `out` refuses.
pub fn write_json_lines(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    for entry in entries(recording) {
        let mut line = Map::new();
        line.insert("at".into(), json!(entry.at));
        line.insert("process".into(), json!(entry.call.process.to_string()));
        line.insert("type".into(), json!(name(entry.kind)));
        line.insert("f".into(), json!(entry.call.function));
        if let Some(key) = &entry.call.key {
            line.insert("key".into(), value(key));
        }
        line.insert("value".into(), value(entry.value));
        writeln!(out, "{}", Value::Object(line))?;
    }
    Ok(())
}

/// Writes Jepsen's EDN. A process keeps its number; the second lane of client 3 has 1,000,003.
///
/// # Errors
/// If `out` refuses.
pub fn write_edn(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    for entry in entries(recording) {
        let process = entry.call.process;
        let number = u64::from(process.client) + 1_000_000 * u64::from(process.lane - 1);
        let kind = name(entry.kind);
        write!(out, "{{:process {number}, :type :{kind}, :f :{}", entry.call.function)?;
        if let Some(key) = &entry.call.key {
            write!(out, ", :key {key}")?;
        }
        writeln!(out, ", :value {}, :index {}}}", entry.value, entry.at)?;
    }
    Ok(())
}

struct Line<'r> {
    at: u64,
    call: &'r Call,
    kind: EntryKind,
    value: &'r Datum,
}

fn entries(recording: &Recording) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(recording.calls.len() * 2);
    let mut next: FixedMap<Process, u64> = FixedMap::default();
    for call in recording.calls.iter().rev() {
        let resumed = next.insert(call.process, call.invoked);
        lines.push(Line { at: call.invoked, call, kind: EntryKind::Invoke, value: &call.value });
        match &call.outcome {
            Outcome::Ok { at, value } => {
                lines.push(Line { at: *at, call, kind: EntryKind::Ok, value });
            }
            Outcome::Fail { at, value } => {
                lines.push(Line { at: *at, call, kind: EntryKind::Fail, value });
            }
            Outcome::Unknown => lines.extend(resumed.map(|at| {
                let (kind, value) = (EntryKind::Info, &Datum::Nil);
                Line { at, call, kind, value }
            })),
        }
    }
    lines.sort_by_key(|line| (line.at, line.kind == EntryKind::Invoke));
    lines
}

fn name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Invoke => "invoke",
        EntryKind::Ok => "ok",
        EntryKind::Fail => "fail",
        EntryKind::Info => "info",
    }
}

fn value(datum: &Datum) -> Value {
    match datum {
        Datum::Nil => Value::Null,
        Datum::Bool(truth) => json!(truth),
        Datum::Number(number) => json!(number),
        Datum::Text(text) | Datum::Word(text) => json!(text),
        Datum::List(items) => Value::Array(items.iter().map(value).collect()),
        Datum::Map(pairs) => Value::Object(
            pairs
                .iter()
                .map(|(key, item)| {
                    (key.text().map_or_else(|| key.to_string(), str::to_owned), value(item))
                })
                .collect(),
        ),
    }
}
