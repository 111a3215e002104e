//! The entries of a file, one after another.
//!
//! The invariant: no more of a file is held than the entry at hand, whatever its length.

use super::{Entry, Format, FormatError, awdit, edn, json, log};
use flate2::bufread::MultiGzDecoder;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Cursor, Read};

/// How much of a file is looked at to find out its layout.
const HEAD: u64 = 1 << 16;

/// The entries of a file, read as they are asked for.
pub struct Entries<'s> {
    format: Format,
    layout: Layout<'s>,
    /// Entries that were read and not yet handed out.
    ready: VecDeque<Entry>,
    ended: bool,
}

/// What reads the entries of a layout.
enum Layout<'s> {
    /// One entry a line at most.
    Lines(Lines<'s>, fn(&str, u64) -> Result<Option<Entry>, FormatError>),
    /// Several lines a transaction.
    Awdit(Lines<'s>, awdit::Sessions),
    /// Forms that may span lines.
    Edn(edn::Forms<Box<dyn BufRead + 's>>),
}

/// Opens a file, unpacking it if it is gzip. Without `format` it is detected; the format of a file
/// that is empty is [`Format::Squall`].
///
/// # Errors
/// If the file cannot be read, or is of no format that we know.
pub fn read<'s>(
    source: impl Read + 's,
    format: Option<Format>,
) -> Result<Entries<'s>, FormatError> {
    let (mut head, mut source) = look_ahead(Box::new(source))?;
    if head.starts_with(&[0x1f, 0x8b]) {
        (head, source) = look_ahead(Box::new(MultiGzDecoder::new(source)))?;
    }
    let format = match format {
        Some(format) => format,
        None if head.trim_ascii().is_empty() => Format::Squall,
        None => Format::detect(&String::from_utf8_lossy(&head)).ok_or(FormatError::Unrecognised)?,
    };
    let lines = |source| Lines { source, line: 0, bytes: Vec::new() };
    let layout = match format {
        Format::Squall | Format::Elle => Layout::Lines(lines(source), json::entry),
        Format::JepsenLog => Layout::Lines(lines(source), log::entry),
        Format::Awdit => Layout::Awdit(lines(source), awdit::Sessions::default()),
        Format::Edn | Format::PorcupineKv => Layout::Edn(edn::Forms::new(source)),
    };
    Ok(Entries { format, layout, ready: VecDeque::new(), ended: false })
}

type Source<'s> = Box<dyn BufRead + 's>;

/// The beginning of a source, and the whole of it.
fn look_ahead<'s>(source: Box<dyn Read + 's>) -> Result<(Vec<u8>, Source<'s>), FormatError> {
    let (mut head, mut source) = (Vec::new(), source);
    source.by_ref().take(HEAD).read_to_end(&mut head).map_err(FormatError::Unreadable)?;
    let rest = BufReader::with_capacity(HEAD as usize, source);
    Ok((head.clone(), Box::new(Cursor::new(head).chain(rest))))
}

impl Entries<'_> {
    /// The layout that the file has.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The first entry, which stays where it is; `None` at the end of the file.
    ///
    /// # Errors
    /// If the file goes wrong before it.
    pub fn peek(&mut self) -> Result<Option<&Entry>, FormatError> {
        while self.ready.is_empty() && !self.ended {
            self.advance()?;
        }
        Ok(self.ready.front())
    }

    /// Reads on by a line or a form.
    fn advance(&mut self) -> Result<(), FormatError> {
        let ready = &mut self.ready;
        match &mut self.layout {
            Layout::Lines(lines, entry) => match lines.next()? {
                Some((line, text)) => ready.extend(entry(text, line)?),
                None => self.ended = true,
            },
            Layout::Awdit(lines, sessions) => match lines.next()? {
                Some((line, text)) => sessions.take(text, line, ready)?,
                None => {
                    sessions.close(lines.line, ready);
                    self.ended = true;
                }
            },
            Layout::Edn(forms) => match forms.next()? {
                Some((line, form)) => ready.extend(edn::entry(&form, line)?),
                None => self.ended = true,
            },
        }
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.peek() {
            self.ended = true;
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }
}

/// The lines of a source, each with its number.
struct Lines<'s> {
    source: Source<'s>,
    line: u64,
    bytes: Vec<u8>,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Option<(u64, &str)>, FormatError> {
        self.bytes.clear();
        let read = self.source.read_until(b'\n', &mut self.bytes);
        if read.map_err(FormatError::Unreadable)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        let text = std::str::from_utf8(&self.bytes)
            .map_err(|_| FormatError::line(self.line, "not UTF-8"))?;
        Ok(Some((self.line, text.trim_end_matches(['\r', '\n']))))
    }
}
