//! The events' own file in other hands: what is written, changed, moved or taken out of it without the office key.
//!
//! Not rows of other tables by which nothing is decided (`vault_sure.rs`), nor the keyring's file (`keyring_changed.rs`). Invariants: every test changes
//! what it says it changes; nothing that is held is let go, nothing erased, nobody made or unmade; what can be mended is, and is told.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::office::{Bureau, LONG_AGO, Said, all_bytes};
use sha2::{Digest as _, Sha256};

/// What a note says of rows that were written behind the newest event.
const TAKEN_OUT: &str = "note: 1 rows behind the newest event or before the first were not written by a program that had the office key: taken out";

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

fn first_line(said: &Said) -> &str {
    said.err.lines().next().unwrap_or_default()
}

/// One row of a database.
fn look<T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin>(path: &str, sql: &str) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{path}?mode=ro")).await.unwrap();
        let row = sqlx::query_as(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&pool).await.unwrap();
        pool.close().await;
        row
    })
}

/// A thing's wrapped key, and how many holds stand on it.
fn in_keyring(bureau: &Bureau, id: &str) -> (Option<Vec<u8>>, i64) {
    let standing = format!("SELECT count(*) FROM hold WHERE thing = X'{id}' AND standing = 1");
    look(&bureau.path("keys/ring.sqlite"), &format!("SELECT wrapped, ({standing}) FROM entry WHERE thing = X'{id}'"))
}

