//! What a verified file says of the history of its recording, small enough to be kept of many files.
//!
//! Not evidence to show.
//! Invariant: it comes from a [`Verified`] only, so that a contradiction is always between two signed histories.

use crate::kinds::RecordingId;
use crate::verdict::Verified;
use sha2::{Digest as _, Sha256};

/// Whose recording a file is of, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    id: RecordingId,
    public_key: [u8; 32],
    /// Digest of the final checkpoint's text, without its signatures.
    checkpoint: [u8; 32],
}

impl History {
    /// Of a file that holds.
    #[must_use]
    pub fn of(verified: &Verified) -> History {
        let evidence = verified.evidence();
        let text = evidence.checkpoint.split("\n\n").next().unwrap_or_default();
        let checkpoint = Sha256::digest(text.as_bytes()).into();
        History { id: evidence.id, public_key: evidence.header.public_key, checkpoint }
    }

    /// The recording.
    #[must_use]
    pub fn id(&self) -> RecordingId {
        self.id
    }

    /// The recording key, which signs one history only.
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// Whether both were signed by one key and cannot both be: one recording with two ends, or two recordings.
    #[must_use]
    pub fn contradicts(&self, other: &History) -> bool {
        self.public_key == other.public_key && (self.id != other.id || self.checkpoint != other.checkpoint)
    }
}
