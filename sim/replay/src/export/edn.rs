//! The clients' history as Jepsen writes it, which `squall check` reads back.
//!
//! The invariant: an operation is named by its form in the model, its key stands apart, and what
//! else it says is its value.

use crate::recording::Recording;
use serde_json::Value;
use squall_check::Process;
use squall_check::format::{self, Call, Datum, Outcome, write_edn};
use squall_engine::trace::Recorded;
use std::io::{self, Write};

pub(super) fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let calls: io::Result<Vec<Call>> = recording.operations.iter().map(call).collect();
    write_edn(&format::Recording { calls: calls? }, out)
}

fn call(operation: &Recorded) -> io::Result<Call> {
    let process = process(&operation.process).ok_or_else(|| {
        let problem = format!("`{}` is no process, such as c1 or c1.2", operation.process);
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })?;
    let (function, key, value) = asked(&operation.call);
    let invoked = operation.invoked.0;
    let outcome = match (operation.completed, operation.ended.as_str()) {
        (Some(at), "ok") => {
            let value = operation.told.as_ref().map_or(Datum::Nil, |told| answered(told, &value));
            Outcome::Ok { at: at.0, value }
        }
        (Some(at), _) => Outcome::Fail { at: at.0, value: value.clone() },
        (None, _) => Outcome::Unknown,
    };
    Ok(Call { line: 0, process, invoked, function, key, value, outcome })
}

/// Reads `c1` or `c1.2`.
fn process(text: &str) -> Option<Process> {
    let (client, lane) = match text.split_once('.') {
        Some((client, lane)) => (client, lane.parse().ok()?),
        None => (text, 1),
    };
    Some(Process { client: client.strip_prefix('c')?.parse().ok()?, lane })
}

/// The name, the key and the rest of what was asked: `{"write": {"key": 0, "value": 5}}`.
fn asked(call: &Value) -> (String, Option<Datum>, Datum) {
    let (name, rest) = match call {
        Value::String(name) => return (name.clone(), None, Datum::Nil),
        Value::Object(fields) if fields.len() == 1 => {
            fields.iter().next().expect("there is one field")
        }
        other => return ("do".to_string(), None, datum(other)),
    };
    let Value::Object(fields) = rest else { return (name.clone(), None, datum(rest)) };
    let key = fields.get("key").map(datum);
    let mut rest: Vec<Datum> =
        fields.iter().filter(|(name, _)| *name != "key").map(|(_, value)| datum(value)).collect();
    let value = match rest.len() {
        0 => Datum::Nil,
        1 => rest.remove(0),
        _ => Datum::List(rest),
    };
    (name.clone(), key, value)
}

/// What was told; a bare word such as `written` repeats what was asked, as Jepsen does.
fn answered(told: &Value, asked: &Datum) -> Datum {
    match told {
        Value::String(_) => asked.clone(),
        Value::Object(fields) if fields.len() == 1 => {
            fields.values().next().map_or(Datum::Nil, datum)
        }
        other => datum(other),
    }
}

fn datum(value: &Value) -> Datum {
    match value {
        Value::Null => Datum::Nil,
        Value::Bool(truth) => Datum::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Datum::Number(number),
            None => Datum::Text(number.to_string()),
        },
        Value::String(text) => Datum::Text(text.clone()),
        Value::Array(items) => Datum::List(items.iter().map(datum).collect()),
        Value::Object(fields) => {
            let pair = |(name, value): (&String, &Value)| (Datum::Word(name.clone()), datum(value));
            Datum::Map(fields.iter().map(pair).collect())
        }
    }
}
