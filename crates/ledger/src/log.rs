//! A running log: where entries go in and proofs come out.
//!
//! Not here: how it starts (`start.rs`), how a batch is made (`sequencer.rs`), how witnesses are asked (`collector.rs`).
//! Invariants: what is answered is durable, integrated and proved, and the proof was checked against the checkpoint it comes
//! with; memory is bounded whatever clients do; once stopped, nothing is signed any more before a restart.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seal::tlog::{self, Entry, Hash, Policy, Proof, SignedCheckpoint, SignerKey, VerifierKey};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::collector;
use crate::dedupe::Dedupe;
use crate::error::{AppendError, Refused, Stopped, StoreError};
use crate::lock::Lock;
use crate::objects::Objects;
use crate::sequencer::Sequencer;
use crate::start;
use crate::tiles::hashes::Hashes;
use crate::witnesses::{Witness, WitnessState};

/// How a log runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// The least time between the beginnings of two batches.
    pub batch_wait: Duration,
    /// The most entries in one batch.
    pub batch_entries_max: usize,
    /// The most appends under way at once; more are told that the log is busy.
    pub in_flight_max: usize,
    /// How long an append waits for the witnesses before it is answered as not yet witnessed.
    pub witness_wait: Duration,
    /// How long one witness may take to answer.
    pub witness_timeout: Duration,
    /// How long a witness that failed is left alone at first; doubles up to `witness_retry_max`.
    pub witness_retry_min: Duration,
    /// The longest that a failing witness is left alone.
    pub witness_retry_max: Duration,
    /// How often a log that does not grow has its checkpoint cosigned anew, so that its times stay fresh.
    pub witness_refresh: Duration,
    /// Tiles kept in memory, 16 KiB each.
    pub tiles_cached_max: usize,
    /// The folder of the index of duplicates; in memory without.
    pub index: Option<PathBuf>,
    /// Rows of the index that are gathered in memory before they are written. Twice as many entries are read back at a start.
    pub index_rows_max: usize,
    /// Which witnesses count, and how many of them make a quorum. The default asks for none.
    pub policy: Policy,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            batch_wait: Duration::from_millis(50),
            batch_entries_max: 4_096,
            in_flight_max: 16_384,
            witness_wait: Duration::from_secs(2),
            witness_timeout: Duration::from_secs(5),
            witness_retry_min: Duration::from_millis(500),
            witness_retry_max: Duration::from_secs(30),
            witness_refresh: Duration::from_secs(30),
            tiles_cached_max: 1_024,
            index: None,
            index_rows_max: 1 << 18,
            policy: Policy::default(),
        }
    }
}

/// What a log is made of.
pub struct Parts {
    /// Its tiles, entries and checkpoints.
    pub objects: Arc<dyn Objects>,
    /// Where its newest checkpoint is kept, apart from the objects.
    pub lock: Arc<dyn Lock>,
    /// Its key; the key's name is the log's origin.
    pub signer: SignerKey,
    /// Whom it asks to cosign.
    pub witnesses: Vec<Arc<dyn Witness>>,
}

/// An acknowledged entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where it stands, from 0. A duplicate gets the index it has.
    pub index: u64,
    /// Proof of it, under the newest checkpoint that fits.
    pub proof: Proof,
    /// Whether the checkpoint of the proof has the quorum of witnesses (always, where the policy asks for none).
    pub witnessed: bool,
}

/// How a log stands.
#[derive(Clone, Debug)]
pub struct Status {
    /// The newest checkpoint signed.
    pub newest: Arc<SignedCheckpoint>,
    /// The newest checkpoint with a quorum.
    pub witnessed: Option<Arc<SignedCheckpoint>>,
    /// Each witness.
    pub witnesses: Vec<WitnessState>,
    /// Why the log signs no more.
    pub stopped: Option<Stopped>,
    /// Appends under way.
    pub in_flight: usize,
    /// Since the start.
    pub counts: Counts,
}

/// What a log has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries integrated.
    pub entries: u64,
    /// Appends that were duplicates.
    pub duplicates: u64,
    /// Appends turned away as busy.
    pub busy: u64,
    /// Batches.
    pub batches: u64,
    /// Time spent in batches, microseconds.
    pub batch_time_us: u64,
}

