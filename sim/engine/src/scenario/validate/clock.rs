//! Faults of clocks.

use super::Check;
use crate::scenario::error::ScenarioError;
use crate::scenario::fault::{Clock, Strobe};
use crate::scenario::tree::{Step, steps};
use crate::units::Span;

const NO_WAY: &str = "expected one or more of `drift`, `offset`, `jump` and `strobe`";

impl Check<'_> {
    pub(super) fn clock(&self, index: usize, clock: &Clock) -> Result<(), ScenarioError> {
        let at = steps!["faults", index, "clock"];
        if *clock == Clock::default() {
            return self.wrong(&at, NO_WAY);
        }
        self.strobe(clock.strobe, &steps!["faults", index, "clock", "strobe", "period"])
    }

    pub(super) fn chaos_clock(&self) -> Result<(), ScenarioError> {
        let Some(clock) = &self.scenario.chaos.clock else { return Ok(()) };
        if clock.ways().is_empty() {
            return self.wrong(&steps!["chaos", "clock"], NO_WAY);
        }
        self.strobe(clock.strobe, &steps!["chaos", "clock", "strobe", "period"])
    }

    fn strobe(&self, strobe: Option<Strobe>, period: &[Step]) -> Result<(), ScenarioError> {
        match strobe {
            Some(strobe) if strobe.period == Span::ZERO => {
                self.wrong(period, "a period of 0s never ends")
            }
            _ => Ok(()),
        }
    }
}
