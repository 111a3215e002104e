//! Handlers: what arrives at a node, the handler that takes it in hand, and its effects.
//!
//! The invariant: a handler is a blocking thread. Effects without offset are performed when it
//! returns; later ones one by one, each by an event of its own; until the last is performed the
//! node takes nothing else in hand, and a crash drops those not yet performed.

use super::node_state::{Later, Waiting};
use super::steps::Struck;
use super::storm::Told;
use super::{Sim, Travelling, What};
use crate::decider::Decider;
use crate::disk::{SyncFate, Synced};
use crate::effect::{Effect, PlainEffect, Staged, Timed};
use crate::event::EventKind;
use crate::host::{Host, Input, MessageOf, TimerOf};
use crate::ids::{EventId, NodeId};
use crate::monitor::Moment;
use crate::network::Loss;
use crate::node::{Node, Peers};
use crate::protocol::{Boot, Links, Protocol};
use crate::seat::Halted;
use crate::units::Span;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// A message has reached its addressee.
    #[inline]
    pub(super) fn arrive(&mut self, envelope: u32, to: NodeId) {
        if to.is_client() {
            return self.deliver_outside(envelope);
        }
        let node = to.index();
        let limit = self.plan.limits.inbox;
        let state = &mut self.nodes[node];
        if !state.up {
            self.lose_on_arrival(envelope, Loss::Down);
        } else if !state.must_wait() {
            self.deliver(node, envelope);
        } else if state.waiting_messages >= limit {
            self.lose_on_arrival(envelope, Loss::Full);
        } else {
            state.waiting_messages += 1;
            state.inbox.push_back(Waiting::Message { envelope });
            self.mark_ready(node);
        }
    }

    fn lose_on_arrival(&mut self, envelope: u32, loss: Loss) {
        let Travelling { from, to, sent_by, message, .. } = self.envelopes.remove(envelope);
        self.lose(to, (from, to), loss, sent_by, &message);
    }

    pub(super) fn lose(
        &mut self,
        place: NodeId,
        (from, to): (NodeId, NodeId),
        loss: Loss,
        cause: EventId,
        message: &MessageOf<P>,
    ) {
        self.stats.lost += 1;
        let text = self.words(message);
        self.emit(Some(place), EventKind::Lost { from, to, loss }, cause, message, text);
    }

    /// A message in words, if somebody reads them.
    pub(super) fn words(&self, message: &MessageOf<P>) -> Option<Box<str>> {
        self.watched.then(|| format!("{message:?}").into_boxed_str())
    }

    #[inline(always)]
    fn deliver(&mut self, node: usize, envelope: u32) {
        let Travelling { from, sent_by, sent_at, message, .. } = self.envelopes.remove(envelope);
        self.stats.delivered += 1;
        if self.progress.records() {
            let what = format!("gets {}", P::Node::kind(&message));
            self.note_turn(NodeId::node(node as u32), &what, from.is_client());
        }
        let text = self.words(&message);
        let kind = EventKind::Deliver { from, sent: sent_at };
        let place = Some(NodeId::node(node as u32));
        let event = self.emit(place, kind, sent_by, (from.raw(), &message), text);
        self.handle(node, Input::Message { from, message }, event);
    }

    /// Lets the node look into its inbox, or boot, as soon as it is at rest.
    pub(super) fn mark_ready(&mut self, node: usize) {
        let state = &mut self.nodes[node];
        let idle = state.up && state.later.is_empty() && state.paused_at.is_none();
        if idle && !state.ready && (state.booting || !state.inbox.is_empty()) {
            state.ready = true;
            self.schedule(self.now, What::Ready { node: node as u32 });
        }
    }

    /// The node boots, or takes the first of its inbox in hand.
    pub(super) fn take_in_hand(&mut self, node: usize) {
        let state = &mut self.nodes[node];
        state.ready = false;
        if !state.up || !state.later.is_empty() || state.paused_at.is_some() {
            return;
        }
        if state.booting {
            self.boot(node);
            return self.mark_ready(node);
        }
        let Some(waiting) = state.inbox.pop_front() else { return };
        match waiting {
            Waiting::Message { envelope } => {
                state.waiting_messages -= 1;
                self.deliver(node, envelope);
            }
            Waiting::Timer { slot, sequence } => self.fire_timer(node, slot, sequence),
            Waiting::Synced(synced) => self.tell_synced(node, synced),
            Waiting::Session { peer, session, cause } => {
                self.told_session(node, peer, session, cause);
            }
        }
        if P::LINKS == Links::Stream {
            self.pull(node);
        }
        self.mark_ready(node);
    }

    fn boot(&mut self, node: usize) {
        let state = &mut self.nodes[node];
        state.booting = false;
        let (id, restarts, cause) = (state.seat.id, state.boots, state.booted_by);
        state.boots += 1;
        let event = self.emit(Some(id), EventKind::Start { restarts }, cause, restarts, None);
        self.running = Some(id);
        let founder = self.nodes[node].founder;
        let boot = Boot { id, restarts, founder, membership: self.membership.clone() };
        let config = match self.nodes[node].config {
            None => &self.config,
            Some(at) => &self.storm.configs[at as usize].1,
        };
        let booted = self.host.boot(config, boot);
        self.running = None;
        match booted {
            Ok(()) => self.handle(node, Input::Start, event),
            Err(error) => self.host_failed(id, event, &error.0),
        }
    }

    /// An asynchronous sync is complete.
    pub(super) fn sync_complete(&mut self, node: usize, boot: u32) {
        let state = &mut self.nodes[node];
        if state.boots != boot || !state.up {
            return;
        }
        let Some(synced) = state.seat.disk.complete() else { return };
        if state.must_wait() {
            state.inbox.push_back(Waiting::Synced(synced));
            self.mark_ready(node);
        } else {
            self.tell_synced(node, synced);
        }
    }

    fn tell_synced(&mut self, node: usize, Synced { ticket, result, begun }: Synced) {
        if self.progress.records() {
            self.note_turn(NodeId::node(node as u32), "is told of its sync", false);
        }
        self.nodes[node].seat.disk.told(ticket);
        let place = Some(NodeId::node(node as u32));
        let text = result.err().filter(|_| self.watched).map(|error| error.words().into());
        let event = match result {
            Ok(()) => self.emit(place, EventKind::Synced, begun, ticket, text),
            Err(error) => self.emit(place, EventKind::Synced, begun, (ticket, error), text),
        };
        self.handle(node, Input::Disk { ticket, result }, event);
    }

    /// Runs a handler and performs what it said.
    #[inline]
    pub(super) fn handle(
        &mut self,
        node: usize,
        input: Input<MessageOf<P>, TimerOf<P>>,
        event: EventId,
    ) {
        let state = &mut self.nodes[node];
        state.seat.started = self.now;
        state.seat.effects_left = self.plan.limits.effects;
        state.busy = true;
        state.handling = event;
        self.running = Some(state.seat.id);
        if self.storm_looks() {
            self.told = Some(Told::of::<P>(&input));
        }
        let state = &mut self.nodes[node];
        if let Some(pulse) = &self.pulse {
            pulse.begins(state.seat.id, event);
        }
        let handled = self.host.handle(input, &mut state.seat, &mut self.staged);
        self.handled(node, event);
        if let Err(error) = handled {
            self.host_failed(NodeId::node(node as u32), event, &error.0);
        }
    }

    /// A handler has returned, or its process has ended: what it said until then takes place.
    #[inline]
    fn handled(&mut self, node: usize, event: EventId) {
        self.running = None;
        if let Some(pulse) = &self.pulse {
            pulse.ends();
        }
        let total = std::mem::replace(&mut self.nodes[node].seat.offset, Span::ZERO);
        if self.told.is_some() {
            self.handler_returned(node, event);
        }
        let quiet = total == Span::ZERO && !self.staged.has_plain() && !self.waits_for_steps(node);
        match quiet && self.nodes[node].runs() {
            true => self.perform_at_once(node, event),
            false => self.perform_staged(node, event, total),
        }
    }

    /// Performs what a handler said if that is messages and timers alone, without offset, and no
    /// fault waits for any of it: as [`Sim::perform_staged`], without looking between two effects
    /// whether the node still runs.
    #[inline]
    fn perform_at_once(&mut self, node: usize, event: EventId) {
        let mut staged = std::mem::replace(&mut self.staged, Staged::new());
        for Timed { effect, .. } in staged.drain() {
            self.nodes[node].steps += u64::from(effect.is_step());
            self.perform(node, effect, event);
            if self.overflow.is_some() {
                break;
            }
        }
        self.staged = staged;
        self.rest(node, event);
    }

    /// Does `work`. `None` if a handler in it left because its process has ended; what the handler
    /// had said has then taken place, and the rest of `work` is undone.
    ///
    /// To catch it here and not around every handler keeps deliveries fast.
    pub(super) fn through_halt<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(done) => Some(done),
            Err(panic) if panic.is::<Halted>() => {
                let node = self.running.expect("only a handler ends its process").index();
                self.handled(node, self.nodes[node].handling);
                self.mark_ready(node);
                None
            }
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Performs what a handler said without offset, and keeps the rest for later.
    #[inline]
    fn perform_staged(&mut self, node: usize, event: EventId, total: Span) {
        let mut staged = std::mem::replace(&mut self.staged, Staged::new());
        let mut reached = Span::ZERO;
        let state = &mut self.nodes[node];
        let mut later = state.paused_at.is_some();
        if !state.up {
            staged.drain().for_each(drop);
        }
        for Timed { offset, effect } in staged.drain() {
            reached = offset;
            later = later || offset > Span::ZERO;
            if later {
                self.keep(node, offset, effect);
                continue;
            }
            match self.strike(node, &effect) {
                Struck::Not => match self.take_step(node, effect, event) {
                    Struck::Not => {}
                    Struck::Paused => later = true,
                    Struck::Down => break,
                },
                Struck::Paused => {
                    later = true;
                    self.keep(node, offset, effect);
                }
                Struck::Down => break,
            }
            if self.overflow.is_some() {
                break;
            }
        }
        self.staged = staged;
        if !self.nodes[node].up {
            return;
        }
        if total > reached {
            self.keep(node, total, Effect::Plain(PlainEffect::Done));
        }
        if self.nodes[node].later.is_empty() {
            self.rest(node, event);
        } else {
            self.schedule_later(node);
        }
    }

    fn keep(&mut self, node: usize, offset: Span, effect: Effect<MessageOf<P>, TimerOf<P>>) {
        let later = Later { at: self.now + offset, sequence: self.next_sequence(), effect };
        self.nodes[node].later.push_back(later);
    }

    /// Schedules the first of the effects that wait.
    pub(super) fn schedule_later(&mut self, node: usize) {
        let state = &mut self.nodes[node];
        if let Some(first) = state.later.front() {
            let (at, sequence) = (first.at, first.sequence);
            state.later_entry = sequence;
            self.schedule_as(at, sequence, What::Later { node: node as u32 });
        }
    }

    /// The first of the effects that wait has come to its instant.
    pub(super) fn perform_later(&mut self, node: usize, entry: u64) {
        let state = &mut self.nodes[node];
        if state.later_entry != entry || state.paused_at.is_some() {
            return;
        }
        let Some(later) = state.later.pop_front() else { return };
        let (id, cause) = (state.seat.id, state.handling);
        match self.strike(node, &later.effect) {
            Struck::Not => {}
            Struck::Paused => return self.nodes[node].later.push_front(later),
            Struck::Down => return,
        }
        let effect = later.effect;
        let done = matches!(effect, Effect::Plain(PlainEffect::Done));
        let kind = if done { EventKind::Idle } else { EventKind::Effect };
        let text = if self.watched { effect_words::<P>(&effect) } else { None };
        let event = self.emit(Some(id), kind, cause, (), text);
        if let Struck::Down = self.take_step(node, effect, event) {
            return;
        }
        if self.nodes[node].later.is_empty() {
            self.rest(node, event);
            self.mark_ready(node);
        } else {
            self.schedule_later(node);
        }
    }

    #[inline(always)]
    pub(super) fn perform(
        &mut self,
        node: usize,
        effect: Effect<MessageOf<P>, TimerOf<P>>,
        event: EventId,
    ) {
        let id = NodeId::node(node as u32);
        match effect {
            Effect::Send { to, message } => self.post(id, to, message, event),
            Effect::Broadcast { message } => {
                for to in Peers::new(self.membership.nodes(), id) {
                    self.post(id, to, message.clone(), event);
                }
            }
            Effect::SetTimer { timer, after } => self.arm_timer(node, timer, after, event),
            Effect::CancelTimer { timer } => self.cancel_timer(node, &timer),
            Effect::Plain(plain) => self.perform_plain(node, plain, event),
        }
    }

    fn perform_plain(&mut self, node: usize, effect: PlainEffect, event: EventId) {
        let id = NodeId::node(node as u32);
        let disk = &mut self.nodes[node].seat.disk;
        match effect {
            PlainEffect::Change => disk.perform(),
            PlainEffect::Synced(fate) => disk.synced(fate),
            PlainEffect::FileSynced(file, fate) => disk.file_synced(&file, fate),
            PlainEffect::SyncBegun { ticket, after, fate } => {
                disk.begin(ticket, fate, event);
                let boot = self.nodes[node].boots;
                let what = What::Synced { node: node as u32, boot };
                self.schedule(self.now + after, what);
            }
            PlainEffect::Halt(reason) => self.halt_node(id, reason, event),
            PlainEffect::Mark(name) => {
                self.annotate(event, name);
                self.look(Moment::Mark(id, name), event);
            }
            PlainEffect::Count { measure, by } => {
                self.stats.count(measure, by);
                self.windows.count(measure, by, self.now);
            }
            PlainEffect::Sample { measure, value } => {
                self.stats.sample(measure, value);
                self.windows.sample(measure, value, self.now);
            }
            PlainEffect::Broken(name) => self.claim_broken(id, name, event),
            PlainEffect::Note(text) => self.annotate(event, &text),
            PlainEffect::Done => {}
        }
    }

    /// Adds words to an event of this step, if somebody reads them.
    pub(super) fn annotate(&mut self, event: EventId, words: &str) {
        if !self.watched {
            return;
        }
        if let Some(event) = self.happened.iter_mut().rfind(|other| other.id == event) {
            let mut text = event.text.take().map(String::from).unwrap_or_default();
            let gap = if text.is_empty() { "" } else { " · " };
            write!(text, "{gap}{words}").expect("writing to a string succeeds");
            event.text = Some(text.into_boxed_str());
        }
    }

    /// The node has come to rest.
    #[inline]
    fn rest(&mut self, node: usize, event: EventId) {
        self.nodes[node].busy = false;
        self.look(Moment::Rest(NodeId::node(node as u32)), event);
    }
}

