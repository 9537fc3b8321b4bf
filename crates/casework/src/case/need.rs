//! What can be still to be done in a case, each with the deed that does it, from which the table of rights says who can.
//!
//! Not here: when it is to be done (`todo.rs`). Invariants: each need is something that a deed does away with; who can do it stands in the table of rights and
//! nowhere else.

use super::command::Deed;
use super::rights::{self, Row};
use super::word::Check;
use crate::cited::Cited;
use crate::role::Role;
use rules::{Answer, Letter, Side};

/// Something to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Need {
    /// A request to record waits for a decision.
    DecideRequest,
    /// A second person has to look at a proposed refusal.
    SecondLook,
    /// Recording is claimed as an adjustment: the adviser is to be asked.
    AskAdviser,
    /// The adviser is to answer.
    DecideAdjustment,
    /// Recording is an adjustment, and the person is to say whether they want it this time.
    AskPerson,
    /// Another time or office is to be offered.
    OfferAnother,
    /// Another appointment is to be given in the same case, or the person says that they want none.
    Continue,
    /// The person is to answer an offer.
    AnswerOffer,
    /// What staff noted as the person's word is to be confirmed, or disowned.
    Confirm(u64),
    /// The person is to be told of an event.
    Tell(u64),
    /// The management is to take note that somebody is uneasy.
    Acknowledge,
    /// In which form the person reads is to be brought from the earlier case.
    BringForm,
    /// A private room.
    PrivateRoom,
    /// Staff in the meeting are to say whether they are content to be recorded.
    AskStaff,
    /// Somebody of the staff is uneasy: a colleague, or another time.
    OtherStaff,
    /// A letter must go out.
    Letter(Letter),
    /// It must be explained that the person may say no.
    ExplainOptOut,
    /// The person's agreement must be signed.
    Agreement,
    /// So must that of somebody else in the room.
    AgreementOf(u32),
    /// The person refused to agree: they agree after all, or a refusal is proposed.
    AgreementRefused,
    /// Somebody else in the room refused: they agree after all, or go out.
    RefusedBy(u32),
    /// The person's agreement must be heard on the recording.
    SpokenAgreement,
    /// Something must be looked at in the room.
    Look(Check),
    /// The person is to say whether to go on without a recording.
    GoOn,
    /// The copies of a recording are to be made.
    MakeCopies(u32),
    /// A copy is to be looked at on the spot.
    CheckCopy(u32, Side),
    /// A side is to get its copy.
    HandOver(u32, Side),
    /// The office's copy is to be put into the vault.
    Keep(u32),
    /// It must be said what became of it.
    Close,
    /// The office cancelled: the meeting is to be planned again, with what the person asked for.
    PlanAgain,
    /// Somebody looked in an emergency, and somebody else is to say whether it was one.
    ReviewGlass(u64),
}

/// Before what it must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Before {
    /// The meeting begins.
    Start,
    /// While it goes on, it is recorded.
    Recording,
    /// The meeting is over as planned. Whoever leaves is not kept by it.
    End,
    /// The case is closed.
    Close,
    /// Nothing waits for it, and it is to be done.
    Nothing,
}

/// One item of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// What.
    pub need: Need,
    /// Before what.
    pub before: Before,
    /// Since when it is to be done, where that is known: its age.
    pub since_micros: Option<i64>,
    /// By when it is hoped for.
    pub by_day: Option<rules::Date>,
    /// The rules that ask for it.
    pub cited: Vec<Cited>,
}

impl Todo {
    /// The roles of which somebody can do it, some of them only where they hold the meeting.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        let row = rights::of(self.need.deed());
        let mut roles = row.map(|row: &Row| [row.any, row.own].concat()).unwrap_or_default();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// Whether the person can do it by themselves.
    #[must_use]
    pub fn is_persons(&self) -> bool {
        rights::of(self.need.deed()).is_some_and(|row| row.person)
    }
}

