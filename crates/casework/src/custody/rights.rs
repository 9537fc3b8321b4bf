//! The one table of who may do what to a thing, and in which part of its life.
//!
//! Not here: what else a command asks for (`decide.rs` and below). Invariants: every deed has one row; whoever and whatever is not in it is
//! refused; auditors and administrators never get at content.

use super::command::Deed;
use super::thing::Phase;
use crate::role::Role;

/// One deed: who may do it and when.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The deed.
    pub deed: Deed,
    /// The roles that may, any one of them being enough.
    pub roles: &'static [Role],
    /// Whether the program may by itself.
    pub program: bool,
    /// In which parts of a thing's life.
    pub phases: &'static [Phase],
}

use Phase::{Absent, Destroyed, Destroying, Kept};
use Role::{
    Adviser as Adv, InformationRightsOfficer as Iro, Interviewer as Int, PrivacyOfficer as Pri, RecordsOfficer as Rec,
    TeamLeader as Lead,
};

const NOBODY: &[Role] = &[];
const READERS: &[Role] = &[Int, Lead, Adv, Iro, Pri];
pub(super) const KEEPERS: &[Role] = &[Rec, Iro, Pri];
const ANY_CASE: &[Role] = &[Int, Lead, Adv, Iro, Rec, Pri];

/// The table.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(Deed::Receive,            &[Int, Iro, Rec], false, &[Absent]),
    row(Deed::Recover,            NOBODY,           true,  &[Absent]),
    row(Deed::RecoverItem,        NOBODY,           true,  &[Absent]),
    row(Deed::Describe,           &[Rec],           false, &[Kept]),
    row(Deed::DescribeItem,       &[Rec],           false, &[Kept]),
    row(Deed::CorrectKind,        KEEPERS,          false, &[Kept]),
    row(Deed::LearnFact,          &[Iro, Rec],      false, &[Kept]),
    row(Deed::CorrectFact,        KEEPERS,          false, &[Kept]),
    row(Deed::Verify,             ANY_CASE,         true,  &[Kept]),
    row(Deed::Access,             READERS,          false, &[Kept]),
    row(Deed::Copy,               &[Int, Adv, Iro], false, &[Kept]),
    row(Deed::Move,               &[Int, Rec],      false, &[Kept]),
    row(Deed::AskTransfer,        &[Lead, Iro, Pri], false, &[Kept]),
    row(Deed::ApproveTransfer,    &[Pri, Iro],      false, &[Kept]),
    row(Deed::Transfer,           &[Iro, Rec],      false, &[Kept]),
    row(Deed::Ask,                ANY_CASE,         false, &[Kept]),
    row(Deed::Answer,             &[Iro, Pri],      false, &[Kept]),
    row(Deed::LapseHold,          KEEPERS,          true,  &[Kept]),
    row(Deed::Hold,               &[Lead, Iro, Rec, Pri], false, &[Kept]),
    row(Deed::ReviewHold,         KEEPERS,          false, &[Kept]),
    row(Deed::ProposeRelease,     KEEPERS,          false, &[Kept]),
    row(Deed::ApproveRelease,     KEEPERS,          false, &[Kept]),
    row(Deed::NoteDue,            &[Rec],           true,  &[Kept]),
    row(Deed::ProposeDestruction, &[Rec],           true,  &[Kept]),
    row(Deed::ApproveDestruction, KEEPERS,          false, &[Kept]),
    row(Deed::WithdrawApproval,   ANY_CASE,         false, &[Kept]),
    row(Deed::VoidApprovals,      NOBODY,           true,  &[Kept, Destroying]),
    row(Deed::BeginDestruction,   &[Rec],           true,  &[Kept]),
    row(Deed::EraseKey,           NOBODY,           true,  &[Destroying]),
    row(Deed::RemoveObject,       NOBODY,           true,  &[Destroying]),
    row(Deed::Sweep,              NOBODY,           true,  &[Destroying]),
    row(Deed::DestroyItem,        &[Rec],           false, &[Destroying]),
    row(Deed::Certify,            NOBODY,           true,  &[Destroying]),
    row(Deed::LogCertificate,     NOBODY,           true,  &[Destroyed]),
    row(Deed::NoteMissing,        NOBODY,           true,  &[Kept]),
    row(Deed::NoteFound,          NOBODY,           true,  &[Kept]),
    row(Deed::NoteRotten,         NOBODY,           true,  &[Kept]),
    row(Deed::NoteRepaired,       NOBODY,           true,  &[Kept]),
    row(Deed::ReplayHold,         NOBODY,           true,  &[Absent, Kept, Destroying]),
    row(Deed::ReplayDestruction,  NOBODY,           true,  &[Absent, Kept, Destroying, Destroyed]),
];

const fn row(deed: Deed, roles: &'static [Role], program: bool, phases: &'static [Phase]) -> Row {
    Row { deed, roles, program, phases }
}

/// The row of a deed. A deed without one could be done by nobody, and a test sees that there is none.
pub(super) fn of(deed: Deed) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.deed == deed)
}
