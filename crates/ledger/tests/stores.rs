//! What every store of objects has to keep, whichever it is: a folder, memory, a bucket; the bucket in a real Ceph as well.
//!
//! Not here: faults of a disk (`faults.rs`), a log on a store (`folder.rs`, and the service's tests). Needs Debian's `radosgw` and
//! what belongs to it (`crates/ceph`). Invariant: each test has a bucket or a prefix of its own.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use ceph::{Ceph, Gateway, Manner, Road};
use ledger::{Bucket, Folder, Memory, Objects, ReadSide as _, StoreError};
use object_store::memory::InMemory;

/// A bucket of its own in the server that all tests here share.
fn new_bucket(gateway: &Gateway) -> String {
    let name = gateway.new_name("stores");
    gateway.make_bucket(&name);
    name
}

fn open(gateway: &Gateway, bucket: &str, prefix: &str) -> Bucket {
    Bucket::new(Arc::new(gateway.client(bucket).build().unwrap()), prefix)
}

/// By a road that may lose what it carries.
fn open_by(road: &Road, bucket: &str) -> Bucket {
    let retry = object_store::RetryConfig { max_retries: 2, ..object_store::RetryConfig::default() };
    Bucket::new(Arc::new(road.client(bucket).with_retry(retry).build().unwrap()), "log")
}

#[tokio::test]
async fn every_store_keeps_the_contract() {
    let root = tempfile::tempdir().unwrap();
    let (ceph, memory) = (Ceph::shared().main(), Arc::new(InMemory::new()));
    let bucket = new_bucket(ceph);
    let stores: Vec<(&str, Box<dyn Objects>)> = vec![
        ("folder", Box::new(Folder::open(&root.path().join("objects")).unwrap())),
        ("memory", Box::new(Memory::default())),
        ("bucket in memory", Box::new(Bucket::new(memory.clone(), "some/prefix"))),
        ("bucket in memory, no prefix", Box::new(Bucket::new(memory, ""))),
        ("bucket", Box::new(open(ceph, &bucket, "some/prefix"))),
        ("bucket, no prefix", Box::new(open(ceph, &bucket, ""))),
    ];
    for (name, store) in stores {
        objects_stay(name, &*store).await;
        notes_move_on(name, &*store).await;
        odd_paths_are_refused(name, &*store).await;
    }
}

async fn objects_stay(name: &str, store: &dyn Objects) {
    let (one, deep) = ("tile/0/000.p/7", "tile/0/x001/x002/003");
    assert_eq!(store.read(one, 10).await.unwrap(), None, "{name}");
    for _ in 0..2 {
        store.create(one, b"seven").await.unwrap();
        store.create(deep, b"deep").await.unwrap();
        store.create("staging/empty", b"").await.unwrap();
    }
    for other in [&b"other"[..], b"seven and more", b"seve", b""] {
        assert!(matches!(store.create(one, other).await, Err(StoreError::Differs { .. })), "{name}: {other:?}");
    }
    assert_eq!(store.read(one, 5).await.unwrap().as_deref(), Some(&b"seven"[..]), "{name}");
    assert_eq!(store.read("staging/empty", 0).await.unwrap().as_deref(), Some(&b""[..]), "{name}");
    assert!(matches!(store.read(one, 4).await, Err(StoreError::TooLarge { .. })), "{name}");
    for folder in ["tile/0/000.p", "tile", "tile/0/000.p/7/8"] {
        assert_eq!(store.read(folder, 4).await.unwrap(), None, "{name}: {folder} is no object");
    }
    let large = vec![7; 5 << 20];
    store.create("staging/large", &large).await.unwrap();
    assert!(store.read("staging/large", large.len()).await.unwrap().unwrap() == large, "{name}");
    for _ in 0..2 {
        store.delete("staging/large").await.unwrap();
    }
    assert_eq!(store.read("staging/large", 10).await.unwrap(), None, "{name}");
    store.create("staging/large", b"another").await.unwrap();
}

async fn notes_move_on(name: &str, store: &dyn Objects) {
    for note in [&b"one"[..], b"two", b"two", b"three, longer", b"4"] {
        store.overwrite("checkpoint", note).await.unwrap();
        assert_eq!(store.read("checkpoint", 20).await.unwrap().as_deref(), Some(note), "{name}");
    }
    store.create("pending", b"one").await.unwrap();
    store.overwrite("pending", b"two").await.unwrap();
    assert_eq!(store.read("pending", 20).await.unwrap().as_deref(), Some(&b"two"[..]), "{name}");
}

