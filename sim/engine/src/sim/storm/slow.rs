//! Slow nodes: work and disk take longer.
//!
//! The invariant: a node is as slow as all faults that hold it together say.

use super::super::Sim;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::protocol::Protocol;
use crate::scenario::fault::Slow;
use crate::units::{ONCE, product};

/// How slow a fault makes one node until it ends, in thousandths.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Held {
    fault: u32,
    node: NodeId,
    cpu: u32,
    drive: u32,
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Makes a node slow.
    pub(super) fn slow_node(&mut self, node: NodeId, fault: u32, slow: &Slow) {
        let stream = &mut self.storm.faults[fault as usize].effect;
        let cpu = slow.cpu.map_or(ONCE, |range| stream.factor(range));
        let drive = slow.disk.map_or(ONCE, |range| stream.factor(range));
        self.storm.slow.push(Held { fault, node, cpu, drive });
        self.set_speed(node);
    }

    /// Takes back what a fault does to the speed of nodes.
    pub(super) fn speed_up(&mut self, fault: u32) {
        while let Some(at) = self.storm.slow.iter().position(|held| held.fault == fault) {
            let node = self.storm.slow.remove(at).node;
            self.set_speed(node);
        }
    }

    fn set_speed(&mut self, node: NodeId) {
        let held = self.storm.slow.iter().filter(|held| held.node == node);
        let (cpu, drive) = held.fold((ONCE, ONCE), |(cpu, drive), held| {
            (product(cpu, held.cpu), product(drive, held.drive))
        });
        let seat = &mut self.nodes[node.index()].seat;
        (seat.cpu, seat.drive) = (cpu, drive);
    }
}
