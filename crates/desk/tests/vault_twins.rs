//! One recording kept twice: what holds the one keeps the other.
//!
//! Not a thing's own holds (`vault_way.rs`), nor what somebody changes under it (`vault_moment.rs`). Invariants: nothing here touches a file behind the
//! program's back but folders that are away; what is held can be read to the end.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::office::{Bureau, LONG_AGO, recording};

fn twins(bureau: &Bureau) -> (String, [String; 2]) {
    let file = bureau.file("interview.flac", &recording(1, 1, "t").0);
    let take = || bureau.take(&file, "interview-recording", LONG_AGO, "t");
    let twins = [take(), take()];
    (file, twins)
}

#[test]
fn a_hold_on_the_other_stops_what_has_begun() {
    let bureau = Bureau::new();
    let (file, [first, twin]) = twins(&bureau);
    bureau.approve(&first);
    // A folder that copies may lie in is away: it begins, and waits with its key.
    std::fs::rename(bureau.path("state"), bureau.path("away")).unwrap();
    let said = bureau.vault("anna", &["destroy", &first]);
    let shown = bureau.vault("anna", &["show", &first, "--json"]).text();
    assert!(said.code == Some(2) && shown.contains("\"phase\":\"destroying\""), "{}{shown}", said.err);
    let held = bureau.vault("ben", &["hold", &twin, "--authority", "court", "--reason", "order"]);
    assert_eq!(held.code, Some(0), "{}", held.err);
    std::fs::rename(bureau.path("away"), bureau.path("state")).unwrap();
    std::fs::copy(&file, bureau.path("state/copy.flac")).unwrap();

    let said = bureau.vault("anna", &["destroy", &first]);
    let line = format!("counterpartd: its destruction was stopped: {twin} is the same recording, and it is held\n");
    assert!(said.code == Some(1) && said.err.contains(&line), "{}", said.err);
    assert!(std::path::Path::new(&bureau.path("state/copy.flac")).exists(), "what is held lies there too");
    assert_eq!(bureau.shown(&first)["phase"].as_str(), Some("kept"));
    for id in [&first, &twin] {
        assert_eq!(bureau.vault("ben", &["verify", id]).code, Some(0));
    }
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
    // Its approvals were given without the hold: they are given again.
    let again = bureau.vault("anna", &["destroy", &first]);
    assert!(again.code == Some(1) && !again.err.contains("stopped"), "{}", again.err);
}

#[test]
fn what_is_held_and_not_known_since_a_restore_may_be_the_same() {
    let bureau = Bureau::new();
    let file = bureau.file("interview.flac", &recording(1, 1, "t").0);
    let first = bureau.take(&file, "interview-recording", LONG_AGO, "t");
    let other = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    assert_eq!(bureau.bare(&["backup", "--to", &bureau.path("backup")]).code, Some(0));
    let twin = bureau.take(&file, "interview-recording", LONG_AGO, "t");
    let held_letter = bureau.take(&bureau.file("letter2.txt", b"Dear Madam"), "letter", LONG_AGO, "t");
    for id in [&twin, &held_letter] {
        bureau.done("ben", &["hold", id, "--authority", "court", "--reason", "order"]);
    }
    std::fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    let restore = ["restore", "--from", &bureau.path("backup"), "--office", &bureau.path("office"), "--events-lost"];
    let said = bureau.bare(&[&restore[..], &["0"]].concat());
    let number = said.err.rsplit(' ').next().unwrap().trim_end().to_owned();
    let said = bureau.bare(&[&restore[..], &[&number]].concat());
    assert!(said.text().contains(" 2 things without their events"), "{}{}", said.text(), said.err);

    bureau.approve(&first);
    let said = bureau.vault("anna", &["destroy", &first]);
    let why = format!("{twin} is held and not described since a restore, so it may be the same recording");
    assert!(said.code == Some(1) && said.err.contains(&why), "{}", said.err);
    assert_eq!(bureau.shown(&first)["phase"].as_str(), Some("kept"));
    // A letter is no recording, whatever is held beside it.
    assert!(bureau.destroy(&other).starts_with("destroyed on "));
}
