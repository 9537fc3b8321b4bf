//! Backup and restore of an office that went on meanwhile, and all the ways in which they are refused.
//!
//! Not the copying of a log (`lifecycle.rs`). Invariants: nothing that happened since a backup is undone by it; nothing is written over;
//! what is refused leaves what is there as it was.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::path::Path;

use ceph::Ceph;
use harness::office::{Bureau, LONG_AGO, Said, Under, all_bytes, find};
use harness::{Environment, copy_folder};
use sha2::{Digest as _, Sha256};

under_both!(what_happened_since_the_backup_stands);

/// What is done to a file of a backup; it is removed where there is nothing.
type Damage<'a> = Option<&'a dyn Fn(&mut Vec<u8>)>;

/// That it failed with this line; places are shown as they are in the test's folder.
#[track_caller]
fn refused(bureau: &Bureau, said: &Said, code: i32, line: &str, hint: &str) {
    let shown = said.err.replace(&bureau.path(""), "");
    let (found, advice) = shown.split_once('\n').unwrap();
    assert!(found.starts_with(&format!("counterpartd: {line}")), "{line}: {shown}");
    assert_eq!((advice, said.code, said.out.len()), (&*format!("hint: {hint}\n"), Some(code), 0), "{shown}");
}

fn restore(bureau: &Bureau, from: &str, more: &[&str]) -> Said {
    let words = ["restore", "--from", &bureau.path(from), "--office", &bureau.path("office")];
    bureau.bare(&[&words[..], more].concat())
}

/// As often as it takes: each time the keyring has seen the events of the one before.
fn restore_again(bureau: &Bureau, from: &str, more: &[&str]) -> Said {
    let said = restore(bureau, from, &[&NONE_LOST[..], more].concat());
    match said.err.rsplit_once("--events-lost ") {
        Some((_, number)) => restore(bureau, from, &[&["--events-lost", number.trim_end()], more].concat()),
        None => said,
    }
}

fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

