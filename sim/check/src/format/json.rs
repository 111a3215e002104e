//! JSON Lines: ours, and Elle's, which are the same but for the fields that say when.
//!
//! Ours has one object a line:
//! `{"at":404,"process":"c1","type":"invoke","f":"write","key":"x","value":7}`.
//! The invariant: what [`super::write_json_lines`] writes is read back the same.

use super::edn::kind_of;
use super::{Datum, Entry, EntryKind, FormatError};
use crate::history::Process;
use serde_json::Value;

/// The entry of a line; none for one that is empty or about a process that is not a client.
pub(super) fn entry(text: &str, line: u64) -> Result<Option<Entry>, FormatError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        FormatError::line(line, format!("not JSON, at column {}", error.column()))
    })?;
    said(&value, line)
}

/// The kind called `word`.
pub(super) fn kind(word: &str, line: u64) -> Result<EntryKind, FormatError> {
    kind_of(word).ok_or_else(|| {
        FormatError::field(line, "type", format!("`{word}` is none of invoke, ok, fail, info"))
    })
}

fn said(value: &Value, line: u64) -> Result<Option<Entry>, FormatError> {
    let field = |name: &'static str| {
        value.get(name).ok_or_else(|| FormatError::field(line, name, "is missing"))
    };
    let Some(process) = process(field("process")?, line)? else { return Ok(None) };
    let kind = kind(field("type")?.as_str().unwrap_or_default(), line)?;
    let function = match value.get("f") {
        Some(Value::String(function)) => function.clone(),
        // Elle leaves it out where all is transactions.
        None | Some(Value::Null) if value.get("value").is_some_and(Value::is_array) => {
            String::from("txn")
        }
        Some(_) => return Err(FormatError::field(line, "f", "is no string")),
        None => return Err(FormatError::field(line, "f", "is missing")),
    };
    let key = value.get("key").map(datum);
    let value = value.get("value").map_or(Datum::Nil, datum);
    Ok(Some(Entry { line, process, kind, function, key, value }))
}

/// A process: a number, `c1`, or `c1.2`; any other name is no client's.
fn process(value: &Value, line: u64) -> Result<Option<Process>, FormatError> {
    let bad = || FormatError::field(line, "process", format!("{value} is out of range"));
    match value {
        Value::Number(number) => {
            let client = number.as_u64().and_then(|number| u32::try_from(number).ok());
            client.map(|client| Some(Process::of_client(client))).ok_or_else(bad)
        }
        Value::String(name) => {
            let Some(numbers) = name.strip_prefix('c') else { return Ok(None) };
            let (client, lane) = numbers.split_once('.').unwrap_or((numbers, "1"));
            match (client.parse(), lane.parse()) {
                (Ok(client), Ok(lane)) => Ok(Some(Process { client, lane })),
                _ => Ok(None),
            }
        }
        _ => Err(bad()),
    }
}

/// The same value, as the other layouts have it.
pub(super) fn datum(value: &Value) -> Datum {
    match value {
        Value::Null => Datum::Nil,
        Value::Bool(truth) => Datum::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Datum::Number(number),
            None => Datum::Word(number.to_string()),
        },
        Value::String(text) => Datum::Text(text.clone()),
        Value::Array(items) => Datum::List(items.iter().map(datum).collect()),
        Value::Object(pairs) => Datum::Map(
            pairs.iter().map(|(key, value)| (Datum::Text(key.clone()), datum(value))).collect(),
        ),
    }
}
