//! What a handler may do with its disk.
//!
//! The invariant: every change and every sync is an effect of the handler, so that a crash can
//! come before any of them.

use super::{Change, Disk, DiskError, Log, Name, Slot, SyncFate, Ticket};
use crate::effect::{PlainEffect, PlainOutbox};
use crate::seat::{Seat, halt};
use crate::units::{Span, stretched};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A handler's way to its node's disk. It reads what this handler has staged.
///
/// An error of the drive ends the node's process, as it does where nobody handles it: the node
/// halts, and its supervisor starts it again. Whoever can do better asks by the methods that begin
/// with `try`.
pub struct DiskAccess<'a> {
    seat: &'a mut Seat,
    out: &'a mut dyn PlainOutbox,
}

impl std::fmt::Debug for DiskAccess<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DiskAccess").field(&self.seat.id).finish()
    }
}

impl<'a> DiskAccess<'a> {
    pub(crate) fn new(seat: &'a mut Seat, out: &'a mut dyn PlainOutbox) -> DiskAccess<'a> {
        DiskAccess { seat, out }
    }

    /// The contents of a file, or `None` if there is none. A node that cannot read halts.
    #[must_use]
    pub fn read(&mut self, file: &str) -> Option<&[u8]> {
        match self.look(file) {
            Ok(()) => {}
            Err(error) => self.halt(error),
        }
        self.sight(file)
    }

    /// As [`DiskAccess::read`].
    ///
    /// # Errors
    /// The drive cannot read it.
    pub fn try_read(&mut self, file: &str) -> Result<Option<&[u8]>, DiskError> {
        self.look(file)?;
        Ok(self.sight(file))
    }

    /// Writes bytes at a place of a file, which grows (with zeros) as needed. A node that cannot
    /// write halts.
    pub fn write(&mut self, file: &str, at: u64, bytes: &[u8]) {
        let done = self.try_write(file, at, bytes);
        self.or_halt(done)
    }

    /// As [`DiskAccess::write`].
    ///
    /// # Errors
    /// The drive cannot; the file is as it was.
    pub fn try_write(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.seat.disk.logs.remove(file);
        self.put(file, at, bytes)
    }

    /// Writes bytes at the end of a file. A node that cannot write halts.
    pub fn append(&mut self, file: &str, bytes: &[u8]) {
        let done = self.try_append(file, bytes);
        self.or_halt(done)
    }

    /// As [`DiskAccess::append`].
    ///
    /// # Errors
    /// As [`DiskAccess::try_write`].
    pub fn try_append(&mut self, file: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let at = self.contents(file).len() as u64;
        self.try_write(file, at, bytes)
    }

    /// Makes a file this long, cutting it or adding zeros. A node that cannot halts.
    pub fn truncate(&mut self, file: &str, length: u64) {
        let done = self.try_truncate(file, length);
        self.or_halt(done)
    }

    /// As [`DiskAccess::truncate`].
    ///
    /// # Errors
    /// As [`DiskAccess::try_write`].
    pub fn try_truncate(&mut self, file: &str, length: u64) -> Result<(), DiskError> {
        self.seat.disk.logs.remove(file);
        self.cut(file, length)
    }

    /// Gives a file another name, replacing what had it. A node that cannot halts.
    pub fn rename(&mut self, file: &str, to: &str) {
        let done = self.try_rename(file, to);
        self.or_halt(done)
    }

    /// As [`DiskAccess::rename`].
    ///
    /// # Errors
    /// As [`DiskAccess::try_write`].
    pub fn try_rename(&mut self, file: &str, to: &str) -> Result<(), DiskError> {
        let (file, to) = (self.name(file), self.name(to));
        self.seat.disk.logs.remove(&file);
        self.seat.disk.logs.remove(&to);
        self.change(Change::Rename { file, to })
    }

    /// Removes a file. A node that cannot halts.
    pub fn remove(&mut self, file: &str) {
        let done = self.try_remove(file);
        self.or_halt(done)
    }

    /// As [`DiskAccess::remove`].
    ///
    /// # Errors
    /// As [`DiskAccess::try_write`].
    pub fn try_remove(&mut self, file: &str) -> Result<(), DiskError> {
        let file = self.name(file);
        self.seat.disk.logs.remove(&file);
        self.change(Change::Remove { file })
    }

    /// The names of all files, in order.
    pub fn list(&self) -> impl Iterator<Item = &str> {
        self.seat.disk.live.keys().map(|name| &**name)
    }

    /// A log of values in one file.
    #[must_use]
    pub fn log<T: Serialize + DeserializeOwned>(self, file: &'static str) -> Log<'a, T> {
        Log::new(self, file)
    }

    /// One value, replaced as a whole.
    #[must_use]
    pub fn slot<T: Serialize + DeserializeOwned>(self, file: &'static str) -> Slot<'a, T> {
        Slot::new(self, file)
    }

    /// Makes everything before it durable, and blocks until it is. A node whose sync fails halts:
    /// what was not durable never will be, whatever it reads until then.
    pub fn sync(&mut self) {
        let done = self.try_sync();
        self.or_halt(done)
    }

    /// As [`DiskAccess::sync`].
    ///
    /// # Errors
    /// The drive could not; what was not durable never will be.
    pub fn try_sync(&mut self) -> Result<(), DiskError> {
        let fate = self.wait();
        self.out.push_plain(self.seat.offset, PlainEffect::Synced(fate));
        told(fate)
    }

    /// Makes everything before it on one file durable, and blocks until it is. A node whose sync
    /// fails halts.
    pub fn sync_file(&mut self, file: &str) {
        let done = self.try_sync_file(file);
        self.or_halt(done)
    }

    /// As [`DiskAccess::sync_file`].
    ///
    /// # Errors
    /// As [`DiskAccess::try_sync`].
    pub fn try_sync_file(&mut self, file: &str) -> Result<(), DiskError> {
        let fate = self.wait();
        self.out.push_plain(self.seat.offset, PlainEffect::FileSynced(file.into(), fate));
        told(fate)
    }

    /// Begins to make everything before it durable. [`Node::on_disk`](crate::node::Node::on_disk)
    /// is told when it is, or could not be; syncs complete in the order in which they began. When
    /// one fails, what is written and synced between its begin and that moment is lost with it, as
    /// on a file system that an error makes read-only; what comes later may become durable.
    pub fn begin_sync(&mut self) -> Ticket {
        self.seat.count_effect();
        let after = self.duration();
        let disk = &mut self.seat.disk;
        let fate = disk.sync_fate();
        disk.tickets += 1;
        let ticket = Ticket(disk.tickets);
        if fate == SyncFate::Failed {
            disk.untold = Some(ticket);
        }
        self.out.push_plain(self.seat.offset, PlainEffect::SyncBegun { ticket, after, fate });
        ticket
    }

    /// Lets the handler block for a sync.
    fn wait(&mut self) -> SyncFate {
        self.seat.count_effect();
        let duration = self.duration();
        self.seat.offset += duration;
        self.seat.disk.sync_fate()
    }

    /// Ends the node's process over an error that it does not handle.
    pub(super) fn or_halt<T>(&mut self, done: Result<T, DiskError>) -> T {
        match done {
            Ok(value) => value,
            Err(error) => self.halt(error),
        }
    }

    fn halt(&mut self, error: DiskError) -> ! {
        halt(self.seat.offset, self.out, error.words())
    }

    /// Settles what the next sight of a file shows.
    fn look(&mut self, file: &str) -> Result<(), DiskError> {
        let name = self.name(file);
        self.seat.disk.mistaken = self.seat.disk.seen(&[name])?;
        Ok(())
    }

    fn sight(&self, file: &str) -> Option<&[u8]> {
        let disk = &self.seat.disk;
        disk.mistaken.as_ref().unwrap_or(&disk.live).get(file).map(Vec::as_slice)
    }

    /// How long a sync that is issued now takes, those before it included.
    fn duration(&mut self) -> Span {
        let issued = self.seat.instant();
        let disk = &mut self.seat.disk;
        disk.issued = disk.staged;
        let own = stretched(disk.draw_sync(self.seat.sync), self.seat.drive) + disk.delayed();
        disk.idle_at = disk.idle_at.max(issued) + own;
        disk.idle_at.since(issued)
    }

    /// Writes without a thought for what is known of a log in the file.
    pub(super) fn put(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let file = self.name(file);
        self.change(Change::Write { file, at, bytes: bytes.to_vec() })
    }

    /// Truncates without a thought for what is known of a log in the file.
    pub(super) fn cut(&mut self, file: &str, length: u64) -> Result<(), DiskError> {
        let file = self.name(file);
        self.change(Change::Truncate { file, length })
    }

    pub(super) fn contents(&self, file: &str) -> &[u8] {
        self.seat.disk.live.get(file).map_or(&[], Vec::as_slice)
    }

    pub(super) fn disk(&mut self) -> &mut Disk {
        &mut self.seat.disk
    }

    fn name(&self, file: &str) -> Name {
        let known = self.seat.disk.live.get_key_value(file);
        known.map_or_else(|| file.into(), |(name, _)| name.clone())
    }

    fn change(&mut self, change: Change) -> Result<(), DiskError> {
        self.seat.count_effect();
        let disk = &mut self.seat.disk;
        if !disk.troubles.is_empty() {
            disk.takes(&change)?;
        }
        disk.stage(change);
        self.out.push_plain(self.seat.offset, PlainEffect::Change);
        Ok(())
    }
}

/// What a node is told of a sync.
fn told(fate: SyncFate) -> Result<(), DiskError> {
    match fate {
        SyncFate::Durable | SyncFate::Lie => Ok(()),
        SyncFate::Failed => Err(DiskError::Failed),
    }
}
