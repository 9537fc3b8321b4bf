//! Certificates of destruction: what holds, and every way in which one does not, with the fault that is named.
//!
//! Not here: the program's words about them (`crates/cli/tests`). Invariants: the files in `tests/certificate/` are those of
//! `cases.toml`, no more and no fewer; every fault of the specification has a case.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

#[path = "certificate/made.rs"]
mod made;

use std::collections::BTreeSet;
use std::path::PathBuf;

use made::{DONE_S, approver, logged, logged_by, of_disc, of_recording, policy, policy_text};
use seal::certificate::{
    Approver, CLOCKS_APART_S, Certificate, CertificateFile, FILE_BYTES_MAX, FaultKind, Judgement, Outcome, Subject,
    is_certificate, is_words, verify, will_hold,
};
use seal::tlog::Policy;

fn bytes(file: &CertificateFile) -> Vec<u8> {
    file.text().unwrap().into_bytes()
}

fn fault(judgement: &Judgement) -> Option<&'static str> {
    judgement.outcome().fault().map(|fault| fault.kind.name())
}

#[test]
fn one_that_the_log_has_is_destroyed() {
    for certificate in [of_recording(), of_disc()] {
        let file = logged(certificate);
        for form in [file.text().unwrap(), file.json().unwrap()] {
            assert!(is_certificate(form.as_bytes()));
            let judgement = verify(form.as_bytes(), Some(&policy()));
            assert_eq!(judgement.verdict(), "destroyed on 2026-11-22, log index 2");
            assert_eq!(judgement.file(), Some(&file));
            let Outcome::Destroyed(logged) = judgement.outcome() else { panic!("{judgement:?}") };
            assert_eq!((logged.log.as_str(), logged.index, logged.no_later_s), ("log.example", 2, made::WITNESSED_S));
            assert_eq!(logged.witnesses, ["w1", "w2"]);
        }
        let unlogged = CertificateFile { proof: None, ..file };
        let judgement = verify(&bytes(&unlogged), Some(&policy()));
        assert_eq!((judgement.outcome(), judgement.verdict().as_str()), (&Outcome::NotLogged, "not logged"));
    }
}

#[test]
fn the_text_is_for_people_and_its_digest_is_fixed() {
    let text = of_recording().text().unwrap();
    assert_eq!(text, include_str!("certificate/recording.text"));
    assert_eq!(of_disc().text().unwrap(), include_str!("certificate/disc.text"));
    let subject = of_recording().subject.text();
    let lines = subject.strip_prefix("counterpart/destroy/v1\n").unwrap();
    assert!(text.contains(lines), "the subject is a run of the certificate's lines");
}

#[test]
fn no_flipped_bit_is_the_same_certificate_in_the_log() {
    let file = logged(of_recording());
    let (good, policy) = (bytes(&file), policy());
    let mut read = 0;
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let judgement = verify(&bad, Some(&policy));
        assert!(!matches!(judgement.outcome(), Outcome::Destroyed(_)), "bit {bit}");
        if let Some(file) = judgement.file() {
            assert_eq!(bytes(file), bad, "print(parse(x)) = x, bit {bit}");
            read += 1;
        }
    }
    assert!(read > 1_000, "only {read} of them were read at all");
}

#[test]
fn no_cut_at_any_length_is_the_same_certificate_in_the_log() {
    let file = logged(of_recording());
    let (good, policy) = (bytes(&file), policy());
    let unlogged = bytes(&CertificateFile { proof: None, ..file.clone() }).len();
    for len in 0..good.len() {
        let outcome = verify(&good[..len], Some(&policy)).outcome().clone();
        match outcome {
            Outcome::NotLogged => assert_eq!(len, unlogged, "only without any of the proof"),
            Outcome::NotIntact(fault) => assert_eq!(fault.kind, FaultKind::Malformed, "{len}"),
            // A last whole signature line may go, and with it the quorum.
            Outcome::CannotSay(fault) => assert_eq!(fault.kind, FaultKind::Unwitnessed, "{len}"),
            _ => panic!("{len}: {outcome:?}"),
        }
    }
    let json = file.json().unwrap();
    for len in 0..json.trim_end().len() {
        assert_eq!(fault(&verify(&json.as_bytes()[..len], Some(&policy))), Some("malformed"), "{len}");
    }
}

