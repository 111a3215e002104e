//! Targets: whom a fault strikes, settled when it begins.
//!
//! The invariant: a fault strikes all that its words name or nobody; what it draws to choose comes
//! from its own stream, and only once every role that it names is played.

use super::super::Sim;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::network::{Cut, LinkSet};
use crate::protocol::Protocol;
use crate::scenario::fault::{Fault, FaultKind, Membership, Target};
use crate::scenario::target::Word;
use std::collections::BTreeMap;

/// Whom a fault strikes, once that is settled.
pub(super) enum Resolved {
    Nodes(Vec<NodeId>),
    Cut {
        cut: Cut,
        /// The nodes that are cut off: isolated, drawn, or in the first group alone.
        chosen: Vec<NodeId>,
        /// Those from which a cut that changes takes the next.
        pool: Vec<NodeId>,
    },
    Links {
        links: LinkSet,
        words: String,
        /// The first of their ends.
        chosen: Vec<NodeId>,
    },
}

impl Resolved {
    /// What `bind` keeps.
    pub(super) fn chosen(&self) -> &[NodeId] {
        match self {
            Resolved::Nodes(nodes) => nodes,
            Resolved::Cut { chosen, .. } | Resolved::Links { chosen, .. } => chosen,
        }
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Settles whom a fault strikes; `None` if one of its words means nobody now.
    pub(super) fn resolve(&mut self, index: u32, fault: &Fault) -> Option<Resolved> {
        if let FaultKind::Partition(partition) = fault.kind() {
            return self.resolve_cut(index, partition);
        }
        if let FaultKind::Membership(kind) = fault.kind() {
            return self.resolve_change(index, kind).map(Resolved::Nodes);
        }
        if fault.kind().is_of_links() {
            return self.resolve_links(index, fault);
        }
        let words = fault.nodes.as_ref().map_or(&[][..], Target::words);
        self.resolve_words(index, words).map(Resolved::Nodes)
    }

    /// Whom the operator is to add or to remove: of those that it knows to be outside or inside.
    fn resolve_change(&mut self, index: u32, kind: &Membership) -> Option<Vec<NodeId>> {
        if self.storm.operator.is_out_of_bounds(kind) {
            return None;
        }
        let words: Vec<&String> = kind.targets().flat_map(Target::words).collect();
        let operator = &self.storm.operator;
        let inside: Vec<bool> = self.roster.nodes().map(|node| operator.knows(node)).collect();
        let wanted = kind.remove.is_some();
        let spare = inside.iter().position(|inside| !inside);
        let among = |node: NodeId| inside[node.index()] == wanted;
        self.resolve_among(index, words, &among, spare)
    }

    /// Why a fault finds nobody.
    pub(super) fn nobody(&self, index: u32) -> &'static str {
        let fault = &self.plan.faults[index as usize];
        let bounded = |kind: &Membership| self.storm.operator.is_out_of_bounds(kind);
        if fault.membership.as_ref().is_some_and(bounded) {
            return "the cluster is as small or as large as it may be";
        }
        match fault.words().any(|word| word == "spare") {
            true => "no spare is left",
            false => "no node is in that role",
        }
    }

