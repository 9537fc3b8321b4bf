//! Files of a keyring that something else wrote into than this program: refused, and nothing in them counts in the other copy.
//!
//! Not here: files that were damaged so that SQLite sees it (`keyring.rs`), older files put back (`keyring_copies.rs`).
//! Whoever edits here has all that the files have and no office key. Invariant: whatever is done to one copy, the other is as it was, and a
//! new copy of it is the whole keyring.
#![allow(clippy::unwrap_used, clippy::panic)]

mod keyring_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyring_support::{DIGEST, ERASURE, OFFICE, Witness, edit, keep, object_key, places, quick_folder, refusal};
use vault::keyring::{Head, Keyring, KeyringError};

const HOLD: [u8; 16] = [7; 16];

/// A keyring with something in every table: things 1 (held) and 2 (was held) kept, 3 pending, 4 erased and certified, 5 a disc.
async fn keyring(folder: &Path, copies: usize) -> (Vec<PathBuf>, Arc<Witness>) {
    let (places, key) = (places(folder, copies), Witness::new());
    let keyring = Keyring::create(&places, OFFICE, key.clone()).await.unwrap();
    for number in [1, 2, 4] {
        keep(&keyring, number).await.unwrap();
    }
    keyring.add(&[3; 16], "letter", &object_key(3)).await.unwrap();
    keyring.hold(&[1; 16], &HOLD).await.unwrap();
    keyring.hold(&[2; 16], &HOLD).await.unwrap();
    keyring.release(&[2; 16], &HOLD).await.unwrap();
    keyring.erase(&[4; 16], ERASURE).await.unwrap();
    keyring.note_certificate(&[4; 16], &DIGEST).await.unwrap();
    keyring.add(&[5; 16], "recording", &object_key(5)).await.unwrap();
    keyring.carry_item(&[5; 16], b"cupboard 3").await.unwrap();
    keyring.keep(&[5; 16], &[0; 32], 0).await.unwrap();
    keyring.advance(Head { number: 9, hash: [9; 32] }).await.unwrap();
    keyring.close().await;
    (places, key)
}

/// All that it says.
async fn is_whole(keyring: &Keyring) {
    for number in [1, 2, 5] {
        assert_eq!(keyring.key(&[number; 16]).await.unwrap().bytes(), object_key(number).bytes());
    }
    assert!(matches!(keyring.key(&[3; 16]).await, Err(KeyringError::Pending(_))));
    assert!(matches!(keyring.key(&[4; 16]).await, Err(KeyringError::Erased { certificate: Some(DIGEST), .. })));
    assert_eq!(keyring.holds(&[1; 16]).await.unwrap(), [HOLD]);
    assert_eq!(keyring.holds(&[2; 16]).await.unwrap(), [] as [[u8; 16]; 0]);
    assert_eq!(keyring.item(&[5; 16]).await.unwrap().unwrap(), b"cupboard 3");
    assert_eq!(keyring.head().await.unwrap(), Some(Head { number: 9, hash: [9; 32] }));
}

/// Edits one copy, and sees it refused by its name, with the other as it was. What is said is the answer.
async fn refused(places: &[PathBuf], edited: usize, key: &Arc<Witness>, sql: &str) -> String {
    let before: Vec<Vec<u8>> = places.iter().map(|place| fs::read(place).unwrap()).collect();
    edit(&places[edited], sql).await;
    let name = places[edited].display().to_string();
    for attempt in 0..2 {
        let error = refusal(Keyring::open(places, OFFICE, key.clone()).await);
        let line = error.to_string();
        assert!(line.contains(&name) && !line.contains('\n'), "{sql}: {line}");
        match error {
            KeyringError::Changed { .. } => assert!(error.hint().unwrap().contains("move the file away"), "{sql}"),
            KeyringError::Damaged { .. } | KeyringError::NotCopies(..) | KeyringError::OtherOffice { .. } => {}
            other => panic!("{sql}: {other}"),
        }
        for (place, before) in places.iter().zip(&before).filter(|(place, _)| **place != places[edited]) {
            assert!(fs::read(place).unwrap() == *before, "{sql}: the other copy was written, attempt {attempt}");
        }
        if attempt == 1 {
            fs::write(&places[edited], &before[edited]).unwrap();
            return line.replace(&format!("{name}: "), "");
        }
    }
    unreachable!()
}