/// A running log. Cheap to clone a reference of by `Arc`; ends when dropped, in order by [`Log::close`].
pub struct Log {
    inner: Arc<Inner>,
    queue: mpsc::Sender<Request>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// What the log's tasks share.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) lock: Arc<dyn Lock>,
    pub(crate) signer: SignerKey,
    pub(crate) key: VerifierKey,
    pub(crate) hashes: Hashes,
    pub(crate) dedupe: Dedupe,
    /// The newest checkpoint that the lock holds and whose tiles are all there.
    pub(crate) newest: watch::Sender<Arc<SignedCheckpoint>>,
    /// The newest checkpoint with a quorum.
    pub(crate) witnessed: watch::Sender<Option<Arc<SignedCheckpoint>>>,
    /// Entries under the newest checkpoint that was or is being signed: others may see it before `newest` moves.
    pub(crate) signed_size: AtomicU64,
    pub(crate) stopped: watch::Sender<Option<Stopped>>,
    /// The log is asked to end.
    pub(crate) closing: watch::Sender<bool>,
    /// The sequencer has ended.
    pub(crate) over: watch::Sender<bool>,
    pub(crate) peers: Mutex<Vec<WitnessState>>,
    pub(crate) tally: Tally,
    permits: Semaphore,
}

/// Counts as they grow.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) entries: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) busy: AtomicU64,
    pub(crate) batches: AtomicU64,
    pub(crate) batch_time_us: AtomicU64,
}

/// One append on its way to the sequencer.
pub(crate) struct Request {
    pub(crate) entry: Entry,
    pub(crate) answer: oneshot::Sender<Result<u64, AppendError>>,
}

impl Log {
    /// Makes a log where there is none. To be called once in a log's life, by a person who means it.
    ///
    /// # Errors
    /// [`Refused::Exists`] when lock or objects hold anything of a log.
    pub async fn create(parts: &Parts) -> Result<(), Refused> {
        start::create(parts).await
    }

    /// Starts a log: brings the objects up to the lock, looks whether they agree, asks the witnesses what they have seen.
    ///
    /// # Errors
    /// Each [`Refused`] says what is wrong and what to do.
    pub async fn open(config: Config, parts: Parts) -> Result<Log, Refused> {
        let started = start::start(&config, &parts).await?;
        let key = parts.signer.verifier();
        let (queue, requests) = mpsc::channel(config.in_flight_max.max(1));
        let inner = Arc::new(Inner {
            permits: Semaphore::new(config.in_flight_max.max(1)),
            config,
            objects: parts.objects,
            lock: parts.lock,
            signer: parts.signer,
            key,
            hashes: started.hashes,
            dedupe: started.dedupe,
            newest: watch::Sender::new(Arc::new(started.signed.clone())),
            witnessed: watch::Sender::new(started.witnessed.map(Arc::new)),
            signed_size: AtomicU64::new(started.signed.checkpoint().size),
            stopped: watch::Sender::new(None),
            closing: watch::Sender::new(false),
            over: watch::Sender::new(false),
            peers: Mutex::new(parts.witnesses.iter().map(|witness| WitnessState::new(witness.name())).collect()),
            tally: Tally::default(),
        });
        let sequencer = Sequencer::new(Arc::clone(&inner), started.edge, started.held, requests);
        let tasks = vec![
            tokio::spawn(sequencer.run()),
            tokio::spawn(collector::run(Arc::clone(&inner), parts.witnesses, started.seen)),
        ];
        Ok(Log { inner, queue, tasks: Mutex::new(tasks) })
    }

    /// Puts an entry into the log, or finds it there. Returns when it is durable, integrated and proved.
    ///
    /// Dropping the future does not take the entry back.
    ///
    /// # Errors
    /// Each [`AppendError`] says whether the entry may be in.
    pub async fn append(&self, entry: Entry) -> Result<Appended, AppendError> {
        if let Some(stopped) = self.inner.stopped.borrow().clone() {
            return Err(AppendError::Stopped(stopped));
        }
        let busy = || {
            self.inner.tally.busy.fetch_add(1, Ordering::Relaxed);
            AppendError::Busy
        };
        let _permit = self.inner.permits.try_acquire().map_err(|_| busy())?;
        let (answer, placed) = oneshot::channel();
        self.queue.try_send(Request { entry, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => busy(),
            mpsc::error::TrySendError::Closed(_) => AppendError::Stopped(self.inner.why_stopped()),
        })?;
        let index = placed.await.map_err(|_| AppendError::Unknown(self.inner.why_stopped()))?;
        let appended = match index {
            Ok(index) => self.inner.prove(entry, index).await,
            Err(error) => Err(error),
        };
        appended.inspect_err(|error| {
            if let AppendError::Damaged { index, what } = error {
                tracing::error!(index, what, "an entry cannot be proved");
            }
        })
    }

