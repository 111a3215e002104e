//! Faults of processes.

use super::Check;
use crate::scenario::error::ScenarioError;
use crate::scenario::fault::{Crash, Slow};
use crate::scenario::tree::steps;

const NOT_SLOW: &str = "expected `cpu`, `disk` or both";

impl Check<'_> {
    pub(super) fn crash(&self, index: usize, crash: &Crash) -> Result<(), ScenarioError> {
        if crash.for_good && crash.down.is_some() {
            let message = "a node that crashes for good has no `down`";
            return self.wrong_key(&steps!["faults", index, "crash", "down"], message);
        }
        Ok(())
    }

    pub(super) fn slow(&self, index: usize, slow: &Slow) -> Result<(), ScenarioError> {
        match *slow == Slow::default() {
            true => self.wrong(&steps!["faults", index, "slow"], NOT_SLOW),
            false => Ok(()),
        }
    }

    pub(super) fn chaos_slow(&self) -> Result<(), ScenarioError> {
        match &self.scenario.chaos.slow {
            Some(slow) if slow.cpu.is_none() && slow.disk.is_none() => {
                self.wrong(&steps!["chaos", "slow"], NOT_SLOW)
            }
            _ => Ok(()),
        }
    }
}
