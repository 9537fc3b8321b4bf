//! `counterpartd scrub`: the role that reads every object again and again, beside an office that is in use.
//!
//! Not one look by hand (`vault_faults.rs`). Needs Debian's `faketime`. Invariants: what rots while it runs is found and said once; what is
//! destroyed while it runs stays destroyed; a kill costs no look that was noted; a store that is away is no finding.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;
#[path = "harness/vault_faults.rs"]
mod vault_faults;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use harness::eventually;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use vault_faults::Office;

const EVENTS: &str = "office/events.sqlite";

/// A scrub that runs on. Ended hard when dropped.
struct Scrub {
    child: Child,
    lines: Arc<Mutex<String>>,
}

impl Scrub {
    /// Starts it, and waits until it is ready.
    fn start(office: &Office, more: &[&str]) -> Scrub {
        Scrub::of(office.command(&[&["scrub", "--store-retry", "200ms"], more].concat()))
    }

    fn of(mut command: Command) -> Scrub {
        // Nothing that opens a key is needed.
        command.env_remove("COUNTERPART_OFFICE_PASSPHRASE").env_remove("COUNTERPART_ACCOUNT_KEY");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        if !line.starts_with("scrubbing ") {
            stderr.read_to_string(&mut line).unwrap();
            panic!("it did not start: {line}");
        }
        let lines = Arc::new(Mutex::new(String::new()));
        let its = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                *its.lock().unwrap() += &(line + "\n");
            }
        });
        Scrub { child, lines }
    }

    /// How often it has said this.
    fn said(&self, words: &str) -> usize {
        self.lines.lock().unwrap().matches(words).count()
    }

    fn says(&self, words: &str) {
        eventually(words, || (self.said(words) > 0).then_some(()));
    }

    /// Asks it to stop; its exit code.
    fn stop(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        eventually("the scrub ends", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for Scrub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many looks the role has made since it was started.
fn looks(office: &Office) -> i64 {
    office.count(EVENTS, "SELECT things FROM scrub_role")
}

/// Waits for so many more looks.
fn more_looks(office: &Office, more: i64) {
    let before = looks(office);
    eventually("looks", || (looks(office) >= before + more).then_some(()));
}

/// What `vault status` says of the scrub, and its exit code.
fn status(office: &Office) -> (Option<i32>, Value) {
    let said = office.run(&["vault", "status", "--json"]);
    let value: Value = serde_json::from_str(&said.out).unwrap_or_else(|err| panic!("{err}: {said:?}"));
    (said.code, value["scrub"].clone())
}

/// How many events of a thing have this name.
fn events(office: &Office, id: &str, name: &str) -> usize {
    let shown = office.show(id);
    shown["events"].as_array().unwrap().iter().filter(|event| event.to_string().contains(name)).count()
}

fn flip(object: &Path) {
    let mut bytes = std::fs::read(object).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(object, bytes).unwrap();
}

fn with_second(office: &Office) {
    let second = office.path("second");
    vault::store::Folder::make(Path::new(&second)).unwrap();
    office.edit("at = \"objects\"", &format!("at = \"objects\"\nsecond = \"{second}\""));
    // It is marked as this office's by whatever opens it.
    office.vault(&["list", "--claim-store", "0"]);
}

#[test]
fn what_rots_later_is_found_and_said_once() {
    let office = Office::new();
    let scrub = Scrub::start(&office, &["--every", "100ms"]);
    more_looks(&office, 2);
    let (code, told) = status(&office);
    assert_eq!((code, &told["rotten"], &told["never"]), (Some(0), &0.into(), &0.into()), "{told}");
    assert_eq!((&told["newest"]["found"], &told["running"]["trouble"]), (&"whole".into(), &Value::Null), "{told}");
    let object = &office.objects()[0];
    flip(object);
    scrub.says("rotten in main, and not repaired");
    more_looks(&office, 3);
    assert_eq!(scrub.said("rotten in main, and not repaired"), 1, "said again without anything new");
    assert_eq!(scrub.said("not repaired; \"vault status\" names them"), 1, "all of them together, and not each round");
    assert_eq!(events(&office, &office.letter, "rotten"), 1);
    let (code, told) = status(&office);
    assert_eq!((code, &told["rotten"], &told["newest"]["found"]), (Some(1), &1.into(), &"rotten".into()), "{told}");
    assert_eq!(
        (&told["unwell"][0]["thing"], &told["unwell"][0]["found"]),
        (&(*office.letter).into(), &"rotten".into())
    );
    flip(object);
    scrub.says("whole again in main");
    assert_eq!(status(&office).0, Some(0));
    assert_eq!(scrub.stop(), Some(0));
    assert_eq!(status(&office).1["running"], Value::Null);
}

#[test]
fn nothing_is_written_into_a_store_that_is_not_known_to_be_this_offices() {
    let office = Office::new();
    let second = office.path("second");
    vault::store::Folder::make(Path::new(&second)).unwrap();
    office.edit("at = \"objects\"", &format!("at = \"objects\"\nsecond = \"{second}\""));
    let is_empty = || std::fs::read_dir(Path::new(&second).join("objects")).unwrap().count() == 0;
    let scrub = Scrub::start(&office, &["--every", "100ms"]);
    scrub.says("second: no mark says whose the store is");
    assert!(is_empty());
    // By a slip it is the store of another office.
    let mark = format!("counterpart/store-owner/v1\nowner: {}\n", "7".repeat(64));
    std::fs::write(Path::new(&second).join("owner"), mark).unwrap();
    scrub.says("main and second show the marks of two offices");
    let mut scrub = scrub;
    assert_eq!(eventually("the scrub ends", || scrub.child.try_wait().unwrap()).code(), Some(3));
    assert!(is_empty());
    assert_eq!(events(&office, &office.letter, "missing"), 0, "what was never there is not missed");
}

#[test]
fn a_row_that_is_no_event_keeps_no_other_thing_from_being_looked_at() {
    let (office, _) = Office::with_due();
    let strange = |stream: &str, number: i64| {
        format!(
            "INSERT INTO event (number, stream, position, at_us, clear, salt, hash) \
             SELECT {number}, '{stream}', MAX(position) + 1, 0, X'7B7D', X'00', X'00' FROM event WHERE stream = '{stream}'"
        )
    };
    let letter = format!("thing/{}", office.letter);
    assert_eq!(office.change(EVENTS, &strange(&letter, 900_000)), 1);
    let scrub = Scrub::start(&office, &["--every", "100ms"]);
    more_looks(&office, 2);
    scrub.says("nothing is noted of it: event 900000: ");
    // A row at the staff's end says nothing of what lies in a store.
    assert_eq!(office.change(EVENTS, &strange("staff", 900_001)), 1);
    more_looks(&office, 2);
    assert_eq!(scrub.stop(), Some(0));
    // Whoever has the office key takes both out.
    assert!(office.run(&["vault", "list"]).err.starts_with("note: 2 rows behind the newest event"));
}

#[test]
fn what_rots_is_repaired_from_the_second_store() {
    let office = Office::new();
    with_second(&office);
    let scrub = Scrub::start(&office, &["--every", "100ms"]);
    scrub.says("repaired in second from main");
    let object = &office.objects()[0];
    let whole = std::fs::read(object).unwrap();
    flip(object);
    scrub.says("repaired in main from second");
    more_looks(&office, 2);
    assert_eq!(std::fs::read(object).unwrap(), whole);
    // One that would take days to read to its end.
    std::fs::remove_file(object).unwrap();
    std::fs::File::create(object).unwrap().set_len(7 << 40).unwrap();
    let again = "repaired in main from second";
    eventually(again, || (scrub.said(again) > 1).then_some(()));
    more_looks(&office, 2);
    assert_eq!(std::fs::read(object).unwrap(), whole);
    // One file with a name in each store is one copy and not two.
    let second = office.files("second/objects").pop().unwrap();
    std::fs::remove_file(&second).unwrap();
    std::fs::hard_link(object, &second).unwrap();
    let again = "repaired in second from main";
    eventually(again, || (scrub.said(again) > 1).then_some(()));
    assert_eq!((object.metadata().unwrap().nlink(), std::fs::read(&second).unwrap()), (1, whole));
    let (code, told) = status(&office);
    assert_eq!((code, &told["repairs"], &told["rotten"]), (Some(0), &4.into(), &0.into()), "{told}");
    assert_eq!(events(&office, &office.letter, "repaired"), 2, "the last of each store");
    assert_eq!(scrub.stop(), Some(0));
}

#[test]
fn a_killed_one_goes_on_where_it_was() {
    let office = Office::new();
    let mut scrub = Scrub::start(&office, &["--every", "1d", "--rate", "100kB/s"]);
    more_looks(&office, 1 - looks(&office));
    let first = office.count(EVENTS, "SELECT looked_us FROM scrub");
    office.take("large", &vec![7; 3_000_000], "2026-02-01");
    // The new one is read slowly, from the next time on that something new is looked for.
    scrub.child.kill().unwrap();
    scrub.child.wait().unwrap();
    let scrub = Scrub::start(&office, &["--every", "1d", "--rate", "100kB/s"]);
    let reads = format!("/proc/{}/fd", scrub.child.id());
    let large = office.objects().into_iter().find(|object| object.metadata().unwrap().len() > 1_000_000).unwrap();
    let is_open = || {
        let mut open = std::fs::read_dir(&reads).unwrap();
        open.any(|fd| std::fs::read_link(fd.unwrap().path()).is_ok_and(|to| to == large)).then_some(())
    };
    eventually("the large one is read", is_open);
    drop(scrub);
    let (_, told) = status(&office);
    assert_eq!((&told["never"], &told["running"]), (&1.into(), &Value::Null), "half a look is none: {told}");
    let scrub = Scrub::start(&office, &["--every", "1d"]);
    eventually("the rest is looked at", || (looks(&office) == 1).then_some(()));
    let (_, told) = status(&office);
    assert_eq!((&told["never"], &told["running"]["within"], &told["objects"]), (&0.into(), &2.into(), &2.into()));
    assert_eq!(office.count(EVENTS, "SELECT MIN(looked_us) FROM scrub"), first, "looked at again");
    assert_eq!(scrub.stop(), Some(0));
}

#[test]
fn what_is_destroyed_while_it_is_read_is_gone() {
    let office = Office::new();
    with_second(&office);
    // The letter first, so that nothing else is left to look at.
    assert_eq!(office.scrub().1["repaired"], 1);
    let id = office.take("large", &vec![7; 300_000], "2020-01-01");
    let subject = office.vault(&["propose", &id]);
    office.vault(&["approve", &id, "--subject", subject.trim_end()]);
    office.as_ben(&["approve", &id, "--subject", subject.trim_end()]);
    // It would be brought back from the second store, which is read for five minutes.
    let large = office.objects().into_iter().find(|object| object.metadata().unwrap().len() > 200_000).unwrap();
    std::fs::remove_file(large).unwrap();
    let scrub = Scrub::start(&office, &["--every", "1d", "--rate", "1kB/s"]);
    let reads = format!("/proc/{}/fd", scrub.child.id());
    let open = || {
        let links = std::fs::read_dir(&reads).unwrap().flat_map(|fd| std::fs::read_link(fd.unwrap().path()));
        links.filter(|to| to.to_string_lossy().contains("/second/objects/")).count()
    };
    eventually("the large one is read", || (open() > 0).then_some(()));
    let told = office.vault(&["destroy", &id]);
    assert!(told.starts_with("destroyed on "), "{told}");
    eventually("it is read no more", || (open() == 0).then_some(()));
    assert_eq!((office.objects().len(), office.files("second/objects").len()), (1, 1), "it came back");
    assert_eq!(events(&office, &id, "missing") + events(&office, &id, "repaired"), 0);
    assert_eq!(scrub.said(&id), 0);
    assert_eq!(scrub.stop(), Some(0));
}

#[test]
fn what_is_destroyed_before_it_is_repaired_is_left_alone() {
    let (office, id) = Office::with_due();
    with_second(&office);
    let ends = |path: &Path, id: &str| path.to_string_lossy().ends_with(id);
    assert_eq!(office.scrub().1["repaired"], 2);
    // Of the second store, which had nothing yet.
    let noted = |name: &str| events(&office, &id, name);
    assert_eq!((noted("missing"), noted("repaired")), (1, 1));
    let shown = office.show(&id);
    let digest = harness::office::find(&shown["events"], "object").unwrap();
    let object = office.objects().into_iter().find(|object| ends(object, &digest)).unwrap();
    std::fs::remove_file(object).unwrap();
    // Somebody destroys something else, for long enough that the scrub sees what is missing and the destruction of it waits.
    let lock = std::fs::File::options().append(true).open(office.path("office/destroying.lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let scrub = Scrub::start(&office, &["--every", "1ms", "--log-level", "debug"]);
    scrub.says("somebody destroys; waiting");
    let destroying = office.spawn(&["vault", "destroy", &id]);
    eventually("the destruction waits", || {
        let waits = format!("-> FLOCK  ADVISORY  WRITE {} ", destroying.id());
        std::fs::read_to_string("/proc/locks").unwrap().contains(&waits).then_some(())
    });
    drop(lock);
    let said = vault_faults::ended(destroying);
    assert!(said.out.starts_with("destroyed on "), "{said:?}");
    more_looks(&office, 2);
    assert_eq!(
        (scrub.said("missing in main"), scrub.said("repaired in main")),
        (0, 0),
        "{}",
        scrub.lines.lock().unwrap()
    );
    assert_eq!((noted("missing"), noted("repaired")), (1, 1));
    let left = office.objects().into_iter().chain(office.files("second/objects")).filter(|path| ends(path, &digest));
    assert_eq!(left.count(), 0, "it came back");
    assert_eq!(scrub.stop(), Some(0));
}

#[test]
fn a_store_that_is_away_is_waited_for() {
    let office = Office::new();
    let scrub = Scrub::start(&office, &["--every", "100ms"]);
    more_looks(&office, 1);
    // Where a disk is not mounted the folder may be there, and empty.
    let (objects, away) = (office.path("office/objects"), office.path("office/away"));
    std::fs::rename(&objects, &away).unwrap();
    std::fs::create_dir(&objects).unwrap();
    scrub.says("no folder of objects is there");
    let before = looks(&office);
    // It tries several times meanwhile: what it would find is noted and said.
    let said = office.run(&["vault", "status"]);
    assert!(said.code == Some(1) && said.out.contains("store      main is away: "), "{said:?}");
    assert_eq!(looks(&office), before);
    std::fs::remove_dir(&objects).unwrap();
    std::fs::rename(&away, &objects).unwrap();
    scrub.says("what was waited for is there again");
    more_looks(&office, 1);
    assert_eq!(scrub.said("nothing can be looked at; waiting"), 1, "{}", scrub.lines.lock().unwrap());
    assert_eq!((scrub.said("missing"), events(&office, &office.letter, "missing")), (0, 0));
    assert_eq!(status(&office).1["running"]["trouble"], Value::Null);
    assert_eq!(scrub.stop(), Some(0));
}

#[test]
fn looks_are_due_by_the_clock() {
    let office = Office::new();
    let second = office.take("second-letter", b"another", "2026-02-01");
    let at = |off: &str| {
        let mut faked = office.command(&["scrub", "--every", "30d"]);
        faked.envs(harness::off_by(off));
        let scrub = Scrub::of(faked);
        scrub.says("all that was due is looked at");
        scrub.stop()
    };
    assert_eq!(at("+0d"), Some(0));
    assert_eq!(looks(&office), 2);
    let first = office.count(EVENTS, "SELECT MIN(looked_us) FROM scrub");
    assert_eq!(at("+31d"), Some(0), "both are due again after a month");
    assert_eq!(looks(&office), 2);
    assert!(office.count(EVENTS, "SELECT MIN(looked_us) FROM scrub") > first + 30 * 86_400_000_000);
    // What a clock that was ahead wrote down keeps nothing from being read now.
    assert_eq!(at("+0d"), Some(0));
    assert_eq!(looks(&office), 2);
    let now = first + 86_400_000_000;
    assert!(office.count(EVENTS, "SELECT MAX(looked_us) FROM scrub") < now, "{second}");
}

#[test]
fn two_of_them_and_wrong_words_are_refused() {
    let office = Office::new();
    let scrub = Scrub::start(&office, &[]);
    let nowhere = office.path("nowhere");
    for (args, line) in [
        (&["scrub"][..], "a scrub of this office runs already"),
        (&["scrub", "--office", &nowhere], "nowhere: no office here"),
        (&["scrub", "--every", "7"], "a span is a number with its unit: 10s, 5m, 1h, 30d"),
        (&["scrub", "--rate", "20"], "a rate is a number with its unit: 500kB/s, 20MB/s, 1GB/s"),
    ] {
        let said = office.run(args);
        assert!(said.code == Some(2) && said.is_one_clear_line() && said.err.contains(line), "{args:?}: {said:?}");
    }
    assert_eq!(scrub.stop(), Some(0));
    assert_eq!(Scrub::start(&office, &[]).stop(), Some(0), "the lock went with the one that had it");
}
