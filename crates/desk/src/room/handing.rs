//! The copies of a recording once it is over: looked at and noted, and the office's put into the vault.
//!
//! Not the person's word that they have theirs, which is a deed like any other, nor making copies (`counterpart record`). Invariants: what is noted of a copy was read from its medium;
//! of one recording one thing is kept, under an id that follows from case and recording, so that what a crash broke off is done once, however often it is tried; the file
//! that is taken in is the copy that both sides saw, by its digest.

use casework::case::{Carrier, Case, Command, Copies, Recording, SidesCopy};
use casework::custody::{Body, Commitment, FactDay, Phase, Words};
use casework::{CaseId, ThingId};
use rules::{Fact, Kind, Meeting, Side};
use sha2::{Digest as _, Sha256};

use super::copies::place;
use super::recorder::Standing;
use super::{Made, Room, Ticket};
use crate::codes;
use crate::error::{Error, Result};
use crate::office::cases::{CaseError, Doer};
use crate::office::taking::{Arrival, Arriving};
use crate::office::{Actor, Office};

const THING: &str = "counterpart/kept-recording/v1\n";

type Done<T> = std::result::Result<T, CaseError>;

impl Office {
    /// The room and the notes of a recording of a case.
    pub(crate) fn recorded_in(&self, case: CaseId, number: u32) -> Result<(Room<'_>, Ticket)> {
        for room in self.rooms() {
            if let Some(ticket) = room.recorder.notes.of_recording(case, number)? {
                return Ok((room, ticket));
            }
        }
        Err(Error::of(format_args!("no room's recorder knows of recording {number} of this case"))
            .hint("look at the recorders' state folders: offices.rooms.recorder.state in office.toml"))
    }

    /// Looks at both copies of a recording that is over, and notes what was found: that they are alike, and the verdict of each. Again as often as somebody asks.
    pub(crate) async fn note_copies(&self, id: CaseId, number: u32) -> Done<Made> {
        let (room, ticket) = self.recorded_in(id, number)?;
        match room.recorder.standing(&ticket).await? {
            Standing::Broken(_) => drop(room.recorder.recover(&ticket, false).await?),
            // The medium that was away may be back. Where it is not, what there is says so.
            Standing::Ended(ended) if !ended.is_whole() => drop(room.recorder.recover(&ticket, false).await),
            Standing::Ended(_) | Standing::Live(_) | Standing::Silent(_) => {}
        }
        let made = room.recorder.made(&ticket).await?;
        let case = self.case(id).await?;
        let commands = to_note(recording(&case, number)?, &made)?;
        if !commands.is_empty() {
            let moment = Office::local_moment();
            Box::pin(self.act_on_case(Doer::Program, id, &moment, &commands, Some(case.number()))).await?;
        }
        Ok(made)
    }

    /// Puts the office's copy of a recording into the vault, and notes it. What is there already is only noted.
    pub(crate) async fn keep_recording(&self, actor: &Actor, id: CaseId, number: u32) -> Done<Case> {
        let thing = kept_as(id, number);
        let keep = Command::Keep { recording: number, thing };
        let case = self.case(id).await?;
        let one = recording(&case, number)?;
        self.would_be(Doer::Staff(actor), &case, &Office::local_moment(), std::slice::from_ref(&keep)).await?;
        let (room, ticket) = self.recorded_in(id, number)?;
        // Noted before the vault has it, so that what breaks off here is found.
        let _keeps = room.recorder.notes.keeps(&ticket)?;
        if !self.is_kept(one, thing).await? {
            let found = room.recorder.made(&ticket).await?.office;
            if found.digest.is_none() || found.digest != noted(one, Side::Office) {
                return Err(Error::of(format_args!(
                    "{}: it is not the copy that was looked at, so it is not kept",
                    found.path.display()
                ))
                .hint("put the office's copy back in its place, and look at the copies again")
                .with_code(codes::REFUSED)
                .into());
            }
            let arrival = self.arrival(&case, one, &ticket)?;
            Box::pin(self.take_in(actor, thing, &Office::local_moment(), &arrival)).await?;
            if !self.is_kept(one, thing).await? {
                return Err(Error::of("the file changed while it was kept").hint("look at the copies again").into());
            }
        }
        let moment = Office::local_moment();
        let case = Box::pin(self.act_on_case(Doer::Staff(actor), id, &moment, &[keep], None)).await?;
        room.recorder.notes.kept(&ticket)?;
        Ok(case)
    }

    /// Notes by the program what a crash kept from being noted: that a recording is in the vault. Those that are now.
    pub(super) async fn settle_kept(&self, room: &Room<'_>) -> Result<Vec<Ticket>> {
        let mut noted = Vec::new();
        for (ticket, _keeps) in room.recorder.notes.left_keeping()? {
            let case = self.case(ticket.case).await?;
            let (one, thing) = (recording(&case, ticket.number)?, kept_as(ticket.case, ticket.number));
            let is_noted = one.copies.as_ref().is_some_and(|copies| copies.thing.is_some());
            if !is_noted && self.is_kept(one, thing).await? {
                let keep = Command::Keep { recording: ticket.number, thing };
                let moment = Office::local_moment();
                Box::pin(self.act_on_case(Doer::Program, ticket.case, &moment, &[keep], None))
                    .await
                    .map_err(Error::from)?;
                noted.push(ticket.clone());
            }
            // What never came into the vault is still on the list of what is to be done.
            room.recorder.notes.kept(&ticket)?;
        }
        Ok(noted)
    }

