//! Which links a thing is about: those that differ for good, and those that a fault makes worse.
//!
//! The invariant: participants carry labels and a rule looks at two of them; no list of pairs is
//! kept, so that memory is linear in the number of participants.

use super::profile::{Link, Partial, Profile};
use super::zones;
use crate::ids::{NodeId, Time};
use crate::scenario::fault::Target;
use crate::scenario::roster::Roster;
use crate::scenario::tables;
use crate::scenario::target::Word;
use crate::stream::hashed;
use crate::units::SpanRange;
use std::collections::BTreeMap;

/// Links from some participants to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSet {
    /// For each participant, as bits: whether it is among the first, among the second.
    labels: Vec<u8>,
    /// Whether the links from the second to the first belong to it.
    both: bool,
}

const FIRST: u8 = 1;
const SECOND: u8 = 2;

impl LinkSet {
    /// Links from the places `first` to the places `second` among `count` participants; with
    /// `both`, and back.
    #[must_use]
    pub fn new(count: usize, first: &[usize], second: &[usize], both: bool) -> LinkSet {
        let mut labels = vec![0; count];
        first.iter().for_each(|place| labels[*place] |= FIRST);
        second.iter().for_each(|place| labels[*place] |= SECOND);
        LinkSet { labels, both }
    }

    /// Whether the link from one place to another belongs to it.
    #[must_use]
    pub fn covers(&self, from: usize, to: usize) -> bool {
        let label = |place: usize| self.labels.get(place).copied().unwrap_or_default();
        let (from, to) = (label(from), label(to));
        let forth = from & FIRST != 0 && to & SECOND != 0;
        forth || (self.both && from & SECOND != 0 && to & FIRST != 0)
    }
}

/// What a fault makes of links.
#[derive(Clone, Debug)]
pub enum Worsening {
    /// They have other properties.
    Degrade(Partial),
    /// Their messages take longer.
    Lag {
        /// By how much.
        by: SpanRange,
        /// What the words of a message are hashed with.
        key: u64,
    },
    /// Their messages set out when it ends.
    Clog {
        /// When that is.
        until: Time,
    },
    /// Their messages travel, and wait at the end of the link until it ends.
    Hold {
        /// When that is.
        until: Time,
    },
}

impl Worsening {
    pub(super) fn change<'a>(&'a self, link: &mut Link<'a>) {
        if let Worsening::Degrade(partial) = self {
            partial.change(link);
        }
    }

    /// When a message arrives that would arrive `after` so many nanoseconds.
    pub(super) fn put_off(&self, after: u64, now: Time, words: [u32; 4]) -> u64 {
        match self {
            Worsening::Degrade(_) => after,
            Worsening::Lag { by, key } => {
                after.saturating_add(by.at(hashed(words, *key)[0]).as_nanos())
            }
            Worsening::Clog { until } => after.saturating_add(until.since(now).as_nanos()),
            Worsening::Hold { until } => after.max(until.since(now).as_nanos()),
        }
    }
}

/// A fault in force on links.
#[derive(Clone, Debug)]
pub(super) struct Worse {
    pub(super) number: u32,
    pub(super) links: LinkSet,
    pub(super) worsening: Worsening,
}

/// Links that differ from `[network]` for good: participants of which the same is said are of one
/// class, and a table over classes leads to what a link is like.
#[derive(Clone, Debug)]
pub(super) struct Overrides {
    classes: Vec<u32>,
    count: usize,
    /// For each pair of classes the number of a profile, from 1; 0 for the base.
    table: Vec<u32>,
    profiles: Vec<Profile>,
}

impl Overrides {
    /// What the zones and `[[network.links]]` say; `None` if all links are alike.
    pub(super) fn new(
        table: &tables::Network,
        roster: &Roster,
        base: &Profile,
    ) -> Option<Overrides> {
        let mut entries = zones::entries(table, roster);
        entries.extend(table.links.iter().map(|link| {
            let (first, second, both) = ends(link);
            let set = LinkSet::new(
                roster.everybody().count(),
                &members(first, roster),
                &members(second, roster),
                both,
            );
            (set, Partial::of_link(link))
        }));
        if entries.is_empty() {
            return None;
        }
        let mut known: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
        let mut samples = Vec::new();
        let classes = (0..roster.everybody().count()).map(|place| {
            let labels: Vec<u8> = entries.iter().map(|(set, _)| set.labels[place]).collect();
            let next = known.len() as u32;
            let class = *known.entry(labels).or_insert(next);
            if class == next {
                samples.push(place);
            }
            class
        });
        let classes: Vec<u32> = classes.collect();
        let mut overrides =
            Overrides { classes, count: samples.len(), table: Vec::new(), profiles: Vec::new() };
        let mut merged: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
        for from in &samples {
            for to in &samples {
                let covering = (0..entries.len()).filter(|at| entries[*at].0.covers(*from, *to));
                let covering: Vec<usize> = covering.collect();
                let number = overrides.number(&mut merged, covering, &entries, base);
                overrides.table.push(number);
            }
        }
        Some(overrides)
    }

    /// The number of the profile on which these entries were laid, the last one uppermost.
    fn number(
        &mut self,
        merged: &mut BTreeMap<Vec<usize>, u32>,
        covering: Vec<usize>,
        entries: &[(LinkSet, Partial)],
        base: &Profile,
    ) -> u32 {
        if covering.is_empty() {
            return 0;
        }
        let profiles = &mut self.profiles;
        *merged.entry(covering).or_insert_with_key(|covering| {
            let laid =
                covering.iter().fold(base.clone(), |profile, at| entries[*at].1.over(&profile));
            profiles.push(laid);
            profiles.len() as u32
        })
    }

    /// What the link from one place to another is like, if it is not as the base.
    #[inline]
    pub(super) fn profile(&self, from: usize, to: usize) -> Option<&Profile> {
        let class = |place: usize| self.classes.get(place).map(|class| *class as usize);
        let number = self.table[class(from)? * self.count + class(to)?];
        self.profiles.get((number as usize).wrapping_sub(1))
    }
}

/// The two ends of links, and whether both directions are meant.
fn ends(link: &tables::Link) -> (&Target, &Target, bool) {
    match (link.between.as_deref(), &link.from, &link.to) {
        (Some([first, second]), _, _) => (first, second, true),
        (_, Some(from), Some(to)) => (from, to, false),
        _ => unreachable!("validation lets no link pass without its two ends"),
    }
}

/// The places of those whom the words of a link mean.
fn members(target: &Target, roster: &Roster) -> Vec<usize> {
    let members = |word: &String| -> Vec<NodeId> {
        match Word::parse(word, roster, &[]) {
            Some(Word::All) => roster.everybody().collect(),
            Some(Word::Name(id)) => vec![id],
            Some(Word::Kind(kind)) => roster.members_of(kind).into_iter().flatten().collect(),
            Some(Word::Zone(zone)) => roster.in_zone(zone),
            _ => unreachable!("validation lets only such words pass"),
        }
    };
    target.words().iter().flat_map(members).map(|id| roster.place(id)).collect()
}
