//! How the sealed sound is, in plain words: what `verify --quality` adds as evidence.
//!
//! Not the measuring (`sound::quality`) and no part of the verdict. Invariants: it is said only of sound that holds; it changes
//! neither outcome nor exit code; what was muted or cut out of a file is not judged.

use seal::{EventKind, Evidence, Heard};
use sound::quality::{Facts, Loud, Meter};

use crate::render::{line, several};
use crate::text;
use crate::time::Moment;

/// A syllable. Of less nothing can be said but its samples.
const SHORTEST_SECONDS: f64 = 0.4;
/// Less speech than this share is none to speak of: a cough, a chair.
const SPEECH_SHARE_MIN: f64 = 0.005;
const NO_VERDICT: &str = "how it sounds; it is evidence only, and never changes the verdict";

/// Listens to every track while the sound is checked.
#[derive(Default)]
pub(crate) struct Listener {
    meters: Vec<Meter>,
}

impl Listener {
    /// Listens to one block.
    pub(crate) fn hear(&mut self, heard: &Heard<'_>) {
        let format = heard.format();
        if self.meters.is_empty() {
            self.meters.extend((0..format.tracks()).map(|_| Meter::new(format.rate_hz(), format.bits())));
        }
        for (number, meter) in (1..).zip(&mut self.meters) {
            if let Some(samples) = heard.track(number) {
                meter.push(samples);
            }
        }
    }

    /// What was heard, of sound that holds.
    pub(crate) fn quality(&self, evidence: &Evidence) -> Quality {
        let stretch = |kind| Stretches::of(kind, evidence);
        Quality {
            tracks: self.meters.iter().map(Meter::facts).collect(),
            gaps: stretch(EventKind::Gap),
            overruns: stretch(EventKind::Overrun),
            packet_loss: stretch(EventKind::PacketLoss),
            pauses: Pauses::of(evidence),
        }
    }
}

/// How a recording sounds, and what it says of sound that is missing.
pub(crate) struct Quality {
    /// In order of tracks.
    pub(crate) tracks: Vec<Facts>,
    pub(crate) gaps: Stretches,
    pub(crate) overruns: Stretches,
    pub(crate) packet_loss: Stretches,
    pub(crate) pauses: Pauses,
}

/// Stretches of filler where sound was missing, as they stand on the record.
pub(crate) struct Stretches {
    pub(crate) count: u64,
    pub(crate) samples: u64,
}

impl Stretches {
    fn of(kind: EventKind, evidence: &Evidence) -> Stretches {
        let events = || evidence.events.iter().filter(|event| event.kind == kind);
        let samples = events().fold(0, |sum: u64, event| sum.saturating_add(event.count));
        Stretches { count: events().count() as u64, samples }
    }

    fn words(&self, one: &str, rate_hz: u32) -> Option<String> {
        let length = Moment::of_samples(self.samples, rate_hz);
        (self.count > 0).then(|| format!("{} ({length})", text::count(self.count, one)))
    }
}

/// Pauses, and how long they were by the recorder's clock.
pub(crate) struct Pauses {
    pub(crate) count: u64,
    /// `None` when a pause does not say how long it was.
    pub(crate) seconds: Option<f64>,
}

impl Pauses {
    fn of(evidence: &Evidence) -> Pauses {
        let count = evidence.events.iter().filter(|event| event.kind == EventKind::Pause).count() as u64;
        let lasted = |event: &seal::EventSeen| {
            let seconds: f64 = event.body.as_ref()?.value("paused-seconds")?.parse().ok()?;
            Some(seconds).filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        };
        let resumes = evidence.events.iter().filter(|event| event.kind == EventKind::Resume);
        let known: Vec<f64> = resumes.filter_map(lasted).collect();
        Pauses { count, seconds: (known.len() as u64 == count).then(|| known.iter().sum()) }
    }

    fn words(&self) -> Option<String> {
        let lasted = self.seconds.map_or(String::new(), |seconds| format!(" ({seconds:.0} s)"));
        (self.count > 0).then(|| format!("{}{lasted}", text::count(self.count, "pause")))
    }
}

/// Adds it to the evidence: words first, then the figures they rest on.
pub(crate) fn add(lines: &mut String, quality: &Quality, rate_hz: u32) {
    let words: Vec<String> =
        (1..).zip(&quality.tracks).map(|(number, facts)| format!("track {number}: {}", words(facts))).collect();
    several(lines, "quality", &words);
    let label = if words.is_empty() { "quality" } else { "" };
    line(lines, label, &missing(quality, rate_hz));
    for (number, facts) in (1_u8..).zip(&quality.tracks) {
        line(lines, "", &format!("track {number} measured: {}", figures(facts)));
    }
    line(lines, "", NO_VERDICT);
}

