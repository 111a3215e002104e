//! What the runs of one scenario covered together: a test that covered nothing is not a pass.
//!
//! The invariant: this is judged over several seeds, never of a single one.

use squall_engine::monitor::Form;
use squall_engine::plan::Plan;
use squall_engine::run::Outcome;
use squall_engine::scenario::fault::Fault;
use squall_engine::sim::Progress;
use std::collections::BTreeMap;

/// What has been seen of the things that at least one run must show.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    runs: u64,
    /// Sentences that say what no run has shown yet, and whether one has.
    seen: BTreeMap<String, bool>,
}

impl Coverage {
    /// Adds a run.
    pub fn add(&mut self, plan: &Plan, outcome: &Outcome) {
        self.runs += 1;
        for name in &plan.checks.sometimes {
            let reached = outcome.standings.iter().any(|standing| {
                standing.name == *name && matches!(standing.progress, Progress::Reached(_))
            });
            self.note(format!("`{name}` was never reached"), reached);
        }
        for standing in outcome.standings.iter().filter(|standing| standing.form == Form::Always) {
            let looked = !matches!(standing.progress, Progress::Held(0));
            self.note(format!("`{}` was never looked at", standing.name), looked);
        }
        for (name, _) in plan.measures.iter().filter(|(_, bounds)| !bounds.report) {
            let sampled = !outcome.unsampled.contains(name);
            self.note(format!("`{name}` has a bound but no sample"), sampled);
        }
        let required = |fault: &&Fault| fault.when.as_ref().is_some_and(|when| when.required);
        for Fault { name, .. } in plan.faults.iter().filter(required) {
            let fired = !outcome.unfired.contains(name);
            self.note(format!("the trigger of `{name}` was never pulled"), fired);
        }
        if plan.cluster.clients > 0 {
            let answered = outcome.stats.ok > 0;
            self.note("no operation of a client took effect".to_string(), answered);
        }
    }

    fn note(&mut self, sentence: String, seen: bool) {
        *self.seen.entry(sentence).or_default() |= seen;
    }

    /// What no run has shown, one sentence each; nothing if there was but one run.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        if self.runs < 2 {
            return Vec::new();
        }
        self.seen
            .iter()
            .filter(|(_, seen)| !**seen)
            .map(|(sentence, _)| sentence.as_str())
            .collect()
    }
}
