//! The ways through a case, from the first word to the last, under the rules of their day.
//!
//! Not every refusal (`refusals.rs`).
//! Invariant: each way ends with an outcome, and with nothing left to be done.

use casework::CaseId;
use casework::case::{
    Adjustment, Before, Carrier, Case, Channel, Check, Command, Deed, Need, Outcome, RefusalGround, Stop, Tally, What,
    Who, Withdrawal,
};
use casework::custody::Words;
use rules::{Device, Letter, Meeting, Side};

use crate::world::{DAY, Matter, agree, at, by_device, by_office, commands, handed, slot, words};

fn tell(matter: &mut Matter) {
    while let Some(need) = matter.needs().into_iter().find(|need| matches!(need, Need::Tell(_))) {
        matter.answer(need);
    }
}

fn close(matter: &mut Matter, outcome: Outcome) {
    matter.ok("dan", &Command::Close { outcome, words: words() });
    assert_eq!(matter.case.outcome(), Some(outcome));
    let again = Case::from_events(CaseId([3; 16]), &matter.events).unwrap();
    assert_eq!(again, matter.case, "a case is what its events say");
    assert!(Tally::of([&matter.case], matter.now).reconciles_with(matter.planned_count()));
}

#[test]
fn an_interview_is_recorded_on_request() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    assert_eq!(matter.needs(), [], "nobody asked: there is nothing to arrange");
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    // The room is looked for from the asking on.
    assert!(matter.before_start().starts_with(&[Need::DecideRequest, Need::PrivateRoom]), "{:?}", matter.needs());
    matter.ok("dan", &matter.like(Deed::Accept));
    assert!(matter.before_start().contains(&Need::Letter(Letter::Recording)));
    let accepted = matter.events.last().unwrap();
    assert!(
        matches!(&accepted.what, What::Accepted { cited, .. } if cited[0].clause == "S1-15" && cited[0].version == 6)
    );
    let mut matter = matter.handed_over();
    tell(&mut matter);
    close(&mut matter, Outcome::Recorded);
    assert_eq!(matter.needs(), []);
}

#[test]
fn a_consultation_of_2015_is_on_two_discs() {
    let mut matter = Matter::planned(Meeting::FaceToFaceConsultation, "2015-03-02 12:00", "2015-03-10 09:30");
    matter.ok("ada", &Command::Ask { asking: by_device(Device::Smartphone), words: words() });
    assert_eq!(matter.no("dan", &matter.like(Deed::Accept)), "NotSo");
    let ground = RefusalGround::Device;
    let request = matter.request();
    matter.ok("dan", &Command::ProposeRefusal { request, ground, words: words() });
    assert_eq!(matter.no("dan", &Command::ApproveRefusal { request, ground }), "NotYours");
    matter.ok("lea", &Command::ApproveRefusal { request, ground });
    assert!(matter.before_start().contains(&Need::OfferAnother));
    // With another device it is another request.
    matter.ok("ada", &Command::Ask { asking: by_device(Device::NoCheckableCopy), words: words() });
    assert_eq!(matter.no("dan", &matter.like(Deed::Accept)), "NotSo");
    matter.ok("person", &matter.like(Deed::Withdraw));
    let mut allowed = by_device(Device::Smartphone);
    allowed.devices.clear();
    matter.ok("ada", &Command::Ask { asking: allowed, words: words() });
    matter.ok("dan", &matter.like(Deed::Accept));
    assert!(matter.before_start().contains(&Need::Agreement), "it is signed then");
    assert!(matter.before_start().contains(&Need::Look(Check::Medium)));
    let mut matter = matter.ended();
    let id = None;
    let make =
        |carrier| Command::MakeCopies { recording: 1, id, copies: crate::world::copies(carrier), compared: true };
    assert_eq!(matter.no("dan", &make(Carrier::File)), "NotSo", "S4-09: on cassette or CD");
    matter.hand_over(1, Carrier::Cd);
    close(&mut matter, Outcome::Recorded);
}

