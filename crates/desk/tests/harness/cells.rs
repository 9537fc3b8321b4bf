//! Cells of the matrix: a route by a method as somebody, on an object; what it is to be answered, and the asking.
//!
//! Not the rights (`matrix.rs`), nor the offices (`desk_matrix.rs`). Invariants: what is to be is worked out before anything is asked; a refusal is held against what does not exist; a page that nobody looked for tells of
//! nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use casework::Role;
use casework::case::{Deed, For, Nature, PURPOSES};
use casework::custody::{Phase, Thing};

use super::matrix::{self, Comes, Object, Route, Somebody, THING_DEEDS};
use super::{Answer, ask};

/// Methods that no route declares. `get` is none of HTTP's.
const OTHERS: [&str; 7] = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FROB", "get"];

/// Words that are planted here or stand in a demonstration, which nobody sees but by a look that shows them.
const CANARIES: [&str; 8] = [
    "canary-note",
    "jo.example@",
    "Would rather not be recorded",
    "Cannot take notes and listen",
    "The building was closed",
    "The last letter does not say",
    "where others would be heard (example)",
    "Rang three times",
];
/// How persons are reached who are in it.
const CONTACTS: [&str; 3] = ["canary-contact", "07700 900", "020 7946 0"];
/// The names that they have in a demonstration, and the one that is planted.
const FIRST_NAMES: [&str; 10] = ["Jo", "Sam", "Kit", "Lou", "Max", "Pat", "Robin", "Sandy", "Terry", "Val"];
const SURNAMES: [&str; 3] = ["Example", "Sample", "Specimen"];
pub const PLANTED: &str = "Quillon Zephyr";

/// Whether it says who a person is.
fn names_somebody(body: &str) -> bool {
    let both = |first: &str| SURNAMES.iter().any(|last| body.contains(&format!("{first} {last}")));
    body.contains(PLANTED) || FIRST_NAMES.iter().any(|first| both(first))
}

fn says_contact(body: &str) -> bool {
    CONTACTS.iter().any(|contact| body.contains(contact))
}

/// Whether it says anything of what somebody said, or of who they are.
fn tells(body: &str) -> bool {
    names_somebody(body) || says_contact(body) || CANARIES.iter().any(|word| body.contains(word))
}

/// In how many parts deeds are shared out among cases that stand alike.
const PARTS: usize = 6;

const NONE: &str = "00000000000000000000000000000000";

/// What there is, and who comes.
pub struct Cells {
    pub routes: Vec<Route>,
    pub cases: Vec<Object>,
    pub things: Vec<Thing>,
    pub people: Vec<Somebody>,
}

/// What may come of a cell.
struct Expected {
    may: &'static [u16],
    /// Whether it is to be as if there were no such thing.
    is_refusal: bool,
}

fn may(statuses: &'static [u16]) -> Expected {
    Expected { may: statuses, is_refusal: false }
}

fn refused() -> Expected {
    Expected { may: &[404], is_refusal: true }
}

/// The one if so, else refused.
fn only(is_so: bool, statuses: &'static [u16]) -> Expected {
    if is_so { may(statuses) } else { refused() }
}

/// What stands in the places of names in braces.
#[derive(Clone, Default)]
struct Names {
    case: String,
    thing: String,
    deed: String,
    /// Whether that thing was destroyed.
    is_destroyed: bool,
}

impl Names {
    fn path(&self, pattern: &str) -> String {
        let path = pattern.replace("{case}", &self.case).replace("{thing}", &self.thing).replace("{deed}", &self.deed);
        let path = path.replace("{link}", "AAAA").replace("{digest}", "0").replace("{name}", "x.css");
        path.replace("{number}", "1")
    }

    /// The same of what does not exist.
    fn none(&self) -> Names {
        Names { case: NONE.into(), thing: NONE.into(), deed: self.deed.clone(), is_destroyed: false }
    }
}

/// What comes of one request.
fn sent(who: &Somebody, method: &str, path: &str, more: &[(&str, &str)]) -> Answer {
    let cookie = who.browser.cookie.clone().unwrap_or_else(|| "other=1".to_owned());
    let (origin, kind) = (who.browser.origin.as_str(), "application/x-www-form-urlencoded");
    let headers = [("Cookie", cookie.as_str()), ("Origin", origin), ("Content-Type", kind)];
    let body: Vec<String> = more.iter().map(|(name, value)| format!("{name}={value}")).collect();
    ask(&who.browser.address, method, path, &headers, body.join("&").as_bytes())
}

