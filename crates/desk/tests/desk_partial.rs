//! Forms that are not as their page made them: each field left out, empty or sent twice, fields of other forms and of none, and identifiers of somebody else's. Nothing of it is half saved.
//!
//! Not what a form does when it is right (`desk_cases.rs`, `desk_things.rs`). Invariants: forms are taken from the pages of a demonstration, so that none is forgotten here; what is not done leaves no event; whatever is
//! sent is answered, and never as a failure of the service.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::collections::{BTreeMap, BTreeSet};

use casework::Role;
use harness::Answer;
use harness::desk::{Browser, Counter, attribute};
use harness::matrix::{self, Comes, Object, Somebody};

/// Whoever does something in cases and to things.
const STAFF: [(&str, Role); 8] = [
    ("tess.example", Role::TeamLeader),
    ("ines.example", Role::Interviewer),
    ("ivan.example", Role::Interviewer),
    ("iris.example", Role::Interviewer),
    ("avery.example", Role::Adviser),
    ("imogen.example", Role::InformationRightsOfficer),
    ("remy.example", Role::RecordsOfficer),
    ("pip.example", Role::PrivacyOfficer),
];

/// Fields that no form of theirs has, or only that of something else.
const FOREIGN: [(&str, &str); 9] = [
    ("role", "administrator"),
    ("account", "ada.example"),
    ("case", "00000000000000000000000000000000"),
    ("state", "closed"),
    ("thing", "00000000000000000000000000000000"),
    ("by", "ben.example"),
    ("number", "1"),
    ("mail", "eve@mail.example"),
    ("until", "0:01"),
];

/// On how many pages each form is tried.
const PAGES: usize = 1;

struct Desk {
    counter: Counter,
    cases: Vec<Object>,
}

impl Desk {
    fn new() -> Desk {
        let counter = Counter::demonstration(&["--session-fresh", "2h", "--session-idle", "2h"]);
        Desk { cases: matrix::cases(&|sql| counter.ask(sql)), counter }
    }

    fn somebody(&self, account: &str, role: Role) -> Somebody {
        let browser = self.counter.demonstrator(account);
        Somebody::new(account, Comes::Staff(account.parse().unwrap(), Some(role)), browser)
    }

    fn events(&self) -> u64 {
        self.counter.ask("SELECT COUNT(*) FROM event").parse().unwrap()
    }
}

/// A form of a page: the fields with what could be chosen or stands in them.
fn fields(page: &str, action: &str) -> Vec<(String, Vec<String>)> {
    let Some((_, form)) = page.split_once(&format!("action=\"{action}\"")) else { return Vec::new() };
    let form = form.split_once("</form>").unwrap().0;
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    let mut list = String::new();
    for tag in form.split('<').skip(1) {
        let word = tag.split([' ', '>']).next().unwrap();
        let (name, value) = (attribute(tag, " name"), attribute(tag, " value"));
        if word == "select" {
            list = name.clone().unwrap_or_default();
        }
        let (name, value) = match word {
            "input" | "textarea" | "select" => (name, value.filter(|_| word != "select")),
            "option" => (Some(list.clone()), value),
            _ => continue,
        };
        let Some(name) = name else { continue };
        let at = fields.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            fields.push((name, Vec::new()));
            fields.len() - 1
        });
        fields[at].1.extend(value.filter(|value| !value.is_empty()));
    }
    fields
}

/// Something in every field, as it might be.
fn filled(fields: &[(String, Vec<String>)]) -> Vec<(String, String)> {
    let typed = |name: &str| match name {
        _ if name.ends_with("-day") => "17".to_owned(),
        _ if name.ends_with("-month") => "12".to_owned(),
        _ if name.ends_with("-year") => "2026".to_owned(),
        _ if name.ends_with("-time") => "15:00".to_owned(),
        "ends" => "16:00".to_owned(),
        "thing" => "7".repeat(32),
        "id" | "persons_digest" | "offices_digest" => "5".repeat(64),
        "drawing" | "from" | "until" => String::new(),
        _ => "words of a test".to_owned(),
    };
    fields.iter().map(|(name, all)| (name.clone(), all.first().cloned().unwrap_or_else(|| typed(name)))).collect()
}

