//! What somebody with the events' file in hand changes for just the moment in which it is looked at, and puts back before it is written to.
//!
//! Not what stays changed (`vault_history.rs`). Invariants: each test knows that the command waited while its row was wrong, and that the row was right
//! again before the command wrote; what is decided is decided on what stood there when it was written.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::moment::{Hand, held};
use harness::office::{Bureau, LONG_AGO, recording};

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

/// A thing's wrapped key, and what else the keyring carries of it.
fn in_keyring(bureau: &Bureau, id: &str) -> (String, String) {
    let of = |column: &str, table: &str| {
        bureau.ask_in("keys/ring.sqlite", &format!("SELECT hex({column}) FROM {table} WHERE thing = X'{id}'"))
    };
    (of("wrapped", "entry"), of("sealed", "item"))
}

#[test]
fn a_hold_on_the_same_recording_counts_however_it_looked_a_moment_before() {
    let bureau = Bureau::new();
    let file = bureau.file("interview.flac", &recording(1, 1, "t").0);
    let take = || bureau.take(&file, "interview-recording", LONG_AGO, "t");
    let [first, twin] = [take(), take()];
    bureau.approve(&first);
    bureau.done("ben", &["hold", &twin, "--authority", "court", "--reason", "order"]);
    let number = bureau.ask(&format!("SELECT number FROM event WHERE stream = 'thing/{twin}' AND position = 1"));
    let clear = bureau.ask(&format!("SELECT hex(clear) FROM event WHERE number = {number}"));
    let before = in_keyring(&bureau, &first);

    let lock = held(&bureau, "acting.lock");
    let destroys = bureau.begun("anna", &["destroy", &first]);
    destroys.waits_for_a_lock();
    let mut hand = Hand::in_events(&bureau);
    hand.changes(&format!("UPDATE event SET clear = X'7B7D' WHERE number = {number}"));
    drop(lock);
    destroys.waits_to_write();
    hand.lets_go(&format!("UPDATE event SET clear = X'{clear}' WHERE number = {number}"));

    let said = destroys.ended();
    assert_eq!(said.code, Some(1), "{}{}", said.text(), said.err);
    assert!(said.err.contains(&format!("{twin} is the same recording, and it is held")), "{}", said.err);
    assert_eq!((in_keyring(&bureau, &first), bureau.shown(&first)["phase"].as_str()), (before, Some("kept")));
}

#[test]
fn the_keyring_hears_of_nothing_that_somebody_could_not_say() {
    let bureau = Bureau::new();
    let args = ["take", "--medium", "disc", "--kind", "consultation-recording", "--made", LONG_AGO, "--title", "t"];
    let disc = bureau.done("anna", &[&args[..], &["--label", "No. 7", "--where", "cupboard"]].concat());
    let disc = disc.lines().next().unwrap().to_owned();
    bureau.destroy(&disc);
    // Somebody else has to be left who could.
    bureau.done("anna", &["revoke", "ben", "records-officer"]);
    let number = bureau.ask("SELECT MAX(number) FROM event WHERE stream = 'staff'");
    letter(&bureau, "Dear Sir");
    let before = in_keyring(&bureau, &disc);

    let lock = held(&bureau, "destroying.lock");
    let says = bureau.begun("ben", &["destroyed", &disc, "--method", "shredded", "--by", "x", "--where", "x"]);
    says.waits_for_a_lock();
    let mut hand = Hand::in_events(&bureau);
    hand.does("CREATE TEMP TABLE aside AS SELECT * FROM event WHERE stream = 'staff'");
    hand.changes(&format!("DELETE FROM event WHERE number = {number}"));
    drop(lock);
    says.waits_to_write();
    hand.lets_go(&format!("INSERT INTO event SELECT * FROM aside WHERE number = {number}"));

    let said = says.ended();
    assert!(said.code == Some(1) && said.err.contains("the account ben may not do that"), "{}", said.err);
    assert_eq!(in_keyring(&bureau, &disc), before, "what is carried of it is not even written anew");
}

#[test]
fn nothing_is_said_to_be_done_that_a_trigger_kept_from_being_written() {
    let bureau = Bureau::new();
    let kept = letter(&bureau, "Dear Sir");
    let hold = bureau.done("ben", &["hold", &kept, "--authority", "court", "--reason", "order"]);
    let review = ["review", &kept, &hold, "--reason", "R"];
    let before = bureau.ask("SELECT MAX(number) FROM event");
    for trigger in
        ["BEFORE INSERT ON event BEGIN SELECT RAISE(IGNORE)", "AFTER INSERT ON event BEGIN DELETE FROM outbox"]
    {
        // It is put there when the command has looked at the tables, and is gone when anybody looks again.
        let lock = held_alone(&bureau);
        let reviews = bureau.begun("anna", &review);
        reviews.waits_for_a_lock();
        let mut hand = Hand::in_events(&bureau);
        hand.does(&format!("CREATE TRIGGER x {trigger}; END"));
        drop(lock);
        let said = reviews.ended();
        hand.does("DROP TRIGGER x");
        assert!(said.err.contains("the trigger \"x\" is too much"), "{}{}", said.text(), said.err);
        assert_ne!(said.code, Some(0));
        assert_eq!(bureau.ask("SELECT MAX(number) FROM event"), before);
    }
    bureau.done("anna", &review);
}

