//! A run as a value: everything that is scheduled, in flight or remembered, and the step that
//! takes the next event.
//!
//! The invariant: a step does what is scheduled next and nothing else; whoever looks between two
//! steps sees every node at the same instant. A run is a loop over [`Sim::step`].

mod clients;
mod handlers;
mod look;
mod node_state;
mod pending;
mod post;
mod progress;
mod redraw;
mod sends;
mod stats;
mod steps;
mod storm;
mod streams;
mod timers;
mod watch;

pub use pending::Pending;
pub use sends::Sent;
pub use stats::{Reported, Stats};
pub use storm::Strike;
pub use watch::{Progress, Standing, Violation};

use crate::chance::Points;
use crate::decider::{Decider, Seeded};
use crate::digest::FixedHasher;
use crate::effect::Staged;
use crate::event::{Event, EventKind};
use crate::host::{Host, MessageOf, Native, TimerOf};
use crate::ids::{EventId, NodeId, Time};
use crate::network::{Network, NetworkModel};
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::pulse::Pulse;
use crate::queue::{Entry, Queue};
use crate::scenario::roster::Roster;
use crate::seat::Membership;
use crate::slab::Slab;
use crate::units::Span;
use node_state::NodeState;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use storm::Told;

/// A message on its way.
#[derive(Debug)]
struct Travelling<M> {
    from: NodeId,
    to: NodeId,
    sent_by: EventId,
    sent_at: Time,
    message: M,
}

/// What the queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Deliver { envelope: u32, to: NodeId },
    Flight { flight: u32 },
    Resend { end: u32 },
    Timer { node: u32, slot: u32 },
    Later { node: u32 },
    Ready { node: u32 },
    Synced { node: u32, boot: u32 },
    Lane { client: u32, lane: u32 },
    Arrival { client: u32 },
    Phase { client: u32 },
    Progress,
    Begin { fault: u32 },
    GiveUp { fault: u32 },
    Turn { fault: u32 },
    End { fault: u32 },
    Operate { turn: u32 },
    Revive { node: u32, boot: u32 },
    Roll { fault: u32 },
    Back { fault: u32, node: u32 },
    Calm,
}

/// A run of a protocol.
pub struct Sim<P: Protocol, D: Decider = Seeded, H: Host<P> = Native<P>> {
    plan: Plan,
    config: P::Config,
    roster: Roster,
    membership: Rc<Membership>,
    points: Rc<Points>,
    decider: D,
    host: H,
    now: Time,
    /// The instant of the step before the present one.
    stepped_from: Time,
    sequence: u64,
    last: EventId,
    /// The number of the last event that the limit allows.
    events_max: u64,
    digest: FixedHasher,
    queue: Queue<What>,
    envelopes: Slab<Travelling<MessageOf<P>>>,
    streams: streams::Streams<MessageOf<P>>,
    nodes: Vec<NodeState<MessageOf<P>, TimerOf<P>>>,
    clients: clients::Clients<P>,
    network: Network,
    model: Option<Box<dyn NetworkModel<MessageOf<P>>>>,
    sends: Option<Box<sends::Sends>>,
    /// Whether more is to be said of a message than what the links make of it.
    alters: bool,
    /// The event after which everything is drawn anew.
    redrawn_after: u64,
    storm: storm::Storm<P::Config>,
    monitors: watch::Monitors<P>,
    progress: progress::ProgressWatch,
    stats: Stats,
    windows: stats::Windows,
    staged: Staged<MessageOf<P>, TimerOf<P>>,
    /// What the handler that runs was told, if a fault looks at that.
    told: Option<Told>,
    happened: Vec<Event>,
    /// Whether events are handed out, and whether they carry words.
    handed_out: bool,
    watched: bool,
    /// Whose code runs, while it does: a node's handler, or what a client asks and understands.
    running: Option<NodeId>,
    overflow: Option<Overflow>,
    pulse: Option<Rc<dyn Pulse>>,
}

/// Which limit a run has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// `limits.events`.
    Events,
    /// `limits.effects`, in a handler of this node.
    Effects(NodeId),
    /// `limits.in_flight`.
    InFlight,
}

