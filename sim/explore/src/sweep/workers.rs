//! The threads that run a sweep.
//!
//! The invariant: a finding is handed out before the next run of its thread begins; every run that
//! has begun is finished, whatever stops the sweep.

use super::{Finding, Findings, Lane, Lesson, Space, States, Strategy, Task};
use crate::{Tally, execute};
use squall_engine::plan::Plan;
use squall_engine::scenario::ScenarioError;
use squall_engine::trace::Reader;
use squall_watch::Watchdog;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the thread that waits looks up.
const TICK: Duration = Duration::from_millis(100);

/// What is to be run.
pub struct Sweep<'a> {
    /// Scenarios, or cells of their grids.
    pub lanes: Vec<Lane<'a>>,
    /// Which runs there are.
    pub space: Space,
    /// How many threads run.
    pub jobs: usize,
    /// No run begins when so many groups are news.
    pub stop_after: Option<u64>,
    /// What was found before.
    pub findings: Findings,
}

/// What a sweep needs of the world.
pub trait Outside: Sync {
    /// The time since some instant.
    fn clock(&self) -> Duration;

    /// Whether no further run is to begin.
    fn enough(&self) -> bool;

    /// What watches the runs of one thread.
    fn watchdog(&self, thread: usize) -> Watchdog;

    /// A group is new, or has a shorter run, whose plan this is. It is to be kept at once.
    ///
    /// # Errors
    /// In words, why that is not possible; the sweep ends.
    fn found(&self, finding: &Finding, plan: &Plan) -> Result<(), String>;
}

/// How far a sweep is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// How many runs have ended.
    pub runs: u64,
    /// What came of them, by lane.
    pub tallies: Vec<Tally>,
    /// What they have found.
    pub findings: Findings,
}

impl Progress {
    /// Nothing has been run yet.
    #[must_use]
    pub fn before(sweep: &Sweep<'_>) -> Progress {
        let tallies = vec![Tally::default(); sweep.lanes.len()];
        Progress { runs: 0, tallies, findings: sweep.findings.clone() }
    }
}

/// Why a sweep ended early.
#[derive(Debug)]
pub enum SweepError {
    /// What `[vary]` drew together is not possible. What was found until then was handed out.
    Scenario(ScenarioError),
    /// In words. What was found until then was handed out.
    Words(String),
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SweepError::Scenario(error) => error.fmt(f),
            SweepError::Words(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for SweepError {}

/// Runs what `strategy` decides until all runs are done or no more are wanted. `look` is called now
/// and then, on the calling thread.
///
/// # Errors
/// A scenario turned out to be impossible, or a finding could not be kept.
///
/// # Panics
/// If the threads cannot be made.
pub fn sweep(
    sweep: &Sweep<'_>,
    strategy: &mut dyn Strategy,
    outside: &dyn Outside,
    look: &mut dyn FnMut(&dyn Fn() -> Progress),
) -> Result<Progress, SweepError> {
    let jobs = sweep.jobs.max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let pool = pool.expect("the host has threads");
    let part = |thread| Part {
        tallies: Mutex::new(vec![Tally::default(); sweep.lanes.len()]),
        lessons: Mutex::new(Vec::new()),
        watchdog: Mutex::new(outside.watchdog(thread)),
    };
    let shared = Shared {
        sweep,
        outside,
        parts: (0..jobs).map(part).collect(),
        findings: Mutex::new(sweep.findings.clone()),
        next: AtomicU64::new(0),
        done: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        failed: Mutex::new(None),
    };
    loop {
        let first = shared.next.load(Ordering::Relaxed);
        let behind = strategy.generation().map_or(u64::MAX, |most| first.saturating_add(most));
        generation(&pool, &shared, (&*strategy, behind), look);
        let mut lessons = shared.lessons();
        lessons.sort_by_key(|lesson| lesson.task.number);
        // Numbers that were asked for in vain belong to the next generation.
        shared.next.fetch_min(behind, Ordering::Relaxed);
        let over = behind >= sweep.space.runs() || shared.is_over();
        if over | !strategy.learn(lessons) {
            break;
        }
    }
    let progress = shared.progress();
    match lock(&shared.failed).take() {
        Some((_, error)) => Err(error),
        None => Ok(progress),
    }
}

/// Runs all that is planned before anything is learnt.
fn generation(
    pool: &rayon::ThreadPool,
    shared: &Shared<'_>,
    (strategy, behind): (&dyn Strategy, u64),
    look: &mut dyn FnMut(&dyn Fn() -> Progress),
) {
    pool.in_place_scope(|scope| {
        let (working, over) = channel();
        for thread in 0..shared.parts.len() {
            let working = working.clone();
            scope.spawn(move |_| work(shared, thread, (strategy, behind), working));
        }
        drop(working);
        while over.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            look(&|| shared.progress());
        }
    });
}

/// What belongs to one thread; nobody else looks at it but now and then.
struct Part {
    /// What came of each lane.
    tallies: Mutex<Vec<Tally>>,
    lessons: Mutex<Vec<Lesson>>,
    watchdog: Mutex<Watchdog>,
}

/// What the threads of a sweep have in common.
struct Shared<'a> {
    sweep: &'a Sweep<'a>,
    outside: &'a dyn Outside,
    parts: Vec<Part>,
    findings: Mutex<Findings>,
    next: AtomicU64,
    done: AtomicU64,
    stop: AtomicBool,
    /// The run that failed, of several the one with the least number.
    failed: Mutex<Option<(u64, SweepError)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared<'_> {
    fn progress(&self) -> Progress {
        let mut tallies = vec![Tally::default(); self.sweep.lanes.len()];
        for part in &self.parts {
            for (sum, more) in tallies.iter_mut().zip(lock(&part.tallies).iter()) {
                sum.merge(more);
            }
        }
        let runs = self.done.load(Ordering::Relaxed);
        Progress { runs, tallies, findings: lock(&self.findings).clone() }
    }

