//! A demonstration office made, marked, signed in to and looked over: the real program.
//!
//! Not that its lives fit their rules at any moment (the unit tests beside them). Invariants: what holds for every office holds for this one; nothing below works in an office in
//! which things are real.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::path::Path;

use harness::browser::Chromium;
use harness::desk::{Browser, Counter, attribute};
use harness::{Environment, Role, expect_in, text};

/// A demonstration, made once for each test that needs one.
struct Shown {
    folder: tempfile::TempDir,
}

impl Shown {
    fn new() -> Shown {
        let shown = Shown { folder: tempfile::tempdir().unwrap() };
        let said = expect_in(&Environment::new(), &["demonstration", "make", &shown.path("")], 0);
        assert!(said.contains(": 30 cases by "), "{said}");
        shown
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join("shown").join(name).to_str().unwrap().trim_end_matches('/').to_owned()
    }

    fn environment(&self) -> Environment {
        vec![("COUNTERPART_OFFICE", self.path("office")), ("COUNTERPART_OFFICE_PASSPHRASE", "demonstration".into())]
    }

    fn command(&self, args: &[&str], code: i32) -> String {
        expect_in(&self.environment(), args, code)
    }

    /// What a command says that is refused.
    fn refusal(&self, args: &[&str]) -> String {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_counterpartd"));
        let output = command.args(args).envs(self.environment()).output().unwrap();
        assert_ne!(output.status.code(), Some(0));
        text(&output.stderr)
    }

    fn serve(&self) -> (Role, Vec<(String, String)>) {
        let (office, passphrase) = (self.path("office"), self.path("passphrase"));
        let args = ["serve", "--office", &office, "--passphrase-file", &passphrase, "--listen", "127.0.0.1:0"];
        let mut role = Role::start(&args);
        let mut links = Vec::new();
        for _ in 0..12 {
            let line = role.line();
            let (who, link) = line.trim_end().split_once(": ").unwrap_or_else(|| panic!("no link: {line}"));
            links.push((who.to_owned(), link.split_once("/demonstration/").unwrap().1.to_owned()));
        }
        (role, links)
    }
}

fn browser(role: &Role) -> Browser {
    let origin = format!("http://localhost:{}", role.address.rsplit(':').next().unwrap());
    Browser { address: role.address.clone(), origin, cookie: None }
}

fn without(file: &Path, line: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(line), "{text}");
    std::fs::write(file, text.replace(line, "")).unwrap();
}

#[test]
fn a_demonstration_is_whole_and_accounted_for() {
    let shown = Shown::new();
    let office = shown.path("office");
    let rebuilt = shown.command(&["check", "--rebuild", &office], 0);
    assert!(!rebuilt.is_empty());
    let totals: serde_json::Value = serde_json::from_str(&shown.command(&["cases", "totals", "--json"], 1)).unwrap();
    assert_eq!((&totals["add_up"], &totals["unbelieved"]), (&true.into(), &serde_json::json!([])), "{totals}");
    assert_eq!(totals["overdue"].as_array().unwrap().len(), 1, "{totals}");
    assert_eq!(totals["outcomes"].as_object().unwrap().len(), 8, "{totals}");
    let things = shown.command(&["vault", "list", "--json"], 0);
    let things: serde_json::Value = serde_json::from_str(&things).unwrap();
    let things = things["things"].as_array().unwrap().clone();
    assert!(things.len() >= 9, "{things:?}");
    let status = shown.command(&["vault", "status"], 0);
    assert!(!status.is_empty());
    // It is the same from where one stands, and wherever it is moved to.
    std::fs::rename(shown.path(""), shown.folder.path().join("moved")).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_counterpartd"));
    command.args(["cases", "totals", "--office", "moved/office", "--passphrase-file", "moved/passphrase"]);
    let output = command.current_dir(shown.folder.path()).output().unwrap();
    assert!(text(&output.stdout).contains("every appointment is in exactly one column"), "{}", text(&output.stderr));
    std::fs::rename(shown.folder.path().join("moved"), shown.path("")).unwrap();
    // Nothing that is there already is written over.
    assert!(shown.refusal(&["demonstration", "make", &shown.path("")]).contains("is there already"));
}

