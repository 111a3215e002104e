//! The small verifier of circles in orders weaker than linearizability.
//!
//! The invariant: every link is justified anew from what operations say of values and processes,
//! and from links before it alone.

use super::Flaw;
use crate::history::{Completion, History};
use crate::model::{Access, Content, Model};
use crate::verdict::{Evidence, Link, OperationIndex, Why};
use crate::weaker::Guarantee;
use std::collections::BTreeSet;

/// An order that may be weaker than linearizability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weaker {
    /// Causal consistency.
    Causal,
    /// PRAM.
    Pram,
    /// One session guarantee.
    Session(Guarantee),
}

/// Accepts the links of evidence that show a history not to keep `order`.
///
/// # Errors
/// If they do not show that.
pub fn verify_links<M: Model>(
    history: &History<M::Operation, M::Answer>,
    order: Weaker,
    evidence: &Evidence,
) -> Result<(), Flaw> {
    let court = Court::<M>::new(history, order);
    if evidence.links.is_empty() {
        let shown = evidence.unexplained;
        let unwritten = court.read(shown).is_some() && court.source(shown).is_none();
        return unwritten.then_some(()).ok_or(Flaw::Orderable);
    }
    let mut known: Vec<(usize, usize)> = Vec::new();
    // PRAM is about what one process sees: that of whoever reads.
    let viewer = evidence.links.iter().find_map(|link| match link.why {
        Why::ReadsFrom => Some(link.to),
        Why::Visible(reader) => Some(reader),
        Why::Initial | Why::Later => Some(link.from),
        Why::Session | Why::Follows(_) | Why::Seen => None,
    });
    for link in &evidence.links {
        if !court.holds(link, &known, viewer) {
            return Err(Flaw::Misplaced(link.to));
        }
        known.push((link.from.get(), link.to.get()));
    }
    let cyclic = known.iter().any(|&(from, to)| reach(to, &known).contains(&from));
    cyclic.then_some(()).ok_or(Flaw::Orderable)
}

/// Everything that can be reached from `start`, itself included.
fn reach(start: usize, known: &[(usize, usize)]) -> BTreeSet<usize> {
    let mut met = BTreeSet::from([start]);
    let mut left = vec![start];
    while let Some(here) = left.pop() {
        for &(_, to) in known.iter().filter(|pair| pair.0 == here) {
            if met.insert(to) {
                left.push(to);
            }
        }
    }
    met
}

pub(super) struct Court<'h, M: Model> {
    history: &'h History<M::Operation, M::Answer>,
    order: Weaker,
}

impl<'h, M: Model> Court<'h, M> {
    pub(super) fn new(history: &'h History<M::Operation, M::Answer>, order: Weaker) -> Self {
        Court { history, order }
    }

