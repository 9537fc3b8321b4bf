//! Signing in to the desk, from the first link to the last session: what is done, what is refused, and that outsiders are told nothing.
//!
//! Not every route (`desk_routes.rs`), nor a real browser (`desk_browser.rs`). Invariants: answers are compared byte for byte but for what must differ;
//! what is revoked is refused at the very next request.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::Answer;
use harness::authenticator::Authenticator;
use harness::desk::{Counter, PASSWORD, attribute};

#[test]
fn two_people_found_an_office_through_pages_alone() {
    let mut counter = Counter::new();
    let [(mut anna, _), (mut ben, _)] = counter.founded();
    let home = anna.get("/");
    assert_eq!(home.status, 200);
    for words in ["You are signed in as anna.", "Administrator", "blue key"] {
        assert!(home.body.contains(words), "{words}: {}", home.body);
    }
    assert_eq!(ben.get("/people").status, 200);
    // The command line sees the same people, and every event holds: those of the web are signed as those of a key file are.
    let people = counter.command(&["vault", "people"], 0);
    assert!(people.contains("anna") && people.contains("ben") && people.contains("administrator"), "{people}");
    counter.command(&["vault", "status"], 0);
    // A third one is enrolled by one administrator and confirmed by the other.
    let link = anna.link_for("carys", "3");
    let mut key = counter.set_up(&link, "carys", "3");
    let mut carys = counter.signed_in("carys", &mut key);
    assert!(carys.get("/").body.contains("Nobody has enrolled this account yet"));
    assert_eq!(carys.get("/people").status, 403);
    anna.done("/people", "/people/enrol", &[("account", "carys")]);
    let refused = anna.act("/people", "/people/confirm", &[("account", "carys")]);
    assert_eq!(refused.status, 422, "who enrolled does not confirm: {}", refused.body);
    ben.done("/people", "/people/confirm", &[("account", "carys")]);
    assert!(!carys.get("/").body.contains("Nobody has"));
    counter.command(&["vault", "status"], 0);
}

#[test]
fn a_link_is_used_once() {
    let mut counter = Counter::new();
    let link = counter.first_link();
    let path = format!("/set-up/{link}");
    let mut browser = counter.browser();
    let page = browser.get(&path);
    let mut key = Authenticator::new(&counter.origin);
    let answer = key.create(&attribute(&page.body, "data-options").unwrap());
    // What is wrong stands beside its field, and what was typed comes back, but for the password.
    let typed =
        [("account", "anna"), ("person", "0"), ("password", "short"), ("key_name", "blue <key>"), ("passkey", &answer)];
    let wrong = browser.send(&page, &path, &typed);
    assert_eq!(wrong.status, 422);
    for words in [
        "Password must be 12 characters or more",
        "Staff number must be",
        "blue &lt;key&gt;",
        "value=\"anna\"",
        "<title>Error:",
    ] {
        assert!(wrong.body.contains(words), "{words}: {}", wrong.body);
    }
    assert!(!wrong.body.contains("short\""), "{}", wrong.body);
    let typed =
        [("account", "anna"), ("person", "1"), ("password", PASSWORD), ("key_name", "blue"), ("passkey", &answer)];
    assert_eq!(browser.send(&page, &path, &typed).status, 303);
    let again = [browser.send(&page, &path, &typed), browser.get(&path), browser.get("/set-up/AAAA")];
    assert!(again.iter().all(|answer| answer.status == 404 && answer.body == again[0].body));
    // One person decides nothing: the next start makes a link for the second. Where there are two it makes none.
    counter.start(&["--origin", &counter.origin.clone()]);
    counter.signed_in("anna", &mut key);
    let second = counter.first_link();
    assert_ne!(second, link);
    counter.set_up(&second, "ben", "2");
    counter.start(&["--origin", &counter.origin.clone()]);
    assert_eq!(counter.ask("SELECT COUNT(*) FROM access_link WHERE used_us IS NULL"), "0");
}

