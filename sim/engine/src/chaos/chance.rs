//! Drawn times in which fault points are enabled.
//!
//! The invariant: which points are enabled is settled when such a time begins.

use super::{Stage, named};
use crate::scenario::fault::{Chance, Fault, Target};
use crate::scenario::tables::ChaosChance;
use crate::units::SpanRange;

impl Stage<'_> {
    pub(super) fn chances(&self, chaos: &ChaosChance) -> Vec<Fault> {
        let mut arrivals = self.arrivals("chance", chaos.every);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let (points, enabled, taken) = (chaos.points.clone(), chaos.enabled, chaos.taken);
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                nodes: Some(Target::One("all".to_string())),
                chance: Some(Chance { points, enabled, taken }),
                ..named("chance", faults.len())
            });
        }
        faults
    }
}
