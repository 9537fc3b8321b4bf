//! Whatever is recorded verifies and reads back; whatever is derived says exactly what it leaves out; whatever is changed fails.
//!
//! Not here: single named cases (`roundtrip.rs`, `derived.rs`, `attacks.rs`), bytes nobody's writer made (`fuzz/`).
//! Invariants: what is expected is computed here from the inputs alone, never by asking the crate; every case stays small enough
//! for the whole file to run in a minute without optimisation.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use seal::{
    AboutField, Body, DeviceKey, Encoder, EndReason, Error, EventKind, EventSeen, Format, Hidden, Mute, Opening,
    Outcome, Plan, What, Writer,
};
use std::ops::Range;
use support::*;

/// More samples than this, all tracks together, make a case too slow to be one of hundreds.
const VALUES_MAX: usize = 150_000;

/// What a track holds.
#[derive(Clone, Copy, Debug)]
enum Voice {
    Silence,
    Lowest,
    Highest,
    Square,
    Noise,
    FaintNoise,
    EvenNoise,
    Ramp,
    Clicks,
}

/// An event to be put on the record.
#[derive(Clone, Debug)]
struct Happening {
    /// When it is: so many parts in 2^32 of the blocks have passed.
    moment: u32,
    /// How many samples before that moment it begins, as a remainder.
    back: u64,
    kind: EventKind,
    count: u64,
    lines: Vec<(String, String)>,
}

/// A recording to be made.
#[derive(Clone, Debug)]
struct Script {
    format: Format,
    samples: usize,
    voices: Vec<Voice>,
    noise: u64,
    events: Vec<Happening>,
    about: Vec<(AboutField, String)>,
    closing: Vec<(String, String)>,
    reason: EndReason,
    device: Option<String>,
    prev: Option<[u8; 32]>,
    padding: usize,
}

/// A recording that was made, and what went into it.
struct Made {
    file: Vec<u8>,
    pcm: Vec<i32>,
    events: Vec<EventSeen>,
    closing: String,
}

fn text(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = String> {
    vec(any::<char>(), length).prop_map(|chars| chars.into_iter().collect())
}

fn lines() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((prop_oneof![Just("reason".to_owned()), text(0..4)], text(0..30)), 0..4)
}

fn formats() -> impl Strategy<Value = Format> {
    let shape = || (8_000u32..=48_000, prop_oneof![Just(16u8), Just(24)], 1u8..=8);
    prop_oneof![
        6 => (shape(), 16u32..=160, 1u32..=12)
            .prop_map(|((rate, bits, tracks), block, n)| Format::with_blocks(rate, bits, tracks, block, block * n)),
        1 => (shape(), 16u32..=4_608, 1u32..=255).prop_map(|((rate, bits, tracks), block, n)| {
            Format::with_blocks(rate, bits, tracks, block, block * n.min(rate / block))
        }),
        1 => shape().prop_map(|(rate, bits, tracks)| Format::new(rate, bits, tracks)),
    ]
    .prop_map(|format| format.unwrap())
}

fn voices() -> impl Strategy<Value = Vec<Voice>> {
    use Voice::*;
    let voice =
        prop::sample::select(&[Silence, Lowest, Highest, Square, Noise, FaintNoise, EvenNoise, Ramp, Clicks][..]);
    vec(voice, 8)
}

fn scripts() -> impl Strategy<Value = Script> {
    let extra = prop_oneof![Just(0u32), Just(1), Just(u32::MAX), any::<u32>()];
    let kind = || prop::sample::select(EventKind::ALL);
    let count = prop_oneof![2 => Just(0u64), 1 => 0..10_000u64, 1 => any::<u64>()];
    let event = (any::<u32>(), any::<u64>(), kind(), count, lines());
    let events =
        vec(event.prop_map(|(moment, back, kind, count, lines)| Happening { moment, back, kind, count, lines }), 0..8);
    let about = vec(proptest::option::of(text(0..40)), AboutField::ALL.len());
    let segments = prop_oneof![3 => 0usize..5, 1 => 5usize..20];
    let sound = (formats(), segments, extra, voices(), any::<u64>());
    let said = (events, about, lines(), prop::sample::select(EndReason::ALL));
    let rest = (proptest::option::of(text(1..25)), proptest::option::of(any::<[u8; 32]>()), 0usize..40);
    (sound, said, rest).prop_map(
        |((format, segments, extra, voices, noise), (events, about, closing, reason), (device, prev, padding))| {
            let segment = format.segment_samples() as usize;
            let extra = if extra == u32::MAX { segment - 1 } else { extra as usize % segment };
            let samples = segments * segment + extra;
            let samples = samples.min(VALUES_MAX / usize::from(format.tracks()));
            let about = AboutField::ALL.iter().copied().zip(about).filter_map(|(f, v)| Some((f, v?))).collect();
            let device = device.map(|name| name.chars().map(|c| if c.is_control() { '.' } else { c }).collect());
            // A padding block has a head of four bytes.
            let padding = if padding < 4 { 0 } else { padding };
            Script { format, samples, voices, noise, events, about, closing, reason, device, prev, padding }
        },
    )
}

