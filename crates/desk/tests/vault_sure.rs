//! What a destruction rests on: events and marks, never a row that anybody can write or a folder that is merely there; and certificates that hold.
//!
//! Not clocks (`vault_clocks.rs`), nor kills (`vault_faults.rs`). Invariants: every test changes what it says it changes, and sees it refused or put right;
//! whatever came between, a certificate that is given out is one that a reader accepts.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::fs;
use std::io::copy;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;

use harness::office::{Bureau, LONG_AGO, Said};

/// Any recording's id.
const RECORDING: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// How a disc ends.
const SHREDDED: [&str; 6] = ["--method", "shredded", "--by", "x", "--where", "x"];

fn disc(bureau: &Bureau, kind: &str, more: &[&str]) -> String {
    let args = ["take", "--medium", "disc", "--kind", kind, "--made", LONG_AGO, "--title", "t"];
    let item = ["--label", "No. 7", "--where", "cupboard 3"];
    bureau.done("anna", &[&args[..], &item, more].concat()).lines().next().unwrap().to_owned()
}

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

fn first_line(said: &Said) -> &str {
    said.err.lines().next().unwrap_or_default()
}

/// Puts this in the place of that in the office's file.
fn set(bureau: &Bureau, from: &str, to: &str) {
    let settings = bureau.path("office/office.toml");
    let text = fs::read_to_string(&settings).unwrap();
    assert!(text.contains(from), "{from} is not there");
    fs::write(&settings, text.replace(from, to)).unwrap();
}

#[test]
fn a_hold_on_the_same_recording_counts_whatever_the_table_says() {
    let bureau = Bureau::new();
    let same = ["--recording", RECORDING];
    let [held, other] = [(); 2].map(|()| disc(&bureau, "consultation-recording", &same));
    let hold = bureau.done("anna", &["hold", &held, "--authority", "court", "--reason", "order"]);
    bureau.approve(&other);
    assert_eq!(bureau.edit("UPDATE thing SET holds = '' WHERE holds <> ''"), 1);
    assert_eq!(bureau.edit(&format!("UPDATE thing SET recording = NULL WHERE id = '{held}'")), 1);
    let said = bureau.vault("anna", &["destroy", &other]);
    let wanted = format!("counterpartd: {held} is the same recording, and it is held");
    assert_eq!((said.code, first_line(&said)), (Some(1), wanted.as_str()));
    assert_eq!(bureau.shown(&other)["phase"], "kept");
    bureau.done("anna", &["release", &held, &hold, "--reason", "over"]);
    for who in ["anna", "ben"] {
        bureau.done(who, &["approve-release", &held, &hold]);
    }
    assert!(bureau.done("anna", &["destroy", &other]).starts_with("its destruction began"));
}

#[test]
fn an_unfinished_destruction_is_found_whatever_the_table_says() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    bureau.approve(&id);
    fs::rename(bureau.path("state"), bureau.path("away")).unwrap();
    assert_eq!(bureau.vault("anna", &["destroy", &id]).code, Some(2));
    fs::rename(bureau.path("away"), bureau.path("state")).unwrap();
    assert_eq!(bureau.edit("UPDATE thing SET phase = 'kept' WHERE phase = 'destroying'"), 1);
    let said = bureau.vault("anna", &["finish"]);
    assert_eq!((said.code, said.text().as_str()), (Some(0), "0 not finished\n"), "{}", said.err);
    assert_eq!(bureau.shown(&id)["phase"], "destroyed");
}

/// An empty store in the place of the office's own.
fn swap(bureau: &Bureau) {
    fs::rename(bureau.path("office/objects"), bureau.path("away")).unwrap();
    for folder in ["office/objects", "office/objects/.new", "office/objects/objects"] {
        fs::create_dir(bureau.path(folder)).unwrap();
    }
}

fn swap_back(bureau: &Bureau) {
    fs::remove_dir_all(bureau.path("office/objects")).unwrap();
    fs::rename(bureau.path("away"), bureau.path("office/objects")).unwrap();
}