/// An answer without what must differ: the challenge, the date, and what was typed.
fn plain(answer: &Answer, account: &str) -> (String, String) {
    let mut body = answer.body.replace(account, "ACCOUNT");
    for name in ["data-options", "name=\"challenge\" value"] {
        let (before, after) = body.split_once(&format!("{name}=\"")).unwrap();
        let (value, rest) = after.split_once('"').unwrap();
        body = format!("{before}{name}={}{rest}", value.len());
    }
    let head = answer.head.lines().filter(|line| !line.to_lowercase().starts_with("date:"));
    (head.collect::<Vec<_>>().join("\n"), body)
}

#[test]
fn nothing_tells_whether_an_account_exists() {
    let mut counter = Counter::new();
    let [(_, mut key), _] = counter.founded();
    let mut stranger = Authenticator::new(&counter.origin);
    let wrong = "kettle on the green tiles";
    let mut unverified = key.clone();
    unverified.shown = 0x01;
    let answers = [
        ("zora", counter.browser().sign_in("zora", wrong, &mut stranger)),
        ("anna", counter.browser().sign_in("anna", wrong, &mut stranger)),
        ("anna", counter.browser().sign_in("anna", PASSWORD, &mut stranger)),
        ("anna", counter.browser().sign_in("anna", wrong, &mut key)),
        // The right key and password of another.
        ("beni", counter.browser().sign_in("beni", PASSWORD, &mut key)),
        // A key that did not verify its person.
        ("anna", counter.browser().sign_in("anna", PASSWORD, &mut unverified)),
    ];
    let told: Vec<_> = answers.iter().map(|(account, answer)| (answer.status, plain(answer, account))).collect();
    for (one, other) in told.iter().zip(&told[1..]) {
        assert_eq!(one.0, 422);
        assert_eq!(one, other);
    }
}

#[test]
fn a_challenge_is_answered_once_and_only_by_its_own_answer() {
    let mut counter = Counter::new();
    let [(_, mut key), _] = counter.founded();
    let mut browser = counter.browser();
    let page = browser.get("/sign-in");
    let answer = key.get(&attribute(&page.body, "data-options").unwrap());
    let typed = [("account", "anna"), ("password", PASSWORD), ("passkey", answer.as_str())];
    assert_eq!(browser.clone().send(&page, "/sign-in", &typed).status, 303);
    assert_eq!(counter.browser().send(&page, "/sign-in", &typed).status, 422, "replayed");
    // A key that does not count stops nobody by its counter: it is the challenge that was answered already.
    assert!(!key.counts);
    // The answer to another challenge, and a challenge that is not ours.
    let other = browser.get("/sign-in");
    assert_eq!(browser.send(&other, "/sign-in", &typed).status, 422);
    let fresh = key.get(&attribute(&other.body, "data-options").unwrap());
    let state = attribute(&other.body, "name=\"challenge\" value").unwrap();
    let forged = format!("A{}", &state[1..]);
    let typed =
        [("account", "anna"), ("password", PASSWORD), ("passkey", fresh.as_str()), ("challenge", forged.as_str())];
    if forged != state {
        assert_eq!(browser.send(&other, "/sign-in", &typed).status, 422);
    }
    let typed = [("account", "anna"), ("password", PASSWORD), ("passkey", fresh.as_str())];
    assert_eq!(browser.send(&other, "/sign-in", &typed).status, 303);
}

