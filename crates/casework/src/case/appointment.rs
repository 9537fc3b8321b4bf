//! One appointment of a case, and all that is for this time only.
//!
//! Not here: the case and what outlasts an appointment (`state.rs`). Invariants: what is in it is not taken to the next one; an offer that waits for an
//! answer is the newest.

use std::collections::BTreeMap;

use super::event::Slot;
use super::word::{Answer, Attempt, Cause, Check, Consent, Outcome, Party};
use crate::name::{Account, Name};

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its name in the configuration.
    pub name: Name,
    /// Whether nobody else is heard there.
    pub is_private: bool,
}

/// Another time or office that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The number of the event that made it, which is its name within the case.
    pub number: u64,
    /// When and where.
    pub slot: Slot,
    /// Why.
    pub cause: Cause,
    /// What became of it.
    pub answer: Option<Answer>,
}

/// What the person said about another time or office, or is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Another {
    /// They asked for one, or were refused something for which they are to be offered one.
    Asked,
    /// They want none.
    Declined,
}

/// What was seen when somebody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether it was as it should be.
    pub good: bool,
    /// When, microseconds since 1970.
    pub at_micros: i64,
    /// What the person's device is and can do.
    pub devices: Vec<rules::Device>,
}

/// Somebody in the room, or on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Their number in this appointment.
    pub number: u32,
    /// As what.
    pub party: Party,
    /// Who, of the staff.
    pub account: Option<Account>,
    /// Whether they agreed, once they said so. The person's own word stands in the appointment.
    pub agreed: Option<bool>,
}

/// One appointment: a slot, and all that is for this time only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// When, where, and by whom it is held now.
    pub slot: Slot,
    /// Why it stands for an earlier one.
    pub moved_for: Option<Cause>,
    /// Its room.
    pub room: Option<Room>,
    /// Of the staff, who said whether they are content to be recorded.
    pub content: BTreeMap<Account, bool>,
    /// Whether somebody's unease was brought to the management, and whether it took note.
    pub escalated: Option<bool>,
    /// Who held it before, in order.
    pub swapped_from: Vec<Account>,
    /// What was tried before another office was thought of, and whether it was found.
    pub tried: BTreeMap<Attempt, bool>,
    /// What was offered in its place, in order.
    pub offers: Vec<Offer>,
    /// What the person said about another one.
    pub another: Option<Another>,
    /// What was looked at in the room.
    pub checks: BTreeMap<Check, Seen>,
    /// Whether the person agreed this time, and how; nothing where they refused.
    pub agreed: Option<Option<Consent>>,
    /// Whether the person came.
    pub person_came: bool,
    /// Whether the person does not want it recorded this time, although that is an adjustment.
    pub is_forgone: bool,
    /// As many as came in.
    pub entered: u32,
    /// Whether its day went by without an outcome.
    pub is_overdue: bool,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// Whether it was closed while the person was owed a recording and has none.
    pub is_owed: bool,
}

impl Appointment {
    pub(super) fn new(slot: Slot, moved_for: Option<Cause>) -> Self {
        Self {
            slot,
            moved_for,
            room: None,
            content: BTreeMap::new(),
            escalated: None,
            swapped_from: Vec::new(),
            tried: BTreeMap::new(),
            offers: Vec::new(),
            another: None,
            checks: BTreeMap::new(),
            agreed: None,
            person_came: false,
            is_forgone: false,
            entered: 0,
            is_overdue: false,
            outcome: None,
            is_owed: false,
        }
    }

    /// The offer that waits for an answer.
    #[must_use]
    pub fn offered(&self) -> Option<&Offer> {
        self.offers.last().filter(|offer| offer.answer.is_none())
    }

    /// Whether the person was offered something else and would not have it.
    #[must_use]
    pub fn has_declined(&self) -> bool {
        let declined = |offer: &Offer| offer.answer == Some(Answer::Declined);
        match self.another {
            Some(another) => another == Another::Declined,
            None => self.offers.last().is_some_and(declined),
        }
    }
}
