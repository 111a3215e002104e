//! The command line as types.
//!
//! The invariant: help, completions, the manual page and parsing come from these types alone.

use crate::bench::BenchArgs;
use crate::new::NewArgs;
use crate::sweep::{MergeArgs, SweepArgs};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;

/// Runs distributed protocols under storms that a seed decides, and says whether their promises
/// held.
#[derive(Debug, Parser)]
#[command(name = "squall", version, arg_required_else_help = true, after_help = AFTER)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Whether to print in colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

const AFTER: &str = "\
Arguments that end in .toml or .json, or begin with ./, ../ or /, are files; all else are names of
the catalogue, where * stands for any part of a name (`raft/*`) and `all` for every scenario.

Exit codes: 0 passed, or violated as expected; 1 violated, vacuous, or an expected violation that
did not come; 2 usage or scenario error; 3 not deterministic; 4 undecided or out of steps; 70
internal error; 130 interrupted.";

/// When to print in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the scenarios of the catalogue.
    List {
        /// Only those whose name matches.
        #[arg(value_name = "GLOB")]
        pattern: Option<String>,
    },
    /// Describe a scenario, a protocol, or `faults`, `checks`, `models`, `format`.
    Describe {
        /// What to describe.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Run scenarios and say what came of it.
    Run(RunArgs),
    /// Run many seeds at once and group what goes wrong.
    Sweep(SweepArgs),
    /// Join what the parts of a sweep have found.
    Merge(MergeArgs),
    /// Walk through a run in the terminal, from its violation to its cause.
    Replay(ReplayArgs),
    /// Write a run as one page for a browser.
    Report(ReportArgs),
    /// Write a run in the format of another tool.
    Export(ExportArgs),
    /// Measure how soon bugs are found.
    Bench(BenchArgs),
    /// Judge a history that somebody recorded: is what its clients were told possible?
    Check(CheckArgs),
    /// Make a crate with a protocol, a scenario and a test, which builds and passes.
    New(NewArgs),
    /// Make a failing run as small as it can be and still fail in the same way.
    Shrink(crate::shrink::ShrinkArgs),
    /// Say how a violation came about, what of it was needed and when it became inevitable.
    Explain(crate::explain::ExplainArgs),
    /// Print the JSON schema of scenario files, for editors.
    Schema {
        /// The protocol whose [config] it covers; without it, [config] may hold anything.
        #[arg(conflicts_with = "repro")]
        protocol: Option<String>,
        /// Of repros instead.
        #[arg(long)]
        repro: bool,
    },
    /// Answer another process of squall.
    #[command(hide = true)]
    Worker,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff.
    Man {
        /// Of this command.
        command: Option<String>,
    },
}

/// What `run` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_RUN)]
pub(crate) struct RunArgs {
    /// A scenario, a pattern of names such as `raft/*`, a scenario's file or a repro.
    #[arg(value_name = "NAME|GLOB|FILE", required = true)]
    pub(crate) scenarios: Vec<String>,
    /// The seed, decimal or 0x…; without it one is picked and printed before the run.
    #[arg(long, value_name = "N", conflicts_with = "seeds", allow_hyphen_values = true)]
    pub(crate) seed: Option<String>,
    /// Many seeds: N for 0..N, A..B without B, A..=B with it.
    #[arg(long, value_name = "N|A..B|A..=B", allow_hyphen_values = true)]
    pub(crate) seeds: Option<String>,
    /// Set a key of the scenario, such as network.loss=5%; its [vary] no longer counts.
    #[arg(long = "set", value_name = "K=V")]
    pub(crate) sets: Vec<String>,
    /// Write the run to this file: events with causes, views, history, outcome.
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<String>,
    /// Write a repro to this .json file: the plan of the run as it happened, triggers, roles and
    /// draws resolved; `run FILE` runs it.
    #[arg(long, value_name = "FILE")]
    pub(crate) pin: Option<String>,
    /// Run in a second process as well, which differs in all that a run must not depend on, and
    /// compare event by event.
    #[arg(long, conflicts_with_all = ["json", "seeds"])]
    pub(crate) check_determinism: bool,
    /// Run each seed in a process of its own: for a protocol with state outside its nodes, or one
    /// that may end the process. What happened around a violation is then not told.
    #[arg(long, conflicts_with_all = ["trace", "events", "pin", "check_determinism"])]
    pub(crate) isolate: bool,
    /// How long a handler may take on this machine before the run is given up.
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(crate) patience: String,
    /// Print every event as it happens.
    #[arg(long, conflicts_with = "json")]
    pub(crate) events: bool,
    /// Print JSON: one object on one line for each run, and a last one that sums up many.
    #[arg(long)]
    pub(crate) json: bool,
}

const AFTER_RUN: &str = "\
With --json every line is an object with \"version\": 1. \"kind\": \"run\" has scenario, protocol,
seed, outcome (passed, violated, undecided, out_of_steps), expected, exit, violation, events,
simulated_ns, wall_ns, digest, operations, messages, faults, properties, varied, measures,
unfired, unsampled, again. Of many runs a last line has \"kind\": \"summary\". Seeds and digests are
strings.";

/// Which run is meant.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// A trace, a plan or repro, or a scenario by name or file with --seed.
    #[arg(value_name = "TRACE|PLAN|NAME")]
    pub(crate) source: String,
    /// The seed of a scenario's run, decimal or 0x….
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) seed: Option<String>,
    /// Set a key of the scenario, such as network.loss=5%; its [vary] no longer counts.
    #[arg(long = "set", value_name = "K=V")]
    pub(crate) sets: Vec<String>,
}