    /// The nodes that some words mean, and clients by name, in order and each once; `None` if a
    /// word means nobody. Draws come after everything else is found.
    pub(super) fn resolve_words<'w>(
        &mut self,
        index: u32,
        words: impl IntoIterator<Item = &'w String>,
    ) -> Option<Vec<NodeId>> {
        let joined: Vec<bool> = self.nodes.iter().map(|node| node.joined).collect();
        let spare = joined.iter().position(|joined| !joined);
        self.resolve_among(index, words, &|node| joined[node.index()], spare)
    }

    /// As [`Sim::resolve_words`], with the clients of the zones that are named.
    pub(super) fn resolve_members<'w>(
        &mut self,
        index: u32,
        words: impl IntoIterator<Item = &'w String>,
    ) -> Option<Vec<NodeId>> {
        let words: Vec<&String> = words.into_iter().collect();
        let zone = |word: &&String| self.roster.zones().iter().position(|zone| zone == *word);
        let zones = words.iter().filter_map(zone).flat_map(|zone| self.roster.in_zone(zone));
        let clients: Vec<NodeId> = zones.filter(|id| id.is_client()).collect();
        let mut found = self.resolve_words(index, words)?;
        found.extend(clients);
        found.sort();
        found.dedup();
        Some(found)
    }

    /// As [`Sim::resolve_words`], where words for several nodes mean those in `pool`, and `spare`
    /// this node.
    fn resolve_among<'w>(
        &mut self,
        index: u32,
        words: impl IntoIterator<Item = &'w String>,
        pool: &dyn Fn(NodeId) -> bool,
        spare: Option<usize>,
    ) -> Option<Vec<NodeId>> {
        let (mut found, mut draws) = (Vec::new(), Vec::new());
        for word in words {
            let members: Vec<NodeId> = match Word::parse(word, &self.roster, P::ROLES)? {
                Word::Random(count) => {
                    draws.push(count);
                    continue;
                }
                Word::All => self.roster.nodes().filter(|node| pool(*node)).collect(),
                Word::Spare => spare.map(|node| NodeId::node(node as u32)).into_iter().collect(),
                Word::Others => Vec::new(),
                Word::Bound(name) => self.storm.bound.get(name).cloned().unwrap_or_default(),
                Word::It => self.storm.faults[index as usize].it.into_iter().collect(),
                Word::Name(id) => vec![id],
                Word::Kind(kind) => self.roster.members_of(kind)?.collect(),
                Word::Zone(zone) => {
                    let members = self.roster.in_zone(zone).into_iter();
                    members.filter(|id| !id.is_client() && pool(*id)).collect()
                }
                Word::Role(role) => self.in_role(role).into_iter().collect(),
            };
            if members.is_empty() {
                return None;
            }
            found.extend(members);
        }
        for count in draws {
            let mut nodes: Vec<NodeId> = self.roster.nodes().collect();
            self.storm.faults[index as usize].stream.shuffle(&mut nodes);
            nodes.retain(|node| pool(*node));
            found.extend(nodes.into_iter().take(count as usize));
        }
        found.sort();
        found.dedup();
        (!found.is_empty()).then_some(found)
    }

    /// Nodes by name, in a sentence.
    pub(super) fn names(&self, nodes: &[NodeId]) -> String {
        nodes.iter().map(|node| self.roster.name(*node)).collect::<Vec<_>>().join(", ")
    }

    /// The node in this role; of several, the one with the highest term or epoch.
    fn in_role(&self, role: &str) -> Option<NodeId> {
        let up = self.roster.nodes().filter(|node| {
            let state = &self.nodes[node.index()];
            state.up && !state.booting
        });
        let views = up.map(|node| (node, self.host.view(node)));
        let holders = views.filter(|(_, view)| view.shown_role() == role);
        holders.max_by_key(|(node, view)| (view.term(), std::cmp::Reverse(*node))).map(|(id, _)| id)
    }

    /// A cut in words: its sides, `n1 | n2, n3`, or the links that it cuts.
    pub(super) fn cut_words(&self, cut: &Cut) -> String {
        if !cut.has_sides() {
            return self.cut_links(cut);
        }
        let mut sides: BTreeMap<char, Vec<String>> = BTreeMap::new();
        for id in self.roster.everybody() {
            for letter in cut.letters(self.network.place(id)).chars() {
                sides.entry(letter).or_default().push(self.roster.name(id));
            }
        }
        let between = if cut.is_one_way() { " -x-> " } else { " | " };
        sides.into_values().map(|names| names.join(", ")).collect::<Vec<_>>().join(between)
    }

    /// The links between nodes that a cut cuts, or how many if they are many.
    fn cut_links(&self, cut: &Cut) -> String {
        const LISTED: usize = 12;
        const LOOKED_AT: u32 = 1_000;
        let nodes = self.roster.node_count();
        if nodes > LOOKED_AT {
            return format!("links among {nodes} nodes");
        }
        let pairs = (0..nodes).flat_map(|low| (low + 1..nodes).map(move |high| (low, high)));
        let cut: Vec<(u32, u32)> =
            pairs.filter(|(low, high)| cut.blocks(*low as usize, *high as usize)).collect();
        if cut.len() > LISTED {
            return format!("{} links among {nodes} nodes", cut.len());
        }
        let name = |node: u32| self.roster.name(NodeId::node(node));
        let link = |(low, high): &(u32, u32)| format!("{}-{}", name(*low), name(*high));
        match cut.is_empty() {
            true => "no link".to_string(),
            false => cut.iter().map(link).collect::<Vec<_>>().join(", "),
        }
    }
}
