//! Objects as files below one folder, written so that they survive a loss of power.
//!
//! Not here: buckets (`bucket.rs`). A write goes to a new file, is flushed, renamed into its place, and the folder it stands
//! in is flushed. Invariants: a reader never sees half a file; `create` never replaces; after a failed flush the folder
//! takes no more writes, because nobody knows what the disk holds (the kernel may drop the pages and say "written" next time).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

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
        work: impl FnOnce(&Inner, &Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let target = self.inner.locate(path)?;
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
        let new = self.root.join(NEW);
        fs::create_dir_all(&new)?;
        for entry in fs::read_dir(&new)? {
            fs::remove_file(entry?.path())?;
        }
        self.flush_folder(&self.root)
    }

    /// The file of an object; only plain relative names have one.
    fn locate(&self, path: &str) -> Result<PathBuf, StoreError> {
        let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if path.is_empty() || !plain {
            return Err(StoreError::failed(path, &"not the path of an object"));
        }
        Ok(self.root.join(path))
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

    fn flush_folder(&self, folder: &Path) -> io::Result<()> {
        self.flush(&File::open(folder)?, folder)
    }

    /// Makes the folders above `target`, each durable in the one above it.
    fn make_parents(&self, target: &Path) -> io::Result<()> {
        let known = |folder: &Path| self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(folder);
        let Some(parent) = target.parent() else { return Ok(()) };
        let missing: Vec<&Path> = parent.ancestors().take_while(|at| *at != self.root && !known(at)).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => self.flush_folder(folder.parent().unwrap_or(folder))?,
            }
            self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        }
        Ok(())
    }

    /// Writes a new file with these bytes, flushed, under a name of its own.
    fn write_new(&self, bytes: &[u8]) -> io::Result<PathBuf> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join(NEW).join(format!("{}-{number}", std::process::id()));
        let mut file = File::create_new(&path)?;
        file.write_all(bytes)?;
        self.flush(&file, &path)?;
        Ok(path)
    }

    fn create(&self, target: &Path, bytes: &[u8]) -> io::Result<()> {
        self.make_parents(target)?;
        if target.exists() {
            return self.confirm(target, bytes);
        }
        let new = self.write_new(bytes)?;
        match renameat_with(CWD, &new, CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => self.flush_parent(target),
            Err(Errno::EXIST) => {
                fs::remove_file(&new)?;
                self.confirm(target, bytes)
            }
            // A file system without that rename: a link does not replace either.
            Err(Errno::INVAL | Errno::NOSYS) => {
                fs::hard_link(&new, target)?;
                fs::remove_file(&new)?;
                self.flush_parent(target)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same bytes stand there already, perhaps not yet durably.
    fn confirm(&self, target: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = File::open(target)?;
        let mut there = Vec::with_capacity(bytes.len());
        (&file).take(bytes.len() as u64 + 1).read_to_end(&mut there)?;
        if there != bytes {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.flush(&file, target)?;
        self.flush_parent(target)
    }

    fn overwrite(&self, target: &Path, bytes: &[u8]) -> io::Result<()> {
        self.make_parents(target)?;
        let new = self.write_new(bytes)?;
        fs::rename(&new, target)?;
        self.flush_parent(target)
    }

    /// Removes the folder of partial tiles that this was the last of: there is one for each tile that was ever begun.
    fn drop_empty(&self, target: &Path) {
        let partials = |folder: &&Path| folder.extension().is_some_and(|end| end == "p");
        let Some(folder) = target.parent().filter(partials) else { return };
        // It fails while anything is in it.
        if fs::remove_dir(folder).is_ok() {
            self.durable.lock().unwrap_or_else(PoisonError::into_inner).remove(folder);
        }
    }

    fn flush_parent(&self, target: &Path) -> io::Result<()> {
        target.parent().map_or(Ok(()), |parent| self.flush_folder(parent))
    }
}

#[async_trait]
impl ReadSide for Folder {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.blocking(path, move |_, target| read_bounded(target, size_bytes_max)).await?;
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

/// At most one byte more than asked for.
fn read_bounded(target: &Path, size_bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(target) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        other => other?,
    };
    if file.metadata()?.is_dir() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(size_bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
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
        let remove = |inner: &Inner, target: &Path| match fs::remove_file(target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => {
                inner.drop_empty(target);
                Ok(())
            }
        };
        self.blocking(path, remove).await
    }
}
