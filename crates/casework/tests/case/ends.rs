//! Ways out: what happens on the day that nobody planned, each with the end that is true of it.
//!
//! Not random lives (`lives.rs`).
//! Invariant: in each the person keeps what they asked for, or two people say by a rule why not.

use casework::case::{
    Asked, Because, Carrier, Check, Command, Consent, Deed, Ending, Need, Outcome, Party, Refusal, RefusalGround, What,
    Who,
};
use casework::custody::Verdict;
use rules::{Device, Meeting, Side};

use crate::support::account;
use crate::world::{DAY, HOUR, Matter, agree, at, by_device, by_office, commands, copies, handed, slot, words};

fn asked(meeting: Meeting, starts: &str, asking: casework::case::Asking) -> Matter {
    let mut matter = Matter::planned(meeting, "2015-03-02 12:00", "2015-03-02 15:30");
    if starts != "2015-03-02 15:30" {
        let before = at(starts) - 9 * DAY;
        matter = Matter::new("2015-03-02 12:00");
        matter.now = before;
        matter.ok("dan", &crate::world::plan(meeting, starts));
    }
    matter.ok("person", &Command::Ask { asking, words: words() });
    matter
}

fn interview() -> Matter {
    asked(Meeting::Interview, "2026-07-10 09:30", by_office())
}

fn consultation(asking: casework::case::Asking) -> Matter {
    asked(Meeting::FaceToFaceConsultation, "2015-03-10 09:30", asking)
}

fn own() -> casework::case::Asking {
    casework::case::Asking { devices: Vec::new(), ..by_device(Device::CanEdit) }
}

fn close(outcome: Outcome) -> Command {
    Command::Close { outcome, words: words() }
}

#[test]
fn what_is_granted_as_an_adjustment_is_accepted_whatever_the_ground() {
    for ground in RefusalGround::ALL {
        if matches!(ground, RefusalGround::Barred | RefusalGround::AgreementRefused) {
            continue;
        }
        for (meeting, starts) in [
            (Meeting::FaceToFaceConsultation, "2015-03-10 09:30"),
            (Meeting::FaceToFaceConsultation, "2010-03-10 09:30"),
            (Meeting::VideoConsultation, "2026-07-10 09:30"),
        ] {
            for asking in [by_device(Device::Smartphone), by_office()] {
                let mut matter = asked(meeting, starts, asking);
                matter.ok("ada", &commands(Deed::DecideAdjustment));
                let request = matter.request();
                let refuse = Command::ProposeRefusal { request, ground: *ground, words: words() };
                assert_eq!(matter.no("dan", &refuse), "IsAdjustment");
                let matter = matter.ended();
                assert_eq!(matter.case.recordings().len(), 1, "it is recorded");
            }
        }
    }
}

#[test]
fn what_is_found_on_the_day_can_be_refused_on_the_day() {
    let mut matter = consultation(own());
    matter.ok("dan", &matter.like(Deed::Accept));
    let request = matter.request();
    let refuse = |ground| Command::ProposeRefusal { request, ground, words: words() };
    let (device, same_day) = (RefusalGround::Device, RefusalGround::SameDay);
    assert_eq!(matter.no("dan", &refuse(device)), "NoGround", "nothing was found");
    assert_eq!(matter.no("dan", &refuse(same_day)), "NotNow", "it is accepted");
    let mut matter = matter.ready();
    let devices = vec![Device::Smartphone];
    matter.ok("dan", &Command::Look { check: Check::Device, good: false, devices, words: words() });
    assert_eq!(matter.no("dan", &Command::Start { recorded: true }), "NotReady");
    matter.ok("dan", &refuse(device));
    matter.ok("lea", &Command::ApproveRefusal { request, ground: device });
    // The person is told, and may have another day, before it goes on without.
    assert!(matter.before_start().contains(&Need::OfferAnother));
    assert_eq!(matter.no("dan", &Command::Start { recorded: false }), "NotReady");
    matter.ok("person", &commands(Deed::DeclineAnother));
    for need in matter.before_start() {
        matter.answer(need);
    }
    matter.ok("dan", &Command::Start { recorded: false });
}

#[test]
fn who_does_not_sign_is_not_recorded_and_two_people_say_so() {
    let mut matter = consultation(own());
    matter.ok("dan", &matter.like(Deed::Accept));
    let mut matter = matter.ready();
    let (request, ground) = (matter.request(), RefusalGround::AgreementRefused);
    let refuse = Command::ProposeRefusal { request, ground, words: words() };
    assert_eq!(matter.no("dan", &refuse), "NoGround");
    let mut noted = matter.clone();
    noted.ok("dan", &commands(Deed::RefuseAgreement));
    assert_eq!(noted.no("dan", &refuse), "NoGround", "nobody has confirmed that it is the person's word");
    matter.ok("person", &commands(Deed::RefuseAgreement));
    assert!(matter.before_start().contains(&Need::AgreementRefused));
    matter.ok("dan", &refuse);
    matter.ok("lea", &Command::ApproveRefusal { request, ground });
    assert!(matches!(matter.case.request().unwrap().asked, Asked::Refused { .. }));
}

