//! Sets of numbers: asked element by element, or read as a whole.
//!
//! The invariant: elements never meet unless the whole is read, so [`Set`] is checked by element.

use crate::model::{Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A set that is asked element by element.
#[derive(Clone, Copy, Debug)]
pub struct Set;

/// What is asked of a [`Set`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetOp {
    /// Let this be a member.
    Add(u64),
    /// Let this be none.
    Remove(u64),
    /// Is this a member?
    Contains(u64),
}

/// What a [`Set`] answers: whether the element was a member before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetAnswer {
    /// Done, whatever was before.
    Done,
    /// Whether it was a member.
    Was(bool),
}

/// A set to which elements are added and which is read as a whole.
#[derive(Clone, Copy, Debug)]
pub struct GrowingSet;

/// What is asked of a [`GrowingSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrowingSetOp {
    /// Let this be a member.
    Add(u64),
    /// Which are the members?
    Read,
}

/// What a [`GrowingSet`] answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrowingSetAnswer {
    /// Added.
    Added,
    /// The members.
    Members(BTreeSet<u64>),
}

impl SetOp {
    /// The element it is about.
    #[must_use]
    pub fn element(self) -> u64 {
        match self {
            SetOp::Add(element) | SetOp::Remove(element) | SetOp::Contains(element) => element,
        }
    }
}

impl fmt::Display for SetOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetOp::Add(element) => write!(f, "Add {element}"),
            SetOp::Remove(element) => write!(f, "Remove {element}"),
            SetOp::Contains(element) => write!(f, "Contains {element}"),
        }
    }
}

impl fmt::Display for SetAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetAnswer::Done => f.write_str("ok"),
            SetAnswer::Was(was) => write!(f, "{was}"),
        }
    }
}

impl fmt::Display for GrowingSetOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrowingSetOp::Add(element) => write!(f, "Add {element}"),
            GrowingSetOp::Read => f.write_str("Read"),
        }
    }
}

impl fmt::Display for GrowingSetAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrowingSetAnswer::Added => f.write_str("ok"),
            GrowingSetAnswer::Members(members) => write!(f, "{members:?}"),
        }
    }
}

impl Model for Set {
    type Operation = SetOp;
    type Answer = SetAnswer;
    type State = BTreeSet<u64>;

    fn initial() -> BTreeSet<u64> {
        BTreeSet::new()
    }

    fn step(
        state: &BTreeSet<u64>,
        operation: &SetOp,
        answer: Option<&SetAnswer>,
    ) -> Option<BTreeSet<u64>> {
        let was = state.contains(&operation.element());
        let fits = match answer {
            None => true,
            Some(SetAnswer::Done) => !matches!(operation, SetOp::Contains(_)),
            Some(SetAnswer::Was(said)) => *said == was,
        };
        let mut next = state.clone();
        Self::serve(&mut next, operation);
        fits.then_some(next)
    }

    fn partition(operation: &SetOp) -> u64 {
        operation.element()
    }

    fn partition_name(operation: &SetOp) -> Option<String> {
        Some(format!("element {}", operation.element()))
    }

    fn read_only(operation: &SetOp, answer: &SetAnswer) -> bool {
        match operation {
            SetOp::Contains(_) => true,
            SetOp::Add(_) => *answer == SetAnswer::Was(true),
            SetOp::Remove(_) => *answer == SetAnswer::Was(false),
        }
    }
}

impl Generate for Set {
    const KINDS: &'static [Kind] = &[
        Kind { name: "add", weight: 40 },
        Kind { name: "remove", weight: 20 },
        Kind { name: "contains", weight: 40 },
    ];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> SetOp {
        match kind {
            0 => SetOp::Add(draws.unique_value()),
            1 => SetOp::Remove(draws.recent_value()),
            2 => SetOp::Contains(draws.recent_value()),
            _ => panic!("a set has kinds 0 to 2, not {kind}"),
        }
    }
}

impl Serve for Set {
    fn serve(state: &mut BTreeSet<u64>, operation: &SetOp) -> SetAnswer {
        SetAnswer::Was(match *operation {
            SetOp::Add(element) => !state.insert(element),
            SetOp::Remove(element) => state.remove(&element),
            SetOp::Contains(element) => state.contains(&element),
        })
    }
}

impl Model for GrowingSet {
    type Operation = GrowingSetOp;
    type Answer = GrowingSetAnswer;
    type State = BTreeSet<u64>;

    fn initial() -> BTreeSet<u64> {
        BTreeSet::new()
    }

    fn step(
        state: &BTreeSet<u64>,
        operation: &GrowingSetOp,
        answer: Option<&GrowingSetAnswer>,
    ) -> Option<BTreeSet<u64>> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn weight(state: &BTreeSet<u64>) -> u64 {
        state.len() as u64 / 8
    }

    fn read_only(operation: &GrowingSetOp, _: &GrowingSetAnswer) -> bool {
        *operation == GrowingSetOp::Read
    }

    fn grows(_: &GrowingSetOp) -> bool {
        true
    }

    fn feasible(state: &BTreeSet<u64>, _: &GrowingSetOp, answer: &GrowingSetAnswer) -> bool {
        match answer {
            GrowingSetAnswer::Members(members) => state.is_subset(members),
            GrowingSetAnswer::Added => true,
        }
    }
}

impl Generate for GrowingSet {
    const KINDS: &'static [Kind] =
        &[Kind { name: "add", weight: 80 }, Kind { name: "read", weight: 20 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> GrowingSetOp {
        match kind {
            0 => GrowingSetOp::Add(draws.unique_value()),
            1 => GrowingSetOp::Read,
            _ => panic!("a growing set has kinds 0 and 1, not {kind}"),
        }
    }
}

impl Serve for GrowingSet {
    fn serve(state: &mut BTreeSet<u64>, operation: &GrowingSetOp) -> GrowingSetAnswer {
        match *operation {
            GrowingSetOp::Add(element) => {
                state.insert(element);
                GrowingSetAnswer::Added
            }
            GrowingSetOp::Read => GrowingSetAnswer::Members(state.clone()),
        }
    }
}
