//! Ten thousand guesses at addresses, codes, passwords, links, sessions, cases and things: nobody comes in, and neither words nor lengths nor times tell what exists.
//!
//! Not that attempts are counted (`desk_access.rs`, `desk_persons.rs`). Invariants: what is guessed at and exists is asked among what does not, in the same form and length; answers of one kind are the same to the byte
//! but for their dates; times are compared as sets, and a difference is one that no busy machine makes.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;
use std::time::Instant;

use harness::Answer;
use harness::authenticator::Authenticator;
use harness::desk::{Browser, Counter, PASSWORD, attribute};
use harness::line::Line;
use harness::ranks::Compared;

/// Numbers that look like chance, and are the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn text(&mut self, letters: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(letters[(self.next() >> 20) as usize % letters.len()])).collect()
    }

    fn hex(&mut self) -> String {
        self.text(b"0123456789abcdef", 32)
    }

    fn secret(&mut self) -> String {
        // 32 bytes, as a cookie or a link has them.
        self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 42) + "A"
    }

    fn from(&mut self) -> String {
        let number = self.next();
        format!("10.{}.{}.{}", number >> 8 & 255, number >> 16 & 255, number >> 24 & 255)
    }
}

const ANN: &str = "ann@mail.example";
const BEN: &str = "ben@mail.example";

/// An office behind a proxy, with two cases, and the person of each.
struct Desk {
    counter: Counter,
    dan: Browser,
    key: Authenticator,
    cases: [String; 2],
    codes: [String; 2],
    chance: Chance,
}

impl Desk {
    fn new() -> Desk {
        let mut counter = Counter::mailing();
        let origin = counter.origin.clone();
        let [(anna, _), (ben, _)] = counter.founded();
        let mut pair = [anna, ben];
        let (mut dan, key) = counter.join(&mut pair, "dan", 10, &["interviewer"]);
        let cases = [0, 1].map(|_| counter.case_of(&mut dan, "dan"));
        let mails = [ANN, BEN];
        let codes = [0, 1].map(|at: usize| counter.account_of(&mut dan, &cases[at], mails[at]));
        counter.start(&["--proxy", "127.0.0.1", "--origin", &origin]);
        dan.address = counter.address.clone();
        Desk { counter, dan, key, cases, codes, chance: Chance(0x9e37_79b9_7f4a_7c15) }
    }

    fn line(&self) -> Line {
        Line::of(&self.counter.browser())
    }

    /// A link that was mailed to ann.
    fn link(&self) -> String {
        drop(self.counter.mails());
        for file in std::fs::read_dir(self.counter.path("mail")).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        self.counter.edit("DELETE FROM person_link");
        self.counter.mailed(ANN)
    }

    /// Forgets what was counted, so that the next try is as good as the first.
    fn forget(&self) {
        self.counter.edit("DELETE FROM access_failure");
    }
}

/// A status, a head without its date, and a body without what was typed.
type Told = (u16, String, String);

/// How guesses were answered.
#[derive(Default)]
struct Guesses {
    asked: usize,
    /// Each kind of guess: each answer to it, with how often it was one that exists, and one that does not.
    kinds: BTreeMap<&'static str, BTreeMap<Told, [usize; 2]>>,
}

impl Guesses {
    fn note(&mut self, kind: &'static str, exists: bool, answer: &Answer, typed: &str) {
        assert!(answer.header("set-cookie").is_none_or(|cookie| cookie.contains("=;")), "{kind}: {}", answer.head);
        let head = answer.head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
        let mut body = answer.body.clone();
        if !typed.is_empty() {
            body = body.replace(&format!("value=\"{typed}\""), "value=\"TYPED\"");
        }
        for name in ["data-options", "name=\"challenge\" value"] {
            if let Some(value) = attribute(&body, name).filter(|value| !value.is_empty()) {
                let quoted = value.replace('&', "&amp;").replace('"', "&quot;");
                body = body.replace(&quoted, &format!("{} letters", quoted.len()));
            }
        }
        let told = (answer.status, head.collect::<Vec<_>>().join("\n"), body);
        self.kinds.entry(kind).or_default().entry(told).or_default()[usize::from(exists)] += 1;
        self.asked += 1;
    }

