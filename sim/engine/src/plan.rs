//! The plan of a run: everything that was decided before it, as plain data.
//!
//! The invariant: a run is a function of the protocol and the plan; nothing else decides.

use crate::scenario::budget::Budget;
use crate::scenario::fault::Fault;
use crate::scenario::tables::{
    Bounds, Checks, Clocks, Cluster, Disk, Heading, Limits, Network, Scenario, Workload,
};
use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of a plan's format.
pub const PLAN_VERSION: u32 = 1;

/// What was decided, before a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The name of the scenario it was drawn from.
    pub name: String,
    /// The seed of every stream that the run draws from.
    #[serde(with = "text")]
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
    /// The operations of each client; absent: drawn from the clients' streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<Vec<Vec<PlannedOperation>>>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedOperation {
    /// When it is issued; absent: when the one before is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
    /// What is asked, in the model's own form.
    pub operation: serde_json::Value,
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
