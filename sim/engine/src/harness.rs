//! One node driven by hand: a test hands it what arrives and takes what it says.
//!
//! The invariant: nothing happens to the node but what the test asks for. What a handler says takes
//! place when it returns, and its clock has then moved on by the time that the handler took.

use crate::chance::Points;
use crate::decider::{Decider, Seeded};
use crate::effect::{Effect, PlainEffect, Staged};
use crate::host::{Host, Input, MessageOf, Native, TimerOf};
use crate::ids::{EventId, LocalTime, NodeId};
use crate::node::{Peers, Session};
use crate::protocol::{Boot, Protocol, Request, RequestOf};
use crate::scenario::fault::Unsynced;
use crate::scenario::roster::Roster;
use crate::scenario::tables::{Clocks, Cluster, Disk, Limits, Nodes, Zones};
use crate::seat::{Halted, Membership, Seat, TooManyEffects};
use crate::stream::{Stream, StreamKind};
use crate::units::Span;
use squall_check::{Model, Process};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

/// One node of the protocol `P`, by itself, in the hands of a test.
pub struct Harness<P: Protocol> {
    config: P::Config,
    host: Native<P>,
    seat: Seat,
    membership: Rc<Membership>,
    staged: Staged<MessageOf<P>, TimerOf<P>>,
    crashes: Stream,
    boots: u32,
    up: bool,
    asked: u64,
    sent: Vec<(NodeId, MessageOf<P>)>,
    timers: Vec<(TimerOf<P>, LocalTime)>,
    marks: Vec<&'static str>,
}

impl<P: Protocol> fmt::Debug for Harness<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Harness");
        shown.field("id", &self.seat.id).field("up", &self.up).field("timers", &self.timers);
        shown.finish_non_exhaustive()
    }
}

impl<P: Protocol> Harness<P> {
    /// Boots node `id` of a cluster; `seed` decides what it draws.
    ///
    /// # Panics
    /// If the cluster has no such node.
    #[must_use]
    pub fn new(config: P::Config, nodes: Nodes, id: NodeId, seed: u64) -> Harness<P> {
        let cluster = Cluster { nodes, clients: 0, spares: 0, zones: Zones::default() };
        let roster = Roster::new(&cluster, P::KINDS);
        assert!(roster.nodes().any(|node| node == id), "the cluster has no node {id}");
        let membership = Rc::new(Membership::new(&roster));
        let mut decider = Seeded::with(seed);
        let points = Rc::new(Points::new(P::CHANCES, &mut decider));
        let stream_id = roster.stream_id(id);
        let world = (&Clocks::default(), Disk::default().sync);
        let mut harness = Harness {
            config,
            host: Native::default(),
            seat: Seat::new(id, stream_id, (&membership, &points), world, &mut decider),
            membership,
            staged: Staged::new(),
            crashes: decider.stream(StreamKind::Fault, stream_id),
            boots: 0,
            up: false,
            asked: 0,
            sent: Vec::new(),
            timers: Vec::new(),
            marks: Vec::new(),
        };
        harness.boot();
        harness
    }

    /// A message arrives.
    pub fn deliver(&mut self, from: NodeId, message: MessageOf<P>) {
        self.handle(Input::Message { from, message });
    }

    /// A timer fires now, whenever it was to fire.
    ///
    /// # Panics
    /// If it is not pending.
    pub fn fire(&mut self, timer: TimerOf<P>) {
        let pending = self.timers.iter().position(|(other, _)| *other == timer);
        let Some(index) = pending else { panic!("the timer {timer:?} is not pending") };
        self.timers.remove(index);
        self.handle(Input::Timer(timer));
    }

    /// The first sync that was begun and not waited for is complete.
    ///
    /// # Panics
    /// If there is none.
    pub fn complete_sync(&mut self) {
        let synced = self.seat.disk.complete().expect("no sync is under way");
        self.handle(Input::Disk { ticket: synced.ticket, result: synced.result });
    }

    /// A session with another participant is up or down.
    pub fn session(&mut self, peer: NodeId, session: Session) {
        self.handle(Input::Session { peer, session });
    }

    /// Time passes; no timer fires by itself.
    pub fn wait(&mut self, time: impl Into<Span>) {
        self.seat.started = self.seat.started + time.into();
    }

    /// The node crashes and boots again: memory and timers are gone, and of what was not synced
    /// what `unsynced` says.
    pub fn crash(&mut self, unsynced: Unsynced) {
        self.seat.disk.crash(unsynced, &mut self.crashes);
        self.host.crash(self.seat.id);
        self.timers.clear();
        self.boot();
    }

