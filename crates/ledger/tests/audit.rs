//! One changed byte anywhere, objects gone, cut short, lengthened or exchanged: the audit names the place and no other. And what
//! it passes is right by the tiles, proofs and notes of other authors (`tlog_tiles`, `signed_note`).
//!
//! Not here: forks (`witnesses.rs`). Invariant: nothing but the changed object is named.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/staged.rs"]
mod staged;
mod support;

use std::collections::BTreeMap;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use ledger::{Config, Kind, Log, Memory, MemoryLock, ReadSide, Report, StoreError, audit};
use seal::tlog::{KeyKind, Policy, SignedCheckpoint, SignerKey, leaf_hash};
use staged::staged;
use support::watcher;
use support::{entry, parts, signer, world_of};

/// A witnessed log of 70,000 entries would take long to flip through; 600 have full and partial tiles on two levels.
async fn objects() -> (BTreeMap<String, Vec<u8>>, Policy) {
    let world = world_of(0).await;
    let (watchers, policy) = watcher::three();
    let config = Config { policy: policy.clone(), ..Config::default() };
    let witnesses = watcher::as_witnesses(&watchers);
    let log = Log::open(config, ledger::Parts { witnesses, ..parts(&world) }).await.unwrap();
    support::append(&log, 0..600).await.into_iter().for_each(|appended| assert!(appended.unwrap().witnessed));
    log.close().await;
    (world.objects.copy(), policy)
}

/// A policy that asks for the log's own signature and no more.
fn one_key() -> Policy {
    Policy::parse(&format!("log {}\nquorum none\n", signer().verifier())).unwrap()
}

/// The paths that are named, each once, in order; but for checkpoints that nothing is left to confirm.
fn named(report: &Report) -> Vec<&str> {
    let found = report.findings.iter().filter(|found| found.kind != Kind::Unconfirmed);
    let paths: std::collections::BTreeSet<&str> = found.map(|found| found.path.as_str()).collect();
    paths.into_iter().collect()
}

fn kinds(report: &Report) -> Vec<Kind> {
    let kinds: std::collections::BTreeSet<Kind> = report.findings.iter().map(|found| found.kind).collect();
    kinds.into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn one_changed_byte_is_named() {
    let (objects, policy) = objects().await;
    let clean = audit(&Memory::holding(objects.clone()), &[], &policy, None).await;
    assert!(clean.is_clean() && clean.notes.is_empty(), "{:?} {:?}", clean.findings, clean.notes);
    assert_eq!((clean.entries, clean.confirmed, clean.judged.unwrap().cosigners.len()), (600, 2, 3));
    assert_eq!(objects.len(), 9, "two notes, three tiles and three bundles, one tile above: {:?}", objects.keys());
    for (path, bytes) in &objects {
        // Of the notes every byte: what a signature does not cover is found otherwise.
        let step = if path.contains('/') { (bytes.len() / 40).max(1) } else { 1 };
        for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut changed = objects.clone();
            changed.get_mut(path).unwrap()[at] ^= 1;
            let report = audit(&Memory::holding(changed), &[], &policy, None).await;
            assert_eq!(named(&report), [path], "byte {at}: {:?}", report.findings);
            assert!(report.disagrees());
            let index = report.findings[0].index;
            if path.starts_with("tile/entries/") && at % 36 >= 4 {
                let first = path.split(['/', '.']).nth(2).unwrap().parse::<u64>().unwrap() * 256;
                assert_eq!(index, Some(first + at as u64 / 36), "byte {at} of {path}");
            }
        }
    }
}

/// Each bit of each of the checkpoint's lines, and each byte into each other: a policy's party is never lost without a word.
#[tokio::test(start_paused = true)]
async fn no_changed_byte_of_a_policys_line_is_passed_over() {
    let (objects, policy) = objects().await;
    let text = String::from_utf8(objects["checkpoint"].clone()).unwrap();
    let first_line = text.find('\u{2014}').unwrap();
    let second_line = first_line + text[first_line..].find('\n').unwrap() + 1;
    for at in first_line..second_line + 60 {
        for by in [1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 64, 127, 128, 255] {
            let mut changed = objects.clone();
            changed.get_mut("checkpoint").unwrap()[at] ^= by;
            let report = audit(&Memory::holding(changed), &[], &policy, None).await;
            assert_eq!((named(&report), report.disagrees()), (vec!["checkpoint"], true), "byte {at} by {by}");
        }
    }
}