fn body_of(lines: &[(String, String)]) -> Body {
    lines.iter().fold(Body::new(), |body, (key, value)| body.with(key, value))
}

impl Script {
    fn pcm(&self) -> Vec<i32> {
        let high = (1i32 << (self.format.bits() - 1)) - 1;
        let low = -high - 1;
        let mut noise = self.noise | 1;
        let mut pcm = Vec::with_capacity(self.samples * usize::from(self.format.tracks()));
        for at in 0..self.samples {
            for voice in &self.voices[..self.format.tracks().into()] {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                let any = (noise >> 20) as i32 >> (32 - self.format.bits());
                pcm.push(match voice {
                    Voice::Silence => 0,
                    Voice::Lowest => low,
                    Voice::Highest => high,
                    Voice::Square => [low, high][at % 2],
                    Voice::Noise => any,
                    Voice::FaintNoise => any % 16,
                    Voice::EvenNoise => any & !15,
                    Voice::Ramp => low + (at as i32 * 37) % high,
                    Voice::Clicks => [0, any][usize::from(noise.is_multiple_of(97))],
                });
            }
        }
        pcm
    }

    fn opening(&self) -> Opening {
        let prev = self.prev.map(|id| {
            let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            hex.parse().unwrap()
        });
        Opening { about: self.about.iter().rev().cloned().collect(), prev, ..opening(self.format) }
    }

    fn make(&self) -> Made {
        let device = self.device.as_ref().map(|name| DeviceKey::new(name, [99; 32]).unwrap());
        let mut writer = Writer::new(&self.opening(), &secrets(self.noise as u8), device.as_ref()).unwrap();
        let mut encoder = Encoder::new(self.format);
        let pcm = self.pcm();
        let blocks: Vec<&[i32]> =
            pcm.chunks(self.format.block_samples() as usize * usize::from(self.format.tracks())).collect();
        let mut due: Vec<_> = self.events.iter().collect();
        due.sort_by_key(|event| event.moment);
        let mut due = due.into_iter().peekable();
        let (mut frames, mut events) = (Vec::new(), Vec::new());
        for place in 0..=blocks.len() {
            let moment = |at: u32| (u64::from(at) * (blocks.len() as u64 + 1)) >> 32;
            while let Some(event) = due.next_if(|event| moment(event.moment) <= place as u64) {
                let first = writer.position() - event.back % (writer.position() + 1);
                let (kind, count, body) = (event.kind, event.count, body_of(&event.lines));
                writer.push_event(kind, first, count, &body).unwrap();
                events.push(EventSeen { kind, first, count, body: Some(body) });
            }
            if let Some(block) = blocks.get(place) {
                let frame = encoder.encode(block).unwrap();
                writer.push_frame(&frame, Some(block)).unwrap();
                frames.extend_from_slice(&frame);
            }
        }
        let closing = body_of(&self.closing).as_str().to_owned();
        let sealed = writer.finish(self.reason, &closing).unwrap();
        let mut file = sealed.head(sealed.head_bytes() + self.padding).unwrap();
        file.extend_from_slice(&frames);
        Made { file, pcm, events, closing }
    }
}

/// What a player hears in a file: by the decoder that the crate itself does not use.
fn heard(file: &[u8]) -> Vec<i32> {
    let mut reader = flac_codec::decode::FlacSampleReader::new(std::io::Cursor::new(file)).unwrap();
    let mut sound = Vec::new();
    reader.read_to_end(&mut sound).unwrap();
    sound
}

