//! Queues: values leave in the order in which they came.
//!
//! One value is before another if its put has ended before the other's put begins, or its take
//! before the other's take. The invariant: this relation has a cycle only if two values are each
//! before the other, since both halves are orders of intervals; any order that extends it will do.

use super::{Item, Ledger, Pattern, ShelfClash, clash};
use crate::linear::part::NEVER;

/// An order of the steps.
pub(super) fn order(ledger: &Ledger) -> Result<Vec<u32>, ShelfClash> {
    // Between two misses the queue begins and ends empty. A value belongs where it is held, or
    // where it may first have been put and taken at once.
    let home = |item: &Item| {
        let at = item.put_to.min(item.take_from);
        ledger.misses.partition_point(|miss| miss.at < at)
    };
    let mut homes: Vec<(usize, u32)> =
        (0..).zip(&ledger.items).map(|(id, it)| (home(it), id)).collect();
    homes.sort_unstable();
    let mut order = Vec::with_capacity(2 * ledger.items.len() + ledger.misses.len());
    let mut rest = &homes[..];
    let mut began = 0;
    for slot in 0..=ledger.misses.len() {
        let (own, others) = rest.split_at(rest.partition_point(|home| home.0 <= slot));
        rest = others;
        let items: Vec<Item> = own.iter().map(|home| ledger.items[home.1 as usize]).collect();
        merge(&line_up(&items)?, began, &mut order);
        if let Some(miss) = ledger.misses.get(slot) {
            order.push(miss.step);
            began = miss.at;
        }
    }
    Ok(order)
}

/// The values in the order in which they come and leave.
fn line_up(items: &[Item]) -> Result<Vec<Item>, ShelfClash> {
    let sorted = |key: fn(&Item) -> u64| {
        let mut ids: Vec<u32> = (0..items.len() as u32).collect();
        ids.sort_unstable_by_key(|&id| key(&items[id as usize]));
        ids
    };
    let put = [sorted(|item| item.put_from), sorted(|item| item.put_to)];
    let take = [sorted(|item| item.take_from), sorted(|item| item.take_to)];
    let mut puts = Half { order: &put, next: 0, least: 0 };
    let mut takes = Half { order: &take, next: 0, least: 0 };
    let mut waits = vec![2_u8; items.len()];
    let mut gone = vec![false; items.len()];
    let mut ready: Vec<u32> = Vec::new();
    let mut line: Vec<Item> = Vec::with_capacity(items.len());
    while line.len() < items.len() {
        let first_put = puts.first(&gone);
        let first_take = takes.first(&gone);
        let put_to = items[first_put as usize].put_to;
        let take_to = items[first_take as usize].take_to;
        let mut free = |id: u32| {
            waits[id as usize] -= 1;
            if waits[id as usize] == 0 {
                ready.push(id);
            }
        };
        puts.release(|id| items[id as usize].put_from < put_to, &mut free);
        takes.release(|id| items[id as usize].take_from < take_to, &mut free);
        // Who ends its put first waits for the take of one whose put waits for that one.
        let Some(next) = ready.pop() else {
            let pair = [first_put, first_take].map(|id| items[id as usize]);
            let steps: Vec<u32> = pair.iter().flat_map(Item::steps).collect();
            return Err(clash(Pattern::Disorder, steps));
        };
        gone[next as usize] = true;
        line.push(items[next as usize]);
    }
    Ok(line)
}

/// The puts or the takes: by when they begin, and by when they end.
struct Half<'s> {
    order: &'s [Vec<u32>; 2],
    next: usize,
    least: usize,
}

impl Half<'_> {
    /// The value that is left whose operation ends first.
    fn first(&mut self, gone: &[bool]) -> u32 {
        while gone[self.order[1][self.least] as usize] {
            self.least += 1;
        }
        self.order[1][self.least]
    }

    /// Lets go those that begin before that.
    fn release(&mut self, begins: impl Fn(u32) -> bool, free: &mut impl FnMut(u32)) {
        while let Some(&id) = self.order[0].get(self.next).filter(|&&id| begins(id)) {
            free(id);
            self.next += 1;
        }
    }
}

/// Puts and takes as early as they can be.
fn merge(line: &[Item], began: u64, order: &mut Vec<u32>) {
    let (mut put_at, mut take_at) = (began, began);
    let mut takes = Vec::with_capacity(line.len());
    let mut puts = Vec::with_capacity(line.len());
    for item in line {
        put_at = put_at.max(item.put_from);
        take_at = take_at.max(item.take_from).max(put_at);
        puts.push((put_at, item.put));
        if item.take != NEVER {
            takes.push((take_at, item.take));
        }
    }
    let mut takes = takes.into_iter().peekable();
    for (at, put) in puts {
        while let Some((_, take)) = takes.next_if(|take| take.0 < at) {
            order.push(take);
        }
        order.push(put);
    }
    order.extend(takes.map(|take| take.1));
}
