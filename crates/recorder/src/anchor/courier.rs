//! Carries states of a recording to the log and proofs back, on a thread of its own.
//!
//! Not here: which states, and what becomes of a proof (`sealer/anchoring.rs`). Invariants: nobody waits for it; one
//! question is under way at a time; of states that were not sent only the newest is kept, for it covers the others; of
//! those the log has and the witnesses have not seen, the oldest is asked about too, so that a slow quorum still anchors.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use seal::tlog::{Entry, Proof};

use super::LogAccess;
use super::check::Expected;
use super::client::{Added, Log};

/// How long one question may take.
const WHOLE: Duration = Duration::from_secs(10);
/// How long is waited before a question is asked again: first, and at the most.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_secs(8);
/// How long is waited after a refusal, unless a newer state comes.
const AFTER_REFUSAL: Duration = Duration::from_secs(60);
/// Proofs that may wait to be fetched.
const DONE_MAX: usize = 4;

/// A state of the recording that is to be anchored.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    /// Leaves of the recording's tree.
    pub(crate) size: u64,
    /// Samples of each track it covers.
    pub(crate) position: u64,
    pub(crate) blind: [u8; 32],
    pub(crate) entry: Entry,
}

/// A state with its proof.
pub(crate) struct Anchored {
    pub(crate) submission: Submission,
    pub(crate) proof: Proof,
}

/// What the log does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doings {
    /// Why the last question gave no proof, if it did not.
    pub(crate) why_not: Option<String>,
    /// What is wrong with the log itself: it refused, or answered what is not true.
    pub(crate) fault: Option<String>,
}

#[derive(Default)]
struct State {
    next: Option<Submission>,
    done: VecDeque<Anchored>,
    doings: Doings,
    closed: bool,
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
}

/// The recording's end of it.
#[derive(Default)]
pub(crate) struct Courier {
    shared: Arc<Shared>,
}

impl Courier {
    /// What its thread does, until the recording ends or the log refuses.
    pub(crate) fn job(&self, access: &LogAccess, expected: Expected) -> impl FnOnce() + Send + 'static {
        let (shared, log) = (Arc::clone(&self.shared), Log::new(access, WHOLE));
        let round = Round { log, expected, unsent: None, waiting: VecDeque::new(), again: AGAIN, at: Instant::now() };
        move || round.run(&shared)
    }

    /// Hands over a state; one that was not taken yet is dropped for it.
    pub(crate) fn send(&self, submission: Submission) {
        self.shared.lock().next = Some(submission);
        self.shared.news.notify_all();
    }

    /// Proofs that came since the last time.
    pub(crate) fn fetch(&self) -> VecDeque<Anchored> {
        std::mem::take(&mut self.shared.lock().done)
    }

    pub(crate) fn doings(&self) -> Doings {
        self.shared.lock().doings.clone()
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.news.notify_all();
    }
}

/// What the thread holds.
struct Round {
    log: Log,
    expected: Expected,
    /// The newest state that the log may not have.
    unsent: Option<Submission>,
    /// States that the log has and that wait for witnesses: the oldest and the newest.
    waiting: VecDeque<Submission>,
    again: Duration,
    /// When to ask next.
    at: Instant,
}

impl Round {
    fn run(mut self, shared: &Shared) {
        while self.wait(shared) {
            let Some(asked) = self.unsent.clone().or_else(|| self.waiting.front().cloned()) else { continue };
            let answer = self.log.add(&asked.entry);
            // Looked at before the lock is taken, which the sealing takes too.
            let proof = match &answer {
                Ok(Added::Witnessed(bytes)) => Some(self.expected.proof(bytes, &asked.entry)),
                _ => None,
            };
            let mut state = shared.lock();
            match answer {
                Ok(Added::Witnessed(_)) => self.witnessed(proof, asked, &mut state),
                Ok(Added::Durable) => {
                    state.doings.why_not = Some("not witnessed yet".to_owned());
                    if self.unsent.take().is_some() {
                        self.waiting.truncate(1);
                        self.waiting.push_back(asked);
                    }
                    self.later();
                }
                Err(fault) if fault.lasts => {
                    state.doings = Doings { why_not: Some(fault.why.clone()), fault: Some(fault.why) };
                    // It may have been a proxy's word while the network came back.
                    (self.again, self.at) = (AGAIN, Instant::now() + AFTER_REFUSAL);
                }
                Err(fault) => {
                    state.doings.why_not = Some(fault.why);
                    self.later();
                }
            }
        }
    }

    /// Waits until there is something to ask; false when there never will be.
    fn wait(&mut self, shared: &Shared) -> bool {
        let mut state = shared.lock();
        loop {
            if state.closed {
                return false;
            }
            if let Some(next) = state.next.take() {
                self.unsent = Some(next);
                return true;
            }
            let idle = self.unsent.is_none() && self.waiting.is_empty();
            let left = self.at.saturating_duration_since(Instant::now());
            if !idle && left.is_zero() {
                return true;
            }
            state = match idle {
                true => shared.news.wait(state).unwrap_or_else(PoisonError::into_inner),
                false => shared.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    fn later(&mut self) {
        self.at = Instant::now() + self.again;
        self.again = (self.again * 2).min(AGAIN_MAX);
    }

    fn witnessed(&mut self, proof: Option<Result<Proof, String>>, asked: Submission, state: &mut State) {
        // Whatever came, this state is done with: a log that gave a wrong proof is asked about the next.
        self.unsent.take_if(|unsent| unsent.size == asked.size);
        self.waiting.retain(|waiting| waiting.size > asked.size);
        (self.again, self.at) = (AGAIN, Instant::now());
        match proof {
            None => {}
            Some(Ok(proof)) => {
                state.doings = Doings::default();
                if state.done.len() == DONE_MAX {
                    state.done.pop_front();
                }
                state.done.push_back(Anchored { submission: asked, proof });
            }
            Some(Err(why)) => state.doings = Doings { why_not: Some(why.clone()), fault: Some(why) },
        }
    }
}