/// A later effect in words.
fn effect_words<P: Protocol>(effect: &Effect<MessageOf<P>, TimerOf<P>>) -> Option<Box<str>> {
    let words = match effect {
        Effect::Send { to, message } => {
            format!("sends {} to {to}", <P::Node as Node>::kind(message))
        }
        Effect::Broadcast { message } => {
            format!("sends {} to all", <P::Node as Node>::kind(message))
        }
        Effect::SetTimer { timer, .. } => format!("sets timer {timer:?}"),
        Effect::CancelTimer { timer } => format!("cancels timer {timer:?}"),
        Effect::Plain(PlainEffect::Change) => "writes".to_string(),
        Effect::Plain(PlainEffect::Synced(fate)) => sync_words(*fate).to_string(),
        Effect::Plain(PlainEffect::FileSynced(file, fate)) => {
            format!("{} {file}", sync_words(*fate))
        }
        Effect::Plain(PlainEffect::SyncBegun { .. }) => "begins to sync".to_string(),
        Effect::Plain(PlainEffect::Count { measure, .. } | PlainEffect::Sample { measure, .. }) => {
            format!("reports {measure}")
        }
        Effect::Plain(PlainEffect::Broken(name)) => format!("claim {name} does not hold"),
        Effect::Plain(
            PlainEffect::Mark(_) | PlainEffect::Note(_) | PlainEffect::Halt(_) | PlainEffect::Done,
        ) => return None,
    };
    Some(words.into_boxed_str())
}

/// What became of a sync, in words.
fn sync_words(fate: SyncFate) -> &'static str {
    match fate {
        SyncFate::Durable => "synced",
        SyncFate::Lie => "believes to have synced",
        SyncFate::Failed => "could not sync",
    }
}
