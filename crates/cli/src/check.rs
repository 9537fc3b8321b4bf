//! One path, checked: what `verify`, `excerpt` and `redact` share.
//!
//! Not a judgement of its own: the verdict is `seal`'s. What is added is what the caller asked for
//! besides: whether the device is the one they named. Invariant: a file that is not good, or not
//! from the device named, never has exit code 0.

use std::path::{Path, PathBuf};

use recorder::{FileSource, shell};
use seal::certificate::Judgement;
use seal::tlog::Policy;
use seal::{Check, Evidence, Outcome, ReadAt, Reason, Verdict, Verified};

use crate::error::{plain, what_to_do};
use crate::files::{self, Place};
use crate::hint::{self, Odd};
use crate::keyfile::PublicDevice;
use crate::out::Progress;
use crate::quality::{Listener, Quality};
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
    /// The file is a certificate of destruction, and was judged.
    Certificate(Box<Judgement>),
    /// There is no file to check: what stands in its place.
    Nothing {
        /// One sentence.
        why: String,
        /// What to do about it.
        hint: String,
    },
}

/// Why a path leads to no file that could be checked: a clause, and what to do.
pub(crate) struct Missing {
    pub(crate) why: &'static str,
    pub(crate) hint: String,
}

/// The file that a path stands for: itself, or the recording in the folder that it names.
pub(crate) fn file_of(path: &Path, state_dir: Option<&Path>) -> Result<PathBuf, Missing> {
    match files::place(path) {
        Place::File(inside) => Ok(inside),
        Place::Unfinished if is_running(path, state_dir) => Err(Missing {
            why: "a recording is still being made here",
            hint: format!("wait for its end, or end it: counterpart control {} finish", shell::word(path)),
        }),
        Place::Unfinished => {
            Err(Missing { why: "a recording was not finished here", hint: hint::unfinished(&shell::word(path)) })
        }
        Place::Empty => Err(Missing {
            why: "there is no recording in this folder",
            hint: "name a file, or a folder with a recording.flac in it".to_owned(),
        }),
    }
}

fn is_running(path: &Path, state_dir: Option<&Path>) -> bool {
    state_dir.is_some_and(|state_dir| recorder::control::is_running(path, state_dir))
}

/// How files are looked at: the same for all of a command.
#[derive(Clone, Copy, Default)]
pub(crate) struct Look<'a> {
    /// Decode the sound as well.
    pub(crate) deep: bool,
    /// Say how it sounds; that is a deep check too.
    pub(crate) quality: bool,
    /// The device that should have sealed them.
    pub(crate) device: Option<&'a PublicDevice>,
    /// Whose word on time counts.
    pub(crate) policy: Option<&'a Policy>,
    /// Where it is asked whether an unfinished one still runs.
    pub(crate) state_dir: Option<&'a Path>,
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
    pub(crate) odd: Option<Odd>,
    /// How it sounds, where that was asked for and the sound holds.
    pub(crate) quality: Option<Quality>,
}

/// A recording that holds: only a check gives one out, and papers are written of nothing else.
pub(crate) struct Held {
    outcome: Outcome,
    verified: Verified,
}

impl Held {
    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        self.verified.evidence()
    }
}

impl Checked {
    /// Checks a file, or the recording in a folder.
    pub(crate) fn path(path: &Path, look: &Look<'_>, progress: &mut dyn FnMut(u64, u64)) -> Checked {
        let nothing = |why, hint| Checked::nothing(path, why, hint);
        let inside = match file_of(path, look.state_dir) {
            Ok(inside) => inside,
            Err(Missing { why, hint }) => return nothing(text::sentence(why), hint),
        };
        match files::open(&inside) {
            Ok(file) => {
                let checked = Checked::source(path, &mut FileSource::new(file), look, progress);
                checked.of_file(inside, look.state_dir)
            }
            Err(err) => nothing(format!("The file cannot be opened: {}.", plain(&err)), what_to_do(&err).to_owned()),
        }
    }

    /// A path that leads to nothing that can be checked: one sentence, and what to do.
    pub(crate) fn nothing(path: &Path, why: String, hint: String) -> Checked {
        Checked::unsealed(path, Finding::Nothing { why, hint })
    }

    /// A certificate of destruction.
    pub(crate) fn certificate(path: &Path, judgement: Judgement) -> Checked {
        Checked::unsealed(path, Finding::Certificate(Box::new(judgement)))
    }