    /// Every answer to what exists is one that others get too, and there is one for each status.
    fn judged(&self) {
        for (kind, answers) in &self.kinds {
            let counts: Vec<(u16, [usize; 2])> =
                answers.iter().map(|((status, ..), count)| (*status, *count)).collect();
            println!("{kind}: answers, with how many were of what is not there and of what is: {counts:?}");
            for ((status, head, body), [others, existing]) in answers {
                assert!(*existing == 0 || *others > 0, "{kind}: {status} {head}\n{body}");
            }
            let mut statuses: Vec<u16> = counts.iter().map(|(status, _)| *status).collect();
            statuses.dedup();
            assert_eq!(statuses.len(), counts.len(), "{kind}: one answer for each status: {counts:?}");
        }
    }
}

#[test]
fn ten_thousand_guesses_give_neither_entry_nor_knowledge() {
    let mut desk = Desk::new();
    let mut guesses = Guesses::default();
    let sessions = "SELECT (SELECT COUNT(*) FROM person_session) + (SELECT COUNT(*) FROM access_session)";
    let mut ann = Line::of(&desk.counter.person_in(ANN, &desk.codes[0]));
    let before = desk.counter.ask(sessions);
    addresses(&mut desk, &mut guesses);
    codes(&mut desk, &mut guesses);
    passwords(&mut desk, &mut guesses);
    secrets(&mut desk, &mut guesses);
    numbers(&mut desk, &mut ann, &mut guesses);
    references(&mut desk, &mut guesses);
    println!("{} guesses", guesses.asked);
    guesses.judged();
    assert!(guesses.asked >= 10_000, "{}", guesses.asked);
    assert_eq!(desk.counter.ask(sessions), before, "somebody came in");
}

/// Mail addresses, each from another place.
fn addresses(desk: &mut Desk, guesses: &mut Guesses) {
    let mut line = desk.line();
    for at in 0..2_500 {
        let exists = at % 10 == 7;
        let mail = if exists { ANN.to_owned() } else { format!("{}@mail.example", desk.chance.text(b"abcdefgh", 3)) };
        let exists = mail == ANN || mail == BEN;
        line.from = Some(desk.chance.from());
        let answer = line.post("/me/sign-in", &[("mail", &mail)]);
        guesses.note("a mail address", exists, &answer, &mail);
    }
}

/// Codes of whoever has a link: of an account that is there, and of others.
fn codes(desk: &mut Desk, guesses: &mut Guesses) {
    let link = desk.link();
    let mut line = desk.line();
    let digits = |code: &str| code.chars().filter(char::is_ascii_digit).collect::<String>();
    let [anns, bens] = [0, 1].map(|at: usize| digits(&desk.codes[at]));
    for at in 0..300 {
        let place = match at % 3 {
            0 => anns[..3].to_owned(),
            1 => bens[..3].to_owned(),
            // As often as the others', so that both are counted alike.
            _ => format!("{:03}", 17),
        };
        let code = place + &desk.chance.text(b"0123456789", 13);
        if code == anns {
            continue;
        }
        line.from = Some(desk.chance.from());
        let answer = line.post(&link, &[("code", &code)]);
        let answer = without_wait(answer);
        guesses.note("a code", at % 3 == 0, &answer, &code);
    }
}

/// How long is to be waited hangs on the second in which one asks.
fn without_wait(mut answer: Answer) -> Answer {
    if let Some(seconds) = answer.header("retry-after") {
        let lines =
            answer.head.lines().filter(|line| !line.starts_with("retry-after") && !line.starts_with("content-length"));
        answer.head = lines.collect::<Vec<_>>().join("\n");
        for words in [format!("{seconds} seconds"), format!("{seconds} second")] {
            answer.body = answer.body.replace(&words, "SOME seconds");
        }
    }
    answer
}

/// Names of staff with any password, by a key that is nobody's; and by dan's own.
fn passwords(desk: &mut Desk, guesses: &mut Guesses) {
    let mut line = desk.line();
    let mut stranger = Authenticator::new(&desk.counter.origin);
    for at in 0..400 {
        let (account, by) = match at % 4 {
            0 => ("dan", &mut desk.key),
            1 => ("dan", &mut stranger),
            2 => ("zed", &mut stranger),
            _ => ("zoe", &mut stranger),
        };
        let page = line.get("/sign-in");
        let (options, state) =
            ["data-options", "name=\"challenge\" value"].map(|name| attribute(&page.body, name).unwrap()).into();
        let answer = by.get(&options);
        let password = desk.chance.text(b"abcdefghijklmnop", 16);
        line.from = Some(desk.chance.from());
        let fields = [("account", account), ("password", &password), ("passkey", &answer), ("challenge", &state)];
        let answer = without_wait(line.post("/sign-in", &fields));
        guesses.note("a password", at % 4 < 2, &answer, account);
    }
    desk.forget();
    assert_eq!(desk.counter.browser().sign_in("dan", PASSWORD, &mut desk.key).status, 303, "whoever has both comes in");
    desk.counter.edit("DELETE FROM access_session WHERE began_us = (SELECT MAX(began_us) FROM access_session)");
}