/// The grave case: one row, in one copy, and the key of a held thing was gone from both.
#[tokio::test]
async fn an_erasure_that_this_program_did_not_write_destroys_nothing() {
    for edited in [0, 1] {
        let folder = quick_folder();
        let (places, key) = keyring(folder.path(), 2).await;
        let one = "X'01010101010101010101010101010101'";
        let forged = format!(
            "UPDATE entry SET state = 'erased', wrapped = NULL, erased_at_us = 1, subject = zeroblob(32) WHERE thing = {one}; \
             DELETE FROM hold WHERE thing = {one}; UPDATE keyring SET generation = generation + 10, mark = randomblob(16)"
        );
        refused(&places, edited, &key, &forged).await;
        edit(&places[edited], &forged).await;
        // As the hint says: away with it, and a new copy of the other.
        fs::rename(&places[edited], folder.path().join("aside")).unwrap();
        let made = Keyring::make_copy(&places[1 - edited], &places[edited], OFFICE, key.clone()).await.unwrap();
        is_whole(&made).await;
        assert!(matches!(made.erase(&[1; 16], ERASURE).await, Err(KeyringError::Held { .. })));
        made.close().await;
        let refused = Keyring::look_at(&folder.path().join("aside"), OFFICE, key).await.unwrap_err();
        assert!(matches!(refused, KeyringError::Changed { .. }), "{refused}");
    }
}

/// Every column of every row of every table.
#[tokio::test]
async fn no_column_of_any_row_can_be_edited() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let (places, key) = keyring(folder.path(), copies).await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&places[0]).read_only(true);
        let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let columns: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT m.name, c.name, c.type FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        sqlx::Connection::close(connection).await.unwrap();
        assert!(columns.len() > 30, "{columns:?}");
        for (table, column, kind) in columns {
            let other = match kind.as_str() {
                "BLOB" => format!("randomblob(ifnull(length({column}), 32))"),
                "INTEGER" => format!("ifnull({column}, 0) + 1"),
                _ => format!("{column} || 'x'"),
            };
            let things: &[u8] = match table.as_str() {
                "entry" => &[1, 2, 3, 4, 5],
                "hold" => &[1, 2],
                "item" => &[5],
                "keyring" => &[0],
                _ => &[],
            };
            for thing in things {
                let id = format!("{thing:02x}").repeat(16);
                let which = if table == "keyring" { String::new() } else { format!("WHERE thing = X'{id}'") };
                let sql = format!("UPDATE {table} SET {column} = {other} {which}");
                for edited in 0..copies {
                    let said = refused(&places, edited, &key, &sql).await;
                    let is_named =
                        said.contains(&id) || said.contains("CHECK") || column == "thing" || table == "keyring";
                    assert!(is_named, "{sql}: {said}");
                }
            }
        }
        let keyring = Keyring::open(&places, OFFICE, key).await.unwrap();
        is_whole(&keyring).await;
        keyring.close().await;
    }
}

