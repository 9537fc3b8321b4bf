//! A keyring whose disk fails or whose process dies, at every call that writes: what was reported stands, and the rest can be told.
//!
//! Not here: a medium that lies (`spec/vault.md` says what is not in our power). The test runs itself as another program under
//! `strace`, first to see the calls, then once for each call and fault. strace counts calls for each thread and place.
#![allow(clippy::unwrap_used, clippy::panic)]

mod keyring_support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use keyring_support::{DIGEST, ERASURE, Known, OFFICE, keep, object_key, places, quick_folder};
use vault::keyring::{Head, Keyring, KeyringError, State};

const ACT: &str = "KEYRING_FAULT_ACT";
const FOLDER: &str = "KEYRING_FAULT_FOLDER";
/// Calls that write, flush, name, cut or make something.
const CALLS: &[&str] =
    &["pwrite64", "write", "fsync", "fdatasync", "ftruncate", "fallocate", "unlink", "rename", "renameat2", "openat"];

const KEPT: u8 = 1;
const HELD: u8 = 2;
const PENDING: u8 = 3;
const FRESH: u8 = 4;
const HOLD: [u8; 16] = [9; 16];
const FIRST: Head = Head { number: 3, hash: [3; 32] };
const HEAD: Head = Head { number: 7, hash: [7; 32] };
/// Beside the keyring: the tag of the first head's event.
const TAG: &str = "tag";

/// What the child does, and is killed in.
async fn act(folder: &Path, act: &str) -> Result<(), KeyringError> {
    let places = places(folder, 2);
    let key = Arc::new(Known(1));
    match act {
        "create" => return Keyring::create(&places, OFFICE, key).await.map(drop),
        "copy" => return Keyring::make_copy(&places[0], &places[1], OFFICE, key).await.map(drop),
        _ => {}
    }
    let mut keyring = Keyring::open(&places, OFFICE, key).await?;
    match act {
        "add" => keyring.add(&[FRESH; 16], "recording", &object_key(FRESH)).await,
        "keep" => keyring.keep(&[PENDING; 16], &DIGEST, 99).await,
        "forget" => keyring.forget_pending(&[PENDING; 16]).await,
        "hold" => keyring.hold(&[KEPT; 16], &HOLD).await,
        "release" => keyring.release(&[HELD; 16], &HOLD).await,
        "erase" => keyring.erase(&[KEPT; 16], ERASURE).await,
        "certify" => keyring.note_certificate(&[0; 16], &DIGEST).await,
        "advance" => keyring.advance(HEAD).await,
        "rotate" => keyring.rotate(Arc::new(Known(2))).await,
        other => panic!("{other}"),
    }
}

/// The child. Without its settings this is no test.
#[tokio::test]
async fn child() {
    let (Ok(name), Some(folder)) = (std::env::var(ACT), std::env::var_os(FOLDER)) else { return };
    match act(Path::new(&folder), &name).await {
        Ok(()) => println!("REPORTED"),
        Err(error) => println!("REFUSED {error}"),
    }
}

/// The keyring before the act.
async fn prepare(folder: &Path, act: &str) {
    if act == "create" {
        return;
    }
    let places = places(folder, if act == "copy" { 1 } else { 2 });
    let keyring = Keyring::create(&places, OFFICE, Arc::new(Known(1))).await.unwrap();
    for number in [0, KEPT, HELD, 20, 21, 22] {
        keep(&keyring, number).await.unwrap();
    }
    keyring.erase(&[0; 16], ERASURE).await.unwrap();
    keyring.hold(&[HELD; 16], &HOLD).await.unwrap();
    keyring.advance(FIRST).await.unwrap();
    // What the keyring is to know again, whatever happens.
    fs::write(folder.join(TAG), keyring.event_tag(FIRST.number, &DIGEST, &FIRST.hash)).unwrap();
    keyring.add(&[PENDING; 16], "recording", &object_key(PENDING)).await.unwrap();
    keyring.close().await;
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    call: String,
    file: String,
    nth: usize,
}

fn run(folder: &Path, act: &str, fault: Option<(&Point, &str)>) -> (Output, String) {
    let log = folder.with_extension("log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "0", "-o"]).arg(&log);
    match fault {
        None => strace.arg("-e").arg(format!("trace={}", CALLS.join(","))),
        Some((point, what)) => strace
            .args(["-e", &format!("trace={}", point.call)])
            .args(["-e", &format!("inject={}:{what}:when={}", point.call, point.nth)])
            .arg("-P")
            .arg(folder.join(&point.file)),
    };
    strace.arg(std::env::current_exe().unwrap()).args(["--exact", "child", "--nocapture", "--test-threads=1"]);
    let done = strace.env(ACT, act).env(FOLDER, folder).output().expect("strace is installed");
    let log = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
    (done, log)
}

/// Every call on a file of the folder, by thread and file.
fn points(folder: &Path, log: &str) -> BTreeSet<Point> {
    let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut points = BTreeSet::new();
    let inside = format!("{}/", folder.display());
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, rest)) = rest.trim_start().split_once('(') else { continue };
        let named = rest.split('"').nth(1).and_then(|path| path.strip_prefix(&inside));
        let open = || rest.split_once('<')?.1.split_once('>')?.0.strip_prefix(&inside);
        let Some(file) = named.or_else(open).filter(|_| CALLS.contains(&call)) else { continue };
        let nth = counts.entry((thread, call, file)).or_default();
        *nth += 1;
        // Opening what is there writes nothing, and yet counts.
        if call != "openat" || rest.contains("O_CREAT") {
            points.insert(Point { call: call.to_owned(), file: file.to_owned(), nth: *nth });
        }
    }
    points
}

