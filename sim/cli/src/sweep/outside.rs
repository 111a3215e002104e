//! What a sweep needs of this machine: when to stop, a watchdog, a place for findings.
//!
//! The invariant: a finding is in the folder before the next run of its thread begins.

use crate::exit::Exit;
use squall_engine::plan::Plan;
use squall_explore::sweep::{Finding, Folder, Outside};
use squall_watch::Watchdog;
use std::time::Duration;

/// This machine.
pub(super) struct Machine<'a> {
    pub(super) folder: &'a Folder,
    pub(super) clock: &'a (dyn Fn() -> Duration + Sync),
    pub(super) interrupted: &'a (dyn Fn() -> bool + Sync),
    /// When no more runs begin, by the clock.
    pub(super) deadline: Option<Duration>,
    pub(super) patience: Duration,
}

impl Outside for Machine<'_> {
    fn clock(&self) -> Duration {
        (self.clock)()
    }

    fn enough(&self) -> bool {
        (self.interrupted)() || self.deadline.is_some_and(|deadline| self.clock() >= deadline)
    }

    fn watchdog(&self, thread: usize) -> Watchdog {
        Watchdog::new(self.patience, |stuck| {
            eprintln!("squall: {stuck}");
            std::process::exit(i32::from(Exit::Undecided.code()));
        })
        .keeping(self.folder.seed_place(thread))
    }

    fn found(&self, finding: &Finding, plan: &Plan) -> Result<(), String> {
        self.folder.write_plan(finding, plan).map_err(|error| format!("cannot write {error}"))
    }
}
