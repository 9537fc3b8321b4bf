//! Every route by every method as everybody, on objects in every state that a demonstration has, and on things in every state: who is let in, who is refused, and that a refusal says no more than that nothing is there.
//!
//! Not what a form does (`desk_cases.rs`, `desk_things.rs`). Invariants: what is expected of a cell is worked out from the declared tables alone (`harness/matrix.rs`, `harness/cells.rs`); whoever is refused is
//! answered byte for byte as by what does not exist, and shown nothing of what was planted; nothing but looks is written down.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;

use harness::Role;
use harness::authenticator::Authenticator;
use harness::cells::{Cells, PLANTED, judged};
use harness::desk::{Browser, Counter, PASSWORD};
use harness::matrix::{self, Comes, Object, Somebody};
use harness::office::{Bureau, LONG_AGO, PASSPHRASE, recording};

/// The office, what is in it, and who comes.
struct Desk {
    counter: Counter,
    cells: Cells,
}

impl Desk {
    fn new() -> Desk {
        let counter = Counter::demonstration(&["--session-fresh", "2h", "--session-idle", "2h"]);
        let cells = Cells { routes: matrix::routes(), cases: Vec::new(), things: Vec::new(), people: Vec::new() };
        let mut desk = Desk { counter, cells };
        desk.fill();
        desk.cells.cases = matrix::cases(&|sql| desk.counter.ask(sql));
        desk.cells.things = matrix::things(&|sql| desk.counter.ask(sql));
        desk
    }

    fn add(&mut self, name: &str, comes: Comes, browser: Browser) {
        self.cells.people.push(Somebody::new(name, comes, browser));
    }

    /// Everybody who comes, and what they are shown.
    fn fill(&mut self) {
        let staff = |account: &str, role: Option<casework::Role>| Comes::Staff(account.parse().unwrap(), role);
        let one_role = [
            ("ada.example", casework::Role::Administrator),
            ("tess.example", casework::Role::TeamLeader),
            ("ines.example", casework::Role::Interviewer),
            ("ivan.example", casework::Role::Interviewer),
            ("iris.example", casework::Role::Interviewer),
            ("avery.example", casework::Role::Adviser),
            ("remy.example", casework::Role::RecordsOfficer),
            ("imogen.example", casework::Role::InformationRightsOfficer),
            ("pip.example", casework::Role::PrivacyOfficer),
            ("audrey.example", casework::Role::Auditor),
        ];
        for (account, role) in one_role {
            let browser = self.counter.demonstrator(account);
            self.add(account, staff(account, Some(role)), browser);
        }
        let mut pair = ["ada.example", "ben.example"].map(|account| self.counter.demonstrator(account));
        let link = pair[0].link_for("pending", "100");
        let mut key = self.counter.set_up(&link, "pending", "100");
        let pending = self.counter.signed_in("pending", &mut key);
        self.add("pending", staff("pending", None), pending);
        let (plain, mut key) = self.counter.join(&mut pair, "plain", 101, &[]);
        self.add("plain", staff("plain", None), plain);
        let (revoked, _) = self.counter.join(&mut pair, "revoked", 102, &["team-leader"]);
        pair[1].done("/people", "/people/revoke", &[("account", "revoked"), ("role", "team-leader")]);
        self.add("revoked", staff("revoked", None), revoked);
        let (left, _) = self.counter.join(&mut pair, "left", 103, &["team-leader"]);
        pair[1].done("/people", "/people/leave", &[("account", "left")]);
        self.add("left", Comes::Out, left);
        // Half way: the right password without the key, and the right key without the password.
        let mut half = self.counter.browser();
        assert_eq!(half.sign_in("plain", PASSWORD, &mut Authenticator::new(&self.counter.origin)).status, 422);
        self.add("password without key", Comes::Out, half);
        let mut half = self.counter.browser();
        assert_eq!(half.sign_in("plain", "kettle on the red tiles", &mut key).status, 422);
        self.add("key without password", Comes::Out, half);
        let (lea, _) = self.counter.join(&mut pair, "lea", 104, &["team-leader"]);
        self.persons(lea);
        let browser = self.counter.browser();
        self.add("nobody", Comes::Out, browser.clone());
        let forged = Browser { cookie: Some(format!("__Host-counterpart={}", "A".repeat(43))), ..browser };
        self.add("forged", Comes::Out, forged);
    }

