//! People whose cases are here: the account that staff make in a case, the mailed link and the code, what they see, and what lets nobody in.
//!
//! Not staff's signing in (`desk_access.rs`), nor what may be seen (`casework`). Invariants: everything is done by the pages; what is refused changes nothing; whoever writes into the database
//! without the office key gets in by nothing that was ended.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::desk::{Browser, Counter};
use harness::persons::code;
use harness::{Answer, eventually};

const ANN: &str = "ann@mail.example";

/// An office that sends mail, somebody who holds a meeting there, and its case.
struct Desk {
    counter: Counter,
    pair: [Browser; 2],
    dan: Browser,
    case: String,
}

impl Desk {
    fn new() -> Desk {
        let mut counter = Counter::mailing();
        let [(anna, _), (ben, _)] = counter.founded();
        let mut pair = [anna, ben];
        let (mut dan, _) = counter.join(&mut pair, "dan", 10, &["interviewer"]);
        let case = counter.case_of(&mut dan, "dan");
        Desk { counter, pair, dan, case }
    }

    /// One form of the account's page.
    fn account(&mut self, what: &str, fields: &[(&str, &str)]) -> Answer {
        let page = format!("{}/person", self.case);
        self.dan.act(&page, &format!("{page}{what}"), fields)
    }

    fn made(&mut self) -> String {
        self.counter.account_of(&mut self.dan, &self.case.clone(), ANN)
    }

    /// A copy of the database as it is now.
    fn copy(&self) -> String {
        let path = self.counter.path("copy.sqlite");
        self.counter.edit(&format!("VACUUM INTO '{path}'"));
        path
    }

    /// Writes rows as they stand in a copy, tags and all.
    fn put_back(&self, copy: &str, tables: &[&str]) {
        let rows =
            tables.iter().map(|table| format!("; INSERT OR REPLACE INTO main.{table} SELECT * FROM old.{table}"));
        self.counter.edit(&format!("ATTACH '{copy}' AS old{}", rows.collect::<String>()));
        let left = tables.iter().map(|table| self.counter.ask(&format!("SELECT COUNT(*) FROM {table}")));
        assert!(left.into_iter().all(|count| count != "0"), "nothing was put back");
    }
}

/// Types a code behind a link: what is answered.
fn typed(counter: &Counter, link: &str, code: &str) -> Answer {
    let mut browser = counter.browser();
    let page = browser.get(link);
    browser.send(&page, link, &[("code", code)])
}

/// Another code of the same account.
fn wrong(code: &str) -> String {
    let last = if code.ends_with('1') { "2" } else { "1" };
    format!("{}{last}", &code[..code.len() - 1])
}

fn is_in(browser: &mut Browser) -> bool {
    let answer = browser.clone().get("/me");
    assert!(answer.status == 200 || answer.header("location").as_deref() == Some("/me/sign-in"), "{}", answer.head);
    answer.status == 200
}

