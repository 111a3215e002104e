//! Seeds as a user writes them.
//!
//! The invariant: a range of seeds that parses has at least one.

use std::ops::RangeInclusive;

/// A seed, decimal or 0x….
///
/// # Errors
/// In words, why it is none.
pub fn seed(text: &str) -> Result<u64, String> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |hex| (hex, 16));
    let plain = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    if !plain {
        return Err(format!("`{text}` is not a seed such as 42 or 0x2a"));
    }
    let most = u64::MAX;
    u64::from_str_radix(digits, radix)
        .map_err(|_| format!("seed `{text}` is too great: the greatest is {most}"))
}

/// `N` for `0..N`, `A..B` without `B`, `A..=B` with it.
///
/// # Errors
/// In words, why it is none.
pub fn range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let backwards = || "it ends before it begins".to_string();
    let empty = || "there is no seed in it".to_string();
    if let Some((low, high)) = text.split_once("..=") {
        let (low, high) = (seed(low)?, seed(high)?);
        return if low <= high { Ok(low..=high) } else { Err(backwards()) };
    }
    let (low, high) = match text.split_once("..") {
        Some((low, high)) => (seed(low)?, seed(high)?),
        None => (0, seed(text)?),
    };
    match high.checked_sub(1) {
        _ if low > high => Err(backwards()),
        Some(last) if low <= last => Ok(low..=last),
        _ => Err(empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        let told = match range(text) {
            Ok(range) => format!("{range:?}"),
            Err(words) => words,
        };
        assert_eq!(told, want);
    }

    #[test]
    fn ranges_are_read_as_written() {
        check("500", "0..=499");
        check("3..5", "3..=4");
        check("3..=5", "3..=5");
        check("0x10..0x12", "16..=17");
        check(
            "18446744073709551615..=18446744073709551615",
            "18446744073709551615..=18446744073709551615",
        );
    }

    #[test]
    fn what_is_no_range_is_refused() {
        check("10..5", "it ends before it begins");
        check("10..=5", "it ends before it begins");
        check("5..5", "there is no seed in it");
        check("0", "there is no seed in it");
        check("x", "`x` is not a seed such as 42 or 0x2a");
        check("1..+2", "`+2` is not a seed such as 42 or 0x2a");
        check("0x", "`0x` is not a seed such as 42 or 0x2a");
        check(
            "18446744073709551616",
            "seed `18446744073709551616` is too great: the greatest is 18446744073709551615",
        );
    }
}