async fn odd_paths_are_refused(name: &str, store: &dyn Objects) {
    for odd in ["../escape", "/etc/passwd", "", "a/../../b", "./a", "a\0b"] {
        assert!(store.create(odd, b"x").await.is_err(), "{name}: {odd:?} was made");
        assert!(store.overwrite(odd, b"x").await.is_err(), "{name}: {odd:?} was written");
    }
}

#[tokio::test]
async fn of_many_writers_one_creates() {
    let root = tempfile::tempdir().unwrap();
    let ceph = Ceph::shared().main();
    let bucket = new_bucket(ceph);
    let folder = Folder::open(root.path()).unwrap();
    let stores: Vec<(&str, Vec<Box<dyn Objects>>)> = vec![
        ("folder", (0..8).map(|_| Box::new(folder.clone()) as Box<dyn Objects>).collect()),
        ("bucket", (0..8).map(|_| Box::new(open(ceph, &bucket, "race")) as Box<dyn Objects>).collect()),
    ];
    for (name, writers) in stores {
        for round in 0..10 {
            let path = format!("tile/0/{round:03}");
            let written = writers.iter().enumerate().map(|(at, writer)| {
                let (path, bytes) = (path.clone(), vec![u8::try_from(at).unwrap(); 8 * 1024]);
                async move { writer.create(&path, &bytes).await }
            });
            let written = futures_util::future::join_all(written).await;
            let won: Vec<usize> = (0..written.len()).filter(|at| written[*at].is_ok()).collect();
            assert_eq!(won.len(), 1, "{name}, round {round}: {written:?}");
            let lost = written.iter().filter(|made| matches!(made, Err(StoreError::Differs { .. }))).count();
            assert_eq!(lost, written.len() - 1, "{name}, round {round}: {written:?}");
            let there = writers[0].read(&path, 8 * 1024).await.unwrap().unwrap();
            assert!(there.iter().all(|byte| usize::from(*byte) == won[0]), "{name}, round {round}");
        }
    }
}

#[tokio::test]
async fn two_logs_share_a_bucket_and_no_object() {
    let ceph = Ceph::shared().main();
    let bucket = new_bucket(ceph);
    let logs = ["", "a", "a/b", "A"].map(|prefix| open(ceph, &bucket, prefix));
    for (at, log) in logs.iter().enumerate() {
        log.create("tile/0/000", &[u8::try_from(at).unwrap()]).await.unwrap();
    }
    for (at, log) in logs.iter().enumerate() {
        assert_eq!(log.read("tile/0/000", 1).await.unwrap().unwrap(), [u8::try_from(at).unwrap()]);
    }
    assert_eq!(
        logs[0].read("a/b/tile/0/000", 1).await.unwrap().unwrap(),
        [2],
        "the prefix is the beginning of its keys"
    );
}

#[tokio::test]
async fn whoever_was_overtaken_overwrites_nothing() {
    let ceph = Ceph::shared().main();
    let bucket = new_bucket(ceph);
    let (old, new) = (open(ceph, &bucket, "log"), open(ceph, &bucket, "log"));
    old.overwrite("pending", b"size 1").await.unwrap();
    new.overwrite("pending", b"size 2").await.unwrap();
    let late = old.overwrite("pending", b"size 1, late").await;
    assert!(matches!(late, Err(StoreError::Differs { .. })), "{late:?}");
    assert_eq!(new.read("pending", 20).await.unwrap().as_deref(), Some(&b"size 2"[..]));
    new.overwrite("pending", b"size 3").await.unwrap();
    // The same bytes are no quarrel.
    old.overwrite("pending", b"size 3").await.unwrap();
}

