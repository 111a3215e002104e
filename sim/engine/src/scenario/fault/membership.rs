//! Changes of the cluster as data: nodes that join, and what an operator asks for.
//!
//! The invariant: what an operator wants is one of a node added and a node removed.

use super::Target;
use crate::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Spares boot and are in the cluster from then on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {}

/// An operator, outside the cluster, asks the cluster for a change until it is done: `add` or
/// `remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Membership {
    /// The nodes to be added, one after another; one that does not run boots first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add: Option<Target>,
    /// The nodes to be removed, one after another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<Target>,
    /// With `remove`: whether a node's process is stopped once it is removed.
    pub stop: bool,
    /// With `remove`: the cluster is left alone if it has no more nodes than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<u32>,
    /// With `add`: the cluster is left alone if it has as many nodes as this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// How long the operator waits before it asks again, elsewhere.
    pub retry: Span,
}

impl Default for Membership {
    fn default() -> Membership {
        Membership {
            add: None,
            remove: None,
            stop: false,
            least: None,
            most: None,
            retry: Span::millis(500),
        }
    }
}

impl Membership {
    /// Whom it is about.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.add.iter().chain(&self.remove)
    }
}
