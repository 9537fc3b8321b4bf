//! What lies beside an office's events and keys, and what of it stops what: proofs in the outbox, copies of certificates, files of the log, locks; and
//! where nothing that an office gives out is put.
//!
//! Not the events (`vault_sure.rs`), nor a keyring or a store that is away. Invariants: a file that somebody puts in the way stops nothing but what
//! needs it; each refusal is one line and a hint, and leaves nothing behind.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::fs;
use std::path::Path;

use harness::Environment;
use harness::office::{Bureau, LONG_AGO, Said};
use rustix::fs::{CWD, FileType, mknodat};
use seal::certificate::CertificateFile;

fn first_line(said: &Said) -> &str {
    said.err.lines().next().unwrap_or_default()
}

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

/// Destroyed by the whole way, but that the log was not asked for its certificate's place yet.
fn destroyed_and_not_logged(bureau: &Bureau, id: &str) {
    bureau.approve(id);
    fs::rename(bureau.path("state"), bureau.path("away")).unwrap();
    assert_eq!(bureau.vault("anna", &["destroy", id]).code, Some(2));
    fs::rename(bureau.path("away"), bureau.path("state")).unwrap();
    assert_eq!(bureau.vault("anna", &["finish"]).text(), "0 not finished\n");
    assert_eq!(bureau.shown(id)["phase"], "destroyed");
}

