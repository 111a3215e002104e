//! Values that a scenario may write in more than one form, such as a latency that is a duration, a
//! range or a table: how they are read, and the schemas that say so.
//!
//! The invariant: every form is told apart by the type of the value alone, so that an error keeps
//! the place of the part that is wrong; and what is written back is read as the same value.

mod network;
mod partition;

use super::fault::Target;
use super::tables::{Nodes, Zones};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
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

/// Says in the schema of a table that exactly one of these keys is there, and is not null.
fn one_of_keys(schema: &mut Schema, keys: &[&str]) {
    let required = |key: &&str| serde_json::json!({ "required": [key] });
    let alternatives: Vec<_> = keys.iter().map(required).collect();
    schema.insert("oneOf".to_string(), alternatives.into());
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

impl<'de> Deserialize<'de> for Zones {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zones, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Zones;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of names, or a table with the members of each zone")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Zones, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Zones::Dealt)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Zones, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(Zones::Named)
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl JsonSchema for Zones {
    fn schema_name() -> Cow<'static, str> {
        "Zones".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = json_schema!({ "type": "array", "items": { "type": "string" } });
        json_schema!({
            "description": "Names that are dealt out in turn, or the members of each zone.",
            "anyOf": [names, { "type": "object", "additionalProperties": names }]
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
