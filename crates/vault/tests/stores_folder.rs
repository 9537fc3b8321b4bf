//! A folder on a disk that is full or fails, and a process that is killed at any of its writes.
//!
//! Not here: what holds without faults (`stores.rs`). Needs `strace`, which puts a fault into one call of a process of its own: this
//! test binary, started again. Invariants: every fault is seen to have happened; at a name is a whole object or nothing.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use async_trait::async_trait;
use support::{Object, Watching, list};
use vault::store::{Deleted, Folder, Owner, Put, Source, Store, StoreError};

/// Where the process under test finds its folder. Without it, that test does nothing.
const ROOT: &str = "STORE_ROOT";

fn kept() -> Object {
    Object::made(1, 10_000)
}

fn destroyed() -> Object {
    Object::made(2, 10_000)
}

fn written() -> Object {
    Object::made(3, 200_000)
}

/// A folder with two objects in it.
struct Site {
    _temporary: tempfile::TempDir,
    root: PathBuf,
}

impl Site {
    async fn new() -> Site {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().join("objects of an office");
        let store = Folder::make(&root).unwrap();
        for object in [kept(), destroyed()] {
            object.put(&store).await.unwrap();
        }
        Site { _temporary: temporary, root }
    }

    fn open(&self) -> Folder {
        Folder::open(&self.root).unwrap()
    }

    fn half_written(&self) -> Vec<PathBuf> {
        fs::read_dir(self.root.join(".new")).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// Lets a process write and destroy with this fault in one of its calls; what it said, and how often the fault was put in.
    fn strike(&self, call: &str, fault: &str, when: u32) -> (Option<Vec<String>>, usize) {
        self.strike_at("a_process_writes_and_destroys", call, fault, when)
    }

    fn strike_at(&self, process: &str, call: &str, fault: &str, when: u32) -> (Option<Vec<String>>, usize) {
        let log = self.root.with_extension("calls");
        let done = Command::new("strace")
            .args(["-f", "-o", log.to_str().unwrap(), "-e", &format!("trace={call}")])
            .args(["-e", &format!("inject={call}:{fault}:when={when}")])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", process, "--nocapture"])
            .env(ROOT, &self.root)
            .output()
            .expect("strace is installed");
        let calls = fs::read_to_string(log).unwrap();
        let hits = calls.matches("(INJECTED)").count() + calls.matches("+++ killed by SIGKILL").count();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let said = said.lines().filter_map(|line| Some(line.split_once("said ")?.1.to_owned())).collect();
        (done.status.success().then_some(said), hits)
    }

    /// What holds whatever happened: whole objects or none, and everything can be done again.
    async fn assert_sound(&self, what: &str) {
        let store = self.open();
        kept().assert_whole(&store, what).await;
        for object in [written(), destroyed()] {
            match store.len(&object.digest).await.unwrap() {
                Some(_) => object.assert_whole(&store, what).await,
                None => object.assert_none(&store, what).await,
            }
        }
        store.tidy(Duration::ZERO).await.unwrap();
        assert_eq!(self.half_written(), [] as [PathBuf; 0], "{what}");
        written().put(&store).await.unwrap();
        written().assert_whole(&store, what).await;
        store.delete(&destroyed().digest).await.unwrap();
        destroyed().assert_none(&store, what).await;
    }
}

/// What runs under `strace`.
#[test]
fn a_process_writes_and_destroys() {
    let Some(root) = std::env::var_os(ROOT) else { return };
    // One thread does all of it, so that its calls are counted in order.
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let store = Folder::open(Path::new(&root)).unwrap();
        println!("said {:?}", written().put(&store).await);
        println!("said {:?}", store.delete(&destroyed().digest).await);
        println!("said {:?}", written().put(&store).await);
        println!("said {:?}", store.read(&kept().digest, 0..10_000).await.map(|bytes| bytes.len()));
    });
}

/// So long that the disk is told to begin with it before its end.
fn long() -> Object {
    Object::made(7, 9_000_000)
}