    /// That a thing which somebody names by hand as a recording of a case is nobody else's: a recording that the vault has is that very one, and no other case has it.
    pub(crate) async fn may_be_kept_as(&self, id: CaseId, number: u32, thing: ThingId) -> Done<()> {
        let others = || {
            Error::of(format_args!("{thing}: recording {number} of this case is not kept as that"))
                .hint("type the id under which the vault took in the office's copy of it")
                .with_code(codes::REFUSED)
        };
        let case = self.case(id).await?;
        let known = case.recordings().iter().find(|one| one.number == number).and_then(|one| one.copies.as_ref()?.id);
        if let Some(Body::Electronic { commitment: Commitment::Recording { id, .. }, .. }) =
            self.walked(thing).await?.body()
            && Some(*id) != known
        {
            return Err(others().into());
        }
        let names = |one: &Recording| one.copies.as_ref().is_some_and(|copies| copies.thing == Some(thing));
        for other in self.case_ids().await?.into_iter().filter(|other| *other != id) {
            // What cannot be read keeps nobody from theirs.
            if self.case(other).await.is_ok_and(|other| other.recordings().iter().any(names)) {
                return Err(others().into());
            }
        }
        Ok(())
    }

    /// Whether the vault has a recording under that id.
    async fn is_kept(&self, one: &Recording, thing: ThingId) -> Result<bool> {
        let there = self.walked(thing).await?;
        let known = one.copies.as_ref().and_then(|copies| copies.id);
        match there.body() {
            _ if there.phase() == Phase::Absent => Ok(false),
            Some(Body::Electronic { commitment: Commitment::Recording { id, .. }, .. }) if Some(*id) == known => {
                Ok(true)
            }
            _ => Err(Error::of(format_args!("{thing}: the vault has something else under this recording's id"))
                .hint("\"vault show\" says what; it is not noted as this recording")),
        }
    }

    pub(super) fn arrival(&self, case: &Case, one: &Recording, ticket: &Ticket) -> Result<Arrival> {
        let nothing = || Error::of("nothing is planned").hint("look at the case again");
        let (plan, slot) = case.plan().zip(case.appointments().get(one.appointment)).ok_or_else(nothing)?;
        let began = jiff::Timestamp::from_microsecond(slot.slot.starts_micros).unwrap_or_default();
        let day = self.book.day_of(began, plan.jurisdiction);
        let day = day.map_err(|err| Error::of(err).hint("see to the packs of rules that office.toml names"))?;
        Ok(Arrival {
            kind: kind(plan.meeting)?,
            jurisdiction: plan.jurisdiction,
            facts: vec![FactDay { fact: Fact::Made, day }],
            words: Words {
                title: Some(format!("recording {} of {}", one.number, plan.reference)),
                reference: Some(plan.reference.to_string()),
                ..Words::default()
            },
            what: Arriving::File { path: place(ticket, Side::Office), unverified: false },
        })
    }
}

/// As what rules on keeping know the recording of such a meeting.
fn kind(meeting: Meeting) -> Result<Kind> {
    let word = match meeting {
        Meeting::Interview | Meeting::Call => "interview-recording",
        _ => "consultation-recording",
    };
    word.parse::<Kind>().map_err(|err| Error::of(err).hint("report this"))
}

/// The id under which a recording of a case is kept: of a case, which is chance, and a number; so that who tries again finds it.
pub(super) fn kept_as(case: CaseId, number: u32) -> ThingId {
    let hash = Sha256::new().chain_update(THING).chain_update(case.0).chain_update(number.to_be_bytes()).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    ThingId(id)
}

fn recording(case: &Case, number: u32) -> Result<&Recording> {
    let one = case.recordings().iter().find(|one| one.number == number && one.side == Side::Office);
    one.ok_or_else(|| {
        Error::of(format_args!("the office made no recording {number} here")).hint("look at the case again")
    })
}

/// The digest of a side's copy as it was noted.
fn noted(one: &Recording, side: Side) -> Option<casework::Digest> {
    one.copies.as_ref()?.made.iter().find(|copy| copy.side == side)?.digest
}

/// What is to be noted of copies as they lie there, beside what is noted already.
fn to_note(one: &Recording, made: &Made) -> Result<Vec<Command>> {
    let recording = one.number;
    let nothing = Copies::default();
    let copies = one.copies.as_ref().unwrap_or(&nothing);
    let has = |side: &Side| copies.handed_over.contains_key(side);
    let wanted: Vec<Side> = Side::ALL.iter().copied().filter(|side| !has(side)).collect();
    let is_other = |side: &Side| made.of(*side).digest.is_none() || noted(one, *side) != made.of(*side).digest;
    let mut commands = Vec::new();
    if copies.thing.is_none() && wanted.iter().any(is_other) {
        // One that is not there is made again from the other before it is noted.
        if let Some(gone) = wanted.iter().map(|side| made.of(*side)).find(|found| found.digest.is_none()) {
            let why = gone.why.as_deref().unwrap_or("it is not there");
            return Err(Error::of(format_args!("{}: {why}", gone.path.display()))
                .hint("put its medium in its place, or copy the other one there; then look at the copies again"));
        }
        let side_copy = |side: &Side| SidesCopy { side: *side, carrier: Carrier::File, digest: made.of(*side).digest };
        let copies = wanted.iter().map(side_copy).collect();
        commands.push(Command::MakeCopies { recording, id: made.id(), copies, compared: false });
    }
    for side in wanted.into_iter().filter(|side| made.of(*side).digest.is_some()) {
        let verdict = made.of(side).verdict;
        if !commands.is_empty() || copies.checked.get(&side) != Some(&verdict) {
            commands.push(Command::CheckCopy { recording, side, verdict });
        }
    }
    Ok(commands)
}
