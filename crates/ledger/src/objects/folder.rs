//! Objects as files below one folder, written so that they survive a loss of power.
//!
//! Not here: buckets (`bucket.rs`). A write goes to a new file, is flushed, renamed into its place, and the folder it stands
//! in is flushed. Invariants: below the folder no link is followed (`below.rs`); a reader never sees half a file; `create` never replaces; after a failed flush the folder
//! takes no more writes, because nobody knows what the disk holds (the kernel may drop the pages and say "written" next time).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::below::Below;
use super::{Objects, ReadSide};
use crate::error::StoreError;

/// Where files are written before they are renamed.
const NEW: &str = ".new";

/// A folder of objects.
#[derive(Clone, Debug)]
pub struct Folder {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Numbers the files that are being written.
    next: AtomicU64,
    /// The first flush that failed.
    failed: OnceLock<String>,
    /// Folders known to be durable themselves.
    durable: Mutex<BTreeSet<PathBuf>>,
    /// The folder itself, locked for as long as it is open: nobody else writes here.
    _held: File,
}

impl Folder {
    /// Opens the folder for this process alone, making it if need be. Half-written files of an earlier run are removed.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it cannot be made or written to, or when another process (or this one) has it open.
    pub fn open(root: &Path) -> Result<Folder, StoreError> {
        let failed = |error: io::Error| StoreError::failed(&root.display().to_string(), &error);
        let inner = Inner {
            root: root.to_owned(),
            next: AtomicU64::new(0),
            failed: OnceLock::new(),
            durable: Mutex::new(BTreeSet::new()),
            _held: hold(root).map_err(failed)?,
        };
        inner.prepare().map_err(failed)?;
        Ok(Folder { inner: Arc::new(inner) })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    async fn blocking<T: Send + 'static>(
        &self,
        path: &str,
        work: impl FnOnce(&Inner, &Spot) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let target = Spot::of(path)?;
        let inner = Arc::clone(&self.inner);
        let name = path.to_owned();
        let work = move || match inner.failed.get() {
            Some(what) => Err(StoreError::Poisoned { what: what.clone() }),
            None => work(&inner, &target).map_err(|error| inner.explain(&name, &error)),
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => Err(StoreError::failed(path, &error)),
        }
    }
}

/// Makes the folder if need be, and locks it against every other writer until the file is dropped (flock, which the end of the
/// process lets go of).
fn hold(root: &Path) -> io::Result<File> {
    fs::create_dir_all(root)?;
    let folder = File::open(root)?;
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(io::Error::other("another process writes there")),
        // A file system without such locks: the log's own lock still stands.
        _ => Ok(folder),
    }
}

impl Inner {
    fn prepare(&self) -> io::Result<()> {
        let top = self.top()?;
        top.make_folder(NEW)?;
        let new = top.folder(NEW)?;
        for name in new.names()?.into_iter().filter(|name| is_half_written(name)) {
            new.remove_file(&name)?;
        }
        self.flush(top.file(), &self.root)
    }

    fn top(&self) -> io::Result<Below> {
        Below::root(&self.root)
    }

    /// The folder that an object lies in; none where it is not there.
    fn parent(&self, spot: &Spot) -> io::Result<Option<Below>> {
        let mut at = self.top()?;
        for name in &spot.folders {
            at = match at.folder(name) {
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                folder => folder?,
            };
        }
        Ok(Some(at))
    }

    /// A failed flush has been noted by whoever saw it; then the folder itself is what is wrong.
    fn explain(&self, path: &str, error: &io::Error) -> StoreError {
        match self.failed.get() {
            Some(what) => StoreError::Poisoned { what: what.clone() },
            None if error.kind() == io::ErrorKind::AlreadyExists => StoreError::Differs { path: path.to_owned() },
            None => StoreError::failed(path, error),
        }
    }

    /// Flushes a file or folder; a failure is remembered for ever.
    fn flush(&self, file: &File, what: &Path) -> io::Result<()> {
        file.sync_all().inspect_err(|error| {
            let _ = self.failed.set(format!("{} could not be flushed to the disk: {error}", what.display()));
        })
    }

    /// Makes the folders that an object lies in, each durable in the one above it, and opens the last.
    fn make_parents(&self, spot: &Spot) -> io::Result<Below> {
        let (mut at, mut path) = (self.top()?, PathBuf::new());
        for name in &spot.folders {
            path.push(name);
            if !self.durable().contains(&path) {
                at.make_folder(name)?;
                self.flush(at.file(), &self.root.join(&path))?;
                self.durable().insert(path.clone());
            }
            at = at.folder(name)?;
        }
        Ok(at)
    }

    fn durable(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a new file with these bytes, flushed, under a name of its own.
    fn write_new(&self, bytes: &[u8]) -> io::Result<(Below, String)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (new, name) = (self.top()?.folder(NEW)?, format!("{}-{number}", std::process::id()));
        let mut file = new.create(&name)?;
        file.write_all(bytes)?;
        self.flush(&file, Path::new(&name))?;
        Ok((new, name))
    }

