//! What a test can know of the world around it: environment, test name, folders.
//!
//! The invariant: nothing of this reaches a run but which seeds are run, and each of them is told.

use super::failure::Failure;
use squall_explore::seeds;
use std::path::{Path, PathBuf};

/// The variable that makes every check of a test run one seed alone.
pub(super) const SEED: &str = "SQUALL_SEED";
/// The variable that makes every check of a test run these seeds.
const SEEDS: &str = "SQUALL_SEEDS";
/// The variable that says how many seeds are run at once.
const JOBS: &str = "SQUALL_JOBS";

/// The seeds that the environment asks for, if it does.
pub(super) fn wanted_seeds() -> Result<Option<Vec<u64>>, Failure> {
    let wrong = |name: &str, words: String| Failure::misused(format!("{name}: {words}"));
    if let Some(text) = variable(SEED) {
        let seed = seeds::seed(&text).map_err(|words| wrong(SEED, words))?;
        return Ok(Some(vec![seed]));
    }
    let Some(text) = variable(SEEDS) else { return Ok(None) };
    let range = seeds::range(&text).map_err(|words| wrong(&format!("{SEEDS} {text}"), words))?;
    Ok(Some(range.collect()))
}

/// How many seeds are run at once: one, unless the environment says otherwise.
pub(super) fn jobs() -> Result<usize, Failure> {
    let Some(text) = variable(JOBS) else { return Ok(1) };
    match text.parse() {
        Ok(jobs) if jobs > 0 => Ok(jobs),
        _ => Err(Failure::misused(format!("{JOBS}: `{text}` is not a number of jobs such as 4"))),
    }
}

/// The folder of the crate that is tested; where cargo runs tests, if nobody says.
pub(super) fn manifest() -> PathBuf {
    variable("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}

/// The package that is tested.
pub(super) fn package() -> Option<String> {
    variable("CARGO_PKG_NAME")
}

/// Which test this is: it runs in a thread of that name, or is named to a process of its own.
pub(super) fn test() -> Option<String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--exact") {
        let mut names = arguments.into_iter().filter(|argument| !argument.starts_with("--"));
        if let (Some(name), None) = (names.next(), names.next()) {
            return Some(name);
        }
    }
    let thread = std::thread::current();
    thread.name().filter(|name| *name != "main").map(str::to_string)
}

/// The target folder that this test was built in: the one above the program that cargo has marked.
pub(super) fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.map_or_else(|| manifest().join("target"), Path::to_path_buf)
}

/// The beginning of a command that runs this test with a variable set.
pub(super) fn command(assignment: &str) -> String {
    let runner = if variable("NEXTEST").is_some() { "nextest run" } else { "test" };
    let package = package().map(|name| format!(" -p {name}")).unwrap_or_default();
    let test = test().map(|name| format!(" {name}")).unwrap_or_default();
    format!("{assignment} cargo {runner}{package}{test}")
}

#[expect(clippy::disallowed_methods, reason = "seeds are printed, and no run sees a variable")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
