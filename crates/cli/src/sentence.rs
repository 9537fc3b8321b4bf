//! The one plain sentence that a verdict comes down to, said before all evidence.
//!
//! Not the evidence (`render.rs`) and not a second opinion: every sentence restates what the
//! verdict holds. Invariants: one line, safe for a terminal; each outcome and each reason has its
//! own words, by an exhaustive match; nothing that is missing goes unsaid.

use std::ops::Range;

use seal::{EndReason, EventKind, Evidence, Finding as Found, Hidden, Outcome, Reason, Verdict, What};

use crate::certificate;
use crate::check::{Checked, Finding, Trust};
use crate::hint::Odd;
use crate::render::shown_ranges;
use crate::text;
use crate::time::{Moment, range_text};

/// Ranges named in the sentence itself; the evidence lists all.
pub(crate) const RANGES_NAMED_MAX: usize = 3;

/// The outcome's word, or what stands in its place, and the sentence.
pub(crate) fn of(checked: &Checked) -> (&'static str, String) {
    let outcome = checked.outcome();
    if let Some(other) = &checked.contradicted_by {
        return (outcome.name(), two_histories(&text::path(other)));
    }
    let verdict = match &checked.finding {
        Finding::Nothing { why, .. } => return (outcome.name(), why.clone()),
        Finding::Certificate(judgement) => return (judgement.outcome().name(), certificate::sentence(judgement)),
        Finding::Checked(verdict) => verdict,
    };
    match verdict.evidence() {
        Some(evidence) if outcome.exit_code() == 0 => {
            let sentence = good(outcome, evidence);
            if checked.trust == Trust::NotNamed {
                return ("not the device you named", format!("{} {sentence}", other_device(evidence)));
            }
            (outcome.name(), sentence)
        }
        _ => (outcome.name(), bad(verdict, checked.odd)),
    }
}

/// What condemns a file that held by itself; `other` is the path of the other one, safe to show.
pub(crate) fn two_histories(other: &str) -> String {
    format!("Two different histories of this recording are signed: the other is {other}.")
}

fn other_device(evidence: &Evidence) -> String {
    match &evidence.header.device {
        Some(device) => format!("It was sealed by another device, {}.", text::visible(&device.name)),
        None => "It was sealed without any device key.".to_owned(),
    }
}

fn good(outcome: Outcome, evidence: &Evidence) -> String {
    let remarks = remarks(evidence);
    let first = match outcome {
        Outcome::Interrupted => format!(
            "Everything up to {} is here and unaltered",
            Moment::of_samples(evidence.total_samples, evidence.header.format.rate_hz())
        ),
        Outcome::Excerpt | Outcome::Redacted => {
            format!("What you hear is from the sealed recording; {}", left_out(evidence))
        }
        _ if remarks.is_empty() => "Every second is here and unaltered since it was sealed".to_owned(),
        _ => "Everything that was recorded is here and unaltered since it was sealed".to_owned(),
    };
    format!("{}.", [vec![first], remarks].concat().join("; "))
}

/// What a listener has to know besides: how it ended, what is no sound, when nobody recorded.
fn remarks(evidence: &Evidence) -> Vec<String> {
    let mut remarks = Vec::new();
    match evidence.end {
        Some(EndReason::Finished) => {}
        Some(reason) => remarks.push(format!("the recording stopped because {}", why_ended(reason))),
        None => remarks.push("why the recording stopped is not shown".to_owned()),
    }
    let filler = filler_samples(evidence);
    if filler > 0 {
        let length = Moment::of_samples(filler, evidence.header.format.rate_hz());
        remarks.push(format!("{length} of it is filler where sound was missing"));
    }
    match evidence.events.iter().filter(|event| event.kind == EventKind::Pause).count() {
        0 => {}
        1 => remarks.push("the recording was paused once".to_owned()),
        times => remarks.push(format!("the recording was paused {times} times")),
    }
    remarks
}

