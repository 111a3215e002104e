//! Where somebody stands in a run and what is shown of it: the state of the screen.
//!
//! The invariant: with the recording, this and the size decide the picture; only
//! [`crate::keys`] changes it.

use crate::causality::{Cone, Cones};
use crate::query::Query;
use crate::recording::Recording;
use crate::story::story;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::EventId;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The panels, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// What nodes show, and what of it changed.
    State,
    /// The promises.
    Invariants,
    /// The clients' operations.
    History,
    /// What the storm does.
    Faults,
    /// Messages in flight.
    Net,
    /// The event under the cursor.
    Event,
}

impl Panel {
    /// All of them, in order.
    pub const ALL: [Panel; 6] =
        [Panel::State, Panel::Invariants, Panel::History, Panel::Faults, Panel::Net, Panel::Event];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Panel::State => "State",
            Panel::Invariants => "Invariants",
            Panel::History => "History",
            Panel::Faults => "Faults",
            Panel::Net => "Net",
            Panel::Event => "Event",
        }
    }
}

/// Which events are kept, by how they stand to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Its causal past.
    Past,
    /// Its causal future.
    Future,
    /// Both.
    Both,
    /// What knows nothing of it, nor it of them.
    Concurrent,
}

impl Keep {
    /// The word for it on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Keep::Past => "past",
            Keep::Future => "future",
            Keep::Both => "past and future",
            Keep::Concurrent => "concurrent",
        }
    }
}

/// What the state is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The event before this one.
    Previous,
    /// The event before this one on its lane.
    Lane,
    /// The bookmark that was set last.
    Mark,
    /// The beginning.
    Start,
}

/// What is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Where to go.
    Goto,
    /// What to search.
    Search,
    /// What to keep.
    Filter,
    /// The letter of a bookmark to set.
    SetMark,
    /// The letter of a bookmark to go to.
    GoMark,
}

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct View {
    /// The event that is looked at.
    pub cursor: EventId,
    /// The panel in hand.
    pub panel: Panel,
    /// Whether the panel has the screen for itself.
    pub alone: bool,
    /// What is kept.
    pub filter: Option<Query>,
    /// What is searched.
    pub search: Option<Query>,
    /// Which events are kept by how they stand to one.
    pub keep: Option<(Keep, EventId)>,
    /// Whether only the story is shown.
    pub story: bool,
    /// What the state is compared with.
    pub base: Base,
    /// Whether fields that did not change are shown.
    pub unchanged: bool,
    /// The field in hand; none for the role.
    pub field: Option<String>,
    /// Bookmarks.
    pub marks: BTreeMap<char, EventId>,
    /// The bookmark that was set last.
    pub mark: Option<EventId>,
    /// Where the cursor jumped from, the latest last.
    pub back: Vec<EventId>,
    /// What is being typed.
    pub input: Option<(Asks, String)>,
    /// A count before a key.
    pub count: u64,
    /// The panel that was in hand before the digits of a count.
    pub panel_before: Option<Panel>,
    /// How far the help is scrolled, if it is open.
    pub help: Option<u16>,
    /// Whether rows are apart as their instants are.
    pub spaced: bool,
    /// Events per tick while it plays; the run goes on by itself if it is not 0.
    pub playing: u64,
    /// The speed at which it plays.
    pub speed: u64,
    /// A line for the reader.
    pub remark: Option<String>,
    /// The command that opens the run.
    pub command: String,
    /// The events that have rows, in order.
    pub rows: Rc<[EventId]>,
}

impl View {
    /// The screen as it opens: at the violation, or at the beginning.
    #[must_use]
    pub fn open(recording: &Recording, command: &str) -> View {
        let at = recording.violation().map(|violation| violation.event);
        let words = "you are at the violation · h walks to its cause · s the story · ? keys";
        let mut view = View {
            cursor: at.unwrap_or(EventId(1)).max(EventId(1)).min(recording.last()),
            panel: Panel::State,
            alone: false,
            filter: None,
            search: None,
            keep: None,
            story: false,
            base: Base::Lane,
            unchanged: true,
            field: None,
            marks: BTreeMap::new(),
            mark: None,
            back: Vec::new(),
            input: None,
            count: 0,
            panel_before: None,
            help: None,
            spaced: false,
            playing: 0,
            speed: 1,
            remark: at.map(|_| words.to_string()),
            command: command.to_string(),
            rows: Rc::from([]),
        };
        view.choose(recording);
        view
    }

    /// Whether rows are hidden that somebody might miss.
    #[must_use]
    pub fn hides(&self) -> bool {
        self.filter.is_some() || self.keep.is_some() || self.story
    }

    /// Chooses the events that have rows.
    pub fn choose(&mut self, recording: &Recording) {
        let told = story(recording);
        let (first, last) = (EventId(1), recording.last());
        let cones = self.keep.map(|(keep, at)| (keep, Cones::of(recording, at, first, last)));
        let wanted = |event: &&Event| {
            let inside =
                cones.as_ref().is_none_or(|(keep, cones)| match (keep, cones.stands(event.id)) {
                    (_, Cone::Here) => true,
                    (Keep::Past, cone) => cone == Cone::Before,
                    (Keep::Future, cone) => cone == Cone::After,
                    (Keep::Both, cone) => cone != Cone::Concurrent,
                    (Keep::Concurrent, cone) => cone == Cone::Concurrent,
                });
            let story = !self.story || told.binary_search(&event.id).is_ok();
            let filter = self.filter.as_ref();
            let kept = match filter {
                Some(filter) => filter.wants(recording, event),
                None => event.kind != EventKind::Idle || told.binary_search(&event.id).is_ok(),
            };
            inside && story && kept
        };
        let rows = recording.events().iter().filter(wanted).map(|event| event.id);
        let rows: Vec<EventId> = rows.collect();
        self.rows = Rc::from(rows);
    }

    /// The row of the cursor, or the next one.
    #[must_use]
    pub fn row(&self) -> usize {
        self.rows.partition_point(|row| *row < self.cursor)
    }

    /// The node whose fields are shown: that of the event, or the sender of what a client got.
    #[must_use]
    pub fn node(&self, recording: &Recording) -> Option<usize> {
        let event = recording.event(self.cursor)?;
        let from = match event.kind {
            EventKind::Deliver { from, .. } => Some(from),
            _ => None,
        };
        let is_node = |id: &squall_engine::ids::NodeId| {
            !id.is_client() && id.index() < recording.header.nodes.len()
        };
        event.place.filter(is_node).or(from.filter(is_node)).map(|id| id.index())
    }

    /// The event whose state the present one is compared with.
    #[must_use]
    pub fn base_event(&self, recording: &Recording) -> EventId {
        let before = EventId(self.cursor.0.saturating_sub(1));
        match self.base {
            Base::Previous => before,
            Base::Lane => {
                let lane = match self.node(recording) {
                    Some(node) => Some(recording.header.clients.len() + node),
                    None => recording.event(self.cursor).and_then(|event| recording.lane(event)),
                };
                let earlier = lane.and_then(|lane| recording.lane_before(lane, self.cursor));
                earlier.unwrap_or(before)
            }
            Base::Mark => self.mark.unwrap_or(before),
            Base::Start => EventId(1),
        }
    }
}
