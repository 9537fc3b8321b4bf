//! Whole ways through the office as people go them, in a real Chromium by links, labels and buttons: with the events in SQLite, and in PostgreSQL.
//!
//! Not what may be (`casework`), nor every refusal (`desk_cases.rs`). Needs Debian's `chromium` and `postgresql`. Invariants: each page on the way is looked over (`harness/browser.rs`);
//! one way is gone without a script, and one by keyboard alone.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::browser::Chromium;
use harness::eventually;
use harness::hands::Hands;
use harness::office::Under;
use harness::persons::code_in;
use harness::ways::{ARRANGE, DECIDE, Deed, HOLD, Way};

under_both!(
    a_request_goes_its_way_to_the_handover_and_its_person_sees_it,
    where_there_is_no_private_room_the_other_office_is_offered_and_taken,
    what_nobody_may_record_is_refused_by_two_without_a_script,
    whoever_is_uneasy_is_swapped_and_another_day_costs_nothing,
    whoever_does_not_want_it_is_not_recorded_by_keyboard_alone,
    whoever_says_no_while_it_is_recorded_is_heard_no_more,
);

const INTERVIEW: &str = "Interview at the office";
/// The hours of the meeting, as they are typed.
const HOURS: (&str, &str) = ("10 12 2026 11:00", "12:00");

const ASK: Deed<'_> = (
    "Ask to record",
    &[
        ("How they said so", "By telephone"),
        ("Whose device", "The office"),
        ("What they want to do", "Recording sound"),
        ("Is it asked for as a reasonable adjustment?", "No"),
    ],
    "Ask to record",
);
const ACCEPT: Deed<'_> = ("Decide the request to record", &[], "Accept the request to record");
const ROOM: Deed<'_> =
    ("Find a private room", &[("Room", "Room 1"), ("Is nobody else heard there?", "Yes")], "Give it a room");
const CONTENT: Deed<'_> = (
    "Staff in the meeting say whether they are content to be recorded",
    &[("Are you content to be recorded, this time?", "Yes")],
    "Say whether you are content to be recorded",
);
const LETTER: Deed<'_> = (
    "Send the letter: About recording",
    &[
        ("Which letter", "About recording"),
        ("Text and version", "Letter before a recording, version 1"),
        ("Is it in the form in which the person reads?", "Yes"),
        ("How it was sent", "By post"),
        ("The words of the letter", "Dear Jo Example, this is what happens."),
    ],
    "Note that a letter went out",
);
const AGREE: Deed<'_> = (
    "Agree to what is allowed",
    &[
        ("Who", "The person whose meeting it is"),
        ("Text and version", "Agreement about recording, version 1"),
        ("How they agreed", "By signature"),
        ("Name, as it was signed or said", "Jo Example"),
    ],
    "Agree to what is allowed",
);
/// What is looked at of the office's recorder.
const RECORDER: [&str; 2] = [
    "The office’s recorder works",
    "The office’s recorder has room for the recording, and its tapes or discs were blank",
];
const BEGIN: Deed<'_> = ("Begin the meeting", &[("Is it recorded?", "Yes")], "Begin the meeting");
const EXPLAIN: Deed<'_> = (
    "Explain that the person may say no to the recording",
    &[("How they were told", "By telephone")],
    "Explain how to say no to recording",
);
const BEGIN_UNRECORDED: Deed<'_> = ("Begin the meeting", &[("Is it recorded?", "No")], "Begin the meeting");
const END: Deed<'_> = ("End the meeting", &[("How it ended", "It was finished")], "End the meeting");
const CLOSE_UNRECORDED: Deed<'_> =
    ("Say what became of it", &[("What became of it", "Held and not recorded")], "Say what became of it");

