//! Signatures and encodings that a lenient reader takes for another form of the same: each must be refused.
//!
//! Not here: signatures that are simply wrong (`header_cases.rs`, `tree_cases.rs`).
//! Invariant: what is signed says nothing but the truth.

use crate::body_cases::change;
use crate::book::Book;
use crate::forge::{DEVICE, Forge, RECORDING, note, raw_signature_line, signature_line};
use crate::takes::Take;
use crate::tree_cases::checkpoint_text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _};
use sha2::{Digest as _, Sha512};

/// The order of Ed25519's base point, little-endian (RFC 8032 section 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

pub(crate) fn add(book: &mut Book) {
    malleable(book);
    device_keys(book);
    small_order_points(book);
}

fn malleable(book: &mut Book) {
    let plain = Take::plain();
    let mut bad = |reason, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &plain, (reason, name, "malleable-signature"), about, with);
    };
    let line = |f: &Forge, text: &str, alter: &dyn Fn([u8; 64]) -> [u8; 64]| {
        signature_line(RECORDING, &f.key, &alter(f.key.sign(text.as_bytes()).to_bytes()))
    };
    bad("header", "malleable-header", "The group order added to the header's signature.", &|f| {
        let text = f.header_text();
        f.body.header = signed_by_line(&text, &line(f, &text, &plus_order));
    });
    bad("checkpoint", "malleable-checkpoint", "The group order added to the final checkpoint's signature.", &|f| {
        let text = checkpoint_text(f);
        f.body.checkpoint = signed_by_line(&text, &line(f, &text, &plus_order));
    });
    bad("header", "malleable-header-base64", "A stray bit in the base64 of the header's signature.", &|f| {
        let text = f.header_text();
        let line = line(f, &text, &|signature| signature);
        f.body.header = signed_by_line(&text, &(stray_bit(line.trim_end()) + "\n"));
    });
    bad(
        "checkpoint",
        "malleable-checkpoint-base64",
        "A stray bit in the base64 of the checkpoint's signature.",
        &|f| {
            let text = checkpoint_text(f);
            let line = line(f, &text, &|signature| signature);
            f.body.checkpoint = signed_by_line(&text, &(stray_bit(line.trim_end()) + "\n"));
        },
    );
    bad("checkpoint", "malleable-checkpoint-root", "A stray bit in the base64 of the root, signed.", &|f| {
        let text = checkpoint_text(f);
        f.body.checkpoint = note(&(stray_bit(text.trim_end()) + "\n"), &[(RECORDING, &f.key)]);
    });
    bad("header", "malleable-nonce-base64", "A stray bit in the base64 of the nonce, signed.", &|f| {
        let text = f.header_text();
        let nonce = text.lines().nth(1).unwrap_or_default();
        f.change_header(nonce, &stray_bit(nonce));
    });
    bad("header", "malleable-padding", "The base64 of a signature without its padding.", &|f| {
        let note = String::from_utf8_lossy(&f.body.header).trim_end().trim_end_matches('=').to_owned();
        f.body.header = (note + "\n").into_bytes();
    });
    // The neutral element as key: every signature (neutral element, 0) holds for it unless keys of small order are refused.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    for (name, about, key) in [
        ("malleable-small-order-key", "A recording key of order 1, for which anything is signed.", neutral),
        ("malleable-small-order-key-2", "A recording key of order 2.", order_two()),
        ("malleable-zero-key", "A recording key of order 4.", [0; 32]),
    ] {
        bad("header", name, about, &|f| {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&neutral);
            let own = B64.encode(f.key.verifying_key().as_bytes());
            let text = f.header_text().replacen(&own, &B64.encode(key), 1);
            f.body.header = signed_by_line(&text, &raw_signature_line(RECORDING, &key, &signature));
        });
    }
}

/// A note of `text` with one signature line, replaced by `line`.
fn signed_by_line(text: &str, line: &str) -> Vec<u8> {
    format!("{text}\n{line}").into_bytes()
}

/// The signature with the group order added to its second half.
fn plus_order(signature: [u8; 64]) -> [u8; 64] {
    let mut out = signature;
    let mut carry = 0u16;
    for (s, order) in out[32..].iter_mut().zip(ORDER) {
        carry += u16::from(*s) + u16::from(order);
        *s = carry as u8;
        carry >>= 8;
    }
    out
}

