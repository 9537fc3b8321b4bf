//! Every checkpoint that was ever seen of a log, in a file: one JSON string of the signed note to a line.
//!
//! Not a proof of anything by itself: each is held against the log anew, every time. Invariants: nothing is ever taken out;
//! a line that cannot be read is an error, never passed over; what was added is on the disk before the check ends.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use seal::tlog::SignedCheckpoint;

use crate::error::{Error, Result};

/// A file of a million checkpoints is below this.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Reads what was seen; nothing when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Vec<SignedCheckpoint>> {
    let mut text = String::new();
    match std::fs::File::open(path) {
        Ok(file) => file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(|err| Error::io(path, &err))?,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::io(path, &err)),
    };
    let read = |(at, line): (usize, &str)| {
        let note: Option<String> = serde_json::from_str(line).ok();
        note.and_then(|note| SignedCheckpoint::parse(note.as_bytes())).ok_or_else(|| {
            Error::of(format_args!("{}: line {}: not a checkpoint", path.display(), at + 1)).hint(
                "it was changed, or is another file; bring it back: without it a log that went back goes unnoticed",
            )
        })
    };
    text.lines().enumerate().map(read).collect()
}

/// Adds what is new among `seen`: another text than any in `known`.
pub(crate) fn add(path: &Path, known: &[SignedCheckpoint], seen: &[SignedCheckpoint]) -> Result<()> {
    let mut lines = String::new();
    let mut new: Vec<&SignedCheckpoint> = Vec::new();
    for signed in seen {
        let is_known = |other: &SignedCheckpoint| other.checkpoint() == signed.checkpoint();
        if !known.iter().any(is_known) && !new.iter().any(|other| is_known(other)) {
            new.push(signed);
            lines.push_str(&serde_json::to_string(&signed.print()).expect("text is JSON"));
            lines.push('\n');
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(lines.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|err| Error::io(path, &err))
}
