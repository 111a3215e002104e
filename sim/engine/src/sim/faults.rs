//! The storm: faults begin, strike and end.
//!
//! The invariant: what a fault draws comes from its own stream; when the calm begins every fault
//! has ended.

use super::{Sim, What};
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::Host;
use crate::ids::{EventId, NodeId, Time};
use crate::monitor::Moment;
use crate::network::{ALL_SIDES, Cut};
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::scenario::fault::{ClientSide, Crash, Fault, FaultKind, Partition, Shape, Target};
use crate::stream::{Stream, StreamKind, name_id};
use crate::units::{Span, SpanRange};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The faults of a run.
pub(super) struct Storm {
    faults: Vec<FaultState>,
    /// Those that wait for a node of their role.
    pub(super) waiting: Vec<u32>,
    bound: BTreeMap<String, Vec<NodeId>>,
    pub(super) strikes: Vec<Strike>,
}

struct FaultState {
    stream: Stream,
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

impl Storm {
    pub(super) fn new(plan: &Plan, decider: &mut impl Decider) -> Storm {
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
        }
    }
}

/// Whom a fault strikes, once that is settled.
enum Resolved {
    Nodes(Vec<NodeId>),
    Cut(Cut, String),
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
            None => self.skip_fault(index, "no node is in that role"),
        }
    }

    /// A fault has waited long enough for a node of its role.
    pub(super) fn give_up_fault(&mut self, index: u32) {
        if self.storm.faults[index as usize].phase == Phase::Waiting {
            self.storm.waiting.retain(|other| *other != index);
            self.skip_fault(index, "no node came into that role");
        }
    }

    /// Lets faults that wait for a node of their role look at one that has come to rest.
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
        if let (Some(name), Resolved::Nodes(nodes)) = (&fault.bind, &resolved) {
            self.storm.bound.insert(name.clone(), nodes.clone());
        }
        let whom = match &resolved {
            Resolved::Nodes(nodes) => self.names(nodes),
            Resolved::Cut(_, sides) => sides.clone(),
        };
        let event = self.strike_event(index, &fault, whom);
        let state = &mut self.storm.faults[index as usize];
        (state.phase, state.begun) = (Phase::Active, event);
        let lasts = match (fault.kind(), resolved) {
            (FaultKind::Partition(_), Resolved::Cut(cut, _)) => {
                self.network.cut(index, cut);
                fault.lasts
            }
            (FaultKind::Crash(crash), Resolved::Nodes(nodes)) => {
                nodes.iter().for_each(|node| self.crash_node(*node, index, crash, event));
                crash.down
            }
            (FaultKind::Pause(_), Resolved::Nodes(nodes)) => {
                nodes.iter().for_each(|node| self.pause_node(*node, index, event));
                fault.lasts
            }
            (FaultKind::Partition(_), Resolved::Nodes(_))
            | (FaultKind::Crash(_) | FaultKind::Pause(_), Resolved::Cut(..)) => {
                unreachable!("only a partition resolves to a cut")
            }
        };
        if let Some(lasts) = lasts {
            let end = self.now + self.draw(index, lasts);
            self.schedule(end, What::End { fault: index });
        }
        true
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
        if self.storm.faults[index as usize].phase != Phase::Active {
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
        for node in 0..self.nodes.len() {
            if self.nodes[node].held_by == Some(index) {
                self.release(node, event);
            }
        }
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
        for index in 0..self.storm.faults.len() as u32 {
            match self.storm.faults[index as usize].phase {
                Phase::Active => self.end_fault(index),
                Phase::Waiting => self.give_up_fault(index),
                Phase::Planned | Phase::Over => {}
            }
        }
    }

    fn crash_node(&mut self, id: NodeId, fault: u32, crash: &Crash, cause: EventId) {
        let node = id.index();
        if !self.nodes[node].up {
            return;
        }
        let event = self.emit(Some(id), EventKind::Crash, cause, (), None);
        self.host.crash(id);
        let state = &mut self.nodes[node];
        state.up = false;
        state.booting = false;
        state.paused_at = None;
        state.held_by = Some(fault);
        state.later.clear();
        state.timers.clear();
        state.waiting_messages = 0;
        for waiting in std::mem::take(&mut state.inbox) {
            if let super::node_state::Waiting::Message { envelope } = waiting {
                self.envelopes.remove(envelope);
            }
        }
        let stream = &mut self.storm.faults[fault as usize].stream;
        let lost = self.nodes[node].seat.disk.crash(crash.unsynced, stream);
        self.stats.writes_lost += lost;
        self.look(Moment::Down(id), event);
    }

    fn pause_node(&mut self, id: NodeId, fault: u32, cause: EventId) {
        let state = &mut self.nodes[id.index()];
        if state.up && state.paused_at.is_none() {
            state.paused_at = Some(self.now);
            state.held_by = Some(fault);
            self.emit(Some(id), EventKind::Pause, cause, (), None);
        }
    }

    /// Restarts a node that is down, or lets one that is paused go on.
    fn release(&mut self, node: usize, cause: EventId) {
        let state = &mut self.nodes[node];
        state.held_by = None;
        if let Some(paused_at) = state.paused_at.take() {
            let id = state.seat.id;
            self.emit(Some(id), EventKind::Resume, cause, (), None);
            self.shift_later(node, self.now.since(paused_at));
        } else if !state.up {
            state.up = true;
            state.booting = true;
            state.booted_by = cause;
        }
        self.mark_ready(node);
    }

    /// Puts off what a node has yet to perform.
    fn shift_later(&mut self, node: usize, by: Span) {
        for index in 0..self.nodes[node].later.len() {
            let sequence = self.next_sequence();
            let later = &mut self.nodes[node].later[index];
            later.at = later.at + by;
            later.sequence = sequence;
        }
        self.schedule_later(node);
    }

    fn names(&self, nodes: &[NodeId]) -> String {
        nodes.iter().map(|node| self.roster.name(*node)).collect::<Vec<_>>().join(", ")
    }

    /// Settles whom a fault strikes; `None` if no node is in the wanted role.
    fn resolve(&mut self, index: u32, fault: &Fault) -> Option<Resolved> {
        if let FaultKind::Partition(partition) = fault.kind() {
            let cut = self.resolve_cut(index, partition)?;
            let words = self.cut_words(&cut);
            return Some(Resolved::Cut(cut, words));
        }
        let words = fault.nodes.as_ref().map_or(&[][..], Target::words);
        let nodes = self.resolve_words(index, words);
        (!nodes.is_empty()).then_some(Resolved::Nodes(nodes))
    }

    /// The nodes, and clients, that some words mean, in order and each once.
    fn resolve_words(&mut self, index: u32, words: &[String]) -> Vec<NodeId> {
        let mut found: Vec<NodeId> = Vec::new();
        for word in words {
            let more = self.resolve_word(index, word);
            found.extend(more);
        }
        found.sort();
        found.dedup();
        found
    }

    fn resolve_word(&mut self, index: u32, word: &str) -> Vec<NodeId> {
        if word == "all" {
            return self.roster.nodes().collect();
        }
        if let Some(count) = word.strip_prefix("random ") {
            let mut nodes: Vec<NodeId> = self.roster.nodes().collect();
            self.storm.faults[index as usize].stream.shuffle(&mut nodes);
            nodes.truncate(count.trim().parse().unwrap_or(0));
            return nodes;
        }
        if let Some(name) = word.strip_prefix('$') {
            return self.storm.bound.get(name).cloned().unwrap_or_default();
        }
        if let Some(node) = self.roster.find(word) {
            return vec![node];
        }
        if let Some(members) = self.roster.members_of(word) {
            return members.collect();
        }
        self.in_role(word).into_iter().collect()
    }

    /// The node in this role; of several, the one with the highest term or epoch.
    fn in_role(&self, role: &str) -> Option<NodeId> {
        let up = self.roster.nodes().filter(|node| {
            let state = &self.nodes[node.index()];
            state.up && !state.booting
        });
        let views = up.map(|node| (node, self.host.view(node)));
        let holders = views.filter(|(_, view)| view.shown_role() == role);
        holders.max_by_key(|(node, view)| (view.term(), std::cmp::Reverse(*node))).map(|(id, _)| id)
    }

    fn resolve_cut(&mut self, index: u32, partition: &Partition) -> Option<Cut> {
        let one_way = !partition.one_way.is_empty();
        let groups = if one_way { &partition.one_way } else { &partition.groups };
        if !groups.is_empty() {
            let sides = self.sides_of_groups(index, groups)?;
            let sides = self.side_clients(sides, partition.clients);
            return Some(if one_way { Cut::one_way(sides) } else { Cut::between(sides) });
        }
        if let Some(target) = &partition.isolate {
            let nodes = self.resolve_words(index, target.words());
            let alone = (!nodes.is_empty()).then_some(nodes)?;
            return Some(Cut::between(self.sides_of(&alone, partition.clients)));
        }
        self.resolve_shape(index, partition.shape?, partition.clients)
    }

    fn resolve_shape(&mut self, index: u32, shape: Shape, clients: ClientSide) -> Option<Cut> {
        let mut nodes: Vec<NodeId> = self.roster.nodes().collect();
        let stream = &mut self.storm.faults[index as usize].stream;
        stream.shuffle(&mut nodes);
        let towards = stream.below(2) == 0;
        let count = if shape == Shape::Halves { nodes.len() / 2 } else { 1 };
        nodes.truncate(count);
        let mut sides = self.sides_of(&nodes, clients);
        if shape != Shape::OneWay {
            return Some(Cut::between(sides));
        }
        if towards {
            sides.iter_mut().filter(|side| **side <= 2).for_each(|side| *side = 3 - *side);
        }
        Some(Cut::one_way(sides))
    }

    /// These nodes on the first side, all others on the second.
    fn sides_of(&self, nodes: &[NodeId], clients: ClientSide) -> Vec<u32> {
        let side = |node: NodeId| if nodes.contains(&node) { 1 } else { 2 };
        let mut sides: Vec<u32> = self.roster.nodes().map(side).collect();
        sides.resize(self.nodes.len() + self.clients.count(), 0);
        for client in nodes.iter().filter(|node| node.is_client()) {
            sides[self.network.place(*client)] = 1;
        }
        self.side_clients(sides, clients)
    }

    /// Each group on a side of its own; `None` if a role in one of them is played by nobody.
    fn sides_of_groups(&mut self, index: u32, groups: &[Vec<String>]) -> Option<Vec<u32>> {
        let mut sides = vec![0; self.nodes.len() + self.clients.count()];
        let mut others = None;
        for (group, words) in groups.iter().enumerate() {
            for word in words {
                if word == "others" {
                    others = Some(1 << group);
                    continue;
                }
                let members = self.resolve_word(index, word);
                if members.is_empty() {
                    return None;
                }
                for member in members {
                    sides[self.network.place(member)] |= 1 << group;
                }
            }
        }
        for side in sides.iter_mut().take(self.nodes.len()).filter(|side| **side == 0) {
            *side = others.unwrap_or(ALL_SIDES);
        }
        Some(sides)
    }

    /// Puts clients that no group names on their side.
    fn side_clients(&self, mut sides: Vec<u32>, clients: ClientSide) -> Vec<u32> {
        let nodes = self.nodes.len();
        let count = |side: u32| sides[..nodes].iter().filter(|other| **other == side).count();
        let mut largest = sides.first().copied().unwrap_or(ALL_SIDES);
        for bit in (0..32).map(|bit| 1 << bit).filter(|bit| sides[..nodes].contains(bit)) {
            if count(bit) > count(largest) || (count(bit) == count(largest) && bit < largest) {
                largest = bit;
            }
        }
        for client in 0..sides.len() - nodes {
            if sides[nodes + client] != 0 {
                continue;
            }
            let followed = self.clients.last_asked(client).map(|node| sides[node.index()]);
            sides[nodes + client] = match clients {
                ClientSide::Both => ALL_SIDES,
                ClientSide::Stay => largest,
                ClientSide::Follow => followed.unwrap_or(largest),
            };
        }
        sides
    }

    /// The sides of a cut in words: `n1 | n2, n3`.
    fn cut_words(&self, cut: &Cut) -> String {
        let mut sides: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in self.roster.nodes().chain(self.roster.clients()) {
            let letters = cut.letters(self.network.place(id));
            if !letters.is_empty() {
                sides.entry(letters).or_default().push(self.roster.name(id));
            }
        }
        let between = if cut.is_one_way() { " -x-> " } else { " | " };
        sides.into_values().map(|names| names.join(", ")).collect::<Vec<_>>().join(between)
    }
}
