//! What nodes showed, field by field: each field is a track of the values that it took.
//!
//! The invariant: a track holds changes alone, in the order of their events, so memory grows with
//! what changed; the value at an event is the last one at or before it.

use crate::status::Status;
use squall_engine::ids::EventId;
use squall_engine::view::View;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The values that something took, each with the event that brought it.
#[derive(Clone, Debug)]
pub(crate) struct Track<T>(Vec<(EventId, T)>);

impl<T> Default for Track<T> {
    fn default() -> Self {
        Track(Vec::new())
    }
}

impl<T: PartialEq> Track<T> {
    /// Notes a value, if it is another than before.
    pub(crate) fn note(&mut self, event: EventId, value: T) {
        if self.0.last().is_none_or(|(_, last)| *last != value) {
            self.0.push((event, value));
        }
    }

    /// The value after an event.
    pub(crate) fn at(&self, event: EventId) -> Option<&T> {
        let after = self.0.partition_point(|(at, _)| *at <= event);
        after.checked_sub(1).map(|index| &self.0[index].1)
    }

    /// The first change after an event.
    pub(crate) fn next(&self, event: EventId) -> Option<EventId> {
        self.0.get(self.0.partition_point(|(at, _)| *at <= event)).map(|(at, _)| *at)
    }

    /// The last change before an event.
    pub(crate) fn previous(&self, event: EventId) -> Option<EventId> {
        let index = self.0.partition_point(|(at, _)| *at < event).checked_sub(1)?;
        Some(self.0[index].0)
    }

    /// All changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &(EventId, T)> {
        self.0.iter()
    }
}

/// A field that a node showed: its name, and its text as long as it was there.
pub(crate) type Field = (Rc<str>, Track<Option<Rc<str>>>);

/// Everything that one node showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) status: Track<Status>,
    pub(crate) role: Track<Rc<str>>,
    pub(crate) fields: Vec<Field>,
}

impl Node {
    /// Notes what the node showed after an event.
    pub(crate) fn note(&mut self, event: EventId, view: &View, words: &mut Words) {
        self.role.note(event, words.keep(view.shown_role()));
        for (name, _) in view.fields() {
            if self.fields.iter().all(|(known, _)| **known != *name) {
                self.fields.push((words.keep(name), Track::default()));
            }
        }
        for (name, track) in &mut self.fields {
            let value = view.fields().find(|(field, _)| **field == **name);
            track.note(event, value.map(|(_, value)| words.keep(value)));
        }
    }
}

/// Texts, each held once.
#[derive(Debug, Default)]
pub(crate) struct Words(BTreeSet<Rc<str>>);

impl Words {
    fn keep(&mut self, text: &str) -> Rc<str> {
        if let Some(kept) = self.0.get(text) {
            return Rc::clone(kept);
        }
        let kept: Rc<str> = Rc::from(text);
        self.0.insert(Rc::clone(&kept));
        kept
    }
}
