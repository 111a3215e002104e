//! Amounts of data and their rates.
//!
//! The invariant: both are whole bytes; `kB`, `MB` and `GB` are powers of a thousand.

use super::decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// An amount of data, written `"64kB"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(u64);

impl Bytes {
    /// So many bytes.
    #[must_use]
    pub const fn new(count: u64) -> Bytes {
        Bytes(count)
    }

    /// How many bytes they are.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0
    }
}

/// A rate of data, written `"10MB/s"`; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataRate(u64);

impl DataRate {
    /// Bytes per second.
    #[must_use]
    pub const fn as_bytes_per_second(self) -> u64 {
        self.0
    }
}

const UNITS: [(&str, u64); 4] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, size): &(&str, u64)| self.0 > 0 && self.0.is_multiple_of(*size);
        let (unit, size) = UNITS.into_iter().find(fits).unwrap_or(("B", 1));
        f.pad(&format!("{}{unit}", self.0 / size))
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Bytes, String> {
        let bad = || format!("`{text}` is not an amount of data such as `64kB` or `1MB`");
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let size = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?.1;
        let scaled = decimal(number, 9).ok_or_else(bad)?;
        let bytes = scaled * u128::from(size) / 1_000_000_000;
        u64::try_from(bytes).ok().filter(|bytes| *bytes <= 1 << 53).map(Bytes).ok_or_else(bad)
    }
}

impl fmt::Display for DataRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/s", Bytes(self.0)))
    }
}

impl FromStr for DataRate {
    type Err = String;

    fn from_str(text: &str) -> Result<DataRate, String> {
        let bad = || format!("`{text}` is not a rate of data such as `10MB/s`");
        let bytes: Bytes = text.strip_suffix("/s").ok_or_else(bad)?.parse().map_err(|_| bad())?;
        if bytes.0 == 0 { Err(format!("`{text}` moves nothing")) } else { Ok(DataRate(bytes.0)) }
    }
}

text!(Bytes, "an amount of data such as \"64kB\"", concat!("^", number!(), "(B|kB|MB|GB)$"));
text!(DataRate, "a rate of data such as \"10MB/s\"", concat!("^", number!(), "(B|kB|MB|GB)/s$"));
