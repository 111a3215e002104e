//! One member of the cluster: what it remembers, and which message or timer goes where.
//!
//! The invariant: its own record is its own alone to change; what others claim of it, it refutes.

use super::config::Config;
use super::members::{Member, Members};
use super::message::{Claim, Incarnation, Message, Say, Sequence, Status, Update};
use super::probing::{Probe, Relay};
use super::rumours::Rumours;
use super::scale;
use super::suspicion::Suspicion;
use squall::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) type Cx<'a> = Context<'a, Agent>;

/// A member of the cluster.
#[derive(Debug)]
pub struct Agent {
    pub(super) id: NodeId,
    pub(super) boot: u32,
    pub(super) config: Config,
    /// Whom it joins through.
    pub(super) seeds: Vec<NodeId>,
    pub(super) presence: Presence,
    pub(super) members: Members,
    pub(super) rumours: Rumours,
    pub(super) suspicions: BTreeMap<NodeId, Suspicion>,
    /// How bad its own health is, from 0: awareness, as memberlist calls it.
    pub(super) health: u32,
    /// How many it has declared dead that lived all along.
    pub(super) false_deaths: u64,
    pub(super) sequence: Sequence,
    pub(super) probe: Option<Probe>,
    /// The pings that it sends for others, by their number here.
    pub(super) relays: BTreeMap<Sequence, Relay>,
    /// Whose record the last handler has changed.
    touched: Vec<NodeId>,
}

/// What a node is to its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// No seed has answered it.
    Joining,
    Joined,
    /// It has said that it leaves.
    Leaving,
    Left,
}

/// A node's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// A protocol period ends, and the next begins.
    Period,
    /// A ping was not answered: others are asked.
    Indirect,
    /// A ping for another was not answered.
    Relay(Sequence),
    /// A suspicion ends.
    Suspicion(NodeId),
    /// Updates go out.
    Gossip,
    /// The whole state is exchanged with somebody.
    PushPull,
    /// The seeds are asked again.
    Join,
    /// One that is thought dead is asked again.
    Reconnect,
    /// Those who are told that it leaves have been told.
    Leave,
}

impl Agent {
    /// A node that boots.
    pub(super) fn new(config: &Config, boot: &Boot) -> Agent {
        let seeds = (0..config.seeds.get()).map(NodeId::node);
        let seeds = seeds.filter(|seed| boot.peers().any(|peer| peer == *seed)).collect();
        Agent::of(config, boot.id, boot.restarts, seeds)
    }

    pub(super) fn of(config: &Config, id: NodeId, boot: u32, seeds: Vec<NodeId>) -> Agent {
        Agent {
            id,
            boot,
            config: config.clone(),
            seeds,
            presence: Presence::Joining,
            members: Members::default(),
            rumours: Rumours::default(),
            suspicions: BTreeMap::new(),
            health: 0,
            false_deaths: 0,
            sequence: Sequence::default(),
            probe: None,
            relays: BTreeMap::new(),
            touched: Vec::new(),
        }
    }

    /// Whether it is a member by its own account.
    pub(super) fn is_present(&self) -> bool {
        match self.presence {
            Presence::Joining | Presence::Joined => true,
            Presence::Leaving | Presence::Left => false,
        }
    }

    /// What it believes of a node.
    pub(super) fn belief(&self, node: NodeId) -> Option<(Incarnation, Status)> {
        self.members.get(node).map(|member| (member.incarnation, member.status))
    }

    /// Whose record the last handler has changed.
    pub(super) fn touched(&self) -> &[NodeId] {
        &self.touched
    }

    /// Notes that a record has changed.
    pub(super) fn touch(&mut self, node: NodeId) {
        self.touched.push(node);
    }

    /// A packet that carries as many updates as it has room for, `first` before all.
    pub(super) fn packet(&mut self, say: Say, first: Option<Update>) -> Message {
        let mut news: Vec<Update> = first.into_iter().collect();
        let limit = scale::transmits(&self.config, self.members.len());
        self.rumours.fill(&mut news, self.config.packet_updates.get() as usize, limit);
        Message::Packet(say, news)
    }

    fn on_packet(&mut self, cx: &mut Cx<'_>, from: NodeId, say: Say, news: Vec<Update>) {
        news.into_iter().for_each(|update| self.hear(cx, update));
        match say {
            Say::Ping(sequence) => {
                let ack = self.packet(Say::Ack(sequence), None);
                cx.send(from, ack);
            }
            Say::Ack(sequence) => self.on_ack(cx, sequence),
            Say::IndirectPing(sequence, target) => self.relay(cx, (from, sequence), target),
            Say::Nack(sequence) => self.on_nack(sequence),
            Say::Gossip => {}
        }
    }
}

impl Node for Agent {
    type Message = Message;
    type Timer = Timer;

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        let (incarnation, boot) = (Incarnation(1), self.boot);
        let (status, since) = (Status::Alive, cx.now());
        let own = Member { incarnation, boot, status, condemned: false, since };
        self.members.insert(self.id, own, cx.random());
        self.touch(self.id);
        self.rumours.push(Update { node: self.id, incarnation, claim: Claim::Alive { boot } });
        self.join(cx);
        let first = [
            (Timer::Period, self.config.probe_interval),
            (Timer::Gossip, self.config.gossip_interval),
            (Timer::PushPull, self.config.push_pull_interval),
            (Timer::Reconnect, self.config.reconnect_interval),
        ];
        for (timer, every) in first {
            let after = cx.random_span(SpanRange::new(Span::ZERO, every));
            cx.set_timer(timer, after);
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        self.touched.clear();
        match message {
            Message::Packet(say, news) => self.on_packet(cx, from, say, news),
            Message::Push(state) => {
                let own = self.state();
                cx.send(from, Message::Pull(own));
                self.merge(cx, &state);
            }
            Message::Pull(state) => self.on_pull(cx, &state),
            Message::Reconfigure(change) => self.reconfigure(cx, from, change),
            Message::Reconfigured(_) => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, timer: Timer) {
        self.touched.clear();
        match timer {
            Timer::Period => self.end_period(cx),
            Timer::Indirect => self.probe_indirectly(cx),
            Timer::Relay(sequence) => self.relay_unanswered(cx, sequence),
            Timer::Suspicion(node) => self.condemn(cx, node),
            Timer::Gossip => self.gossip(cx),
            Timer::PushPull => self.push_pull(cx),
            Timer::Join => self.join(cx),
            Timer::Reconnect => self.reconnect(cx),
            Timer::Leave => self.presence = Presence::Left,
        }
    }

    fn view(&self, view: &mut View) {
        view.role(match self.presence {
            Presence::Joining => "joining",
            Presence::Joined => "member",
            Presence::Leaving | Presence::Left => "left",
        });
        if let Some((incarnation, _)) = self.belief(self.id) {
            view.field("incarnation", incarnation.0);
        }
        view.field("alive", self.members.count(Status::Alive));
        view.field("suspect", self.members.count(Status::Suspect));
        view.field("dead", self.members.count(Status::Dead));
        view.field("health", self.health);
    }

    fn kind(message: &Message) -> Cow<'static, str> {
        Cow::Borrowed(message.kind())
    }

    fn size(message: &Message) -> u64 {
        message.size()
    }
}
