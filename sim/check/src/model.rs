//! The sequential specification of a service, and the drawing of operations for it.
//!
//! The invariant: [`Model::step`] is a pure function.

use std::fmt::Debug;
use std::hash::Hash;

/// A sequential specification: what a correct service, used by one client at a time, answers.
pub trait Model: Clone + Debug + Eq + Hash + 'static {
    /// What clients ask.
    type Operation: Clone + Debug + Eq + Hash + 'static;
    /// What they are told.
    type Answer: Clone + Debug + Eq + Hash + 'static;
    /// What the service remembers.
    type State: Clone + Debug + Eq + Hash;

    /// The state before the first operation.
    fn initial() -> Self::State;

    /// The state after `operation`, or `None` if `answer` cannot be what the service says in
    /// `state`. `answer` is `None` for an operation whose answer never came: any answer will do.
    fn step(
        state: &Self::State,
        operation: &Self::Operation,
        answer: Option<&Self::Answer>,
    ) -> Option<Self::State>;

    /// The part of the state that `operation` touches. Operations with different parts are checked
    /// apart; the default says that all touch the same.
    fn partition(operation: &Self::Operation) -> u64 {
        let _ = operation;
        0
    }

    /// Whether `operation` with this answer leaves every state as it is.
    fn read_only(operation: &Self::Operation, answer: &Self::Answer) -> bool {
        let _ = (operation, answer);
        false
    }
}

/// A kind of operation that a workload mixes: its name in `mix`, and its weight when the scenario
/// gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name, such as `write`.
    pub name: &'static str,
    /// The default weight.
    pub weight: u32,
}

/// A model whose operations can be drawn.
pub trait Generate: Model {
    /// The kinds of operation, in the order of their numbers.
    const KINDS: &'static [Kind];

    /// Draws an operation of kind number `kind`.
    fn generate(kind: usize, draws: &mut Draws<'_>) -> Self::Operation;
}

/// What an operation is drawn from.
pub struct Draws<'a> {
    /// The next raw word of the client's stream.
    pub word: &'a mut dyn FnMut() -> u32,
    /// The client, from 1.
    pub client: u32,
    /// How many operations this client drew before.
    pub index: u64,
    /// How many keys the workload uses.
    pub keys: u32,
}

impl Draws<'_> {
    /// A number below `bound` (at least 1), by the high half of a product: portable and pinned.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from((self.word)()) * u64::from(bound.max(1))) >> 32) as u32
    }

    /// A value that no other operation of the run writes, as long as there are under 1,000
    /// clients: the 7th operation of client 2 has 7002.
    #[must_use]
    pub fn unique_value(&self) -> u64 {
        (self.index + 1) * 1000 + u64::from(self.client)
    }
}
