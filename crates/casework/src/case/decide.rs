//! Whether a command in a case may be, and the events that follow from it.
//!
//! Not here: what each kind of command asks for (`planning.rs`, `asking.rs`, `adjusting.rs`, `papers.rs`, `noted.rs`, `meeting.rs`, `recording.rs`, `copies.rs`,
//! `closing.rs`, `view/glass.rs`), looks (`view/looking.rs`), what events make (`apply.rs`). Invariants: the table of rights is asked first, then the part of the case's life, then the rest; a refusal changes
//! nothing; all that comes from outside comes in the [`Ground`] or the command.

use super::appointment::Appointment;
use super::because::Because;
use super::command::{Command, Deed};
use super::event::{By, Event};
use super::refusal::Refusal;
use super::rights;
use super::state::{Case, Plan};
use super::view::glass;
use super::what::What;
use super::{adjusting, asking, closing, copies, meeting, noted, papers, planning, recording};
use crate::custody::{Private, Words, confirmed};
use crate::moment::Moment;
use crate::name::Account;
use crate::refusal::Refusal as Common;
use crate::role::Role;
use crate::staff::Staff;

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// A member of staff.
    Staff(&'a Account),
    /// The person whose matter it is.
    Person,
    /// The program by itself.
    Program,
}

/// Everything from outside that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The rules in use.
    pub book: &'a rules::Book,
    /// When it is, and who says so.
    pub moment: &'a Moment,
    /// The staff as it is now.
    pub staff: &'a Staff,
    /// Who acts.
    pub actor: Actor<'a>,
}

/// What follows from a command, in order; all of it or nothing is to be stored.
///
/// # Errors
/// Why nothing follows.
pub fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Event>, Refusal> {
    case.may(command.deed(), ground)?;
    is_heard(case, command, ground)?;
    let drafts = match command {
        Command::Plan { .. }
        | Command::AssignRoom { .. }
        | Command::LoseRoom { .. }
        | Command::SayContent { .. }
        | Command::Acknowledge { .. }
        | Command::Swap { .. }
        | Command::Try { .. }
        | Command::Offer { .. }
        | Command::AnswerOffer { .. }
        | Command::Move { .. }
        | Command::AskAnother { .. }
        | Command::DeclineAnother { .. } => planning::decide(case, command, ground)?,
        Command::Ask { .. }
        | Command::ChangeRequest { .. }
        | Command::Accept { .. }
        | Command::ProposeRefusal { .. }
        | Command::ApproveRefusal { .. }
        | Command::Withdraw { .. } => asking::decide(case, command, ground)?,
        Command::ClaimAdjustment { .. }
        | Command::AskAdviser { .. }
        | Command::DecideAdjustment { .. }
        | Command::CarryAdjustment { .. }
        | Command::Forgo { .. }
        | Command::OfferResolution { .. }
        | Command::AnswerResolution { .. } => adjusting::decide(case, command, ground)?,
        Command::Tell { .. } | Command::Confirm { .. } | Command::Disown { .. } => {
            noted::decide(case, command, ground)?
        }
        Command::ExplainOptOut { .. }
        | Command::OptOut { .. }
        | Command::OptIn { .. }
        | Command::ChooseFormat { .. }
        | Command::IssueLetter { .. }
        | Command::Agree { .. }
        | Command::RefuseAgreement { .. } => papers::decide(case, command, ground)?,
        Command::Look { .. }
        | Command::Enter { .. }
        | Command::Depart { .. }
        | Command::Start { .. }
        | Command::GoOn { .. }
        | Command::NoteIncident { .. }
        | Command::End { .. }
        | Command::UndoStart { .. } => meeting::decide(case, command, ground)?,
        Command::StartRecording
        | Command::Pause { .. }
        | Command::Resume
        | Command::StopRecording { .. }
        | Command::GiveUp { .. } => recording::decide(case, command, ground)?,
        Command::MakeCopies { .. }
        | Command::CheckCopy { .. }
        | Command::HandOver { .. }
        | Command::RefuseCopy { .. }
        | Command::Keep { .. } => copies::decide(case, command, ground)?,
        Command::NoteOverdue
        | Command::Close { .. }
        | Command::Cancel { .. }
        | Command::Continue { .. }
        | Command::CorrectOutcome { .. }
        | Command::Reopen { .. }
        | Command::NoteFollowed { .. } => closing::decide(case, command, ground)?,
        Command::BreakGlass { .. } | Command::ReviewGlass { .. } => glass::decide(case, command, ground)?,
    };
    Ok(events(case, drafts, ground))
}

