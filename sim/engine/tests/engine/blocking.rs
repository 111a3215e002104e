//! *A handler is a blocking thread*, *What monitors see* and *Crash, restart, pause*: each
//! sentence of the design has a test named after it.

use crate::script::{check, run};
use expect_test::expect;

mod crash;
mod handler;
mod sight;

/// The events of a run that concern one place or contain a word.
fn only(script: &str, word: &str) -> String {
    let transcript = run(script).transcript;
    transcript.lines().filter(|line| line.contains(word)).map(|line| format!("{line}\n")).collect()
}

/// The digest of a script's run when nobody looks.
fn unwatched(script: &str) -> squall_engine::digest::Digest {
    let (mut sim, _) = crate::script::sim(crate::script::plan(script, 1));
    squall_engine::run::run(&mut sim, &mut squall_engine::run::Unwatched).digest
}
