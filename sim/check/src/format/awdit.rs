//! AWDIT's text: `r key value` and `w key value`, one a line; `-----` ends a transaction and
//! `=====` a session.
//!
//! The invariant: sessions become processes; nothing is known about real time, so every entry of
//! the history overlaps those of other sessions.

use super::{Datum, Entry, EntryKind, FormatError};
use crate::history::Process;

/// Reads the entries of `text`: an invocation and a completion for each transaction.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, FormatError> {
    let mut entries = Vec::new();
    let mut session = 0;
    let mut open: Vec<Datum> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.starts_with("---") || text.starts_with("===") {
            close(&mut entries, session, &mut open, line);
            session += u32::from(text.starts_with('='));
            continue;
        }
        let mut words = text.split_whitespace();
        let Some(what) = words.next() else { continue };
        let (Some(key), Some(value)) = (words.next(), words.next()) else {
            return Err(FormatError::line(line, "expected `r key value` or `w key value`"));
        };
        if what != "r" && what != "w" {
            let problem = format!("`{what}` is neither r nor w");
            return Err(FormatError::line(line, problem));
        }
        open.push(Datum::List(vec![Datum::Word(what.to_owned()), number(key), number(value)]));
    }
    close(&mut entries, session, &mut open, text.lines().count() as u64);
    Ok(entries)
}

fn number(word: &str) -> Datum {
    word.parse().map_or_else(|_| Datum::Word(word.to_owned()), Datum::Number)
}

fn close(entries: &mut Vec<Entry>, session: u32, open: &mut Vec<Datum>, line: u64) {
    if open.is_empty() {
        return;
    }
    let value = Datum::List(std::mem::take(open));
    for kind in [EntryKind::Invoke, EntryKind::Ok] {
        let process = Process::of_client(session);
        let function = String::from("txn");
        entries.push(Entry { line, process, kind, function, key: None, value: value.clone() });
    }
}
