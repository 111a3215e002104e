//! A slot on disk: one value, replaced as a whole, kept in several copies.
//!
//! The invariant: a crash leaves the last synced value or a later one, never less: a write goes to
//! a copy that holds neither the newest durable value nor one that a sync under way will make so.

use super::{DiskAccess, DiskError, Image, Name, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::ops::Bound;

/// What is known of a slot's copies: those that may hold the newest durable value at some instant
/// from now on, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(Vec<Copy>);

#[derive(Clone, Copy, Debug)]
struct Copy {
    number: u64,
    version: u64,
    /// The change that wrote it; `None` if that was before the node booted.
    change: Option<u64>,
}

/// One value in two or more files: one more than there are syncs under way that cover a write.
#[derive(Debug)]
pub struct Slot<'a, T> {
    disk: DiskAccess<'a>,
    file: &'static str,
    value: PhantomData<T>,
}

impl<'a, T: Serialize + DeserializeOwned> Slot<'a, T> {
    pub(super) fn new(disk: DiskAccess<'a>, file: &'static str) -> Slot<'a, T> {
        Slot { disk, file, value: PhantomData }
    }

    /// The newest whole value, or `None` if there is none. A node that cannot read it halts; so
    /// does one that finds no copy of several whole, which no crash leaves.
    #[must_use]
    pub fn read(&mut self) -> Option<T> {
        let value = self.try_read();
        self.disk.or_halt(value)
    }

    /// As [`Slot::read`].
    ///
    /// # Errors
    /// The drive cannot read, or no copy of several is whole.
    pub fn try_read(&mut self) -> Result<Option<T>, DiskError> {
        let (disk, file) = (self.disk.disk(), self.file);
        let copies = disk.live.keys().filter(|name| is_copy(name, file)).cloned();
        let copies: Vec<Name> = copies.collect();
        let mistaken = disk.seen(&copies)?;
        let value = read(mistaken.as_ref().unwrap_or(&disk.live), file);
        match value.is_none() && copies.len() > 1 {
            true => Err(DiskError::Corrupt),
            false => Ok(value),
        }
    }

    /// Replaces the value. Not durable before a sync. A node that cannot write halts.
    ///
    /// # Panics
    /// If the value cannot be serialised: a bug in its type.
    pub fn write(&mut self, value: &T) {
        let done = self.try_write(value);
        self.disk.or_halt(done)
    }

    /// As [`Slot::write`].
    ///
    /// # Errors
    /// The drive cannot; the value is as it was.
    ///
    /// # Panics
    /// As [`Slot::write`].
    pub fn try_write(&mut self, value: &T) -> Result<(), DiskError> {
        let mut held = self.held();
        let version = held.0.last().map_or(0, |newest| newest.version) + 1;
        let disk = self.disk.disk();
        let issued = disk.issued;
        // No sync tells a value from one that replaces it before the next sync is issued.
        held.0.pop_if(|last| last.change.is_some_and(|change| change >= issued));
        let taken = |number: u64| held.0.iter().any(|copy| copy.number == number);
        let number = (0..).find(|number| !taken(*number)).expect("copies are few");
        let payload = postcard::to_stdvec(value).expect("a slot's value serialises");
        let mut bytes = Vec::with_capacity(frame::HEADER + payload.len());
        frame::put(&mut bytes, version, &payload);
        self.disk.put(&format!("{}.{number}", self.file), 0, &bytes)?;
        let disk = self.disk.disk();
        held.0.push(Copy { number, version, change: Some(disk.staged - 1) });
        disk.slots.insert(self.file.into(), held);
        Ok(())
    }

    /// The copies that must not be written to.
    fn held(&mut self) -> Held {
        let disk = self.disk.disk();
        let Some(mut held) = disk.slots.get(self.file).cloned() else {
            let newest = newest(&disk.live, self.file);
            let copy = newest.map(|(number, version, _)| Copy { number, version, change: None });
            return Held(copy.into_iter().collect());
        };
        let find = |change| disk.changes.binary_search_by_key(&change, |(number, _)| *number);
        let settled = |change| find(change).is_err() && !disk.failed.contains(&change);
        let durable = |copy: &Copy| copy.change.is_none_or(settled);
        if let Some(newest) = held.0.iter().rposition(durable) {
            held.0.drain(..newest);
        }
        held
    }
}

/// Whether a file is a copy of this slot.
pub(super) fn is_copy(name: &str, file: &str) -> bool {
    let number = name.strip_prefix(file).and_then(|rest| rest.strip_prefix('.'));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// Number, version and payload of the newest whole copy.
fn newest<'a>(image: &'a Image, file: &str) -> Option<(u64, u64, &'a [u8])> {
    let first = format!("{file}.");
    let files = image.range::<str, _>((Bound::Included(first.as_str()), Bound::Unbounded));
    let files = files.take_while(|(name, _)| name.starts_with(&first));
    let copies = files.filter_map(|(name, contents)| {
        let number = name[first.len()..].parse().ok()?;
        let (version, payload) = frame::take(contents)?;
        Some((number, version, payload))
    });
    copies.max_by_key(|(_, version, _)| *version)
}

/// The newest whole value in an image.
pub(super) fn read<T: DeserializeOwned>(image: &Image, file: &str) -> Option<T> {
    postcard::from_bytes(newest(image, file)?.2).ok()
}
