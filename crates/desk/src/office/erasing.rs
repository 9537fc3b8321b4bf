//! Destruction carried out: the key, the objects, what lies outside, the certificate; in that order and from wherever a crash left it.
//!
//! Not whether it may begin (`casework::custody`). Invariants: it begins by an event that was checked anew in its own transaction; the
//! keyring refuses where a hold came before; nothing is erased that could not be certified; every step is looked at after it was done, and only then noted; nothing is certified
//! while anything is left.

use casework::custody::{Body, Command, Phase, Thing, What};
use casework::{Digest, Moment, ThingId};
use vault::Held;
use vault::keyring::{Erasure, KeyringError, State};
use vault::private;
use vault::store::Digest as ObjectDigest;

use super::acts::keyring_failed;
use super::history::changed;
use super::holding::is_as_shown;
use super::sweeping::{self, Mark};
use super::{Actor, Office, stores};
use crate::clock::{Heard, local_us};
use crate::db::stalled;
use crate::error::{Error, Result};

/// A thing's object, by what needs no key: its name and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ObjectName {
    pub(crate) digest: ObjectDigest,
    pub(crate) sealed_len_bytes: u64,
}

/// A thing's object, also where nobody has described the thing yet; `None` for a disc or tape.
pub(crate) fn named(thing: &Thing) -> Option<ObjectName> {
    match thing.body() {
        Some(Body::Electronic { object, sealed_len_bytes, .. }) => {
            Some(ObjectName { digest: ObjectDigest::new(object.0), sealed_len_bytes: *sealed_len_bytes })
        }
        _ => None,
    }
}

/// The object of a thing that is to be there: it is kept, or its destruction began and may yet be stopped, since the key is there.
pub(crate) fn wanted(thing: &Thing) -> Option<ObjectName> {
    let is_wanted = match (thing.phase(), thing.destruction()) {
        (Phase::Kept, _) => true,
        (Phase::Destroying, Some(destruction)) => !destruction.is_key_erased,
        _ => false,
    };
    named(thing).filter(|_| is_wanted)
}

/// What opens a thing's object but for its key; `None` for a disc or tape, and where nothing is known.
pub(crate) fn held(thing: &Thing) -> Option<Held> {
    let (kind, ObjectName { digest, sealed_len_bytes }) = (thing.kind()?, named(thing)?);
    Some(Held { id: thing.id().0, kind: kind.to_string(), digest, sealed_len_bytes })
}

impl Office {
    /// Destroys a thing that is due and approved, as somebody was shown it after so many events.
    pub(crate) async fn destroy(
        &self,
        actor: Option<&Actor>,
        id: ThingId,
        clocks: &(Moment, Heard),
        shown: Option<u64>,
    ) -> Result<()> {
        let (moment, heard) = clocks;
        let _alone = self.destroying()?;
        self.is_whole().await?;
        let logged_s = self.logged_s(heard).await?;
        // A hold that is being placed, on this or on another copy of it, is placed whole before this begins, or comes after.
        let acting = self.acting_alone()?;
        let thing = self.thing(id).await?;
        if thing.phase() == Phase::Kept {
            is_as_shown(&thing, shown)?;
            self.has_its_key(id).await?;
            let is_item = matches!(thing.body(), Some(Body::Physical { .. }));
            let stores = if is_item { Vec::new() } else { self.store_names.clone() };
            // Of a disc that is a copy of no recording nothing can lie in a folder.
            let is_findable = !is_item || matches!(Mark::of(&thing, None), Mark::Recording(_));
            let places = if is_findable { self.places()? } else { Vec::new() };
            let command = Command::BeginDestruction { stores, places };
            self.can_be_certified(actor, &thing, &command, (moment, logged_s)).await?;
            self.act(actor, id, moment, &[command]).await?;
        } else if let Some(actor) = actor {
            // Somebody else began it meanwhile; this one goes on with it only while they are signed in.
            self.is_theirs(actor).await?;
        }
        drop(acting);
        self.go_on_destroying(id, moment).await
    }

    /// What has no key cannot be destroyed by erasing it, and a certificate would say what nobody did.
    async fn has_its_key(&self, id: ThingId) -> Result<()> {
        match self.keyring.entry(&id.0).await {
            Err(KeyringError::Unknown(_)) => Err(Error::of("its key is lost: there is none that could be erased")
                .hint("bring the keyring's newer copy back; without it what is left of the thing opens for nobody")
                .with_code(crate::codes::REFUSED)),
            Err(error) => Err(keyring_failed(&error)),
            Ok(_) => Ok(()),
        }
    }

