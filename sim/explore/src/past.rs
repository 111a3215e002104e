//! The causal past of a violation: every event that led to it, and of those the ones that matter.
//!
//! The invariant: a step comes after all of its causes, and every step happened in the run.

use serde::{Deserialize, Serialize};
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::{EventId, NodeId, Time};
use squall_engine::network::Loss;
use squall_engine::sim::Violation;
use squall_engine::trace::{Reader, Scene};
use squall_engine::view::View;
use std::collections::{BTreeMap, BTreeSet};

/// What a step is, of all that events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// A node took a message in hand.
    Delivery,
    /// A message did not arrive.
    Loss,
    /// A timer fired.
    Timer,
    /// A client asked, or asked again.
    Call,
    /// A client was answered.
    Answer,
    /// A fault began.
    Fault,
    /// A fault ended.
    FaultEnd,
    /// A node booted.
    Boot,
    /// A node crashed.
    Crash,
    /// A node was paused.
    Pause,
    /// A paused node went on.
    Resume,
    /// Anything else.
    Other,
}

/// A field that a node showed otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name.
    pub field: String,
    /// What it showed; nothing if the field is new.
    pub before: String,
    /// What it shows.
    pub after: String,
}

/// An event that led to the violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its event.
    pub event: EventId,
    /// When, in nanoseconds.
    pub at: Time,
    /// Where: a participant, or nothing for the storm.
    pub place: Option<String>,
    /// The sender of a message, or its addressee if it was lost.
    pub peer: Option<String>,
    /// What it is.
    pub kind: StepKind,
    /// The message, timer, operation or fault in words.
    pub text: String,
    /// The role that the node took with it.
    pub role: Option<String>,
    /// The term or epoch that its node shows, or 0.
    pub term: u64,
    /// With a role that was taken over a message: its kind, and who sent such ones since the role
    /// before.
    pub with: Option<(String, Vec<String>)>,
    /// What else its node showed otherwise.
    pub changes: Vec<Change>,
    /// The steps that led to it and between which and it no other stands.
    pub causes: Vec<EventId>,
    /// The event with which its message was sent, if it is one.
    pub sent_by: Option<EventId>,
}

/// Reads a run for the past of its violation.
#[derive(Debug, Default)]
pub struct PastReader {
    noted: Vec<Noted>,
    latest: BTreeMap<NodeId, usize>,
    views: BTreeMap<NodeId, View>,
    names: BTreeMap<NodeId, String>,
}

/// What is kept of each event.
#[derive(Debug)]
struct Noted {
    event: Event,
    /// The event before it at its place.
    before: Option<usize>,
    changes: Vec<Change>,
    role: Option<String>,
    term: u64,
}

/// The most causes that a step names.
const CAUSES_MAX: usize = 8;

impl Reader for PastReader {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        let index = self.noted.len();
        let (mut before, mut changes, mut role, mut term) = (None, Vec::new(), None, 0);
        let peer = match event.kind {
            EventKind::Deliver { from, .. } => Some(from),
            EventKind::Lost { from, to, .. } => {
                self.names.entry(from).or_insert_with(|| scene.name(from));
                Some(to)
            }
            _ => None,
        };
        for id in event.place.into_iter().chain(peer) {
            self.names.entry(id).or_insert_with(|| scene.name(id));
        }
        // What is lost touches nobody.
        let touched = event.place.filter(|_| !matches!(event.kind, EventKind::Lost { .. }));
        if let Some(place) = touched {
            before = self.latest.insert(place, index);
            if matches!(event.kind, EventKind::Crash) {
                self.views.remove(&place);
            } else if let Some(view) = scene.view(place).filter(|_| !place.is_client()) {
                let old = self.views.insert(place, view.clone()).unwrap_or_default();
                changes = differences(&old, &view);
                let turned = old.shown_role() != view.shown_role();
                role = turned.then(|| view.shown_role().to_string());
                term = view.term();
            }
        }
        self.noted.push(Noted { event: event.clone(), before, changes, role, term });
    }
}

