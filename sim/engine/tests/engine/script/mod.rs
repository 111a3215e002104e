//! A protocol whose handlers do what a test says, so that a test of the kernel is a few lines of
//! data and a transcript.
//!
//! The invariant: one line of a script is one handler (`n1 start: work 2ms; send n2 a`), one fault
//! (`fault { … }`) or one setting (`set network.loss=5%`); `+` continues a line.

mod actor;
mod around;

pub use actor::{Actor, Config, On, Script};

use crate::support;
use squall_check::{History, RegisterAnswer, RegisterOp};
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::NodeId;
use squall_engine::plan::Plan;
use squall_engine::protocol::Protocol;
use squall_engine::run::{Ending, Observer, Outcome, run as drive};
use squall_engine::scenario::Document;
use squall_engine::sim::Sim;
use squall_engine::subject::{Of, Planner};

/// What a script's run left behind.
pub struct Ran {
    /// The events, one line each.
    pub transcript: String,
    pub outcome: Outcome,
    /// What the monitors saw.
    pub seen: Vec<String>,
    pub history: History<RegisterOp, RegisterAnswer>,
}

/// The text of a scenario for a script, and its settings.
fn scenario(script: &str) -> (String, Vec<String>) {
    let (mut faults, mut handlers, mut settings) = (Vec::new(), String::new(), Vec::new());
    let mut lines: Vec<String> = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (line.strip_prefix("+ "), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(&format!(" {more}")),
            _ => lines.push(line.to_string()),
        }
    }
    for line in &lines {
        if let Some(fault) = line.strip_prefix("fault ") {
            faults.push(fault.to_string());
        } else if let Some(setting) = line.strip_prefix("set ") {
            settings.push(setting.to_string());
        } else {
            let (key, script) = line.split_once(':').expect("a handler is `who what: effects`");
            handlers.push_str(&format!("\"{key}\" = \"{}\"\n", script.trim()));
        }
    }
    let text = format!(
        "faults = [{}]\n\
         [scenario]\nduration = \"1s\"\ncalm = \"0s\"\n\
         [cluster]\nnodes = 3\nclients = 0\n\
         [network]\nlatency = \"1ms\"\n\
         [workload]\nmix = {{ write = 1 }}\n\
         [checks]\nconsistency = \"none\"\neventually = []\n\
         [config.on]\n{handlers}",
        faults.join(", ")
    );
    (text, settings)
}

/// The plan of a script for a seed.
pub fn plan(script: &str, seed: u64) -> Plan {
    let (text, settings) = scenario(script);
    let mut document =
        Document::parse_in_test("script.toml", &text, "script").expect("a script makes TOML");
    for setting in settings {
        document.set(&setting).expect("a script's settings are known");
    }
    let planner = Planner::new(const { &Of::<Script>::new() }, document);
    planner.expect("a script is a valid scenario").plan(seed).expect("it can be planned")
}

/// A simulation of a plan at its beginning, and where its monitors write what they see.
pub fn sim(plan: Plan) -> (Sim<Script>, actor::Seen) {
    sim_on(plan)
}

fn sim_on<const STREAM: bool>(plan: Plan) -> (Sim<On<STREAM>>, actor::Seen) {
    let config: Config = serde_json::from_value(plan.config.clone()).expect("it is a script's");
    let seen = config.seen.clone();
    (Sim::new(plan, config), seen)
}

pub fn run_plan(plan: Plan) -> Ran {
    run_on::<false>(plan)
}

/// Runs the plan of a script on streams.
pub fn run_streamed(plan: Plan) -> Ran {
    run_on::<true>(plan)
}

/// The digest of a plan's run on streams that nobody watches.
pub fn streamed_digest(plan: Plan) -> squall_engine::digest::Digest {
    let (mut sim, _) = sim_on::<true>(plan);
    drive(&mut sim, &mut squall_engine::run::Unwatched).digest
}

fn run_on<const STREAM: bool>(plan: Plan) -> Ran {
    let (mut sim, seen) = sim_on::<STREAM>(plan);
    let mut scribe = Scribe::default();
    let outcome = drive(&mut sim, &mut scribe);
    match &outcome.ending {
        Ending::Passed => {}
        Ending::Violated(violation) => scribe.transcript.push_str(&format!(
            "violated {} at {}: {}\n",
            violation.signature(),
            violation.event,
            violation.sentence
        )),
        Ending::Undecided(words) => scribe.transcript.push_str(&format!("undecided: {words}\n")),
        Ending::OutOfSteps(words) => scribe.transcript.push_str(&format!("stopped: {words}\n")),
    }
    let history = sim.history().clone();
    Ran { transcript: scribe.transcript, outcome, seen: seen.take(), history }
}

/// Runs a script under seed 1.
pub fn run(script: &str) -> Ran {
    run_plan(plan(script, 1))
}

/// Compares the transcript of a script with a snapshot.
#[track_caller]
pub fn check(script: &str, want: expect_test::Expect) {
    want.assert_eq(&run(script).transcript);
}

/// Writes events down, but for first boots without words.
#[derive(Default)]
pub struct Scribe {
    pub transcript: String,
}

impl<P: Protocol> Observer<P, squall_engine::decider::Seeded, squall_engine::host::Native<P>>
    for Scribe
{
    fn reads(&self) -> bool {
        true
    }

    fn event(&mut self, _: &Sim<P>, event: &Event) {
        if event.kind != (EventKind::Start { restarts: 0 }) || event.text.is_some() {
            self.transcript.push_str(&line(event));
        }
    }
}

/// An event as a line.
pub fn line(event: &Event) -> String {
    let at = event.at.to_string();
    let operator = matches!(event.kind, EventKind::Operate);
    let place = match event.place {
        Some(_) if operator => "operator ".to_string(),
        place => place.map_or(String::new(), |place: NodeId| format!("{place} ")),
    };
    let text = event.text.as_deref().unwrap_or_default();
    let words = match event.kind {
        EventKind::Start { restarts: 0 } => format!("starts {text}"),
        EventKind::Start { .. } => format!("restarts {text}"),
        EventKind::Deliver { from, .. } => format!("gets {text} from {from}"),
        EventKind::Timer => format!("timer {text}"),
        EventKind::Synced => format!("is told of its sync {text}"),
        EventKind::Effect => text.to_string(),
        EventKind::Idle => format!("is idle {text}"),
        EventKind::Lost { from, to, loss } => {
            format!("{text} from {from} to {to} {}", loss.words())
        }
        EventKind::Invoke => format!("invokes {text}"),
        EventKind::TimedOut => "times out".to_string(),
        EventKind::Retry => "asks again".to_string(),
        EventKind::Begin { .. } => format!("+ {text}"),
        EventKind::End { .. } => format!("- {text}"),
        EventKind::Skip { .. } => format!("/ {text}"),
        EventKind::Turn { .. } => format!("~ {text}"),
        EventKind::Session { .. } | EventKind::Resend { .. } => text.to_string(),
        EventKind::Crash => "crashes".to_string(),
        EventKind::Pause => "is paused".to_string(),
        EventKind::Resume => "goes on".to_string(),
        EventKind::Operate => text.to_string(),
        EventKind::Calm => "calm".to_string(),
    };
    format!("{} {}\n", support::trimmed(&at), format!("{place}{words}").trim_end())
}
