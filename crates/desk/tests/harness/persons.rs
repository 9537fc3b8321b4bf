//! People whose cases are here: a case, its account, the mail, and signing in with both proofs.
//!
//! Not staff (`desk.rs`).
//! Invariant: everything is done by the pages, and read out of the folder that mail goes into.

use super::desk::{Browser, Counter, attribute};
use super::{Answer, eventually};

/// What makes an office send mail, and where meetings are held.
pub const MAIL: &str = r#"
[mail]
folder = "../mail"
from = "desk@office.example"

[[offices]]
name = "north"
title = "North Street"
[[offices.rooms]]
name = "one"
title = "Room 1"
private = true
"#;

impl Counter {
    /// An office that sends mail into the folder `mail` beside it, at ten in the morning of a working day.
    pub fn mailing() -> Counter {
        Counter::by_clock(MAIL, "2026-12-03 10:00:00")
    }

    /// A meeting with Jo Example, held by this account; its address.
    pub fn case_of(&self, by: &mut Browser, holder: &str) -> String {
        let page = by.get("/cases/plan");
        let reference = attribute(page.body.split_once("name=\"case_reference\"").unwrap().1, "value").unwrap();
        let fields = [
            ("meeting", "interview"),
            ("jurisdiction", "england-and-wales"),
            ("business", "jobcentre-plus"),
            ("office", "north"),
            ("starts-day", "10"),
            ("starts-month", "12"),
            ("starts-year", "2026"),
            ("starts-time", "11:00"),
            ("ends", "12:00"),
            ("staff", holder),
            ("name", "Jo Example"),
            ("contact", "01632 960 001"),
            ("case_reference", &reference),
        ];
        let done = by.send(&page, "/cases/plan", &fields);
        assert_eq!(done.status, 303, "{}", done.body);
        done.header("location").unwrap()
    }

    /// Makes the account of a case for that address; its code.
    pub fn account_of(&self, by: &mut Browser, case: &str, mail: &str) -> String {
        by.looks(case, "arrange");
        let path = format!("{case}/person");
        let made = by.act(&path, &path, &[("mail", mail)]);
        assert_eq!(made.status, 200, "{}", made.body);
        code(&made)
    }

    /// The mails that lie in the folder, once everything was sent that was to be.
    pub fn mails(&self) -> Vec<String> {
        eventually("mail is sent", || (self.ask("SELECT COUNT(*) FROM mail") == "0").then_some(()));
        let files = std::fs::read_dir(self.path("mail")).unwrap().map(|entry| entry.unwrap().path());
        files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    /// Asks for a link in somebody's name; what is answered.
    pub fn asked(&self, mail: &str) -> Answer {
        self.browser().act("/me/sign-in", "/me/sign-in", &[("mail", mail)])
    }

    /// The path of a link that was mailed for this; the mail is taken out of the folder.
    pub fn mailed(&self, mail: &str) -> String {
        let answer = self.asked(mail);
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.link_to(mail)
    }

    /// The path of the one link that lies in the folder.
    pub fn link_to(&self, mail: &str) -> String {
        let mails = self.mails();
        let [text] = &mails[..] else { panic!("{} mails", mails.len()) };
        assert!(text.contains(&format!("\r\nTo: <{mail}>\r\n")), "{text}");
        for entry in std::fs::read_dir(self.path("mail")).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        let (_, end) = text.split_once("/me/link/").unwrap();
        format!("/me/link/{}", end.split_once('\r').unwrap().0)
    }

    /// Somebody who is signed in with a link and this code.
    pub fn person_in(&self, mail: &str, code: &str) -> Browser {
        let link = self.mailed(mail);
        let mut browser = self.browser();
        let done = browser.act(&link, &link, &[("code", code)]);
        assert_eq!((done.status, done.header("location").as_deref()), (303, Some("/me")), "{}", done.body);
        browser
    }
}

/// The code that a page shows.
pub fn code(page: &Answer) -> String {
    code_in(&page.body)
}

/// The same of a page's HTML.
pub fn code_in(body: &str) -> String {
    let (_, after) = body.split_once("govuk-panel__body").unwrap_or_else(|| panic!("no code: {body}"));
    let code = after.split_once('>').unwrap().1.split_once('<').unwrap().0.trim().to_owned();
    let digits = code.chars().filter(char::is_ascii_digit).count();
    assert_eq!((digits, code.len()), (16, 19), "{code}");
    code
}

impl Browser {
    /// Says for what a case is looked at.
    pub fn looks(&mut self, case: &str, purpose: &str) {
        let path = format!("{case}/look");
        let asked = self.get(&path);
        assert_eq!(asked.status, 200, "{}", asked.body);
        assert_eq!(self.send(&asked, &path, &[("purpose", purpose)]).status, 303);
    }
}
