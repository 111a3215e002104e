//! The small verifier of orders that are weaker than linearizability.
//!
//! The invariant: an order is replayed, or held against what every read had to see; nothing is
//! taken from those who found it.

use super::weak::Court;
use super::{Flaw, Weaker};
use crate::fixed::FixedMap;
use crate::history::{Completion, History};
use crate::model::Model;
use crate::verdict::{OperationIndex, Order, PartOrder};
use crate::weaker::Guarantee;
use std::collections::BTreeSet;

/// Accepts an order that shows a history to be sequentially consistent.
///
/// # Errors
/// If it does not show that.
pub fn verify_sequential<M: Model>(
    history: &History<M::Operation, M::Answer>,
    shown: &Order,
) -> Result<(), Flaw> {
    let mut last = FixedMap::default();
    let mut placed = BTreeSet::new();
    let mut state = M::initial();
    for &index in shown.parts.iter().flat_map(|part| &part.operations) {
        let operation = history.operations.get(index.get()).ok_or(Flaw::Misplaced(index))?;
        let failed = matches!(operation.completion, Completion::Failed { .. });
        if !placed.insert(index) || failed {
            return Err(Flaw::Misplaced(index));
        }
        let last = last.entry(operation.process).or_insert(index);
        // What nobody knows about may take effect after all that its process did later.
        if index < *last && operation.answer().is_some() {
            return Err(Flaw::Late(index));
        }
        *last = index.max(*last);
        state = M::step(&state, &operation.operation, operation.answer())
            .ok_or(Flaw::Refused(index))?;
    }
    missing(history, |index| placed.contains(&index))
}

/// The first completed operation that `placed` does not have.
fn missing<O, A>(
    history: &History<O, A>,
    placed: impl Fn(OperationIndex) -> bool,
) -> Result<(), Flaw> {
    let all = (0..).map(OperationIndex).zip(&history.operations);
    let mut lost = all.filter(|(index, one)| one.answer().is_some() && !placed(*index));
    lost.next().map_or(Ok(()), |(index, _)| Err(Flaw::Missing(index)))
}

/// Accepts what shows that all who read late enough saw the same: for each part who wrote it, if
/// somebody did, and who saw it.
///
/// # Errors
/// If it does not show that.
pub fn verify_converged<M: Model>(
    history: &History<M::Operation, M::Answer>,
    shown: &Order,
) -> Result<(), Flaw> {
    let court = Court::<M>::new(history, Weaker::Causal);
    let all = || (0..history.operations.len() as u32).map(OperationIndex);
    let mut common = FixedMap::default();
    for part in &shown.parts {
        let first = *part.operations.first().ok_or(Flaw::Orderable)?;
        let writer = Some(first).filter(|&first| court.wrote(first).is_some());
        common.insert(court.part(first), (writer, part.operations.iter().collect::<BTreeSet<_>>()));
    }
    for reader in all().filter(|&index| court.read(index).is_some() && court.wrote(index).is_none())
    {
        let rivals = || {
            all().filter(|&one| court.part(one) == court.part(reader) && court.wrote(one).is_some())
        };
        let began = history.operations[reader.get()].invoked;
        let ended = |one: OperationIndex| history.operations[one.get()].completed();
        if !rivals().all(|one| ended(one).is_some_and(|at| at < began)) {
            continue;
        }
        let (writer, members) = common.get(&court.part(reader)).ok_or(Flaw::Missing(reader))?;
        if !members.contains(&reader) {
            return Err(Flaw::Missing(reader));
        }
        let lost = writer.is_none() && rivals().next().is_some();
        if lost || court.source(reader) != Some(*writer) {
            return Err(Flaw::Refused(reader));
        }
    }
    Ok(())
}

/// Accepts an order that shows a history to keep a promise weaker than sequential consistency: one
/// order of all operations, for PRAM one for each process.
///
/// # Errors
/// If it does not show that.
pub fn verify_weaker<M: Model>(
    history: &History<M::Operation, M::Answer>,
    order: Weaker,
    shown: &Order,
) -> Result<(), Flaw> {
    let judge = Judge::<M>::new(history, order)?;
    match order {
        Weaker::Pram => {
            let processes: BTreeSet<_> = judge.counted().map(|at| judge.process(at)).collect();
            processes.into_iter().try_for_each(|process| {
                let name = Some(process.to_string());
                let part = shown.parts.iter().find(|part| part.part == name);
                let part = part.ok_or_else(|| Flaw::Missing(judge.first_of(process)))?;
                judge.view(process, part)
            })
        }
        Weaker::Causal | Weaker::Session(_) => match &shown.parts[..] {
            [part] => judge.order(order, part),
            _ => Err(Flaw::Orderable),
        },
    }
}

/// What every operation read and wrote, found once.
struct Judge<'h, M: Model> {
    history: &'h History<M::Operation, M::Answer>,
    parts: Vec<u64>,
    /// `None` if it read nothing, `Some(None)` if the initial value.
    sources: Vec<Option<Option<usize>>>,
    wrote: Vec<bool>,
    /// The operation before it in its process that counts.
    before: Vec<Option<usize>>,
}

impl<'h, M: Model> Judge<'h, M> {
    fn new(history: &'h History<M::Operation, M::Answer>, order: Weaker) -> Result<Self, Flaw> {
        let court = Court::<M>::new(history, order);
        let all = || (0..history.operations.len() as u32).map(OperationIndex);
        let mut sources = Vec::new();
        for index in all() {
            sources.push(match court.read(index) {
                None => None,
                Some(_) => {
                    let source = court.source(index).ok_or(Flaw::Refused(index))?;
                    Some(source.map(OperationIndex::get))
                }
            });
        }
        let wrote: Vec<bool> = all().map(|index| court.wrote(index).is_some()).collect();
        let parts = all().map(|index| court.part(index)).collect();
        let mut judge = Judge { history, parts, sources, wrote, before: Vec::new() };
        let mut last = FixedMap::default();
        for at in 0..history.operations.len() {
            let counts = judge.counts(at);
            let before = if counts { last.insert(judge.process(at), at) } else { None };
            judge.before.push(before);
        }
        Ok(judge)
    }

