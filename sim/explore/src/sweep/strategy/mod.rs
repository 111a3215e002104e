//! Ways of deciding what the runs of a sweep are.
//!
//! The invariant: a plan depends on its run's number and on what the runs of earlier generations
//! showed, taken in the order of their numbers; never on how many threads there are.

mod crash_points;
mod guided;
mod portfolio;
mod priorities;
mod states;

pub use crash_points::{CrashPoints, Point};
pub(crate) use states::States;

use super::{Lane, Task};
use crate::Ran;
use guided::Guided;
use portfolio::Portfolio;
use priorities::Prioritised;
use squall_engine::plan::Plan;
use squall_engine::scenario::ScenarioError;
use squall_engine::subject::Planner;

/// How many runs guided strategies plan before they learn from any of them.
const GENERATION: u64 = 256;

/// Decides what the runs of a sweep are.
pub trait Strategy: Send + Sync {
    /// The plan of a run; nothing if there is none with this number.
    ///
    /// # Errors
    /// What `[vary]` drew together is not possible.
    fn plan(&self, lane: &Lane<'_>, task: Task) -> Result<Option<Plan>, ScenarioError>;

    /// How many runs are planned before anything is learnt from them; absent: nothing is.
    fn generation(&self) -> Option<u64> {
        None
    }

    /// Whether the states that a run goes through are wanted.
    fn watches(&self, _: Task) -> bool {
        false
    }

    /// What is kept of a run until its generation is over.
    fn lesson(&self, task: Task, ran: &Ran, states: Vec<u64>) -> Lesson {
        Lesson { task, plan: ran.plan.clone(), states, point: None }
    }

    /// Learns from a generation, in the order of the runs. Whether there is to be another.
    fn learn(&mut self, _: Vec<Lesson>) -> bool {
        true
    }
}

/// What a run shows.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The run.
    pub task: Task,
    /// What was run.
    pub plan: Plan,
    /// The abstract states that it went through.
    pub states: Vec<u64>,
    /// What came of a crash.
    pub point: Option<Point>,
}

/// The strategies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Seeds as they are.
    Uniform,
    /// Each seed switches a random part of the chaos on, at rates of its own.
    Swarm,
    /// Links have priorities, and some messages make theirs the lowest.
    Pct,
    /// Plans that went through new states are changed a little and run again.
    Guided,
    /// The others, in turn.
    Portfolio,
}

impl Kind {
    /// All strategies.
    pub const ALL: [Kind; 5] =
        [Kind::Uniform, Kind::Swarm, Kind::Pct, Kind::Guided, Kind::Portfolio];

    /// What users call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Uniform => "uniform",
            Kind::Swarm => "swarm",
            Kind::Pct => "pct",
            Kind::Guided => "guided",
            Kind::Portfolio => "portfolio",
        }
    }

    /// Whether later runs depend on what earlier ones showed.
    #[must_use]
    pub fn learns(self) -> bool {
        match self {
            Kind::Guided | Kind::Portfolio => true,
            Kind::Uniform | Kind::Swarm | Kind::Pct => false,
        }
    }

    /// The strategy for these lanes.
    ///
    /// # Errors
    /// A scenario is not possible with what the strategy needs.
    pub fn strategy<'a>(self, lanes: &[Lane<'a>]) -> Result<Box<dyn Strategy + 'a>, ScenarioError> {
        Ok(match self {
            Kind::Uniform => Box::new(Uniform),
            Kind::Swarm => Box::new(Swarm::new(lanes)?),
            Kind::Pct => Box::new(Prioritised),
            Kind::Guided => Box::new(Guided::new(lanes.len())),
            Kind::Portfolio => Box::new(Portfolio::new(lanes)?),
        })
    }
}

/// Seeds as they are.
pub(super) struct Uniform;

impl Strategy for Uniform {
    fn plan(&self, lane: &Lane<'_>, task: Task) -> Result<Option<Plan>, ScenarioError> {
        lane.planner.plan(task.seed).map(Some)
    }
}

/// Each seed switches a random part of the chaos on (Groce, Zhang, Eide, Chen and Regehr, ISSTA
/// 2012).
struct Swarm<'a>(Vec<Planner<'a>>);

impl<'a> Swarm<'a> {
    fn new(lanes: &[Lane<'a>]) -> Result<Swarm<'a>, ScenarioError> {
        let planner = |lane: &Lane<'a>| {
            let mut document = lane.planner.document().clone();
            document.set("chaos.swarm=true")?;
            Planner::new(lane.planner.subject(), document)
        };
        lanes.iter().map(planner).collect::<Result<_, _>>().map(Swarm)
    }
}

impl Strategy for Swarm<'_> {
    fn plan(&self, _: &Lane<'_>, task: Task) -> Result<Option<Plan>, ScenarioError> {
        self.0[task.lane].plan(task.seed).map(Some)
    }
}