/// What runs under `strace`, and names what it writes last.
#[test]
fn a_process_names_last() {
    let Some(root) = std::env::var_os(ROOT) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let store = Folder::open(Path::new(&root)).unwrap();
        for _ in 0..2 {
            let new = store.put_new(&mut long().source(4 << 20)).await;
            println!("said {:?}", new.map(|new| new.map(|new| new.put)));
        }
    });
}

#[tokio::test]
async fn a_kill_while_it_is_named_last_leaves_it_whole_or_not_at_all() {
    let mut left_half_written = 0;
    for call in CALLS {
        for when in 1.. {
            let site = Site::new().await;
            let (said, hits) = site.strike_at("a_process_names_last", call, "signal=KILL", when);
            let what = format!("killed at {call} {when}: {said:?}");
            if hits == 0 {
                assert!(said.is_some_and(|said| said == ["Ok(Some(Written))", "Ok(Some(AlreadyThere))"]), "{what}");
                // The second is written and named as well, and removed.
                assert!(when > 1, "{what}");
                break;
            }
            assert!(said.is_none(), "{what}");
            left_half_written += site.half_written().len();
            match site.open().len(&long().digest).await.unwrap() {
                Some(_) => long().assert_whole(&site.open(), &what).await,
                None => long().assert_none(&site.open(), &what).await,
            }
            site.assert_sound(&what).await;
        }
    }
    assert!(left_half_written > 3, "some were killed while a file was half written: {left_half_written}");
}