/// Rows of the events.
fn rows<T>(bureau: &Bureau, sql: &str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let path = format!("sqlite://{}?mode=ro", bureau.path("office/events.sqlite"));
        let pool = sqlx::SqlitePool::connect(&path).await.unwrap();
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An event as its row has it.
#[derive(sqlx::FromRow)]
struct Row {
    number: i64,
    stream: String,
    position: i64,
    at_us: i64,
    account: Option<String>,
    clear: Vec<u8>,
    private: Option<Vec<u8>>,
    salt: Vec<u8>,
}

impl Row {
    /// Its hash behind another's, as `spec/vault.md` (section 6) has it.
    fn hash(&self, before: &[u8]) -> Vec<u8> {
        let is_there = [u8::from(self.account.is_some()), u8::from(self.private.is_some())];
        let (account, private) = (self.account.clone().unwrap_or_default(), self.private.clone().unwrap_or_default());
        let (position, at) = (self.position.to_be_bytes(), self.at_us.to_be_bytes());
        let mut stored = Vec::new();
        let fields: [&[u8]; 7] =
            [self.stream.as_bytes(), &position, &at, account.as_bytes(), &self.clear, &is_there, &private];
        for field in fields {
            stored.extend_from_slice(&(field.len() as u64).to_be_bytes());
            stored.extend_from_slice(field);
        }
        let commitment = Sha256::new().chain_update(b"counterpart/event/v1\n").chain_update(&self.salt);
        let commitment = commitment.chain_update(stored).finalize();
        let chained = Sha256::new().chain_update(b"counterpart/chain/v1\n").chain_update(before);
        chained.chain_update(commitment).finalize().to_vec()
    }
}

/// An event of nobody's, for the next place of a stream.
fn forged(bureau: &Bureau, stream: &str, what: &str) -> Row {
    let at = format!("SELECT COALESCE(MAX(position), 0) + 1, 0 FROM event WHERE stream = '{stream}'");
    let (position, _): (i64, i64) = look(&bureau.path("office/events.sqlite"), &at);
    let (newest, _): (i64, i64) = look(&bureau.path("office/events.sqlite"), "SELECT MAX(number), 0 FROM event");
    let thing = stream.strip_prefix("thing/").map(|id| format!("\"thing\":\"{id}\",")).unwrap_or_default();
    let last = if thing.is_empty() { "" } else { ",\"private\":false" };
    let at_us = 1_800_000_000_000_000_i64;
    let clear = format!(
        "{{\"v\":1,\"event\":{{{thing}\"number\":{position},\"at\":{at_us},\"clocks\":[\"local\"],\"what\":{what}{last}}}}}"
    );
    Row {
        number: newest + 1,
        stream: stream.to_owned(),
        position,
        at_us,
        account: None,
        clear: clear.into_bytes(),
        private: None,
        salt: vec![7; 32],
    }
}

/// Puts an event into the file, as anybody can who may write it, with any hash.
fn insert(bureau: &Bureau, row: &Row, hash: &[u8]) {
    let Row { number, stream, position, at_us, clear, salt, .. } = row;
    let insert = format!(
        "INSERT INTO event (number, stream, position, at_us, clear, salt, hash) \
         VALUES ({number}, '{stream}', {position}, {at_us}, X'{}', X'{}', X'{}')",
        hex(clear),
        hex(salt),
        hex(hash)
    );
    assert_eq!(bureau.edit(&insert), 1);
}

/// Puts an event behind the newest one, chained as it should be, and by nobody.
fn forge(bureau: &Bureau, stream: &str, what: &str) {
    let newest = "SELECT hash, 0 FROM event ORDER BY number DESC LIMIT 1";
    let (before, _): (Vec<u8>, i64) = look(&bureau.path("office/events.sqlite"), newest);
    let row = forged(bureau, stream, what);
    insert(bureau, &row, &row.hash(&before));
}

/// Everything that must be as it was.
#[derive(PartialEq)]
struct Kept {
    key: (Option<Vec<u8>>, i64),
    objects: Vec<(String, Vec<u8>)>,
}

fn kept(bureau: &Bureau, id: &str) -> Kept {
    Kept { key: in_keyring(bureau, id), objects: all_bytes(&[&bureau.path("office/objects")]) }
}

#[test]
fn what_is_written_behind_the_newest_event_is_taken_out() {
    let replayed = "{\"destruction-replayed\":{\"erased_at_micros\":1700000000000000,\"subject\":null,\"certificate\":null,\"stores\":[],\"places\":[]}}";
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "R"]);
    let hold = bureau.shown(&id)["holds"][0]["id"].as_str().unwrap().to_owned();
    let (thing, nobody) = (format!("thing/{id}"), format!("thing/{}", "e".repeat(32)));
    let before = kept(&bureau, &id);
    let written = [
        (&*thing, replayed.to_owned()),
        (&*thing, format!("{{\"hold-lapsed\":{{\"hold\":\"{hold}\",\"cited\":[]}}}}")),
        (&*thing, format!("{{\"released\":{{\"hold\":\"{hold}\",\"approved_by\":[\"anna\",\"ben\"],\"cited\":[]}}}}")),
        ("staff", "{\"confirmed\":{\"account\":\"anna\"}}".to_owned()),
        // What a scrub once wrote without a key.
        (&*thing, "{\"missing\":{\"store\":\"main\"}}".to_owned()),
        (&*nobody, "{\"found\":{\"store\":\"main\"}}".to_owned()),
        (&*thing, "garbage".to_owned()),
    ];
    for (number, (stream, what)) in (1..).zip(&written) {
        forge(&bureau, stream, what);
        bureau.edit(&format!("UPDATE thing SET phase = 'x', holds = '' WHERE id = '{id}'"));
        let said = bureau.vault("anna", &["list"]);
        assert_eq!((said.code, first_line(&said)), (Some(0), TAKEN_OUT), "{what}");
        let status = bureau.vault("anna", &["status"]);
        let told = format!(
            "; damaged: {number} times something else wrote here, which was taken out or made anew; \"vault strays\""
        );
        assert!(status.code == Some(1) && status.text().contains(&told), "{what}: {}", status.text());
        assert!(before == kept(&bureau, &id), "{what}: nothing was erased or let go");
    }
    let strays: Vec<(i64, Vec<u8>)> = rows(&bureau, "SELECT number, clear FROM stray ORDER BY found_us");
    assert!(strays.iter().zip(&written).all(|((_, clear), (_, what))| String::from_utf8_lossy(clear).contains(what)));
    // Whoever has looked at them says so, and is told of what comes after.
    let shown = bureau.vault("anna", &["strays"]);
    assert!(shown.code == Some(1) && shown.text().contains("garbage"), "{}", shown.text());
    assert!(shown.text().ends_with("7 were not looked at; find out who wrote them, then \"vault strays --seen\"\n"));
    assert!(bureau.done("anna", &["strays", "--seen"]).ends_with("all of them were looked at"));
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
    forge(&bureau, &thing, "another");
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(1));
    let shown = bureau.vault("anna", &["strays"]).text();
    assert!(shown.contains("another") && shown.contains("1 were not looked at"), "{shown}");
    // A number beyond all others would leave no room for another event.
    let last = Row { number: i64::MAX, ..forged(&bureau, "zz", "garbage") };
    insert(&bureau, &last, &[1; 32]);
    let said = bureau.vault("anna", &["hold", &id, "--authority", "police", "--reason", "R"]);
    assert_eq!((said.code, first_line(&said)), (Some(0), TAKEN_OUT));
    assert_eq!(in_keyring(&bureau, &id).1, 2);
    // One before all others would be walked past, and its position keeps the office from noting anything.
    for number in [0, -1, i64::MIN] {
        insert(&bureau, &Row { number, position: i64::MAX, ..forged(&bureau, "office", "garbage") }, &[1; 32]);
        let said = bureau.vault("anna", &["list"]);
        assert_eq!((said.code, first_line(&said)), (Some(0), TAKEN_OUT), "{number}");
    }
}

