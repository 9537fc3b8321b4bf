//! The checker: everything a log has left behind, against everything it has promised.
//!
//! Not here: any code of the log; roots and tiles are computed by the letter of the standards. Two strengths: [`weak`] holds at
//! any moment, even in the middle of a batch; [`whole`] holds whenever a log has started or come to rest.

use std::collections::BTreeMap;

use seal::tlog::{Entry, Hash, Signed, SignedCheckpoint, empty_root, leaf_hash, node_hash};

use super::signer;
use super::world::World;

/// What holds at any moment: nothing is promised or published beyond the lock, and what the lock holds can be completed.
pub(crate) fn weak(world: &World) {
    let Some(held) = world.held() else { return };
    let (before, note) = take_apart(&held);
    let lock = parse(note);
    for name in ["pending", "checkpoint"] {
        if let Some(note) = world.object(name) {
            let size = parse(&note).checkpoint().size;
            assert!(size <= lock.checkpoint().size, "{name} is beyond the lock{}", trace(world));
        }
    }
    let Some(pending) = world.object("pending").map(|note| parse(&note)) else {
        assert_eq!(lock.checkpoint().size, 0, "entries without `pending`");
        return;
    };
    let new = lock.checkpoint();
    assert!(pending.checkpoint().size <= new.size);
    assert!(world.promised() <= new.size, "promised beyond the lock{}", trace(world));
    let root: String = new.root.iter().map(|byte| format!("{byte:02x}")).collect();
    let staged = world.object(&format!("staging/{before}-{}-{root}", new.size)).is_some();
    let size = if staged { before } else { new.size };
    // A partial object may go once the full one is there (C2SP tlog-tiles).
    let is_full = |name: &str| name.split_once(".p/").is_some_and(|(full, _)| world.object(full).is_some());
    let is_there = |name: &str| world.object(name).is_some() || is_full(name);
    let missing: Vec<String> = names(size).into_iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "neither staged nor there: {missing:?}{}", trace(world));
}

/// What holds at rest: every tile and every entry is what the lock's root says, and every promise is kept.
pub(crate) fn whole(world: &World) {
    let held = world.held().unwrap();
    let lock = read(take_apart(&held).1);
    let objects = world.objects.copy();
    let size = lock.checkpoint().size;
    let pending = read(&objects["pending"]);
    assert_eq!(pending.checkpoint(), lock.checkpoint(), "`pending` is not the lock's{}", trace(world));
    let entries = read_entries(&objects, size);
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(&entry.bytes())).collect();
    assert_eq!(slow_root(&leaves), lock.checkpoint().root, "the entries lead to another root");
    for (path, bytes) in tiles(&leaves) {
        assert_eq!(objects.get(&path), Some(&bytes), "{path}");
    }
    if let Some(note) = objects.get("checkpoint") {
        let published = read(note);
        let there = published.checkpoint();
        assert_eq!(slow_root(&leaves[..there.size as usize]), there.root, "`checkpoint` is of another history");
    }
    for (index, entry) in world.acknowledged() {
        assert_eq!(
            entries.get(index as usize),
            Some(&entry),
            "entry {index} is not where it was promised{}",
            trace(world)
        );
    }
    for note in world.signed.lock().unwrap().iter() {
        let signed = read(take_apart(note).1);
        let there = signed.checkpoint();
        assert_eq!(slow_root(&leaves[..there.size as usize]), there.root, "two histories were signed");
    }
    let distinct: std::collections::BTreeSet<_> = entries.iter().collect();
    assert_eq!(distinct.len(), entries.len(), "an entry is in twice{}", trace(world));
}

fn trace(world: &World) -> String {
    let trace = world.trace.lock().unwrap();
    format!("\nlast calls:\n{}", trace[trace.len().saturating_sub(40)..].join("\n"))
}

/// What the lock holds: the size before its batch, and the signed checkpoint.
pub(crate) fn take_apart(held: &[u8]) -> (u64, &[u8]) {
    let line = held.iter().position(|byte| *byte == b'\n').unwrap();
    let before = std::str::from_utf8(&held[..line]).unwrap().strip_prefix("after ").unwrap();
    (before.parse().unwrap(), &held[line + 1..])
}

/// Signatures are left to [`whole`].
fn parse(note: &[u8]) -> SignedCheckpoint {
    SignedCheckpoint::parse(note).unwrap()
}

fn read(note: &[u8]) -> SignedCheckpoint {
    let signed = SignedCheckpoint::parse(note).unwrap();
    assert_eq!(signed.signed_by(&signer().verifier()), Signed::Holds);
    signed
}

/// C2SP tlog-tiles, with 256 entries of 36 bytes to a bundle.
fn read_entries(objects: &BTreeMap<String, Vec<u8>>, size: u64) -> Vec<Entry> {
    let mut entries = Vec::new();
    for number in 0..size.div_ceil(256) {
        let width = (size - number * 256).min(256);
        let bytes = &objects[&name("entries", number, width)];
        assert_eq!(bytes.len() as u64, width * 36);
        for record in bytes.chunks(36) {
            assert_eq!(record[..2], [0, 34]);
            entries.push(Entry::parse(&record[2..]).unwrap());
        }
    }
    entries
}

fn name(kind: &str, number: u64, width: u64) -> String {
    let digits = format!("{number:03}");
    assert!(digits.len() <= 3, "the tests stay below a thousand tiles");
    if width == 256 { format!("tile/{kind}/{digits}") } else { format!("tile/{kind}/{digits}.p/{width}") }
}

/// Every tile and bundle of a tree of that size.
fn names(size: u64) -> Vec<String> {
    let mut names = Vec::new();
    let mut kinds = vec![("entries".to_owned(), size)];
    let (mut level, mut hashes) = (0, size);
    while hashes > 0 {
        kinds.push((level.to_string(), hashes));
        (level, hashes) = (level + 1, hashes / 256);
    }
    for (kind, count) in kinds {
        names.extend((0..count / 256).map(|number| name(&kind, number, 256)));
        if count % 256 > 0 {
            names.push(name(&kind, count / 256, count % 256));
        }
    }
    names
}

/// Every tile over these leaves: each hash of a level is the root over 256 of the level below.
fn tiles(leaves: &[Hash]) -> BTreeMap<String, Vec<u8>> {
    let mut tiles = BTreeMap::new();
    let (mut level, mut hashes) = (0, leaves.to_vec());
    while !hashes.is_empty() {
        for (number, tile) in hashes.chunks(256).enumerate() {
            tiles.insert(name(&level.to_string(), number as u64, tile.len() as u64), tile.concat());
        }
        hashes = hashes.chunks_exact(256).map(slow_root).collect();
        level += 1;
    }
    tiles
}

/// RFC 6962 section 2.1, word for word.
pub(crate) fn slow_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&slow_root(left), &slow_root(right))
        }
    }
}
