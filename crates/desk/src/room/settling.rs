//! What a crash or a kill left between a room's recorder and the case's events, found and put right.
//!
//! Not what somebody wants done (`steps.rs`). Invariants: the recorder is brought to where the events stand, never further: it is paused, ended and recovered here, and never
//! begun or made to go on; that a recording ended which the events take for running is noted, by the program; nothing is lost and nothing is noted twice, however often
//! this is done.

use std::fmt;
use std::time::Instant;

use casework::CaseId;
use casework::case::{Command, Recording, Stop};
use casework::custody::Words;
use rules::Side;

use super::recorder::{Ended, LOOKED, Order, SHOWN, Standing};
use super::{Room, Ticket, sound};
use crate::error::{Error, Result};
use crate::office::Office;
use crate::office::cases::Doer;

/// What was found in a room, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A recording that no event speaks of was ended; its copies are in their folders.
    Unnoted(String),
    /// The recorder had ended, and the events did not know: they do now.
    Stopped(String),
    /// What was to be over is over, and saved.
    Saved(String),
    /// The office's copy was in the vault, and no event said so: one does now.
    Kept(String),
    /// The recorder paused: the events say that it pauses.
    Paused(String),
    /// The recorder pauses, and no event says so: somebody says whether it is to go on.
    PausedUnnoted(String),
    /// The recorder runs and does not answer.
    Silent(String, String),
    /// Something could not be done.
    Failed(String, String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Unnoted(name) => {
                write!(
                    f,
                    "{name}: it was begun and never noted; it was ended, and its copies are kept in their folders"
                )
            }
            Finding::Stopped(name) => write!(f, "{name}: the recorder had ended; that is noted now"),
            Finding::Saved(name) => write!(f, "{name}: it is over, and its copies are looked at"),
            Finding::Kept(name) => write!(f, "{name}: the office's copy is in the vault; that is noted now"),
            Finding::Paused(name) => write!(f, "{name}: the recorder pauses now, as was noted"),
            Finding::PausedUnnoted(name) => {
                write!(f, "{name}: the recorder pauses, and that is not noted; pause it, or let it go on")
            }
            Finding::Silent(name, why) => write!(f, "{name}: the recorder runs and does not answer: {why}"),
            Finding::Failed(name, why) => write!(f, "{name}: {why}"),
        }
    }
}

impl Office {
    /// Puts right what was left in a room: when its page is opened, and when this program starts.
    pub(crate) async fn settle_room(&self, room: &Room<'_>) -> Result<Vec<Finding>> {
        let kept = self.settle_kept(room).await?;
        let mut found: Vec<Finding> = kept.into_iter().map(|ticket| Finding::Kept(ticket.name)).collect();
        // Most rooms have nothing under way, and nobody waits for them.
        if room.recorder.notes.now()?.is_none() {
            return Ok(found);
        }
        let _alone = room.recorder.notes.alone().await?;
        found.extend(Box::pin(self.settle_alone(room)).await?);
        Ok(found)
    }

    /// The same in every room; what cannot be put right is said.
    pub(crate) async fn settle_rooms(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for room in self.rooms() {
            match self.settle_room(&room).await {
                Ok(more) => found.extend(more),
                Err(error) => {
                    found.push(Finding::Failed(format!("{}/{}", room.site, room.name), error.what().to_owned()));
                }
            }
        }
        found
    }

    /// The same by whoever has the room to themselves.
    pub(super) async fn settle_alone(&self, room: &Room<'_>) -> Result<Vec<Finding>> {
        let Some(ticket) = room.recorder.notes.now()? else { return Ok(Vec::new()) };
        let case = self.case(ticket.case).await?;
        let ours = |one: &&Recording| one.number == ticket.number && one.side == Side::Office;
        let noted = case.recordings().iter().find(ours);
        let standing = settled(room, &ticket, noted.map(|one| one.is_paused)).await?;
        let name = ticket.name.clone();
        match noted {
            None => Ok(vec![self.end_unnoted(room, &ticket).await]),
            Some(one) if one.is_over => Ok(self.wind_up(room, &ticket).await),
            Some(one) => match standing {
                Standing::Live(live) if one.is_paused && live.state == "recording" => {
                    room.recorder.order(&ticket, Order::Pause, "").await?;
                    Ok(vec![Finding::Paused(name)])
                }
                Standing::Live(live) if !one.is_paused && live.is_paused() => Ok(vec![Finding::PausedUnnoted(name)]),
                // Somebody on that machine ends it: soon it has ended.
                Standing::Live(_) => Ok(Vec::new()),
                Standing::Silent(why) => Ok(vec![Finding::Silent(name, why)]),
                Standing::Ended(ended) => self.stop(room, &ticket, Some(&ended)).await,
                Standing::Broken(_) => self.stop(room, &ticket, None).await,
            },
        }
    }

