//! What whoever runs an office may still not write into its events with another program: what nobody could have decided where it stands.
//!
//! Not events that were changed, or written without the office key (`vault_sure.rs`). Invariants: each event that is put in has a tag under the office's own key,
//! a hash and a signature like any other, and one that could be decided is believed; each is refused by its number, and for its own reason.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use age::secrecy::SecretString;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::office::{Bureau, LONG_AGO, OFFICE_NAME, PASSPHRASE, all_bytes};
use seal::certificate::approve;
use sha2::{Digest as _, Sha256};
use vault::keyring::{FileKey, Keyring};

/// An event to be put behind the newest one.
struct Forged<'a> {
    stream: &'a str,
    by: Option<&'a str>,
    signed_by: Option<&'a str>,
    what: String,
}

fn look<T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin>(bureau: &Bureau, sql: &str) -> T {
    let path = bureau.path("office/events.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{path}?mode=ro")).await.unwrap();
        let row = sqlx::query_as(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&pool).await.unwrap();
        pool.close().await;
        row
    })
}

fn secret(bureau: &Bureau, account: &str) -> [u8; 32] {
    let text = fs::read_to_string(bureau.path(&format!("keys/{account}.key"))).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("secret: ed25519 ")).unwrap();
    BASE64_STANDARD.decode(line).unwrap().try_into().unwrap()
}

/// The tag of a program that has the office key.
fn tag(bureau: &Bureau, number: u64, commitment: &[u8; 32], hash: &[u8; 32]) -> [u8; 32] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let key = FileKey::read(bureau.path("keys/office.key").as_ref(), SecretString::from(PASSPHRASE)).unwrap();
        let rings = ["keys/ring.sqlite", "keys/ring2.sqlite"].map(|name| PathBuf::from(bureau.path(name)));
        let keyring = Keyring::open(&rings, OFFICE_NAME, Arc::new(key)).await.unwrap();
        let tag = keyring.event_tag(number, commitment, hash);
        keyring.close().await;
        tag
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts it in; its number among all.
fn forge(bureau: &Bureau, forged: &Forged<'_>) -> i64 {
    let Forged { stream, by, signed_by, what } = forged;
    let (newest, before): (i64, Vec<u8>) = look(bureau, "SELECT number, hash FROM event ORDER BY number DESC LIMIT 1");
    let (position, _): (i64, i64) =
        look(bureau, &format!("SELECT COALESCE(MAX(position), 0) + 1, 0 FROM event WHERE stream = '{stream}'"));
    let at_us = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    let thing = stream.strip_prefix("thing/").map(|id| format!("\"thing\":\"{id}\",")).unwrap_or_default();
    let last = if thing.is_empty() { "" } else { ",\"private\":false" };
    let who = by.map(|by| format!("\"by\":\"{by}\",")).unwrap_or_default();
    let clear = format!(
        "{{\"v\":1,\"event\":{{{thing}\"number\":{position},\"at\":{at_us},\"clocks\":[\"local\"],{who}\"what\":{what}{last}}}}}"
    );
    let salt = [7_u8; 32];
    let mut stored = Vec::new();
    let account = by.unwrap_or_default().as_bytes();
    let is_there = [u8::from(by.is_some()), 0];
    let fields: [&[u8]; 7] =
        [stream.as_bytes(), &position.to_be_bytes(), &at_us.to_be_bytes(), account, clear.as_bytes(), &is_there, b""];
    for field in fields {
        stored.extend_from_slice(&(field.len() as u64).to_be_bytes());
        stored.extend_from_slice(field);
    }
    let sum = |label: &[u8], first: &[u8], second: &[u8]| -> [u8; 32] {
        Sha256::new().chain_update(label).chain_update(first).chain_update(second).finalize().into()
    };
    let commitment = sum(b"counterpart/event/v1\n", &salt, &stored);
    let chained = sum(b"counterpart/chain/v1\n", &before, &commitment);
    let signature = signed_by
        .map_or("NULL".to_owned(), |account| format!("X'{}'", hex(&approve(&secret(bureau, account), &commitment))));
    let account = by.map_or("NULL".to_owned(), |by| format!("'{by}'"));
    let tag = tag(bureau, u64::try_from(newest + 1).unwrap(), &commitment, &chained);
    let insert = format!(
        "INSERT INTO event (number, stream, position, at_us, account, clear, salt, signature, tag, hash) VALUES ({}, '{stream}', \
         {position}, {at_us}, {account}, CAST('{clear}' AS BLOB), X'{}', {signature}, X'{}', X'{}')",
        newest + 1,
        hex(&salt),
        hex(&tag),
        hex(&chained)
    );
    assert_eq!(bureau.edit(&insert), 1);
    newest + 1
}

