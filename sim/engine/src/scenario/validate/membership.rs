//! Spares, and changes of the cluster.

use super::Check;
use crate::scenario::error::ScenarioError;
use crate::scenario::fault::{Fault, Membership, Target};
use crate::scenario::target::Word;
use crate::scenario::tree::{Step, steps};
use crate::units::Span;

impl Check<'_> {
    pub(super) fn spares(&self) -> Result<(), ScenarioError> {
        if self.scenario.cluster.spares > 0 && self.facts.has_kinds() {
            let message = "only a cluster of one kind of nodes has spares";
            return self.wrong(&steps!["cluster", "spares"], message);
        }
        Ok(())
    }

    /// Only spares join, and for ever.
    pub(super) fn join(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let words = fault.nodes.iter().flat_map(Target::words);
        for word in words {
            match Word::parse(word, &self.roster, &self.facts.roles) {
                Some(Word::Spare) => {}
                Some(Word::Name(id)) if self.roster.is_spare(id) => {}
                _ => {
                    let message = format!("`{word}` is no spare, and only spares join");
                    return self.wrong(&steps!["faults", index, "nodes"], message);
                }
            }
        }
        match fault.lasts {
            Some(_) => {
                let message = "a node that joined stays; a `join` has no `for`";
                self.wrong_key(&steps!["faults", index, "for"], message)
            }
            None => Ok(()),
        }
    }

    pub(super) fn membership(&self, index: usize, kind: &Membership) -> Result<(), ScenarioError> {
        self.has_membership(&steps!["faults", index, "membership"])?;
        let at = |key: &str| steps!["faults", index, "membership", key].to_vec();
        match (&kind.add, &kind.remove) {
            (Some(target), None) => self.words(&at("add"), target, index)?,
            (None, Some(target)) => self.words(&at("remove"), target, index)?,
            _ => {
                let at = steps!["faults", index, "membership"];
                return self.wrong(&at, "expected exactly one of `add` and `remove`");
            }
        }
        let removes = kind.remove.is_some();
        if !removes && kind.stop {
            return self.wrong_key(&at("stop"), "only a node that is removed is stopped");
        }
        if !removes && kind.least.is_some() {
            return self.wrong_key(&at("least"), "`least` holds where a node is removed");
        }
        if removes && kind.most.is_some() {
            return self.wrong_key(&at("most"), "`most` holds where a node is added");
        }
        if kind.retry == Span::ZERO {
            return self.wrong(&at("retry"), "an operator that waits 0s never stops asking");
        }
        Ok(())
    }

    pub(super) fn chaos_membership(&self) -> Result<(), ScenarioError> {
        let Some(chaos) = &self.scenario.chaos.membership else { return Ok(()) };
        self.has_membership(&steps!["chaos", "membership"])?;
        if chaos.most.is_some_and(|most| most < chaos.least) {
            let message = format!("no cluster has at least {} nodes and at most", chaos.least);
            return self.wrong(&steps!["chaos", "membership", "most"], message + " so many");
        }
        Ok(())
    }

    fn has_membership(&self, at: &[Step]) -> Result<(), ScenarioError> {
        if self.facts.membership {
            return Ok(());
        }
        let message = format!("{} has no way to change who is in it", self.facts.protocol);
        self.wrong_key(at, message)
    }
}
