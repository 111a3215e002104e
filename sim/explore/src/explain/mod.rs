//! Explaining: how a violation came about, what of it was needed, when it became inevitable, and
//! the nearest run that passes.
//!
//! The invariant: everything that is said was run; an explanation is plain data.

mod anew;
mod nearest;
mod need;

pub use anew::{Jump, Moment};
pub use nearest::{Line, Nearest};
pub use need::{Ingredient, IngredientKind, Without};

use crate::fingerprint::Fingerprint;
use crate::past::{PastReader, Step, StepKind};
use crate::shrink::{Run, ShrinkError};
use serde::{Deserialize, Serialize};
use squall_engine::ids::EventId;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::scenario::Roster;
use squall_engine::sim::Violation;
use squall_engine::subject::{Planner, Report, Subject};
use std::collections::BTreeSet;

/// The version of the format of explanations.
pub const EXPLANATION_VERSION: u32 = 1;
/// The most steps of a story.
const STEPS_MAX: usize = 30;

/// Why a run broke its promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// [`EXPLANATION_VERSION`].
    pub version: u32,
    /// The property and its reason code.
    pub signature: String,
    /// What broke.
    pub violation: Violation,
    /// The shape of how it came about.
    pub fingerprint: Fingerprint,
    /// Nodes, then clients, in order.
    pub participants: Vec<String>,
    /// The causal past of the violation, cut to what matters.
    pub story: Vec<Step>,
    /// How many steps that matter less were cut.
    pub cut: u64,
    /// Faults, operations and deliveries, and what comes of the run without each.
    pub ingredients: Vec<Ingredient>,
    /// For some events the share of runs that still fail if all after it is drawn anew.
    pub moments: Vec<Moment>,
    /// The events with which that share jumps.
    pub jumps: Vec<Jump>,
    /// A run that differs in one decision and passes.
    pub nearest: Option<Nearest>,
}

/// Tells of progress: what is being done, and how far that is.
pub type Progress<'a> = dyn FnMut(&str, u64, u64) + 'a;

/// Everything that an explanation is made from.
struct Explaining<'a, 'b> {
    subject: &'a dyn Subject,
    plan: &'a Plan,
    report: Report,
    violation: Violation,
    signature: String,
    past: PastReader,
    run: &'a mut Run<'b>,
    progress: &'a mut Progress<'b>,
}

/// Explains the violation that a plan's run shows. With a planner of the scenario that it came
/// from, faults are drawn anew as well.
///
/// # Errors
/// The plan is not one of the protocol, or its run breaks no promise.
pub fn explain<'b>(
    subject: &dyn Subject,
    plan: &Plan,
    planner: Option<&Planner<'_>>,
    run: &mut Run<'b>,
    progress: &mut Progress<'b>,
) -> Result<Explanation, ShrinkError> {
    let mut past = PastReader::default();
    let report = run(plan, Some(&mut past)).map_err(ShrinkError::Plan)?;
    let Ending::Violated(violation) = report.outcome.ending.clone() else {
        let ending = crate::judgement::ending_word(&report.outcome.ending);
        return Err(ShrinkError::Nothing(ending.to_string()));
    };
    let signature = violation.signature();
    let whole = past.past(&violation);
    let fingerprint = Fingerprint::of(&signature, &whole);
    let (story, cut) = cut_to(whole, &violation);
    let roster = Roster::new(&plan.cluster, &subject.facts().kinds);
    let participants = roster.nodes().chain(roster.clients()).map(|id| roster.name(id)).collect();
    let mut explaining =
        Explaining { subject, plan, report, violation, signature, past, run, progress };
    let (ingredients, passing) = explaining.ingredients(&story);
    let moments = explaining.moments(planner);
    let jumps = explaining.jumps(&moments);
    let nearest = explaining.nearest(passing);
    let Explaining { violation, signature, .. } = explaining;
    Ok(Explanation {
        version: EXPLANATION_VERSION,
        signature,
        violation,
        fingerprint,
        participants,
        story,
        cut,
        ingredients,
        moments,
        jumps,
        nearest,
    })
}

/// The steps that matter most, and how many others there are: the violation and its witnesses,
/// what the storm did, roles that were taken and what clients saw come before fields that changed.
fn cut_to(past: Vec<Step>, violation: &Violation) -> (Vec<Step>, u64) {
    let shown: BTreeSet<EventId> =
        std::iter::once(violation.event).chain(violation.witnesses.iter().copied()).collect();
    let rank = |step: &Step| match step.kind {
        _ if shown.contains(&step.event) => 0,
        StepKind::Fault | StepKind::Crash | StepKind::Boot => 1,
        StepKind::Pause | StepKind::Resume | StepKind::FaultEnd | StepKind::Loss => 2,
        _ if step.role.is_some() => 1,
        StepKind::Call | StepKind::Answer => 1,
        StepKind::Delivery | StepKind::Timer | StepKind::Other => 3,
    };
    let mut order: Vec<(u32, std::cmp::Reverse<EventId>)> =
        past.iter().map(|step| (rank(step), std::cmp::Reverse(step.event))).collect();
    order.sort_unstable();
    let kept: BTreeSet<EventId> = order.into_iter().take(STEPS_MAX).map(|(_, id)| id.0).collect();
    let cut = past.len().saturating_sub(kept.len()) as u64;
    (past.into_iter().filter(|step| kept.contains(&step.event)).collect(), cut)
}
