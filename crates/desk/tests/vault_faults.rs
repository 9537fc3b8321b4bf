//! An office under faults: killed, disks that fail or lie, services that are busy or lie, two programs at once.
//!
//! Not the way of an office without faults, nor the keyring and the stores by themselves (`vault`'s own tests). Needs `strace`, and
//! Debian's `radosgw` and what belongs to it. Each test tries some of the calls; `COUNTERPART_TEST_POINTS=all` tries all of them
//! (`cargo xtask faults office`). Invariant: a fault that did not fire is a failed test.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;
#[path = "harness/vault_faults.rs"]
mod vault_faults;

use std::process::Child;

use ceph::{Ceph, Manner, Road};
use harness::eventually;
use vault::keyring::State;
use vault::store::{Bucket, Digest, Store as _};
use vault_faults::{LETTER, Office, Point, Said, chosen, ended};

/// What is taken in under faults.
const NEW: &[u8] = b"the letter that is taken in while a disk fails\n";
const KILL: &str = "signal=SIGKILL";
const FAULTS: [&str; 3] = [KILL, "error=EIO", "error=ENOSPC"];

/// The arguments of a take of a file.
fn take(file: &str) -> [&str; 9] {
    ["vault", "take", file, "--kind", "letter", "--made", "2026-02-01", "--title", "new"]
}

/// After a take that did or did not succeed: nothing is lost, nothing is half there, nothing is left.
fn all_or_nothing(office: &Office, said: &Said, new: &[u8], what: &str) {
    let things = office.things();
    if let Some(id) = said.first_line() {
        assert_eq!(
            things.get(id).map(String::as_str),
            Some("kept"),
            "{what}: what was said to be kept is not: {said:?}"
        );
    } else if said.code.is_some() {
        assert!(said.is_one_clear_line(), "{what}: {said:?}");
    }
    assert!((1..=2).contains(&things.len()) && things.contains_key(&office.letter), "{what}: {things:?}");
    for id in things.keys() {
        let expected = if *id == office.letter { LETTER } else { new };
        let read = office.read(id);
        assert!(read.code == Some(0) && read.out.as_bytes() == expected, "{what}: {id}: {:?}", read.err);
    }
    let entries = office.keyring();
    assert!(entries.iter().all(|entry| matches!(entry.state, State::Kept { .. })), "{what}: {entries:?}");
    assert_eq!(entries.len(), things.len(), "{what}: a key without its thing");
    office.age_drafts();
    let (code, figures) = office.scrub();
    assert_eq!((code, &figures["whole"]), (Some(0), &things.len().into()), "{what}: {figures}");
    assert_eq!(office.objects().len(), things.len(), "{what}: an object of nothing is left");
    assert_eq!(office.files("office/objects/.new"), Vec::<std::path::PathBuf>::new(), "{what}");
}

#[test]
fn a_take_that_is_broken_off_keeps_all_or_nothing() {
    let before = Office::new();
    let traced = before.copy();
    let (said, points) = traced.points(&take(&traced.file("new", NEW)));
    all_or_nothing(&traced, &said, NEW, "no fault");
    assert!(points.len() > 60, "{}", points.len());
    let (mut tried, mut kept) = (0, 0);
    for (number, point) in chosen(points, 36).into_iter().enumerate() {
        let what = FAULTS[number % FAULTS.len()];
        let args = |office: &Office| take(&office.file("new", NEW)).map(str::to_owned);
        let Some((office, said)) = before.struck(args, &point, what) else { continue };
        all_or_nothing(&office, &said, NEW, &format!("{what} at {point:?}"));
        tried += 1;
        kept += usize::from(office.things().len() == 2);
    }
    assert!(tried >= 30 && kept > 0 && kept < tried, "{kept} of {tried} kept");
    println!("figures: {tried} faults in a take, {kept} times kept");
}

/// Names in a certificate's database.
const EVENTS: &str = "office/events.sqlite";