    fn process(&self, at: usize) -> crate::history::Process {
        self.history.operations[at].process
    }

    fn first_of(&self, process: crate::history::Process) -> OperationIndex {
        let first = self.counted().find(|&at| self.process(at) == process);
        OperationIndex(first.unwrap_or_default() as u32)
    }

    fn counts(&self, at: usize) -> bool {
        self.wrote[at] || self.sources[at].is_some()
    }

    fn counted(&self) -> impl Iterator<Item = usize> {
        (0..self.history.operations.len()).filter(|&at| self.counts(at))
    }

    /// What a process did before.
    fn earlier(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.before[at], |&at| self.before[at])
    }

    fn source(&self, at: usize) -> Option<usize> {
        self.sources[at].flatten()
    }

    /// Where each operation stands that has to be in `part`, and no other.
    fn places(
        &self,
        part: &PartOrder,
        belongs: impl Fn(usize) -> bool,
    ) -> Result<Vec<Option<usize>>, Flaw> {
        let mut places = vec![None; self.history.operations.len()];
        for (place, &index) in part.operations.iter().enumerate() {
            let own = places.get_mut(index.get()).ok_or(Flaw::Misplaced(index))?;
            if own.replace(place).is_some() || !belongs(index.get()) {
                return Err(Flaw::Misplaced(index));
            }
        }
        match self.counted().find(|&at| belongs(at) && places[at].is_none()) {
            Some(lost) => Err(Flaw::Missing(OperationIndex(lost as u32))),
            None => Ok(places),
        }
    }

    /// What one process saw: its own operations, and the writes of all.
    fn view(&self, process: crate::history::Process, part: &PartOrder) -> Result<(), Flaw> {
        let own = |at: usize| self.process(at) == process && self.counts(at);
        let places = self.places(part, |at| own(at) || self.wrote[at])?;
        let mut held: FixedMap<u64, usize> = FixedMap::default();
        for &index in &part.operations {
            let at = index.get();
            let late = |other: usize| places[other].is_some_and(|other| Some(other) > places[at]);
            if self.earlier(at).any(late) {
                return Err(Flaw::Late(index));
            }
            if let Some(source) = self.sources[at].filter(|_| own(at))
                && held.get(&self.parts[at]).copied() != source
            {
                return Err(Flaw::Refused(index));
            }
            if self.wrote[at] {
                held.insert(self.parts[at], at);
            }
        }
        Ok(())
    }

    /// One order of all, in which no read missed what it had to see.
    fn order(&self, order: Weaker, part: &PartOrder) -> Result<(), Flaw> {
        let places = self.places(part, |at| self.counts(at))?;
        let after = |one: usize, two: usize| places[one] > places[two];
        for reader in self.counted() {
            let index = OperationIndex(reader as u32);
            if self.source(reader).is_some_and(|source| after(source, reader))
                || self.needed(order, reader).into_iter().any(|one| after(one, reader))
            {
                return Err(Flaw::Late(index));
            }
            let Some(source) = self.sources[reader] else { continue };
            let missed = |other: usize| {
                let rival = self.wrote[other] && self.parts[other] == self.parts[reader];
                let replaced = source.is_none_or(|source| after(other, source));
                rival && other != reader && Some(other) != source && replaced
            };
            if self.seen(order, reader).into_iter().any(missed) {
                return Err(Flaw::Refused(index));
            }
        }
        Ok(())
    }

    /// What the order has to have before an operation, besides what it read.
    fn needed(&self, order: Weaker, at: usize) -> Vec<usize> {
        let earlier = self.earlier(at);
        match order {
            Weaker::Causal => earlier.collect(),
            Weaker::Session(Guarantee::MonotonicWrites) if self.wrote[at] => {
                earlier.filter(|&one| self.wrote[one]).collect()
            }
            Weaker::Session(Guarantee::WritesFollowReads) if self.wrote[at] => {
                earlier.filter_map(|one| self.source(one)).collect()
            }
            Weaker::Pram | Weaker::Session(_) => Vec::new(),
        }
    }

    /// What a read had to see.
    fn seen(&self, order: Weaker, reader: usize) -> BTreeSet<usize> {
        let earlier = || self.earlier(reader);
        let shown = || earlier().chain([reader]).filter_map(|one| self.source(one));
        match order {
            Weaker::Causal => {
                let mut past = BTreeSet::new();
                let mut left = vec![reader];
                while let Some(at) = left.pop() {
                    let direct = self.before[at].into_iter().chain(self.source(at));
                    left.extend(direct.filter(|&one| past.insert(one)));
                }
                past
            }
            Weaker::Pram => BTreeSet::new(),
            Weaker::Session(Guarantee::ReadYourWrites) => earlier().collect(),
            Weaker::Session(Guarantee::MonotonicReads) => {
                earlier().filter_map(|one| self.source(one)).collect()
            }
            Weaker::Session(Guarantee::MonotonicWrites) => {
                shown().flat_map(|writer| self.earlier(writer)).collect()
            }
            Weaker::Session(Guarantee::WritesFollowReads) => {
                let read = |writer| self.earlier(writer).filter_map(|one| self.source(one));
                shown().flat_map(read).collect()
            }
        }
    }
}
