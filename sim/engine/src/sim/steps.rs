//! Steps: the disk effects and sends of a node, counted since the run began, before and after which
//! faults may strike.
//!
//! The invariant: a step is counted when it is taken; one that a crash drops is not.

use super::Sim;
use crate::decider::Decider;
use crate::effect::Effect;
use crate::host::{Host, MessageOf, TimerOf};
use crate::ids::EventId;
use crate::protocol::Protocol;

/// What became of a node before one of its steps.
pub(super) enum Struck {
    /// Nothing: the step is taken.
    Not,
    /// It was paused: the step is taken when it goes on.
    Paused,
    /// It crashed: the step is never taken.
    Down,
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Counts a step, unless a fault that waits for it strikes first.
    #[inline]
    pub(super) fn strike(
        &mut self,
        node: usize,
        effect: &Effect<MessageOf<P>, TimerOf<P>>,
    ) -> Struck {
        if !effect.is_step() {
            return Struck::Not;
        }
        if !self.waits_for_steps(node) {
            self.nodes[node].steps += 1;
            return Struck::Not;
        }
        self.strike_before(node, effect)
    }

    /// Whether a fault waits for a step of this node.
    #[inline]
    pub(super) fn waits_for_steps(&self, node: usize) -> bool {
        !self.nodes[node].strikes.is_empty() || self.storm.waits_for_points()
    }

    #[cold]
    fn strike_before(&mut self, node: usize, effect: &Effect<MessageOf<P>, TimerOf<P>>) -> Struck {
        let step = self.nodes[node].steps + 1;
        self.strike_at(node, 2 * step);
        if let Some(passed) = self.passed(effect) {
            self.pass(node, &passed, false);
        }
        let struck = self.struck(node);
        if matches!(struck, Struck::Not) {
            self.nodes[node].steps = step;
        }
        struck
    }

    /// Lets the faults begin that wait for this place among a node's steps.
    #[inline]
    fn strike_at(&mut self, node: usize, place: u64) {
        while let Some((_, fault)) = self.nodes[node].strikes.pop_if(|(at, _)| *at <= place) {
            self.begin_fault(fault);
        }
    }

    #[inline]
    fn struck(&self, node: usize) -> Struck {
        let state = &self.nodes[node];
        match (state.up, state.paused_at) {
            (false, _) => Struck::Down,
            (true, Some(_)) => Struck::Paused,
            (true, None) => Struck::Not,
        }
    }

    /// Performs an effect; after a step faults may strike that wait for it.
    #[inline]
    pub(super) fn take_step(
        &mut self,
        node: usize,
        effect: Effect<MessageOf<P>, TimerOf<P>>,
        event: EventId,
    ) -> Struck {
        if !self.waits_for_steps(node) || !effect.is_step() {
            self.perform(node, effect, event);
            return self.struck(node);
        }
        self.strike_after(node, effect, event)
    }

    #[cold]
    fn strike_after(
        &mut self,
        node: usize,
        effect: Effect<MessageOf<P>, TimerOf<P>>,
        event: EventId,
    ) -> Struck {
        let passed = self.passed(&effect);
        self.perform(node, effect, event);
        self.strike_at(node, 2 * self.nodes[node].steps + 1);
        if let Some(passed) = passed {
            self.pass(node, &passed, true);
        }
        self.struck(node)
    }
}
