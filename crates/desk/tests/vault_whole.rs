//! That everything an office keeps is looked over, carried away and brought back, and that what is not whole is said and stops nothing else.
//!
//! Not kills (`vault_faults.rs`), nor the role that scrubs on (`vault_scrub.rs`). Invariants: no object is outside of scrub and backup because nobody has
//! described it; one that is rotten costs itself and no other; a store that is away keeps nobody from what needs none.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::office::{Bureau, LONG_AGO, Said, Under, find, recording};
use serde_json::Value;

under_both!(a_kind_named_by_mistake_is_put_right_by_two);

/// An office with two stores in a folder of their own.
fn with_two_stores() -> (Bureau, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let [main, second] = ["main", "second"].map(|name| folder.path().join(name).display().to_string());
    (Bureau::keeping(&["--objects", &main, "--second", &second], harness::Environment::new()), folder)
}

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

/// Where the object of a thing lies below a store's folder.
fn object(bureau: &Bureau, store: &Path, id: &str) -> PathBuf {
    let digest = find(&bureau.shown(id)["events"], "object").unwrap();
    store.join(format!("objects/{}/{}/{digest}", &digest[..2], &digest[2..4]))
}

fn flip(object: &Path) {
    let mut bytes = fs::read(object).unwrap();
    bytes[20] ^= 1;
    fs::write(object, bytes).unwrap();
}

fn json(said: &Said) -> Value {
    serde_json::from_slice(&said.out).unwrap_or_else(|err| panic!("{err}: {}{}", said.text(), said.err))
}

fn backup(bureau: &Bureau, to: &str) -> Said {
    bureau.bare(&["backup", "--to", &bureau.path(to)])
}

/// What the manifest of a backup says.
fn manifest(bureau: &Bureau, of: &str) -> Value {
    serde_json::from_slice(&fs::read(bureau.path(&format!("{of}/backup.json"))).unwrap()).unwrap()
}

/// Loses the office, and restores it from a backup whatever happened since.
fn restored(bureau: &Bureau, from: &str) -> Said {
    fs::rename(bureau.path("office"), bureau.path(&format!("lost-before-{from}"))).unwrap();
    let (from, to) = (bureau.path(from), bureau.path("office"));
    let words = ["restore", "--from", from.as_str(), "--office", to.as_str()];
    let said = bureau.bare(&words);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let number = said.err.rsplit(' ').next().unwrap().trim_end().to_owned();
    bureau.bare(&[&words[..], &["--events-lost", &number]].concat())
}

#[test]
fn what_came_back_without_its_events_is_looked_over_and_carried() {
    let (bureau, folder) = with_two_stores();
    let [main, second] = ["main", "second"].map(|name| folder.path().join(name));
    assert_eq!(backup(&bureau, "first").code, Some(0));
    let id = letter(&bureau, "Dear Sir");
    let object = object(&bureau, &main, &id);
    let whole = fs::read(&object).unwrap();
    let said = restored(&bureau, "first");
    assert!(said.code == Some(0) && said.text().contains("; 1 objects whole, 0 not"), "{}{}", said.text(), said.err);
    assert!(said.text().contains("\"vault describe\""), "{}", said.text());
    let status = json(&bureau.vault("anna", &["status", "--json"]));
    assert_eq!((&status["undescribed"][0], &status["scrub"]["objects"]), (&Value::from(id.clone()), &1.into()));
    assert!(bureau.vault("anna", &["status"]).text().contains("describe   1 are kept of which"));

    // Nobody has described it yet.
    flip(&object);
    let said = bureau.vault("anna", &["scrub"]);
    let repaired = format!("{id}: repaired in main from second");
    assert!(said.code == Some(0) && said.text().contains(&repaired), "{}{}", said.text(), said.err);
    assert_eq!(fs::read(&object).unwrap(), whole);
    let said = backup(&bureau, "later");
    assert!(said.code == Some(0) && said.text().contains(" 1 objects of "), "{}{}", said.text(), said.err);
    // Everything but the backup is lost.
    fs::remove_dir_all(&main).unwrap();
    fs::remove_dir_all(&second).unwrap();
    let said = restored(&bureau, "later");
    assert!(said.code == Some(0) && said.text().contains("; 1 objects whole, 0 not"), "{}{}", said.text(), said.err);
    bureau.done("anna", &["describe", &id, "--kind", "letter", "--made", LONG_AGO, "--title", "t"]);
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
    let said = bureau.vault("anna", &["read", &id, "--purpose", "appeal", "--reference", "R"]);
    assert_eq!(said.text(), "Dear Sir");
    assert_eq!(json(&bureau.vault("anna", &["status", "--json"]))["undescribed"], serde_json::json!([]));
}

