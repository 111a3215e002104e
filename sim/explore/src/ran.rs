//! One plan, run and judged.
//!
//! The invariant: whoever runs a plan, whether alone, among many or from a test, runs it here.

use crate::judgement::Judgement;
use crate::panics;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::scenario::Roster;
use squall_engine::subject::{PlanError, Report, Subject};
use squall_engine::trace::Reader;
use squall_watch::Watchdog;
use std::time::Duration;

/// A run that has ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What was run.
    pub plan: Plan,
    /// What came of it.
    pub report: Report,
    /// How long it took on this machine.
    pub wall_ns: u64,
    /// What that means.
    pub judgement: Judgement,
    /// Where the protocol's code panicked, if it did.
    pub panicked_at: Option<String>,
}

impl Ran {
    /// What runs that went wrong in the same way have in common: the property and its reason code,
    /// or why nothing was judged; absent if every promise held.
    #[must_use]
    pub fn signature(&self) -> Option<String> {
        match &self.report.outcome.ending {
            Ending::Passed => None,
            Ending::Violated(violation) => Some(violation.signature()),
            Ending::Undecided(_) => Some("undecided".to_string()),
            Ending::OutOfSteps(_) => Some("out of steps".to_string()),
        }
    }
}

/// Runs a plan while `reader` reads along and the watchdog watches. `clock` says how long it
/// takes, and nothing of that reaches the run.
///
/// # Errors
/// The plan is not one of this protocol. Nothing was run.
pub fn execute(
    subject: &dyn Subject,
    plan: Plan,
    reader: Option<&mut dyn Reader>,
    clock: &dyn Fn() -> Duration,
    watchdog: &mut Watchdog,
) -> Result<Ran, PlanError> {
    let names = Roster::new(&plan.cluster, &subject.facts().kinds).node_names();
    let pulse = watchdog.begin(&format!("{}, seed {}", plan.name, plan.seed), names);
    let begun = clock();
    let (report, panicked_at) = panics::quietly(|| subject.run_told(&plan, reader, Some(pulse)));
    let wall = clock().saturating_sub(begun);
    let report = report?;
    let judgement = Judgement::of(&report.outcome, &plan);
    let wall_ns = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
    Ok(Ran { plan, report, wall_ns, judgement, panicked_at })
}