/// Secrets of sessions and of links.
fn secrets(desk: &mut Desk, guesses: &mut Guesses) {
    let mut line = desk.line();
    for _ in 0..1_200 {
        let secret = desk.chance.secret();
        for (name, path) in [("__Host-counterpart", "/cases"), ("__Host-counterpart-me", "/me")] {
            line.cookie = format!("{name}={secret}");
            let answer = line.get(path);
            assert_eq!(answer.status, 303);
            guesses.note(if path == "/me" { "a person's session" } else { "a session" }, false, &answer, "");
        }
        line.cookie = "other=1".to_owned();
        for (kind, path) in [("a link to set up", "/set-up"), ("a person's link", "/me/link")] {
            let answer = line.get(&format!("{path}/{secret}"));
            assert_eq!(answer.status, 404);
            guesses.note(kind, false, &answer, "");
        }
    }
}

/// Numbers of cases and things: by the person of another case, and by staff who keep nothing.
fn numbers(desk: &mut Desk, ann: &mut Line, guesses: &mut Guesses) {
    let mut dan = Line::of(&desk.dan);
    let theirs = desk.cases[1].trim_start_matches("/cases/").to_owned();
    for at in 0..900 {
        let exists = at % 10 == 3;
        let id = if exists { theirs.clone() } else { desk.chance.hex() };
        let answer = ann.get(&format!("/me/cases/{id}"));
        assert_eq!(answer.status, 404);
        guesses.note("another's case", exists, &answer, "");
        let answer = dan.get(&format!("/cases/{}", desk.chance.hex()));
        assert_eq!(answer.status, 404);
        guesses.note("a case", false, &answer, "");
        let answer = dan.get(&format!("/things/{id}"));
        assert_eq!(answer.status, 403);
        guesses.note("a thing", exists, &answer, "");
    }
}

/// References of cases in a form: of one that is there, of which the one who asks sees nothing, and of others.
fn references(desk: &mut Desk, guesses: &mut Guesses) {
    let mut ann = Line::of(&desk.dan);
    let shown = desk.dan.get(&desk.cases[0]).body;
    assert!(!shown.is_empty());
    let page = ann.get("/cases/plan");
    let token = attribute(&page.body, "name=\"form_token\" value").unwrap();
    for _ in 0..100 {
        let letters = b"23456789BCDFGHJKMNPQRSTVWXZ";
        let parts = [0; 3].map(|_| desk.chance.text(letters, 4));
        let reference = parts.join("-");
        let fields = [("form_token", token.as_str()), ("adjustment_from", &reference)];
        let answer = ann.post("/cases/plan", &fields);
        assert_eq!(answer.status, 422);
        guesses.note("a reference", false, &answer, &reference);
    }
}

/// Times two ways of asking, in turn and either first, and holds them against each other.
fn timed(what: &str, count: usize, chance: &mut Chance, mut ask: impl FnMut(bool) -> f64) {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..count {
        let first = chance.next() >> 30 & 1 == 1;
        for exists in [first, !first] {
            times[usize::from(exists)].push(ask(exists));
        }
    }
    let compared = Compared::of(&times[1], &times[0]);
    // Whether a quarter more would be seen, by what was measured here.
    let slower: Vec<f64> = times[0].iter().map(|time| time * 1.25).collect();
    let sees = if Compared::of(&slower, &times[0]).are_told_apart() { "would be" } else { "would not be" };
    println!("{what}, there and not there: {compared}, {count} each; a quarter more {sees} seen");
    assert!(!compared.are_told_apart(), "{what}: {compared}");
}

