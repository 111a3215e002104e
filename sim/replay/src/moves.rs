//! Where the cursor goes, and what is typed.
//!
//! The invariant: the cursor is always an event of the run; a move that leads nowhere says so.

use crate::keys::Key;
use crate::query::Query;
use crate::recording::Recording;
use crate::view::{Asks, Keep, Panel, View};
use squall_engine::ids::{EventId, Time};
use squall_engine::units::Span;

/// How many jumps are remembered.
const BACK: usize = 100;

/// Goes up or down rows.
pub(crate) fn step(view: &mut View, by: i64) {
    let row = view.row();
    let on_row = view.rows.get(row) == Some(&view.cursor);
    // From between two rows the first step down leads to the next of them.
    let by = if by > 0 && !on_row { by - 1 } else { by };
    let last = view.rows.len().saturating_sub(1) as i64;
    let to = (row as i64).saturating_add(by).clamp(0, last.max(0));
    if let Some(id) = view.rows.get(to as usize) {
        view.cursor = *id;
    }
}

/// Goes somewhere else, from where one can go back.
pub(crate) fn jump(view: &mut View, to: Option<EventId>) {
    let Some(to) = to else { return };
    if to != view.cursor {
        view.back.push(view.cursor);
        if view.back.len() > BACK {
            view.back.remove(0);
        }
        view.cursor = to;
    }
}

fn jump_or_say(view: &mut View, to: Option<EventId>, otherwise: &str) {
    if to.is_none() {
        view.remark = Some(otherwise.to_string());
    }
    jump(view, to);
}

pub(crate) fn back(view: &mut View) {
    match view.back.pop() {
        Some(at) => {
            view.cursor = at;
        }
        None => view.remark = Some("there is nowhere to go back to".to_string()),
    }
}

pub(crate) fn cause(recording: &Recording, view: &mut View) {
    let cause = recording.event(view.cursor).map(|event| event.cause);
    let cause = cause.filter(|cause| *cause != EventId::BEGINNING);
    jump_or_say(view, cause, "nothing brought this about: it is a root");
}

/// To the first effect; from an event without one, to the next effect of its cause.
pub(crate) fn effect(recording: &Recording, view: &mut View) {
    let first = recording.effects(view.cursor).next();
    let sibling = || {
        let cause = recording.event(view.cursor)?.cause;
        let siblings = (cause != EventId::BEGINNING).then(|| recording.effects(cause))?;
        siblings.into_iter().find(|id| *id > view.cursor)
    };
    let to = first.or_else(sibling);
    jump_or_say(view, to, "this brought nothing about");
}

pub(crate) fn lane(recording: &Recording, view: &mut View, by: i64, count: i64) {
    let lane = recording.event(view.cursor).and_then(|event| recording.lane(event));
    let Some(lane) = lane else {
        view.remark = Some("this event is on no lane".to_string());
        return;
    };
    for _ in 0..count {
        let to = match by < 0 {
            true => recording.lane_before(lane, view.cursor),
            false => recording.lane_after(lane, view.cursor),
        };
        match to {
            Some(to) => view.cursor = to,
            None => break,
        }
    }
}

pub(crate) fn change(recording: &Recording, view: &mut View, later: bool) {
    let Some(node) = view.node(recording) else {
        view.remark = Some("no node is in hand".to_string());
        return;
    };
    let field = view.field.clone();
    let to = recording.change(node, field.as_deref(), view.cursor, later);
    let name = field.as_deref().unwrap_or("role");
    let side = if later { "later" } else { "earlier" };
    jump_or_say(view, to, &format!("no {side} change of `{name}`"));
}

/// Takes the next field in hand; after the last, the role.
pub(crate) fn next_field(recording: &Recording, view: &mut View) {
    let Some(node) = view.node(recording) else { return };
    let names: Vec<&str> = recording.field_names(node).collect();
    let next = match &view.field {
        None => 0,
        Some(field) => names.iter().position(|name| name == field).map_or(0, |at| at + 1),
    };
    view.field = names.get(next).map(|name| (*name).to_string());
    let name = view.field.as_deref().unwrap_or("role");
    view.remark = Some(format!("{{ and }} go by changes of `{name}`"));
}

/// To the nearest of some events.
pub(crate) fn among(view: &mut View, events: &[EventId], later: bool, what: &str) {
    let to = match later {
        true => events.get(events.partition_point(|id| *id <= view.cursor)),
        false => {
            let before = events.partition_point(|id| *id < view.cursor);
            before.checked_sub(1).and_then(|index| events.get(index))
        }
    };
    let side = if later { "later" } else { "earlier" };
    jump_or_say(view, to.copied(), &format!("no {side} {what}"));
}

pub(crate) fn violation(recording: &Recording, view: &mut View, later: bool) {
    let Some(violation) = recording.violation() else {
        view.remark = Some("every promise held".to_string());
        return;
    };
    let mut ends: Vec<EventId> = violation.witnesses.clone();
    ends.push(violation.event);
    ends.sort();
    ends.dedup();
    let past_all = later && ends.last().is_none_or(|last| *last <= view.cursor);
    match past_all {
        // Beyond the last one it goes on at the violation itself.
        true => jump(view, Some(violation.event)),
        false => among(view, &ends, later, "violation"),
    }
}

