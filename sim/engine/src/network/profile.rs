//! What one link is like.
//!
//! The invariant: a property that is not said for a link is that of `[network]`.

use super::{Course, Loss};
use crate::ids::Time;
use crate::latency::LatencyTable;
use crate::scenario::tables::{self, Bandwidth, Latency, Reordering};
use crate::units::{Ratio, Span};
use std::rc::Rc;

/// What a link is like, in full.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    latency: Rc<LatencyTable>,
    loss: Ratio,
    duplication: Ratio,
    reordering: Reordering,
    corruption: Ratio,
    bandwidth: Option<Bandwidth>,
}

/// What is said of a link that is not as all others, or not for now.
#[derive(Clone, Debug, Default)]
pub struct Partial {
    latency: Option<Rc<LatencyTable>>,
    loss: Option<Ratio>,
    duplication: Option<Ratio>,
    reordering: Option<Reordering>,
    corruption: Option<Ratio>,
    bandwidth: Option<Bandwidth>,
}

impl Partial {
    /// A link of which only the latency is said.
    pub(super) fn latency(latency: &Latency) -> Partial {
        let latency = Some(Rc::new(LatencyTable::new(latency)));
        Partial { latency, ..Partial::default() }
    }

    /// What `[[network.links]]` says of links.
    pub(super) fn of_link(link: &tables::Link) -> Partial {
        Partial {
            latency: link.latency.as_ref().map(|latency| Rc::new(LatencyTable::new(latency))),
            loss: link.loss,
            duplication: link.duplication,
            reordering: link.reordering,
            corruption: link.corruption,
            bandwidth: link.bandwidth,
        }
    }

    /// What a fault makes of links.
    #[must_use]
    pub fn of_fault(fault: &crate::scenario::fault::Degrade) -> Partial {
        Partial {
            latency: fault.latency.as_ref().map(|latency| Rc::new(LatencyTable::new(latency))),
            loss: fault.loss,
            duplication: fault.duplication,
            reordering: fault.reordering,
            corruption: fault.corruption,
            bandwidth: fault.bandwidth,
        }
    }

    /// A link that is as it was but for this.
    pub(super) fn over(&self, profile: &Profile) -> Profile {
        Profile {
            latency: self.latency.clone().unwrap_or_else(|| profile.latency.clone()),
            loss: self.loss.unwrap_or(profile.loss),
            duplication: self.duplication.unwrap_or(profile.duplication),
            reordering: self.reordering.unwrap_or(profile.reordering),
            corruption: self.corruption.unwrap_or(profile.corruption),
            bandwidth: self.bandwidth.or(profile.bandwidth),
        }
    }

    pub(super) fn change<'a>(&'a self, link: &mut Link<'a>) {
        link.latency = self.latency.as_deref().unwrap_or(link.latency);
        link.loss = self.loss.unwrap_or(link.loss);
        link.duplication = self.duplication.unwrap_or(link.duplication);
        link.reordering = self.reordering.unwrap_or(link.reordering);
        link.corruption = self.corruption.unwrap_or(link.corruption);
        link.bandwidth = self.bandwidth.or(link.bandwidth);
    }
}

impl Profile {
    pub(super) fn new(table: &tables::Network) -> Profile {
        Profile {
            latency: Rc::new(LatencyTable::new(&table.latency)),
            loss: table.loss,
            duplication: table.duplication,
            reordering: table.reordering,
            corruption: table.corruption,
            bandwidth: table.bandwidth,
        }
    }

    /// Whether its words alone decide over a message.
    pub(super) fn is_plain(&self) -> bool {
        self.corruption == Ratio::ZERO && self.bandwidth.is_none()
    }

    #[inline]
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            latency: &self.latency,
            loss: self.loss,
            duplication: self.duplication,
            reordering: self.reordering,
            corruption: self.corruption,
            bandwidth: self.bandwidth,
        }
    }
}

/// What a link is like at one instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    latency: &'a LatencyTable,
    loss: Ratio,
    duplication: Ratio,
    reordering: Reordering,
    pub(super) corruption: Ratio,
    pub(super) bandwidth: Option<Bandwidth>,
}

impl Link<'_> {
    /// Loss, latency, duplication and reordering of a message with these words.
    #[inline]
    pub(super) fn course(&self, words: [u32; 4]) -> Course {
        if self.loss.takes(words[0]) {
            return Course { arrival: Err(Loss::Dropped), copy: None, corrupted: false };
        }
        let latency = self.latency.sample(words[1]);
        let mut course = Course { arrival: Ok(latency), copy: None, corrupted: false };
        let low = words[2] << 16 | words[3] & 0xffff;
        let Reordering { share, by } = self.reordering;
        if share != Ratio::ZERO && share.takes(low) {
            course.arrival = Ok(latency.saturating_add(by.at(words[3]).as_nanos()));
        }
        if self.duplication != Ratio::ZERO && self.duplication.takes(words[2]) {
            course.copy = Some(self.latency.sample(words[3]));
        }
        course
    }
}

impl Bandwidth {
    /// Until when the link is busy with a message of `size` bytes that joins its queue `now`.
    fn enqueue_until(&self, free: Time, size: u64) -> Time {
        let nanos = u128::from(size) * 1_000_000_000;
        let nanos = nanos.div_ceil(u128::from(self.rate.as_bytes_per_second()));
        free + Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Puts a message of `size` bytes into the queue of a link that is busy until `busy`. An idle
    /// link takes any message, a busy one only what fits into its queue.
    pub(super) fn enqueue(&self, busy: Time, now: Time, size: u64) -> Result<Time, Loss> {
        let waiting = u128::from(busy.since(now).as_nanos());
        let backlog = waiting * u128::from(self.rate.as_bytes_per_second()) / 1_000_000_000;
        if waiting > 0 && backlog + u128::from(size) > u128::from(self.queue.count()) {
            return Err(Loss::Congested);
        }
        Ok(self.enqueue_until(busy.max(now), size))
    }
}
