//! The test harness: a protocol in a scenario under many seeds, and what the test says of them.
//!
//! The invariant: which seeds are run is said by the test, or by `SQUALL_SEED` when one is to be
//! looked at again; nothing else decides.

mod failure;

use failure::{Failure, Shown};
use squall_engine::protocol::Protocol;
use squall_engine::run::{Ending, Outcome};
use squall_engine::scenario::Document;
use squall_engine::sim::Violation;
use squall_engine::subject::{Of, Planner, Subject};
use squall_explore::{Coverage, Ran, execute};
use squall_watch::{PATIENCE, Watchdog};
use std::time::Duration;

/// The variable that makes every check of a test run one seed alone.
const SEED_VARIABLE: &str = "SQUALL_SEED";

/// Begins a check of the protocol `P`.
///
/// ```
/// # use squall::engine::monitor::Properties;
/// # use squall::prelude::*;
/// # struct Quiet;
/// # struct Still;
/// # impl Node for Still {
/// #     type Message = ();
/// #     type Timer = Never;
/// #     fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, (): ()) {}
/// # }
/// # impl Protocol for Quiet {
/// #     type Config = ();
/// #     type Node = Still;
/// #     type Model = NoClients;
/// #     const NAME: &'static str = "quiet";
/// #     fn node((): &(), _: Boot) -> Still { Still }
/// #     fn ask(_: Request<NoClients>, cluster: &Cluster<'_>) -> (NodeId, ()) {
/// #         (cluster.any(), ())
/// #     }
/// #     fn answer((): ()) -> Option<Reply<NoClients>> { None }
/// # }
/// squall::check::<Quiet>().scenario("[cluster]\nnodes = 3").seeds(0..20).holds();
/// ```
pub fn check<P: Protocol>() -> Check {
    let subject = const { &Of::<P>::new() };
    Check { subject, source: None, name: None, settings: Vec::new(), seeds: Vec::new() }
}

/// A protocol, a scenario and seeds: what a test is about to run.
#[derive(Clone)]
#[must_use = "nothing runs before `holds`, `finds` or `outcomes`"]
pub struct Check {
    subject: &'static dyn Subject,
    source: Option<String>,
    name: Option<String>,
    settings: Vec<String>,
    seeds: Vec<u64>,
}

impl Check {
    /// The scenario: its text, or a file, by a path that ends in `.toml` and begins in the folder
    /// of the crate whose test this is, where cargo runs tests. It need not say its `format`,
    /// `protocol` and `duration` (30s) nor its `calm` (10s).
    pub fn scenario(self, text_or_file: &str) -> Check {
        Check { source: Some(text_or_file.to_string()), ..self }
    }

    /// What messages call a scenario that is not a file.
    pub fn named(self, name: &str) -> Check {
        Check { name: Some(name.to_string()), ..self }
    }

    /// Sets a key of the scenario, as `--set` does: `.set("config.bug=none")`.
    pub fn set(mut self, assignment: &str) -> Check {
        self.settings.push(assignment.to_string());
        self
    }

    /// The seeds to run: `.seeds(0..500)`.
    pub fn seeds(mut self, seeds: impl IntoIterator<Item = u64>) -> Check {
        self.seeds.extend(seeds);
        self
    }

    /// One seed to run.
    pub fn seed(self, seed: u64) -> Check {
        self.seeds([seed])
    }

    /// Runs every seed and says that each one passes, and that together they cover what the
    /// scenario wants covered.
    ///
    /// # Panics
    /// If the scenario is wrong or no seed is given; if a run breaks a property, reaches a limit
    /// or cannot be decided; if no run reaches a point that `checks.sometimes` names. The message
    /// says which, and how to run that seed again.
    #[track_caller]
    pub fn holds(self) {
        if let Err(failure) = self.try_holds() {
            panic!("{failure}");
        }
    }

