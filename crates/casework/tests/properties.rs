//! What holds of any event, any damage to it, and any moment.
//!
//! Not here: worked cases (`custody.rs`), random orders of commands (`interleavings.rs`).
//! Invariant: the cases begin with events and states that commands made.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::sync::LazyLock;

use casework::custody::{Command, Event, Private, Words};
use casework::{Clock, Drawing, Moment, Role};
use proptest::prelude::*;
use support::states::one_of_each;
use support::{Case, DAY, account, name, noon};

static EVENTS: LazyLock<Vec<Event>> = LazyLock::new(one_of_each);
static APPROVED: LazyLock<Case> = LazyLock::new(|| Case::kept().approved());

/// The first instant after 1 September 2027 in London.
const TERM_ENDS: i64 = 1_819_839_600_000_000;

/// As many cases as elsewhere, or as `PROPTEST_CASES` says.
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn clocks() -> impl Strategy<Value = Vec<Clock>> {
    let all = vec![Clock::Local, Clock::Log, Clock::Authority, Clock::Server];
    prop::collection::vec(prop::sample::select(all), 1..5)
}

fn any_event() -> impl Strategy<Value = Event> {
    let words = (any::<Option<String>>(), any::<Option<String>>());
    (0..EVENTS.len(), any::<(u64, i64, Option<i64>)>(), clocks(), words).prop_map(
        |(at, numbers, clocks, (title, reason))| {
            let (number, at_micros, behind_micros) = numbers;
            let private = Private::from(Words { title, reason, ..Words::default() });
            Event { number, at_micros, behind_micros, clocks, private, ..EVENTS[at].clone() }
        },
    )
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn an_event_comes_back_as_it_was(event in any_event()) {
        let (clear, private) = event.split();
        prop_assert_eq!(&Event::join(&clear, private.as_deref()).unwrap(), &event);
        let closed = Event::join(&clear, None).unwrap();
        prop_assert_eq!(closed.split().0, clear);
        prop_assert_eq!(closed.what, event.what);
    }

    #[test]
    fn what_parses_prints_back(event in any_event(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut clear = event.split().0;
        let at = at.index(clear.len());
        clear[at] = byte;
        if let Ok(read) = Event::join(&clear, None) {
            prop_assert_eq!(read.split().0, clear);
        }
    }

    /// Whatever the clocks say: it begins exactly when they are of two kinds, none says that the term is not over or that it is before what has happened, and
    /// the approvals are not too old.
    #[test]
    fn destruction_begins_by_agreed_time_after_the_term(
        earliest in TERM_ENDS - 3 * DAY..TERM_ENDS + 40 * DAY,
        width in 0_i64..4 * DAY,
        clocks in clocks(),
    ) {
        let latest = earliest + width;
        let moment = Moment::agreed(earliest, latest, &clocks).unwrap();
        let approved_at = noon("2027-09-03").at_micros();
        let kinds: std::collections::BTreeSet<_> = clocks.iter().collect();
        let expected = kinds.len() >= 2
            && earliest >= TERM_ENDS
            && moment.at_micros() >= approved_at - casework::TOLERANCE_MICROS
            && latest <= approved_at + 30 * DAY;
        let command = Command::BeginDestruction { stores: vec![name("main")], places: vec![] };
        let begun = APPROVED.clone().act("ann", &command, &moment);
        prop_assert_eq!(begun.is_ok(), expected, "{:?}", begun);
    }

    /// Roles taken and given in any order: nobody's approval counts but of those who had one and the same role all the time.
    #[test]
    fn an_approval_outlives_no_role(taken in prop::collection::vec((0_usize..2, any::<bool>()), 0..4)) {
        let mut case = APPROVED.clone();
        let who = [("ann", Role::RecordsOfficer), ("bob", Role::PrivacyOfficer)];
        for (one, again) in &taken {
            let (name, role) = who[*one];
            if case.office.staff.who(&account(name)).unwrap().has(role) {
                case.office.revoke(name, role);
                if *again {
                    case.office.grant(name, role);
                }
            }
        }
        let command = Command::BeginDestruction { stores: vec![name("main")], places: vec![] };
        prop_assert_eq!(case.act("", &command, &noon("2027-09-05")).is_ok(), taken.is_empty());
    }

    #[test]
    fn a_drawing_that_is_read_is_printed_the_same(text in "[0-9]{1,3},[0-9]{1,3}([ ;][0-9]{1,3},[0-9]{1,3}){0,8}|[0-9,; ]{0,40}") {
        if let Ok(drawing) = text.parse::<Drawing>() {
            prop_assert_eq!(drawing.to_string(), text);
        }
    }
}
