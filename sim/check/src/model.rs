//! The sequential specification of a service, and the drawing of operations for it.
//!
//! The invariant: [`Model::step`] is a pure function.

use std::fmt::{self, Debug, Display};
use std::hash::Hash;

/// A sequential specification: what a correct service, used by one client at a time, answers.
///
/// Only `initial` and `step` are needed. The other functions are hooks: without them a verdict is
/// the same, with them it is reached sooner or told better.
pub trait Model: 'static {
    /// What clients ask.
    type Operation: Clone + Debug + Display + Eq + Hash + 'static;
    /// What they are told.
    type Answer: Clone + Debug + Display + Eq + Hash + 'static;
    /// What the service remembers.
    type State: Clone + Debug + Eq + Hash;

    /// The state before the first operation.
    fn initial() -> Self::State;

    /// The state after `operation`, or `None` if `answer` cannot be what the service says in
    /// `state`. `answer` is `None` for an operation whose answer never came: any answer will do.
    /// Either it then leads where every possible answer leads, or it leaves the state as it is.
    fn step(
        state: &Self::State,
        operation: &Self::Operation,
        answer: Option<&Self::Answer>,
    ) -> Option<Self::State>;

    /// How much memory `state` takes beyond a hundred bytes or so, in such units: searches count it
    /// against their budget.
    fn weight(state: &Self::State) -> u64 {
        let _ = state;
        0
    }

    /// The part of the state that `operation` touches. Operations with different parts are checked
    /// apart; the default says that all touch the same.
    fn partition(operation: &Self::Operation) -> u64 {
        let _ = operation;
        0
    }

    /// What people call the part that `operation` touches, such as the key `x`.
    fn partition_name(operation: &Self::Operation) -> Option<String> {
        let _ = operation;
        None
    }

    /// Whether `operation` with this answer leaves every state as it is.
    fn read_only(operation: &Self::Operation, answer: &Self::Answer) -> bool {
        let _ = (operation, answer);
        false
    }

    /// Whether `operation`, which is read-only with this answer, can be answered so in `state`.
    fn allows(state: &Self::State, operation: &Self::Operation, answer: &Self::Answer) -> bool {
        Self::step(state, operation, Some(answer)).is_some()
    }

    /// What `operation` does to the value of its part, for models whose parts hold one value.
    /// `answer` is `None` if it never came. The default says nothing.
    fn access<'o>(operation: &'o Self::Operation, answer: Option<&'o Self::Answer>) -> Access<'o> {
        let _ = (operation, answer);
        Access::Opaque
    }

    /// How values that are put in come out, for models that hold such. What happens to some values
    /// must not depend on the others: a possible history stays one if every operation on a value is
    /// left out.
    const SHELF: Option<Shelf> = None;

    /// What `operation` moves, for models that have a [`Model::SHELF`]. `answer` is `None` if it
    /// never came.
    fn transfer(operation: &Self::Operation, answer: Option<&Self::Answer>) -> Option<Transfer> {
        let _ = (operation, answer);
        None
    }

    /// Whether `operation` only adds to what the state already says, so that [`Model::feasible`]
    /// stays right while none but such operations take effect.
    fn grows(operation: &Self::Operation) -> bool {
        let _ = operation;
        false
    }

    /// Whether operations that [`Model::grows`] could lead from `state` to one where `operation` is
    /// answered by `answer`. False saves searching on from a state that has already lost; true is
    /// always right.
    fn feasible(state: &Self::State, operation: &Self::Operation, answer: &Self::Answer) -> bool {
        let _ = (state, operation, answer);
        true
    }
}

/// A value that a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content<'o> {
    /// A number.
    Number(u64),
    /// A text.
    Text(&'o str),
}

impl Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Number(number) => write!(f, "{number}"),
            Content::Text(text) => f.write_str(text),
        }
    }
}

/// What an operation does to a part that holds one value. `None` is the absence of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'o> {
    /// The model does not say.
    Opaque,
    /// It left the value alone, and nobody knows what it saw.
    Look,
    /// It returned the value and left it alone.
    Read(Option<Content<'o>>),
    /// It replaced whatever was there.
    Write(Option<Content<'o>>),
    /// It found `expected` and put `new` in its place.
    Swap {
        /// What it found.
        expected: Option<Content<'o>>,
        /// What it left.
        new: Option<Content<'o>>,
    },
}

/// How values that were put in come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// In the order in which they came.
    Queue,
    /// The last one first.
    Stack,
    /// In another order.
    Other,
}

/// What an operation moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// It puts this in.
    Put(u64),
    /// It took this out, or found nothing.
    Take(Option<u64>),
    /// It takes something out, and nobody knows what.
    TakeAny,
}

impl Transfer {
    /// The value that is moved, if it is one and known.
    #[must_use]
    pub fn value(self) -> Option<u64> {
        match self {
            Transfer::Put(value) | Transfer::Take(Some(value)) => Some(value),
            Transfer::Take(None) | Transfer::TakeAny => None,
        }
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
    ///
    /// # Panics
    /// If there is no kind of that number.
    fn generate(kind: usize, draws: &mut Draws<'_>) -> Self::Operation;
}

/// Models that can play the service step by serving and comparing.
pub(crate) fn step_by_serving<M: Serve>(
    state: &M::State,
    operation: &M::Operation,
    answer: Option<&M::Answer>,
) -> Option<M::State> {
    let mut next = state.clone();
    let truth = M::serve(&mut next, operation);
    answer.is_none_or(|answer| *answer == truth).then_some(next)
}

/// A model that can play the service: histories are generated from it.
pub trait Serve: Generate {
    /// Does `operation` and answers it.
    fn serve(state: &mut Self::State, operation: &Self::Operation) -> Self::Answer;
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

    /// The value that one of this client's last three operations wrote, if it was a write; 0 for
    /// a client's first operation.
    pub fn recent_value(&mut self) -> u64 {
        let back = u64::from(self.below(3));
        match self.index.checked_sub(back) {
            Some(0) | None => 0,
            Some(nth) => nth * 1000 + u64::from(self.client),
        }
    }

    /// A key. Three times in four it is the one that all clients currently favour, which moves on
    /// every eight operations: contention is what breaks services.
    pub fn key(&mut self) -> u32 {
        let keys = self.keys.max(1);
        match self.below(4) {
            0 => self.below(keys),
            _ => ((self.index / 8) % u64::from(keys)) as u32,
        }
    }
}
