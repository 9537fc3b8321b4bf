//! Bytes of a fixed length that are shown and stored as hexadecimal: digests, ids, keys, signatures.
//!
//! Not here: how they are computed.
//! Invariant: one spelling each, in small letters; what parses prints back to the same text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! hex_bytes {
    ($($(#[$about:meta])* $name:ident, $len:literal;)*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let mut bytes = [0; $len];
                read(text, &mut bytes).ok_or_else(|| {
                    format!(concat!("not ", stringify!($len), " bytes in small hexadecimal: {} characters"), text.len())
                })?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

hex_bytes! {
    /// A SHA-256 digest.
    Digest, 32;
    /// A case: 16 bytes of chance.
    CaseId, 16;
    /// The account of somebody whose cases are here, and who is none of the staff: 16 bytes of chance.
    PersonId, 16;
    /// A thing that is kept: 16 bytes of chance.
    ThingId, 16;
    /// A hold on a thing, or a transfer asked for: 16 bytes of chance, never used twice, so that no restored state can take one for another.
    HoldId, 16;
    /// The public half of a person's Ed25519 key.
    PublicKey, 32;
    /// An Ed25519 signature.
    Signature, 64;
}

/// Fills `bytes` from exactly as many pairs of small hexadecimal digits.
fn read(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != bytes.len() * 2 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_each() {
        let text = "00ff1234567890abcdef1234567890ab";
        assert_eq!(text.parse::<ThingId>().map(|id| id.to_string()), Ok(text.to_owned()));
        for wrong in ["", "00", &text.to_uppercase(), &text[1..], &format!("{text}0"), &text.replace('f', "g")] {
            let error = wrong.parse::<ThingId>().expect_err("another spelling");
            assert_eq!(error, format!("not 16 bytes in small hexadecimal: {} characters", wrong.len()));
        }
        // As many bytes, and a character that takes two of them.
        assert!("é0ff1234567890abcdef1234567890a".parse::<ThingId>().is_err());
    }
}
