//! From written frames to a saved copy: the head in place, flushed, read back, given its name.
//!
//! Not here: when a recording ends and what is signed (`sealer/end.rs`, `recover.rs`).
//! Invariants: a [`Saved`] exists only where the file was read back from its medium, byte for byte
//! what was meant, verified, and then named durably; a finished name never replaces anything; the
//! part stays until the copy that replaces it has its name.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::Advice;
use seal::{Check, CopyWords, EndReason, Format, Kind, RecordingId, Sealed};
use sha2::{Digest as _, Sha256};

use crate::file_source::FileSource;
use crate::folder::{PART, PART2, RECORDING};
use crate::naming::{give_name, sync_dir};
use crate::part::{Lost, PartFile};

const CHUNK_BYTES: usize = 1 << 20;

/// How a recording ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The recording's id.
    pub id: RecordingId,
    /// The copy words, the same for every copy.
    pub words: CopyWords,
    /// SHA-256 of the file, the same for every copy.
    pub digest: [u8; 32],
    /// Why it ended.
    pub reason: EndReason,
    /// Shape of the sound.
    pub format: Format,
    /// Samples of each track.
    pub total_samples: u64,
    /// Every copy asked for, in the order the folders were named.
    pub copies: Vec<CopyResult>,
    /// Evidence of time that was asked for while it was made; none of a recovery.
    pub time: Option<TimeEvidence>,
    /// The journal's folder, when it was kept so that a recovery can still make a copy.
    pub journal_kept: Option<PathBuf>,
}

impl Outcome {
    /// Whether every copy asked for is saved.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.copies.iter().all(|copy| matches!(copy.state, CopyState::Saved(_)))
    }
}

/// What a recording has from outside to say when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeEvidence {
    /// Whether the header has a log's checkpoint: made no earlier.
    pub has_checkpoint: bool,
    /// Anchors on the record.
    pub anchors: u32,
    /// The longest stretch of sound without one between two of them, or one and either end, samples.
    pub longest_samples: u64,
    /// Whether the end is anchored.
    pub end_is_anchored: bool,
    /// Time stamps over the end.
    pub timestamps: u32,
    /// Who was asked about the end and gave nothing, and why.
    pub missing: Vec<(String, String)>,
}

/// What became of one copy.
#[derive(Clone, Debug)]
pub struct CopyResult {
    /// Its folder.
    pub folder: PathBuf,
    /// Saved or lost.
    pub state: CopyState,
}

impl CopyResult {
    /// Where the finished recording is, or would be.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(RECORDING)
    }
}

/// Saved or lost; nothing between.
#[derive(Clone, Debug)]
pub enum CopyState {
    /// It was read back and has its name.
    Saved(Saved),
    /// It is not to be relied on.
    Lost {
        /// Why, in words.
        why: String,
    },
}

/// Proof that a copy was read back from its medium and is what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    digest: [u8; 32],
    len_bytes: u64,
    left: Option<Left>,
}

/// A part that should have gone when the copy beside it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Where it is.
    pub path: PathBuf,
    /// Why it could not be removed, in words.
    pub why: String,
}

impl Saved {
    /// SHA-256 of the file as it was read back.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Length of the file.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    /// A part that was left behind beside it. The copy is saved all the same.
    #[must_use]
    pub fn left(&self) -> Option<&Left> {
        self.left.as_ref()
    }
}

/// A file that was read back and waits for its name.
pub(crate) struct ReadBack {
    folder: PathBuf,
    name: &'static str,
    digest: [u8; 32],
    len_bytes: u64,
}

/// Finishes every part at the same time. All of them get the same bytes.
pub(crate) fn complete(parts: Vec<Result<PartFile, Lost>>, sealed: &Sealed) -> Vec<CopyState> {
    let read_back: Vec<Result<ReadBack, Lost>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            parts.into_iter().map(|part| scope.spawn(move || part.and_then(|part| prepare(&part, sealed)))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(Lost::new("the recorder itself failed"))))
            .collect()
    });
    let digest = read_back.iter().flatten().map(|copy| copy.digest).next();
    let equal = read_back.iter().flatten().all(|copy| Some(copy.digest) == digest);
    read_back
        .into_iter()
        .map(|copy| match copy {
            Ok(_) if !equal => CopyState::Lost { why: "the copies read back differently".into() },
            Ok(copy) => publish(copy),
            Err(lost) => CopyState::Lost { why: lost.why },
        })
        .collect()
}