/// In which way a form is other than its page made it, and what must come of it.
struct Variant {
    what: String,
    fields: Vec<(String, String)>,
    /// Whether it must be refused, whatever else.
    is_refused: bool,
}

fn variants(right: &[(String, String)], takes_foreign: bool) -> Vec<Variant> {
    let mut all = Vec::new();
    for (at, (name, value)) in right.iter().enumerate() {
        let mut twice = right.to_vec();
        twice.push((name.clone(), value.clone()));
        all.push(Variant { what: format!("{name} twice"), fields: twice, is_refused: true });
        let mut other = right.to_vec();
        other[at].1 = "\u{202e}<script>'\"%00".to_owned();
        all.push(Variant { what: format!("{name} as no field has it"), fields: other, is_refused: false });
    }
    for (name, value) in FOREIGN.iter().filter(|(name, _)| !right.iter().any(|(own, _)| own == name)) {
        let more = [right, &[((*name).to_owned(), (*value).to_owned())]].concat();
        all.push(Variant { what: format!("{name} of another form"), fields: more, is_refused: !takes_foreign });
    }
    // What may be done all the same comes last.
    for (at, (name, _)) in right.iter().enumerate() {
        let mut empty = right.to_vec();
        empty[at].1 = String::new();
        all.push(Variant { what: format!("{name} empty"), fields: empty, is_refused: false });
        let mut less = right.to_vec();
        less.remove(at);
        all.push(Variant { what: format!("without {name}"), fields: less, is_refused: false });
    }
    all
}

/// What was tried, and what was answered.
#[derive(Default)]
struct Tried {
    forms: BTreeMap<String, usize>,
    answers: BTreeMap<u16, usize>,
    wrong: Vec<String>,
}

impl Tried {
    /// Sends each variant of a form; as long as its page is there.
    fn form(&mut self, desk: &Desk, who: &mut Browser, action: &str, deed: &str) {
        let page = who.get(action);
        let there = fields(&page.body, action);
        if page.status != 200 || there.is_empty() {
            return;
        }
        *self.forms.entry(deed.to_owned()).or_default() += 1;
        let count = variants(&filled(&there), false).len();
        for at in 0..count {
            // What was done before made the page another one.
            let page = who.get(action);
            let now = filled(&fields(&page.body, action));
            let Some(variant) = variants(&now, false).into_iter().nth(at).filter(|_| page.status == 200) else {
                return;
            };
            let before = desk.events();
            let answer = who.post(action, &[("Origin", &desk.counter.origin)], &variant.fields);
            self.judge(action, &variant, &answer, desk.events() - before);
        }
    }

    fn judge(&mut self, action: &str, variant: &Variant, answer: &Answer, written: u64) {
        *self.answers.entry(answer.status).or_default() += 1;
        let is_done = matches!(answer.status, 303) || answer.status == 200;
        let is_wrong = match answer.status {
            500.. => true,
            _ if variant.is_refused => is_done || written > 0,
            _ => !is_done && written > 0,
        };
        if is_wrong {
            let said =
                if answer.status == 303 { answer.header("location").unwrap_or_default() } else { answer.body.clone() };
            self.wrong.push(format!("{action}, {}: {} and {written} events: {said}", variant.what, answer.status));
        }
    }

    fn judged(&self, what: &str) {
        let all: usize = self.answers.values().sum();
        println!("{what}: {} forms, {all} sent, answers {:?}: {:?}", self.forms.len(), self.answers, self.forms);
        let wrong = self.wrong.len();
        assert!(wrong == 0, "{wrong} of {all}, such as\n{}", self.wrong[..wrong.min(8)].join("\n"));
    }
}

