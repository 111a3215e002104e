//! A model whose type is settled while it runs: what is in no hurry is compiled once for all
//! models, not once for each.
//!
//! The invariant: whatever is asked of an operation is answered by the model that it belongs to.

use crate::history::{Completion, History, Operation};
use crate::model::{Access, Model};
use std::any::Any;
use std::fmt::{self, Debug, Display};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::rc::Rc;

/// Whichever model the operations belong to.
pub(super) struct Erased;

/// An operation of some model.
#[derive(Clone, Debug)]
pub(super) struct Asked(Rc<dyn Question>);

/// An answer of some model.
#[derive(Clone, Debug)]
pub(super) struct Told(Rc<dyn Words>);

/// A state of some model that is not its first.
#[derive(Clone)]
pub(super) struct Known(Rc<dyn Memory>);

/// A state of some model: `None` is the first, and which that is only an operation can tell.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct State(Option<Known>);

/// The history of a model without its type.
pub(super) fn erased<M: Model>(history: &History<M::Operation, M::Answer>) -> History<Asked, Told>
where
    M::State: 'static,
{
    let operations = history.operations.iter().map(|operation| Operation {
        process: operation.process,
        invoked: operation.invoked,
        operation: Asked(Rc::new(Of::<M> {
            operation: operation.operation.clone(),
            model: PhantomData,
        })),
        completion: match &operation.completion {
            Completion::Ok { at, answer } => {
                Completion::Ok { at: *at, answer: Told(Rc::new(answer.clone())) }
            }
            Completion::Failed { at } => Completion::Failed { at: *at },
            Completion::Unknown => Completion::Unknown,
        },
    });
    History { operations: operations.collect() }
}

impl Model for Erased {
    type Operation = Asked;
    type Answer = Told;
    type State = State;

    fn initial() -> State {
        State(None)
    }

    fn step(state: &State, operation: &Asked, answer: Option<&Told>) -> Option<State> {
        operation.0.step(state.0.as_ref(), answer).map(State)
    }

    fn partition(operation: &Asked) -> u64 {
        operation.0.partition()
    }

    fn partition_name(operation: &Asked) -> Option<String> {
        operation.0.partition_name()
    }

    fn read_only(operation: &Asked, answer: &Told) -> bool {
        operation.0.read_only(answer)
    }

    fn access<'o>(operation: &'o Asked, answer: Option<&'o Told>) -> Access<'o> {
        operation.0.access(answer)
    }

    fn weight(state: &State) -> u64 {
        state.0.as_ref().map_or(0, |state| state.0.weight())
    }

    fn allows(state: &State, operation: &Asked, answer: &Told) -> bool {
        operation.0.allows(state.0.as_ref(), answer)
    }

    fn grows(operation: &Asked) -> bool {
        operation.0.grows()
    }

    fn feasible(state: &State, operation: &Asked, answer: &Told) -> bool {
        operation.0.feasible(state.0.as_ref(), answer)
    }
}

/// What can be compared and hashed without its type.
trait Value: Debug {
    fn any(&self) -> &dyn Any;
    fn is(&self, other: &dyn Any) -> bool;
    fn feed(&self, hasher: &mut dyn Hasher);
}

impl<T: Debug + Eq + Hash + 'static> Value for T {
    fn any(&self) -> &dyn Any {
        self
    }

    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>() == Some(self)
    }

    fn feed(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }
}

/// What can be shown besides.
trait Words: Value + Display {}

impl<T: Value + Display> Words for T {}

/// A state that knows its model.
trait Memory: Value {
    fn weight(&self) -> u64;
}

/// A state of `M`.
struct In<M: Model>(M::State);

impl<M: Model> Memory for In<M>
where
    M::State: 'static,
{
    fn weight(&self) -> u64 {
        M::weight(&self.0)
    }
}

/// An operation that knows its model.
trait Question: Words {
    fn step(&self, state: Option<&Known>, answer: Option<&Told>) -> Option<Option<Known>>;
    fn allows(&self, state: Option<&Known>, answer: &Told) -> bool;
    fn feasible(&self, state: Option<&Known>, answer: &Told) -> bool;
    fn grows(&self) -> bool;
    fn partition(&self) -> u64;
    fn partition_name(&self) -> Option<String>;
    fn read_only(&self, answer: &Told) -> bool;
    fn access<'o>(&'o self, answer: Option<&'o Told>) -> Access<'o>;
}

/// An operation of `M`.
struct Of<M: Model> {
    operation: M::Operation,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Question for Of<M>
where
    M::State: 'static,
{
    fn step(&self, state: Option<&Known>, answer: Option<&Told>) -> Option<Option<Known>> {
        let answer = answer.map(typed::<M>);
        let first = M::initial();
        let next = M::step(known::<M>(state, &first), &self.operation, answer)?;
        Some((next != first).then(|| Known(Rc::new(In::<M>(next)))))
    }

    fn allows(&self, state: Option<&Known>, answer: &Told) -> bool {
        M::allows(known::<M>(state, &M::initial()), &self.operation, typed::<M>(answer))
    }

    fn feasible(&self, state: Option<&Known>, answer: &Told) -> bool {
        M::feasible(known::<M>(state, &M::initial()), &self.operation, typed::<M>(answer))
    }

    fn grows(&self) -> bool {
        M::grows(&self.operation)
    }

    fn partition(&self) -> u64 {
        M::partition(&self.operation)
    }

    fn partition_name(&self) -> Option<String> {
        M::partition_name(&self.operation)
    }

    fn read_only(&self, answer: &Told) -> bool {
        M::read_only(&self.operation, typed::<M>(answer))
    }

    fn access<'o>(&'o self, answer: Option<&'o Told>) -> Access<'o> {
        M::access(&self.operation, answer.map(typed::<M>))
    }
}

/// The state that is known, or the first.
fn known<'s, M: Model>(state: Option<&'s Known>, first: &'s M::State) -> &'s M::State
where
    M::State: 'static,
{
    let typed = |state: &'s Known| (*state.0).any().downcast_ref::<In<M>>();
    state.map_or(first, |state| &typed(state).expect("a state of the operation's model").0)
}

fn typed<M: Model>(answer: &Told) -> &M::Answer {
    (*answer.0).any().downcast_ref().expect("an answer of the operation's model")
}

impl<M: Model> Debug for Of<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.operation, f)
    }
}

impl<M: Model> Display for Of<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.operation, f)
    }
}

impl<M: Model> PartialEq for Of<M> {
    fn eq(&self, other: &Self) -> bool {
        self.operation == other.operation
    }
}

impl<M: Model> Eq for Of<M> {}

impl<M: Model> Hash for Of<M> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.operation.hash(hasher);
    }
}

impl Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(known) => Debug::fmt(&known.0, f),
            None => f.write_str("the first"),
        }
    }
}

impl<M: Model> Debug for In<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.0, f)
    }
}

impl<M: Model> PartialEq for In<M> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<M: Model> Eq for In<M> {}

impl<M: Model> Hash for In<M> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
    }
}

/// Gives a wrapper of a shared value what the value has.
macro_rules! as_its_value {
    ($($name:ident)*) => {$(
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.is((*other.0).any())
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, hasher: &mut H) {
                self.0.feed(hasher);
            }
        }
    )*};
}

as_its_value!(Asked Told Known);

impl Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}
