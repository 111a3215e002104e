//! One part of a history, compiled for the search: its returns in order, and what was open at each.
//!
//! The invariant: between two returns the set of open operations only grows, so a search needs to
//! look at returns alone.

use super::cells::Cells;
use crate::fixed::Interner;
use crate::history::{Completion, History, Operation};
use crate::model::Model;
use crate::verdict::OperationIndex;
use std::cell::OnceCell;

/// A return number that no return has: the operation never returned.
pub(super) const NEVER: u32 = u32::MAX;

/// An operation that took effect or may have.
pub(super) struct Step<'h, M: Model> {
    pub(super) index: u32,
    pub(super) operation: &'h M::Operation,
    pub(super) answer: Option<&'h M::Answer>,
    /// Equal for equal operations with equal answers.
    pub(super) kind: u32,
    /// Equal for equal operations.
    pub(super) asked: u32,
    pub(super) read_only: bool,
    /// It may change what [`Model::feasible`] relies on.
    pub(super) upsets: bool,
    /// The number of returns before its invocation.
    pub(super) called: u32,
    /// The number of returns before its own, or `NEVER`.
    pub(super) returned: u32,
    /// Its bit: a slot among the open ones, or its place among those that never returned.
    pub(super) bit: u32,
}

impl<M: Model> Step<'_, M> {
    /// Whether the model answers so in `state`.
    pub(super) fn fits(&self, state: &M::State) -> bool {
        match self.answer {
            Some(answer) if self.read_only => M::allows(state, self.operation, answer),
            answer => M::step(state, self.operation, answer).is_some(),
        }
    }
}

/// A completion, and what was open just before it.
pub(super) struct Return {
    /// The operation that returns.
    pub(super) step: u32,
    open: (u32, u32),
    /// How many operations that never returned had been invoked.
    pub(super) pending: u32,
    /// The read-only operation that is invoked next after this return, or `NEVER`.
    pub(super) next_read: u32,
    /// The first return after which an operation that upsets is invoked, from this one on.
    pub(super) upset_at: u32,
}

/// The operations of a history that touch one part of the state.
pub(super) struct Part<'h, M: Model> {
    pub(super) name: Option<String>,
    pub(super) steps: Vec<Step<'h, M>>,
    pub(super) returns: Vec<Return>,
    /// The open operations that will return, for each return, in order of their returns.
    open: Vec<u32>,
    /// Operations that never returned, in order of invocation.
    pub(super) pending: Vec<u32>,
    slots: u32,
    /// How many kinds there are.
    pub(super) kinds: u32,
    /// What is known about values, once somebody asked.
    pub(super) cells: OnceCell<Cells<'h>>,
}

/// Something happening at an instant. Returns come before invocations at the same instant, except
/// for an operation that returns no later than it was invoked.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: u64,
    class: u8,
    step: u32,
}

impl<'h, M: Model> Part<'h, M> {
    /// The parts of `history`, in order of their numbers.
    pub(super) fn split(history: &'h History<M::Operation, M::Answer>) -> Vec<Self> {
        Self::split_of(history, |_| true)
    }

    /// The same, of those operations that `counts` picks.
    pub(super) fn split_of(
        history: &'h History<M::Operation, M::Answer>,
        counts: impl Fn(&Operation<M::Operation, M::Answer>) -> bool,
    ) -> Vec<Self> {
        let mut members: Vec<(u64, u32)> = Vec::with_capacity(history.operations.len());
        for (index, operation) in history.operations.iter().enumerate() {
            let index = u32::try_from(index).expect("fewer than 2^32 operations fit memory");
            match operation.completion {
                Completion::Failed { .. } => {}
                Completion::Ok { .. } | Completion::Unknown if !counts(operation) => {}
                Completion::Ok { .. } | Completion::Unknown => {
                    members.push((M::partition(&operation.operation), index));
                }
            }
        }
        members.sort_unstable();
        members.chunk_by(|one, two| one.0 == two.0).map(|part| Self::new(history, part)).collect()
    }

    fn new(history: &'h History<M::Operation, M::Answer>, members: &[(u64, u32)]) -> Self {
        let room = members.len().min(64);
        let mut operations: Interner<&'h M::Operation> = Interner::with_room(room);
        let mut kinds: Interner<(&'h M::Operation, Option<&'h M::Answer>)> =
            Interner::with_room(room);
        // What is asked in each kind.
        let mut asked: Vec<u32> = Vec::with_capacity(room);
        let mut steps = Vec::with_capacity(members.len());
        let mut events = Vec::with_capacity(members.len() * 2);
        let records = members.iter().map(|&(_, index)| &history.operations[index as usize]);
        let calls =
            (0..).zip(records).map(|(step, call)| Event { at: call.invoked, class: 1, step });
        events.extend(calls);
        for (step, &(_, index)) in members.iter().enumerate() {
            let step = step as u32;
            let record = &history.operations[index as usize];
            let answer = match &record.completion {
                Completion::Ok { at, answer } => {
                    let class = if *at > record.invoked { 0 } else { 2 };
                    events.push(Event { at: (*at).max(record.invoked), class, step });
                    Some(answer)
                }
                Completion::Failed { .. } | Completion::Unknown => None,
            };
            let operation = &record.operation;
            let kind = kinds.intern((operation, answer));
            if kind as usize == asked.len() {
                asked.push(operations.intern(operation));
            }
            let read_only = answer.is_some_and(|answer| M::read_only(operation, answer));
            steps.push(Step {
                index,
                operation,
                answer,
                kind,
                asked: asked[kind as usize],
                read_only,
                upsets: !read_only && !M::grows(operation),
                called: 0,
                returned: NEVER,
                bit: 0,
            });
        }
        // Invocations are in order already, which a stable sort makes use of.
        events.sort();
        let name = steps.first().and_then(|step| M::partition_name(step.operation));
        Self::build(name, steps, asked.len() as u32, &events)
    }

