//! The person's word: that it counts when it is theirs, that nobody says it for them alone, that nothing they asked for is lost.
//!
//! Not how a case ends (`ends.rs`).
//! Invariant: in each row somebody would be worse off if it went otherwise.

use casework::CaseId;
use casework::case::{
    Adjustment, Asked, Asking, Because, Cause, Channel, Check, Command, Deed, Format, Language, Need, NotedOf, Outcome,
    Party, Refusal, RefusalGround, Stop, What,
};
use casework::custody::Words;
use rules::{Device, Doing, Meeting, Side};

use crate::support::BOOK;
use crate::world::{DAY, Matter, at, by_device, by_office, commands, slot, words};

/// A consultation of the time since 29 June 2026, which the office records unless the person does not want it.
fn by_default() -> Matter {
    Matter::planned(Meeting::FaceToFaceConsultation, "2026-07-01 12:00", "2026-07-10 09:30")
}

fn old() -> Matter {
    Matter::planned(Meeting::FaceToFaceConsultation, "2015-03-01 12:00", "2015-03-10 09:30")
}

fn interview() -> Matter {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    matter
}

fn own() -> Asking {
    Asking { devices: Vec::new(), ..by_device(Device::CanEdit) }
}

fn sides(matter: &Matter) -> Vec<Side> {
    matter.case.recordings_now().map(|one| one.side).collect()
}

#[test]
fn a_persons_own_recording_takes_nothing_from_the_offices() {
    let mut matter = by_default();
    matter.ok("person", &Command::Ask { asking: own(), words: words() });
    let request = matter.request();
    let notes = Asking { doing: Doing::TakeNotes, ..own() };
    assert_eq!(matter.no("person", &Command::ChangeRequest { request, asking: notes, words: words() }), "NotNow");
    let mut both = matter.clone().begun();
    assert_eq!(sides(&both), [Side::Person, Side::Office], "each is a recording of its own");
    // The office's can be stopped by the person, and theirs goes on.
    both.ok("person", &commands(Deed::OptOut));
    assert_eq!(both.case.recordings()[1].stopped, Some(Stop::OptedOut));
    assert!(both.case.recordings()[0].runs());
    // Opting out before leaves what they asked for.
    matter.ok("person", &commands(Deed::OptOut));
    assert!(matter.case.request().unwrap().is_open());
    assert_eq!(sides(&matter.begun()), [Side::Person]);
}

#[test]
fn so_much_a_day_is_taken_from_a_person_and_a_no_always() {
    let mut matter = interview();
    for at in 1..40 {
        matter.now += 1_000_000;
        let format = [Format::LargePrint, Format::Standard][at % 2];
        matter.ok("person", &Command::ChooseFormat { format, language: Language::English });
    }
    let more = Command::AskAnother { channel: Channel::Online, words: words() };
    assert_eq!(matter.no("person", &more), "SaidEnough");
    matter.clone().ok("dan", &more);
    let withdraw = matter.like(Deed::Withdraw);
    matter.clone().ok("person", &withdraw);
    // The first of the forty was said 39 seconds before.
    matter.now += DAY - 40_000_000;
    assert_eq!(matter.no("person", &more), "SaidEnough");
    matter.now += 1_000_000;
    matter.ok("person", &more);
    assert_eq!(matter.no("person", &more), "SaidEnough");
}

#[test]
fn no_means_no_whenever_it_is_said() {
    // Out, in again, and out while it runs.
    let mut matter = by_default();
    matter.ok("person", &commands(Deed::OptOut));
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    assert_eq!(matter.case.request().unwrap().asked, Asked::Accepted, "nobody has to decide what the rules do");
    assert!(!matter.case.has_opted_out());
    let mut matter = matter.begun();
    matter.ok("person", &commands(Deed::OptOut));
    assert!(!matter.case.is_recorded_now());
    assert!(matches!(matter.case.request().unwrap().asked, Asked::Withdrawn { .. }));
    // Who asked and wants it no more is not recorded because the office would anyway.
    let mut matter = by_default();
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    matter.ok("person", &matter.like(Deed::Withdraw));
    assert!(matter.case.has_opted_out());
    let mut matter = matter.ready();
    assert_eq!(matter.no("dan", &Command::Start { recorded: true }), "NotToBeRecorded");
    // And who thinks again is, without anybody's leave.
    matter.ok("person", &commands(Deed::OptIn));
    let mut matter = matter.ready();
    matter.ok("dan", &Command::Start { recorded: true });
    // A person who will not agree to it has said no.
    let mut matter = by_default();
    matter.ok("person", &commands(Deed::RefuseAgreement));
    assert!(matter.case.has_opted_out());
}

