//! The links between participants: what becomes of a message is decided here, once, when it is
//! sent.
//!
//! The invariant: what links make of a message is a function of the links as they are at that
//! instant, of what queues before it where bandwidth is bounded, and of the four words it owns;
//! every message uses up its words, whatever is switched on, and what more it needs is hashed from
//! them.

mod cut;
mod links;
mod priorities;
mod profile;
mod zones;

pub use cut::{ALL_SIDES, Cut, EVERYWHERE, GROUPS_MAX, Graph, Ring};
pub use links::{LinkSet, Worsening};
pub use profile::Partial;

use crate::ids::{NodeId, Time};
use crate::scenario::roster::Roster;
use crate::scenario::tables;
use crate::stream::hashed;
use links::{Overrides, Worse};
use priorities::Priorities;
use profile::Profile;
use std::collections::BTreeMap;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate<M> {
    /// After how many nanoseconds it arrives, or why it does not.
    pub arrival: Result<u64, Loss>,
    /// After how many nanoseconds a second copy of it arrives, as it was sent.
    pub copy: Option<u64>,
    /// What arrives in its place.
    pub replace: Option<M>,
}

/// A message about to leave.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a, M> {
    /// The sender.
    pub from: NodeId,
    /// The addressee.
    pub to: NodeId,
    /// The instant of true time.
    pub at: Time,
    /// The message.
    pub message: &'a M,
}

/// A network of a protocol's own, or a liar in it: may change the fate of any message.
///
/// It draws from the message's words alone ([`hashed`] makes more of them), so that a run stays a
/// function of its plan; it may remember what it has seen.
pub trait NetworkModel<M> {
    /// What becomes of a message of which the links would make `fate`.
    fn fate(&mut self, envelope: Envelope<'_, M>, words: [u32; 4], fate: Fate<M>) -> Fate<M>;
}

/// What the links make of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// After how many nanoseconds it arrives, or why it does not.
    pub arrival: Result<u64, Loss>,
    /// After how many nanoseconds a second copy of it arrives.
    pub copy: Option<u64>,
    /// Whether it is corrupted on the way.
    pub corrupted: bool,
}

/// Why a message does not arrive.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The network lost it.
    Dropped,
    /// A partition is between sender and addressee.
    Cut,
    /// The addressee was down when it arrived.
    Down,
    /// The addressee was busy and its inbox full.
    Full,
    /// There is no such addressee.
    Nobody,
    /// It was corrupted, and its checksum showed it.
    Corrupted,
    /// The queue before its link was full.
    Congested,
    /// Its session is over, though its sender did not know yet.
    Reset,
    /// Too much of what its sender sent before is not acknowledged.
    Overflow,
}

impl Loss {
    /// The reason in words, to follow "lost".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Loss::Dropped => "lost",
            Loss::Cut => "lost: cut off",
            Loss::Down => "lost: addressee is down",
            Loss::Full => "lost: inbox is full",
            Loss::Nobody => "lost: no such addressee",
            Loss::Corrupted => "lost: corrupted",
            Loss::Reset => "lost: the session is down",
            Loss::Overflow => "lost: the send buffer is full",
            Loss::Congested => "lost: the link's queue is full",
        }
    }
}

/// A message on its way, as the links see it.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// The sender.
    pub from: NodeId,
    /// The addressee.
    pub to: NodeId,
}

/// What the words of a message are hashed with for whether it is corrupted.
const CORRUPTION: u64 = 0x636f_7272_7570_7431;

/// All links: what `[network]` says of each, and the faults in force.
#[derive(Clone, Debug)]
pub struct Network {
    base: Profile,
    overrides: Option<Box<Overrides>>,
    cuts: Vec<(u32, Cut)>,
    worse: Vec<Worse>,
    priorities: Option<Box<Priorities>>,
    /// Until when each link of bounded bandwidth is busy; those that have never been are not here.
    busy: BTreeMap<(u32, u32), Time>,
    nodes: usize,
    /// Whether all links are alike and nothing but latency, loss, duplication and reordering is
    /// on.
    plain: bool,
}

impl Network {
    /// Links as `[network]` says, without faults.
    #[must_use]
    pub fn new(table: &tables::Network, roster: &Roster) -> Network {
        let base = Profile::new(table);
        let mut network = Network {
            overrides: Overrides::new(table, roster, &base).map(Box::new),
            base,
            cuts: Vec::new(),
            worse: Vec::new(),
            priorities: table.priorities.as_ref().map(Priorities::new).map(Box::new),
            busy: BTreeMap::new(),
            nodes: roster.node_count() as usize,
            plain: false,
        };
        network.refresh();
        network
    }

