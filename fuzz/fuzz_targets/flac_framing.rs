//! Any bytes as a FLAC file: metadata blocks, frame headers, and frames under a seal in which all else holds.
//!
//! First byte of an input: 0 the rest is a file; 1 metadata blocks around a good seal; 2 frames in a full copy; 3 frames in a
//! redaction. Promises: every walk and every decoding ends; two decoders never hear two sounds; what decodes and was sealed verifies,
//! what does not decode never does; where a track is said to be silenced, every decoder hears silence.
#![no_main]

use counterpart_fuzz::forge::{Forge, Segment};
use counterpart_fuzz::input::Input;
use counterpart_fuzz::{BASES, check_both, derive_and_check, flac, forge};
use libfuzzer_sys::fuzz_target;
use seal::{Format, Outcome};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    match input.u8() % 4 {
        0 => {
            let verdict = check_both(input.0);
            let peek = seal::peek(&mut &input.0[..]);
            assert!(verdict.verified().is_none() || peek.is_some());
        }
        1 => metadata(input),
        mode => frames(input, mode == 3),
    }
});

/// Blocks of any kind and content before and after the seal block of a recording.
fn metadata(mut input: Input<'_>) {
    let base = &BASES[0];
    let seal_len = u32::from_be_bytes([0, base[43], base[44], base[45]]) as usize;
    let (streaminfo, seal, frames) = (&base[8..42], &base[46..46 + seal_len], &base[46 + seal_len..]);
    let mut blocks = vec![(0, streaminfo)];
    let before = input.u8() % 3;
    for _ in 0..before {
        blocks.push((input.u8() % 8, input.bytes16()));
    }
    blocks.push((2, seal));
    while !input.is_empty() && blocks.len() < 12 {
        blocks.push((input.u8() % 8, input.bytes16()));
    }
    let file = forge::flac(&blocks, frames);
    let verdict = check_both(&file);
    if let Some(verified) = verdict.verified() {
        assert_eq!(verified.evidence().tags.len(), said_of(&blocks), "what was added is said");
        derive_and_check(&file, &verdict, &seal::Plan::default());
    }
}

/// How many things a verdict has to say of these blocks: of every tag, of padding that is not empty, and of padding moved or doubled.
fn said_of(blocks: &[(u8, &[u8])]) -> usize {
    let (mut said, mut paddings, mut sealed) = (0, 0, false);
    for (kind, content) in &blocks[1..] {
        match kind {
            1 => {
                paddings += 1;
                said += usize::from(content.iter().any(|byte| *byte != 0)) + usize::from(paddings == 2 || !sealed);
            }
            2 if content.starts_with(b"CPRT") => sealed = true,
            _ => said += 1,
        }
    }
    said
}

fn frames(mut input: Input<'_>, redacted: bool) {
    let shape = input.u8();
    let (tracks, bits) = (1 + (shape & 7), if shape & 8 == 0 { 16 } else { 24 });
    let block = 16 + u32::from(input.u8()) % 113;
    let per_segment = 1 + u32::from(shape >> 4) % 4;
    let rate = [8_000, 16_000, 44_100, 47_999][usize::from(shape >> 6)];
    let format = Format::with_blocks(rate, bits, tracks, block, block * per_segment).expect("within bounds");
    let last = 1 + u32::from(input.u8()) % block;
    // At least one track of a redaction is not shown.
    let shown = redacted
        .then(|| input.u8() & ((1u16 << tracks) - 1) as u8)
        .map(|s| if s.count_ones() == u32::from(tracks) { 0 } else { s });
    let mut bodies = Vec::new();
    while !input.is_empty() && bodies.len() < 6 {
        let stereo = input.u8();
        bodies.push((
            if tracks == 2 && !stereo.is_multiple_of(4) { 7 + stereo % 4 } else { tracks - 1 },
            input.bytes16(),
        ));
    }
    let count = bodies.len();
    let mut segments: Vec<Segment> = Vec::new();
    for (number, (channel_bits, subframes)) in bodies.into_iter().enumerate() {
        let samples = if number + 1 == count { last } else { block };
        let frame = flac::forged(format, channel_bits, number as u32, samples, subframes);
        // Longer than a frame without any compression is refused before it is looked at.
        if frame.len() as u32 > 64 + u32::from(tracks) * (16 + (block * (u32::from(bits) + 1)).div_ceil(8)) {
            return;
        }
        let planar = flac::decoded(&frame, format, samples);
        flac::compare_decoders(&frame, planar.as_deref());
        if (number as u32).is_multiple_of(per_segment) {
            segments.push(Segment { count: 0, frames: Vec::new(), planar: Some(Vec::new()) });
        }
        let segment = segments.last_mut().expect("one was pushed");
        segment.count += samples;
        segment.frames.push(frame);
        segment.planar = segment.planar.take().zip(planar).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    judge(Forge { format, segments }, shown, &mut input);
}

fn judge(forge: Forge, shown: Option<u8>, input: &mut Input<'_>) {
    let tracks = forge.format.tracks();
    let silent = |frame: &Vec<i32>| {
        let each = frame.len() / usize::from(tracks);
        let hidden = (0..tracks).filter(|track| shown.is_some_and(|shown| shown >> track & 1 == 0));
        hidden.map(usize::from).all(|track| frame[track * each..(track + 1) * each].iter().all(|sample| *sample == 0))
    };
    let sound =
        forge.segments.iter().all(|segment| segment.planar.as_ref().is_some_and(|frames| frames.iter().all(silent)));
    let file = forge.file(shown);
    let verdict = check_both(&file);
    assert_eq!(verdict.verified().is_some(), sound, "{:?}", verdict.findings());
    if sound {
        let outcome = match shown {
            Some(_) if !forge.segments.is_empty() => Outcome::Redacted,
            Some(_) => Outcome::Excerpt,
            None => Outcome::Complete,
        };
        assert_eq!(verdict.outcome(), outcome);
        let total = forge.segments.iter().map(|segment| u64::from(segment.count)).sum();
        derive_and_check(&file, &verdict, &input.plan(total, tracks));
    }
}
