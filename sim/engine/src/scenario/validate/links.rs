//! Links: the ends that `[[network.links]]` and faults of links name.
//!
//! The invariant: links have two ends, said in one way.

use super::Check;
use crate::scenario::error::ScenarioError;
use crate::scenario::fault::{Ends, Target};
use crate::scenario::tables::{Link, ZoneLatencies};
use crate::scenario::target::Word;
use crate::scenario::tree::{Step, steps};
use crate::units::Span;

impl Check<'_> {
    /// The links of a fault: those of `nodes`, or those that its kind's table names.
    pub(super) fn links(
        &self,
        index: usize,
        kind: &str,
        nodes: Option<&Target>,
    ) -> Result<(), ScenarioError> {
        let ends = self.scenario.faults[index].link_ends();
        let at = steps!["faults", index, kind];
        if nodes.is_some() && ends.any() {
            let message = format!("`{kind}` strikes the links of `nodes` or those that it names");
            return self.wrong_key(&steps!["faults", index, "nodes"], message);
        }
        if nodes.is_none() && !ends.any() {
            return Err(self.document.missing(&steps!["faults", index], "nodes"));
        }
        self.ends(&at, ends)?;
        let fault = &self.scenario.faults[index];
        if fault.degrade.as_ref().is_some_and(|degrade| degrade.is_empty()) {
            let message = "a `degrade` says what becomes worse, such as `loss`";
            return self.wrong(&at, message);
        }
        for (key, target) in self.named_ends(ends) {
            for (position, word) in target.words().iter().enumerate() {
                let at = within(&[&at[..], &key].concat(), target, position);
                if self.word(&at, word, index)? == Word::Others {
                    return self.wrong(&at, "`others` has a meaning only in a group");
                }
            }
        }
        Ok(())
    }

    /// Two ends, said in one way.
    fn ends(&self, at: &[Step], ends: Ends<'_>) -> Result<(), ScenarioError> {
        match ends.between {
            Some(_) if ends.from.is_some() || ends.to.is_some() => {
                let message = "`between` means both directions, `from` and `to` mean one";
                self.wrong_key(&[at, &steps!["between"]].concat(), message)
            }
            Some(both) if both.len() != 2 => {
                let message = format!("`between` has two ends; here are {}", both.len());
                self.wrong(&[at, &steps!["between"]].concat(), message)
            }
            _ => Ok(()),
        }
    }

    fn named_ends<'e>(&self, ends: Ends<'e>) -> Vec<(Vec<Step>, &'e Target)> {
        let between = ends.between.into_iter().flatten().enumerate();
        let between = between.map(|(end, target)| (steps!["between", end].to_vec(), target));
        let from = ends.from.map(|target| (steps!["from"].to_vec(), target));
        let to = ends.to.map(|target| (steps!["to"].to_vec(), target));
        between.chain(from).chain(to).collect()
    }

    /// `[network]`: its zones and links.
    pub(super) fn network(&self) -> Result<(), ScenarioError> {
        let network = &self.scenario.network;
        let zones = self.roster.zones().len();
        let three = network.zones.filter(|preset| *preset != ZoneLatencies::OneDatacentre);
        if three.is_some() && zones != 3 {
            let message =
                format!("these latencies are of three zones; `cluster.zones` has {zones}");
            return self.wrong(&steps!["network", "zones"], message);
        }
        self.streams()?;
        let links = network.links.iter().enumerate();
        links.into_iter().try_for_each(|(index, link)| self.link(index, link))
    }

    fn streams(&self) -> Result<(), ScenarioError> {
        let stream = &self.scenario.network.stream;
        let at = |key: &str| steps!["network", "stream", key];
        if stream.retransmit == Span::ZERO {
            return self.wrong(&at("retransmit"), "an end that waits 0s sends for ever");
        }
        if stream.session_timeout == Span::ZERO {
            return self.wrong(&at("session_timeout"), "a session of 0s carries nothing");
        }
        if stream.session_timeout < stream.retransmit {
            let again = stream.retransmit;
            let message = format!("the session is over before `retransmit` ({again}) sends again");
            return self.wrong(&at("session_timeout"), message);
        }
        match stream.buffer {
            0 => self.wrong(&at("buffer"), "at least 1 message is unacknowledged at a time"),
            _ => Ok(()),
        }
    }

    fn link(&self, index: usize, link: &Link) -> Result<(), ScenarioError> {
        let at = steps!["network", "links", index];
        let ends = link.ends();
        self.ends(&at, ends)?;
        if ends.between.is_none() && (ends.from.is_none() || ends.to.is_none()) {
            return self.wrong(&at, "links have two ends: `between`, or `from` and `to`");
        }
        for (key, target) in self.named_ends(ends) {
            for (position, word) in target.words().iter().enumerate() {
                let at = within(&[&at[..], &key].concat(), target, position);
                match Word::parse(word, &self.roster, &self.facts.roles) {
                    Some(Word::Name(_) | Word::Kind(_) | Word::Zone(_) | Word::All) => {}
                    Some(_) => {
                        let message = format!("`{word}` is not the same for the whole run");
                        return self.wrong(&at, message);
                    }
                    None => return Err(self.unknown_word(&at, word)),
                }
            }
        }
        Ok(())
    }

    /// What `chaos.degrade` and `chaos.lag` say.
    pub(super) fn chaos_links(&self) -> Result<(), ScenarioError> {
        if self.scenario.chaos.degrade.as_ref().is_some_and(|chaos| chaos.worst().is_empty()) {
            let message = "a `degrade` says what becomes worse, such as `loss`";
            return self.wrong(&steps!["chaos", "degrade"], message);
        }
        let Some(lag) = &self.scenario.chaos.lag else { return Ok(()) };
        match lag.by.high == Span::ZERO {
            true => self.wrong(&steps!["chaos", "lag", "by"], "a lag of 0s is none"),
            false => Ok(()),
        }
    }
}

/// The place of a word in a target.
fn within(at: &[Step], target: &Target, position: usize) -> Vec<Step> {
    match target {
        Target::One(_) => at.to_vec(),
        Target::Many(_) => [at, &steps![position]].concat(),
    }
}
