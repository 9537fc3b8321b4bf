//! Every single-bit flip, every truncation and every splice: never a good verdict for anything but the sound that was sealed.
//!
//! Not here: attacks that need a plan (`vectors/`), random changes (`properties.rs`). Invariant: nothing is sampled; every bit,
//! every length and every boundary of these small files is tried.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod support;

use seal::{Encoder, EndReason, Format, Mute, Outcome, Plan, Secrets, Writer};
use std::ops::Range;
use support::*;

/// A file, and which bytes of it are tags or padding: their contents and the heads of their blocks.
struct Subject {
    bytes: Vec<u8>,
    unsealed: Range<usize>,
    /// The comment block within them: the verdict names it as added, whatever its texts are.
    comments: Range<usize>,
    frames: usize,
}

/// One second, one track, 8 kHz, 16 bits, a device, events, a comment block and padding.
fn one_second() -> Subject {
    let format = Format::new(8_000, 16, 1).unwrap();
    with_tags(&recording_by(format, 8_000, &secrets(1), 1))
}

fn recording_by(format: Format, samples: usize, secrets: &Secrets, sound_number: u8) -> Vec<u8> {
    let mut writer = Writer::new(&opening_with_about(format), secrets, Some(&device())).unwrap();
    let mut encoder = Encoder::new(format);
    let body = seal::Body::new().with("reason", "test");
    writer.push_event(seal::EventKind::Source, 0, 0, &body).unwrap();
    let frames = push_all(&mut writer, &mut encoder, &sound(format, samples, sound_number));
    file(&writer.finish(EndReason::Finished, "party: agreed\n").unwrap(), &frames)
}

/// Offsets of the metadata blocks and of the first frame.
fn blocks(bytes: &[u8]) -> Vec<usize> {
    let mut at = 4;
    let mut offsets = vec![at];
    loop {
        let head = u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        at += 4 + (head as usize & 0xff_ffff);
        offsets.push(at);
        if head >> 31 == 1 {
            return offsets;
        }
    }
}

/// Puts a comment block and padding after the seal block.
fn with_tags(bytes: &[u8]) -> Subject {
    let offsets = blocks(bytes);
    let (seal, frames) = (offsets[1], *offsets.last().unwrap());
    let mut out = bytes[..frames].to_vec();
    out[seal] &= 0x7f;
    let sized = |text: &[u8]| [&(text.len() as u32).to_le_bytes()[..], text].concat();
    let comments = [sized(b"a player"), vec![2, 0, 0, 0], sized(b"TITLE=Interview"), sized(b"DATE=2026")].concat();
    out.extend_from_slice(&[4, 0, 0, comments.len() as u8]);
    out.extend_from_slice(&comments);
    let comments = frames..out.len();
    out.extend_from_slice(&[0x81, 0, 0, 24]);
    out.extend_from_slice(&[0; 24]);
    let unsealed = frames..out.len();
    out.extend_from_slice(&bytes[frames..]);
    Subject { frames: unsealed.end, bytes: out, unsealed, comments }
}

fn is_good(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::NotIntact | Outcome::CannotSay)
}

/// Runs `check` for every number below `count` on two threads and returns what it complains of.
fn complaints(count: usize, check: impl Fn(usize) -> Option<String> + Sync) -> Vec<String> {
    let half = |first: usize| (first..count).step_by(2).filter_map(&check).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let mut all = half(0);
        all.extend(other.join().unwrap());
        all
    })
}

/// Flips every bit. What stays good differs in tags or padding only, and the verdict names what was changed there.
fn flip_every_bit(subject: &Subject) {
    let untouched = check(&subject.bytes, true);
    assert_eq!(untouched.findings(), []);
    let shown = |verdict: &seal::Verdict| {
        let evidence = verdict.evidence().unwrap().clone();
        (
            verdict.outcome(),
            evidence.id,
            evidence.shown_samples,
            evidence.hidden,
            evidence.events,
            evidence.about,
            evidence.end,
        )
    };
    let untouched_tags = untouched.evidence().unwrap().tags.clone();
    let bad = complaints(subject.bytes.len() * 8, |bit| {
        let mut bytes = subject.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = check(&bytes, false);
        if !is_good(verdict.outcome()) {
            return verdict.reason().is_none().then(|| format!("bit {bit}: bad without a reason"));
        }
        let tags = &verdict.evidence().unwrap().tags;
        if !subject.unsealed.contains(&(bit / 8)) {
            Some(format!("bit {bit}, byte {}: still {:?}", bit / 8, verdict.outcome()))
        } else if shown(&verdict) != shown(&untouched) {
            Some(format!("bit {bit}: the verdict changed in more than tags"))
        } else if tags.is_empty() || (*tags == untouched_tags && !subject.comments.contains(&(bit / 8))) {
            Some(format!("bit {bit}: the verdict does not say what changed: {tags:?}"))
        } else {
            None
        }
    });
    assert!(bad.is_empty(), "{} of them: {}", bad.len(), bad[..bad.len().min(20)].join("\n"));
    println!("figures: {} bits flipped, every one noticed or named", subject.bytes.len() * 8);
}

