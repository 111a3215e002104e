//! Drawn faults of the network: partitions.
//!
//! The invariant: a cut keeps at most a minority of each kind of nodes apart; a ring and a graph,
//! in which nobody is apart, come when nobody else is.

use super::arrivals::Arrivals;
use super::budget::Budget;
use super::{Stage, named};
use crate::ids::NodeId;
use crate::scenario::budget::Claim;
use crate::scenario::fault::{Fault, Partition, Shape, Target};
use crate::scenario::tables::ChaosPartition;
use crate::stream::Stream;
use crate::units::{Span, SpanRange};

impl Stage<'_> {
    pub(super) fn partitions(&self, chaos: &ChaosPartition) -> Vec<Fault> {
        let mut arrivals = self.arrivals("partition", chaos.every);
        let all: Vec<Shape> = Shape::ALL.into_iter().filter(|shape| self.has(*shape)).collect();
        let shapes = if chaos.shapes.is_empty() { &all } else { &chaos.shapes };
        let mut budget = self.room(&[Claim::Cut]);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let shape = shapes[arrivals.stream.below(shapes.len() as u64) as usize];
            let until = at + lasts;
            let Some(mut partition) = self.shaped(shape, &mut arrivals, &mut budget, (at, until))
            else {
                continue;
            };
            partition.clients = chaos.clients;
            if partition.phases().is_some() {
                partition.period = chaos.period;
            }
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                partition: Some(partition),
                ..named("partition", faults.len())
            });
        }
        faults
    }

    /// Whether the cluster can be cut in this shape.
    fn has(&self, shape: Shape) -> bool {
        shape != Shape::Zone || !self.roster.zones().is_empty()
    }

    /// A partition of this shape, if the budget has room for one.
    fn shaped(
        &self,
        shape: Shape,
        arrivals: &mut Arrivals,
        budget: &mut Budget<'_>,
        (at, until): (Span, Span),
    ) -> Option<Partition> {
        let word = arrivals.stream.word();
        let outward = arrivals.stream.below(2) == 1;
        let name = |node: &NodeId| self.roster.name(*node);
        let one =
            |budget: &mut Budget<'_>| budget.take_any(word, at, until).map(|node| name(&node));
        let singled = |names: Vec<String>| {
            let among = (!names.is_empty()).then_some(Target::Many(names))?;
            Some(Partition { among: Some(among), ..Partition::shaped(shape) })
        };
        let isolated = |word: String| {
            Some(Partition { isolate: Some(Target::One(word)), ..Partition::default() })
        };
        match shape {
            Shape::Halves | Shape::RandomSplit | Shape::Minority | Shape::Bridge => {
                let cut = budget.take_minority(&mut arrivals.stream, at, until);
                self.sides(shape, cut, word, &mut arrivals.stream)
            }
            Shape::OneWay => Some(muted(one(budget)?, outward)),
            Shape::OneWaySend => Some(muted(one(budget)?, true)),
            Shape::OneWayReceive => Some(muted(one(budget)?, false)),
            Shape::IsolateOne => isolated(one(budget)?),
            Shape::Flapping => singled(vec![one(budget)?]),
            Shape::Swizzle => {
                let cut = budget.take_minority(&mut arrivals.stream, at, until);
                singled(cut.iter().map(name).collect())
            }
            Shape::Rolling => {
                let nodes = budget.take_one_by_one(at, until)?;
                singled(nodes.iter().map(name).collect())
            }
            Shape::MajoritiesRing | Shape::RandomGraph => {
                budget.take_alone(at, until).then(|| Partition::shaped(shape))
            }
            Shape::Zone => {
                let zone = pick(word, self.roster.zones().len());
                let nodes = self.roster.in_zone(zone);
                budget.take_all(&nodes, at, until).then_some(())?;
                isolated(self.roster.zones()[zone].clone())
            }
        }
    }

    /// A minority, or a part of it, on one side, and the others on the other; with one of those on
    /// both if it is a bridge.
    fn sides(
        &self,
        shape: Shape,
        mut cut: Vec<NodeId>,
        word: u32,
        stream: &mut Stream,
    ) -> Option<Partition> {
        let mut sides = [Vec::new(), vec!["others".to_string()]];
        match shape {
            Shape::Bridge => {
                let rest = self.roster.nodes().take(self.roster.founder_count() as usize);
                let rest = rest.filter(|node| !cut.contains(node));
                let rest: Vec<NodeId> = rest.collect();
                let bridge = self.roster.name(rest[pick(word, rest.len())]);
                sides.iter_mut().for_each(|side| side.push(bridge.clone()));
            }
            Shape::RandomSplit | Shape::Minority if !cut.is_empty() => {
                stream.shuffle(&mut cut);
                cut.truncate(1 + pick(word, cut.len()));
            }
            _ => {}
        }
        let names = cut.iter().map(|node| self.roster.name(*node));
        sides[0].extend(names);
        (!cut.is_empty()).then(|| Partition { groups: sides.to_vec(), ..Partition::default() })
    }
}

/// What this node sends to the others is lost, or what they send to it.
fn muted(name: String, outward: bool) -> Partition {
    let (names, others) = (vec![name], vec!["others".to_string()]);
    let one_way = if outward { vec![names, others] } else { vec![others, names] };
    Partition { one_way, ..Partition::default() }
}

/// A number below `count` by a word.
fn pick(word: u32, count: usize) -> usize {
    ((u64::from(word) * count as u64) >> 32) as usize
}
