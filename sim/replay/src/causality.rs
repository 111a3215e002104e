//! What came before an event and what came of it: its causal past and future.
//!
//! The invariant: on a lane the past is a beginning and the future an end, so both are told by one
//! event for each lane; events of the storm have causes, but no order among themselves.

use crate::recording::Recording;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::EventId;
use std::collections::BTreeSet;

/// How an event stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cone {
    /// It could have brought the other about.
    Before,
    /// It is the other.
    Here,
    /// The other could have brought it about.
    After,
    /// Neither knows of the other.
    Concurrent,
}

/// The causal past and future of one event, over a stretch of the run.
#[derive(Clone, Debug)]
pub struct Cones {
    center: EventId,
    first: EventId,
    /// For each event from `first` to the center.
    before: Vec<bool>,
    /// For each event from the center on.
    after: Vec<bool>,
}

impl Cones {
    /// The cones of `center`, told for the events from `first` to `last`.
    #[must_use]
    pub fn of(recording: &Recording, center: EventId, first: EventId, last: EventId) -> Cones {
        let first = first.min(center);
        let before = past(recording, center, first);
        let after = future(recording, center, last);
        Cones { center, first, before, after }
    }

    /// How an event stands to the center.
    #[must_use]
    pub fn stands(&self, event: EventId) -> Cone {
        let inside = |list: &[bool], from: EventId| {
            let index = event.0.checked_sub(from.0);
            index.and_then(|index| list.get(index as usize)).copied().unwrap_or(false)
        };
        if event == self.center {
            Cone::Here
        } else if inside(&self.before, self.first) {
            Cone::Before
        } else if inside(&self.after, self.center) {
            Cone::After
        } else {
            Cone::Concurrent
        }
    }
}

fn slice(recording: &Recording, first: EventId, last: EventId) -> &[Event] {
    let first = (first.0.max(1) - 1) as usize;
    let last = (last.0 as usize).min(recording.events().len());
    recording.events().get(first..last).unwrap_or_default()
}

fn past(recording: &Recording, center: EventId, first: EventId) -> Vec<bool> {
    let mut latest = vec![EventId::BEGINNING; recording.lanes.len()];
    let mut storm = BTreeSet::from([center]);
    let events = slice(recording, first, center);
    let mut found = vec![false; events.len()];
    for (index, event) in events.iter().enumerate().rev() {
        let own = recording.lane(event);
        let inside = storm.contains(&event.id) || own.is_some_and(|own| event.id <= latest[own]);
        if !inside {
            continue;
        }
        found[index] = true;
        if let Some(own) = own {
            latest[own] = latest[own].max(event.id);
        }
        let Some(cause) = recording.event(event.cause) else { continue };
        match recording.lane(cause) {
            Some(lane) => latest[lane] = latest[lane].max(cause.id),
            None => {
                storm.insert(cause.id);
            }
        }
    }
    found
}

fn future(recording: &Recording, center: EventId, last: EventId) -> Vec<bool> {
    let mut earliest = vec![EventId(u64::MAX); recording.lanes.len()];
    let mut storm = BTreeSet::from([center]);
    let events = slice(recording, center, last.max(center));
    let mut found = vec![false; events.len()];
    for (index, event) in events.iter().enumerate() {
        let own = recording.lane(event);
        let caused = storm.contains(&event.cause)
            || recording.event(event.cause).is_some_and(|cause| {
                recording.lane(cause).is_some_and(|lane| cause.id >= earliest[lane])
            });
        let inside =
            event.id == center || caused || own.is_some_and(|own| event.id >= earliest[own]);
        if !inside {
            continue;
        }
        found[index] = true;
        match own {
            // A message that was lost is no news to anybody.
            Some(own) if !matches!(event.kind, EventKind::Lost { .. }) => {
                earliest[own] = earliest[own].min(event.id);
            }
            Some(_) => {}
            None => {
                storm.insert(event.id);
            }
        }
    }
    found
}
