//! The forms of a partition: a shape, or a table.
//!
//! The invariant: exactly one way of cutting is read; what belongs to no way is refused later.

use super::{exactly_one, one_of_keys};
use crate::scenario::fault::{ClientSide, Partition, Shape, Target};
use crate::units::{Ratio, SpanRange};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A partition as a table.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartitionTable {
    /// These nodes apart from all others.
    isolate: Option<Target>,
    /// Each group apart from the others; `others` is every node that no group names, and who is
    /// in several groups reaches all of them.
    groups: Option<Vec<Vec<String>>>,
    /// Two groups: what the first sends to the second is lost, the other way it arrives.
    one_way: Option<Vec<Vec<String>>>,
    /// A shape drawn when the cut begins.
    shape: Option<Shape>,
    /// The nodes from which a shape draws whom it cuts off; absent: all.
    among: Option<Target>,
    /// With the shape `random-graph`: the share of links that are cut; absent: half of them.
    share: Option<Ratio>,
    /// With the shape `random-graph`: whether every node can reach every other by way of nodes in
    /// between; absent: yes.
    connected: Option<bool>,
    /// How long each phase lasts of a cut that changes (absent: 100 ms to 1 s); any other cut
    /// comes and goes with it.
    period: Option<SpanRange>,
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
                Ok(Partition::shaped(shape))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Partition, A::Error> {
                let table = PartitionTable::deserialize(MapAccessDeserializer::new(map))?;
                one_cut(&table)
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

fn one_cut<E: Error>(table: &PartitionTable) -> Result<Partition, E> {
    let blank = || Partition {
        among: table.among.clone(),
        share: table.share,
        connected: table.connected,
        period: table.period,
        clients: table.clients,
        ..Partition::default()
    };
    let isolate =
        table.isolate.clone().map(|isolate| Partition { isolate: Some(isolate), ..blank() });
    let groups = table.groups.clone().map(|groups| Partition { groups, ..blank() });
    let one_way = table.one_way.clone().map(|one_way| Partition { one_way, ..blank() });
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
