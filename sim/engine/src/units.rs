//! Quantities as a scenario writes them: spans of time, ranges, ratios, rates and drifts.
//!
//! The invariant: every quantity is an integer (nanoseconds, parts per million or billion), and
//! what [`Display`](fmt::Display) prints parses back to the same value.

mod factor;

pub use factor::{FactorRange, ONCE, stretched};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::str::FromStr;

/// A length of time in nanoseconds, written `"150ms"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    /// No time.
    pub const ZERO: Span = Span(0);
    /// The longest span, about 584 years.
    pub const MAX: Span = Span(u64::MAX);

    /// A span of nanoseconds.
    #[must_use]
    pub const fn nanos(count: u64) -> Span {
        Span(count)
    }

    /// A span of microseconds.
    #[must_use]
    pub const fn micros(count: u64) -> Span {
        Span(count * 1_000)
    }

    /// A span of milliseconds.
    #[must_use]
    pub const fn millis(count: u64) -> Span {
        Span(count * 1_000_000)
    }

    /// A span of seconds.
    #[must_use]
    pub const fn secs(count: u64) -> Span {
        Span(count * 1_000_000_000)
    }

    /// The span in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The longer part that is left, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0 - other.0)
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    fn mul(self, factor: u64) -> Span {
        Span(self.0.saturating_mul(factor))
    }
}

impl Div<u64> for Span {
    type Output = Span;
    fn div(self, divisor: u64) -> Span {
        Span(self.0 / divisor)
    }
}

impl From<std::time::Duration> for Span {
    fn from(duration: std::time::Duration) -> Span {
        Span(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.pad("0s");
        }
        let (unit, size) =
            UNITS.into_iter().find(|(_, size)| self.0.is_multiple_of(*size)).unwrap_or(("ns", 1));
        f.pad(&format!("{}{unit}", self.0 / size))
    }
}

impl FromStr for Span {
    type Err = String;

    /// Reads `150ms`, `1.5s`, `2m`: a number with at most nine decimals and a unit.
    fn from_str(text: &str) -> Result<Span, String> {
        let bad = || format!("`{text}` is not a duration such as `150ms`, `2s` or `5m`");
        if text.starts_with('-') {
            return Err(format!("`{text}` is negative; a duration is not"));
        }
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        if unit.is_empty() && number == "0" {
            return Ok(Span::ZERO);
        }
        let size = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?.1;
        let nanos = decimal(number, 9).ok_or_else(bad)?;
        let nanos = nanos * u128::from(size) / 1_000_000_000;
        u64::try_from(nanos).map(Span).map_err(|_| format!("`{text}` is longer than 584 years"))
    }
}

/// Reads a plain decimal number as an integer scaled by ten to the `digits`.
fn decimal(text: &str, digits: u32) -> Option<u128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part_digits = u32::try_from(part.len()).ok()?;
    let plain = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part_digits > digits {
        return None;
    }
    if text.ends_with('.') || whole.len() > 20 {
        return None;
    }
    let scale = 10u128.pow(digits);
    let fraction = if part.is_empty() { 0 } else { part.parse::<u128>().ok()? };
    Some(whole.parse::<u128>().ok()? * scale + fraction * 10u128.pow(digits - part_digits))
}

/// A range of spans, both ends included, written `"150ms..300ms"` or as a bare span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanRange {
    /// The shortest.
    pub low: Span,
    /// The longest.
    pub high: Span,
}

impl SpanRange {
    /// The range from `low` to `high`.
    #[must_use]
    pub const fn new(low: Span, high: Span) -> SpanRange {
        SpanRange { low, high }
    }

    /// The span in the range, both ends included, that a raw word draws.
    #[must_use]
    pub fn at(self, word: u32) -> Span {
        let width = u128::from(self.high.0 - self.low.0 + 1);
        Span(self.low.0 + ((u128::from(word) * width) >> 32) as u64)
    }

    /// The range that holds `span` alone.
    #[must_use]
    pub const fn exactly(span: Span) -> SpanRange {
        SpanRange { low: span, high: span }
    }
}

