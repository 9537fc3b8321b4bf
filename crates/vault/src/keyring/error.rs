//! Why the keyring refuses or fails, and what the caller may do about it.
//!
//! Every variant is one clear line, and most have a `hint`. Invariants: nothing secret and nothing about people is in a message:
//! ids are chance, names are those of offices, keys and places.

use std::fmt;
use std::path::PathBuf;

use super::ThingId;

/// Why an office key cannot be had or used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfficeKeyError {
    /// The caller's: no such key file.
    Missing(PathBuf),
    /// The caller's: a key file is never written over.
    Exists(PathBuf),
    /// The operator's: others on the machine may read it.
    Exposed(PathBuf),
    /// The file is no office key, or was damaged.
    Damaged(PathBuf),
    /// The caller's: the passphrase does not open the file.
    WrongPassphrase(PathBuf),
    /// The file asks for more work than a machine should do for a passphrase.
    TooMuchWork(PathBuf),
    /// The caller's: a name that cannot be kept.
    BadName,
    /// The caller's: the key was made for another office.
    OtherOffice {
        /// For which.
        of: String,
        /// For which it should be.
        expected: String,
    },
    /// The operator's: the module of the token cannot be loaded, or does not answer.
    NoModule {
        /// The module's file.
        module: PathBuf,
        /// What it said.
        reason: String,
    },
    /// No token of this label, or more than one.
    NoToken {
        /// The label asked for.
        token: String,
        /// How many there are.
        found: usize,
    },
    /// The token was asked again and again, and gave no answer that can be used: another program has it, or it is broken. The PIN was not tried, or not
    /// looked at.
    Unanswered {
        /// The label.
        token: String,
        /// What it said last.
        what: String,
    },
    /// The caller's: the token does not take the PIN.
    WrongPin(String),
    /// The token has locked itself after too many wrong PINs.
    LockedPin(String),
    /// The token holds no AES-256 key of this label, or more than one.
    NoKey {
        /// The token's label.
        token: String,
        /// The key's label.
        key: String,
        /// How many there are.
        found: usize,
    },
    /// The token gives its key out: then it is no token's key.
    Extractable {
        /// The token's label.
        token: String,
        /// The key's label.
        key: String,
    },
    /// This key did not wrap that, or what was wrapped is damaged.
    DoesNotOpen,
    /// Reading, writing or the token failed. Not tried again here.
    Failed(String),
}

impl fmt::Display for OfficeKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(file) => write!(f, "{}: there is no office key", file.display()),
            Self::Exists(file) => write!(f, "{} exists already", file.display()),
            Self::Exposed(file) => write!(f, "{}: others on this machine may read this key", file.display()),
            Self::Damaged(file) => write!(f, "{}: this is not an office key, or it is damaged", file.display()),
            Self::WrongPassphrase(file) => write!(f, "{}: the passphrase does not open this key", file.display()),
            Self::TooMuchWork(file) => {
                write!(f, "{}: this key file asks for more work than this machine should do", file.display())
            }
            Self::BadName => write!(f, "a name has 1 to 100 characters, none of them a control character"),
            Self::OtherOffice { of, expected } => write!(f, "made for \"{of}\", not for \"{expected}\""),
            Self::NoModule { module, reason } => write!(f, "{}: no PKCS#11 module: {reason}", module.display()),
            Self::NoToken { token, found: 0 } => write!(f, "there is no token \"{token}\""),
            Self::NoToken { token, found } => write!(f, "{found} tokens are called \"{token}\""),
            Self::Unanswered { token, what } => write!(f, "token \"{token}\" does not answer as it should: {what}"),
            Self::WrongPin(token) => write!(f, "token \"{token}\": the PIN is wrong"),
            Self::LockedPin(token) => write!(f, "token \"{token}\": the PIN is locked after too many wrong ones"),
            Self::NoKey { token, key, found: 0 } => write!(f, "token \"{token}\" has no AES-256 key \"{key}\""),
            Self::NoKey { token, key, found } => write!(f, "token \"{token}\" has {found} keys \"{key}\""),
            Self::Extractable { token, key } => write!(f, "token \"{token}\" would give its key \"{key}\" out"),
            Self::DoesNotOpen => write!(f, "another key wrapped this, or it is damaged"),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for OfficeKeyError {}

