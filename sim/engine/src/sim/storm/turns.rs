//! Partitions that change while they last: each change is a turn of the same fault.
//!
//! The invariant: a turn is an event, and what it draws comes from the fault's own stream.

use super::super::{Sim, What};
use super::targets::Resolved;
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::Host;
use crate::ids::NodeId;
use crate::network::Cut;
use crate::protocol::Protocol;
use crate::scenario::fault::{ClientSide, Fault, FaultKind, Shape};
use crate::units::SpanRange;

/// How a cut goes on.
pub(super) struct Turns {
    period: SpanRange,
    clients: ClientSide,
    way: Way,
}

enum Way {
    /// The cut comes and goes.
    Flapping { cut: Cut, whole: bool },
    /// Each of these is cut off in turn.
    Rolling { order: Vec<NodeId>, next: usize },
    /// Some of these are cut off one by one, and let back one by one.
    Swizzle { pool: Vec<NodeId>, all: bool, to_cut: Vec<NodeId>, out: Vec<NodeId> },
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Schedules the first turn of a cut that changes. The cut that stands is its first phase.
    pub(super) fn begin_turns(&mut self, index: u32, fault: &Fault, resolved: &Resolved) {
        let (FaultKind::Partition(partition), Resolved::Cut { cut, pool, .. }) =
            (fault.kind(), resolved)
        else {
            return;
        };
        let Some(period) = partition.phases() else { return };
        let way = match partition.shape {
            Some(Shape::Rolling) => Way::Rolling { order: pool.clone(), next: 0 },
            Some(Shape::Swizzle) => self.swizzle(index, pool.clone(), partition.among.is_some()),
            _ => Way::Flapping { cut: cut.clone(), whole: false },
        };
        let turns = Turns { period, clients: partition.clients, way };
        self.storm.faults[index as usize].turns = Some(turns);
        self.schedule_turn(index, period);
    }

    /// The first round, in which the last of the pool is cut off already.
    fn swizzle(&mut self, index: u32, pool: Vec<NodeId>, all: bool) -> Way {
        let mut to_cut = self.round(index, &pool, all);
        let out = to_cut.pop().into_iter().collect();
        Way::Swizzle { pool, all, to_cut, out }
    }

    /// The last of the pool, up to all of it.
    fn round(&mut self, index: u32, pool: &[NodeId], all: bool) -> Vec<NodeId> {
        let stream = &mut self.storm.faults[index as usize].stream;
        let count = stream.below(pool.len() as u64) as usize;
        pool[if all { 0 } else { count }..].to_vec()
    }

    fn schedule_turn(&mut self, index: u32, period: SpanRange) {
        let after = self.storm.faults[index as usize].effect.span(period);
        self.schedule(self.now + after, What::Turn { fault: index });
    }

    /// A cut goes into its next phase.
    pub(in super::super) fn turn(&mut self, index: u32) {
        let Some(mut turns) = self.storm.faults[index as usize].turns.take() else { return };
        let next = match &mut turns.way {
            Way::Flapping { cut, whole } => {
                *whole = !*whole;
                (!*whole).then(|| cut.clone())
            }
            Way::Rolling { order, next } => {
                let node = order[*next];
                *next = (*next + 1) % order.len();
                self.apart(&[node], turns.clients)
            }
            Way::Swizzle { pool, all, to_cut, out } => {
                let stream = &mut self.storm.faults[index as usize].stream;
                if let Some(node) = to_cut.pop() {
                    out.push(node);
                } else if !out.is_empty() {
                    out.swap_remove(stream.below(out.len() as u64) as usize);
                }
                if to_cut.is_empty() && out.is_empty() {
                    stream.shuffle(pool);
                    *to_cut = self.round(index, pool, *all);
                }
                self.apart(out, turns.clients)
            }
        };
        self.network.heal(index);
        let words = next.as_ref().map_or("whole".to_string(), |cut| self.cut_words(cut));
        if let Some(cut) = next {
            self.network.cut(index, cut);
        }
        let state = &self.storm.faults[index as usize];
        let (begun, id) = (state.begun, state.id);
        let name = &self.plan.faults[index as usize].name;
        let text = self.watched.then(|| format!("{name} turns: {words}").into_boxed_str());
        self.emit(None, EventKind::Turn { fault: index }, begun, id, text);
        self.schedule_turn(index, turns.period);
        self.storm.faults[index as usize].turns = Some(turns);
    }

    fn apart(&self, nodes: &[NodeId], clients: ClientSide) -> Option<Cut> {
        match self.isolated(nodes.to_vec(), clients) {
            Resolved::Cut { cut, .. } if !nodes.is_empty() => Some(cut),
            _ => None,
        }
    }
}
