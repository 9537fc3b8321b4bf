//! A change of the office key: what it ends for whoever has the old one, and that nothing of an office falls between the two.
//!
//! Not the keyring's own part (`vault`), nor kills at every write (`vault_faults.rs`). Invariants: the forged event would have counted before the
//! change; a refusal leaves keys, holds and objects as they are.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::secrecy::SecretString;
use harness::office::{Bureau, LONG_AGO, OFFICE_NAME, PASSPHRASE, Said};
use sha2::{Digest as _, Sha256};
use vault::keyring::{FileKey, Keyring};

fn first_line(said: &Said) -> &str {
    said.err.lines().next().unwrap_or_default()
}

fn letter(bureau: &Bureau) -> String {
    bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t")
}

/// Old files that somebody kept: both copies of the keyring and the office key.
struct Kept(Vec<PathBuf>);

impl Kept {
    fn of(bureau: &Bureau) -> Kept {
        fs::create_dir(bureau.path("kept")).unwrap();
        let copied = |name: &str| {
            let to = PathBuf::from(bureau.path(&format!("kept/{name}")));
            fs::copy(bureau.path(&format!("keys/{name}")), &to).unwrap();
            to
        };
        Kept(["ring.sqlite", "ring2.sqlite", "office.key"].map(copied).to_vec())
    }

    /// The tag of an event, as these can make it.
    fn tag(&self, number: u64, commitment: &[u8; 32], hash: &[u8; 32]) -> [u8; 32] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let key = FileKey::read(&self.0[2], SecretString::from(PASSPHRASE)).unwrap();
            let keyring = Keyring::open(&self.0[..2], OFFICE_NAME, Arc::new(key)).await.unwrap();
            let tag = keyring.event_tag(number, commitment, hash);
            keyring.close().await;
            tag
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One event behind all others, as a program would write it: that a thing's key was erased long ago.
fn forge(bureau: &Bureau, id: &str, kept: &Kept) {
    let number = |sql: &str| -> u64 { bureau.ask(sql).parse().unwrap() };
    let (newest, position) = (
        number("SELECT MAX(number) FROM event"),
        number(&format!("SELECT MAX(position) + 1 FROM event WHERE stream = 'thing/{id}'")),
    );
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let at_us = i64::try_from(since.as_micros()).unwrap();
    let erased_us = 1_700_000_000_000_000_i64;
    let clear = format!(
        r#"{{"v":1,"event":{{"thing":"{id}","number":{position},"at":{at_us},"clocks":["local"],"what":{{"destruction-replayed":{{"erased_at_micros":{erased_us},"subject":null,"certificate":null,"stores":["main"],"places":[]}}}},"private":false}}}}"#
    );
    let (stream, salt) = (format!("thing/{id}"), [5; 32]);
    let fields =
        [stream.as_bytes(), &position.to_be_bytes(), &at_us.to_be_bytes(), b"", clear.as_bytes(), &[0, 0], b""];
    let stored: Vec<u8> =
        fields.iter().flat_map(|field| [&(field.len() as u64).to_be_bytes()[..], field].concat()).collect();
    let commitment: [u8; 32] = Sha256::digest([&b"counterpart/event/v1\n"[..], &salt, &stored].concat()).into();
    let before = bureau.ask(&format!("SELECT lower(hex(hash)) FROM event WHERE number = {newest}"));
    let before: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&before[2 * at..2 * at + 2], 16).unwrap()).collect();
    let hash: [u8; 32] = Sha256::digest([&b"counterpart/chain/v1\n"[..], &before, &commitment].concat()).into();
    let forged = newest + 1;
    let tag = kept.tag(forged, &commitment, &hash);
    let sql = format!(
        "INSERT INTO event (number, stream, position, at_us, account, clear, private, salt, signature, tag, hash) VALUES \
         ({forged}, '{stream}', {position}, {at_us}, NULL, CAST('{clear}' AS BLOB), NULL, x'{}', NULL, x'{}', x'{}')",
        hex(&salt),
        hex(&tag),
        hex(&hash)
    );
    assert_eq!(bureau.edit(&sql), 1);
}

