//! Replication as a follower does it (§3.5, figure 3.1), snapshots included (§5, figure 5.3).
//!
//! The invariant: what a follower says it has is durable, and only entries that conflict with the
//! leader's are removed, none of them committed.

use super::config::Bug;
use super::log::{Entry, Index, Position};
use super::message::{Append, Appended, Install, Message, Outcome, Round};
use super::replica::{Cx, Replica};
use squall::prelude::*;

impl Replica {
    pub(super) fn on_append(&mut self, cx: &mut Cx<'_>, from: NodeId, append: Append) {
        let Append { term, previous, entries, commit, round } = append;
        if term < self.term() {
            // Its round is one of an earlier term: the same node may lead again and count it.
            return self.acknowledge(cx, from, Round::default(), Outcome::Outdated);
        }
        self.follow(cx, term, from);
        if let Some(conflict) = self.log().conflict(previous) {
            let outcome = Outcome::Rejected { previous: previous.index, conflict };
            self.storage.flush(cx);
            return self.acknowledge(cx, from, round, outcome);
        }
        let matched = previous.index + entries.len() as u64;
        self.take_in(cx, previous, &entries);
        if !self.has(Bug::NoFsyncBeforeAck) {
            self.storage.flush(cx);
        }
        self.acknowledge(cx, from, round, Outcome::Accepted { matched });
        self.commit = self.commit.max(commit.min(matched));
        self.apply_committed(cx);
    }

    pub(super) fn on_install(&mut self, cx: &mut Cx<'_>, from: NodeId, install: Install) {
        let Install { term, snapshot, round } = install;
        if term < self.term() {
            return self.acknowledge(cx, from, Round::default(), Outcome::Outdated);
        }
        self.follow(cx, term, from);
        let matched = snapshot.last.index;
        if matched > self.commit {
            cx.mark("snapshot-installed");
            cx.note(format_args!("installs a snapshot of the log to {:?}", snapshot.last));
            self.restore(&snapshot);
            self.storage.compact(cx, snapshot);
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
