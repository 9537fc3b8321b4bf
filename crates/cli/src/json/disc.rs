//! `counterpart.disc-make/1`, `counterpart.disc-burn/1`, `counterpart.disc-verify/1`.
//!
//! Not the judgement of a disc.
//! Invariant: `equal` and `either` are true only where every byte was read.

use serde::Serialize;

use super::File;
use super::receipt::{RecordingOut, shown};
use crate::disc::{Burning, Judged, Made, Pair};
use crate::holding::Holding;
use crate::reading::Hashed;

#[derive(Serialize)]
pub(crate) struct Make {
    schema: &'static str,
    recording: RecordingOut,
    image: String,
    len_bytes: u64,
    sha256: String,
    label: String,
    files: Vec<String>,
}

impl Make {
    pub(crate) fn new(holding: &Holding, hashed: &Hashed, made: &Made) -> Make {
        Make {
            schema: "counterpart.disc-make/1",
            recording: RecordingOut::new(holding, hashed),
            image: shown(&made.path),
            len_bytes: made.hashed.len_bytes,
            sha256: made.hashed.sha256.clone(),
            label: made.label.clone(),
            files: made.names.clone(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Burn {
    schema: &'static str,
    image: String,
    len_bytes: u64,
    drives: Vec<Drive>,
    /// Two discs were read back and are equal: either side may choose either.
    either: bool,
    exit: u8,
}

#[derive(Serialize)]
struct Drive {
    drive: String,
    burned: bool,
    why: Option<String>,
}

impl Burn {
    pub(crate) fn new(burning: &Burning, exit: u8) -> Burn {
        let drive = |drive: &crate::disc::Burned| Drive {
            drive: shown(&drive.drive),
            burned: drive.failed.is_none(),
            why: drive.failed.clone(),
        };
        Burn {
            schema: "counterpart.disc-burn/1",
            image: shown(&burning.image),
            len_bytes: burning.len_bytes,
            drives: burning.drives.iter().map(drive).collect(),
            either: burning.either.is_some(),
            exit,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Verify {
    schema: &'static str,
    discs: Vec<Disc>,
    /// Each other disc against the first.
    pairs: Vec<PairOut>,
    exit: u8,
}

#[derive(Serialize)]
struct Disc {
    path: String,
    disc: &'static str,
    faults: Vec<String>,
    notes: Vec<String>,
    hint: Option<String>,
    label: Option<String>,
    recording: Option<File>,
}

#[derive(Serialize)]
struct PairOut {
    a: String,
    b: String,
    equal: bool,
    /// Null when they cannot be compared.
    differing_bytes: Option<u64>,
    places: Vec<String>,
    places_more: u64,
    why: Option<String>,
}

impl Verify {
    pub(crate) fn new(discs: &[Judged], pairs: &[Pair], exit: u8) -> Verify {
        let disc = |disc: &Judged| Disc {
            path: shown(&disc.path),
            disc: disc.word.name(),
            faults: disc.faults.clone(),
            notes: disc.notes.clone(),
            hint: disc.hint.clone(),
            label: disc.volume.as_ref().map(|volume| volume.label.clone()),
            recording: disc.recording.as_ref().map(File::new),
        };
        let pair = |pair: &Pair| PairOut {
            a: shown(&pair.a),
            b: shown(&pair.b),
            equal: pair.equal(),
            differing_bytes: pair.found.as_ref().ok().map(|found| found.bytes),
            places: pair.places.clone(),
            places_more: pair.found.as_ref().map_or(0, |found| found.places_more),
            why: pair.found.as_ref().err().cloned(),
        };
        Verify {
            schema: "counterpart.disc-verify/1",
            discs: discs.iter().map(disc).collect(),
            pairs: pairs.iter().map(pair).collect(),
            exit,
        }
    }
}