    pub(super) fn places(&self) -> Result<Vec<casework::Name>> {
        let named = self.config.sweep.iter().map(|sweep| sweep.name.parse());
        named
            .collect::<std::result::Result<_, String>>()
            .map_err(|err| Error::of(err).hint("see to sweep.name in office.toml"))
    }

    /// Carries a destruction that began on to its end, as far as it can go without a person. Whoever calls this holds the lock for it.
    pub(crate) async fn go_on_destroying(&self, id: ThingId, moment: &Moment) -> Result<()> {
        let gone_on = self.take_steps(id, moment).await;
        match (gone_on, self.thing(id).await?.phase()) {
            // Another process was quicker, and is done.
            (Err(_), Phase::Destroyed) => stalled::clear(&self.db, id).await,
            (Err(error), Phase::Destroying) => {
                stalled::note(&self.db, id, local_us(), error.what()).await?;
                Err(error)
            }
            (gone_on, _) => {
                stalled::clear(&self.db, id).await?;
                gone_on
            }
        }
    }

    async fn take_steps(&self, id: ThingId, moment: &Moment) -> Result<()> {
        // Before a copy outside is removed, as before the key goes: the file may have been written to since the office was opened.
        let thing = self.walked(id).await?;
        if thing.phase() != Phase::Destroying {
            return Ok(());
        }
        let Some(destruction) = thing.destruction() else { return Ok(()) };
        self.is_not_behind(moment).await?;
        if matches!(thing.body(), Some(Body::Physical { .. })) && !destruction.is_item_destroyed {
            // Somebody has to do that with their hands, and to say so.
            return Ok(());
        }
        if !destruction.is_key_erased && !destruction.is_item_destroyed {
            self.stops_for_a_twin(id, moment).await?;
        }
        // Nobody is in the middle of placing a hold then: what stands in the keyring stands.
        let is_held = {
            let _alone = self.acting_alone()?;
            !self.keyring.holds(&id.0).await.map_err(|err| keyring_failed(&err))?.is_empty()
        };
        if !destruction.is_key_erased && !destruction.is_item_destroyed && is_held {
            // Nothing is removed anywhere: the keyring will refuse.
            return self.erase_key(id, moment).await.and_then(|()| Err(kept_by_hold()));
        }
        // A copy outside may be known by its content alone, whose salt goes with the key: first those, then the key.
        let salt = self.keyring.key(&id.0).await.ok().map(|key| private::content_salt(&key, &id.0));
        let mark = Mark::of(&thing, salt);
        let places: Vec<_> =
            self.config.sweep.iter().filter(|sweep| is_named(&destruction.places, &sweep.name)).cloned().collect();
        let swept = tokio::task::spawn_blocking(move || sweeping::sweep(&places, &mark)).await;
        let swept = swept.map_err(|err| Error::of(err).hint("try again"))??;
        if !destruction.is_key_erased {
            self.erase_key(id, moment).await?;
        }
        if self.thing(id).await?.phase() != Phase::Destroying {
            return Err(kept_by_hold());
        }
        self.is_erased(id).await?;
        self.remove_objects(&thing, moment).await?;
        for (place, removed) in swept {
            self.step(id, moment, Command::Sweep { place, removed }).await?;
        }
        self.certify(&self.thing(id).await?, moment).await
    }

