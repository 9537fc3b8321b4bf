//! What may not be: one row for each, with the refusal that comes.
//!
//! Not who may do what in which part of a case's life (`matrix.rs`).
//! Invariant: in every row the same command is done where it may be, so that it is refused for the reason that is named.

use casework::Digest;
use casework::case::{
    Asking, Carrier, Cause, Channel, Command, Deed, Outcome, Party, RefusalGround, SidesCopy, Slot, Stop, Withdrawal,
};
use casework::custody::{Verdict, Words};
use rules::{Device, Doing, Meeting, Side};

use crate::world::{DAY, HOUR, Matter, at, by_device, by_office, commands, copies, plan, slot, words};

fn asked(meeting: Meeting, now: &str, starts: &str, asking: Asking) -> Matter {
    let mut matter = Matter::planned(meeting, now, starts);
    matter.ok("dan", &Command::Ask { asking, words: words() });
    matter
}

fn interview() -> Matter {
    asked(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30", by_office())
}

#[test]
fn a_refusal_needs_a_ground_that_a_rule_bears_out() {
    use Meeting::{FaceToFaceConsultation as Consultation, Interview};
    use RefusalGround::{Barred, Device as NotAllowed, NoRule, OfficeDoesNot, SameDay};
    let video = || Asking { doing: Doing::RecordVideo, ..by_device(Device::CanRecordVideo) };
    let open = || Asking { doing: Doing::RecordInOpenPlan, ..by_device(Device::Smartphone) };
    let phone = || by_device(Device::Smartphone);
    // Kind, asked on, meeting on, what is asked, ground, refusal.
    let table: &[(Meeting, &str, &str, Asking, RefusalGround, &str)] = &[
        (Consultation, "2015-03-10", "2015-03-10", phone(), SameDay, ""),
        (Consultation, "2015-03-09", "2015-03-10", phone(), SameDay, "NoGround"),
        (Interview, "2014-08-04", "2014-08-04", phone(), SameDay, "NoGround"),
        (Consultation, "2015-03-09", "2015-03-10", phone(), NotAllowed, ""),
        (Consultation, "2015-03-09", "2015-03-10", by_office(), NotAllowed, "NoGround"),
        (Consultation, "2022-03-09", "2022-03-10", phone(), NotAllowed, "NoGround"),
        (Interview, "2026-07-01", "2026-07-10", phone(), NotAllowed, "NoGround"),
        (Consultation, "2015-03-09", "2015-03-10", video(), Barred, ""),
        (Consultation, "2022-03-09", "2022-03-10", video(), Barred, ""),
        (Consultation, "2022-03-09", "2022-03-10", phone(), Barred, "NoGround"),
        (Interview, "2026-07-01", "2026-07-10", open(), Barred, ""),
        (Consultation, "2015-03-09", "2015-03-10", by_office(), OfficeDoesNot, ""),
        (Consultation, "2022-03-09", "2022-03-10", by_office(), OfficeDoesNot, "NoGround"),
        (Consultation, "2015-03-09", "2015-03-10", phone(), OfficeDoesNot, "NoGround"),
        (Interview, "2026-07-01", "2026-07-10", phone(), NoRule, "NoGround"),
        (Interview, "2010-07-01", "2010-07-10", phone(), NoRule, ""),
        (Interview, "2010-07-01", "2010-07-10", phone(), SameDay, "Rules"),
    ];
    for (row, (meeting, now, on, asking, ground, refusal)) in (1..).zip(table) {
        let mut matter = asked(*meeting, &format!("{now} 08:00"), &format!("{on} 12:30"), asking.clone());
        let propose = Command::ProposeRefusal { ground: *ground, words: words() };
        if refusal.is_empty() {
            matter.ok("dan", &propose);
            matter.ok("lea", &Command::ApproveRefusal { ground: *ground });
        } else {
            assert_eq!(matter.no("dan", &propose), *refusal, "row {row}");
        }
    }
}

#[test]
fn a_refusal_takes_two_people_who_find_the_same() {
    let mut matter =
        asked(Meeting::FaceToFaceConsultation, "2015-03-10 08:00", "2015-03-10 12:30", by_device(Device::Smartphone));
    let ground = RefusalGround::SameDay;
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { ground }), "NotProposed");
    assert_eq!(matter.no("lea", &Command::ProposeRefusal { ground, words: Words::default() }), "NoWords");
    matter.ok("lea", &Command::ProposeRefusal { ground, words: words() });
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { ground }), "SamePerson");
    let other = RefusalGround::Device;
    matter.ok("dan", &Command::ProposeRefusal { ground: other, words: words() });
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { ground }), "SubjectChanged");
    matter.ok("lea", &Command::ApproveRefusal { ground: other });
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { ground: other }), "NotNow");
    assert_eq!(matter.no("dan", &Command::Accept), "NotNow");
}

