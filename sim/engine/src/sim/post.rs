//! Sending: what becomes of a message when it leaves.
//!
//! The invariant: the fate of a message is asked for here alone, once, and uses up its four words.

use super::{Overflow, Sim, Travelling, What};
use crate::decider::Decider;
use crate::host::{Host, MessageOf};
use crate::ids::{EventId, NodeId, Time};
use crate::network::{Course, Envelope, Fate, Loss, Passage};
use crate::node::Node;
use crate::protocol::{Links, Protocol};
use crate::stream::hashed;

/// What the words of a message are hashed with for what corruption makes of it.
const REPLACEMENT: u64 = 0x636f_7272_7570_7432;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Sends a message: the one place where its fate is asked for.
    #[inline]
    pub(super) fn post(&mut self, from: NodeId, to: NodeId, message: MessageOf<P>, event: EventId) {
        let (stream_id, count) = self.next_message(from);
        self.stats.sent += 1;
        let words = self.decider.fate_words(stream_id, count);
        if !self.exists(to) {
            return self.lose(from, (from, to), Loss::Nobody, event, &message);
        }
        if P::LINKS == Links::Stream && from != to {
            return self.stream((from, to), message, words, event);
        }
        let size = || <P::Node as Node>::size(&message);
        let course = self.network.course(Passage { from, to }, self.now, words, size);
        if course.corrupted || self.alters {
            return self.post_altered((from, to), message, event, course, words);
        }
        if let Some(after) = course.copy {
            self.carry(from, to, message.clone(), event, after);
        }
        match course.arrival {
            Ok(after) => self.carry(from, to, message, event, after),
            Err(loss) => self.lose(from, (from, to), loss, event, &message),
        }
    }

    /// Sends a message of which more is to be said than what the links make of it.
    #[cold]
    fn post_altered(
        &mut self,
        (from, to): (NodeId, NodeId),
        message: MessageOf<P>,
        event: EventId,
        course: Course,
        words: [u32; 4],
    ) {
        let envelope = Envelope { from, to, at: self.now, message: &message };
        let mut fate = self.altered(envelope, course, words);
        self.settle((from, to), &message, event, &mut fate);
        if let Some(after) = fate.copy {
            self.carry(from, to, message.clone(), event, after);
        }
        match fate.arrival {
            Ok(after) => {
                let message = fate.replace.unwrap_or(message);
                self.carry(from, to, message, event, after);
            }
            Err(loss) => self.lose(from, (from, to), loss, event, &message),
        }
    }

    /// Decides what becomes of a message: what the links make of it, what corruption leaves of it,
    /// and what the protocol's own network has to say.
    pub(super) fn fate(
        &mut self,
        envelope: Envelope<'_, MessageOf<P>>,
        words: [u32; 4],
    ) -> Fate<MessageOf<P>> {
        let Envelope { from, to, at, message } = envelope;
        let size = || <P::Node as Node>::size(message);
        let course = self.network.course(Passage { from, to }, at, words, size);
        self.altered(envelope, course, words)
    }

    /// What corruption leaves of a message, and what the protocol's own network has to say.
    fn altered(
        &mut self,
        envelope: Envelope<'_, MessageOf<P>>,
        course: Course,
        words: [u32; 4],
    ) -> Fate<MessageOf<P>> {
        let mut fate = Fate { arrival: course.arrival, copy: course.copy, replace: None };
        if course.corrupted && fate.arrival.is_ok() {
            let words = hashed(words, REPLACEMENT);
            fate.replace = <P::Node as Node>::corrupt(envelope.message, words);
            if fate.replace.is_none() {
                fate.arrival = Err(Loss::Corrupted);
            }
        }
        match &mut self.model {
            Some(model) if envelope.from != envelope.to => model.fate(envelope, words, fate),
            _ => fate,
        }
    }

    #[inline(always)]
    fn carry(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: MessageOf<P>,
        sent_by: EventId,
        after: u64,
    ) {
        if self.envelopes.len() >= self.plan.limits.in_flight {
            self.overflow = self.overflow.or(Some(Overflow::InFlight));
            return;
        }
        let sent_at = self.now;
        let envelope = self.envelopes.insert(Travelling { from, to, sent_by, sent_at, message });
        let at = Time::from_nanos(self.now.as_nanos().saturating_add(after));
        self.schedule(at, What::Deliver { envelope, to });
    }

    /// The id of a sender's streams and the number of its next message.
    #[inline]
    fn next_message(&mut self, from: NodeId) -> (u64, u64) {
        if from.is_client() {
            return self.next_message_outside(from);
        }
        let state = &mut self.nodes[from.index()];
        state.sent += 1;
        (state.stream_id, state.sent - 1)
    }

    #[inline]
    fn exists(&self, id: NodeId) -> bool {
        match id.is_client() {
            true => id <= self.roster.operator(),
            false => id.index() < self.nodes.len(),
        }
    }
}
