//! The tree, rebuilt from what a log serves, with every tile held against the entries below it.
//!
//! Not here: signatures (`mod.rs`). Where an entry and its tile disagree, the hash above them (or, at the right edge, the signed
//! root) says which of the two was changed. What else was listed of a place is held against the same entries.
//! Invariant: memory is one tile per level, the roots that were asked for, and the paths of what else was listed.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use seal::tlog::{Entry, Hash, SignedCheckpoint, empty_root, node_hash};

use super::claims::Claim;
use super::listing::{Listing, Row};
use super::report::{Kind, Report, of_error};
use super::staged;
use crate::error::StoreError;
use crate::objects::ReadSide;
use crate::tiles::bundle::{self, BUNDLE_BYTES_MAX};
use crate::tiles::edge::read_either;
use crate::tiles::{TILE_BYTES_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, TileAt, bundle_path};

/// So many groups of 256 entries are fetched ahead.
const ABREAST: usize = 16;

/// So many groups in a row of which nothing is there end the audit: a size that nothing stands behind would be walked for ever.
const MISSING_MAX: usize = 64;
/// So many groups in a row that could not be read end it: whoever serves them is not to be waited for any longer.
const UNREADABLE_MAX: usize = 8;

/// So many objects that are wrong or not to be had, wherever they are, end it: one is enough to distrust a log, and whoever makes them
/// up as they are asked for never ends.
const FAULTS_MAX: usize = 1_000;

/// What was rebuilt.
pub(super) struct Rebuilt {
    /// The checkpoint it was rebuilt up to.
    pub(super) signed: SignedCheckpoint,
    /// Where it is served.
    pub(super) at: String,
    /// Entries that could be read.
    pub(super) entries: u64,
    /// Entries that were asked for: all, unless there was no end of what is wrong.
    pub(super) asked: u64,
    /// Roots at the sizes that were asked for, as far as the entries could be read.
    pub(super) roots: BTreeMap<u64, Hash>,
}

impl Rebuilt {
    /// Whether the entries lead to the root that it was rebuilt for.
    pub(super) fn serves_what_it_signed(&self) -> bool {
        let checkpoint = self.signed.checkpoint();
        self.roots.get(&checkpoint.size) == Some(&checkpoint.root)
    }
}

/// 256 entries, or what there is of them, as the two objects that tell of them.
struct Group {
    number: u64,
    width: u64,
    from_bundle: Option<(String, Vec<Hash>)>,
    from_tile: Option<(String, Vec<Hash>)>,
    faults: Vec<Fault>,
}

/// What is wrong with an object, before it is said of which side.
struct Fault {
    kind: Kind,
    path: String,
    index: Option<u64>,
    what: String,
}

impl Fault {
    fn of(path: String, error: &StoreError) -> Fault {
        let (kind, what) = of_error(error);
        Fault { kind, path, index: None, what }
    }
}

/// Rebuilds the tree of `claim` from the entries of `source`; `sizes` are those at which the root is wanted.
pub(super) async fn rebuild(
    source: &dyn ReadSide,
    prefix: &str,
    claim: &Claim,
    sizes: BTreeSet<u64>,
    report: &mut Report,
) -> Rebuilt {
    let size = claim.signed.checkpoint().size;
    let listing = Listing::of(source, prefix, size, report).await;
    let mut growing = Growing::new(source, prefix, &claim.signed, sizes, listing, report);
    let numbers = 0..size.div_ceil(TILE_WIDTH);
    let mut groups = stream::iter(numbers).map(|number| read_group(source, number, size)).buffered(ABREAST);
    let (mut missing, mut unreadable) = (0, 0);
    while let Some(group) = groups.next().await {
        let is_none_there = group.from_bundle.is_none() && group.from_tile.is_none();
        let is_unreadable = is_none_there && group.faults.iter().all(|fault| fault.kind == Kind::Unreadable);
        missing = if is_none_there { missing + 1 } else { 0 };
        unreadable = if is_unreadable { unreadable + 1 } else { 0 };
        growing.take(group).await;
        if missing == MISSING_MAX || unreadable == UNREADABLE_MAX || growing.faults >= FAULTS_MAX {
            break;
        }
    }
    growing.finish(&claim.from).await
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
            Err(at) => group.faults.push(no_entry(path, number, at)),
        },
        Err(error) => group.faults.push(Fault::of(bundle_path(number, width), &error)),
    }
    match read_tile(source, TileAt { level: 0, number }, width).await {
        Ok((path, hashes)) => group.from_tile = Some((path, hashes)),
        Err(fault) => group.faults.push(fault),
    }
    group
}

