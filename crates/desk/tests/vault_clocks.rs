//! An office whose machine has the wrong time, and one whose witness is silent.
//!
//! Not how clocks are asked (`clock.rs`). Needs Debian's `faketime`. Invariants: nothing is destroyed on one clock's word, nothing is
//! written down as earlier than what was done before it; no certificate is made that a reader would refuse; log and witness keep the right time.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::office::{Bureau, LONG_AGO, Said};

const AHEAD: &str = "+456d";
const BACK: &str = "-2d";

/// That it was refused, with this in its line.
#[track_caller]
fn refused(said: &Said, words: &[&str]) {
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!((said.code, lines.len(), said.out.len()), (Some(1), 2, 0), "{}", said.err);
    for word in words {
        assert!(lines[0].contains(word), "{word}: {}", said.err);
    }
    assert!(lines[1].starts_with("hint: "), "{}", said.err);
}

/// Every act towards the end of a thing is refused at this time of this machine; and the thing is as it was.
fn no_end(bureau: &Bureau, off: &str, id: &str, subject: &str) {
    let before = bureau.shown(id);
    let apart = ["clocks disagree: this machine says ", ", witness north says "];
    refused(&bureau.vault_at(off, "anna", &["propose", id]), &apart);
    refused(&bureau.vault_at(off, "ben", &["approve", id, "--subject", subject]), &apart);
    refused(&bureau.vault_at(off, "anna", &["destroy", id]), &apart);
    assert_eq!(bureau.shown(id)["events"], before["events"]);
}

#[test]
fn fifteen_months_ahead_nothing_is_destroyed() {
    let bureau = Bureau::new();
    let today = jiff::Zoned::now().date().to_string();
    let young = bureau.take(&bureau.file("young.txt", b"Dear Madam"), "letter", &today, "t");
    let old = bureau.take(&bureau.file("old.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    // It looks due to that machine, and that is all.
    let said = bureau.vault_at(AHEAD, "anna", &["list", "--due"]);
    assert!(said.code == Some(0) && said.text().contains(&young), "the clock is ahead: {}{}", said.text(), said.err);
    assert!(!bureau.done("anna", &["list", "--due"]).contains(&young));
    no_end(&bureau, AHEAD, &young, &"0".repeat(64));
    // Neither is what both approved, as long as the clocks disagree.
    let subject = bureau.approve(&old);
    no_end(&bureau, AHEAD, &old, &subject);
    let said = bureau.vault_at(AHEAD, "anna", &["status", "--ask-clocks"]);
    assert!(said.text().contains("clocks disagree"), "{}", said.text());
    for id in [&young, &old] {
        assert_eq!(bureau.done("anna", &["verify", id]), "unchanged", "it is there, and whole");
    }
    assert!(bureau.done("anna", &["destroy", &old]).contains("log index "), "with the right time it goes");
}

#[test]
fn a_clock_that_was_ahead_once_makes_no_later_day_wrong() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let request = bureau.done("anna", &["request", &id, "--kind", "access-request", "--reference", "R"]);
    let hold = bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "R"]);
    let out = bureau.path("read.txt");
    let reading = ["read", &id, "--purpose", "request", "--reference", "R", "--out", &out];
    let said = bureau.vault_at(AHEAD, "anna", &reading);
    assert_eq!(said.code, Some(0), "a reading waits for no clock: {}", said.err);
    bureau.done("anna", &["answer", &id, &request]);
    bureau.done("anna", &["release", &id, &hold, "--reason", "over"]);
    let shown = bureau.shown(&id).to_string();
    let today = jiff::Zoned::now().date().to_string();
    assert!(shown.contains(&format!("\"on\":\"{today}\"")) || shown.contains(&format!("on {today}")), "{shown}");
}

