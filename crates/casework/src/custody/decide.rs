//! Whether a command may be, and the events that follow from it.
//!
//! Not here: what each kind of command asks for (`intake.rs`, `correction.rs`, `holding.rs`, `transfer.rs`, `destruction.rs`), what events make (`thing.rs`). Invariants: the table of rights is
//! asked first, then the part of the thing's life, then the rest; a refusal changes nothing; all that comes from outside comes in the [`Ground`].

use super::command::{Command, Deed};
use super::event::{Event, What};
use super::rights;
use super::thing::{Phase, Thing};
use super::words::{Private, Words};
use super::{correction, destruction, holding, intake, transfer};
use crate::moment::Moment;
use crate::name::Account;
use crate::refusal::Refusal;
use crate::staff::{self, Staff};

/// Everything from outside that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The rules in use.
    pub book: &'a rules::Book,
    /// When it is, and who says so.
    pub moment: &'a Moment,
    /// The staff as it is now.
    pub staff: &'a Staff,
    /// Who acts; `None` is the program by itself.
    pub actor: Option<&'a Account>,
}

/// What follows from a command, in order; all of it or nothing is to be stored.
///
/// # Errors
/// Why nothing follows.
pub fn decide(thing: &Thing, command: &Command, ground: &Ground<'_>) -> Result<Vec<Event>, Refusal> {
    let deed = command.deed();
    permitted(deed, ground.actor, ground.staff)?;
    in_phase(deed, thing)?;
    let drafts = match command {
        Command::Receive { .. }
        | Command::Recover { .. }
        | Command::RecoverItem { .. }
        | Command::Describe { .. }
        | Command::DescribeItem { .. }
        | Command::LearnFact { .. }
        | Command::Verify { .. }
        | Command::Access { .. }
        | Command::Copy { .. }
        | Command::Move { .. }
        | Command::NoteMissing { .. }
        | Command::NoteFound { .. }
        | Command::NoteRotten { .. }
        | Command::NoteRepaired { .. } => intake::decide(thing, command, ground)?,
        Command::CorrectKind { .. } | Command::CorrectFact { .. } => correction::decide(thing, command, ground)?,
        Command::AskTransfer { .. } | Command::ApproveTransfer { .. } | Command::Transfer { .. } => {
            transfer::decide(thing, command, ground)?
        }
        Command::Ask { .. }
        | Command::Answer { .. }
        | Command::LapseHold { .. }
        | Command::Hold { .. }
        | Command::ReviewHold { .. }
        | Command::ProposeRelease { .. }
        | Command::ApproveRelease { .. }
        | Command::ReplayHold { .. } => holding::decide(thing, command, ground)?,
        _ => destruction::decide(thing, command, ground)?,
    };
    Ok(events(thing, drafts, ground))
}

impl Thing {
    /// Whether whoever acts may do that to it at all, by the table of rights and the part of its life: what else it takes, the command is asked.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, deed: Deed, ground: &Ground<'_>) -> Result<(), Refusal> {
        permitted(deed, ground.actor, ground.staff)?;
        in_phase(deed, self)
    }
}

/// An event to be, without what all events have.
pub(super) struct Draft {
    what: What,
    private: Private,
}

impl From<What> for Draft {
    fn from(what: What) -> Self {
        Self { what, private: Private::None }
    }
}

impl What {
    /// With words to be encrypted.
    pub(super) fn with(self, words: &Words) -> Draft {
        Draft { what: self, private: words.clone().into() }
    }
}

fn events(thing: &Thing, drafts: Vec<Draft>, ground: &Ground<'_>) -> Vec<Event> {
    let moment = ground.moment;
    let event = |(number, Draft { what, private }): (u64, Draft)| Event {
        thing: thing.id,
        number,
        at_micros: moment.at_micros(),
        clocks: moment.clocks().to_vec(),
        behind_micros: thing.behind_micros(moment),
        by: ground.actor.cloned(),
        what,
        private,
    };
    (thing.number + 1..).zip(drafts).map(event).collect()
}

/// The table of rights: whoever is not in it may not.
pub(super) fn permitted(deed: Deed, actor: Option<&Account>, staff: &Staff) -> Result<(), Refusal> {
    let row = rights::of(deed).ok_or(Refusal::ProgramOnly { deed })?;
    let Some(account) = actor else {
        return if row.program { Ok(()) } else { Err(Refusal::NeedsPerson) };
    };
    let standing = confirmed(account, staff)?;
    if row.roles.is_empty() {
        return Err(Refusal::ProgramOnly { deed });
    }
    if row.roles.iter().any(|role| standing.has(*role)) {
        return Ok(());
    }
    Err(Refusal::NotYours { account: account.clone(), roles: row.roles.to_vec() })
}

pub(super) fn in_phase(deed: Deed, thing: &Thing) -> Result<(), Refusal> {
    let row = rights::of(deed).ok_or(Refusal::ProgramOnly { deed })?;
    match (&thing.destruction, thing.phase) {
        (_, phase) if row.phases.contains(&phase) => Ok(()),
        (Some(destruction), Phase::Destroying) if row.phases.contains(&Phase::Kept) => {
            Err(Refusal::DestructionBegan { at_micros: destruction.began_micros })
        }
        (_, phase) => Err(Refusal::WrongPhase { deed, phase }),
    }
}

/// The person who acts.
pub(super) fn actor<'a>(ground: &Ground<'a>) -> Result<&'a Account, Refusal> {
    ground.actor.ok_or(Refusal::NeedsPerson)
}

/// An account that counts.
pub(crate) fn confirmed<'a>(account: &Account, staff: &'a Staff) -> Result<&'a staff::Standing, Refusal> {
    let standing = staff.who(account).ok_or_else(|| Refusal::NoAccount { account: account.clone() })?;
    if standing.is_confirmed() { Ok(standing) } else { Err(Refusal::NotConfirmed { account: account.clone() }) }
}

/// Refuses what matters while the clock says it is before something that has happened.
pub(super) fn not_back(thing: &Thing, moment: &Moment) -> Result<(), Refusal> {
    match thing.behind_micros(moment) {
        Some(behind_micros) => Err(Refusal::ClockBack { behind_micros }),
        None => Ok(()),
    }
}

/// Refuses what needs more than one kind of clock.
pub(super) fn agreed(moment: &Moment) -> Result<(), Refusal> {
    if moment.is_agreed() { Ok(()) } else { Err(Refusal::OneClock) }
}

/// Where the thing belongs.
pub(super) fn place(thing: &Thing) -> Result<rules::Jurisdiction, Refusal> {
    thing.jurisdiction.ok_or(Refusal::Undescribed)
}

/// The local day of a moment.
pub(super) fn day(micros: i64, place: rules::Jurisdiction, book: &rules::Book) -> Result<rules::Date, Refusal> {
    Ok(book.day_of(instant(micros), place)?)
}

/// Beyond the calendar is its end or its beginning, about which no rule speaks.
pub(crate) fn instant(micros: i64) -> rules::Timestamp {
    let otherwise = if micros < 0 { rules::Timestamp::MIN } else { rules::Timestamp::MAX };
    rules::Timestamp::from_microsecond(micros).unwrap_or(otherwise)
}
