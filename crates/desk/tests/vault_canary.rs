//! What is left of a thing that was destroyed: nothing that says a word of it, and nothing that opens anything (P8).
//!
//! Not how it is destroyed (`vault_way.rs`). Needs Debian's `radosgw` and what belongs to it (`crates/ceph`). Invariants: every search is
//! shown to find what it looks for before the destruction; the backup was made before it, and is tried with the keyring and the keys.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::os::unix::fs::PermissionsExt as _;

use ceph::{Ceph, Gateway};
use harness::Environment;
use harness::office::{Bureau, LONG_AGO, all_bytes, find, holding, recording};

/// The words that nobody may find.
const CANARIES: [&str; 10] = [
    "CANARY-ABOUT-parties",
    "CANARY-ABOUT-place",
    "CANARY-ABOUT-closing",
    "CANARY-TITLE",
    "CANARY-LETTER",
    "CANARY-REFERENCE",
    "CANARY-REASON",
    "CANARY-LABEL",
    "CANARY-WHERE",
    "CANARY-BY",
];

/// The wrapped key of a thing, as it stands in the keyring's file.
fn wrapped_key(bureau: &Bureau, id: &str) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let address = format!("sqlite://{}?mode=ro", bureau.path("keys/ring.sqlite"));
        let pool = sqlx::SqlitePool::connect(&address).await.unwrap();
        let sql = format!("SELECT wrapped FROM entry WHERE thing = X'{id}'");
        let found: Vec<u8> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
        pool.close().await;
        found
    })
}

/// Takes a recording, a letter and a disc in, and has every kind of words said about them; their ids.
fn words_said(bureau: &Bureau) -> [String; 3] {
    let (flac, _) = recording(3, 1, "CANARY-ABOUT");
    let sound = bureau.file("state/copy.flac", &flac);
    let letter = bureau.file("state/letter.txt", b"Dear CANARY-LETTER");
    let sources = all_bytes(&[&bureau.path("state")]);
    for canary in [CANARIES[0], CANARIES[1], CANARIES[2], "CANARY-LETTER"] {
        assert_eq!(holding(&sources, canary.as_bytes()).len(), 1, "{canary} stands in what is given in");
    }
    let recording = bureau.take(&sound, "consultation-recording", LONG_AGO, "CANARY-TITLE");
    let letter = bureau.take(&letter, "letter", LONG_AGO, "CANARY-TITLE");
    let args = ["take", "--medium", "disc", "--kind", "consultation-recording", "--made", LONG_AGO];
    let item = ["--title", "CANARY-TITLE", "--label", "CANARY-LABEL", "--where", "CANARY-WHERE"];
    let disc = bureau.done("anna", &[&args[..], &item].concat()).lines().next().unwrap().to_owned();
    for id in [&recording, &letter, &disc] {
        let reason = ["--authority", "office", "--reason", "CANARY-REASON", "--reference", "CANARY-REFERENCE"];
        let hold = bureau.done("anna", &[&["hold", id], &reason[..]].concat());
        bureau.done("anna", &["review", id, &hold, "--reason", "CANARY-REASON"]);
        bureau.done("anna", &["release", id, &hold, "--reason", "CANARY-REASON"]);
        for who in ["anna", "ben"] {
            bureau.done(who, &["approve-release", id, &hold]);
        }
    }
    for id in [&recording, &letter] {
        let why = ["--purpose", "appeal", "--reference", "CANARY-REFERENCE", "--out", &bureau.path("given")];
        bureau.done("anna", &[&["read", id], &why[..]].concat());
        std::fs::remove_file(bureau.path("given")).unwrap();
        let to = ["--way", "hand", "--receiver", "CANARY-BY"];
        bureau.done("anna", &[&["copied", id], &to[..]].concat());
    }
    bureau.done("anna", &["move", &disc, "--where", "CANARY-WHERE"]);
    let shown = bureau.done("anna", &["list"]) + &bureau.done("anna", &["show", &disc]);
    for canary in ["CANARY-TITLE", "CANARY-LABEL", "CANARY-WHERE", "CANARY-REASON", "CANARY-REFERENCE"] {
        assert!(shown.contains(canary), "{canary} is known as long as it is kept: {shown}");
    }
    [recording, letter, disc]
}

/// Everything that lies anywhere: office, keys, recorder's folder, backup, log, temporary files.
fn lying(bureau: &Bureau) -> Vec<(String, Vec<u8>)> {
    all_bytes(&[&bureau.path("")])
}

fn nothing_found(files: &[(String, Vec<u8>)]) {
    assert!(files.len() > 5);
    for canary in CANARIES {
        assert_eq!(holding(files, canary.as_bytes()), [""; 0], "{canary}");
    }
}

