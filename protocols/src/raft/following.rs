//! Replication as a follower does it (§3.5, figure 3.1), snapshots included (§5, figure 5.3).
//!
//! The invariant: what a follower says it has is durable, and only entries that conflict with the
//! leader's are removed, none of them committed.

use super::config::Bug;
use super::log::{Entry, Index, Position, Term};
use super::message::{Append, Appended, Install, Message, Outcome, Round};
use super::replica::{Cx, Replica};
use squall::prelude::*;

/// An acknowledgement that waits until the log is durable, to the leader of the present term.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    to: NodeId,
    round: Round,
    /// Up to here its log agrees with the leader's.
    matched: Index,
}

impl Replica {
    pub(super) fn on_append(&mut self, cx: &mut Cx<'_>, from: NodeId, append: Append) {
        let Append { term, previous, entries, commit, round } = append;
        if term < self.term() {
            return self.refuse(cx, from, round);
        }
        if self.has(Bug::AsyncHeartbeatBumpsTerm) && self.bumps_term(term, &entries) {
            return self.enter(cx, term, None);
        }
        self.follow(cx, term, from);
        if let Some(conflict) = self.log().conflict(previous) {
            let outcome = Outcome::Rejected { previous: previous.index, conflict };
            self.storage.flush(cx);
            return self.acknowledge(cx, from, round, outcome);
        }
        let mut matched = previous.index + entries.len() as u64;
        self.take_in(cx, previous, &entries);
        if self.has(Bug::SnapshotBoundaryEmptyAppend) && matched == Index::ZERO {
            matched = self.log().last().index.min(commit);
        }
        if self.has(Bug::NoFsyncBeforeAck) {
            self.acknowledge(cx, from, round, Outcome::Accepted { matched });
        } else {
            self.storage.flush(cx);
            self.accept(cx, Owed { to: from, round, matched }, entries.is_empty());
        }
        self.commit = match self.config.bug {
            Bug::CommitIndexRegress => commit.min(self.log().last().index),
            _ => self.commit.max(commit.min(matched)),
        };
        self.apply_committed(cx);
    }

    /// Tells a leader of an earlier term that it is over. Its round is of that term: the same node
    /// may lead again and must not count it.
    fn refuse(&self, cx: &mut Cx<'_>, from: NodeId, round: Round) {
        let round = if self.has(Bug::CountStaleAcks) { round } else { Round::default() };
        self.acknowledge(cx, from, round, Outcome::Outdated);
    }

    /// Acknowledges what is durable, and the rest when it is. A leader that shows itself without
    /// entries is answered at once.
    fn accept(&mut self, cx: &mut Cx<'_>, owed: Owed, at_once: bool) {
        let durable = self.storage.durable();
        if owed.matched > durable {
            let before = self.owed.map_or(owed.matched, |before| before.matched);
            self.owed = Some(Owed { matched: before.max(owed.matched), ..owed });
        }
        if at_once || owed.matched <= durable {
            let matched = owed.matched.min(durable);
            self.acknowledge(cx, owed.to, owed.round, Outcome::Accepted { matched });
        }
    }

    /// Acknowledges what has become durable.
    pub(super) fn settle(&mut self, cx: &mut Cx<'_>) {
        if let Some(owed) = self.owed.take() {
            self.accept(cx, owed, true);
        }
    }

    /// Whether a heartbeat of a later term is heard by a leader during a write.
    fn bumps_term(&self, term: Term, entries: &[Entry]) -> bool {
        let heartbeat = term > self.term() && entries.is_empty();
        heartbeat && self.is_leader() && self.storage.is_writing()
    }

    pub(super) fn on_install(&mut self, cx: &mut Cx<'_>, from: NodeId, install: Install) {
        let Install { term, snapshot, round } = install;
        if term < self.term() {
            return self.refuse(cx, from, round);
        }
        self.follow(cx, term, from);
        if cx.chance("drop-snapshot") {
            return;
        }
        let matched = snapshot.last.index;
        if matched > self.commit {
            cx.mark("snapshot-installed");
            cx.note(format_args!("installs a snapshot of the log to {:?}", snapshot.last));
            self.install(&snapshot);
            let goes_on = self.log().last().index > matched;
            if self.has(Bug::InstallSnapshotKeepsConflictingLog) && goes_on {
                self.storage.save(cx, snapshot);
            } else {
                self.storage.compact(cx, snapshot);
            }
        }
        self.storage.flush(cx);
        self.acknowledge(cx, from, round, Outcome::Accepted { matched });
    }

    fn acknowledge(&self, cx: &mut Cx<'_>, to: NodeId, round: Round, outcome: Outcome) {
        let appended = Appended { term: self.term(), round, outcome };
        cx.send(to, Message::AppendReply(appended));
    }

    /// Makes the log agree with the leader's as far as `entries` go. What agrees already stays,
    /// and so does what follows it: the message may be an old one.
    fn take_in(&mut self, cx: &mut Cx<'_>, previous: Position, entries: &[Entry]) {
        if self.has(Bug::TruncateOnOldAppend) && !entries.is_empty() {
            self.remove(cx, previous.index.max(self.log().base().index).next());
        }
        let mut index = previous.index;
        for entry in entries {
            index = index.next();
            if index <= self.log().base().index {
                continue;
            }
            match self.log().term(index) {
                Some(term) if term == entry.term => continue,
                Some(_) => self.remove(cx, index),
                None => (),
            }
            self.storage.append(cx, *entry);
        }
    }

    fn remove(&mut self, cx: &mut Cx<'_>, first: Index) {
        let last = self.log().last().index;
        if first > last {
            return;
        }
        let safe = first > self.commit || self.config.bug != Bug::None;
        assert!(
            safe,
            "entry {first} conflicts with the leader's, yet {} is committed",
            self.commit
        );
        cx.mark("log-truncated");
        cx.note(format_args!("removes entries {first} to {last}"));
        self.storage.cut(cx, first);
    }
}