    /// Persons of two cases, one half way; and what is planted. Nobody who comes later looked at anything by that.
    fn persons(&mut self, mut lea: Browser) {
        let cases = matrix::cases(&|sql| self.counter.ask(sql));
        let theirs = cases
            .iter()
            .filter(|one| !one.things.is_empty())
            .take(2)
            .map(|one| (one.id(), format!("/cases/{}", one.id())));
        let theirs: Vec<_> = theirs.collect();
        let mut secrets = Vec::new();
        for ((id, case), mail) in theirs.iter().zip(["ann@mail.example", "bob@mail.example"]) {
            let code = self.counter.account_of(&mut lea, case, mail);
            let browser = self.counter.person_in(mail, &code);
            secrets.push(browser.cookie.clone().unwrap());
            self.add(mail, Comes::Person(*id), browser);
        }
        let link = {
            self.counter.edit("DELETE FROM person_link");
            self.counter.mailed("ann@mail.example")
        };
        let mut half = self.counter.browser();
        assert_eq!(half.get(&link).status, 200);
        self.add("link without code", Comes::Out, half);
        // A person's secret under the name of staff's is nothing.
        let crossed = secrets[0].replace("__Host-counterpart-me=", "__Host-counterpart=");
        let crossed = Browser { cookie: Some(crossed), ..self.counter.browser() };
        self.add("a person's secret as staff's", Comes::Out, crossed);
        self.planted(&mut lea);
    }

    fn planted(&self, lea: &mut Browser) {
        let page = lea.get("/cases/plan");
        let (_, after) = page.body.split_once("name=\"case_reference\"").unwrap();
        let reference = harness::desk::attribute(after, "value").unwrap();
        let fields = [
            ("meeting", "interview"),
            ("jurisdiction", "england-and-wales"),
            ("business", "jobcentre-plus"),
            ("office", "north"),
            ("starts-day", "17"),
            ("starts-month", "12"),
            ("starts-year", "2026"),
            ("starts-time", "11:00"),
            ("ends", "12:00"),
            ("staff", "ines.example"),
            ("name", PLANTED),
            ("contact", "canary-contact"),
            ("case_reference", &reference),
        ];
        let done = lea.send(&page, "/cases/plan", &fields);
        assert_eq!(done.status, 303, "{}", done.body);
        let case = done.header("location").unwrap();
        lea.looks(&case, "arrange");
        let ask = format!("{case}/do/ask");
        let fields =
            [("channel", "telephone"), ("device_of", "office"), ("doing", "record-sound"), ("adjustment", "no")];
        lea.done(&ask, &ask, &[&fields[..], &[("note", "canary-note")]].concat());
    }

    fn events(&self) -> u64 {
        self.counter.ask("SELECT COUNT(*) FROM event").parse().unwrap()
    }
}