#[test]
fn what_waits_to_be_destroyed_is_carried_as_long_as_its_key_is_there() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    bureau.approve(&id);
    // A folder that is to be searched is away: it has begun, and the key is there.
    fs::rename(bureau.path("state"), bureau.path("away")).unwrap();
    assert_eq!(bureau.vault("anna", &["destroy", &id]).code, Some(2));
    let said = backup(&bureau, "backup");
    assert!(said.code == Some(0) && said.text().contains(" 1 objects of "), "{}{}", said.text(), said.err);
    let said = restored(&bureau, "backup");
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    // What was approved counts no more, so it is kept, and whole.
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
}

#[test]
fn no_restore_beside_an_office_that_stands_however_little_is_lost() {
    let bureau = Bureau::new();
    letter(&bureau, "Dear Sir");
    assert_eq!(backup(&bureau, "backup").code, Some(0));
    let words = ["restore", "--from", &bureau.path("backup"), "--office", &bureau.path("rehearsal")];
    let before = bureau.done("anna", &["list"]);
    for more in [&[][..], &["--events-lost", "1"]] {
        let said = bureau.bare(&[&words[..], more].concat());
        let line = "counterpartd: the backup has every event that the keyring has seen, and nobody has said that the office is lost\n\
                    hint: an office that still stands must not be restored beside itself; if it is lost, say so: --events-lost 0\n";
        assert_eq!((said.code, said.err.as_str()), (Some(1), line));
        let left: Vec<_> = fs::read_dir(bureau.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("rehearsal")), "{left:?}");
        assert_eq!(bureau.done("anna", &["list"]), before, "the office is shut out of itself");
    }
    letter(&bureau, "Dear Madam");
}

/// Puts something that is no plain file where an object was.
fn replace(object: &Path, with: &str) {
    fs::remove_file(object).unwrap();
    match with {
        "pipe" => assert!(Command::new("mkfifo").arg(object).status().unwrap().success()),
        "folder" => fs::create_dir(object).unwrap(),
        "full folder" => fs::create_dir(object).and_then(|()| fs::write(object.join("note"), "x")).unwrap(),
        "link" => symlink("/dev/zero", object).unwrap(),
        // The path of an object is longer than a socket may be bound to.
        "socket" => {
            let folder = tempfile::tempdir().unwrap();
            drop(std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap());
            assert!(Command::new("mv").arg(folder.path().join("s")).arg(object).status().unwrap().success());
        }
        _ => panic!("{with}"),
    }
}