/// An auditor's own list: fewer witnesses than cosigned, or none at all.
#[tokio::test(start_paused = true)]
async fn lines_of_nobody_the_policy_knows_are_passed_over() {
    let (objects, policy) = objects().await;
    let fewer = policy.witnesses()[..2].iter().map(|witness| format!("witness {} {}\n", witness.name, witness.key));
    let two = format!(
        "log {}\n{}group both 2 witness-1 witness-2\nquorum both\n",
        signer().verifier(),
        fewer.collect::<String>()
    );
    for (policy, passed) in [
        (Policy::parse(&two).unwrap(), "lines of witness-3.example"),
        (one_key(), "lines of witness-1.example, witness-2.example, witness-3.example"),
    ] {
        let report = audit(&Memory::holding(objects.clone()), &[], &policy, None).await;
        assert!(report.is_clean(), "{:?}", report.findings);
        let notes: Vec<String> = report.notes.iter().map(|note| note.what.clone()).collect();
        assert!(notes.len() == 1 && notes[0].ends_with(passed), "{notes:?}");
        // A changed byte in such a line is not to be seen, and harmless.
        let mut changed = objects.clone();
        let note = changed.get_mut("checkpoint").unwrap();
        let at = note.len() - 20;
        note[at] = if note[at] == b'A' { b'B' } else { b'A' };
        assert!(audit(&Memory::holding(changed), &[], &policy, None).await.is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_cut_lengthened_or_exchanged_is_named() {
    let (objects, policy) = objects().await;
    for (path, bytes) in &objects {
        let (mut short, mut long, mut line) = (bytes.clone(), bytes.clone(), bytes.clone());
        short.pop();
        long.push(0);
        line.push(b'\n');
        for other in [short, long, line, Vec::new(), bytes.repeat(2), vec![b'a'; 1 << 20]] {
            let mut changed = objects.clone();
            let len = other.len();
            changed.insert(path.clone(), other);
            let report = audit(&Memory::holding(changed), &[], &policy, None).await;
            assert_eq!((named(&report), report.disagrees()), (vec![path.as_str()], true), "{len} bytes");
        }
    }
    let tiles: Vec<&String> = objects.keys().filter(|path| path.starts_with("tile/")).collect();
    for (at, one) in tiles.iter().enumerate() {
        for two in &tiles[..at] {
            let mut changed = objects.clone();
            changed.insert((*one).clone(), objects[*two].clone());
            changed.insert((*two).clone(), objects[*one].clone());
            let report = audit(&Memory::holding(changed), &[], &policy, None).await;
            assert_eq!(named(&report), [two.as_str(), one.as_str()], "{:?}", report.findings);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_named_and_what_went_back() {
    let (objects, policy) = objects().await;
    for path in objects.keys() {
        let mut less = objects.clone();
        less.remove(path);
        let report = audit(&Memory::holding(less), &[], &policy, None).await;
        match path.as_str() {
            "pending" => assert!(report.is_clean(), "a mirror need not have it: {:?}", report.findings),
            path => assert_eq!((named(&report), report.disagrees()), (vec![path], true)),
        }
    }
    let newest = SignedCheckpoint::parse(&objects["checkpoint"]).unwrap();
    let shorter = world_of(599).await.objects.copy();
    let report = audit(&Memory::holding(shorter), std::slice::from_ref(&newest), &one_key(), None).await;
    assert_eq!(kinds(&report), [Kind::WentBack], "{:?}", report.findings);
    let nothing = audit(&Memory::default(), &[newest], &policy, None).await;
    assert_eq!((kinds(&nothing), nothing.disagrees()), (vec![Kind::Nothing], false));
}

/// 66,000 entries have two full levels and the beginnings of a third.
#[tokio::test(start_paused = true)]
async fn each_level_is_named_by_itself() {
    let store = Arc::new(Memory::default());
    let parts = ledger::Parts {
        objects: Arc::clone(&store) as Arc<dyn ledger::Objects>,
        lock: Arc::new(MemoryLock::default()),
        signer: signer(),
        witnesses: Vec::new(),
    };
    Log::create(&parts).await.unwrap();
    let log = Log::open(Config::default(), parts).await.unwrap();
    for from in (0..66_000).step_by(6_000) {
        support::append(&log, from..from + 6_000).await.into_iter().for_each(|appended| drop(appended.unwrap()));
    }
    log.close().await;
    let (objects, policy) = (store.copy(), one_key());
    let clean = audit(&*store, &[], &policy, None).await;
    assert!(clean.is_clean() && clean.notes.is_empty(), "{:?} {:?}", clean.findings, clean.notes);
    for (path, at, index) in [
        ("tile/2/000.p/1", 31, 0),
        ("tile/1/000", 32 * 200, 200 * 256),
        ("tile/1/001.p/1", 0, 65_536),
        ("tile/0/255", 32 * 255, 65_535),
        ("tile/0/257.p/208", 32 * 207, 65_999),
        ("tile/entries/100", 36 * 9 + 4, 25_609),
        ("tile/entries/257.p/208", 36 * 207 + 35, 65_999),
    ] {
        let mut changed = objects.clone();
        changed.get_mut(path).unwrap()[at] ^= 0x80;
        let report = audit(&Memory::holding(changed), &[], &policy, None).await;
        let found: Vec<_> = report.findings.iter().map(|found| (found.path.as_str(), found.index)).collect();
        assert_eq!(found, [(path, Some(index))]);
        let mut less = objects.clone();
        less.remove(path);
        assert_eq!(named(&audit(&Memory::holding(less), &[], &policy, None).await), [path]);
    }

    // All from the eleventh group on is gone, or cannot be read: that is all there is to say, and it is not gone through for ever.
    for (kind, groups_max) in [(Kind::Missing, 100), (Kind::Unreadable, 40)] {
        let cut = Cut { objects: Memory::holding(objects.clone()), from: 10, kind, reads: AtomicU64::new(0) };
        let report = audit(&cut, &[], &policy, None).await;
        assert_eq!(kinds(&report), [kind, Kind::Unconfirmed], "{:?}", report.findings);
        assert_eq!((report.entries, report.disagrees()), (2_560, kind == Kind::Missing));
        assert!(cut.reads.load(Ordering::Relaxed) < groups_max * 4, "{kind:?}: {:?} reads", cut.reads);
    }
}

/// Of a log's lowest tiles and bundles only the first are there.
struct Cut {
    objects: Memory,
    from: u64,
    kind: Kind,
    reads: AtomicU64,
}

#[async_trait]
impl ReadSide for Cut {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let number = path.strip_prefix("tile/entries/").or(path.strip_prefix("tile/0/"));
        let number = number.and_then(|number| number[..3].parse::<u64>().ok());
        match number {
            Some(number) if number >= self.from && self.kind == Kind::Missing => Ok(None),
            Some(number) if number >= self.from => Err(StoreError::failed(path, &"the disk is on fire")),
            _ => self.objects.read(path, size_bytes_max).await,
        }
    }
}

/// A holder of the key who signed a thousand million entries, and makes up whatever is asked for.
struct MadeUp {
    note: Vec<u8>,
    has_entries: bool,
    reads: AtomicU64,
}

#[async_trait]
impl ReadSide for MadeUp {
    async fn read(&self, path: &str, _: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let number = self.reads.fetch_add(1, Ordering::Relaxed);
        let chance = |at: u64| leaf_hash(&[number.to_be_bytes(), at.to_be_bytes()].concat());
        Ok(match path {
            "pending" => None,
            "checkpoint" => Some(self.note.clone()),
            path if path.starts_with("tile/entries/") && self.has_entries => {
                let entry = |at| [&[0, 34, 1, 1][..], &chance(at)].concat();
                Some((0..256).flat_map(entry).collect())
            }
            _ => Some((0..256).flat_map(chance).collect()),
        })
    }
}

#[tokio::test(start_paused = true)]
async fn tiles_without_end_come_to_one() {
    let size = 1_000_000_000;
    let checkpoint =
        seal::tlog::Checkpoint { origin: support::ORIGIN.to_owned(), size, root: [9; 32], extensions: String::new() };
    let note = SignedCheckpoint::sign(checkpoint, &signer()).print().into_bytes();
    for has_entries in [false, true] {
        let side = MadeUp { note: note.clone(), has_entries, reads: AtomicU64::new(0) };
        let report = audit(&side, &[], &one_key(), Some(&side)).await;
        assert!(report.disagrees() && report.forks.is_empty());
        // Twice, the log and its mirror, each with what is fetched ahead.
        assert!(side.reads.load(Ordering::Relaxed) < 2 * 2_200, "{:?}", side.reads);
        let notes: Vec<String> = report.notes.iter().map(|note| format!("{}: {}", note.path, note.what)).collect();
        let says = |at: usize, path: &str| {
            notes[at].starts_with(&format!("{path}: given up after 100"))
                && notes[at].contains("of 1000000000: the rest")
        };
        assert!(notes.len() == 2 && says(0, "tile/") && says(1, "mirror/tile/"), "{notes:?}");
    }
}

/// A folder whose partial objects are removed while it is read: they were listed, and then only the full ones are there.
struct Growing {
    before: BTreeMap<String, Vec<u8>>,
    after: Memory,
}

#[async_trait]
impl ReadSide for Growing {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match path {
            "checkpoint" | "pending" => Ok(self.before.get(path).cloned()),
            path => self.after.read(path, size_bytes_max).await,
        }
    }

    async fn tiles(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.before.keys().filter(|path| path.contains('/')).cloned().collect())
    }
}

#[tokio::test(start_paused = true)]
async fn partial_tiles_that_go_while_they_are_looked_at_are_no_fault() {
    let world = world_of(600).await;
    let before = world.objects.copy();
    let log = Log::open(Config::default(), parts(&world)).await.unwrap();
    support::append(&log, 600..800).await.into_iter().for_each(|appended| drop(appended.unwrap()));
    log.close().await;
    let mut after = world.objects.copy();
    after.retain(|path, _| !before.contains_key(path) || !path.contains(".p/"));
    // The tile above has its partial one for good: it is not full yet.
    after.extend(
        before
            .iter()
            .filter(|(path, _)| path.starts_with("tile/1/"))
            .map(|(path, bytes)| (path.clone(), bytes.clone())),
    );
    assert!(before.contains_key("tile/0/002.p/88") && !after.contains_key("tile/0/002.p/88"));
    let side = Growing { before, after: Memory::holding(after) };
    let report = audit(&side, &[], &one_key(), Some(&side)).await;
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(report.entries, 600);
}

#[tokio::test(start_paused = true)]
async fn a_mirror_is_compared_as_far_as_it_goes() {
    let (long, short) = (world_of(600).await.objects.copy(), world_of(300).await.objects.copy());
    let (long, short) = (Memory::holding(long), Memory::holding(short));
    for (log, mirror, entries, found) in [
        (&long, &long, (600, 600, Some(600)), vec![]),
        (&long, &short, (600, 300, Some(300)), vec![]),
        (&short, &long, (300, 600, Some(300)), vec![Kind::WentBack]),
    ] {
        let report = audit(log, &[], &one_key(), Some(mirror)).await;
        let beside = report.mirror.unwrap();
        assert_eq!((beside.log_entries, beside.entries, beside.same_entries), entries);
        assert_eq!((kinds(&report), report.forks.len()), (found, 0), "{:?}", report.findings);
    }
    // What is wrong on one side is never held to be the same, nor a fork.
    let mut damaged = short.copy();
    damaged.get_mut("tile/entries/000").unwrap()[40] ^= 1;
    damaged.get_mut("tile/0/000").unwrap()[40] ^= 1;
    let report = audit(&long, &[], &one_key(), Some(&Memory::holding(damaged))).await;
    assert!(report.forks.is_empty() && report.disagrees(), "{:?}", report.forks);
    assert_eq!(report.mirror.unwrap().same_entries, None);
}

#[tokio::test(start_paused = true)]
async fn a_mirror_without_a_checkpoint_is_told() {
    let (objects, policy) = objects().await;
    let mut bare = objects.clone();
    bare.remove("checkpoint");
    let (log, mirror) = (Memory::holding(objects), Memory::holding(bare));
    let report = audit(&log, &[], &policy, Some(&mirror)).await;
    assert_eq!((named(&report), kinds(&report)), (vec!["mirror/checkpoint"], vec![Kind::NoQuorum]));
    assert_eq!(report.mirror.unwrap().checkpoint_entries, None);
    let report = audit(&log, &[], &one_key(), Some(&mirror)).await;
    assert!(report.is_clean(), "{:?}", report.findings);
    assert!(report.notes.iter().any(|note| note.path == "mirror/checkpoint"), "{:?}", report.notes);
}

#[tokio::test(start_paused = true)]
async fn what_is_signed_beyond_what_is_witnessed_is_told_apart() {
    let world = world_of(0).await;
    let (watchers, policy) = watcher::three();
    let open = || {
        let config = Config { policy: policy.clone(), ..Config::default() };
        Log::open(config, ledger::Parts { witnesses: watcher::as_witnesses(&watchers), ..parts(&world) })
    };
    let log = open().await.unwrap();
    support::append(&log, 0..3).await.into_iter().for_each(|appended| assert!(appended.unwrap().witnessed));
    watchers[..2].iter().for_each(|watcher| *watcher.is_down.lock().unwrap() = true);
    support::append(&log, 3..7).await.into_iter().for_each(|appended| assert!(!appended.unwrap().witnessed));
    log.close().await;
    let report = audit(&world.objects, &[], &policy, None).await;
    assert!(report.is_clean(), "{:?}", report.findings);
    let witnessed = report.witnessed.unwrap();
    assert_eq!((report.entries, witnessed.checkpoint().size, report.quorum), (7, 3, Some(false)));
    assert_eq!(report.newest.unwrap().checkpoint().size, 7);
    let report = audit(&world.objects, &[], &one_key(), None).await;
    assert_eq!((report.witnessed, report.quorum), (None, Some(true)), "who asks for none is content");
}

#[tokio::test(start_paused = true)]
async fn another_logs_mirror_is_no_fork() {
    let other = SignerKey::new("log.example/two", KeyKind::Log, &[8; 32]).unwrap();
    let store = Arc::new(Memory::default());
    let parts = ledger::Parts {
        objects: Arc::clone(&store) as Arc<dyn ledger::Objects>,
        lock: Arc::new(MemoryLock::default()),
        signer: SignerKey::new("log.example/two", KeyKind::Log, &[8; 32]).unwrap(),
        witnesses: Vec::new(),
    };
    Log::create(&parts).await.unwrap();
    let log = Log::open(Config::default(), parts).await.unwrap();
    log.append(entry(77)).await.unwrap();
    log.close().await;
    let both = format!("log {}\nlog {}\nquorum none\n", signer().verifier(), other.verifier());
    let world = world_of(3).await;
    for policy in [one_key(), Policy::parse(&both).unwrap()] {
        let report = audit(&world.objects, &[], &policy, Some(&*store)).await;
        let found: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        let what = "it is of log.example/two, and not of log.example/one: another log's mirror, nothing was compared";
        assert_eq!(found, [format!("mirror/checkpoint: {what}")]);
        assert!(report.forks.is_empty() && !report.disagrees() && !report.is_clean());
    }
}

/// A store that lists staging objects, as a folder does.
struct Listed(Memory);

#[async_trait]
impl ReadSide for Listed {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read(path, size_bytes_max).await
    }

    async fn tiles(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.0.copy().into_keys().filter(|path| path.contains('/')).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_left_over_is_a_note_unless_a_start_may_need_it() {
    let (objects, policy) = objects().await;
    let newest = SignedCheckpoint::parse(&objects["pending"]).unwrap();
    let root: String = newest.checkpoint().root.iter().map(|byte| format!("{byte:02x}")).collect();
    let zeros = "00".repeat(32);
    let (last, earlier, next) =
        (format!("staging/512-600-{root}"), format!("staging/1-9-{zeros}"), format!("staging/600-610-{zeros}"));
    let path = "tile/0/002.p/88";
    let (same, other) = (staged(&[(path, &objects[path])]), staged(&[(path, b"other")]));
    let torn = same[..same.len() - 1].to_vec();
    for (at, bytes, note, finding) in [
        (&last, &same, Some("the last batch, which is published"), None),
        (&last, &other, Some("tile/0/002.p/88 is another there"), None),
        (&last, &torn, Some("left over and torn"), None),
        (&earlier, &same, Some("an earlier batch"), None),
        (&earlier, &torn, Some("left over and torn"), None),
        (&next, &same, Some("not published"), None),
        (&next, &torn, None, Some("it is torn")),
        (&"staging/.keep".to_owned(), &torn, Some("does not call"), None),
        (&format!("staging/9-1-{zeros}"), &torn, Some("does not call"), None),
    ] {
        let mut with = objects.clone();
        with.insert(at.clone(), bytes.clone());
        let report = audit(&Listed(Memory::holding(with)), &[], &policy, None).await;
        let notes: Vec<_> = report.notes.iter().map(|note| (&note.path, note.what.as_str())).collect();
        let found: Vec<_> = report.findings.iter().map(|found| (&found.path, found.what.as_str())).collect();
        for (said, words) in [(&notes, note), (&found, finding)] {
            match (&said[..], words) {
                ([], None) => {}
                ([(path, what)], Some(words)) => assert!(*path == at && what.contains(words), "{path}: {what}"),
                _ => panic!("{at}: {notes:?} {found:?}"),
            }
        }
    }
    // Tiles of a batch that nobody signed are no damage, wherever they stand; what they begin with is looked at.
    let wide = [&objects[path][..], &[9; 32]].concat();
    for (at, bytes, named) in [
        ("tile/0/003", vec![9; 256 * 32], None),
        ("tile/0/002.p/89", wide, None),
        ("tile/0/002.p/90", vec![9; 90 * 32], Some(512)),
    ] {
        let mut with = objects.clone();
        with.insert(at.to_owned(), bytes);
        let report = audit(&Memory::holding(with), &[], &policy, None).await;
        let found: Vec<_> = report.findings.iter().map(|found| (found.path.as_str(), found.index)).collect();
        assert_eq!(found, named.map(|index| (at, Some(index))).into_iter().collect::<Vec<_>>());
        assert_eq!(report.notes.iter().any(|note| note.what.contains("1 of the tiles")), named.is_none());
    }
}

/// What an earlier, smaller log served is still served, and must be the beginning of what came later.
#[tokio::test(start_paused = true)]
async fn one_changed_byte_of_an_earlier_size_is_named() {
    let (mut objects, policy) = objects().await;
    for path in ["tile/0/002.p/88", "tile/entries/002.p/88", "tile/1/000.p/2"] {
        let (place, width) = path.split_once(".p/").unwrap();
        let bytes = &objects[path];
        let narrower = width.parse::<usize>().unwrap() / 2;
        let begins = bytes[..bytes.len() / width.parse::<usize>().unwrap() * narrower].to_vec();
        objects.insert(format!("{place}.p/{narrower}"), begins);
    }
    let full = objects["tile/0/000"][..32 * 7].to_vec();
    objects.insert("tile/0/000.p/7".to_owned(), full);
    let clean = audit(&Memory::holding(objects.clone()), &[], &policy, None).await;
    assert!(clean.is_clean(), "{:?}", clean.findings);
    for (path, index) in
        [("tile/0/002.p/44", 513), ("tile/entries/002.p/44", 513), ("tile/1/000.p/1", 0), ("tile/0/000.p/7", 1)]
    {
        let mut changed = objects.clone();
        let at = if path.contains("/1/") { 0 } else { 40 };
        changed.get_mut(path).unwrap()[at] ^= 1;
        let report = audit(&Memory::holding(changed.clone()), &[], &policy, None).await;
        let found: Vec<_> = report.findings.iter().map(|found| (found.path.as_str(), found.index)).collect();
        assert_eq!(found, [(path, Some(index))]);
        let mirrored = audit(&Memory::holding(objects.clone()), &[], &policy, Some(&Memory::holding(changed))).await;
        assert_eq!(mirrored.findings[0].path, format!("mirror/{path}"));
    }
    // Where the widest is damaged, those before it are still what was signed, and are not named.
    let mut changed = objects.clone();
    changed.get_mut("tile/0/002.p/88").unwrap()[3] ^= 1;
    assert_eq!(named(&audit(&Memory::holding(changed), &[], &policy, None).await), ["tile/0/002.p/88"]);
    let mut strange = objects.clone();
    strange.insert("tile/0/000.p/256".to_owned(), Vec::new());
    assert_eq!(audit(&Memory::holding(strange), &[], &policy, None).await.findings[0].path, "tile/0/000.p/256");
}

/// Our tiles as `tlog_tiles` asks for them.
struct Theirs<'a>(&'a BTreeMap<String, Vec<u8>>);

impl tlog_tiles::TileReader for Theirs<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let partial = if tile.width() < 256 { format!(".p/{}", tile.width()) } else { String::new() };
            self.0[&format!("tile/{}/{:03}{partial}", tile.level(), tile.level_index())].clone()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

#[tokio::test(start_paused = true)]
async fn other_authors_agree() {
    use tlog_tiles::{Hash, TileHashReader, check_record, check_tree, prove_record, prove_tree, record_hash};
    let world = world_of(300).await;
    let log = Log::open(Config::default(), parts(&world)).await.unwrap();
    let early = log.append(entry(0)).await.unwrap().proof.checkpoint;
    support::append(&log, 300..600).await.into_iter().for_each(|appended| drop(appended.unwrap()));
    let verifier = signed_note::StandardVerifier::new(&signer().verifier().to_string()).unwrap();
    let known = signed_note::VerifierList::new(vec![Box::new(verifier)]);
    let objects = world.objects.copy();
    for number in [0, 1, 255, 256, 299, 300, 511, 512, 599] {
        let proof = log.append(entry(number)).await.unwrap().proof;
        let note = signed_note::Note::from_bytes(proof.checkpoint.print().as_bytes()).unwrap();
        let (verified, _) = note.verify(&known).unwrap();
        assert_eq!(verified.len(), 1);
        let theirs = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
        let (size, root) = (theirs.size(), *theirs.hash());
        let hashes: Vec<Hash> = proof.hashes.iter().map(|hash| Hash(*hash)).collect();
        check_record(&hashes, size, root, proof.index, record_hash(&entry(number).bytes())).unwrap();
        let tiles = Theirs(&objects);
        let reader = TileHashReader::new(size, root, &tiles);
        assert_eq!(prove_record(size, proof.index, &reader).unwrap(), hashes, "their proof from our tiles");
        let old = early.checkpoint();
        let consistency = prove_tree(size, old.size, &reader).unwrap();
        check_tree(&consistency, size, root, old.size, Hash(old.root)).unwrap();
        let ours: Vec<[u8; 32]> = consistency.iter().map(|hash| hash.0).collect();
        assert!(seal::tlog::is_consistent(old.size, &old.root, size, &root.0, &ours));
    }
    log.close().await;
}
