//! A log on disk: values appended one after another, read back up to the first torn one.
//!
//! The invariant: after a crash a log holds a prefix of what was appended; a torn tail is never
//! read as a value.

use super::{DiskAccess, DiskError, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Where each value of a log ends, in bytes.
pub(super) type Ends = Vec<u64>;

/// A log of values in one file. Values are numbered from 0.
#[derive(Debug)]
pub struct Log<'a, T> {
    disk: DiskAccess<'a>,
    file: &'static str,
    value: PhantomData<T>,
}

impl<'a, T: Serialize + DeserializeOwned> Log<'a, T> {
    pub(super) fn new(disk: DiskAccess<'a>, file: &'static str) -> Log<'a, T> {
        Log { disk, file, value: PhantomData }
    }

    /// How many values the log holds.
    #[must_use]
    pub fn len(&mut self) -> u64 {
        self.ends().len() as u64
    }

    /// Whether the log holds no values.
    #[must_use]
    pub fn is_empty(&mut self) -> bool {
        self.len() == 0
    }

    /// All values, in order. A node that cannot read them halts; so does one that finds a value
    /// behind one that is spoilt, which no crash leaves.
    #[must_use]
    pub fn read(&mut self) -> Vec<T> {
        let values = self.try_read();
        self.disk.or_halt(values)
    }

    /// As [`Log::read`].
    ///
    /// # Errors
    /// The drive cannot read, or a value in the middle is spoilt.
    pub fn try_read(&mut self) -> Result<Vec<T>, DiskError> {
        let contents = self.disk.try_read(self.file)?.unwrap_or_default();
        let (values, end) = read(contents);
        match goes_on(&contents[end as usize..], values.len() as u64) {
            true => Err(DiskError::Corrupt),
            false => Ok(values),
        }
    }

    /// Adds a value at the end. Not durable before a sync. A node that cannot write halts.
    ///
    /// # Panics
    /// If the value cannot be serialised: a bug in its type.
    pub fn append(&mut self, value: &T) {
        let done = self.try_append(value);
        self.disk.or_halt(done)
    }

    /// As [`Log::append`].
    ///
    /// # Errors
    /// The drive cannot; the log is as it was.
    ///
    /// # Panics
    /// As [`Log::append`].
    pub fn try_append(&mut self, value: &T) -> Result<(), DiskError> {
        let ends = self.ends();
        let (number, at) = (ends.len() as u64, ends.last().copied().unwrap_or(0));
        if self.disk.contents(self.file).len() as u64 > at {
            self.disk.cut(self.file, at)?;
        }
        let payload = postcard::to_stdvec(value).expect("a log's values serialise");
        let mut bytes = Vec::with_capacity(frame::HEADER + payload.len());
        frame::put(&mut bytes, number, &payload);
        self.disk.put(self.file, at, &bytes)?;
        self.ends().push(at + bytes.len() as u64);
        Ok(())
    }

    /// Forgets all values from number `length` on. Not durable before a sync. A node that cannot
    /// write halts.
    pub fn truncate(&mut self, length: u64) {
        let done = self.try_truncate(length);
        self.disk.or_halt(done)
    }

    /// As [`Log::truncate`].
    ///
    /// # Errors
    /// The drive cannot; the log is as it was.
    pub fn try_truncate(&mut self, length: u64) -> Result<(), DiskError> {
        let ends = self.ends();
        if (ends.len() as u64) <= length {
            return Ok(());
        }
        let at = ends[..length as usize].last().copied().unwrap_or(0);
        self.disk.cut(self.file, at)?;
        self.ends().truncate(length as usize);
        Ok(())
    }

    /// Where the values end, found by reading the file once after a boot.
    fn ends(&mut self) -> &mut Ends {
        let disk = self.disk.disk();
        if !disk.logs.contains_key(self.file) {
            let contents = disk.live.get(self.file).map_or(&[][..], Vec::as_slice);
            let ends = ends(contents);
            disk.logs.insert(self.file.into(), ends);
        }
        disk.logs.get_mut(self.file).expect("it was put there")
    }
}

/// Whether bytes behind the first value that is not whole hold a later value of the log.
fn goes_on(rest: &[u8], count: u64) -> bool {
    let later = |number: u64| number > count && number - count <= rest.len() as u64;
    let frames = (1..rest.len()).filter_map(|at| frame::take(&rest[at..]));
    frames.into_iter().any(|(number, _)| later(number))
}

fn ends(contents: &[u8]) -> Ends {
    let (mut ends, mut at) = (Ends::new(), 0);
    while let Some((number, payload)) = frame::take(&contents[at..]) {
        if number != ends.len() as u64 {
            break;
        }
        at += frame::HEADER + payload.len();
        ends.push(at as u64);
    }
    ends
}

/// The values up to the first torn one, and the byte where they end.
pub(super) fn read<T: DeserializeOwned>(contents: &[u8]) -> (Vec<T>, u64) {
    let (mut values, mut at) = (Vec::new(), 0);
    while let Some((number, payload)) = frame::take(&contents[at..]) {
        let value = postcard::from_bytes(payload);
        let (true, Ok(value)) = (number == values.len() as u64, value) else { break };
        values.push(value);
        at += frame::HEADER + payload.len();
    }
    (values, at as u64)
}
