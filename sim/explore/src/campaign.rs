//! How soon a strategy finds what a scenario is known to show.
//!
//! The invariant: a campaign runs one after another and learns from nothing but itself, so that
//! what it says depends on its first seed and its length alone.

use crate::sweep::{Kind, Lane, Outside, States, SweepError, Task};
use crate::{Judgement, execute};

/// What a campaign is.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// How its runs are decided.
    pub strategy: Kind,
    /// The seed of its first run; each further one has the next.
    pub first_seed: u64,
    /// How many runs it has at most.
    pub runs: u64,
    /// Whether it ends with the first run that shows what is expected.
    pub first_only: bool,
}

/// What came of a campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// How many runs there were.
    pub runs: u64,
    /// How many of them showed what is expected.
    pub hits: u64,
    /// The number of the first of them, from 1.
    pub first: Option<u64>,
}

/// Runs a campaign in one scenario; it ends early if `outside` has had enough.
///
/// # Errors
/// The scenario turned out to be impossible.
pub fn campaign(
    campaign: Campaign,
    lane: &Lane<'_>,
    outside: &dyn Outside,
    thread: usize,
) -> Result<Hits, SweepError> {
    let lanes = std::slice::from_ref(lane);
    let mut strategy = campaign.strategy.strategy(lanes).map_err(SweepError::Scenario)?;
    let mut watchdog = outside.watchdog(thread);
    let (mut hits, mut lessons) = (Hits::default(), Vec::new());
    for number in 0..campaign.runs {
        if outside.enough() {
            break;
        }
        let seed = campaign.first_seed.wrapping_add(number);
        let task = Task { number, lane: 0, seed };
        let plan = strategy.plan(lane, task).map_err(SweepError::Scenario)?;
        let Some(plan) = plan else { break };
        let mut states = strategy.watches(task).then(States::default);
        let reader = states.as_mut().map(|states| states as &mut dyn squall_engine::trace::Reader);
        let ran = execute(lane.planner.subject(), plan, reader, &|| outside.clock(), &mut watchdog);
        let ran = ran.map_err(|error| SweepError::Words(error.to_string()))?;
        hits.runs += 1;
        if ran.judgement == Judgement::AsExpected {
            hits.hits += 1;
            hits.first = hits.first.or(Some(number + 1));
            if campaign.first_only {
                break;
            }
        }
        if let Some(states) = states {
            lessons.push(strategy.lesson(task, &ran, states.seen()));
        }
        let full = strategy.generation().is_some_and(|most| (number + 1).is_multiple_of(most));
        if full && !strategy.learn(std::mem::take(&mut lessons)) {
            break;
        }
    }
    Ok(hits)
}

/// The bounds within which a share lies with 95 % confidence, when `hits` of `runs` were seen
/// (Wilson, Journal of the American Statistical Association, 1927).
#[must_use]
pub fn wilson(hits: u64, runs: u64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if runs == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (runs as f64, hits as f64 / runs as f64);
    let square = Z * Z;
    let middle = (p + square / (2.0 * n)) / (1.0 + square / n);
    let reach = Z / (1.0 + square / n) * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    ((middle - reach).max(0.0), (middle + reach).min(1.0))
}

/// The median of the numbers of the first hits, the upper one of two; nothing if that campaign
/// ended without one.
#[must_use]
pub fn median(campaigns: &[Hits]) -> Option<u64> {
    let mut firsts: Vec<u64> =
        campaigns.iter().map(|hits| hits.first.unwrap_or(u64::MAX)).collect();
    firsts.sort();
    firsts.get(firsts.len() / 2).copied().filter(|first| *first != u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_textbook() {
        let check = |hits, runs, low: f64, high: f64| {
            let (below, above) = wilson(hits, runs);
            assert!((below - low).abs() < 5e-4 && (above - high).abs() < 5e-4, "{below} {above}");
        };
        check(0, 10, 0.0, 0.2775);
        check(5, 10, 0.2366, 0.7634);
        check(10, 10, 0.7225, 1.0);
        check(0, 0, 0.0, 1.0);
    }

    #[test]
    fn a_median_may_be_beyond_the_end() {
        let hits = |first| Hits { runs: 9, hits: 1, first };
        assert_eq!(median(&[hits(Some(5)), hits(Some(1)), hits(Some(3))]), Some(3));
        assert_eq!(median(&[hits(Some(5)), hits(None), hits(None)]), None);
        assert_eq!(median(&[]), None);
    }
}
