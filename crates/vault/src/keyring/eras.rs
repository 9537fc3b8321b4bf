//! The keys that make the tags of events: one for each office key there was, and up to which event each of them counts.
//!
//! Not what a tag is over (`tag.rs`), nor when a new key comes (`upkeep.rs`). Invariants: whoever has only an older office key makes no tag that counts
//! for an event behind the end of its era; an era that saw no event leaves no key; each older key is wrapped under the office key of now.

use super::Keyring;
use super::error::{KeyringError, OfficeKeyError};
use super::office_key::{OfficeKey, WRAPPED_LEN_BYTES, Wrapped, event_key_aad, event_key_before_aad};
use super::place::Place;
use super::rows::Meta;
use super::tag::EventKey;
use crate::cipher::ObjectKey;

/// An office key's time, which is over: the newest event of it, and what made the tags of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Era {
    pub(super) newest: u64,
    pub(super) event_key: Wrapped,
}

impl Era {
    const LEN_BYTES: usize = 8 + WRAPPED_LEN_BYTES;

    /// As all of them are stored; nothing where there is none.
    pub(super) fn stored(eras: &[Era]) -> Option<Vec<u8>> {
        let bytes = |era: &Era| [&era.newest.to_be_bytes()[..], era.event_key.bytes()].concat();
        (!eras.is_empty()).then(|| eras.iter().flat_map(bytes).collect())
    }

    /// As they were stored: at least one, each behind the one before.
    pub(super) fn parse(stored: &[u8]) -> Option<Vec<Era>> {
        let era = |bytes: &[u8]| {
            let (newest, wrapped) = bytes.split_first_chunk()?;
            Some(Era { newest: u64::from_be_bytes(*newest), event_key: Wrapped::from_bytes(wrapped)? })
        };
        let eras: Vec<Era> = stored.chunks(Era::LEN_BYTES).map(era).collect::<Option<_>>()?;
        let is_in_order = eras.iter().map(|era| era.newest).is_sorted_by(|one, next| one < next);
        (!eras.is_empty() && is_in_order && eras[0].newest > 0).then_some(eras)
    }
}

/// What makes the tags of events now, and what made them before.
pub(super) struct EventKeys {
    now: EventKey,
    /// By the newest event of each era, in order.
    before: Vec<(u64, EventKey)>,
}

impl EventKeys {
    /// Opens those that a copy has, which is authenticated.
    pub(super) async fn open(meta: &Meta, office_key: &dyn OfficeKey) -> Result<EventKeys, OfficeKeyError> {
        let mut before = Vec::with_capacity(meta.eras.len());
        for era in &meta.eras {
            before.push((era.newest, EventKey::new(&opened(meta, era, office_key).await?)));
        }
        let aad = event_key_aad(&meta.office, &meta.keyring, meta.key_version);
        Ok(EventKeys { now: EventKey::new(&office_key.unwrap(&meta.event_key, &aad).await?), before })
    }

    /// The one that makes the tag of the event of that number.
    fn of(&self, number: u64) -> &EventKey {
        self.before.iter().find(|(newest, _)| number <= *newest).map_or(&self.now, |(_, key)| key)
    }
}

async fn opened(meta: &Meta, era: &Era, office_key: &dyn OfficeKey) -> Result<ObjectKey, OfficeKeyError> {
    let aad = event_key_before_aad(&meta.office, &meta.keyring, meta.key_version, era.newest);
    office_key.unwrap(&era.event_key, &aad).await
}

