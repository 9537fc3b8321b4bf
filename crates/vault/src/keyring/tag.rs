//! What tells that a row of the keyring was written by a holder of the office key: a tag on each, and a sum over all of them.
//!
//! Not reading or writing them (`table.rs`). The key that makes the tags is chance, wrapped by the office key (a token does no more than that),
//! and another one with each new office key. Invariants: a tag covers every column of its row, and its row's table; the sum is that of exactly
//! the rows that are there, and shows nothing of any of them.

use ring::hmac;

use super::ThingId;
use super::eras::Era;
use super::error::OfficeKeyError;
use super::office_key::chance;
use super::rows::{Columns, HoldRow, ItemRow, Meta};
use crate::cipher::ObjectKey;

/// HMAC-SHA-256 of a row.
pub(super) type Tag = [u8; 32];
/// Of all rows of a copy: each row's part, one over the other.
pub(super) type Sum = [u8; 32];
/// A sum as it is stored: a salt, and the sum under a mask that the salt gives.
pub(super) const SET_SUM_LEN_BYTES: usize = 16 + 32;

/// Makes and checks tags, for one version of the office key.
pub(super) struct RowKey {
    key_version: u32,
    key: hmac::Key,
}

/// Makes and checks the tags of events, and of rows that are made of events.
pub(super) struct EventKey(hmac::Key);

impl EventKey {
    pub(super) fn new(key: &ObjectKey) -> EventKey {
        EventKey(hmac::Key::new(hmac::HMAC_SHA256, key.bytes()))
    }

    /// The hash is chained to that of the event before: so a tag speaks for all history up to its event.
    fn of_event(number: u64, commitment: &[u8; 32], hash: &[u8; 32]) -> Vec<u8> {
        [&b"counterpart/event-tag/v2\n"[..], &number.to_be_bytes(), commitment, hash].concat()
    }

    fn of_row(row: &[u8]) -> Vec<u8> {
        [&b"counterpart/event-row/v1\n"[..], row].concat()
    }

    pub(super) fn tag(&self, number: u64, commitment: &[u8; 32], hash: &[u8; 32]) -> Tag {
        self.sign(&EventKey::of_event(number, commitment, hash))
    }

    pub(super) fn is_tag(&self, number: u64, commitment: &[u8; 32], hash: &[u8; 32], tag: &[u8]) -> bool {
        hmac::verify(&self.0, &EventKey::of_event(number, commitment, hash), tag).is_ok()
    }

    pub(super) fn row_tag(&self, row: &[u8]) -> Tag {
        self.sign(&EventKey::of_row(row))
    }

    pub(super) fn is_row_tag(&self, row: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, &EventKey::of_row(row), tag).is_ok()
    }

    fn sign(&self, of: &[u8]) -> Tag {
        hmac::sign(&self.0, of).as_ref().try_into().expect("SHA-256 has 32 bytes")
    }
}

impl RowKey {
    pub(super) fn new(key: &ObjectKey, key_version: u32) -> RowKey {
        RowKey { key_version, key: hmac::Key::new(hmac::HMAC_SHA256, key.bytes()) }
    }

    pub(super) fn key_version(&self) -> u32 {
        self.key_version
    }