/// Samples in the file that no source gave, each counted once.
fn filler_samples(evidence: &Evidence) -> u64 {
    let is_filler = |kind| matches!(kind, EventKind::Gap | EventKind::Overrun | EventKind::PacketLoss);
    let ranges = evidence.events.iter().filter(|event| is_filler(event.kind));
    let ranges = merged_ranges(ranges.map(|event| event.first..event.first.saturating_add(event.count)).collect());
    let shown = shown_ranges(evidence);
    let common = |a: &Range<u64>, b: &Range<u64>| a.end.min(b.end).saturating_sub(a.start.max(b.start));
    ranges.iter().flat_map(|range| shown.iter().map(move |shown| common(range, shown))).sum()
}

/// `the recording stopped because …`
pub(crate) fn why_ended(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Finished => "it was finished",
        EndReason::Crash => "the recorder was cut off",
        EndReason::DiskFull => "no copy had room left",
        EndReason::SourceLost => "the source of sound was lost",
        EndReason::Stopped => "the system told the recorder to stop",
        EndReason::Fault => "the recorder could not go on",
    }
}

/// What of the recording is not in an excerpt or redaction: sound, events, and what was said about it.
fn left_out(evidence: &Evidence) -> String {
    let missing = u64::from(evidence.events_total).saturating_sub(evidence.events.len() as u64);
    let wordless = evidence.events.iter().filter(|event| event.body.is_none()).count() as u64;
    let unsaid = evidence.header.about.len() > evidence.about.len() || evidence.closing.is_none();
    let mut parts = match hidden(evidence) {
        Some(sound) => vec![sound],
        None if missing == 0 && wordless == 0 && !unsaid => vec!["nothing was left out".to_owned()],
        None => vec!["no sound was left out".to_owned()],
    };
    match missing {
        0 => {}
        1 => parts.push("1 event is not shown".to_owned()),
        n => parts.push(format!("{n} events are not shown")),
    }
    if wordless > 0 {
        parts.push(format!("the text of {} is withheld", text::count(wordless, "event")));
    }
    parts.join("; ")
}

/// `from 0:00 to 3:20 the sound was removed and from 4:05 to 9:00 track 2 is muted`
fn hidden(evidence: &Evidence) -> Option<String> {
    let all = merged(&evidence.hidden);
    if all.is_empty() {
        return None;
    }
    let mut parts: Vec<String> = all
        .iter()
        .take(RANGES_NAMED_MAX)
        .map(|hidden| {
            let range = range_text(&hidden.range, evidence.header.format.rate_hz());
            format!("from {range} {}", what_is_hidden(&hidden.what, evidence))
        })
        .collect();
    if all.len() > RANGES_NAMED_MAX {
        parts.push(format!("{} more as listed", all.len() - RANGES_NAMED_MAX));
    }
    Some(text::list(&parts))
}

/// `the sound was removed`, `everything is muted`, `tracks 1 and 3 are muted`.
pub(crate) fn what_is_hidden(what: &What, evidence: &Evidence) -> String {
    match what {
        What::Removed => "the sound was removed".to_owned(),
        What::Muted(tracks) if tracks.len() == usize::from(evidence.header.format.tracks()) => {
            "everything is muted".to_owned()
        }
        What::Muted(tracks) if tracks.len() == 1 => format!("track {} is muted", tracks[0]),
        What::Muted(tracks) => {
            let numbers: Vec<String> = tracks.iter().map(u8::to_string).collect();
            format!("tracks {} are muted", text::list(&numbers))
        }
    }
}

/// Neighbours of the same kind as one range.
pub(crate) fn merged(hidden: &[Hidden]) -> Vec<Hidden> {
    let mut all: Vec<Hidden> = Vec::new();
    for next in hidden {
        match all.last_mut() {
            Some(last) if last.range.end == next.range.start && last.what == next.what => {
                last.range.end = next.range.end
            }
            _ => all.push(next.clone()),
        }
    }
    all
}

