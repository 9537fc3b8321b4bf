//! The event of a look: who looks, for what and as what, so that the person can see it.
//!
//! Not here: what they see (`mod.rs`). Invariants: whoever may see something has a look on the record first; a look changes nothing else of the case;
//! the person's own looks are not noted, for they answer to nobody for them, and staff would see from them when somebody reads at home.

use std::collections::BTreeMap;

use super::relation::{Around, Viewer, admitted};
use super::word::{Audience, Purpose};
use crate::case::event::{By, Event};
use crate::case::refusal::Refusal;
use crate::case::state::Case;
use crate::case::what::What;
use crate::custody::Private;
use crate::moment::{Moment, TOLERANCE_MICROS};
use crate::name::Account;

/// How long a look stands for further ones of the same account for the same purpose: fifteen minutes. One task takes several pages, and a person who reads forty lines for
/// one task sees less than one who reads one; after a quarter of an hour it is another task, or nobody sits there any more.
pub const LOOK_SPAN_MICROS: i64 = 15 * 60 * 1_000_000;

/// The newest look of each account, for each purpose.
pub(crate) type Looks = BTreeMap<(Account, Purpose, Audience), i64>;

/// The event to be put on the record before somebody sees a case for a purpose. None where one stands that is young enough, and for the person.
///
/// # Errors
/// They may not see it, or not for that.
pub fn look(case: &Case, viewer: &Viewer<'_>, purpose: Purpose, around: &Around<'_>) -> Result<Option<Event>, Refusal> {
    let seen_as = admitted(case, viewer, purpose, around)?.audience;
    let Viewer::Staff(account) = *viewer else { return Ok(None) };
    if case.is_looked(account, purpose, seen_as, around.moment) {
        return Ok(None);
    }
    Ok(Some(Event {
        case: case.id,
        number: case.number + 1,
        at_micros: around.moment.at_micros(),
        clocks: around.moment.clocks().to_vec(),
        behind_micros: case.behind_micros(around.moment),
        by: By::Staff(account.clone()),
        what: What::Looked { purpose, seen_as },
        private: Private::None,
    }))
}

impl Case {
    /// Whether such a look is on the record and young enough. One from after the moment is not: a clock was set.
    pub(super) fn is_looked(&self, account: &Account, purpose: Purpose, seen_as: Audience, moment: &Moment) -> bool {
        let looked = self.looks.get(&(account.clone(), purpose, seen_as));
        let age = looked.map(|looked| moment.at_micros().saturating_sub(*looked));
        age.is_some_and(|age| (-TOLERANCE_MICROS..LOOK_SPAN_MICROS).contains(&age))
    }
}
