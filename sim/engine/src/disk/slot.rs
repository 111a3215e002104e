//! A slot on disk: one value, replaced as a whole, kept in two copies.
//!
//! The invariant: a crash leaves the last synced value or a later one, never less: a write goes
//! to the copy that does not hold the newest durable value.

use super::{DiskAccess, Image, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// What is known of a slot's two copies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copies {
    /// The number of the newest value.
    version: u64,
    /// Which copy the next write goes to.
    target: usize,
    /// The number of the change that wrote the newest value, if it was written since boot.
    change: Option<u64>,
}

/// One value in a pair of files.
#[derive(Debug)]
pub struct Slot<'a, T> {
    disk: DiskAccess<'a>,
    file: &'static str,
    value: PhantomData<T>,
}

fn copies(file: &str) -> [String; 2] {
    [format!("{file}.0"), format!("{file}.1")]
}

impl<'a, T: Serialize + DeserializeOwned> Slot<'a, T> {
    pub(super) fn new(disk: DiskAccess<'a>, file: &'static str) -> Slot<'a, T> {
        Slot { disk, file, value: PhantomData }
    }

    /// The newest whole value, or `None` if there is none.
    #[must_use]
    pub fn read(&mut self) -> Option<T> {
        read(&self.disk.disk().live, self.file)
    }

    /// Replaces the value. Not durable before a sync.
    ///
    /// # Panics
    /// If the value cannot be serialised: a bug in its type.
    pub fn write(&mut self, value: &T) {
        let mut copies = self.copies();
        let payload = postcard::to_stdvec(value).expect("a slot's value serialises");
        copies.version += 1;
        let mut bytes = Vec::with_capacity(frame::HEADER + payload.len());
        frame::put(&mut bytes, copies.version, &payload);
        self.disk.write(&self::copies(self.file)[copies.target], 0, &bytes);
        let disk = self.disk.disk();
        copies.change = Some(disk.staged - 1);
        disk.slots.insert(self.file.into(), copies);
    }

    fn copies(&mut self) -> Copies {
        let disk = self.disk.disk();
        let Some(mut known) = disk.slots.get(self.file).copied() else {
            let newest = newest(&disk.live, self.file);
            let (version, copy) = newest.map_or((0, 1), |(version, copy, _)| (version, copy));
            return Copies { version, target: 1 - copy, change: None };
        };
        let pending = |change| disk.changes.iter().any(|(number, _)| *number == change);
        if known.change.is_some_and(|change| !pending(change)) {
            known.target = 1 - known.target;
        }
        known
    }
}

fn newest<'a>(image: &'a Image, file: &str) -> Option<(u64, usize, &'a [u8])> {
    let read = |copy: usize| {
        let contents = image.get(copies(file)[copy].as_str())?;
        frame::take(contents).map(|(version, payload)| (version, copy, payload))
    };
    [read(0), read(1)].into_iter().flatten().max_by_key(|(version, _, _)| *version)
}

/// The newest whole value in an image.
pub(super) fn read<T: DeserializeOwned>(image: &Image, file: &str) -> Option<T> {
    postcard::from_bytes(newest(image, file)?.2).ok()
}
