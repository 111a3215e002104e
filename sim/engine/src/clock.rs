//! A node's clocks: a monotonic one that drifts and a wall clock that is off besides.
//!
//! The invariant: both are integer functions of true time; the monotonic clock never goes back,
//! and [`Clock::due`] is the first true instant at which it shows a given reading or more.

use crate::ids::{LocalTime, Time, WallTime};
use crate::units::Span;

const BILLION: i64 = 1_000_000_000;

/// The slowest and the fastest drift of a clock, in parts per billion beyond true time.
pub const SLOWEST: i64 = -900_000_000;
/// See [`SLOWEST`].
pub const FASTEST: i64 = 9_000_000_000;

/// The reading of a wall clock without offset when a run begins: 2025-01-01T00:00:00Z.
pub const WALL_EPOCH: WallTime = WallTime::from_nanos(1_735_689_600_000_000_000);

/// The clocks of one node.
#[derive(Clone, Debug)]
pub struct Clock {
    since: Time,
    reading: LocalTime,
    /// Parts per billion beyond true time, all drifts together.
    drift: i64,
    /// What somebody has been shown already, ahead of true time.
    shown: LocalTime,
    /// What the wall clock shows beyond the monotonic one, in nanoseconds.
    wall: i64,
    strobes: Vec<(u32, Strobe)>,
}

/// A wall clock that jumps to and fro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strobe {
    /// Since when.
    pub since: Time,
    /// By how many nanoseconds it jumps.
    pub by: i64,
    /// After how long it jumps again: it is off for the first half.
    pub period: Span,
}

impl Strobe {
    fn off(&self, at: Time) -> i64 {
        let half = (self.period.as_nanos() / 2).max(1);
        let even = (at.since(self.since).as_nanos() / half).is_multiple_of(2);
        if even { self.by } else { 0 }
    }
}

impl Clock {
    /// Clocks that show `reading` and the epoch plus `offset` nanoseconds when the run begins, and
    /// go faster than true time by `drift` parts per billion.
    #[must_use]
    pub fn new(reading: LocalTime, offset: i64, drift: i64) -> Clock {
        let epoch = WALL_EPOCH.as_nanos().wrapping_sub(reading.as_nanos()) as i64;
        let wall = epoch.wrapping_add(offset);
        let (since, shown) = (Time::ZERO, LocalTime::ZERO);
        Clock { since, reading, drift, shown, wall, strobes: Vec::new() }
    }

    /// What the monotonic clock shows at a true instant not before its last change.
    #[must_use]
    pub fn now(&self, at: Time) -> LocalTime {
        (self.reading + self.gone(at)).max(self.shown)
    }

    /// How far it has gone since its last change.
    fn gone(&self, at: Time) -> Span {
        let elapsed = at.since(self.since);
        if self.drift == 0 {
            return elapsed;
        }
        let local = i128::from(elapsed.as_nanos()) * self.rate() / i128::from(BILLION);
        Span::nanos(local as u64)
    }

    /// Local nanoseconds in a true second.
    fn rate(&self) -> i128 {
        i128::from(BILLION + self.drift.clamp(SLOWEST, FASTEST))
    }

    /// What the wall clock shows at a true instant not before its last change.
    #[must_use]
    pub fn wall(&self, at: Time) -> WallTime {
        let strobes = self.strobes.iter().map(|(_, strobe)| strobe.off(at));
        let off = strobes.fold(self.wall, i64::wrapping_add);
        WallTime::from_nanos(self.now(at).as_nanos().wrapping_add_signed(off))
    }

    /// The first true instant, not before the last change, at which the monotonic clock shows
    /// `reading` or more.
    #[must_use]
    pub fn due(&self, reading: LocalTime) -> Time {
        if reading <= self.shown {
            return self.since;
        }
        let ahead = reading.since(self.reading);
        if self.drift == 0 {
            return self.since + ahead;
        }
        let rate = self.rate();
        let wait = (i128::from(ahead.as_nanos()) * i128::from(BILLION) + rate - 1) / rate;
        self.since + Span::nanos(u64::try_from(wait).unwrap_or(u64::MAX))
    }

    /// From `at` on, the clocks go faster than before by `drift` parts per billion. A handler
    /// whose thread is ahead may have been shown what the clock was to show at `seen`: it stands
    /// there until it has caught up.
    pub fn drift_by(&mut self, at: Time, drift: i64, seen: Option<Time>) {
        self.shown = self.shown.max(self.now(seen.unwrap_or(at)));
        self.reading = self.reading + self.gone(at);
        self.since = at;
        self.drift += drift;
    }

    /// From now on, the wall clock shows `nanos` more than before.
    pub fn jump(&mut self, nanos: i64) {
        self.wall = self.wall.wrapping_add(nanos);
    }

    /// The wall clock jumps to and fro, under a number.
    pub fn strobe(&mut self, number: u32, strobe: Strobe) {
        self.strobes.push((number, strobe));
    }

    /// The strobe with this number ends.
    pub fn steady(&mut self, number: u32) {
        self.strobes.retain(|(other, _)| *other != number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::proptest_config(512))]
        #[test]
        fn a_timer_never_fires_early_and_at_the_first_instant_it_may(
            start in 0u64..1 << 50,
            drift in SLOWEST..=FASTEST,
            wait in 0u64..1 << 45,
        ) {
            let clock = Clock::new(LocalTime::from_nanos(start), 0, drift);
            let goal = LocalTime::from_nanos(start) + Span::nanos(wait);
            let due = clock.due(goal);
            prop_assert!(clock.now(due) >= goal);
            if due > Time::ZERO {
                prop_assert!(clock.now(Time::from_nanos(due.as_nanos() - 1)) < goal);
            }
        }

        #[test]
        fn the_monotonic_clock_never_goes_back_when_its_rate_changes(
            first in SLOWEST..=FASTEST,
            second in SLOWEST * 2..=FASTEST * 2,
            at in 0u64..1 << 45,
            seen in 0u64..1 << 40,
            later in 0u64..1 << 40,
        ) {
            let mut clock = Clock::new(LocalTime::ZERO, 0, first);
            let (at, seen) = (Time::from_nanos(at), Time::from_nanos(at + seen));
            let (before, shown) = (clock.now(at), clock.now(seen));
            let mut ahead = clock.clone();
            clock.drift_by(at, second, None);
            clock.jump(-1_000_000_000_000);
            prop_assert_eq!(clock.now(at), before);
            prop_assert!(clock.now(at + Span::nanos(later)) >= before);
            ahead.drift_by(at, second, Some(seen));
            let then = at + Span::nanos(later);
            prop_assert_eq!(ahead.now(then), clock.now(then).max(shown));
        }
    }

    #[test]
    fn a_jump_moves_the_wall_clock_alone() {
        let mut clock = Clock::new(LocalTime::ZERO, 5, 0);
        assert_eq!(clock.wall(Time::ZERO).since(WALL_EPOCH), Span::nanos(5));
        clock.jump(-5);
        assert_eq!(clock.wall(Time::ZERO), WALL_EPOCH);
        assert_eq!(clock.now(Time::ZERO), LocalTime::ZERO);
    }
}
