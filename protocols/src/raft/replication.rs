//! Replication as the leader does it: proposals, what each follower has, and commitment (§3.5,
//! §3.6.2), with a snapshot where the log is gone (§5).
//!
//! The invariant: a leader never removes an entry of its log, and commits only up to an entry of
//! its own term that a majority has made durable, itself counted only after its own flush.

use super::config::Bug;
use super::leadership::{Progress, Proposal};
use super::log::{Command, Conflict, Entry, Index, Position};
use super::machine::Applied;
use super::message::{Append, Appended, Install, Message, Outcome};
use super::replica::{Asked, Cx, Replica, Role, Timer};
use squall::prelude::*;

impl Replica {
    /// Takes a client's command into the log, at once or after the write that is under way.
    pub(super) fn propose(&mut self, cx: &mut Cx<'_>, asked: Asked) {
        let Role::Leader(lead) = &mut self.role else { return };
        lead.batch.push(asked);
        if !self.storage.is_writing() {
            self.write_batch(cx);
        }
    }

    /// Takes the commands that have come into the log and sends them on.
    fn write_batch(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &mut self.role else { return };
        let batch = std::mem::take(&mut lead.batch);
        if batch.is_empty() {
            return;
        }
        for asked in batch {
            self.append_command(cx, asked);
        }
        self.send_entries(cx);
        self.flush_own(cx);
    }

    /// Sends what is new to the followers that are known to have what comes before.
    pub(super) fn send_entries(&mut self, cx: &mut Cx<'_>) {
        for place in 0..self.followers() {
            if self.follower(place).is_some_and(|follower| !follower.probing) {
                self.send_append(cx, place, self.limit());
            }
        }
    }

    /// Makes a client's command an entry, and is done with it when it is applied. A leader that
    /// steps down says nothing of it: it may still be committed.
    fn append_command(&mut self, cx: &mut Cx<'_>, asked: Asked) {
        let command = Command::Operate {
            session: asked.request.process,
            number: asked.request.number,
            operation: *asked.request.operation(),
        };
        self.storage.append(cx, Entry { term: self.term(), command });
        let index = self.log().last().index;
        let Role::Leader(lead) = &mut self.role else { return };
        lead.proposals.push_back(Proposal { index, asked, since: cx.now() });
    }

    /// Makes the leader's own log durable; only then does the leader count itself.
    pub(super) fn flush_own(&mut self, cx: &mut Cx<'_>) {
        self.storage.flush(cx);
        self.advance_commit(cx);
    }

    /// A write of the leader's own log is complete, and the next may begin.
    pub(super) fn on_own_written(&mut self, cx: &mut Cx<'_>) {
        self.advance_commit(cx);
        self.write_batch(cx);
        let term = self.term();
        if matches!(&self.role, Role::Leader(lead) if lead.term != term) {
            self.step_back(cx, None);
        }
    }

