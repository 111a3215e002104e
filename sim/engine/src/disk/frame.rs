//! A record on disk: its length, a checksum, its number, and the bytes.
//!
//! The invariant: bytes that were not written as one whole record do not read as one, but for a
//! chance of 2^-32.

/// Bytes before the payload: length and checksum (32 bits each) and number (64 bits).
pub(super) const HEADER: usize = 16;

/// Appends a record to `out`.
pub(super) fn put(out: &mut Vec<u8>, number: u64, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a record is under 4 GiB");
    out.extend(length.to_le_bytes());
    out.extend(checksum(number, payload).to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(payload);
}

/// The number and payload of the record at the start of `bytes`, if it is whole.
pub(super) fn take(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let number = u64::from(word(8)) | u64::from(word(12)) << 32;
    let payload = rest.get(..word(0) as usize)?;
    (checksum(number, payload) == word(4)).then_some((number, payload))
}

fn checksum(number: u64, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&(payload.len() as u64).to_le_bytes());
    hasher.update(&number.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}
