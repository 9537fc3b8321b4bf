//! Watches that sealing goes on, from a thread that nothing of the recording can hold up.
//!
//! A journal or media that do not take what is written to them hold up everything before them, also whatever would say
//! so. Not here: which of them it is (`lagging.rs`, `lane.rs`), nor the sound that is lost when it lasts
//! (`conductor/listen.rs`). Invariants: the alarm stands from four seconds after the last sign of life; only a sign of
//! life ends it; it never waits for the recording.

use std::time::Duration;

use crate::board::Board;
use crate::clock::Clock;
use crate::observe::{Alarm, Observer};

/// How often it is looked for a sign of life. There is one each second.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After so long without, something is held up.
const HELD_UP: Duration = Duration::from_secs(3);

/// So many looks as well: a clock that leaps, as it does over a machine's sleep, is no proof.
const LOOKS: u32 = 12;

/// Watches until sealing is over.
pub(crate) fn watch(board: &Board, clock: &dyn Clock) {
    let (mut seen, mut looks) = ((board.beats(), clock.monotonic()), 0);
    while !board.is_over() {
        std::thread::park_timeout(LOOK_EVERY);
        let now = clock.monotonic();
        looks += 1;
        if board.beats() != seen.0 {
            (seen, looks) = ((board.beats(), now), 0);
        }
        let silent_for = now.saturating_sub(seen.1);
        if silent_for >= HELD_UP && looks >= LOOKS && !board.is_over() {
            board.alarm(&Alarm::HeldUp { seconds: silent_for.as_secs() });
        }
    }
}
