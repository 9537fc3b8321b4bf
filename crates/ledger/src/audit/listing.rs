//! What a side can list: tiles and bundles that the newest tree does not ask for, and staging objects.
//!
//! Not here: holding them against anything (`rebuild.rs`, `staged.rs`). They are looked at because they are still served and may be
//! cached for ever. Invariants: a path has one spelling; what the rebuilding reads anyway is not kept, so that memory grows
//! with what is left over and not with the log.

use std::collections::BTreeMap;

use super::report::{Kind, Report};
use crate::objects::ReadSide;
use crate::tiles::{TILE_HEIGHT, TILE_WIDTH, TileAt, bundle_path};

/// Where staging objects are.
const STAGING: &str = "staging/";

/// Which row of a log's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Row {
    Entries,
    Level(u32),
}

impl Row {
    fn path(self, number: u64, width: u64) -> String {
        match self {
            Row::Entries => bundle_path(number, width),
            Row::Level(level) => TileAt { level, number }.path(width),
        }
    }

    /// How wide the object is in a tree of `size`.
    fn width(self, number: u64, size: u64) -> u64 {
        let level = if let Row::Level(level) = self { level } else { 0 };
        TileAt { level, number }.width(size)
    }

    /// The entry that an item of an object is about, or the first of those it is about.
    pub(super) fn index(self, number: u64, at: u64) -> Option<u64> {
        let level = if let Row::Level(level) = self { level } else { 0 };
        number.checked_mul(TILE_WIDTH)?.checked_add(at)?.checked_mul(1_u64.checked_shl(TILE_HEIGHT * level)?)
    }
}

/// What was listed and is not part of the newest tree's own objects.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By place: width and path, in no order.
    extras: BTreeMap<(Row, u64), Vec<(u64, String)>>,
    pub(super) staging: Vec<String>,
}

impl Listing {
    /// Lists a side; `size` is that of the tree that is going to be rebuilt. What is no object of a log is named.
    pub(super) async fn of(source: &dyn ReadSide, prefix: &str, size: u64, report: &mut Report) -> Listing {
        let mut listing = Listing::default();
        let paths = match source.tiles().await {
            Ok(paths) => paths,
            Err(error) => {
                report.find_error(format!("{prefix}tile/"), &error);
                return listing;
            }
        };
        for path in paths {
            if path.starts_with(STAGING) {
                listing.staging.push(path);
                continue;
            }
            match parse(&path) {
                Some((row, number, width)) if width == row.width(number, size) => {}
                Some((row, number, width)) => {
                    listing.extras.entry((row, number)).or_default().push((width, path));
                }
                None => report.find(Kind::Stray, format!("{prefix}{path}"), None, "it is neither a tile nor a bundle"),
            }
        }
        listing
    }

    /// The objects of a place, but for the one that was used.
    pub(super) fn take(&mut self, row: Row, number: u64, used: &str) -> Vec<(u64, String)> {
        let mut objects = self.extras.remove(&(row, number)).unwrap_or_default();
        objects.retain(|(_, path)| path != used);
        objects
    }

    /// How many were not taken: they are of a larger tree.
    pub(super) fn left(&self) -> u64 {
        self.extras.values().map(|objects| objects.len() as u64).sum()
    }
}

/// A tile's or bundle's path taken apart; `None` for what no log writes.
fn parse(path: &str) -> Option<(Row, u64, u64)> {
    let (place, width) = match path.split_once(".p/") {
        Some((place, width)) => (place, width.parse().ok().filter(|n| (1..TILE_WIDTH).contains(n))?),
        None => (path, TILE_WIDTH),
    };
    let (row, number) = place.strip_prefix("tile/")?.split_once('/')?;
    let row = match row {
        "entries" => Row::Entries,
        level => Row::Level(level.parse().ok().filter(|level| *level < 64)?),
    };
    let number = number.split('/').try_fold(0_u64, |number, part| {
        number.checked_mul(1_000)?.checked_add(part.trim_start_matches('x').parse().ok()?)
    })?;
    (row.path(number, width) == path).then_some((row, number, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_of_an_object_is_read() {
        for (path, parsed) in [
            ("tile/0/000", (Row::Level(0), 0, 256)),
            ("tile/entries/x001/067.p/3", (Row::Entries, 1067, 3)),
            ("tile/63/x999/x000/001.p/255", (Row::Level(63), 999_000_001, 255)),
        ] {
            assert_eq!(parse(path), Some(parsed), "{path}");
        }
        for bad in [
            "tile/0",
            "tile/0/",
            "tile/00/000",
            "tile/64/000",
            "tile/+1/000",
            "tile/0/0",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/xx01/002",
            "tile/0/+01",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/007",
            "tile/0/000.p/1.p/1",
            "tile/entries/000~",
            "tile/entries/x999/x999/x999/x999/x999/x999/x999/999",
            "other/0/000",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_item_is_known_by_the_entry_it_is_about() {
        for (row, number, at, index) in [
            (Row::Entries, 2, 1, Some(513)),
            (Row::Level(0), 2, 1, Some(513)),
            (Row::Level(1), 0, 1, Some(256)),
            (Row::Level(2), 0, 3, Some(196_608)),
            (Row::Level(63), 0, 1, None),
            (Row::Level(0), u64::MAX, 1, None),
        ] {
            assert_eq!(row.index(number, at), index, "{row:?} {number} {at}");
        }
    }
}
