//! Which entry stands where: so that a duplicate gets the index it has.
//!
//! Derived data: it is never the record. It may lie behind (it is caught up from the entries at start, `start.rs`), be from
//! another log or be gone; each hit is held against the entry itself before it is believed. Not here: that check.
//! Invariant: its mark (size and root up to which it is complete) moves in the same batch as its rows.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use fjall::{Database, Keyspace, KeyspaceCreateOptions};
use seal::tlog::{Entry, Hash};

/// The row that holds the mark; no entry is that short.
const MARK: &[u8] = b"mark";

/// Said of an index that another process has open.
pub(crate) const IN_USE: &str = "another process has it open: this log runs already";

/// What a restart reads back at the most: rows that are in the database's journal alone.
const REPLAYED_BYTES_MAX: u64 = 8 << 20;

/// An index of entries.
#[derive(Clone)]
pub(crate) enum Dedupe {
    /// In memory, for tests and small logs: built anew at every start.
    Memory(Arc<Mutex<HashMap<Entry, u64>>>),
    /// In a folder of its own.
    Disk(Database, Keyspace),
}

impl Dedupe {
    /// Opens the index in `folder`, or an empty one in memory.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Dedupe, String> {
        let Some(folder) = folder else { return Ok(Dedupe::Memory(Arc::default())) };
        let database = Database::builder(folder).worker_threads(1).open().map_err(|error| match error {
            fjall::Error::Locked => IN_USE.to_owned(),
            other => other.to_string(),
        })?;
        let options = || KeyspaceCreateOptions::default().max_memtable_size(REPLAYED_BYTES_MAX);
        let entries = database.keyspace("entries", options).map_err(|error| error.to_string())?;
        Ok(Dedupe::Disk(database, entries))
    }

    /// Up to which size it is complete, and the root there.
    pub(crate) fn mark(&self) -> Result<Option<(u64, Hash)>, String> {
        let Dedupe::Disk(_, entries) = self else { return Ok(None) };
        let mark = entries.get(MARK).map_err(|error| error.to_string())?;
        Ok(mark.and_then(|mark| {
            let (size, root) = mark.split_first_chunk::<8>()?;
            Some((u64::from_be_bytes(*size), root.try_into().ok()?))
        }))
    }

    /// Forgets everything: it belongs to another log or another past.
    pub(crate) fn clear(&self) -> Result<(), String> {
        match self {
            Dedupe::Memory(_) => Ok(()),
            Dedupe::Disk(_, entries) => entries.clear().map_err(|error| error.to_string()),
        }
    }

    /// Where each of these may stand.
    pub(crate) async fn find(&self, wanted: Vec<Entry>) -> Result<Vec<Option<u64>>, String> {
        match self {
            Dedupe::Memory(held) => {
                let held = held.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(wanted.iter().map(|entry| held.get(entry).copied()).collect())
            }
            Dedupe::Disk(_, entries) => {
                let entries = entries.clone();
                on_thread(move || wanted.iter().map(|entry| look_up(&entries, entry)).collect()).await
            }
        }
    }

    /// Notes entries that stand from `first` on; afterwards it is complete up to the end of them, where the root is `root`.
    pub(crate) async fn note(&self, first: u64, new: Vec<Entry>, root: Hash) -> Result<(), String> {
        match self {
            Dedupe::Memory(held) => {
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                held.extend(new.into_iter().zip(first..));
                Ok(())
            }
            Dedupe::Disk(database, entries) => {
                let (database, entries) = (database.clone(), entries.clone());
                on_thread(move || write(&database, &entries, first, &new, &root)).await
            }
        }
    }
}

async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

fn look_up(entries: &Keyspace, entry: &Entry) -> Result<Option<u64>, String> {
    let row = entries.get(entry.bytes()).map_err(|error| error.to_string())?;
    Ok(row.and_then(|row| Some(u64::from_be_bytes(row[..].try_into().ok()?))))
}

fn write(database: &Database, entries: &Keyspace, first: u64, new: &[Entry], root: &Hash) -> Result<(), String> {
    let mut batch = database.batch();
    for (entry, index) in new.iter().zip(first..) {
        batch.insert(entries, entry.bytes(), index.to_be_bytes());
    }
    let size = first + new.len() as u64;
    batch.insert(entries, MARK, [&size.to_be_bytes()[..], root].concat());
    batch.commit().map_err(|error| error.to_string())
}
