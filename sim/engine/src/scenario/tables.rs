//! The tables of a scenario as types: what a scenario file may say, key by key.
//!
//! The invariant: what deserialises here has valid values; whether its names exist is checked by
//! [`super::validate()`]. The same types, serialised, are part of a plan.

mod chaos;
mod network;

pub use chaos::{
    Chaos, ChaosChance, ChaosClock, ChaosClog, ChaosCrash, ChaosDegrade, ChaosDisk, ChaosHold,
    ChaosLag, ChaosMembership, ChaosPartition, ChaosPause, ChaosRestart, ChaosSlow, ChaosWipe,
};
pub use network::{
    Bandwidth, Latency, Link, Network, Priorities, Reordering, Streams, ZoneLatencies,
};

use super::bound::Bound;
use super::budget::Budget;
use super::fault::Fault;
use crate::units::{DriftRange, OffsetRange, Rate, Span, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything a scenario says, apart from the protocol's own `[config]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of the format: 1.
    pub format: u32,
    /// What the scenario is about.
    pub scenario: Heading,
    /// Who takes part.
    pub cluster: Cluster,
    /// How messages travel.
    #[serde(default)]
    pub network: Network,
    /// How far clocks are off.
    #[serde(default)]
    pub clocks: Clocks,
    /// How fast disks are.
    #[serde(default)]
    pub disk: Disk,
    /// Faults by the author's hand.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Faults drawn by the seed.
    #[serde(default)]
    pub chaos: Chaos,
    /// What clients do.
    #[serde(default)]
    pub workload: Workload,
    /// What is promised.
    #[serde(default)]
    pub checks: Checks,
    /// What is measured and how far it may go.
    #[serde(default)]
    pub measures: BTreeMap<String, Bounds>,
    /// Where a run is stopped.
    #[serde(default)]
    pub limits: Limits,
    /// How much the storm may break at once.
    #[serde(default)]
    pub budget: Budget,
}

/// `[scenario]`: what it is about and how long it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// One sentence for `list` and `describe`.
    #[serde(default)]
    pub about: String,
    /// The protocol under test.
    pub protocol: String,
    /// Simulated length of the whole run, the calm included.
    pub duration: Span,
    /// The last part of the run, in which all faults have ended.
    #[serde(default)]
    pub calm: Span,
    /// What a planted bug must show for the run to count as expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
}

/// `expect = { violated = "…" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The property that must be violated.
    pub violated: String,
}

/// `[cluster]`: who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// How many nodes, or how many of each kind.
    pub nodes: Nodes,
    /// How many clients.
    #[serde(default)]
    pub clients: u32,
    /// How many nodes more that are not in the cluster until a fault lets them join.
    #[serde(default)]
    pub spares: u32,
    /// Zones: names that are dealt out to nodes and clients, or the members of each.
    #[serde(default, skip_serializing_if = "Zones::is_empty")]
    pub zones: Zones,
}

impl Cluster {
    /// A cluster without spares and zones.
    #[must_use]
    pub fn new(nodes: Nodes, clients: u32) -> Cluster {
        Cluster { nodes, clients, spares: 0, zones: Zones::default() }
    }
}

/// Where nodes and clients stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Zones {
    /// The nodes of each kind, and the clients, are dealt to these in turn.
    Dealt(Vec<String>),
    /// The members of each by name; clients that none names are dealt in turn.
    Named(BTreeMap<String, Vec<String>>),
}

impl Zones {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Zones::Dealt(names) => names.is_empty(),
            Zones::Named(members) => members.is_empty(),
        }
    }
}

impl Default for Zones {
    fn default() -> Zones {
        Zones::Dealt(Vec::new())
    }
}

/// A number of nodes, or a number for each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Nodes {
    /// Nodes of one kind, called `n1`, `n2`, ….
    Count(u32),
    /// Nodes of several kinds, called by kind and number.
    Kinds(BTreeMap<String, u32>),
}

/// `[clocks]`: how far each node's clocks are off, drawn once per node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Clocks {
    /// How far the wall clock is from true time.
    pub offset: OffsetRange,
    /// How much faster than true time both clocks go.
    pub drift: DriftRange,
}