/// What a route that has no object answers whoever is let to it.
fn of_no_object(route: &Route, who: &Somebody) -> Expected {
    match (route.method, route.path) {
        (_, path) if path.contains("{link}") || path.contains("{digest}") => may(&[404]),
        ("POST", "/demonstration" | "/demonstration/record") => may(&[400]),
        ("POST", "/keys/remove") => may(&[303]),
        // Counted by the address that it comes from, whoever sends it.
        ("POST", "/sign-in") => may(&[422, 429]),
        (_, "/cases/plan") if !matches!(who.role(), Some(Role::Interviewer | Role::TeamLeader)) => may(&[403]),
        ("POST", _) => may(&[400, 422]),
        _ => may(&[200]),
    }
}

/// What a route of a case answers somebody of the staff who is let to it, under that look of theirs.
fn of_case(route: &Route, who: &Somebody, names: &Names, one: &Object, look: Option<&For>) -> Expected {
    let may_look = !one.purposes(who).is_empty();
    let asks = look.is_none() && may_look;
    let deed = Deed::ALL.iter().find(|deed| deed.to_string() == names.deed);
    let does = deed.is_some_and(|deed| one.may(who, *deed, look.is_some()));
    let has_contact = look.is_some_and(|row| one.shows(who, row, Nature::Contact));
    let or_why = |asked: &'static [u16]| if asks { may(asked) } else { refused() };
    match (route.method, route.path.trim_start_matches("/cases/{case}")) {
        (_, path) if path.starts_with("/kept/") => of_kept(route, who, names, one, look),
        ("GET", "") => only(one.is_found(who), &[200]),
        ("GET", "/look") => only(may_look, &[200]),
        ("POST", "/look") => only(may_look, &[422]),
        ("GET", "/rules") => only(one.is_theirs(who), &[200]),
        ("GET", "/room" | "/room/live") if look.is_some() => may(&[200]),
        ("GET", "/room") => or_why(&[303]),
        ("GET", "/room/live") => or_why(&[204]),
        ("GET", "/do/{deed}") if does => may(&[200]),
        ("GET", "/do/{deed}") if deed.is_some() => or_why(&[303]),
        // Without what the form was shown with it is none of ours.
        ("POST", "/do/{deed}") => only(does, &[400]),
        ("GET", "/person") => only(may_look, &[200]),
        ("POST", "/person" | "/person/code") if has_contact => may(&[422]),
        ("POST", "/person/remove") if has_contact => may(&[303]),
        ("POST", path) if path.starts_with("/person") => only(may_look, &[200]),
        _ => refused(),
    }
}

/// The same of what is kept of a case.
fn of_kept(route: &Route, who: &Somebody, names: &Names, one: &Object, look: Option<&For>) -> Expected {
    let is_of_it = one.things.iter().any(|thing| thing.to_string() == names.thing);
    let is_heard = route.path.contains("/listen/") || route.path.contains("/sound/");
    match look {
        None if one.purposes(who).is_empty() => refused(),
        // Who listens already goes on; nobody does here.
        None if is_heard && is_of_it => may(&[404]),
        None => may(&[303]),
        Some(_) if !is_of_it => refused(),
        Some(_) => of_thing(route, who, names, false),
    }
}

/// What a route of a thing answers whoever sees it.
fn of_thing(route: &Route, who: &Somebody, names: &Names, is_destroyed: bool) -> Expected {
    let deed = THING_DEEDS.iter().find(|deed| deed.to_string() == names.deed);
    let does = deed.is_some_and(|deed| matrix::may_do(who, *deed));
    match (route.method, route.path.rsplit('/').next().unwrap()) {
        ("GET", "{thing}") => may(&[200]),
        ("GET", "{deed}") => only(does, &[200, 303]),
        ("POST", "{deed}") => only(does, &[400]),
        ("GET", "certificate" | "json") if is_destroyed => may(&[200]),
        // Nobody listens here, and there is no certificate of what is there.
        _ => may(&[404]),
    }
}

