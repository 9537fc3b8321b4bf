//! The one declaration of who sees what of a case: for what each may look, of what nature each field of each event's words is, and who sees which nature.
//!
//! Not here: who is what in a case (`relation.rs`), making the view (`mod.rs`). Invariants: what is in no row is seen by nobody; every purpose and every kind of event has one
//! row, and every row every field; words are seen only where both the audience may see that nature and the purpose needs it.

use super::kind::Kind;
use super::word::{Audience, Nature, Purpose};
use crate::custody::Field;

/// For what somebody may look.
#[derive(Clone, Copy, Debug)]
pub struct For {
    /// The purpose.
    pub purpose: Purpose,
    /// Who may, the first that somebody is counting.
    pub audiences: &'static [Audience],
    /// What it needs.
    pub needs: &'static [Nature],
}

/// Of what nature the words of a kind of event are.
#[derive(Clone, Copy, Debug)]
pub struct Of {
    /// The kind.
    pub kind: Kind,
    /// Field by field, in the order of [`Field::ALL`].
    pub natures: [Nature; Field::ALL.len()],
}

/// Who sees words of a nature.
#[derive(Clone, Copy, Debug)]
pub struct Sees {
    /// The nature.
    pub nature: Nature,
    /// Who.
    pub audiences: &'static [Audience],
}

/// For what who may look, and what that needs.
#[rustfmt::skip]
pub const PURPOSES: &[For] = &[
    look(Purpose::OwnCase,       &[Audience::Person], Nature::ALL),
    look(Purpose::Arrange,       HOLDS, &[ID, CT, SD, ND, OF, UN]),
    look(Purpose::DecideRequest, HOLDS, &[SD, ND, OF]),
    look(Purpose::HoldMeeting,   HOLDS, &[ID, SD, ND, AT, TH, OF, UN]),
    look(Purpose::HandOver,      &[Audience::Holder, Audience::Leader, Audience::Records], &[ID, AT, OF]),
    look(Purpose::Advise,        &[Audience::Adviser], &[ID, SD, ND, OF]),
    look(Purpose::Resolve,       HOLDS, &[ID, CT, SD, GR, OF]),
    look(Purpose::Account,       HOLDS, &[SD, AT, OF, UN]),
    look(Purpose::Complaint,     &[Audience::Leader, Audience::Rights, Audience::Privacy, Audience::Former], &[ID, CT, SD, GR, ND, AT, TH, UN, OF, GL]),
    look(Purpose::RightsRequest, &[Audience::Rights, Audience::Privacy], &[ID, CT, SD, GR, ND, AT, TH, UN, OF, GL, NO]),
    look(Purpose::Records,       &[Audience::Records], &[ID, OF]),
    look(Purpose::Quality,       &[Audience::Leader], &[SD, AT, OF]),
    look(Purpose::Incident,      &[Audience::Leader, Audience::Rights, Audience::Privacy], &[ID, CT, SD, AT, TH, OF, GL]),
    look(Purpose::Audit,         &[Audience::Auditor], &[]),
    look(Purpose::Review,        &[Audience::Reviewer], &[ID, SD, OF, GL]),
    look(Purpose::Emergency,     &[Audience::Emergency], &[ID, CT, SD, ND, AT, TH, OF]),
];

/// Who sees words of which nature, at most.
#[rustfmt::skip]
pub const SEEN: &[Sees] = &[
    sees(ID, &[Person, Holder, Former, Leader, Adviser, Rights, Records, Privacy, Reviewer, Emergency]),
    sees(CT, &[Person, Holder, Leader, Rights, Privacy, Emergency]),
    sees(SD, &[Person, Holder, Former, Leader, Adviser, Rights, Privacy, Reviewer, Emergency]),
    // Not whoever held it: it may be about them.
    sees(GR, &[Person, Holder, Leader, Rights, Privacy]),
    sees(ND, &[Person, Holder, Leader, Adviser, Rights, Privacy, Emergency]),
    sees(AT, &[Person, Holder, Former, Leader, Rights, Privacy, Emergency]),
    sees(TH, &[Holder, Leader, Rights, Privacy, Emergency]),
    sees(UN, &[Leader, Rights]),
    sees(OF, &[Person, Holder, Former, Leader, Adviser, Rights, Records, Privacy, Reviewer, Emergency]),
    // The person, because it is on what basis somebody looked.
    sees(GL, &[Person, Leader, Rights, Privacy, Reviewer]),
    sees(SE, &[]),
    // So that nothing is kept from a request for one's own data by lying in the wrong place.
    sees(NO, &[Rights]),
];

