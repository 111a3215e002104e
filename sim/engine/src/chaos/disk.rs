//! Drawn faults of disks.
//!
//! The invariant: at most a minority of the disks of each kind of nodes is in trouble at once, so
//! the nodes that halt over theirs are one too.

use super::{Stage, named};
use crate::scenario::fault::{Fault, Target};
use crate::scenario::tables::ChaosDisk;
use crate::units::SpanRange;

impl Stage<'_> {
    pub(super) fn disks(&self, chaos: &ChaosDisk) -> Vec<Fault> {
        let mut arrivals = self.arrivals("disk", chaos.every);
        let mut budget = self.room(&[]);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let word = arrivals.stream.word();
            let way = arrivals.stream.below(chaos.ways.len() as u64) as usize;
            let Some(node) = budget.take_any(word, at, at + lasts) else { continue };
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                nodes: Some(Target::One(self.roster.name(node))),
                disk: Some(chaos.ways[way].clone()),
                ..named("disk", faults.len())
            });
        }
        faults
    }
}
