//! The log in memory: terms, indexes, entries, and the questions that the protocol asks of them.
//!
//! The invariant: entries are numbered from 1 without gaps; [`Log::cut`] alone removes any at the
//! end, [`Log::compact`] those that a snapshot holds.

use super::message::words;
use squall::prelude::*;
use std::fmt;
use std::ops::{Add, AddAssign};

/// The number of a term, from 1; 0 before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Term(u64);

impl Term {
    /// The term after this one.
    #[must_use]
    pub const fn next(self) -> Term {
        Term(self.0 + 1)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of an entry, from 1; 0 for the place before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Index(u64);

impl Index {
    /// The place before the first entry.
    pub const ZERO: Index = Index(0);

    /// The index after this one.
    #[must_use]
    pub const fn next(self) -> Index {
        Index(self.0 + 1)
    }

    /// The index before this one, or zero.
    #[must_use]
    pub const fn previous(self) -> Index {
        Index(self.0.saturating_sub(1))
    }

    /// How many entries a log up to this index has.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0
    }
}

impl Add<u64> for Index {
    type Output = Index;
    fn add(self, count: u64) -> Index {
        Index(self.0 + count)
    }
}

impl AddAssign<u64> for Index {
    fn add_assign(&mut self, count: u64) {
        self.0 += count;
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a log stands: the term and index of an entry. The order is that of §3.6.1: of two logs
/// the one that ends at the greater position is more up-to-date.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The term of the entry.
    pub term: Term,
    /// Its index.
    pub index: Index,
}

impl fmt::Debug for Position {
    /// Index and term, `12@3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.index, self.term)
    }
}

/// An entry of the log. Its index is its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The term of the leader that made it.
    pub term: Term,
    /// What it says.
    pub command: Command,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in term {}", self.command, self.term)
    }
}

/// What an entry says to the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Command {
    /// Nothing: the first entry of every leader (§6.4).
    Noop,
    /// An operation of a client's session (§6.3).
    Operate {
        /// The session.
        session: Process,
        /// The number of the operation in its session.
        number: u64,
        /// The operation.
        operation: KvOp,
    },
    /// A change of the cluster (§4.1).
    Change(Change),
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Noop => f.write_str("no-op"),
            Command::Operate { session, operation, .. } => write!(f, "{session}'s {operation}"),
            Command::Change(change) => f.write_str(&words(*change)),
        }
    }
}

/// Why a log does not take what follows a position, so that the leader finds back fast (§3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conflict {
    /// The term of the entry that stands in the way; `None` if the log is too short.
    pub term: Option<Term>,
    /// The first entry of that term, or the first that is missing.
    pub first: Index,
}

/// A log in memory: what a snapshot does not hold.
#[derive(Debug, Default)]
pub struct Log {
    /// The last entry that is gone because a snapshot holds it (§5.1).
    base: Position,
    entries: Vec<Entry>,
    cuts: u64,
    last_cut: Index,
}

impl Log {
    /// A log of these entries, which follow `base`.
    #[must_use]
    pub fn of(base: Position, entries: Vec<Entry>) -> Log {
        Log { base, entries, cuts: 0, last_cut: Index::ZERO }
    }

    /// The position of the last entry that was compacted away; zero if none was.
    #[must_use]
    pub fn base(&self) -> Position {
        self.base
    }

    /// The position of the last entry.
    #[must_use]
    pub fn last(&self) -> Position {
        self.position(self.base.index + self.entries.len() as u64)
    }

    /// An entry, if the log has it.
    #[must_use]
    pub fn entry(&self, index: Index) -> Option<&Entry> {
        let place = index.0.checked_sub(self.base.index.0 + 1)?;
        self.entries.get(usize::try_from(place).ok()?)
    }

    /// The term of an entry, or of the last one that was compacted; that of index zero is zero.
    #[must_use]
    pub fn term(&self, index: Index) -> Option<Term> {
        match index {
            index if index == self.base.index => Some(self.base.term),
            index => self.entry(index).map(|entry| entry.term),
        }
    }

    /// The position of an entry that the log has.
    ///
    /// # Panics
    /// If the log does not have it.
    #[must_use]
    pub fn position(&self, index: Index) -> Position {
        let term = self.term(index).expect("a position is asked for within the log");
        Position { term, index }
    }

    /// At most `limit` entries from `first` on, or from the first that the log still has.
    #[must_use]
    pub fn from(&self, first: Index, limit: u64) -> &[Entry] {
        let length = self.entries.len() as u64;
        let start = first.0.saturating_sub(self.base.index.0 + 1).min(length);
        let end = start.saturating_add(limit).min(length);
        &self.entries[start as usize..end as usize]
    }

    /// Why entries that follow `previous` cannot be appended here; `None` if they can. What was
    /// compacted is committed, so every leader has the same.
    #[must_use]
    pub fn conflict(&self, previous: Position) -> Option<Conflict> {
        if previous.index < self.base.index {
            return None;
        }
        let Some(term) = self.term(previous.index) else {
            return Some(Conflict { term: None, first: self.last().index.next() });
        };
        let before = || self.entries.partition_point(|entry| entry.term < term) as u64;
        let first = || self.base.index + before() + 1;
        (term != previous.term).then(|| Conflict { term: Some(term), first: first() })
    }