#[test]
fn the_two_marks_must_agree() {
    let shown = Shown::new();
    let file = shown.path("office/office.toml");
    without(Path::new(&file), "demonstration = true\n");
    let said = shown.refusal(&["cases", "totals"]);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("made as a demonstration, and office.toml does not say so"), "{said}");
    // A real office does not become one by a line.
    let counter = Counter::new();
    let file = counter.path("office/office.toml");
    let real = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, real.replace("jurisdiction = ", "demonstration = true\njurisdiction = ")).unwrap();
    let office = vec![
        ("COUNTERPART_OFFICE", counter.path("office")),
        ("COUNTERPART_OFFICE_PASSPHRASE", harness::office::PASSPHRASE.into()),
    ];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_counterpartd"));
    let output = command.args(["cases", "totals"]).envs(office).output().unwrap();
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 2), "{said}");
    assert!(said.contains("says that this is a demonstration, and its events do not"), "{said}");
}

#[test]
fn a_link_signs_in_once_and_the_sign_in_page_makes_another() {
    let shown = Shown::new();
    let (role, links) = shown.serve();
    let (who, end) = links.iter().find(|(who, _)| who.contains("(team-leader)")).unwrap().clone();
    assert_eq!(who, "sign in as tess.example (team-leader)");
    let path = format!("/demonstration/{end}");
    let mut tess = browser(&role);
    let page = tess.get(&path);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Nothing here is real") && page.body.contains("tess.example"), "{}", page.body);
    // Looking at it uses nothing up; the button does.
    let done = tess.send(&page, &path, &[]);
    assert_eq!((done.status, done.header("location").as_deref()), (303, Some("/")), "{}", done.body);
    let home = tess.get("/");
    assert!(home.status == 200 && home.body.contains("tess.example") && home.body.contains("Nothing here is real"));
    let mut other = browser(&role);
    for answer in [other.get(&path), other.send(&page, &path, &[])] {
        assert_eq!((answer.status, answer.header("set-cookie")), (404, None), "it was used");
        assert!(answer.body.contains("Nothing here is real"));
    }
    // A new one, on the page where everybody signs in.
    let page = other.get("/sign-in");
    assert!(page.body.contains("Sign in as audrey.example (Auditor)"), "{}", page.body);
    let made = other.send(&page, "/demonstration", &[("account", "audrey.example")]);
    let link = made.header("location").unwrap();
    assert!(made.status == 303 && link.starts_with("/demonstration/"), "{} {link}", made.status);
    let page = other.get(&link);
    assert_eq!(other.send(&page, &link, &[]).status, 303);
    assert!(other.get("/").body.contains("audrey.example"));
    // From another site it is nothing, and nobody else can be had.
    let elsewhere = [("Origin", "https://elsewhere.example")];
    assert_eq!(other.clone().post(&path, &elsewhere, &[]).status, 403);
    let nobody = other.clone().send(&page, "/demonstration", &[("account", "nobody.example")]);
    assert_eq!((nobody.status, nobody.header("location")), (400, None));
    // No account is set up by it, and it is no password's way round.
    let (_, end) = &links[0];
    assert_eq!(browser(&role).get(&format!("/set-up/{end}")).status, 404);
    assert!(attribute(&browser(&role).get("/sign-in").body, "data-options").is_some());
}

