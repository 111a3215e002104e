//! Faults of processes as data: crashes, restarts, pauses and slowness.
//!
//! The invariant: what is drawn from a range here is drawn when the fault begins.

use crate::units::{FactorRange, Span, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Crash {
    /// How long the node stays down; absent: until the calm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<SpanRange>,
    /// Whether the node never comes back, not even in the calm.
    pub for_good: bool,
    /// What becomes of writes that were not synced.
    pub unsynced: Unsynced,
}

/// What becomes of writes that were not synced when their node crashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unsynced {
    /// For each file some first part of them survives, its last write perhaps torn.
    #[default]
    Random,
    /// All are lost.
    Drop,
    /// All survive.
    Keep,
    /// For each file the first one that crosses a sector is torn there; what follows is lost.
    Tear,
}

/// A pause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {}

/// A crash that takes the disk with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wipe {
    /// How long the node stays down; absent: until the calm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<SpanRange>,
}

/// A node that is slow. Ranges are drawn anew for each node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Slow {
    /// How many times longer it uses the processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<FactorRange>,
    /// How many times longer its disk takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<FactorRange>,
}

/// An orderly restart: nothing that was written is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Restart {
    /// How long a node stays down.
    pub down: SpanRange,
    /// How long after a node the next is stopped; absent: all are stopped at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Span>,
    /// Keys of `[config]` with the value that a node has from then on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, serde_json::Value>,
}

impl Default for Restart {
    fn default() -> Restart {
        Restart { down: SpanRange::exactly(Span::secs(1)), gap: None, config: BTreeMap::new() }
    }
}
