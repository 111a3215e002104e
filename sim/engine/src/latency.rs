//! Latency distributions as tables of integers, made when a scenario loads.
//!
//! The invariant: sampling is integer arithmetic alone, so that every machine draws the same
//! nanoseconds from the same words; the mathematics behind a table is `libm`, pinned.

use crate::scenario::tables::Latency;
use crate::units::Span;

/// Quantiles of the exponential distribution with mean 1, scaled by 2^32.
const STEPS: usize = 1024;

/// A latency ready to be drawn.
#[derive(Clone, Debug)]
pub struct LatencyTable {
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Uniform { low: u64, width: u64 },
    Exponential { mean: u64, quantiles: Box<Quantiles> },
}

impl LatencyTable {
    /// The table of a latency.
    #[must_use]
    pub fn new(latency: &Latency) -> LatencyTable {
        let form = match *latency {
            Latency::Constant(span) => Form::Uniform { low: span.as_nanos(), width: 1 },
            Latency::Uniform(range) => {
                let width = range.high.as_nanos() - range.low.as_nanos();
                Form::Uniform { low: range.low.as_nanos(), width: width.saturating_add(1) }
            }
            Latency::Exponential { mean } => {
                Form::Exponential { mean: mean.as_nanos(), quantiles: Box::new(Quantiles::new()) }
            }
        };
        LatencyTable { form }
    }

    /// The latency that a word draws, in nanoseconds.
    #[must_use]
    pub fn sample(&self, word: u32) -> u64 {
        match &self.form {
            Form::Uniform { low, width } => match u32::try_from(*width) {
                Ok(width) => low + ((u64::from(word) * u64::from(width)) >> 32),
                Err(_) => low + ((u128::from(word) * u128::from(*width)) >> 32) as u64,
            },
            Form::Exponential { mean, quantiles } => {
                scaled(*mean, quantiles.at(u64::from(word) << 32))
            }
        }
    }
}

/// An exponential span with this mean, from 64 random bits.
#[must_use]
pub fn exponential(mean: Span, bits: u64) -> Span {
    Span::nanos(scaled(mean.as_nanos(), Quantiles::point(bits)))
}

fn scaled(mean: u64, quantile: u64) -> u64 {
    u64::try_from((u128::from(mean) * u128::from(quantile)) >> 32).unwrap_or(u64::MAX)
}

/// Quantiles of the exponential distribution with mean 1 in 32.32 fixed point, at the bounds of
/// `STEPS` equal slices of probability. The distribution has no memory, so the last slice is the
/// whole of it again, shifted.
#[derive(Clone, Debug)]
struct Quantiles([u64; STEPS + 1]);

impl Quantiles {
    fn new() -> Quantiles {
        let mut table = [0; STEPS + 1];
        for (index, quantile) in table.iter_mut().enumerate() {
            *quantile = Quantiles::point(((index as u64) << 54).min(u64::MAX - 1));
        }
        table[STEPS] = Quantiles::point(u64::MAX);
        Quantiles(table)
    }

    /// The quantile at probability `bits / 2^64`.
    fn point(bits: u64) -> u64 {
        let rest = (u64::MAX - bits) as f64 / 18_446_744_073_709_551_616.0;
        let rest = if rest <= 0.0 { 1.0 / 18_446_744_073_709_551_616.0 } else { rest };
        (-libm::log(rest) * 4_294_967_296.0) as u64
    }

    /// The quantile at probability `bits / 2^64`, interpolated within a slice.
    fn at(&self, bits: u64) -> u64 {
        let slice = (bits >> 54) as usize;
        if slice == STEPS - 1 && bits << 10 != 0 {
            return self.0[STEPS - 1] + self.at(bits << 10);
        }
        let (low, high) = (self.0[slice], self.0[slice + 1]);
        let part = (bits << 10) >> 32;
        low + ((u128::from(high - low) * u128::from(part)) >> 32) as u64
    }
}
