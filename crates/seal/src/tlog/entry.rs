//! What the log holds: a commitment under 34 bytes, and nothing about anybody.
//!
//! Not here: what is committed to elsewhere than in a recording (events belong to the desk). Source: `spec/log.md` section 2.
//! Invariant: an entry reveals its kind and 32 bytes that nobody can tell from chance without the blind.

use sha2::{Digest as _, Sha256};

/// The first byte of every entry.
const VERSION: u8 = 1;

/// What an entry commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A state of a recording, blinded ([`blinded`]).
    Recording,
    /// An event of a case, salted.
    Event,
}

impl EntryKind {
    /// Its number in an entry.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            EntryKind::Recording => 1,
            EntryKind::Event => 2,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn of(number: u8) -> Option<EntryKind> {
        [EntryKind::Recording, EntryKind::Event].into_iter().find(|kind| kind.number() == number)
    }
}

/// One entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// What is committed to.
    pub kind: EntryKind,
    /// The commitment.
    pub commitment: [u8; 32],
}

impl Entry {
    /// Length of every entry, bytes.
    pub const LEN_BYTES: usize = 34;

    /// The entry's bytes: version, kind, commitment.
    #[must_use]
    pub fn bytes(&self) -> [u8; Self::LEN_BYTES] {
        let mut out = [0; Self::LEN_BYTES];
        out[0] = VERSION;
        out[1] = self.kind.number();
        out[2..].copy_from_slice(&self.commitment);
        out
    }

    /// Reads an entry; `None` for any other length, version or kind.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Entry> {
        let (&[version, kind], commitment) = bytes.split_first_chunk::<2>()?;
        let (kind, commitment) = (EntryKind::of(kind)?, commitment.try_into().ok()?);
        (version == VERSION).then_some(Entry { kind, commitment })
    }

    /// Its hash as a leaf of the log.
    #[must_use]
    pub fn leaf_hash(&self) -> super::Hash {
        super::leaf_hash(&self.bytes())
    }
}

/// What the log is given of a recording's checkpoint: no size, no root, no value that links two of them.
#[must_use]
pub fn blinded(blind: &[u8; 32], checkpoint_text: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update("counterpart/anchor/v1\n")
        .chain_update(blind)
        .chain_update(checkpoint_text)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_printed_is_read() {
        let entry = Entry { kind: EntryKind::Event, commitment: [9; 32] };
        let bytes = entry.bytes();
        assert_eq!(Entry::parse(&bytes), Some(entry));
        assert_eq!(Entry::parse(&bytes[..33]), None, "short");
        assert_eq!(Entry::parse(&[&bytes[..], &[0]].concat()), None, "long");
        for (at, value) in [(0, 0), (0, 2), (1, 0), (1, 3)] {
            let mut bad = bytes;
            bad[at] = value;
            assert_eq!(Entry::parse(&bad), None, "byte {at} = {value}");
        }
    }
}