#[test]
fn one_clerks_word_is_not_the_persons() {
    // What is noted, and what it takes away.
    let mut offered = interview();
    offered.ok("dan", &commands(Deed::Offer));
    let mut begun = interview().begun();
    begun.ok("dan", &commands(Deed::StopRecording));
    let mut copied = interview().ended();
    copied.ok("dan", &commands(Deed::MakeCopies));
    let mut granted = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    granted.ok("ada", &commands(Deed::DecideAdjustment));
    let table = [
        (interview(), Deed::Withdraw),
        (interview(), Deed::ChangeRequest),
        (interview(), Deed::RefuseAgreement),
        (interview(), Deed::DeclineAnother),
        (interview(), Deed::Cancel),
        (by_default(), Deed::OptOut),
        (offered, Deed::AnswerOffer),
        (granted, Deed::Forgo),
        (begun, Deed::GoOn),
        (copied, Deed::RefuseCopy),
    ];
    for (matter, deed) in table {
        let command = matter.like(deed);
        let mut own = matter.clone();
        own.ok("person", &command);
        assert_eq!(own.case.noted(), [], "{deed}: it is theirs");
        let mut noted = matter.clone();
        let silent = without_words(command.clone());
        assert_eq!(noted.no("dan", &silent), "NoWords", "{deed}: staff say from where they know");
        noted.ok("dan", &command);
        let of = noted.case.noted()[0].number;
        assert!(noted.needs().contains(&Need::Confirm(of)), "{deed}");
        let confirm = Command::Confirm { of, words: words() };
        assert_eq!(noted.no("dan", &confirm), "SamePerson", "{deed}");
        for by in ["person", "lea"] {
            let mut confirmed = noted.clone();
            confirmed.ok(by, &confirm);
            assert!(confirmed.case.noted().is_empty(), "{deed}");
        }
        // Disowned, it is as if it had not been said.
        let before = matter.case.clone();
        noted.ok("person", &Command::Disown { of, words: words() });
        assert!(noted.case.noted().is_empty(), "{deed}");
        let asked = |case: &casework::case::Case| case.request().map(|request| request.asked.clone());
        assert_eq!(asked(&noted.case), asked(&before), "{deed}");
        assert_eq!(
            (noted.case.has_opted_out(), noted.case.phase(), noted.case.outcome()),
            (before.has_opted_out(), before.phase(), before.outcome()),
            "{deed}"
        );
    }
    // Until then it does not begin without what they asked for.
    let mut matter = interview();
    matter.ok("dan", &matter.like(Deed::Withdraw));
    matter.on_time();
    matter.both();
    assert_eq!(matter.no("dan", &Command::Start { recorded: false }), "NotReady");
    assert!(matches!(matter.case.noted()[0].of, NotedOf::Withdrawal { .. }));
}

fn without_words(command: Command) -> Command {
    let words = Words::default();
    match command {
        Command::Withdraw { request, why, channel, .. } => Command::Withdraw { request, why, channel, words },
        Command::ChangeRequest { request, asking, .. } => Command::ChangeRequest { request, asking, words },
        Command::RefuseAgreement { who, .. } => Command::RefuseAgreement { who, words },
        Command::DeclineAnother { channel, .. } => Command::DeclineAnother { channel, words },
        Command::Cancel { channel, .. } => Command::Cancel { channel, words },
        Command::OptOut { channel, .. } => Command::OptOut { channel, words },
        Command::AnswerOffer { offer, accepted, channel, .. } => {
            Command::AnswerOffer { offer, accepted, channel, words }
        }
        Command::Forgo { channel, .. } => Command::Forgo { channel, words },
        Command::GoOn { goes_on, channel, .. } => Command::GoOn { goes_on, channel, words },
        Command::RefuseCopy { recording, channel, .. } => Command::RefuseCopy { recording, channel, words },
        other => other,
    }
}

