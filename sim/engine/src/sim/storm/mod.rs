//! The storm: faults begin, strike and end.
//!
//! The invariant: what a fault draws comes from its own stream; when the calm begins every fault
//! has ended.

mod clock;
mod membership;
mod process;
mod restart;
mod slow;
mod targets;

use super::{Sim, What};
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::Host;
use crate::ids::{EventId, NodeId, Time};
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::scenario::fault::{Fault, FaultKind, Target};
use crate::scenario::roster::Roster;
use crate::stream::{Stream, StreamKind, name_id};
use crate::units::{Span, SpanRange};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use targets::Resolved;

/// The faults of a run.
pub(super) struct Storm<C> {
    pub(super) faults: Vec<FaultState>,
    /// Those that wait for a node of their role.
    pub(super) waiting: Vec<u32>,
    /// The nodes that faults have bound, by name.
    pub(super) bound: BTreeMap<String, Vec<NodeId>>,
    pub(super) strikes: Vec<Strike>,
    clocks: Vec<clock::Held>,
    pub(super) operator: membership::Operator,
    rolls: Vec<restart::Roll>,
    /// The configurations that restarts made, as data and typed.
    pub(super) configs: Vec<(Value, C)>,
    slow: Vec<slow::Held>,
}

/// What is known of one fault while the run goes on.
pub(super) struct FaultState {
    pub(super) stream: Stream,
    phase: Phase,
    begun: EventId,
    strike: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Planned,
    Waiting,
    Active,
    Over,
}

/// A fault that struck, or could not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// The fault's name.
    pub fault: String,
    /// Its place in the plan.
    pub number: u32,
    /// The key of its kind.
    pub kind: String,
    /// The event with which it began, or was skipped.
    pub event: EventId,
    /// When that was.
    pub at: Time,
    /// When it ended.
    pub until: Option<Time>,
    /// Whom it struck, in words; empty if it was skipped.
    pub whom: String,
    /// Why it was skipped.
    pub skipped: Option<String>,
}

