//! Faults of processes as data: crashes and pauses.
//!
//! The invariant: what is drawn from a range here is drawn when the fault begins.

use crate::units::SpanRange;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Crash {
    /// How long the node stays down; absent: until the calm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<SpanRange>,
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
