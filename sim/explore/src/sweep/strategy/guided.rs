//! Plans that went through new states, changed a little and run again.
//!
//! The invariant: runs of one generation learn nothing from each other, and a generation is learnt
//! from in the order of its runs.

use super::{GENERATION, Lesson, Strategy, Task};
use crate::sweep::Lane;
use squall_engine::plan::Plan;
use squall_engine::scenario::ScenarioError;
use squall_engine::scenario::fault::Fault;
use squall_engine::stream::{Stream, StreamKind};
use squall_engine::units::{Span, SpanRange};
use std::collections::BTreeSet;

/// The most plans that are kept of a lane.
const KEPT_MAX: usize = 256;
/// The most states that are remembered of a lane.
const SEEN_MAX: usize = 1_000_000;
/// One run in so many has a plan that nothing was learnt for.
const FRESH: u64 = 4;

/// What has been learnt of each lane.
pub(super) struct Guided(Vec<Learnt>);

/// What has been learnt of a lane.
#[derive(Clone, Default)]
struct Learnt {
    seen: BTreeSet<u64>,
    /// Plans that went through states that were new, the latest last.
    kept: Vec<Plan>,
}

impl Guided {
    pub(super) fn new(lanes: usize) -> Guided {
        Guided(vec![Learnt::default(); lanes])
    }
}

impl Strategy for Guided {
    fn plan(&self, lane: &Lane<'_>, task: Task) -> Result<Option<Plan>, ScenarioError> {
        let fresh = lane.planner.plan(task.seed)?;
        let kept = &self.0[task.lane].kept;
        let mut stream = Stream::named(task.seed, StreamKind::Chaos, "guided");
        if kept.is_empty() || stream.below(FRESH) == 0 {
            return Ok(Some(fresh));
        }
        // Of two, the later one: what was found last has been tried least.
        let index = stream.below(kept.len() as u64).max(stream.below(kept.len() as u64));
        let changed = changed(&kept[index as usize], &fresh, &mut stream);
        let possible = lane.planner.subject().check(&changed.name, &changed).is_ok();
        Ok(Some(if possible { changed } else { fresh }))
    }

    fn generation(&self) -> Option<u64> {
        Some(GENERATION)
    }

    fn watches(&self, _: Task) -> bool {
        true
    }

    fn learn(&mut self, lessons: Vec<Lesson>) -> bool {
        for Lesson { task, plan, states, .. } in lessons {
            let learnt = &mut self.0[task.lane];
            let before = learnt.seen.len();
            let room = SEEN_MAX.saturating_sub(before);
            learnt.seen.extend(states.into_iter().take(room));
            if learnt.seen.len() > before {
                learnt.kept.push(plan);
            }
            if learnt.kept.len() > KEPT_MAX {
                learnt.kept.remove(0);
            }
        }
        true
    }
}

/// A plan changed in one or two ways; `fresh` is one that nothing was learnt for.
fn changed(plan: &Plan, fresh: &Plan, stream: &mut Stream) -> Plan {
    let mut changed = plan.clone();
    for _ in 0..=stream.below(2) {
        let faults = changed.faults.len() as u64;
        match stream.below(5) {
            0 => changed.seed = fresh.seed,
            1 if faults > 0 => {
                changed.faults.remove(stream.below(faults) as usize);
            }
            2 if faults > 0 => move_fault(&mut changed, stream),
            3 if faults > 0 => stretch_fault(&mut changed, stream),
            _ => borrow_faults(&mut changed, fresh, stream),
        }
    }
    changed
}

/// One fault begins up to twice as late, or as early.
fn move_fault(plan: &mut Plan, stream: &mut Stream) {
    let factor = 50 + stream.below(151);
    let fault = any_fault(plan, stream);
    fault.at = fault.at.map(|at| times(at, factor));
}

/// One fault lasts up to twice as long, or half.
fn stretch_fault(plan: &mut Plan, stream: &mut Stream) {
    let factor = 50 + stream.below(151);
    let fault = any_fault(plan, stream);
    fault.lasts = fault.lasts.map(|lasts| times(lasts, factor));
}

/// Up to three faults of another plan come in addition.
fn borrow_faults(plan: &mut Plan, fresh: &Plan, stream: &mut Stream) {
    for _ in 0..=stream.below(3) {
        let Some(last) = (fresh.faults.len() as u64).checked_sub(1) else { return };
        let fault = &fresh.faults[stream.below(last + 1) as usize];
        if plan.faults.iter().all(|other| other.name != fault.name) {
            plan.faults.push(fault.clone());
        }
    }
}

fn any_fault<'a>(plan: &'a mut Plan, stream: &mut Stream) -> &'a mut Fault {
    let index = stream.below(plan.faults.len() as u64) as usize;
    &mut plan.faults[index]
}

fn times(range: SpanRange, percent: u64) -> SpanRange {
    let scaled = |span: Span| Span::nanos(span.as_nanos().saturating_mul(percent) / 100);
    SpanRange::new(scaled(range.low), scaled(range.high))
}