impl<P: Protocol> Sim<P> {
    /// A run of `plan` at its beginning, decided by its seed.
    #[must_use]
    pub fn new(plan: Plan, config: P::Config) -> Sim<P> {
        let decider = Seeded::of(&plan);
        Sim::with(plan, config, decider, Native::default())
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// A run of `plan` at its beginning, on this host, decided by `decider`.
    #[must_use]
    pub fn with(plan: Plan, config: P::Config, mut decider: D, host: H) -> Sim<P, D, H> {
        let roster = Roster::new(&plan.cluster, P::KINDS);
        let membership = Rc::new(Membership::new(&roster));
        let points = Rc::new(Points::new(P::CHANCES, &mut decider));
        let nodes = roster
            .nodes()
            .map(|id| NodeState::new(id, &roster, &membership, &points, &plan, &mut decider))
            .collect();
        let mut sim = Sim {
            network: Network::new(&plan.network, &roster),
            model: P::network(&config),
            sends: None,
            alters: false,
            redrawn_after: plan.reseed.as_ref().map_or(u64::MAX, |reseed| reseed.event),
            clients: clients::Clients::new(&plan, &roster, &mut decider),
            storm: storm::Storm::new(&plan, &roster, &mut decider),
            monitors: watch::Monitors::new(P::properties(&config), &plan),
            progress: progress::ProgressWatch::new(
                plan.checks.progress_within,
                roster.client_count(),
            ),
            stats: Stats::new(P::MEASURES),
            windows: stats::Windows::new(&plan),
            config,
            roster,
            membership,
            points,
            decider,
            host,
            now: Time::ZERO,
            stepped_from: Time::ZERO,
            sequence: 0,
            last: EventId::BEGINNING,
            events_max: plan.limits.events,
            digest: FixedHasher::new(),
            queue: Queue::new(),
            envelopes: Slab::new(),
            streams: streams::Streams::new(plan.network.stream),
            nodes,
            staged: Staged::new(),
            told: None,
            happened: Vec::new(),
            handed_out: true,
            watched: false,
            running: None,
            overflow: None,
            pulse: None,
            plan,
        };
        sim.name_sends();
        sim.prepare();
        sim
    }

    /// Schedules what a run begins with.
    fn prepare(&mut self) {
        if self.plan.scenario.calm > Span::ZERO {
            self.schedule(self.storm_end(), What::Calm);
            self.schedule_progress();
        }
        self.schedule_faults();
        for node in 0..self.roster.founder_count() {
            self.join(NodeId::node(node), EventId::BEGINNING);
        }
        self.schedule_clients();
    }

    /// Lets a node that is not in the cluster boot and be in it.
    fn join(&mut self, id: NodeId, cause: EventId) {
        let state = &mut self.nodes[id.index()];
        if !state.joined {
            (state.joined, state.up, state.booting) = (true, true, true);
            state.booted_by = cause;
            self.mark_ready(id.index());
        }
    }

    /// Lets events carry words for whoever reads them. Changes nothing else.
    pub fn watch(&mut self) {
        self.watched = true;
        self.nodes.iter_mut().for_each(|node| node.seat.watched = true);
    }

    /// Tells somebody outside of every handler that begins and returns.
    pub fn tell(&mut self, pulse: Rc<dyn Pulse>) {
        self.pulse = Some(pulse);
    }

    /// Takes what is next. Returns the events that happened: at least one, or none at the end.
    ///
    /// # Panics
    /// If the protocol's code panics; [`run`](crate::run::run) makes a violation of that.
    pub fn step(&mut self) -> &[Event] {
        self.step_until(Time::MAX)
    }

    /// Takes what is next and due at or before `until`. Returns the events that happened: at
    /// least one, or none if nothing is left to happen by then.
    ///
    /// # Panics
    /// As [`Sim::step`].
    pub fn step_until(&mut self, until: Time) -> &[Event] {
        self.advance(until);
        &self.happened
    }

    /// Takes what is next if it is due at or before `until`; whether anything happened.
    pub(crate) fn advance(&mut self, until: Time) -> bool {
        self.through_halt(|sim| sim.take_next(until)).unwrap_or(true)
    }

    #[inline]
    fn take_next(&mut self, until: Time) -> bool {
        self.happened.clear();
        if self.last.0 >= self.redrawn_after {
            self.draw_anew();
        }
        if self.storm.is_late() && self.begin_past() {
            return true;
        }
        let before = self.last;
        while self.last == before {
            let Some(entry) = self.next_entry(until) else { return false };
            self.stepped_from = self.now;
            self.now = self.now.max(entry.at);
            self.execute(entry);
        }
        true
    }

    /// Steps until nothing is due at or before `until`, a property is broken or a limit reached.
    ///
    /// # Panics
    /// As [`Sim::step`].
    pub fn run_until(&mut self, until: Time) {
        self.handed_out = false;
        let all = |sim: &mut Self| while sim.may_go_on() && sim.take_next(until) {};
        while self.through_halt(all).is_none() {}
        self.handed_out = true;
    }

    /// Whether no property is broken and no limit reached.
    #[must_use]
    pub fn may_go_on(&self) -> bool {
        self.monitors.violation.is_none() && self.overflow.is_none()
    }

    /// When what is scheduled next is due; nothing may come of it.
    pub fn next_at(&mut self) -> Option<Time> {
        self.queue.next_at()
    }

    #[inline]
    fn next_entry(&mut self, until: Time) -> Option<Entry<What>> {
        match self.decider.next() {
            None => self.queue.pop(until),
            Some(sequence) => self.queue.take(self.now, sequence),
        }
    }

    fn execute(&mut self, entry: Entry<What>) {
        match entry.what {
            What::Deliver { envelope, to } => self.arrive(envelope, to),
            What::Flight { flight } => self.land(flight),
            What::Resend { end } => self.resend(end, entry.sequence),
            What::Timer { node, slot } => self.expire(node as usize, slot, entry.sequence),
            What::Later { node } => self.perform_later(node as usize, entry.sequence),
            What::Ready { node } => self.take_in_hand(node as usize),
            What::Synced { node, boot } => self.sync_complete(node as usize, boot),
            What::Lane { client, lane } => self.wake_lane(client, lane, entry.sequence),
            What::Arrival { client } => self.arrival(client),
            What::Phase { client } => self.begin_phase(client),
            What::Progress => self.look_at_progress(),
            What::Begin { fault } => self.due_fault(fault, entry.sequence),
            What::GiveUp { fault } => self.give_up_fault(fault),
            What::Turn { fault } => self.turn(fault),
            What::End { fault } => self.end_fault(fault),
            What::Revive { node, boot } => self.revive(node as usize, boot),
            What::Roll { fault } => self.roll(fault),
            What::Back { fault, node } => self.come_back(fault, node as usize),
            What::Operate { turn } => self.operator_waited(turn),
            What::Calm => self.calm(),
        }
    }

    /// Schedules something, after everything that is due at the same instant.
    #[inline]
    fn schedule(&mut self, at: Time, what: What) -> u64 {
        let sequence = self.next_sequence();
        self.schedule_as(at, sequence, what);
        sequence
    }

    #[inline]
    fn schedule_as(&mut self, at: Time, sequence: u64, what: What) {
        self.queue.push(self.now, Entry { at: at.max(self.now), sequence, what });
    }

    #[inline]
    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Numbers an event, hashes it and hands it to whoever looks.
    #[inline]
    fn emit(
        &mut self,
        place: Option<NodeId>,
        kind: EventKind,
        cause: EventId,
        payload: impl Hash,
        text: Option<Box<str>>,
    ) -> EventId {
        self.last = EventId(self.last.0 + 1);
        let place_number = place.map_or(u32::MAX, NodeId::raw);
        self.digest.write_u64(self.now.as_nanos());
        self.digest.write_u64(u64::from(place_number) << 8 | u64::from(kind.number()));
        payload.hash(&mut self.digest);
        if self.handed_out {
            self.happened.push(Event { id: self.last, at: self.now, place, kind, cause, text });
        }
        if self.last.0 >= self.events_max && self.overflow.is_none() {
            self.overflow = Some(Overflow::Events);
        }
        self.last
    }

    /// Numbers something that is no part of the run itself, so of no digest, and hands it out.
    fn remark(&mut self, kind: EventKind, text: Option<Box<str>>) -> EventId {
        self.last = EventId(self.last.0 + 1);
        // It does not count against the limit either.
        self.events_max = self.events_max.saturating_add(1);
        if self.handed_out {
            let (id, at, cause) = (self.last, self.now, EventId::BEGINNING);
            self.happened.push(Event { id, at, place: None, kind, cause, text });
        }
        self.last
    }
}
