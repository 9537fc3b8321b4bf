//! Objects as files below one folder, written so that they survive a loss of power. Any number of processes may use it.
//!
//! Not here: the file while it is written (`fresh`). Invariants: below the store's own folder no link is followed (`below`); a name holds a whole object, flushed with every folder above
//! it, or nothing; nothing is replaced but by what is whole ([`Store::put_over`]); after a failed flush there are no more writes, because nobody knows what the disk holds. A
//! removed file is not overwritten first: file systems and disks write elsewhere than one asks, and what is left there is ciphertext
//! whose key is destroyed. That key is what is overwritten (the keyring).

mod below;
mod fresh;

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rustix::fs::FileType;
use rustix::io::Errno;
use tokio::sync::mpsc;

use super::digest::{OBJECTS, Tally};
use super::owner::{MARK_LEN_BYTES_MAX, OWNER};
use super::reading::Pieces;
use super::{Deleted, Digest, FileId, New, Owner, Put, Reading, Source, Store, StoreError};
use crate::regular::NotAFile;
use below::Below;
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
            match DirBuilder::new().mode(0o700).create(root) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            let top = inner.top()?;
            if !top.names()?.iter().all(|name| [NEW, OBJECTS, OWNER].contains(&&**name)) {
                return Err(io::Error::other("the folder is not empty"));
            }
            for name in [NEW, OBJECTS] {
                top.make_folder(name)?;
                top.folder(name).map_err(|error| named(&root.join(name), &error))?;
            }
            inner.flush(top.file(), root)?;
            let above = fs::canonicalize(root)?.join("..");
            inner.flush(&File::open(&above)?, &above)
        };
        made().map_err(failed)?;
        Ok(folder)
    }

    /// Opens a folder that was made before. One that is not there is never made: its disk may only not be mounted.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it is no folder of objects.
    pub fn open(root: &Path) -> Result<Folder, StoreError> {
        let folder = Folder::at(root);
        for name in [NEW, OBJECTS] {
            match folder.inner.top().and_then(|top| top.folder(name)) {
                Ok(_) => {}
                // Somebody would have this program work in a folder that is not the store's.
                Err(error) if NotAFile::of(&error).is_some() => {
                    return Err(StoreError::failed(root.join(name).display(), error));
                }
                Err(_) => return Err(StoreError::failed(root.display(), "no folder of objects is there")),
            }
        }
        Ok(folder)
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
type Placed = fn(&Inner, Fresh, &Spot) -> io::Result<Put>;

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::failed("the folder", error)),
    }
}

/// Where something lies below the store's own folder.
struct Spot {
    folders: Vec<String>,
    name: String,
}

impl Spot {
    fn of(path: &str) -> Spot {
        let mut folders: Vec<String> = path.split('/').map(str::to_owned).collect();
        let name = folders.pop().unwrap_or_default();
        Spot { folders, name }
    }
}

