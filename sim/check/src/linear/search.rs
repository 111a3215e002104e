//! The search for an order of one part: depth first over configurations.
//!
//! A configuration is a return that is due, a state, and which of the open operations have taken
//! effect. Operations take effect just in time: only when one returns that has not taken effect yet
//! does the search choose a chain of open operations that ends with it. The invariant: `visited`
//! holds every configuration ever entered, exactly, so none is searched twice.

use super::cells::{Cells, UNSAID};
use super::mask::Mask;
use super::part::{NEVER, Part, Step};
use super::states::States;
use crate::fixed::hash_of;
use crate::model::Model;
use hashbrown::HashTable;

/// How a search ended.
pub(super) enum Found {
    /// In an order of steps.
    Order(Vec<u32>),
    /// Without one: no configuration got past this return, as far as the search can tell.
    Dead(u32),
}

/// Whether a search has ended.
pub(super) enum Progress {
    /// The allowance is used up; go on with another.
    Spent,
    /// It has.
    Done(Found),
}

#[derive(Clone, PartialEq, Eq)]
struct Configuration<B> {
    due: u32,
    state: u32,
    /// Open operations that will return and have taken effect.
    busy: B,
    /// Operations that never returned and have taken effect.
    used: B,
}

impl<B: Mask> Configuration<B> {
    fn key(&self) -> u64 {
        hash_of(&(u64::from(self.due) << 32 | u64::from(self.state), &self.busy))
    }
}

/// A configuration being searched, with the choices that are left at the end of `choices`.
struct Frame<B> {
    here: Configuration<B>,
    ordered: usize,
    choices: usize,
    /// Only the due operation itself has been tried.
    fresh: bool,
}

/// A step that can be next, and the state after it.
#[derive(Clone, Copy)]
struct Choice {
    step: u32,
    state: u32,
}

/// A search that can be interrupted.
pub(super) struct Search<'p, 'h, M: Model, B> {
    part: &'p Part<'h, M>,
    cells: Option<&'p Cells<'h>>,
    states: States<'p, 'h, M>,
    visited: HashTable<Configuration<B>>,
    stack: Vec<Frame<B>>,
    choices: Vec<Choice>,
    order: Vec<u32>,
    furthest: u32,
    start: Option<Configuration<B>>,
    /// What a step costs: configurations of many open operations are great.
    cost: u64,
}

impl<'p, 'h, M: Model, B: Mask> Search<'p, 'h, M, B> {
    /// A search of `part` that has not begun.
    pub(super) fn new(part: &'p Part<'h, M>, cells: Option<&'p Cells<'h>>) -> Self {
        let (busy, used) = (B::default(), B::default());
        let room = part.returns.len().min(64);
        Search {
            part,
            cells,
            states: States::new(part, cells),
            visited: HashTable::with_capacity(room),
            stack: Vec::with_capacity(room),
            choices: Vec::with_capacity(room),
            order: Vec::with_capacity(part.steps.len()),
            furthest: 0,
            start: Some(Configuration { due: 0, state: 0, busy, used }),
            cost: u64::from(part.width() / 64) * 2 + 1,
        }
    }

    /// Searches on for as long as `allowance` lasts: one for every step tried, more where states or
    /// configurations are great, so that a budget bounds memory too.
    pub(super) fn run(&mut self, allowance: &mut u64) -> Progress {
        if let Some(start) = self.start.take()
            && self.enter(start)
        {
            return Progress::Done(Found::Order(std::mem::take(&mut self.order)));
        }
        while !self.stack.is_empty() {
            if *allowance == 0 {
                return Progress::Spent;
            }
            *allowance = allowance.saturating_sub(self.cost + self.states.weighed());
            let Some((choice, mut next)) = self.choose() else { continue };
            let step = &self.part.steps[choice.step as usize];
            if step.returned == NEVER {
                next.used.set(step.bit);
            } else {
                next.busy.set(step.bit);
            }
            next.state = choice.state;
            self.order.push(choice.step);
            if self.enter(next) {
                return Progress::Done(Found::Order(std::mem::take(&mut self.order)));
            }
        }
        Progress::Done(Found::Dead(self.furthest))
    }

    /// The states, as the model prints them, in which return number `due` was due.
    pub(super) fn states_at(&self, due: u32) -> Vec<String> {
        let met = self.visited.iter().filter(|here| here.due == due);
        let mut states: Vec<u32> = met.map(|here| here.state).collect();
        states.sort_unstable();
        states.dedup();
        states.into_iter().map(|state| self.states.show(state)).collect()
    }

    /// The next choice of the topmost frame, or `None` after leaving it.
    fn choose(&mut self) -> Option<(Choice, Configuration<B>)> {
        let top = self.stack.last_mut().expect("the loop runs while there is a frame");
        self.order.truncate(top.ordered);
        let here = top.here.clone();
        if top.fresh {
            top.fresh = false;
            let due = self.part.returns[here.due as usize].step;
            let state = self.states.after(here.state, due);
            self.list_choices(&here);
            if let Some(state) = state
                && !self.loses(&here, due)
            {
                return Some((Choice { step: due, state }, here));
            }
        }
        let top = self.stack.last().expect("nothing was popped since");
        if self.choices.len() > top.choices {
            let choice = self.choices.pop().expect("there are more than before the frame");
            return Some((choice, here));
        }
        self.stack.pop();
        None
    }

