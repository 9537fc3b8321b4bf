//! Who somebody is to a case, and so as what and for what they may see it.
//!
//! Not here: what they see then (`table.rs`). Invariants: an account that does not count is nobody; an administrator is nobody to every case, and an auditor
//! sees no words; who may not is not told who may, nor who holds the meeting.

use super::table::{self, For};
use super::word::{Audience, Purpose};
use crate::case::refusal::Refusal;
use crate::case::rights::CONTENT;
use crate::case::state::{Case, Phase};
use crate::moment::Moment;
use crate::name::Account;
use crate::role::Role;
use crate::staff::Staff;

/// Who would see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer<'a> {
    /// A member of staff.
    Staff(&'a Account),
    /// The person whose case it is, as the caller has made sure.
    Person,
    /// Anybody else.
    Nobody,
}

/// What a view depends on beside the case.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The rules in use.
    pub book: &'a rules::Book,
    /// When it is, and who says so.
    pub moment: &'a Moment,
    /// The staff as it is now.
    pub staff: &'a Staff,
}

/// Somebody who may see a case for a purpose.
pub(super) struct Admitted {
    pub(super) audience: Audience,
    pub(super) row: &'static For,
}

/// As what somebody may see a case for a purpose: first the relation, then the role, then the purpose.
pub(super) fn admitted(
    case: &Case,
    viewer: &Viewer<'_>,
    purpose: Purpose,
    around: &Around<'_>,
) -> Result<Admitted, Refusal> {
    let is = |audience: &Audience| is_audience(case, viewer, *audience, around);
    if !Audience::ALL.iter().any(is) {
        return Err(Refusal::NotToSee);
    }
    let row = table::purpose(purpose).ok_or(Refusal::NotForThat { purpose })?;
    let audience = row.audiences.iter().copied().find(|audience| is(audience));
    audience.map(|audience| Admitted { audience, row }).ok_or(Refusal::NotForThat { purpose })
}

/// Whether somebody is that to a case: the relation, and the role that goes with it.
pub(super) fn is_audience(case: &Case, viewer: &Viewer<'_>, audience: Audience, around: &Around<'_>) -> bool {
    if case.phase == Phase::Absent {
        return false;
    }
    let account = match viewer {
        Viewer::Nobody => return false,
        Viewer::Person => return audience == Audience::Person,
        Viewer::Staff(account) => *account,
    };
    let has = |role: Role| has_role(account, role, around.staff);
    match audience {
        Audience::Person => false,
        Audience::Holder => case.is_held_by(account) && has(Role::Interviewer),
        Audience::Former => case.was_held_by(account) && !case.is_held_by(account) && has(Role::Interviewer),
        Audience::Leader => has(Role::TeamLeader),
        Audience::Adviser => case.adviser_asked && has(Role::Adviser),
        Audience::Rights => has(Role::InformationRightsOfficer),
        Audience::Records => has(Role::RecordsOfficer),
        Audience::Privacy => has(Role::PrivacyOfficer),
        Audience::Reviewer => case.is_reviewed_by(account, around.staff) && has(Role::PrivacyOfficer),
        Audience::Auditor => has(Role::Auditor),
        Audience::Emergency => case.has_broken_glass(account, around.moment) && CONTENT.iter().any(|role| has(*role)),
    }
}

/// Whether an account counts and has that role now.
pub(super) fn has_role(account: &Account, role: Role, staff: &Staff) -> bool {
    staff.who(account).is_some_and(|standing| standing.has(role))
}

impl Case {
    /// Whether this account ever held the meeting, or was to.
    fn was_held_by(&self, account: &Account) -> bool {
        self.appointments.iter().any(|one| one.slot.staff == *account || one.swapped_from.contains(account))
    }
}
