//! What a recording says while it runs: alarms at once, progress on a terminal.
//!
//! Not the result (`record.rs`). Invariants: an alarm is a line of its own that begins with `ALARM:`,
//! whatever standard error is; progress is drawn only on a terminal and gone before any other line.

use std::sync::{Mutex, MutexGuard, PoisonError};

use recorder::observe::{Alarm, Observer, Progress};

use crate::time::Moment;
use crate::{out, text};

/// Watches one recording or recovery.
pub(crate) struct Watcher {
    line: Mutex<out::Progress>,
    /// Shown behind the time, such as which key does what.
    keys: &'static str,
}

impl Watcher {
    pub(crate) fn new(keys: &'static str) -> Watcher {
        Watcher { line: Mutex::new(out::Progress::new()), keys }
    }

    /// Takes the progress away.
    pub(crate) fn clear(&self) {
        self.line().clear();
    }

    fn line(&self) -> MutexGuard<'_, out::Progress> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Watcher {
    fn alarm(&self, alarm: &Alarm) {
        let mut line = self.line();
        line.clear();
        out::notice(&format!("ALARM: {}", text::visible(&alarm.to_string())));
    }

    fn progress(&self, progress: &Progress) {
        self.line().show(|| {
            let at = Moment::of_samples(progress.position / u64::from(progress.rate_hz.max(1)), 1);
            let paused = if progress.paused { ", paused" } else { "" };
            let lost = progress.copies.iter().filter(|copy| copy.lost.is_some()).count();
            let lost = match lost {
                0 => String::new(),
                1 => ", one copy LOST".to_owned(),
                n => format!(", {n} copies LOST"),
            };
            format!("recording {at}{paused}{lost}{}", self.keys)
        });
    }
}
