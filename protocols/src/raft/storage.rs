//! What a node keeps on disk: its term, its vote, its log (§3.8), and the snapshot before it (§5).
//!
//! The invariant: memory and disk say the same, the disk durably after [`Storage::flush`], or when
//! [`Storage::durable`] says so; nothing that depends on them may be said before. The log gives up
//! what a snapshot holds only once the snapshot is durable.

use super::config::{Applied, Bug, Config, LogWrites};
use super::log::{Command, Entry, Index, Log, Position, Term};
use super::machine::Machine;
use super::membership::Configuration;
use super::replica::Cx;
use super::snapshot::Snapshot;
use serde::de::DeserializeOwned;
use squall::prelude::*;
use std::borrow::Borrow;
use std::rc::Rc;

/// The file of the log.
const LOG: &str = "log";
/// The file of the snapshot.
const SNAPSHOT: &str = "snapshot";
/// The file of term and vote.
const VOTE: &str = "vote";
/// The file of the applied state.
const STATE: &str = "state";

/// Term and vote: what no restart may forget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct HardState {
    term: Term,
    vote: Option<NodeId>,
}

/// What the file of the log consists of.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Record {
    /// The log begins behind this entry: the first record of a compacted log, and no other.
    Base(Position),
    /// The next entry.
    Entry(Entry),
}

/// Term, vote, snapshot and log, in memory and on disk.
#[derive(Debug)]
pub(super) struct Storage {
    hard: HardState,
    snapshot: Rc<Snapshot>,
    log: Log,
    configuration: Configuration,
    /// Whether term or vote were written and not flushed.
    hard_dirty: bool,
    /// Whether the log was written and not flushed.
    log_dirty: bool,
    /// The last entry that is durable with all before it.
    durable: Index,
    /// The write of the log that is under way, and the last entry that it makes durable.
    writing: Option<(Ticket, Index)>,
    log_writes: LogWrites,
    applied: Applied,
    bug: Bug,
}

impl Storage {
    /// Nothing, before the disk is read.
    pub(super) fn new(config: &Config, founders: Vec<NodeId>) -> Storage {
        let configuration = Configuration::new(founders.clone());
        let snapshot = Snapshot { members: founders, ..Snapshot::default() };
        Storage {
            hard: HardState::default(),
            snapshot: Rc::new(snapshot),
            log: Log::default(),
            configuration,
            hard_dirty: false,
            log_dirty: false,
            durable: Index::ZERO,
            writing: None,
            log_writes: config.log_writes,
            applied: config.applied,
            bug: config.bug,
        }
    }

    /// Reads what the disk has. A log that survived a crash may be ahead of the term beside it:
    /// the node has heard of that term, and has not voted in it. It may be behind the snapshot
    /// beside it as well, if the crash came before it gave up what that holds.
    pub(super) fn load(&mut self, cx: &mut Cx<'_>) {
        if let Some(snapshot) = cx.disk().log(SNAPSHOT).read().pop() {
            self.snapshot = Rc::new(snapshot);
        }
        self.log = log_of(cx.disk().log(LOG).read());
        if self.log.base() != self.snapshot.last {
            self.log.compact(self.snapshot.last);
            self.rewrite(cx);
            self.sync(cx);
        }
        self.durable = self.log.last().index;
        self.configuration = Configuration::new(self.snapshot.members.clone());
        let mut index = self.log.base().index;
        for entry in self.log.from(Index::ZERO, u64::MAX) {
            index = index.next();
            if let Command::Change(change) = entry.command {
                self.configuration.push(index, change);
            }
        }
        if self.bug == Bug::VoteNotPersisted {
            return;
        }
        self.hard = cx.disk().slot(VOTE).read().unwrap_or_default();
        let last = self.log.last().term;
        if last > self.hard.term {
            self.hard = HardState { term: last, vote: None };
        }
    }

    pub(super) fn term(&self) -> Term {
        self.hard.term
    }

