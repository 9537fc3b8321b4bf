//! Witnesses: a quorum with some of them down, logs from the past, stolen keys, and a witness's own memory.
//!
//! Not here: HTTP (the desk).
//! Invariant: what a witness has cosigned it never takes back, whoever asks.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use ledger::{
    AddCheckpoint, Config, Decision, Log, Memory, MemoryLock, Parts, Refused, WitnessBook, WitnessError, Witnessed,
    audit,
};
use seal::tlog::{Checkpoint, KeyKind, Policy, SignedCheckpoint, SignerKey};
use support::watcher::{self, Watcher};
use support::world::World;
use support::{ORIGIN, append, check, entry, parts, signer, world_of};

fn watched(world: &Arc<World>, watchers: &[Arc<Watcher>]) -> Parts {
    Parts { witnesses: watcher::as_witnesses(watchers), ..parts(world) }
}

fn config(policy: &Policy) -> Config {
    Config { policy: policy.clone(), ..Config::default() }
}

#[tokio::test(start_paused = true)]
async fn one_witness_may_be_down_and_two_are_caught_up_with() {
    let world = world_of(0).await;
    let (watchers, policy) = watcher::three();
    let log = Log::open(config(&policy), watched(&world, &watchers)).await.unwrap();
    for (down, number) in watchers.iter().zip(0..) {
        *down.is_down.lock().unwrap() = true;
        let appended = log.append(entry(number)).await.unwrap();
        assert!(appended.witnessed, "{number} is down");
        assert!(policy.judge(&appended.proof.checkpoint).holds());
        *down.is_down.lock().unwrap() = false;
    }
    for watcher in &watchers[..2] {
        *watcher.is_down.lock().unwrap() = true;
    }
    let alone = log.append(entry(3)).await.unwrap();
    assert!(!alone.witnessed && alone.proof.is_for(&entry(3).leaf_hash()));
    assert_eq!(log.status().witnessed.unwrap().checkpoint().size, 3);
    assert!(log.status().witnesses.iter().filter(|witness| witness.error.is_some()).count() >= 2);
    for watcher in &watchers[..2] {
        *watcher.is_down.lock().unwrap() = false;
    }
    tokio::time::sleep(Duration::from_secs(40)).await;
    let later = log.append(entry(3)).await.unwrap();
    assert!(later.witnessed);
    assert_eq!((later.index, later.proof.checkpoint.checkpoint().size), (3, 4));
    log.close().await;
    let published = SignedCheckpoint::parse(&world.objects.copy()["checkpoint"]).unwrap();
    assert!(policy.judge(&published).holds());
    check::whole(&world);
}

/// Another world with what this one holds now.
fn backup(world: &World) -> (Memory, MemoryLock) {
    (Memory::holding(world.objects.copy()), MemoryLock::holding(ORIGIN, world.held().unwrap()))
}