fn given(bureau: &Bureau, id: &str) -> CertificateFile {
    let said = bureau.vault("anna", &["certificate", id]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    CertificateFile::parse(&said.out).unwrap()
}

/// The places in the log that its events name.
fn noted(bureau: &Bureau, id: &str) -> Vec<u64> {
    let events = bureau.shown(id)["events"].as_array().unwrap().clone();
    let index = |event: &serde_json::Value| event["clear"]["what"]["certificate-logged"]["index"].as_u64();
    events.iter().filter_map(index).collect()
}

#[test]
fn a_proof_that_somebody_put_into_the_outbox_counts_for_nothing() {
    let bureau = Bureau::new();
    let [one, other] = ["Dear Sir", "Dear Madam"].map(|words| letter(&bureau, words));
    bureau.done("anna", &["submit"]);
    destroyed_and_not_logged(&bureau, &one);
    bureau.approve(&other);
    let sql = "UPDATE outbox SET log_index = 7, proof = (SELECT proof FROM outbox WHERE event_number = 1) \
               WHERE what = 'certificate'";
    assert_eq!(bureau.edit(sql), 1);
    assert!(bureau.ask("SELECT proof FROM outbox WHERE what = 'certificate'").lines().count() > 3, "a proof is there");
    assert_eq!(given(&bureau, &one).proof, None);
    assert!(bureau.done("anna", &["destroy", &other]).starts_with("destroyed on "));
    for id in [&one, &other] {
        bureau.accepted(id);
        assert_eq!(noted(&bureau, id), [given(&bureau, id).proof.unwrap().index]);
    }
    // The right place, and a signature that the log never made.
    let proof = bureau.ask("SELECT max(proof) FROM outbox WHERE what = 'certificate'");
    let (before, signature) = proof.split_once("\n\u{2014} ").unwrap();
    let (line, rest) = signature.split_once('\n').unwrap();
    let (name, bytes) = line.split_once(' ').unwrap();
    let mut bytes = bytes.as_bytes().to_vec();
    bytes[20] = if bytes[20] == b'A' { b'B' } else { b'A' };
    let forged = format!("{before}\n\u{2014} {name} {}\n{rest}", String::from_utf8(bytes).unwrap());
    assert_eq!(bureau.edit(&format!("UPDATE outbox SET proof = '{forged}' WHERE what = 'certificate'")), 2);
    for id in [&one, &other] {
        assert_eq!(given(&bureau, id).proof, None);
    }
    bureau.vault("anna", &["submit"]);
    for id in [&one, &other] {
        bureau.accepted(id);
        assert_eq!(noted(&bureau, id).len(), 1);
    }
}

#[test]
fn a_place_of_copies_that_is_no_folder_stops_nothing() {
    let bureau = Bureau::new();
    let kept = letter(&bureau, "kept");
    let folder = bureau.path("keys/ring2.sqlite.certificates");
    for how in ["file", "link"] {
        let id = letter(&bureau, how);
        let _ = fs::remove_dir_all(&folder);
        match how {
            "file" => fs::write(&folder, "x").unwrap(),
            _ => std::os::unix::fs::symlink(bureau.path("nowhere"), &folder).unwrap(),
        }
        bureau.approve(&id);
        let said = bureau.vault("anna", &["destroy", &id]);
        assert!(said.code == Some(0) && said.text().starts_with("destroyed on "), "{how}: {}", said.err);
        let note = format!(
            "note: {folder}: no copy of the certificate is there: it is not a folder; mend that, and \"vault scrub\" writes it"
        );
        assert!(said.err.lines().count() > 0 && said.err.lines().all(|line| line == note), "{how}: {}", said.err);
        bureau.done("anna", &["list"]);
        let hold = bureau.done("anna", &["hold", &kept, "--authority", "court", "--reason", "order"]);
        bureau.done("anna", &["release", &kept, &hold, "--reason", "over"]);
        bureau.accepted(&id);
        let said = bureau.vault("anna", &["status"]);
        assert!(said.code == Some(1) && said.text().contains(&folder), "{how}: {}", said.text());
        fs::remove_file(&folder).unwrap();
        assert_eq!(bureau.vault("anna", &["scrub"]).code, Some(0));
        assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
    }
}

#[test]
fn a_file_of_the_log_that_is_away_stops_only_what_asks_the_log() {
    let bureau = Bureau::new();
    let [kept, gone] = ["kept", "gone"].map(|words| letter(&bureau, words));
    bureau.destroy(&gone);
    for name in ["keys/token", "keys/trust.policy"] {
        fs::rename(bureau.path(name), bureau.path("away")).unwrap();
        let hold = bureau.done("anna", &["hold", &kept, "--authority", "court", "--reason", "order"]);
        bureau.done("anna", &["release", &kept, &hold, "--reason", "over"]);
        bureau.done("anna", &["list"]);
        assert_eq!(bureau.done("anna", &["read", &kept, "--purpose", "appeal", "--reference", "R"]), "kept");
        let why = format!("{}: no such file or directory", bureau.path(name));
        let said = bureau.vault("anna", &["submit"]);
        assert!(said.code == Some(2) && said.text().contains(&why), "{name}: {} {}", said.text(), said.err);
        let said = bureau.vault("anna", &["status"]);
        assert!(said.code == Some(1) && said.text().contains(&format!("log        cannot be asked: {why}")), "{name}");
        let said = bureau.vault("anna", &["certificate", &gone]);
        match name {
            "keys/token" => assert_eq!(said.code, Some(0), "a proof is judged without the token"),
            _ => assert_eq!((said.code, first_line(&said)), (Some(2), format!("counterpartd: {why}").as_str())),
        }
        fs::rename(bureau.path("away"), bureau.path(name)).unwrap();
    }
    assert_eq!(bureau.vault("anna", &["submit"]).code, Some(0));
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
}

#[test]
fn what_only_has_the_name_of_a_lock_is_not_waited_for() {
    let bureau = Bureau::new();
    for name in ["acting.lock", "taking.lock"] {
        let path = bureau.path(&format!("office/{name}"));
        for (how, what) in [("pipe", "a named pipe"), ("folder", "a folder")] {
            let _ = fs::remove_file(&path);
            match how {
                "pipe" => mknodat(CWD, Path::new(&path), FileType::Fifo, 0o600.into(), 0).unwrap(),
                _ => fs::create_dir(&path).unwrap(),
            }
            let said = bureau.vault("anna", &["list"]);
            let wanted = format!("counterpartd: {path}: {what} stands in its place");
            assert_eq!((said.code, first_line(&said)), (Some(2), wanted.as_str()), "{how}");
            assert_eq!(said.err.lines().count(), 2, "{}", said.err);
        }
        fs::remove_dir(&path).unwrap();
        bureau.done("anna", &["list"]);
    }
}

#[test]
fn nothing_is_given_out_into_an_office_a_store_or_the_keyring() {
    let disk = tempfile::tempdir().unwrap();
    let second = format!("{}/second", disk.path().display());
    let bureau = Bureau::keeping(&["--second", &second], Environment::new());
    let [kept, gone] = ["kept", "gone"].map(|words| letter(&bureau, words));
    bureau.destroy(&gone);
    let (office, store) = ("in the office's folder, and be lost with it", "in a store, and be lost with it");
    let places = [
        ("office/x", office),
        ("office/objects/objects/x", office),
        ("linked/x", office),
        ("second/x", store),
        ("second/objects/x", store),
        ("keys/ring.sqlite-wal", "among the keyring's own files"),
        ("keys/ring2.sqlite.certificates/x", "among the keyring's own files"),
    ];
    std::os::unix::fs::symlink(bureau.path("office"), bureau.path("linked")).unwrap();
    let events = "SELECT MAX(number) FROM event";
    let newest = bureau.ask(events);
    for (place, what) in places {
        let to = match place.strip_prefix("second") {
            Some(within) => format!("{second}{within}"),
            None => bureau.path(place),
        };
        let secret = bureau.path("keys/passphrase");
        let commands = [
            vec!["rotate", "--new-key", &to, "--new-passphrase-file", &secret],
            vec!["read", &kept, "--purpose", "appeal", "--reference", "R", "--out", &to],
            vec!["certificate", &gone, "--out", &to],
            vec!["key", "--account", "zoe", "--no-passphrase", "--file", &to],
        ];
        for args in commands {
            if args[0] == "key" && place.starts_with("keys/") {
                // No office is named to it, and nothing there says whose it is.
                continue;
            }
            let what = match args[0] {
                "key" if what == office && !place.contains("objects") => {
                    "in an office's folder, which backups carry away"
                }
                "key" => "in a store, which backups carry away",
                _ => what,
            };
            let said = bureau.vault("anna", &args);
            let wanted = format!("counterpartd: {to}: it would lie {what}");
            assert_eq!((said.code, first_line(&said)), (Some(2), wanted.as_str()), "{args:?}");
            assert!(!Path::new(&to).exists(), "{args:?}");
        }
    }
    assert_eq!(bureau.ask(events), newest, "nothing was written down");
}