fn bad(verdict: &Verdict, odd: Option<Odd>) -> String {
    match odd {
        Some(Odd::TagBefore { .. }) => return "Another program put a tag (ID3) before this FLAC file.".to_owned(),
        Some(Odd::TagBehind { .. }) => {
            return "Something was added after the end of the recording: a tag (ID3) of another program.".to_owned();
        }
        Some(Odd::VaultObject) => return "This is an encrypted object of an office's vault.".to_owned(),
        Some(Odd::Running) => return "This recording is still being made.".to_owned(),
        None => {}
    }
    let Some(reason) = verdict.reason() else {
        return "No reason is known.".to_owned();
    };
    let rate_hz = verdict.evidence().map(|evidence| evidence.header.format.rate_hz());
    match (reason, where_found(verdict.findings(), reason, rate_hz)) {
        (Reason::Truncated, Some(places)) => format!("The file ends too early: the sound {places} is missing."),
        (Reason::Mute, Some(places)) => format!("The sound {places} is not silent, though it is said to be muted."),
        (Reason::Frames | Reason::FrameHeader | Reason::Track, Some(places)) => {
            format!("The sound {places} is not what was sealed.")
        }
        _ => what_is_wrong(reason).to_owned(),
    }
}

/// `from 0:31 to 0:32 and from 4:10 to 4:15`: every place where this reason was found.
fn where_found(findings: &[Found], reason: Reason, rate_hz: Option<u32>) -> Option<String> {
    let rate_hz = rate_hz?;
    let ranges = findings.iter().filter(|found| found.reason == reason).filter_map(|found| found.range.clone());
    let all = merged_ranges(ranges.collect());
    let mut parts: Vec<String> =
        all.iter().take(RANGES_NAMED_MAX).map(|range| format!("from {}", range_text(range, rate_hz))).collect();
    if all.len() > RANGES_NAMED_MAX {
        parts.push(format!("in {} more places", all.len() - RANGES_NAMED_MAX));
    }
    (!parts.is_empty()).then(|| text::list(&parts))
}

/// Ascending, with neighbours and overlaps joined.
pub(crate) fn merged_ranges(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut all: Vec<Range<u64>> = Vec::new();
    for next in ranges {
        match all.last_mut() {
            Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
            _ => all.push(next),
        }
    }
    all
}

fn what_is_wrong(reason: Reason) -> &'static str {
    match reason {
        Reason::Unreadable => "The file cannot be read.",
        Reason::NotFlac => "This is not a FLAC file.",
        Reason::NoSeal => "This is a FLAC file without a Counterpart seal.",
        Reason::Unfinished => "This is a recording that was not finished.",
        Reason::Version => "This seal is of a version that this program does not know.",
        Reason::Metadata => "The file's metadata is broken.",
        Reason::SealBlock => "The seal is damaged.",
        Reason::Header => "The first page of the seal does not hold.",
        Reason::Device => "The signature of the device named in it does not hold.",
        Reason::About => "The parties, place, appointment or agreement shown are not those that were sealed.",
        Reason::Checkpoint => "A signature over the recording does not hold.",
        Reason::TwoHistories => "Two different histories of this recording are signed.",
        Reason::Tree => "What the seal lists is not what was signed.",
        Reason::End => "The end of the recording is not what was sealed.",
        Reason::StreamInfo => "What the file says about its sound is not what was sealed.",
        Reason::Frames | Reason::Track => "The sound is not what was sealed.",
        Reason::Truncated => "The file ends too early: sound is missing.",
        Reason::Trailing => "Something was added after the end of the recording.",
        Reason::FrameHeader => "The sound is not laid out as it was sealed.",
        Reason::Mute => "A track that is said to be muted is not silent.",
        Reason::Md5 => "The checksum of the sound is not right.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_ranges_become_one() {
        let joined = |given: &[(u64, u64)]| -> Vec<(u64, u64)> {
            let ranges = given.iter().map(|(start, end)| *start..*end).collect();
            merged_ranges(ranges).into_iter().map(|range| (range.start, range.end)).collect()
        };
        assert_eq!(joined(&[]), []);
        assert_eq!(joined(&[(5, 6), (0, 1)]), [(0, 1), (5, 6)]);
        assert_eq!(joined(&[(0, 1), (1, 2), (2, 3), (9, 12), (10, 11)]), [(0, 3), (9, 12)]);
    }
}
