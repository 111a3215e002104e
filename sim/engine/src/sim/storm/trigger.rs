//! Triggers: what nodes do is looked at, and pulls them.
//!
//! The invariant: a run without triggers spends one branch on each handler and each step; a
//! trigger fires once, at the instant and place that the run decides.

use super::super::Sim;
use super::Place;
use crate::decider::Decider;
use crate::disk::Ticket;
use crate::effect::{Effect, PlainEffect};
use crate::host::{Host, Input, MessageOf, TimerOf};
use crate::ids::{EventId, NodeId, Time};
use crate::node::{Node, Session};
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::scenario::fault::{Fault, Point, Target, Trigger};
use crate::scenario::target::Word;
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};

/// A trigger that has not fired.
#[derive(Debug)]
pub(in crate::sim) struct Armed {
    fault: u32,
    trigger: Trigger,
    /// How often what it waits for has happened.
    count: u64,
    /// What each node showed when its last handler returned.
    shown: BTreeMap<NodeId, String>,
    /// The nodes whose present handler is one that counts.
    open: BTreeSet<NodeId>,
    /// Whether the sync that is being passed counts.
    covered: bool,
    /// Asynchronous syncs that count once their node is told of them.
    begun: BTreeSet<(NodeId, Ticket)>,
}

/// The triggers of a plan.
pub(super) fn armed(plan: &Plan) -> Vec<Armed> {
    let one = |(index, fault): (usize, &Fault)| {
        Some(Armed {
            fault: index as u32,
            trigger: fault.when.clone()?,
            count: 0,
            shown: BTreeMap::new(),
            open: BTreeSet::new(),
            covered: false,
            begun: BTreeSet::new(),
        })
    };
    plan.faults.iter().enumerate().filter_map(one).collect()
}

/// What a handler was told.
#[derive(Debug)]
pub(in crate::sim) struct Told {
    event: &'static str,
    message: Option<String>,
    ticket: Option<Ticket>,
}

impl Told {
    /// What an input tells.
    pub(in crate::sim) fn of<P: Protocol>(input: &Input<MessageOf<P>, TimerOf<P>>) -> Told {
        let told = |event| Told { event, message: None, ticket: None };
        match input {
            Input::Start => told("start"),
            Input::Message { message, .. } => {
                Told { message: Some(P::Node::kind(message).into_owned()), ..told("message") }
            }
            Input::Timer(_) => told("timer"),
            Input::Disk { ticket, .. } => Told { ticket: Some(*ticket), ..told("synced") },
            Input::Session { session: Session::Up, .. } => told("up"),
            Input::Session { session: Session::Down, .. } => told("down"),
        }
    }
}

/// A step as triggers see it.
#[derive(Debug)]
pub(in crate::sim) enum Passed {
    /// A message leaves, of this kind.
    Send(String),
    /// A sync of everything is complete, of one file, or of what was written before it begins.
    Sync(Option<Box<str>>),
    Begun(Ticket),
}

impl Armed {
    /// Whether a handler is one that counts, as far as the node's view and what it was told say.
    fn holds(&mut self, node: NodeId, view: &View, told: &Told, marks: &[&str]) -> bool {
        let Trigger { event, role, field, message, changed, point, .. } = &self.trigger;
        let shown = match (role, field) {
            (Some(_), _) => view.shown_role().to_string(),
            (None, Some(field)) => shown(view, field).unwrap_or_default(),
            (None, None) => String::new(),
        };
        let before = self.shown.insert(node, shown.clone());
        let is_new = before.as_ref() != Some(&shown) && (before.is_some() || role.is_some());
        let sends = point.is_some_and(Point::is_send);
        let told_so = |event: &String| *event == told.event || marks.contains(&event.as_str());
        event.as_ref().is_none_or(told_so)
            && role.as_ref().is_none_or(|role| *role == view.shown_role())
            && field.as_ref().is_none_or(|field| has(view, field))
            && (sends || message.is_none() || *message == told.message)
            && (!changed || is_new)
    }

    /// Counts that what it waits for happened; true if that was often enough.
    fn pull(&mut self) -> bool {
        self.count += 1;
        self.count == self.trigger.nth.unwrap_or(1)
    }
}

/// The value of the field that `term` or `term=5` names.
fn shown(view: &View, field: &str) -> Option<String> {
    let name = field.split_once('=').map_or(field, |(name, _)| name).trim();
    view.fields().find(|(other, _)| *other == name).map(|(_, value)| value.to_string())
}

