//! Keys of logs and witnesses in the text forms of C2SP signed-note ("vkey") and of Go's note package for the secret half.
//!
//! Not here: the keys of recordings and devices (`note.rs`, `device.rs`). Invariants: `print(parse(x)) = x`; the key id is
//! computed and never believed; secrets are wiped when dropped.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::note::{b64, is_key_name, key_id, unb64};

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// A log's checkpoints: plain Ed25519 over the text (type 0x01).
    Log,
    /// A witness's cosignatures: Ed25519 with a time (type 0x04).
    Witness,
}

impl KeyKind {
    fn number(self) -> u8 {
        match self {
            KeyKind::Log => 1,
            KeyKind::Witness => 4,
        }
    }

    fn of(number: u8) -> Option<KeyKind> {
        [KeyKind::Log, KeyKind::Witness].into_iter().find(|kind| kind.number() == number)
    }
}

/// The public half of a key, with its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    public_key: [u8; 32],
}

impl VerifierKey {
    /// Reads `name+hex id+base64(type ‖ key)`; `None` for anything that would not print back so, and for what is no key.
    #[must_use]
    pub fn parse(text: &str) -> Option<VerifierKey> {
        // A name holds no plus, but base64 does.
        let [name, id, blob] = text.splitn(3, '+').collect::<Vec<_>>().try_into().ok()?;
        let blob = unb64(blob)?;
        let (&number, key) = blob.split_first()?;
        let public_key: [u8; 32] = key.try_into().ok()?;
        VerifyingKey::from_bytes(&public_key).ok()?;
        let key = VerifierKey { name: name.to_owned(), kind: KeyKind::of(number)?, public_key };
        (is_key_name(name) && hex4(key.key_id()) == id).then_some(key)
    }

    /// The name it signs under; for a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The id in its signature lines.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, self.kind.number(), &self.public_key)
    }

    /// The Ed25519 public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&[self.kind.number()], &self.public_key[..]].concat();
        write!(f, "{}+{}+{}", self.name, hex4(self.key_id()), b64(&blob))
    }
}

/// The secret half.
pub struct SignerKey {
    name: String,
    kind: KeyKind,
    secret: SigningKey,
}

impl SignerKey {
    const PREFIX: &'static str = "PRIVATE+KEY+";

    /// A key from 32 bytes of chance. `None` when the name is empty or holds a space, a control character or a plus.
    #[must_use]
    pub fn new(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Option<SignerKey> {
        is_key_name(name).then(|| SignerKey { name: name.to_owned(), kind, secret: SigningKey::from_bytes(seed) })
    }

    /// Reads `PRIVATE+KEY+name+hex id+base64(type ‖ seed)`.
    #[must_use]
    pub fn parse(text: &str) -> Option<SignerKey> {
        let [name, id, blob] = text.strip_prefix(Self::PREFIX)?.splitn(3, '+').collect::<Vec<_>>().try_into().ok()?;
        let blob = Zeroizing::new(unb64(blob)?);
        let (&number, seed) = blob.split_first()?;
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).ok()?);
        let key = SignerKey::new(name, KeyKind::of(number)?, &seed)?;
        (hex4(key.verifier().key_id()) == id).then_some(key)
    }

    /// The key as [`SignerKey::parse`] reads it. To be kept where nobody else reads.
    #[must_use]
    pub fn print(&self) -> Zeroizing<String> {
        let mut blob = Zeroizing::new(vec![self.kind.number()]);
        blob.extend_from_slice(self.secret.as_bytes());
        let encoded = Zeroizing::new(b64(&blob));
        Zeroizing::new(format!("{}{}+{}+{}", Self::PREFIX, self.name, hex4(self.verifier().key_id()), *encoded))
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        let public_key = *self.secret.verifying_key().as_bytes();
        VerifierKey { name: self.name.clone(), kind: self.kind, public_key }
    }

    /// Signs a message as it stands.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for SignerKey {
    /// Never shows the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier())
    }
}

fn hex4(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_print_back() {
        for kind in [KeyKind::Log, KeyKind::Witness] {
            let signer = SignerKey::new("log.example/one", kind, &[3; 32]).unwrap();
            let public = signer.verifier();
            assert_eq!(VerifierKey::parse(&public.to_string()), Some(public.clone()));
            assert_eq!(SignerKey::parse(&signer.print()).unwrap().verifier(), public);
            assert!(!format!("{signer:?}").contains(&b64(&[3; 32])[4..20]), "a secret in Debug");
        }
    }

    #[test]
    fn only_one_spelling_is_a_key() {
        let text = SignerKey::new("a", KeyKind::Log, &[3; 32]).unwrap().verifier().to_string();
        let (name, id, key) = (&text[..1], &text[2..10], &text[11..]);
        for bad in [
            format!("b+{id}+{key}"),
            format!("+{id}+{key}"),
            format!("{name}+{}+{key}", id.to_uppercase()),
            format!("{name}+00000000+{key}"),
            format!("{name}+{id}+{key}="),
            format!("{name}+{id}+{key} "),
            format!("{name}+{id}"),
        ] {
            assert!(VerifierKey::parse(&bad).is_none(), "{bad}");
        }
        assert!(SignerKey::new("a b", KeyKind::Log, &[0; 32]).is_none());
        assert!(SignerKey::new("a+b", KeyKind::Log, &[0; 32]).is_none());
    }
}