/// A plan in numbers that fit any recording: parts of its length in 2^-32.
#[derive(Clone, Debug)]
struct Sketch {
    keep: Option<(u32, u32)>,
    mutes: Vec<((u32, u32), Vec<u8>)>,
    reveal: Vec<AboutField>,
}

fn sketches() -> impl Strategy<Value = Sketch> {
    let range = || (any::<u32>(), prop_oneof![1 => Just(0u32), 40 => any::<u32>(), 3 => Just(u32::MAX)]);
    let track = prop_oneof![60 => 1u8..=8, 1 => any::<u8>()];
    let mutes = vec((range(), vec(track, 0..4)), 0..4);
    (proptest::option::of(range()), mutes, proptest::sample::subsequence(AboutField::ALL, 0..=4))
        .prop_map(|(keep, mutes, reveal)| Sketch { keep, mutes, reveal })
}

impl Sketch {
    fn plan(&self, total: u64, tracks: u8) -> Plan {
        let range = |(start, len): (u32, u32)| {
            let scaled = |part: u32, of: u64| (u64::from(part) * of) >> 32;
            let start = scaled(start, total + total / 32 + 1);
            start..if len == u32::MAX { u64::MAX } else { start + scaled(len, total / 2 + 2) }
        };
        let track = |track: &u8| if (1..=8).contains(track) { (track - 1) % tracks + 1 } else { *track };
        Plan {
            keep: self.keep.map(range),
            mutes: self
                .mutes
                .iter()
                .map(|(at, tracks)| Mute { range: range(*at), tracks: tracks.iter().map(track).collect() })
                .collect(),
            reveal: self.reveal.clone(),
        }
    }
}

/// What of a recording is shown: kept apart from the crate, a list of segments and what plans did to each.
#[derive(Clone)]
struct Model {
    segment: u64,
    total: u64,
    tracks: u8,
    /// For each segment: not there any more, or which tracks are silenced.
    segments: Vec<Option<Vec<bool>>>,
    events: Vec<EventSeen>,
    about: Vec<(AboutField, String)>,
    closing: Option<String>,
}

fn touches(range: &Range<u64>, first: u64, end: u64) -> bool {
    if first == end { range.start <= first && first <= range.end } else { range.start < end && first < range.end }
}

impl Model {
    fn of(script: &Script, made: &Made) -> Model {
        let segment = u64::from(script.format.segment_samples());
        let total = script.samples as u64;
        let tracks = script.format.tracks();
        Model {
            segment,
            total,
            tracks,
            segments: vec![Some(vec![false; tracks.into()]); total.div_ceil(segment) as usize],
            events: made.events.clone(),
            about: script.about.clone(),
            closing: Some(made.closing.clone()),
        }
    }

    fn range(&self, at: usize) -> Range<u64> {
        let first = at as u64 * self.segment;
        first..(first + self.segment).min(self.total)
    }

    /// After a plan; `None` when it must be refused.
    fn after(&self, plan: &Plan) -> Option<Model> {
        let possible = |range: &Range<u64>| range.start < range.end && range.start < self.total;
        let named = |mute: &Mute| mute.tracks.iter().all(|track| (1..=self.tracks).contains(track));
        if !plan.keep.iter().all(possible) || !plan.mutes.iter().all(|mute| possible(&mute.range) && named(mute)) {
            return None;
        }
        let wide = |range: &Range<u64>| {
            let end = range.end.div_ceil(self.segment).saturating_mul(self.segment);
            range.start / self.segment * self.segment..end.min(self.total)
        };
        let keeps = |first, end| {
            plan.keep.as_ref().map(wide).is_none_or(|keep| match first == end {
                true => keep.contains(&first) || (first == self.total && keep.end == self.total),
                false => touches(&keep, first, end),
            })
        };
        let silences = |track: u8, first, end| {
            plan.mutes.iter().any(|mute| {
                touches(&wide(&mute.range), first, end) && (mute.tracks.is_empty() || mute.tracks.contains(&track))
            })
        };
        let silent_before = |track: u8, first, end| {
            self.segments.iter().enumerate().any(|(at, muted)| {
                let muted = muted.as_ref().is_some_and(|muted| muted[usize::from(track) - 1]);
                muted && touches(&self.range(at), first, end)
            })
        };
        let mut after = self.clone();
        for at in 0..after.segments.len() {
            let Range { start, end } = self.range(at);
            match &mut after.segments[at] {
                Some(muted) if keeps(start, end) => {
                    (1..).zip(muted).for_each(|(track, muted)| *muted |= silences(track, start, end));
                }
                gone => *gone = None,
            }
        }
        after.events.retain(|event| keeps(event.first, event.first.saturating_add(event.count)));
        for event in &mut after.events {
            let end = event.first.saturating_add(event.count);
            let silent = |track| silences(track, event.first, end) || silent_before(track, event.first, end);
            if (1..=self.tracks).all(silent) {
                event.body = None;
            }
        }
        after.about.retain(|(field, _)| plan.reveal.contains(field));
        after.closing = after.closing.filter(|_| plan.reveal.contains(&AboutField::Parties));
        after.segments.iter().any(Option::is_some).then_some(after)
    }

