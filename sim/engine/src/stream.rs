//! Named streams of random words: everything that a seed decides is drawn from one of them.
//!
//! The invariant: a stream's words depend on the run's seed, its kind and its id alone, so drawing
//! from one never moves another. Ranges, shuffles and distributions are computed here from raw
//! 32-bit words with integers only, and pinned by tests.

use crate::units::{DriftRange, FactorRange, OffsetRange, Span, SpanRange};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for; with an id it names the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum StreamKind {
    /// Variation of one key of the scenario, before the run.
    Vary = 1,
    /// The operations of one client.
    Workload = 2,
    /// One kind of drawn faults, before the run.
    Chaos = 3,
    /// Everything one fault draws.
    Fault = 4,
    /// The fates of one sender's messages.
    Network = 5,
    /// What one node draws for itself.
    Node = 6,
    /// What one node's disk draws.
    Disk = 7,
    /// How far one node's clock is off.
    Clock = 8,
    /// One cooperative fault point.
    Chance = 9,
    /// Where and when one client sends its attempts.
    Client = 10,
}

/// The id of a name: its FNV-1a hash in 64 bits (Fowler, Noll and Vo; RFC 9923).
#[must_use]
pub fn name_id(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A stream of random words: ChaCha8 keyed by (seed, kind, id), made when its first word is drawn.
#[derive(Clone, Debug)]
pub struct Stream(Source);

#[derive(Clone, Debug)]
enum Source {
    Unopened { seed: u64, kind: StreamKind, id: u64 },
    Seeded(Box<ChaCha8Rng>),
    Script(std::vec::IntoIter<u32>),
}

impl Stream {
    /// The stream of this kind and id under `seed`, at its first word.
    #[must_use]
    pub const fn new(seed: u64, kind: StreamKind, id: u64) -> Stream {
        Stream(Source::Unopened { seed, kind, id })
    }

    /// The stream of a named entity.
    #[must_use]
    pub fn named(seed: u64, kind: StreamKind, name: &str) -> Stream {
        Stream::new(seed, kind, name_id(name))
    }

    /// A stream of these words, and zeros after them.
    #[must_use]
    pub fn scripted(words: Vec<u32>) -> Stream {
        Stream(Source::Script(words.into_iter()))
    }

    /// The next raw word.
    pub fn word(&mut self) -> u32 {
        match &mut self.0 {
            Source::Seeded(generator) => generator.next_u32(),
            Source::Script(words) => words.next().unwrap_or(0),
            Source::Unopened { seed, kind, id } => {
                let mut generator = Box::new(generator(*seed, *kind, *id));
                let word = generator.next_u32();
                self.0 = Source::Seeded(generator);
                word
            }
        }
    }

    /// The next two raw words, the first one low.
    pub fn long(&mut self) -> u64 {
        let low = u64::from(self.word());
        low | u64::from(self.word()) << 32
    }

    /// A number below `bound`; 0 if `bound` is 0. One word for a bound that fits one, else two.
    pub fn below(&mut self, bound: u64) -> u64 {
        match u32::try_from(bound) {
            Ok(bound) => (u64::from(self.word()) * u64::from(bound)) >> 32,
            Err(_) => ((u128::from(self.long()) * u128::from(bound)) >> 64) as u64,
        }
    }

    /// A span in the range, both ends included, to the nanosecond. Always two words.
    pub fn span(&mut self, range: SpanRange) -> Span {
        let width = u128::from(range.high.as_nanos() - range.low.as_nanos()) + 1;
        range.low + Span::nanos(((u128::from(self.long()) * width) >> 64) as u64)
    }

    /// An offset in the range, both ends included, in nanoseconds. Always two words.
    pub fn offset(&mut self, range: OffsetRange) -> i64 {
        let width = u128::from(range.high.abs_diff(range.low)) + 1;
        let step = ((u128::from(self.long()) * width) >> 64) as u64;
        range.low.wrapping_add_unsigned(step)
    }

    /// A drift in the range, both ends included, in parts per billion. Always two words.
    pub fn drift(&mut self, range: DriftRange) -> i64 {
        self.offset(OffsetRange { low: range.low, high: range.high })
    }

    /// A factor in the range, both ends included, in thousandths. One word.
    pub fn factor(&mut self, range: FactorRange) -> u32 {
        range.low + self.below(u64::from(range.high - range.low) + 1) as u32
    }

    /// An exponential span with this mean, by table; see [`crate::latency`]. Two words.
    pub fn exponential(&mut self, mean: Span) -> Span {
        crate::latency::exponential(mean, self.long())
    }

    /// Whether something with this probability happens. One word.
    pub fn chance(&mut self, share: crate::units::Ratio) -> bool {
        share.takes(self.word())
    }

    /// Puts `items` into a random order (Fisher and Yates; Durstenfeld, CACM 1964).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }

    /// A number drawn by `weights`; 0 if all are zero. One or two words.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut at = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match at.checked_sub(u64::from(*weight)) {
                Some(rest) => at = rest,
                None => return index,
            }
        }
        0
    }
}

fn generator(seed: u64, kind: StreamKind, id: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&id.to_le_bytes());
    key[16..20].copy_from_slice(&(kind as u32).to_le_bytes());
    key[24..].copy_from_slice(b"squall 1");
    ChaCha8Rng::from_seed(key)
}

/// The four words that the `count`-th message of a sender owns: Philox4x32-10 keyed by the seed,
/// its counter made of count and the sender's id (Salmon et al., SC 2011, section 5).
#[must_use]
#[inline]
pub fn keyed_words(seed: u64, kind: StreamKind, id: u64, count: u64) -> [u32; 4] {
    let id = id ^ (kind as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let counter = [count as u32, (count >> 32) as u32, id as u32, (id >> 32) as u32];
    philox(counter, [seed as u32, (seed >> 32) as u32])
}

#[inline]
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let first = u64::from(counter[0]) * 0xD251_1F53;
        let second = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123 1.14 (`kat_vectors`, philox 4x32 10).
    #[test]
    fn philox_gives_its_published_answers() {
        let ones = u32::MAX;
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let zero = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8];
        assert_eq!(philox([0; 4], [0; 2]), zero);
        let full = [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd];
        assert_eq!(philox([ones; 4], [ones; 2]), full);
        let third = [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1];
        assert_eq!(philox(pi, [0xa409_3822, 0x299f_31d0]), third);
    }
}
