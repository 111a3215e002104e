//! Histories made to measure: a service that keeps its promise, clients that overlap, operations
//! that never return, and, if asked for, one planted flaw.
//!
//! The invariant: a recipe without a flaw gives a linearizable history; a recipe is a pure function
//! of its fields.

use crate::history::{Completion, History, Operation, Process};
use crate::model::{Draws, Serve};
use std::collections::VecDeque;

/// A source of pseudo-random words (SplitMix64), the same on every machine.
#[derive(Clone, Debug)]
pub struct Words(u64);

impl Words {
    /// The words that `seed` stands for.
    #[must_use]
    pub fn new(seed: u64) -> Words {
        Words(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.next_u64() >> 32) * u64::from(bound.max(1))) >> 32) as u32
    }
}

/// Which values operations carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Every operation its own.
    Distinct,
    /// At most this many, so that they repeat.
    Few(u32),
}

/// What is wrong with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// One operation is answered from the state that was current `lag` operations before, and has
    /// no effect on the real one.
    Stale {
        /// How many operations ago.
        lag: u32,
    },
    /// One operation is answered as it should be, and then forgotten.
    Lost,
}

/// How to make a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Where all choices come from.
    pub seed: u64,
    /// How many operations are in flight at most, those that never return apart.
    pub clients: u32,
    /// How many operations there are.
    pub operations: u32,
    /// How many keys there are, for models that have keys.
    pub keys: u32,
    /// How many operations never return.
    pub pending: u32,
    /// Which values they carry.
    pub values: Values,
    /// What is wrong.
    pub flaw: Flaw,
}

impl Default for Recipe {
    fn default() -> Self {
        Recipe {
            seed: 0,
            clients: 3,
            operations: 100,
            keys: 3,
            pending: 0,
            values: Values::Distinct,
            flaw: Flaw::None,
        }
    }
}

/// What a client is doing.
enum Lane<A> {
    Idle,
    Asked { place: usize },
    Served { place: usize, answer: A },
}

struct Kitchen<M: Serve> {
    recipe: Recipe,
    words: Words,
    history: History<M::Operation, M::Answer>,
    state: M::State,
    past: VecDeque<M::State>,
    served: u32,
    /// The operation, by order of service, that meets the flaw.
    flawed: u32,
    lanes: Vec<(Lane<M::Answer>, u64)>,
    /// The number of the process on each lane; one whose operation is lost is replaced.
    names: Vec<u32>,
    /// Operations that never return and have not taken effect yet.
    limbo: Vec<usize>,
    clock: u64,
    lost: u32,
}

impl Recipe {
    /// Makes the history.
    #[must_use]
    pub fn make<M: Serve>(self) -> History<M::Operation, M::Answer> {
        let mut words = Words::new(self.seed);
        let clients = self.clients.max(1);
        let latest = self.operations.max(1);
        let flawed = latest / 2 + words.below(latest - latest / 2);
        let mut kitchen = Kitchen::<M> {
            recipe: self,
            words,
            history: History::default(),
            state: M::initial(),
            past: VecDeque::new(),
            served: 0,
            flawed,
            lanes: (0..clients).map(|_| (Lane::Idle, 0)).collect(),
            names: (1..=clients).collect(),
            limbo: Vec::new(),
            clock: 0,
            lost: 0,
        };
        kitchen.cook();
        kitchen.history
    }
}

impl<M: Serve> Kitchen<M> {
    fn cook(&mut self) {
        let all = self.recipe.operations as usize;
        loop {
            let lane = self.words.below(self.lanes.len() as u32) as usize;
            let (doing, asked) = std::mem::replace(&mut self.lanes[lane], (Lane::Idle, 0));
            self.lanes[lane] = match doing {
                Lane::Idle if self.history.operations.len() < all => {
                    (self.ask(lane, asked), asked + 1)
                }
                Lane::Idle => (Lane::Idle, asked),
                Lane::Asked { place } => (self.receive(lane, place), asked),
                Lane::Served { place, answer } => {
                    self.clock += 1;
                    let completion = Completion::Ok { at: self.clock, answer };
                    self.history.operations[place].completion = completion;
                    (Lane::Idle, asked)
                }
            };
            if !self.limbo.is_empty() && self.words.below(8) == 0 {
                let late = self.words.below(self.limbo.len() as u32) as usize;
                let place = self.limbo.swap_remove(late);
                self.serve(place);
            }
            let busy = self.lanes.iter().any(|lane| !matches!(lane.0, Lane::Idle));
            if !busy && self.history.operations.len() == all {
                return;
            }
        }
    }

    fn ask(&mut self, lane: usize, asked: u64) -> Lane<M::Answer> {
        let weights: u32 = M::KINDS.iter().map(|kind| kind.weight).sum();
        let mut pick = self.words.below(weights);
        let mut kind = 0;
        while pick >= M::KINDS[kind].weight {
            pick -= M::KINDS[kind].weight;
            kind += 1;
        }
        let name = self.names[lane];
        let (client, index) = match self.recipe.values {
            Values::Distinct => (name, asked),
            Values::Few(few) => (1, u64::from(self.words.below(few))),
        };
        let words = &mut self.words;
        let mut word = || (words.next_u64() >> 32) as u32;
        let mut draws = Draws { word: &mut word, client, index, keys: self.recipe.keys };
        let operation = M::generate(kind, &mut draws);
        self.clock += 1;
        self.history.operations.push(Operation {
            process: Process::of_client(name),
            invoked: self.clock,
            operation,
            completion: Completion::Unknown,
        });
        Lane::Asked { place: self.history.operations.len() - 1 }
    }

    /// The service receives an operation, or it is lost on the way.
    fn receive(&mut self, lane: usize, place: usize) -> Lane<M::Answer> {
        let left = (self.recipe.operations as usize - place) as u32;
        let missing = self.recipe.pending.saturating_sub(self.lost);
        if self.words.below(left.max(1)) < missing {
            self.lost += 1;
            self.names[lane] = self.lanes.len() as u32 + self.lost;
            self.limbo.push(place);
            return Lane::Idle;
        }
        Lane::Served { place, answer: self.serve(place) }
    }

    fn serve(&mut self, place: usize) -> M::Answer {
        let operation = &self.history.operations[place].operation;
        let flawed = self.served == self.flawed;
        self.served += 1;
        let lag = match self.recipe.flaw {
            Flaw::Stale { lag } => lag as usize,
            Flaw::Lost if flawed => return M::serve(&mut self.state.clone(), operation),
            Flaw::None | Flaw::Lost => return M::serve(&mut self.state, operation),
        };
        if flawed {
            let mut old = self.past.front().unwrap_or(&self.state).clone();
            return M::serve(&mut old, operation);
        }
        if self.served + lag as u32 > self.flawed && self.served <= self.flawed {
            self.past.push_back(self.state.clone());
        }
        M::serve(&mut self.state, operation)
    }
}
