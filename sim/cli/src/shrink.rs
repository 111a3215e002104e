//! `squall shrink`: a failing run made as small as it can be and still fail in the same way.
//!
//! The invariant: what is written is run once more and shows the signature that it had before.

use crate::catalogue::Catalogue;
use crate::console::{Console, Paint};
use crate::exit::{Exit, Stop};
use crate::heading::heading;
use crate::inputs;
use crate::run::watchdog;
use crate::words::{count, number, quoted, span};
use crate::{repro_file, seeds};
use serde_json::json;
use squall_engine::plan::Plan;
use squall_engine::subject::Subject;
use squall_explore::execute;
use squall_explore::repro::Origin;
use squall_explore::shrink::{ShrinkError, Shrunk, Size, shrink as make_smaller};
use squall_watch::Watchdog;
use std::time::Duration;

/// What `shrink` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct ShrinkArgs {
    /// A repro, or with --seed a scenario or its file.
    #[arg(value_name = "REPRO|NAME|FILE")]
    pub(crate) what: String,
    /// The seed of the failing run, decimal or 0x….
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) seed: Option<String>,
    /// Set a key of the scenario, such as network.loss=5%.
    #[arg(long = "set", value_name = "K=V", requires = "seed")]
    pub(crate) sets: Vec<String>,
    /// Where the small repro goes; without it the file is named after the scenario and the seed,
    /// or the repro.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<String>,
    /// How long a handler may take on this machine before the run is given up.
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(crate) patience: String,
    /// Print JSON: one object on one line.
    #[arg(long)]
    pub(crate) json: bool,
}

const AFTER: &str = "\
With --json the object has \"version\": 1, \"kind\": \"shrink\" and signature, fingerprint, before
and after (each with events, faults, operations, nodes, clients, messages, simulated_ns), runs,
wall_ns, complete, repro.";

/// A failing run by name, by file or by repro.
pub(crate) struct Given<'a> {
    pub(crate) subject: &'a dyn Subject,
    pub(crate) plan: Plan,
    pub(crate) origin: Origin,
    /// What the heading calls it.
    pub(crate) called: String,
}

/// The run that the arguments name.
pub(crate) fn given<'a>(
    catalogue: &'a Catalogue,
    what: &str,
    seed: Option<&str>,
    sets: &[String],
) -> Result<Given<'a>, Stop> {
    let called = what.to_string();
    if what.ends_with(repro_file::END) {
        if seed.is_some() {
            let message =
                format!("{what} is a repro, which says everything itself: leave out --seed");
            return Err(Stop::Words(message));
        }
        let (subject, repro) = repro_file::read(catalogue, what)?;
        return Ok(Given { subject, plan: repro.plan, origin: repro.origin, called });
    }
    let Some(seed) = seed else {
        let message = format!("{what}: which run? give --seed with a scenario, or name a repro");
        return Err(Stop::Words(message));
    };
    let seed = seeds::seed(seed)?;
    let chosen = inputs::chosen(catalogue, &[what.to_string()], sets)?;
    let [chosen] = chosen.as_slice() else {
        return Err(Stop::Words(format!("{what}: name one scenario")));
    };
    let plan = chosen.planner.plan(seed)?;
    let origin = repro_file::origin(chosen, seed, sets);
    Ok(Given { subject: chosen.planner.subject(), plan, origin, called })
}

pub(crate) fn shrink(
    catalogue: &Catalogue,
    options: &ShrinkArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let mut watchdog = watchdog(&options.patience)?;
    if let Some(path) = &options.out {
        repro_file::check_path("--out", path)?;
    }
    let Given { subject, plan, origin, called } =
        given(catalogue, &options.what, options.seed.as_deref(), &options.sets)?;
    let path = options.out.clone().unwrap_or_else(|| beside(&called, &origin));
    if !options.json {
        console.line(&console.paint.name(&heading(&called, &plan)))?;
        console.flush()?;
    }
    let begun = (console.clock)();
    let shrunk = smaller(subject, &plan, &called, console, &mut watchdog)?;
    let wall = (console.clock)().saturating_sub(begun);
    let repro = repro_file::record(subject, shrunk.plan.clone(), origin, console, &mut watchdog)?;
    if repro.signature.as_ref() != Some(&shrunk.signature) {
        console.remark("squall: a second run of the same plan went another way");
        return Ok(Exit::Nondeterministic);
    }
    repro_file::write(&path, &repro)?;
    let wall_ns = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
    if options.json {
        let object = json!({
            "version": 1,
            "kind": "shrink",
            "signature": shrunk.signature,
            "fingerprint": shrunk.fingerprints.1,
            "before": shrunk.before,
            "after": shrunk.after,
            "runs": shrunk.runs,
            "wall_ns": wall_ns,
            "complete": shrunk.complete,
            "repro": path,
        });
        console.line(&object.to_string())?;
    } else {
        for line in table(&shrunk, wall_ns, console.paint) {
            console.line(&line)?;
        }
        console.line("")?;
        for (name, verb) in [("again", "run"), ("why", "explain")] {
            let name = console.paint.name(&format!("{name:<8}"));
            let program = &console.program;
            console.line(&format!("{name}{program} {verb} {}", quoted(&path)))?;
        }
    }
    console.flush()?;
    console.remark(&format!("repro written to {path}"));
    Ok(Exit::Fine)
}