#[test]
fn how_long_it_takes_tells_nothing_either() {
    let desk = Desk::new();
    let mut line = desk.line();
    let mut chance = Chance(0x1234_5678_9abc_def1);
    let micros = |began: Instant| began.elapsed().as_secs_f64() * 1e6;

    for mail in [ANN, "zed@mail.example"] {
        assert_eq!(line.post("/me/sign-in", &[("mail", mail)]).status, 200);
    }
    let mut from = Chance(0x0dd0_5eed_1234_9876);
    timed("an address that was asked for a moment ago", 150, &mut chance, |exists| {
        line.from = Some(from.from());
        let began = Instant::now();
        assert_eq!(line.post("/me/sign-in", &[("mail", if exists { ANN } else { "zed@mail.example" })]).status, 200);
        micros(began)
    });
    timed("an address", 60, &mut chance, |exists| {
        desk.counter.edit("DELETE FROM person_link");
        line.from = Some(from.from());
        let began = Instant::now();
        assert_eq!(line.post("/me/sign-in", &[("mail", if exists { ANN } else { "zed@mail.example" })]).status, 200);
        let took = micros(began);
        // What is sent by then is sent.
        drop(desk.counter.mails());
        took
    });
    let link = desk.link();
    let place: String = desk.codes[0].chars().filter(char::is_ascii_digit).take(3).collect();
    let other = if place == "017" { "018" } else { "017" };
    timed("a code", 40, &mut chance, |exists| {
        desk.forget();
        let code = if exists { place.clone() } else { other.to_owned() } + "1111111111111";
        let began = Instant::now();
        assert_eq!(line.post(&link, &[("code", &code)]).status, 422);
        micros(began)
    });
    let mut stranger = Authenticator::new(&desk.counter.origin);
    timed("an account of staff", 40, &mut chance, |exists| {
        desk.forget();
        let page = line.get("/sign-in");
        let [options, state] =
            ["data-options", "name=\"challenge\" value"].map(|name| attribute(&page.body, name).unwrap());
        let answer = stranger.get(&options);
        let account = if exists { "dan" } else { "zed" };
        let fields = [
            ("account", account),
            ("password", "kettle on the red tiles"),
            ("passkey", &answer),
            ("challenge", &state),
        ];
        let began = Instant::now();
        assert_eq!(line.post("/sign-in", &fields).status, 422);
        micros(began)
    });
    cases_and_links(&desk, &link, &mut line, &mut chance);
}

/// The same of a case and of a link, which somebody who has theirs tries.
fn cases_and_links(desk: &Desk, link: &str, line: &mut Line, chance: &mut Chance) {
    let mut from = Chance(0x0dd0_5eed_4321_9876);
    let micros = |began: Instant| began.elapsed().as_secs_f64() * 1e6;
    desk.forget();
    let mut ann = desk.counter.browser();
    assert_eq!(ann.act(link, link, &[("code", &desk.codes[0])]).status, 303);
    let mut ann = Line::of(&ann);
    let theirs = format!("/me{}", desk.cases[1]);
    timed("another's case", 300, chance, |exists| {
        let path = if exists { theirs.clone() } else { format!("/me/cases/{}", from.hex()) };
        let began = Instant::now();
        assert_eq!(ann.get(&path).status, 404);
        micros(began)
    });
    timed("a link that was used", 300, chance, |exists| {
        let path = if exists { link.to_owned() } else { format!("/me/link/{}", from.secret()) };
        let began = Instant::now();
        assert_eq!(line.get(&path).status, 404);
        micros(began)
    });
}

#[test]
fn a_difference_of_a_quarter_is_seen_and_chance_is_not() {
    let mut chance = Chance(0xfeed_f00d_dead_beef);
    // Times as they are measured: mostly alike, some far longer.
    let mut times = |scale: f64| -> Vec<f64> {
        let one = |chance: &mut Chance| {
            let noise = (chance.next() >> 40) as f64 / (1_u64 << 24) as f64;
            let far = if chance.next() >> 59 == 0 { 10.0 } else { 1.0 };
            scale * (1_000.0 + 200.0 * noise) * far
        };
        (0..60).map(|_| one(&mut chance)).collect()
    };
    for _ in 0..200 {
        let (one, same, slower) = (times(1.0), times(1.0), times(1.25));
        assert!(!Compared::of(&one, &same).are_told_apart());
        assert!(Compared::of(&one, &slower).are_told_apart(), "{}", Compared::of(&one, &slower));
    }
}