    /// The part as it was just after return number `until`, in which whatever `relaxed` names may
    /// take effect late or never, with any answer (if it took something out of a shelf, with its
    /// own).
    pub(super) fn reduced(&self, until: u32, relaxed: impl Fn(u32) -> bool) -> Self {
        let mut steps = Vec::with_capacity(self.steps.len());
        let called = self.steps.iter().filter(|step| step.called <= until);
        let mut events: Vec<Event> = (0..)
            .zip(called)
            .map(|(step, call)| Event { at: 2 * u64::from(call.called), class: 1, step })
            .collect();
        for (id, step) in (0..).zip(&self.steps).filter(|(_, step)| step.called <= until) {
            let place = steps.len() as u32;
            let mut step = Step { bit: 0, ..*step };
            if step.returned != NEVER && step.returned <= until && !relaxed(id) {
                let at = 2 * u64::from(step.returned) + 1;
                events.push(Event { at, class: 0, step: place });
            } else if step.returned != NEVER {
                // What was taken out of a shelf stays known: it says which values others took.
                if M::SHELF.is_none() {
                    step.kind += self.kinds;
                    step.answer = None;
                }
                (step.returned, step.read_only) = (NEVER, false);
                step.upsets = !M::grows(step.operation);
            }
            steps.push(step);
        }
        events.sort();
        Self::build(self.name.clone(), steps, 2 * self.kinds, &events)
    }

    fn build(name: Option<String>, steps: Vec<Step<'h, M>>, kinds: u32, events: &[Event]) -> Self {
        let ends = events.len() - steps.len();
        let mut part = Part {
            returns: Vec::with_capacity(ends),
            open: Vec::with_capacity(4 * ends),
            pending: Vec::with_capacity(steps.len() - ends),
            name,
            steps,
            slots: 0,
            kinds,
            cells: OnceCell::new(),
        };
        part.play(events);
        part.foresee(events);
        part
    }

    /// Gives every operation its bit and every return what was open.
    fn play(&mut self, events: &[Event]) {
        for (event, returned) in events.iter().filter(|event| event.class != 1).zip(0..) {
            self.steps[event.step as usize].returned = returned;
        }
        let mut open: Vec<u32> = Vec::new();
        let mut free: Vec<u32> = Vec::new();
        for event in events {
            let step = &mut self.steps[event.step as usize];
            if event.class != 1 {
                let from = self.open.len() as u32;
                self.open.extend_from_slice(&open);
                self.returns.push(Return {
                    step: event.step,
                    open: (from, self.open.len() as u32),
                    pending: self.pending.len() as u32,
                    next_read: NEVER,
                    upset_at: NEVER,
                });
                debug_assert_eq!(open[0], event.step);
                free.push(step.bit);
                open.remove(0);
                continue;
            }
            step.called = self.returns.len() as u32;
            if step.returned == NEVER {
                step.bit = self.pending.len() as u32;
                self.pending.push(event.step);
            } else {
                step.bit = free.pop().unwrap_or(self.slots);
                self.slots = self.slots.max(step.bit + 1);
                let mine = step.returned;
                let place =
                    open.partition_point(|&other| self.steps[other as usize].returned < mine);
                open.insert(place, event.step);
            }
        }
    }

    /// Tells every return which read comes next, and how long nothing upsets what it may see.
    fn foresee(&mut self, events: &[Event]) {
        let (mut next, mut upset_at) = (NEVER, NEVER);
        let mut at = self.returns.len();
        for event in events.iter().rev() {
            let step = &self.steps[event.step as usize];
            if event.class != 1 {
                at -= 1;
                self.returns[at].next_read = next;
                self.returns[at].upset_at = upset_at;
                continue;
            }
            if step.read_only {
                next = event.step;
            }
            if step.upsets {
                upset_at = (at as u32).saturating_sub(1);
            }
        }
    }

    /// The open operations that will return, at return number `at`; the first is the one that does.
    pub(super) fn open_at(&self, at: u32) -> &[u32] {
        let (from, to) = self.returns[at as usize].open;
        &self.open[from as usize..to as usize]
    }

    /// How wide a mask must be.
    pub(super) fn width(&self) -> u32 {
        self.slots.max(self.pending.len() as u32)
    }

    /// The places in the history of these steps.
    pub(super) fn indices(&self, steps: &[u32]) -> Vec<OperationIndex> {
        steps.iter().map(|&step| OperationIndex(self.steps[step as usize].index)).collect()
    }
}
