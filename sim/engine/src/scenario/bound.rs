//! A bound of a measure, with the unit its author wrote.
//!
//! The invariant: a bound is an integer of its unit, and prints as it can be read back.

use crate::units::{Rate, Ratio, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// A bound of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A length of time, `"800ms"`.
    Span(Span),
    /// A share, `"20%"`.
    Ratio(Ratio),
    /// A rate, `"760/s"`.
    Rate(Rate),
    /// A plain number, `12` or `0.5`.
    Number(Number),
}

/// What a bound is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A length of time.
    Span,
    /// A share.
    Ratio,
    /// A rate.
    Rate,
    /// A plain number.
    Number,
}

/// A decimal number with at most six decimals, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i64);

const MILLION: i64 = 1_000_000;

/// Up to here a decimal with six digits survives a double.
const DECIMAL_MAX: f64 = 4_000_000_000.0;

impl Number {
    /// A number of millionths.
    #[must_use]
    pub const fn millionths(count: i64) -> Number {
        Number(count)
    }

    /// The number in millionths.
    #[must_use]
    pub const fn as_millionths(self) -> i64 {
        self.0
    }

    fn decimal(number: f64) -> Option<Number> {
        let plain = number.is_finite() && number.abs() <= DECIMAL_MAX;
        plain.then(|| Number(libm::round(number * 1e6) as i64))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let million = MILLION.unsigned_abs();
        let (whole, part) = (self.0.unsigned_abs() / million, self.0.unsigned_abs() % million);
        let text = format!("{sign}{whole}.{part:06}");
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Bound {
    /// What the bound is written in.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        match self {
            Bound::Span(_) => Unit::Span,
            Bound::Ratio(_) => Unit::Ratio,
            Bound::Rate(_) => Unit::Rate,
            Bound::Number(_) => Unit::Number,
        }
    }

    /// The bound as an integer of its unit: nanoseconds, parts per million, thousandths of an
    /// event per second, or millionths.
    #[must_use]
    pub fn raw(&self) -> i128 {
        match self {
            Bound::Span(span) => span.as_nanos().into(),
            Bound::Ratio(ratio) => ratio.as_ppm().into(),
            Bound::Rate(rate) => rate.as_millis_per_second().into(),
            Bound::Number(number) => number.0.into(),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::Span(span) => span.fmt(f),
            Bound::Ratio(ratio) => ratio.fmt(f),
            Bound::Rate(rate) => rate.fmt(f),
            Bound::Number(number) => number.fmt(f),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Unit::Span => "a duration such as \"800ms\"",
            Unit::Ratio => "a ratio such as \"20%\"",
            Unit::Rate => "a rate such as \"760/s\"",
            Unit::Number => "a number such as 12 or 0.5",
        })
    }
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Bound::Number(Number(count)) if count % MILLION == 0 => {
                serializer.serialize_i64(count / MILLION)
            }
            Bound::Number(Number(count)) => serializer.serialize_f64(*count as f64 / 1e6),
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bound, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl de::Visitor<'_> for Written {
    type Value = Bound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a duration, a ratio or a rate")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Bound, E> {
        if text.contains('/') {
            return text.parse().map(Bound::Rate).map_err(E::custom);
        }
        if text.ends_with('%') || text.ends_with("ppm") {
            return text.parse().map(Bound::Ratio).map_err(E::custom);
        }
        let bad =
            |_| E::custom(format!("`{text}` is not a bound such as `800ms`, `20%`, `760/s` or 12"));
        text.parse().map(Bound::Span).map_err(bad)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Bound, E> {
        let signed = i64::try_from(number).map_err(|_| E::custom(too_far(number)))?;
        self.visit_i64(signed)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Bound, E> {
        let millionths = number.checked_mul(MILLION).ok_or_else(|| E::custom(too_far(number)))?;
        Ok(Bound::Number(Number(millionths)))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Bound, E> {
        let read = Number::decimal(number).ok_or_else(|| E::custom(too_far(number)))?;
        Ok(Bound::Number(read))
    }
}

fn too_far(number: impl fmt::Display) -> String {
    format!("the number {number} is out of range for a bound")
}

impl JsonSchema for Bound {
    fn schema_name() -> Cow<'static, str> {
        "Bound".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let span = generator.subschema_for::<Span>();
        let ratio = generator.subschema_for::<Ratio>();
        let rate = generator.subschema_for::<Rate>();
        schemars::json_schema!({
            "description": "a number, a duration, a ratio or a rate",
            "anyOf": [{ "type": "number" }, span, ratio, rate]
        })
    }
}
