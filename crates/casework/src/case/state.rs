//! What a case is now, made of its events and nothing else.
//!
//! Not here: what one event makes of it (`apply.rs`), what may happen (`decide.rs`), what is still to be done (`todo.rs`). Invariants: the clear
//! parts alone count; there is always exactly one appointment that stands, and every earlier one has its outcome.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Asking, Event, SidesCopy, Slot};
use super::refusal::Refusal;
use super::word::{
    Attempt, Cause, Check, Consent, Ending, Format, Ground, Language, Outcome, Party, Reply, Stop, Withdrawal,
};
use crate::custody::Verdict;
use crate::hex::{CaseId, Digest, ThingId};
use crate::moment::{Moment, TOLERANCE_MICROS};
use crate::name::{Account, Name};

/// Where a case stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// There is none.
    Absent,
    /// An appointment stands and has not begun.
    Planned,
    /// The meeting is going on.
    Begun,
    /// It is over; copies, handover or the outcome may be missing.
    Ended,
    /// What became of it is on record.
    Closed,
}

impl Phase {
    /// All of them.
    pub const ALL: [Phase; 5] = [Phase::Absent, Phase::Planned, Phase::Begun, Phase::Ended, Phase::Closed];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Absent => "absent",
            Phase::Planned => "planned",
            Phase::Begun => "begun",
            Phase::Ended => "ended",
            Phase::Closed => "closed",
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What was planned, whenever it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The case's own reference.
    pub reference: Name,
    /// What kind of meeting.
    pub meeting: rules::Meeting,
    /// Where it belongs.
    pub jurisdiction: rules::Jurisdiction,
    /// The part of the office that it is of.
    pub business: Name,
    /// When it was planned, microseconds since 1970.
    pub planned_micros: i64,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its name in the configuration.
    pub name: Name,
    /// Whether nobody else is heard there.
    pub is_private: bool,
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
    /// Whether whoever holds it is content to be recorded, once they said so.
    pub content: Option<bool>,
    /// Who held it before, in order.
    pub swapped_from: Vec<Account>,
    /// What was tried before another office was thought of, and whether it was found.
    pub tried: BTreeMap<Attempt, bool>,
    /// Another time or office that was offered and is not answered.
    pub offered: Option<(Slot, Cause)>,
    /// What was looked at in the room, and whether it was as it should be.
    pub checks: BTreeMap<Check, bool>,
    /// Who agreed this time, and how; nothing where somebody refused.
    pub agreed: BTreeMap<Party, Option<Consent>>,
    /// Whether its day went by without an outcome.
    pub is_overdue: bool,
    /// What became of it.
    pub outcome: Option<Outcome>,
}

impl Appointment {
    pub(super) fn new(slot: Slot, moved_for: Option<Cause>) -> Self {
        Self {
            slot,
            moved_for,
            room: None,
            content: None,
            swapped_from: Vec::new(),
            tried: BTreeMap::new(),
            offered: None,
            checks: BTreeMap::new(),
            agreed: BTreeMap::new(),
            is_overdue: false,
            outcome: None,
        }
    }
}

/// Where a request to record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nobody has decided.
    Open,
    /// Somebody would refuse it.
    RefusalProposed {
        /// Who.
        by: Account,
        /// Why.
        ground: Ground,
    },
    /// It was accepted.
    Accepted,
    /// It was refused.
    Refused {
        /// Why.
        ground: Ground,
        /// Whether another time or office was offered since.
        offered: bool,
    },
    /// The person wants it no more.
    Withdrawn {
        /// Why.
        why: Withdrawal,
    },
}

/// A request to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The number of the event that made it, which is its name within the case.
    pub number: u64,
    /// When, microseconds since 1970.
    pub at_micros: i64,
    /// What and how.
    pub asking: Asking,
    /// Whether it came on the day of the meeting.
    pub same_day: bool,
    /// Where it stands.
    pub asked: Asked,
}

impl Request {
    /// Whether somebody has still to decide it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.asked, Asked::Open | Asked::RefusalProposed { .. })
    }
}

/// Whether recording is a reasonable adjustment for this person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adjustment {
    /// Nobody has said so.
    #[default]
    NotAsked,
    /// The person says so, and the adviser is not asked yet.
    Claimed,
    /// The adviser is asked.
    WithAdviser {
        /// By when an answer is hoped for.
        by_day: rules::Date,
    },
    /// It is one. It carries over to the person's later cases.
    Granted {
        /// The case from which it carried over, if it did.
        from: Option<CaseId>,
    },
    /// It is none.
    Denied,
}

/// A meeting that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When, microseconds since 1970.
    pub started_micros: i64,
    /// Whose device recorded it, if one did.
    pub recorded_by: Option<rules::Side>,
    /// Whether the recording pauses.
    pub is_paused: bool,
    /// Why the recording ended before the meeting.
    pub stopped: Option<Stop>,
    /// Whether, after that, the person would go on without.
    pub goes_on: Option<bool>,
    /// How and when it ended.
    pub ended: Option<(Ending, i64)>,
}

