//! A copy's own writer thread and the bounded queue that feeds it, so that a slow or dying medium
//! holds up neither the other copy nor the sound.
//!
//! Not here: what the loss of a copy means for the recording (`sealer.rs`).
//! Invariants: at most [`queue_bytes`] and one batch of frames wait in memory; once a lane is lost it stays lost and
//! nothing more is written to its file; a loss is told to the observer once, by whoever saw it first.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seal::Format;

use crate::flusher::Flusher;
use crate::observe::{Alarm, CopyProgress, Observer};
use crate::part::{Lost, PartFile};

/// The most that may wait for a medium, bytes: more than half a minute of the richest sound there is.
const QUEUE_BYTES_MAX: usize = 40 << 20;
/// What may always wait, bytes.
const QUEUE_BYTES_MIN: usize = 4 << 20;
/// Seconds of sound, as if it were not compressed, that may wait for a medium.
const QUEUE_SECONDS: usize = 30;

/// Bytes of that sound that may wait for a medium.
pub(crate) fn queue_bytes(format: Format) -> usize {
    let second_bytes =
        format.rate_hz() as usize * usize::from(format.tracks()) * usize::from(format.bits()).div_ceil(8);
    (second_bytes * QUEUE_SECONDS).clamp(QUEUE_BYTES_MIN, QUEUE_BYTES_MAX)
}

/// Room left free on a medium so that the end of a recording never tears, bytes.
const MARGIN_BYTES: u64 = 128 * 1024;

enum Job {
    Frame(Arc<[u8]>),
    Flush(u64),
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    queued_bytes: usize,
    /// Bytes and flushes done so far, to tell a slow medium from a stuck one.
    moves: u64,
    flushed_round: u64,
    /// More room than the margin that finishing will need.
    growth_bytes: u64,
    /// What was free when the medium was last looked at, and what was written since then.
    free_bytes: Option<u64>,
    since_look_bytes: u64,
    closed: bool,
    lost: Option<Lost>,
    finished: Option<PartFile>,
}

impl State {
    /// The room that is left when all that waits is written and the end is, if anybody has looked yet; `None` within is none at all.
    fn room_bytes(&self) -> Option<Option<u64>> {
        let needed = MARGIN_BYTES + self.growth_bytes + self.queued_bytes as u64 + self.since_look_bytes;
        self.free_bytes.map(|free| free.checked_sub(needed))
    }
}

struct Shared {
    folder: PathBuf,
    queue_bytes: usize,
    observer: Arc<dyn Observer>,
    state: Mutex<State>,
    /// For the thread: there is a job, or it is over.
    news: Condvar,
    /// For the feeder: something was written, lost or finished.
    moved: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first loss stands, and whoever saw it tells the observer at once.
    fn lose(&self, lost: Lost) {
        let mut state = self.lock();
        state.queue.clear();
        if state.lost.is_some() {
            return;
        }
        let why = lost.why.clone();
        state.lost = Some(lost);
        drop(state);
        self.news.notify_all();
        self.moved.notify_all();
        self.observer.alarm(&Alarm::CopyLost { folder: self.folder.clone(), why });
    }
}

/// What its medium still has to do.
pub(crate) struct Backlog {
    pub(crate) queued_bytes: usize,
    pub(crate) moves: u64,
    pub(crate) flushed_round: u64,
    /// Room for more sound, once the medium was looked at.
    pub(crate) room_bytes: Option<u64>,
}

/// One copy being written.
pub(crate) struct Lane {
    shared: Arc<Shared>,
}

impl Lane {
    /// Starts the thread for that part.
    pub(crate) fn start(part: PartFile, format: Format, observer: Arc<dyn Observer>) -> std::io::Result<Lane> {
        let shared = Arc::new(Shared {
            folder: part.folder().to_owned(),
            queue_bytes: queue_bytes(format),
            observer,
            // Before the thread's own first look something may be handed over.
            state: Mutex::new(State { free_bytes: part.free_bytes().ok(), ..State::default() }),
            news: Condvar::new(),
            moved: Condvar::new(),
        });
        let flusher = Flusher::start(part.file().try_clone()?)?;
        let mut writer = Writer { shared: Arc::clone(&shared), part, flusher, look_after_bytes: 0 };
        std::thread::Builder::new().name("copy".into()).spawn(move || {
            match writer.look().and_then(|()| writer.run()) {
                Ok(()) => writer.finish(),
                Err(lost) => writer.shared.lose(lost),
            }
        })?;
        Ok(Lane { shared })
    }

