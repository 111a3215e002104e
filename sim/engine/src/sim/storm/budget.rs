//! The budget at the instant of a strike: a fault that would break it is skipped.
//!
//! The invariant: what counts is the run as it is, not as it was planned.

use super::super::Sim;
use super::targets::Resolved;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::network::{Cut, Passage};
use crate::protocol::Protocol;
use crate::scenario::budget::{Claim, DRAWN, claims};
use crate::scenario::fault::Fault;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Why a fault may not strike, if it would break the budget.
    pub(super) fn over_budget(&self, fault: &Fault, resolved: &Resolved) -> Option<String> {
        let drawn = fault.name.starts_with(DRAWN);
        let budget = &self.plan.budget;
        let limited = |claim: &&Claim| drawn || budget.limit(**claim).is_some();
        let excess = |claim: &Claim| {
            let nodes = self.claimed(*claim, resolved);
            budget.excess(*claim, &nodes, drawn, &self.roster)
        };
        let mut claims = claims(fault.kind()).iter().filter(limited);
        claims.find_map(excess).map(|excess| excess.to_string())
    }

    /// The nodes that would then be down, wiped or cut off.
    fn claimed(&self, claim: Claim, resolved: &Resolved) -> Vec<NodeId> {
        let (struck, cut) = match resolved {
            Resolved::Nodes(nodes) => (nodes.as_slice(), None),
            Resolved::Cut { cut, .. } => (&[][..], Some(cut)),
            Resolved::Links { .. } => (&[][..], None),
        };
        let member = |node: &NodeId| self.nodes[node.index()].joined;
        let members = self.roster.nodes().filter(member);
        match claim {
            Claim::Down => {
                let down = |node: &NodeId| !self.nodes[node.index()].up || struck.contains(node);
                members.filter(down).collect()
            }
            Claim::Wiped => {
                let wiped =
                    |node: &NodeId| self.storm.wiped.contains(node) || struck.contains(node);
                members.filter(wiped).collect()
            }
            Claim::Cut => self.cut_off(&members.collect::<Vec<_>>(), cut),
        }
    }

    /// The nodes that the best connected one does not reach both ways.
    fn cut_off(&self, members: &[NodeId], cut: Option<&Cut>) -> Vec<NodeId> {
        let blocked = |from: NodeId, to: NodeId| {
            let (source, target) = (self.network.place(from), self.network.place(to));
            self.network.blocked(Passage { from, to })
                || cut.is_some_and(|cut| cut.blocks(source, target))
        };
        let apart = |one: NodeId| {
            let others = members.iter().copied();
            let apart = others.filter(|other| blocked(one, *other) || blocked(*other, one));
            apart.collect::<Vec<NodeId>>()
        };
        members.iter().map(|one| apart(*one)).min_by_key(Vec::len).unwrap_or_default()
    }
}