#[test]
fn nothing_is_gone_because_its_store_is_away() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let object = bureau.object(&id);
    bureau.approve(&id);
    swap(&bureau);
    let empty = "counterpartd: main: no mark says whose the store is, and 1 of the objects that this office keeps in it are not there";
    for args in [&["destroy", &id][..], &["finish"]] {
        let said = bureau.vault("anna", args);
        assert_eq!((said.code, first_line(&said)), (Some(2), empty), "{args:?}");
    }
    assert_eq!(bureau.vault("anna", &["list"]).code, Some(0), "a list needs no store");
    assert!(!fs::exists(bureau.path("office/objects/owner")).unwrap(), "it is not marked by itself");
    swap_back(&bureau);
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
    // Away in the very middle: when the log is asked, the stores have been looked at.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, log) = (listener.local_addr().unwrap().to_string(), bureau.logged_at.clone());
    set(&bureau, &log, &address);
    let swapped = Mutex::new(0);
    let said = std::thread::scope(|scope| {
        scope.spawn(|| {
            for near in listener.incoming() {
                let near = near.unwrap();
                if fs::exists(bureau.path("over")).unwrap() {
                    return;
                }
                let mut swapped = swapped.lock().unwrap();
                if *swapped == 0 {
                    swap(&bureau);
                }
                *swapped += 1;
                let far = TcpStream::connect(&log).unwrap();
                let (mut near_in, mut far_out) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                std::thread::spawn(move || copy(&mut near_in, &mut far_out));
                let (mut near_out, mut far_in) = (near, far);
                std::thread::spawn(move || copy(&mut far_in, &mut near_out));
            }
        });
        let said = bureau.vault("anna", &["destroy", &id]);
        bureau.file("over", b"");
        drop(TcpStream::connect(&address).unwrap());
        said
    });
    assert!(*swapped.lock().unwrap() > 0, "the log was asked, and the store was away then");
    let away = "counterpartd: main: this is not the store, for it does not show this office's mark";
    assert_eq!((said.code, first_line(&said)), (Some(2), away));
    set(&bureau, &address, &log);
    let said = bureau.vault("anna", &["finish"]);
    assert_eq!((said.code, first_line(&said)), (Some(2), empty), "its key is erased, and its object is not gone");
    assert!(fs::read_dir(bureau.path("office/objects/objects")).unwrap().next().is_none());
    swap_back(&bureau);
    assert!(fs::exists(&object).unwrap());
    assert_eq!(bureau.vault("anna", &["finish"]).text(), "0 not finished\n");
    assert!(!fs::exists(&object).unwrap());
    bureau.done("anna", &["submit"]);
    bureau.accepted(&id);
}

#[test]
fn what_was_taken_out_of_the_outbox_is_noticed_and_put_back() {
    let bureau = Bureau::new();
    let [id, gone] = ["Dear Sir", "Dear Madam"].map(|words| letter(&bureau, words));
    bureau.destroy(&gone);
    bureau.approve(&id);
    bureau.done("anna", &["submit"]);
    let commitment = "SELECT entry FROM outbox WHERE what = 'certificate'";
    for (what, sql, count) in [
        ("an event", "DELETE FROM outbox WHERE event_number = 4".to_owned(), 1),
        ("one that waits", "DELETE FROM outbox WHERE event_number IN (3, 5)".to_owned(), 2),
        ("another's proof", "UPDATE outbox SET proof = (SELECT proof FROM outbox WHERE event_number = 7 AND what = 'event') WHERE event_number = 6".to_owned(), 1),
        ("a certificate", format!("DELETE FROM outbox WHERE entry IN ({commitment})"), 1),
    ] {
        assert_eq!(bureau.edit(&sql), count, "{what}");
        let said = bureau.vault("anna", &["status"]);
        let words = format!("; damaged: {count} were taken out of the outbox, the first of them of event ");
        assert!(said.code == Some(1) && said.text().contains(&words), "{what}: {:?} {}", said.code, said.text());
        if what != "a certificate" {
            let said = bureau.vault("anna", &["destroy", &id]);
            assert!(said.code == Some(1) && first_line(&said).contains(" is neither in the log nor "), "{}", said.err);
        }
        let said = bureau.done("anna", &["submit"]);
        assert!(said.starts_with(&format!("{count} put back, ")) && said.ends_with(", 0 wait"), "{what}: {said}");
        let said = bureau.vault("anna", &["status"]);
        assert!(said.code == Some(0) && said.text().contains("log        0 wait\n"), "{what}: {}", said.text());
    }
    bureau.accepted(&gone);
    assert!(bureau.done("anna", &["destroy", &id]).contains(", log index "));
}

#[test]
fn a_certificate_is_the_one_that_the_events_name() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    bureau.approve(&id);
    let planted = format!("INSERT INTO certificate (thing, text, salt) VALUES ('{id}', 'planted', zeroblob(32))");
    assert_eq!(bureau.edit(&planted), 1);
    assert_eq!(bureau.vault("anna", &["certificate", &id]).code, Some(1), "there is none");
    assert!(bureau.done("anna", &["destroy", &id]).contains(", log index "));
    let certificate = bureau.accepted(&id);
    assert_eq!(bureau.edit("UPDATE certificate SET text = replace(text, '1 Example', '2 Example')"), 1);
    assert_eq!(bureau.accepted(&id), certificate, "from its copy beside the keyring");
    for ring in ["ring", "ring2"] {
        fs::remove_dir_all(bureau.path(&format!("keys/{ring}.sqlite.certificates"))).unwrap();
    }
    let said = bureau.vault("anna", &["certificate", &id]);
    let wanted = format!("counterpartd: the certificate of {id} is not the one that its events name");
    assert_eq!((said.code, first_line(&said)), (Some(2), wanted.as_str()));
}

