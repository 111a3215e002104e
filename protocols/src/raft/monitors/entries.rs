//! Promises about entries: where they stand, who has them, and on how many disks.
//!
//! The invariant: what a snapshot holds was seen at rest in some log before, since a server at
//! rest has applied an entry before a step of its own compacts it.

use super::{Cluster, Members, PerNode, Verdict, rested};
use crate::raft::log::{Command, Entry, Index, Log, Term};
use crate::raft::replica::Replica;
use crate::raft::storage::durable_log;
use squall::prelude::*;
use std::collections::BTreeMap;

/// What stands where in any log: by index and term, the entry and the term before it. If every
/// pair has one meaning everywhere, equal pairs have equal logs before them, by induction.
#[derive(Default)]
pub(super) struct Logs {
    meanings: BTreeMap<(Index, Term), (Term, Command, NodeId)>,
    checked: PerNode<Checked>,
}

/// How far a server's log was looked at, and how often it had been cut then.
#[derive(Default)]
struct Checked {
    to: Index,
    cuts: u64,
}

impl Logs {
    pub(super) fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Verdict {
        if let Moment::Down(id) = moment {
            *self.checked.of(id) = Checked::default();
        }
        let Some((id, replica)) = rested(world, moment) else { return Ok(()) };
        let (cuts, cut) = replica.log().cuts();
        let checked = self.checked.of(id);
        if checked.cuts != cuts {
            *checked = Checked { to: checked.to.min(cut.previous()), cuts };
        }
        let first = checked.to.max(replica.log().base().index).next();
        checked.to = replica.log().last().index;
        let new = replica.log().from(first, u64::MAX);
        let mut index = first.previous();
        for entry in new {
            let before = replica.log().term(index).unwrap_or_default();
            index = index.next();
            self.compare(world, id, index, entry, before)?;
        }
        Ok(())
    }

    fn compare(
        &mut self,
        world: Cluster<'_>,
        id: NodeId,
        index: Index,
        entry: &Entry,
        before: Term,
    ) -> Verdict {
        let meaning = (before, entry.command, id);
        let known = *self.meanings.entry((index, entry.term)).or_insert(meaning);
        if (known.0, known.1) == (before, entry.command) {
            return Ok(());
        }
        let (one, other) = (world.name(known.2), world.name(id));
        let sentence = format!(
            "entry {index} of term {} is {} after term {} on {one}, \
             but {} after term {before} on {other}.",
            entry.term, known.1, known.0, entry.command,
        );
        Err(Breach::new("logs-differ", sentence))
    }
}

/// Committed entries, with the term in which each was known to be committed, and the leaders.
#[derive(Default)]
pub(super) struct Leaders {
    committed: Vec<(Entry, Term)>,
    leaders: BTreeMap<Term, NodeId>,
}

impl Leaders {
    pub(super) fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Verdict {
        let Some((id, replica)) = rested(world, moment) else { return Ok(()) };
        if (self.committed.len() as u64) < replica.commit().count() {
            self.learn(world, replica)?;
        }
        let term = replica.term();
        if !replica.is_leader() || self.leaders.insert(term, id).is_some() {
            return Ok(());
        }
        let mut index = Index::ZERO;
        for (entry, committed) in &self.committed {
            index = index.next();
            if *committed < term {
                holds(world, id, index, entry, *committed)?;
            }
        }
        Ok(())
    }

    /// Notes what a server newly knows to be committed; leaders of later terms must have it.
    fn learn(&mut self, world: Cluster<'_>, replica: &Replica) -> Verdict {
        let mut index = Index::ZERO + self.committed.len() as u64;
        for entry in committed_after(replica, index) {
            index = index.next();
            self.committed.push((*entry, replica.term()));
            for (_, leader) in self.leaders.range(replica.term().next()..) {
                holds(world, *leader, index, entry, replica.term())?;
            }
        }
        Ok(())
    }
}