/// Makes the hashes anew from an event on, as anybody can: the chain has no secret. The hash of the newest.
fn chain_anew(bureau: &Bureau, from: i64) -> Vec<u8> {
    let all = "SELECT number, stream, position, at_us, account, clear, private, salt FROM event";
    let before: Vec<(i64, Vec<u8>)> =
        rows(bureau, &format!("SELECT number, hash FROM event WHERE number = {}", from - 1));
    let mut hash = before.into_iter().next().map_or_else(|| vec![0; 32], |(_, hash)| hash);
    for row in rows::<Row>(bureau, &format!("{all} WHERE number >= {from} ORDER BY number")) {
        hash = row.hash(&hash);
        assert_eq!(bureau.edit(&format!("UPDATE event SET hash = X'{}' WHERE number = {}", hex(&hash), row.number)), 1);
    }
    hash
}

/// An office in which an approval was withdrawn, and whose newest event that is not.
fn withdrawn() -> (Bureau, String, i64) {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    bureau.approve(&id);
    bureau.done("ben", &["withdraw", &id]);
    let (number, _): (i64, i64) = look(&bureau.path("office/events.sqlite"), "SELECT MAX(number), 0 FROM event");
    letter(&bureau, "Dear Madam");
    (bureau, id, number)
}

#[test]
fn no_event_is_made_never_to_have_happened() {
    let filler = |bureau: &Bureau, number: i64| {
        let row =
            Row { number, ..forged(bureau, &format!("thing/{}", "e".repeat(32)), "{\"found\":{\"store\":\"main\"}}") };
        assert_eq!(bureau.edit(&format!("DELETE FROM event WHERE number = {number}")), 1);
        assert_eq!(bureau.edit(&format!("DELETE FROM outbox WHERE event_number = {number}")), 1);
        insert(bureau, &row, &[0; 32]);
        chain_anew(bureau, number)
    };
    // What the keyring is to be told: the hash that the other history will end with.
    let (bureau, id, number) = withdrawn();
    let aside = std::fs::read(bureau.path("office/events.sqlite")).unwrap();
    let hash = filler(&bureau, number);
    std::fs::write(bureau.path("office/events.sqlite"), aside).unwrap();
    insert(&bureau, &forged(&bureau, "thing/00", "{\"found\":{\"store\":\"main\"}}"), &hash);
    assert_eq!(first_line(&bureau.vault("anna", &["list"])), TAKEN_OUT);
    let before = kept(&bureau, &id);
    filler(&bureau, number);
    for args in [&["destroy", &id][..], &["list"], &["people"]] {
        let said = bureau.vault("anna", args);
        assert!(said.code.is_some_and(|code| code > 0), "{args:?}: {}", said.text());
    }
    assert!(before == kept(&bureau, &id));
    // In place, with the number left free, moved to another stream, or only changed.
    for edit in [
        "DELETE FROM event WHERE number = N".to_owned(),
        "UPDATE event SET stream = 'zz', position = 1 WHERE number = N".to_owned(),
        "UPDATE event SET clear = CAST(replace(clear, 'ben', 'eve') AS BLOB), account = 'eve' WHERE number = N"
            .to_owned(),
        "UPDATE event SET tag = (SELECT tag FROM event WHERE number = N - 1) WHERE number = N".to_owned(),
    ] {
        let (bureau, id, number) = withdrawn();
        let before = kept(&bureau, &id);
        assert_eq!(bureau.edit(&edit.replace('N', &number.to_string())), 1, "{edit}");
        for args in
            [&["destroy", &id][..], &["list"], &["people"], &["hold", &id, "--authority", "court", "--reason", "R"]]
        {
            let said = bureau.vault("anna", args);
            assert_eq!(said.code, Some(1), "{edit} {args:?}: {}", said.err);
            assert!(said.err.starts_with("counterpartd: the events were changed: event "), "{edit}: {}", said.err);
        }
        let status = bureau.vault("anna", &["status"]);
        assert!(status.code == Some(1) && status.text().starts_with("events     damaged: event "), "{}", status.text());
        assert!(before == kept(&bureau, &id), "{edit}");
    }
}

