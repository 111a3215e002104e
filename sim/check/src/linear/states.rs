//! The states that a search has met, numbered, with the steps between them remembered.
//!
//! The invariant: a remembered step is what the model said, once for all.

use super::cells::{Cells, UNSAID};
use super::part::{Part, Step};
use crate::fixed::{Interner, hash_of};
use crate::model::Model;
use hashbrown::HashTable;

/// What stands for the state after a step that the model refuses.
const REFUSED: u32 = u32::MAX;

/// What stands for the state after a step that the model was not asked about.
const UNASKED: u32 = u32::MAX - 1;

/// How many entries a memo has that need no hash.
const DENSE_MAX: u32 = 1 << 12;

/// Which state follows a state and a kind of step: the first states in a plain table.
struct Memo {
    kinds: u32,
    dense: Vec<u32>,
    sparse: HashTable<(u64, u32)>,
}

impl Memo {
    fn new(kinds: u32) -> Self {
        Memo { kinds, dense: Vec::new(), sparse: HashTable::new() }
    }

    /// The place of an entry in the plain table.
    fn place(&self, state: u32, kind: u32) -> Option<usize> {
        let place = state.checked_mul(self.kinds)?.checked_add(kind)?;
        (place < DENSE_MAX).then_some(place as usize)
    }

    fn get(&self, state: u32, kind: u32) -> Option<u32> {
        if let Some(place) = self.place(state, kind) {
            return self.dense.get(place).copied().filter(|&next| next != UNASKED);
        }
        let key = u64::from(state) << 32 | u64::from(kind);
        self.sparse.find(hash_of(&key), |entry| entry.0 == key).map(|entry| entry.1)
    }

    fn put(&mut self, state: u32, kind: u32, next: u32) {
        if let Some(place) = self.place(state, kind) {
            if self.dense.len() <= place {
                let room = (place + 1).next_multiple_of(self.kinds as usize);
                self.dense.resize(room, UNASKED);
            }
            self.dense[place] = next;
            return;
        }
        let key = u64::from(state) << 32 | u64::from(kind);
        self.sparse.insert_unique(hash_of(&key), (key, next), |entry| hash_of(&entry.0));
    }
}

/// The states of one search.
pub(super) struct States<'p, 'h, M: Model> {
    part: &'p Part<'h, M>,
    cells: Option<&'p Cells<'h>>,
    met: Interner<M::State>,
    memo: Memo,
    /// The value that each state holds, if there are cells.
    values: Vec<u32>,
    /// The weight of states met since somebody asked.
    weight: u64,
}

impl<'p, 'h, M: Model> States<'p, 'h, M> {
    /// The initial state alone, as number 0, with the values of `cells` if the part has any.
    pub(super) fn new(part: &'p Part<'h, M>, cells: Option<&'p Cells<'h>>) -> Self {
        let room = part.steps.len().min(64);
        let mut met = Interner::with_room(room);
        met.intern(M::initial());
        let values = cells.iter().map(|cells| cells.initial).collect();
        States { part, cells, met, memo: Memo::new(part.kinds), values, weight: 0 }
    }

    /// The state after `step` in `state`, or `None` if its answer is impossible there.
    pub(super) fn after(&mut self, state: u32, step: u32) -> Option<u32> {
        let id = step;
        let step = &self.part.steps[id as usize];
        let kind = step.kind;
        if let Some(next) = self.memo.get(state, kind) {
            return (next != REFUSED).then_some(next);
        }
        let now = self.met.get(state);
        let next = match step.answer {
            Some(answer) if step.read_only => {
                M::allows(now, step.operation, answer).then_some(state)
            }
            _ => M::step(now, step.operation, step.answer).map(|next| self.meet(state, next, id)),
        };
        let next = next.unwrap_or(REFUSED);
        self.memo.put(state, kind, next);
        (next != REFUSED).then_some(next)
    }

    /// The number of `next`, to which `step` leads from `state`.
    fn meet(&mut self, state: u32, next: M::State, step: u32) -> u32 {
        let known = self.met.len();
        let weight = M::weight(&next);
        let next = self.met.intern(next);
        if next as usize == known {
            self.weight += weight;
        }
        if let Some(cells) = self.cells
            && next as usize == self.values.len()
        {
            let value = match cells.left[step as usize] {
                UNSAID => self.values[state as usize],
                left => left,
            };
            self.values.push(value);
        }
        next
    }

    /// The weight of the states met since this was last asked.
    pub(super) fn weighed(&mut self) -> u64 {
        std::mem::take(&mut self.weight)
    }

    /// The state as the model prints it.
    pub(super) fn show(&self, state: u32) -> String {
        format!("{:?}", self.met.get(state))
    }

    /// The value that `state` holds, if that is known.
    pub(super) fn value_of(&self, state: u32) -> u32 {
        self.values.get(state as usize).copied().unwrap_or(UNSAID)
    }

    /// Whether `state` may still come to satisfy `read`.
    pub(super) fn feasible(&self, state: u32, read: &Step<'_, M>) -> bool {
        match read.answer {
            Some(answer) => M::feasible(self.met.get(state), read.operation, answer),
            None => true,
        }
    }
}
