//! An office at work, seen through one Chromium before which its people sit in turn: what every whole way starts with.
//!
//! Not a way itself (`desk_ways.rs`). Invariants: whatever is done in a case is done on its pages, come to by their links; who sits down is signed in by password
//! and key; a deed that was done leads back to its case.

use std::collections::BTreeMap;

use serde_json::json;

use super::authenticator::Authenticator;
use super::browser::Chromium;
use super::desk::{Browser, Counter, PASSWORD};
use super::office::Under;

/// Two offices; the first room of the north has a recorder, which hears an interview.
const OFFICES: &str = r#"
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
[offices.rooms.recorder]
input = "INTERVIEW"
office_copy = "../ours"
person_copy = "../theirs"
state = "../state"
[[offices.rooms]]
name = "two"
title = "Room 2"
private = true

[[offices]]
name = "south"
title = "South Road"
[[offices.rooms]]
name = "one"
title = "Room 1, South"
private = true
"#;

pub const ARRANGE: &str = "To find room, time, staff and letters for it";
pub const DECIDE: &str = "To decide a request to record, or look at a refusal";
pub const HOLD: &str = "To hold the meeting";

/// A deed: the link to its form, what is filled in by its labels, and the button.
pub type Deed<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// The office, and the screen.
pub struct Way {
    pub counter: Counter,
    pub screen: Chromium,
    administrators: [Browser; 2],
    keys: BTreeMap<&'static str, Authenticator>,
    /// Cookies of those who are signed in.
    sessions: BTreeMap<&'static str, String>,
    /// How the case is referred to, and its page's path.
    pub reference: String,
    pub case: String,
}