/// The eras as the next version of the office key has them: that of `from` is over with the newest event that `meta` knows.
pub(super) async fn ended(
    meta: &Meta,
    from: &dyn OfficeKey,
    to: &dyn OfficeKey,
    place: &Place,
) -> Result<Vec<Era>, KeyringError> {
    let failed = |error: OfficeKeyError| match error {
        OfficeKeyError::DoesNotOpen => place.damaged("a key of its events"),
        other => other.into(),
    };
    let mut keys = Vec::with_capacity(meta.eras.len() + 1);
    for era in &meta.eras {
        keys.push((era.newest, opened(meta, era, from).await.map_err(failed)?));
    }
    let newest = meta.head.map_or(0, |head| head.number);
    if meta.eras.last().map_or(0, |era| era.newest) < newest {
        let aad = event_key_aad(&meta.office, &meta.keyring, meta.key_version);
        keys.push((newest, from.unwrap(&meta.event_key, &aad).await.map_err(failed)?));
    }
    let mut eras = Vec::with_capacity(keys.len());
    for (newest, key) in keys {
        let aad = event_key_before_aad(&meta.office, &meta.keyring, meta.key_version + 1, newest);
        let event_key = to.wrap(&key, &aad).await?;
        if to.unwrap(&event_key, &aad).await?.bytes() != key.bytes() {
            return Err(OfficeKeyError::Failed("the new key does not open what it wrapped".to_owned()).into());
        }
        eras.push(Era { newest, event_key });
    }
    Ok(eras)
}

impl Keyring {
    /// The tag of an event of that number, commitment and chained hash: only who has the office key can make it. Events of before a new
    /// office key keep the tags that they have.
    #[must_use]
    pub fn event_tag(&self, number: u64, commitment: &[u8; 32], hash: &[u8; 32]) -> [u8; 32] {
        self.event_keys.of(number).tag(number, commitment, hash)
    }

    /// Whether that is its tag.
    #[must_use]
    pub fn is_event_tag(&self, number: u64, commitment: &[u8; 32], hash: &[u8; 32], tag: &[u8]) -> bool {
        self.event_keys.of(number).is_tag(number, commitment, hash, tag)
    }

    /// The newest event of the time before this office key; 0 where there was none. Until an event is behind it, the hash of that one, which
    /// the head has, is all that this key says of the events.
    #[must_use]
    pub fn newest_before(&self) -> u64 {
        self.event_keys.before.last().map_or(0, |(newest, _)| *newest)
    }

    /// The tag of a row that is made of events, by its bytes. Under another office key it is another.
    #[must_use]
    pub fn event_row_tag(&self, row: &[u8]) -> [u8; 32] {
        self.event_keys.now.row_tag(row)
    }

    /// Whether that is its tag.
    #[must_use]
    pub fn is_event_row_tag(&self, row: &[u8], tag: &[u8]) -> bool {
        self.event_keys.now.is_row_tag(row, tag)
    }

    /// Whether it was its tag under the office key before this one: for rows that are no copy of events, when the key changes.
    #[must_use]
    pub fn was_event_row_tag(&self, row: &[u8], tag: &[u8]) -> bool {
        self.event_keys.before.last().is_some_and(|(_, key)| key.is_row_tag(row, tag))
    }

    /// The tag that a row had under the office key before this one, if there was one.
    #[must_use]
    pub fn event_row_tag_before(&self, row: &[u8]) -> Option<[u8; 32]> {
        self.event_keys.before.last().map(|(_, key)| key.row_tag(row))
    }

    /// That no other process gave the keyring another office key since it was opened: from then on what this one tags is not believed.
    ///
    /// # Errors
    /// [`KeyringError::Rotated`], and those of the disk.
    pub async fn is_current(&self) -> Result<(), KeyringError> {
        let meta = self.meta().await?;
        self.check_version(&meta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_are_stored_in_one_way() {
        let era = |newest| Era { newest, event_key: Wrapped::from_bytes(&[7; WRAPPED_LEN_BYTES]).unwrap() };
        let bytes = |newest: &[u64]| Era::stored(&newest.iter().map(|newest| era(*newest)).collect::<Vec<_>>());
        assert_eq!(bytes(&[]), None);
        for good in [&[1][..], &[3, 9], &[1, 2, u64::MAX]] {
            let stored = bytes(good).unwrap();
            let eras = Era::parse(&stored).unwrap();
            assert_eq!((Era::stored(&eras), eras.len()), (Some(stored.clone()), good.len()));
            assert_eq!(Era::parse(&stored[1..]), None, "{good:?}");
        }
        for bad in [&[0][..], &[3, 3], &[9, 3]] {
            assert_eq!(Era::parse(&bytes(bad).unwrap()), None, "{bad:?}");
        }
        assert_eq!(Era::parse(&[]), None);
    }
}