    fn create(&self, target: &Spot, bytes: &[u8]) -> io::Result<()> {
        let parent = self.make_parents(target)?;
        if parent.kind(&target.name)?.is_some() {
            return self.confirm(&parent, target, bytes);
        }
        let ((new, name), to) = (self.write_new(bytes)?, (&parent, &*target.name));
        match new.rename(&name, to) {
            Ok(()) => self.flush_folder(&parent, target),
            Err(Errno::EXIST) => {
                new.remove_file(&name)?;
                self.confirm(&parent, target, bytes)
            }
            // A file system without that rename: a link does not replace either.
            Err(Errno::INVAL | Errno::NOSYS) => {
                new.link(&name, to)?;
                new.remove_file(&name)?;
                self.flush_folder(&parent, target)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same bytes stand there already, perhaps not yet durably.
    fn confirm(&self, parent: &Below, target: &Spot, bytes: &[u8]) -> io::Result<()> {
        let file = parent.open(&target.name)?.ok_or(io::ErrorKind::AlreadyExists)?;
        let mut there = Vec::with_capacity(bytes.len());
        (&file).take(bytes.len() as u64 + 1).read_to_end(&mut there)?;
        if there != bytes {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.flush(&file, Path::new(&target.name))?;
        self.flush_folder(parent, target)
    }

    fn overwrite(&self, target: &Spot, bytes: &[u8]) -> io::Result<()> {
        let parent = self.make_parents(target)?;
        let (new, name) = self.write_new(bytes)?;
        new.rename_over(&name, (&parent, &target.name))?;
        self.flush_folder(&parent, target)
    }

    fn delete(&self, target: &Spot) -> io::Result<()> {
        if let Some(parent) = self.parent(target)? {
            parent.remove_file(&target.name)?;
        }
        self.drop_empty(target)
    }

    /// Removes the folder of partial tiles that this was the last of: there is one for each tile that was ever begun.
    fn drop_empty(&self, target: &Spot) -> io::Result<()> {
        let mut above = Spot { folders: target.folders.clone(), name: String::new() };
        let Some(partials) = above.folders.pop().filter(|name| name.ends_with(".p")) else { return Ok(()) };
        // Nothing is removed while anything is in it.
        if self.parent(&above)?.is_some_and(|at| at.remove_empty(&partials)) {
            self.durable().remove(&target.folders.iter().collect::<PathBuf>());
        }
        Ok(())
    }

    fn flush_folder(&self, folder: &Below, of: &Spot) -> io::Result<()> {
        self.flush(folder.file(), &self.root.join(of.folders.join("/")))
    }

    /// At most one byte more than asked for.
    fn read_bounded(&self, target: &Spot, size_bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(parent) = self.parent(target)? else { return Ok(None) };
        let Some(file) = parent.open(&target.name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(size_bytes_max as u64 + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}

/// Whether a name is one that a file has while it is written: what else stands there is somebody's, and stays.
fn is_half_written(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('-').is_some_and(|(process, number)| is_number(process) && is_number(number))
}

/// Where an object lies below the folder.
struct Spot {
    folders: Vec<String>,
    name: String,
}

impl Spot {
    /// Only plain relative names have one.
    fn of(path: &str) -> Result<Spot, StoreError> {
        let mut folders: Vec<String> = path.split('/').map(str::to_owned).collect();
        match (super::is_plain(path), folders.pop()) {
            (true, Some(name)) => Ok(Spot { folders, name }),
            _ => Err(StoreError::failed(path, &"not the path of an object")),
        }
    }
}

#[async_trait]
impl ReadSide for Folder {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.blocking(path, move |inner, target| inner.read_bounded(target, size_bytes_max)).await?;
        match found {
            Some(bytes) if bytes.len() > size_bytes_max => Err(StoreError::too_large(path, size_bytes_max)),
            found => Ok(found),
        }
    }

    async fn tiles(&self) -> Result<Vec<String>, StoreError> {
        let root = self.inner.root.clone();
        match tokio::task::spawn_blocking(move || super::tiles_below(&root)).await {
            Ok(Ok(paths)) => Ok(paths),
            Ok(Err(error)) => Err(StoreError::failed("tile/", &error)),
            Err(error) => Err(StoreError::failed("tile/", &error)),
        }
    }
}

#[async_trait]
impl Objects for Folder {
    async fn create(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let bytes = bytes.to_vec();
        self.blocking(path, move |inner, target| inner.create(target, &bytes)).await
    }

    async fn overwrite(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let bytes = bytes.to_vec();
        self.blocking(path, move |inner, target| inner.overwrite(target, &bytes)).await
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        self.blocking(path, Inner::delete).await
    }
}