#[tokio::test(start_paused = true)]
async fn a_log_restored_with_its_lock_is_refused_by_any_witness() {
    let world = world_of(10).await;
    let (watchers, policy) = watcher::three();
    let (objects, lock) = backup(&world);
    let log = Log::open(config(&policy), watched(&world, &watchers)).await.unwrap();
    assert!(log.append(entry(10)).await.unwrap().witnessed);
    log.close().await;
    // Two of the three cannot be reached when the restored log starts; one is enough.
    let who_knows = watchers.iter().position(|watcher| watcher.memory.lock().unwrap().size == 11).unwrap();
    for (at, watcher) in watchers.iter().enumerate() {
        *watcher.is_down.lock().unwrap() = at != who_knows;
    }
    let witnesses = watcher::as_witnesses(&watchers);
    let restored = Parts { objects: Arc::new(objects), lock: Arc::new(lock), signer: signer(), witnesses };
    let refused = Log::open(config(&policy), restored).await.map(drop);
    assert!(matches!(refused, Err(Refused::WitnessAhead { seen: 11, lock: 10, .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fork_under_the_stolen_key_is_refused_and_shown() {
    let world = world_of(300).await;
    let (watchers, policy) = watcher::three();
    let (objects, lock) = backup(&world);
    let objects = Arc::new(objects);
    let log = Log::open(config(&policy), watched(&world, &watchers)).await.unwrap();
    append(&log, 300..310).await.into_iter().for_each(|appended| assert!(appended.unwrap().witnessed));

    // The thief's log: the same beginning, other entries, the same number of them and then more.
    let stolen = |witnesses| Parts {
        objects: Arc::clone(&objects) as Arc<dyn ledger::Objects>,
        lock: Arc::new(MemoryLock::holding(ORIGIN, held(&objects))),
        signer: signer(),
        witnesses,
    };
    drop(lock);
    let fork = Log::open(Config::default(), stolen(Vec::new())).await.unwrap();
    append(&fork, 400..420).await.into_iter().for_each(|appended| drop(appended.unwrap()));
    fork.close().await;
    let refused = Log::open(config(&policy), stolen(watcher::as_witnesses(&watchers))).await.map(drop);
    assert!(matches!(refused, Err(Refused::WitnessDisagrees { .. })), "{refused:?}");
    log.close().await;

    let one_key = Policy::parse(&format!("log {}\nquorum none\n", signer().verifier())).unwrap();
    let alone = audit(&*objects, &[], &one_key, None).await;
    assert!(alone.is_clean(), "a fork is whole in itself: {:?}", alone.findings);
    for (here, there) in [(&world.objects, &*objects), (&*objects, &world.objects)] {
        let report = audit(here, &[], &policy, Some(there)).await;
        let fork = report.forks.first().unwrap_or_else(|| panic!("no fork shown: {:?}", report.findings));
        assert_eq!(fork.first_index, Some(300));
        assert_ne!(fork.here.checkpoint().root, fork.there.checkpoint().root);
    }
    let known = SignedCheckpoint::parse(&world.objects.copy()["checkpoint"]).unwrap();
    let report = audit(&*objects, &[known], &one_key, None).await;
    assert_eq!(report.forks.len(), 1, "a checkpoint seen earlier shows it too: {:?}", report.findings);
}

/// What the lock of these objects holds when they are at rest.
fn held(objects: &Memory) -> Vec<u8> {
    [b"after 0\n", &objects.copy()["pending"][..]].concat()
}

/// What a witness shows when it has cosigned this many entries of a tree, signed by a log's key.
fn shown(size: u64, root: seal::tlog::Hash, key: &SignerKey) -> Option<Vec<u8>> {
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, extensions: String::new() };
    Some(SignedCheckpoint::sign(checkpoint, key).print().into_bytes())
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_shown_more_than_it_signed_stops() {
    let world = world_of(10).await;
    let (watchers, policy) = watcher::three();
    let log = Log::open(config(&policy), watched(&world, &watchers)).await.unwrap();
    log.append(entry(10)).await.unwrap();
    watchers[1].memory.lock().unwrap().size = 1_000;
    *watchers[1].shown.lock().unwrap() = shown(1_000, [1; 32], &signer());
    let _ = log.append(entry(11)).await;
    assert!(log.stopped().await.what.contains("has seen 1000 entries"));
    assert!(log.append(entry(12)).await.is_err());
    log.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_shown_another_history_stops() {
    let world = world_of(10).await;
    let (watchers, policy) = watcher::three();
    let log = Log::open(config(&policy), watched(&world, &watchers)).await.unwrap();
    log.append(entry(10)).await.unwrap();
    watchers[1].memory.lock().unwrap().root = [1; 32];
    *watchers[1].shown.lock().unwrap() = shown(11, [1; 32], &signer());
    let _ = log.append(entry(11)).await;
    assert!(log.stopped().await.what.contains("another history"));
    log.close().await;
}

/// One of three lies, in each way there is; what it shows for it is nothing, no note, a stranger's or one of this history.
#[tokio::test(start_paused = true)]
async fn a_witness_that_only_claims_stops_nobody() {
    let stranger = SignerKey::new(ORIGIN, KeyKind::Log, &[8; 32]).unwrap();
    let world = world_of(10).await;
    let (watchers, policy) = watcher::three();
    let own = world.objects.copy()["pending"].clone();
    let evidence = [None, Some(b"nonsense".to_vec()), shown(1_000_000, [1; 32], &stranger), Some(own)];
    let lies = [WitnessError::Conflict(u64::MAX), WitnessError::BadProof("you lie".into())];
    let mut next = 10;
    for lie in &lies {
        for shown in &evidence {
            *watchers[1].lie.lock().unwrap() = Some(lie.clone());
            watchers[1].shown.lock().unwrap().clone_from(shown);
            let log = Log::open(config(&policy), watched(&world, &watchers)).await.unwrap();
            let appended = log.append(entry(next)).await.unwrap();
            assert!(appended.witnessed, "{lie:?} {shown:?}");
            assert_eq!(log.status().stopped, None, "{lie:?} {shown:?}");
            let said = log.status().witnesses[1].error.clone().unwrap_or_default();
            assert!(said.contains("claims"), "{lie:?} {shown:?}: {said}");
            log.close().await;
            next += 1;
        }
    }
    // Where too few speak for the log, a start believes the claim: both may have been brought back from the past.
    *watchers[0].is_down.lock().unwrap() = true;
    for lie in lies {
        *watchers[1].lie.lock().unwrap() = Some(lie.clone());
        let refused = Log::open(config(&policy), watched(&world, &watchers)).await.map(drop);
        let is_said = matches!(&refused, Err(Refused::WitnessClaims { what, .. }) if what.contains("claims"));
        assert!(is_said, "{refused:?}");
    }
    check::whole(&world);
}

/// Lines that verify under nothing, under names of the policy with other ids, and under another witness's own.
#[tokio::test(start_paused = true)]
async fn lines_that_do_not_verify_are_not_carried_along() {
    let world = world_of(10).await;
    let (watchers, policy) = watcher::three();
    let line = |name: &str, id: u32, rest: &[u8]| {
        let blob = [&id.to_be_bytes()[..], rest].concat();
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, blob);
        seal::tlog::SignatureLine::parse(&format!("\u{2014} {name} {text}")).unwrap()
    };
    let mut junk: Vec<_> = (0..400).map(|id| line("witness-2.example", id, b"x")).collect();
    let others = watchers[0].key.verifier();
    junk.push(line(others.name(), u32::from_be_bytes(others.key_id()), &[7; 72]));
    *watchers[1].junk.lock().unwrap() = junk;
    for _ in 0..3 {
        let log = Log::open(config(&policy), watched(&world, &watchers)).await.unwrap();
        for number in 10..15 {
            let appended = log.append(entry(number)).await.unwrap();
            assert!(appended.witnessed);
            let note =
                SignedCheckpoint::parse(appended.proof.checkpoint.print().as_bytes()).expect("everybody can read it");
            assert!(note.lines().len() <= 4, "{} lines", note.lines().len());
            assert!(policy.judge(&note).holds());
        }
        log.close().await;
    }
    check::whole(&world);
}

/// Witnesses that take longer than a batch, one of them away at once: what is witnessed keeps up with a log that never rests.
#[tokio::test(start_paused = true)]
async fn a_quorum_is_not_dropped_because_the_log_has_grown() {
    let world = world_of(0).await;
    let (watchers, policy) = watcher::three();
    *watchers[0].delay.lock().unwrap() = Duration::from_millis(120);
    *watchers[1].delay.lock().unwrap() = Duration::from_millis(190);
    *watchers[2].is_down.lock().unwrap() = true;
    let log = Arc::new(Log::open(config(&policy), watched(&world, &watchers)).await.unwrap());
    let mut appends = Vec::new();
    for number in 0..400 {
        let log = Arc::clone(&log);
        appends.push(tokio::spawn(async move { log.append(entry(number)).await.unwrap().witnessed }));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut witnessed = 0;
    for append in appends {
        witnessed += u32::from(append.await.unwrap());
    }
    assert_eq!(witnessed, 400, "each within the two seconds that an append waits");
    log.close().await;
}

/// A log of the first `size` entries, and proofs from it.
struct Tree(Vec<seal::tlog::Hash>);

impl Tree {
    fn request(&self, old: u64, size: u64) -> AddCheckpoint {
        let root = check::slow_root(&self.0[..size as usize]);
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, extensions: String::new() };
        let read = |level: u32, index: u64| {
            let width = 1usize << level;
            let first = index as usize * width;
            Ok::<_, std::convert::Infallible>(check::slow_root(&self.0[first..first + width]))
        };
        let proof = if old <= size { seal::tlog::consistency_proof(old, size, read).unwrap() } else { Vec::new() };
        AddCheckpoint { old_size: old, proof, checkpoint: SignedCheckpoint::sign(checkpoint, &signer()) }
    }
}

async fn book(file: &std::path::Path) -> WitnessBook {
    let key = SignerKey::new("witness.example", KeyKind::Witness, &[9; 32]).unwrap();
    let logs = Policy::parse(&format!("log {}\nquorum none\n", signer().verifier())).unwrap();
    if !file.exists() {
        WitnessBook::create(file, &key).await.unwrap();
    }
    WitnessBook::open(file, key, logs).await.unwrap()
}

#[tokio::test]
async fn a_memory_that_is_empty_or_anothers_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (folder.path().join("own"), folder.path().join("other"));
    let key = |seed| SignerKey::new("witness.example", KeyKind::Witness, &[seed; 32]).unwrap();
    WitnessBook::create(&own, &key(1)).await.unwrap();
    WitnessBook::create(&other, &key(2)).await.unwrap();
    assert!(WitnessBook::create(&own, &key(1)).await.is_err(), "made twice");
    let opened = async |file: &std::path::Path| WitnessBook::open(file, key(1), Policy::default()).await.map(drop);
    assert_eq!(opened(&own).await, Ok(()));
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    for name in ["other", "empty"] {
        assert!(opened(&folder.path().join(name)).await.unwrap_err().contains("not the memory"), "{name}");
    }
}

/// What a witness serves is read by others: whoever sends it a public checkpoint must not get his own lines in there.
#[tokio::test]
async fn strangers_lines_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let book = book(&folder.path().join("witness.sqlite")).await;
    let mut request = Tree((0..20).map(|number| entry(number).leaf_hash()).collect()).request(0, 5);
    let stranger = SignerKey::new("witness.example/other", KeyKind::Witness, &[8; 32]).unwrap();
    let line = request.checkpoint.cosign(&stranger, 5);
    request.checkpoint.add(line);
    assert!(matches!(book.add_checkpoint(&request, 7).await, Ok(Witnessed::Cosigned(_))));
    let note = SignedCheckpoint::parse(&book.newest(ORIGIN).await.unwrap().unwrap()).unwrap();
    let names: Vec<&str> = note.lines().iter().map(seal::tlog::SignatureLine::name).collect();
    assert_eq!(names, [ORIGIN, "witness.example"]);
}

#[tokio::test]
async fn a_witness_never_signs_backwards() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("witness.sqlite");
    let tree = Tree((0..20).map(|number| entry(number).leaf_hash()).collect());
    let other = Tree((50..70).map(|number| entry(number).leaf_hash()).collect());
    let not_ours = |mut request: AddCheckpoint, seed: u8, name: &str| {
        let key = SignerKey::new(name, KeyKind::Log, &[seed; 32]).unwrap();
        let checkpoint = Checkpoint { origin: name.into(), ..request.checkpoint.checkpoint().clone() };
        request.checkpoint = SignedCheckpoint::sign(checkpoint, &key);
        request
    };
    let mut padded = tree.request(7, 9);
    padded.proof.push([0; 32]);
    let mut unproved = tree.request(7, 9);
    unproved.proof.clear();
    let mut from_nothing = tree.request(0, 5);
    from_nothing.proof.push([1; 32]);
    let table = [
        (not_ours(tree.request(0, 5), 7, "log.example/two"), Err(Decision::UnknownLog)),
        (not_ours(tree.request(0, 5), 8, ORIGIN), Err(Decision::NotSigned)),
        (from_nothing, Err(Decision::BadProof)),
        (tree.request(3, 5), Err(Decision::Conflict(0))),
        (tree.request(0, 0), Ok(0)),
        (tree.request(0, 5), Ok(5)),
        (tree.request(0, 7), Err(Decision::Conflict(5))),
        (tree.request(5, 7), Ok(7)),
        (tree.request(7, 7), Ok(7)),
        (tree.request(5, 6), Err(Decision::Conflict(7))),
        (tree.request(7, 6), Err(Decision::Malformed)),
        (tree.request(9, 9), Err(Decision::Conflict(7))),
        (padded, Err(Decision::BadProof)),
        (unproved, Err(Decision::BadProof)),
        (other.request(7, 9), Err(Decision::BadProof)),
        (other.request(7, 7), Err(Decision::BadProof)),
        (tree.request(7, 20), Ok(20)),
    ];
    for (at, (request, expected)) in table.into_iter().enumerate() {
        // A new process for each request.
        let book = book(&file).await;
        let said = book.add_checkpoint(&request, 1_700_000_000).await.unwrap();
        match (said, expected) {
            (Witnessed::Cosigned(line), Ok(size)) => {
                let mut signed = request.checkpoint.clone();
                signed.add(line);
                let newest = book.newest(ORIGIN).await.unwrap().unwrap();
                assert_eq!((signed.checkpoint().size, newest), (size, signed.print().into_bytes()), "row {at}");
            }
            (Witnessed::Not(said), Err(expected)) => assert_eq!(said, expected, "row {at}"),
            (said, expected) => panic!("row {at}: {said:?}, not {expected:?}"),
        }
        book.close().await;
    }
}

#[tokio::test]
async fn of_two_requests_from_one_size_only_one_is_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("witness.sqlite");
    let (one, two) = (book(&file).await, book(&file).await);
    let ours = Tree((0..20).map(|number| entry(number).leaf_hash()).collect()).request(0, 20);
    let other = Tree((50..70).map(|number| entry(number).leaf_hash()).collect()).request(0, 20);
    let (a, b) = tokio::join!(one.add_checkpoint(&ours, 1), two.add_checkpoint(&other, 1));
    let cosigned = [a.unwrap(), b.unwrap()].into_iter().filter(|said| matches!(said, Witnessed::Cosigned(_))).count();
    assert_eq!(cosigned, 1);
}

#[test]
fn only_the_printed_form_of_a_request_is_read() {
    let request = Tree((0..20).map(|number| entry(number).leaf_hash()).collect()).request(7, 20);
    let text = request.print();
    assert_eq!(AddCheckpoint::parse(text.as_bytes()), Some(request));
    for bad in [
        text.replacen("old 7", "old 07", 1),
        text.replacen("old 7", "old +7", 1),
        text.replacen("old 7", "new 7", 1),
        text.replacen("old 7\n", "old 7\n\n", 1),
        text.replacen("old 7\n", "old 7\nAAAA\n", 1),
        text.trim_end().to_owned(),
        text.replacen("old 7\n", &"old 7\n".repeat(2), 1),
        format!("old 7\n{}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(64))
            + &text[text.find("\n\n").unwrap() + 1..],
    ] {
        assert_eq!(AddCheckpoint::parse(bad.as_bytes()), None, "{bad}");
    }
}
