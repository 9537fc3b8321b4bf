//! Small recordings for tests: the same bytes every time.
//!
//! Not here: real sound (the recorder's and the command line's tests use it).
//! Invariant: nothing depends on a clock or on chance.
#![allow(dead_code, clippy::unwrap_used)]

use seal::{AboutField, Body, DeviceKey, Encoder, EndReason, EventKind, Format, Opening, Sealed, Secrets, Writer};

/// Secrets that differ by `number`.
pub(crate) fn secrets(number: u8) -> Secrets {
    Secrets { signing_key: [number; 32], seed: [number ^ 0x55; 32], nonce: [number ^ 0xaa; 32] }
}

/// An opening without about values.
pub(crate) fn opening(format: Format) -> Opening {
    Opening {
        format,
        software: "counterpart test".into(),
        start: "2026-11-21T09:30:00+00:00".into(),
        about: Vec::new(),
        checkpoint: None,
        prev: None,
    }
}

/// The same with two about values.
pub(crate) fn opening_with_about(format: Format) -> Opening {
    let about = vec![
        (AboutField::Parties, "Ada Example; Office of Examples".to_owned()),
        (AboutField::Place, "Room 4, 1 Example Street".to_owned()),
    ];
    Opening { about, ..opening(format) }
}

pub(crate) fn device() -> DeviceKey {
    DeviceKey::new("room 4", [99; 32]).unwrap()
}

/// `samples` samples per track, interleaved: a tone and a noise of each track's own.
pub(crate) fn sound(format: Format, samples: usize, number: u8) -> Vec<i32> {
    let tracks = usize::from(format.tracks());
    let peak = (1i64 << (format.bits() - 1)) - 1;
    let mut noise = 0x2545_f491_4f6c_dd1du64 ^ u64::from(number);
    let mut out = Vec::with_capacity(samples * tracks);
    for at in 0..samples {
        for track in 0..tracks {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let tone = ((at * (track + 3) / 7) % 200) as i64 - 100;
            let value = tone * peak / 400 + (noise % 64) as i64;
            out.push(value.clamp(-peak - 1, peak) as i32);
        }
    }
    out
}

/// Pushes `pcm` block by block; the frames' bytes.
pub(crate) fn push_all(writer: &mut Writer, encoder: &mut Encoder, pcm: &[i32]) -> Vec<u8> {
    let format = writer.format();
    let block = format.block_samples() as usize * usize::from(format.tracks());
    let mut frames = Vec::new();
    for pcm in pcm.chunks(block) {
        let frame = encoder.encode(pcm).unwrap();
        writer.push_frame(&frame, Some(pcm)).unwrap();
        frames.extend_from_slice(&frame);
    }
    frames
}

/// A file: head without padding, frames.
pub(crate) fn file(sealed: &Sealed, frames: &[u8]) -> Vec<u8> {
    let mut out = sealed.head(sealed.head_bytes()).unwrap();
    out.extend_from_slice(frames);
    out
}

/// A finished recording of `samples` samples with an event or two.
pub(crate) fn recording(format: Format, samples: usize, number: u8) -> Vec<u8> {
    let mut writer = Writer::new(&opening(format), &secrets(number), None).unwrap();
    let mut encoder = Encoder::new(format);
    let pcm = sound(format, samples, number);
    let body = Body::new().with("at", "2026-11-21T09:30:00+00:00").with("reason", "test");
    writer.push_event(EventKind::Source, 0, 0, &body).unwrap();
    let frames = push_all(&mut writer, &mut encoder, &pcm);
    let position = writer.position();
    writer.push_event(EventKind::Marker, position, 0, &body).unwrap();
    file(&writer.finish(EndReason::Finished, "").unwrap(), &frames)
}

/// The verdict of a file in memory.
pub(crate) fn check(bytes: &[u8], deep: bool) -> seal::Verdict {
    let mut file = bytes;
    seal::verify(&mut file, seal::Check { deep, ..seal::Check::default() }, &mut |_, _| {})
}

/// What `plan` shows of a good file in memory.
pub(crate) fn derived(bytes: &[u8], plan: &seal::Plan) -> Result<Vec<u8>, seal::Error> {
    let verdict = check(bytes, true);
    let mut out = std::io::Cursor::new(Vec::new());
    let mut file = bytes;
    seal::derive(&mut file, verdict.verified().unwrap(), plan, &mut out)?;
    Ok(out.into_inner())
}
