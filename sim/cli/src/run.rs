//! `squall run`: scenarios, seeds, and what came of each run.
//!
//! The invariant: a seed is printed before its run begins.

use crate::args::RunArgs;
use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::heading::heading;
use crate::inputs::Chosen;
use crate::judgement::Judgement;
use crate::log::Log;
use crate::story::{Story, Teller};
use crate::trace_file::TraceFile;
use crate::verdict::{Page, verdict};
use crate::words::quoted;
use crate::{inputs, json, many, panics, seeds};
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::subject::{Planner, Report};
use squall_engine::trace::{Reader, Scene};
use std::ops::RangeInclusive;

/// Runs what the arguments say.
pub(crate) fn run(
    catalogue: &Catalogue,
    options: &RunArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let seeds = wanted_seeds(options)?;
    let chosen = inputs::chosen(catalogue, &options.scenarios, &options.sets)?;
    let several = chosen.len() > 1;
    let alone = match &seeds {
        Wanted::Many(_) => None,
        Wanted::One(seed) if !several => Some(*seed),
        Wanted::Any if !several => Some((console.entropy)()),
        Wanted::One(_) | Wanted::Any => None,
    };
    if let (Some(seed), [chosen]) = (alone, chosen.as_slice()) {
        return one(chosen, seed, options, console);
    }
    let only_one = [("--trace", options.trace.is_some()), ("--events", options.events)];
    if let Some((option, _)) = only_one.into_iter().find(|(_, given)| *given) {
        let message = format!("{option} shows one run: give one scenario and one --seed");
        return Err(Stop::Words(message));
    }
    let (range, single) = match seeds {
        Wanted::Many(range) => (range, false),
        Wanted::One(seed) => (seed..=seed, true),
        Wanted::Any => {
            let seed = (console.entropy)();
            (seed..=seed, true)
        }
    };
    if single {
        return many::one_each(&chosen, *range.start(), options, console);
    }
    let mut exit = Exit::Fine;
    for (index, chosen) in chosen.iter().enumerate() {
        if index > 0 && !options.json {
            console.line("")?;
        }
        exit = exit.worse(many::all_seeds(chosen, range.clone(), options, console)?);
    }
    Ok(exit)
}

/// The seeds that the user asks for.
enum Wanted {
    Any,
    One(u64),
    Many(RangeInclusive<u64>),
}

fn wanted_seeds(options: &RunArgs) -> Result<Wanted, Stop> {
    Ok(match (&options.seed, &options.seeds) {
        (Some(seed), _) => Wanted::One(seeds::seed(seed)?),
        (None, Some(range)) => Wanted::Many(seeds::range(range)?),
        (None, None) => Wanted::Any,
    })
}

/// One scenario with one seed.
fn one(
    chosen: &Chosen<'_>,
    seed: u64,
    options: &RunArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let plan = chosen.planner.plan(seed)?;
    let kinds = chosen.planner.subject().facts().kinds;
    let mut trace =
        options.trace.as_ref().map(|path| TraceFile::begin(path, &plan, &kinds)).transpose()?;
    announce(&heading(&chosen.called, &plan), options, console)?;
    let ran = ran_and_read(&chosen.planner, plan, trace.as_mut(), options.events, console)?;
    let exit = show(chosen, &ran, options, console)?;
    if let (Some(trace), Some(path)) = (trace, &options.trace) {
        trace.finish(&ran.report)?;
        console.flush()?;
        console.remark(&format!("trace written to {path}"));
    }
    Ok(exit)
}

/// Prints the line before the first run: data for people, words beside JSON.
pub(crate) fn announce(
    line: &str,
    options: &RunArgs,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    match options.json {
        true => console.remark(line),
        false => console.line(&console.paint.name(line))?,
    }
    console.flush()
}

