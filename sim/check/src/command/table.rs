//! Many files judged at once, and compared with a table of expected verdicts.
//!
//! The invariant: every row of the table is judged or reported; none is skipped.

use super::{CheckError, CheckOptions, Said, judge_file};
use crate::txn::Level;
use std::io::{Read, Write};
use std::time::Duration;

/// What a batch needs from outside: files and a clock.
pub struct Batch<'b> {
    /// Opens a file that a table names.
    pub open: &'b mut dyn FnMut(&str) -> std::io::Result<Box<dyn Read>>,
    /// The time since some instant.
    pub clock: &'b mut dyn FnMut() -> Duration,
}

/// What a table expects of a file.
struct Row {
    file: String,
    model: Option<String>,
    level: Option<Level>,
    expected: Said,
    written: String,
}

/// Judges every file that `table` names and compares: one line for each mismatch, then totals.
/// Returns the exit code.
///
/// # Errors
/// If the table cannot be understood or `out` refuses.
pub fn check_table(
    table: &str,
    options: &CheckOptions,
    batch: &mut Batch<'_>,
    out: &mut dyn Write,
) -> Result<u8, CheckError> {
    let rows = rows(table)?;
    let (mut mismatches, mut unreadable, mut undecided) = (0, 0, 0);
    let mut total = Duration::ZERO;
    for row in &rows {
        let options = CheckOptions {
            model: row.model.clone().or_else(|| options.model.clone()),
            level: row.level.or(options.level),
            brief: true,
            ..options.clone()
        };
        let start = (batch.clock)();
        let judged = match (batch.open)(&row.file) {
            Ok(file) => judge_file(file, &options),
            Err(error) => Err(crate::format::FormatError::Unreadable(error).into()),
        };
        let took = (batch.clock)().saturating_sub(start);
        total += took;
        match judged {
            Ok(judged) if judged.said == row.expected => {}
            Ok(judged) => {
                mismatches += 1;
                undecided += u32::from(judged.said == Said::Undecided);
                let Row { file, written, .. } = row;
                let said = judged.said.name();
                writeln!(out, "{file}: expected {written}, found {said} in {took:.1?}")?;
            }
            Err(error) => {
                unreadable += 1;
                writeln!(out, "{}: {error}", row.file)?;
            }
        }
    }
    let agreed = rows.len() - mismatches - unreadable;
    writeln!(
        out,
        "{} verdicts: {agreed} as expected, {mismatches} not ({undecided} undecided), \
         {unreadable} unreadable, in {total:.1?}",
        rows.len()
    )?;
    Ok(match (mismatches, unreadable) {
        (0, 0) => 0,
        (0, _) => 2,
        _ => 1,
    })
}

/// The rows of a table: comma-separated, with a header that names at least `file` and `verdict` or
/// `valid`, or without one as `file,level,Consistent.`.
fn rows(table: &str) -> Result<Vec<Row>, CheckError> {
    let mut lines = (1..).zip(table.lines()).filter(|(_, line)| !line.trim().is_empty()).peekable();
    let Some((_, first)) = lines.peek() else { return Ok(Vec::new()) };
    let header: Vec<&str> = first.split(',').collect();
    let has_header = header.contains(&"file");
    if has_header {
        lines.next();
    }
    let names = if has_header { header } else { vec!["file", "level", "verdict"] };
    lines.map(|(line, text)| row(line, text, &names)).collect()
}

fn row(line: u64, text: &str, names: &[&str]) -> Result<Row, CheckError> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let field = |wanted: &[&str]| {
        let place = names.iter().position(|name| wanted.contains(name))?;
        fields.get(place).copied()
    };
    let error = |field, problem: String| {
        CheckError::Format(crate::format::FormatError::field(line, field, problem))
    };
    let Some(file) = field(&["file"]) else {
        return Err(error("file", String::from("is missing")));
    };
    let written = field(&["verdict", "valid"]).unwrap_or_default();
    let expected = match written {
        "ok" | "true" | "Consistent." | "legal" => Said::Ok,
        "illegal" | "false" | "Inconsistent." | "violated" => Said::Violated,
        "unknown" | "undecided" => Said::Undecided,
        _ => return Err(error("verdict", format!("`{written}` is no verdict"))),
    };
    let model = field(&["model"]).map(|name| match name {
        "etcd-cas-register" => String::from("cas-register"),
        "kv-partitioned" => String::from("kv"),
        "kv-nopartition" => String::from("kv-whole"),
        other => other.to_owned(),
    });
    let level = match field(&["level", "consistency_model"]) {
        None => None,
        // Without a header the table is AWDIT's, whose read committed is that of Biswas and Enea:
        // what is seen once is seen from then on, and sessions count.
        Some("read-committed") if written.ends_with("onsistent.") => {
            Some(Level::MonotonicAtomicView)
        }
        Some(name) => {
            let level = Level::named(name);
            Some(level.ok_or_else(|| error("level", format!("no level is called `{name}`")))?)
        }
    };
    Ok(Row { file: file.to_owned(), model, level, expected, written: written.to_owned() })
}
