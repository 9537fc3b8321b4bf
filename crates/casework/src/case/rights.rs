//! The one table of who may do what in a case, and in which part of its life.
//!
//! Not here: what else a command asks for (`decide.rs` and below). Invariants: every deed has one row; whoever and whatever is not in it is
//! refused; an interviewer acts in the cases they hold, but may note for anybody what a person asks or says.

use super::command::Deed;
use super::state::Phase;
use crate::role::Role;

/// One deed: who may do it and when.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The deed.
    pub deed: Deed,
    /// The roles that may in any case.
    pub any: &'static [Role],
    /// The roles that may in a case that they hold.
    pub own: &'static [Role],
    /// Whether the person may by themselves.
    pub person: bool,
    /// Whether the program may by itself.
    pub program: bool,
    /// In which parts of a case's life.
    pub phases: &'static [Phase],
}

use Phase::{Absent, Begun, Closed, Ended, Planned};
use Role::{
    Adviser as Adv, InformationRightsOfficer as Inf, Interviewer as Int, PrivacyOfficer as Pri, RecordsOfficer as Rec,
    TeamLeader as Lead,
};

const NOBODY: &[Role] = &[];
const DESK: &[Role] = &[Int, Lead];
const FRONT: &[Role] = &[Int, Lead, Adv];
/// Whoever may see content of some case: auditors and administrators see none, whatever happens.
pub(super) const CONTENT: &[Role] = &[Int, Lead, Adv, Inf, Rec, Pri];
const LEADER: &[Role] = &[Lead];
const HOLDER: &[Role] = &[Int];
const LIVE: &[Phase] = &[Planned, Begun];
const OPEN: &[Phase] = &[Planned, Begun, Ended];
const KNOWN: &[Phase] = &[Planned, Begun, Ended, Closed];
const HELD: &[Phase] = &[Begun, Ended];

