//! Which entry stands where: so that a duplicate gets the index it has.
//!
//! Derived data: it is never the record. The newest rows are in memory alone, sorted runs of older ones on disk; what a restart
//! does not find there it reads from the entries (`start.rs`). It may be from another log or be gone: each hit is held against the
//! entry itself before it is believed (`sequencer.rs`).
//! Invariants: its mark (size and root up to which it is complete) is written with the rows it speaks of; where it has a folder, memory is bounded.

mod rebuild;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fjall::config::CompressionPolicy;
use fjall::{Database, Keyspace, KeyspaceCreateOptions};
use seal::tlog::{Entry, Hash};
use tokio::task::JoinHandle;

/// Said of an index that another process has open.
pub(crate) const IN_USE: &str = "another process has it open: this log runs already";

/// The keyspace; its name says how rows look.
const KEYSPACE: &str = "leaves";
/// The row that holds the mark; it sorts behind every other.
const MARK: [u8; KEY_LEN_BYTES + 1] = [0xff; KEY_LEN_BYTES + 1];
/// Filters and block indices of 10^8 rows take about half of it; without room for them each look-up reads the disk.
const CACHE_BYTES_MAX: u64 = 512 << 20;
/// Runs that are looked through one by one before they are merged.
const RUNS_MAX: u8 = 8;
const TABLE_BYTES: u64 = 32 << 20;

/// So much of a leaf hash: nobody finds two entries that share it, and few bytes are to be merged.
const KEY_LEN_BYTES: usize = 16;
type Key = [u8; KEY_LEN_BYTES];

fn key(entry: &Entry) -> Key {
    *entry.leaf_hash().first_chunk().expect("a hash is longer")
}

pub(crate) use rebuild::Rebuild;

/// An index of entries.
pub(crate) struct Dedupe {
    recent: Arc<Mutex<Recent>>,
    /// Without it everything stays in memory: for tests and small logs, built anew at every start.
    disk: Option<Disk>,
    /// The run that is being written.
    writing: tokio::sync::Mutex<Option<JoinHandle<Result<(), String>>>>,
    rows_max: usize,
}

/// Rows that are not, or not surely, on disk.
#[derive(Default)]
struct Recent {
    rows: HashMap<Key, u64>,
    /// Those that are being written.
    sealed: Arc<HashMap<Key, u64>>,
}

#[derive(Clone)]
struct Disk {
    folder: PathBuf,
    database: Database,
    rows: Keyspace,
}

impl Dedupe {
    /// Opens the index in `folder`, or an empty one in memory. On disk come runs of `rows_max` rows.
    pub(crate) fn open(folder: Option<&Path>, rows_max: usize) -> Result<Dedupe, String> {
        let disk = folder.map(Disk::open).transpose()?;
        Ok(Dedupe { recent: Arc::default(), disk, writing: tokio::sync::Mutex::new(None), rows_max })
    }

    /// Up to which size the rows on disk are complete, and the root there.
    pub(crate) fn mark(&self) -> Result<Option<(u64, Hash)>, String> {
        let Some(disk) = &self.disk else { return Ok(None) };
        let mark = disk.rows.get(MARK).map_err(|error| error.to_string())?;
        Ok(mark.and_then(|mark| {
            let (size, root) = mark.split_first_chunk::<8>()?;
            Some((u64::from_be_bytes(*size), root.try_into().ok()?))
        }))
    }

    /// Forgets everything: it belongs to another log or another past. Before anything is noted.
    pub(crate) fn clear(&mut self) -> Result<(), String> {
        match &mut self.disk {
            None => Ok(()),
            Some(disk) => disk.clear(),
        }
    }

    /// Begins to make the index anew for a log of `size` entries; `None` where noting them is as good.
    pub(crate) fn rebuild(&self, size: u64) -> Result<Option<Rebuild>, String> {
        match &self.disk {
            Some(disk) if size > self.rows_max as u64 => {
                Rebuild::begin(disk.clone(), &disk.folder).map(Some).map_err(|error| error.to_string())
            }
            _ => Ok(None),
        }
    }

    /// Where each of these may stand.
    pub(crate) async fn find(&self, wanted: &[Entry]) -> Result<Vec<Option<u64>>, String> {
        let keys: Vec<Key> = wanted.iter().map(key).collect();
        let mut found: Vec<Option<u64>> = {
            let recent = lock(&self.recent);
            keys.iter().map(|key| recent.rows.get(key).or_else(|| recent.sealed.get(key)).copied()).collect()
        };
        let Some(disk) = self.disk.clone() else { return Ok(found) };
        // Rows leave memory only when they are on disk, so looking there second misses none.
        on_thread(move || {
            for (found, key) in found.iter_mut().zip(&keys).filter(|(found, _)| found.is_none()) {
                *found = disk.look_up(key)?;
            }
            Ok(found)
        })
        .await
    }

