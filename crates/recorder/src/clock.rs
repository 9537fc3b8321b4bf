//! Time as a parameter: a monotonic clock for pacing and order, a wall clock for what is declared.
//!
//! Not here: the time of sound, which is counted in samples and nothing else.
//! Invariants: a recording never takes the wall clock for the order or length of anything; the wall
//! clock's steps are events on the record. Tests put in a clock of their own, so that an hour of
//! pacing runs in a moment.

use std::time::{Duration, Instant};

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// A moment of the wall clock, as the machine declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Milliseconds since 1970 in UTC.
    pub unix_millis: i64,
    /// Local time minus UTC, whole minutes.
    pub offset_minutes: i32,
}

impl LocalTime {
    /// RFC 3339 with the offset in full: `2026-11-21T23:16:44+00:00`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let offset = Offset::from_seconds(self.offset_minutes.clamp(-1_439, 1_439) * 60).unwrap_or(Offset::UTC);
        let moment = Timestamp::from_millisecond(self.unix_millis).unwrap_or(Timestamp::UNIX_EPOCH);
        moment.to_zoned(TimeZone::fixed(offset)).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// Where time comes from and how to wait.
pub trait Clock: Send + Sync {
    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;
    /// The wall clock.
    fn local_time(&self) -> LocalTime;
    /// Waits so long at most, or until the thread is unparked.
    fn park(&self, at_most: Duration);
}

/// The machine's own clocks.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// The machine's clocks, counting from now.
    #[must_use]
    pub fn new() -> SystemClock {
        SystemClock { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn local_time(&self) -> LocalTime {
        let now = Zoned::now();
        LocalTime { unix_millis: now.timestamp().as_millisecond(), offset_minutes: now.offset().seconds() / 60 }
    }

    fn park(&self, at_most: Duration) {
        std::thread::park_timeout(at_most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_written_in_full() {
        for (unix_millis, offset_minutes, text) in [
            (0, 0, "1970-01-01T00:00:00+00:00"),
            (1_795_303_004_999, 0, "2026-11-21T23:16:44+00:00"),
            (1_795_303_004_000, 330, "2026-11-22T04:46:44+05:30"),
            (1_795_303_004_000, -150, "2026-11-21T20:46:44-02:30"),
        ] {
            assert_eq!(LocalTime { unix_millis, offset_minutes }.rfc3339(), text);
        }
    }
}
