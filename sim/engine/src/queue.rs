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
/// The wheel is looked at anew after this many pushes.
const LOOK: u32 = 1024;
/// The fewest and the most buckets of a wheel.
const BUCKETS: std::ops::RangeInclusive<usize> = 1 << 12..=1 << 18;
const NONE: u32 = u32::MAX;

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue<W> {
    heap: BinaryHeap<Reverse<Entry<W>>>,
    wheel: Wheel<W>,
    on: bool,
    /// Since the wheel was last looked at: pushes, and the sum of how far ahead they were.
    pushes: u32,
    ahead: u64,
    /// Pushes since the wheel was last built, in looks.
    looks: u32,
}

impl<W: Copy + Ord> Queue<W> {
    pub(crate) fn new() -> Queue<W> {
        let wheel = Wheel::new();
        Queue { heap: BinaryHeap::new(), wheel, on: false, pushes: 0, ahead: 0, looks: 0 }
    }

    fn len(&self) -> usize {
        self.heap.len() + self.wheel.len
    }

    /// Schedules an entry; `now` is the instant of what left last.
    #[inline]
    pub(crate) fn push(&mut self, now: Time, entry: Entry<W>) {
        self.pushes += 1;
        self.ahead = self.ahead.saturating_add(entry.at.as_nanos() - now.as_nanos());
        if !self.on || !self.wheel.push(now, entry) {
            self.heap.push(Reverse(entry));
        }
        let crowded = !self.on && self.heap.len() > CROWD && self.pushes >= 32;
        if crowded || self.pushes >= LOOK {
            self.look(now);
        }
    }

    /// Takes the entry that is next, if it is due at or before `until`.
    #[inline]
    pub(crate) fn pop(&mut self, until: Time) -> Option<Entry<W>> {
        let heap = self.heap.peek().map(|Reverse(entry)| entry.key());
        if self.wheel.len > 0 {
            let first = self.wheel.peek();
            if heap.is_none_or(|key| first < key) {
                return (first.0 <= until).then(|| self.wheel.pop());
            }
        }
        heap.filter(|key| key.0 <= until)?;
        self.heap.pop().map(|Reverse(entry)| entry)
    }

    /// The instant of what is next.
    #[inline]
    pub(crate) fn next_at(&mut self) -> Option<Time> {
        let heap = self.heap.peek().map(|Reverse(entry)| entry.at);
        if self.wheel.len == 0 {
            return heap;
        }
        let wheel = self.wheel.peek().0;
        Some(heap.map_or(wheel, |at| at.min(wheel)))
    }

    /// Every entry, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry<W>> {
        self.heap.iter().map(|Reverse(entry)| *entry).chain(self.wheel.iter())
    }

    /// Takes the entry with this sequence number out of its turn. Costs the whole queue.
    pub(crate) fn take(&mut self, now: Time, sequence: u64) -> Option<Entry<W>> {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_by_key(Entry::key);
        let found = entries.iter().position(|entry| entry.sequence == sequence)?;
        let entry = entries.remove(found);
        *self = Queue::new();
        for rest in entries {
            self.push(now.min(rest.at), rest);
        }
        Some(entry)
    }

    /// Switches the wheel on or off, and builds it anew when its size no longer fits what is
    /// scheduled: about one entry a bucket, and a horizon of four times the mean distance.
    #[cold]
    fn look(&mut self, now: Time) {
        let ahead = self.ahead / u64::from(self.pushes.max(1));
        (self.pushes, self.ahead) = (0, 0);
        self.looks = self.looks.saturating_add(1);
        let len = self.len();
        if len <= CROWD {
            self.on &= self.wheel.len > 0;
            return;
        }
        let buckets = len.next_power_of_two().clamp(*BUCKETS.start(), *BUCKETS.end());
        let width = (ahead.saturating_mul(4) / buckets as u64).max(1);
        let shift = width.ilog2().clamp(6, 40);
        let fits = self.wheel.shift.abs_diff(shift) <= 1
            && buckets <= self.wheel.heads.len() * 2
            && buckets * 8 >= self.wheel.heads.len();
        let rested = self.looks as usize * LOOK as usize >= len * 4;
        if self.on && (fits || !rested) {
            return;
        }
        self.looks = 0;
        self.on = true;
        for entry in self.wheel.rebuild(now, buckets, shift) {
            if !self.wheel.push(now, entry) {
                self.heap.push(Reverse(entry));
            }
        }
    }
}

/// Buckets of equal width over a horizon that moves on, with a bit for each one in use.
#[derive(Debug)]
struct Wheel<W> {
    nodes: Vec<Link<W>>,
    free: u32,
    heads: Vec<u32>,
    bits: Bits,
    /// Each bucket is 2^shift nanoseconds wide.
    shift: u32,
    /// The number of the bucket that `current` holds.
    tick: u64,
    /// The entries of the bucket in hand, the next one last.
    current: Vec<Entry<W>>,
    len: usize,
}

/// An entry in a bucket and the place of the next; apart, so that no room is lost between them.
#[derive(Debug)]
struct Link<W> {
    at: Time,
    sequence: u64,
    what: W,
    next: u32,
}