    /// The key goes from every copy of the keyring, or a hold stops it all.
    async fn erase_key(&self, id: ThingId, moment: &Moment) -> Result<()> {
        // A hold that is being placed is placed whole before this, or refused.
        let _alone = self.acting_alone()?;
        // The file may have been written to since the office was opened, and since this destruction was decided.
        let thing = self.certifiable(id).await?;
        if thing.phase() != Phase::Destroying {
            return Err(changed("a destruction that began is not there any more"));
        }
        if thing.destruction().is_none_or(|destruction| !destruction.is_item_destroyed) {
            self.stops_for_a_twin(id, moment).await?;
        }
        let subject = thing.destruction().and_then(|destruction| destruction.subject).unwrap_or(Digest([0; 32]));
        let erasure = Erasure { at_us: moment.at_micros(), subject: subject.0 };
        match self.keyring.erase(&id.0, erasure).await {
            Ok(()) => {
                let copies = self.keyring_copies();
                self.step(id, moment, Command::EraseKey { copies }).await
            }
            Err(KeyringError::Held { .. }) => {
                let standing = self.keyring.holds(&id.0).await.map_err(|err| keyring_failed(&err))?;
                if thing.destruction().is_some_and(|destruction| destruction.is_item_destroyed) {
                    // Nobody is between keyring and events now: whoever placed these was refused, or died before their event.
                    for hold in &standing {
                        self.keyring.release(&id.0, hold).await.map_err(|err| keyring_failed(&err))?;
                    }
                    self.keyring.erase(&id.0, erasure).await.map_err(|err| keyring_failed(&err))?;
                    return self.step(id, moment, Command::EraseKey { copies: self.keyring_copies() }).await;
                }
                let hold = standing.first().copied().unwrap_or_default();
                let command = Command::ReplayHold { hold: casework::HoldId(hold) };
                self.act(None, id, moment, &[command]).await.map(|_| ())
            }
            Err(error) => Err(keyring_failed(&error)),
        }
    }

    /// That the keyring says so too, before anything goes that its key would open.
    async fn is_erased(&self, id: ThingId) -> Result<()> {
        match self.keyring.entry(&id.0).await {
            Ok(entry) if matches!(entry.state, State::Erased { .. }) => Ok(()),
            Err(KeyringError::Unknown(_)) => Ok(()),
            Ok(_) => Err(Error::of("its events say that its key is erased, and the keyring has it")
                .hint("open the office again: an older keyring that was put back is brought after")),
            Err(error) => Err(keyring_failed(&error)),
        }
    }

    /// The object goes from every store in every version.
    async fn remove_objects(&self, thing: &Thing, moment: &Moment) -> Result<()> {
        let Some(digest) = self.object_of(thing).await? else { return Ok(()) };
        let Some(destruction) = thing.destruction() else { return Ok(()) };
        for (name, store) in self.store_names.iter().zip(self.vault.stores()) {
            if !destruction.stores.contains(name) {
                continue;
            }
            stores::is_ours(name, &**store, &self.keyring).await?;
            let gone = store.delete(&digest).await.map_err(|err| {
                Error::of(format_args!("{name}: {err}"))
                    .hint("its key is erased; lift what keeps the object, and destroy it again to go on")
            })?;
            let versions = u32::try_from(gone.versions).unwrap_or(u32::MAX);
            self.step(thing.id(), moment, Command::RemoveObject { store: name.clone(), versions }).await?;
        }
        Ok(())
    }

    /// The name of a thing's object, also where its events were lost and only the keyring knows.
    async fn object_of(&self, thing: &Thing) -> Result<Option<ObjectDigest>> {
        if let Some(named) = named(thing) {
            return Ok(Some(named.digest));
        }
        let entry = self.keyring.entry(&thing.id().0).await.map_err(|err| keyring_failed(&err))?;
        Ok(entry.object().map(|(digest, _)| ObjectDigest::new(digest)))
    }

    /// What is destroyed by its events, or by what the keyring carries of an item, and came back, goes again.
    pub(crate) async fn erase_again(&self, id: ThingId, carried: Option<Digest>) -> Result<()> {
        let events = self.events(id).await?;
        let begun = events.iter().rev().find_map(|event| match event.what {
            What::Destroying { subject, .. } => Some(subject),
            _ => None,
        });
        let subject = carried.or(begun).unwrap_or(Digest([0; 32]));
        let at_us = events.last().map_or_else(local_us, |event| event.at_micros);
        let erasure = Erasure { at_us, subject: subject.0 };
        self.keyring.erase(&id.0, erasure).await.map_err(|err| keyring_failed(&err))?;
        if let Some(named) = named(&self.thing(id).await?) {
            for (name, store) in self.store_names.iter().zip(self.vault.stores()) {
                stores::is_ours(name, &**store, &self.keyring).await?;
            }
            let gone = self.vault.remove(&named.digest).await;
            gone.map_err(|err| Error::of(err).hint("see to the store, and open the office again"))?;
        }
        Ok(())
    }
}

fn kept_by_hold() -> Error {
    Error::of("a hold came before its destruction: it is kept")
        .hint("look at its holds with \"counterpartd vault show\"")
        .with_code(crate::codes::REFUSED)
}

fn is_named(names: &std::collections::BTreeSet<casework::Name>, name: &str) -> bool {
    names.iter().any(|one| one.as_str() == name)
}
