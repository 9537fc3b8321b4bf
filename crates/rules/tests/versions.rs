//! Several versions of a pack: which one decides what, and which do not go together.
//!
//! Not here: faults within one pack (`bad_packs.rs`).
//! Each pack is a few lines made here, so that a row shows all that matters.
#![allow(clippy::unwrap_used)]

use rules::{Act, Book, Count, Date, Fact, Facts, HolidaysOf, Jurisdiction, Thing};

const ENGLAND: Jurisdiction = Jurisdiction::EnglandAndWales;

fn head(name: &str, version: u32, from: &str) -> String {
    format!(
        "[pack]\nname = \"{name}\"\nversion = {version}\nfrom = {from}\n[source.S]\ntitle = \"A page\"\nauthority = \"own\"\n"
    )
}

fn value(name: &str, value: &str, more: &str, from: &str) -> String {
    format!(
        "[[value]]\nname = \"{name}\"\nvalue = \"{value}\"\n{more}jurisdiction = [\"uk\"]\nsource = \"S\"\nclause = \"1\"\nfrom = {from}\nuntil = \"open\"\n"
    )
}

fn retention(span: &str, fact: &str, from: &str) -> String {
    value("retention.tape", span, &format!("counts_from = \"{fact}\"\nlimit = \"at-most\"\n"), from)
}

fn reckoning() -> String {
    head("calendar", 1, "2000-01-01")
        + &value("reckoning.month", "corresponding-date", "", "2000-01-01")
        + &value("reckoning.zone", "Europe/London GMT0BST,M3.5.0/1,M10.5.0/2", "", "2000-01-01")
}

fn book(packs: &[String]) -> Result<Book, rules::Error> {
    Book::read(packs.iter().map(|text| ("test", text.as_str())))
}

fn tape(facts: &[(Fact, &str)]) -> Thing {
    let facts = facts.iter().fold(Facts::new(), |facts, (fact, on)| facts.with(*fact, on.parse().unwrap()));
    Thing { kind: "tape".parse().unwrap(), jurisdiction: ENGLAND, facts }
}

/// Days of a thing; the last day and the version that decides, or the refusal.
type Row = (&'static [(Fact, &'static str)], Result<(&'static str, u32), &'static str>);

#[test]
fn a_thing_stays_under_the_version_in_which_its_count_began() {
    let book = book(&[
        reckoning(),
        head("custody", 2, "2020-01-01") + &retention("6 months", "made", "2020-01-01"),
        head("custody", 1, "2010-01-01") + &retention("14 months", "made", "2010-01-01"),
        head("custody", 3, "2026-01-01") + &retention("6 months", "ended", "2026-01-01"),
    ]);
    let book = book.unwrap();
    let table: &[Row] = &[
        // The last day of version 1 and the first of version 2; the term itself runs far into the later one's days.
        (&[(Fact::Made, "2019-12-31")], Ok(("2021-02-28", 1))),
        (&[(Fact::Made, "2020-01-01")], Ok(("2020-07-01", 2))),
        (&[(Fact::Made, "2025-12-31")], Ok(("2026-06-30", 2))),
        // Version 3 counts from another fact: what began before it stays where it began, though it ended later.
        (&[(Fact::Made, "2025-12-31"), (Fact::Ended, "2026-03-01")], Ok(("2026-06-30", 2))),
        (&[(Fact::Made, "2026-01-01"), (Fact::Ended, "2026-03-01")], Ok(("2026-09-01", 3))),
        (&[(Fact::Made, "2026-01-01")], Err("retention.tape counts from `ended`, and that day is not given")),
        // Without the earlier fact nobody can know that it did not begin under an earlier version.
        (&[(Fact::Ended, "2026-03-01")], Err("retention.tape counts from `made`, and that day is not given")),
        (&[(Fact::Made, "2009-12-31")], Err("no rule retention.tape for england-and-wales was in force on 2009-12-31")),
    ];
    for (facts, expected) in table {
        match (book.due(&tape(facts)), expected) {
            (Ok(decision), Ok((last, version))) => {
                assert_eq!(
                    (decision.last_day().to_string().as_str(), decision.applied()[0].pack.version),
                    (*last, *version)
                );
            }
            (Err(refusal), Err(expected)) => assert_eq!(refusal.to_string(), *expected),
            (found, _) => unreachable!("{facts:?}: {found:?}"),
        }
    }
}

#[test]
fn an_act_is_under_the_version_of_its_own_day() {
    let approvals = |people: &str, from: &str| value("approvals.destruction", people, "", from);
    let book = book(&[
        head("custody", 1, "2010-01-01") + &approvals("2 people", "2010-01-01"),
        head("custody", 2, "2020-01-01") + &approvals("3 people", "2020-01-01"),
    ]);
    let book = book.unwrap();
    for (on, people) in [("2019-12-31", 2), ("2020-01-01", 3)] {
        assert_eq!(book.approvals(Act::Destruction, on.parse().unwrap(), ENGLAND).unwrap().people(), people);
    }
}

