//! Many files judged at once, by themselves or against a table of expected verdicts.
//!
//! The invariant: every file is judged or reported; none is skipped.

use super::{CheckError, CheckOptions, Judged, Promise, Said, judge_file};
use crate::txn::Level;
use serde_json::json;
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
    level: Option<String>,
    expected: Said,
    written: String,
}

/// What came of many files.
struct Totals<'o> {
    out: &'o mut dyn Write,
    json: bool,
    all: usize,
    /// How many files came out as they should not.
    wrong: usize,
    undecided: usize,
    unreadable: usize,
    took: Duration,
}

/// Judges every file that `table` names and compares: one line for each mismatch, then totals.
/// Returns the exit code: 1 for any mismatch, else 2 for any file that cannot be read, else 0.
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
    let mut totals = Totals::new(out, options.json);
    for Row { file, model, level, expected, written } in rows {
        let options = CheckOptions {
            model: model.or_else(|| options.model.clone()),
            level: level.or_else(|| options.level.clone()),
            ..options.clone()
        };
        let Some((judged, took)) = totals.judge(&file, &options, batch)? else { continue };
        if judged.said == expected {
            continue;
        }
        totals.wrong += 1;
        totals.undecided += usize::from(judged.said == Said::Undecided);
        let said = judged.said.name();
        let text = format!("{file}: expected {written}, found {said} in {took:.1?}");
        let data = json!({ "kind": "mismatch", "file": file, "expected": expected.name(),
            "verdict": said, "seconds": took.as_secs_f64() });
        totals.tell(&text, data)?;
    }
    let Totals { all, wrong, undecided, unreadable, took, .. } = totals;
    let agreed = all - wrong - unreadable;
    let text = format!(
        "{all} verdicts: {agreed} as expected, {wrong} not ({undecided} undecided), \
         {unreadable} unreadable, in {took:.1?}"
    );
    let data = json!({ "kind": "summary", "all": all, "as_expected": agreed, "mismatches": wrong,
        "undecided": undecided, "unreadable": unreadable, "seconds": took.as_secs_f64() });
    totals.tell(&text, data)?;
    Ok(match (wrong, unreadable) {
        (0, 0) => 0,
        (0, _) => 2,
        _ => 1,
    })
}

/// Judges files one after another: a line for each, then totals. Returns the exit code: 1 if any
/// breaks its promise, else 2 if any cannot be read, else 4 if any is undecided, else 0.
///
/// # Errors
/// If `out` refuses.
pub fn check_files(
    files: &[String],
    options: &CheckOptions,
    batch: &mut Batch<'_>,
    out: &mut dyn Write,
) -> Result<u8, CheckError> {
    let mut totals = Totals::new(out, options.json);
    for file in files {
        let Some((judged, took)) = totals.judge(file, options, batch)? else { continue };
        totals.wrong += usize::from(judged.said == Said::Violated);
        totals.undecided += usize::from(judged.said == Said::Undecided);
        let first = judged.text.lines().next().unwrap_or_default();
        let text = format!("{file}: {first} in {took:.1?}");
        let data = json!({ "kind": "file", "file": file, "verdict": judged.said.name(),
            "seconds": took.as_secs_f64() });
        totals.tell(&text, data)?;
    }
    let Totals { all, wrong, undecided, unreadable, took, .. } = totals;
    let kept = all - wrong - undecided - unreadable;
    let text = format!(
        "{all} files: {kept} ok, {wrong} violated, {undecided} undecided, {unreadable} unreadable, \
         in {took:.1?}"
    );
    let data = json!({ "kind": "summary", "all": all, "ok": kept, "violated": wrong,
        "undecided": undecided, "unreadable": unreadable, "seconds": took.as_secs_f64() });
    totals.tell(&text, data)?;
    Ok(match (wrong, unreadable, undecided) {
        (0, 0, 0) => 0,
        (0, 0, _) => 4,
        (0, _, _) => 2,
        _ => 1,
    })
}

impl<'o> Totals<'o> {
    fn new(out: &'o mut dyn Write, json: bool) -> Self {
        let took = Duration::ZERO;
        Totals { out, json, all: 0, wrong: 0, undecided: 0, unreadable: 0, took }
    }

    /// The verdict on a file and the time it took; nothing if it cannot be read, which is told.
    fn judge(
        &mut self,
        file: &str,
        options: &CheckOptions,
        batch: &mut Batch<'_>,
    ) -> Result<Option<(Judged, Duration)>, CheckError> {
        let options = CheckOptions { brief: true, ..options.clone() };
        let start = (batch.clock)();
        let judged = match (batch.open)(file) {
            Ok(source) => judge_file(source, &options),
            Err(error) => Err(crate::format::FormatError::Unreadable(error).into()),
        };
        let took = (batch.clock)().saturating_sub(start);
        self.all += 1;
        self.took += took;
        match judged {
            Ok(judged) => Ok(Some((judged, took))),
            Err(error) => {
                self.unreadable += 1;
                let problem = error.in_file(file);
                let data = json!({ "kind": "unreadable", "file": file, "problem": problem });
                self.tell(&problem, data)?;
                Ok(None)
            }
        }
    }

    fn tell(&mut self, text: &str, mut data: serde_json::Value) -> Result<(), CheckError> {
        if self.json {
            data["version"] = json!(1);
            Ok(writeln!(self.out, "{data}")?)
        } else {
            Ok(writeln!(self.out, "{text}")?)
        }
    }
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
        fields.get(place).copied().filter(|field| !field.is_empty())
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
            Some(Level::MonotonicAtomicView.name())
        }
        Some(name) if Level::named(name).is_some() || Promise::named(name).is_some() => Some(name),
        Some(name) => return Err(error("level", format!("no level is called `{name}`"))),
    };
    let level = level.map(str::to_owned);
    Ok(Row { file: file.to_owned(), model, level, expected, written: written.to_owned() })
}
