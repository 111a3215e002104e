//! Queues and stacks of distinct values: each is put once and taken once at most, and then an order
//! is found, or shown not to exist, in O(n log n).
//!
//! An operation on a value may be moved within its interval, and the interval cut: a put takes
//! effect before its value is taken, a take after it is put. A value whose put has ended before its
//! take begins is *held* in between, whatever the order. The invariant: an order that is returned
//! has been replayed; a clash stays one if all operations on other values are left out.

mod queue;
mod stack;
mod tell;
mod tree;

pub(super) use tell::diagnose;

use super::part::{NEVER, Part};
use crate::fixed::FixedMap;
use crate::model::{Model, Shelf, Transfer};
use std::collections::VecDeque;

/// After everything else.
const END: u64 = u64::MAX;

/// A value with what was done to it. Instants are counted in half returns: `2n` is between returns
/// `n - 1` and `n`, `2n + 1` is return `n`.
#[derive(Clone, Copy, Debug)]
struct Item {
    put: u32,
    take: u32,
    /// When the put could take effect, first and last.
    put_from: u64,
    put_to: u64,
    /// When the take could; after everything if there is none.
    take_from: u64,
    take_to: u64,
}

impl Item {
    /// Whether the value is there from one instant to a later one, for certain.
    fn is_held(&self) -> bool {
        self.put_to < self.take_from
    }

    fn steps(&self) -> impl Iterator<Item = u32> + use<> {
        [self.put, self.take].into_iter().filter(|&step| step != NEVER)
    }
}

/// A take that found nothing.
#[derive(Clone, Copy, Debug)]
struct Miss {
    step: u32,
    from: u64,
    to: u64,
    /// The instant at which it is to take effect.
    at: u64,
}

/// Everything that was put and taken.
struct Ledger {
    items: Vec<Item>,
    misses: Vec<Miss>,
}

/// Steps that contradict one another.
#[derive(Clone, Debug)]
pub(super) struct ShelfClash {
    /// What they show.
    pub(super) pattern: Pattern,
    /// The steps.
    pub(super) steps: Vec<u32>,
}

/// What contradicting steps show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// A value was taken that nobody put.
    Unwritten,
    /// A value was taken before it was put.
    Early,
    /// A value was taken twice.
    Twice,
    /// Nothing was found though there was something all the time.
    Missed,
    /// Values were taken in an order that their puts forbid.
    Disorder,
}

fn clash(pattern: Pattern, steps: impl Into<Vec<u32>>) -> ShelfClash {
    ShelfClash { pattern, steps: steps.into() }
}

/// An order of the steps of `part`, or steps that contradict one another, if it is a queue or stack
/// of distinct values of which every take is known.
pub(super) fn settle<M: Model>(part: &Part<'_, M>) -> Option<Result<Vec<u32>, ShelfClash>> {
    let shelf = M::SHELF.filter(|shelf| *shelf != Shelf::Other)?;
    let found = Ledger::of(part)?.and_then(|mut ledger| {
        ledger.place_misses()?;
        match shelf {
            Shelf::Queue | Shelf::Other => queue::order(&ledger),
            Shelf::Stack => stack::order(&ledger),
        }
    });
    match &found {
        Ok(order) => replays(part, shelf, order).then_some(found),
        Err(_) => may_clash(part).then_some(found),
    }
}

/// Whether no take is open whose value nobody knows: it could undo any clash.
fn may_clash<M: Model>(part: &Part<'_, M>) -> bool {
    part.pending.iter().all(|&id| {
        let step = &part.steps[id as usize];
        M::transfer(step.operation, step.answer) != Some(Transfer::TakeAny)
    })
}

impl Ledger {
    /// What was put and taken, or steps that contradict one another at once; nothing if values come
    /// twice or a take that never returned is known to have taken something.
    fn of<M: Model>(part: &Part<'_, M>) -> Option<Result<Ledger, ShelfClash>> {
        let mut places: FixedMap<u64, (u32, u32)> = FixedMap::default();
        let mut misses = Vec::new();
        let mut twice = None;
        for (id, step) in (0..).zip(&part.steps) {
            match M::transfer(step.operation, step.answer)? {
                Transfer::Put(value) => {
                    let place = places.entry(value).or_insert((NEVER, NEVER));
                    if place.0 != NEVER {
                        return None;
                    }
                    place.0 = id;
                }
                Transfer::TakeAny => {}
                _ if step.returned == NEVER => return None,
                Transfer::Take(Some(value)) => {
                    let place = places.entry(value).or_insert((NEVER, NEVER));
                    if place.1 != NEVER {
                        twice = twice.or(Some((value, [place.1, id])));
                    }
                    place.1 = id;
                }
                Transfer::Take(None) => {
                    let (from, to) = span(part, id);
                    misses.push(Miss { step: id, from, to, at: from });
                }
            }
        }
        if let Some((value, [one, two])) = twice {
            let mut steps = vec![one, two];
            steps.extend(Some(places[&value].0).filter(|&put| put != NEVER));
            return Some(Err(clash(Pattern::Twice, steps)));
        }
        let mut items = Vec::with_capacity(places.len());
        for (id, step) in (0..).zip(&part.steps) {
            let Some(Transfer::Put(value) | Transfer::Take(Some(value))) =
                M::transfer(step.operation, step.answer)
            else {
                continue;
            };
            let (put, take) = places[&value];
            if put == NEVER {
                return Some(Err(clash(Pattern::Unwritten, [id])));
            }
            if put == id {
                match item(part, put, take) {
                    Some(Ok(item)) => items.push(item),
                    Some(Err(clash)) => return Some(Err(clash)),
                    None => {}
                }
            }
        }
        Some(Ok(Ledger { items, misses }))
    }

