//! Faults of processes: nodes crash, restart, stand still and go on.
//!
//! The invariant: a node is held down or still for as long as any fault holds it.

use super::super::node_state::{Later, Waiting};
use super::super::{Sim, What};
use crate::decider::Decider;
use crate::effect::Effect;
use crate::event::EventKind;
use crate::host::Host;
use crate::ids::{EventId, NodeId, Time};
use crate::monitor::Moment;
use crate::protocol::Protocol;
use crate::scenario::fault::{Crash, Unsynced};
use crate::stream::Stream;
use crate::units::Span;

/// How long a node that has halted stays down.
const SUPERVISED: Span = Span::secs(1);

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Crashes a node that is up; one that is down stays down for as long as any crash holds it.
    pub(super) fn crash_node(&mut self, id: NodeId, fault: u32, crash: &Crash, cause: EventId) {
        let node = id.index();
        if !self.nodes[node].joined {
            return;
        }
        self.nodes[node].lost |= crash.for_good;
        if !self.nodes[node].up {
            return self.nodes[node].held_by.push(fault);
        }
        let event = self.take_down(id, cause);
        self.nodes[node].held_by.push(fault);
        let stream = &mut self.storm.faults[fault as usize].effect;
        let lost = self.nodes[node].seat.disk.crash(crash.unsynced, stream);
        self.stats.writes_lost += lost;
        self.look(Moment::Down(id), event);
    }

    /// Crashes a node, or finds it down, and empties its disk.
    pub(super) fn wipe_node(&mut self, id: NodeId, fault: u32, cause: EventId) {
        let node = id.index();
        if !self.nodes[node].joined {
            return;
        }
        self.storm.wiped.insert(id);
        if !self.nodes[node].up {
            self.nodes[node].seat.disk.wipe();
            return self.nodes[node].held_by.push(fault);
        }
        let event = self.take_down(id, cause);
        self.nodes[node].held_by.push(fault);
        self.nodes[node].seat.disk.wipe();
        self.look(Moment::Down(id), event);
    }

    /// Stops the process of a node that is no longer in the cluster.
    pub(super) fn stop_node(&mut self, id: NodeId, cause: EventId) {
        self.nodes[id.index()].joined = false;
        self.nodes[id.index()].founder = false;
        self.stop_process(id, cause);
    }

    /// Ends a process in good order: what it has written is kept.
    pub(super) fn stop_process(&mut self, id: NodeId, cause: EventId) {
        let node = id.index();
        if self.nodes[node].up {
            let event = self.take_down(id, cause);
            let mut nothing = Stream::scripted(Vec::new());
            self.nodes[node].seat.disk.crash(Unsynced::Keep, &mut nothing);
            self.look(Moment::Down(id), event);
        }
    }

    /// A node ends its own process. What it has written is kept, unless it failed.
    pub(in crate::sim) fn halt_node(&mut self, id: NodeId, reason: &str, cause: EventId) {
        self.annotate(cause, &format!("halts: {reason}"));
        self.stop_process(id, cause);
        let boot = self.nodes[id.index()].boots;
        self.schedule(self.now + SUPERVISED, What::Revive { node: id.raw(), boot });
    }

    /// A supervisor starts a node that has halted, unless a fault holds it down.
    pub(in crate::sim) fn revive(&mut self, node: usize, boot: u32) {
        let state = &self.nodes[node];
        if !state.up && state.boots == boot && state.held_by.is_empty() {
            self.release(node, EventId::BEGINNING);
        }
    }

    /// Ends a node's process: memory, timers and inbox are gone, and no fault holds it.
    fn take_down(&mut self, id: NodeId, cause: EventId) -> EventId {
        let node = id.index();
        let event = self.emit(Some(id), EventKind::Crash, cause, (), None);
        self.host.crash(id);
        let state = &mut self.nodes[node];
        state.up = false;
        state.booting = false;
        state.busy = false;
        state.paused_at = None;
        state.held_by.clear();
        state.later.clear();
        state.timers.clear();
        self.stats.lost += u64::from(std::mem::take(&mut state.waiting_messages));
        for waiting in std::mem::take(&mut state.inbox) {
            if let Waiting::Message { envelope } = waiting {
                self.envelopes.remove(envelope);
            }
        }
        self.forget_sessions(id);
        event
    }

    /// Pauses a node that is up, for as long as any pause holds it.
    pub(super) fn pause_node(&mut self, id: NodeId, fault: u32, cause: EventId) {
        let state = &mut self.nodes[id.index()];
        if !state.up {
            return;
        }
        state.held_by.push(fault);
        if state.paused_at.is_none() {
            state.paused_at = Some(self.now);
            self.emit(Some(id), EventKind::Pause, cause, (), None);
        }
    }

    /// Takes a fault's hand off every node that it holds.
    pub(super) fn let_go(&mut self, fault: u32, cause: EventId) {
        for node in 0..self.nodes.len() {
            self.let_go_of(node, fault, cause);
        }
    }

    /// Takes a fault's hand off one node.
    pub(super) fn let_go_of(&mut self, node: usize, fault: u32, cause: EventId) {
        let holders = &mut self.nodes[node].held_by;
        let held = holders.len();
        holders.retain(|holder| *holder != fault);
        if holders.is_empty() && held > 0 {
            self.release(node, cause);
        }
    }

    /// Restarts a node that is down, or lets one that is paused go on.
    fn release(&mut self, node: usize, cause: EventId) {
        let state = &mut self.nodes[node];
        if let Some(paused_at) = state.paused_at.take() {
            let id = state.seat.id;
            self.emit(Some(id), EventKind::Resume, cause, (), None);
            self.shift_later(node, paused_at);
        } else if !state.up && state.joined && !state.lost {
            state.up = true;
            state.booting = true;
            state.booted_by = cause;
        }
        self.mark_ready(node);
    }

    /// Puts off what a node that was paused has yet to perform, as if its thread had stood still.
    fn shift_later(&mut self, node: usize, paused_at: Time) {
        let by = self.now.since(paused_at);
        let mut sequence = self.sequence;
        let state = &mut self.nodes[node];
        for later in &mut state.later {
            sequence += 1;
            (later.at, later.sequence) = (later.at + by, sequence);
        }
        let sync = |later: &Later<_, _>| matches!(&later.effect, Effect::Plain(p) if p.is_sync());
        if state.later.iter().any(sync) {
            state.seat.disk.delay(by);
        }
        self.sequence = sequence;
        self.schedule_later(node);
    }
}
