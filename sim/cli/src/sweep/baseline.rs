//! The groups of failures that are known, as a file that people keep beside their code.
//!
//! The invariant: the file is sorted, so that a change of it reads well.

use crate::exit::Stop;
use crate::inputs;
use serde::{Deserialize, Serialize};
use squall_explore::sweep::Finding;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The version of the format.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    version: u32,
    kind: String,
    known: BTreeSet<Known>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    scenario: String,
    signature: String,
}

/// The scenarios and signatures in a baseline. One that is to be written need not be there yet.
pub(super) fn read(path: &str, written: bool) -> Result<BTreeSet<(String, String)>, Stop> {
    if written && !Path::new(path).exists() {
        return Ok(BTreeSet::new());
    }
    let wrong = |message: String| Stop::Words(format!("{path}: {message}"));
    let baseline: Baseline = serde_json::from_str(&inputs::text_of(path)?)
        .map_err(|error| wrong(format!("not a baseline: {error}")))?;
    if baseline.version != VERSION || baseline.kind != "baseline" {
        let Baseline { version, kind, .. } = baseline;
        let want = format!("expected a baseline of version {VERSION}");
        return Err(wrong(format!("{want}, found a {kind} of version {version}")));
    }
    let known = baseline.known.into_iter();
    Ok(known.map(|known| (known.scenario, known.signature)).collect())
}

/// Writes a baseline with what was known and what was found, whole or not at all.
pub(super) fn write(
    path: &str,
    known: BTreeSet<(String, String)>,
    groups: &[Finding],
) -> Result<(), Stop> {
    let news = groups.iter().filter(|group| group.is_news());
    let found = news.map(|group| (group.scenario.clone(), group.signature.clone()));
    let known = known.into_iter().chain(found);
    let known = known.map(|(scenario, signature)| Known { scenario, signature }).collect();
    let baseline = Baseline { version: VERSION, kind: "baseline".to_string(), known };
    let mut text = serde_json::to_string_pretty(&baseline).expect("a baseline is plain data");
    text.push('\n');
    let beside = format!("{path}.{}.part", std::process::id());
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| Stop::Words(format!("cannot write {path}: {error}")))
}
