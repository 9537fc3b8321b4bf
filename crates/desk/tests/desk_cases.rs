//! Meetings by the pages of the desk, without a script: from the plan over the asking to the copies in both hands, and what may not be.
//!
//! Not what may be done in a case (`casework`), nor a browser (`desk_browser.rs`). Invariants: what is done is done by forms as their pages show them; what is refused
//! changes nothing and loses nothing that was typed.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::Answer;
use harness::authenticator::Authenticator;
use harness::desk::{Browser, Counter, attribute};

const OFFICES: &str = r#"
[[offices]]
name = "north"
title = "North Street"
[[offices.rooms]]
name = "one"
title = "Room 1"
private = true
[[offices.rooms]]
name = "two"
title = "Room 2"
private = true

[[offices]]
name = "south"
title = "South Road"
[[offices.rooms]]
name = "one"
title = "Room 1"
private = true
"#;

/// An office at ten in the morning of a working day, with somebody in each role that meetings take.
struct Day {
    counter: Counter,
    dan: Somebody,
    lea: Somebody,
    ada: Somebody,
    priya: Somebody,
    tom: Somebody,
}

struct Somebody {
    name: &'static str,
    key: Authenticator,
    browser: Browser,
}

impl Day {
    fn new() -> Day {
        let mut counter = Counter::by_clock(OFFICES, "2026-12-03 10:00:00");
        let [(anna, _), (ben, _)] = counter.founded();
        let mut pair = [anna, ben];
        let roles = ["interviewer", "team-leader", "adviser", "privacy-officer", "interviewer"];
        let names = ["dan", "lea", "ada", "priya", "tom"];
        let mut all = names.into_iter().zip(roles).enumerate().map(|(number, (name, role))| {
            let (browser, key) = counter.join(&mut pair, name, 10 + number, &[role]);
            Somebody { name, key, browser }
        });
        let mut next = || all.next().unwrap();
        let (dan, lea, ada, priya, tom) = (next(), next(), next(), next(), next());
        drop(all);
        Day { counter, dan, lea, ada, priya, tom }
    }

    /// Later, when everybody signs in anew.
    fn at(&mut self, now: &str) {
        self.counter.set_clock(now);
        for one in [&mut self.dan, &mut self.lea, &mut self.ada, &mut self.priya, &mut self.tom] {
            one.browser = self.counter.signed_in(one.name, &mut one.key);
        }
    }
}

/// Plans a meeting of dan's for that time; its address.
fn planned(
    by: &mut Browser,
    kind: &str,
    (year, month, day): (&str, &str, &str),
    (starts, ends): (&str, &str),
) -> String {
    let fields = [
        ("meeting", kind),
        ("jurisdiction", "england-and-wales"),
        ("business", "jobcentre-plus"),
        ("office", "north"),
        ("starts-day", day),
        ("starts-month", month),
        ("starts-year", year),
        ("starts-time", starts),
        ("ends", ends),
        ("staff", "dan"),
        ("name", "Jo Example"),
        ("contact", "01632 960 001"),
    ];
    let page = by.get("/cases/plan");
    let reference = attribute(page.body.split_once("name=\"case_reference\"").unwrap().1, "value").unwrap();
    let fields = [&fields[..], &[("case_reference", reference.as_str())]].concat();
    let done = by.send(&page, "/cases/plan", &fields);
    assert_eq!(done.status, 303, "{}", done.body);
    let case = done.header("location").unwrap();
    // Sent twice, it is planned once.
    let again = by.send(&page, "/cases/plan", &fields);
    assert_eq!((again.status, again.header("location")), (303, Some(case.clone())));
    case
}

impl Browser {
    /// Says for what this case is looked at; the page that is seen then.
    fn look(&mut self, case: &str, purpose: &str) -> Answer {
        let asked = self.get(case);
        let looked = self.send(&asked, &format!("{case}/look"), &[("purpose", purpose)]);
        assert_eq!(looked.status, 303, "{}", looked.body);
        let seen = self.get(case);
        assert_eq!(seen.status, 200);
        seen
    }

