//! The states that a search has met, numbered, with the steps between them remembered.
//!
//! The invariant: a remembered step is what the model said, once for all.

use super::part::Step;
use crate::fixed::{Interner, hash_of};
use crate::model::Model;
use hashbrown::HashTable;

/// What stands for the state after a step that the model refuses.
const REFUSED: u32 = u32::MAX;

/// The states of one search.
pub(super) struct States<M: Model> {
    met: Interner<M::State>,
    memo: HashTable<(u64, u32)>,
}

impl<M: Model> States<M> {
    /// The initial state alone, as number 0.
    pub(super) fn new() -> Self {
        let mut met = Interner::default();
        met.intern(M::initial());
        States { met, memo: HashTable::new() }
    }

    /// The state after `step` in `state`, or `None` if its answer is impossible there.
    pub(super) fn after(&mut self, state: u32, step: &Step<'_, M>) -> Option<u32> {
        let key = u64::from(state) << 32 | u64::from(step.kind);
        let hash = hash_of(&key);
        if let Some(&(_, next)) = self.memo.find(hash, |entry| entry.0 == key) {
            return (next != REFUSED).then_some(next);
        }
        let next = match M::step(self.met.get(state), step.operation, step.answer) {
            Some(next) => self.met.intern(next),
            None => REFUSED,
        };
        self.memo.insert_unique(hash, (key, next), |entry| hash_of(&entry.0));
        (next != REFUSED).then_some(next)
    }

    /// Whether `state` may still come to satisfy `read`.
    pub(super) fn feasible(&self, state: u32, read: &Step<'_, M>) -> bool {
        match read.answer {
            Some(answer) => M::feasible(self.met.get(state), read.operation, answer),
            None => true,
        }
    }
}
