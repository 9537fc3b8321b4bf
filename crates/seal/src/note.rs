//! Signed notes: a text, an empty line, signature lines (C2SP signed-note 1.0.0).
//!
//! Not here: what the texts say (`header.rs`, `checkpoint.rs`). Why not a library: a note here has exactly the
//! signatures its place demands, every accepted note prints back to the same bytes, and Ed25519 is checked strictly.
//! Invariants: `print(parse(x)) == x`; at most `NOTE_BYTES_MAX` bytes are looked at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The longest note a seal may hold, bytes.
pub(crate) const NOTE_BYTES_MAX: usize = 16_384;
/// The name every recording key signs under.
pub(crate) const RECORDING_KEY_NAME: &str = "counterpart/recording";
/// The name every device key signs under.
pub(crate) const DEVICE_KEY_NAME: &str = "counterpart/device";

/// A note, taken apart but not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct SignatureLine {
    name: String,
    key_id: [u8; 4],
    signature: [u8; 64],
}

impl Note {
    /// Takes a note apart.
    ///
    /// Returns `None` for anything that would not print back to the same bytes, has no signature line, or is too long.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Note> {
        if bytes.len() > NOTE_BYTES_MAX {
            return None;
        }
        let whole = std::str::from_utf8(bytes).ok()?;
        if whole.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let split = whole.rfind("\n\n")?;
        let (text, lines) = (&whole[..=split], &whole[split + 2..]);
        let signatures = lines.strip_suffix('\n')?.split('\n').map(SignatureLine::parse).collect::<Option<Vec<_>>>()?;
        Some(Note { text: text.to_owned(), signatures })
    }

    /// The note's bytes.
    #[must_use]
    pub fn print(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for line in &self.signatures {
            let blob = [&line.key_id[..], &line.signature[..]].concat();
            out.push_str(&format!("\u{2014} {} {}\n", line.name, B64.encode(blob)));
        }
        out
    }

    /// What was signed, with its final line feed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many signature lines there are.
    #[must_use]
    pub fn signature_count(&self) -> usize {
        self.signatures.len()
    }

    /// The name in signature line `at`.
    #[must_use]
    pub fn signer(&self, at: usize) -> Option<&str> {
        self.signatures.get(at).map(|line| line.name.as_str())
    }

    /// Whether line `at` is a signature of the text by `key` under `name` (strict Ed25519, RFC 8032 section 5.1.7 with
    /// small-order keys refused).
    #[must_use]
    pub fn is_signed_by(&self, at: usize, name: &str, key: &[u8; 32]) -> bool {
        self.signatures.get(at).is_some_and(|line| line.signs(self.text.as_bytes(), name, key))
    }

    /// Signs `text`, which must end in a line feed, with each key in turn.
    pub(crate) fn sign(text: String, keys: &[(&str, &SigningKey)]) -> Note {
        let line = |(name, key): &(&str, &SigningKey)| SignatureLine {
            name: (*name).to_owned(),
            key_id: key_id(name, ED25519, key.verifying_key().as_bytes()),
            signature: key.sign(text.as_bytes()).to_bytes(),
        };
        let signatures = keys.iter().map(line).collect();
        Note { text, signatures }
    }
}

impl SignatureLine {
    fn parse(line: &str) -> Option<SignatureLine> {
        let (name, blob) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        if !is_key_name(name) {
            return None;
        }
        let blob = B64.decode(blob).ok()?;
        let (key_id, signature) = blob.split_at_checked(4)?;
        Some(SignatureLine {
            name: name.to_owned(),
            key_id: key_id.try_into().ok()?,
            signature: signature.try_into().ok()?,
        })
    }

    /// Whether it is a signature of the message by `key` under `name`.
    fn signs(&self, message: &[u8], name: &str, key: &[u8; 32]) -> bool {
        self.name == name && self.key_id == key_id(name, ED25519, key) && holds(message, &self.signature, key)
    }
}

/// Whether `signature` is `key`'s over `message`: the only place where an Ed25519 signature is checked (RFC 8032 section
/// 5.1.7, strictly).
pub(crate) fn holds(message: &[u8], signature: &[u8; 64], key: &[u8; 32]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(key) else { return false };
    // The library reads a key whose y is not reduced as the key it reduces to; two spellings of one key are one too many.
    let canonical = key.to_edwards().compress().as_bytes() == key.as_bytes();
    canonical && key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

/// C2SP signed-note's number of plain Ed25519.
pub(crate) const ED25519: u8 = 1;

/// C2SP signed-note: the first four bytes of SHA-256 of name, line feed, algorithm, public key.
pub(crate) fn key_id(name: &str, algorithm: u8, public_key: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update([b'\n', algorithm]).chain_update(public_key).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Whether a key may be called so (C2SP signed-note: not empty, no space, no plus).
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('+') && !name.chars().any(|c| c.is_whitespace() || c.is_control())
}

pub(crate) fn b64(bytes: &[u8]) -> String {
    B64.encode(bytes)
}

/// Bytes in canonical base64.
pub(crate) fn unb64(text: &str) -> Option<Vec<u8>> {
    B64.decode(text).ok()
}

/// Exactly 32 bytes in canonical base64.
pub(crate) fn unb64_32(text: &str) -> Option<[u8; 32]> {
    B64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
#[path = "../tests/inner/public_vectors.rs"]
mod public_vectors;

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> (Note, SigningKey) {
        let key = SigningKey::from_bytes(&[7; 32]);
        (Note::sign("hello\nthere\n".into(), &[(RECORDING_KEY_NAME, &key)]), key)
    }

    #[test]
    fn a_note_prints_back_and_verifies() {
        let (note, key) = note();
        let parsed = Note::parse(note.print().as_bytes()).expect("own note parses");
        assert_eq!(parsed, note);
        assert!(parsed.is_signed_by(0, RECORDING_KEY_NAME, key.verifying_key().as_bytes()));
        assert!(!parsed.is_signed_by(0, DEVICE_KEY_NAME, key.verifying_key().as_bytes()));
        assert!(!parsed.is_signed_by(1, RECORDING_KEY_NAME, key.verifying_key().as_bytes()));
    }

    #[test]
    fn no_flipped_bit_verifies() {
        let (note, key) = note();
        let bytes = note.print().into_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let holds = Note::parse(&bad).is_some_and(|n| {
                assert_eq!(n.print().as_bytes(), bad, "print(parse(x)) = x");
                n.signature_count() == 1 && n.is_signed_by(0, RECORDING_KEY_NAME, key.verifying_key().as_bytes())
            });
            assert!(!holds, "bit {bit}");
        }
    }

    #[test]
    fn a_signature_with_the_group_order_added_is_refused() {
        let (mut note, key) = note();
        // L, the order of the base point, little-endian (RFC 8032 section 5.1).
        let order = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut carry = 0u16;
        for (s, l) in note.signatures[0].signature[32..].iter_mut().zip(order) {
            carry += u16::from(*s) + l;
            *s = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert!(!note.is_signed_by(0, RECORDING_KEY_NAME, key.verifying_key().as_bytes()));
    }
}
