//! How loud each track is, a tenth of a second at a time.
//!
//! Not here: what is wrong with it (`watch.rs`). Invariants: a stretch is a tenth of a second of every track, whatever the sizes of
//! the pieces it came in; a constant offset is no loudness; memory is one number of each kind a track; no level is below
//! [`FLOOR_DBFS`], so that every level is a number.

/// What is said of silence: no sound of 24 bits is as quiet.
pub const FLOOR_DBFS: f32 = -144.0;
/// Stretches a second.
pub const STRETCHES_PER_SECOND: usize = 10;

/// So many samples in a row at full scale are sound that was cut off; music and speech touch it for one or two.
const FULL_RUN: u32 = 3;
/// So many equal samples in a row near full scale are sound that was cut off before it came here.
const FLAT_RUN: u32 = 8;
/// Near full scale, as a part of it.
const NEAR_FULL: f64 = 0.7;

/// One track for a tenth of a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The loudest sample, in decibels below full scale.
    pub peak_dbfs: f32,
    /// The power without any constant offset, in decibels below that of full scale.
    pub rms_dbfs: f32,
    /// Whether every sample is the same, as no working microphone gives.
    pub is_flat: bool,
    /// Places where the sound is cut off at the top or the bottom.
    pub clips: u32,
}

/// Decibels of a part of full scale.
#[must_use]
pub fn dbfs(part: f64) -> f32 {
    if part > 0.0 { ((20.0 * part.log10()) as f32).max(FLOOR_DBFS) } else { FLOOR_DBFS }
}

/// The part of full scale that is so many decibels.
#[must_use]
pub fn part_of_full(dbfs: f32) -> f64 {
    10f64.powf(f64::from(dbfs) / 20.0)
}

/// Measures interleaved samples as they come.
#[derive(Clone, Debug)]
pub struct Meter {
    stretch_samples: u32,
    full: i32,
    filled: u32,
    tallies: Vec<Tally>,
}

impl Meter {
    /// A meter for samples of so many bits.
    #[must_use]
    pub fn new(rate_hz: u32, bits: u8, tracks: u8) -> Meter {
        Meter {
            stretch_samples: (rate_hz / STRETCHES_PER_SECOND as u32).max(1),
            full: (1i32 << (bits.clamp(2, 31) - 1)) - 1,
            filled: 0,
            tallies: vec![Tally::default(); tracks.max(1).into()],
        }
    }

    /// Takes whole instants; `each` is given every stretch that is full, one entry a track.
    pub fn hear(&mut self, interleaved: &[i32], mut each: impl FnMut(&[Stretch])) {
        let tracks = self.tallies.len();
        for instant in interleaved.chunks_exact(tracks) {
            for (tally, sample) in self.tallies.iter_mut().zip(instant) {
                tally.add(*sample, self.full);
            }
            self.filled += 1;
            if self.filled == self.stretch_samples {
                self.filled = 0;
                let (count, full) = (self.stretch_samples, self.full);
                let stretches: Vec<Stretch> = self.tallies.iter_mut().map(|tally| tally.take(count, full)).collect();
                each(&stretches);
            }
        }
    }
}

/// What is counted of one track.
#[derive(Clone, Debug)]
struct Tally {
    sum: f64,
    squares: f64,
    lowest: i32,
    highest: i32,
    clips: u32,
    /// The sample before, and how often it has come in a row; it runs on from stretch to stretch.
    last: i32,
    run: u32,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { sum: 0.0, squares: 0.0, lowest: i32::MAX, highest: i32::MIN, clips: 0, last: 0, run: 0 }
    }
}

impl Tally {
    fn add(&mut self, sample: i32, full: i32) {
        let value = f64::from(sample);
        self.sum += value;
        self.squares += value * value;
        self.lowest = self.lowest.min(sample);
        self.highest = self.highest.max(sample);
        self.run = if sample == self.last { self.run.saturating_add(1) } else { 1 };
        self.last = sample;
        let is_full = sample >= full || sample <= -full;
        let is_near = value.abs() >= f64::from(full) * NEAR_FULL;
        let enough = if is_full { FULL_RUN } else { FLAT_RUN };
        if is_near && self.run == enough {
            self.clips += 1;
        }
    }