/// A certificate that was changed before the log took it, and the fault.
type Row = (&'static str, fn(&mut Certificate), &'static str);

#[test]
fn what_a_log_took_must_hold_by_itself_too() {
    const MONTH_S: u64 = 30 * 86_400;
    let rows: &[Row] = &[
        ("nobody", |c| c.approvers.clear(), "persons"),
        ("one person", |c| c.approvers.truncate(1), "persons"),
        ("one person twice", |c| c.approvers[1] = c.approvers[0].clone(), "persons"),
        (
            "one person with two accounts and keys",
            |c| c.approvers[1] = Approver { person: 7, ..c.approvers[1].clone() },
            "persons",
        ),
        (
            "two people with one key",
            |c| c.approvers[1] = Approver { person: 9, account: "b".into(), ..c.approvers[0].clone() },
            "persons",
        ),
        ("two people with one account", |c| c.approvers[1].account = c.approvers[0].account.clone(), "persons"),
        (
            "signatures changed about",
            |c| {
                let [a, b] = &mut c.approvers[..] else { panic!() };
                std::mem::swap(&mut a.signature, &mut b.signature);
            },
            "signature",
        ),
        (
            "keys changed about",
            |c| {
                let [a, b] = &mut c.approvers[..] else { panic!() };
                std::mem::swap(&mut a.key, &mut b.key);
            },
            "signature",
        ),
        ("a signature of something else", |c| c.approvers[1] = approver(9, &of_disc().subject), "signature"),
        ("approved for another object", |c| c.subject.id[0] ^= 1, "signature"),
        ("approved for another day", |c| c.subject.last_day = "2026-11-20".into(), "signature"),
        (
            "a third who did not sign",
            |c| c.approvers.push(Approver { signature: [1; 64], ..approver(5, &c.subject) }),
            "signature",
        ),
        ("approved afterwards", |c| c.approvers[0].approved_s = DONE_S + 1, "times"),
        ("holds looked at afterwards", |c| c.no_hold_s = DONE_S + 1, "times"),
        ("came afterwards", |c| c.held_since_s = DONE_S + 1, "times"),
        ("sources of time out of order", |c| c.time_earliest_s = c.time_latest_s + 1, "times"),
        ("time agreed afterwards", |c| (c.time_earliest_s, c.time_latest_s) = (DONE_S + 1, DONE_S + 2), "times"),
        ("the term was not over", |c| c.time_earliest_s -= 2 * 86_400, "times"),
        ("made after the log had it", |c| c.destroyed_s += MONTH_S, "contradictory"),
    ];
    for (name, change, want) in rows {
        let mut certificate = of_recording();
        change(&mut certificate);
        let foreseen = will_hold(&certificate, made::WITNESSED_S).map_err(|fault| fault.kind.name());
        assert_eq!(foreseen, Err(*want), "{name}: whoever writes it is told the same before");
        let judgement = verify(&bytes(&logged(certificate)), Some(&policy()));
        assert_eq!(fault(&judgement), Some(*want), "{name}");
        assert_eq!(judgement.outcome().exit_code(), 1, "{name}");
    }
}

#[test]
fn three_people_and_a_person_who_signs_twice_beside_another_are_two() {
    let mut certificate = of_recording();
    certificate.approvers.push(approver(5, &certificate.subject));
    certificate.approvers.push(certificate.approvers[0].clone());
    assert!(matches!(verify(&bytes(&logged(certificate)), Some(&policy())).outcome(), Outcome::Destroyed(_)));
}