#[test]
fn a_meeting_is_recorded_at_the_press_of_a_button() {
    let shown = Shown::new();
    let microphone = Path::new(&shown.path("office")).join("office.toml");
    let text = std::fs::read_to_string(&microphone).unwrap();
    assert_eq!(text.matches("input = \"mic\"").count(), 1, "{text}");
    std::fs::write(&microphone, text.replace("input = \"mic\"", "input = \"mic:no such microphone\"")).unwrap();
    let (role, _) = shown.serve();
    let mut visitor = browser(&role);
    let page = visitor.get("/sign-in");
    let press = |visitor: &mut Browser, heard| visitor.send(&page, "/demonstration/record", &[("heard", heard)]);
    let begun = press(&mut visitor, "interview");
    assert_eq!(begun.status, 303, "{}", begun.body);
    let room = begun.header("location").unwrap();
    let case = room.strip_suffix("/room").unwrap().to_owned();
    let seen = visitor.get(&room);
    assert!(seen.status == 200 && seen.body.contains("Nothing here is real"), "{}", seen.body);
    assert!(seen.body.contains("Recording now"), "{}", seen.body);
    // What runs is looked at, by whoever presses it again, and nothing more is planned.
    let mut other = browser(&role);
    assert_eq!(press(&mut other, "interview").header("location"), Some(room.clone()));
    // Without such a microphone all is ready but the recorder, and it says so.
    let refused = press(&mut other, "microphone");
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("The recorder does not begin: microphone: "), "{}", refused.body);
    let there = refused.body.split_once("href=\"/cases/").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(other.get(&format!("/cases/{there}")).status, 200);
    // Pressed again, that one is tried again.
    let again = press(&mut other, "microphone");
    assert!(again.status == 409 && again.body.contains(there), "{}", again.body);
    assert_eq!(press(&mut other, "elsewhere").status, 400);
    // It ends, and two copies of it are there.
    let end = format!("{case}/do/end");
    visitor.done(&end, &end, &[("ending", "finished")]);
    let medium = Path::new(&shown.path("rooms")).join("north-room-2");
    for copies in ["office-copies", "person-copies"] {
        let mut folders = std::fs::read_dir(medium.join(copies)).unwrap();
        let folder = folders.next().unwrap().unwrap().path();
        let names = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
        let names: Vec<_> = names.collect();
        assert!(names.iter().any(|name| name == "recording.flac"), "{names:?}");
        assert!(folders.next().is_none(), "one meeting, one recording");
    }
    let next = press(&mut visitor, "interview");
    assert_eq!(next.status, 303, "{}", next.body);
    assert_ne!(next.header("location"), Some(room), "another meeting has the room");
}