#[test]
fn nothing_is_written_down_as_earlier_than_what_stands_there_when_it_is_written() {
    let bureau = Bureau::new();
    let [held_one, newest] = [letter(&bureau, "Dear Sir"), letter(&bureau, "Dear Madam")];
    let hold = bureau.done("anna", &["hold", &held_one, "--authority", "court", "--reason", "order"]);
    bureau.done("ben", &["verify", &newest]);
    let number = bureau.ask("SELECT MAX(number) FROM event WHERE stream <> 'office'");
    let review = ["review", &held_one, &hold, "--reason", "R"];
    let off = bureau.vault_at("-10m", "anna", &review);
    assert!(off.code == Some(1) && off.err.contains("behind what was done before"), "{}", off.err);

    let events = bureau.ask("SELECT MAX(number) FROM event WHERE stream <> 'office'");
    let lock = held_alone(&bureau);
    let reviews = bureau.begun_at("-10m", "anna", &review);
    reviews.waits_for_a_lock();
    let mut hand = Hand::in_events(&bureau);
    let hour = 3_600_000_000_i64;
    // All that was done lies an hour back for a moment.
    hand.does("BEGIN IMMEDIATE");
    assert!(hand.does(&format!("UPDATE event SET at_us = at_us - {hour} WHERE stream <> 'office'")) > 0);
    hand.does("COMMIT");
    hand.does("BEGIN IMMEDIATE");
    drop(lock);
    reviews.waits_to_write();
    assert!(hand.does(&format!("UPDATE event SET at_us = at_us + {hour} WHERE stream <> 'office'")) > 0);
    hand.does("COMMIT");

    let said = reviews.ended();
    assert!(said.code == Some(1) && said.err.contains("behind what was done before"), "{}{}", said.text(), said.err);
    assert_eq!(
        (number, bureau.ask("SELECT MAX(number) FROM event WHERE stream <> 'office'")),
        (events.clone(), events)
    );
}

/// Whoever changes keyring and events waits for this too.
fn held_alone(bureau: &Bureau) -> std::fs::File {
    let file = std::fs::File::open(bureau.path("office/acting.lock")).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    file
}

#[test]
fn a_key_is_not_forgotten_under_somebody_who_takes_something_in() {
    let bureau = Bureau::new();
    let kept = letter(&bureau, "Dear Sir");
    // So long that its key is announced well before its event is written.
    let file = bureau.file("other.txt", &vec![b'x'; 64_000_000]);
    let before = objects(&bureau);
    let takes = bureau.begun("anna", &["take", &file, "--kind", "letter", "--made", LONG_AGO, "--title", "t"]);
    harness::eventually("it writes its object", || (objects(&bureau) > before).then(|| takes.stop()));
    assert_eq!(bureau.ask_in("keys/ring.sqlite", "SELECT COUNT(*) FROM entry"), "2");
    let written = bureau.ask("SELECT COUNT(DISTINCT stream) FROM event WHERE stream LIKE 'thing/%'");
    assert_eq!(written, "1", "it was stopped before its event");
    std::fs::remove_file(bureau.path("office/taking.lock")).unwrap();
    bureau.done("anna", &["list"]);
    assert_eq!(bureau.ask_in("keys/ring.sqlite", "SELECT COUNT(*) FROM entry"), "1", "the key was forgotten");
    takes.go_on();
    let said = takes.ended();
    assert!(said.code == Some(2) && said.err.contains("its key was forgotten while it was taken in"), "{}", said.err);
    let listed = bureau.done("anna", &["list"]);
    assert!(listed.contains(&kept) && listed.lines().count() == 1, "{listed}");
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
}

/// How many files lie in the store, finished or not.
fn objects(bureau: &Bureau) -> usize {
    let mut folders = vec![std::path::PathBuf::from(bureau.path("office/objects"))];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => count += 1,
            }
        }
    }
    count
}

#[test]
fn whoever_hangs_with_a_lock_is_told_of() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let lock = held_alone(&bureau);
    let mut holds = bureau.begun("anna", &["hold", &id, "--authority", "court", "--reason", "order"]);
    holds.waits_for_a_lock();
    holds.says("note: waiting for another program that holds ");
    drop(lock);
    assert_eq!(holds.ended().code, Some(0));
}

#[test]
fn nobody_writes_for_whom_there_is_no_account() {
    let bureau = Bureau::new();
    let id = letter(&bureau, "Dear Sir");
    let key = bureau.path("keys/zoe.key");
    harness::expect(&["vault", "key", "--no-passphrase", "--account", "zoe", "--file", &key], 0);
    let before = bureau.ask("SELECT MAX(number) FROM event");
    for args in [&["propose", &id][..], &["destroy", &id]] {
        let said = bureau.vault("zoe", args);
        assert!(said.code == Some(1) && said.err.contains("there is no account zoe"), "{args:?}: {}", said.err);
    }
    assert_eq!(bureau.ask("SELECT MAX(number) FROM event"), before);
}

