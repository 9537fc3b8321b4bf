//! `counterpart.record/1` and `counterpart.recover/1`: how a recording or a recovery ended.
//!
//! Not the lines for people (`saved.rs`).
//! Invariant: the fields are those of `docs/schemas/`, as in `json.rs`.

use recorder::{CopyResult, CopyState, Done, Outcome, TimeEvidence};
use serde::Serialize;

use crate::saved::Recovery;
use crate::text::hex;

#[derive(Serialize)]
pub(crate) struct Record {
    schema: &'static str,
    recording: String,
    words: String,
    digits: String,
    end: &'static str,
    rate_hz: u32,
    bits: u8,
    tracks: u8,
    total_samples: u64,
    total_seconds: f64,
    /// Of the file, the same for every copy that was saved.
    sha256: String,
    copies: Vec<CopyOut>,
    journal_kept: Option<String>,
    /// Of a recording: null where nobody outside was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Option<TimeOut>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    already_whole: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames_missing: Option<u64>,
}

impl Record {
    pub(crate) fn new(outcome: &Outcome, recovery: Option<&Recovery>) -> Record {
        let format = outcome.format;
        Record {
            schema: if recovery.is_some() { "counterpart.recover/1" } else { "counterpart.record/1" },
            recording: outcome.id.to_string(),
            words: outcome.words.to_string(),
            digits: outcome.words.digits(),
            end: outcome.reason.name(),
            rate_hz: format.rate_hz(),
            bits: format.bits(),
            tracks: format.tracks(),
            total_samples: outcome.total_samples,
            total_seconds: super::seconds(outcome.total_samples, format.rate_hz()),
            sha256: hex(&outcome.digest),
            copies: outcome.copies.iter().map(CopyOut::new).collect(),
            journal_kept: outcome.journal_kept.as_ref().map(|path| path.to_string_lossy().into_owned()),
            time: recovery.is_none().then(|| outcome.time.as_ref().map(|time| TimeOut::new(time, format.rate_hz()))),
            already_whole: recovery.map(|recovery| recovery.done == Done::Nothing && outcome.is_whole()),
            done: recovery.map(|recovery| done_name(recovery.done)),
            frames_missing: recovery.map(|recovery| recovery.frames_missing),
        }
    }
}

#[derive(Serialize)]
struct TimeOut {
    has_checkpoint: bool,
    anchors: u32,
    longest_samples: u64,
    longest_seconds: f64,
    end_is_anchored: bool,
    timestamps: u32,
    missing: Vec<MissingOut>,
}

#[derive(Serialize)]
struct MissingOut {
    url: String,
    why: String,
}

impl TimeOut {
    fn new(time: &TimeEvidence, rate_hz: u32) -> TimeOut {
        let missing = |(url, why): &(String, String)| MissingOut { url: url.clone(), why: why.clone() };
        TimeOut {
            has_checkpoint: time.has_checkpoint,
            anchors: time.anchors,
            longest_samples: time.longest_samples,
            longest_seconds: super::seconds(time.longest_samples, rate_hz),
            end_is_anchored: time.end_is_anchored,
            timestamps: time.timestamps,
            missing: time.missing.iter().map(missing).collect(),
        }
    }
}

#[derive(Serialize)]
struct CopyOut {
    path: String,
    saved: bool,
    len_bytes: Option<u64>,
    why_lost: Option<String>,
    left_behind: Option<String>,
}

impl CopyOut {
    fn new(copy: &CopyResult) -> CopyOut {
        let mut out = CopyOut {
            path: copy.path().to_string_lossy().into_owned(),
            saved: false,
            len_bytes: None,
            why_lost: None,
            left_behind: None,
        };
        match &copy.state {
            CopyState::Saved(saved) => {
                (out.saved, out.len_bytes) = (true, Some(saved.len_bytes()));
                out.left_behind = saved.left().map(|left| left.path.to_string_lossy().into_owned());
            }
            CopyState::Lost { why } => out.why_lost = Some(why.clone()),
        }
        out
    }
}

fn done_name(done: Done) -> &'static str {
    match done {
        Done::Nothing => "nothing",
        Done::Copied => "copied",
        Done::Sealed => "sealed",
    }
}
