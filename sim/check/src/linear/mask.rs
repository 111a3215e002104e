//! Sets of small numbers: which open operations have taken effect.
//!
//! The invariant: two masks are equal exactly when their sets are.

use std::hash::Hash;

/// A set of numbers below the width of the part.
pub(super) trait Mask: Clone + Default + Eq + Hash {
    /// Whether `bit` is in the set.
    fn has(&self, bit: u32) -> bool;
    /// Adds `bit`.
    fn set(&mut self, bit: u32);
    /// Removes `bit`.
    fn clear(&mut self, bit: u32);
    /// Whether every member is one of `other`.
    fn within(&self, other: &Self) -> bool;
}

macro_rules! word {
    ($word:ty) => {
        impl Mask for $word {
            fn has(&self, bit: u32) -> bool {
                *self >> bit & 1 == 1
            }

            fn set(&mut self, bit: u32) {
                *self |= 1 << bit;
            }

            fn clear(&mut self, bit: u32) {
                *self &= !(1 << bit);
            }

            fn within(&self, other: &Self) -> bool {
                *self & !*other == 0
            }
        }
    };
}

word!(u64);
word!(u128);

/// A set of any width, without zero words at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Wide(Vec<u64>);

impl Mask for Wide {
    fn has(&self, bit: u32) -> bool {
        self.0.get(bit as usize / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    fn set(&mut self, bit: u32) {
        let word = bit as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (bit % 64);
    }

    fn clear(&mut self, bit: u32) {
        if let Some(word) = self.0.get_mut(bit as usize / 64) {
            *word &= !(1 << (bit % 64));
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn within(&self, other: &Self) -> bool {
        self.0.len() <= other.0.len()
            && self.0.iter().zip(&other.0).all(|(own, others)| own & !others == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<M: Mask + std::fmt::Debug>() {
        let (mut one, mut two) = (M::default(), M::default());
        one.set(3);
        one.set(61);
        two.set(3);
        assert!(one.has(61) && !two.has(61));
        assert!(two.within(&one) && !one.within(&two));
        one.clear(61);
        assert_eq!(one, two);
    }

    #[test]
    fn all_widths_agree() {
        check::<u64>();
        check::<u128>();
        check::<Wide>();
    }

    #[test]
    fn a_wide_mask_forgets_its_empty_words() {
        let mut mask = Wide::default();
        mask.set(700);
        mask.clear(700);
        assert_eq!(mask, Wide::default());
    }
}