    fn access(&self, index: OperationIndex) -> Access<'h> {
        let operation = &self.history.operations[index.get()];
        match operation.completion {
            Completion::Failed { .. } => Access::Opaque,
            Completion::Ok { .. } | Completion::Unknown => {
                M::access(&operation.operation, operation.answer())
            }
        }
    }

    pub(super) fn part(&self, index: OperationIndex) -> u64 {
        M::partition(&self.history.operations[index.get()].operation)
    }

    pub(super) fn read(&self, index: OperationIndex) -> Option<Option<Content<'h>>> {
        let answered = self.history.operations[index.get()].answer().is_some();
        match self.access(index) {
            Access::Read(value) => Some(value),
            Access::Swap { expected, .. } if answered => Some(expected),
            Access::Swap { .. } | Access::Opaque | Access::Look | Access::Write(_) => None,
        }
    }

    pub(super) fn wrote(&self, index: OperationIndex) -> Option<Option<Content<'h>>> {
        match self.access(index) {
            Access::Write(value) | Access::Swap { new: value, .. } => Some(value),
            Access::Opaque | Access::Look | Access::Read(_) => None,
        }
    }

    fn all(&self) -> impl Iterator<Item = OperationIndex> + use<M> {
        (0..self.history.operations.len() as u32).map(OperationIndex)
    }

    /// Who wrote what was read: `Some(None)` if it is the initial value, `None` if nobody did.
    pub(super) fn source(&self, reader: OperationIndex) -> Option<Option<OperationIndex>> {
        let read = self.read(reader)?;
        let operation = &self.history.operations[reader.get()];
        let writer = self.all().find(|&other| {
            self.part(other) == self.part(reader) && self.wrote(other) == Some(read)
        });
        let initially =
            || M::step(&M::initial(), &operation.operation, operation.answer()).is_some();
        writer.map(Some).or_else(|| initially().then_some(None))
    }

    fn reads_from(&self, from: OperationIndex, to: OperationIndex) -> bool {
        self.source(to) == Some(Some(from))
    }

    /// Whether one process made both, in this order.
    fn session(&self, from: OperationIndex, to: OperationIndex) -> bool {
        let process = |index: OperationIndex| self.history.operations[index.get()].process;
        from < to && process(from) == process(to)
    }

    fn is_own(&self, index: OperationIndex, viewer: Option<OperationIndex>) -> bool {
        viewer.is_some_and(|viewer| {
            viewer == index || self.session(viewer, index) || self.session(index, viewer)
        })
    }

    fn holds(&self, link: &Link, known: &[(usize, usize)], viewer: Option<OperationIndex>) -> bool {
        let Link { from, to, why } = *link;
        let pram = self.order == Weaker::Pram;
        let rivals = |reader| self.part(reader) == self.part(from) && self.wrote(from).is_some();
        match why {
            Why::Session => {
                let seen = |index| self.is_own(index, viewer) || self.wrote(index).is_some();
                let counts = match self.order {
                    Weaker::Causal => true,
                    Weaker::Pram => seen(from) && seen(to),
                    Weaker::Session(guarantee) => {
                        guarantee == Guarantee::MonotonicWrites
                            && self.wrote(from).is_some()
                            && self.wrote(to).is_some()
                    }
                };
                counts && self.session(from, to)
            }
            Why::ReadsFrom => self.reads_from(from, to) && (!pram || self.is_own(to, viewer)),
            Why::Follows(reader) => {
                self.order == Weaker::Session(Guarantee::WritesFollowReads)
                    && self.wrote(to).is_some()
                    && self.session(reader, to)
                    && self.reads_from(from, reader)
            }
            Why::Visible(reader) => {
                from != to
                    && from != reader
                    && rivals(reader)
                    && self.reads_from(to, reader)
                    && self.sees(reader, from, known, viewer)
            }
            Why::Seen => rivals(to) && !pram && self.sees(to, from, known, viewer),
            Why::Initial => {
                self.source(from) == Some(None)
                    && self.part(from) == self.part(to)
                    && self.wrote(to).is_some()
                    && (!pram || self.is_own(from, viewer))
            }
            Why::Later => {
                let source = self.source(from).flatten();
                pram && self.is_own(from, viewer)
                    && self.part(from) == self.part(to)
                    && self.wrote(to).is_some()
                    && source.is_some_and(|writer| {
                        writer != to && reach(writer.get(), known).contains(&to.get())
                    })
            }
        }
    }

    /// Whether `reader` has to see `other`.
    fn sees(
        &self,
        reader: OperationIndex,
        other: OperationIndex,
        known: &[(usize, usize)],
        viewer: Option<OperationIndex>,
    ) -> bool {
        let before = |of: OperationIndex| self.all().filter(move |&one| self.session(one, of));
        let shown = || before(reader).chain([reader]).filter_map(|one| self.source(one).flatten());
        match self.order {
            Weaker::Causal => {
                let mut past = BTreeSet::from([reader]);
                let mut left = vec![reader];
                while let Some(here) = left.pop() {
                    let source = self.source(here).flatten();
                    left.extend(before(here).chain(source).filter(|&one| past.insert(one)));
                }
                past.contains(&other)
            }
            Weaker::Pram => {
                self.is_own(reader, viewer)
                    && (reach(other.get(), known).contains(&reader.get())
                        || self.session(other, reader))
            }
            Weaker::Session(Guarantee::ReadYourWrites) => self.session(other, reader),
            Weaker::Session(Guarantee::MonotonicReads) => {
                before(reader).any(|one| self.reads_from(other, one))
            }
            Weaker::Session(Guarantee::MonotonicWrites) => {
                shown().any(|writer| self.session(other, writer))
            }
            Weaker::Session(Guarantee::WritesFollowReads) => {
                shown().any(|writer| before(writer).any(|one| self.reads_from(other, one)))
            }
        }
    }
}