/// Everything of the office and its keyring, to be put back.
fn aside(bureau: &Bureau) -> Vec<(String, Vec<u8>)> {
    all_bytes(&[&bureau.path("office"), &bureau.path("keys")])
}

fn put_back(bureau: &Bureau, was: &[(String, Vec<u8>)]) {
    for (path, _) in aside(bureau).iter().filter(|(path, _)| !was.iter().any(|(known, _)| known == path)) {
        fs::remove_file(path).unwrap();
    }
    for (path, bytes) in was {
        if fs::read(path).ok().as_ref() != Some(bytes) {
            fs::write(path, bytes).unwrap();
        }
    }
}

/// A third account, which counts and has no role.
fn enrol_carl(bureau: &Bureau) {
    let key = bureau.path("keys/carl.key");
    let said = bureau.bare(&["vault", "key", "--no-passphrase", "--account", "carl", "--file", &key]);
    let public = said.text();
    bureau.done(
        "anna",
        &[
            "enrol",
            "--as",
            &bureau.path("keys/anna.key"),
            "--account",
            "carl",
            "--person",
            "3",
            "--public-key",
            public.trim_end(),
        ],
    );
    bureau.done("ben", &["confirm", "carl"]);
}

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

/// What the first line of the refusal ends with, for one that is put in.
fn refused(bureau: &Bureau, forged: &Forged<'_>, ask: &[&str]) -> String {
    let was = aside(bureau);
    let number = forge(bureau, forged);
    let said = bureau.vault("anna", ask);
    put_back(bureau, &was);
    let line = said.err.lines().next().unwrap_or_default();
    let why = line.strip_prefix(&format!("counterpartd: event {number}: "));
    assert_eq!(said.code, Some(2), "{}: {}{}", forged.what, said.text(), said.err);
    why.unwrap_or_else(|| panic!("{}: {line}", forged.what)).to_owned()
}