/// The addresses below that one to which a page leads for something to be done.
fn leads_to(page: &str, below: &str) -> BTreeSet<String> {
    let begin = format!("href=\"{below}/do/");
    page.split(&begin).skip(1).map(|rest| format!("{below}/do/{}", rest.split(['"', '?']).next().unwrap())).collect()
}

#[test]
fn no_form_of_a_case_is_half_saved() {
    let desk = Desk::new();
    let mut tried = Tried::default();
    for (account, role) in STAFF {
        let mut who = desk.somebody(account, role);
        for one in &desk.cases {
            let case = format!("/cases/{}", one.id());
            // For the first reason that there is now: what was done before may have made the case another's.
            let look = format!("{case}/look");
            let why = who.browser.get(&look);
            let reasons = fields(&why.body, &look).into_iter().find(|(name, _)| name == "purpose");
            let Some(reason) = reasons.and_then(|(_, all)| all.first().cloned()) else { continue };
            assert_eq!(who.browser.send(&why, &look, &[("purpose", &reason)]).status, 303);
            let page = who.browser.get(&case);
            for action in leads_to(&page.body, &case) {
                let deed = action.rsplit('/').next().unwrap().to_owned();
                // A page that leads to a form may have been made another by the form before.
                if tried.forms.get(&deed).is_none_or(|count| *count < PAGES) {
                    tried.form(&desk, &mut who.browser, &action, &deed);
                }
            }
        }
    }
    let mut tess = desk.counter.demonstrator("tess.example");
    tried.form(&desk, &mut tess, "/cases/plan", "plan");
    assert!(tried.forms.len() > 35, "{:?}", tried.forms);
    tried.judged("cases");
}

#[test]
fn no_form_of_a_thing_is_half_saved() {
    let desk = Desk::new();
    let mut tried = Tried::default();
    for (account, role) in STAFF.iter().filter(|(_, role)| *role != Role::Adviser) {
        let mut who = desk.somebody(account, *role);
        let things =
            matrix::things(&|sql| desk.counter.ask(sql)).into_iter().map(|thing| format!("/things/{}", thing.id()));
        let is_keeper = who.is_keeper();
        for thing in things.filter(|_| is_keeper) {
            let page = who.browser.get(&thing);
            for action in leads_to(&page.body, &thing) {
                let deed = action.rsplit('/').next().unwrap().to_owned();
                // A page that leads to a form may have been made another by the form before.
                if tried.forms.get(&deed).is_none_or(|count| *count < PAGES) {
                    tried.form(&desk, &mut who.browser, &action, &deed);
                }
            }
        }
    }
    assert!(tried.forms.len() >= 5, "{:?}", tried.forms);
    tried.judged("things");
}

/// What somebody else's form has must be refused in one's own, and nothing is written down.
fn refused(desk: &Desk, who: &mut Browser, action: &str, fields: &[(&str, &str)]) {
    let page = who.get(action);
    assert_eq!(page.status, 200, "{action}: {}", page.head);
    let before = desk.events();
    let answer = who.send(&page, action, fields);
    assert!((400..500).contains(&answer.status), "{action} {fields:?}: {} {}", answer.status, answer.body);
    assert_eq!(desk.events(), before, "{action} {fields:?}");
}

