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
    Seeded(Seeded),
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
    #[inline]
    pub fn word(&mut self) -> u32 {
        if let Source::Seeded(seeded) = &mut self.0
            && let Some(word) = seeded.words.get(seeded.next as usize)
        {
            seeded.next += 1;
            return *word;
        }
        self.word_beyond()
    }

    /// The next word when none is at hand.
    #[cold]
    fn word_beyond(&mut self) -> u32 {
        match &mut self.0 {
            Source::Seeded(seeded) => seeded.refill(),
            Source::Script(words) => return words.next().unwrap_or(0),
            Source::Unopened { seed, kind, id } => {
                self.0 = Source::Seeded(Seeded::new(generator(*seed, *kind, *id)));
            }
        }
        self.word()
    }

    /// The next two raw words, the first one low.
    #[inline]
    pub fn long(&mut self) -> u64 {
        let low = u64::from(self.word());
        low | u64::from(self.word()) << 32
    }

    /// A number below `bound`; 0 if `bound` is 0. One word for a bound that fits one, else two.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        match u32::try_from(bound) {
            Ok(bound) => (u64::from(self.word()) * u64::from(bound)) >> 32,
            Err(_) => ((u128::from(self.long()) * u128::from(bound)) >> 64) as u64,
        }
    }

    /// A span in the range, both ends included, to the nanosecond. Always two words.
    #[inline]
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
    #[inline]
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

/// A generator, and its next words at hand: most draws touch one cache line and no generator.
#[derive(Clone, Debug)]
struct Seeded {
    generator: Box<ChaCha8Rng>,
    words: [u32; WORDS],
    next: u32,
}

/// As many as fill a cache line with the position.
const WORDS: usize = 15;

impl Seeded {
    fn new(generator: ChaCha8Rng) -> Seeded {
        let mut seeded = Seeded { generator: Box::new(generator), words: [0; WORDS], next: 0 };
        seeded.refill();
        seeded
    }

    fn refill(&mut self) {
        self.words.fill_with(|| self.generator.next_u32());
        self.next = 0;
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

/// The four words that the `count`-th message of a sender owns: Philox2x64-10 keyed by the seed,
/// its counter made of count and the sender's id (Salmon et al., SC 2011, section 5).
#[must_use]
#[inline]
pub fn keyed_words(seed: u64, kind: StreamKind, id: u64, count: u64) -> [u32; 4] {
    let id = id ^ (kind as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    halves(philox([count, id], seed))
}

/// Four words that follow from four others and a key: Philox as a hash, for what a message needs
/// beyond the words that it owns.
#[must_use]
pub fn hashed(words: [u32; 4], key: u64) -> [u32; 4] {
    let long = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    halves(philox([long(words[0], words[1]), long(words[2], words[3])], key))
}

/// Two long words as four, the low half of each first.
#[inline]
fn halves([first, second]: [u64; 2]) -> [u32; 4] {
    [first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32]
}

#[inline]
fn philox(mut counter: [u64; 2], mut key: u64) -> [u64; 2] {
    for _ in 0..10 {
        let product = u128::from(counter[0]) * 0xD2B7_4407_B1CE_6E93;
        counter = [(product >> 64) as u64 ^ key ^ counter[1], product as u64];
        key = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123 1.14 (`kat_vectors`, philox 2x64 10).
    #[test]
    fn philox_gives_its_published_answers() {
        let zero = [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5];
        assert_eq!(philox([0; 2], 0), zero);
        let full = [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20];
        assert_eq!(philox([u64::MAX; 2], u64::MAX), full);
        let pi = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
        let third = [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d];
        assert_eq!(philox(pi, 0xa409_3822_299f_31d0), third);
    }
}
