//! Faults of disks: they take hold of a disk and let go of it.
//!
//! The invariant: what a disk draws under a fault comes from a stream of the fault and the node.

use super::super::Sim;
use crate::decider::Decider;
use crate::disk::Trouble;
use crate::host::Host;
use crate::ids::NodeId;
use crate::protocol::Protocol;
use crate::scenario::fault::Disk;
use crate::stream::{StreamKind, name_id};

/// The name of the stream that a node's disk draws from while a fault holds it.
pub(in crate::sim) fn held_disk(fault: &str, node: &str) -> String {
    format!("{fault} {node}")
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Lets a fault take hold of a node's disk.
    pub(super) fn trouble_disk(&mut self, id: NodeId, fault: u32, kind: &Disk) {
        let name = held_disk(&self.plan.faults[fault as usize].name, &self.roster.name(id));
        let stream = self.decider.stream(StreamKind::Fault, name_id(&name));
        let disk = &mut self.nodes[id.index()].seat.disk;
        disk.rot(kind.rot, &mut self.storm.faults[fault as usize].effect);
        disk.trouble(Trouble { fault, kind: kind.clone(), stream });
    }

    /// Lets go of every disk.
    pub(super) fn relieve_disks(&mut self, fault: u32) {
        if self.plan.faults[fault as usize].disk.is_some() {
            self.nodes.iter_mut().for_each(|node| node.seat.disk.relieve(fault));
        }
    }
}
