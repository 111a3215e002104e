//! The kernel of squall: one run of a protocol under a storm that a seed decides.

mod bounds;
pub mod chance;
pub mod chaos;
pub mod clock;
pub mod decider;
pub mod digest;
pub mod disk;
pub mod effect;
pub mod event;
pub mod host;
pub mod ids;
pub mod latency;
pub mod measure;
pub mod monitor;
pub mod network;
pub mod node;
pub mod plan;
pub mod protocol;
pub mod pulse;
mod queue;
pub mod run;
pub mod scenario;
mod seat;
pub mod sim;
mod slab;
pub mod stream;
pub mod subject;
pub mod trace;
pub mod units;
pub mod view;

/// Proptest with a fixed generator seed: the same cases on every machine.
#[cfg(test)]
fn proptest_config(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..Default::default()
    }
}
