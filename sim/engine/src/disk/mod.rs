//! A node's disk: files of bytes, an ordered log of changes, and what a crash makes of them.
//!
//! The invariant: what is durable is the durable image alone; changes reach it in their order for
//! each file, by a sync or by the storm's choice at a crash. Changes that a handler has staged but
//! not yet performed are seen by that node only, and a crash forgets them.

mod access;
mod frame;
mod log;
mod slot;
mod trouble;

pub use access::DiskAccess;
pub use log::Log;
pub use slot::Slot;
pub use trouble::SyncFate;
pub(crate) use trouble::Trouble;

use crate::ids::{EventId, Time};
use crate::scenario::fault::Unsynced;
use crate::stream::Stream;
use crate::units::{Span, SpanRange};
use std::collections::{BTreeMap, VecDeque};

/// Bytes that a disk writes whole: 512, the sector that a drive promises not to tear.
pub const SECTOR: u64 = 512;

/// The number of an asynchronous sync of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Why a disk operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskError {
    /// The drive answered with an error. What was not synced may be lost.
    Failed,
    /// There is no room for more.
    Full,
    /// What was read is not what was written, as its checksums show.
    Corrupt,
}

impl DiskError {
    /// The error in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            DiskError::Failed => "its disk fails",
            DiskError::Full => "its disk is full",
            DiskError::Corrupt => "its disk holds what was not written so",
        }
    }
}

/// A change of the disk, in the order in which it was staged.
#[derive(Clone, Debug)]
enum Change {
    Write { file: Name, at: u64, bytes: Vec<u8> },
    Truncate { file: Name, length: u64 },
    Rename { file: Name, to: Name },
    Remove { file: Name },
}

/// An asynchronous sync under way.
#[derive(Clone, Copy, Debug)]
struct Sync {
    ticket: Ticket,
    /// It covers the changes before this one.
    covered: u64,
    begun: EventId,
    fate: SyncFate,
}

/// An asynchronous sync that is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Synced {
    pub(crate) ticket: Ticket,
    pub(crate) result: Result<(), DiskError>,
    pub(crate) begun: EventId,
}

type Name = std::rc::Rc<str>;
/// The contents of each file.
type Image = BTreeMap<Name, Vec<u8>>;

/// A node's disk.
#[derive(Debug)]
pub struct Disk {
    /// What the drive draws.
    stream: Stream,
    /// Everything staged is in here.
    live: Image,
    /// What survives any crash.
    durable: Image,
    /// Changes that are not durable, in order.
    changes: VecDeque<(u64, Change)>,
    /// The number of the next change to be staged, and of the next to be performed.
    staged: u64,
    performed: u64,
    /// Asynchronous syncs under way.
    syncs: VecDeque<Sync>,
    tickets: u64,
    /// Changes before this one are covered by a sync that was issued, complete or not.
    issued: u64,
    /// When the last sync that was issued will be complete.
    idle_at: Time,
    logs: BTreeMap<Name, log::Ends>,
    slots: BTreeMap<Name, slot::Held>,
    /// Changes that a sync failed over: they are not durable and never will be.
    failed: Vec<u64>,
    /// The asynchronous sync that failed, or is going to, and that its node was not told of. Until
    /// it is, nothing more becomes durable, so that what is keeps the order of the changes.
    untold: Option<Ticket>,
    /// Whether that sync is over.
    refuses: bool,
    /// Faults that hold the disk.
    troubles: Vec<Trouble>,
    /// What the read at hand sees in place of what is there.
    mistaken: Option<Image>,
}

impl Change {
    fn file(&self) -> &Name {
        match self {
            Change::Write { file, .. }
            | Change::Truncate { file, .. }
            | Change::Rename { file, .. }
            | Change::Remove { file } => file,
        }
    }

    fn touches(&self, name: &str) -> bool {
        &**self.file() == name || matches!(self, Change::Rename { to, .. } if &**to == name)
    }

    fn apply(&self, image: &mut Image) {
        match self {
            Change::Write { file, at, bytes } => {
                write(image.entry(file.clone()).or_default(), *at, bytes);
            }
            Change::Truncate { file, length } => {
                image.entry(file.clone()).or_default().resize(*length as usize, 0);
            }
            Change::Rename { file, to } => {
                if let Some(contents) = image.remove(file) {
                    image.insert(to.clone(), contents);
                }
            }
            Change::Remove { file } => {
                image.remove(file);
            }
        }
    }

    /// The change up to the first sector boundary inside it that `pick` chooses, if there is one.
    fn torn(&self, pick: impl FnOnce(u64) -> u64) -> Option<Change> {
        let Change::Write { file, at, bytes } = self else { return None };
        let end = at + bytes.len() as u64;
        let first = (at / SECTOR + 1) * SECTOR;
        if bytes.is_empty() || first >= end {
            return None;
        }
        let boundaries = (end - 1 - first) / SECTOR + 1;
        let keep = (first + pick(boundaries) * SECTOR - at) as usize;
        Some(Change::Write { file: file.clone(), at: *at, bytes: bytes[..keep].to_vec() })
    }
}

