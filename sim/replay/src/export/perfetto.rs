//! Perfetto's trace JSON: a track for each participant, a slice for each event, and a flow from
//! each cause to its effect.
//!
//! The invariant: a flow begins and ends within slices.

use crate::recording::Recording;
use serde_json::{Value, json};
use squall_engine::event::{Event, EventKind};
use std::io::{self, Write};

/// How long a slice is drawn, in microseconds.
const SLICE_US: f64 = 1.0;

pub(super) fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
    let plan = &recording.header.plan;
    let process = json!({
        "ph": "M", "pid": 1, "name": "process_name",
        "args": {"name": format!("{} seed {}", plan.name, plan.seed)},
    });
    write!(out, "\n{process}")?;
    let storm = recording.lanes.len();
    let names = recording.lanes.iter().map(|lane| lane.name.as_str()).chain(["storm"]);
    for (track, name) in names.enumerate() {
        let named = json!({
            "ph": "M", "pid": 1, "tid": track, "name": "thread_name", "args": {"name": name},
        });
        write!(out, ",\n{named}")?;
    }
    for event in recording.events() {
        let track = recording.lane(event).unwrap_or(storm);
        write!(out, ",\n{}", slice(recording, event, track))?;
        let is_message = matches!(event.kind, EventKind::Deliver { .. } | EventKind::Lost { .. });
        let Some(cause) = recording.event(event.cause).filter(|_| is_message) else { continue };
        let from = recording.lane(cause).unwrap_or(storm);
        let flow = |phase: &str, track: usize, at: f64| {
            json!({
                "ph": phase, "pid": 1, "tid": track, "ts": at, "id": event.id.0, "bp": "e",
                "cat": "message", "name": "message",
            })
        };
        write!(out, ",\n{}", flow("s", from, micros(cause)))?;
        write!(out, ",\n{}", flow("f", track, micros(event)))?;
    }
    writeln!(out, "\n]}}")
}

fn micros(event: &Event) -> f64 {
    event.at.as_nanos() as f64 / 1_000.0
}

fn slice(recording: &Recording, event: &Event, track: usize) -> Value {
    json!({
        "ph": "X", "pid": 1, "tid": track, "ts": micros(event), "dur": SLICE_US,
        "cat": crate::query::kind_of(event.kind),
        "name": event.words(),
        "args": {
            "event": event.id.to_string(),
            "cause": event.cause.to_string(),
            "place": recording.place(event),
        },
    })
}
