//! The slowest and plainest checkers: every order is tried.

use squall_check::{Completion, History, Model};

/// Whether some order of the operations explains the history. Exponential: up to 8 operations.
pub(crate) fn linearizable<M: Model>(history: &History<M::Operation, M::Answer>) -> bool {
    let live: Vec<usize> = (0..history.operations.len())
        .filter(|&at| !matches!(history.operations[at].completion, Completion::Failed { .. }))
        .collect();
    extend::<M>(history, &live, &M::initial())
}

fn extend<M: Model>(
    history: &History<M::Operation, M::Answer>,
    left: &[usize],
    state: &M::State,
) -> bool {
    let operations = &history.operations;
    if left.iter().all(|&at| operations[at].completed().is_none()) {
        return true;
    }
    left.iter().any(|&next| {
        let began = operations[next].invoked;
        let late = left.iter().any(|&other| {
            other != next && operations[other].completed().is_some_and(|at| at <= began)
        });
        if late {
            return false;
        }
        let step = M::step(state, &operations[next].operation, operations[next].answer());
        let rest: Vec<usize> = left.iter().copied().filter(|&at| at != next).collect();
        step.is_some_and(|after| extend::<M>(history, &rest, &after))
    })
}
