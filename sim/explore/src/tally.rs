//! What came of many runs of one scenario, added up.
//!
//! The invariant: adding runs in any order, or in parts that are merged, gives the same sums.

use crate::{Coverage, Judgement, Missing, Ran};
use serde::{Deserialize, Serialize};
use squall_engine::measure::Distribution;
use std::collections::BTreeMap;

/// Sums over runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many runs there were.
    pub runs: u64,
    /// How many kept every promise.
    pub passed: u64,
    /// How many broke the promise that they were to break.
    pub as_expected: u64,
    /// Whether a violation is expected.
    pub expects: bool,
    /// What went wrong, or as expected, by signature.
    pub failures: BTreeMap<String, Failures>,
    /// What was seen.
    pub coverage: Coverage,
    /// How long operations that took effect took.
    pub latency: Distribution,
    /// Operations that took effect, that nobody knows of, and that did not.
    pub operations: [u64; 3],
    /// How many events happened.
    pub events: u64,
    /// How much simulated time passed.
    pub simulated_ns: u64,
    /// How long it took on this machine, all threads together.
    pub wall_ns: u64,
}

/// The runs with one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failures {
    /// How many.
    pub runs: u64,
    /// The least seed of them.
    #[serde(with = "crate::text")]
    pub example: u64,
    /// What they come to.
    pub judgement: Judgement,
}

impl Tally {
    /// Adds a run.
    pub fn add(&mut self, ran: &Ran) {
        let outcome = &ran.report.outcome;
        self.runs += 1;
        self.events += outcome.events;
        self.simulated_ns = self.simulated_ns.saturating_add(outcome.simulated.as_nanos());
        self.wall_ns += ran.wall_ns;
        self.expects |= ran.plan.scenario.expect.is_some();
        self.coverage.add(ran);
        self.latency.merge(&outcome.stats.latency);
        let stats = &outcome.stats;
        for (sum, more) in self.operations.iter_mut().zip([stats.ok, stats.unknown, stats.failed]) {
            *sum += more;
        }
        let Some(signature) = ran.signature() else {
            self.passed += 1;
            return;
        };
        self.as_expected += u64::from(ran.judgement == Judgement::AsExpected);
        let one = Failures { runs: 1, example: ran.plan.seed, judgement: ran.judgement };
        self.add_failures(&signature, one);
    }

    fn add_failures(&mut self, signature: &str, more: Failures) {
        let nothing = Failures { runs: 0, ..more };
        let failures = self.failures.entry(signature.to_string()).or_insert(nothing);
        failures.runs += more.runs;
        failures.example = failures.example.min(more.example);
    }

    /// Adds the runs of another tally of the same scenario.
    pub fn merge(&mut self, other: &Tally) {
        self.runs += other.runs;
        self.passed += other.passed;
        self.as_expected += other.as_expected;
        self.expects |= other.expects;
        self.coverage.merge(&other.coverage);
        self.latency.merge(&other.latency);
        for (sum, more) in self.operations.iter_mut().zip(other.operations) {
            *sum += more;
        }
        self.events += other.events;
        self.simulated_ns = self.simulated_ns.saturating_add(other.simulated_ns);
        self.wall_ns += other.wall_ns;
        for (signature, failures) in &other.failures {
            self.add_failures(signature, *failures);
        }
    }

    /// What the runs were asked for and none of them brought. Where a violation is expected, it is
    /// what was asked for.
    #[must_use]
    pub fn vacuous(&self) -> Vec<Missing> {
        if self.expects { Vec::new() } else { self.coverage.vacuous() }
    }

    /// Whether a violation was expected and no run brought it.
    #[must_use]
    pub fn not_come(&self) -> bool {
        self.expects && self.as_expected == 0
    }
}
