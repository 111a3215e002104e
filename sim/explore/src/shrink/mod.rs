//! Shrinking: the smallest plan that still breaks the same promise in the same way.
//!
//! The invariant: every plan on the way shows the signature that the first one showed, and what is
//! tried depends on the plan and the protocol alone, never on how fast this machine is.

mod network;
mod operations;
mod participants;
mod simpler;
mod times;

use crate::fingerprint::{Fingerprint, fingerprint};
use network::Name;
use squall_engine::ids::Time;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::scenario::fault::Fault;
use squall_engine::sim::Violation;
use squall_engine::subject::{Decisions, PlanError, Report, Subject};
use squall_engine::trace::Reader;
use std::collections::BTreeMap;

/// With how many other streams each candidate is tried at least and at most: as many as this many
/// events allow.
const FRESH: (u64, u64) = (1, 12);
const FRESH_EVENTS: u64 = 12_000;
/// The most events that all candidates together may take.
const EVENTS_MAX: u64 = 10_000_000;
/// The most candidates.
const RUNS_MAX: u64 = 12_000;

/// Runs plans for the shrinker: who it is decides about watchdogs and panics.
pub type Run<'a> = dyn FnMut(&Plan, Option<&mut dyn Reader>) -> Result<Report, PlanError> + 'a;

/// How large a plan and its run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Size {
    /// Events of the run.
    pub events: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Operations that began.
    pub operations: u64,
    /// Nodes.
    pub nodes: u64,
    /// Clients.
    pub clients: u64,
    /// Messages that the plan names.
    pub messages: u64,
    /// Simulated nanoseconds until the violation.
    pub simulated_ns: u64,
}

/// What shrinking came to.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest plan that was found.
    pub plan: Plan,
    /// What both runs show.
    pub signature: String,
    /// The plan that was given, and the one that was found.
    pub before: Size,
    /// The size of what was found.
    pub after: Size,
    /// The shape of how it came about, first and last.
    pub fingerprints: (Fingerprint, Fingerprint),
    /// How many candidates were run.
    pub runs: u64,
    /// Whether everything was tried; false if the limit of runs or events came first.
    pub complete: bool,
}

/// Why nothing was shrunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShrinkError {
    /// The plan is not one of the protocol.
    Plan(PlanError),
    /// Its run breaks no promise; this is how it ended.
    Nothing(String),
}

/// Tells of progress: what is being tried, after how many runs, and the size so far.
pub type Progress<'a> = dyn FnMut(&str, u64, &Plan) + 'a;

/// Makes a plan smaller while its run shows the same signature.
///
/// # Errors
/// The plan is not one of the protocol, or its run breaks no promise.
pub fn shrink(
    subject: &dyn Subject,
    plan: &Plan,
    run: &mut Run<'_>,
    progress: &mut Progress<'_>,
) -> Result<Shrunk, ShrinkError> {
    let report = run(plan, None).map_err(ShrinkError::Plan)?;
    let Ending::Violated(violation) = &report.outcome.ending else {
        return Err(ShrinkError::Nothing(
            crate::judgement::ending_word(&report.outcome.ending).to_string(),
        ));
    };
    let signature = violation.signature();
    let before = Size::of(plan, &report);
    let first = fingerprint(plan, violation, run).map_err(ShrinkError::Plan)?;
    let mut shrinking = Shrinking {
        subject,
        run,
        progress,
        signature: signature.clone(),
        best: plan.clone(),
        report,
        events_max: before.events * 4 + 20_000,
        runs: 1,
        events: before.events,
        what: "",
        sent_at: None,
    };
    shrinking.whole();
    let Shrinking { best, report, run, runs, events, .. } = shrinking;
    let last = match &report.outcome.ending {
        Ending::Violated(violation) => {
            fingerprint(&best, violation, run).map_err(ShrinkError::Plan)?
        }
        Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => first,
    };
    Ok(Shrunk {
        after: Size::of(&best, &report),
        plan: best,
        signature,
        before,
        fingerprints: (first, last),
        runs,
        complete: runs < RUNS_MAX && events < EVENTS_MAX,
    })
}