/// The entries after `known` that a server knows to be committed; none if it has compacted what
/// follows.
fn committed_after(replica: &Replica, known: Index) -> &[Entry] {
    if replica.log().base().index > known || replica.commit() < known {
        return &[];
    }
    replica.log().from(known.next(), replica.commit().count() - known.count())
}

/// Whether a log has an entry. Of what was compacted the last term is known, and that entry was
/// committed with all before it.
fn has(log: &Log, index: Index, entry: &Entry) -> bool {
    let base = log.base();
    match index < base.index || (index == base.index && base.term == entry.term) {
        true => true,
        false => log.entry(index) == Some(entry),
    }
}

/// Whether a leader of a term after `committed` has a committed entry.
fn holds(
    world: Cluster<'_>,
    leader: NodeId,
    index: Index,
    entry: &Entry,
    committed: Term,
) -> Verdict {
    let Some(replica) = world.node(leader) else { return Ok(()) };
    let leads = replica.is_leader() && replica.term() > committed;
    if !leads || has(replica.log(), index, entry) {
        return Ok(());
    }
    let (name, term) = (world.name(leader), replica.term());
    let instead = match replica.log().entry(index) {
        Some(other) => format!("has {other:?} there"),
        None => "has nothing there".to_string(),
    };
    let sentence = format!(
        "entry {index}, {entry:?}, was committed in term {committed}, \
         but {name}, who leads term {term}, {instead}.",
    );
    Err(Breach::new("committed-entry-missing", sentence))
}

/// Committed entries, looked for on all disks when one of them has been through a crash.
#[derive(Default)]
pub(super) struct Disks {
    committed: Vec<Entry>,
    members: Members,
}

impl Disks {
    pub(super) fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Verdict {
        if let Moment::Down(id) = moment {
            return self.survey(world, id);
        }
        let Some((_, replica)) = rested(world, moment) else { return Ok(()) };
        let known = Index::ZERO + self.committed.len() as u64;
        self.committed.extend_from_slice(committed_after(replica, known));
        self.members.learn(replica);
        Ok(())
    }

    fn survey(&self, world: Cluster<'_>, crashed: NodeId) -> Verdict {
        let (now, next) = (&self.members.nodes, &self.members.next);
        let (held, safe) = self.held_by(world, now);
        let safe = safe.max(self.held_by(world, next).1);
        let Some(lost) = self.committed.get(safe) else { return Ok(()) };
        let copies = held.iter().filter(|held| **held > safe).count();
        let sentence = format!(
            "entry {}, {lost:?}, was committed, \
             but after the crash of {} it is on {copies} of {} disks.",
            safe + 1,
            world.name(crashed),
            held.len(),
        );
        Err(Breach::new("committed-entry-not-durable", sentence))
    }

    /// How many committed entries each member's disk has, and a majority of them.
    fn held_by(&self, world: Cluster<'_>, members: &[NodeId]) -> (Vec<usize>, usize) {
        let on_disk = |member: &NodeId| self.held(&durable_log(world.disk(*member)));
        let mut held: Vec<usize> = members.iter().map(on_disk).collect();
        held.sort_unstable();
        let majority = held.len() / 2 + 1;
        let safe = held.len().checked_sub(majority).map_or(self.committed.len(), |at| held[at]);
        (held, safe)
    }

    /// How many of the committed entries a disk has, one after another from the first.
    fn held(&self, log: &Log) -> usize {
        let base = log.base();
        let compacted = base.index.count() as usize;
        let Some(place) = compacted.checked_sub(1) else { return self.matching(log, 0) };
        match self.committed.get(place) {
            Some(entry) if entry.term == base.term => self.matching(log, compacted),
            Some(_) => 0,
            None => compacted,
        }
    }

    /// How many committed entries the first ones are, with those that the log has after them.
    fn matching(&self, log: &Log, first: usize) -> usize {
        let own = log.from(Index::ZERO, u64::MAX).iter();
        let same = own.zip(&self.committed[first..]).take_while(|(own, entry)| own == entry);
        first + same.count()
    }
}
