//! Fault points of the protocol's own as data.
//!
//! The invariant: a point that is not enabled is never taken.

use crate::units::Ratio;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fault points that a protocol asks for by name while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Chance {
    /// The points; absent: all that the protocol declares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<String>,
    /// How likely a point is enabled at all, drawn once for each when the fault begins.
    pub enabled: Ratio,
    /// How likely an enabled point is taken each time it is reached.
    pub taken: Ratio,
}

impl Default for Chance {
    fn default() -> Chance {
        Chance { points: Vec::new(), enabled: Ratio::ppm(250_000), taken: Ratio::ppm(250_000) }
    }
}