/// From the moment a file's name is known it lies under it, so that a destruction finds it.
#[tokio::test]
async fn what_was_killed_after_it_was_named_is_found_by_its_destruction() {
    let site = Site::new().await;
    // The first rename names it, the second puts it in its place.
    let (said, hits) = site.strike_at("a_process_names_last", "renameat2", "signal=KILL", 2);
    assert!(said.is_none() && hits > 0, "{said:?}");
    let deleted = site.open().delete(&long().digest).await.unwrap();
    assert_eq!(deleted, Deleted { unfinished: 1, ..Deleted::default() });
    assert_eq!(site.half_written(), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn what_fails_while_it_is_named_last_is_said_and_leaves_nothing() {
    for (call, error, says) in [
        ("pwrite64", "ENOSPC", "Err(Full"),
        ("pwrite64", "EIO", "Err(Failed"),
        ("fdatasync", "EIO", "Err(Poisoned"),
        ("renameat2", "EIO", "Err(Failed"),
    ] {
        let site = Site::new().await;
        let (said, hits) = site.strike_at("a_process_names_last", call, &format!("error={error}"), 1);
        assert_eq!(hits, 1, "{call}");
        let said = said.unwrap();
        assert!(said[0].starts_with(says), "{call}, {error}: {said:?}");
        assert_eq!(site.half_written(), [] as [PathBuf; 0], "{call}");
        let is_there = site.open().len(&long().digest).await.unwrap().is_some();
        assert_eq!(is_there, said[1] == "Ok(Some(Written))", "{call}: {said:?}");
        assert_eq!(is_there, call != "fdatasync", "after a failed flush nothing is written any more: {said:?}");
    }
}

/// It is advice: without it an object takes longer, and is as whole.
#[tokio::test]
async fn the_disk_begins_before_all_is_written_and_need_not() {
    let mut told = 0;
    for when in 1.. {
        let site = Site::new().await;
        let (said, hits) = site.strike_at("a_process_names_last", "fadvise64", "error=EINVAL", when);
        assert_eq!(said.unwrap(), ["Ok(Some(Written))", "Ok(Some(AlreadyThere))"]);
        long().assert_whole(&site.open(), "without the advice").await;
        if hits == 0 {
            break;
        }
        told += hits;
    }
    assert_eq!(told, 2, "once for each of the two that are written");
}

/// How often that process flushes.
const FLUSHES: u32 = 9;

/// Every call by which it changes the disk.
const CALLS: [&str; 6] = ["pwrite64", "fdatasync", "mkdirat", "renameat2", "unlinkat", "flock"];

#[tokio::test]
async fn a_kill_at_any_write_leaves_whole_objects_or_none() {
    let mut left_half_written = 0;
    for call in CALLS {
        for when in 1.. {
            let site = Site::new().await;
            let (said, hits) = site.strike(call, "signal=KILL", when);
            let what = format!("killed at {call} {when}: {said:?}");
            if hits == 0 {
                assert!(said.is_some_and(|said| said.len() == 4) && when > 1, "{what}");
                break;
            }
            assert!(said.is_none(), "{what}");
            left_half_written += site.half_written().len();
            site.assert_sound(&what).await;
        }
    }
    assert!(left_half_written > 3, "some were killed while a file was half written: {left_half_written}");
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_nothing() {
    for when in 1..=3 {
        let site = Site::new().await;
        let (said, hits) = site.strike("pwrite64", "error=ENOSPC", when);
        assert_eq!(hits, 1);
        let said = said.unwrap();
        assert!(said[0].starts_with("Err(Full"), "{said:?}");
        assert!(said[1].starts_with("Ok(Deleted { versions: 1"), "{said:?}");
        assert_eq!(said[2..], ["Ok(Written)", "Ok(10000)"], "there is room again");
        assert_eq!(site.half_written(), [] as [PathBuf; 0]);
        site.assert_sound("full").await;
    }
}

#[tokio::test]
async fn after_a_failed_flush_nothing_is_written_any_more() {
    for error in ["EIO", "ENOSPC"] {
        for when in 1.. {
            let site = Site::new().await;
            let (said, hits) = site.strike("fdatasync", &format!("error={error}"), when);
            let said = said.unwrap();
            if hits == 0 {
                // The new file, each of the three folders above it, and what it is renamed into; two for the destruction; again what
                // was there already, and its folder.
                assert_eq!(when - 1, FLUSHES, "no flush is left out, and none is without a reason");
                break;
            }
            let first = said.iter().position(|line| line.starts_with("Err(Poisoned")).unwrap();
            assert!(said[first..3].iter().all(|line| line.starts_with("Err(Poisoned")), "{said:?}");
            assert!(said[..first].iter().all(|line| line.starts_with("Ok(")), "{said:?}");
            assert_eq!(said[3], "Ok(10000)", "reading goes on");
            if first == 0 {
                destroyed().assert_whole(&site.open(), "nothing is removed any more either").await;
            }
            site.assert_sound(&format!("{error} at flush {when}")).await;
        }
    }
}

#[tokio::test]
async fn any_other_call_that_fails_is_an_error_and_may_be_made_again() {
    for (call, error) in [("mkdirat", "EACCES"), ("renameat2", "EIO"), ("unlinkat", "EIO")] {
        let site = Site::new().await;
        let (said, hits) = site.strike(call, &format!("error={error}"), 1);
        let said = said.unwrap();
        assert_eq!(hits, 1, "{call}");
        assert_eq!(said.iter().filter(|line| line.starts_with("Err(")).count(), 1, "{call}: {said:?}");
        site.assert_sound(call).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tidies_leaves_files_that_are_being_written() {
    let site = Site::new().await;
    let (store, other, object) = (site.open(), site.open(), Object::made(4, 1_000_000));
    let left = site.root.join(".new").join(format!("{}.0123456789abcdef", object.digest));
    fs::write(&left, "of a writer that was killed").unwrap();
    let runtime = tokio::runtime::Handle::current();
    let mut tidied = 0;
    let look = |pieces_left: usize| {
        // By now the writer has begun: the pipe holds fewer than have gone in.
        if pieces_left == 50 {
            object.assert_absent(&other, &runtime);
            tidied += tokio::task::block_in_place(|| runtime.block_on(other.tidy(Duration::ZERO))).unwrap();
        }
    };
    let mut source = Watching { pieces: object.source(10_000), seen: Box::new(look) };
    let put = store.put(&object.digest, object.len_bytes(), &mut source).await;
    drop(source);
    assert_eq!((put.unwrap(), tidied), (Put::Written, 1));
    object.assert_whole(&store, "tidied meanwhile").await;
    assert!(!left.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destruction_takes_away_what_is_half_written_too() {
    let site = Site::new().await;
    let (store, other, object) = (site.open(), site.open(), Object::made(5, 1_000_000));
    let left = site.root.join(".new").join(format!("{}.0123456789abcdef", object.digest));
    fs::write(&left, "of a writer that was killed").unwrap();
    let runtime = tokio::runtime::Handle::current();
    let mut deleted = Deleted::default();
    let look = |pieces_left: usize| {
        if pieces_left == 50 {
            deleted = tokio::task::block_in_place(|| runtime.block_on(other.delete(&object.digest))).unwrap();
        }
    };
    let mut source = Watching { pieces: object.source(10_000), seen: Box::new(look) };
    let put = store.put(&object.digest, object.len_bytes(), &mut source).await;
    drop(source);
    assert!(matches!(put, Err(StoreError::Failed { .. })), "{put:?}");
    assert_eq!(deleted, Deleted { unfinished: 2, ..Deleted::default() });
    object.assert_none(&store, "destroyed meanwhile").await;
    assert_eq!(site.half_written(), [] as [PathBuf; 0]);
}

impl Object {
    fn assert_absent(&self, store: &Folder, runtime: &tokio::runtime::Handle) {
        tokio::task::block_in_place(|| runtime.block_on(self.assert_none(store, "it is being written")));
    }
}

/// A put that nobody waits for any more.
#[tokio::test]
async fn a_put_that_is_dropped_leaves_nothing() {
    struct Endless;
    #[async_trait]
    impl Source for Endless {
        async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
            std::future::pending().await
        }
    }
    let site = Site::new().await;
    let (store, object) = (site.open(), Object::made(6, 100));
    {
        let mut source = Endless;
        let mut put = std::pin::pin!(store.put(&object.digest, 100, &mut source));
        while site.half_written().is_empty() {
            assert!(futures_util::poll!(put.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
    }
    while !site.half_written().is_empty() {
        tokio::task::yield_now().await;
    }
    object.assert_none(&store, "dropped").await;
}

#[tokio::test]
async fn only_a_folder_of_objects_is_opened_and_only_an_empty_one_made() {
    let site = Site::new().await;
    assert!(matches!(Folder::open(&site.root.join("objects")), Err(StoreError::Failed { .. })));
    assert!(matches!(Folder::open(&site.root.join("none")), Err(StoreError::Failed { .. })));
    assert!(matches!(Folder::make(&site.root.join("objects")), Err(StoreError::Failed { .. })));
    let again = Folder::make(&site.root).unwrap();
    kept().assert_whole(&again, "made again").await;
    // What is no object of ours is not listed, nor taken for one.
    fs::write(site.root.join("objects/README"), "").unwrap();
    fs::create_dir_all(site.root.join("objects/zz/00")).unwrap();
    fs::write(site.root.join("objects/zz/00").join(kept().digest.to_string()), "").unwrap();
    let mut wanted = [kept().digest, destroyed().digest];
    wanted.sort_unstable();
    assert_eq!(list(&again).await, wanted);
}

/// Whoever writes in a store's folder, which needs no trust, leads nobody anywhere else.
#[tokio::test]
async fn no_link_below_the_store_is_followed() {
    let site = Site::new().await;
    let apart = site.root.with_extension("apart");
    let digest = kept().digest.to_string();
    fs::create_dir(&apart).unwrap();
    // What its program would take for its own, and what it would not.
    let names =
        [format!("{digest}.0123456789abcdef"), "new.0123456789abcdef".to_owned(), "office.key".to_owned(), digest];
    for name in &names {
        fs::write(apart.join(name), "somebody else's").unwrap();
    }
    let is_whole = |what: &str| {
        assert!(names.iter().all(|name| fs::read(apart.join(name)).unwrap() == b"somebody else's"), "{what}");
        assert_eq!(fs::read_dir(&apart).unwrap().count(), names.len(), "{what}");
    };
    let [first, second] = [".new", "objects"];
    let path = kept().digest.path();
    for name in [first, second, &path[..10], &path[..13]] {
        let store = site.open();
        fs::rename(site.root.join(name), site.root.with_extension("aside")).unwrap();
        std::os::unix::fs::symlink(&apart, site.root.join(name)).unwrap();
        if [first, second].contains(&name) {
            let refused = Folder::open(&site.root).map(drop).unwrap_err().to_string();
            assert!(refused.contains(name) && refused.contains("a symbolic link stands in its place"), "{refused}");
        }
        if name == first {
            assert!(store.tidy(Duration::ZERO).await.unwrap_err().to_string().contains("a symbolic link"));
        } else {
            let listed = store.list(None, 10).await.unwrap_err().to_string();
            assert!(listed.contains(name) && listed.contains("a symbolic link"), "{listed}");
            assert!(store.len(&kept().digest).await.is_err(), "{name}");
        }
        assert!(store.delete(&kept().digest).await.is_err(), "{name}");
        let put = kept().put(&store).await;
        assert!(name == first || put.is_err(), "{name}: {put:?}");
        is_whole(name);
        fs::remove_file(site.root.join(name)).unwrap();
        fs::rename(site.root.with_extension("aside"), site.root.join(name)).unwrap();
        site.assert_sound(name).await;
    }
    // The store itself may be one: a disk is mounted so.
    std::os::unix::fs::symlink(&site.root, site.root.with_extension("mounted")).unwrap();
    let store = Folder::open(&site.root.with_extension("mounted")).unwrap();
    kept().assert_whole(&store, "mounted").await;
    fs::write(site.root.join(".new/somebodys"), "x").unwrap();
    assert_eq!(store.tidy(Duration::ZERO).await.unwrap(), 0);
    assert!(site.root.join(".new/somebodys").exists(), "no program of ours made it");
}

/// Damaged, or a newer program's: it says something, and not that the store is anybody's.
#[tokio::test]
async fn a_mark_that_cannot_be_read_is_no_missing_mark() {
    let site = Site::new().await;
    let (store, owner) = (site.open(), Owner::of(&[1; 16]));
    assert_eq!(store.claim(&owner).await.unwrap(), owner);
    let path = site.root.join("owner");
    let mark = fs::read(&path).unwrap();
    for odd in [&mark[..mark.len() - 1], &[&mark[..], b"more\n"].concat(), b"", b"counterpart/store-owner/v2\n"] {
        fs::write(&path, odd).unwrap();
        assert!(matches!(store.owner().await, Err(StoreError::OddOwner)), "{odd:?}");
        assert!(matches!(store.claim(&owner).await, Err(StoreError::OddOwner)), "{odd:?}");
        assert_eq!(fs::read(&path).unwrap(), odd, "it is not written over");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(store.claim(&owner).await.unwrap(), owner);
    assert_eq!((fs::read(&path).unwrap(), site.half_written()), (mark, Vec::new()));
    Folder::make(&site.root).unwrap();
}

#[tokio::test]
async fn a_cut_file_is_short_and_a_changed_one_rotten() {
    let site = Site::new().await;
    let (store, object) = (site.open(), kept());
    let path = site.root.join(object.digest.path());
    let mut bytes = object.bytes.clone();
    bytes[5000] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let checked = store.read_whole(&object.digest).await.unwrap().check().await;
    assert!(matches!(checked, Err(StoreError::Rotten { .. })), "{checked:?}");
    fs::write(&path, &bytes[..9999]).unwrap();
    let read = store.read(&object.digest, 0..10_000).await;
    assert!(matches!(read, Err(StoreError::Short { .. })), "{read:?}");
    let read = store.read(&object.digest, 0..u64::MAX).await;
    assert!(matches!(read, Err(StoreError::Short { .. })), "{read:?}");
}
