//! Drawn changes of the cluster.
//!
//! The invariant: whether a node is added or removed is drawn before the run; which, and whether
//! the cluster is large enough, is settled when the change begins.

use super::{Stage, named};
use crate::scenario::fault::{Fault, Membership, Target};
use crate::scenario::tables::ChaosMembership;
use crate::units::SpanRange;

impl Stage<'_> {
    pub(super) fn changes(&self, chaos: &ChaosMembership) -> Vec<Fault> {
        let mut arrivals = self.arrivals("membership", chaos.every);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let word = |word: &str| Some(Target::One(word.to_string()));
            let membership = match arrivals.stream.below(2) {
                0 => Membership { add: word("spare"), most: chaos.most, ..Membership::default() },
                _ => Membership {
                    remove: word("random 1"),
                    least: Some(chaos.least),
                    stop: chaos.stop,
                    ..Membership::default()
                },
            };
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                membership: Some(membership),
                ..named("membership", faults.len())
            });
        }
        faults
    }
}
