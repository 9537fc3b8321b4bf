//! What an office loses, and what stands again: things since a backup, a copy of the keyring, a store, an end that waits; and what somebody changed.
//!
//! Not a restore refused (`vault_restore.rs`), nor kills (`vault_faults.rs`). Invariants: what was said to be kept is found again; what was destroyed stays so;
//! nothing that is only away is taken for lost.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use harness::office::{Bureau, LONG_AGO, Said, find, recording};
use seal::certificate::{Outcome, verify};
use seal::tlog::Policy;

/// Any recording's id.
const RECORDING: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn disc(bureau: &Bureau, more: &[&str]) -> String {
    let args = ["take", "--medium", "disc", "--kind", "consultation-recording", "--made", LONG_AGO, "--title", "t"];
    let item = ["--label", "No. 7", "--where", "cupboard 3"];
    bureau.done("anna", &[&args[..], &item, more].concat()).lines().next().unwrap().to_owned()
}

/// Restores the office that was lost, whatever happened since.
fn restored(bureau: &Bureau) -> Said {
    let (from, to) = (bureau.path("backup"), bureau.path("office"));
    let words = ["restore", "--from", from.as_str(), "--office", to.as_str()];
    let said = bureau.bare(&words);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let number = said.err.rsplit(' ').next().unwrap().trim_end().to_owned();
    bureau.bare(&[&words[..], &["--events-lost", &number]].concat())
}

fn stands(bureau: &Bureau, id: &str) -> String {
    bureau.shown(id)["standing"].as_str().unwrap().to_owned()
}

fn first_line(said: &Said) -> &str {
    said.err.lines().next().unwrap_or_default()
}

#[test]
fn a_disc_and_a_certificate_of_since_the_backup_stand_again() {
    let bureau = Bureau::new();
    assert_eq!(bureau.bare(&["backup", "--to", &bureau.path("backup")]).code, Some(0));
    let [held, free, gone, broken_off] =
        [disc(&bureau, &[]), disc(&bureau, &[]), disc(&bureau, &[]), disc(&bureau, &["--recording", RECORDING])];
    bureau.done("anna", &["move", &held, "--where", "cupboard 9"]);
    let hold = bureau.done("anna", &["hold", &held, "--authority", "court", "--reason", "order"]);
    let how = ["--method", "shredded", "--by", "x", "--where", "x"];
    bureau.destroy(&gone);
    bureau.done("anna", &[&["destroyed", &gone], &how[..]].concat());
    let certificate = bureau.done("anna", &["certificate", &gone]);
    // One is shredded, and before its key goes a folder is away that is to be searched.
    bureau.destroy(&broken_off);
    fs::rename(bureau.path("state"), bureau.path("away")).unwrap();
    assert_eq!(bureau.vault("anna", &[&["destroyed", &broken_off], &how[..]].concat()).code, Some(2));
    fs::rename(bureau.path("away"), bureau.path("state")).unwrap();

    fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    let said = restored(&bureau);
    let counts = " 0 holds and 2 destructions replayed, 2 things without their events";
    assert!(said.code == Some(0) && said.text().contains(counts), "{}{}", said.text(), said.err);

    assert!(stands(&bureau, &held).starts_with("held by 1: known from the keyring"), "{}", stands(&bureau, &held));
    let shown = bureau.shown(&held);
    for (name, words) in [("label", "No. 7"), ("place", "cupboard 9"), ("title", "t")] {
        assert_eq!(find(&shown["events"][0]["private"], name).as_deref(), Some(words), "{shown}");
    }
    assert_eq!(
        stands(&bureau, &free),
        "kept, and no end is known: nothing is known of it but its key",
        "until it is described"
    );
    for id in [&gone, &broken_off] {
        assert!(stands(&bureau, id).contains("destroyed"), "{id}: {}", stands(&bureau, id));
        assert_eq!(bureau.vault("anna", &["move", id, "--where", "x"]).code, Some(1), "it never comes back");
    }
    let described = ["--kind", "consultation-recording", "--made", LONG_AGO, "--title", "t"];
    for id in [&held, &free] {
        let said = bureau.done("anna", &[&["describe", id], &described[..]].concat());
        assert!(said.starts_with("kept until the end of "), "{said}");
    }
    assert_eq!(first_line(&bureau.vault("anna", &["propose", &held])), "counterpartd: the thing is held (P9)");
    bureau.done("anna", &["release", &held, &hold, "--reason", "over"]);
    for who in ["anna", "ben"] {
        bureau.done(who, &["approve-release", &held, &hold]);
    }
    bureau.destroy(&held);
    assert!(bureau.done("anna", &[&["destroyed", &held], &how[..]].concat()).contains(", log index "));

    // The certificate is the one that was given out, and the log has it where it had it.
    let policy = Policy::parse(&fs::read_to_string(bureau.path("keys/trust.policy")).unwrap()).unwrap();
    let logged = |text: &str| match verify(text.as_bytes(), Some(&policy)).outcome() {
        Outcome::Destroyed(logged) => logged.index,
        other => panic!("{other:?}: {text}"),
    };
    bureau.done("anna", &["submit"]);
    let again = bureau.done("anna", &["certificate", &gone]);
    let words = |text: &str| text.split("\n\n").next().unwrap().to_owned();
    assert_eq!(words(&again), words(&certificate));
    assert_eq!(logged(&format!("{again}\n")), logged(&format!("{certificate}\n")));
}

