//! `squall bench search`: how soon each strategy finds the bugs that are planted.
//!
//! The invariant: every campaign of a table has seeds of its own.

use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::inputs;
use crate::json::VERSION;
use crate::sweep::{StrategyName, cores};
use crate::words::number;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::{Value, json};
use squall_engine::plan::Plan;
use squall_explore::campaign::{Campaign, Hits, campaign, median, wilson};
use squall_explore::sweep::{Finding, Kind, Lane, Outside};
use squall_watch::{PATIENCE, Watchdog};
use std::time::Duration;

/// What `bench` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BenchArgs {
    /// What is measured.
    #[command(subcommand)]
    pub(crate) what: BenchCommand,
}

/// What can be measured.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum BenchCommand {
    /// For every planted bug and strategy: in what share of the runs it shows, and after how many.
    Search(SearchArgs),
}

/// What `bench search` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct SearchArgs {
    /// Scenarios that expect a violation; without any, all of the catalogue.
    #[arg(value_name = "NAME|GLOB|FILE")]
    pub(crate) scenarios: Vec<String>,
    /// Only this strategy; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: Vec<StrategyName>,
    /// Of how many runs the share is taken.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) seeds: u64,
    /// How many campaigns there are, each until its first hit.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) campaigns: u64,
    /// How many runs a campaign has at most.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub(crate) cap: u64,
    /// How many campaigns go on at once; without it one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Print JSON: one object on one line for each scenario and strategy.
    #[arg(long)]
    pub(crate) json: bool,
}

const AFTER: &str = "\
The share is that of the runs that break the property that the scenario expects to be broken, with
its 95 % bounds (Wilson). The median is that of the number of the first such run over the
campaigns; one without such a run is censored, and if more than half are, so is the median.";

/// This machine, without a folder.
struct Machine<'a> {
    clock: &'a (dyn Fn() -> Duration + Sync),
    interrupted: &'a (dyn Fn() -> bool + Sync),
}

impl Outside for Machine<'_> {
    fn clock(&self) -> Duration {
        (self.clock)()
    }

    fn enough(&self) -> bool {
        (self.interrupted)()
    }

    fn watchdog(&self, _: usize) -> Watchdog {
        Watchdog::new(PATIENCE, |stuck| {
            eprintln!("squall: {stuck}");
            std::process::exit(i32::from(Exit::Undecided.code()));
        })
    }

    fn found(&self, _: &Finding, _: &Plan) -> Result<(), String> {
        Ok(())
    }
}

/// What was measured of one scenario and strategy.
struct Row {
    scenario: String,
    strategy: Kind,
    share: Hits,
    campaigns: Vec<Hits>,
}

/// Measures what the arguments say.
pub(crate) fn bench(
    catalogue: &Catalogue,
    options: &BenchArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let BenchCommand::Search(options) = &options.what;
    let lanes = planted(catalogue, options)?;
    let named: Vec<Kind> = options.strategy.iter().map(|name| name.0).collect();
    let strategies = if named.is_empty() { Kind::ALL.to_vec() } else { named };
    let jobs = options.jobs.unwrap_or_else(cores).max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let pool = pool.map_err(|error| Stop::Words(error.to_string()))?;
    let machine = Machine { clock: console.clock, interrupted: console.interrupted };
    let width = lanes.iter().map(|lane| lane.called.chars().count()).max().unwrap_or(0);
    if !options.json {
        let (seeds, cap) = (number(options.seeds), number(options.cap));
        let head = format!(
            "{:<width$}  {:<9}  {:>24}  first hit, median of {} campaigns of {cap}",
            "scenario",
            "strategy",
            format!("hits in {seeds} runs"),
            options.campaigns
        );
        console.line(&head)?;
        console.flush()?;
    }
    for lane in &lanes {
        for strategy in &strategies {
            let row = pool.install(|| measured(lane, *strategy, options, &machine))?;
            if (console.interrupted)() {
                return Ok(Exit::Interrupted);
            }
            let line = if options.json { row.json().to_string() } else { row.line(width, options) };
            console.line(&line)?;
            console.flush()?;
        }
    }
    Ok(Exit::Fine)
}

/// The scenarios that expect a violation.
fn planted<'a>(catalogue: &'a Catalogue, options: &SearchArgs) -> Result<Vec<Lane<'a>>, Stop> {
    let all = ["all".to_string()];
    let named = !options.scenarios.is_empty();
    let names = if named { options.scenarios.as_slice() } else { &all };
    let mut lanes = Vec::new();
    for chosen in inputs::chosen(catalogue, names, &[])? {
        let expects = chosen.planner.plan(0)?.scenario.expect.is_some();
        if !expects && named {
            let message = format!("{} expects no violation that could be hit", chosen.called);
            return Err(Stop::Words(message));
        }
        if expects {
            lanes.push(Lane { called: chosen.called, cell: Vec::new(), planner: chosen.planner });
        }
    }
    Ok(lanes)
}

/// Runs the campaigns of one row, several at once.
fn measured(
    lane: &Lane<'_>,
    strategy: Kind,
    options: &SearchArgs,
    machine: &Machine<'_>,
) -> Result<Row, Stop> {
    let one = |index: u64| {
        let share = index == 0;
        // The first is the one that the share is taken of.
        let runs = if share { options.seeds } else { options.cap };
        let first_seed = match index.checked_sub(1) {
            None => 0,
            Some(before) => options.seeds.saturating_add(before.saturating_mul(options.cap)),
        };
        let told = Campaign { strategy, first_seed, runs, first_only: !share };
        campaign(told, lane, machine, 0)
    };
    let done = (0..=options.campaigns).into_par_iter().map(one);
    let mut hits = done.collect::<Result<Vec<Hits>, _>>()?;
    let share = hits.remove(0);
    Ok(Row { scenario: lane.called.clone(), strategy, share, campaigns: hits })
}

impl Row {
    fn censored(&self) -> usize {
        self.campaigns.iter().filter(|hits| hits.first.is_none()).count()
    }

    fn line(&self, width: usize, options: &SearchArgs) -> String {
        let (scenario, strategy) = (&self.scenario, self.strategy.name());
        let Hits { runs, hits, .. } = self.share;
        let (low, high) = wilson(hits, runs);
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let share = percent(hits as f64 / runs.max(1) as f64);
        let share = format!("{share} % ({} to {})", percent(low), percent(high));
        let first = match median(&self.campaigns) {
            Some(first) => number(first),
            None => format!("over {}", number(options.cap)),
        };
        let censored = match self.censored() {
            0 => String::new(),
            censored => format!(", {censored} censored"),
        };
        format!("{scenario:<width$}  {strategy:<9}  {share:>24}  {first}{censored}")
    }

    fn json(&self) -> Value {
        let Hits { runs, hits, .. } = self.share;
        let (low, high) = wilson(hits, runs);
        json!({
            "version": VERSION,
            "kind": "search",
            "scenario": self.scenario,
            "strategy": self.strategy.name(),
            "runs": runs,
            "hits": hits,
            "low": low,
            "high": high,
            "first_hit_median": median(&self.campaigns),
            "first_hits": self.campaigns.iter().map(|hits| hits.first).collect::<Vec<_>>(),
            "censored": self.censored(),
        })
    }
}