#[test]
fn a_consultation_is_recorded_since_2026_unless_the_person_opts_out() {
    let planned = || Matter::planned(Meeting::FaceToFaceConsultation, "2026-07-01 12:00", "2026-07-10 09:30");
    let mut matter = planned();
    assert!(matter.before_start().contains(&Need::ExplainOptOut));
    assert!(!matter.before_start().contains(&Need::DecideRequest));
    let recorded = matter.clone().handed_over();
    let mut whole = recorded;
    close(&mut whole, Outcome::Recorded);
    // Before it begins.
    matter.ok("person", &Command::OptOut { channel: Channel::InPerson, words: Words::default() });
    assert!(matches!(&matter.events.last().unwrap().what, What::OptedOut { cited, .. } if !cited.is_empty()));
    assert_eq!(matter.before_start(), []);
    let mut matter = matter.ready();
    assert_eq!(matter.no("dan", &Command::Start { recorded: true }), "NotToBeRecorded");
    matter.ok("dan", &Command::Start { recorded: false });
    matter.ok("dan", &commands(Deed::End));
    close(&mut matter, Outcome::NotRecorded);
    // While it goes on: what was recorded until then is still both sides'.
    let mut matter = planned().begun();
    matter.ok("person", &Command::OptOut { channel: Channel::InPerson, words: Words::default() });
    assert_eq!(matter.case.recordings()[0].stopped, Some(Stop::OptedOut));
    matter.ok("dan", &commands(Deed::End));
    assert_eq!(
        matter.no("dan", &Command::Close { outcome: Outcome::RecordedInPart, words: words() }),
        "NotReady",
        "the copies are missing"
    );
    assert!(matter.needs().contains(&Need::MakeCopies(1)));
    // The day before, nobody is recorded unasked.
    let before = Matter::planned(Meeting::FaceToFaceConsultation, "2026-06-20 12:00", "2026-06-26 09:30");
    assert_eq!(before.needs(), []);
}

#[test]
fn an_appointment_that_is_moved_goes_by_the_rules_of_its_new_day() {
    let mut matter = Matter::planned(Meeting::TelephoneConsultation, "2026-06-20 12:00", "2026-06-26 09:30");
    assert_eq!(matter.needs(), []);
    let later = slot("north", "2026-06-29 09:30");
    matter.ok("dan", &Command::Move { slot: later, cause: casework::case::Cause::Person, words: words() });
    assert!(matter.before_start().contains(&Need::ExplainOptOut));
    assert_eq!(matter.case.appointments()[0].outcome, Some(Outcome::Moved));
}

#[test]
fn the_other_office_comes_last_and_is_the_persons_to_choose() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    matter.ok("dan", &matter.like(Deed::Accept));
    matter.ok("dan", &commands(Deed::AssignRoom));
    let elsewhere = Command::Offer { slot: slot("south", "2026-07-11 09:30"), cause: casework::case::Cause::Room };
    assert_eq!(matter.no("dan", &elsewhere), "NotTried");
    for attempt in casework::case::Attempt::ALL {
        matter.ok("dan", &Command::Try { attempt: *attempt, found: false, words: words() });
    }
    let moved =
        Command::Move { slot: slot("south", "2026-07-11 09:30"), cause: casework::case::Cause::Room, words: words() };
    assert_eq!(matter.no("lea", &moved), "NotNow");
    matter.ok("dan", &elsewhere);
    let offered = matter.events.last().unwrap();
    assert!(matches!(&offered.what, What::Offered { cited, .. } if cited[0].clause == "S2-15"));
    assert!(matter.needs().contains(&Need::AnswerOffer));
    let mut declined = matter.clone();
    declined.ok("person", &declined.like(Deed::AnswerOffer));
    assert_eq!(declined.case.appointments().len(), 1, "it costs them nothing");
    let Command::AnswerOffer { offer, channel, words, .. } = matter.like(Deed::AnswerOffer) else { unreachable!() };
    matter.ok("person", &Command::AnswerOffer { offer, accepted: true, channel, words });
    let now = matter.case.appointment().unwrap();
    assert_eq!((now.slot.office.as_str(), &now.room), ("south", &None), "the room stays behind");
    assert!(matter.before_start().contains(&Need::PrivateRoom));
    let mut matter = matter.handed_over();
    close(&mut matter, Outcome::Recorded);
}

#[test]
fn whoever_is_uneasy_is_not_recorded() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    matter.ok("dan", &matter.like(Deed::Accept));
    assert_eq!(matter.no("lea", &commands(Deed::SayContent)), "NotYourCase", "nobody says it for another");
    matter.ok("dan", &Command::SayContent { content: false, words: words() });
    assert!(matches!(matter.events.last().unwrap().what, What::Escalated { .. }), "the management is told at once");
    assert!(matter.needs().contains(&Need::Acknowledge));
    matter.ok("lea", &commands(Deed::Acknowledge));
    assert!(!matter.needs().contains(&Need::Acknowledge));
    assert!(matter.before_start().contains(&Need::OtherStaff));
    matter.ok("lea", &commands(Deed::Swap));
    assert!(matter.before_start().contains(&Need::AskStaff), "the word was for one appointment and one person");
    assert_eq!(matter.no("dan", &commands(Deed::SayContent)), "NotYourCase");
    assert_eq!(matter.case.appointment().unwrap().swapped_from.len(), 1);
    matter.ok("lea", &commands(Deed::SayContent));
    assert!(!matter.before_start().contains(&Need::AskStaff));
}