    fn hidden(&self) -> Vec<Hidden> {
        let mut hidden: Vec<Hidden> = Vec::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let range = self.range(at);
            let what = match segment {
                None => What::Removed,
                Some(muted) if !muted.contains(&true) => continue,
                Some(muted) => What::Muted((1..).zip(muted).filter(|(_, muted)| **muted).map(|(t, _)| t).collect()),
            };
            match hidden.last_mut() {
                Some(last) if last.what == what && last.range.end == range.start => last.range.end = range.end,
                _ => hidden.push(Hidden { range, what }),
            }
        }
        hidden
    }

    fn sound(&self, pcm: &[i32]) -> Vec<i32> {
        let tracks = usize::from(self.tracks);
        let mut sound = Vec::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let Some(muted) = segment else { continue };
            let Range { start, end } = self.range(at);
            let values = pcm[start as usize * tracks..end as usize * tracks].iter().zip(muted.iter().cycle());
            sound.extend(values.map(|(value, muted)| if *muted { 0 } else { *value }));
        }
        sound
    }

    /// Holds a derived file against the model.
    fn expect(&self, file: &[u8], pcm: &[i32]) {
        let verdict = check(file, false);
        let silenced = self.segments.iter().flatten().flatten().any(|muted| *muted);
        let outcome = if silenced { Outcome::Redacted } else { Outcome::Excerpt };
        assert_eq!((verdict.findings(), verdict.outcome()), (&[][..], outcome));
        let evidence = verdict.verified().unwrap().evidence();
        let sound = self.sound(pcm);
        assert_eq!(evidence.hidden, self.hidden());
        assert_eq!(
            (evidence.total_samples, evidence.shown_samples),
            (self.total, (sound.len() / usize::from(self.tracks)) as u64)
        );
        assert_eq!(evidence.events, self.events);
        assert_eq!((&evidence.about, &evidence.closing), (&self.about, &self.closing));
        assert!(heard(file) == sound, "shown tracks are the original's and silenced ones are silent");
    }
}

