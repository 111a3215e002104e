//! What a protocol's author writes for one member of the cluster, and what a handler may do.
//!
//! The invariant: a node speaks through its [`Context`] alone, and what it says there are effects
//! with an offset in time; only the kernel performs them.

use crate::disk::DiskAccess;
use crate::effect::{Outbox, PlainEffect};
use crate::ids::{LocalTime, NodeId, WallTime};
use crate::seat::{Seat, halt};
use crate::stream::Stream;
use crate::units::{Span, SpanRange, stretched};
use crate::view::View;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::hash::Hash;

pub use crate::disk::{DiskError, Ticket};

/// One member of the cluster: a state machine that is told what happens and says what to do.
pub trait Node: Sized + 'static {
    /// What nodes and clients send to each other.
    type Message: Clone + Debug + Hash + 'static;
    /// The key of a timer: setting a pending key arms it anew. [`Never`] for a node without.
    type Timer: Clone + Debug + Eq + Hash + 'static;

    /// The node has booted, for the first time or after a crash; its disk is as it was left.
    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        let _ = cx;
    }

    /// A message arrived.
    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: Self::Message);

    /// A timer fired. It is pending no longer.
    fn on_timer(&mut self, cx: &mut Context<'_, Self>, timer: Self::Timer) {
        let _ = (cx, timer);
    }

    /// A sync that [`DiskAccess::begin_sync`] began is complete.
    fn on_disk(
        &mut self,
        cx: &mut Context<'_, Self>,
        ticket: Ticket,
        result: Result<(), DiskError>,
    ) {
        let _ = (cx, ticket, result);
    }

    /// On streams: a session with a node or client is up, since it was heard of, or down, and with
    /// it everything that was on its way. What is sent from here on belongs to another session.
    fn on_session(&mut self, cx: &mut Context<'_, Self>, peer: NodeId, session: Session) {
        let _ = (cx, peer, session);
    }

    /// Shows the node's state. Asked only when somebody looks.
    fn view(&self, view: &mut View) {
        let _ = view;
    }

    /// How many bytes it takes on a link of bounded bandwidth, where alone this is asked: by
    /// default as many as it takes to debug it, which grows with what it carries.
    fn size(message: &Self::Message) -> u64 {
        format!("{message:?}").len() as u64
    }

    /// What arrives in place of a message that was corrupted on its way, made with words that are
    /// the message's own; `None`, the default, if a checksum shows it and it is dropped.
    fn corrupt(message: &Self::Message, words: [u32; 4]) -> Option<Self::Message> {
        let _ = (message, words);
        None
    }

    /// What kind of message it is: by default the first word of how it is debugged.
    fn kind(message: &Self::Message) -> Cow<'static, str> {
        let text = format!("{message:?}");
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        Cow::Owned(text[..end].to_string())
    }
}

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    /// The other end has been heard.
    Up,
    /// It is over.
    Down,
}

/// The timer key of a node without timers: it has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Never {}

/// What a handler sees of the world, and its way to act on it.
///
/// A handler is a blocking thread: [`work`](Context::work) and a blocking sync take simulated
/// time, and what is said after them happens later by that much.
pub struct Context<'a, N: Node> {
    seat: &'a mut Seat,
    out: &'a mut (dyn Outbox<N::Message, N::Timer> + 'a),
}

