//! Elections: pre-vote (§9.6), votes (§3.4, §3.6.1), leases against disruption (§4.2.3), and the
//! end of a leader who has lost its majority (§6.2).
//!
//! The invariant: a server votes once in a term, and its vote is durable before anyone hears of it.

use super::config::Bug;
use super::leadership::Leadership;
use super::log::{Command, Entry, Term};
use super::membership::Configuration;
use super::message::{Ballot, Message, Vote};
use super::replica::{Cx, Replica, Role, Timer};
use squall::prelude::*;
use std::fmt;

/// Who said yes to a candidate, itself included.
#[derive(Debug)]
pub(super) struct Votes(Vec<NodeId>);

impl Votes {
    fn of(candidate: NodeId) -> Votes {
        Votes(vec![candidate])
    }

    fn add(&mut self, voter: NodeId) {
        if !self.0.contains(&voter) {
            self.0.push(voter);
        }
    }

    /// Whether these are a majority of the members. Others do not count, be it the candidate.
    fn suffice(&self, configuration: &Configuration) -> bool {
        let members = self.0.iter().filter(|voter| configuration.has(**voter));
        members.count() >= configuration.majority()
    }
}

impl fmt::Display for Votes {
    /// All but the candidate's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, voter) in self.0.iter().skip(1).enumerate() {
            write!(f, "{}{voter}", if place > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl Replica {
    /// Its leader is silent, or its last campaign failed: it asks whether it would be elected,
    /// without touching anybody's term.
    pub(super) fn campaign(&mut self, cx: &mut Cx<'_>) {
        if self.is_out() {
            return self.arm_election(cx);
        }
        if self.has(Bug::NoPrevoteNoCheckquorum) {
            self.leader = None;
            return self.stand(cx);
        }
        self.role = Role::PreCandidate(Votes::of(self.id));
        self.leader = None;
        self.arm_election(cx);
        let ballot = Ballot { term: self.term().next(), last: self.log().last() };
        cx.note(format_args!("would campaign in term {}", ballot.term));
        self.ask_all(cx, &Message::PreVote(ballot));
        self.count_pre_votes(cx);
    }

    /// A pre-vote binds nobody: it is granted if the vote would be.
    pub(super) fn on_pre_vote(&mut self, cx: &mut Cx<'_>, from: NodeId, ballot: Ballot) {
        if ballot.term >= self.term() && self.hears_leader(cx.now()) {
            return cx.mark("vote-withheld");
        }
        let free = ballot.term > self.term() || self.may_vote_for(from, ballot.term);
        let granted = free && ballot.last >= self.log().last();
        let term = if granted { ballot.term } else { self.term() };
        cx.send(from, Message::PreVoteReply(Vote { term, granted }));
    }

    pub(super) fn on_pre_vote_reply(&mut self, cx: &mut Cx<'_>, from: NodeId, vote: Vote) {
        if !vote.granted {
            return self.meet_term(cx, vote.term);
        }
        let asked = self.term().next();
        let Role::PreCandidate(votes) = &mut self.role else { return };
        if vote.term == asked {
            votes.add(from);
            self.count_pre_votes(cx);
        }
    }

    fn count_pre_votes(&mut self, cx: &mut Cx<'_>) {
        let Role::PreCandidate(votes) = &self.role else { return };
        if votes.suffice(self.storage.configuration()) {
            self.stand(cx);
        }
    }

    fn ask_all(&self, cx: &mut Cx<'_>, message: &Message) {
        let members = self.storage.configuration().members().iter();
        for member in members.filter(|member| **member != self.id) {
            cx.send(*member, message.clone());
        }
    }

    /// It enters the next term as a candidate with its own vote, and asks the others for theirs.
    fn stand(&mut self, cx: &mut Cx<'_>) {
        self.role = Role::Candidate(Votes::of(self.id));
        self.enter(cx, self.term().next(), Some(self.id));
        self.arm_election(cx);
        cx.count("elections", 1);
        let ballot = Ballot { term: self.term(), last: self.log().last() };
        cx.note(format_args!("stands for term {} with its log to {:?}", ballot.term, ballot.last));
        self.storage.flush(cx);
        self.ask_all(cx, &Message::RequestVote(ballot));
        self.count_votes(cx);
    }

    pub(super) fn on_request_vote(&mut self, cx: &mut Cx<'_>, from: NodeId, ballot: Ballot) {
        if ballot.term >= self.term() && self.hears_leader(cx.now()) {
            return cx.mark("vote-withheld");
        }
        self.meet_term(cx, ballot.term);
        let free = self.may_vote_for(from, ballot.term);
        let granted = free && ballot.last >= self.log().last();
        if granted {
            self.storage.cast(cx, from);
            self.arm_election(cx);
        }
        self.storage.flush(cx);
        cx.send(from, Message::VoteReply(Vote { term: self.term(), granted }));
    }

    pub(super) fn on_vote_reply(&mut self, cx: &mut Cx<'_>, from: NodeId, vote: Vote) {
        self.meet_term(cx, vote.term);
        let current = vote.term == self.term() || self.has(Bug::CountStaleVotes);
        let Role::Candidate(votes) = &mut self.role else { return };
        if vote.granted && current {
            votes.add(from);
            self.count_votes(cx);
        }
    }

    fn count_votes(&mut self, cx: &mut Cx<'_>) {
        let Role::Candidate(votes) = &self.role else { return };
        if votes.suffice(self.storage.configuration()) {
            cx.note(format_args!("wins term {} with votes of {votes}", self.term()));
            self.lead(cx);
        }
    }

    /// It leads: it shows itself to all with a no-op, whose commitment will tell it what else is
    /// committed (§6.4). Its own disk is written while the message travels (§10.2.1).
    fn lead(&mut self, cx: &mut Cx<'_>) {
        let next = self.log().last().index.next();
        let members = self.storage.configuration().members();
        let lead = Leadership::new(self.term(), self.id, members, next);
        self.role = Role::Leader(Box::new(lead));
        self.leader = Some(self.id);
        cx.mark("leader-elected");
        cx.cancel_timer(Timer::Election);
        cx.set_timer(Timer::Quorum, self.config.election_timeout.high);
        let entry = Entry { term: self.term(), command: Command::Noop };
        self.storage.append(cx, entry);
        self.on_heartbeat(cx);
        self.flush_own(cx);
    }

    /// Whether a leader may be alive that counts on it: then a vote could only disturb (§4.2.3),
    /// and would break a lease for reads (§6.4.1). No later term and no restart ends that earlier.
    fn hears_leader(&self, now: LocalTime) -> bool {
        let fresh = now.since(self.heard) < self.config.election_timeout.low;
        (self.is_leader() || fresh) && !self.has(Bug::NoPrevoteNoCheckquorum)
    }

    fn may_vote_for(&self, candidate: NodeId, term: Term) -> bool {
        let vote = self.storage.vote();
        term == self.term() && vote.is_none_or(|vote| vote == candidate)
    }

    /// A message shows a term: a later one is entered, as a follower (§3.3).
    pub(super) fn meet_term(&mut self, cx: &mut Cx<'_>, term: Term) {
        if term > self.term() {
            self.enter(cx, term, None);
            self.step_back(cx, None);
        }
    }

    /// It enters a term: what it owed to the leader of an earlier one is of no use any more.
    pub(super) fn enter(&mut self, cx: &mut Cx<'_>, term: Term, vote: Option<NodeId>) {
        self.storage.enter(cx, term, vote);
        self.owed = None;
    }

    /// It follows the leader of this term, which has just spoken.
    pub(super) fn follow(&mut self, cx: &mut Cx<'_>, term: Term, leader: NodeId) {
        self.meet_term(cx, term);
        self.step_back(cx, Some(leader));
        self.heard = cx.now();
        self.arm_election(cx);
    }

    /// It becomes a follower in its term; its vote in it stays.
    pub(super) fn step_back(&mut self, cx: &mut Cx<'_>, leader: Option<NodeId>) {
        self.leader = leader;
        let before = std::mem::replace(&mut self.role, Role::Follower);
        if let Role::Leader(lead) = before {
            cx.mark("leader-stepped-down");
            cx.note(format_args!("steps down, now in term {}", self.term()));
            cx.cancel_timer(Timer::Heartbeat);
            cx.cancel_timer(Timer::Quorum);
            self.arm_election(cx);
            lead.refer_clients(cx, leader);
        }
    }

    /// A leader who heard from no majority since it last asked itself is none (§6.2).
    pub(super) fn on_quorum_check(&mut self, cx: &mut Cx<'_>) {
        let (majority, long) = (self.majority(), self.config.election_timeout.high);
        let Role::Leader(lead) = &mut self.role else { return };
        let silent = lead.joining.as_ref().is_some_and(|joining| {
            cx.now().since(joining.since) >= long && !lead.hears(joining.server)
        });
        let heard = lead.count_active() >= majority;
        if silent {
            self.give_up_joining(cx);
        }
        if heard || self.has(Bug::NoPrevoteNoCheckquorum) {
            return cx.set_timer(Timer::Quorum, self.config.election_timeout.high);
        }
        cx.mark("quorum-lost");
        self.step_back(cx, None);
    }
}
