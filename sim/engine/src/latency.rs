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
    LogNormal(Box<LogNormal>),
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
            Latency::LogNormal { median, p99 } => {
                Form::LogNormal(Box::new(LogNormal::new(median, p99)))
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
            Form::LogNormal(table) => table.at(word),
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

/// The quantile of the standard normal distribution at 99 %.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// Quantiles of a log-normal distribution in nanoseconds, at the bounds of `STEPS` equal slices of
/// probability; the last slice, whose values grow without bound, is halved again and again.
#[derive(Clone, Debug)]
struct LogNormal {
    body: [u64; STEPS],
    tail: [u64; TAIL],
}

/// Bounds within the last slice: at each the probability beyond is half of that at the one before,
/// down to that of the last word.
const TAIL: usize = 23;

impl LogNormal {
    fn new(median: Span, p99: Span) -> LogNormal {
        let middle = libm::log(median.as_nanos().max(1) as f64);
        let deviation = (libm::log(p99.as_nanos().max(1) as f64) - middle) / NORMAL_P99;
        let quantile = |normal: f64| libm::exp(middle + deviation * normal) as u64;
        let mut table = LogNormal { body: [0; STEPS], tail: [0; TAIL] };
        let mut normal = 0.0;
        // The distribution is symmetric: from the middle outwards, each from the one before.
        for step in 0..STEPS / 2 {
            let beyond = 0.5 - step as f64 / STEPS as f64;
            normal = upper(beyond, normal);
            table.body[STEPS / 2 + step] = quantile(normal);
            table.body[STEPS / 2 - step] = quantile(-normal);
        }
        for (halvings, bound) in table.tail.iter_mut().enumerate() {
            let beyond = 1.0 / (STEPS as u64 * (1u64 << halvings)) as f64;
            normal = upper(beyond, normal);
            *bound = quantile(normal);
        }
        table.body[0] = quantile(-normal);
        table
    }

    /// The quantile at probability `word / 2^32`, interpolated within a slice.
    fn at(&self, word: u32) -> u64 {
        let slice = (word >> 22) as usize;
        if slice < STEPS - 1 {
            return between(self.body[slice], self.body[slice + 1], word << 10);
        }
        // Of the 2^22 words of the last slice so many are beyond this one.
        let beyond: u32 = (1 << 22) - (word & ((1 << 22) - 1));
        let power = u32::ilog2(beyond);
        let high = self.tail[22 - power as usize];
        match beyond.is_power_of_two() {
            true => high,
            false => {
                let part = u64::from((2 << power) - beyond) << (32 - power);
                between(self.tail[21 - power as usize], high, part as u32)
            }
        }
    }
}

/// The value at `part / 2^32` of the way from one to another.
fn between(low: u64, high: u64, part: u32) -> u64 {
    low + ((u128::from(high - low) * u128::from(part)) >> 32) as u64
}

/// Beyond which value of the standard normal distribution this probability lies: Newton's method
/// from a value that is below it.
fn upper(beyond: f64, from: f64) -> f64 {
    const ROOT_TWO: f64 = std::f64::consts::SQRT_2;
    const HEIGHT: f64 = 0.398_942_280_401_432_7;
    let mut normal = from;
    for _ in 0..60 {
        let above = 0.5 * libm::erfc(normal / ROOT_TWO);
        let density = HEIGHT * libm::exp(-normal * normal / 2.0);
        let step = (above - beyond) / density;
        normal += step;
        if libm::fabs(step) < 1e-12 {
            break;
        }
    }
    normal
}
