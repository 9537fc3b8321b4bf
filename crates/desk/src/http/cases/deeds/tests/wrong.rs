//! What is wrong with a form, message for message.
//!
//! Not hostile bodies.
//! Invariants: the messages are those that stand in the catalogue; they stand in the order of the fields, all at once.

use casework::case::Deed;

use super::world::{World, sent};
use crate::http::cases::deeds::{Known, read};

/// The ids and messages of a form that is wrong.
fn wrong(known: &Known<'_>, deed: Deed, fields: &str) -> Vec<String> {
    let fields: Vec<(&str, &str)> =
        fields.split('|').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap()).collect();
    let wrong = read(deed, known, &sent(fields)).expect_err("it is wrong");
    wrong.into_iter().map(|(id, words)| format!("{id}: {}", words.as_str())).collect()
}

const WHEN: &str = "office=north|staff=dan|cause=room|reason=r";

#[test]
fn what_is_missing_is_said_field_by_field() {
    let world = World::new();
    let table: &[(Deed, &str, &[&str])] = &[
        (Deed::Accept, "", &["request: Select the request to record"]),
        (Deed::AssignRoom, "", &["room: Select the room", "is_private: Select yes if nobody else is heard there"]),
        (
            Deed::Move,
            "",
            &[
                "office: Select the office",
                "starts-day: Enter when it begins",
                "ends: Enter when it ends",
                "staff: Select who holds it",
                "cause: Select why another time or office",
                "reason: Enter the reason",
            ],
        ),
        (
            Deed::OptOut,
            "",
            &[
                "channel: Select how they said so",
                "reason: Enter what they said, or the reference of the letter, call or message",
            ],
        ),
        (Deed::OptOut, "reference=L-7", &["channel: Select how they said so"]),
        (Deed::Look, "check=recorder|good=no", &["reason: Enter the reason"]),
        (Deed::Close, "outcome=not-attended", &["reason: Enter the reason"]),
        (
            Deed::End,
            "ending=finished|ended-day=10|ended-month=7|ended-year=2026|ended-time=10:00",
            &["reason: Enter the reason"],
        ),
        (
            Deed::RefuseAgreement,
            "who=person",
            &["reason: Enter what they said, or the reference of the letter, call or message"],
        ),
        (Deed::Enter, "party=companion", &["name: Enter their name, as they give it"]),
        (Deed::Enter, "party=colleague", &["account: Select the account of a member of staff, and of nobody else"]),
        (
            Deed::Enter,
            "party=companion|account=lea|name=Jo",
            &["account: Select the account of a member of staff, and of nobody else"],
        ),
    ];
    for (deed, fields, expected) in table {
        assert_eq!(wrong(&world.known(), *deed, fields), *expected, "{deed} {fields}");
    }
}

/// What is typed of a beginning and an end, and what is said of it.
const TIMES: &[(&str, &[&str])] = &[
    ("starts-day=10|starts-month=7|starts-time=9:30|ends=10:30", &["starts-year: When it begins must include a year"]),
    ("starts-time=9:30|ends=10:30", &["starts-day: When it begins must include a day"]),
    (
        "starts-day=31|starts-month=4|starts-year=2027|starts-time=9:30|ends=10:30",
        &["starts-day: When it begins must be a real date"],
    ),
    (
        "starts-day=x|starts-month=4|starts-year=2027|starts-time=9:30|ends=10:30",
        &["starts-day: When it begins must be a real date"],
    ),
    (
        "starts-day=1|starts-month=13|starts-year=2027|starts-time=9:30|ends=10:30",
        &["starts-day: When it begins must be a real date"],
    ),
    (
        "starts-day=1|starts-month=Jux|starts-year=2027|starts-time=9:30|ends=10:30",
        &["starts-month: When it begins must be a real date"],
    ),
    (
        "starts-day=1|starts-month=7|starts-year=27|starts-time=9:30|ends=10:30",
        &["starts-year: When it begins: the year must have 4 numbers"],
    ),
    (
        "starts-day=1|starts-month=7|starts-year=2027|ends=10:30",
        &["starts-time: When it begins must have a time, such as 14:30"],
    ),
    (
        "starts-day=1|starts-month=7|starts-year=2027|starts-time=25:00|ends=soon",
        &[
            "starts-time: When it begins must have a time, such as 14:30",
            "ends: When it ends must have a time, such as 14:30",
        ],
    ),
    (
        "starts-day=1|starts-month=7|starts-year=2027|starts-time=9:30|ends=9:30",
        &["ends: The end must be after the beginning"],
    ),
    (
        "starts-day=1|starts-month=July|starts-year=2027|starts-time=2pm|ends=1.59pm",
        &["ends: The end must be after the beginning"],
    ),
    (
        "starts-day=28|starts-month=3|starts-year=2027|starts-time=1:30|ends=10:30",
        &[
            "starts-time: When it begins: there is no 1:30 on 28 March 2027, because the clocks go forward. Enter a time before 1:00 or from 2:00",
        ],
    ),
    (
        "starts-day=28|starts-month=3|starts-year=2027|starts-time=0:30|ends=1:00",
        &[
            "ends: When it ends: there is no 1:00 on 28 March 2027, because the clocks go forward. Enter a time before 1:00 or from 2:00",
        ],
    ),
    (
        "starts-day=31|starts-month=10|starts-year=2027|starts-time=1:30|ends=10:30",
        &[
            "starts-time: When it begins: 1:30 comes twice on 31 October 2027, because the clocks go back. Enter a time before 1:00 or from 2:00",
        ],
    ),
    (
        "starts-day=31|starts-month=10|starts-year=1900|starts-time=1:30|ends=10:30",
        &["starts-time: When it begins: no rule says which clock counts on that day. Enter another day"],
    ),
];