#[tokio::test]
async fn no_row_can_be_taken_away_added_moved_or_put_back() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let (places, key) = keyring(folder.path(), copies).await;
        let old = folder.path().join("old");
        fs::copy(&places[0], &old).unwrap();
        let keyring = Keyring::open(&places, OFFICE, key.clone()).await.unwrap();
        keyring.release(&[1; 16], &HOLD).await.unwrap();
        keyring.hold(&[2; 16], &HOLD).await.unwrap();
        keyring.carry_item(&[5; 16], b"cupboard 4").await.unwrap();
        keyring.keep(&[3; 16], &DIGEST, 7).await.unwrap();
        keyring.close().await;
        let attached = format!("ATTACH '{}' AS old", old.display());
        for sql in [
            "DELETE FROM entry WHERE state = 'kept'",
            "DELETE FROM entry WHERE state = 'erased'",
            "DELETE FROM hold",
            "DELETE FROM hold WHERE standing = 1",
            "DELETE FROM item",
            "DELETE FROM keyring",
            "INSERT INTO gone VALUES ('00112233445566778899AABB')",
            "INSERT INTO hold SELECT randomblob(16), hold, standing, generation, tag FROM hold LIMIT 1",
            "UPDATE hold SET (standing, generation, tag) = (SELECT standing, generation, tag FROM hold WHERE thing = \
             X'02020202020202020202020202020202') WHERE thing = X'01010101010101010101010101010101'",
            "UPDATE hold SET hold = randomblob(16)",
            "UPDATE entry SET (wrapped, digest, tag) = (SELECT wrapped, digest, tag FROM entry WHERE thing = X'01010101010101010101010101010101') \
             WHERE thing = X'02020202020202020202020202020202'",
            &format!("{attached}; INSERT OR REPLACE INTO hold SELECT * FROM old.hold"),
            &format!("{attached}; INSERT OR REPLACE INTO item SELECT * FROM old.item"),
            &format!("{attached}; INSERT OR REPLACE INTO entry SELECT * FROM old.entry"),
            &format!("{attached}; INSERT OR REPLACE INTO keyring SELECT * FROM old.keyring"),
        ] {
            for edited in 0..copies {
                refused(&places, edited, &key, sql).await;
            }
        }
        Keyring::open(&places, OFFICE, key).await.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_table_trigger_index_or_view_that_is_not_ours_is_refused_by_its_name() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 2).await;
    for (sql, said) in [
        (
            "CREATE TRIGGER lets_go AFTER UPDATE ON keyring BEGIN DELETE FROM hold; END",
            "the trigger \"lets_go\" is too much",
        ),
        ("CREATE TABLE more (a)", "the table \"more\" is too much"),
        ("CREATE VIEW seen AS SELECT 1", "the view \"seen\" is too much"),
        ("CREATE INDEX by_kind ON entry (kind)", "the index \"by_kind\" is too much"),
        ("DROP TABLE gone", "the table \"gone\" is missing"),
        ("ALTER TABLE hold ADD COLUMN why TEXT", "the table \"hold\" is another"),
        (
            "DROP TABLE item; CREATE TABLE item (thing BLOB, sealed BLOB, generation INTEGER, tag BLOB)",
            "the table \"item\" is another",
        ),
    ] {
        for edited in [0, 1] {
            let line = refused(&places, edited, &key, sql).await;
            assert_eq!(line, format!("the keyring was changed by something other than this program: {said}"));
        }
    }
    Keyring::open(&places, OFFICE, key).await.unwrap().close().await;
}

/// While it is open too.
#[tokio::test]
async fn what_is_edited_under_an_open_keyring_is_refused() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 2).await;
    for edited in [0, 1] {
        let keyring = Keyring::open(&places, OFFICE, key.clone()).await.unwrap();
        let before = fs::read(&places[edited]).unwrap();
        edit(&places[edited], "DELETE FROM hold").await;
        assert!(matches!(keyring.erase(&[1; 16], ERASURE).await, Err(KeyringError::Held { .. })));
        edit(
            &places[edited],
            "UPDATE entry SET state = 'erased', wrapped = NULL, erased_at_us = 1, subject = zeroblob(32)",
        )
        .await;
        let refused = [
            keyring.key(&[1; 16]).await.err(),
            keyring.erase(&[2; 16], ERASURE).await.err(),
            keyring.overview().await.err(),
        ];
        assert!(refused.iter().all(|error| matches!(error, Some(KeyringError::Changed { .. }))), "{refused:?}");
        keyring.close().await;
        fs::write(&places[edited], before).unwrap();
    }
    let keyring = Keyring::open(&places, OFFICE, key).await.unwrap();
    is_whole(&keyring).await;
    keyring.close().await;
}

/// From before the office key was changed: whoever has the old office key, which may be why it was changed, can make such a file.
#[tokio::test]
async fn a_copy_under_a_replaced_office_key_is_not_believed() {
    for old_one in [0, 1] {
        let folder = quick_folder();
        let (places, key) = keyring(folder.path(), 2).await;
        let old = fs::read(&places[old_one]).unwrap();
        let mut keyring = Keyring::open(&places, OFFICE, key).await.unwrap();
        let new = Witness::new();
        keyring.rotate(new.clone()).await.unwrap();
        is_whole(&keyring).await;
        keyring.close().await;
        fs::write(&places[old_one], old).unwrap();
        let before = fs::read(&places[1 - old_one]).unwrap();
        let refused = refusal(Keyring::open(&places, OFFICE, new.clone()).await);
        assert_eq!(refused, KeyringError::Superseded(places[old_one].clone()));
        assert!(fs::read(&places[1 - old_one]).unwrap() == before);
        fs::remove_file(&places[old_one]).unwrap();
        let made = Keyring::make_copy(&places[1 - old_one], &places[old_one], OFFICE, new).await.unwrap();
        is_whole(&made).await;
        made.close().await;
    }
}

