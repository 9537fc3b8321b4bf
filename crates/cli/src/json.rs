//! Every `--json` output, one type each; `docs/json.md` and `docs/schemas/` describe them.
//!
//! Not the place of any decision: fields restate what `seal` and `recorder` returned. Invariants:
//! each document carries `"schema": "counterpart.NAME/VERSION"`; within a version fields are only
//! added; positions are samples, and beside them seconds.

mod certificate;
mod compare;
pub(crate) mod disc;
mod inspect;
mod lines;
mod quality;
pub(crate) mod receipt;
pub(crate) mod saved;
pub(crate) mod stick;
mod time;

use certificate::CertificateOut;
pub(crate) use compare::Compare;
pub(crate) use inspect::Inspect;
pub(crate) use lines::VerifyLine;
use quality::QualityOut;
use time::TimeOut;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use recorder::rehearsal::Voice;
use seal::{Evidence, Finding as Found, Hidden, What};
use serde::Serialize;

use crate::check::{Checked, Trust};
use crate::keyfile::PublicDevice;
use crate::rehearse::Done;
use crate::text::is_hidden;
use crate::{hint, render, sentence, when};

/// `--json`, the same in every command that has it.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Flag {
    /// Write the result as JSON (docs/json.md)
    #[arg(long)]
    pub(crate) json: bool,
}

/// One line of JSON. What could steer a terminal is escaped, which changes nothing for a parser.
pub(crate) fn text(document: &impl Serialize) -> String {
    let document = serde_json::to_string(document).expect("strings, numbers and lists always serialize");
    let mut text = String::with_capacity(document.len() + 1);
    for c in document.chars() {
        if is_hidden(c) {
            // Such characters stand only inside strings.
            text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

/// `counterpart.check/1`: what a check before an interview found.
#[derive(Serialize)]
pub(crate) struct Rehearsed {
    schema: &'static str,
    microphone: String,
    well: bool,
    quiet: bool,
    noise_dbfs: Vec<f32>,
    /// Tracks without any signal.
    dead_tracks: Vec<u8>,
    voices: Vec<Option<VoiceOut>>,
    played_back: bool,
}

#[derive(Serialize)]
struct VoiceOut {
    track: u8,
    level_dbfs: f32,
    clipped: bool,
}

impl Rehearsed {
    pub(crate) fn new(done: &Done) -> Rehearsed {
        let tenths = |level: f32| (level * 10.0).round() / 10.0;
        let voice = |voice: Voice| VoiceOut {
            track: voice.track,
            level_dbfs: tenths(voice.level_dbfs),
            clipped: voice.is_clipped,
        };
        Rehearsed {
            schema: "counterpart.check/1",
            microphone: done.microphone.clone(),
            well: done.findings.is_well(),
            quiet: done.findings.is_quiet(),
            noise_dbfs: done.findings.noise_dbfs.iter().copied().map(tenths).collect(),
            dead_tracks: done.findings.dead_tracks.clone(),
            voices: done.findings.voices.map(|heard| heard.map(voice)).into(),
            played_back: done.played_back == Ok(true),
        }
    }
}

/// `counterpart.status/1`: how a running recording stands, in its own words.
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    schema: &'static str,
    position_seconds: f64,
    #[serde(flatten)]
    status: &'a recorder::status::Status,
}

impl Told<'_> {
    pub(crate) fn new(status: &recorder::status::Status) -> Told<'_> {
        let position_seconds = seconds(status.position_samples, status.rate_hz);
        Told { schema: "counterpart.status/1", position_seconds, status }
    }
}

/// A range of samples; seconds for those who do not want to divide.
#[derive(Serialize)]
pub(crate) struct Range {
    first_sample: u64,
    end_sample: u64,
    from_seconds: f64,
    to_seconds: f64,
}

impl Range {
    pub(crate) fn new(range: &std::ops::Range<u64>, rate_hz: u32) -> Range {
        Range {
            first_sample: range.start,
            end_sample: range.end,
            from_seconds: seconds(range.start, rate_hz),
            to_seconds: seconds(range.end, rate_hz),
        }
    }
}

fn seconds(samples: u64, rate_hz: u32) -> f64 {
    samples as f64 / f64::from(rate_hz.max(1))
}

/// `counterpart.verify/1`
#[derive(Serialize)]
pub(crate) struct Verify {
    schema: &'static str,
    files: Vec<File>,
    /// Groups of files that are the same bytes.
    identical: Vec<Vec<String>>,
    exit: u8,
}

