//! The seeds that failed once: a file in a `regressions` folder, read before all else.
//!
//! The invariant: a line is added and never changed; what cannot be written is told and breaks
//! nothing.

use super::failure::Failure;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// What every file begins with.
const HEADING: &str = "\
# Seeds that failed once: a test tries them before all others. Keep this file with the code.
";
/// What stands between a seed, with what was set, and why it failed.
const WHY: &str = " # ";

/// The file of one scenario.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    /// What the test sets in the scenario, as on a command line.
    settings: String,
}

impl Memory {
    /// The memory of a scenario that is called so, in this folder.
    pub(super) fn new(folder: PathBuf, called: &str, settings: &[String]) -> Memory {
        let path = folder.join(format!("{}.txt", file_name(called)));
        Memory { path, settings: settings.iter().map(|set| format!(" --set {set}")).collect() }
    }

    /// The seeds that failed with these settings, in the order in which they did.
    pub(super) fn seeds(&self) -> Result<Vec<u64>, Failure> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) => {
                return match error.kind() {
                    ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(Vec::new()),
                    _ => Err(Failure::misused(format!("{}: {error}", self.path.display()))),
                };
            }
        };
        let mut seeds = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let said = line.split_once(WHY).map_or(line, |(said, _)| said).trim_end();
            let (seed, settings) = said.split_at(said.find(' ').unwrap_or(said.len()));
            let seed = squall_explore::seeds::seed(seed).map_err(|words| {
                let place = format!("{}:{}", self.path.display(), index + 1);
                Failure::misused(format!("{place}: {words}"))
            })?;
            if settings == self.settings && !seeds.contains(&seed) {
                seeds.push(seed);
            }
        }
        Ok(seeds)
    }

    /// Remembers a seed and why it failed; says what came of that.
    pub(super) fn keep(&self, seed: u64, why: &str) -> String {
        let known = self.seeds().is_ok_and(|seeds| seeds.contains(&seed));
        let kept = if known { Ok(()) } else { self.write(seed, why) };
        match kept {
            Ok(()) => format!("{}, so that seed {seed} is tried first", self.path.display()),
            Err(error) => format!("nowhere: cannot write {}: {error}", self.path.display()),
        }
    }

    fn write(&self, seed: u64, why: &str) -> std::io::Result<()> {
        fs::create_dir_all(self.path.parent().unwrap_or(&self.path))?;
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path)?;
        let heading = if file.metadata()?.len() == 0 { HEADING } else { "" };
        let why: String = why.replace(char::is_control, " ");
        // In one piece, since other tests may write at the same time.
        let line = format!("{heading}{seed}{}{WHY}{why}\n", self.settings);
        file.write_all(line.as_bytes())
    }
}

/// A name as that of a file.
pub(super) fn file_name(called: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    let named = called.split(|letter| !plain(letter)).filter(|part| !part.is_empty());
    named.collect::<Vec<_>>().join("-")
}