/// `[disk]`: how long disk operations take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Disk {
    /// How long a sync takes.
    pub sync: SpanRange,
}

impl Default for Disk {
    fn default() -> Disk {
        Disk { sync: SpanRange::exactly(Span::millis(1)) }
    }
}

/// `[workload]`: what clients do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// How many operations all clients issue together; absent: until the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<u64>,
    /// The weight of each kind of operation; absent: the model's own.
    pub mix: BTreeMap<String, u32>,
    /// When operations are issued.
    pub arrivals: Arrivals,
    /// How many keys the operations use, for models that have keys.
    pub keys: u32,
    /// How long a client waits for one attempt.
    pub timeout: Span,
    /// What a client does after a timeout.
    pub retry: Retry,
    /// Parts of the run with arrivals or a mix of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
}

impl Default for Workload {
    fn default() -> Workload {
        Workload {
            operations: None,
            mix: BTreeMap::new(),
            arrivals: Arrivals::Closed,
            keys: 3,
            timeout: Span::secs(1),
            retry: Retry::default(),
            phases: Vec::new(),
        }
    }
}

/// When operations are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Each client issues one after another.
    Closed,
    /// At this rate of all clients together, evenly spaced.
    Even(Rate),
    /// At this mean rate of all clients together, with exponential gaps.
    Poisson(Rate),
}

/// `[[workload.phases]]`: a part of the run with arrivals or a mix of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// What measures call it.
    pub name: String,
    /// When it begins.
    pub at: Span,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub lasts: Span,
    /// When operations are issued in it; absent: as outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// The weight of each kind of operation in it; absent: as outside.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mix: BTreeMap<String, u32>,
}

/// What a client does after a timeout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// How often it asks, the first time included.
    pub attempts: u32,
    /// How long it waits before it asks again: the first wait is at most the low end, each
    /// further one at most twice the one before, never above the high end.
    pub backoff: SpanRange,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry { attempts: 1, backoff: SpanRange::new(Span::millis(50), Span::secs(1)) }
    }
}

/// `[checks]`: what is promised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    /// The consistency of the clients' history; absent: the model's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Consistency>,
    /// Properties that always hold; absent: all that the protocol has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always: Option<Vec<String>>,
    /// Marks and properties that some run must reach.
    pub sometimes: Vec<String>,
    /// Properties that hold at some instant of the calm; absent: all that the protocol has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eventually: Option<Vec<String>>,
    /// Every operation outstanding or issued in the calm is answered within this time of its call
    /// or of the start of the calm, whichever is later; absent: nobody asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_within: Option<Span>,
}

/// The consistency of a history of client operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consistency {
    /// Every operation takes effect at one instant between its call and its return (Herlihy and
    /// Wing, TOPLAS 1990).
    Linearizable,
    /// The history is not judged.
    None,
}

/// Bounds of one measure in `[measures]`: a duration, a ratio, a rate or a number each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// The least that its smallest sample, or its count, may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
    /// The most that its largest sample, or its count, may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
    /// The most that the median may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<Bound>,
    /// The most that nine in ten samples may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90: Option<Bound>,
    /// The most that 99 in 100 samples may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<Bound>,
    /// The most that 999 in 1,000 samples may be.
    #[serde(rename = "p99.9", skip_serializing_if = "Option::is_none")]
    pub p999: Option<Bound>,
    /// Judge only what comes after the end of this phase or fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// With `after`: how long after that end judging begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// Print without judging.
    pub report: bool,
}

/// `[limits]`: where a run is stopped, so that every run ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Events of a run.
    pub events: u64,
    /// Effects of one handler.
    pub effects: u32,
    /// Messages that wait for one busy node.
    pub inbox: u32,
    /// Messages in flight.
    pub in_flight: u32,
    /// Steps of the history checker.
    pub check: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            events: 2_000_000,
            effects: 100_000,
            inbox: 10_000,
            in_flight: 1_000_000,
            check: 10_000_000,
        }
    }
}
