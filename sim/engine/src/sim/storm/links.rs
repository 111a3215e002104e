//! Faults of links: some become worse, and are as they were when the fault ends.
//!
//! The invariant: a fault of links changes nothing but the fate of messages sent while it lasts.

use super::super::Sim;
use super::targets::Resolved;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::{NodeId, Time};
use crate::network::{LinkSet, Partial, Worsening};
use crate::protocol::Protocol;
use crate::scenario::fault::{Ends, Fault, FaultKind, Target};
use crate::stream::name_id;
use crate::units::Span;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// The links of a fault, if it is about links: those that its table names, or all of its
    /// nodes; `None` if one of its words means nobody now.
    pub(super) fn resolve_links(&mut self, index: u32, fault: &Fault) -> Option<Resolved> {
        let Ends { between, from, to } = fault.link_ends();
        let everybody: Vec<NodeId> = self.roster.everybody().collect();
        let (first, second, both) = match (between, from, to) {
            (Some([first, second]), _, _) => {
                (self.end(index, Some(first))?, self.end(index, Some(second))?, true)
            }
            (_, None, None) => (self.end(index, fault.nodes.as_ref())?, everybody.clone(), true),
            (_, from, to) => (self.end(index, from)?, self.end(index, to)?, false),
        };
        let names = |end: &[NodeId]| match end.len() == everybody.len() {
            true => "all".to_string(),
            false => self.names(end),
        };
        let arrow = if both { "<->" } else { "->" };
        let words = format!("{} {arrow} {}", names(&first), names(&second));
        let place = |id: &NodeId| self.roster.place(*id);
        let places = |end: &[NodeId]| end.iter().map(place).collect::<Vec<_>>();
        let links = LinkSet::new(everybody.len(), &places(&first), &places(&second), both);
        Some(Resolved::Links { links, words, chosen: first })
    }

    /// Those whom an end means; everybody if it is not said.
    fn end(&mut self, index: u32, target: Option<&Target>) -> Option<Vec<NodeId>> {
        match target {
            Some(target) => self.resolve_members(index, target.words()),
            None => Some(self.roster.everybody().collect()),
        }
    }

    /// Puts a fault of links into force.
    pub(super) fn worsen(
        &mut self,
        index: u32,
        fault: &Fault,
        links: LinkSet,
        lasts: Option<Span>,
    ) {
        let storm_end = self.storm_end();
        let calm = self.plan.scenario.calm > Span::ZERO;
        let until = lasts.map_or(Time::MAX, |lasts| self.now + lasts);
        let until = if calm { until.min(storm_end) } else { until };
        let worsening = match fault.kind() {
            FaultKind::Degrade(degrade) => Worsening::Degrade(Partial::of_fault(degrade)),
            FaultKind::Lag(lag) => Worsening::Lag { by: lag.by, key: name_id(&fault.name) },
            FaultKind::Clog(_) => Worsening::Clog { until },
            FaultKind::Hold(_) => Worsening::Hold { until },
            _ => unreachable!("only these kinds resolve to links"),
        };
        self.network.worsen(index, links, worsening);
    }
}
