//! Jepsen's EDN: one map for each entry, one after another or in a list; and Porcupine's key-value
//! layout, which is the same with the key in a field of its own.
//!
//! The invariant: the reader accepts all of EDN; tags are read as the value they stand before.

use super::{Datum, Entry, EntryKind, FormatError};
use crate::history::Process;

/// How deep lists may nest.
const DEPTH_MAX: u32 = 64;

/// A reader of EDN.
pub(super) struct Edn<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Edn<'t> {
    pub(super) fn new(text: &'t str, line: u64) -> Self {
        Edn { text: text.as_bytes(), at: 0, line }
    }

    fn error<T>(&self, problem: impl Into<String>) -> Result<T, FormatError> {
        Err(FormatError::line(self.line, problem))
    }

    /// Skips white space, commas, comments and discarded forms.
    fn skip(&mut self) -> Result<(), FormatError> {
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' | b',' => self.at += 1,
                b';' => {
                    while self.text.get(self.at).is_some_and(|&byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                b'#' if self.text.get(self.at + 1) == Some(&b'_') => {
                    self.at += 2;
                    self.form(0)?;
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// The next form, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Datum>, FormatError> {
        self.skip()?;
        if self.at == self.text.len() { Ok(None) } else { self.form(0).map(Some) }
    }

    fn form(&mut self, depth: u32) -> Result<Datum, FormatError> {
        if depth > DEPTH_MAX {
            return self.error("lists nest too deep");
        }
        self.skip()?;
        let Some(&byte) = self.text.get(self.at) else {
            return self.error("the file ends in the middle of a value");
        };
        self.at += 1;
        match byte {
            b'[' => self.sequence(b']', depth).map(Datum::List),
            b'(' => self.sequence(b')', depth).map(Datum::List),
            b'{' => self.map(depth),
            b'"' => self.text().map(Datum::Text),
            b'#' if self.text.get(self.at) == Some(&b'{') => {
                self.at += 1;
                let mut members = self.sequence(b'}', depth)?;
                members.sort();
                Ok(Datum::List(members))
            }
            b'#' => {
                self.word();
                self.form(depth + 1)
            }
            b':' => Ok(Datum::Word(self.word().to_owned())),
            b']' | b')' | b'}' => self.error(format!("unexpected `{}`", char::from(byte))),
            _ => {
                self.at -= 1;
                self.atom()
            }
        }
    }

    fn sequence(&mut self, end: u8, depth: u32) -> Result<Vec<Datum>, FormatError> {
        let mut items = Vec::new();
        loop {
            self.skip()?;
            if self.text.get(self.at) == Some(&end) {
                self.at += 1;
                return Ok(items);
            }
            items.push(self.form(depth + 1)?);
        }
    }

    fn map(&mut self, depth: u32) -> Result<Datum, FormatError> {
        let items = self.sequence(b'}', depth)?;
        if items.len() % 2 != 0 {
            return self.error("a map has a key without a value");
        }
        let mut pairs = Vec::with_capacity(items.len() / 2);
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            pairs.push((key, value));
        }
        Ok(Datum::Map(pairs))
    }

    fn text(&mut self) -> Result<String, FormatError> {
        let mut bytes = Vec::new();
        loop {
            let Some(&byte) = self.text.get(self.at) else {
                return self.error("the file ends in the middle of a string");
            };
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    let escaped = self.text.get(self.at).copied().unwrap_or(b'\\');
                    self.at += 1;
                    bytes.push(match escaped {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        other => other,
                    });
                }
                other => {
                    self.line += u64::from(other == b'\n');
                    bytes.push(other);
                }
            }
        }
        String::from_utf8(bytes).or_else(|_| self.error("a string is not UTF-8"))
    }

    fn word(&mut self) -> &'t str {
        let start = self.at;
        while self
            .text
            .get(self.at)
            .is_some_and(|byte| !byte.is_ascii_whitespace() && !b",;\"()[]{}".contains(byte))
        {
            self.at += 1;
        }
        std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default()
    }

    fn atom(&mut self) -> Result<Datum, FormatError> {
        let word = self.word();
        match word {
            "" => {
                self.at += 1;
                self.error("unexpected character")
            }
            "nil" => Ok(Datum::Nil),
            "true" => Ok(Datum::Bool(true)),
            "false" => Ok(Datum::Bool(false)),
            _ => Ok(match word.trim_end_matches('N').parse() {
                Ok(number) => Datum::Number(number),
                Err(_) => Datum::Word(word.to_owned()),
            }),
        }
    }
}

/// Reads the entries of `text`.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, FormatError> {
    let mut edn = Edn::new(text, 1);
    let mut entries = Vec::new();
    loop {
        edn.skip()?;
        let line = edn.line;
        if edn.text.get(edn.at).is_some_and(|byte| b"[(".contains(byte)) {
            let end = if edn.text[edn.at] == b'[' { b']' } else { b')' };
            edn.at += 1;
            loop {
                edn.skip()?;
                if edn.text.get(edn.at) == Some(&end) {
                    edn.at += 1;
                    break;
                }
                let line = edn.line;
                entries.extend(entry(&edn.form(1)?, line)?);
            }
            continue;
        }
        match edn.next()? {
            Some(form) => entries.extend(entry(&form, line)?),
            None => return Ok(entries),
        }
    }
}

/// The entry that a map stands for; none for a process that is not a client.
pub(super) fn entry(form: &Datum, line: u64) -> Result<Option<Entry>, FormatError> {
    let field = |name: &'static str| {
        form.get(name).ok_or_else(|| FormatError::field(line, name, "is missing"))
    };
    if !matches!(form, Datum::Map(_)) {
        return Err(FormatError::line(line, format!("expected a map, found {form}")));
    }
    let process = match field("process")? {
        Datum::Number(number) => *number,
        Datum::Word(_) | Datum::Text(_) | Datum::Nil => return Ok(None),
        other => {
            return Err(FormatError::field(line, "process", format!("{other} is no number")));
        }
    };
    let client = u32::try_from(process)
        .map_err(|_| FormatError::field(line, "process", format!("{process} is out of range")))?;
    let kind = field("type")?;
    let kind = super::json::kind(kind.text().unwrap_or_default(), line)?;
    let function = field("f")?.text().unwrap_or_default().to_owned();
    let key = form.get("key").cloned();
    let value = form.get("value").cloned().unwrap_or(Datum::Nil);
    let process = Process::of_client(client);
    Ok(Some(Entry { line, process, kind, function, key, value }))
}

/// The kind that a word of EDN or of a log names.
pub(super) fn kind_of(word: &str) -> Option<EntryKind> {
    match word {
        "invoke" => Some(EntryKind::Invoke),
        "ok" => Some(EntryKind::Ok),
        "fail" => Some(EntryKind::Fail),
        "info" => Some(EntryKind::Info),
        _ => None,
    }
}