#[test]
fn a_lost_copy_of_the_keyring_is_made_anew_from_the_other() {
    let bureau = Bureau::new();
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let [one, two] = [bureau.path("keys/ring.sqlite"), bureau.path("keys/ring2.sqlite")];
    let there = bureau.vault("anna", &["keyring"]);
    assert_eq!((there.code, first_line(&there)), (Some(1), "counterpartd: both copies of the keyring are there"));
    let old = fs::read(&one).unwrap();
    let id = bureau.take(&letter, "letter", LONG_AGO, "t");
    for (lost, left) in [(&one, &two), (&two, &one)] {
        fs::remove_file(lost).unwrap();
        assert_eq!(bureau.vault("anna", &["list"]).code, Some(2), "half a keyring opens nothing");
        let said = bureau.done("anna", &["keyring"]);
        assert!(said.starts_with(&format!("{lost}: a second copy, of 1 things\n")), "{said}");
        assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
        assert!(Path::new(left).exists());
    }
    // What is left is older than the events: that is not taken for the keyring by itself.
    let now = [fs::read(&one).unwrap(), fs::read(&two).unwrap()];
    fs::write(&one, old).unwrap();
    fs::remove_file(&two).unwrap();
    let said = bureau.vault("anna", &["keyring"]);
    assert!(said.code == Some(1) && first_line(&said).contains("it is an older one"), "{}", said.err);
    assert!(!Path::new(&two).exists());
    fs::write(&one, &now[0]).unwrap();
    // And a copy in another place is one when the office's file names it.
    let third = bureau.path("keys/third.sqlite");
    let said = bureau.done("anna", &["keyring", "--to", &third]);
    assert!(said.contains("; write its place into keyring.files of office.toml"), "{said}");
    let settings = fs::read_to_string(bureau.path("office/office.toml")).unwrap();
    fs::write(bureau.path("office/office.toml"), settings.replace("ring2.sqlite", "third.sqlite")).unwrap();
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
}

/// An office with two stores in a folder of their own.
fn with_two_stores() -> (Bureau, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let [main, second] = ["main", "second"].map(|name| folder.path().join(name).display().to_string());
    (Bureau::keeping(&["--objects", &main, "--second", &second], harness::Environment::new()), folder)
}

#[test]
fn a_lost_store_is_made_anew_on_purpose_only() {
    let (bureau, folder) = with_two_stores();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let (main, lost) = (folder.path().join("main"), folder.path().join("lost"));
    fs::rename(&main, &lost).unwrap();
    for is_there in [false, true] {
        if is_there {
            // As where a disk is to be mounted.
            fs::create_dir(&main).unwrap();
        }
        let said = bureau.vault("anna", &["scrub"]);
        let hint =
            "hint: mount its disk, or name another place; if it is lost for good: \"counterpartd vault store main\"\n";
        assert!(said.code == Some(2) && said.err.ends_with(hint), "{}", said.err);
    }
    assert_eq!(fs::read_dir(&main).unwrap().count(), 0, "nothing was made by itself");
    fs::write(main.join("note"), "somebody's").unwrap();
    assert_eq!(bureau.vault("anna", &["store", "main"]).code, Some(2), "a folder with other things is no new store");
    fs::remove_file(main.join("note")).unwrap();
    let said = bureau.done("anna", &["store", "main"]);
    assert!(said.contains("a new store, and empty; \"vault scrub\" fills it from "), "{said}");
    assert_eq!(bureau.vault("anna", &["store", "main"]).code, Some(1), "a store that is there is none that is lost");
    let scrubbed = bureau.done("anna", &["scrub"]);
    assert!(scrubbed.contains(&format!("{id}: repaired in main from second")), "{scrubbed}");
    fs::remove_dir_all(folder.path().join("second")).unwrap();
    bureau.done("anna", &["store", "second"]);
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged", "the new one has it");
}

