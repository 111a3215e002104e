//! A hasher without a seed, and the tables that use it.
//!
//! The invariant: the same content hashes alike in every process. No verdict depends on the order
//! of these tables; they are looked up, never walked.

use hashbrown::HashTable;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A map with the fixed hasher.
pub(crate) type FixedMap<K, V> = hashbrown::HashMap<K, V, BuildHasherDefault<FixedHasher>>;

const FACTOR: u64 = 0xf135_7aea_2e62_a9c5;

/// Multiply and rotate, one word at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FixedHasher(u64);

impl FixedHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for FixedHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        if bytes.len() < 8 {
            let short =
                bytes.iter().fold(bytes.len() as u64, |word, &byte| word << 8 | u64::from(byte));
            return self.mix(short);
        }
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(u64::from_le_bytes(chunk.try_into().expect("chunks of eight")));
        }
        let mut tail = [0; 8];
        tail[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        self.mix(u64::from_le_bytes(tail) ^ ((bytes.len() as u64) << 56));
    }

    #[inline]
    fn write_u8(&mut self, word: u8) {
        self.mix(u64::from(word));
    }

    #[inline]
    fn write_u16(&mut self, word: u16) {
        self.mix(u64::from(word));
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        let wide = u128::from(self.0 ^ (self.0 >> 29)) * u128::from(FACTOR);
        (wide as u64) ^ ((wide >> 64) as u64)
    }
}

/// The hash of a value.
pub(crate) fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = FixedHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Gives equal values the same small number, in order of first appearance.
pub(crate) struct Interner<T> {
    values: Vec<T>,
    table: HashTable<u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { values: Vec::new(), table: HashTable::new() }
    }
}

impl<T: Hash + Eq> Interner<T> {
    /// An interner that has room for `room` values.
    pub(crate) fn with_room(room: usize) -> Self {
        let mut table = HashTable::new();
        table.reserve(room, |_| 0);
        Interner { values: Vec::with_capacity(room), table }
    }

    /// The number of `value`.
    pub(crate) fn intern(&mut self, value: T) -> u32 {
        let hash = hash_of(&value);
        let values = &self.values;
        if let Some(&id) = self.table.find(hash, |&id| values[id as usize] == value) {
            return id;
        }
        let id = u32::try_from(values.len()).expect("fewer than 2^32 distinct values fit memory");
        self.values.push(value);
        let values = &self.values;
        self.table.insert_unique(hash, id, |&id| hash_of(&values[id as usize]));
        id
    }

    /// How many distinct values there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The value that has number `id`.
    pub(crate) fn get(&self, id: u32) -> &T {
        &self.values[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_same_in_every_process() {
        assert_eq!(hash_of(&1u64), hash_of(&1u64));
        assert_ne!(hash_of(&1u64), hash_of(&2u64));
        assert_ne!(hash_of("ab"), hash_of("ab\0"));
    }

    #[test]
    fn interning_numbers_by_first_appearance() {
        let mut interner = Interner::default();
        let ids = ["a", "b", "a", "c", "b"].map(|value| interner.intern(value));
        assert_eq!(ids, [0, 1, 0, 2, 1]);
        assert_eq!(*interner.get(2), "c");
    }
}