/// Destroyed once, certified once, and gone from every file.
fn destroyed_once(office: &Office, id: &str, wrapped: &[u8], what: &str) {
    assert_eq!(office.things()[id], "destroyed", "{what}");
    assert_eq!(office.count(EVENTS, "SELECT count(*) FROM certificate"), 1, "{what}");
    assert_eq!(office.count(EVENTS, "SELECT count(*) FROM outbox WHERE what = 'certificate'"), 1, "{what}");
    let certificate = office.vault(&["certificate", id]);
    let judged = seal::certificate::verify(certificate.as_bytes(), Some(&vault_faults::policy()));
    assert_eq!(judged.outcome().name(), "destroyed", "{what}: {certificate}");
    assert!(!office.has(&wrapped[12..]), "{what}: its key is still in the files");
    let entries = office.keyring();
    let erased = entries.iter().find(|entry| matches!(entry.state, State::Erased { .. })).unwrap();
    assert!(matches!(erased.state, State::Erased { certificate: Some(_), .. }), "{what}: {erased:?}");
    assert_eq!(office.objects().len(), 1, "{what}: its object is still there");
    assert_eq!(office.files("state"), Vec::<std::path::PathBuf>::new(), "{what}: a copy is still there");
    assert_eq!(office.read(&office.letter).out.as_bytes(), LETTER, "{what}");
}

#[test]
fn a_destruction_that_is_killed_goes_on_to_one_certificate() {
    let (before, id) = Office::with_due();
    let wrapped = before.kept("wrapped", &id);
    let args = ["vault", "destroy", &id];
    let traced = before.copy();
    let (said, points) = traced.points(&args);
    assert!(said.out.starts_with("destroyed on "), "{said:?}");
    destroyed_once(&traced, &id, &wrapped, "no fault");
    let (mut tried, mut begun) = (0, 0);
    for point in chosen(points, 20) {
        let what = format!("killed at {point:?}");
        let Some((office, _)) = before.struck(|_| args.map(str::to_owned), &point, KILL) else { continue };
        if office.count(EVENTS, "SELECT count(*) FROM certificate") > 0 {
            assert!(!office.has(&wrapped[12..]), "{what}: certified, and its key is in the files");
        }
        let phase = office.things()[&id].clone();
        assert!(phase == "kept" || phase == "destroyed", "{what}: {phase} after an opening");
        begun += usize::from(phase == "destroyed");
        let again = office.run(&args);
        assert!(again.code == Some(0) && again.out.contains("log index"), "{what}: {again:?}");
        destroyed_once(&office, &id, &wrapped, &what);
        tried += 1;
    }
    assert!(tried >= 15 && begun > 0 && begun < tried, "{begun} of {tried} had begun");
    println!("figures: {tried} kills in a destruction, {begun} had begun");
}

/// The keyring and the events know of the same holds.
fn holds_agree(office: &Office, what: &str) -> Vec<String> {
    let holds = office.holds(&office.letter);
    let standing = office.count("keys/one", "SELECT count(*) FROM hold WHERE standing = 1");
    assert_eq!(standing, holds.len() as i64, "{what}");
    holds
}

#[test]
fn a_hold_that_was_said_stands_and_one_that_ends_does_not_go_before() {
    let before = Office::new();
    let letter = before.letter.clone();
    let hold = ["vault", "hold", &letter, "--authority", "court", "--reason", "an order"];
    let (_, points) = before.copy().points(&hold);
    let mut tried = 0;
    for (number, point) in chosen(points, 12).into_iter().enumerate() {
        let what = FAULTS[number % 2];
        let Some((office, said)) = before.struck(|_| hold.map(str::to_owned), &point, what) else { continue };
        let holds = holds_agree(&office, &format!("{what} at {point:?}"));
        if let Some(hold) = said.first_line() {
            assert!(holds.iter().any(|one| one == hold), "{what} at {point:?}: a hold that was said is not there");
        }
        tried += 1;
    }
    let placed = before.vault(&hold[1..]);
    before.vault(&["release", &letter, placed.trim_end(), "--reason", "it is over"]);
    before.vault(&["approve-release", &letter, placed.trim_end()]);
    let ben = before.path("keys/ben.key");
    let release = ["vault", "approve-release", "--as", &ben, &letter, placed.trim_end()];
    let (said, points) = before.copy().points(&release);
    assert!(said.out.starts_with("ended"), "{said:?}");
    let (mut ended, mut stood) = (0, 0);
    for (number, point) in chosen(points, 14).into_iter().enumerate() {
        let what = FAULTS[number % 2];
        let Some((office, said)) = before.struck(|_| release.map(str::to_owned), &point, what) else { continue };
        let holds = holds_agree(&office, &format!("{what} at {point:?}"));
        assert!(!said.out.starts_with("ended") || holds.is_empty(), "{what} at {point:?}: {said:?}");
        (ended, stood) = (ended + usize::from(holds.is_empty()), stood + usize::from(!holds.is_empty()));
        tried += 1;
    }
    assert!(tried >= 20 && ended > 0 && stood > 0, "{ended} ended, {stood} stood");
    println!("figures: {tried} faults in holds");
}

