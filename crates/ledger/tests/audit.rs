//! One changed byte anywhere, one object gone, a log cut short: the audit names the place. And what it passes is right by
//! the tiles, proofs and notes of other authors (`tlog_tiles`, `signed_note`).
//!
//! Not here: forks (`witnesses.rs`). Invariant: nothing but the changed object is named.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use ledger::{Config, Log, Memory, audit};
use seal::tlog::{Policy, SignedCheckpoint};
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

#[tokio::test(start_paused = true)]
async fn one_changed_byte_is_named() {
    let (objects, policy) = objects().await;
    let clean = audit(&Memory::holding(objects.clone()), &[], &policy, None).await;
    assert!(clean.is_clean(), "{:?}", clean.findings);
    assert_eq!((clean.entries, clean.confirmed, clean.judged.unwrap().cosigners.len()), (600, 2, 2));
    assert_eq!(objects.len(), 9, "two notes, three tiles and three bundles, one tile above: {:?}", objects.keys());
    for (path, bytes) in &objects {
        let step = (bytes.len() / 40).max(1);
        for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut changed = objects.clone();
            changed.get_mut(path).unwrap()[at] ^= 1;
            let report = audit(&Memory::holding(changed), &[], &policy, None).await;
            let found: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            assert!(report.findings.iter().any(|finding| finding.path == *path), "byte {at} of {path}: {found:?}");
            let is_named_alone = report.findings.iter().all(|finding| finding.path == *path);
            assert!(is_named_alone, "byte {at} of {path} casts doubt on others: {found:?}");
            let index = report.findings[0].index;
            if path.starts_with("tile/entries/") && at % 36 >= 4 {
                let first = path.split(['/', '.']).nth(2).unwrap().parse::<u64>().unwrap() * 256;
                assert_eq!(index, Some(first + at as u64 / 36), "byte {at} of {path}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_or_cut_short_is_named() {
    let (objects, policy) = objects().await;
    for path in objects.keys().filter(|path| path.starts_with("tile/")) {
        let mut less = objects.clone();
        less.remove(path);
        let report = audit(&Memory::holding(less), &[], &policy, None).await;
        assert!(report.findings.iter().any(|finding| finding.path == *path), "{path}: {:?}", report.findings);
        let mut short = objects.clone();
        short.get_mut(path).unwrap().pop();
        let report = audit(&Memory::holding(short), &[], &policy, None).await;
        assert!(report.findings.iter().any(|finding| finding.path == *path), "{path}: {:?}", report.findings);
    }
    let newest = SignedCheckpoint::parse(&objects["checkpoint"]).unwrap();
    let shorter = world_of(599).await.objects.copy();
    let one_key = Policy::parse(&format!("log {}\nquorum none\n", signer().verifier())).unwrap();
    let report = audit(&Memory::holding(shorter), std::slice::from_ref(&newest), &one_key, None).await;
    assert!(report.findings.iter().any(|finding| finding.what.contains("the log went back")), "{:?}", report.findings);
    let nothing = audit(&Memory::default(), &[newest], &policy, None).await;
    assert!(!nothing.is_clean());
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
