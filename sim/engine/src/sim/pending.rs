//! What is scheduled, for who takes it out of its turn.
//!
//! The invariant: looking changes nothing, and what is taken happens at the instant the run has
//! reached or later.

use super::{Sim, What};
use crate::decider::Decider;
use crate::event::Event;
use crate::host::Host;
use crate::ids::{NodeId, Time};
use crate::protocol::Protocol;
use crate::queue::Entry;

/// Something that is scheduled, for who chooses the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its number, for [`Sim::take`].
    pub sequence: u64,
    /// When it is due.
    pub at: Time,
    /// A message on its way, with its sender and addressee; `None` for anything else.
    pub message: Option<(NodeId, NodeId)>,
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Everything that is scheduled, in order.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        let mut pending: Vec<Pending> =
            self.queue.iter().map(|entry| self.describe(&entry)).collect();
        pending.sort_by_key(|pending| (pending.at, pending.sequence));
        pending
    }

    /// Takes one of the pending events out of its turn, by its number. Returns the events that
    /// happened: none if there is no such number or nothing came of it.
    pub fn take(&mut self, sequence: u64) -> &[Event] {
        self.happened.clear();
        if let Some(entry) = self.queue.take(self.now, sequence) {
            self.now = self.now.max(entry.at);
            self.through_halt(|sim| sim.execute(entry));
        }
        &self.happened
    }

    fn describe(&self, entry: &Entry<What>) -> Pending {
        let message = match entry.what {
            What::Deliver { envelope, to } => Some((self.envelopes.get(envelope).from, to)),
            What::Flight { flight } => Some(self.streams.passage(flight)),
            _ => None,
        };
        Pending { sequence: entry.sequence, at: entry.at, message }
    }
}
