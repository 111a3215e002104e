//! The kernel of squall: one run of a protocol under a storm that a seed decides.

pub mod clock;
pub mod digest;
pub mod disk;
pub mod effect;
pub mod ids;
pub mod latency;
pub mod monitor;
pub mod node;
pub mod protocol;
mod queue;
pub mod scenario;
mod seat;
mod slab;
pub mod stream;
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