#[test]
fn what_is_decided_is_decided_on_a_history_that_holds_at_that_moment() {
    let (bureau, id, number) = withdrawn();
    let before = kept(&bureau, &id);
    // Held by anybody who can open the file: who destroys waits for it, with the history looked at.
    let lock = std::fs::File::open(bureau.path("office/acting.lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let said = std::thread::scope(|scope| {
        let destroying = scope.spawn(|| bureau.vault("anna", &["destroy", &id]));
        // It has asked the log what time it is, which is after the look: then the withdrawal goes.
        let asked = "SELECT COUNT(*), 0 FROM event WHERE stream = 'office'";
        let before: (i64, i64) = look(&bureau.path("office/events.sqlite"), asked);
        harness::eventually("it asks the log", || {
            let now: (i64, i64) = look(&bureau.path("office/events.sqlite"), asked);
            (now.0 > before.0).then_some(())
        });
        harness::eventually("it waits for the lock", || is_waited_for(&bureau).then_some(()));
        assert_eq!(bureau.edit(&format!("DELETE FROM event WHERE number = {number}")), 1);
        drop(lock);
        destroying.join().unwrap()
    });
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains(&format!("the events were changed: event {number} is missing")), "{}", said.err);
    assert!(before == kept(&bureau, &id));
}

/// Whether somebody waits for a lock on that file: the kernel's list has a line with an arrow for each.
fn is_waited_for(bureau: &Bureau) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let inode = format!(":{} ", std::fs::metadata(bureau.path("office/acting.lock")).unwrap().ino());
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    locks.lines().any(|line| line.contains("-> FLOCK") && line.contains(&inode))
}

#[test]
fn the_table_of_things_is_made_of_the_events() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let all = "SELECT id, phase, object FROM thing";
    let honest: Vec<(String, String, Option<String>)> = rows(&bureau, all);
    for edit in [
        format!("DELETE FROM thing WHERE id = '{id}'"),
        format!("UPDATE thing SET object = NULL WHERE id = '{id}'"),
        format!("UPDATE thing SET phase = 'destroying' WHERE id = '{id}'"),
        format!("INSERT INTO thing (id, phase, holds) VALUES ('{}', 'destroying', '')", "e".repeat(32)),
    ] {
        assert_eq!(bureau.edit(&edit), 1);
        assert!(bureau.done("anna", &["list"]).contains(&id), "{edit}");
        assert_eq!(rows::<(String, String, Option<String>)>(&bureau, all), honest, "{edit}");
    }
}

#[test]
fn what_the_events_miss_is_said_whatever_the_scrubs_table_says() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let object = bureau.object(&id);
    std::fs::rename(&object, bureau.path("aside")).unwrap();
    assert_eq!(bureau.vault("anna", &["scrub"]).code, Some(1));
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(1));
    assert_eq!(bureau.edit("UPDATE scrub SET found = 'whole'"), 1);
    let status = bureau.vault("anna", &["status"]);
    assert!(status.code == Some(1) && status.text().contains(&format!("{id}: missing in main")), "{}", status.text());
    std::fs::rename(bureau.path("aside"), &object).unwrap();
    bureau.done("anna", &["scrub"]);
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
}

#[test]
fn what_a_restore_would_refuse_is_no_backup() {
    let bureau = Bureau::new();
    letter(&bureau, "Dear Sir");
    let flip = "UPDATE event SET signature = CAST(X'00' || substr(signature, 2) AS BLOB) WHERE number = (SELECT MAX(number) FROM event WHERE account IS NOT NULL)";
    assert_eq!(bureau.edit(flip), 1);
    let to = bureau.path("bk");
    let said = bureau.bare(&["backup", "--office", &bureau.path("office"), "--to", &to]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("is not signed by the account that it names"), "{}", said.err);
}