impl Size {
    /// The size of a plan that was run.
    #[must_use]
    pub fn of(plan: &Plan, report: &Report) -> Size {
        let outcome = &report.outcome;
        let struck = outcome.strikes.iter().filter(|strike| strike.skipped.is_none());
        let kinds = match &plan.cluster.nodes {
            squall_engine::scenario::tables::Nodes::Count(count) => u64::from(*count),
            squall_engine::scenario::tables::Nodes::Kinds(kinds) => {
                kinds.values().map(|count| u64::from(*count)).sum()
            }
        };
        Size {
            events: outcome.events,
            faults: struck.count() as u64,
            operations: report.history.len() as u64,
            nodes: kinds + u64::from(plan.cluster.spares),
            clients: u64::from(plan.cluster.clients),
            messages: plan.overrides.len() as u64,
            simulated_ns: outcome.simulated.as_nanos(),
        }
    }
}

/// A shrinking under way.
struct Shrinking<'a, 'b> {
    subject: &'a dyn Subject,
    run: &'a mut Run<'b>,
    progress: &'a mut Progress<'b>,
    signature: String,
    best: Plan,
    /// What came of the best plan.
    report: Report,
    /// The most events of a candidate.
    events_max: u64,
    runs: u64,
    events: u64,
    what: &'static str,
    /// When the messages were sent that the best plan names, if somebody asked.
    sent_at: Option<BTreeMap<Name, Time>>,
}

impl Shrinking<'_, '_> {
    /// Everything, in the order in which it helps most: what makes runs short comes first.
    fn whole(&mut self) {
        self.write_out();
        self.shorten();
        self.calm_network();
        self.name_losses();
        self.calm_network();
        self.only_evidence();
        for _ in 0..4 {
            let before = self.best.clone();
            self.fewer_faults();
            self.fewer_operations();
            self.fewer_messages();
            self.fewer_participants();
            self.fewer_targets();
            self.losses_for_cuts();
            self.calm_network();
            self.default_config();
            self.times_of_faults();
            self.shorten();
            self.compress();
            if self.best == before || self.is_spent() {
                break;
            }
        }
        self.name_latencies();
        self.round();
        self.shorten();
        // Once more with the streams as they now are, until nothing can be left out.
        while !self.is_spent() {
            let before = self.best.clone();
            self.fewer_faults();
            self.fewer_operations();
            self.fewer_messages();
            if self.best == before {
                break;
            }
        }
    }

    /// Whether no more may be tried.
    fn is_spent(&self) -> bool {
        self.runs >= RUNS_MAX || self.events >= EVENTS_MAX
    }

    /// The violation of the best plan.
    fn violation(&self) -> Option<&Violation> {
        match &self.report.outcome.ending {
            Ending::Violated(violation) => Some(violation),
            Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => None,
        }
    }

    /// What came of a candidate, if it shows the signature.
    fn shows(&mut self, plan: &Plan) -> Option<Report> {
        if self.is_spent() {
            return None;
        }
        let mut bounded = plan.clone();
        bounded.limits.events = plan.limits.events.min(self.events_max);
        self.runs += 1;
        let report = (self.run)(&bounded, None).ok()?;
        self.events += report.outcome.events;
        if self.runs.is_multiple_of(16) {
            (self.progress)(self.what, self.runs, &self.best);
        }
        match &report.outcome.ending {
            Ending::Violated(violation) if violation.signature() == self.signature => Some(report),
            Ending::Violated(_) | Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => {
                None
            }
        }
    }

    /// Takes a candidate if it shows the signature, with the streams as they are.
    fn take_as_is(&mut self, candidate: Plan) -> bool {
        if candidate == self.best || self.subject.check("shrink", &candidate).is_err() {
            return false;
        }
        let Some(report) = self.shows(&candidate) else { return false };
        (self.best, self.report, self.sent_at) = (candidate, report, None);
        true
    }

    /// Takes a candidate if it shows the signature, with the streams as they are or with one of
    /// a few others: for the fates of messages first, then for all that is drawn.
    fn take(&mut self, candidate: Plan) -> bool {
        if candidate == self.best || self.subject.check("shrink", &candidate).is_err() {
            return false;
        }
        if self.take_as_is(candidate.clone()) || self.take_renumbered(&candidate) {
            return true;
        }
        let fresh = (FRESH_EVENTS / self.report.outcome.events.max(1)).clamp(FRESH.0, FRESH.1);
        let fates_drawn = !network::is_constant(&candidate);
        (1..=fresh).any(|number| {
            let mut tried = candidate.clone();
            let first = tried.network_seed.unwrap_or(tried.seed);
            if fates_drawn && number % 2 == 1 {
                tried.network_seed = Some(first.wrapping_add(number));
            } else {
                tried.network_seed = fates_drawn.then_some(first);
                tried.seed = tried.seed.wrapping_add(number);
            }
            self.take_as_is(tried)
        })
    }