#[test]
fn a_change_of_the_office_key_that_is_killed_leaves_one_that_opens() {
    let before = Office::new();
    let rotate = |office: &Office| ["vault", "rotate", "--new-key", &office.path("keys/new.key")].map(str::to_owned);
    let traced = before.copy();
    let (said, points) = traced.points(&rotate(&traced).each_ref().map(String::as_str));
    assert_eq!(said.code, Some(0), "{said:?}");
    let (mut tried, mut old) = (0, 0);
    for point in chosen(points, 9) {
        let Some((office, _)) = before.struck(rotate, &point, KILL) else { continue };
        let said = office.run(&["vault", "list"]);
        if said.code == Some(0) {
            old += 1;
        } else {
            assert!(said.is_one_clear_line() && said.err.contains("key"), "{point:?}: {said:?}");
            office.edit("keys/office.key", "keys/new.key");
        }
        assert_eq!(office.read(&office.letter).out.as_bytes(), LETTER, "{point:?}");
        // Every event has the tag of its time, also where the machine stopped between keyring and events.
        let said = office.run(&["vault", "status"]);
        assert!(said.out.contains("events, each chained to the one before"), "{point:?}: {said:?}");
        tried += 1;
    }
    assert!(tried >= 6 && old > 0 && old < tried, "{old} of {tried}");
    println!("figures: {tried} kills in a change of the office key");
}

