//! A log in a folder with its lock in SQLite: appends, restarts, and what a restored backup does.
//!
//! Not here: faults (`faults.rs`), witnesses (`witnesses.rs`), the folder as a store (`stores.rs`).
//! Invariant: each test has a folder of its own.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/staged.rs"]
mod staged;

use std::path::Path;
use std::sync::Arc;

use ledger::{AppendError, Config, Folder, LockError, Log, Objects as _, Parts, ReadSide as _, Refused, SqliteLock};
use seal::tlog::{Entry, EntryKind, KeyKind, SignerKey};
use staged::staged;

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
    Config { index: Some(root.join("index")), index_rows_max: 100, ..Config::default() }
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

/// Starts the log that is there, appends these, and closes it: their indices.
async fn started(root: &Path, numbers: std::ops::Range<u64>) -> Result<Vec<u64>, Refused> {
    let log = Arc::new(Log::open(config(root), parts(root).await).await?);
    let indices = append_all(&log, numbers).await;
    log.close().await;
    Ok(indices)
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

    replace(&yesterday.join("objects"), &today.join("objects"));
    assert!(matches!(refused().await, Refused::IndexAhead { lock: 300, index: 600 }), "both, but not the index");

    for name in ["lock.sqlite", "lock.sqlite-wal", "lock.sqlite-shm"] {
        let _ = std::fs::remove_file(today.join(name));
    }
    assert!(matches!(refused().await, Refused::LockMissing));
    let inside = SqliteLock::open(&today.join("objects/lock.sqlite"), Some(&today.join("objects"))).await;
    assert!(matches!(inside, Err(LockError::Setup(_))));
}

/// The other process is this one: a lock of that kind knows no difference.
#[tokio::test]
async fn a_folder_has_one_writer() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().join("objects");
    let one = Folder::open(&root).unwrap();
    std::fs::write(root.join(".new/17-0"), b"half").unwrap();
    let two = Folder::open(&root).map(drop).unwrap_err();
    assert!(two.to_string().contains("another process writes there"), "{two}");
    assert!(root.join(".new/17-0").exists(), "nothing of the first's was cleared away");
    drop(one);
    Folder::open(&root).unwrap();
    assert!(!root.join(".new/17-0").exists());
}

/// Whoever writes in the folder of a log leads it nowhere else: lock, key and tokens lie apart from the objects.
#[tokio::test]
async fn no_link_below_the_folder_is_followed() {
    let root = tempfile::tempdir().unwrap();
    let (objects, apart) = (root.path().join("objects"), root.path().join("apart"));
    std::fs::create_dir(&apart).unwrap();
    for name in ["log.key", "17-0", "lock"] {
        std::fs::write(apart.join(name), name).unwrap();
    }
    let is_whole = || {
        let there = std::fs::read_dir(&apart).unwrap().count();
        assert!(there == 3 && std::fs::read(apart.join("17-0")).unwrap() == b"17-0", "{there}");
    };
    let folder = Folder::open(&objects).unwrap();
    std::fs::write(objects.join(".new/somebodys"), "x").unwrap();
    folder.create("tile/0/x001/000", b"tile").await.unwrap();
    for (name, path) in [("tile", "tile/0/000"), ("tile/0", "tile/0/000"), ("tile/0/x001", "tile/0/x001/17-0")] {
        std::fs::rename(objects.join(name), root.path().join("aside")).unwrap();
        std::os::unix::fs::symlink(&apart, objects.join(name)).unwrap();
        let refused = |error: String| assert!(error.contains("a symbolic link stands in its place"), "{name}: {error}");
        refused(folder.create(path, b"tile").await.unwrap_err().to_string());
        refused(folder.overwrite(path, b"tile").await.unwrap_err().to_string());
        refused(folder.read(path, 100).await.unwrap_err().to_string());
        refused(folder.delete(path).await.unwrap_err().to_string());
        is_whole();
        std::fs::remove_file(objects.join(name)).unwrap();
        std::fs::rename(root.path().join("aside"), objects.join(name)).unwrap();
    }
    // A file that is one is none to read, nor to be held against what is written.
    std::os::unix::fs::symlink(apart.join("log.key"), objects.join("checkpoint")).unwrap();
    assert!(folder.read("checkpoint", 100).await.is_err());
    assert!(folder.create("checkpoint", b"log.key").await.is_err());
    drop(folder);
    std::fs::rename(objects.join(".new"), root.path().join("new")).unwrap();
    std::os::unix::fs::symlink(&apart, objects.join(".new")).unwrap();
    let refused = Folder::open(&objects).map(drop).unwrap_err().to_string();
    assert!(refused.contains(".new: a symbolic link stands in its place"), "{refused}");
    is_whole();
    std::fs::remove_file(objects.join(".new")).unwrap();
    std::fs::rename(root.path().join("new"), objects.join(".new")).unwrap();
    // The folder itself may be one: a disk is mounted so.
    std::os::unix::fs::symlink(&objects, root.path().join("mounted")).unwrap();
    let folder = Folder::open(&root.path().join("mounted")).unwrap();
    assert_eq!(folder.read("tile/0/x001/000", 100).await.unwrap().unwrap(), b"tile");
    assert!(objects.join(".new/somebodys").exists(), "no program of ours made it");
}