    /// Gives every miss an instant at which nothing is held.
    fn place_misses(&mut self) -> Result<(), ShelfClash> {
        if self.misses.is_empty() {
            return Ok(());
        }
        let mut held: Vec<Item> = self.items.iter().copied().filter(Item::is_held).collect();
        held.sort_unstable_by_key(|item| item.put_to);
        let mut spans: Vec<(u64, u64)> = Vec::new();
        for item in &held {
            match spans.last_mut() {
                Some(last) if item.put_to < last.1 => last.1 = last.1.max(item.take_from),
                _ => spans.push((item.put_to, item.take_from)),
            }
        }
        for miss in &mut self.misses {
            let span = spans.partition_point(|span| span.0 < miss.from);
            if let Some(span) = spans[..span].last() {
                miss.at = miss.at.max(span.1);
            }
            if miss.at > miss.to {
                let mut steps = vec![miss.step];
                steps.extend(cover(&held, miss.from, miss.to).iter().flat_map(Item::steps));
                return Err(clash(Pattern::Missed, steps));
            }
        }
        self.misses.sort_unstable_by_key(|miss| miss.at);
        Ok(())
    }
}

/// When a step could take effect.
fn span<M: Model>(part: &Part<'_, M>, id: u32) -> (u64, u64) {
    let step = &part.steps[id as usize];
    let to = if step.returned == NEVER { END } else { 2 * u64::from(step.returned) + 1 };
    (2 * u64::from(step.called), to)
}

/// A value that was put, and maybe taken; nothing if nobody knows whether it was put, or needs to.
fn item<M: Model>(part: &Part<'_, M>, put: u32, take: u32) -> Option<Result<Item, ShelfClash>> {
    let (put_from, put_to) = span(part, put);
    let (take_from, take_to) = match take {
        NEVER if put_to == END => return None,
        NEVER => (END - 1, END),
        take => span(part, take),
    };
    if take_to < put_from {
        return Some(Err(clash(Pattern::Early, [put, take])));
    }
    let (put_to, take_from) = (put_to.min(take_to), take_from.max(put_from));
    Some(Ok(Item { put, take, put_from, put_to, take_from, take_to }))
}

/// Few of the values, by the instants at which their puts end, of which at each instant between
/// `from` and `to` one is held.
fn cover(held: &[Item], from: u64, to: u64) -> Vec<Item> {
    let mut chosen: Vec<Item> = Vec::new();
    let (mut now, mut next) = (from, 0);
    let mut best: Option<Item> = None;
    while now <= to {
        while let Some(item) = held.get(next).filter(|item| item.put_to < now) {
            if best.is_none_or(|best| best.take_from < item.take_from) {
                best = Some(*item);
            }
            next += 1;
        }
        match best.filter(|best| best.take_from > now) {
            Some(best) => {
                chosen.push(best);
                now = best.take_from;
            }
            None => break,
        }
    }
    chosen
}

/// Whether `order` is possible: it agrees with time, and every take finds what it found.
fn replays<M: Model>(part: &Part<'_, M>, shelf: Shelf, order: &[u32]) -> bool {
    let mut held = VecDeque::new();
    let mut now = 0;
    let mut placed = 0;
    for &id in order {
        let (from, to) = span(part, id);
        now = from.max(now);
        let step = &part.steps[id as usize];
        placed += usize::from(step.returned != NEVER);
        let fits = match (M::transfer(step.operation, step.answer), shelf) {
            (Some(Transfer::Put(value)), _) => {
                held.push_back(value);
                true
            }
            (Some(Transfer::Take(value)), Shelf::Queue) => held.pop_front() == value,
            (Some(Transfer::Take(value)), _) => held.pop_back() == value,
            (Some(Transfer::TakeAny) | None, _) => false,
        };
        if !fits || now > to {
            return false;
        }
    }
    placed == part.returns.len()
}
