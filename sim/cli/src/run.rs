//! `squall run`: scenarios, seeds, and what came of each run.
//!
//! The invariant: a seed is printed before its run begins.

use crate::args::RunArgs;
use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::heading::heading;
use crate::inputs::Chosen;
use crate::log::Log;
use crate::verdict::{Page, verdict};
use crate::words::quoted;
use crate::worker;
use crate::{determinism, inputs, json, many, repro_file, seeds};
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::subject::Subject;
use squall_engine::trace::{Reader, Scene};
use squall_engine::units::Span;
use squall_explore::repro::{Origin, Repro};
use squall_explore::story::{Story, Teller};
use squall_explore::trace_file::TraceFile;
use squall_explore::{Ran, execute};
use squall_watch::Watchdog;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Runs what the arguments say.
pub(crate) fn run(
    catalogue: &Catalogue,
    options: &RunArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    if let Some(path) = &options.pin {
        repro_file::check_path("--pin", path)?;
    }
    let mut watchdog = watchdog(&options.patience)?;
    if let Some(path) = options.scenarios.iter().find(|path| path.ends_with(repro_file::END)) {
        return repro(catalogue, path, options, console, &mut watchdog);
    }
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
        return one(chosen, seed, options, console, &mut watchdog);
    }
    let only_one = [
        ("--trace", options.trace.is_some()),
        ("--pin", options.pin.is_some()),
        ("--check-determinism", options.check_determinism),
        ("--events", options.events),
    ];
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
        return many::one_each(&chosen, *range.start(), options, console, &mut watchdog);
    }
    let mut exit = Exit::Fine;
    for (index, chosen) in chosen.iter().enumerate() {
        if index > 0 && !options.json {
            console.line("")?;
        }
        let seeds = range.clone();
        exit = exit.worse(many::all_seeds(chosen, seeds, options, console, &mut watchdog)?);
    }
    Ok(exit)
}

/// Ends the process, which is all that ends a handler that never returns.
pub(crate) fn watchdog(patience: &str) -> Result<Watchdog, Stop> {
    Ok(Watchdog::new(span_of(patience)?, |stuck| {
        eprintln!("squall: {stuck}");
        std::process::exit(i32::from(Exit::Undecided.code()));
    }))
}

/// How long a handler may take.
fn span_of(patience: &str) -> Result<Duration, Stop> {
    let span: Span =
        patience.parse().map_err(|error| Stop::Words(format!("--patience {patience}: {error}")))?;
    if span == Span::ZERO {
        return Err(Stop::Words("--patience 0s: no handler returns within that".to_string()));
    }
    Ok(Duration::from_nanos(span.as_nanos()))
}

/// Runs a plan here, or in a process of its own.
pub(crate) fn run_plan(
    subject: &dyn Subject,
    plan: Plan,
    options: &RunArgs,
    console: &Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Ran, Stop> {
    match options.isolate {
        true => worker::run(plan, span_of(&options.patience)?),
        false => Ok(execute(subject, plan, None, console.clock, watchdog)?),
    }
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
    watchdog: &mut Watchdog,
) -> Result<Exit, Stop> {
    let plan = chosen.planner.plan(seed)?;
    let called = chosen.called.as_str();
    let again = again(console, called, seed, options);
    let more = Some(command(console, called, "--seeds 1000", options));
    let smaller =
        Some(command_of(console, "shrink", called, &format!("--seed {seed}"), &options.sets));
    let watch = command_of(console, "replay", called, &format!("--seed {seed}"), &options.sets);
    let origin = repro_file::origin(chosen, seed, &options.sets);
    let subject = chosen.planner.subject();
    let case = Case { called, subject, again, watch, more, smaller, origin, written: None };
    one_plan(&case, plan, options, console, watchdog)
}

/// A repro.
fn repro(
    catalogue: &Catalogue,
    path: &str,
    options: &RunArgs,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Exit, Stop> {
    let given = [
        ("another scenario", options.scenarios.len() > 1),
        ("--seed", options.seed.is_some()),
        ("--seeds", options.seeds.is_some()),
        ("--set", !options.sets.is_empty()),
        ("--isolate", options.isolate),
    ];
    if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
        let message =
            format!("{path} is a repro, which says everything itself: leave out {option}");
        return Err(Stop::Words(message));
    }
    let (subject, repro) = repro_file::read(catalogue, path)?;
    let case = Case {
        called: path,
        subject,
        again: format!("{} run {}", console.program, quoted(path)),
        watch: format!("{} replay {}", console.program, quoted(path)),
        more: None,
        smaller: None,
        origin: repro.origin.clone(),
        written: Some(&repro),
    };
    one_plan(&case, repro.plan.clone(), options, console, watchdog)
}

/// What is run, and the commands that run it again, open it, and run it with many seeds.
struct Case<'a> {
    called: &'a str,
    subject: &'a dyn Subject,
    again: String,
    watch: String,
    more: Option<String>,
    /// The command that makes it smaller, unless it is as small as it was made.
    smaller: Option<String>,
    origin: Origin,
    /// The repro that it is run from.
    written: Option<&'a Repro>,
}