#[tokio::test]
async fn yesterdays_objects_under_a_running_log_stop_it() {
    let root = tempfile::tempdir().unwrap();
    let (root, yesterday) = (root.path(), root.path().join("yesterday"));
    Log::create(&parts(root).await).await.unwrap();
    let log = Arc::new(Log::open(config(root), parts(root).await).await.unwrap());
    append_all(&log, 0..300).await;
    copy(&root.join("objects"), &yesterday);
    append_all(&log, 300..600).await;
    replace(&yesterday, &root.join("objects"));
    let told = log.append(entry(600)).await;
    let is_said =
        matches!(&told, Err(AppendError::Unknown(stopped)) if stopped.what.contains("no longer those this log wrote"));
    assert!(is_said, "{told:?}");
    log.close().await;
    let pending = std::fs::read_to_string(root.join("objects/pending")).unwrap();
    assert_eq!(pending.lines().nth(1), Some("300"), "nothing was written over them");
}

#[tokio::test]
async fn a_lock_put_in_the_place_of_the_one_in_use_stops_the_log() {
    for is_removed in [false, true] {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        Log::create(&parts(root).await).await.unwrap();
        let log = Arc::new(Log::open(config(root), parts(root).await).await.unwrap());
        append_all(&log, 0..5).await;
        let (lock, copy) = (root.join("lock.sqlite"), root.join("copy"));
        std::fs::copy(&lock, &copy).unwrap();
        std::fs::remove_file(&lock).unwrap();
        if !is_removed {
            std::fs::rename(&copy, &lock).unwrap();
        }
        let told = log.append(entry(5)).await;
        let is_said =
            matches!(&told, Err(AppendError::Unknown(stopped)) if stopped.what.contains("removed or replaced"));
        assert!(is_said, "{told:?}");
        log.close().await;
        let pending = std::fs::read_to_string(root.join("objects/pending")).unwrap();
        assert_eq!(pending.lines().nth(1), Some("5"));
    }
}

/// A thief with the key grew his copy beyond the log: it is no older lock, it is another history.
#[tokio::test]
async fn a_longer_fork_in_the_place_of_the_objects_is_called_one() {
    let root = tempfile::tempdir().unwrap();
    let (ours, theirs) = (root.path().join("ours"), root.path().join("theirs"));
    for (root, numbers) in [(&ours, 0..300), (&theirs, 100..700)] {
        std::fs::create_dir_all(root).unwrap();
        Log::create(&parts(root).await).await.unwrap();
        let log = Arc::new(Log::open(config(root), parts(root).await).await.unwrap());
        append_all(&log, numbers).await;
        log.close().await;
    }
    replace(&theirs.join("objects"), &ours.join("objects"));
    let refused = Log::open(config(&ours), parts(&ours).await).await.map(drop);
    assert!(matches!(refused, Err(Refused::TwoHistories { size: 300 })), "{refused:?}");
}

