//! What a search or a filter asks for: words, and terms such as `node:n4` or `-kind:drop`.
//!
//! The invariant: an event is wanted if every term holds of it; `-` or `not` before a term turns it
//! round.

use crate::recording::Recording;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::NodeId;
use std::fmt;

/// The kinds of event that `kind:` knows.
const KINDS: [&str; 15] = [
    "deliver", "drop", "timer", "sync", "effect", "idle", "start", "crash", "pause", "resume",
    "client", "session", "fault", "calm", "operate",
];

/// A search or a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    text: String,
    terms: Vec<(bool, Term)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Node(String),
    Kind(String),
    Message(String),
    Field(String),
    Text(String),
}

/// A term that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError(String);

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QueryError {}

impl Query {
    /// Reads terms, which blanks part.
    ///
    /// # Errors
    /// A key that is not `node:`, `kind:`, `msg:` or `field:`, or a kind that is not known.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let mut terms = Vec::new();
        let mut turned = false;
        for word in text.split_whitespace() {
            if word == "not" {
                turned = true;
                continue;
            }
            let (minus, word) = match word.strip_prefix('-') {
                Some(rest) if !rest.is_empty() => (true, rest),
                _ => (false, word),
            };
            terms.push((turned || minus, term(word)?));
            turned = false;
        }
        Ok(Query { text: text.trim().to_string(), terms })
    }

    /// The words as they were typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether an event is wanted.
    #[must_use]
    pub fn wants(&self, recording: &Recording, event: &Event) -> bool {
        self.terms.iter().all(|(turned, term)| term.holds(recording, event) != *turned)
    }
}

fn term(word: &str) -> Result<Term, QueryError> {
    let lower = word.to_lowercase();
    let Some((key, value)) = lower.split_once(':').filter(|(_, value)| !value.is_empty()) else {
        return Ok(Term::Text(lower));
    };
    let value = value.to_string();
    match key {
        "node" => Ok(Term::Node(value)),
        "kind" if KINDS.contains(&value.as_str()) => Ok(Term::Kind(value)),
        "kind" => {
            let known = KINDS.join(", ");
            Err(QueryError(format!("`{value}` is no kind of event; there are {known}")))
        }
        "msg" => Ok(Term::Message(value)),
        "field" => Ok(Term::Field(value)),
        _ => Err(QueryError(format!("`{key}:` is not known; there are node: kind: msg: field:"))),
    }
}

impl Term {
    fn holds(&self, recording: &Recording, event: &Event) -> bool {
        let named = |id: NodeId, name: &str| recording.name(id).eq_ignore_ascii_case(name);
        match self {
            Term::Kind(kind) => kind_of(event.kind) == kind,
            Term::Text(text) => holds(&event.words(), text),
            Term::Message(text) => match event.kind {
                EventKind::Deliver { .. } | EventKind::Lost { .. } => holds(&event.words(), text),
                _ => false,
            },
            Term::Node(name) => match event.kind {
                EventKind::Deliver { from, .. } => {
                    named(from, name) || event.place.is_some_and(|place| named(place, name))
                }
                EventKind::Lost { from, to, .. } => named(from, name) || named(to, name),
                _ => event.place.is_some_and(|place| named(place, name)),
            },
            Term::Field(name) => {
                let node = event.place.filter(|place| !place.is_client());
                node.is_some_and(|node| {
                    let before = squall_engine::ids::EventId(event.id.0 - 1);
                    let changed = |field: &str| {
                        let node = node.index();
                        recording.change(node, Some(field), before, true) == Some(event.id)
                    };
                    name == "role"
                        && recording.change(node.index(), None, before, true) == Some(event.id)
                        || changed(name)
                })
            }
        }
    }
}

fn holds(text: &str, wanted: &str) -> bool {
    let ascii = text.is_ascii() && wanted.is_ascii();
    if !ascii {
        return text.to_lowercase().contains(wanted);
    }
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    text.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
}

/// The word for a kind of event.
pub(crate) fn kind_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Deliver { .. } => "deliver",
        EventKind::Lost { .. } => "drop",
        EventKind::Timer => "timer",
        EventKind::Synced => "sync",
        EventKind::Effect => "effect",
        EventKind::Idle => "idle",
        EventKind::Start { .. } => "start",
        EventKind::Crash => "crash",
        EventKind::Pause => "pause",
        EventKind::Resume => "resume",
        EventKind::Invoke | EventKind::TimedOut | EventKind::Retry => "client",
        EventKind::Session { .. } | EventKind::Resend { .. } => "session",
        EventKind::Begin { .. }
        | EventKind::Turn { .. }
        | EventKind::End { .. }
        | EventKind::Skip { .. } => "fault",
        EventKind::Calm => "calm",
        EventKind::Operate => "operate",
    }
}
