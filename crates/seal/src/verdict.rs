//! The verdict: what a check found, as data.
//!
//! Not here: the check (`verify.rs`), sentences for people (the command line, the verifier page). Source: `spec/seal.md` section 6.
//! Invariants: `Verified` is made by the check alone and only when nothing was found wrong; the reason is always that of the
//! gravest finding; findings are bounded in number whatever the file.

use crate::bracket::Bracket;
use crate::copy_words::CopyWords;
use crate::header::Header;
use crate::kinds::RecordingId;
use crate::{AboutField, Body, EndReason, EventKind};
use std::fmt;
use std::ops::Range;

/// Findings kept; a file that is wrong everywhere needs no more.
const FINDINGS_MAX: usize = 200;

/// What the verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every sample from header to END, all commitments and signatures hold.
    Complete,
    /// All that is there holds; END says why it stopped early.
    Interrupted,
    /// What is shown is from the sealed recording; some is left out.
    Excerpt,
    /// What is shown is from the sealed recording; some tracks are silenced in places.
    Redacted,
    /// Something does not hold.
    NotIntact,
    /// No statement is possible.
    CannotSay,
}

impl Outcome {
    /// The words for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Complete => "complete",
            Outcome::Interrupted => "interrupted",
            Outcome::Excerpt => "excerpt",
            Outcome::Redacted => "redacted",
            Outcome::NotIntact => "not intact",
            Outcome::CannotSay => "cannot say",
        }
    }

    /// The exit status of a program that reports it: 0, 1 or 2.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Complete | Outcome::Interrupted | Outcome::Excerpt | Outcome::Redacted => 0,
            Outcome::NotIntact => 1,
            Outcome::CannotSay => 2,
        }
    }
}

/// Why a verdict is not good, the gravest first (`spec/seal.md` section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the specification's table is their documentation
pub enum Reason {
    Unreadable,
    NotFlac,
    NoSeal,
    Unfinished,
    Version,
    Metadata,
    SealBlock,
    Header,
    Device,
    About,
    Checkpoint,
    TwoHistories,
    Tree,
    End,
    StreamInfo,
    Frames,
    Truncated,
    Trailing,
    FrameHeader,
    Track,
    Mute,
    Md5,
}

impl Reason {
    /// Every reason, the gravest first.
    pub const ALL: &'static [Reason] = &[
        Reason::Unreadable,
        Reason::NotFlac,
        Reason::NoSeal,
        Reason::Unfinished,
        Reason::Version,
        Reason::Metadata,
        Reason::SealBlock,
        Reason::Header,
        Reason::Device,
        Reason::About,
        Reason::Checkpoint,
        Reason::TwoHistories,
        Reason::Tree,
        Reason::End,
        Reason::StreamInfo,
        Reason::Frames,
        Reason::Truncated,
        Reason::Trailing,
        Reason::FrameHeader,
        Reason::Track,
        Reason::Mute,
        Reason::Md5,
    ];

    /// Its name in the specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::Unreadable => "unreadable",
            Reason::NotFlac => "not-flac",
            Reason::NoSeal => "no-seal",
            Reason::Unfinished => "unfinished",
            Reason::Version => "version",
            Reason::Metadata => "metadata",
            Reason::SealBlock => "seal-block",
            Reason::Header => "header",
            Reason::Device => "device",
            Reason::About => "about",
            Reason::Checkpoint => "checkpoint",
            Reason::TwoHistories => "two-histories",
            Reason::Tree => "tree",
            Reason::End => "end",
            Reason::StreamInfo => "streaminfo",
            Reason::Frames => "frames",
            Reason::Truncated => "truncated",
            Reason::Trailing => "trailing",
            Reason::FrameHeader => "frame-header",
            Reason::Track => "track",
            Reason::Mute => "mute",
            Reason::Md5 => "md5",
        }
    }

    /// Whether it makes any statement impossible, rather than a bad one.
    #[must_use]
    pub fn is_cannot_say(self) -> bool {
        self <= Reason::Version
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub reason: Reason,
    /// Samples it concerns, as positions in the original recording.
    pub range: Option<Range<u64>>,
    /// The track it concerns, from 1.
    pub track: Option<u8>,
    /// One plain English clause.
    pub detail: String,
}

/// Whether a file is the whole or a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A full copy.
    Full,
    /// An excerpt or a redaction.
    Derived,
}

/// What is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Samples of the original recording.
    pub range: Range<u64>,
    /// In what way.
    pub what: What,
}

/// In what way something is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The sound is not in the file.
    Removed,
    /// These tracks, from 1, are silenced.
    Muted(Vec<u8>),
}

/// An event on the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSeen {
    /// What happened.
    pub kind: EventKind,
    /// First sample it speaks of.
    pub first: u64,
    /// Samples it speaks of.
    pub count: u64,
    /// Its text; `None` when withheld.
    pub body: Option<Body>,
}

