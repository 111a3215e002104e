//! What the kernel keeps for one node while it runs.
//!
//! The invariant: between two events a node is busy exactly while effects of its last handler wait
//! to be performed, and only then, or while it is paused, does anything wait in its inbox.

use super::timers::Timers;
use crate::chance::Points;
use crate::clock::Clock;
use crate::decider::Decider;
use crate::disk::{Disk, Synced};
use crate::effect::Effect;
use crate::ids::{EventId, LocalTime, NodeId, Time};
use crate::node::Session;
use crate::plan::Plan;
use crate::scenario::roster::Roster;
use crate::seat::{Membership, Seat};
use crate::stream::StreamKind;
use crate::units::{ONCE, Span};
use std::collections::VecDeque;
use std::rc::Rc;

/// An effect that waits for its instant.
#[derive(Debug)]
pub(super) struct Later<M, T> {
    pub(super) at: Time,
    pub(super) sequence: u64,
    pub(super) effect: Effect<M, T>,
}

/// What waits for a busy node, in order of arrival.
#[derive(Clone, Copy, Debug)]
pub(super) enum Waiting {
    Message { envelope: u32 },
    Timer { slot: u32, sequence: u64 },
    Synced(Synced),
    Session { peer: NodeId, session: Session, cause: EventId },
}

/// What the kernel keeps for one node.
///
/// What every delivery touches stands together, in the order written here: with a thousand nodes
/// each cache line less is felt.
#[derive(Debug)]
#[repr(C)]
pub(super) struct NodeState<M, T> {
    pub(super) up: bool,
    /// Whether it is to be booted when it is taken in hand.
    pub(super) booting: bool,
    /// Whether a handler has started whose last effect is not yet performed.
    pub(super) busy: bool,
    /// Whether the queue holds an entry that will look into the inbox.
    pub(super) ready: bool,
    pub(super) waiting_messages: u32,
    pub(super) paused_at: Option<Time>,
    pub(super) later: VecDeque<Later<M, T>>,
    pub(super) inbox: VecDeque<Waiting>,
    /// The event whose handler said what is in `later`.
    pub(super) handling: EventId,
    /// Faults that strike before a step, the next one last.
    pub(super) strikes: Vec<(u64, u32)>,
    /// Messages sent, and disk effects and sends performed, since the run began, restarts
    /// included.
    pub(super) sent: u64,
    pub(super) steps: u64,
    /// The id of the node's streams.
    pub(super) stream_id: u64,
    pub(super) timers: Timers<T>,
    pub(super) seat: Seat,
    // From here on: what few deliveries touch.
    /// Whether it is in the cluster: a spare is not before it joins.
    pub(super) joined: bool,
    /// Whether it is in the cluster from the beginning and has not left it.
    pub(super) founder: bool,
    /// Whether it never boots again.
    pub(super) lost: bool,
    /// With which configuration it boots: that of the run, or one of those that restarts made.
    pub(super) config: Option<u32>,
    /// What brought it up.
    pub(super) booted_by: EventId,
    pub(super) boots: u32,
    /// The faults that hold it: down if it is down, else paused.
    pub(super) held_by: Vec<u32>,
    /// The sequence number of the queue entry for the first of `later`.
    pub(super) later_entry: u64,
}

impl<M, T> NodeState<M, T> {
    pub(super) fn new(
        id: NodeId,
        roster: &Roster,
        membership: &Rc<Membership>,
        points: &Rc<Points>,
        plan: &Plan,
        decider: &mut impl Decider,
    ) -> NodeState<M, T> {
        let stream_id = roster.stream_id(id);
        let mut clock = decider.stream(StreamKind::Clock, stream_id);
        // Monotonic clocks of two nodes have nothing to do with each other: up to 1,000 s apart.
        let reading = LocalTime::from_nanos(clock.below(Span::secs(1000).as_nanos()));
        let offset = clock.offset(plan.clocks.offset);
        let drift = clock.drift(plan.clocks.drift);
        let seat = Seat {
            id,
            membership: membership.clone(),
            clock: Clock::new(reading, offset, drift),
            stream: decider.stream(StreamKind::Node, stream_id),
            disk: Box::new(Disk::new(decider.stream(StreamKind::Disk, stream_id))),
            sync: plan.disk.sync,
            cpu: ONCE,
            drive: ONCE,
            started: Time::ZERO,
            offset: Span::ZERO,
            effects_left: 0,
            points: points.clone(),
            armed: Vec::new(),
            watched: false,
        };
        NodeState {
            seat,
            stream_id,
            joined: false,
            founder: !roster.is_spare(id),
            lost: false,
            config: None,
            up: false,
            booting: false,
            booted_by: EventId::BEGINNING,
            boots: 0,
            paused_at: None,
            held_by: Vec::new(),
            busy: false,
            later: VecDeque::new(),
            later_entry: 0,
            handling: EventId::BEGINNING,
            inbox: VecDeque::new(),
            waiting_messages: 0,
            ready: false,
            timers: Timers::default(),
            sent: 0,
            steps: 0,
            strikes: Vec::new(),
        }
    }

    /// Whether its memory can be seen: up, booted, and no effect outstanding.
    pub(super) fn at_rest(&self) -> bool {
        self.up && !self.booting && !self.busy
    }

    /// Whether what its handlers say takes place.
    #[inline]
    pub(super) fn runs(&self) -> bool {
        self.up && self.paused_at.is_none()
    }

    /// Whether what arrives now must wait.
    #[inline]
    pub(super) fn must_wait(&self) -> bool {
        !self.later.is_empty() || self.paused_at.is_some() || !self.inbox.is_empty() || self.booting
    }
}
