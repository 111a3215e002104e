//! How many times slower: factors as a scenario writes them.
//!
//! The invariant: a factor is at least one, in thousandths.

use super::{Span, decimal, trimmed};
use std::fmt;
use std::str::FromStr;

/// A range of factors, written `"20x"` or `"2x..20x"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactorRange {
    /// The least, in thousandths.
    pub low: u32,
    /// The most, in thousandths.
    pub high: u32,
}

/// One, in thousandths.
pub const ONCE: u32 = 1_000;

/// The largest factor, in thousandths.
const MOST: u32 = 1_000_000_000;

impl FactorRange {
    /// Only this factor, in thousandths.
    #[must_use]
    pub const fn exactly(factor: u32) -> FactorRange {
        FactorRange { low: factor, high: factor }
    }
}

/// The span a factor (in thousandths) longer.
#[must_use]
pub fn stretched(span: Span, factor: u32) -> Span {
    if factor == ONCE {
        return span;
    }
    let nanos = u128::from(span.as_nanos()) * u128::from(factor) / u128::from(ONCE);
    Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn factor(text: &str) -> Result<u32, String> {
    let bad = || format!("`{text}` is not a factor such as `20x` or `1.5x`");
    let number = text.trim().strip_suffix('x').ok_or_else(bad)?;
    let thousandths = decimal(number, 3).ok_or_else(bad)?;
    let known = u32::try_from(thousandths).ok().filter(|factor| (ONCE..=MOST).contains(factor));
    known.ok_or_else(|| format!("`{text}` is out of range: from `1x` to `1000000x`"))
}

fn show(factor: u32) -> String {
    format!("{}x", trimmed(u64::from(factor), u64::from(ONCE), 3))
}

impl fmt::Display for FactorRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            return f.pad(&show(self.low));
        }
        f.pad(&format!("{}..{}", show(self.low), show(self.high)))
    }
}

impl FromStr for FactorRange {
    type Err = String;

    fn from_str(text: &str) -> Result<FactorRange, String> {
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        let range = FactorRange { low: factor(low)?, high: factor(high)? };
        if range.low > range.high {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(range)
    }
}
