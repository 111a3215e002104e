//! Stacks: the intervals during which values are in are nested or apart.
//!
//! A value that is not held for certain can be put and taken at one instant, which disturbs nobody.
//! Of the others, those that are held without a gap have one that comes before and leaves after all
//! of them. The invariant: any that can be that one will do, so nothing is ever undone.

use super::tree::{Layers, Least};
use super::{Item, Ledger, Pattern, ShelfClash, clash, cover};
use crate::linear::part::NEVER;
use std::collections::BTreeSet;

/// A step with the first instant at which it can take effect.
type Placed = (u64, u32);

/// An order of the steps.
pub(super) fn order(ledger: &Ledger) -> Result<Vec<u32>, ShelfClash> {
    let (mut held, mut brief): (Vec<Item>, Vec<Item>) =
        ledger.items.iter().partition(|item| item.is_held());
    held.sort_unstable_by_key(|item| item.put_to);
    let mut nested = Nesting::new(&held).unfold(ledger)?;
    let mut now = 0;
    for (at, _) in &mut nested {
        now = now.max(*at);
        *at = now;
    }
    brief.sort_unstable_by_key(|item| item.take_from);
    let mut order = Vec::with_capacity(nested.len() + 2 * brief.len());
    let mut brief = brief.into_iter().peekable();
    for (at, step) in nested {
        while let Some(item) = brief.next_if(|item| item.take_from < at) {
            order.extend(item.steps());
        }
        order.push(step);
    }
    order.extend(brief.flat_map(|item| item.steps()));
    Ok(order)
}

/// A stretch of time, from one bound to another, at each instant of which something is held.
#[derive(Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
}

enum Task {
    Open(Stretch),
    Close(u32),
}

struct Nesting<'h> {
    /// The values by the instants at which their puts end.
    held: &'h [Item],
    /// All instants at which one begins or ends to be held.
    bounds: Vec<u64>,
    /// How many values are held between one bound and the next.
    layers: Layers,
    /// Of values not known to come before all others of their stretch, when they may be put.
    early: Least,
    /// Of values not known to leave after all others of their stretch, when they may be taken at
    /// last, the later the less.
    late: Least,
    /// How many of the two are known, and 3 for values that have been placed.
    marks: Vec<u8>,
    /// Values that can enclose their stretch.
    ready: BTreeSet<u32>,
}

impl<'h> Nesting<'h> {
    fn new(held: &'h [Item]) -> Self {
        let mut bounds: Vec<u64> =
            held.iter().flat_map(|item| [item.put_to, item.take_from]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        Nesting {
            held,
            layers: Layers::new(&counts(held, &bounds)),
            bounds,
            early: Least::new(held.iter().map(|item| item.put_from)),
            late: Least::new(held.iter().map(|item| u64::MAX - item.take_to)),
            marks: vec![0; held.len()],
            ready: BTreeSet::new(),
        }
    }

    fn bound(&self, at: u64) -> usize {
        self.bounds.partition_point(|&bound| bound < at)
    }

    /// The steps in an order, with the instants from which they and the misses can take effect.
    fn unfold(mut self, ledger: &Ledger) -> Result<Vec<Placed>, ShelfClash> {
        let mut placed = Vec::with_capacity(2 * self.held.len());
        let mut misses = ledger.misses.iter().peekable();
        let whole = Stretch { from: 0, to: self.bounds.len().saturating_sub(1) };
        for stretch in self.split(whole, whole) {
            let begins = self.bounds[stretch.from];
            while let Some(miss) = misses.next_if(|miss| miss.at < begins) {
                placed.push((miss.at, miss.step));
            }
            self.nest(stretch, &mut placed)?;
        }
        placed.extend(misses.map(|miss| (miss.at, miss.step)));
        Ok(placed)
    }

    fn nest(&mut self, stretch: Stretch, placed: &mut Vec<Placed>) -> Result<(), ShelfClash> {
        let mut tasks = vec![Task::Open(stretch)];
        while let Some(task) = tasks.pop() {
            let stretch = match task {
                Task::Open(stretch) => stretch,
                Task::Close(id) => {
                    let item = &self.held[id as usize];
                    if item.take != NEVER {
                        placed.push((item.take_from, item.take));
                    }
                    continue;
                }
            };
            let id = self.outermost(stretch)?;
            let item = &self.held[id as usize];
            placed.push((item.put_from, item.put));
            tasks.push(Task::Close(id));
            let own = Stretch { from: self.bound(item.put_to), to: self.bound(item.take_from) };
            self.layers.lower(own.from, own.to);
            let parts = self.split(stretch, own);
            tasks.extend(parts.into_iter().rev().map(Task::Open));
        }
        Ok(())
    }

    /// A value that can be put before and taken after all others of a stretch.
    fn outermost(&mut self, stretch: Stretch) -> Result<u32, ShelfClash> {
        let (from, to) = (self.bounds[stretch.from], self.bounds[stretch.to]);
        let first = self.held.partition_point(|item| item.put_to < from);
        let last = self.held.partition_point(|item| item.put_to < to);
        for (tree, bound) in [(&mut self.early, from), (&mut self.late, u64::MAX - to)] {
            while let Some(id) = tree.take_below(first, last, bound) {
                self.marks[id as usize] += 1;
                if self.marks[id as usize] == 2 {
                    self.ready.insert(id);
                }
            }
        }
        match self.ready.range(first as u32..last as u32).next().copied() {
            Some(id) => {
                self.ready.remove(&id);
                self.marks[id as usize] = 3;
                Ok(id)
            }
            None => Err(self.tangled(first, last, to)),
        }
    }

    /// Values that are held one after another, without a gap, from the first put that ends to the
    /// last take that begins: none of them can be put before that and taken after this.
    fn tangled(&self, first: usize, last: usize, to: u64) -> ShelfClash {
        let inner: Vec<Item> =
            (first..last).filter(|&id| self.marks[id] < 3).map(|id| self.held[id]).collect();
        let mut chain = vec![inner[0]];
        chain.extend(cover(&inner, inner[0].take_from, to - 1));
        let steps: Vec<u32> = chain.iter().flat_map(Item::steps).collect();
        clash(Pattern::Disorder, steps)
    }

    /// The stretches left of `stretch` when what was held during `own` is so no more.
    fn split(&mut self, stretch: Stretch, own: Stretch) -> Vec<Stretch> {
        let mut parts = Vec::new();
        let mut from = stretch.from;
        while let Some(gap) = self.layers.take_empty(own.from, own.to) {
            if gap > from {
                parts.push(Stretch { from, to: gap });
            }
            from = gap + 1;
        }
        if from < stretch.to {
            parts.push(Stretch { from, to: stretch.to });
        }
        parts
    }
}

/// How many values are held between one bound and the next.
fn counts(held: &[Item], bounds: &[u64]) -> Vec<u32> {
    let bound = |at: u64| bounds.partition_point(|&bound| bound < at);
    let mut changes = vec![0_i64; bounds.len()];
    for item in held {
        changes[bound(item.put_to)] += 1;
        changes[bound(item.take_from)] -= 1;
    }
    let running = changes.iter().scan(0, |sum, change| {
        *sum += change;
        Some(*sum as u32)
    });
    running.take(bounds.len().saturating_sub(1)).collect()
}
