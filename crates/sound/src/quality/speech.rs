//! Whether somebody speaks, judged sixteen milliseconds at a time by a small voice activity network (`earshot`).
//!
//! Not who, not what, not in which language. Invariants: any rate is brought to the network's own first; the short pauses between
//! words belong to the speech before them; constant memory.

use earshot::Detector;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

/// The network's score from which on a moment is speech.
pub const SPEECH_SCORE_MIN: f32 = 0.5;
/// How long speech is taken to last after the last moment that was speech, ms.
pub const HANGOVER_MS: u32 = 200;

/// What the network hears.
const NETWORK_RATE_HZ: u32 = 16_000;
const FRAME_SAMPLES: usize = 256;
const FRAME_MS: u32 = 16;
/// Samples handed to the resampler at a time.
const CHUNK_SAMPLES: usize = 1_024;

/// The share of speech so far.
pub(super) struct Speech {
    resample: Option<Resample>,
    detector: Box<Detector>,
    frame: Vec<f32>,
    hangover: u32,
    speech_frames: u64,
}

struct Resample {
    resampler: Fft<f32>,
    input: Vec<f32>,
    output: Vec<f32>,
}

impl Speech {
    pub(super) fn new(rate_hz: u32) -> Speech {
        let (from, to) = (rate_hz as usize, NETWORK_RATE_HZ as usize);
        let make = || Fft::new(from, to, CHUNK_SAMPLES, 1, FixedSync::Input).ok();
        let resampler = if rate_hz == NETWORK_RATE_HZ { None } else { make() };
        let resample = resampler.map(|resampler| Resample {
            output: vec![0.0; resampler.output_frames_max()],
            input: Vec::with_capacity(CHUNK_SAMPLES),
            resampler,
        });
        Speech { resample, detector: Detector::default_boxed(), frame: Vec::new(), hangover: 0, speech_frames: 0 }
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        let Some(mut resample) = self.resample.take() else {
            return self.listen(samples);
        };
        for sample in samples {
            resample.input.push(*sample);
            if resample.input.len() == CHUNK_SAMPLES {
                let count = resample.run();
                self.listen(&resample.output[..count]);
            }
        }
        self.resample = Some(resample);
    }

    fn listen(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(FRAME_SAMPLES - self.frame.len()));
            // A clipped wave rings beyond full scale when it is resampled, and the network asserts that nothing does.
            self.frame.extend(now.iter().map(|sample| sample.clamp(-1.0, 1.0)));
            if self.frame.len() == FRAME_SAMPLES {
                self.judge();
            }
            samples = later;
        }
    }

    fn judge(&mut self) {
        let score = self.detector.predict_f32(&self.frame);
        self.frame.clear();
        if score >= SPEECH_SCORE_MIN {
            self.hangover = HANGOVER_MS / FRAME_MS;
            self.speech_frames += 1;
        } else if self.hangover > 0 {
            self.hangover -= 1;
            self.speech_frames += 1;
        }
    }

    /// Seconds of speech.
    pub(super) fn seconds(&self) -> f64 {
        self.speech_frames as f64 * f64::from(FRAME_MS) / 1_000.0
    }
}

impl Resample {
    /// Resamples the chunk; how much came out.
    fn run(&mut self) -> usize {
        let (samples, room) = (self.input.len(), self.output.len());
        let count = match (
            InterleavedSlice::new(&self.input, 1, samples),
            InterleavedSlice::new_mut(&mut self.output, 1, room),
        ) {
            (Ok(input), Ok(mut output)) => self.resampler.process_into_buffer(&input, &mut output, None),
            // Both buffers are exactly as long as said.
            _ => Ok((0, 0)),
        };
        self.input.clear();
        count.map_or(0, |(_, written)| written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_cut_at_full_scale_is_heard_at_any_rate() {
        for rate_hz in [8_000, 11_025, 16_000, 37_801, 47_999, 48_000] {
            let mut speech = Speech::new(rate_hz);
            let square = |at: u32| if (at / 37).is_multiple_of(2) { 1.0 } else { -1.0 };
            speech.push(&(0..2 * rate_hz).map(square).collect::<Vec<f32>>());
            assert!(speech.seconds() <= 2.0, "{rate_hz} Hz");
        }
    }
}