#[test]
fn an_appointment_is_planned_before_it_begins() {
    let with = |change: fn(&mut Slot)| {
        let Command::Plan { reference, meeting, jurisdiction, business, mut slot, adjustment_from, words } =
            plan(Meeting::Interview, "2026-07-10 09:30")
        else {
            unreachable!()
        };
        change(&mut slot);
        Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, words }
    };
    type Row = (&'static str, fn(&mut Slot), &'static str);
    let table: &[Row] = &[
        ("as it is", |_| {}, ""),
        ("over before it begins", |slot| slot.ends_micros = slot.starts_micros, "BadSlot"),
        ("longer than a day", |slot| slot.ends_micros = slot.starts_micros + DAY + 1, "BadSlot"),
        ("a day", |slot| slot.ends_micros = slot.starts_micros + DAY, ""),
        ("yesterday", |slot| slot.starts_micros = at("2026-06-30 12:00"), "BadSlot"),
        (
            "just now",
            |slot| (slot.starts_micros, slot.ends_micros) = (at("2026-07-01 11:56"), at("2026-07-01 13:00")),
            "",
        ),
        (
            "in six years",
            |slot| (slot.starts_micros, slot.ends_micros) = (at("2032-07-10 09:30"), at("2032-07-10 10:30")),
            "BadSlot",
        ),
        ("far out", |slot| (slot.starts_micros, slot.ends_micros) = (i64::MAX - 1, i64::MAX), "BadSlot"),
        ("before all time", |slot| (slot.starts_micros, slot.ends_micros) = (i64::MIN, i64::MAX), "BadSlot"),
        ("by nobody", |slot| slot.staff = "nobody".parse().unwrap(), "NoAccount"),
        ("by who holds none", |slot| slot.staff = "aud".parse().unwrap(), "NotYours"),
    ];
    for (what, change, refusal) in table {
        let mut matter = Matter::new("2026-07-01 12:00");
        match refusal.is_empty() {
            true => matter.ok("dan", &with(*change)),
            false => assert_eq!(matter.no("dan", &with(*change)), *refusal, "{what}"),
        }
    }
}

#[test]
fn a_meeting_begins_only_when_everything_is_there() {
    let ready = || {
        let mut matter = interview();
        matter.ok("dan", &Command::Accept);
        matter.ready()
    };
    let start = Command::Start { recorded: true };
    // What is taken away again, and the refusal.
    let table: &[(&str, &str, Command, &str)] = &[
        ("the room is lost", "dan", commands(Deed::LoseRoom), "NotReady"),
        (
            "others can be heard",
            "dan",
            Command::AssignRoom { room: "hall".parse().unwrap(), is_private: false },
            "NotReady",
        ),
        ("it changes hands", "lea", commands(Deed::Swap), "NotReady"),
        (
            "the device is not right",
            "dan",
            Command::Look { check: casework::case::Check::Device, good: false, words: words() },
            "NotReady",
        ),
        (
            "a companion does not agree",
            "person",
            Command::RefuseAgreement { party: Party::Companion, words: Words::default() },
            "NotReady",
        ),
        ("nobody holds it", "dan", Command::Depart { party: Party::Professional }, "NotNow"),
        (
            "the person wants it no more",
            "person",
            Command::Withdraw { why: Withdrawal::OwnWish, words: Words::default() },
            "NotToBeRecorded",
        ),
        ("it is another day", "dan", commands(Deed::Move), "BadSlot"),
    ];
    ready().ok("dan", &start);
    for (what, by, command, refusal) in table {
        let mut matter = ready();
        matter.ok(by, command);
        assert_eq!(matter.no("lea", &start), *refusal, "{what}");
    }
    assert_eq!(ready().no("dan", &Command::Start { recorded: false }), "IsToBeRecorded");
    let mut undecided = interview();
    undecided.now = at("2026-07-10 09:30");
    for party in [Party::Person, Party::Professional] {
        undecided.ok("dan", &Command::Enter { party, words: words() });
    }
    for recorded in [true, false] {
        assert_eq!(undecided.no("dan", &Command::Start { recorded }), "NotReady", "the request waits");
    }
}

