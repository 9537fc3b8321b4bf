//! How a running recording stands, as it is said over its control socket.
//!
//! Not the way it goes (`control.rs`) nor how it comes about (`board.rs`). Invariant: within a version of the JSON schema
//! `counterpart.status/1` fields are only added; the same names are the protocol between two processes.

use serde::{Deserialize, Serialize};
use sound::levels::Stretch;

use crate::observe::{Alarm, AnchorProgress};

/// How a recording stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Its id.
    pub recording: String,
    /// `starting`, `recording`, `paused`, or `ending` while evidence of time over its end is waited for.
    pub state: String,
    /// Samples of each track sealed so far, as of the last second.
    pub position_samples: u64,
    /// Samples a second; 0 before the first second is over.
    pub rate_hz: u32,
    /// Samples of each track that stand for sound that never came.
    pub lost_samples: u64,
    /// The last tenth of a second of each track; none when the sound is taken faster than it was spoken.
    pub levels: Vec<Level>,
    /// Each copy, in the order the folders were named.
    pub copies: Vec<CopyStatus>,
    /// What is wrong now.
    pub alarms: Vec<AlarmStatus>,
    /// The kind of the last event on the record.
    pub last_event: Option<String>,
    /// How it is anchored in a log; none when it is not to be.
    #[serde(default)]
    pub anchored: Option<AnchorProgress>,
}

/// How loud a track is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The loudest sample, decibels below full scale.
    pub peak_dbfs: f32,
    /// The power, decibels below full scale.
    pub rms_dbfs: f32,
}

impl Level {
    pub(crate) fn new(stretch: &Stretch) -> Level {
        let tenths = |level: f32| (level * 10.0).round() / 10.0;
        Level { peak_dbfs: tenths(stretch.peak_dbfs), rms_dbfs: tenths(stretch.rms_dbfs) }
    }
}

/// How a copy stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CopyStatus {
    /// Its folder.
    pub folder: String,
    /// Bytes that wait to be written to it.
    pub lag_bytes: u64,
    /// Free bytes on its medium when last looked at.
    pub free_bytes: Option<u64>,
    /// Why it is lost, if it is.
    pub lost: Option<String>,
}

/// A standing alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmStatus {
    /// One word that programs may hold on to.
    pub kind: String,
    /// The same in words.
    pub text: String,
    /// The track it is about, counted from 1.
    pub track: Option<u8>,
    /// The folder of the copy it is about.
    pub folder: Option<String>,
    /// Whether a voice is missing from the recording while it stands.
    pub costs_sound: bool,
}

impl AlarmStatus {
    pub(crate) fn new(alarm: &Alarm) -> AlarmStatus {
        AlarmStatus {
            kind: alarm.kind().to_owned(),
            text: alarm.to_string(),
            track: alarm.track(),
            folder: alarm.folder().map(|folder| folder.to_string_lossy().into_owned()),
            costs_sound: alarm.costs_sound(),
        }
    }
}
