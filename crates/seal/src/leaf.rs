//! Leaf records, the commitments in them, and the salts under those (`spec/seal.md` section 4).
//!
//! Not here: how leaves are carried in a file (`body_*.rs`), the tree over them (`tree.rs`).
//! Invariants: one fixed layout per type; every commitment is under its own salt, so that a guess of silent sound or of a
//! short text can never be confirmed without the salt.

use crate::kinds::RecordingId;
use crate::tree::{Hash, leaf_hash};
use crate::{EndReason, EventKind};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Slot of a segment's frames, of an event's body, of END's STREAMINFO.
pub(crate) const SLOT_FIRST: u8 = 0;
/// Slot of END's closing text.
pub(crate) const SLOT_CLOSING: u8 = 1;

/// A commitment: SHA-256 of salt and content digest.
pub(crate) type Commitment = [u8; 32];
/// A salt.
pub(crate) type Salt = [u8; 32];

/// A recording's secret from which every salt comes. In full copies only.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Seed(pub(crate) [u8; 32]);

impl Seed {
    /// The salt of one commitment: leaf `index`, `slot` within it (RFC 5869).
    pub(crate) fn salt(&self, index: u64, slot: u8) -> Salt {
        let mut salt = [0; 32];
        let index = index.to_be_bytes();
        Hkdf::<Sha256>::new(None, &self.0)
            .expand_multi_info(&[b"counterpart/salt/v1\n", &index, &[slot]], &mut salt)
            .expect("32 bytes is a length HKDF-SHA256 gives");
        salt
    }
}

/// Commits to content whose SHA-256 is `digest`.
pub(crate) fn commit_digest(salt: &Salt, digest: &[u8; 32]) -> Commitment {
    Sha256::new().chain_update(salt).chain_update(digest).finalize().into()
}

/// Commits to content.
pub(crate) fn commit(salt: &Salt, content: &[u8]) -> Commitment {
    commit_digest(salt, &Sha256::digest(content).into())
}

/// A leaf, ready to be hashed.
pub(crate) enum Leaf<'a> {
    Header,
    Audio { first: u64, count: u32, frames: &'a Commitment, tracks: &'a [Commitment] },
    Event { kind: EventKind, first: u64, count: u64, body: &'a Commitment },
    Anchor { first: u64, body: &'a Commitment },
    End { reason: EndReason, total: u64, events: u32, streaminfo: &'a Commitment, closing: &'a Commitment },
}

impl Leaf<'_> {
    /// Hash of the leaf at `index` of recording `id`.
    pub(crate) fn hash(&self, id: RecordingId, index: u64) -> Hash {
        let mut record = Vec::with_capacity(20 + 32 + 25 + 9 * 32);
        record.extend_from_slice(b"counterpart/leaf/v1\n");
        record.extend_from_slice(id.as_bytes());
        let (kind, first, count) = match *self {
            Leaf::Header => (0, 0, 0),
            Leaf::Audio { first, count, .. } => (1, first, u64::from(count)),
            Leaf::Event { first, count, .. } => (2, first, count),
            Leaf::Anchor { first, .. } => (3, first, 0),
            Leaf::End { total, .. } => (4, total, 0),
        };
        record.push(kind);
        for number in [index, first, count] {
            record.extend_from_slice(&number.to_be_bytes());
        }
        match self {
            Leaf::Header => {}
            Leaf::Audio { frames, tracks, .. } => {
                record.extend_from_slice(*frames);
                tracks.iter().for_each(|track| record.extend_from_slice(track));
            }
            Leaf::Event { kind, body, .. } => {
                record.push(kind.number());
                record.extend_from_slice(*body);
            }
            Leaf::Anchor { body, .. } => record.extend_from_slice(*body),
            Leaf::End { reason, events, streaminfo, closing, .. } => {
                record.push(reason.number());
                record.extend_from_slice(&events.to_be_bytes());
                record.extend_from_slice(*streaminfo);
                record.extend_from_slice(*closing);
            }
        }
        leaf_hash(&record)
    }
}