fn differences(old: &View, new: &View) -> Vec<Change> {
    let before: BTreeMap<&str, &str> = old.fields().collect();
    let changed = new.fields().filter(|(name, value)| before.get(name) != Some(value));
    let change = |(field, after): (&str, &str)| Change {
        field: field.to_string(),
        before: before.get(field).map(|value| (*value).to_string()).unwrap_or_default(),
        after: after.to_string(),
    };
    changed.map(change).collect()
}

impl PastReader {
    /// The steps that led to a violation, in the order in which they happened; the violation and
    /// its witnesses are among them.
    #[must_use]
    pub fn past(&self, violation: &Violation) -> Vec<Step> {
        let shown: BTreeSet<usize> = std::iter::once(violation.event)
            .chain(violation.witnesses.iter().copied())
            .filter_map(|id| self.index(id))
            .collect();
        let last = shown.iter().next_back().map_or(0, |last| last + 1);
        let led = self.led_to(&shown);
        let kept: Vec<bool> = (0..last)
            .map(|index| shown.contains(&index) || self.matters(index, led[index]))
            .collect();
        let nearest = self.nearest(&kept);
        let kept = (0..last).filter(|index| kept[*index]);
        kept.map(|index| self.step(index, &nearest[index])).collect()
    }

    /// The line of an event, for people: who, and what.
    #[must_use]
    pub fn line(&self, event: EventId) -> Option<(Time, String)> {
        let noted = &self.noted[self.index(event)?];
        Some((noted.event.at, self.words(&noted.event)))
    }

    /// The number and time of every event.
    pub fn events(&self) -> impl Iterator<Item = (EventId, Time)> {
        self.noted.iter().map(|noted| (noted.event.id, noted.event.at))
    }

    fn index(&self, id: EventId) -> Option<usize> {
        let index = id.0.checked_sub(1)? as usize;
        (index < self.noted.len()).then_some(index)
    }

    fn parents(&self, index: usize) -> impl Iterator<Item = usize> {
        let noted = &self.noted[index];
        self.index(noted.event.cause).into_iter().chain(noted.before)
    }

    /// Which events are before one of these: by a cause, or earlier at the same place (Lamport,
    /// CACM 1978).
    fn led_to(&self, shown: &BTreeSet<usize>) -> Vec<bool> {
        let mut led = vec![false; self.noted.len()];
        shown.iter().for_each(|index| led[*index] = true);
        for index in (0..self.noted.len()).rev() {
            if led[index] {
                self.parents(index).for_each(|parent| led[parent] = true);
            }
        }
        led
    }

    /// Whether an event belongs into the story: what the storm did, what clients asked and were
    /// told, and what made a node show something new.
    fn matters(&self, index: usize, led: bool) -> bool {
        let noted = &self.noted[index];
        match noted.event.kind {
            EventKind::Begin { .. } | EventKind::Turn { .. } | EventKind::End { .. } => true,
            EventKind::Crash | EventKind::Pause | EventKind::Resume => true,
            EventKind::Lost { loss, .. } => loss == Loss::Dropped,
            EventKind::Start { restarts } => led && restarts > 0,
            EventKind::Invoke => led,
            EventKind::Deliver { .. } if noted.event.place.is_some_and(NodeId::is_client) => led,
            EventKind::Deliver { .. }
            | EventKind::Timer
            | EventKind::Synced
            | EventKind::Effect
            | EventKind::Idle
            | EventKind::Session { .. } => {
                led && (noted.role.is_some() || !noted.changes.is_empty())
            }
            EventKind::Resend { .. }
            | EventKind::TimedOut
            | EventKind::Retry
            | EventKind::Skip { .. }
            | EventKind::Operate
            | EventKind::Calm => false,
        }
    }