impl Need {
    /// What does it, or the first of several.
    #[must_use]
    pub fn deed(self) -> Deed {
        match self {
            Need::DecideRequest => Deed::Accept,
            Need::SecondLook => Deed::ApproveRefusal,
            Need::AskAdviser => Deed::AskAdviser,
            Need::DecideAdjustment => Deed::DecideAdjustment,
            Need::AskPerson => Deed::Ask,
            Need::OfferAnother => Deed::Offer,
            Need::Continue => Deed::Continue,
            Need::AnswerOffer => Deed::AnswerOffer,
            Need::Confirm(_) => Deed::Confirm,
            Need::Tell(_) => Deed::Tell,
            Need::Acknowledge => Deed::Acknowledge,
            Need::BringForm => Deed::ChooseFormat,
            Need::PrivateRoom => Deed::AssignRoom,
            Need::AskStaff => Deed::SayContent,
            Need::OtherStaff => Deed::Swap,
            Need::Letter(_) => Deed::IssueLetter,
            Need::ExplainOptOut => Deed::ExplainOptOut,
            Need::Agreement | Need::AgreementOf(_) | Need::AgreementRefused | Need::SpokenAgreement => Deed::Agree,
            Need::RefusedBy(_) => Deed::Depart,
            Need::Look(_) => Deed::Look,
            Need::GoOn => Deed::GoOn,
            Need::MakeCopies(_) => Deed::MakeCopies,
            Need::CheckCopy(..) => Deed::CheckCopy,
            Need::HandOver(..) => Deed::HandOver,
            Need::Keep(_) => Deed::Keep,
            Need::Close => Deed::Close,
            Need::PlanAgain => Deed::NoteFollowed,
            Need::ReviewGlass(_) => Deed::ReviewGlass,
        }
    }

    /// Whether it is the office's to do before the person comes: without it nobody can be blamed for not coming.
    pub(super) fn is_offices(self) -> bool {
        matches!(
            self,
            Need::DecideRequest
                | Need::SecondLook
                | Need::OfferAnother
                | Need::PrivateRoom
                | Need::AskStaff
                | Need::OtherStaff
                | Need::Letter(_)
                | Need::Tell(_)
        )
    }
}

/// The list as it is made.
pub(super) struct List(pub(super) Vec<Todo>);

impl List {
    pub(super) fn add(&mut self, need: Need, before: Before, cited: &[Cited]) {
        self.0.push(Todo { need, before, since_micros: None, by_day: None, cited: cited.to_vec() });
    }

    pub(super) fn since(&mut self, since_micros: i64) {
        if let Some(last) = self.0.last_mut() {
            last.since_micros = Some(since_micros);
        }
    }

    pub(super) fn by(&mut self, day: rules::Date) {
        if let Some(last) = self.0.last_mut() {
            last.by_day = Some(day);
        }
    }
}

/// What a rule's answer cites.
pub(super) fn cited<T>(answer: Option<Answer<'_, T>>) -> Vec<Cited> {
    answer.map(|answer| Cited::from(answer.applied)).into_iter().collect()
}

/// The items in words, for one line.
pub(super) fn joined(list: &[Todo]) -> String {
    list.iter().map(|todo| todo.need.to_string()).collect::<Vec<_>>().join(", ")
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = match self {
            Need::DecideRequest => "the request to record is not decided",
            Need::SecondLook => "nobody else has looked at the proposed refusal",
            Need::AskAdviser => "the adviser is not asked",
            Need::DecideAdjustment => "the adviser has not answered",
            Need::AskPerson => "the person has not said whether they want it recorded this time",
            Need::OfferAnother => "no other time or office is offered",
            Need::Continue => "no other appointment is given, and the person has not said that they want none",
            Need::AnswerOffer => "the offer is not answered",
            Need::Confirm(of) => return write!(f, "what event {of} says of the person is not confirmed"),
            Need::Tell(of) => return write!(f, "the person is not told of event {of}"),
            Need::Acknowledge => "the management has not taken note that somebody is uneasy",
            Need::BringForm => "in which form the person reads is not brought from the earlier case",
            Need::PrivateRoom => "no private room",
            Need::AskStaff => "not all of the staff have said whether they are content to be recorded",
            Need::OtherStaff => "somebody of the staff would rather not be recorded",
            Need::Letter(letter) => {
                return write!(f, "the letter `{letter}` is not issued, or not in the form asked for");
            }
            Need::ExplainOptOut => "nobody has explained that the person may say no",
            Need::Agreement => "the agreement is not signed",
            Need::AgreementOf(number) => return write!(f, "number {number} in the room has not signed"),
            Need::AgreementRefused => "the person did not agree",
            Need::RefusedBy(number) => return write!(f, "number {number} in the room did not agree"),
            Need::SpokenAgreement => "the person's agreement was not heard on the recording",
            Need::Look(check) => return write!(f, "`{check}` is not checked, or not as it should be, or too long ago"),
            Need::GoOn => "the person has not said whether to go on",
            Need::MakeCopies(number) => return write!(f, "the copies of recording {number} are not made"),
            Need::CheckCopy(number, side) => {
                return write!(f, "the copy of the {side} of recording {number} is not checked");
            }
            Need::HandOver(number, side) => {
                return write!(f, "the {side} has not said that the copy of recording {number} is theirs");
            }
            Need::Keep(number) => return write!(f, "the office's copy of recording {number} is not in the vault"),
            Need::Close => "what became of it is not said",
            Need::PlanAgain => "it is not planned again",
            Need::ReviewGlass(of) => return write!(f, "nobody else has said whether event {of} was an emergency"),
        };
        f.write_str(words)
    }
}
