//! The kernel of squall: one run of a protocol under a storm that a seed decides.

pub mod chaos;
pub mod ids;
pub mod latency;
pub mod scenario;
pub mod stream;
pub mod units;
