//! The sequencer: takes entries in batches, gives each its index, and makes the batch durable before anyone is told.
//!
//! Order of a batch: a look whether the objects are still ours → staging object durable → sign → lock swapped → tiles → `pending` → index of duplicates → answers. Before
//! the swap nothing has happened; after it the batch is in, and a restart finishes it from the staging object.
//! Invariants: one batch at a time; any error stops the log (nobody knows what a failed write left), and only a restart goes
//! on; nothing that was not answered with success counts as promised.

use std::collections::{HashMap, hash_map};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use seal::tlog::{Checkpoint, Entry, SignedCheckpoint};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::error::{AppendError, StoreError};
use crate::log::{Inner, Request, StopOnPanic};
use crate::staging;
use crate::start::NOTE_BYTES_MAX;
use crate::tiles::bundle::{self, BUNDLE_BYTES_MAX};
use crate::tiles::edge::{Edge, read_either};
use crate::tiles::{TILE_WIDTH, bundle_path};

/// The task that alone signs for a log.
pub(crate) struct Sequencer {
    inner: Arc<Inner>,
    edge: Edge,
    /// What the lock holds.
    held: Vec<u8>,
    requests: mpsc::Receiver<Request>,
    /// By the path of a tile or bundle that is not full: its partial objects since the start.
    partial: HashMap<String, Vec<String>>,
}

/// However the sequencer ends, others hear of it.
struct Over(Arc<Inner>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.over.send_replace(true);
    }
}

/// Where the entries of a batch stand or will stand.
struct Plan {
    places: HashMap<Entry, Result<u64, AppendError>>,
    /// Those that are not in the log yet, in the order of their indices.
    new: Vec<Entry>,
    duplicates: u64,
}

impl Sequencer {
    pub(crate) fn new(inner: Arc<Inner>, edge: Edge, held: Vec<u8>, requests: mpsc::Receiver<Request>) -> Sequencer {
        Sequencer { inner, edge, held, requests, partial: HashMap::new() }
    }

    /// Sequences until the log is closed, dropped or stopped.
    pub(crate) async fn run(mut self) {
        let _over = Over(Arc::clone(&self.inner));
        let _guard = StopOnPanic(Arc::clone(&self.inner), "the sequencer failed in itself");
        let mut closing = self.inner.closing.subscribe();
        let mut stopped = self.inner.stopped.subscribe();
        let mut next_batch = Instant::now();
        loop {
            let first = tokio::select! {
                biased;
                _ = stopped.wait_for(Option::is_some) => break,
                first = self.requests.recv() => first,
                // Those that came before the end was asked for are still taken.
                _ = closing.wait_for(|closing| *closing), if !self.requests.is_closed() => {
                    self.requests.close();
                    continue;
                }
            };
            let Some(first) = first else { break };
            let batch = self.gather(first, next_batch).await;
            let began = Instant::now();
            next_batch = began + self.inner.config.batch_wait;
            self.batch(batch).await;
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.inner.tally.batch_time_us.fetch_add(took, Ordering::Relaxed);
        }
        self.turn_away().await;
    }

    /// Whoever still waits when the log has stopped was never looked at.
    async fn turn_away(&mut self) {
        self.requests.close();
        // Those too that were being put in when it was closed.
        while let Some(request) = self.requests.recv().await {
            let _ = request.answer.send(Err(AppendError::Stopped(self.inner.why_stopped())));
        }
    }

    /// What is there until the next batch is due, or until it is full.
    async fn gather(&mut self, first: Request, due: Instant) -> Vec<Request> {
        let mut batch = vec![first];
        let most = self.inner.config.batch_entries_max.max(1);
        while batch.len() < most {
            match tokio::time::timeout_at(due, self.requests.recv()).await {
                Ok(Some(request)) => batch.push(request),
                Ok(None) | Err(_) => break,
            }
        }
        while batch.len() < most {
            let Ok(request) = self.requests.try_recv() else { break };
            batch.push(request);
        }
        batch
    }

