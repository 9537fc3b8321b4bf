//! What may not be: one row for each, with the refusal that comes.
//!
//! Not who may do what in which part of a case's life (`matrix.rs`).
//! Invariant: in every row the same command is done where it may be, so that it is refused for the reason that is named.

use casework::Digest;
use casework::case::{
    Asking, Carrier, Cause, Channel, Check, Command, Deed, Outcome, RefusalGround, SidesCopy, Slot, Stop, Who,
    Withdrawal,
};
use casework::custody::{Verdict, Words};
use rules::{Device, Doing, Meeting, Side};

use crate::world::{DAY, HOUR, Matter, at, by_device, by_office, commands, copies, handed, plan, slot, words};

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
        let request = matter.request();
        let propose = Command::ProposeRefusal { request, ground: *ground, words: words() };
        if refusal.is_empty() {
            matter.ok("dan", &propose);
            matter.ok("lea", &Command::ApproveRefusal { request, ground: *ground });
        } else {
            assert_eq!(matter.no("dan", &propose), *refusal, "row {row}");
        }
    }
}

#[test]
fn a_refusal_takes_two_people_who_find_the_same() {
    let mut matter =
        asked(Meeting::FaceToFaceConsultation, "2015-03-10 08:00", "2015-03-10 12:30", by_device(Device::Smartphone));
    let (ground, request) = (RefusalGround::SameDay, matter.request());
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { request, ground }), "NotProposed");
    assert_eq!(matter.no("lea", &Command::ProposeRefusal { request, ground, words: Words::default() }), "NoWords");
    matter.ok("lea", &Command::ProposeRefusal { request, ground, words: words() });
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { request, ground }), "SamePerson");
    let other = RefusalGround::Device;
    matter.ok("dan", &Command::ProposeRefusal { request, ground: other, words: words() });
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { request, ground }), "SubjectChanged");
    matter.ok("lea", &Command::ApproveRefusal { request, ground: other });
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { request, ground: other }), "NotNow");
    assert_eq!(matter.no("dan", &Command::Accept { request }), "NotNow");
    // Another request is another one.
    matter.ok("person", &commands(Deed::Ask));
    assert_eq!(matter.no("dan", &Command::Accept { request }), "SubjectChanged");
    // Whoever proposed it and has left says no with nobody.
    let mut matter =
        asked(Meeting::FaceToFaceConsultation, "2015-03-10 08:00", "2015-03-10 12:30", by_device(Device::Smartphone));
    let request = matter.request();
    matter.ok("dan", &Command::ProposeRefusal { request, ground, words: words() });
    matter.office.revoke("dan", casework::Role::Interviewer);
    assert_eq!(matter.no("lea", &Command::ApproveRefusal { request, ground }), "NotProposed");
}

