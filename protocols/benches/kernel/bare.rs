//! The bare event loop: a heap of the standard library, a small generator, a rolling hash, and
//! nothing else that a simulator has.
//!
//! The invariant: timers are cancelled lazily: an entry whose generation has passed is dropped
//! when it is popped.

use crate::{Side, Workload};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An entry: when, in which order, at which node, and the generation of a timer (0: a message).
type Entry = Reverse<(u64, u64, u32, u32)>;

/// The bare loop.
pub(crate) struct Bare {
    heap: BinaryHeap<Entry>,
    now: u64,
    sequence: u64,
    random: u64,
    hash: u64,
    workload: Workload,
    generations: Vec<u32>,
}

impl Bare {
    pub(crate) fn new(workload: Workload) -> Bare {
        let mut bare = Bare {
            heap: BinaryHeap::new(),
            now: 0,
            sequence: 0,
            random: 1,
            hash: 0,
            workload,
            generations: vec![0; workload.nodes as usize],
        };
        for _ in 0..(workload.nodes * workload.each).max(1) {
            let node = bare.below(workload.nodes);
            bare.send(node);
        }
        bare
    }

    /// SplitMix64.
    fn word(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.random;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u32
    }

    fn push(&mut self, after: u64, node: u32, generation: u32) {
        self.sequence += 1;
        self.heap.push(Reverse((self.now + after, self.sequence, node, generation)));
    }

    /// One to ten milliseconds on the way.
    fn send(&mut self, node: u32) {
        let after = 1_000_000 + u64::from(self.below(9_000_001));
        self.push(after, node, 0);
    }

    /// A timer of 150 to 300 milliseconds.
    fn arm(&mut self, node: u32) {
        self.generations[node as usize] += 1;
        let after = 150_000_000 + u64::from(self.below(150_000_001));
        self.push(after, node, self.generations[node as usize]);
    }
}

impl Side for Bare {
    fn deliver(&mut self, about: u64) -> u64 {
        let mut delivered = 0;
        while delivered < about {
            let Some(Reverse((at, sequence, node, generation))) = self.heap.pop() else { break };
            self.now = at;
            if generation != 0 {
                if self.generations[node as usize] == generation {
                    self.arm(node);
                }
                continue;
            }
            delivered += 1;
            self.hash = (self.hash.rotate_left(5) ^ at ^ u64::from(node) ^ sequence)
                .wrapping_mul(0x517C_C1B7_2722_0A95);
            if self.workload.timers {
                self.arm(node);
            }
            let to = match self.workload.each {
                0 => 1 - node,
                _ => self.below(self.workload.nodes),
            };
            self.send(to);
        }
        std::hint::black_box(self.hash);
        delivered
    }
}
