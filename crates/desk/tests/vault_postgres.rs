//! An office with its events on PostgreSQL: what is its own, how it is reached, refused, lost and found again.
//!
//! Not what is the same in both databases (`vault_databases.rs`). Needs Debian's `postgresql`. Invariants: each test has a server of its own; no password is
//! shown; whatever is refused is refused in one line and leaves nothing.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::path::Path;

use harness::eventually;
use harness::office::{Bureau, LONG_AGO, Said, Under};
use harness::postgres::{PASSWORD, Server};
use sqlx::{Connection as _, PgConnection};

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

/// `vault init` of an office of this name in a folder that goes with the test.
fn init(bureau: &Bureau, name: &str, database: &str) -> Said {
    let at = |what: &str| bureau.path(&format!("{name}{what}"));
    let named = ["--office", &at(""), "--name", name, "--place", "1 Example Street", "--database", database];
    let keys = ["--jurisdiction", "england-and-wales", "--keyring", &at(".ring"), "--key", &at(".key")];
    bureau.bare(&[&["vault", "init"][..], &named, &keys].concat())
}

/// That it was refused in one line, with a hint, and that nothing of it is there.
#[track_caller]
fn refused(bureau: &Bureau, name: &str, said: &Said, code: i32, words: &str) {
    assert_eq!((said.code, said.out.len()), (Some(code), 0), "{words}: {}", said.err);
    assert!(said.err.contains(words) && said.err.lines().count() == 2, "{words}: {}", said.err);
    assert!(said.err.lines().nth(1).unwrap().starts_with("hint: ") && !said.err.contains(PASSWORD), "{}", said.err);
    for what in ["", ".ring", ".key"] {
        assert!(!Path::new(&bureau.path(&format!("{name}{what}"))).exists(), "{words}: {name}{what}");
    }
}

/// Where a schema of this name is.
fn schema(server: &Server, name: &str) -> String {
    format!("{}?options=-csearch_path%3D{name}", server.url())
}

#[test]
fn a_database_is_one_offices() {
    let bureau = Bureau::under(Under::Postgres);
    let server = bureau.server.as_ref().unwrap();
    let said = init(&bureau, "other", &server.url());
    refused(&bureau, "other", &said, 1, "it has the events of another office, \"Example Assessments\"");
    let said = init(&bureau, "other", &schema(server, "nowhere"));
    refused(&bureau, "other", &said, 2, "no schema of its search path is there");
    bureau.edit("CREATE SCHEMA strange");
    bureau.edit("CREATE TABLE strange.event (x BIGINT)");
    let said = init(&bureau, "other", &schema(server, "strange"));
    refused(&bureau, "other", &said, 1, "its schema is not empty: the table \"event\"");
    let secret = server.url_as("log:secret");
    let said = init(&bureau, "other", &secret);
    refused(&bureau, "other", &said, 2, "events.database: it has a password, and backups carry this file away");
    let said = init(&bureau, "other", "mysql://h/d");
    refused(&bureau, "other", &said, 2, "events.database: no PostgreSQL");
    // In a schema of its own it is a second office, and the first does not see it.
    bureau.edit("CREATE SCHEMA own");
    let said = init(&bureau, "other", &schema(server, "own"));
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(bureau.ask("SELECT COUNT(*) FROM own.event"), "1");
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
    // An office that is told to go on in another's database does not.
    let settings = bureau.path("other/office.toml");
    let text = std::fs::read_to_string(&settings).unwrap().replace("?options=-csearch_path%3Down", "");
    std::fs::write(settings, text).unwrap();
    let said = bureau.bare(&["vault", "status", "--office", &bureau.path("other")]);
    assert!(said.code == Some(1) && said.err.contains("it has the events of another office"), "{}", said.err);
}

