//! How a log starts: lock, objects and witnesses must tell one story, or nothing is signed.
//!
//! Not here: the running log. Invariants: the lock is believed before the objects, and never written here except by
//! [`create`]; objects are only brought forward to the lock, by the staging object of its batch; reads are O(log n).

use std::sync::Arc;

use seal::tlog::{Checkpoint, Entry, Signed, SignedCheckpoint, VerifierKey, empty_root};

use crate::dedupe::{Dedupe, on_thread};
use crate::error::{Refused, StoreError};
use crate::log::{Config, Parts};
use crate::objects::{Objects, ReadSide};
use crate::staging::{self, Recovered};
use crate::tiles::bundle::{self, BUNDLE_BYTES_MAX};
use crate::tiles::edge::{Edge, read_either};
use crate::tiles::hashes::Hashes;
use crate::tiles::{TILE_HEIGHT, TILE_WIDTH, Tile, TileAt, bundle_path};
use crate::witnesses;

/// No checkpoint is longer.
pub(crate) const NOTE_BYTES_MAX: usize = 16 << 10;
/// So many bundles are read before the index of duplicates is written.
const CATCH_UP_BUNDLES: u64 = 64;

/// What a log starts with.
pub(crate) struct Started {
    pub(crate) edge: Edge,
    pub(crate) signed: SignedCheckpoint,
    /// What the lock holds.
    pub(crate) held: Vec<u8>,
    pub(crate) witnessed: Option<SignedCheckpoint>,
    pub(crate) hashes: Hashes,
    pub(crate) dedupe: Dedupe,
    /// By witness: the size it said it has seen.
    pub(crate) seen: Vec<Option<u64>>,
}

/// Makes an empty log: first the lock, then `pending`.
pub(crate) async fn create(parts: &Parts) -> Result<(), Refused> {
    let key = parts.signer.verifier();
    let checkpoint =
        Checkpoint { origin: key.name().to_owned(), size: 0, root: empty_root(), extensions: String::new() };
    let note = SignedCheckpoint::sign(checkpoint, &parts.signer).print();
    if has_objects(&*parts.objects).await? {
        return Err(Refused::Exists);
    }
    if parts.lock.load(key.name()).await?.is_some() {
        return Err(Refused::Exists);
    }
    parts.lock.swap(key.name(), None, &staging::print_lock(0, &note)).await?;
    parts.objects.overwrite("pending", note.as_bytes()).await?;
    Ok(())
}

async fn has_objects(objects: &dyn Objects) -> Result<bool, Refused> {
    for path in ["pending", "checkpoint"] {
        if objects.read(path, NOTE_BYTES_MAX).await?.is_some() {
            return Ok(true);
        }
    }
    let first = TileAt { level: 0, number: 0 }.path(TILE_WIDTH);
    Ok(objects.read(&first, crate::tiles::TILE_BYTES_MAX).await?.is_some())
}

/// Looks at everything, and brings the objects forward to the lock.
pub(crate) async fn start(config: &Config, parts: &Parts) -> Result<Started, Refused> {
    let key = parts.signer.verifier();
    let objects = &*parts.objects;
    let Some(held) = parts.lock.load(key.name()).await? else {
        return Err(if has_objects(objects).await? { Refused::LockMissing } else { Refused::NotCreated });
    };
    let not_ours = |what: &str| Refused::NotOurs { place: "the lock".into(), what: what.into() };
    let (before, note) = staging::parse_lock(&held).ok_or_else(|| not_ours("what is there is no lock of a log"))?;
    let signed = read_ours(note, &key, "the lock")?;
    let edge = bring_forward(parts, &key, before, &signed, note).await?;
    let reader: Arc<dyn ReadSide> = Arc::new(Reading(Arc::clone(&parts.objects)));
    let hashes = Hashes::new(reader, config.tiles_cached_max);
    let witnessed = read_witnessed(config, objects, &key, signed.checkpoint(), &hashes).await?;
    let mut dedupe = Dedupe::open(config.index.as_deref(), config.index_rows_max).map_err(Refused::Index)?;
    catch_up(&mut dedupe, objects, &hashes, signed.checkpoint()).await?;
    let seen = witnesses::ask_at_start(config, &key, &parts.witnesses, &hashes, &signed).await?;
    Ok(Started { edge, signed, held, witnessed, hashes, dedupe, seen })
}

/// The objects as something to read from only.
struct Reading(Arc<dyn Objects>);

