//! Objects as files below one folder, written so that they survive a loss of power. Any number of processes may use it.
//!
//! Not here: the file while it is written (`fresh`). Invariants: a name holds a whole object, flushed with every folder above
//! it, or nothing; nothing is replaced but by what is whole ([`Store::put_over`]); after a failed flush there are no more writes, because nobody knows what the disk holds. A
//! removed file is not overwritten first: file systems and disks write elsewhere than one asks, and what is left there is ciphertext
//! whose key is destroyed. That key is what is overwritten (the keyring).

mod fresh;

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use tokio::sync::mpsc;

use super::digest::{OBJECTS, Tally};
use super::owner::{MARK_LEN_BYTES_MAX, OWNER};
use super::reading::Pieces;
use super::{Deleted, Digest, New, Owner, Put, Reading, Source, Store, StoreError};
use crate::regular::{self, Links, NotAFile};
use fresh::Fresh;

/// Where files are written before they are renamed.
const NEW: &str = ".new";
/// Pieces that wait for the disk while the source makes more.
const PIECES_WAITING: usize = 4;
/// Pieces of a whole object are so long.
const PIECE_LEN_BYTES: u64 = 1 << 20;

/// A folder of objects.
#[derive(Clone, Debug)]
pub struct Folder {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// The first flush that failed.
    failed: OnceLock<String>,
    /// Folders known to be durable themselves. Nobody removes one.
    durable: Mutex<BTreeSet<PathBuf>>,
}

impl Folder {
    /// Makes a new folder of objects, or completes one whose making was interrupted.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it cannot be made, or holds anything else.
    pub fn make(root: &Path) -> Result<Folder, StoreError> {
        let failed = |error: io::Error| StoreError::failed(root.display(), error);
        let folder = Folder::at(root);
        let inner = &folder.inner;
        let made = || -> io::Result<()> {
            make_folder(root)?;
            for entry in fs::read_dir(root)? {
                if ![NEW, OBJECTS, OWNER].map(Into::into).contains(&entry?.file_name()) {
                    return Err(io::Error::other("the folder is not empty"));
                }
            }
            make_folder(&root.join(NEW))?;
            make_folder(&root.join(OBJECTS))?;
            inner.flush_folder(root)?;
            inner.flush_folder(&fs::canonicalize(root)?.join(".."))
        };
        made().map_err(failed)?;
        Ok(folder)
    }

    /// Opens a folder that was made before. One that is not there is never made: its disk may only not be mounted.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it is no folder of objects.
    pub fn open(root: &Path) -> Result<Folder, StoreError> {
        match [NEW, OBJECTS].iter().all(|name| root.join(name).is_dir()) {
            true => Ok(Folder::at(root)),
            false => Err(StoreError::failed(root.display(), "no folder of objects is there")),
        }
    }

    fn at(root: &Path) -> Folder {
        let inner = Inner { root: root.to_owned(), failed: OnceLock::new(), durable: Mutex::default() };
        Folder { inner: Arc::new(inner) }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    async fn read_side<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || work(&inner)).await
    }

    /// Makes the source's bytes on this side while a thread writes them.
    async fn write(&self, tally: Tally, source: &mut dyn Source, placed: Placed) -> Result<New, StoreError> {
        let (pipe, pieces) = mpsc::channel(PIECES_WAITING);
        let writing = self.write_side(move |inner| inner.write(tally, pieces, placed));
        let (fed, written) = tokio::join!(feed(source, pipe), writing);
        fed.and(written)
    }

    /// As [`Folder::read_side`], unless a flush has failed; what then comes of the work is told by that failure.
    async fn write_side<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            inner.sound()?;
            let done = work(&inner);
            inner.sound().and(done)
        })
        .await
    }
}

/// How a file that is whole gets its name.
type Placed = fn(&Inner, Fresh, &Path) -> io::Result<Put>;

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::failed("the folder", error)),
    }
}

/// What this program wrote there is no link.
fn open_file(path: &Path) -> io::Result<File> {
    regular::open_as(path, OpenOptions::new().read(true), Links::Refuse)
}

/// Makes one folder for the owner alone, if it is not there.
fn make_folder(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn explain(digest: &Digest, error: io::Error) -> StoreError {
    if let Some(other) = NotAFile::of(&error) {
        return StoreError::Unreadable { digest: *digest, what: other.to_string() };
    }
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::Missing { digest: *digest },
        _ if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
            StoreError::Unreadable { digest: *digest, what: error.to_string() }
        }
        _ => unwritten(Some(*digest), error),
    }
}