    /// The same for another purpose than the one that stands.
    fn look_again(&mut self, case: &str, purpose: &str) -> Answer {
        let path = format!("{case}/look");
        let asked = self.get(&path);
        assert_eq!(asked.status, 200, "{}", asked.body);
        assert_eq!(self.send(&asked, &path, &[("purpose", purpose)]).status, 303);
        self.get(case)
    }

    /// Does a deed, which must be done.
    fn does(&mut self, case: &str, deed: &str, fields: &[(&str, &str)]) {
        self.done(&format!("{case}/do/{deed}"), &format!("{case}/do/{deed}"), fields);
    }

    /// Does a deed, which is refused: the page.
    fn tries(&mut self, case: &str, deed: &str, fields: &[(&str, &str)]) -> Answer {
        self.act(&format!("{case}/do/{deed}"), &format!("{case}/do/{deed}"), fields)
    }
}

#[test]
fn a_meeting_is_recorded_on_request_from_the_plan_to_the_copies_in_both_hands() {
    let mut day = Day::new();
    let case = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:00", "12:00"));
    let dan = &mut day.dan.browser;
    dan.look(&case, "arrange");
    let ask = [
        ("channel", "telephone"),
        ("device_of", "office"),
        ("doing", "record-sound"),
        ("adjustment", "no"),
        ("note", "I want to have it on record"),
    ];
    dan.does(&case, "ask", &ask);
    // What the person is unhappy about is seen by whoever looks into that, and not in passing.
    assert!(!dan.get(&case).body.contains("I want to have it on record"));
    assert!(dan.look_again(&case, "resolve").body.contains("I want to have it on record"));
    // It cannot begin, and the page says what is missing, by which clause.
    dan.does(&case, "accept", &[]);
    dan.does(&case, "assign-room", &[("room", "one"), ("is_private", "yes")]);
    dan.does(&case, "say-content", &[("content", "yes")]);
    let letter = [
        ("letter", "recording"),
        ("template", "recording-1"),
        ("fits", "yes"),
        ("dispatch", "post"),
        ("note", "Dear Jo Example, this is what happens."),
    ];
    dan.does(&case, "issue-letter", &letter);
    let seen = day.dan.browser.get(&case);
    assert!(seen.body.contains("Asked for by S1-18, S1-19 of "), "the clause of the private room: {}", seen.body);

    day.at("2026-12-10 10:50:00");
    let dan = &mut day.dan.browser;
    dan.look(&case, "hold-meeting");
    dan.does(&case, "enter", &[("party", "person"), ("name", "Jo Example")]);
    dan.does(&case, "enter", &[("party", "professional"), ("account", "dan")]);
    let refused = dan.tries(&case, "start", &[("recorded", "yes")]);
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("private-room"), "{}", refused.body);
    for check in ["private-room", "nobody-else-heard", "recorder", "recorder-medium"] {
        dan.does(&case, "look", &[("check", check), ("good", "yes")]);
    }
    day.counter.set_clock("2026-12-10 11:00:30");
    let dan = &mut day.dan.browser;
    dan.does(&case, "start", &[("recorded", "yes")]);
    pauses_when_the_look_is_over(&mut day, &case);
    let dan = &mut day.dan.browser;
    dan.does(&case, "resume", &[]);
    dan.does(&case, "end", &[("ending", "finished")]);
    made_alike(dan, &case);
    for side in ["person", "office"] {
        dan.does(&case, "check-copy", &[("side", side), ("verdict", "complete")]);
    }
    let early = dan.tries(&case, "close", &[("outcome", "recorded")]);
    assert_eq!(early.status, 409, "{}", early.body);
    dan.does(&case, "hand-over", &[("side", "person"), ("receiver", "Jo Example")]);
    dan.does(&case, "hand-over", &[("side", "office")]);
    dan.does(&case, "keep", &[("thing", &"8".repeat(32))]);
    dan.does(&case, "close", &[("outcome", "recorded")]);
    let seen = dan.get(&case);
    assert!(seen.body.contains("What became of it: "), "{}", seen.body);

    is_accounted_for(&mut day, &case, &seen);
}

