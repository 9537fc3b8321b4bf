//! The words of receipts and read-mes: one data file a language, and this their shape.
//!
//! Not what is said of a recording (`build.rs`). Invariants: every language has every key, with the same `{names}` in
//! each text; a filled-in value is never looked at again for names.

use clap::ValueEnum;
use seal::{EndReason, EventKind, Outcome};
use serde::Deserialize;

/// A language that papers can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// Welsh
    Cy,
}

impl Lang {
    /// Its texts.
    pub(crate) fn texts(self) -> Texts {
        let source = match self {
            Lang::En => include_str!("en.toml"),
            Lang::Cy => include_str!("cy.toml"),
        };
        toml::from_str(source).expect("the data files are held to this shape by a test")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    pub(crate) lang: String,
    pub(crate) direction: String,
    pub(crate) receipt_name: String,
    pub(crate) read_me_name: String,
    pub(crate) months: [String; 12],
    pub(crate) date: String,
    /// Hours, minutes, seconds.
    pub(crate) length: [String; 3],
    /// Stands where a long text was cut.
    pub(crate) cut: String,
    pub(crate) receipt: ReceiptTexts,
    verdict: VerdictTexts,
    ended: EndedTexts,
    event: EventTexts,
    pub(crate) read_me: Booklet,
    pub(crate) encrypted: Booklet,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptTexts {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) recording: String,
    pub(crate) words: String,
    pub(crate) digits: String,
    pub(crate) began: String,
    pub(crate) declared: String,
    pub(crate) length: String,
    pub(crate) shown: String,
    pub(crate) muted: String,
    pub(crate) muted_tracks: String,
    pub(crate) withheld_fields: String,
    pub(crate) tracks: String,
    pub(crate) parties: String,
    pub(crate) place: String,
    pub(crate) appointment: String,
    pub(crate) agreement: String,
    pub(crate) device: String,
    pub(crate) device_none: String,
    pub(crate) ended: String,
    pub(crate) id: String,
    pub(crate) file: String,
    pub(crate) file_value: String,
    pub(crate) sha256: String,
    pub(crate) qr: String,
    pub(crate) verdict: String,
    pub(crate) events: String,
    pub(crate) events_none: String,
    pub(crate) events_more: String,
    pub(crate) events_hidden: String,
    pub(crate) withheld: String,
    pub(crate) how: String,
    pub(crate) how_words: String,
    pub(crate) how_digest: String,
    pub(crate) how_verify: String,
    pub(crate) limits: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerdictTexts {
    complete: String,
    interrupted: String,
    excerpt: String,
    redacted: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndedTexts {
    finished: String,
    crash: String,
    disk_full: String,
    source_lost: String,
    stopped: String,
    fault: String,
    unknown: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventTexts {
    pause: String,
    resume: String,
    entrant: String,
    marker: String,
    fault: String,
    gap: String,
    overrun: String,
    source_lost: String,
    medium_lost: String,
    clock_step: String,
    conversion: String,
    packet_loss: String,
    media_change: String,
    source: String,
    source_back: String,
}

/// A paper that says the same whatever the recording.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Booklet {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) section: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) items: Vec<String>,
    /// With items: one behind each.
    #[serde(default)]
    pub(crate) commands: Vec<String>,
}

impl Texts {
    /// The sentence of a verdict that is good.
    pub(crate) fn verdict(&self, outcome: Outcome) -> Option<&str> {
        match outcome {
            Outcome::Complete => Some(&self.verdict.complete),
            Outcome::Interrupted => Some(&self.verdict.interrupted),
            Outcome::Excerpt => Some(&self.verdict.excerpt),
            Outcome::Redacted => Some(&self.verdict.redacted),
            Outcome::NotIntact | Outcome::CannotSay => None,
        }
    }

    pub(crate) fn ended(&self, reason: Option<EndReason>) -> &str {
        match reason {
            Some(EndReason::Finished) => &self.ended.finished,
            Some(EndReason::Crash) => &self.ended.crash,
            Some(EndReason::DiskFull) => &self.ended.disk_full,
            Some(EndReason::SourceLost) => &self.ended.source_lost,
            Some(EndReason::Stopped) => &self.ended.stopped,
            Some(EndReason::Fault) => &self.ended.fault,
            None => &self.ended.unknown,
        }
    }

    pub(crate) fn event(&self, kind: EventKind) -> &str {
        match kind {
            EventKind::Pause => &self.event.pause,
            EventKind::Resume => &self.event.resume,
            EventKind::Entrant => &self.event.entrant,
            EventKind::Marker => &self.event.marker,
            EventKind::Fault => &self.event.fault,
            EventKind::Gap => &self.event.gap,
            EventKind::Overrun => &self.event.overrun,
            EventKind::SourceLost => &self.event.source_lost,
            EventKind::MediumLost => &self.event.medium_lost,
            EventKind::ClockStep => &self.event.clock_step,
            EventKind::Conversion => &self.event.conversion,
            EventKind::PacketLoss => &self.event.packet_loss,
            EventKind::MediaChange => &self.event.media_change,
            EventKind::Source => &self.event.source,
            EventKind::SourceBack => &self.event.source_back,
        }
    }
}

/// A text with values in place of its `{names}`.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let found = behind
            .split_once('}')
            .and_then(|(name, behind)| Some((values.iter().find(|(known, _)| *known == name)?.1, behind)));
        match found {
            Some((value, behind)) => {
                filled.push_str(value);
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = behind;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Every text of a data file by its key, and the names in it.
    fn names(source: &str) -> Vec<(String, Vec<String>)> {
        fn walk(value: &toml::Value, at: &str, all: &mut Vec<(String, Vec<String>)>) {
            match value {
                toml::Value::String(text) => {
                    let mut names: Vec<String> =
                        text.split('{').skip(1).map(|part| part.split_once('}').unwrap().0.to_owned()).collect();
                    names.sort();
                    assert!(!text.is_empty() && text.trim() == text, "{at}");
                    all.push((at.to_owned(), names));
                }
                toml::Value::Array(items) => {
                    items.iter().enumerate().for_each(|(n, item)| walk(item, &format!("{at}.{n}"), all));
                }
                toml::Value::Table(table) => {
                    table.iter().for_each(|(key, item)| walk(item, &format!("{at}.{key}"), all));
                }
                _ => {}
            }
        }
        let mut all = Vec::new();
        walk(&source.parse::<toml::Table>().unwrap().into(), "", &mut all);
        all
    }

    #[test]
    fn languages_have_the_same_texts_with_the_same_names() {
        assert_eq!(names(include_str!("en.toml")), names(include_str!("cy.toml")));
        let (en, cy) = (Lang::En.texts(), Lang::Cy.texts());
        // Papers in both languages lie side by side.
        assert_ne!(en.receipt_name, cy.receipt_name);
        assert_ne!(en.read_me_name, cy.read_me_name);
        assert_eq!(en.read_me.section[1].commands, cy.read_me.section[1].commands);
    }

    #[test]
    fn values_are_filled_in_once() {
        for (text, wanted) in [("a {x} b", "a {y} b"), ("{x}{y}", "{y}2"), ("{z} {", "{z} {"), ("}{x", "}{x")] {
            assert_eq!(fill(text, &[("x", "{y}"), ("y", "2")]), wanted);
        }
    }
}
