//! Checks that a scenario makes sense for its protocol: that its names exist and its times fit.
//!
//! The invariant: what passes can be run; the first thing that is wrong is told with its place.

mod budget;
mod chance;
mod checks;
mod clock;
mod disk;
mod faults;
mod links;
mod membership;
mod partitions;
mod process;
mod targets;
mod trigger;
mod workload;
mod zones;

use super::document::Document;
use super::error::{ScenarioError, help};
use super::facts::Facts;
use super::roster::Roster;
use super::tables::{Nodes, Scenario};
use super::tree::{Step, steps};
use crate::chaos::FAULTS_MAX;
use crate::plan::Plan;
use crate::units::Span;
use std::collections::BTreeMap;

/// The most nodes and clients that a cluster may have together.
pub const PARTICIPANTS_MAX: u64 = 1_000_000;

/// Checks `scenario`, read from `document`, against what its protocol tells.
///
/// # Errors
/// The first thing that is wrong, in the order of the format: heading, cluster, network, faults,
/// chaos, workload, checks, measures, limits, budget.
pub fn validate(
    document: &Document,
    scenario: &Scenario,
    facts: &Facts,
) -> Result<(), ScenarioError> {
    let roster = Roster::new(&scenario.cluster, &facts.kinds);
    let check = Check { document, scenario, facts, roster, drawn_too: false };
    check.all()
}

/// Checks a plan as the scenario that it came from; its faults are drawn ones as well.
///
/// # Errors
/// As [`validate`], without a line.
pub(crate) fn validate_plan(name: &str, plan: &Plan, facts: &Facts) -> Result<(), ScenarioError> {
    let (document, scenario) = (&Document::without_text(name), &plan.as_scenario());
    let roster = Roster::new(&scenario.cluster, &facts.kinds);
    Check { document, scenario, facts, roster, drawn_too: true }.all()
}

impl Check<'_> {
    fn all(&self) -> Result<(), ScenarioError> {
        self.heading()?;
        self.cluster()?;
        self.network()?;
        self.faults()?;
        self.chaos()?;
        self.workload()?;
        self.checks()?;
        self.measures()?;
        self.limits()?;
        self.budget()
    }
}

/// A scenario being checked.
struct Check<'a> {
    document: &'a Document,
    scenario: &'a Scenario,
    facts: &'a Facts,
    roster: Roster,
    /// Whether drawn faults are among those that it has.
    drawn_too: bool,
}

