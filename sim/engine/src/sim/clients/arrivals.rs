//! When operations are issued: one after another, at a rate, in phases, or as a list says.
//!
//! The invariant: an arrival lies within the phase whose rate it was drawn from, and before the
//! end of the run.

use super::Clients;
use super::listed::Start;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::Time;
use crate::protocol::Protocol;
use crate::scenario::tables::Arrivals;
use crate::sim::{Sim, What};
use crate::units::{Rate, Span};

/// When the next operation of a client's list is issued.
pub(super) enum NextListed {
    /// The client has no list.
    None,
    /// At an instant, whatever the ones before it do.
    At(Time),
    /// When the one before it has ended, but not before this instant.
    Following(Time),
    /// Never: that was the last one.
    End,
}

impl NextListed {
    /// Before which instant it does not begin.
    pub(super) fn earliest(&self) -> Time {
        match self {
            NextListed::At(at) | NextListed::Following(at) => *at,
            NextListed::None | NextListed::End => Time::ZERO,
        }
    }
}

impl<P: Protocol> Clients<P> {
    /// When operations are issued at an instant.
    pub(super) fn arrivals(&self, at: Time) -> Arrivals {
        let phase = self.workload.phases.iter().rev().find(|phase| {
            let begin = Time::ZERO + phase.at;
            (begin..begin + phase.lasts).contains(&at)
        });
        phase.and_then(|phase| phase.arrivals).unwrap_or(self.workload.arrivals)
    }

    /// The next instant after `at` at which a phase begins or ends.
    fn next_bound(&self, at: Time) -> Option<Time> {
        let bounds = self
            .workload
            .phases
            .iter()
            .flat_map(|phase| [Time::ZERO + phase.at, Time::ZERO + phase.at + phase.lasts]);
        bounds.filter(|bound| *bound > at).min()
    }

    /// When the next listed operation of a client is issued.
    pub(super) fn next_listed(&self, client: u32) -> NextListed {
        let Some(list) = &self.clients[client as usize].listed else { return NextListed::None };
        match list.front() {
            Some((Start::At(at), _)) => NextListed::At(*at),
            Some((Start::Following(at), _)) => NextListed::Following(*at),
            None => NextListed::End,
        }
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Schedules what the clients begin with.
    pub(in crate::sim) fn schedule_clients(&mut self) {
        for client in 0..self.clients.count() as u32 {
            match self.clients.next_listed(client) {
                NextListed::None => self.begin_phase(client),
                NextListed::At(at) => self.arrive_at(client, at),
                NextListed::Following(at) => self.begin_at(client, 0, at),
                NextListed::End => {}
            }
        }
    }

    /// Schedules an arrival.
    pub(super) fn arrive_at(&mut self, client: u32, at: Time) {
        self.schedule(at, What::Arrival { client });
    }

    /// A phase begins or ends, or the run begins. Gaps have no memory: the wait for the next
    /// arrival begins anew at the new rate; even arrivals begin at once, one client after another.
    pub(in crate::sim) fn begin_phase(&mut self, client: u32) {
        let first = match self.clients.arrivals(self.now) {
            Arrivals::Closed => {
                let lane = self.clients.lane(client as usize, 0);
                if lane.ongoing.is_none() && lane.begins == 0 {
                    self.begin_at(client, 0, self.now);
                }
                None
            }
            Arrivals::Even(rate) => Some(rate.gap() * u64::from(client)),
            Arrivals::Poisson(rate) => Some(self.poisson_gap(client, rate)),
        };
        self.next_arrival(client, first);
        if let Some(bound) = self.clients.next_bound(self.now) {
            self.schedule(bound, What::Phase { client });
        }
    }

    fn poisson_gap(&mut self, client: u32, rate: Rate) -> Span {
        let mean = rate.gap() * self.clients.count() as u64;
        self.clients.clients[client as usize].stream.exponential(mean)
    }

    /// Schedules an arrival after a gap, unless its phase ends before.
    fn next_arrival(&mut self, client: u32, gap: Option<Span>) {
        let Some(gap) = gap else { return };
        let at = self.now + gap;
        let end = Time::ZERO + self.plan.scenario.duration;
        let bound = self.clients.next_bound(self.now).map_or(end, |bound| bound.min(end));
        if at < bound {
            self.schedule(at, What::Arrival { client });
        }
    }

    /// An operation of an open-loop client, or one that is listed for this instant, arrives.
    pub(in crate::sim) fn arrival(&mut self, client: u32) {
        if self.keeps_operation(client) {
            return self.arrive_at(client, self.storm_end());
        }
        let lanes = &self.clients.clients[client as usize].lanes;
        let free = lanes.iter().position(|lane| lane.ongoing.is_none() && lane.begins == 0);
        let lane = free.unwrap_or(lanes.len());
        let place = self.clients.history.operations.len();
        let begun = self.invoke(client, lane as u32);
        if begun {
            self.clients.arrived.insert(place);
        }
        let listed = self.clients.clients[client as usize].listed.is_some();
        if listed || !begun {
            return;
        }
        let gap = match self.clients.arrivals(self.now) {
            Arrivals::Closed => None,
            Arrivals::Even(rate) => Some(rate.gap() * self.clients.count() as u64),
            Arrivals::Poisson(rate) => Some(self.poisson_gap(client, rate)),
        };
        self.next_arrival(client, gap);
    }
}
