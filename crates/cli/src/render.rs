//! A verdict as a person reads it: the sentence, then the evidence, aligned and calm.
//!
//! Not the choice of the sentence (`sentence.rs`) and not JSON (`json.rs`). Invariants: every text
//! that comes out of a file goes through `text::visible`; what is not known is said, never left out.

use std::fmt::Write;
use std::ops::Range;

use seal::{Evidence, Kind, Outcome, Verdict};

use crate::check::{Checked, Trust};
use crate::sentence::{self, RANGES_NAMED_MAX, merged, merged_ranges};
use crate::text::{self, visible};
use crate::time::{Moment, range_text};
use crate::{certificate, hint, quality, when};

/// Two spaces, the label, padding: where every value begins.
const LABEL_WIDTH: usize = 14;
/// `spec/seal.md` section 7, in one line.
const LIMITS: &str = "that the microphone heard the room, that the device was honest before it sealed, or that nobody \
                      kept another recording";

/// `interview.flac: complete. Every second is here …`
pub(crate) fn headline(checked: &Checked) -> String {
    let (word, sentence) = sentence::of(checked);
    let word = checked.judgement().map_or_else(|| word.to_owned(), |judgement| judgement.verdict());
    format!("{}: {word}. {sentence}\n", text::path(&checked.path))
}

/// What to do about the file, where there is something.
pub(crate) fn hint(checked: &Checked) -> String {
    hint::of(checked).map_or(String::new(), |hint| format!("hint: {hint}\n"))
}

/// The headline, a hint, and the evidence below it.
pub(crate) fn report(checked: &Checked) -> String {
    let mut lines = headline(checked) + &hint(checked);
    if let Some(judgement) = checked.judgement() {
        certificate::add(&mut lines, judgement);
    }
    if let Some(verdict) = checked.verdict() {
        findings(&mut lines, verdict);
        if let Some(evidence) = verdict.evidence() {
            lines.push('\n');
            if checked.outcome().exit_code() != 0 {
                lines.push_str("  The file says of itself, and none of it is proven:\n");
            }
            identity(&mut lines, checked, evidence);
            claims(&mut lines, evidence);
            sound(&mut lines, evidence);
            if let Some(quality) = &checked.quality {
                quality::add(&mut lines, quality, evidence.header.format.rate_hz());
            }
            line(&mut lines, "not proven", LIMITS);
        }
    }
    lines
}

/// One aligned line; an empty label continues the one above.
pub(crate) fn line(lines: &mut String, label: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(lines, "  {label:<LABEL_WIDTH$}{value}");
}

fn findings(lines: &mut String, verdict: &Verdict) {
    if verdict.findings().is_empty() {
        return;
    }
    lines.push('\n');
    let rate_hz = verdict.evidence().map(|evidence| evidence.header.format.rate_hz());
    for found in verdict.findings() {
        let mut value = String::new();
        if let (Some(range), Some(rate_hz)) = (&found.range, rate_hz) {
            let _ = write!(value, "{}: ", range_text(range, rate_hz));
        }
        if let Some(track) = found.track {
            let _ = write!(value, "track {track}: ");
        }
        value.push_str(&visible(&found.detail));
        line(lines, found.reason.name(), &value);
    }
    if verdict.findings_more() > 0 {
        line(lines, "", &format!("and {} more", verdict.findings_more()));
    }
}

fn identity(lines: &mut String, checked: &Checked, evidence: &Evidence) {
    line(lines, "recording", &evidence.id.to_string());
    line(lines, "integrity", integrity(checked.outcome(), evidence));
    let device = match &evidence.header.device {
        None => "the device is not known: no device key".to_owned(),
        Some(device) => format!("{}, {}", visible(&device.name), seal::fingerprint(&device.public_key)),
    };
    let trust = match checked.trust {
        Trust::NotAsked => "",
        Trust::Trusted => " (trusted)",
        Trust::NotNamed => " (NOT the device you named)",
    };
    line(lines, "sealed by", &format!("{device}{trust}"));
    line(lines, "with", &visible(&evidence.header.software));
    if let Some(prev) = &evidence.header.prev {
        line(lines, "continues", &prev.to_string());
    }
}

fn integrity(outcome: Outcome, evidence: &Evidence) -> &'static str {
    match (outcome, evidence.kind, evidence.deep) {
        (Outcome::NotIntact | Outcome::CannotSay, _, _) => "does not hold, see above",
        (_, Kind::Derived, _) => "all that is shown holds, decoded and compared",
        (_, _, true) => "everything holds, decoded and compared",
        (_, _, false) => "everything holds (--deep decodes the sound as well)",
    }
}

fn claims(lines: &mut String, evidence: &Evidence) {
    when::add(lines, evidence);
    line(lines, "co-signed", "by nobody");
    if let Some(words) = &evidence.words {
        line(lines, "copy words", &words.to_string());
        line(lines, "as digits", &words.digits());
    }
    for (field, value) in &evidence.about {
        line(lines, field.name(), &visible(value));
    }
    if let Some(closing) = &evidence.closing {
        several(lines, "closing", &closing.lines().map(visible).collect::<Vec<_>>());
    }
}

