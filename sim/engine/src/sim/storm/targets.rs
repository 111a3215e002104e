//! Targets: whom a fault strikes, settled when it begins.
//!
//! The invariant: a fault strikes all that its words name or nobody; what it draws to choose comes
//! from its own stream, and only once every role that it names is played.

use super::super::Sim;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::network::{ALL_SIDES, Cut};
use crate::protocol::Protocol;
use crate::scenario::fault::{ClientSide, Fault, FaultKind, Membership, Partition, Shape, Target};
use crate::scenario::target::Word;
use std::collections::BTreeMap;

/// Whom a fault strikes, once that is settled.
pub(super) enum Resolved {
    Nodes(Vec<NodeId>),
    Cut {
        cut: Cut,
        /// The nodes that are cut off: isolated, drawn, or in the first group.
        chosen: Vec<NodeId>,
    },
}

impl Resolved {
    /// What `bind` keeps.
    pub(super) fn chosen(&self) -> &[NodeId] {
        match self {
            Resolved::Nodes(nodes) => nodes,
            Resolved::Cut { chosen, .. } => chosen,
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

    /// The nodes, and clients, that some words mean, in order and each once; `None` if a word
    /// means nobody. Draws come after everything else is found.
    fn resolve_words<'w>(
        &mut self,
        index: u32,
        words: impl IntoIterator<Item = &'w String>,
    ) -> Option<Vec<NodeId>> {
        let joined: Vec<bool> = self.nodes.iter().map(|node| node.joined).collect();
        let spare = joined.iter().position(|joined| !joined);
        self.resolve_among(index, words, &|node| joined[node.index()], spare)
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
                Word::Name(id) => vec![id],
                Word::Kind(kind) => self.roster.members_of(kind)?.collect(),
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

    fn resolve_cut(&mut self, index: u32, partition: &Partition) -> Option<Resolved> {
        if let Some(target) = &partition.isolate {
            let alone = self.resolve_words(index, target.words())?;
            let cut = Cut::between(self.sides_of(&alone, partition.clients));
            return Some(Resolved::Cut { cut, chosen: alone });
        }
        if let Some(shape) = partition.shape {
            return Some(self.resolve_shape(index, shape, partition.clients));
        }
        let one_way = !partition.one_way.is_empty();
        let groups = if one_way { &partition.one_way } else { &partition.groups };
        let (sides, chosen) = self.sides_of_groups(index, groups)?;
        let sides = self.side_clients(sides, partition.clients);
        let cut = if one_way { Cut::one_way(sides) } else { Cut::between(sides) };
        Some(Resolved::Cut { cut, chosen })
    }

    fn resolve_shape(&mut self, index: u32, shape: Shape, clients: ClientSide) -> Resolved {
        let mut chosen: Vec<NodeId> = self.roster.nodes().collect();
        let stream = &mut self.storm.faults[index as usize].stream;
        stream.shuffle(&mut chosen);
        chosen.retain(|node| self.nodes[node.index()].joined);
        let towards = stream.below(2) == 0;
        let count = if shape == Shape::Halves { chosen.len() / 2 } else { 1 };
        chosen.truncate(count);
        chosen.sort();
        let mut sides = self.sides_of(&chosen, clients);
        if shape != Shape::OneWay {
            return Resolved::Cut { cut: Cut::between(sides), chosen };
        }
        if towards {
            sides.iter_mut().filter(|side| **side <= 2).for_each(|side| *side = 3 - *side);
        }
        Resolved::Cut { cut: Cut::one_way(sides), chosen }
    }

    /// These nodes on the first side, all others on the second.
    fn sides_of(&self, nodes: &[NodeId], clients: ClientSide) -> Vec<u32> {
        let side = |node: NodeId| if nodes.contains(&node) { 1 } else { 2 };
        let mut sides: Vec<u32> = self.roster.nodes().map(side).collect();
        sides.resize(self.nodes.len() + self.clients.count(), 0);
        for client in nodes.iter().filter(|node| node.is_client()) {
            sides[self.network.place(*client)] = 1;
        }
        self.side_clients(sides, clients)
    }

    /// Each group on a side of its own, and the nodes of the first group; `None` if a word in one
    /// of them means nobody.
    fn sides_of_groups(
        &mut self,
        index: u32,
        groups: &[Vec<String>],
    ) -> Option<(Vec<u32>, Vec<NodeId>)> {
        let mut sides = vec![0; self.nodes.len() + self.clients.count()];
        let mut others = None;
        for (group, words) in groups.iter().enumerate() {
            let (rest, named): (Vec<&String>, Vec<&String>) =
                words.iter().partition(|word| *word == "others");
            others = others.or((!rest.is_empty()).then_some(1 << group));
            if named.is_empty() {
                continue;
            }
            for member in self.resolve_words(index, named)? {
                sides[self.network.place(member)] |= 1 << group;
            }
        }
        for side in sides.iter_mut().take(self.nodes.len()).filter(|side| **side == 0) {
            *side = others.unwrap_or(ALL_SIDES);
        }
        let chosen = self.roster.nodes().filter(|node| sides[node.index()] & 1 == 1);
        let chosen = chosen.collect();
        Some((sides, chosen))
    }

    /// Puts clients that no group names on their side.
    fn side_clients(&self, mut sides: Vec<u32>, clients: ClientSide) -> Vec<u32> {
        let nodes = self.nodes.len();
        let count = |side: u32| sides[..nodes].iter().filter(|other| **other == side).count();
        let mut largest = sides.first().copied().unwrap_or(ALL_SIDES);
        for bit in (0..32).map(|bit| 1 << bit).filter(|bit| sides[..nodes].contains(bit)) {
            if count(bit) > count(largest) || (count(bit) == count(largest) && bit < largest) {
                largest = bit;
            }
        }
        for client in 0..sides.len() - nodes {
            if sides[nodes + client] != 0 {
                continue;
            }
            let followed = self.clients.last_asked(client).map(|node| sides[node.index()]);
            sides[nodes + client] = match clients {
                ClientSide::Both => ALL_SIDES,
                ClientSide::Stay => largest,
                ClientSide::Follow => followed.unwrap_or(largest),
            };
        }
        sides
    }

    /// The sides of a cut in words: `n1 | n2, n3`.
    pub(super) fn cut_words(&self, cut: &Cut) -> String {
        let mut sides: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in self.roster.nodes().chain(self.roster.clients()) {
            let letters = cut.letters(self.network.place(id));
            if !letters.is_empty() {
                sides.entry(letters).or_default().push(self.roster.name(id));
            }
        }
        let between = if cut.is_one_way() { " -x-> " } else { " | " };
        sides.into_values().map(|names| names.join(", ")).collect::<Vec<_>>().join(between)
    }
}
