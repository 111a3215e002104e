//! Linearizable reads without the log: ReadIndex and leases (§6.4).
//!
//! The invariant: a read is answered from a state that holds everything committed when the read
//! arrived, shown by a majority that followed this leader after that, or that had promised not to
//! vote yet.

use super::config::{Bug, Reads};
use super::leadership::Leadership;
use super::log::Index;
use super::message::{Message, Round};
use super::replica::{Asked, Cx, Replica, Role};
use squall::prelude::*;
use std::collections::VecDeque;

/// The reads that a leader has not answered yet.
#[derive(Debug, Default)]
pub(super) struct PendingReads {
    /// The latest round of heartbeats.
    pub(super) round: Round,
    /// Reads that came before an entry of the leader's own term was committed.
    early: Vec<Asked>,
    /// Reads that wait for a round to be answered, in order.
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    round: Round,
    /// The commit index when the read arrived.
    index: Index,
    asked: Asked,
}

/// For how long a leader knows that no other was elected: while a majority that has heard it may
/// not vote (§6.4.1).
#[derive(Debug, Default)]
pub(super) struct Lease {
    /// The rounds of heartbeats that no majority has answered yet, and when each began.
    begun: VecDeque<(Round, LocalTime)>,
    /// When the last round began that a majority has answered.
    since: Option<LocalTime>,
}

impl Lease {
    /// A majority has answered all rounds to `agreed`.
    fn renew(&mut self, agreed: Round) {
        while let Some((_, began)) = self.begun.pop_front_if(|(round, _)| *round <= agreed) {
            self.since = Some(began);
        }
    }
}

impl Leadership {
    /// Sends clients elsewhere when the leader steps down: what they asked has taken no effect.
    pub(super) fn refer_clients(self, cx: &mut Cx<'_>, leader: Option<NodeId>) {
        let waiting = self.reads.waiting.into_iter().map(|waiting| waiting.asked);
        for Asked { client, request } in waiting.chain(self.reads.early).chain(self.batch) {
            cx.send(client, Message::Reply(request.redirect(leader)));
        }
    }
}

impl Replica {
    pub(super) fn read(&mut self, cx: &mut Cx<'_>, asked: Asked) {
        if self.has(Bug::ReadLocalLeader) {
            return self.answer_read(cx, asked);
        }
        let Role::Leader(lead) = &mut self.role else { return };
        lead.reads.early.push(asked);
        self.begin_reads(cx);
    }

    /// A round of heartbeats begins, from which a lease may come.
    pub(super) fn begin_lease(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &mut self.role else { return };
        if self.config.reads == Reads::Lease {
            lead.reads.round = Round(lead.reads.round.0 + 1);
            lead.lease.begun.push_back((lead.reads.round, cx.now()));
        }
    }

    /// Whether it knows by its clock that no other leads. The followers that it counts on wait by
    /// clocks that may be as fast as its own is slow.
    fn holds_lease(&mut self, now: LocalTime) -> bool {
        const WHOLE: u64 = 1_000_000;
        let drift = match self.config.bug {
            Bug::LeaseReadClockDrift => 0,
            _ => u64::from(self.config.clock_drift_max.as_ppm()),
        };
        let span = self.config.election_timeout.low * (WHOLE - drift) / (WHOLE + drift);
        let majority = self.majority();
        let Role::Leader(lead) = &mut self.role else { return false };
        let agreed = lead.agreed_round(majority);
        lead.lease.renew(agreed);
        lead.lease.since.is_some_and(|since| now.since(since) < span)
    }

    /// Notes the commit index for the reads that have come and starts a round of heartbeats for
    /// them, once the commit index is known to be no older than they are. With a lease they need
    /// no round.
    pub(super) fn begin_reads(&mut self, cx: &mut Cx<'_>) {
        let own = self.log().term(self.commit) == Some(self.term());
        let ready = own || self.has(Bug::ReadIndexBeforeOwnCommit);
        let index = self.commit;
        let Role::Leader(lead) = &mut self.role else { return };
        if !ready || lead.reads.early.is_empty() {
            return;
        }
        let leased = self.config.reads == Reads::Lease && self.holds_lease(cx.now());
        let Role::Leader(lead) = &mut self.role else { return };
        let PendingReads { round, early, waiting } = &mut lead.reads;
        if !leased {
            *round = Round(round.0 + 1);
        }
        let needs = if leased { Round::default() } else { *round };
        waiting.extend(early.drain(..).map(|asked| Waiting { round: needs, index, asked }));
        if leased {
            cx.mark("lease-read");
        } else {
            self.send_round(cx);
        }
        self.serve_reads(cx);
    }

    /// Answers the reads whose round a majority has answered.
    pub(super) fn serve_reads(&mut self, cx: &mut Cx<'_>) {
        let (majority, applied) = (self.majority(), self.applied);
        let Role::Leader(lead) = &mut self.role else { return };
        if lead.reads.waiting.is_empty() {
            return;
        }
        let confirmed = lead.agreed_round(majority);
        let ready = |read: &Waiting| read.round <= confirmed && read.index <= applied;
        let count = lead.reads.waiting.iter().take_while(|read| ready(read)).count();
        let ready: Vec<Waiting> = lead.reads.waiting.drain(..count).collect();
        for read in ready {
            cx.mark("read-index");
            self.answer_read(cx, read.asked);
        }
    }

    fn answer_read(&self, cx: &mut Cx<'_>, Asked { client, request }: Asked) {
        let key = request.operation().key();
        let answer = KvAnswer::Value(self.machine.read(key));
        cx.note(format_args!(
            "serves {client}'s read of {key} = {answer} in term {}, applied to {}",
            self.term(),
            self.applied,
        ));
        cx.send(client, Message::Reply(request.reply(answer)));
    }
}
