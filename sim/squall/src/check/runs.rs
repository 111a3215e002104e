//! Running the seeds of a check, one after another or several at once.
//!
//! The invariant: what came of the seeds is handed on in their order, however many jobs there are,
//! and nothing is run long after something went wrong.

use super::failure::Failure;
use squall_engine::subject::Planner;
use squall_explore::{Ran, execute};
use squall_watch::{PATIENCE, Watchdog};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many seeds of each job are run before what came of them is looked at.
const BATCH: usize = 4;

/// Runs seeds and hands on what came of each.
pub(super) fn each(
    planner: &Planner<'_>,
    seeds: &[u64],
    jobs: usize,
    mut take: impl FnMut(Ran) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if jobs == 1 {
        let mut watchdog = watchdog();
        return seeds.iter().try_for_each(|seed| take(one(planner, *seed, &mut watchdog)?));
    }
    let mut batches = seeds.chunks(jobs * BATCH);
    batches.try_for_each(|batch| {
        together(planner, batch, jobs).into_iter().try_for_each(|ran| take(ran?))
    })
}

/// Runs one seed; nobody asks how long it takes.
pub(super) fn one(
    planner: &Planner<'_>,
    seed: u64,
    watchdog: &mut Watchdog,
) -> Result<Ran, Failure> {
    let plan = planner.plan(seed).map_err(Failure::scenario)?;
    let ran = execute(planner.subject(), plan, None, &|| Duration::ZERO, watchdog);
    ran.map_err(|error| Failure::misused(format!("seed {seed}: {error}")))
}

/// A watchdog that ends the process: a handler that never returns cannot be stopped.
pub(super) fn watchdog() -> Watchdog {
    Watchdog::new(PATIENCE, |stuck| {
        eprintln!("squall: {stuck}");
        std::process::abort();
    })
}

/// Runs a few seeds at once; what came of them stands in their order.
#[expect(
    clippy::disallowed_methods,
    reason = "each run lives on one thread, and there are several"
)]
fn together(planner: &Planner<'_>, seeds: &[u64], jobs: usize) -> Vec<Result<Ran, Failure>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut watchdog = watchdog();
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(seed) = seeds.get(index) else { return done };
            done.push((index, one(planner, *seed, &mut watchdog)));
        }
    };
    let mut done: Vec<(usize, Result<Ran, Failure>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, ran)| ran).collect()
}