#[test]
fn what_no_rule_covers_is_not_recorded() {
    let mut matter = asked(Meeting::Interview, "2010-07-01 12:00", "2010-07-10 09:30", by_office());
    assert_eq!(matter.no("dan", &Command::Accept), "Rules");
    assert_eq!(matter.no("dan", &commands(Deed::ExplainOptOut)), "Rules");
    let mut matter = asked(
        Meeting::Interview,
        "2026-07-01 12:00",
        "2026-07-10 09:30",
        Asking { doing: Doing::RecordVideo, ..by_office() },
    );
    assert!(["NotSo", "NotToBeRecorded"].contains(&&*matter.no("dan", &Command::Accept)));
}

#[test]
fn copies_are_alike_checked_and_given_once() {
    let mut matter = interview().ended();
    let copy =
        |side, carrier, digest: Option<u8>| SidesCopy { side, carrier, digest: digest.map(|byte| Digest([byte; 32])) };
    let make = |copies: Vec<SidesCopy>| Command::MakeCopies { recording: Some(Digest([4; 32])), copies };
    let (person, office) = (Side::Person, Side::Office);
    let table: &[(&str, Vec<SidesCopy>, &str)] = &[
        ("none", vec![], "NotNow"),
        ("one side twice", vec![copies()[0].clone(), copies()[0].clone()], "NotNow"),
        ("not alike", vec![copy(person, Carrier::File, Some(1)), copy(office, Carrier::File, Some(2))], "CopiesDiffer"),
        ("a file without a digest", vec![copy(person, Carrier::File, None)], "NoWords"),
        ("a disc and a file", vec![copy(person, Carrier::Cd, Some(1)), copy(office, Carrier::File, Some(1))], ""),
        ("two tapes", vec![copy(person, Carrier::Cassette, None), copy(office, Carrier::Cassette, None)], ""),
    ];
    for (what, copies, refusal) in table {
        let mut matter = matter.clone();
        match refusal.is_empty() {
            true => matter.ok("dan", &make(copies.clone())),
            false => assert_eq!(matter.no("dan", &make(copies.clone())), *refusal, "{what}"),
        }
    }
    assert_eq!(matter.no("dan", &commands(Deed::HandOver)), "NotNow", "there is none yet");
    matter.ok("dan", &commands(Deed::MakeCopies));
    assert_eq!(matter.no("dan", &commands(Deed::HandOver)), "NotNow", "nobody has looked");
    matter.ok("person", &Command::CheckCopy { side: person, verdict: Verdict::NotIntact });
    assert_eq!(matter.no("dan", &commands(Deed::HandOver)), "NotNow", "it does not hold");
    // Made again, everything is looked at again.
    matter.ok("dan", &commands(Deed::MakeCopies));
    assert!(matter.case.copies().unwrap().checked.is_empty());
    matter.ok("person", &commands(Deed::CheckCopy));
    assert_eq!(matter.no("program", &commands(Deed::Keep)), "NotNow", "the office's was not looked at");
    matter.ok("person", &commands(Deed::HandOver));
    assert_eq!(matter.no("person", &commands(Deed::HandOver)), "AlreadySo");
    assert_eq!(matter.no("person", &commands(Deed::RefuseCopy)), "AlreadySo");
    assert_eq!(matter.no("dan", &commands(Deed::MakeCopies)), "NotNow", "what is handed over is not made again");
}