/// A change to a file: where and to what, scaled to any length.
#[derive(Clone, Debug)]
enum Change {
    /// One byte becomes another.
    Byte(u32, u8),
    /// One more byte, or a run of them.
    Insert(u32, Vec<u8>),
    /// A run of bytes goes.
    Delete(u32, u32),
    /// A run is copied over another place.
    Copy(u32, u32, u8),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        20 => (any::<u32>(), 1..=255u8).prop_map(|(at, by)| Change::Byte(at, by)),
        1 => (any::<u32>(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (any::<u32>(), any::<u32>()).prop_map(|(at, len)| Change::Delete(at, len)),
        1 => (any::<u32>(), any::<u32>(), 1..=255u8).prop_map(|(from, to, len)| Change::Copy(from, to, len)),
    ]
}

impl Change {
    fn apply(&self, file: &[u8]) -> Vec<u8> {
        let scaled = |part: u32, of: usize| ((u64::from(part) * of as u64) >> 32) as usize;
        let mut out = file.to_vec();
        match self {
            Change::Byte(at, by) => out[scaled(*at, file.len())] ^= by,
            Change::Insert(at, bytes) => {
                let at = scaled(*at, file.len() + 1);
                out.splice(at..at, bytes.iter().copied());
            }
            Change::Delete(at, len) => {
                let at = scaled(*at, file.len());
                out.drain(at..at + 1 + scaled(*len, file.len() - at));
            }
            Change::Copy(from, to, len) => {
                let (from, to) = (scaled(*from, file.len()), scaled(*to, file.len()));
                let len = usize::from(*len).min(file.len() - from).min(file.len() - to);
                out[to..to + len].copy_from_slice(&file[from..from + len]);
            }
        }
        out
    }
}

/// How many cases; `PROPTEST_CASES` asks for more.
#[allow(clippy::disallowed_methods)] // a test's own setting, not the crate's
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A recording of one kind of sound, with nothing else on it.
fn plain(format: Format, voice: Voice, samples: usize) -> Script {
    let (events, about, closing, reason) = (Vec::new(), Vec::new(), Vec::new(), EndReason::Finished);
    let (voices, device, prev) = (vec![voice; 8], None, None);
    Script { format, samples, voices, noise: 77, events, about, closing, reason, device, prev, padding: 0 }
}

#[test]
fn runs_and_frames_of_every_length_are_recorded() {
    // The encoder stores runs of one value without Rice code, which not every decoder knows, and cuts the shortest frames wrong.
    use Voice::*;
    for bits in [16, 24] {
        let format = Format::with_blocks(8_000, bits, 2, 48, 96).unwrap();
        for voice in [Highest, Lowest, Square, Noise, FaintNoise, EvenNoise, Ramp, Clicks] {
            for samples in 1..=49 {
                let made = plain(format, voice, samples).make();
                assert_eq!(check(&made.file, true).outcome(), Outcome::Complete, "{voice:?} {samples}");
                assert!(heard(&made.file) == made.pcm, "{voice:?} {samples}");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn any_recording_verifies_and_reads_back(script in scripts()) {
        let made = script.make();
        for deep in [false, true] {
            let verdict = check(&made.file, deep);
            let finished = script.reason == EndReason::Finished;
            let outcome = if finished { Outcome::Complete } else { Outcome::Interrupted };
            prop_assert_eq!((verdict.findings(), verdict.outcome()), (&[][..], outcome));
            let evidence = verdict.verified().unwrap().evidence();
            prop_assert_eq!(&evidence.events, &made.events);
            prop_assert_eq!(evidence.events_total as usize, made.events.len());
            prop_assert_eq!((evidence.total_samples, evidence.shown_samples), (script.samples as u64, script.samples as u64));
            prop_assert_eq!(&evidence.about, &script.about);
            prop_assert_eq!((&evidence.closing, evidence.end), (&Some(made.closing.clone()), Some(script.reason)));
            prop_assert_eq!(&evidence.header.device.as_ref().map(|device| device.name.clone()), &script.device);
            prop_assert_eq!(evidence.header.prev.map(|id| *id.as_bytes()), script.prev);
            prop_assert_eq!(evidence.device_signed, script.device.is_some());
            prop_assert_eq!(evidence.header.format, script.format);
            prop_assert_eq!((&evidence.hidden, &evidence.tags), (&vec![], &vec![]));
        }
        prop_assert!(heard(&made.file) == made.pcm);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_part_of_any_recording_says_what_is_missing(script in scripts(), plans in vec(sketches(), 1..4)) {
        let made = script.make();
        let (mut file, mut model) = (made.file.clone(), Model::of(&script, &made));
        for sketch in plans {
            let plan = sketch.plan(model.total, model.tracks);
            match (derived(&file, &plan), model.after(&plan)) {
                (Err(Error::Plan(_)), None) => {}
                (Ok(part), Some(after)) => {
                    after.expect(&part, &made.pcm);
                    (file, model) = (part, after);
                }
                (result, expected) => {
                    panic!("{plan:?}: {:?}, expected {:?}", result.map(|part| part.len()), expected.map(|m| m.hidden()));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn any_change_of_any_byte_fails(script in scripts(), sketch in sketches(), changes in vec(changes(), 24)) {
        // Without padding every byte of a file is somebody's.
        let script = Script { padding: 0, samples: script.samples.min(2_000), ..script };
        let made = script.make();
        let plan = sketch.plan(script.samples as u64, script.format.tracks());
        for file in [derived(&made.file, &plan).ok(), Some(made.file)].into_iter().flatten() {
            for change in &changes {
                let changed = change.apply(&file);
                if changed == file {
                    continue;
                }
                for deep in [false, true] {
                    let verdict = check(&changed, deep);
                    prop_assert!(verdict.verified().is_none() && verdict.outcome().exit_code() != 0, "{:?}", change);
                }
            }
        }
    }
}
