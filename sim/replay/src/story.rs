//! The events that tell how a run went wrong: the violation and its witnesses, what led to them,
//! the faults and the changes of role before.
//!
//! The invariant: every event of the story stands in the recording, and none is later than the
//! violation and its witnesses.

use crate::recording::Recording;
use squall_engine::event::EventKind;
use squall_engine::ids::EventId;
use std::collections::BTreeSet;

/// How many causes of the violation, and of each witness, are told.
const CAUSES: usize = 12;
/// How many changes of role, and how many faults, are told.
const TURNS: usize = 8;

/// The story of a run, in order; empty if nothing went wrong.
#[must_use]
pub fn story(recording: &Recording) -> Vec<EventId> {
    let Some(violation) = recording.violation() else { return Vec::new() };
    let mut told = BTreeSet::new();
    for end in violation.witnesses.iter().chain([&violation.event]) {
        let cause = |id: &EventId| recording.event(*id).map(|event| event.cause);
        let chain = std::iter::successors(Some(*end), cause);
        told.extend(chain.take_while(|id| *id != EventId::BEGINNING).take(CAUSES));
    }
    let last = told.last().copied().unwrap_or(violation.event);
    let mut turns: Vec<EventId> = (0..recording.header.nodes.len())
        .flat_map(|node| recording.roles(node).skip(1).map(|(event, _)| event))
        .filter(|event| *event <= last)
        .collect();
    turns.sort();
    told.extend(turns.iter().rev().take(TURNS));
    let begun = recording.strikes().iter().rev().filter(|id| **id <= last);
    let begun = begun.filter(|id| {
        let kind = recording.event(**id).map(|event| event.kind);
        !matches!(kind, Some(EventKind::End { .. } | EventKind::Calm))
    });
    told.extend(begun.take(TURNS));
    told.into_iter().collect()
}
