//! How good the sound of a track is: is anyone speaking, how loud, how clean. Samples in, facts out.
//!
//! Not here: what a recording claims (gaps and pauses are the seal's) and no verdict of any kind: facts stand beside integrity and
//! never change it. Thresholds are the constants below, documented in `docs/quality.md`.
//! Invariants: memory does not grow with the length; the same samples give the same facts, however they are cut into blocks.

mod clipping;
mod speech;
mod windows;

pub use clipping::CLIPPED_SAMPLES_MIN;
pub use speech::{HANGOVER_MS, SPEECH_SCORE_MIN};
pub use windows::{NOISE_FLOOR_PERCENT, QUIET_DBFS, WINDOWS_PER_SECOND};

use clipping::Clipping;
use ebur128::{EbuR128, Mode};
use speech::Speech;
use windows::Windows;

/// From this loudness on a track is loud enough to be followed without turning up, LUFS.
pub const LOUD_ENOUGH_LUFS: f64 = -36.0;
/// Below this loudness speech is hard to follow even when turned up, LUFS.
pub const FAINT_LUFS: f64 = -46.0;
/// Above this loudness it is uncomfortably loud, LUFS.
pub const TOO_LOUD_LUFS: f64 = -10.0;
/// How far below the loudness the noise floor should lie, dB.
pub const NOISE_MARGIN_DB: f64 = 15.0;
/// With more speech than this share there are too few pauses to tell the room from the voice.
pub const NOISE_SPEECH_SHARE_MAX: f64 = 0.9;

/// Listens to one track and forgets everything but sums.
pub struct Meter {
    rate_hz: u32,
    /// What a sample is divided by to lie between -1 and 1.
    full_scale: f32,
    samples: u64,
    peak: i64,
    clipping: Clipping,
    windows: Windows,
    speech: Speech,
    loudness: Option<EbuR128>,
    scratch: Vec<f32>,
}

/// What was found on one track.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Samples listened to.
    pub samples: u64,
    /// Seconds listened to.
    pub seconds: f64,
    /// Seconds in which somebody speaks.
    pub speech_seconds: f64,
    /// Runs of at least [`CLIPPED_SAMPLES_MIN`] equal samples at full scale.
    pub clipped_runs: u64,
    /// Seconds in which every sample is zero.
    pub digital_silence_seconds: f64,
    /// Seconds below [`QUIET_DBFS`], digital silence among them.
    pub quiet_seconds: f64,
    /// Integrated loudness by EBU R 128; `None` when nothing is louder than its gate of -70 LUFS.
    pub loudness_lufs: Option<f64>,
    /// The level below which a tenth of the time lies, digital silence left out; `None` without a whole second of sound.
    pub noise_floor_dbfs: Option<f64>,
    /// The largest sample; `None` when all are zero.
    pub peak_dbfs: Option<f64>,
}

/// Loudness in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loud {
    /// Nothing above the gate.
    Nothing,
    /// Hard to follow.
    Faint,
    /// To be turned up.
    Quiet,
    /// As it should be.
    Enough,
    /// Uncomfortable.
    TooMuch,
}

impl Meter {
    /// A meter for samples of that rate and width.
    #[must_use]
    pub fn new(rate_hz: u32, bits: u8) -> Meter {
        let full_scale = 1_i32 << (bits.clamp(2, 32) - 1).min(30);
        Meter {
            rate_hz: rate_hz.max(1),
            full_scale: full_scale as f32,
            samples: 0,
            peak: 0,
            clipping: Clipping::new(full_scale),
            windows: Windows::new(rate_hz, full_scale),
            speech: Speech::new(rate_hz),
            // A histogram instead of a list: the list would grow with the length.
            loudness: EbuR128::new(1, rate_hz, Mode::I | Mode::HISTOGRAM).ok(),
            scratch: Vec::new(),
        }
    }

    /// Listens to the next samples.
    pub fn push(&mut self, samples: &[i32]) {
        self.samples += samples.len() as u64;
        self.peak = samples.iter().fold(self.peak, |peak, sample| peak.max(i64::from(*sample).abs()));
        self.clipping.push(samples);
        self.windows.push(samples);
        let full_scale = self.full_scale;
        self.scratch.clear();
        self.scratch.extend(samples.iter().map(|sample| *sample as f32 / full_scale));
        self.speech.push(&self.scratch);
        if let Some(loudness) = &mut self.loudness {
            // It refuses only a wrong number of channels, and there is one.
            let _ = loudness.add_frames_f32(&self.scratch);
        }
    }

    /// What was found so far.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let loudness = self.loudness.as_ref().and_then(|loudness| loudness.loudness_global().ok());
        let peak = self.peak as f64 / f64::from(self.full_scale);
        let seconds = self.samples as f64 / f64::from(self.rate_hz);
        Facts {
            samples: self.samples,
            seconds,
            speech_seconds: self.speech.seconds().min(seconds),
            clipped_runs: self.clipping.runs(),
            digital_silence_seconds: self.windows.digital_silence_seconds(),
            quiet_seconds: self.windows.quiet_seconds(),
            loudness_lufs: loudness.filter(|lufs| lufs.is_finite()),
            noise_floor_dbfs: self.windows.noise_floor_dbfs(),
            peak_dbfs: (self.peak > 0).then(|| 20.0 * peak.log10()),
        }
    }
}

impl Facts {
    /// The share of the time in which somebody speaks, from 0 to 1.
    #[must_use]
    pub fn speech_share(&self) -> f64 {
        if self.seconds > 0.0 { self.speech_seconds / self.seconds } else { 0.0 }
    }

