//! Faults as data: what the storm does, when, to whom and for how long.
//!
//! The invariant: a [`Fault`] in a plan has a name, exactly one kind and at most one start.

use super::tables::Scenario;
use crate::units::{Span, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry of `[[faults]]`: common keys, and exactly one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// What `[vary]`, the run and the screen call it; absent: its kind and position (`crash-1`).
    pub name: String,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<SpanRange>,
    /// It begins before this disk effect or send of the one named node, counted from 1 since the
    /// run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    /// It begins when this fault ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// With `after`: how long after that end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<SpanRange>,
    /// How long it lasts; absent: until the calm.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<SpanRange>,
    /// Whom it strikes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Target>,
    /// How long it waits for a node of the wanted role; absent: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// Keeps the nodes that were chosen under this name, for later faults to use as `$name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<String>,
    /// Cuts links between groups of participants.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-squall-kind" = true))]
    pub partition: Option<Partition>,
    /// Stops nodes; their memory is lost, of their unsynced writes the storm chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-squall-kind" = true))]
    pub crash: Option<Crash>,
    /// Stops nodes for a while; they keep their memory, and clocks go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-squall-kind" = true))]
    pub pause: Option<Pause>,
}

/// The one kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind<'a> {
    /// Cuts links.
    Partition(&'a Partition),
    /// Stops nodes without memory.
    Crash(&'a Crash),
    /// Stops nodes with memory.
    Pause(&'a Pause),
}

impl FaultKind<'_> {
    /// The key that a scenario uses.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            FaultKind::Partition(_) => "partition",
            FaultKind::Crash(_) => "crash",
            FaultKind::Pause(_) => "pause",
        }
    }
}

impl Fault {
    /// The keys of all kinds, in the order of the fields.
    pub const KINDS: [&'static str; 3] = ["partition", "crash", "pause"];

    /// The name of a fault without one: its kind and its position in the list, from 1.
    #[must_use]
    pub fn default_name(kind: &str, index: usize) -> String {
        format!("{kind}-{}", index + 1)
    }

    /// Every kind that the table names, in the order of its fields: one, if it is valid.
    #[must_use]
    pub fn kinds(&self) -> Vec<FaultKind<'_>> {
        let partition = self.partition.as_ref().map(FaultKind::Partition);
        let crash = self.crash.as_ref().map(FaultKind::Crash);
        let pause = self.pause.as_ref().map(FaultKind::Pause);
        [partition, crash, pause].into_iter().flatten().collect()
    }

    /// Every word that names whom it strikes, in `nodes` or in its partition.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let partition = self.partition.iter().flat_map(|partition| {
            let groups = partition.groups.iter().chain(&partition.one_way).flatten();
            partition.isolate.iter().flat_map(Target::words).chain(groups)
        });
        self.nodes.iter().flat_map(Target::words).chain(partition).map(String::as_str)
    }

    /// The kind of a valid fault.
    ///
    /// # Panics
    /// If the fault has no kind; validation refuses such a fault.
    #[must_use]
    pub fn kind(&self) -> FaultKind<'_> {
        self.kinds().into_iter().next().expect("a valid fault has exactly one kind")
    }
}

/// Gives each fault without a name its kind and position (`crash-1`). A fault without a kind is
/// called `fault-1`; validation refuses it.
pub fn name_faults(scenario: &mut Scenario) {
    for (index, fault) in scenario.faults.iter_mut().enumerate() {
        if fault.name.is_empty() {
            let kind = fault.kinds().first().map_or("fault", FaultKind::name);
            fault.name = Fault::default_name(kind, index);
        }
    }
}

/// Whom a fault strikes: a name, a kind, a role, `random 2`, `all`, `$bound`, or a list of names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Target {
    /// One word: a node, a kind, a role, `all`, `random N` or `$bound`.
    One(String),
    /// Several such words.
    Many(Vec<String>),
}

impl Target {
    /// The words of the target.
    #[must_use]
    pub fn words(&self) -> &[String] {
        match self {
            Target::One(word) => std::slice::from_ref(word),
            Target::Many(words) => words,
        }
    }
}

/// How a partition cuts: one of `isolate`, `groups`, `one_way` and `shape`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// These nodes apart from all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolate: Option<Target>,
    /// Each group apart from the others; `others` is every node that no group names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<String>>,
    /// Two groups: what the first sends to the second is lost, the other way it arrives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_way: Vec<Vec<String>>,
    /// A shape drawn when the cut begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// What the clients that no group names see of it.
    pub clients: ClientSide,
}

/// A shape of partition whose members are drawn when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Two sides, as equal as can be.
    Halves,
    /// One node apart from the others.
    IsolateOne,
    /// One node whose messages to the others, or theirs to it, are lost.
    OneWay,
}

impl Shape {
    /// All shapes, in the order of their numbers.
    pub const ALL: [Shape; 3] = [Shape::Halves, Shape::IsolateOne, Shape::OneWay];
}

/// What a client that no group names sees of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientSide {
    /// It reaches all sides.
    #[default]
    Both,
    /// It is on the side with most nodes; on a tie the first.
    Stay,
    /// It is on the side of the node that it addressed last when the cut began.
    Follow,
}

/// A crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Crash {
    /// How long the node stays down; absent: until the calm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<SpanRange>,
    /// What becomes of writes that were not synced.
    pub unsynced: Unsynced,
}

/// What becomes of writes that were not synced when their node crashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unsynced {
    /// For each file some first part of them survives, its last write perhaps torn.
    #[default]
    Random,
    /// All are lost.
    Drop,
    /// All survive.
    Keep,
    /// For each file the first one that crosses a sector is torn there; what follows is lost.
    Tear,
}

/// A pause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {}
