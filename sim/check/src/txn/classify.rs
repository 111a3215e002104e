//! Which cycles a graph of dependencies has.
//!
//! The invariant: an edge is counted once for each reach, as the end of the mildest cycle that it
//! is on; cycles that need the order of processes or of real time are counted only where the data
//! alone has none, or a worse one.

use super::anomaly::{Anomaly, AnomalyKind, Reach};
use super::graph::{Edge, EdgeKind, Graph, PROCESS, REALTIME, RW, WR, WW, components};
use crate::fixed::FixedMap;
use std::collections::VecDeque;

/// How many edges the search for witnesses may look at.
const LOOK_MAX: u64 = 100_000_000;

/// How many cycles of each kind are written out.
const WITNESSES_MAX: usize = 8;

/// What was found of one edge.
type Label = Option<AnomalyKind>;

struct Classifier<'g> {
    graph: &'g Graph,
    /// What the data alone says of each edge, once that is known.
    data: Vec<Label>,
    spend: u64,
    anomalies: Vec<Anomaly>,
}

/// All kinds of cycles in `graph`, with a few witnesses each.
pub(super) fn cycles(graph: &Graph) -> Vec<Anomaly> {
    let all = graph.components(WW | WR | RW | PROCESS | REALTIME);
    let mut sizes = vec![0_u32; graph.nodes()];
    for &component in &all {
        sizes[component as usize] += 1;
    }
    if sizes.iter().all(|&size| size < 2) {
        return Vec::new();
    }
    // Only edges inside a component are on cycles: mostly a few of many.
    let same = |edge: &&Edge| all[edge.from as usize] == all[edge.to as usize];
    let inner: Vec<Edge> = graph.edges().iter().filter(same).copied().collect();
    let graph = &Graph::new(graph.nodes(), &inner);
    let mut classifier = Classifier {
        graph,
        data: vec![None; graph.edges().len()],
        spend: LOOK_MAX,
        anomalies: Vec::new(),
    };
    for (reach, extra) in [(Reach::Data, 0), (Reach::Process, PROCESS), (Reach::Realtime, REALTIME)]
    {
        let labels = classifier.label(reach, extra);
        if reach == Reach::Data {
            classifier.data = labels;
        }
    }
    classifier.anomalies
}

/// A cycle in which every anti-dependency comes right after an edge of the kinds `before`, and all
/// other edges are of the kinds `between`, if there is one.
pub(super) fn cycle_with_gaps(graph: &Graph, before: u8, between: u8) -> Option<Vec<Edge>> {
    let product = gaps(graph, before, between);
    let step = |node: u32, edge: &Edge| step(node, edge, before, between);
    let starts = graph.edges().iter().flat_map(|edge| {
        [2 * edge.from, 2 * edge.from + 1].map(|node| (node, step(node, edge), *edge))
    });
    let mut closing = starts.filter_map(|(node, next, edge)| Some((node, next?, edge)));
    let home = |node: u32| product[node as usize];
    let (end, start, edge) = closing.find(|&(node, next, _)| home(node) == home(next))?;
    let mut cycle = vec![edge];
    cycle.extend(path_with_gaps(graph, before, between, (start, end))?);
    Some(cycle)
}

/// Where an edge leads from a node of [`gaps`], if it may be taken there.
fn step(node: u32, edge: &Edge, before: u8, between: u8) -> Option<u32> {
    let bit = edge.kind.bit();
    if bit & RW != 0 {
        return (node % 2 == 1).then_some(2 * edge.to);
    }
    (bit & between != 0).then_some(2 * edge.to + u32::from(bit & before != 0))
}

/// A shortest path from one node of [`gaps`] to another.
fn path_with_gaps(
    graph: &Graph,
    before: u8,
    between: u8,
    (start, end): (u32, u32),
) -> Option<Vec<Edge>> {
    let mut came: FixedMap<u32, (u32, Edge)> = FixedMap::default();
    let mut queue = VecDeque::from([start]);
    while start != end && !came.contains_key(&end) {
        let node = queue.pop_front()?;
        for edge in graph.from(node / 2) {
            if let Some(next) = step(node, edge, before, between)
                && next != start
                && !came.contains_key(&next)
            {
                came.insert(next, (node, *edge));
                queue.push_back(next);
            }
        }
    }
    let (mut path, mut node) = (Vec::new(), end);
    while node != start {
        let (from, edge) = came[&node];
        path.push(edge);
        node = from;
    }
    path.reverse();
    Some(path)
}

