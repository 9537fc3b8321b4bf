//! Finished copies that lie beside a journal: what was signed once is copied, never signed anew.
//!
//! Not here: making a copy from frames (`rebuild.rs`).
//! Invariants: only a full file that verifies, of this recording's id, counts; two that show different
//! ends stop everything; the other copies get the very bytes of one of them, read back.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use seal::{Check, Evidence, Kind, RecordingId};

use crate::error::Error;
use crate::file_source::FileSource;
use crate::finish::{self, CopyResult, CopyState, Outcome, ReadBack};
use crate::folder::{PART, PART2, RECORDING};
use crate::naming::sync_dir;
use crate::part::Lost;

/// A file in which the whole recording verified.
struct Whole {
    folder: PathBuf,
    name: &'static str,
    evidence: Evidence,
}

/// Every finished copy of one recording; all show the same end.
pub(super) struct Finished(Vec<Whole>);

impl Finished {
    /// Looks for finished copies in the folders. The error says why nothing may be signed.
    pub(super) fn find(folders: &[PathBuf], id: RecordingId) -> Result<Finished, String> {
        let mut found: Vec<Whole> = Vec::new();
        for folder in folders {
            for name in [RECORDING, PART, PART2] {
                if let Some(evidence) = verified(&folder.join(name), id) {
                    found.push(Whole { folder: folder.clone(), name, evidence });
                }
            }
        }
        match found.iter().any(|other| other.evidence.checkpoint != found[0].evidence.checkpoint) {
            true => Err("finished copies show two different ends".into()),
            false => Ok(Finished(found)),
        }
    }

    /// The final checkpoint that they show.
    pub(super) fn checkpoint(&self) -> Option<&str> {
        self.0.first().map(|whole| whole.evidence.checkpoint.as_str())
    }

    /// In which of the folders a copy stands under its name.
    pub(super) fn stands_in(&self, folders: &[PathBuf]) -> Vec<bool> {
        let stands = |folder: &PathBuf| self.0.iter().any(|whole| whole.folder == *folder && whole.name == RECORDING);
        folders.iter().map(stands).collect()
    }

    /// Makes the copy in every folder whole.
    pub(super) fn copy_to(&self, folders: &[PathBuf]) -> Vec<CopyState> {
        let state = |folder: &PathBuf| self.copy_into(folder).map_or_else(lost, finish::publish);
        folders.iter().map(state).collect()
    }

    /// What there is to say of the recording and the copies, one of which at least is saved.
    pub(super) fn outcome(&self, copies: Vec<CopyResult>, journal_kept: Option<PathBuf>) -> Result<Outcome, Error> {
        let saved = copies.iter().find_map(|copy| match &copy.state {
            CopyState::Saved(saved) => Some(saved.digest()),
            CopyState::Lost { .. } => None,
        });
        let evidence = self.0.first().map(|whole| &whole.evidence);
        let said = evidence.and_then(|evidence| Some((evidence, evidence.words?, evidence.end?)));
        let (Some(digest), Some((evidence, words, reason))) = (saved, said) else {
            let copies = copies.into_iter().filter_map(|copy| match copy.state {
                CopyState::Lost { why } => Some((copy.folder, why)),
                CopyState::Saved(_) => None,
            });
            return Err(Error::AllCopiesLost { copies: copies.collect(), journal: journal_kept });
        };
        Ok(Outcome {
            id: evidence.id,
            words,
            digest,
            reason,
            format: evidence.header.format,
            total_samples: evidence.total_samples,
            copies,
            time: None,
            journal_kept,
        })
    }

    fn copy_into(&self, folder: &Path) -> Result<ReadBack, Lost> {
        if !folder.is_dir() {
            return Err(Lost::new("its folder is not there"));
        }
        if let Some(own) = self.0.iter().find(|whole| whole.folder == folder) {
            return own.read_back(folder, own.name);
        }
        if folder.join(RECORDING).symlink_metadata().is_ok() {
            return Err(Lost::new(format!("another {RECORDING} is there already")));
        }
        let Some(whole) = self.0.first() else { return Err(Lost::new("no copy is finished")) };
        super::rebuild::refuse_another(folder, whole.evidence.id)?;
        whole.write_to(folder).map_err(|error| Lost::by("writing the file anew", &error))?;
        whole.read_back(folder, PART2)
    }
}

impl Whole {
    fn write_to(&self, folder: &Path) -> io::Result<()> {
        let mut from = File::open(self.place())?;
        from.seek(SeekFrom::Start(0))?;
        let path = folder.join(PART2);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        io::copy(&mut from, &mut to)?;
        to.sync_all()?;
        sync_dir(folder)
    }

    fn read_back(&self, folder: &Path, name: &'static str) -> Result<ReadBack, Lost> {
        finish::read_back_whole(folder, name, self.evidence.id, &self.evidence.checkpoint)
    }

    /// Where the file is: a part may have been given its name since it was found.
    fn place(&self) -> PathBuf {
        let found = self.folder.join(self.name);
        if found.exists() { found } else { self.folder.join(RECORDING) }
    }
}

fn lost(lost: Lost) -> CopyState {
    CopyState::Lost { why: lost.why }
}

/// What a file shows, if it is a good full copy of that recording.
fn verified(path: &Path, id: RecordingId) -> Option<Evidence> {
    let found = seal::peek(&mut FileSource::new(File::open(path).ok()?))?;
    if found.id != id || found.unfinished {
        return None;
    }
    let verdict = seal::verify(&mut FileSource::new(File::open(path).ok()?), Check::default(), &mut |_, _| {});
    let evidence = verdict.verified()?.evidence();
    (evidence.id == id && evidence.kind == Kind::Full).then(|| evidence.clone())
}