    fn unsealed(path: &Path, finding: Finding) -> Checked {
        Checked {
            path: path.to_owned(),
            finding,
            trust: Trust::NotAsked,
            file: None,
            contradicted_by: None,
            odd: None,
            quality: None,
        }
    }

    /// Names the file that was checked, and asks whether it is still being made.
    pub(crate) fn of_file(mut self, file: PathBuf, state_dir: Option<&Path>) -> Checked {
        let reason = self.verdict().and_then(|verdict| verdict.reason());
        if reason == Some(Reason::Unfinished) && is_running(&file, state_dir) {
            self.odd = Some(Odd::Running);
        }
        self.file = Some(file);
        self
    }

    /// Checks an open file to the last sample and calls it by this path, with a line of progress of its own.
    pub(crate) fn deep(path: &Path, source: &mut dyn ReadAt) -> Checked {
        let mut progress = Progress::new();
        let look = Look { deep: true, ..Look::default() };
        Checked::source(path, source, &look, &mut |done, all| progress.show(|| percent(path, done, all)))
    }

    /// Checks an open file without decoding its sound, and calls it by this path.
    pub(crate) fn shallow(path: &Path, source: &mut dyn ReadAt) -> Checked {
        Checked::source(path, source, &Look::default(), &mut |_, _| {})
    }

    /// Checks an open file and calls it by this path.
    fn source(path: &Path, source: &mut dyn ReadAt, look: &Look<'_>, progress: &mut dyn FnMut(u64, u64)) -> Checked {
        let mut listener = look.quality.then(Listener::default);
        let verdict = match &mut listener {
            Some(listener) => seal::verify_listening(source, look.policy, progress, &mut |heard| listener.hear(&heard)),
            None => seal::verify(source, Check { deep: look.deep, trust: look.policy }, progress),
        };
        let evidence = verdict.verified().map(|verified| verified.evidence());
        let trust = match (look.device, evidence) {
            (Some(device), Some(evidence)) => trust(device, evidence),
            _ => Trust::NotAsked,
        };
        let quality = listener.zip(evidence).map(|(listener, evidence)| listener.quality(evidence));
        let odd = hint::odd(source, &verdict);
        let finding = Finding::Checked(Box::new(verdict));
        Checked { path: path.to_owned(), finding, trust, file: None, contradicted_by: None, odd, quality }
    }

    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        match &self.finding {
            Finding::Checked(verdict) => Some(verdict),
            Finding::Certificate(_) | Finding::Nothing { .. } => None,
        }
    }

    /// What came of a certificate.
    pub(crate) fn judgement(&self) -> Option<&Judgement> {
        match &self.finding {
            Finding::Certificate(judgement) => Some(judgement),
            Finding::Checked(_) | Finding::Nothing { .. } => None,
        }
    }

    /// The recording, if it holds and nothing speaks against it.
    pub(crate) fn held(&self) -> Option<Held> {
        let verified = self.verdict().and_then(Verdict::verified).filter(|_| self.exit_code() == 0)?;
        Some(Held { outcome: self.outcome(), verified: verified.clone() })
    }

    /// The verdict on a recording, with what the other files and the named device add to it. Of a certificate, which is none, nothing is said.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.verdict() {
            _ if self.contradicted_by.is_some() => Outcome::NotIntact,
            Some(verdict) => verdict.outcome(),
            None => Outcome::CannotSay,
        }
    }

    /// The word for the outcome, of whatever it is.
    pub(crate) fn outcome_name(&self) -> &'static str {
        self.judgement().map_or_else(|| self.outcome().name(), |judgement| judgement.outcome().name())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        if let Some(judgement) = self.judgement() {
            return judgement.outcome().exit_code();
        }
        match self.outcome().exit_code() {
            0 if self.trust == Trust::NotNamed => 1,
            code => code,
        }
    }
}

/// `recording.flac: 40 %`
pub(crate) fn percent(path: &Path, done: u64, all: u64) -> String {
    format!("{}: {} %", text::path(path), done * 100 / all.max(1))
}

fn trust(device: &PublicDevice, evidence: &Evidence) -> Trust {
    match &evidence.header.device {
        Some(sealed_by) if sealed_by.public_key == device.public_key => Trust::Trusted,
        _ => Trust::NotNamed,
    }
}
