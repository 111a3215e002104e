//! Faults of a run that leaves its seed.
//!
//! The invariant: a fault that has begun goes on as it was decided; one that has not begins at
//! another time only if its time is drawn, and never in the past.

use super::{Phase, Sim};
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::Time;
use crate::protocol::Protocol;
use crate::stream::{StreamKind, name_id};
use crate::units::SpanRange;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Begins the streams of every fault anew, and draws again when those begin that have not.
    pub(in crate::sim) fn draw_faults_anew(&mut self) {
        let now = self.now.since(Time::ZERO);
        for index in 0..self.plan.faults.len() as u32 {
            let fault = &self.plan.faults[index as usize];
            let decider = &mut self.decider;
            let mut stream = |name: &str| decider.stream(StreamKind::Fault, name_id(name));
            let state = &mut self.storm.faults[index as usize];
            state.timing = stream(&fault.name);
            state.stream = stream(&format!("{} whom", fault.name));
            state.effect = stream(&format!("{} what", fault.name));
            let drawn = fault.at.filter(|at| at.low < at.high && at.high > now);
            if let Some(at) = drawn.filter(|_| state.phase == Phase::Planned) {
                let rest = SpanRange::new(at.low.max(now), at.high);
                let at = Time::ZERO + self.draw(index, rest);
                self.schedule_fault(index, at);
            }
        }
    }
}
