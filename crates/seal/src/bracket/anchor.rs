//! The text of an ANCHOR: which state of the recording, under which blind, and the log's proof that it holds it.
//!
//! Not here: whether any of it is true (`judge.rs`). Source: `spec/log.md` section 3.
//! Invariant: `print(parse(x)) = x`.

use crate::note::{b64, unb64_32};
use crate::tlog::Proof;

const FIRST_LINE: &str = "counterpart/anchor/v1\n";

/// An anchor, taken apart but not yet judged.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Leaves under the recording's checkpoint it speaks of.
    pub(super) size: u64,
    pub(super) blind: [u8; 32],
    pub(super) proof: Proof,
}

impl Anchor {
    pub(super) fn parse(body: &[u8]) -> Option<Anchor> {
        let text = std::str::from_utf8(body).ok()?;
        let (size, rest) = text.strip_prefix(FIRST_LINE)?.strip_prefix("size: ")?.split_once('\n')?;
        let (blind, proof) = rest.strip_prefix("blind: ")?.split_once('\n')?;
        let anchor =
            Anchor { size: size.parse().ok()?, blind: unb64_32(blind)?, proof: Proof::parse(proof.as_bytes())? };
        (anchor_body(anchor.size, &anchor.blind, &anchor.proof) == body).then_some(anchor)
    }
}

/// The bytes of an anchor for the recording's checkpoint over `size` leaves, which the log was given under `blind`.
#[must_use]
pub fn anchor_body(size: u64, blind: &[u8; 32], proof: &Proof) -> Vec<u8> {
    format!("{FIRST_LINE}size: {size}\nblind: {}\n{}", b64(blind), proof.print()).into_bytes()
}
