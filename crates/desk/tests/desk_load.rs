//! Actions and events are equal in number under load, also while the store stands still; and where an event cannot be written nothing is done and nothing is shown.
//!
//! Not how quick the service is on a good machine: it is asked as fast as it answers, and the figure is printed. Invariants: each action makes exactly one event where it is done at all, so that one number is
//! held against the other; a fault is seen to have fired.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use casework::case::{Audience, PURPOSES};
use harness::desk::{Browser, Counter, attribute};
use harness::line::Line;
use harness::office::{Under, block};
use harness::persons::MAIL;

under_both!(actions_and_events_are_equal_in_number_while_the_store_stands_still, what_cannot_be_written_is_not_done);

/// How many work at the same time, and on how many cases each.
const HANDS: usize = 8;
const CASES: usize = 6;
/// The store stands still until each of them has waited so long.
const WAITED: Duration = Duration::from_secs(1);

/// Since when each waits for an answer.
type Waiting = [Mutex<Option<Instant>>; HANDS];

/// An office with cases, and two who may look at each for many reasons.
struct Office {
    counter: Counter,
    leaders: [Browser; 2],
    cases: Vec<String>,
}

impl Office {
    fn new(under: Under, cases: usize) -> Office {
        let mut counter = Counter::by_clock_under(under, MAIL, "2026-12-03 10:00:00");
        let [(anna, _), (ben, _)] = counter.founded();
        let mut pair = [anna, ben];
        let (mut dan, _) = counter.join(&mut pair, "dan", 10, &["interviewer"]);
        let leaders = [("lea", 11), ("leo", 12)];
        let leaders = leaders.map(|(name, number)| counter.join(&mut pair, name, number, &["team-leader"]).0);
        let cases = (0..cases).map(|_| counter.case_of(&mut dan, "dan")).collect();
        Office { counter, leaders, cases }
    }

    fn events(&self) -> u64 {
        self.counter.ask("SELECT COUNT(*) FROM event").parse().unwrap()
    }
}

/// Somebody's line, and what stands in each of their forms.
struct Hand {
    line: Line,
    token: String,
}

impl Hand {
    fn of(browser: &Browser) -> Hand {
        let mut line = Line::of(browser);
        let token = attribute(&line.get("/").body, "name=\"form_token\" value").unwrap();
        Hand { line, token }
    }

    fn looks(&mut self, case: &str, purpose: &str) -> u16 {
        let token = self.token.clone();
        self.line.post(&format!("{case}/look"), &[("form_token", &token), ("purpose", purpose)]).status
    }

    /// Notes in which form the person reads, which is an event each time.
    fn notes(&mut self, case: &str, format: &str) -> u16 {
        let path = format!("{case}/do/choose-format");
        let page = self.line.get(&path);
        let Some(shown) = attribute(&page.body, "name=\"shown\" value") else { return page.status };
        let token = self.token.clone();
        let fields = [("form_token", token.as_str()), ("shown", &shown), ("format", format), ("tongue", "en")];
        self.line.post(&path, &fields).status
    }
}

/// What came of the actions, by their answers, and when each that was done was.
#[derive(Default)]
struct Done {
    statuses: BTreeMap<u16, u64>,
    at: Vec<Instant>,
    longest: Duration,
}

impl Done {
    fn act(&mut self, waits: &Mutex<Option<Instant>>, act: impl FnOnce() -> u16) {
        let began = Instant::now();
        *waits.lock().unwrap() = Some(began);
        let status = act();
        *waits.lock().unwrap() = None;
        *self.statuses.entry(status).or_default() += 1;
        self.longest = self.longest.max(began.elapsed());
        if status == 303 {
            self.at.push(Instant::now());
        }
    }
}

