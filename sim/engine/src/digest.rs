//! The rolling hash over a run's events: equal runs have equal digests, on every machine.
//!
//! The invariant: what is hashed is of fixed width; a `usize` counts as a `u64`, and no key is
//! secret, so nothing of the host reaches a digest.

use std::fmt;
use std::hash::Hasher;

/// A hasher of fixed width without a secret key: multiply and fold.
#[derive(Clone, Copy, Debug)]
pub struct FixedHasher(u64);

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xd6e8_feb8_6659_fd93;

impl FixedHasher {
    /// A hasher that has seen nothing.
    #[must_use]
    pub const fn new() -> FixedHasher {
        FixedHasher(FIRST)
    }

    #[inline]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(SECOND);
        self.0 = (product as u64 ^ (product >> 64) as u64).wrapping_add(FIRST);
    }
}

impl Default for FixedHasher {
    fn default() -> FixedHasher {
        FixedHasher::new()
    }
}

impl Hasher for FixedHasher {
    #[inline]
    fn finish(&self) -> u64 {
        let mut last = *self;
        last.mix(SECOND);
        last.0
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(u64::from_le_bytes(chunk.try_into().expect("a chunk has eight bytes")));
        }
        let mut rest = [0; 8];
        rest[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        self.mix(u64::from_le_bytes(rest) ^ (bytes.len() as u64) << 56);
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    #[inline]
    fn write_u16(&mut self, value: u16) {
        self.mix(u64::from(value));
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    #[inline]
    fn write_u128(&mut self, value: u128) {
        self.mix(value as u64);
        self.mix((value >> 64) as u64);
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    #[inline]
    fn write_isize(&mut self, value: isize) {
        self.mix(value as i64 as u64);
    }
}

/// The digest of a run, printed as sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u64);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