fn prepare(part: &PartFile, sealed: &Sealed) -> Result<ReadBack, Lost> {
    let reserve = part.reserve_bytes();
    if let Ok(head) = sealed.head(reserve as usize) {
        part.check_place()?;
        return in_place(part.folder(), part.file(), &head, part.frames_bytes(), sealed);
    }
    let mut frames = part.file();
    frames.seek(SeekFrom::Start(reserve)).map_err(|error| Lost::by("reading the part", &error))?;
    let mut frames = Read::take(frames, part.frames_bytes());
    rewrite(part.folder(), reserve as usize, sealed, |out| io::copy(&mut frames, out))
}

/// The head that goes before the frames when `reserve_bytes` were kept for it: as long as that, or as
/// long as the seal needs. A function of the recording alone, so that copies are equal.
pub(crate) fn head_of(sealed: &Sealed, reserve_bytes: usize) -> Result<Vec<u8>, Lost> {
    sealed
        .head(reserve_bytes)
        .or_else(|outgrown| sealed.head(outgrown.needed))
        .map_err(|_| Lost::new("the seal does not fit into a FLAC file"))
}

/// Writes the finished head over the unfinished one.
pub(crate) fn in_place(
    folder: &Path,
    file: &File,
    head: &[u8],
    frames_bytes: u64,
    sealed: &Sealed,
) -> Result<ReadBack, Lost> {
    file.write_all_at(head, 0).map_err(|error| Lost::by("writing the seal", &error))?;
    file.sync_all().map_err(|error| Lost::by("flushing the seal", &error))?;
    read_back(folder, PART, head, frames_bytes, sealed)
}

/// Writes a whole file anew, beside the part. `copy_frames` writes all the frames and says how many bytes.
pub(crate) fn rewrite(
    folder: &Path,
    reserve_bytes: usize,
    sealed: &Sealed,
    copy_frames: impl FnOnce(&mut dyn Write) -> io::Result<u64>,
) -> Result<ReadBack, Lost> {
    let head = head_of(sealed, reserve_bytes)?;
    let write = || -> io::Result<u64> {
        let path = folder.join(PART2);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let mut out = io::BufWriter::with_capacity(CHUNK_BYTES, &file);
        out.write_all(&head)?;
        let frames_bytes = copy_frames(&mut out)?;
        out.flush()?;
        drop(out);
        file.sync_all()?;
        sync_dir(folder)?;
        Ok(frames_bytes)
    };
    let frames_bytes = write().map_err(|error| Lost::by("writing the file anew", &error))?;
    read_back(folder, PART2, &head, frames_bytes, sealed)
}

/// Reads a file back from its medium: the head must be the bytes that were written, the length what it
/// should be, and the seal must verify, which fixes every byte of the frames.
pub(crate) fn read_back(
    folder: &Path,
    name: &'static str,
    head: &[u8],
    frames_bytes: u64,
    sealed: &Sealed,
) -> Result<ReadBack, Lost> {
    let (digest, len_bytes, file) =
        hash_file(&folder.join(name), head).map_err(|error| Lost::by("reading back", &error))?;
    if len_bytes != head.len() as u64 + frames_bytes {
        return Err(Lost::new(format!("read back: {len_bytes} bytes instead of {}", head.len() as u64 + frames_bytes)));
    }
    check_seal(file, sealed.id(), sealed.checkpoint())?;
    Ok(ReadBack { folder: folder.to_owned(), name, digest, len_bytes })
}

/// Reads a finished copy back whose head may have been changed beside the seal (tags, padding).
pub(crate) fn read_back_whole(
    folder: &Path,
    name: &'static str,
    id: RecordingId,
    checkpoint: &str,
) -> Result<ReadBack, Lost> {
    let (digest, len_bytes, file) =
        hash_file(&folder.join(name), &[]).map_err(|error| Lost::by("reading back", &error))?;
    check_seal(file, id, checkpoint)?;
    Ok(ReadBack { folder: folder.to_owned(), name, digest, len_bytes })
}