/// Each change with the file whose order it keeps: what is done to a renamed file comes after all
/// that was done to it under its old name.
fn in_files(changes: Vec<Change>) -> Vec<(Name, Change)> {
    let mut renamed: BTreeMap<Name, Name> = BTreeMap::new();
    let mut in_file = |change: Change| {
        let name = change.file();
        let file = renamed.get(name).unwrap_or(name).clone();
        if let Change::Rename { to, .. } = &change {
            renamed.insert(to.clone(), file.clone());
        }
        (file, change)
    };
    changes.into_iter().map(&mut in_file).collect()
}

fn write(contents: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let (at, end) = (at as usize, at as usize + bytes.len());
    if contents.len() < end {
        contents.resize(end, 0);
    }
    contents[at..end].copy_from_slice(bytes);
}

impl Disk {
    /// An empty disk that draws from `stream`.
    pub(crate) fn new(stream: Stream) -> Disk {
        Disk {
            stream,
            live: Image::new(),
            durable: Image::new(),
            changes: VecDeque::new(),
            staged: 0,
            performed: 0,
            syncs: VecDeque::new(),
            tickets: 0,
            issued: 0,
            idle_at: Time::ZERO,
            logs: BTreeMap::new(),
            slots: BTreeMap::new(),
            failed: Vec::new(),
            untold: None,
            refuses: false,
            troubles: Vec::new(),
            mistaken: None,
        }
    }

    /// How long a sync takes by itself.
    fn draw_sync(&mut self, range: SpanRange) -> Span {
        if range.low == range.high { range.low } else { self.stream.span(range) }
    }

    /// The contents of a file as performed so far, synced or not.
    #[must_use]
    pub fn written(&self, file: &str) -> Option<Vec<u8>> {
        let mut image = Image::new();
        if let Some((name, contents)) = self.durable.get_key_value(file) {
            image.insert(name.clone(), contents.clone());
        }
        if self.changes.iter().any(|(_, change)| matches!(change, Change::Rename { .. })) {
            image = self.durable.clone();
        }
        let performed = self.changes.iter().take_while(|(number, _)| *number < self.performed);
        for (_, change) in performed {
            change.apply(&mut image);
        }
        image.remove(file)
    }

    /// Whether a change of a file was performed and is not durable.
    pub(crate) fn has_unsynced(&self, file: &str) -> bool {
        let mut performed = self.changes.iter().take_while(|(number, _)| *number < self.performed);
        performed.any(|(_, change)| change.touches(file))
    }

    /// The contents of a file that survive any crash.
    #[must_use]
    pub fn durable(&self, file: &str) -> Option<&[u8]> {
        self.durable.get(file).map(Vec::as_slice)
    }

    /// The durable entries of a [`Log`], up to the first that is torn.
    #[must_use]
    pub fn durable_log<T: serde::de::DeserializeOwned>(&self, file: &str) -> Vec<T> {
        log::read(self.durable(file).unwrap_or_default()).0
    }

    /// The durable value of a [`Slot`].
    #[must_use]
    pub fn durable_slot<T: serde::de::DeserializeOwned>(&self, file: &str) -> Option<T> {
        slot::read(&self.durable, file)
    }

    fn stage(&mut self, change: Change) {
        change.apply(&mut self.live);
        let written = if self.troubles.is_empty() { Some(change) } else { self.written_as(change) };
        match self.refuses {
            true => self.failed.push(self.staged),
            false => self.changes.extend(written.map(|change| (self.staged, change))),
        }
        self.staged += 1;
    }

    /// The next staged change is handed to the drive.
    pub(crate) fn perform(&mut self) {
        self.performed += 1;
    }

    /// A sync of everything performed is over.
    pub(crate) fn synced(&mut self, fate: SyncFate) {
        self.settle(self.performed, fate);
    }

    /// A sync of everything performed on one file, under the names it had before as well, is over.
    pub(crate) fn file_synced(&mut self, file: &str, fate: SyncFate) {
        if fate == SyncFate::Lie {
            return;
        }
        let (mut names, mut covered) = (vec![Name::from(file)], Vec::new());
        if self.slots.contains_key(file) {
            let changed = self.changes.iter().map(|(_, change)| change.file());
            names.extend(changed.filter(|name| slot::is_copy(name, file)).cloned());
        }
        for (number, change) in self.changes.iter().rev() {
            if *number < self.performed && names.iter().any(|name| change.touches(name)) {
                covered.push(*number);
                if let Change::Rename { file, to } = change {
                    names.extend([file.clone(), to.clone()]);
                }
            }
        }
        if fate == SyncFate::Failed {
            self.failed.extend(&covered);
        }
        let durable = &mut self.durable;
        self.changes.retain(|(number, change)| {
            let covered = covered.binary_search_by(|other| number.cmp(other)).is_ok();
            if covered && fate == SyncFate::Durable {
                change.apply(durable);
            }
            !covered
        });
    }

