//! What can go wrong with a log, and who is at fault.
//!
//! Not here: what an audit finds in somebody else's log (`audit`): that is a report. Invariants: each variant says what is
//! wrong; [`Refused::hint`] and [`AppendError::hint`] say what to do about it.

use std::fmt;

/// An error of an object store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Other bytes stand where a new object was to be written: somebody else writes here, or the store was changed. Stop.
    Differs {
        /// The object.
        path: String,
    },
    /// An object is larger than anything the log writes there. It was not read.
    TooLarge {
        /// The object.
        path: String,
        /// The most that was asked for.
        size_bytes_max: usize,
    },
    /// An object is not there that must be.
    Missing {
        /// The object.
        path: String,
    },
    /// An object is not what the log wrote there.
    Damaged {
        /// The object.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The store failed. After a write, nobody knows whether it took place.
    Failed {
        /// The object.
        path: String,
        /// What the store said.
        what: String,
    },
    /// The store does not do what a log needs of it. Nothing of the log was written.
    Unfit {
        /// What it does instead.
        what: String,
    },
    /// An earlier flush failed: this store takes no more writes before a restart.
    Poisoned {
        /// The first failure.
        what: String,
    },
}

impl StoreError {
    /// A store's failure in its own words.
    #[must_use]
    pub fn failed(path: &str, what: &dyn fmt::Display) -> StoreError {
        StoreError::Failed { path: path.to_owned(), what: what.to_string() }
    }

    /// An object that is not what the log wrote there.
    #[must_use]
    pub fn damaged(path: &str, what: &dyn fmt::Display) -> StoreError {
        StoreError::Damaged { path: path.to_owned(), what: what.to_string() }
    }

    /// An object above its largest size.
    #[must_use]
    pub fn too_large(path: &str, size_bytes_max: usize) -> StoreError {
        StoreError::TooLarge { path: path.to_owned(), size_bytes_max }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Differs { path } => write!(f, "{path} holds other bytes than the log would write there"),
            StoreError::TooLarge { path, size_bytes_max } => write!(f, "{path} is larger than {size_bytes_max} bytes"),
            StoreError::Missing { path } => write!(f, "{path} is missing"),
            StoreError::Damaged { path, what } | StoreError::Failed { path, what } => write!(f, "{path}: {what}"),
            StoreError::Unfit { what } => write!(f, "no log can be kept here: {what}"),
            StoreError::Poisoned { what } => write!(f, "no more writes: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// An error of the lock.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LockError {
    /// The lock holds another checkpoint than the log left there: another sequencer is running. Stop.
    Lost,
    /// The lock cannot be used as it is set up. Nothing was written.
    Setup(String),
    /// The lock failed. After a swap, nobody knows whether it took place.
    Failed(String),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::Lost => write!(f, "another sequencer has moved the lock on"),
            LockError::Setup(what) => write!(f, "the lock: {what}"),
            LockError::Failed(what) => write!(f, "the lock failed: {what}"),
        }
    }
}

impl std::error::Error for LockError {}

/// Why a log does not start. Nothing was signed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refused {
    /// There is neither a lock nor any object: this log was never made.
    NotCreated,
    /// A log is to be made where there is one.
    Exists,
    /// There are objects, but the lock knows nothing of this log.
    LockMissing,
    /// The lock knows this log, but there are no objects.
    ObjectsMissing {
        /// Entries by the lock.
        lock: u64,
    },
    /// The objects reach further than the lock: the lock is from the past.
    LockBehind {
        /// Entries by the lock.
        lock: u64,
        /// Entries by the objects.
        objects: u64,
    },
    /// The lock reaches further than the objects, and what would bring them up to it is not there: they are from the past.
    ObjectsBehind {
        /// Entries by the lock.
        lock: u64,
        /// Entries by the objects.
        objects: u64,
    },
    /// Lock and objects have as many entries under different roots.
    TwoHistories {
        /// Entries in both.
        size: u64,
    },
    /// A tile or entry is not what the lock's root says.
    Damaged {
        /// What is wrong, and with which object.
        what: String,
    },
    /// A checkpoint cannot be read, or this key did not sign it.
    NotOurs {
        /// Where it was found.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A witness has seen more of this log than the lock knows: lock and objects are both from the past.
    WitnessAhead {
        /// The witness.
        witness: String,
        /// Entries it has seen.
        seen: u64,
        /// Entries by the lock.
        lock: u64,
    },
    /// A witness says that it has seen more, or another history; it shows nothing for it, and no quorum vouches for the lock.
    WitnessClaims {
        /// The witness.
        witness: String,
        /// What it claims.
        what: String,
    },
    /// The index of duplicates has rows of entries that the lock does not know.
    IndexAhead {
        /// Entries by the index.
        index: u64,
        /// Entries by the lock.
        lock: u64,
    },
    /// A witness has seen another history of this log.
    WitnessDisagrees {
        /// The witness.
        witness: String,
        /// What it said.
        what: String,
    },
    /// The index of duplicates cannot be opened.
    Index(String),
    /// The object store failed.
    Store(StoreError),
    /// The lock failed.
    Lock(LockError),
}

