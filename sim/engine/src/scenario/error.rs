//! What is wrong with a scenario, in one line: where, what, and what was probably meant.
//!
//! The invariant: an error prints as exactly one line.

use std::fmt;

/// A scenario cannot be used. Nothing was run.
///
/// Printed `raft/cut.toml:9:1: unknown key `latancy` in [network]; did you mean `latency`?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The file, or the option such as `--set network.loss`.
    pub name: String,
    /// Where in the file; an option has no lines.
    pub position: Option<Position>,
    /// What is wrong.
    pub message: String,
    /// What to write instead: `did you mean `latency`?`, or what is expected there.
    pub help: Option<String>,
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Position {
    /// The position of the byte at `offset` in `text`.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Position {
        let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let before = &text[..offset.expect("0 is a boundary")];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position { line: small(line), column: small(column) }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.name))?;
        if let Some(Position { line, column }) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", one_line(&self.message))?;
        match &self.help {
            Some(help) => write!(f, "; {}", one_line(help)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ScenarioError {}

/// The text with what would break a line, or move the cursor, written as an escape.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_control() {
            true => line.extend(letter.escape_default()),
            false => line.push(letter),
        }
    }
    line
}

/// The word among `known` that `word` was probably meant to be.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let wanted = plain(word);
    let near = (wanted.chars().count() / 3).clamp(1, 3);
    let distance = |name: &str| strsim::damerau_levenshtein(&wanted, &plain(name));
    let measured = known.into_iter().map(|name| (distance(name), name));
    measured.filter(|(far, _)| *far <= near).min_by_key(|(far, _)| *far).map(|(_, name)| name)
}

/// `did you mean `latency`?`, or what is expected if nothing is near.
pub(crate) fn help(word: &str, known: &[&str]) -> Option<String> {
    if let Some(name) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    match known {
        [] => None,
        _ => Some(format!("expected {}", either(known))),
    }
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn either(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_string(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
