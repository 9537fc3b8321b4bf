//! A proof of logging in one text: index, hashes, checkpoint (C2SP tlog-proof).
//!
//! Not here: what the entry is, and whether the checkpoint is to be trusted (`policy.rs`).
//! Invariants: `print(parse(x)) = x`; what the log adds as `extra` is carried and never believed.

use super::checkpoint::SignedCheckpoint;
use super::proof::root_from_inclusion;
use crate::note::{NOTE_BYTES_MAX, b64, unb64, unb64_32};
use crate::tree::Hash;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// A proof in a tree of 2^64 entries has no more hashes.
const HASHES_MAX: usize = 64;

/// Everything needed to see, offline, that an entry is in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Anything the log adds; never believed.
    pub extra: Option<Vec<u8>>,
    /// The entry's place in the log, from 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling upwards.
    pub hashes: Vec<Hash>,
    /// The checkpoint it leads to.
    pub checkpoint: SignedCheckpoint,
}

impl Proof {
    /// Reads a proof; `None` for anything that would not print back, is longer than 16 KiB or has more than 64 hashes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Proof> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= NOTE_BYTES_MAX)?;
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n').peekable();
        lines.next().filter(|line| *line == FIRST_LINE)?;
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(unb64(line.strip_prefix("extra ")?)?),
            None => None,
        };
        let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        let hashes: Vec<Hash> = lines.map(unb64_32).collect::<Option<_>>()?;
        let proof = Proof { extra, index, hashes, checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())? };
        (proof.hashes.len() <= HASHES_MAX && proof.print() == text).then_some(proof)
    }

    /// The proof's text.
    #[must_use]
    pub fn print(&self) -> String {
        let extra = self.extra.as_ref().map(|extra| format!("extra {}\n", b64(extra))).unwrap_or_default();
        let hashes: String = self.hashes.iter().map(|hash| format!("{}\n", b64(hash))).collect();
        format!("{FIRST_LINE}\n{extra}index {}\n{hashes}\n{}", self.index, self.checkpoint.print())
    }

    /// Whether it leads from this leaf hash to its checkpoint's root.
    #[must_use]
    pub fn is_for(&self, leaf: &Hash) -> bool {
        let checkpoint = self.checkpoint.checkpoint();
        root_from_inclusion(leaf, self.index, checkpoint.size, &self.hashes) == Some(checkpoint.root)
    }
}
