//! Dependencies between transactions: a graph with a reason on every edge.
//!
//! The invariant: an edge from a to b means that a is before b in every order at the levels that
//! count edges of its kind.

/// Why one transaction is before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// The second replaced what the first wrote.
    WriteWrite,
    /// The second read what the first wrote.
    WriteRead,
    /// The second replaced what the first read.
    ReadWrite,
    /// The same process did the first before the second.
    Process,
    /// The first had completed when the second was invoked.
    Realtime,
}

impl EdgeKind {
    /// The kind as a bit of a set of kinds.
    #[must_use]
    pub fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Kinds that overwrite.
pub(super) const WW: u8 = 1 << EdgeKind::WriteWrite as u8;
/// Kinds that read.
pub(super) const WR: u8 = 1 << EdgeKind::WriteRead as u8;
/// Kinds that miss.
pub(super) const RW: u8 = 1 << EdgeKind::ReadWrite as u8;
/// The order of processes.
pub(super) const PROCESS: u8 = 1 << EdgeKind::Process as u8;
/// The order of real time.
pub(super) const REALTIME: u8 = 1 << EdgeKind::Realtime as u8;

/// One reason why a transaction is before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The first transaction.
    pub from: u32,
    /// The second.
    pub to: u32,
    /// Why.
    pub kind: EdgeKind,
    /// The key that shows it, if one does.
    pub key: Option<u32>,
    /// The value that was read or replaced; `None` is the initial one.
    pub before: Option<u32>,
    /// The value that replaced it.
    pub after: Option<u32>,
}

/// A graph with its edges sorted by where they start.
pub(crate) struct Graph {
    starts: Vec<u32>,
    edges: Vec<Edge>,
}

impl Graph {
    pub(crate) fn new(nodes: usize, edges: &[Edge]) -> Self {
        let mut starts = vec![0_u32; nodes + 1];
        for edge in edges {
            starts[edge.from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut sorted = edges.to_vec();
        for edge in edges {
            let place = &mut next[edge.from as usize];
            sorted[*place as usize] = *edge;
            *place += 1;
        }
        Graph { starts, edges: sorted }
    }

    pub(super) fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    pub(crate) fn from(&self, node: u32) -> &[Edge] {
        let (start, end) = (self.starts[node as usize], self.starts[node as usize + 1]);
        &self.edges[start as usize..end as usize]
    }

    pub(crate) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The strongly connected component of every node, by edges of these kinds.
    pub(crate) fn components(&self, kinds: u8) -> Vec<u32> {
        components(self.nodes(), |node, at| {
            let edge = self.from(node).get(at)?;
            Some((edge.kind.bit() & kinds != 0).then_some(edge.to))
        })
    }

    /// A shortest path from `from` to `to` by edges of these kinds between nodes that `within`
    /// accepts; `spend` is what is left to look at.
    pub(crate) fn path(
        &self,
        from: u32,
        to: u32,
        kinds: u8,
        within: impl Fn(u32) -> bool,
        spend: &mut u64,
    ) -> Option<Vec<Edge>> {
        let mut came: crate::fixed::FixedMap<u32, Edge> = crate::fixed::FixedMap::default();
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            for edge in self.from(node) {
                *spend = spend.checked_sub(1)?;
                let usable = edge.kind.bit() & kinds != 0 && within(edge.to);
                if !usable || came.contains_key(&edge.to) {
                    continue;
                }
                came.insert(edge.to, *edge);
                if edge.to == to {
                    return Some(trace(&came, from, to));
                }
                queue.push_back(edge.to);
            }
        }
        None
    }
}

/// The edges by which a search came from `from` to `to`.
fn trace(came: &crate::fixed::FixedMap<u32, Edge>, from: u32, to: u32) -> Vec<Edge> {
    let mut path = vec![came[&to]];
    while path.last().is_some_and(|edge| edge.from != from) {
        let last = path[path.len() - 1];
        path.push(came[&last.from]);
    }
    path.reverse();
    path
}

/// Tarjan's components without recursion. `next(node, at)` is the edge number `at` of a node: its
/// target, `Some(None)` for an edge to skip, `None` after the last.
pub(super) fn components(
    nodes: usize,
    next: impl Fn(u32, usize) -> Option<Option<u32>>,
) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut index = vec![NONE; nodes];
    let mut low = vec![0_u32; nodes];
    let mut component = vec![NONE; nodes];
    let mut stack: Vec<u32> = Vec::new();
    let mut calls: Vec<(u32, usize)> = Vec::new();
    let (mut counter, mut count) = (0, 0);
    for root in 0..nodes as u32 {
        if index[root as usize] != NONE {
            continue;
        }
        calls.push((root, 0));
        while let Some((node, at)) = calls.pop() {
            let here = node as usize;
            if at == 0 {
                index[here] = counter;
                low[here] = counter;
                counter += 1;
                stack.push(node);
            }
            match next(node, at) {
                Some(None) => calls.push((node, at + 1)),
                Some(Some(to)) => {
                    calls.push((node, at + 1));
                    if index[to as usize] == NONE {
                        calls.push((to, 0));
                    } else if component[to as usize] == NONE {
                        low[here] = low[here].min(index[to as usize]);
                    }
                }
                None => {
                    if low[here] == index[here] {
                        while let Some(member) = stack.pop() {
                            component[member as usize] = count;
                            if member == node {
                                break;
                            }
                        }
                        count += 1;
                    }
                    if let Some(&(parent, _)) = calls.last() {
                        let parent = parent as usize;
                        low[parent] = low[parent].min(low[here]);
                    }
                }
            }
        }
    }
    component
}
