//! A node's clocks: a monotonic one that drifts and a wall clock that is off besides.
//!
//! The invariant: both are integer functions of true time; the monotonic clock never goes back,
//! and [`Clock::due`] is the first true instant at which it shows a given reading or more.

use crate::ids::{LocalTime, Time, WallTime};
use crate::units::Span;

const BILLION: i128 = 1_000_000_000;

/// The reading of a wall clock without offset when a run begins: 2025-01-01T00:00:00Z.
pub const WALL_EPOCH: WallTime = WallTime::from_nanos(1_735_689_600_000_000_000);

/// The clocks of one node.
#[derive(Clone, Debug)]
pub struct Clock {
    since: Time,
    reading: LocalTime,
    /// Parts per billion beyond true time.
    drift: i32,
    /// What the wall clock shows beyond the monotonic one, in nanoseconds.
    wall: i64,
}

impl Clock {
    /// Clocks that show `reading` and the epoch plus `offset` nanoseconds when the run begins, and
    /// go faster than true time by `drift` parts per billion.
    #[must_use]
    pub fn new(reading: LocalTime, offset: i64, drift: i32) -> Clock {
        let epoch = WALL_EPOCH.as_nanos().wrapping_sub(reading.as_nanos()) as i64;
        Clock { since: Time::ZERO, reading, drift, wall: epoch.wrapping_add(offset) }
    }

    /// What the monotonic clock shows at a true instant not before its last change.
    #[inline]
    #[must_use]
    pub fn now(&self, at: Time) -> LocalTime {
        let elapsed = at.since(self.since);
        if self.drift == 0 {
            return self.reading + elapsed;
        }
        let rate = BILLION + i128::from(self.drift);
        let local = i128::from(elapsed.as_nanos()) * rate / BILLION;
        self.reading + Span::nanos(local as u64)
    }

    /// What the wall clock shows at a true instant not before its last change.
    #[must_use]
    pub fn wall(&self, at: Time) -> WallTime {
        WallTime::from_nanos(self.now(at).as_nanos().wrapping_add_signed(self.wall))
    }

    /// The first true instant, not before the last change, at which the monotonic clock shows
    /// `reading` or more.
    #[inline]
    #[must_use]
    pub fn due(&self, reading: LocalTime) -> Time {
        let ahead = reading.since(self.reading);
        if self.drift == 0 {
            return self.since + ahead;
        }
        let rate = BILLION + i128::from(self.drift);
        let wait = (i128::from(ahead.as_nanos()) * BILLION + rate - 1) / rate;
        self.since + Span::nanos(u64::try_from(wait).unwrap_or(u64::MAX))
    }

    /// From `at` on, the clocks go faster than true time by `drift` parts per billion.
    pub fn set_drift(&mut self, at: Time, drift: i32) {
        self.reading = self.now(at);
        self.since = at;
        self.drift = drift;
    }

    /// From now on, the wall clock shows `nanos` more than before.
    pub fn jump(&mut self, nanos: i64) {
        self.wall = self.wall.wrapping_add(nanos);
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
            drift in -900_000_000i32..=900_000_000,
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
            first in -900_000_000i32..=900_000_000,
            second in -900_000_000i32..=900_000_000,
            at in 0u64..1 << 45,
            later in 0u64..1 << 40,
        ) {
            let mut clock = Clock::new(LocalTime::ZERO, 0, first);
            let at = Time::from_nanos(at);
            let before = clock.now(at);
            clock.set_drift(at, second);
            clock.jump(-1_000_000_000_000);
            prop_assert_eq!(clock.now(at), before);
            prop_assert!(clock.now(at + Span::nanos(later)) >= before);
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