    /// Notes entries that stand from `first` on; afterwards it is complete up to the end of them, where the root is `root`.
    pub(crate) async fn note(&self, first: u64, new: &[Entry], root: &Hash) -> Result<(), String> {
        let rows = {
            let mut recent = lock(&self.recent);
            recent.rows.extend(new.iter().map(key).zip(first..));
            recent.rows.len()
        };
        match &self.disk {
            Some(disk) if rows >= self.rows_max => self.write(disk.clone(), first + new.len() as u64, *root).await,
            _ => Ok(()),
        }
    }

    /// Begins to write what is in memory, after what is being written.
    async fn write(&self, disk: Disk, size: u64, root: Hash) -> Result<(), String> {
        let mut writing = self.writing.lock().await;
        if let Some(before) = writing.take() {
            before.await.map_err(|error| error.to_string())??;
        }
        let sealed = {
            let mut recent = lock(&self.recent);
            recent.sealed = Arc::new(std::mem::take(&mut recent.rows));
            Arc::clone(&recent.sealed)
        };
        let recent = Arc::clone(&self.recent);
        *writing = Some(tokio::task::spawn_blocking(move || {
            disk.write(&sealed, size, &root).inspect_err(|error| {
                tracing::warn!(error, "the index of duplicates was not written; a start reads it from the entries");
            })?;
            lock(&recent).sealed = Arc::default();
            Ok(())
        }));
        Ok(())
    }

    /// Writes what is in memory, complete up to `size`, where the root is `root`, and waits for it: a start then finds it all.
    pub(crate) async fn close(&self, size: u64, root: &Hash) {
        let any = !lock(&self.recent).rows.is_empty();
        if let Some(disk) = self.disk.as_ref().filter(|_| any)
            && self.write(disk.clone(), size, *root).await.is_err()
        {
            return;
        }
        self.abandon().await;
    }

    /// Waits for what is being written. What is in memory alone is read from the entries again.
    pub(crate) async fn abandon(&self) {
        if let Some(writing) = self.writing.lock().await.take() {
            // A run that was not written is missing from no promise.
            let _ = writing.await;
        }
    }
}

impl Disk {
    fn open(folder: &Path) -> Result<Disk, String> {
        refuse_links(folder).map_err(|error| error.to_string())?;
        let builder = Database::builder(folder).worker_threads(1).cache_size(CACHE_BYTES_MAX);
        let database = builder.open().map_err(|error| match error {
            fjall::Error::Locked => IN_USE.to_owned(),
            other => other.to_string(),
        })?;
        let rows = database.keyspace(KEYSPACE, options).map_err(|error| error.to_string())?;
        Ok(Disk { folder: folder.to_owned(), database, rows })
    }

    fn clear(&mut self) -> Result<(), String> {
        self.database.delete_keyspace(self.rows.clone()).map_err(|error| error.to_string())?;
        self.rows = self.database.keyspace(KEYSPACE, options).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn look_up(&self, key: &Key) -> Result<Option<u64>, String> {
        let row = self.rows.get(key).map_err(|error| error.to_string())?;
        Ok(row.and_then(|row| Some(u64::from_be_bytes(row[..].try_into().ok()?))))
    }

    fn write(&self, rows: &HashMap<Key, u64>, size: u64, root: &Hash) -> Result<(), String> {
        let mut sorted: Vec<(Key, u64)> = rows.iter().map(|(key, index)| (*key, *index)).collect();
        sorted.sort_unstable();
        self.append_run(sorted.into_iter().map(Ok), size, root)
    }

    /// Writes one sorted run with its mark, whole or not at all, past the database's journal: a restart replays nothing.
    fn append_run(
        &self,
        rows: impl Iterator<Item = Result<(Key, u64), String>>,
        size: u64,
        root: &Hash,
    ) -> Result<(), String> {
        let failed = |error: fjall::Error| error.to_string();
        let mut run = self.rows.start_ingestion().map_err(failed)?;
        for row in rows {
            let (key, index) = row?;
            run.write(key, index.to_be_bytes()).map_err(failed)?;
        }
        run.write(MARK, [&size.to_be_bytes()[..], root].concat()).map_err(failed)?;
        run.finish().map_err(failed)
    }
}

/// The database removes files that it knows nothing of: below a link they would not be its own.
fn refuse_links(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        match kind.is_dir() {
            true => refuse_links(&path)?,
            false if kind.is_file() => {}
            false => return Err(io::Error::other(format!("{}: neither a file nor a folder", path.display()))),
        }
    }
    Ok(())
}

