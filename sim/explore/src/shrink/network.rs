//! The network of a plan: constant latency and nothing lost, but for single messages by name.
//!
//! The invariant: a plan that names every message that does not travel as all others do needs no
//! words for the fates of messages.

use super::Shrinking;
use squall_engine::ids::Time;
use squall_engine::network::Loss;
use squall_engine::plan::{NamedFate, Override, Plan};
use squall_engine::scenario::Roster;
use squall_engine::scenario::tables::{Latency, Network, Reordering};
use squall_engine::sim::Sent;
use squall_engine::subject::Subject;
use squall_engine::units::{Ratio, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The most messages that are named to begin with.
const NAMED_MAX: usize = 4_000;
/// How many messages may be named only because their latency matters: more say nothing.
const READABLE: usize = 8;
/// How far apart two messages may be sent that are taken for the same.
const APART: Span = Span::millis(100);
/// How many faults are few.
const FAULTS: usize = 3;

/// Whether the fates of messages do not depend on words.
pub(super) fn is_constant(plan: &Plan) -> bool {
    let links_draw = plan
        .faults
        .iter()
        .any(|fault| fault.degrade.is_some() || fault.lag.is_some() || fault.clog.is_some());
    let Latency::Constant(latency) = plan.network.latency else { return false };
    !links_draw && plan.network == calm(&plan.network, latency)
}

/// A network in which every message takes this long.
fn calm(network: &Network, latency: Span) -> Network {
    Network { latency: Latency::Constant(latency), stream: network.stream, ..Network::default() }
}

/// A latency that such a network has often.
fn usual(latency: Latency) -> Span {
    match latency {
        Latency::Constant(span) => span,
        Latency::Uniform(range) => (range.low + range.high) / 2,
        Latency::Exponential { mean } => mean,
        Latency::LogNormal { median, .. } => median,
    }
}

/// The longest latency that is not one of a message held back.
fn longest(latency: Latency) -> Span {
    match latency {
        Latency::Constant(span) => span,
        Latency::Uniform(range) => range.high,
        Latency::Exponential { mean } => mean * 20,
        Latency::LogNormal { p99, .. } => p99 * 10,
    }
}

impl Shrinking<'_, '_> {
    /// Makes the network as even as it may be without naming a message.
    pub(super) fn calm_network(&mut self) {
        self.what = "network";
        if is_constant(&self.best) {
            return;
        }
        let network = self.best.network.clone();
        let middle = usual(network.latency);
        for latency in [middle, Span::millis(1), Span::millis(5)] {
            if self.take(Plan { network: calm(&network, latency), ..self.best.clone() }) {
                return;
            }
        }
        let parts: [fn(&mut Network); 7] = [
            |network| network.corruption = Ratio::ZERO,
            |network| network.duplication = Ratio::ZERO,
            |network| network.reordering = Reordering::default(),
            |network| network.loss = Ratio::ZERO,
            |network| network.bandwidth = None,
            |network| (network.zones, network.links) = (None, Vec::new()),
            |network| network.latency = Latency::Constant(usual(network.latency)),
        ];
        for part in parts {
            let mut candidate = self.best.clone();
            part(&mut candidate.network);
            self.take(candidate);
        }
    }

    /// Names the messages that are lost, doubled or held back, after which nothing else needs to
    /// be.
    pub(super) fn name_losses(&mut self) {
        self.what = "losses";
        let network = Network {
            loss: Ratio::ZERO,
            duplication: Ratio::ZERO,
            corruption: Ratio::ZERO,
            reordering: Reordering::default(),
            ..self.best.network.clone()
        };
        if network == self.best.network {
            return;
        }
        let longest = longest(network.latency);
        let odd = |sent: &Sent| match sent.arrival {
            Ok(after) => sent.copy.is_some() || after > longest.as_nanos(),
            Err(loss) => loss != Loss::Cut,
        };
        self.name(network, odd);
    }

    /// Names the messages that a cut keeps back, where those few that matter say more than it does:
    /// when there are many faults.
    pub(super) fn losses_for_cuts(&mut self) {
        self.what = "cuts";
        let mut index = 0;
        while index < self.best.faults.len() && self.best.faults.len() > FAULTS && !self.is_spent()
        {
            let (before, report) = (self.best.clone(), self.report.clone());
            if self.best.faults[index].partition.is_some() && self.lose_for_cut(index) {
                self.fewer_messages();
                if self.best.overrides.len() <= before.overrides.len() + READABLE {
                    continue;
                }
                (self.best, self.report, self.sent_at) = (before, report, None);
            }
            index += 1;
        }
    }

    fn lose_for_cut(&mut self, index: usize) -> bool {
        let Some(decisions) = self.decisions(&self.best.clone()) else { return false };
        let roster = Roster::new(&self.best.cluster, &self.subject.facts().kinds);
        let cut = decisions.sends.iter().filter(|sent| sent.arrival == Err(Loss::Cut));
        let mut candidate = self.best.clone();
        candidate.faults.remove(index);
        candidate.overrides.extend(cut.map(|sent| named(&roster, sent)));
        candidate.overrides.sort_by_key(key);
        candidate.overrides.dedup_by_key(|one| key(one));
        candidate.overrides.len() <= NAMED_MAX && self.take_as_is(candidate)
    }

    /// Names the messages whose latency matters, and lets all others take as long as each other.
    pub(super) fn name_latencies(&mut self) {
        self.what = "latencies";
        if is_constant(&self.best) {
            return;
        }
        let latency = usual(self.best.network.latency);
        let network = calm(&self.best.network, latency);
        let odd = |sent: &Sent| {
            sent.arrival != Err(Loss::Cut)
                && (sent.copy.is_some() || sent.arrival != Ok(latency.as_nanos()))
        };
        let (before, report) = (self.best.clone(), self.report.clone());
        if !self.name(network, odd) {
            return;
        }
        self.fewer_messages();
        if self.best.overrides.len() > before.overrides.len() + READABLE {
            (self.best, self.report, self.sent_at) = (before, report, None);
        }
    }

    /// Sets the network, and names the messages that would not travel in it as they did.
    fn name(&mut self, network: Network, odd: impl Fn(&Sent) -> bool) -> bool {
        let Some(decisions) = self.decisions(&self.best.clone()) else { return false };
        let roster = Roster::new(&self.best.cluster, &self.subject.facts().kinds);
        let odd = |sent: &&Sent| sent.from != sent.to && odd(sent);
        let named = decisions.sends.iter().filter(odd).map(|sent| named(&roster, sent));
        let mut overrides: Vec<Override> = named.collect();
        overrides.extend(self.best.overrides.iter().cloned());
        overrides.sort_by_key(key);
        overrides.dedup_by_key(|one| key(one));
        let candidate = Plan { overrides, network, ..self.best.clone() };
        candidate.overrides.len() <= NAMED_MAX && self.take_as_is(candidate)
    }
}

/// Who sends to whom, of which kind, and which of those.
pub(super) type Name = (String, String, String, u64);

fn key(one: &Override) -> Name {
    (one.from.clone(), one.to.clone(), one.kind.clone(), one.nth)
}

/// When the messages were sent that a plan names.
pub(super) fn times(subject: &dyn Subject, plan: &Plan, sends: &[Sent]) -> BTreeMap<Name, Time> {
    let roster = Roster::new(&plan.cluster, &subject.facts().kinds);
    let names: BTreeSet<Name> = plan.overrides.iter().map(key).collect();
    let sent = sends.iter().map(|sent| (key(&named(&roster, sent)), sent.at));
    sent.filter(|(name, _)| names.contains(name)).collect()
}

/// The plan in which each named message is the one of its kind and link that is sent when the
/// message of that name was.
pub(super) fn renumbered(
    subject: &dyn Subject,
    plan: &Plan,
    sent_at: &BTreeMap<Name, Time>,
    sends: &[Sent],
) -> Plan {
    let roster = Roster::new(&plan.cluster, &subject.facts().kinds);
    let mut renumbered = plan.clone();
    renumbered.overrides.retain_mut(|one| {
        let Some(at) = sent_at.get(&key(one)) else { return false };
        let apart = |sent: &&Sent| sent.at.as_nanos().abs_diff(at.as_nanos());
        let like = sends.iter().filter(|sent| {
            sent.kind == one.kind
                && roster.find(&one.from) == Some(sent.from)
                && roster.find(&one.to) == Some(sent.to)
        });
        let nearest = like.min_by_key(apart).filter(|sent| apart(sent) < APART.as_nanos());
        nearest.is_some_and(|nearest| {
            one.nth = nearest.nth;
            true
        })
    });
    renumbered.overrides.sort_by_key(key);
    renumbered.overrides.dedup_by_key(|one| key(one));
    renumbered
}

/// What a plan has to say of a message so that it travels as it did.
fn named(roster: &Roster, sent: &Sent) -> Override {
    Override {
        from: roster.name(sent.from),
        to: roster.name(sent.to),
        kind: sent.kind.clone(),
        nth: sent.nth,
        fate: match sent.arrival {
            Ok(after) => NamedFate::After(Span::nanos(after)),
            Err(_) => NamedFate::Drop,
        },
        copy: sent.copy.map(Span::nanos),
    }
}
