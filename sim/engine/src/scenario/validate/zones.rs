//! `cluster.zones`: names and members.

use super::Check;
use crate::ids::NodeId;
use crate::scenario::error::ScenarioError;
use crate::scenario::tables::Zones;
use crate::scenario::target::Word;
use crate::scenario::tree::{Step, steps};

impl Check<'_> {
    /// That every zone has a name of its own and a node, and every node one zone.
    pub(super) fn zones(&self) -> Result<(), ScenarioError> {
        let at = steps!["cluster", "zones"];
        match &self.scenario.cluster.zones {
            Zones::Dealt(names) => {
                for (index, name) in names.iter().enumerate() {
                    let at = steps!["cluster", "zones", index];
                    self.zone_name(&at, name, false)?;
                    if names[..index].contains(name) {
                        return self.wrong(&at, format!("two zones are called `{name}`"));
                    }
                }
            }
            Zones::Named(members) => {
                for name in members.keys() {
                    self.zone_name(&steps!["cluster", "zones", name], name, true)?;
                }
                self.zone_members()?;
            }
        }
        for (zone, name) in self.roster.zones().iter().enumerate() {
            if self.roster.in_zone(zone).iter().all(|id| id.is_client()) {
                return self.wrong(&at, format!("the zone `{name}` has no node"));
            }
        }
        Ok(())
    }

    /// A zone is a word of targets, so that its name may mean nothing else.
    fn zone_name(&self, at: &[Step], name: &str, is_key: bool) -> Result<(), ScenarioError> {
        let message = match Word::parse(name, &self.roster, &self.facts.roles) {
            Some(Word::Zone(_)) if name.is_empty() => "a zone has a name".to_string(),
            Some(Word::Zone(_)) if self.facts.roles.contains(&name) => {
                format!("`{name}` is a role; a zone needs a name of its own")
            }
            Some(Word::Zone(_)) => return Ok(()),
            _ => format!("`{name}` has a meaning already; a zone needs a name of its own"),
        };
        if is_key { self.wrong_key(at, message) } else { self.wrong(at, message) }
    }

    fn zone_members(&self) -> Result<(), ScenarioError> {
        let Zones::Named(zones) = &self.scenario.cluster.zones else { return Ok(()) };
        let mut seen: Vec<NodeId> = Vec::new();
        for (zone, members) in zones {
            for (index, name) in members.iter().enumerate() {
                let at = steps!["cluster", "zones", zone, index];
                let Some(id) = self.roster.find(name) else {
                    return Err(self.unknown_word(&at, name));
                };
                if seen.contains(&id) {
                    return self.wrong(&at, format!("`{name}` is in the zones twice"));
                }
                seen.push(id);
            }
        }
        match self.roster.nodes().find(|node| !seen.contains(node)) {
            Some(node) => {
                let name = self.roster.name(node);
                self.wrong(&steps!["cluster", "zones"], format!("`{name}` is in no zone"))
            }
            None => Ok(()),
        }
    }
}