    /// The copy's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// Why it is lost, if it is.
    pub(crate) fn lost(&self) -> Option<Lost> {
        self.shared.lock().lost.clone()
    }

    /// Whether its medium has no more room than the end of the recording needs beside `unfed_bytes` that will be handed over. What was
    /// handed over counts as written: a writer that does not get on must not be fed past the end of its medium.
    pub(crate) fn is_low(&self, unfed_bytes: u64) -> bool {
        self.shared.lock().room_bytes().is_some_and(|room| room.is_none_or(|room| room < unfed_bytes))
    }

    /// Whether its queue has no room for more.
    pub(crate) fn is_full(&self) -> bool {
        self.shared.lock().queued_bytes >= self.shared.queue_bytes
    }

    /// Whether more than half of what may wait for its medium does.
    pub(crate) fn lags(&self) -> bool {
        self.shared.lock().queued_bytes > self.shared.queue_bytes / 2
    }

    /// What its medium still has to do.
    pub(crate) fn backlog(&self) -> Backlog {
        let state = self.shared.lock();
        Backlog {
            queued_bytes: state.queued_bytes,
            moves: state.moves,
            flushed_round: state.flushed_round,
            room_bytes: state.room_bytes().map(Option::unwrap_or_default),
        }
    }

    /// Hands frames over. Waits while the queue is full, and gives the lane up when its medium moved
    /// nothing for as long as `patience`.
    pub(crate) fn push(&self, frames: &[Arc<[u8]>], patience: Duration) {
        let full = |state: &State| state.queued_bytes >= self.shared.queue_bytes;
        let mut state = self.wait_while(patience, full);
        if state.lost.is_some() {
            return;
        }
        if full(&state) {
            let why = format!("the medium is too slow: {} bytes wait for it", state.queued_bytes);
            drop(state);
            self.shared.lose(Lost::new(why));
        } else {
            state.queued_bytes += frames.iter().map(|frame| frame.len()).sum::<usize>();
            state.queue.extend(frames.iter().map(|frame| Job::Frame(Arc::clone(frame))));
            self.shared.news.notify_one();
        }
    }

    /// Asks for a flush and a look at the medium.
    pub(crate) fn flush(&self, round: u64, growth_bytes: u64) {
        let mut state = self.shared.lock();
        state.growth_bytes = growth_bytes;
        match state.queue.back_mut() {
            // A flush that is still waiting will do for this round too.
            Some(Job::Flush(waiting)) => *waiting = round,
            _ => state.queue.push_back(Job::Flush(round)),
        }
        self.shared.news.notify_one();
    }

    /// Gives the copy up.
    pub(crate) fn give_up(&self, lost: Lost) {
        self.shared.lose(lost);
    }

    /// Writes what still waits, flushes, and gives the part back.
    pub(crate) fn close(self, patience: Duration) -> Result<PartFile, Lost> {
        self.shared.lock().closed = true;
        self.shared.news.notify_one();
        let mut state = self.wait_while(patience, |state| state.finished.is_none());
        if let Some(part) = state.finished.take() {
            return Ok(part);
        }
        drop(state);
        self.shared.lose(Lost::new("the medium is stuck"));
        Err(self.lost().unwrap_or_else(|| Lost::new("lost")))
    }

    /// How it stands.
    pub(crate) fn progress(&self) -> CopyProgress {
        let state = self.shared.lock();
        CopyProgress {
            folder: self.shared.folder.clone(),
            lag_bytes: state.queued_bytes,
            free_bytes: state.free_bytes,
            lost: state.lost.as_ref().map(|lost| lost.why.clone()),
        }
    }

    /// Waits while a condition holds, the lane lives and its medium moves.
    fn wait_while(&self, patience: Duration, condition: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let mut state = self.shared.lock();
        let mut moves = state.moves;
        while state.lost.is_none() && condition(&state) {
            let (woken, timeout) =
                self.shared.moved.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if timeout.timed_out() && state.moves == moves {
                break;
            }
            moves = state.moves;
        }
        state
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.news.notify_one();
    }
}

/// The thread's own side.
struct Writer {
    shared: Arc<Shared>,
    part: PartFile,
    flusher: Flusher,
    /// Bytes that may be written before the free room is looked at again.
    look_after_bytes: u64,
}

