//! The name of an object: the SHA-256 of all its bytes, and what holds bytes against it as they go by.
//!
//! Not a commitment: it is made of ciphertext and hides nothing. Invariants: one text for each digest; only bytes that were all
//! counted and hashed pass a tally.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256};

use super::StoreError;

/// SHA-256 of a whole object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    /// The digest of these bytes.
    #[must_use]
    pub fn of(object: &[u8]) -> Digest {
        let mut hashing = Hashing::new();
        hashing.update(object);
        hashing.finish()
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Where its object lies in any store: `objects/ab/cd/abcd…`.
    #[must_use]
    pub fn path(&self) -> String {
        let [first, second, ..] = self.0;
        format!("{OBJECTS}/{first:02x}/{second:02x}/{self}")
    }

    /// The digest whose object lies there; `None` for every other path.
    pub(super) fn of_path(path: &str) -> Option<Digest> {
        let digest: Digest = path.rsplit('/').next()?.parse().ok()?;
        (digest.path() == path).then_some(digest)
    }
}

/// What the path of every object begins with.
pub(super) const OBJECTS: &str = "objects";

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADigest;

impl fmt::Display for NotADigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a digest: 64 digits of 0-9 and a-f are")
    }
}

impl std::error::Error for NotADigest {}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Digest, NotADigest> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(NotADigest);
        }
        for (byte, two) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(two[0])? << 4 | value(two[1])?;
        }
        Ok(Digest(bytes))
    }
}

/// Of one digit; capitals are none, so that a digest has one text.
fn value(digit: u8) -> Result<u8, NotADigest> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NotADigest),
    }
}

/// A digest in the making, for whoever has to know an object's name before it is put.
pub struct Hashing(Context);

impl Hashing {
    /// Of nothing so far.
    #[must_use]
    pub fn new() -> Hashing {
        Hashing(Context::new(&SHA256))
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    #[must_use]
    pub fn finish(self) -> Digest {
        let hash = self.0.finish();
        Digest(hash.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl Default for Hashing {
    fn default() -> Hashing {
        Hashing::new()
    }
}

/// Counts and hashes what goes by, and says whether it is what was announced, if anything was.
pub(super) struct Tally {
    announced: Option<(Digest, u64)>,
    len_bytes: u64,
    hashing: Hashing,
}

impl Tally {
    pub(super) fn new(digest: &Digest, len_bytes: u64) -> Tally {
        Tally { announced: Some((*digest, len_bytes)), len_bytes: 0, hashing: Hashing::new() }
    }

    /// Of bytes that only make their name.
    pub(super) fn unannounced() -> Tally {
        Tally { announced: None, len_bytes: 0, hashing: Hashing::new() }
    }

    /// What was announced.
    pub(super) fn digest(&self) -> Option<Digest> {
        self.announced.map(|(digest, _)| digest)
    }

    /// Takes the next bytes; an error when there are more of them than announced.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.len_bytes += bytes.len() as u64;
        match self.announced {
            Some((digest, len_bytes)) if self.len_bytes > len_bytes => Err(StoreError::NotAsAnnounced { digest }),
            _ => {
                self.hashing.update(bytes);
                Ok(())
            }
        }
    }

    /// The name and the length of all that has gone by; an error unless it is what was announced.
    pub(super) fn finish(self) -> Result<(Digest, u64), StoreError> {
        let found = (self.hashing.finish(), self.len_bytes);
        match self.announced {
            Some(announced) if announced != found => Err(StoreError::NotAsAnnounced { digest: announced.0 }),
            _ => Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_text_and_one_path() {
        let digest = Digest::of(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.to_string(), text, "FIPS 180-2, appendix B.1");
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(Digest::of_path(&digest.path()), Some(digest));
        assert_eq!(digest.path(), format!("objects/ba/78/{text}"));
        let others = [text.to_uppercase(), text[1..].to_owned(), format!("{text}0"), "é".repeat(32), String::new()];
        for other in others {
            assert_eq!(other.parse::<Digest>(), Err(NotADigest), "{other}");
        }
        for other in [text.to_owned(), format!("objects/ba/79/{text}"), format!("x/objects/ba/78/{text}")] {
            assert_eq!(Digest::of_path(&other), None, "{other}");
        }
    }
}
