//! Runs in a process of their own: this program, started again as a worker, with the plan on its
//! standard input and what came of it on its standard output.
//!
//! The invariant: a worker runs what it is asked and ends; however it ends, who asked goes on.

use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::determinism::{self, Answer};
use crate::exit::{Exit, Stop};
use crate::log::one_line;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use squall_engine::ids::{EventId, Time};
use squall_engine::plan::Plan;
use squall_engine::run::{Ending, Outcome};
use squall_engine::sim::{Stats, Violation};
use squall_engine::subject::Report;
use squall_explore::{Judgement, Ran, execute};
use squall_watch::Watchdog;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The command of a worker, which no user types.
const WORKER: &str = "worker";

/// What a worker is asked.
#[derive(Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) plan: Plan,
    pub(crate) task: Task,
    /// How long a handler may take.
    pub(crate) patience: Duration,
}

/// What it is to do with the plan.
#[derive(Serialize, Deserialize)]
pub(crate) enum Task {
    /// Run it.
    Run,
    /// Run it in other circumstances, and say what can be compared; maybe tell an event.
    Compare(Option<u64>),
}

/// What came of a run, as a worker says it.
#[derive(Serialize, Deserialize)]
struct Done {
    report: Report,
    wall_ns: u64,
    panicked_at: Option<String>,
}

/// How a worker ended that did not answer.
pub(crate) enum Lost {
    /// A handler did not return, in these words.
    Stuck(String),
    /// It ended like this, with these last words.
    Ended(String),
}

impl From<Lost> for Stop {
    fn from(lost: Lost) -> Stop {
        match lost {
            Lost::Stuck(words) | Lost::Ended(words) => Stop::Words(words),
        }
    }
}

/// Runs a plan in a process of its own. A process that ends in the middle is a violation, and a
/// handler that does not return leaves the run undecided.
pub(crate) fn run(plan: Plan, patience: Duration) -> Result<Ran, Stop> {
    let asked = Asked { plan, task: Task::Run, patience };
    let done = match ask::<Done>(&asked, &mut command()?) {
        Ok(done) => done,
        Err(Lost::Stuck(words)) => lost(&asked.plan, Ending::Undecided(words)),
        Err(Lost::Ended(sentence)) => {
            let (property, reason) = ("process".to_string(), "ended".to_string());
            let (event, at) = (EventId::BEGINNING, Time::ZERO);
            let witnesses = Vec::new();
            let ended = Violation { property, reason, sentence, event, at, witnesses };
            lost(&asked.plan, Ending::Violated(ended))
        }
    };
    let Done { report, wall_ns, panicked_at } = done;
    let judgement = Judgement::of(&report.outcome, &asked.plan);
    Ok(Ran { plan: asked.plan, report, wall_ns, judgement, panicked_at })
}

/// A run of which only the end is known.
fn lost(plan: &Plan, ending: Ending) -> Done {
    let aimed = plan.faults.iter().filter(|fault| fault.when.is_some());
    let outcome = Outcome {
        ending,
        events: 0,
        simulated: Time::ZERO,
        digest: Default::default(),
        stats: Stats::default(),
        standings: Vec::new(),
        chances: Vec::new(),
        strikes: Vec::new(),
        unfired: aimed.map(|fault| fault.name.clone()).collect(),
        unsampled: Vec::new(),
        reproducible: false,
    };
    let report = Report { outcome, history: Vec::new(), faults: Vec::new(), unapplied: Vec::new() };
    Done { report, wall_ns: 0, panicked_at: None }
}

/// A worker that is yet to be started.
pub(crate) fn command() -> Result<Command, Stop> {
    let program = std::env::current_exe()
        .map_err(|error| Stop::Words(format!("this program does not find itself: {error}")))?;
    let mut command = Command::new(program);
    command.arg(WORKER);
    Ok(command)
}

/// Asks a worker.
pub(crate) fn ask<T: DeserializeOwned>(asked: &Asked, command: &mut Command) -> Result<T, Lost> {
    let failed = |error: std::io::Error| Lost::Ended(format!("a process cannot be had: {error}"));
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().map_err(failed)?;
    let text = serde_json::to_vec(asked).expect("a plan is plain data");
    if let Some(mut input) = child.stdin.take() {
        // Who does not listen says why on its way out.
        let _ = input.write_all(&text);
    }
    let output = child.wait_with_output().map_err(failed)?;
    // What the protocol's own code prints comes before the answer.
    let said = String::from_utf8_lossy(&output.stdout);
    let answer = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
    answer.ok_or_else(|| {
        let words = String::from_utf8_lossy(&output.stderr);
        let last = words.lines().last().map_or("nothing".to_string(), one_line);
        match output.status.code() == Some(i32::from(Exit::Undecided.code())) {
            true => Lost::Stuck(last),
            false => Lost::Ended(format!("its process ended ({}) and said: {last}", output.status)),
        }
    })
}

/// Answers what comes in on the standard input.
pub(crate) fn work(catalogue: &Catalogue, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let Asked { plan, task, patience } = serde_json::from_str(&text)
        .map_err(|error| Stop::Words(format!("`{WORKER}` is asked by squall alone: {error}")))?;
    let protocol = &plan.scenario.protocol;
    let subject = catalogue.subject(protocol);
    let subject = subject.ok_or_else(|| Stop::Words(format!("no protocol `{protocol}` here")))?;
    let watchdog = || {
        Watchdog::of_worker(patience, |stuck| {
            eprintln!("{stuck}");
            std::process::exit(i32::from(Exit::Undecided.code()));
        })
    };
    let text = match task {
        Task::Run => {
            let ran = execute(subject, plan, None, console.clock, &mut watchdog())?;
            let Ran { report, wall_ns, panicked_at, .. } = ran;
            serde_json::to_string(&Done { report, wall_ns, panicked_at })
        }
        Task::Compare(tell) => {
            let answer: Answer = determinism::elsewhere(subject, &plan, tell, watchdog)?;
            serde_json::to_string(&answer)
        }
    };
    console.line(&format!("\n{}", text.expect("an answer is plain data")))?;
    Ok(Exit::Fine)
}
