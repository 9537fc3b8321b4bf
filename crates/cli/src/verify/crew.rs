//! Work on many things by several threads, with the results in the order of the things.
//!
//! Not what the work is. Invariants: results come out in order whatever finishes first; no more than a few of them wait, whatever
//! their number, because nobody runs ahead of the slowest; where no thread is to be had the work is done all the same.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Things a thread may be ahead of the slowest, for each thread.
const AHEAD_PER_JOB: usize = 4;

struct Shared<R> {
    /// The next thing nobody works on.
    next: usize,
    /// Results handed out.
    given: usize,
    ready: BTreeMap<usize, R>,
    /// A worker fell; there will be no result of its.
    fallen: bool,
}

struct Crew<R> {
    shared: Mutex<Shared<R>>,
    changed: Condvar,
}

/// Does `work` on every item with `jobs` threads and hands the results to `each`, in order.
pub(super) fn in_order<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    mut each: impl FnMut(R),
) {
    let jobs = jobs.clamp(1, items.len().max(1));
    let shared = Shared { next: 0, given: 0, ready: BTreeMap::new(), fallen: false };
    let crew = Crew { shared: Mutex::new(shared), changed: Condvar::new() };
    thread::scope(|scope| {
        let hire = |number| {
            let run = || crew.run(items, jobs * AHEAD_PER_JOB, &work);
            thread::Builder::new().name(format!("verify-{number}")).spawn_scoped(scope, run).is_ok()
        };
        // A thread that cannot be had is not missed while there is another.
        let hired = jobs > 1 && (0..jobs).map(hire).filter(|hired| *hired).count() > 0;
        if hired {
            (0..items.len()).map_while(|at| crew.result(at)).for_each(each);
        } else {
            items.iter().for_each(|item| each(work(item)));
        }
    });
}

impl<R> Crew<R> {
    fn lock(&self) -> MutexGuard<'_, Shared<R>> {
        // What is in there is whole after every step; a thread that fell says so itself.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<T>(&self, items: &[T], ahead_max: usize, work: &(impl Fn(&T) -> R + Sync)) {
        let _fall = Fall(self);
        loop {
            let mut shared = self.lock();
            while !shared.fallen && shared.next < items.len() && shared.next >= shared.given + ahead_max {
                shared = self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
            }
            let at = shared.next;
            if shared.fallen || at >= items.len() {
                return;
            }
            shared.next += 1;
            drop(shared);
            let result = work(&items[at]);
            self.lock().ready.insert(at, result);
            self.changed.notify_all();
        }
    }

    /// Waits for the result of that thing; `None` when there will be none.
    fn result(&self, at: usize) -> Option<R> {
        let mut shared = self.lock();
        loop {
            if let Some(result) = shared.ready.remove(&at) {
                shared.given = at + 1;
                self.changed.notify_all();
                return Some(result);
            }
            if shared.fallen {
                return None;
            }
            shared = self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Wakes everybody when a worker panics, so that nobody waits for ever; the scope passes the panic on.
struct Fall<'a, R>(&'a Crew<R>);

impl<R> Drop for Fall<'_, R> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().fallen = true;
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_whatever_finishes_first() {
        for (count, jobs) in [(0, 4), (1, 4), (7, 1), (100, 2), (100, 8), (3, 200)] {
            let items: Vec<usize> = (0..count).collect();
            let mut seen = Vec::new();
            let work = |at: &usize| {
                (0..(at * 7919) % 5).for_each(|_| thread::yield_now());
                at * 2
            };
            in_order(&items, jobs, work, |result| seen.push(result));
            assert_eq!(seen, items.iter().map(|at| at * 2).collect::<Vec<_>>(), "{count} by {jobs}");
        }
    }

    #[test]
    fn nobody_runs_far_ahead_of_the_slowest() {
        const JOBS: usize = 4;
        let (given, furthest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let items: Vec<usize> = (0..500).collect();
        let work = |at: &usize| {
            furthest.fetch_max(at.saturating_sub(given.load(Ordering::SeqCst)), Ordering::SeqCst);
            *at
        };
        in_order(&items, JOBS, work, |_| {
            given.fetch_add(1, Ordering::SeqCst);
        });
        assert!(furthest.into_inner() <= JOBS * AHEAD_PER_JOB + 1);
    }

    #[test]
    fn jobs_run_at_the_same_time() {
        // Each waits for the other: one thread alone would never end.
        let barrier = Barrier::new(2);
        let mut done = 0;
        in_order(&[0, 1], 2, |_| barrier.wait().is_leader(), |_| done += 1);
        assert_eq!(done, 2);
    }

    #[test]
    fn a_worker_that_falls_stops_the_rest_and_is_not_hidden() {
        let items: Vec<usize> = (0..100).collect();
        let run = || in_order(&items, 3, |at| assert!(*at != 5, "falls"), |()| {});
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
