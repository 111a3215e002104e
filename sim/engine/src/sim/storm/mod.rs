//! The storm: faults begin, strike and end.
//!
//! The invariant: what a fault draws comes from streams of its own, so that whether its start, its
//! nodes or its length are drawn changes nothing else; when the calm begins every fault has ended.

mod budget;
mod chance;
mod clock;
mod disk;
mod links;
mod membership;
mod partition;
mod pin;
mod process;
mod redraw;
mod restart;
mod slow;
mod targets;
mod trigger;
mod turns;

use super::{Sim, What};
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::Host;
use crate::ids::{EventId, NodeId, Time};
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::scenario::fault::{Fault, FaultKind};
use crate::scenario::roster::Roster;
use crate::stream::{Stream, StreamKind, name_id};
use crate::units::{Span, SpanRange};
pub(super) use disk::held_disk;
pub(super) use pin::Place;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use targets::Resolved;
pub(super) use trigger::Told;

/// From here on sequence numbers stand behind all others of their instant.
const LAST: u64 = u64::MAX / 2;
use turns::Turns;

/// The faults of a run.
pub(super) struct Storm<C> {
    pub(super) faults: Vec<FaultState>,
    /// Those that wait for a node of their role.
    pub(super) waiting: Vec<u32>,
    /// The nodes that faults have bound, by name.
    pub(super) bound: BTreeMap<String, Vec<NodeId>>,
    pub(super) strikes: Vec<Strike>,
    /// The nodes that have lost their disk.
    wiped: BTreeSet<NodeId>,
    /// Triggers that have not fired.
    armed: Vec<trigger::Armed>,
    /// Faults that begin when the handler of an event has returned, the next one last.
    handlers: Vec<(u64, u32)>,
    /// Faults that begin after an event of their instant, the next one last.
    past: Vec<(u64, u32)>,
    /// The events of faults that could not strike.
    skips: Vec<EventId>,
    /// The faults that struck, as they did.
    pinned: Vec<Fault>,
    clocks: Vec<clock::Held>,
    pub(super) operator: membership::Operator,
    rolls: Vec<restart::Roll>,
    /// The configurations that restarts made, as data and typed.
    pub(super) configs: Vec<(Value, C)>,
    slow: Vec<slow::Held>,
}

