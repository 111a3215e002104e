//! Things that are put in and taken out: queue, stack and priority queue.
//!
//! The invariant: what is taken was put, once; which one is up to the discipline alone.

use crate::model::{Draws, Generate, Kind, Model, Serve, Shelf, Transfer, step_by_serving};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug};
use std::marker::PhantomData;

/// Which element is taken next.
pub trait Discipline: Clone + Copy + Debug + 'static {
    /// What it is called.
    const SHELF: Shelf;
    /// Its place among `held`, which is not empty and in the order in which they were put.
    fn next(held: &[u64]) -> usize;
    /// Where a new element goes, so that equal contents are equal states.
    fn place(held: &[u64], value: u64) -> usize;
}

/// First in, first out.
#[derive(Clone, Copy, Debug)]
pub struct Fifo;

/// Last in, first out.
#[derive(Clone, Copy, Debug)]
pub struct Lifo;

/// The greatest first.
#[derive(Clone, Copy, Debug)]
pub struct Greatest;

impl Discipline for Fifo {
    const SHELF: Shelf = Shelf::Queue;

    fn next(_: &[u64]) -> usize {
        0
    }

    fn place(held: &[u64], _: u64) -> usize {
        held.len()
    }
}

impl Discipline for Lifo {
    const SHELF: Shelf = Shelf::Stack;

    fn next(held: &[u64]) -> usize {
        held.len() - 1
    }

    fn place(held: &[u64], _: u64) -> usize {
        held.len()
    }
}

impl Discipline for Greatest {
    const SHELF: Shelf = Shelf::Other;

    fn next(held: &[u64]) -> usize {
        held.len() - 1
    }

    fn place(held: &[u64], value: u64) -> usize {
        held.partition_point(|&other| other < value)
    }
}

/// A container of numbers, at first empty.
#[derive(Clone, Copy, Debug)]
pub struct Container<D>(PhantomData<D>);

/// A queue: first in, first out.
pub type Queue = Container<Fifo>;

/// A stack: last in, first out.
pub type Stack = Container<Lifo>;

/// A priority queue: the greatest first.
pub type PriorityQueue = Container<Greatest>;

/// What is asked of a [`Container`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainerOp {
    /// Put this in.
    Put(u64),
    /// Take one out.
    Take,
}

/// What a [`Container`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainerAnswer {
    /// It is in.
    Put,
    /// What was taken; `None` if there was nothing.
    Taken(Option<u64>),
}

impl fmt::Display for ContainerOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContainerOp::Put(value) => write!(f, "Put {value}"),
            ContainerOp::Take => f.write_str("Take"),
        }
    }
}

impl fmt::Display for ContainerAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContainerAnswer::Put => f.write_str("ok"),
            ContainerAnswer::Taken(Some(value)) => write!(f, "{value}"),
            ContainerAnswer::Taken(None) => f.write_str("empty"),
        }
    }
}

impl<D: Discipline> Model for Container<D> {
    type Operation = ContainerOp;
    type Answer = ContainerAnswer;
    type State = Vec<u64>;

    const SHELF: Option<Shelf> = Some(D::SHELF);

    fn initial() -> Vec<u64> {
        Vec::new()
    }

    fn step(
        state: &Vec<u64>,
        operation: &ContainerOp,
        answer: Option<&ContainerAnswer>,
    ) -> Option<Vec<u64>> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn weight(state: &Vec<u64>) -> u64 {
        state.len() as u64 / 12
    }

    fn read_only(_: &ContainerOp, answer: &ContainerAnswer) -> bool {
        *answer == ContainerAnswer::Taken(None)
    }

    fn transfer(operation: &ContainerOp, answer: Option<&ContainerAnswer>) -> Option<Transfer> {
        match (*operation, answer) {
            (ContainerOp::Put(value), _) => Some(Transfer::Put(value)),
            (ContainerOp::Take, Some(ContainerAnswer::Taken(value))) => {
                Some(Transfer::Take(*value))
            }
            (ContainerOp::Take, None) => Some(Transfer::TakeAny),
            (ContainerOp::Take, Some(ContainerAnswer::Put)) => None,
        }
    }
}

impl<D: Discipline> Generate for Container<D> {
    const KINDS: &'static [Kind] =
        &[Kind { name: "put", weight: 50 }, Kind { name: "take", weight: 50 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> ContainerOp {
        match kind {
            0 => ContainerOp::Put(draws.unique_value()),
            1 => ContainerOp::Take,
            _ => panic!("a container has kinds 0 and 1, not {kind}"),
        }
    }
}

impl<D: Discipline> Serve for Container<D> {
    fn serve(state: &mut Vec<u64>, operation: &ContainerOp) -> ContainerAnswer {
        match *operation {
            ContainerOp::Put(value) => {
                state.insert(D::place(state, value), value);
                ContainerAnswer::Put
            }
            ContainerOp::Take if state.is_empty() => ContainerAnswer::Taken(None),
            ContainerOp::Take => ContainerAnswer::Taken(Some(state.remove(D::next(state)))),
        }
    }
}
