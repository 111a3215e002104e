//! The small verifier of transactions that cannot have run one after another.
//!
//! The invariant: every order is tried, by running transactions on a map.

use super::{AnomalyFlaw, Court, wrote};
use crate::txn::{TxnOp, TxnOutcome};
use std::collections::{BTreeMap, BTreeSet};

/// How many steps the search for an order may take.
const STEPS_MAX: u32 = 1_000_000;

type Values = BTreeMap<u32, u32>;

impl Court<'_> {
    /// Accepts transactions that no serial order has all of, whichever of the others it has.
    pub(super) fn has_no_order(&self, needed: &[u32]) -> Result<(), AnomalyFlaw> {
        if needed.iter().any(|&id| self.txn(id).outcome != TxnOutcome::Committed) {
            return Err(AnomalyFlaw::Unfounded);
        }
        let needed: BTreeSet<u32> = needed.iter().copied().collect();
        let all = 0..self.history.txns.len() as u32;
        let members: Vec<u32> = all.filter(|&id| self.counts(id)).collect();
        let mut left = STEPS_MAX;
        let mut known: BTreeSet<(BTreeSet<u32>, Values)> = BTreeSet::new();
        let mut met = vec![(BTreeSet::new(), Values::new())];
        while let Some((done, values)) = met.pop() {
            if needed.is_subset(&done) {
                return Err(AnomalyFlaw::Unfounded);
            }
            for &next in members.iter().filter(|next| !done.contains(next)) {
                left = left.checked_sub(1).ok_or(AnomalyFlaw::Undecided)?;
                let Some(after) = self.run(next, &values) else { continue };
                if after == values && !needed.contains(&next) {
                    continue;
                }
                let mut then: BTreeSet<u32> = done.clone();
                then.insert(next);
                if known.insert((then.clone(), after.clone())) {
                    met.push((then, after));
                }
            }
        }
        Ok(())
    }

    /// The values of registers after a transaction, if it can have read what it did.
    fn run(&self, id: u32, values: &Values) -> Option<Values> {
        let mut values = values.clone();
        for op in &self.txn(id).ops {
            match *op {
                TxnOp::Write { key, value } => {
                    values.insert(key, value);
                }
                TxnOp::Read { key, value: Some(value) } => {
                    let written =
                        |value| self.history.txns.iter().any(|txn| wrote(txn, key, value));
                    let known = self.assume.closed || value.is_none_or(written);
                    if known && values.get(&key).copied() != value {
                        return None;
                    }
                }
                TxnOp::Read { value: None, .. } | TxnOp::Append { .. } | TxnOp::List { .. } => {}
            }
        }
        Some(values)
    }
}
