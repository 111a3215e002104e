//! The operations of a plan as a file has them: one list in which each names its client, or a list
//! for each client.
//!
//! The invariant: both forms say the same; what is written is the one list, in order of time,
//! since people read and edit it.

use super::PlannedOperation;
use crate::ids::NodeId;
use crate::units::Span;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;

type Lists = Vec<Vec<PlannedOperation>>;

/// An operation that names its client.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Addressed {
    /// Who asks, such as `c1`.
    client: String,
    /// When it is issued, whatever the ones before it do; absent: when the one before is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Span>,
    /// Without `at`: until when it waits at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Span>,
    /// What is asked, in the model's own form.
    operation: Value,
}

pub(super) fn serialize<S: Serializer>(
    lists: &Option<Lists>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some(lists) = lists else { return serializer.serialize_none() };
    let mut all: Vec<Addressed> = Vec::new();
    for (index, list) in lists.iter().enumerate() {
        let client = NodeId::client(index as u32).to_string();
        let addressed = |planned: &PlannedOperation| Addressed {
            client: client.clone(),
            at: planned.at,
            not_before: planned.not_before,
            operation: planned.operation.clone(),
        };
        all.extend(list.iter().map(addressed));
    }
    // One that waits for the one before it stays behind it.
    let mut latest: std::collections::BTreeMap<String, Span> = Default::default();
    all.sort_by_cached_key(|one| {
        let latest = latest.entry(one.client.clone()).or_default();
        *latest = one.at.or(one.not_before).unwrap_or_default().max(*latest);
        *latest
    });
    all.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Lists>, D::Error> {
    let entries = Vec::<Entry>::deserialize(deserializer)?;
    let alone = entries.iter().any(|entry| matches!(entry, Entry::One(_)));
    let mut lists: Lists = Vec::new();
    for entry in entries {
        match entry {
            Entry::List(list) if !alone => lists.push(list),
            Entry::List(_) => {
                return Err(D::Error::custom("either every operation names its client, or none"));
            }
            Entry::One(one) => {
                let index = client_index(&one.client).map_err(D::Error::custom)?;
                lists.resize(lists.len().max(index + 1), Vec::new());
                let Addressed { at, not_before, operation, .. } = one;
                lists[index].push(PlannedOperation { at, not_before, operation });
            }
        }
    }
    trim(&mut lists);
    Ok(Some(lists))
}

/// Leaves out the empty lists at the end: who has none has no operations.
pub(crate) fn trim(lists: &mut Lists) {
    while lists.pop_if(|list| list.is_empty()).is_some() {}
}

/// The most clients that a file may number.
const CLIENTS_MAX: usize = 1_000_000;

fn client_index(name: &str) -> Result<usize, String> {
    let number = name.strip_prefix('c').and_then(|number| number.parse::<usize>().ok());
    let known = number.filter(|number| (1..=CLIENTS_MAX).contains(number));
    known
        .map(|number| number - 1)
        .ok_or_else(|| format!("`{name}` is no client; the first is `c1`"))
}

/// What the list in a file holds.
enum Entry {
    One(Addressed),
    List(Vec<PlannedOperation>),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an operation with its client, or the operations of one client")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        Addressed::deserialize(MapAccessDeserializer::new(map)).map(Entry::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Entry, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Entry::List)
    }
}