    /// A recording that the events take for running, of which no room's recorder knows: its notes are lost. That it is not recorded any more is noted.
    pub(super) async fn settle_case(&self, room: &Room<'_>, id: CaseId) -> Result<()> {
        let case = self.case(id).await?;
        let is_known = room.recorder.notes.now()?.is_some_and(|ticket| ticket.case == id);
        if sound(&case).is_some() && !is_known {
            self.note_stop(id, Stop::EquipmentFailed).await?;
        }
        Ok(())
    }

    /// What was begun and never noted is ended. Of its name nobody makes another.
    async fn end_unnoted(&self, room: &Room<'_>, ticket: &Ticket) -> Finding {
        let ended = match room.recorder.finish(ticket).await {
            Ok(_) => room.recorder.notes.over(),
            // It never wrote anything: there is nothing to recover.
            Err(_) if is_empty(ticket) && !room.recorder.notes.is_alive(ticket) => room.recorder.notes.over(),
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => Finding::Unnoted(ticket.name.clone()),
            Err(error) => Finding::Failed(ticket.name.clone(), error.what().to_owned()),
        }
    }

    /// Notes that a recorder has ended by itself, and sees to what it left.
    async fn stop(&self, room: &Room<'_>, ticket: &Ticket, ended: Option<&Ended>) -> Result<Vec<Finding>> {
        let is_full = ended.is_some_and(|ended| ended.end == "disk-full");
        self.note_stop(ticket.case, if is_full { Stop::NoMedium } else { Stop::EquipmentFailed }).await?;
        let mut found = vec![Finding::Stopped(ticket.name.clone())];
        found.extend(self.wind_up(room, ticket).await);
        Ok(found)
    }

    async fn note_stop(&self, id: CaseId, stop: Stop) -> Result<()> {
        let stop = Command::StopRecording { side: Some(Side::Office), stop, words: Words::default() };
        let moment = Office::local_moment();
        Box::pin(self.act_on_case(Doer::Program, id, &moment, &[stop], None)).await?;
        Ok(())
    }

    /// What is noted as over is ended, saved or recovered, and its copies are looked at. What could not be done stays to be done: the copies by
    /// [`Office::note_copies`], and the room is free when its recorder is gone.
    pub(super) async fn wind_up(&self, room: &Room<'_>, ticket: &Ticket) -> Vec<Finding> {
        let failed = |error: &Error| Finding::Failed(ticket.name.clone(), error.what().to_owned());
        let mut found = Vec::new();
        if let Err(error) = room.recorder.finish(ticket).await {
            found.push(failed(&error));
        } else {
            match Box::pin(self.note_copies(ticket.case, ticket.number)).await {
                Ok(_) => found.push(Finding::Saved(ticket.name.clone())),
                Err(error) => found.push(failed(&Error::from(error))),
            }
        }
        if !room.recorder.notes.is_alive(ticket)
            && let Err(error) = room.recorder.notes.over()
        {
            found.push(failed(&error));
        }
        found
    }
}

/// How a recorder stands. What it says is a second old: one that does otherwise than is noted is looked at until it cannot be that.
async fn settled(room: &Room<'_>, ticket: &Ticket, is_paused: Option<bool>) -> Result<Standing> {
    let began = Instant::now();
    loop {
        let standing = room.recorder.standing(ticket).await?;
        let is_other =
            matches!(&standing, Standing::Live(live) if is_paused.is_some_and(|paused| paused != live.is_paused()));
        if !is_other || began.elapsed() > SHOWN {
            return Ok(standing);
        }
        tokio::time::sleep(LOOKED).await;
    }
}

/// Whether nothing lies in either of its folders.
fn is_empty(ticket: &Ticket) -> bool {
    let is_empty = |folder| std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    is_empty(&ticket.office_copy) && is_empty(&ticket.person_copy)
}
