//! The plan of a run: everything that was decided before it, as plain data.
//!
//! The invariant: a run is a function of the protocol and the plan; nothing else decides.

mod operations;

pub(crate) use operations::trim;

use crate::scenario::budget::Budget;
use crate::scenario::fault::Fault;
use crate::scenario::tables::{
    Bounds, Checks, Clocks, Cluster, Disk, Heading, Limits, Network, Scenario, Workload,
};
use crate::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of a plan's format.
pub const PLAN_VERSION: u32 = 1;

/// What was decided, before a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The name of the scenario it was drawn from.
    pub name: String,
    /// The seed of every stream that the run draws from.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub seed: u64,
    /// What `[vary]` drew: key and value.
    pub varied: Vec<(String, String)>,
    /// The scenario's heading: protocol, duration, calm, expectation.
    pub scenario: Heading,
    /// The protocol's configuration.
    pub config: serde_json::Value,
    /// Who takes part.
    pub cluster: Cluster,
    /// How messages travel.
    pub network: Network,
    /// How far clocks are off.
    pub clocks: Clocks,
    /// How fast disks are.
    pub disk: Disk,
    /// Every fault, those of the author first, then those that the chaos generator drew.
    pub faults: Vec<Fault>,
    /// How clients go about their operations.
    pub workload: Workload,
    /// The operations of each client, as a list for each or as one list in which every operation
    /// names its client; absent: drawn from the clients' streams.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "operations::serialize",
        deserialize_with = "operations::deserialize"
    )]
    #[schemars(with = "Vec<operations::Addressed>")]
    pub operations: Option<Vec<Vec<PlannedOperation>>>,
    /// What becomes of single messages, whatever the links would make of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// The seed of the fates of messages, if it is not that of all else.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seed_or_none")]
    #[schemars(with = "String")]
    pub network_seed: Option<u64>,
    /// After which event everything is drawn anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reseed: Option<Reseed>,
    /// What is promised.
    pub checks: Checks,
    /// What is measured.
    pub measures: BTreeMap<String, Bounds>,
    /// Where the run is stopped.
    pub limits: Limits,
    /// How much the storm may break at once.
    #[serde(default)]
    pub budget: Budget,
}

/// One operation of a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedOperation {
    /// When it is issued, whatever the ones before it do; absent: when the one before is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
    /// Without `at`: until when it waits at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Span>,
    /// What is asked, in the model's own form.
    pub operation: serde_json::Value,
}

/// What becomes of one message. It uses up its words all the same, so that every other message
/// keeps those it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Who sends it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Its kind, as the run prints it.
    pub kind: String,
    /// Which of the messages of this kind that it sends there, from 1.
    pub nth: u64,
    /// What becomes of it.
    pub fate: NamedFate,
    /// After what time a second copy of it arrives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Span>,
}

/// What becomes of a message that a plan names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedFate {
    /// It is lost.
    Drop,
    /// It arrives after this time.
    After(Span),
}

/// Where a run leaves its seed: after this event every stream begins anew under another one.
///
/// Faults that have not begun draw their time again, as far as it was drawn. What the plan says of
/// operations and messages that are yet to come no longer counts: they are drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reseed {
    /// The number of the event.
    pub event: u64,
    /// The seed from there on.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub seed: u64,
    /// The network from there on; absent: as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

impl Plan {
    /// The plan of a scenario whose variation has been drawn, with its faults in full.
    #[must_use]
    pub fn new(
        name: &str,
        seed: u64,
        scenario: Scenario,
        config: serde_json::Value,
        storm: Vec<Fault>,
        varied: Vec<(String, String)>,
    ) -> Plan {
        let mut faults = scenario.faults;
        faults.extend(storm);
        Plan {
            version: PLAN_VERSION,
            name: name.to_string(),
            seed,
            varied,
            scenario: scenario.scenario,
            config,
            cluster: scenario.cluster,
            network: scenario.network,
            clocks: scenario.clocks,
            disk: scenario.disk,
            faults,
            workload: scenario.workload,
            operations: None,
            overrides: Vec::new(),
            network_seed: None,
            reseed: None,
            checks: scenario.checks,
            measures: scenario.measures,
            limits: scenario.limits,
            budget: scenario.budget,
        }
    }

    /// What the plan says, as a scenario would.
    #[must_use]
    pub fn as_scenario(&self) -> Scenario {
        let plan = self.clone();
        Scenario {
            format: 1,
            scenario: plan.scenario,
            cluster: plan.cluster,
            network: plan.network,
            clocks: plan.clocks,
            disk: plan.disk,
            faults: plan.faults,
            chaos: Default::default(),
            workload: plan.workload,
            checks: plan.checks,
            measures: plan.measures,
            limits: plan.limits,
            budget: plan.budget,
        }
    }

    /// The plan as it happened: its faults are `faults`, those that struck in a run of it, with
    /// triggers, roles and draws resolved.
    #[must_use]
    pub fn pinned(&self, faults: Vec<Fault>) -> Plan {
        Plan { faults, ..self.clone() }
    }
}

/// Numbers beyond 2^53 as text, so that every JSON reader keeps them.
mod text {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom(format!("`{text}` is not a seed")))
    }
}

/// The same for a number that may be missing.
mod seed_or_none {
    use super::text;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => text::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        text::deserialize(deserializer).map(Some)
    }
}