/// What lies beside the file is not waited for, whatever it is.
#[tokio::test]
async fn a_pipe_beside_the_file_hangs_nothing() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 1).await;
    let keyring = Keyring::open(&places, OFFICE, key).await.unwrap();
    let pipe = folder.path().join("one.keyring-shm");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let erased = tokio::time::timeout(std::time::Duration::from_secs(60), keyring.erase(&[2; 16], ERASURE)).await;
    let reason = "a named pipe stands in its place; take it away".to_owned();
    assert_eq!(erased.expect("it hangs").unwrap_err(), KeyringError::Failed { place: pipe.clone(), reason });
    fs::remove_file(&pipe).unwrap();
    keyring.erase(&[2; 16], ERASURE).await.unwrap();
    keyring.close().await;
}

/// SQLite would wait for whoever writes into it.
#[tokio::test]
async fn a_pipe_at_the_name_of_a_journal_is_refused_at_once() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 1).await;
    for end in ["-journal", "-wal", "-shm"] {
        let beside = folder.path().join(format!("one.keyring{end}"));
        let aside = folder.path().join("aside");
        let was_there = fs::rename(&beside, &aside).is_ok();
        rustix::fs::mknodat(rustix::fs::CWD, &beside, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let opening = Keyring::open(&places, OFFICE, key.clone());
        let opened = tokio::time::timeout(std::time::Duration::from_secs(10), opening).await.expect("it hangs");
        let reason = "a named pipe stands in its place; take it away".to_owned();
        assert_eq!(refusal(opened), KeyringError::Failed { place: beside.clone(), reason });
        fs::remove_file(&beside).unwrap();
        if was_there {
            fs::rename(&aside, &beside).unwrap();
        }
    }
    Keyring::open(&places, OFFICE, key).await.unwrap().close().await;
}

/// A rollback journal without a page whose end names a file, which SQLite removes when it has played the journal back (its file format, "The Rollback Journal").
fn journal_that_names(database: &Path, victim: &Path) -> Vec<u8> {
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let head = fs::read(database).unwrap();
    let page_len_bytes = u32::from(u16::from_be_bytes([head[16], head[17]]));
    let pages = u32::try_from(head.len()).unwrap() / page_len_bytes;
    let name = victim.to_str().unwrap().as_bytes();
    let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
    let mut bytes = [&MAGIC[..], &[0, 0, pages, 512, page_len_bytes].map(u32::to_be_bytes).concat()].concat();
    bytes.resize(512, 0);
    bytes.extend((0x4000_0000 / page_len_bytes + 1).to_be_bytes());
    bytes.extend(name);
    bytes.extend([u32::try_from(name.len()).unwrap(), sum].map(u32::to_be_bytes).concat());
    bytes.extend(MAGIC);
    bytes
}

/// Whoever writes beside the file writes no word by which another file goes, neither before it is opened nor while it is.
#[tokio::test]
async fn a_journal_that_names_another_file_is_refused_before_sqlite_sees_it() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 2).await;
    let victim = folder.path().join("office.key");
    fs::write(&victim, "secret").unwrap();
    let journal = folder.path().join("two.keyring-journal");
    let before = fs::read(&journal).unwrap();
    let says_so = |error: KeyringError| {
        assert!(
            matches!(&error, KeyringError::Failed { place, reason }
            if *place == journal && reason.starts_with("it names another file")),
            "{error}"
        );
        assert!(victim.exists(), "SQLite removed it");
    };
    // One that it does play back, and one to a pipe, for which it would wait.
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for named in [&victim, &pipe] {
        fs::write(&journal, journal_that_names(&places[1], named)).unwrap();
        let opening = Keyring::open(&places, OFFICE, key.clone());
        let opened = tokio::time::timeout(std::time::Duration::from_secs(10), opening).await;
        says_so(refusal(opened.expect("it hangs")));
        fs::write(&journal, &before).unwrap();
        let keyring = Keyring::open(&places, OFFICE, key.clone()).await.unwrap();
        fs::write(&journal, journal_that_names(&places[1], named)).unwrap();
        says_so(keyring.hold(&[1; 16], &[8; 16]).await.unwrap_err());
        says_so(keyring.erase(&[2; 16], ERASURE).await.unwrap_err());
        fs::write(&journal, &before).unwrap();
        is_whole(&keyring).await;
        keyring.close().await;
    }
}

