//! What can go wrong when a recording is made, driven or recovered, and who is at fault.
//!
//! Not here: the loss of one copy while the others go on. That is no error but an alarm, an event on
//! the record and a line of the outcome (`observe.rs`, `finish.rs`).
//! Invariants: `Display` is one line that says what is wrong; [`Error::hint`] says what to do next;
//! an error of [`crate::start`] means that nothing was left behind on any medium.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::{control, shell, source};

/// An error of a recording.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The caller named no folder, or more than a recording can have copies.
    Copies(usize),
    /// The caller named a folder that is not there.
    FolderMissing(PathBuf),
    /// The caller named something that is not a folder.
    NotAFolder(PathBuf),
    /// The caller named one folder twice, perhaps by two paths.
    SameFolder(PathBuf, PathBuf),
    /// One copy's folder lies within the other's.
    NestedFolders(PathBuf, PathBuf),
    /// The state folder, where the signing key is kept, lies within a copy's folder.
    StateOnCopy(PathBuf, PathBuf),
    /// Nothing can be written into that folder.
    NotWritable(PathBuf, io::Error),
    /// The folder holds a recording, whole or unfinished, and nothing is ever written over.
    AlreadyThere(PathBuf),
    /// The folder's medium has not even room for the start of a recording.
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Free bytes on its medium.
        free_bytes: u64,
        /// Bytes needed to begin.
        needed_bytes: u64,
    },
    /// The source has no sound at all. Nothing was kept.
    NoSound,
    /// The source broke before its first sample, or its sound is of no use.
    Source(source::Error),
    /// The sound's shape or a value is outside the format; or the format's own code failed.
    Seal(seal::Error),
    /// The state folder, where journals are kept, cannot be used.
    State(PathBuf, io::Error),
    /// The operating system gave no randomness.
    Randomness(String),
    /// Every copy was lost. The sound up to then is safe as far as the media kept it; the journal
    /// named here recovers it.
    AllCopiesLost {
        /// Each folder and why it was lost.
        copies: Vec<(PathBuf, String)>,
        /// The journal's folder, where it could be kept.
        journal: Option<PathBuf>,
    },
    /// A thread of the recording ended without a result: a fault of this program. The journal is kept.
    Broken(&'static str),
    /// A recording is running there: wait for it, or end it first.
    Running(PathBuf),
    /// No recording is running there.
    NotRunning(PathBuf),
    /// The running recording did not take the command.
    Refused(String),
    /// The reason that the caller gave for a command cannot go on the record as it stands.
    Reason(String),
    /// Speaking with the running recording failed.
    Control(io::Error),
    /// There is nothing of a recording in that folder and no journal names it.
    NothingToRecover(PathBuf),
    /// That folder, where a copy was being made, holds nothing of the recording, and sound is missing that its medium may hold.
    MediumAway(PathBuf),
    /// A part of a recording is there but its journal is not in this state folder.
    NoJournal {
        /// The folder.
        folder: PathBuf,
        /// The state folder that was searched.
        state: PathBuf,
    },
    /// The file that stands as the recording there is not whole, and no journal can mend it.
    NotWhole(PathBuf, String),
    /// The journal's own first record cannot be read.
    JournalUnreadable(PathBuf),
    /// Signing now could make a second history of this recording; so nothing was signed.
    WillNotSign(PathBuf, String),
}