/// Holds the store still until everybody has waited for it; from when to when.
fn still(office: &Office, waiting: &Waiting) -> (Instant, Instant) {
    let waits = |one: &Mutex<Option<Instant>>| one.lock().unwrap().is_some_and(|since| since.elapsed() > WAITED);
    let all_wait = || harness::eventually("everybody waits", || waiting.iter().all(waits).then_some(Instant::now()));
    let from = Instant::now();
    match office.counter.server() {
        Some(server) => {
            server.freeze();
            let until = all_wait();
            server.thaw();
            (from, until)
        }
        None => block(async {
            let options =
                sqlx::sqlite::SqliteConnectOptions::new().filename(office.counter.path("office/events.sqlite"));
            let options = options.busy_timeout(Duration::from_secs(30));
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            let until = all_wait();
            sqlx::query("ROLLBACK").execute(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
            (from, until)
        }),
    }
}

/// Everything that one does with their cases: each look for another reason or by another one, and something noted now and then.
fn works(office: &Office, number: usize, waits: &Mutex<Option<Instant>>, is_over: &AtomicBool) -> Done {
    let mut hands = [Hand::of(&office.leaders[0]), Hand::of(&office.leaders[1])];
    let reasons = PURPOSES.iter().filter(|row| row.audiences.contains(&Audience::Leader));
    let mut done = Done::default();
    for (turn, row) in reasons.enumerate() {
        for case in office.cases.iter().skip(number * CASES).take(CASES) {
            for (which, hand) in hands.iter_mut().enumerate() {
                done.act(waits, || hand.looks(case, row.purpose.as_str()));
                if (turn + which).is_multiple_of(2) {
                    let format = ["standard", "large-print", "audio"][turn % 3];
                    done.act(waits, || hand.notes(case, format));
                }
            }
        }
    }
    is_over.store(true, Ordering::Relaxed);
    done
}

fn actions_and_events_are_equal_in_number_while_the_store_stands_still(under: Under) {
    let office = Office::new(under, HANDS * CASES);
    let before = office.events();
    let (is_over, waiting) = (AtomicBool::new(false), Waiting::default());
    let began = Instant::now();
    let (parts, stood) = std::thread::scope(|scope| {
        let all: Vec<_> = (0..HANDS)
            .map(|number| {
                scope.spawn({
                    let (office, waits, is_over) = (&office, &waiting[number], &is_over);
                    move || works(office, number, waits, is_over)
                })
            })
            .collect();
        // In the middle of it.
        harness::eventually("a part is done", || (office.events() > before + 100).then_some(()));
        let stood = still(&office, &waiting);
        assert!(!is_over.load(Ordering::Relaxed), "it stood still when all was over");
        (all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<Done>>(), stood)
    });
    let whole = began.elapsed();
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    for (status, count) in parts.iter().flat_map(|one| &one.statuses) {
        *statuses.entry(*status).or_default() += count;
    }
    let (done, longest) =
        (statuses.get(&303).copied().unwrap_or(0), parts.iter().map(|one| one.longest).max().unwrap());
    let still = stood.1 - stood.0;
    let rate = done as f64 / (whole - still).as_secs_f64();
    println!(
        "{under:?}: {done} actions in {whole:?}, {rate:.0} a second but for {still:?}; answers {statuses:?}; the longest took {longest:?}"
    );
    // It fired: nothing was done while it stood, but for what was at its end already, and everybody waited for it.
    let meanwhile =
        parts.iter().flat_map(|one| &one.at).filter(|at| (stood.0 + WAITED / 2..stood.1).contains(at)).count();
    assert!(meanwhile <= HANDS && parts.iter().all(|one| one.longest > WAITED), "{meanwhile} {longest:?}");
    // Whoever waited was answered in the end, and nobody is told that something is wrong which is not.
    assert!(done > 700 && statuses.len() == 1, "{statuses:?}");
    assert_eq!(office.events() - before, done, "actions and events: {statuses:?}");
}

fn what_cannot_be_written_is_not_done(under: Under) {
    let office = Office::new(under, 2);
    let [first, second] = [&office.cases[0], &office.cases[1]];
    let mut hand = Hand::of(&office.leaders[0]);
    assert_eq!(hand.looks(first, "arrange"), 303);
    let form = format!("{first}/do/choose-format");
    let shown = attribute(&hand.line.get(&form).body, "name=\"shown\" value").unwrap();
    let before = office.events();
    office.counter.refuse_events(true);
    let refused = [
        ("a look", hand.looks(second, "arrange")),
        ("something noted", {
            let token = hand.token.clone();
            let fields = [("form_token", token.as_str()), ("shown", &shown), ("format", "audio"), ("tongue", "en")];
            hand.line.post(&form, &fields).status
        }),
        ("a meeting", {
            let page = hand.line.get("/cases/plan");
            let reference = attribute(page.body.split_once("name=\"case_reference\"").unwrap().1, "value").unwrap();
            let token = hand.token.clone();
            let fields = [
                ("form_token", token.as_str()),
                ("meeting", "interview"),
                ("jurisdiction", "england-and-wales"),
                ("business", "jobcentre-plus"),
                ("office", "north"),
                ("starts-day", "11"),
                ("starts-month", "12"),
                ("starts-year", "2026"),
                ("starts-time", "11:00"),
                ("ends", "12:00"),
                ("staff", "dan"),
                ("name", "Never Written"),
                ("contact", "01632 960 002"),
                ("case_reference", &reference),
            ];
            hand.line.post("/cases/plan", &fields).status
        }),
        ("signing out everywhere", {
            let token = hand.token.clone();
            hand.line.post("/sign-out/everywhere", &[("form_token", &token)]).status
        }),
    ];
    for (what, status) in refused {
        assert!(status >= 500, "{what}: {status}");
    }
    assert_eq!(office.events(), before);
    // Nothing is shown by the look that is not on the record; whoever was signed in still is.
    let page = hand.line.get(second);
    assert!(page.status == 200 && !page.body.contains("Jo Example") && !page.body.contains("01632"), "{}", page.body);
    assert!(hand.line.get(first).body.contains("Jo Example"), "the look that is on the record stands");
    office.counter.refuse_events(false);
    assert_eq!(hand.looks(second, "arrange"), 303);
    assert!(hand.line.get(second).body.contains("Jo Example"));
    assert_eq!(office.events(), before + 1);
    assert!(!hand.line.get("/cases").body.contains("11 December 2026"), "a meeting that nobody planned");
    let office_folder = office.counter.path("office");
    office.counter.command(&["vault", "status"], 0);
    let said = office.counter.command(&["check", "--rebuild", &office_folder], 0);
    assert!(said.contains("all was the same, to the byte"), "{said}");
}
