//! What `sweep` takes.
//!
//! The invariant: an option that was given is part of the commands that a sweep prints.

use crate::words::quoted;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use squall_explore::sweep::Kind;

/// What `sweep` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct SweepArgs {
    /// A scenario, a pattern of names such as `raft/*`, or a scenario's file.
    #[arg(value_name = "NAME|GLOB|FILE", required = true)]
    pub(crate) scenarios: Vec<String>,
    /// The seeds: N for 0..N, A..B without B, A..=B with it; without it 0..1000, or with --for as
    /// many from 0 as there is time for.
    #[arg(long, value_name = "N|A..B|A..=B", allow_hyphen_values = true)]
    pub(crate) seeds: Option<String>,
    /// Begin no more runs after this time on this machine, such as 10m.
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) lasts: Option<String>,
    /// How many runs go on at once; without it one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Begin no more runs when so many groups of failures are found.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) stop_after: Option<u64>,
    /// The folder for what is found.
    #[arg(long, value_name = "DIR", default_value = OUT)]
    pub(crate) out: String,
    /// Run one part of several only: 2/8 is the second of eight, and all eight together are the
    /// whole; `auto` and `auto/8` ask Kubernetes, Slurm or AWS Batch which part this is.
    #[arg(long, value_name = "I/N|auto")]
    pub(crate) shard: Option<String>,
    /// Run every combination of the values in [vary] with every seed, in place of one drawn by the
    /// seed.
    #[arg(long)]
    pub(crate) grid: bool,
    /// How the runs are decided: uniform, seeds as they are; swarm, each seed switches a random
    /// part of the chaos on; pct, links have priorities and some messages make theirs the lowest;
    /// guided, plans that went through new states are changed and run again; portfolio, these in
    /// turn.
    #[arg(long, value_name = "NAME", default_value = "uniform")]
    pub(crate) strategy: StrategyName,
    /// Run once for every disk effect and send of these nodes (n1,n3, a kind, or all), with a crash
    /// just before it.
    #[arg(long, value_name = "NODES", conflicts_with_all = ["shard", "strategy", "lasts"])]
    pub(crate) crash_points: Option<String>,
    /// A file of groups that are known: they are shown, and do not fail the sweep.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<String>,
    /// Add the groups that are found to the baseline.
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,
    /// Set a key of the scenarios, such as network.loss=5%; its [vary] no longer counts.
    #[arg(long = "set", value_name = "K=V")]
    pub(crate) sets: Vec<String>,
    /// How long a handler may take on this machine before the sweep is given up.
    #[arg(long, value_name = "TIME", default_value = PATIENCE)]
    pub(crate) patience: String,
    /// Print JSON: one object on one line for each group of failures, and one that sums up.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A strategy by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StrategyName(pub(crate) Kind);

impl ValueEnum for StrategyName {
    fn value_variants<'a>() -> &'a [StrategyName] {
        const ALL: [StrategyName; Kind::ALL.len()] = {
            let mut all = [StrategyName(Kind::Uniform); Kind::ALL.len()];
            let mut index = 0;
            while index < all.len() {
                all[index] = StrategyName(Kind::ALL[index]);
                index += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

const OUT: &str = "squall-out";
const PATIENCE: &str = "60s";

const AFTER: &str = "\
Runs that go wrong in the same way, by the property and its reason code, are one group. The folder
holds of each group the plan of its shortest run, for `run`, and its trace; summary.json,
coverage.json and junit.xml. What is found is written at once: of a sweep that is killed nothing is
lost, and the next one into the same folder takes it up.

With --crash-points the folder has crash-points.csv with what came of each point, and with --json
there is a line of \"kind\": \"crash_point\" for each at the end: node, step, at_ns, outcome,
signature, skipped.

With --shard auto the part is said by JOB_COMPLETION_INDEX (and JOB_COMPLETIONS, or auto/N),
SLURM_ARRAY_TASK_ID (with _MIN, _STEP and _COUNT), or AWS_BATCH_JOB_ARRAY_INDEX (with _SIZE);
`merge` joins the folders of the parts. Where GITHUB_ACTIONS is true, every group that is news is
annotated and a summary of the step is written.

With --json every line is an object with \"version\": 1. \"kind\": \"group\" has scenario,
signature, expected, known, runs, seed, varied, events, sentence, file, again; the last line has
\"kind\": \"sweep\" with state, first_seed, last_seed, runs, passed, as_expected, groups,
events, simulated_ns, out, exit.

Ctrl-C lets the runs in flight end, writes what was found and exits 130; a second one ends at
once.";

impl SweepArgs {
    /// The complete command that does the same again.
    pub(crate) fn command(&self, program: &str) -> String {
        let names: String =
            self.scenarios.iter().map(|name| format!(" {}", quoted(name))).collect();
        let mut command = format!("{program} sweep{names}");
        let mut add = |option: &str, value: Option<String>| {
            if let Some(value) = value {
                command.push_str(&format!(" {option} {}", quoted(&value)));
            }
        };
        let unless = |value: &String, usual: &str| (value != usual).then(|| value.clone());
        add("--seeds", self.seeds.clone());
        add("--for", self.lasts.clone());
        add("--jobs", self.jobs.map(|jobs| jobs.to_string()));
        add("--stop-after", self.stop_after.map(|most| most.to_string()));
        add("--out", unless(&self.out, OUT));
        add("--shard", self.shard.clone());
        let strategy = (self.strategy.0 != Kind::Uniform).then(|| self.strategy.0.name());
        add("--strategy", strategy.map(str::to_string));
        add("--crash-points", self.crash_points.clone());
        add("--baseline", self.baseline.clone());
        self.sets.iter().for_each(|set| add("--set", Some(set.clone())));
        add("--patience", unless(&self.patience, PATIENCE));
        if self.grid {
            command.push_str(" --grid");
        }
        command
    }
}

/// What `merge` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_MERGE)]
pub(crate) struct MergeArgs {
    /// The folders that sweeps have written to.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) folders: Vec<String>,
    /// The folder for the whole.
    #[arg(long, value_name = "DIR", default_value = OUT)]
    pub(crate) out: String,
    /// Print JSON, as `sweep` does.
    #[arg(long)]
    pub(crate) json: bool,
}

const AFTER_MERGE: &str = "\
The folders are those of the parts of one sweep, each part once. A part that is missing, or that
was ended early, is said, and the whole is undecided (exit 4) unless something worse was found.";