    fn take(&mut self, count: u32, full: i32) -> Stretch {
        let (count, full) = (f64::from(count), f64::from(full) + 1.0);
        let mean = self.sum / count;
        let power = (self.squares / count - mean * mean).max(0.0);
        let peak = f64::from(self.highest).abs().max(f64::from(self.lowest).abs());
        let stretch = Stretch {
            peak_dbfs: dbfs(peak / full),
            rms_dbfs: dbfs(power.sqrt() / full),
            is_flat: self.lowest == self.highest,
            clips: self.clips,
        };
        *self = Tally { last: self.last, run: self.run, ..Tally::default() };
        stretch
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn measured(bits: u8, of: impl Fn(usize) -> i32) -> Stretch {
        let samples: Vec<i32> = (0..800).map(of).collect();
        let mut stretches = Vec::new();
        // The sizes of the pieces make no difference.
        let mut meter = Meter::new(8_000, bits, 1);
        samples.chunks(77).for_each(|piece| meter.hear(piece, |stretch| stretches.extend_from_slice(stretch)));
        assert_eq!(stretches.len(), 1);
        stretches[0]
    }

    fn wave(full: f64, gain: f64) -> impl Fn(usize) -> i32 {
        move |at| ((at as f64 * 0.37).sin() * gain * full).clamp(-full - 1.0, full) as i32
    }

    type Row = (&'static str, u8, Box<dyn Fn(usize) -> i32>, f32, f32, bool, bool);

    #[test]
    fn loudness_is_that_of_the_textbook() {
        let rows: [Row; 8] = [
            ("zeros", 16, Box::new(|_| 0), FLOOR_DBFS, FLOOR_DBFS, true, false),
            ("an offset", 16, Box::new(|_| 3_277), -20.0, FLOOR_DBFS, true, false),
            ("a full wave", 16, Box::new(wave(32_767.0, 1.0)), 0.0, -3.0, false, false),
            ("a wave 20 dB lower", 16, Box::new(wave(32_767.0, 0.1)), -20.0, -23.0, false, false),
            ("the same of 24 bits", 24, Box::new(wave(8_388_607.0, 0.1)), -20.0, -23.0, false, false),
            ("too loud", 16, Box::new(wave(32_767.0, 4.0)), 0.0, -0.7, false, true),
            (
                "too loud before",
                16,
                Box::new(|at| wave(32_767.0, 40.0)(at / 4).clamp(-30_000, 30_000)),
                -0.8,
                -1.0,
                false,
                true,
            ),
            ("the lowest bit", 16, Box::new(|at| at as i32 % 2), -90.3, -96.3, false, false),
        ];
        for (name, bits, of, peak, rms, is_flat, clips) in rows {
            let stretch = measured(bits, of);
            assert!((stretch.peak_dbfs - peak).abs() < 0.2, "{name}: {stretch:?}");
            assert!((stretch.rms_dbfs - rms).abs() < 0.6, "{name}: {stretch:?}");
            assert_eq!((stretch.is_flat, stretch.clips > 0), (is_flat, clips), "{name}: {stretch:?}");
        }
    }

    #[test]
    fn tracks_do_not_mix_and_runs_cross_stretches() {
        let mut meter = Meter::new(8_000, 16, 2);
        let samples: Vec<i32> =
            (0..1_600).flat_map(|at| [at % 100, if (798..801).contains(&at) { 32_767 } else { 0 }]).collect();
        let mut all = Vec::new();
        meter.hear(&samples, |stretches| all.push(stretches.to_vec()));
        assert_eq!(all.len(), 2);
        assert_eq!((all[0][1].clips, all[1][1].clips, all[1][0].clips), (0, 1, 0));
        assert!(all.iter().all(|tracks| !tracks[0].is_flat));
    }

    #[test]
    fn decibels_come_back() {
        for level in [0.0, -6.0, -60.5, -120.0] {
            assert!((dbfs(part_of_full(level)) - level).abs() < 0.001);
        }
    }
}