    /// One batch, and the answers to it.
    async fn batch(&mut self, batch: Vec<Request>) {
        let wanted: Vec<Entry> = batch.iter().map(|request| request.entry).collect();
        let mut plan = match self.plan(&wanted).await {
            Ok(plan) => plan,
            Err(what) => Plan::failed(&wanted, &AppendError::Stopped(self.inner.stop(what))),
        };
        let new = std::mem::take(&mut plan.new);
        if !new.is_empty()
            && let Err(what) = self.integrate(new).await
        {
            plan = Plan::failed(&wanted, &AppendError::Unknown(self.inner.stop(what)));
        }
        self.inner.tally.duplicates.fetch_add(plan.duplicates, Ordering::Relaxed);
        for request in batch {
            let place = plan.places.get(&request.entry).cloned().expect("every entry of the batch has its place");
            // A client that went away needs no answer.
            let _ = request.answer.send(place);
        }
    }

    /// Finds duplicates, in the batch and in the log, and gives the others their indices.
    async fn plan(&self, wanted: &[Entry]) -> Result<Plan, String> {
        let mut places = HashMap::with_capacity(wanted.len());
        let mut distinct = Vec::with_capacity(wanted.len());
        for entry in wanted {
            if places.insert(*entry, Err(AppendError::Busy)).is_none() {
                distinct.push(*entry);
            }
        }
        let found = self.inner.dedupe.find(&distinct).await?;
        let mut new = Vec::new();
        let mut bundles = HashMap::new();
        for (entry, found) in distinct.iter().zip(found) {
            let place = match self.confirm(entry, found, &mut bundles).await {
                Ok(Some(index)) => Ok(index),
                Ok(None) => {
                    new.push(*entry);
                    Ok(self.edge.size() + new.len() as u64 - 1)
                }
                Err((index, error)) => Err(AppendError::Damaged { index, what: error.to_string() }),
            };
            places.insert(*entry, place);
        }
        let duplicates = (wanted.len() - new.len()) as u64;
        Ok(Plan { places, new, duplicates })
    }

    /// Whether the entry really stands where the index says. `bundles` are those read for this batch.
    async fn confirm(
        &self,
        entry: &Entry,
        found: Option<u64>,
        bundles: &mut HashMap<u64, Vec<Entry>>,
    ) -> Result<Option<u64>, (u64, StoreError)> {
        let Some(index) = found.filter(|index| *index < self.edge.size()) else { return Ok(None) };
        let number = index / TILE_WIDTH;
        let entries = match bundles.entry(number) {
            hash_map::Entry::Occupied(there) => there.into_mut(),
            hash_map::Entry::Vacant(free) => {
                free.insert(self.read_bundle(number).await.map_err(|error| (index, error))?)
            }
        };
        let there = usize::try_from(index % TILE_WIDTH).ok().and_then(|at| entries.get(at));
        if there == Some(entry) {
            return Ok(Some(index));
        }
        // The index is wrong, or the bundle is: the tree knows which entry stands there.
        let newest = Arc::clone(&self.inner.newest.borrow());
        if self.inner.prove_leaf(&entry.leaf_hash(), index, &newest).await.is_ok() {
            return Ok(Some(index));
        }
        let proved = match there {
            Some(there) => self.inner.prove_leaf(&there.leaf_hash(), index, &newest).await.map(drop),
            None => Err(StoreError::damaged(&bundle_path(number, TILE_WIDTH), &"too few entries")),
        };
        proved.map(|()| None).map_err(|error| (index, error))
    }

    async fn read_bundle(&self, number: u64) -> Result<Vec<Entry>, StoreError> {
        let width = (self.edge.size() - number * TILE_WIDTH).min(TILE_WIDTH);
        let path = |width| bundle_path(number, width);
        let (path, bytes, width) = read_either(&*self.inner.objects, path, width, BUNDLE_BYTES_MAX).await?;
        bundle::parse(&bytes, width).map_err(|_| StoreError::damaged(&path, &"not a bundle"))
    }

