//! Drawn faults of clocks.
//!
//! The invariant: a drawn fault is of one way and one node, and its values are drawn with it.

use super::{Stage, named};
use crate::ids::NodeId;
use crate::scenario::fault::{Clock, Fault, Strobe, Target};
use crate::scenario::tables::ChaosClock;
use crate::stream::Stream;
use crate::units::{DriftRange, OffsetRange, SpanRange};

impl Stage<'_> {
    pub(super) fn clocks(&self, chaos: &ChaosClock) -> Vec<Fault> {
        let mut arrivals = self.arrivals("clock", chaos.every);
        let ways = chaos.ways();
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let stream = &mut arrivals.stream;
            let node = NodeId::node(stream.below(u64::from(self.roster.founder_count())) as u32);
            let way = &ways[stream.below(ways.len() as u64) as usize];
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                nodes: Some(Target::One(self.roster.name(node))),
                clock: Some(drawn(way, stream)),
                ..named("clock", faults.len())
            });
        }
        faults
    }
}

/// The way with one value of each range, in whole parts per million or microseconds.
fn drawn(way: &Clock, stream: &mut Stream) -> Clock {
    let mut offset = |range: OffsetRange| {
        let drawn = stream.offset(range);
        let legible = if drawn.abs() < 1_000_000 { drawn } else { drawn - drawn % 1_000 };
        OffsetRange { low: legible, high: legible }
    };
    let drift = |range: DriftRange| {
        let OffsetRange { low, high } = offset(OffsetRange { low: range.low, high: range.high });
        DriftRange { low, high }
    };
    let drift = way.drift.map(drift);
    Clock {
        drift,
        offset: way.offset.map(&mut offset),
        jump: way.jump.map(&mut offset),
        strobe: way.strobe.map(|strobe| Strobe { by: offset(strobe.by), ..strobe }),
    }
}
