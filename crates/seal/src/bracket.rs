//! Made no earlier, made no later: what a recording proves about the time it was made, as data (`spec/log.md` section 4).
//!
//! Not here: judging (`bracket/judge.rs`), whether the recording is intact (`verdict.rs`): time evidence never changes that.
//! Invariants: a limit stands only on evidence of parties the policy names; evidence that does not hold is listed with why, and
//! counts for nothing.

mod anchor;
mod judge;

pub use anchor::anchor_body;
pub(crate) use judge::Judge;

use crate::timestamp::TokenFault;
use std::fmt;
use std::ops::Range;

/// Kinds of time evidence after the end of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceKind {
    /// An RFC 3161 time-stamp token over the final checkpoint's text.
    Token,
    /// An anchor of the final checkpoint, and of no other ([`anchor_body`]).
    Anchor,
}

impl EvidenceKind {
    /// Its number in the seal.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            EvidenceKind::Token => 1,
            EvidenceKind::Anchor => 2,
        }
    }
}

/// Where in a copy evidence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The checkpoint in the header.
    Header,
    /// An ANCHOR, after so many samples.
    Anchor(u64),
    /// The n-th piece after the end, from 1.
    End(u8),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Header => f.write_str("header"),
            Place::Anchor(samples) => write!(f, "anchor at sample {samples}"),
            Place::End(number) => write!(f, "evidence {number} after the end"),
        }
    }
}

/// One end of the bracket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Seconds since 1970.
    pub time_s: u64,
    /// The log's origin, or the time-stamp authority's name in the policy.
    pub by: String,
    /// The witnesses whose cosignatures hold; none with an authority.
    pub witnesses: Vec<String>,
    /// Where the evidence stands.
    pub place: Place,
}

/// How well a recording was anchored while it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The longest stretch of sound between two anchors, or an anchor and either end, in samples.
    pub longest: Range<u64>,
    /// The longest time from one state that evidence covers to the next, the header's and the end's among them, seconds.
    pub longest_s: u64,
    /// More sound lies in this range than time passed from the evidence before it to the evidence that covers it: it was not
    /// anchored while it was made.
    pub too_much: Option<Range<u64>>,
}

/// Evidence that counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands.
    pub place: Place,
    /// Why.
    pub fault: TimeFault,
    /// One plain English clause.
    pub detail: String,
}

/// Why evidence counts for nothing (`spec/log.md` section 4, in the order they are looked for).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs)] // the specification's table is their documentation
pub enum TimeFault {
    UnknownKind,
    Malformed,
    Size,
    NotIncluded,
    UnknownLog,
    Forged,
    Unwitnessed,
    TwoHistories,
    Replayed,
    Contradictory,
    /// Of a token.
    Token(TokenFault),
}

impl TimeFault {
    /// Its name in the specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeFault::UnknownKind => "unknown-kind",
            TimeFault::Malformed => "malformed",
            TimeFault::Size => "size",
            TimeFault::NotIncluded => "not-included",
            TimeFault::UnknownLog => "unknown-log",
            TimeFault::Forged => "forged",
            TimeFault::Unwitnessed => "unwitnessed",
            TimeFault::TwoHistories => "two-histories",
            TimeFault::Replayed => "replayed",
            TimeFault::Contradictory => "contradictory",
            TimeFault::Token(fault) => fault.name(),
        }
    }
}

/// What is proven about time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bracket {
    /// The recording was begun no earlier.
    pub no_earlier: Option<Limit>,
    /// The whole of it was there no later.
    pub no_later: Option<Limit>,
    /// Anchors on the record (of a part: those shown).
    pub anchors: u32,
    /// Of them, those that hold. A part does not carry what they are checked against: 0.
    pub anchors_held: u32,
    /// The last one that holds: how many samples were there no later than it says.
    pub last_anchor: Option<(u64, Limit)>,
    /// How well it was anchored while it was made; `None` when no anchor holds and nothing says that it was not.
    pub live: Option<Live>,
    /// Evidence that counts for nothing, in order of place; of anchors about the first 200.
    pub refused: Vec<Refused>,
    /// How many more there are.
    pub refused_more: u64,
}