impl<C> Storm<C> {
    pub(super) fn new(plan: &Plan, roster: &Roster, decider: &mut impl Decider) -> Storm<C> {
        let state = |fault: &Fault| FaultState {
            stream: decider.stream(StreamKind::Fault, name_id(&fault.name)),
            phase: Phase::Planned,
            begun: EventId::BEGINNING,
            strike: 0,
        };
        Storm {
            faults: plan.faults.iter().map(state).collect(),
            waiting: Vec::new(),
            bound: BTreeMap::new(),
            strikes: Vec::new(),
            clocks: Vec::new(),
            operator: membership::Operator::new(roster),
            rolls: Vec::new(),
            configs: Vec::new(),
            slow: Vec::new(),
        }
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Schedules the faults that begin at a time or before a step.
    pub(super) fn schedule_faults(&mut self) {
        for index in 0..self.plan.faults.len() as u32 {
            let fault = &self.plan.faults[index as usize];
            let (at, step) = (fault.at, fault.step);
            if let Some(at) = at {
                let at = Time::ZERO + self.draw(index, at);
                self.schedule(at, What::Begin { fault: index });
            } else if let Some(step) = step {
                let words = fault.nodes.as_ref().map_or(&[][..], Target::words);
                let named = words.iter().filter_map(|name| self.roster.find(name));
                let named: Vec<NodeId> = named.filter(|node| !node.is_client()).collect();
                for node in named {
                    let strikes = &mut self.nodes[node.index()].strikes;
                    strikes.push((step, index));
                    strikes.sort_by_key(|(step, index)| std::cmp::Reverse((*step, *index)));
                }
            }
        }
    }

    fn draw(&mut self, fault: u32, range: SpanRange) -> Span {
        self.storm.faults[fault as usize].stream.span(range)
    }

    /// A fault is due.
    pub(super) fn begin_fault(&mut self, index: u32) {
        if self.storm.faults[index as usize].phase != Phase::Planned {
            return;
        }
        if self.plan.scenario.calm > Span::ZERO && self.now >= self.storm_end() {
            return self.skip_fault(index, "the storm is over");
        }
        if self.try_fault(index) {
            return;
        }
        match self.plan.faults[index as usize].within {
            Some(within) => {
                self.storm.faults[index as usize].phase = Phase::Waiting;
                self.storm.waiting.push(index);
                self.schedule(self.now + within, What::GiveUp { fault: index });
            }
            None => self.skip_fault(index, self.nobody(index)),
        }
    }

    /// A fault has waited long enough for a node of its role.
    pub(super) fn give_up_fault(&mut self, index: u32) {
        if self.storm.faults[index as usize].phase == Phase::Waiting {
            self.storm.waiting.retain(|other| *other != index);
            self.skip_fault(index, "no node came into that role");
        }
    }

    /// Lets faults that wait for a node of their role look at one whose handler has returned.
    pub(super) fn retry_faults(&mut self, node: usize) {
        let view = self.host.view(NodeId::node(node as u32));
        if view.shown_role().is_empty() {
            return;
        }
        for index in self.storm.waiting.clone() {
            let wanted = self.plan.faults[index as usize].words().any(|w| w == view.shown_role());
            if wanted && self.try_fault(index) {
                self.storm.waiting.retain(|other| *other != index);
            }
        }
    }

    /// Strikes if the fault finds its nodes.
    fn try_fault(&mut self, index: u32) -> bool {
        let fault = self.plan.faults[index as usize].clone();
        let Some(resolved) = self.resolve(index, &fault) else { return false };
        if let Some(name) = &fault.bind {
            self.storm.bound.insert(name.clone(), resolved.chosen().to_vec());
        }
        let whom = match &resolved {
            Resolved::Nodes(nodes) => self.names(nodes),
            Resolved::Cut { cut, .. } => self.cut_words(cut),
        };
        let event = self.strike_event(index, &fault, whom);
        let state = &mut self.storm.faults[index as usize];
        (state.phase, state.begun) = (Phase::Active, event);
        // Drawn before what the strike itself draws, which depends on the nodes' disks.
        let lasts = fault.length().map(|range| self.draw(index, range));
        match resolved {
            Resolved::Cut { cut, .. } => self.network.cut(index, cut),
            Resolved::Nodes(nodes) => self.strike_nodes(index, &fault, &nodes, event),
        }
        if let Some(lasts) = lasts {
            self.schedule(self.now + lasts, What::End { fault: index });
        }
        true
    }

    fn strike_nodes(&mut self, index: u32, fault: &Fault, nodes: &[NodeId], event: EventId) {
        for node in nodes {
            match fault.kind() {
                FaultKind::Partition(_) => unreachable!("a partition resolves to a cut"),
                FaultKind::Crash(crash) => self.crash_node(*node, index, crash, event),
                FaultKind::Pause(_) => self.pause_node(*node, index, event),
                FaultKind::Wipe(_) => self.wipe_node(*node, index, event),
                FaultKind::Restart(_) => self.await_restart(*node, index),
                FaultKind::Slow(slow) => self.slow_node(*node, index, slow),
                FaultKind::Clock(clock) => self.disturb_clock(*node, index, clock),
                FaultKind::Join(_) => self.join(*node, event),
                FaultKind::Membership(kind) => self.want_change(*node, index, kind, event),
            }
        }
        self.roll(index);
        self.operate();
    }

    fn strike_event(&mut self, index: u32, fault: &Fault, whom: String) -> EventId {
        let kind = fault.kind().name();
        let text = self.watched.then(|| format!("{} {kind} {whom}", fault.name).into_boxed_str());
        let begin = EventKind::Begin { fault: index };
        let event = self.emit(None, begin, EventId::BEGINNING, index, text);
        self.note_strike(index, event, whom, None);
        event
    }

    fn skip_fault(&mut self, index: u32, why: &str) {
        self.storm.faults[index as usize].phase = Phase::Over;
        let name = &self.plan.faults[index as usize].name;
        let text = self.watched.then(|| format!("{name} skipped: {why}").into_boxed_str());
        let skip = EventKind::Skip { fault: index };
        let event = self.emit(None, skip, EventId::BEGINNING, index, text);
        self.note_strike(index, event, String::new(), Some(why.to_string()));
        self.follow_up(index);
    }

    fn note_strike(&mut self, index: u32, event: EventId, whom: String, skipped: Option<String>) {
        let fault = &self.plan.faults[index as usize];
        self.storm.faults[index as usize].strike = self.storm.strikes.len();
        self.storm.strikes.push(Strike {
            fault: fault.name.clone(),
            number: index,
            kind: fault.kind().name().to_string(),
            event,
            at: self.now,
            until: None,
            whom,
            skipped,
        });
    }

    /// A fault ends: what it did is undone.
    pub(super) fn end_fault(&mut self, index: u32) {
        let good = |fault: &Fault| fault.crash.as_ref().is_some_and(|crash| crash.for_good);
        let state = &self.storm.faults[index as usize];
        if state.phase != Phase::Active || good(&self.plan.faults[index as usize]) {
            return;
        }
        let state = &mut self.storm.faults[index as usize];
        state.phase = Phase::Over;
        let (begun, strike) = (state.begun, state.strike);
        self.storm.strikes[strike].until = Some(self.now);
        let name = &self.plan.faults[index as usize].name;
        self.windows.ended(name, self.now);
        let text = self.watched.then(|| format!("{name} ends").into_boxed_str());
        let event = self.emit(None, EventKind::End { fault: index }, begun, index, text);
        self.network.heal(index);
        self.storm.rolls.retain(|roll| roll.fault != index);
        self.let_go(index, event);
        self.set_clocks_right(index);
        self.stop_wanting(index);
        self.speed_up(index);
        self.follow_up(index);
    }

    /// Schedules the faults that begin after this one.
    fn follow_up(&mut self, index: u32) {
        let name = self.plan.faults[index as usize].name.clone();
        for other in 0..self.plan.faults.len() as u32 {
            let fault = &self.plan.faults[other as usize];
            if fault.after.as_ref() == Some(&name) {
                let delay = fault.delay.unwrap_or_default();
                let at = self.now + self.draw(other, delay);
                self.schedule(at, What::Begin { fault: other });
            }
        }
    }

    /// The storm is over: all faults end.
    pub(super) fn calm(&mut self) {
        self.emit(None, EventKind::Calm, EventId::BEGINNING, (), None);
        self.dismiss_operator();
        for index in 0..self.storm.faults.len() as u32 {
            match self.storm.faults[index as usize].phase {
                Phase::Active => self.end_fault(index),
                Phase::Waiting => self.give_up_fault(index),
                Phase::Planned | Phase::Over => {}
            }
        }
        self.look_for_eventually();
    }
}