#[test]
fn a_late_person_has_the_meeting_that_was_theirs() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.now = at("2026-07-10 09:31");
    assert_eq!(matter.no("dan", &close(Outcome::NotAttended)), "NotThatOutcome", "not before its time is over");
    matter.now = at("2026-07-10 10:31");
    matter.ok("dan", &close(Outcome::NotAttended));
    let reopen = commands(Deed::Reopen);
    assert_eq!(matter.no("dan", &reopen), "NotYours");
    matter.ok("lea", &reopen);
    assert_eq!(matter.case.outcome(), None);
    matter.both();
    matter.ok("dan", &Command::Start { recorded: false });
    // Whoever closed it does not open it again.
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.now = at("2026-07-10 10:31");
    matter.ok("lea", &close(Outcome::NotAttended));
    assert_eq!(matter.no("lea", &reopen), "SamePerson");
}

#[test]
fn nobody_is_blamed_who_came_or_could_not_have_been_seen() {
    let late = |matter: &mut Matter| matter.now = at("2026-07-10 11:00");
    let because = |matter: &mut Matter| match matter.act("lea", &close(Outcome::NotAttended)) {
        Err(Refusal::NotThatOutcome { because, .. }) => because,
        other => panic!("{other:?}"),
    };
    let mut came = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    came.now = at("2026-07-10 09:30");
    came.both();
    came.ok("dan", &Command::Depart { present: 1 });
    late(&mut came);
    assert_eq!(because(&mut came), Because::PersonCame);
    let mut undecided = interview();
    late(&mut undecided);
    assert_eq!(because(&mut undecided), Because::OfficeNotReady);
}

#[test]
fn what_began_by_mistake_has_not_begun() {
    let mut matter = interview().begun();
    assert_eq!(matter.no("dan", &commands(Deed::UndoStart)), "NotYours");
    matter.ok("lea", &commands(Deed::UndoStart));
    assert_eq!((matter.case.undone().len(), matter.case.held().is_none()), (1, true));
    // What was recorded by then is kept or given up by two, before the case is closed.
    let mut matter = matter.ended();
    assert_eq!(matter.case.recordings().len(), 2);
    matter.hand_over(2, Carrier::File);
    assert_eq!(matter.no("dan", &close(Outcome::Recorded)), "NotReady");
    matter.ok("dan", &commands(Deed::GiveUp));
    matter.ok("lea", &commands(Deed::GiveUp));
    matter.ok("dan", &close(Outcome::Recorded));
    // Whoever began it does not say so alone.
    let mut matter = interview().ready();
    matter.ok("lea", &Command::Start { recorded: true });
    assert_eq!(matter.no("lea", &commands(Deed::UndoStart)), "SamePerson");
}

#[test]
fn a_meeting_that_nobody_started_in_the_program_was_held_all_the_same() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    assert_eq!(matter.no("dan", &close(Outcome::NotRecorded)), "NotThatOutcome", "its time has not come");
    matter.now = at("2026-07-11 09:00");
    let unexplained = Command::Close { outcome: Outcome::NotRecorded, words: casework::custody::Words::default() };
    assert_eq!(matter.no("dan", &unexplained), "NoWords");
    matter.ok("dan", &close(Outcome::NotRecorded));
    // Where a recording was owed, the team leader says so, and it shows.
    let mut matter = interview();
    matter.ok("dan", &matter.like(Deed::Accept));
    matter.now = at("2026-07-11 09:00");
    assert_eq!(matter.no("dan", &close(Outcome::NotRecorded)), "NotThatOutcome");
    matter.ok("lea", &close(Outcome::NotRecorded));
    assert!(matter.case.appointment().unwrap().is_owed);
    assert_eq!(casework::case::Tally::of([&matter.case], matter.now).of_these_owed, 1);
}

#[test]
fn a_recording_that_cannot_be_had_is_given_up_by_two() {
    // Nothing on it.
    let mut matter = interview().ended();
    matter.ok("dan", &commands(Deed::GiveUp));
    matter.ok("lea", &commands(Deed::GiveUp));
    assert!(matter.needs().contains(&Need::Continue), "the person was to have one");
    matter.ok("person", &commands(Deed::DeclineAnother));
    matter.ok("dan", &close(Outcome::NotRecorded));
    assert!(matter.case.appointment().unwrap().is_owed);
    // The person has theirs, and the office's does not hold: it is made again, alike.
    let mut matter = interview().ended();
    matter.ok("dan", &commands(Deed::MakeCopies));
    matter.ok("dan", &commands(Deed::CheckCopy));
    matter.ok("person", &handed(1, Side::Person));
    let check = |verdict| Command::CheckCopy { recording: 1, side: Side::Office, verdict };
    matter.ok("dan", &check(Verdict::NotIntact));
    let id = Some(casework::Digest([4; 32]));
    let again = |byte: u8| {
        let mut copies = copies(Carrier::File);
        copies.remove(0);
        copies[0].digest = Some(casework::Digest([byte; 32]));
        Command::MakeCopies { recording: 1, id, copies, compared: false }
    };
    assert_eq!(matter.no("dan", &again(6)), "CopiesDiffer");
    let mut lost = matter.clone();
    matter.ok("dan", &again(5));
    matter.ok("dan", &check(Verdict::Complete));
    matter.ok("dan", &handed(1, Side::Office));
    matter.ok("program", &commands(Deed::Keep));
    matter.ok("dan", &close(Outcome::Recorded));
    // Or it cannot be: then there is a part of what there should be.
    lost.ok("dan", &commands(Deed::GiveUp));
    lost.ok("lea", &commands(Deed::GiveUp));
    assert_eq!(lost.no("dan", &close(Outcome::Recorded)), "NotThatOutcome");
    lost.ok("dan", &close(Outcome::RecordedInPart));
}