#[test]
fn a_proof_is_for_one_certificate_and_one_policy() {
    let (recording, disc) = (logged(of_recording()), logged(of_disc()));
    let policy_of = |text: String| Policy::parse(&text).unwrap();
    let same = || bytes(&recording);
    let nobody = policy_of(policy_text("log.example", 1).replace("quorum both", "quorum none"));
    let rows = [
        (
            "another certificate's",
            bytes(&CertificateFile { proof: disc.proof, ..recording.clone() }),
            policy(),
            1,
            "not-included",
        ),
        ("another salt", bytes(&CertificateFile { salt: [0; 32], ..recording.clone() }), policy(), 1, "not-included"),
        ("a log that is not trusted", same(), policy_of(policy_text("other.example", 1)), 2, "unknown-log"),
        ("another key of the log", same(), policy_of(policy_text("log.example", 2)), 1, "forged"),
        ("one witness of two", bytes(&logged_by(of_recording(), 1, DONE_S)), policy(), 2, "unwitnessed"),
        ("nobody asks for witnesses", same(), nobody, 2, "unwitnessed"),
        (
            "witnessed before it was made",
            bytes(&logged_by(of_recording(), 2, DONE_S - 601)),
            policy(),
            1,
            "contradictory",
        ),
    ];
    for (name, bytes, policy, exit, want) in rows {
        let judgement = verify(&bytes, Some(&policy));
        assert_eq!((fault(&judgement), judgement.outcome().exit_code()), (Some(want), exit), "{name}");
    }
    assert_eq!(fault(&verify(&same(), None)), Some("unknown-log"), "nobody is trusted by default");
    let honest = bytes(&logged_by(of_recording(), 2, DONE_S - 600));
    assert!(matches!(verify(&honest, Some(&policy())).outcome(), Outcome::Destroyed(_)), "clocks may differ a little");
}

#[test]
fn a_signature_line_that_does_not_verify_is_forged() {
    let file = logged(of_recording());
    let mut proof = file.proof.clone().unwrap();
    let other = made::key("witness.example/2", seal::tlog::KeyKind::Witness, 99);
    let line = proof.checkpoint.cosign(&other, DONE_S);
    let under = made::key("witness.example/2", seal::tlog::KeyKind::Witness, 12).verifier();
    proof.checkpoint.add(line.put_under(&under));
    let forged = CertificateFile { proof: Some(proof), ..file };
    assert_eq!(fault(&verify(&bytes(&forged), Some(&policy()))), Some("forged"));
}

#[test]
fn one_spelling_only() {
    let good = logged(of_recording()).text().unwrap();
    let rows = [
        ("counterpart/certificate/v1", "counterpart/certificate/v2", "version"),
        ("counterpart/certificate/v1", "counterpart/certificate/v10", "version"),
        ("counterpart/certificate/v1", "counterpart/certificate/v02", "malformed"),
        ("counterpart/certificate/v1", "counterpart/certificate/vx", "malformed"),
        ("counterpart/certificate/v1\n", "counterpart/certificate/v1\n\n", "malformed"),
        ("sealed-bytes: 48134562", "sealed-bytes: 048134562", "malformed"),
        ("sealed-bytes: 48134562", "sealed-bytes: 18446744073709551616", "malformed"),
        ("sealed-bytes: 48134562", "sealed-bytes: 48134563", "subject"),
        ("id: 11", "id: 1", "malformed"),
        ("id: 11", "id: 12", "subject"),
        ("object: 4444", "object: AAAA", "malformed"),
        ("last-day: 2026-11-21", "last-day: 2026-11-31", "malformed"),
        ("last-day: 2026-11-21", "last-day: 2026-11-20", "subject"),
        ("destroyed: 2026-11-22T09:30:00Z", "destroyed: 2026-11-22T09:30:00+00:00", "malformed"),
        ("destroyed: 2026-11-22T09:30:00Z", "destroyed: 2026-11-22T10:30:00Z", "not-included"),
        ("office: Example", "office:  Example", "malformed"),
        ("office: Example", "office:\tExample", "malformed"),
        ("office: Example", "office: \u{202e}Example", "malformed"),
        ("office: Example", "office: \u{1b}[2JExample", "malformed"),
        ("office: Example", "Office: Example", "malformed"),
        ("office: Example Assessment Centre\n", "", "malformed"),
        ("unconfirmed: yes", "unconfirmed: true", "malformed"),
        ("method: cryptographic erase", "method: shredded", "malformed"),
        ("2 stores, nothing found", "2 stores, 1 found", "malformed"),
        ("time-source: system clock\n", "", "malformed"),
        ("store: folder, the", "store: Folder, the", "malformed"),
        ("\nsalt ", "\nsalt: ", "malformed"),
        ("\nsalt ", "\n\nsalt ", "malformed"),
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2", "malformed"),
        ("\n", "\r\n", "malformed"),
    ];
    for (from, to, want) in rows {
        let bad = good.replacen(from, to, if from == "\n" { usize::MAX } else { 1 });
        assert_ne!(bad, good, "{from:?} is not there");
        assert_eq!(fault(&verify(bad.as_bytes(), Some(&policy()))), Some(want), "{from:?} to {to:?}");
    }
    let two = good.replace("id: 11", "id: 12").replace("\nsalt ", "\nsalt x");
    assert_eq!(fault(&verify(two.as_bytes(), None)), Some("malformed"), "it comes before the subject");
    for bad in [format!("\u{feff}{good}"), format!("{good}\n"), format!(" {good}"), String::new(), "\n".into()] {
        assert_eq!(fault(&verify(bad.as_bytes(), Some(&policy()))), Some("malformed"));
    }
}