impl Writer {
    fn run(&mut self) -> Result<(), Lost> {
        while let Some(job) = self.next_job()? {
            self.follow_flush()?;
            match job {
                Job::Frame(frame) => {
                    self.part.append(&frame).map_err(|error| Lost::by("writing", &error))?;
                    self.wrote(frame.len())?;
                }
                Job::Flush(round) => {
                    self.part.check_place()?;
                    self.flusher.ask(round);
                    self.look()?;
                }
            }
            self.shared.moved.notify_all();
        }
        // The system tells an error of the medium once: to whichever flush comes first.
        self.flusher.wait().map_err(|error| Lost::by("flushing", &error))?;
        self.follow_flush()?;
        self.part.check_place()?;
        self.part.sync().map_err(|error| Lost::by("flushing", &error))
    }

    /// The next job, or `None` when the lane is closed and empty.
    fn next_job(&self) -> Result<Option<Job>, Lost> {
        let mut state = self.shared.lock();
        loop {
            if let Some(lost) = &state.lost {
                return Err(lost.clone());
            }
            if let Some(job) = state.queue.pop_front() {
                return Ok(Some(job));
            }
            if state.closed {
                return Ok(None);
            }
            state = self.shared.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Sees how far the flushes are, or that one failed.
    fn follow_flush(&self) -> Result<(), Lost> {
        let round = self.flusher.done().map_err(|error| Lost::by("flushing", &error))?;
        let mut state = self.shared.lock();
        state.moves += u64::from(state.flushed_round != round);
        state.flushed_round = round;
        Ok(())
    }

    fn wrote(&mut self, bytes: usize) -> Result<(), Lost> {
        {
            let mut state = self.shared.lock();
            state.queued_bytes = state.queued_bytes.saturating_sub(bytes);
            state.since_look_bytes += bytes as u64;
            state.moves += 1;
        }
        self.look_after_bytes = self.look_after_bytes.saturating_sub(bytes as u64);
        if self.look_after_bytes == 0 { self.look() } else { Ok(()) }
    }

    /// Looks at the room that is left, and sets when to look again: at half of what may still be used.
    fn look(&mut self) -> Result<(), Lost> {
        let free = self.part.free_bytes().map_err(|error| Lost::by("looking at the medium", &error))?;
        let mut state = self.shared.lock();
        (state.free_bytes, state.since_look_bytes) = (Some(free), 0);
        self.look_after_bytes = (state.room_bytes().flatten().unwrap_or_default() / 2).max(1);
        Ok(())
    }

    fn finish(self) {
        let Writer { shared, part, .. } = self;
        shared.lock().finished = Some(part);
        shared.moved.notify_all();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Nobody;
    impl Observer for Nobody {}

    /// No thread writes here, as on a machine that gives the thread no time.
    fn lane_with(room_bytes: u64) -> Lane {
        let state = State { free_bytes: Some(MARGIN_BYTES + room_bytes), ..State::default() };
        let shared = Shared {
            folder: PathBuf::new(),
            queue_bytes: 1 << 20,
            observer: Arc::new(Nobody),
            state: Mutex::new(state),
            news: Condvar::new(),
            moved: Condvar::new(),
        };
        Lane { shared: Arc::new(shared) }
    }

    #[test]
    fn what_waits_counts_as_written() {
        let lane = lane_with(1_000);
        let frame: Arc<[u8]> = vec![0; 500].into();
        for is_low in [false, false, true] {
            lane.push(&[Arc::clone(&frame)], Duration::ZERO);
            assert_eq!(lane.is_low(0), is_low, "{} bytes wait", lane.backlog().queued_bytes);
        }
        let lane = lane_with(1_000);
        assert!(!lane.is_low(1_000) && lane.is_low(1_001));
    }

    #[test]
    fn half_a_minute_of_any_sound_may_wait() {
        for (rate_hz, bits, tracks) in [(8_000, 16, 1), (48_000, 16, 2), (48_000, 24, 8)] {
            let format = Format::new(rate_hz, bits, tracks).unwrap();
            let raw = rate_hz as usize * usize::from(bits / 8) * usize::from(tracks) * 30;
            assert!((raw..=40 << 20).contains(&queue_bytes(format)), "{rate_hz} {bits} {tracks}");
        }
    }
}
