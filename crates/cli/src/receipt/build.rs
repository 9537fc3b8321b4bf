//! What a receipt and a read-me say: a recording that holds, put into a language's words.
//!
//! Not how they look (`html.rs`, `plain.rs`). Invariants: only of a recording that holds is anything said; only what the
//! file reveals is in it; nothing depends on the clock, so the same copy always gives the same papers; the receipt is
//! bounded, so that it stays one page whatever the file holds.

use std::ops::Range;

use clap::ValueEnum;
use recorder::shell;
use seal::{AboutField, Body, EventKind, EventSeen, Evidence, Kind, Outcome, What};

use super::page::{Page, Part};
use super::texts::{Booklet, Lang, Texts, fill};
use super::{html, plain};
use crate::check::Held;
use crate::reading::Hashed;
use crate::render::shown_ranges;
use crate::sentence::merged;
use crate::text::visible;
use crate::time::Moment;

/// Events that the page lists; it says how many more there are.
const EVENTS_MAX: usize = 10;
/// Stretches that a row lists.
const RANGES_MAX: usize = 5;
/// Characters of a text of the file; of an event's.
const TEXT_CHARS_MAX: usize = 160;
const REASON_CHARS_MAX: usize = 70;

/// A recording that holds, and its file.
pub(crate) struct Subject<'a> {
    outcome: Outcome,
    evidence: &'a Evidence,
    /// SHA-256 of the file, in hexadecimal digits.
    pub(super) sha256: &'a str,
    len_bytes: u64,
    /// What the file is called where the papers lie.
    name: &'a str,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(held: &'a Held, hashed: &'a Hashed, name: &'a str) -> Subject<'a> {
        let (outcome, evidence) = (held.outcome(), held.evidence());
        Subject { outcome, evidence, sha256: &hashed.sha256, len_bytes: hashed.len_bytes, name }
    }
}

/// A file to be laid beside a copy.
pub(crate) struct Paper {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// It tells of one recording.
    pub(super) is_receipt: bool,
}

/// Receipt and read-me of a copy in these languages, each as text and as HTML.
pub(crate) fn papers(subject: &Subject<'_>, langs: &[Lang]) -> Vec<Paper> {
    langs.iter().flat_map(|lang| papers_of(subject, *lang)).collect()
}

/// Receipt and read-me in one language.
pub(super) fn papers_of(subject: &Subject<'_>, lang: Lang) -> Vec<Paper> {
    let texts = lang.texts();
    let receipt = both(&texts.receipt_name, &receipt(subject, &texts), true);
    receipt.into_iter().chain(both(&texts.read_me_name, &booklet(&texts, &texts.read_me), false)).collect()
}

/// The papers beside an encrypted copy: they say nothing about the recording.
pub(crate) fn encrypted_papers(langs: &[Lang]) -> Vec<Paper> {
    langs.iter().flat_map(|lang| read_mes(*lang)).collect()
}

/// The read-me of an encrypted copy in one language.
pub(super) fn read_mes(lang: Lang) -> Vec<Paper> {
    let texts = lang.texts();
    both(&texts.read_me_name, &booklet(&texts, &texts.encrypted), false).into()
}

/// The names of all papers there can be.
pub(crate) fn known_names() -> Vec<String> {
    let of_lang = |lang: Lang| {
        let texts = lang.texts();
        [texts.receipt_name, texts.read_me_name].map(|name| [format!("{name}.txt"), format!("{name}.html")])
    };
    Lang::value_variants().iter().copied().flat_map(of_lang).flatten().collect()
}

fn both(name: &str, page: &Page, is_receipt: bool) -> [Paper; 2] {
    [
        Paper { name: format!("{name}.txt"), bytes: plain::render(page).into_bytes(), is_receipt },
        Paper { name: format!("{name}.html"), bytes: html::render(page).into_bytes(), is_receipt },
    ]
}

fn receipt(subject: &Subject<'_>, texts: &Texts) -> Page {
    let words = &texts.receipt;
    let mut parts = vec![Part::Heading(words.verdict.clone()), Part::Verdict(verdict(subject, texts))];
    if let Some(copy_words) = &subject.evidence.words {
        parts.push(Part::Words { label: words.words.clone(), words: copy_words.to_string() });
    }
    parts.push(Part::Heading(words.recording.clone()));
    parts.push(Part::Rows(rows(subject, texts)));
    parts.push(Part::Code {
        label: words.sha256.clone(),
        caption: words.qr.clone(),
        payload: subject.sha256.to_owned(),
    });
    parts.push(Part::Heading(words.events.clone()));
    parts.extend(events(subject.evidence, texts));
    parts.push(Part::Heading(words.how.clone()));
    let command = format!("counterpart verify {}", shell::word(subject.name));
    parts.push(Part::List(vec![words.how_words.clone(), words.how_digest.clone(), words.how_verify.clone()]));
    parts.push(Part::Command(command));
    parts.push(Part::Text(words.limits.clone()));
    Page {
        lang: texts.lang.clone(),
        title: words.title.clone(),
        lead: words.lead.clone(),
        parts,
        foot: Some(texts.direction.clone()),
    }
}

