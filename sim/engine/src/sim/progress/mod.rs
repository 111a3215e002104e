//! Progress in the calm: whether every operation is answered in time, and what hindered one that
//! was not.
//!
//! The invariant: this watches and changes nothing; it writes down what happens only while some
//! operation has waited for half of its time.

mod told;
mod turns;

use super::{Sim, What};
use crate::decider::Decider;
use crate::digest::FixedHasher;
use crate::host::{Host, TimerOf};
use crate::ids::{EventId, NodeId, Time};
use crate::monitor::Form;
use crate::protocol::Protocol;
use crate::scenario::facts::PROGRESS;
use crate::sim::{Progress, Standing};
use crate::units::Span;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use turns::Turns;

/// What is known of the progress that a scenario asks for.
#[derive(Debug, Default)]
pub(super) struct ProgressWatch {
    /// How long an operation may wait in the calm; absent: nobody asks.
    pub(super) within: Option<Span>,
    /// What happens while somebody has waited for long.
    record: Option<Record>,
    /// The first operation that was not answered in time: its deadline, and the event before.
    overdue: Option<(Time, EventId)>,
    /// Of the operations that were answered too late, the one that waited longest.
    latest: Option<Late>,
    /// When an operation was answered last.
    answered_at: Time,
    /// How many operations of each client were answered in the calm.
    answered: Vec<u64>,
    failed: bool,
}

/// An operation that was answered too late.
#[derive(Clone, Copy, Debug)]
struct Late {
    place: usize,
    since: Time,
    by: Span,
    event: EventId,
    at: Time,
}

/// What happened since an operation had waited for half of its time.
#[derive(Debug)]
pub(super) struct Record {
    begun: Time,
    /// How many messages nodes had sent.
    sent: u64,
    /// How often each timer of each node fired.
    firings: BTreeMap<(u32, u64), u32>,
    turns: Turns,
}

/// An operation that waits, or the last of several that a client gave up one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    /// When the first of them was issued, or when the calm began.
    pub(super) since: Time,
    pub(super) client: u32,
    /// Its place in the history.
    pub(super) place: usize,
}

impl ProgressWatch {
    pub(super) fn new(within: Option<Span>, clients: u32) -> ProgressWatch {
        ProgressWatch { within, answered: vec![0; clients as usize], ..ProgressWatch::default() }
    }

    /// How progress stands, if somebody asks for it.
    pub(super) fn standing(&self, calm: bool) -> Option<Standing> {
        self.within?;
        let progress = match (self.failed, calm) {
            (true, _) => Progress::Failed,
            (false, true) => Progress::Held(self.answered.iter().sum()),
            (false, false) => Progress::NotDue,
        };
        Some(Standing { name: PROGRESS.name.to_string(), form: Form::Always, progress })
    }

    /// Whether what happens is written down.
    #[inline]
    pub(super) fn records(&self) -> bool {
        self.record.is_some()
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = FixedHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Whether the run is in its calm.
    pub(super) fn is_calm(&self) -> bool {
        self.plan.scenario.calm > Span::ZERO && self.now >= self.storm_end()
    }

    /// Schedules the first look at who waits, if somebody asks for progress.
    pub(super) fn schedule_progress(&mut self) {
        if let Some(within) = self.progress.within {
            self.schedule(self.storm_end() + within / 2, What::Progress);
        }
    }

    /// Looks whether somebody has waited for long, and comes back when that may have changed.
    pub(super) fn look_at_progress(&mut self) {
        let Some(within) = self.progress.within else { return };
        let waits = self.longest_waiting();
        let waited = waits.map_or(Span::ZERO, |waiting| self.now.since(waiting.since));
        if waited < within / 2 {
            self.progress.record = None;
        } else if self.progress.record.is_none() {
            let sent = self.nodes.iter().map(|node| node.sent).sum();
            let (firings, turns) = (BTreeMap::new(), Turns::default());
            self.progress.record = Some(Record { begun: self.now, sent, firings, turns });
        }
        if waited >= within && self.progress.overdue.is_none() {
            self.progress.overdue = Some((self.now, self.last));
        }
        let half = (within / 2).max(Span::nanos(1));
        let next = match waits {
            Some(waiting) if waited < within / 2 => waiting.since + within / 2,
            Some(waiting) if waited < within => waiting.since + within,
            Some(_) | None => self.now + half,
        };
        if next <= Time::ZERO + self.plan.scenario.duration {
            self.schedule(next, What::Progress);
        }
    }

    /// Who has waited longest for an answer in the calm.
    fn longest_waiting(&self) -> Option<Waiting> {
        self.clients.waiting(self.storm_end()).min_by_key(|waiting| waiting.since)
    }

    /// An operation was answered.
    pub(super) fn answered(&mut self, waiting: Waiting, event: EventId) {
        self.clients.forget_given_up(waiting.client);
        let Some(within) = self.progress.within.filter(|_| self.is_calm()) else { return };
        let since = waiting.since.max(self.storm_end());
        self.progress.answered_at = self.now;
        self.progress.answered[waiting.client as usize] += 1;
        let by = self.now.since(since).saturating_sub(within);
        if by > self.progress.latest.map_or(Span::ZERO, |late| late.by) {
            let (place, at) = (waiting.place, self.now);
            self.progress.latest = Some(Late { place, since, by, event, at });
        }
    }

    /// Writes down what happens at a node, with the part that it plays.
    #[cold]
    pub(super) fn note_turn(&mut self, id: NodeId, what: &str, by_client: bool) {
        let role = match id.is_client() {
            true => "a client".to_string(),
            false => match self.host.view(id).shown_role() {
                "" => format!("a {}", self.kind_word(id)),
                role => format!("a {role}"),
            },
        };
        if let Some(record) = &mut self.progress.record {
            record.turns.add(format!("{role} {what}"), by_client || id.is_client());
        }
    }

    fn kind_word(&self, id: NodeId) -> &str {
        match self.membership.kind(id) {
            "" => "node",
            kind => kind,
        }
    }

    /// Counts that a timer fired.
    pub(super) fn note_firing(&mut self, node: usize, timer: &TimerOf<P>) {
        if let Some(record) = &mut self.progress.record {
            *record.firings.entry((node as u32, hash(timer))).or_default() += 1;
            let text = format!("{timer:?}");
            let word = text.split(|letter: char| !letter.is_alphanumeric()).find(|w| !w.is_empty());
            let what = format!("has its timer {}", word.unwrap_or_default());
            self.note_turn(NodeId::node(node as u32), &what, false);
        }
    }
}
