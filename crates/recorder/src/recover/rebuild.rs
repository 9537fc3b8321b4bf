//! Frames out of whatever a recording left on its media, and whole copies back onto them.
//!
//! Not here: which frames are wanted (`replay.rs`).
//! Invariants: a frame is handed out only with its digest; a part is finished in place only when every
//! one of its frames was read and matched, otherwise the copy is written anew beside it; every copy is
//! read back like that of a recording that never broke off.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use seal::{RecordingId, Sealed, Writer};
use sha2::{Digest as _, Sha256};

use super::replay::FrameRef;
use crate::file_source::FileSource;
use crate::finish::{self, CopyState};
use crate::folder::{PART, PART2, RECORDING};
use crate::journal::Start;
use crate::part::Lost;

/// Files that may hold frames.
pub(super) struct Sources(Vec<(File, u64)>);

/// Opens every file of this recording in the folders: parts, finished copies, rewritten parts.
pub(super) fn open_sources(folders: &[PathBuf], start: &Start) -> Sources {
    let id = Writer::resume(&start.header_note, start.about.clone(), &start.secrets).ok().map(|writer| writer.id());
    let mut files = Vec::new();
    for folder in folders {
        for name in [PART, RECORDING, PART2] {
            let Ok(file) = File::open(folder.join(name)) else { continue };
            match seal::peek(&mut FileSource::new(file)) {
                // A kill while the head was being written leaves a torn one; the frames are where they were.
                found if name == PART && found.as_ref().is_none_or(|found| Some(found.id) == id) => {
                    files.extend(reopen(folder, name, start.reserve_bytes));
                }
                Some(found) if Some(found.id) == id => files.extend(reopen(folder, name, found.frames_offset)),
                _ => {}
            }
        }
    }
    Sources(files)
}

fn reopen(folder: &Path, name: &str, frames_offset: u64) -> Option<(File, u64)> {
    Some((File::open(folder.join(name)).ok()?, frames_offset))
}

impl Sources {
    /// Reads a frame from the first file that has it.
    pub(super) fn read(&self, frame: &FrameRef, bytes: &mut Vec<u8>) -> bool {
        self.0.iter().any(|(file, frames_offset)| read_frame(file, *frames_offset, frame, bytes))
    }
}

fn read_frame(file: &File, frames_offset: u64, frame: &FrameRef, bytes: &mut Vec<u8>) -> bool {
    bytes.resize(frame.size as usize, 0);
    let Some(offset) = frames_offset.checked_add(frame.offset) else { return false };
    file.read_exact_at(bytes, offset).is_ok() && Sha256::digest(&*bytes)[..] == frame.digest
}

/// Whether a folder holds anything of that recording. A part without a head that reads counts: its head may be torn.
pub(super) fn holds(folder: &Path, id: RecordingId) -> bool {
    let torn = || folder.join(PART).exists() && crate::locate::peek(folder, PART).is_none();
    let named = |name: &&str| crate::locate::peek(folder, name).is_some_and(|found| found.id == id);
    [PART, PART2, RECORDING].iter().any(named) || torn()
}

/// Makes the copy in every folder whole, but in those that are `empty` of it.
pub(super) fn write_copies(
    folders: &[PathBuf],
    empty: &[bool],
    sources: &Sources,
    frames: &[FrameRef],
    reserve_bytes: u64,
    sealed: &Sealed,
) -> Vec<CopyState> {
    let copy = Copy { sources, frames, reserve_bytes, sealed };
    let state = |(folder, empty): (&PathBuf, &bool)| match empty {
        true if folder.is_dir() => Err(Lost::new("nothing of this recording is there: its medium is not in its place")),
        _ => copy.write(folder),
    };
    let states = folders.iter().zip(empty).map(state);
    states.map(|state| state.unwrap_or_else(|lost| CopyState::Lost { why: lost.why })).collect()
}

struct Copy<'a> {
    sources: &'a Sources,
    frames: &'a [FrameRef],
    reserve_bytes: u64,
    sealed: &'a Sealed,
}

impl Copy<'_> {
    fn write(&self, folder: &Path) -> Result<CopyState, Lost> {
        if !folder.is_dir() {
            return Err(Lost::new("its folder is not there"));
        }
        let head = finish::head_of(self.sealed, self.reserve_bytes as usize)?;
        if folder.join(RECORDING).symlink_metadata().is_ok() {
            // Its tags may have been edited since; what was sealed is what counts.
            let whole = finish::read_back_whole(folder, RECORDING, self.sealed.id(), self.sealed.checkpoint());
            return whole
                .map(finish::publish)
                .map_err(|lost| Lost::new(format!("{RECORDING} is there already, {}", lost.why)));
        }
        if head.len() as u64 == self.reserve_bytes
            && let Some(part) = self.intact_part(folder)
        {
            let cut = part.set_len(self.reserve_bytes + self.frames_bytes());
            cut.map_err(|error| Lost::by("cutting the part", &error))?;
            return finish::in_place(folder, &part, &head, self.frames_bytes(), self.sealed).map(finish::publish);
        }
        refuse_another(folder, self.sealed.id())?;
        finish::rewrite(folder, self.reserve_bytes as usize, self.sealed, |out| self.copy_frames(out))
            .map(finish::publish)
    }

    fn frames_bytes(&self) -> u64 {
        self.frames.last().map_or(0, |frame| frame.offset + u64::from(frame.size))
    }

    /// The folder's own part, if every frame in it is good.
    fn intact_part(&self, folder: &Path) -> Option<File> {
        refuse_another(folder, self.sealed.id()).ok()?;
        let part = OpenOptions::new().read(true).write(true).open(folder.join(PART)).ok()?;
        let mut bytes = Vec::new();
        self.frames.iter().all(|frame| read_frame(&part, self.reserve_bytes, frame, &mut bytes)).then_some(part)
    }

    fn copy_frames(&self, out: &mut dyn Write) -> io::Result<u64> {
        let mut bytes = Vec::new();
        for frame in self.frames {
            if !self.sources.read(frame, &mut bytes) {
                return Err(io::Error::other("a frame can no longer be read"));
            }
            out.write_all(&bytes)?;
        }
        Ok(self.frames_bytes())
    }
}

/// A part of another recording is that recording's business.
pub(super) fn refuse_another(folder: &Path, id: RecordingId) -> Result<(), Lost> {
    let another = |name: &&str| crate::locate::peek(folder, name).is_some_and(|found| found.id != id);
    match [PART, PART2].iter().find(|name| another(name)) {
        Some(name) => Err(Lost::new(format!("{name} there belongs to another recording"))),
        None => Ok(()),
    }
}
