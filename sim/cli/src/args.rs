//! The command line as types.
//!
//! The invariant: help, completions, the manual page and parsing come from these types alone.

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
    /// Print the JSON schema of scenario files, for editors.
    Schema {
        /// The protocol whose [config] it covers; without it, [config] may hold anything.
        protocol: Option<String>,
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
    /// A scenario, a pattern of names such as `raft/*`, a scenario's file or a plan's.
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
    /// Write the plan of the run as it happened to this .json file, triggers, roles and draws
    /// resolved; `run FILE` runs it.
    #[arg(long, value_name = "FILE")]
    pub(crate) pin: Option<String>,
    /// Run in a second process as well, which differs in all that a run must not depend on, and
    /// compare event by event.
    #[arg(long, conflicts_with_all = ["json", "seeds"])]
    pub(crate) check_determinism: bool,
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