fn verdict(subject: &Subject<'_>, texts: &Texts) -> String {
    let evidence = subject.evidence;
    let rate_hz = evidence.header.format.rate_hz();
    let length = length(evidence.total_samples, rate_hz, texts);
    let shown = self::length(evidence.shown_samples, rate_hz, texts);
    let sentence = texts.verdict(subject.outcome).expect("only a recording that holds has a receipt");
    fill(sentence, &[("length", &length), ("shown", &shown)])
}

fn rows(subject: &Subject<'_>, texts: &Texts) -> Vec<(String, String)> {
    let (words, evidence) = (&texts.receipt, subject.evidence);
    let header = &evidence.header;
    let date = date(&header.start, texts).unwrap_or_else(|| header.start.clone());
    let mut rows = vec![
        (&words.began, fill(&words.declared, &[("date", &date)])),
        (&words.length, length(evidence.total_samples, header.format.rate_hz(), texts)),
    ];
    rows.extend(parts_shown(evidence, texts));
    for (field, value) in &evidence.about {
        rows.push((about_label(*field, texts), cut(value, TEXT_CHARS_MAX, texts)));
    }
    let is_withheld = |field: &AboutField| !evidence.about.iter().any(|(shown, _)| shown == field);
    let fields = header.about.iter().map(|(field, _)| *field).filter(is_withheld);
    let withheld: Vec<String> = fields.map(|field| about_label(field, texts).clone()).collect();
    if !withheld.is_empty() {
        rows.push((&words.withheld_fields, withheld.join(", ")));
    }
    let device = header.device.as_ref().map_or_else(
        || words.device_none.clone(),
        |device| format!("{}, {}", visible(&device.name), seal::fingerprint(&device.public_key)),
    );
    let file = fill(
        &words.file_value,
        &[("name", &cut(subject.name, TEXT_CHARS_MAX, texts)), ("bytes", &grouped(subject.len_bytes))],
    );
    rows.extend([
        (&words.ended, texts.ended(evidence.end).to_owned()),
        (&words.tracks, header.format.tracks().to_string()),
        (&words.device, device),
        (&words.file, file),
        (&words.id, evidence.id.to_string()),
    ]);
    if let Some(copy_words) = &evidence.words {
        rows.push((&words.digits, copy_words.digits()));
    }
    rows.into_iter().map(|(label, value)| (label.clone(), value)).collect()
}

fn about_label(field: AboutField, texts: &Texts) -> &String {
    let words = &texts.receipt;
    match field {
        AboutField::Parties => &words.parties,
        AboutField::Place => &words.place,
        AboutField::Appointment => &words.appointment,
        AboutField::Agreement => &words.agreement,
    }
}

/// Of a part of a recording: which part, and what of it is silenced.
fn parts_shown<'a>(evidence: &Evidence, texts: &'a Texts) -> Vec<(&'a String, String)> {
    if evidence.kind != Kind::Derived {
        return Vec::new();
    }
    let (words, rate_hz) = (&texts.receipt, evidence.header.format.rate_hz());
    let listed = |mut ranges: Vec<String>| {
        if ranges.len() > RANGES_MAX {
            ranges.truncate(RANGES_MAX);
            ranges.push(texts.cut.clone());
        }
        ranges.join("; ")
    };
    let shown = shown_ranges(evidence).iter().map(|range| span(range, rate_hz)).collect();
    let muted = merged(&evidence.hidden).into_iter().filter_map(|hidden| match &hidden.what {
        What::Removed => None,
        What::Muted(tracks) => {
            let tracks: Vec<String> = tracks.iter().map(u8::to_string).collect();
            let values = [("range", span(&hidden.range, rate_hz)), ("tracks", tracks.join(", "))];
            Some(fill(&words.muted_tracks, &values.each_ref().map(|(name, value)| (*name, value.as_str()))))
        }
    });
    let muted: Vec<String> = muted.collect();
    let mut rows = vec![(&words.shown, listed(shown))];
    if !muted.is_empty() {
        rows.push((&words.muted, listed(muted)));
    }
    rows
}

/// `0:03–0:09`, in every language.
fn span(range: &Range<u64>, rate_hz: u32) -> String {
    format!("{}–{}", Moment::of_samples(range.start, rate_hz), Moment::of_samples(range.end, rate_hz))
}

