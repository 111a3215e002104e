//! Fewer operations.
//!
//! The invariant: an operation that is left begins when it did.

use super::Shrinking;
use squall_engine::ids::EventId;
use squall_engine::plan::{Plan, PlannedOperation};
use std::collections::BTreeSet;

/// How many operations before those of the evidence are tried with them.
const BEFORE: [usize; 4] = [0, 2, 8, 32];

impl Shrinking<'_, '_> {
    pub(super) fn fewer_operations(&mut self) {
        self.what = "operations";
        if self.best.operations.is_some() {
            self.minimise(listed, |plan, all| relist(plan, &all));
        }
    }

    /// Keeps those operations that the violation speaks of, with a few that end before them.
    pub(super) fn only_evidence(&mut self) {
        self.what = "evidence";
        let Some(violation) = self.violation() else { return };
        let shown: BTreeSet<EventId> =
            violation.witnesses.iter().copied().chain([violation.event]).collect();
        let history = &self.report.history;
        let told = history.iter().enumerate().filter(|(_, one)| {
            shown.contains(&one.invoked) || one.completed.is_some_and(|id| shown.contains(&id))
        });
        let told: Vec<usize> = told.map(|(place, _)| place).collect();
        let places = self.places();
        if told.is_empty() || places.len() != history.len() {
            return;
        }
        for before in BEFORE {
            let kept: BTreeSet<(usize, usize)> = told
                .iter()
                .flat_map(|place| place.saturating_sub(before)..=*place)
                .map(|place| places[place])
                .collect();
            if self.take(keeping(&self.best, &kept)) {
                return;
            }
        }
    }

    /// For each operation of the history its client and its place in the list of that.
    fn places(&self) -> Vec<(usize, usize)> {
        let mut next = vec![0; self.best.cluster.clients as usize];
        let client = |process: &str| {
            let number = process.strip_prefix('c')?.split('.').next()?;
            number.parse::<usize>().ok()?.checked_sub(1)
        };
        let place = |process: &str| {
            let client = client(process)?;
            let place = next.get_mut(client)?;
            *place += 1;
            Some((client, *place - 1))
        };
        self.report.history.iter().map(|one| one.process.as_str()).filter_map(place).collect()
    }
}

/// The plan with these operations alone.
fn keeping(plan: &Plan, kept: &BTreeSet<(usize, usize)>) -> Plan {
    let mut candidate = plan.clone();
    for (client, list) in candidate.operations.iter_mut().flatten().enumerate() {
        let mut place = 0;
        list.retain(|_| {
            place += 1;
            kept.contains(&(client, place - 1))
        });
    }
    let all = listed(&candidate);
    relist(&mut candidate, &all);
    candidate
}

/// The operations of a plan, each with the index of its client.
pub(super) fn listed(plan: &Plan) -> Vec<(usize, PlannedOperation)> {
    let lists = plan.operations.iter().flatten().enumerate();
    lists.flat_map(|(client, list)| list.iter().map(move |one| (client, one.clone()))).collect()
}

pub(super) fn relist(plan: &mut Plan, all: &[(usize, PlannedOperation)]) {
    let clients = all.iter().map(|(client, _)| client + 1).max().unwrap_or(0);
    let mut lists = vec![Vec::new(); clients];
    all.iter().for_each(|(client, one)| lists[*client].push(one.clone()));
    plan.operations = Some(lists);
}