impl Verify {
    pub(crate) fn new(all: &[Checked], identical: &[Vec<usize>], exit: u8) -> Verify {
        let shown = |at: &usize| all[*at].path.to_string_lossy().into_owned();
        Verify {
            schema: "counterpart.verify/1",
            files: all.iter().map(File::new).collect(),
            identical: identical.iter().map(|group| group.iter().map(shown).collect()).collect(),
            exit,
        }
    }
}

/// One file's verdict, in `verify`, `excerpt` and `redact`.
#[derive(Serialize)]
pub(crate) struct File {
    path: String,
    outcome: &'static str,
    reason: Option<&'static str>,
    sentence: String,
    /// What to do about a file that is no good.
    hint: Option<String>,
    trust: &'static str,
    findings: Vec<FindingOut>,
    /// Findings beyond those listed.
    findings_more: u64,
    evidence: Option<EvidenceOut>,
    /// How the sound is; null when it was not asked for, or does not hold.
    quality: Option<QualityOut>,
    /// What a certificate of destruction says; left out of any other file.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateOut>,
}

impl File {
    pub(crate) fn new(checked: &Checked) -> File {
        let verdict = checked.verdict();
        let evidence = verdict.and_then(|verdict| verdict.evidence());
        let rate_hz = evidence.map_or(1, |evidence| evidence.header.format.rate_hz());
        let contradicted = checked.contradicted_by.is_some().then_some(seal::Reason::TwoHistories);
        File {
            path: checked.path.to_string_lossy().into_owned(),
            outcome: checked.outcome_name(),
            reason: contradicted.or_else(|| verdict.and_then(|verdict| verdict.reason())).map(|reason| reason.name()),
            sentence: sentence::of(checked).1,
            hint: hint::of(checked),
            trust: match checked.trust {
                Trust::NotAsked => "not asked",
                Trust::Trusted => "trusted",
                Trust::NotNamed => "not the device you named",
            },
            findings: verdict
                .map_or(&[][..], |verdict| verdict.findings())
                .iter()
                .map(|found| FindingOut::new(found, rate_hz))
                .collect(),
            findings_more: verdict.map_or(0, |verdict| verdict.findings_more()),
            evidence: evidence.map(EvidenceOut::new),
            quality: checked.quality.as_ref().map(|quality| QualityOut::new(quality, rate_hz)),
            certificate: checked.judgement().map(CertificateOut::new),
        }
    }
}

#[derive(Serialize)]
struct FindingOut {
    reason: &'static str,
    range: Option<Range>,
    track: Option<u8>,
    detail: String,
}

impl FindingOut {
    fn new(found: &Found, rate_hz: u32) -> FindingOut {
        FindingOut {
            reason: found.reason.name(),
            range: found.range.as_ref().map(|range| Range::new(range, rate_hz)),
            track: found.track,
            detail: found.detail.clone(),
        }
    }
}

#[derive(Serialize)]
struct EvidenceOut {
    recording: String,
    kind: &'static str,
    deep: bool,
    device: Option<DeviceOut>,
    software: String,
    start_declared: String,
    continues: Option<String>,
    words: Option<String>,
    digits: Option<String>,
    checkpoint: String,
    rate_hz: u32,
    bits: u8,
    tracks: u8,
    total_samples: u64,
    total_seconds: f64,
    shown_samples: u64,
    shown: Vec<Range>,
    hidden: Vec<HiddenOut>,
    events: Vec<EventOut>,
    events_total: u32,
    end: Option<&'static str>,
    closing: Option<String>,
    about: Vec<AboutOut>,
    anchors: u32,
    cosigned_by: Vec<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    time: TimeOut,
    tags_changed: Vec<String>,
}

