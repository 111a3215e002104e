//! Partitions as data: who can no longer reach whom.
//!
//! The invariant: a partition says its cut in exactly one way.

use super::Target;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a partition cuts: one of `isolate`, `groups`, `one_way` and `shape`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// These nodes apart from all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolate: Option<Target>,
    /// Each group apart from the others; `others` is every node that no group names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<String>>,
    /// Two groups: what the first sends to the second is lost, the other way it arrives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_way: Vec<Vec<String>>,
    /// A shape drawn when the cut begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// What the clients that no group names see of it.
    pub clients: ClientSide,
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
}

impl Shape {
    /// All shapes, in the order of their numbers.
    pub const ALL: [Shape; 3] = [Shape::Halves, Shape::IsolateOne, Shape::OneWay];
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
