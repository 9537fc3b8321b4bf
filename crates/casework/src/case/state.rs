//! What a case is now, made of its events and nothing else.
//!
//! Not here: what one event makes of it (`apply.rs`), what may happen (`decide.rs`), what is still to be done (`todo.rs`). Invariants: the clear
//! parts alone count; there is always exactly one appointment that stands, and every earlier one has its outcome.

use std::collections::{BTreeMap, VecDeque};

use super::appointment::{Appointment, Present};
use super::event::{Asking, Event, Follows, SidesCopy};
use super::refusal::Refusal;
use super::view::{Glass, Looks};
use super::word::{Consent, Ending, Ground, Incident, Outcome, Reply, Stop, Withdrawal};
use crate::custody::Verdict;
use crate::hex::{CaseId, Digest, ThingId};
use crate::moment::{Moment, TOLERANCE_MICROS};
use crate::name::{Account, Name};

/// So many things a person says by themselves, online, in one case in a day: each is kept as long as the case. The office can be called.
const SAID_IN_A_DAY: usize = 40;
const DAY_MICROS: i64 = 86_400_000_000;

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
        /// Whether it had been accepted.
        was_accepted: bool,
    },
    /// It was accepted.
    Accepted,
    /// It was refused.
    Refused {
        /// Why.
        ground: Ground,
    },
    /// The person wants it no more.
    Withdrawn {
        /// Why.
        why: Withdrawal,
    },
    /// The person asked for something else instead.
    Changed,
}

/// A request to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The number of the event that made it, which is its name within the case.
    pub number: u64,
    /// Since when the office knows, microseconds since 1970: what counts as notice.
    pub since_micros: i64,
    /// What and how.
    pub asking: Asking,
    /// Where it stands.
    pub asked: Asked,
}

impl Request {
    /// Whether somebody has still to decide it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.asked, Asked::Open | Asked::RefusalProposed { .. })
    }

    /// Whether the person is owed an answer or a recording.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        self.is_open() || self.asked == Asked::Accepted
    }
}

/// Something that staff noted as the person's word, and that the person has not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The number of its event.
    pub number: u64,
    /// Who noted it.
    pub by: Account,
    /// What, and what stood before.
    pub of: NotedOf,
}

/// What staff may note for the person and only the person can mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotedOf {
    /// That they want no recording any more.
    Withdrawal {
        /// Which request.
        request: u64,
        /// Where it stood.
        before: Asked,
    },
    /// That they ask for something else.
    Change {
        /// Which request it stands for.
        of: u64,
        /// Where that stood.
        before: Asked,
    },
    /// That they do not want the office to record.
    OptOut,
    /// That they do.
    OptIn,
    /// What they answered to an offer.
    Answer {
        /// Which.
        offer: u64,
    },
    /// That they do not agree.
    AgreementRefused {
        /// What they had said before.
        before: Option<Option<Consent>>,
    },
    /// That they want no recording this time.
    Forgone,
    /// That they want no other time.
    AnotherDeclined,
    /// That they cancelled.
    Cancelled,
    /// That they do not want their copy.
    CopyRefused {
        /// Of which recording.
        recording: u32,
    },
    /// Whether they go on without.
    WentOn,
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
    /// Who said so, of the staff.
    pub started_by: Option<Account>,
    /// Whether, after a recording stopped, the person would go on without.
    pub goes_on: Option<bool>,
    /// How and when it ended.
    pub ended: Option<(Ending, i64)>,
    /// Whether it was recorded and the agreement that must be heard was not.
    pub is_unheard: bool,
}

/// One continuous recording by one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Its number in the case, from 1.
    pub number: u32,
    /// In which appointment, from 0.
    pub appointment: usize,
    /// By whose device.
    pub side: rules::Side,
    /// Whether it began with the meeting.
    pub from_start: bool,
    /// Whether it pauses.
    pub is_paused: bool,
    /// Why it ended before the meeting.
    pub stopped: Option<Stop>,
    /// Whether it has ended, with the meeting or before.
    pub is_over: bool,
    /// Whether the person is heard on it to agree.
    pub agreed_aloud: bool,
    /// Its copies, once they were made.
    pub copies: Option<Copies>,
    /// Who said that no more can be had of it.
    pub give_up_by: Option<Account>,
    /// Whether two people said so.
    pub is_given_up: bool,
}

