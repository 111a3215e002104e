//! What a checker says, and what it says it by.
//!
//! The invariant: `Ok` carries an order and `Violated` carries operations, so neither has to be
//! believed; whatever could not be decided within the budget is `Undecided`.

use serde::Serialize;
use std::fmt;

/// How many steps a checker may take before it gives up. Steps are counted, never timed, so a
/// verdict is the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Budget(pub u64);

impl Default for Budget {
    /// Ten million steps: seconds, and a few hundred megabytes at worst.
    fn default() -> Self {
        Budget(10_000_000)
    }
}

/// The place of an operation in its history, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OperationIndex(pub u32);

impl OperationIndex {
    /// The place as an index.
    #[must_use]
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// What a checker found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The history keeps the promise, as this order shows.
    Ok(Order),
    /// It does not, as these operations show.
    Violated(Evidence),
    /// The budget ran out before it was clear.
    Undecided,
}

impl Verdict {
    /// The order, if the history keeps the promise.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        match self {
            Verdict::Ok(order) => Some(order),
            Verdict::Violated(_) | Verdict::Undecided => None,
        }
    }

    /// What shows the violation, if there is one.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Verdict::Violated(evidence) => Some(evidence),
            Verdict::Ok(_) | Verdict::Undecided => None,
        }
    }
}

/// An order of the operations that took effect, one for each part of the state. Orders of the parts
/// can always be merged into one of the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Order {
    /// The parts, in order of their numbers.
    pub parts: Vec<PartOrder>,
}

/// The order of the operations on one part of the state. Operations that are not in it never took
/// effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartOrder {
    /// What people call the part, such as the key `x`.
    pub part: Option<String>,
    /// The operations as they took effect.
    pub operations: Vec<OperationIndex>,
}

/// Why a history breaks the promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// A stable code without names and numbers, such as `stale-read`.
    pub reason: &'static str,
    /// The part of the state on which it shows, such as the key `x`.
    pub part: Option<String>,
    /// The operations that cannot be ordered.
    pub window: Vec<OperationIndex>,
    /// The operation whose completion nothing explains.
    pub unexplained: OperationIndex,
    /// The operation that contradicts it, where there is a single one.
    pub contradicted_by: Option<OperationIndex>,
    /// Why operations come before one another in a circle, for orders weaker than linearizability;
    /// what a reason rests on stands before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    pub(crate) sentence: String,
}

/// One operation before another, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The first.
    pub from: OperationIndex,
    /// The second.
    pub to: OperationIndex,
    /// Why.
    pub why: Why,
}

/// Why an operation comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// One process made both.
    Session,
    /// The second read what the first wrote.
    ReadsFrom,
    /// This operation, of the second's process and before it, read what the first wrote.
    Follows(OperationIndex),
    /// This operation saw the first, and yet read what the second wrote in its place.
    Visible(OperationIndex),
    /// The second had to see the first.
    Seen,
    /// The first read the initial value, which the second replaced.
    Initial,
    /// The first read what is known to have been written before the second.
    Later,
}

impl Evidence {
    /// What is wrong, in one sentence for people.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.sentence)
    }
}
