//! Transparency logs as a reader sees them: checkpoints, cosignatures, proofs, keys, and whom to trust (`spec/log.md`).
//!
//! Not here: the log itself (crate `ledger`), what a recording proves by it (`crate::bracket`), networks and clocks.
//! Sources: RFC 6962 section 2.1; C2SP signed-note 1.0.0, tlog-checkpoint 1.0.0, tlog-cosignature 1.0.1, tlog-proof, tlog-policy.
//! Invariants: whatever parses prints back to the same bytes; a signature counts only under a key that a [`Policy`] names.

mod checkpoint;
mod entry;
mod key;
mod policy;
mod proof;
mod proof_text;

pub use checkpoint::{Checkpoint, Cosigned, SignatureLine, Signed, SignedCheckpoint};
pub use entry::{Entry, EntryKind, blinded};
pub use key::{KeyKind, SignerKey, VerifierKey};
pub use policy::{Judged, Party, Policy, PolicyError};
pub use proof::{consistency_proof, inclusion_proof, is_consistent, root, root_from_inclusion};
pub use proof_text::Proof;

pub use crate::tree::{Hash, leaf_hash, node_hash};

/// The root of a log without entries (RFC 6962 section 2.1: the hash of nothing).
#[must_use]
pub fn empty_root() -> Hash {
    crate::tree::Tree::default().root()
}
