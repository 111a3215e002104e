//! AWDIT's text: `r key value` and `w key value`, one a line; `-----` ends a transaction and
//! `=====` a session.
//!
//! The invariant: sessions become processes; nothing is known about real time, so every entry of
//! the history overlaps those of other sessions.

use super::{Datum, Entry, EntryKind, FormatError};
use crate::history::Process;

/// What has been read and not yet ended.
#[derive(Default)]
pub(super) struct Sessions {
    session: u32,
    open: Vec<Datum>,
}

impl Sessions {
    /// Takes a line in, and gives an invocation and a completion for a transaction that it ends.
    pub(super) fn take(
        &mut self,
        text: &str,
        line: u64,
        entries: &mut impl Extend<Entry>,
    ) -> Result<(), FormatError> {
        let text = text.trim();
        if text.starts_with("---") || text.starts_with("===") {
            self.close(line, entries);
            self.session += u32::from(text.starts_with('='));
            return Ok(());
        }
        let mut words = text.split_whitespace();
        let Some(what) = words.next() else { return Ok(()) };
        let (Some(key), Some(value)) = (words.next(), words.next()) else {
            return Err(FormatError::line(line, "expected `r key value` or `w key value`"));
        };
        if what != "r" && what != "w" {
            let problem = format!("`{what}` is neither r nor w");
            return Err(FormatError::line(line, problem));
        }
        self.open.push(Datum::List(vec![Datum::Word(what.to_owned()), number(key), number(value)]));
        Ok(())
    }

    /// Ends the transaction that is being read, if there is one.
    pub(super) fn close(&mut self, line: u64, entries: &mut impl Extend<Entry>) {
        if self.open.is_empty() {
            return;
        }
        let value = Datum::List(std::mem::take(&mut self.open));
        let process = Process::of_client(self.session);
        let function = String::from("txn");
        let of_kind = |kind| {
            let (function, value) = (function.clone(), value.clone());
            Entry { line, process, kind, function, key: None, value }
        };
        entries.extend([EntryKind::Invoke, EntryKind::Ok].map(of_kind));
    }
}

fn number(word: &str) -> Datum {
    word.parse().map_or_else(|_| Datum::Word(word.to_owned()), Datum::Number)
}
