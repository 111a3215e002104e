//! Effects: what a handler said, as data, each with its offset from the handler's start.
//!
//! The invariant: effects are performed in the order in which they were said; their offsets never
//! decrease.

use crate::disk::{SyncFate, Ticket};
use crate::ids::NodeId;
use crate::units::Span;
use std::mem::ManuallyDrop;

/// An effect and when it happens, counted from the start of its handler.
#[derive(Debug)]
pub struct Timed<M, T> {
    /// How long after the handler's start.
    pub offset: Span,
    /// What happens.
    pub effect: Effect<M, T>,
}

/// What a handler said.
#[derive(Debug)]
pub enum Effect<M, T> {
    /// A message leaves for one participant.
    Send {
        /// The addressee.
        to: NodeId,
        /// The message.
        message: M,
    },
    /// A message leaves for every other node.
    Broadcast {
        /// The message.
        message: M,
    },
    /// A timer is armed, or armed anew.
    SetTimer {
        /// Its key.
        timer: T,
        /// After how long by the node's monotonic clock, from when the effect is performed.
        after: Span,
    },
    /// A timer is disarmed.
    CancelTimer {
        /// Its key.
        timer: T,
    },
    /// Something that has to do with neither messages nor timers.
    Plain(PlainEffect),
}

/// The effects that know neither message nor timer.
#[derive(Debug)]
pub enum PlainEffect {
    /// The next staged change of the disk is handed to it.
    Change,
    /// A blocking sync is complete: all changes before it are durable.
    Synced(SyncFate),
    /// A blocking sync of one file is complete.
    FileSynced(Box<str>, SyncFate),
    /// An asynchronous sync begins; it will be complete `after` this instant.
    SyncBegun {
        /// Its ticket.
        ticket: Ticket,
        /// How long it takes from here.
        after: Span,
        /// What becomes of it.
        fate: SyncFate,
    },
    /// The node's process ends, for this reason.
    Halt(&'static str),
    /// A named point was reached.
    Mark(&'static str),
    /// A measure that counts grows.
    Count {
        /// Its name.
        measure: &'static str,
        /// By how much.
        by: u64,
    },
    /// A measure gets a sample.
    Sample {
        /// Its name.
        measure: &'static str,
        /// The sample.
        value: u64,
    },
    /// A claim of the node does not hold.
    Broken(&'static str),
    /// A note for whoever reads the trace; empty if nobody does.
    Note(Box<str>),
    /// The handler's last busy moment ends, with nothing more to say.
    Done,
}

impl PlainEffect {
    /// Whether it ends or begins a sync.
    pub(crate) fn is_sync(&self) -> bool {
        self.is_step() && !matches!(self, PlainEffect::Change)
    }

    /// Whether it is a step before which a crash can be placed.
    pub(crate) fn is_step(&self) -> bool {
        match self {
            PlainEffect::Change
            | PlainEffect::Synced(_)
            | PlainEffect::FileSynced(..)
            | PlainEffect::SyncBegun { .. } => true,
            PlainEffect::Halt(_)
            | PlainEffect::Mark(_)
            | PlainEffect::Count { .. }
            | PlainEffect::Sample { .. }
            | PlainEffect::Broken(_)
            | PlainEffect::Note(_)
            | PlainEffect::Done => false,
        }
    }
}

impl<M, T> Effect<M, T> {
    /// Whether it is a step (a disk effect or a send) before which a crash can be placed.
    pub(crate) fn is_step(&self) -> bool {
        match self {
            Effect::Send { .. } | Effect::Broadcast { .. } => true,
            Effect::SetTimer { .. } | Effect::CancelTimer { .. } => false,
            Effect::Plain(plain) => plain.is_step(),
        }
    }
}

/// Where plain effects are put.
pub trait PlainOutbox {
    /// Adds an effect at an offset.
    fn push_plain(&mut self, offset: Span, effect: PlainEffect);
}

/// Where the effects of a handler are put, in order, each at its offset.
///
/// One method for each kind of effect, with its parts by themselves: an [`Effect`] handed over as a
/// whole would be written twice.
pub trait Outbox<M, T>: PlainOutbox {
    /// Adds an [`Effect::Send`].
    fn send(&mut self, offset: Span, to: NodeId, message: M);
    /// Adds an [`Effect::Broadcast`].
    fn broadcast(&mut self, offset: Span, message: M);
    /// Adds an [`Effect::SetTimer`].
    fn set_timer(&mut self, offset: Span, timer: T, after: Span);
    /// Adds an [`Effect::CancelTimer`].
    fn cancel_timer(&mut self, offset: Span, timer: T);
}

/// The plain outbox: a list.
///
/// Its elements are dropped by hand, so that one is written once, where it stays: a push that had
/// to drop its argument if it failed to grow the list would write it to the stack first.
#[derive(Debug)]
pub struct Staged<M, T> {
    said: Vec<ManuallyDrop<Timed<M, T>>>,
    /// Whether one of them is an [`Effect::Plain`].
    plain: bool,
}

impl<M, T> Staged<M, T> {
    pub(crate) const fn new() -> Staged<M, T> {
        Staged { said: Vec::new(), plain: false }
    }

    /// Whether it holds anything but messages and timers.
    #[inline]
    pub(crate) fn has_plain(&self) -> bool {
        self.plain
    }

    /// What is in it, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Timed<M, T>> {
        self.said.iter().map(|timed| &**timed)
    }

    /// Takes everything out, in order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Timed<M, T>> {
        self.plain = false;
        self.said.drain(..).map(ManuallyDrop::into_inner)
    }

    #[inline]
    fn push(&mut self, effect: Timed<M, T>) {
        self.said.push(ManuallyDrop::new(effect));
    }
}

impl<M, T> Drop for Staged<M, T> {
    fn drop(&mut self) {
        self.drain().for_each(drop);
    }
}

impl<M, T> PlainOutbox for Staged<M, T> {
    fn push_plain(&mut self, offset: Span, effect: PlainEffect) {
        self.plain = true;
        self.push(Timed { offset, effect: Effect::Plain(effect) });
    }
}

impl<M, T> Outbox<M, T> for Staged<M, T> {
    fn send(&mut self, offset: Span, to: NodeId, message: M) {
        self.push(Timed { offset, effect: Effect::Send { to, message } });
    }

    fn broadcast(&mut self, offset: Span, message: M) {
        self.push(Timed { offset, effect: Effect::Broadcast { message } });
    }

    fn set_timer(&mut self, offset: Span, timer: T, after: Span) {
        self.push(Timed { offset, effect: Effect::SetTimer { timer, after } });
    }

    fn cancel_timer(&mut self, offset: Span, timer: T) {
        self.push(Timed { offset, effect: Effect::CancelTimer { timer } });
    }
}
