//! How the sound is, as JSON: `quality` of a file in `counterpart.verify/1`.
//!
//! Not the words for people (`quality.rs` beside the commands) and no measuring. Invariant: figures that were not to be had are null,
//! never a number that stands for nothing.

use serde::Serialize;
use sound::quality::Facts;

use super::seconds;
use crate::quality::{self, Quality, Stretches};

/// One file's.
#[derive(Serialize)]
pub(crate) struct QualityOut {
    tracks: Vec<TrackOut>,
    gaps: StretchesOut,
    overruns: StretchesOut,
    packet_loss: StretchesOut,
    pauses: PausesOut,
}

#[derive(Serialize)]
struct TrackOut {
    track: u8,
    words: String,
    seconds: f64,
    speech_seconds: f64,
    speech_share: f64,
    loudness: &'static str,
    loudness_lufs: Option<f64>,
    peak_dbfs: Option<f64>,
    noisy: bool,
    noise_floor_dbfs: Option<f64>,
    clipped_runs: u64,
    quiet_seconds: f64,
    digital_silence_seconds: f64,
}

#[derive(Serialize)]
struct StretchesOut {
    count: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct PausesOut {
    count: u64,
    seconds: Option<f64>,
}

impl QualityOut {
    pub(crate) fn new(quality: &Quality, rate_hz: u32) -> QualityOut {
        let stretches = |all: &Stretches| StretchesOut { count: all.count, seconds: seconds(all.samples, rate_hz) };
        QualityOut {
            tracks: (1..).zip(&quality.tracks).map(|(track, facts)| TrackOut::new(track, facts)).collect(),
            gaps: stretches(&quality.gaps),
            overruns: stretches(&quality.overruns),
            packet_loss: stretches(&quality.packet_loss),
            pauses: PausesOut { count: quality.pauses.count, seconds: quality.pauses.seconds },
        }
    }
}

impl TrackOut {
    fn new(track: u8, facts: &Facts) -> TrackOut {
        TrackOut {
            track,
            words: quality::words(facts),
            seconds: facts.seconds,
            speech_seconds: facts.speech_seconds,
            speech_share: facts.speech_share(),
            loudness: quality::loud(facts.loud()),
            loudness_lufs: facts.loudness_lufs,
            peak_dbfs: facts.peak_dbfs,
            noisy: facts.is_noisy(),
            noise_floor_dbfs: facts.noise_floor_dbfs,
            clipped_runs: facts.clipped_runs,
            quiet_seconds: facts.quiet_seconds,
            digital_silence_seconds: facts.digital_silence_seconds,
        }
    }
}
