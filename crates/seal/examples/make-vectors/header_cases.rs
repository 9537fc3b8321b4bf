//! What is done to the header note: its text, and who signed it.
//!
//! Not here: signatures that only look right (`key_cases.rs`), versions (`body_cases.rs`), the header of another recording
//! (`tree_cases.rs`).

use crate::body_cases::change;
use crate::book::Book;
use crate::forge::{DEVICE, Forge, RECORDING, note, raw_signature_line, signature_line};
use crate::takes::Take;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use ed25519_dalek::{Signer as _, SigningKey};

pub(crate) fn add(book: &mut Book) {
    texts(book);
    signatures(book);
    devices(book);
}

fn texts(book: &mut Book) {
    let plain = Take::plain();
    let rich = Take::rich();
    let plain_text = plain.make().header_text();
    let mut changed = |name, about, from: &str, to: &str| {
        let take = if plain_text.contains(from) { &plain } else { &rich };
        change(book, take, ("header", name, ""), about, |f| f.change_header(from, to));
    };
    changed("header-rate", "7,999 Hz.", "rate: 8000", "rate: 7999");
    changed("header-rate-zero", "A rate with a leading zero.", "rate: 8000", "rate: 08000");
    changed("header-bits", "20 bits.", "bits: 16", "bits: 20");
    changed("header-tracks", "No track.", "tracks: 2", "tracks: 0");
    changed("header-tracks-9", "Nine tracks.", "tracks: 2", "tracks: 9");
    changed("header-block", "A block shorter than any may be.", "block: 160", "block: 8");
    changed("header-segment", "A segment that is not a number of blocks.", "segment: 800", "segment: 801");
    changed("header-segment-long", "A segment longer than a second.", "segment: 800", "segment: 8160");
    changed("header-start", "A start without an offset.", "+01:00", "Z");
    changed("header-start-month", "A start in the 13th month.", "2026-11-21", "2026-13-21");
    changed("header-software", "Software without a name.", "software: counterpart vectors", "software: ");
    changed("header-software-control", "A control character in a name.", "vectors", "\u{85}vectors");
    changed("header-about-order", "About fields out of order.", "about: parties", "about: agreement");
    changed("header-about-field", "An about field there is not.", "about: place", "about: weather");
    changed("header-device-name", "A device without a name.", " room 4\n", "\n");
    let none = "checkpoint: none";
    changed("header-checkpoint-empty", "A checkpoint of no bytes.", none, "checkpoint: ");
    let long = format!("checkpoint: {}", B64.encode([b'x'; 4_097]));
    changed("header-checkpoint-long", "A checkpoint longer than any may be.", none, &long);
    changed("header-prev", "An id in capitals.", "prev: none", &format!("prev: {}", "5A".repeat(32)));
    changed("header-extra", "A line more.", "prev: none\n", "prev: none\nprev: none\n");
    changed("header-order", "Two lines changed places.", "rate: 8000\nbits: 16\n", "bits: 16\nrate: 8000\n");
    changed("header-line-ends", "Lines that end as on other systems.", "bits: 16\n", "bits: 16\r\n");
}

fn signatures(book: &mut Book) {
    let rich = Take::rich();
    let mut bad = |attack, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &rich, ("header", name, attack), about, with);
    };
    bad("", "header-text-changed", "The start was changed and nothing signed.", &|f| {
        let at = f.header_text().find("T09:30").expect("it is there");
        f.body.header[at + 2] = b'8';
    });
    bad("", "header-unsigned", "The recording key's signature is missing.", &|f| {
        let key = f.device.clone().expect("a device");
        f.body.header = note(&f.header_text(), &[(DEVICE, &key)]);
    });
    bad("", "header-lines-swapped", "The two signatures changed places.", &|f| {
        let key = f.device.clone().expect("a device");
        f.body.header = note(&f.header_text(), &[(DEVICE, &key), (RECORDING, &f.key)]);
    });
    bad("", "header-device-line-missing", "A device is named and no second signature there.", &|f| {
        f.body.header = note(&f.header_text(), &[(RECORDING, &f.key)]);
    });
    bad("", "header-device-line-name", "The second signature goes by another name.", &|f| {
        let key = f.device.clone().expect("a device");
        f.body.header = note(&f.header_text(), &[(RECORDING, &f.key), ("counterpart/witness", &key)]);
    });
    bad("", "header-third-signature", "A third signature.", &|f| {
        let key = f.device.clone().expect("a device");
        f.body.header = note(&f.header_text(), &[(RECORDING, &f.key), (DEVICE, &key), ("counterpart/witness", &key)]);
    });
    bad("", "header-signature-length", "A signature line longer than any of this version.", &|f| {
        let text = f.header_text();
        f.body.header = format!("{text}\n\u{2014} {RECORDING} {}\n", B64.encode([7; 2_424])).into_bytes();
    });
    bad("", "header-no-lines", "No signature line at all.", &|f| {
        f.body.header = format!("{}\n", f.header_text()).into_bytes()
    });
    bad("", "header-key-id", "A key id that is not the key's.", &|f| {
        let signature = f.key.sign(f.header_text().as_bytes()).to_bytes();
        let line = raw_signature_line(RECORDING, &[9; 32], &signature);
        let rest = note(&f.header_text(), &[(DEVICE, &f.device.clone().expect("a device"))]);
        let at = f.header_text().len() + 1;
        f.body.header = [&rest[..at], line.as_bytes(), &rest[at..]].concat();
    });
    bad("", "header-other-key", "Signed by a key that is not the one named.", &|f| {
        let (other, device) = (SigningKey::from_bytes(&[77; 32]), f.device.clone().expect("a device"));
        f.body.header = note(&f.header_text(), &[(RECORDING, &other), (DEVICE, &device)]);
    });
    bad("", "header-long-note", "A header note longer than a note may be.", &|f| {
        let line = String::from_utf8_lossy(&f.body.header).lines().last().unwrap_or_default().to_owned() + "\n";
        let more = line.repeat(16_384 / line.len() + 1);
        f.body.header.extend_from_slice(more.as_bytes());
    });
}

fn devices(book: &mut Book) {
    let take = Take { device: true, ..Take::plain() };
    let mut bad = |attack, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &take, ("device", name, attack), about, with);
    };
    bad("", "device-signature", "The device's signature is one of another text.", &|f| {
        let key = f.device.clone().expect("a device");
        let text = f.header_text();
        let other = signature_line(DEVICE, &key, &key.sign(b"another text\n").to_bytes());
        f.body.header = [note(&text, &[(RECORDING, &f.key)]), other.into_bytes()].concat();
    });
    bad("", "device-claimed", "A stranger's recording names a device that did not sign it.", &|f| {
        f.device = Some(SigningKey::from_bytes(&[77; 32]));
        let text = f.header_text();
        f.set_header(&text);
    });
}
