//! Doing what a form of a thing says: keyring, clocks, stores and log in step with the events, as the command line does it.
//!
//! Not deciding (`casework::custody`), nor in which order that is done (`office`). Invariants: what was begun goes on to its end whether or not the browser waits for it; nothing is done to a
//! thing to which something happened since it was shown.

use std::sync::Arc;

use casework::custody::{Command, How, What};
use casework::{HoldId, ThingId};

use super::forms;
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::codes;
use crate::error::{Error, Result};
use crate::office::reading::{Stretch, is_sound, sound_between};
use crate::office::{Actor, Office, Placed};

/// What came of it.
pub(super) enum Done {
    /// It is done.
    Whole,
    /// It is done, and something is to be said beside.
    But(Beside),
    /// The number of the event by which somebody listens or looks.
    Access(u64),
}

/// What is said beside.
pub(super) enum Beside {
    /// The hold stands without its words.
    WithoutWords(String),
    /// It is destroyed, and its certificate waits for the log.
    NotLogged(String),
}

/// Does it, for whoever was shown the thing as it was after so many events.
pub(super) async fn act(desk: &Desk, who: &SignedIn, id: ThingId, command: Command, shown: u64) -> Result<Done> {
    let (office, actor) = (Arc::clone(&desk.office), Arc::clone(&who.actor));
    let step = tokio::spawn(async move { Box::pin(step(&office, &actor, id, command, Some(shown))).await });
    step.await.map_err(|err| Error::of(err).hint("look at the thing again"))?
}

async fn step(office: &Office, actor: &Actor, id: ThingId, command: Command, shown: Option<u64>) -> Result<Done> {
    match command {
        Command::Ask { hold, .. } | Command::Hold { hold, .. } => {
            place(office, actor, (id, hold), command, shown).await
        }
        Command::Answer { .. } | Command::ReviewHold { .. } | Command::ProposeRelease { .. } => {
            let moment = office.moment_for(actor, id).await?;
            office.go_on_with_hold(actor, id, &moment, command, shown).await.map(|_| Done::Whole)
        }
        Command::LapseHold { .. } | Command::ApproveRelease { .. } => {
            office.is_whole().await?;
            let (moment, _) = office.agreed_for(actor).await?;
            office.go_on_with_hold(actor, id, &moment, command, shown).await.map(|_| Done::Whole)
        }
        Command::ProposeDestruction => {
            let (moment, _) = office.agreed_for(actor).await?;
            office.act_as_shown(actor, id, &moment, command, shown).await.map(|_| Done::Whole)
        }
        Command::ApproveDestruction { subject, .. } => {
            office.is_whole().await?;
            let (moment, _) = office.agreed_for(actor).await?;
            let signed = Command::ApproveDestruction { subject, signature: actor.approval(&subject) };
            office.act_as_shown(actor, id, &moment, signed, shown).await.map(|_| Done::Whole)
        }
        Command::BeginDestruction { .. } => {
            let clocks = office.agreed_for(actor).await?;
            office.destroy(Some(actor), id, &clocks, shown).await?;
            log(office).await
        }
        Command::DestroyItem { .. } => {
            office.item_destroyed(actor, id, command, shown).await?;
            log(office).await
        }
        Command::Verify { .. } => office.verify_again(actor, id, shown).await.map(|_| Done::Whole),
        Command::Access { .. } => access(office, actor, id, command, shown).await,
        command => office.act_as_shown(actor, id, &Office::local_moment(), command, shown).await.map(|_| Done::Whole),
    }
}

async fn place(
    office: &Office,
    actor: &Actor,
    (id, hold): (ThingId, HoldId),
    command: Command,
    shown: Option<u64>,
) -> Result<Done> {
    Ok(match office.place_hold(actor, id, hold, command, shown).await? {
        Placed::Whole => Done::Whole,
        Placed::WithoutWords(why) => Done::But(Beside::WithoutWords(why.what().to_owned())),
    })
}

/// The log is given the certificate at once, if it answers.
async fn log(office: &Office) -> Result<Done> {
    let submitted = office.submit_waiting().await?;
    Ok(submitted.why.map_or(Done::Whole, |why| Done::But(Beside::NotLogged(why))))
}

/// Puts on the record that somebody listens or looks: once it is known that there is something, and exactly what.
async fn access(office: &Office, actor: &Actor, id: ThingId, command: Command, shown: Option<u64>) -> Result<Done> {
    let Command::Access { purpose, range_ms, words, .. } = command else { return Ok(Done::Whole) };
    let moment = Office::local_moment();
    let command = |how, stretch: Stretch| Command::Access {
        how,
        purpose,
        range_ms: stretch.range_ms,
        range_bytes: stretch.range_bytes,
        words: words.clone(),
    };
    // Whoever may not is told so before anything is opened.
    office.may(actor, id, &moment, &command(How::Looked, Stretch::default())).await?;
    let (held, object) = office.open_kept(id).await?;
    let (how, stretch) = match (is_sound(&held), range_ms) {
        (false, _) => (How::Looked, Stretch::default()),
        (true, None) => (How::Listened, Stretch::default()),
        (true, Some((from, until))) => {
            let piece = tokio::task::block_in_place(|| sound_between(&object, from, until));
            // Times of which there is no sound were mistyped.
            let piece = piece.map_err(|err| err.with_code(codes::REFUSED))?;
            (How::Listened, piece.stretch)
        }
    };
    let recorded = office.act_as_shown(actor, id, &moment, command(how, stretch), shown).await?;
    let event = recorded.events.iter().find(|event| matches!(event.what, What::Accessed { .. }));
    Ok(event.map_or(Done::Whole, |event| Done::Access(event.number)))
}

/// The id of a hold that a form places: chance for whoever has no office key, and the same for a form that is sent twice, so that it is placed once.
pub(super) fn hold_of(desk: &Desk, who: &SignedIn, id: ThingId, row: &forms::Row, shown: &str) -> HoldId {
    let words = format!("counterpart/form-hold/v1\n{}\n{id}\n{}\n{shown}", who.form_token, row.deed);
    let mut hold = [0; 16];
    hold.iter_mut().zip(desk.office.tag(words.as_bytes())).for_each(|(to, byte)| *to = byte);
    HoldId(hold)
}
