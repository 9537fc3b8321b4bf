//! Checkpoints of a recording: its id, the tree's size and root, signed (C2SP tlog-checkpoint 1.0.0).
//!
//! Not here: the tree (`tree.rs`), copy words (`copy_words.rs`). Source: `spec/seal.md` section 3.2.
//! Invariant: a text is accepted only in the one form it is printed in.

use crate::RecordingId;
use crate::kinds::unhex32;
use crate::note::{Note, RECORDING_KEY_NAME, b64, unb64_32};
use crate::tree::{Hash, Tree};

/// A checkpoint's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The recording it speaks of.
    pub(crate) id: RecordingId,
    /// Leaves in the tree.
    pub(crate) size: u64,
    /// Root over them.
    pub(crate) root: Hash,
}

impl Checkpoint {
    /// The checkpoint of a tree as it stands.
    pub(crate) fn of(id: RecordingId, tree: &Tree) -> Checkpoint {
        Checkpoint { id, size: tree.len(), root: tree.root() }
    }

    /// Three lines.
    pub(crate) fn text(&self) -> String {
        format!("counterpart/recording/{}\n{}\n{}\n", self.id, self.size, b64(&self.root))
    }

    fn parse(text: &str) -> Option<Checkpoint> {
        let mut lines = text.split('\n');
        let id = RecordingId(unhex32(lines.next()?.strip_prefix("counterpart/recording/")?)?);
        let size: u64 = lines.next()?.parse().ok()?;
        let root = unb64_32(lines.next()?)?;
        let checkpoint = Checkpoint { id, size, root };
        (checkpoint.text() == text).then_some(checkpoint)
    }

    /// Opens a checkpoint note: one signature line, by this recording's key, over a checkpoint of this recording.
    pub(crate) fn open(note: &[u8], id: RecordingId, public_key: &[u8; 32]) -> Option<Checkpoint> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        let signed = note.signature_count() == 1 && note.is_signed_by(0, RECORDING_KEY_NAME, public_key);
        (signed && checkpoint.id == id).then_some(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_printed_form_is_accepted() {
        let checkpoint = Checkpoint { id: RecordingId([1; 32]), size: 12, root: [2; 32] };
        let text = checkpoint.text();
        assert_eq!(Checkpoint::parse(&text), Some(checkpoint));
        for bad in [
            text.replace("\n12\n", "\n012\n"),
            text.replace("\n12\n", "\n+12\n"),
            text.replace("/01", "/0A"),
            format!("{text}extra\n"),
            text.trim_end().to_owned(),
        ] {
            assert_eq!(Checkpoint::parse(&bad), None, "{bad:?}");
        }
    }
}