/// An office that is lost, with a backup of a day on which two had approved what one of them did not approve later; and how it is restored.
struct Lost {
    bureau: Bureau,
    approved: String,
    restore: Vec<String>,
}

impl Lost {
    fn new() -> Lost {
        let bureau = Bureau::new();
        let approved = letter(&bureau, "Dear Sir");
        bureau.approve(&approved);
        // So long that a restore is busy with it for a while.
        bureau.take(&bureau.file("long.txt", &vec![b'x'; 128_000_000]), "letter", LONG_AGO, "t");
        assert_eq!(bureau.bare(&["backup", "--to", &bureau.path("backup")]).code, Some(0));
        bureau.done("ben", &["withdraw", &approved]);
        std::fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
        let from = ["restore", "--from", &bureau.path("backup"), "--office", &bureau.path("office"), "--events-lost"];
        let said = bureau.bare(&[&from[..], &["0"]].concat());
        let lost = said.err.rsplit(' ').next().unwrap().trim_end();
        let restore = from.iter().chain([&lost]).map(ToString::to_string).collect();
        Lost { bureau, approved, restore }
    }

    fn words(&self) -> Vec<&str> {
        self.restore.iter().map(String::as_str).collect()
    }

    fn stands_and_one_is_not_enough(&self) {
        let said = self.bureau.vault("anna", &["destroy", &self.approved]);
        assert_eq!(said.code, Some(1), "{}{}", said.text(), said.err);
    }
}

#[test]
fn what_a_restore_makes_void_stays_void() {
    let lost = Lost::new();
    let restores = lost.bureau.bare_begun(&lost.words());
    let voided = "SELECT COUNT(*) FROM event WHERE CAST(clear AS TEXT) LIKE '%approvals-voided%'";
    let draft = lost.bureau.path(".office.restoring/events.sqlite");
    let is_voided = || Hand::in_file(&draft).and_then(|mut hand| hand.counts(voided)).is_some_and(|count| count == 2);
    harness::eventually("it made the approvals void", || is_voided().then(|| restores.stop()));
    let mut hand = Hand::in_file(&draft).unwrap();
    assert_eq!(hand.does("DELETE FROM event WHERE CAST(clear AS TEXT) LIKE '%approvals-voided%'"), 2);
    drop(hand);
    restores.go_on();
    let said = restores.ended();
    // By the next act, or by the restore itself at its end.
    assert!(said.code == Some(1) && said.err.contains("counterpartd: the events were changed: "), "{}", said.err);
    assert!(!std::path::Path::new(&lost.bureau.path("office")).exists());
    // Left alone, it stands.
    let said = lost.bureau.bare(&lost.words());
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    lost.stands_and_one_is_not_enough();
}

/// Between its note and what it makes void: what it writes of one thing is let fall, and is said to be written.
#[test]
fn a_restore_of_which_a_trigger_takes_a_part_away_is_none() {
    let lost = Lost::new();
    let restores = lost.bureau.bare_begun(&lost.words());
    let lock = lost.bureau.path(".office.restoring/acting.lock");
    let lock = harness::eventually("its draft is there", || std::fs::File::create_new(&lock).ok());
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    restores.waits_for_a_lock();
    let mut hand = Hand::in_file(&lost.bureau.path(".office.restoring/events.sqlite")).unwrap();
    let of_it = format!("new.stream = 'thing/{}'", lost.approved);
    hand.does(&format!("CREATE TRIGGER x BEFORE INSERT ON event WHEN {of_it} BEGIN SELECT RAISE(IGNORE); END"));
    hand.does(
        "CREATE TRIGGER y BEFORE INSERT ON outbox WHEN NOT EXISTS (SELECT 1 FROM event WHERE number = new.event_number) \
         BEGIN SELECT RAISE(IGNORE); END",
    );
    drop(lock);
    let said = restores.ended();
    assert!(said.code != Some(0) && said.err.contains("the trigger \"x\" is too much"), "{}{}", said.text(), said.err);
    assert!(!std::path::Path::new(&lost.bureau.path("office")).exists());
    drop(hand);
    let said = lost.bureau.bare(&lost.words());
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    lost.stands_and_one_is_not_enough();
}

#[test]
fn a_restore_brings_in_all_or_is_none() {
    let lost = Lost::new();
    let restores = lost.bureau.bare_begun(&lost.words());
    let lock = lost.bureau.path(".office.restoring/acting.lock");
    let lock = harness::eventually("its draft is there", || std::fs::File::create_new(&lock).ok());
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    restores.waits_for_a_lock();
    drop(lock);
    let said = restores.ended();
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    lost.stands_and_one_is_not_enough();
}
