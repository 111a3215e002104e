//! `squall sweep`: many seeds on several threads, and what they have in common.
//!
//! The invariant: what is found is in the folder before anything is said of it.

mod args;
mod baseline;
mod crash_points;
mod files;
mod github;
mod merge;
mod outside;
mod progress;
mod report;
mod shard;

pub(crate) use args::{MergeArgs, StrategyName, SweepArgs};
pub(crate) use merge::merge;

use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::inputs::{self, Chosen};
use crate::seeds;
use crate::words::{count, quoted};
use outside::Machine;
use progress::Teller;
use report::{Telling, report};
use squall_engine::plan::Plan;
use squall_engine::scenario::Cell;
use squall_engine::subject::Planner;
use squall_engine::units::Span;
use squall_explore::execute;
use squall_explore::sweep::{
    Finding, Findings, Folder, FolderError, Lane, Leftovers, Outside, Progress, Remains, Shard,
    Space, State, Strategy, Sweep, SweepError, Swept, scenario_of, sweep as run_all,
};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

/// How many seeds are run if nobody says.
const SEEDS: RangeInclusive<u64> = 0..=999;
/// How long a handler may take if nobody says.
const PATIENCE_USUAL: Duration = squall_watch::PATIENCE;
/// How often the folder is told how far the sweep is.
const KEPT_EVERY: Duration = Duration::from_secs(1);

impl From<FolderError> for Stop {
    fn from(error: FolderError) -> Stop {
        Stop::Words(error.to_string())
    }
}

impl From<SweepError> for Stop {
    fn from(error: SweepError) -> Stop {
        match error {
            SweepError::Scenario(error) => Stop::Scenario(error),
            SweepError::Words(words) => Stop::Words(words),
        }
    }
}

/// Sweeps what the arguments say.
pub(crate) fn sweep(
    catalogue: &Catalogue,
    options: &SweepArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let wanted = Wanted::new(options)?;
    let chosen = inputs::chosen(catalogue, &options.scenarios, &options.sets)?;
    let lanes = lanes(chosen, options.grid)?;
    let shard = shard::shard(options.shard.as_deref(), console.environment)?;
    let known = match &options.baseline {
        Some(path) => baseline::read(path, options.write_baseline)?,
        None => BTreeSet::new(),
    };
    let folder = Folder::open(Path::new(&options.out))?;
    let leftovers = folder.leftovers()?;
    let mut points = crash_points::wanted(options, &wanted, &lanes)?;
    let mut planned = options.strategy.0.strategy(&lanes)?;
    let strategy: &mut dyn Strategy = match &mut points {
        Some(points) => points,
        None => &mut *planned,
    };
    let seeds = if options.crash_points.is_some() { 0..=u64::MAX } else { wanted.seeds.clone() };
    let space = Space { lanes: lanes.len(), seeds, shard };
    let jobs = options.jobs.unwrap_or_else(cores).max(1);
    announce(&wanted, (&lanes, shard, jobs), options, console)?;

    let deadline = wanted.lasts.map(|lasts| (console.clock)() + lasts);
    let (clock, interrupted) = (console.clock, console.interrupted);
    let machine =
        Machine { folder: &folder, clock, interrupted, deadline, patience: wanted.patience };
    let findings = Findings::beside(known.clone());
    let findings = taken_up(catalogue, &leftovers, findings, &machine, console)?;
    let sweep = Sweep { lanes, space, jobs, stop_after: options.stop_after, findings };
    let swept = Swept {
        first_seed: *wanted.seeds.start(),
        last_seed: *wanted.seeds.end(),
        strategy: options.strategy.0.name().to_string(),
        sets: options.sets.clone(),
    };
    let page = files::Page { swept: &swept, shards: &[sweep.space.shard], lanes: &sweep.lanes };
    let progress = run_and_tell(&sweep, strategy, &machine, &page, &wanted, console)?;

    let state = if interrupted() { State::Interrupted } else { State::Finished };
    let summary = page.summary(&progress, state);
    let same = files::write(catalogue, &folder, &summary, &machine)?;
    if let Some(path) = options.baseline.as_ref().filter(|_| options.write_baseline) {
        baseline::write(path, known, &summary.groups)?;
    }
    let command = options.command(&console.program);
    report(&summary, &Telling { out: &options.out, json: options.json, command }, console)?;
    if let Some(points) = &points {
        crash_points::tell(points.points(), &folder, options.json, console)?;
    }
    github::tell(&summary, &options.out, console)?;
    if !same {
        console.flush()?;
        console.remark("squall: a second run of the same plan went another way");
        return Ok(Exit::Nondeterministic);
    }
    Ok(match state {
        State::Interrupted => Exit::Interrupted,
        State::Running | State::Finished => files::exit(&summary),
    })
}

/// Runs everything, says how far it is, and lets the folder know.
fn run_and_tell(
    sweep: &Sweep<'_>,
    strategy: &mut dyn Strategy,
    machine: &Machine<'_>,
    page: &files::Page<'_>,
    wanted: &Wanted,
    console: &mut Console<'_>,
) -> Result<Progress, Stop> {
    let keep =
        |progress: &Progress| machine.folder.write_summary(&page.summary(progress, State::Running));
    keep(&Progress::before(sweep))?;
    let runs = Some(sweep.space.runs()).filter(|runs| *runs < u64::MAX);
    let mut teller = Teller::new(console, runs, wanted.lasts);
    let (mut kept, mut failed) = ((console.clock)(), None);
    let progress = run_all(sweep, strategy, machine, &mut |progress| {
        let now = (console.clock)();
        let due = now.saturating_sub(kept) >= KEPT_EVERY;
        if !due && !teller.is_due(console) {
            return;
        }
        let progress = progress();
        if due {
            kept = now;
            failed = failed.take().or(keep(&progress).err());
        }
        if teller.is_due(console) {
            teller.tell(&progress, console);
        }
    });
    teller.end();
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(progress?),
    }
}