impl fmt::Display for SpanRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            return self.low.fmt(f);
        }
        f.pad(&format!("{}..{}", self.low, self.high))
    }
}

impl FromStr for SpanRange {
    type Err = String;

    fn from_str(text: &str) -> Result<SpanRange, String> {
        let Some((low, high)) = text.split_once("..") else {
            return Ok(SpanRange::exactly(text.parse()?));
        };
        let range = SpanRange { low: low.trim().parse()?, high: high.trim().parse()? };
        if range.low > range.high {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(range)
    }
}

/// A range of signed offsets in nanoseconds, written `"-50ms..50ms"` or as a bare one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OffsetRange {
    /// The least, in nanoseconds.
    pub low: i64,
    /// The greatest, in nanoseconds.
    pub high: i64,
}

fn signed<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<(bool, T), String> {
    match text.strip_prefix('-') {
        Some(rest) => Ok((true, read(rest)?)),
        None => Ok((false, read(text.strip_prefix('+').unwrap_or(text))?)),
    }
}

fn offset(text: &str) -> Result<i64, String> {
    let (negative, span) = signed(text.trim(), Span::from_str)?;
    let nanos = i64::try_from(span.0).map_err(|_| format!("`{text}` is too long"))?;
    Ok(if negative { -nanos } else { nanos })
}

fn show_offset(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    format!("{sign}{}", Span(nanos.unsigned_abs()))
}

impl fmt::Display for OffsetRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            return f.pad(&show_offset(self.low));
        }
        f.pad(&format!("{}..{}", show_offset(self.low), show_offset(self.high)))
    }
}

impl FromStr for OffsetRange {
    type Err = String;

    fn from_str(text: &str) -> Result<OffsetRange, String> {
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        let range = OffsetRange { low: offset(low)?, high: offset(high)? };
        if range.low > range.high {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(range)
    }
}

/// A share in parts per million, written `"1%"` or `"5ppm"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(u32);

impl Ratio {
    /// Nothing.
    pub const ZERO: Ratio = Ratio(0);
    /// Everything.
    pub const ONE: Ratio = Ratio(1_000_000);

    /// A share of `parts` in a million, at most all.
    #[must_use]
    pub const fn ppm(parts: u32) -> Ratio {
        Ratio(if parts > 1_000_000 { 1_000_000 } else { parts })
    }

    /// The share in parts per million.
    #[must_use]
    pub const fn as_ppm(self) -> u32 {
        self.0
    }

    /// Whether a raw `word` falls into the share.
    #[must_use]
    pub fn takes(self, word: u32) -> bool {
        u64::from(word) * 1_000_000 < u64::from(self.0) << 32
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0 && self.0 < 100 {
            return f.pad(&format!("{}ppm", self.0));
        }
        f.pad(&format!("{}%", trimmed(u64::from(self.0), 10_000, 4)))
    }
}

/// `value / scale` as a decimal without trailing zeros.
fn trimmed(value: u64, scale: u64, digits: usize) -> String {
    let text = format!("{}.{:0digits$}", value / scale, value % scale);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn parts(text: &str, of: u128) -> Result<u64, String> {
    let bad = || format!("`{text}` is not a ratio such as `1%` or `5ppm`");
    let (number, percent) = match text.strip_suffix('%') {
        Some(number) => (number, true),
        None => (text.strip_suffix("ppm").ok_or_else(bad)?, false),
    };
    let scaled = decimal(number.trim(), 9).ok_or_else(bad)?;
    let unit = if percent { of / 100 } else { of / 1_000_000 };
    u64::try_from(scaled * unit / 1_000_000_000).map_err(|_| bad())
}

impl FromStr for Ratio {
    type Err = String;

    fn from_str(text: &str) -> Result<Ratio, String> {
        let ppm = parts(text, 1_000_000)?;
        if ppm > 1_000_000 {
            return Err(format!("`{text}` is more than `100%`"));
        }
        if ppm == 0 && text.contains(|digit| ('1'..='9').contains(&digit)) {
            return Err(format!("`{text}` is less than `1ppm`"));
        }
        Ok(Ratio(u32::try_from(ppm).unwrap_or(1_000_000)))
    }
}

/// A range of clock drifts in parts per billion, written `"-100ppm..100ppm"` or `"-10%"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DriftRange {
    /// The slowest, in parts per billion.
    pub low: i64,
    /// The fastest, in parts per billion.
    pub high: i64,
}

fn drift(text: &str) -> Result<i64, String> {
    let (negative, ppb) = signed(text.trim(), |text| parts(text, 1_000_000_000))?;
    let most = if negative { crate::clock::SLOWEST } else { crate::clock::FASTEST };
    let bad = || format!("`{text}` is a drift beyond {}", show_drift(most));
    let ppb = i64::try_from(ppb).ok().filter(|ppb| *ppb <= most.abs()).ok_or_else(bad)?;
    Ok(if negative { -ppb } else { ppb })
}

fn show_drift(ppb: i64) -> String {
    let sign = if ppb < 0 { "-" } else { "" };
    let size = ppb.unsigned_abs();
    if size >= 1_000_000 {
        return format!("{sign}{}%", trimmed(size, 10_000_000, 7));
    }
    format!("{sign}{}ppm", trimmed(size, 1_000, 3))
}

impl fmt::Display for DriftRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            return f.pad(&show_drift(self.low));
        }
        f.pad(&format!("{}..{}", show_drift(self.low), show_drift(self.high)))
    }
}