/// Sends a form that was on the screen for longer than a look stands.
fn pauses_when_the_look_is_over(day: &mut Day, case: &str) {
    let dan = &mut day.dan.browser;
    let pause = format!("{case}/do/pause");
    let shown = dan.get(&pause);
    // Longer than a look stands: what is pressed in the room is done all the same, and stands beside a look of its own.
    let looks = "SELECT COUNT(*) FROM event WHERE stream LIKE 'case/%' AND CAST(clear AS TEXT) LIKE '%\"looked\"%'";
    let before: u32 = day.counter.ask(looks).parse().unwrap();
    for later in ["2026-12-10 11:10:00", "2026-12-10 11:16:40"] {
        day.counter.set_clock(later);
        assert_eq!(day.dan.browser.get("/cases/totals").status, 200);
    }
    let dan = &mut day.dan.browser;
    let over = dan.get(&pause);
    assert_eq!((over.status, over.header("location")), (303, Some(case.to_owned())), "{}", over.body);
    let paused = dan.send(&shown, &pause, &[("pause", "break")]);
    assert_eq!((paused.status, paused.header("location")), (303, Some(case.to_owned())), "{}", paused.body);
    assert_eq!(day.counter.ask(looks), (before + 1).to_string());
}

/// Notes two copies that are the same.
fn made_alike(dan: &mut Browser, case: &str) {
    let digest = "5".repeat(64);
    let copies = [
        ("id", "4".repeat(64)),
        ("persons_carrier", "file".to_owned()),
        ("persons_digest", digest.clone()),
        ("offices_carrier", "file".to_owned()),
        ("offices_digest", digest),
        ("compared", "no".to_owned()),
    ];
    let copies: Vec<(&str, &str)> = copies.iter().map(|(name, value)| (*name, value.as_str())).collect();
    dan.does(case, "make-copies", &copies);
}

/// The totals add up, on the page and from the command line; and the rules of the day are told.
fn is_accounted_for(day: &mut Day, case: &str, seen: &Answer) {
    day.lea.browser = day.counter.signed_in("lea", &mut day.lea.key);
    let totals = day.lea.browser.get("/cases/totals");
    assert_eq!(totals.status, 200);
    let said = day.counter.command(&["cases", "totals"], 0);
    assert!(said.starts_with("1 planned, 1 recorded, 0 to come, 0 under way, 0 overdue\n"), "{said}");
    let rules = day.dan.browser.get(&format!("{case}/rules"));
    assert!(rules.status == 200 && rules.body.contains("recording version 6"), "{}", rules.body);
    let reference = reference(seen);
    let said = day.counter.command(&["rules", "explain", &reference], 0);
    assert!(said.starts_with("appointment 1 on 2026-12-10: recorded\n"), "{said}");
    assert!(said.contains("decided: event "), "{said}");
    let said = day.counter.command(&["check", "--rebuild", &day.counter.path("office")], 0);
    assert!(said.contains(" 1 cases; all was the same, to the byte"), "{said}");
}

/// A case's reference, as its page has it.
fn reference(seen: &Answer) -> String {
    let is_one = |word: &&str| word.len() == 14 && word.split('-').all(|part| part.len() == 4);
    let words = seen.body.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| is_one(word)).map(str::to_owned).next().unwrap()
}

#[test]
fn nobody_sees_a_case_before_they_say_why_and_strangers_see_none() {
    let mut day = Day::new();
    let case = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:00", "12:00"));
    let asked = day.dan.browser.get(&case);
    assert_eq!(asked.status, 200);
    assert!(!asked.body.contains("Jo Example"), "why is asked first: {}", asked.body);
    assert!(day.dan.browser.look(&case, "arrange").body.contains("Jo Example"));
    // Another interviewer finds it, to note what a person says, and sees nothing.
    let thin = day.tom.browser.get(&case);
    assert_eq!(thin.status, 200);
    assert!(!thin.body.contains("Jo Example") && !thin.body.contains("01632"), "{}", thin.body);
    let refused = day.tom.browser.send(&thin, &format!("{case}/look"), &[("purpose", "hold-meeting")]);
    assert_ne!(refused.status, 303);
    day.tom.browser.does(
        &case,
        "ask",
        &[("channel", "telephone"), ("device_of", "office"), ("doing", "record-sound"), ("adjustment", "no")],
    );
    // What is not there and what is not theirs are the same.
    let other = format!("/cases/{}", "0".repeat(32));
    let (none, odd) = (day.dan.browser.get(&other), day.dan.browser.get("/cases/nothing"));
    assert_eq!((none.status, odd.status), (404, 404));
    assert_eq!(none.body, odd.body);
    // Who looked stands on the case.
    let seen = day.lea.browser.look(&case, "decide-request");
    assert!(seen.body.contains("dan") && seen.body.contains("lea"), "{}", seen.body);
}