fn sound(lines: &mut String, evidence: &Evidence) {
    let rate_hz = evidence.header.format.rate_hz();
    let length = Moment::of_samples(evidence.total_samples, rate_hz);
    let tracks = text::count(u64::from(evidence.header.format.tracks()), "track");
    line(lines, "sound", &format!("{length}, {tracks}, {rate_hz} Hz, {} bits", evidence.header.format.bits()));
    if let Some(end) = evidence.end {
        line(lines, "ended", &format!("{} ({})", sentence::why_ended(end), end.name()));
    }
    if evidence.kind == Kind::Derived {
        shown(lines, evidence);
    }
    let shown = shown_ranges(evidence);
    let events: Vec<String> = evidence.events.iter().map(|event| event_text(event, evidence, &shown)).collect();
    several(lines, "events", &events);
    let withheld = u64::from(evidence.events_total).saturating_sub(evidence.events.len() as u64);
    if withheld > 0 {
        line(lines, "", &format!("{} in what is not shown", text::count(withheld, "event")));
    } else if events.is_empty() {
        line(lines, "events", "none");
    }
    if evidence.tags.is_empty() {
        line(lines, "tags", "nothing changed after sealing");
    } else {
        let tags: Vec<String> = evidence.tags.iter().map(|tag| visible(tag)).collect();
        several(lines, "tags", &tags);
        line(lines, "", "changed after sealing; tags are not sealed and the sound is not touched by them");
    }
}

fn shown(lines: &mut String, evidence: &Evidence) {
    let rate_hz = evidence.header.format.rate_hz();
    line(lines, "this file", &format!("{} of it", Moment::of_samples(evidence.shown_samples, rate_hz)));
    let mut at = 0;
    let places: Vec<String> = shown_ranges(evidence)
        .iter()
        .map(|range| {
            let here = Moment::of_samples(at, rate_hz);
            at += range.end - range.start;
            format!("{here} in this file is {} of the recording", range_text(range, rate_hz))
        })
        .collect();
    several(lines, "", &places);
    let missing: Vec<String> = merged(&evidence.hidden)
        .iter()
        .map(|hidden| {
            format!("{}: {}", range_text(&hidden.range, rate_hz), sentence::what_is_hidden(&hidden.what, evidence))
        })
        .collect();
    several(lines, "left out", &missing);
}

/// What of the recording is in the file: everything but the removed ranges.
pub(crate) fn shown_ranges(evidence: &Evidence) -> Vec<Range<u64>> {
    let removed = evidence.hidden.iter().filter(|hidden| hidden.what == seal::What::Removed);
    let mut shown = Vec::new();
    let mut at = 0;
    for gap in merged_ranges(removed.map(|hidden| hidden.range.clone()).collect()) {
        if gap.start > at {
            shown.push(at..gap.start);
        }
        at = gap.end;
    }
    if at < evidence.total_samples {
        shown.push(at..evidence.total_samples);
    }
    shown
}

fn event_text(event: &seal::EventSeen, evidence: &Evidence, shown: &[Range<u64>]) -> String {
    let body = match &event.body {
        None => ", withheld".to_owned(),
        Some(body) => body.as_str().lines().fold(String::new(), |all, one| all + ", " + &visible(one)),
    };
    format!("{}{body}", event_place(event, evidence, shown))
}

/// When it happened and what; what of its time is not in this file is said, not passed over.
fn event_place(event: &seal::EventSeen, evidence: &Evidence, shown: &[Range<u64>]) -> String {
    let (rate_hz, total) = (evidence.header.format.rate_hz(), evidence.total_samples);
    let kind = event.kind.name();
    let said = event.first..event.first.saturating_add(event.count);
    if said.is_empty() {
        return format!("{} {kind}", Moment::of_samples(event.first, rate_hz));
    }
    // Without a total nothing is known of where the recording ends.
    if total > 0 && said.end > total {
        let there = event.first..total.max(event.first);
        let end = Moment::of_samples(said.end, rate_hz);
        return format!("{} {kind}, said to last to {end}, beyond the end", range_text(&there, rate_hz));
    }
    let shown = common(shown, &said, RANGES_NAMED_MAX + 1);
    let mut place = format!("{} {kind}", range_text(&said, rate_hz));
    if evidence.kind == Kind::Derived && shown != [said] {
        let mut named: Vec<String> =
            shown.iter().take(RANGES_NAMED_MAX).map(|range| range_text(range, rate_hz)).collect();
        if shown.len() > RANGES_NAMED_MAX {
            named.push("more".to_owned());
        }
        let here = if shown.is_empty() { "none of it".to_owned() } else { text::list(&named) };
        place.push_str(&format!(", of which {here} is in this file"));
    }
    place
}

/// What a range has in common with others that ascend, so many at the most: a hostile file can have thousands of both.
fn common(ascending: &[Range<u64>], range: &Range<u64>, at_most: usize) -> Vec<Range<u64>> {
    let first = ascending.partition_point(|other| other.end <= range.start);
    let overlaps = ascending[first..].iter().take(at_most);
    overlaps
        .map(|other| other.start.max(range.start)..other.end.min(range.end))
        .take_while(|own| !own.is_empty())
        .collect()
}

/// A label once and a value a line.
pub(crate) fn several(lines: &mut String, label: &str, values: &[String]) {
    for (at, value) in values.iter().enumerate() {
        line(lines, if at == 0 { label } else { "" }, value);
    }
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn ranges_in_common_are_cut_and_counted() {
        let ascending = [0..10, 20..30, 40..50, 60..70, 80..81];
        for (range, at_most, want) in [
            (5..45, 9, vec![5..10, 20..30, 40..45]),
            (5..45, 2, vec![5..10, 20..30]),
            (10..20, 9, vec![]),
            (69..99, 9, vec![69..70, 80..81]),
            (81..99, 9, vec![]),
        ] {
            assert_eq!(common(&ascending, &range, at_most), want, "{range:?}");
        }
    }
}
