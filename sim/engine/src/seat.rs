//! What the kernel keeps for a node beside the node itself: identity, clock, stream, disk, and
//! the offset of the handler that is running.
//!
//! The invariant: between handlers the offset is zero.

use crate::chance::{Armed, Points};
use crate::clock::Clock;
use crate::disk::Disk;
use crate::effect::{PlainEffect, PlainOutbox};
use crate::ids::{NodeId, Time};
use crate::scenario::roster::Roster;
use crate::stream::Stream;
use crate::units::{Span, SpanRange};
use std::rc::Rc;

/// Who is in the cluster, by kind.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    kinds: Vec<(String, Vec<NodeId>)>,
}

impl Membership {
    /// The nodes of a roster.
    #[must_use]
    pub(crate) fn new(roster: &Roster) -> Membership {
        let members =
            |(index, kind): (usize, &str)| (kind.to_string(), roster.members(index).collect());
        Membership { kinds: roster.kinds().enumerate().map(members).collect() }
    }

    /// How many nodes there are.
    #[must_use]
    pub(crate) fn nodes(&self) -> u32 {
        self.kinds.iter().map(|(_, members)| members.len() as u32).sum()
    }

    /// The members of a kind, in order; none of an unknown one.
    #[must_use]
    pub(crate) fn members(&self, kind: &str) -> &[NodeId] {
        let found = self.kinds.iter().find(|(name, _)| name == kind);
        found.map_or(&[], |(_, members)| members)
    }

    /// The kind of a node: members of a kind have consecutive numbers.
    #[must_use]
    pub(crate) fn kind(&self, node: NodeId) -> &str {
        let holds =
            |members: &[NodeId]| members.first() <= Some(&node) && members.last() >= Some(&node);
        let found = self.kinds.iter().find(|(_, members)| holds(members));
        found.map_or("", |(name, _)| name)
    }
}

/// The panic with which a handler that says too much is stopped.
pub(crate) struct TooManyEffects;

/// The panic with which a handler whose process has ended is left.
pub(crate) struct Halted;

/// Ends a node's process at this offset, for this reason: nothing of its handler runs any more.
pub(crate) fn halt(offset: Span, out: &mut dyn PlainOutbox, reason: &'static str) -> ! {
    out.push_plain(offset, PlainEffect::Halt(reason));
    std::panic::resume_unwind(Box::new(Halted))
}

/// What the kernel keeps for one node.
///
/// In the order written here: what every handler touches comes first.
#[derive(Debug)]
#[repr(C)]
pub struct Seat {
    pub(crate) id: NodeId,
    pub(crate) effects_left: u32,
    /// The true instant at which the running handler started.
    pub(crate) started: Time,
    /// How far the running handler has got since.
    pub(crate) offset: Span,
    pub(crate) stream: Stream,
    pub(crate) clock: Clock,
    /// Whether somebody reads notes.
    pub(crate) watched: bool,
    /// How many thousandths longer than it should work takes, and the disk.
    pub(crate) cpu: u32,
    pub(crate) drive: u32,
    pub(crate) membership: Rc<Membership>,
    pub(crate) disk: Box<Disk>,
    /// How long a sync takes.
    pub(crate) sync: SpanRange,
    /// The fault points of the run, and those that are enabled for this node.
    pub(crate) points: Rc<Points>,
    pub(crate) armed: Vec<Armed>,
}

impl Seat {
    /// The true instant that the running handler has reached.
    #[inline]
    pub(crate) fn instant(&self) -> Time {
        self.started + self.offset
    }

    /// Counts an effect against the limit of one handler, and unwinds out of a handler that is
    /// over it: nothing else ends one that speaks for ever.
    #[inline]
    pub(crate) fn count_effect(&mut self) {
        match self.effects_left.checked_sub(1) {
            Some(left) => self.effects_left = left,
            None => std::panic::resume_unwind(Box::new(TooManyEffects)),
        }
    }
}
