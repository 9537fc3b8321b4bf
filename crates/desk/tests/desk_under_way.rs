//! What is under way when its session ends: a form that came before and is carried out after is not done, whoever's it is.
//!
//! Not how sessions end (`desk_access.rs`, `desk_persons.rs`). Invariants: the store is held still while the end and the deed wait for it, one behind the other, so that both were let
//! in by the session and the end comes first; nothing of the deed is on the record, and whoever sent it is asked to sign in.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::Answer;
use harness::desk::{Browser, Counter, attribute};
use harness::eventually;
use harness::office::{LONG_AGO, Under, block, recording};
use harness::persons::MAIL;
use harness::postgres::Server;
use harness::shop::Shop;
use sqlx::Connection as _;

type Fields<'a> = &'a [(&'a str, &'a str)];

/// A form that is open before whoever will send it.
struct Open {
    whose: Browser,
    page: Answer,
    path: String,
    fields: Vec<(String, String)>,
}

impl Open {
    fn of(whose: &Browser, at: &str, path: &str, fields: Fields<'_>) -> Open {
        let mut whose = whose.clone();
        let page = whose.get(at);
        assert_eq!(page.status, 200, "{at}: {}{}", page.head, page.body);
        let token = attribute(page.body.split_once("name=\"form_token\"").unwrap().1, "value").unwrap();
        let fields = [fields, &[("form_token", &token)]].concat();
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Open { whose, page, path: path.to_owned(), fields }
    }

    fn deed(whose: &Browser, path: &str, fields: Fields<'_>) -> Open {
        Open::of(whose, path, path, fields)
    }

    fn sent(&self) -> Answer {
        let fields: Vec<_> = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.whose.clone().send(&self.page, &self.path, &fields)
    }
}

/// What PostgreSQL is asked beside the program.
fn one(server: &Server, sql: &'static str) -> i64 {
    block(async {
        let mut connection = sqlx::PgConnection::connect(&server.url()).await.unwrap();
        let value: i64 = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        value
    })
}

fn waits(server: &Server) -> i64 {
    one(server, "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'event'::regclass")
}

/// But for what the clocks said, which the office notes when it asks them.
fn events(server: &Server) -> i64 {
    one(server, "SELECT COUNT(*) FROM event WHERE stream <> 'office'")
}

/// Sends both while nobody can write, the second once the first waits, and lets them write in that order.
fn one_behind_the_other(server: &Server, end: &Open, deed: &Open) -> [Answer; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut held = runtime.block_on(sqlx::PgConnection::connect(&server.url())).unwrap();
    let mut say = |sql: &'static str| runtime.block_on(sqlx::raw_sql(sql).execute(&mut held)).unwrap();
    say("BEGIN; LOCK TABLE event IN EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| end.sent());
        eventually(&end.path, || (waits(server) == 1).then_some(()));
        let second = scope.spawn(|| deed.sent());
        eventually(&deed.path, || (waits(server) == 2).then_some(()));
        say("ROLLBACK");
        [first.join().unwrap(), second.join().unwrap()]
    })
}

/// The end is done and on the record, and the deed is not.
fn is_not_done(server: &Server, end: &Open, deed: &Open, sign_in: &str) {
    let before = events(server);
    let [ended, refused] = one_behind_the_other(server, end, deed);
    assert!(matches!(ended.status, 200 | 303), "{}: {}", end.path, ended.body);
    assert_eq!(
        (refused.status, refused.header("location").as_deref()),
        (303, Some(sign_in)),
        "{}: {}{}",
        deed.path,
        refused.head,
        refused.body
    );
    // Nothing of what it was about is said, and a newer session's cookie is left alone.
    assert!(refused.body.is_empty() && refused.header("set-cookie").is_none(), "{}{}", refused.head, refused.body);
    assert_eq!(events(server) - before, 1, "{}", deed.path);
    let home = if sign_in == "/sign-in" { "/" } else { "/me" };
    assert_eq!(deed.whose.clone().get(home).header("location").as_deref(), Some(sign_in), "{}", deed.path);
}

