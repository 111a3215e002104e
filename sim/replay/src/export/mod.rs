//! A recording in the formats of other tools.
//!
//! The invariant: what is written depends on the recording and the event in hand alone.

mod edn;
mod graph;
mod perfetto;
mod shiviz;

use crate::recording::Recording;
use serde_json::json;
use squall_engine::ids::EventId;
use std::io::{self, Write};

/// A format of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line: every event in words.
    JsonLines,
    /// ShiViz: a log with vector clocks.
    Shiviz,
    /// Perfetto: slices and flows.
    Perfetto,
    /// Jepsen: the clients' history.
    JepsenEdn,
    /// Mermaid: a sequence diagram of the causal past.
    Mermaid,
    /// Graphviz: the causal past as a graph.
    Dot,
}

/// Writes a recording; `at` is the event whose causal past the diagrams show.
///
/// # Errors
/// The output refuses, or the recording holds what the format cannot say.
pub fn export(
    recording: &Recording,
    format: Format,
    at: EventId,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::JsonLines => json_lines(recording, out),
        Format::Shiviz => shiviz::write(recording, out),
        Format::Perfetto => perfetto::write(recording, out),
        Format::JepsenEdn => edn::write(recording, out),
        Format::Mermaid => graph::mermaid(recording, at, out),
        Format::Dot => graph::dot(recording, at, out),
    }
}

fn json_lines(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    for event in recording.events() {
        let line = json!({
            "version": 1,
            "event": event.id.0,
            "at_ns": event.at.as_nanos(),
            "place": recording.place(event),
            "kind": crate::query::kind_of(event.kind),
            "words": event.words(),
            "cause": (event.cause.0 > 0).then_some(event.cause.0),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