fn a_request_goes_its_way_to_the_handover_and_its_person_sees_it(under: Under) {
    let mut way = Way::begin(under, "2026-12-03 10:00:00", &[]);
    way.joins("dan", "10", "interviewer");
    way.plans(INTERVIEW, HOURS, "dan", ARRANGE);
    way.does(&[ASK, ACCEPT, ROOM, CONTENT, LETTER, AGREE]);
    let code = account_is_made(&mut way, "ann@mail.example");

    way.at("2026-12-10 10:50:00");
    way.signs_in("dan");
    way.opens(HOLD);
    way.both_enter("dan");
    way.tries(BEGIN, 409, "private-room");
    way.is_good(&["The room is private", "Nobody else can be heard"]);
    way.is_good(&RECORDER);
    way.counter.set_clock("2026-12-10 11:00:30");
    way.does(&[BEGIN]);
    is_recorded_and_pauses(&mut way);
    way.does(&[END]);
    way.screen.says("Copy words of recording 1");
    way.screen.says("Complete, from beginning to end");
    is_handed_over(&mut way);
    let close = [("What became of it", "Held and recorded")];
    way.does(&[("Say what became of it", &close, "Say what became of it")]);
    way.screen.says("What became of it: Held and recorded");
    way.adds_up("1 planned, 1 recorded, 0 to come, 0 under way, 0 overdue");
    sees_their_case(&way, "ann@mail.example", &code);
}

/// Makes the person's account; their code.
fn account_is_made(way: &mut Way, mail: &str) -> String {
    way.screen.follow("The person’s own account");
    way.screen.fill_in(&[("The person’s email address", mail)]);
    way.screen.send("Make the account");
    let code = code_in(way.screen.eval("document.body.outerHTML").as_str().unwrap());
    way.screen.follow("Back");
    code
}

/// The recorder records, pauses and goes on, as the page shows it.
fn is_recorded_and_pauses(way: &mut Way) {
    way.screen.says("Recording now");
    let pause = [("Why it pauses", "A break")];
    way.does(&[("Pause the recording", &pause, "Pause the recording")]);
    way.screen.says("Paused");
    way.does(&[("Go on recording", &[], "Go on recording")]);
    let page = format!("{}{}", way.counter.origin, way.case);
    eventually("three seconds are recorded", || {
        way.screen.open(&page);
        let length = way.screen.fact("Recording")?;
        (length.trim().strip_prefix("0:")?.get(..2)?.parse::<u32>().ok()? >= 3).then_some(())
    });
}

/// What was recorded comes into both hands, and into the vault.
fn is_handed_over(way: &mut Way) {
    for side in ["The person", "The office"] {
        let link = format!("Hand over the copy of recording 1: {side}");
        let fields = [("Whose copy", side), ("Name on the signed receipt", "Jo Example")];
        way.does(&[(&link, &fields, "Note that a copy is in their hands")]);
    }
    let link = "Put the office’s copy of recording 1 into the vault";
    way.does(&[(link, &[], "Note that the office’s copy is in the vault")]);
    way.screen.says("Kept in the vault");
}

/// The person signs in with link and code at a screen of their own, and sees what became of it and who looked.
fn sees_their_case(way: &Way, mail: &str, code: &str) {
    let mut screen = Chromium::start();
    screen.come_to(&format!("{}/me", way.counter.origin));
    screen.fill_in(&[("Email address", mail)]);
    screen.send("Send me a link");
    screen.come_to(&format!("{}{}", way.counter.origin, way.counter.link_to(mail)));
    screen.fill_in(&[("Code", code)]);
    screen.send("Sign in");
    screen.follow(&way.reference);
    for words in
        ["What became of it: Held and recorded", "The person agreed. By signature", "Who looked", "dan on", HOLD]
    {
        screen.says(words);
    }
}