    pub(super) fn vote(&self) -> Option<NodeId> {
        self.hard.vote
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    /// Who is in the cluster by the log.
    pub(super) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    pub(super) fn snapshot(&self) -> &Rc<Snapshot> {
        &self.snapshot
    }

    /// The last entry that is durable with all before it.
    pub(super) fn durable(&self) -> Index {
        self.durable
    }

    /// Whether a write of the log is under way.
    pub(super) fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Enters a later term, with a vote in it or none yet.
    pub(super) fn enter(&mut self, cx: &mut Cx<'_>, term: Term, vote: Option<NodeId>) {
        assert!(term > self.hard.term, "a term is entered once");
        self.set(cx, HardState { term, vote });
    }

    /// Votes in the present term.
    pub(super) fn cast(&mut self, cx: &mut Cx<'_>, vote: NodeId) {
        if self.hard.vote != Some(vote) {
            self.set(cx, HardState { vote: Some(vote), ..self.hard });
        }
    }

    fn set(&mut self, cx: &mut Cx<'_>, hard: HardState) {
        self.hard = hard;
        if self.bug == Bug::VoteNotPersisted {
            return;
        }
        cx.disk().slot(VOTE).write(&hard);
        self.hard_dirty = true;
    }

    /// Adds an entry at the end of the log.
    pub(super) fn append(&mut self, cx: &mut Cx<'_>, entry: Entry) {
        cx.disk().log(LOG).append(&Record::Entry(entry));
        self.log.push(entry);
        if let Command::Change(change) = entry.command {
            self.configuration.push(self.log.last().index, change);
        }
        self.log_dirty = true;
    }

    /// Removes all entries from `first` on.
    pub(super) fn cut(&mut self, cx: &mut Cx<'_>, first: Index) {
        let base = self.log.base().index;
        let entries = first.previous().count() - base.count();
        let records = entries + u64::from(base > Index::ZERO);
        cx.disk().log::<Record>(LOG).truncate(records);
        self.log.cut(first);
        self.configuration.cut(first);
        self.log_dirty = true;
        self.durable = self.durable.min(first.previous());
        if let Some((_, last)) = &mut self.writing {
            *last = first.previous().min(*last);
        }
    }

    /// Puts a snapshot in the place of the log up to its last entry, durably, and blocks until it
    /// is there.
    pub(super) fn compact(&mut self, cx: &mut Cx<'_>, snapshot: Rc<Snapshot>) {
        self.save(cx, snapshot);
        self.log.compact(self.snapshot.last);
        self.configuration.compact(self.snapshot.last.index, &self.snapshot.members);
        self.configuration.cut(self.log.last().index.next());
        self.rewrite(cx);
        self.sync(cx);
    }

    /// Makes a snapshot durable, and leaves the log as it is.
    pub(super) fn save(&mut self, cx: &mut Cx<'_>, snapshot: Rc<Snapshot>) {
        replace::<Snapshot>(cx, (SNAPSHOT, "snapshot.new"), [&*snapshot]);
        self.sync(cx);
        self.snapshot = snapshot;
    }

    /// Keeps the applied state, in one write with its index. It need not be durable: the log can
    /// do it again.
    pub(super) fn keep(&mut self, cx: &mut Cx<'_>, applied: Index, machine: &Machine) {
        match self.applied {
            Applied::Memory => (),
            Applied::Durable if self.bug == Bug::ConsistentIndexNotAtomic => {
                cx.disk().slot("applied").write(&applied);
                cx.disk().slot(STATE).write(machine);
            }
            Applied::Durable => cx.disk().slot(STATE).write(&(applied, machine.clone())),
        }
    }

    /// The applied state that the disk has kept.
    pub(super) fn kept(&self, cx: &mut Cx<'_>) -> Option<(Index, Machine)> {
        match self.applied {
            Applied::Memory => None,
            Applied::Durable if self.bug == Bug::ConsistentIndexNotAtomic => {
                Some((cx.disk().slot("applied").read()?, cx.disk().slot(STATE).read()?))
            }
            Applied::Durable => cx.disk().slot(STATE).read(),
        }
    }

    /// Writes the whole log anew.
    fn rewrite(&mut self, cx: &mut Cx<'_>) {
        let base = self.log.base();
        let entries = self.log.from(Index::ZERO, u64::MAX).iter();
        let records = entries.map(|entry| Record::Entry(*entry));
        let records = std::iter::once(Record::Base(base)).chain(records);
        replace::<Record>(cx, (LOG, "log.new"), records);
        self.log_dirty = true;
    }

    /// Makes everything durable, and blocks until it is; or only begins to, if nothing but the log
    /// has changed and its writes are not waited for.
    pub(super) fn flush(&mut self, cx: &mut Cx<'_>) {
        let waits = self.log_dirty && self.log_writes == LogWrites::Blocking;
        if self.hard_dirty || waits {
            self.sync(cx);
        } else if self.log_dirty && self.writing.is_none() {
            self.writing = Some((cx.disk().begin_sync(), self.log.last().index));
            self.log_dirty = false;
        }
    }

    fn sync(&mut self, cx: &mut Cx<'_>) {
        cx.disk().sync();
        (self.hard_dirty, self.log_dirty) = (false, false);
        self.durable = self.log.last().index;
    }

    /// A write of the log is complete. One that failed may have lost anything, so the process ends
    /// and starts again from what is durable, as etcd does (`Fatal` in its write-ahead log).
    pub(super) fn written(
        &mut self,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        result: Result<(), DiskError>,
    ) {
        let Some((_, last)) = self.writing.take_if(|(under_way, _)| *under_way == ticket) else {
            return;
        };
        match result {
            Ok(()) => self.durable = self.durable.max(last),
            Err(error) => cx.halt(error.words()),
        }
    }
}

/// Writes values into a new file, and once they are durable gives it the name of the old one, so
/// that a crash leaves the one or the other. The renaming is durable after the next sync.
fn replace<T: Serialize + DeserializeOwned>(
    cx: &mut Cx<'_>,
    (file, new): (&'static str, &'static str),
    values: impl IntoIterator<Item: Borrow<T>>,
) {
    cx.disk().remove(new);
    for value in values {
        cx.disk().log(new).append(value.borrow());
    }
    cx.disk().sync();
    cx.disk().rename(new, file);
}

fn log_of(records: Vec<Record>) -> Log {
    let (mut base, mut entries) = (Position::default(), Vec::new());
    for record in records {
        match record {
            Record::Base(position) => base = position,
            Record::Entry(entry) => entries.push(entry),
        }
    }
    Log::of(base, entries)
}

/// What survives any crash of a disk: the log behind the snapshot.
pub(super) fn durable_log(disk: &Disk) -> Log {
    let mut log = log_of(disk.durable_log(LOG));
    if let Some(snapshot) = disk.durable_log::<Snapshot>(SNAPSHOT).pop() {
        log.compact(snapshot.last);
    }
    log
}