#[test]
fn a_server_that_asks_or_forgets() {
    let bureau = Bureau::new();
    let asking = Server::asking();
    let said = init(&bureau, "asked", &asking.url());
    refused(&bureau, "asked", &said, 2, "postgres://log@");
    let right = bureau.path("pgpass");
    std::fs::write(&right, format!("*:*:*:*:{PASSWORD}\n")).unwrap();
    std::fs::set_permissions(&right, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut bureau = bureau;
    let ways = [("PGPASSWORD", "wrong-and-secret", PASSWORD), ("PGPASSFILE", "nowhere-secret", &right)];
    for (number, (key, wrong, right)) in ways.into_iter().enumerate() {
        bureau.environment = vec![(key, wrong.to_owned())];
        let said = init(&bureau, "wrong", &asking.url());
        refused(&bureau, "wrong", &said, 2, "postgres://log@");
        assert!(!said.err.contains("secret"), "{}", said.err);
        bureau.environment = vec![(key, right.to_owned())];
        let said = init(&bureau, &format!("right{number}"), &asking.url());
        // The second is let in, too, and refused for the first one's sake.
        let is_in = said.code == Some(0) || said.err.contains("the events of another office, \"right0\"");
        assert!(is_in && (number > 0 || said.code == Some(0)), "{key}: {}", said.err);
    }
    let forgets = Server::start(&["fsync=off"]);
    let said = init(&bureau, "forgets", &forgets.url());
    refused(&bureau, "forgets", &said, 2, "the server has fsync = off: it would forget what it promised");
}

#[test]
fn a_server_that_is_away_is_said_and_loses_nothing() {
    let mut bureau = Bureau::under(Under::Postgres);
    let id = letter(&bureau, "Dear Sir");
    for _ in 0..2 {
        bureau.server.as_mut().unwrap().crash();
        for words in [&["hold", &id, "--authority", "court", "--reason", "r"][..], &["status"], &["list"]] {
            let said = bureau.vault("anna", words);
            assert_eq!((said.code, said.out.len()), (Some(2), 0), "{words:?}: {}", said.err);
            assert!(said.err.starts_with("counterpartd: postgres://") && said.err.lines().count() == 2, "{}", said.err);
            assert!(said.err.contains("hint: see that the server is up"), "{}", said.err);
        }
        bureau.server.as_mut().unwrap().restart();
        bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", "r"]);
    }
    assert_eq!(bureau.shown(&id)["holds"].as_array().unwrap().len(), 2);
}

#[test]
fn a_server_that_goes_away_between_acts_costs_none() {
    let mut bureau = Bureau::under(Under::Postgres);
    let id = letter(&bureau, "Dear Sir");
    let url = bureau.server.as_ref().unwrap().url();
    let hold = |bureau: &Bureau| bureau.vault("anna", &["hold", &id, "--authority", "court", "--reason", "r"]);
    let server = bureau.server.take().unwrap();
    // Somebody holds the events, so that the command stands in the middle of its own; then the server is gone.
    let (said, mut server) = std::thread::scope(|scope| {
        let held = block(async {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql("BEGIN; LOCK TABLE event IN ACCESS SHARE MODE; LOCK TABLE layout IN EXCLUSIVE MODE")
                .execute(&mut connection)
                .await
                .unwrap();
            connection
        });
        let waiting = scope.spawn(|| hold(&bureau));
        eventually("it waits", || (waits(&url) > 0).then_some(()));
        let mut server = server;
        server.crash();
        drop(held);
        (waiting.join().unwrap(), server)
    });
    assert_eq!((said.code, said.out.len(), said.err.lines().count()), (Some(2), 0, 2), "{}", said.err);
    server.restart();
    bureau.server = Some(server);
    assert_eq!(bureau.shown(&id)["holds"].as_array().unwrap().len(), 0);
    assert_eq!(hold(&bureau).code, Some(0));
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

/// How many wait for a lock.
fn waits(url: &str) -> i64 {
    block(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let asked = sqlx::query_scalar("SELECT COUNT(*) FROM pg_locks WHERE NOT granted");
        asked.fetch_one(&mut connection).await.unwrap()
    })
}

#[test]
fn who_holds_the_events_is_waited_for_but_not_for_ever() {
    let bureau = Bureau::under(Under::Postgres);
    let id = letter(&bureau, "Dear Sir");
    let url = bureau.server.as_ref().unwrap().url();
    let hold = || bureau.vault("anna", &["hold", &id, "--authority", "court", "--reason", "r"]);
    let said = block(async {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("BEGIN; LOCK TABLE event IN EXCLUSIVE MODE").execute(&mut connection).await.unwrap();
        let said = tokio::task::block_in_place(hold);
        sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
        said
    });
    assert_eq!((said.code, said.out.len()), (Some(2), 0), "{}", said.err);
    assert!(said.err.contains("another program has it locked\nhint: another program works on it"), "{}", said.err);
    assert_eq!(hold().code, Some(0));
    assert_eq!(bureau.shown(&id)["holds"].as_array().unwrap().len(), 1);
}

#[test]
fn whatever_has_a_say_in_the_events_is_refused() {
    let bureau = Bureau::under(Under::Postgres);
    letter(&bureau, "Dear Sir");
    let nothing = "CREATE FUNCTION elsewhere.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'";
    bureau.edit("CREATE SCHEMA elsewhere");
    bureau.edit(nothing);
    for (make, take, named) in [
        (
            "CREATE TRIGGER more BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION elsewhere.nothing()",
            "DROP TRIGGER more ON event",
            "the trigger \"more\" is too much",
        ),
        (
            "CREATE RULE more AS ON INSERT TO outbox DO INSTEAD NOTHING",
            "DROP RULE more ON outbox",
            "the rule \"more\" is too much",
        ),
        ("ALTER TABLE event ADD COLUMN more TEXT", "ALTER TABLE event DROP COLUMN more", "\"event.more\" is too much"),
        ("ALTER TABLE stray SET UNLOGGED", "ALTER TABLE stray SET LOGGED", "the table \"stray\" is another"),
        (
            "ALTER TABLE event ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE event DISABLE ROW LEVEL SECURITY",
            "the table \"event\" is another",
        ),
        (
            "CREATE TABLE elsewhere.child () INHERITS (public.event)",
            "DROP TABLE elsewhere.child",
            "the table that inherits \"child\" is too much",
        ),
        (
            "CREATE FUNCTION max(BIGINT) RETURNS BIGINT LANGUAGE sql AS 'SELECT 1::BIGINT'",
            "DROP FUNCTION public.max(BIGINT)",
            "the function \"max\" is too much",
        ),
        (
            "ALTER TABLE thing ALTER COLUMN phase DROP NOT NULL",
            "ALTER TABLE thing ALTER COLUMN phase SET NOT NULL",
            "the table column \"thing.phase\" is another",
        ),
    ] {
        bureau.edit(make);
        let said = bureau.vault("anna", &["list"]);
        assert_eq!((said.code, said.out.len()), (Some(2), 0), "{make}: {}", said.err);
        assert!(said.err.contains(named) && said.err.lines().count() == 2, "{make}: {}", said.err);
        bureau.edit(take);
        assert_eq!(bureau.vault("anna", &["list"]).code, Some(0), "{take}");
    }
    // A newer program's, an older one's that never was, and one without its tables.
    for (layout, what) in [("99", "the database of a newer program"), ("0", "not a database of events")] {
        let newest = bureau.ask("SELECT layout FROM layout");
        bureau.edit(&format!("UPDATE layout SET layout = {layout}"));
        let said = bureau.vault("anna", &["list"]);
        assert!(said.code == Some(2) && said.err.contains(what), "{}", said.err);
        bureau.edit(&format!("UPDATE layout SET layout = {newest}"));
    }
    bureau.edit("ALTER SCHEMA public RENAME TO aside");
    bureau.edit("CREATE SCHEMA public");
    let said = bureau.vault("anna", &["list"]);
    assert!(said.code == Some(2) && said.err.contains("there are no events of an office"), "{}", said.err);
}

#[test]
fn what_was_broken_off_is_begun_again() {
    let bureau = Bureau::under(Under::Postgres);
    let id = letter(&bureau, "Dear Sir");
    let to = bureau.path("backup");
    assert_eq!(bureau.bare(&["backup", "--to", &to]).code, Some(0));
    let words = ["restore", "--from", &to, "--office", &bureau.path("office"), "--events-lost", "0"];
    // Its own database stands: that is no place for a restore.
    std::fs::rename(bureau.path("office"), bureau.path("lost")).unwrap();
    let said = bureau.bare(&words);
    assert!(said.code == Some(1) && said.err.contains("it has the events of this office already"), "{}", said.err);
    std::fs::rename(bureau.path("lost"), bureau.path("office")).unwrap();
    bureau.lose();
    // No store is where the office's would be: the restore ends in the middle, and the next one goes the whole way.
    std::fs::rename(bureau.path("backup/objects"), bureau.path("objects")).unwrap();
    let said = bureau.bare(&words);
    assert_ne!(said.code, Some(0), "{}", said.text());
    std::fs::rename(bureau.path("objects"), bureau.path("backup/objects")).unwrap();
    bureau.edit("UPDATE layout SET is_draft = 1");
    let _ = std::fs::remove_dir_all(bureau.path("office"));
    let said = bureau.bare(&words);
    let said = match said.err.rsplit_once("--events-lost ") {
        Some((_, number)) => bureau.bare(&[&words[..5], &["--events-lost", number.trim_end()]].concat()),
        None => said,
    };
    assert_eq!(said.code, Some(0), "{}{}", said.text(), said.err);
    assert_eq!(bureau.ask("SELECT is_draft FROM layout"), "0");
    assert!(bureau.done("anna", &["list"]).contains(&id));
}