/// What SQLite writes there would be written over what it is elsewhere.
#[tokio::test]
async fn a_file_with_two_names_is_refused_before_sqlite_writes_to_it() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 1).await;
    let victim = folder.path().join("office.key");
    fs::write(&victim, "secret").unwrap();
    let at = |end: &str| folder.path().join(format!("one.keyring{end}"));
    fs::remove_file(at("-journal")).unwrap();
    for end in ["-journal", "-wal", "-shm"] {
        fs::hard_link(&victim, at(end)).unwrap();
        let error = refusal(Keyring::open(&places, OFFICE, key.clone()).await);
        assert!(
            matches!(&error, KeyringError::Failed { place, reason }
            if *place == at(end) && reason.contains("another name")),
            "{error}"
        );
        assert_eq!(fs::read(&victim).unwrap(), b"secret");
        fs::remove_file(at(end)).unwrap();
    }
    fs::hard_link(at(""), folder.path().join("other")).unwrap();
    let error = refusal(Keyring::open(&places, OFFICE, key.clone()).await);
    assert!(error.to_string().contains("another name"), "{error}");
    fs::remove_file(folder.path().join("other")).unwrap();
    Keyring::open(&places, OFFICE, key).await.unwrap().close().await;
}

/// A log that somebody lays beside it would speak for the file; so would a header that asks for one.
#[tokio::test]
async fn a_write_ahead_log_is_none_of_a_keyrings() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 1).await;
    let wal = folder.path().join("one.keyring-wal");
    fs::write(&wal, "frames").unwrap();
    let error = refusal(Keyring::open(&places, OFFICE, key.clone()).await);
    assert!(matches!(&error, KeyringError::Failed { place, .. } if *place == wal), "{error}");
    fs::remove_file(&wal).unwrap();
    let whole = fs::read(&places[0]).unwrap();
    fs::write(&places[0], [&whole[..18], &[2, 2], &whole[20..]].concat()).unwrap();
    let error = refusal(Keyring::open(&places, OFFICE, key.clone()).await);
    assert!(matches!(&error, KeyringError::Changed { what, .. } if what.contains("write-ahead")), "{error}");
    fs::write(&places[0], whole).unwrap();
    Keyring::open(&places, OFFICE, key).await.unwrap().close().await;
}

/// Puts a trigger into these files that lets nothing happen to a table, and takes it out again.
async fn meddled(files: &[&PathBuf], table: &str, is_in: bool) {
    for event in ["INSERT", "UPDATE", "DELETE"] {
        let sql = match is_in {
            true => format!("CREATE TRIGGER no_{event} BEFORE {event} ON {table} BEGIN SELECT RAISE(IGNORE); END"),
            false => format!("DROP TRIGGER no_{event}"),
        };
        for file in files {
            edit(file, &sql).await;
        }
    }
}

/// One change of each kind, of the things of [`keyring`].
async fn changed(keyring: &Keyring, act: &str) -> Result<(), KeyringError> {
    match act {
        "advance" => keyring.advance(Head { number: 10, hash: [10; 32] }).await,
        "hold" => keyring.hold(&[2; 16], &HOLD).await,
        "release" => keyring.release(&[1; 16], &HOLD).await,
        "keep" => keyring.keep(&[3; 16], &DIGEST, 7).await,
        "erase" => keyring.erase(&[2; 16], ERASURE).await,
        "carry" => keyring.carry_item(&[5; 16], b"cupboard 4").await,
        "add" => keyring.add(&[6; 16], "letter", &object_key(6)).await,
        "forget" => keyring.forget_pending(&[3; 16]).await,
        other => panic!("{other}"),
    }
}

const CHANGES: [(&str, &str); 9] = [
    ("advance", "keyring"),
    ("hold", "hold"),
    ("release", "hold"),
    ("keep", "entry"),
    ("erase", "entry"),
    ("erase", "gone"),
    ("carry", "item"),
    ("add", "entry"),
    ("forget", "entry"),
];