/// Why an object, whose name may not be known yet, is not written. That its file is gone says that somebody removed it, or the folder.
fn unwritten(digest: Option<Digest>, error: io::Error) -> StoreError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    if let (Some(digest), Some(other)) = (digest, NotAFile::of(&error)) {
        return StoreError::StillThere { digest, what: other.to_string() };
    }
    let what = digest.map_or_else(|| "a new object".to_owned(), |digest| format!("object {digest}"));
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => StoreError::Full { what },
        _ => StoreError::failed(what, error),
    }
}

impl Inner {
    fn locate(&self, digest: &Digest) -> PathBuf {
        self.root.join(digest.path())
    }

    /// An error once a flush has failed.
    fn sound(&self) -> Result<(), StoreError> {
        self.failed.get().map_or(Ok(()), |what| Err(StoreError::Poisoned { what: what.clone() }))
    }

    /// Flushes a file or folder; a failure is remembered for ever.
    fn flush(&self, file: &File, what: &Path) -> io::Result<()> {
        file.sync_data().inspect_err(|error| {
            let _ = self.failed.set(format!("{} could not be flushed to the disk: {error}", what.display()));
        })
    }

    fn flush_folder(&self, folder: &Path) -> io::Result<()> {
        self.flush(&File::open(folder)?, folder)
    }

    /// Makes the folders above `target`, each durable in the one above it. They may be there already and not be durable yet.
    fn make_parents(&self, target: &Path) -> io::Result<()> {
        let known = |folder: &Path| self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(folder);
        let Some(parent) = target.parent() else { return Ok(()) };
        let missing: Vec<&Path> = parent.ancestors().take_while(|at| *at != self.root && !known(at)).collect();
        for folder in missing.into_iter().rev() {
            make_folder(folder)?;
            self.flush_folder(folder.parent().unwrap_or(folder))?;
            self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        }
        Ok(())
    }

    fn flush_parent(&self, target: &Path) -> io::Result<()> {
        target.parent().map_or(Ok(()), |parent| self.flush_folder(parent))
    }

    /// Writes what comes, and gives it its name when all of it has come and is what was announced.
    fn write(&self, mut tally: Tally, mut pieces: Pipe, placed: Placed) -> Result<New, StoreError> {
        let announced = tally.digest();
        let failed = |error: io::Error| unwritten(announced, error);
        let mut fresh = Fresh::make(&self.root.join(NEW), announced.as_ref()).map_err(failed)?;
        loop {
            match pieces.blocking_recv() {
                Some(Step::Piece(bytes)) => {
                    tally.take(&bytes)?;
                    fresh.write(&bytes).map_err(failed)?;
                }
                Some(Step::End) => break,
                // The source failed, or nobody waits any more; whoever waits is told by the source's own error.
                None => return Err(StoreError::failed("a new object", "its bytes did not all come")),
            }
        }
        let (digest, len_bytes) = tally.finish()?;
        if announced.is_none() {
            fresh.name(&digest).map_err(failed)?;
        }
        self.flush(fresh.file(), fresh.path()).map_err(failed)?;
        let target = self.locate(&digest);
        self.make_parents(&target).map_err(failed)?;
        let put = placed(self, fresh, &target).map_err(failed)?;
        Ok(New { digest, len_bytes, put })
    }

