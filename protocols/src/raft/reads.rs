//! Linearizable reads without the log: ReadIndex (§6.4).
//!
//! The invariant: a read is answered from a state that holds everything committed when the read
//! arrived, shown by a majority that followed this leader after that.

use super::config::Bug;
use super::log::Index;
use super::message::{Message, Round};
use super::replica::{Asked, Cx, Replica, Role};
use super::replication::Leadership;
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

impl Leadership {
    /// Sends readers elsewhere when the leader steps down: a read takes no effect, so none is lost.
    pub(super) fn refer_readers(self, cx: &mut Cx<'_>, leader: Option<NodeId>) {
        let waiting = self.reads.waiting.into_iter().map(|waiting| waiting.asked);
        for Asked { client, request } in waiting.chain(self.reads.early) {
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

    /// Notes the commit index for the reads that have come and starts a round of heartbeats for
    /// them, once the commit index is known to be no older than they are.
    pub(super) fn begin_reads(&mut self, cx: &mut Cx<'_>) {
        let own = self.log().term(self.commit) == Some(self.term());
        let ready = own || self.has(Bug::ReadIndexBeforeOwnCommit);
        let index = self.commit;
        let Role::Leader(lead) = &mut self.role else { return };
        if !ready || lead.reads.early.is_empty() {
            return;
        }
        let PendingReads { round, early, waiting } = &mut lead.reads;
        *round = Round(round.0 + 1);
        waiting.extend(early.drain(..).map(|asked| Waiting { round: *round, index, asked }));
        self.send_round(cx);
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
