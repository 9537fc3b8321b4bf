//! The rooms in which meetings are recorded: a room's recorder moved in step with the events of the case, each decided by `casework::case` first.
//!
//! Not pages and routes (`http/`), nor what may be done (`casework::case`). Invariants: what is noted is what happens: nothing is noted as recorded before it is, and whoever
//! said no, or is told that it pauses, is heard by nobody from then on; a recorder goes on whatever becomes of this program; what a crash left between recorder and
//! events is put right by one function, [`Office::settle_room`].

mod copies;
mod handing;
pub(crate) mod notes;
mod program;
mod recorder;
mod settling;
mod steps;
#[cfg(test)]
mod tests;

use casework::case::Case;
use rules::Side;

pub(crate) use copies::Made;
pub(crate) use notes::Ticket;
pub(crate) use recorder::{Live, Recorder, Standing};
pub(crate) use settling::Finding;

use crate::config::office::OfficeConfig;
use crate::error::Result;
use crate::office::Office;

/// A room with a recorder.
#[derive(Clone, Debug)]
pub(crate) struct Room<'a> {
    /// Its office and itself, as `office.toml` names them.
    pub(crate) site: &'a str,
    pub(crate) name: &'a str,
    pub(crate) recorder: Recorder<'a>,
}

impl Room<'_> {
    /// What is recorded in it, and how its recorder stands; nothing where none is under way.
    pub(crate) async fn now(&self) -> Result<Option<(Ticket, Standing)>> {
        match self.recorder.notes.now()? {
            None => Ok(None),
            Some(ticket) => {
                let standing = self.recorder.standing(&ticket).await?;
                Ok(Some((ticket, standing)))
            }
        }
    }

    fn is_of(&self, case: &Case) -> bool {
        let room = |one: &casework::case::Appointment| {
            one.slot.office.as_str() == self.site
                && one.room.as_ref().is_some_and(|room| room.name.as_str() == self.name)
        };
        case.appointment().is_some_and(room)
    }
}

/// Every room of an office that has a recorder.
pub(crate) fn rooms(config: &OfficeConfig) -> impl Iterator<Item = Room<'_>> {
    let rooms = config.offices.iter().flat_map(|site| site.rooms.iter().map(move |room| (site, room)));
    rooms.filter_map(|(site, room)| {
        let recorder = Recorder::of(room.recorder.as_ref()?, &site.name, &room.name);
        Some(Room { site: &site.name, name: &room.name, recorder })
    })
}

impl Office {
    /// Every room with a recorder.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = Room<'_>> {
        rooms(&self.config)
    }

    /// A room by its names, if it has a recorder.
    #[cfg(test)]
    pub(crate) fn room(&self, site: &str, name: &str) -> Option<Room<'_>> {
        self.rooms().find(|room| (room.site, room.name) == (site, name))
    }

    /// The room whose recorder has this case under way; otherwise the one that it is to be held in, if it has a recorder.
    pub(crate) fn room_of(&self, case: &Case) -> Result<Option<Room<'_>>> {
        for room in self.rooms() {
            match room.recorder.notes.now() {
                Ok(Some(ticket)) if ticket.case == case.id() => return Ok(Some(room)),
                // Another room's trouble is no affair of a meeting that is not held there.
                Err(error) if room.is_of(case) => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(self.rooms().find(|room| room.is_of(case)))
    }
}

/// The office's recording that goes on, and whether it pauses.
fn sound(case: &Case) -> Option<(u32, bool)> {
    let ours = case.recordings().iter().find(|one| one.side == Side::Office && one.runs());
    ours.map(|one| (one.number, one.is_paused))
}