/// Why the keyring did not do what was asked. Unless a variant says otherwise, nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringError {
    /// The caller's: no keyring stands there.
    Missing(PathBuf),
    /// The operator's: this copy is gone, and another is there.
    Lost(PathBuf),
    /// The caller's: something stands there, and nothing is written over.
    Exists(PathBuf),
    /// The caller's: one or two places, each a file of its own.
    Places,
    /// The caller's: the keyring has another number of copies.
    CopyCount {
        /// How many it has.
        copies: u8,
        /// How many were named.
        named: usize,
    },
    /// The caller's: another kind of file.
    NotAKeyring(PathBuf),
    /// A newer program made it.
    Newer {
        /// The file.
        place: PathBuf,
        /// Its version.
        version: i64,
    },
    /// The operator's: others on the machine may read it.
    Exposed(PathBuf),
    /// The file was damaged; the other copy may be whole.
    Damaged {
        /// The file.
        place: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Somebody wrote into the file who is no holder of the office key, or its medium lost bytes. Nothing in it is believed.
    Changed {
        /// The file.
        place: PathBuf,
        /// What is not as it was written.
        what: String,
    },
    /// This copy is under an office key that was replaced since, so that nothing in it can be believed.
    Superseded(PathBuf),
    /// The caller's: the keyring of another office.
    OtherOffice {
        /// The file.
        place: PathBuf,
        /// Whose it is.
        office: String,
        /// Whose was expected.
        expected: String,
    },
    /// The caller's: the two files are no copies of one keyring.
    NotCopies(PathBuf, PathBuf),
    /// Both copies went on without each other, and cannot be brought together.
    Diverged(String),
    /// The caller's: the keyring is wrapped by another office key.
    WrongKey {
        /// The file.
        place: PathBuf,
        /// Which key it needs.
        needs: String,
        /// Which was given.
        given: String,
    },
    /// The office key was changed since this keyring was opened.
    Rotated {
        /// Which key it needs now.
        needs: String,
    },
    /// The office key failed.
    Key(OfficeKeyError),
    /// The caller's: no such thing.
    Unknown(ThingId),
    /// The caller's: the thing is there already, or was.
    Known(ThingId),
    /// The caller's: the thing was announced, and is not kept yet.
    Pending(ThingId),
    /// The caller's: the thing is kept, with another object perhaps.
    Kept(ThingId),
    /// The key is no more.
    Erased {
        /// The thing.
        id: ThingId,
        /// When, microseconds since 1970.
        at_us: i64,
        /// SHA-256 of the certificate, once it is noted.
        certificate: Option<[u8; 32]>,
    },
    /// The caller's: the key is not erased, so it has no certificate.
    NotErased(ThingId),
    /// The caller's: erased already, under another subject or another certificate.
    OtherErasure(ThingId),
    /// A hold stands: nothing is erased or forgotten.
    Held {
        /// The thing.
        id: ThingId,
        /// How many stand.
        holds: usize,
    },
    /// The caller's: the event store is older than what the keyring has seen.
    HeadBehind {
        /// The newest event the keyring knows.
        newest: u64,
        /// The number given.
        given: u64,
    },
    /// The caller's: another event of the same number.
    HeadForked(u64),
    /// The caller's: a value that has no place here.
    BadValue(&'static str),
    /// Another process holds the file for too long. May be tried again.
    Busy(PathBuf),
    /// A write failed; no copy has the change.
    NotWritten {
        /// The file.
        place: PathBuf,
        /// What the disk said.
        reason: String,
    },
    /// A write failed so late that the change may stand, in one copy or in all: the next change or opening makes them equal.
    /// Ask what is so before acting.
    Unsettled {
        /// The file that failed.
        place: PathBuf,
        /// What the disk said.
        reason: String,
    },
    /// The key is out of the keyring, and its bytes may still lie in this file: not destroyed yet. May be tried again.
    NotCleared {
        /// The file.
        place: PathBuf,
        /// Why it cannot be said that they are gone.
        reason: String,
    },
    /// A flush failed before: nothing more is written until the keyring is opened anew.
    Stopped(PathBuf),
    /// Reading failed, or the machine did.
    Failed {
        /// The file.
        place: PathBuf,
        /// What it said.
        reason: String,
    },
}

/// An id as people see it.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(place) => write!(f, "{}: there is no keyring", place.display()),
            Self::Lost(place) => write!(f, "{}: this copy of the keyring is gone", place.display()),
            Self::Exists(place) => write!(f, "{} exists already", place.display()),
            Self::Places => write!(f, "a keyring lies in one or two files, each in a place of its own"),
            Self::CopyCount { copies, named } => write!(f, "the keyring has {copies} copies, and {named} were named"),
            Self::NotAKeyring(place) => write!(f, "{}: this is not a keyring", place.display()),
            Self::Newer { place, version } => {
                write!(f, "{}: a newer program made this keyring (version {version})", place.display())
            }
            Self::Exposed(place) => write!(f, "{}: others on this machine may read this keyring", place.display()),
            Self::Damaged { place, what } => write!(f, "{}: the keyring is damaged: {what}", place.display()),
            Self::Changed { place, what } => {
                write!(f, "{}: the keyring was changed by something other than this program: {what}", place.display())
            }
            Self::Superseded(place) => {
                write!(f, "{}: this copy is under an office key that was replaced since", place.display())
            }
            Self::OtherOffice { place, office, expected } => {
                write!(f, "{}: the keyring of \"{office}\", not of \"{expected}\"", place.display())
            }
            Self::NotCopies(one, other) => {
                write!(f, "{} and {} are not copies of one keyring", one.display(), other.display())
            }
            Self::Diverged(what) => write!(f, "the copies of the keyring went different ways: {what}"),
            Self::WrongKey { place, needs, given } => {
                write!(f, "{}: this keyring needs the {needs}, not the {given}", place.display())
            }
            Self::Rotated { needs } => write!(f, "the office key was changed meanwhile; the keyring needs the {needs}"),
            Self::Key(error) => write!(f, "office key: {error}"),
            Self::Busy(place) => write!(f, "{}: another process holds the keyring", place.display()),
            Self::NotWritten { place, reason } => write!(f, "{}: not written: {reason}", place.display()),
            Self::Unsettled { place, reason } => {
                write!(f, "{}: failed while writing, and it may stand or not: {reason}", place.display())
            }
            Self::NotCleared { place, reason } => {
                write!(f, "{}: the key may still lie in this file: {reason}", place.display())
            }
            Self::Stopped(place) => write!(f, "{}: writing failed before; the keyring has stopped", place.display()),
            Self::Failed { place, reason } => write!(f, "{}: {reason}", place.display()),
            Self::HeadBehind { newest, given } => {
                write!(f, "the event store ends at {given}, and the keyring has seen {newest}: it is an old one")
            }
            Self::HeadForked(number) => write!(f, "event {number} is not the one that the keyring has seen"),
            Self::BadValue(what) => write!(f, "{what}"),
            thing => thing.of_a_thing(f),
        }
    }
}

