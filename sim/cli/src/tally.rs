//! What came of many seeds of one scenario, added up.
//!
//! The invariant: adding runs in any order gives the same sums.

use crate::console::Paint;
use crate::exit::Exit;
use crate::json::{VERSION, distribution};
use crate::verdict::{ended, happened, row};
use crate::words::{count, number, span};
use serde_json::{Value, json};
use squall_engine::measure::Distribution;
use squall_engine::monitor::Form;
use squall_engine::run::Ending;
use squall_engine::sim::Progress;
use squall_explore::{Judgement, Ran};
use std::collections::{BTreeMap, BTreeSet};

/// How many kinds of failure get a command of their own.
const EXAMPLES: usize = 3;

/// Sums over seeds.
#[derive(Default)]
pub(crate) struct Tally {
    seeds: u64,
    passed: u64,
    as_expected: u64,
    expects: bool,
    worst: Exit,
    /// What went wrong, or as expected, by signature.
    failures: BTreeMap<String, Failure>,
    /// How many seeds reached each point, and whether the scenario asks for it.
    reached: BTreeMap<String, Reached>,
    /// Bounded measures that some seed had nothing to judge of, and how many seeds.
    unsampled: BTreeMap<String, u64>,
    kinds: BTreeMap<String, u64>,
    /// Triggers: how many seeds pulled each, and whether one must.
    triggers: BTreeMap<String, Reached>,
    /// In how many seeds each fault point was reached, and in how many taken.
    chances: BTreeMap<String, [u64; 2]>,
    latency: Distribution,
    operations: [u64; 3],
    clients: bool,
    events: u64,
    wall_ns: u64,
}

/// What is said of the trigger of a fault.
fn pulled(fault: &str) -> String {
    format!("the trigger of {fault}")
}

struct Failure {
    seeds: u64,
    example: u64,
    expected: bool,
}

#[derive(Default)]
struct Reached {
    seeds: u64,
    asked: bool,
}

impl Tally {
    pub(crate) fn add(&mut self, ran: &Ran) {
        let outcome = &ran.report.outcome;
        self.seeds += 1;
        self.events += outcome.events;
        self.wall_ns += ran.wall_ns;
        self.expects |= ran.plan.scenario.expect.is_some();
        self.clients |= ran.plan.cluster.clients > 0;
        self.latency.merge(&outcome.stats.latency);
        let stats = &outcome.stats;
        for (sum, more) in self.operations.iter_mut().zip([stats.ok, stats.unknown, stats.failed]) {
            *sum += more;
        }
        for strike in &outcome.strikes {
            let struck = self.kinds.entry(strike.kind.clone()).or_default();
            *struck += u64::from(strike.skipped.is_none());
        }
        for chance in &outcome.chances {
            let [reached, taken] = self.chances.entry(chance.name.clone()).or_default();
            *reached += u64::from(chance.reached > 0);
            *taken += u64::from(chance.taken > 0);
        }
        for fault in &ran.plan.faults {
            // A kind that was planned and never strikes stays at nothing.
            self.kinds.entry(fault.kind().name().to_string()).or_default();
            if let Some(when) = &fault.when {
                let trigger = self.triggers.entry(fault.name.clone()).or_default();
                trigger.asked |= when.required;
                trigger.seeds += u64::from(!outcome.unfired.contains(&fault.name));
            }
        }
        self.add_ending(ran);
        self.add_reached(ran);
        for measure in &outcome.unsampled {
            *self.unsampled.entry(measure.clone()).or_default() += 1;
        }
    }

    fn add_ending(&mut self, ran: &Ran) {
        let signature = match &ran.report.outcome.ending {
            Ending::Passed => {
                self.passed += 1;
                return;
            }
            Ending::Violated(violation) => violation.signature(),
            Ending::Undecided(_) => "undecided".to_string(),
            Ending::OutOfSteps(_) => "out of steps".to_string(),
        };
        let expected = ran.judgement == Judgement::AsExpected;
        self.as_expected += u64::from(expected);
        self.worst = self.worst.worse(ran.judgement.into());
        let example = ran.plan.seed;
        let failure = self.failures.entry(signature);
        failure.or_insert(Failure { seeds: 0, example, expected }).seeds += 1;
    }

