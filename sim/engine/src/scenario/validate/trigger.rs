//! `when`: that a trigger waits for something that there can be.

use super::Check;
use crate::scenario::error::{ScenarioError, either};
use crate::scenario::fault::{Fault, TOLD, Trigger};
use crate::scenario::target::Word;
use crate::scenario::tree::{Step, steps};
use crate::units::Span;

impl Check<'_> {
    pub(super) fn trigger(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let Some(when) = &fault.when else { return Ok(()) };
        let at = |key: &str| -> Vec<Step> { steps!["faults", index, "when", key].to_vec() };
        if let Some(target) = &when.nodes {
            self.words(&at("nodes"), target, index)?;
            let drawn = |word: &String| word.starts_with("random ") || word == "it";
            if let Some(word) = target.words().iter().find(|word| drawn(word)) {
                let message = format!("`{word}` names nobody whose doings could be looked at");
                return self.wrong(&at("nodes"), message);
            }
        }
        self.waits_for_something(index, when)?;
        if let Some(event) = &when.event {
            let known: Vec<&str> = TOLD.into_iter().chain(self.facts.marks.clone()).collect();
            if !known.contains(&event.as_str()) {
                let message = format!("no handler is told of `{event}`, and nothing marks it");
                return self.unknown(&at("event"), message, event, &known);
            }
        }
        if let Some(role) = &when.role
            && !self.facts.roles.contains(&role.as_str())
        {
            let message = format!("{} has no role `{role}`", self.facts.protocol);
            return self.unknown(&at("role"), message, role, &self.facts.roles);
        }
        if when.nth == Some(0) {
            return self.wrong(&at("nth"), "occurrences are counted from 1");
        }
        match when.within {
            Some(Span::ZERO) => self.wrong(&at("within"), "nothing happens within 0s"),
            _ => Ok(()),
        }
    }

    fn waits_for_something(&self, index: usize, when: &Trigger) -> Result<(), ScenarioError> {
        let at = |key: &str| -> Vec<Step> { steps!["faults", index, "when", key].to_vec() };
        let Trigger { event, role, field, message, point, .. } = when;
        let nothing = event.is_none() && role.is_none() && field.is_none() && message.is_none();
        if nothing && point.is_none() {
            let known = either(&["event", "role", "field", "message", "point"]);
            let message = format!("nothing pulls this trigger; expected {known}");
            return self.wrong_key(&steps!["faults", index, "when"], message);
        }
        if when.changed && role.is_none() && field.is_none() {
            let message = "`changed` says that a `role` or `field` did, and neither is named";
            return self.wrong_key(&at("changed"), message);
        }
        if when.file.is_some() && point.is_none() {
            let message = "`file` narrows the syncs of a `point`, which is missing";
            return self.wrong_key(&at("file"), message);
        }
        Ok(())
    }

    /// That `it` is said only where somebody pulls a trigger.
    pub(super) fn puller(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let pulled = fault.when.is_some();
        if !pulled && self.all_words(fault).iter().any(|word| matches!(word, Word::It)) {
            let message = "`it` is who pulled the trigger, and this fault has no `when`";
            return self.wrong_key(&steps!["faults", index], message);
        }
        Ok(())
    }
}
