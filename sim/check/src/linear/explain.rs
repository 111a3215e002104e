//! What a violation comes down to: the shortest bad prefix, the fewest operations that have no
//! order, and the states that were possible before.
//!
//! The invariant: the window has no order, whatever the operations outside of it did and were told;
//! if it is said to be minimal, it has one as soon as any of its operations is let go.

use super::part::{NEVER, Part};
use super::search::Found;
use super::{Job, bad_prefix};
use crate::history::History;
use crate::model::{Model, Transfer};
use crate::verdict::{Budget, Evidence, OperationIndex};
use serde::Serialize;
use std::collections::BTreeSet;

/// How many states are written out.
const STATES_MAX: usize = 8;

/// How many operations a window may start from; longer prefixes are cut to their end.
const WINDOW_MAX: usize = 400;

/// How many operations on queues and stacks are searched as a whole.
const WHOLE_MAX: usize = 1000;

/// What a violation comes down to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Position of the completion at which the shortest bad prefix ends; of long queues and stacks,
    /// of the operations on those values that show it.
    pub prefix_end: u64,
    /// Operations that have no order, whatever all others did.
    pub window: Vec<OperationIndex>,
    /// Every operation of the window is needed.
    pub minimal: bool,
    /// States that were possible just before the prefix ends, as the model prints them.
    pub states: Vec<String>,
}

/// Explains a violation that [`crate::linearizable`] found in `history`. `budget` is what each
/// single search may take. `None` if that is too little to find the violation again.
#[must_use]
pub fn explain<M: Model>(
    history: &History<M::Operation, M::Answer>,
    evidence: &Evidence,
    budget: Budget,
) -> Option<Explanation> {
    let home = M::partition(&history.operations[evidence.unexplained.get()].operation);
    let values = values::<M>(history, evidence);
    let parts = Part::<M>::split_of(history, |operation| {
        let moved = M::transfer(&operation.operation, operation.answer());
        let value = moved.and_then(Transfer::value).filter(|_| !values.is_empty());
        value.is_none_or(|value| values.contains(&value))
    });
    let part = parts.iter().find(|part| M::partition(part.steps[0].operation) == home)?;
    let at = match Job::new(part).settle(budget)? {
        Found::Dead(at) => bad_prefix(part, at, budget),
        Found::Order(_) => return None,
    };
    let prefix = part.reduced(at, |_| false);
    let dead = part.returns[at as usize].step;
    let states = states_before(&prefix, at, budget);
    let (window, minimal) = shrink(&prefix, budget);
    let prefix_end = history.operations[part.steps[dead as usize].index as usize].completed()?;
    Some(Explanation { prefix_end, window: prefix.indices(&window), minimal, states })
}

/// The values that evidence from a long queue or stack is about: what happened to others does not
/// matter, and searching all would take too long.
fn values<M: Model>(
    history: &History<M::Operation, M::Answer>,
    evidence: &Evidence,
) -> BTreeSet<u64> {
    if M::SHELF.is_none() || history.operations.len() <= WHOLE_MAX {
        return BTreeSet::new();
    }
    let records = evidence.window.iter().map(|index| &history.operations[index.get()]);
    records.filter_map(|one| M::transfer(&one.operation, one.answer())?.value()).collect()
}

fn states_before<M: Model>(prefix: &Part<'_, M>, at: u32, budget: Budget) -> Vec<String> {
    let mut job = Job::new(prefix);
    let mut allowance = budget.0;
    job.run(&mut allowance);
    let mut states = job.states_at(at);
    states.sort();
    states.truncate(STATES_MAX);
    states
}

/// Lets operations go, half of them at first, as long as what is left has no order.
fn shrink<M: Model>(prefix: &Part<'_, M>, budget: Budget) -> (Vec<u32>, bool) {
    let last = prefix.returns.len() as u32 - 1;
    let held =
        (0..prefix.steps.len() as u32).filter(|&id| prefix.steps[id as usize].returned != NEVER);
    let mut held: Vec<u32> = held.collect();
    let tries = Budget(budget.0.min(20_000));
    let is_bad = |held: &[u32]| {
        let reduced = prefix.reduced(last, |id| held.binary_search(&id).is_err());
        match Job::new(&reduced).settle(tries) {
            Some(Found::Dead(_)) => Some(true),
            Some(Found::Order(_)) => Some(false),
            None => None,
        }
    };
    let mut minimal = true;
    let mut chunk = held.len().div_ceil(2).min(WINDOW_MAX);
    while chunk > 0 {
        minimal = true;
        let mut from = 0;
        while from < held.len() {
            let to = (from + chunk).min(held.len());
            let rest: Vec<u32> = held[..from].iter().chain(&held[to..]).copied().collect();
            match is_bad(&rest) {
                Some(true) => {
                    held = rest;
                    continue;
                }
                Some(false) => {}
                None => minimal = false,
            }
            from = to;
        }
        chunk /= 2;
    }
    (held, minimal)
}