#[test]
fn an_outcome_is_what_happened() {
    use Outcome::{CancelledByOffice, CancelledByPerson, Moved, NotAttended, NotRecorded, Recorded, RecordedInPart};
    let close = |outcome| Command::Close { outcome, words: words() };
    let planned = interview;
    let mut late = interview();
    late.now = at("2026-07-10 10:00");
    let held = || {
        let mut matter = interview();
        matter.ok("person", &commands(Deed::Withdraw));
        let mut matter = matter.ready();
        matter.ok("dan", &Command::Start { recorded: false });
        matter.ok("dan", &commands(Deed::End));
        matter
    };
    let part = || {
        let mut matter = interview().begun();
        matter.ok("dan", &Command::StopRecording { stop: Stop::NoMedium, words: words() });
        matter.ok("dan", &commands(Deed::End));
        matter
    };
    let table: Vec<(&str, Matter, &[Outcome])> = vec![
        ("planned", planned(), &[CancelledByPerson, CancelledByOffice]),
        ("its time has come", late, &[NotAttended, CancelledByPerson, CancelledByOffice]),
        ("held", held(), &[NotRecorded]),
        ("a part of it", part(), &[RecordedInPart, NotRecorded]),
        ("whole", interview().handed_over(), &[Recorded]),
    ];
    for (what, matter, fit) in table {
        for outcome in Outcome::ALL {
            let mut matter = matter.clone();
            match fit.contains(outcome) {
                true => matter.ok("dan", &close(*outcome)),
                false => assert_eq!(matter.no("dan", &close(*outcome)), "NotThatOutcome", "{what} {outcome}"),
            }
        }
    }
    let mut matter = planned();
    let unexplained = Command::Close { outcome: CancelledByOffice, words: Words::default() };
    assert_eq!(matter.no("dan", &unexplained), "NoWords");
    assert_eq!(matter.no("dan", &close(Moved)), "NotThatOutcome");
}

#[test]
fn nothing_is_decided_by_a_clock_that_went_back() {
    let mut matter = interview();
    matter.now += DAY;
    matter.ok("dan", &commands(Deed::AssignRoom));
    matter.now -= HOUR;
    assert_eq!(matter.no("dan", &Command::Accept), "ClockBack");
    matter.ok("dan", &commands(Deed::OfferResolution));
    assert_eq!(matter.events.last().unwrap().behind_micros, Some(HOUR), "what is only noted says so");
}

#[test]
fn who_asks_again_and_who_offers_nothing_are_told() {
    let mut matter = interview();
    assert_eq!(matter.no("person", &commands(Deed::Ask)), "NotNow");
    assert_eq!(matter.no("person", &commands(Deed::AnswerOffer)), "NotNow");
    assert_eq!(matter.no("person", &commands(Deed::AnswerResolution)), "NotNow");
    assert_eq!(matter.no("person", &commands(Deed::OptOut)), "NotNow", "a request stands");
    assert_eq!(matter.no("ada", &commands(Deed::DecideAdjustment)), "NotNow");
    matter.ok("person", &commands(Deed::Withdraw));
    assert_eq!(matter.no("person", &commands(Deed::Withdraw)), "NotNow");
    assert_eq!(matter.no("person", &commands(Deed::OptOut)), "NotNow", "nobody records unasked");
    let twice = Asking { devices: vec![Device::Tablet], ..by_office() };
    assert_eq!(matter.no("dan", &Command::Ask { asking: twice, words: words() }), "NotNow");
    let now = Command::Move { slot: slot("north", "2026-07-10 09:30"), cause: Cause::Office, words: words() };
    assert_eq!(matter.no("lea", &now), "BadSlot");
    let mut begun = interview().begun();
    for (deed, refusal) in [(Deed::Resume, "NotNow"), (Deed::GoOn, "NotNow")] {
        assert_eq!(begun.no("dan", &commands(deed)), refusal);
    }
    let stop = Command::StopRecording { stop: Stop::OptedOut, words: words() };
    assert_eq!(begun.no("dan", &stop), "NotNow", "only the person says so");
    begun.ok("dan", &commands(Deed::Pause));
    assert_eq!(begun.no("dan", &commands(Deed::Pause)), "NotNow");
    begun.ok("dan", &commands(Deed::Resume));
    begun.ok("dan", &commands(Deed::StopRecording));
    assert_eq!(begun.no("dan", &commands(Deed::StopRecording)), "NotNow");
    let explain = Command::ExplainOptOut { channel: Channel::Post };
    assert_eq!(interview().no("dan", &explain), "NotNow");
}
