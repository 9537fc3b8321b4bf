//! What an audit found, in kinds that a program can decide by and words that a person can read.
//!
//! Not how it was found (`mod.rs`, `rebuild.rs`). Invariants: a finding names its object once and says of which kind it is;
//! what is left out for want of room is counted, and its kind is kept; two checkpoints are one fork, wherever they were met.

use std::collections::BTreeSet;
use std::fmt;

use seal::tlog::{Judged, SignedCheckpoint};

use crate::error::StoreError;

/// More findings, notes or forks than this are not collected; one is enough to distrust a log.
const FINDINGS_MAX: usize = 1_000;

/// What an audit found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Entries that were rebuilt.
    pub entries: u64,
    /// Tiles, bundles and staging objects that were read.
    pub objects: u64,
    /// The newest checkpoint the log signed, as far as it serves one.
    pub newest: Option<SignedCheckpoint>,
    /// The published checkpoint, as far as it can be read.
    pub checkpoint: Option<SignedCheckpoint>,
    /// What the policy makes of it.
    pub judged: Option<Judged>,
    /// Whether the newest checkpoint, and so every entry, is cosigned by as many witnesses as the policy asks for. `None` without one.
    pub quorum: Option<bool>,
    /// The newest checkpoint so cosigned: what is beyond it is not witnessed yet. `None` without one, or when the policy asks for none.
    pub witnessed: Option<SignedCheckpoint>,
    /// Checkpoints, published or known before, that the rebuilt tree confirms.
    pub confirmed: u64,
    /// What the second mirror holds beside the log, if there is one and it is of this log.
    pub mirror: Option<Mirror>,
    /// Everything that is wrong or could not be read, up to a thousand.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub more: u64,
    /// What is worth knowing and no fault.
    pub notes: Vec<Note>,
    /// Two histories under one signature.
    pub forks: Vec<Fork>,
    kinds: BTreeSet<Kind>,
}

impl Report {
    /// Whether nothing is wrong and all could be read.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.kinds.is_empty() && self.forks.is_empty()
    }

    /// Whether something that was read is wrong; what could not be read is neither wrong nor right.
    #[must_use]
    pub fn disagrees(&self) -> bool {
        !self.forks.is_empty() || self.kinds.iter().any(|kind| kind.is_wrong())
    }

    pub(super) fn find(&mut self, kind: Kind, path: impl Into<String>, index: Option<u64>, what: impl Into<String>) {
        self.kinds.insert(kind);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { kind, path: path.into(), index, what: what.into() });
        } else {
            self.more += 1;
        }
    }

    /// An object that could not be had.
    pub(super) fn find_error(&mut self, path: impl Into<String>, error: &StoreError) {
        let (kind, what) = of_error(error);
        self.find(kind, path, None, what);
    }

    pub(super) fn note(&mut self, path: impl Into<String>, what: impl Into<String>) {
        if self.notes.len() < FINDINGS_MAX {
            self.notes.push(Note { path: path.into(), what: what.into() });
        }
    }

    /// Two checkpoints are one fork, from whichever side and in whichever order they were met.
    pub(super) fn fork(&mut self, fork: Fork) {
        let pair = |fork: &Fork| {
            let (here, there) = (fork.here.checkpoint().text(), fork.there.checkpoint().text());
            if here < there { (here, there) } else { (there, here) }
        };
        match self.forks.iter().position(|other| pair(other) == pair(&fork)) {
            Some(at) => self.forks[at].first_index = self.forks[at].first_index.or(fork.first_index),
            None if self.forks.len() < FINDINGS_MAX => self.forks.push(fork),
            None => self.more += 1,
        }
    }

    /// Whether one of these objects is named already.
    pub(super) fn names(&self, paths: &[&str]) -> bool {
        self.findings.iter().any(|finding| paths.contains(&finding.path.as_str()))
    }
}

