//! `[budget]`, and explicit faults that break it whatever happens.
//!
//! The invariant: what is refused here could not have struck in any run.

use super::Check;
use crate::ids::NodeId;
use crate::scenario::budget::{Claim, claims};
use crate::scenario::error::ScenarioError;
use crate::scenario::fault::{Fault, FaultKind, Target};
use crate::scenario::tables::Nodes;
use crate::scenario::target::Word;
use crate::scenario::tree::steps;
use crate::units::Span;

impl Check<'_> {
    pub(super) fn budget(&self) -> Result<(), ScenarioError> {
        for claim in Claim::ALL {
            let Some(Nodes::Kinds(counts)) = self.scenario.budget.limit(claim) else { continue };
            for kind in counts.keys() {
                let known: Vec<&str> = self.roster.kinds().collect();
                if !known.contains(&kind.as_str()) {
                    let protocol = self.facts.protocol;
                    let message = format!("{protocol} has no kind of nodes called `{kind}`");
                    let at = steps!["budget", claim.key(), kind];
                    return self.unknown_key(&at, message, kind, &known);
                }
            }
        }
        (0..self.scenario.faults.len()).try_for_each(|index| self.fits(index))
    }

    /// That a fault with a fixed time leaves the budget whole, together with those before it that
    /// then hold their nodes still.
    fn fits(&self, index: usize) -> Result<(), ScenarioError> {
        let faults = &self.scenario.faults;
        let fault = &faults[index];
        let Some(at) = fixed(fault) else { return Ok(()) };
        for claim in claims(fault.kind()) {
            let mut nodes = self.surely(fault);
            for (other, earlier) in faults.iter().enumerate() {
                let begun = fixed(earlier).is_some_and(|begun| (begun, other) < (at, index));
                let claims = claims(earlier.kind()).contains(claim);
                if begun && claims && (*claim == Claim::Wiped || holds(earlier, at)) {
                    nodes.extend(self.surely(earlier));
                }
            }
            nodes.sort();
            nodes.dedup();
            if let Some(excess) = self.scenario.budget.excess(*claim, &nodes, false, &self.roster) {
                let message = format!("`{}` breaks the budget: {excess}", fault.name);
                return self.wrong(&steps!["faults", index, "at"], message);
            }
        }
        Ok(())
    }

    /// The nodes that a fault strikes in every run; of a partition those that it isolates.
    fn surely(&self, fault: &Fault) -> Vec<NodeId> {
        let target = match fault.kind() {
            FaultKind::Partition(partition) => partition.isolate.as_ref(),
            _ => fault.nodes.as_ref(),
        };
        let mut nodes = Vec::new();
        for word in target.map_or(&[][..], Target::words) {
            match Word::parse(word, &self.roster, &self.facts.roles) {
                Some(Word::All) => nodes.extend(self.roster.nodes()),
                Some(Word::Name(id)) => nodes.push(id),
                Some(Word::Kind(kind)) => {
                    nodes.extend(self.roster.members_of(kind).into_iter().flatten())
                }
                _ => {}
            }
        }
        nodes.retain(|node| !node.is_client() && !self.roster.is_spare(*node));
        nodes
    }
}

/// When a fault begins, if that is fixed.
fn fixed(fault: &Fault) -> Option<Span> {
    fault.at.filter(|at| at.low == at.high).map(|at| at.low)
}

/// Whether a fault with a fixed time that has begun still holds its nodes at an instant.
fn holds(fault: &Fault, at: Span) -> bool {
    let begun = fixed(fault).unwrap_or_default();
    let for_good = fault.crash.as_ref().is_some_and(|crash| crash.for_good);
    for_good || fault.length().is_none_or(|length| begun + length.low > at)
}
