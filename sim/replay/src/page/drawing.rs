//! The drawings of the page, in SVG: the diagram and the bars of the history.
//!
//! The invariant: a drawing is whole without scripts; an event's group is called by its number.

use super::escaped;
use crate::recording::Recording;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::EventId;
use squall_engine::trace::Recorded;
use std::fmt::Write;

const ROW: usize = 18;
const LANE: usize = 46;
const LANES: usize = 150;
const TEXT: usize = 520;
/// How many operations have bars.
const BARS: usize = 40;

/// Where a lane stands.
fn column(lane: usize) -> usize {
    LANES + lane * LANE
}

/// The space-time diagram of some events.
pub(super) fn diagram(recording: &Recording, events: &[EventId], cursor: EventId) -> String {
    let height = (events.len() + 2) * ROW;
    let text = column(recording.lanes.len());
    let width = text + TEXT;
    let mut svg = format!(
        "<svg class=\"diagram\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n"
    );
    for (index, lane) in recording.lanes.iter().enumerate() {
        let (x, name) = (column(index), escaped(&lane.name));
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"14\" text-anchor=\"middle\">{name}</text>\
             <line class=\"lane\" x1=\"{x}\" y1=\"20\" x2=\"{x}\" y2=\"{height}\"/>"
        );
    }
    for (index, id) in events.iter().enumerate() {
        let event = recording.event(*id).expect("what is drawn is of the run");
        svg += &row(recording, event, (index + 2) * ROW, (text, width), *id == cursor);
    }
    svg + "</svg>\n"
}

fn row(
    recording: &Recording,
    event: &Event,
    y: usize,
    (text, width): (usize, usize),
    here: bool,
) -> String {
    let violation = recording.violation().is_some_and(|violation| violation.event == event.id);
    let class = match (here, violation) {
        (true, true) => "event here violation",
        (true, false) => "event here",
        (false, true) => "event violation",
        (false, false) => "event",
    };
    let words = escaped(&event.words());
    let mut row = format!(
        "<g class=\"{class}\" id=\"e{}\"><rect class=\"back\" x=\"0\" y=\"{}\" width=\"{width}\" \
         height=\"{ROW}\"/><text x=\"4\" y=\"{y}\">{}</text><text x=\"64\" y=\"{y}\">{}</text>",
        event.id.0,
        y - 13,
        event.id,
        event.at
    );
    row += &marks(recording, event, y - 4);
    let _ = writeln!(row, "<text x=\"{text}\" y=\"{y}\">{words}</text></g>");
    row
}

/// What happens on the lanes.
fn marks(recording: &Recording, event: &Event, y: usize) -> String {
    let lane = |id| recording.lane_of(id);
    let (from, to, class) = match event.kind {
        EventKind::Deliver { from, .. } => (lane(from), event.place.and_then(lane), "arrow"),
        EventKind::Lost { from, to, .. } => (lane(from), lane(to), "lost"),
        _ => (None, event.place.and_then(lane), ""),
    };
    let Some(to) = to.map(column) else { return String::new() };
    let Some(from) = from.map(column).filter(|from| *from != to) else {
        let (x, y) = (to - 4, y - 4);
        return format!("<rect x=\"{x}\" y=\"{y}\" width=\"8\" height=\"8\"/>");
    };
    let tip = if from < to { to - 8 } else { to + 8 };
    let (up, down) = (y - 4, y + 4);
    format!(
        "<line class=\"{class}\" x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\"/>\
         <circle cx=\"{from}\" cy=\"{y}\" r=\"3\"/>\
         <path d=\"M{to} {y}L{tip} {up}L{tip} {down}Z\"/>"
    )
}

/// The operations that were under way around an event, as bars over the order of their ends.
pub(super) fn history(recording: &Recording, at: EventId) -> String {
    let near = |operation: &&Recorded| operation.invoked <= at;
    let before: Vec<&Recorded> = recording.operations.iter().filter(near).collect();
    let shown = &before[before.len().saturating_sub(BARS)..];
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
        return "<p>clients asked nothing</p>\n".to_string();
    };
    let ends = shown.iter().filter_map(|operation| operation.completed);
    let end = ends.max().unwrap_or(last.invoked).max(last.invoked).max(at);
    let (first, width) = (first.invoked.0, 1200);
    let place = |id: EventId| 60 + (id.0 - first) * (width - 260) / (end.0 - first).max(1);
    let height = (shown.len() + 1) * ROW;
    let mut svg =
        format!("<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n");
    for (index, operation) in shown.iter().enumerate() {
        let y = index * ROW + 2;
        let from = place(operation.invoked);
        let until = operation.completed.map_or(width - 200, place).max(from + 3);
        let guilty = recording.violation().is_some_and(|violation| {
            let seen = |id| id == violation.event || violation.witnesses.contains(&id);
            operation.completed.is_some_and(seen)
        });
        let class = if guilty { "bar guilty" } else { "bar" };
        let answer = operation.answer.as_deref().unwrap_or(&operation.ended);
        let _ = writeln!(
            svg,
            "<text x=\"2\" y=\"{}\">{}</text><rect class=\"{class}\" x=\"{from}\" y=\"{y}\" \
             width=\"{}\" height=\"13\"/><text x=\"{}\" y=\"{}\">{} = {}</text>",
            y + 11,
            escaped(&operation.process),
            until - from,
            until + 5,
            y + 11,
            escaped(&operation.operation),
            escaped(answer)
        );
    }
    svg + "</svg>\n"
}