#[test]
fn everybody_is_answered_as_the_tables_say_before_and_under_a_look() {
    let desk = Desk::new();
    let states: BTreeSet<String> = desk.cells.cases.iter().map(Object::state).collect();
    println!(
        "{} people, {} cases in {} states: {states:?}",
        desk.cells.people.len(),
        desk.cells.cases.len(),
        states.len()
    );
    let before = desk.events();
    let tally = desk.cells.each(|asker| {
        asker.of_no_object();
        for (turn, one) in desk.cells.cases.iter().enumerate() {
            asker.of_case(one, turn, None);
        }
        for (turn, one) in desk.cells.things.iter().enumerate().take(3) {
            asker.of_thing(one, turn);
        }
    });
    judged("before any look", &tally);
    assert_eq!(desk.events(), before, "something was written down");
    let tally = desk.cells.each(|asker| {
        if asker.who.role().is_none_or(|role| role == casework::Role::Administrator) {
            return;
        }
        // Half of the cases each; together all of them.
        let number = desk.cells.people.iter().position(|one| one.name == asker.who.name).unwrap();
        for (turn, one) in desk.cells.cases.iter().enumerate().filter(|(turn, _)| (turn + number).is_multiple_of(2)) {
            if let Some(look) = asker.looks(one, turn) {
                asker.of_case(one, turn, Some(look));
            }
        }
    });
    judged("under a look", &tally);
    assert!(tally.looks > 200, "{}", tally.looks);
    assert_eq!(desk.events(), before + tally.looks, "something but looks was written down");
}

/// Somebody with a key file, who sets themselves up for the desk.
fn by_key_file(bureau: &Bureau, counter: &Counter, account: &str) -> Browser {
    let file = bureau.path(&format!("keys/{account}.key"));
    let office =
        vec![("COUNTERPART_OFFICE", bureau.path("office")), ("COUNTERPART_OFFICE_PASSPHRASE", PASSPHRASE.to_owned())];
    let link = harness::expect_in(&office, &["account", "link", account, "--as", &file], 0);
    let link = link.split_once("/set-up/").unwrap().1.lines().next().unwrap().to_owned();
    let mut key = counter.set_up(&link, account, if account == "anna" { "1" } else { "2" });
    counter.signed_in(account, &mut key)
}

#[test]
fn things_in_every_state_are_answered_as_the_tables_say() {
    let bureau = Bureau::new();
    let (office, passphrase) = (bureau.path("office"), bureau.path("keys/passphrase"));
    let more = ["--session-fresh", "2h", "--session-idle", "2h"];
    let args = ["serve", "--office", &office, "--passphrase-file", &passphrase, "--listen", "127.0.0.1:0"];
    let counter = Counter::of(Role::try_start_in(&bureau.environment, &[&args[..], &more].concat()).unwrap());
    let mut pair = ["anna", "ben"].map(|account| by_key_file(&bureau, &counter, account));
    let mut people = vec![Somebody::new("nobody", Comes::Out, counter.browser())];
    for (number, role) in casework::Role::ALL.into_iter().enumerate() {
        let (browser, _) = counter.join(&mut pair, &format!("p{number}"), 200 + number, &[role.as_str()]);
        let comes = Comes::Staff(format!("p{number}").parse().unwrap(), Some(role));
        people.push(Somebody::new(role.as_str(), comes, browser));
    }
    let taken = |number: u8| {
        let (flac, _) = recording(2, number, "words");
        bureau.take(&bureau.file("state/copy.flac", &flac), "consultation-recording", LONG_AGO, "canary-note")
    };
    let [_kept, held, asked, proposed, approved, destroyed] = [1, 2, 3, 4, 5, 6].map(taken);
    bureau.done("anna", &["hold", &held, "--authority", "police", "--reason", "canary-note of theirs"]);
    bureau.done("anna", &["request", &asked, "--kind", "access-request", "--reference", "canary-note R"]);
    bureau.done("anna", &["propose", &proposed]);
    let subject = bureau.done("anna", &["propose", &approved]);
    bureau.done("anna", &["approve", &approved, "--subject", &subject]);
    bureau.destroy(&destroyed);
    let things = matrix::things(&|sql| bureau.ask(sql));
    assert_eq!(things.len(), 6);
    let cells = Cells { routes: matrix::routes(), cases: Vec::new(), things, people };
    let events = "SELECT COUNT(*) FROM event";
    let before = bureau.ask(events);
    let tally = cells.each(|asker| {
        for (turn, thing) in cells.things.iter().enumerate() {
            asker.of_thing(thing, turn);
        }
    });
    judged("things kept, held, asked for, proposed, approved by one, destroyed", &tally);
    assert_eq!(bureau.ask(events), before);
}
