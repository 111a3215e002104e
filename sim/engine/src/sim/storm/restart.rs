//! Orderly restarts: nodes stop, one after another or at once, and boot with what they are given.
//!
//! The invariant: a node keeps the configuration of its last restart; the others keep theirs.

use super::super::{Sim, What};
use super::Phase;
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::NodeId;
use crate::protocol::Protocol;
use serde_json::{Map, Value};
use std::collections::VecDeque;

/// A restart under way.
#[derive(Debug)]
pub(in crate::sim) struct Roll {
    pub(super) fault: u32,
    /// Nodes that are still to be stopped.
    waiting: VecDeque<NodeId>,
    /// How many are stopped.
    down: u32,
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// A node is to be restarted by this fault.
    pub(super) fn await_restart(&mut self, node: NodeId, fault: u32) {
        if !self.storm.rolls.iter().any(|roll| roll.fault == fault) {
            self.storm.rolls.push(Roll { fault, waiting: VecDeque::new(), down: 0 });
        }
        let roll = self.storm.rolls.iter_mut().find(|roll| roll.fault == fault);
        roll.expect("it was put there").waiting.push_back(node);
    }

    /// Stops the next node of a restart, or all of them if there is no gap between them.
    pub(in crate::sim) fn roll(&mut self, fault: u32) {
        let Some(restart) = self.plan.faults[fault as usize].restart.clone() else { return };
        while let Some(roll) = self.storm.rolls.iter_mut().find(|roll| roll.fault == fault) {
            let Some(node) = roll.waiting.pop_front() else { return };
            roll.down += 1;
            let more = !roll.waiting.is_empty();
            let state = &mut self.storm.faults[fault as usize];
            let (down, cause) = (state.effect.span(restart.down), state.begun);
            self.configure(node, &restart.config);
            self.stop_process(node, cause);
            self.nodes[node.index()].held_by.push(fault);
            self.schedule(self.now + down, What::Back { fault, node: node.raw() });
            if let Some(gap) = restart.gap.filter(|_| more) {
                self.schedule(self.now + gap, What::Roll { fault });
                return;
            }
        }
    }

    /// A node has been stopped for long enough.
    pub(in crate::sim) fn come_back(&mut self, fault: u32, node: usize) {
        let Some(roll) = self.storm.rolls.iter_mut().find(|roll| roll.fault == fault) else {
            return;
        };
        roll.down -= 1;
        let over = roll.down == 0 && roll.waiting.is_empty();
        let cause = self.storm.faults[fault as usize].begun;
        self.let_go_of(node, fault, cause);
        if over && self.storm.faults[fault as usize].phase == Phase::Active {
            self.end_fault(fault);
        }
    }

    /// Gives a node another configuration for its next boot: what it has, with these keys changed.
    fn configure(&mut self, node: NodeId, keys: &std::collections::BTreeMap<String, Value>) {
        if keys.is_empty() {
            return;
        }
        let mut config = match self.nodes[node.index()].config {
            None => self.plan.config.clone(),
            Some(at) => self.storm.configs[at as usize].0.clone(),
        };
        let over = keys.iter().map(|(key, value)| (key.clone(), value.clone()));
        overlay(&mut config, &Value::Object(over.collect::<Map<String, Value>>()));
        let typed = serde_json::from_value(config.clone());
        let typed = typed.expect("the configurations of restarts were checked with the scenario");
        self.nodes[node.index()].config = Some(self.storm.configs.len() as u32);
        self.storm.configs.push((config, typed));
    }
}

/// Puts the keys of another table in place of those here, within nested tables as well.
fn overlay(config: &mut Value, over: &Value) {
    match (config, over) {
        (Value::Object(table), Value::Object(over)) => {
            for (key, value) in over {
                overlay(table.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (config, over) => *config = over.clone(),
    }
}