#[test]
fn one_object_that_is_not_whole_costs_itself_and_no_other() {
    let bureau = Bureau::new();
    let store = PathBuf::from(bureau.path("office/objects"));
    let odd = [
        ("pipe", "a named pipe stands in its place"),
        ("folder", "a folder stands in its place"),
        ("full folder", "a folder stands in its place"),
        ("link", "a symbolic link stands in its place"),
        ("socket", "a socket stands in its place"),
    ];
    let whole = letter(&bureau, "whole");
    let mut bad = Vec::new();
    for (with, why) in odd {
        let id = letter(&bureau, with);
        replace(&object(&bureau, &store, &id), with);
        bad.push((id, why));
    }
    let [rotten, missing] = [letter(&bureau, "rotten"), letter(&bureau, "missing")];
    flip(&object(&bureau, &store, &rotten));
    fs::remove_file(object(&bureau, &store, &missing)).unwrap();
    bad.extend([(rotten, "is damaged: its bytes have another digest"), (missing.clone(), "is not in the store")]);

    let said = bureau.vault("anna", &["scrub", "--json"]);
    let figures = json(&said);
    assert_eq!((said.code, &figures["whole"], &figures["rotten"]), (Some(1), &1.into(), &6.into()), "{figures}");
    assert_eq!((&figures["missing"], figures["findings"].as_array().unwrap().len()), (&1.into(), 7), "{figures}");
    // And it goes on to be said, however new the last look is.
    let said = bureau.vault("anna", &["scrub", "--older-than", "30", "--json"]);
    assert_eq!((said.code, &json(&said)["rotten"], &json(&said)["things"]), (Some(1), &6.into(), &7.into()));
    let said = bureau.vault("anna", &["status", "--json"]);
    let unwell = json(&said)["scrub"]["unwell"].as_array().unwrap().clone();
    assert_eq!((said.code, unwell.len()), (Some(1), 7), "{unwell:?}");
    for (id, _) in &bad {
        assert!(unwell.iter().any(|one| one["thing"] == *id), "{id}: {unwell:?}");
        assert!(bureau.vault("anna", &["status"]).text().contains(&format!("{id} is ")), "{id}");
    }

    let said = backup(&bureau, "backup");
    assert_eq!(said.code, Some(1), "{}{}", said.text(), said.err);
    assert!(
        said.text().contains(" 1 objects of ") && said.text().contains("7 objects are not in it"),
        "{}",
        said.text()
    );
    let manifest = manifest(&bureau, "backup");
    assert_eq!(manifest["objects"].as_array().unwrap().len(), 1, "{manifest}");
    for (id, why) in &bad {
        let is_named = |one: &Value| one["thing"] == *id && one["why"].as_str().unwrap().contains(why);
        assert!(manifest["left_out"].as_array().unwrap().iter().any(is_named), "{id}: {why}: {manifest}");
        assert!(said.err.lines().any(|line| line.starts_with(id) && line.contains(why)), "{id}: {}", said.err);
    }

    let said = restored(&bureau, "backup");
    assert!(said.code == Some(1) && said.text().contains("; 1 objects whole, 7 not"), "{}{}", said.text(), said.err);
    let line = said.text().lines().find(|line| line.starts_with(&missing)).unwrap().to_owned();
    assert!(line.contains(" is not there; the backup does not have it: main: object "), "{line}");
    assert_eq!(bureau.done("anna", &["verify", &whole]), "unchanged");
}

#[test]
fn what_is_no_plain_file_is_repaired_from_the_second_store() {
    let (bureau, folder) = with_two_stores();
    for with in ["pipe", "folder", "link", "socket"] {
        let id = letter(&bureau, with);
        let object = object(&bureau, &folder.path().join("main"), &id);
        let whole = fs::read(&object).unwrap();
        replace(&object, with);
        let said = bureau.vault("anna", &["scrub"]);
        let line = format!("{id}: repaired in main from second");
        assert!(said.code == Some(0) && said.text().contains(&line), "{with}: {}{}", said.text(), said.err);
        assert_eq!(fs::read(&object).unwrap(), whole, "{with}");
    }
    // What somebody put into a folder there is theirs.
    let id = letter(&bureau, "another");
    let object = object(&bureau, &folder.path().join("main"), &id);
    replace(&object, "full folder");
    let said = bureau.vault("anna", &["scrub"]);
    assert!(said.code == Some(1) && said.text().contains("a folder with things in it stands"), "{}", said.text());
    assert!(object.join("note").exists());
    let said = backup(&bureau, "backup");
    assert!(said.code == Some(0) && said.text().contains(" 5 objects of "), "{}{}", said.text(), said.err);
}