#[test]
fn a_certificate_that_could_not_be_read_back_is_not_written() {
    type Row = (&'static str, fn(&mut Certificate));
    let rows: &[Row] = &[
        ("empty", |c| c.office.clear()),
        ("a line end", |c| c.office = "a\nb: c".into()),
        ("blanks about", |c| c.office = " a ".into()),
        ("too long", |c| c.office = "a".repeat(201)),
        ("no word", |c| c.subject.thing = "Disc".into()),
        ("no day", |c| c.subject.last_day = "soon".into()),
        ("beyond all years", |c| c.destroyed_s = u64::MAX),
        ("nowhere looked", |c| c.searched.clear()),
        ("too many places", |c| c.searched = vec![c.searched[0].clone(); 33]),
        ("one source of time", |c| c.time_sources.truncate(1)),
        ("a crowd", |c| c.approvers = vec![c.approvers[0].clone(); 17]),
        ("an object that was shredded", |c| c.method = of_disc().method),
        ("a store's place with nothing in it", |c| {
            if let seal::certificate::Method::Erased { stores, .. } = &mut c.method {
                stores[0].place.clear();
            }
        }),
    ];
    for (name, change) in rows {
        let mut certificate = of_recording();
        change(&mut certificate);
        assert_eq!(certificate.text().map_err(|fault| fault.kind), Err(FaultKind::Malformed), "{name}");
        let file = CertificateFile { certificate, salt: [0; 32], proof: None };
        assert!(file.text().is_err() && file.json().is_err() && file.entry().is_err(), "{name}");
    }
}

#[test]
fn json_says_what_the_text_says_or_does_not_read() {
    let file = logged(of_recording());
    let good = file.json().unwrap();
    let value: serde_json::Value = serde_json::from_str(&good).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(CertificateFile::parse(pretty.as_bytes()), Ok(file), "order and space mean nothing");
    let rows = [
        ("\"counterpart.certificate/1\"", "\"counterpart.certificate/2\"", "version"),
        ("\"counterpart.certificate/1\"", "\"counterpart.verify/1\"", "malformed"),
        ("\"office\":\"Example", "\"office\":\"Another", "not-included"),
        ("\"sealed_bytes\":\"48134562\"", "\"sealed_bytes\":\"48134563\"", "subject"),
        ("\"sealed_bytes\":\"48134562\"", "\"sealed_bytes\":48134562", "malformed"),
        ("\"sealed_bytes\":", "\"sealed-bytes\":", "malformed"),
        ("\"office\":", "\"office\":\"Other\",\"office\":", "malformed"),
        ("\"office\":", "\"title\":\"of a claimant\",\"office\":", "malformed"),
        ("\"office\":\"Example", "\"office\":\"Example\\nmethod: x", "malformed"),
        ("\"office\":\"Example", "\"office\":[\"Example\"],\"x\":\"", "malformed"),
        ("\"approver\":", "\"approver\":\"twice\",\"approver\":", "malformed"),
        ("\"approver\":", "\"office\":\"x\",\"approver\":", "malformed"),
        ("\"salt\":", "\"extra\":1,\"salt\":", "malformed"),
        ("\"salt\":\"iIiI", "\"salt\":\"iIiJ", "not-included"),
        ("\"approvers\":[", "\"approvers\":[[", "malformed"),
    ];
    for (from, to, want) in rows {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from:?} is not there");
        assert_eq!(fault(&verify(bad.as_bytes(), Some(&policy()))), Some(want), "{from:?} to {to:?}");
    }
    let unlogged = verify(good.split(",\"proof\"").next().map(|head| format!("{head}}}")).unwrap().as_bytes(), None);
    assert_eq!(unlogged.outcome(), &Outcome::NotLogged, "a proof may be left out");
}