/// An error with the name of what it is about.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
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
    /// The store's own folder.
    fn top(&self) -> io::Result<Below> {
        Below::root(&self.root)
    }

    /// Where files are written.
    fn drafts(&self) -> io::Result<Below> {
        self.top()?.folder(NEW)
    }

    /// The folder that something lies in, if it is there.
    fn parent(&self, spot: &Spot) -> io::Result<Below> {
        spot.folders.iter().try_fold(self.top()?, |at, name| at.folder(name))
    }

    fn open_at(&self, spot: &Spot) -> io::Result<File> {
        let parent = self.parent(spot).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => NotAFile::error("a file stands where its folder should"),
            _ => error,
        })?;
        parent.open(&spot.name)
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

    /// Makes the folders that `spot` lies in, each durable in the one above it, and opens the last. They may be there already and not be durable yet.
    fn make_parents(&self, spot: &Spot) -> io::Result<Below> {
        let (mut at, mut path) = (self.top()?, PathBuf::new());
        for name in &spot.folders {
            path.push(name);
            let is_known = self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(&path);
            if !is_known {
                at.make_folder(name)?;
                self.flush(at.file(), &self.root.join(&path))?;
                self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
            }
            at = at.folder(name)?;
        }
        Ok(at)
    }

    /// Writes what comes, and gives it its name when all of it has come and is what was announced.
    fn write(&self, mut tally: Tally, mut pieces: Pipe, placed: Placed) -> Result<New, StoreError> {
        let announced = tally.digest();
        let failed = |error: io::Error| unwritten(announced, error);
        let mut fresh = self.drafts().and_then(|new| Fresh::make(new, announced.as_ref())).map_err(failed)?;
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
        self.flush(fresh.file(), Path::new(fresh.place().1)).map_err(failed)?;
        let put = placed(self, fresh, &Spot::of(&digest.path())).map_err(failed)?;
        Ok(New { digest, len_bytes, put })
    }

    fn place(&self, mut fresh: Fresh, target: &Spot) -> io::Result<Put> {
        let parent = self.make_parents(target)?;
        let ((new, name), to) = (fresh.place(), (&parent, &*target.name));
        match new.rename(name, to) {
            Ok(()) => fresh.keep(),
            Err(Errno::EXIST) => return self.settle(target),
            // A file system without that rename: a link does not replace either, and the other name goes with `fresh`.
            Err(Errno::INVAL | Errno::NOSYS) => match new.link(name, to) {
                Err(Errno::EXIST) => return self.settle(target),
                linked => linked?,
            },
            Err(error) => return Err(error.into()),
        }
        self.flush_folder(&parent, target)?;
        Ok(Put::Written)
    }

    /// Whatever stands there goes in the moment in which the new one has its name. Of a link only the link goes.
    fn place_over(&self, mut fresh: Fresh, target: &Spot) -> io::Result<Put> {
        let parent = self.make_parents(target)?;
        if parent.kind(&target.name)? == Some(FileType::Directory) {
            parent.remove(&target.name)?;
        }
        let (new, name) = fresh.place();
        new.rename_over(name, (&parent, &*target.name))?;
        fresh.keep();
        self.flush_folder(&parent, target)?;
        Ok(Put::Written)
    }

    /// Something stands there already, perhaps not yet durably.
    fn settle(&self, target: &Spot) -> io::Result<Put> {
        self.flush(&self.open_at(target)?, Path::new(&target.name))?;
        let parent = self.make_parents(target)?;
        self.flush_folder(&parent, target)?;
        Ok(Put::AlreadyThere)
    }

    /// Flushes the folder that something lies in.
    fn flush_folder(&self, folder: &Below, of: &Spot) -> io::Result<()> {
        self.flush(folder.file(), &self.root.join(of.folders.join("/")))
    }

    fn owner(&self) -> Result<Option<Owner>, StoreError> {
        let path = self.root.join(OWNER);
        let mut mark = Vec::new();
        let file = match self.open_at(&Spot::of(OWNER)) {
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
            let mut fresh = Fresh::make(self.drafts()?, None)?;
            fresh.write(&owner.mark())?;
            self.flush(fresh.file(), &target)?;
            self.place(fresh, &Spot::of(OWNER))
        };
        write().map_err(|error| StoreError::failed(target.display(), error))?;
        self.owner()?.ok_or_else(|| StoreError::failed(target.display(), "it was written and is not there"))
    }

    fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        let failed = |error: io::Error| StoreError::failed(format_args!("object {digest}"), error);
        let (new, target) = (self.drafts().map_err(failed)?, Spot::of(&digest.path()));
        let mut deleted = Deleted::default();
        // Also what a running writer has not yet named: it fails then.
        for name in fresh::written_for(&new, digest).map_err(failed)? {
            deleted.unfinished += u64::from(new.remove(&name).map_err(failed)?);
        }
        let still = |error: io::Error| match NotAFile::of(&error) {
            Some(other) => StoreError::StillThere { digest: *digest, what: other.to_string() },
            None => failed(error),
        };
        let parent = match self.parent(&target) {
            // There never was an object in that folder.
            Err(error) if is_nowhere(&error) => None,
            parent => Some(parent.map_err(still)?),
        };
        if let Some(parent) = &parent {
            deleted.versions = u64::from(parent.remove(&target.name).map_err(still)?);
        }
        self.flush(new.file(), Path::new(NEW)).map_err(failed)?;
        let mut is_there = !fresh::written_for(&new, digest).map_err(failed)?.is_empty();
        if let Some(parent) = &parent {
            self.flush_folder(parent, &target).map_err(failed)?;
            is_there |= parent.kind(&target.name).map_err(failed)?.is_some();
        }
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
        let file = self.open_at(&Spot::of(&digest.path())).map_err(|error| explain(digest, error))?;
        let len_bytes = file.metadata().map_err(|error| explain(digest, error))?.len();
        Ok((file, len_bytes))
    }

    fn list(&self, after: Option<&Digest>, limit: usize) -> io::Result<Vec<Digest>> {
        let (mut found, after) = (Vec::new(), after.map(Digest::path).unwrap_or_default());
        let top = self.top()?;
        let Some(objects) = self.opened(&top, OBJECTS, OBJECTS)? else { return Ok(found) };
        for first in names(&objects)? {
            let path = format!("{OBJECTS}/{first}");
            let folder = if is_before(&path, &after) { None } else { self.opened(&objects, &first, &path)? };
            let Some(folder) = folder else { continue };
            for second in names(&folder)? {
                let path = format!("{path}/{second}");
                let folder = if is_before(&path, &after) { None } else { self.opened(&folder, &second, &path)? };
                let Some(folder) = folder else { continue };
                let paths = names(&folder)?.into_iter().map(|name| format!("{path}/{name}"));
                found.extend(paths.filter(|path| *path > after).filter_map(|path| Digest::of_path(&path)));
                if found.len() >= limit {
                    found.truncate(limit);
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// A folder in which objects are; none where something else has its name, but a link, behind which are somebody else's.
    fn opened(&self, at: &Below, name: &str, path: &str) -> io::Result<Option<Below>> {
        match at.folder(name) {
            Err(error) if is_nowhere(&error) => Ok(None),
            folder => folder.map(Some).map_err(|error| named(&self.root.join(path), &error)),
        }
    }
}

/// Whether something is not there, because its folder is not, or is none.
fn is_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether everything below `folder` stands before the path `after`.
fn is_before(folder: &str, after: &str) -> bool {
    after.get(..folder.len()).is_some_and(|beginning| folder < beginning)
}

/// What stands in a folder, in order.
fn names(folder: &Below) -> io::Result<BTreeSet<String>> {
    Ok(folder.names()?.into_iter().collect())
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
            let target = Spot::of(&digest.path());
            match inner.parent(&target).and_then(|parent| parent.kind(&target.name)) {
                Ok(Some(_)) => inner.settle(&target).map(Some).map_err(|error| explain(&digest, error)),
                Ok(None) | Err(_) => Ok(None),
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

    async fn file(&self, digest: &Digest) -> Result<Option<FileId>, StoreError> {
        let digest = *digest;
        self.read_side(move |inner| match inner.open(&digest) {
            Ok((file, _)) => {
                let meta = file.metadata().map_err(|error| explain(&digest, error))?;
                Ok(Some(FileId(meta.dev(), meta.ino())))
            }
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
        let removed = |inner: &Inner| {
            let failed = |error| StoreError::failed(inner.root.join(NEW).display(), error);
            inner.drafts().and_then(|new| fresh::remove_left(&new)).map_err(failed)
        };
        self.write_side(removed).await
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
