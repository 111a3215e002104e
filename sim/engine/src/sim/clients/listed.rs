//! Operations that a plan lists, and the list of those that a run drew.
//!
//! The invariant: a plan that lists what a run drew issues the same at the same instants.

use super::{Clients, OperationOf};
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::Time;
use crate::plan::{Plan, PlannedOperation};
use crate::protocol::Protocol;
use crate::sim::Sim;
use crate::sim::clients::arrivals::NextListed;
use crate::stream::StreamKind;
use std::collections::VecDeque;

/// When a listed operation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At an instant, whatever the ones before it do.
    At(Time),
    /// When the one before it has ended, but not before this instant.
    Following(Time),
}

/// The operations of the client with this index, if the plan lists operations at all.
pub(super) fn of<O: serde::de::DeserializeOwned>(
    plan: &Plan,
    index: usize,
) -> Option<VecDeque<(Start, O)>> {
    let list = plan.operations.as_ref()?.get(index).map_or(&[][..], Vec::as_slice);
    let read = |planned: &PlannedOperation| {
        let operation = serde_json::from_value(planned.operation.clone());
        let operation = operation.expect("a plan's operations were checked when it was read");
        let start = match (planned.at, planned.not_before) {
            (Some(at), _) => Start::At(Time::ZERO + at),
            (None, earliest) => Start::Following(Time::ZERO + earliest.unwrap_or_default()),
        };
        (start, operation)
    };
    Some(list.iter().map(read).collect())
}

impl<P: Protocol> Clients<P> {
    /// Begins the stream of every client anew; lists no longer count.
    fn draw_anew(&mut self, decider: &mut impl Decider) {
        for client in &mut self.clients {
            client.stream = decider.stream(StreamKind::Workload, client.stream_id);
            client.listed = None;
        }
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Draws all operations that have not begun.
    pub(in crate::sim) fn draw_operations_anew(&mut self) {
        let clients = 0..self.clients.count() as u32;
        let next: Vec<NextListed> =
            clients.clone().map(|client| self.clients.next_listed(client)).collect();
        self.clients.draw_anew(&mut self.decider);
        for (client, next) in clients.zip(next) {
            // Without a list, or with an arrival on its way, its operations go on by themselves.
            match next {
                NextListed::None | NextListed::At(_) => {}
                NextListed::Following(_) | NextListed::End => self.begin_phase(client),
            }
        }
    }

    /// The operations of each client so far, as a plan lists them.
    #[must_use]
    pub fn issued_operations(&self) -> Vec<Vec<PlannedOperation>> {
        let mut lists = vec![Vec::new(); self.clients.count()];
        for (place, operation) in self.clients.history.operations.iter().enumerate() {
            let began = self.clients.called_at(place).since(Time::ZERO);
            let arrived = self.clients.arrived.contains(&place);
            let operation_value = value_of::<P>(&operation.operation);
            lists[operation.process.client as usize - 1].push(PlannedOperation {
                at: arrived.then_some(began),
                not_before: (!arrived).then_some(began),
                operation: operation_value,
            });
        }
        crate::plan::trim(&mut lists);
        lists
    }

    /// Listed operations that were never issued, in words: one item for each client.
    pub(in crate::sim) fn unissued(&self) -> Vec<String> {
        let listed = self.clients.clients.iter().enumerate();
        let left = listed.filter_map(|(index, client)| {
            let count = client.listed.as_ref().map_or(0, VecDeque::len);
            let noun = if count == 1 { "operation" } else { "operations" };
            (count > 0).then(|| format!("{count} {noun} of c{} did not begin", index + 1))
        });
        left.collect()
    }
}

fn value_of<P: Protocol>(operation: &OperationOf<P>) -> serde_json::Value {
    serde_json::to_value(operation).expect("an operation is plain data")
}
