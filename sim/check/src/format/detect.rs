//! Which layout a file has.
//!
//! The invariant: detection looks at the beginning alone, so it can be said before reading.

use super::log;
use std::fmt;

/// A layout of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Our JSON Lines.
    Squall,
    /// Jepsen's EDN.
    Edn,
    /// The log lines of Jepsen that Porcupine's tests read.
    JepsenLog,
    /// The key-value layout of Porcupine's tests.
    PorcupineKv,
    /// Elle's transactions as JSON Lines.
    Elle,
    /// AWDIT's text.
    Awdit,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 6] = [
        Format::Squall,
        Format::Edn,
        Format::JepsenLog,
        Format::PorcupineKv,
        Format::Elle,
        Format::Awdit,
    ];

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Squall => "squall",
            Format::Edn => "edn",
            Format::JepsenLog => "jepsen-log",
            Format::PorcupineKv => "porcupine-kv",
            Format::Elle => "elle",
            Format::Awdit => "awdit",
        }
    }

    /// The format called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether the order of lines is the order of instants.
    #[must_use]
    pub fn has_realtime(self) -> bool {
        self != Format::Awdit
    }

    /// The layout of a file that begins with `text`.
    pub(super) fn detect(text: &str) -> Option<Format> {
        let first =
            text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(';'))?;
        if first.starts_with("{\"") {
            let elle = first.contains("\"index\":") && !first.contains("\"at\":");
            return Some(if elle { Format::Elle } else { Format::Squall });
        }
        if first.starts_with(['{', '[', '(', '#']) {
            let start: String = text.chars().take(1000).collect();
            let kv = start.contains(":key \"");
            return Some(if kv { Format::PorcupineKv } else { Format::Edn });
        }
        if text.lines().take(1000).any(|line| line.contains(log::PREFIX)) {
            return Some(Format::JepsenLog);
        }
        let word = first.split_whitespace().next()?;
        let awdit =
            ["r", "w"].contains(&word) || word.starts_with("---") || word.starts_with("===");
        awdit.then_some(Format::Awdit)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Squall => "squall JSON Lines",
            Format::Edn => "Jepsen EDN",
            Format::JepsenLog => "Jepsen log lines",
            Format::PorcupineKv => "Porcupine key-value",
            Format::Elle => "Elle JSON Lines",
            Format::Awdit => "AWDIT text",
        })
    }
}
