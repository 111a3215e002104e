//! Whether a run is the same in a second process that differs on purpose: other seeds were run in
//! it before, on another thread, in a used heap, with another environment, folder, time zone and
//! locale.
//!
//! The invariant: both sides are compared event by event and view by view; what is told of a
//! difference is what either side says of the first event that differs.

use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::words::number;
use crate::worker::{self, Asked, Lost, Task};
use serde::{Deserialize, Serialize};
use squall_engine::digest::FixedHasher;
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::subject::Subject;
use squall_engine::trace::{Reader, Scene};
use squall_explore::execute;
use squall_explore::story::place;
use squall_watch::Watchdog;
use std::hash::Hasher;
use std::time::Duration;

/// What a run says of its events.
#[derive(Serialize, Deserialize)]
pub(crate) struct Answer {
    /// A hash of each event and of what its node then shows.
    hashes: Vec<u64>,
    /// What was to be told.
    told: Option<String>,
}

/// Compares a run of this process with one of another; says what differs.
pub(crate) fn check(
    subject: &dyn Subject,
    plan: &Plan,
    patience: Duration,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Exit, Stop> {
    let here = answer(subject, plan, None, watchdog)?;
    let there = match ask(plan, None, patience)? {
        Ok(there) => there,
        Err(Lost::Stuck(words)) => {
            console.flush()?;
            console.remark(&format!("squall: in another process: {words}"));
            return Ok(Exit::Undecided);
        }
        Err(lost @ Lost::Ended(_)) => return Err(lost.into()),
    };
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
    let here = answer(subject, plan, Some(event), watchdog)?.told.unwrap_or_else(nothing);
    let there = ask(plan, Some(event), patience)??.told.unwrap_or_else(nothing);
    console.line(&format!("  here   {here}"))?;
    console.line(&format!("  there  {there}"))?;
    if here == there {
        console.line("  it differs from one time to the next, too")?;
    }
    Ok(Exit::Nondeterministic)
}

/// Asks a worker in other circumstances.
fn ask(plan: &Plan, tell: Option<u64>, patience: Duration) -> Result<Result<Answer, Lost>, Stop> {
    let mut command = worker::command()?;
    command
        .env("TZ", "Pacific/Chatham")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("LANG", "tr_TR.UTF-8")
        .env("SQUALL_ELSEWHERE", "x".repeat(4_099))
        .env_remove("HOME")
        .current_dir(std::env::temp_dir());
    let asked = Asked { plan: plan.clone(), task: Task::Compare(tell), patience };
    Ok(worker::ask(&asked, &mut command))
}

/// Runs in a worker what is to be compared: on another thread, after other seeds, in a used heap.
pub(crate) fn elsewhere(
    subject: &dyn Subject,
    plan: &Plan,
    tell: Option<u64>,
    watchdog: impl Fn() -> Watchdog + Sync,
) -> Result<Answer, Stop> {
    let heap: Vec<Vec<u8>> = (1..2_000_usize).map(|size| vec![0xa5; size * 7 % 4_093]).collect();
    let kept: Vec<Vec<u8>> = heap.into_iter().step_by(3).collect();
    let answered = std::thread::scope(|scope| {
        let elsewhere = scope.spawn(|| {
            let mut watchdog = watchdog();
            for other in 1..=3 {
                let before = Plan { seed: plan.seed.wrapping_add(other), ..plan.clone() };
                answer(subject, &before, None, &mut watchdog)?;
            }
            answer(subject, plan, tell, &mut watchdog)
        });
        elsewhere.join().unwrap_or_else(|_| Err(Stop::Words("the run's thread ended".to_string())))
    });
    drop(kept);
    answered
}

/// What a run says of its events.
fn answer(
    subject: &dyn Subject,
    plan: &Plan,
    tell: Option<u64>,
    watchdog: &mut Watchdog,
) -> Result<Answer, Stop> {
    let mut reader = Comparer { hashes: Vec::new(), tell, told: None };
    execute(subject, plan.clone(), Some(&mut reader), &|| Duration::ZERO, watchdog)?;
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
            let (place, words) = (place(event, scene), event.words());
            self.told = Some(format!("{id} {at}  {place}  {words}{}", shown.unwrap_or_default()));
        }
    }
}