/// The seal must verify and be the one that is meant, over the whole recording.
fn check_seal(file: File, id: RecordingId, checkpoint: &str) -> Result<(), Lost> {
    let verdict = seal::verify(&mut FileSource::new(file), Check::default(), &mut |_, _| {});
    let meant = verdict
        .verified()
        .map(seal::Verified::evidence)
        .is_some_and(|evidence| evidence.kind == Kind::Full && evidence.id == id && evidence.checkpoint == checkpoint);
    if meant {
        return Ok(());
    }
    let found = verdict.findings().first().map_or("another recording", |finding| finding.detail.as_str());
    Err(Lost::new(format!("read back: {found}")))
}

/// SHA-256 and length of a file, past the system's memory of it where the system can forget.
fn hash_file(path: &Path, head: &[u8]) -> io::Result<([u8; 32], u64, File)> {
    let mut file = File::open(path)?;
    // Not every file system can; the check itself does not depend on it.
    let _ = rustix::fs::fadvise(&file, 0, None, Advice::DontNeed);
    let mut hasher = Sha256::new();
    let mut len_bytes = 0;
    let mut head_left = head;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let got = match file.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            got => got?,
        };
        if got == 0 {
            break;
        }
        let (expected, rest) = head_left.split_at(head_left.len().min(got));
        if chunk[..expected.len()] != *expected {
            return Err(io::Error::other("the head is not what was written"));
        }
        head_left = rest;
        hasher.update(&chunk[..got]);
        len_bytes += got as u64;
    }
    Ok((hasher.finalize().into(), len_bytes, file))
}

/// Reads a finished copy that a check has just verified.
pub(crate) fn read_whole(path: &Path) -> io::Result<Saved> {
    let (digest, len_bytes, _) = hash_file(path, &[])?;
    Ok(Saved { digest, len_bytes, left: None })
}

/// Gives a file that was read back its name and makes that durable.
pub(crate) fn publish(copy: ReadBack) -> CopyState {
    let ReadBack { folder, name, digest, len_bytes } = copy;
    let named = if name == RECORDING { Ok(()) } else { give_name(&folder, name.as_ref(), RECORDING.as_ref()) };
    // What could not be removed takes nothing from a copy that has its name.
    let cleared = named.and_then(|()| {
        let left = clear(&folder);
        sync_dir(&folder).map(|()| left)
    });
    match cleared {
        Ok(left) => CopyState::Saved(Saved { digest, len_bytes, left }),
        Err(error) => CopyState::Lost { why: Lost::by("giving the file its name", &error).why },
    }
}

/// Removes parts that the named file has replaced; what stays of them.
fn clear(folder: &Path) -> Option<Left> {
    let remove = |name: &str| {
        let path = folder.join(name);
        let error = std::fs::remove_file(&path).err()?;
        // Only what is not there is known to be gone.
        let gone = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
        let stays = !path.symlink_metadata().is_err_and(gone);
        stays.then(|| Left { path, why: error.to_string() })
    };
    [PART, PART2].map(remove).into_iter().flatten().next()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn published(folder: &Path) -> CopyState {
        std::fs::write(folder.join(PART), "read back").unwrap();
        publish(ReadBack { folder: folder.to_owned(), name: PART, digest: [7; 32], len_bytes: 9 })
    }

    #[test]
    fn a_copy_is_saved_though_a_part_beside_it_stays() {
        let dir = tempfile::tempdir().unwrap();
        let CopyState::Saved(saved) = published(dir.path()) else { panic!("lost") };
        assert_eq!(saved.left(), None);

        let dir = tempfile::tempdir().unwrap();
        // No file: nobody may remove it as one, root included.
        let other = dir.path().join(PART2);
        std::fs::create_dir(&other).unwrap();
        let CopyState::Saved(saved) = published(dir.path()) else { panic!("lost") };
        assert_eq!(saved.left().map(|left| &left.path), Some(&other));
        assert_eq!(std::fs::read(dir.path().join(RECORDING)).unwrap(), b"read back");
    }

    #[test]
    fn a_copy_whose_name_was_taken_is_lost_and_its_part_stays() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(RECORDING), "another").unwrap();
        assert!(matches!(published(dir.path()), CopyState::Lost { .. }));
        assert!(dir.path().join(PART).exists());
    }
}