#[test]
fn an_appointment_is_planned_before_it_begins() {
    let with = |change: fn(&mut Slot)| {
        let Command::Plan { reference, meeting, jurisdiction, business, mut slot, adjustment_from, follows, words } =
            plan(Meeting::Interview, "2026-07-10 09:30")
        else {
            unreachable!()
        };
        change(&mut slot);
        Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, follows, words }
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
        matter.ok("dan", &matter.like(Deed::Accept));
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
        ("it changes hands, and whoever sits there is not whoever holds it", "lea", commands(Deed::Swap), "NotNow"),
        (
            "the recorder is not right",
            "dan",
            Command::Look { check: Check::Recorder, good: false, devices: Vec::new(), words: words() },
            "NotReady",
        ),
        (
            "another private room, at which nobody looked",
            "dan",
            Command::AssignRoom { room: "room-2".parse().unwrap(), is_private: true },
            "NotReady",
        ),
        (
            "it is the person's device now, which nobody allowed",
            "person",
            Command::ChangeRequest { request: 2, asking: by_device(Device::CanEdit), words: words() },
            "NotReady",
        ),
        (
            "the person does not agree",
            "person",
            Command::RefuseAgreement { who: Who::Person, words: words() },
            "NotReady",
        ),
        ("nobody holds it", "dan", Command::Depart { present: 2 }, "NotNow"),
        (
            "the person wants it no more",
            "person",
            Command::Withdraw {
                request: 2,
                why: Withdrawal::OwnWish,
                channel: Channel::InPerson,
                words: Words::default(),
            },
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
    undecided.both();
    for recorded in [true, false] {
        assert_eq!(undecided.no("dan", &Command::Start { recorded }), "NotReady", "the request waits");
    }
}

#[test]
fn a_look_and_a_day_do_not_last() {
    let mut matter = interview();
    matter.ok("dan", &matter.like(Deed::Accept));
    let ready = matter.ready();
    let start = Command::Start { recorded: true };
    let mut old = ready.clone();
    old.now += 2 * HOUR + 1;
    assert_eq!(old.no("dan", &start), "NotReady", "nobody has looked for two hours");
    let mut late = ready.clone();
    late.now += DAY;
    assert_eq!(late.no("dan", &start), "BadSlot", "the rules are those of another day");
}

#[test]
fn what_no_rule_covers_is_not_recorded() {
    let mut matter = asked(Meeting::Interview, "2010-07-01 12:00", "2010-07-10 09:30", by_office());
    assert_eq!(matter.no("dan", &matter.like(Deed::Accept)), "Rules");
    assert_eq!(matter.no("dan", &commands(Deed::ExplainOptOut)), "Rules");
    let mut matter = asked(
        Meeting::Interview,
        "2026-07-01 12:00",
        "2026-07-10 09:30",
        Asking { doing: Doing::RecordVideo, ..by_office() },
    );
    assert_eq!(matter.no("dan", &matter.like(Deed::Accept)), "NotToBeRecorded");
}

#[test]
fn copies_are_alike_checked_and_given_once() {
    let mut matter = interview().ended();
    let copy =
        |side, carrier, digest: Option<u8>| SidesCopy { side, carrier, digest: digest.map(|byte| Digest([byte; 32])) };
    let made = |copies: Vec<SidesCopy>, compared| Command::MakeCopies {
        recording: 1,
        id: Some(Digest([4; 32])),
        copies,
        compared,
    };
    let make = |copies| made(copies, false);
    let (person, office) = (Side::Person, Side::Office);
    let (file, cassette) = (Carrier::File, Carrier::Cassette);
    let both = copies(Carrier::File);
    let table: &[(&str, Command, &str)] = &[
        ("none", make(vec![]), "NotNow"),
        ("one side twice", make(vec![both[0].clone(), both[0].clone()]), "NotNow"),
        ("one side only", make(vec![both[0].clone()]), "NotNow"),
        ("the other side only", make(vec![both[1].clone()]), "NotNow"),
        ("not alike", make(vec![copy(person, file, Some(1)), copy(office, file, Some(2))]), "CopiesDiffer"),
        ("a file without a digest", make(vec![copy(person, file, None), copy(office, file, Some(1))]), "NoWords"),
        ("a disc and a file", make(vec![copy(person, Carrier::Cd, Some(1)), copy(office, file, Some(1))]), ""),
        ("tapes nobody heard", make(vec![copy(person, cassette, None), copy(office, cassette, None)]), "NotNow"),
        ("two tapes", made(vec![copy(person, cassette, None), copy(office, cassette, None)], true), ""),
        ("unsealed", Command::MakeCopies { recording: 1, id: None, copies: both.clone(), compared: false }, "NoWords"),
        (
            "of another recording",
            Command::MakeCopies { recording: 2, id: Some(Digest([4; 32])), copies: both.clone(), compared: false },
            "NotNow",
        ),
    ];
    for (what, command, refusal) in table {
        let mut matter = matter.clone();
        match refusal.is_empty() {
            true => matter.ok("dan", command),
            false => assert_eq!(matter.no("dan", command), *refusal, "{what}"),
        }
    }
    let check = |side, verdict| Command::CheckCopy { recording: 1, side, verdict };
    assert_eq!(matter.no("dan", &commands(Deed::HandOver)), "NotNow", "there is none yet");
    matter.ok("dan", &commands(Deed::MakeCopies));
    assert_eq!(matter.no("dan", &commands(Deed::HandOver)), "NotNow", "nobody has looked");
    matter.ok("person", &check(person, Verdict::NotIntact));
    assert_eq!(matter.no("dan", &commands(Deed::HandOver)), "NotNow", "it does not hold");
    assert_eq!(matter.no("dan", &check(person, Verdict::Unchanged)), "NotNow", "of a sealed one that says nothing");
    // Made again, everything is looked at again.
    matter.ok("dan", &commands(Deed::MakeCopies));
    assert!(matter.case.recordings()[0].copies.as_ref().unwrap().checked.is_empty());
    matter.ok("person", &commands(Deed::CheckCopy));
    assert_eq!(matter.no("program", &commands(Deed::Keep)), "NotNow", "the office's was not looked at");
    // Each side says for itself that it has its own.
    assert_eq!(matter.no("person", &check(office, Verdict::Complete)), "NotNow");
    assert_eq!(matter.no("dan", &handed(1, person)), "NotNow", "without the person's receipt");
    matter.ok("person", &handed(1, person));
    assert_eq!(matter.no("person", &handed(1, person)), "AlreadySo");
    assert_eq!(matter.no("person", &commands(Deed::RefuseCopy)), "AlreadySo");
    assert_eq!(matter.no("dan", &commands(Deed::MakeCopies)), "NotNow", "what is handed over is not made again");
    matter.ok("dan", &check(office, Verdict::Complete));
    assert_eq!(matter.no("person", &handed(1, office)), "NotNow", "that is the office's to say");
    matter.ok("dan", &handed(1, office));
}

#[test]
fn an_outcome_is_what_happened() {
    use Outcome::{CancelledByOffice, Moved, NotAttended, NotRecorded, Recorded, RecordedInPart};
    let close = |outcome| Command::Close { outcome, words: words() };
    let planned = || Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    let mut begins = planned();
    begins.now = at("2026-07-10 10:00");
    let mut late = planned();
    late.now = at("2026-07-10 11:00");
    let mut on_the_line = Matter::planned(Meeting::Call, "2026-07-01 12:00", "2026-07-10 09:30");
    on_the_line.now = at("2026-07-10 11:00");
    let mut unready = interview();
    unready.now = at("2026-07-10 11:00");
    let held = || {
        let mut matter = interview();
        matter.ok("person", &matter.like(Deed::Withdraw));
        matter.ended()
    };
    let mut lost = interview().ended();
    lost.ok("dan", &commands(Deed::GiveUp));
    lost.ok("lea", &commands(Deed::GiveUp));
    lost.ok("person", &commands(Deed::DeclineAnother));
    let part = || {
        let mut matter = interview().begun();
        matter.ok("dan", &Command::StopRecording { side: None, stop: Stop::NoMedium, words: words() });
        matter.ok("person", &commands(Deed::GoOn));
        matter.ok("dan", &commands(Deed::End));
        matter.hand_over(1, Carrier::File);
        matter
    };
    let table: Vec<(&str, Matter, &[Outcome])> = vec![
        ("planned", planned(), &[CancelledByOffice]),
        ("asked for", interview(), &[]),
        ("its time has come", begins, &[NotRecorded, CancelledByOffice]),
        ("its time is over", late, &[NotAttended, NotRecorded, CancelledByOffice]),
        ("a call nobody answered", on_the_line, &[Outcome::NotReached, NotRecorded, CancelledByOffice]),
        ("nobody was ready for it", unready, &[]),
        ("held", held(), &[NotRecorded]),
        ("a part of it", part(), &[RecordedInPart]),
        ("nothing of it", lost, &[NotRecorded]),
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
    assert_eq!(matter.no("dan", &matter.like(Deed::Accept)), "ClockBack");
    matter.ok("dan", &commands(Deed::OfferResolution));
    assert_eq!(matter.events.last().unwrap().behind_micros, Some(HOUR), "what is only noted says so");
}

#[test]
fn who_asks_again_and_who_offers_nothing_are_told() {
    let mut matter = interview();
    assert_eq!(matter.no("person", &commands(Deed::Ask)), "NotNow");
    assert_eq!(matter.no("person", &commands(Deed::AnswerOffer)), "NotNow");
    assert_eq!(matter.no("person", &commands(Deed::AnswerResolution)), "NotNow");
    assert_eq!(matter.no("person", &commands(Deed::OptOut)), "NotNow", "nobody records unasked");
    matter.ok("person", &matter.like(Deed::Withdraw));
    assert_eq!(matter.no("person", &matter.like(Deed::Withdraw)), "NotNow");
    let notes = Asking { doing: Doing::TakeNotes, ..by_device(Device::Tablet) };
    assert_eq!(matter.no("dan", &Command::Ask { asking: notes, words: words() }), "NotNow", "notes need no leave");
    let twice = Asking { devices: vec![Device::Tablet], ..by_office() };
    assert_eq!(matter.no("dan", &Command::Ask { asking: twice, words: words() }), "NotNow");
    let now = Command::Move { slot: slot("north", "2026-07-10 09:30"), cause: Cause::Office, words: words() };
    assert_eq!(matter.no("lea", &now), "BadSlot");
    let mut begun = interview().begun();
    for (deed, refusal) in [(Deed::Resume, "NotNow"), (Deed::GoOn, "NotNow")] {
        assert_eq!(begun.no("dan", &commands(deed)), refusal);
    }
    let stop = Command::StopRecording { side: None, stop: Stop::OptedOut, words: words() };
    assert_eq!(begun.no("dan", &stop), "NotNow", "only the person says so");
    let stop = Command::StopRecording { side: None, stop: Stop::AgreementWithdrawn, words: words() };
    assert_eq!(begun.no("dan", &stop), "NotNow", "nobody there has refused");
    let stop = Command::StopRecording { side: None, stop: Stop::EquipmentFailed, words: Words::default() };
    assert_eq!(begun.no("dan", &stop), "NoWords", "nobody stops it without a reason");
    begun.ok("dan", &commands(Deed::Pause));
    assert_eq!(begun.no("dan", &commands(Deed::Pause)), "NotNow");
    begun.ok("dan", &commands(Deed::Resume));
    begun.ok("dan", &commands(Deed::StopRecording));
    assert_eq!(begun.no("dan", &commands(Deed::StopRecording)), "NotNow");
    let explain = Command::ExplainOptOut { channel: Channel::Post };
    assert_eq!(interview().no("dan", &explain), "NotNow");
}