/// To the next or previous hit of the search.
pub(crate) fn hit(recording: &Recording, view: &mut View, later: bool) {
    let Some(search) = view.search.clone() else {
        view.remark = Some("nothing is searched; / begins".to_string());
        return;
    };
    let wanted =
        |id: &&EventId| recording.event(**id).is_some_and(|event| search.wants(recording, event));
    let rows = view.rows.clone();
    let to = match later {
        true => rows[rows.partition_point(|id| *id <= view.cursor)..].iter().find(wanted),
        false => rows[..rows.partition_point(|id| *id < view.cursor)].iter().rev().find(wanted),
    };
    let side = if later { "later" } else { "earlier" };
    jump_or_say(view, to.copied(), &format!("no {side} `{}`", search.text()));
}

pub(crate) fn cone(recording: &Recording, view: &mut View) {
    view.keep = match view.keep {
        Some((Keep::Past, at)) => Some((Keep::Future, at)),
        Some((Keep::Future, at)) => Some((Keep::Both, at)),
        Some((Keep::Both, _)) => None,
        Some((Keep::Concurrent, _)) | None => Some((Keep::Past, view.cursor)),
    };
    view.choose(recording);
}

pub(crate) fn tab(view: &mut View, by: i64) {
    let all = Panel::ALL;
    let here = all.iter().position(|panel| *panel == view.panel).unwrap_or(0) as i64;
    let next = (here + by).rem_euclid(all.len() as i64);
    view.panel = all[next as usize];
}

/// Closes the panel, then clears the search, then the cone; never quits.
pub(crate) fn close(recording: &Recording, view: &mut View) {
    if view.alone {
        view.alone = false;
    } else if view.search.is_some() {
        view.search = None;
    } else if view.keep.is_some() || view.story {
        view.keep = None;
        view.story = false;
        view.choose(recording);
    }
}

/// Takes a key while something is typed.
pub(crate) fn type_key(recording: &Recording, view: &mut View, key: Key) {
    let Some((asks, mut text)) = view.input.take() else { return };
    match key {
        Key::Escape => return,
        Key::Enter => return entered(recording, view, asks, &text),
        Key::Backspace if text.is_empty() => return,
        Key::Backspace => {
            text.pop();
        }
        Key::Char(letter) if matches!(asks, Asks::SetMark | Asks::GoMark) => {
            return mark(view, asks, letter);
        }
        Key::Char(letter) => text.push(letter),
        _ => {}
    }
    view.input = Some((asks, text));
}

fn mark(view: &mut View, asks: Asks, letter: char) {
    if asks == Asks::SetMark {
        view.marks.insert(letter, view.cursor);
        view.mark = Some(view.cursor);
        view.remark = Some(format!("bookmark {letter} is {}", view.cursor));
    } else if letter == '\'' {
        back(view);
    } else {
        let to = view.marks.get(&letter).copied();
        jump_or_say(view, to, &format!("there is no bookmark {letter}"));
    }
}

fn entered(recording: &Recording, view: &mut View, asks: Asks, text: &str) {
    if asks == Asks::Goto {
        return goto(recording, view, text.trim());
    }
    let query = match Query::parse(text) {
        Ok(query) => (!query.text().is_empty()).then_some(query),
        Err(error) => {
            view.remark = Some(error.to_string());
            return;
        }
    };
    match asks {
        Asks::Search => {
            view.search = query;
            if view.search.is_some() {
                hit(recording, view, true);
            }
        }
        Asks::Filter | Asks::Goto | Asks::SetMark | Asks::GoMark => {
            view.filter = query;
            view.choose(recording);
        }
    }
}

/// Goes to an event, an instant, a share of the run, a bookmark or a lane.
fn goto(recording: &Recording, view: &mut View, text: &str) {
    let letter = text.chars().next().filter(|_| text.chars().count() == 1);
    let marked = letter.and_then(|letter| view.marks.get(&letter).copied());
    let number = text.strip_prefix('#').unwrap_or(text).parse::<u64>();
    let share = text.strip_suffix('%').and_then(|share| share.trim().parse::<u64>().ok());
    let lane = recording.lanes.iter().find(|lane| lane.name == text);
    let last = recording.last();
    let to = if let Some(at) = marked {
        Some(at)
    } else if let Ok(number) = number {
        Some(EventId(number.clamp(1, last.0)))
    } else if let Some(share) = share {
        Some(EventId((last.0 * share.min(100) / 100).max(1)))
    } else if let Some(lane) = lane {
        let after = lane.events.partition_point(|id| *id <= view.cursor);
        lane.events.get(after.saturating_sub(1)).copied()
    } else {
        text.parse::<Span>().ok().map(|span| recording.at_time(Time::ZERO + span))
    };
    let told = format!("`{text}` is no event, time, share, bookmark or lane: 412, 820ms, 50%, n4");
    jump_or_say(view, to, &told);
}
