//! Linearizability: is there one order of the operations, each between its invocation and its
//! completion, in which the model gives every answer that was given?
//!
//! The invariant: the verdict is exact. A completed operation takes effect once; a failed one never;
//! one that nobody knows about at any time after its invocation, or never.

mod diagnosis;
mod mask;
mod part;
mod search;
mod states;

use crate::history::History;
use crate::model::Model;
use crate::verdict::{Budget, Order, PartOrder, Verdict};
use diagnosis::diagnose;
use mask::Wide;
use part::Part;
use search::{Found, Progress, Search};

/// Judges whether `history` is linearizable, part by part of the model's state.
///
/// All parts together may take `budget` steps. They are searched in turns that grow, so that a part
/// which is easily seen to be wrong is found before a hard one is finished.
///
/// ```
/// use squall_check::{Budget, History, Register, RegisterAnswer, RegisterOp, Verdict, linearizable};
///
/// let mut history = History::default();
/// history.complete(1, RegisterOp::Write(5), RegisterAnswer::Ok, 1, 4);
/// history.complete(2, RegisterOp::Read, RegisterAnswer::Value(5), 2, 3);
/// assert!(matches!(linearizable::<Register>(&history, Budget::default()), Verdict::Ok(_)));
/// ```
#[must_use]
pub fn linearizable<M: Model>(
    history: &History<M::Operation, M::Answer>,
    budget: Budget,
) -> Verdict {
    let parts = Part::<M>::split(history);
    let mut jobs: Vec<Job<'_, '_, M>> = parts.iter().map(Job::new).collect();
    let mut left = budget.0;
    let mut turn = 512;
    while jobs.iter().any(|job| job.found.is_none()) {
        if left == 0 {
            return Verdict::Undecided;
        }
        for job in jobs.iter_mut().filter(|job| job.found.is_none()) {
            let before = left;
            let mut allowance = turn.min(left);
            let given = allowance;
            match job.run(&mut allowance) {
                Progress::Spent => {}
                Progress::Done(Found::Order(order)) => job.found = Some(order),
                Progress::Done(Found::Dead(event)) => {
                    return Verdict::Violated(diagnose(history, job.part, event));
                }
            }
            left = before - (given - allowance);
        }
        turn = turn.saturating_mul(4);
    }
    Verdict::Ok(Order { parts: jobs.into_iter().map(Job::finish).collect() })
}

/// The search of one part, with masks as wide as it needs.
enum Masked<'p, 'h, M: Model> {
    Narrow(Search<'p, 'h, M, u64>),
    Medium(Search<'p, 'h, M, u128>),
    Wide(Search<'p, 'h, M, Wide>),
}

struct Job<'p, 'h, M: Model> {
    part: &'p Part<'h, M>,
    search: Masked<'p, 'h, M>,
    found: Option<Vec<u32>>,
}

impl<'p, 'h, M: Model> Job<'p, 'h, M> {
    fn new(part: &'p Part<'h, M>) -> Self {
        let search = match part.width() {
            0..=64 => Masked::Narrow(Search::new(part)),
            65..=128 => Masked::Medium(Search::new(part)),
            _ => Masked::Wide(Search::new(part)),
        };
        Job { part, search, found: None }
    }

    fn run(&mut self, allowance: &mut u64) -> Progress {
        match &mut self.search {
            Masked::Narrow(search) => search.run(allowance),
            Masked::Medium(search) => search.run(allowance),
            Masked::Wide(search) => search.run(allowance),
        }
    }

    fn finish(self) -> PartOrder {
        let order = self.found.expect("every job has ended with an order");
        PartOrder { part: self.part.name.clone(), operations: self.part.indices(&order) }
    }
}