#[test]
fn who_hangs_up_is_not_kept() {
    let mut matter = asked(Meeting::TelephoneConsultation, "2022-03-10 09:30", by_office()).begun();
    assert_eq!(matter.no("dan", &commands(Deed::End)), "NotReady", "their agreement was not heard");
    let end = |ending| Command::End { ending, ended_micros: None, words: words() };
    matter.ok("dan", &end(Ending::PersonLeft));
    assert!(matter.case.held().unwrap().is_unheard);
    assert!(matter.needs().iter().any(|need| matches!(need, Need::Tell(_))), "they are told what was recorded");
    // Heard, it is another matter.
    let mut matter = asked(Meeting::TelephoneConsultation, "2022-03-10 09:30", by_office()).begun();
    matter.ok("dan", &agree(Who::Person, Consent::Spoken));
    matter.ok("dan", &end(Ending::PersonLeft));
    assert!(!matter.case.held().unwrap().is_unheard);
}

#[test]
fn who_asks_for_another_office_is_offered_it() {
    let mut matter = interview();
    matter.ok("person", &commands(Deed::AskAnother));
    assert!(matter.needs().contains(&Need::OfferAnother));
    let offer = |cause| Command::Offer { slot: slot("south", "2026-07-11 09:30"), cause };
    assert_eq!(matter.no("dan", &offer(casework::case::Cause::Room)), "NotTried");
    matter.ok("dan", &offer(casework::case::Cause::Person));
    assert!(matches!(&matter.events.last().unwrap().what, What::Offered { cited, .. } if cited.is_empty()));
}

#[test]
fn a_companion_who_does_not_agree_goes_out_and_it_goes_on() {
    let mut matter = interview();
    matter.ok("dan", &matter.like(Deed::Accept));
    let mut matter = matter.ready();
    let ann = Command::Enter { party: Party::Companion, account: None, words: words() };
    matter.ok("dan", &ann);
    matter.ok("dan", &ann);
    let (ann, ben) = (Who::Present(3), Who::Present(4));
    let refuse = |who| Command::RefuseAgreement { who, words: words() };
    matter.ok("person", &refuse(ann));
    matter.ok("person", &agree(ben, Consent::Signed));
    assert_eq!(matter.no("dan", &Command::Start { recorded: true }), "NotReady", "another's yes is not hers");
    matter.ok("dan", &Command::Depart { present: 3 });
    matter.ok("dan", &Command::Start { recorded: true });
    // While it runs, it pauses for them, and the person's recording does not end.
    matter.ok("person", &refuse(ben));
    assert!(matter.case.recordings()[0].is_paused && matter.case.is_recorded_now());
    assert_eq!(matter.no("dan", &Command::Resume), "NotReady");
    matter.ok("dan", &Command::Depart { present: 4 });
    matter.ok("dan", &Command::Resume);
    // Staff agree in their own name, and it is not handed on.
    assert_eq!(matter.no("lea", &agree(Who::Present(2), Consent::Signed)), "NotNow");
    matter.ok("dan", &agree(Who::Present(2), Consent::Signed));
    matter.ok("lea", &commands(Deed::Swap));
    assert!(matter.case.present().iter().all(|one| one.account != Some(account("dan"))));
    assert_eq!(matter.no("lea", &Command::Resume), "NotNow", "whoever holds it now is not there");
    let enter = Command::Enter { party: Party::Professional, account: Some(account("lea")), words: words() };
    matter.ok("lea", &enter);
    assert_eq!(matter.no("lea", &Command::Resume), "NotReady", "and has not said that they are content");
    matter.ok("lea", &commands(Deed::SayContent));
    matter.ok("lea", &Command::Resume);
}

#[test]
fn a_meeting_ends_when_it_ended() {
    let mut matter = interview().begun();
    let started = matter.now;
    matter.now += 20 * HOUR;
    let end =
        |ended_micros| Command::End { ending: Ending::Finished, ended_micros: Some(ended_micros), words: words() };
    assert_eq!(matter.no("dan", &end(started - 1)), "NotNow");
    assert_eq!(matter.no("dan", &end(matter.now + DAY)), "NotNow");
    matter.ok("dan", &end(started + HOUR));
    assert_eq!(matter.case.held().unwrap().ended, Some((Ending::Finished, started + HOUR)));
}
