//! When a violation became inevitable: a run is kept up to an event, and all after it is drawn
//! anew many times.
//!
//! The invariant: up to its event every such run is the one that is explained.

use super::Explaining;
use serde::{Deserialize, Serialize};
use squall_engine::ids::{EventId, Time};
use squall_engine::plan::{Plan, Reseed};
use squall_engine::run::Ending;
use squall_engine::scenario::Roster;
use squall_engine::scenario::fault::Fault;
use squall_engine::subject::Planner;
use squall_engine::units::{Span, SpanRange};

/// How often all after an event is drawn anew.
const DRAWS: u64 = 64;
/// How many events are looked at to begin with, and at most.
const FIRST: u64 = 8;
const MOMENTS_MAX: usize = 48;
/// The most events that all of these runs together may take, or nearly.
const EVENTS_MAX: u64 = 24_000_000;
/// How many more of the draws have to fail for a jump, or for another look between two events.
const JUMP: u32 = 10;

/// An event, and how many of the runs fail that are drawn anew after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The event; 0 for the beginning.
    pub event: EventId,
    /// When it happened.
    pub at: Time,
    /// How many fail with the same signature.
    pub failing: u32,
    /// Of how many.
    pub runs: u32,
}

/// An event with which a violation becomes much more, or much less, likely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// The moment before it, and the one after it; the event of the latter is the one that
    /// counts, if there is none between the two.
    pub before: Moment,
    /// The moment after it.
    pub after: Moment,
    /// The event in words.
    pub what: String,
}

impl Explaining<'_, '_> {
    /// Looks at events along the run, and again between those where much changes.
    pub(super) fn moments(&mut self, planner: Option<&Planner<'_>>) -> Vec<Moment> {
        let last = self.violation.event.0;
        let storms = storms(planner);
        let events = self.report.outcome.events.max(1);
        let most = (EVENTS_MAX / (DRAWS * events)).clamp(FIRST, MOMENTS_MAX as u64) as usize;
        let mut moments: Vec<Moment> = Vec::new();
        let mut wanted: Vec<u64> = (0..FIRST).map(|part| last * part / (FIRST - 1)).collect();
        wanted.dedup();
        while let Some(event) = wanted.pop() {
            (self.progress)("drawing anew", moments.len() as u64, most as u64);
            let place = moments.partition_point(|moment| moment.event.0 < event);
            moments.insert(place, self.moment(event, &storms));
            if wanted.is_empty() && moments.len() < most {
                wanted.extend(between(&moments));
            }
        }
        moments
    }

    /// The moments between which no other lies, or could be looked at, and much changes.
    pub(super) fn jumps(&self, moments: &[Moment]) -> Vec<Jump> {
        let pairs = moments.windows(2).filter(|pair| changes(pair) >= JUMP);
        let jump = |pair: &[Moment]| {
            let line = self.past.line(pair[1].event).map(|(_, line)| line);
            Jump { before: pair[0], after: pair[1], what: line.unwrap_or_default() }
        };
        pairs.map(jump).collect()
    }

    fn moment(&mut self, event: u64, storms: &[Vec<Fault>]) -> Moment {
        let at = self.past.line(EventId(event)).map_or(Time::ZERO, |(at, _)| at);
        let mut failing = 0;
        for seed in 0..DRAWS {
            let plan = self.anew(event, at, seed, storms.get(seed as usize));
            let Ok(report) = (self.run)(&plan, None) else { continue };
            let same = matches!(&report.outcome.ending, Ending::Violated(violation)
                if violation.signature() == self.signature);
            failing += u32::from(same);
        }
        Moment { event: EventId(event), at, failing, runs: DRAWS as u32 }
    }

    /// The plan of which all after an event is drawn anew: in the place of faults that have not
    /// begun those of another seed that begin later.
    fn anew(&self, event: u64, at: Time, seed: u64, storm: Option<&Vec<Fault>>) -> Plan {
        let mut plan = self.plan.clone();
        plan.limits.events = plan.limits.events.min(self.report.outcome.events * 4 + 20_000);
        plan.reseed = Some(Reseed { event, seed: hashed(seed), network: None });
        if event == 0 {
            plan.overrides.clear();
        }
        let Some(storm) = storm else { return plan };
        let strikes = &self.report.outcome.strikes;
        let begun = |fault: &Fault| {
            strikes.iter().any(|strike| strike.fault == fault.name && strike.event.0 <= event)
        };
        let waits = |fault: &Fault| fault.when.is_some();
        plan.faults.retain(|fault| begun(fault) || waits(fault));
        let roster = Roster::new(&plan.cluster, &self.subject.facts().kinds);
        let known = |fault: &Fault| {
            let numbered = |word: &str| is_numbered(word);
            fault.words().all(|word| !numbered(word) || roster.find(word).is_some())
        };
        let now = at.since(Time::ZERO);
        // One that begins before a step, or that a node triggers, might do so before the event.
        let by_time = |fault: &Fault| fault.at.is_some() || fault.after.is_some();
        for fault in storm.iter().filter(|fault| known(fault) && by_time(fault)) {
            let later = fault.at.is_none_or(|range| range.high > now);
            let taken = plan.faults.iter().any(|other| other.name == fault.name);
            let drawn = fault.name.starts_with("chaos-");
            if later && (drawn || !taken) {
                let mut fault = fault.clone();
                if taken {
                    fault.name.push_str("-anew");
                }
                // Not at the instant of the event either: it would come before it.
                let least = now + Span::nanos(1);
                fault.at = fault.at.map(|at| SpanRange::new(at.low.max(least), at.high));
                plan.faults.push(fault);
            }
        }
        match self.subject.check("anew", &plan) {
            Ok(()) => plan,
            Err(_) => Plan { faults: self.plan.faults.clone(), ..plan },
        }
    }
}

/// The faults of the scenario under as many seeds as are drawn.
fn storms(planner: Option<&Planner<'_>>) -> Vec<Vec<Fault>> {
    let Some(planner) = planner else { return Vec::new() };
    let plans = (0..DRAWS).map(|seed| planner.plan(hashed(seed)));
    plans.map(|plan| plan.map(|plan| plan.faults).unwrap_or_default()).collect()
}

/// Seeds that nobody types: those of the runs that people look at are left alone.
fn hashed(seed: u64) -> u64 {
    let words =
        squall_engine::stream::hashed([seed as u32, (seed >> 32) as u32, 0, 0], 0x616e_6577);
    u64::from(words[0]) | u64::from(words[1]) << 32
}

/// Whether a word of a fault is a name such as `n3`, and no role.
fn is_numbered(word: &str) -> bool {
    let digits = word.trim_start_matches(|letter: char| letter.is_alphabetic());
    let all = digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.len() < word.len() && !digits.is_empty() && all
}

fn changes(pair: &[Moment]) -> u32 {
    pair[0].failing.abs_diff(pair[1].failing)
}

/// Events in the middle between two where much changes.
fn between(moments: &[Moment]) -> Vec<u64> {
    let wide = moments
        .windows(2)
        .filter(|pair| changes(pair) >= JUMP && pair[1].event.0 > pair[0].event.0 + 1);
    wide.map(|pair| (pair[0].event.0 + pair[1].event.0) / 2).collect()
}
