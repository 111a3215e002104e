//! One run for every disk effect and send of a node, with a crash just before it.
//!
//! The invariant: up to its crash a run is the run without it, so a step at which no crash strikes
//! is behind the last.

use super::{Lesson, Strategy, Task};
use crate::sweep::Lane;
use crate::{Judgement, Ran};
use squall_engine::plan::Plan;
use squall_engine::scenario::ScenarioError;
use squall_engine::scenario::fault::{Crash, Fault, Target};
use squall_engine::units::{Span, SpanRange};

/// What plans call the crash.
const NAME: &str = "crash-point";
/// How many steps are tried at once.
const AT_ONCE: u64 = 64;

/// Crashes of some nodes, one after another.
pub struct CrashPoints {
    seed: u64,
    nodes: Vec<String>,
    down: Span,
    /// The node in hand, the run that tried its first step, and what was learnt.
    node: usize,
    first: u64,
    points: Vec<Point>,
}

/// A step of a node, and what came of a crash before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The node.
    pub node: String,
    /// Which disk effect or send of it, from 1.
    pub step: u64,
    /// When that was, in nanoseconds.
    pub at_ns: u64,
    /// Why the crash did not strike, if it was skipped.
    pub skipped: Option<String>,
    /// What came of the run.
    pub judgement: Judgement,
    /// In what way it went wrong, if it did.
    pub signature: Option<String>,
}

impl CrashPoints {
    /// Crashes of these nodes under a seed, each down for so long.
    #[must_use]
    pub fn new(seed: u64, nodes: Vec<String>, down: Span) -> CrashPoints {
        CrashPoints { seed, nodes, down, node: 0, first: 0, points: Vec::new() }
    }

    /// What was learnt, by node and step.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    fn step(&self, task: Task) -> u64 {
        task.number - self.first + 1
    }
}

impl Strategy for CrashPoints {
    fn plan(&self, lane: &Lane<'_>, task: Task) -> Result<Option<Plan>, ScenarioError> {
        let Some(node) = self.nodes.get(self.node) else { return Ok(None) };
        let mut plan = lane.planner.plan(self.seed)?;
        let down = Some(SpanRange::exactly(self.down));
        plan.faults.push(Fault {
            name: NAME.to_string(),
            step: Some(self.step(task)),
            nodes: Some(Target::One(node.clone())),
            crash: Some(Crash { down, ..Crash::default() }),
            ..Fault::default()
        });
        lane.planner.subject().check(&plan.name, &plan)?;
        Ok(Some(plan))
    }

    fn generation(&self) -> Option<u64> {
        Some(AT_ONCE)
    }

    fn lesson(&self, task: Task, ran: &Ran, states: Vec<u64>) -> Lesson {
        let strikes = &ran.report.outcome.strikes;
        let strike = strikes.iter().find(|strike| strike.fault == NAME);
        let point = strike.map(|strike| Point {
            node: self.nodes[self.node].clone(),
            step: self.step(task),
            at_ns: strike.at.as_nanos(),
            skipped: strike.skipped.clone(),
            judgement: ran.judgement,
            signature: ran.signature(),
        });
        Lesson { task, plan: ran.plan.clone(), states, point }
    }

    fn learn(&mut self, lessons: Vec<Lesson>) -> bool {
        let tried = lessons.len() as u64;
        let next = lessons.last().map_or(self.first, |lesson| lesson.task.number + 1);
        let before = self.points.len() as u64;
        self.points.extend(lessons.into_iter().filter_map(|lesson| lesson.point));
        if self.points.len() as u64 - before < tried {
            (self.node, self.first) = (self.node + 1, next);
        }
        self.node < self.nodes.len()
    }
}