fn copied(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Opens what the fault left, as an operator would: with the key it says it needs, and with a new copy for one that is not there.
async fn opened(folder: &Path, act: &str, was_reported: bool) -> Option<Keyring> {
    let places = places(folder, 2);
    let mut left = 3;
    let mut key = 1;
    while left > 0 {
        left -= 1;
        match Keyring::open(&places, OFFICE, Arc::new(Known(key))).await {
            Ok(keyring) => {
                assert!(act != "rotate" || !was_reported || key == 2, "a reported rotation stands");
                return Some(keyring);
            }
            Err(KeyringError::WrongKey { needs, .. }) => {
                assert_eq!((needs.as_str(), act), ("known key 2", "rotate"));
                key = 2;
            }
            Err(KeyringError::Lost(lost)) => {
                assert!(["create", "copy"].contains(&act) && !was_reported && lost == places[1], "{act}: {lost:?}");
                let made = Keyring::make_copy(&places[0], &places[1], OFFICE, Arc::new(Known(key))).await.unwrap();
                made.close().await;
            }
            Err(KeyringError::Missing(_)) => {
                assert!(act == "create" && !was_reported);
                return None;
            }
            Err(other) => panic!("{act}: {other}"),
        }
    }
    panic!("{act}: does not open");
}

/// The promises, whatever the fault was.
async fn check(keyring: &Keyring, act: &str, was_reported: bool) {
    let unsaid = !was_reported;
    if let Ok(tag) = fs::read(keyring.places()[0].with_file_name(TAG)) {
        assert!(keyring.is_event_tag(FIRST.number, &DIGEST, &FIRST.hash, &tag), "{act}: a tag of before is not known");
        assert!([0, FIRST.number].contains(&keyring.newest_before()));
    } else {
        assert_eq!(act, "create");
    }
    let is_erased = async |number: u8| matches!(keyring.key(&[number; 16]).await, Err(KeyringError::Erased { .. }));
    let has = async |number: u8| match keyring.key(&[number; 16]).await {
        Ok(key) => key.bytes() == object_key(number).bytes(),
        Err(_) => false,
    };
    if act == "create" {
        assert_eq!(keyring.entries().await.unwrap(), []);
        return;
    }
    for number in [20, 21, 22, HELD] {
        assert!(has(number).await, "{act}: thing {number} is lost");
    }
    assert!(is_erased(0).await);
    let certificate = match keyring.entry(&[0; 16]).await.unwrap().state {
        State::Erased { certificate, .. } => certificate,
        _ => None,
    };
    assert!(certificate.is_some() || act != "certify" || unsaid);
    let kept = (has(KEPT).await, is_erased(KEPT).await);
    assert!(kept == (true, false) || act == "erase" && kept == (false, true), "{act}: {kept:?}");
    assert!(act != "erase" || unsaid || kept.1, "a reported erasure came back");
    let is_held = !keyring.holds(&[HELD; 16]).await.unwrap().is_empty();
    assert_eq!(is_held, act != "release" || unsaid && is_held);
    let holds = keyring.holds(&[KEPT; 16]).await.unwrap().len();
    assert!(if act == "hold" { unsaid || holds == 1 } else { holds == 0 });
    let pending = keyring.entry(&[PENDING; 16]).await.map(|entry| entry.state);
    let ok = match (act, pending) {
        ("keep", Ok(State::Kept { .. })) => has(PENDING).await,
        ("keep" | "forget", Ok(State::Pending)) => unsaid,
        ("forget", Err(KeyringError::Unknown(_))) => true,
        (_, state) => state == Ok(State::Pending),
    };
    assert!(ok, "{act}: the pending thing");
    let fresh = keyring.entry(&[FRESH; 16]).await.is_ok();
    assert!(if act == "add" { fresh || unsaid } else { !fresh });
    assert!(keyring.head().await.unwrap() == Some(HEAD) || act != "advance" || unsaid);
}

/// Done to the end by whoever comes after; afterwards both files say the same.
async fn go_on(folder: &Path, keyring: Option<Keyring>, name: &str, erased: &[Vec<u8>]) {
    if let Some(keyring) = keyring {
        keyring.close().await;
    }
    let key = match opened(folder, name, false).await {
        Some(keyring) if name == "rotate" => {
            keyring.close().await;
            let places = places(folder, 2);
            let mut again = match Keyring::open(&places, OFFICE, Arc::new(Known(1))).await {
                Ok(old) => old,
                Err(_) => Keyring::open(&places, OFFICE, Arc::new(Known(2))).await.unwrap(),
            };
            let _ = again.rotate(Arc::new(Known(2))).await;
            again.close().await;
            2
        }
        Some(keyring) => {
            keyring.close().await;
            if name != "create" && name != "copy" {
                let done = act(folder, name).await;
                // Whoever adds again is told that it is there.
                assert!(done.is_ok() || done == Err(KeyringError::Known([FRESH; 16])), "{done:?}");
            }
            1
        }
        None => {
            act(folder, name).await.unwrap();
            1
        }
    };
    if name == "erase" || name == "rotate" {
        for file in fs::read_dir(folder).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            let found = erased.iter().any(|key| has(&key[..12]) || has(&key[12..28]) || has(&key[28..44]));
            assert!(!found, "{name}: a key is still in the files");
        }
    }
    // Each copy alone says the same.
    for number in [0, 1] {
        let (kept, other) = (places(folder, 2)[number].clone(), folder.join(format!("other{number}")));
        let keyring = Keyring::make_copy(&kept, &other, OFFICE, Arc::new(Known(key))).await.unwrap();
        check(&keyring, name, true).await;
        keyring.close().await;
    }
}

