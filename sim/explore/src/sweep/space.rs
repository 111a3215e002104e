//! The runs of a sweep, numbered.
//!
//! The invariant: shards have no run in common and together all of them, however many there are.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A part of a sweep that one of several machines does: `2/8` is the second of eight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(u64, u64)", into = "(u64, u64)")]
pub struct Shard {
    index: u64,
    count: NonZeroU64,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Shard = Shard { index: 1, count: NonZeroU64::MIN };

    /// The `index`-th, from 1, of `count` parts.
    ///
    /// # Errors
    /// There is no such part, in words that follow what the user wrote.
    pub fn new(index: u64, count: u64) -> Result<Shard, String> {
        match NonZeroU64::new(count) {
            None => Err("there are no shards; the count begins at 1".to_string()),
            Some(count) if (1..=count.get()).contains(&index) => Ok(Shard { index, count }),
            Some(_) => Err(format!("there is no shard {index} of {count}; the first is 1")),
        }
    }

    /// Which part, from 1.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub fn count(self) -> u64 {
        self.count.get()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let number = |text: &str| text.parse::<u64>().ok();
        let parts = text.split_once('/').and_then(|(i, n)| Some((number(i)?, number(n)?)));
        let Some((index, count)) = parts else {
            return Err("expected INDEX/COUNT, such as 2/8".to_string());
        };
        Shard::new(index, count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl TryFrom<(u64, u64)> for Shard {
    type Error = String;

    fn try_from((index, count): (u64, u64)) -> Result<Shard, String> {
        Shard::new(index, count)
    }
}

impl From<Shard> for (u64, u64) {
    fn from(shard: Shard) -> (u64, u64) {
        (shard.index, shard.count())
    }
}

/// One run of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// Its number in this shard, from 0.
    pub number: u64,
    /// Which of the lanes.
    pub lane: usize,
    /// The seed.
    pub seed: u64,
}

/// All runs of a sweep: every seed with every lane, lanes in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// How many lanes there are.
    pub lanes: usize,
    /// The seeds of all shards together.
    pub seeds: RangeInclusive<u64>,
    /// The part of them that is run.
    pub shard: Shard,
}

impl Space {
    /// How many runs there are; more than can be counted is the greatest number.
    #[must_use]
    pub fn runs(&self) -> u64 {
        let (first, last) = (*self.seeds.start(), *self.seeds.end());
        let behind = self.shard.index - 1;
        let Some(width) = last.checked_sub(first).and_then(|width| width.checked_sub(behind))
        else {
            return 0;
        };
        let seeds = (width / self.shard.count()).saturating_add(1);
        seeds.saturating_mul(self.lanes as u64)
    }

    /// The run with this number; none behind the last.
    #[must_use]
    pub fn task(&self, number: u64) -> Option<Task> {
        if number >= self.runs() {
            return None;
        }
        let lanes = self.lanes as u64;
        let seed =
            self.seeds.start() + (self.shard.index - 1) + number / lanes * self.shard.count();
        Some(Task { number, lane: (number % lanes) as usize, seed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn all(space: &Space) -> Vec<(usize, u64)> {
        (0..space.runs() + 3)
            .filter_map(|number| space.task(number))
            .map(|t| (t.lane, t.seed))
            .collect()
    }

    #[test]
    fn shards_are_disjoint_and_complete_however_many_there_are() {
        let whole = Space { lanes: 3, seeds: 5..=21, shard: Shard::WHOLE };
        let every: BTreeSet<_> = all(&whole).into_iter().collect();
        assert_eq!(every.len(), 51);
        for count in 1..=20 {
            let part = |index| Space { shard: Shard::new(index, count).unwrap(), ..whole.clone() };
            let parts: Vec<_> = (1..=count).flat_map(|index| all(&part(index))).collect();
            assert_eq!(parts.len(), every.len(), "of {count}");
            assert_eq!(parts.into_iter().collect::<BTreeSet<_>>(), every, "of {count}");
        }
    }

    #[test]
    fn the_greatest_range_has_its_last_seed() {
        let space = Space { lanes: 1, seeds: u64::MAX - 1..=u64::MAX, shard: Shard::WHOLE };
        assert_eq!(all(&space), [(0, u64::MAX - 1), (0, u64::MAX)]);
        let space = Space { lanes: 2, seeds: 0..=u64::MAX, shard: Shard::WHOLE };
        assert_eq!(space.runs(), u64::MAX);
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        let check = |text: &str, want: &str| assert_eq!(text.parse::<Shard>().unwrap_err(), want);
        check("0/8", "there is no shard 0 of 8; the first is 1");
        check("9/8", "there is no shard 9 of 8; the first is 1");
        check("1/0", "there are no shards; the count begins at 1");
        check("2", "expected INDEX/COUNT, such as 2/8");
        check("a/b", "expected INDEX/COUNT, such as 2/8");
        assert_eq!("2/8".parse::<Shard>().map(|shard| shard.to_string()), Ok("2/8".to_string()));
    }
}
