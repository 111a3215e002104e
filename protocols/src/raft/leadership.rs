//! What a server knows while it leads: of its followers, and of what it has to answer.
//!
//! The invariant: only members count for a majority, and the leader itself only if it is one.

use super::log::{Conflict, Index, Term};
use super::membership::{Joining, Pending};
use super::message::Round;
use super::reads::{Lease, PendingReads};
use super::replica::Asked;
use squall::prelude::*;
use std::collections::VecDeque;

/// What a server remembers while it leads.
#[derive(Debug)]
pub(super) struct Leadership {
    /// The term that it was elected in.
    pub(super) term: Term,
    /// What is known of each follower, in the order of their ids.
    pub(super) followers: Vec<Progress>,
    /// Whether the leader itself is a member.
    counts: bool,
    /// Commands that wait for the write of the log that is under way.
    pub(super) batch: Vec<Asked>,
    /// Requests whose entries are not applied yet, by index.
    pub(super) proposals: VecDeque<Proposal>,
    /// The server that is brought up to date to become a member.
    pub(super) joining: Option<Joining>,
    /// The change that is in the log.
    pub(super) pending: Option<Pending>,
    pub(super) reads: PendingReads,
    pub(super) lease: Lease,
    /// Room to sort in.
    scratch: Vec<u64>,
}

/// What a leader knows of a follower.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) id: NodeId,
    /// Whether it is a member: else it is only brought up to date (§4.2.1).
    counts: bool,
    /// The last entry known to be durable there.
    matched: Index,
    /// The next entry to send.
    pub(super) next: Index,
    /// Whether `next` is a guess: then nothing is sent on before an answer, or a heartbeat, comes.
    pub(super) probing: bool,
    /// Whether it was heard since the last quorum check.
    active: bool,
    /// The last round of heartbeats that it answered.
    round: Round,
}

/// A command whose entry is not applied yet.
#[derive(Debug)]
pub(super) struct Proposal {
    pub(super) index: Index,
    pub(super) asked: Asked,
    pub(super) since: LocalTime,
}

impl Leadership {
    /// A leader that sends on from `next`.
    pub(super) fn new(term: Term, own: NodeId, members: &[NodeId], next: Index) -> Leadership {
        let mut lead = Leadership {
            term,
            followers: Vec::new(),
            counts: false,
            batch: Vec::new(),
            proposals: VecDeque::new(),
            joining: None,
            pending: None,
            reads: PendingReads::default(),
            lease: Lease::default(),
            scratch: Vec::new(),
        };
        lead.regroup(members, own, next);
        lead
    }

    /// The members are others now.
    pub(super) fn regroup(&mut self, members: &[NodeId], own: NodeId, next: Index) {
        self.counts = members.contains(&own);
        self.followers.retain(|follower| members.contains(&follower.id));
        for member in members.iter().filter(|member| **member != own) {
            let place = self.learn_of(*member, next);
            self.followers[place].counts = true;
        }
    }

    /// The place of a follower, who is no member if it is new.
    pub(super) fn learn_of(&mut self, id: NodeId, next: Index) -> usize {
        self.place(id).unwrap_or_else(|place| {
            self.followers.insert(place, Progress::new(id, next));
            place
        })
    }

    /// Where a follower is, or would be.
    pub(super) fn place(&self, id: NodeId) -> Result<usize, usize> {
        self.followers.binary_search_by_key(&id, |follower| follower.id)
    }

    /// A server is not brought up to date any more.
    pub(super) fn forget(&mut self, id: NodeId) {
        self.followers.retain(|follower| follower.counts || follower.id != id);
    }

    /// Whether a follower was heard since the last quorum check.
    pub(super) fn hears(&self, id: NodeId) -> bool {
        self.place(id).is_ok_and(|place| self.followers[place].active)
    }

    /// How many members are there: followers heard since the last time this was asked, and itself.
    pub(super) fn count_active(&mut self) -> usize {
        let followers = self.followers.iter_mut();
        let active = followers
            .filter_map(|follower| std::mem::take(&mut follower.active).then_some(follower.counts));
        usize::from(self.counts) + active.filter(|counts| *counts).count()
    }

    /// The last entry that a majority has.
    pub(super) fn agreed_index(&mut self, durable: Index, majority: usize) -> Index {
        let own = self.counts.then_some(durable.count());
        let members = self.followers.iter().filter(|follower| follower.counts);
        let others = members.map(|follower| follower.matched.count());
        Index::ZERO + reached(&mut self.scratch, others.chain(own), majority)
    }

    /// The last round that a majority has answered.
    pub(super) fn agreed_round(&mut self, majority: usize) -> Round {
        let own = self.counts.then_some(self.reads.round.0);
        let members = self.followers.iter().filter(|follower| follower.counts);
        let others = members.map(|follower| follower.round.0);
        Round(reached(&mut self.scratch, others.chain(own), majority))
    }
}

/// The greatest number that at least `majority` of these have reached.
fn reached(scratch: &mut Vec<u64>, numbers: impl Iterator<Item = u64>, majority: usize) -> u64 {
    scratch.clear();
    scratch.extend(numbers);
    scratch.sort_unstable();
    scratch[scratch.len() - majority]
}

impl Progress {
    fn new(id: NodeId, next: Index) -> Progress {
        Progress {
            id,
            counts: false,
            matched: Index::ZERO,
            next,
            probing: true,
            active: false,
            round: Round::default(),
        }
    }

    /// The follower has answered.
    pub(super) fn answered(&mut self, round: Round) {
        self.active = true;
        self.round = self.round.max(round);
    }

    /// The follower agrees up to `matched`. Whether that is news: an old or doubled answer says
    /// nothing, and to answer it would let doubled messages breed.
    pub(super) fn accept(&mut self, matched: Index) -> bool {
        let found = self.probing && matched == self.next.previous();
        if matched <= self.matched && !found {
            return false;
        }
        self.matched = self.matched.max(matched);
        self.next = self.next.max(self.matched.next());
        self.probing = false;
        true
    }

    /// Whether a rejection of what follows `previous` is news: an old one answers something that
    /// has been matched or sent again since, or comes from a log that has grown since.
    pub(super) fn is_news(&self, previous: Index, conflict: Conflict) -> bool {
        let grown = conflict.term.is_none() && conflict.first <= self.matched;
        let open = match self.probing {
            true => previous == self.next.previous(),
            false => previous > self.matched,
        };
        open && !grown
    }

    /// The follower lacks what comes before: go back, but not behind what it is known to have.
    /// Whether that leads anywhere: if not, there is nothing to send before the next heartbeat.
    pub(super) fn back_off(&mut self, to: Index, previous: Index) -> bool {
        let next = to.min(previous).max(self.matched.next());
        let moved = next != self.next;
        (self.next, self.probing) = (next, true);
        moved
    }
}
