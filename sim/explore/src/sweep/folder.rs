//! The folder that a sweep writes to.
//!
//! The invariant: every file in it is whole at every instant; of a sweep that was killed it holds
//! all that was found, and the seeds that were in hand.

use super::findings::{Finding, scenario_of};
use super::summary::{SUMMARY_VERSION, State, Summary};
use crate::repro::{Repro, ReproError};
use squall_engine::plan::Plan;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What the summary's file is called.
const SUMMARY: &str = "summary.json";
/// How a file of a plan ends.
const PLAN: &str = ".json";
/// How a file with the seed in hand ends.
const IN_HAND: &str = ".seed";
/// How a file ends that is not yet whole.
const PART: &str = ".part";

/// A folder that a sweep writes to, and nobody else meanwhile.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Locked until the process ends, however it does.
    _lock: File,
}

/// Why a folder cannot be written or read. Nothing in it was changed by what failed.
#[derive(Debug)]
pub struct FolderError {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for FolderError {}

fn failed(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_path_buf();
    move |error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file or folder".to_string(),
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                "it is not a folder".to_string()
            }
            io::ErrorKind::PermissionDenied => "it may not be used".to_string(),
            _ => error.to_string(),
        };
        FolderError { path: path.clone(), reason }
    }
}

/// What a sweep has left in its folder.
#[derive(Clone, Debug)]
pub struct Remains {
    /// What it said of itself last.
    pub summary: Summary,
    /// The plans that it had kept, each with the stem of its file.
    pub plans: Vec<(String, Plan)>,
}

/// What a sweep that was killed has left.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// What it had found; nothing if it ended by itself.
    pub remains: Option<Remains>,
    /// The runs that were in hand.
    pub in_hand: Vec<String>,
}

impl Folder {
    /// A folder that is there afterwards, and is not written to by anybody else.
    ///
    /// # Errors
    /// It cannot be made or written to, or another sweep writes to it.
    pub fn open(path: &Path) -> Result<Folder, FolderError> {
        fs::create_dir_all(path).map_err(failed(path))?;
        let lock = File::create(path.join(".lock")).map_err(failed(path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path: path.to_path_buf(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                let reason = "another sweep is writing to it".to_string();
                Err(FolderError { path: path.to_path_buf(), reason })
            }
            Err(TryLockError::Error(error)) => Err(failed(path)(error)),
        }
    }

    /// Where a file of this name is.
    #[must_use]
    pub fn place(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The plan of a group's shortest run.
    ///
    /// # Errors
    /// The file is not there, or is not a plan.
    pub fn read_plan(&self, finding: &Finding) -> Result<Plan, FolderError> {
        read_plan(&self.place(&format!("{}{PLAN}", finding.stem())))
    }

    /// Where a thread keeps the seed in hand.
    #[must_use]
    pub fn seed_place(&self, thread: usize) -> PathBuf {
        self.place(&format!("in-hand-{thread}{IN_HAND}"))
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// The host does not let us.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), FolderError> {
        let (part, place) = (self.place(&format!(".{name}{PART}")), self.place(name));
        let written = fs::write(&part, contents).and_then(|()| fs::rename(&part, &place));
        written.map_err(failed(&place))
    }

    /// Writes the plan of a group's shortest run.
    ///
    /// # Errors
    /// The host does not let us.
    pub fn write_plan(&self, finding: &Finding, plan: &Plan) -> Result<(), FolderError> {
        let Finding { scenario, signature, sentence, .. } = finding;
        let repro = Repro::noted(plan.clone(), scenario, signature, sentence);
        self.write(&format!("{}{PLAN}", finding.stem()), repro.text().as_bytes())
    }

    /// Writes what the sweep says of itself.
    ///
    /// # Errors
    /// The host does not let us.
    pub fn write_summary(&self, summary: &Summary) -> Result<(), FolderError> {
        let mut text = serde_json::to_vec_pretty(summary).expect("a summary is plain data");
        text.push(b'\n');
        self.write(SUMMARY, &text)
    }

    /// What a sweep has left that was killed; the remains that are of no use are removed.
    ///
    /// # Errors
    /// A file cannot be read, or is of another version.
    pub fn leftovers(&self) -> Result<Leftovers, FolderError> {
        let summary = read_summary(&self.path)?;
        let mut leftovers = Leftovers::default();
        for name in names(&self.path)? {
            let place = self.place(&name);
            if name.ends_with(PART) {
                fs::remove_file(&place).map_err(failed(&place))?;
            } else if name.ends_with(IN_HAND) {
                let words = fs::read_to_string(&place).map_err(failed(&place))?;
                let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
                leftovers.in_hand.extend(lines.map(str::to_string));
                fs::remove_file(&place).map_err(failed(&place))?;
            }
        }
        if let Some(summary) = summary.filter(|summary| summary.state == State::Running) {
            leftovers.remains = Some(Remains { summary, plans: plans(&self.path)? });
        }
        Ok(leftovers)
    }
}

/// What a sweep has left in a folder.
///
/// # Errors
/// No sweep has written to it, or a file cannot be read or is of another version.
pub fn read_folder(path: &Path) -> Result<Remains, FolderError> {
    let wrong = |reason: &str| FolderError { path: path.to_path_buf(), reason: reason.to_string() };
    if !path.is_dir() {
        return Err(wrong("there is no such folder"));
    }
    let summary = read_summary(path)?.ok_or_else(|| wrong("no sweep has written to it"))?;
    Ok(Remains { summary, plans: plans(path)? })
}

fn read_summary(folder: &Path) -> Result<Option<Summary>, FolderError> {
    let place = folder.join(SUMMARY);
    let text = match fs::read_to_string(&place) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&place)(error)),
    };
    let wrong = |reason: String| FolderError { path: place.clone(), reason };
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("not JSON: {error}")))?;
    match value["version"].as_u64() {
        Some(version) if version == u64::from(SUMMARY_VERSION) => {}
        Some(version) => {
            let known = format!("this squall reads {SUMMARY_VERSION}");
            return Err(wrong(format!("version {version} is not known; {known}")));
        }
        None => return Err(wrong("not a summary: it has no `version`".to_string())),
    }
    // From the text: a value has no room for sums of many runs.
    let summary = serde_json::from_str(&text);
    summary.map(Some).map_err(|error| wrong(format!("not a summary: {error}")))
}

/// The plans in a folder, each with the stem of its file.
fn plans(folder: &Path) -> Result<Vec<(String, Plan)>, FolderError> {
    let mut plans = Vec::new();
    for name in names(folder)? {
        let stem = name.strip_suffix(PLAN).unwrap_or_default();
        if scenario_of(stem).is_some() {
            plans.push((stem.to_string(), read_plan(&folder.join(&name))?));
        }
    }
    Ok(plans)
}

fn read_plan(place: &Path) -> Result<Plan, FolderError> {
    let text = fs::read_to_string(place).map_err(failed(place))?;
    let repro = Repro::parse(&text);
    let wrong = |error: ReproError| FolderError { path: place.to_path_buf(), reason: error.0 };
    repro.map(|repro| repro.plan).map_err(wrong)
}

/// The names of the files in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>, FolderError> {
    let entries = fs::read_dir(folder).map_err(failed(folder))?;
    let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    let mut names: Vec<String> = entries.filter_map(Result::ok).filter_map(name).collect();
    names.sort();
    Ok(names)
}
