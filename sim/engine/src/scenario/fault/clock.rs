//! Faults of clocks as data: drifts, offsets, jumps and strobes.
//!
//! The invariant: only a drift touches the monotonic clock, and it never goes back.

use crate::units::{DriftRange, OffsetRange, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fault of clocks: one or more of these. Ranges are drawn anew for each node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// How much faster than before both clocks go while it lasts, from `-90%` to `900%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftRange>,
    /// How far ahead the wall clock is while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<OffsetRange>,
    /// How far ahead the wall clock jumps when it begins, not to come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jump: Option<OffsetRange>,
    /// The wall clock jumps to and fro while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strobe: Option<Strobe>,
}

/// A wall clock that jumps to and fro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Strobe {
    /// How far ahead it is for the first half of each period.
    pub by: OffsetRange,
    /// How long it takes to jump there and back.
    pub period: Span,
}
