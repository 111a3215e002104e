//! The queue of what is scheduled: a heap while nearly empty, a bucket wheel besides when full.
//!
//! The invariant: entries leave in exact order of (instant, sequence number), whichever structure
//! holds them. New entries go to the wheel if it is on and they fall within its horizon, else to
//! the heap; what leaves next is the earlier of the two heads.

use crate::ids::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something scheduled: `what` at `at`, after everything scheduled before it for that instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry<W> {
    pub(crate) at: Time,
    pub(crate) sequence: u64,
    pub(crate) what: W,
}

impl<W> Entry<W> {
    fn key(&self) -> (Time, u64) {
        (self.at, self.sequence)
    }
}

/// The heap alone is faster below this many entries.
const CROWD: usize = 48;
const BUCKETS: usize = 4096;
const NONE: u32 = u32::MAX;

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue<W> {
    heap: BinaryHeap<Reverse<Entry<W>>>,
    wheel: Wheel<W>,
    on: bool,
    /// Since the wheel was last tuned: pushes, those of them that missed it, and the distances.
    pushes: u32,
    misses: u32,
    ahead: u64,
}

impl<W: Copy + Ord> Queue<W> {
    pub(crate) fn new() -> Queue<W> {
        let wheel = Wheel::new();
        Queue { heap: BinaryHeap::new(), wheel, on: false, pushes: 0, misses: 0, ahead: 0 }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.heap.len() + self.wheel.len
    }

    /// Schedules an entry; `now` is the instant of what left last.
    #[inline]
    pub(crate) fn push(&mut self, now: Time, entry: Entry<W>) {
        self.pushes += 1;
        self.ahead = self.ahead.saturating_add(entry.at.as_nanos() - now.as_nanos());
        if self.on && self.wheel.push(now, entry) {
            return;
        }
        self.misses += 1;
        self.heap.push(Reverse(entry));
        if self.pushes >= 1024 {
            self.tune(now);
        } else if !self.on && self.heap.len() > CROWD && self.pushes >= 32 {
            self.tune(now);
        }
    }

    /// Takes the entry that is next.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Entry<W>> {
        if self.wheel.len == 0 {
            return self.heap.pop().map(|Reverse(entry)| entry);
        }
        let first = self.wheel.peek();
        match self.heap.peek() {
            Some(Reverse(entry)) if entry.key() < first => {
                self.heap.pop().map(|Reverse(entry)| entry)
            }
            _ => Some(self.wheel.pop()),
        }
    }

    /// The instant of what is next.
    pub(crate) fn next_at(&mut self) -> Option<Time> {
        let heap = self.heap.peek().map(|Reverse(entry)| entry.at);
        if self.wheel.len == 0 {
            return heap;
        }
        let wheel = self.wheel.peek().0;
        Some(heap.map_or(wheel, |at| at.min(wheel)))
    }

    /// Every entry, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<W>> {
        self.heap.iter().map(|Reverse(entry)| entry).chain(self.wheel.iter())
    }

    /// Takes the entry with this sequence number out of its turn. Costs the whole queue.
    pub(crate) fn take(&mut self, now: Time, sequence: u64) -> Option<Entry<W>> {
        let mut entries: Vec<_> = self.iter().copied().collect();
        entries.sort_by_key(Entry::key);
        let found = entries.iter().position(|entry| entry.sequence == sequence)?;
        let entry = entries.remove(found);
        *self = Queue::new();
        for rest in entries {
            self.push(now.min(rest.at), rest);
        }
        Some(entry)
    }

    /// Switches the wheel on or off and sizes it by how far ahead entries are scheduled.
    #[cold]
    fn tune(&mut self, now: Time) {
        let missed = u64::from(self.misses) * 2 > u64::from(self.pushes);
        if self.wheel.len == 0 {
            self.on = self.heap.len() > CROWD;
            if self.on && missed {
                self.wheel.resize(now, self.ahead / u64::from(self.pushes.max(1)));
            }
        }
        (self.pushes, self.misses, self.ahead) = (0, 0, 0);
    }
}

/// Buckets of equal width over a horizon that moves on, with a bit for each one in use.
#[derive(Debug)]
struct Wheel<W> {
    nodes: Vec<Link<W>>,
    free: u32,
    heads: Vec<u32>,
    bits: [u64; BUCKETS / 64],
    summary: u64,
    /// Each bucket is 2^shift nanoseconds wide.
    shift: u32,
    /// The number of the bucket that `current` holds.
    tick: u64,
    /// The entries of the bucket in hand, the next one last.
    current: Vec<Entry<W>>,
    len: usize,
}

#[derive(Debug)]
struct Link<W> {
    entry: Entry<W>,
    next: u32,
}

impl<W: Copy + Ord> Wheel<W> {
    fn new() -> Wheel<W> {
        Wheel {
            nodes: Vec::new(),
            free: NONE,
            heads: Vec::new(),
            bits: [0; BUCKETS / 64],
            summary: 0,
            shift: 12,
            tick: 0,
            current: Vec::new(),
            len: 0,
        }
    }