/// Digests do not compress.
fn options() -> KeyspaceCreateOptions {
    let merging = fjall::compaction::Leveled::default().with_l0_threshold(RUNS_MAX).with_table_target_size(TABLE_BYTES);
    KeyspaceCreateOptions::default()
        .compaction_strategy(Arc::new(merging))
        .data_block_compression_policy(CompressionPolicy::disabled())
        .index_block_compression_policy(CompressionPolicy::disabled())
}

fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use seal::tlog::{EntryKind, leaf_hash};

    use super::*;

    fn entries(numbers: std::ops::Range<u64>) -> Vec<Entry> {
        numbers.map(|number| Entry { kind: EntryKind::Event, commitment: leaf_hash(&number.to_be_bytes()) }).collect()
    }

    fn open(folder: &Path) -> Dedupe {
        Dedupe::open(Some(folder), 100).unwrap()
    }

    /// Runs are written every hundred rows; all of them are found whether they are in memory, being written or on disk.
    #[tokio::test]
    async fn rows_are_found_wherever_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let dedupe = open(folder.path());
        assert_eq!(dedupe.mark().unwrap(), None);
        for first in (0..3_000).step_by(30) {
            dedupe.note(first, &entries(first..first + 30), &[first as u8; 32]).await.unwrap();
            let some = entries(0..first + 40).into_iter().step_by(7).collect::<Vec<_>>();
            let found = dedupe.find(&some).await.unwrap();
            for (number, found) in (0..first + 40).step_by(7).zip(found) {
                assert_eq!(found, Some(number).filter(|number| *number < first + 30));
            }
        }
        dedupe.abandon().await;
        drop(dedupe);
        let again = open(folder.path());
        let (size, root) = again.mark().unwrap().unwrap();
        assert_eq!((size, root), (3_000, [2_970_u64 as u8; 32]), "twenty-five runs of 120 rows");
        assert_eq!(again.find(&entries(0..1)).await.unwrap(), [Some(0)]);
        assert_eq!(again.find(&entries(2_999..3_001)).await.unwrap(), [Some(2_999), None]);
    }

    #[tokio::test]
    async fn an_index_made_anew_is_one_run_with_the_first_index_of_each_entry() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index");
        for _ in 0..2 {
            let dedupe = open(&index);
            assert!(dedupe.rebuild(100).unwrap().is_none(), "noting so few is as good");
            // An attempt that died.
            dedupe.rebuild(3_000).unwrap().unwrap().push(0, &entries(5_000..5_010)).unwrap();
            let mut rebuild = dedupe.rebuild(3_000).unwrap().unwrap();
            rebuild.push(0, &entries(0..2_000)).unwrap();
            rebuild.push(2_000, &entries(7..9)).unwrap();
            rebuild.push(2_002, &entries(2_002..3_000)).unwrap();
            rebuild.finish(3_000, &[3; 32]).unwrap();
            assert_eq!(dedupe.mark().unwrap(), Some((3_000, [3; 32])));
            let found = dedupe.find(&entries(0..3_001)).await.unwrap();
            let right = |number: u64| Some(number).filter(|number| ![2_000, 2_001, 3_000].contains(number));
            assert_eq!(found, (0..3_001).map(right).collect::<Vec<_>>());
            assert_eq!(dedupe.find(&entries(5_000..5_001)).await.unwrap(), [None]);
            dedupe.abandon().await;
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the index");
    }

    #[test]
    fn an_index_with_a_link_in_it_is_not_opened() {
        let (folder, victim) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        drop(open(folder.path()));
        let below = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let below = below.filter(|path| path.is_dir()).max().unwrap();
        std::os::unix::fs::symlink(victim.path(), below.join("link")).unwrap();
        let refused = Dedupe::open(Some(folder.path()), 100).map(drop).unwrap_err();
        assert!(refused.contains(&*below.join("link").to_string_lossy()), "{refused}");
        std::fs::remove_file(below.join("link")).unwrap();
        drop(open(folder.path()));
    }

    #[tokio::test]
    async fn what_was_cleared_stays_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let dedupe = open(folder.path());
        dedupe.note(0, &entries(0..200), &[1; 32]).await.unwrap();
        dedupe.abandon().await;
        drop(dedupe);
        let mut other = open(folder.path());
        assert_eq!(other.mark().unwrap(), Some((200, [1; 32])));
        other.clear().unwrap();
        assert_eq!(other.mark().unwrap(), None);
        other.note(0, &entries(500..620), &[2; 32]).await.unwrap();
        other.abandon().await;
        drop(other);
        let last = open(folder.path());
        assert_eq!(last.mark().unwrap(), Some((120, [2; 32])), "what came after is not forgotten with it");
        assert_eq!(last.find(&entries(199..200)).await.unwrap(), [None]);
        assert_eq!(last.find(&entries(619..620)).await.unwrap(), [Some(119)]);
    }
}