fn no_entry(path: String, number: u64, at: u64) -> Fault {
    let index = Some(number * TILE_WIDTH + at);
    Fault { kind: Kind::Damaged, path, index, what: "it is no entry".into() }
}

fn no_tile(path: String, width: u64) -> Fault {
    Fault { kind: Kind::Damaged, path, index: None, what: format!("it is not {width} hashes") }
}

async fn read_tile(source: &dyn ReadSide, at: TileAt, width: u64) -> Result<(String, Vec<Hash>), Fault> {
    match read_either(source, |width| at.path(width), width, TILE_BYTES_MAX).await {
        Ok((path, bytes, there)) => match Tile::parse(&bytes, there) {
            Some(tile) => Ok((path, tile.hashes()[..usize::try_from(width).expect("at most 256")].to_vec())),
            None => Err(no_tile(path, there)),
        },
        Err(error) => Err(Fault::of(at.path(width), &error)),
    }
}

/// The tree so far.
struct Growing<'a> {
    source: &'a dyn ReadSide,
    prefix: &'a str,
    signed: &'a SignedCheckpoint,
    sizes: BTreeSet<u64>,
    listing: Listing,
    report: &'a mut Report,
    roots: BTreeMap<u64, Hash>,
    range: Range,
    entries: u64,
    /// By tile level from 1: the hashes below that were rebuilt for the tile in the making.
    levels: Vec<Vec<Hash>>,
    /// The stored tile of level 1 that was read last: it is asked who is right, 256 times.
    above: Option<(u64, Vec<Hash>)>,
    /// Something could not be read: later roots cannot be known.
    is_broken: bool,
    /// Objects that reach further than the newest checkpoint.
    beyond: u64,
    /// Objects that are wrong or could not be had.
    faults: usize,
}

