//! What a program offers: protocols by name, and scenarios with their text compiled in.
//!
//! The invariant: names are unique, and are kept in the order of the alphabet.

use squall_engine::protocol::Protocol;
use squall_engine::subject::{Of, Subject};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Protocols and scenarios by name.
#[derive(Default)]
pub struct Catalogue {
    protocols: BTreeMap<&'static str, Box<dyn Subject>>,
    scenarios: BTreeMap<&'static str, &'static str>,
    /// What is wrong with a folder of scenarios.
    problem: Option<String>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scenarios: Vec<&str> = self.scenarios.keys().copied().collect();
        let protocols: Vec<&str> = self.protocols.keys().copied().collect();
        f.debug_struct("Catalogue")
            .field("protocols", &protocols)
            .field("scenarios", &scenarios)
            .finish()
    }
}

impl Catalogue {
    /// An empty catalogue.
    #[must_use]
    pub fn new() -> Catalogue {
        Catalogue::default()
    }

    /// Adds a protocol.
    ///
    /// # Panics
    /// If there is one of that name already.
    #[must_use]
    pub fn protocol<P: Protocol>(mut self) -> Catalogue {
        let old = self.protocols.insert(P::NAME, Box::new(Of::<P>::new()));
        assert!(old.is_none(), "two protocols are called `{}`", P::NAME);
        self
    }

    /// Adds a scenario: its name, such as `raft/partition`, and the text of its file.
    ///
    /// # Panics
    /// If there is one of that name already.
    #[must_use]
    pub fn scenario(mut self, name: &'static str, text: &'static str) -> Catalogue {
        let old = self.scenarios.insert(name, text);
        assert!(old.is_none(), "two scenarios are called `{name}`");
        self
    }

    /// Adds every scenario of a folder and of those in it: `raft/partition` is the file
    /// `raft/partition.toml`. They are read now; if that is not possible, every command says so
    /// and does nothing.
    ///
    /// # Panics
    /// If there is a scenario of such a name already.
    #[must_use]
    pub fn folder(mut self, path: impl AsRef<Path>) -> Catalogue {
        match read(path.as_ref(), "") {
            Ok(found) => found.into_iter().fold(self, |all, (name, text)| {
                // A catalogue lasts as long as its program.
                all.scenario(String::leak(name), String::leak(text))
            }),
            Err(words) => {
                self.problem.get_or_insert(words);
                self
            }
        }
    }

    /// What is wrong with a folder of scenarios, if anything is.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The protocol of that name.
    #[must_use]
    pub fn subject(&self, name: &str) -> Option<&dyn Subject> {
        self.protocols.get(name).map(Box::as_ref)
    }

    /// All protocols.
    pub fn subjects(&self) -> impl Iterator<Item = (&'static str, &dyn Subject)> {
        self.protocols.iter().map(|(name, subject)| (*name, subject.as_ref()))
    }

    /// The name and text of the scenario of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<(&'static str, &'static str)> {
        self.scenarios.get_key_value(name).map(|(name, text)| (*name, *text))
    }

    /// All scenarios: name and text.
    pub fn scenarios(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.scenarios.iter().map(|(name, text)| (*name, *text))
    }
}

/// The scenarios of a folder, by name, which begins with `prefix`.
fn read(folder: &Path, prefix: &str) -> Result<Vec<(String, String)>, String> {
    let wrong = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| wrong(folder, error))? {
        let path = entry.map_err(|error| wrong(folder, error))?.path();
        let name = |last: Option<&OsStr>| {
            format!("{prefix}{}", last.unwrap_or_default().to_string_lossy())
        };
        if path.is_dir() {
            found.extend(read(&path, &format!("{}/", name(path.file_name())))?);
        } else if path.extension().is_some_and(|end| end == "toml") {
            let text = fs::read_to_string(&path).map_err(|error| wrong(&path, error))?;
            found.push((name(path.file_stem()), text));
        }
    }
    Ok(found)
}
