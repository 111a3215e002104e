//! The network of a plan: constant latency and nothing lost, but for single messages by name.
//!
//! The invariant: a plan that names every message that does not travel as all others do needs no
//! words for the fates of messages.

use super::Shrinking;
use squall_engine::ids::NodeId;
use squall_engine::plan::{NamedFate, Override, Plan};
use squall_engine::scenario::Roster;
use squall_engine::scenario::tables::{Latency, Network, Reordering};
use squall_engine::sim::Sent;
use squall_engine::units::{Ratio, Span};

/// The most messages that are named to begin with.
const NAMED_MAX: usize = 4_000;

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

    /// Names every message that does not travel as all others do, and forgets as many as it can.
    pub(super) fn name_messages(&mut self) {
        self.what = "messages";
        if is_constant(&self.best) {
            return self.fewer_messages();
        }
        let Some(decisions) = self.decisions() else { return };
        let latency = usual(self.best.network.latency);
        let roster = Roster::new(&self.best.cluster, &self.subject.facts().kinds);
        let named = |sent: &Sent| named(&roster, sent, latency);
        let mut overrides: Vec<Override> = decisions.sends.iter().filter_map(named).collect();
        overrides.extend(self.best.overrides.iter().cloned());
        overrides.sort_by(|one, other| key(one).cmp(&key(other)));
        overrides.dedup_by(|one, other| key(one) == key(other));
        if overrides.len() > NAMED_MAX {
            return;
        }
        let network = calm(&self.best.network, latency);
        if self.take_as_is(Plan { overrides, network, ..self.best.clone() }) {
            self.fewer_messages();
        }
    }
}

fn key(one: &Override) -> (&str, &str, &str, u64) {
    (&one.from, &one.to, &one.kind, one.nth)
}

/// What a plan has to say of a message so that it travels as it did, if that is not how all do.
fn named(roster: &Roster, sent: &Sent, latency: Span) -> Option<Override> {
    let alone = sent.copy.is_none();
    // What a cut keeps from its addressee the cut will keep from it again.
    let cut = sent.arrival == Err(squall_engine::network::Loss::Cut);
    if sent.from == sent.to || (alone && (cut || sent.arrival == Ok(latency.as_nanos()))) {
        return None;
    }
    let name = |id: NodeId| roster.name(id);
    Some(Override {
        from: name(sent.from),
        to: name(sent.to),
        kind: sent.kind.clone(),
        nth: sent.nth,
        fate: match sent.arrival {
            Ok(after) => NamedFate::After(Span::nanos(after)),
            Err(_) => NamedFate::Drop,
        },
        copy: sent.copy.map(Span::nanos),
    })
}
