//! A recorded run as data: events with their causes and words, what nodes showed at rest, the
//! clients' history and the outcome.
//!
//! The invariant: a trace can be read without the protocol's code.

use crate::digest::Digest;
use crate::event::Event;
use crate::ids::{EventId, NodeId};
use crate::plan::Plan;
use crate::run::Outcome;
use crate::view::View;
use serde::{Deserialize, Serialize};

/// The version of the trace format.
pub const TRACE_VERSION: u32 = 1;

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
}

/// What can be seen of a run between two steps, whatever the protocol.
pub trait Scene {
    /// What a participant is called.
    fn name(&self, id: NodeId) -> String;
    /// What a node that is up and at rest shows.
    fn view(&self, node: NodeId) -> Option<View>;
    /// The letters of the sides on which the cuts in force put a participant.
    fn sides(&self, id: NodeId) -> String;
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
    limit: usize,
}

impl Recorder {
    /// A recorder that stops after `limit` lines.
    #[must_use]
    pub fn new(limit: usize) -> Recorder {
        Recorder { lines: Vec::new(), shown: Vec::new(), limit }
    }
}

impl Reader for Recorder {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        if self.lines.len() >= self.limit {
            return;
        }
        self.lines.push(Line::Event(event.clone()));
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
