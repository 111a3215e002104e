//! A node's timers: a deadline beside each, and at most one live queue entry.
//!
//! The invariant: a timer is kept by its node's clock and never fires before that clock shows its
//! deadline. Arming it again for a later instant, or a clock that slows down, adds nothing to the
//! queue; its entry is pushed again when it leaves too early, under the number of the arming.

use super::node_state::Waiting;
use super::{Sim, What};
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::{Host, Input, TimerOf};
use crate::ids::{EventId, LocalTime, NodeId, Time};
use crate::protocol::Protocol;
use crate::units::Span;

/// One timer. A slot whose timer is not pending but whose entry is still queued keeps its key, so
/// that arming the key again uses the entry.
#[derive(Debug)]
struct Slot<T> {
    key: Option<T>,
    pending: bool,
    /// When it is due, in true time as the clock goes now.
    due: Time,
    deadline: LocalTime,
    /// The sequence number of its arming.
    sequence: u64,
    armed_by: EventId,
    /// The live queue entry: its instant and sequence number, 0 for none.
    entry_at: Time,
    entry: u64,
}

impl<T> Slot<T> {
    const EMPTY: Slot<T> = Slot {
        key: None,
        pending: false,
        due: Time::ZERO,
        deadline: LocalTime::ZERO,
        sequence: 0,
        armed_by: EventId::BEGINNING,
        entry_at: Time::ZERO,
        entry: 0,
    };
}

/// The timers of one node. Most nodes have one or two: the first lies beside the rest of what the
/// kernel keeps for its node, where memory is near.
#[derive(Debug)]
pub(super) struct Timers<T> {
    /// Slot 0.
    first: Slot<T>,
    /// Slot 1 and all after it, and those of them that are free.
    others: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers { first: Slot::EMPTY, others: Vec::new(), free: Vec::new() }
    }
}

/// What to do about a queue entry that has left.
enum Expiry {
    /// The entry is nobody's any more.
    Stale,
    /// The timer was armed again for later, or its clock has slowed: push the entry again.
    Early { due: Time, sequence: u64 },
    /// The timer is due.
    Due { sequence: u64 },
}

impl<T: Eq> Timers<T> {
    /// Forgets all timers, as a crash does.
    pub(super) fn clear(&mut self) {
        *self = Timers::default();
    }

    /// The keys of the timers that are pending.
    pub(super) fn pending(&self) -> impl Iterator<Item = &T> {
        self.slots().filter(|slot| slot.pending).filter_map(|slot| slot.key.as_ref())
    }

    fn slots(&self) -> impl Iterator<Item = &Slot<T>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    #[inline]
    fn slot(&mut self, at: u32) -> Option<&mut Slot<T>> {
        match at.checked_sub(1) {
            None => Some(&mut self.first),
            Some(other) => self.others.get_mut(other as usize),
        }
    }

    #[inline]
    fn find(&self, key: &T) -> Option<u32> {
        let holds = |slot: &Slot<T>| slot.key.as_ref() == Some(key);
        if holds(&self.first) {
            return Some(0);
        }
        self.others.iter().position(holds).map(|at| at as u32 + 1)
    }

    /// Arms a timer. Returns its slot, and whether it needs a queue entry of its own.
    #[inline]
    fn arm(&mut self, key: T, armed: Armed) -> (u32, bool) {
        let at = self.find(&key).unwrap_or_else(|| self.free_slot());
        let slot = self.slot(at).expect("a slot that was found or made");
        slot.key = Some(key);
        slot.pending = true;
        slot.due = armed.due;
        slot.deadline = armed.deadline;
        slot.sequence = armed.sequence;
        slot.armed_by = armed.by;
        let needs_entry = slot.entry == 0 || slot.entry_at > armed.due;
        if needs_entry {
            (slot.entry, slot.entry_at) = (armed.sequence, armed.due);
        }
        (at, needs_entry)
    }

    #[inline]
    fn free_slot(&mut self) -> u32 {
        if self.first.key.is_none() { 0 } else { self.other_slot() }
    }