/// Destroys all three; nothing says a word, and the backup of before opens nothing.
fn destroyed_whole(bureau: &Bureau, stored: &dyn Fn() -> Vec<(String, Vec<u8>)>) {
    let ids = words_said(bureau);
    let said = bureau.bare(&["backup", "--to", &bureau.path("backup")]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mode = std::fs::metadata(bureau.path("backup/events.sqlite")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else reads the events in a backup");
    let keys: Vec<Vec<u8>> = ids.iter().map(|id| wrapped_key(bureau, id)).collect();
    let rings = [bureau.path("keys/ring.sqlite"), bureau.path("keys/ring2.sqlite")];
    let rings = || all_bytes(&rings.each_ref().map(String::as_str));
    for key in &keys {
        assert!(key.len() >= 32);
        assert_eq!(holding(&rings(), key).len(), 2, "each key stands wrapped in both files");
    }
    let objects: Vec<String> = ids[..2].iter().map(|id| find(&bureau.shown(id)["events"], "object").unwrap()).collect();
    let before = stored();
    for object in &objects {
        assert!(before.iter().any(|(name, _)| name.contains(object.as_str())), "{object} is stored");
    }

    for id in &ids {
        bureau.destroy(id);
    }
    let how = ["--method", "shredded", "--by", "Example Shredding Ltd", "--where", "Unit 1, Example Park"];
    bureau.done("anna", &[&["destroyed", &ids[2]], &how[..]].concat());

    let mut all = lying(bureau);
    all.extend(stored());
    nothing_found(&all);
    for key in &keys {
        assert_eq!(holding(&all, key), [""; 0], "a wrapped key is left");
    }
    for object in &objects {
        let left: Vec<_> = stored().into_iter().filter(|(name, _)| name.contains(object.as_str())).collect();
        assert!(left.is_empty(), "{object} is still stored");
    }
    for id in &ids {
        let said = bureau.vault("anna", &["certificate", id]);
        assert!(said.code == Some(0) && !said.text().contains("CANARY"), "{}", said.text());
        assert!(!bureau.done("anna", &["show", id, "--json"]).contains("CANARY"));
    }
    // Of a disc it says what the office was told, and names no standard that nobody named.
    let said = bureau.done("anna", &["certificate", &ids[2]]);
    let told = ["method: shredded", "standard: none named", "place: Unit 1, Example Park", "by: Example Shredding Ltd"];
    assert!(told.iter().all(|line| said.lines().any(|found| found == *line)), "{said}");

    // Whoever has the backup, the keyring's files, the office key and its passphrase has nothing.
    std::fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    let (from, to) = (bureau.path("backup"), bureau.path("office"));
    let words = ["restore", "--from", &from, "--office", &to];
    let said = bureau.bare(&words);
    let number = said.err.rsplit(' ').next().unwrap().trim_end().to_owned();
    let said = bureau.bare(&[&words[..], &["--events-lost", &number]].concat());
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    assert!(said.text().contains(" 3 destructions replayed"), "{}", said.text());
    for id in &ids[..2] {
        let said = bureau.vault("anna", &["read", id, "--purpose", "appeal", "--reference", "R"]);
        assert_eq!((said.code, said.out.len()), (Some(1), 0), "{}", said.err);
        assert!(!bureau.done("anna", &["show", id]).contains("CANARY"));
    }
    let mut all = lying(bureau);
    all.extend(stored());
    nothing_found(&all);
    for object in &objects {
        assert!(!stored().iter().any(|(name, _)| name.contains(object.as_str())), "{object} came back");
    }
}

#[test]
fn nothing_is_left_in_folders() {
    let second = tempfile::tempdir().unwrap();
    let at = second.path().join("second").to_str().unwrap().to_owned();
    let bureau = Bureau::keeping(&["--second", &at], Environment::new());
    let objects = bureau.path("office/objects");
    let stored = || {
        let mut files = all_bytes(&[&objects]);
        files.extend(all_bytes(&[&at]));
        files
    };
    destroyed_whole(&bureau, &stored);
}

/// Every version of every object in a bucket, and every delete marker.
fn versions(gateway: &Gateway, bucket: &str) -> Vec<(String, Vec<u8>)> {
    let list = gateway.ask("GET", &format!("/{bucket}?versions="), &[], b"");
    assert!(list.status == 200 && !list.text().contains("<IsTruncated>true"), "{}", list.text());
    let text = list.text();
    let field = |entry: &str, name: &str| -> String {
        let rest = entry.split(&format!("<{name}>")).nth(1).unwrap_or_else(|| panic!("{entry}"));
        rest.split('<').next().unwrap().to_owned()
    };
    let mut found = Vec::new();
    for (mark, is_marker) in [("<Version>", false), ("<DeleteMarker>", true)] {
        for entry in text.split(mark).skip(1) {
            let (key, version) = (field(entry, "Key"), field(entry, "VersionId"));
            let bytes = match is_marker {
                true => Vec::new(),
                false => gateway.ask("GET", &format!("/{bucket}/{key}?versionId={version}"), &[], b"").body,
            };
            found.push((key, bytes));
        }
    }
    found
}

#[test]
fn nothing_is_left_in_a_bucket_that_keeps_versions() {
    let gateway = Ceph::shared().main();
    let buckets = ["canary-main", "canary-second"].map(|stem| gateway.new_name(stem));
    for bucket in &buckets {
        gateway.make_bucket(bucket);
        gateway.keep_versions(bucket);
    }
    let [main, second] = buckets.each_ref().map(|bucket| format!("s3://{bucket}/office"));
    let bureau = Bureau::keeping(&["--objects", &main, "--second", &second], gateway.environment());
    let stored = || buckets.iter().flat_map(|bucket| versions(gateway, bucket)).collect();
    destroyed_whole(&bureau, &stored);
}
