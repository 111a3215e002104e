//! `[workload]` and its phases.

use super::Check;
use crate::scenario::error::ScenarioError;
use crate::scenario::tree::{Step, steps};
use crate::units::Span;
use std::collections::BTreeMap;

impl Check<'_> {
    pub(super) fn workload(&self) -> Result<(), ScenarioError> {
        let workload = &self.scenario.workload;
        self.mix(&steps!["workload", "mix"], &workload.mix)?;
        if workload.keys == 0 {
            return self.wrong(&steps!["workload", "keys"], "there is at least one key");
        }
        if workload.timeout == Span::ZERO {
            let message = "a client that waits 0s never has an answer";
            return self.wrong(&steps!["workload", "timeout"], message);
        }
        if workload.retry.attempts == 0 {
            let message = "the first attempt counts, so `attempts` is at least 1";
            return self.wrong(&steps!["workload", "retry", "attempts"], message);
        }
        (0..workload.phases.len()).try_for_each(|index| self.phase(index))
    }

    fn mix(&self, at: &[Step], mix: &BTreeMap<String, u32>) -> Result<(), ScenarioError> {
        let known: Vec<&str> = self.facts.operations.iter().map(|kind| kind.name).collect();
        for name in mix.keys() {
            if !known.contains(&name.as_str()) {
                let model = self.facts.model;
                let message = match known.is_empty() {
                    true => format!("{} has no operations to mix", self.facts.protocol),
                    false => format!("the model `{model}` has no operation `{name}`"),
                };
                return self.unknown_key(&[at, &steps![name]].concat(), message, name, &known);
            }
        }
        if !mix.is_empty() && mix.values().all(|weight| *weight == 0) {
            return self.wrong(at, "all weights are 0, so no operation can be drawn");
        }
        Ok(())
    }

    fn phase(&self, index: usize) -> Result<(), ScenarioError> {
        let phases = &self.scenario.workload.phases;
        let phase = &phases[index];
        let at = |key: &str| steps!["workload", "phases", index, key];
        self.mix(&at("mix"), &phase.mix)?;
        if phases[..index].iter().any(|other| other.name == phase.name) {
            return self.wrong(&at("name"), format!("two phases are called `{}`", phase.name));
        }
        if phase.lasts == Span::ZERO {
            return self.wrong(&at("for"), format!("the phase `{}` lasts 0s", phase.name));
        }
        let end = phase.at + phase.lasts;
        let duration = self.scenario.scenario.duration;
        if end > duration {
            let message =
                format!("the phase `{}` ends at {end}, after the run of {duration}", phase.name);
            let key = if phase.at >= duration { "at" } else { "for" };
            return self.wrong(&at(key), message);
        }
        let Some(before) = index.checked_sub(1).map(|before| &phases[before]) else {
            return Ok(());
        };
        let free = before.at + before.lasts;
        if phase.at < free {
            let message = format!(
                "the phase `{}` begins at {}, before `{}` ends at {free}",
                phase.name, phase.at, before.name
            );
            return self.wrong(&at("at"), message);
        }
        Ok(())
    }
}
