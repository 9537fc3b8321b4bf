//! What every store has to keep, whichever it is: a folder, memory, a bucket with and without versions in a real Ceph.
//!
//! Not here: faults (`stores_folder.rs`, `stores_bucket.rs`). Needs Debian's `radosgw` and what belongs to it (`crates/ceph`).
//! Invariant: each test has a folder and a bucket of its own.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ceph::Ceph;
use futures_util::future::join_all;
use proptest::prelude::*;
use support::{Object, Pieces, list};
use vault::store::{Bucket, Deleted, Folder, Memory, New, Owner, Put, Store, StoreError};
use vault::{OwnError, own};

/// What a bucket keeps.
#[derive(Clone, Copy)]
enum Keeps {
    Newest,
    Versions,
    Locks,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

fn new_bucket(keeps: Keeps) -> String {
    let ceph = Ceph::shared().main();
    let name = ceph.new_name("stores");
    match keeps {
        Keeps::Newest => ceph.make_bucket(&name),
        Keeps::Versions => {
            ceph.make_bucket(&name);
            ceph.keep_versions(&name);
        }
        Keeps::Locks => ceph.make_locking_bucket(&name),
    }
    name
}

fn open(name: &str, prefix: &str) -> Bucket {
    Bucket::open(Ceph::shared().main().client(name), name, prefix).unwrap()
}

/// A part of its own in a bucket that all tests here share.
fn bucket(keeps: Keeps) -> Bucket {
    static NAMES: LazyLock<[String; 3]> =
        LazyLock::new(|| [Keeps::Newest, Keeps::Versions, Keeps::Locks].map(new_bucket));
    open(&NAMES[keeps as usize], &format!("part/{}", NEXT.fetch_add(1, Ordering::SeqCst)))
}

/// One of each.
struct Stores {
    _root: tempfile::TempDir,
    all: Vec<(&'static str, Box<dyn Store>)>,
}

impl Stores {
    fn new() -> Stores {
        let root = tempfile::tempdir().unwrap();
        let all: Vec<(&str, Box<dyn Store>)> = vec![
            ("memory", Box::new(Memory::new())),
            ("folder", Box::new(Folder::make(&root.path().join("objects")).unwrap())),
            ("bucket", Box::new(bucket(Keeps::Newest))),
            ("bucket with versions", Box::new(bucket(Keeps::Versions))),
            ("bucket with object lock", Box::new(bucket(Keeps::Locks))),
        ];
        Stores { _root: root, all }
    }
}

#[tokio::test]
async fn what_is_put_comes_back_whole_and_by_range() {
    for (name, store) in Stores::new().all {
        for len_bytes in [0, 1, 70_000, 300_001] {
            let object = Object::made(len_bytes as u64, len_bytes);
            object.assert_none(&*store, name).await;
            assert_eq!(object.put(&*store).await.unwrap(), Put::Written, "{name}");
            object.assert_whole(&*store, name).await;
            for range in [0..0, 0..1, 5..70, 69_999..70_001, 299_990..300_001, 1..300_000] {
                let wanted = object.bytes.get(range.start as usize..range.end as usize);
                match (store.read(&object.digest, range.clone()).await, wanted) {
                    (Ok(read), Some(wanted)) => assert!(read == wanted, "{name}: {range:?}"),
                    (Err(StoreError::Short { .. }), None) => {}
                    (read, _) => assert!(read.is_ok_and(|read| read.is_empty()), "{name}: {range:?} of {len_bytes}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn what_stands_there_is_left_alone() {
    for (name, store) in Stores::new().all {
        let object = Object::made(1, 200_000);
        object.put(&*store).await.unwrap();
        let mut untouched = object.source(1000);
        let again = store.put(&object.digest, object.len_bytes(), &mut untouched).await.unwrap();
        assert_eq!((again, untouched.pieces_left()), (Put::AlreadyThere, 200), "{name}");
        object.assert_whole(&*store, name).await;
    }
}

#[tokio::test]
async fn what_is_named_last_is_named_by_its_bytes() {
    for (name, store) in Stores::new().all {
        let object = Object::made(8, 300_001);
        let mut source = object.source(999);
        let Some(new) = store.put_new(&mut source).await.unwrap() else {
            assert!(name.contains("bucket"), "{name}");
            assert_eq!(source.pieces_left(), object.source(999).pieces_left(), "{name}: nothing was read");
            object.assert_none(&*store, name).await;
            continue;
        };
        let right = New { digest: object.digest, len_bytes: object.len_bytes(), put: Put::Written };
        assert_eq!(new, right, "{name}");
        object.assert_whole(&*store, name).await;
        let again = store.put_new(&mut object.source(70_000)).await.unwrap();
        assert_eq!(again, Some(New { put: Put::AlreadyThere, ..right }), "{name}");
        let other = Object::made(9, 300_001);
        for len_bytes in [0, 999, 300_001] {
            let mut source = Pieces::of(&other.bytes[..len_bytes], 999).failing();
            let put = store.put_new(&mut source).await;
            assert!(matches!(put, Err(StoreError::Source(_))), "{name}: {put:?}");
        }
        let all =
            join_all((0..8).map(|_| async { store.put_new(&mut other.source(9999)).await.unwrap().unwrap() })).await;
        assert!(all.iter().all(|new| new.digest == other.digest), "{name}: {all:?}");
        assert_eq!(all.iter().filter(|new| new.put == Put::Written).count(), 1, "{name}: {all:?}");
        other.assert_whole(&*store, name).await;
        assert_eq!(list(&*store).await.len(), 2, "{name}: nothing else was left");
        assert_eq!(store.tidy(Duration::ZERO).await.unwrap(), 0, "{name}: nothing half written is left either");
    }
}

/// Each way in which a source is not what was announced.
#[tokio::test]
async fn other_bytes_than_announced_leave_nothing() {
    for (name, store) in Stores::new().all {
        for len_bytes in [1000, 300_001] {
            let object = Object::made(2, len_bytes);
            let mut flipped = object.bytes.clone();
            flipped[len_bytes / 2] ^= 1;
            let longer = [&object.bytes[..], &[0]].concat();
            let (len, shorter) = (object.len_bytes(), &object.bytes[..len_bytes - 1]);
            let sources = [
                (len, Pieces::of(&flipped, 999)),
                (len, Pieces::of(&longer, 999)),
                (len, Pieces::of(shorter, 999)),
                (len, Pieces::of(&[], 1)),
                (len + 1, object.source(999)),
                (len - 1, object.source(999)),
            ];
            for (at, (announced, mut source)) in sources.into_iter().enumerate() {
                let put = store.put(&object.digest, announced, &mut source).await;
                assert!(matches!(put, Err(StoreError::NotAsAnnounced { .. })), "{name}, source {at}: {put:?}");
                object.assert_none(&*store, name).await;
            }
            for mut source in [object.source(999), Pieces::of(&object.bytes[..10], 999)].map(Pieces::failing) {
                let put = store.put(&object.digest, len, &mut source).await;
                assert!(matches!(put, Err(StoreError::Source(_))), "{name}: {put:?}");
                object.assert_none(&*store, name).await;
            }
            assert_eq!(store.tidy(Duration::ZERO).await.unwrap(), 0, "{name}: nothing half written is left either");
            assert_eq!(object.put(&*store).await.unwrap(), Put::Written, "{name}");
        }
    }
}

#[tokio::test]
async fn of_many_who_put_one_object_all_find_it_whole() {
    for (name, store) in Stores::new().all {
        for len_bytes in [10, 300_001] {
            let object = Object::made(3, len_bytes);
            let puts = join_all((0..8).map(|_| object.put(&*store))).await;
            assert!(puts.iter().all(Result::is_ok), "{name}: {puts:?}");
            assert!(puts.iter().any(|put| matches!(put, Ok(Put::Written))), "{name}: {puts:?}");
            object.assert_whole(&*store, name).await;
        }
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_may_be_deleted_again() {
    for (name, store) in Stores::new().all {
        let (object, other) = (Object::made(4, 300_001), Object::made(5, 10));
        assert_eq!(store.delete(&object.digest).await.unwrap(), Deleted::default(), "{name}");
        for round in 0..2 {
            object.put(&*store).await.unwrap();
            other.put(&*store).await.unwrap();
            let deleted = store.delete(&object.digest).await.unwrap();
            assert!(deleted.versions >= 1 && deleted.unfinished == 0, "{name}, round {round}: {deleted:?}");
            assert_eq!(store.delete(&object.digest).await.unwrap(), Deleted::default(), "{name}");
            object.assert_none(&*store, name).await;
            other.assert_whole(&*store, name).await;
        }
    }
}

#[tokio::test]
async fn the_list_is_in_order_and_whole() {
    for (name, store) in Stores::new().all {
        assert_eq!(list(&*store).await, [], "{name}");
        let mut digests = Vec::new();
        for seed in 0..23 {
            let object = Object::made(seed, 9);
            object.put(&*store).await.unwrap();
            digests.push(object.digest);
        }
        digests.sort_unstable();
        assert_eq!(list(&*store).await, digests, "{name}");
        for limit in [0, 1, 22, 23, 24, 5000] {
            let wanted = &digests[..limit.min(digests.len())];
            assert_eq!(store.list(None, limit).await.unwrap(), wanted, "{name}: {limit}");
        }
        let absent = Object::made(99, 9).digest;
        let behind: Vec<_> = digests.iter().filter(|digest| **digest > absent).copied().collect();
        assert_eq!(store.list(Some(&absent), 100).await.unwrap(), behind, "{name}: behind one that is not there");
    }
}

#[tokio::test]
async fn what_a_store_locks_it_does_not_remove() {
    for (name, store) in Stores::new().all {
        let object = Object::made(6, 100);
        assert!(matches!(store.lock(&object.digest, true).await, Err(StoreError::Missing { .. })), "{name}");
        object.put(&*store).await.unwrap();
        if store.lock(&object.digest, true).await.unwrap() {
            let deleted = store.delete(&object.digest).await;
            assert!(matches!(deleted, Err(StoreError::Locked { .. })), "{name}: {deleted:?}");
            object.assert_whole(&*store, name).await;
            assert!(store.lock(&object.digest, false).await.unwrap(), "{name}");
        }
        store.delete(&object.digest).await.unwrap();
        object.assert_none(&*store, name).await;
    }
}

/// An office that finds its store empty marks it; from then on it is the other's who is refused.
#[tokio::test]
async fn a_store_belongs_to_whoever_marked_it_first() {
    let (ours, theirs) = (Owner::of(&[1; 16]), Owner::of(&[2; 16]));
    let (object, none) = (Object::made(10, 100), BTreeSet::new());
    for (name, store) in Stores::new().all {
        assert_eq!(store.owner().await.unwrap(), None, "{name}");
        assert!(own(&*store, &ours, &none, None).await.unwrap(), "{name}: marked now");
        assert!(!own(&*store, &ours, &none, None).await.unwrap(), "{name}: marked before");
        assert_eq!(store.claim(&theirs).await.unwrap(), ours, "{name}: a mark is not replaced");
        object.put(&*store).await.unwrap();
        for claimed in [None, Some(0), Some(1)] {
            let refused = own(&*store, &theirs, &none, claimed).await;
            assert!(matches!(refused, Err(OwnError::Another)), "{name}: {refused:?}");
        }
        assert_eq!(list(&*store).await, [object.digest], "{name}: the mark is no object");
        store.delete(&object.digest).await.unwrap();
        assert_eq!(store.tidy(Duration::ZERO).await.unwrap(), 0, "{name}: nor a leftover");
        assert_eq!(store.owner().await.unwrap(), Some(ours), "{name}: it stays, whatever is removed");
    }
}

/// What nobody has marked may be another office's whose mark was lost.
#[tokio::test]
async fn a_store_without_a_mark_is_taken_only_with_nothing_unknown_in_it() {
    let ours = Owner::of(&[1; 16]);
    let (known, unknown) = (Object::made(11, 100), [Object::made(12, 100), Object::made(13, 100)]);
    let names = BTreeSet::from([known.digest]);
    for (name, store) in Stores::new().all {
        known.put(&*store).await.unwrap();
        for object in &unknown {
            object.put(&*store).await.unwrap();
        }
        for claimed in [None, Some(0), Some(1), Some(3)] {
            let refused = own(&*store, &ours, &names, claimed).await;
            assert!(matches!(refused, Err(OwnError::Unmarked { unknown: 2 })), "{name}, {claimed:?}: {refused:?}");
            assert_eq!(store.owner().await.unwrap(), None, "{name}: nothing is written");
        }
        assert!(own(&*store, &ours, &names, Some(2)).await.unwrap(), "{name}: somebody knows better");
        assert_eq!(store.owner().await.unwrap(), Some(ours), "{name}");
    }
    for (name, store) in Stores::new().all {
        known.put(&*store).await.unwrap();
        assert!(own(&*store, &ours, &names, None).await.unwrap(), "{name}: all that is there is known");
    }
}

#[tokio::test]
async fn of_many_who_mark_a_store_at_once_all_see_one() {
    for (name, store) in Stores::new().all {
        let owners: Vec<Owner> = (0..8).map(|number| Owner::of(&[number; 16])).collect();
        let told = join_all(owners.iter().map(|owner| store.claim(owner))).await;
        let stands = store.owner().await.unwrap().unwrap();
        assert!(owners.contains(&stands), "{name}");
        for (owner, told) in owners.iter().zip(told) {
            // Where versions are kept two may be told so in the same moment; from the next look on it is one.
            let is_told = told.unwrap() == *owner && (!name.contains("versions") && !name.contains("lock"));
            assert!(!is_told || stands == *owner, "{name}: whoever is told that it is theirs has it");
            let owned = own(&*store, owner, &BTreeSet::new(), None).await;
            assert_eq!(owned.is_ok(), stands == *owner, "{name}: {owned:?}");
        }
    }
}

/// Prefixes are the beginning of keys: one is no part of another.
#[tokio::test]
async fn stores_that_share_a_bucket_share_no_object() {
    let name = new_bucket(Keeps::Versions);
    let stores = ["", "a", "a/b", "A", "a-b"].map(|prefix| open(&name, prefix));
    let object = |at: usize| Object::made(at as u64, 50);
    for (at, store) in stores.iter().enumerate() {
        object(at).put(store).await.unwrap();
    }
    for (at, store) in stores.iter().enumerate() {
        assert_eq!(list(store).await, [object(at).digest], "{at}");
        assert_eq!(store.delete(&object((at + 1) % 5).digest).await.unwrap(), Deleted::default(), "{at}");
    }
    for (at, store) in stores.iter().enumerate() {
        assert_eq!(store.delete(&object(at).digest).await.unwrap().versions, 1, "{at}");
    }
    for odd in ["..", "a//b", "a b", "a?b", "é"] {
        let opened = Bucket::open(Ceph::shared().main().client(&name), &name, odd);
        assert!(matches!(opened, Err(StoreError::Unfit { .. })), "{odd}");
    }
    let nowhere = Bucket::open(Ceph::shared().main().client("none"), "none", "").unwrap();
    let digest = object(0).digest;
    assert!(matches!(nowhere.len(&digest).await, Err(StoreError::Failed { .. })), "no bucket is no missing object");
    assert!(matches!(nowhere.delete(&digest).await, Err(StoreError::Failed { .. })));
    assert!(matches!(nowhere.list(None, 1).await, Err(StoreError::Failed { .. })));
    assert!(matches!(object(0).put(&nowhere).await, Err(StoreError::Failed { .. })));
}

/// A repair: one store's object goes into another, and one that rots on the way does not.
#[tokio::test]
async fn a_reading_is_a_source_and_knows_rot() {
    let (object, second) = (Object::made(7, 3_000_000), Memory::new());
    object.put(&second).await.unwrap();
    for (name, store) in Stores::new().all {
        let mut reading = second.read_whole(&object.digest).await.unwrap();
        let len_bytes = reading.len_bytes();
        assert_eq!(store.put(&object.digest, len_bytes, &mut reading).await.unwrap(), Put::Written, "{name}");
        object.assert_whole(&*store, name).await;
        store.read_whole(&object.digest).await.unwrap().check().await.unwrap();
    }
    let mut rotten = object.bytes.clone();
    rotten[2_000_000] ^= 1;
    for rotten in [rotten, object.bytes[..2_999_999].to_vec(), Vec::new()] {
        second.replace(&object.digest, Some(rotten));
        let checked = second.read_whole(&object.digest).await.unwrap().check().await;
        assert!(matches!(checked, Err(StoreError::Rotten { .. })), "{checked:?}");
        for (name, store) in Stores::new().all {
            let mut reading = second.read_whole(&object.digest).await.unwrap();
            let put = store.put(&object.digest, object.len_bytes(), &mut reading).await;
            assert!(put.is_err(), "{name}: {put:?}");
            object.assert_none(&*store, name).await;
        }
    }
}

#[tokio::test]
async fn what_stands_there_goes_only_for_what_is_whole() {
    for (name, store) in Stores::new().all {
        let object = Object::made(20, 300_001);
        store.put_over(&object.digest, object.len_bytes(), &mut object.source(999)).await.unwrap();
        object.assert_whole(&*store, name).await;
        let mut flipped = object.bytes.clone();
        flipped[300_000] ^= 1;
        let wrong = [Pieces::of(&flipped, 999), Pieces::of(&object.bytes[..9], 9), object.source(999).failing()];
        for mut source in wrong {
            let put = store.put_over(&object.digest, object.len_bytes(), &mut source).await;
            assert!(put.is_err(), "{name}");
            object.assert_whole(&*store, name).await;
        }
        store.put_over(&object.digest, object.len_bytes(), &mut object.source(999)).await.unwrap();
        object.assert_whole(&*store, name).await;
        assert_eq!(store.tidy(Duration::ZERO).await.unwrap(), 0, "{name}: nothing half written is left either");
        store.delete(&object.digest).await.unwrap();
        object.assert_none(&*store, name).await;
        assert!(!store.uncover(&object.digest, object.len_bytes()).await.unwrap(), "{name}: of nothing");
    }
}

/// What may be done to a store, about one of a few objects.
#[derive(Clone, Copy, Debug)]
enum Act {
    Put(u64),
    Delete(u64),
    List,
    Read(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let which = 0..6_u64;
    prop_oneof![
        which.clone().prop_map(Act::Put),
        which.clone().prop_map(Act::Delete),
        Just(Act::List),
        which.prop_map(Act::Read),
    ]
}

async fn follow(store: &dyn Store, acts: &[Act], name: &str) {
    let object = |seed: u64| Object::made(seed, 40 * seed as usize);
    let mut model = BTreeMap::new();
    for act in acts {
        match *act {
            Act::Put(seed) => {
                let object = object(seed);
                let put = object.put(store).await.unwrap();
                let was_there = model.insert(object.digest, seed).is_some();
                assert_eq!(put == Put::AlreadyThere, was_there, "{name}: {acts:?}");
            }
            Act::Delete(seed) => {
                let digest = object(seed).digest;
                let deleted = store.delete(&digest).await.unwrap();
                assert_eq!(deleted.versions > 0, model.remove(&digest).is_some(), "{name}: {acts:?}");
            }
            Act::List => assert!(list(store).await.iter().eq(model.keys()), "{name}: {acts:?}"),
            Act::Read(seed) => match model.contains_key(&object(seed).digest) {
                true => object(seed).assert_whole(store, name).await,
                false => object(seed).assert_none(store, name).await,
            },
        }
    }
}

/// As many cases as elsewhere, or as `PROPTEST_CASES` says.
#[allow(clippy::disallowed_methods)]
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn follow_all(acts: &[Act], is_wanted: impl Fn(&str) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for (name, store) in Stores::new().all.into_iter().filter(|(name, _)| is_wanted(name)) {
            follow(&*store, acts, name).await;
        }
    });
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn any_sequence_is_as_the_model_has_it(acts in prop::collection::vec(act(), 1..30)) {
        follow_all(&acts, |name| !name.contains("bucket"));
    }
}

// A request takes its time.
proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn any_sequence_is_as_the_model_has_it_in_a_bucket(acts in prop::collection::vec(act(), 1..16)) {
        follow_all(&acts, |name| name.contains("bucket"));
    }
}
