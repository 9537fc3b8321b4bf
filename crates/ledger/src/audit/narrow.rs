//! Partial tiles and bundles of earlier sizes, which no current proof needs: each must be the beginning of the wider ones.
//!
//! Not here: the widest that the log needs now, which are held against the whole tree (`rebuild.rs`). They are looked at because they
//! are still served and may be cached for ever. Invariant: one tile's objects are in memory at a time.

use std::collections::BTreeMap;

use super::Report;
use crate::objects::ReadSide;
use crate::tiles::bundle::{BUNDLE_BYTES_MAX, ENTRY_BYTES};
use crate::tiles::{TILE_BYTES_MAX, TILE_WIDTH};

/// Bytes of a hash in a tile.
const HASH_BYTES: usize = 32;

/// Names every object that is not the beginning of the widest one of its place, and what is no tile or bundle at all.
pub(super) async fn hold(source: &dyn ReadSide, prefix: &str, report: &mut Report) {
    let paths = match source.tiles().await {
        Ok(paths) => paths,
        Err(error) => return report.find(format!("{prefix}tile/"), None, error.to_string()),
    };
    let mut places: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for path in paths {
        match place(&path) {
            Some((place, width)) => places.entry(place).or_default().push((width, path)),
            None => report.find(format!("{prefix}{path}"), None, "it is neither a tile nor a bundle"),
        }
    }
    for (place, mut objects) in places.into_iter().filter(|(_, objects)| objects.len() > 1) {
        objects.sort_unstable();
        let Some((_, widest)) = objects.pop() else { continue };
        let wide = read(source, &widest).await;
        for (width, path) in objects {
            let item_bytes = if place.starts_with("tile/entries/") { ENTRY_BYTES } else { HASH_BYTES };
            let narrow = read(source, &path).await;
            let length = usize::try_from(width).unwrap_or(0) * item_bytes;
            report.objects += 1;
            let (Some(narrow), Some(wide)) = (narrow, &wide) else {
                report.find(format!("{prefix}{path}"), None, "it could not be read, or what it is the beginning of");
                continue;
            };
            let differs = narrow.iter().zip(wide).position(|(one, two)| one != two);
            if narrow.len() != length || differs.is_some() {
                let at = differs.map_or(0, |at| at / item_bytes);
                report.find(
                    format!("{prefix}{path}"),
                    index(&place, at),
                    format!("it is not the beginning of {widest}"),
                );
            }
        }
    }
}

async fn read(source: &dyn ReadSide, path: &str) -> Option<Vec<u8>> {
    source.read(path, BUNDLE_BYTES_MAX.max(TILE_BYTES_MAX)).await.ok().flatten()
}

/// A tile's path without its width, and that width; `None` for what no log writes.
fn place(path: &str) -> Option<(String, u64)> {
    let (place, width) = match path.split_once(".p/") {
        Some((place, width)) => (place, width.parse().ok().filter(|n: &u64| *n > 0 && *n < TILE_WIDTH)?),
        None => (path, TILE_WIDTH),
    };
    let mut parts = place.strip_prefix("tile/")?.split('/');
    let level = parts.next()?;
    let is_level = level == "entries" || level.parse::<u8>().is_ok_and(|level| level < 64);
    let numbered = parts
        .all(|part| part.trim_start_matches('x').len() == 3 && part.trim_start_matches('x').parse::<u16>().is_ok());
    (is_level && numbered && place.matches('/').count() > 1).then(|| (place.to_owned(), width))
}

/// The entry that the n-th item of an object is about.
fn index(place: &str, at: usize) -> Option<u64> {
    let mut parts = place.strip_prefix("tile/")?.split('/');
    let level: u32 = match parts.next()? {
        "entries" => 0,
        level => level.parse().ok()?,
    };
    let number = parts.try_fold(0_u64, |number, part| {
        number.checked_mul(1_000)?.checked_add(part.trim_start_matches('x').parse().ok()?)
    })?;
    number.checked_mul(TILE_WIDTH)?.checked_add(at as u64)?.checked_mul(1_u64.checked_shl(8 * level)?)
}