#[test]
fn what_is_revoked_is_refused_at_the_next_request() {
    let mut counter = Counter::new();
    let [(mut anna, mut key), (mut ben, _)] = counter.founded();
    let is_in = |browser: &mut harness::desk::Browser| browser.clone().get("/").status == 200;
    // Another process knows the session too, and that it ended.
    let other = counter.another(&["--origin", &counter.origin.clone()]);
    let mut there = anna.clone();
    there.address = other.address.clone();
    assert!(is_in(&mut there));
    let mut second = counter.signed_in("anna", &mut key);
    second.clone().done("/", "/sign-out", &[]);
    assert!(!is_in(&mut second) && is_in(&mut anna) && is_in(&mut there));
    let mut third = counter.signed_in("anna", &mut key);
    third.clone().done("/", "/sign-out/everywhere", &[]);
    assert!(![&mut third, &mut anna, &mut there].into_iter().any(is_in));
    // A key taken away takes its sessions with it; the last one stays.
    let mut anna = counter.signed_in("anna", &mut key);
    let mut green = Authenticator::new(&counter.origin);
    let page = anna.get("/keys/add");
    let made = green.create(&attribute(&page.body, "data-options").unwrap());
    assert_eq!(anna.send(&page, "/keys/add", &[("key_name", "green key"), ("passkey", &made)]).status, 303);
    let mut by_green = counter.signed_in("anna", &mut green);
    let home = by_green.get("/");
    let blue = attribute(home.body.split_once("blue key").unwrap().1, "name=\"key\" value").unwrap();
    assert_eq!(by_green.send(&home, "/keys/remove", &[("key", &blue)]).status, 303);
    assert!(!is_in(&mut anna) && is_in(&mut by_green));
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut key).status, 422);
    let home = by_green.get("/");
    assert!(home.body.contains("This is your only key"), "{}", home.body);
    // Who left is out, with a session and without.
    let mut carys = third_person(&counter, &mut by_green, &mut ben);
    assert!(is_in(&mut carys.0));
    ben.done("/people", "/people/leave", &[("account", "carys")]);
    assert!(!is_in(&mut carys.0));
    assert_eq!(counter.browser().sign_in("carys", PASSWORD, &mut carys.1).status, 422);
    counter.command(&["vault", "status"], 0);
}

/// One more account, confirmed.
fn third_person(
    counter: &Counter,
    one: &mut harness::desk::Browser,
    other: &mut harness::desk::Browser,
) -> (harness::desk::Browser, Authenticator) {
    let link = one.link_for("carys", "3");
    let mut key = counter.set_up(&link, "carys", "3");
    let carys = counter.signed_in("carys", &mut key);
    one.done("/people", "/people/enrol", &[("account", "carys")]);
    other.done("/people", "/people/confirm", &[("account", "carys")]);
    (carys, key)
}

#[test]
fn a_form_of_another_page_does_nothing() {
    let mut counter = Counter::new();
    let [(mut anna, _), (mut ben, _)] = counter.founded();
    let (page, origin) = (anna.get("/"), counter.origin.clone());
    let token = attribute(&page.body, "name=\"form_token\" value").unwrap();
    let others = attribute(&ben.get("/").body, "name=\"form_token\" value").unwrap();
    let fields = |token: &str| vec![("form_token".to_owned(), token.to_owned())];
    let ours = ("Origin", origin.as_str());
    let table: [(&[(&str, &str)], &str); 6] = [
        (&[], &token),
        (&[("Origin", "https://evil.example")], &token),
        (&[("Origin", "null")], &token),
        (&[ours, ("Sec-Fetch-Site", "cross-site")], &token),
        (&[ours], ""),
        (&[ours], &others),
    ];
    for (headers, token) in table {
        let answer = anna.post("/sign-out", headers, &fields(token));
        assert_eq!(answer.status, 403, "{headers:?} {token}");
        assert_eq!(anna.get("/").status, 200);
    }
    assert_eq!(anna.post("/sign-out", &[ours], &fields(&token)).status, 303);
    assert_eq!(anna.get("/").status, 303);
}