impl EvidenceOut {
    fn new(evidence: &Evidence) -> EvidenceOut {
        let rate_hz = evidence.header.format.rate_hz();
        EvidenceOut {
            recording: evidence.id.to_string(),
            kind: match evidence.kind {
                seal::Kind::Full => "full",
                seal::Kind::Derived => "derived",
            },
            deep: evidence.deep,
            device: evidence.header.device.as_ref().map(DeviceOut::new),
            software: evidence.header.software.clone(),
            start_declared: evidence.header.start.clone(),
            continues: evidence.header.prev.map(|prev| prev.to_string()),
            words: evidence.words.map(|words| words.to_string()),
            digits: evidence.words.map(|words| words.digits()),
            checkpoint: evidence.checkpoint.clone(),
            rate_hz,
            bits: evidence.header.format.bits(),
            tracks: evidence.header.format.tracks(),
            total_samples: evidence.total_samples,
            total_seconds: seconds(evidence.total_samples, rate_hz),
            shown_samples: evidence.shown_samples,
            shown: render::shown_ranges(evidence).iter().map(|range| Range::new(range, rate_hz)).collect(),
            hidden: sentence::merged(&evidence.hidden).iter().map(|hidden| HiddenOut::new(hidden, rate_hz)).collect(),
            events: evidence.events.iter().map(|event| EventOut::new(event, rate_hz)).collect(),
            events_total: evidence.events_total,
            end: evidence.end.map(|end| end.name()),
            closing: evidence.closing.clone(),
            about: evidence.about.iter().map(AboutOut::new).collect(),
            anchors: evidence.time.anchors,
            cosigned_by: Vec::new(),
            not_before: evidence.time.no_earlier.as_ref().map(|limit| when::utc(limit.time_s)),
            not_after: evidence.time.no_later.as_ref().map(|limit| when::utc(limit.time_s)),
            time: TimeOut::new(&evidence.time, rate_hz),
            tags_changed: evidence.tags.clone(),
        }
    }
}

#[derive(Serialize)]
struct DeviceOut {
    name: String,
    fingerprint: String,
    public_key: String,
}

impl DeviceOut {
    fn new(device: &seal::Device) -> DeviceOut {
        DeviceOut {
            name: device.name.clone(),
            fingerprint: seal::fingerprint(&device.public_key),
            public_key: BASE64_STANDARD.encode(device.public_key),
        }
    }
}

#[derive(Serialize)]
struct HiddenOut {
    what: &'static str,
    tracks: Vec<u8>,
    range: Range,
}

impl HiddenOut {
    fn new(hidden: &Hidden, rate_hz: u32) -> HiddenOut {
        let (what, tracks) = match &hidden.what {
            What::Removed => ("removed", Vec::new()),
            What::Muted(tracks) => ("muted", tracks.clone()),
        };
        HiddenOut { what, tracks, range: Range::new(&hidden.range, rate_hz) }
    }
}

#[derive(Serialize)]
struct EventOut {
    kind: &'static str,
    range: Range,
    /// Lines `key: value`; null when withheld.
    body: Option<String>,
}

impl EventOut {
    fn new(event: &seal::EventSeen, rate_hz: u32) -> EventOut {
        let range = event.first..event.first.saturating_add(event.count);
        EventOut {
            kind: event.kind.name(),
            range: Range::new(&range, rate_hz),
            body: event.body.as_ref().map(|body| body.as_str().to_owned()),
        }
    }
}

#[derive(Serialize)]
struct AboutOut {
    field: &'static str,
    value: String,
}

impl AboutOut {
    fn new((field, value): &(seal::AboutField, String)) -> AboutOut {
        AboutOut { field: field.name(), value: value.clone() }
    }
}

/// `counterpart.derive/1`: what `excerpt` and `redact` made.
#[derive(Serialize)]
pub(crate) struct Derive {
    schema: &'static str,
    /// Ranges were asked for that begin or end inside a second.
    widened: bool,
    file: File,
}

impl Derive {
    pub(crate) fn new(widened: bool, checked: &Checked) -> Derive {
        Derive { schema: "counterpart.derive/1", widened, file: File::new(checked) }
    }
}

/// `counterpart.device/1`
#[derive(Serialize)]
pub(crate) struct Device {
    schema: &'static str,
    name: String,
    fingerprint: String,
    public_key: String,
}

impl Device {
    pub(crate) fn new(device: &PublicDevice) -> Device {
        Device {
            schema: "counterpart.device/1",
            name: device.name.clone(),
            fingerprint: seal::fingerprint(&device.public_key),
            public_key: BASE64_STANDARD.encode(device.public_key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn nothing_in_json_steers_a_terminal() {
        let steering = "\u{1b}[2J \u{9b}31m \u{200f} \u{202e} \u{2066} \u{7f} \u{e0041}";
        let escaped = r#""\u001b[2J \u009b31m \u200f \u202e \u2066 \u007f \udb40\udc41""#;
        assert_eq!(text(&steering), format!("{escaped}\n"));
        assert_eq!(serde_json::from_str::<String>(escaped).ok().as_deref(), Some(steering));
        assert_eq!(text(&"na\u{ef}ve, \u{65e5}"), "\"na\u{ef}ve, \u{65e5}\"\n");
    }
}
