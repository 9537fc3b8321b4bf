//! Whose a store is: one small mark beside the objects, written once.
//!
//! Not a lock and not a secret: whoever runs the store can change it, and then the office says so and stops. Invariants: a mark is never
//! replaced here; one text for each mark; what is no mark is an error, never taken for none.

use std::fmt;

use super::{Digest, StoreError};

/// Where the mark lies in any store, beside the objects and in no list of them.
pub(super) const OWNER: &str = "owner";
/// No mark is longer.
pub(super) const MARK_LEN_BYTES_MAX: usize = 1024;
const DOMAIN: &str = "counterpart/store-owner/v1\n";

/// Who has a store to themselves: an office, known by its keyring.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner([u8; 32]);

impl Owner {
    /// The owner with this identity. What stands in the store does not tell it.
    #[must_use]
    pub fn of(identity: &[u8; 16]) -> Owner {
        Owner(*Digest::of(&[DOMAIN.as_bytes(), identity].concat()).bytes())
    }

    /// The mark, as it lies in the store.
    pub(super) fn mark(&self) -> Vec<u8> {
        format!("{DOMAIN}owner: {self}\n").into_bytes()
    }

    /// Whose mark it is.
    pub(super) fn of_mark(mark: &[u8]) -> Result<Owner, StoreError> {
        let read = || {
            let line = std::str::from_utf8(mark).ok()?.strip_prefix(DOMAIN)?.strip_prefix("owner: ")?;
            line.strip_suffix('\n')?.parse::<Digest>().ok()
        };
        read().map(|digest| Owner(*digest.bytes())).ok_or(StoreError::OddOwner)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Digest::new(self.0).fmt(f)
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Owner({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_mark_is_one() {
        let owner = Owner::of(&[7; 16]);
        let mark = owner.mark();
        assert_eq!(Owner::of_mark(&mark).unwrap(), owner);
        assert_ne!(Owner::of(&[8; 16]), owner);
        for cut in 0..mark.len() {
            assert!(matches!(Owner::of_mark(&mark[..cut]), Err(StoreError::OddOwner)), "{cut}");
            let mut other = mark.clone();
            other[cut] ^= 0x80;
            assert!(matches!(Owner::of_mark(&other), Err(StoreError::OddOwner)), "{cut}");
        }
        assert!(matches!(Owner::of_mark(&[&mark[..], b"\n"].concat()), Err(StoreError::OddOwner)));
    }
}
