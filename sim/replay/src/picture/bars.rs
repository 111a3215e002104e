//! The bars at the top: how many events there were when, and what the storm did.
//!
//! The invariant: a column stands for a stretch of simulated time, the same in every bar.

use super::Scene;
use super::canvas::{Canvas, Tone, cut};
use squall_engine::ids::Time;
use squall_engine::sim::Strike;

const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const LABEL: u16 = 8;
/// Faults that strike nodes; the others strike links.
const OF_NODES: [&str; 7] = ["crash", "restart", "wipe", "pause", "slow", "disk", "clock"];

/// Three bars with a rule above.
pub(crate) fn wide(canvas: &mut Canvas<'_>, scene: &Scene<'_>, y: u16) {
    let end = end(scene);
    let width = canvas.width();
    canvas.rule(y, 0, width, "Timeline");
    let told = format!(" 0 .. {} ms ", end);
    canvas.put(width.saturating_sub(told.len() as u16 + 3), y, &told, Tone::Plain);
    density(canvas, scene, y + 1);
    canvas.put(1, y + 2, "links", Tone::Plain);
    canvas.put(1, y + 3, "nodes", Tone::Plain);
    for strike in struck(scene) {
        let nodes = OF_NODES.contains(&strike.kind.as_str());
        stretch(canvas, scene, if nodes { y + 3 } else { y + 2 }, strike);
    }
    markers(canvas, scene, y);
}

/// Two bars.
pub(crate) fn middle(canvas: &mut Canvas<'_>, scene: &Scene<'_>, y: u16) {
    density(canvas, scene, y);
    canvas.put(1, y + 1, "faults", Tone::Plain);
    for strike in struck(scene) {
        stretch(canvas, scene, y + 1, strike);
    }
    markers(canvas, scene, y + 1);
}

/// The instant that a column stands for.
pub(crate) fn at(scene: &Scene<'_>, width: u16, x: u16) -> Option<Time> {
    let room = u128::from(width - LABEL - 1).max(2);
    let column = u128::from(x.checked_sub(LABEL)?).min(room - 1);
    let nanos = column * u128::from(end(scene).as_nanos()) / (room - 1);
    Some(Time::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}

fn struck<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Strike> {
    scene.recording.outcome.strikes.iter().filter(|strike| strike.skipped.is_none())
}

fn end(scene: &Scene<'_>) -> Time {
    scene.recording.events().last().map_or(Time::ZERO, |event| event.at)
}

fn room(canvas: &Canvas<'_>) -> u16 {
    canvas.width() - LABEL - 1
}

/// The column of an instant.
fn column(canvas: &Canvas<'_>, scene: &Scene<'_>, at: Time) -> u16 {
    let (room, end) = (u128::from(room(canvas)), u128::from(end(scene).as_nanos().max(1)));
    let column = u128::from(at.as_nanos()) * room.saturating_sub(1) / end;
    LABEL + column.min(room.saturating_sub(1)) as u16
}

fn density(canvas: &mut Canvas<'_>, scene: &Scene<'_>, y: u16) {
    canvas.put(1, y, "events", Tone::Plain);
    let (room, end) = (u64::from(room(canvas)), end(scene).as_nanos());
    let events = scene.recording.events();
    let until = |column: u64| {
        let at = u128::from(end + 1) * u128::from(column) / u128::from(room);
        events.partition_point(|event| u128::from(event.at.as_nanos()) < at)
    };
    let counts: Vec<usize> = (0..room).map(|at| until(at + 1) - until(at)).collect();
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    for (x, count) in (LABEL..).zip(counts) {
        let level = (count * 8).div_ceil(most);
        canvas.glyph(x, y, BLOCKS[level.min(8)], Tone::Plain);
    }
}

fn stretch(canvas: &mut Canvas<'_>, scene: &Scene<'_>, y: u16, strike: &Strike) {
    let from = column(canvas, scene, strike.at);
    let until = column(canvas, scene, strike.until.unwrap_or(strike.at));
    if until <= from {
        let glyph = if strike.kind == "crash" { '✕' } else { '├' };
        canvas.glyph(from, y, glyph, Tone::Fault);
        return;
    }
    let (first, last) = match strike.kind.as_str() {
        "crash" | "wipe" => ('✕', '↻'),
        _ => ('├', '┤'),
    };
    for x in from + 1..until {
        canvas.glyph(x, y, '─', Tone::Fault);
    }
    canvas.glyph(from, y, first, Tone::Fault);
    canvas.glyph(until, y, last, Tone::Fault);
    let room = usize::from(until - from).saturating_sub(4);
    if room >= 3 {
        let text = cut(&format!("{} {}", strike.kind, strike.whom), room);
        canvas.put(from + 2, y, &format!(" {text} "), Tone::Fault);
    }
}

/// The cursor, the violation and the bookmarks.
fn markers(canvas: &mut Canvas<'_>, scene: &Scene<'_>, y: u16) {
    let at = |id| scene.recording.event(id).map(|event| event.at);
    for (letter, id) in &scene.view.marks {
        if let Some(at) = at(*id) {
            canvas.glyph(column(canvas, scene, at), y, *letter, Tone::Bold);
        }
    }
    if let Some(violation) = scene.recording.violation() {
        canvas.glyph(column(canvas, scene, violation.at), y, '‼', Tone::Bad);
    }
    if let Some(at) = at(scene.view.cursor) {
        canvas.glyph(column(canvas, scene, at), y, '▼', Tone::Bold);
    }
}