#[test]
fn a_store_that_is_away_keeps_nobody_from_a_hold() {
    let (bureau, folder) = with_two_stores();
    let [id, other] = [letter(&bureau, "Dear Sir"), letter(&bureau, "Dear Madam")];
    let status = |trouble: bool| {
        let said = bureau.vault("anna", &["status", "--json"]);
        let stores = json(&said)["stores"].clone();
        assert_eq!((said.code, !stores[1]["trouble"].is_null()), (Some(i32::from(trouble)), trouble), "{stores}");
    };
    status(false);
    let (second, away) = (folder.path().join("second"), folder.path().join("away"));
    fs::rename(&second, &away).unwrap();
    for is_empty in [false, true] {
        if is_empty {
            // As where a disk is to be mounted.
            fs::create_dir(&second).unwrap();
        }
        status(true);
        assert!(bureau.done("anna", &["list"]).contains(&id));
        let hold = bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "order"]);
        assert!(bureau.done("anna", &["show", &id]).contains(&hold));
        bureau.done("anna", &["request", &other, "--kind", "complaint", "--reference", "R"]);
        assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged", "the first store has it");
        assert_eq!(backup(&bureau, if is_empty { "one" } else { "two" }).code, Some(0));
        let file = bureau.file("new.txt", b"new");
        let args = ["take", &file, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
        assert_eq!(bureau.vault("anna", &args).code, Some(2), "what is taken in goes to both");
        assert_eq!(bureau.vault("anna", &["scrub"]).code, Some(2));
    }
    fs::remove_dir(&second).unwrap();
    fs::rename(&away, &second).unwrap();
    status(false);
    assert_eq!(bureau.vault("anna", &["scrub"]).code, Some(0));
    // Nor does the first one, or another office's.
    fs::rename(folder.path().join("main"), folder.path().join("away")).unwrap();
    bureau.done("anna", &["hold", &id, "--authority", "police", "--reason", "order"]);
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged", "the second store has it");
}

#[test]
fn a_kind_named_by_mistake_is_no_way_round_the_check() {
    let bureau = Bureau::new();
    let (whole, _) = recording(2, 7, "said");
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 2000);
    let (whole, cut) = (bureau.file("whole.flac", &whole), bureau.file("cut.flac", &cut));
    let take = |file: &str, kind: &str, more: &[&str]| {
        bureau.vault("anna", &[&["take", file, "--kind", kind, "--made", LONG_AGO, "--title", "t"], more].concat())
    };
    for (kind, hint) in [
        ("consultation-recordng", "did you mean `consultation-recording`?"),
        ("lettter", "did you mean `letter`?"),
        ("photograph", "use a kind that docs/rules.md lists, or write a pack that says how long it is kept"),
    ] {
        let said = take(&whole, kind, &[]);
        let line = format!("counterpartd: no rule knows the kind `{kind}`\nhint: {hint}\n");
        assert_eq!((said.code, said.err), (Some(1), line));
    }
    for kind in ["consultation-recording", "letter", "attachment"] {
        let said = take(&cut, kind, &[]);
        assert!(said.code == Some(1) && said.err.contains("so it is not taken in"), "{kind}: {}", said.err);
        assert_eq!(said.err.contains("--unverified"), kind != "consultation-recording", "{}", said.err);
    }
    assert_eq!(bureau.done("anna", &["list"]), "");
    let said = take(&whole, "attachment", &[]);
    assert!(
        said.code == Some(0) && said.err.contains("is a sealed recording, and is kept as attachment"),
        "{}",
        said.err
    );
    assert_eq!(take(&cut, "attachment", &["--unverified"]).code, Some(0));
    // A recording's kind is always checked, and nobody is let think otherwise.
    let said = take(&cut, "interview-recording", &["--unverified"]);
    let line = "counterpartd: --unverified: what is called interview-recording is always verified\n";
    assert!(said.code == Some(2) && said.err.starts_with(line), "{}", said.err);
    let pipe = bureau.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let said = take(&pipe, "letter", &[]);
    assert!(said.code == Some(2) && said.err.contains("pipe: not a file"), "{}", said.err);
}

