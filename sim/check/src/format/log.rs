//! Jepsen's log lines, which Porcupine's tests use:
//! `INFO  jepsen.util - 4 :invoke :cas [1 2]`, with tabs or spaces between the words.
//!
//! The invariant: a line that is not of this form is another's and is skipped.

use super::edn::{form, kind_of};
use super::{Datum, Entry, FormatError};
use crate::history::Process;

/// What every line of the history begins with.
pub(super) const PREFIX: &str = "jepsen.util";

/// The entry of a line; none for a line of another's.
pub(super) fn entry(text: &str, line: u64) -> Result<Option<Entry>, FormatError> {
    let mut words = text.split_whitespace().skip_while(|word| *word != PREFIX).skip(1);
    let ("-", Some(process)) = (words.next().unwrap_or_default(), words.next()) else {
        return Ok(None);
    };
    let Ok(client) = process.parse() else { return Ok(None) };
    let kind = words.next().and_then(|word| word.strip_prefix(':')).and_then(kind_of);
    let function = words.next().and_then(|word| word.strip_prefix(':'));
    let (Some(kind), Some(function)) = (kind, function) else {
        return Err(FormatError::line(line, "expected `process :type :f value`"));
    };
    let rest = words.collect::<Vec<_>>().join(" ");
    let value = form(&rest, line)?.unwrap_or(Datum::Nil);
    let process = Process::of_client(client);
    let function = function.to_owned();
    Ok(Some(Entry { line, process, kind, function, key: None, value }))
}
