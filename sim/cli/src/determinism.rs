//! Whether a run is the same in a second process that differs on purpose: other seeds were run in
//! it before, on another thread, in a used heap, with another environment, folder, time zone and
//! locale.
//!
//! The invariant: both sides are compared event by event and view by view; what is told of a
//! difference is what either side says of the first event that differs.

use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::log::{one_line, place, told};
use crate::words::number;
use serde::{Deserialize, Serialize};
use squall_engine::digest::FixedHasher;
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::subject::Subject;
use squall_engine::trace::{Reader, Scene};
use squall_explore::panics;
use std::hash::Hasher;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// What the worker is asked.
#[derive(Serialize, Deserialize)]
struct Asked {
    plan: Plan,
    /// The event that is to be told; absent: all are to be compared.
    tell: Option<u64>,
}

/// What it answers.
#[derive(Serialize, Deserialize)]
struct Answer {
    /// A hash of each event and of what its node then shows.
    hashes: Vec<u64>,
    /// What was to be told.
    told: Option<String>,
}

/// Compares a run of this process with one of another; says what differs.
pub(crate) fn check(
    subject: &dyn Subject,
    plan: &Plan,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let here = answer(subject, plan, None)?;
    let there = ask(plan, None)?;
    let pairs = here.hashes.iter().zip(&there.hashes);
    let same = pairs.take_while(|(here, there)| here == there).count();
    if same == here.hashes.len() && same == there.hashes.len() {
        let events = number(same as u64);
        console.line(&format!("the same in another process: {events} events and their views"))?;
        return Ok(Exit::Fine);
    }
    let event = same as u64 + 1;
    let head = console.paint.bad("NOT DETERMINISTIC");
    console.line(&format!("{head}: #{event} is another event in another process"))?;
    let nothing = || "the run is over".to_string();
    let here = answer(subject, plan, Some(event))?.told.unwrap_or_else(nothing);
    let there = ask(plan, Some(event))?.told.unwrap_or_else(nothing);
    console.line(&format!("  here   {here}"))?;
    console.line(&format!("  there  {there}"))?;
    if here == there {
        console.line("  it differs from one time to the next, too")?;
    }
    Ok(Exit::Nondeterministic)
}

/// Asks the worker: this program, started again in other circumstances.
fn ask(plan: &Plan, tell: Option<u64>) -> Result<Answer, Stop> {
    let failed = |what: &str| Stop::Words(format!("the second process {what}"));
    let program = std::env::current_exe().map_err(|error| failed(&error.to_string()))?;
    let mut child = Command::new(program)
        .arg(WORKER)
        .env("TZ", "Pacific/Chatham")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("LANG", "tr_TR.UTF-8")
        .env("SQUALL_ELSEWHERE", "x".repeat(4_099))
        .env_remove("HOME")
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&format!("does not start: {error}")))?;
    let asked = Asked { plan: plan.clone(), tell };
    let asked = serde_json::to_vec(&asked).expect("a plan is plain data");
    if let Some(mut input) = child.stdin.take() {
        // Who does not listen says why on its way out.
        let _ = input.write_all(&asked);
    }
    let output = child.wait_with_output().map_err(|error| failed(&error.to_string()))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let words = String::from_utf8_lossy(&output.stderr);
        let words = words.lines().last().unwrap_or("nothing");
        failed(&format!("ended ({}) and said: {}", output.status, one_line(words)))
    })
}

/// The command of a worker, which no user types.
pub(crate) const WORKER: &str = "worker";

/// Answers what comes in on the standard input.
pub(crate) fn work(catalogue: &Catalogue, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let Asked { plan, tell } = serde_json::from_str(&text)
        .map_err(|error| Stop::Words(format!("`{WORKER}` is asked by squall alone: {error}")))?;
    let protocol = &plan.scenario.protocol;
    let subject = catalogue.subject(protocol);
    let subject = subject.ok_or_else(|| Stop::Words(format!("no protocol `{protocol}` here")))?;
    let heap: Vec<Vec<u8>> = (1..2_000_usize).map(|size| vec![0xa5; size * 7 % 4_093]).collect();
    let kept: Vec<Vec<u8>> = heap.into_iter().step_by(3).collect();
    let answered = std::thread::scope(|scope| {
        let elsewhere = scope.spawn(|| {
            for other in 1..=3 {
                let before = Plan { seed: plan.seed.wrapping_add(other), ..plan.clone() };
                answer(subject, &before, None)?;
            }
            answer(subject, &plan, tell)
        });
        elsewhere.join().unwrap_or_else(|_| Err(Stop::Words("the run's thread ended".to_string())))
    })?;
    drop(kept);
    let text = serde_json::to_string(&answered).expect("an answer is plain data");
    console.line(&text)?;
    Ok(Exit::Fine)
}

/// What a run says of its events.
fn answer(subject: &dyn Subject, plan: &Plan, tell: Option<u64>) -> Result<Answer, Stop> {
    let mut reader = Comparer { hashes: Vec::new(), tell, told: None };
    let (report, _) = panics::quietly(|| subject.run(plan, Some(&mut reader)));
    report.map_err(|error| Stop::Words(error.to_string()))?;
    let Comparer { hashes, told, .. } = reader;
    Ok(Answer { hashes, told })
}

/// Reads a run to compare it with another.
struct Comparer {
    hashes: Vec<u64>,
    tell: Option<u64>,
    told: Option<String>,
}

impl Reader for Comparer {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        let node = event.place.filter(|place| !place.is_client());
        let view = node.and_then(|node| scene.view(node));
        let mut hasher = FixedHasher::new();
        hasher.write(format!("{event:?} {view:?}").as_bytes());
        self.hashes.push(hasher.finish());
        if self.tell == Some(self.hashes.len() as u64) {
            let shown = view.map(|view| {
                let fields = view.fields().map(|(name, value)| format!(" {name} = {value}"));
                format!("  [{}{}]", view.shown_role(), fields.collect::<String>())
            });
            let (id, at) = (event.id, event.at);
            let (place, words) = (place(event, scene), one_line(&told(event)));
            self.told = Some(format!("{id} {at}  {place}  {words}{}", shown.unwrap_or_default()));
        }
    }
}
