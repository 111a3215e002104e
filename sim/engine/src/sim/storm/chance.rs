//! Fault points: faults enable them for nodes.
//!
//! The invariant: whether a point is enabled is drawn once for each, from the fault's stream.

use super::super::Sim;
use crate::chance::{Armed, Chances};
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::protocol::Protocol;
use crate::scenario::fault::Chance;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Enables fault points for some nodes.
    pub(super) fn arm_points(&mut self, nodes: &[NodeId], fault: u32, kind: &Chance) {
        for (point, name) in P::CHANCES.iter().enumerate() {
            let wanted = kind.points.is_empty() || kind.points.iter().any(|other| other == name);
            let stream = &mut self.storm.faults[fault as usize].effect;
            if stream.chance(kind.enabled) && wanted {
                let armed = Armed { fault, point: point as u32, taken: kind.taken };
                nodes.iter().for_each(|node| self.nodes[node.index()].seat.armed.push(armed));
            }
        }
    }

    /// Disables what a fault has enabled.
    pub(super) fn disarm_points(&mut self, fault: u32) {
        if self.plan.faults[fault as usize].chance.is_some() {
            let nodes = self.nodes.iter_mut();
            nodes.for_each(|node| node.seat.armed.retain(|armed| armed.fault != fault));
        }
    }

    /// How often each fault point was reached and taken.
    #[must_use]
    pub fn chances(&self) -> Vec<Chances> {
        self.points.counts()
    }
}