/// Components of the graph whose nodes remember whether the edge by which they were entered may be
/// followed by an anti-dependency: node n as 2n + 1 if so, else 2n.
fn gaps(graph: &Graph, before: u8, between: u8) -> Vec<u32> {
    components(2 * graph.nodes(), |node, at| {
        let edge = graph.from(node / 2).get(at)?;
        Some(step(node, edge, before, between))
    })
}

/// How many adjacent anti-dependencies a kind of cycle has, so to speak: the fewer, the more levels
/// it breaks.
fn mildness(kind: AnomalyKind) -> u8 {
    match kind {
        AnomalyKind::G2Item(_) => 2,
        AnomalyKind::GNonadjacent(_) => 1,
        _ => 0,
    }
}

impl Classifier<'_> {
    fn label(&mut self, reach: Reach, extra: u8) -> Vec<Label> {
        let graph = self.graph;
        let writes = graph.components(WW | extra);
        let reads = graph.components(WW | WR | extra);
        let gaps = gaps(graph, WW | WR | extra, WW | WR | extra);
        let all = graph.components(WW | WR | RW | extra);
        let same = |of: &[u32], edge: &Edge| of[edge.from as usize] == of[edge.to as usize];
        let mut labels = Vec::with_capacity(graph.edges().len());
        for (place, edge) in graph.edges().iter().enumerate() {
            let label = match edge.kind {
                EdgeKind::WriteWrite => {
                    same(&writes, edge).then_some((AnomalyKind::G0(reach), WW | extra))
                }
                EdgeKind::WriteRead => {
                    same(&reads, edge).then_some((AnomalyKind::G1c(reach), WW | WR | extra))
                }
                EdgeKind::ReadWrite if !same(&all, edge) => None,
                EdgeKind::ReadWrite => {
                    let (from, to) = (edge.from as usize, edge.to as usize);
                    let apart = gaps[2 * from + 1] == gaps[2 * to];
                    Some(self.anti_dependency(edge, apart, &all, (reach, extra)))
                }
                EdgeKind::Process | EdgeKind::Realtime => None,
            };
            let known = self.data[place].map(mildness);
            let label = label.filter(|(kind, _)| known.is_none_or(|known| mildness(*kind) < known));
            if let Some((kind, kinds)) = label {
                self.witness(kind, edge, kinds, &all);
            }
            labels.push(label.map(|label| label.0));
        }
        labels
    }

    /// The mildest cycle that an anti-dependency is on, and the kinds of its other edges.
    fn anti_dependency(
        &mut self,
        edge: &Edge,
        apart: bool,
        all: &[u32],
        (reach, extra): (Reach, u8),
    ) -> (AnomalyKind, u8) {
        let home = all[edge.from as usize];
        let within = |node: u32| all[node as usize] == home;
        let kinds = WW | WR | extra;
        if apart && self.graph.path(edge.to, edge.from, kinds, within, &mut self.spend).is_some() {
            (AnomalyKind::GSingle(reach), kinds)
        } else if apart {
            (AnomalyKind::GNonadjacent(reach), kinds | RW)
        } else {
            (AnomalyKind::G2Item(reach), kinds | RW)
        }
    }

    fn witness(&mut self, kind: AnomalyKind, edge: &Edge, kinds: u8, all: &[u32]) {
        let same = self.anomalies.iter().filter(|anomaly| anomaly.kind == kind).count();
        if same >= WITNESSES_MAX {
            return;
        }
        let home = all[edge.from as usize];
        let within = |node: u32| all[node as usize] == home;
        let mut cycle = vec![*edge];
        let back = match kind {
            AnomalyKind::GNonadjacent(_) => {
                let ends = (2 * edge.to, 2 * edge.from + 1);
                path_with_gaps(self.graph, kinds & !RW, kinds & !RW, ends)
            }
            _ => self.graph.path(edge.to, edge.from, kinds, within, &mut self.spend),
        };
        cycle.extend(back.unwrap_or_default());
        let txns = cycle.iter().map(|edge| edge.from).collect();
        self.anomalies.push(Anomaly { kind, txns, cycle, sentence: String::new() });
    }
}
