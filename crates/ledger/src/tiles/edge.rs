//! The right edge: what must be in memory to let the tree grow, and the objects that growing makes.
//!
//! Not here: storing them. Invariants: the edge of a tree of n entries holds exactly the hashes of its partial tiles (at most
//! 255 per level) and the partial bundle; growing is the same whether entries come singly or together.

use std::convert::Infallible;
use std::sync::Arc;

use seal::tlog::{self, Checkpoint, Entry, Hash, SignedCheckpoint};

use super::bundle::{self, BUNDLE_BYTES_MAX};
use super::{TILE_BYTES_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, TileAt, bundle_path};
use crate::error::{Refused, StoreError};
use crate::objects::ReadSide;

/// The right edge of a tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    /// By tile level: the hashes of the partial tile, which may be none.
    levels: Vec<Vec<Hash>>,
    /// The partial bundle.
    bundle: Vec<u8>,
}

/// What growing by some entries makes.
pub(crate) struct Growth {
    /// The edge afterwards.
    pub(crate) edge: Edge,
    /// The root afterwards.
    pub(crate) root: Hash,
    /// New objects, path and bytes.
    pub(crate) objects: Vec<(String, Vec<u8>)>,
    /// The tiles among them, for the cache.
    pub(crate) tiles: Vec<(TileAt, Arc<Tile>)>,
}

impl Edge {
    /// Entries in the tree.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The tree with these entries behind the others.
    pub(crate) fn grow(&self, entries: &[Entry]) -> Growth {
        let mut growing = Growing { edge: self.clone(), objects: Vec::new(), tiles: Vec::new() };
        for entry in entries {
            growing.push(entry);
        }
        growing.finish(self.size)
    }

    /// The root over the tree.
    pub(crate) fn root(&self) -> Hash {
        let tiles: Vec<Tile> = self.levels.iter().map(|hashes| Tile::new(hashes.clone())).collect();
        root_of(self.size, &tiles)
    }

    /// Reads the edge of a tree from its objects and holds it against the root.
    pub(crate) async fn read(objects: &dyn ReadSide, of: &SignedCheckpoint) -> Result<Edge, Refused> {
        let checkpoint = of.checkpoint();
        let edge = Edge::read_tiles(objects, checkpoint.size).await?;
        if edge.root() != checkpoint.root {
            return Err(Refused::Damaged { what: edge.blame(objects, checkpoint).await });
        }
        // The tiles are right: whatever does not fit them is the bundle.
        edge.with_bundle(objects).await
    }

    /// The edge that the objects have for a tree of that size, held against nothing: whoever uses it knows the root of what grows from it.
    pub(crate) async fn read_unproved(objects: &dyn ReadSide, size: u64) -> Result<Edge, Refused> {
        Edge::read_tiles(objects, size).await?.with_bundle(objects).await
    }

    async fn read_tiles(objects: &dyn ReadSide, size: u64) -> Result<Edge, Refused> {
        let mut edge = Edge { size, ..Edge::default() };
        let mut level = 0;
        while size.checked_shr(TILE_HEIGHT * level).unwrap_or(0) > 0 {
            edge.levels.push(read_partial(objects, size, level).await?);
            level += 1;
        }
        Ok(edge)
    }

    async fn with_bundle(mut self, objects: &dyn ReadSide) -> Result<Edge, Refused> {
        self.bundle = read_bundle(objects, self.size, self.levels.first().map_or(&[], Vec::as_slice)).await?;
        Ok(self)
    }

    /// Which tile of the edge is wrong, in words: the lowest when the entries themselves lead to the root, else any of them.
    async fn blame(mut self, objects: &dyn ReadSide, checkpoint: &Checkpoint) -> String {
        let paths: Vec<String> = (0..)
            .zip(&self.levels)
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|(level, hashes)| {
                let number = self.size >> (TILE_HEIGHT * level) >> TILE_HEIGHT;
                TileAt { level, number }.path(hashes.len() as u64)
            })
            .collect();
        let width = self.size % TILE_WIDTH;
        let path = |width| bundle_path(self.size / TILE_WIDTH, width);
        if width > 0
            && let Ok((_, bytes, there)) = read_either(objects, path, width, BUNDLE_BYTES_MAX).await
            && let Ok(entries) = bundle::parse(&bytes, there)
        {
            let take = usize::try_from(width).expect("at most 255");
            self.levels[0] = entries.iter().take(take).map(Entry::leaf_hash).collect();
            if self.root() == checkpoint.root {
                return format!("{} is not what its entries say", paths[0]);
            }
        }
        format!("one of {} leads to another root than the lock's; counterpartd check says which", paths.join(", "))
    }
}

/// The hashes of the partial tile of a level, from it or from the full one that has taken its place.
async fn read_partial(objects: &dyn ReadSide, size: u64, level: u32) -> Result<Vec<Hash>, Refused> {
    let at = TileAt { level, number: size >> (TILE_HEIGHT * level) >> TILE_HEIGHT };
    let width = at.width(size);
    if width == 0 {
        return Ok(Vec::new());
    }
    let (path, bytes, there) = read_either(objects, |width| at.path(width), width, TILE_BYTES_MAX).await?;
    let tile =
        Tile::parse(&bytes, there).ok_or_else(|| Refused::Damaged { what: format!("{path} is not {there} hashes") })?;
    Ok(tile.hashes()[..usize::try_from(width).expect("at most 255")].to_vec())
}

