//! The clients' operations as bars, time warped: only the order of their ends shows.
//!
//! The invariant: two bars overlap on the screen exactly when the operations overlap.

use super::Scene;
use super::canvas::{Row, Tone, cut, span, wrapped};
use crate::recording::Recording;
use squall_engine::ids::EventId;
use squall_engine::trace::Recorded;

/// The operations around the cursor that touch what the violation, or the cursor, is about.
pub(crate) fn history(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let Scene { recording, view } = scene;
    if recording.operations.is_empty() {
        return vec![vec![span("clients asked nothing")]];
    }
    let told = recording.violation().map(|violation| wrapped(&violation.sentence, width));
    let told: Vec<String> = told.unwrap_or_default().into_iter().take(2).collect();
    let chosen = chosen(recording, view.cursor, height.saturating_sub(told.len()).max(1));
    let mut ends: Vec<EventId> = chosen.iter().map(|operation| operation.invoked).collect();
    ends.extend(chosen.iter().filter_map(|operation| operation.completed));
    ends.sort();
    ends.dedup();
    let names = chosen.iter().map(|operation| operation.process.len()).max().unwrap_or(0);
    let room = width.saturating_sub(names + 2).max(10);
    let place = |end: EventId| {
        let rank = ends.binary_search(&end).unwrap_or(0);
        rank * (room - 1) / ends.len().saturating_sub(1).max(1)
    };
    let row = |operation: &&Recorded| {
        let from = place(operation.invoked);
        let until = operation.completed.map_or(room, place);
        let violation = recording.violation();
        let bad = violation.is_some_and(|violation| {
            operation.completed == Some(violation.event)
                || operation.completed.is_some_and(|end| violation.witnesses.contains(&end))
        });
        let bar = bar(operation, (from, until, room), bad);
        let tone = if bad { Tone::Bad } else { Tone::Plain };
        vec![span(format!("{:<names$}  ", operation.process)), (bar, tone)]
    };
    let rows = chosen.iter().map(row);
    rows.chain(told.iter().map(|line| vec![(line.clone(), Tone::Bad)])).collect()
}

fn bar(operation: &Recorded, (from, until, room): (usize, usize, usize), bad: bool) -> String {
    let answer = match (&operation.answer, operation.completed) {
        (Some(answer), _) => format!(" = {answer}"),
        (None, Some(_)) => format!(" {}", operation.ended),
        (None, None) => " ?".to_string(),
    };
    let mark = if bad { " ‼" } else { "" };
    let label = format!(" {}{answer}{mark} ", operation.operation);
    let inside = until.saturating_sub(from + 1);
    let open = operation.completed.is_none();
    if label.chars().count() <= inside {
        let line = inside - label.chars().count();
        let end = if open { "" } else { "┤" };
        return format!("{}├{label}{}{end}", " ".repeat(from), "─".repeat(line));
    }
    let line = "─".repeat(inside);
    let end = if open { "" } else { "┤" };
    let bar = format!("├{line}{end}");
    match from > label.chars().count() && until + label.chars().count() > room {
        true => format!("{}{label}{bar}", " ".repeat(from - label.chars().count())),
        false => cut(&format!("{}{bar}{label}", " ".repeat(from)), room),
    }
}

/// What an operation is about: the word after its name, up to a value.
fn subject(operation: &Recorded) -> &str {
    let word = operation.operation.split_whitespace().nth(1).unwrap_or_default();
    word.split('=').next().unwrap_or(word)
}

/// The operations nearest to the cursor that have ends in common with it or its subject.
fn chosen(recording: &Recording, cursor: EventId, most: usize) -> Vec<&Recorded> {
    let operations = &recording.operations;
    let violation = recording.violation();
    let guilty = |operation: &&Recorded| {
        violation.is_some_and(|violation| {
            let seen = |id: EventId| id == violation.event || violation.witnesses.contains(&id);
            seen(operation.invoked) || operation.completed.is_some_and(seen)
        })
    };
    let near = violation.is_some_and(|violation| violation.event.0.abs_diff(cursor.0) < 200);
    let mut chosen: Vec<&Recorded> =
        operations.iter().filter(|operation| near && guilty(operation)).take(most).collect();
    let own = recording.operation(cursor).or(chosen.first().copied());
    let begun = operations.iter().filter(|operation| operation.invoked <= cursor);
    let about = own.or_else(|| begun.clone().next_back()).map(subject).unwrap_or_default();
    for operation in begun.rev().take(20_000) {
        if chosen.len() >= most {
            break;
        }
        let same = subject(operation) == about;
        let known = chosen.iter().any(|other| std::ptr::eq(*other, operation));
        if same && !known && operation.ended != "failed" {
            chosen.push(operation);
        }
    }
    chosen.sort_by_key(|operation| operation.invoked);
    chosen
}
