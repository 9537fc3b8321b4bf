//! What is done to the recording, how it is encoded then, and what must be said of it.
//!
//! Not the judgement (`comparison.rs`). Invariant: each change is made to samples, before any encoding, so that its place is known
//! to the sample.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::sound::{RATE_HZ, Sounds, write_wav};
use crate::run::capture;

/// From and to, s.
type At = (f64, f64);

/// What must be said.
pub(super) enum Expected {
    Same,
    /// All of the recording is in it, and something before.
    Whole,
    Cut(At),
    Inserted(At),
    Swapped(At, At),
    Silenced(At),
    Changed(At),
    Repeated(At),
    /// One kind from the first to the last of it; pauses within may be the same.
    Throughout(&'static str, At),
    Different,
}

impl Expected {
    pub(super) fn words(&self) -> String {
        let at = |word: &str, (from, to): &At| format!("{word} {from:.2} to {to:.2}");
        match self {
            Expected::Same => "same".to_owned(),
            Expected::Whole => "all of it, more before".to_owned(),
            Expected::Cut(place) => at("cut", place),
            Expected::Inserted(place) => at("inserted", place),
            Expected::Swapped(one, _) => at("moved", one),
            Expected::Silenced(place) => at("silenced", place),
            Expected::Changed(place) => at("changed", place),
            Expected::Repeated(place) => at("repeated", place),
            Expected::Throughout(kind, place) => at(kind, place) + " but for pauses",
            Expected::Different => "different".to_owned(),
        }
    }
}

/// A way to encode: its name, the file's ending and what ffmpeg is told.
#[derive(Clone, Copy)]
pub(super) struct Encoded {
    pub(super) name: &'static str,
    ending: &'static str,
    options: &'static [&'static str],
}

const fn as_(name: &'static str, ending: &'static str, options: &'static [&'static str]) -> Encoded {
    Encoded { name, ending, options }
}

const WAV: Encoded = as_("WAV", "wav", &[]);

/// Ways that change nothing that is heard.
const FAITHFUL: &[Encoded] = &[
    as_("MP3 32 kb/s", "mp3", &["-b:a", "32k"]),
    as_("MP3 48 kb/s", "mp3", &["-b:a", "48k"]),
    as_("MP3 64 kb/s", "mp3", &["-b:a", "64k"]),
    as_("MP3 96 kb/s", "mp3", &["-ar", "44100", "-b:a", "96k"]),
    as_("MP3 128 kb/s", "mp3", &["-ar", "44100", "-b:a", "128k"]),
    as_("MP3 192 kb/s", "mp3", &["-ar", "48000", "-b:a", "192k"]),
    as_("Opus 16 kb/s", "opus", &["-c:a", "libopus", "-b:a", "16k"]),
    as_("Opus 24 kb/s", "opus", &["-c:a", "libopus", "-b:a", "24k"]),
    as_("Opus 48 kb/s", "opus", &["-c:a", "libopus", "-b:a", "48k"]),
    as_("AAC 32 kb/s, M4A", "m4a", &["-c:a", "aac", "-b:a", "32k"]),
    as_("AAC 64 kb/s, M4A", "m4a", &["-c:a", "aac", "-b:a", "64k"]),
    as_("Vorbis", "ogg", &["-c:a", "libvorbis", "-q:a", "2"]),
    as_("WAV 8 kHz", "wav", &["-ar", "8000"]),
    as_("WAV 11025 Hz", "wav", &["-ar", "11025"]),
    as_("WAV 22050 Hz", "wav", &["-ar", "22050"]),
    as_("WAV 44.1 kHz", "wav", &["-ar", "44100"]),
    as_("WAV 48 kHz, two tracks", "wav", &["-ar", "48000", "-ac", "2"]),
    as_("WAV -12 dB", "wav", &["-af", "volume=-12dB"]),
    as_("WAV -6 dB", "wav", &["-af", "volume=-6dB"]),
    as_("WAV +6 dB", "wav", &["-af", "volume=6dB"]),
    as_("WAV +12 dB", "wav", &["-af", "volume=12dB"]),
    as_("MP3 32 kb/s, +12 dB, 8 kHz", "mp3", &["-af", "volume=12dB", "-ar", "8000", "-b:a", "32k"]),
];

