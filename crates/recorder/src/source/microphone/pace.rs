//! Holds the samples that come against the clock, to find those that never came.
//!
//! The protocol has no word for sound that the server dropped, nor for a source that stood still:
//! both show as samples that lag behind the monotonic clock. It reads no clock itself. Invariant: a
//! loss is reported only when nothing is waiting to be read, so a slow reader is never taken for a
//! loss. Lags below [`LAG_MAX`] add up until they reach it; the drift of clocks does not.

use std::time::Duration;

/// A lag of this much is a loss; less may be sound that is still on its way.
const LAG_MAX: Duration = Duration::from_secs(1);
/// A lag below this is the drift between two clocks.
const DRIFT_MAX: Duration = Duration::from_millis(100);
/// How often the drift is forgiven.
const DRIFT_EVERY: Duration = Duration::from_secs(30);
/// Who waited this long for a message had read everything before it.
const CAUGHT_UP: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(super) struct Pace {
    rate_hz: u32,
    /// When the counting began, and the samples of each track since.
    since: Option<(Duration, u64)>,
}

impl Pace {
    pub(super) fn new(rate_hz: u32) -> Self {
        Self { rate_hz, since: None }
    }

    /// Takes note of samples that came now, after so long a wait; says how many are missing before
    /// them.
    pub(super) fn take(&mut self, now: Duration, waited: Duration, count: u64) -> u64 {
        let Some((began, counted)) = &mut self.since else {
            // The first samples were made before they came.
            self.since = Some((now, 0));
            return 0;
        };
        *counted += count;
        let run = now.saturating_sub(*began);
        let due = samples(run, self.rate_hz);
        let lag = due.saturating_sub(*counted);
        let missing = lag >= samples(LAG_MAX, self.rate_hz) && waited >= CAUGHT_UP;
        let drifted = run >= DRIFT_EVERY && lag < samples(DRIFT_MAX, self.rate_hz);
        if *counted >= due || missing || drifted {
            self.since = Some((now, 0));
        }
        if missing { lag } else { 0 }
    }
}

fn samples(time: Duration, rate_hz: u32) -> u64 {
    u64::try_from(time.as_nanos() * u128::from(rate_hz) / 1_000_000_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(25);

    /// Each row: milliseconds, how long was waited, samples at 8 kHz, missing before them.
    fn check(rows: &[(u64, u64, u64, u64)]) {
        let mut pace = Pace::new(8000);
        for &(at, waited, count, missing) in rows {
            let (at, waited) = (Duration::from_millis(at), Duration::from_millis(waited));
            assert_eq!(pace.take(at, waited, count), missing, "at {at:?}");
        }
    }

    #[test]
    fn a_stall_is_a_loss_and_a_backlog_is_not() {
        check(&[(0, 0, 200, 0), (25, 25, 200, 0), (5025, 5000, 200, 39_800), (5050, 25, 200, 0)]);
        // The reader slept for two seconds, then read all that had been kept for it.
        check(&[(0, 0, 200, 0), (2000, 0, 200, 0), (2001, 0, 15_800, 0), (2025, 24, 200, 0)]);
        // The same, but the server had room for one second only.
        check(&[(0, 0, 200, 0), (2500, 0, 200, 0), (2501, 0, 7800, 0), (2525, 24, 200, 12_000)]);
    }

    #[test]
    fn clocks_that_drift_lose_nothing_in_a_day() {
        for ppm in [-300i64, 300] {
            let mut pace = Pace::new(48_000);
            let mut owed = 0i64;
            for i in 0..24 * 3600 * 40u32 {
                owed += 1200 * (1_000_000 + ppm);
                let count = owed / 1_000_000;
                owed -= count * 1_000_000;
                assert_eq!(pace.take(STEP * i, STEP, count as u64), 0);
            }
        }
    }
}
