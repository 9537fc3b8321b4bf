//! What the packs say about recording a meeting, version by version, and what they do not say.
//!
//! Not here: how long a recording is kept (`built_in.rs`), packs that are wrong (`bad_packs.rs`).
//! A row that is not in the table is a refusal: the last test asks every aspect on every kind of day and counts.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use rules::{
    Agreement, Aspect, Book, Copies, Date, Decider, Device, Doing, Jurisdiction, Letter, Measure, Medium, Meeting,
    Notice, Occasion, Pack, RecordingRuling, Refusal, Room, RuleName, Side,
};

use Jurisdiction::{EnglandAndWales as England, NorthernIreland as Ireland, Scotland};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::built_in().unwrap());

fn ruling(on: &str, meeting: Meeting) -> RecordingRuling {
    BOOK.recording(day(on), meeting, England).unwrap()
}

/// The days on which each version begins, the days before, and days on which a value within a version changes.
const DAYS: &[&str] = &[
    "2011-08-30",
    "2014-07-15",
    "2014-07-16",
    "2014-11-13",
    "2014-11-14",
    "2020-09-20",
    "2020-09-21",
    "2020-11-29",
    "2020-11-30",
    "2020-12-31",
    "2021-01-01",
    "2022-12-31",
    "2023-01-01",
    "2026-06-28",
    "2026-06-29",
    "2026-11-22",
];

/// What is said of an aspect on a day, with version, clause and a mark where it is not confirmed.
fn told(on: &str, meeting: &str, aspect: &str) -> String {
    let aspect: Aspect = aspect.parse().unwrap();
    match BOOK.recording(day(on), meeting.parse().unwrap(), England) {
        Err(refusal) => refusal.to_string(),
        Ok(ruling) => match ruling.all().iter().find(|(said, _)| said.aspect() == aspect) {
            None => ruling.not_covered().iter().find(|(other, _)| *other == aspect).unwrap().1.to_string(),
            Some((said, applied)) => {
                let mark = if applied.unconfirmed.is_some() { " ?" } else { "" };
                format!("{said} [{} {}]{mark}", applied.pack.version, applied.clause)
            }
        },
    }
}

#[test]
fn each_version_says_what_its_sources_say() {
    let (room, phone) = ("face-to-face-consultation", "telephone-consultation");
    #[rustfmt::skip]
    let table = [
        // Interviews: the guidance known by name, its next known version, and that one since it is under review.
        ("2011-08-30", "interview", "person-may", "record-sound [1 S2-56] ?"),
        ("2014-07-15", "interview", "room", "private [1 S2-14] ?"),
        ("2014-07-16", "interview", "person-may", "record-sound [2 S1-15]"),
        ("2014-11-13", "interview", "room", "private [2 S1-18, S1-19]"),
        ("2014-11-13", "interview", "notice", "beforehand [2 S1-22]"),
        ("2014-11-13", "interview", "decides-request", "office [2 S1-15, S1-16]"),
        ("2014-11-13", "interview", "letters-before", "recording [2 S2-29, S2-32]"),
        ("2014-11-13", "interview", "letters-after", "publication [2 S2-41] ?"),
        ("2014-11-13", "interview", "no-room", "other-office [2 S2-15] ?"),
        ("2014-11-14", "interview", "notice", "beforehand [2 S1-22] ?"),
        ("2026-11-22", "interview", "letters-before", "recording [6 S2-29, S2-32] ?"),
        ("2026-11-22", "interview", "unagreed", "stop-in-open-plan, private-room, other-office, other-staff, later-appointment, resolve-complaint [6 S2-08, S2-14, S2-15, S2-23 to S2-27] ?"),
        ("2014-11-13", "call", "letters-after", "recording, publication [2 S2-33, S2-41] ?"),
        // Assessments in one room: two copies on disc or tape, then on request by the provider, then always.
        ("2014-07-16", room, "office-records", "never [2 S4-04] ?"),
        ("2014-07-16", room, "media", "cassette, cd [2 S4-09, S4-28] ?"),
        ("2014-07-16", room, "copies", "two-identical, one-to-the-office [2 S4-08, S4-10, S4-23] ?"),
        ("2020-12-31", room, "media", "cassette, cd [4 S4-09, S4-28] ?"),
        ("2020-12-31", room, "unagreed", "explain, continue-if-conditions-met, ask-to-stop, end-meeting, return-case, decide-good-reason [4 S4-36 to S4-44] ?"),
        ("2021-01-01", room, "unagreed", "explain [5 covert recording] ?"),
        ("2021-01-01", room, "office-records", "on-request [5 recording by the provider] ?"),
        ("2023-01-01", room, "office-records", "on-request [5 recording by the provider]"),
        ("2023-01-01", room, "copies", "no-second-asked [5 own equipment]"),
        ("2023-01-01", room, "agreement", "signed [5 consent]"),
        ("2023-01-01", phone, "agreement", "spoken-on-recording [5 consent]"),
        ("2026-06-28", room, "office-records", "on-request [5 recording by the provider]"),
        ("2026-06-29", room, "office-records", "unless-opted-out [6 recorded as standard]"),
        ("2026-06-29", phone, "agreement", "opt-out-before, opt-out-during, without-detriment [6 opting out]"),
        ("2026-06-29", room, "device-of", "person, office [6 own recording]"),
        ("2026-06-29", room, "barred", "record-video [6 video] ?"),
        ("2026-06-29", "video-consultation", "office-records", "never [6 video appointments]"),
        // Assessments by telephone: one provider, then both.
        ("2020-09-21", phone, "office-records", "on-request [3 telephone assessments] ?"),
        ("2020-11-29", phone, "office-records", "on-request [3 telephone assessments] ?"),
        ("2020-11-30", phone, "office-records", "on-request [4 telephone assessments]"),
    ];
    for (on, meeting, aspect, expected) in table {
        assert_eq!(told(on, meeting, aspect), expected, "{aspect} of {meeting} on {on}");
    }
}

