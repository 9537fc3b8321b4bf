//! Tiles: the log's hashes and entries as static objects (C2SP tlog-tiles 0.1.0).
//!
//! Here: paths, one tile as a small tree, the growing right edge (`edge.rs`), reading hashes through tiles (`hashes.rs`),
//! bundles of entries (`bundle.rs`), names in a request (`name.rs`). Invariants: a path is printed in one way only; a tile holds 1 to 256 hashes; a partial
//! tile is the beginning of the full one.

pub(crate) mod bundle;
pub(crate) mod edge;
pub(crate) mod hashes;
pub(crate) mod name;

use seal::tlog::{Hash, node_hash};

/// Hashes in a full tile, entries in a full bundle.
pub(crate) const TILE_WIDTH: u64 = 256;
/// Levels of the tree in one tile.
pub(crate) const TILE_HEIGHT: u32 = 8;
/// Length of a full tile.
pub(crate) const TILE_BYTES_MAX: usize = 256 * 32;

/// Which tile: level and number within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TileAt {
    pub(crate) level: u32,
    pub(crate) number: u64,
}

impl TileAt {
    /// How many hashes it has in a tree of `size` entries: 0 when it is not there yet, 256 when it is full.
    pub(crate) fn width(self, size: u64) -> u64 {
        let hashes = size.checked_shr(TILE_HEIGHT * self.level).unwrap_or(0);
        hashes.saturating_sub(self.number.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH)
    }

    /// Where it is, `width` wide.
    pub(crate) fn path(self, width: u64) -> String {
        format!("tile/{}/{}", self.level, numbered(self.number, width))
    }
}

/// Where a bundle of entries is.
pub(crate) fn bundle_path(number: u64, width: u64) -> String {
    format!("tile/entries/{}", numbered(number, width))
}

/// `x001/x234/067`, with `.p/W` when partial.
fn numbered(number: u64, width: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE_WIDTH { format!("{path}.p/{width}") } else { path }
}

/// A tile's hashes, and all complete subtrees over them.
#[derive(Clone, Debug)]
pub(crate) struct Tile {
    /// By height: its own hashes first.
    heights: Vec<Vec<Hash>>,
}

impl Tile {
    /// The tile over these hashes, at most 256.
    pub(crate) fn new(hashes: Vec<Hash>) -> Tile {
        let mut heights = vec![hashes];
        while let Some(below) = heights.last().filter(|below| below.len() > 1) {
            let above = below.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
            heights.push(above);
        }
        Tile { heights }
    }

    /// Reads a tile's bytes; `None` unless they are exactly `width` hashes.
    pub(crate) fn parse(bytes: &[u8], width: u64) -> Option<Tile> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        (rest.is_empty() && hashes.len() as u64 == width).then(|| Tile::new(hashes.to_vec()))
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.heights[0].concat()
    }

    /// Its own hashes.
    pub(crate) fn hashes(&self) -> &[Hash] {
        &self.heights[0]
    }

    /// The complete subtree of 2^height of its hashes, number `index` of that height.
    pub(crate) fn node(&self, height: u32, index: u64) -> Option<Hash> {
        self.heights.get(height as usize)?.get(usize::try_from(index).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_standard() {
        for (level, number, width, path) in [
            (0, 0, 256, "tile/0/000"),
            (0, 273, 112, "tile/0/273.p/112"),
            (2, 0, 1, "tile/2/000.p/1"),
            (7, 1_234_067, 256, "tile/7/x001/x234/067"),
            (0, 1_000, 255, "tile/0/x001/000.p/255"),
        ] {
            assert_eq!(TileAt { level, number }.path(width), path);
        }
        assert_eq!(bundle_path(1_234_067, 3), "tile/entries/x001/x234/067.p/3");
    }

    #[test]
    fn widths_are_those_of_the_standard() {
        // 70,000 entries: 273 full tiles and one of 112; one full and one of 17; one of 1.
        for (level, number, width) in [
            (0, 272, 256),
            (0, 273, 112),
            (0, 274, 0),
            (1, 0, 256),
            (1, 1, 17),
            (1, 2, 0),
            (2, 0, 1),
            (3, 0, 0),
            (63, 0, 0),
        ] {
            assert_eq!(TileAt { level, number }.width(70_000), width, "level {level}, tile {number}");
        }
        assert_eq!(TileAt { level: 1, number: 0 }.width(256), 1);
        assert_eq!(TileAt { level: 0, number: u64::MAX }.width(u64::MAX), 0);
    }
}
