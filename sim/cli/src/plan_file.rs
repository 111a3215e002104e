//! Plans as files: what a run was decided to be, to be run again as it is.
//!
//! The invariant: a plan that is read is checked as a scenario is, before anything is run.

use crate::catalogue::Catalogue;
use crate::exit::Stop;
use crate::inputs;
use squall_engine::plan::{PLAN_VERSION, Plan};
use squall_engine::subject::Subject;
use std::fs;

/// How a plan's file ends.
pub(crate) const END: &str = ".json";

/// The plan in a file, and its protocol.
pub(crate) fn read<'a>(
    catalogue: &'a Catalogue,
    path: &str,
) -> Result<(&'a dyn Subject, Plan), Stop> {
    let text = inputs::text_of(path)?;
    let wrong = |message: String| Stop::Words(format!("{path}: {message}"));
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("not JSON: {error}")))?;
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(PLAN_VERSION) => {}
        Some(version) => {
            let message =
                format!("version {version} is not known; this squall reads {PLAN_VERSION}");
            return Err(wrong(message));
        }
        None => return Err(wrong("not a plan: it has no `version`".to_string())),
    }
    let plan: Plan =
        serde_json::from_str(&text).map_err(|error| wrong(format!("not a plan: {error}")))?;
    let protocol = &plan.scenario.protocol;
    let subject = catalogue
        .subject(protocol)
        .ok_or_else(|| wrong(format!("no protocol is called `{protocol}`")))?;
    subject.check(path, &plan)?;
    Ok((subject, plan))
}

/// That a plan may be written to a path.
pub(crate) fn check_path(path: &str) -> Result<(), Stop> {
    match path.ends_with(END) {
        true => Ok(()),
        false => Err(Stop::Words(format!("--pin {path}: a plan is a {END} file"))),
    }
}

/// Writes a plan, whole or not at all.
pub(crate) fn write(path: &str, plan: &Plan) -> Result<(), Stop> {
    let mut text = serde_json::to_string_pretty(plan).expect("a plan is plain data");
    text.push('\n');
    let beside = format!("{path}.{}.part", std::process::id());
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // What cannot be written is not there to be removed either.
        let _ = fs::remove_file(&beside);
        Stop::Words(format!("cannot write {path}: {error}"))
    })
}