/// What the person says by themselves is taken up to so much a day, for all of it is kept as long as the case. A no is heard however much was said before it.
fn is_heard(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<(), Refusal> {
    let is_no = matches!(command, Command::OptOut { .. } | Command::Withdraw { .. });
    if ground.actor == Actor::Person && !is_no && case.has_said_enough(ground.moment.at_micros()) {
        return Err(Refusal::SaidEnough);
    }
    Ok(())
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

fn events(case: &Case, drafts: Vec<Draft>, ground: &Ground<'_>) -> Vec<Event> {
    let moment = ground.moment;
    let by = match ground.actor {
        Actor::Staff(account) => By::Staff(account.clone()),
        Actor::Person => By::Person,
        Actor::Program => By::Program,
    };
    let event = |(number, Draft { what, private }): (u64, Draft)| Event {
        case: case.id,
        number,
        at_micros: moment.at_micros(),
        clocks: moment.clocks().to_vec(),
        behind_micros: case.behind_micros(moment),
        by: by.clone(),
        what,
        private,
    };
    (case.number + 1..).zip(drafts).map(event).collect()
}

impl Case {
    /// Whether somebody may do such a deed here at all: what a page asks before it shows a button. What else it takes, the command is asked.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, deed: Deed, ground: &Ground<'_>) -> Result<(), Refusal> {
        let row = rights::of(deed).ok_or(Refusal::ProgramOnly { deed })?;
        permitted(self, row, ground)?;
        if row.phases.contains(&self.phase) { Ok(()) } else { Err(Refusal::WrongPhase { deed, phase: self.phase }) }
    }
}

/// The table of rights: whoever is not in it may not.
fn permitted(case: &Case, row: &rights::Row, ground: &Ground<'_>) -> Result<(), Refusal> {
    let deed = row.deed;
    let account = match ground.actor {
        Actor::Program if row.program => return Ok(()),
        Actor::Program => return Err(Common::NeedsPerson.into()),
        Actor::Person if row.person => return Ok(()),
        Actor::Person => return Err(Refusal::StaffOnly { deed }),
        Actor::Staff(account) => account,
    };
    let standing = confirmed(account, ground.staff)?;
    if row.any.is_empty() && row.own.is_empty() {
        return Err(Refusal::ProgramOnly { deed });
    }
    let has = |roles: &[Role]| roles.iter().any(|role| standing.has(*role));
    if has(row.any) || (has(row.own) && case.is_held_by(account)) {
        return Ok(());
    }
    match case.appointment() {
        Some(now) if has(row.own) => Err(Refusal::NotYourCase { staff: now.slot.staff.clone() }),
        _ => {
            let mut roles = [row.any, row.own].concat();
            roles.sort_unstable();
            roles.dedup();
            Err(Refusal::NotYours { account: account.clone(), roles })
        }
    }
}

/// Whether the member of staff who acts has that role.
pub(super) fn has_role(role: Role, ground: &Ground<'_>) -> Result<bool, Refusal> {
    Ok(confirmed(staff(ground)?, ground.staff)?.has(role))
}

/// The member of staff who acts.
pub(super) fn staff<'a>(ground: &Ground<'a>) -> Result<&'a Account, Refusal> {
    match ground.actor {
        Actor::Staff(account) => Ok(account),
        Actor::Person | Actor::Program => Err(Common::NeedsPerson.into()),
    }
}

/// The plan and the appointment that stands: a case that is not absent has both.
pub(super) fn planned(case: &Case) -> Result<(&Plan, &Appointment), Refusal> {
    case.plan.as_ref().zip(case.appointment()).ok_or(Refusal::NotNow(Because::NothingPlanned))
}

/// Whether somebody who acts now is another person than an account's, who need not be there any more.
pub(super) fn is_another(one: &Account, other: &Account, staff: &Staff) -> Result<bool, Refusal> {
    let (one, other) = (confirmed(one, staff)?, staff.who(other));
    Ok(other.is_some_and(|other| other.person != one.person))
}

/// Words that a command cannot do without.
pub(super) fn said(words: Option<&String>, what: &'static str) -> Result<(), Refusal> {
    if words.is_some_and(|words| !words.trim().is_empty()) { Ok(()) } else { Err(Common::NoWords { what }.into()) }
}

/// Refuses what matters while the clock says it is before something that has happened.
pub(super) fn not_back(case: &Case, moment: &Moment) -> Result<(), Refusal> {
    match case.behind_micros(moment) {
        Some(behind_micros) => Err(Common::ClockBack { behind_micros }.into()),
        None => Ok(()),
    }
}

/// The local day of a moment where the case belongs.
pub(super) fn day(case: &Case, micros: i64, book: &rules::Book) -> Result<rules::Date, Refusal> {
    let (plan, _) = planned(case)?;
    Ok(book.day_of(crate::custody::instant(micros), plan.jurisdiction)?)
}
