//! Probing: one member each period, first directly, then through others, and what that says of
//! this node's own health.
//!
//! The invariant: one probe is on its way at a time; a period is never shorter than
//! `probe_interval`.

use super::agent::{Agent, Cx, Timer};
use super::message::{Claim, Say, Sequence, Status, Update};
use squall::prelude::*;

/// A probe that has not been answered.
#[derive(Debug)]
pub(super) struct Probe {
    target: NodeId,
    sequence: Sequence,
    sent: LocalTime,
    /// How many others were asked to try.
    helpers: u32,
    /// How many of them said that they hear this node, though not the target.
    nacks: u32,
}

/// A ping that is sent for another.
#[derive(Debug)]
pub(super) struct Relay {
    asker: NodeId,
    /// Its number at the asker.
    sequence: Sequence,
    /// Whether the asker was told that there is no answer so far.
    told: bool,
}

/// At how many percent of its timeout a helper says that it has no answer (Lifeguard §IV-A):
/// memberlist says so at the end of it, which at a healthy node is too late.
const NACK_PERCENT: u64 = 80;

impl Agent {
    /// The period is over: who has not answered is suspected, and the next one is probed.
    pub(super) fn end_period(&mut self, cx: &mut Cx<'_>) {
        if let Some(probe) = self.probe.take() {
            self.probe_failed(cx, &probe);
        }
        let (id, now, patience) = (self.id, cx.now(), self.config.reconnect_timeout);
        let mut forgotten = Vec::new();
        let target = self.members.next_target(
            cx.random(),
            |node, member| node != id && member.is_present(),
            |node, member| {
                let keeps = node == id || member.is_present();
                let keeps = keeps || now.since(member.since) < patience;
                forgotten.extend((!keeps).then_some(node));
                keeps
            },
        );
        for node in forgotten {
            cx.mark("forgotten");
            self.touch(node);
        }
        match target {
            Some(target) if self.is_present() => self.begin_probe(cx, target),
            Some(_) | None => cx.set_timer(Timer::Period, self.config.probe_interval),
        }
    }

    fn begin_probe(&mut self, cx: &mut Cx<'_>, target: NodeId) {
        let sequence = self.next_sequence();
        self.probe = Some(Probe { target, sequence, sent: cx.now(), helpers: 0, nacks: 0 });
        // One that is suspected hears of it first of all (Lifeguard §IV-C).
        let suspected = self.belief(target).filter(|(_, status)| *status == Status::Suspect);
        let first = suspected.filter(|_| self.config.lifeguard()).map(|(incarnation, _)| Update {
            node: target,
            incarnation,
            claim: Claim::Suspect { by: self.id },
        });
        let ping = self.packet(Say::Ping(sequence), first);
        cx.send(target, ping);
        cx.set_timer(Timer::Indirect, self.patient(self.config.probe_timeout));
        cx.set_timer(Timer::Period, self.patient(self.config.probe_interval));
    }

    /// A timeout, longer the worse this node's health is (Lifeguard §IV-A).
    fn patient(&self, timeout: Span) -> Span {
        timeout * u64::from(self.health + 1)
    }

    /// The target has not answered: others try.
    pub(super) fn probe_indirectly(&mut self, cx: &mut Cx<'_>) {
        let Some(mut probe) = self.probe.take() else { return };
        let (id, target) = (self.id, probe.target);
        let helpers =
            self.members.random(self.config.indirect_checks, cx.random(), |node, member| {
                node != id && node != target && member.status == Status::Alive
            });
        probe.helpers = helpers.len() as u32;
        for helper in helpers {
            let please = self.packet(Say::IndirectPing(probe.sequence, target), None);
            cx.send(helper, please);
        }
        self.probe = Some(probe);
    }

    fn probe_failed(&mut self, cx: &mut Cx<'_>, probe: &Probe) {
        // Helpers that do not even say that they have no answer: it is this node that is not heard.
        match probe.helpers {
            0 => self.worsen(cx, 1),
            helpers => self.worsen(cx, helpers.saturating_sub(probe.nacks)),
        }
        if let Some((incarnation, _)) = self.belief(probe.target) {
            let claim = Claim::Suspect { by: self.id };
            self.hear(cx, Update { node: probe.target, incarnation, claim });
        }
    }

    /// This node's health is worse by so much.
    pub(super) fn worsen(&mut self, cx: &mut Cx<'_>, by: u32) {
        if by == 0 || !self.config.lifeguard() {
            return;
        }
        let worst = self.config.awareness_max_multiplier.get() - 1;
        self.health = (self.health + by).min(worst);
        cx.mark("unhealthy");
    }

    /// A ping was answered: its own, or one that it sent for another.
    pub(super) fn on_ack(&mut self, cx: &mut Cx<'_>, sequence: Sequence) {
        if let Some(relay) = self.relays.remove(&sequence) {
            cx.cancel_timer(Timer::Relay(sequence));
            let ack = self.packet(Say::Ack(relay.sequence), None);
            return cx.send(relay.asker, ack);
        }
        let Some(probe) = self.probe.take_if(|probe| probe.sequence == sequence) else { return };
        self.health = self.health.saturating_sub(1);
        if probe.helpers > 0 {
            cx.mark("answered-late");
        } else {
            cx.cancel_timer(Timer::Indirect);
        }
        let gone = cx.now().since(probe.sent);
        cx.set_timer(Timer::Period, self.config.probe_interval.saturating_sub(gone));
    }

    /// A helper has no answer either.
    pub(super) fn on_nack(&mut self, sequence: Sequence) {
        if let Some(probe) = self.probe.as_mut().filter(|probe| probe.sequence == sequence) {
            probe.nacks += 1;
        }
    }

    /// Pings a node for another.
    pub(super) fn relay(&mut self, cx: &mut Cx<'_>, asked: (NodeId, Sequence), target: NodeId) {
        let number = self.next_sequence();
        let relay = Relay { asker: asked.0, sequence: asked.1, told: false };
        self.relays.insert(number, relay);
        let ping = self.packet(Say::Ping(number), None);
        cx.send(target, ping);
        cx.set_timer(Timer::Relay(number), self.config.probe_timeout * NACK_PERCENT / 100);
    }

    /// A ping for another was not answered so far: the asker is told, and in the end it is given
    /// up.
    pub(super) fn relay_unanswered(&mut self, cx: &mut Cx<'_>, number: Sequence) {
        let Some(relay) = self.relays.get_mut(&number) else { return };
        if relay.told || !self.config.lifeguard() {
            self.relays.remove(&number);
            return;
        }
        relay.told = true;
        let (asker, sequence) = (relay.asker, relay.sequence);
        let nack = self.packet(Say::Nack(sequence), None);
        cx.send(asker, nack);
        let rest = self.config.probe_timeout * (100 - NACK_PERCENT) / 100;
        cx.set_timer(Timer::Relay(number), rest);
    }

    fn next_sequence(&mut self) -> Sequence {
        self.sequence.0 += 1;
        self.sequence
    }
}
