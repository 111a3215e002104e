//! What a run counts while it goes on.
//!
//! The invariant: counting changes nothing, and its memory does not grow with the run.

use crate::ids::Time;
use crate::measure::Distribution;
use crate::plan::Plan;
use crate::protocol::Measure;
use crate::scenario::bound::Unit;
use crate::scenario::tables::Bounds;
use crate::units::Span;
use serde::{Deserialize, Serialize};

/// Counts and distributions of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Messages that were sent, to every addressee of a broadcast one.
    pub sent: u64,
    /// Messages that were taken in hand.
    pub delivered: u64,
    /// Messages that were lost.
    pub lost: u64,
    /// Writes that a crash lost or tore.
    pub writes_lost: u64,
    /// Operations that took effect.
    pub ok: u64,
    /// Operations that did not take effect.
    pub failed: u64,
    /// Operations of which nobody knows.
    pub unknown: u64,
    /// How long operations that took effect took, in nanoseconds of true time.
    pub latency: Distribution,
    /// What nodes reported.
    pub measures: Vec<Reported>,
}

/// One measure of the protocol with what nodes reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Its name.
    pub name: String,
    /// Whether its samples are nanoseconds.
    pub time: bool,
    /// What was counted.
    pub count: u64,
    /// What was sampled.
    pub samples: Distribution,
}

/// The samples that one bound judges.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    measure: String,
    /// Judging begins this long after the end of this phase or fault; absent: at once.
    after: Option<(String, Span)>,
    opens: Option<Time>,
    pub(crate) count: u64,
    pub(crate) samples: Distribution,
}

/// A window for each measure that the plan bounds, in the order of their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows(Vec<Window>);

impl Windows {
    pub(super) fn new(plan: &Plan) -> Windows {
        let phase_end = |name: &str| {
            let phase = plan.workload.phases.iter().find(|phase| phase.name == name)?;
            Some(Time::ZERO + phase.at + phase.lasts)
        };
        let window = |(measure, bounds): (&String, &Bounds)| {
            let within = bounds.within.unwrap_or_default();
            let opens = match &bounds.after {
                None => Some(Time::ZERO),
                Some(name) => phase_end(name).map(|end| end + within),
            };
            Window {
                measure: measure.clone(),
                after: bounds.after.clone().map(|name| (name, within)),
                opens,
                count: 0,
                samples: Distribution::default(),
            }
        };
        Windows(plan.measures.iter().map(window).collect())
    }

    /// A fault has ended: what is judged after it opens.
    pub(super) fn ended(&mut self, fault: &str, now: Time) {
        for window in &mut self.0 {
            if let Some((_, within)) = window.after.as_ref().filter(|(name, _)| name == fault) {
                window.opens = Some(now + *within);
            }
        }
    }

    pub(super) fn count(&mut self, measure: &str, by: u64, now: Time) {
        self.open(measure, now).for_each(|window| window.count += by);
    }

    pub(super) fn sample(&mut self, measure: &str, value: u64, now: Time) {
        self.open(measure, now).for_each(|window| window.samples.add(value));
    }

    fn open(&mut self, measure: &str, now: Time) -> impl Iterator<Item = &mut Window> {
        let open = move |window: &&mut Window| {
            window.measure == measure && window.opens.is_some_and(|opens| now >= opens)
        };
        self.0.iter_mut().filter(open)
    }

    /// What the bound of a measure judges.
    pub(crate) fn of(&self, measure: &str) -> Option<&Window> {
        self.0.iter().find(|window| window.measure == measure)
    }
}

impl Stats {
    pub(super) fn new(measures: &[Measure]) -> Stats {
        let reported = |measure: &Measure| Reported {
            name: measure.name.to_string(),
            time: measure.unit == Unit::Span,
            count: 0,
            samples: Distribution::default(),
        };
        Stats { measures: measures.iter().map(reported).collect(), ..Stats::default() }
    }

    pub(super) fn count(&mut self, measure: &str, by: u64) {
        self.reported(measure).count += by;
    }

    pub(super) fn sample(&mut self, measure: &str, value: u64) {
        self.reported(measure).samples.add(value);
    }

    fn reported(&mut self, measure: &str) -> &mut Reported {
        let found = self.measures.iter_mut().find(|reported| reported.name == measure);
        found.unwrap_or_else(|| panic!("the protocol does not declare `{measure}` in MEASURES"))
    }

    /// All operations that ended, known or not.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.ok + self.failed + self.unknown
    }
}
