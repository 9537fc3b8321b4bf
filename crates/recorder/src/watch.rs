//! Watches over the wall clock, which may be set while a recording runs.
//!
//! Not here: what is done about it (`conductor.rs`).
//! Invariant: slow drift of the wall clock is no step.

use std::time::Duration;

use crate::clock::Clock;

/// A wall clock that moves by more than this against the monotonic one was set.
const STEP_MILLIS: i64 = 500;

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
