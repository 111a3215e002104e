//! The panels: promises, faults, messages in flight, and the event in hand.
//!
//! The invariant: a panel is rows of text that fit a width; what it shows is as of the cursor.

use super::Scene;
use super::canvas::{Row, Tone, cut, span, wrapped};
use super::{history, state};
use crate::view::Panel;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::{EventId, Time};
use squall_engine::monitor::Form;
use squall_engine::sim::{Progress, Standing};

/// How far messages in flight are looked for.
const AHEAD: u64 = 20_000;

/// The rows of a panel.
pub(crate) fn panel(scene: &Scene<'_>, panel: Panel, width: u16, height: u16) -> Vec<Row> {
    let (width, height) = (usize::from(width), usize::from(height));
    match panel {
        Panel::State => state::state(scene, width, height),
        Panel::Invariants => invariants(scene, width, height),
        Panel::History => history::history(scene, width, height),
        Panel::Faults => faults(scene, width, height),
        Panel::Net => net(scene, width, height),
        Panel::Event => event(scene, width),
    }
}

/// The promises, the broken ones first.
fn invariants(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let outcome = &scene.recording.outcome;
    let mut rows: Vec<(u8, Row)> = Vec::new();
    let violation = scene.recording.violation();
    let known = |name: &str| outcome.standings.iter().any(|standing| standing.name == name);
    if let Some(violation) = violation.filter(|violation| !known(&violation.property)) {
        rows.push((0, broken(&violation.property, violation.event)));
    }
    for standing in &outcome.standings {
        let row = match (&standing.progress, violation) {
            (Progress::Failed, Some(violation)) => (0, broken(&standing.name, violation.event)),
            _ => promise(standing),
        };
        rows.push(row);
    }
    rows.sort_by_key(|(rank, _)| *rank);
    let mut rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    // Where there is little room it stands beside the history.
    if let Some(violation) = violation.filter(|_| width >= 60) {
        let told = wrapped(&violation.sentence, width);
        let room = height.saturating_sub(rows.len()).clamp(2, 4);
        let told = told.into_iter().take(room).map(|line| vec![(line, Tone::Bad)]);
        rows.splice(1..1, told);
    }
    rows
}

fn broken(name: &str, event: EventId) -> Row {
    vec![(format!("‼ {name:<20} at {event}"), Tone::Bad)]
}

fn promise(standing: &Standing) -> (u8, Row) {
    let form = match standing.form {
        Form::Always => "always",
        Form::Sometimes => "some",
        Form::Eventually => "event.",
    };
    let (rank, mark, told) = match standing.progress {
        Progress::Failed => (0, '‼', "failed".to_string()),
        Progress::Held(looks) => (1, '✓', looks.to_string()),
        Progress::Reached(event) => (2, '✓', event.to_string()),
        Progress::NotDue => (3, '·', "not due".to_string()),
        Progress::NotReached => (3, '·', "not reached".to_string()),
    };
    (rank, vec![span(format!("{mark} {form:<7} {:<20} {told}", standing.name))])
}

/// The faults around the cursor; those in force are marked.
fn faults(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let now = scene.recording.event(scene.view.cursor).map(|event| event.at);
    let now = now.unwrap_or_default();
    let strikes = &scene.recording.outcome.strikes;
    if strikes.is_empty() {
        return vec![vec![span("no fault struck")]];
    }
    let begun = strikes.iter().filter(|strike| strike.at <= now).count();
    let first = begun.saturating_sub(height * 2 / 3).min(strikes.len().saturating_sub(height));
    let row = |strike: &squall_engine::sim::Strike| {
        let over = strike.until.is_some_and(|until| until <= now);
        let (mark, tone) = match (strike.skipped.is_some(), strike.at <= now, over) {
            (true, _, _) => ("skipped", Tone::Dim),
            (_, false, _) => ("later", Tone::Dim),
            (_, true, true) => ("over", Tone::Plain),
            (_, true, false) => ("in force", Tone::Fault),
        };
        let until = strike.until.map(|until| format!("..{until}")).unwrap_or_default();
        let why = strike.skipped.as_deref().unwrap_or(&strike.whom);
        let text = format!(
            "{:>6} {mark:<8} {} {} {why}  {}{until} ms",
            strike.event, strike.fault, strike.kind, strike.at
        );
        vec![(cut(&text, width), tone)]
    };
    strikes.iter().skip(first).take(height).map(row).collect()
}

/// Messages that were sent and have not arrived.
fn net(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let recording = scene.recording;
    let here = scene.view.cursor;
    let now = recording.event(here).map(|event| event.at).unwrap_or_default();
    let ahead = recording.events().iter().skip(here.0 as usize).take(AHEAD as usize);
    let flying = |event: &&Event| match event.kind {
        EventKind::Deliver { sent, .. } => sent <= now && event.cause <= here,
        EventKind::Lost { .. } => event.cause <= here,
        _ => false,
    };
    let row = |event: &Event| {
        let fate = match event.kind {
            EventKind::Lost { .. } => ("will be lost", Tone::Fault),
            _ => ("arrives", Tone::Plain),
        };
        let text = format!(
            "{:<12} {} ms  {} {}  {}",
            recording.place(event),
            event.at,
            fate.0,
            event.id,
            event.words()
        );
        vec![(cut(&text, width), fate.1)]
    };
    let rows: Vec<Row> = ahead.filter(flying).take(height).map(row).collect();
    if rows.is_empty() { vec![vec![span("no message is in flight")]] } else { rows }
}

/// The event under the cursor.
fn event(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let recording = scene.recording;
    let Some(event) = recording.event(scene.view.cursor) else { return Vec::new() };
    let what = crate::query::kind_of(event.kind);
    let mut first = format!(
        "{}  {} ms  {what} {}  {}",
        event.id,
        event.at,
        recording.place(event),
        event.words()
    );
    if let EventKind::Deliver { sent, .. } = event.kind {
        let way = Time::from_nanos(event.at.since(sent).as_nanos());
        first += &format!("   sent {sent}, +{way} ms");
    }
    let effects: Vec<String> = recording.effects(event.id).map(|id| id.to_string()).collect();
    let cause = match event.cause {
        EventId::BEGINNING => "none".to_string(),
        cause => {
            let words = recording.event(cause).map(Event::words).unwrap_or_default();
            format!("{cause} {}", cut(&words, 40))
        }
    };
    let effects = match effects.len() {
        0 => "none".to_string(),
        1..=6 => effects.join(" "),
        more => format!("{} and {} more", effects[..6].join(" "), more - 6),
    };
    let mut rows = vec![
        vec![(cut(&first, width), Tone::Bold)],
        vec![span(cut(&format!("cause {cause} (h)   effects {effects} (l)"), width))],
    ];
    if let Some(operation) = recording.operation(event.id) {
        let answer = operation.answer.as_deref().unwrap_or(&operation.ended);
        let began = operation.invoked;
        let told = format!(
            "operation of {}: {} = {answer}, from {began}{}",
            operation.process,
            operation.operation,
            operation.completed.map(|id| format!(" to {id}")).unwrap_or_default()
        );
        rows.push(vec![span(cut(&told, width))]);
    }
    let full = wrapped(&event.words(), width);
    rows.extend(full.into_iter().skip(1).map(|line| vec![span(line)]));
    rows
}
