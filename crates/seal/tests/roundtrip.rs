//! What is sealed verifies, for every shape, and ordinary programs play it.
//!
//! Not here: what must not verify (`attacks.rs`), parts of recordings (`derived.rs`).
//! Invariant: each case goes through the ordinary and the deep check.
#![allow(clippy::unwrap_used)]

mod support;

use seal::{Encoder, EndReason, Format, Outcome, Writer};
use support::*;

#[test]
fn every_shape_verifies() {
    for rate in [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 37_801, 44_100, 46_081, 48_000] {
        for bits in [16, 24] {
            for tracks in [1, 2, 3, 8] {
                let format = Format::new(rate, bits, tracks).unwrap();
                let segment = format.segment_samples() as usize;
                for samples in [1, segment - 1, segment + 17] {
                    let file = recording(format, samples, 1);
                    for deep in [false, true] {
                        let verdict = check(&file, deep);
                        assert_eq!(verdict.findings(), [], "{rate} {bits} {tracks} {samples}");
                        assert_eq!(verdict.outcome(), Outcome::Complete);
                        assert_eq!(verdict.evidence().unwrap().total_samples, samples as u64);
                    }
                }
            }
        }
    }
}

#[test]
fn an_end_without_being_finished_is_interrupted() {
    let format = Format::new(8_000, 16, 1).unwrap();
    for reason in EndReason::ALL.iter().copied() {
        let mut writer = Writer::new(&opening(format), &secrets(1), Some(&device())).unwrap();
        let frames = push_all(&mut writer, &mut Encoder::new(format), &sound(format, 9_000, 1));
        let verdict = check(&file(&writer.finish(reason, "").unwrap(), &frames), true);
        let expected = if reason == EndReason::Finished { Outcome::Complete } else { Outcome::Interrupted };
        assert_eq!(verdict.outcome(), expected, "{:?}", verdict.findings());
        assert_eq!(verdict.evidence().unwrap().end, Some(reason));
        assert!(verdict.evidence().unwrap().device_signed);
    }
}

#[test]
fn nothing_recorded_is_a_valid_recording_of_nothing() {
    let format = Format::new(8_000, 16, 1).unwrap();
    let writer = Writer::new(&opening(format), &secrets(1), None).unwrap();
    let verdict = check(&file(&writer.finish(EndReason::Crash, "").unwrap(), &[]), true);
    assert_eq!((verdict.outcome(), verdict.findings()), (Outcome::Interrupted, &[][..]));
}

#[test]
fn replaying_the_same_calls_gives_the_same_bytes() {
    let format = Format::new(16_000, 24, 2).unwrap();
    let pcm = sound(format, 40_000, 3);
    let opening = opening_with_about(format);
    let mut first = Writer::new(&opening, &secrets(3), Some(&device())).unwrap();
    let frames = push_all(&mut first, &mut Encoder::new(format), &pcm);
    let mut second = Writer::resume(first.header_note(), opening.about.clone(), &secrets(3)).unwrap();
    assert_eq!(push_all(&mut second, &mut Encoder::new(format), &pcm), frames);
    let [a, b] = [first, second].map(|writer| file(&writer.finish(EndReason::Finished, "").unwrap(), &frames));
    assert!(a == b);
    assert_eq!(check(&a, true).outcome(), Outcome::Complete);
    assert!(Writer::resume("x", Vec::new(), &secrets(3)).is_err());
}

#[test]
fn a_head_fits_its_reserve_or_says_what_it_needs() {
    let format = Format::new(8_000, 16, 1).unwrap();
    let mut writer = Writer::new(&opening(format), &secrets(1), None).unwrap();
    assert_eq!(writer.unfinished_head(5_000).unwrap().len(), 5_000);
    let frames = push_all(&mut writer, &mut Encoder::new(format), &sound(format, 20_000, 1));
    let sealed = writer.finish(EndReason::Finished, "").unwrap();
    let exact = sealed.head_bytes();
    for reserve in [exact, exact + 4, exact + 5, exact + 100_000] {
        let mut bytes = sealed.head(reserve).unwrap();
        assert_eq!(bytes.len(), reserve);
        bytes.extend_from_slice(&frames);
        assert_eq!(check(&bytes, true).outcome(), Outcome::Complete);
    }
    for reserve in [0, exact - 1, exact + 1, exact + 3] {
        assert_eq!(sealed.head(reserve).unwrap_err().needed, exact);
    }
}

#[test]
fn a_frame_that_is_not_faithful_is_refused_and_the_same_sound_can_be_stored() {
    let format = Format::new(16_000, 24, 2).unwrap();
    let block = format.block_samples() as usize * 2;
    let pcm = sound(format, 16_000, 5);
    let mut writer = Writer::new(&opening(format), &secrets(1), None).unwrap();
    let (mut encoder, mut frames) = (Encoder::new(format), Vec::new());
    for (number, pcm) in (0..).zip(pcm.chunks(block)) {
        let mut other = pcm.to_vec();
        other[17] ^= 1;
        let frame = encoder.encode(&other).unwrap();
        assert!(matches!(writer.push_frame(&frame, Some(pcm)), Err(seal::Error::Encoder(_))));
        let stored = Encoder::store(format, number, pcm).unwrap();
        writer.push_frame(&stored, Some(pcm)).unwrap();
        frames.extend(stored);
    }
    let verdict = check(&file(&writer.finish(EndReason::Finished, "").unwrap(), &frames), true);
    assert_eq!((verdict.findings(), verdict.outcome()), (&[][..], Outcome::Complete));
}