fn events(evidence: &Evidence, texts: &Texts) -> Vec<Part> {
    let words = &texts.receipt;
    // Every recording says where its sound came from; that is for those who verify it.
    let told: Vec<&EventSeen> = evidence.events.iter().filter(|event| event.kind != EventKind::Source).collect();
    let hidden = u64::from(evidence.events_total).saturating_sub(evidence.events.len() as u64);
    let mut items: Vec<String> = told.iter().take(EVENTS_MAX).map(|event| event_text(event, evidence, texts)).collect();
    if told.len() > EVENTS_MAX {
        items.push(fill(&words.events_more, &[("n", &(told.len() - EVENTS_MAX).to_string())]));
    }
    if hidden > 0 {
        items.push(fill(&words.events_hidden, &[("n", &hidden.to_string())]));
    }
    vec![if items.is_empty() { Part::Text(words.events_none.clone()) } else { Part::List(items) }]
}

fn event_text(event: &EventSeen, evidence: &Evidence, texts: &Texts) -> String {
    let rate_hz = evidence.header.format.rate_hz();
    let end = event.first.saturating_add(event.count);
    let mut text = match event.count {
        0 => Moment::of_samples(event.first, rate_hz).to_string(),
        _ => span(&(event.first..end), rate_hz),
    };
    text.push_str(&format!(" {}", texts.event(event.kind)));
    let said = |body: &Body| ["reason", "why", "what"].iter().find_map(|key| body.value(key).map(str::to_owned));
    match &event.body {
        None => text.push_str(&format!(" ({})", texts.receipt.withheld)),
        Some(body) => {
            if let Some(said) = said(body).filter(|said| !said.is_empty()) {
                text.push_str(&format!(": {}", cut(&said, REASON_CHARS_MAX, texts)));
            }
        }
    }
    text
}

fn booklet(texts: &Texts, booklet: &Booklet) -> Page {
    let mut parts = Vec::new();
    for section in &booklet.section {
        parts.push(Part::Heading(section.title.clone()));
        if !section.text.is_empty() {
            parts.push(Part::Text(section.text.clone()));
        }
        if section.commands.is_empty() {
            parts.push(Part::List(section.items.clone()));
        } else {
            for (at, command) in section.commands.iter().enumerate() {
                parts.extend(section.items.get(at).map(|item| Part::Text(item.clone())));
                parts.push(Part::Command(command.clone()));
            }
        }
    }
    Page { lang: texts.lang.clone(), title: booklet.title.clone(), lead: booklet.lead.clone(), parts, foot: None }
}

/// `21 November 2026, 09:30 (UTC+00:00)` from what `seal` accepts as a start.
fn date(start: &str, texts: &Texts) -> Option<String> {
    let number = |range: Range<usize>| start.get(range)?.parse::<usize>().ok();
    let month = texts.months.get(number(5..7)?.checked_sub(1)?)?;
    let values = [
        ("day", number(8..10)?.to_string()),
        ("month", month.clone()),
        ("year", start.get(..4)?.to_owned()),
        ("time", start.get(11..16)?.to_owned()),
        ("offset", start.get(19..)?.to_owned()),
    ];
    Some(fill(&texts.date, &values.each_ref().map(|(name, value)| (*name, value.as_str()))))
}

/// `1 h 2 min 3 s`, down to the second; shorter sounds to the hundredth.
fn length(samples: u64, rate_hz: u32, texts: &Texts) -> String {
    let hundredths = u128::from(samples) * 100 / u128::from(rate_hz.max(1));
    let seconds = hundredths / 100;
    let mut parts = Vec::new();
    for (unit, value) in texts.length.iter().zip([seconds / 3_600, seconds / 60 % 60, seconds % 60]) {
        if value > 0 {
            parts.push(fill(unit, &[("n", &value.to_string())]));
        }
    }
    if parts.is_empty() {
        parts.push(fill(&texts.length[2], &[("n", &format!("0.{:02}", hundredths % 100))]));
    }
    parts.join(" ")
}

/// `1 234 567`, with narrow spaces that do not break.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// At most so many characters of what is shown; that some are missing is shown too.
fn cut(text: &str, chars_max: usize, texts: &Texts) -> String {
    let shown = visible(text);
    if shown.chars().count() <= chars_max {
        return shown;
    }
    shown.chars().take(chars_max).collect::<String>() + &texts.cut
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn dates_lengths_and_numbers_read_well() {
        let (en, cy) = (Lang::En.texts(), Lang::Cy.texts());
        assert_eq!(date("2026-11-01T09:30:00+00:00", &en).unwrap(), "1 November 2026, 09:30 (UTC+00:00)");
        assert_eq!(date("2026-06-21T09:30:00-05:30", &cy).unwrap(), "21 Mehefin 2026, 09:30 (UTC-05:30)");
        assert_eq!(date("2026-13-01T09:30:00+00:00", &en), None);
        for (samples, wanted) in
            [(0, "0.00 s"), (2_000, "0.25 s"), (8_000, "1 s"), (480_000, "1 min"), (29_784_000, "1 h 2 min 3 s")]
        {
            assert_eq!(length(samples, 8_000, &en), wanted);
        }
        assert_eq!(length(29_784_000, 8_000, &cy), "1 awr 2 munud 3 eiliad");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(cut(&"\u{1b}".repeat(3), 10, &en), "\\u{1b}\\u{1…");
    }
}
