//! The command line over a catalogue of protocols and scenarios.
//!
//! The invariant: everything that is said about protocols, scenarios and the format comes from
//! their types; host, clock and entropy come in through the [`Console`] alone.

#![allow(clippy::disallowed_methods, reason = "a command line reads clock and environment")]

mod args;
mod bench;
mod catalogue;
mod check;
mod console;
mod describe;
mod determinism;
mod exit;
mod explain;
mod export;
mod faults;
mod guide;
mod heading;
mod inputs;
mod json;
mod list;
mod log;
mod manual;
mod many;
mod new;
mod replay;
mod repro_file;
mod run;
mod seeds;
mod shrink;
mod space_time;
mod sweep;
mod tally;
mod verdict;
mod words;
mod worker;

pub use catalogue::Catalogue;
pub use console::Console;
pub use exit::Exit;

use args::{Command, Parsed};
use console::Paint;
use exit::Stop;
use std::ffi::OsString;

/// Runs one command: `args` begin with the name of the program.
///
/// Nothing but what the command asks for is written anywhere; errors are one line on
/// `console.err`.
pub fn run_command(
    catalogue: &Catalogue,
    args: impl IntoIterator<Item = OsString>,
    console: &mut Console<'_>,
) -> Exit {
    let done = match args::parse(args) {
        Parsed::Command(color, command) => {
            console.paint = Paint::new(color, console);
            dispatch(catalogue, &command, console)
        }
        Parsed::Words(words) => console.say(&words).map(|()| Exit::Fine),
        Parsed::Nothing(help) => {
            console.remark(help.trim_end());
            Ok(Exit::Usage)
        }
        Parsed::Wrong(message) => Err(Stop::Words(message)),
    };
    let done = done.and_then(|exit| console.flush().map(|()| exit));
    match done {
        Ok(exit) => exit,
        Err(stop) => stop.tell(console),
    }
}

fn dispatch(
    catalogue: &Catalogue,
    command: &Command,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    if let Some(problem) = catalogue.problem() {
        return Err(Stop::Words(problem.to_string()));
    }
    match command {
        Command::List { pattern } => list::list(catalogue, pattern.as_deref(), console),
        Command::Describe { name } => describe::describe(catalogue, name, console),
        Command::Run(options) => run::run(catalogue, options, console),
        Command::Shrink(options) => shrink::shrink(catalogue, options, console),
        Command::Explain(options) => explain::explain(catalogue, options, console),
        Command::Sweep(options) => sweep::sweep(catalogue, options, console),
        Command::Merge(options) => sweep::merge(catalogue, options, console),
        Command::Replay(options) => replay::replay(catalogue, options, console),
        Command::Bench(options) => bench::bench(catalogue, options, console),
        Command::Report(options) => export::report(catalogue, options, console),
        Command::Export(options) => export::export(catalogue, options, console),
        Command::Worker => worker::work(catalogue, console),
        Command::Check(options) => check::check(options, console),
        Command::New(options) => new::new(options, console),
        Command::Schema { protocol, repro } => {
            manual::schema(catalogue, protocol.as_deref(), *repro, console)
        }
        Command::Completions { shell } => manual::completions(*shell, console),
        Command::Man { command } => manual::man(command.as_deref(), console),
    }
}

/// The whole program: arguments, streams, clock and entropy of the process.
pub fn main(catalogue: &Catalogue) -> std::process::ExitCode {
    let run =
        || console::of_process(|console| run_command(catalogue, std::env::args_os(), console));
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(exit) => exit.into(),
        Err(_) => {
            eprintln!("squall: internal error: this is a bug of squall, not of your protocol");
            Exit::Internal.into()
        }
    }
}
