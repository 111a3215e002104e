//! Effects: what a handler said, as data, each with its offset from the handler's start.
//!
//! The invariant: effects are performed in the order in which they were said; their offsets never
//! decrease.

use crate::disk::Ticket;
use crate::ids::NodeId;
use crate::units::Span;

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
    Synced,
    /// A blocking sync of one file is complete.
    FileSynced(Box<str>),
    /// An asynchronous sync begins; it will be complete `after` this instant.
    SyncBegun {
        /// Its ticket.
        ticket: Ticket,
        /// How long it takes from here.
        after: Span,
    },
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
            | PlainEffect::Synced
            | PlainEffect::FileSynced(_)
            | PlainEffect::SyncBegun { .. } => true,
            PlainEffect::Mark(_)
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

/// Where the effects of a handler are put, in order.
pub trait Outbox<M, T>: PlainOutbox {
    /// Adds an effect.
    fn push(&mut self, effect: Timed<M, T>);
}

/// The plain outbox: a list.
#[derive(Debug)]
pub struct Staged<M, T>(pub(crate) Vec<Timed<M, T>>);

impl<M, T> PlainOutbox for Staged<M, T> {
    fn push_plain(&mut self, offset: Span, effect: PlainEffect) {
        self.0.push(Timed { offset, effect: Effect::Plain(effect) });
    }
}

impl<M, T> Outbox<M, T> for Staged<M, T> {
    fn push(&mut self, effect: Timed<M, T>) {
        self.0.push(effect);
    }
}