/// Ways in which what was done must still be found.
const PUBLISHED: &[Encoded] = &[
    WAV,
    as_("MP3 32 kb/s", "mp3", &["-b:a", "32k"]),
    as_("MP3 64 kb/s", "mp3", &["-b:a", "64k"]),
    as_("MP3 192 kb/s", "mp3", &["-ar", "44100", "-b:a", "192k"]),
    as_("Opus 16 kb/s", "opus", &["-c:a", "libopus", "-b:a", "16k"]),
    as_("AAC 48 kb/s, M4A", "m4a", &["-c:a", "aac", "-b:a", "48k"]),
    as_("MP3 48 kb/s, -12 dB, 22050 Hz", "mp3", &["-af", "volume=-12dB", "-ar", "22050", "-b:a", "48k"]),
];

/// One file, and what must be said of it.
pub(super) struct Case {
    pub(super) what: String,
    pub(super) encoded: Encoded,
    pub(super) expected: Expected,
    samples: Vec<i16>,
    /// What it is compared with, if that is not the sealed recording.
    reference: Option<Vec<i16>>,
}

impl Case {
    pub(super) fn name(&self) -> String {
        format!("{}, {}", self.what, self.encoded.name)
    }

    /// Writes what it is compared with, if that is its own.
    pub(super) fn reference(&self, folder: &Path) -> anyhow::Result<Option<PathBuf>> {
        let Some(samples) = &self.reference else { return Ok(None) };
        let file = folder.join("reference.wav");
        write_wav(&file, samples)?;
        Ok(Some(file))
    }

    /// Writes its file.
    pub(super) fn make(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let (plain, file) = (folder.join("plain.wav"), folder.join(format!("published.{}", self.encoded.ending)));
        write_wav(&plain, &self.samples)?;
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(&plain).args(self.encoded.options).arg(&file);
        capture(&mut command)?;
        Ok(file)
    }
}

fn seconds((from, to): (usize, usize)) -> At {
    (from as f64 / RATE_HZ as f64, to as f64 / RATE_HZ as f64)
}

/// Every case.
pub(super) fn all(sounds: &Sounds) -> Vec<Case> {
    let mut cases = Vec::new();
    let whole = &sounds.conversation;
    for encoded in FAITHFUL {
        cases.push(Case {
            what: "nothing".into(),
            encoded: *encoded,
            expected: Expected::Same,
            samples: whole.clone(),
            reference: None,
        });
    }
    let late = [vec![0; RATE_HZ * 5 / 4], whole.clone()].concat();
    for encoded in [WAV, FAITHFUL[0]] {
        let what = "1.25 s of silence before it".to_owned();
        cases.push(Case { what, encoded, expected: Expected::Whole, samples: late.clone(), reference: None });
    }
    // Another sentence for each way, so that no place is tried alone.
    for (at, encoded) in PUBLISHED.iter().enumerate() {
        for (what, expected, samples) in changes(sounds, 3 + at * 2) {
            cases.push(Case { what: what.to_owned(), encoded: *encoded, expected, samples, reference: None });
        }
    }
    for encoded in PUBLISHED {
        let what = "another recording of the same voice".to_owned();
        let samples = sounds.other.clone();
        cases.push(Case { what, encoded: *encoded, expected: Expected::Different, samples, reference: None });
    }
    for encoded in [WAV, FAITHFUL[0], FAITHFUL[6]] {
        cases.extend([24.0, 30.0].into_iter().flat_map(|by_db| far_voice(sounds, by_db, encoded)));
        cases.extend(loud_tail(sounds, encoded));
        cases.extend(long_pause(sounds, encoded));
        let (from, to) = (sounds.sentences[9].0, sounds.sentences[9].0 + 4 * RATE_HZ);
        cases.push(Case {
            what: "4 s said, and said again".into(),
            encoded,
            expected: Expected::Repeated(seconds((to, 2 * to - from))),
            samples: [&whole[..to], &whole[from..]].concat(),
            reference: None,
        });
    }
    cases
}

fn softer(samples: &[i16], by_db: f64) -> Vec<i16> {
    samples.iter().map(|sample| (f64::from(*sample) * 10f64.powf(-by_db / 20.0)).round() as i16).collect()
}

