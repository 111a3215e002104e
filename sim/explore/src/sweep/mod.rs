//! Many runs on several threads: which there are, and what came of them.
//!
//! The invariant: a run and its number decide what is run; how many threads there are, and which
//! of them is first, decides nothing. Memory grows with what was found, not with the runs.

mod findings;
mod folder;
mod space;
mod strategy;
mod summary;
mod workers;

pub use findings::{Finding, Findings, scenario_of};
pub use folder::{Folder, FolderError, Leftovers, Remains, read_folder};
pub use space::{Shard, Space, Task};
pub use strategy::{CrashPoints, Kind, Lesson, Point, Strategy};
pub use summary::{LaneSummary, SUMMARY_VERSION, State, Summary, Swept};
pub use workers::{Outside, Progress, Sweep, SweepError, sweep};

pub(crate) use strategy::States;

use squall_engine::subject::Planner;

/// One scenario of a sweep, or one cell of its grid.
pub struct Lane<'a> {
    /// What the user calls the scenario.
    pub called: String,
    /// The keys that the grid has set, with their values.
    pub cell: Vec<(String, String)>,
    /// Plans for it.
    pub planner: Planner<'a>,
}