    fn of(&self, purpose: &[u8], columns: &[Option<&[u8]>]) -> Tag {
        let mut of = hmac::Context::with_key(&self.key);
        of.update(purpose);
        for column in columns {
            match column {
                Some(bytes) => {
                    of.update(&[1]);
                    of.update(&(bytes.len() as u64).to_be_bytes());
                    of.update(bytes);
                }
                None => of.update(&[0]),
            }
        }
        of.sign().as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// Of what the keyring says of itself, with the sum as it is stored.
    pub(super) fn of_meta(&self, meta: &Meta, set_sum: &[u8; SET_SUM_LEN_BYTES]) -> Tag {
        let head_number = meta.head.map(|head| head.number.to_be_bytes());
        let eras = Era::stored(&meta.eras);
        self.of(
            b"counterpart/keyring/itself/v1\n",
            &[
                Some(&meta.keyring),
                Some(meta.office.as_bytes()),
                Some(&[meta.copies]),
                Some(&meta.generation.to_be_bytes()),
                Some(&meta.mark),
                Some(&meta.key_version.to_be_bytes()),
                Some(meta.key_name.as_bytes()),
                Some(meta.canary.bytes()),
                Some(meta.row_key.bytes()),
                meta.row_key_before.as_ref().map(|wrapped| &wrapped.bytes()[..]),
                Some(meta.event_key.bytes()),
                eras.as_deref(),
                head_number.as_ref().map(|number| &number[..]),
                meta.head.as_ref().map(|head| &head.hash[..]),
                Some(set_sum),
            ],
        )
    }

    pub(super) fn of_entry(&self, id: &ThingId, kind: &str, row: &Columns) -> Tag {
        let [len_bytes, at_us] = [row.sealed_len_bytes, row.erased_at_us].map(|number| number.map(i64::to_be_bytes));
        self.of(
            b"counterpart/keyring/entry/v1\n",
            &[
                Some(id),
                Some(kind.as_bytes()),
                Some(row.state.as_bytes()),
                row.wrapped.as_ref().map(|wrapped| &wrapped.bytes()[..]),
                row.digest.as_ref().map(|digest| &digest[..]),
                len_bytes.as_ref().map(|number| &number[..]),
                at_us.as_ref().map(|number| &number[..]),
                row.subject.as_ref().map(|subject| &subject[..]),
                row.certificate.as_ref().map(|digest| &digest[..]),
            ],
        )
    }

    pub(super) fn of_hold(&self, row: &HoldRow) -> Tag {
        self.of(
            b"counterpart/keyring/hold/v1\n",
            &[
                Some(&row.thing),
                Some(&row.hold),
                Some(&[u8::from(row.is_standing)]),
                Some(&row.generation.to_be_bytes()),
            ],
        )
    }

    pub(super) fn of_item(&self, row: &ItemRow) -> Tag {
        self.of(
            b"counterpart/keyring/item/v1\n",
            &[Some(&row.thing), Some(&row.sealed), Some(&row.generation.to_be_bytes())],
        )
    }

    /// Of a nonce that is gone; it is nowhere stored, and has its part in the sum.
    pub(super) fn of_gone(&self, nonce: &[u8]) -> Tag {
        self.of(b"counterpart/keyring/gone/v1\n", &[Some(nonce)])
    }

    /// Puts a row into the sum, or takes it out.
    pub(super) fn turn(&self, sum: &mut Sum, tag: &Tag) {
        over(sum, &self.of(b"counterpart/keyring/part/v1\n", &[Some(tag)]));
    }

    /// The sum as it is stored: two sums that are seen one after the other tell nothing about the rows between them.
    pub(super) fn masked(&self, sum: &Sum) -> Result<[u8; SET_SUM_LEN_BYTES], OfficeKeyError> {
        let salt: [u8; 16] = chance()?;
        let mut masked = [0; SET_SUM_LEN_BYTES];
        masked[..16].copy_from_slice(&salt);
        masked[16..].copy_from_slice(&self.under_mask(&salt, *sum));
        Ok(masked)
    }

    /// The sum that was stored.
    pub(super) fn unmasked(&self, stored: &[u8; SET_SUM_LEN_BYTES]) -> Sum {
        let (salt, masked) = stored.split_at(16);
        self.under_mask(salt, masked.try_into().expect("32 of 48 bytes"))
    }

    fn under_mask(&self, salt: &[u8], mut sum: Sum) -> Sum {
        over(&mut sum, &self.of(b"counterpart/keyring/mask/v1\n", &[Some(salt)]));
        sum
    }
}

fn over(sum: &mut Sum, part: &[u8; 32]) {
    sum.iter_mut().zip(part).for_each(|(byte, part)| *byte ^= part);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_speaks_for_number_commitment_and_history() {
        let key = EventKey::new(&ObjectKey::new([1; 32]));
        let tag = key.tag(7, &[2; 32], &[3; 32]);
        assert!(key.is_tag(7, &[2; 32], &[3; 32], &tag));
        for (number, commitment, hash) in [(8, 2, 3), (7, 3, 3), (7, 2, 2)] {
            assert!(!key.is_tag(number, &[commitment; 32], &[hash; 32], &tag), "{number} {commitment} {hash}");
        }
        assert!(!EventKey::new(&ObjectKey::new([2; 32])).is_tag(7, &[2; 32], &[3; 32], &tag));
        assert!(!key.is_row_tag(&[], &tag) && key.is_row_tag(b"row", &key.row_tag(b"row")));
    }
}
