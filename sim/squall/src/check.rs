//! The test harness: a protocol in a scenario under many seeds, and what the test says of them.
//!
//! The invariant: which seeds are run is said by the test, by the file of those that failed once,
//! or by the environment in place of both; nothing else decides.

mod around;
mod evidence;
mod failure;
mod memory;
mod runs;

use failure::{Failure, Shown};
use memory::Memory;
use squall_engine::protocol::Protocol;
use squall_engine::run::{Ending, Outcome};
use squall_engine::scenario::Document;
use squall_engine::sim::Violation;
use squall_engine::subject::{Of, Planner, Subject};
use squall_explore::repro::Origin;
use squall_explore::{Coverage, Ran};
use std::path::{Path, PathBuf};

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
    let (settings, seeds) = (Vec::new(), Vec::new());
    Check { subject, source: None, name: None, settings, seeds, regressions: None }
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
    regressions: Option<PathBuf>,
}

impl Check {
    /// The scenario: its text, for which there is [`scenario!`](crate::scenario!), or a file, by a
    /// path that ends in `.toml` and begins in the folder of the crate whose test this is. It need
    /// not say its `format`, `protocol` and `duration` (30s) nor its `calm` (10s).
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

    /// The folder in which seeds that fail are remembered, in place of `regressions` beside the
    /// scenario's file, or in the crate if the scenario is none.
    pub fn regressions(self, folder: impl Into<PathBuf>) -> Check {
        Check { regressions: Some(folder.into()), ..self }
    }

    /// Runs every seed and says that each one passes, and that together they cover what the
    /// scenario wants covered. Seeds that failed once come first.
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
        let mut watchdog = runs::watchdog();
        let Ready { planner, seeds, .. } = ready;
        seeds.into_iter().map(move |seed| match runs::one(&planner, seed, &mut watchdog) {
            Ok(ran) => (seed, ran.report.outcome),
            Err(failure) => panic!("{failure}"),
        })
    }

    fn try_holds(self) -> Result<(), Failure> {
        let ready = self.ready()?;
        let seeds = ready.remembered_first()?;
        let mut coverage = Coverage::default();
        runs::each(&ready.planner, &seeds, ready.jobs, |ran| {
            coverage.add(&ran);
            match &ran.report.outcome.ending {
                Ending::Passed => Ok(()),
                Ending::Violated(violation) => {
                    let why = format!("{}: {}", violation.signature(), violation.sentence);
                    let kept = ready.memory.keep(ran.plan.seed, &why);
                    Err(ready.shown(&ran, Failure::not_passed(&ran)).kept(kept))
                }
                Ending::Undecided(_) | Ending::OutOfSteps(_) => {
                    Err(ready.shown(&ran, Failure::not_passed(&ran)))
                }
            }
        })?;
        match coverage.vacuous().as_slice() {
            [] => Ok(()),
            missing => Err(Failure::vacuous(ready.name(), seeds.len(), missing)),
        }
    }

    fn try_finds(self, property: &str) -> Result<Vec<u64>, Failure> {
        let ready = self.ready()?;
        let (mut found, mut undecided) = (Vec::new(), 0);
        runs::each(&ready.planner, &ready.seeds, ready.jobs, |ran| {
            match &ran.report.outcome.ending {
                Ending::Passed => {}
                Ending::Violated(violation) if is(violation, property) => {
                    found.push(ran.plan.seed);
                }
                // The property that is looked for, broken in another way.
                Ending::Violated(violation) if property.starts_with(&violation.property) => {}
                Ending::Violated(violation) => {
                    let failure = Failure::other(&ran, &violation.signature(), property);
                    return Err(ready.shown(&ran, failure));
                }
                Ending::Undecided(_) | Ending::OutOfSteps(_) => undecided += 1,
            }
            Ok(())
        })?;
        if found.is_empty() {
            let shown = Shown { seeds: ready.seeds.len(), undecided };
            return Err(Failure::not_found(ready.name(), property, shown));
        }
        Ok(found)
    }

    /// Reads and checks the scenario, and decides which seeds to run.
    fn ready(self) -> Result<Ready, Failure> {
        let Some(source) = self.source.as_deref() else {
            return Err(Failure::misused("no scenario is given: `.scenario(text or file)`"));
        };
        let source = Source::of(source)?;
        let mut document = self.document(&source)?;
        for assignment in &self.settings {
            document.set(assignment).map_err(Failure::scenario)?;
        }
        let planner = Planner::new(self.subject, document).map_err(Failure::scenario)?;
        let wanted = around::wanted_seeds()?;
        let alone = wanted.is_some();
        let seeds = wanted.unwrap_or(self.seeds);
        if seeds.is_empty() {
            return Err(Failure::misused("no seed is given: `.seeds(0..500)` or `.seed(7)`"));
        }
        let folder = self.regressions.unwrap_or_else(|| source.folder().join("regressions"));
        let called = source.called().or(self.name).or_else(around::test);
        let called = called.unwrap_or_else(|| self.subject.facts().protocol.to_string());
        let memory = Memory::new(folder, &called, &self.settings);
        let (settings, jobs) = (self.settings, around::jobs()?);
        Ok(Ready { planner, seeds, alone, settings, memory, jobs })
    }

    fn document(&self, source: &Source<'_>) -> Result<Document, Failure> {
        let protocol = self.subject.facts().protocol;
        let parse = |name: &str, text: &str| {
            let name = self.name.as_deref().unwrap_or(name);
            Document::parse_in_test(name, text, protocol).map_err(Failure::scenario)
        };
        match source {
            Source::Text(text) => parse("scenario", text),
            Source::File(path) => {
                let read = std::fs::read_to_string(around::manifest().join(path));
                let text = read.map_err(|error| Failure::misused(format!("{path}: {error}")))?;
                parse(path, &text)
            }
        }
    }
}