/// A write of a process that was killed may be carried out after the next one has looked.
#[tokio::test]
async fn a_late_write_of_the_one_before_stops_nobody() {
    let ceph = Ceph::shared().main();
    let bucket = new_bucket(ceph);
    let (killed, next) = (open(ceph, &bucket, "log"), open(ceph, &bucket, "log"));
    killed.overwrite("pending", b"size 1").await.unwrap();
    let late = async {
        // Between the look of the next and its write, or at any other moment: one fewer than it is tried, for each may hit.
        for size in 2..5 {
            let _ = killed.overwrite("pending", format!("size {size}, late").as_bytes()).await;
        }
    };
    let (written, ()) = tokio::join!(next.overwrite("pending", b"size 9"), late);
    written.unwrap();
    assert_eq!(next.read("pending", 20).await.unwrap().as_deref(), Some(&b"size 9"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_done_once() {
    let ceph = Ceph::shared().main();
    let bucket = new_bucket(ceph);
    let road = Road::to(ceph);
    let (store, direct) = (open_by(&road, &bucket), open(ceph, &bucket, "log"));
    for lost in 1..=3 {
        let path = format!("tile/0/{lost:03}");
        road.be(Manner::LosesAnswers(lost));
        store.create(&path, b"bytes").await.unwrap();
        assert_eq!(direct.read(&path, 9).await.unwrap().as_deref(), Some(&b"bytes"[..]));
        road.be(Manner::LosesAnswers(lost));
        let other = store.create(&path, b"other").await;
        assert!(matches!(other, Err(StoreError::Differs { .. })), "{lost} lost: {other:?}");
        for note in ["one", "two"] {
            road.be(Manner::LosesAnswers(lost));
            store.overwrite("pending", format!("{note} {lost}").as_bytes()).await.unwrap();
            assert_eq!(direct.read("pending", 9).await.unwrap().unwrap(), format!("{note} {lost}").as_bytes());
        }
    }
    road.be(Manner::Busy(2));
    store.create("tile/0/100", b"bytes").await.unwrap();
    assert_eq!(road.hindered(), 4 * (1 + 2 + 3) + 2, "the road did as it was told");
    road.be(Manner::Busy(u32::MAX));
    let busy = store.create("tile/0/101", b"bytes").await;
    let Err(StoreError::Failed { what, .. }) = busy else { panic!("{busy:?}") };
    assert_eq!(what, "the service answers 503 Service Unavailable (SlowDown)");
}

#[tokio::test]
async fn a_service_that_honours_conditions_is_told_from_one_that_does_not() {
    let ceph = Ceph::shared().main();
    let bucket = new_bucket(ceph);
    let store = open(ceph, &bucket, "log");
    for _ in 0..3 {
        store.prove().await.unwrap();
    }
    assert_eq!(store.read("staging/probe", 9).await.unwrap().as_deref(), Some(&b"first\n"[..]), "it was made once");
    // The gateway of this version looks for the new version alone, which is never there.
    ceph.keep_versions(&bucket);
    for prefix in ["log", "another"] {
        let unfit = open(ceph, &bucket, prefix).prove().await;
        assert!(matches!(unfit, Err(StoreError::Unfit { .. })), "{prefix}: {unfit:?}");
    }
}

#[tokio::test]
async fn what_a_service_refuses_is_said_in_one_line_without_secrets() {
    let ceph = Ceph::shared().main();
    let bucket = new_bucket(ceph);
    let build = |client: object_store::aws::AmazonS3Builder| Bucket::new(Arc::new(client.build().unwrap()), "log");
    let rows = [
        (
            build(ceph.client(&bucket).with_secret_access_key("wrong-and-secret")),
            "403 Forbidden (SignatureDoesNotMatch)",
        ),
        (build(ceph.client(&bucket).with_access_key_id("NOBODY")), "403 Forbidden (InvalidAccessKeyId)"),
        (build(ceph.client("no-such-bucket")), "404 Not Found (NoSuchBucket)"),
    ];
    for (store, words) in rows {
        for failed in [
            store.prove().await,
            store.create("tile/0/000", b"x").await,
            store.overwrite("pending", b"x").await,
            store.read("pending", 9).await.map(drop),
        ] {
            let Err(StoreError::Failed { what, .. }) = failed else { panic!("{words}: {failed:?}") };
            assert!(what.starts_with("the service answers ") && what.lines().count() == 1, "{what}");
            // Asked for its head alone, a service gives no code.
            assert!(what.contains(words) || what.ends_with("403 Forbidden"), "{words}: {what}");
            assert!(!what.contains("secret") && !what.contains(ceph::ACCESS_KEY), "{what}");
        }
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let retry = object_store::RetryConfig { max_retries: 1, ..object_store::RetryConfig::default() };
    let away = build(ceph.client(&bucket).with_endpoint(format!("http://{nobody}")).with_retry(retry));
    let failed = away.read("pending", 9).await;
    let Err(StoreError::Failed { what, .. }) = failed else { panic!("{failed:?}") };
    assert!(what.starts_with("no answer from the service: ") && what.contains("refused"), "{what}");
}
