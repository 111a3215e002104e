//! Priorities of links, after the priorities that probabilistic concurrency testing gives to chains
//! of messages (Ozkan, Majumdar, Niksic, Befrouei and Weissenbacher, OOPSLA 2018).
//!
//! The invariant: all that is drawn stands in the plan, so that it is run again as it was. Here a
//! chain is what travels on one link, and a low priority is a long wait, since timers never leave
//! a run without something to do; so the bound that the paper proves does not carry over.

use super::{Strategy, Task};
use crate::sweep::Lane;
use squall_engine::plan::Plan;
use squall_engine::scenario::ScenarioError;
use squall_engine::scenario::tables::Priorities;
use squall_engine::stream::{Stream, StreamKind};
use squall_engine::units::Span;
use std::num::NonZeroU64;

/// The most messages that make their link the slowest.
const CHANGES_MAX: u64 = 4;
/// Those are among the first 2 to the power of this.
const MESSAGES_LOG_MAX: u64 = 16;
/// The lowest priority waits a millisecond, times 2 to the power of a number below this.
const HOLD_LOG_MAX: u64 = 10;

/// Seeds as they are, and priorities that each draws.
pub(super) struct Prioritised;

impl Strategy for Prioritised {
    fn plan(&self, lane: &Lane<'_>, task: Task) -> Result<Option<Plan>, ScenarioError> {
        let mut plan = lane.planner.plan(task.seed)?;
        plan.network.priorities = Some(drawn(task.seed));
        Ok(Some(plan))
    }
}

fn drawn(seed: u64) -> Priorities {
    let mut stream = Stream::named(seed, StreamKind::Chaos, "priorities");
    let hold = Span::millis(1 << stream.below(HOLD_LOG_MAX));
    let changes = stream.below(CHANGES_MAX + 1);
    let message = |stream: &mut Stream| {
        let most = 1_u64 << (stream.below(MESSAGES_LOG_MAX) + 1);
        NonZeroU64::MIN.saturating_add(stream.below(most))
    };
    let demote = (0..changes).map(|_| message(&mut stream)).collect();
    Priorities { hold, order: seed, demote }
}
