//! The other strategies in turn.
//!
//! The invariant: each has every fourth seed, whatever they find.

use super::{Guided, Lesson, Prioritised, Strategy, Swarm, Task, Uniform};
use crate::sweep::Lane;
use squall_engine::plan::Plan;
use squall_engine::scenario::ScenarioError;

/// The others, the one that learns last.
pub(super) struct Portfolio<'a> {
    others: [Box<dyn Strategy + 'a>; 3],
    guided: Guided,
}

impl<'a> Portfolio<'a> {
    pub(super) fn new(lanes: &[Lane<'a>]) -> Result<Portfolio<'a>, ScenarioError> {
        let others: [Box<dyn Strategy + 'a>; 3] =
            [Box::new(Uniform), Box::new(Swarm::new(lanes)?), Box::new(Prioritised)];
        Ok(Portfolio { others, guided: Guided::new(lanes.len()) })
    }

    /// Whose turn a run is; the one that learns if nobody else's.
    fn turn(&self, task: Task) -> Option<&dyn Strategy> {
        self.others.get((task.seed % 4) as usize).map(|strategy| &**strategy as &dyn Strategy)
    }
}

impl Strategy for Portfolio<'_> {
    fn plan(&self, lane: &Lane<'_>, task: Task) -> Result<Option<Plan>, ScenarioError> {
        self.turn(task).unwrap_or(&self.guided).plan(lane, task)
    }

    fn generation(&self) -> Option<u64> {
        self.guided.generation()
    }

    fn watches(&self, task: Task) -> bool {
        self.turn(task).is_none()
    }

    fn learn(&mut self, lessons: Vec<Lesson>) -> bool {
        self.guided.learn(lessons)
    }
}
