//! What the fuzz targets share: bytes taken from an input, checks of files in memory, small recordings, forged seals.
//!
//! Not here: the targets themselves (`fuzz_targets/`). Invariant: nothing depends on a clock or on chance, so that every input
//! does the same thing every time.

pub mod flac;
pub mod forge;
pub mod input;
pub mod witnessed;

// `flac.rs` includes files of the seal crate, which name this type through their own crate's root.
use seal::Format;
use seal::{
    AboutField, Body, Check, Encoder, EndReason, Error, EventKind, Opening, Outcome, Plan, Sealed, Secrets, Verdict,
    Writer,
};
use std::sync::LazyLock;

/// The most values, all tracks of a base together.
const BASE_VALUES_MAX: usize = 4_000;

/// The verdict of a file in memory. Whatever it is, it is consistent with itself.
pub fn check(bytes: &[u8], deep: bool) -> Verdict {
    let mut file = bytes;
    let (mut calls, len) = (0u64, bytes.len() as u64);
    let verdict = seal::verify(&mut file, Check { deep, ..Check::default() }, &mut |_, all| {
        assert_eq!(all, len);
        calls += 1;
    });
    let code = verdict.outcome().exit_code();
    assert_eq!(code == 0, verdict.verified().is_some(), "good is what is verified");
    assert_eq!(code == 0, verdict.reason().is_none(), "a bad verdict has a reason, a good one none");
    assert_eq!(verdict.outcome() == Outcome::CannotSay, verdict.reason().is_some_and(seal::Reason::is_cannot_say));
    assert!(verdict.findings().len() <= 200, "findings are bounded");
    for finding in verdict.findings() {
        assert!(!finding.detail.chars().any(char::is_control), "{:?}", finding.detail);
    }
    verdict
}

/// Checks a file both ways; what the deep check finds good the ordinary one does, and once more.
pub fn check_both(bytes: &[u8]) -> Verdict {
    let deep = check(bytes, true);
    let quick = check(bytes, false);
    if deep.verified().is_some() {
        assert_eq!(deep.outcome(), quick.outcome());
        assert_eq!(check(bytes, true), deep, "a check has no memory");
        let mut file = bytes;
        let peek = seal::peek(&mut file).expect("what verifies has a head");
        assert_eq!(Some(peek.id), deep.evidence().map(|evidence| evidence.id));
        assert!(!peek.unfinished);
    }
    deep
}

/// Makes what a plan shows of a file that verified, and checks it; the part and its verdict.
pub fn derive_and_check(bytes: &[u8], verdict: &Verdict, plan: &Plan) -> Option<(Vec<u8>, Verdict)> {
    let verified = verdict.verified()?;
    let mut out = std::io::Cursor::new(Vec::new());
    let mut file = bytes;
    match seal::derive(&mut file, verified, plan, &mut out) {
        Ok(()) => {}
        Err(Error::Plan(_) | Error::Full) => return None,
        Err(other) => panic!("{plan:?} of a file that verifies: {other}"),
    }
    let part = out.into_inner();
    let again = check_both(&part);
    assert!(again.verified().is_some(), "{plan:?}: {:?}", again.findings());
    let (whole, shown) = (verified.evidence(), again.evidence().expect("it verified"));
    assert_eq!((whole.id, whole.total_samples, whole.words), (shown.id, shown.total_samples, shown.words));
    assert!(whole.shown_samples >= shown.shown_samples && whole.events.len() >= shown.events.len());
    Some((part, again))
}

/// The secrets of everything made here. Not a secret.
pub fn secrets() -> Secrets {
    Secrets { signing_key: forge::KEY, seed: forge::SEED, nonce: [9; 32] }
}

/// The secrets' opening.
pub fn opening(format: Format) -> Opening {
    Opening {
        format,
        software: "counterpart fuzz".into(),
        start: "2026-11-21T09:30:00+00:00".into(),
        about: vec![(AboutField::Parties, "A; B".into()), (AboutField::Place, "Room 4".into())],
        checkpoint: None,
        prev: None,
    }
}

/// Seals sound block by block, with an event before every third block; the head's seal and the frames.
pub fn seal_sound(format: Format, pcm: &[i32]) -> (Sealed, Vec<u8>) {
    let mut writer = Writer::new(&opening(format), &secrets(), None).expect("the opening is within limits");
    let mut encoder = Encoder::new(format);
    let mut frames = Vec::new();
    let block = format.block_samples() as usize * usize::from(format.tracks());
    for (at, pcm) in pcm.chunks(block).enumerate() {
        if at % 3 == 0 {
            let kind = EventKind::ALL[at % EventKind::ALL.len()];
            let body = Body::new().with("reason", "a test");
            writer.push_event(kind, writer.position(), at as u64 % 40, &body).expect("it is not ahead");
        }
        let frame = encoder.encode(pcm).expect("the sound fits its width");
        writer.push_frame(&frame, Some(pcm)).expect("the frame is the encoder's own");
        frames.extend(frame);
    }
    (writer.finish(EndReason::Finished, "party: agreed\n").expect("the closing is lines"), frames)
}

/// A few small recordings of several shapes, full copies without padding.
pub static BASES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [(8_000, 16, 1, 16, 32, 90), (11_025, 24, 2, 20, 60, 300), (48_000, 16, 8, 16, 16, 100), (16_000, 16, 3, 64, 64, 0)]
        .into_iter()
        .map(|(rate, bits, tracks, block, segment, samples)| {
            let format = Format::with_blocks(rate, bits, tracks, block, segment).expect("the shapes are within bounds");
            let values = (samples * usize::from(tracks)).min(BASE_VALUES_MAX);
            let pcm: Vec<i32> =
                (0..values as i32).map(|at| (at * 7_919) % 3_000 - if at % 50 < 25 { 9 } else { at }).collect();
            let (sealed, frames) = seal_sound(format, &pcm);
            let mut file = sealed.head(sealed.head_bytes()).expect("the head is as long as it needs");
            file.extend(frames);
            file
        })
        .collect()
});