/// The table.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    //  deed                    any case   own case  person program phases
    row(Deed::Plan,             DESK,      NOBODY,   false, true,  &[Absent]),
    row(Deed::AssignRoom,       DESK,      NOBODY,   false, false, LIVE),
    row(Deed::LoseRoom,         DESK,      NOBODY,   false, false, LIVE),
    row(Deed::SayContent,       FRONT,     NOBODY,   false, false, LIVE),
    row(Deed::Acknowledge,      LEADER,    NOBODY,   false, false, KNOWN),
    row(Deed::Swap,             LEADER,    NOBODY,   false, false, LIVE),
    row(Deed::Try,              DESK,      NOBODY,   false, false, &[Planned]),
    row(Deed::Offer,            LEADER,    HOLDER,   false, false, &[Planned]),
    row(Deed::AnswerOffer,      FRONT,     NOBODY,   true,  false, &[Planned]),
    row(Deed::Move,             LEADER,    HOLDER,   false, false, &[Planned]),
    row(Deed::AskAnother,       FRONT,     NOBODY,   true,  false, &[Planned, Ended]),
    row(Deed::DeclineAnother,   FRONT,     NOBODY,   true,  false, &[Planned, Ended]),
    row(Deed::Ask,              FRONT,     NOBODY,   true,  false, LIVE),
    row(Deed::ChangeRequest,    FRONT,     NOBODY,   true,  false, LIVE),
    row(Deed::Accept,           LEADER,    HOLDER,   false, false, OPEN),
    row(Deed::ProposeRefusal,   LEADER,    HOLDER,   false, false, OPEN),
    row(Deed::ApproveRefusal,   LEADER,    NOBODY,   false, false, OPEN),
    row(Deed::Withdraw,         FRONT,     NOBODY,   true,  false, OPEN),
    row(Deed::ExplainOptOut,    DESK,      NOBODY,   false, true,  LIVE),
    row(Deed::OptOut,           FRONT,     NOBODY,   true,  false, LIVE),
    row(Deed::OptIn,            FRONT,     NOBODY,   true,  false, LIVE),
    row(Deed::Forgo,            FRONT,     NOBODY,   true,  false, &[Planned]),
    row(Deed::ClaimAdjustment,  FRONT,     NOBODY,   true,  false, OPEN),
    row(Deed::AskAdviser,       DESK,      NOBODY,   false, true,  OPEN),
    row(Deed::DecideAdjustment, &[Adv],    NOBODY,   false, false, OPEN),
    row(Deed::CarryAdjustment,  FRONT,     NOBODY,   false, true,  OPEN),
    row(Deed::OfferResolution,  DESK,      NOBODY,   false, false, OPEN),
    row(Deed::AnswerResolution, FRONT,     NOBODY,   true,  false, OPEN),
    row(Deed::Tell,             FRONT,     NOBODY,   false, true,  KNOWN),
    row(Deed::Confirm,          FRONT,     NOBODY,   true,  false, KNOWN),
    row(Deed::Disown,           FRONT,     NOBODY,   true,  false, KNOWN),
    row(Deed::ChooseFormat,     FRONT,     NOBODY,   true,  false, KNOWN),
    row(Deed::IssueLetter,      DESK,      NOBODY,   false, true,  KNOWN),
    row(Deed::Agree,            LEADER,    HOLDER,   true,  false, LIVE),
    row(Deed::RefuseAgreement,  LEADER,    HOLDER,   true,  false, LIVE),
    row(Deed::Look,             LEADER,    HOLDER,   false, false, LIVE),
    row(Deed::Enter,            LEADER,    HOLDER,   false, false, LIVE),
    row(Deed::Depart,           LEADER,    HOLDER,   false, false, LIVE),
    row(Deed::Start,            LEADER,    HOLDER,   false, false, &[Planned]),
    row(Deed::StartRecording,   LEADER,    HOLDER,   false, false, &[Begun]),
    row(Deed::Pause,            LEADER,    HOLDER,   false, false, &[Begun]),
    row(Deed::Resume,           LEADER,    HOLDER,   false, false, &[Begun]),
    row(Deed::StopRecording,    LEADER,    HOLDER,   false, true,  &[Begun]),
    row(Deed::GoOn,             LEADER,    HOLDER,   true,  false, HELD),
    row(Deed::NoteIncident,     FRONT,     NOBODY,   false, false, HELD),
    row(Deed::End,              LEADER,    HOLDER,   false, false, &[Begun]),
    row(Deed::UndoStart,        LEADER,    NOBODY,   false, false, HELD),
    row(Deed::MakeCopies,       LEADER,    HOLDER,   false, true,  OPEN),
    row(Deed::CheckCopy,        LEADER,    HOLDER,   true,  true,  OPEN),
    row(Deed::HandOver,         LEADER,    HOLDER,   true,  false, OPEN),
    row(Deed::RefuseCopy,       LEADER,    HOLDER,   true,  false, OPEN),
    row(Deed::Keep,             &[Lead, Rec], HOLDER, false, true, OPEN),
    row(Deed::GiveUp,           DESK,      NOBODY,   false, false, OPEN),
    row(Deed::NoteOverdue,      NOBODY,    NOBODY,   false, true,  OPEN),
    row(Deed::Close,            LEADER,    HOLDER,   false, false, &[Planned, Ended]),
    row(Deed::Cancel,           FRONT,     NOBODY,   true,  false, &[Planned]),
    row(Deed::Continue,         LEADER,    HOLDER,   false, false, &[Ended]),
    row(Deed::CorrectOutcome,   LEADER,    NOBODY,   false, false, &[Closed]),
    row(Deed::Reopen,           LEADER,    NOBODY,   false, false, &[Closed]),
    row(Deed::NoteFollowed,     DESK,      NOBODY,   false, true,  &[Closed]),
    row(Deed::BreakGlass,       CONTENT,   NOBODY,   false, false, KNOWN),
    row(Deed::ReviewGlass,      &[Pri],    NOBODY,   false, false, KNOWN),
];

const fn row(
    deed: Deed,
    any: &'static [Role],
    own: &'static [Role],
    person: bool,
    program: bool,
    phases: &'static [Phase],
) -> Row {
    Row { deed, any, own, person, program, phases }
}

/// The row of a deed. A deed without one could be done by nobody, and a test sees that there is none.
pub(super) fn of(deed: Deed) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.deed == deed)
}