#[test]
fn versions_stay_and_do_not_overlap_and_no_two_packs_say_the_same() {
    let one = |name: &str, version, from: &str| head(name, version, from) + &retention("14 months", "made", from);
    let holidays = |name: &str| {
        head(name, 1, "2014-01-01")
            + "[holidays]\nsource = \"S\"\nclause = \"1\"\nfrom = 2014-01-01\nuntil = 2015-01-01\nlist = [{ date = 2014-01-01, name = \"N\", in = [\"uk\"] }]\n"
    };
    let table: &[(&[String], &str)] = &[
        (&[one("a", 1, "2010-01-01"), one("a", 1, "2011-01-01")], "two packs are a version 1"),
        (&[one("a", 2, "2010-01-01")], "a version 1 is missing beside version 2"),
        (&[one("a", 1, "2010-01-01"), one("a", 3, "2012-01-01")], "a version 2 is missing beside version 3"),
        (
            &[one("a", 1, "2010-01-01"), one("a", 2, "2010-01-01")],
            "a version 2 begins on 2010-01-01, not later than version 1",
        ),
        (
            &[one("a", 1, "2010-01-01"), one("b", 1, "2010-01-01")],
            "retention.tape for england-and-wales stand in two packs, a and b",
        ),
        (
            &[one("a", 1, "2010-01-01"), head("a", 2, "2012-01-01") + &retention("6 months", "made", "2012-01-02")],
            "a version 2 has no retention.tape for england-and-wales on its first day, 2012-01-01, and a version 1 has",
        ),
        (
            &[holidays("a"), one("a", 2, "2014-06-01")],
            "a version 2 has no list of holidays on its first day, 2014-06-01, and a version 1 has",
        ),
        (&[holidays("a"), holidays("b")], "bank holidays for england-and-wales stand in two packs, a and b"),
    ];
    for (packs, expected) in table {
        let error = book(packs).unwrap_err();
        assert_eq!(error.to_string(), *expected);
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_holiday_is_believed_by_the_version_that_speaks_about_its_day() {
    let list = |version, from: &str, days: &str| {
        let text =
            format!("[holidays]\nsource = \"S\"\nclause = \"1\"\nfrom = {from}\nuntil = 2015-01-01\nlist = [{days}]\n");
        head("days", version, from) + &text
    };
    let day = |date: &str| {
        format!("{{ date = {date}, name = \"N\", in = [\"uk\"], unconfirmed = true, reason = \"a test\" }},")
    };
    let first = list(1, "2014-01-01", &(day("2014-05-05") + &day("2014-08-25")));
    // Takes the August holiday away and gives one on its own first day.
    let second = list(2, "2014-06-02", &day("2014-06-02"));
    let more = "counts_from = \"made\"\nlimit = \"at-most\"\nholidays = \"own-division\"\n";
    let custody = head("custody", 1, "2010-01-01") + &value("retention.tape", "3 working days", more, "2010-01-01");
    let book = book(&[reckoning(), first, second, custody]).unwrap();
    let table = [
        ("2014-05-02", "2014-05-08", &["days version 1", "days version 1"][..]),
        ("2014-05-30", "2014-06-05", &["days version 1", "days version 2", "days version 2"]),
        ("2014-08-22", "2014-08-27", &["days version 2"]),
    ];
    for (made, last, packs) in table {
        let decision = book.due(&tape(&[(Fact::Made, made)])).unwrap();
        assert_eq!(decision.last_day(), last.parse::<Date>().unwrap(), "{made}");
        let holidays = decision.applied().iter().filter(|one| one.what.starts_with("bank holiday"));
        assert_eq!(holidays.map(|one| one.pack.to_string()).collect::<Vec<_>>(), packs, "{made}");
        // The list is one, and each unconfirmed holiday on the way another.
        let marks = decision.unconfirmed().filter(|(one, _)| one.what == "bank holiday").count();
        assert_eq!(marks, usize::from(made != "2014-08-22"), "{made}");
    }
    let refusal = book.due(&tape(&[(Fact::Made, "2014-12-30")])).unwrap_err();
    assert_eq!(refusal.to_string(), "the bank holidays of 2015-01-01 are not known");
}

#[test]
fn an_office_s_own_day_is_as_the_version_of_that_day_has_it() {
    let own = |office: &str, date: &str, day: &str| {
        format!(
            "[[override]]\noffice = \"{office}\"\ndate = {date}\nday = \"{day}\"\nwhy = \"W\"\nsource = \"S\"\nclause = \"1\"\n"
        )
    };
    let first =
        head("own", 1, "2014-01-01") + &own("west", "2014-11-07", "closed") + &own("west", "2014-06-06", "closed");
    let second =
        head("own", 2, "2014-07-01") + &own("west", "2014-11-07", "as-listed") + &own("west", "2014-11-08", "open");
    let late = second.clone() + &own("west", "2014-12-01", "closed");
    let built_in = rules::BUILT_IN.iter().find(|(path, _)| path.starts_with("bank-holidays")).unwrap().1.to_owned();
    let ends = |packs: &[String], began: &str| {
        let all: Vec<_> = packs.iter().cloned().chain([reckoning(), built_in.clone()]).collect();
        let count = Count {
            span: "1 working day".parse().unwrap(),
            fact: Fact::Received,
            began: began.parse().unwrap(),
            jurisdiction: ENGLAND,
            holidays: HolidaysOf::OwnDivision,
            office: Some("west".parse().unwrap()),
        };
        book(&all).unwrap().clock(&count).unwrap().last_day().to_string()
    };
    let table = [
        (vec![first.clone()], "2014-11-06", "2014-11-10"),
        (vec![first.clone(), second.clone()], "2014-11-06", "2014-11-07"),
        (vec![first.clone(), second.clone()], "2014-11-07", "2014-11-08"),
        (vec![first.clone(), late], "2014-11-28", "2014-12-02"),
        (vec![first.clone(), second.clone()], "2014-06-05", "2014-06-09"),
    ];
    for (packs, began, last) in table {
        assert_eq!(ends(&packs, began), last, "from {began} by {} packs", packs.len());
    }
    let forgotten = head("own", 2, "2014-07-01") + &own("west", "2014-11-08", "open");
    let error = book(&[first.clone(), forgotten]).unwrap_err();
    assert_eq!(error.to_string(), "own version 2 has nothing on 2014-11-07 of west, and own version 1 has");
    let other = head("other", 1, "2014-01-01") + &own("west", "2014-03-03", "closed");
    let error = book(&[first, other]).unwrap_err();
    assert_eq!(error.to_string(), "the own days of west stand in two packs, other and own");
}

#[test]
fn a_missing_rule_of_the_calendar_is_a_refusal() {
    let custody = head("custody", 1, "2010-01-01") + &retention("14 months", "made", "2010-01-01");
    let thing = tape(&[(Fact::Made, "2014-07-16")]);
    let alone = book(std::slice::from_ref(&custody)).unwrap();
    assert_eq!(alone.due(&thing).unwrap_err().to_string(), "no pack has a rule reckoning.month for england-and-wales");
    let month = head("calendar", 1, "2000-01-01") + &value("reckoning.month", "corresponding-date", "", "2000-01-01");
    assert_eq!(
        book(&[custody, month]).unwrap().due(&thing).unwrap_err().to_string(),
        "no pack has a rule reckoning.zone for england-and-wales"
    );
}

#[test]
fn the_digest_is_of_the_very_text() {
    let text = reckoning();
    let other = format!("{text}# a remark\n");
    let id = |text: &String| book(std::slice::from_ref(text)).unwrap().packs().next().unwrap().id().clone();
    assert_eq!(id(&text), id(&text.clone()));
    assert_eq!(id(&text).version, id(&other).version);
    assert_ne!(id(&text).digest, id(&other).digest);
}

/// The twenty working days of an information request, as the sources' own letters had them.
#[test]
fn working_days_of_the_two_letters() {
    let more = |of: &str| format!("counts_from = \"received\"\nlimit = \"at-most\"\nholidays = \"{of}\"\n");
    let built_in = rules::BUILT_IN.iter().find(|(path, _)| path.starts_with("bank-holidays")).unwrap().1;
    let table = [
        ("any-division", ENGLAND, "2014-10-30", "2014-11-27"),
        ("any-division", ENGLAND, "2013-06-18", "2013-07-17"),
        // 12 July is a holiday in Northern Ireland only.
        ("own-division", ENGLAND, "2013-06-18", "2013-07-16"),
        ("own-division", Jurisdiction::NorthernIreland, "2013-06-18", "2013-07-17"),
        // Came in on a Saturday, on Christmas Eve, before the Scottish world cup holiday.
        ("any-division", ENGLAND, "2014-11-01", "2014-11-28"),
        ("any-division", ENGLAND, "2014-12-24", "2015-01-27"),
        ("own-division", Jurisdiction::Scotland, "2026-06-12", "2026-07-13"),
        ("own-division", ENGLAND, "2026-06-12", "2026-07-10"),
    ];
    for (of, place, received, last) in table {
        let request =
            head("requests", 1, "2010-01-01") + &value("retention.tape", "20 working days", &more(of), "2010-01-01");
        let book = book(&[reckoning(), built_in.to_owned(), request]).unwrap();
        let mut thing = tape(&[(Fact::Received, received)]);
        thing.jurisdiction = place;
        let decision = book.due(&thing).unwrap();
        assert_eq!(decision.last_day(), last.parse::<Date>().unwrap(), "{of} {place} {received}");
        let applied: Vec<_> = decision.applied().iter().map(|one| one.what.as_str()).collect();
        assert_eq!(applied, ["retention.tape", "bank holidays", "reckoning.zone"]);
    }
}