    /// Makes new entries part of the log.
    async fn integrate(&mut self, new: Vec<Entry>) -> Result<(), String> {
        let inner = Arc::clone(&self.inner);
        self.look().await?;
        let growth = self.edge.grow(&new);
        let checkpoint = Checkpoint {
            origin: inner.key.name().to_owned(),
            size: growth.edge.size(),
            root: growth.root,
            extensions: String::new(),
        };
        let staged_at = staging::path(self.edge.size(), &checkpoint);
        let staged = staging::print(&growth.objects);
        inner.objects.create(&staged_at, &staged).await.map_err(|error| format!("staging: {error}"))?;

        // Somebody may have found meanwhile that there is another history: then this one must not be signed.
        if let Some(stopped) = inner.stopped.borrow().clone() {
            return Err(stopped.what);
        }
        inner.signed_size.store(checkpoint.size, Ordering::SeqCst);
        let signed = SignedCheckpoint::sign(checkpoint, &inner.signer);
        let note = signed.print();
        let holds = staging::print_lock(self.edge.size(), &note);
        inner.lock.swap(inner.key.name(), Some(&self.held), &holds).await.map_err(|error| error.to_string())?;
        self.held = holds;

        staging::apply(&*inner.objects, &growth.objects).await.map_err(|error| format!("tiles: {error}"))?;
        inner.objects.overwrite("pending", note.as_bytes()).await.map_err(|error| format!("pending: {error}"))?;
        if let Err(error) = inner.objects.delete(&staged_at).await {
            // Everything it holds is in place; it only takes room.
            tracing::warn!(path = staged_at, %error, "a staging object was not removed");
        }
        self.clear_partial(&growth.objects).await;
        let (first, count) = (self.edge.size(), new.len() as u64);
        let noted = inner.dedupe.note(first, &new, &growth.root).await;
        noted.map_err(|error| format!("the index of duplicates: {error}"))?;
        inner.hashes.keep(growth.tiles);
        self.edge = growth.edge;
        inner.tally.entries.fetch_add(count, Ordering::Relaxed);
        inner.tally.batches.fetch_add(1, Ordering::Relaxed);
        inner.newest.send_replace(Arc::new(signed));
        Ok(())
    }
}

impl Sequencer {
    /// Before anything is signed: are the objects still those this log wrote? Somebody may have put yesterday's in their place.
    async fn look(&self) -> Result<(), String> {
        let inner = &self.inner;
        let newest = Arc::clone(&inner.newest.borrow());
        let note = inner.objects.read("pending", NOTE_BYTES_MAX).await.map_err(|error| error.to_string())?;
        let there = note.as_deref().and_then(SignedCheckpoint::parse).map(|there| there.checkpoint().clone());
        match there {
            Some(there) if there == *newest.checkpoint() => Ok(()),
            Some(there) if there.size > newest.checkpoint().size => Err(format!(
                "the objects have {} entries, this log signed {}: another sequencer has written here",
                there.size,
                newest.checkpoint().size
            )),
            // A write of before the last start may have landed late (some stores do so): then the tiles are all there.
            _ => match Edge::read(&*inner.objects, &newest).await {
                Ok(_) => Ok(()),
                Err(refused) => Err(format!("the objects are no longer those this log wrote: {refused}")),
            },
        }
    }

    /// Removes the partial objects of what has become full: C2SP tlog-tiles lets a log do so, and disks are not endless. Those of
    /// before a restart stay.
    async fn clear_partial(&mut self, written: &[(String, Vec<u8>)]) {
        for (path, _) in written {
            if let Some((full, _)) = path.split_once(".p/") {
                self.partial.entry(full.to_owned()).or_default().push(path.clone());
                continue;
            }
            for partial in self.partial.remove(path).unwrap_or_default() {
                if let Err(error) = self.inner.objects.delete(&partial).await {
                    tracing::warn!(path = partial, %error, "a partial tile was not removed");
                }
            }
        }
    }
}

impl Plan {
    fn failed(wanted: &[Entry], error: &AppendError) -> Plan {
        let places = wanted.iter().map(|entry| (*entry, Err(error.clone()))).collect();
        Plan { places, new: Vec::new(), duplicates: 0 }
    }
}
