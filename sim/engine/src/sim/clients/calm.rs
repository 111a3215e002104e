//! What clients do for the calm when progress is asked for: each keeps an operation for it, and
//! goes on until one is answered.
//!
//! The invariant: without `progress_within`, and for operations that a plan lists, nothing here
//! changes what clients do.

use super::Clients;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::Time;
use crate::protocol::Protocol;
use crate::sim::Sim;
use crate::sim::progress::Waiting;

impl<P: Protocol> Clients<P> {
    /// Everybody who waits for an answer, and since when in the calm that begins at `calm`.
    pub(in crate::sim) fn waiting(&self, calm: Time) -> impl Iterator<Item = Waiting> {
        self.clients.iter().enumerate().flat_map(move |(client, state)| {
            let lanes = state.lanes.iter().filter_map(|lane| lane.waiting);
            let waiting = lanes.chain(state.given_up);
            waiting.map(move |(since, place)| Waiting {
                since: since.max(calm),
                client: client as u32,
                place,
            })
        })
    }

    /// A client had an answer: what it gave up before was bad luck.
    pub(in crate::sim) fn forget_given_up(&mut self, client: u32) {
        self.clients[client as usize].given_up = None;
    }

    /// When an operation of the history was called.
    pub(in crate::sim) fn called_at(&self, place: usize) -> Time {
        self.times[place].0
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Whether a client has one operation left, which it keeps for the calm.
    pub(super) fn keeps_operation(&self, client: u32) -> bool {
        let state = &self.clients.clients[client as usize];
        self.progress.within.is_some()
            && state.listed.is_none()
            && state.left == Some(state.drawn + 1)
            && !self.is_calm()
    }

    /// Whether a client that has issued all its operations goes on, since it gave up the last.
    pub(super) fn owes_operation(&self, client: u32) -> bool {
        let state = &self.clients.clients[client as usize];
        self.progress.within.is_some()
            && state.listed.is_none()
            && state.left.is_some_and(|left| state.drawn >= left)
            && state.given_up.is_some()
    }

    /// An operation was given up: if that was in the calm, its client waits until one is answered.
    pub(super) fn give_up(&mut self, waiting: Waiting) {
        if self.is_calm() {
            let state = &mut self.clients.clients[waiting.client as usize];
            let since = state.given_up.map_or(waiting.since, |(since, _)| since.min(waiting.since));
            state.given_up = Some((since, waiting.place));
        }
    }
}
