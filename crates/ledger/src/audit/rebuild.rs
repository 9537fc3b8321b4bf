//! The tree, rebuilt from what a log serves, with every tile held against the entries below it.
//!
//! Not here: signatures (`mod.rs`). Where an entry and its tile disagree, the hash above them (or, at the right edge, the signed
//! root) says which of the two was changed. Invariant: memory is one tile per level and the roots that were asked for.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use seal::tlog::{Entry, Hash, SignedCheckpoint, empty_root, node_hash};

use super::Report;
use crate::objects::ReadSide;
use crate::tiles::bundle::{self, BUNDLE_BYTES_MAX};
use crate::tiles::edge::read_either;
use crate::tiles::{TILE_BYTES_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, TileAt, bundle_path};

/// So many groups of 256 entries are fetched ahead.
const ABREAST: usize = 16;

/// So many groups in a row of which nothing is there end the audit.
const MISSING_MAX: usize = 64;

/// What was rebuilt.
pub(super) struct Rebuilt {
    /// The checkpoint it was rebuilt up to.
    pub(super) signed: SignedCheckpoint,
    pub(super) size: u64,
    /// Roots at the sizes that were asked for, as far as the entries could be read.
    pub(super) roots: BTreeMap<u64, Hash>,
}

/// 256 entries, or what there is of them, as the two objects that tell of them.
struct Group {
    number: u64,
    width: u64,
    from_bundle: Option<(String, Vec<Hash>)>,
    from_tile: Option<(String, Vec<Hash>)>,
    faults: Vec<(String, Option<u64>, String)>,
}

/// Rebuilds the tree of `signed` from the entries of `source`; `sizes` are those at which the root is wanted.
pub(super) async fn rebuild(
    source: &dyn ReadSide,
    prefix: &str,
    signed: &SignedCheckpoint,
    sizes: BTreeSet<u64>,
    report: &mut Report,
) -> Rebuilt {
    let size = signed.checkpoint().size;
    let mut growing = Growing::new(source, prefix, signed, sizes, report);
    let numbers = 0..size.div_ceil(TILE_WIDTH);
    let mut groups = stream::iter(numbers).map(|number| read_group(source, number, size)).buffered(ABREAST);
    let mut missing = 0;
    while let Some(group) = groups.next().await {
        missing = if group.from_bundle.is_none() && group.from_tile.is_none() { missing + 1 } else { 0 };
        growing.take(group).await;
        if missing == MISSING_MAX {
            // A size that nothing stands behind would be walked for ever.
            break;
        }
    }
    growing.finish().await
}

async fn read_group(source: &dyn ReadSide, number: u64, size: u64) -> Group {
    let width = (size - number * TILE_WIDTH).min(TILE_WIDTH);
    let mut group = Group { number, width, from_bundle: None, from_tile: None, faults: Vec::new() };
    let kept = usize::try_from(width).expect("at most 256");
    match read_either(source, |width| bundle_path(number, width), width, BUNDLE_BYTES_MAX).await {
        Ok((path, bytes, there)) => match bundle::parse(&bytes, there) {
            Ok(entries) => {
                let leaves = entries.iter().take(kept).map(Entry::leaf_hash).collect();
                group.from_bundle = Some((path, leaves));
            }
            Err(at) => group.faults.push((path, Some(number * TILE_WIDTH + at), "it is no entry".into())),
        },
        Err(error) => group.faults.push((bundle_path(number, width), None, error.to_string())),
    }
    match read_tile(source, TileAt { level: 0, number }, width).await {
        Ok((path, hashes)) => group.from_tile = Some((path, hashes)),
        Err((path, what)) => group.faults.push((path, None, what)),
    }
    group
}

