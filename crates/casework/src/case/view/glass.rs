//! Breaking the glass: somebody who may not look otherwise does, in an emergency, for an hour, and somebody else reviews it.
//!
//! Not here: signing in again and telling the privacy officer at once, which `desk` does by the event; what is seen then (`table.rs`). Invariants: it is for one case and has a
//! reason in words; it ends by itself, and at once where the review says that it was no emergency; nobody reviews their own, by whatever account.

use super::relation::has_role;
use crate::case::because::Because;
use crate::case::command::Command;
use crate::case::decide::{Draft, Ground, is_another, said, staff};
use crate::case::refusal::Refusal;
use crate::case::state::Case;
use crate::case::what::What;
use crate::custody::instant;
use crate::moment::{Moment, TOLERANCE_MICROS};
use crate::name::Account;
use crate::role::Role;
use crate::staff::Staff;
use rules::{Book, Count, Date, Fact, HolidaysOf, Span, Unit};

/// How long it stays broken: sixty minutes.
const GLASS_MICROS: i64 = 60 * 60 * 1_000_000;

/// An opening in an emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glass {
    /// The number of its event, which is its name within the case.
    pub number: u64,
    /// Who.
    pub by: Account,
    /// When, microseconds since 1970.
    pub at_micros: i64,
    /// Until when.
    pub until_micros: i64,
    /// Whether it was an emergency, once somebody else has said so.
    pub justified: Option<bool>,
}

impl Glass {
    /// Whether it is broken at a moment. Whatever clock says that the time is over, it is.
    #[must_use]
    pub fn is_open(&self, moment: &Moment) -> bool {
        let has_begun = moment.at_micros() >= self.at_micros.saturating_sub(TOLERANCE_MICROS);
        self.justified != Some(false) && has_begun && moment.latest_micros() < self.until_micros
    }

    /// The day by which it is reviewed: the next working day of the place. Where no calendar says which that is, the next day.
    pub(crate) fn review_by(&self, case: &Case, book: &Book) -> Option<Date> {
        let jurisdiction = case.plan.as_ref()?.jurisdiction;
        let began = book.day_of(instant(self.at_micros), jurisdiction).ok()?;
        let span = Span::new(1, Unit::WorkingDays)?;
        // An office's own closures do not count: whoever reviews it sits elsewhere.
        let (holidays, office) = (HolidaysOf::OwnDivision, None);
        let count = Count { span, fact: Fact::Made, began, jurisdiction, holidays, office };
        book.clock(&count).map(|clock| clock.last_day()).ok().or_else(|| began.tomorrow().ok())
    }
}

pub(crate) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    match command {
        Command::BreakGlass { words } => {
            said(words.reason.as_ref(), "reason")?;
            if case.has_broken_glass(staff(ground)?, ground.moment) {
                return Err(Refusal::AlreadySo);
            }
            let until_micros = ground.moment.at_micros().saturating_add(GLASS_MICROS);
            Ok(vec![What::GlassBroken { until_micros }.with(words)])
        }
        Command::ReviewGlass { of, justified, words } => {
            said(words.reason.as_ref(), "reason")?;
            let waits = case.glasses.iter().find(|glass| glass.number == *of && glass.justified.is_none());
            let glass = waits.ok_or(Refusal::NotNow(Because::NoGlass))?;
            if !is_another(staff(ground)?, &glass.by, ground.staff)? {
                return Err(crate::refusal::Refusal::SamePerson.into());
            }
            Ok(vec![What::GlassReviewed { of: *of, justified: *justified }.with(words)])
        }
        other => Err(Refusal::Stray { deed: other.deed() }),
    }
}

impl Case {
    /// Whether this account has broken the glass, and it is still so.
    pub(super) fn has_broken_glass(&self, account: &Account, moment: &Moment) -> bool {
        self.glasses.iter().any(|glass| glass.by == *account && glass.is_open(moment))
    }

    /// Whether an opening by another person waits for the review, which this account can do.
    pub(super) fn is_reviewed_by(&self, account: &Account, staff: &Staff) -> bool {
        let waits = |by: &Account| is_another(account, by, staff).unwrap_or(false);
        let mut waiting = self.glasses.iter().filter(|glass| glass.justified.is_none());
        has_role(account, Role::PrivacyOfficer, staff) && waiting.any(|glass| waits(&glass.by))
    }
}