impl<'a, N: Node> Context<'a, N> {
    pub(crate) fn new(
        seat: &'a mut Seat,
        out: &'a mut (dyn Outbox<N::Message, N::Timer> + 'a),
    ) -> Context<'a, N> {
        Context { seat, out }
    }

    /// Who this node is.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.seat.id
    }

    /// Every other node of the cluster as this one knew it at boot, in order: as it was founded.
    #[must_use]
    pub fn peers(&self) -> Peers {
        Peers::new(self.seat.membership.nodes(), self.seat.id)
    }

    /// All nodes of one kind, in order; this one among them if it is of that kind.
    #[must_use]
    pub fn members(&self, kind: &str) -> &[NodeId] {
        self.seat.membership.members(kind)
    }

    /// The instant by this node's monotonic clock, the offset of what was done before included.
    #[must_use]
    pub fn now(&self) -> LocalTime {
        self.seat.clock.now(self.seat.instant())
    }

    /// The instant by this node's wall clock, which may be off and jump.
    #[must_use]
    pub fn wall_clock(&self) -> WallTime {
        self.seat.clock.wall(self.seat.instant())
    }

    /// This node's own random stream.
    pub fn random(&mut self) -> &mut Stream {
        &mut self.seat.stream
    }

    /// A span drawn from this node's stream: shorthand for an election timeout and its like.
    pub fn random_span(&mut self, range: SpanRange) -> Span {
        self.seat.stream.span(range)
    }

    /// Sends a message to a node or client. A message to oneself arrives at once and surely.
    pub fn send(&mut self, to: NodeId, message: N::Message) {
        self.seat.count_effect();
        self.out.send(self.seat.offset, to, message);
    }

    /// Sends a message to every other node of the cluster: one effect.
    pub fn broadcast(&mut self, message: N::Message) {
        self.seat.count_effect();
        self.out.broadcast(self.seat.offset, message);
    }

    /// Arms a timer to fire `after` the present instant by this node's clock; a pending one with
    /// the same key is replaced.
    pub fn set_timer(&mut self, timer: N::Timer, after: impl Into<Span>) {
        self.seat.count_effect();
        self.out.set_timer(self.seat.offset, timer, after.into());
    }

    /// Disarms a timer; one that has expired but whose handler has not run does not fire.
    pub fn cancel_timer(&mut self, timer: N::Timer) {
        self.seat.count_effect();
        self.out.cancel_timer(self.seat.offset, timer);
    }

    /// This node's disk.
    pub fn disk(&mut self) -> DiskAccess<'_> {
        DiskAccess::new(self.seat, &mut *self.out)
    }

    /// Uses the processor for a while.
    pub fn work(&mut self, time: impl Into<Span>) {
        // A handler that works for ever is stopped as one that speaks for ever is.
        self.seat.count_effect();
        self.seat.offset += stretched(time.into(), self.seat.cpu);
    }

    /// Ends this node's process: what it said before is performed, nothing of the handler runs any
    /// more, and its memory is gone. Its supervisor starts it again after a second.
    pub fn halt(&mut self, reason: &'static str) -> ! {
        halt(self.seat.offset, &mut *self.out, reason)
    }

    /// Whether to do the unlikely here: false, unless the storm has enabled this fault point and it
    /// is taken this time. The protocol declares it in `CHANCES`.
    pub fn chance(&mut self, name: &'static str) -> bool {
        let taken = self.seat.points.ask(name, &self.seat.armed);
        if taken {
            self.note(format_args!("takes {name}"));
        }
        taken
    }

    /// Says that a named point was reached. The protocol declares it in `MARKS`.
    pub fn mark(&mut self, name: &'static str) {
        self.plain(PlainEffect::Mark(name));
    }

    /// Adds to a measure that counts. The protocol declares it in `MEASURES`.
    pub fn count(&mut self, measure: &'static str, by: u64) {
        self.plain(PlainEffect::Count { measure, by });
    }

    /// Adds a sample to a measure: nanoseconds for a span, else a plain number. The protocol
    /// declares it in `MEASURES`.
    pub fn sample(&mut self, measure: &'static str, value: u64) {
        self.plain(PlainEffect::Sample { measure, value });
    }

    /// Claims that `condition` holds here: false is a violation of the property `name`.
    pub fn always(&mut self, name: &'static str, condition: bool) {
        if !condition {
            self.plain(PlainEffect::Broken(name));
        }
    }

    /// Leaves a note for whoever reads the trace; formatted only if somebody does.
    pub fn note(&mut self, text: impl Display) {
        // An effect all the same when nobody reads it: watching changes nothing.
        let text = if self.seat.watched { text.to_string() } else { String::new() };
        self.plain(PlainEffect::Note(text.into_boxed_str()));
    }

    /// Runs a handler of a node that is a part of this one: its messages and timers are wrapped
    /// into this node's own.
    pub fn part<Q: Node, R>(
        &mut self,
        wrap_message: fn(Q::Message) -> N::Message,
        wrap_timer: fn(Q::Timer) -> N::Timer,
        handler: impl FnOnce(&mut Context<'_, Q>) -> R,
    ) -> R {
        let mut wrapped = Wrapped { out: &mut *self.out, wrap_message, wrap_timer };
        handler(&mut Context { seat: self.seat, out: &mut wrapped })
    }

    fn plain(&mut self, effect: PlainEffect) {
        self.seat.count_effect();
        self.out.push_plain(self.seat.offset, effect);
    }
}

/// Every node of a cluster but one, in order.
#[derive(Clone, Debug)]
pub struct Peers {
    next: u32,
    end: u32,
    own: NodeId,
}

impl Peers {
    pub(crate) fn new(nodes: u32, own: NodeId) -> Peers {
        Peers { next: 0, end: nodes, own }
    }
}

impl Iterator for Peers {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if NodeId::node(self.next) == self.own {
            self.next += 1;
        }
        let node = (self.next < self.end).then_some(NodeId::node(self.next))?;
        self.next += 1;
        Some(node)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let own = !self.own.is_client() && (self.next..self.end).contains(&self.own.raw());
        let left = self.end.saturating_sub(self.next + u32::from(own)) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Peers {}

/// The outbox of a part: wraps what it says and hands it on.
struct Wrapped<'a, M, T, PM, PT> {
    out: &'a mut dyn Outbox<M, T>,
    wrap_message: fn(PM) -> M,
    wrap_timer: fn(PT) -> T,
}

impl<M, T, PM, PT> crate::effect::PlainOutbox for Wrapped<'_, M, T, PM, PT> {
    fn push_plain(&mut self, offset: Span, effect: PlainEffect) {
        self.out.push_plain(offset, effect);
    }
}

impl<M, T, PM, PT> Outbox<PM, PT> for Wrapped<'_, M, T, PM, PT> {
    fn send(&mut self, offset: Span, to: NodeId, message: PM) {
        self.out.send(offset, to, (self.wrap_message)(message));
    }

    fn broadcast(&mut self, offset: Span, message: PM) {
        self.out.broadcast(offset, (self.wrap_message)(message));
    }

    fn set_timer(&mut self, offset: Span, timer: PT, after: Span) {
        self.out.set_timer(offset, (self.wrap_timer)(timer), after);
    }

    fn cancel_timer(&mut self, offset: Span, timer: PT) {
        self.out.cancel_timer(offset, (self.wrap_timer)(timer));
    }
}
