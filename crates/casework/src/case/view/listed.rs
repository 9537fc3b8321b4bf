//! What a row in a list of cases may show without a purpose, and so without a look on the record.
//!
//! Not here: which cases are in the list, and in what order. Invariants: nothing of it says who the person is or what anybody said; whoever only notes what
//! a person says on the telephone finds the case by its reference and learns no more.

use super::relation::{Around, Viewer, has_role, is_audience};
use super::word::Audience;
use crate::case::state::{Case, Phase};
use crate::name::{Account, Name};
use crate::role::Role;

/// A row. It can be made by [`listed()`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    reference: Name,
    office: Name,
    starts_micros: i64,
    course: Option<Course>,
}

/// How a case stands, for those who have to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Where it stands in its life.
    pub phase: Phase,
    /// Who holds the meeting.
    pub holder: Account,
    /// How many things are to be done.
    pub todo: usize,
}

impl Listed {
    /// The case's own reference.
    #[must_use]
    pub fn reference(&self) -> &Name {
        &self.reference
    }

    /// At which office.
    #[must_use]
    pub fn office(&self) -> &Name {
        &self.office
    }

    /// When it begins, in microseconds since 1970.
    #[must_use]
    pub fn starts_micros(&self) -> i64 {
        self.starts_micros
    }

    /// How it stands; none in the thin form.
    #[must_use]
    pub fn course(&self) -> Option<&Course> {
        self.course.as_ref()
    }
}

/// Who sees the whole row. An interviewer and an adviser see the thin form of any other case, for which they may note what a person asks or says.
const WHOLE: &[Audience] = &[
    Audience::Person,
    Audience::Holder,
    Audience::Leader,
    Audience::Adviser,
    Audience::Rights,
    Audience::Records,
    Audience::Privacy,
    Audience::Auditor,
    Audience::Emergency,
];
const THIN: &[Role] = &[Role::Interviewer, Role::Adviser];

/// The row of a case in a list, for somebody who may see one.
#[must_use]
pub fn listed(case: &Case, viewer: &Viewer<'_>, around: &Around<'_>) -> Option<Listed> {
    let (plan, now) = case.plan.as_ref().zip(case.appointment())?;
    let is_whole = WHOLE.iter().any(|audience| is_audience(case, viewer, *audience, around));
    let is_thin = match viewer {
        Viewer::Staff(account) => THIN.iter().any(|role| has_role(account, *role, around.staff)),
        Viewer::Person | Viewer::Nobody => false,
    };
    let course = || Course {
        phase: case.phase,
        holder: now.slot.staff.clone(),
        todo: super::redacted::todo(case, viewer, around).len(),
    };
    (is_whole || is_thin).then(|| Listed {
        reference: plan.reference.clone(),
        office: now.slot.office.clone(),
        starts_micros: now.slot.starts_micros,
        course: is_whole.then(course),
    })
}
