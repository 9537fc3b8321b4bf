//! How a recording or a recovery ended: the id, the copy words, and what became of each copy.
//!
//! Not the JSON of it (`json/saved.rs`).
//! Invariant: "saved" is said only of a copy that `recorder` calls saved, which read it back.

use recorder::{CopyState, Done, Outcome, TimeEvidence};
use seal::EndReason;

use crate::error::{Error, without_number};
use crate::render::line;
use crate::time::Moment;
use crate::watcher::Costs;
use crate::{json, out, sentence, text};

/// What a recovery adds.
pub(crate) struct Recovery {
    pub(crate) done: Done,
    pub(crate) frames_missing: u64,
}

/// Prints the result of a recording, and what was lost of its sound; 1 when anything was.
pub(crate) fn report_recorded(outcome: &Outcome, costs: &Costs, flag: json::Flag) -> u8 {
    let code = report(outcome, None, flag);
    let losses = losses(outcome, costs);
    if losses.is_empty() {
        return code;
    }
    let error = Error::of(format_args!("sound is missing from the recording: {}", text::list(&losses)));
    out::notice(&error.hint("counterpart verify lists when; both copies are whole all the same").to_string());
    code.max(1)
}

/// What a voice is missing by.
fn losses(outcome: &Outcome, costs: &Costs) -> Vec<String> {
    let mut losses = Vec::new();
    if costs.lost_samples > 0 {
        let seconds = costs.lost_samples as f64 / f64::from(outcome.format.rate_hz());
        losses.push(format!("{seconds:.1} s never came"));
    }
    for (kind, words) in [
        ("no-signal", "no track had a signal for a time"),
        ("dead-track", "a track had no signal for a time"),
        ("one-sided", "a track did not hear what others did for a time"),
    ] {
        if costs.alarms.contains(kind) {
            losses.push(words.to_owned());
        }
    }
    losses
}

/// Prints the result; 1 when a copy was not saved, or the recording ended before anybody ended it.
pub(crate) fn report(outcome: &Outcome, recovery: Option<&Recovery>, flag: json::Flag) -> u8 {
    let cut_short = recovery.is_none() && ended_early(outcome.reason);
    let code = u8::from(!outcome.is_whole() || cut_short);
    let text = match flag.json {
        true => json::text(&json::saved::Record::new(outcome, recovery)),
        false => human(outcome, recovery),
    };
    let code = out::result(&text, code);
    if !outcome.is_whole() {
        out::notice(&not_whole(outcome).to_string());
    }
    if cut_short {
        let error = Error::of(format_args!("the recording ended early: {}", sentence::why_ended(outcome.reason)));
        out::notice(&error.hint("the copies that are saved hold everything up to then").to_string());
    }
    code
}

/// Whether a recording that is being made was ended by what nobody wanted.
fn ended_early(reason: EndReason) -> bool {
    match reason {
        EndReason::Finished | EndReason::Stopped => false,
        EndReason::Crash | EndReason::DiskFull | EndReason::SourceLost | EndReason::Fault => true,
    }
}

fn not_whole(outcome: &Outcome) -> Error {
    let lost = outcome.copies.iter().filter(|copy| matches!(copy.state, CopyState::Lost { .. })).count();
    let what = Error::of(format_args!("{lost} of {} copies not saved", outcome.copies.len()));
    match &outcome.journal_kept {
        Some(_) => what.hint("put the medium back, then: counterpart recover DIR"),
        None => what.hint("make the missing copy from the one that was saved"),
    }
}

fn human(outcome: &Outcome, recovery: Option<&Recovery>) -> String {
    let mut lines = String::new();
    let format = outcome.format;
    line(&mut lines, "recording", &outcome.id.to_string());
    line(&mut lines, "copy words", &outcome.words.to_string());
    line(&mut lines, "as digits", &outcome.words.digits());
    let sound = format!(
        "{}, {}, {} Hz, {} bits",
        Moment::of_samples(outcome.total_samples, format.rate_hz()),
        text::count(u64::from(format.tracks()), "track"),
        format.rate_hz(),
        format.bits()
    );
    line(&mut lines, "sound", &sound);
    line(&mut lines, "ended", &format!("{} ({})", sentence::why_ended(outcome.reason), outcome.reason.name()));
    if let Some(time) = &outcome.time {
        time_lines(&mut lines, time, format.rate_hz());
    }
    if let Some(recovery) = recovery {
        line(&mut lines, "recovery", &recovered(recovery, outcome.is_whole()));
    }
    for copy in &outcome.copies {
        let path = text::path(&copy.path());
        match &copy.state {
            CopyState::Saved(saved) => {
                line(&mut lines, "saved", &format!("{path}, {} bytes, read back", saved.len_bytes()));
                if let Some(left) = saved.left() {
                    let why = text::visible(&without_number(&left.why));
                    line(&mut lines, "left behind", &format!("{}, to be removed: {why}", text::path(&left.path)));
                }
            }
            CopyState::Lost { why } => {
                line(&mut lines, "NOT SAVED", &format!("{path}: {}", text::visible(&without_number(why))));
            }
        }
    }
    if let Some(journal) = &outcome.journal_kept {
        line(&mut lines, "journal", &format!("kept for recovery: {}", text::path(journal)));
    }
    lines
}

/// What it has from outside to say when it was made.
fn time_lines(lines: &mut String, time: &TimeEvidence, rate_hz: u32) {
    let longest = Moment::of_samples(time.longest_samples, rate_hz);
    let anchors = text::count(time.anchors.into(), "anchor");
    let end = if time.end_is_anchored { "; its end is anchored" } else { "" };
    match time.anchors {
        0 if !time.end_is_anchored && !time.has_checkpoint => {}
        0 => line(lines, "anchored", &format!("not while it was made{end}")),
        _ => line(lines, "anchored", &format!("{anchors}, at the longest {longest} without{end}")),
    }
    if time.timestamps > 0 {
        line(lines, "time stamps", &time.timestamps.to_string());
    }
    for (who, why) in &time.missing {
        line(lines, "no evidence", &text::visible(&format!("from {who}: {why}")));
    }
}

fn recovered(recovery: &Recovery, is_whole: bool) -> String {
    match (recovery.done, recovery.frames_missing) {
        (Done::Nothing, _) if is_whole => "it was whole already".to_owned(),
        (Done::Nothing, _) => "nothing could be done".to_owned(),
        (Done::Copied, _) => "copied from a finished copy; nothing was signed".to_owned(),
        (Done::Sealed, 0) => "all that was safe is sealed".to_owned(),
        (Done::Sealed, n) => format!("sealed; {n} blocks of sound at its end were on no medium any more"),
    }
}