#[test]
fn it_is_recorded_under_the_rules_of_its_own_day() {
    let mut matter = Matter::planned(Meeting::FaceToFaceConsultation, "2026-06-20 12:00", "2026-06-26 09:30");
    let enter = Command::Enter { party: Party::Person, account: None, words: words() };
    assert_eq!(matter.no("dan", &enter), "BadSlot", "days before");
    matter.on_time();
    matter.both();
    matter.now = at("2026-06-30 09:30");
    assert_eq!(matter.no("dan", &Command::Start { recorded: false }), "BadSlot");
    // Moved to now it is under the rules of now; by the team leader, for its time went by.
    let slot = slot("north", "2026-06-30 09:30");
    let moved = Command::Move { slot, cause: Cause::Office, words: words() };
    assert_eq!(matter.no("dan", &moved), "BadSlot");
    matter.ok("lea", &moved);
    assert!(matter.before_start().contains(&Need::ExplainOptOut));
}

#[test]
fn notice_that_was_given_is_not_lost() {
    let same_day = |matter: &Matter| matter.case.is_same_day(matter.case.request().unwrap(), &BOOK).unwrap();
    // Asked on the day, and moved: it is not the day any more.
    let mut matter = old();
    matter.now = at("2015-03-10 08:00");
    matter.ok("person", &Command::Ask { asking: own(), words: words() });
    assert!(same_day(&matter));
    let (request, ground) = (matter.request(), RefusalGround::SameDay);
    let propose = Command::ProposeRefusal { request, ground, words: words() };
    let to = |text| Command::Move { slot: slot("north", text), cause: Cause::SameDay, words: words() };
    let mut open = matter.clone();
    open.ok("dan", &to("2015-03-20 09:30"));
    assert_eq!(open.no("dan", &propose), "NoGround");
    // Refused for the day and moved for it: the request waits again.
    matter.ok("dan", &propose);
    matter.ok("lea", &Command::ApproveRefusal { request, ground });
    matter.ok("dan", &Command::Offer { slot: slot("north", "2015-03-20 09:30"), cause: Cause::SameDay });
    let Command::AnswerOffer { offer, channel, words: said, .. } = matter.like(Deed::AnswerOffer) else {
        unreachable!()
    };
    matter.ok("person", &Command::AnswerOffer { offer, accepted: true, channel, words: said });
    assert!(matter.case.request().unwrap().is_open());
    // Another device, or no and yes again, on the day: whoever said it before has said it before.
    let mut matter = old();
    matter.ok("person", &Command::Ask { asking: own(), words: words() });
    matter.now = at("2015-03-10 08:00");
    let mut changed = matter.clone();
    changed.ok("person", &changed.like(Deed::ChangeRequest));
    assert!(!same_day(&changed));
    matter.ok("person", &matter.like(Deed::Withdraw));
    matter.ok("person", &Command::Ask { asking: own(), words: words() });
    assert!(!same_day(&matter));
    // What was accepted for a day whose rules allowed it is decided again for one whose rules do not.
    let mut matter = Matter::planned(Meeting::FaceToFaceConsultation, "2020-12-20 12:00", "2021-01-05 09:30");
    matter.ok("person", &Command::Ask { asking: by_device(Device::Smartphone), words: words() });
    matter.ok("dan", &matter.like(Deed::Accept));
    matter.ok("dan", &to("2020-12-30 09:30"));
    assert!(matter.case.request().unwrap().is_open());
}

