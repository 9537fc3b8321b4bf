//! Flushes one file from a thread of its own, so that no write waits behind a flush: a medium may take seconds to
//! flush, and what waits in memory meanwhile would be lost by a kill.
//!
//! Not here: when to flush (`sealer.rs`) and what a failed flush means (`lane.rs`, `sealer.rs`).
//! Invariants: a round counts as done only when a flush that began after it was asked for has returned; after the first
//! error nothing is flushed again; dropping it waits for the thread, so that no handle of the file outlives it.

use std::fs::File;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

#[derive(Default)]
struct State {
    wanted: u64,
    done: u64,
    busy: bool,
    failed: Option<io::Error>,
    closed: bool,
}

impl State {
    fn is_idle(&self) -> bool {
        !self.busy && (self.wanted == self.done || self.closed)
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.news.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes what was written to a file durable, in the background.
pub(crate) struct Flusher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Starts the thread for that handle of the file.
    pub(crate) fn start(file: File) -> io::Result<Flusher> {
        Flusher::with(move || file.sync_data())
    }

    fn with(flush: impl FnMut() -> io::Result<()> + Send + 'static) -> io::Result<Flusher> {
        let shared = Arc::new(Shared::default());
        let its = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("flush".into()).spawn(move || work(&its, flush))?;
        Ok(Flusher { shared, thread: Some(thread) })
    }

    /// Asks for everything written until now; rounds ascend.
    pub(crate) fn ask(&self, round: u64) {
        self.shared.lock().wanted = round;
        self.shared.news.notify_all();
    }

    /// The last round that is durable, without waiting. An error is told once, and is the last.
    pub(crate) fn done(&self) -> io::Result<u64> {
        let mut state = self.shared.lock();
        state.failed.take().map_or(Ok(state.done), Err)
    }

    /// Waits until nothing is being flushed.
    pub(crate) fn wait(&self) -> io::Result<()> {
        let mut state = self.shared.lock();
        while !state.is_idle() {
            state = self.shared.wait(state);
        }
        state.failed.take().map_or(Ok(()), Err)
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.news.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread is no reason for another.
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, mut flush: impl FnMut() -> io::Result<()>) {
    let mut state = shared.lock();
    while !state.closed {
        if state.wanted == state.done {
            state = shared.wait(state);
            continue;
        }
        let round = state.wanted;
        state.busy = true;
        drop(state);
        let flushed = flush();
        state = shared.lock();
        state.busy = false;
        match flushed {
            Ok(()) => state.done = round,
            Err(error) => {
                state.failed = Some(error);
                state.closed = true;
            }
        }
        shared.news.notify_all();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_slow_flush_holds_nobody_up_and_counts_for_what_was_asked_before_it() {
        let (began, begins) = channel();
        let (go, goes) = channel();
        let flusher = Flusher::with(move || {
            began.send(()).unwrap();
            goes.recv().unwrap()
        })
        .unwrap();
        flusher.ask(1);
        begins.recv().unwrap();
        flusher.ask(2);
        assert_eq!(flusher.done().unwrap(), 0);
        go.send(Ok(())).unwrap();
        begins.recv().unwrap();
        assert_eq!(flusher.done().unwrap(), 1, "the second began after the first was done");
        go.send(Ok(())).unwrap();
        flusher.wait().unwrap();
        assert_eq!(flusher.done().unwrap(), 2);
    }

    #[test]
    fn the_first_error_is_the_last_flush() {
        let (count, counted) = channel();
        let flusher = Flusher::with(move || {
            count.send(()).unwrap();
            Err(io::Error::from_raw_os_error(5))
        })
        .unwrap();
        flusher.ask(1);
        assert_eq!(flusher.wait().unwrap_err().raw_os_error(), Some(5));
        flusher.ask(2);
        flusher.wait().unwrap();
        assert_eq!(flusher.done().unwrap(), 0);
        drop(flusher);
        assert_eq!(counted.iter().count(), 1);
    }
}
