//! The same recording kept twice: a hold on one of them is meant for what was said, and keeps the other too.
//!
//! Not a thing's own holds (`casework::custody`). Invariants: it is decided by events that were walked over in the same transaction, never by a row of a
//! table, and by the keyring's holds too; what is held and not known counts as the same recording, for nobody can say that it is another.

use casework::Moment;
use casework::ThingId;
use casework::custody::{Body, Command, Phase, Thing};

use super::Office;
use super::acts::keyring_failed;
use super::record::People;
use crate::db::{Tx, things};
use crate::error::{Error, Result};

impl Office {
    /// That nothing held is the same recording: before its destruction begins.
    pub(super) async fn no_twin_is_held(&self, at: &mut Tx, thing: &Thing, people: &People) -> Result<()> {
        match self.held_twin(at, thing, people).await? {
            Some(why) => Err(Error::of(why)
                .hint("it stays until every hold on that is released or over")
                .with_code(crate::codes::REFUSED)),
            None => Ok(()),
        }
    }

    /// Stops a destruction that began before the same recording was held elsewhere, while its key is there: the approvals were given without that hold.
    pub(super) async fn stops_for_a_twin(&self, id: ThingId, moment: &Moment) -> Result<()> {
        let mut at = self.db.begin().await?;
        let (people, thing, _) = self.walked_in(&mut at, id).await?;
        let Some(why) = self.held_twin(&mut at, &thing, &people).await? else { return Ok(()) };
        drop(at);
        if thing.phase() == Phase::Destroying {
            self.act(None, id, moment, &[Command::VoidApprovals]).await?;
        }
        Err(Error::of(format_args!("its destruction was stopped: {why}"))
            .hint("it is kept; propose it again when every hold on that is released or over")
            .with_code(crate::codes::REFUSED))
    }

    /// What is held and is, or may be, the same recording, in words.
    async fn held_twin(&self, at: &mut Tx, thing: &Thing, people: &People) -> Result<Option<String>> {
        let Some(recording) = things::recording(thing) else { return Ok(None) };
        let failed = |err| keyring_failed(&err);
        let standing = self.keyring.standing_holds().await.map_err(failed)?;
        for id in self.things_that_say(at, &recording).await?.into_iter().filter(|id| *id != thing.id()) {
            let twin = self.thing_in(at, id, people).await?;
            let is_held = !twin.holds().is_empty() || standing.get(&id.0).is_some_and(|holds| !holds.is_empty());
            if is_held && things::recording(&twin).is_some_and(|one| one == recording) {
                return Ok(Some(format!("{id} is the same recording, and it is held")));
            }
        }
        // Its events were lost: the keyring has its holds and its kind, and not which recording it is.
        for (bytes, _) in standing.iter().filter(|(bytes, holds)| **bytes != thing.id().0 && !holds.is_empty()) {
            let id = ThingId(*bytes);
            let other = self.thing_in(at, id, people).await?;
            let is_known = other.kind().is_some() || matches!(other.body(), Some(Body::Physical { .. }));
            if other.phase() == Phase::Destroyed || is_known {
                continue;
            }
            let kind = self.keyring.entry(bytes).await.map_err(failed)?.kind;
            if kind.ends_with("-recording") {
                return Ok(Some(format!(
                    "{id} is held and not described since a restore, so it may be the same recording"
                )));
            }
        }
        Ok(None)
    }
}
