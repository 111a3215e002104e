//! Values that a scenario may write in more than one form, such as a latency that is a duration, a
//! range or a table: how they are read, and the schemas that say so.
//!
//! The invariant: every form is told apart by the type of the value alone, so that an error keeps
//! the place of the part that is wrong; and what is written back is read as the same value.

use super::fault::{ClientSide, Partition, Shape, Target};
use super::tables::{Latency, Nodes, Reordering};
use crate::units::{Ratio, Span, SpanRange};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The one that is there of several alternatives.
///
/// # Errors
/// There is none, or more than one.
fn exactly_one<T, E: Error>(found: Vec<T>, names: &str) -> Result<T, E> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(E::custom(format!("expected exactly one of {names}"))),
    }
}

impl<'de> Deserialize<'de> for Nodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nodes, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Nodes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of nodes, or a table with a number for each kind")
            }
            fn visit_u64<E: Error>(self, count: u64) -> Result<Nodes, E> {
                let count = u32::try_from(count).map_err(|_| {
                    E::custom(format!("{count} nodes are more than a cluster can have"))
                })?;
                Ok(Nodes::Count(count))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Nodes, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(Nodes::Kinds)
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl JsonSchema for Nodes {
    fn schema_name() -> Cow<'static, str> {
        "Nodes".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number of nodes, or a number for each kind.",
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "object", "additionalProperties": { "type": "integer", "minimum": 0 } }
            ]
        })
    }
}

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
                let found = [constant, uniform, exponential].into_iter().flatten().collect();
                exactly_one(found, "`constant`, `uniform` and `exponential`")
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl JsonSchema for Latency {
    fn schema_name() -> Cow<'static, str> {
        "Latency".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<SpanRange>();
        let mut table = LatencyTable::json_schema(generator);
        let keys = ["constant", "uniform", "exponential"];
        one_of_keys(&mut table, &keys);
        json_schema!({
            "description": "A one-way latency: a duration is constant, a range uniform.",
            "anyOf": [bare, table]
        })
    }
}

/// Says in the schema of a table that exactly one of these keys is there, and is not null.
fn one_of_keys(schema: &mut Schema, keys: &[&str]) {
    let required = |key: &&str| serde_json::json!({ "required": [key] });
    let alternatives: Vec<_> = keys.iter().map(required).collect();
    schema.insert("oneOf".to_string(), alternatives.into());
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

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Target, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Target;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name such as \"n1\", a role, `random 2`, `all`, or a list of names")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Target, E> {
                Ok(Target::One(text.to_string()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Target, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Target::Many)
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl JsonSchema for Target {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description":
                "A node, a kind, a role, `random 2`, `all`, `$bound`, or a list of such words.",
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 }
            ]
        })
    }
}

/// A partition as a table.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartitionTable {
    /// These nodes apart from all others.
    isolate: Option<Target>,
    /// Each group apart from the others; `others` is every node that no group names.
    groups: Option<Vec<Vec<String>>>,
    /// Two groups: what the first sends to the second is lost, the other way it arrives.
    one_way: Option<Vec<Vec<String>>>,
    /// A shape drawn when the cut begins.
    shape: Option<Shape>,
    /// What the clients that no group names see of it.
    #[serde(default)]
    clients: ClientSide,
}

impl<'de> Deserialize<'de> for Partition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Partition, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Partition;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a shape such as \"halves\", or a table such as { isolate = \"n1\" }")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Partition, E> {
                let shape = Shape::deserialize(StrDeserializer::new(text))?;
                Ok(Partition { shape: Some(shape), ..Partition::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Partition, A::Error> {
                let table = PartitionTable::deserialize(MapAccessDeserializer::new(map))?;
                one_cut(table)
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

fn one_cut<E: Error>(table: PartitionTable) -> Result<Partition, E> {
    let clients = table.clients;
    let blank = || Partition { clients, ..Partition::default() };
    let isolate = table.isolate.map(|isolate| Partition { isolate: Some(isolate), ..blank() });
    let groups = table.groups.map(|groups| Partition { groups, ..blank() });
    let one_way = table.one_way.map(|one_way| Partition { one_way, ..blank() });
    let shape = table.shape.map(|shape| Partition { shape: Some(shape), ..blank() });
    let found = [isolate, groups, one_way, shape].into_iter().flatten().collect();
    exactly_one(found, "`isolate`, `groups`, `one_way` and `shape`")
}

impl JsonSchema for Partition {
    fn schema_name() -> Cow<'static, str> {
        "Partition".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<Shape>();
        let mut table = PartitionTable::json_schema(generator);
        one_of_keys(&mut table, &["isolate", "groups", "one_way", "shape"]);
        json_schema!({
            "description": "How a partition cuts: a shape, or a table with one of `isolate`, \
                            `groups`, `one_way` and `shape`.",
            "anyOf": [bare, table]
        })
    }
}