    /// Runs every seed and says that at least one breaks this property (`linearizable`, or with
    /// the reason code `linearizable/stale-read`), and none another. Returns the seeds that do.
    ///
    /// # Panics
    /// If the scenario is wrong or no seed is given; if no run breaks the property, or one breaks
    /// another.
    #[track_caller]
    pub fn finds(self, property: &str) -> Vec<u64> {
        match self.try_finds(property) {
            Ok(seeds) => seeds,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Runs every seed as it is asked for, and judges nothing.
    ///
    /// # Panics
    /// If the scenario is wrong or no seed is given.
    #[track_caller]
    pub fn outcomes(self) -> impl Iterator<Item = (u64, Outcome)> {
        let ready = match self.ready() {
            Ok(ready) => ready,
            Err(failure) => panic!("{failure}"),
        };
        let mut watchdog = watchdog();
        ready.seeds.into_iter().map(move |seed| match run(&ready.planner, seed, &mut watchdog) {
            Ok(ran) => (seed, ran.report.outcome),
            Err(failure) => panic!("{failure}"),
        })
    }

    fn try_holds(self) -> Result<(), Failure> {
        let Ready { planner, seeds } = self.ready()?;
        let (mut coverage, mut watchdog) = (Coverage::default(), watchdog());
        for seed in &seeds {
            let ran = run(&planner, *seed, &mut watchdog)?;
            coverage.add(&ran);
            if ran.report.outcome.ending != Ending::Passed {
                return Err(Failure::not_passed(ran));
            }
        }
        match coverage.vacuous().as_slice() {
            [] => Ok(()),
            missing => Err(Failure::vacuous(planner.document().name(), seeds.len(), missing)),
        }
    }

    fn try_finds(self, property: &str) -> Result<Vec<u64>, Failure> {
        let Ready { planner, seeds } = self.ready()?;
        let mut found = Vec::new();
        let (mut undecided, mut watchdog) = (0, watchdog());
        for seed in &seeds {
            let ran = run(&planner, *seed, &mut watchdog)?;
            match &ran.report.outcome.ending {
                Ending::Passed => {}
                Ending::Violated(violation) if is(violation, property) => found.push(*seed),
                // The property that is looked for, broken in another way.
                Ending::Violated(violation) if property.starts_with(&violation.property) => {}
                Ending::Violated(violation) => {
                    let broken = violation.signature();
                    return Err(Failure::other(ran, &broken, property));
                }
                Ending::Undecided(_) | Ending::OutOfSteps(_) => undecided += 1,
            }
        }
        if found.is_empty() {
            let shown = Shown { seeds: seeds.len(), undecided };
            return Err(Failure::not_found(planner.document().name(), property, shown));
        }
        Ok(found)
    }

    /// Reads and checks the scenario, and decides which seeds to run.
    fn ready(self) -> Result<Ready, Failure> {
        let mut document = self.document()?;
        for assignment in &self.settings {
            document.set(assignment).map_err(Failure::scenario)?;
        }
        let planner = Planner::new(self.subject, document).map_err(Failure::scenario)?;
        let seeds = match wanted_seed()? {
            Some(seed) => vec![seed],
            None => self.seeds,
        };
        if seeds.is_empty() {
            return Err(Failure::misused("no seed is given: `.seeds(0..500)` or `.seed(7)`"));
        }
        Ok(Ready { planner, seeds })
    }

    fn document(&self) -> Result<Document, Failure> {
        let Some(source) = self.source.as_deref() else {
            return Err(Failure::misused("no scenario is given: `.scenario(text or file)`"));
        };
        let protocol = self.subject.facts().protocol;
        let parse = |name: &str, text: &str| {
            let name = self.name.as_deref().unwrap_or(name);
            Document::parse_in_test(name, text, protocol).map_err(Failure::scenario)
        };
        if source.contains(['\n', '=']) {
            return parse("scenario", source);
        }
        if !source.ends_with(".toml") {
            return Err(Failure::misused(format!(
                "`{source}` is neither the text of a scenario nor a path that ends in .toml"
            )));
        }
        let read = std::fs::read_to_string(source);
        let text = read.map_err(|error| Failure::misused(format!("{source}: {error}")))?;
        parse(source, &text)
    }
}

/// A scenario that has been checked, and the seeds to run it with.
struct Ready {
    planner: Planner<'static>,
    seeds: Vec<u64>,
}

/// A watchdog that ends the process: a handler that never returns cannot be stopped.
fn watchdog() -> Watchdog {
    Watchdog::new(PATIENCE, |stuck| {
        eprintln!("squall: {stuck}");
        std::process::abort();
    })
}

/// Runs one seed; nobody asks how long it takes.
fn run(planner: &Planner<'_>, seed: u64, watchdog: &mut Watchdog) -> Result<Ran, Failure> {
    let plan = planner.plan(seed).map_err(Failure::scenario)?;
    let ran = execute(planner.subject(), plan, None, &|| Duration::ZERO, watchdog);
    ran.map_err(|error| Failure::misused(format!("seed {seed}: {error}")))
}

/// Whether a violation is of this property, or has this signature.
fn is(violation: &Violation, property: &str) -> bool {
    violation.property == property || violation.signature() == property
}

/// The seed that the environment asks for, if it does.
#[expect(clippy::disallowed_methods, reason = "the seed is printed, and no run sees the variable")]
fn wanted_seed() -> Result<Option<u64>, Failure> {
    let Ok(text) = std::env::var(SEED_VARIABLE) else { return Ok(None) };
    match text.parse() {
        Ok(seed) => Ok(Some(seed)),
        Err(_) => Err(Failure::misused(format!("{SEED_VARIABLE}: `{text}` is not a seed"))),
    }
}