impl FromStr for DriftRange {
    type Err = String;

    fn from_str(text: &str) -> Result<DriftRange, String> {
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        let range = DriftRange { low: drift(low)?, high: drift(high)? };
        if range.low > range.high {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(range)
    }
}

/// A rate in thousandths of an event per second, written `"800/s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// The rate in thousandths of an event per second; never zero.
    #[must_use]
    pub const fn as_millis_per_second(self) -> u64 {
        self.0
    }

    /// The mean gap between two events.
    #[must_use]
    pub const fn gap(self) -> Span {
        Span(1_000_000_000_000 / self.0)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/s", trimmed(self.0, 1_000, 3)))
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        let bad = || format!("`{text}` is not a rate such as `800/s` or `30/m`");
        let (number, unit) = text.split_once('/').ok_or_else(bad)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(bad()),
        };
        let millis = decimal(number.trim(), 3).ok_or_else(bad)? / seconds;
        match u64::try_from(millis) {
            Ok(millis) if millis > 0 && millis <= 1_000_000_000_000 => Ok(Rate(millis)),
            _ => Err(format!("`{text}` is out of range: from `0.001/s` to `1000000000/s`")),
        }
    }
}

macro_rules! number {
    () => {
        r"[0-9]+(\.[0-9]+)?"
    };
}

macro_rules! span {
    () => {
        concat!("(0|", number!(), "(ns|us|ms|s|m|h))")
    };
}

macro_rules! ratio {
    () => {
        concat!(number!(), "(%|ppm)")
    };
}

/// The pattern of one part, or of two that make a range.
macro_rules! range {
    ($sign:literal, $part:expr) => {
        concat!("^", $sign, $part, r"( *\.\. *", $sign, $part, ")?$")
    };
}

macro_rules! text {
    ($type:ty, $what:literal, $pattern:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string", "description": $what, "pattern": $pattern
                })
            }
        }
    };
}

text!(Span, "a duration such as \"150ms\"", concat!("^", span!(), "$"));
text!(SpanRange, "a duration or a range such as \"150ms..300ms\"", range!("", span!()));
text!(OffsetRange, "an offset or a range such as \"-50ms..50ms\"", range!("[-+]?", span!()));
text!(Ratio, "a ratio such as \"1%\" or \"5ppm\"", concat!("^", ratio!(), "$"));
text!(DriftRange, "a drift or a range such as \"-100ppm..100ppm\"", range!("[-+]?", ratio!()));
text!(Rate, "a rate such as \"800/s\"", concat!("^", number!(), "/(s|m|h)$"));
text!(FactorRange, "a factor or a range such as \"2x..20x\"", range!("", concat!(number!(), "x")));

// After the macros, which it uses.
mod data;

pub use data::{Bytes, DataRate};
