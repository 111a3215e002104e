//! Cuts: who may not reach whom while a partition is in force.
//!
//! The invariant: a cut is a label, a place or a set of bits for each participant and a rule over
//! two of them; its memory is linear in the number of participants, whatever it cuts.

use crate::stream::hashed;
use crate::units::Ratio;

/// A cut in force: who may not reach whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut(Rule);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// For each participant (nodes, then clients) the sides it is on, as bits: two participants
    /// without a side in common cannot reach each other.
    Sides(Vec<u32>),
    /// As before, but only what the first side sends to the second is lost.
    OneWay(Vec<u32>),
    /// Nodes stand in a ring and reach their nearest neighbours.
    Ring(Ring),
    /// Links are cut one by one.
    Graph(Graph),
}

/// The side of who is on all sides.
pub const ALL_SIDES: u32 = u32::MAX;

/// The place of who reaches everybody.
pub const EVERYWHERE: u32 = u32::MAX;

/// The most groups that a cut can have: each has a letter.
pub const GROUPS_MAX: usize = 26;

/// A ring of nodes in which each reaches a majority, and no two the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// For each participant its place in the ring; a client has that of a node, or
    /// [`EVERYWHERE`].
    pub places: Vec<u32>,
    /// How many places there are.
    pub size: u32,
}

impl Ring {
    /// Of three nodes each is everybody's neighbour, so there the ring is opened. Otherwise a node
    /// reaches as many neighbours on either side as it takes for a majority.
    fn blocks(&self, from: usize, to: usize) -> bool {
        let (from, to) = (place(&self.places, from), place(&self.places, to));
        if from == EVERYWHERE || to == EVERYWHERE {
            return false;
        }
        let apart = from.abs_diff(to);
        if self.size <= 3 {
            return self.size == 3 && apart == 2;
        }
        let majority = self.size / 2 + 1;
        apart.min(self.size - apart) > majority / 2
    }
}

/// Links that are cut one by one, in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// For each participant the node where it stands: a node at itself, a client at a node or
    /// [`EVERYWHERE`].
    pub places: Vec<u32>,
    /// What decides over each link.
    pub key: u64,
    /// The share of links that are cut.
    pub share: Ratio,
    /// For each node one to which its link holds in any case: a tree, if the rest is connected.
    pub parents: Vec<u32>,
}

impl Graph {
    fn blocks(&self, from: usize, to: usize) -> bool {
        let (from, to) = (place(&self.places, from), place(&self.places, to));
        if from == EVERYWHERE || to == EVERYWHERE || from == to {
            return false;
        }
        let parent = |node: u32| self.parents.get(node as usize).copied();
        if parent(from) == Some(to) || parent(to) == Some(from) {
            return false;
        }
        let (low, high) = (from.min(to), from.max(to));
        self.share.takes(hashed([low, high, 0, 0], self.key)[0])
    }
}

/// The place of a participant; one who is not listed, as an operator, reaches everybody.
fn place(places: &[u32], participant: usize) -> u32 {
    places.get(participant).copied().unwrap_or(EVERYWHERE)
}

impl Cut {
    /// A cut between sides. Sides are bits, one word per participant.
    #[must_use]
    pub fn between(sides: Vec<u32>) -> Cut {
        Cut(Rule::Sides(sides))
    }

    /// A cut from side 1 to side 2.
    #[must_use]
    pub fn one_way(sides: Vec<u32>) -> Cut {
        Cut(Rule::OneWay(sides))
    }

    /// A cut that leaves a ring.
    #[must_use]
    pub fn ring(ring: Ring) -> Cut {
        Cut(Rule::Ring(ring))
    }

    /// A cut of links one by one.
    #[must_use]
    pub fn graph(graph: Graph) -> Cut {
        Cut(Rule::Graph(graph))
    }

    /// Whether it keeps what `from` sends from `to`; both are places among all participants.
    #[must_use]
    pub fn blocks(&self, from: usize, to: usize) -> bool {
        let side = |sides: &[u32], at: usize| sides.get(at).copied().unwrap_or(ALL_SIDES);
        match &self.0 {
            Rule::Sides(sides) => side(sides, from) & side(sides, to) == 0,
            Rule::OneWay(sides) => side(sides, from) == 1 && side(sides, to) == 2,
            Rule::Ring(ring) => ring.blocks(from, to),
            Rule::Graph(graph) => graph.blocks(from, to),
        }
    }

    /// Whether only one direction is cut.
    #[must_use]
    pub fn is_one_way(&self) -> bool {
        matches!(self.0, Rule::OneWay(_))
    }

    /// Whether it has sides, which have letters.
    #[must_use]
    pub fn has_sides(&self) -> bool {
        matches!(self.0, Rule::Sides(_) | Rule::OneWay(_))
    }

    /// The sides of a participant, as bits.
    #[must_use]
    pub(crate) fn sides_of(&self, participant: usize) -> u32 {
        let (Rule::Sides(sides) | Rule::OneWay(sides)) = &self.0 else { return ALL_SIDES };
        sides.get(participant).copied().unwrap_or(ALL_SIDES)
    }

    /// The letters of a participant's sides; empty for who is on all, or where there are none.
    #[must_use]
    pub fn letters(&self, participant: usize) -> String {
        let (Rule::Sides(sides) | Rule::OneWay(sides)) = &self.0 else { return String::new() };
        let side = sides.get(participant).copied().unwrap_or(ALL_SIDES);
        if side == ALL_SIDES {
            return String::new();
        }
        (0..GROUPS_MAX as u8)
            .filter(|bit| side >> bit & 1 == 1)
            .map(|bit| char::from(b'A' + bit))
            .collect()
    }
}