#[test]
fn a_stranger_waits_and_whoever_has_the_key_does_not() {
    let mut counter = Counter::told(&["--proxy", "127.0.0.1"]);
    let [(_, mut key), _] = counter.founded();
    let mut stranger = Authenticator::new(&counter.origin);
    let mut statuses = Vec::new();
    for number in 0..8 {
        let mut browser = counter.browser();
        let page = browser.get("/sign-in");
        let answer = stranger.get(&attribute(&page.body, "data-options").unwrap());
        let state = attribute(&page.body, "name=\"challenge\" value").unwrap();
        let fields =
            [("account", "anna"), ("password", "wrong again and again"), ("passkey", &answer), ("challenge", &state)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let from = format!("192.0.2.{number}");
        let answer = browser.post("/sign-in", &[("Origin", &counter.origin), ("X-Forwarded-For", &from)], &fields);
        statuses.push(answer.status);
        assert_eq!(answer.status == 429, answer.header("retry-after").is_some());
    }
    assert_eq!(statuses[..5], [422; 5]);
    assert!(statuses.contains(&429), "{statuses:?}");
    counter.signed_in("anna", &mut key);
}

#[test]
fn the_database_alone_opens_nothing() {
    let mut counter = Counter::new();
    let [(anna, _), _] = counter.founded();
    let cookie = anna.cookie.clone().unwrap();
    let (_, secret) = cookie.split_once('=').unwrap();
    use base64::Engine as _;
    let secret = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(secret).unwrap();
    counter.role.take().unwrap().stop();
    let files = harness::office::all_bytes(&[&counter.path("office")]);
    assert!(!files.is_empty());
    for needle in [secret.as_slice(), cookie.as_bytes(), PASSWORD.as_bytes()] {
        assert_eq!(harness::office::holding(&files, needle), Vec::<&str>::new());
    }
}

#[test]
fn a_session_ends_by_itself_and_again_is_asked_for() {
    let mut counter = Counter::told(&["--session-whole", "4s"]);
    let link = counter.first_link();
    let mut key = counter.set_up(&link, "anna", "1");
    let mut anna = counter.signed_in("anna", &mut key);
    assert_eq!(anna.get("/").status, 200);
    let before = anna.cookie.clone();
    let again = anna.sign_in_at("/sign-in/again", "anna", PASSWORD, &mut key);
    assert_eq!((again.status, again.header("location").as_deref()), (303, Some("/")), "{}", again.body);
    assert_ne!(anna.cookie, before, "it is another session");
    let mut old = anna.clone();
    old.cookie = before;
    assert_eq!(old.get("/").status, 303, "the old one ended with it");
    harness::eventually("the session ends", || (anna.clone().get("/").status == 303).then_some(()));
}

#[test]
fn a_restore_brings_no_session_back_and_no_link() {
    let mut counter = Counter::new();
    let [(mut anna, mut key), _] = counter.founded();
    let link = anna.link_for("carys", "3");
    let (backup, office) = (counter.path("backup"), counter.path("office"));
    counter.command(&["backup", "--office", &office, "--to", &backup], 0);
    let stolen = anna.clone();
    anna.done("/", "/sign-out", &[]);
    let origin = counter.origin.clone();
    drop(counter.role.take());
    std::fs::remove_dir_all(&office).unwrap();
    counter.command(&["restore", "--from", &backup, "--office", &office, "--events-lost", "0"], 0);
    counter.start(&["--origin", &origin]);
    let mut stolen = harness::desk::Browser { address: counter.address.clone(), ..stolen };
    assert_eq!(stolen.clone().get("/").status, 303, "a session that was ended stays so");
    assert_eq!(stolen.get(&format!("/set-up/{link}")).status, 404);
    counter.signed_in("anna", &mut key);
    // Nor do their rows, put back out of the backup by somebody who has no office key.
    put_back(&counter, &format!("{backup}/events.sqlite"), &["access_session", "access_link"]);
    assert_eq!(stolen.get("/").status, 303, "a session of before");
    assert_eq!(stolen.get(&format!("/set-up/{link}")).status, 404, "a link of before");
}

/// Writes the rows of some tables as they stand in a copy of the events, tags and all.
fn put_back(counter: &Counter, copy: &str, tables: &[&str]) {
    let rows = tables.iter().map(|table| format!("; INSERT OR REPLACE INTO main.{table} SELECT * FROM old.{table}"));
    counter.edit(&format!("ATTACH '{copy}' AS old{}", rows.collect::<String>()));
    let left = tables.iter().map(|table| counter.ask(&format!("SELECT COUNT(*) FROM {table}")));
    assert!(left.into_iter().all(|count| count != "0"), "nothing was put back");
}

#[test]
fn what_was_changed_since_a_backup_is_as_it_was_and_a_restore_says_so() {
    let mut counter = Counter::new();
    let [(mut anna, mut key), _] = counter.founded();
    let (backup, office) = (counter.path("backup"), counter.path("office"));
    counter.command(&["backup", "--office", &office, "--to", &backup], 0);
    let page = anna.get("/password");
    let typed = [("old", PASSWORD), ("password", "kettle on the red tiles")];
    assert_eq!(anna.send(&page, "/password", &typed).status, 303);
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut key).status, 422);
    let origin = counter.origin.clone();
    drop(counter.role.take());
    std::fs::remove_dir_all(&office).unwrap();
    let said = counter.command(&["restore", "--from", &backup, "--office", &office, "--events-lost", "1"], 0);
    assert!(said.contains("keys and passwords of people who sign in are as they were then"), "{said}");
    counter.start(&["--origin", &origin]);
    counter.signed_in("anna", &mut key);
}