async fn read_tile(source: &dyn ReadSide, at: TileAt, width: u64) -> Result<(String, Vec<Hash>), (String, String)> {
    match read_either(source, |width| at.path(width), width, TILE_BYTES_MAX).await {
        Ok((path, bytes, there)) => match Tile::parse(&bytes, there) {
            Some(tile) => Ok((path, tile.hashes()[..usize::try_from(width).expect("at most 256")].to_vec())),
            None => Err((path, format!("it is not {there} hashes"))),
        },
        Err(error) => Err((at.path(width), error.to_string())),
    }
}

/// The tree so far.
struct Growing<'a> {
    source: &'a dyn ReadSide,
    prefix: &'a str,
    signed: &'a SignedCheckpoint,
    sizes: BTreeSet<u64>,
    report: &'a mut Report,
    roots: BTreeMap<u64, Hash>,
    range: Range,
    /// By tile level from 1: the hashes below that were rebuilt for the tile in the making.
    levels: Vec<Vec<Hash>>,
    /// The stored tile of level 1 that was read last: it is asked who is right, 256 times.
    above: Option<(u64, Vec<Hash>)>,
    /// Something could not be read: later roots cannot be known.
    is_broken: bool,
}

impl<'a> Growing<'a> {
    fn new(
        source: &'a dyn ReadSide,
        prefix: &'a str,
        signed: &'a SignedCheckpoint,
        sizes: BTreeSet<u64>,
        report: &'a mut Report,
    ) -> Growing<'a> {
        let roots = BTreeMap::from([(0, empty_root())]);
        let range = Range::default();
        Growing {
            source,
            prefix,
            signed,
            sizes,
            report,
            roots,
            range,
            levels: Vec::new(),
            above: None,
            is_broken: false,
        }
    }

    fn find(&mut self, path: &str, index: Option<u64>, what: &str) {
        self.report.find(format!("{}{path}", self.prefix), index, what);
    }

    async fn take(&mut self, group: Group) {
        self.report.objects += 2;
        for (path, index, what) in &group.faults {
            self.find(path, *index, what);
        }
        let leaves = match (&group.from_bundle, &group.from_tile) {
            (Some((_, entries)), Some((_, tile))) if entries == tile => entries.clone(),
            (Some(_), Some(_)) => self.arbitrate(&group).await,
            (Some((_, one)), None) | (None, Some((_, one))) => one.clone(),
            (None, None) => {
                self.is_broken = true;
                vec![[0; 32]; usize::try_from(group.width).expect("at most 256")]
            }
        };
        self.push(group.number, leaves).await;
    }

    /// An entry and its leaf hash disagree: what stands above them decides which was changed.
    async fn arbitrate(&mut self, group: &Group) -> Vec<Hash> {
        let (Some((bundle, entries)), Some((tile, hashes))) = (&group.from_bundle, &group.from_tile) else {
            return Vec::new();
        };
        let at = entries.iter().zip(hashes).position(|(one, two)| one != two).unwrap_or(0);
        let index = Some(group.number * TILE_WIDTH + at as u64);
        let (entries_right, tile_right) = (self.is_right(group, entries).await, self.is_right(group, hashes).await);
        if !entries_right {
            self.find(bundle, index, "it is not what the log signed");
        }
        if !tile_right {
            self.find(tile, index, "its leaf hash is not what the log signed");
        }
        if entries_right && tile_right {
            // Nothing above could be read; both are suspect.
            self.find(bundle, index, "entry and leaf hash disagree");
            self.find(tile, index, "entry and leaf hash disagree");
        }
        if tile_right && !entries_right { hashes.clone() } else { entries.clone() }
    }

    async fn is_right(&mut self, group: &Group, leaves: &[Hash]) -> bool {
        if group.width < TILE_WIDTH {
            let mut range = self.range.clone();
            leaves.iter().for_each(|leaf| range.push(0, *leaf));
            return range.root() == self.signed.checkpoint().root;
        }
        let at = TileAt { level: 1, number: group.number / TILE_WIDTH };
        if self.above.as_ref().is_none_or(|(number, _)| *number != at.number) {
            let width = at.width(self.signed.checkpoint().size);
            let Ok((_, hashes)) = read_tile(self.source, at, width).await else { return true };
            self.above = Some((at.number, hashes));
        }
        let within = usize::try_from(group.number % TILE_WIDTH).expect("below 256");
        let above = self.above.as_ref().and_then(|(_, hashes)| hashes.get(within));
        above.is_none_or(|above| Tile::new(leaves.to_vec()).node(TILE_HEIGHT, 0) == Some(*above))
    }

    async fn push(&mut self, number: u64, leaves: Vec<Hash>) {
        let first = number * TILE_WIDTH;
        let end = first + leaves.len() as u64;
        let is_full = leaves.len() as u64 == TILE_WIDTH;
        let root = if is_full { Tile::new(leaves.clone()).node(TILE_HEIGHT, 0) } else { None };
        let is_asked_within = self.sizes.range(first + 1..end).next().is_some();
        match root {
            Some(root) if !is_asked_within => self.range.push(TILE_HEIGHT, root),
            _ => {
                for (size, leaf) in (first + 1..).zip(leaves) {
                    self.range.push(0, leaf);
                    self.note_root(size);
                }
            }
        }
        self.note_root(end);
        if let Some(root) = root {
            self.carry(root).await;
        }
    }

    fn note_root(&mut self, size: u64) {
        let is_wanted = self.sizes.contains(&size) || size == self.signed.checkpoint().size;
        if is_wanted && !self.is_broken {
            self.roots.insert(size, self.range.root());
        }
    }

    /// A full tile's root belongs into the tile above it.
    async fn carry(&mut self, root: Hash) {
        let mut carried = Some(root);
        let mut level = 0;
        while let Some(hash) = carried.take() {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(hash);
            if self.levels[level].len() as u64 == TILE_WIDTH {
                let hashes = std::mem::take(&mut self.levels[level]);
                carried = Tile::new(hashes.clone()).node(TILE_HEIGHT, 0);
                self.compare(level, &hashes).await;
            }
            level += 1;
        }
    }

    /// A tile above the leaves against what was rebuilt below it.
    async fn compare(&mut self, level: usize, rebuilt: &[Hash]) {
        let level = u32::try_from(level).expect("few levels") + 1;
        let (width, end) = (rebuilt.len() as u64, self.range.size >> (TILE_HEIGHT * level));
        let at = TileAt { level, number: (end - 1) / TILE_WIDTH };
        self.report.objects += 1;
        match read_tile(self.source, at, width).await {
            Err((path, what)) => self.find(&path, None, &what),
            Ok((path, stored)) => {
                if let Some(at_hash) = stored.iter().zip(rebuilt).position(|(one, two)| one != two) {
                    let index = ((at.number * TILE_WIDTH) + at_hash as u64) << (TILE_HEIGHT * level);
                    self.find(&path, Some(index), "the hash over the entries from here on is not theirs");
                }
            }
        }
    }

    async fn finish(mut self) -> Rebuilt {
        for (level, hashes) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            if !hashes.is_empty() {
                self.compare(level, &hashes).await;
            }
        }
        Rebuilt { signed: self.signed.clone(), size: self.range.size, roots: self.roots }
    }
}

/// A tree of which only the complete subtrees are kept.
#[derive(Clone, Default)]
struct Range {
    size: u64,
    /// (height, hash), highest first.
    stack: Vec<(u32, Hash)>,
}

impl Range {
    /// Adds a complete subtree, aligned to its height.
    fn push(&mut self, height: u32, hash: Hash) {
        self.size += 1 << height;
        let mut top = (height, hash);
        while let Some((_, left)) = self.stack.pop_if(|(left, _)| *left == top.0) {
            top = (top.0 + 1, node_hash(&left, &top.1));
        }
        self.stack.push(top);
    }

    fn root(&self) -> Hash {
        let mut rest = self.stack.iter().rev();
        let Some((_, last)) = rest.next() else { return empty_root() };
        rest.fold(*last, |right, (_, left)| node_hash(left, &right))
    }
}
