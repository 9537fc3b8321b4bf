//! What the keyring carries of a disc or tape: enough to find it on its shelf when the office's events are lost.
//!
//! Not what happened to it (its events). Invariants: it is encrypted under the thing's own key, so that it ends with it; the keyring has it before the
//! event that says it, so that a restore never knows less than somebody was told; what is on it, and from which day, is not carried: a
//! records officer says that again, and until then it is kept.

use casework::custody::{Body, Event, KnownItem, Medium, Phase, Private, Words};
use casework::{Digest, ThingId};
use serde::{Deserialize, Serialize};
use vault::cipher::ObjectKey;
use vault::keyring::{Entry, KeyringError, State};
use vault::private;

use super::{Office, fresh, keyring_failed};
use crate::error::{Error, Result};

/// The number under which it is encrypted. Events count from 1.
const NO_EVENT: u64 = 0;

/// As it is encrypted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Carried {
    v: u32,
    medium: Medium,
    label: Digest,
    recording: Option<Digest>,
    words: Words,
    /// When somebody said that it is destroyed.
    destroyed_at_micros: Option<i64>,
    /// What was approved to be destroyed.
    pub(crate) subject: Option<Digest>,
}

impl Carried {
    /// Of an item; nothing of a body in the stores.
    pub(crate) fn of(body: &Body, words: &Words) -> Option<Carried> {
        let Body::Physical { medium, label, recording } = body else { return None };
        let Words { title, label: label_words, place, .. } = words.clone();
        let words = Words { title, label: label_words, place, ..Words::default() };
        let (medium, label, recording) = (*medium, *label, *recording);
        Some(Carried { v: 1, medium, label, recording, words, destroyed_at_micros: None, subject: None })
    }

    /// The same in another place.
    pub(crate) fn at(self, place: &str) -> Carried {
        Carried { words: Words { place: Some(place.to_owned()), ..self.words.clone() }, ..self }
    }

    /// The same, destroyed.
    pub(crate) fn destroyed(self, at_micros: i64, subject: Option<Digest>) -> Carried {
        Carried { destroyed_at_micros: Some(at_micros), subject, ..self }
    }

    /// As decisions have it.
    pub(crate) fn known(&self) -> KnownItem {
        KnownItem {
            medium: self.medium,
            label: self.label,
            recording: self.recording,
            words: self.words.clone(),
            destroyed_at_micros: self.destroyed_at_micros,
        }
    }
}

impl Office {
    /// Has the keyring carry this.
    pub(crate) async fn carry(&self, id: ThingId, key: &ObjectKey, carried: &Carried) -> Result<()> {
        let text = zeroize::Zeroizing::new(
            serde_json::to_vec(carried).map_err(|err| Error::of(err).hint("give other words for it"))?,
        );
        let sealed = private::close(key, &id.0, NO_EVENT, &fresh()?, &text);
        self.keyring.carry_item(&id.0, &sealed).await.map_err(|err| keyring_failed(&err))
    }

    /// What the keyring carries of a thing.
    pub(crate) async fn carried(&self, id: ThingId) -> Result<Option<Carried>> {
        let failed = |err| keyring_failed(&err);
        let Some(sealed) = self.keyring.item(&id.0).await.map_err(failed)? else { return Ok(None) };
        let key = self.keyring.key(&id.0).await.map_err(failed)?;
        let carried = private::open(&key, &id.0, NO_EVENT, &sealed)
            .and_then(|text| serde_json::from_slice::<Carried>(&text).ok())
            .filter(|carried| carried.v == 1);
        let damaged = || {
            Error::of(format_args!("{id}: what the keyring carries of it cannot be read"))
                .hint("use the newer program, or bring back the keyring's other copy")
        };
        carried.map(Some).ok_or_else(damaged)
    }

    /// What the events say of an item, as it is to be carried.
    pub(crate) async fn to_carry(&self, id: ThingId) -> Result<Option<(ObjectKey, Carried)>> {
        let thing = self.thing(id).await?;
        let Some(body) = thing.body() else { return Ok(None) };
        let carried = Carried::of(body, &newest_words(&self.events(id).await?));
        let Some(carried) = carried.filter(|_| thing.phase() != Phase::Destroyed) else { return Ok(None) };
        let key = match self.keyring.key(&id.0).await {
            // With its key goes what is carried.
            Err(KeyringError::Erased { .. }) => return Ok(None),
            key => key.map_err(|err| keyring_failed(&err))?,
        };
        let is_destroyed = thing.destruction().filter(|destruction| destruction.is_item_destroyed);
        Ok(Some(match is_destroyed {
            Some(destruction) => (key, carried.destroyed(destruction.began_micros, destruction.subject)),
            None => (key, carried),
        }))
    }

    /// What an earlier program took in is carried too.
    pub(crate) async fn carry_all(&self, entries: &[Entry]) -> Result<()> {
        let is_item = |entry: &&Entry| matches!(entry.state, State::Kept { .. }) && entry.object().is_none();
        if !entries.iter().any(|entry| is_item(&entry)) {
            return Ok(());
        }
        let there = self.keyring.items().await.map_err(|err| keyring_failed(&err))?;
        for entry in entries.iter().filter(is_item).filter(|entry| !there.contains(&entry.id)) {
            let id = ThingId(entry.id);
            if let Some((key, carried)) = self.to_carry(id).await? {
                self.carry(id, &key, &carried).await?;
            }
        }
        Ok(())
    }
}

/// The newest title, label and place that any event gave.
fn newest_words(events: &[Event]) -> Words {
    let mut newest = Words::default();
    for event in events {
        if let Private::Words(words) = &event.private {
            newest.title = words.title.clone().or(newest.title);
            newest.label = words.label.clone().or(newest.label);
            newest.place = words.place.clone().or(newest.place);
        }
    }
    newest
}