/// A pack of the office's own, with this clause.
fn pack(bureau: &Bureau, clause: &str) {
    let pack = format!(
        "[pack]\nname = \"office\"\nversion = 1\nfrom = 2020-01-01\n\n[source.O1]\ntitle = \"Own\"\nauthority = \"own\"\n\n\
         [[value]]\nname = \"retention.leaflet\"\nvalue = \"1 month\"\ncounts_from = \"made\"\nlimit = \"at-most\"\n\
         jurisdiction = [\"uk\"]\nsource = \"O1\"\nclause = \"{clause}\"\nfrom = 2020-01-01\nuntil = \"open\"\n"
    );
    bureau.file("office/own.toml", pack.as_bytes());
}

#[test]
fn what_was_approved_is_certified_whatever_the_rules_say_since() {
    let bureau = Bureau::new();
    let settings = bureau.path("office/office.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text = if text.contains("[rules]") {
        text.replace("packs = []", "packs = [\"own.toml\"]")
    } else {
        text + "\n[rules]\npacks = [\"own.toml\"]\n"
    };
    fs::write(&settings, text).unwrap();
    pack(&bureau, "1: a month");
    let id = disc(&bureau, "leaflet", &[]);
    bureau.destroy(&id);
    // Between the first step and the last a disc lies in a box, and programs and packs are renewed.
    pack(&bureau, "1: a month, as it was said anew");
    assert!(bureau.done("anna", &[&["destroyed", &id], &SHREDDED[..]].concat()).contains(", log index "));
    assert_eq!(bureau.accepted(&id).clause, "1: a month");
    // What cannot stand on a certificate stops it before it begins.
    pack(&bureau, &["a clause without an end"; 9].join(" "));
    let id = disc(&bureau, "leaflet", &[]);
    bureau.approve(&id);
    let said = bureau.vault("anna", &["destroy", &id]);
    let line = first_line(&said);
    assert!(
        said.code == Some(1) && line.starts_with("counterpartd: no certificate of it would hold: "),
        "{}",
        said.err
    );
    assert!(line.ends_with(": the value of `clause` is not in its form (malformed)"), "{line}");
    assert_eq!(bureau.shown(&id)["phase"], "kept");
}

#[test]
fn a_lost_key_is_missed_whatever_the_table_says() {
    let bureau = Bureau::new();
    let rings = ["keys/ring.sqlite", "keys/ring2.sqlite"].map(|name| bureau.path(name));
    let aside: Vec<Vec<u8>> = rings.iter().map(|ring| fs::read(ring).unwrap()).collect();
    let id = letter(&bureau, "Dear Sir");
    for (ring, bytes) in rings.iter().zip(aside) {
        fs::write(ring, bytes).unwrap();
    }
    assert_eq!(bureau.edit(&format!("UPDATE thing SET phase = 'x' WHERE id = '{id}'")), 1);
    let said = bureau.vault("anna", &["list"]);
    let lost = "counterpartd: 1 things have no key: the keyring is older than the events, or another one";
    assert_eq!((said.code, first_line(&said)), (Some(2), lost));
    // Where it is lost for good, whoever says so goes on with the rest; a destruction of nothing does not begin.
    let subject = bureau.done("anna", &["propose", &id, "--keys-lost", "1"]);
    for who in ["anna", "ben"] {
        bureau.done(who, &["approve", &id, "--subject", &subject, "--keys-lost", "1"]);
    }
    let said = bureau.vault("anna", &["destroy", &id, "--keys-lost", "1"]);
    let line = "counterpartd: its key is lost: there is none that could be erased";
    assert_eq!((said.code, first_line(&said)), (Some(1), line), "{}", said.text());
    // Nor is it held, whose words would be under that key: it is said why.
    let orders = ["hold", &id, "--authority", "court", "--reason", "order", "--keys-lost", "1"];
    let asks = ["request", &id, "--kind", "complaint", "--reference", "1", "--keys-lost", "1"];
    for args in [&orders[..], &asks] {
        let said = bureau.vault("ben", args);
        let line = "counterpartd: its key is lost: there is nothing left to be read that a hold could keep";
        assert_eq!((said.code, first_line(&said)), (Some(1), line), "{}", said.err);
    }
    assert_eq!(bureau.ask_in("keys/ring.sqlite", "SELECT COUNT(*) FROM hold"), "0", "the keyring heard of nothing");
    assert_eq!(bureau.vault("anna", &["list", "--keys-lost", "1"]).code, Some(0));
}