/// What the user wants, read.
struct Wanted {
    seeds: RangeInclusive<u64>,
    /// Whether the seeds come to an end before the numbers do.
    ends: bool,
    lasts: Option<Duration>,
    patience: Duration,
}

impl Wanted {
    fn new(options: &SweepArgs) -> Result<Wanted, Stop> {
        let lasts = options.lasts.as_deref().map(|text| time("--for", text)).transpose()?;
        let seeds = match &options.seeds {
            Some(text) => seeds::range(text)?,
            None if lasts.is_some() => 0..=u64::MAX,
            None => SEEDS,
        };
        if options.jobs == Some(0) {
            return Err(Stop::Words("--jobs 0: nobody would run anything".to_string()));
        }
        if options.shard.is_some() && options.strategy.0.learns() {
            let message = format!(
                "--strategy {}: it learns from all runs, so that shards would find other things",
                options.strategy.0.name()
            );
            return Err(Stop::Words(message));
        }
        let ends = options.seeds.is_some() || lasts.is_none();
        Ok(Wanted { seeds, ends, lasts, patience: time("--patience", &options.patience)? })
    }
}

fn time(option: &str, text: &str) -> Result<Duration, Stop> {
    let span: Span =
        text.parse().map_err(|error| Stop::Words(format!("{option} {text}: {error}")))?;
    if span == Span::ZERO {
        return Err(Stop::Words(format!("{option} {text}: nothing can be done within that")));
    }
    Ok(Duration::from_nanos(span.as_nanos()))
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The scenarios, or the cells of their grids.
fn lanes<'a>(chosen: Vec<Chosen<'a>>, grid: bool) -> Result<Vec<Lane<'a>>, Stop> {
    let mut lanes = Vec::new();
    for Chosen { called, planner } in chosen {
        if !grid {
            lanes.push(Lane { called, cell: Vec::new(), planner });
            continue;
        }
        for Cell { keys, document } in planner.document().cells()? {
            let planner = Planner::new(planner.subject(), document)?;
            lanes.push(Lane { called: called.clone(), cell: keys, planner });
        }
    }
    Ok(lanes)
}

/// The line before the first run.
fn announce(
    wanted: &Wanted,
    (lanes, shard, jobs): (&[Lane<'_>], Shard, usize),
    options: &SweepArgs,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let (first, last) = (wanted.seeds.start(), wanted.seeds.end());
    let seeds = match wanted.ends {
        _ if options.crash_points.is_some() => format!("seed {first}, every crash point"),
        true => format!("seeds {first} to {last}"),
        false => format!("seeds from {first}"),
    };
    let what = match lanes {
        [lane] => lane.called.clone(),
        lanes if options.grid => count(lanes.len() as u64, "cell"),
        lanes => count(lanes.len() as u64, "scenario"),
    };
    let lasts = options.lasts.as_ref().map(|lasts| format!(" · for {lasts}")).unwrap_or_default();
    let part = match shard {
        Shard::WHOLE => String::new(),
        shard => format!(" · shard {shard}"),
    };
    let jobs = count(jobs as u64, "job");
    let line = format!("{seeds} · {what}{part} · {jobs}{lasts} · into {}", quoted(&options.out));
    match options.json {
        true => console.remark(&line),
        false => console.line(&console.paint.name(&line))?,
    }
    console.flush()
}

/// What a sweep into the same folder had found when it was killed, run again; `findings` are those
/// that are known.
fn taken_up(
    catalogue: &Catalogue,
    leftovers: &Leftovers,
    mut findings: Findings,
    machine: &Machine<'_>,
    console: &mut Console<'_>,
) -> Result<Findings, Stop> {
    for run in &leftovers.in_hand {
        console.remark(&format!("squall: a sweep into this folder was ended during {run}"));
    }
    let Some(remains) = &leftovers.remains else { return Ok(findings) };
    for (finding, _) in again(catalogue, remains, machine)? {
        findings.add(finding);
    }
    match findings.ranked().len() as u64 {
        0 => {}
        groups => {
            let what = count(groups, "group");
            console.remark(&format!("squall: took up {what} of a sweep that was killed"));
        }
    }
    Ok(findings)
}

/// Plans that a sweep had kept, run again: what they show now.
fn again<'a>(
    catalogue: &Catalogue,
    remains: &'a Remains,
    machine: &Machine<'_>,
) -> Result<Vec<(Finding, &'a Plan)>, Stop> {
    let groups = &remains.summary.groups;
    let mut watchdog = machine.watchdog(0);
    let mut findings = Vec::new();
    for (stem, plan) in &remains.plans {
        let scenario = scenario_of(stem).unwrap_or_default();
        // A protocol that is gone has no findings.
        let Some(subject) = catalogue.subject(&plan.scenario.protocol) else { continue };
        let ran = execute(subject, plan.clone(), None, machine.clock, &mut watchdog)?;
        let told = groups.iter().find(|group| group.stem() == *stem).map_or(1, |group| group.runs);
        let finding = Finding::of(&scenario, &ran);
        findings.extend(finding.map(|finding| (Finding { runs: told, ..finding }, plan)));
    }
    Ok(findings)
}
