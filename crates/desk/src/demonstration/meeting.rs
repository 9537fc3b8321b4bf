//! "Record now": a meeting of a demonstration that is planned, prepared and begun at once, in a room that has a recorder, by whoever presses a button.
//!
//! Not the pages of a meeting (`http/cases`), nor its recorder (`room`). Invariants: it happens in a demonstration alone; each act goes the way that every act goes, at the moment at
//! which it is; a room in which something is recorded already is looked at and not asked for more.

use casework::CaseId;
use casework::case::{By, Command, Phase, Purpose};
use zeroize::Zeroizing;

use super::accounts::is_one;
use super::life::Life;
use super::links;
use super::lives::ask;
use super::making::Real;
use super::people::{IVAN, NORTH, SOUTH, THEO};
use super::world::{Deed, Step, World, account, name, unfit};
use crate::access::Desk;
use crate::clock::local_us;
use crate::codes;
use crate::db::cases::{self, Row, Wanted};
use crate::error::{Error, Result};
use crate::office::cases::Doer;
use crate::office::{Actor, Office};
use crate::room::Room;

/// More than anybody opens in a demonstration.
const CASES_MAX: u32 = 10_000;

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The bundled interview, as if it were spoken now.
    Interview,
    /// Whatever this machine's microphone hears.
    Microphone,
}

impl Heard {
    /// As a form names it.
    pub(crate) fn named(text: &str) -> Option<Heard> {
        match text {
            "interview" => Some(Heard::Interview),
            "microphone" => Some(Heard::Microphone),
            _ => None,
        }
    }
}

/// A meeting that was begun.
pub(crate) struct Begun {
    pub(crate) case: CaseId,
    /// The secret of a session of whoever holds it.
    pub(crate) secret: Zeroizing<[u8; 32]>,
    /// Why its recorder did not begin: all else is ready.
    pub(crate) trouble: Option<Error>,
}

/// Plans one, does all that comes before it, and begins it. A room that has a meeting already has no other: one that stands ready is begun, and one that was begun is led to, as whoever holds it. Nothing
/// where that cannot be heard here.
pub(crate) async fn record(desk: &Desk, heard: Heard) -> Result<Option<Begun>> {
    let office = &desk.office;
    is_one(office)?;
    // Two at once would ask for one room.
    let _alone = ALONE.lock().await;
    let Some(room) = room_that(desk, heard) else { return Ok(None) };
    let (site, holder) = if room.site == NORTH { (NORTH, IVAN) } else { (SOUTH, THEO) };
    // One that came to its own end, as the bundled interview does, is written down as ended.
    office.settle_room(&room).await?;
    let there = match there(office, &room).await? {
        Some(case) => Some(office.case(case).await?),
        None => None,
    };
    let slot = there.as_ref().and_then(|case| case.appointment()).map(|now| now.slot.staff.clone());
    let holder = slot.map_or_else(|| account(holder), Ok)?;
    let (actor, secret) = links::act_as(desk, &holder).await?.ok_or_else(|| {
        Error::of(format_args!("{holder}: nobody can sign in as them")).hint("make another demonstration")
    })?;
    let (case, phase) = match &there {
        Some(case) => (case.id(), case.phase()),
        None => {
            let steps = told(office, (site, room.name), actor.account.as_str()).await?;
            (prepare(office, &actor, steps).await?, Phase::Planned)
        }
    };
    let start = [Command::Start { recorded: true }];
    let trouble = match phase {
        Phase::Planned => {
            let begun = Box::pin(office.act_in_room(Doer::Staff(&actor), case, &start, None)).await;
            // What is still to be done first stands on the page of the room.
            begun.err().map(Error::from).filter(|error| error.code() != codes::REFUSED)
        }
        _ => None,
    };
    // The button says what is looked at and why, in the place of the page that asks.
    office.look_at_case(&actor, case, &Office::local_moment(), Purpose::HoldMeeting).await?;
    Ok(Some(Begun { case, secret, trouble }))
}

/// The room in which that is heard. A microphone hears whoever is near this machine, and so only where nobody comes from another one.
fn room_that<'a>(desk: &'a Desk, heard: Heard) -> Option<Room<'a>> {
    let is_near = heard == Heard::Interview || is_here(&desk.origin);
    let is_it = |room: &Room<'_>| room.recorder.is_microphone() == (heard == Heard::Microphone);
    desk.office.rooms().find(is_it).filter(|_| is_near && desk.office.is_demonstration())
}

/// Whether a browser reaches that from this machine alone.
fn is_here(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|here| host.strip_prefix(here).is_some_and(|port| port.is_empty() || port.starts_with(':')))
}

/// Whether that can be recorded here at the press of a button.
pub(crate) fn can(desk: &Desk, heard: Heard) -> bool {
    room_that(desk, heard).is_some()
}

static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The meeting that has the room now.
async fn there(office: &Office, room: &Room<'_>) -> Result<Option<CaseId>> {
    if let Some((ticket, _)) = room.now().await? {
        return Ok(Some(ticket.case));
    }
    let (now_us, wanted) = (local_us(), Wanted { staff: None, is_open: true });
    let (rows, _) = cases::page(&office.db, &wanted, CASES_MAX, 0).await?;
    let has_it = |row: &&Row| {
        (row.office.as_str(), row.room.as_deref()) == (room.site, Some(room.name))
            && (row.starts_us..row.ends_us).contains(&now_us)
    };
    Ok(rows.iter().find(has_it).and_then(|row| row.id.parse().ok()))
}

/// What is done before it, in its order.
async fn told(office: &Office, (site, room): (&str, &str), holder: &str) -> Result<Vec<Step>> {
    let mut real = Real::read()?;
    let staff = office.staff().await?;
    let mut world = World::new(local_us(), &office.book, staff, &mut real);
    let mut life = Life::at_once(&mut world, site, holder)?;
    ask(&mut life)?;
    let request = life.request();
    life.hold(Command::Accept { request })?;
    life.hold(Command::AssignRoom { room: name(room)?, is_private: true })?;
    life.prepare()?;
    life.arrive()?;
    life.done();
    Ok(world.in_order())
}

/// Does it. The case.
async fn prepare(office: &Office, actor: &Actor, steps: Vec<Step>) -> Result<CaseId> {
    let mut case = None;
    for step in steps {
        let doer = match &step.by {
            By::Staff(account) if *account == actor.account => Doer::Staff(actor),
            By::Staff(account) => return Err(unfit(format_args!("{account}: a meeting at once has one doer"))),
            By::Person => Doer::Person(None),
            By::Program => Doer::Program,
        };
        let moment = Office::local_moment();
        match (step.deed, case) {
            (Deed::Plan(plan), None) => case = Some(office.plan_case(doer, &moment, &plan).await?.id()),
            (Deed::Act(commands), Some(case)) => {
                office.act_on_case(doer, case, &moment, &commands, None).await?;
            }
            _ => return Err(unfit("a meeting is planned first, and once")),
        }
    }
    case.ok_or_else(|| unfit("nothing was planned"))
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn a_microphone_is_near_where_the_origin_is_this_machine() {
        for (origin, is_near) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:1", true),
            ("https://office.example", false),
            ("https://localhost.example", false),
            ("https://127.0.0.1.example:80", false),
        ] {
            assert_eq!(is_here(origin), is_near, "{origin}");
        }
    }
}