/// One plan.
fn one_plan(
    case: &Case<'_>,
    plan: Plan,
    options: &RunArgs,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Exit, Stop> {
    let kinds = case.subject.facts().kinds;
    let mut trace =
        options.trace.as_ref().map(|path| TraceFile::begin(path, &plan, &kinds)).transpose()?;
    announce(&heading(case.called, &plan), options, console)?;
    let ran = match (trace.as_mut(), options.events) {
        (None, false) => run_plan(case.subject, plan, options, console, watchdog)?,
        readers => ran_and_read(case.subject, plan, readers, console, watchdog)?,
    };
    let mut exit = show(case, &ran, options, console, watchdog)?;
    if options.check_determinism {
        console.line("")?;
        let patience = span_of(&options.patience)?;
        let checked = determinism::check(case.subject, &ran.plan, patience, console, watchdog)?;
        exit = exit.worse(checked);
    }
    if let Some(repro) = case.written {
        let changes = repro_file::changes(case.subject, repro, &ran, console, watchdog)?;
        console.flush()?;
        changes.iter().for_each(|line| console.remark(&format!("squall: {}: {line}", case.called)));
    }
    if let Some(path) = &options.pin {
        let plan = ran.plan.pinned(ran.report.faults.clone());
        let origin = case.origin.clone();
        let repro = repro_file::record(case.subject, plan, origin, console, watchdog)?;
        repro_file::write(path, &repro)?;
        console.flush()?;
        console.remark(&format!("repro written to {path}"));
    }
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
    subject: &dyn Subject,
    plan: Plan,
    (trace, events): (Option<&mut TraceFile>, bool),
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Ran, Stop> {
    let (paint, clock) = (console.paint, console.clock);
    let mut log = events.then_some(Log { out: &mut *console.out, paint, failed: None });
    let trace = trace.map(|trace| trace as &mut dyn Reader);
    let mut both = Both(log.as_mut().map(|log| log as &mut dyn Reader), trace);
    let ran = execute(subject, plan, Some(&mut both), clock, watchdog)?;
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
    case: &Case<'_>,
    ran: &Ran,
    options: &RunArgs,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Exit, Stop> {
    let Case { called, subject, again, watch, more, smaller, .. } = case;
    let story = match options.isolate {
        true => None,
        false => story(*subject, ran, console, watchdog)?,
    };
    if options.json {
        console.line(&json::run(called, ran, again).to_string())?;
    } else {
        let (story, more, smaller) = (story.as_ref(), more.as_deref(), smaller.as_deref());
        let page = Page { subject: *subject, ran, story, again, watch, more, smaller };
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
        Some(_) | None => Ok(ran.judgement.into()),
    }
}

/// What happened around a violation: the run is run again and read.
fn story(
    subject: &dyn Subject,
    ran: &Ran,
    console: &Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Option<Story>, Stop> {
    let Ending::Violated(violation) = &ran.report.outcome.ending else { return Ok(None) };
    let mut teller = Teller::new(violation);
    let second = execute(subject, ran.plan.clone(), Some(&mut teller), console.clock, watchdog)?;
    Ok(Some(teller.story(&ran.report, &second.report)))
}

/// The complete command that repeats a run.
pub(crate) fn again(console: &Console<'_>, called: &str, seed: u64, options: &RunArgs) -> String {
    command(console, called, &format!("--seed {seed}"), options)
}

/// The complete command that runs many seeds.
pub(crate) fn again_many(
    console: &Console<'_>,
    called: &str,
    seeds: &RangeInclusive<u64>,
    options: &RunArgs,
) -> String {
    let (first, last) = (seeds.start(), seeds.end());
    command(console, called, &format!("--seeds {first}..={last}"), options)
}

fn command(console: &Console<'_>, called: &str, seeds: &str, options: &RunArgs) -> String {
    let isolate = if options.isolate { " --isolate" } else { "" };
    command_of(console, "run", called, seeds, &options.sets) + isolate
}

fn command_of(
    console: &Console<'_>,
    verb: &str,
    called: &str,
    seeds: &str,
    sets: &[String],
) -> String {
    let sets: String = sets.iter().map(|set| format!(" --set {}", quoted(set))).collect();
    format!("{} {verb} {} {seeds}{sets}", console.program, quoted(called))
}