/// Each file of the right edge, and those that a start can do without.
#[tokio::test]
async fn a_damaged_file_is_named_or_not_needed() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    Log::create(&parts(root).await).await.unwrap();
    let start = async |numbers| started(root, numbers).await;
    start(0..700).await.unwrap();
    for path in ["tile/0/002.p/188", "tile/entries/002.p/188", "tile/1/000.p/2"] {
        let file = root.join("objects").join(path);
        let sound = std::fs::read(&file).unwrap();
        let mut flipped = sound.clone();
        flipped[40] ^= 1;
        std::fs::write(&file, &flipped).unwrap();
        let refused = start(0..1).await;
        assert!(matches!(&refused, Err(Refused::Damaged { what }) if what.contains(path)), "{path}: {refused:?}");
        std::fs::write(&file, &sound).unwrap();
    }
    let note = std::fs::read_to_string(root.join("objects/pending")).unwrap();
    let digest = note.lines().nth(2).unwrap();
    let root_hex: String = base64(digest).iter().map(|byte| format!("{byte:02x}")).collect();
    // What the lock holds says from which size its batch led here; any staging object of it would do.
    for before in 0..700 {
        let file = root.join(format!("objects/staging/{before}-700-{root_hex}"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, b"torn").unwrap();
    }
    std::fs::write(root.join("objects/checkpoint"), &note[..note.len() / 2]).unwrap();
    std::fs::remove_file(root.join("objects/pending")).unwrap();
    start(0..1).await.unwrap();
    let published = std::fs::read_to_string(root.join("objects/checkpoint")).unwrap();
    assert_eq!(published, note, "it was published anew");
}

/// An index that is made anew from a rotten entry would miss the real one, and give it a second place.
#[tokio::test]
async fn an_index_is_made_anew_only_from_sound_entries() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    Log::create(&parts(root).await).await.unwrap();
    let start = async |numbers| started(root, numbers).await;
    let first = start(0..600).await.unwrap();
    for (path, at) in [("tile/entries/000", 5 * 36 + 9), ("tile/entries/001", 9_000), ("tile/1/000.p/2", 3)] {
        let file = root.join("objects").join(path);
        let sound = std::fs::read(&file).unwrap();
        let mut rotten = sound.clone();
        rotten[at] ^= 1;
        std::fs::write(&file, &rotten).unwrap();
        std::fs::remove_dir_all(root.join("index")).unwrap();
        let refused = start(0..600).await;
        assert!(matches!(&refused, Err(Refused::Damaged { what }) if what.contains(path)), "{path}: {refused:?}");
        std::fs::write(&file, &sound).unwrap();
    }
    assert_eq!(start(0..600).await.unwrap(), first);
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// `pending` says nothing that the lock and the tiles do not.
#[tokio::test]
async fn a_log_without_a_sound_pending_starts_from_its_lock() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    Log::create(&parts(root).await).await.unwrap();
    let run = async |from: u64, to: u64| {
        let log = Arc::new(Log::open(config(root), parts(root).await).await?);
        append_all(&log, from..to).await;
        log.close().await;
        Ok::<(), Refused>(())
    };
    run(0, 300).await.unwrap();
    let pending = root.join("objects/pending");
    let sound = std::fs::read(&pending).unwrap();
    let flipped: Vec<u8> = sound.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 20)).collect();
    for damaged in [None, Some(&b""[..]), Some(&sound[..40]), Some(&flipped), Some(&[b'x'; 20_000])] {
        match damaged {
            Some(bytes) => std::fs::write(&pending, bytes).unwrap(),
            None => std::fs::remove_file(&pending).unwrap(),
        }
        run(0, 3).await.unwrap();
        assert_eq!(std::fs::read(&pending).unwrap(), sound);
    }
    // A tile of the edge is gone too: then nobody can say what these objects are.
    std::fs::remove_file(&pending).unwrap();
    std::fs::remove_file(root.join("objects/tile/0/001.p/44")).unwrap();
    let refused = run(0, 3).await;
    assert!(matches!(&refused, Err(Refused::Damaged { what }) if what.contains("tile/0/001.p/44")), "{refused:?}");
}