/// Who sees all looks. Anybody else sees their own.
pub const LOOKS_SEEN_BY: &[Audience] = &[Person, Leader, Rights, Privacy, Reviewer, Auditor];

/// Of what nature each field of each kind of event is.
#[rustfmt::skip]
pub const WORDS: &[Of] = &[
    //  kind                      name contact title label place receiver reason reference salt drawing note
    of(Kind::Planned,             [ID, CT, NO, NO, NO, NO, OF, OF, NO, NO, OF]),
    of(Kind::RoomAssigned,        NONE),
    of(Kind::RoomLost,            OFFICE),
    of(Kind::ContentSaid,         UNEASE),
    of(Kind::Escalated,           NONE),
    of(Kind::Acknowledged,        UNEASE),
    of(Kind::Swapped,             UNEASE),
    of(Kind::Tried,               OFFICE),
    of(Kind::Offered,             NONE),
    of(Kind::OfferAnswered,       SAID),
    of(Kind::MovedForStaff,       UNEASE),
    of(Kind::Moved,               OFFICE),
    of(Kind::AnotherAsked,        SAID),
    of(Kind::AnotherDeclined,     SAID),
    of(Kind::AskedAsAdjustment,   [ID, CT, NO, NO, NO, NO, ND, SD, NO, NO, GR]),
    of(Kind::Asked,               [ID, CT, NO, NO, NO, NO, SD, SD, NO, NO, GR]),
    of(Kind::Accepted,            NONE),
    of(Kind::RefusalProposed,     OFFICE),
    of(Kind::Refused,             NONE),
    of(Kind::RequestReopened,     NONE),
    of(Kind::Withdrawn,           [ID, CT, NO, NO, NO, NO, SD, SD, NO, NO, GR]),
    of(Kind::OptOutExplained,     NONE),
    of(Kind::OptedOut,            SAID),
    of(Kind::OptedIn,             SAID),
    of(Kind::Forgone,             NEED),
    of(Kind::AdjustmentClaimed,   NEED),
    of(Kind::AdviserAsked,        NEED),
    of(Kind::AdjustmentDecided,   NEED),
    of(Kind::AdjustmentCarried,   NONE),
    of(Kind::ResolutionOffered,   GRIEVANCE),
    of(Kind::ResolutionAnswered,  GRIEVANCE),
    of(Kind::Told,                [ID, CT, NO, NO, NO, CT, OF, OF, NO, NO, OF]),
    of(Kind::Confirmed,           SAID),
    of(Kind::Disowned,            SAID),
    of(Kind::FormatChosen,        NEED),
    of(Kind::LetterIssued,        [ID, CT, NO, NO, NO, CT, ND, OF, SE, NO, OF]),
    of(Kind::Agreed,              [ID, CT, NO, NO, NO, NO, SD, SD, SE, ID, SD]),
    of(Kind::OtherAgreed,         [AT, TH, NO, NO, NO, TH, TH, TH, SE, AT, TH]),
    of(Kind::AgreementRefused,    SAID),
    of(Kind::OtherRefused,        [AT, TH, NO, NO, NO, TH, TH, TH, NO, NO, TH]),
    of(Kind::OthersLookedFor,     [TH, TH, NO, NO, NO, TH, TH, TH, NO, NO, TH]),
    of(Kind::Checked,             OFFICE),
    of(Kind::Entered,             SAID),
    of(Kind::OtherEntered,        [AT, TH, NO, NO, NO, TH, TH, TH, NO, NO, TH]),
    of(Kind::Left,                NONE),
    of(Kind::Started,             NONE),
    of(Kind::RecordingStarted,    NONE),
    of(Kind::PausedForOthers,     [TH, TH, NO, NO, NO, TH, TH, TH, NO, NO, TH]),
    of(Kind::PausedForStaff,      UNEASE),
    of(Kind::Paused,              OFFICE),
    of(Kind::Resumed,             NONE),
    of(Kind::StoppedForOthers,    [TH, TH, NO, NO, NO, TH, TH, TH, NO, NO, TH]),
    of(Kind::Stopped,             OFFICE),
    of(Kind::WentOn,              SAID),
    of(Kind::OthersHeard,         [TH, TH, NO, NO, NO, TH, TH, TH, NO, NO, TH]),
    of(Kind::UneaseNoted,         UNEASE),
    of(Kind::IncidentNoted,       OFFICE),
    of(Kind::Ended,               OFFICE),
    of(Kind::StartUndone,         OFFICE),
    of(Kind::CopiesMade,          NONE),
    of(Kind::CopyChecked,         NONE),
    of(Kind::HandedOver,          [ID, CT, NO, NO, NO, ID, OF, OF, SE, ID, OF]),
    of(Kind::OfficeHasCopy,       [AT, TH, NO, NO, NO, AT, OF, OF, SE, AT, OF]),
    of(Kind::CopyRefused,         SAID),
    of(Kind::Kept,                NONE),
    of(Kind::GiveUpProposed,      OFFICE),
    of(Kind::GivenUp,             OFFICE),
    of(Kind::Overdue,             NONE),
    of(Kind::Closed,              OFFICE),
    of(Kind::Cancelled,           SAID),
    of(Kind::ContinuedForStaff,   UNEASE),
    of(Kind::Continued,           OFFICE),
    of(Kind::OutcomeCorrected,    OFFICE),
    of(Kind::Reopened,            OFFICE),
    of(Kind::Followed,            NONE),
    of(Kind::Looked,              NONE),
    of(Kind::GlassBroken,         [NO, NO, NO, NO, NO, NO, GL, GL, NO, NO, GL]),
    of(Kind::GlassReviewed,       [NO, NO, NO, NO, NO, NO, GL, GL, NO, NO, GL]),
];