#[test]
fn the_office_does_not_lose_a_request_by_cancelling() {
    let cancel = commands(Deed::Close);
    let mut matter = interview();
    assert_eq!(matter.no("dan", &cancel), "NotThatOutcome");
    matter.ok("dan", &commands(Deed::Offer));
    assert_eq!(matter.no("dan", &cancel), "NotThatOutcome", "an offer is no answer");
    matter.ok("dan", &matter.like(Deed::AnswerOffer));
    assert_eq!(matter.no("dan", &cancel), "NotThatOutcome", "nor is a clerk's word");
    matter.ok("lea", &matter.like(Deed::Confirm));
    matter.ok("dan", &cancel);
    assert!(matter.needs().contains(&Need::PlanAgain));
    // The case that follows has what was asked for, as it was.
    let carried = matter.case.carried();
    let since = carried.since_micros;
    let Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, words: said, .. } =
        crate::world::plan(Meeting::Interview, "2026-07-20 09:30")
    else {
        unreachable!()
    };
    let mut next = Matter::new("2026-07-10 12:00");
    next.case = casework::case::Case::absent(CaseId([12; 16]));
    let follows = Some(carried);
    next.ok(
        "dan",
        &Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, follows, words: said },
    );
    let request = next.case.request().unwrap();
    assert_eq!((&request.asking, Some(request.since_micros)), (&by_office(), since));
    next.ok("dan", &next.like(Deed::Accept));
    matter.ok("dan", &commands(Deed::NoteFollowed));
    assert!(!matter.needs().contains(&Need::PlanAgain));
}

#[test]
fn an_adjustment_is_not_lost() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.ok("dan", &commands(Deed::CarryAdjustment));
    assert_eq!(matter.case.adjustment(), Adjustment::Granted { from: Some(CaseId([2; 16])) });
    assert!(matter.before_start().contains(&Need::AskPerson), "do they want it this time?");
    let mut unasked = matter.clone();
    unasked.on_time();
    unasked.both();
    assert_eq!(unasked.no("dan", &Command::Start { recorded: false }), "NotReady");
    unasked.ok("person", &commands(Deed::Forgo));
    unasked.ok("dan", &Command::Start { recorded: false });
    // Denied, and claimed again with something new; and said later of a request that did not say it.
    let mut matter = old();
    matter.ok("person", &Command::Ask { asking: by_device(Device::Smartphone), words: words() });
    matter.ok("person", &commands(Deed::ClaimAdjustment));
    let deny = Command::DecideAdjustment { granted: false, words: words() };
    matter.ok("ada", &deny);
    matter.ok("person", &commands(Deed::ClaimAdjustment));
    assert_eq!(matter.case.adjustment(), Adjustment::Claimed);
    matter.ok("ada", &commands(Deed::DecideAdjustment));
    matter.ok("ada", &deny);
    assert_eq!(matter.case.adjustment(), Adjustment::Denied, "the adviser puts a mistake right");
}

#[test]
fn who_asks_while_it_goes_on_is_heard() {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-10 08:00", "2026-07-10 09:30");
    matter.on_time();
    matter.both();
    matter.ok("dan", &Command::Start { recorded: false });
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    assert_eq!(matter.no("dan", &commands(Deed::End)), "NotReady", "nobody has answered");
    matter.ok("dan", &matter.like(Deed::Accept));
    assert_eq!(matter.no("dan", &Command::StartRecording), "NotReady", "it takes what a beginning takes");
    // Where that cannot be had at once, there is another day in the same case.
    let mut later = matter.clone();
    later.ok("dan", &commands(Deed::End));
    assert_eq!(later.no("dan", &Command::Close { outcome: Outcome::NotRecorded, words: words() }), "NotReady");
    later.ok("dan", &later.like(Deed::Continue));
    assert_eq!(later.case.request().unwrap().asked, Asked::Accepted);
    for need in matter.before(casework::case::Before::Recording) {
        matter.answer(need);
    }
    matter.ok("dan", &Command::StartRecording);
    assert!(!matter.case.recordings()[0].from_start);
}

#[test]
fn nobody_takes_an_offer_that_they_did_not_see() {
    let mut matter = interview();
    matter.ok("dan", &commands(Deed::Offer));
    let seen = matter.case.appointment().unwrap().offered().unwrap().number;
    matter.ok("dan", &Command::Offer { slot: slot("north", "2026-07-18 09:30"), cause: Cause::Staff });
    let offers = matter.case.appointment().unwrap().offers.clone();
    assert_eq!((offers.len(), offers[0].answer), (2, Some(casework::case::Answer::Lapsed)));
    let answer = |offer| Command::AnswerOffer { offer, accepted: true, channel: Channel::Online, words: words() };
    assert_eq!(matter.no("person", &answer(seen)), "SubjectChanged");
    let now = offers[1].number;
    matter.office.revoke("dan", casework::Role::Interviewer);
    assert_eq!(matter.no("person", &answer(now)), "NotYours", "who would hold it does not any more");
}