    /// For every event the kept ones that led to it and between which and it no kept one stands.
    fn nearest(&self, kept: &[bool]) -> Vec<Vec<usize>> {
        let mut nearest: Vec<Vec<usize>> = Vec::with_capacity(kept.len());
        for index in 0..kept.len() {
            let mut found = BTreeSet::new();
            for parent in self.parents(index) {
                match kept[parent] {
                    true => {
                        found.insert(parent);
                    }
                    false => found.extend(nearest[parent].iter().copied()),
                }
            }
            nearest.push(found.into_iter().rev().take(CAUSES_MAX).collect());
        }
        nearest
    }

    fn step(&self, index: usize, causes: &[usize]) -> Step {
        let Noted { event, changes, role, term, .. } = &self.noted[index];
        let name = |id: NodeId| self.names[&id].clone();
        let (place, peer) = match event.kind {
            EventKind::Deliver { from, .. } => (event.place.map(name), Some(name(from))),
            EventKind::Lost { from, to, .. } => (Some(name(from)), Some(name(to))),
            _ => (event.place.map(name), None),
        };
        let of_message = matches!(event.kind, EventKind::Deliver { .. } | EventKind::Lost { .. });
        let mut causes: Vec<EventId> =
            causes.iter().map(|cause| self.noted[*cause].event.id).collect();
        causes.sort_unstable();
        Step {
            event: event.id,
            at: event.at,
            place,
            peer,
            kind: kind(event),
            text: one_line(event.text.as_deref().unwrap_or_default()),
            role: role.clone(),
            term: *term,
            with: self.with(index),
            changes: changes.clone(),
            causes,
            sent_by: of_message.then_some(event.cause),
        }
    }

    /// The kind of the message over which a role was taken, and who sent such ones since the role
    /// before.
    fn with(&self, index: usize) -> Option<(String, Vec<String>)> {
        let noted = &self.noted[index];
        noted.role.as_ref()?;
        // A role is shown when the last effect of a handler is performed.
        let handler = match noted.event.kind {
            EventKind::Effect | EventKind::Idle => self.index(noted.event.cause)?,
            _ => index,
        };
        let EventKind::Deliver { .. } = self.noted[handler].event.kind else { return None };
        let word =
            |noted: &Noted| word(noted.event.text.as_deref().unwrap_or_default()).to_string();
        let wanted = word(&self.noted[handler]);
        let mut senders = Vec::new();
        let mut at = Some(handler);
        while let Some(noted) = at.map(|at| &self.noted[at]) {
            if noted.role.is_some() && noted.event.id != self.noted[index].event.id {
                break;
            }
            if let EventKind::Deliver { from, .. } = noted.event.kind
                && word(noted) == wanted
            {
                senders.push(from);
            }
            at = noted.before;
        }
        senders.sort_unstable();
        senders.dedup();
        Some((wanted, senders.into_iter().map(|id| self.names[&id].clone()).collect()))
    }

    fn words(&self, event: &Event) -> String {
        let text = one_line(event.text.as_deref().unwrap_or_default());
        let name = |id: &NodeId| self.names.get(id).cloned().unwrap_or_default();
        let place = event.place.as_ref().map(name).unwrap_or_else(|| "storm".to_string());
        match event.kind {
            EventKind::Deliver { from, .. } => format!("{} -> {place}  {text}", name(&from)),
            EventKind::Lost { from, to, loss } => {
                format!("{} -> {}  {}: {text}", name(&from), name(&to), loss.words())
            }
            EventKind::Timer => format!("{place}  timer {text}"),
            EventKind::Invoke => format!("{place}  asks {text}"),
            EventKind::Crash => format!("{place}  crashes"),
            EventKind::Start { .. } => format!("{place}  boots"),
            EventKind::TimedOut => format!("{place}  has waited too long"),
            EventKind::Retry => format!("{place}  asks again"),
            EventKind::Pause => format!("{place}  pauses"),
            EventKind::Resume => format!("{place}  goes on"),
            EventKind::Calm => "the calm begins".to_string(),
            EventKind::Idle => format!("{place}  is done"),
            EventKind::Synced => format!("{place}  its sync is complete"),
            EventKind::Effect
            | EventKind::Session { .. }
            | EventKind::Resend { .. }
            | EventKind::Begin { .. }
            | EventKind::Turn { .. }
            | EventKind::End { .. }
            | EventKind::Skip { .. }
            | EventKind::Operate => format!("{place}  {text}"),
        }
    }
}

