//! A bound of a measure, with the unit its author wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bound of a measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bound(pub String);
