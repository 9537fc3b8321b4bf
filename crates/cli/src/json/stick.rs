//! `counterpart.stick-make/1`, `counterpart.stick-verify/1`.
//!
//! Not the writing of sticks.
//! Invariant: `either` and `same` are true only where every byte was read.

use serde::Serialize;

use super::File;
use super::receipt::{RecordingOut, shown};
use crate::holding::Holding;
use crate::reading::Hashed;
use crate::stick::{Difference, Made, Stick, Sticks};

#[derive(Serialize)]
pub(crate) struct Make {
    schema: &'static str,
    recording: RecordingOut,
    sticks: Vec<StickOut>,
    /// Both are equal: either side may choose either.
    either: bool,
    exit: u8,
}

#[derive(Serialize)]
struct StickOut {
    folder: String,
    written: bool,
    encrypted: bool,
    files: Vec<String>,
    why: Option<String>,
}

impl Make {
    pub(crate) fn new(holding: &Holding, hashed: &Hashed, made: &Made, exit: u8) -> Make {
        let stick = |stick: &Stick| StickOut {
            folder: shown(&stick.folder),
            written: stick.failed.is_none(),
            encrypted: stick.encrypted,
            files: stick.files.clone(),
            why: stick.failed.clone(),
        };
        Make {
            schema: "counterpart.stick-make/1",
            recording: RecordingOut::new(holding, hashed),
            sticks: made.sticks.iter().map(stick).collect(),
            either: made.either.is_some(),
            exit,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Verify {
    schema: &'static str,
    folders: Vec<String>,
    /// The recordings on them that are not encrypted.
    recordings: Vec<File>,
    /// One of the sticks is encrypted.
    encrypted: bool,
    same: bool,
    difference: Option<String>,
    /// What is wrong with the papers.
    faults: Vec<String>,
    notes: Vec<String>,
    exit: u8,
}

impl Verify {
    pub(crate) fn new(sticks: &Sticks, exit: u8) -> Verify {
        Verify {
            schema: "counterpart.stick-verify/1",
            folders: sticks.folders.iter().map(|folder| shown(folder)).collect(),
            recordings: sticks.recordings.iter().map(File::new).collect(),
            encrypted: sticks.encrypted,
            same: sticks.are_same(),
            difference: sticks.found.as_ref().err().map(Difference::words),
            faults: sticks.papers.faults.clone(),
            notes: sticks.papers.notes.clone(),
            exit,
        }
    }
}
