//! Clipping: runs of equal samples at full scale, which no voice makes and a converter that ran out of numbers does.
//!
//! Not found here: what was clipped before it was turned down. Invariants: a run counts once, however long; a wave that only
//! touches full scale does not count.

/// Equal samples at full scale from which on it is a run.
pub const CLIPPED_SAMPLES_MIN: u32 = 3;
/// From this share of full scale on a sample is at it: some converters stop a little below.
const FULL_SCALE_SHARE: f64 = 0.999;

/// Counts runs.
pub(super) struct Clipping {
    limit: i32,
    last: i32,
    equal: u32,
    runs: u64,
}

impl Clipping {
    /// For samples from `-full_scale` to `full_scale - 1`.
    pub(super) fn new(full_scale: i32) -> Clipping {
        Clipping { limit: (f64::from(full_scale) * FULL_SCALE_SHARE) as i32, last: 0, equal: 0, runs: 0 }
    }

    pub(super) fn push(&mut self, samples: &[i32]) {
        for sample in samples {
            if sample.unsigned_abs() < self.limit.unsigned_abs() {
                self.equal = 0;
                continue;
            }
            self.equal = if self.equal > 0 && *sample == self.last { self.equal.saturating_add(1) } else { 1 };
            self.last = *sample;
            if self.equal == CLIPPED_SAMPLES_MIN {
                self.runs += 1;
            }
        }
    }

    pub(super) fn runs(&self) -> u64 {
        self.runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_once() {
        const TOP: i32 = 32_767;
        for (samples, runs) in [
            (&[0, TOP, TOP, 0][..], 0),
            (&[TOP, TOP, TOP], 1),
            (&[TOP, TOP, TOP, TOP, TOP, TOP], 1),
            (&[TOP, TOP, TOP, -32_768, -32_768, -32_768], 2),
            (&[TOP, TOP, -TOP, TOP, TOP], 0),
            (&[TOP, TOP, TOP, 0, TOP, TOP, TOP], 2),
            (&[32_760, 32_760, 32_760], 1),
            (&[32_700, 32_700, 32_700], 0),
            (&[TOP, 32_766, TOP, 32_766], 0),
        ] {
            let mut clipping = Clipping::new(32_768);
            clipping.push(samples);
            assert_eq!(clipping.runs(), runs, "{samples:?}");
        }
    }
}