#[test]
fn a_day_and_a_time_are_looked_at_part_by_part() {
    let world = World::new();
    for (fields, expected) in TIMES {
        let fields = format!("{WHEN}|{fields}");
        assert_eq!(wrong(&world.known(), Deed::Move, &fields), *expected, "{fields}");
    }
}

#[test]
fn what_was_not_on_the_page_is_not_taken() {
    let world = World::new();
    let table: &[(Deed, String, &[&str])] = &[
        (
            Deed::Accept,
            "request=9".into(),
            &["request: The request to record: this is not in the case, or no longer. Select one of those in the list"],
        ),
        (
            Deed::Accept,
            "request=-1".into(),
            &["request: The request to record: this is not in the case, or no longer. Select one of those in the list"],
        ),
        (
            Deed::AnswerOffer,
            "offer=2|accepted=yes|channel=online|reference=r".into(),
            &["offer: The offer: this is not in the case, or no longer. Select one of those in the list"],
        ),
        (
            Deed::Keep,
            "recording=2|thing=00".into(),
            &[
                "recording: Recording: this is not in the case, or no longer. Select one of those in the list",
                "thing: Id in the vault must be 32 digits and letters from a to f",
            ],
        ),
        (
            Deed::Tell,
            "about=2|channel=online".into(),
            &["about: What they were told of: this is not in the case, or no longer. Select one of those in the list"],
        ),
        (
            Deed::Depart,
            "present=4".into(),
            &["present: Who: this is not in the case, or no longer. Select one of those in the list"],
        ),
        (Deed::Swap, "to=mallory|reason=r".into(), &["to: Who holds it instead: select one of those in the list"]),
        (
            Deed::AssignRoom,
            "room=cellar|is_private=perhaps".into(),
            &[
                "room: Room: select one of those in the list",
                "is_private: Is nobody else heard there?: select one of those in the list",
            ],
        ),
        (Deed::OptIn, "channel=smoke|reason=r".into(), &["channel: How they said so: select one of those in the list"]),
        (
            Deed::CarryAdjustment,
            "from=c-2026-0077".into(),
            &[
                "from: Case in which recording is an adjustment: there is no such case that you can use. Check the reference",
            ],
        ),
    ];
    for (deed, fields, expected) in table {
        assert_eq!(wrong(&world.known(), *deed, fields), *expected, "{deed} {fields}");
    }
}

#[test]
fn words_that_cannot_stand_and_fields_that_were_not_asked_are_said() {
    let world = World::new();
    let long = "x".repeat(4_001);
    let table: &[(Deed, String, &[&str])] = &[
        (Deed::LoseRoom, format!("reason={long}"), &["reason: Reason must be 4,000 characters or fewer. It has 4,001"]),
        (
            Deed::LoseRoom,
            "reason=a\u{202e}b".into(),
            &["reason: Reason must not have characters that cannot be seen. Take out U+202E"],
        ),
        (
            Deed::LoseRoom,
            "reason=a\u{0}b".into(),
            &["reason: Reason must not have characters that cannot be seen. Take out U+0000"],
        ),
        (
            Deed::LoseRoom,
            "reason=r|colour=red".into(),
            &[": The form has something that was not asked. Go back, load the page again and fill it in once more"],
        ),
        (
            Deed::Agree,
            "who=person|template=agreement-1|name=Jo|consent=signed|salt=00".into(),
            &[": The form has something that was not asked. Go back, load the page again and fill it in once more"],
        ),
        (
            Deed::Ask,
            "channel=online|device_of=office|doing=record-sound|adjustment=no|devices.computer=no".into(),
            &["devices: What the person’s device is and can do: select one of those in the list"],
        ),
    ];
    for (deed, fields, expected) in table {
        assert_eq!(wrong(&world.known(), *deed, fields), *expected, "{deed} {fields}");
    }
}

#[test]
fn where_there_is_nothing_to_select_it_is_said() {
    let mut world = World::new();
    world.case = casework::case::Case::absent(casework::CaseId([1; 16]));
    assert_eq!(
        wrong(&world.known(), Deed::Accept, ""),
        ["request: The request to record: there is nothing in the case to select"]
    );
}

#[test]
fn who_acts_by_themselves_gives_no_channel_and_no_reference() {
    let world = World::new();
    let known = Known { by_person: true, ..world.known() };
    let command = read(Deed::OptOut, &known, &sent([])).unwrap();
    let (channel, words) = (casework::case::Channel::Online, casework::custody::Words::default());
    assert!(command == casework::case::Command::OptOut { channel, words });
}
