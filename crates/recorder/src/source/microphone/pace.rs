//! Holds the samples that come against the clock, to find those that never came.
//!
//! The protocol has no word for sound that the server dropped, nor for a source that stood still or went away:
//! all show as samples that lag behind the monotonic clock. It reads no clock itself. Invariants: a
//! loss is reported only when nothing is waiting to be read, so a slow reader is never taken for a
//! loss; its length is that of the piece that came soonest in the moments after it, so one that came late makes none longer. Lags below
//! [`LAG_MAX`] add up until they reach it; the drift of clocks does not.

use std::time::Duration;

/// A lag of this much is a loss; less may be sound that is still on its way.
const LAG_MAX: Duration = Duration::from_secs(1);
/// A lag below this is the drift between two clocks.
const DRIFT_MAX: Duration = Duration::from_millis(100);
/// How often the drift is forgiven.
const DRIFT_EVERY: Duration = Duration::from_secs(30);
/// Who waited this long for a message had read everything before it.
const CAUGHT_UP: Duration = Duration::from_millis(2);
/// For so long after a loss sound is held back, to see how long the loss was.
const SETTLE: Duration = Duration::from_millis(400);

/// What to do with a piece of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// Hand it on.
    Pass,
    /// Hold it back.
    Hold,
    /// Hand on all that is held, and this, after so many samples that are missing before them.
    Missing(u64),
}

#[derive(Debug)]
pub(super) struct Pace {
    rate_hz: u32,
    /// When the counting began, and the samples of each track since.
    since: Option<(Duration, u64)>,
    /// The source was away: whatever is missing is a loss.
    was_away: bool,
    settling: Option<Settling>,
}

#[derive(Clone, Copy, Debug)]
struct Settling {
    until: Duration,
    least_lag: u64,
}

impl Pace {
    pub(super) fn new(rate_hz: u32) -> Self {
        Self { rate_hz, since: None, was_away: false, settling: None }
    }

    /// The source went away; the samples missed in its absence are a loss, however few.
    pub(super) fn away(&mut self) {
        self.was_away = true;
    }

    /// Takes note of samples that came now, after so long a wait.
    pub(super) fn take(&mut self, now: Duration, waited: Duration, count: u64) -> Ruling {
        let Some((began, counted)) = &mut self.since else {
            // The first samples were made before they came.
            self.since = Some((now, 0));
            self.was_away = false;
            return Ruling::Pass;
        };
        *counted += count;
        let run = now.saturating_sub(*began);
        let due = samples(run, self.rate_hz);
        let lag = due.saturating_sub(*counted);
        if let Some(settling) = &mut self.settling {
            settling.least_lag = settling.least_lag.min(lag);
            return if now < settling.until { Ruling::Hold } else { self.settle() };
        }
        if self.was_away || lag >= samples(LAG_MAX, self.rate_hz) && waited >= CAUGHT_UP {
            self.settling = Some(Settling { until: now + SETTLE, least_lag: lag });
            return Ruling::Hold;
        }
        let drifted = run >= DRIFT_EVERY && lag < samples(DRIFT_MAX, self.rate_hz);
        if *counted >= due || drifted {
            self.since = Some((now, 0));
        }
        Ruling::Pass
    }

    /// Waits no longer to see how much is missing before what is held back.
    pub(super) fn settle(&mut self) -> Ruling {
        let was_away = std::mem::take(&mut self.was_away);
        let Some(Settling { least_lag, .. }) = self.settling.take() else {
            return Ruling::Missing(0);
        };
        // What is a little late was not lost.
        let missing = if was_away || least_lag >= samples(DRIFT_MAX, self.rate_hz) { least_lag } else { 0 };
        if let Some((_, counted)) = &mut self.since {
            *counted += missing;
        }
        Ruling::Missing(missing)
    }
}

fn samples(time: Duration, rate_hz: u32) -> u64 {
    u64::try_from(time.as_nanos() * u128::from(rate_hz) / 1_000_000_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Ruling::{Hold, Missing, Pass};
    use super::*;

    const STEP: Duration = Duration::from_millis(25);

    /// Each row: milliseconds, how long was waited, samples at 8 kHz, what to do with them.
    fn check(pace: &mut Pace, rows: &[(u64, u64, u64, Ruling)]) {
        for &(at, waited, count, ruling) in rows {
            let (at, waited) = (Duration::from_millis(at), Duration::from_millis(waited));
            assert_eq!(pace.take(at, waited, count), ruling, "at {at:?}");
        }
    }

    /// Pieces that come each 25 ms, so many of them.
    fn steady(pace: &mut Pace, from: u64, count: u64, ruling: Ruling) {
        (0..count).for_each(|at| check(pace, &[(from + at * 25, 25, 200, ruling)]));
    }

    #[test]
    fn a_stall_is_a_loss_and_a_backlog_is_not() {
        let mut stalled = Pace::new(8000);
        check(&mut stalled, &[(0, 0, 200, Pass), (25, 25, 200, Pass), (5025, 5000, 200, Hold)]);
        steady(&mut stalled, 5050, 15, Hold);
        check(&mut stalled, &[(5425, 25, 200, Missing(39_800)), (5450, 25, 200, Pass)]);
        // The reader slept for two seconds, then read all that had been kept for it.
        check(
            &mut Pace::new(8000),
            &[(0, 0, 200, Pass), (2000, 0, 200, Pass), (2001, 0, 15_800, Pass), (2025, 24, 200, Pass)],
        );
        // The same, but the server had room for one second only.
        let mut short = Pace::new(8000);
        check(&mut short, &[(0, 0, 200, Pass), (2500, 0, 200, Pass), (2501, 0, 7800, Pass), (2525, 24, 200, Hold)]);
        steady(&mut short, 2550, 15, Hold);
        check(&mut short, &[(2925, 25, 200, Missing(12_000))]);
    }

    #[test]
    fn a_loss_is_as_long_as_the_piece_that_came_soonest_says() {
        let mut pace = Pace::new(8000);
        // The first piece after it came 60 ms late, the others in time.
        check(&mut pace, &[(0, 0, 200, Pass), (25, 25, 200, Pass), (5085, 5060, 200, Hold)]);
        check(&mut pace, &[(5086, 1, 200, Hold), (5087, 1, 200, Hold)]);
        steady(&mut pace, 5100, 15, Hold);
        check(&mut pace, &[(5500, 50, 400, Missing(39_800))]);
        // The server itself had slept and kept everything: nothing is lost.
        let mut asleep = Pace::new(8000);
        check(&mut asleep, &[(0, 0, 200, Pass), (2025, 2025, 200, Hold), (2026, 1, 16_000, Hold)]);
        steady(&mut asleep, 2050, 15, Hold);
        check(&mut asleep, &[(2430, 25, 200, Missing(0)), (2450, 25, 200, Pass)]);
    }

    #[test]
    fn who_was_away_missed_what_came_meanwhile_however_little() {
        let mut pace = Pace::new(8000);
        check(&mut pace, &[(0, 0, 200, Pass), (25, 25, 200, Pass)]);
        pace.away();
        check(&mut pace, &[(125, 100, 200, Hold)]);
        steady(&mut pace, 150, 15, Hold);
        check(&mut pace, &[(525, 25, 200, Missing(600)), (550, 25, 200, Pass)]);
        // It goes again before it is known how much was missed.
        pace.away();
        check(&mut pace, &[(5000, 4450, 200, Hold)]);
        assert_eq!(pace.settle(), Missing(35_400));
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
                assert_eq!(pace.take(STEP * i, STEP, count as u64), Pass);
            }
        }
    }
}