#[test]
fn a_row_put_back_lets_nobody_in() {
    let mut counter = Counter::new();
    let [(mut anna, mut blue), (mut ben, mut bens)] = counter.founded();
    let mut green = Authenticator::new(&counter.origin);
    let page = anna.get("/keys/add");
    let made = green.create(&attribute(&page.body, "data-options").unwrap());
    assert_eq!(anna.send(&page, "/keys/add", &[("key_name", "green key"), ("passkey", &made)]).status, 303);
    let mut by_green = counter.signed_in("anna", &mut green);
    let copy = counter.path("copy.sqlite");
    counter.edit(&format!("VACUUM INTO '{copy}'"));
    // The blue key is stolen, and somebody saw the password.
    let home = by_green.get("/");
    let id = attribute(home.body.split_once("blue key").unwrap().1, "name=\"key\" value").unwrap();
    assert_eq!(by_green.send(&home, "/keys/remove", &[("key", &id)]).status, 303);
    let (page, other) = (by_green.get("/password"), "kettle on the red tiles");
    assert_eq!(by_green.send(&page, "/password", &[("old", PASSWORD), ("password", other)]).status, 303);
    assert_eq!(by_green.get("/").status, 200, "the session in which it was done goes on");
    ben.clone().done("/", "/sign-out/everywhere", &[]);
    let origin = counter.origin.clone();
    for is_new in [false, true] {
        if is_new {
            counter.start(&["--origin", &origin]);
        }
        for browser in [&mut anna, &mut ben, &mut by_green] {
            browser.address = counter.address.clone();
        }
        put_back(&counter, &copy, &["access_passkey", "access_session"]);
        assert_eq!(counter.browser().sign_in("anna", other, &mut blue).status, 422, "a key that was taken away");
        assert_eq!(anna.clone().get("/").status, 303, "a session that it opened");
        assert_eq!(ben.clone().get("/").status, 303, "a session that was ended with all");
        counter.signed_in("ben", &mut bens);
        let mut again = counter.browser();
        assert_eq!(again.sign_in("anna", other, &mut green).status, 303);
        assert!(!again.get("/").body.contains("blue key"), "it is not shown as hers");
        assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut green).status, 422);
    }
    put_back(&counter, &copy, &["access_account"]);
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut green).status, 422, "a password that was changed");
    counter.command(&["vault", "status"], 0);
    // Nor with the event that it was changed by taken out, before anything was read.
    counter.start(&["--origin", &origin]);
    let changed = "stream = 'access' AND number > (SELECT MAX(number) FROM old.event)";
    counter.edit(&format!("ATTACH '{copy}' AS old; DELETE FROM event WHERE {changed}"));
    let answer = counter.browser().sign_in("anna", PASSWORD, &mut green);
    assert!(
        answer.status != 303 && answer.header("set-cookie").is_none_or(|cookie| !cookie.contains("session")),
        "{}",
        answer.body
    );
}