#[test]
fn answers_are_typed() {
    let before = ruling("2014-11-13", Meeting::FaceToFaceConsultation);
    assert_eq!(before.office_records().unwrap().says, [Occasion::Never]);
    assert_eq!(before.device_of().unwrap().says, [Side::Person]);
    assert_eq!(before.media().unwrap().says, [Medium::Cassette, Medium::Cd]);
    assert_eq!(before.copies().unwrap().says, [Copies::TwoIdentical, Copies::OneToTheOffice]);
    assert!(before.devices_refused().unwrap().says.contains(&Device::Smartphone));
    assert_eq!(before.notice().unwrap().says.last(), Some(&Notice::OnTheDayMayBeRefused));
    assert_eq!(before.agreement().unwrap().says, [Agreement::Signed, Agreement::ProfessionalContent]);
    assert_eq!(before.sets_requirements().unwrap().says, [Decider::Department]);
    assert_eq!(before.decides_request().unwrap().says, [Decider::Provider]);
    assert_eq!(before.decides_good_reason().unwrap().says, [Decider::CaseManager]);
    assert_eq!(before.device_not_allowed().unwrap().says[..2], [Measure::AskToStop, Measure::EndMeeting]);
    assert_eq!(before.unagreed().unwrap().says[0], Measure::Explain);
    assert_eq!(before.barred().unwrap().says, [Doing::RecordVideo]);
    let interview = ruling("2014-11-13", Meeting::Interview);
    assert_eq!(interview.room().unwrap().says, [Room::Private]);
    assert_eq!(interview.no_room().unwrap().says, [Measure::OtherOffice]);
    assert_eq!(interview.letters_before().unwrap().says, [Letter::Recording]);
    assert_eq!(interview.decides_unease().unwrap().says, [Decider::LocalManagement]);
    assert_eq!(interview.decides_adjustment().unwrap().says, [Decider::EqualityAdviser]);
    let call = ruling("2014-11-13", Meeting::Call);
    assert_eq!(call.letters_after().unwrap().says, [Letter::Recording, Letter::Publication]);
    let now = ruling("2026-06-29", Meeting::FaceToFaceConsultation);
    assert_eq!(now.person_may().unwrap().says, [Doing::RecordSound, Doing::TakeNotes]);
    let applied = now.office_records().unwrap().applied;
    assert_eq!((applied.pack.to_string().as_str(), applied.source.id.as_str()), ("recording version 6", "notice-2026"));
    assert_eq!(
        (now.meeting(), now.jurisdiction(), now.day()),
        (Meeting::FaceToFaceConsultation, England, day("2026-06-29"))
    );
}