#[test]
fn an_adjustment_is_the_advisers_and_overrides_discretion() {
    let mut matter = Matter::planned(Meeting::FaceToFaceConsultation, "2015-03-02 12:00", "2015-03-02 15:30");
    let asking = casework::case::Asking { adjustment: true, ..by_device(Device::Smartphone) };
    matter.ok("dan", &Command::Ask { asking, words: words() });
    assert!(matter.case.is_same_day(matter.case.request().unwrap(), &crate::support::BOOK).unwrap());
    let ground = RefusalGround::SameDay;
    let refuse = Command::ProposeRefusal { request: matter.request(), ground, words: words() };
    assert_eq!(matter.no("dan", &refuse), "NotNow", "the adviser has not answered");
    matter.ok("dan", &commands(Deed::AskAdviser));
    assert!(matter.needs().contains(&Need::DecideAdjustment));
    assert_eq!(matter.no("lea", &commands(Deed::DecideAdjustment)), "NotYours");
    let mut denied = matter.clone();
    denied.ok("ada", &Command::DecideAdjustment { granted: false, words: words() });
    denied.ok("dan", &refuse);
    denied.ok("lea", &denied.like(Deed::ApproveRefusal));
    // What the adviser grants afterwards takes the refusal back.
    denied.ok("ada", &commands(Deed::DecideAdjustment));
    assert!(denied.case.request().unwrap().is_open());
    matter.ok("ada", &commands(Deed::DecideAdjustment));
    assert_eq!(matter.no("dan", &refuse), "IsAdjustment");
    assert_eq!(matter.case.adjustment(), Adjustment::Granted { from: None });
    matter.ok("dan", &matter.like(Deed::Accept));
    // It carries over to the person's next case.
    let mut next = Matter::new("2015-03-03 12:00");
    let Command::Plan { reference, meeting, jurisdiction, business, slot, follows, words, .. } =
        crate::world::plan(Meeting::FaceToFaceConsultation, "2015-04-02 15:30")
    else {
        unreachable!()
    };
    let adjustment_from = Some(CaseId([2; 16]));
    next.ok(
        "dan",
        &Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, follows, words },
    );
    assert_eq!(next.case.adjustment(), Adjustment::Granted { from: adjustment_from });
}

#[test]
fn what_the_person_is_unhappy_about_never_ends_the_request() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.ok("dan", &Command::Ask { asking: by_office(), words: words() });
    matter.ok("dan", &commands(Deed::OfferResolution));
    matter.ok("person", &Command::AnswerResolution { reply: casework::case::Reply::Solved, words: words() });
    assert!(matter.case.request().unwrap().is_open(), "it is never presumed");
    let (request, channel) = (matter.request(), Channel::Online);
    let why = Withdrawal::Resolved;
    matter.ok("person", &Command::Withdraw { request, why, channel, words: Words::default() });
    let mut matter = matter.ended();
    close(&mut matter, Outcome::NotRecorded);
}

