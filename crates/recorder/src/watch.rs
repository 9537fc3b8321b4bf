//! Watches over things that change silently: the wall clock being set, a track that is dead.
//!
//! Not here: what is done about it (`conductor.rs`).
//! Invariants: slow drift of the wall clock is no step; a stretch of silence is reported once.

use std::time::Duration;

use seal::Format;

use crate::clock::Clock;
use crate::observe::{Alarm, Observer};

/// A wall clock that moves by more than this against the monotonic one was set.
const STEP_MILLIS: i64 = 500;
/// A track of digital silence is reported after so long.
const SILENCE_SECONDS: u64 = 4;

/// Compares the wall clock with the monotonic one.
pub(crate) struct WallWatch {
    monotonic: Duration,
    unix_millis: i64,
}

impl WallWatch {
    pub(crate) fn new(clock: &dyn Clock) -> WallWatch {
        WallWatch { monotonic: clock.monotonic(), unix_millis: clock.local_time().unix_millis }
    }

    /// By how much the wall clock was set since the last look, if it was.
    pub(crate) fn step(&mut self, clock: &dyn Clock) -> Option<i64> {
        let now = WallWatch::new(clock);
        let passed = now.monotonic.saturating_sub(self.monotonic).as_millis() as i64;
        let step = now.unix_millis - self.unix_millis - passed;
        *self = now;
        (step.abs() > STEP_MILLIS).then_some(step)
    }
}

/// Listens for tracks that hold nothing but zeros, which no working microphone gives.
pub(crate) struct SilenceWatch {
    rate_hz: u64,
    /// For each track, samples of silence up to now.
    silent: Vec<u64>,
}

impl SilenceWatch {
    pub(crate) fn new(format: Format) -> SilenceWatch {
        SilenceWatch { rate_hz: format.rate_hz().into(), silent: vec![0; format.tracks().into()] }
    }

    /// Listens to an interleaved block.
    pub(crate) fn listen(&mut self, block: &[i32], observer: &dyn Observer) {
        let tracks = self.silent.len();
        let count = (block.len() / tracks) as u64;
        let enough = SILENCE_SECONDS * self.rate_hz;
        for (track, silent) in self.silent.iter_mut().enumerate() {
            let heard = block.iter().skip(track).step_by(tracks).any(|sample| *sample != 0);
            let before = *silent;
            *silent = if heard { 0 } else { before + count };
            if before < enough && *silent >= enough {
                observer.alarm(&Alarm::SilentTrack { track: track as u8 + 1, seconds: SILENCE_SECONDS });
            }
        }
    }
}
