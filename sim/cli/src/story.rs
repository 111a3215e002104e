//! The five to eight events around a violation that tell how it came about: the violation and its
//! witnesses, what caused them, faults and changes of role before.
//!
//! The invariant: every event told happened in the run, in the order told; reading for a story
//! takes memory for a window of events only, however long the run.

use crate::console::Paint;
use crate::log::place;
use crate::words::cut;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::{EventId, NodeId, Time};
use squall_engine::sim::Violation;
use squall_engine::subject::Report;
use squall_engine::trace::{Reader, Recorded, Scene};
use std::collections::{BTreeMap, BTreeSet};

/// How many events before the violation are looked at.
const WINDOW: u64 = 5_000;
/// The most events that are told.
const MOST: usize = 8;
/// How wide a line of the story may be.
const WIDTH: usize = 110;
/// The fewest, if there are so many.
const FEWEST: usize = 5;

/// Reads a run for the story of its violation.
pub(crate) struct Teller {
    violation: EventId,
    witnesses: Vec<EventId>,
    last: EventId,
    seen: BTreeMap<EventId, Seen>,
    /// Nodes that something happened at.
    nodes: BTreeSet<NodeId>,
    roles: BTreeMap<NodeId, Role>,
    changed: Vec<EventId>,
    struck: Vec<EventId>,
}

struct Seen {
    at: Time,
    cause: EventId,
    node: Option<NodeId>,
    place: String,
    text: String,
    /// Which role was taken with it.
    turn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Role {
    name: String,
    role: String,
    term: u64,
}

impl Role {
    fn of(node: NodeId, scene: &dyn Scene) -> Option<Role> {
        let view = scene.view(node)?;
        let role = view.shown_role().to_string();
        (!role.is_empty()).then(|| Role { name: scene.name(node), role, term: view.term() })
    }

    /// `n4 is leader, term 4`.
    fn told(&self) -> String {
        let Role { name, role, term } = self;
        match term {
            0 => format!("{name} is {role}"),
            _ => format!("{name} is {role}, term {term}"),
        }
    }
}

impl Teller {
    pub(crate) fn new(violation: &Violation) -> Teller {
        let last = violation.witnesses.iter().copied().fold(violation.event, EventId::max);
        Teller {
            violation: violation.event,
            witnesses: violation.witnesses.clone(),
            last,
            seen: BTreeMap::new(),
            nodes: BTreeSet::new(),
            roles: BTreeMap::new(),
            changed: Vec::new(),
            struck: Vec::new(),
        }
    }

    /// The story, and whether the run went as it did the first time.
    pub(crate) fn story(self, first: &Report, second: &Report) -> Story {
        let chosen = self.choose();
        let line = |(id, seen): (&EventId, &Seen)| StoryLine {
            id: *id,
            at: seen.at,
            place: seen.place.clone(),
            text: seen.text.clone(),
            aside: seen.turn.clone().or_else(|| answered(&first.history, *id)),
        };
        let told = self.seen.iter().filter(|(id, _)| chosen.contains(id)).map(line).collect();
        let roles = roles_in_words(&self.roles);
        let same = first.outcome.digest == second.outcome.digest;
        Story { violation: self.violation, told, roles, same }
    }

    fn choose(&self) -> BTreeSet<EventId> {
        let mut chosen = BTreeSet::new();
        let wanted = self.by_importance().into_iter().filter(|id| self.seen.contains_key(id));
        for id in wanted {
            if chosen.len() < MOST {
                chosen.insert(id);
            }
        }
        let place = self.seen.get(&self.violation).and_then(|seen| seen.node);
        let before = self.seen.range(..self.violation).rev();
        let nearby = before.filter(|(_, seen)| place.is_none() || seen.node == place);
        for (id, _) in nearby.take(FEWEST) {
            if chosen.len() < FEWEST {
                chosen.insert(*id);
            }
        }
        chosen
    }

    /// The events that belong to the story, the most important first.
    fn by_importance(&self) -> Vec<EventId> {
        let causes = self.causes(self.violation);
        let mut wanted = vec![self.violation];
        wanted.extend(self.witnesses.iter().take(3));
        wanted.extend(causes.iter().take(2));
        wanted.extend(self.latest(&self.changed, 1));
        wanted.extend(self.latest(&self.struck, 1));
        wanted.extend(self.latest(&self.changed, 2));
        wanted.extend(self.latest(&self.struck, 2));
        wanted.extend(causes.iter().skip(2).take(2));
        wanted.extend(self.witnesses.iter().flat_map(|witness| self.causes(*witness)).take(2));
        wanted
    }

    /// The causes of an event, the nearest first.
    fn causes(&self, of: EventId) -> Vec<EventId> {
        let cause = |id: &EventId| self.seen.get(id).map(|seen| seen.cause);
        std::iter::successors(cause(&of), cause)
            .take_while(|id| *id != EventId::BEGINNING)
            .collect()
    }

