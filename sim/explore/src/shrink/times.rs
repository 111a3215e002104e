//! When things begin and how long they last: earlier, closer together, and in round numbers.
//!
//! The invariant: the order of faults and operations stays as it is.

use super::Shrinking;
use squall_engine::plan::Plan;
use squall_engine::scenario::fault::Fault;
use squall_engine::units::{Span, SpanRange};

/// To what numbers are rounded, coarse to fine.
const STEPS: [Span; 5] =
    [Span::secs(1), Span::millis(100), Span::millis(10), Span::millis(1), Span::micros(100)];

impl Shrinking<'_, '_> {
    /// Lets everything begin earlier: the whole run first, then each gap.
    pub(super) fn compress(&mut self) {
        self.what = "times";
        let mut at = 0;
        while let Some(from) = beginnings(&self.best).get(at).copied() {
            let before =
                at.checked_sub(1).and_then(|index| beginnings(&self.best).get(index).copied());
            let gap = from.saturating_sub(before.unwrap_or_default());
            let parts = [gap * 7 / 8, gap * 3 / 4, gap / 2, gap / 4];
            let worth = parts.into_iter().filter(|by| *by >= Span::millis(20));
            worth.into_iter().any(|by| self.take(earlier(&self.best, from, by)));
            at += 1;
            if at > 40 || self.is_spent() {
                break;
            }
        }
        self.shorter_faults();
    }

    fn shorter_faults(&mut self) {
        for index in 0..self.best.faults.len() {
            let Some(length) = self.best.faults[index].length() else { continue };
            for part in [8, 4, 2] {
                let mut candidate = self.best.clone();
                let shorter = SpanRange::exactly(length.high / part);
                candidate.faults[index].set_length(Some(shorter));
                if length.high > Span::millis(10) && self.take(candidate) {
                    break;
                }
            }
        }
    }

    /// Puts round numbers in the place of drawn ones.
    pub(super) fn round(&mut self) {
        self.what = "round numbers";
        for index in 0..self.best.faults.len() {
            self.round_one(
                |plan| {
                    let fault = &mut plan.faults[index];
                    fault.at.filter(|at| at.low == at.high).map(|at| at.low)
                },
                |plan, span| plan.faults[index].at = Some(SpanRange::exactly(span)),
            );
            self.round_one(
                |plan| plan.faults[index].length().map(|length| length.high),
                |plan, span| plan.faults[index].set_length(Some(SpanRange::exactly(span))),
            );
        }
        let lists = self.best.operations.iter().flatten().map(Vec::len).collect::<Vec<_>>();
        for (client, length) in lists.into_iter().enumerate() {
            for index in 0..length {
                self.round_one(
                    |plan| plan.operations.as_ref().and_then(|lists| lists[client][index].at),
                    |plan, span| {
                        plan.operations.iter_mut().for_each(|lists| {
                            lists[client][index].at = Some(span);
                        });
                    },
                );
                self.round_one(
                    |plan| plan.operations.as_ref().and_then(|all| all[client][index].not_before),
                    |plan, span| {
                        plan.operations.iter_mut().for_each(|lists| {
                            lists[client][index].not_before = Some(span);
                        });
                    },
                );
            }
        }
        for index in 0..self.best.overrides.len().min(40) {
            use squall_engine::plan::NamedFate;
            self.round_one(
                |plan| match plan.overrides[index].fate {
                    NamedFate::After(span) => Some(span),
                    NamedFate::Drop => None,
                },
                |plan, span| plan.overrides[index].fate = NamedFate::After(span),
            );
        }
    }

    /// Rounds one span as coarsely as it can be.
    fn round_one(&mut self, of: impl Fn(&mut Plan) -> Option<Span>, put: impl Fn(&mut Plan, Span)) {
        let Some(exact) = of(&mut self.best.clone()) else { return };
        for step in STEPS {
            let nanos = step.as_nanos();
            let down = exact.as_nanos() / nanos * nanos;
            for rounded in [down, down + nanos] {
                if rounded == exact.as_nanos() {
                    return;
                }
                let mut candidate = self.best.clone();
                put(&mut candidate, Span::nanos(rounded));
                if rounded > 0 && self.take(candidate) {
                    return;
                }
            }
        }
    }
}

/// When faults and operations begin that begin at a certain time.
fn beginnings(plan: &Plan) -> Vec<Span> {
    let faults = plan.faults.iter().filter_map(exact);
    let operations = plan.operations.iter().flatten().flatten();
    let operations = operations.filter_map(|one| one.at.or(one.not_before));
    let mut all: Vec<Span> = faults.chain(operations).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn exact(fault: &Fault) -> Option<Span> {
    fault.at.filter(|at| at.low == at.high).map(|at| at.low)
}

/// The plan in which everything from an instant on begins earlier.
fn earlier(plan: &Plan, from: Span, by: Span) -> Plan {
    let mut candidate = plan.clone();
    for fault in &mut candidate.faults {
        if let Some(at) = exact(fault).filter(|at| *at >= from) {
            fault.at = Some(SpanRange::exactly(at.saturating_sub(by)));
        }
    }
    for one in candidate.operations.iter_mut().flatten().flatten() {
        for at in [&mut one.at, &mut one.not_before].into_iter().flatten() {
            if *at >= from {
                *at = at.saturating_sub(by);
            }
        }
    }
    candidate
}