    /// How the log stands.
    #[must_use]
    pub fn status(&self) -> Status {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let tally = &self.inner.tally;
        Status {
            newest: self.inner.newest.borrow().clone(),
            witnessed: self.inner.witnessed.borrow().clone(),
            witnesses: self.inner.peers.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            stopped: self.inner.stopped.borrow().clone(),
            in_flight: self.inner.config.in_flight_max.max(1).saturating_sub(self.inner.permits.available_permits()),
            counts: Counts {
                entries: count(&tally.entries),
                duplicates: count(&tally.duplicates),
                busy: count(&tally.busy),
                batches: count(&tally.batches),
                batch_time_us: count(&tally.batch_time_us),
            },
        }
    }

    /// Waits until the log has stopped by itself. A service ends then: only a restart looks at everything anew.
    pub async fn stopped(&self) -> Stopped {
        let mut stopped = self.inner.stopped.subscribe();
        match stopped.wait_for(Option::is_some).await.map(|stopped| stopped.clone()) {
            Ok(Some(stopped)) => stopped,
            _ => self.inner.why_stopped(),
        }
    }

    /// Ends in order: takes no more entries, finishes those under way.
    pub async fn close(&self) {
        self.inner.closing.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A task that panicked has nothing more to finish.
            let _ = task.await;
        }
        let newest = Arc::clone(&self.inner.newest.borrow());
        let is_stopped = self.inner.stopped.borrow().is_some();
        match newest.checkpoint() {
            // What was noted last may not be signed.
            _ if is_stopped => self.inner.dedupe.abandon().await,
            checkpoint => self.inner.dedupe.close(checkpoint.size, &checkpoint.root).await,
        }
    }
}

/// Stops the log when the task that holds it ends by a panic.
pub(crate) struct StopOnPanic(pub(crate) Arc<Inner>, pub(crate) &'static str);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop(self.1.into());
        }
    }
}

impl Inner {
    /// From now on nothing is signed. The first reason stays.
    pub(crate) fn stop(&self, what: String) -> Stopped {
        let stopped = Stopped { what };
        let first = self.stopped.send_if_modified(|there| {
            let first = there.is_none();
            if first {
                *there = Some(stopped.clone());
            }
            first
        });
        if first {
            tracing::error!(origin = self.key.name(), what = stopped.what, "the log has stopped");
        }
        self.why_stopped()
    }

    pub(crate) fn why_stopped(&self) -> Stopped {
        self.stopped.borrow().clone().unwrap_or_else(|| Stopped { what: "it was asked to end".into() })
    }

    /// Waits for witnesses as long as configured, then proves the entry under the best checkpoint there is.
    async fn prove(&self, entry: Entry, index: u64) -> Result<Appended, AppendError> {
        let includes = |signed: &Option<Arc<SignedCheckpoint>>| {
            signed.as_ref().is_some_and(|signed| signed.checkpoint().size > index)
        };
        let mut witnessed = self.witnessed.subscribe();
        // A time-out is no error: the entry is durable, and marked as not yet witnessed.
        let _ = tokio::time::timeout(self.config.witness_wait, witnessed.wait_for(includes)).await;
        let witnessed = witnessed.borrow().clone().filter(|signed| signed.checkpoint().size > index);
        let (checkpoint, witnessed) = match witnessed {
            Some(signed) => (signed, true),
            None => (self.newest.borrow().clone(), false),
        };
        let hashes = self.prove_leaf(&entry.leaf_hash(), index, &checkpoint).await;
        let hashes = hashes.map_err(|error| AppendError::Damaged { index, what: error.to_string() })?;
        let proof = Proof { extra: None, index, hashes, checkpoint: (*checkpoint).clone() };
        Ok(Appended { index, proof, witnessed })
    }

    /// The inclusion proof of a leaf, held against the checkpoint.
    pub(crate) async fn prove_leaf(
        &self,
        leaf: &Hash,
        index: u64,
        signed: &SignedCheckpoint,
    ) -> Result<Vec<Hash>, StoreError> {
        let checkpoint = signed.checkpoint();
        let hashes = self.hashes.inclusion(index, checkpoint.size).await?;
        if tlog::root_from_inclusion(leaf, index, checkpoint.size, &hashes) == Some(checkpoint.root) {
            Ok(hashes)
        } else {
            self.hashes.forget();
            Err(StoreError::damaged("tile/", &"the tiles do not lead from this entry to the root"))
        }
    }
}