    /// Where a leader with this log goes on after a follower's conflict: behind its own last entry
    /// of the conflicting term, or where the follower's term begins.
    #[must_use]
    pub fn after(&self, conflict: Conflict) -> Index {
        let Some(term) = conflict.term else { return conflict.first };
        let upto = self.entries.partition_point(|entry| entry.term <= term) as u64;
        let end = self.base.index + upto;
        if self.term(end) == Some(term) { end.next() } else { conflict.first }
    }

    /// Adds an entry at the end.
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Removes all entries from `first` on.
    pub(super) fn cut(&mut self, first: Index) {
        self.entries.truncate(first.0.saturating_sub(self.base.index.0 + 1) as usize);
        self.cuts += 1;
        self.last_cut = first;
    }

    /// Removes what a snapshot up to `last` holds. Entries that follow stay if they follow that
    /// entry; else all go (figure 5.3, rules 6 and 7).
    pub(super) fn compact(&mut self, last: Position) {
        if self.term(last.index) == Some(last.term) {
            self.entries.drain(..(last.index.0 - self.base.index.0) as usize);
        } else {
            self.cut(self.base.index.next());
        }
        self.base = last;
    }

    /// How often entries were removed since boot, and from which on the last time.
    #[must_use]
    pub fn cuts(&self) -> (u64, Index) {
        (self.cuts, self.last_cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log whose entries have these terms.
    fn log(terms: &[u64]) -> Log {
        let entry = |term: &u64| Entry { term: Term(*term), command: Command::Noop };
        Log::of(Position::default(), terms.iter().map(entry).collect())
    }

    fn position(index: u64, term: u64) -> Position {
        Position { term: Term(term), index: Index(index) }
    }

    #[test]
    fn the_log_with_the_later_last_term_is_more_up_to_date_else_the_longer() {
        assert!(position(3, 2) > position(9, 1));
        assert!(position(4, 2) > position(3, 2));
        assert_eq!(log(&[1, 1, 2]).last(), position(3, 2));
    }

    #[test]
    fn entries_fit_behind_a_position_that_the_log_has() {
        let log = log(&[1, 1, 2]);
        assert_eq!(log.conflict(position(0, 0)), None);
        assert_eq!(log.conflict(position(2, 1)), None);
        let short = Conflict { term: None, first: Index(4) };
        assert_eq!(log.conflict(position(5, 2)), Some(short));
        let other = Conflict { term: Some(Term(1)), first: Index(1) };
        assert_eq!(log.conflict(position(2, 2)), Some(other));
    }

    /// Figure 7 of the Raft paper: the leader, and followers a to f.
    #[test]
    fn a_leader_finds_back_with_one_rejection_per_conflicting_term() {
        let leader = log(&[1, 1, 1, 4, 4, 5, 5, 6, 6, 6]);
        let cases: [(&[u64], &[u64]); 6] = [
            (&[1, 1, 1, 4, 4, 5, 5, 6, 6], &[10]),
            (&[1, 1, 1, 4], &[5]),
            (&[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], &[]),
            (&[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], &[]),
            (&[1, 1, 1, 4, 4, 4, 4], &[8, 6]),
            (&[1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], &[7, 4]),
        ];
        for (terms, want) in cases {
            let (follower, mut next, mut tried) = (log(terms), leader.last().index.next(), vec![]);
            while let Some(conflict) = follower.conflict(leader.position(next.previous())) {
                next = leader.after(conflict).min(next.previous());
                tried.push(next.count());
            }
            assert_eq!(tried, want, "a follower with terms {terms:?}");
        }
    }

    #[test]
    fn a_cut_removes_the_tail_and_is_counted() {
        let mut log = log(&[1, 1, 2]);
        log.cut(Index(2));
        assert_eq!((log.last(), log.cuts()), (position(1, 1), (1, Index(2))));
        assert_eq!(log.from(Index(1), 9).len(), 1);
        assert!(log.from(Index(2), 9).is_empty());
    }

    #[test]
    fn a_snapshot_takes_the_place_of_a_prefix() {
        let mut log = log(&[1, 1, 2, 2, 3]);
        log.compact(position(3, 2));
        assert_eq!((log.base(), log.last()), (position(3, 2), position(5, 3)));
        assert_eq!((log.term(Index(2)), log.term(Index(3))), (None, Some(Term(2))));
        assert_eq!(log.from(Index(4), 9).len(), 2);
        assert_eq!(log.conflict(position(2, 1)), None);
        assert_eq!(log.conflict(position(3, 2)), None);
        let other = Conflict { term: Some(Term(2)), first: Index(4) };
        assert_eq!(log.conflict(position(4, 1)), Some(other));
        assert_eq!(log.after(Conflict { term: Some(Term(2)), first: Index(2) }), Index(5));
        assert_eq!(log.after(Conflict { term: Some(Term(1)), first: Index(1) }), Index(1));
        assert_eq!(log.cuts().0, 0);
    }

    #[test]
    fn a_log_without_the_last_entry_of_a_snapshot_is_discarded() {
        for last in [position(2, 4), position(9, 4)] {
            let mut log = log(&[1, 1, 2]);
            log.compact(last);
            assert_eq!((log.base(), log.last(), log.cuts().0), (last, last, 1));
        }
    }
}