/// The base64 text with one of the bits that no byte has set.
fn stray_bit(text: &str) -> String {
    let at = text.trim_end_matches('=').len() - 1;
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = alphabet.iter().position(|c| *c == text.as_bytes()[at]).expect("base64");
    format!("{}{}{}", &text[..at], char::from(alphabet[value + 1]), &text[at + 1..])
}

/// The point of order 2: y = -1.
fn order_two() -> [u8; 32] {
    let mut out = [0xff; 32];
    (out[0], out[31]) = (0xec, 0x7f);
    out
}

fn device_keys(book: &mut Book) {
    let take = Take { device: true, ..Take::plain() };
    let mut bad = |attack, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &take, ("device", name, attack), about, with);
    };
    bad("malleable-signature", "device-malleable", "The group order added to the device's signature.", &|f| {
        let key = f.device.clone().expect("a device");
        let text = f.header_text();
        let line = signature_line(DEVICE, &key, &plus_order(key.sign(text.as_bytes()).to_bytes()));
        f.body.header = [note(&text, &[(RECORDING, &f.key)]), line.into_bytes()].concat();
    });
    bad("malleable-signature", "device-small-order", "A device key for which anything is signed.", &|f| {
        let (mut neutral, mut signature) = ([0; 32], [0; 64]);
        (neutral[0], signature[0]) = (1, 1);
        let own = B64.encode(f.device.clone().expect("a device").verifying_key().as_bytes());
        let text = f.header_text().replacen(&own, &B64.encode(neutral), 1);
        f.set_header(&text);
        f.reseal();
        let line = raw_signature_line(DEVICE, &neutral, &signature);
        f.body.header = [note(&text, &[(RECORDING, &f.key)]), line.into_bytes()].concat();
    });
}

/// A number below the group order, little-endian, plus another, below the group order again.
fn add_mod_order(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0u16;
    for (at, out) in sum.iter_mut().enumerate() {
        carry += u16::from(a[at]) + u16::from(b[at]);
        *out = carry as u8;
        carry >>= 8;
    }
    while sum.iter().rev().ge(ORDER.iter().rev()) {
        let mut borrow = 0i16;
        for (out, order) in sum.iter_mut().zip(ORDER) {
            borrow += i16::from(*out) - i16::from(order);
            *out = borrow as u8;
            borrow >>= 8;
        }
    }
    sum
}

/// The signature by `key` whose first half is the neutral element: R = 0, s = k a. It satisfies the equation of RFC 8032.
fn signature_with_neutral_point(key: &SigningKey, text: &str) -> [u8; 64] {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let digest =
        |parts: &[&[u8]]| parts.iter().fold(Sha512::new(), |digest, part| digest.chain_update(part)).finalize();
    let mut secret = [0; 32];
    secret.copy_from_slice(&digest(&[&key.to_bytes()])[..32]);
    secret[0] &= 0xf8;
    secret[31] = secret[31] & 0x3f | 0x40;
    let secret = add_mod_order(secret, [0; 32]);
    let challenge = digest(&[&neutral, key.verifying_key().as_bytes(), text.as_bytes()]);
    let mut s = [0; 32];
    for bit in (0..512).rev() {
        s = add_mod_order(s, s);
        if challenge[bit / 8] >> (bit % 8) & 1 == 1 {
            s = add_mod_order(s, secret);
        }
    }
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&neutral);
    signature[32..].copy_from_slice(&s);
    signature
}

fn small_order_points(book: &mut Book) {
    let plain = Take::plain();
    let mut bad = |reason, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &plain, (reason, name, "malleable-signature"), about, with);
    };
    bad(
        "header",
        "malleable-small-order-r",
        "A header signature whose R is of order 1, made with the right key.",
        &|f| {
            let text = f.header_text();
            let signature = signature_with_neutral_point(&f.key, &text);
            assert!(f.key.verifying_key().verify(text.as_bytes(), &Signature::from_bytes(&signature)).is_ok());
            f.body.header = signed_by_line(&text, &signature_line(RECORDING, &f.key, &signature));
        },
    );
    bad("checkpoint", "malleable-checkpoint-small-order-r", "The same for the final checkpoint.", &|f| {
        let text = checkpoint_text(f);
        let signature = signature_with_neutral_point(&f.key, &text);
        f.body.checkpoint = signed_by_line(&text, &signature_line(RECORDING, &f.key, &signature));
    });
}
