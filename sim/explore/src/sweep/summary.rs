//! What a sweep leaves behind of itself, as data.
//!
//! The invariant: the file says its version first; what is added up from summaries of shards is
//! what one sweep over all of them would have said.

use super::{Finding, Shard};
use crate::Tally;
use serde::{Deserialize, Serialize};

/// The version of the format.
pub const SUMMARY_VERSION: u32 = 1;

/// A sweep and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// [`SUMMARY_VERSION`].
    pub version: u32,
    /// `sweep`.
    pub kind: String,
    /// The version of squall that wrote it.
    pub squall: String,
    /// How far it came.
    pub state: State,
    /// What was to be run.
    pub swept: Swept,
    /// The parts of it that were run, of those the sweep is divided into.
    pub shards: Vec<Shard>,
    /// How many runs have ended.
    pub runs: u64,
    /// What came of each scenario, or cell of a grid.
    pub lanes: Vec<LaneSummary>,
    /// What was found, worst first.
    pub groups: Vec<Finding>,
    /// The exit code.
    pub exit: u8,
}

/// How far a sweep came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It goes on, or was ended from outside.
    Running,
    /// Somebody stopped it.
    Interrupted,
    /// It did all that it was told to do.
    Finished,
}

/// What was to be run, whatever the shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swept {
    /// The first seed.
    #[serde(with = "crate::text")]
    pub first_seed: u64,
    /// The last seed.
    #[serde(with = "crate::text")]
    pub last_seed: u64,
    /// How the runs were decided.
    pub strategy: String,
    /// What was set.
    pub sets: Vec<String>,
}

/// One scenario, or cell of its grid, and what came of its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneSummary {
    /// What the user calls the scenario.
    pub scenario: String,
    /// The keys that the grid has set, with their values.
    pub cell: Vec<(String, String)>,
    /// What came of it.
    pub tally: Tally,
}