use Audience::{Adviser, Auditor, Emergency, Former, Holder, Leader, Person, Privacy, Records, Reviewer, Rights};
use Nature::{
    Attendee as AT, Contact as CT, Glass as GL, Grievance as GR, Identity as ID, Need as ND, Office as OF, Said as SD,
    Secret as SE, Stray as NO, Third as TH, Unease as UN,
};

const HOLDS: &[Audience] = &[Holder, Leader];
/// No command gives it words.
const NONE: [Nature; 11] = [NO; 11];
const OFFICE: [Nature; 11] = [ID, CT, NO, NO, NO, NO, OF, OF, NO, NO, OF];
const SAID: [Nature; 11] = [ID, CT, NO, NO, NO, NO, SD, SD, NO, NO, SD];
const NEED: [Nature; 11] = [ID, CT, NO, NO, NO, NO, ND, SD, NO, NO, ND];
const GRIEVANCE: [Nature; 11] = [ID, CT, NO, NO, NO, NO, GR, GR, NO, NO, GR];
/// Also the name, which may be a colleague's.
const UNEASE: [Nature; 11] = [UN, UN, NO, NO, NO, UN, UN, UN, NO, NO, UN];

const fn look(purpose: Purpose, audiences: &'static [Audience], needs: &'static [Nature]) -> For {
    For { purpose, audiences, needs }
}

const fn sees(nature: Nature, audiences: &'static [Audience]) -> Sees {
    Sees { nature, audiences }
}

const fn of(kind: Kind, natures: [Nature; 11]) -> Of {
    Of { kind, natures }
}

/// The row of a purpose. One without a row could be had by nobody, and a test sees that there is none.
pub(super) fn purpose(purpose: Purpose) -> Option<&'static For> {
    PURPOSES.iter().find(|row| row.purpose == purpose)
}

/// Of what nature a field is. Without a row, such that nobody sees it.
pub(super) fn nature(kind: Kind, field: Field) -> Nature {
    let row = WORDS.iter().find(|row| row.kind == kind);
    let natures = row.map(|row| Field::ALL.iter().zip(row.natures));
    let found = natures.and_then(|mut all| all.find(|(one, _)| **one == field));
    found.map_or(Nature::Secret, |(_, nature)| nature)
}

/// Whether somebody sees words of that nature for that purpose.
pub(super) fn is_seen(nature: Nature, audience: Audience, purpose: &For) -> bool {
    let row = SEEN.iter().find(|row| row.nature == nature);
    purpose.needs.contains(&nature) && row.is_some_and(|row| row.audiences.contains(&audience))
}