impl Way {
    /// An office at this hour, with these accounts in these roles.
    pub fn begin(under: Under, now: &str, staff: &[(&'static str, &str)]) -> Way {
        let interview = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/interview/interview.flac");
        let mut counter = Counter::by_clock_under(under, &OFFICES.replace("INTERVIEW", interview), now);
        let [(anna, _), (ben, _)] = counter.founded();
        let mut administrators = [anna, ben];
        let (mut keys, mut sessions) = (BTreeMap::new(), BTreeMap::new());
        for (number, (name, role)) in staff.iter().enumerate() {
            let (browser, key) = counter.join(&mut administrators, name, 10 + number, &[role]);
            keys.insert(*name, key);
            sessions.insert(*name, browser.cookie.unwrap());
        }
        let (reference, case) = (String::new(), String::new());
        Way { counter, screen: Chromium::start(), administrators, keys, sessions, reference, case }
    }

    /// One account more, set up at the screen with a virtual security key, and signed in with it.
    pub fn joins(&mut self, name: &str, person: &str, role: &str) {
        let [anna, ben] = &mut self.administrators;
        let link = anna.link_for(name, person);
        self.screen.plug_key();
        self.screen.come_to(&format!("{}/set-up/{link}", self.counter.origin));
        self.screen.fill_in(&[("New password", PASSWORD), ("Name of the key", "virtual key")]);
        self.screen.send("Make the key and set up the account");
        anna.done("/people", "/people/enrol", &[("account", name)]);
        ben.done("/people", "/people/confirm", &[("account", name)]);
        for who in [anna, ben] {
            who.done("/people", "/people/grant", &[("account", name), ("role", role)]);
        }
        self.signs_in(name);
    }

    /// Somebody signs in at the screen, with the key that is plugged in.
    pub fn signs_in(&mut self, name: &str) {
        self.screen.call("Network.clearBrowserCookies", json!({}));
        self.screen.come_to(&self.counter.origin);
        self.screen.fill_in(&[("Account name", name), ("Password", PASSWORD)]);
        self.screen.send("Sign in");
        self.screen.says(&format!("You are signed in as {name}."));
    }

    /// Later, when everybody signs in anew.
    pub fn at(&mut self, now: &str) {
        self.counter.set_clock(now);
        self.sessions.clear();
    }

    /// Somebody sits down before the screen, signed in.
    pub fn sits(&mut self, name: &'static str) {
        let (counter, key) = (&self.counter, self.keys.get_mut(name).unwrap());
        let session = self.sessions.entry(name).or_insert_with(|| counter.signed_in(name, key).cookie.unwrap());
        self.screen.take_cookie(&counter.origin, session);
        self.screen.come_to(&counter.origin);
        self.screen.says(&format!("You are signed in as {name}."));
    }

    /// Plans a meeting with Jo Example; its day and hours, whoever holds it, and why they look at it then.
    pub fn plans(&mut self, meeting: &str, (starts, ends): (&str, &str), holder: &str, purpose: &str) {
        self.screen.follow("Cases");
        self.screen.follow("Plan a meeting");
        self.reference = self.screen.value("Reference of the case");
        self.screen.fill_in(&[
            ("What kind of meeting it is", meeting),
            ("Where the rules are asked", "England and Wales"),
            ("Part of the office", "jobcentre-plus"),
            ("Office", "North Street"),
            ("When it begins", starts),
            ("When it ends", ends),
            ("Who holds it", holder),
            ("Name of the person", "Jo Example"),
            ("How to reach them", "01632 960 001"),
        ]);
        self.screen.send("Plan a meeting");
        self.case = self.path();
        self.says_why(purpose);
    }

    /// Comes to the case by the list, and says why.
    pub fn opens(&mut self, purpose: &str) {
        self.screen.follow("Cases");
        let reference = self.reference.clone();
        self.screen.follow(&reference);
        self.says_why(purpose);
    }

    /// Sits down again where a look of theirs still stands.
    pub fn comes_back(&mut self, name: &'static str) {
        self.sits(name);
        self.screen.follow("Cases");
        let reference = self.reference.clone();
        self.screen.follow(&reference);
        assert_eq!(self.path(), self.case);
    }

    /// Says why once more, for another reason than the one that stands.
    pub fn looks_again(&mut self, purpose: &str) {
        self.screen.follow("Look at it for another reason");
        self.says_why(purpose);
    }

    fn says_why(&mut self, purpose: &str) {
        self.screen.fill_in(&[("Why do you look at this?", purpose)]);
        self.screen.send("Continue");
        assert_eq!(self.path(), self.case);
    }

    /// Does deeds, one after the other.
    #[track_caller]
    pub fn does(&mut self, deeds: &[Deed<'_>]) {
        for (link, fields, button) in deeds {
            self.screen.follow(link);
            self.screen.fill_in(fields);
            self.screen.send(button);
            assert_eq!(self.path(), self.case, "{link}: {}", self.screen.text());
        }
    }

    /// Tries one that is refused with this status; the page of the case again.
    pub fn tries(&mut self, (link, fields, button): Deed<'_>, status: u16, why: &str) {
        self.screen.follow(link);
        self.screen.fill_in(fields);
        self.screen.send_in_vain(button, status);
        self.screen.says(why);
        self.screen.follow("Back");
        assert_eq!(self.path(), self.case);
    }

    /// Both come into the room, and are noted.
    pub fn both_enter(&mut self, holder: &str) {
        let person =
            [("As what they are here", "The person whose meeting it is"), ("Name, as they give it", "Jo Example")];
        let professional = [("As what they are here", "Whoever holds the meeting"), ("Which member of staff", holder)];
        self.does(&[
            ("Note who came in", &person, "Note who came in"),
            ("Note who came in", &professional, "Note who came in"),
        ]);
    }

    /// Each of these in the room is looked at and as it should be.
    pub fn is_good(&mut self, checks: &[&str]) {
        for check in checks {
            let link = format!("Look at this in the room: {check}");
            let fields = [("What was looked at", *check), ("Is it as it should be?", "Yes")];
            self.does(&[(&link, &fields, "Note what was found in the room")]);
        }
    }

    /// What is shown of all appointments adds up; from the command line too, and what is in tables is what is in the events.
    pub fn adds_up(&mut self, totals: &str) {
        self.screen.follow("Cases");
        self.screen.follow("Totals: which appointments are accounted for");
        self.screen.says("The totals add up");
        let said = self.counter.command(&["cases", "totals"], 0);
        assert!(said.starts_with(&format!("{totals}\n")), "{said}");
        let said = self.counter.command(&["check", "--rebuild", &self.counter.path("office")], 0);
        assert!(said.contains(" 1 cases; all was the same, to the byte"), "{said}");
    }

    pub fn path(&mut self) -> String {
        self.screen.eval("location.pathname").as_str().unwrap().to_owned()
    }
}
