//! From a copy's folder to the journal of the recording in it.
//!
//! Not here: reading the journal (`journal.rs`), judging the file (`seal`).
//! Invariant: the id in a file goes before any path, because folders move with their media; paths
//! are asked only when no file in the folder says whose it is.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use seal::{Peek, RecordingId};

use crate::file_source::FileSource;
use crate::folder::{PART, PART2, RECORDING};
use crate::journal;

/// Opens a regular file. The folder may be a stranger's: a pipe in a recording's place would hold up whoever opens it.
fn open(path: &Path) -> Option<File> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    file.metadata().ok()?.is_file().then_some(file)
}

/// What a file of that folder says of itself.
pub(crate) fn peek(folder: &Path, name: &str) -> Option<Peek> {
    seal::peek(&mut FileSource::new(open(&folder.join(name))?))
}

/// The recording that the files of a folder belong to, unfinished ones first.
pub(crate) fn id_in(folder: &Path) -> Option<RecordingId> {
    [PART, PART2, RECORDING].iter().find_map(|name| peek(folder, name)).map(|found| found.id)
}

/// The folder of the journal that knows the recording in a file.
pub(crate) fn journal_of_file(path: &Path, state_dir: &Path) -> Option<PathBuf> {
    let found = seal::peek(&mut FileSource::new(open(path)?))?;
    Some(journal::place(state_dir, found.id)).filter(|place| journal::is_there(place))
}

/// The folder of the journal that knows the recording in a copy's folder (a canonical path).
pub(crate) fn journal_of(folder: &Path, state_dir: &Path) -> Option<PathBuf> {
    match id_in(folder) {
        Some(id) => Some(journal::place(state_dir, id)).filter(|place| journal::is_there(place)),
        None => {
            let names = |place: &PathBuf| {
                journal::peek_start(place).is_some_and(|start| start.folders.iter().any(|named| named == folder))
            };
            // Several can name it when a part was moved away by hand: the latest is meant.
            journal::places(state_dir).into_iter().filter(names).max_by_key(|place| journal::changed_at(place))
        }
    }
}