/// Does this to a file, or takes it away.
fn harm(path: &str, change: Damage<'_>) {
    let Some(change) = change else { return std::fs::remove_file(path).unwrap() };
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

/// Said by whoever knows that the office is lost, and nothing with it.
const NONE_LOST: [&str; 2] = ["--events-lost", "0"];

fn disc(bureau: &Bureau) -> String {
    let args = ["take", "--medium", "disc", "--kind", "consultation-recording", "--made", LONG_AGO, "--title", "t"];
    let item = ["--label", "No. 7", "--where", "cupboard"];
    bureau.done("anna", &[&args[..], &item].concat()).lines().next().unwrap().to_owned()
}

fn shred(bureau: &Bureau, id: &str) {
    bureau.destroy(id);
    bureau.done("anna", &["destroyed", id, "--method", "shredded", "--by", "x", "--where", "x"]);
}

fn what_happened_since_the_backup_stands(under: Under) {
    let bureau = Bureau::under(under);
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let take = || bureau.take(&letter, "letter", LONG_AGO, "t");
    let [held, destroyed, approved] = [take(), take(), take()];
    let shredded = disc(&bureau);
    let old = bureau.approve(&approved);
    let data = bureau.path("data");
    let said = bureau.bare(&["backup", "--to", &bureau.path("backup"), "--log-data", &data]);
    assert!(said.code == Some(0) && said.text().contains(" 3 objects of "), "{}{}", said.text(), said.err);
    let mut in_backup = all_bytes(&[&bureau.path("backup")]);
    in_backup.retain(|(name, _)| name.contains("ring") || name.ends_with(".key") || name.contains("passphrase"));
    assert!(in_backup.is_empty(), "no key is in it");

    bureau.done("anna", &["hold", &held, "--authority", "court", "--reason", "order"]);
    bureau.destroy(&destroyed);
    shred(&bureau, &shredded);
    let [late, late_destroyed, late_shredded] = [take(), take(), disc(&bureau)];
    bureau.destroy(&late_destroyed);
    shred(&bureau, &late_shredded);
    bureau.lose();
    // Objects that came since are not in the backup; those of a store elsewhere would be.
    copy_folder(Path::new(&bureau.path("lost/objects")), Path::new(&bureau.path("objects-elsewhere")));

    // Whoever restores says that the office is lost, and how much with it.
    let said = restore(&bureau, "backup", &[]);
    let number = said.err.rsplit(' ').next().unwrap().trim_end().to_owned();
    let line = format!("the keyring has seen {number} events that are not in the backup");
    let hint = "an office that still stands must not be restored beside itself; if it is lost, say so: --events-lost ";
    refused(&bureau, &said, 1, &line, &(hint.to_owned() + &number));
    assert!(!Path::new(&bureau.path("office")).exists());
    let words = ["restore", "--from", &bureau.path("backup"), "--office", &bureau.path("office")];
    let said = bureau.bare(&[&words[..], &["--events-lost", &number]].concat());
    let text = said.text();
    for words in [" 1 holds and 4 destructions replayed", " 1 things without their events", "; 2 objects whole, 1 not"]
    {
        assert!(text.contains(words), "{words}: {text}{}", said.err);
    }
    assert_eq!(said.code, Some(1), "one object is missing, and it is said: {text}");
    assert!(text.contains(&format!("{late}: its object ")), "{text}");
    let stands = |id: &str| bureau.shown(id)["standing"].as_str().unwrap().to_owned();
    assert!(stands(&held).contains("held"), "{}", stands(&held));
    assert_eq!(bureau.vault("anna", &["propose", &held]).code, Some(1));
    for id in [&destroyed, &shredded, &late_destroyed, &late_shredded] {
        assert!(stands(id).contains("destroyed"), "{id}: {}", stands(id));
        let said = bureau.vault("anna", &["read", id, "--purpose", "appeal", "--reference", "R"]);
        assert_eq!((said.code, said.out.len()), (Some(1), 0), "{}", said.err);
    }
    // What was approved before is not approved any more.
    let said = bureau.vault("anna", &["destroy", &approved]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert_eq!(bureau.vault("ben", &["approve", &approved, "--subject", &old]).code, Some(1));
    let status = bureau.vault("anna", &["status"]);
    assert!(status.text().contains("each chained to the one before"), "{}{}", status.text(), status.err);
    // What the restore could not bring is not forgotten with its last line.
    assert!(
        status.code == Some(1) && status.text().contains(&format!("{late} is missing since ")),
        "{}",
        status.text()
    );
}

#[test]
fn a_restore_over_what_is_there_is_refused() {
    let bureau = Bureau::new();
    let letter = bureau.file("letter.txt", b"Dear Sir");
    bureau.take(&letter, "letter", LONG_AGO, "t");
    let to = bureau.path("backup");
    assert_eq!(bureau.bare(&["backup", "--to", &to]).code, Some(0));
    let over = "nothing is written over; choose another name";
    refused(&bureau, &bureau.bare(&["backup", "--to", &to]), 2, "backup is there already", over);
    // A backup is for the day on which these are lost.
    std::os::unix::fs::symlink(bureau.path("office/objects"), bureau.path("link")).unwrap();
    let outside = "name a place outside the office and its stores, best on another disk";
    for inside in ["office/in", "link/in"] {
        let said = bureau.bare(&["backup", "--to", &bureau.path(inside)]);
        let line = format!("{inside}: it would lie in the office's folder");
        refused(&bureau, &said, 2, &line, outside);
        assert!(!std::fs::exists(bureau.path(inside)).unwrap(), "{inside}: nothing is begun");
    }
    refused(&bureau, &restore(&bureau, "backup", &NONE_LOST), 2, "office is there already", over);
    bureau.take(&letter, "letter", LONG_AGO, "t");
    let before = bureau.done("anna", &["list"]);
    let keep = "keep it; a restore is for an office that is lost";
    refused(
        &bureau,
        &restore(&bureau, "backup", &NONE_LOST),
        1,
        "office: the office there is newer: it has event ",
        keep,
    );
    assert_eq!(bureau.done("anna", &["list"]), before);

    // Yesterday's folder, put back by hand, is not opened; and another history is not either.
    let now = bureau.path("now");
    std::fs::rename(bureau.path("office"), &now).unwrap();
    copy_folder(Path::new(&to), Path::new(&bureau.path("office")));
    let replays = "restore a backup with \"counterpartd restore\", which replays the holds and destructions since";
    let line = "the events are older than the keyring: it has seen event ";
    refused(&bureau, &bureau.vault("anna", &["list"]), 2, line, replays);
    std::fs::remove_dir_all(bureau.path("office")).unwrap();
    std::fs::rename(&now, bureau.path("office")).unwrap();
    assert_eq!(bureau.done("anna", &["list"]), before);
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_no_office() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    assert_eq!(bureau.bare(&["backup", "--to", &bureau.path("whole")]).code, Some(0));
    std::fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    let manifest = "name the folder that \"counterpartd backup\" made and finished";
    let other = "take another backup, or the newer program";
    let again = "the backup is damaged: take another one";
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(40);
    let not_those = "backup: the events are not those of the manifest";
    let cases: [(&str, Damage<'_>, &str, &str); 5] = [
        ("/backup.json", None, "backup: not a whole backup: it has no backup.json", manifest),
        ("/backup.json", Some(&cut), "backup/backup.json: EOF while parsing", other),
        ("/events.sqlite", Some(&|bytes: &mut Vec<u8>| flip(bytes)), not_those, again),
        ("/events.sqlite", None, "backup/events.sqlite: no such file or directory", "check the spelling of the path"),
        ("/office.toml", None, "backup/office.toml: no such file or directory", "check the spelling of the path"),
    ];
    for (file, change, line, hint) in cases {
        let backup = bureau.path("backup");
        copy_folder(Path::new(&bureau.path("whole")), Path::new(&backup));
        harm(&format!("{backup}{file}"), change);
        println!("{file}");
        refused(&bureau, &restore(&bureau, "backup", &NONE_LOST), 2, line, hint);
        assert!(!Path::new(&bureau.path("office")).exists(), "{file}: half an office");
        std::fs::remove_dir_all(&backup).unwrap();
    }
    // The whole one still does, also after all these tries.
    let said = restore(&bureau, "whole", &NONE_LOST);
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
}

/// An office with two letters and a backup of it, whose folder is lost; the letters, and the path of the second one's object below a store.
fn lost_after_a_backup(bureau: &Bureau) -> ([String; 2], String) {
    let letters = ["Dear Sir", "Dear Madam"].map(|text| {
        let file = bureau.file("letter.txt", text.as_bytes());
        bureau.take(&file, "letter", LONG_AGO, "t")
    });
    let digest = find(&bureau.shown(&letters[1])["events"], "object").unwrap();
    assert_eq!(bureau.bare(&["backup", "--to", &bureau.path("whole")]).code, Some(0));
    std::fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    copy_folder(Path::new(&bureau.path("whole")), Path::new(&bureau.path("backup")));
    (letters, format!("objects/{}/{}/{digest}", &digest[..2], &digest[2..4]))
}

#[test]
fn what_a_backup_lost_of_one_object_costs_that_object_alone() {
    let cases: [(Damage<'_>, &str); 4] = [
        (None, "it is not in the backup, though the backup was made with it"),
        (Some(&|bytes: &mut Vec<u8>| flip(bytes)), "it is damaged in the backup: its bytes are others"),
        (Some(&|bytes: &mut Vec<u8>| bytes.truncate(40)), "it is damaged in the backup: its bytes are others"),
        (Some(&|bytes: &mut Vec<u8>| bytes.clear()), "it is damaged in the backup: its bytes are others"),
    ];
    for (change, why) in cases {
        let bureau = Bureau::new();
        let ([whole, gone], object) = lost_after_a_backup(&bureau);
        harm(&bureau.path(&format!("backup/objects/{object}")), change);
        let said = restore(&bureau, "backup", &NONE_LOST);
        let digest = object.rsplit('/').next().unwrap();
        let line = format!("{gone}: its object {digest} is not there; {why}\n");
        let text = said.text();
        assert!(said.code == Some(1) && said.err.is_empty(), "{text}{}", said.err);
        assert!(text.starts_with(&line) && text.contains("; 1 objects whole, 1 not\n"), "{text}");
        assert_eq!(bureau.done("anna", &["verify", &whole]), "unchanged");
        // The office knows it, until another backup gives it back.
        let status = bureau.vault("anna", &["status"]);
        assert!(
            status.code == Some(1) && status.text().contains(&format!("{gone} is missing since ")),
            "{}",
            status.text()
        );
        let scrubbed = bureau.vault("anna", &["scrub"]);
        let line = format!("{gone}: missing in main, and not repaired: no store has it whole\n");
        assert!(scrubbed.code == Some(1) && scrubbed.text().contains(&line), "{}{}", scrubbed.text(), scrubbed.err);
        let into = bureau.path(&format!("office/objects/{object}"));
        std::fs::create_dir_all(Path::new(&into).parent().unwrap()).unwrap();
        std::fs::copy(bureau.path(&format!("whole/objects/{object}")), into).unwrap();
        bureau.done("anna", &["scrub"]);
        bureau.done("anna", &["status"]);
        assert_eq!(bureau.done("anna", &["verify", &gone]), "unchanged");
    }
}

#[test]
fn a_store_that_still_has_it_stands_in_for_the_backup() {
    let folder = tempfile::tempdir().unwrap();
    let second = folder.path().join("second").display().to_string();
    let bureau = Bureau::keeping(&["--second", &second], Environment::new());
    let ([_, gone], object) = lost_after_a_backup(&bureau);
    let in_backup = bureau.path(&format!("backup/objects/{object}"));
    harm(&in_backup, Some(&|bytes: &mut Vec<u8>| flip(bytes)));
    let said = restore(&bureau, "backup", &NONE_LOST);
    assert!(said.code == Some(0) && said.text().contains("; 2 objects whole, 0 not\n"), "{}{}", said.text(), said.err);
    let digest = object.rsplit('/').next().unwrap();
    let line = format!("object {digest} came from {second}: it is damaged in the backup: its bytes are others\n");
    assert_eq!(said.err, line);
    assert_eq!(std::fs::read(bureau.path(&format!("office/objects/{object}"))).unwrap(), whole_of(&bureau, &object));

    // Rotten there too: nothing is better, so what stands there is left where it is.
    std::fs::rename(bureau.path("office"), bureau.path("lost again")).unwrap();
    let rotten = folder.path().join("second").join(&object);
    harm(&rotten.display().to_string(), Some(&|bytes: &mut Vec<u8>| flip(bytes)));
    let said = restore(&bureau, "backup", &NONE_LOST);
    let number = said.err.rsplit(' ').next().unwrap().trim_end().to_owned();
    let said = restore(&bureau, "backup", &["--events-lost", &number]);
    let line = format!("{gone}: its object {digest} is rotten; it is damaged in the backup: its bytes are others\n");
    assert!(said.code == Some(1) && said.text().starts_with(&line), "{}{}", said.text(), said.err);
    assert!(rotten.exists());
}

/// A link goes when what it should be is there; what it leads to is somebody's.
#[test]
fn what_cannot_be_read_goes_only_for_what_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let second = folder.path().join("second").display().to_string();
    let bureau = Bureau::keeping(&["--second", &second], Environment::new());
    let ([_, letter], object) = lost_after_a_backup(&bureau);
    let (link, elsewhere) = (folder.path().join("second").join(&object), folder.path().join("elsewhere"));
    std::fs::rename(&link, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    harm(&bureau.path(&format!("backup/objects/{object}")), Some(&|bytes: &mut Vec<u8>| flip(bytes)));
    let said = restore(&bureau, "backup", &NONE_LOST);
    assert!(said.code == Some(1) && said.text().contains(&letter), "{}{}", said.text(), said.err);
    assert!(link.is_symlink() && std::fs::read(&elsewhere).unwrap() == whole_of(&bureau, &object));
    std::fs::rename(bureau.path("office"), bureau.path("lost again")).unwrap();
    let said = restore_again(&bureau, "whole", &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    for there in [&link, &elsewhere] {
        assert!(!there.is_symlink() && std::fs::read(there).unwrap() == whole_of(&bureau, &object), "{there:?}");
    }
}

/// Rubbish over the good version, and a backup that has rotted: what is in neither as it stands is in the bucket all the same.
#[test]
fn an_older_version_in_a_bucket_is_kept_and_is_the_object_again() {
    let (gateway, bucket) = (Ceph::shared().main(), Ceph::shared().main().new_name("restore"));
    gateway.make_bucket(&bucket);
    gateway.keep_versions(&bucket);
    let bureau = Bureau::keeping(&["--objects", &format!("s3://{bucket}/vault")], gateway.environment());
    let ([_, letter], object) = lost_after_a_backup(&bureau);
    let at = format!("/{bucket}/vault/{object}");
    assert_eq!(gateway.ask("PUT", &at, &[], b"rubbish").status, 200);
    harm(&bureau.path(&format!("backup/objects/{object}")), Some(&|bytes: &mut Vec<u8>| flip(bytes)));
    let said = restore(&bureau, "backup", &NONE_LOST);
    assert!(said.code == Some(0) && said.text().contains("; 2 objects whole, 0 not\n"), "{}{}", said.text(), said.err);
    let digest = object.rsplit('/').next().unwrap();
    let line = format!("object {digest}: what had been written over it in s3://{bucket}/vault is taken away\n");
    assert_eq!(said.err, line);
    assert_eq!(bureau.done("anna", &["verify", &letter]), "unchanged");
    // A scrub does the same.
    assert_eq!(gateway.ask("PUT", &at, &[], b"rubbish").status, 200);
    let scrubbed = bureau.vault("anna", &["scrub"]);
    let line = format!("{letter}: repaired in main from an older version of it there\n");
    assert!(scrubbed.code == Some(0) && scrubbed.text().contains(&line), "{}{}", scrubbed.text(), scrubbed.err);
    assert_eq!(bureau.done("anna", &["verify", &letter]), "unchanged");
}

/// Puts other settings into a backup, and their digest into its manifest: nobody needs a key for that.
fn edit_settings(bureau: &Bureau, change: impl Fn(String) -> String) {
    let (at, manifest) = (bureau.path("backup/office.toml"), bureau.path("backup/backup.json"));
    let digest = || {
        let bytes = Sha256::digest(std::fs::read(&at).unwrap());
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let before = digest();
    std::fs::write(&at, change(std::fs::read_to_string(&at).unwrap())).unwrap();
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert!(text.contains(&before));
    std::fs::write(&manifest, text.replace(&before, &digest())).unwrap();
}

#[test]
fn a_backups_settings_are_believed_only_under_its_tag() {
    let bureau = Bureau::new();
    let ([letter, _], _) = lost_after_a_backup(&bureau);
    let none = |what: &str| assert!(!std::fs::exists(bureau.path("office")).unwrap(), "{what}");
    edit_settings(&bureau, |text| text + "\n[[sweep]]\nname = \"all\"\nfolder = \"/srv\"\n");
    let hint = "somebody changed this backup, or it is another office's: take another one";
    let line = "backup.json: it, or backup.tag beside it, was not written by a program that had this office's key";
    refused(&bureau, &restore(&bureau, "backup", &NONE_LOST), 2, line, hint);
    none("tag");
    // What is loaded before anything can be told is not taken from a backup at all.
    edit_settings(&bureau, |text| {
        let from = text.find("key = ").unwrap();
        let to = from + text[from..].find('\n').unwrap();
        text.replace(&text[from..to], "token = { module = \"/tmp/evil.so\", token = \"t\", key = \"k\" }")
    });
    let said = restore(&bureau, "backup", &NONE_LOST);
    let line = "backup/office.toml: it names a token's module, and no code is run because a backup says so";
    refused(&bureau, &said, 1, line, "read it, and give it, or another one that you vouch for, with --settings");
    none("token");
    let at = bureau.path("backup/office.toml");
    std::fs::write(&at, "").unwrap();
    let line = "backup/office.toml: it is not the one that was carried away";
    let hint = "the backup was changed: take another one, or give an office.toml that you vouch for with --settings";
    refused(&bureau, &restore(&bureau, "backup", &NONE_LOST), 2, line, hint);
    // The office key lies elsewhere since: somebody says where, and nobody edits a backup.
    std::fs::rename(bureau.path("keys/office.key"), bureau.path("keys/moved.key")).unwrap();
    let settings = bureau.path("settings.toml");
    let text = std::fs::read_to_string(bureau.path("whole/office.toml")).unwrap();
    std::fs::write(&settings, text.replace("office.key", "moved.key")).unwrap();
    let said = restore(&bureau, "whole", &NONE_LOST);
    assert!(said.code == Some(2) && said.err.contains("office.key"), "{}", said.err);
    let said = restore(&bureau, "whole", &[&NONE_LOST[..], &["--settings", &settings]].concat());
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    assert_eq!(bureau.done("anna", &["verify", &letter]), "unchanged");
}

#[test]
fn a_log_comes_back_as_it_was_carried_away_or_is_named() {
    let bureau = Bureau::new();
    bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    bureau.done("anna", &["submit"]);
    let (data, whole) = (bureau.path("data"), bureau.path("whole"));
    assert_eq!(bureau.bare(&["backup", "--to", &whole, "--log-data", &data]).code, Some(0));
    std::fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    let log = Path::new(&whole).join("log");
    let files = all_bytes(&[&log.display().to_string()]);
    let entries = &files.iter().find(|(name, _)| name.contains("/entries/")).unwrap().0;
    let below = entries.split_once("/log/").unwrap().1.to_owned();
    let checkpoint = "the log's checkpoint is damaged in the backup, or is not there";
    let cases: [(&str, Damage<'_>, Option<&str>); 4] = [
        (&below, Some(&|bytes: &mut Vec<u8>| flip(bytes)), Some("it is damaged in the backup: its bytes are others")),
        (&below, None, Some("it is not in the backup, though the backup was made with it")),
        ("checkpoint", Some(&|bytes: &mut Vec<u8>| flip(bytes)), None),
        ("checkpoint", None, None),
    ];
    for (number, (file, change, flaw)) in cases.into_iter().enumerate() {
        let (backup, back) = (bureau.path("backup"), bureau.path(&format!("log{number}")));
        copy_folder(Path::new(&whole), Path::new(&backup));
        harm(&format!("{backup}/log/{file}"), change);
        let said = restore_again(&bureau, "backup", &["--log-data", &back]);
        match flaw {
            None => {
                assert!(said.code == Some(1) && said.err.contains(checkpoint), "{file}: {}", said.err);
                assert!(!Path::new(&back).exists() && !Path::new(&bureau.path("office")).exists(), "{file}");
            }
            Some(flaw) => {
                let line = format!("log: {file}: {flaw}\n");
                assert!(said.code == Some(1) && said.text().contains(&line), "{}{}", said.text(), said.err);
                assert_eq!(all_bytes(&[&back]).len(), files.len() - 1, "what is not right is not put back");
                std::fs::remove_dir_all(bureau.path("office")).unwrap();
            }
        }
        std::fs::remove_dir_all(&backup).unwrap();
    }
}

fn whole_of(bureau: &Bureau, object: &str) -> Vec<u8> {
    std::fs::read(bureau.path(&format!("whole/objects/{object}"))).unwrap()
}

/// The folder of a log is for everybody to mirror; what a link in it leads to may be a key.
#[test]
fn a_backup_carries_nothing_that_no_log_wrote() {
    let bureau = Bureau::new();
    let (data, ring) = (bureau.path("data"), bureau.path("keys/ring.sqlite"));
    let file = Path::new(&data).join("pending");
    let sound = std::fs::read(&file).unwrap();
    for (what, said) in [("link", "a symbolic link stands in its place"), ("long", "longer than what a log writes")] {
        std::fs::remove_file(&file).unwrap();
        match what {
            "link" => std::os::unix::fs::symlink(&ring, &file).unwrap(),
            _ => std::fs::File::create(&file).unwrap().set_len(1 << 40).unwrap(),
        }
        let backup = bureau.path(what);
        let done = bureau.bare(&["backup", "--to", &backup, "--log-data", &data]);
        assert!(done.code == Some(2) && done.err.contains(said), "{what}: {}", done.err);
        let carried = if Path::new(&backup).exists() { all_bytes(&[&backup]) } else { Vec::new() };
        assert!(carried.iter().all(|(name, _)| !name.ends_with("log/pending")), "{what}");
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, sound).unwrap();
    let said = bureau.bare(&["backup", "--to", &bureau.path("backup"), "--log-data", &data]);
    assert_eq!(said.code, Some(0), "{}", said.err);
}