#[test]
fn a_backup_that_is_killed_is_none_and_a_restore_that_is_killed_works_again() {
    let before = Office::new();
    let backup = |office: &Office| office.path("backup");
    let restored = |office: &Office| office.path("restored");
    let data = vault_faults::log_data();
    let args = |office: &Office| ["backup", "--to", &backup(office), "--log-data", &data].map(str::to_owned);
    let traced = before.copy();
    let (said, points) = traced.points(&args(&traced).each_ref().map(String::as_str));
    assert_eq!(said.code, Some(0), "{said:?}");
    let mut tried = 0;
    for point in chosen(points, 8) {
        let Some((office, _)) = before.struck(args, &point, KILL) else { continue };
        if !std::path::Path::new(&(backup(&office) + "/backup.json")).exists() {
            let said = office.run(&["restore", "--from", &backup(&office), "--office", &restored(&office)]);
            assert!(said.code == Some(2) && said.is_one_clear_line(), "{point:?}: {said:?}");
            assert!(!std::path::Path::new(&restored(&office)).exists(), "{point:?}");
        }
        assert_eq!(office.read(&office.letter).out.as_bytes(), LETTER, "{point:?}");
        tried += 1;
    }
    let office = &before;
    let said = office.run(&["backup", "--to", &backup(office), "--log-data", &data]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let hold = office.vault(&["hold", &office.letter, "--authority", "court", "--reason", "since the backup"]);
    let args = |office: &Office| {
        let (from, to, log) = (backup(office), office.path("office"), office.path("log"));
        // A copy of an office lies elsewhere, and says so in each office.toml.
        let settings = office.path("backup/office.toml");
        ["restore", "--from", &from, "--office", &to, "--log-data", &log, "--settings", &settings, "--events-lost", "1"]
            .map(str::to_owned)
    };
    let lost = |office: &Office| {
        std::fs::remove_dir_all(office.path("office")).unwrap();
        args(office)
    };
    let traced = before.copy();
    let (said, points) = traced.points(&lost(&traced).each_ref().map(String::as_str));
    assert_eq!(said.code, Some(0), "{said:?}");
    for point in chosen(points, 14) {
        let Some((office, _)) = before.struck(lost, &point, KILL) else { continue };
        let words = args(&office);
        let words = words.each_ref().map(String::as_str);
        if !std::path::Path::new(&office.path("office")).exists() {
            let mut again = office.run(&words);
            if let Some((_, number)) = again.err.trim_end().split_once("--events-lost ") {
                // The keyring had been told of it already, just before the office got its name.
                again = office.run(&[&words[..words.len() - 1], &[number]].concat());
            }
            assert_eq!(again.code, Some(0), "{point:?}: {again:?}");
        }
        assert_eq!(office.holds(&office.letter), [hold.trim_end()], "{point:?}");
        assert_eq!(office.read(&office.letter).out.as_bytes(), LETTER, "{point:?}");
        assert!(std::path::Path::new(&office.path("log/checkpoint")).exists(), "{point:?}");
        tried += 1;
    }
    assert!(tried >= 16, "{tried}");
    println!("figures: {tried} kills in backups and restores");
}

#[test]
fn a_disk_that_lies_about_an_object_is_found_out() {
    let large: Vec<u8> = (0..64_u32 << 20).map(|number| (number >> 8) as u8 ^ number as u8).collect();
    for inject in ["pwrite64:retval=4096:when=1", "pwrite64:error=ENOSPC:when=1", "fdatasync:error=EIO:when=1"] {
        let office = Office::new();
        let said = office.struck_in_object(&take(&office.file("large", &large)), inject);
        assert!(said.code != Some(0) && said.out.is_empty(), "{inject}: {said:?}");
        all_or_nothing(&office, &said, NEW, inject);
    }
}

fn rot(office: &Office, flip: bool) {
    let objects = office.objects();
    let [object] = objects.as_slice() else { panic!("{objects:?}") };
    if !flip {
        return std::fs::remove_file(object).unwrap();
    }
    let mut bytes = std::fs::read(object).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(object).unwrap();
    std::fs::write(object, bytes).unwrap();
}

#[test]
fn what_is_rotten_or_missing_is_repaired_or_said() {
    for flip in [true, false] {
        let office = Office::new();
        rot(&office, flip);
        let (code, figures) = office.scrub();
        let word = if flip { "rotten" } else { "missing" };
        assert_eq!((code, &figures[word]), (Some(1), &1.into()), "{figures}");
        assert!(figures["findings"][0].as_str().unwrap().contains(word), "{figures}");
        let read = office.read(&office.letter);
        assert!(read.code != Some(0) && read.out.is_empty() && read.is_one_clear_line(), "{read:?}");

        let office = Office::new();
        let second = office.path("second");
        vault::store::Folder::make(std::path::Path::new(&second)).unwrap();
        office.edit("at = \"objects\"", &format!("at = \"objects\"\nsecond = \"{second}\""));
        assert_eq!(office.scrub_new_store().1["repaired"], 1, "the second store has it now too");
        rot(&office, flip);
        assert_eq!(office.read(&office.letter).out.as_bytes(), LETTER, "from the second store");
        let (code, figures) = office.scrub();
        assert_eq!((code, &figures["repaired"]), (Some(0), &1.into()), "{figures}");
        assert!(figures["findings"][0].as_str().unwrap().ends_with("repaired in main from second"), "{figures}");
        let (code, figures) = office.scrub();
        assert_eq!((code, &figures["whole"]), (Some(0), &1.into()), "{figures}");
    }
}

/// Both to their ends, and neither says anything of SQLite's.
fn both(one: Child, other: Child) -> (Said, Said) {
    let both = (ended(one), ended(other));
    for said in [&both.0, &both.1] {
        assert!(said.code == Some(0) || said.is_one_clear_line(), "{said:?}");
        assert!(!said.err.contains("SQLite") && !said.err.contains("database is locked"), "{said:?}");
    }
    both
}

#[test]
fn two_takes_at_once_are_both_kept() {
    let office = Office::new();
    let (one, other) = (office.file("one", b"one"), office.file("other", b"other"));
    for _ in 0..3 {
        let said = both(office.spawn(&take(&one)), office.spawn(&take(&other)));
        for (said, bytes) in [(said.0, "one"), (said.1, "other")] {
            assert_eq!(said.code, Some(0), "{said:?}");
            assert_eq!(office.read(said.first_line().unwrap()).out, bytes);
        }
    }
    assert_eq!(office.things().len(), 7);
    assert_eq!(office.scrub().1["whole"], 7);
}

#[test]
fn a_hold_and_a_destruction_at_once_have_one_outcome() {
    let (before, id) = Office::with_due();
    let hold = ["vault", "hold", &id, "--authority", "court", "--reason", "an order"];
    let destroy = ["vault", "destroy", &id];
    // The destruction waits where it is about to begin, about to erase, and about to certify; or the hold waits.
    let waits = |nth: usize, file: &str| Point { call: "flock".to_owned(), file: file.to_owned(), nth };
    let (acting, destroying) = ("office/acting.lock", "office/destroying.lock");
    let mut outcomes = [0, 0];
    for (is_hold_late, point) in [
        (false, Some(waits(1, destroying))),
        (false, Some(waits(2, acting))),
        (true, Some(waits(2, acting))),
        (true, None),
        (false, None),
    ] {
        let office = before.copy();
        let start = |args: &[&str], is_late: bool| match &point {
            Some(point) if is_late => office.delayed(args, point, 3),
            _ => office.spawn(args),
        };
        let (destroyed, held) = if is_hold_late {
            let holding = start(&hold, true);
            if point.is_some() {
                // It was told that it may, and waits.
                eventually("the hold has begun", || office.strace_log().contains("flock").then_some(()));
            }
            let (held, destroyed) = both(holding, start(&destroy, false));
            (destroyed, held)
        } else {
            let destroying = start(&destroy, true);
            if point.as_ref().is_some_and(|point| point.file == acting) {
                let begun = "SELECT count(*) FROM event WHERE clear LIKE '%\"destroying\"%'";
                eventually("the destruction has begun", || (office.count(EVENTS, begun) > 0).then_some(()));
            }
            both(destroying, start(&hold, false))
        };
        let what = format!("{point:?}: {destroyed:?} {held:?}");
        if point.is_some() {
            assert!(office.strace_log().contains("(DELAYED)"), "no wait: {what}");
        }
        let phase = office.things()[&id].clone();
        if let Some(hold) = held.first_line() {
            assert!(destroyed.code == Some(1) && phase == "kept", "{what}");
            assert_eq!(office.holds(&id), [hold], "{what}");
            assert_eq!(office.read(&id).code, Some(0), "{what}");
            outcomes[0] += 1;
        } else {
            assert!(destroyed.code == Some(0) && phase == "destroyed", "{what}");
            assert_eq!(office.count("keys/one", "SELECT count(*) FROM hold WHERE standing = 1"), 0, "{what}");
            outcomes[1] += 1;
        }
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "{outcomes:?}");
}

#[test]
fn two_destructions_of_one_thing_make_one_certificate() {
    let (before, id) = Office::with_due();
    let wrapped = before.kept("wrapped", &id);
    for _ in 0..3 {
        let office = before.copy();
        let destroy = ["vault", "destroy", &id];
        let said = both(office.spawn(&destroy), office.spawn(&destroy));
        for said in [&said.0, &said.1] {
            assert!(said.code == Some(0) && said.out.starts_with("destroyed on "), "{said:?}");
        }
        destroyed_once(&office, &id, &wrapped, "two at once");
    }
}

/// What comes in while a scrub looks is not taken for something that belongs to nothing.
#[test]
fn a_take_during_a_scrub_is_kept() {
    let office = Office::new();
    let point = Point { call: "flock".to_owned(), file: "office/taking.lock".to_owned(), nth: 2 };
    let mut scrub = office.delayed(&["vault", "scrub", "--remove-unknown", "--json"], &point, 4);
    // It has opened the office.
    eventually("the scrub has begun", || office.strace_log().contains("flock").then_some(()));
    let taken = office.run(&take(&office.file("new", NEW)));
    assert!(scrub.try_wait().unwrap().is_none(), "the scrub did not wait");
    let said = ended(scrub);
    assert!(office.strace_log().contains("(DELAYED)"), "{said:?}");
    assert_eq!(said.code, Some(0), "{said:?}");
    all_or_nothing(&office, &taken, NEW, "a scrub beside it");
    assert_eq!(office.things().len(), 2);
}

/// An office whose objects are in a bucket, behind a road.
struct InBucket {
    office: Office,
    road: Road,
    bucket: String,
    due: String,
}

impl InBucket {
    /// Every version is kept there; `locks` says whether objects can be locked.
    fn new(stem: &str, locks: bool) -> InBucket {
        let gateway = Ceph::shared().main();
        let name = gateway.new_name(stem);
        if locks {
            gateway.make_locking_bucket(&name);
        } else {
            gateway.make_bucket(&name);
            gateway.keep_versions(&name);
        }
        let road = Road::to(gateway);
        let mut office = Office::new();
        office.environment = road.environment();
        // What was in the folder comes over as from a second store.
        let bucket = format!("at = \"s3://{name}/office\"");
        office.edit("at = \"objects\"", &format!("{bucket}\nsecond = \"objects\""));
        assert_eq!(office.scrub_new_store().1["repaired"], 1);
        office.edit("second = \"objects\"\n", "");
        let due = office.due_thing();
        InBucket { office, road, bucket: name, due }
    }

    /// Every version and marker that the bucket has of a thing's object.
    fn versions(&self, digest: &Digest) -> usize {
        let list = Ceph::shared().main().ask("GET", &format!("/{}?versions=", self.bucket), &[], b"").text();
        list.matches(&digest.to_string()).count()
    }

    fn digest(&self, id: &str) -> Digest {
        Digest::new(self.office.kept("digest", id).try_into().unwrap())
    }

    /// The objects as a client of the bucket has them, past the road.
    fn store(&self) -> Bucket {
        Bucket::open(Ceph::shared().main().client(&self.bucket), &self.bucket, "office").unwrap()
    }
}

const ALWAYS: u32 = u32::MAX;

#[test]
fn a_bucket_that_is_busy_cut_or_old_is_asked_again_or_refused() {
    let site = InBucket::new("faults-busy", false);
    let (office, road) = (&site.office, &site.road);
    let file = office.file("new", NEW);
    let hindered = |manner: Manner, args: &[&str]| {
        let before = road.hindered();
        road.be(manner);
        let said = office.run(args);
        road.be(Manner::Clear);
        assert!(road.hindered() > before, "{manner:?} did not happen: {said:?}");
        said
    };
    let mut kept = 2;
    for manner in [Manner::Busy(2), Manner::LosesAnswers(1), Manner::Shortens(1), Manner::Busy(ALWAYS)] {
        let said = hindered(manner, &take(&file));
        let is_kept = said.code == Some(0);
        assert_eq!(is_kept, manner != Manner::Busy(ALWAYS), "{said:?}");
        assert!(is_kept || said.is_one_clear_line() && said.out.is_empty(), "{said:?}");
        kept += usize::from(is_kept);
        assert_eq!(office.things().len(), kept, "{manner:?}");
    }
    let read = ["vault", "read", &office.letter, "--purpose", "appeal", "--reference", "R"];
    for manner in [Manner::Busy(1), Manner::Cuts(1), Manner::Shortens(1)] {
        let said = hindered(manner, &read);
        assert_eq!(said.out.as_bytes(), LETTER, "{manner:?}: {said:?}");
    }
    let said = hindered(Manner::Shortens(ALWAYS), &read);
    assert!(said.code != Some(0) && said.out.is_empty() && said.is_one_clear_line(), "{said:?}");
    let said = hindered(Manner::Cuts(ALWAYS), &["vault", "scrub"]);
    assert!(said.code != Some(0) && !said.out.contains("0 rotten, 0 missing"), "{said:?}");
    let (code, figures) = office.scrub();
    assert_eq!((code, &figures["whole"]), (Some(0), &kept.into()), "{figures}");
}

#[test]
fn a_bucket_that_lies_about_a_removal_gets_no_certificate() {
    let site = InBucket::new("faults-lies", false);
    let (office, road, digest) = (&site.office, &site.road, site.digest(&site.due));
    let gateway = Ceph::shared().main();
    // Somebody deleted it in the service's own way, which hides it.
    let hidden = gateway.ask("DELETE", &format!("/{}/office/{}", site.bucket, digest.path()), &[], b"");
    assert_eq!((hidden.status, site.versions(&digest)), (204, 2));
    let destroy = ["vault", "destroy", &site.due];
    let lies = |spared: u32, manner: Manner| {
        let before = road.hindered();
        road.be_after(spared, manner);
        let said = office.run(&destroy);
        assert!(said.code != Some(0) && !said.out.contains("destroyed"), "{manner:?}: {said:?}");
        assert!(road.hindered() > before, "{manner:?} did not happen");
        assert_eq!(office.count(EVENTS, "SELECT count(*) FROM certificate"), 0, "{manner:?}");
        assert!(site.versions(&digest) > 0, "{manner:?}");
        said.err
    };
    let erased = "its key is erased";
    let only_said = lies(0, Manner::OnlySays(ALWAYS));
    assert!(only_said.contains(erased), "{only_said}");
    // Cut at once, not even the mark of the bucket's owner can be read; what is cut later is the removal.
    let cut = lies(0, Manner::Cuts(ALWAYS));
    assert!(cut.contains("whose the store is"), "{cut}");
    let later: Vec<String> = (1..=2).map(|spared| lies(spared, Manner::Cuts(ALWAYS))).collect();
    assert!(later.iter().any(|said| said.contains(erased)), "{later:?}");
    road.be(Manner::Clear);
    // After so many tries it is not tried again by itself for a while, but it is when somebody says so.
    let finished = office.run(&["vault", "finish"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(office.things()[&site.due], "destroyed");
    assert_eq!(site.versions(&digest), 0);
    let again = office.run(&destroy);
    assert!(again.out.contains("log index"), "{again:?}");
    assert_eq!(office.read(&office.letter).out.as_bytes(), LETTER);
}

#[test]
fn an_object_that_the_bucket_locks_outlives_its_key_until_it_is_let_go() {
    let site = InBucket::new("faults-locks", true);
    let (office, digest) = (&site.office, site.digest(&site.due));
    let wrapped = office.kept("wrapped", &site.due);
    let lock = |on: bool| assert!(vault_faults::block(site.store().lock(&digest, on)).unwrap());
    lock(true);
    for _ in 0..2 {
        let said = office.run(&["vault", "destroy", &site.due]);
        assert!(said.code != Some(0) && said.out.is_empty(), "{said:?}");
        assert!(said.err.contains("locked in the store") && said.err.contains("its key is erased"), "{said:?}");
    }
    assert!(!office.has(&wrapped[12..]), "its key is in the files");
    assert!(site.versions(&digest) > 0);
    assert_eq!(office.things()[&site.due], "destroying", "and the office opens");
    assert_eq!(office.read(&office.letter).out.as_bytes(), LETTER);
    let (code, figures) = office.scrub();
    assert_eq!((code, &figures["unknown_removed"]), (Some(0), &0.into()), "{figures}");
    lock(false);
    let said = office.run(&["vault", "destroy", &site.due]);
    assert!(said.code == Some(0) && said.out.contains("log index"), "{said:?}");
    assert_eq!(site.versions(&digest), 0);
    assert_eq!(office.count(EVENTS, "SELECT count(*) FROM certificate"), 1);
}
