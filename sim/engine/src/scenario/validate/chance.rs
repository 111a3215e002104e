//! Fault points.

use super::Check;
use crate::scenario::error::ScenarioError;
use crate::scenario::tree::{Step, steps};

impl Check<'_> {
    /// That every point is declared, and that there are any.
    pub(super) fn points(&self, at: &[Step], points: &[String]) -> Result<(), ScenarioError> {
        let facts = self.facts;
        if facts.chances.is_empty() {
            return self.wrong_key(at, format!("{} has no fault points", facts.protocol));
        }
        for (index, name) in points.iter().enumerate() {
            if !facts.chances.contains(&name.as_str()) {
                let at = [at, &steps!["points", index]].concat();
                let message = format!("{} has no fault point `{name}`", facts.protocol);
                return self.unknown(&at, message, name, &facts.chances);
            }
        }
        Ok(())
    }

    pub(super) fn chaos_chance(&self) -> Result<(), ScenarioError> {
        let chance = self.scenario.chaos.chance.as_ref();
        chance.map_or(Ok(()), |chance| self.points(&steps!["chaos", "chance"], &chance.points))
    }
}