#[test]
fn what_rotted_is_repaired_from_the_second_store_after_a_restore_too() {
    let (bureau, folder) = with_two_stores();
    assert_eq!(bureau.bare(&["backup", "--to", &bureau.path("backup")]).code, Some(0));
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let digest = find(&bureau.shown(&id)["events"], "object").unwrap();
    let object = folder.path().join(format!("main/objects/{}/{}/{digest}", &digest[..2], &digest[2..4]));
    let whole = fs::read(&object).unwrap();
    let mut rotten = whole.clone();
    rotten[20] ^= 1;
    fs::write(&object, rotten).unwrap();
    fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    let said = restored(&bureau);
    assert!(said.code == Some(0) && said.text().contains("; 1 objects whole, 0 not"), "{}{}", said.text(), said.err);
    bureau.done("anna", &["describe", &id, "--kind", "letter", "--made", LONG_AGO, "--title", "t"]);
    let scrubbed = bureau.done("anna", &["scrub"]);
    assert!(scrubbed.contains(&format!("{id}: repaired in main from second")), "{scrubbed}");
    assert_eq!(fs::read(&object).unwrap(), whole);
}

#[test]
fn a_destruction_that_waits_is_not_tried_by_every_command() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    bureau.approve(&id);
    fs::rename(bureau.path("state"), bureau.path("away")).unwrap();
    assert_eq!(bureau.vault("anna", &["destroy", &id]).code, Some(2));
    let status =
        || serde_json::from_slice::<serde_json::Value>(&bureau.vault("anna", &["status", "--json"]).out).unwrap();
    let first = status()["stalled"].clone();
    assert_eq!((&first[0]["id"], &first[0]["tries"]), (&id.clone().into(), &1.into()), "{first}");
    let note = format!("note: the destruction of {id} is not finished; \"vault status\" says why\n");
    let said = bureau.vault("anna", &["list"]);
    assert_eq!((said.code, &said.err), (Some(0), &note));
    assert_eq!(status()["stalled"], first, "it was not tried");
    // After a while it is, and then not for longer.
    let tries_at = |off: &str| {
        let said = bureau.vault_at(off, "anna", &["status", "--json"]);
        assert_eq!(said.err, note);
        serde_json::from_slice::<serde_json::Value>(&said.out).unwrap()["stalled"][0]["tries"].clone()
    };
    assert_eq!(tries_at("+61s"), 2);
    assert_eq!(tries_at("+150s"), 2);
    let said = bureau.vault("anna", &["finish"]);
    assert!(said.code == Some(2) && said.text().ends_with("1 not finished\n"), "{}", said.text());
    fs::rename(bureau.path("away"), bureau.path("state")).unwrap();
    assert_eq!(bureau.vault("anna", &["finish"]).text(), "0 not finished\n");
    assert_eq!(status()["stalled"], serde_json::json!([]));
    assert!(stands(&bureau, &id).starts_with("destroyed on "), "{}", stands(&bureau, &id));
}

