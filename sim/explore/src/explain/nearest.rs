//! The nearest run that passes: it differs in one decision, and stays with the failing one longest.
//!
//! The invariant: both sides begin at the first event that differs.

use super::Explaining;
use crate::past::PastReader;
use serde::{Deserialize, Serialize};
use squall_engine::ids::{EventId, Time};
use squall_engine::plan::Plan;

/// How many events are shown before the two part, and of each after that.
const BEFORE: u64 = 2;
const AFTER: u64 = 6;

/// An event in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number.
    pub event: EventId,
    /// When it happened.
    pub at: Time,
    /// Who, and what.
    pub text: String,
}

/// A run that differs in one decision and passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// In what it differs.
    pub change: String,
    /// The first event that differs.
    pub parting: EventId,
    /// The last events that both have.
    pub common: Vec<Line>,
    /// What then happens in the run that fails.
    pub fails: Vec<Line>,
    /// What happens in the one that passes.
    pub passes: Vec<Line>,
    /// The plan that passes.
    pub plan: Plan,
}

impl Explaining<'_, '_> {
    /// Of the plans that pass the one that is like the failing one for longest.
    pub(super) fn nearest(&mut self, passing: Vec<(String, Plan)>) -> Option<Nearest> {
        let mut best: Option<(u64, String, Plan, PastReader)> = None;
        let total = passing.len() as u64;
        for (index, (change, plan)) in passing.into_iter().enumerate() {
            (self.progress)("comparing", index as u64, total);
            let mut other = PastReader::default();
            if (self.run)(&plan, Some(&mut other)).is_err() {
                continue;
            }
            let parting = self.parting(&other);
            if best.as_ref().is_none_or(|(longest, ..)| parting > *longest) {
                best = Some((parting, change, plan, other));
            }
        }
        let (parting, change, plan, other) = best?;
        let lines = |past: &PastReader, from: u64, until: u64| {
            let line = |event| {
                let (at, text) = past.line(EventId(event))?;
                Some(Line { event: EventId(event), at, text })
            };
            (from..until).filter_map(line).collect::<Vec<Line>>()
        };
        Some(Nearest {
            change,
            parting: EventId(parting),
            common: lines(&self.past, parting.saturating_sub(BEFORE).max(1), parting),
            fails: lines(&self.past, parting, parting + AFTER),
            passes: lines(&other, parting, parting + AFTER),
            plan,
        })
    }

    /// The first event that differs from that of another run.
    fn parting(&self, other: &PastReader) -> u64 {
        let here = self.past.events().map(|(id, _)| id);
        here.take_while(|id| self.past.line(*id) == other.line(*id)).count() as u64 + 1
    }
}