    /// Whether no more runs are wanted.
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.outside.enough()
    }

    /// The next run of whoever asks, before the number `behind`; none if no more are wanted.
    fn next_task(&self, behind: u64) -> Option<Task> {
        if self.is_over() {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number < behind { self.sweep.space.task(number) } else { None }
    }

    /// What all threads have to say of the runs of a generation.
    fn lessons(&self) -> Vec<Lesson> {
        let lessons = self.parts.iter().map(|part| std::mem::take(&mut *lock(&part.lessons)));
        lessons.flatten().collect()
    }

    fn run(&self, part: &Part, strategy: &dyn Strategy, task: Task) -> Result<(), SweepError> {
        let lane = &self.sweep.lanes[task.lane];
        let plan = strategy.plan(lane, task).map_err(SweepError::Scenario)?;
        let Some(plan) = plan else { return Ok(()) };
        let clock = || self.outside.clock();
        let mut states = strategy.watches(task).then(States::default);
        let reader = states.as_mut().map(|states| states as &mut dyn Reader);
        let subject = lane.planner.subject();
        let ran = execute(subject, plan, reader, &clock, &mut lock(&part.watchdog));
        let mut ran = ran.map_err(|error| SweepError::Words(error.to_string()))?;
        ran.plan.varied.splice(0..0, lane.cell.iter().cloned());
        lock(&part.tallies)[task.lane].add(&ran);
        if let Some(finding) = Finding::of(&lane.called, &ran) {
            self.keep(finding, &ran.plan)?;
        }
        if strategy.generation().is_some() {
            let states = states.map(States::seen).unwrap_or_default();
            lock(&part.lessons).push(strategy.lesson(task, &ran, states));
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Keeps a finding while nobody else does, so that the shortest is written last.
    fn keep(&self, finding: Finding, plan: &Plan) -> Result<(), SweepError> {
        let mut findings = lock(&self.findings);
        if let Some(group) = findings.add(finding) {
            self.outside.found(group, plan).map_err(SweepError::Words)?;
        }
        if self.sweep.stop_after.is_some_and(|most| findings.news() >= most) {
            self.stop.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn fail(&self, number: u64, error: SweepError) {
        self.stop.store(true, Ordering::Relaxed);
        let mut failed = lock(&self.failed);
        if failed.as_ref().is_none_or(|(other, _)| number < *other) {
            *failed = Some((number, error));
        }
    }
}

/// One thread. `_working` is dropped at its end, which tells the thread that waits.
fn work(
    shared: &Shared<'_>,
    thread: usize,
    (strategy, behind): (&dyn Strategy, u64),
    _working: Sender<()>,
) {
    let part = &shared.parts[thread];
    while let Some(task) = shared.next_task(behind) {
        if let Err(error) = shared.run(part, strategy, task) {
            shared.fail(task.number, error);
        }
    }
}