impl Check<'_> {
    /// An error about the value at `steps`.
    fn wrong(&self, steps: &[Step], message: impl Into<String>) -> Result<(), ScenarioError> {
        Err(self.document.error(steps, message))
    }

    /// An error about the key at `steps`.
    fn wrong_key(&self, steps: &[Step], message: impl Into<String>) -> Result<(), ScenarioError> {
        Err(self.document.key_error(steps, message))
    }

    /// An error about a name at `steps` that is none of `known`.
    fn unknown(
        &self,
        steps: &[Step],
        message: String,
        name: &str,
        known: &[&str],
    ) -> Result<(), ScenarioError> {
        Err(unknown(self.document.error(steps, message), name, known))
    }

    /// As [`Check::unknown`], where the name is a key.
    fn unknown_key(
        &self,
        steps: &[Step],
        message: String,
        name: &str,
        known: &[&str],
    ) -> Result<(), ScenarioError> {
        Err(unknown(self.document.key_error(steps, message), name, known))
    }

    /// When the storm ends and the calm begins.
    fn storm_end(&self) -> Span {
        let heading = &self.scenario.scenario;
        heading.duration.saturating_sub(heading.calm)
    }

    fn heading(&self) -> Result<(), ScenarioError> {
        let heading = &self.scenario.scenario;
        if self.scenario.format != 1 {
            let message = format!("format {} is not known; this is format 1", self.scenario.format);
            return self.wrong(&steps!["format"], message);
        }
        if heading.protocol != self.facts.protocol {
            let message = format!(
                "the scenario is for `{}`, not `{}`",
                heading.protocol, self.facts.protocol
            );
            return self.wrong(&steps!["scenario", "protocol"], message);
        }
        if heading.duration == Span::ZERO {
            return self.wrong(&steps!["scenario", "duration"], "a run of 0s has no events");
        }
        if heading.calm > heading.duration {
            let (calm, duration) = (heading.calm, heading.duration);
            let message = format!("the calm ({calm}) is longer than the run ({duration})");
            return self.wrong(&steps!["scenario", "calm"], message);
        }
        let Some(expect) = &heading.expect else { return Ok(()) };
        let name = expect.violated.as_str();
        let known = self.violations();
        if !known.contains(&name) {
            let message = format!("{} has no property `{name}` to violate", self.facts.protocol);
            return self.unknown(&steps!["scenario", "expect", "violated"], message, name, &known);
        }
        Ok(())
    }

    fn cluster(&self) -> Result<(), ScenarioError> {
        let cluster = &self.scenario.cluster;
        let nodes = steps!["cluster", "nodes"];
        let count = match &cluster.nodes {
            Nodes::Count(count) if self.facts.has_kinds() => {
                let message = format!(
                    "{} has several kinds of nodes: write {{ {} }} instead of {count}",
                    self.facts.protocol,
                    self.facts
                        .kinds
                        .iter()
                        .map(|kind| format!("{kind} = …"))
                        .collect::<Vec<_>>()
                        .join(", ")
                );
                return self.wrong(&nodes, message);
            }
            Nodes::Count(count) => u64::from(*count),
            Nodes::Kinds(counts) => self.kinds(counts)?,
        };
        if count == 0 {
            return self.wrong(&nodes, "a cluster has at least one node");
        }
        self.spares()?;
        let count = count + u64::from(cluster.spares);
        if count + u64::from(cluster.clients) > PARTICIPANTS_MAX {
            let message = format!(
                "{count} nodes and {} clients are more than {PARTICIPANTS_MAX}",
                cluster.clients
            );
            let at = if count > PARTICIPANTS_MAX { "nodes" } else { "clients" };
            return self.wrong(&steps!["cluster", at], message);
        }
        if cluster.clients > 0 && self.facts.operations.is_empty() {
            let message =
                format!("{} has no operations for clients to ask for", self.facts.protocol);
            return self.wrong(&steps!["cluster", "clients"], message);
        }
        self.zones()
    }

    /// How many nodes of all kinds there are.
    fn kinds(&self, counts: &BTreeMap<String, u32>) -> Result<u64, ScenarioError> {
        let nodes = steps!["cluster", "nodes"];
        let facts = self.facts;
        if !facts.has_kinds() {
            let message = format!("{} has one kind of nodes: write a number", facts.protocol);
            self.wrong(&nodes, message)?;
        }
        for kind in counts.keys() {
            if !facts.kinds.contains(&kind.as_str()) {
                let message = format!("{} has no kind of nodes called `{kind}`", facts.protocol);
                self.unknown_key(&steps!["cluster", "nodes", kind], message, kind, &facts.kinds)?;
            }
        }
        if let Some(kind) = facts.kinds.iter().find(|kind| !counts.contains_key(**kind)) {
            self.wrong(&nodes, format!("missing kind `{kind}`: how many are there?"))?;
        }
        Ok(counts.values().map(|count| u64::from(*count)).sum())
    }

    fn chaos(&self) -> Result<(), ScenarioError> {
        let chaos = &self.scenario.chaos;
        for (kind, every) in chaos.rates() {
            let at = steps!["chaos", kind, "every"];
            let most = FAULTS_MAX as u64;
            if every == Span::ZERO || self.storm_end().as_nanos() / every.as_nanos() > most {
                let message = format!("one `{kind}` every {every} is more than {most} in a storm");
                return self.wrong(&at, message);
            }
        }
        self.chaos_partition()?;
        self.chaos_links()?;
        self.chaos_clock()?;
        self.chaos_slow()?;
        self.chaos_chance()?;
        self.chaos_disk()?;
        self.chaos_membership()
    }

    fn limits(&self) -> Result<(), ScenarioError> {
        let limits = &self.scenario.limits;
        let counts = [
            ("events", limits.events),
            ("effects", limits.effects.into()),
            ("inbox", limits.inbox.into()),
            ("in_flight", limits.in_flight.into()),
            ("check", limits.check),
        ];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            Some((key, _)) => self.wrong(&steps!["limits", key], "a limit is at least 1"),
            None => Ok(()),
        }
    }
}

/// The error with what could have been meant by `name`.
fn unknown(error: ScenarioError, name: &str, known: &[&str]) -> ScenarioError {
    let help = help(name, known).or_else(|| Some("there are none".to_string()));
    ScenarioError { help, ..error }
}