/// The copies of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// The recording's own id, of a sealed one.
    pub id: Option<Digest>,
    /// Each side's.
    pub made: Vec<SidesCopy>,
    /// What a look at each found.
    pub checked: BTreeMap<rules::Side, Verdict>,
    /// Who has theirs, since when, and with which signed receipt.
    pub handed_over: BTreeMap<rules::Side, (i64, Option<Digest>)>,
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
    pub(super) newest_change: u64,
    pub(super) newest_micros: Option<i64>,
    pub(super) newest_agreed_micros: Option<i64>,
    /// When the person said each of the newest things that they said by themselves.
    pub(super) said_micros: VecDeque<i64>,
    pub(super) phase: Phase,
    pub(super) plan: Option<Plan>,
    pub(super) appointments: Vec<Appointment>,
    pub(super) requests: Vec<Request>,
    pub(super) opt_out_explained: bool,
    pub(super) opted_out: bool,
    pub(super) adjustment: Adjustment,
    pub(super) resolution: Option<Option<Reply>>,
    pub(super) form: Option<u64>,
    pub(super) form_to_bring: bool,
    pub(super) letters: BTreeMap<rules::Letter, Option<u64>>,
    pub(super) present: Vec<Present>,
    pub(super) held: Option<Held>,
    pub(super) undone: Vec<Held>,
    pub(super) recordings: Vec<Recording>,
    pub(super) incidents: Vec<(u64, Incident)>,
    pub(super) noted: Vec<Noted>,
    pub(super) to_tell: BTreeMap<u64, bool>,
    pub(super) closed_by: Option<Account>,
    pub(super) followed_by: Option<CaseId>,
    pub(super) adviser_asked: bool,
    pub(super) glasses: Vec<Glass>,
    pub(super) looks: Looks,
}

impl Case {
    /// A case of which nothing is known yet.
    #[must_use]
    pub fn absent(id: CaseId) -> Self {
        Self {
            id,
            number: 0,
            newest_change: 0,
            newest_micros: None,
            newest_agreed_micros: None,
            said_micros: VecDeque::new(),
            phase: Phase::Absent,
            plan: None,
            appointments: Vec::new(),
            requests: Vec::new(),
            opt_out_explained: false,
            opted_out: false,
            adjustment: Adjustment::NotAsked,
            resolution: None,
            form: None,
            form_to_bring: false,
            letters: BTreeMap::new(),
            present: Vec::new(),
            held: None,
            undone: Vec::new(),
            recordings: Vec::new(),
            incidents: Vec::new(),
            noted: Vec::new(),
            to_tell: BTreeMap::new(),
            closed_by: None,
            followed_by: None,
            adviser_asked: false,
            glasses: Vec::new(),
            looks: Looks::new(),
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

    /// The number of its newest event that is no look: who was shown the case up to there has seen all of it. 0 when there is none.
    #[must_use]
    pub fn newest_change(&self) -> u64 {
        self.newest_change
    }

    /// Whether the person has said, within the day before, as much as is taken from them by themselves.
    pub(super) fn has_said_enough(&self, now_micros: i64) -> bool {
        let since = now_micros.saturating_sub(DAY_MICROS);
        self.said_micros.iter().filter(|at| **at > since).count() >= SAID_IN_A_DAY
    }

    pub(super) fn note_said(&mut self, at_micros: i64) {
        self.said_micros.truncate(SAID_IN_A_DAY - 1);
        self.said_micros.push_front(at_micros);
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

    /// The newest request to record that no other stands for.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.requests.iter().rev().find(|one| one.asked != Asked::Changed)
    }

    /// Whether the person does not want the office to record where it otherwise would.
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

    /// The number of the event in whose private part stands in which form the person reads; none where it is as usual.
    #[must_use]
    pub fn form(&self) -> Option<u64> {
        self.form
    }

    /// The letters that went out.
    pub fn letters(&self) -> impl Iterator<Item = rules::Letter> {
        self.letters.keys().copied()
    }

    /// Who is in the room, or on the line.
    #[must_use]
    pub fn present(&self) -> &[Present] {
        &self.present
    }

    /// The meeting, once it began.
    #[must_use]
    pub fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    /// Beginnings that were mistakes.
    #[must_use]
    pub fn undone(&self) -> &[Held] {
        &self.undone
    }

    /// Every recording, in order.
    #[must_use]
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// What ought not to have happened, each with the number of its event.
    #[must_use]
    pub fn incidents(&self) -> &[(u64, Incident)] {
        &self.incidents
    }

    /// What staff noted as the person's word and the person has not confirmed.
    #[must_use]
    pub fn noted(&self) -> &[Noted] {
        &self.noted
    }

    /// The case that stands in the place of this one.
    #[must_use]
    pub fn followed_by(&self) -> Option<CaseId> {
        self.followed_by
    }

    /// What of it stands in a case that follows it.
    #[must_use]
    pub fn carried(&self) -> Follows {
        let request = self.request().filter(|request| request.is_owed());
        Follows {
            case: self.id,
            asking: request.map(|request| request.asking.clone()),
            since_micros: request.map(|request| request.since_micros),
            opted_out: self.opted_out,
            form: self.form.is_some(),
        }
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
