//! What a run counts while it goes on.
//!
//! The invariant: counting changes nothing, and its memory does not grow with the run.

use crate::measure::Distribution;
use crate::protocol::Measure;
use crate::scenario::bound::Unit;
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
