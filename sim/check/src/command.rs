//! The command `squall check` without its arguments and its files: typed options in, words out.
//!
//! The invariant: data goes to `out`, words to `words`; the exit code is 0 for a promise kept, 1
//! for one broken, 2 for a file that cannot be read, 4 for undecided, and of many files the first
//! of 1, 2, 4, 0 that occurred.

mod erased;
mod models;
mod table;

pub use models::{MODELS, Promise};
pub use table::{Batch, check_files, check_table};

use crate::codec::FailMeans;
use crate::format::{Format, FormatError, pair, read};
use crate::txn::{
    AnomalyFlaw, Assume, Level, LevelVerdict, Report, Transactions, analyze, pair_leniently,
    transactions, verify_anomaly,
};
use crate::verdict::Budget;
use serde_json::json;
use std::io::{self, Read, Write};

/// What to check, and how to say it.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The model's name; without it transactions are judged by levels, and other histories by `kv`.
    pub model: Option<String>,
    /// What is promised: an order of operations ([`Promise`]) or a level of transactions
    /// ([`Level`]). Without it operations have to be linearizable, and of transactions the
    /// strongest level is found.
    pub level: Option<String>,
    /// The layout of the file, if it is not to be detected.
    pub format: Option<Format>,
    /// What `fail` means, if not what it means in files of the format.
    pub fail: Option<FailMeans>,
    /// What may be taken for granted about registers in transactions.
    pub assume: Assume,
    /// How long to search.
    pub budget: Budget,
    /// One JSON object instead of words.
    pub json: bool,
    /// Check the order or the evidence with the small verifier too.
    pub verify: bool,
    /// Make a page that shows the history.
    pub html: bool,
    /// The verdict alone, without looking for the smallest window.
    pub brief: bool,
}

impl CheckOptions {
    fn explains(&self) -> bool {
        !self.brief || self.verify || self.html
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The promise is kept.
    Ok,
    /// It is broken.
    Violated,
    /// The budget ran out.
    Undecided,
}

impl Said {
    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Said::Ok => 0,
            Said::Violated => 1,
            Said::Undecided => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Said::Ok => "ok",
            Said::Violated => "violated",
            Said::Undecided => "undecided",
        }
    }
}

/// Why nothing was judged.
#[derive(Debug)]
pub enum CheckError {
    /// The file could not be understood.
    Format(FormatError),
    /// There is no such model.
    UnknownModel(String),
    /// There is no such level, of operations or, if the file holds those, of transactions.
    UnknownLevel {
        /// What was asked for.
        name: String,
        /// The file holds transactions.
        transactions: bool,
    },
    /// The output refused.
    Output(io::Error),
}

impl std::fmt::Display for CheckError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CheckError::Format(error) => write!(f, "{error}"),
            CheckError::UnknownModel(name) => {
                let names: Vec<&str> = MODELS.iter().map(|model| model.0).collect();
                write!(f, "no model is called `{name}`; there are {}", names.join(", "))
            }
            CheckError::UnknownLevel { name, transactions } => {
                let what = if *transactions { "transactions" } else { "operations" };
                let names = if *transactions { LEVELS.as_slice() } else { ORDERS.as_slice() };
                write!(f, "no level of {what} is called `{name}`; there are {}", names.join(", "))
            }
            CheckError::Output(error) => write!(f, "cannot write: {error}"),
        }
    }
}

impl CheckError {
    /// The error in one line that begins with the file, and the line if it is about one.
    #[must_use]
    pub fn in_file(&self, file: &str) -> String {
        match self {
            CheckError::Format(FormatError::Unreadable(error)) => {
                let reason = match error.kind() {
                    io::ErrorKind::NotFound => String::from("there is no such file"),
                    io::ErrorKind::IsADirectory => String::from("it is a folder"),
                    io::ErrorKind::PermissionDenied => String::from("it may not be read"),
                    _ => error.to_string(),
                };
                format!("cannot read {file}: {reason}")
            }
            CheckError::Format(FormatError::Line { line, field, problem }) => {
                let field = field.map_or_else(String::new, |field| format!("field `{field}`: "));
                format!("{file}:{line}: {field}{problem}")
            }
            CheckError::Format(FormatError::Unrecognised)
            | CheckError::UnknownModel(_)
            | CheckError::UnknownLevel { .. }
            | CheckError::Output(_) => format!("{file}: {self}"),
        }
    }
}

