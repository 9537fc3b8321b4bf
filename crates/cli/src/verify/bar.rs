//! How far a verification of many files is: one line on a terminal, nothing elsewhere.
//!
//! Not a result, and never in a pipe or a file.
//! Invariant: threads that work only add to numbers; a line that cannot be drawn now is not waited for.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::find::Target;
use crate::check::percent;
use crate::files::{self, Place};
use crate::out::Progress;
use crate::time::Moment;

const WIDTH: u64 = 20;

/// What all threads draw one line about.
pub(super) struct Bar {
    line: Mutex<Progress>,
    began: Instant,
    files: usize,
    files_done: AtomicUsize,
    bytes: u64,
    bytes_done: AtomicU64,
}

impl Bar {
    pub(super) fn new(targets: &[Target]) -> Bar {
        Bar {
            line: Mutex::new(Progress::new()),
            began: Instant::now(),
            files: targets.len(),
            files_done: AtomicUsize::new(0),
            bytes: targets.iter().map(len_bytes).sum(),
            bytes_done: AtomicU64::new(0),
        }
    }

    /// Looks at one file and tells how far it is.
    pub(super) fn during<R>(&self, target: &Target, look: impl FnOnce(&mut dyn FnMut(u64, u64)) -> R) -> R {
        let mut told = 0;
        let mut tell = |done: u64, all: u64| {
            self.bytes_done.fetch_add(done.saturating_sub(told), Ordering::Relaxed);
            told = told.max(done);
            self.draw(|| if self.files == 1 { percent(target.path(), done, all) } else { self.words() });
        };
        let result = look(&mut tell);
        let rest = len_bytes(target).saturating_sub(told);
        self.bytes_done.fetch_add(rest, Ordering::Relaxed);
        self.files_done.fetch_add(1, Ordering::Relaxed);
        result
    }

    fn draw(&self, words: impl FnOnce() -> String) {
        if let Ok(mut line) = self.line.try_lock() {
            line.show(words);
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if let Ok(mut line) = self.line.lock() {
            line.clear();
        }
    }

    fn words(&self) -> String {
        let (files, bytes) = (self.files_done.load(Ordering::Relaxed), self.bytes_done.load(Ordering::Relaxed));
        words(files, self.files, bytes, self.bytes, self.began.elapsed())
    }
}

/// `[########------------]  41 %, 82 of 200 files, 0:12 left`
fn words(files_done: usize, files: usize, done: u64, all: u64, took: Duration) -> String {
    let done = done.min(all);
    let full = (done * WIDTH).checked_div(all).unwrap_or(0) as usize;
    let percent = (done * 100).checked_div(all).unwrap_or(0);
    let bar = format!("[{}{}]", "#".repeat(full), "-".repeat(WIDTH as usize - full));
    let mut text = format!("{bar} {percent:>3} %, {files_done} of {files} files");
    if percent > 0 {
        let left_s = took.as_secs_f64() * (all - done) as f64 / done as f64;
        text.push_str(&format!(", {} left", Moment::of_samples(left_s.round() as u64, 1)));
    }
    text
}

/// How much there is to read; what is not there takes no time.
fn len_bytes(target: &Target) -> u64 {
    match target {
        Target::Path(path) => match files::place(path) {
            Place::File(path) => fs::metadata(path).map_or(0, |metadata| metadata.len()),
            Place::Unfinished | Place::Empty => 0,
        },
        Target::Nothing { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_and_how_long() {
        for (files, done, all, took, said) in [
            (0, 0, 0, 1, "[--------------------]   0 %, 0 of 200 files"),
            (0, 0, 1_000, 1, "[--------------------]   0 %, 0 of 200 files"),
            (82, 410, 1_000, 41, "[########------------]  41 %, 82 of 200 files, 0:59 left"),
            (200, 1_001, 1_000, 60, "[####################] 100 %, 200 of 200 files, 0:00 left"),
        ] {
            assert_eq!(words(files, 200, done, all, Duration::from_secs(took)), said);
        }
    }
}