    /// A request as the first client makes it, to be wrapped in a message of the protocol.
    pub fn request(&mut self, operation: <P::Model as Model>::Operation) -> Request<P::Model> {
        self.asked += 1;
        RequestOf::new(Process { client: 1, lane: 1 }, self.asked, operation)
    }

    /// Takes everything that it sent since somebody last asked, in order.
    #[must_use]
    pub fn sent(&mut self) -> Vec<(NodeId, MessageOf<P>)> {
        std::mem::take(&mut self.sent)
    }

    /// Takes the marks that it made since somebody last asked, in order.
    #[must_use]
    pub fn marks(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.marks)
    }

    /// The timers that are pending, with when they are due by its clock, in the order of arming.
    #[must_use]
    pub fn timers(&self) -> &[(TimerOf<P>, LocalTime)] {
        &self.timers
    }

    /// What its monotonic clock says.
    #[must_use]
    pub fn now(&self) -> LocalTime {
        self.seat.clock.now(self.seat.instant())
    }

    /// Its memory; none if it has ended its own process and was not booted again by a crash.
    #[must_use]
    pub fn node(&self) -> Option<&P::Node> {
        self.host.node(self.seat.id).filter(|_| self.up)
    }

    /// Its disk.
    #[must_use]
    pub fn disk(&self) -> &crate::disk::Disk {
        &self.seat.disk
    }

    fn boot(&mut self) {
        let (id, restarts) = (self.seat.id, self.boots);
        let boot = Boot { id, restarts, founder: true, membership: self.membership.clone() };
        self.boots += 1;
        self.up = true;
        self.host.boot(&self.config, boot).expect("a native node boots");
        self.handle(Input::Start);
    }

    fn handle(&mut self, input: Input<MessageOf<P>, TimerOf<P>>) {
        assert!(self.up, "{} has ended its process; `crash` boots it again", self.seat.id);
        self.seat.effects_left = Limits::default().effects;
        let Harness { host, seat, staged, .. } = self;
        match catch_unwind(AssertUnwindSafe(|| host.handle(input, seat, staged))) {
            Ok(handled) => handled.expect("a native node runs its handlers"),
            Err(panic) if panic.is::<Halted>() => self.up = false,
            Err(panic) if panic.is::<TooManyEffects>() => {
                panic!("a handler of {} said more than a handler may", self.seat.id)
            }
            Err(panic) => resume_unwind(panic),
        }
        let mut staged = std::mem::replace(&mut self.staged, Staged::new());
        for timed in staged.drain() {
            self.perform(timed.offset, timed.effect);
        }
        self.staged = staged;
        let took = std::mem::replace(&mut self.seat.offset, Span::ZERO);
        self.seat.started = self.seat.started + took;
        if !self.up {
            self.timers.clear();
        }
    }

    fn perform(&mut self, offset: Span, effect: Effect<MessageOf<P>, TimerOf<P>>) {
        match effect {
            Effect::Send { to, message } => self.sent.push((to, message)),
            Effect::Broadcast { message } => {
                let peers = Peers::new(self.membership.nodes(), self.seat.id);
                self.sent.extend(peers.map(|to| (to, message.clone())));
            }
            Effect::SetTimer { timer, after } => {
                self.timers.retain(|(other, _)| *other != timer);
                let due = self.seat.clock.now(self.seat.started + offset) + after;
                self.timers.push((timer, due));
            }
            Effect::CancelTimer { timer } => self.timers.retain(|(other, _)| *other != timer),
            Effect::Plain(plain) => self.perform_plain(plain),
        }
    }

    fn perform_plain(&mut self, effect: PlainEffect) {
        let disk = &mut self.seat.disk;
        match effect {
            PlainEffect::Change => disk.perform(),
            PlainEffect::Synced(fate) => disk.synced(fate),
            PlainEffect::FileSynced(file, fate) => disk.file_synced(&file, fate),
            PlainEffect::SyncBegun { ticket, fate, .. } => {
                disk.begin(ticket, fate, EventId::BEGINNING);
            }
            PlainEffect::Mark(name) => self.marks.push(name),
            PlainEffect::Broken(name) => panic!("the claim `{name}` of the node does not hold"),
            PlainEffect::Halt(_)
            | PlainEffect::Count { .. }
            | PlainEffect::Sample { .. }
            | PlainEffect::Note(_)
            | PlainEffect::Done => {}
        }
    }
}
