//! One path, checked: what `verify`, `excerpt` and `redact` share.
//!
//! Not a judgement of its own: the verdict is `seal`'s. What is added is what the caller asked for
//! besides: whether the device is the one they named. Invariant: a file that is not good, or not
//! from the device named, never has exit code 0.

use std::path::{Path, PathBuf};

use recorder::FileSource;
use seal::{Check, Evidence, Outcome, ReadAt, Verdict};

use crate::error::plain;
use crate::files::{self, Place};
use crate::keyfile::PublicDevice;
use crate::out::Progress;
use crate::text;

/// Whether the device that sealed a recording is the one the caller named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// No device was named, or there is nothing to compare.
    NotAsked,
    /// It is that device.
    Trusted,
    /// It is another device, or none.
    NotNamed,
}

/// What came of looking at one path.
pub(crate) enum Finding {
    /// The file was checked.
    Checked(Box<Verdict>),
    /// There is no file to check: what stands in its place.
    Nothing {
        /// One sentence.
        why: String,
    },
}

/// One path and what is known of it.
pub(crate) struct Checked {
    /// As given on the command line.
    pub(crate) path: PathBuf,
    pub(crate) finding: Finding,
    pub(crate) trust: Trust,
    /// The file itself, where `path` is its folder.
    pub(crate) file: Option<PathBuf>,
    /// Another file on the command line tells another history of the same recording.
    pub(crate) contradicted_by: Option<PathBuf>,
}

impl Checked {
    /// Checks a file, or the recording in a folder.
    pub(crate) fn path(path: &Path, check: Check, device: Option<&PublicDevice>) -> Checked {
        let nothing = |why: String| Checked {
            path: path.to_owned(),
            finding: Finding::Nothing { why },
            trust: Trust::NotAsked,
            file: None,
            contradicted_by: None,
        };
        let inside = match files::place(path) {
            Place::File(inside) => inside,
            Place::Unfinished => {
                return nothing(format!(
                    "A recording was not finished here: run counterpart recover {}",
                    recorder::shell::word(path)
                ));
            }
            Place::Empty => return nothing("There is no recording in this folder.".to_owned()),
        };
        match files::open(&inside) {
            Ok(file) => {
                Checked { file: Some(inside), ..Checked::source(path, &mut FileSource::new(file), check, device) }
            }
            Err(err) => nothing(format!("The file cannot be opened: {}.", plain(&err))),
        }
    }

    /// Checks an open file and calls it by this path.
    pub(crate) fn source(path: &Path, source: &mut dyn ReadAt, check: Check, device: Option<&PublicDevice>) -> Checked {
        let mut progress = Progress::new();
        let verdict = seal::verify(source, check, &mut |done, all| {
            progress.show(|| format!("{}: {} %", text::path(path), done * 100 / all.max(1)));
        });
        progress.clear();
        let trust = match (device, verdict.verified()) {
            (Some(device), Some(verified)) => trust(device, verified.evidence()),
            _ => Trust::NotAsked,
        };
        let finding = Finding::Checked(Box::new(verdict));
        Checked { path: path.to_owned(), finding, trust, file: None, contradicted_by: None }
    }

    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        match &self.finding {
            Finding::Checked(verdict) => Some(verdict),
            Finding::Nothing { .. } => None,
        }
    }

    /// The verdict, with what the other files and the named device add to it.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.verdict() {
            _ if self.contradicted_by.is_some() => Outcome::NotIntact,
            Some(verdict) => verdict.outcome(),
            None => Outcome::CannotSay,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self.outcome().exit_code() {
            0 if self.trust == Trust::NotNamed => 1,
            code => code,
        }
    }
}

fn trust(device: &PublicDevice, evidence: &Evidence) -> Trust {
    match &evidence.header.device {
        Some(sealed_by) if sealed_by.public_key == device.public_key => Trust::Trusted,
        _ => Trust::NotNamed,
    }
}
