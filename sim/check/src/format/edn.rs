//! Jepsen's EDN: one map for each entry, one after another or in a list; and Porcupine's key-value
//! layout, which is the same with the key in a field of its own.
//!
//! The invariant: the reader accepts all of EDN; tags are read as the value they stand before.

use super::{Datum, Entry, EntryKind, FormatError};
use crate::history::Process;
use std::io::BufRead;

/// How deep lists may nest.
const DEPTH_MAX: u32 = 64;

/// The form that `text` begins with, if there is one.
pub(super) fn form(text: &str, line: u64) -> Result<Option<Datum>, FormatError> {
    let mut forms = Forms { source: text.as_bytes(), line, word: Vec::new(), list: None };
    while !forms.skip()? {
        if let Some(form) = forms.form(0)? {
            return Ok(Some(form));
        }
    }
    Ok(None)
}

/// The forms of a source, one after another; those of a list at the top are given one by one.
pub(super) struct Forms<R> {
    source: R,
    line: u64,
    word: Vec<u8>,
    /// What closes the list at the top that is being read.
    list: Option<u8>,
}

impl<R: BufRead> Forms<R> {
    /// The forms of `source` from its first line on.
    pub(super) fn new(source: R) -> Self {
        Forms { source, line: 1, word: Vec::new(), list: None }
    }

    /// The next form with its line, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Datum)>, FormatError> {
        loop {
            if self.skip()? {
                return match self.list {
                    None => Ok(None),
                    Some(_) => self.error("the file ends in the middle of a value"),
                };
            }
            let (line, byte) = (self.line, self.peek()?);
            if byte == self.list {
                self.bump();
                self.list = None;
            } else if self.list.is_none() && matches!(byte, Some(b'[' | b'(')) {
                self.bump();
                self.list = Some(if byte == Some(b'[') { b']' } else { b')' });
            } else if let Some(form) = self.form(1)? {
                return Ok(Some((line, form)));
            }
        }
    }

    fn error<T>(&self, problem: impl Into<String>) -> Result<T, FormatError> {
        Err(FormatError::line(self.line, problem))
    }

    fn peek(&mut self) -> Result<Option<u8>, FormatError> {
        Ok(self.source.fill_buf().map_err(FormatError::Unreadable)?.first().copied())
    }

    /// Goes past the byte that was looked at.
    fn bump(&mut self) {
        self.source.consume(1);
    }

    fn take(&mut self) -> Result<Option<u8>, FormatError> {
        let byte = self.peek()?;
        self.source.consume(usize::from(byte.is_some()));
        self.line += u64::from(byte == Some(b'\n'));
        Ok(byte)
    }

    /// Skips white space, commas and comments. True at the end.
    fn skip(&mut self) -> Result<bool, FormatError> {
        while let Some(byte) = self.peek()? {
            match byte {
                b'\n' | b' ' | b'\t' | b'\r' | b',' => {
                    self.take()?;
                }
                b';' => while !matches!(self.take()?, Some(b'\n') | None) {},
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// A form, or nothing if it is discarded.
    fn form(&mut self, depth: u32) -> Result<Option<Datum>, FormatError> {
        if depth > DEPTH_MAX {
            return self.error("lists nest too deep");
        }
        if self.skip()? {
            return self.error("the file ends in the middle of a value");
        }
        let byte = self.peek()?.unwrap_or_default();
        if !b"[({\"#:])}".contains(&byte) {
            return self.atom().map(Some);
        }
        self.bump();
        Ok(Some(match byte {
            b'[' => Datum::List(self.sequence(b']', depth)?),
            b'(' => Datum::List(self.sequence(b')', depth)?),
            b'{' => self.map(depth)?,
            b'"' => Datum::Text(self.text()?),
            b'#' => return self.tagged(depth),
            b':' => Datum::Word(self.word()?),
            _ => return self.error(format!("unexpected `{}`", char::from(byte))),
        }))
    }

    /// What follows `#`: a set, a form to discard, or a tag before a value.
    fn tagged(&mut self, depth: u32) -> Result<Option<Datum>, FormatError> {
        match self.peek()? {
            Some(b'{') => {
                self.bump();
                let mut members = self.sequence(b'}', depth)?;
                members.sort();
                Ok(Some(Datum::List(members)))
            }
            Some(b'_') => {
                self.bump();
                while self.form(depth + 1)?.is_none() {}
                Ok(None)
            }
            _ => {
                self.word()?;
                self.form(depth + 1)
            }
        }
    }

    fn sequence(&mut self, end: u8, depth: u32) -> Result<Vec<Datum>, FormatError> {
        let mut items = Vec::new();
        loop {
            self.skip()?;
            if self.peek()? == Some(end) {
                self.bump();
                return Ok(items);
            }
            items.extend(self.form(depth + 1)?);
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
            match self.take()? {
                None => return self.error("the file ends in the middle of a string"),
                Some(b'"') => break,
                Some(b'\\') => bytes.push(match self.take()?.unwrap_or(b'\\') {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    other => other,
                }),
                Some(other) => bytes.push(other),
            }
        }
        String::from_utf8(bytes).or_else(|_| self.error("not UTF-8"))
    }

    fn word(&mut self) -> Result<String, FormatError> {
        self.word.clear();
        while let Some(byte) = self.peek()?
            && !byte.is_ascii_whitespace()
            && !b",;\"()[]{}".contains(&byte)
        {
            self.word.push(byte);
            self.bump();
        }
        match std::str::from_utf8(&self.word) {
            Ok(word) => Ok(word.to_owned()),
            Err(_) => self.error("not UTF-8"),
        }
    }

    fn atom(&mut self) -> Result<Datum, FormatError> {
        let word = self.word()?;
        match word.as_str() {
            "" => self.error("unexpected character"),
            "nil" => Ok(Datum::Nil),
            "true" => Ok(Datum::Bool(true)),
            "false" => Ok(Datum::Bool(false)),
            _ => Ok(match word.trim_end_matches('N').parse() {
                Ok(number) => Datum::Number(number),
                Err(_) => Datum::Word(word),
            }),
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