#[test]
fn with_one_administrator_left_nobody_new_sees_people() {
    let mut counter = Counter::new();
    let [(mut anna, _), (mut ben, _)] = counter.founded();
    let link = anna.link_for("zed", "9");
    let mut zeds = counter.set_up(&link, "zed", "9");
    let mut zed = counter.signed_in("zed", &mut zeds);
    let (mut carys, _) = third_person(&counter, &mut anna, &mut ben);
    for browser in [&mut zed, &mut carys] {
        assert_eq!(browser.get("/people").status, 403);
    }
    ben.done("/people", "/people/revoke", &[("account", "anna"), ("role", "administrator")]);
    assert_eq!(zed.get("/people").status, 403, "nobody enrolled it");
    let token = attribute(&zed.get("/").body, "name=\"form_token\" value").unwrap();
    let fields = [("form_token", token.as_str()), ("account", "mole"), ("person", "2")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let origin = counter.origin.clone();
    assert_eq!(zed.post("/people/link", &[("Origin", &origin)], &fields).status, 403);
    // Those who are confirmed are asked who is to be one beside the one who is left; new accounts are that one's to begin.
    for browser in [&mut anna, &mut carys] {
        assert_eq!(browser.act("/people", "/people/link", &[("account", "mole"), ("person", "2")]).status, 403);
    }
    ben.link_for("mole", "12");
    for browser in [&mut ben, &mut anna] {
        browser.done("/people", "/people/grant", &[("account", "anna"), ("role", "administrator")]);
    }
    assert_eq!(anna.get("/people").status, 200);
    assert_eq!(carys.get("/people").status, 403);
}

#[test]
fn a_link_says_who_made_it_and_nobody_else_takes_it_back() {
    let mut counter = Counter::new();
    let first = counter.first_link();
    let mut annas = counter.set_up(&first, "anna", "1");
    let mut anna = counter.signed_in("anna", &mut annas);
    let link = anna.link_for("ben", "2");
    let mut bens = counter.set_up(&link, "ben", "2");
    let mut ben = counter.signed_in("ben", &mut bens);
    let carys = anna.link_for("carys", "3");
    assert_eq!(counter.ask("SELECT made_by FROM access_link WHERE account = 'carys'"), "anna");
    let newest = "SELECT CAST(clear AS TEXT) FROM event WHERE stream = 'access' ORDER BY number DESC LIMIT 1";
    assert!(counter.ask(newest).contains("\"made_by\":\"anna\""), "{}", counter.ask(newest));
    let refused = ben.act("/people", "/people/link", &[("account", "carys"), ("person", "4")]);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("carys: somebody else made a link for this name"), "{}", refused.body);
    assert_eq!(counter.browser().get(&format!("/set-up/{carys}")).status, 200, "it holds");
    let another = anna.link_for("carys", "3");
    assert_eq!(counter.browser().get(&format!("/set-up/{carys}")).status, 404, "its maker made another");
    assert_eq!(counter.browser().get(&format!("/set-up/{another}")).status, 200);
    // An administrator may.
    anna.done("/people", "/people/confirm", &[("account", "ben")]);
    ben.done("/people", "/people/confirm", &[("account", "anna")]);
    for who in [&mut anna, &mut ben] {
        who.done("/people", "/people/grant", &[("account", "ben"), ("role", "administrator")]);
    }
    ben.link_for("carys", "3");
    assert_eq!(counter.browser().get(&format!("/set-up/{another}")).status, 404);
    counter.command(&["vault", "status"], 0);
}

#[test]
fn who_has_the_key_comes_in_past_a_stranger_at_the_same_address() {
    let mut counter = Counter::new();
    let [(_, mut key), _] = counter.founded();
    let mut stranger = Authenticator::new(&counter.origin);
    let wrong = "kettle on the green tiles";
    assert_eq!(counter.browser().sign_in("zora", wrong, &mut stranger).status, 422);
    counter.edit("UPDATE access_failure SET failures = 60 WHERE kind = 'address'");
    let mut answers = Vec::new();
    for (account, by) in [("anna", &mut stranger), ("zora", &mut Authenticator::new(&counter.origin))] {
        let answer = counter.browser().sign_in(account, PASSWORD, by);
        assert_eq!(answer.status, 429, "{account}");
        answers.push(plain(&answer, account).1);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(counter.browser().sign_in("anna", wrong, &mut key).status, 422, "she is told what anybody is");
    counter.signed_in("anna", &mut key);
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut stranger).status, 429, "and the stranger still waits");
}

#[test]
fn after_another_office_key_people_sign_in_as_before() {
    let mut counter = Counter::new();
    let [(mut anna, mut key), _] = counter.founded();
    let (new, origin) = (counter.path("keys/new.key"), counter.origin.clone());
    std::fs::write(counter.path("keys/new-passphrase"), "another one entirely").unwrap();
    let args = ["vault", "rotate", "--new-key", &new, "--new-passphrase-file", &counter.path("keys/new-passphrase")];
    counter.command(&args, 0);
    // The process that runs has the old key: it says that something is wrong, and not that a password is.
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut key).status, 503);
    std::fs::write(counter.path("keys/passphrase"), "another one entirely").unwrap();
    let settings = counter.path("office/office.toml");
    let text = std::fs::read_to_string(&settings).unwrap().replace("office.key", "new.key");
    std::fs::write(&settings, text).unwrap();
    counter.start(&["--origin", &origin]);
    anna.address = counter.address.clone();
    assert_eq!(anna.get("/").status, 303, "sessions ended with the old key");
    counter.signed_in("anna", &mut key);
}

