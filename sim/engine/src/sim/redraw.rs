//! Drawing anew: a run that has come to a certain event goes on under another seed.
//!
//! The invariant: what has happened stays as it was; everything that is drawn from here on comes
//! from a stream at its beginning, and what a plan says of later operations and messages no longer
//! counts.

use super::Sim;
use super::storm::held_disk;
use crate::decider::Decider;
use crate::host::Host;
use crate::network::Network;
use crate::protocol::Protocol;
use crate::stream::{StreamKind, name_id};

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Begins every stream anew.
    #[cold]
    pub(super) fn draw_anew(&mut self) {
        let Some(reseed) = self.plan.reseed.clone() else { return };
        self.redrawn_after = u64::MAX;
        self.decider.reseed(reseed.seed);
        self.forget_named_sends();
        let decider = &mut self.decider;
        for state in &mut self.nodes {
            let id = state.stream_id;
            state.seat.stream = decider.stream(StreamKind::Node, id);
            let disk = decider.stream(StreamKind::Disk, id);
            let name = self.roster.name(state.seat.id);
            state.seat.disk.draw_from(disk, |fault| {
                let name = held_disk(&self.plan.faults[fault as usize].name, &name);
                decider.stream(StreamKind::Fault, name_id(&name))
            });
        }
        self.points.draw_anew(&mut self.decider);
        self.draw_operations_anew();
        self.draw_faults_anew();
        if let Some(network) = &reseed.network {
            self.network.become_like(Network::new(network, &self.roster));
        }
    }
}