/// The copies of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// The recording's id, of a sealed one.
    pub recording: Option<Digest>,
    /// Each side's.
    pub made: Vec<SidesCopy>,
    /// What a look at each found.
    pub checked: BTreeMap<rules::Side, Verdict>,
    /// Who has theirs.
    pub handed_over: BTreeSet<rules::Side>,
    /// Whether the person does not want theirs.
    pub is_refused: bool,
    /// The office's, as the vault has it.
    pub thing: Option<ThingId>,
}

/// A case: one meeting, from its plan to what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub(super) id: CaseId,
    pub(super) number: u64,
    pub(super) newest_micros: Option<i64>,
    pub(super) newest_agreed_micros: Option<i64>,
    pub(super) phase: Phase,
    pub(super) plan: Option<Plan>,
    pub(super) appointments: Vec<Appointment>,
    pub(super) requests: Vec<Request>,
    pub(super) opt_out_explained: bool,
    pub(super) opted_out: bool,
    pub(super) adjustment: Adjustment,
    pub(super) resolution: Option<Option<Reply>>,
    pub(super) reads: (Format, Language),
    pub(super) letters: BTreeSet<rules::Letter>,
    pub(super) present: BTreeMap<Party, u32>,
    pub(super) held: Option<Held>,
    pub(super) copies: Option<Copies>,
    pub(super) closed_by: Option<Account>,
}

impl Case {
    /// A case of which nothing is known yet.
    #[must_use]
    pub fn absent(id: CaseId) -> Self {
        Self {
            id,
            number: 0,
            newest_micros: None,
            newest_agreed_micros: None,
            phase: Phase::Absent,
            plan: None,
            appointments: Vec::new(),
            requests: Vec::new(),
            opt_out_explained: false,
            opted_out: false,
            adjustment: Adjustment::NotAsked,
            resolution: None,
            reads: (Format::Standard, Language::English),
            letters: BTreeSet::new(),
            present: BTreeMap::new(),
            held: None,
            copies: None,
            closed_by: None,
        }
    }

    /// The case that these events made.
    ///
    /// # Errors
    /// They are another case's, or not numbered from 1 without a gap.
    pub fn from_events<'e>(id: CaseId, events: impl IntoIterator<Item = &'e Event>) -> Result<Self, Refusal> {
        let mut case = Self::absent(id);
        events.into_iter().try_for_each(|event| case.apply(event))?;
        Ok(case)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> CaseId {
        self.id
    }

    /// The number of its newest event; 0 when there is none.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where it stands in its life.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What was planned.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Every appointment, in order; the last of them stands.
    #[must_use]
    pub fn appointments(&self) -> &[Appointment] {
        &self.appointments
    }

    /// The appointment that stands.
    #[must_use]
    pub fn appointment(&self) -> Option<&Appointment> {
        self.appointments.last()
    }

    /// Every request to record, in order.
    #[must_use]
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// The newest request to record.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.requests.last()
    }

    /// Whether the person does not want it recorded where the office otherwise would.
    #[must_use]
    pub fn has_opted_out(&self) -> bool {
        self.opted_out
    }

    /// Whether recording is a reasonable adjustment for this person.
    #[must_use]
    pub fn adjustment(&self) -> Adjustment {
        self.adjustment
    }

    /// Whether it was offered to look into what the person is unhappy about, and what they answered.
    #[must_use]
    pub fn resolution(&self) -> Option<Option<Reply>> {
        self.resolution
    }

    /// In which form and language the person reads.
    #[must_use]
    pub fn reads(&self) -> (Format, Language) {
        self.reads
    }

    /// The letters that went out.
    #[must_use]
    pub fn letters(&self) -> &BTreeSet<rules::Letter> {
        &self.letters
    }

    /// Who is in the room, and how many of each.
    #[must_use]
    pub fn present(&self) -> &BTreeMap<Party, u32> {
        &self.present
    }

    /// The meeting, once it began.
    #[must_use]
    pub fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    /// The copies, once they were made.
    #[must_use]
    pub fn copies(&self) -> Option<&Copies> {
        self.copies.as_ref()
    }

    /// What became of it.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.appointment().and_then(|one| one.outcome)
    }

    /// Whether this account holds the meeting as things stand.
    #[must_use]
    pub fn is_held_by(&self, account: &Account) -> bool {
        self.appointment().is_some_and(|one| one.slot.staff == *account)
    }

    /// By how much a moment lies before the newest event that can be held against it, where that is more than clocks are set now and then.
    #[must_use]
    pub fn behind_micros(&self, moment: &Moment) -> Option<i64> {
        let newest = if moment.is_agreed() { self.newest_agreed_micros } else { self.newest_micros };
        let behind = newest?.saturating_sub(moment.at_micros());
        (behind > TOLERANCE_MICROS).then_some(behind)
    }
}