#[test]
fn two_days_back_nothing_is_destroyed_or_backdated() {
    let bureau = Bureau::new();
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let id = bureau.take(&letter, "letter", LONG_AGO, "t");
    let subject = bureau.approve(&id);
    no_end(&bureau, BACK, &id, &subject);
    let list = bureau.done("anna", &["list", "--json"]);
    let shown = bureau.shown(&id);
    let taking = ["take", &letter, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    let reading = ["read", &id, "--purpose", "appeal", "--reference", "R"];
    let holding = ["hold", &id, "--authority", "court", "--reason", "order"];
    let granting = ["grant", "ben", "auditor"];
    for act in [&taking[..], &reading, &holding, &granting, &["verify", &id], &["withdraw", &id]] {
        println!("{act:?}");
        refused(&bureau.vault_at(BACK, "anna", act), &["this machine's clock is 17", " s behind what was done before"]);
    }
    assert_eq!(bureau.done("anna", &["list", "--json"]), list);
    assert_eq!(bureau.shown(&id)["events"], shown["events"]);
    assert_eq!(bureau.done("anna", &["people"]).matches("auditor").count(), 0);
}

#[test]
fn a_clock_that_was_ahead_and_is_right_again_stops_nobody() {
    let bureau = Bureau::new();
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let taking = ["take", &letter, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    assert_eq!(bureau.vault_at(AHEAD, "anna", &taking).code, Some(0), "a receipt waits for no clock");
    let id = bureau.take(&letter, "letter", LONG_AGO, "t");
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
    assert!(bureau.destroy(&id).contains("log index "));
}

#[test]
fn a_silent_witness_is_no_clock() {
    let mut bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let subject = bureau.done("anna", &["propose", &id]);
    bureau.witness.take().unwrap().kill();
    let alone = ["no clock but this machine's says what time it is", "not enough witnesses have cosigned it"];
    refused(&bureau.vault("anna", &["propose", &id]), &alone);
    refused(&bureau.vault("anna", &["approve", &id, "--subject", &subject]), &alone);
    bureau.log.take().unwrap().kill();
    refused(&bureau.vault("anna", &["destroy", &id]), &["no clock but this machine's says what time it is (the log: "]);
    // What needs no agreed time goes on.
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged");
}

#[test]
fn four_minutes_ahead_of_its_witness_its_certificates_hold() {
    let bureau = Bureau::new();
    for off in ["+240s", "-240s", "+295s"] {
        let at = |who: &str, args: &[&str]| {
            let said = bureau.vault_at(off, who, args);
            assert_eq!(said.code, Some(0), "{off} {args:?}: {}", said.err);
            said.text().trim_end().to_owned()
        };
        let letter = bureau.file("letter.txt", off.as_bytes());
        let taken = at("anna", &["take", &letter, "--kind", "letter", "--made", LONG_AGO, "--title", "t"]);
        let id = taken.lines().next().unwrap();
        let subject = at("anna", &["propose", id]);
        for who in ["anna", "ben"] {
            at(who, &["approve", id, "--subject", &subject]);
        }
        assert!(at("anna", &["destroy", id]).contains(", log index "), "{off}");
        bureau.accepted(id);
    }
}

#[test]
fn what_came_while_the_clock_was_ahead_is_destroyed_with_a_certificate_that_holds() {
    let bureau = Bureau::new();
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let taking = ["take", &letter, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    let said = bureau.vault_at(AHEAD, "anna", &taking);
    let id = said.text().lines().next().unwrap().to_owned();
    assert!(bureau.destroy(&id).contains(", log index "));
    let certificate = bureau.accepted(&id);
    // It says the next moment about which clocks agreed: its being proposed.
    let events = bureau.shown(&id)["events"].clone();
    let at_us = |number: usize| events[number]["clear"]["at"].as_i64().unwrap();
    let held_since_us = i64::try_from(certificate.held_since_s).unwrap() * 1_000_000;
    assert!(at_us(0) > at_us(1) + 400 * 86_400_000_000, "the clock was ahead when it came");
    assert_eq!(held_since_us, at_us(1) - at_us(1) % 1_000_000);
}

#[test]
fn a_certificate_waits_for_clocks_that_agree() {
    let mut bureau = Bureau::new();
    let args = ["take", "--medium", "disc", "--kind", "consultation-recording", "--made", LONG_AGO, "--title", "t"];
    let disc = bureau.done("anna", &[&args[..], &["--label", "No. 7", "--where", "cupboard 3"]].concat());
    let id = disc.lines().next().unwrap();
    bureau.destroy(id);
    let how = ["--method", "shredded", "--by", "x", "--where", "x"];
    let waits = "counterpartd: it is gone, and its certificate waits for clocks that agree: ";
    // This machine's clock alone would have written a moment that no witness's ever reaches.
    let said = bureau.vault_at(AHEAD, "anna", &[&["destroyed", id], &how[..]].concat());
    assert!(said.code == Some(2) && said.err.starts_with(waits), "{:?} {}", said.code, said.err);
    bureau.log.take().unwrap().kill();
    let said = bureau.vault("anna", &["finish"]);
    assert!(said.code == Some(2) && said.text().ends_with("1 not finished\n"), "{}", said.text());
    bureau.log = Some(bureau.site.start(&["--listen", &bureau.logged_at, "--batch-interval", "5ms"]));
    assert_eq!(bureau.vault("anna", &["finish"]).text(), "0 not finished\n");
    bureau.done("anna", &["submit"]);
    bureau.accepted(id);
}

#[test]
fn what_no_reader_would_accept_is_not_begun() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    bureau.approve(&id);
    let settings = bureau.path("office/office.toml");
    let good = std::fs::read_to_string(&settings).unwrap();
    for (from, to, words) in [
        ("1 Example Street", "1 Example\u{200b} Street", "place: an office is somewhere"),
        ("1 Example Street", " 1 Example Street", "place: an office is somewhere"),
        ("tolerance = \"5m\"", "tolerance = \"6m\"", "clock.tolerance: at most 5m"),
    ] {
        std::fs::write(&settings, good.replace(from, to)).unwrap();
        let said = bureau.vault("anna", &["destroy", &id]);
        assert!(said.code == Some(2) && said.err.contains(words), "{to}: {}", said.err);
    }
    std::fs::write(&settings, &good).unwrap();
    assert_eq!(bureau.shown(&id)["phase"], "kept");
    assert!(bureau.done("anna", &["destroy", &id]).contains(", log index "));
    bureau.accepted(&id);
}