#[test]
fn what_is_kept_is_shown_to_each_as_theirs() {
    let shown = Shown::new();
    let (role, links) = shown.serve();
    let sign_in = |account: &str| {
        let (_, end) = links.iter().find(|(who, _)| who.contains(account)).unwrap();
        let mut browser = browser(&role);
        let path = format!("/demonstration/{end}");
        let page = browser.get(&path);
        assert_eq!(browser.send(&page, &path, &[]).status, 303);
        browser
    };
    // Whoever keeps things sees each; some of them are due.
    let mut remy = sign_in("remy.example");
    let due = remy.get("/things?which=due");
    let id = due.body.split_once("href=\"/things/").unwrap().1.split_once('"').unwrap().0.to_owned();
    let page = remy.get(&format!("/things/{id}"));
    assert!(page.status == 200 && page.body.contains("Propose that it be destroyed"), "{}", page.body);
    // Records officers keep it, and do not hear it.
    assert!(!page.body.contains("Listen to it"), "{}", page.body);
    assert_eq!(remy.get(&format!("/things/{id}/do/access")).status, 404);
    // Clocks are asked when something is done, and a demonstration has none but this machine's.
    let path = format!("/things/{id}/do/propose-destruction");
    let refused = remy.act(&path, &path, &[]);
    assert!(refused.status == 409 && refused.body.contains("clock"), "{}", refused.body);
    // An interviewer has no list; by their case they come to what is kept of it, once they said why they look.
    let mut ines = sign_in("ines.example");
    assert_eq!((ines.get("/things").status, ines.get(&format!("/things/{id}")).status), (403, 403));
    let list = ines.get("/cases?whose=mine&which=all");
    let cases = list.body.split("href=\"/cases/").skip(1).map(|rest| rest.split_once('"').unwrap().0);
    let cases: Vec<String> = cases.filter(|id| id.len() == 32).map(|id| format!("/cases/{id}")).collect();
    let kept = cases.iter().find_map(|case| {
        let asked = ines.get(case);
        let purpose =
            ["hold-meeting", "hand-over"].into_iter().find(|one| asked.body.contains(&format!("value=\"{one}\"")))?;
        assert_eq!(ines.send(&asked, &format!("{case}/look"), &[("purpose", purpose)]).status, 303);
        let page = ines.get(case);
        let (_, after) = page.body.split_once(&format!("href=\"{case}/kept/"))?;
        Some(format!("{case}/kept/{}", after.split_once('"').unwrap().0))
    });
    let kept = kept.unwrap_or_else(|| panic!("nothing is kept of {cases:?}"));
    let page = ines.get(&kept);
    assert!(page.status == 200 && page.body.contains("Listen to it"), "{}", page.body);
    let access = format!("{kept}/do/access");
    let done = ines.act(&access, &access, &[("purpose", "quality"), ("reference", "Q-1")]);
    assert_eq!(done.status, 303, "{}", done.body);
    let sound = done.header("location").unwrap().replace("/listen/", "/sound/");
    let heard = ines.get(&sound);
    assert!(heard.status == 200 && heard.bytes.starts_with(b"fLaC"));
    // The sealed file begins so too: what is given out has no seal in it (spec/seal.md).
    assert!(!heard.bytes.windows(4).any(|window| window == b"CPRT"), "the sealed file itself");
    // A case leads to what it names, and to nothing else; and whoever does not see the case comes to neither.
    let (case, thing) = kept.split_once("/kept/").unwrap();
    let other = if thing == id { "0".repeat(32) } else { id };
    assert_eq!(ines.get(&format!("{case}/kept/{other}")).status, 404);
    let mut audrey = sign_in("audrey.example");
    for path in [kept.clone(), sound, format!("{kept}/certificate")] {
        let answer = audrey.get(&path);
        assert!(answer.status == 404 || answer.header("location").as_deref() == Some(case), "{path}: {}", answer.head);
    }
}
/// The addresses of links of a page.
fn hrefs(screen: &mut Chromium, which: &str) -> Vec<String> {
    let all = screen.eval(&format!("[...document.querySelectorAll('{which}')].map((one) => one.href)"));
    all.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// Says why a case is looked at, by the first of the reasons that there are.
fn says_why(screen: &mut Chromium) {
    let first = screen.eval("document.querySelector('[name=purpose]').labels[0].textContent.trim()");
    screen.fill_in(&[("Why do you look at this?", first.as_str().unwrap())]);
    screen.send("Continue");
}

#[test]
fn a_case_in_any_state_and_each_form_of_it_are_looked_over_in_chromium() {
    let shown = Shown::new();
    let (role, links) = shown.serve();
    let origin = browser(&role).origin;
    let (_, end) = links.iter().find(|(who, _)| who.contains("tess.example")).unwrap();
    let mut screen = Chromium::start();
    screen.come_to(&origin);
    screen.come_to(&format!("{origin}/demonstration/{end}"));
    screen.send("Sign in");
    screen.follow("Cases");
    screen.fill_in(&[("Which", "Closed ones too")]);
    screen.send("Show these");
    let cases = hrefs(&mut screen, ".govuk-task-list a");
    assert_eq!(cases.len(), 30);
    let mut forms = BTreeSet::new();
    for case in cases {
        screen.come_to(&case);
        says_why(&mut screen);
        screen.come_to(&format!("{case}/rules"));
        screen.open(&case);
        // What is done in several cases has one form: it is looked over where it is come upon first.
        for form in hrefs(&mut screen, "main a[href*=\"/do/\"]") {
            let (_, deed) = form.rsplit_once('/').unwrap();
            if forms.insert(deed.to_owned()) {
                screen.come_to(&form);
            }
        }
    }
    assert!(forms.len() >= 40, "{forms:?}");
}