/// Shrinks with a line of progress.
fn smaller(
    subject: &dyn Subject,
    plan: &Plan,
    called: &str,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Shrunk, Stop> {
    let clock = console.clock;
    let mut shown = Duration::ZERO;
    let mut run = |plan: &Plan, reader: Option<&mut dyn squall_engine::trace::Reader>| {
        execute(subject, plan.clone(), reader, clock, watchdog).map(|ran| ran.report)
    };
    let mut progress = |what: &str, runs: u64, best: &Plan| {
        let now = clock();
        if now.saturating_sub(shown) > Duration::from_millis(100) {
            shown = now;
            let operations = best.operations.iter().flatten().map(Vec::len).sum::<usize>();
            console.progress(&format!(
                "{what} · {} · {}, {}, {} named",
                count(runs, "run"),
                count(best.faults.len() as u64, "fault"),
                count(operations as u64, "operation"),
                count(best.overrides.len() as u64, "message"),
            ));
        }
    };
    let shrunk = make_smaller(subject, plan, &mut run, &mut progress);
    console.progress("");
    shrunk.map_err(|error| match error {
        ShrinkError::Plan(error) => error.into(),
        ShrinkError::Nothing(ending) => {
            Stop::Words(format!("{called}: nothing to shrink: the run ended `{ending}`"))
        }
    })
}

/// The file of a repro that nobody named: `raft-partition-42.json`, or `found-small.json`.
fn beside(called: &str, origin: &Origin) -> String {
    if let Some(stem) = called.strip_suffix(repro_file::END) {
        return format!("{stem}-small.json");
    }
    let stem = called.strip_suffix(".toml").unwrap_or(called);
    let stem = stem.trim_start_matches(['.', '/']).replace('/', "-");
    format!("{stem}-{}.json", origin.seed)
}

/// The sizes before and after, and what it took.
fn table(shrunk: &Shrunk, wall_ns: u64, paint: Paint) -> Vec<String> {
    let Shrunk { before, after, signature, .. } = shrunk;
    let mut lines =
        vec![String::new(), format!("{} {signature}", paint.bad("SHRUNK")), String::new()];
    lines.push(paint.faint(&format!("  {:<12} {:>12} {:>12}", "", "before", "after")));
    let row = |name: &str, of: fn(&Size) -> String| {
        format!("  {name:<12} {:>12} {:>12}", of(before), of(after))
    };
    lines.push(row("events", |size| number(size.events)));
    lines.push(row("faults", |size| number(size.faults)));
    lines.push(row("operations", |size| number(size.operations)));
    lines.push(row("nodes", |size| number(size.nodes)));
    lines.push(row("clients", |size| number(size.clients)));
    lines.push(row("named", |size| number(size.messages)));
    lines.push(row("simulated", |size| span(size.simulated_ns)));
    let took = match wall_ns {
        0 => count(shrunk.runs, "run"),
        wall => format!("{} in {}", count(shrunk.runs, "run"), span(wall)),
    };
    let rest =
        if shrunk.complete { "" } else { "; more could be tried, the limit of runs is reached" };
    lines.push(String::new());
    lines.push(format!("  {took}{rest}"));
    let (first, last) = shrunk.fingerprints;
    let changed = if first == last { String::new() } else { format!(", was {first}") };
    lines.push(format!("  fingerprint {last}{changed}"));
    lines
}
