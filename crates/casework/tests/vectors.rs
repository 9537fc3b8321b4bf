//! Stored events of version 1, one of every kind: what was written once must be read for ever.
//!
//! `tests/vectors/events-1.jsonl` has a line for each clear part and, behind `private: `, for each private one. A later form of an event must come with an upgrade that
//! still reads this file; it is never written anew. Not here: what events make.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use casework::custody::{Command, Event, Private};
use casework::{Digest, Malformed};
use support::states::{one_of_each, tag};
use support::{BOOK, Case, receive};

const STORED: &str = include_str!("vectors/events-1.jsonl");
/// How many kinds of events there are.
const KINDS: usize = 44;

fn stored() -> Vec<(&'static str, Option<&'static str>)> {
    let mut all: Vec<(&str, Option<&str>)> = Vec::new();
    for line in STORED.lines() {
        match line.strip_prefix("private: ") {
            Some(private) => all.last_mut().unwrap().1 = Some(private),
            None => all.push((line, None)),
        }
    }
    all
}

#[test]
fn what_was_stored_is_read_and_printed_as_it_was() {
    let mut tags = BTreeSet::new();
    for (clear, private) in stored() {
        let event =
            Event::join(clear.as_bytes(), private.map(str::as_bytes)).unwrap_or_else(|why| panic!("{clear}: {why}"));
        let (again, words) = event.split();
        assert_eq!(String::from_utf8(again).unwrap(), clear);
        assert_eq!(words.map(|words| String::from_utf8(words).unwrap()).as_deref(), private);
        assert_eq!(event.private != Private::None, private.is_some());
        tags.insert(tag(&event));
    }
    assert_eq!(tags.len(), KINDS, "{tags:?}");
}

#[test]
fn what_is_decided_today_is_stored_as_it_was() {
    let today: Vec<String> = one_of_each()
        .iter()
        .flat_map(|event| {
            let (clear, private) = event.split();
            let private = private.map(|bytes| format!("private: {}", String::from_utf8(bytes).unwrap()));
            [Some(String::from_utf8(clear).unwrap()), private]
        })
        .flatten()
        .collect();
    assert_eq!(today.join("\n") + "\n", STORED);
}

#[test]
fn what_is_no_event_is_refused_by_name() {
    let (good, private) = stored().into_iter().find(|(_, private)| private.is_some()).unwrap();
    let (plain, _) = stored().into_iter().find(|(_, private)| private.is_none()).unwrap();
    let join = |clear: &str, private: Option<&str>| Event::join(clear.as_bytes(), private.map(str::as_bytes));
    assert_eq!(join(&good.replacen("\"v\":1", "\"v\":2", 1), None), Err(Malformed::Version(2)));
    assert_eq!(join(&good.replacen("\"v\":1", "\"v\":0", 1), None), Err(Malformed::Version(0)));
    assert_eq!(join(&good.replacen(',', ", ", 1), None), Err(Malformed::NotCanonical));
    assert_eq!(join(plain, private), Err(Malformed::Private));
    assert_eq!(
        join(good, Some(&private.unwrap().replacen("\"number\":2", "\"number\":3", 1))),
        Err(Malformed::Private)
    );
    for broken in ["", "{", "{\"v\":1}", &good.replacen("\"number\"", "\"numeral\"", 1), &good[..good.len() - 1]] {
        assert!(matches!(join(broken, None), Err(Malformed::Unreadable { .. })), "{broken}");
    }
    let unknown = good.replacen("\"private\":true", "\"private\":true,\"more\":1", 1);
    assert!(matches!(join(&unknown, None), Err(Malformed::Unreadable { .. })));
    assert_eq!(join(good, None).unwrap().private, Private::Closed);
}

/// The text that approvals are over, line by line as `spec/certificate.md` has it.
#[test]
fn the_subject_is_the_text_of_the_certificate() {
    let pack = BOOK.packs().find(|pack| pack.id().name == "custody").unwrap().id().digest_hex();
    let of = |digit: &str, times: usize| digit.repeat(times);
    let rule = format!(
        "rule: retention.consultation-recording\npack: custody\npack-version: 1\npack-digest: {pack}\nlast-day: 2027-09-01\n"
    );
    let text = |case: &Case| case.thing.subject(&BOOK).unwrap().text().to_owned();
    let recording = format!(
        "counterpart/destroy/v1\nthing: recording\nid: {}\nrecording: {}\ncommitment: {}\nobject: {}\nsealed-bytes: 1000016\nplain-bytes: 1000000\n{rule}",
        of("09", 16),
        of("02", 32),
        of("03", 32),
        of("01", 32)
    );
    assert_eq!(text(&Case::kept()), recording);
    let disc = format!(
        "counterpart/destroy/v1\nthing: disc\nid: {}\nmedium: disc\nlabel: {}\n{rule}",
        of("09", 16),
        of("07", 32)
    );
    assert_eq!(text(&Case::kept_disc()), disc);
    let digest = |case: &Case| case.thing.subject(&BOOK).unwrap().digest();
    assert_ne!(digest(&Case::kept()), digest(&Case::kept_disc()));
    use sha2::Digest as _;
    assert_eq!(digest(&Case::kept()), Digest(sha2::Sha256::digest(&recording).into()));
    // A letter is a letter in the certificate, and another kind of paper an attachment.
    for (kind, word) in [
        ("letter", "letter"),
        ("agreement", "agreement"),
        ("attachment", "attachment"),
        ("ephemeral-record", "attachment"),
    ] {
        let mut case = Case::new();
        let Command::Receive { jurisdiction, mut body, words, .. } = receive(support::recording()) else { panic!() };
        if let casework::custody::Body::Electronic { commitment, .. } = &mut body {
            *commitment = casework::custody::Commitment::Salted(Digest([4; 32]));
        }
        let facts = [rules::Fact::Made, rules::Fact::Received, rules::Fact::Agreed]
            .map(|fact| casework::custody::FactDay { fact, day: support::day("2026-07-01") })
            .to_vec();
        case.ok(
            "ann",
            &Command::Receive { kind: kind.parse().unwrap(), jurisdiction, facts, body, words },
            "2026-07-01",
        );
        assert!(
            text(&case).contains(&format!("\nthing: {word}\n"))
                || text(&case).starts_with(&format!("counterpart/destroy/v1\nthing: {word}\n")),
            "{}",
            text(&case)
        );
    }
}