fn part(plan: &Plan) -> Subject {
    let format = Format::with_blocks(8_000, 16, 2, 80, 160).unwrap();
    let whole = recording_by(format, 500, &secrets(1), 1);
    with_tags(&derived(&whole, plan).unwrap())
}

fn excerpt() -> Subject {
    part(&Plan { keep: Some(160..320), ..Plan::default() })
}

fn redaction() -> Subject {
    let mutes = vec![Mute { range: 160..320, tracks: vec![2] }];
    part(&Plan { keep: Some(160..480), mutes, ..Plan::default() })
}

#[test]
fn no_flipped_bit_of_a_recording_goes_unseen() {
    flip_every_bit(&one_second());
}

#[test]
fn no_flipped_bit_of_an_excerpt_goes_unseen() {
    flip_every_bit(&excerpt());
}

#[test]
fn no_flipped_bit_of_a_redaction_goes_unseen() {
    flip_every_bit(&redaction());
}

#[test]
fn no_truncation_is_good() {
    for subject in [one_second(), excerpt(), redaction()] {
        let bad = complaints(subject.bytes.len(), |len| {
            let verdict = check(&subject.bytes[..len], false);
            is_good(verdict.outcome()).then(|| format!("{len} bytes: {:?}", verdict.outcome()))
        });
        assert!(bad.is_empty(), "{bad:?}");
        println!("figures: {} lengths cut to, none of them good", subject.bytes.len());
    }
}

/// Boundaries of the frames: offsets at which one begins, and the end.
fn boundaries(subject: &Subject) -> Vec<usize> {
    let frames = &subject.bytes[subject.frames..];
    let is_start = |at: &usize| frames[*at..].starts_with(&[0xff, 0xf8]);
    let mut number = 0u8;
    let mut starts = Vec::new();
    for at in (0..frames.len()).filter(is_start) {
        if frames[at + 4] == number {
            starts.push(subject.frames + at);
            number += 1;
        }
    }
    starts.push(subject.bytes.len());
    starts
}

/// Every start of one file with every end of the other, at frame boundaries, under the seal of the first.
fn splice(a: &Subject, b: &Subject) -> Vec<String> {
    let (cuts_a, cuts_b) = (boundaries(a), boundaries(b));
    assert!(cuts_a.len() > 2 && cuts_b.len() > 2);
    println!("figures: {} splices", cuts_a.len() * cuts_b.len());
    complaints(cuts_a.len() * cuts_b.len(), |at| {
        let (to, from) = (cuts_a[at % cuts_a.len()], cuts_b[at / cuts_a.len()]);
        let bytes = [&a.bytes[..to], &b.bytes[from..]].concat();
        let verdict = check(&bytes, false);
        (bytes != a.bytes && is_good(verdict.outcome())).then(|| format!("{to} {from}: {:?}", verdict.outcome()))
    })
}

#[test]
fn no_splice_is_good() {
    let format = Format::new(8_000, 16, 1).unwrap();
    let make = |secrets: &Secrets, sound| with_tags(&recording_by(format, 8_800, secrets, sound));
    let sibling = Secrets { nonce: [7; 32], ..secrets(1) };
    // Another recording of the same device and minute, one by the very same keys, and one of the same sound.
    let others = [make(&secrets(2), 2), make(&sibling, 2), make(&secrets(1), 2)];
    let first = make(&secrets(1), 1);
    for (at, other) in others.iter().enumerate() {
        assert_eq!(splice(&first, other), [""; 0], "with {at}");
        assert_eq!(splice(other, &first), [""; 0], "{at} with the first");
    }
    for (a, b) in [(excerpt(), redaction()), (redaction(), excerpt())] {
        assert_eq!(splice(&a, &b), [""; 0]);
    }
}

/// The head of one file on the sound of another, and everything between: the cut may be anywhere in the first file's head.
#[test]
fn no_head_fits_another_recordings_sound() {
    let format = Format::with_blocks(8_000, 16, 1, 80, 160).unwrap();
    let make = |number| with_tags(&recording_by(format, 500, &secrets(number), number));
    let (a, b) = (make(1), make(2));
    let bad = complaints(a.bytes.len(), |at| {
        let bytes = [&a.bytes[..at], &b.bytes[at.min(b.bytes.len())..]].concat();
        let verdict = check(&bytes, false);
        // In STREAMINFO and the seal block's length the two may be equal: then the result is the second file itself.
        let whole = bytes == a.bytes || bytes == b.bytes;
        (!whole && is_good(verdict.outcome())).then(|| format!("{at}: {:?}", verdict.outcome()))
    });
    assert!(bad.is_empty(), "{bad:?}");
    println!("figures: {} heads put on another sound, none of them good", a.bytes.len());
}