    /// Makes of links without faults what another network makes of them.
    pub(crate) fn become_like(&mut self, other: Network) {
        (self.base, self.overrides) = (other.base, other.overrides);
        self.refresh();
    }

    fn refresh(&mut self) {
        self.plain = self.cuts.is_empty()
            && self.worse.is_empty()
            && self.overrides.is_none()
            && self.priorities.is_none()
            && self.base.is_plain();
    }

    /// The place of a participant among all: nodes first, then clients.
    #[must_use]
    pub fn place(&self, id: NodeId) -> usize {
        if id.is_client() { self.nodes + id.index() } else { id.index() }
    }

    /// Puts a cut into force under a number.
    pub fn cut(&mut self, number: u32, cut: Cut) {
        self.cuts.push((number, cut));
        self.refresh();
    }

    /// Makes links worse under a number.
    pub fn worsen(&mut self, number: u32, links: LinkSet, worsening: Worsening) {
        self.worse.push(Worse { number, links, worsening });
        self.refresh();
    }

    /// Ends the cut, or what makes links worse, with this number.
    pub fn heal(&mut self, number: u32) {
        self.cuts.retain(|(other, _)| *other != number);
        self.worse.retain(|other| other.number != number);
        self.refresh();
    }

    /// Ends the priorities of links.
    pub fn level(&mut self) {
        self.priorities = None;
        self.refresh();
    }

    /// The cuts in force, in the order in which they began.
    pub fn cuts(&self) -> impl Iterator<Item = &Cut> {
        self.cuts.iter().map(|(_, cut)| cut)
    }

    /// Whether a cut keeps what `from` sends from `to`.
    #[must_use]
    pub fn blocked(&self, passage: Passage) -> bool {
        let (from, to) = (self.place(passage.from), self.place(passage.to));
        self.cuts.iter().any(|(_, cut)| cut.blocks(from, to))
    }

    /// Decides what the links make of a message that leaves `now`, from its four words: loss;
    /// latency; duplication (high half) and being held back (low half); the latency of the copy,
    /// or for how long it is held. `size` is asked only where bandwidth is bounded.
    #[inline(always)]
    #[must_use]
    pub fn course(
        &mut self,
        passage: Passage,
        now: Time,
        words: [u32; 4],
        size: impl FnOnce() -> u64,
    ) -> Course {
        if passage.from == passage.to {
            return Course { arrival: Ok(0), copy: None, corrupted: false };
        }
        if self.plain {
            return self.base.link().course(words);
        }
        self.uneven(passage, now, words, size)
    }

    /// The course of a message where links differ.
    #[inline(never)]
    fn uneven(
        &mut self,
        passage: Passage,
        now: Time,
        words: [u32; 4],
        size: impl FnOnce() -> u64,
    ) -> Course {
        let lost = |loss| Course { arrival: Err(loss), copy: None, corrupted: false };
        if !self.cuts.is_empty() && self.blocked(passage) {
            return lost(Loss::Cut);
        }
        let (from, to) = (self.place(passage.from), self.place(passage.to));
        let waits = self.priorities.as_mut().map_or(0, |priorities| priorities.wait(from, to));
        let profile = self.overrides.as_ref().and_then(|overrides| overrides.profile(from, to));
        let mut link = profile.unwrap_or(&self.base).link();
        let worse = || self.worse.iter().filter(|worse| worse.links.covers(from, to));
        worse().for_each(|worse| worse.worsening.change(&mut link));
        let mut queued = 0;
        if let Some(bandwidth) = link.bandwidth {
            let key = (passage.from.raw(), passage.to.raw());
            let busy = self.busy.get(&key).copied().unwrap_or(Time::ZERO);
            match bandwidth.enqueue(busy, now, size()) {
                Ok(until) => {
                    queued = until.since(now).as_nanos();
                    self.busy.insert(key, until);
                }
                Err(loss) => return lost(loss),
            }
        }
        let mut course = link.course(words);
        course.corrupted = link.corruption.takes(hashed(words, CORRUPTION)[0]);
        let later = |after: u64| {
            let start = after.saturating_add(queued).saturating_add(waits);
            self.worse
                .iter()
                .filter(|worse| worse.links.covers(from, to))
                .fold(start, |after, worse| worse.worsening.put_off(after, now, words))
        };
        course.arrival = course.arrival.map(later);
        course.copy = course.copy.map(later);
        course
    }
}
