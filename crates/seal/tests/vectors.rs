//! Every vector gets the verdict and reason that `vectors/manifest.toml` expects, and together they show each there is.
//!
//! Not here: making them (`examples/make-vectors`), the second reader (`spec/reader/`, run by `cargo xtask vectors --check`).
//! Invariant: what is listed is there, what is there is listed, and nothing is larger than 40,000 bytes.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use seal::bracket::{Bracket, Limit, Place, TimeFault};
use seal::timestamp::TokenFault;
use seal::tlog::Policy;
use seal::{Check, Outcome, Reason, Verdict};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::Range;
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

/// Attacks on the evidence of time. None of them changes a verdict.
const TIME_ATTACKS: [&str; 12] = [
    "wrong-log",
    "wrong-size",
    "untrusted-cosigner",
    "replayed-anchor",
    "anchor-from-the-future",
    "stamp-over-something-else",
    "stamp-before-begin",
    "expired-authority",
    "wrong-purpose",
    "log-fork",
    "lying-witness",
    "faster-than-time",
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
    time: Option<Time>,
}

/// What a file proves about when it was made, by `trust.policy`. Nothing by default.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    no_earlier: Option<Said>,
    no_later: Option<Said>,
    anchors: u32,
    anchors_held: u32,
    longest: Option<[u64; 2]>,
    longest_s: Option<u64>,
    too_much: Option<[u64; 2]>,
    refused: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    time_s: u64,
    by: String,
    witnesses: Vec<String>,
}

impl Time {
    fn of(bracket: &Bracket) -> Time {
        let said = |limit: &Option<Limit>| {
            let said = |limit: &Limit| {
                let Limit { time_s, by, witnesses, .. } = limit.clone();
                Said { time_s, by, witnesses }
            };
            limit.as_ref().map(said)
        };
        let range = |range: &Range<u64>| [range.start, range.end];
        let live = bracket.live.as_ref();
        let place = |place: Place| match place {
            Place::Header => "header".to_owned(),
            Place::Anchor(sample) => format!("anchor {sample}"),
            Place::End(number) => format!("end {number}"),
        };
        assert_eq!(bracket.refused_more, 0);
        Time {
            no_earlier: said(&bracket.no_earlier),
            no_later: said(&bracket.no_later),
            anchors: bracket.anchors,
            anchors_held: bracket.anchors_held,
            longest: live.map(|live| range(&live.longest)),
            longest_s: live.map(|live| live.longest_s),
            too_much: live.and_then(|live| live.too_much.as_ref()).map(range),
            refused: bracket.refused.iter().map(|one| format!("{} {}", place(one.place), one.fault.name())).collect(),
        }
    }
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
            assert!(
                ["manifest.toml", "trust.policy", "README.md"].contains(&name.as_str()),
                "{name} does not belong here"
            );
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
    for attack in TIME_ATTACKS {
        assert!(cases.iter().any(|case| case.attack == attack && case.time.is_some()), "{attack}");
    }
    let known = |case: &Case| {
        case.attack.is_empty() || ATTACKS.iter().chain(&TIME_ATTACKS).any(|attack| *attack == case.attack)
    };
    assert!(cases.iter().all(known));
}

#[test]
fn every_vector_proves_what_it_must_about_time() {
    let policy = Policy::parse(&std::fs::read_to_string(folder().join("trust.policy")).unwrap()).unwrap();
    let (mut wrong, mut brackets) = (Vec::new(), 0);
    for case in &cases() {
        let bytes = std::fs::read(folder().join(&case.file)).unwrap();
        let judge = |trust| seal::verify(&mut &bytes[..], Check { trust, ..Check::default() }, &mut |_, _| {});
        let (trusting, trusting_nobody) = (judge(Some(&policy)), judge(None));
        assert_eq!(
            (trusting.outcome(), trusting.reason()),
            (trusting_nobody.outcome(), trusting_nobody.reason()),
            "{}: evidence of time changes no verdict",
            case.file
        );
        let Some(verified) = trusting.verified() else {
            let claims = trusting.evidence().map(|evidence| Time::of(&evidence.time)).unwrap_or_default();
            let nothing = Time { anchors: claims.anchors, ..Time::default() };
            assert!(case.time.is_none() && claims == nothing, "{}: what does not hold proves no time", case.file);
            continue;
        };
        let (said, nothing) = (Time::of(&verified.evidence().time), Time::default());
        let expected = case.time.as_ref().unwrap_or(&nothing);
        if said != *expected && (case.time.is_some() || said != (Time { anchors: said.anchors, ..Time::default() })) {
            wrong.push(format!("{}: expected {expected:?}, got {said:?}", case.file));
        }
        let nobody = trusting_nobody.verified().map(|verified| Time::of(&verified.evidence().time)).unwrap();
        let claims = (&nobody.no_earlier, &nobody.no_later, nobody.anchors_held, nobody.longest, nobody.too_much);
        assert_eq!(claims, (&None, &None, 0, None, None), "{}: nobody was trusted", case.file);
        brackets += usize::from(case.time.is_some());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(brackets > 80);
    println!("figures: {brackets} brackets judged as expected, of {} attacks on time", TIME_ATTACKS.len());
}

#[test]
fn every_fault_of_evidence_has_a_vector() {
    let cases = cases();
    let of_logs = [
        TimeFault::UnknownKind,
        TimeFault::Malformed,
        TimeFault::Size,
        TimeFault::NotIncluded,
        TimeFault::UnknownLog,
        TimeFault::Forged,
        TimeFault::Unwitnessed,
        TimeFault::TwoHistories,
        TimeFault::Replayed,
        TimeFault::Contradictory,
    ];
    let refused = |place: &str, name: &str| {
        cases
            .iter()
            .filter_map(|case| case.time.as_ref())
            .flat_map(|time| &time.refused)
            .any(|refused| refused.starts_with(place) && refused.ends_with(&format!(" {name}")))
    };
    for fault in of_logs {
        assert!(refused("", fault.name()), "{}", fault.name());
    }
    for fault in TokenFault::ALL {
        assert!(refused("end", fault.name()), "{}", fault.name());
    }
}