#[test]
fn an_event_or_a_role_that_was_edited_is_refused() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let subject = bureau.approve(&id);
    bureau.edit("CREATE TABLE aside.kept AS SELECT number, clear FROM event");
    let was = "SELECT kept.clear FROM aside.kept WHERE kept.number = event.number";
    let undo = format!("UPDATE event SET clear = ({was}) WHERE clear <> ({was})");
    let replaced = |stream: &str, from: &str, to: &str| {
        let clear = format!("CAST(replace(CAST(clear AS TEXT), '{from}', '{to}') AS BLOB)");
        let first =
            format!("SELECT MAX(number) FROM event WHERE stream = '{stream}' AND CAST(clear AS TEXT) LIKE '%{from}%'");
        format!("UPDATE event SET clear = {clear} WHERE number = ({first})")
    };
    let thing = format!("thing/{id}");
    for (what, sql) in [
        ("an earlier day", replaced(&thing, LONG_AGO, "2025-04-01")),
        ("another's approval", replaced(&thing, "\"by\":\"ben\"", "\"by\":\"anna\"")),
        ("another role", replaced("staff", "privacy-officer", "records-officer")),
    ] {
        assert_eq!(bureau.edit(&sql), 1, "{what}");
        let said = bureau.vault("anna", &["destroy", &id]);
        assert!(matches!(said.code, Some(1 | 2)) && said.err.contains("event "), "{what}: {}", said.err);
        let said = bureau.vault("ben", &["approve", &id, "--subject", &subject]);
        assert!(matches!(said.code, Some(1 | 2)) && said.err.contains("event "), "{what}: {}", said.err);
        assert_ne!(bureau.vault("anna", &["status"]).code, Some(0), "{what}");
        assert!(!Path::new(&bureau.path("office/events.sqlite-wal")).exists(), "{what}: a refusal leaves a journal");
        assert_eq!(bureau.edit(&undo), 1, "{what}");
    }
    assert!(bureau.done("anna", &["destroy", &id]).contains(", log index "), "as it was written it goes");
}

/// A trigger decides with every change, and a table that is another carries what nobody looks at.
#[test]
fn events_with_other_tables_triggers_or_views_than_ours_are_refused_by_name() {
    let bureau = Bureau::new();
    bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    for (sql, undo, said) in [
        (
            "CREATE TRIGGER quiet AFTER INSERT ON outbox BEGIN DELETE FROM outbox; END",
            "DROP TRIGGER quiet",
            "the trigger \"quiet\" is too much",
        ),
        ("CREATE VIEW seen AS SELECT 1", "DROP VIEW seen", "the view \"seen\" is too much"),
        ("CREATE TABLE more (a)", "DROP TABLE more", "the table \"more\" is too much"),
        // Whoever looks whether all is whole works that out, and comes to no end or, here, to an overflow.
        (
            "CREATE TABLE more (a CHECK (abs(a) > 0)); PRAGMA ignore_check_constraints = ON; INSERT INTO more VALUES (-9223372036854775808)",
            "DROP TABLE more",
            "the table \"more\" is too much",
        ),
        (
            "DROP INDEX outbox_open",
            "CREATE INDEX outbox_open ON outbox (event_number) WHERE proof IS NULL",
            "the index \"outbox_open\" is missing",
        ),
    ] {
        bureau.edit(sql);
        for command in ["list", "status"] {
            let done = bureau.vault("anna", &[command]);
            let line = format!("the events were changed by something other than this program: {said}");
            assert!(done.code == Some(2) && done.err.contains(&line), "{command}: {}", done.err);
        }
        bureau.edit(undo);
        bureau.done("anna", &["list"]);
    }
}

#[test]
fn an_older_keyring_holds_nothing_that_two_people_let_go() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let hold = bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "order"]);
    let rings = ["keys/ring.sqlite", "keys/ring2.sqlite"].map(|name| bureau.path(name));
    let older = rings.each_ref().map(|ring| fs::read(ring).unwrap());
    bureau.done("anna", &["release", &id, &hold, "--reason", "over"]);
    for who in ["anna", "ben"] {
        bureau.done(who, &["approve-release", &id, &hold]);
    }
    rings.iter().zip(older).for_each(|(ring, bytes)| fs::write(ring, bytes).unwrap());
    assert_eq!(bureau.shown(&id)["holds"], serde_json::json!([]));
    assert!(bureau.destroy(&id).contains(", log index "), "the keyring let go of it too");
}

