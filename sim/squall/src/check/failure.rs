//! What a test says when it fails: what is wrong, in which seed, and how to see it again.
//!
//! The invariant: a message about a run names its seed and a complete command that repeats it.

use super::around;
use super::evidence::Evidence;
use squall_engine::run::Ending;
use squall_engine::scenario::ScenarioError;
use squall_explore::{Missing, Ran};
use std::fmt;

/// How wide the labels of the rows are.
const LABEL: usize = 8;

/// Why a test fails.
#[derive(Debug)]
pub(super) struct Failure {
    headline: String,
    lines: Vec<String>,
    story: Vec<String>,
    rows: Vec<Row>,
}

/// Something to know about a failure: a label and what it says.
#[derive(Debug)]
pub(super) struct Row(&'static str, String);

impl Row {
    pub(super) fn new(label: &'static str, text: impl Into<String>) -> Row {
        Row(label, text.into())
    }
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
        let headline = headline.into();
        Failure { headline, lines: Vec::new(), story: Vec::new(), rows: Vec::new() }
    }

    /// The scenario is wrong.
    pub(super) fn scenario(error: ScenarioError) -> Failure {
        Failure::misused(error.to_string())
    }

    /// A run did not pass.
    pub(super) fn not_passed(ran: &Ran) -> Failure {
        let (name, seed) = (&ran.plan.name, ran.plan.seed);
        let what = match &ran.report.outcome.ending {
            Ending::Passed => unreachable!("a run that passed is no failure"),
            Ending::Violated(violation) => format!("{} does not hold", violation.property),
            Ending::Undecided(_) => "undecided".to_string(),
            Ending::OutOfSteps(_) => "out of steps".to_string(),
        };
        Failure::of(ran, format!("{name}: {what} in seed {seed}"))
    }

    /// A run broke a property, but not the one that it was to break.
    pub(super) fn other(ran: &Ran, broken: &str, wanted: &str) -> Failure {
        let (name, seed) = (&ran.plan.name, ran.plan.seed);
        let found = format!("{broken} was found instead of {wanted}");
        Failure::of(ran, format!("{name}: {found} in seed {seed}"))
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
        let again = around::command(&format!("{}={}", around::SEED, ran.plan.seed));
        Failure { headline, lines, story: Vec::new(), rows: vec![Row::new("again", again)] }
    }

    /// With what there is to see of the run.
    pub(super) fn with(mut self, evidence: Evidence) -> Failure {
        self.story = evidence.story;
        self.rows.extend(evidence.rows);
        self
    }

    /// With where its seed is kept.
    pub(super) fn kept(mut self, told: String) -> Failure {
        self.rows.push(Row::new("kept", told));
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)?;
        for line in &self.lines {
            write!(f, "\n  {line}")?;
        }
        if !self.story.is_empty() {
            write!(f, "\n\n{}\n", self.story.join("\n"))?;
        }
        for Row(label, text) in &self.rows {
            write!(f, "\n  {label:<LABEL$}{text}")?;
        }
        Ok(())
    }
}
