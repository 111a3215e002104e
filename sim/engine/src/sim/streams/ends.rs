//! The two ends of every stream, as data: what each has sent, heard and not yet handed on.
//!
//! The invariant: nothing is kept for two participants until one speaks to the other; what a
//! session has not handed on when it ends is gone, so that what it did hand on is a prefix.

use crate::ids::{EventId, NodeId, Time};
use crate::scenario::tables::Streams as Table;
use crate::slab::Slab;
use crate::units::Span;
use std::collections::{BTreeMap, VecDeque};

/// All streams of a run.
#[derive(Debug)]
pub(in crate::sim) struct Streams<M> {
    pub(super) table: Table,
    pub(super) ends: Vec<End<M>>,
    /// The end of a participant towards another.
    known: BTreeMap<(NodeId, NodeId), u32>,
    pub(super) flights: Slab<Flight<M>>,
    /// For each node the ends of which it has not taken all that arrived, its inbox being full.
    pub(super) pushed_back: BTreeMap<NodeId, VecDeque<u32>>,
}

/// One end of a stream.
#[derive(Debug)]
pub(super) struct End<M> {
    pub(super) own: NodeId,
    pub(super) peer: NodeId,
    /// The other end.
    pub(super) mate: u32,
    /// The session that it is in, counted from 1; 0 for none.
    pub(super) session: u64,
    /// The newest session that it has been in.
    pub(super) latest: u64,
    /// Whether somebody at the other end has been heard in this session.
    pub(super) heard: bool,
    /// How many of its sessions ended without its node having been told yet.
    pub(super) untold: u32,
    /// What it sent and the other end has not acknowledged; the number of the first.
    pub(super) unacknowledged: VecDeque<Segment<M>>,
    pub(super) first: u64,
    /// Since when the first of these has waited, or since the other end last said that it is full.
    pub(super) since: Time,
    /// How long it waits before it sends again, and when that is over.
    pub(super) wait: Span,
    pub(super) due: Time,
    /// The one queue entry that wakes it, and when; an acknowledgement leaves it where it is.
    pub(super) alarm: Option<(Time, u64)>,
    /// The number of the segment that is handed on next, and those that arrived: as they were
    /// sent, or what corruption made of them.
    pub(super) expected: u64,
    pub(super) arrived: BTreeMap<u64, Option<M>>,
}

/// A message on a stream.
#[derive(Debug)]
pub(super) struct Segment<M> {
    /// Until it is handed on.
    pub(super) message: Option<M>,
    pub(super) words: [u32; 4],
    pub(super) attempts: u64,
    pub(super) sent_by: EventId,
    pub(super) sent_at: Time,
}

/// What travels between two ends.
#[derive(Debug)]
pub(super) struct Flight<M> {
    /// The end to which it goes.
    pub(super) to: u32,
    pub(super) session: u64,
    pub(super) load: Load<M>,
}

#[derive(Debug)]
pub(super) enum Load<M> {
    /// The segment with this number of the other end, or what corruption made of it.
    Segment { number: u64, words: [u32; 4], replaced: Option<M> },
    /// All before this number were handed on; with `full`, the rest waits for an inbox.
    Acknowledgement { next: u64, full: bool },
    /// The other end is not in this session.
    Reset,
}

impl<M> Streams<M> {
    pub(in crate::sim) fn new(table: Table) -> Streams<M> {
        Streams {
            table,
            ends: Vec::new(),
            known: BTreeMap::new(),
            flights: Slab::new(),
            pushed_back: BTreeMap::new(),
        }
    }

    /// The end of `own` towards `peer`, made with the other end if they have never spoken.
    pub(super) fn end(&mut self, own: NodeId, peer: NodeId) -> u32 {
        if let Some(end) = self.known.get(&(own, peer)) {
            return *end;
        }
        let at = self.ends.len() as u32;
        self.ends.push(End::new(own, peer, at + 1));
        self.ends.push(End::new(peer, own, at));
        self.known.insert((own, peer), at);
        self.known.insert((peer, own), at + 1);
        at
    }

    /// All ends of a participant.
    pub(super) fn ends_of(&self, own: NodeId) -> Vec<u32> {
        let from = (own, NodeId::node(0));
        let own_only = self.known.range(from..).take_while(|((other, _), _)| *other == own);
        own_only.map(|(_, end)| *end).collect()
    }

    /// Whether a node's end will send again when this queue entry leaves.
    pub(in crate::sim) fn resends(&self, end: u32, entry: u64) -> bool {
        let end = &self.ends[end as usize];
        let awake = end.alarm.is_some_and(|(_, alarm)| alarm == entry);
        awake && !end.unacknowledged.is_empty() && !end.own.is_client()
    }

    /// From whom to whom a flight goes.
    pub(in crate::sim) fn passage(&self, flight: u32) -> (NodeId, NodeId) {
        let end = &self.ends[self.flights.get(flight).to as usize];
        (end.peer, end.own)
    }

    /// Puts an end into a session: the one that the other end has begun and this one has not been
    /// in, or a new one.
    pub(super) fn open(&mut self, end: u32) {
        let mate = self.ends[end as usize].mate;
        let (own, other) = (self.ends[end as usize].latest, &self.ends[mate as usize]);
        let new = own.max(other.latest) + 1;
        let session = if other.session > own { other.session } else { new };
        let wait = self.table.retransmit;
        self.ends[end as usize].enter(session, wait);
    }
}

impl<M> End<M> {
    fn new(own: NodeId, peer: NodeId, mate: u32) -> End<M> {
        End {
            own,
            peer,
            mate,
            session: 0,
            latest: 0,
            heard: false,
            untold: 0,
            unacknowledged: VecDeque::new(),
            first: 0,
            since: Time::ZERO,
            wait: Span::ZERO,
            due: Time::ZERO,
            alarm: None,
            expected: 0,
            arrived: BTreeMap::new(),
        }
    }

    /// Begins a session with nothing in it.
    pub(super) fn enter(&mut self, session: u64, wait: Span) {
        self.leave();
        (self.session, self.latest, self.wait) = (session, session, wait);
    }

    /// Leaves its session; what was in it is gone.
    pub(super) fn leave(&mut self) {
        (self.session, self.heard) = (0, false);
        (self.first, self.expected) = (0, 0);
        self.unacknowledged.clear();
        self.arrived.clear();
    }

    /// How many messages that it sent were never handed on.
    pub(super) fn undelivered(&self) -> u64 {
        self.unacknowledged.iter().filter(|segment| segment.message.is_some()).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_a_pair_until_one_speaks_to_the_other() {
        let [first, second, third] = [0, 1, 2].map(NodeId::node);
        let mut streams: Streams<()> = Streams::new(Table::default());
        assert_eq!(streams.ends.capacity(), 0);
        let end = streams.end(first, second);
        assert_eq!(streams.ends.len(), 2);
        let other = streams.end(second, first);
        assert_eq!(streams.ends[other as usize].mate, end);
        assert_eq!(streams.ends.len(), 2, "the other end is there already");
        assert!(streams.ends_of(third).is_empty());
        assert_eq!(streams.ends_of(first), [end]);
    }
}