impl<W: Copy> Link<W> {
    fn entry(&self) -> Entry<W> {
        Entry { at: self.at, sequence: self.sequence, what: self.what }
    }
}

impl<W: Copy + Ord> Wheel<W> {
    fn new() -> Wheel<W> {
        Wheel {
            nodes: Vec::new(),
            free: NONE,
            heads: Vec::new(),
            bits: Bits::default(),
            shift: 0,
            tick: 0,
            current: Vec::new(),
            len: 0,
        }
    }

    /// Empties the wheel and gives it another size. Returns what it held.
    fn rebuild(&mut self, now: Time, buckets: usize, shift: u32) -> Vec<Entry<W>> {
        let entries = self.iter().collect();
        *self = Wheel {
            heads: vec![NONE; buckets],
            bits: Bits::new(buckets),
            shift,
            tick: now.as_nanos() >> shift,
            ..Wheel::new()
        };
        entries
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
        if tick - self.tick >= self.heads.len() as u64 {
            return false;
        }
        let bucket = tick as usize & (self.heads.len() - 1);
        let Entry { at, sequence, what } = entry;
        let link = Link { at, sequence, what, next: self.heads[bucket] };
        self.heads[bucket] = self.place(link);
        self.bits.set(bucket);
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
        let mask = self.heads.len() - 1;
        let here = self.tick as usize & mask;
        let bucket = self.bits.next(here);
        self.tick += (bucket.wrapping_sub(here) & mask) as u64;
        self.bits.clear(bucket);
        let mut at = std::mem::replace(&mut self.heads[bucket], NONE);
        while at != NONE {
            let link = &mut self.nodes[at as usize];
            self.current.push(link.entry());
            let next = std::mem::replace(&mut link.next, self.free);
            self.free = at;
            at = next;
        }
        if self.current.len() > 1 {
            // Keys differ in their sequence number, so that there are no ties to break.
            self.current.sort_unstable_by_key(|entry| Reverse(entry.key()));
        }
    }

    fn iter(&self) -> impl Iterator<Item = Entry<W>> {
        let chains = self.heads.iter().flat_map(|head| {
            std::iter::successors(self.nodes.get(*head as usize), |link| {
                self.nodes.get(link.next as usize)
            })
        });
        self.current.iter().copied().chain(chains.map(Link::entry))
    }
}

/// A set of bucket numbers with a bit for each, and a bit for each word of those.
#[derive(Debug, Default)]
struct Bits {
    words: Vec<u64>,
    summary: Vec<u64>,
}

impl Bits {
    fn new(buckets: usize) -> Bits {
        let words = buckets / 64;
        Bits { words: vec![0; words], summary: vec![0; words.div_ceil(64)] }
    }

    #[inline]
    fn set(&mut self, bucket: usize) {
        self.words[bucket / 64] |= 1 << (bucket % 64);
        self.summary[bucket / 4096] |= 1 << (bucket / 64 % 64);
    }

    #[inline]
    fn clear(&mut self, bucket: usize) {
        self.words[bucket / 64] &= !(1 << (bucket % 64));
        if self.words[bucket / 64] == 0 {
            self.summary[bucket / 4096] &= !(1 << (bucket / 64 % 64));
        }
    }

    /// The first number in a set that is not empty after `from`, going round.
    #[inline]
    fn next(&self, from: usize) -> usize {
        let start = (from + 1) & (self.words.len() * 64 - 1);
        let (word, bit) = (start / 64, start % 64);
        let here = self.words[word] & (u64::MAX << bit);
        if here != 0 {
            return word * 64 + here.trailing_zeros() as usize;
        }
        let word = self.next_word((word + 1) & (self.words.len() - 1));
        word * 64 + self.words[word].trailing_zeros() as usize
    }

    /// The first word in use from `start` on, going round.
    fn next_word(&self, start: usize) -> usize {
        let (block, bit) = (start / 64, start % 64);
        let here = self.summary[block] & (u64::MAX << bit);
        if here != 0 {
            return block * 64 + here.trailing_zeros() as usize;
        }
        let blocks = self.summary.len();
        let others = (1..=blocks).map(|step| (block + step) % blocks);
        let block = others.into_iter().find(|block| self.summary[*block] != 0);
        let block = block.expect("the set is not empty");
        block * 64 + self.summary[block].trailing_zeros() as usize
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
                        let got = queue.pop(Time::MAX).map(|entry| (entry.at, entry.sequence));
                        prop_assert_eq!(got, reference.pop_first());
                        now = got.map_or(now, |(at, _)| at);
                    }
                }
            }
            prop_assert_eq!(queue.len(), reference.len());
            prop_assert_eq!(queue.iter().count(), reference.len());
            while let Some(want) = reference.pop_first() {
                prop_assert_eq!(queue.next_at(), Some(want.0));
                let before = Time::from_nanos(want.0.as_nanos().saturating_sub(1));
                prop_assert!(want.0 == before || queue.pop(before).is_none());
                let got = queue.pop(want.0).map(|entry| (entry.at, entry.sequence));
                prop_assert_eq!(got, Some(want));
            }
            prop_assert!(queue.pop(Time::MAX).is_none());
        }
    }
}