    /// Its loudness in words.
    #[must_use]
    pub fn loud(&self) -> Loud {
        match self.loudness_lufs {
            None => Loud::Nothing,
            Some(lufs) if lufs < FAINT_LUFS => Loud::Faint,
            Some(lufs) if lufs < LOUD_ENOUGH_LUFS => Loud::Quiet,
            Some(lufs) if lufs > TOO_LOUD_LUFS => Loud::TooMuch,
            Some(_) => Loud::Enough,
        }
    }

    /// Whether noise lies close under the sound; not said where either is not known, or nobody pauses.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        let margin = self.loudness_lufs.zip(self.noise_floor_dbfs).map(|(loud, floor)| loud - floor);
        // The floor leaves digital silence out, so that it makes no pause either.
        let heard_seconds = self.seconds - self.digital_silence_seconds;
        self.speech_seconds <= heard_seconds * NOISE_SPEECH_SHARE_MAX
            && margin.is_some_and(|margin| margin < NOISE_MARGIN_DB)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sine(hz: f64, amplitude: f64, rate_hz: u32, seconds: f64) -> Vec<i32> {
        let count = (f64::from(rate_hz) * seconds) as usize;
        let step = std::f64::consts::TAU * hz / f64::from(rate_hz);
        (0..count).map(|at| ((at as f64 * step).sin() * amplitude * 32_768.0).round().min(32_767.0) as i32).collect()
    }

    fn facts(samples: &[i32], rate_hz: u32) -> Facts {
        let mut meter = Meter::new(rate_hz, 16);
        meter.push(samples);
        meter.facts()
    }

    #[test]
    fn blocks_do_not_matter() {
        let sound = [sine(300.0, 0.5, 44_100, 2.3), vec![0; 50_000], sine(900.0, 1.2, 44_100, 1.1)].concat();
        let whole = facts(&sound, 44_100);
        for block in [1, 441, 4_608, 100_000] {
            let mut meter = Meter::new(44_100, 16);
            sound.chunks(block).for_each(|block| meter.push(block));
            assert_eq!(meter.facts(), whole, "blocks of {block}");
        }
    }

    #[test]
    fn a_tone_of_known_loudness_has_it() {
        // EBU Tech 3341: a sine of 1 kHz at -23 dBFS in both of two channels is -23 LUFS; in one it is 3 less.
        for rate_hz in [8_000, 16_000, 44_100, 48_000] {
            let tone = facts(&sine(1_000.0, 10_f64.powf(-23.0 / 20.0), rate_hz, 20.0), rate_hz);
            let lufs = tone.loudness_lufs.unwrap();
            assert!((lufs + 26.0).abs() < 0.2, "{rate_hz} Hz: {lufs}");
            assert_eq!((tone.clipped_runs, tone.digital_silence_seconds, tone.quiet_seconds), (0, 0.0, 0.0));
            assert!((tone.peak_dbfs.unwrap() + 23.0).abs() < 0.1);
        }
    }

    #[test]
    fn a_full_tone_is_not_clipped_and_a_cut_one_is() {
        assert_eq!(facts(&sine(50.0, 0.999_97, 48_000, 2.0), 48_000).clipped_runs, 0);
        let cut: Vec<i32> = sine(50.0, 0.9, 48_000, 2.0).iter().map(|s| (s * 2).clamp(-32_768, 32_767)).collect();
        assert_eq!(facts(&cut, 48_000).clipped_runs, 200, "each half wave once");
    }

    #[test]
    fn silence_is_measured_and_nothing_is_invented() {
        let nothing = facts(&vec![0; 80_000], 8_000);
        assert_eq!((nothing.digital_silence_seconds, nothing.quiet_seconds, nothing.speech_seconds), (10.0, 10.0, 0.0));
        assert_eq!((nothing.loudness_lufs, nothing.noise_floor_dbfs, nothing.peak_dbfs), (None, None, None));
        assert_eq!((nothing.loud(), nothing.is_noisy()), (Loud::Nothing, false));
        let none = facts(&[], 8_000);
        assert_eq!((none.seconds, none.speech_share()), (0.0, 0.0));
        let half = [vec![0; 40_000], sine(400.0, 0.1, 8_000, 5.0)].concat();
        let half = facts(&half, 8_000);
        assert_eq!((half.digital_silence_seconds, half.quiet_seconds), (5.0, 5.0));
    }

    #[test]
    fn words_follow_the_thresholds() {
        let base = Facts { seconds: 10.0, speech_seconds: 5.0, ..facts(&[], 8_000) };
        for (lufs, floor, loud, noisy) in [
            (None, None, Loud::Nothing, false),
            (Some(-46.1), Some(-80.0), Loud::Faint, false),
            (Some(-46.0), Some(-80.0), Loud::Quiet, false),
            (Some(-36.0), Some(-80.0), Loud::Enough, false),
            (Some(-10.0), None, Loud::Enough, false),
            (Some(-9.9), None, Loud::TooMuch, false),
            (Some(-30.0), Some(-45.0), Loud::Enough, false),
            (Some(-30.0), Some(-44.9), Loud::Enough, true),
        ] {
            let facts = Facts { loudness_lufs: lufs, noise_floor_dbfs: floor, ..base.clone() };
            assert_eq!((facts.loud(), facts.is_noisy()), (loud, noisy), "{lufs:?} {floor:?}");
        }
    }
}