fn where_there_is_no_private_room_the_other_office_is_offered_and_taken(under: Under) {
    let staff = [("dan", "interviewer"), ("lea", "team-leader")];
    let mut way = Way::begin(under, "2026-12-03 10:00:00", &staff);
    way.sits("dan");
    way.plans(INTERVIEW, HOURS, "dan", ARRANGE);
    way.does(&[ASK, ACCEPT]);
    let offer = [
        ("Office", "South Road"),
        ("When it begins", "11 12 2026 11:00"),
        ("When it ends", "12:00"),
        ("Who holds it", "dan"),
        ("Why another time or office", "There is no private room"),
    ];
    let offer: Deed<'_> = ("Offer another time or office", &offer, "Offer another time or office");
    way.tries(offer, 409, "room");
    for attempt in ["A private room here at the same time", "A private room here at another time"] {
        let fields = [("What was tried", attempt), ("Was one found?", "No"), ("Reason", "Both have other meetings.")];
        way.does(&[("Note what was tried", &fields, "Note what was tried")]);
    }
    way.does(&[offer]);
    let answer = [
        ("Do they take it?", "Yes"),
        ("How they said so", "By telephone"),
        ("What they said", "South Road is nearer to me anyway."),
    ];
    way.does(&[("Hear the person’s answer to the offer", &answer, "Note the answer to an offer")]);
    way.screen.says("Noted, and not yet confirmed");
    way.sits("lea");
    way.opens(DECIDE);
    let heard = [("What they said", "She said the same when I rang back.")];
    way.does(&[("Confirm what was noted as the person’s word", &heard, "Confirm what was noted")]);
    for words in ["The offer was answered: accepted", "South Road", "11 December 2026", "S2-15"] {
        way.screen.says(words);
    }
    way.does(&[(
        "Find a private room",
        &[("Room", "Room 1, South"), ("Is nobody else heard there?", "Yes")],
        "Give it a room",
    )]);
    way.screen.says("A room was found: Room 1, South");
    way.adds_up("2 planned, 1 moved, 1 to come, 0 under way, 0 overdue");
}

fn what_nobody_may_record_is_refused_by_two_without_a_script(under: Under) {
    let staff = [("dan", "interviewer"), ("lea", "team-leader")];
    let mut way = Way::begin(under, "2026-12-03 10:00:00", &staff);
    way.screen.without_scripts();
    way.sits("dan");
    way.plans(INTERVIEW, HOURS, "dan", ARRANGE);
    let ask = [
        ("How they said so", "By letter"),
        ("Whose device", "The person"),
        ("What the person’s device is and can do", "A smartphone"),
        ("What they want to do", "Recording where others can be heard"),
        ("Is it asked for as a reasonable adjustment?", "No"),
    ];
    way.does(&[("Ask to record", &ask, "Ask to record")]);
    way.tries(ACCEPT, 409, "S2-08");
    let ground = ("Ground", "What is to be recorded, or where, is not allowed for anybody");
    let propose = [ground, ("Reason", "Others would be heard, and have not agreed.")];
    way.tries(("Propose to refuse the request", &[ground], "Propose to refuse the request"), 422, "Enter the reason");
    way.does(&[("Propose to refuse the request", &propose, "Propose to refuse the request")]);
    way.sits("lea");
    way.opens(DECIDE);
    let second = "Look, as a second person, at the refusal that is proposed";
    way.does(&[(second, &[ground], "Agree to refuse the request")]);
    way.screen.says("dan proposed it, and somebody else agreed");
    let told = [("How they were told", "By telephone")];
    way.does(&[("Tell the person of number", &told, "Note that the person was told")]);

    way.at("2026-12-10 10:50:00");
    way.sits("dan");
    way.opens(HOLD);
    way.both_enter("dan");
    way.counter.set_clock("2026-12-10 11:00:30");
    way.does(&[BEGIN_UNRECORDED, END, CLOSE_UNRECORDED]);
    way.screen.says("What became of it: Held and not recorded");
    way.adds_up("1 planned, 1 not-recorded, 0 to come, 0 under way, 0 overdue");
}

fn whoever_is_uneasy_is_swapped_and_another_day_costs_nothing(under: Under) {
    let staff = [("dan", "interviewer"), ("lea", "team-leader"), ("tom", "interviewer")];
    let mut way = Way::begin(under, "2026-12-03 10:00:00", &staff);
    way.sits("dan");
    way.plans(INTERVIEW, HOURS, "dan", ARRANGE);
    let uneasy = [("Are you content to be recorded, this time?", "No")];
    way.does(&[ASK, ACCEPT, (CONTENT.0, &uneasy, CONTENT.2)]);
    way.sits("lea");
    way.opens(ARRANGE);
    let note = [("Reason", "I spoke with dan.")];
    let swap = [("Who holds it instead", "tom"), ("Reason", "dan would rather not be recorded.")];
    way.does(&[
        ("Take note that somebody is uneasy about being recorded", &note, "Take note that somebody is uneasy"),
        ("Somebody is uneasy: find a colleague, or another time", &swap, "Let a colleague hold it"),
    ]);
    way.screen.says("tom holds the meeting in the place of dan");
    way.sits("tom");
    way.opens(ARRANGE);
    let another = [
        ("Office", "North Street"),
        ("When it begins", "14 12 2026 11:00"),
        ("When it ends", "12:00"),
        ("Who holds it", "tom"),
        ("Why another time or office", "Another reason of the office"),
        ("Reason", "The heating is repaired on that day."),
    ];
    way.does(&[CONTENT, ROOM, ("Move the appointment", &another, "Move the appointment")]);
    // What was asked for and decided stands; the first appointment is on the record; only what is of the day is asked anew.
    for words in ["Accepted", "The meeting was moved", "14 December 2026", "10 December 2026"] {
        way.screen.says(words);
    }
    way.does(&[CONTENT, ROOM, LETTER]);
    way.looks_again(HOLD);
    way.adds_up("2 planned, 1 moved, 1 to come, 0 under way, 0 overdue");
}

