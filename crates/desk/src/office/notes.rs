//! What an office notes about itself: its founding, questions to clocks, restores. Its own stream, beside those of things and staff.
//!
//! Not here: things (`casework::custody`) and people (`casework::staff`).
//! Invariant: nothing private stands in them; what parses prints back to the same bytes.

use serde::{Deserialize, Serialize};

/// One note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Note {
    /// The office was set up.
    Founded {
        /// Its name.
        office: String,
    },
    /// Nothing in it is real: said once, right after that, or never.
    Demonstration,
    /// The log's witnesses were asked what time it is, by an entry that was made for it.
    TimeAsked,
    /// The office key was changed.
    Rotated {
        /// The key's version since then.
        version: u32,
    },
    /// Somebody looked at the rows that were taken out because no program of the office wrote them.
    StraysSeen {
        /// How many there had been until then.
        count: u64,
    },
    /// The events were brought back from a backup; those between are lost, and their commitments stand in the log.
    Restored {
        /// The newest event of the backup.
        newest: u64,
        /// The newest event that the keyring knew of.
        known: u64,
    },
}

impl Note {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a note has only text keys")
    }

    /// The note that they are.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Note> {
        let note: Note = serde_json::from_slice(bytes).ok()?;
        (note.bytes() == bytes).then_some(note)
    }
}