#[test]
fn what_is_refused_changes_nothing_and_loses_nothing_that_was_typed() {
    let mut day = Day::new();
    let case = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:00", "12:00"));
    let dan = &mut day.dan.browser;
    dan.look(&case, "arrange");
    let before = day.counter.ask("SELECT MAX(number) FROM event");
    let page = dan.tries(&case, "ask", &[("channel", ""), ("device_of", "office"), ("note", "kettle <b>words</b>")]);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("kettle &lt;b&gt;words&lt;/b&gt;"), "{}", page.body);
    assert!(page.body.contains("href=\"#channel\"") && page.body.contains("href=\"#doing\""), "{}", page.body);
    assert_eq!(day.counter.ask("SELECT MAX(number) FROM event"), before);
    // What the procedure refuses stands above the form, and what was typed in it.
    let page = dan.tries(&case, "opt-out", &[("channel", "telephone"), ("reason", "they said so")]);
    assert!(page.status == 409 && page.body.contains("they said so"), "{}", page.body);
    assert_eq!(day.counter.ask("SELECT MAX(number) FROM event"), before);
    // A form sent twice acts once.
    let fields = [("channel", "telephone"), ("device_of", "office"), ("doing", "record-sound"), ("adjustment", "no")];
    let action = format!("{case}/do/ask");
    let shown = dan.get(&action);
    for _ in 0..3 {
        assert_eq!(dan.send(&shown, &action, &fields).status, 303);
    }
    assert_eq!(
        day.counter
            .ask("SELECT COUNT(*) FROM event WHERE stream LIKE 'case/%' AND CAST(clear AS TEXT) LIKE '%\"asked\"%'"),
        "1"
    );
    // Who was shown an older state looks again first.
    let shown = dan.get(&format!("{case}/do/accept"));
    day.lea.browser.look(&case, "decide-request");
    day.lea.browser.does(&case, "accept", &[]);
    let dan = &mut day.dan.browser;
    let stale = dan.send(&shown, &format!("{case}/do/accept"), &[("request", "2")]);
    assert!(matches!(stale.status, 303 | 404 | 409 | 422), "{}", stale.body);
}

#[test]
fn a_room_has_one_meeting_at_a_time() {
    let mut day = Day::new();
    let first = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:00", "12:00"));
    let second = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:30", "12:30"));
    let dan = &mut day.dan.browser;
    dan.look(&first, "arrange");
    dan.look(&second, "arrange");
    let page = dan.get(&format!("{second}/do/assign-room"));
    assert!(page.body.contains("Room 1"), "{}", page.body);
    let copy = day.counter.path("copy.sqlite");
    day.counter.edit(&format!("VACUUM INTO '{copy}'"));
    let dan = &mut day.dan.browser;
    dan.does(&first, "assign-room", &[("room", "one"), ("is_private", "yes")]);
    // Whoever put the row of before in its place has no other room by it.
    day.counter
        .edit(&format!("ATTACH '{copy}' AS old; INSERT OR REPLACE INTO main.case_now SELECT * FROM old.case_now"));
    assert_eq!(day.counter.ask("SELECT COUNT(room) FROM case_now"), "0", "nothing was put back");
    let dan = &mut day.dan.browser;
    // Whoever had the page before is told; the page shows it no more.
    let taken = dan.send(&page, &format!("{second}/do/assign-room"), &[("room", "one"), ("is_private", "yes")]);
    assert!(taken.status == 409 || taken.status == 422, "{}", taken.status);
    assert!(!dan.get(&format!("{second}/do/assign-room")).body.contains("value=\"one\""));
    dan.does(&second, "assign-room", &[("room", "two"), ("is_private", "yes")]);
    // Nor does a case that was over get a room back that another has by then.
    dan.does(&first, "close", &[("outcome", "cancelled-by-office"), ("reason", "the heating is broken")]);
    dan.does(&second, "assign-room", &[("room", "one"), ("is_private", "yes")]);
    let lea = &mut day.lea.browser;
    lea.look(&first, "arrange");
    let taken = lea.tries(&first, "reopen", &[("reason", "it was another Jo Example")]);
    assert!(taken.status == 409 && taken.body.contains("room has another meeting then"), "{}", taken.body);
    assert!(taken.body.contains("it was another Jo Example"));
}