#[test]
fn who_records_is_who_the_rules_say() {
    // Kind, day, device, whether it is accepted, a ground that is borne out.
    use Meeting::{FaceToFaceConsultation as Consultation, Interview, TelephoneConsultation as Telephone};
    let table: &[(Meeting, &str, Asking, &str, Option<RefusalGround>)] = &[
        (Consultation, "2015-03-10", by_office(), "NotSo", Some(RefusalGround::OfficeDoesNot)),
        (Consultation, "2015-03-10", own(), "", None),
        (Telephone, "2020-12-10", by_office(), "", None),
        (Telephone, "2020-12-10", own(), "Rules", Some(RefusalGround::NoRule)),
        (Interview, "2026-07-10", by_office(), "", None),
        (Interview, "2026-07-10", own(), "", None),
        (Consultation, "2022-03-10", by_office(), "", None),
        (Meeting::VideoConsultation, "2026-07-10", by_office(), "NotSo", Some(RefusalGround::OfficeDoesNot)),
    ];
    for (row, (meeting, day, asking, accepted, ground)) in (1..).zip(table) {
        let mut matter = Matter::new("2015-03-02 12:00");
        matter.now = at(&format!("{day} 09:30")) - 5 * DAY;
        matter.ok("dan", &crate::world::plan(*meeting, &format!("{day} 09:30")));
        matter.ok("person", &Command::Ask { asking: asking.clone(), words: words() });
        for other in RefusalGround::ALL {
            let propose = Command::ProposeRefusal { request: matter.request(), ground: *other, words: words() };
            let result = matter.clone().act("dan", &propose);
            assert_eq!(result.is_ok(), *ground == Some(*other), "row {row} {other}");
        }
        match accepted.is_empty() {
            true => matter.ok("dan", &matter.like(Deed::Accept)),
            false => assert_eq!(matter.no("dan", &matter.like(Deed::Accept)), *accepted, "row {row}"),
        }
    }
}

#[test]
fn letters_are_in_the_form_in_which_the_person_reads() {
    let mut matter = interview();
    matter.ok("dan", &matter.like(Deed::Accept));
    matter.ok("dan", &commands(Deed::IssueLetter));
    let letter = Need::Letter(rules::Letter::Recording);
    assert!(!matter.before_start().contains(&letter));
    matter.ok("person", &commands(Deed::ChooseFormat));
    assert!(matter.before_start().contains(&letter));
    let (clear, private) = matter.events.last().unwrap().split();
    assert!(!String::from_utf8(clear).unwrap().contains("large"), "which form is nobody else's to read");
    assert!(String::from_utf8(private.unwrap()).unwrap().contains("large-print cy"));
    matter.ok("dan", &commands(Deed::IssueLetter));
    assert!(!matter.before_start().contains(&letter));
}

#[test]
fn something_that_happens_while_it_goes_on_is_on_the_record() {
    let mut matter = interview().begun();
    matter.ok("dan", &commands(Deed::NoteIncident));
    assert!(matter.case.recordings()[0].is_paused);
    matter.ok("dan", &Command::AssignRoom { room: "room-2".parse().unwrap(), is_private: true });
    assert_eq!(matter.no("dan", &Command::Resume), "NotReady", "nobody has looked at that room");
    for check in [Check::PrivateRoom, Check::NobodyElseHeard, Check::Recorder, Check::RecorderMedium] {
        matter.answer(Need::Look(check));
    }
    matter.ok("dan", &Command::Resume);
    matter.ok("dan", &Command::Depart { present: 1 });
    assert!(matter.case.recordings()[0].is_paused, "the person is out");
    assert_eq!(matter.no("dan", &Command::Resume), "NotNow");
    match matter.act("dan", &commands(Deed::End)) {
        Err(Refusal::NotNow(because)) => assert_eq!(because, Because::PersonAway),
        other => panic!("{other:?}"),
    }
    assert_eq!(matter.case.incidents().len(), 1);
    assert!(matches!(matter.events.last().unwrap().what, What::Left { .. }));
}