/// The wrapped key of the thing to be erased, or of all that are re-wrapped, as the files have it before.
async fn wrappings(folder: &Path, act: &str) -> Vec<Vec<u8>> {
    let numbers: &[u8] = match act {
        "erase" => &[KEPT],
        "rotate" => &[KEPT, HELD, PENDING, 20, 21, 22],
        _ => &[],
    };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(places(folder, 1)[0].clone()).read_only(true);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let mut parts = Vec::new();
    for number in numbers {
        let query = sqlx::query_scalar("SELECT wrapped FROM entry WHERE thing = $1").bind(vec![*number; 16]);
        let wrapped: Vec<u8> = query.fetch_one(&mut connection).await.unwrap();
        parts.push(wrapped);
    }
    sqlx::Connection::close(connection).await.unwrap();
    parts
}

/// One act, every call, every fault. The answer is how many faults there were.
async fn every_call(act: &str) -> usize {
    let bench = quick_folder();
    let (before, folder) = (bench.path().join("before"), bench.path().join("keyring"));
    fs::create_dir(&before).unwrap();
    prepare(&before, act).await;
    let gone = if act == "erase" || act == "rotate" { wrappings(&before, act).await } else { Vec::new() };
    // Old pages at the end of a long journal, which nothing but the clearing overwrites.
    for journal in places(&before, if gone.is_empty() { 0 } else { 2 }) {
        let journal = journal.with_extension("keyring-journal");
        let long = [&fs::read(&journal).unwrap()[..], &[0; 99_999], &gone.concat()].concat();
        fs::write(&journal, long).unwrap();
    }
    copied(&before, &folder);
    let (done, log) = run(&folder, act, None);
    assert!(String::from_utf8_lossy(&done.stdout).contains("REPORTED"), "{act}: {done:?}");
    let keyring = opened(&folder, act, true).await.unwrap();
    check(&keyring, act, true).await;
    keyring.close().await;
    let points = points(&folder, &log);
    // A kill does not show whether anything was flushed.
    for file in ["one.keyring", "one.keyring-journal", "two.keyring", "two.keyring-journal"] {
        let file = if act == "create" { file.replace(".keyring", ".keyring.new") } else { file.to_owned() };
        let is_made = act == "copy" && file.starts_with("two");
        let flushes = points.iter().filter(|point| point.call.ends_with("sync") && point.file == file).count();
        assert!(flushes > 0 || is_made, "{act}: {file} is never flushed");
    }
    let mut faults = 0;
    for point in &points {
        let error = if point.nth % 2 == 0 { "error=EIO" } else { "error=ENOSPC" };
        for what in ["signal=SIGKILL", error] {
            copied(&before, &folder);
            let (done, log) = run(&folder, act, Some((point, what)));
            let fired = log.contains("(INJECTED)") || log.contains("+++ killed by SIGKILL");
            assert!(fired, "{act}: {what} at {point:?} did not happen");
            faults += 1;
            let was_reported = String::from_utf8_lossy(&done.stdout).contains("REPORTED");
            let keyring = opened(&folder, act, was_reported).await;
            if let Some(keyring) = &keyring {
                check(keyring, act, was_reported).await;
            }
            go_on(&folder, keyring, act, &gone).await;
        }
    }
    println!("{act}: {} calls, {faults} faults", points.len());
    faults
}

macro_rules! at_every_call {
    ($($name:ident: $act:literal, $least:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let faults = every_call($act).await;
            assert!(faults >= $least, "only {faults} faults");
        }
    )*};
}

at_every_call! {
    creating: "create", 60;
    making_a_copy: "copy", 60;
    adding: "add", 60;
    keeping: "keep", 60;
    forgetting: "forget", 60;
    holding: "hold", 60;
    releasing: "release", 60;
    erasing: "erase", 150;
    certifying: "certify", 60;
    advancing: "advance", 60;
    changing_the_office_key: "rotate", 150;
}