/// For the moment of one change, after the tables were looked at in opening: it would be told that it is done, and no row would have it.
#[tokio::test]
async fn a_trigger_put_in_while_it_is_open_takes_no_change_away() {
    for (act, table) in CHANGES {
        for which in [&[0][..], &[1], &[0, 1]] {
            let folder = quick_folder();
            let (places, key) = keyring(folder.path(), 2).await;
            let files: Vec<&PathBuf> = which.iter().map(|number| &places[*number]).collect();
            let keyring = Keyring::open(&places, OFFICE, key.clone()).await.unwrap();
            meddled(&files, table, true).await;
            let refused = changed(&keyring, act).await;
            let what = "the trigger \"no_DELETE\" is too much".to_owned();
            assert_eq!(refused, Err(KeyringError::Changed { place: files[0].clone(), what }), "{act}, {which:?}");
            meddled(&files, table, false).await;
            is_whole(&keyring).await;
            changed(&keyring, act).await.unwrap();
            keyring.close().await;
            Keyring::open(&places, OFFICE, key).await.unwrap().close().await;
        }
    }
}

/// A change is held against all rows, not those alone that it is about.
#[tokio::test]
async fn a_hold_taken_out_of_every_file_while_it_is_open_lets_nothing_go() {
    let folder = quick_folder();
    let (places, key) = keyring(folder.path(), 2).await;
    let keyring = Keyring::open(&places, OFFICE, key.clone()).await.unwrap();
    let before: Vec<Vec<u8>> = places.iter().map(|place| fs::read(place).unwrap()).collect();
    for place in &places {
        edit(place, "DELETE FROM hold").await;
    }
    let what = "rows are missing, or older ones stand in their place".to_owned();
    let refused = keyring.erase(&[1; 16], ERASURE).await;
    assert_eq!(refused, Err(KeyringError::Changed { place: places[0].clone(), what }));
    let all = keyring.erase_all(&[([1; 16], ERASURE), ([2; 16], ERASURE)]).await;
    assert!(all.iter().all(|one| matches!(one, Err(KeyringError::Changed { .. }))), "{all:?}");
    keyring.close().await;
    for (place, before) in places.iter().zip(before) {
        fs::write(place, before).unwrap();
    }
    let keyring = Keyring::open(&places, OFFICE, key).await.unwrap();
    is_whole(&keyring).await;
    keyring.close().await;
}

/// Puts the rows of a table on its one page into the opposite order: each is whole, with its tag.
async fn reordered(place: &Path, table: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let sql =
        format!("SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = '{table}'");
    let (root, page): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let mut bytes = fs::read(place).unwrap();
    let at = usize::try_from((root - 1) * page).unwrap();
    assert_eq!(bytes[at], 10, "{table}: a leaf of an index (https://sqlite.org/fileformat2.html, section 1.6)");
    let count = usize::from(u16::from_be_bytes([bytes[at + 3], bytes[at + 4]]));
    assert!(count > 1, "{table}: there is an order");
    let cells: Vec<u8> = bytes[at + 8..at + 8 + 2 * count].chunks(2).rev().flatten().copied().collect();
    bytes[at + 8..at + 8 + 2 * count].copy_from_slice(&cells);
    fs::write(place, bytes).unwrap();
    // Whoever has it open reads it again.
    edit(place, "UPDATE keyring SET one = one").await;
}

/// A search does not find what a walk through all of it does: the hold would stand there and keep nothing.
#[tokio::test]
async fn rows_in_another_order_let_nothing_go() {
    for table in ["hold", "entry"] {
        let folder = quick_folder();
        let (places, key) = keyring(folder.path(), 2).await;
        let before: Vec<Vec<u8>> = places.iter().map(|place| fs::read(place).unwrap()).collect();
        let keyring = Keyring::open(&places, OFFICE, key.clone()).await.unwrap();
        for place in &places {
            reordered(place, table).await;
        }
        let what = "its rows stand in another order than they were written in".to_owned();
        let refused = keyring.erase(&[2; 16], ERASURE).await;
        assert_eq!(refused, Err(KeyringError::Changed { place: places[0].clone(), what }), "{table}");
        assert_eq!(keyring.holds(&[1; 16]).await.unwrap(), [HOLD], "{table}: it is found wherever it stands");
        keyring.close().await;
        let error = refusal(Keyring::open(&places, OFFICE, key.clone()).await);
        assert!(matches!(&error, KeyringError::Damaged { place, .. } if *place == places[0]), "{table}: {error}");
        for (place, before) in places.iter().zip(before) {
            fs::write(place, before).unwrap();
        }
        let keyring = Keyring::open(&places, OFFICE, key).await.unwrap();
        is_whole(&keyring).await;
        keyring.close().await;
    }
}
