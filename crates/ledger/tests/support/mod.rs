//! A store and a lock that fail on command, and the checker that looks at everything they hold.
//!
//! Not here: what the tests do with them. The checker shares no code with the log: it computes roots and tiles by the letter
//! of RFC 6962 and C2SP tlog-tiles. Invariant: after every single write the weak check runs; after every restart the whole one.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

pub(crate) mod chance;
pub(crate) mod check;
pub(crate) mod postgres;
pub(crate) mod watcher;
pub(crate) mod world;

use std::sync::Arc;

use ledger::{Config, Log, Parts};
use seal::tlog::{Entry, EntryKind, KeyKind, SignerKey, leaf_hash};

pub(crate) const ORIGIN: &str = "log.example/one";

pub(crate) fn signer() -> SignerKey {
    SignerKey::new(ORIGIN, KeyKind::Log, &[7; 32]).unwrap()
}

pub(crate) fn entry(number: u64) -> Entry {
    let kind = if number.is_multiple_of(3) { EntryKind::Event } else { EntryKind::Recording };
    Entry { kind, commitment: leaf_hash(&number.to_be_bytes()) }
}

pub(crate) fn parts(world: &Arc<world::World>) -> Parts {
    Parts { objects: Arc::new(world.disk()), lock: Arc::new(world.latch()), signer: signer(), witnesses: Vec::new() }
}

/// A log of `count` entries in a new world, closed again.
pub(crate) async fn world_of(count: u64) -> Arc<world::World> {
    let world = Arc::new(world::World::default());
    Log::create(&parts(&world)).await.unwrap();
    if count > 0 {
        grow(&world, 0..count).await;
    }
    world
}

/// Starts the log, appends these entries and closes it.
pub(crate) async fn grow(world: &Arc<world::World>, numbers: std::ops::Range<u64>) {
    let log = Log::open(Config::default(), parts(world)).await.unwrap();
    for (appended, number) in append(&log, numbers.clone()).await.into_iter().zip(numbers) {
        world.acknowledge(entry(number), appended.unwrap().index);
    }
    log.close().await;
}

/// Appends side by side.
pub(crate) async fn append(
    log: &Log,
    numbers: std::ops::Range<u64>,
) -> Vec<Result<ledger::Appended, ledger::AppendError>> {
    futures_util::future::join_all(numbers.map(|number| log.append(entry(number)))).await
}