impl Refused {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Refused::NotCreated => {
                "make the log once, explicitly; if it existed before, look for its lock and its objects"
            }
            Refused::Exists => "open it instead, or make the new log elsewhere",
            Refused::LockMissing => "name the lock this log has always used; never make a new one for old objects",
            Refused::ObjectsMissing { .. } => {
                "name the folder or bucket this log has always used, or bring all of it back"
            }
            Refused::LockBehind { .. } => {
                "the lock must never be restored: bring back the newest one, or end this log and begin one under a new name"
            }
            Refused::ObjectsBehind { .. } => {
                "bring back the newest objects, from a mirror if need be; a backup of yesterday lacks what was promised since"
            }
            Refused::TwoHistories { .. } => "keep both as evidence; end this log and begin one under a new name",
            Refused::Damaged { .. } => "bring this object back from a mirror and audit the log",
            Refused::NotOurs { .. } => "name the key and the lock that belong to this log",
            Refused::WitnessAhead { .. } => {
                "bring back the newest lock and objects, or end this log and begin one under a new name"
            }
            Refused::WitnessClaims { .. } => {
                "wait until the other witnesses answer; if lock and data were brought back, bring back the newest; if this witness lies, take it out of the policy"
            }
            Refused::IndexAhead { .. } => {
                "lock and data are from the past: bring back the newest of both; only if it is another log's index, name this log's own or remove it"
            }
            Refused::WitnessDisagrees { .. } => {
                "audit the log against this witness and the mirrors; sign nothing before it is explained"
            }
            Refused::Index(what) if what == crate::dedupe::IN_USE => "stop the other process first, or use that one",
            Refused::Index(_) => "remove the index's folder: it is built anew from the entries",
            Refused::Store(_) | Refused::Lock(_) => "see to the disk, the service or the permissions, then start again",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NotCreated => write!(f, "there is no log here"),
            Refused::Exists => write!(f, "there is a log here already"),
            Refused::LockMissing => write!(f, "there are objects of a log, but its lock is empty"),
            Refused::ObjectsMissing { lock } => write!(f, "the lock has {lock} entries, but there are no objects"),
            Refused::LockBehind { lock, objects } => {
                write!(f, "the lock is from the past: it has {lock} entries, the objects have {objects}")
            }
            Refused::ObjectsBehind { lock, objects } => {
                write!(f, "the objects are from the past: they have {objects} entries, the lock has {lock}")
            }
            Refused::TwoHistories { size } => write!(f, "lock and objects have {size} entries under different roots"),
            Refused::Damaged { what } => write!(f, "the log is damaged: {what}"),
            Refused::NotOurs { place, what } => write!(f, "{place}: {what}"),
            Refused::WitnessAhead { witness, seen, lock } => {
                write!(f, "witness {witness} has seen {seen} entries, the lock has only {lock}: it is from the past")
            }
            Refused::WitnessClaims { witness, what } => {
                write!(f, "witness {witness}: {what}; too few others cosign what the lock holds")
            }
            Refused::IndexAhead { index, lock } => {
                write!(f, "the index of duplicates knows {index} entries, the lock has only {lock}")
            }
            Refused::WitnessDisagrees { witness, what } => {
                write!(f, "witness {witness} has seen another history: {what}")
            }
            Refused::Index(what) => write!(f, "the index of duplicates: {what}"),
            Refused::Store(error) => write!(f, "{error}"),
            Refused::Lock(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<StoreError> for Refused {
    /// A store that cannot say is one thing, an object that is wrong another.
    fn from(error: StoreError) -> Refused {
        match error {
            StoreError::Failed { .. } | StoreError::Unfit { .. } | StoreError::Poisoned { .. } => Refused::Store(error),
            wrong => Refused::Damaged { what: wrong.to_string() },
        }
    }
}

impl From<LockError> for Refused {
    fn from(error: LockError) -> Refused {
        Refused::Lock(error)
    }
}

/// Why a running log signs no more. A restart looks at everything anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// What happened.
    pub what: String,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log has stopped: {}", self.what)
    }
}

impl std::error::Error for Stopped {}

/// Why an entry was not acknowledged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AppendError {
    /// More appends are under way than the log takes. The entry is not in the log; try again later.
    Busy,
    /// The log had stopped before. The entry is not in the log by this call.
    Stopped(Stopped),
    /// The log stopped while it took the entry: it may or may not be in. Submit it again after a restart; it gets one index.
    Unknown(Stopped),
    /// The entry is in the log, but the tiles its proof needs are missing or damaged.
    Damaged {
        /// Its index.
        index: u64,
        /// What is wrong.
        what: String,
    },
}

impl AppendError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            AppendError::Busy => "try again in a moment",
            AppendError::Stopped(_) => "see why it stopped, then start it again",
            AppendError::Unknown(_) => "submit the same entry again after a restart: it has one index, whichever it is",
            AppendError::Damaged { .. } => "audit the log; bring the named object back from a mirror",
        }
    }
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendError::Busy => write!(f, "the log is busy"),
            AppendError::Stopped(stopped) => write!(f, "{stopped}"),
            AppendError::Unknown(stopped) => write!(f, "{stopped}; whether the entry is in is not known"),
            AppendError::Damaged { index, what } => write!(f, "entry {index} is in, but cannot be proved: {what}"),
        }
    }
}

impl std::error::Error for AppendError {}
