//! A run from beginning to end: a loop over [`Sim::step`], and the outcome.
//!
//! The invariant: the outcome is a function of the protocol and the plan; who watches changes
//! nothing of it.

use crate::chance::Chances;
use crate::decider::Decider;
use crate::digest::Digest;
use crate::event::Event;
use crate::host::Host;
use crate::ids::{EventId, Time};
use crate::monitor::Breach;
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::scenario::tables::Consistency;
use crate::seat::TooManyEffects;
use crate::sim::{Overflow, Sim, Standing, Stats, Strike, Violation};
use serde::{Deserialize, Serialize};
use squall_check::{Budget, Evidence, OperationIndex, Verdict, linearizable};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Looks on while a run goes on.
pub trait Observer<P: Protocol, D: Decider, H: Host<P>> {
    /// Whether it wants events.
    fn reads(&self) -> bool;
    /// Whether those carry words.
    fn words(&self) -> bool {
        self.reads()
    }
    /// An event happened; the run stands between two steps.
    fn event(&mut self, sim: &Sim<P, D, H>, event: &Event);
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Every promise held.
    Passed,
    /// A promise was broken.
    Violated(Violation),
    /// A checker ran out of budget.
    Undecided(String),
    /// A limit was reached.
    OutOfSteps(String),
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// How many events happened.
    pub events: u64,
    /// How much simulated time passed.
    pub simulated: Time,
    /// The digest of all events.
    #[serde(with = "digest_text")]
    pub digest: Digest,
    /// Counts and distributions.
    pub stats: Stats,
    /// How each property stands.
    pub standings: Vec<Standing>,
    /// How often each fault point was reached and taken.
    pub chances: Vec<Chances>,
    /// The faults that struck or were skipped.
    pub strikes: Vec<Strike>,
    /// Faults whose trigger nobody pulled.
    pub unfired: Vec<String>,
    /// Measures whose bounds had nothing to judge.
    pub unsampled: Vec<String>,
    /// Whether running it again gives the same.
    pub reproducible: bool,
}

/// Runs a simulation to the end of its plan, a violation or a limit.
pub fn run<P, D, H>(sim: &mut Sim<P, D, H>, observer: &mut dyn Observer<P, D, H>) -> Outcome
where
    P: Protocol,
    D: Decider,
    H: Host<P>,
{
    if observer.words() {
        sim.watch();
    }
    let end = Time::ZERO + sim.plan().scenario.duration;
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drive(sim, end, observer))) {
        caught(sim, panic);
    }
    if observer.reads() {
        sim.hand_over(observer);
    }
    let finished = sim.may_go_on();
    let judged = catch_unwind(AssertUnwindSafe(|| judge(sim, finished)));
    let judgement = judged.unwrap_or_else(|panic| {
        caught(sim, panic);
        Judgement::default()
    });
    outcome(sim, if finished { end } else { sim.now() }, judgement)
}

fn drive<P, D, H>(sim: &mut Sim<P, D, H>, end: Time, observer: &mut dyn Observer<P, D, H>)
where
    P: Protocol,
    D: Decider,
    H: Host<P>,
{
    if !observer.reads() {
        return sim.run_until(end);
    }
    while sim.may_go_on() && sim.advance(end) {
        sim.hand_over(observer);
    }
}

/// A handler, or a monitor, panicked or was stopped.
fn caught<P, D, H>(sim: &mut Sim<P, D, H>, panic: Box<dyn Any + Send>)
where
    P: Protocol,
    D: Decider,
    H: Host<P>,
{
    if panic.is::<TooManyEffects>() && sim.stopped_handler().is_some() {
        return;
    }
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let whose = match sim.running() {
        Some(id) if id.is_client() => {
            format!("the protocol's side of {} panicked", sim.roster().name(id))
        }
        Some(id) => format!("a handler of {} panicked", sim.roster().name(id)),
        None => "a monitor or model panicked".to_string(),
    };
    let event = sim.last_event();
    sim.violated("panic", Breach::new("panicked", format!("{whose}: {words}")), event);
}

/// Judges what is judged at the end; words if that could not be decided.
fn judge<P, D, H>(sim: &mut Sim<P, D, H>, finished: bool) -> Judgement
where
    P: Protocol,
    D: Decider,
    H: Host<P>,
{
    if finished {
        sim.judge_progress();
        sim.judge_eventually();
    }
    let mut undecided = None;
    if sim.violation().is_none() {
        undecided = judge_history(sim);
    }
    let unsampled = if finished { crate::bounds::judge(sim) } else { Vec::new() };
    Judgement { undecided, unsampled }
}

