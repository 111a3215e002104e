//! Drawn faults of the network: partitions.
//!
//! The invariant: a cut keeps at most a minority of each kind of nodes apart.

use super::budget::Budget;
use super::{Stage, named};
use crate::scenario::fault::{Fault, Partition, Shape, Target};
use crate::scenario::tables::ChaosPartition;
use crate::units::SpanRange;

impl Stage<'_> {
    pub(super) fn partitions(&self, chaos: &ChaosPartition) -> Vec<Fault> {
        let Some(mut arrivals) = self.arrivals("partition", chaos.every) else {
            return Vec::new();
        };
        let shapes = if chaos.shapes.is_empty() { &Shape::ALL[..] } else { &chaos.shapes[..] };
        let mut budget = Budget::new(self.roster);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let shape = shapes[arrivals.stream.below(shapes.len() as u64) as usize];
            let word = arrivals.stream.word();
            let outward = arrivals.stream.below(2) == 1;
            let cut = match shape {
                Shape::Halves => budget.take_minority(&mut arrivals.stream, at, at + lasts),
                Shape::IsolateOne | Shape::OneWay => {
                    budget.take_any(word, at, at + lasts).into_iter().collect()
                }
            };
            if cut.is_empty() {
                continue;
            }
            let names: Vec<String> = cut.iter().map(|node| self.roster.name(*node)).collect();
            let mut partition = partition(shape, names, outward);
            partition.clients = chaos.clients;
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                partition: Some(partition),
                ..named("partition", faults.len())
            });
        }
        faults
    }
}

/// A partition of this shape that cuts off `names`.
fn partition(shape: Shape, names: Vec<String>, outward: bool) -> Partition {
    let others = vec!["others".to_string()];
    match shape {
        Shape::Halves => Partition { groups: vec![names, others], ..Partition::default() },
        Shape::IsolateOne => {
            let isolate = names.into_iter().next().map(Target::One);
            Partition { isolate, ..Partition::default() }
        }
        Shape::OneWay => {
            let one_way = if outward { vec![names, others] } else { vec![others, names] };
            Partition { one_way, ..Partition::default() }
        }
    }
}
