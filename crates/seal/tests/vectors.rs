//! Every vector gets the verdict and reason that `vectors/manifest.toml` expects, and together they show each there is.
//!
//! Not here: making them (`examples/make-vectors`), the second reader (`spec/reader/`, run by `cargo xtask vectors --check`).
//! Invariant: what is listed is there, what is there is listed, and nothing is larger than 40,000 bytes.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use seal::{Check, Outcome, Reason, Verdict};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

const FILE_BYTES_MAX: u64 = 40_000;
/// The attacks of the design's list, by the names the manifest gives them.
const ATTACKS: [&str; 21] = [
    "leaf-node-confusion",
    "truncation",
    "extension",
    "reorder",
    "duplicate-segment",
    "splice",
    "header-swap",
    "seal-moved",
    "end-removed",
    "checkpoint-size",
    "downgrade",
    "malleable-signature",
    "guessed-salt",
    "excerpt-as-complete",
    "excerpts-joined",
    "redaction-hidden",
    "old-seal-replayed",
    "two-histories",
    "metadata-lengths",
    "frame-numbers",
    "tracks-swapped",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    file: String,
    verdict: String,
    reason: String,
    deep: bool,
    #[serde(default)]
    with: Vec<String>,
    attack: String,
    about: String,
}

#[derive(Deserialize)]
struct Manifest {
    case: Vec<Case>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("manifest.toml")).unwrap();
    toml::from_str::<Manifest>(&text).unwrap().case
}

fn check(file: &str, deep: bool) -> Verdict {
    let bytes = std::fs::read(folder().join(file)).unwrap();
    seal::verify(&mut &bytes[..], Check { deep, ..Check::default() }, &mut |_, _| {})
}

/// Verdict and reason of a case as the format's section 6 has them, files given together included.
fn judge(case: &Case, deep: bool) -> (String, String) {
    let verdict = check(&case.file, deep);
    let contradicted = case.with.iter().any(|other| {
        let other = check(other, deep);
        verdict.verified().zip(other.verified()).is_some_and(|(a, b)| seal::two_histories(a, b))
    });
    let contradiction = contradicted.then_some(Reason::TwoHistories);
    match verdict.reason().into_iter().chain(contradiction).min() {
        None => (verdict.outcome().name().to_owned(), String::new()),
        Some(reason) if reason.is_cannot_say() => (Outcome::CannotSay.name().to_owned(), reason.name().to_owned()),
        Some(reason) => (Outcome::NotIntact.name().to_owned(), reason.name().to_owned()),
    }
}

#[test]
fn every_vector_gets_its_verdict() {
    let mut wrong = Vec::new();
    let cases = cases();
    let deep_of_its_own = |file: &str| cases.iter().any(|case| case.deep && case.file == file);
    for case in &cases {
        let expected = (case.verdict.clone(), case.reason.clone());
        for deep in [false, true] {
            if deep != case.deep && (case.deep || deep_of_its_own(&case.file)) {
                continue;
            }
            let said = judge(case, deep);
            if said != expected {
                wrong.push(format!("{} (deep: {deep}): expected {expected:?}, got {said:?}", case.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("figures: {} vectors judged as expected, of {} attacks", cases.len(), ATTACKS.len());
}

#[test]
fn what_is_listed_is_there_and_small() {
    let listed: BTreeSet<String> = cases().into_iter().map(|case| case.file).collect();
    let mut there = BTreeSet::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".flac") {
            let len = entry.metadata().unwrap().len();
            assert!(len <= FILE_BYTES_MAX, "{name} has {len} bytes");
            there.insert(name);
        } else {
            assert!(["manifest.toml", "README.md"].contains(&name.as_str()), "{name} does not belong here");
        }
    }
    assert_eq!(listed, there);
    assert!(cases().iter().all(|case| !case.about.is_empty()));
}

#[test]
fn every_verdict_reason_and_attack_has_a_vector() {
    let cases = cases();
    for outcome in ["complete", "interrupted", "excerpt", "redacted", "not intact", "cannot say"] {
        assert!(cases.iter().any(|case| case.verdict == outcome), "{outcome}");
    }
    // No file can show an input error.
    for reason in Reason::ALL.iter().filter(|reason| **reason != Reason::Unreadable) {
        assert!(cases.iter().any(|case| case.reason == reason.name()), "{reason}");
    }
    for attack in ATTACKS {
        assert!(cases.iter().any(|case| case.attack == attack && !case.reason.is_empty()), "{attack}");
    }
    let known = |case: &Case| case.attack.is_empty() || ATTACKS.contains(&case.attack.as_str());
    assert!(cases.iter().all(known));
}