#[test]
fn rows_that_no_program_of_ours_wrote_let_nobody_in() {
    let mut counter = Counter::new();
    let [(_, mut key), (_, mut ben_key)] = counter.founded();
    // Whoever writes into the database gives anna the key of ben, and knows her password.
    counter.edit("UPDATE access_passkey SET account = 'anna' WHERE account = 'ben'");
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut ben_key).status, 422);
    let handle = counter.ask("SELECT handle FROM access_account WHERE account = 'ben'");
    counter.edit("UPDATE access_account SET handle = 'none' WHERE account = 'ben'");
    counter.edit(&format!("UPDATE access_account SET handle = '{handle}' WHERE account = 'anna'"));
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut ben_key).status, 422);
    assert_eq!(counter.browser().sign_in("anna", PASSWORD, &mut key).status, 422, "her row was changed");
}

#[test]
fn an_account_with_a_key_file_is_brought_by_its_own_person() {
    let mut counter = Counter::new();
    let file = |name: &str| counter.path(&format!("keys/{name}.key"));
    for (number, name) in ["anna", "ben"].iter().enumerate() {
        let made = ["vault", "key", "--no-passphrase", "--account", name, "--file", &file(name)];
        let public = counter.command(&made, 0);
        let person = (number + 1).to_string();
        counter
            .command(&["vault", "enrol", "--account", name, "--person", &person, "--public-key", public.trim_end()], 0);
    }
    counter.command(&["vault", "confirm", "--as", &file("anna"), "ben"], 0);
    counter.command(&["vault", "confirm", "--as", &file("ben"), "anna"], 0);
    counter.command(&["account", "link", "--as", &file("ben"), "anna"], 1);
    let link = counter.command(&["account", "link", "--as", &file("anna"), "--origin", &counter.origin, "anna"], 0);
    let link = link.trim_end().split_once("/set-up/").unwrap().1.to_owned();
    assert_eq!(counter.ask("SELECT COUNT(*) FROM access_link WHERE sealed IS NOT NULL"), "1", "it carries her key");
    let mut key = counter.set_up(&link, "anna", "1");
    assert_eq!(
        counter.ask("SELECT COUNT(*) FROM access_link WHERE sealed IS NOT NULL"),
        "0",
        "and not once it is used"
    );
    let mut anna = counter.signed_in("anna", &mut key);
    // What she does on a page is signed by the very key that the file has.
    anna.done("/people", "/people/grant", &[("account", "anna"), ("role", "administrator")]);
    counter.command(&["vault", "grant", "--as", &file("ben"), "anna", "administrator"], 0);
    assert!(anna.get("/").body.contains("Administrator"));
    counter.command(&["vault", "status"], 0);
    let _ = counter.role.take();
}

/// A report, not a judgement: the machine that runs tests does other things too.
#[test]
fn how_long_refusals_take_is_shown() {
    let mut counter = Counter::new();
    let [(_, key), _] = counter.founded();
    let mut shown = Vec::new();
    for (who, account, by) in
        [("no such account", "zora", None), ("wrong password", "anna", Some(key)), ("no key", "anna", None)]
    {
        let mut times = Vec::new();
        for _ in 0..15 {
            counter.edit("DELETE FROM access_failure");
            let (mut browser, stranger) = (counter.browser(), Authenticator::new(&counter.origin));
            let page = browser.get("/sign-in");
            let answer = by.clone().unwrap_or(stranger).get(&attribute(&page.body, "data-options").unwrap());
            let typed = [("account", account), ("password", "kettle on the red tiles"), ("passkey", answer.as_str())];
            let began = std::time::Instant::now();
            assert_eq!(browser.send(&page, "/sign-in", &typed).status, 422);
            times.push(began.elapsed().as_micros());
        }
        times.sort_unstable();
        shown.push(format!("{who}: median {} us, from {} to {}", times[7], times[0], times[14]));
    }
    println!("{}", shown.join("\n"));
}