/// What a file says of itself. True as far as the verdict goes: claims only, unless the outcome is good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// Whole or part.
    pub kind: Kind,
    /// The recording's id.
    pub id: RecordingId,
    /// What was declared at the start.
    pub header: Header,
    /// Whether the device named in the header signed it.
    pub device_signed: bool,
    /// Revealed values the header commits to.
    pub about: Vec<(AboutField, String)>,
    /// Samples per track of the original recording.
    pub total_samples: u64,
    /// Samples per track in this file.
    pub shown_samples: u64,
    /// What is not shown, in order.
    pub hidden: Vec<Hidden>,
    /// Events shown, in order.
    pub events: Vec<EventSeen>,
    /// Events in the original recording.
    pub events_total: u32,
    /// Why it ended.
    pub end: Option<EndReason>,
    /// Closing acts; `None` when withheld.
    pub closing: Option<String>,
    /// Leaves in the tree.
    pub leaves: u32,
    /// Checkpoints given out while it was recorded that are in the file and hold.
    pub checkpoints: u32,
    /// When it was made, as far as parties the policy names say so; nothing unless the outcome is good.
    pub time: Bracket,
    /// The final checkpoint note.
    pub checkpoint: String,
    /// Copy words of the final checkpoint.
    pub words: Option<CopyWords>,
    /// What was added or changed beside the seal, in plain English.
    pub tags: Vec<String>,
    /// Whether the sound was decoded and its tracks' commitments opened.
    pub deep: bool,
}

/// A check's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    outcome: Outcome,
    findings: Vec<Finding>,
    findings_more: u64,
    holds: bool,
    evidence: Option<Verified>,
}

/// A recording, excerpt or redaction in which everything held. Only [`verify`](crate::verify) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    evidence: Evidence,
}

impl Verified {
    /// What was verified.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

impl Verdict {
    /// What the verdict is.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Why it is not good: the gravest reason found.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.findings.iter().map(|finding| finding.reason).min()
    }

    /// Everything that does not hold, in the order it was found; adjacent ranges joined.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Findings beyond those kept.
    #[must_use]
    pub fn findings_more(&self) -> u64 {
        self.findings_more
    }

    /// What the file says of itself, as far as it could be read. Claims only, unless the outcome is good.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_ref().map(Verified::evidence)
    }

    /// The verified recording, when the outcome is good.
    #[must_use]
    pub fn verified(&self) -> Option<&Verified> {
        self.evidence.as_ref().filter(|_| self.holds)
    }
}

/// What a running check has found.
#[derive(Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    more: u64,
}

impl Findings {
    /// Adds a finding about the whole file.
    pub(crate) fn add(&mut self, reason: Reason, detail: impl Into<String>) {
        self.push(Finding { reason, range: None, track: None, detail: detail.into() });
    }

    /// Adds a finding about a stretch of sound; joined to the last of its kind when they touch.
    pub(crate) fn add_at(&mut self, reason: Reason, range: Range<u64>, track: Option<u8>, detail: &str) {
        let same = |f: &&mut Finding| f.reason == reason && f.track == track && f.detail == detail;
        let touching = |f: &&mut Finding| f.range.as_ref().is_some_and(|before| before.end == range.start);
        if let Some(before) = self.list.iter_mut().rev().take(16).filter(same).find(touching) {
            let start = before.range.as_ref().map_or(range.start, |range| range.start);
            before.range = Some(start..range.end);
            return;
        }
        self.push(Finding { reason, range: Some(range), track, detail: detail.to_owned() });
    }

    fn push(&mut self, finding: Finding) {
        let gravest = self.list.iter().map(|finding| finding.reason).min();
        if self.list.len() < FINDINGS_MAX {
            self.list.push(finding);
        } else {
            self.more += 1;
            // Whatever is dropped, the gravest reason stays.
            if gravest.is_some_and(|gravest| finding.reason < gravest) {
                self.list[FINDINGS_MAX - 1] = finding;
            }
        }
    }

    /// The verdict. `shown` says what a good outcome is called.
    pub(crate) fn into_verdict(self, evidence: Option<Evidence>, good: Option<Outcome>) -> Verdict {
        let gravest = self.list.iter().map(|finding| finding.reason).min();
        let outcome = match (gravest, good, &evidence) {
            (Some(reason), ..) if reason.is_cannot_say() => Outcome::CannotSay,
            (None, Some(good), Some(_)) => good,
            _ => Outcome::NotIntact,
        };
        // Only here is the type of verified things made, and it leaves a verdict only when everything held.
        let holds = gravest.is_none() && good.is_some();
        let evidence = evidence.map(|mut evidence| {
            if !holds {
                // When something else was made says nothing about a file that does not hold.
                evidence.time = Bracket { anchors: evidence.time.anchors, ..Bracket::default() };
            }
            Verified { evidence }
        });
        Verdict { outcome, findings: self.list, findings_more: self.more, holds, evidence }
    }

    /// A verdict without evidence.
    pub(crate) fn alone(reason: Reason, detail: impl Into<String>) -> Verdict {
        let mut findings = Findings::default();
        findings.add(reason, detail);
        findings.into_verdict(None, None)
    }
}
