//! What a recording tells those who watch it: alarms at once, events, and progress each second.
//!
//! Not here: how it is shown; the command line prints lines and a screen may draw.
//! Invariant: an observer is called on the threads of the recording and holds it up for as long as its
//! calls take, so an implementation must not wait for anything inside them.

use std::path::PathBuf;

use seal::{Body, EventKind};
use serde::{Deserialize, Serialize};
pub use sound::levels::Stretch;
pub use sound::watch::Fault;

/// Something a person should hear of now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alarm {
    /// A copy is lost; the others go on.
    CopyLost {
        /// The copy's folder.
        folder: PathBuf,
        /// Why, in words.
        why: String,
    },
    /// A copy's medium is too slow: so many bytes wait for it.
    CopyLags {
        /// The copy's folder.
        folder: PathBuf,
        /// Bytes waiting.
        bytes: usize,
    },
    /// The journal failed: a crash from now on could not be recovered in full.
    JournalFailed {
        /// Why, in words.
        why: String,
    },
    /// A copy's medium has room for few minutes more, at the rate of sound that does not compress.
    CopyFills {
        /// The copy's folder.
        folder: PathBuf,
        /// Whole minutes that still fit.
        minutes: u64,
    },
    /// A live source has given no sound for some seconds.
    NoSound {
        /// For how many seconds.
        seconds: u64,
    },
    /// A live source is gone; it is looked for as long as the recording runs.
    SourceGone {
        /// Why, in words.
        why: String,
    },
    /// What the sound itself shows to be wrong, on a live source.
    Sound(Fault),
    /// Nothing has been sealed for some seconds: the journal's disk, or every medium, does not take what is written to it. Live sound waits
    /// for some time, then it is lost.
    HeldUp {
        /// For how many seconds.
        seconds: u64,
    },
    /// Sound came faster than it could be taken in; some of it is lost.
    Overrun {
        /// Samples of each track that are missing.
        count: u64,
    },
    /// The source counts its samples faster or slower than time passes.
    Drift {
        /// By how much it went off in the last minute or less, milliseconds; negative when samples are missing.
        millis: i64,
    },
    /// The media are full: the recording is being ended while there is room for its seal.
    MediaFull,
    /// The log does not take what is sent to it, or answers what is not true; the recording goes on without its anchors.
    LogFault {
        /// What is wrong with it, in words.
        why: String,
    },
    /// A journal that is done with could not be removed; it holds the signing key.
    JournalLeft {
        /// Where it is.
        path: PathBuf,
        /// Why, in words.
        why: String,
    },
}

impl std::fmt::Display for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Alarm::CopyLost { folder, why } => write!(f, "copy lost: {}: {why}", folder.display()),
            Alarm::CopyLags { folder, bytes } => {
                write!(f, "slow medium: {}: {bytes} bytes wait for it", folder.display())
            }
            Alarm::JournalFailed { why } => write!(f, "journal failed: {why}"),
            Alarm::CopyFills { folder, minutes: 0 } => {
                write!(f, "medium nearly full: {}: less than a minute fits", folder.display())
            }
            Alarm::CopyFills { folder, minutes } => {
                write!(f, "medium nearly full: {}: about {minutes} min fit", folder.display())
            }
            Alarm::NoSound { seconds } => write!(f, "no sound for {seconds} s"),
            Alarm::SourceGone { why } => write!(f, "source gone: {why}; looking for it"),
            Alarm::Sound(fault) => f.write_str(&fault_words(*fault)),
            Alarm::HeldUp { seconds } => write!(f, "held up: nothing was sealed for {seconds} s; the sound waits"),
            Alarm::Overrun { count } => write!(f, "overrun: {count} samples came too fast and are lost"),
            Alarm::Drift { millis } => write!(f, "clocks drift: the sound is {millis:+} ms off real time"),
            Alarm::MediaFull => write!(f, "media full: ending the recording"),
            Alarm::LogFault { why } => write!(f, "the log does not anchor this recording: {why}"),
            Alarm::JournalLeft { path, why } => write!(f, "journal left behind: {}: {why}", path.display()),
        }
    }
}

/// In words for a person.
fn fault_words(fault: Fault) -> String {
    match fault {
        Fault::NoSignal => "no signal: no track is heard at all".to_owned(),
        Fault::DeadTrack { track } => format!("track {track} is dead: not even its room is heard"),
        Fault::Clipping { track } => format!("track {track} is too loud: the sound is cut off"),
        Fault::OneSided { track } => format!("one side only: track {track} does not hear what the others do"),
        Fault::NoVoice { track } => format!("one voice only: nobody has been heard on track {track} for long"),
    }
}