#[tokio::test]
async fn the_index_of_another_log_is_built_anew() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    for (root, numbers) in [(&one, 0..300), (&two, 200..500)] {
        std::fs::create_dir_all(root).unwrap();
        Log::create(&parts(root).await).await.unwrap();
        let log = Arc::new(Log::open(config(root), parts(root).await).await.unwrap());
        append_all(&log, numbers).await;
        log.close().await;
    }
    replace(&two.join("index"), &one.join("index"));
    for _ in 0..2 {
        let log = Arc::new(Log::open(config(&one), parts(&one).await).await.unwrap());
        let mut indices = append_all(&log, 0..300).await;
        indices.sort_unstable();
        assert_eq!(indices, (0..300).collect::<Vec<_>>());
        log.close().await;
    }
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

/// A log that died between its lock and its tiles is finished from the staging object of that batch, and from nothing else.
#[tokio::test]
async fn a_staging_object_writes_what_its_batch_made_and_nothing_more() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    Log::create(&parts(root).await).await.unwrap();
    let start = async |numbers| started(root, numbers).await;
    let at = |path: &str| root.join("objects").join(path);
    start(0..600).await.unwrap();
    let before = std::fs::read(at("pending")).unwrap();
    start(600..601).await.unwrap();
    let note = std::fs::read_to_string(at("pending")).unwrap();
    let hex: String = base64(note.lines().nth(2).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    let [bundle, tile] = ["tile/entries/002.p/89", "tile/0/002.p/89"];
    let [sound_bundle, sound_tile] = [bundle, tile].map(|path| std::fs::read(at(path)).unwrap());
    let (mut other_bundle, mut other_tile) = (sound_bundle.clone(), sound_tile.clone());
    *other_bundle.last_mut().unwrap() ^= 1;
    *other_tile.last_mut().unwrap() ^= 1;
    let victim = tempfile::tempdir().unwrap();
    let (evil, far) = ("tile/evil/authorized_keys", "tile/entries/x001/000");
    let batch: [(&str, &[u8]); 2] = [(bundle, &sound_bundle), (tile, &sound_tile)];
    let with = |more: &[(&str, &[u8])]| staged(&[&batch[..], more].concat());
    for (name, bytes, refusal) in [
        ("torn", b"torn".to_vec(), "is torn"),
        ("a path more", with(&[(evil, b"key")]), "another batch's"),
        ("a tile more", with(&[(far, &sound_bundle)]), "another batch's"),
        ("another entry", staged(&[(bundle, &other_bundle), (tile, &sound_tile)]), "another batch's"),
        ("another tile", staged(&[(bundle, &sound_bundle), (tile, &other_tile)]), "another batch's"),
        ("a path more, alone", staged(&[(evil, b"key")]), "another batch's"),
        ("nothing", staged(&[]), "another batch's"),
        ("the batch", with(&[]), ""),
    ] {
        // As it was when the lock had moved and nothing else.
        [bundle, tile].iter().for_each(|path| std::fs::remove_file(at(path)).unwrap());
        std::fs::write(at("pending"), &before).unwrap();
        std::fs::create_dir_all(at("staging")).unwrap();
        std::fs::write(at(&format!("staging/600-601-{hex}")), bytes).unwrap();
        std::os::unix::fs::symlink(victim.path(), at("tile/evil")).unwrap();
        let started = start(0..1).await;
        assert!(!at(far).exists() && std::fs::read_dir(victim.path()).unwrap().next().is_none(), "{name}");
        std::fs::remove_file(at("tile/evil")).unwrap();
        match (&started, refusal) {
            (Ok(_), "") => {
                assert_eq!(std::fs::read(at(bundle)).unwrap(), sound_bundle);
                assert_eq!(std::fs::read(at(tile)).unwrap(), sound_tile);
            }
            (Err(Refused::Damaged { what }), words) => {
                assert!(what.contains(words) && !words.is_empty() && !at(bundle).exists(), "{name}: {what}");
                std::fs::write(at(bundle), &sound_bundle).unwrap();
                std::fs::write(at(tile), &sound_tile).unwrap();
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