impl std::error::Error for CheckError {}

impl From<FormatError> for CheckError {
    fn from(error: FormatError) -> Self {
        CheckError::Format(error)
    }
}

impl From<io::Error> for CheckError {
    fn from(error: io::Error) -> Self {
        CheckError::Output(error)
    }
}

/// A judgement, ready to be said.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What came of it.
    pub said: Said,
    /// What the file was read as.
    pub read_as: String,
    /// The judgement in words.
    pub text: String,
    /// The same as data.
    pub data: serde_json::Value,
    /// A page that shows the history, if one was asked for.
    pub page: Option<String>,
}

/// The names of all orders of operations.
pub const ORDERS: [&str; Promise::ALL.len()] = {
    let mut names = [""; Promise::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Promise::ALL[at].0;
        at += 1;
    }
    names
};

/// The names of all levels of transactions.
pub const LEVELS: [&str; Level::ALL.len()] = {
    let mut names = [""; Level::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Level::ALL[at].name();
        at += 1;
    }
    names
};

/// Judges one file.
///
/// # Errors
/// If the file cannot be read, or the model or the level does not exist.
pub fn judge_file(source: impl Read, options: &CheckOptions) -> Result<Judged, CheckError> {
    let mut entries = read(source, options.format)?;
    let format = entries.format();
    let name = options.level.as_deref();
    let (level, promise) = (name.and_then(Level::named), name.and_then(Promise::named));
    let holds_transactions = match entries.peek()? {
        Some(first) => first.function == "txn",
        None => level.is_some() && promise.is_none(),
    };
    let unknown = |transactions| CheckError::UnknownLevel {
        name: name.unwrap_or_default().to_owned(),
        transactions,
    };
    if options.model.is_none() && holds_transactions {
        if name.is_some() && level.is_none() {
            return Err(unknown(true));
        }
        let recording = pair_leniently(entries)?;
        let history = transactions(&recording, format)?;
        let read_as = format!(
            "read as {format}: {} transactions, {} pending",
            grouped(history.txns.len()),
            grouped(recording.pending())
        );
        return Ok(judge_transactions(&history, level, options, read_as));
    }
    let promise = match (name, promise) {
        (None, _) => Promise::Linearizable,
        (Some(_), Some(promise)) => promise,
        (Some(_), None) => return Err(unknown(false)),
    };
    let recording = pair(entries)?;
    let read_as = format!(
        "read as {format}: {} operations, {} pending",
        grouped(recording.calls.len()),
        grouped(recording.pending())
    );
    let fail = options.fail.unwrap_or(match format {
        Format::JepsenLog => FailMeans::Mismatch,
        _ => FailMeans::DidNotHappen,
    });
    models::judge(&recording, (fail, promise), options, read_as)
}