/// What a cell is to be answered.
fn expected(route: &Route, who: &Somebody, names: &Names, one: Option<&Object>, look: Option<&For>) -> Expected {
    if !who.is_let_to(route) {
        return may(if matches!(who.comes, Comes::Staff(..)) && route.who != "person" { &[403] } else { &[303] });
    }
    match (&who.comes, one) {
        (Comes::Person(id), Some(one)) if route.who == "person" => {
            only(one.id() == *id && !route.path.contains("{thing}"), &[200])
        }
        (_, Some(one)) if route.path.starts_with("/cases/{case}") => of_case(route, who, names, one, look),
        _ if route.path.starts_with("/things/{thing}") => of_thing(route, who, names, names.is_destroyed),
        _ => of_no_object(route, who),
    }
}

/// What was asked and how it was answered; and every cell that was answered otherwise than it should be.
#[derive(Default)]
pub struct Tally {
    cells: BTreeMap<(&'static str, u16), usize>,
    refusals: usize,
    /// How many looks must be on the record.
    pub looks: u64,
    wrong: Vec<String>,
}

impl Tally {
    fn join(&mut self, other: Tally) {
        for (cell, count) in other.cells {
            *self.cells.entry(cell).or_default() += count;
        }
        self.looks += other.looks;
        self.refusals += other.refusals;
        self.wrong.extend(other.wrong);
    }
}

/// A case, and under which look of theirs.
type Of<'o> = (Option<&'o Object>, Option<&'o For>);

/// One who asks, and what they were answered of what does not exist.
pub struct Asker<'d> {
    desk: &'d Cells,
    pub who: &'d Somebody,
    nothing: BTreeMap<(String, &'static str, String), (String, String)>,
    pub tally: Tally,
}

/// An answer without its date and without what was asked for.
fn plain(answer: &Answer, names: &Names) -> (String, String) {
    let head = answer.head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
    let told = |text: &str| {
        [&names.case, &names.thing]
            .into_iter()
            .filter(|id| !id.is_empty())
            .fold(text.to_owned(), |text, id| text.replace(id, NONE))
    };
    (told(&head.collect::<Vec<_>>().join("\n")), told(&answer.body))
}

impl<'d> Asker<'d> {
    fn new(desk: &'d Cells, who: &'d Somebody) -> Asker<'d> {
        Asker { desk, who, nothing: BTreeMap::new(), tally: Tally::default() }
    }

    fn fields(&self) -> Vec<(&'static str, &'d str)> {
        if self.who.token.is_empty() { Vec::new() } else { vec![("form_token", self.who.token.as_str())] }
    }

    /// Asks one cell, and holds the answer against what it is to be.
    fn cell(&mut self, route: &Route, method: &'static str, names: &Names, to_be: &Expected, sees: bool) {
        let path = names.path(route.path);
        let fields = if method == "POST" { self.fields() } else { Vec::new() };
        let answer = sent(self.who, method, &path, &fields);
        *self.tally.cells.entry((method, answer.status)).or_default() += 1;
        let mut wrong = Vec::new();
        if !to_be.may.contains(&answer.status) {
            wrong.push(format!("{} and not {:?}", answer.status, to_be.may));
        }
        if !sees && tells(&answer.body) {
            wrong.push("it tells of somebody".to_owned());
        }
        if method == "HEAD" && !answer.body.is_empty() {
            wrong.push("it has a body".to_owned());
        }
        if to_be.is_refusal && answer.status == 404 {
            self.tally.refusals += 1;
            let told = plain(&answer, names);
            let of = (route.path.to_owned(), method, names.deed.clone());
            let (who, none) = (self.who, names.none());
            let nothing = self
                .nothing
                .entry(of)
                .or_insert_with(|| plain(&sent(who, method, &none.path(route.path), &fields), &none));
            if told != *nothing {
                wrong.push(format!("it is told from what is not there: {} {nothing:?}", answer.body));
            }
        }
        for wrong in wrong {
            self.tally.wrong.push(format!("{method} {path} as {}: {wrong}", self.who.name));
        }
    }

