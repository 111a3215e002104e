//! Drawn faults of links.
//!
//! The invariant: of links that carry nothing for a while, those of at most a minority of each kind
//! of nodes are struck at once, by faults of one kind.

use super::arrivals::Arrivals;
use super::budget::Budget;
use super::{Stage, named};
use crate::scenario::fault::{Clog, Degrade, Fault, Hold, Lag, Target};
use crate::scenario::tables::{ChaosClog, ChaosDegrade, ChaosHold, ChaosLag};
use crate::stream::Stream;
use crate::units::{Ratio, Span, SpanRange};

/// The links that one fault strikes.
struct Struck {
    /// All links of this node.
    nodes: Option<Target>,
    /// Or the one from the first to the second.
    from: Option<Target>,
    to: Option<Target>,
}

impl Stage<'_> {
    pub(super) fn degradations(&self, chaos: &ChaosDegrade) -> Vec<Fault> {
        self.on_links(
            "degrade",
            (chaos.every, chaos.lasts),
            |stream, Struck { nodes, from, to }| {
                let degrade = Degrade { from, to, ..drawn(chaos, stream) };
                Fault { nodes, degrade: Some(degrade), ..Fault::default() }
            },
        )
    }

    pub(super) fn lags(&self, chaos: &ChaosLag) -> Vec<Fault> {
        self.on_links("lag", (chaos.every, chaos.lasts), |_, Struck { nodes, from, to }| {
            let lag = Lag { from, to, between: None, by: chaos.by };
            Fault { nodes, lag: Some(lag), ..Fault::default() }
        })
    }

    pub(super) fn clogs(&self, chaos: &ChaosClog) -> Vec<Fault> {
        self.on_links("clog", (chaos.every, chaos.lasts), |_, Struck { nodes, from, to }| {
            let clog = Clog { from, to, between: None };
            Fault { nodes, clog: Some(clog), ..Fault::default() }
        })
    }

    pub(super) fn holds(&self, chaos: &ChaosHold) -> Vec<Fault> {
        self.on_links("hold", (chaos.every, chaos.lasts), |_, Struck { nodes, from, to }| {
            let hold = Hold { from, to, between: None };
            Fault { nodes, hold: Some(hold), ..Fault::default() }
        })
    }

    /// Faults of one kind, each made by `fault` for the links that it strikes.
    fn on_links(
        &self,
        kind: &str,
        (every, lasts): (Span, SpanRange),
        fault: impl Fn(&mut Stream, Struck) -> Fault,
    ) -> Vec<Fault> {
        let mut arrivals = self.arrivals(kind, every);
        let mut budget = self.room(&[]);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(lasts);
            let struck = self.struck(&mut arrivals, &mut budget, (at, at + lasts));
            let fault = fault(&mut arrivals.stream, struck.0);
            if struck.1 {
                faults.push(Fault {
                    at: Some(SpanRange::exactly(at)),
                    lasts: Some(SpanRange::exactly(lasts)),
                    name: named(kind, faults.len()).name,
                    ..fault
                });
            }
        }
        faults
    }

    /// All links of a drawn node, or one of them; and whether there is room for it.
    fn struck(
        &self,
        arrivals: &mut Arrivals,
        budget: &mut Budget<'_>,
        (at, until): (Span, Span),
    ) -> (Struck, bool) {
        let stream = &mut arrivals.stream;
        let (way, word) = (stream.below(4), stream.word());
        let other = stream.below(u64::from(self.roster.node_count()));
        let blank = Struck { nodes: None, from: None, to: None };
        let Some(node) = budget.take_any(word, at, until) else { return (blank, false) };
        let other = self.roster.nodes().nth(other as usize).filter(|other| *other != node);
        let name = |node| Some(Target::One(self.roster.name(node)));
        let struck = match (way, other) {
            (0, Some(other)) => Struck { from: name(node), to: name(other), ..blank },
            (1, Some(other)) => Struck { from: name(other), to: name(node), ..blank },
            _ => Struck { nodes: name(node), ..blank },
        };
        (struck, true)
    }
}

/// What a fault makes worse: each share up to the most that is said.
fn drawn(chaos: &ChaosDegrade, stream: &mut Stream) -> Degrade {
    let mut share = |most: Ratio| {
        let parts = stream.below(u64::from(most.as_ppm()) + 1) as u32;
        // In whole parts per thousand, unless there are but few, so that a plan can be read.
        Ratio::ppm(if most.as_ppm() < 10_000 { parts } else { parts - parts % 1_000 })
    };
    let worst = chaos.worst();
    let loss = worst.loss.map(&mut share);
    let duplication = worst.duplication.map(&mut share);
    let mut reordering = worst.reordering;
    if let Some(reordering) = &mut reordering {
        reordering.share = share(reordering.share);
    }
    let corruption = worst.corruption.map(&mut share);
    Degrade { loss, duplication, reordering, corruption, ..worst }
}