/// A number as people write it: 1,234,567.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn judge_transactions(
    history: &Transactions,
    level: Option<Level>,
    options: &CheckOptions,
    read_as: String,
) -> Judged {
    let report = analyze(history, options.assume, options.budget);
    let verdict = match level {
        Some(level) => report.at(level),
        None => {
            match report.levels.iter().map(|entry| entry.1).max_by_key(|verdict| match verdict {
                LevelVerdict::Ok => 0,
                LevelVerdict::Undecided => 1,
                LevelVerdict::Violated => 2,
            }) {
                Some(worst) => worst,
                None => LevelVerdict::Ok,
            }
        }
    };
    let said = match verdict {
        LevelVerdict::Ok => Said::Ok,
        LevelVerdict::Violated => Said::Violated,
        LevelVerdict::Undecided => Said::Undecided,
    };
    let mut text = transaction_words(&report, level, said);
    let proof = options.verify.then(|| prove(history, options.assume, &report));
    if let Some(proof) = &proof {
        text += &format!("proof: {proof}\n");
    }
    let levels: serde_json::Map<String, serde_json::Value> = report
        .levels
        .iter()
        .map(|(level, verdict)| {
            let word = match verdict {
                LevelVerdict::Ok => "ok",
                LevelVerdict::Violated => "violated",
                LevelVerdict::Undecided => "undecided",
            };
            (level.name().to_owned(), json!(word))
        })
        .collect();
    let anomalies: Vec<serde_json::Value> = report
        .anomalies
        .iter()
        .map(|anomaly| {
            let txns: Vec<u32> = anomaly.txns.iter().map(|txn| txn + 1).collect();
            let kind = anomaly.kind.to_string();
            json!({ "kind": kind, "transactions": txns, "sentence": anomaly.sentence })
        })
        .collect();
    let strongest: Vec<&str> = report.strongest().into_iter().map(Level::name).collect();
    let data = json!({
        "version": 1,
        "kind": "check",
        "verdict": said.name(),
        "level": level.map(Level::name),
        "strongest": strongest,
        "levels": levels,
        "anomalies": anomalies,
        "proof": proof,
    });
    Judged { said, read_as, text, data, page: None }
}

/// What the small verifier says of all anomalies.
fn prove(history: &Transactions, assume: Assume, report: &Report) -> String {
    let (mut accepted, mut hard) = (0, 0);
    for anomaly in &report.anomalies {
        match verify_anomaly(history, assume, anomaly) {
            Ok(()) => accepted += 1,
            Err(AnomalyFlaw::Undecided) => hard += 1,
            Err(flaw) => return format!("refused: {}: {flaw}", anomaly.kind),
        }
    }
    let hard = if hard > 0 { format!(", {hard} too hard to verify") } else { String::new() };
    match accepted {
        0 => format!("there is none to verify{hard}"),
        _ => format!("accepted, of {} anomalies{hard}", grouped(accepted)),
    }
}

fn transaction_words(report: &Report, level: Option<Level>, said: Said) -> String {
    let mut text = match level {
        Some(level) => format!("{level}: {}\n", said.name()),
        None => String::new(),
    };
    let names = |levels: Vec<Level>| {
        let names: Vec<&str> = levels.into_iter().map(Level::name).collect();
        if names.is_empty() { String::from("none") } else { names.join(", ") }
    };
    text.push_str(&format!("strongest level that holds: {}\n", names(report.strongest())));
    for (level, anomaly) in report.ruled_out() {
        text.push_str(&format!("not {level}: {}: {}\n", anomaly.kind, anomaly.sentence));
    }
    let undecided = report.levels.iter().filter(|entry| entry.1 == LevelVerdict::Undecided);
    let undecided: Vec<Level> = undecided.map(|entry| entry.0).collect();
    if !undecided.is_empty() {
        text.push_str(&format!("undecided: {}\n", names(undecided)));
    }
    let kinds: Vec<String> =
        report.kinds().iter().map(|(kind, count)| format!("{kind} ({count})")).collect();
    if !kinds.is_empty() {
        text.push_str(&format!("anomalies: {}\n", kinds.join(", ")));
    }
    text
}

/// Judges one file and says what came of it; the page, if one was asked for, goes to `page`.
///
/// # Errors
/// If the file cannot be read, the model does not exist, or an output refuses.
pub fn check(
    source: impl Read,
    options: &CheckOptions,
    out: &mut dyn Write,
    words: &mut dyn Write,
    page: Option<&mut dyn Write>,
) -> Result<Said, CheckError> {
    let options = CheckOptions { html: page.is_some(), ..options.clone() };
    let judged = judge_file(source, &options)?;
    writeln!(words, "{}", judged.read_as)?;
    if options.json {
        writeln!(out, "{}", judged.data)?;
    } else {
        write!(out, "{}", judged.text)?;
    }
    if let (Some(page), Some(shown)) = (page, &judged.page) {
        page.write_all(shown.as_bytes())?;
    }
    Ok(judged.said)
}