fn whoever_does_not_want_it_is_not_recorded_by_keyboard_alone(under: Under) {
    let staff = [("dan", "interviewer"), ("lea", "team-leader")];
    let mut way = Way::begin(under, "2026-06-24 10:00:00", &staff);
    way.screen.hands = Hands::Keys;
    way.sits("dan");
    way.plans("Assessment in person", ("30 6 2026 11:00", "12:00"), "dan", ARRANGE);
    let no = [("How they said so", "By telephone"), ("What they said", "I do not want it.")];
    way.does(&[EXPLAIN, ("Say no to recording", &no, "Say no to recording")]);
    way.screen.says("The person does not want it");
    way.sits("lea");
    way.opens(DECIDE);
    let heard = [("Reference of the letter, call or message", "call of 24 June, 11:10")];
    way.does(&[("Confirm what was noted as the person’s word", &heard, "Confirm what was noted")]);
    way.screen.follow("Which rules applied, and why");
    for words in ["opting out", "recording version 6", "29 June 2026"] {
        way.screen.says(words);
    }

    // On the clocks of that place it is ten to eleven.
    way.at("2026-06-30 09:50:00");
    way.sits("dan");
    way.opens(HOLD);
    way.both_enter("dan");
    way.counter.set_clock("2026-06-30 10:00:30");
    way.tries(BEGIN, 409, "recorded");
    way.does(&[BEGIN_UNRECORDED, END, CLOSE_UNRECORDED]);
    way.screen.says("What became of it: Held and not recorded");
    way.adds_up("1 planned, 1 not-recorded, 0 to come, 0 under way, 0 overdue");
}

fn whoever_says_no_while_it_is_recorded_is_heard_no_more(under: Under) {
    let staff = [("dan", "interviewer"), ("lea", "team-leader")];
    let mut way = Way::begin(under, "2026-06-30 09:45:00", &staff);
    way.sits("dan");
    way.plans("Assessment in person", ("30 6 2026 11:00", "12:00"), "dan", HOLD);
    way.does(&[EXPLAIN, ("Give it a room", ROOM.1, ROOM.2)]);
    way.both_enter("dan");
    way.is_good(&RECORDER);
    way.does(&[BEGIN]);
    way.screen.says("Recording now");
    let no = [("How they said so", "In person"), ("What they said", "Please stop it now.")];
    way.does(&[("Say no to recording", &no, "Say no to recording")]);
    way.screen.says("The recording ended, and the meeting goes on: The person no longer wants it recorded");
    assert_eq!(way.screen.fact("Recording"), None, "it still records");
    way.tries(END, 409, "confirmed");
    way.sits("lea");
    way.opens(DECIDE);
    let heard = [("What they said", "They nodded when I asked them.")];
    way.does(&[("Confirm what was noted as the person’s word", &heard, "Confirm what was noted")]);
    way.comes_back("dan");
    way.does(&[END]);
    is_handed_over(&mut way);
    let close = [
        ("What became of it", "Held, and a part of it recorded"),
        ("Reason", "The person said no after the beginning."),
    ];
    way.does(&[("Say what became of it", &close, "Say what became of it")]);
    way.screen.says("What became of it: Held, and a part of it recorded");
    way.adds_up("1 planned, 1 recorded-in-part, 0 to come, 0 under way, 0 overdue");
}
