//! Repros as files: read, compared with what they do now, and written.
//!
//! The invariant: a repro that is read is checked as a scenario is, before anything is run; one
//! that is written is there whole or not at all.

use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::Stop;
use crate::inputs::{self, Chosen};
use squall_engine::plan::Plan;
use squall_engine::subject::Subject;
use squall_explore::repro::{Origin, Parting, Repro, TrailReader};
use squall_explore::{Ran, execute};
use squall_watch::Watchdog;
use std::fs;

/// How a repro's file ends.
pub(crate) const END: &str = ".json";

/// The repro in a file, and its protocol.
pub(crate) fn read<'a>(
    catalogue: &'a Catalogue,
    path: &str,
) -> Result<(&'a dyn Subject, Repro), Stop> {
    let text = inputs::text_of(path)?;
    let wrong = |message: String| Stop::Words(format!("{path}: {message}"));
    let repro = Repro::parse(&text).map_err(|error| wrong(error.to_string()))?;
    let protocol = &repro.plan.scenario.protocol;
    let subject = catalogue
        .subject(protocol)
        .ok_or_else(|| wrong(format!("no protocol is called `{protocol}`")))?;
    subject.check(path, &repro.plan)?;
    Ok((subject, repro))
}

/// That a repro may be written to a path.
pub(crate) fn check_path(option: &str, path: &str) -> Result<(), Stop> {
    match path.ends_with(END) {
        true => Ok(()),
        false => Err(Stop::Words(format!("{option} {path}: a repro is a {END} file"))),
    }
}

/// Where the plans of a chosen scenario come from.
pub(crate) fn origin(chosen: &Chosen<'_>, seed: u64, sets: &[String]) -> Origin {
    Origin {
        scenario: chosen.called.clone(),
        seed: seed.to_string(),
        sets: sets.to_vec(),
        text: chosen.planner.document().text().to_string(),
    }
}

/// Runs a plan and makes a repro of it.
pub(crate) fn record(
    subject: &dyn Subject,
    plan: Plan,
    origin: Origin,
    console: &Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Repro, Stop> {
    let recorded = Repro::record(plan, origin, &mut |plan, reader| {
        let ran = execute(subject, plan.clone(), Some(reader), console.clock, watchdog)?;
        Ok(ran.report)
    });
    Ok(recorded?)
}

/// Writes a repro, whole or not at all.
pub(crate) fn write(path: &str, repro: &Repro) -> Result<(), Stop> {
    let beside = format!("{path}.{}.part", std::process::id());
    let written = fs::write(&beside, repro.text()).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // What cannot be written is not there to be removed either.
        let _ = fs::remove_file(&beside);
        Stop::Words(format!("cannot write {path}: {error}"))
    })
}

/// How a run of a repro differs from the one that was written, one line each; nothing if it is the
/// same.
pub(crate) fn changes(
    subject: &dyn Subject,
    repro: &Repro,
    ran: &Ran,
    console: &Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Vec<String>, Stop> {
    let now = ran.report.outcome.digest.to_string();
    let Some(digest) = repro.digest.as_ref().filter(|digest| **digest != now) else {
        return Ok(Vec::new());
    };
    let mut reader = TrailReader::default();
    execute(subject, repro.plan.clone(), Some(&mut reader), console.clock, watchdog)?;
    let trail = repro.trail.clone().unwrap_or_default();
    let place = match reader.parting(&trail) {
        Some(Parting::At(event)) => format!("the first event that differs is #{event}"),
        Some(Parting::Within(after, until)) => {
            format!("the first event that differs is after #{after} and not after #{until}")
        }
        None => "its events are those that were written, as far as their digests go".to_string(),
    };
    let mut lines = vec![format!("not the run that was written ({digest}): {place}")];
    let unapplied = ran.report.unapplied.iter();
    lines.extend(unapplied.map(|words| format!("no longer applies: {words}")));
    Ok(lines)
}