#[test]
fn a_room_is_not_free_because_an_index_has_it_so() {
    let mut day = Day::new();
    let first = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:00", "12:00"));
    let second = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:30", "12:30"));
    let dan = &mut day.dan.browser;
    dan.look(&first, "arrange");
    dan.look(&second, "arrange");
    let page = dan.get(&format!("{second}/do/assign-room"));
    let copy = day.counter.path("copy.sqlite");
    day.counter.edit(&format!("VACUUM INTO '{copy}'"));
    let dan = &mut day.dan.browser;
    dan.does(&first, "assign-room", &[("room", "one"), ("is_private", "yes")]);
    let mut gives = || {
        let dan = &mut day.dan.browser;
        let path = format!("{second}/do/assign-room");
        let said = dan.send(&page, &path, &[("room", "one"), ("is_private", "yes")]);
        assert!(said.status >= 400, "{}", said.status);
        said.status
    };
    let database = day.counter.path("office/events.sqlite");
    assert_eq!(harness::out_of_the_index(&database, "case_now_room", "b = 'one'"), 1);
    assert!([409, 422].contains(&gives()), "by the index of rooms");
    day.counter.edit("REINDEX case_now_room");
    // The row of before, and no entry of the events behind it.
    day.counter
        .edit(&format!("ATTACH '{copy}' AS old; INSERT OR REPLACE INTO main.case_now SELECT * FROM old.case_now"));
    let stream = format!("case/{}", first.trim_start_matches("/cases/"));
    let which = format!("a = '{stream}' AND b > (SELECT position FROM case_now WHERE 'case/' || id = '{stream}')");
    assert!(harness::out_of_the_index(&database, "sqlite_autoindex_event_2", &which) > 0);
    gives();
    let rooms = day.counter.ask("SELECT COUNT(room) FROM case_now NOT INDEXED");
    assert!(rooms == "0" || rooms == "1", "{rooms}");
    let given = format!("SELECT room IS NULL FROM case_now NOT INDEXED WHERE '/cases/' || id = '{second}'");
    assert_eq!(day.counter.ask(&given), "1", "no room was given twice");
}

#[test]
fn a_case_that_is_lost_with_the_office_is_named() {
    let mut day = Day::new();
    let newest = |day: &Day| day.counter.ask("SELECT MAX(number) FROM event").parse::<u64>().unwrap();
    let (backup, office) = (day.counter.path("backup"), day.counter.path("office"));
    day.counter.command(&["backup", "--office", &office, "--to", &backup], 0);
    let before = newest(&day);
    let case = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:00", "12:00"));
    let lost = (newest(&day) - before).to_string();
    drop(day.counter.role.take());
    std::fs::remove_dir_all(&office).unwrap();
    day.counter.command(&["restore", "--from", &backup, "--office", &office, "--events-lost", &lost], 0);
    let id = case.rsplit('/').next().unwrap();
    let said = day.counter.command(&["cases", "totals"], 1);
    assert!(said.contains(&format!("not known: {id}: its key is there, and its events are not")), "{said}");
    assert!(said.contains("the columns do not add up"), "{said}");
    let said = day.counter.command(&["vault", "status"], 1);
    assert!(said.contains(&format!("case {id}: its key is there")), "{said}");
}

