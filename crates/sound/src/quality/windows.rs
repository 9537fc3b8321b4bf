//! Levels of tenths of a second: how long it is silent, and how loud the room is when nobody speaks.
//!
//! Not loudness as people hear it (EBU R 128 is).
//! Invariants: only whole windows count; a histogram of half decibels, no list.

/// Windows a second.
pub const WINDOWS_PER_SECOND: u32 = 10;
/// A window below this level is quiet, dB of full scale (RMS).
pub const QUIET_DBFS: f64 = -60.0;
/// The noise floor is the level below which this share of the windows lies, digital silence left out.
pub const NOISE_FLOOR_PERCENT: u64 = 10;

/// Half decibels from 0 down to -150.
const BINS: usize = 300;

/// Levels so far.
pub(super) struct Windows {
    window_samples: u32,
    full_scale: f64,
    filled: u32,
    squares: f64,
    digital: u64,
    quiet: u64,
    bins: Vec<u64>,
}

impl Windows {
    pub(super) fn new(rate_hz: u32, full_scale: i32) -> Windows {
        Windows {
            window_samples: (rate_hz / WINDOWS_PER_SECOND).max(1),
            full_scale: f64::from(full_scale),
            filled: 0,
            squares: 0.0,
            digital: 0,
            quiet: 0,
            bins: vec![0; BINS],
        }
    }

    pub(super) fn push(&mut self, mut samples: &[i32]) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min((self.window_samples - self.filled) as usize));
            // One sample after the other, so that sums are the same however the sound is cut into blocks.
            self.squares = now.iter().fold(self.squares, |sum, sample| sum + f64::from(*sample) * f64::from(*sample));
            self.filled += now.len() as u32;
            if self.filled == self.window_samples {
                self.close();
            }
            samples = later;
        }
    }

    fn close(&mut self) {
        let mean = std::mem::take(&mut self.squares) / f64::from(std::mem::take(&mut self.filled));
        if mean == 0.0 {
            self.digital += 1;
            self.quiet += 1;
            return;
        }
        let level_dbfs = 10.0 * (mean / (self.full_scale * self.full_scale)).log10();
        if level_dbfs < QUIET_DBFS {
            self.quiet += 1;
        }
        // A level above 0 or below the last bin belongs to the nearest one.
        let bin = (-level_dbfs * 2.0).max(0.0) as usize;
        self.bins[bin.min(BINS - 1)] += 1;
    }

    pub(super) fn digital_silence_seconds(&self) -> f64 {
        self.digital as f64 / f64::from(WINDOWS_PER_SECOND)
    }

    pub(super) fn quiet_seconds(&self) -> f64 {
        self.quiet as f64 / f64::from(WINDOWS_PER_SECOND)
    }

    /// The middle of the bin in which the floor lies.
    pub(super) fn noise_floor_dbfs(&self) -> Option<f64> {
        let windows: u64 = self.bins.iter().sum();
        if windows < u64::from(WINDOWS_PER_SECOND) {
            return None;
        }
        let mut below = windows * NOISE_FLOOR_PERCENT / 100;
        for (bin, count) in self.bins.iter().enumerate().rev() {
            if below < *count {
                return Some(-(bin as f64 + 0.5) / 2.0);
            }
            below -= count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square wave of that level for so many windows.
    fn square(level_dbfs: f64, windows: usize) -> Vec<i32> {
        let height = (10_f64.powf(level_dbfs / 20.0) * 8_388_608.0).round() as i32;
        (0..windows * 1_600).map(|at| if at % 2 == 0 { height } else { -height }).collect()
    }

    #[test]
    fn the_floor_is_what_lies_under_the_voices() {
        for (floor_dbfs, quiet) in [(-70.25, 3.0), (-50.25, 0.0)] {
            let mut windows = Windows::new(16_000, 8_388_608);
            for part in [square(-20.0, 70), square(floor_dbfs, 30), vec![0; 16_000]] {
                windows.push(&part);
            }
            let floor = windows.noise_floor_dbfs().unwrap_or_default();
            assert!((floor - floor_dbfs).abs() <= 0.5, "{floor} instead of {floor_dbfs}");
            assert_eq!((windows.digital_silence_seconds(), windows.quiet_seconds()), (1.0, 1.0 + quiet));
        }
    }
}