impl Error {
    /// What the caller may do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Error::Copies(_) => "name two folders, best on two different media".into(),
            Error::FolderMissing(path) => format!("make it first: mkdir -p {}", shell::word(path)),
            Error::NotAFolder(_) => "name a folder; the recording's file is made inside it".into(),
            Error::NestedFolders(..) => "what takes one away takes the other; name folders apart, best on two media".into(),
            Error::StateOnCopy(..) => "name a state folder on this machine's own disk, outside both copies".into(),
            Error::SameFolder(..) => "two copies in one folder are one copy; name another folder".into(),
            Error::NotWritable(..) => "check its permissions and that the medium is not write-protected".into(),
            Error::AlreadyThere(path) if path.ends_with(crate::folder::RECORDING) => {
                "use a new folder, or move the recording that is there".into()
            }
            Error::AlreadyThere(path) => {
                let folder = path.parent().unwrap_or(path);
                format!("use a new folder, or finish that one: counterpart recover {}", shell::word(folder))
            }
            Error::NoRoom { .. } => "free some space or use another medium".into(),
            Error::NoSound => "check that the source is connected and not empty".into(),
            Error::Source(error) => error.hint(),
            Error::Seal(_) => "convert the sound to 8 to 48 kHz, 16 or 24 bit, 1 to 8 tracks".into(),
            Error::State(..) => "name a folder on this machine's own disk with --state".into(),
            Error::Randomness(_) => "restart the machine; recording without randomness would be worthless".into(),
            Error::AllCopiesLost { journal: None, .. } => {
                "keep the part files: they play, but can no longer be sealed".into()
            }
            Error::AllCopiesLost { .. } => "put the media back, then: counterpart recover DIR".into(),
            Error::Broken(_) => "run counterpart recover DIR, and report this".into(),
            Error::Running(_) => "end it first: counterpart control DIR finish".into(),
            Error::NotRunning(_) => "name a copy folder of a running recording, and the same --state; only who records may drive it".into(),
            Error::Refused(why) => control::what_to_do(why).into(),
            Error::Control(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                "only the user who records can drive the recording".into()
            }
            Error::Reason(_) => format!("say it in one line of at most {} bytes", control::REASON_BYTES_MAX),
            Error::Control(_) => "try again; if the recording has ended, look at its folder".into(),
            Error::NothingToRecover(_) => "name a copy folder of the recording that broke off".into(),
            Error::MediumAway(_) => {
                "put its medium in its place and recover again; if it will not come back: counterpart recover --give-up-missing DIR".into()
            }
            Error::NoJournal { .. } => {
                "the journal is on the machine that recorded, in its state folder; name it with --state, or take the other copy".into()
            }
            Error::NotWhole(..) => "take the other copy: the two were made equal".into(),
            Error::JournalUnreadable(_) => "restore the journal from where it was backed up; the part files still play".into(),
            Error::WillNotSign(..) => "verify the finished copies that there are; do not bring back an older journal".into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Copies(count) => write!(f, "a recording cannot have {count} copies"),
            Error::FolderMissing(path) => write!(f, "{}: no such folder", path.display()),
            Error::NotAFolder(path) => write!(f, "{}: not a folder", path.display()),
            Error::NestedFolders(a, b) => write!(f, "{} and {} lie one within the other", a.display(), b.display()),
            Error::StateOnCopy(state, copy) => {
                write!(f, "{}: the signing key would be kept on the medium {}", state.display(), copy.display())
            }
            Error::SameFolder(a, b) if a == b => write!(f, "{}: named twice", a.display()),
            Error::SameFolder(a, b) => write!(f, "{} and {} are the same folder", a.display(), b.display()),
            Error::NotWritable(path, cause) => write!(f, "{}: cannot be written to: {cause}", path.display()),
            Error::AlreadyThere(path) => write!(f, "{}: there is a recording already", path.display()),
            Error::NoRoom { folder, free_bytes, needed_bytes } => {
                write!(f, "{}: {free_bytes} bytes are free, {needed_bytes} are needed to begin", folder.display())
            }
            Error::NoSound => write!(f, "the source gave no sound"),
            Error::Source(error) => write!(f, "{error}"),
            Error::Seal(error) => write!(f, "{error}"),
            Error::State(path, cause) => write!(f, "{}: the journal cannot be kept there: {cause}", path.display()),
            Error::Randomness(cause) => write!(f, "no randomness from the operating system: {cause}"),
            Error::AllCopiesLost { copies, journal } => {
                write!(f, "every copy was lost")?;
                for (path, why) in copies {
                    write!(f, "; {}: {why}", path.display())?;
                }
                match journal {
                    Some(place) => write!(f, "; the journal is {}", place.display()),
                    None => write!(f, "; and there is no journal"),
                }
            }
            Error::Broken(what) => write!(f, "the recorder itself failed: {what}"),
            Error::Running(path) => write!(f, "{}: a recording is running there", path.display()),
            Error::NotRunning(path) => write!(f, "{}: no recording is running there", path.display()),
            Error::Refused(why) => write!(f, "the recording refused: {why}"),
            Error::Reason(why) => write!(f, "{why}"),
            Error::Control(cause) => write!(f, "cannot speak with the running recording: {cause}"),
            Error::MediumAway(path) => {
                write!(
                    f,
                    "{}: nothing of the recording is there, and sound is missing that its medium may hold",
                    path.display()
                )
            }
            Error::NothingToRecover(path) => write!(f, "{}: nothing to recover", path.display()),
            Error::NoJournal { folder, state } => write!(
                f,
                "{}: an unfinished recording, but its journal is not in {}",
                folder.display(),
                state.display()
            ),
            Error::NotWhole(path, why) => {
                write!(f, "{}: not whole ({why}), and there is no journal to mend it", path.display())
            }
            Error::JournalUnreadable(path) => write!(f, "{}: the journal cannot be read", path.display()),
            Error::WillNotSign(path, why) => write!(f, "{}: will not sign: {why}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

impl From<seal::Error> for Error {
    fn from(error: seal::Error) -> Self {
        Error::Seal(error)
    }
}