    /// Takes a candidate in which the messages that the plan names are those that are sent when
    /// they were: their numbers change with what is left out before them.
    fn take_renumbered(&mut self, candidate: &Plan) -> bool {
        if candidate.overrides.is_empty() || self.is_spent() {
            return false;
        }
        let sent_at = self.sent_at.take().or_else(|| {
            let sends = self.decisions(&self.best.clone())?.sends;
            Some(network::times(self.subject, &self.best, &sends))
        });
        let Some(sent_at) = sent_at else { return false };
        let bare = Plan { overrides: Vec::new(), ..candidate.clone() };
        let sends = self.decisions(&bare).map(|decisions| decisions.sends).unwrap_or_default();
        let renumbered = network::renumbered(self.subject, candidate, &sent_at, &sends);
        if renumbered != *candidate && self.take_as_is(renumbered) {
            return true;
        }
        self.sent_at = Some(sent_at);
        false
    }

    /// What the run of a plan decides as it goes.
    fn decisions(&mut self, plan: &Plan) -> Option<Decisions> {
        let subject = self.subject;
        self.runs += 1;
        self.events += self.report.outcome.events;
        let recorded = crate::panics::quietly(|| subject.record(plan, None)).0;
        recorded.ok().map(|(_, decisions)| decisions)
    }

    /// Writes into the plan what its run decides: the faults as they struck, and the operations.
    fn write_out(&mut self) {
        self.what = "writing out";
        let pinned = self.best.pinned(self.report.faults.clone());
        self.take_as_is(pinned);
        if self.best.operations.is_none()
            && let Some(decisions) = self.decisions(&self.best.clone())
        {
            let operations = Some(decisions.operations);
            self.take_as_is(Plan { operations, ..self.best.clone() });
        }
        self.times_of_faults();
    }

    /// Faults that begin when a certain event has happened begin at its instant instead: the
    /// numbers of events change with whatever is left out.
    fn times_of_faults(&mut self) {
        let at = |fault: &Fault, report: &Report| {
            let strike = report.outcome.strikes.iter().find(|strike| strike.fault == fault.name)?;
            let at = strike.at.since(squall_engine::ids::Time::ZERO);
            Some(squall_engine::units::SpanRange::exactly(at))
        };
        let all: Vec<usize> = (0..self.best.faults.len()).collect();
        for some in std::iter::once(all.clone()).chain(all.iter().map(|index| vec![*index])) {
            let mut candidate = self.best.clone();
            for index in some {
                let fault = &mut candidate.faults[index];
                if fault.handler.is_some() || fault.past.is_some() {
                    (fault.handler, fault.past) = (None, None);
                    fault.at = at(fault, &self.report);
                }
            }
            self.take(candidate);
        }
    }

    fn fewer_faults(&mut self) {
        self.what = "faults";
        self.minimise(|plan| plan.faults.clone(), |plan, faults| plan.faults = faults);
    }

    fn fewer_messages(&mut self) {
        self.what = "messages";
        self.minimise(|plan| plan.overrides.clone(), |plan, all| plan.overrides = all);
    }

    /// Leaves out as much of a list as it can: halves, quarters, and so on to single items, until
    /// none can be left out (delta debugging: Zeller and Hildebrandt, TSE 2002).
    fn minimise<T>(&mut self, of: fn(&Plan) -> Vec<T>, put: fn(&mut Plan, Vec<T>)) {
        let mut chunk = of(&self.best).len();
        while chunk > 0 && !self.is_spent() {
            let (mut at, mut less) = (0, false);
            while at < of(&self.best).len() && !self.is_spent() {
                let mut items = of(&self.best);
                let end = (at + chunk).min(items.len());
                items.drain(at..end);
                let mut candidate = self.best.clone();
                put(&mut candidate, items);
                if self.take(candidate) {
                    less = true;
                } else {
                    at = end;
                }
            }
            if chunk > 1 {
                chunk = chunk.div_ceil(2).min(of(&self.best).len().max(1));
            } else if !less {
                break;
            }
        }
    }
}
