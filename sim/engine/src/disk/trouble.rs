//! What a disk does wrong while faults hold it.
//!
//! The invariant: a disk without trouble draws nothing here.

use super::{Change, Disk, DiskError, Image, Name, SECTOR};
use crate::scenario::fault;
use crate::stream::Stream;
use crate::units::{Ratio, Span};

/// A fault that holds the disk, and the stream that its operations draw from.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) fault: u32,
    pub(crate) kind: fault::Disk,
    pub(crate) stream: Stream,
}

/// What becomes of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncFate {
    /// What it covers is durable.
    Durable,
    /// It says so, and it is not.
    Lie,
    /// It fails, and what it covers is lost.
    Failed,
}

impl Disk {
    /// Draws from another stream from now on, and for each fault that holds it from that which
    /// `of_fault` makes.
    pub(crate) fn draw_from(&mut self, stream: Stream, mut of_fault: impl FnMut(u32) -> Stream) {
        self.stream = stream;
        for trouble in &mut self.troubles {
            trouble.stream = of_fault(trouble.fault);
        }
    }

    /// A fault takes hold.
    pub(crate) fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
    }

    /// A fault lets go.
    pub(crate) fn relieve(&mut self, fault: u32) {
        self.troubles.retain(|trouble| trouble.fault != fault);
    }

    /// The trouble that an operation meets, if any; every trouble with a share of such operations
    /// draws.
    fn meets(&mut self, share: impl Fn(&fault::Disk) -> Ratio) -> Option<&mut Trouble> {
        let mut met = None;
        for (index, trouble) in self.troubles.iter_mut().enumerate() {
            let share = share(&trouble.kind);
            if share != Ratio::ZERO && trouble.stream.chance(share) {
                met = met.or(Some(index));
            }
        }
        met.map(|index| &mut self.troubles[index])
    }

    /// Whether the drive takes a change.
    pub(super) fn takes(&mut self, change: &Change) -> Result<(), DiskError> {
        if self.meets(|kind| kind.write_error).is_some() {
            return Err(DiskError::Failed);
        }
        let length = self.live.get(change.file()).map_or(0, |contents| contents.len() as u64);
        let grows = match change {
            Change::Write { at, bytes, .. } => at + bytes.len() as u64 > length,
            Change::Truncate { length: wanted, .. } => *wanted > length,
            Change::Rename { .. } | Change::Remove { .. } => false,
        };
        let full = grows && self.troubles.iter().any(|trouble| trouble.kind.full);
        if full { Err(DiskError::Full) } else { Ok(()) }
    }

    /// What of a change reaches the disk in the end.
    pub(super) fn written_as(&mut self, change: Change) -> Option<Change> {
        let Change::Write { file, at, bytes } = change else { return Some(change) };
        if self.meets(|kind| kind.phantom).is_some() {
            return None;
        }
        let names: Vec<Name> = self.live.keys().cloned().collect();
        let Some(trouble) = self.meets(|kind| kind.miswrite) else {
            return Some(Change::Write { file, at, bytes });
        };
        let other = &names[trouble.stream.below(names.len() as u64) as usize];
        let shift = (1 + trouble.stream.below(3)) * SECTOR;
        let at = if *other != file { at } else { at.checked_sub(shift).unwrap_or(at + shift) };
        Some(Change::Write { file: other.clone(), at, bytes })
    }

    /// What becomes of a sync that is issued now: it fails with one that its node is yet to be
    /// told of.
    pub(super) fn sync_fate(&mut self) -> SyncFate {
        if self.meets(|kind| kind.sync_error).is_some() || self.untold.is_some() {
            return SyncFate::Failed;
        }
        match self.meets(|kind| kind.lie) {
            Some(_) => SyncFate::Lie,
            None => SyncFate::Durable,
        }
    }

    /// How much longer a sync takes that is issued now.
    pub(super) fn delayed(&mut self) -> Span {
        let mut delay = Span::ZERO;
        for Trouble { kind, stream, .. } in &mut self.troubles {
            delay += kind.latency.map_or(Span::ZERO, |range| stream.span(range));
            if let Some(stall) = kind.stall.filter(|stall| stream.chance(stall.share)) {
                delay += stream.span(stall.by);
            }
        }
        delay
    }

    /// What a read sees in place of some files, if it sees something else.
    ///
    /// # Errors
    /// The read fails.
    pub(super) fn seen(&mut self, names: &[Name]) -> Result<Option<Image>, DiskError> {
        if self.troubles.is_empty() {
            return Ok(None);
        }
        if self.meets(|kind| kind.read_error).is_some() {
            return Err(DiskError::Failed);
        }
        let sectors = |image: &Image| -> Vec<(Name, u64)> {
            let count = |contents: &Vec<u8>| (contents.len() as u64).div_ceil(SECTOR);
            let of = |(name, contents): (&Name, &Vec<u8>)| {
                (0..count(contents)).map(|sector| (name.clone(), sector)).collect::<Vec<_>>()
            };
            image.iter().flat_map(of).collect()
        };
        let all = sectors(&self.live);
        let own: Vec<(Name, u64)> =
            all.iter().filter(|(name, _)| names.contains(name)).cloned().collect();
        let Some(trouble) = self.meets(|kind| kind.misread).filter(|_| !own.is_empty()) else {
            return Ok(None);
        };
        let (file, sector) = own[trouble.stream.below(own.len() as u64) as usize].clone();
        let (other, from) = all[trouble.stream.below(all.len() as u64) as usize].clone();
        let held =
            names.iter().filter_map(|name| Some((name.clone(), self.live.get(name)?.clone())));
        let mut image: Image = held.collect();
        let source = &self.live[&other][(from * SECTOR) as usize..];
        let contents = image.get_mut(&file).expect("the file has a sector");
        let target = &mut contents[(sector * SECTOR) as usize..];
        let count = target.len().min(source.len()).min(SECTOR as usize);
        target[..count].copy_from_slice(&source[..count]);
        Ok(Some(image))
    }

    /// Bits of what is durable flip.
    pub(crate) fn rot(&mut self, bits: u32, stream: &mut Stream) {
        let total: u64 = self.durable.values().map(|contents| contents.len() as u64).sum();
        for _ in 0..bits {
            let mut at = stream.below(total.max(1) * 8);
            for (name, contents) in &mut self.durable {
                let length = contents.len() as u64 * 8;
                if at < length {
                    let (byte, bit) = ((at / 8) as usize, 1 << (at % 8));
                    contents[byte] ^= bit;
                    let seen = self.live.get_mut(name).and_then(|live| live.get_mut(byte));
                    seen.into_iter().for_each(|byte| *byte ^= bit);
                    break;
                }
                at -= length;
            }
        }
    }
}
