//! One event of every kind, each with something in every field of its words.
//! For what asks about all kinds at once.
//!
//! Not here: any test, nor a case in which they could follow each other. Invariant: no two texts of one record are alike, and each says whose event and which field it is.

use casework::case::{
    Answer, Asking, Attempt, Audience, By, Cause, Channel, Check, Consent, Dispatch, Ending, Event, Incident, Kind,
    Outcome, Party, Pause, Purpose, RefusalGround, Reply, Stop, What, Who, Withdrawal,
};
use casework::custody::{Private, Verdict, Words};
use casework::{CaseId, Cited, Clock, Digest, ThingId};
use rules::{Jurisdiction, Letter, Meeting, Side};

use crate::support::{account, day, name};
use crate::world::{at, by_office, copies, slot};

/// Something in every field, known again wherever it turns up.
pub(crate) fn canaries(number: u64) -> Words {
    let canary = |field: &str| Some(format!("CANARY-{number}-{field}."));
    Words {
        name: canary("name"),
        contact: canary("contact"),
        title: canary("title"),
        label: canary("label"),
        place: canary("place"),
        receiver: canary("receiver"),
        reason: canary("reason"),
        reference: canary("reference"),
        salt: canary("salt"),
        drawing: canary("drawing"),
        note: canary("note"),
    }
}

/// The same as it was stored before signatures were drawn.
pub(crate) fn without_drawing(event: Event) -> Event {
    let Private::Words(words) = event.private else { panic!("an event without words") };
    Event { private: Private::Words(Box::new(Words { drawing: None, ..*words })), ..event }
}

/// As an event of a case, by a member of staff.
pub(crate) fn event(number: u64, what: What) -> Event {
    Event {
        case: CaseId([3; 16]),
        number,
        at_micros: at("2026-07-01 12:00"),
        clocks: vec![Clock::Local, Clock::Log],
        behind_micros: None,
        by: By::Staff(account("dan")),
        what,
        private: Private::Words(Box::new(canaries(number))),
    }
}

/// One of every kind.
pub(crate) fn samples() -> Vec<What> {
    Kind::ALL.iter().map(|kind| sample(*kind)).collect()
}

const NONE: Vec<Cited> = Vec::new();

fn sample(kind: Kind) -> What {
    let channel = Channel::Telephone;
    let (offer, request) = (2, 3);
    let there = slot("north", "2026-07-10 09:30");
    let asking = |adjustment| Asking { adjustment, ..by_office() };
    match kind {
        Kind::Planned => What::Planned {
            reference: name("c-2026-0001"),
            meeting: Meeting::Interview,
            jurisdiction: Jurisdiction::Scotland,
            business: name("jobcentre-plus"),
            slot: there,
            adjustment_from: Some(CaseId([2; 16])),
            follows: None,
        },
        Kind::RoomAssigned => What::RoomAssigned { room: name("room-1"), is_private: true },
        Kind::RoomLost => What::RoomLost { room: name("room-1") },
        Kind::ContentSaid => What::ContentSaid { content: false },
        Kind::Escalated => What::Escalated { cited: NONE },
        Kind::Acknowledged => What::Acknowledged,
        Kind::Swapped => What::Swapped { from: account("dan"), to: account("lea") },
        Kind::Tried => What::Tried { attempt: Attempt::RoomLater, found: false },
        Kind::Offered => What::Offered { slot: there, cause: Cause::Room, cited: NONE },
        Kind::OfferAnswered => What::OfferAnswered { offer, answer: Answer::Declined, channel: Some(channel) },
        Kind::MovedForStaff => What::Moved { slot: there, cause: Cause::Staff },
        Kind::Moved => What::Moved { slot: there, cause: Cause::Person },
        Kind::AnotherAsked => What::AnotherAsked { channel },
        Kind::AnotherDeclined => What::AnotherDeclined { channel },
        Kind::AskedAsAdjustment => What::Asked { asking: asking(true), since_micros: 7, changes: Some(request) },
        Kind::Asked => What::Asked { asking: asking(false), since_micros: 7, changes: None },
        Kind::Accepted => What::Accepted { request, cited: NONE },
        Kind::RefusalProposed => What::RefusalProposed { request, ground: RefusalGround::Barred, cited: NONE },
        Kind::Refused => {
            let (ground, proposed_by) = (RefusalGround::Barred, account("dan"));
            What::Refused { request, ground, proposed_by, cited: NONE }
        }
        Kind::RequestReopened => What::RequestReopened { request },
        Kind::Withdrawn => What::Withdrawn { request, why: Withdrawal::Resolved, channel },
        Kind::OptOutExplained => What::OptOutExplained { channel },
        Kind::OptedOut => What::OptedOut { channel, cited: NONE },
        Kind::OptedIn => What::OptedIn { channel },
        Kind::Forgone => What::Forgone { channel },
        Kind::AdjustmentClaimed => What::AdjustmentClaimed { channel },
        Kind::AdviserAsked => What::AdviserAsked { by_day: day("2026-07-08"), cited: NONE },
        Kind::AdjustmentDecided => What::AdjustmentDecided { granted: true },
        Kind::AdjustmentCarried => What::AdjustmentCarried { from: CaseId([2; 16]) },
        Kind::ResolutionOffered => What::ResolutionOffered,
        Kind::ResolutionAnswered => What::ResolutionAnswered { reply: Reply::Declined },
        Kind::Told => What::Told { about: 4, channel },
        Kind::Confirmed => What::Confirmed { of: 4 },
        Kind::Disowned => What::Disowned { of: 4 },
        Kind::FormatChosen => What::FormatChosen,
        other => of_the_papers(other),
    }
}

