//! Partitions: the cut that a fault of this kind makes, and how it changes.
//!
//! The invariant: what a shape draws comes from the fault's own stream, before anything that the
//! fault's length draws.

use super::super::Sim;
use super::targets::Resolved;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::network::{ALL_SIDES, Cut, EVERYWHERE, Graph, Ring};
use crate::protocol::Protocol;
use crate::scenario::fault::{ClientSide, Partition, Shape};
use crate::stream::Stream;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// The cut of a partition; `None` if one of its words means nobody now.
    pub(super) fn resolve_cut(&mut self, index: u32, partition: &Partition) -> Option<Resolved> {
        let clients = partition.clients;
        if let Some(target) = &partition.isolate {
            let alone = self.resolve_members(index, target.words())?;
            return Some(self.isolated(alone, clients));
        }
        if let Some(shape) = partition.shape {
            let pool = match &partition.among {
                Some(target) => self.resolve_words(index, target.words())?,
                None => self.roster.nodes().collect(),
            };
            if pool.iter().all(|node| !self.nodes[node.index()].joined) {
                return None;
            }
            return Some(self.resolve_shape(index, shape, pool, partition));
        }
        let one_way = !partition.one_way.is_empty();
        let groups = if one_way { &partition.one_way } else { &partition.groups };
        let (sides, chosen) = self.sides_of_groups(index, groups)?;
        let sides = self.side_clients(sides, clients);
        let cut = if one_way { Cut::one_way(sides) } else { Cut::between(sides) };
        Some(Resolved::Cut { cut, chosen, pool: Vec::new() })
    }

    fn resolve_shape(
        &mut self,
        index: u32,
        shape: Shape,
        mut pool: Vec<NodeId>,
        partition: &Partition,
    ) -> Resolved {
        let clients = partition.clients;
        let minority = (u64::from(self.roster.node_count()) - 1) / 2;
        let stream = &mut self.storm.faults[index as usize].stream;
        stream.shuffle(&mut pool);
        pool.retain(|node| self.nodes[node.index()].joined);
        // Drawn for every shape, so that another shape has the same order of nodes.
        let towards = stream.below(2) == 0;
        let size = pool.len() as u64;
        let count = match shape {
            Shape::Halves | Shape::Bridge => pool.len() / 2,
            Shape::RandomSplit => 1 + stream.below(size.saturating_sub(1)) as usize,
            Shape::Minority => 1 + stream.below(minority.clamp(1, size)) as usize,
            Shape::MajoritiesRing => return self.ring(&pool, clients),
            Shape::RandomGraph => {
                let (key, parents) = (stream.long(), parents(stream, &pool, self.nodes.len()));
                return self.graph(key, parents, partition);
            }
            Shape::Zone => return self.cut_zone(index, clients),
            Shape::IsolateOne
            | Shape::OneWay
            | Shape::OneWaySend
            | Shape::OneWayReceive
            | Shape::Flapping => 1,
            Shape::Rolling | Shape::Swizzle => return self.first_of(pool, clients),
        };
        let bridge = pool.last().copied().filter(|_| shape == Shape::Bridge);
        pool.truncate(count);
        match shape {
            Shape::OneWay => self.muted(pool, !towards, clients),
            Shape::OneWaySend => self.muted(pool, true, clients),
            Shape::OneWayReceive => self.muted(pool, false, clients),
            _ => self.sided(pool, bridge, clients),
        }
    }

    /// The last of a pool apart from all others, and the rest for later.
    fn first_of(&self, pool: Vec<NodeId>, clients: ClientSide) -> Resolved {
        let chosen: Vec<NodeId> = pool.last().copied().into_iter().collect();
        let cut = Cut::between(self.sides_of(&chosen, clients));
        Resolved::Cut { cut, chosen, pool }
    }

    /// What these nodes send to the others is lost, or what the others send to them.
    fn muted(&mut self, nodes: Vec<NodeId>, outward: bool, clients: ClientSide) -> Resolved {
        let mut sides = self.sides_of(&nodes, clients);
        if !outward {
            sides.iter_mut().filter(|side| **side <= 2).for_each(|side| *side = 3 - *side);
        }
        Resolved::Cut { cut: Cut::one_way(sides), chosen: nodes, pool: Vec::new() }
    }

    /// These nodes apart from the others, but for one that is on both sides.
    fn sided(
        &mut self,
        mut alone: Vec<NodeId>,
        bridge: Option<NodeId>,
        clients: ClientSide,
    ) -> Resolved {
        alone.sort();
        let mut sides = self.sides_of(&alone, clients);
        if let Some(bridge) = bridge {
            sides[bridge.index()] = 3;
        }
        Resolved::Cut { cut: Cut::between(sides), chosen: alone, pool: Vec::new() }
    }

    /// These nodes, and clients, apart from all others.
    pub(super) fn isolated(&self, alone: Vec<NodeId>, clients: ClientSide) -> Resolved {
        let cut = Cut::between(self.sides_of(&alone, clients));
        let chosen = alone.into_iter().filter(|node| !node.is_client()).collect();
        Resolved::Cut { cut, chosen, pool: Vec::new() }
    }

    fn cut_zone(&mut self, index: u32, clients: ClientSide) -> Resolved {
        let zones = self.roster.zones().len() as u64;
        let zone = self.storm.faults[index as usize].stream.below(zones) as usize;
        self.isolated(self.roster.in_zone(zone), clients)
    }

    fn ring(&self, order: &[NodeId], clients: ClientSide) -> Resolved {
        let mut ring = vec![EVERYWHERE; self.nodes.len()];
        for (place, node) in order.iter().enumerate() {
            ring[node.index()] = place as u32;
        }
        let places = self.places(clients).into_iter();
        let places = places.map(|node| ring.get(node as usize).copied().unwrap_or(EVERYWHERE));
        let ring = Ring { places: places.collect(), size: order.len() as u32 };
        Resolved::Cut { cut: Cut::ring(ring), chosen: Vec::new(), pool: Vec::new() }
    }

    fn graph(&self, key: u64, parents: Vec<u32>, partition: &Partition) -> Resolved {
        let graph = Graph {
            places: self.places(partition.clients),
            key,
            share: partition.share.unwrap_or(Partition::SHARE),
            parents: if partition.connected.unwrap_or(true) { parents } else { Vec::new() },
        };
        Resolved::Cut { cut: Cut::graph(graph), chosen: Vec::new(), pool: Vec::new() }
    }

    /// At which node each participant stands in a cut without sides. There a client that does not
    /// reach all is beside the node that it asked last, and at first beside the first.
    fn places(&self, clients: ClientSide) -> Vec<u32> {
        let stand = |client: usize| match clients {
            ClientSide::Both => EVERYWHERE,
            ClientSide::Stay | ClientSide::Follow => {
                self.clients.last_asked(client).map_or(0, |node| node.index() as u32)
            }
        };
        (0..self.nodes.len() as u32).chain((0..self.clients.count()).map(stand)).collect()
    }

    /// These nodes on the first side, all others on the second.
    fn sides_of(&self, nodes: &[NodeId], clients: ClientSide) -> Vec<u32> {
        let mut sides = vec![2; self.nodes.len()];
        sides.resize(self.nodes.len() + self.clients.count(), 0);
        for id in nodes {
            sides[self.network.place(*id)] = 1;
        }
        self.side_clients(sides, clients)
    }

    /// Each group on a side of its own, and the nodes of the first group alone; `None` if a word
    /// in one of them means nobody.
    fn sides_of_groups(
        &mut self,
        index: u32,
        groups: &[Vec<String>],
    ) -> Option<(Vec<u32>, Vec<NodeId>)> {
        let mut sides = vec![0; self.nodes.len() + self.clients.count()];
        let mut others = 0;
        for (group, words) in groups.iter().enumerate() {
            let (rest, named): (Vec<&String>, Vec<&String>) =
                words.iter().partition(|word| *word == "others");
            if !rest.is_empty() {
                others = 1 << group;
            }
            if named.is_empty() {
                continue;
            }
            for member in self.resolve_members(index, named)? {
                sides[self.network.place(member)] |= 1 << group;
            }
        }
        for side in sides.iter_mut().take(self.nodes.len()).filter(|side| **side == 0) {
            *side = if others == 0 { ALL_SIDES } else { others };
        }
        let chosen = self.roster.nodes().filter(|node| sides[node.index()] == 1);
        let chosen = chosen.collect();
        Some((sides, chosen))
    }

    /// Puts clients that no group names on their side.
    fn side_clients(&self, mut sides: Vec<u32>, clients: ClientSide) -> Vec<u32> {
        let nodes = self.nodes.len();
        let on = |bit: u32| {
            let fixed = sides[..nodes].iter().filter(|side| **side != ALL_SIDES);
            fixed.filter(|side| **side & bit != 0).count()
        };
        let used = (0..32).map(|bit| 1 << bit).filter(|bit| on(*bit) > 0);
        let largest = used.max_by_key(|bit| (on(*bit), std::cmp::Reverse(*bit)));
        let largest = largest.unwrap_or(ALL_SIDES);
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
}

/// A tree over the nodes: each but the first keeps its link to a drawn one before it in `order`.
fn parents(stream: &mut Stream, order: &[NodeId], nodes: usize) -> Vec<u32> {
    let mut parents: Vec<u32> = (0..nodes as u32).collect();
    for (place, node) in order.iter().enumerate().skip(1) {
        let parent = order[stream.below(place as u64) as usize];
        parents[node.index()] = parent.raw();
    }
    parents
}