/// Runs while the log and the trace read on.
fn ran_and_read(
    planner: &Planner<'_>,
    plan: Plan,
    trace: Option<&mut TraceFile>,
    events: bool,
    console: &mut Console<'_>,
) -> Result<Ran, Stop> {
    if !events && trace.is_none() {
        return execute(planner, plan, None, console.clock);
    }
    let (paint, clock) = (console.paint, console.clock);
    let mut log = events.then_some(Log { out: &mut *console.out, paint, failed: None });
    let trace = trace.map(|trace| trace as &mut dyn Reader);
    let mut both = Both(log.as_mut().map(|log| log as &mut dyn Reader), trace);
    let ran = execute(planner, plan, Some(&mut both), clock)?;
    match log.and_then(|log| log.failed) {
        Some(error) => Err(error.into()),
        None => Ok(ran),
    }
}

/// Two readers, each of which may be missing.
struct Both<'a>(Option<&'a mut dyn Reader>, Option<&'a mut dyn Reader>);

impl Reader for Both<'_> {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        for reader in [&mut self.0, &mut self.1].into_iter().flatten() {
            reader.event(event, scene);
        }
    }
}

/// Prints what came of a run.
fn show(
    chosen: &Chosen<'_>,
    ran: &Ran,
    options: &RunArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let story = story(&chosen.planner, ran, console)?;
    let again = again(console, &chosen.called, ran.plan.seed, &options.sets);
    if options.json {
        console.line(&json::run(&chosen.called, ran, &again).to_string())?;
    } else {
        let more = command(console, &chosen.called, "--seeds 1000", &options.sets);
        let story = story.as_ref();
        let page = Page { planner: &chosen.planner, ran, story, again: &again, more: &more };
        for line in verdict(&page, console.paint) {
            console.line(&line)?;
        }
    }
    match &story {
        Some(story) if !story.same => {
            console.flush()?;
            console.remark("squall: a second run of the same plan went another way");
            Ok(Exit::Nondeterministic)
        }
        Some(_) | None => Ok(ran.judgement.exit()),
    }
}

/// What happened around a violation: the run is run again and read.
fn story(planner: &Planner<'_>, ran: &Ran, console: &Console<'_>) -> Result<Option<Story>, Stop> {
    let Ending::Violated(violation) = &ran.report.outcome.ending else { return Ok(None) };
    let mut teller = Teller::new(violation);
    let second = execute(planner, ran.plan.clone(), Some(&mut teller), console.clock)?;
    Ok(Some(teller.story(&ran.report, &second.report)))
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(crate) plan: Plan,
    pub(crate) report: Report,
    pub(crate) wall_ns: u64,
    pub(crate) judgement: Judgement,
    /// Where the protocol's code panicked, if it did.
    pub(crate) panicked_at: Option<String>,
}

/// Runs a plan.
pub(crate) fn execute(
    planner: &Planner<'_>,
    plan: Plan,
    reader: Option<&mut dyn Reader>,
    clock: &dyn Fn() -> std::time::Duration,
) -> Result<Ran, Stop> {
    let begun = clock();
    let (report, panicked_at) = panics::quietly(|| planner.subject().run(&plan, reader));
    let wall = clock().saturating_sub(begun);
    let report = report.map_err(|error| Stop::Words(error.to_string()))?;
    let judgement = Judgement::of(&report.outcome, &plan);
    let wall_ns = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
    Ok(Ran { plan, report, wall_ns, judgement, panicked_at })
}

/// The complete command that repeats a run.
pub(crate) fn again(console: &Console<'_>, called: &str, seed: u64, sets: &[String]) -> String {
    command(console, called, &format!("--seed {seed}"), sets)
}

/// The complete command that runs many seeds.
pub(crate) fn again_many(
    console: &Console<'_>,
    called: &str,
    seeds: &RangeInclusive<u64>,
    sets: &[String],
) -> String {
    let (first, last) = (seeds.start(), seeds.end());
    command(console, called, &format!("--seeds {first}..={last}"), sets)
}

fn command(console: &Console<'_>, called: &str, seeds: &str, sets: &[String]) -> String {
    let sets: String = sets.iter().map(|set| format!(" --set {}", quoted(set))).collect();
    format!("{} run {} {seeds}{sets}", console.program, quoted(called))
}
