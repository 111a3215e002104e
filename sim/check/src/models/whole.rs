//! A model seen as one part, though its operations could be told apart.
//!
//! The invariant: the verdict is the same; only the way to it is longer.

use crate::model::Model;
use std::marker::PhantomData;

/// The model `M` without its partition.
#[derive(Clone, Copy, Debug)]
pub struct Whole<M>(PhantomData<M>);

impl<M: Model> Model for Whole<M> {
    type Operation = M::Operation;
    type Answer = M::Answer;
    type State = M::State;

    fn initial() -> M::State {
        M::initial()
    }

    fn step(
        state: &M::State,
        operation: &M::Operation,
        answer: Option<&M::Answer>,
    ) -> Option<M::State> {
        M::step(state, operation, answer)
    }

    fn weight(state: &M::State) -> u64 {
        M::weight(state)
    }

    fn read_only(operation: &M::Operation, answer: &M::Answer) -> bool {
        M::read_only(operation, answer)
    }

    fn allows(state: &M::State, operation: &M::Operation, answer: &M::Answer) -> bool {
        M::allows(state, operation, answer)
    }

    fn grows(operation: &M::Operation) -> bool {
        M::grows(operation)
    }

    fn feasible(state: &M::State, operation: &M::Operation, answer: &M::Answer) -> bool {
        M::feasible(state, operation, answer)
    }
}
