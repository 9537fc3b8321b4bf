//! What a recording tells those who watch it: alarms at once, events, and progress each second.
//!
//! Not here: how it is shown; the command line prints lines and a screen may draw.
//! Invariant: an observer is called on the threads of the recording and holds it up for as long as its
//! calls take, so an implementation must not wait for anything inside them.

use std::path::PathBuf;

use seal::{Body, EventKind};

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
    /// A live source has given no sound for some seconds.
    NoSound {
        /// For how many seconds.
        seconds: u64,
    },
    /// A track of a live source is digital silence: a dead microphone or a muted leg.
    SilentTrack {
        /// The track, counted from 1.
        track: u8,
        /// For how many seconds.
        seconds: u64,
    },
    /// The media are full: the recording is being ended while there is room for its seal.
    MediaFull,
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
            Alarm::NoSound { seconds } => write!(f, "no sound for {seconds} s"),
            Alarm::SilentTrack { track, seconds } => write!(f, "track {track} silent for {seconds} s"),
            Alarm::MediaFull => write!(f, "media full: ending the recording"),
            Alarm::JournalLeft { path, why } => write!(f, "journal left behind: {}: {why}", path.display()),
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
    /// An event went on the record.
    fn event(&self, event: &EventNote) {
        let _ = event;
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
