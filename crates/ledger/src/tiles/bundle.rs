//! Bundles of entries: each entry after its length, 256 to a full bundle.
//!
//! Not here: what an entry says (`seal::tlog::Entry`).
//! Invariant: a bundle parses only if it prints back to the same bytes.

use seal::tlog::Entry;

/// Length of one entry in a bundle.
pub(crate) const ENTRY_BYTES: usize = 2 + Entry::LEN_BYTES;
/// Length of a full bundle.
pub(crate) const BUNDLE_BYTES_MAX: usize = 256 * ENTRY_BYTES;

/// Adds an entry.
pub(crate) fn push(bundle: &mut Vec<u8>, entry: &Entry) {
    let length = u16::try_from(Entry::LEN_BYTES).expect("34 fits");
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(&entry.bytes());
}

/// The entries of a bundle of `width`.
///
/// # Errors
/// Which entry, from 0, is not one of ours.
pub(crate) fn parse(bytes: &[u8], width: u64) -> Result<Vec<Entry>, u64> {
    let (records, rest) = bytes.as_chunks::<ENTRY_BYTES>();
    let entries: Vec<Entry> = records
        .iter()
        .enumerate()
        .map(|(at, record)| read_record(record).ok_or(at as u64))
        .collect::<Result<_, _>>()?;
    let whole = rest.is_empty() && entries.len() as u64 == width;
    if whole { Ok(entries) } else { Err(width.min(entries.len() as u64)) }
}

fn read_record(record: &[u8; ENTRY_BYTES]) -> Option<Entry> {
    let (length, entry) = record.split_first_chunk::<2>()?;
    (usize::from(u16::from_be_bytes(*length)) == Entry::LEN_BYTES).then(|| Entry::parse(entry))?
}
