//! A recorded run in memory, ready to be looked at from any of its events.
//!
//! The invariant: event `#n` is at index `n - 1`; views are held as changes of fields.

use crate::status::Status;
use crate::tracks::{Node, Words};
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::{EventId, NodeId, Time};
use squall_engine::plan::Plan;
use squall_engine::run::{Ending, Outcome};
use squall_engine::sim::Violation;
use squall_engine::subject::Report;
use squall_engine::trace::{Header, Line, Reader, Recorded, Recorder, Scene, Sides};

/// A participant as a column of the picture.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Who.
    pub id: NodeId,
    /// What it is called.
    pub name: String,
    /// Its events, in order.
    pub events: Vec<EventId>,
}

/// A recorded run.
#[derive(Debug)]
pub struct Recording {
    /// What was run.
    pub header: Header,
    /// The clients, then the nodes.
    pub lanes: Vec<Lane>,
    /// What the clients asked and were told.
    pub operations: Vec<Recorded>,
    /// How it ended.
    pub outcome: Outcome,
    events: Vec<Event>,
    nodes: Vec<Node>,
    sides: Vec<Sides>,
    strikes: Vec<EventId>,
    /// For each event the place in `effects` where its own begin; one more for the end.
    effect_starts: Vec<u32>,
    effects: Vec<u32>,
}

