//! Holds the samples that came against the clock, to find a source that counts them wrongly.
//!
//! Not here: sound that never came (`source::microphone` declares it, and it counts as come). Invariants: sound that comes late is no drift,
//! because what counts is the earliest that came in a few seconds; the drift of two honest clocks, below one in a thousand, is none. It reads no
//! clock itself.

use std::collections::VecDeque;
use std::time::Duration;

/// Seconds of which the earliest arrival counts.
const ENVELOPE: usize = 2;
/// Seconds that are remembered.
const KEPT: usize = 60;
/// So far off within what is remembered is a fault.
const OFF_MILLIS: i64 = 100;

/// Counts one source.
#[derive(Debug)]
pub(crate) struct Drift {
    rate_hz: u32,
    began: Option<Duration>,
    samples: u64,
    /// How far the samples were ahead of the clock at best in each second, milliseconds.
    ahead: VecDeque<i64>,
    second: u64,
}

impl Drift {
    pub(crate) fn new(rate_hz: u32) -> Drift {
        Drift { rate_hz, began: None, samples: 0, ahead: VecDeque::new(), second: 0 }
    }

    /// Takes note of samples that came now.
    pub(crate) fn count(&mut self, now: Duration, samples: u64) {
        let Some(began) = self.began else {
            self.began = Some(now);
            return;
        };
        self.samples += samples;
        let run = now.saturating_sub(began);
        let ahead =
            (u128::from(self.samples) * 1_000 / u128::from(self.rate_hz.max(1))) as i64 - run.as_millis() as i64;
        let second = run.as_secs();
        match self.ahead.back_mut() {
            Some(best) if second == self.second => *best = ahead.max(*best),
            _ => {
                self.second = second;
                self.ahead.push_back(ahead);
                if self.ahead.len() > KEPT {
                    self.ahead.pop_front();
                }
            }
        }
    }

    /// Takes note of samples that never came and were accounted for.
    pub(crate) fn count_lost(&mut self, samples: u64) {
        if self.began.is_some() {
            self.samples += samples;
        }
    }

    /// By how much it went off, when that is a fault.
    pub(crate) fn off_millis(&self, now: Duration) -> Option<i64> {
        let begun = self.began.map_or(0, |began| now.saturating_sub(began).as_secs());
        if begun < ENVELOPE as u64 + 1 || self.ahead.len() < ENVELOPE + 1 {
            return None;
        }
        let best = |seconds: &mut dyn Iterator<Item = &i64>| seconds.copied().max().unwrap_or(0);
        let first = best(&mut self.ahead.iter().take(ENVELOPE));
        let last = best(&mut self.ahead.iter().rev().take(ENVELOPE));
        let off = last - first;
        (off.abs() >= OFF_MILLIS).then_some(off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds so many seconds at so many samples a second, in pieces of 25 ms that come so late; the first second at which it is off.
    fn first_off(drift: &mut Drift, from: u64, seconds: u64, rate: u64, late: impl Fn(u64) -> u64) -> Option<u64> {
        let mut found = None;
        for piece in from * 40..(from + seconds) * 40 {
            let now = Duration::from_millis(piece * 25 + late(piece));
            drift.count(now, rate * (piece + 1) / 40 - rate * piece / 40);
            if piece % 40 == 39 && found.is_none() && drift.off_millis(now).is_some() {
                found = Some(piece / 40 + 1 - from);
            }
        }
        found
    }

    #[test]
    fn honest_clocks_and_late_pieces_are_no_drift() {
        type Late = fn(u64) -> u64;
        let rows: [(&str, u64, Late); 4] = [
            ("exact", 48_000, |_| 0),
            ("500 in a million fast", 48_024, |_| 0),
            ("500 in a million slow", 47_976, |_| 0),
            // A machine under load: each third second everything comes up to a second late.
            ("late", 48_000, |piece| if piece / 40 % 3 == 1 { 1_000 - piece % 40 * 25 } else { piece % 7 }),
        ];
        for (name, rate, late) in rows {
            assert_eq!(first_off(&mut Drift::new(48_000), 0, 600, rate, late), None, "{name}");
        }
    }

    #[test]
    fn a_source_that_counts_wrongly_is_found() {
        for (rate, within) in [(43_200, 5), (46_000, 5), (50_000, 5), (47_712, 25), (48_288, 25)] {
            let mut drift = Drift::new(48_000);
            let found = first_off(&mut drift, 0, 60, rate, |_| 0);
            assert!(found.is_some_and(|second| second <= within), "{rate}: {found:?}");
        }
    }

    #[test]
    fn it_is_over_when_the_source_counts_well_again() {
        let mut drift = Drift::new(48_000);
        assert!(first_off(&mut drift, 0, 10, 43_200, |_| 0).is_some());
        first_off(&mut drift, 10, 70, 48_000, |_| 0);
        assert_eq!(drift.off_millis(Duration::from_secs(80)), None);
    }
}
