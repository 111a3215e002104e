//! The faults of a run in a line.
//!
//! The invariant: what struck and what was skipped are told apart.

use crate::words::{count, span};
use squall_engine::sim::Strike;

/// Up to so many faults are told one by one.
const APART: usize = 3;

/// `partition n1 | n2, n3 from 640 ms to 1.2 s`, or `12 partitions`, `2 skipped`: items of a list.
pub(crate) fn struck(strikes: &[Strike]) -> Vec<String> {
    let (skipped, struck): (Vec<&Strike>, Vec<&Strike>) =
        strikes.iter().partition(|strike| strike.skipped.is_some());
    let mut items = match struck.len() {
        0 => vec!["none struck".to_string()],
        1..=APART => struck.iter().map(|strike| one(strike)).collect(),
        _ => by_kind(&struck),
    };
    if !skipped.is_empty() {
        items.push(format!("{} skipped", skipped.len()));
    }
    items
}

fn one(strike: &Strike) -> String {
    let Strike { kind, whom, .. } = strike;
    let from = span(strike.at.as_nanos());
    match strike.until {
        Some(until) => format!("{kind} {whom} ({from} to {})", span(until.as_nanos())),
        None => format!("{kind} {whom} (from {from})"),
    }
}

fn by_kind(strikes: &[&Strike]) -> Vec<String> {
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for strike in strikes {
        match kinds.iter_mut().find(|(kind, _)| *kind == strike.kind) {
            Some((_, number)) => *number += 1,
            None => kinds.push((&strike.kind, 1)),
        }
    }
    kinds.into_iter().map(|(kind, number)| count(number, kind)).collect()
}
