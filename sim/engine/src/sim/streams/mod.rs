//! Streams: one session between each two participants, in order each way.
//!
//! The invariant: in a session each message is handed on once and after all that were sent before
//! it; no message of a session is handed on in a later one, and none after its sender or addressee
//! has left the session.

mod ends;

pub(super) use ends::Streams;

use super::node_state::Waiting;
use super::{Overflow, Sim, Travelling, What};
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::{Host, Input, MessageOf};
use crate::ids::{EventId, NodeId, Time};
use crate::network::{Envelope, Loss, Passage};
use crate::node::Session;
use crate::protocol::Protocol;
use crate::stream::hashed;
use ends::{Flight, Load, Segment};

/// What the words of a message are hashed with for each time it is sent again, and for the answer
/// that it gets.
const AGAIN: u64 = 0x6167_6169_6e00_0000;
const ANSWER: u64 = 0x616e_7377_6572_0000;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Sends a message on the stream to its addressee, with the words that it owns.
    pub(super) fn stream(
        &mut self,
        (from, to): (NodeId, NodeId),
        message: MessageOf<P>,
        words: [u32; 4],
        event: EventId,
    ) {
        let end = self.streams.end(from, to);
        if self.streams.ends[end as usize].untold > 0 {
            // The node has yet to be told that the session to which this belongs is over.
            return self.lose(from, (from, to), Loss::Reset, event, &message);
        }
        if self.streams.ends[end as usize].session == 0 {
            self.streams.open(end);
        }
        let now = self.now;
        let state = &mut self.streams.ends[end as usize];
        if state.unacknowledged.len() as u64 >= u64::from(self.streams.table.buffer) {
            self.lose(from, (from, to), Loss::Overflow, event, &message);
            return self.end_session(end, event);
        }
        let first = state.unacknowledged.is_empty();
        if first {
            state.since = now;
        }
        let number = state.first + state.unacknowledged.len() as u64;
        let message = Some(message);
        let (sent_by, sent_at) = (event, now);
        state.unacknowledged.push_back(Segment { message, words, attempts: 0, sent_by, sent_at });
        self.transmit(end, number);
        if first {
            self.wait_for_acknowledgement(end);
        }
    }

    /// Sends a segment for the first time or again.
    fn transmit(&mut self, end: u32, number: u64) {
        let state = &mut self.streams.ends[end as usize];
        let segment = &mut state.unacknowledged[(number - state.first) as usize];
        let words = match segment.attempts {
            0 => segment.words,
            attempts => hashed(segment.words, AGAIN ^ attempts),
        };
        segment.attempts += 1;
        let (first_time, sent_by) = (segment.attempts == 1, segment.sent_by);
        let (to, session) = (state.mate, state.session);
        let Some(message) = &segment.message else {
            // It was handed on, which only its acknowledgement can tell.
            let passage = Passage { from: state.own, to: state.peer };
            let course = self.network.course(passage, self.now, words, || 0);
            let load = Load::Segment { number, words, replaced: None };
            return course.arrival.map_or((), |at| self.fly(Flight { to, session, load }, at));
        };
        let (from, peer, message) = (state.own, state.peer, message.clone());
        let envelope = Envelope { from, to: peer, at: self.now, message: &message };
        let mut fate = self.fate(envelope, words);
        if first_time {
            self.settle((from, peer), &message, sent_by, &mut fate);
        }
        if let Some(after) = fate.copy {
            let load = Load::Segment { number, words, replaced: None };
            self.fly(Flight { to, session, load }, after);
        }
        if let Ok(after) = fate.arrival {
            let load = Load::Segment { number, words, replaced: fate.replace };
            self.fly(Flight { to, session, load }, after);
        }
    }

    /// Sends an end's answer to what the other end sent with these words.
    fn answer(&mut self, end: u32, session: u64, words: [u32; 4], load: Load<MessageOf<P>>) {
        let state = &self.streams.ends[end as usize];
        let (to, passage) = (state.mate, Passage { from: state.own, to: state.peer });
        let course = self.network.course(passage, self.now, hashed(words, ANSWER), || 0);
        match course.arrival {
            Ok(after) if !course.corrupted => self.fly(Flight { to, session, load }, after),
            _ => {}
        }
    }

    fn fly(&mut self, flight: Flight<MessageOf<P>>, after: u64) {
        if self.streams.flights.len() >= self.plan.limits.in_flight {
            self.overflow = self.overflow.or(Some(Overflow::InFlight));
            return;
        }
        let flight = self.streams.flights.insert(flight);
        let at = Time::from_nanos(self.now.as_nanos().saturating_add(after));
        self.schedule(at, What::Flight { flight });
    }

    /// Something has come to an end of a stream.
    pub(super) fn land(&mut self, flight: u32) {
        let Flight { to: end, session, load } = self.streams.flights.remove(flight);
        let state = &self.streams.ends[end as usize];
        match load {
            Load::Segment { number, words, replaced } => {
                let sender = &self.streams.ends[state.mate as usize];
                let up = state.own.is_client() || self.nodes[state.own.index()].up;
                if sender.session == session && up && self.contact(end, session, words) {
                    let state = &mut self.streams.ends[end as usize];
                    if number >= state.expected {
                        state.arrived.entry(number).or_insert(replaced);
                    }
                    self.hand_on(end, words);
                }
            }
            Load::Acknowledgement { next, full } if state.session == session => {
                self.acknowledged(end, next, full);
            }
            Load::Reset if state.session == session => self.end_session(end, EventId::BEGINNING),
            Load::Acknowledgement { .. } | Load::Reset => {}
        }
    }

    /// An end hears of a session: whether it is in it. One that it has left is answered with a
    /// reset; a newer one ends that in which it is.
    fn contact(&mut self, end: u32, session: u64, words: [u32; 4]) -> bool {
        let state = &self.streams.ends[end as usize];
        if state.session != session && state.latest >= session {
            self.answer(end, session, words, Load::Reset);
            return false;
        }
        if state.session != session {
            if state.session != 0 {
                self.end_session(end, EventId::BEGINNING);
            }
            let wait = self.streams.table.retransmit;
            self.streams.ends[end as usize].enter(session, wait);
        }
        self.hear(end);
        true
    }

    /// The other end was heard: the session is up.
    fn hear(&mut self, end: u32) {
        let state = &mut self.streams.ends[end as usize];
        if !std::mem::replace(&mut state.heard, true) {
            let (own, peer) = (state.own, state.peer);
            self.tell_session(own, peer, Session::Up, EventId::BEGINNING);
        }
    }

    /// Hands on what has arrived in order, as far as the addressee has room for it, and says how
    /// far that is.
    fn hand_on(&mut self, end: u32, words: [u32; 4]) {
        let session = self.streams.ends[end as usize].session;
        let full = loop {
            let state = &mut self.streams.ends[end as usize];
            // What is handed on may end the session.
            if state.session != session || session == 0 {
                return;
            }
            let (own, number) = (state.own, state.expected);
            if !state.arrived.contains_key(&number) {
                break false;
            }
            if !own.is_client() && self.inbox_is_full(own.index()) {
                let waiting = self.streams.pushed_back.entry(own).or_default();
                if !waiting.contains(&end) {
                    waiting.push_back(end);
                }
                break true;
            }
            if !self.hand_on_one(end, number) {
                return;
            }
        };
        let next = self.streams.ends[end as usize].expected;
        self.answer(end, session, words, Load::Acknowledgement { next, full });
    }

    /// Hands on the segment with this number; false if its sender has left the session.
    fn hand_on_one(&mut self, end: u32, number: u64) -> bool {
        let state = &mut self.streams.ends[end as usize];
        let (from, to, mate) = (state.peer, state.own, state.mate as usize);
        let replaced = state.arrived.remove(&number).flatten();
        let session = state.session;
        let sender = &mut self.streams.ends[mate];
        let at = number.checked_sub(sender.first).filter(|_| sender.session == session);
        let segment = at.and_then(|at| sender.unacknowledged.get_mut(at as usize));
        let Some(segment) = segment else { return false };
        let message = segment.message.take().expect("a segment is handed on once");
        let (sent_by, sent_at) = (segment.sent_by, segment.sent_at);
        self.streams.ends[end as usize].expected += 1;
        let message = replaced.unwrap_or(message);
        let envelope = Travelling { from, to, sent_by, sent_at, message };
        let envelope = self.envelopes.insert(envelope);
        self.arrive(envelope, to);
        true
    }

    fn inbox_is_full(&self, node: usize) -> bool {
        let state = &self.nodes[node];
        state.must_wait() && state.waiting_messages >= self.plan.limits.inbox
    }

    /// The node has room in its inbox again: streams that wait for it go on.
    pub(super) fn pull(&mut self, node: usize) {
        let own = NodeId::node(node as u32);
        while !self.inbox_is_full(node) {
            let waiting = self.streams.pushed_back.get_mut(&own);
            let Some(end) = waiting.and_then(|waiting| waiting.pop_front()) else { return };
            let mate = self.streams.ends[end as usize].mate as usize;
            let words = self.streams.ends[mate].unacknowledged.front().map(|first| first.words);
            self.hand_on(end, words.unwrap_or_default());
        }
    }

    fn acknowledged(&mut self, end: u32, next: u64, full: bool) {
        self.hear(end);
        let now = self.now;
        let state = &mut self.streams.ends[end as usize];
        let known = next.saturating_sub(state.first).min(state.unacknowledged.len() as u64);
        state.unacknowledged.drain(..known as usize);
        state.first += known;
        if known > 0 || full {
            state.since = now;
            state.wait = self.streams.table.retransmit;
            self.wait_for_acknowledgement(end);
        }
    }

    /// Wakes when it is time to send again, or to give the session up.
    fn wait_for_acknowledgement(&mut self, end: u32) {
        let state = &mut self.streams.ends[end as usize];
        let give_up = state.since + self.streams.table.session_timeout;
        let due = (self.now + state.wait).min(give_up);
        state.due = due;
        let late = state.alarm.is_none_or(|(at, _)| at > due);
        if late && !state.unacknowledged.is_empty() {
            self.set_alarm(end);
        }
    }

    fn set_alarm(&mut self, end: u32) {
        let due = self.streams.ends[end as usize].due;
        let entry = self.schedule(due, What::Resend { end });
        self.streams.ends[end as usize].alarm = Some((due, entry));
    }

    /// An end's alarm goes off. If no acknowledgement has come in time, all that has none is sent
    /// again, and the wait doubles, or the session has lasted long enough.
    pub(super) fn resend(&mut self, end: u32, entry: u64) {
        let (now, limit) = (self.now, self.streams.table.session_timeout);
        let state = &mut self.streams.ends[end as usize];
        if state.alarm.take_if(|(_, alarm)| *alarm == entry).is_none() {
            return;
        }
        let Some(oldest) = state.unacknowledged.front() else { return };
        if state.due > now {
            return self.set_alarm(end);
        }
        let cause = oldest.sent_by;
        if now.since(state.since) >= limit {
            return self.end_session(end, cause);
        }
        state.wait = (state.wait * 2).min(limit);
        let (own, peer) = (state.own, state.peer);
        let (first, count) = (state.first, state.unacknowledged.len() as u64);
        let text = self.watched.then(|| {
            let peer = self.roster.name(peer);
            format!("sends {count} to {peer} again").into_boxed_str()
        });
        self.emit(Some(own), EventKind::Resend { to: peer }, cause, (peer.raw(), count), text);
        (first..first + count).for_each(|number| self.transmit(end, number));
        self.wait_for_acknowledgement(end);
    }

    /// An end leaves its session, and everything in it is gone.
    fn end_session(&mut self, end: u32, cause: EventId) {
        let state = &mut self.streams.ends[end as usize];
        self.stats.lost += state.undelivered();
        let (own, peer) = (state.own, state.peer);
        state.leave();
        state.untold += u32::from(!own.is_client());
        self.tell_session(own, peer, Session::Down, cause);
    }

    /// Lets a node know of its session, after everything that it has yet to take in hand; clients
    /// know at once.
    fn tell_session(&mut self, own: NodeId, peer: NodeId, session: Session, cause: EventId) {
        if own.is_client() {
            self.session_event(own, peer, session, cause);
            return;
        }
        self.nodes[own.index()].inbox.push_back(Waiting::Session { peer, session, cause });
        self.mark_ready(own.index());
    }

    /// Runs the handler of a node that is told of its session.
    pub(super) fn told_session(
        &mut self,
        node: usize,
        peer: NodeId,
        session: Session,
        cause: EventId,
    ) {
        let own = NodeId::node(node as u32);
        if session == Session::Down {
            let end = self.streams.end(own, peer);
            let state = &mut self.streams.ends[end as usize];
            state.untold = state.untold.saturating_sub(1);
        }
        if self.progress.records() {
            self.note_turn(own, "is told of a session", false);
        }
        let event = self.session_event(own, peer, session, cause);
        self.handle(node, Input::Session { peer, session }, event);
    }

    fn session_event(
        &mut self,
        own: NodeId,
        peer: NodeId,
        session: Session,
        cause: EventId,
    ) -> EventId {
        let text = self.watched.then(|| {
            let words = match session {
                Session::Up => "up",
                Session::Down => "down",
            };
            format!("session with {} is {words}", self.roster.name(peer)).into_boxed_str()
        });
        let kind = EventKind::Session { peer, session };
        self.emit(Some(own), kind, cause, (peer.raw(), session), text)
    }

    /// A node has crashed: it knows no session any more.
    pub(super) fn forget_sessions(&mut self, node: NodeId) {
        for end in self.streams.ends_of(node) {
            let state = &mut self.streams.ends[end as usize];
            self.stats.lost += state.undelivered();
            state.leave();
            state.untold = 0;
        }
        self.streams.pushed_back.remove(&node);
    }
}