    /// Every method of a path: what the table declares, HEAD as GET, and no other.
    fn path(&mut self, path: &'static str, names: &Names, (one, look): Of<'_>, others: &[&'static str]) {
        let desk = self.desk;
        for method in ["GET", "POST"].iter().chain(others) {
            let declared = if *method == "HEAD" { "GET" } else { method };
            let route = desk.routes.iter().find(|route| route.path == path && route.method == declared);
            let here = Route { method: "", path, who: "", is_fresh: false };
            // What would be done to the account that a person has here is another test's (`desk_persons.rs`).
            let has_account = one.is_some_and(|one| desk.people.iter().any(|who| who.comes == Comes::Person(one.id())));
            if look.is_some() && has_account && *method == "POST" && path.contains("/person/") {
                continue;
            }
            let to_be = match route {
                // A session that is ended here would be missed later: another test does (`desk_routes.rs`).
                Some(route) if path.ends_with("/sign-out") || path.ends_with("/everywhere") => {
                    if self.who.is_let_to(route) {
                        continue;
                    }
                    expected(route, self.who, names, one, look)
                }
                Some(route) => expected(route, self.who, names, one, look),
                None => may(&[405]),
            };
            let is_theirs = matches!((&self.who.comes, one), (Comes::Person(id), Some(one)) if *id == one.id());
            let sees = look.is_some() || is_theirs || self.who.is_keeper() && path.starts_with("/things");
            self.cell(route.unwrap_or(&here), method, names, &to_be, sees && !to_be.is_refusal);
        }
    }

    /// Whatever is asked of the service by itself.
    pub fn of_no_object(&mut self) {
        for path in self.desk.paths().into_iter().filter(|path| !path.contains("{case}") && !path.contains("{thing}")) {
            self.path(path, &Names::default(), (None, None), &[&OTHERS[..], &["HEAD"]].concat());
        }
        let Some(account) = self.who.account() else { return };
        // A form that does not bring its session's token does nothing.
        for route in self.desk.routes.iter().filter(|route| route.method == "POST" && self.who.is_let_to(route)) {
            if matches!(route.who, "anybody" | "demonstration" | "mailed") {
                continue;
            }
            let names = Names { case: NONE.into(), thing: NONE.into(), deed: "ask".into(), ..Names::default() };
            let answer = sent(self.who, "POST", &names.path(route.path), &[]);
            *self.tally.cells.entry(("POST", answer.status)).or_default() += 1;
            if answer.status != 403 {
                self.tally.wrong.push(format!("POST {} as {account} without its token: {}", route.path, answer.status));
            }
        }
    }

    /// Every path of a case; `turn` says which of the other methods are asked.
    pub fn of_case(&mut self, one: &Object, turn: usize, look: Option<&For>) {
        let (desk, others) = (self.desk, [OTHERS[turn % OTHERS.len()], "HEAD"]);
        // Nobody, and whoever has no role, are the same to each case.
        let number = desk.people.iter().position(|one| one.name == self.who.name).unwrap_or_default();
        if self.who.role().is_none()
            && matches!(self.who.comes, Comes::Out | Comes::Staff(..))
            && turn % 4 != number % 4
        {
            return;
        }
        // One that is kept of it, or of another case.
        let thing = one.things.first().copied().or(desk.things.first().map(Thing::id));
        let thing = thing.map_or(NONE.to_owned(), |id| id.to_string());
        let names = |deed: &str| Names {
            case: one.id().to_string(),
            thing: thing.clone(),
            deed: deed.to_owned(),
            ..Names::default()
        };
        for path in desk.paths().into_iter().filter(|path| path.contains("{case}") && !path.contains("{deed}")) {
            self.path(path, &names(""), (Some(one), look), &others);
        }
        for deed in desk.deeds(one) {
            // HEAD is what GET is, for some of them.
            let others = if turn.is_multiple_of(4) { &others[..] } else { &others[..1] };
            self.path("/cases/{case}/do/{deed}", &names(&deed), (Some(one), look), others);
        }
        let deed = THING_DEEDS[turn % THING_DEEDS.len()].to_string();
        self.path("/cases/{case}/kept/{thing}/do/{deed}", &names(&deed), (Some(one), look), &others);
    }

    /// Every path of a thing, with every deed.
    pub fn of_thing(&mut self, thing: &Thing, turn: usize) {
        let is_destroyed = thing.phase() == Phase::Destroyed;
        for path in self.desk.paths().into_iter().filter(|path| path.starts_with("/things/{thing}")) {
            for deed in if path.contains("{deed}") { &THING_DEEDS[..] } else { &THING_DEEDS[..1] } {
                let (case, thing, deed) = (String::new(), thing.id().to_string(), deed.to_string());
                let names = Names { case, thing, deed, is_destroyed };
                self.path(path, &names, (None, None), &[OTHERS[turn % OTHERS.len()], "HEAD"]);
            }
        }
    }

    /// Looks at a case for each reason that there is, as far as it is theirs; the last of these.
    pub fn looks(&mut self, one: &Object, turn: usize) -> Option<&'static For> {
        let (who, path) = (self.who, format!("/cases/{}/look", one.id()));
        let theirs = one.purposes(who);
        let mut rows: Vec<&'static For> = PURPOSES.iter().collect();
        rows.rotate_left(turn % PURPOSES.len());
        let mut last = None;
        for row in rows {
            let is_theirs = theirs.iter().any(|one| one.purpose == row.purpose);
            let fields = [&self.fields()[..], &[("purpose", row.purpose.as_str())]].concat();
            let answer = sent(who, "POST", &path, &fields);
            *self.tally.cells.entry(("POST", answer.status)).or_default() += 1;
            let to_be = if is_theirs {
                303
            } else if theirs.is_empty() {
                404
            } else {
                422
            };
            let mut wrong =
                (answer.status != to_be || tells(&answer.body)).then(|| format!("{} and not {to_be}", answer.status));
            if is_theirs {
                last = Some(row);
                self.tally.looks += 1;
                let page = sent(who, "GET", &format!("/cases/{}", one.id()), &[]);
                *self.tally.cells.entry(("GET", page.status)).or_default() += 1;
                let shown = (page.status, names_somebody(&page.body), says_contact(&page.body));
                let shows = |nature| one.shows(who, row, nature);
                // The receiver of the office's copy, too, is the person in a demonstration.
                let names = shows(Nature::Identity) || shows(Nature::Attendee) && shown.1;
                if shown != (200, names, shows(Nature::Contact)) {
                    wrong = Some(format!("page, name and contact are {shown:?}"));
                }
            }
            self.tally.wrong.extend(wrong.map(|why| format!("{path} for {} as {}: {why}", row.purpose, who.name)));
        }
        last
    }
}

