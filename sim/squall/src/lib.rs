//! The front door of squall: the prelude and the test harness.
