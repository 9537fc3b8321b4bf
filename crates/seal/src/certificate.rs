//! The certificate of destruction: what it says, its text and JSON, its commitment, and whether a log holds it.
//!
//! Not here: destroying, and deciding that it may be done (crates `vault`, `casework`, `desk`); clocks and chance. Source:
//! `spec/certificate.md`. Invariants: `print(parse(x)) = x`; a certificate has no title, no name of a claimant and no words of a
//! case; a [`Judgement`] that says *destroyed* exists only where every check passed.

mod file;
mod json;
mod judge;
mod lines;
mod moment;
mod subject;
mod text;

pub use file::{CertificateFile, FILE_BYTES_MAX, TEXT_BYTES_MAX, is_certificate, salted};
pub use judge::{CLOCKS_APART_S, Judgement, Logged, Outcome, verify, will_hold};
pub use lines::is_words;
pub use subject::{Kept, Subject, approve, approver_key, is_approval};

use std::fmt;

/// The most approvals that a certificate has room for.
pub const APPROVERS_MAX: usize = 16;

/// All that a certificate says. The moments are seconds since 1970, UTC; texts are one line of 1 to 200 bytes, names of kinds are
/// words of `a`–`z`, `0`–`9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// What was destroyed, and why it was time: what the approvers signed.
    pub subject: Subject,
    /// The clause that the rule comes from.
    pub clause: String,
    /// Whether the rule stands on a source that nobody has confirmed.
    pub unconfirmed: bool,
    /// Since when the office held it.
    pub held_since_s: u64,
    /// The office's name.
    pub office: String,
    /// How it was destroyed.
    pub method: Method,
    /// Tool and version.
    pub tool: String,
    /// Where was looked afterwards, and nothing found. At least one, at most 32.
    pub searched: Vec<Search>,
    /// When it was done.
    pub destroyed_s: u64,
    /// Where it was done.
    pub place: String,
    /// The account that did it.
    pub by: String,
    /// When it was seen, last, that no hold stood.
    pub no_hold_s: u64,
    /// How many holds stood on it before that, and were released.
    pub holds_before: u64,
    /// The sources of time that agreed that the term was over. At least two, at most 16.
    pub time_sources: Vec<String>,
    /// The earliest moment that one of them told.
    pub time_earliest_s: u64,
    /// The latest.
    pub time_latest_s: u64,
    /// Who approved it. At most [`APPROVERS_MAX`]; fewer than two people are no approval, and the judgement says so.
    pub approvers: Vec<Approver>,
}

/// How a thing was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Its key was erased, and what it had encrypted was deleted.
    Erased {
        /// Where the object lay. At least one, at most 16.
        stores: Vec<Store>,
        /// The key's id in the keyring.
        key: [u8; 16],
        /// The version of the office key under which it stood.
        office_key: u64,
        /// Copies of the keyring it was erased from.
        key_copies: u64,
        /// Versions of the object that were deleted, in all stores.
        versions: u64,
    },
    /// A physical item was destroyed by hand or machine.
    Physical {
        /// How: "shredded".
        method: String,
        /// By which standard: "BS EN 15713:2023".
        standard: String,
    },
}

/// One place where the object lay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// What kind of store, a word: `folder`, `bucket`.
    pub kind: String,
    /// Where, in general words: "the office's own machine".
    pub place: String,
}

/// One kind of place that was searched afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// How many of them.
    pub count: u64,
    /// What they are: "keyring copies".
    pub what: String,
}

/// One person's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// The account.
    pub account: String,
    /// The person's number: two accounts of one person have one number.
    pub person: u64,
    /// The person's Ed25519 public key.
    pub key: [u8; 32],
    /// The signature over the subject's digest ([`approve`]).
    pub signature: [u8; 64],
    /// When the approval was taken in, by the office's word.
    pub approved_s: u64,
}

/// Why a certificate is not good, or cannot be judged: the first of `spec/certificate.md` section 5 that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// One plain English clause.
    pub detail: String,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, detail: impl Into<String>) -> Fault {
        Fault { kind, detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.detail, self.kind.name())
    }
}

impl std::error::Error for Fault {}

/// The faults, in the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs)] // the specification's table is their documentation
pub enum FaultKind {
    Version,
    Malformed,
    Subject,
    Persons,
    Signature,
    Times,
    NotIncluded,
    UnknownLog,
    Forged,
    Unwitnessed,
    Contradictory,
}

impl FaultKind {
    /// Every fault, in order.
    pub const ALL: &'static [FaultKind] = &[
        FaultKind::Version,
        FaultKind::Malformed,
        FaultKind::Subject,
        FaultKind::Persons,
        FaultKind::Signature,
        FaultKind::Times,
        FaultKind::NotIncluded,
        FaultKind::UnknownLog,
        FaultKind::Forged,
        FaultKind::Unwitnessed,
        FaultKind::Contradictory,
    ];

    /// Its name in the specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Version => "version",
            FaultKind::Malformed => "malformed",
            FaultKind::Subject => "subject",
            FaultKind::Persons => "persons",
            FaultKind::Signature => "signature",
            FaultKind::Times => "times",
            FaultKind::NotIncluded => "not-included",
            FaultKind::UnknownLog => "unknown-log",
            FaultKind::Forged => "forged",
            FaultKind::Unwitnessed => "unwitnessed",
            FaultKind::Contradictory => "contradictory",
        }
    }

    /// Whether it is the reader who lacks something: a newer program, or trust in a log and its witnesses.
    #[must_use]
    pub fn is_cannot_say(self) -> bool {
        matches!(self, FaultKind::Version | FaultKind::UnknownLog | FaultKind::Unwitnessed)
    }
}