impl Recording {
    /// An event, if the run has one of that number.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.events.get(usize::try_from(id.0.checked_sub(1)?).ok()?)
    }

    /// All events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The last event.
    #[must_use]
    pub fn last(&self) -> EventId {
        EventId(self.events.len() as u64)
    }

    /// The violation, if a promise was broken.
    #[must_use]
    pub fn violation(&self) -> Option<&Violation> {
        match &self.outcome.ending {
            Ending::Violated(violation) => Some(violation),
            Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => None,
        }
    }

    /// The lane of a participant; an operator has none.
    #[must_use]
    pub fn lane_of(&self, id: NodeId) -> Option<usize> {
        let clients = self.header.clients.len();
        let (lane, count) = match id.is_client() {
            true => (id.index(), clients),
            false => (clients + id.index(), clients + self.header.nodes.len()),
        };
        (lane < count).then_some(lane)
    }

    /// The lane on which an event happened.
    #[must_use]
    pub fn lane(&self, event: &Event) -> Option<usize> {
        event.place.and_then(|place| self.lane_of(place))
    }

    /// What a participant is called.
    #[must_use]
    pub fn name(&self, id: NodeId) -> &str {
        self.lane_of(id).map_or("operator", |lane| &self.lanes[lane].name)
    }

    /// Where an event happened, in words: `n1 -> c1` for a message.
    #[must_use]
    pub fn place(&self, event: &Event) -> String {
        match (event.kind, event.place) {
            (EventKind::Deliver { from, .. }, Some(to)) | (EventKind::Lost { from, to, .. }, _) => {
                format!("{} -> {}", self.name(from), self.name(to))
            }
            (_, Some(place)) => self.name(place).to_string(),
            (_, None) => "storm".to_string(),
        }
    }

    /// The event before this one on its lane.
    #[must_use]
    pub fn lane_before(&self, lane: usize, event: EventId) -> Option<EventId> {
        let events = &self.lanes[lane].events;
        events.partition_point(|other| *other < event).checked_sub(1).map(|index| events[index])
    }

    /// The event after this one on a lane.
    #[must_use]
    pub fn lane_after(&self, lane: usize, event: EventId) -> Option<EventId> {
        let events = &self.lanes[lane].events;
        events.get(events.partition_point(|other| *other <= event)).copied()
    }

    /// What an event brought about, in order.
    pub fn effects(&self, event: EventId) -> impl Iterator<Item = EventId> + use<'_> {
        let index = event.0 as usize;
        let range = match self.effect_starts.get(index..index + 2) {
            Some(bounds) => bounds[0] as usize..bounds[1] as usize,
            None => 0..0,
        };
        self.effects[range].iter().map(|effect| EventId(u64::from(*effect)))
    }

    /// Events of faults: they began, turned, ended, crashed or paused somebody.
    #[must_use]
    pub fn strikes(&self) -> &[EventId] {
        &self.strikes
    }

    /// The last event at or before an instant.
    #[must_use]
    pub fn at_time(&self, at: Time) -> EventId {
        EventId((self.events.partition_point(|event| event.at <= at) as u64).max(1))
    }

    /// Whether a node runs after an event.
    #[must_use]
    pub fn status(&self, node: usize, at: EventId) -> Status {
        self.nodes[node].status.at(at).copied().unwrap_or(Status::Down)
    }

    /// The role that a node showed last.
    #[must_use]
    pub fn role(&self, node: usize, at: EventId) -> &str {
        self.nodes[node].role.at(at).map_or("", |role| role)
    }

    /// The names of the fields that a node ever shows.
    pub fn field_names(&self, node: usize) -> impl Iterator<Item = &str> {
        self.nodes[node].fields.iter().map(|(name, _)| name.as_ref())
    }

    /// A field that a node showed last.
    #[must_use]
    pub fn field(&self, node: usize, name: &str, at: EventId) -> Option<&str> {
        let (_, track) = self.nodes[node].fields.iter().find(|(known, _)| **known == *name)?;
        track.at(at)?.as_deref()
    }

    /// The nearest change of a field, or of the role if `field` is none, of one node.
    #[must_use]
    pub fn change(
        &self,
        node: usize,
        field: Option<&str>,
        from: EventId,
        later: bool,
    ) -> Option<EventId> {
        let Some(field) = field else {
            let role = &self.nodes[node].role;
            return if later { role.next(from) } else { role.previous(from) };
        };
        let (_, track) = self.nodes[node].fields.iter().find(|(known, _)| **known == *field)?;
        if later { track.next(from) } else { track.previous(from) }
    }

    /// All roles that a node took, each with the event that brought it.
    pub fn roles(&self, node: usize) -> impl Iterator<Item = (EventId, &str)> {
        self.nodes[node].role.changes().map(|(event, role)| (*event, role.as_ref()))
    }

    /// All values that a field took.
    pub fn values(
        &self,
        node: usize,
        field: &str,
    ) -> impl Iterator<Item = (EventId, Option<&str>)> {
        let found = self.nodes[node].fields.iter().find(|(known, _)| **known == *field);
        let changes = found.into_iter().flat_map(|(_, track)| track.changes());
        changes.map(|(event, value)| (*event, value.as_deref()))
    }

    /// The letters of the sides on which a participant is after an event.
    #[must_use]
    pub fn side(&self, id: NodeId, at: EventId) -> &str {
        let after = self.sides.partition_point(|sides| sides.event <= at);
        let Some(index) = after.checked_sub(1) else { return "" };
        let found = self.sides[index].sides.iter().find(|(other, _)| *other == id);
        found.map_or("", |(_, letters)| letters)
    }

    /// Whether anybody is on a side after an event.
    #[must_use]
    pub fn is_cut(&self, at: EventId) -> bool {
        let after = self.sides.partition_point(|sides| sides.event <= at);
        after.checked_sub(1).is_some_and(|index| !self.sides[index].sides.is_empty())
    }

    /// The operation that began or ended with an event.
    #[must_use]
    pub fn operation(&self, event: EventId) -> Option<&Recorded> {
        let of = |other: &&Recorded| other.invoked == event || other.completed == Some(event);
        self.operations.iter().find(of)
    }
}

/// Gathers the lines of a trace.
#[derive(Debug)]
pub(crate) struct Gathering {
    header: Header,
    lanes: Vec<Lane>,
    events: Vec<Event>,
    nodes: Vec<Node>,
    words: Words,
    sides: Vec<Sides>,
    operations: Vec<Recorded>,
    outcome: Option<Outcome>,
}

impl Gathering {
    pub(crate) fn new(header: Header) -> Gathering {
        let lane =
            |(id, name): (NodeId, &String)| Lane { id, name: name.clone(), events: Vec::new() };
        let clients = (0..).map(NodeId::client).zip(&header.clients);
        let nodes = (0..).map(NodeId::node).zip(&header.nodes);
        let lanes = clients.chain(nodes).map(lane).collect();
        let nodes = vec![Node::default(); header.nodes.len()];
        let (words, sides) = (Words::default(), Vec::new());
        let (events, operations) = (Vec::new(), Vec::new());
        Gathering { header, lanes, events, nodes, words, sides, operations, outcome: None }
    }