#[test]
fn what_is_somebody_elses_is_taken_in_no_form() {
    let desk = Desk::new();
    let mut ivan = desk.somebody("ivan.example", Role::Interviewer);
    let is_theirs = |one: &&Object| one.case.is_held_by(&"ivan.example".parse().unwrap());
    // A recording of another case, under its own id: neither its thing nor its sound come over by that.
    let other = desk.cases.iter().find(|one| !one.things.is_empty() && !is_theirs(one)).unwrap();
    let its = other.case.recordings().iter().find_map(|one| one.copies.as_ref()?.id).unwrap().to_string();
    let waits = |one: &&Object| one.case.recordings().iter().any(|one| one.copies.is_none()) && one.state() == "ended";
    let own = desk.cases.iter().filter(waits).find(is_theirs).unwrap();
    let case = format!("/cases/{}", own.id());
    ivan.browser.looks(&case, "hand-over");
    let digest = "5".repeat(64);
    let copies = [
        ("id", its.as_str()),
        ("persons_carrier", "file"),
        ("persons_digest", &digest),
        ("offices_carrier", "file"),
        ("offices_digest", &digest),
        ("compared", "no"),
    ];
    let form = |deed: &str| format!("{case}/do/{deed}");
    ivan.browser.done(&form("make-copies"), &form("make-copies"), &copies);
    for side in ["person", "office"] {
        let fields = [("side", side), ("verdict", "complete")];
        ivan.browser.done(&form("check-copy"), &form("check-copy"), &fields);
    }
    let thing = other.things[0].to_string();
    refused(&desk, &mut ivan.browser, &form("keep"), &[("thing", &thing)]);
    let kept = format!("{case}/kept/{thing}");
    for path in [kept.clone(), format!("{kept}/do/access"), format!("{kept}/sound/1")] {
        assert_eq!(ivan.browser.get(&path).status, 404, "{path}");
    }
    refused(
        &desk,
        &mut ivan.browser,
        &form("check-copy"),
        &[("recording", "7"), ("side", "person"), ("verdict", "complete")],
    );
    ivan.browser.done(&form("keep"), &form("keep"), &[("thing", &"8".repeat(32))]);

    // A room of another office, a member of staff who is none, a request of another case.
    let open = desk.cases.iter().find(|one| one.state() == "planned" && is_theirs(one)).unwrap();
    let case = format!("/cases/{}", open.id());
    ivan.browser.looks(&case, "arrange");
    let office = open.case.appointment().unwrap().slot.office.to_string();
    let foreign = if office == "north" { "room-9" } else { "open-desks" };
    refused(&desk, &mut ivan.browser, &format!("{case}/do/assign-room"), &[("room", foreign), ("is_private", "yes")]);
}

#[test]
fn anothers_key_and_hold_are_named_in_vain() {
    let desk = Desk::new();
    // Another's key is not taken away by its id.
    let mut pair = ["ada.example", "ben.example"].map(|account| desk.counter.demonstrator(account));
    let (mut carys, _) = desk.counter.join(&mut pair, "carys", 301, &[]);
    let keys =
        |account: &str| desk.counter.ask(&format!("SELECT COUNT(*) FROM access_passkey WHERE account = '{account}'"));
    let key = desk.counter.ask("SELECT id FROM access_passkey WHERE account = 'carys'");
    let ada = desk.somebody("ada.example", Role::Administrator);
    let fields = [("form_token", ada.token.clone()), ("key", key)].map(|(name, value)| (name.to_owned(), value));
    let answer = ada.browser.clone().post("/keys/remove", &[("Origin", &desk.counter.origin)], &fields);
    assert!(answer.status < 500, "{}", answer.body);
    assert_eq!(keys("carys"), "1");
    assert_eq!(carys.get("/").status, 200);
    // Nor a hold by the form of another thing.
    let things = matrix::things(&|sql| desk.counter.ask(sql));
    let held = things.iter().find(|thing| !thing.holds().is_empty()).unwrap();
    let free = things.iter().find(|thing| thing.holds().is_empty()).unwrap();
    let mut imogen = desk.counter.demonstrator("imogen.example");
    let hold = held.holds().keys().next().unwrap().to_string();
    let (from, to) = (format!("/things/{}/do/hold", free.id()), format!("/things/{}/do/answer", free.id()));
    let page = imogen.get(&from);
    let shown = attribute(&page.body, "name=\"shown\" value").unwrap();
    let token = attribute(&page.body, "name=\"form_token\" value").unwrap();
    let before = desk.events();
    let fields =
        [("form_token", token), ("shown", shown), ("hold", hold)].map(|(name, value)| (name.to_owned(), value));
    let answer = imogen.post(&to, &[("Origin", &desk.counter.origin)], &fields);
    assert_eq!((answer.status, desk.events()), (422, before), "{}", answer.body);
}
