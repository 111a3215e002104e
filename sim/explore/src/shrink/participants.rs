//! Fewer nodes and clients.
//!
//! The invariant: whoever is left keeps the order of the names, and what a plan says of who is
//! gone is gone as well.

use super::Shrinking;
use super::operations::{listed, relist};
use serde_json::Value;
use squall_engine::ids::NodeId;
use squall_engine::plan::Plan;
use squall_engine::scenario::fault::Target;
use squall_engine::scenario::tables::Nodes;
use std::collections::BTreeMap;

/// What participants are called afterwards; who is not in it is gone.
type Names = BTreeMap<String, String>;

impl Shrinking<'_, '_> {
    /// Leaves out clients without operations and nodes that nobody misses.
    pub(super) fn fewer_participants(&mut self) {
        self.what = "nodes and clients";
        self.fewer_clients();
        while self.one_node_less() {}
    }

    /// Lets faults strike fewer nodes.
    pub(super) fn fewer_targets(&mut self) {
        self.what = "targets";
        for index in 0..self.best.faults.len() {
            let mut at = 0;
            while let Some(Target::Many(all)) = &self.best.faults[index].nodes
                && at < all.len()
                && all.len() > 1
            {
                let mut fewer = all.clone();
                fewer.remove(at);
                let mut candidate = self.best.clone();
                candidate.faults[index].nodes = Some(Target::Many(fewer));
                if !self.take(candidate) {
                    at += 1;
                }
            }
        }
    }

    fn fewer_clients(&mut self) {
        if self.best.operations.is_none() {
            return;
        }
        let all = listed(&self.best);
        let used = all.iter().map(|(client, _)| client + 1).max().unwrap_or(0);
        let clients = used.max(usize::from(self.best.cluster.clients > 0)) as u32;
        let kept: Names = (0..clients).map(|index| same(NodeId::client(index))).collect();
        if let Some(mut candidate) = renamed(&self.best, 'c', &kept) {
            candidate.cluster.clients = clients;
            self.take(candidate);
        }
        let mut busy: Vec<usize> = all.iter().map(|(client, _)| *client).collect();
        busy.sort_unstable();
        busy.dedup();
        let place = |client: usize| busy.binary_search(&client).unwrap_or(0);
        let name = |index: usize| NodeId::client(index as u32).to_string();
        let packed: Names =
            busy.iter().map(|client| (name(*client), name(place(*client)))).collect();
        if let Some(mut candidate) = renamed(&self.best, 'c', &packed) {
            let all: Vec<_> = all.into_iter().map(|(client, one)| (place(client), one)).collect();
            relist(&mut candidate, &all);
            candidate.cluster.clients = busy.len() as u32;
            self.take(candidate);
        }
    }

    /// Leaves out one node, of one kind of nodes any, else the last of a kind.
    fn one_node_less(&mut self) -> bool {
        match self.best.cluster.nodes.clone() {
            Nodes::Count(count) => (0..count).rev().any(|gone| {
                let left = (0..count).filter(|index| *index != gone).enumerate();
                let name = |index: u32| NodeId::node(index).to_string();
                let names = left.map(|(to, from)| (name(from), name(to as u32))).collect();
                let Some(mut candidate) = renamed(&self.best, 'n', &names) else { return false };
                candidate.cluster.nodes = Nodes::Count(count - 1);
                count > 1 && self.take(candidate)
            }),
            Nodes::Kinds(kinds) => kinds.iter().any(|(kind, count)| {
                let mut fewer = kinds.clone();
                fewer.insert(kind.clone(), count.saturating_sub(1));
                let mut candidate = self.best.clone();
                candidate.cluster.nodes = Nodes::Kinds(fewer);
                *count > 1 && self.take(candidate)
            }),
        }
    }
}

fn same(id: NodeId) -> (String, String) {
    (id.to_string(), id.to_string())
}

/// The plan with other names for the participants whose names begin with this letter; `None` if
/// something cannot do without one that is gone.
fn renamed(plan: &Plan, letter: char, names: &Names) -> Option<Plan> {
    let mut renamed = plan.clone();
    let mut faults = Vec::new();
    for fault in &plan.faults {
        let mut value = serde_json::to_value(fault).ok()?;
        let name = value.get("name").cloned()?;
        // A fault of which nothing is left is left out.
        if rename(&mut value, letter, names) && !is_hollow(&value) {
            value["name"] = name;
            faults.extend(serde_json::from_value(value).ok());
        }
    }
    renamed.faults = faults;
    renamed.overrides = plan
        .overrides
        .iter()
        .filter_map(|one| {
            let mut one = one.clone();
            for end in [&mut one.from, &mut one.to] {
                if is_name(end, letter) {
                    *end = names.get(end.as_str())?.clone();
                }
            }
            Some(one)
        })
        .collect();
    Some(renamed)
}

fn is_name(text: &str, letter: char) -> bool {
    let number = text.strip_prefix(letter);
    number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Gives every name in a value its new form; false if one is gone that is no element of a list.
fn rename(value: &mut Value, letter: char, names: &Names) -> bool {
    match value {
        Value::String(text) if is_name(text, letter) => match names.get(text.as_str()) {
            Some(name) => {
                *text = name.clone();
                true
            }
            None => false,
        },
        Value::Array(items) => {
            items.retain_mut(|item| rename(item, letter, names));
            true
        }
        Value::Object(fields) => fields.values_mut().all(|field| rename(field, letter, names)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Whether a fault strikes nobody any more: a list of it that holds names is empty.
fn is_hollow(fault: &Value) -> bool {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let sides = |key: &str| {
        let groups = fault["partition"][key].as_array();
        groups.is_some_and(|groups| !groups.is_empty() && groups.iter().any(empty))
    };
    empty(&fault["nodes"]) || sides("groups") || sides("one_way")
}
