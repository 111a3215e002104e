//! What of a run is needed: each fault, operation and delivery is left out in turn.
//!
//! The invariant: every stream stays as it is, so that what comes of a run without something comes
//! of that alone.

use super::Explaining;
use crate::past::{Step, StepKind};
use serde::{Deserialize, Serialize};
use squall_engine::ids::{EventId, Time};
use squall_engine::plan::{NamedFate, Override, Plan};
use squall_engine::run::Ending;
use squall_engine::scenario::Roster;
use squall_engine::sim::Sent;

/// What can be left out of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IngredientKind {
    /// A fault.
    Fault,
    /// An operation of a client.
    Operation,
    /// The arrival of a message.
    Delivery,
    /// What the plan says of one message.
    Override,
}

/// What comes of a run without something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Without {
    /// The same violation: it is not needed.
    Same,
    /// Another violation, with this signature.
    Other(String),
    /// No violation.
    Passes,
    /// The run could not be judged.
    Undecided,
}

/// Something that can be left out of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingredient {
    /// What it is.
    pub kind: IngredientKind,
    /// It, in words.
    pub what: String,
    /// With which event it begins, if it does.
    pub event: Option<EventId>,
    /// What comes of the run without it.
    pub without: Without,
}

impl Ingredient {
    /// Whether the violation vanishes without it.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.without != Without::Same
    }
}

impl Explaining<'_, '_> {
    /// Every ingredient with what comes of the run without it, and those plans that pass.
    pub(super) fn ingredients(&mut self, story: &[Step]) -> (Vec<Ingredient>, Vec<(String, Plan)>) {
        let mut tried = self.without_faults();
        tried.extend(self.without_operations());
        tried.extend(self.without_deliveries(story));
        tried.extend(self.without_overrides());
        let mut passing = Vec::new();
        let mut found = Vec::new();
        let total = tried.len() as u64;
        for (index, (mut ingredient, plan)) in tried.into_iter().enumerate() {
            (self.progress)("leaving out", index as u64, total);
            ingredient.without = self.comes_of(&plan);
            // That nobody is told what is wrong is no way out.
            let last = ingredient.event == Some(self.violation.event);
            if ingredient.without == Without::Passes && !last {
                passing.push((format!("without {}", ingredient.what), plan));
            }
            found.push(ingredient);
        }
        (found, passing)
    }

    /// What comes of a plan.
    fn comes_of(&mut self, plan: &Plan) -> Without {
        let Ok(report) = (self.run)(plan, None) else { return Without::Undecided };
        match report.outcome.ending {
            Ending::Passed => Without::Passes,
            Ending::Violated(violation) if violation.signature() == self.signature => Without::Same,
            Ending::Violated(violation) => Without::Other(violation.signature()),
            Ending::Undecided(_) | Ending::OutOfSteps(_) => Without::Undecided,
        }
    }

    fn without_faults(&self) -> Vec<(Ingredient, Plan)> {
        let strikes = &self.report.outcome.strikes;
        let struck = strikes.iter().filter(|strike| strike.skipped.is_none());
        let without = |strike: &squall_engine::sim::Strike| {
            let mut plan = self.plan.clone();
            plan.faults.remove(strike.number as usize);
            let what = format!("{} ({} {})", strike.fault, strike.kind, strike.whom);
            (ingredient(IngredientKind::Fault, what, Some(strike.event)), plan)
        };
        struck.map(without).collect()
    }

    fn without_operations(&self) -> Vec<(Ingredient, Plan)> {
        let mut tried = Vec::new();
        let lists = self.plan.operations.iter().flatten().enumerate();
        for (client, list) in lists {
            let name = format!("c{}", client + 1);
            let lane = format!("{name}.");
            let own = |process: &str| process == name || process.starts_with(&lane);
            let began: Vec<_> =
                self.report.history.iter().filter(|one| own(&one.process)).collect();
            for index in 0..list.len() {
                let Some(recorded) = began.get(index) else { continue };
                let mut plan = self.plan.clone();
                plan.operations.iter_mut().for_each(|lists| {
                    lists[client].remove(index);
                });
                let what = format!("{name}'s {}", recorded.operation);
                let event = Some(recorded.invoked);
                tried.push((ingredient(IngredientKind::Operation, what, event), plan));
            }
        }
        tried
    }

    fn without_deliveries(&self, story: &[Step]) -> Vec<(Ingredient, Plan)> {
        let (plan, subject) = (self.plan, self.subject);
        let recorded = crate::panics::quietly(|| subject.record(plan, None)).0;
        let sends = recorded.map(|(_, decisions)| decisions.sends).unwrap_or_default();
        let roster = Roster::new(&plan.cluster, &subject.facts().kinds);
        let told = |step: &&Step| matches!(step.kind, StepKind::Delivery | StepKind::Answer);
        let without = |step: &Step| {
            let of_it = sends.iter().filter(|sent| is_of(sent, step, &roster));
            let sent = of_it.max_by_key(|sent| arrival(sent))?;
            let mut plan = self.plan.clone();
            let one = Override {
                from: roster.name(sent.from),
                to: roster.name(sent.to),
                kind: sent.kind.clone(),
                nth: sent.nth,
                fate: NamedFate::Drop,
                copy: None,
            };
            let what = one.words();
            plan.overrides.retain(|other| other.words() != what);
            plan.overrides.push(one);
            Some((ingredient(IngredientKind::Delivery, what, Some(step.event)), plan))
        };
        story.iter().filter(told).filter_map(without).collect()
    }

    fn without_overrides(&self) -> Vec<(Ingredient, Plan)> {
        let without = |(index, one): (usize, &Override)| {
            let mut plan = self.plan.clone();
            plan.overrides.remove(index);
            let does = match one.fate {
                NamedFate::Drop => "the loss of".to_string(),
                NamedFate::After(span) => format!("the {span} of"),
            };
            let what = format!("{does} {}", one.words());
            (ingredient(IngredientKind::Override, what, None), plan)
        };
        self.plan.overrides.iter().enumerate().map(without).collect()
    }
}

fn ingredient(kind: IngredientKind, what: String, event: Option<EventId>) -> Ingredient {
    Ingredient { kind, what, event, without: Without::Same }
}

/// Whether a step is the arrival of a message.
fn is_of(sent: &Sent, step: &Step, roster: &Roster) -> bool {
    let names = (step.peer.as_deref(), step.place.as_deref());
    Some(sent.event) == step.sent_by
        && names == (Some(&*roster.name(sent.from)), Some(&*roster.name(sent.to)))
        && arrival(sent) <= step.at
}

fn arrival(sent: &Sent) -> Time {
    Time::from_nanos(sent.at.as_nanos().saturating_add(sent.arrival.unwrap_or(u64::MAX)))
}