fn of_the_papers(kind: Kind) -> What {
    let digest = Digest([6; 32]);
    let agreed = |who| What::Agreed { who, template: name("agreement-1"), digest, consent: Consent::Signed };
    let checked = |check| What::Checked { check, good: false, devices: Vec::new() };
    match kind {
        Kind::LetterIssued => What::LetterIssued {
            letter: Letter::Recording,
            template: name("letter-1"),
            digest,
            fits: false,
            dispatch: Dispatch::Post,
        },
        Kind::Agreed => agreed(Who::Person),
        Kind::OtherAgreed => agreed(Who::Present(2)),
        Kind::AgreementRefused => What::AgreementRefused { who: Who::Person },
        Kind::OtherRefused => What::AgreementRefused { who: Who::Present(2) },
        Kind::OthersLookedFor => checked(Check::NobodyElseHeard),
        Kind::Checked => checked(Check::Device),
        Kind::Entered => What::Entered { present: 1, party: Party::Person, account: None },
        Kind::OtherEntered => What::Entered { present: 2, party: Party::Companion, account: None },
        Kind::Left => What::Left { present: 2 },
        other => of_the_meeting(other),
    }
}

fn of_the_meeting(kind: Kind) -> What {
    let channel = Channel::InPerson;
    let there = slot("north", "2026-07-17 09:30");
    let incident = |incident| What::IncidentNoted { incident };
    let continued = |cause| What::Continued { outcome: Outcome::NotRecorded, slot: there.clone(), cause, cited: NONE };
    let handed = |side| What::HandedOver { recording: 1, side, receipt: Some(Digest([9; 32])) };
    match kind {
        Kind::Started => What::Started { recorded_by: vec![Side::Office], cited: NONE },
        Kind::RecordingStarted => What::RecordingStarted { recorded_by: vec![Side::Person], cited: NONE },
        Kind::PausedForOthers => What::Paused { pause: Pause::Entrant },
        Kind::PausedForStaff => What::Paused { pause: Pause::Staff },
        Kind::Paused => What::Paused { pause: Pause::Break },
        Kind::Resumed => What::Resumed,
        Kind::StoppedForOthers => What::Stopped { recordings: vec![1], stop: Stop::AgreementWithdrawn },
        Kind::Stopped => What::Stopped { recordings: vec![1], stop: Stop::EquipmentFailed },
        Kind::WentOn => What::WentOn { goes_on: true, channel },
        Kind::OthersHeard => incident(Incident::OthersHeard),
        Kind::UneaseNoted => incident(Incident::Unease),
        Kind::IncidentNoted => incident(Incident::Pictures),
        Kind::Ended => What::Ended { ending: Ending::Finished, ended_micros: None, unheard: false },
        Kind::StartUndone => What::StartUndone,
        Kind::CopiesMade => {
            let copies = copies(casework::case::Carrier::Cd);
            What::CopiesMade { recording: 1, id: None, copies, compared: true }
        }
        Kind::CopyChecked => What::CopyChecked { recording: 1, side: Side::Person, verdict: Verdict::Complete },
        Kind::HandedOver => handed(Side::Person),
        Kind::OfficeHasCopy => handed(Side::Office),
        Kind::CopyRefused => What::CopyRefused { recording: 1, channel },
        Kind::Kept => What::Kept { recording: 1, thing: ThingId([8; 16]) },
        Kind::GiveUpProposed => What::GiveUpProposed { recording: 1 },
        Kind::GivenUp => What::GivenUp { recording: 1, proposed_by: account("dan") },
        Kind::Overdue => What::Overdue,
        Kind::Closed => What::Closed { outcome: Outcome::Recorded, owed: false, cited: NONE },
        Kind::Cancelled => What::Cancelled { channel },
        Kind::ContinuedForStaff => continued(Cause::Staff),
        Kind::Continued => continued(Cause::Equipment),
        Kind::OutcomeCorrected => {
            What::OutcomeCorrected { from: Outcome::Recorded, to: Outcome::RecordedInPart, owed: true }
        }
        Kind::Reopened => What::Reopened { from: Outcome::NotAttended },
        Kind::Followed => What::Followed { by: CaseId([12; 16]) },
        Kind::Looked => What::Looked { purpose: Purpose::HoldMeeting, seen_as: Audience::Holder },
        Kind::GlassBroken => What::GlassBroken { until_micros: at("2026-07-01 13:00") },
        Kind::GlassReviewed => What::GlassReviewed { of: 5, justified: false },
        other => panic!("{other} has no sample"),
    }
}

#[test]
fn each_kind_is_that_of_its_sample() {
    for (kind, what) in Kind::ALL.iter().zip(samples()) {
        assert_eq!(Kind::of(&what), *kind, "{what:?}");
    }
}