    /// Takes the next line; an error says what is wrong with it.
    pub(crate) fn line(&mut self, line: Line) -> Result<(), String> {
        if self.outcome.is_some() {
            return Err("nothing may follow the outcome".to_string());
        }
        match line {
            Line::Header(_) => return Err("a second header".to_string()),
            Line::Event(event) => return self.event(event),
            Line::View(shown) => {
                let node = self.nodes.get_mut(shown.node.index());
                let node =
                    node.ok_or_else(|| format!("a view of {}, who is nobody", shown.node))?;
                node.note(shown.event, &shown.view, &mut self.words);
            }
            Line::Sides(sides) => self.sides.push(sides),
            Line::Operation(operation) => self.operations.push(operation),
            Line::Outcome(outcome) => self.outcome = Some(*outcome),
        }
        Ok(())
    }

    fn event(&mut self, event: Event) -> Result<(), String> {
        let due = EventId(self.events.len() as u64 + 1);
        if event.id != due {
            return Err(format!("event {} where {due} was expected", event.id));
        }
        if event.cause >= event.id {
            return Err(format!("event {} is caused by {}, which is later", event.id, event.cause));
        }
        if let Some(place) = event.place {
            let clients = self.header.clients.len();
            let index = if place.is_client() { place.index() } else { clients + place.index() };
            let inside = !place.is_client() || place.index() < clients;
            if let Some(lane) = self.lanes.get_mut(index).filter(|_| inside) {
                lane.events.push(event.id);
            }
            let node = self.nodes.get_mut(place.index()).filter(|_| !place.is_client());
            if let (Some(node), Some(status)) = (node, Status::after(event.kind)) {
                node.status.note(event.id, status);
            }
        }
        self.events.push(event);
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Recording, String> {
        let outcome = self.outcome.ok_or("it has no outcome: it was cut off")?;
        if self.events.is_empty() {
            return Err("it has no events".to_string());
        }
        let (effect_starts, effects) = effects(&self.events);
        let strikes = self.events.iter().filter(|event| is_strike(event.kind));
        Ok(Recording {
            strikes: strikes.map(|event| event.id).collect(),
            header: self.header,
            lanes: self.lanes,
            operations: self.operations,
            outcome,
            events: self.events,
            nodes: self.nodes,
            sides: self.sides,
            effect_starts,
            effects,
        })
    }
}

/// The effects of all events in one list, and where those of each begin.
fn effects(events: &[Event]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; events.len() + 2];
    for event in events {
        starts[event.cause.0 as usize + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut next = starts.clone();
    let mut effects = vec![0_u32; events.len()];
    for event in events {
        let place = &mut next[event.cause.0 as usize];
        effects[*place as usize] = event.id.0 as u32;
        *place += 1;
    }
    (starts, effects)
}

fn is_strike(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Begin { .. }
            | EventKind::Turn { .. }
            | EventKind::End { .. }
            | EventKind::Crash
            | EventKind::Pause
            | EventKind::Resume
            | EventKind::Start { restarts: 1.. }
            | EventKind::Calm
    )
}

/// Takes a run down while it goes on.
#[derive(Debug)]
pub struct Taker {
    recorder: Recorder,
    gathering: Gathering,
}

impl Taker {
    /// Takes down a run of `plan`, whose protocol has these kinds of node.
    #[must_use]
    pub fn new(plan: &Plan, kinds: &[&str]) -> Taker {
        let gathering = Gathering::new(Header::new(plan, kinds));
        Taker { recorder: Recorder::new(usize::MAX), gathering }
    }

    /// The run as it was.
    ///
    /// # Errors
    /// Nothing happened in it.
    pub fn finish(mut self, report: &Report) -> Result<Recording, String> {
        self.gathering.operations.clone_from(&report.history);
        self.gathering.outcome = Some(report.outcome.clone());
        self.gathering.finish()
    }
}

impl Reader for Taker {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        self.recorder.event(event, scene);
        for line in std::mem::take(&mut self.recorder.lines) {
            self.gathering.line(line).expect("a recorder writes what can be read");
        }
    }
}
