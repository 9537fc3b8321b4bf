//! A comparison in words: one plain sentence, then each stretch with its times, then how it was found out.
//!
//! Not the comparison. Invariants: the first line says what is proven or what is heard, never more; every text from a file is
//! shown safely.

use seal::Outcome;
use sound::compare::{Likeness, Span, Stretch};

use super::{Compared, Kinship, Listened, evidence};
use crate::text;

/// How it was found out, for the last lines.
const METHOD: &str = "Method: the tracks of each file were mixed, evenly and unevenly, and compared each 10 ms by their spectra from 150 to \
3,400 Hz; a stretch counts as the same where two seconds of fingerprints agree in at least 70 % of their bits and no band is far off. It does not \
hear what is outside that band, nor which track somebody is on; it does not follow a change of speed, and it does not see changes shorter than \
about 0.2 s, nor 0.3 s more or less of silence at the ends. It shows likeness; only a seal proves.";

pub(super) fn of(compared: &Compared) -> String {
    let mut lines = format!("{}\n", sentence(compared));
    for (letter, (path, checked)) in ["A", "B"].iter().zip(compared.paths.iter().zip(&compared.checked)) {
        let seal = match evidence(checked) {
            Some(_) if checked.contradicted_by.is_some() => "not intact: the other one contradicts it".to_owned(),
            Some(evidence) => format!("{}, recording {}", checked.outcome().name(), evidence.id),
            None if checked.outcome() == Outcome::NotIntact => "not intact: its seal does not hold".to_owned(),
            None => "no seal that can be read".to_owned(),
        };
        lines.push_str(&format!("  {letter}  {}: {seal}\n", text::path(path)));
    }
    if let Some(heard) = &compared.heard {
        lines.push('\n');
        lines.push_str(&stretches(heard));
        lines.push_str(&format!("\n{METHOD}\n"));
    }
    lines
}

/// The one sentence.
pub(super) fn sentence(compared: &Compared) -> String {
    let proven = match compared.kinship {
        Kinship::Identical => "identical: both files are the same bytes.",
        Kinship::SameSeal => "same recording: both hold the whole of it, sealed; only tags or padding differ.",
        Kinship::PartOf => "part: B is made from the sealed recording A, and what it holds is unaltered.",
        Kinship::WholeOf => "part: A is made from the sealed recording B, and what it holds is unaltered.",
        Kinship::Parts => "parts: both are made from one sealed recording, and what they hold is unaltered.",
        Kinship::TwoRecordings => "two recordings: each is sealed as a recording of its own.",
        Kinship::TwoHistories => {
            "two histories: one recording's key signed both, and they cannot both be. Neither is intact."
        }
        Kinship::NotSealed => {
            return compared.heard.as_ref().map_or_else(String::new, |heard| {
                let broken =
                    ["A", "B"].iter().zip(&compared.checked).filter(|(_, one)| one.outcome() == Outcome::NotIntact);
                let broken: Vec<&str> = broken.map(|(letter, _)| *letter).collect();
                match broken[..] {
                    [] => by_ear(heard),
                    _ => format!("{} Not intact: {}.", by_ear(heard), broken.join(" and ")),
                }
            });
        }
    };
    match &compared.heard {
        Some(heard) => format!("{proven} By ear: {}", by_ear(heard)),
        None => proven.to_owned(),
    }
}

fn by_ear(heard: &Listened) -> String {
    let comparison = &heard.comparison;
    let different = comparison.stretches.iter().filter(|stretch| !matches!(stretch, Stretch::Same { .. })).count();
    match comparison.likeness {
        Likeness::Same => "same sound: B sounds like A from end to end.".to_owned(),
        Likeness::Part => "part: B sounds like one stretch of A, with nothing heard that was changed in it.".to_owned(),
        Likeness::Whole => {
            "part: A sounds like one stretch of B, with nothing heard that was changed in it.".to_owned()
        }
        Likeness::Differs => format!(
            "differs: B has sound of A, but not as it is in A: {}{}.",
            text::count(different as u64, "difference"),
            if heard.between_tracks {
                ", some of it between the tracks, where an even mix of them hears nothing"
            } else {
                ""
            }
        ),
        Likeness::Different => "different: no stretch of A was recognised in B.".to_owned(),
        _ => "cannot say: one of the files is too short, or has too little in it, to compare by ear.".to_owned(),
    }
}

fn stretches(heard: &Listened) -> String {
    let comparison = &heard.comparison;
    let mut lines = String::new();
    for stretch in &comparison.stretches {
        lines.push_str(&format!("  {}\n", line(stretch)));
    }
    lines.push_str(&format!(
        "  A is {} long, B {}; {} of B is heard in A, {} of it too quiet to be judged: pauses, or what is far below the sound about it\n",
        clock(comparison.reference_seconds),
        clock(comparison.other_seconds),
        clock(comparison.same_seconds),
        clock(comparison.too_quiet_seconds)
    ));
    lines
}

fn line(stretch: &Stretch) -> String {
    match stretch {
        Stretch::Same { reference, other } => format!("same      B {} is A {}", range(other), range(reference)),
        Stretch::Changed { reference, other, silenced: true } => {
            format!("silenced  B {} is silent where A {} is not", range(other), range(reference))
        }
        Stretch::Changed { reference, other, .. } => {
            format!("changed   B {} is not what A has at {}", range(other), range(reference))
        }
        Stretch::Missing { reference, other_s } => {
            format!("cut       A {} is missing at B {}", range(reference), clock(*other_s))
        }
        Stretch::Inserted { other, reference_s } => {
            format!("inserted  B {} is not in A; it stands at A {}", range(other), clock(*reference_s))
        }
        Stretch::Moved { reference, other } => {
            format!("moved     B {} is A {}, out of its order", range(other), range(reference))
        }
        Stretch::Repeated { reference, other } => {
            format!("repeated  B {} is A {} once more", range(other), range(reference))
        }
        _ => "something else".to_owned(),
    }
}

fn range(span: &Span) -> String {
    format!("{} to {}", clock(span.from_s), clock(span.to_s))
}

/// `3:20.41`.
fn clock(seconds: f64) -> String {
    let hundredths = (seconds * 100.0).round() as u64;
    format!("{}:{:02}.{:02}", hundredths / 6_000, hundredths / 100 % 60, hundredths % 100)
}