#[test]
fn what_somebody_signed_is_no_stray() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    bureau.approve(&id);
    // As if the machine had stopped before the keyring heard of the withdrawal.
    let rings = ["keys/ring.sqlite", "keys/ring2.sqlite"].map(|name| bureau.path(name));
    let aside: Vec<Vec<u8>> = rings.iter().map(|ring| std::fs::read(ring).unwrap()).collect();
    bureau.done("ben", &["withdraw", &id]);
    for (ring, bytes) in rings.iter().zip(aside) {
        std::fs::write(ring, bytes).unwrap();
    }
    assert_eq!(bureau.edit("UPDATE event SET tag = NULL WHERE number = (SELECT MAX(number) FROM event)"), 1);
    let before = kept(&bureau, &id);
    let said = bureau.vault("anna", &["destroy", &id]);
    assert!(said.code == Some(1) && said.err.starts_with("counterpartd: the events were changed: "), "{}", said.err);
    assert!(before == kept(&bureau, &id));
    assert_eq!(look::<(i64, i64)>(&bureau.path("office/events.sqlite"), "SELECT COUNT(*), 0 FROM stray").0, 0);
}

#[test]
fn what_a_scrub_notes_stops_nobody() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let events = "SELECT COUNT(*), 0 FROM event";
    let before = look::<(i64, i64)>(&bureau.path("office/events.sqlite"), events).0;
    let many = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO finding \
         SELECT i, '{id}', CASE i % 2 WHEN 0 THEN 'missing' ELSE 'found' END, 'main', NULL FROM n"
    );
    assert_eq!(bureau.edit(&many), 3000);
    bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "R"]);
    let after = look::<(i64, i64)>(&bureau.path("office/events.sqlite"), events).0;
    assert!(after <= before + 2, "of 3,000 looks at one object the last one is an event: {after} after {before}");
    bureau.done("anna", &["scrub"]);
    // What is no row of ours is thrown away.
    for bad in [
        format!("INSERT INTO finding VALUES ('x', '{id}', 'missing', 'main', NULL)"),
        format!("INSERT INTO finding VALUES (9223372036854775807, '{id}', 'missing', 'main', NULL)"),
        format!("INSERT INTO finding VALUES (9.2e18, '{id}', 'missing', 'main', NULL)"),
        "INSERT INTO thing (id, phase, holds) VALUES (X'FF', 'kept', '')".to_owned(),
        "INSERT INTO stalled VALUES ('x', 'x', 'x', 'x')".to_owned(),
        "INSERT INTO scrub (thing, looked_us, found) VALUES ('x', 'x', 'x')".to_owned(),
    ] {
        assert_eq!(bureau.edit(&bad), 1);
        for command in ["list", "scrub", "status"] {
            let said = bureau.vault("anna", &[command]);
            assert_eq!(said.code, Some(0), "{bad}: {command}: {} {}", said.text(), said.err);
        }
    }
}

#[test]
fn what_is_of_nothing_leaves_the_outbox() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let waits = "SELECT COUNT(*), 0 FROM outbox WHERE proof IS NULL";
    bureau.done("anna", &["submit"]);
    for (entry, event) in [("00", 1), (&*"00".repeat(34), 1), (&*"07".repeat(33), 99)] {
        let sql = format!("INSERT INTO outbox (entry, event_number, what) VALUES (X'{entry}', {event}, 'event')");
        assert_eq!(bureau.edit(&sql), 1);
        let status = bureau.vault("anna", &["status"]);
        let told = "; damaged: 1 in the outbox are of nothing here; \"vault submit\" turns them out";
        assert!(status.code == Some(1) && status.text().contains(told), "{}", status.text());
        let said = bureau.done("anna", &["submit"]);
        assert!(said.starts_with("1 turned out that were of nothing here, "), "{said}");
        assert_eq!(look::<(i64, i64)>(&bureau.path("office/events.sqlite"), waits).0, 0);
        assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
    }
    let sql = "INSERT INTO outbox (entry, event_number, what) VALUES (X'00', 1, 'certificate')";
    assert_eq!(bureau.edit(sql), 1);
    bureau.approve(&id);
    assert!(bureau.done("anna", &["destroy", &id]).contains("log index"), "its certificate is logged all the same");
}