/// Some sentences from far away between near ones: kept, replaced by others, silenced.
fn far_voice(sounds: &Sounds, by_db: f64, encoded: Encoded) -> Vec<Case> {
    let whole = &sounds.conversation;
    let place = (sounds.sentences[8].0, sounds.sentences[11].1);
    let with = |voice: &[i16]| [&whole[..place.0], voice, &whole[place.1..]].concat();
    let reference = with(&softer(&whole[place.0..place.1], by_db));
    let stranger = softer(&sounds.other[place.0..place.1], by_db);
    let silence = vec![0; place.1 - place.0];
    let case = |done: &str, expected, samples| Case {
        what: format!("a voice at -{by_db} dB beside another: {done}"),
        encoded,
        expected,
        samples,
        reference: Some(reference.clone()),
    };
    vec![
        case("nothing", Expected::Same, reference.clone()),
        case("replaced", Expected::Throughout("changed", seconds(place)), with(&stranger)),
        case("silenced", Expected::Throughout("silenced", seconds(place)), with(&silence)),
    ]
}

/// 22 s that are far louder, at the end.
fn loud_tail(sounds: &Sounds, encoded: Encoded) -> Vec<Case> {
    let tail: Vec<i16> = sounds.other[..22 * RATE_HZ].iter().map(|sample| sample.saturating_mul(3)).collect();
    let with = |sound: &[i16]| [softer(sound, 24.0), tail.clone()].concat();
    let whole = &sounds.conversation;
    let place = (sounds.sentences[8].0, sounds.sentences[9].1);
    let changed = [&whole[..place.0], &sounds.other[40 * RATE_HZ..][..place.1 - place.0], &whole[place.1..]].concat();
    let case = |done: &str, expected, samples| Case {
        what: format!("22 s that are 33 dB louder at the end: {done}"),
        encoded,
        expected,
        samples,
        reference: Some(with(whole)),
    };
    vec![
        case("nothing", Expected::Same, with(whole)),
        case("two sentences replaced", Expected::Changed(seconds(place)), with(&changed)),
    ]
}

/// 40 s in which nobody speaks.
fn long_pause(sounds: &Sounds, encoded: Encoded) -> Vec<Case> {
    let whole = &sounds.conversation;
    let at = sounds.sentences[10].1 + RATE_HZ / 10;
    let paused = [&whole[..at], &vec![0; 40 * RATE_HZ], &whole[at..]].concat();
    vec![Case {
        what: "a pause of 40 s: 3 dB softer".into(),
        encoded,
        expected: Expected::Same,
        samples: softer(&paused, 3.0),
        reference: Some(paused),
    }]
}

/// Everything that is done at one sentence.
fn changes(sounds: &Sounds, sentence: usize) -> Vec<(&'static str, Expected, Vec<i16>)> {
    let whole = &sounds.conversation;
    let (one, two) = (sounds.sentences[sentence], sounds.sentences[sentence + 1]);
    let place = (one.0 + RATE_HZ / 3, one.0 + RATE_HZ / 3 + 2 * RATE_HZ);
    let cut = [&whole[..place.0], &whole[place.1..]].concat();
    let added = [&whole[..place.0], &sounds.other[20 * RATE_HZ..22 * RATE_HZ], &whole[place.0..]].concat();
    let swapped =
        [&whole[..one.0], &whole[two.0..two.1], &whole[one.1..two.0], &whole[one.0..one.1], &whole[two.1..]].concat();
    let word = word_in(whole, one);
    let mut silenced = whole.clone();
    silenced[word.0..word.1].fill(0);
    let mut changed = whole.clone();
    let from = word_in(&sounds.other, (30 * RATE_HZ, 36 * RATE_HZ)).0;
    changed[word.0..word.1].copy_from_slice(&sounds.other[from..from + word.1 - word.0]);
    vec![
        ("2 s cut out", Expected::Cut(seconds(place)), cut),
        ("2 s of another recording put in", Expected::Inserted(seconds(place)), added),
        ("two sentences swapped", Expected::Swapped(seconds(one), seconds(two)), swapped),
        ("a word silenced", Expected::Silenced(seconds(word)), silenced),
        ("a word replaced", Expected::Changed(seconds(word)), changed),
    ]
}

/// The loudest four tenths of a second of a sentence.
fn word_in(samples: &[i16], (from, to): (usize, usize)) -> (usize, usize) {
    let length = RATE_HZ * 2 / 5;
    let energy = |at: usize| samples[at..at + length].iter().map(|sample| i64::from(*sample).pow(2)).sum::<i64>();
    let start = (from..to.saturating_sub(length)).step_by(RATE_HZ / 50).max_by_key(|at| energy(*at)).unwrap_or(from);
    (start, start + length)
}
