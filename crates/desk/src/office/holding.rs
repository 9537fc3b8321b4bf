//! Holds placed and ended, in the keyring and in the events; and a disc or tape that somebody says is destroyed, which the keyring carries too.
//!
//! Not when a hold may be placed or end (`casework::custody`). Invariants: the keyring knows of a hold before its event is written, and forgets it after the event that ends
//! it: a crash between the two leaves a hold too many, never one too few; the keyring is told of nothing that was not decided on a history that holds.

use casework::custody::{Command, Event, Ground, Thing, What};
use casework::{HoldId, Moment, Refusal, ThingId};
use vault::keyring::KeyringError;

use super::acts::keyring_failed;
use super::{Actor, Office, Recorded};
use crate::codes;
use crate::error::{Error, Result};

/// A hold that stands.
#[derive(Debug)]
pub(crate) enum Placed {
    /// With all that was said of it.
    Whole,
    /// Without its words, for this reason: they could not be written.
    WithoutWords(Error),
}

impl Office {
    /// Places a hold, by a request or on somebody's authority.
    pub(crate) async fn place_hold(
        &self,
        actor: &Actor,
        thing: ThingId,
        hold: HoldId,
        command: Command,
        shown: Option<u64>,
    ) -> Result<Placed> {
        let moment = Office::local_moment();
        let there = self.may_surely(actor, thing, &moment, &command).await?;
        is_as_shown(&there, shown)?;
        if let Err(KeyringError::Unknown(_)) = self.keyring.key(&thing.0).await {
            return Err(Error::of("its key is lost: there is nothing left to be read that a hold could keep")
                .hint("look for a newer copy of the keyring: with its key it can be held; without one it is not destroyed either")
                .with_code(codes::REFUSED));
        }
        let acting = self.acting()?;
        self.keyring.hold(&thing.0, &hold.0).await.map_err(|err| keyring_failed(&err))?;
        if let Err(error) = self.act_as_shown(actor, thing, &moment, command, shown).await {
            // Whoever places the very same is waited for: the same form may have been sent twice.
            drop(acting);
            let _alone = self.acting_alone()?;
            if self.thing(thing).await?.holds().contains_key(&hold) {
                let theirs = |event: &Event| event.by.as_ref() == Some(&actor.account) && is_placed_by(event, hold);
                if self.events(thing).await?.iter().any(theirs) {
                    return Ok(Placed::Whole);
                }
                // An opening in between found it in the keyring and let it stand; only its words are not there.
                return Ok(Placed::WithoutWords(error));
            }
            // It was not placed: its destruction began meanwhile, or the disk is full.
            self.keyring.release(&thing.0, &hold.0).await.map_err(|err| keyring_failed(&err))?;
            return Err(error);
        }
        Ok(Placed::Whole)
    }

    /// Goes on with a hold, which may end by that: then the keyring lets go of what the events have let go of.
    pub(crate) async fn go_on_with_hold(
        &self,
        actor: &Actor,
        thing: ThingId,
        moment: &Moment,
        command: Command,
        shown: Option<u64>,
    ) -> Result<Recorded> {
        let _acting = self.acting()?;
        let recorded = self.act_as_shown(actor, thing, moment, command, shown).await?;
        for event in &recorded.events {
            if let What::Released { hold, .. } | What::HoldLapsed { hold, .. } = &event.what {
                let released = self.keyring.release(&recorded.thing.id().0, &hold.0).await;
                released.map_err(|err| keyring_failed(&err))?;
            }
        }
        Ok(recorded)
    }

    /// How many approvals of a hold's release count, and how many are needed; nothing of a hold that is over.
    pub(crate) async fn release_approved(
        &self,
        thing: &Thing,
        hold: HoldId,
        moment: &Moment,
    ) -> Result<Option<(u64, u8)>> {
        let staff = self.staff().await?;
        let ground = Ground { book: &self.book, moment, staff: &staff, actor: None };
        Ok(match thing.release_in_force(hold, &ground) {
            Err(Refusal::TooFewApprovals { needed, found, .. }) => Some((u64::from(found), needed)),
            _ => None,
        })
    }

    /// Notes that a disc or tape was destroyed, and goes on from there to its certificate.
    pub(crate) async fn item_destroyed(
        &self,
        actor: &Actor,
        id: ThingId,
        command: Command,
        shown: Option<u64>,
    ) -> Result<()> {
        let moment = Office::local_moment();
        let _alone = self.destroying()?;
        // A restore goes by what the keyring carries: it is told of nothing that was not decided on a history that holds.
        let thing = self.may_surely(actor, id, &moment, &command).await?;
        is_as_shown(&thing, shown)?;
        let acting = self.acting()?;
        let before = self.to_carry(id).await?;
        if let Some((key, carried)) = &before {
            let subject = thing.destruction().and_then(|destruction| destruction.subject);
            self.carry(id, key, &carried.clone().destroyed(moment.at_micros(), subject)).await?;
        }
        let done = self.act_as_shown(actor, id, &moment, command, shown).await;
        if let (Err(_), Some((key, carried))) = (&done, &before) {
            // Nobody said so, then: somebody's right ended meanwhile, or the disk is full.
            self.carry(id, key, carried).await?;
        }
        done?;
        drop(acting);
        self.go_on_destroying(id, &moment).await
    }
}

/// Whether a hold was placed by that event.
fn is_placed_by(event: &Event, hold: HoldId) -> bool {
    matches!(&event.what, What::Held { hold: placed, .. } | What::Asked { hold: placed, .. } if *placed == hold)
}

/// That nothing happened to it since somebody was shown it.
pub(super) fn is_as_shown(thing: &Thing, shown: Option<u64>) -> Result<()> {
    if shown.is_none_or(|shown| shown == thing.number()) {
        return Ok(());
    }
    Err(Error::of("something happened to it since you were shown it")
        .hint("look at it again")
        .with_code(codes::REFUSED))
}