/// Takes events of a stream out of the index by which a stream is read.
fn out_of_the_index(bureau: &Bureau, stream: &str) -> u64 {
    harness::out_of_the_index(
        &bureau.path("office/events.sqlite"),
        "sqlite_autoindex_event_2",
        &format!("a = '{stream}'"),
    )
}

#[test]
fn what_an_index_does_not_have_is_found_all_the_same() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "in the index");
    bureau.done("ben", &["hold", &id, "--authority", "court", "--reason", "asked for"]);
    let streams = [format!("thing/{id}"), "staff".to_owned()];
    let count = |bureau: &Bureau| bureau.ask("SELECT COUNT(*) FROM event NOT INDEXED");
    let before = count(&bureau);
    for (number, stream) in streams.iter().enumerate() {
        assert!(out_of_the_index(&bureau, stream) > 1, "{stream}");
        let said = bureau.vault("anna", &["list"]);
        assert!(said.err.contains("an index was not what its table says, and was made anew"), "{stream}: {}", said.err);
        assert!(said.text().contains(&id[..8]), "{stream}: {}", said.text());
        assert_eq!(count(&bureau), before, "no event was made of it");
        // As it is to go into a backup, too.
        assert!(out_of_the_index(&bureau, stream) > 1, "{stream}");
        let to = bureau.path(&format!("backup-{number}"));
        let said = bureau.bare(&["backup", "--to", &to]);
        assert!(said.text().contains(", 1 objects of"), "{stream}: {} {}", said.text(), said.err);
        let said = bureau.vault("anna", &["list"]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{stream}");
    }
}

#[test]
fn an_index_that_was_made_anew_is_named_until_somebody_has_seen_it() {
    let bureau = Bureau::new();
    letter(&bureau, "Dear Sir");
    bureau.done("anna", &["submit"]);
    assert!(out_of_the_index(&bureau, "staff") > 1);
    let said = bureau.vault("anna", &["list"]);
    assert!(said.code == Some(0) && said.err.contains("an index was not what its table says"), "{}", said.err);
    for _ in 0..2 {
        let status = bureau.vault("anna", &["status"]);
        assert!(status.code == Some(1) && status.text().contains("\"vault strays\" shows it"), "{}", status.text());
    }
    let shown = bureau.vault("anna", &["strays"]).text();
    assert!(shown.contains("row 0 of an index: an index was not what its table says, and was made anew"), "{shown}");
    assert_eq!(bureau.vault("anna", &["strays", "--seen"]).code, Some(0));
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
}

#[test]
fn rows_of_other_types_are_taken_out_like_any_other() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let count = || bureau.ask("SELECT COUNT(*) FROM event NOT INDEXED");
    let before = count();
    let row = |number: &str, stream: &str, position: &str, clear: &str| {
        format!(
            "INSERT INTO event (number, stream, position, at_us, clear, salt, hash) VALUES ({number}, {stream}, {position}, 1, {clear}, X'00', X'00')"
        )
    };
    let bad = [
        row("X'01'", "'thing/x'", "1", "X'00'"),
        row("1.5", "'thing/x'", "1", "X'00'"),
        row("1000", "X'01'", "1", "X'00'"),
        row("1000", "CAST(X'FF' AS TEXT)", "1", "X'00'"),
        row("1000", "'thing/x'", "'x'", "X'00'"),
        row("1000", "'thing/x'", "1", "7"),
        "INSERT INTO stray (found_us, number, stream, position, at_us, clear, salt, hash) VALUES (X'01', 'x', X'FF', 1.5, 'x', 7, 7, 7)".to_owned(),
    ];
    for (number, sql) in bad.iter().enumerate() {
        assert_eq!(bureau.edit(sql), 1, "{sql}");
        let said = bureau.vault("anna", &["list"]);
        assert_eq!(said.code, Some(0), "{sql}: {}", said.err);
        assert!(said.text().contains(&id[..8]), "{sql}: {}", said.text());
        assert_eq!(said.err.contains("taken out"), sql.contains("INTO event"), "{sql}: {}", said.err);
        assert_eq!(count(), before, "{sql}");
        let strays = bureau.vault("anna", &["strays"]);
        assert!(strays.text().contains(&format!("{} were not looked at", number + 1)), "{sql}: {}", strays.text());
    }
}