#[async_trait::async_trait]
impl ReadSide for Reading {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read(path, size_bytes_max).await
    }
}

/// A checkpoint of this log under this key.
fn read_ours(note: &[u8], key: &VerifierKey, place: &str) -> Result<SignedCheckpoint, Refused> {
    let not_ours = |what: &str| Refused::NotOurs { place: place.to_owned(), what: what.to_owned() };
    let signed = SignedCheckpoint::parse(note).ok_or_else(|| not_ours("what is there is no signed checkpoint"))?;
    if signed.checkpoint().origin != key.name() {
        return Err(not_ours("the checkpoint there is another log's"));
    }
    match signed.signed_by(key) {
        Signed::Holds => Ok(signed),
        Signed::Absent => Err(not_ours("this key did not sign the checkpoint there")),
        Signed::Forged => Err(not_ours("the signature on the checkpoint there does not verify")),
    }
}

/// What `pending` says of the objects.
enum Pending {
    Absent,
    /// Torn, rotten or not signed by anybody this log knows.
    Unreadable(Refused),
    Ours(Checkpoint),
}

async fn read_pending(objects: &dyn Objects, key: &VerifierKey) -> Result<Pending, Refused> {
    let note = match objects.read("pending", NOTE_BYTES_MAX).await {
        Ok(Some(note)) => note,
        Ok(None) => return Ok(Pending::Absent),
        Err(StoreError::TooLarge { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(match read_ours(&note, key, "pending") {
        Ok(signed) => Pending::Ours(signed.checkpoint().clone()),
        Err(refused) => Pending::Unreadable(refused),
    })
}

/// Compares `pending` with the lock, applies the staging object of the lock's batch if need be, and reads the right edge.
/// `before` is the size from which that batch led to the lock's, `note` what the lock holds; afterwards `pending` says the same.
async fn bring_forward(
    parts: &Parts,
    key: &VerifierKey,
    before: u64,
    signed: &SignedCheckpoint,
    note: &[u8],
) -> Result<Edge, Refused> {
    let objects = &*parts.objects;
    let lock = signed.checkpoint();
    let pending = read_pending(objects, key).await?;
    match &pending {
        Pending::Ours(there) if there.size > lock.size => return Err(ahead(parts, lock, there).await),
        Pending::Ours(there) if there.size == lock.size && there.root != lock.root => {
            return Err(Refused::TwoHistories { size: lock.size });
        }
        Pending::Ours(there) if there.size == lock.size => return Edge::read(objects, signed).await,
        _ => {}
    }
    let recovered = staging::recover(objects, before, lock).await?;
    if matches!(recovered, Recovered::Applied) {
        tracing::warn!(lock = lock.size, "the objects were behind the lock: the last batch was finished");
    }
    // A late write may have put back an older `pending`, or it is rotten, although the tiles are all there. If they are not, the
    // objects are old, or not of this log.
    match Edge::read(objects, signed).await {
        Ok(edge) => {
            objects.overwrite("pending", note).await?;
            Ok(edge)
        }
        Err(Refused::Damaged { what }) => Err(match (recovered, pending) {
            (Recovered::Useless(how), _) => {
                let staged_at = staging::path(before, lock);
                Refused::Damaged { what: format!("{staged_at} is {how}, and the last batch is nowhere else") }
            }
            (_, Pending::Ours(there)) => Refused::ObjectsBehind { lock: lock.size, objects: there.size },
            (_, Pending::Unreadable(refused)) => refused,
            (_, Pending::Absent) if has_objects(objects).await? => Refused::Damaged { what },
            (_, Pending::Absent) => Refused::ObjectsMissing { lock: lock.size },
        }),
        Err(other) => Err(other),
    }
}

/// The objects reach further than the lock: is that its own future, or another's?
async fn ahead(parts: &Parts, lock: &Checkpoint, there: &Checkpoint) -> Refused {
    let hashes = Hashes::new(Arc::new(Reading(Arc::clone(&parts.objects))), 0);
    match hashes.root(lock.size, there.size).await {
        Ok(root) if root != lock.root => Refused::TwoHistories { size: lock.size },
        _ => Refused::LockBehind { lock: lock.size, objects: there.size },
    }
}

/// The published checkpoint, if it is of this history and still has a quorum.
async fn read_witnessed(
    config: &Config,
    objects: &dyn Objects,
    key: &VerifierKey,
    lock: &Checkpoint,
    hashes: &Hashes,
) -> Result<Option<SignedCheckpoint>, Refused> {
    let note = match objects.read("checkpoint", NOTE_BYTES_MAX).await {
        Ok(note) => note,
        Err(StoreError::TooLarge { .. }) => Some(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let Some(note) = note else { return Ok(None) };
    let published = match read_ours(&note, key, "checkpoint") {
        Ok(published) => published,
        Err(refused) => {
            // It says nothing that the lock does not, and the next one takes its place.
            tracing::warn!(what = %refused, "the published checkpoint cannot be used; it is published anew");
            return Ok(None);
        }
    };
    let there = published.checkpoint();
    if there.size > lock.size {
        return Err(Refused::LockBehind { lock: lock.size, objects: there.size });
    }
    if hashes.root(there.size, lock.size).await? != there.root {
        return Err(match hashes.first_damaged(there.size, lock.size).await? {
            Some(path) => not_as_above(&path),
            None => Refused::TwoHistories { size: there.size },
        });
    }
    Ok(Some(published).filter(|published| config.policy.judge(published).quorum))
}

/// Brings the index of duplicates up to the log.
async fn catch_up(
    dedupe: &mut Dedupe,
    objects: &dyn Objects,
    hashes: &Hashes,
    lock: &Checkpoint,
) -> Result<(), Refused> {
    let mut from = match dedupe.mark().map_err(Refused::Index)? {
        Some((size, _)) if size > lock.size => return Err(Refused::IndexAhead { index: size, lock: lock.size }),
        Some((size, root)) if hashes.root(size, lock.size).await? == root => size,
        Some((size, _)) => {
            if let Some(path) = hashes.first_damaged(size, lock.size).await? {
                return Err(not_as_above(&path));
            }
            tracing::warn!("the index of duplicates belongs to another history: building it anew");
            dedupe.clear().map_err(Refused::Index)?;
            0
        }
        None => 0,
    };
    let mut rebuild = if from == 0 { dedupe.rebuild(lock.size).map_err(Refused::Index)? } else { None };
    while from < lock.size {
        let end = lock.size.min((from / TILE_WIDTH + CATCH_UP_BUNDLES) * TILE_WIDTH);
        let mut entries = Vec::new();
        for number in from / TILE_WIDTH..end.div_ceil(TILE_WIDTH) {
            let width = (lock.size - number * TILE_WIDTH).min(TILE_WIDTH);
            let path = |width| bundle_path(number, width);
            let (path, bytes, there) = read_either(objects, path, width, BUNDLE_BYTES_MAX).await?;
            let bundle = bundle::parse(&bytes, there).map_err(|at| Refused::Damaged {
                what: format!("{path}: entry {} is no entry", number * TILE_WIDTH + at),
            })?;
            if there == TILE_WIDTH && width == TILE_WIDTH {
                hold(&path, &bundle, number, hashes, lock).await?;
            }
            let known = from.saturating_sub(number * TILE_WIDTH);
            entries.extend(
                bundle.into_iter().take(usize::try_from(width).unwrap_or(0)).skip(usize::try_from(known).unwrap_or(0)),
            );
        }
        match &mut rebuild {
            Some(rebuild) => rebuild.push(from, &entries),
            None => dedupe.note(from, &entries, &hashes.root(end, lock.size).await?).await,
        }
        .map_err(Refused::Index)?;
        from = end;
    }
    if let Some(rebuild) = rebuild {
        let (size, root) = (lock.size, lock.root);
        on_thread(move || rebuild.finish(size, &root)).await.map_err(Refused::Index)?;
    }
    Ok(())
}

/// A full bundle against the tree: an entry that is rotten there would be missed by the index, and given a second place.
async fn hold(path: &str, bundle: &[Entry], number: u64, hashes: &Hashes, lock: &Checkpoint) -> Result<(), Refused> {
    let leaves = Tile::new(bundle.iter().map(Entry::leaf_hash).collect());
    let right = hashes.subtree(TILE_HEIGHT, number, lock.size).await?;
    if leaves.node(TILE_HEIGHT, 0) == Some(right) {
        return Ok(());
    }
    let tile = hashes.first_damaged((number + 1) * TILE_WIDTH, lock.size).await?;
    hashes.forget();
    Err(not_as_above(tile.as_deref().unwrap_or(path)))
}

fn not_as_above(path: &str) -> Refused {
    Refused::Damaged { what: format!("{path} is not what the tiles above it say") }
}
