//! Measures: counts and distributions of what a run reports.
//!
//! The invariant: memory does not grow with the number of samples; a quantile is at most 1/64
//! above the true one, and the greatest sample is exact.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DIVISIONS: u64 = 64;

/// How samples are distributed: counts in buckets whose width grows with their value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
    buckets: BTreeMap<u32, u64>,
}

impl Distribution {
    /// Adds a sample.
    pub fn add(&mut self, sample: u64) {
        self.min = if self.count == 0 { sample } else { self.min.min(sample) };
        self.max = self.max.max(sample);
        self.count += 1;
        self.sum += u128::from(sample);
        *self.buckets.entry(bucket(sample)).or_default() += 1;
    }

    /// Adds all samples of another distribution.
    pub fn merge(&mut self, other: &Distribution) {
        if other.count == 0 {
            return;
        }
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum += other.sum;
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }

    /// How many samples there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The least sample; `None` without samples.
    #[must_use]
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The greatest sample; `None` without samples.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The mean, rounded down; `None` without samples.
    #[must_use]
    pub fn mean(&self) -> Option<u64> {
        let mean = self.sum.checked_div(u128::from(self.count))?;
        Some(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// The least value that at least `per_mille` in a thousand samples do not exceed.
    #[must_use]
    pub fn quantile(&self, per_mille: u64) -> Option<u64> {
        let rank = (u128::from(self.count) * u128::from(per_mille)).div_ceil(1000).max(1);
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += u128::from(*count);
            if seen >= rank {
                return Some(upper(*bucket).clamp(self.min, self.max));
            }
        }
        None
    }
}

/// The bucket of a sample: exact below 64, then 64 to each doubling.
fn bucket(sample: u64) -> u32 {
    if sample < DIVISIONS {
        return sample as u32;
    }
    let octave = sample.ilog2() - DIVISIONS.ilog2();
    let within = (sample >> octave) - DIVISIONS;
    (u64::from(octave + 1) * DIVISIONS + within) as u32
}

/// The greatest sample of a bucket.
fn upper(bucket: u32) -> u64 {
    let (octave, within) = (u64::from(bucket) / DIVISIONS, u64::from(bucket) % DIVISIONS);
    if octave == 0 {
        return within;
    }
    let next = u128::from(DIVISIONS + within + 1) << (octave - 1);
    u64::try_from(next - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::proptest_config(256))]
        #[test]
        fn a_quantile_is_close_to_the_true_one(
            mut samples in proptest::collection::vec(0u64..1 << 48, 1..200),
            per_mille in 1u64..=1000,
        ) {
            let mut distribution = Distribution::default();
            samples.iter().for_each(|sample| distribution.add(*sample));
            samples.sort_unstable();
            let rank = (samples.len() as u64 * per_mille).div_ceil(1000).max(1) as usize;
            let exact = samples[rank - 1];
            let found = distribution.quantile(per_mille).expect("there are samples");
            prop_assert!(found >= exact && found <= exact + exact / 64 + 1);
            prop_assert_eq!(distribution.max(), samples.last().copied());
            prop_assert_eq!(distribution.quantile(1000), samples.last().copied());
        }
    }
}
