//! Pinning: each fault as it happened, so that it happens again without its trigger, role or draw.
//!
//! The invariant: a pinned fault begins between the same two things that happened as it did, lasts
//! as long and strikes the same, whatever other faults are taken out of the plan.

use super::super::Sim;
use super::Resolved;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::{EventId, NodeId, Time};
use crate::network::{ALL_SIDES, Cut};
use crate::protocol::Protocol;
use crate::scenario::fault::{ClientSide, Fault, Partition, Target};
use crate::units::{Span, SpanRange};

/// Where in a run a fault begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sim) enum Place {
    /// Between two steps of the run.
    #[default]
    Between,
    /// When the handler of this event has returned, before its effects.
    Handler(EventId),
    /// Before this step of who pulled the trigger or is named.
    BeforeStep(u64),
    /// After it, before anything else.
    AfterStep(u64),
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// A fault that is about to begin, as it will have happened.
    pub(super) fn pinned(&self, index: u32, fault: &Fault, resolved: &Resolved) -> Fault {
        let mut pinned = Fault {
            at: None,
            past: None,
            step: None,
            after_step: None,
            of: None,
            handler: None,
            when: None,
            after: None,
            delay: None,
            within: None,
            bind: None,
            ..fault.clone()
        };
        let state = &self.storm.faults[index as usize];
        // Skipped faults are no part of a pinned plan, and neither are their events.
        let number = |event: EventId| event.0 - self.storm.skipped_before(event);
        let it = || state.it.map(|it| self.roster.name(it)).or_else(|| fault.of.clone());
        match state.place {
            Place::Between => {
                pinned.at = Some(SpanRange::exactly(self.now.since(Time::ZERO)));
                let tied = self.stepped_from == self.now && self.last != EventId::BEGINNING;
                pinned.past = tied.then(|| number(self.last));
            }
            Place::Handler(event) => pinned.handler = Some(number(event)),
            Place::BeforeStep(step) => (pinned.step, pinned.of) = (Some(step), it()),
            Place::AfterStep(step) => (pinned.after_step, pinned.of) = (Some(step), it()),
        }
        match resolved {
            // What a change of the cluster names is looked up again and again.
            Resolved::Nodes(nodes) if fault.nodes.is_some() => {
                pinned.nodes = Some(self.named(nodes));
            }
            Resolved::Nodes(_) => {}
            // What changes while it lasts, or cuts single links, is drawn again as it was.
            Resolved::Cut { cut, .. } => {
                let changes = fault.partition.as_ref().is_some_and(|cut| cut.phases().is_some());
                if cut.has_sides() && !changes {
                    pinned.partition = Some(self.groups_of(cut));
                }
            }
            Resolved::Links { .. } => {}
        }
        pinned
    }

    fn named(&self, nodes: &[NodeId]) -> Target {
        match nodes {
            [node] => Target::One(self.roster.name(*node)),
            _ => Target::Many(nodes.iter().map(|node| self.roster.name(*node)).collect()),
        }
    }

    /// A cut as groups by name. Who is in none is on all sides.
    fn groups_of(&self, cut: &Cut) -> Partition {
        let mut groups: Vec<Vec<String>> = Vec::new();
        for id in self.roster.nodes().chain(self.roster.clients()) {
            let sides = cut.sides_of(self.network.place(id));
            if sides == ALL_SIDES {
                continue;
            }
            for side in (0..u32::BITS).filter(|side| sides >> side & 1 == 1) {
                groups.resize(groups.len().max(side as usize + 1), Vec::new());
                groups[side as usize].push(self.roster.name(id));
            }
        }
        let one_way = if cut.is_one_way() { std::mem::take(&mut groups) } else { Vec::new() };
        Partition { groups, one_way, clients: ClientSide::Both, ..Partition::default() }
    }

    /// Notes how long a pinned fault lasts.
    pub(super) fn pin(&mut self, mut pinned: Fault, lasts: Option<Span>) {
        pinned.set_length(lasts.map(SpanRange::exactly));
        self.storm.pinned.push(pinned);
    }

    /// The faults as they happened so far, in the order in which they began.
    #[must_use]
    pub fn pinned_faults(&self) -> &[Fault] {
        &self.storm.pinned
    }

    /// The faults whose trigger nobody pulled.
    #[must_use]
    pub fn unfired(&self) -> Vec<String> {
        let faults = self.plan.faults.iter().zip(&self.storm.faults);
        let unfired = faults.filter(|(fault, state)| fault.when.is_some() && state.it.is_none());
        unfired.map(|(fault, _)| fault.name.clone()).collect()
    }
}
