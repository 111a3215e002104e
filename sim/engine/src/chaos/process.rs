//! Drawn faults of processes: crashes and pauses.
//!
//! The invariant: crashes at steps are all of one node, whose place in the budget is kept.

use super::budget::Budget;
use super::{Stage, named};
use crate::ids::NodeId;
use crate::scenario::fault::{Crash, Fault, Pause, Target};
use crate::scenario::tables::{ChaosCrash, ChaosPause};
use crate::stream::Stream;
use crate::units::{Ratio, SpanRange};

/// How often a drawn crash is placed at a step rather than at a time.
const AT_STEP: Ratio = Ratio::ppm(250_000);

impl Stage<'_> {
    pub(super) fn crashes(&self, chaos: &ChaosCrash) -> Vec<Fault> {
        let Some(mut arrivals) = self.arrivals("crash", chaos.every) else { return Vec::new() };
        let mut budget = Budget::new(self.roster);
        let victim = arrivals.stream.below(u64::from(self.roster.node_count()));
        let victim = NodeId::node(victim as u32);
        let steps = arrivals.stream.below(2) == 1 && budget.reserve(victim);
        let mut step = 0;
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let placed = arrivals.stream.chance(AT_STEP);
            let gap = step_gap(&mut arrivals.stream);
            let down = arrivals.length(chaos.down);
            let word = arrivals.stream.word();
            let mut fault = named("crash", faults.len());
            fault.crash = Some(Crash { down: Some(SpanRange::exactly(down)), ..Crash::default() });
            let node = if placed && steps {
                step += gap;
                fault.step = Some(step);
                Some(victim)
            } else {
                fault.at = Some(SpanRange::exactly(at));
                budget.take_any(word, at, at + down)
            };
            let Some(node) = node else { continue };
            fault.nodes = Some(Target::One(self.roster.name(node)));
            faults.push(fault);
        }
        faults
    }

    pub(super) fn pauses(&self, chaos: &ChaosPause) -> Vec<Fault> {
        let Some(mut arrivals) = self.arrivals("pause", chaos.every) else { return Vec::new() };
        let mut budget = Budget::new(self.roster);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let word = arrivals.stream.word();
            let Some(node) = budget.take_any(word, at, at + lasts) else { continue };
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                nodes: Some(Target::One(self.roster.name(node))),
                pause: Some(Pause::default()),
                ..named("pause", faults.len())
            });
        }
        faults
    }
}

/// How many steps lie between two crashes at steps: of every magnitude up to 1,024 alike.
fn step_gap(stream: &mut Stream) -> u64 {
    let magnitude = stream.below(11);
    1 + stream.below(1 << magnitude)
}
