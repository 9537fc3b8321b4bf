//! `counterpart.compare/1`: what two files are to each other.
//!
//! Not the sentences for people (`compare/words.rs`).
//! Invariant: the fields are those of `docs/schemas/`, as in `json.rs`; times are seconds, since what is only heard has no samples.

use serde::Serialize;
use sound::compare::{Likeness, Span, Stretch};

use crate::compare::{Compared, Kinship, Listened};

/// `counterpart.compare/1`
#[derive(Serialize)]
pub(crate) struct Compare {
    schema: &'static str,
    a: FileOut,
    b: FileOut,
    /// What is proven: by equal bytes or by seals that hold; `not-sealed` where nothing is.
    proven: &'static str,
    /// What is heard; null where it was not listened to.
    heard: Option<HeardOut>,
    exit: u8,
}

#[derive(Serialize)]
struct FileOut {
    path: String,
    outcome: &'static str,
    recording: Option<String>,
}

#[derive(Serialize)]
struct HeardOut {
    likeness: &'static str,
    a_seconds: f64,
    b_seconds: f64,
    same_seconds: f64,
    too_quiet_seconds: f64,
    between_tracks: bool,
    a_described: String,
    b_described: String,
    stretches: Vec<StretchOut>,
}

#[derive(Serialize)]
struct StretchOut {
    kind: &'static str,
    /// From and to, in A; equal where A has nothing of it.
    a: [f64; 2],
    /// From and to, in B; equal where B has nothing of it.
    b: [f64; 2],
}

impl Compare {
    pub(crate) fn new(compared: &Compared, exit: u8) -> Compare {
        let file = |at: usize| FileOut {
            path: compared.paths[at].to_string_lossy().into_owned(),
            outcome: compared.checked[at].outcome().name(),
            recording: compared.evidence(at).map(|evidence| evidence.id.to_string()),
        };
        Compare {
            schema: "counterpart.compare/1",
            a: file(0),
            b: file(1),
            proven: proven(compared.kinship),
            heard: compared.heard.as_ref().map(HeardOut::new),
            exit,
        }
    }
}

fn proven(kinship: Kinship) -> &'static str {
    match kinship {
        Kinship::Identical => "identical",
        Kinship::SameSeal => "same-seal",
        Kinship::PartOf => "b-part-of-a",
        Kinship::WholeOf => "a-part-of-b",
        Kinship::Parts => "parts-of-one",
        Kinship::TwoRecordings => "two-recordings",
        Kinship::TwoHistories => "two-histories",
        Kinship::NotSealed => "not-sealed",
    }
}

impl HeardOut {
    fn new(heard: &Listened) -> HeardOut {
        let comparison = &heard.comparison;
        let [a_described, b_described] = heard.described.clone();
        HeardOut {
            likeness: match comparison.likeness {
                Likeness::Same => "same",
                Likeness::Part => "b-part-of-a",
                Likeness::Whole => "a-part-of-b",
                Likeness::Differs => "differs",
                Likeness::Different => "different",
                _ => "too-little",
            },
            a_seconds: comparison.reference_seconds,
            b_seconds: comparison.other_seconds,
            same_seconds: comparison.same_seconds,
            too_quiet_seconds: comparison.too_quiet_seconds,
            between_tracks: heard.between_tracks,
            a_described,
            b_described,
            stretches: comparison.stretches.iter().map(StretchOut::new).collect(),
        }
    }
}

impl StretchOut {
    fn new(stretch: &Stretch) -> StretchOut {
        let both = |kind, a: &Span, b: &Span| StretchOut { kind, a: [a.from_s, a.to_s], b: [b.from_s, b.to_s] };
        match stretch {
            Stretch::Same { reference, other } => both("same", reference, other),
            Stretch::Changed { reference, other, silenced: true } => both("silenced", reference, other),
            Stretch::Changed { reference, other, .. } => both("changed", reference, other),
            Stretch::Moved { reference, other } => both("moved", reference, other),
            Stretch::Repeated { reference, other } => both("repeated", reference, other),
            Stretch::Missing { reference, other_s } => {
                both("cut", reference, &Span { from_s: *other_s, to_s: *other_s })
            }
            Stretch::Inserted { other, reference_s } => {
                both("inserted", &Span { from_s: *reference_s, to_s: *reference_s }, other)
            }
            _ => both("other", &Span { from_s: 0.0, to_s: 0.0 }, &Span { from_s: 0.0, to_s: 0.0 }),
        }
    }
}