impl Cells {
    /// Every path once.
    fn paths(&self) -> Vec<&'static str> {
        let all: BTreeSet<&'static str> = self.routes.iter().map(|route| route.path).collect();
        all.into_iter().collect()
    }

    /// What there is to be done in a case, and a word that is no deed: all of it where few cases stand there, else a part in each.
    fn deeds(&self, one: &Object) -> Vec<String> {
        let same: Vec<_> = self.cases.iter().filter(|other| other.case.phase() == one.case.phase()).collect();
        let (parts, part) = (same.len().min(PARTS), same.iter().position(|other| other.id() == one.id()).unwrap());
        let all = Deed::ALL.iter().map(ToString::to_string).chain(["nothing-of-ours".to_owned()]);
        all.enumerate().filter(|(at, _)| at % parts == part % parts).map(|(_, deed)| deed).collect()
    }

    /// Does that as everybody, two at a time; what came of it.
    pub fn each(&self, work: impl Fn(&mut Asker<'_>) + Sync) -> Tally {
        let (next, whole) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(who) = self.people.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let mut asker = Asker::new(self, who);
                        work(&mut asker);
                        whole.lock().unwrap().join(asker.tally);
                    }
                });
            }
        });
        whole.into_inner().unwrap()
    }
}

/// Says how many cells there were, and that none was answered otherwise than the tables say.
pub fn judged(what: &str, tally: &Tally) {
    let mut by_status: BTreeMap<u16, usize> = BTreeMap::new();
    for ((_, status), count) in &tally.cells {
        *by_status.entry(*status).or_default() += count;
    }
    let cells: usize = by_status.values().sum();
    println!("{what}: {cells} cells, {} refusals compared, answers {by_status:?}", tally.refusals);
    let wrong = tally.wrong.len();
    assert!(wrong == 0, "{wrong} of {cells} cells, such as\n{}", tally.wrong[..wrong.min(12)].join("\n"));
}