/// A store's error as a kind, and in words without the object's path, which stands beside them.
pub(super) fn of_error(error: &StoreError) -> (Kind, String) {
    match error {
        StoreError::Missing { .. } => (Kind::Missing, "it is missing".into()),
        StoreError::TooLarge { size_bytes_max, .. } => {
            (Kind::Damaged, format!("it is larger than the {size_bytes_max} bytes that it can have at most"))
        }
        StoreError::Failed { what, .. } => (Kind::Unreadable, format!("it could not be read: {what}")),
        other => (Kind::Unreadable, format!("it could not be read: {other}")),
    }
}

/// Of which kind a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An object is there, but is not what the log signed, or nothing that a log writes.
    Damaged,
    /// An object is not there that must be.
    Missing,
    /// The entries lead to another root than a checkpoint of the log says, and what is served is not whole either.
    WrongRoot,
    /// A checkpoint has no signature of the log.
    Unsigned,
    /// A signature or cosignature does not verify.
    Forged,
    /// There are not as many cosignatures as the policy asks for.
    NoQuorum,
    /// The log signed more entries than it serves now.
    WentBack,
    /// A checkpoint is of another log than the one that is audited, or than the policy names.
    OtherLog,
    /// A file stands among the tiles that is neither a tile nor a bundle.
    Stray,
    /// An object could not be read: nobody knows whether it is well.
    Unreadable,
    /// A checkpoint could not be held against the entries, because not all of them could be read.
    Unconfirmed,
    /// There is no checkpoint at all: another place was meant, or nothing was ever published there.
    Nothing,
    /// The second mirror is of another log; it was not compared.
    OtherMirror,
}

impl Kind {
    /// Its name, for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Damaged => "damaged",
            Kind::Missing => "missing",
            Kind::WrongRoot => "wrong-root",
            Kind::Unsigned => "unsigned",
            Kind::Forged => "forged",
            Kind::NoQuorum => "no-quorum",
            Kind::WentBack => "went-back",
            Kind::OtherLog => "other-log",
            Kind::Stray => "stray",
            Kind::Unreadable => "unreadable",
            Kind::Unconfirmed => "unconfirmed",
            Kind::Nothing => "nothing",
            Kind::OtherMirror => "other-mirror",
        }
    }

    /// Whether something that was read is wrong. The others say only that nothing is known.
    #[must_use]
    pub fn is_wrong(self) -> bool {
        !matches!(self, Kind::Unreadable | Kind::Unconfirmed | Kind::Nothing | Kind::OtherMirror)
    }
}

/// One thing that is wrong or could not be read: the first place of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Of which kind it is.
    pub kind: Kind,
    /// The object, or `known` for a checkpoint the auditor brought, or `mirror/…`.
    pub path: String,
    /// The entry, if it is about one.
    pub index: Option<u64>,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}: entry {index}: {}", self.path, self.what),
            None => write!(f, "{}: {}", self.path, self.what),
        }
    }
}

/// Something worth knowing that is no fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The object.
    pub path: String,
    /// What there is to know.
    pub what: String,
}

/// What a second mirror holds beside the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mirror {
    /// Entries of the log's newest checkpoint.
    pub log_entries: u64,
    /// Entries of the mirror's newest checkpoint.
    pub entries: u64,
    /// Entries of its published checkpoint; `None` when it serves none that can be read.
    pub checkpoint_entries: Option<u64>,
    /// So many entries from the first on are the same on both sides; `None` when that cannot be said.
    pub same_entries: Option<u64>,
}

/// Two checkpoints of one log that cannot both be true: evidence against whoever holds its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fork {
    /// What the audited side serves.
    pub here: SignedCheckpoint,
    /// Where `here` comes from: `checkpoint`, `pending`, `mirror/…`.
    pub at: String,
    /// What was signed elsewhere.
    pub there: SignedCheckpoint,
    /// Where `there` comes from: `known`, `pending`, `mirror/checkpoint` …
    pub from: String,
    /// The first entry in which two mirrors differ.
    pub first_index: Option<u64>,
}
