//! What can be seen of a run between two steps.
//!
//! The invariant: looking changes nothing.

use super::{Overflow, Sim, Stats, Strike, stats};
use crate::decider::Decider;
use crate::digest::Digest;
use crate::event::Event;
use crate::host::Host;
use crate::ids::{EventId, NodeId, Time};
use crate::network::Network;
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::scenario::roster::Roster;
use crate::view::View;
use std::hash::Hasher;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// When the storm ends and the calm begins; the end of the run if there is no calm.
    #[must_use]
    pub fn storm_end(&self) -> Time {
        let heading = &self.plan.scenario;
        Time::ZERO + heading.duration.saturating_sub(heading.calm)
    }

    /// The instant of true time that the run has reached.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The number of the last event.
    #[must_use]
    pub fn last_event(&self) -> EventId {
        self.last
    }

    /// The digest of everything that has happened.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(self.digest.finish())
    }

    /// Which limit the run has reached, if any.
    #[must_use]
    pub fn overflow(&self) -> Option<Overflow> {
        self.overflow
    }

    /// Says that a handler was stopped for saying too much.
    pub(crate) fn stopped_handler(&mut self) -> Option<NodeId> {
        let node = self.running?;
        self.overflow = Some(Overflow::Effects(node));
        Some(node)
    }

    /// Whose code is running, after a panic out of it.
    pub(crate) fn running(&self) -> Option<NodeId> {
        self.running
    }

    /// Whether two runs of this plan are equal on this host.
    #[must_use]
    pub fn reproducible(&self) -> bool {
        H::REPRODUCIBLE
    }

    /// The plan of the run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The configuration of the run.
    #[must_use]
    pub fn config(&self) -> &P::Config {
        &self.config
    }

    /// Who takes part.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The links.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Counts and distributions of the run so far.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The faults that have struck or were skipped.
    #[must_use]
    pub fn strikes(&self) -> &[Strike] {
        &self.storm.strikes
    }

    /// Lends the events of the last step out, so that somebody may look at both.
    pub(crate) fn take_happened(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.happened)
    }

    pub(crate) fn give_back_happened(&mut self, happened: Vec<Event>) {
        self.happened = happened;
    }

    /// What the bounds of measures judge.
    pub(crate) fn windows(&self) -> &stats::Windows {
        &self.windows
    }

    /// The memory of a node that is up and at rest.
    #[must_use]
    pub fn node(&self, node: NodeId) -> Option<&P::Node> {
        self.nodes.get(node.index()).filter(|state| state.at_rest())?;
        self.host.node(node)
    }

    /// What a node that is up and at rest shows of itself.
    #[must_use]
    pub fn view(&self, node: NodeId) -> Option<View> {
        self.nodes.get(node.index()).filter(|state| state.at_rest())?;
        Some(self.host.view(node))
    }

    /// Whether a node is up, at rest or busy.
    #[must_use]
    pub fn is_up(&self, node: NodeId) -> bool {
        self.nodes.get(node.index()).is_some_and(|state| state.up)
    }

    /// Whether a node is paused.
    #[must_use]
    pub fn is_paused(&self, node: NodeId) -> bool {
        self.nodes.get(node.index()).is_some_and(|state| state.paused_at.is_some())
    }

    /// A node's disk as it is at this instant.
    ///
    /// # Panics
    /// If there is no such node.
    #[must_use]
    pub fn disk(&self, node: NodeId) -> &crate::disk::Disk {
        &self.nodes[node.index()].seat.disk
    }
}