#[test]
fn what_no_version_covers_is_refused_and_never_assumed() {
    let book = &*BOOK;
    // Nothing at all: too early, another country, a kind of meeting before anybody wrote of it.
    let nothing = [
        ("2011-08-29", Meeting::Interview, England),
        ("2014-07-16", Meeting::Interview, Ireland),
        ("2026-06-29", Meeting::FaceToFaceConsultation, Ireland),
        ("2020-09-20", Meeting::TelephoneConsultation, Scotland),
        ("2026-06-28", Meeting::VideoConsultation, England),
    ];
    for (on, meeting, place) in nothing {
        let refusal = book.recording(day(on), meeting, place).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!("no pack says anything about recording a {meeting} in {place} on {on}")
        );
    }
    // Single aspects of a meeting of which other things are known.
    let some = ruling("2020-12-01", Meeting::TelephoneConsultation);
    assert_eq!(some.all().len(), 1, "one thing is known");
    assert_eq!(some.not_covered().len(), Aspect::ALL.len() - 1);
    let silent = [
        ("2023-01-01", Meeting::FaceToFaceConsultation, Aspect::Media),
        ("2023-01-01", Meeting::FaceToFaceConsultation, Aspect::DeviceNotAllowed),
        ("2023-01-01", Meeting::FaceToFaceConsultation, Aspect::DecidesGoodReason),
        ("2026-06-29", Meeting::VideoConsultation, Aspect::Agreement),
        ("2014-07-16", Meeting::Interview, Aspect::Media),
        ("2014-07-16", Meeting::Call, Aspect::LettersBefore),
        ("2011-08-30", Meeting::Interview, Aspect::Notice),
    ];
    for (on, meeting, aspect) in silent {
        let expected = format!("no rule recording.{aspect}.{meeting} for england-and-wales was in force on {on}");
        assert_eq!(told(on, meeting.as_str(), aspect.as_str()), expected);
    }
    let refusal = ruling("2023-01-01", Meeting::FaceToFaceConsultation).media().unwrap_err();
    assert!(matches!(refusal, Refusal::NotInForce { .. }));
    // Whatever is asked: an answer is a rule of the very version that decides that day, in force on it, or it is none.
    let mut answers = 0;
    for (on, meeting) in DAYS.iter().flat_map(|on| Meeting::ALL.iter().map(move |meeting| (on, *meeting))) {
        for place in Jurisdiction::ALL {
            let Ok(ruling) = book.recording(day(on), meeting, place) else { continue };
            assert_ne!(place, Ireland, "nothing was read about Northern Ireland");
            assert_eq!(ruling.all().len() + ruling.not_covered().len(), Aspect::ALL.len());
            for (said, applied) in ruling.all() {
                let packs = book.packs().filter(|pack| pack.id().name == "recording" && pack.from() <= day(on));
                assert_eq!(Some(&applied.pack), packs.last().map(Pack::id), "{said} of {meeting} on {on}");
                assert!(applied.valid.contains(day(on)) && !applied.clause.is_empty() && !said.to_string().is_empty());
                answers += 1;
            }
        }
    }
    assert!(answers > 500, "only {answers} answers");
}

#[test]
fn a_value_is_marked_where_its_source_does_not_settle_it() {
    let book = &*BOOK;
    for rule in book.packs().filter(|pack| pack.id().name == "recording").flat_map(Pack::rules) {
        // A page or a text without a date settles no day; what is reported by others settles it only once all of it had come.
        let undated = rule.source.id == "S4" || (rule.source.id == "S2" && rule.clause != "S2-29, S2-32");
        assert!(!undated || rule.unconfirmed.is_some(), "{} from {} on", rule.name, rule.valid.from);
    }
    let marks = |on: &str, meeting| ruling(on, meeting).unconfirmed().count();
    assert_eq!(marks("2023-01-01", Meeting::FaceToFaceConsultation), 0);
    assert_eq!(marks("2021-01-01", Meeting::FaceToFaceConsultation), 9);
    assert_eq!(marks("2026-06-29", Meeting::VideoConsultation), 0);
    let all = ruling("2026-11-22", Meeting::Interview);
    assert_eq!(all.unconfirmed().count(), all.all().len(), "the policy on interviews has been under review since 2014");
}

#[test]
fn names_of_recording_rules_print_as_they_were_read() {
    for (aspect, meeting) in Aspect::ALL.iter().flat_map(|one| Meeting::ALL.iter().map(move |other| (*one, *other))) {
        let name = RuleName::Recording(aspect, meeting);
        assert_eq!(name.to_string(), format!("recording.{aspect}.{meeting}"));
        assert_eq!(name.to_string().parse::<RuleName>(), Ok(name));
    }
    for (text, expected) in [
        ("recording.media", "`recording.media` names no meeting"),
        ("recording.mode.interview", "`mode` is not an aspect of recording known here"),
        ("recording.media.party", "`party` is not a meeting known here"),
    ] {
        assert_eq!(text.parse::<RuleName>(), Err(expected.to_owned()));
    }
}

#[test]
fn every_word_is_in_the_documentation() {
    let page = include_str!("../../../docs/rules.md");
    macro_rules! has_all {
        ($($set:ident)*) => {
            $(for one in $set::ALL {
                assert!(page.contains(&format!("`{one}`")), "docs/rules.md does not have `{one}`");
            })*
        };
    }
    has_all!(Agreement Aspect Copies Decider Device Doing Letter Measure Medium Meeting Notice Occasion Room Side);
}
