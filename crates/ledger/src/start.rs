//! How a log starts: lock, objects and witnesses must tell one story, or nothing is signed.
//!
//! Not here: the running log. Invariants: the lock is believed before the objects, and never written here except by
//! [`create`]; objects are only brought forward to the lock, by the staging object of its batch; reads are O(log n).

use std::sync::Arc;

use seal::tlog::{Checkpoint, Signed, SignedCheckpoint, VerifierKey, empty_root};

use crate::dedupe::Dedupe;
use crate::error::{Refused, StoreError};
use crate::log::{Config, Parts};
use crate::objects::{Objects, ReadSide};
use crate::staging;
use crate::tiles::bundle::{self, BUNDLE_BYTES_MAX};
use crate::tiles::edge::{Edge, read_either};
use crate::tiles::hashes::Hashes;
use crate::tiles::{TILE_WIDTH, TileAt, bundle_path};
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
    let edge = bring_forward(parts, &key, before, &signed).await?;
    if is_pending_behind(objects, &key, signed.checkpoint()).await? {
        objects.overwrite("pending", note).await?;
    }
    let reader: Arc<dyn ReadSide> = Arc::new(Reading(Arc::clone(&parts.objects)));
    let hashes = Hashes::new(reader, config.tiles_cached_max);
    let witnessed = read_witnessed(config, objects, &key, signed.checkpoint(), &hashes).await?;
    let dedupe = Dedupe::open(config.index.as_deref()).map_err(Refused::Index)?;
    catch_up(&dedupe, objects, &hashes, signed.checkpoint()).await?;
    let seen = witnesses::ask_at_start(config, &parts.witnesses, &hashes, &signed).await?;
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

async fn read_pending(objects: &dyn Objects, key: &VerifierKey) -> Result<Option<SignedCheckpoint>, Refused> {
    let note = objects.read("pending", NOTE_BYTES_MAX).await?;
    note.map(|note| read_ours(&note, key, "pending")).transpose()
}

async fn is_pending_behind(objects: &dyn Objects, key: &VerifierKey, lock: &Checkpoint) -> Result<bool, Refused> {
    let pending = read_pending(objects, key).await?;
    Ok(pending.is_none_or(|pending| pending.checkpoint().size < lock.size))
}

/// Compares `pending` with the lock, applies the staging object of the lock's batch if need be, and reads the right edge.
/// `before` is the size from which that batch led to the lock's.
async fn bring_forward(
    parts: &Parts,
    key: &VerifierKey,
    before: u64,
    signed: &SignedCheckpoint,
) -> Result<Edge, Refused> {
    let objects = &*parts.objects;
    let lock = signed.checkpoint();
    let Some(pending) = read_pending(objects, key).await? else {
        // A log that was being made when the power failed has a lock and nothing else; an older one has lost everything.
        return if lock.size == 0 { Ok(Edge::default()) } else { Err(Refused::ObjectsMissing { lock: lock.size }) };
    };
    let there = pending.checkpoint();
    if there.size > lock.size {
        return Err(Refused::LockBehind { lock: lock.size, objects: there.size });
    }
    if there.size == lock.size {
        let same = there.root == lock.root;
        return if same { Edge::read(objects, signed).await } else { Err(Refused::TwoHistories { size: lock.size }) };
    }
    tracing::warn!(pending = there.size, lock = lock.size, "the objects are behind the lock: finishing the last batch");
    staging::recover(objects, &staging::path(before, lock)).await?;
    // A late write may have put back an older `pending` although the tiles are all there. If they are not, they are old.
    match Edge::read(objects, signed).await {
        Err(Refused::Damaged { .. } | Refused::Store(StoreError::Missing { .. })) => {
            Err(Refused::ObjectsBehind { lock: lock.size, objects: there.size })
        }
        other => other,
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
    let Some(note) = objects.read("checkpoint", NOTE_BYTES_MAX).await? else { return Ok(None) };
    let published = read_ours(&note, key, "checkpoint")?;
    let there = published.checkpoint();
    if there.size > lock.size {
        return Err(Refused::LockBehind { lock: lock.size, objects: there.size });
    }
    if hashes.root(there.size, lock.size).await? != there.root {
        return Err(Refused::TwoHistories { size: there.size });
    }
    Ok(Some(published).filter(|published| config.policy.judge(published).quorum))
}

/// Brings the index of duplicates up to the log.
async fn catch_up(dedupe: &Dedupe, objects: &dyn Objects, hashes: &Hashes, lock: &Checkpoint) -> Result<(), Refused> {
    let mut from = match dedupe.mark().map_err(Refused::Index)? {
        Some((size, root)) if size <= lock.size && hashes.root(size, lock.size).await? == root => size,
        Some(_) => {
            tracing::warn!("the index of duplicates belongs to another history: building it anew");
            dedupe.clear().map_err(Refused::Index)?;
            0
        }
        None => 0,
    };
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
            let known = from.saturating_sub(number * TILE_WIDTH);
            entries.extend(
                bundle.into_iter().take(usize::try_from(width).unwrap_or(0)).skip(usize::try_from(known).unwrap_or(0)),
            );
        }
        let root = hashes.root(end, lock.size).await?;
        dedupe.note(from, entries, root).await.map_err(Refused::Index)?;
        from = end;
    }
    Ok(())
}