    pub(super) fn on_heartbeat(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Heartbeat, self.config.heartbeat);
        if cx.chance("skip-heartbeats") {
            return;
        }
        self.begin_lease(cx);
        for place in 0..self.followers() {
            self.send_append(cx, place, self.limit());
        }
    }

    /// Shows all followers the present round, and nothing more.
    pub(super) fn send_round(&mut self, cx: &mut Cx<'_>) {
        for place in 0..self.followers() {
            self.send_append(cx, place, 0);
        }
    }

    /// Sends a follower what it lacks, as far as known and at most `limit` entries.
    pub(super) fn send_append(&mut self, cx: &mut Cx<'_>, place: usize, limit: u64) {
        let (term, commit, base) = (self.term(), self.commit, self.log().base().index);
        let Role::Leader(lead) = &mut self.role else { return };
        let follower = &mut lead.followers[place];
        if follower.next == base && self.config.bug == Bug::SnapshotBoundaryEmptyAppend {
            let (previous, entries) = (Position::default(), Vec::new());
            let append = Append { term, previous, entries, commit, round: lead.reads.round };
            return cx.send(follower.id, Message::AppendEntries(append));
        }
        if follower.next <= base {
            return self.send_snapshot(cx, place);
        }
        let entries = self.storage.log().from(follower.next, limit).to_vec();
        let previous = self.storage.log().position(follower.next.previous());
        if !entries.is_empty() {
            cx.sample("entries-per-append", entries.len() as u64);
        }
        if !follower.probing {
            follower.next += entries.len() as u64;
        }
        let append = Append { term, previous, entries, commit, round: lead.reads.round };
        cx.send(follower.id, Message::AppendEntries(append));
    }

    /// Sends a follower the snapshot, and guesses that it will take it: if not, it will reject
    /// what comes after, and be sent the snapshot again.
    fn send_snapshot(&mut self, cx: &mut Cx<'_>, place: usize) {
        let (term, snapshot) = (self.term(), self.storage.snapshot().clone());
        let Role::Leader(lead) = &mut self.role else { return };
        let follower = &mut lead.followers[place];
        (follower.next, follower.probing) = (snapshot.last.index.next(), true);
        let install = Install { term, snapshot, round: lead.reads.round };
        cx.send(follower.id, Message::InstallSnapshot(install));
    }

    pub(super) fn on_append_reply(&mut self, cx: &mut Cx<'_>, from: NodeId, appended: Appended) {
        self.meet_term(cx, appended.term);
        if appended.term < self.term() {
            return;
        }
        let Role::Leader(lead) = &self.role else { return };
        let Ok(place) = lead.place(from) else { return };
        let Some(follower) = self.follower(place) else { return };
        follower.answered(appended.round);
        match appended.outcome {
            Outcome::Accepted { matched } => {
                self.on_accepted(cx, place, matched);
                self.watch_joining(cx, from, matched);
            }
            Outcome::Rejected { previous, conflict } => {
                self.on_rejected(cx, place, previous, conflict);
            }
            Outcome::Outdated => (),
        }
        self.serve_reads(cx);
    }

    fn on_accepted(&mut self, cx: &mut Cx<'_>, place: usize, matched: Index) {
        let last = self.log().last().index;
        let Some(follower) = self.follower(place) else { return };
        if follower.accept(matched) && follower.next <= last {
            self.send_append(cx, place, self.limit());
        }
        if matched > self.commit {
            self.advance_commit(cx);
        }
    }

    fn on_rejected(&mut self, cx: &mut Cx<'_>, place: usize, previous: Index, conflict: Conflict) {
        let to = self.log().after(conflict);
        let Some(follower) = self.follower(place) else { return };
        if follower.is_news(previous, conflict) && follower.back_off(to, previous) {
            cx.mark("backed-off");
            self.send_append(cx, place, self.limit());
        }
    }

    /// Commits what a majority has, if that ends in the leader's own term: an entry of an earlier
    /// term is committed by what follows it, never by its own replicas (§3.6.2, figure 3.7).
    fn advance_commit(&mut self, cx: &mut Cx<'_>) {
        let (majority, durable) = (self.majority(), self.storage.durable());
        let Role::Leader(lead) = &mut self.role else { return };
        let agreed = lead.agreed_index(durable, majority);
        let own = self.log().term(agreed) == Some(self.term());
        if agreed > self.commit && (own || self.has(Bug::CommitPriorTerm)) {
            self.commit = agreed;
            cx.note(format_args!("commits to {:?}", self.log().position(agreed)));
            self.apply_committed(cx);
            self.begin_reads(cx);
            self.finish_change(cx);
        }
    }

    /// Tells the client whose command was applied, if it asked here.
    pub(super) fn answer_proposal(&mut self, cx: &mut Cx<'_>, index: Index, applied: Applied) {
        let Role::Leader(lead) = &mut self.role else { return };
        if lead.proposals.front().is_none_or(|proposal| proposal.index != index) {
            return;
        }
        let Some(proposal) = lead.proposals.pop_front() else { return };
        cx.sample("commit-latency", cx.now().since(proposal.since).as_nanos());
        let Asked { client, request } = proposal.asked;
        match applied {
            Applied::Done(answer) | Applied::Again(answer) => {
                cx.send(client, Message::Reply(request.reply(answer)));
            }
            Applied::Nothing => (),
        }
    }

    pub(super) fn limit(&self) -> u64 {
        u64::from(self.config.append_limit.get())
    }

    fn followers(&self) -> usize {
        match &self.role {
            Role::Leader(lead) => lead.followers.len(),
            Role::Follower | Role::PreCandidate(_) | Role::Candidate(_) => 0,
        }
    }

    fn follower(&mut self, place: usize) -> Option<&mut Progress> {
        match &mut self.role {
            Role::Leader(lead) => lead.followers.get_mut(place),
            Role::Follower | Role::PreCandidate(_) | Role::Candidate(_) => None,
        }
    }
}