#[test]
fn a_day_given_by_mistake_is_put_right_by_two() {
    let bureau = Bureau::new();
    let file = bureau.file("letter.txt", b"Dear Sir");
    let take = |made: &str| bureau.vault("anna", &["take", &file, "--kind", "letter", made, "--title", "t"]);
    let said = take("--made=1026-01-01");
    let line =
        "counterpartd: 1026-01-01 lies before 2011-08-30, the first day for which there is a rule retention.letter\n";
    assert!(said.code == Some(2) && said.err.starts_with(line), "{}", said.err);
    let said = take("--made=-1");
    assert!(said.code == Some(2) && said.err.contains("`-1` is not a day: write 2026-11-22"), "{}", said.err);
    assert_eq!(bureau.done("anna", &["list"]), "");
    // Ten years early: everything is approved, and ends with the day.
    let id = bureau.take(&file, "letter", "2016-03-01", "t");
    bureau.approve(&id);
    bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "R"]);
    let to = |who: &str, what: &[&str]| bureau.vault(who, &[&["correct", &id, "--reason", "a slip"], what].concat());
    for wrong in [&[][..], &["--kind", "letter", "--fact", "made=2026-03-01"], &["--fact", "made"]] {
        assert_eq!(to("anna", wrong).code, Some(2), "{wrong:?}");
    }
    let said = to("anna", &["--fact", "made=2026-03-01"]);
    assert!(said.code == Some(0) && said.text().contains("when another person says the same"), "{}", said.err);
    assert_eq!(to("anna", &["--fact", "made=2026-03-01"]).code, Some(1), "the same person twice is one");
    bureau.done("anna", &["withdraw", &id]);
    assert!(to("ben", &["--fact", "made=2026-03-01"]).text().contains("when another person says the same"));
    let said = to("anna", &["--fact", "made=2026-03-01"]);
    assert_eq!((said.code, said.text().as_str()), (Some(0), "kept until the end of 2027-05-01\n"), "{}", said.err);
    let shown = bureau.shown(&id);
    let events = shown["events"].to_string();
    assert!(events.contains("fact-corrected") && events.contains("\"day\":\"2016-03-01\""), "what was given stays");
    assert!(shown["reckoning"].to_string().contains("It was made on Sunday 1 March 2026"), "{shown}");
    assert_eq!(shown["holds"].as_array().unwrap().len(), 1, "a hold is no matter of days");
    assert_eq!(bureau.vault("anna", &["destroy", &id]).code, Some(1));
    // And never: by the right day it is due, and the certificate has that.
    let id = bureau.take(&file, "letter", "2026-03-01", "t");
    for who in ["anna", "ben"] {
        bureau.done(who, &["correct", &id, "--reason", "a slip", "--fact", &format!("made={LONG_AGO}")]);
    }
    assert!(bureau.destroy(&id).contains(", log index "));
    assert_eq!(bureau.accepted(&id).subject.last_day, "2026-07-01");
    assert!(bureau.done("anna", &["list"]).contains("Z, log index "));
    let said = bureau.vault("anna", &["take", &file, "--kind", "letter", "--made", LONG_AGO, "--title", "a\u{202e}b"]);
    assert!(said.code == Some(2) && said.err.contains("the character U+202E is not"), "{}", said.err);
}

fn a_kind_named_by_mistake_is_put_right_by_two(under: Under) {
    let bureau = Bureau::under(under);
    let (sealed, _) = recording(2, 7, "said");
    let file = bureau.file("sealed.flac", &sealed);
    let args = ["take", &file, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    let id = bureau.vault("anna", &args).text().lines().next().unwrap().to_owned();
    bureau.approve(&id);
    let to = |who: &str, kind: &str| bureau.vault(who, &["correct", &id, "--kind", kind, "--reason", "a slip"]);
    let said = to("anna", "consultation-recordings");
    assert!(said.code == Some(1) && said.err.contains("did you mean `consultation-recording`?"), "{}", said.err);
    let said = to("anna", "consultation-recording");
    assert!(said.code == Some(0) && said.text().contains("when another person says the same"), "{}", said.err);
    assert_eq!(bureau.shown(&id)["kind"], "letter");
    assert_eq!(to("anna", "consultation-recording").code, Some(1), "the same person twice is one");
    let said = to("ben", "consultation-recording");
    assert!(said.code == Some(0) && said.text().starts_with("kept until the end of "), "{}", said.err);
    let shown = bureau.shown(&id);
    assert_eq!(
        (&shown["kind"], find(&shown["events"], "verdict")),
        (&"consultation-recording".into(), Some("unchanged".into()))
    );
    assert!(shown["events"].to_string().contains("kind-corrected"), "{shown}");
    // It opens and verifies as what it is, and what was approved before is not any more.
    assert_eq!(bureau.done("anna", &["verify", &id]), "complete");
    let said = bureau.vault("anna", &["read", &id, "--purpose", "appeal", "--reference", "R"]);
    assert!(said.code == Some(0) && said.out == sealed, "{}", said.err);
    assert_eq!(bureau.vault("anna", &["destroy", &id]).code, Some(1));
    // What is no recording is not called one.
    let letter = letter(&bureau, "Dear Sir");
    let said = bureau.vault("anna", &["correct", &letter, "--kind", "interview-recording", "--reason", "x"]);
    assert!(said.code == Some(1) && said.err.contains("the check says"), "{}", said.err);
}