    /// Goes forward from `here` to where a choice is needed, and opens a frame there unless it has
    /// been visited. True if the end was reached.
    fn enter(&mut self, mut here: Configuration<B>) -> bool {
        loop {
            let Some(due) = self.part.returns.get(here.due as usize) else { return true };
            let step = &self.part.steps[due.step as usize];
            if !here.busy.has(step.bit) {
                self.absorb(&mut here);
            }
            if !here.busy.has(step.bit) {
                break;
            }
            here.busy.clear(step.bit);
            here.due += 1;
            self.furthest = self.furthest.max(here.due);
        }
        if !self.visit(&here) || self.hopeless(&here) {
            return false;
        }
        let (ordered, choices) = (self.order.len(), self.choices.len());
        self.stack.push(Frame { here, ordered, choices, fresh: true });
        false
    }

    /// Lets every open operation that only looks, and sees the truth, take effect at once.
    fn absorb(&mut self, here: &mut Configuration<B>) {
        for &open in self.part.open_at(here.due) {
            let step = &self.part.steps[open as usize];
            if step.read_only
                && !here.busy.has(step.bit)
                && self.states.after(here.state, open) == Some(here.state)
            {
                here.busy.set(step.bit);
                self.order.push(open);
            }
        }
    }

    /// Whether some read can no longer be satisfied, as long as nothing upsets the state before.
    fn hopeless(&self, here: &Configuration<B>) -> bool {
        let part = self.part;
        let due = &part.returns[here.due as usize];
        let open = part.open_at(here.due);
        let waits = |mask: &B, step: &Step<'_, M>| !mask.has(step.bit);
        let step = |id: u32| &part.steps[id as usize];
        let upset = open.iter().any(|&id| step(id).upsets && waits(&here.busy, step(id)));
        let mut pending = part.pending[..due.pending as usize].iter();
        if upset || pending.any(|&id| step(id).upsets && waits(&here.used, step(id))) {
            return false;
        }
        let lost = |read: &Step<'_, M>| {
            read.returned <= due.upset_at && !self.states.feasible(here.state, read)
        };
        let mut reads = open.iter().map(|&id| step(id)).filter(|step| step.read_only);
        reads.any(|read| waits(&here.busy, read) && lost(read))
            || (due.next_read != NEVER && lost(step(due.next_read)))
    }

    /// Notes the configuration. False if it, or one that had used less, was noted before.
    fn visit(&mut self, here: &Configuration<B>) -> bool {
        let hash = here.key();
        let known = self.visited.iter_hash(hash).any(|seen| {
            (seen.due, seen.state) == (here.due, here.state)
                && seen.busy == here.busy
                && seen.used.within(&here.used)
        });
        if !known {
            self.visited.insert_unique(hash, here.clone(), Configuration::key);
        }
        !known
    }

    /// Puts every other possible step at the end of `choices`, the best last.
    fn list_choices(&mut self, here: &Configuration<B>) {
        let part = self.part;
        let due = &part.returns[here.due as usize];
        let open = part.open_at(here.due);
        let pending = &part.pending[..due.pending as usize];
        let first = self.choices.len();
        for place in (1..open.len() + pending.len()).rev() {
            let (id, taken) = match open.get(place) {
                Some(&id) => (id, &here.busy),
                None => (pending[place - open.len()], &here.used),
            };
            let step = &part.steps[id as usize];
            if taken.has(step.bit) {
                continue;
            }
            let Some(state) = self.states.after(here.state, id) else { continue };
            let idle = step.returned == NEVER && state == here.state;
            if !idle && !self.loses(here, id) && !self.has_twin(here, place, state) {
                self.choices.push(Choice { step: id, state });
            }
        }
        let mut best = first;
        for place in first..self.choices.len() {
            if self.states.after(self.choices[place].state, due.step).is_none() {
                self.choices.swap(best, place);
                best += 1;
            }
        }
    }

    /// Whether taking `step` now replaces a value for good that others were told and have yet to
    /// see, or is of no use.
    fn loses(&self, here: &Configuration<B>, step: u32) -> bool {
        let Some(cells) = self.cells else { return false };
        let left = cells.left[step as usize];
        if left == UNSAID {
            return false;
        }
        let steps = &self.part.steps;
        if steps[step as usize].returned == NEVER && cells.useless(left) {
            return true;
        }
        let value = self.states.value_of(here.state);
        if value == left || !cells.is_unique(value) {
            return false;
        }
        let mut open = self.part.open_at(here.due).iter().copied();
        let wanted = open.any(|other| {
            other != step
                && cells.found[other as usize] == value
                && !here.busy.has(steps[other as usize].bit)
        });
        wanted || cells.wanted_later(value, here.due)
    }

    /// Whether an operation that does the same as the one at `place`, which leads to `state`, and
    /// must return sooner has not taken effect either.
    fn has_twin(&mut self, here: &Configuration<B>, place: usize, state: u32) -> bool {
        let part = self.part;
        let open = part.open_at(here.due);
        let unused = |mask: &B, id: u32| !mask.has(part.steps[id as usize].bit);
        if let Some(&id) = open.get(place) {
            let kind = part.steps[id as usize].kind;
            let same = |id: u32| part.steps[id as usize].kind == kind;
            return open[..place].iter().any(|&other| same(other) && unused(&here.busy, other));
        }
        let place = place - open.len();
        let own = &part.steps[part.pending[place] as usize];
        let same = |id: u32| part.steps[id as usize].asked == own.asked;
        let earlier = &part.pending[..place];
        let told = |id: u32| part.steps[id as usize].answer == own.answer;
        earlier.iter().any(|&other| same(other) && told(other) && unused(&here.used, other))
            || open.iter().any(|&other| {
                same(other)
                    && unused(&here.busy, other)
                    && self.states.after(here.state, other) == Some(state)
            })
    }
}
