//! What holds of any certificate: both forms come back as they were, and any change of any byte is seen.
//!
//! Not here: named cases (`certificate.rs`), bytes nobody's writer made (`fuzz/`).
//! Invariant: what is drawn is put together here, without asking the library what it allows.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code)]
#[path = "certificate/made.rs"]
mod made;

use made::{approver, logged, of_disc, of_recording, policy};
use proptest::collection::vec;
use proptest::prelude::*;
use seal::certificate::{Certificate, CertificateFile, Kept, Method, Outcome, Search, Store, Subject, verify};

/// Words as an office may write them, those that look like other lines among them.
fn words() -> impl Strategy<Value = String> {
    "[!-~é–日][ -~é–日]{0,40}[!-~é–日]|method: [a-z]{1,9}|[1-9]{1,3}|[a-z]{1,5}, nothing found|\\{\"a\":\\[\\]\\}"
}

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9._-]{0,30}"
}

fn digest() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>()
}

/// Any moment of the years that a certificate can tell.
fn moment() -> impl Strategy<Value = u64> {
    0..253_402_300_800_u64
}

fn kept() -> impl Strategy<Value = (Kept, Method)> {
    let store = (word(), words()).prop_map(|(kind, place)| Store { kind, place });
    let numbers = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>());
    let object = (digest(), digest(), numbers, vec(store, 1..=16), any::<[u8; 16]>()).prop_map(
        |(commitment, object, (sealed_bytes, plain_bytes, office_key, key_copies, versions), stores, key)| {
            let kept = Kept::Object { commitment, object, sealed_bytes, plain_bytes };
            (kept, Method::Erased { stores, key, office_key, key_copies, versions })
        },
    );
    let item = (words(), digest(), words(), words()).prop_map(|(medium, label, method, standard)| {
        (Kept::Item { medium, label }, Method::Physical { method, standard })
    });
    prop_oneof![object, item]
}

fn certificate() -> impl Strategy<Value = Certificate> {
    let subject = (word(), any::<[u8; 16]>(), any::<Option<[u8; 32]>>(), word(), word(), any::<u64>(), digest());
    let texts = (words(), words(), words(), words(), words());
    let times = (moment(), moment(), moment(), moment(), moment(), moment());
    let lists = (vec((any::<u64>(), words()), 1..=32), vec(words(), 2..=16), vec(0..200_u64, 0..=16));
    let more = (any::<bool>(), any::<u64>(), 0..20_000_u16);
    (subject, kept(), texts, times, lists, more).prop_map(|(subject, (kept, method), texts, times, lists, more)| {
        let (thing, id, recording, rule, pack, pack_version, pack_digest) = subject;
        let recording = recording.map(|id| id.map(|byte| format!("{byte:02x}")).concat().parse().unwrap());
        let (clause, office, tool, place, by) = texts;
        let (year, month, day) = (1970 + more.2 % 8_000, 1 + more.2 % 12, 1 + more.2 % 28);
        let last_day = format!("{year:04}-{month:02}-{day:02}");
        let subject = Subject { thing, id, recording, kept, rule, pack, pack_version, pack_digest, last_day };
        Certificate {
            approvers: lists.2.iter().map(|person| approver(*person, &subject)).collect(),
            subject,
            clause,
            unconfirmed: more.0,
            held_since_s: times.0,
            office,
            method,
            tool,
            searched: lists.0.into_iter().map(|(count, what)| Search { count, what }).collect(),
            destroyed_s: times.1,
            place,
            by,
            no_hold_s: times.2,
            holds_before: more.1,
            time_sources: lists.1,
            time_earliest_s: times.3,
            time_latest_s: times.4,
        }
    })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn both_forms_come_back(certificate in certificate(), salt in digest()) {
        let file = CertificateFile { certificate, salt, proof: None };
        let (text, json) = (file.text().unwrap(), file.json().unwrap());
        for form in [&text, &json] {
            let read = CertificateFile::parse(form.as_bytes()).unwrap();
            prop_assert_eq!(&read, &file);
            prop_assert_eq!((read.text().unwrap(), read.json().unwrap()), (text.clone(), json.clone()));
        }
    }

    #[test]
    fn of_any_bytes_what_reads_prints_back_and_nothing_panics(
        is_disc in any::<bool>(), in_json in any::<bool>(),
        changes in vec((any::<usize>(), any::<u8>(), 0..3_u8), 1..6)
    ) {
        let file = logged(if is_disc { of_disc() } else { of_recording() });
        let good = if in_json { file.json().unwrap() } else { file.text().unwrap() }.into_bytes();
        let mut bytes = good.clone();
        for (at, byte, how) in changes {
            let at = at % bytes.len();
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let judgement = verify(&bytes, Some(&policy()));
        if let Some(read) = judgement.file() {
            let printed = if in_json { read.json() } else { read.text() }.unwrap().into_bytes();
            if !in_json {
                prop_assert_eq!(&printed, &bytes);
            }
            if let Outcome::Destroyed(_) = judgement.outcome() {
                prop_assert_eq!(&read.certificate, &file.certificate);
                prop_assert_eq!(read.salt, file.salt);
            }
        }
    }
}

/// How many cases; `PROPTEST_CASES` asks for more.
#[allow(clippy::disallowed_methods)] // a test's own setting, not the crate's
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
