//! `squall export` and `squall report`: a run for other tools, and as a page for a browser.
//!
//! The invariant: a file is written whole or not at all.

use crate::args::{ExportArgs, FormatWord, ReportArgs};
use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::replay::{Opened, open};
use squall_engine::ids::EventId;
use squall_replay::{Format, Recording};
use std::fs;

/// Writes a run in the format of another tool to the output.
pub(crate) fn export(
    catalogue: &Catalogue,
    options: &ExportArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let Opened { recording, .. } = open(catalogue, &options.source, console)?;
    let at = match options.at {
        Some(at) => event(&recording, at)?,
        None => recording.violation().map_or(recording.last(), |violation| violation.event),
    };
    let format = match options.format {
        FormatWord::Jsonl => Format::JsonLines,
        FormatWord::Shiviz => Format::Shiviz,
        FormatWord::Perfetto => Format::Perfetto,
        FormatWord::JepsenEdn => Format::JepsenEdn,
        FormatWord::Mermaid => Format::Mermaid,
        FormatWord::Dot => Format::Dot,
    };
    squall_replay::export(&recording, format, at, console.out)?;
    Ok(Exit::Fine)
}

/// The event that `--at` names.
pub(crate) fn event(recording: &Recording, at: u64) -> Result<EventId, Stop> {
    match recording.event(EventId(at)) {
        Some(event) => Ok(event.id),
        None => {
            let last = recording.last().0;
            Err(Stop::Words(format!("--at {at}: the run has events 1 to {last}")))
        }
    }
}

/// Writes a run as a page.
pub(crate) fn report(
    catalogue: &Catalogue,
    options: &ReportArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let Opened { recording, words } = open(catalogue, &options.source, console)?;
    let program = &console.program;
    let mut commands = vec![format!("{program} replay {words}")];
    if !options.source.source.ends_with(".trace") {
        commands.insert(0, format!("{program} run {words}"));
    }
    let page = squall_replay::page(&recording, &commands);
    let path = &options.html;
    let beside = format!("{path}.{}.part", std::process::id());
    let written = fs::write(&beside, page).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // What cannot be written is not there to be removed either.
        let _ = fs::remove_file(&beside);
        Stop::Words(format!("cannot write {path}: {error}"))
    })?;
    console.remark(&format!("report written to {path}"));
    Ok(Exit::Fine)
}