#[test]
fn a_person_does_nothing_by_a_session_that_ended_meanwhile() {
    let mut counter = Counter::by_clock_under(Under::Postgres, MAIL, "2026-12-03 10:00:00");
    let [(anna, _), (ben, _)] = counter.founded();
    let (mut dan, _) = counter.join(&mut [anna, ben], "dan", 10, &["interviewer"]);
    let case = counter.case_of(&mut dan, "dan");
    let mut code = counter.account_of(&mut dan, &case, "ann@mail.example");
    let person = format!("{case}/person");
    let format = format!("/me{case}/do/choose-format");
    for end in ["out everywhere", "another code", "taken away"] {
        for deed in [format.as_str(), "/me/sign-out/everywhere"] {
            let ann = counter.person_in("ann@mail.example", &code);
            let page = if deed == format { deed } else { "/me" };
            let fields: Fields<'_> = if deed == format { &[("format", "large-print"), ("tongue", "en")] } else { &[] };
            let (open, server) = (Open::of(&ann, page, deed, fields), counter.server().unwrap());
            let end = match end {
                "out everywhere" => Open::of(&ann, "/me", "/me/sign-out/everywhere", &[]),
                "another code" => Open::of(&dan, &person, &format!("{person}/code"), &[]),
                _ => Open::of(&dan, &person, &format!("{person}/remove"), &[]),
            };
            is_not_done(server, &end, &open, "/me/sign-in");
            match end.path.rsplit('/').next() {
                Some("code") => {
                    let form = Open::of(&dan, &person, &format!("{person}/code"), &[]);
                    code = harness::persons::code(&form.sent());
                }
                Some("remove") => code = counter.account_of(&mut dan, &case, "ann@mail.example"),
                _ => {}
            }
        }
    }
    dan.looks(&case, "arrange");
    let shown = dan.get(&case);
    assert!(!shown.body.contains("in which form they read"), "{}", shown.body);
}

/// What records in the room.
const RECORDER: &str = r#"
[offices.rooms.recorder]
input = "mic"
office_copy = "../ours"
person_copy = "../theirs"
state = "../state"
"#;

#[test]
fn staff_do_nothing_by_a_session_that_ended_meanwhile() {
    let settings = MAIL.to_owned() + RECORDER;
    let mut counter = Counter::by_clock_under(Under::Postgres, &settings, "2026-12-03 10:00:00");
    let [(anna, mut annas), (ben, _)] = counter.founded();
    let (mut dan, mut dans) = counter.join(&mut [anna.clone(), ben], "dan", 10, &["interviewer", "team-leader"]);
    let case = counter.case_of(&mut dan, "dan");
    counter.account_of(&mut dan, &case, "ann@mail.example");
    let room = format!("{case}/do/assign-room");
    dan.done(&room, &room, &[("room", "one"), ("is_private", "yes")]);
    let person = format!("{case}/person");
    let deeds: [(&str, String, String, Fields<'_>); 9] = [
        (
            "dan",
            format!("{case}/do/try"),
            String::new(),
            &[("attempt", "room-then"), ("found", "yes"), ("reason", "x")],
        ),
        ("dan", format!("{case}/look"), String::new(), &[("purpose", "account")]),
        ("dan", format!("{person}/code"), person.clone(), &[]),
        ("dan", format!("{person}/remove"), person.clone(), &[]),
        ("dan", "/sign-out/everywhere".to_owned(), "/".to_owned(), &[]),
        ("dan", "/keys/remove".to_owned(), "/".to_owned(), &[("key", "none")]),
        (
            "dan",
            "/password".to_owned(),
            String::new(),
            &[("old", harness::desk::PASSWORD), ("password", "another long phrase of words")],
        ),
        ("anna", "/people/link".to_owned(), "/people".to_owned(), &[("account", "eve"), ("person", "12")]),
        ("anna", "/people/grant".to_owned(), "/people".to_owned(), &[("account", "dan"), ("role", "auditor")]),
    ];
    for (account, path, page, fields) in deeds {
        let whose = match account {
            "dan" => counter.signed_in("dan", &mut dans),
            _ => counter.signed_in("anna", &mut annas),
        };
        let page = if page.is_empty() { path.clone() } else { page };
        let deed = Open::of(&whose, &page, &path, fields);
        let end = Open::of(&whose, "/", "/sign-out/everywhere", &[]);
        is_not_done(counter.server().unwrap(), &end, &deed, "/sign-in");
    }
    // Who left has a session's row still.
    let whose = counter.signed_in("dan", &mut dans);
    let deed = Open::of(&whose, &person, &format!("{person}/code"), &[]);
    let anna = counter.signed_in("anna", &mut annas);
    let end = Open::of(&anna, "/people", "/people/leave", &[("account", "dan")]);
    is_not_done(counter.server().unwrap(), &end, &deed, "/sign-in");
}

#[test]
fn nobody_holds_or_proposes_to_destroy_a_thing_by_a_session_that_ended_meanwhile() {
    let Shop { bureau, counter, keys: [mut annas, _], .. } = Shop::under(Under::Postgres);
    let (flac, _) = recording(3, 1, "words");
    let id = bureau.take(&bureau.file("state/copy.flac", &flac), "consultation-recording", LONG_AGO, "Interview");
    let deeds: [(&str, Fields<'_>); 2] =
        [("propose-destruction", &[]), ("hold", &[("authority", "court"), ("reason", "an order")])];
    for (deed, fields) in deeds {
        let anna = counter.signed_in("anna", &mut annas);
        let deed = Open::deed(&anna, &format!("/things/{id}/do/{deed}"), fields);
        let end = Open::of(&anna, "/", "/sign-out/everywhere", &[]);
        is_not_done(bureau.server.as_ref().unwrap(), &end, &deed, "/sign-in");
    }
}