/// Turns the office to a new key, of little work.
fn rotate(bureau: &Bureau) {
    bureau.done(
        "anna",
        &[
            "rotate",
            "--new-key",
            &bureau.path("keys/new.key"),
            "--new-passphrase-file",
            &bureau.path("keys/passphrase"),
        ],
    );
    let settings = bureau.path("office/office.toml");
    let text = fs::read_to_string(&settings).unwrap();
    assert!(text.contains("office.key"));
    fs::write(&settings, text.replace("office.key", "new.key")).unwrap();
    fs::remove_file(bureau.path("keys/office.key")).unwrap();
}

fn held(bureau: &Bureau) -> (String, String) {
    let id = letter(bureau);
    bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "order"]);
    let object = bureau.object(&id);
    (id, object)
}

#[test]
fn an_old_office_key_makes_no_event_that_counts() {
    let bureau = Bureau::new();
    let (id, object) = held(&bureau);
    let kept = Kept::of(&bureau);
    rotate(&bureau);
    forge(&bureau, &id, &kept);
    let said = bureau.vault("anna", &["list"]);
    let wanted = "note: 1 rows behind the newest event or before the first were not written by a program that had the office key: taken out";
    assert_eq!((said.code, first_line(&said)), (Some(0), wanted));
    assert!(Path::new(&object).exists());
    let shown = bureau.shown(&id);
    assert_eq!((&shown["phase"], shown["holds"].as_array().map(Vec::len)), (&"kept".into(), Some(1)));
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(1), "it goes on to be said");
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
}

/// Somebody has the office key of now: what is held is not let go for one event.
#[test]
fn no_event_of_the_program_lets_go_of_what_the_keyring_holds() {
    let bureau = Bureau::new();
    let (id, object) = held(&bureau);
    let kept = Kept::of(&bureau);
    forge(&bureau, &id, &kept);
    let said = bureau.vault("anna", &["list"]);
    let wanted =
        format!("counterpartd: {id}: its events say that it is destroyed, and in the keyring it is kept and held (");
    assert!(said.code == Some(1) && first_line(&said).starts_with(&wanted), "{}", said.err);
    assert!(Path::new(&object).exists());
}

/// The keyring went over to the new key, and the machine stopped before the event that says so.
#[test]
fn a_change_without_its_event_is_finished_by_the_next_command() {
    let bureau = Bureau::new();
    let id = letter(&bureau);
    let newest = bureau.ask("SELECT MAX(number) FROM event");
    let before = ["", "-wal", "-shm"].map(|end| (bureau.path(&format!("office/events.sqlite{end}")), end));
    let saved = before.clone().map(|(file, _)| fs::read(file).ok());
    let ring = ["ring.sqlite", "ring2.sqlite"].map(|name| PathBuf::from(bureau.path(&format!("keys/{name}"))));
    // By the keyring's own door: no event is written.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let secret = || SecretString::from(PASSPHRASE);
        let old = FileKey::read(Path::new(&bureau.path("keys/office.key")), secret()).unwrap();
        let new = FileKey::generate(OFFICE_NAME).unwrap();
        new.write(Path::new(&bureau.path("keys/new.key")), secret()).unwrap();
        let mut keyring = Keyring::open(&ring, OFFICE_NAME, Arc::new(old)).await.unwrap();
        keyring.rotate(Arc::new(new)).await.unwrap();
        keyring.close().await;
    });
    assert_eq!(saved, before.map(|(file, _)| fs::read(file).ok()), "the events are as they were");
    let settings = bureau.path("office/office.toml");
    fs::write(&settings, fs::read_to_string(&settings).unwrap().replace("office.key", "new.key")).unwrap();
    for _ in 0..2 {
        bureau.done("anna", &["list"]);
        let noted = format!("SELECT group_concat(CAST(clear AS TEXT)) FROM event WHERE number > {newest}");
        assert_eq!(bureau.ask(&noted), "{\"note\":\"rotated\",\"version\":2}", "once");
    }
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
}
