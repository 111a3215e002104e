//! What can be wrong with a history of transactions.
//!
//! The invariant: names are those of Adya and of Elle, so that a report can be looked up.

use super::graph::Edge;
use std::fmt;

/// How far the edges of a cycle reach beyond reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Not at all.
    Data,
    /// It needs the order of a process.
    Process,
    /// It needs the order of real time.
    Realtime,
}

/// A kind of anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnomalyKind {
    /// An element stands in a list twice.
    DuplicateElements,
    /// Two reads of a list agree on no order.
    IncompatibleOrder,
    /// The versions of a register cannot be ordered.
    CyclicVersions,
    /// A value was read that nobody wrote.
    UnwrittenRead,
    /// A transaction's reads disagree with its own earlier reads and writes.
    Internal,
    /// A transaction read what it wrote only later.
    FutureRead,
    /// A committed write follows one that was aborted.
    DirtyUpdate,
    /// Two transactions read the same version and both replaced it.
    LostUpdate,
    /// A value was read whose transaction was aborted.
    G1a,
    /// A value was read that its transaction replaced itself.
    G1b,
    /// A cycle of overwrites.
    G0(Reach),
    /// A cycle of overwrites and reads.
    G1c(Reach),
    /// A cycle with one anti-dependency.
    GSingle(Reach),
    /// A cycle with several anti-dependencies, no two of them adjacent.
    GNonadjacent(Reach),
    /// A cycle with adjacent anti-dependencies.
    G2Item(Reach),
    /// Later reads of a transaction missed what an earlier one had shown to be there.
    NonMonotonicView,
    /// A transaction saw a part of another.
    FracturedRead,
    /// A transaction missed something that happened before it.
    CausalViolation,
    /// A transaction saw something without what was ordered before it.
    PrefixViolation,
    /// No serial order explains the reads.
    NotSerializable,
}

impl fmt::Display for AnomalyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, reach) = match self {
            AnomalyKind::DuplicateElements => ("duplicate-elements", Reach::Data),
            AnomalyKind::IncompatibleOrder => ("incompatible-order", Reach::Data),
            AnomalyKind::CyclicVersions => ("cyclic-versions", Reach::Data),
            AnomalyKind::UnwrittenRead => ("unwritten-read", Reach::Data),
            AnomalyKind::Internal => ("internal", Reach::Data),
            AnomalyKind::FutureRead => ("future-read", Reach::Data),
            AnomalyKind::DirtyUpdate => ("dirty-update", Reach::Data),
            AnomalyKind::LostUpdate => ("lost-update", Reach::Data),
            AnomalyKind::G1a => ("G1a", Reach::Data),
            AnomalyKind::G1b => ("G1b", Reach::Data),
            AnomalyKind::G0(reach) => ("G0", *reach),
            AnomalyKind::G1c(reach) => ("G1c", *reach),
            AnomalyKind::GSingle(reach) => ("G-single-item", *reach),
            AnomalyKind::GNonadjacent(reach) => ("G-nonadjacent-item", *reach),
            AnomalyKind::G2Item(reach) => ("G2-item", *reach),
            AnomalyKind::NonMonotonicView => ("non-monotonic-view", Reach::Data),
            AnomalyKind::FracturedRead => ("fractured-read", Reach::Data),
            AnomalyKind::CausalViolation => ("causal-violation", Reach::Data),
            AnomalyKind::PrefixViolation => ("prefix-violation", Reach::Data),
            AnomalyKind::NotSerializable => ("not-serializable", Reach::Data),
        };
        let suffix = match reach {
            Reach::Data => "",
            Reach::Process => "-process",
            Reach::Realtime => "-realtime",
        };
        write!(f, "{name}{suffix}")
    }
}

/// One anomaly, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// What it is.
    pub kind: AnomalyKind,
    /// The transactions that show it, by their places in the history.
    pub txns: Vec<u32>,
    /// The cycle, if it is one: edge after edge, back to the first.
    pub cycle: Vec<Edge>,
    /// What is wrong, in one sentence for people.
    pub sentence: String,
}
