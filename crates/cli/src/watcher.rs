//! What a recording says while it runs: alarms at once, progress on a terminal.
//!
//! Not the result (`record.rs`). Invariants: an alarm is a line of its own that begins with `ALARM:`,
//! whatever standard error is; progress is drawn only on a terminal and gone before any other line;
//! whoever is told something never waits here, even when nobody reads standard error: writing is a
//! thread's own work, and what it cannot take any more is counted instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use recorder::observe::{Alarm, Observer, Progress};

use crate::error::{Error, Result, without_number};
use crate::time::Moment;
use crate::{out, text};

/// Lines that may wait to be written.
const WAITING_MAX: usize = 256;
/// For so long the end of the work waits for its last alarms to be written.
const PATIENCE: Duration = Duration::from_secs(2);

/// Watches one recording or recovery.
pub(crate) struct Watcher {
    said: SyncSender<Said>,
    shared: Arc<Shared>,
    /// Shown behind the time, such as which key does what.
    keys: &'static str,
}

enum Said {
    Alarm(String),
    Progress(String),
    /// Answered when everything before it is written.
    Clear(SyncSender<()>),
}

#[derive(Default)]
struct Shared {
    /// Progress waits to be drawn; no more than one line of it ever does, so that it never takes an alarm's place.
    progress: AtomicBool,
    /// Alarms there was no place for.
    untold: AtomicU64,
}

impl Watcher {
    pub(crate) fn new(keys: &'static str) -> Result<Watcher> {
        let (said, heard) = sync_channel(WAITING_MAX);
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        std::thread::Builder::new().name("watcher".into()).spawn(move || write(&heard, &of_thread)).map_err(|err| {
            Error::of(format_args!("no thread can be started: {err}")).hint("end other programs, and try again")
        })?;
        Ok(Watcher { said, shared, keys })
    }

    /// Takes the progress away, behind the last alarm.
    pub(crate) fn clear(&self) {
        let (done, wait) = sync_channel(1);
        if self.said.try_send(Said::Clear(done)).is_ok() {
            // When nobody reads standard error the result does not wait for it.
            let _ = wait.recv_timeout(PATIENCE);
        }
    }
}

/// An alarm in plain words, on one line.
fn shown(alarm: &Alarm) -> String {
    text::visible(&without_number(&alarm.to_string()))
}

/// Writes what is said until there is nobody left to say anything.
fn write(heard: &Receiver<Said>, shared: &Shared) {
    let mut line = out::Progress::new();
    for said in heard {
        match said {
            Said::Alarm(text) => {
                line.clear();
                out::notice(&format!("ALARM: {text}"));
            }
            Said::Progress(text) => {
                shared.progress.store(false, Ordering::Relaxed);
                line.show(|| text);
            }
            Said::Clear(done) => {
                line.clear();
                // Whoever asked may have gone on.
                let _ = done.try_send(());
            }
        }
        let untold = shared.untold.swap(0, Ordering::Relaxed);
        if untold > 0 {
            line.clear();
            out::notice(&format!("ALARM: {} could not be shown", text::count(untold, "more alarm")));
        }
    }
}

impl Observer for Watcher {
    fn alarm(&self, alarm: &Alarm) {
        if self.said.try_send(Said::Alarm(shown(alarm))).is_err() {
            self.shared.untold.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn progress(&self, progress: &Progress) {
        if self.shared.progress.swap(true, Ordering::Relaxed) {
            return;
        }
        let at = Moment::of_samples(progress.position / u64::from(progress.rate_hz.max(1)), 1);
        let paused = if progress.paused { ", paused" } else { "" };
        let lost = progress.copies.iter().filter(|copy| copy.lost.is_some()).count();
        let lost = match lost {
            0 => String::new(),
            1 => ", one copy LOST".to_owned(),
            n => format!(", {n} copies LOST"),
        };
        let line = format!("recording {at}{paused}{lost}{}", self.keys);
        if self.said.try_send(Said::Progress(line)).is_err() {
            self.shared.progress.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_says_why_without_the_number_of_the_error() {
        let why = format!("writing: {}", std::io::Error::from_raw_os_error(5));
        let alarm = Alarm::CopyLost { folder: "a\nb".into(), why };
        assert_eq!(shown(&alarm), "copy lost: a\\u{a}b: writing: Input/output error");
    }
}