/// Where a scenario comes from.
enum Source<'a> {
    Text(&'a str),
    File(&'a str),
}

impl<'a> Source<'a> {
    fn of(source: &'a str) -> Result<Source<'a>, Failure> {
        match source.contains(['\n', '=']) {
            true => Ok(Source::Text(source)),
            false if source.ends_with(".toml") => Ok(Source::File(source)),
            false => Err(Failure::misused(format!(
                "`{source}` is neither the text of a scenario nor a path that ends in .toml"
            ))),
        }
    }

    /// The folder that it stands in: that of the file, or of the crate.
    fn folder(&self) -> PathBuf {
        match self {
            Source::Text(_) => around::manifest(),
            Source::File(path) => {
                let file = around::manifest().join(path);
                file.parent().map(Path::to_path_buf).unwrap_or_default()
            }
        }
    }

    /// What its file is called, without the ending.
    fn called(&self) -> Option<String> {
        match self {
            Source::Text(_) => None,
            Source::File(path) => {
                Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned())
            }
        }
    }
}

/// A scenario that has been checked, and how to run it.
struct Ready {
    planner: Planner<'static>,
    seeds: Vec<u64>,
    /// Whether the environment says which seeds are run.
    alone: bool,
    settings: Vec<String>,
    memory: Memory,
    jobs: usize,
}

impl Ready {
    fn name(&self) -> &str {
        self.planner.document().name()
    }

    /// The seeds that failed once, and then all others.
    fn remembered_first(&self) -> Result<Vec<u64>, Failure> {
        if self.alone {
            return Ok(self.seeds.clone());
        }
        let mut seeds = self.memory.seeds()?;
        let remembered = seeds.clone();
        seeds.extend(self.seeds.iter().filter(|seed| !remembered.contains(seed)));
        Ok(seeds)
    }

    /// A failure with what there is to see of its run.
    fn shown(&self, ran: &Ran, failure: Failure) -> Failure {
        let origin = Origin {
            scenario: self.name().to_string(),
            seed: ran.plan.seed.to_string(),
            sets: self.settings.clone(),
            text: self.planner.document().text().to_string(),
        };
        failure.with(evidence::gather(self.planner.subject(), ran, origin))
    }
}

/// Whether a violation is of this property, or has this signature.
fn is(violation: &Violation, property: &str) -> bool {
    violation.property == property || violation.signature() == property
}
