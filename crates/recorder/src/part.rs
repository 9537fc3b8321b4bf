//! One copy's file while the recording is made: a head with room for the seal, then the frames.
//!
//! Not here: threads (`lane.rs`) and the finished head (`finish.rs`).
//! Invariants: the file is made new and only grows; after the first error nothing more is written to
//! it, because what an error left behind is not known; a flush that failed is never tried again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::folder::PART;
use crate::naming;

/// Why a copy can no longer be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Whether it is for want of room.
    pub(crate) full: bool,
    /// In words.
    pub(crate) why: String,
}

impl Lost {
    pub(crate) fn new(why: impl Into<String>) -> Lost {
        Lost { full: false, why: why.into() }
    }

    pub(crate) fn full() -> Lost {
        Lost { full: true, why: "disk full".into() }
    }

    /// What an error of the medium means; `doing` says what was being done.
    pub(crate) fn by(doing: &str, error: &io::Error) -> Lost {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Lost::full(),
            _ => Lost::new(format!("{doing}: {error}")),
        }
    }
}

/// A part file open for writing.
#[derive(Debug)]
pub(crate) struct PartFile {
    folder: PathBuf,
    file: File,
    identity: (u64, u64),
    reserve_bytes: u64,
    frames_bytes: u64,
}

impl PartFile {
    /// Makes the part in a folder, with its head, durable.
    pub(crate) fn create(folder: &Path, head: &[u8]) -> io::Result<PartFile> {
        let path = folder.join(PART);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        let written = PartFile::begin(folder, file, head);
        if written.is_err() {
            let _ = std::fs::remove_file(&path);
        }
        written
    }

    fn begin(folder: &Path, mut file: File, head: &[u8]) -> io::Result<PartFile> {
        file.write_all(head)?;
        file.sync_all()?;
        naming::sync_dir(folder)?;
        let meta = file.metadata()?;
        Ok(PartFile {
            folder: folder.to_owned(),
            file,
            identity: (meta.dev(), meta.ino()),
            reserve_bytes: head.len() as u64,
            frames_bytes: 0,
        })
    }

    /// The copy's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The open file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Bytes before the first frame.
    pub(crate) fn reserve_bytes(&self) -> u64 {
        self.reserve_bytes
    }

    /// Bytes of all frames so far.
    pub(crate) fn frames_bytes(&self) -> u64 {
        self.frames_bytes
    }

    /// Adds a frame; a short write is carried on with the rest.
    pub(crate) fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        self.file.write_all(frame)?;
        self.frames_bytes += frame.len() as u64;
        Ok(())
    }

    /// Makes everything appended durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Free bytes on the medium; it can be asked even when the folder has gone.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::fstatvfs(&self.file)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Takes the file away again, if it is still the one in its place.
    pub(crate) fn remove(self) {
        if self.check_place().is_ok() {
            // Nothing was recorded in it; one that stays behind is refused at the next start.
            let _ = std::fs::remove_file(self.folder.join(PART));
        }
    }

    /// Whether the file still stands where a person will look for it.
    pub(crate) fn check_place(&self) -> Result<(), Lost> {
        // The place first: a file that is removed between the two looks is then seen to be removed, not to be elsewhere.
        let place = std::fs::symlink_metadata(self.folder.join(PART));
        let held = self.file.metadata().map_err(|error| Lost::by("looking at the file", &error))?;
        if held.nlink() == 0 {
            return Err(Lost::new("the file was removed"));
        }
        match place {
            Ok(found) if (found.dev(), found.ino()) == self.identity => Ok(()),
            Ok(_) => Err(Lost::new("another file took its place")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Lost::new("the folder or the file in it is gone"))
            }
            Err(error) => Err(Lost::by("looking for the file", &error)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let part = PartFile::create(dir.path(), b"head").unwrap();
        assert_eq!(part.file().metadata().unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_left_its_place_is_noticed() {
        type Change = fn(&Path);
        let cases: [(&str, Change, Option<&str>); 4] = [
            ("nothing", |_| {}, None),
            ("removed", |at| std::fs::remove_file(at.join(PART)).unwrap(), Some("the file was removed")),
            (
                "moved",
                |at| std::fs::rename(at, at.with_extension("x")).unwrap(),
                Some("the folder or the file in it is gone"),
            ),
            (
                "replaced",
                |at| {
                    std::fs::rename(at.join(PART), at.join("away")).unwrap();
                    std::fs::write(at.join(PART), "").unwrap();
                },
                Some("another file took its place"),
            ),
        ];
        for (name, change, want) in cases {
            let dir = tempfile::tempdir().unwrap();
            let folder = dir.path().join("copy");
            std::fs::create_dir(&folder).unwrap();
            let part = PartFile::create(&folder, b"head").unwrap();
            change(&folder);
            assert_eq!(part.check_place().err().map(|lost| lost.why).as_deref(), want, "{name}");
        }
    }
}
