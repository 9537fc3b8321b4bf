//! Any hash of the tree, read through tiles, with a bounded number of them in memory.
//!
//! The makers of proofs in `seal::tlog` ask for complete subtrees one by one and do not wait. Which ones they ask for does not
//! depend on the answers, so they are run twice: once to hear what they want, and again with all of it at hand.
//! Invariants: memory is bounded; what is read here is not believed: callers hold each proof against the checkpoint's root.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::try_join_all;
use seal::tlog::{self, Hash};

use super::edge::read_either;
use super::{TILE_BYTES_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, TileAt};
use crate::error::StoreError;
use crate::objects::ReadSide;

/// Reads hashes through tiles.
pub(crate) struct Hashes {
    objects: Arc<dyn ReadSide>,
    cache: Mutex<Cache>,
}

struct Cache {
    tiles: HashMap<TileAt, (u64, Arc<Tile>)>,
    tiles_max: usize,
    /// Counts uses, to know which tile was not used for longest.
    now: u64,
}

impl Hashes {
    /// A reader that keeps at most `tiles_max` tiles (16 KiB each).
    pub(crate) fn new(objects: Arc<dyn ReadSide>, tiles_max: usize) -> Hashes {
        Hashes { objects, cache: Mutex::new(Cache { tiles: HashMap::new(), tiles_max: tiles_max.max(8), now: 0 }) }
    }

    /// Tiles that have just been made.
    pub(crate) fn keep(&self, tiles: impl IntoIterator<Item = (TileAt, Arc<Tile>)>) {
        let mut cache = self.cache();
        for (at, tile) in tiles {
            cache.put(at, tile);
        }
    }

    /// The inclusion proof of an entry in the tree of `size`.
    pub(crate) async fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        self.twice(size, |read| tlog::inclusion_proof(index, size, read)).await
    }

    /// The consistency proof between two sizes of the tree.
    pub(crate) async fn consistency(&self, old: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        self.twice(size, |read| tlog::consistency_proof(old, size, read)).await
    }

    /// The root of the tree when it had `old` entries, out of the tree of `size`.
    pub(crate) async fn root(&self, old: u64, size: u64) -> Result<Hash, StoreError> {
        self.twice(size, |read| tlog::root(old, read)).await
    }

    /// Forgets what was read: some of it was wrong, and may be brought back.
    pub(crate) fn forget(&self) {
        self.cache().tiles.clear();
    }

    /// The hash of one complete subtree of 2^`level` entries, as its tile says.
    pub(crate) async fn subtree(&self, level: u32, index: u64, size: u64) -> Result<Hash, StoreError> {
        self.twice(size, |read| read(level, index)).await
    }

    /// Of the tiles that lead from `old` entries to the tree of `size`, whose right edge is known to be whole: the first, from
    /// above, that is not what the tile above it says.
    pub(crate) async fn first_damaged(&self, old: u64, size: u64) -> Result<Option<String>, StoreError> {
        let mut wanted = BTreeSet::new();
        let mut hear = |level, index| {
            wanted.insert(tile_of(level, index));
            Ok::<Hash, StoreError>([0; 32])
        };
        tlog::root(old, &mut hear)?;
        tlog::consistency_proof(old, size, &mut hear)?;
        let lowest: Vec<TileAt> = wanted.iter().copied().collect();
        let top = u64::BITS / TILE_HEIGHT;
        wanted.extend(lowest.iter().flat_map(|at| {
            (at.level + 1..top)
                .map(move |level| TileAt { level, number: at.number >> (TILE_HEIGHT * (level - at.level)) })
        }));
        for level in (0..top).rev() {
            for at in wanted.iter().filter(|at| at.level == level && at.width(size) == TILE_WIDTH) {
                let above = TileAt { level: level + 1, number: at.number >> TILE_HEIGHT };
                let (_, tile) = self.tile(*at, size).await?;
                let (_, above) = self.tile(above, size).await?;
                if tile.node(TILE_HEIGHT, 0) != above.node(0, at.number % TILE_WIDTH) {
                    self.forget();
                    return Ok(Some(at.path(TILE_WIDTH)));
                }
            }
        }
        Ok(None)
    }

    async fn twice<T>(
        &self,
        size: u64,
        make: impl Fn(&mut dyn FnMut(u32, u64) -> Result<Hash, StoreError>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut wanted = BTreeSet::new();
        make(&mut |level, index| {
            wanted.insert(tile_of(level, index));
            Ok([0; 32])
        })?;
        let tiles = try_join_all(wanted.into_iter().map(|at| self.tile(at, size))).await?;
        let tiles: HashMap<TileAt, Arc<Tile>> = tiles.into_iter().collect();
        make(&mut |level, index| {
            let at = tile_of(level, index);
            let height = level % TILE_HEIGHT;
            let within = index & ((1 << (TILE_HEIGHT - height)) - 1);
            let hash = tiles.get(&at).and_then(|tile| tile.node(height, within));
            hash.ok_or_else(|| StoreError::damaged(&at.path(at.width(size)), &"the tile is too narrow"))
        })
    }

    async fn tile(&self, at: TileAt, size: u64) -> Result<(TileAt, Arc<Tile>), StoreError> {
        let width = at.width(size);
        if let Some(tile) = self.cache().take(at, width) {
            return Ok((at, tile));
        }
        let (path, bytes, there) = read_either(&*self.objects, |width| at.path(width), width, TILE_BYTES_MAX).await?;
        let tile = Tile::parse(&bytes, there).ok_or_else(|| StoreError::damaged(&path, &"not a tile of its width"))?;
        let tile = Arc::new(tile);
        self.cache().put(at, Arc::clone(&tile));
        Ok((at, tile))
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tile in which a complete subtree is found.
fn tile_of(level: u32, index: u64) -> TileAt {
    TileAt { level: level / TILE_HEIGHT, number: index >> (TILE_HEIGHT - level % TILE_HEIGHT) }
}

impl Cache {
    fn take(&mut self, at: TileAt, width: u64) -> Option<Arc<Tile>> {
        self.now += 1;
        let (used, tile) = self.tiles.get_mut(&at)?;
        *used = self.now;
        (tile.hashes().len() as u64 >= width).then(|| Arc::clone(tile))
    }

    /// Of two widths of one tile the wider stays.
    fn put(&mut self, at: TileAt, tile: Arc<Tile>) {
        self.now += 1;
        let wider = self.tiles.get(&at).is_some_and(|(_, there)| there.hashes().len() > tile.hashes().len());
        if !wider {
            self.tiles.insert(at, (self.now, tile));
        }
        if self.tiles.len() > self.tiles_max {
            self.forget();
        }
    }

    /// Forgets the quarter that was not used for longest.
    fn forget(&mut self) {
        let mut uses: Vec<u64> = self.tiles.values().map(|(used, _)| *used).collect();
        uses.sort_unstable();
        let limit = uses[uses.len() / 4];
        self.tiles.retain(|_, (used, _)| *used > limit);
    }
}
