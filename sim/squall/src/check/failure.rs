//! What a test says when it fails: what is wrong, in which seed, and how to see it again.
//!
//! The invariant: a message about a run names its seed and a complete command that repeats it.

use super::SEED_VARIABLE;
use squall_engine::run::Ending;
use squall_engine::scenario::ScenarioError;
use squall_explore::{Missing, Ran};
use std::fmt;

/// Why a test fails.
#[derive(Debug)]
pub(super) struct Failure {
    headline: String,
    lines: Vec<String>,
    seed: Option<u64>,
}

/// How many seeds were run in vain, and how many of them could not be decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) seeds: usize,
    pub(super) undecided: usize,
}

impl Failure {
    /// The harness was not told what it needs.
    pub(super) fn misused(headline: impl Into<String>) -> Failure {
        Failure { headline: headline.into(), lines: Vec::new(), seed: None }
    }

    /// The scenario is wrong.
    pub(super) fn scenario(error: ScenarioError) -> Failure {
        Failure::misused(error.to_string())
    }

    /// A run did not pass.
    pub(super) fn not_passed(ran: Ran) -> Failure {
        let name = &ran.plan.name;
        let headline = match &ran.report.outcome.ending {
            Ending::Passed => unreachable!("a run that passed is no failure"),
            Ending::Violated(violation) => format!("{name}: {} does not hold", violation.property),
            Ending::Undecided(_) => format!("{name}: undecided"),
            Ending::OutOfSteps(_) => format!("{name}: out of steps"),
        };
        Failure::of(&ran, headline)
    }

    /// A run broke a property, but not the one that it was to break.
    pub(super) fn other(ran: Ran, broken: &str, wanted: &str) -> Failure {
        Failure::of(&ran, format!("{}: {broken} was found instead of {wanted}", ran.plan.name))
    }

    /// No run broke the property.
    pub(super) fn not_found(name: &str, property: &str, shown: Shown) -> Failure {
        let Shown { seeds, undecided } = shown;
        let mut failure = Failure::misused(format!("{name}: {property} held in all {seeds} seeds"));
        if undecided > 0 {
            failure.lines.push(format!("{undecided} of them could not be decided"));
        }
        failure.lines.push("give it more seeds, or a storm that provokes it".to_string());
        failure
    }

    /// The runs passed, but covered too little.
    pub(super) fn vacuous(name: &str, seeds: usize, missing: &[Missing]) -> Failure {
        let mut failure = Failure::misused(format!("{name}: vacuous: {seeds} seeds passed, but"));
        failure.lines.extend(missing.iter().map(Missing::sentence));
        failure
    }

    fn of(ran: &Ran, headline: String) -> Failure {
        let mut lines = match &ran.report.outcome.ending {
            Ending::Passed => Vec::new(),
            Ending::Undecided(words) | Ending::OutOfSteps(words) => vec![words.clone()],
            Ending::Violated(violation) => vec![
                violation.sentence.clone(),
                format!("{} at event {}", violation.reason, violation.event),
            ],
        };
        lines.extend(ran.panicked_at.iter().map(|place| format!("panicked at {place}")));
        let varied = ran.plan.varied.iter();
        lines.extend(varied.map(|(key, value)| format!("drawn: {key} = {value}")));
        Failure { headline, lines, seed: Some(ran.plan.seed) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)?;
        if let Some(seed) = self.seed {
            write!(f, " in seed {seed}")?;
        }
        for line in &self.lines {
            write!(f, "\n  {line}")?;
        }
        match self.seed {
            None => Ok(()),
            Some(seed) => write!(f, "\n  again  {}", again(seed)),
        }
    }
}

/// A command that runs this test with one seed: cargo says in which package, the thread which test.
#[expect(clippy::disallowed_methods, reason = "only cargo knows which package is tested")]
fn again(seed: u64) -> String {
    let package = std::env::var("CARGO_PKG_NAME").map(|name| format!(" -p {name}"));
    let thread = std::thread::current();
    let test = thread.name().filter(|name| *name != "main").map(|name| format!(" {name}"));
    let (package, test) = (package.unwrap_or_default(), test.unwrap_or_default());
    format!("{SEED_VARIABLE}={seed} cargo test{package}{test}")
}
