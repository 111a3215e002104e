//! What a handler may do with its disk.
//!
//! The invariant: every change and every sync is an effect of the handler, so that a crash can
//! come before any of them.

use super::{Change, Disk, Log, Name, Slot, Ticket};
use crate::effect::{PlainEffect, PlainOutbox};
use crate::seat::Seat;
use crate::units::{Span, stretched};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A handler's way to its node's disk. It reads what this handler has staged.
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

    /// The contents of a file, or `None` if there is none.
    #[must_use]
    pub fn read(&self, file: &str) -> Option<&[u8]> {
        self.seat.disk.live.get(file).map(Vec::as_slice)
    }

    /// Writes bytes at a place of a file, which grows (with zeros) as needed.
    pub fn write(&mut self, file: &str, at: u64, bytes: &[u8]) {
        self.seat.disk.logs.remove(file);
        self.put(file, at, bytes);
    }

    /// Writes bytes at the end of a file.
    pub fn append(&mut self, file: &str, bytes: &[u8]) {
        let at = self.contents(file).len() as u64;
        self.write(file, at, bytes);
    }

    /// Makes a file this long, cutting it or adding zeros.
    pub fn truncate(&mut self, file: &str, length: u64) {
        self.seat.disk.logs.remove(file);
        self.cut(file, length);
    }

    /// Gives a file another name, replacing what had it.
    pub fn rename(&mut self, file: &str, to: &str) {
        let (file, to) = (self.name(file), self.name(to));
        self.seat.disk.logs.remove(&file);
        self.seat.disk.logs.remove(&to);
        self.change(Change::Rename { file, to });
    }

    /// Removes a file.
    pub fn remove(&mut self, file: &str) {
        let file = self.name(file);
        self.seat.disk.logs.remove(&file);
        self.change(Change::Remove { file });
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

    /// Makes everything before it durable, and blocks until it is.
    pub fn sync(&mut self) {
        self.seat.count_effect();
        self.wait();
        self.out.push_plain(self.seat.offset, PlainEffect::Synced);
    }

    /// Makes everything before it on one file durable, and blocks until it is.
    pub fn sync_file(&mut self, file: &str) {
        self.seat.count_effect();
        self.wait();
        self.out.push_plain(self.seat.offset, PlainEffect::FileSynced(file.into()));
    }

    /// Begins to make everything before it durable. [`Node::on_disk`](crate::node::Node::on_disk)
    /// is told when it is; syncs complete in the order in which they began.
    pub fn begin_sync(&mut self) -> Ticket {
        self.seat.count_effect();
        let after = self.duration();
        let disk = &mut self.seat.disk;
        disk.tickets += 1;
        let ticket = Ticket(disk.tickets);
        self.out.push_plain(self.seat.offset, PlainEffect::SyncBegun { ticket, after });
        ticket
    }

    /// Lets the handler block for a sync.
    fn wait(&mut self) {
        let duration = self.duration();
        self.seat.offset += duration;
    }

    /// How long a sync that is issued now takes, those before it included.
    fn duration(&mut self) -> Span {
        let issued = self.seat.instant();
        let disk = &mut self.seat.disk;
        disk.issued = disk.staged;
        let own = stretched(disk.draw_sync(self.seat.sync), self.seat.drive);
        disk.idle_at = disk.idle_at.max(issued) + own;
        disk.idle_at.since(issued)
    }

    /// Writes without a thought for what is known of a log in the file.
    pub(super) fn put(&mut self, file: &str, at: u64, bytes: &[u8]) {
        let file = self.name(file);
        self.change(Change::Write { file, at, bytes: bytes.to_vec() });
    }

    /// Truncates without a thought for what is known of a log in the file.
    pub(super) fn cut(&mut self, file: &str, length: u64) {
        let file = self.name(file);
        self.change(Change::Truncate { file, length });
    }

    pub(super) fn contents(&self, file: &str) -> &[u8] {
        self.read(file).unwrap_or_default()
    }

    pub(super) fn disk(&mut self) -> &mut Disk {
        &mut self.seat.disk
    }

    fn name(&self, file: &str) -> Name {
        let known = self.seat.disk.live.get_key_value(file);
        known.map_or_else(|| file.into(), |(name, _)| name.clone())
    }

    fn change(&mut self, change: Change) {
        self.seat.count_effect();
        self.seat.disk.stage(change);
        self.out.push_plain(self.seat.offset, PlainEffect::Change);
    }
}