/// `speech in 64 % of the time, loud enough, never clipped`
pub(crate) fn words(facts: &Facts) -> String {
    if facts.samples == 0 {
        return "nothing of it is in this file".to_owned();
    }
    if facts.peak_dbfs.is_none() {
        return "no sound at all, every sample is zero".to_owned();
    }
    if facts.seconds < SHORTEST_SECONDS {
        return "too short to say how it sounds".to_owned();
    }
    if facts.digital_silence_seconds >= facts.seconds - 0.2 {
        return "no sound but for a moment, nearly every sample is zero".to_owned();
    }
    let mut parts = vec![match facts.speech_share() {
        share if share < SPEECH_SHARE_MIN => "no speech found".to_owned(),
        share => format!("speech in {:.0} % of the time", (share * 100.0).max(1.0)),
    }];
    parts.push(loud(facts.loud()).to_owned());
    parts.push(match facts.clipped_runs {
        0 => "never clipped".to_owned(),
        1 => "clipped once".to_owned(),
        n => format!("clipped {n} times"),
    });
    if facts.is_noisy() {
        parts.push("noise close under the voice".to_owned());
    }
    parts.join(", ")
}

/// Loudness as one word or two.
pub(crate) fn loud(loud: Loud) -> &'static str {
    match loud {
        Loud::Nothing => "almost silent",
        Loud::Faint => "very quiet",
        Loud::Quiet => "quiet",
        Loud::Enough => "loud enough",
        Loud::TooMuch => "too loud",
    }
}

fn missing(quality: &Quality, rate_hz: u32) -> String {
    let parts: Vec<String> = [
        quality.gaps.words("gap", rate_hz),
        quality.overruns.words("overrun", rate_hz),
        quality.packet_loss.words("stretch of lost packets", rate_hz),
        quality.pauses.words(),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        "no gap, no overrun, no pause on the record".to_owned()
    } else {
        text::list(&parts) + " on the record"
    }
}

fn figures(facts: &Facts) -> String {
    let level = |value: Option<f64>, unit: &str| value.map_or("none".to_owned(), |value| format!("{value:.1} {unit}"));
    format!(
        "loudness {}, peak {}, noise floor {}, quiet for {:.0} s of {:.0} s, digital silence {:.0} s",
        level(facts.loudness_lufs, "LUFS"),
        level(facts.peak_dbfs, "dBFS"),
        level(facts.noise_floor_dbfs, "dBFS"),
        facts.quiet_seconds,
        facts.seconds,
        facts.digital_silence_seconds,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_as_plain_words() {
        let base = Facts {
            samples: 480_000,
            seconds: 10.0,
            speech_seconds: 6.4,
            clipped_runs: 0,
            digital_silence_seconds: 0.0,
            quiet_seconds: 2.0,
            loudness_lufs: Some(-23.0),
            noise_floor_dbfs: Some(-65.0),
            peak_dbfs: Some(-3.0),
        };
        for (facts, said) in [
            (base.clone(), "speech in 64 % of the time, loud enough, never clipped"),
            (Facts { clipped_runs: 1, ..base.clone() }, "speech in 64 % of the time, loud enough, clipped once"),
            (
                Facts { speech_seconds: 0.0, loudness_lufs: Some(-40.0), clipped_runs: 12, ..base.clone() },
                "no speech found, quiet, clipped 12 times",
            ),
            (
                Facts { noise_floor_dbfs: Some(-30.0), ..base.clone() },
                "speech in 64 % of the time, loud enough, never clipped, noise close under the voice",
            ),
            (
                Facts { digital_silence_seconds: 10.0, peak_dbfs: None, ..base.clone() },
                "no sound at all, every sample is zero",
            ),
            (
                Facts { digital_silence_seconds: 9.9, ..base.clone() },
                "no sound but for a moment, nearly every sample is zero",
            ),
            (Facts { seconds: 0.05, speech_seconds: 0.0, ..base.clone() }, "too short to say how it sounds"),
            (Facts { samples: 0, ..base.clone() }, "nothing of it is in this file"),
            (
                Facts { speech_seconds: 0.06, loudness_lufs: None, ..base },
                "speech in 1 % of the time, almost silent, never clipped",
            ),
        ] {
            assert_eq!(words(&facts), said);
        }
    }
}
