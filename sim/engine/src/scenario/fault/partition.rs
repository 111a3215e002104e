//! Partitions as data: who can no longer reach whom.
//!
//! The invariant: a partition says its cut in exactly one way.

use super::Target;
use crate::units::{Ratio, Span, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a partition cuts: one of `isolate`, `groups`, `one_way` and `shape`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// These nodes apart from all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolate: Option<Target>,
    /// Each group apart from the others; who is in several groups reaches all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<String>>,
    /// Two groups: what the first sends to the second is lost, the other way it arrives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_way: Vec<Vec<String>>,
    /// A shape drawn when the cut begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// The nodes from which a shape draws whom it cuts off; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub among: Option<Target>,
    /// With the shape `random-graph`: the share of links that are cut; absent: half of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Ratio>,
    /// With the shape `random-graph`: whether every node can reach every other by way of nodes
    /// in between; absent: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
    /// How long each phase lasts of a cut that changes; any other cut comes and goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<SpanRange>,
    /// What the clients that no group names see of it.
    pub clients: ClientSide,
}

impl Partition {
    /// How long each phase lasts where the author did not say.
    pub const PERIOD: SpanRange = SpanRange::new(Span::millis(100), Span::secs(1));
    /// The share of links that a random graph cuts where the author did not say.
    pub const SHARE: Ratio = Ratio::ppm(500_000);

    /// A partition of this shape.
    #[must_use]
    pub fn shaped(shape: Shape) -> Partition {
        Partition { shape: Some(shape), ..Partition::default() }
    }

    /// How long each phase lasts, if it has phases.
    #[must_use]
    pub fn phases(&self) -> Option<SpanRange> {
        let changes = self.shape.is_some_and(Shape::changes);
        self.period.or(changes.then_some(Partition::PERIOD))
    }

    /// The words that name whom it cuts.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        let targets = self.isolate.iter().chain(&self.among).flat_map(Target::words);
        targets.chain(self.groups.iter().chain(&self.one_way).flatten())
    }
}

/// A shape of partition whose members are drawn when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Two sides, as equal as can be.
    Halves,
    /// One node apart from the others.
    IsolateOne,
    /// One node whose messages to the others, or theirs to it, are lost.
    OneWay,
    /// Two sides of any size.
    RandomSplit,
    /// A drawn number of nodes, fewer than half, apart from the others.
    Minority,
    /// Two halves with one node in common, through which they still hear of each other.
    Bridge,
    /// Every node reaches a majority, and no two the same one: nodes stand in a ring, and each
    /// reaches only its nearest neighbours.
    MajoritiesRing,
    /// One node whose messages to the others are lost.
    OneWaySend,
    /// One node that the others' messages do not reach.
    OneWayReceive,
    /// A share of all links, drawn one by one.
    RandomGraph,
    /// One zone apart from the others.
    Zone,
    /// One node apart from the others, again and again.
    Flapping,
    /// One node after another apart from the others.
    Rolling,
    /// Some nodes are cut off one after another, and let back one after another in another order.
    Swizzle,
}

impl Shape {
    /// All shapes, in the order of their numbers.
    pub const ALL: [Shape; 14] = [
        Shape::Halves,
        Shape::IsolateOne,
        Shape::OneWay,
        Shape::RandomSplit,
        Shape::Minority,
        Shape::Bridge,
        Shape::MajoritiesRing,
        Shape::OneWaySend,
        Shape::OneWayReceive,
        Shape::RandomGraph,
        Shape::Zone,
        Shape::Flapping,
        Shape::Rolling,
        Shape::Swizzle,
    ];

    /// Whether the cut changes while it lasts.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(self, Shape::Flapping | Shape::Rolling | Shape::Swizzle)
    }

    /// Whether it singles out nodes, which may then be drawn from those of `among`.
    #[must_use]
    pub fn singles_out(self) -> bool {
        match self {
            Shape::IsolateOne
            | Shape::OneWay
            | Shape::Minority
            | Shape::OneWaySend
            | Shape::OneWayReceive
            | Shape::Flapping
            | Shape::Rolling
            | Shape::Swizzle => true,
            Shape::Halves
            | Shape::RandomSplit
            | Shape::Bridge
            | Shape::MajoritiesRing
            | Shape::RandomGraph
            | Shape::Zone => false,
        }
    }
}

/// What a client that no group names sees of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientSide {
    /// It reaches all sides.
    #[default]
    Both,
    /// It is on the side with most nodes; on a tie the first.
    Stay,
    /// It is on the side of the node that it addressed last when the cut began.
    Follow,
}