impl<'a> Growing<'a> {
    fn new(
        source: &'a dyn ReadSide,
        prefix: &'a str,
        signed: &'a SignedCheckpoint,
        sizes: BTreeSet<u64>,
        listing: Listing,
        report: &'a mut Report,
    ) -> Growing<'a> {
        Growing {
            source,
            prefix,
            signed,
            sizes,
            listing,
            report,
            roots: BTreeMap::from([(0, empty_root())]),
            range: Range::default(),
            entries: 0,
            levels: Vec::new(),
            above: None,
            is_broken: false,
            beyond: 0,
            faults: 0,
        }
    }

    fn find(&mut self, fault: Fault) {
        self.faults += 1;
        self.report.find(fault.kind, format!("{}{}", self.prefix, fault.path), fault.index, fault.what);
    }

    fn damaged(&mut self, path: &str, index: Option<u64>, what: &str) {
        self.find(Fault { kind: Kind::Damaged, path: path.to_owned(), index, what: what.to_owned() });
    }

    async fn take(&mut self, mut group: Group) {
        self.report.objects += 2;
        std::mem::take(&mut group.faults).into_iter().for_each(|fault| self.find(fault));
        let (leaves, is_sure) = match (&group.from_bundle, &group.from_tile) {
            (Some((_, entries)), Some((_, tile))) if entries == tile => (entries.clone(), true),
            (Some(_), Some(_)) => self.arbitrate(&group).await,
            (Some((path, one)), None) | (None, Some((path, one))) => {
                let is_right = self.is_right(&group, one).await;
                if !is_right {
                    self.is_broken = true;
                    self.damaged(path, None, "it is not what the log signed");
                }
                (one.clone(), is_right)
            }
            (None, None) => {
                self.is_broken = true;
                (vec![[0; 32]; usize::try_from(group.width).expect("at most 256")], false)
            }
        };
        let is_read = group.from_bundle.is_some() || group.from_tile.is_some();
        self.entries += if is_read { group.width } else { 0 };
        if is_sure {
            let used = |object: &Option<(String, Vec<Hash>)>| object.as_ref().map_or("", |(path, _)| path).to_owned();
            self.others(Row::Entries, group.number, &used(&group.from_bundle), &leaves).await;
            self.others(Row::Level(0), group.number, &used(&group.from_tile), &leaves).await;
        }
        self.push(group.number, leaves).await;
    }

    /// An entry and its leaf hash disagree: what stands above them decides which was changed, if it can.
    async fn arbitrate(&mut self, group: &Group) -> (Vec<Hash>, bool) {
        let (Some((bundle, entries)), Some((tile, hashes))) = (&group.from_bundle, &group.from_tile) else {
            return (Vec::new(), false);
        };
        let at = entries.iter().zip(hashes).position(|(one, two)| one != two).unwrap_or(0);
        let index = Some(group.number * TILE_WIDTH + at as u64);
        let (entries_right, tile_right) = (self.is_right(group, entries).await, self.is_right(group, hashes).await);
        if !entries_right {
            self.damaged(bundle, index, "it is not what the log signed");
        }
        if !tile_right {
            self.damaged(tile, index, "its leaf hash is not what the log signed");
        }
        // Of entries that stand nowhere no root can be known.
        self.is_broken |= !entries_right && !tile_right;
        if entries_right && tile_right {
            // Nothing above could be read; both are suspect.
            self.damaged(bundle, index, "entry and leaf hash disagree");
            self.damaged(tile, index, "entry and leaf hash disagree");
        }
        let leaves = if tile_right && !entries_right { hashes } else { entries };
        (leaves.clone(), entries_right != tile_right)
    }

    /// What else was listed of a place: of earlier sizes, or already of a later one. Each begins like what was signed.
    async fn others(&mut self, row: Row, number: u64, used: &str, right: &[Hash]) {
        for (width, path) in self.listing.take(row, number, used) {
            let bytes = match self.source.read(&path, BUNDLE_BYTES_MAX).await {
                Ok(Some(bytes)) => bytes,
                // A log removes them once their full one is there.
                Ok(None) => continue,
                Err(error) => {
                    self.find(Fault::of(path, &error));
                    continue;
                }
            };
            self.report.objects += 1;
            let hashes = match row {
                Row::Entries => bundle::parse(&bytes, width)
                    .map(|entries| entries.iter().map(Entry::leaf_hash).collect())
                    .map_err(|at| no_entry(path.clone(), number, at)),
                Row::Level(_) => Tile::parse(&bytes, width)
                    .map(|tile| tile.hashes().to_vec())
                    .ok_or_else(|| no_tile(path.clone(), width)),
            };
            let differs = |hashes: Vec<Hash>| hashes.iter().zip(right).position(|(one, two)| one != two);
            match hashes.map(differs) {
                Ok(None) => self.beyond += u64::from(width > right.len() as u64),
                Ok(Some(at)) => {
                    self.damaged(&path, row.index(number, at as u64), "of another size, it is not what the log signed");
                }
                Err(fault) => self.find(fault),
            }
        }
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
        if self.is_broken {
            // Where entries below it could not be read, nothing is known of it.
            return;
        }
        let level = u32::try_from(level).expect("few levels") + 1;
        let (width, end) = (rebuilt.len() as u64, self.range.size >> (TILE_HEIGHT * level));
        let at = TileAt { level, number: (end - 1) / TILE_WIDTH };
        let row = Row::Level(level);
        self.report.objects += 1;
        let mut used = String::new();
        match read_tile(self.source, at, width).await {
            Err(fault) => self.find(fault),
            Ok((path, stored)) => {
                if let Some(differs) = stored.iter().zip(rebuilt).position(|(one, two)| one != two) {
                    let index = row.index(at.number, differs as u64);
                    self.damaged(&path, index, "the hash over the entries from here on is not theirs");
                }
                used = path;
            }
        }
        self.others(row, at.number, &used, rebuilt).await;
    }

    async fn finish(mut self, at: &str) -> Rebuilt {
        for (level, hashes) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            if !hashes.is_empty() {
                self.compare(level, &hashes).await;
            }
        }
        let (left, size) = (self.listing.left() + self.beyond, self.signed.checkpoint().size);
        let asked = self.range.size;
        if asked < size {
            let what = format!(
                "given up after {} files that are wrong or could not be had, at entry {asked} of {size}: the rest was not \
                 looked at",
                self.faults
            );
            self.report.note(format!("{}tile/", self.prefix), what);
        }
        if left > 0 && !self.is_broken {
            let what = format!(
                "{left} of the tiles and bundles reach further than the {size} entries of the newest checkpoint: what is \
                 beyond them is not signed yet, and was not looked at"
            );
            self.report.note(format!("{}tile/", self.prefix), what);
        }
        staged::look(self.source, self.prefix, &self.listing.staging, self.signed.checkpoint(), self.report).await;
        let (signed, at, entries, roots) = (self.signed.clone(), at.to_owned(), self.entries, self.roots);
        Rebuilt { signed, at, entries, asked, roots }
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
