//! Faults of disks as data.
//!
//! The invariant: what is drawn for each operation is drawn from the fault's own stream for each
//! node; nothing of it lasts longer than the fault but what was written, lost or spoilt.

use crate::units::{Ratio, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a disk does wrong: one or more of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Disk {
    /// How many bits of what is durable flip when it begins.
    pub rot: u32,
    /// The share of reads in which a sector from elsewhere stands in for the right one.
    pub misread: Ratio,
    /// The share of writes that reach the disk at the wrong place.
    pub miswrite: Ratio,
    /// The share of writes that are acknowledged and never reach the disk.
    pub phantom: Ratio,
    /// The share of reads that fail.
    pub read_error: Ratio,
    /// The share of changes of files that fail and change nothing.
    pub write_error: Ratio,
    /// The share of syncs that fail; what they covered never reaches the disk, nor does what is
    /// written before the node is told.
    pub sync_error: Ratio,
    /// The share of syncs that say durable of what is not.
    pub lie: Ratio,
    /// Whether files can no longer grow.
    pub full: bool,
    /// How much longer a sync takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<SpanRange>,
    /// Syncs that take far longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stall: Option<Stall>,
}

/// Syncs that take far longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stall {
    /// The share of syncs.
    pub share: Ratio,
    /// How much longer.
    pub by: SpanRange,
}