#[test]
fn a_person_sees_their_case_and_who_looked() {
    let mut desk = Desk::new();
    let code = desk.made();
    let shown = desk.dan.get(&desk.case);
    assert!(shown.body.contains(&format!("{}/person", desk.case)), "the case leads there");
    assert!(!desk.account("/code", &[]).body.contains(&code), "it is shown once");
    let code = {
        let again = desk.account("/code", &[]);
        harness::persons::code(&again)
    };
    let answer = desk.counter.asked("Ann@Mail.Example");
    assert_eq!(answer.status, 200);
    let text = desk.counter.mails().remove(0);
    let reference = shown.body.split_once("<h1").unwrap().1.split_once('<').unwrap().0;
    for secret in ["Jo Example", "North Street", "01632", "interview", &code, reference.rsplit(' ').next().unwrap()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // It goes to the address as staff noted it.
    let link = desk.counter.link_to(ANN);
    let mut ann = desk.counter.browser();
    assert_eq!((ann.get(&link).status, ann.get(&link).status), (200, 200), "mail programs look, too");
    let page = ann.get(&link);
    let refused = ann.send(&page, &link, &[("code", &wrong(&code))]);
    assert!(refused.status == 422 && !refused.body.contains(&wrong(&code)), "{}", refused.body);
    assert_eq!(ann.send(&page, &link, &[("code", "12 34")]).status, 422);
    let typed = code.replace(' ', "-");
    let done = ann.send(&page, &link, &[("code", &typed)]);
    assert_eq!((done.status, done.header("location").as_deref()), (303, Some("/me")), "{}", done.body);
    let cookie = done.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-counterpart-me=") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let mine = ann.get("/me");
    let path = format!("/me{}", desk.case);
    assert!(mine.body.contains(&path) && mine.body.contains("North Street"), "{}", mine.body);
    let seen = ann.get(&path);
    assert_eq!(seen.status, 200);
    for there in ["Jo Example", "What is next", "Who looked", "dan on 3 December 2026", "To find room"] {
        assert!(seen.body.contains(there), "{there}: {}", seen.body);
    }
    for action in ["href=\"/cases", "action=\"/cases", "href=\"/people"] {
        assert!(!seen.body.contains(action) && !mine.body.contains(action), "{action}");
    }
    // Used once; nothing that is not theirs.
    assert_eq!(desk.counter.browser().get(&link).status, 404);
    let other = desk.counter.case_of(&mut desk.dan, "dan");
    for path in [format!("/me{other}"), format!("/me/cases/{}", "0".repeat(32)), "/me/cases/x".to_owned()] {
        let answer = ann.get(&path);
        assert_eq!((answer.status, answer.body == ann.get("/me/cases/y").body), (404, true), "{path}");
    }
    ann.done("/me", "/me/sign-out", &[]);
    assert!(!is_in(&mut ann));
}

#[test]
fn a_session_is_a_persons_or_staffs_and_never_both() {
    let mut desk = Desk::new();
    let code = desk.made();
    let ann = desk.counter.person_in(ANN, &code);
    let secret = |browser: &Browser| browser.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    let (hers, his) = (secret(&ann), secret(&desk.dan));
    let with = |cookie: String| Browser { cookie: Some(cookie), ..ann.clone() };
    assert_eq!(with(format!("__Host-counterpart={hers}")).get("/cases").status, 303);
    assert_eq!(with(format!("__Host-counterpart-me={his}")).get("/me").status, 303);
    // Both at once: each page takes its own.
    let both = format!("__Host-counterpart={his}; __Host-counterpart-me={hers}");
    assert_eq!((with(both.clone()).get("/cases").status, with(both.clone()).get("/me").status), (200, 200));
    // The token of the one is nothing in a form of the other's.
    let token = |page: Answer| harness::desk::attribute(&page.body, "name=\"form_token\" value").unwrap();
    let (my, staffs) = (token(with(both.clone()).get("/me")), token(with(both.clone()).get("/")));
    for (path, token, status) in [
        ("/me/sign-out", &staffs, 403),
        ("/sign-out", &my, 403),
        ("/me/sign-out", &my, 303),
        ("/sign-out", &staffs, 303),
    ] {
        let fields = [("form_token".to_owned(), token.clone())];
        let answer = with(both.clone()).post(path, &[("Origin", &ann.origin)], &fields);
        assert_eq!(answer.status, status, "{path}");
    }
}

#[test]
fn nothing_tells_whether_an_address_has_an_account() {
    let mut desk = Desk::new();
    desk.made();
    let [known, unknown] = [ANN, "nobody@mail.example"].map(|mail| desk.counter.asked(mail));
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    let plain = |answer: &Answer| {
        let lines = answer.head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(plain(&known), plain(&unknown));
    // As much is written for the one as for the other.
    assert_eq!(desk.counter.ask("SELECT COUNT(*) FROM person_link"), "2");
    desk.counter.link_to(ANN);
    assert!(desk.counter.mails().is_empty(), "and one mail is sent");
    for typed in ["", "ann", "ann@mail", "ann@mail.example, ben@mail.example", "a@b.example\r\nBcc: c@d.example"] {
        let answer = desk.counter.asked(typed);
        assert_eq!(answer.status, 422, "{typed:?}");
    }
    assert!(desk.counter.mails().is_empty());
    // Nor does anything stand in clear.
    let hits = desk.counter.ask("SELECT COUNT(*) FROM person_account WHERE CAST(sealed AS TEXT) LIKE '%ann%' OR CAST(contact AS TEXT) LIKE '%ann%'");
    assert_eq!(hits, "0");
}

#[test]
fn attempts_are_counted_and_keep_nobody_out_for_good() {
    let mut desk = Desk::new();
    let code = desk.made();
    let link = desk.counter.mailed(ANN);
    // A stranger asks in her name again and again: no other mail, and her link holds.
    for _ in 0..3 {
        assert_eq!(desk.counter.asked(ANN).status, 200);
    }
    assert!(desk.counter.mails().is_empty());
    for _ in 0..5 {
        assert_eq!(typed(&desk.counter, &link, &wrong(&code)).status, 422);
    }
    // Another one after that, and the wait is longer than this takes.
    desk.counter.edit("UPDATE access_failure SET failures = 12 WHERE kind = 'code' AND failures = 5");
    let waits = typed(&desk.counter, &link, &code);
    assert_eq!(waits.status, 429, "{}", waits.head);
    assert!(waits.header("retry-after").is_some());
    // Whoever has no link is not counted there, and who types the code of another account neither.
    assert_eq!(typed(&desk.counter, "/me/link/AAAA", &code).status, 404);
    desk.counter.edit("UPDATE access_failure SET newest_us = newest_us - 900000000 WHERE kind = 'code'");
    assert_eq!(typed(&desk.counter, &link, &code).status, 303, "the wait is over");
    assert_eq!(desk.counter.ask("SELECT COUNT(*) FROM access_failure WHERE kind = 'code'"), "0");
    // Who used theirs gets another at once.
    let link = desk.counter.mailed(ANN);
    assert_eq!(typed(&desk.counter, &link, &code).status, 303);
    // Many from one address wait, whatever address they name.
    desk.counter.edit("UPDATE access_failure SET failures = 30 WHERE kind = 'asker'");
    let [known, unknown] = [ANN, "who@mail.example"].map(|mail| desk.counter.asked(mail));
    assert_eq!((known.status, unknown.status), (429, 429));
    assert_eq!(known.body.replace(ANN, ""), unknown.body.replace("who@mail.example", ""));
    assert!(desk.counter.mails().is_empty());
    desk.counter.edit("UPDATE access_failure SET newest_us = newest_us - 900000000 WHERE kind = 'asker'");
    desk.counter.mailed(ANN);
}

#[test]
fn links_and_sessions_end_with_time() {
    let mut desk = Desk::new();
    let code = desk.made();
    let link = desk.counter.mailed(ANN);
    desk.counter.set_clock("2026-12-03 10:14:00");
    assert_eq!(desk.counter.browser().get(&link).status, 200);
    desk.counter.set_clock("2026-12-03 10:16:00");
    assert_eq!(desk.counter.browser().get(&link).status, 404, "a link holds for 15 minutes");
    let mut ann = desk.counter.person_in(ANN, &code);
    desk.counter.set_clock("2026-12-03 10:29:00");
    assert!(is_in(&mut ann));
    desk.counter.set_clock("2026-12-03 10:45:00");
    assert!(!is_in(&mut ann), "15 minutes without a request");
    let mut ann = desk.counter.person_in(ANN, &code);
    for now in ["10:58", "11:10", "11:22", "11:34", "11:46", "11:58", "12:10", "12:22", "12:34", "12:43"] {
        desk.counter.set_clock(&format!("2026-12-03 {now}:00"));
        assert!(is_in(&mut ann), "{now}");
    }
    desk.counter.set_clock("2026-12-03 12:46:00");
    assert!(!is_in(&mut ann), "two hours at all");
}

#[test]
fn what_is_ended_is_ended_at_once() {
    let mut desk = Desk::new();
    let code = desk.made();
    let (mut one, mut two) = (desk.counter.person_in(ANN, &code), desk.counter.person_in(ANN, &code));
    assert_eq!(one.get("/me").body.matches("Signed in 3 December 2026").count(), 2, "she sees both");
    one.done("/me", "/me/sign-out/everywhere", &[]);
    assert!(!is_in(&mut one) && !is_in(&mut two));
    let mut ann = desk.counter.person_in(ANN, &code);
    let new = harness::persons::code(&desk.account("/code", &[]));
    assert!(!is_in(&mut ann), "another code ends every session");
    let link = desk.counter.mailed(ANN);
    assert_eq!(typed(&desk.counter, &link, &code).status, 422, "and the one before");
    assert_eq!(typed(&desk.counter, &link, &new).status, 303);
    let mut ann = desk.counter.person_in(ANN, &new);
    assert_eq!(desk.account("/remove", &[]).status, 303);
    assert!(!is_in(&mut ann), "an account that was taken away");
    assert_eq!(desk.counter.asked(ANN).status, 200);
    assert!(desk.counter.mails().is_empty(), "nobody is mailed any more");
    // Twice is once; and there can be another, for another address.
    let page = format!("{}/person", desk.case);
    let shown = desk.dan.get(&page);
    assert!(shown.body.contains("There is no account for this case."), "{}", shown.body);
    let code = desk.counter.account_of(&mut desk.dan, &desk.case.clone(), "jo@mail.example");
    desk.counter.person_in("jo@mail.example", &code);
}

#[test]
fn rows_that_somebody_puts_back_let_nobody_in() {
    let mut desk = Desk::new();
    let old = desk.made();
    let mut ann = desk.counter.person_in(ANN, &old);
    let used = desk.counter.mailed(ANN);
    let copy = desk.copy();
    assert_eq!(typed(&desk.counter, &used, &old).status, 303);
    desk.put_back(&copy, &["person_link"]);
    assert_eq!(desk.counter.browser().get(&used).status, 404, "a link that was used");
    ann.done("/me", "/me/sign-out/everywhere", &[]);
    desk.put_back(&copy, &["person_session"]);
    assert!(!is_in(&mut ann), "a session that was ended");
    code(&desk.account("/code", &[]));
    desk.put_back(&copy, &["person_account"]);
    let shown = desk.dan.get(&format!("{}/person", desk.case));
    assert!(shown.body.contains("was changed"), "staff are told: {}", shown.body);
    desk.counter.edit("DELETE FROM person_link");
    assert_eq!(desk.counter.asked(ANN).status, 200);
    assert!(desk.counter.mails().is_empty(), "an account with the code before");
    desk.account("/remove", &[]);
    desk.put_back(&copy, &["person_account"]);
    desk.counter.edit("DELETE FROM person_link");
    assert_eq!(desk.counter.asked(ANN).status, 200);
    assert!(desk.counter.mails().is_empty(), "an account that was taken away");
    // Nor does an account take another's address, by a hand that has no office key.
    let mine = desk.made();
    let other = desk.counter.case_of(&mut desk.dan, "dan");
    desk.counter.account_of(&mut desk.dan, &other, "eve@mail.example");
    desk.counter.edit("DELETE FROM person_link");
    let eve = desk.counter.mailed("eve@mail.example");
    desk.counter.edit(
        "UPDATE OR IGNORE person_account SET contact = (SELECT contact FROM person_link) WHERE person NOT IN \
         (SELECT person FROM person_account NATURAL JOIN (SELECT contact FROM person_link))",
    );
    assert_eq!(typed(&desk.counter, &eve, &mine).status, 422);
}

/// Where the newest event of how people sign in stands.
const NEWEST: &str = "(SELECT MAX(position) FROM event NOT INDEXED WHERE stream = 'access')";

#[test]
fn what_an_index_has_not_brings_no_code_back() {
    let mut desk = Desk::new();
    let old = desk.made();
    let copy = desk.copy();
    let newest = desk.counter.ask(&format!("SELECT {NEWEST}"));
    let database = desk.counter.path("office/events.sqlite");
    let which = format!("a = 'access' AND b = {newest}");
    assert_eq!(harness::out_of_the_index(&database, "sqlite_autoindex_event_2", &which), 1);
    let new = code(&desk.account("/code", &[]));
    let twice = "SELECT COUNT(position) - COUNT(DISTINCT position) FROM event NOT INDEXED WHERE stream = 'access'";
    assert_eq!(desk.counter.ask(twice), "0", "two events stand in one place");
    desk.put_back(&copy, &["person_account"]);
    desk.counter.edit("DELETE FROM person_link");
    assert_eq!(desk.counter.asked(ANN).status, 200);
    assert!(desk.counter.mails().is_empty(), "an account with the code before: {old} {new}");
}

#[test]
fn nothing_is_said_to_be_done_behind_an_event_that_was_taken_out() {
    let mut desk = Desk::new();
    let old = desk.made();
    let copy = desk.copy();
    let before = desk.counter.ask("SELECT COUNT(*) FROM person_account WHERE tag NOT NULL");
    let other = desk.counter.case_of(&mut desk.dan, "dan");
    // Something stands behind it, so that the newest of all is the one that the keyring knows.
    let stands_behind = desk.counter.ask("SELECT stream <> 'access' FROM event ORDER BY number DESC LIMIT 1");
    assert_eq!(stands_behind, "1", "{other}");
    let path = format!("{}/person", desk.case);
    let page = desk.dan.get(&path);
    assert_eq!(page.status, 200);
    desk.counter.edit(&format!("DELETE FROM event WHERE stream = 'access' AND position = {NEWEST}"));
    let said = desk.dan.send(&page, &format!("{path}/code"), &[]);
    assert!(said.status >= 500, "{}: {}", said.status, said.body);
    desk.put_back(&copy, &["person_account"]);
    assert_eq!(desk.counter.ask("SELECT COUNT(*) FROM person_account WHERE tag NOT NULL"), before, "{old}");
    let newest = desk.counter.ask("SELECT stream = 'access' FROM event ORDER BY number DESC LIMIT 1");
    assert_eq!(newest, "0", "no event stands in the place of the one that is gone");
}

#[test]
fn one_address_has_an_account_for_each_case_and_nobody_sees_the_others() {
    let mut desk = Desk::new();
    let first = desk.made();
    let other = desk.counter.case_of(&mut desk.dan, "dan");
    let second = desk.counter.account_of(&mut desk.dan, &other, "ANN@mail.example");
    assert_ne!(first[..3], second[..3]);
    for (code, mine, theirs) in [(&first, &desk.case, &other), (&second, &other, &desk.case)] {
        let mut ann = desk.counter.person_in_any(code);
        let page = ann.get("/me").body;
        assert!(page.contains(mine.as_str()) && !page.contains(theirs.as_str()), "{page}");
        assert_eq!((ann.get(&format!("/me{mine}")).status, ann.get(&format!("/me{theirs}")).status), (200, 404));
    }
}

impl Counter {
    /// Signs in whoever has this code, whatever spelling of the address staff noted.
    fn person_in_any(&self, code: &str) -> Browser {
        assert_eq!(self.asked(ANN).status, 200);
        let text = self.mails().remove(0);
        let mail = text.split_once("\r\nTo: <").unwrap().1.split_once('>').unwrap().0.to_owned();
        let link = self.link_to(&mail);
        let mut browser = self.browser();
        assert_eq!(browser.act(&link, &link, &[("code", code)]).status, 303);
        browser
    }
}

#[test]
fn an_account_is_made_by_whoever_sees_how_the_person_is_reached() {
    let mut desk = Desk::new();
    let path = format!("{}/person", desk.case);
    // Before a look is on the record nobody is shown the form; under one that shows no contact neither.
    let mut dan = desk.dan.clone();
    assert!(!dan.get(&path).body.contains("name=\"mail\""));
    dan.looks(&desk.case, "hold-meeting");
    assert!(!dan.get(&path).body.contains("name=\"mail\""));
    let token = harness::desk::attribute(&dan.get(&path).body, "name=\"form_token\" value").unwrap();
    let fields = [("form_token".to_owned(), token), ("mail".to_owned(), ANN.to_owned())];
    let origin = dan.origin.clone();
    let refused = dan.post(&path, &[("Origin", &origin)], &fields);
    assert!(!refused.body.contains("govuk-panel"), "{}", refused.body);
    assert_eq!(desk.counter.ask("SELECT COUNT(*) FROM person_account"), "0");
    let roles = ["interviewer", "adviser", "records-officer", "auditor"];
    for (number, role) in roles.into_iter().enumerate() {
        let (mut other, _) = desk.counter.join(&mut desk.pair, &format!("o{number}"), 40 + number, &[role]);
        let answer = other.get(&path);
        assert!(!answer.body.contains("name=\"mail\""), "{role}: {}", answer.body);
        let done = other.post(&path, &[("Origin", &origin)], &fields);
        assert_eq!(done.status, 403, "{role}: not with another's token");
    }
    let (mut lea, _) = desk.counter.join(&mut desk.pair, "lea", 50, &["team-leader"]);
    desk.counter.account_of(&mut lea, &desk.case, ANN);
    // There is one now: a second is refused, and what was typed is told to be wrong beside its field.
    dan.looks(&desk.case, "arrange");
    let page = dan.get(&path);
    assert!(!page.body.contains("name=\"mail\"") && page.body.contains("lea made its code on 3 December 2026"));
    let twice = dan.act(&desk.case.clone(), &path, &[("mail", "eve@mail.example")]);
    assert!(twice.status == 403 || twice.status == 422, "{}", twice.head);
    assert_eq!(desk.counter.ask("SELECT COUNT(*) FROM person_account"), "1");
    lea.done(&path, &format!("{path}/remove"), &[]);
    let wrong = lea.act(&path, &path, &[("mail", "not an address")]);
    assert!(wrong.status == 422 && wrong.body.contains("value=\"not an address\""), "{}", wrong.body);
}

#[test]
fn after_another_office_key_accounts_and_codes_stay_and_sessions_end() {
    let mut desk = Desk::new();
    let code = desk.made();
    let mut ann = desk.counter.person_in(ANN, &code);
    let origin = desk.counter.origin.clone();
    let unused = desk.counter.mailed(ANN);
    let new = desk.counter.path("keys/new.key");
    std::fs::write(desk.counter.path("keys/new-passphrase"), "another one entirely").unwrap();
    let passphrase = desk.counter.path("keys/new-passphrase");
    desk.counter.command(&["vault", "rotate", "--new-key", &new, "--new-passphrase-file", &passphrase], 0);
    assert_eq!(desk.counter.asked(ANN).status, 503, "the process that runs has the old key");
    std::fs::write(desk.counter.path("keys/passphrase"), "another one entirely").unwrap();
    let settings = desk.counter.path("office/office.toml");
    let text = std::fs::read_to_string(&settings).unwrap().replace("office.key", "new.key");
    std::fs::write(&settings, text).unwrap();
    desk.counter.start(&["--origin", &origin]);
    ann.address = desk.counter.address.clone();
    assert!(!is_in(&mut ann), "sessions ended with the old key");
    assert_eq!(desk.counter.browser().get(&unused).status, 404, "and links");
    desk.counter.person_in(ANN, &code);
}

#[test]
fn a_restore_brings_back_accounts_and_no_session() {
    let mut desk = Desk::new();
    let code = desk.made();
    let mut ann = desk.counter.person_in(ANN, &code);
    let unused = desk.counter.mailed(ANN);
    let (backup, office, origin) =
        (desk.counter.path("backup"), desk.counter.path("office"), desk.counter.origin.clone());
    desk.counter.command(&["backup", "--office", &office, "--to", &backup], 0);
    drop(desk.counter.role.take());
    std::fs::remove_dir_all(&office).unwrap();
    desk.counter.command(&["restore", "--from", &backup, "--office", &office, "--events-lost", "0"], 0);
    desk.counter.start(&["--origin", &origin]);
    ann.address = desk.counter.address.clone();
    desk.put_back(&format!("{backup}/events.sqlite"), &["person_session", "person_link"]);
    assert!(!is_in(&mut ann), "a session of before");
    assert_eq!(desk.counter.browser().get(&unused).status, 404, "a link of before");
    desk.counter.edit("DELETE FROM person_link");
    desk.counter.person_in(ANN, &code);
}

#[test]
fn mail_that_cannot_be_written_waits_and_is_given_up_with_its_link() {
    let mut desk = Desk::new();
    desk.made();
    let folder = desk.counter.path("mail");
    std::fs::remove_dir(&folder).unwrap();
    assert_eq!(desk.counter.asked(ANN).status, 200, "whoever asks is told nothing of it");
    let tries = || desk.counter.ask("SELECT COALESCE(MAX(tries), 0) FROM mail").parse::<i64>().unwrap();
    eventually("it is tried", || (tries() > 0).then_some(()));
    assert_eq!(desk.counter.ask("SELECT COUNT(*) FROM mail"), "1");
    std::fs::create_dir(&folder).unwrap();
    desk.counter.link_to(ANN);
    // One that waits for longer than its link holds is thrown away.
    std::fs::remove_dir(&folder).unwrap();
    desk.counter.edit("DELETE FROM person_link");
    assert_eq!(desk.counter.asked(ANN).status, 200);
    eventually("it is tried", || (tries() > 0).then_some(()));
    desk.counter.set_clock("2026-12-03 10:16:00");
    eventually("it is given up", || (desk.counter.ask("SELECT COUNT(*) FROM mail") == "0").then_some(()));
    std::fs::create_dir(&folder).unwrap();
    assert!(desk.counter.mails().is_empty());
}

#[test]
fn without_a_folder_for_its_mail_the_desk_does_not_start() {
    let mut desk = Desk::new();
    drop(desk.counter.role.take());
    std::fs::remove_dir(desk.counter.path("mail")).unwrap();
    let (office, passphrase) = (desk.counter.path("office"), desk.counter.path("keys/passphrase"));
    let args = ["serve", "--office", &office, "--passphrase-file", &passphrase, "--listen", "127.0.0.1:0"];
    let said = desk.counter.command(&args, 2);
    assert!(said.contains("mail.folder") && said.contains("no folder"), "{said}");
    let settings = desk.counter.path("office/office.toml");
    let text = std::fs::read_to_string(&settings).unwrap().replace("desk@office.example", "desk");
    std::fs::write(&settings, text).unwrap();
    let said = desk.counter.command(&args, 2);
    assert!(said.contains("not the address of a mailbox"), "{said}");
}

#[test]
fn a_link_signs_in_once_though_many_use_it_at_the_same_time() {
    let mut desk = Desk::new();
    let code = desk.made();
    let link = desk.counter.mailed(ANN);
    let mut browsers: Vec<Browser> = (0..4).map(|_| desk.counter.browser()).collect();
    let page = browsers[0].get(&link);
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let send = |browser: &'_ mut Browser| browser.send(&page, &link, &[("code", &code)]).status;
        let threads: Vec<_> = browsers.iter_mut().map(|browser| scope.spawn(move || send(browser))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    // The others come too late, or are told to wait: a try counts as a failure until it is none.
    assert!(answers.iter().all(|status| [303, 404, 429].contains(status)), "{answers:?}");
    assert_eq!(desk.counter.ask("SELECT COUNT(*) FROM person_session"), "1");
}

/// A report, not a judgement: the machine that runs tests does other things too.
#[test]
fn how_long_answers_take_is_shown() {
    let mut desk = Desk::new();
    let code = desk.made();
    let link = desk.counter.mailed(ANN);
    let other = format!("{}{}", if code.starts_with('1') { "2" } else { "1" }, &code[1..]);
    let mut shown = Vec::new();
    let kinds = [
        ("code, an account", link.as_str(), ("code", wrong(&code)), 422),
        ("code, no account", &link, ("code", other), 422),
        ("asked, an account", "/me/sign-in", ("mail", ANN.to_owned()), 200),
        ("asked, no account", "/me/sign-in", ("mail", "nobody@mail.example".to_owned()), 200),
    ];
    for (what, path, (field, value), status) in kinds {
        let mut times = Vec::new();
        for _ in 0..15 {
            desk.counter.edit("DELETE FROM access_failure");
            if status == 200 {
                desk.counter.edit("DELETE FROM person_link");
            }
            let mut browser = desk.counter.browser();
            let page = browser.get(path);
            let began = std::time::Instant::now();
            assert_eq!(browser.send(&page, path, &[(field, &value)]).status, status, "{what}");
            times.push(began.elapsed().as_micros());
        }
        times.sort_unstable();
        shown.push(format!("{what}: median {} us, from {} to {}", times[7], times[0], times[14]));
    }
    println!("{}", shown.join("\n"));
}