#[test]
fn equipment_that_fails_costs_nobody_their_say() {
    let asked = || {
        let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
        matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
        matter
    };
    let mut matter = asked().begun();
    matter.ok("program", &commands(Deed::StopRecording));
    assert!(matter.before(Before::End).contains(&Need::GoOn));
    assert_eq!(matter.no("dan", &commands(Deed::End)), "NotReady", "nobody goes on without having been asked");
    let mut on = matter.clone();
    on.ok("person", &commands(Deed::GoOn));
    on.ok("dan", &commands(Deed::End));
    // Nothing could be saved, two people say: then nothing was recorded, and the person is told.
    let mut none = on.clone();
    assert_eq!(none.no("dan", &Command::Close { outcome: Outcome::RecordedInPart, words: words() }), "NotReady");
    none.ok("dan", &commands(Deed::GiveUp));
    assert_eq!(none.no("dan", &commands(Deed::GiveUp)), "SamePerson");
    none.ok("lea", &commands(Deed::GiveUp));
    assert!(none.needs().iter().any(|need| matches!(need, Need::Tell(_))));
    close(&mut none, Outcome::NotRecorded);
    // What was saved is both sides', and the vault's.
    on.hand_over(1, Carrier::File);
    close(&mut on, Outcome::RecordedInPart);
    // With another recorder, that was looked at, it goes on as another recording.
    let mut again = matter.clone();
    assert_eq!(again.no("dan", &Command::StartRecording), "NotReady");
    for check in [Check::Recorder, Check::RecorderMedium] {
        again.answer(Need::Look(check));
    }
    again.ok("dan", &Command::StartRecording);
    assert!(!again.needs().contains(&Need::GoOn));
    again.ok("dan", &commands(Deed::End));
    again.hand_over(1, Carrier::File);
    again.hand_over(2, Carrier::File);
    close(&mut again, Outcome::RecordedInPart);
    // Who does not go on without has another day, in the same case and with the same request.
    let Command::GoOn { channel, words: said, .. } = commands(Deed::GoOn) else { unreachable!() };
    matter.ok("person", &Command::GoOn { goes_on: false, channel, words: said });
    matter.ok("dan", &commands(Deed::End));
    matter.hand_over(1, Carrier::File);
    assert_eq!(matter.no("dan", &Command::Close { outcome: Outcome::RecordedInPart, words: words() }), "NotReady");
    let Command::Continue { slot, cause, words: why, .. } = matter.like(Deed::Continue) else { unreachable!() };
    matter.ok("dan", &Command::Continue { outcome: Outcome::RecordedInPart, slot, cause, words: why });
    assert_eq!(matter.case.request().unwrap().asked, casework::case::Asked::Accepted);
    let mut matter = matter.ended();
    matter.hand_over(2, Carrier::File);
    close(&mut matter, Outcome::Recorded);
    // Nothing to record with, and the person would rather have it now than recorded.
    let mut matter = asked();
    matter.ok("dan", &matter.like(Deed::Accept));
    let (request, why) = (matter.request(), Withdrawal::EquipmentFailed);
    let channel = Channel::InPerson;
    matter.ok("person", &Command::Withdraw { request, why, channel, words: Words::default() });
    let mut matter = matter.ready();
    matter.ok("dan", &Command::Start { recorded: false });
}

#[test]
fn who_does_not_want_a_copy_need_not_take_it() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    let mut matter = matter.ended();
    matter.ok("dan", &commands(Deed::MakeCopies));
    matter.ok("person", &commands(Deed::RefuseCopy));
    let checked =
        Command::CheckCopy { recording: 1, side: Side::Office, verdict: casework::custody::Verdict::Complete };
    matter.ok("dan", &checked);
    matter.ok("dan", &handed(1, Side::Office));
    assert_eq!(matter.no("dan", &Command::Close { outcome: Outcome::Recorded, words: words() }), "NotReady");
    matter.ok("program", &commands(Deed::Keep));
    close(&mut matter, Outcome::Recorded);
}

#[test]
fn no_appointment_is_left_without_a_word() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.now = at("2026-07-10 10:29");
    let close_it = Command::Close { outcome: Outcome::NotAttended, words: words() };
    assert_eq!(matter.no("dan", &close_it), "NotThatOutcome", "it may still be a late person");
    matter.now = at("2026-07-10 22:30");
    assert_eq!(matter.no("program", &Command::NoteOverdue), "NotNow", "it is half past eleven at night in London");
    matter.now = at("2026-07-10 23:30");
    assert_eq!(Tally::of([&matter.case], matter.now).overdue, 1, "whether it is noted or not");
    matter.ok("program", &Command::NoteOverdue);
    assert_eq!(Tally::of([&matter.case], matter.now).overdue, 1);
    close(&mut matter, Outcome::NotAttended);
    assert_eq!(
        Tally::of([&matter.case], matter.now).to_string(),
        "1 planned, 1 not-attended, 0 to come, 0 under way, 0 overdue"
    );
    // Somebody else finds that the person had rung.
    matter.now += DAY;
    let correct = Command::CorrectOutcome { outcome: Outcome::CancelledByPerson, words: words() };
    assert_eq!(matter.no("dan", &correct), "NotYours");
    matter.ok("lea", &correct);
    assert_eq!(matter.case.outcome(), Some(Outcome::CancelledByPerson));
}

#[test]
fn a_call_is_recorded_when_agreement_is_heard() {
    let mut matter = Matter::planned(Meeting::TelephoneConsultation, "2022-03-01 12:00", "2022-03-10 09:30");
    matter.ok("dan", &Command::Ask { asking: by_office(), words: words() });
    let mut matter = matter.begun();
    assert!(matter.needs().contains(&Need::SpokenAgreement), "{:?}", matter.needs());
    assert_eq!(matter.no("dan", &commands(Deed::End)), "NotReady");
    matter.ok("dan", &commands(Deed::Agree));
    assert_eq!(matter.no("dan", &commands(Deed::End)), "NotReady", "what is signed is not heard");
    matter.ok("dan", &agree(Who::Person, casework::case::Consent::Spoken));
    matter.ok("dan", &commands(Deed::End));
}
