//! Sequential consistency: is there one order that agrees with each process, though not with time?
//!
//! The invariant: exact. Parts are not judged apart, since an order for each does not make one for
//! all.

use crate::fixed::{FixedMap, Interner};
use crate::history::{Completion, History};
use crate::model::Model;
use crate::verdict::{Budget, Evidence, OperationIndex, Order, PartOrder, Verdict};
use hashbrown::HashTable;

/// A chain of operations of which each comes after the one before.
struct Line {
    steps: Vec<u32>,
    /// Another line and how far that must have come before this one begins.
    after: Option<(usize, u32)>,
    /// The operation may be left out.
    optional: bool,
}

struct Configuration {
    /// How far each line has come.
    at: Box<[u32]>,
    state: u32,
}

struct Frame {
    here: Configuration,
    next: usize,
    ordered: usize,
}

struct Search<'h, M: Model> {
    history: &'h History<M::Operation, M::Answer>,
    lines: Vec<Line>,
    states: Interner<M::State>,
    visited: Interner<(u32, Box<[u32]>)>,
    memo: HashTable<(u64, Option<u32>)>,
    order: Vec<u32>,
    /// The most operations that were ever ordered, and which could not follow.
    furthest: (usize, u32),
}

/// Judges whether `history` is sequentially consistent. An operation that nobody knows about may
/// take effect at any time after what its process did before, or never.
#[must_use]
pub fn sequential<M: Model>(history: &History<M::Operation, M::Answer>, budget: Budget) -> Verdict {
    let mut search = Search::<M> {
        history,
        lines: lines(history),
        states: Interner::default(),
        visited: Interner::default(),
        memo: HashTable::new(),
        order: Vec::new(),
        furthest: (0, 0),
    };
    search.run(budget)
}

fn lines<O, A>(history: &History<O, A>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut of_process = FixedMap::default();
    for (step, operation) in (0..).zip(&history.operations) {
        let own = *of_process.entry(operation.process).or_insert_with(|| {
            lines.push(Line { steps: Vec::new(), after: None, optional: false });
            lines.len() - 1
        });
        match operation.completion {
            Completion::Ok { .. } => lines[own].steps.push(step),
            Completion::Failed { .. } => {}
            Completion::Unknown => {
                let after = Some((own, lines[own].steps.len() as u32));
                lines.push(Line { steps: vec![step], after, optional: true });
            }
        }
    }
    lines
}

impl<M: Model> Search<'_, M> {
    fn run(&mut self, budget: Budget) -> Verdict {
        let state = self.states.intern(M::initial());
        let mut start = Configuration { at: vec![0; self.lines.len()].into(), state };
        self.look(&mut start);
        if self.is_done(&start) {
            return self.done();
        }
        self.visited.intern((start.state, start.at.clone()));
        let mut stack = vec![Frame { here: start, next: 0, ordered: self.order.len() }];
        let mut left = budget.0;
        while let Some(top) = stack.last_mut() {
            if left == 0 {
                return Verdict::Undecided;
            }
            left -= 1;
            self.order.truncate(top.ordered);
            let line = top.next;
            if line == self.lines.len() {
                stack.pop();
                continue;
            }
            top.next += 1;
            let at = top.here.at.clone();
            let here = Configuration { at, state: top.here.state };
            let Some(mut next) = self.advance(here, line) else { continue };
            self.look(&mut next);
            if self.is_done(&next) {
                return self.done();
            }
            let known = self.visited.len() as u32;
            if self.visited.intern((next.state, next.at.clone())) == known {
                stack.push(Frame { here: next, next: 0, ordered: self.order.len() });
            }
        }
        Verdict::Violated(self.evidence())
    }

    fn is_done(&self, here: &Configuration) -> bool {
        let mut lines = self.lines.iter().zip(&here.at);
        lines.all(|(line, &at)| line.optional || at as usize == line.steps.len())
    }

    /// The next operation of a line takes effect, if it can.
    fn advance(&mut self, mut here: Configuration, line: usize) -> Option<Configuration> {
        let Line { steps, after, .. } = &self.lines[line];
        let step = *steps.get(here.at[line] as usize)?;
        if after.is_some_and(|(other, least)| here.at[other] < least) {
            return None;
        }
        let Some(state) = self.after(here.state, step) else {
            if self.order.len() >= self.furthest.0 {
                self.furthest = (self.order.len(), step);
            }
            return None;
        };
        if self.lines[line].optional && state == here.state {
            return None;
        }
        here.at[line] += 1;
        here.state = state;
        self.order.push(step);
        Some(here)
    }

    fn after(&mut self, state: u32, step: u32) -> Option<u32> {
        let key = u64::from(state) << 32 | u64::from(step);
        let hash = crate::fixed::hash_of(&key);
        if let Some(entry) = self.memo.find(hash, |entry| entry.0 == key) {
            return entry.1;
        }
        let operation = &self.history.operations[step as usize];
        let next = M::step(self.states.get(state), &operation.operation, operation.answer());
        let next = next.map(|next| self.states.intern(next));
        self.memo.insert_unique(hash, (key, next), |entry| crate::fixed::hash_of(&entry.0));
        next
    }

    /// Operations that only look, and see the truth, take effect at once.
    fn look(&mut self, here: &mut Configuration) {
        let mut moved = true;
        while moved {
            moved = false;
            for line in 0..self.lines.len() {
                while let Some(&step) = self.lines[line].steps.get(here.at[line] as usize) {
                    let operation = &self.history.operations[step as usize];
                    let looks = operation
                        .answer()
                        .is_some_and(|answer| M::read_only(&operation.operation, answer));
                    if !looks || self.after(here.state, step) != Some(here.state) {
                        break;
                    }
                    here.at[line] += 1;
                    self.order.push(step);
                    moved = true;
                }
            }
        }
    }

    fn done(&mut self) -> Verdict {
        let operations = std::mem::take(&mut self.order).into_iter().map(OperationIndex).collect();
        Verdict::Ok(Order { parts: vec![PartOrder { part: None, operations }] })
    }

    fn evidence(&self) -> Evidence {
        let step = self.furthest.1;
        let operation = &self.history.operations[step as usize];
        let answer = operation.answer().map_or(String::new(), |answer| format!(" = {answer}"));
        let sentence = format!(
            "no order that agrees with every process explains all answers; the search came \
             furthest before {}'s `{}`{answer} at #{}.",
            operation.process, operation.operation, operation.invoked
        );
        Evidence {
            reason: "no-order",
            part: None,
            window: vec![OperationIndex(step)],
            unexplained: OperationIndex(step),
            contradicted_by: None,
            links: Vec::new(),
            sentence,
        }
    }
}
