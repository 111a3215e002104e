//! Who takes part: every node and client with its name, kind and number.
//!
//! The invariant: nodes are numbered kind after kind in the protocol's order, spares last; a name
//! leads to the one participant that has it, and no stream depends on the number.

use super::tables::{Cluster, Nodes};
use crate::ids::NodeId;
use crate::stream::name_id;
use std::ops::Range;

/// The participants of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    kinds: Vec<Members>,
    named: bool,
    /// Founders and spares.
    nodes: u32,
    spares: u32,
    clients: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Members {
    kind: String,
    nodes: Range<u32>,
}

impl Roster {
    /// The roster of `cluster`, its kinds in the order of `kinds` (empty: one kind). A kind that
    /// the cluster does not mention has no nodes; one that `kinds` does not mention comes last.
    #[must_use]
    pub fn new(cluster: &Cluster, kinds: &[&str]) -> Roster {
        let mut members = Vec::new();
        let mut next = 0_u32;
        let mut add = |kind: &str, count: u32| {
            let end = next.saturating_add(count);
            members.push(Members { kind: kind.to_string(), nodes: next..end });
            next = end;
        };
        let named = match &cluster.nodes {
            Nodes::Count(count) => {
                add("node", *count);
                false
            }
            Nodes::Kinds(counts) => {
                kinds.iter().for_each(|kind| add(kind, counts.get(*kind).copied().unwrap_or(0)));
                let others = counts.iter().filter(|(kind, _)| !kinds.contains(&kind.as_str()));
                others.for_each(|(kind, count)| add(kind, *count));
                true
            }
        };
        let (nodes, spares) = (next.saturating_add(cluster.spares), cluster.spares);
        Roster { kinds: members, named, nodes, spares, clients: cluster.clients }
    }

    /// How many nodes there are, spares included.
    #[must_use]
    pub fn node_count(&self) -> u32 {
        self.nodes
    }

    /// How many nodes the cluster has when the run begins.
    #[must_use]
    pub fn founder_count(&self) -> u32 {
        self.nodes - self.spares
    }

    /// Whether a node is not in the cluster when the run begins.
    #[must_use]
    pub fn is_spare(&self, id: NodeId) -> bool {
        !id.is_client() && (self.founder_count()..self.nodes).contains(&id.raw())
    }

    /// The operator, who asks for changes of the cluster: a participant after all clients.
    #[must_use]
    pub fn operator(&self) -> NodeId {
        NodeId::client(self.clients)
    }

    /// How many clients there are.
    #[must_use]
    pub fn client_count(&self) -> u32 {
        self.clients
    }

    /// All nodes, spares included, in the order of their numbers.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes).map(NodeId::node)
    }

    /// All clients, in the order of their numbers.
    pub fn clients(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.clients).map(NodeId::client)
    }

    /// The kinds of nodes, in order; a cluster of one kind has the kind `node`.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().map(|members| members.kind.as_str())
    }

    /// The nodes, but for spares, of the kind with this number in [`Roster::kinds`].
    ///
    /// # Panics
    /// If there is no such kind.
    pub fn members(&self, kind: usize) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        self.kinds[kind].nodes.clone().map(NodeId::node)
    }

    /// The nodes of the kind with this name; `None` if no kind is called so.
    pub fn members_of(&self, kind: &str) -> Option<impl ExactSizeIterator<Item = NodeId> + use<>> {
        let named = |members: &&Members| self.named && members.kind == kind;
        self.kinds.iter().find(named).map(|members| members.nodes.clone().map(NodeId::node))
    }

    /// The number in [`Roster::kinds`] of a node's kind; `None` for a client or a stranger.
    #[must_use]
    pub fn kind_of(&self, id: NodeId) -> Option<usize> {
        if id.is_client() || id.index() >= self.nodes as usize {
            return None;
        }
        // The first kind that ends after the node: a kind without nodes never does. Spares are of
        // the last.
        let kind = self.kinds.partition_point(|members| members.nodes.end as usize <= id.index());
        Some(kind.min(self.kinds.len() - 1))
    }

    /// The name of a participant; one outside the roster is called as [`NodeId`] prints itself.
    #[must_use]
    pub fn name(&self, id: NodeId) -> String {
        match self.kind_of(id).map(|kind| &self.kinds[kind]) {
            Some(members) if self.named => {
                format!("{}{}", members.kind, id.index() - members.nodes.start as usize + 1)
            }
            _ if id == self.operator() => "operator".to_string(),
            _ => id.to_string(),
        }
    }

    /// The names of all nodes, in the order of their numbers.
    #[must_use]
    pub fn node_names(&self) -> Vec<String> {
        self.nodes().map(|id| self.name(id)).collect()
    }

    /// The participant called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<NodeId> {
        let node = |start: u32, count: u32, number: &str| {
            index(number).filter(|index| *index < count).map(|index| NodeId::node(start + index))
        };
        let in_kind = |members: &Members| {
            let number = name.strip_prefix(members.kind.as_str())?;
            node(members.nodes.start, members.nodes.end - members.nodes.start, number)
        };
        let found = match self.named {
            true => self.kinds.iter().find_map(in_kind),
            false => name.strip_prefix('n').and_then(|number| node(0, self.nodes, number)),
        };
        let client = || index(name.strip_prefix('c')?).filter(|index| *index < self.clients);
        found.or_else(|| client().map(NodeId::client))
    }

    /// The id of a participant's streams: that of its name, so that adding one renumbers nothing.
    #[must_use]
    pub fn stream_id(&self, id: NodeId) -> u64 {
        name_id(&self.name(id))
    }

    /// The nodes for a sentence: `n1..n5`, or `balancer1, backend1..backend8`.
    #[must_use]
    pub fn summary(&self) -> String {
        let part = |members: &Members| {
            let first = self.name(NodeId::node(members.nodes.start));
            match members.nodes.end - members.nodes.start {
                0 => None,
                1 => Some(first),
                _ => Some(format!("{first}..{}", self.name(NodeId::node(members.nodes.end - 1)))),
            }
        };
        let mut parts: Vec<String> = self.kinds.iter().filter_map(part).collect();
        let spares = self.nodes().filter(|id| self.is_spare(*id)).map(|id| self.name(id));
        parts.extend(spares.map(|name| format!("the spare {name}")));
        parts.join(", ")
    }
}

/// The index of a number counted from 1, written without leading zeros.
fn index(number: &str) -> Option<u32> {
    let plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    number.parse::<u32>().ok().filter(|_| plain)?.checked_sub(1)
}