    fn latest(&self, events: &[EventId], count: usize) -> Vec<EventId> {
        let before = events.iter().rev().filter(|id| **id <= self.violation);
        before.take(count).copied().collect()
    }

    /// Notes which role the node of an event has taken with it.
    fn note_role(&mut self, event: &Event, scene: &dyn Scene) -> Option<String> {
        let node = event.place.filter(|place| !place.is_client())?;
        let Some(role) = Role::of(node, scene) else {
            if matches!(event.kind, EventKind::Crash) {
                self.roles.remove(&node);
            }
            return None;
        };
        let old = self.roles.insert(node, role.clone());
        let boots = matches!(event.kind, EventKind::Start { .. });
        let turned = !boots && old.is_none_or(|old| old.role != role.role);
        turned.then(|| {
            self.changed.push(event.id);
            role.told()
        })
    }
}

impl Reader for Teller {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        if event.id > self.last {
            return;
        }
        let in_window = event.id.0 + WINDOW > self.violation.0;
        let strikes = matches!(event.kind, EventKind::Begin { .. });
        if strikes {
            self.struck.push(event.id);
        }
        if !in_window {
            self.nodes.extend(event.place.filter(|place| !place.is_client()));
        } else if !self.nodes.is_empty() {
            let roles = std::mem::take(&mut self.nodes);
            let known = roles.into_iter().filter_map(|node| Some((node, Role::of(node, scene)?)));
            self.roles = known.collect();
        }
        let turn = if in_window && event.id <= self.violation {
            self.note_role(event, scene)
        } else {
            None
        };
        if in_window || strikes || self.witnesses.contains(&event.id) {
            let (place, text) = (place(event, scene), event.words());
            let (at, cause, node) = (event.at, event.cause, event.place);
            self.seen.insert(event.id, Seen { at, cause, node, place, text, turn });
        }
    }
}

/// `c5: Read x = nil`, if an operation of a client took effect with this event.
fn answered(history: &[Recorded], event: EventId) -> Option<String> {
    let done = history.iter().find(|operation| operation.completed == Some(event))?;
    let Recorded { process, operation, .. } = done;
    match &done.answer {
        Some(answer) => Some(format!("{process}: {operation} = {answer}")),
        None => Some(format!("{process}: {operation} {}", done.ended)),
    }
}

/// `leader n1 (term 3), n4 (term 4)`, `follower n2, n3`: one item for each role.
fn roles_in_words(roles: &BTreeMap<NodeId, Role>) -> Vec<String> {
    let mut by_role: BTreeMap<&str, Vec<&Role>> = BTreeMap::new();
    for role in roles.values() {
        by_role.entry(&role.role).or_default().push(role);
    }
    let one = |role: &&Role| match role.term {
        0 => role.name.clone(),
        term => format!("{} (term {term})", role.name),
    };
    let mut items: Vec<(usize, String)> = Vec::new();
    for (role, holders) in by_role {
        let told = match holders.len() {
            0..=6 => holders.iter().map(one).collect::<Vec<_>>().join(" "),
            many => format!("{many} nodes"),
        };
        items.push((holders.len(), format!("{role} {told}")));
    }
    items.sort_by_key(|(holders, _)| *holders);
    items.into_iter().map(|(_, item)| item).collect()
}

/// What happened around a violation.
pub(crate) struct Story {
    violation: EventId,
    told: Vec<StoryLine>,
    /// Who played which role when it happened.
    pub(crate) roles: Vec<String>,
    /// Whether the run was the same the second time.
    pub(crate) same: bool,
}

struct StoryLine {
    id: EventId,
    at: Time,
    place: String,
    text: String,
    /// The role that was taken with it, or the operation that ended with it.
    aside: Option<String>,
}

impl Story {
    /// The events, one a line, in aligned columns; `>` marks the violation.
    pub(crate) fn lines(&self, paint: Paint) -> Vec<String> {
        let width = |of: fn(&StoryLine) -> usize| self.told.iter().map(of).max().unwrap_or(0);
        let ids = width(|line| line.id.to_string().len());
        let times = width(|line| line.at.to_string().len());
        let places = width(|line| line.place.chars().count());
        let line = |line: &StoryLine| {
            let StoryLine { id, at, place, .. } = line;
            let here = *id == self.violation;
            let mark = if here { ">" } else { " " };
            let front = format!("  {mark} {id:>ids$}  {at:>times$}  {place:<places$}  ");
            let aside =
                line.aside.as_ref().map(|aside| format!("  <- {aside}")).unwrap_or_default();
            let taken = front.chars().count() + aside.chars().count();
            let text = cut(&line.text, WIDTH.saturating_sub(taken).max(20));
            let whole = format!("{front}{text}{aside}");
            if here { paint.name(whole.trim_end()) } else { whole.trim_end().to_string() }
        };
        self.told.iter().map(line).collect()
    }
}
