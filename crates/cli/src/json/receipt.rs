//! `counterpart.receipt/1`: what was written, and of which recording.
//!
//! Not the receipt itself.
//! Invariant: the digest is that of the file that was checked.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::holding::Holding;
use crate::reading::Hashed;

#[derive(Serialize)]
pub(crate) struct Receipt {
    schema: &'static str,
    recording: RecordingOut,
    /// The papers, in the order they were written.
    written: Vec<String>,
}

/// The recording that something was made of.
#[derive(Serialize)]
pub(crate) struct RecordingOut {
    path: String,
    outcome: &'static str,
    recording: String,
    words: Option<String>,
    sha256: String,
    len_bytes: u64,
}

impl RecordingOut {
    pub(crate) fn new(holding: &Holding, hashed: &Hashed) -> RecordingOut {
        RecordingOut {
            path: shown(&holding.file),
            outcome: holding.outcome().name(),
            recording: holding.evidence().id.to_string(),
            words: holding.evidence().words.map(|words| words.to_string()),
            sha256: hashed.sha256.clone(),
            len_bytes: hashed.len_bytes,
        }
    }
}

impl Receipt {
    pub(crate) fn new(holding: &Holding, hashed: &Hashed, written: &[PathBuf]) -> Receipt {
        Receipt {
            schema: "counterpart.receipt/1",
            recording: RecordingOut::new(holding, hashed),
            written: written.iter().map(|path| shown(path)).collect(),
        }
    }
}

pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