/// What `replay` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Open at this event; without it, at the violation.
    #[arg(long, value_name = "N")]
    pub(crate) at: Option<u64>,
    /// Print one screen as text.
    #[arg(long)]
    pub(crate) headless: bool,
    /// The size of that screen.
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x36", requires = "headless")]
    pub(crate) size: String,
    /// Draw with ASCII alone.
    #[arg(long)]
    pub(crate) ascii: bool,
    /// Listen to the mouse: wheel, clicks on rows and on the timeline.
    #[arg(long)]
    pub(crate) mouse: bool,
}

/// What `report` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The file that is written.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: String,
}

/// What `export` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The format; the diagrams show the causal past of one event.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: FormatWord,
    /// The event that the diagrams lead up to; without it the violation, or the end.
    #[arg(long, value_name = "N")]
    pub(crate) at: Option<u64>,
}

/// The formats of other tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatWord {
    /// One JSON object a line: every event in words.
    Jsonl,
    /// ShiViz: a log with vector clocks.
    Shiviz,
    /// Perfetto: a track for each participant, flows for messages.
    Perfetto,
    /// Jepsen: the clients' history; `squall check` reads it.
    JepsenEdn,
    /// Mermaid: a sequence diagram of the causal past.
    Mermaid,
    /// Graphviz: the causal past as a graph.
    Dot,
}

/// What `check` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = after_check())]
pub(crate) struct CheckArgs {
    /// A history, a folder of them, or - for standard input; gzip is unpacked.
    #[arg(value_name = "FILE|DIR|-", required_unless_present = "verdicts")]
    pub(crate) path: Option<String>,
    /// What the service is; without it transactions are recognised, and all else is `kv`.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// What it promises; without it operations have to be linearizable, and of transactions the
    /// strongest level that holds is found.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<String>,
    /// The layout of the file; without it, it is detected and said.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// What `fail` means of a compare-and-set; without it what it means in files of the format.
    #[arg(long, value_name = "MEANING")]
    pub(crate) fail: Option<FailWord>,
    /// How many steps a search may take before it gives up.
    #[arg(long, value_name = "STEPS", default_value_t = squall_check::Budget::default().0)]
    pub(crate) budget: u64,
    /// Have the order or the evidence accepted by a small verifier, which shares no code with the
    /// checkers.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Write the history to this file as a page for a browser: bars over time.
    #[arg(long, value_name = "FILE", conflicts_with = "verdicts")]
    pub(crate) html: Option<String>,
    /// Judge the files that this table names, and compare with the verdicts that it expects.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) verdicts: Option<String>,
    /// The folder of the paths in the table; without it DIR, or the folder of the table.
    #[arg(long, value_name = "DIR", requires = "verdicts")]
    pub(crate) root: Option<String>,
    /// Print JSON: one object on one line for each verdict.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `fail` means of a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailWord {
    /// It did not happen, and says nothing about the state.
    DidNotHappen,
    /// It happened, and found another value than it expected.
    Mismatch,
}

fn after_check() -> String {
    use squall_check::command::{LEVELS, MODELS, ORDERS};
    let list = |names: Vec<&str>| names.join(", ");
    let models = MODELS.iter().map(|(name, about)| format!("  {name}: {about}\n"));
    let formats = squall_check::format::Format::ALL.iter().map(|format| format.name());
    format!(
        "Models, and what their operations are called in files:\n{}\n\
         Levels of operations: {}.\n\n\
         Levels of transactions: {}.\n\n\
         Formats: {}.\n\n\
         A table is comma-separated with a header that names at least `file` and `verdict` (or \
         `valid`), and maybe `model` and `level` (or `consistency_model`); without a header its \
         columns are file, level, verdict.\n\n\
         Exit codes: 0 the promise is kept, or every verdict as expected; 1 it is broken, or a \
         verdict differs; 2 bad usage or a file that cannot be read; 4 undecided.",
        models.collect::<String>(),
        list(ORDERS.to_vec()),
        list(LEVELS.to_vec()),
        list(formats.collect()),
    )
}

/// What the arguments say.
pub(crate) enum Parsed {
    /// Do this.
    Command(Color, Box<Command>),
    /// Print this: help or version.
    Words(String),
    /// There is no command; this is the help.
    Nothing(String),
    /// They cannot be understood, for this reason.
    Wrong(String),
}

/// Reads the arguments, the name of the program first.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Parsed {
    let args: Vec<OsString> = args.into_iter().collect();
    if args.len() == 3 && args[1] == "help" && args[2] == "guide" {
        return Parsed::Words(crate::guide::text());
    }
    let error = match Cli::try_parse_from(args) {
        Ok(cli) => return Parsed::Command(cli.color, Box::new(cli.command)),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Parsed::Words(error.to_string()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Parsed::Nothing(error.to_string()),
        _ => Parsed::Wrong(in_one_line(&error.to_string())),
    }
}

/// The definition of the command line.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// The message and the tips of an error, without the usage.
fn in_one_line(error: &str) -> String {
    let error = error.strip_prefix("error: ").unwrap_or(error);
    let told = error.split("\n\nUsage:").next().unwrap_or(error);
    let told = told.split("\n\nFor more information").next().unwrap_or(told);
    let parts = told.lines().map(str::trim).filter(|line| !line.is_empty());
    let parts: Vec<&str> = parts.map(|line| line.strip_prefix("tip: ").unwrap_or(line)).collect();
    parts.join("; ").replace(":; ", ": ")
}
