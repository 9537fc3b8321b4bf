//! One case that has something of everything that has a number, the office around it, and forms as browsers send them.
//!
//! Not a case that `casework` would let come about.
//! Invariant: what is sent goes through the reading of bodies, as it would from a browser.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderValue, header};
use casework::case::{Asking, By, Case, Cause, Channel, Event, Follows, Party, Slot, Stop, What};
use casework::custody::Private;
use casework::{CaseId, Clock, Name};
use pages::wording::Language;
use rules::{Book, Doing, Jurisdiction, Meeting, Side};

use crate::http::access::form::Form;
use crate::http::cases::deeds::{Known, Other, Shown, Text};

/// What [`Known`] borrows.
pub(super) struct World {
    pub(super) case: Case,
    book: Book,
    staff: Vec<Shown>,
    offices: Vec<Shown>,
    rooms: Vec<Shown>,
    texts: Vec<Text>,
    others: BTreeMap<Name, Other>,
    events: BTreeMap<u64, String>,
}

/// A moment by its text, "2026-07-10 09:30" in Greenwich.
pub(super) fn at(text: &str) -> i64 {
    format!("{}:00Z", text.replace(' ', "T")).parse::<rules::Timestamp>().unwrap().as_microsecond()
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(super) fn slot() -> Slot {
    Slot {
        office: name("north"),
        starts_micros: at("2026-07-10 09:30"),
        ends_micros: at("2026-07-10 10:30"),
        staff: "dan".parse().unwrap(),
    }
}

pub(super) fn asking() -> Asking {
    let (channel, device_of) = (Channel::Online, Side::Office);
    Asking { channel, device_of, devices: Vec::new(), doing: Doing::RecordSound, adjustment: false }
}

/// Its events, and who did each of them: request 2, told of 3, offer 4, noted 5 and 6, recording 1 over, glass 12.
fn events() -> Vec<(By, What)> {
    let staff = || By::Staff("dan".parse().unwrap());
    let entered = |present, party, account: Option<&str>| What::Entered {
        present,
        party,
        account: account.map(|account| account.parse().unwrap()),
    };
    let planned = What::Planned {
        reference: name("c-2026-0001"),
        meeting: Meeting::Interview,
        jurisdiction: Jurisdiction::EnglandAndWales,
        business: name("benefits"),
        slot: slot(),
        adjustment_from: None,
        follows: None,
    };
    let what = vec![
        planned,
        What::Asked { asking: asking(), since_micros: at("2026-07-01 12:00"), changes: None },
        What::Accepted { request: 2, cited: Vec::new() },
        What::Offered { slot: slot(), cause: Cause::Room, cited: Vec::new() },
        What::OptedOut { channel: Channel::Telephone, cited: Vec::new() },
        What::AnotherDeclined { channel: Channel::Post },
        entered(1, Party::Person, None),
        entered(2, Party::Companion, None),
        entered(3, Party::Colleague, Some("lea")),
        What::Started { recorded_by: vec![Side::Office, Side::Person], cited: Vec::new() },
        What::Stopped { recordings: vec![1], stop: Stop::EquipmentFailed },
        What::GlassBroken { until_micros: at("2026-07-01 13:00") },
    ];
    what.into_iter().map(|what| (staff(), what)).collect()
}

impl World {
    pub(super) fn new() -> World {
        let id = CaseId([1; 16]);
        let made = |(number, (by, what))| Event {
            case: id,
            number,
            at_micros: at("2026-07-01 12:00"),
            clocks: vec![Clock::Local],
            behind_micros: None,
            by,
            what,
            private: Private::None,
        };
        let events: Vec<Event> = (1..).zip(events()).map(made).collect();
        let shown = |all: &[(&str, &str)]| {
            all.iter().map(|(name, called)| Shown { name: (*name).to_owned(), called: (*called).to_owned() }).collect()
        };
        let text = |name: &str, words: &str| Text {
            name: name.parse().unwrap(),
            called: name.to_owned(),
            words: words.to_owned(),
        };
        let carried = Follows {
            case: CaseId([3; 16]),
            asking: Some(asking()),
            since_micros: Some(5),
            opted_out: true,
            form: false,
        };
        let other =
            |byte| Other { id: CaseId([byte; 16]), carried: Follows { case: CaseId([byte; 16]), ..carried.clone() } };
        World {
            case: Case::from_events(id, &events).unwrap(),
            book: Book::built_in().unwrap(),
            staff: shown(&[("dan", "Dan (dan)"), ("lea", "Lea (lea)"), ("ada", "Ada (ada)")]),
            offices: shown(&[("north", "North Street"), ("south", "South Road")]),
            rooms: shown(&[("room-1", "Room 1"), ("room-2", "Room 2, open")]),
            texts: vec![text("agreement-1", "I agree\nto this."), text("letter-2", "Dear …")],
            others: [("c-2026-0002", 2), ("c-2026-0003", 3)]
                .map(|(name, byte)| (name.parse().unwrap(), other(byte)))
                .into(),
            events: BTreeMap::from([(3, "The request was accepted".to_owned())]),
        }
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known {
            case: &self.case,
            book: &self.book,
            at_micros: at("2026-07-01 12:00"),
            by_person: false,
            staff: &self.staff,
            offices: &self.offices,
            rooms: &self.rooms,
            texts: &self.texts,
            others: &self.others,
            events: &self.events,
            beside: &["form_token"],
            salt: [7; 32],
            language: Language::English,
        }
    }
}

/// The form that a browser would send.
pub(super) fn sent<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Form {
    let mut body = String::new();
    let encode = |text: &str, body: &mut String| text.bytes().for_each(|byte| write!(body, "%{byte:02x}").unwrap());
    for (name, value) in fields {
        encode(name, &mut body);
        body.push('=');
        encode(value, &mut body);
        body.push('&');
    }
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    Form::parse(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]), body.as_bytes()).unwrap()
}

/// The same form, sent.
pub(super) fn again(form: &Form) -> Form {
    sent(form.into_iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