/// What is known at the end of a run beside its violation.
#[derive(Default)]
struct Judgement {
    undecided: Option<String>,
    unsampled: Vec<String>,
}

fn outcome<P, D, H>(sim: &Sim<P, D, H>, simulated: Time, judgement: Judgement) -> Outcome
where
    P: Protocol,
    D: Decider,
    H: Host<P>,
{
    let Judgement { undecided, unsampled } = judgement;
    let ending = match (sim.violation(), sim.overflow(), undecided) {
        (Some(violation), _, _) => Ending::Violated(violation.clone()),
        (None, Some(overflow), _) => Ending::OutOfSteps(sim.overflow_words(overflow)),
        (None, None, Some(words)) => Ending::Undecided(words),
        (None, None, None) => Ending::Passed,
    };
    Outcome {
        ending,
        events: sim.last_event().0,
        simulated,
        digest: sim.digest(),
        stats: sim.stats().clone(),
        standings: sim.standings(),
        chances: sim.chances(),
        strikes: sim.strikes().to_vec(),
        unfired: sim.unfired(),
        unsampled,
        reproducible: sim.reproducible(),
    }
}

/// Checks the clients' history; words if that could not be decided.
fn judge_history<P, D, H>(sim: &mut Sim<P, D, H>) -> Option<String>
where
    P: Protocol,
    D: Decider,
    H: Host<P>,
{
    match sim.plan().checks.consistency.unwrap_or(P::CONSISTENCY) {
        Consistency::None => None,
        Consistency::Linearizable => {
            let budget = Budget(sim.plan().limits.check);
            match linearizable::<P::Model>(sim.history(), budget) {
                Verdict::Ok(_) => None,
                Verdict::Undecided => Some(format!(
                    "the history could not be judged in {} steps of the checker",
                    budget.0
                )),
                Verdict::Violated(evidence) => {
                    sim.history_violated("linearizable", &evidence);
                    None
                }
            }
        }
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Gives the events of the last step to an observer.
    fn hand_over(&mut self, observer: &mut dyn Observer<P, D, H>) {
        let mut happened = self.take_happened();
        happened.iter().for_each(|event| observer.event(self, event));
        // What was handed over once is not handed over again at the end.
        happened.clear();
        self.give_back_happened(happened);
    }

    fn history_violated(&mut self, property: &str, evidence: &Evidence) {
        let operations = &self.history().operations;
        let position = |index: OperationIndex| {
            let operation = &operations[index.get()];
            EventId(operation.completed().unwrap_or(operation.invoked))
        };
        let event = position(evidence.unexplained);
        let mut witnesses: Vec<EventId> =
            evidence.contradicted_by.map(position).into_iter().collect();
        witnesses.push(EventId(operations[evidence.unexplained.get()].invoked));
        let breach = Breach::new(evidence.reason, evidence.sentence());
        let at = self.operation_time(evidence.unexplained.get());
        self.history_breach(property, breach, (event, at), witnesses);
    }

    fn overflow_words(&self, overflow: Overflow) -> String {
        let limits = &self.plan().limits;
        match overflow {
            Overflow::Events => format!("{} events, the limit, were reached", limits.events),
            Overflow::Effects(node) => format!(
                "one handler of {} said more than {} effects",
                self.roster().name(node),
                limits.effects
            ),
            Overflow::InFlight => format!("more than {} messages were in flight", limits.in_flight),
        }
    }
}

/// Looks at nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl<P: Protocol, D: Decider, H: Host<P>> Observer<P, D, H> for Unwatched {
    fn reads(&self) -> bool {
        false
    }

    fn event(&mut self, _: &Sim<P, D, H>, _: &Event) {}
}

/// Runs a plan from its beginning, watched by nobody.
pub fn run_plan<P: Protocol>(plan: &Plan, config: P::Config) -> Outcome {
    run(&mut Sim::<P>::new(plan.clone(), config), &mut Unwatched)
}

mod digest_text {
    use super::Digest;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(digest)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(from)?;
        let digest = u64::from_str_radix(&text, 16);
        digest.map(Digest).map_err(|_| de::Error::custom(format!("`{text}` is not a digest")))
    }
}