#[test]
fn hostile_sizes_end_at_once() {
    let long = |what: &str| what.repeat(FILE_BYTES_MAX / what.len() + 1).into_bytes();
    let head = b"counterpart/certificate/v1\n";
    for bad in [
        [&head[..], &long("a: b\n")].concat(),
        [&head[..], &long("thing: a\n")[..FILE_BYTES_MAX - 100]].concat(),
        [b"{\"schema\":\"counterpart.certificate/1\",\"certificate\":", &long("[")[..100_000]].concat(),
        [b"{\"schema\":\"counterpart.certificate/1\",\"certificate\":", &long("{\"a\":")[..100_000]].concat(),
        [b"{\"schema\":\"counterpart.certificate/1\",\"certificate\":{\"approvers\":", &long("[{\"a\":")[..100_000]]
            .concat(),
    ] {
        assert!(is_certificate(&bad));
        assert_eq!(fault(&verify(&bad, None)), Some("malformed"));
    }
    for other in [&b"fLaC"[..], b"", b"{}", b"counterpart", b"{\"schema\":\"counterpart.verify/1\"}"] {
        assert!(!is_certificate(other));
    }
}

#[test]
fn a_draft_holds_exactly_as_long_as_its_log_is_not_behind() {
    for certificate in [of_recording(), of_disc()] {
        for (behind_s, want) in [(0, None), (240, None), (300, None), (600, None), (601, Some("contradictory"))] {
            let foreseen = will_hold(&certificate, DONE_S - behind_s).err().map(|fault| fault.kind.name());
            assert_eq!(foreseen, want, "{behind_s} s");
            let judgement = verify(&bytes(&logged_by(certificate.clone(), 2, DONE_S - behind_s)), Some(&policy()));
            assert_eq!(fault(&judgement), want, "{behind_s} s");
        }
    }
    assert_eq!(CLOCKS_APART_S, 600, "spec/certificate.md says so, and the second reader");
    let mut unfit = of_recording();
    unfit.office = "a\u{200b}b".into();
    assert_eq!(will_hold(&unfit, u64::MAX).map_err(|fault| fault.kind), Err(FaultKind::Malformed));
    let words = ["a", "é (b)", &"a".repeat(200), "", " a", "a\u{200b}b", "a\n", "a\u{a0}", &"a".repeat(201)];
    assert_eq!(words.map(is_words), [true, true, true, false, false, false, false, false, false]);
}