fn has(view: &View, field: &str) -> bool {
    let wanted = field.split_once('=').map(|(_, value)| value.trim());
    shown(view, field).is_some_and(|value| wanted.is_none_or(|wanted| wanted == value))
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// A handler has returned: what it waits for may have happened. Its effects are staged.
    pub(in crate::sim) fn look_at_handler(&mut self, node: usize, told: &Told, event: EventId) {
        let id = NodeId::node(node as u32);
        let view = self.host.view(id);
        let staged = self.staged.iter().filter_map(|timed| match timed.effect {
            Effect::Plain(PlainEffect::Mark(name)) => Some(name),
            _ => None,
        });
        let marks: Vec<&str> = staged.collect();
        let mut pulled = Vec::new();
        let mut armed = std::mem::take(&mut self.storm.armed);
        for armed in &mut armed {
            let holds = armed.holds(id, &view, told, &marks)
                && self.is_watched_node(&armed.trigger, id, &view)
                && self.is_in_time(&armed.trigger);
            let synced = told.ticket.is_some_and(|ticket| armed.begun.remove(&(id, ticket)));
            let here = match armed.trigger.point {
                None => holds,
                Some(_) => synced,
            };
            if holds {
                armed.open.insert(id);
            } else {
                armed.open.remove(&id);
            }
            if here && armed.pull() {
                pulled.push(armed.fault);
            }
        }
        self.storm.armed = armed;
        self.fire(&pulled, id, Place::Handler(event));
    }

    fn is_watched_node(&self, trigger: &Trigger, id: NodeId, view: &View) -> bool {
        let words = trigger.nodes.as_ref().map_or(&[][..], Target::words);
        let is_meant = |word: &String| match Word::parse(word, &self.roster, P::ROLES) {
            Some(Word::All) => true,
            Some(Word::Name(name)) => name == id,
            Some(Word::Kind(kind)) => self.membership.kind(id) == kind,
            Some(Word::Role(role)) => view.shown_role() == role,
            Some(Word::Zone(zone)) => self.roster.in_zone(zone).into_iter().any(|one| one == id),
            Some(Word::Bound(name)) => {
                self.storm.bound.get(name).is_some_and(|bound| bound.contains(&id))
            }
            Some(Word::Random(_) | Word::Others | Word::It | Word::Spare) | None => false,
        };
        words.is_empty() || words.iter().any(is_meant)
    }

    fn is_in_time(&self, trigger: &Trigger) -> bool {
        trigger.within.is_none_or(|within| self.now <= Time::ZERO + within)
    }

    /// What a step is to triggers; nothing without triggers that wait for a point.
    #[inline]
    pub(in crate::sim) fn passed(
        &self,
        effect: &Effect<MessageOf<P>, TimerOf<P>>,
    ) -> Option<Passed> {
        if self.storm.armed.is_empty() { None } else { passed::<P>(effect) }
    }

    /// Lets the triggers look that wait for the point before a step, or after it.
    pub(in crate::sim) fn pass(&mut self, node: usize, passed: &Passed, after: bool) {
        let id = NodeId::node(node as u32);
        let mut pulled = Vec::new();
        let mut armed = std::mem::take(&mut self.storm.armed);
        for armed in armed.iter_mut().filter(|armed| armed.open.contains(&id)) {
            let Some(point) = armed.trigger.point else { continue };
            if !self.is_in_time(&armed.trigger) || !self.counts(node, armed, passed, after) {
                continue;
            }
            match passed {
                Passed::Begun(ticket) if point.is_after() => {
                    armed.begun.insert((id, *ticket));
                }
                Passed::Send(_) | Passed::Sync(_) | Passed::Begun(_) => {
                    if armed.pull() {
                        pulled.push(armed.fault);
                    }
                }
            }
        }
        self.storm.armed = armed;
        let steps = self.nodes[node].steps;
        let place = if after { Place::AfterStep(steps) } else { Place::BeforeStep(steps + 1) };
        self.fire(&pulled, id, place);
    }

    /// Whether a step is at the point that a trigger waits for. What a sync covers is looked at
    /// before it, while it is not durable yet.
    fn counts(&self, node: usize, armed: &mut Armed, passed: &Passed, after: bool) -> bool {
        let Trigger { point: Some(point), file, message, .. } = &armed.trigger else {
            return false;
        };
        let disk = &self.nodes[node].seat.disk;
        let covers = |file: &Option<String>| match file {
            None => true,
            Some(file) => disk.has_unsynced(file),
        };
        match passed {
            Passed::Send(kind) => {
                point.is_send()
                    && point.is_after() == after
                    && message.as_ref().is_none_or(|message| message == kind)
            }
            // A sync that begins makes nothing durable yet: after it is when its node is told.
            Passed::Begun(_) => !point.is_send() && !after && covers(file),
            Passed::Sync(synced) if !after => {
                let named = synced
                    .as_ref()
                    .is_none_or(|synced| file.as_ref().is_none_or(|file| **file == **synced));
                let counts = !point.is_send() && named && covers(file);
                if point.is_after() {
                    armed.covered = counts;
                    return false;
                }
                counts
            }
            Passed::Sync(_) => point.is_after() && std::mem::take(&mut armed.covered),
        }
    }

    fn fire(&mut self, pulled: &[u32], it: NodeId, place: Place) {
        for fault in pulled {
            self.storm.armed.retain(|armed| armed.fault != *fault);
            let state = &mut self.storm.faults[*fault as usize];
            (state.it, state.place) = (Some(it), place);
            self.begin_fault(*fault);
        }
    }

    /// Nothing fires any more.
    pub(super) fn disarm(&mut self) {
        self.storm.armed.clear();
    }
}

fn passed<P: Protocol>(effect: &Effect<MessageOf<P>, TimerOf<P>>) -> Option<Passed> {
    match effect {
        Effect::Send { message, .. } | Effect::Broadcast { message } => {
            Some(Passed::Send(P::Node::kind(message).into_owned()))
        }
        Effect::Plain(PlainEffect::Synced(_)) => Some(Passed::Sync(None)),
        Effect::Plain(PlainEffect::FileSynced(file, _)) => Some(Passed::Sync(Some(file.clone()))),
        Effect::Plain(PlainEffect::SyncBegun { ticket, .. }) => Some(Passed::Begun(*ticket)),
        _ => None,
    }
}