impl Alarm {
    /// What it is about, in one word that programs may hold on to.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Alarm::CopyLost { .. } => "copy-lost",
            Alarm::CopyLags { .. } => "copy-lags",
            Alarm::CopyFills { .. } => "copy-fills",
            Alarm::JournalFailed { .. } => "journal-failed",
            Alarm::NoSound { .. } => "no-sound",
            Alarm::SourceGone { .. } => "source-gone",
            Alarm::Sound(Fault::NoSignal) => "no-signal",
            Alarm::Sound(Fault::DeadTrack { .. }) => "dead-track",
            Alarm::Sound(Fault::Clipping { .. }) => "clipping",
            Alarm::Sound(Fault::OneSided { .. }) => "one-sided",
            Alarm::Sound(Fault::NoVoice { .. }) => "no-voice",
            Alarm::HeldUp { .. } => "held-up",
            Alarm::Overrun { .. } => "overrun",
            Alarm::Drift { .. } => "drift",
            Alarm::MediaFull => "media-full",
            Alarm::LogFault { .. } => "log-fault",
            Alarm::JournalLeft { .. } => "journal-left",
        }
    }

    /// Which track it is about, if one.
    #[must_use]
    pub fn track(&self) -> Option<u8> {
        match self {
            Alarm::Sound(
                Fault::DeadTrack { track }
                | Fault::Clipping { track }
                | Fault::OneSided { track }
                | Fault::NoVoice { track },
            ) => Some(*track),
            _ => None,
        }
    }

    /// Which copy it is about, if one.
    #[must_use]
    pub fn folder(&self) -> Option<&PathBuf> {
        match self {
            Alarm::CopyLost { folder, .. } | Alarm::CopyLags { folder, .. } | Alarm::CopyFills { folder, .. } => {
                Some(folder)
            }
            _ => None,
        }
    }

    /// Whether it is about the same thing, however the numbers in it have changed.
    #[must_use]
    pub fn is_same(&self, other: &Alarm) -> bool {
        (self.kind(), self.track(), self.folder()) == (other.kind(), other.track(), other.folder())
    }

    /// Whether a voice is missing from the recording for as long as it stands.
    #[must_use]
    pub fn costs_sound(&self) -> bool {
        match self {
            Alarm::NoSound { .. } | Alarm::SourceGone { .. } | Alarm::Overrun { .. } => true,
            Alarm::Sound(fault) => matches!(fault, Fault::NoSignal | Fault::DeadTrack { .. } | Fault::OneSided { .. }),
            _ => false,
        }
    }
}

/// An event as it went on the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventNote {
    /// What happened.
    pub kind: EventKind,
    /// First sample it speaks of.
    pub first: u64,
    /// How many samples it speaks of.
    pub count: u64,
    /// Its text.
    pub body: Body,
}

impl EventNote {
    /// Whether its range is filler in place of sound that never came.
    #[must_use]
    pub fn stands_for_lost_sound(&self) -> bool {
        matches!(self.kind, EventKind::Gap | EventKind::Overrun | EventKind::PacketLoss)
    }
}

/// How a recording stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Samples of each track sealed so far.
    pub position: u64,
    /// Samples a second.
    pub rate_hz: u32,
    /// Whether incoming sound is being dropped.
    pub paused: bool,
    /// Each copy, in the order the folders were named.
    pub copies: Vec<CopyProgress>,
    /// How it is anchored in a log, if it is to be.
    pub anchored: Option<AnchorProgress>,
}

/// How a recording is anchored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorProgress {
    /// Anchors on the record.
    pub anchors: u32,
    /// Seconds of sound since the last state that is anchored, or since the beginning.
    pub since_seconds: u64,
    /// Whether that is longer than it should be.
    pub is_late: bool,
    /// Why the log gave no proof the last time it was asked, if it did not.
    pub why_not: Option<String>,
}

impl std::fmt::Display for AnchorProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.anchors, self.is_late) {
            (0, false) => write!(f, "not anchored yet")?,
            (_, false) => return write!(f, "anchored {} s ago", self.since_seconds),
            (_, true) => write!(f, "not anchored for {} s", self.since_seconds)?,
        }
        self.why_not.as_ref().map_or(Ok(()), |why| write!(f, " ({why})"))
    }
}

/// How one copy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    /// The copy's folder.
    pub folder: PathBuf,
    /// Bytes that wait to be written to it.
    pub lag_bytes: usize,
    /// Free bytes on its medium when last looked at.
    pub free_bytes: Option<u64>,
    /// Why it is lost, if it is.
    pub lost: Option<String>,
}

/// Hears of what happens. Every method may be called from any thread, also from those that seal and
/// write the sound: a method must not block. Whoever prints hands over to a thread of its own and
/// drops what does not fit; a terminal that does not read would otherwise stop the recording.
pub trait Observer: Send + Sync {
    /// Something a person should hear of now.
    fn alarm(&self, alarm: &Alarm) {
        let _ = alarm;
    }
    /// What an alarm was about is over.
    fn cleared(&self, alarm: &Alarm) {
        let _ = alarm;
    }
    /// Of a recording that is not made faster than the sound: each tenth of a second, how loud every track is.
    fn levels(&self, levels: &[Stretch]) {
        let _ = levels;
    }
    /// An event went on the record.
    fn event(&self, event: &EventNote) {
        let _ = event;
    }
    /// Something that is no alarm and that a person may want to read, in words.
    fn remark(&self, words: &str) {
        let _ = words;
    }
    /// About each second.
    fn progress(&self, progress: &Progress) {
        let _ = progress;
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