    fn add_reached(&mut self, ran: &Ran) {
        let asked = &ran.plan.checks.sometimes;
        let standings = &ran.report.outcome.standings;
        for standing in standings.iter().filter(|standing| standing.form == Form::Sometimes) {
            let reached = self.reached.entry(standing.name.clone()).or_default();
            reached.asked |= asked.contains(&standing.name);
            reached.seeds += u64::from(matches!(standing.progress, Progress::Reached(_)));
        }
    }

    /// What the runs covered nothing of.
    fn never(&self) -> Vec<String> {
        let points = self.reached.iter().filter(|(_, reached)| reached.seeds == 0);
        let mut never: Vec<String> = points.map(|(name, _)| name.clone()).collect();
        let kinds = self.kinds.iter().filter(|(_, struck)| **struck == 0);
        never.extend(kinds.map(|(kind, _)| format!("a {kind} that struck")));
        for (name, [reached, taken]) in &self.chances {
            match (reached, taken) {
                (0, _) => never.push(format!("the fault point {name}")),
                (_, 0) => never.push(format!("the fault point {name}, taken")),
                _ => {}
            }
        }
        let triggers = self.triggers.iter().filter(|(_, trigger)| trigger.seeds == 0);
        never.extend(triggers.map(|(name, _)| pulled(name)));
        let known = never.clone();
        never.extend(self.vacuous().into_iter().filter(|name| !known.contains(name)));
        never
    }

    /// What the scenario asks for, and no seed brought.
    fn vacuous(&self) -> BTreeSet<String> {
        let points = self.reached.iter().filter(|(_, reached)| reached.asked && reached.seeds == 0);
        let mut vacuous: BTreeSet<String> = points.map(|(name, _)| name.clone()).collect();
        let silent = self.unsampled.iter().filter(|(_, seeds)| **seeds == self.seeds);
        vacuous.extend(silent.map(|(name, _)| format!("a sample of {name}")));
        let triggers = self.triggers.iter().filter(|(_, t)| t.asked && t.seeds == 0);
        vacuous.extend(triggers.map(|(name, _)| pulled(name)));
        if self.clients && self.operations[0] == 0 {
            vacuous.insert("an operation that took effect".to_string());
        }
        vacuous
    }

    /// Whether the runs were asked for what none of them brought. Where a violation is expected,
    /// it is what was asked for.
    fn is_vacuous(&self) -> bool {
        !self.expects && !self.vacuous().is_empty()
    }

    pub(crate) fn exit(&self) -> Exit {
        let not_come = self.expects && self.as_expected == 0;
        let lacking = if not_come || self.is_vacuous() { Exit::Violated } else { Exit::Fine };
        self.worst.worse(lacking)
    }

    /// Seeds to look at: one for each of the first kinds of failure.
    pub(crate) fn examples(&self) -> Vec<u64> {
        let unexpected = self.failures.values().filter(|failure| !failure.expected);
        let expected = self.failures.values().filter(|failure| failure.expected);
        unexpected.chain(expected).take(EXAMPLES).map(|failure| failure.example).collect()
    }

    /// A line of progress.
    pub(crate) fn progress(&self, done: u64, all: u64) -> String {
        let failed = self.seeds - self.passed;
        let failed = if failed == 0 { String::new() } else { format!(", {failed} did not pass") };
        format!("{} of {}{failed}", number(done), count(all, "seed"))
    }

