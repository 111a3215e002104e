//! What a node keeps on disk: its term, its vote and its log (§3.8).
//!
//! The invariant: memory and disk say the same, the disk durably after [`Storage::flush`]; nothing
//! that depends on them may be said before.

use super::Bug;
use super::log::{Entry, Index, Log, Term};
use super::replica::Cx;
use squall::prelude::*;

/// The file of the log.
pub(super) const LOG: &str = "log";
/// The file of term and vote.
const VOTE: &str = "vote";

/// Term and vote: what no restart may forget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct HardState {
    term: Term,
    vote: Option<NodeId>,
}

/// Term, vote and log, in memory and on disk.
#[derive(Debug)]
pub(super) struct Storage {
    hard: HardState,
    log: Log,
    /// Whether something was written and not flushed.
    dirty: bool,
    bug: Bug,
}

impl Storage {
    /// Nothing, before the disk is read.
    pub(super) fn new(bug: Bug) -> Storage {
        Storage { hard: HardState::default(), log: Log::default(), dirty: false, bug }
    }

    /// Reads what the disk has. A log that survived a crash may be ahead of the term beside it:
    /// the node has heard of that term, and has not voted in it.
    pub(super) fn load(&mut self, cx: &mut Cx<'_>) {
        self.log = Log::of(cx.disk().log(LOG).read());
        if self.bug == Bug::VoteNotPersisted {
            return;
        }
        self.hard = cx.disk().slot(VOTE).read().unwrap_or_default();
        let last = self.log.last().term;
        if last > self.hard.term {
            self.hard = HardState { term: last, vote: None };
        }
    }

    pub(super) fn term(&self) -> Term {
        self.hard.term
    }

    pub(super) fn vote(&self) -> Option<NodeId> {
        self.hard.vote
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    /// Enters a later term, with a vote in it or none yet.
    pub(super) fn enter(&mut self, cx: &mut Cx<'_>, term: Term, vote: Option<NodeId>) {
        assert!(term > self.hard.term, "a term is entered once");
        self.set(cx, HardState { term, vote });
    }

    /// Votes in the present term.
    pub(super) fn cast(&mut self, cx: &mut Cx<'_>, vote: NodeId) {
        if self.hard.vote != Some(vote) {
            self.set(cx, HardState { vote: Some(vote), ..self.hard });
        }
    }

    fn set(&mut self, cx: &mut Cx<'_>, hard: HardState) {
        self.hard = hard;
        if self.bug == Bug::VoteNotPersisted {
            return;
        }
        cx.disk().slot(VOTE).write(&hard);
        self.dirty = true;
    }

    /// Adds an entry at the end of the log.
    pub(super) fn append(&mut self, cx: &mut Cx<'_>, entry: Entry) {
        cx.disk().log(LOG).append(&entry);
        self.log.push(entry);
        self.dirty = true;
    }

    /// Removes all entries from `first` on.
    pub(super) fn cut(&mut self, cx: &mut Cx<'_>, first: Index) {
        cx.disk().log::<Entry>(LOG).truncate(first.previous().count());
        self.log.cut(first);
        self.dirty = true;
    }

    /// Makes everything durable, and blocks until it is.
    pub(super) fn flush(&mut self, cx: &mut Cx<'_>) {
        if self.dirty {
            cx.disk().sync();
            self.dirty = false;
        }
    }
}
