//! Every route of the desk, asked by every method as everybody: nobody, with an ended session, set up but not enrolled, without a role, in each role, having left, as a person
//! whose case is here.
//!
//! Not what a form does (`desk_access.rs`). Invariants: the routes are those of the program's own table, as `docs/access.md` prints it; what is
//! expected follows from that table alone.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use casework::Role;
use harness::desk::{Browser, Counter, attribute};
use harness::matrix::{Route, routes};

/// Who asks.
#[derive(Clone)]
struct Somebody {
    name: String,
    browser: Browser,
    is_in: bool,
    sees_people: bool,
    /// Whether they have to do with cases.
    has_cases: bool,
    /// Whether they are a person whose case is here, and none of the staff.
    is_person: bool,
}

impl Somebody {
    /// Whether they keep what is kept.
    fn is_keeper(&self) -> bool {
        ["records-officer", "information-rights-officer", "privacy-officer"].contains(&self.name.as_str())
    }
}

fn everybody(counter: &mut Counter) -> Vec<Somebody> {
    let [(anna, _), (ben, _)] = counter.founded();
    let mut pair = [anna, ben];
    let mut all = vec![Somebody {
        name: "nobody".into(),
        browser: counter.browser(),
        is_in: false,
        sees_people: false,
        has_cases: false,
        is_person: false,
    }];
    let mut add = |name: &str, browser: Browser, is_in: bool, sees_people: bool| {
        let has_cases = name.parse::<Role>().is_ok_and(|role| role != Role::Administrator);
        all.push(Somebody { name: name.into(), browser, is_in, sees_people, has_cases, is_person: false });
    };
    let link = pair[0].link_for("pending", "100");
    let mut key = counter.set_up(&link, "pending", "100");
    add("pending", counter.signed_in("pending", &mut key), true, false);
    let ended = counter.signed_in("pending", &mut key);
    ended.clone().done("/", "/sign-out", &[]);
    add("ended", ended, false, false);
    let (plain, _) = counter.join(&mut pair, "plain", 101, &[]);
    add("plain", plain, true, false);
    let (left, _) = counter.join(&mut pair, "left", 102, &["administrator"]);
    pair[1].done("/people", "/people/leave", &[("account", "left")]);
    add("left", left, false, false);
    for (number, role) in Role::ALL.into_iter().enumerate() {
        let (browser, _) = counter.join(&mut pair, role.as_str(), 200 + number, &[role.as_str()]);
        add(role.as_str(), browser, true, role == Role::Administrator);
    }
    all.push(person(counter, &mut pair));
    all
}

/// A person who is signed in to see their case.
fn person(counter: &Counter, pair: &mut [Browser; 2]) -> Somebody {
    let (mut dan, _) = counter.join(pair, "dan", 300, &["interviewer"]);
    let case = counter.case_of(&mut dan, "dan");
    let code = counter.account_of(&mut dan, &case, "ann@mail.example");
    let browser = counter.person_in("ann@mail.example", &code);
    Somebody { name: "person".into(), browser, is_in: false, sees_people: false, has_cases: false, is_person: true }
}

/// Whether nobody has to be signed in for it.
fn is_for_anybody(route: &Route) -> bool {
    matches!(route.who, "anybody" | "demonstration" | "mailed")
}

/// What may come of it.
fn expected(route: &Route, who: &Somebody) -> &'static [u16] {
    match (route.who, route.method) {
        ("anybody", "GET") if route.path == "/sign-in" => &[200],
        ("anybody", "POST") if route.path == "/sign-in" => &[422],
        // In an office in which things are real there is none of it.
        ("anybody" | "demonstration", _) => &[404],
        ("mailed", "GET") if route.path == "/me/sign-in" => &[200],
        ("mailed", "POST") if route.path == "/me/sign-in" => &[422],
        ("mailed", _) => &[404],
        ("person", _) if !who.is_person => &[303],
        ("person", _) if route.path.contains("{case}") => &[404],
        ("person", "GET") => &[200],
        ("person", _) => &[303],
        _ if !who.is_in => &[303],
        ("people", _) if !who.sees_people => &[403],
        ("cases", _) if !who.has_cases => &[403],
        ("keepers", _) if !who.is_keeper() => &[403],
        (_, _) if route.path == "/cases/plan" && !["interviewer", "team-leader"].contains(&&*who.name) => &[403],
        // None is there: as for one that is nothing to them.
        ("cases" | "keepers", _) if route.path.contains("{case}") || route.path.contains("{thing}") => &[404],
        (_, "GET") => &[200],
        _ if route.path.starts_with("/sign-out") => &[303],
        // An empty form: refused by what it lacks, not by who asks. A key that is not there is removed already.
        _ if route.path == "/keys/remove" => &[303],
        _ => &[400, 422],
    }
}

