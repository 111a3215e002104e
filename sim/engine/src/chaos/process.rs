//! Drawn faults of processes: crashes, restarts, pauses and slowness.
//!
//! The invariant: crashes at steps are all of one node, whose place in the budget is kept.

use super::{Stage, named};
use crate::ids::NodeId;
use crate::scenario::budget::Claim;
use crate::scenario::fault::{Crash, Fault, Pause, Restart, Slow, Target, Wipe};
use crate::scenario::tables::{ChaosCrash, ChaosPause, ChaosRestart, ChaosSlow, ChaosWipe};
use crate::stream::Stream;
use crate::units::{FactorRange, Ratio, Span, SpanRange};

/// How often a drawn crash is placed at a step rather than at a time.
const AT_STEP: Ratio = Ratio::ppm(250_000);

impl Stage<'_> {
    pub(super) fn crashes(&self, chaos: &ChaosCrash) -> Vec<Fault> {
        let mut arrivals = self.arrivals("crash", chaos.every);
        let mut budget = self.room(&[Claim::Down]);
        let victim = arrivals.stream.below(u64::from(self.roster.founder_count()));
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
        let mut arrivals = self.arrivals("pause", chaos.every);
        let mut budget = self.room(&[]);
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

impl Stage<'_> {
    pub(super) fn wipes(&self, chaos: &ChaosWipe) -> Vec<Fault> {
        let mut wipes = self.downs("wipe", (chaos.every, chaos.down), |down| Fault {
            wipe: Some(Wipe { down: Some(down) }),
            ..Fault::default()
        });
        let mut wiped: Vec<NodeId> = Vec::new();
        wipes.retain(|wipe| {
            let node = wipe.words().find_map(|name| self.roster.find(name));
            let known = node.is_none_or(|node| wiped.contains(&node));
            wiped.extend(node.filter(|_| !known));
            let excess = self.budget.excess(Claim::Wiped, &wiped, true, self.roster);
            if excess.is_some() && !known {
                wiped.pop();
            }
            excess.is_none()
        });
        for (index, wipe) in wipes.iter_mut().enumerate() {
            wipe.name = named("wipe", index).name;
        }
        wipes
    }

    pub(super) fn restarts(&self, chaos: &ChaosRestart) -> Vec<Fault> {
        self.downs("restart", (chaos.every, chaos.down), |down| Fault {
            restart: Some(Restart { down, gap: None, config: chaos.config.clone() }),
            ..Fault::default()
        })
    }

    /// Faults that keep one node down, within a budget of their own.
    fn downs(
        &self,
        kind: &str,
        (every, down): (Span, SpanRange),
        fault: impl Fn(SpanRange) -> Fault,
    ) -> Vec<Fault> {
        let mut arrivals = self.arrivals(kind, every);
        let mut budget = self.room(&[Claim::Down]);
        let mut faults: Vec<Fault> = Vec::new();
        while let Some(at) = arrivals.next() {
            let down = arrivals.length(down);
            let word = arrivals.stream.word();
            let Some(node) = budget.take_any(word, at, at + down) else { continue };
            faults.push(Fault {
                name: named(kind, faults.len()).name,
                at: Some(SpanRange::exactly(at)),
                nodes: Some(Target::One(self.roster.name(node))),
                ..fault(SpanRange::exactly(down))
            });
        }
        faults
    }

    pub(super) fn slowness(&self, chaos: &ChaosSlow) -> Vec<Fault> {
        let mut arrivals = self.arrivals("slow", chaos.every);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let stream = &mut arrivals.stream;
            let node = NodeId::node(stream.below(u64::from(self.roster.founder_count())) as u32);
            let mut factor = |range| FactorRange::exactly(stream.factor(range));
            let (cpu, disk) = (chaos.cpu.map(&mut factor), chaos.disk.map(&mut factor));
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                nodes: Some(Target::One(self.roster.name(node))),
                slow: Some(Slow { cpu, disk }),
                ..named("slow", faults.len())
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