/// What is known of one fault while the run goes on.
pub(super) struct FaultState {
    /// Where its name goes into the digest.
    id: u64,
    /// When it begins and how long it lasts.
    timing: Stream,
    /// Whom it strikes.
    pub(super) stream: Stream,
    /// What it does to them.
    effect: Stream,
    /// Who pulled its trigger.
    it: Option<NodeId>,
    place: Place,
    /// The queue entry with which it begins, if it begins at a time.
    entry: u64,
    phase: Phase,
    begun: EventId,
    strike: usize,
    /// How it changes while it lasts, if it does.
    turns: Option<Turns>,
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
        let mut stream = |name: &str| decider.stream(StreamKind::Fault, name_id(name));
        let state = |fault: &Fault| FaultState {
            id: name_id(&fault.name),
            timing: stream(&fault.name),
            stream: stream(&format!("{} whom", fault.name)),
            effect: stream(&format!("{} what", fault.name)),
            it: None,
            place: Place::Between,
            entry: 0,
            phase: Phase::Planned,
            begun: EventId::BEGINNING,
            strike: 0,
            turns: None,
        };
        let handler = |(index, fault): (usize, &Fault)| Some((fault.handler?, index as u32));
        let mut handlers: Vec<_> = plan.faults.iter().enumerate().filter_map(handler).collect();
        handlers.sort_by_key(|handler| std::cmp::Reverse(*handler));
        Storm {
            wiped: BTreeSet::new(),
            armed: trigger::armed(plan),
            handlers,
            past: Vec::new(),
            skips: Vec::new(),
            pinned: Vec::new(),
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

    /// Whether a trigger may wait for a point among the effects of a handler.
    #[inline]
    pub(super) fn waits_for_points(&self) -> bool {
        !self.armed.is_empty()
    }

    /// Whether a fault waits for an event of its instant.
    #[inline]
    pub(super) fn is_late(&self) -> bool {
        !self.past.is_empty()
    }

    /// How many faults were skipped before an event.
    fn skipped_before(&self, event: EventId) -> u64 {
        self.skips.partition_point(|skip| *skip < event) as u64
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Schedules the faults that begin at a time or before a step.
    pub(super) fn schedule_faults(&mut self) {
        for index in 0..self.plan.faults.len() as u32 {
            let fault = &self.plan.faults[index as usize];
            let before = fault.step.map(|step| (Place::BeforeStep(step), 2 * step));
            let after = fault.after_step.map(|step| (Place::AfterStep(step), 2 * step + 1));
            let counted = fault.counted().and_then(|name| self.roster.find(name));
            if let Some(at) = fault.at {
                let at = Time::ZERO + self.draw(index, at);
                self.schedule_fault(index, at);
            } else if let Some((place, step)) = before.or(after)
                && let Some(node) = counted.filter(|node| !node.is_client())
            {
                self.storm.faults[index as usize].place = place;
                let strikes = &mut self.nodes[node.index()].strikes;
                strikes.push((step, index));
                strikes.sort_by_key(|strike| std::cmp::Reverse(*strike));
            } else if let Some(event) = fault.handler {
                self.storm.faults[index as usize].place = Place::Handler(EventId(event));
            }
        }
    }

    fn schedule_fault(&mut self, index: u32, at: Time) {
        let entry = self.schedule(at, What::Begin { fault: index });
        self.storm.faults[index as usize].entry = entry;
    }

    pub(super) fn draw(&mut self, fault: u32, range: SpanRange) -> Span {
        self.storm.faults[fault as usize].timing.span(range)
    }

    /// A fault is due, unless what it waits for at this instant is still to come.
    pub(super) fn due_fault(&mut self, index: u32, sequence: u64) {
        if sequence < LAST && sequence != self.storm.faults[index as usize].entry {
            return;
        }
        let past = self.plan.faults[index as usize].past.unwrap_or(0);
        let last = self.last.0 - self.storm.skips.len() as u64;
        if last >= past || sequence >= LAST {
            return self.begin_fault(index);
        }
        self.storm.past.push((past, index));
        self.storm.past.sort_by_key(|past| std::cmp::Reverse(*past));
        // Whatever else happens at this instant, it comes before the next one.
        self.schedule_as(self.now, LAST + u64::from(index), What::Begin { fault: index });
    }

    /// Lets the faults begin that waited for what has happened; whether there was one.
    #[cold]
    pub(super) fn begin_past(&mut self) -> bool {
        let last = self.last.0 - self.storm.skips.len() as u64;
        let Some((_, index)) = self.storm.past.pop_if(|(past, _)| *past <= last) else {
            return false;
        };
        let before = self.last;
        self.begin_fault(index);
        self.last > before
    }

    /// Whether anything waits for what handlers do.
    #[inline]
    pub(super) fn storm_looks(&self) -> bool {
        let Storm { waiting, armed, handlers, .. } = &self.storm;
        !(waiting.is_empty() && armed.is_empty() && handlers.is_empty())
    }

    /// A handler has returned: what waits for what it did begins, before its effects.
    #[cold]
    pub(super) fn handler_returned(&mut self, node: usize, event: EventId) {
        let Some(told) = self.told.take() else { return };
        let number = event.0 - self.storm.skips.len() as u64;
        while let Some((_, index)) = self.storm.handlers.pop_if(|(event, _)| *event <= number) {
            self.begin_fault(index);
        }
        if !self.storm.armed.is_empty() {
            self.look_at_handler(node, &told, event);
        }
        if !self.storm.waiting.is_empty() {
            self.retry_faults(node, event);
        }
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
    fn retry_faults(&mut self, node: usize, event: EventId) {
        let view = self.host.view(NodeId::node(node as u32));
        if view.shown_role().is_empty() {
            return;
        }
        for index in self.storm.waiting.clone() {
            let wanted = self.plan.faults[index as usize].words().any(|w| w == view.shown_role());
            self.storm.faults[index as usize].place = Place::Handler(event);
            if wanted && self.try_fault(index) {
                self.storm.waiting.retain(|other| *other != index);
            }
        }
    }

    /// Strikes if the fault finds its nodes.
    fn try_fault(&mut self, index: u32) -> bool {
        let fault = self.plan.faults[index as usize].clone();
        let Some(resolved) = self.resolve(index, &fault) else { return false };
        if let Some(why) = self.over_budget(&fault, &resolved) {
            self.skip_fault(index, &why);
            return true;
        }
        if let Some(name) = &fault.bind {
            self.storm.bound.insert(name.clone(), resolved.chosen().to_vec());
        }
        let whom = match &resolved {
            Resolved::Nodes(nodes) => self.names(nodes),
            Resolved::Cut { cut, .. } => self.cut_words(cut),
            Resolved::Links { words, .. } => words.clone(),
        };
        let pinned = self.pinned(index, &fault, &resolved);
        let event = self.strike_event(index, &fault, whom);
        let state = &mut self.storm.faults[index as usize];
        (state.phase, state.begun) = (Phase::Active, event);
        // Drawn before what the strike itself draws, which depends on the nodes' disks.
        let lasts = fault.length().map(|range| self.draw(index, range));
        self.begin_turns(index, &fault, &resolved);
        self.pin(pinned, lasts);
        match resolved {
            Resolved::Cut { cut, .. } => self.network.cut(index, cut),
            Resolved::Links { links, .. } => self.worsen(index, &fault, links, lasts),
            Resolved::Nodes(nodes) => self.strike_nodes(index, &fault, &nodes, event),
        }
        if let Some(lasts) = lasts {
            self.schedule(self.now + lasts, What::End { fault: index });
        }
        true
    }

    fn strike_nodes(&mut self, index: u32, fault: &Fault, nodes: &[NodeId], event: EventId) {
        if let FaultKind::Chance(kind) = fault.kind() {
            self.arm_points(nodes, index, kind);
        }
        for node in nodes {
            match fault.kind() {
                FaultKind::Partition(_)
                | FaultKind::Degrade(_)
                | FaultKind::Lag(_)
                | FaultKind::Clog(_)
                | FaultKind::Hold(_) => unreachable!("these strike links"),
                FaultKind::Chance(_) => {}
                FaultKind::Crash(crash) => self.crash_node(*node, index, crash, event),
                FaultKind::Pause(_) => self.pause_node(*node, index, event),
                FaultKind::Wipe(_) => self.wipe_node(*node, index, event),
                FaultKind::Restart(_) => self.await_restart(*node, index),
                FaultKind::Disk(disk) => self.trouble_disk(*node, index, disk),
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
        let state = &self.storm.faults[index as usize];
        let id = state.id;
        let cause = match state.place {
            Place::Handler(_) | Place::BeforeStep(_) | Place::AfterStep(_) => self.last,
            Place::Between => EventId::BEGINNING,
        };
        let event = self.emit(None, begin, cause, id, text);
        self.note_strike(index, event, whom, None);
        event
    }

    fn skip_fault(&mut self, index: u32, why: &str) {
        self.storm.faults[index as usize].phase = Phase::Over;
        let name = &self.plan.faults[index as usize].name;
        let text = self.watched.then(|| format!("{name} skipped: {why}").into_boxed_str());
        let skip = EventKind::Skip { fault: index };
        let event = self.remark(skip, text);
        self.storm.skips.push(event);
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
        state.turns = None;
        let (begun, strike, id) = (state.begun, state.strike, state.id);
        self.storm.strikes[strike].until = Some(self.now);
        let name = &self.plan.faults[index as usize].name;
        self.windows.ended(name, self.now);
        let text = self.watched.then(|| format!("{name} ends").into_boxed_str());
        let event = self.emit(None, EventKind::End { fault: index }, begun, id, text);
        self.network.heal(index);
        self.storm.rolls.retain(|roll| roll.fault != index);
        self.let_go(index, event);
        self.set_clocks_right(index);
        self.stop_wanting(index);
        self.speed_up(index);
        self.relieve_disks(index);
        self.disarm_points(index);
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
                self.schedule_fault(other, at);
            }
        }
    }

    /// The storm is over: all faults end.
    pub(super) fn calm(&mut self) {
        self.emit(None, EventKind::Calm, EventId::BEGINNING, (), None);
        self.dismiss_operator();
        self.disarm();
        self.network.level();
        // In the order in which they began, wherever they stand in the plan.
        let begun: Vec<u32> = self.storm.strikes.iter().map(|strike| strike.number).collect();
        begun.into_iter().for_each(|index| self.end_fault(index));
        for index in self.storm.waiting.clone() {
            self.give_up_fault(index);
        }
        self.look_for_eventually();
    }
}