    /// Syncs that were issued and not begun come later by this much.
    pub(crate) fn delay(&mut self, by: Span) {
        self.idle_at = self.idle_at + by;
    }

    fn settle(&mut self, covered: u64, fate: SyncFate) {
        if fate == SyncFate::Lie {
            return;
        }
        let count = self.changes.partition_point(|(number, _)| *number < covered);
        for (number, change) in self.changes.drain(..count) {
            match fate {
                SyncFate::Failed => self.failed.push(number),
                SyncFate::Durable | SyncFate::Lie => change.apply(&mut self.durable),
            }
        }
    }

    /// An asynchronous sync begins: it covers what was performed before it.
    pub(crate) fn begin(&mut self, ticket: Ticket, fate: SyncFate, begun: EventId) {
        self.syncs.push_back(Sync { ticket, covered: self.performed, begun, fate });
    }

    /// The asynchronous sync that began first is over. Returns it, what its node is told and the
    /// event it began in.
    pub(crate) fn complete(&mut self) -> Option<Synced> {
        let Sync { ticket, covered, begun, fate } = self.syncs.pop_front()?;
        let failed = fate == SyncFate::Failed;
        self.refuses |= failed;
        // What was staged since is lost with what the sync covers.
        self.settle(if failed { self.staged } else { covered }, fate);
        let result = if failed { Err(DiskError::Failed) } else { Ok(()) };
        Some(Synced { ticket, result, begun })
    }

    /// The node is told of a sync.
    pub(crate) fn told(&mut self, ticket: Ticket) {
        if self.untold == Some(ticket) {
            (self.untold, self.refuses) = (None, false);
        }
    }

    /// The node crashes: what was staged later is forgotten, and of the changes that are not
    /// durable the storm keeps what `stream` chooses. Returns how many were lost or torn.
    pub(crate) fn crash(&mut self, choice: Unsynced, stream: &mut Stream) -> u64 {
        let mut kept: BTreeMap<Name, u64> = BTreeMap::new();
        let mut lost = 0;
        let changes = std::mem::take(&mut self.changes);
        let performed = changes.into_iter().take_while(|(number, _)| *number < self.performed);
        let performed = in_files(performed.map(|(_, change)| change).collect());
        for (file, _) in &performed {
            *kept.entry(file.clone()).or_default() += 1;
        }
        let last = performed.last().map(|(file, _)| file.clone());
        let mut tear = BTreeMap::new();
        for (file, count) in &mut kept {
            let total = *count;
            *count = match choice {
                Unsynced::Drop => 0,
                Unsynced::Keep | Unsynced::Tear => total,
                Unsynced::Reorder => {
                    if last.as_ref() == Some(file) {
                        total
                    } else {
                        0
                    }
                }
                Unsynced::Random => stream.below(total + 1),
            };
            let torn = choice == Unsynced::Tear || (*count < total && stream.below(2) == 1);
            let whole = matches!(choice, Unsynced::Drop | Unsynced::Reorder);
            tear.insert(file.clone(), torn && !whole);
        }
        for (file, change) in performed {
            let left = kept.get_mut(&file).expect("every changed file was counted");
            let torn = tear.get_mut(&file).expect("every changed file was counted");
            lost += u64::from(!self.survive(&change, left, torn, choice, stream));
        }
        self.forget();
        lost
    }

    /// Everything is gone.
    pub(crate) fn wipe(&mut self) {
        self.changes.clear();
        self.durable.clear();
        self.forget();
    }

    /// The process that used the disk is gone, and what it had staged.
    fn forget(&mut self) {
        self.live = self.durable.clone();
        (self.performed, self.issued) = (self.staged, self.staged);
        self.failed.clear();
        (self.untold, self.refuses) = (None, false);
        self.syncs.clear();
        self.idle_at = Time::ZERO;
        self.logs.clear();
        self.slots.clear();
    }

    /// Lets one change survive a crash whole, torn or not at all; true if whole. `left` more
    /// changes of its file survive, and the one after them if `torn` in part.
    fn survive(
        &mut self,
        change: &Change,
        left: &mut u64,
        torn: &mut bool,
        choice: Unsynced,
        stream: &mut Stream,
    ) -> bool {
        let tear_here = *torn && (*left == 0 || choice == Unsynced::Tear);
        if tear_here {
            if let Some(part) = change.torn(|boundaries| stream.below(boundaries)) {
                part.apply(&mut self.durable);
                (*left, *torn) = (0, false);
                return false;
            }
            *torn = choice == Unsynced::Tear;
        }
        if *left == 0 {
            return false;
        }
        *left -= 1;
        change.apply(&mut self.durable);
        true
    }
}