    #[cold]
    fn other_slot(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.others.push(Slot::EMPTY);
            self.others.len() as u32
        })
    }

    /// Nobody uses a slot any more, which has no key.
    fn release(&mut self, at: u32) {
        if at > 0 {
            self.free.push(at);
        }
    }

    fn cancel(&mut self, key: &T) {
        let Some(at) = self.find(key) else { return };
        let slot = self.slot(at).expect("a slot that was found");
        slot.pending = false;
        if slot.entry == 0 {
            slot.key = None;
            self.release(at);
        }
    }

    fn entry_left(&mut self, at: u32, entry: u64) -> Expiry {
        let Some(slot) = self.slot(at).filter(|slot| slot.entry == entry) else {
            return Expiry::Stale;
        };
        slot.entry = 0;
        if !slot.pending {
            slot.key = None;
            self.release(at);
            return Expiry::Stale;
        }
        if slot.sequence != entry || slot.entry_at < slot.due {
            (slot.entry, slot.entry_at) = (slot.sequence, slot.due);
            return Expiry::Early { due: slot.due, sequence: slot.sequence };
        }
        Expiry::Due { sequence: slot.sequence }
    }

    /// Follows a clock whose rate has changed. Returns the slots that need an earlier queue entry,
    /// each with its instant and the sequence number of its arming.
    fn retime(&mut self, due: impl Fn(LocalTime) -> Time) -> Vec<(u32, Time, u64)> {
        let mut sooner = Vec::new();
        let slots = std::iter::once(&mut self.first).chain(&mut self.others);
        for (at, slot) in slots.enumerate() {
            // A pending timer without an entry has expired and waits for its node.
            if !slot.pending || slot.entry == 0 {
                continue;
            }
            slot.due = due(slot.deadline);
            if slot.due < slot.entry_at {
                (slot.entry, slot.entry_at) = (slot.sequence, slot.due);
                sooner.push((at as u32, slot.due, slot.sequence));
            }
        }
        sooner
    }

    /// Takes a timer that is due and was armed under this number, unless it was cancelled or armed
    /// again meanwhile.
    fn fire(&mut self, at: u32, sequence: u64) -> Option<(T, EventId)> {
        let slot = self.slot(at)?;
        if !slot.pending || slot.sequence != sequence || slot.entry != 0 {
            return None;
        }
        slot.pending = false;
        let fired = (slot.key.take()?, slot.armed_by);
        self.release(at);
        Some(fired)
    }
}

/// An arming.
struct Armed {
    due: Time,
    deadline: LocalTime,
    sequence: u64,
    by: EventId,
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    pub(super) fn arm_timer(&mut self, node: usize, timer: TimerOf<P>, after: Span, by: EventId) {
        let sequence = self.next_sequence();
        let state = &mut self.nodes[node];
        let deadline = state.seat.clock.now(self.now) + after;
        let due = state.seat.clock.due(deadline).max(self.now);
        let (slot, needs_entry) = state.timers.arm(timer, Armed { due, deadline, sequence, by });
        if needs_entry {
            self.schedule_as(due, sequence, What::Timer { node: node as u32, slot });
        }
    }

    pub(super) fn cancel_timer(&mut self, node: usize, timer: &TimerOf<P>) {
        self.nodes[node].timers.cancel(timer);
    }

    /// The rate of a node's clock has changed: its timers are due at other instants.
    pub(super) fn retime(&mut self, node: usize) {
        let now = self.now;
        let state = &mut self.nodes[node];
        let clock = &state.seat.clock;
        let sooner = state.timers.retime(|deadline| clock.due(deadline).max(now));
        for (slot, due, sequence) in sooner {
            self.schedule_as(due, sequence, What::Timer { node: node as u32, slot });
        }
    }

    /// A timer's queue entry has left.
    pub(super) fn expire(&mut self, node: usize, slot: u32, entry: u64) {
        match self.nodes[node].timers.entry_left(slot, entry) {
            Expiry::Stale => {}
            Expiry::Early { due, sequence } => {
                self.schedule_as(due, sequence, What::Timer { node: node as u32, slot });
            }
            Expiry::Due { sequence } if self.nodes[node].must_wait() => {
                self.nodes[node].inbox.push_back(Waiting::Timer { slot, sequence });
                self.mark_ready(node);
            }
            Expiry::Due { sequence } => self.fire_timer(node, slot, sequence),
        }
    }

    /// Runs the handler of a timer that is due, unless it was cancelled or armed again.
    pub(super) fn fire_timer(&mut self, node: usize, slot: u32, sequence: u64) {
        let Some((timer, armed_by)) = self.nodes[node].timers.fire(slot, sequence) else { return };
        if self.progress.records() {
            self.note_firing(node, &timer);
        }
        let text = self.watched.then(|| format!("{timer:?}").into_boxed_str());
        let place = Some(NodeId::node(node as u32));
        let event = self.emit(place, EventKind::Timer, armed_by, &timer, text);
        self.handle(node, Input::Timer(timer), event);
    }
}