#[test]
fn a_recording_that_changes_while_it_is_taken_is_kept_nowhere() {
    let bureau = Bureau::new();
    let mut bytes = recording(300, 1, "words").0;
    let file = bureau.file("long.flac", &bytes);
    let ring = bureau.path("keys/ring.sqlite");
    let changed_at = |path: &str| fs::metadata(path).unwrap().modified().unwrap();
    let (before, is_over) = (changed_at(&ring), AtomicBool::new(false));
    let middle = bytes.len() - 2_000;
    bytes[middle] ^= 1;
    let said = std::thread::scope(|scope| {
        let changing = scope.spawn(|| {
            // When its key is announced it was checked.
            while changed_at(&ring) == before && !is_over.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            fs::write(&file, &bytes).unwrap();
            !is_over.load(Ordering::SeqCst)
        });
        let kind = ["--kind", "consultation-recording", "--made", LONG_AGO, "--title", "t"];
        let said = bureau.vault("anna", &[&["take", &file], &kind[..]].concat());
        is_over.store(true, Ordering::SeqCst);
        assert!(changing.join().unwrap(), "it was changed too late");
        said
    });
    assert!(
        matches!(said.code, Some(1 | 2)) && said.err.starts_with("counterpartd: nothing is kept: "),
        "{}",
        said.err
    );
    assert_eq!(bureau.done("anna", &["list"]), "");
    let mut objects = Vec::new();
    harness::office::all_bytes(&[&bureau.path("office/objects")]).into_iter().for_each(|(name, _)| objects.push(name));
    assert_eq!(objects, [bureau.path("office/objects/owner")], "nothing but whose the store is");
}

#[test]
fn a_change_of_the_office_key_that_comes_second_leaves_no_key_file() {
    let bureau = Bureau::new();
    let [first, second, waits] = ["keys/first.key", "keys/second.key", "waits"].map(|name| bureau.path(name));
    assert!(std::process::Command::new("mkfifo").arg(&waits).status().unwrap().success());
    // It has the office open when the other one comes, and waits for its new passphrase.
    let said = std::thread::scope(|scope| {
        let late =
            scope.spawn(|| bureau.vault("anna", &["rotate", "--new-key", &second, "--new-passphrase-file", &waits]));
        // Opening a pipe to write to it ends when it is opened to be read.
        let mut pipe = fs::OpenOptions::new().write(true).open(&waits).unwrap();
        let passphrase = bureau.path("keys/passphrase");
        bureau.done("anna", &["rotate", "--new-key", &first, "--new-passphrase-file", &passphrase]);
        std::io::Write::write_all(&mut pipe, b"another\n").unwrap();
        drop(pipe);
        late.join().unwrap()
    });
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(first_line(&said).starts_with("counterpartd: the office key was changed meanwhile; "), "{}", said.err);
    assert!(!Path::new(&second).exists() && Path::new(&first).exists());
    let settings = fs::read_to_string(bureau.path("office/office.toml")).unwrap();
    fs::write(bureau.path("office/office.toml"), settings.replace("office.key", "first.key")).unwrap();
    bureau.done("anna", &["list"]);
}

#[test]
fn what_is_to_be_destroyed_and_may_yet_be_stopped_is_looked_over_and_repaired() {
    let (bureau, folder) = with_two_stores();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let digest = find(&bureau.shown(&id)["events"], "object").unwrap();
    let object = folder.path().join(format!("main/objects/{}/{}/{digest}", &digest[..2], &digest[2..4]));
    bureau.approve(&id);
    // A folder that is to be searched is away: it has begun, and the key is there.
    fs::rename(bureau.path("state"), bureau.path("away")).unwrap();
    assert_eq!(bureau.vault("anna", &["destroy", &id]).code, Some(2));
    let whole = fs::read(&object).unwrap();
    fs::write(&object, b"rot").unwrap();
    let said = bureau.vault("anna", &["scrub"]);
    let line = format!("{id}: repaired in main from second");
    assert!(said.code == Some(0) && said.text().contains(&line), "{}{}", said.text(), said.err);
    assert_eq!(fs::read(&object).unwrap(), whole);
    fs::rename(bureau.path("away"), bureau.path("state")).unwrap();
    assert_eq!(bureau.vault("anna", &["finish"]).code, Some(0));
    assert!(stands(&bureau, &id).contains("destroyed") && !object.exists());
    assert_eq!(bureau.vault("anna", &["scrub"]).code, Some(0));
    assert!(!object.exists(), "what is destroyed is not brought back");
}