fn kind(event: &Event) -> StepKind {
    match event.kind {
        EventKind::Deliver { .. } if event.place.is_some_and(NodeId::is_client) => StepKind::Answer,
        EventKind::Deliver { .. } => StepKind::Delivery,
        EventKind::Lost { .. } => StepKind::Loss,
        EventKind::Timer => StepKind::Timer,
        EventKind::Invoke | EventKind::Retry => StepKind::Call,
        EventKind::Begin { .. } | EventKind::Turn { .. } => StepKind::Fault,
        EventKind::End { .. } => StepKind::FaultEnd,
        EventKind::Start { .. } => StepKind::Boot,
        EventKind::Crash => StepKind::Crash,
        EventKind::Pause => StepKind::Pause,
        EventKind::Resume => StepKind::Resume,
        EventKind::Synced
        | EventKind::Effect
        | EventKind::Idle
        | EventKind::Session { .. }
        | EventKind::Resend { .. }
        | EventKind::TimedOut
        | EventKind::Skip { .. }
        | EventKind::Operate
        | EventKind::Calm => StepKind::Other,
    }
}

impl Step {
    /// The step as a sentence: `n4 becomes leader, term 4, with Vote from n3, n5`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let place = self.place.as_deref().unwrap_or("the storm");
        let peer = self.peer.as_deref().unwrap_or("nobody");
        let word = self.word();
        let because = match (&self.with, self.kind) {
            (Some((message, senders)), _) => {
                format!(", with {message} from {}", senders.join(", "))
            }
            (None, StepKind::Timer) => format!(", as its timer {word} fires"),
            (None, _) => String::new(),
        };
        if let Some(role) = self.role.as_ref().filter(|role| !role.is_empty()) {
            let term = if self.term > 0 { format!(", term {}", self.term) } else { String::new() };
            return format!("{place} becomes {role}{term}{because}");
        }
        let changed = self.changed();
        match self.kind {
            StepKind::Fault | StepKind::FaultEnd => self.text.clone(),
            StepKind::Delivery => format!("{place} hears {word} from {peer}{changed}"),
            StepKind::Loss => format!("{word} from {place} to {peer} is lost"),
            StepKind::Timer => format!("{place}'s timer {word} fires{changed}"),
            StepKind::Call => format!("{place} asks {}", self.text),
            StepKind::Answer => format!("{peer} answers {place}: {}", self.text),
            StepKind::Boot => format!("{place} boots again"),
            StepKind::Crash => format!("{place} crashes"),
            StepKind::Pause => format!("{place} stands still"),
            StepKind::Resume => format!("{place} goes on"),
            StepKind::Other if self.text.is_empty() => format!("{place} goes on{changed}"),
            StepKind::Other => format!("{place} {}{changed}", self.text),
        }
    }

    /// The first word of its text: the kind of a message, the name of a timer.
    #[must_use]
    pub fn word(&self) -> &str {
        word(&self.text)
    }

    /// What its node shows otherwise: `: term 3 -> 4, vote n1 -> n4`.
    fn changed(&self) -> String {
        let one = |change: &Change| match change.before.as_str() {
            "" => format!("{} {}", change.field, change.after),
            before => format!("{} {before} -> {}", change.field, change.after),
        };
        let all: Vec<String> = self.changes.iter().take(4).map(one).collect();
        if all.is_empty() { String::new() } else { format!(": {}", all.join(", ")) }
    }
}

/// The first word of a text.
fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// A text without what would break its line.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
