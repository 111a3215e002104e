//! Snapshots: the state machine as it was after some entry, in place of the log up to there (§5).
//!
//! The invariant: a snapshot holds committed entries alone, and all that they left behind.

use super::log::Position;
use super::machine::Machine;
use super::replica::{Cx, Replica, Timer};
use serde::{Deserialize, Serialize};
use squall::prelude::{NodeId, Span};
use std::rc::Rc;

/// What a snapshot holds: the replicated state, sessions included, and where it stands (§5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last entry that it holds.
    pub last: Position,
    pub(super) machine: Machine,
    /// The members of the cluster there (§5.1).
    pub(super) members: Vec<NodeId>,
}

impl Replica {
    /// Asks for a snapshot once enough was applied since the last (§5.1.2). It is taken by a step
    /// of its own, as a real server would take it beside its other work.
    pub(super) fn watch_log(&self, cx: &mut Cx<'_>) {
        let held = self.log().base().index.count();
        if self.applied().count() - held >= self.config.snapshot_every.get() {
            cx.set_timer(Timer::Compact, Span::ZERO);
        }
    }

    /// Takes a snapshot of what is applied, and forgets the log up to there.
    pub(super) fn take_snapshot(&mut self, cx: &mut Cx<'_>) {
        if self.applied() <= self.log().base().index {
            return;
        }
        let last = self.log().position(self.applied());
        let members = self.storage.configuration().at(last.index);
        let snapshot = Snapshot { last, machine: self.machine.clone(), members };
        cx.mark("snapshot-taken");
        cx.note(format_args!("takes a snapshot of its log to {last:?}"));
        self.storage.compact(cx, Rc::new(snapshot));
    }

    /// Takes its state from a snapshot that goes further than its own.
    pub(super) fn install(&mut self, snapshot: &Snapshot) {
        self.machine = snapshot.machine.clone();
        let Position { index, .. } = snapshot.last;
        (self.commit, self.applied) = (index, index);
    }

    /// Takes its state from disk at boot: from the snapshot, or from what was kept later.
    pub(super) fn restore(&mut self, cx: &mut Cx<'_>) {
        let snapshot = self.storage.snapshot().clone();
        self.install(&snapshot);
        if let Some((applied, machine)) = self.storage.kept(cx)
            && applied > self.applied
        {
            self.machine = machine;
            (self.commit, self.applied) = (applied, applied);
        }
    }
}
