//! The forms of what links are like: latency, reordering, bandwidth.
//!
//! The invariant: a bare value is the commonest form of its table.

use super::{exactly_one, one_of_keys};
use crate::scenario::tables::{Bandwidth, Latency, Reordering};
use crate::units::{Bytes, DataRate, Ratio, Span, SpanRange};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A latency as a table.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LatencyTable {
    /// Always the same.
    constant: Option<Span>,
    /// Anything in the range, equally likely.
    uniform: Option<SpanRange>,
    /// Exponential with this mean.
    exponential: Option<Exponential>,
    /// Log-normal with this median and this value for 99 of 100.
    log_normal: Option<LogNormal>,
}

/// A log-normal latency.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LogNormal {
    /// Half of them take no longer.
    median: Span,
    /// 99 of 100 take no longer.
    p99: Span,
}

/// An exponential latency.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Exponential {
    /// The mean.
    mean: Span,
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Latency, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Latency;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration, a range or a table such as { exponential = { mean = … } }")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Latency, E> {
                match text.contains("..") {
                    true => text.parse().map(Latency::Uniform),
                    false => text.parse().map(Latency::Constant),
                }
                .map_err(E::custom)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Latency, A::Error> {
                let table = LatencyTable::deserialize(MapAccessDeserializer::new(map))?;
                let constant = table.constant.map(Latency::Constant);
                let uniform = table.uniform.map(Latency::Uniform);
                let exponential =
                    table.exponential.map(|table| Latency::Exponential { mean: table.mean });
                let log_normal = table.log_normal.map(log_normal).transpose()?;
                let found = [constant, uniform, exponential, log_normal];
                let found = found.into_iter().flatten().collect();
                exactly_one(found, "`constant`, `uniform`, `exponential` and `log_normal`")
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

fn log_normal<E: Error>(LogNormal { median, p99 }: LogNormal) -> Result<Latency, E> {
    match Span::ZERO < median && median <= p99 {
        true => Ok(Latency::LogNormal { median, p99 }),
        false => Err(E::custom(format!("expected 0s < median <= p99, found {median} and {p99}"))),
    }
}

impl JsonSchema for Latency {
    fn schema_name() -> Cow<'static, str> {
        "Latency".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<SpanRange>();
        let mut table = LatencyTable::json_schema(generator);
        let keys = ["constant", "uniform", "exponential", "log_normal"];
        one_of_keys(&mut table, &keys);
        json_schema!({
            "description": "A one-way latency: a duration is constant, a range uniform.",
            "anyOf": [bare, table]
        })
    }
}

/// Messages held back, as a table.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReorderingTable {
    /// The share of messages held back.
    share: Ratio,
    /// For how long beyond their latency; absent: 10 ms to 100 ms.
    by: Option<SpanRange>,
}

impl<'de> Deserialize<'de> for Reordering {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Reordering, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Reordering;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a ratio such as \"1%\", or a table with `share` and `by`")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Reordering, E> {
                let share = text.parse().map_err(E::custom)?;
                Ok(Reordering { share, ..Reordering::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reordering, A::Error> {
                let table = ReorderingTable::deserialize(MapAccessDeserializer::new(map))?;
                let by = table.by.unwrap_or(Reordering::default().by);
                Ok(Reordering { share: table.share, by })
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl JsonSchema for Reordering {
    fn schema_name() -> Cow<'static, str> {
        "Reordering".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<Ratio>();
        let table = ReorderingTable::json_schema(generator);
        json_schema!({
            "description": "Messages held back so that later ones overtake them.",
            "anyOf": [bare, table]
        })
    }
}

/// A bandwidth as a table.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BandwidthTable {
    /// How fast a link takes messages, one after another.
    rate: DataRate,
    /// How much may wait while it is busy; absent: 256 kB.
    queue: Option<Bytes>,
}

impl<'de> Deserialize<'de> for Bandwidth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bandwidth, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Bandwidth;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rate of data such as \"10MB/s\", or a table with `rate` and `queue`")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Bandwidth, E> {
                let rate = text.parse().map_err(E::custom)?;
                Ok(Bandwidth { rate, queue: Bandwidth::QUEUE })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Bandwidth, A::Error> {
                let table = BandwidthTable::deserialize(MapAccessDeserializer::new(map))?;
                let queue = table.queue.unwrap_or(Bandwidth::QUEUE);
                Ok(Bandwidth { rate: table.rate, queue })
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl JsonSchema for Bandwidth {
    fn schema_name() -> Cow<'static, str> {
        "Bandwidth".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<DataRate>();
        let table = BandwidthTable::json_schema(generator);
        json_schema!({
            "description": "How much a link carries, and how much waits for it.",
            "anyOf": [bare, table]
        })
    }
}