    fn place(&self, mut fresh: Fresh, target: &Path) -> io::Result<Put> {
        match renameat_with(CWD, fresh.path(), CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => fresh.keep(),
            Err(Errno::EXIST) => return self.settle(target),
            // A file system without that rename: a link does not replace either, and the other name goes with `fresh`.
            Err(Errno::INVAL | Errno::NOSYS) => match fs::hard_link(fresh.path(), target) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return self.settle(target),
                linked => linked?,
            },
            Err(error) => return Err(error.into()),
        }
        self.flush_parent(target)?;
        Ok(Put::Written)
    }

    /// Whatever stands there goes in the moment in which the new one has its name. Of a link only the link goes.
    fn place_over(&self, mut fresh: Fresh, target: &Path) -> io::Result<Put> {
        if target.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            remove(target)?;
        }
        fs::rename(fresh.path(), target)?;
        fresh.keep();
        self.flush_parent(target)?;
        Ok(Put::Written)
    }

    /// Something stands there already, perhaps not yet durably.
    fn settle(&self, target: &Path) -> io::Result<Put> {
        self.flush(&open_file(target)?, target)?;
        self.make_parents(target)?;
        self.flush_parent(target)?;
        Ok(Put::AlreadyThere)
    }

    fn owner(&self) -> Result<Option<Owner>, StoreError> {
        let path = self.root.join(OWNER);
        let mut mark = Vec::new();
        let file = match open_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // No mark is written so: whose the store is, nobody can tell by it.
            Err(error) if NotAFile::of(&error).is_some() => return Err(StoreError::OddOwner),
            file => file,
        };
        let read = file.and_then(|file| file.take(MARK_LEN_BYTES_MAX as u64).read_to_end(&mut mark));
        read.map_err(|error| StoreError::failed(path.display(), error))?;
        Owner::of_mark(&mark).map(Some)
    }

    fn claim(&self, owner: &Owner) -> Result<Owner, StoreError> {
        let target = self.root.join(OWNER);
        let write = || -> io::Result<Put> {
            let mut fresh = Fresh::make(&self.root.join(NEW), None)?;
            fresh.write(&owner.mark())?;
            self.flush(fresh.file(), fresh.path())?;
            self.place(fresh, &target)
        };
        write().map_err(|error| StoreError::failed(target.display(), error))?;
        self.owner()?.ok_or_else(|| StoreError::failed(target.display(), "it was written and is not there"))
    }

    fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        let failed = |error: io::Error| StoreError::failed(format_args!("object {digest}"), error);
        let (new, target) = (self.root.join(NEW), self.locate(digest));
        let mut deleted = Deleted::default();
        // Also what a running writer has not yet named: it fails then.
        for path in fresh::written_for(&new, digest).map_err(failed)? {
            deleted.unfinished += u64::from(remove(&path).map_err(failed)?);
        }
        deleted.versions = u64::from(remove(&target).map_err(|error| match NotAFile::of(&error) {
            Some(other) => StoreError::StillThere { digest: *digest, what: other.to_string() },
            None => failed(error),
        })?);
        self.flush_folder(&new).map_err(failed)?;
        match self.flush_parent(&target) {
            // There never was an object in that folder.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            flushed => flushed.map_err(failed)?,
        }
        let is_there =
            target.symlink_metadata().is_ok() || !fresh::written_for(&new, digest).map_err(failed)?.is_empty();
        match is_there {
            true => Err(StoreError::StillThere { digest: *digest, what: "it is being written again".to_owned() }),
            false => Ok(deleted),
        }
    }

    fn read(&self, digest: &Digest, range: &Range<u64>) -> Result<Vec<u8>, StoreError> {
        let (file, len_bytes) = self.open(digest)?;
        // Nothing is set aside for what is not there.
        if range.end > len_bytes {
            return Err(StoreError::Short { digest: *digest });
        }
        read_at(&file, digest, range)
    }

    fn open(&self, digest: &Digest) -> Result<(File, u64), StoreError> {
        let file = open_file(&self.locate(digest)).map_err(|error| explain(digest, error))?;
        let len_bytes = file.metadata().map_err(|error| explain(digest, error))?.len();
        Ok((file, len_bytes))
    }

    fn list(&self, after: Option<&Digest>, limit: usize) -> io::Result<Vec<Digest>> {
        let (mut found, after) = (Vec::new(), after.map(Digest::path).unwrap_or_default());
        for first in names(&self.root.join(OBJECTS))? {
            let first = format!("{OBJECTS}/{first}");
            if is_before(&first, &after) {
                continue;
            }
            for second in names(&self.root.join(&first))? {
                let second = format!("{first}/{second}");
                if is_before(&second, &after) {
                    continue;
                }
                let paths = names(&self.root.join(&second))?.into_iter().map(|name| format!("{second}/{name}"));
                found.extend(paths.filter(|path| *path > after).filter_map(|path| Digest::of_path(&path)));
                if found.len() >= limit {
                    found.truncate(limit);
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }
}

/// Whether everything below `folder` stands before the path `after`.
fn is_before(folder: &str, after: &str) -> bool {
    after.get(..folder.len()).is_some_and(|beginning| folder < beginning)
}

/// What stands in a folder, in order; nothing where there is none.
fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(BTreeSet::new());
        }
        entries => entries?,
    };
    let named = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
    entries.map(named).collect()
}

/// A folder that is not removed, for it has things in it.
fn full_folder() -> io::Error {
    NotAFile::error("a folder with things in it stands in its place: look at them and remove it")
}

/// Whether there was anything to remove. What somebody put into a folder of their own making is not removed with it.
fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound) => Ok(false),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory) => Ok(false),
        Err(_) if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) => match fs::remove_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(full_folder()),
            removed => removed.map(|()| true),
        },
        removed => removed.map(|()| true),
    }
}

