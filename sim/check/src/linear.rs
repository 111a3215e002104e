//! Linearizability: is there one order of the operations, each between its invocation and its
//! completion, in which the model gives every answer that was given?
//!
//! The invariant: the verdict is exact. A completed operation takes effect once; a failed one
//! never; one that nobody knows about at any time after its invocation, or never.

mod cells;
mod diagnosis;
mod explain;
mod mask;
mod part;
mod search;
mod shelf;
mod states;

use crate::history::History;
use crate::model::Model;
use crate::verdict::{Budget, Order, PartOrder, Verdict};
pub use explain::{Explanation, explain};

use cells::{Cells, Clash};
use diagnosis::{diagnose, diagnose_clash};
use mask::Wide;
use part::Part;
use search::{Found, Progress, Search};

/// Judges whether `history` is linearizable, part by part of the model's state.
///
/// All parts together may take `budget` steps. They are searched in turns that grow, so that a part
/// which is easily seen to be wrong is found before a hard one is finished.
///
/// ```
/// use squall_check::{Budget, History, Register, RegisterAnswer, RegisterOp, Verdict,
/// linearizable};
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
    linearizable_in_turns::<M>(history, budget, 512)
}

/// The same, with a first turn of so many steps for each part. What the model knows about values is
/// used from the second turn on, so a short first turn tries that on small histories too.
#[must_use]
pub fn linearizable_in_turns<M: Model>(
    history: &History<M::Operation, M::Answer>,
    budget: Budget,
    mut turn: u64,
) -> Verdict {
    let parts = Part::<M>::split(history);
    let mut jobs: Vec<Job<'_, '_, M>> = parts.iter().map(Job::new).collect();
    let mut left = budget.0;
    while jobs.iter().any(|job| job.found.is_none()) {
        if left == 0 {
            return Verdict::Undecided;
        }
        for job in jobs.iter_mut().filter(|job| job.found.is_none()) {
            let before = left;
            let mut allowance = turn.min(left);
            let given = allowance;
            match job.run(&mut allowance) {
                Progress::Spent => match job.look_closer(before - given) {
                    None => {}
                    Some(Closer::Order(order)) => job.found = Some(order),
                    Some(Closer::Clash(clash)) => {
                        return Verdict::Violated(diagnose_clash(history, job.part, &clash));
                    }
                    Some(Closer::Shelf(clash)) => {
                        return Verdict::Violated(shelf::diagnose(history, job.part, &clash));
                    }
                },
                Progress::Done(Found::Order(order)) => job.found = Some(order),
                Progress::Done(Found::Dead(at)) => {
                    return Verdict::Violated(diagnose(history, job.part, at));
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

impl<'p, 'h, M: Model> Masked<'p, 'h, M> {
    fn new(part: &'p Part<'h, M>, cells: Option<&'p Cells<'h>>) -> Self {
        match part.width() {
            0..=64 => Masked::Narrow(Search::new(part, cells)),
            65..=128 => Masked::Medium(Search::new(part, cells)),
            _ => Masked::Wide(Search::new(part, cells)),
        }
    }
}

/// The first return that no order gets past, when nothing after it is known: where the shortest bad
/// prefix of the part ends. The search gave up at return `at`, but it knew what open operations
/// would be answered later, so the prefix may end later too. With a budget too small, some later
/// return.
fn bad_prefix<M: Model>(part: &Part<'_, M>, at: u32, budget: Budget) -> u32 {
    let (mut low, mut high, mut gap) = (at, part.returns.len() as u32 - 1, 0);
    let mut bisecting = false;
    while low < high {
        let until = if bisecting { low + (high - low) / 2 } else { (low + gap).min(high) };
        let prefix = part.reduced(until, |_| false);
        match Job::new(&prefix).settle(budget) {
            Some(Found::Dead(_)) => (high, bisecting) = (until, true),
            Some(Found::Order(_)) | None => low = until + 1,
        }
        gap = gap * 2 + 1;
    }
    high
}

/// What the values of a part say.
enum Closer {
    /// This order explains it.
    Order(Vec<u32>),
    /// No value can have been held when it was.
    Clash(Clash),
    /// Values cannot have been put and taken so.
    Shelf(shelf::ShelfClash),
}

struct Job<'p, 'h, M: Model> {
    part: &'p Part<'h, M>,
    search: Masked<'p, 'h, M>,
    found: Option<Vec<u32>>,
    closer: bool,
}

impl<'p, 'h, M: Model> Job<'p, 'h, M> {
    fn new(part: &'p Part<'h, M>) -> Self {
        Job { part, search: Masked::new(part, None), found: None, closer: false }
    }

    fn run(&mut self, allowance: &mut u64) -> Progress {
        match &mut self.search {
            Masked::Narrow(search) => search.run(allowance),
            Masked::Medium(search) => search.run(allowance),
            Masked::Wide(search) => search.run(allowance),
        }
    }

    /// Searches until the end of `budget`; `None` if it is not enough.
    fn settle(mut self, budget: Budget) -> Option<Found> {
        let (mut left, mut turn) = (budget.0, 512);
        while left > 0 {
            let mut allowance = left.min(turn);
            left -= allowance;
            if let Progress::Done(found) = self.run(&mut allowance) {
                return Some(found);
            }
            match self.look_closer(left) {
                None => {}
                Some(Closer::Order(order)) => return Some(Found::Order(order)),
                Some(Closer::Clash(_) | Closer::Shelf(_)) => return Some(Found::Dead(0)),
            }
            turn = left;
        }
        None
    }

    /// Asks what the values say, if that is not known yet: it may settle the matter, or help the
    /// search, which then starts again. Most parts are easily searched without.
    /// It takes about a step for each operation, and is left if so many are not `left`.
    fn look_closer(&mut self, left: u64) -> Option<Closer> {
        if self.closer || left < self.part.steps.len() as u64 {
            return None;
        }
        self.closer = true;
        let part = self.part;
        match shelf::settle(part) {
            Some(Ok(order)) => return Some(Closer::Order(order)),
            Some(Err(clash)) => return Some(Closer::Shelf(clash)),
            None => {}
        }
        let cells = part.cells.get_or_init(|| Cells::new(part));
        if let Some(clash) = cells.clash(part) {
            return Some(Closer::Clash(clash));
        }
        if cells.has_unique() {
            self.search = Masked::new(part, Some(cells));
        }
        cells.order(part).map(Closer::Order)
    }

    /// The states, as the model prints them, in which return number `due` was due.
    fn states_at(&self, due: u32) -> Vec<String> {
        match &self.search {
            Masked::Narrow(search) => search.states_at(due),
            Masked::Medium(search) => search.states_at(due),
            Masked::Wide(search) => search.states_at(due),
        }
    }

    fn finish(self) -> PartOrder {
        let order = self.found.expect("every job has ended with an order");
        PartOrder { part: self.part.name.clone(), operations: self.part.indices(&order) }
    }
}