#[test]
fn a_meeting_has_a_page_of_its_own_and_a_signature_is_drawn() {
    let mut day = Day::new();
    let case = planned(&mut day.dan.browser, "interview", ("2026", "12", "10"), ("11:00", "12:00"));
    let dan = &mut day.dan.browser;
    dan.look(&case, "arrange");
    dan.does(&case, "assign-room", &[("room", "one"), ("is_private", "yes")]);
    day.at("2026-12-10 10:50:00");
    // Nobody comes to it but by saying why they look.
    let (room, live) = (format!("{case}/room"), format!("{case}/room/live"));
    let asked = day.dan.browser.get(&room);
    assert_eq!((asked.status, asked.header("location")), (303, Some(case.clone())));
    assert_eq!(day.dan.browser.get(&live).status, 204);
    let tom = day.tom.browser.get(&room);
    assert!(tom.status == 404 || tom.header("location").as_deref() == Some(&*case), "{}", tom.head);
    let dan = &mut day.dan.browser;
    dan.look(&case, "hold-meeting");
    let page = dan.get(&room);
    assert!(page.status == 200 && page.body.contains("Room 1, North Street"), "{}", page.body);
    assert!(page.body.contains("This room has no recorder of the office"), "{}", page.body);
    // A form that is opened there leads back there.
    let look = format!("{case}/do/look");
    assert!(page.body.contains(&format!("href=\"{look}?back=room\"")), "{}", page.body);
    let form = dan.get(&format!("{look}?back=room"));
    let done = dan.send(&form, &look, &[("check", "private-room"), ("good", "yes")]);
    assert_eq!((done.status, done.header("location")), (303, Some(room.clone())), "{}", done.body);
    let part = dan.get(&live);
    assert!(part.status == 200 && part.body.starts_with("<div data-state="), "{}", part.body);

    // The agreement is read where it is signed; what is no drawing is refused, and what is typed is there still.
    let agree = format!("{case}/do/agree");
    let form = dan.get(&format!("{agree}?back=room"));
    let text = include_str!("../papers/agreement-1.txt").lines().find(|line| line.len() > 30).unwrap();
    assert!(form.body.contains(text) && form.body.contains("<canvas"), "{}", form.body);
    let fields = [("who", "person"), ("template", "agreement-1"), ("consent", "signed"), ("name", "Jo Example")];
    for drawing in ["1,2\"/><script>", "601,0", "1,2;"] {
        let refused = dan.send(&form, &agree, &[&fields[..], &[("drawing", drawing)]].concat());
        assert!(refused.status == 422 && refused.body.contains("The signature could not be read"), "{}", refused.body);
        assert!(
            refused.body.contains("value=\"Jo Example\"") && !refused.body.contains("\"/><script>"),
            "{}",
            refused.body
        );
    }
    let done = dan.send(&form, &agree, &[&fields[..], &[("drawing", "12,30 14,33;50,60")]].concat());
    assert_eq!((done.status, done.header("location")), (303, Some(room.clone())), "{}", done.body);
    let seen = dan.get(&case);
    assert!(seen.body.contains("d=\"M12 30L14 33M50 60L50 60\""), "{}", seen.body);
    assert!(dan.get(&room).body.contains(">Agreed<"));

    // Before it begins their look ends as anywhere; once it is held, whoever holds it goes on being shown it, by a look that is on the record.
    day.counter.set_clock("2026-12-10 10:59:00");
    assert_eq!(day.dan.browser.get(&live).status, 200);
    day.counter.set_clock("2026-12-10 11:07:00");
    assert_eq!((day.dan.browser.get(&live).status, day.dan.browser.get(&room).status), (204, 303));
    let dan = &mut day.dan.browser;
    dan.look(&case, "hold-meeting");
    dan.does(&case, "enter", &[("party", "person"), ("name", "Jo Example")]);
    dan.does(&case, "enter", &[("party", "professional"), ("account", "dan")]);
    dan.does(&case, "start", &[("recorded", "no")]);
    day.counter.set_clock("2026-12-10 11:16:00");
    assert_eq!(day.dan.browser.get(&live).status, 200);
    day.counter.set_clock("2026-12-10 11:24:00");
    let looks = "SELECT COUNT(*) FROM event WHERE stream LIKE 'case/%' AND CAST(clear AS TEXT) LIKE '%\"looked\"%'";
    let before: u32 = day.counter.ask(looks).parse().unwrap();
    assert_eq!(day.dan.browser.get(&live).status, 204);
    assert_eq!(day.dan.browser.get(&room).status, 200);
    assert_eq!(day.counter.ask(looks).parse::<u32>().unwrap(), before + 1);
}
