//! The staging object: all objects of one batch in one, durable before the lock moves.
//!
//! After a crash between the lock's swap and the last tile it is what brings the objects up to the lock. Not here: when it is
//! written and applied (`sequencer.rs`, `start.rs`). Invariants: its path names both sizes and the root, so that no two
//! batches share one; nothing of it is written but what its batch makes of the tree before it, up to the lock's root: whoever can
//! put an object there needs no secret to make a whole one.

use futures_util::future::try_join_all;
use seal::tlog::{Checkpoint, Entry, Hash, leaf_hash};

use crate::error::{Refused, StoreError};
use crate::objects::Objects;
use crate::tiles::bundle;
use crate::tiles::edge::Edge;
use crate::tiles::{TILE_WIDTH, bundle_path};

const MAGIC: &[u8] = b"counterpart/staging/v1\n";
/// The largest staging object, and the largest object of any log: a batch of 65,536 entries makes about 4 MiB.
pub const STAGING_BYTES_MAX: usize = 64 << 20;
/// So many tiles of a batch are written side by side.
const ABREAST: usize = 16;

/// Where the batch that leads from `old` entries to this checkpoint is staged.
pub(crate) fn path(old: u64, to: &Checkpoint) -> String {
    let root: String = to.root.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("staging/{old}-{}-{root}", to.size)
}

/// What the lock holds: the size before the last batch, by which its staging object is found, and the signed checkpoint.
pub(crate) fn print_lock(before: u64, note: &str) -> Vec<u8> {
    format!("after {before}\n{note}").into_bytes()
}

/// Takes what the lock holds apart.
pub(crate) fn parse_lock(held: &[u8]) -> Option<(u64, &[u8])> {
    let line_end = held.iter().position(|byte| *byte == b'\n')?;
    let before = std::str::from_utf8(&held[..line_end]).ok()?.strip_prefix("after ")?.parse().ok()?;
    Some((before, &held[line_end + 1..]))
}

/// The staging object's bytes.
pub(crate) fn print(objects: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for (path, bytes) in objects {
        let (path_len, bytes_len) = (u16::try_from(path.len()), u32::try_from(bytes.len()));
        out.extend_from_slice(&path_len.expect("paths are short").to_be_bytes());
        out.extend_from_slice(path.as_bytes());
        out.extend_from_slice(&bytes_len.expect("tiles are small").to_be_bytes());
        out.extend_from_slice(bytes);
    }
    let digest = leaf_hash(&out);
    out.extend_from_slice(&digest);
    out
}

/// Takes a staging object apart; `None` for anything torn.
pub(crate) fn parse(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let (body, digest) = bytes.split_last_chunk::<32>()?;
    let right: Hash = leaf_hash(body);
    let mut rest = body.strip_prefix(MAGIC).filter(|_| right == *digest)?;
    let mut objects = Vec::new();
    while !rest.is_empty() {
        let path = take(&mut rest, |rest| {
            rest.split_first_chunk().map(|(len, rest)| (u16::from_be_bytes(*len).into(), rest))
        })?;
        let path = std::str::from_utf8(path).ok().filter(|path| path.starts_with("tile/"))?;
        let bytes = take(&mut rest, |rest| {
            let (len, rest) = rest.split_first_chunk()?;
            Some((usize::try_from(u32::from_be_bytes(*len)).ok()?, rest))
        })?;
        objects.push((path.to_owned(), bytes.to_vec()));
    }
    Some(objects)
}

fn take<'a>(rest: &mut &'a [u8], length: impl Fn(&'a [u8]) -> Option<(usize, &'a [u8])>) -> Option<&'a [u8]> {
    let (len, after) = length(rest)?;
    let (taken, after) = after.split_at_checked(len)?;
    *rest = after;
    Some(taken)
}

/// Writes the objects of a batch, some side by side.
pub(crate) async fn apply(objects: &dyn Objects, staged: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
    for some in staged.chunks(ABREAST) {
        try_join_all(some.iter().map(|(path, bytes)| objects.create(path, bytes))).await?;
    }
    Ok(())
}

/// What became of a staging object.
pub(crate) enum Recovered {
    /// It is not there: it was never written, or is not needed any more.
    Absent,
    /// It is there and cannot be used: how it is.
    Useless(&'static str),
    Applied,
}

/// Reads the staging object of the batch that led from `before` entries to the lock, and applies what is its own.
pub(crate) async fn recover(objects: &dyn Objects, before: u64, lock: &Checkpoint) -> Result<Recovered, Refused> {
    let bytes = match objects.read(&path(before, lock), STAGING_BYTES_MAX).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Recovered::Absent),
        Err(StoreError::TooLarge { .. }) => return Ok(Recovered::Useless("torn")),
        Err(error) => return Err(error.into()),
    };
    let Some(staged) = parse(&bytes) else { return Ok(Recovered::Useless("torn")) };
    let edge = match Edge::read_unproved(objects, before).await {
        Ok(edge) => edge,
        // The objects are older than that batch: what is missing says so itself.
        Err(Refused::Damaged { .. }) => return Ok(Recovered::Absent),
        Err(other) => return Err(other),
    };
    let Some(entries) = entries(before, lock.size, &staged) else { return Ok(Recovered::Useless("another batch's")) };
    let growth = edge.grow(&entries);
    if growth.root != lock.root || growth.objects != staged {
        return Ok(Recovered::Useless("another batch's"));
    }
    apply(objects, &staged).await?;
    Ok(Recovered::Applied)
}

/// The entries of a batch, from the bundles that it made.
fn entries(before: u64, size: u64, staged: &[(String, Vec<u8>)]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    for number in before / TILE_WIDTH..size.div_ceil(TILE_WIDTH) {
        let first = number * TILE_WIDTH;
        let width = (size - first).min(TILE_WIDTH);
        let path = bundle_path(number, width);
        let (_, bytes) = staged.iter().find(|(there, _)| *there == path)?;
        let known = usize::try_from(before.saturating_sub(first)).ok()?;
        entries.extend(bundle::parse(bytes, width).ok()?.into_iter().skip(known));
    }
    Some(entries)
}
