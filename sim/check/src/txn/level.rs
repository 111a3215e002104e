//! Isolation levels, and which anomalies each forbids.
//!
//! The invariant: a level that implies another forbids all that the other forbids.

use super::anomaly::{AnomalyKind, Reach};
use std::fmt;

/// An isolation level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// No cycles of overwrites.
    ReadUncommitted,
    /// Nothing is seen that was aborted or replaced before the commit, or in a circle.
    ReadCommitted,
    /// Once a transaction sees another, it goes on seeing it.
    MonotonicAtomicView,
    /// A transaction sees others, and its session's past, whole or not at all.
    ReadAtomic,
    /// What was read is not replaced by others unseen.
    CursorStability,
    /// A transaction sees all that happened before it.
    Causal,
    /// A transaction sees a prefix of one order of commits.
    Prefix,
    /// Snapshots that are causal, without lost updates.
    ParallelSnapshot,
    /// No anti-dependency closes a cycle between items.
    RepeatableRead,
    /// A snapshot of one order of commits, without lost updates.
    Snapshot,
    /// The same, and each session sees its own past.
    StrongSessionSnapshot,
    /// As if one after another.
    Serializable,
    /// The same, in an order that agrees with sessions.
    StrongSessionSerializable,
    /// The same, in an order that agrees with real time.
    StrictSerializable,
}

impl Level {
    /// All levels, none stronger than a later one.
    pub const ALL: [Level; 14] = [
        Level::ReadUncommitted,
        Level::ReadCommitted,
        Level::MonotonicAtomicView,
        Level::ReadAtomic,
        Level::CursorStability,
        Level::Causal,
        Level::Prefix,
        Level::ParallelSnapshot,
        Level::RepeatableRead,
        Level::Snapshot,
        Level::StrongSessionSnapshot,
        Level::Serializable,
        Level::StrongSessionSerializable,
        Level::StrictSerializable,
    ];

    /// What it is called on the command line, as in Elle.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Level::ReadUncommitted => "read-uncommitted",
            Level::ReadCommitted => "read-committed",
            Level::MonotonicAtomicView => "monotonic-atomic-view",
            Level::ReadAtomic => "read-atomic",
            Level::CursorStability => "cursor-stability",
            Level::Causal => "causal",
            Level::Prefix => "prefix",
            Level::ParallelSnapshot => "parallel-snapshot-isolation",
            Level::RepeatableRead => "repeatable-read",
            Level::Snapshot => "snapshot-isolation",
            Level::StrongSessionSnapshot => "strong-session-snapshot-isolation",
            Level::Serializable => "serializable",
            Level::StrongSessionSerializable => "strong-session-serializable",
            Level::StrictSerializable => "strict-serializable",
        }
    }

    /// The level called `name`; Elle's `strong-serializable` is strict.
    #[must_use]
    pub fn named(name: &str) -> Option<Level> {
        if name == "strong-serializable" {
            return Some(Level::StrictSerializable);
        }
        Level::ALL.into_iter().find(|level| level.name() == name)
    }

    /// The levels right below: what holds at this one holds at those.
    #[must_use]
    pub fn implies(self) -> &'static [Level] {
        match self {
            Level::ReadUncommitted => &[],
            Level::ReadCommitted => &[Level::ReadUncommitted],
            Level::MonotonicAtomicView | Level::CursorStability => &[Level::ReadCommitted],
            Level::ReadAtomic => &[Level::MonotonicAtomicView],
            Level::Causal => &[Level::ReadAtomic],
            Level::Prefix => &[Level::Causal],
            Level::ParallelSnapshot => &[Level::Causal, Level::CursorStability],
            Level::RepeatableRead | Level::Snapshot => &[Level::CursorStability],
            Level::StrongSessionSnapshot => {
                &[Level::Snapshot, Level::Prefix, Level::ParallelSnapshot]
            }
            Level::Serializable => &[Level::Snapshot, Level::RepeatableRead],
            Level::StrongSessionSerializable => {
                &[Level::Serializable, Level::StrongSessionSnapshot]
            }
            Level::StrictSerializable => &[Level::StrongSessionSerializable],
        }
    }

    /// Whether it is `other` or implies it.
    #[must_use]
    pub fn covers(self, other: Level) -> bool {
        self == other || self.implies().iter().any(|below| below.covers(other))
    }

    /// Whether an anomaly of this kind rules it out.
    #[must_use]
    pub fn forbids(self, kind: AnomalyKind) -> bool {
        let weakest: &[Level] = match kind {
            AnomalyKind::DuplicateElements
            | AnomalyKind::IncompatibleOrder
            | AnomalyKind::CyclicVersions
            | AnomalyKind::DirtyUpdate
            | AnomalyKind::G0(Reach::Data) => &[Level::ReadUncommitted],
            AnomalyKind::UnwrittenRead
            | AnomalyKind::FutureRead
            | AnomalyKind::G1a
            | AnomalyKind::G1b
            | AnomalyKind::G1c(Reach::Data) => &[Level::ReadCommitted],
            AnomalyKind::NonMonotonicView => &[Level::MonotonicAtomicView],
            AnomalyKind::FracturedRead => &[Level::ReadAtomic],
            AnomalyKind::Internal => &[Level::ReadAtomic, Level::Snapshot, Level::RepeatableRead],
            AnomalyKind::LostUpdate => &[Level::CursorStability],
            AnomalyKind::CausalViolation
            | AnomalyKind::G0(Reach::Process)
            | AnomalyKind::G1c(Reach::Process) => &[Level::Causal],
            AnomalyKind::PrefixViolation => &[Level::Prefix],
            AnomalyKind::GSingle(Reach::Data) => {
                &[Level::ParallelSnapshot, Level::RepeatableRead, Level::Snapshot]
            }
            AnomalyKind::GSingle(Reach::Process) => &[Level::ParallelSnapshot],
            AnomalyKind::GNonadjacent(Reach::Data) => &[Level::RepeatableRead, Level::Snapshot],
            AnomalyKind::GNonadjacent(Reach::Process) => &[Level::StrongSessionSnapshot],
            AnomalyKind::G2Item(Reach::Data) => &[Level::RepeatableRead],
            AnomalyKind::G2Item(Reach::Process) => &[Level::StrongSessionSerializable],
            AnomalyKind::NotSerializable => &[Level::Serializable],
            AnomalyKind::G0(Reach::Realtime)
            | AnomalyKind::G1c(Reach::Realtime)
            | AnomalyKind::GSingle(Reach::Realtime)
            | AnomalyKind::GNonadjacent(Reach::Realtime)
            | AnomalyKind::G2Item(Reach::Realtime) => &[Level::StrictSerializable],
        };
        weakest.iter().any(|&weakest| self.covers(weakest))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