/// The partial bundle, each entry held against its leaf hash.
async fn read_bundle(objects: &dyn ReadSide, size: u64, leaves: &[Hash]) -> Result<Vec<u8>, Refused> {
    let width = size % TILE_WIDTH;
    if width == 0 {
        return Ok(Vec::new());
    }
    let first = size - width;
    let path = |width| bundle_path(first / TILE_WIDTH, width);
    let (path, bytes, there) = read_either(objects, path, width, BUNDLE_BYTES_MAX).await?;
    let damaged =
        |at: u64| Refused::Damaged { what: format!("{path}: entry {} is not what its tile says", first + at) };
    let entries = bundle::parse(&bytes, there).map_err(damaged)?;
    let mut edge = Vec::new();
    for (at, (entry, leaf)) in entries.iter().zip(leaves).enumerate() {
        if entry.leaf_hash() != *leaf {
            return Err(damaged(at as u64));
        }
        bundle::push(&mut edge, entry);
    }
    Ok(edge)
}

/// The partial object, or else the full one: path, bytes, and how wide it is.
pub(crate) async fn read_either(
    objects: &dyn ReadSide,
    path: impl Fn(u64) -> String,
    width: u64,
    size_bytes_max: usize,
) -> Result<(String, Vec<u8>, u64), StoreError> {
    for width in [width, TILE_WIDTH] {
        if let Some(bytes) = objects.read(&path(width), size_bytes_max).await? {
            return Ok((path(width), bytes, width));
        }
    }
    Err(StoreError::Missing { path: path(width) })
}

struct Growing {
    edge: Edge,
    objects: Vec<(String, Vec<u8>)>,
    tiles: Vec<(TileAt, Arc<Tile>)>,
}

impl Growing {
    fn push(&mut self, entry: &Entry) {
        bundle::push(&mut self.edge.bundle, entry);
        self.edge.size += 1;
        if self.edge.size.is_multiple_of(TILE_WIDTH) {
            let path = bundle_path((self.edge.size - 1) / TILE_WIDTH, TILE_WIDTH);
            self.objects.push((path, std::mem::take(&mut self.edge.bundle)));
        }
        self.push_hash(entry.leaf_hash());
    }

    /// A full tile's root is the next hash of the level above.
    fn push_hash(&mut self, leaf: Hash) {
        let mut carried = Some(leaf);
        let mut level = 0;
        while let Some(hash) = carried.take() {
            if self.edge.levels.len() == level {
                self.edge.levels.push(Vec::new());
            }
            self.edge.levels[level].push(hash);
            if self.edge.levels[level].len() as u64 == TILE_WIDTH {
                let tile = Tile::new(std::mem::take(&mut self.edge.levels[level]));
                carried = tile.node(TILE_HEIGHT, 0);
                self.keep(level, tile);
            }
            level += 1;
        }
    }

    /// The newest tile of a level, full or partial, becomes an object.
    fn keep(&mut self, level: usize, tile: Tile) {
        let level = u32::try_from(level).expect("at most 8 levels");
        let hashes = self.edge.size >> (TILE_HEIGHT * level);
        let at = TileAt { level, number: (hashes - 1) / TILE_WIDTH };
        self.objects.push((at.path(tile.hashes().len() as u64), tile.bytes()));
        self.tiles.push((at, Arc::new(tile)));
    }

    fn finish(mut self, old_size: u64) -> Growth {
        let width = self.edge.size % TILE_WIDTH;
        if width > 0 && self.edge.size > old_size {
            self.objects.push((bundle_path(self.edge.size / TILE_WIDTH, width), self.edge.bundle.clone()));
        }
        let partial: Vec<Tile> = self.edge.levels.iter().map(|hashes| Tile::new(hashes.clone())).collect();
        let root = root_of(self.edge.size, &partial);
        for (level, tile) in partial.into_iter().enumerate() {
            let shift = TILE_HEIGHT * u32::try_from(level).expect("at most 8 levels");
            let grown = self.edge.size >> shift > old_size >> shift;
            if grown && !tile.hashes().is_empty() {
                self.keep(level, tile);
            }
        }
        Growth { edge: self.edge, root, objects: self.objects, tiles: self.tiles }
    }
}

/// The root over the partial tiles of each level: they hold every maximal subtree.
fn root_of(size: u64, partial: &[Tile]) -> Hash {
    let read = |level: u32, index: u64| {
        let (tile_level, height) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let within = index & ((1 << (TILE_HEIGHT - height)) - 1);
        let hash = partial.get(tile_level as usize).and_then(|tile| tile.node(height, within));
        Ok::<_, Infallible>(hash.expect("the partial tiles hold the maximal subtrees"))
    };
    match tlog::root(size, read) {
        Ok(root) => root,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use seal::tlog::{EntryKind, leaf_hash, node_hash};

    use super::*;

    fn entries(count: u64) -> Vec<Entry> {
        (0..count)
            .map(|number| Entry { kind: EntryKind::Recording, commitment: leaf_hash(&number.to_be_bytes()) })
            .collect()
    }

    /// RFC 6962 section 2.1, word for word.
    fn slow_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => tlog::empty_root(),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                node_hash(&slow_root(&leaves[..split]), &slow_root(&leaves[split..]))
            }
        }
    }

    #[test]
    fn growing_singly_or_together_gives_the_root_of_the_standard() {
        let all = entries(70_000);
        let leaves: Vec<Hash> = all.iter().map(Entry::leaf_hash).collect();
        let mut edge = Edge::default();
        let mut at = 0;
        for step in [0, 1, 1, 2, 250, 1, 1, 1, 255, 256, 257, 4_096, 30_000, 34_879] {
            let growth = edge.grow(&all[at..at + step]);
            at += step;
            edge = growth.edge;
            assert_eq!((edge.size(), growth.root), (at as u64, slow_root(&leaves[..at])), "at {at}");
            assert_eq!(edge.root(), growth.root);
        }
        let once = Edge::default().grow(&all[..at]);
        assert_eq!((once.root, &once.edge.levels, &once.edge.bundle), (edge.root(), &edge.levels, &edge.bundle));
    }
}