#[test]
fn a_subject_is_read_from_exactly_the_text_that_was_approved() {
    for subject in [of_recording().subject, of_disc().subject] {
        let text = subject.text();
        assert_eq!(Subject::parse(&text), Ok(subject));
        for bad in [&text[1..], text.trim_end(), &format!("{text}\n"), &format!("{text}x: y\n"), "", "\n"] {
            assert!(Subject::parse(bad).is_err(), "{bad}");
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/certificate")
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    file: String,
    outcome: String,
    fault: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

/// The files of `cases.toml`, as the tests above make them.
fn made_files() -> Vec<(&'static str, String)> {
    let (recording, disc) = (logged(of_recording()), logged(of_disc()));
    let of = |change: fn(&mut Certificate)| {
        let mut certificate = of_recording();
        change(&mut certificate);
        logged(certificate).text().unwrap()
    };
    let good = recording.text().unwrap();
    let swap = |c: &mut Certificate| {
        let signature = c.approvers[0].signature;
        c.approvers[0].signature = c.approvers[1].signature;
        c.approvers[1].signature = signature;
    };
    vec![
        ("trust.policy", policy_text("log.example", 1)),
        ("recording.text", of_recording().text().unwrap()),
        ("disc.text", of_disc().text().unwrap()),
        ("subject.text", of_recording().subject.text()),
        ("recording.certificate", good.clone()),
        ("recording.json", recording.json().unwrap()),
        ("disc.certificate", disc.text().unwrap()),
        ("not-logged.certificate", CertificateFile { proof: None, ..recording.clone() }.text().unwrap()),
        ("newer.certificate", good.replacen("/v1", "/v2", 1)),
        ("malformed.certificate", good.replacen("sealed-bytes: ", "sealed-bytes: 0", 1)),
        ("other-object.certificate", good.replacen("object: 44", "object: 45", 1)),
        ("one-person.certificate", of(|c| c.approvers[1] = c.approvers[0].clone())),
        ("swapped.certificate", of(swap)),
        ("too-early.certificate", of(|c| c.time_earliest_s -= 2 * 86_400)),
        ("other-proof.certificate", CertificateFile { proof: disc.proof, ..recording }.text().unwrap()),
        ("other-log.certificate", other_log()),
        ("other-key.certificate", other_key()),
        ("one-witness.certificate", logged_by(of_recording(), 1, DONE_S).text().unwrap()),
        ("witnessed-before.certificate", logged_by(of_recording(), 2, DONE_S - 601).text().unwrap()),
    ]
}

/// Signed by a log that the policy does not name, or by another key under the log's name.
fn signed_by(name: &str, seed: u8) -> String {
    let mut file = logged(of_recording());
    let proof = file.proof.as_mut().unwrap();
    let checkpoint = seal::tlog::Checkpoint { origin: name.into(), ..proof.checkpoint.checkpoint().clone() };
    let key = made::key(name, seal::tlog::KeyKind::Log, seed);
    proof.checkpoint = seal::tlog::SignedCheckpoint::sign(checkpoint, &key);
    file.text().unwrap()
}

fn other_log() -> String {
    signed_by("other.example", 1)
}

fn other_key() -> String {
    signed_by("log.example", 2)
}

#[test]
fn the_files_are_those_that_are_made_here() {
    let update = std::env::var_os("COUNTERPART_UPDATE").is_some();
    for (name, text) in made_files() {
        let path = folder().join(name);
        if update {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{name}");
    }
    let on_disk = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let made: BTreeSet<String> = made_files().into_iter().map(|(name, _)| name.to_owned()).collect();
    let others = ["made.rs", "cases.toml"];
    assert_eq!(on_disk.filter(|name| !others.contains(&name.as_str())).collect::<BTreeSet<_>>(), made);
}

#[test]
fn every_file_is_what_its_row_says_and_every_fault_has_a_row() {
    let cases: Cases = toml::from_str(&std::fs::read_to_string(folder().join("cases.toml")).unwrap()).unwrap();
    let trusted = Policy::parse(&std::fs::read_to_string(folder().join("trust.policy")).unwrap()).unwrap();
    let mut seen = BTreeSet::new();
    for case in &cases.case {
        let judgement = verify(&std::fs::read(folder().join(&case.file)).unwrap(), Some(&trusted));
        assert_eq!(judgement.outcome().name(), case.outcome, "{}", case.file);
        assert_eq!(fault(&judgement), case.fault.as_deref(), "{}", case.file);
        seen.extend(fault(&judgement));
    }
    let all: BTreeSet<&str> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(seen, all);
    let names: BTreeSet<&str> = cases.case.iter().map(|case| case.file.as_str()).collect();
    let files = made_files().into_iter().map(|(name, _)| name);
    let judged: BTreeSet<&str> =
        files.filter(|name| name.ends_with(".certificate") || name.ends_with(".json")).collect();
    assert_eq!(names, judged, "every file has a row");
}
