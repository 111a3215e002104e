//! Transactions from the calls of a file: `f` is `txn` and the value a list of `[f key value]`.
//!
//! The invariant: keys and values get numbers in order of first appearance.

use super::{Transactions, Txn, TxnOp, TxnOutcome};
use crate::fixed::FixedMap;
use crate::fixed::Interner;
use crate::format::{Call, Datum, Entry, EntryKind, Format, FormatError, Outcome, Recording};
use crate::history::Process;

/// Pairs entries as Elle does: a completion without an invocation stands for both, and an
/// invocation by a process that waits leaves what it waited for unknown.
///
/// # Errors
/// If an entry is an error.
pub fn pair_leniently(
    entries: impl IntoIterator<Item = Result<Entry, FormatError>>,
) -> Result<Recording, FormatError> {
    let mut calls: Vec<Call> = Vec::new();
    let mut open: FixedMap<Process, usize> = FixedMap::default();
    for (at, entry) in (1..).zip(entries) {
        let Entry { line, process, kind, function, key, value } = entry?;
        let found = if kind == EntryKind::Invoke { None } else { open.remove(&process) };
        let place = found.unwrap_or_else(|| {
            let value = value.clone();
            let outcome = Outcome::Unknown;
            calls.push(Call { line, process, invoked: at, function, key, value, outcome });
            calls.len() - 1
        });
        match kind {
            EntryKind::Invoke => {
                open.insert(process, place);
            }
            EntryKind::Ok => calls[place].outcome = Outcome::Ok { at, value },
            EntryKind::Fail => calls[place].outcome = Outcome::Fail { at, value },
            EntryKind::Info => {}
        }
    }
    Ok(Recording { calls })
}

#[derive(Default)]
struct Names {
    keys: Interner<Datum>,
    values: Interner<Datum>,
    /// Keys to which somebody wrote 0, which is then no initial value.
    zeros: Vec<Datum>,
}

/// The transactions that a recording holds.
///
/// # Errors
/// If a call is no transaction, or one of its micro-operations means nothing.
pub fn transactions(recording: &Recording, format: Format) -> Result<Transactions, FormatError> {
    let lists = recording.calls.iter().any(|call| {
        let ops = call.value.list().unwrap_or_default();
        ops.iter().any(|op| matches!(op.list(), Some([f, ..]) if f.text() == Some("append")))
    });
    let lists = lists || recording.calls.iter().any(reads_lists);
    let mut names = Names { zeros: written_zeros(recording), ..Names::default() };
    let mut txns = Vec::with_capacity(recording.calls.len());
    for call in &recording.calls {
        if call.function != "txn" {
            let problem = format!("expected `txn`, found `{}`", call.function);
            return Err(FormatError::field(call.line, "f", problem));
        }
        let (outcome, completed, value) = match &call.outcome {
            Outcome::Ok { at, value } => (TxnOutcome::Committed, Some(*at), value),
            Outcome::Fail { .. } => (TxnOutcome::Aborted, None, &call.value),
            Outcome::Unknown => (TxnOutcome::Unknown, None, &call.value),
        };
        let Some(list) = value.list() else {
            let problem = format!("{value} is no list of micro-operations");
            return Err(FormatError::field(call.line, "value", problem));
        };
        let known = outcome == TxnOutcome::Committed;
        let ops: Result<Vec<TxnOp>, String> =
            list.iter().map(|op| names.decode(op, lists, known, format)).collect();
        let ops = ops.map_err(|problem| FormatError::field(call.line, "value", problem))?;
        let (process, line, invoked) = (call.process, call.line, call.invoked);
        txns.push(Txn { process, line, invoked, completed, outcome, ops });
    }
    let show = |names: &Interner<Datum>| {
        (0..names.len() as u32)
            .map(|id| names.get(id).held().unwrap_or_else(|| String::from("nil")))
            .collect()
    };
    let (keys, values) = (show(&names.keys), show(&names.values));
    Ok(Transactions { txns, keys, values, realtime: format.has_realtime() })
}

fn written_zeros(recording: &Recording) -> Vec<Datum> {
    let mut zeros = Vec::new();
    for op in recording.calls.iter().filter_map(|call| call.value.list()).flatten() {
        if let Some([f, key, Datum::Number(0)]) = op.list()
            && f.text() == Some("w")
            && !zeros.contains(key)
        {
            zeros.push(key.clone());
        }
    }
    zeros
}

fn reads_lists(call: &Call) -> bool {
    let Outcome::Ok { value, .. } = &call.outcome else { return false };
    let ops = value.list().unwrap_or_default();
    ops.iter().any(|op| matches!(op.list(), Some([_, _, value, ..]) if value.list().is_some()))
}

impl Names {
    fn decode(
        &mut self,
        op: &Datum,
        lists: bool,
        known: bool,
        format: Format,
    ) -> Result<TxnOp, String> {
        let (name, key, value) = match op.list() {
            Some([name, key, value]) => (name, key, value),
            Some([name, key]) => (name, key, &Datum::Nil),
            _ => return Err(format!("{op} is not [f key value]")),
        };
        let zero = self.zeros.contains(key);
        let key = self.keys.intern(key.clone());
        match name.text() {
            Some("append") => Ok(TxnOp::Append { key, value: self.values.intern(value.clone()) }),
            Some("w") => Ok(TxnOp::Write { key, value: self.values.intern(value.clone()) }),
            Some("r") if lists => {
                let values = match value {
                    Datum::Nil => Vec::new(),
                    Datum::List(items) => {
                        items.iter().map(|item| self.values.intern(item.clone())).collect()
                    }
                    other => return Err(format!("{other} is no list")),
                };
                Ok(TxnOp::List { key, values: known.then_some(values) })
            }
            Some("r") => {
                let initial = *value == Datum::Nil
                    || (format == Format::Awdit && *value == Datum::Number(0) && !zero);
                let value = (!initial).then(|| self.values.intern(value.clone()));
                Ok(TxnOp::Read { key, value: known.then_some(value) })
            }
            _ => Err(format!("{name} is none of r, w, append")),
        }
    }
}
