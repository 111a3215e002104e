//! The causal past of an event as a diagram: Mermaid's sequence, Graphviz's graph.
//!
//! The invariant: what is drawn led to the event; of a long past its end is drawn, and that is
//! said.

use crate::causality::{Cone, Cones};
use crate::recording::Recording;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::EventId;
use std::io::{self, Write};

/// How many events are drawn: a diagram is to be looked at.
const MOST: usize = 40;

/// The end of the past of an event, and how many events were before it.
fn past(recording: &Recording, at: EventId) -> (Vec<&Event>, usize) {
    let cones = Cones::of(recording, at, EventId(1), at);
    let inside = |event: &&Event| matches!(cones.stands(event.id), Cone::Before | Cone::Here);
    let told = |event: &&Event| event.kind != EventKind::Idle || event.id == at;
    let events: Vec<&Event> = recording.events().iter().filter(inside).filter(told).collect();
    let left_out = events.len().saturating_sub(MOST);
    (events[left_out..].to_vec(), left_out)
}

pub(super) fn mermaid(recording: &Recording, at: EventId, out: &mut dyn Write) -> io::Result<()> {
    let (events, left_out) = past(recording, at);
    writeln!(out, "sequenceDiagram")?;
    let storm = events.iter().any(|event| recording.lane(event).is_none());
    for lane in &recording.lanes {
        writeln!(out, "    participant {}", lane.name)?;
    }
    if storm {
        writeln!(out, "    participant storm")?;
    }
    let first = recording.lanes.first().map_or("storm", |lane| &lane.name);
    if left_out > 0 {
        writeln!(out, "    Note over {first}: {left_out} events before these are left out")?;
    }
    for event in events {
        let (id, words) = (escaped(&event.id.to_string()), escaped(&event.words()));
        let line = match (event.kind, event.place) {
            (EventKind::Deliver { from, .. }, Some(to)) => {
                format!("{}->>{}: {id} {words}", recording.name(from), recording.name(to))
            }
            (EventKind::Lost { from, to, .. }, _) => {
                format!("{}-x{}: {id} {words}", recording.name(from), recording.name(to))
            }
            (_, Some(place)) => {
                format!("Note over {}: {id} {words}", recording.name(place))
            }
            (_, None) => format!("Note over storm: {id} {words}"),
        };
        writeln!(out, "    {line}")?;
    }
    Ok(())
}

/// Mermaid takes `;` and `#` for its own.
fn escaped(text: &str) -> String {
    let escape = |letter: char| match letter {
        '#' => "#35;".to_string(),
        ';' => "#59;".to_string(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

pub(super) fn dot(recording: &Recording, at: EventId, out: &mut dyn Write) -> io::Result<()> {
    let (events, left_out) = past(recording, at);
    writeln!(out, "digraph past {{")?;
    writeln!(out, "    rankdir=TB; node [shape=box, fontname=monospace];")?;
    if left_out > 0 {
        writeln!(out, "    // {left_out} events before these are left out")?;
    }
    let drawn = |id: EventId| events.iter().any(|event| event.id == id);
    for event in &events {
        let label = format!("{} {}\n{}", event.id, recording.place(event), event.words());
        let bold = if event.id == at { ", penwidth=3" } else { "" };
        writeln!(out, "    e{} [label={label:?}{bold}];", event.id.0)?;
        let before = recording.lane(event);
        let before = before.and_then(|lane| recording.lane_before(lane, event.id));
        if let Some(before) = before.filter(|before| drawn(*before) && *before != event.cause) {
            writeln!(out, "    e{} -> e{} [style=dotted];", before.0, event.id.0)?;
        }
        if drawn(event.cause) {
            writeln!(out, "    e{} -> e{};", event.cause.0, event.id.0)?;
        }
    }
    writeln!(out, "}}")
}