impl OfficeKeyError {
    /// What may be done about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Exposed(_) => "chmod 600 the file, and ask who may have read it",
            Self::NoToken { found: 0, .. } => {
                "check the label, that the token is plugged in, and the settings of its module ($SOFTHSM2_CONF for SoftHSM)"
            }
            Self::NoToken { .. } => "take the other tokens away, or give the right one a label of its own",
            Self::Unanswered { .. } => "see which other program uses the token, and whether it is well; then try again",
            Self::LockedPin(_) => "its security officer can set a new PIN",
            Self::WrongPin(_) => "give the token's PIN; after some wrong ones a token locks itself",
            _ => "check office.toml, the key it names, and the passphrase",
        }
    }
}

impl KeyringError {
    fn of_a_thing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "{}: the keyring does not know this thing", Hex(id)),
            Self::Known(id) => write!(f, "{}: the keyring has this thing already", Hex(id)),
            Self::Pending(id) => write!(f, "{}: not kept yet", Hex(id)),
            Self::Kept(id) => write!(f, "{}: kept already", Hex(id)),
            Self::Erased { id, certificate: Some(digest), .. } => {
                write!(f, "{}: destroyed; certificate {}", Hex(id), Hex(digest))
            }
            Self::Erased { id, .. } => write!(f, "{}: destroyed; no certificate yet", Hex(id)),
            Self::NotErased(id) => write!(f, "{}: not destroyed", Hex(id)),
            Self::OtherErasure(id) => write!(f, "{}: destroyed already, and not by this act", Hex(id)),
            Self::Held { id, holds } => write!(f, "{}: held ({holds}); nothing was destroyed", Hex(id)),
            // Every other variant is of the keyring and has been written.
            _ => Ok(()),
        }
    }

    /// What may be done about it, if something may.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Lost(_) => "find the medium, or make a new copy from the other one",
            Self::CopyCount { .. } => "name every copy; add one, or replace a lost one, by the command for it",
            Self::Exposed(_) => "chmod 600 the file, and ask who may have read it",
            Self::Damaged { .. } => "move the file away and make a new copy from the other one",
            Self::Changed { .. } => "move the file away and keep it; then make a new copy from the other one",
            Self::Superseded(_) => "move the file away and make a new copy from the other one",
            Self::Diverged(_) => "move the one away that is not to count, and make a new copy from the other one",
            Self::WrongKey { .. } | Self::Rotated { .. } => "open it with the key it names",
            Self::Newer { .. } => "use the newer program",
            Self::HeadBehind { .. } => "bring back a newer copy of the event store; the keyring is never set back",
            Self::Unsettled { .. } => "see to that disk, then ask what is so before going on",
            Self::NotCleared { .. } => "do it again; it goes on from here",
            Self::Stopped(_) => "see to that disk, then start again",
            Self::Busy(_) => "try again",
            _ => return None,
        })
    }
}

impl std::error::Error for KeyringError {}

impl From<OfficeKeyError> for KeyringError {
    fn from(error: OfficeKeyError) -> KeyringError {
        KeyringError::Key(error)
    }
}