fn read_at(file: &File, digest: &Digest, range: &Range<u64>) -> Result<Vec<u8>, StoreError> {
    let len_bytes = usize::try_from(range.end - range.start).map_err(|_| StoreError::Short { digest: *digest })?;
    let mut bytes = vec![0; len_bytes];
    match file.read_exact_at(&mut bytes, range.start) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(StoreError::Short { digest: *digest }),
        read => read.map(|()| bytes).map_err(|error| explain(digest, error)),
    }
}

/// What goes to the thread that writes. The source's own word that it ends is part of it: it may fail after its last byte.
enum Step {
    Piece(Vec<u8>),
    End,
}

type Pipe = mpsc::Receiver<Step>;

/// Carries the source's bytes to the thread that writes, until either ends.
async fn feed(source: &mut dyn Source, pipe: mpsc::Sender<Step>) -> Result<(), StoreError> {
    loop {
        let piece = source.next().await.map_err(StoreError::Source)?;
        let is_end = piece.is_none();
        if pipe.send(piece.map_or(Step::End, Step::Piece)).await.is_err() || is_end {
            return Ok(());
        }
    }
}

#[async_trait]
impl Store for Folder {
    async fn put(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<Put, StoreError> {
        let digest = *digest;
        let there = self.write_side(move |inner| {
            let target = inner.locate(&digest);
            match target.symlink_metadata() {
                Ok(_) => inner.settle(&target).map(Some).map_err(|error| explain(&digest, error)),
                Err(_) => Ok(None),
            }
        });
        if let Some(put) = there.await? {
            return Ok(put);
        }
        Ok(self.write(Tally::new(&digest, len_bytes), source, Inner::place).await?.put)
    }

    async fn put_over(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<(), StoreError> {
        self.write(Tally::new(digest, len_bytes), source, Inner::place_over).await.map(|_| ())
    }

    async fn put_new(&self, source: &mut dyn Source) -> Result<Option<New>, StoreError> {
        self.write(Tally::unannounced(), source, Inner::place).await.map(Some)
    }

    async fn len(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let digest = *digest;
        self.read_side(move |inner| match inner.open(&digest) {
            Ok((_, len_bytes)) => Ok(Some(len_bytes)),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn read(&self, digest: &Digest, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let digest = *digest;
        self.read_side(move |inner| inner.read(&digest, &range)).await
    }

    async fn read_whole(&self, digest: &Digest) -> Result<Reading, StoreError> {
        let digest = *digest;
        let (file, len_bytes) = self.read_side(move |inner| inner.open(&digest)).await?;
        let rest = Rest { file: Arc::new(file), digest, rest: 0..len_bytes };
        Ok(Reading::new(&digest, len_bytes, Box::new(rest)))
    }

    async fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        let digest = *digest;
        self.write_side(move |inner| inner.delete(&digest)).await
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Digest>, StoreError> {
        let after = after.copied();
        let failed = |error| StoreError::failed("the list of objects", error);
        self.read_side(move |inner| inner.list(after.as_ref(), limit).map_err(failed)).await
    }

    async fn tidy(&self, _older_than: Duration) -> Result<u64, StoreError> {
        let failed = |error| StoreError::failed("what is half written", error);
        self.write_side(move |inner| fresh::remove_left(&inner.root.join(NEW)).map_err(failed)).await
    }

    async fn owner(&self) -> Result<Option<Owner>, StoreError> {
        self.read_side(Inner::owner).await
    }

    async fn claim(&self, owner: &Owner) -> Result<Owner, StoreError> {
        let owner = *owner;
        self.write_side(move |inner| inner.claim(&owner)).await
    }

    async fn lock(&self, digest: &Digest, _on: bool) -> Result<bool, StoreError> {
        match self.len(digest).await? {
            Some(_) => Ok(false),
            None => Err(StoreError::Missing { digest: *digest }),
        }
    }
}

/// What of an object is still to be read.
struct Rest {
    file: Arc<File>,
    digest: Digest,
    rest: Range<u64>,
}

#[async_trait]
impl Pieces for Rest {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let piece = self.rest.start..self.rest.end.min(self.rest.start + PIECE_LEN_BYTES);
        if piece.is_empty() {
            return Ok(None);
        }
        self.rest.start = piece.end;
        let (file, digest) = (Arc::clone(&self.file), self.digest);
        blocking(move || read_at(&file, &digest, &piece)).await.map(Some)
    }
}