fn ask(route: &Route, who: &Somebody, fields: &[(&str, &str)]) -> harness::Answer {
    let mut browser = who.browser.clone();
    let path = route.path.replace("{link}", "AAAA").replace("{digest}", "0").replace("{name}", "x.css");
    let path = path.replace("{case}", &"0".repeat(32)).replace("{deed}", "ask");
    let path = path.replace("{thing}", &"0".repeat(32)).replace("{number}", "1");
    if route.method == "GET" {
        return browser.get(&path);
    }
    let home = if who.is_person { "/me" } else { "/" };
    let token = attribute(&browser.clone().get(home).body, "name=\"form_token\" value").unwrap_or_default();
    let mut all = vec![("form_token".to_owned(), token)];
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let origin = browser.origin.clone();
    browser.post(&path, &[("Origin", &origin)], &all)
}

#[test]
fn every_route_answers_everybody_as_the_table_says() {
    let mut counter = Counter::mailing();
    let (people, mut routes) = (everybody(&mut counter), routes());
    // Whoever signs out is out for what comes after.
    routes.sort_by_key(|route| route.path.contains("/sign-out"));
    let mut asked = 0;
    for who in &people {
        for route in &routes {
            let mut who = who.clone();
            if route.path == "/sign-out/everywhere" {
                who.is_in = false;
            }
            if route.path == "/me/sign-out/everywhere" {
                who.is_person = false;
            }
            let answer = ask(route, &who, &[]);
            let may = expected(route, &who);
            assert!(may.contains(&answer.status), "{} {} as {}: {}", route.method, route.path, who.name, answer.head);
            let to = answer.header("location").unwrap_or_default();
            let is_turned_away = !who.is_in && !is_for_anybody(route) && route.who != "person";
            assert_eq!(
                is_turned_away,
                to.starts_with("/sign-in?") || is_turned_away && to == "/sign-in",
                "{} {to}",
                route.path
            );
            if route.who == "person" && !who.is_person {
                assert_eq!(to, "/me/sign-in", "{}", route.path);
            }
            asked += 1;
        }
    }
    assert_eq!(asked, people.len() * routes.len());
}

#[test]
fn no_other_method_does_anything_and_a_form_needs_its_token() {
    let mut counter = Counter::mailing();
    let [(anna, _), (ben, _)] = counter.founded();
    let ann = person(&counter, &mut [anna.clone(), ben]).browser;
    for route in routes() {
        let path = route.path.replace("{link}", "AAAA").replace("{digest}", "0").replace("{name}", "x.css");
        let path = path.replace("{case}", &"0".repeat(32)).replace("{deed}", "ask");
        let path = path.replace("{thing}", &"0".repeat(32)).replace("{number}", "1");
        let origin = anna.origin.clone();
        let headers = [("Cookie", anna.cookie.as_deref().unwrap()), ("Origin", &origin)];
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"] {
            let answer = harness::ask(&anna.address, method, &path, &headers, b"");
            let expected = if route.who == "demonstration" { 404 } else { 405 };
            assert_eq!(answer.status, expected, "{method} {path}");
        }
        if route.method == "POST" && !is_for_anybody(&route) {
            let mut who = if route.who == "person" { ann.clone() } else { anna.clone() };
            let answer = who.post(&path, &[("Origin", &origin)], &[]);
            assert_eq!(answer.status, 403, "{path} without its token");
        }
    }
    assert_eq!(anna.clone().get("/people").status, 200);
}

#[test]
fn where_no_mail_is_sent_there_are_no_pages_of_persons() {
    let mut counter = Counter::new();
    let [(anna, _), _] = counter.founded();
    for route in routes().iter().filter(|route| matches!(route.who, "mailed" | "person")) {
        let path = route.path.replace("{link}", "AAAA").replace("{case}", &"0".repeat(32));
        let path = path.replace("{thing}", &"0".repeat(32));
        for method in ["GET", "POST"] {
            let answer = harness::ask(&anna.address, method, &path, &[("Origin", &anna.origin)], b"");
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
}

#[test]
fn what_two_decide_asks_for_password_and_key_again() {
    let mut counter = Counter::new();
    let [(mut anna, mut key), _] = counter.founded();
    counter.start(&["--session-fresh", "1ms", "--origin", &counter.origin.clone()]);
    anna.address = counter.address.clone();
    let who = Somebody {
        name: "anna".into(),
        browser: anna.clone(),
        is_in: true,
        sees_people: true,
        has_cases: false,
        is_person: false,
    };
    let mut seen = 0;
    for route in routes().iter().filter(|route| route.is_fresh) {
        let answer = ask(route, &who, &[("account", "ben"), ("role", "auditor")]);
        let to = answer.header("location").unwrap_or_default();
        assert!(
            answer.status == 303 && to.starts_with("/sign-in/again?to=/"),
            "{} {}: {}",
            route.method,
            route.path,
            answer.head
        );
        seen += 1;
    }
    assert!(seen >= 10);
    // Somebody else's password and key do not make it fresh.
    let again = anna.sign_in_at("/sign-in/again?to=/people", "ben", harness::desk::PASSWORD, &mut key);
    assert_eq!(again.status, 422);
}