    /// Sets the width of an empty wheel so that `ahead` is a quarter of its horizon.
    fn resize(&mut self, now: Time, ahead: u64) {
        let width = (ahead * 4 / BUCKETS as u64).max(1);
        self.shift = (64 - width.leading_zeros()).clamp(6, 40);
        self.tick = now.as_nanos() >> self.shift;
        if self.heads.is_empty() {
            self.heads = vec![NONE; BUCKETS];
        }
    }

    #[inline]
    fn push(&mut self, now: Time, entry: Entry<W>) -> bool {
        if self.len == 0 {
            self.tick = now.as_nanos() >> self.shift;
        }
        let tick = entry.at.as_nanos() >> self.shift;
        if tick <= self.tick {
            let key = entry.key();
            let at = self.current.partition_point(|other| other.key() > key);
            self.current.insert(at, entry);
            self.len += 1;
            return true;
        }
        if tick - self.tick >= BUCKETS as u64 {
            return false;
        }
        let bucket = tick as usize % BUCKETS;
        let link = Link { entry, next: self.heads[bucket] };
        self.heads[bucket] = self.place(link);
        self.bits[bucket / 64] |= 1 << (bucket % 64);
        self.summary |= 1 << (bucket / 64);
        self.len += 1;
        true
    }

    #[inline]
    fn place(&mut self, link: Link<W>) -> u32 {
        if self.free == NONE {
            self.nodes.push(link);
            return self.nodes.len() as u32 - 1;
        }
        let at = self.free;
        self.free = self.nodes[at as usize].next;
        self.nodes[at as usize] = link;
        at
    }

    /// The key of the first entry of a wheel that is not empty.
    #[inline]
    fn peek(&mut self) -> (Time, u64) {
        if self.current.is_empty() {
            self.advance();
        }
        self.current.last().expect("the wheel holds an entry").key()
    }

    #[inline]
    fn pop(&mut self) -> Entry<W> {
        if self.current.is_empty() {
            self.advance();
        }
        self.len -= 1;
        self.current.pop().expect("the wheel holds an entry")
    }

    /// Takes the next bucket in use in hand.
    fn advance(&mut self) {
        let bucket = self.next_bucket(self.tick as usize % BUCKETS);
        let distance = (bucket + BUCKETS - self.tick as usize % BUCKETS) % BUCKETS;
        self.tick += distance as u64;
        self.bits[bucket / 64] &= !(1 << (bucket % 64));
        if self.bits[bucket / 64] == 0 {
            self.summary &= !(1 << (bucket / 64));
        }
        let mut at = std::mem::replace(&mut self.heads[bucket], NONE);
        while at != NONE {
            let link = &mut self.nodes[at as usize];
            self.current.push(link.entry);
            let next = std::mem::replace(&mut link.next, self.free);
            self.free = at;
            at = next;
        }
        // Keys differ in their sequence number, so that there are no ties to break.
        self.current.sort_unstable_by_key(|entry| Reverse(entry.key()));
    }

    /// The first bucket in use after `from`, going round.
    fn next_bucket(&self, from: usize) -> usize {
        let start = (from + 1) % BUCKETS;
        let (word, bit) = (start / 64, start % 64);
        let here = self.bits[word] & (u64::MAX << bit);
        if here != 0 {
            return word * 64 + here.trailing_zeros() as usize;
        }
        let after = if word == 63 { 0 } else { self.summary & (u64::MAX << (word + 1)) };
        let summary = if after != 0 { after } else { self.summary };
        let word = summary.trailing_zeros() as usize;
        word * 64 + self.bits[word].trailing_zeros() as usize
    }

    fn iter(&self) -> impl Iterator<Item = &Entry<W>> {
        let chains = self.heads.iter().flat_map(|head| {
            std::iter::successors(self.nodes.get(*head as usize), |link| {
                self.nodes.get(link.next as usize)
            })
        });
        self.current.iter().chain(chains.map(|link| &link.entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::proptest_config(64))]
        /// Law 5 at its root: entries leave by instant, and at one instant as they were scheduled.
        #[test]
        fn entries_leave_in_order_of_instant_and_sequence(
            spreads in proptest::collection::vec(1u64..40, 1..30),
            word in any::<u64>(),
        ) {
            let mut queue = Queue::new();
            let mut reference = std::collections::BTreeSet::new();
            let (mut now, mut sequence, mut word) = (Time::ZERO, 0, word);
            for spread in spreads {
                for step in 0..200u64 {
                    word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                    let at = Time::from_nanos(now.as_nanos() + (word >> 8) % (1 << spread));
                    queue.push(now, Entry { at, sequence, what: step });
                    reference.insert((at, sequence));
                    sequence += 1;
                    if word.is_multiple_of(3) || step > 150 {
                        let got = queue.pop().map(|entry| (entry.at, entry.sequence));
                        prop_assert_eq!(got, reference.pop_first());
                        now = got.map_or(now, |(at, _)| at);
                    }
                }
            }
            prop_assert_eq!(queue.len(), reference.len());
            prop_assert_eq!(queue.iter().count(), reference.len());
            while let Some(want) = reference.pop_first() {
                prop_assert_eq!(queue.next_at(), Some(want.0));
                let got = queue.pop().map(|entry| (entry.at, entry.sequence));
                prop_assert_eq!(got, Some(want));
            }
            prop_assert!(queue.pop().is_none());
        }
    }
}