    /// The summary.
    pub(crate) fn lines(&self, paint: Paint) -> Vec<String> {
        let mut lines = vec![String::new(), self.verdict(paint)];
        for (label, items) in self.rows() {
            if !items.is_empty() {
                lines.extend(row(label, &items, paint));
            }
        }
        if !self.failures.is_empty() || self.exit() != Exit::Fine {
            lines.push(String::new());
        }
        lines
    }

    fn verdict(&self, paint: Paint) -> String {
        let seeds = count(self.seeds, "seed");
        let took = match self.wall_ns {
            0 => String::new(),
            wall => format!(" in {}", span(wall)),
        };
        let failed = self.seeds - self.passed - self.as_expected;
        match self.exit() {
            Exit::Fine if self.expects => {
                let share = format!("{} of {seeds}", self.as_expected);
                format!("{}: in {share}{took}", paint.good("VIOLATED as expected"))
            }
            Exit::Fine => format!("{}: {seeds}{took}", paint.good("passed")),
            _ if failed > 0 => {
                let head = paint.bad(&format!("{failed} of {seeds} did not pass"));
                format!("{head}{took}")
            }
            _ if self.expects => {
                let head = paint.bad("the expected violation did not come");
                format!("{head}: {seeds}{took}")
            }
            _ => format!("{}: {seeds}{took}", paint.bad("passed, but covered too little")),
        }
    }

    fn rows(&self) -> Vec<(&'static str, Vec<String>)> {
        let failure = |(signature, failure): (&String, &Failure)| {
            let seeds = count(failure.seeds, "seed");
            format!("{signature} in {seeds} (such as {})", failure.example)
        };
        let point = |(name, reached): (&String, &Reached)| {
            format!("{name} in {} of {}", number(reached.seeds), number(self.seeds))
        };
        let reached = self.reached.iter().filter(|(_, reached)| reached.seeds > 0);
        let taken = self.chances.iter().filter(|(_, [_, taken])| *taken > 0);
        let chance = |(name, [_, taken]): (&String, &[u64; 2])| {
            format!("{name} in {} of {}", number(*taken), number(self.seeds))
        };
        vec![
            ("violated", self.failures.iter().map(failure).collect()),
            ("operations", self.operations_told()),
            ("faults", self.struck()),
            ("taken", taken.map(chance).collect()),
            ("reached", reached.map(point).collect()),
            ("never", self.never()),
            ("events", vec![happened(self.events, self.wall_ns)]),
        ]
    }

    fn struck(&self) -> Vec<String> {
        let struck = self.kinds.iter().filter(|(_, struck)| **struck > 0);
        struck.map(|(kind, struck)| count(*struck, kind)).collect()
    }

    fn operations_told(&self) -> Vec<String> {
        if self.clients { ended(self.operations, &self.latency) } else { Vec::new() }
    }

    /// The summary as an object.
    pub(crate) fn json(&self, called: &str, (first, last): (u64, u64)) -> Value {
        let violated: Vec<Value> = self
            .failures
            .iter()
            .map(|(signature, failure)| {
                json!({
                    "signature": signature,
                    "seeds": failure.seeds,
                    "example": failure.example.to_string(),
                    "expected": failure.expected,
                })
            })
            .collect();
        let reached: serde_json::Map<String, Value> =
            self.reached.iter().map(|(name, r)| (name.clone(), r.seeds.into())).collect();
        let [ok, unknown, failed] = self.operations;
        json!({
            "version": VERSION,
            "kind": "summary",
            "scenario": called,
            "first_seed": first.to_string(),
            "last_seed": last.to_string(),
            "seeds": self.seeds,
            "passed": self.passed,
            "violated": violated,
            "reached": reached,
            "vacuous": if self.expects { BTreeSet::new() } else { self.vacuous() },
            "operations": {
                "ok": ok,
                "unknown": unknown,
                "failed": failed,
                "latency_ns": distribution(&self.latency),
            },
            "faults": self.kinds,
            "chances": self.chances,
            "events": self.events,
            "wall_ns": self.wall_ns,
            "exit": self.exit().code(),
        })
    }
}