/// A role given, as it is stored.
fn granted(role: &str) -> String {
    format!(r#"{{"granted":{{"account":"carl","role":"{role}"}}}}"#)
}

#[test]
fn what_the_staff_could_not_have_done_is_refused_by_its_number() {
    let bureau = Bureau::new();
    enrol_carl(&bureau);
    bureau.done("anna", &["grant", "carl", "adviser"]);
    let enrolled = format!(r#"{{"enrolled":{{"account":"eve","person":"9","key":"{}"}}}}"#, "11".repeat(32));
    let confirmed = r#"{"confirmed":{"account":"carl"}}"#.to_owned();
    let left = |account: &str| format!(r#"{{"left":{{"account":"{account}"}}}}"#);
    let (person, carl) = ("that is for a person to do", "the account carl may not do that");
    let unsigned = "it is not signed by the account that it names";
    for (by, signed_by, what, why) in [
        (None, None, enrolled, person),
        (None, None, confirmed, person),
        (None, None, granted("adviser"), person),
        (Some("carl"), Some("carl"), granted("adviser"), carl),
        (Some("anna"), Some("anna"), granted("adviser"), "it needs another person than the one who began it"),
        (Some("ben"), Some("ben"), granted("auditor"), "nobody could decide that: something else follows there"),
        (Some("carl"), Some("carl"), left("ben"), carl),
        (Some("ben"), Some("carl"), granted("adviser"), unsigned),
        (Some("ben"), None, left("carl"), unsigned),
    ] {
        let forged = Forged { stream: "staff", by, signed_by, what };
        assert_eq!(refused(&bureau, &forged, &["people"]), why, "{} by {by:?}", forged.what);
    }
    // What could be decided is what it looks like: the forging itself is sound.
    let what = granted("adviser");
    forge(&bureau, &Forged { stream: "staff", by: Some("ben"), signed_by: Some("ben"), what });
    assert!(bureau.done("anna", &["people"]).contains("adviser"));
}

const VERIFIED: &str = r#"{"verified":"unchanged"}"#;
const ERASED: &str = r#"{"key-erased":{"copies":2}}"#;

#[test]
fn what_could_not_be_done_to_a_thing_is_refused_by_its_number() {
    let bureau = Bureau::new();
    enrol_carl(&bureau);
    let (id, held) = (letter(&bureau, "Dear Sir"), letter(&bureau, "Dear Madam"));
    bureau.done("anna", &["hold", &held, "--authority", "court", "--reason", "R"]);
    let hold = bureau.shown(&held)["holds"][0]["id"].as_str().unwrap().to_owned();
    bureau.done("anna", &["release", &held, &hold, "--reason", "over"]);
    bureau.done("anna", &["approve-release", &held, &hold]);
    let released = |by: &str| format!(r#"{{"released":{{"hold":"{hold}","approved_by":[{by}],"cited":[]}}}}"#);
    let lapsed = format!(r#"{{"hold-lapsed":{{"hold":"{hold}","cited":[]}}}}"#);
    let right = r#""right":{"fact":"made","day":"2026-01-01"}"#;
    let corrected =
        format!(r#"{{"fact-corrected":{{{right},"was":"{LONG_AGO}","approved_by":["anna","ben"],"cited":[]}}}}"#);
    let named = format!(r#"{{"fact-named":{{{right},"subject":"{}","staff_event":18}}}}"#, "00".repeat(32));
    let answered = format!(r#"{{"answered":{{"hold":"{hold}","on":"2026-01-01"}}}}"#);
    let moved = r#""moved""#.to_owned();
    let verified = || VERIFIED.to_owned();
    let (sir, madam) = (format!("thing/{id}"), format!("thing/{held}"));
    for (stream, by, what, why) in [
        (&sir, Some("carl"), verified(), "the account carl may not do that"),
        (&sir, None, moved, "that is for a person to do"),
        (&sir, Some("anna"), ERASED.to_owned(), "erase-key is done by the program alone"),
        (&sir, None, ERASED.to_owned(), "erase-key cannot be while the thing is kept"),
        (&sir, Some("anna"), lapsed, "one kind of clock alone says what time it is"),
        (&madam, Some("anna"), answered, "nobody could decide that: no request waits for an answer there"),
        (&sir, Some("anna"), corrected, "nothing is proposed"),
        (&sir, Some("anna"), named, "nobody could decide that: its subject is another"),
        (&madam, Some("ben"), released(r#""anna","ben""#), "1 of 2 approvals count (ben: did not approve)"),
        (
            &madam,
            Some("ben"),
            released(r#""anna","anna""#),
            "1 of 2 approvals count (anna: another account of the same person)",
        ),
        (&madam, Some("ben"), released(r#""anna""#), "1 of 2 approvals count"),
    ] {
        let forged = Forged { stream, by, signed_by: by, what };
        let thing = stream.strip_prefix("thing/").unwrap();
        assert_eq!(refused(&bureau, &forged, &["show", thing]), why, "{} by {by:?}", forged.what);
    }
    let forged = Forged { stream: &sir, by: Some("anna"), signed_by: Some("ben"), what: verified() };
    assert_eq!(refused(&bureau, &forged, &["show", &id]), "it is not signed by the account that it names");
}

#[test]
fn what_somebody_may_is_asked_of_the_day_on_which_they_did_it() {
    let bureau = Bureau::new();
    enrol_carl(&bureau);
    let id = letter(&bureau, "Dear Sir");
    let stream = format!("thing/{id}");
    let forged = Forged { stream: &stream, by: Some("carl"), signed_by: Some("carl"), what: VERIFIED.to_owned() };
    // A right that came later is none for what was done before it.
    let was = aside(&bureau);
    let number = forge(&bureau, &forged);
    for by in ["anna", "ben"] {
        bureau.done(by, &["grant", "carl", "adviser"]);
    }
    let other = bureau
        .vault("anna", &["take", &bureau.path("letter.txt"), "--kind", "letter", "--made", LONG_AGO, "--title", "t"]);
    assert_eq!(other.code, Some(0), "{}", other.err);
    let why = format!("event {number}: the account carl may not do that");
    let said = bureau.vault("anna", &["show", &id]);
    assert_eq!((said.code, said.err.lines().next()), (Some(2), Some(&*format!("counterpartd: {why}"))));
    // It is named, and the other is shown all the same.
    let said = bureau.vault("anna", &["list"]);
    assert!(said.text().contains(&format!("{id}  not known: {why}\n")), "{}", said.text());
    assert_eq!((said.code, said.text().lines().count()), (Some(1), 2));
    let said = bureau.vault("anna", &["status"]);
    assert!(said.code == Some(1) && said.text().contains(&format!("           {id}: {why}\n")), "{}", said.text());
    put_back(&bureau, &was);
    // What somebody did before they left stays done.
    for by in ["anna", "ben"] {
        bureau.done(by, &["grant", "carl", "adviser"]);
    }
    forge(&bureau, &forged);
    bureau.done("anna", &["leave", "carl"]);
    assert!(bureau.done("anna", &["show", &id]).contains(" carl: verified"));
}
