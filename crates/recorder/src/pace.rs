//! How fast sound is taken from a source: as it comes, or in real time with a key to skip ahead.
//!
//! Not here: the source, and the clock that is waited on.
//! Invariant: pacing only ever waits; it never drops or makes sound.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use crate::clock::Clock;

/// How fast sound is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it goes: files, standard input.
    Fast,
    /// A file as if it were spoken now.
    RealTime,
    /// The source sets the pace: a microphone.
    Live,
}

impl Pace {
    /// Whether sound that is not taken in time would be lost, so that nothing may hold it up.
    pub(crate) fn is_live(self) -> bool {
        self != Pace::Fast
    }
}

/// Keeps the pace of one source.
pub(crate) struct Pacer {
    held_back: AtomicBool,
    waiting: Mutex<Option<Thread>>,
}

impl Pacer {
    pub(crate) fn new(pace: Pace) -> Pacer {
        Pacer { held_back: AtomicBool::new(pace == Pace::RealTime), waiting: Mutex::new(None) }
    }

    /// Whether there is anything to wait for.
    pub(crate) fn holds_back(&self) -> bool {
        self.held_back.load(Ordering::Acquire)
    }

    /// The rest goes as fast as it can.
    pub(crate) fn skip_ahead(&self) {
        self.held_back.store(false, Ordering::Release);
        if let Some(thread) = &*self.waiting.lock().unwrap_or_else(PoisonError::into_inner) {
            thread.unpark();
        }
    }

    /// Waits until the clock shows that moment, or until the rest is skipped.
    pub(crate) fn wait_until(&self, clock: &dyn Clock, due: Duration) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current());
        while self.holds_back() {
            match due.checked_sub(clock.monotonic()) {
                Some(left) if !left.is_zero() => clock.park(left),
                _ => return,
            }
        }
    }
}
