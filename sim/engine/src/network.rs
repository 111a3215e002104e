//! The links between participants: what becomes of a message is decided here, once, when it is
//! sent.
//!
//! The invariant: a message's fate is a function of the links as they are at that instant and of
//! the four words it owns; every message uses up its words, whatever is switched on.

use crate::ids::NodeId;
use crate::latency::LatencyTable;
use crate::scenario::roster::Roster;
use crate::scenario::tables;
use crate::units::{Ratio, SpanRange};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// After how many nanoseconds it arrives, or why it does not.
    pub arrival: Result<u64, Loss>,
    /// After how many nanoseconds a second copy of it arrives.
    pub copy: Option<u64>,
}

/// Why a message does not arrive.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The network lost it.
    Dropped,
    /// A partition is between sender and addressee.
    Cut,
    /// The addressee was down when it arrived.
    Down,
    /// The addressee was busy and its inbox full.
    Full,
    /// There is no such addressee.
    Nobody,
}

impl Loss {
    /// The reason in words, to follow "lost".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Loss::Dropped => "lost",
            Loss::Cut => "lost: cut off",
            Loss::Down => "lost: addressee is down",
            Loss::Full => "lost: inbox is full",
            Loss::Nobody => "lost: no such addressee",
        }
    }
}

/// A message on its way, as the network sees it.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// The sender.
    pub from: NodeId,
    /// The addressee.
    pub to: NodeId,
}

/// All links: what `[network]` says of each, and the cuts in force.
#[derive(Clone, Debug)]
pub struct Network {
    latency: LatencyTable,
    loss: Ratio,
    duplication: Ratio,
    held: Ratio,
    held_by: SpanRange,
    cuts: Vec<(u32, Cut)>,
    nodes: usize,
}

/// A cut in force: who may not reach whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// For each participant (nodes, then clients) the sides it is on, as bits.
    sides: Vec<u32>,
    /// Without it: two participants without a side in common cannot reach each other. With it:
    /// what the first side sends to the second is lost.
    one_way: bool,
}

/// The side of who is on all sides.
pub const ALL_SIDES: u32 = u32::MAX;

impl Cut {
    /// A cut between sides that have nobody in common. Sides are bits, one word per participant.
    #[must_use]
    pub fn between(sides: Vec<u32>) -> Cut {
        Cut { sides, one_way: false }
    }

    /// A cut from side 1 to side 2.
    #[must_use]
    pub fn one_way(sides: Vec<u32>) -> Cut {
        Cut { sides, one_way: true }
    }

    /// Whether only one direction is cut.
    #[must_use]
    pub fn is_one_way(&self) -> bool {
        self.one_way
    }

    fn blocks(&self, from: usize, to: usize) -> bool {
        let side = |index: usize| self.sides.get(index).copied().unwrap_or(ALL_SIDES);
        let (source, target) = (side(from), side(to));
        if self.one_way {
            return source == 1 && target == 2;
        }
        source & target == 0
    }

    /// The letters of a participant's sides; empty for who is on all.
    #[must_use]
    pub fn letters(&self, participant: usize) -> String {
        let side = self.sides.get(participant).copied().unwrap_or(ALL_SIDES);
        if side == ALL_SIDES {
            return String::new();
        }
        (0..26u8).filter(|bit| side >> bit & 1 == 1).map(|bit| char::from(b'A' + bit)).collect()
    }
}

impl Network {
    /// Links as `[network]` says, without cuts.
    #[must_use]
    pub fn new(table: &tables::Network, roster: &Roster) -> Network {
        Network {
            latency: LatencyTable::new(&table.latency),
            loss: table.loss,
            duplication: table.duplication,
            held: table.reordering.share,
            held_by: table.reordering.by,
            cuts: Vec::new(),
            nodes: roster.node_count() as usize,
        }
    }

    /// The place of a participant among all: nodes first, then clients.
    #[must_use]
    pub fn place(&self, id: NodeId) -> usize {
        if id.is_client() { self.nodes + id.index() } else { id.index() }
    }

    /// Puts a cut into force under a number.
    pub fn cut(&mut self, number: u32, cut: Cut) {
        self.cuts.push((number, cut));
    }

    /// Ends the cut with this number.
    pub fn heal(&mut self, number: u32) {
        self.cuts.retain(|(other, _)| *other != number);
    }

    /// The cuts in force, in the order in which they began.
    pub fn cuts(&self) -> impl Iterator<Item = &Cut> {
        self.cuts.iter().map(|(_, cut)| cut)
    }

    /// Whether a cut keeps what `from` sends from `to`.
    #[must_use]
    pub fn blocked(&self, passage: Passage) -> bool {
        let (from, to) = (self.place(passage.from), self.place(passage.to));
        self.cuts.iter().any(|(_, cut)| cut.blocks(from, to))
    }

    /// Decides the fate of a message from its four words: loss; latency; duplication (high half)
    /// and being held back (low half); the latency of the copy, or for how long it is held.
    #[inline]
    #[must_use]
    pub fn fate(&self, passage: Passage, words: [u32; 4]) -> Fate {
        if passage.from == passage.to {
            return Fate { arrival: Ok(0), copy: None };
        }
        if !self.cuts.is_empty() && self.blocked(passage) {
            return Fate { arrival: Err(Loss::Cut), copy: None };
        }
        if self.loss.takes(words[0]) {
            return Fate { arrival: Err(Loss::Dropped), copy: None };
        }
        let latency = self.latency.sample(words[1]);
        let mut fate = Fate { arrival: Ok(latency), copy: None };
        let low = words[2] << 16 | words[3] & 0xffff;
        if self.held != Ratio::ZERO && self.held.takes(low) {
            fate.arrival = Ok(latency.saturating_add(self.hold(words[3])));
        }
        if self.duplication != Ratio::ZERO && self.duplication.takes(words[2]) {
            fate.copy = Some(self.latency.sample(words[3]));
        }
        fate
    }

    fn hold(&self, word: u32) -> u64 {
        let (low, high) = (self.held_by.low.as_nanos(), self.held_by.high.as_nanos());
        low + ((u128::from(word) * u128::from(high - low + 1)) >> 32) as u64
    }
}
