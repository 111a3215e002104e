//! The small verifier: it believes no checker.
//!
//! The invariant: it shares no code with the searches; an order is replayed against the model, and
//! a window is tried in every order by the plainest search there is.

mod order;
mod weak;

pub use order::{verify_converged, verify_sequential, verify_weaker};
pub use weak::{Weaker, verify_links};

use crate::history::{Completion, History};
use crate::model::Model;
use crate::verdict::{Budget, OperationIndex, Order, PartOrder};
use std::collections::BTreeSet;
use std::fmt;

/// Why an order or a window proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The order lacks an operation that completed.
    Missing(OperationIndex),
    /// The order has an operation twice, or one that failed, or of another part.
    Misplaced(OperationIndex),
    /// The operation completed before an earlier one of the order began.
    Late(OperationIndex),
    /// The model gives another answer there.
    Refused(OperationIndex),
    /// The operations of the window can be ordered.
    Orderable,
    /// The budget ran out before all orders were tried.
    Unknown,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Missing(index) => write!(f, "operation {} is missing", index.0),
            Flaw::Misplaced(index) => write!(f, "operation {} does not belong", index.0),
            Flaw::Late(index) => write!(f, "operation {} stands too late", index.0),
            Flaw::Refused(index) => write!(f, "operation {} has another answer there", index.0),
            Flaw::Orderable => f.write_str("the window can be ordered"),
            Flaw::Unknown => f.write_str("the budget ran out"),
        }
    }
}

impl std::error::Error for Flaw {}

/// Accepts an order that shows a history to be linearizable.
///
/// # Errors
/// If it does not show that.
pub fn verify_order<M: Model>(
    history: &History<M::Operation, M::Answer>,
    order: &Order,
) -> Result<(), Flaw> {
    let mut placed = BTreeSet::new();
    let mut parts = BTreeSet::new();
    for part in &order.parts {
        replay::<M>(history, part, &mut placed)?;
        if let Some(first) = part.operations.first()
            && !parts.insert(M::partition(&history.operations[first.get()].operation))
        {
            return Err(Flaw::Misplaced(*first));
        }
    }
    for (index, operation) in (0..).zip(&history.operations) {
        let index = OperationIndex(index);
        if operation.completed().is_some() && !placed.contains(&index) {
            return Err(Flaw::Missing(index));
        }
    }
    Ok(())
}

fn replay<M: Model>(
    history: &History<M::Operation, M::Answer>,
    part: &PartOrder,
    placed: &mut BTreeSet<OperationIndex>,
) -> Result<(), Flaw> {
    let mut state = M::initial();
    let mut began = None;
    let mut home = None;
    for &index in &part.operations {
        let operation = history.operations.get(index.get()).ok_or(Flaw::Misplaced(index))?;
        let own = M::partition(&operation.operation);
        let failed = matches!(operation.completion, Completion::Failed { .. });
        if !placed.insert(index) || failed || *home.get_or_insert(own) != own {
            return Err(Flaw::Misplaced(index));
        }
        let ended = operation.completed().filter(|&at| at > operation.invoked);
        if began.zip(ended).is_some_and(|(began, ended)| ended <= began) {
            return Err(Flaw::Late(index));
        }
        began = began.max(Some(operation.invoked));
        state = M::step(&state, &operation.operation, operation.answer())
            .ok_or(Flaw::Refused(index))?;
    }
    Ok(())
}

/// Accepts a window that shows a history not to be linearizable: whatever else happened, and
/// however it was answered, the operations of the window have no order.
///
/// Operations outside the window may take effect at any time from their invocation on, or never,
/// with any answer; only those that began before the window's end matter. Of a model with a
/// [`Model::SHELF`] they keep their answer, and only those on values of the window matter.
///
/// # Errors
/// If the window can be ordered, or the budget runs out before that is clear.
pub fn verify_window<M: Model>(
    history: &History<M::Operation, M::Answer>,
    window: &[OperationIndex],
    budget: Budget,
) -> Result<(), Flaw> {
    let operations = &history.operations;
    let Some(first) = window.first() else { return Err(Flaw::Orderable) };
    let part = M::partition(&operations[first.get()].operation);
    let end = window.iter().filter_map(|index| operations[index.get()].completed()).max();
    let end = end.ok_or(Flaw::Orderable)?;
    let inside: BTreeSet<usize> = window.iter().map(|index| index.get()).collect();
    let told = |at: usize| {
        let known = M::SHELF.is_some() || inside.contains(&at);
        operations[at].answer().filter(|_| known)
    };
    let moved = |at: usize| M::transfer(&operations[at].operation, told(at));
    let values: BTreeSet<u64> = inside.iter().filter_map(|&at| moved(at)?.value()).collect();
    let touches = |at: usize| match moved(at) {
        Some(moved) => moved.value().is_none_or(|value| values.contains(&value)),
        None => true,
    };
    let members: Vec<usize> = (0..operations.len())
        .filter(|&at| {
            let operation = &operations[at];
            M::partition(&operation.operation) == part
                && touches(at)
                && operation.invoked < end
                && !matches!(operation.completion, Completion::Failed { .. })
        })
        .collect();
    let mut met: Vec<(BTreeSet<usize>, M::State)> = vec![(BTreeSet::new(), M::initial())];
    let mut known: crate::fixed::FixedMap<(BTreeSet<usize>, M::State), ()> = Default::default();
    let mut left = budget.0;
    while let Some((done, state)) = met.pop() {
        if inside.is_subset(&done) {
            return Err(Flaw::Orderable);
        }
        for &next in members.iter().filter(|next| !done.contains(next)) {
            left = left.checked_sub(1).ok_or(Flaw::Unknown)?;
            let operation = &operations[next];
            let must_wait = inside.difference(&done).any(|&other| {
                let ended = operations[other].completed();
                other != next && ended.is_some_and(|at| at <= operation.invoked)
            });
            if must_wait {
                continue;
            }
            let Some(after) = M::step(&state, &operation.operation, told(next)) else { continue };
            if after == state && !inside.contains(&next) {
                continue;
            }
            let mut then = done.clone();
            then.insert(next);
            if known.insert((then.clone(), after.clone()), ()).is_none() {
                met.push((then, after));
            }
        }
    }
    Ok(())
}
