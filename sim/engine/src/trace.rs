//! A recorded run as data: events with their causes and words, what nodes showed at rest, the
//! clients' history and the outcome.
//!
//! The invariant: a trace can be read without the protocol's code.

use crate::digest::Digest;
use crate::event::{Event, EventKind};
use crate::ids::{EventId, NodeId};
use crate::plan::Plan;
use crate::run::Outcome;
use crate::scenario::roster::Roster;
use crate::view::View;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the trace format.
pub const TRACE_VERSION: u32 = 2;

/// One line of a trace file, `{"event": {…}}`. The header comes first, the outcome last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// What was run.
    Header(Box<Header>),
    /// Something happened.
    Event(Event),
    /// A node came to rest and shows something new.
    View(Shown),
    /// Cuts have begun, turned or ended.
    Sides(Sides),
    /// An operation of a client.
    Operation(Recorded),
    /// How the run ended.
    Outcome(Box<Outcome>),
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`TRACE_VERSION`].
    pub version: u32,
    /// The version of squall that recorded it.
    pub squall: String,
    /// The plan.
    pub plan: Plan,
    /// The names of all nodes, in order.
    pub nodes: Vec<String>,
    /// The names of all clients, in order.
    pub clients: Vec<String>,
}

impl Header {
    /// The header of a run of `plan`, whose protocol has these kinds of node.
    #[must_use]
    pub fn new(plan: &Plan, kinds: &[&str]) -> Header {
        let roster = Roster::new(&plan.cluster, kinds);
        Header {
            version: TRACE_VERSION,
            squall: env!("CARGO_PKG_VERSION").to_string(),
            plan: plan.clone(),
            nodes: roster.node_names(),
            clients: roster.clients().map(|id| roster.name(id)).collect(),
        }
    }
}

/// What a node showed after an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The event after which it was at rest.
    pub event: EventId,
    /// The node.
    pub node: NodeId,
    /// What it showed.
    pub view: View,
}

/// Who is on which side of the cuts in force, from an event on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// The event.
    pub event: EventId,
    /// The letters of all that are on a side; the others are on none.
    pub sides: Vec<(NodeId, String)>,
}

/// An operation of a client, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The process that asked, `c1` or `c1.2`.
    pub process: String,
    /// What it asked.
    pub operation: String,
    /// The event with which it began.
    pub invoked: EventId,
    /// The event with which it ended, if it is known to have.
    pub completed: Option<EventId>,
    /// `ok`, `failed` or `unknown`.
    pub ended: String,
    /// What it was told, if it took effect.
    pub answer: Option<String>,
    /// What it asked, in the model's own form.
    pub call: Value,
    /// What it was told, in the model's own form.
    pub told: Option<Value>,
}

/// What can be seen of a run between two steps, whatever the protocol.
pub trait Scene {
    /// What a participant is called.
    fn name(&self, id: NodeId) -> String;
    /// What a node that is up and at rest shows.
    fn view(&self, node: NodeId) -> Option<View>;
    /// The letters of the sides on which the cuts in force put a participant.
    fn sides(&self, id: NodeId) -> String;
    /// All nodes and clients.
    fn everybody(&self) -> Vec<NodeId>;
    /// The digest of everything that has happened.
    fn digest(&self) -> Digest;
}

/// Reads the events of a run with their words, whatever the protocol.
pub trait Reader {
    /// Whether events carry words, which take their time to make.
    fn words(&self) -> bool {
        true
    }

    /// An event happened; the run stands between two steps.
    fn event(&mut self, event: &Event, scene: &dyn Scene);
}

/// Records events and views, up to a limit.
#[derive(Debug)]
pub struct Recorder {
    /// The lines so far: events and views.
    pub lines: Vec<Line>,
    shown: Vec<Option<View>>,
    sides: Vec<(NodeId, String)>,
    limit: usize,
}

impl Recorder {
    /// A recorder that stops after `limit` lines.
    #[must_use]
    pub fn new(limit: usize) -> Recorder {
        Recorder { lines: Vec::new(), shown: Vec::new(), sides: Vec::new(), limit }
    }
}

impl Reader for Recorder {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        if self.lines.len() >= self.limit {
            return;
        }
        self.lines.push(Line::Event(event.clone()));
        self.note_sides(event, scene);
        let Some(node) = event.place.filter(|place| !place.is_client()) else { return };
        if self.shown.len() <= node.index() {
            self.shown.resize(node.index() + 1, None);
        }
        let view = scene.view(node);
        if let Some(view) = view
            && self.shown[node.index()].as_ref() != Some(&view)
        {
            self.shown[node.index()] = Some(view.clone());
            self.lines.push(Line::View(Shown { event: event.id, node, view }));
        }
    }
}

impl Recorder {
    /// A fault that began, turned or ended may have changed the sides.
    fn note_sides(&mut self, event: &Event, scene: &dyn Scene) {
        let changes = matches!(
            event.kind,
            EventKind::Begin { .. }
                | EventKind::Turn { .. }
                | EventKind::End { .. }
                | EventKind::Calm
        );
        if !changes {
            return;
        }
        let sides = scene.everybody().into_iter().map(|id| (id, scene.sides(id)));
        let sides: Vec<_> = sides.filter(|(_, letters)| !letters.is_empty()).collect();
        if sides != self.sides {
            self.sides.clone_from(&sides);
            self.lines.push(Line::Sides(Sides { event: event.id, sides }));
        }
    }
}
