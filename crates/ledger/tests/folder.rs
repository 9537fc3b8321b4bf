//! A log in a folder with its lock in SQLite: appends, restarts, and what a restored backup does.
//!
//! Not here: faults (`faults.rs`), witnesses (`witnesses.rs`).
//! Invariant: each test has a folder of its own.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use ledger::{
    AppendError, Bucket, Config, Folder, LockError, Log, Memory, Objects, Parts, Refused, SqliteLock, StoreError,
};
use seal::tlog::{Entry, EntryKind, KeyKind, SignerKey};

async fn parts(root: &Path) -> Parts {
    parts_with(root, lock(root).await)
}

async fn lock(root: &Path) -> SqliteLock {
    SqliteLock::open(&root.join("lock.sqlite"), Some(&root.join("objects"))).await.unwrap()
}

fn parts_with(root: &Path, lock: SqliteLock) -> Parts {
    Parts {
        objects: Arc::new(Folder::open(&root.join("objects")).unwrap()),
        lock: Arc::new(lock),
        signer: SignerKey::new("log.example", KeyKind::Log, &[1; 32]).unwrap(),
        witnesses: Vec::new(),
    }
}

fn entry(number: u64) -> Entry {
    Entry { kind: EntryKind::Event, commitment: seal::tlog::leaf_hash(&number.to_be_bytes()) }
}

fn config(root: &Path) -> Config {
    Config { index: Some(root.join("index")), ..Config::default() }
}

async fn append_all(log: &Arc<Log>, numbers: std::ops::Range<u64>) -> Vec<u64> {
    let mut tasks = Vec::new();
    for number in numbers {
        let log = Arc::clone(log);
        tasks.push(tokio::spawn(async move { log.append(entry(number)).await.unwrap() }));
    }
    let mut indices = Vec::new();
    for task in tasks {
        let appended = task.await.unwrap();
        assert!(appended.witnessed, "no witness is asked for");
        indices.push(appended.index);
    }
    indices
}

#[tokio::test]
async fn entries_keep_their_indices_over_restarts_and_duplicates() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    assert!(matches!(Log::open(config(root), parts(root).await).await, Err(Refused::NotCreated)));
    Log::create(&parts(root).await).await.unwrap();
    assert!(matches!(Log::create(&parts(root).await).await, Err(Refused::Exists)));

    let log = Arc::new(Log::open(config(root), parts(root).await).await.unwrap());
    let first = append_all(&log, 0..700).await;
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..700).collect::<Vec<_>>());
    log.close().await;
    assert!(matches!(log.append(entry(0)).await, Err(AppendError::Stopped(_))));
    drop(log);

    let log = Arc::new(Log::open(config(root), parts(root).await).await.unwrap());
    assert_eq!(append_all(&log, 0..700).await, first, "duplicates after a restart");
    assert_eq!(append_all(&log, 700..701).await, [700]);
    let proof = log.append(entry(3)).await.unwrap().proof;
    assert!(proof.is_for(&entry(3).leaf_hash()));
    assert_eq!(proof.checkpoint.checkpoint().size, 701);
    assert_eq!(log.status().counts.duplicates, 701);
}

#[tokio::test]
async fn a_restored_folder_or_lock_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let (today, yesterday) = (root.path().join("today"), root.path().join("yesterday"));
    std::fs::create_dir_all(&today).unwrap();
    let file = lock(&today).await;
    Log::create(&parts_with(&today, file.clone())).await.unwrap();
    file.close().await;
    // SQLite's files are copied and replaced below, so nothing may still have them open.
    let run = async |from: u64, to: u64| {
        let file = lock(&today).await;
        let log = Arc::new(Log::open(config(&today), parts_with(&today, file.clone())).await.unwrap());
        append_all(&log, from..to).await;
        log.close().await;
        file.close().await;
    };
    let refused = async || {
        let file = lock(&today).await;
        let opened = Log::open(config(&today), parts_with(&today, file.clone())).await;
        file.close().await;
        opened.map(drop).unwrap_err()
    };
    run(0, 300).await;
    copy(&today, &yesterday);
    run(300, 600).await;

    let keep = root.path().join("keep");
    copy(&today, &keep);
    replace(&yesterday.join("objects"), &today.join("objects"));
    assert!(matches!(refused().await, Refused::ObjectsBehind { lock: 600, objects: 300 }), "yesterday's objects");

    replace(&keep.join("objects"), &today.join("objects"));
    for name in ["lock.sqlite", "lock.sqlite-wal", "lock.sqlite-shm"] {
        let _ = std::fs::remove_file(today.join(name));
        let _ = std::fs::copy(yesterday.join(name), today.join(name));
    }
    assert!(matches!(refused().await, Refused::LockBehind { lock: 300, objects: 600 }), "yesterday's lock");

    for name in ["lock.sqlite", "lock.sqlite-wal", "lock.sqlite-shm"] {
        let _ = std::fs::remove_file(today.join(name));
    }
    assert!(matches!(refused().await, Refused::LockMissing));
    let inside = SqliteLock::open(&today.join("objects/lock.sqlite"), Some(&today.join("objects"))).await;
    assert!(matches!(inside, Err(LockError::Setup(_))));
}

fn replace(from: &Path, to: &Path) {
    std::fs::remove_dir_all(to).unwrap();
    copy(from, to);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The contract of every store, against each of them.
#[tokio::test]
async fn every_store_keeps_the_contract() {
    let root = tempfile::tempdir().unwrap();
    let bucket = Bucket::new(Arc::new(object_store::memory::InMemory::new()), "some/prefix");
    let stores: [(&str, Box<dyn Objects>); 3] = [
        ("folder", Box::new(Folder::open(&root.path().join("objects")).unwrap())),
        ("bucket", Box::new(bucket)),
        ("memory", Box::new(Memory::default())),
    ];
    for (name, store) in stores {
        let (one, deep) = ("tile/0/000.p/7", "tile/0/x001/x002/003");
        assert_eq!(store.read(one, 10).await.unwrap(), None, "{name}");
        for _ in 0..2 {
            store.create(one, b"seven").await.unwrap();
            store.create(deep, b"deep").await.unwrap();
        }
        assert!(matches!(store.create(one, b"other").await, Err(StoreError::Differs { .. })), "{name}");
        assert!(matches!(store.create(one, b"seven and more").await, Err(StoreError::Differs { .. })), "{name}");
        assert_eq!(store.read(one, 5).await.unwrap().as_deref(), Some(&b"seven"[..]), "{name}");
        assert!(matches!(store.read(one, 4).await, Err(StoreError::TooLarge { .. })), "{name}");
        assert_eq!(store.read("tile/0/000.p", 4).await.unwrap(), None, "{name}: a folder is no object");
        for note in [&b"one"[..], b"two"] {
            store.overwrite("checkpoint", note).await.unwrap();
            assert_eq!(store.read("checkpoint", 10).await.unwrap().as_deref(), Some(note), "{name}");
        }
        store.create("staging/1", b"x").await.unwrap();
        for _ in 0..2 {
            store.delete("staging/1").await.unwrap();
        }
        assert_eq!(store.read("staging/1", 10).await.unwrap(), None, "{name}");
    }
    let folder = Folder::open(&root.path().join("objects")).unwrap();
    for outside in ["../escape", "/etc/passwd", "", "a/../../b", "./a"] {
        assert!(folder.create(outside, b"x").await.is_err(), "{outside}");
    }
}
