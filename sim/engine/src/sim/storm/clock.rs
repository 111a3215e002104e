//! Faults of clocks: rates change, wall clocks jump.
//!
//! The invariant: what a fault did to a clock while it lasted is undone when it ends; timers stay
//! in local time and are put where the clock, as it goes now, will reach their deadlines.

use super::super::Sim;
use crate::clock;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::protocol::Protocol;
use crate::scenario::fault::Clock;

/// What a fault does to the clock of one node until it ends.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Held {
    fault: u32,
    node: NodeId,
    /// Parts per billion.
    drift: i64,
    /// Nanoseconds.
    offset: i64,
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Lets a fault take hold of a node's clocks.
    pub(super) fn disturb_clock(&mut self, id: NodeId, fault: u32, kind: &Clock) {
        let stream = &mut self.storm.faults[fault as usize].effect;
        let drift = kind.drift.map_or(0, |range| stream.drift(range));
        let offset = kind.offset.map_or(0, |range| stream.offset(range));
        let jump = kind.jump.map_or(0, |range| stream.offset(range));
        let clock = &mut self.nodes[id.index()].seat.clock;
        clock.jump(offset.wrapping_add(jump));
        if let Some(strobe) = kind.strobe {
            let by = stream.offset(strobe.by);
            let strobe = clock::Strobe { since: self.now, by, period: strobe.period };
            clock.strobe(fault, strobe);
        }
        self.storm.clocks.push(Held { fault, node: id, drift, offset });
        self.drift(id, drift);
    }

    /// Undoes what a fault does to clocks.
    pub(super) fn set_clocks_right(&mut self, fault: u32) {
        while let Some(at) = self.storm.clocks.iter().position(|held| held.fault == fault) {
            let Held { node, drift, offset, .. } = self.storm.clocks.remove(at);
            let clock = &mut self.nodes[node.index()].seat.clock;
            clock.jump(offset.wrapping_neg());
            clock.steady(fault);
            self.drift(node, -drift);
        }
    }

    /// A node's clocks go faster than before by so many parts per billion.
    fn drift(&mut self, id: NodeId, drift: i64) {
        if drift == 0 {
            return;
        }
        let now = self.now;
        let state = &mut self.nodes[id.index()];
        // A handler that blocks has read the clock ahead, as far as its last effect.
        let seen = state.later.back().map(|later| later.at);
        state.seat.clock.drift_by(now, drift, seen);
        self.retime(id.index());
    }
}
