//! Any bytes as a signed note, as a header, and as an event's text.
//!
//! First byte of an input: 0 the rest is the note; 1 the rest is a text, which is signed as it stands.
//! Promises: what parses prints back byte for byte; no other note says the same; a header that is read is the header that was written.
#![no_main]

use counterpart_fuzz::input::Input;
use counterpart_fuzz::{forge, secrets};
use libfuzzer_sys::fuzz_target;
use seal::{Body, Note, Writer};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let signed = input.u8() % 2 == 1;
    let bytes = match std::str::from_utf8(input.0) {
        Ok(text) if signed => forge::signed(text).into_bytes(),
        _ => input.0.to_vec(),
    };
    if let Some(body) = std::str::from_utf8(input.0).ok().and_then(Body::parse) {
        assert_eq!(body.as_str().as_bytes(), input.0);
        let again = body.lines().fold(Body::new(), |again, (key, value)| again.with(key, value));
        let cut = body.lines().any(|(key, _)| key.len() > 32);
        assert!(cut || again == body, "what is a body can be built");
    }
    let Some(note) = Note::parse(&bytes) else { return };
    assert_eq!(note.print().as_bytes(), bytes);
    assert!(note.signature_count() > 0 && note.text().ends_with('\n') && bytes.len() <= 16_384);
    for at in 0..=note.signature_count() {
        let _ = note.is_signed_by(at, "counterpart/recording", &[0; 32]);
    }
    header(&note, &bytes);
});

/// What is said at the head of a recording that is being made.
fn header(note: &Note, bytes: &[u8]) {
    let body = [&[1, 0][..], &(bytes.len() as u16).to_be_bytes(), bytes].concat();
    let file = forge::sealed(&body, &[0; 34], &[]);
    let Some(peek) = seal::peek(&mut &file[..]) else { return };
    assert!(peek.unfinished && peek.header_note.as_bytes() == bytes);
    assert_eq!(peek.header.text(), note.text(), "a header is read in the one form it is printed in");
    assert_eq!(peek.header.id(), peek.id);
    // Taken up again it is the same recording, or another's.
    if let Ok(writer) = Writer::resume(&peek.header_note, Vec::new(), &secrets()) {
        assert_eq!((writer.id(), writer.header_note()), (peek.id, &peek.header_note[..]));
    }
}
