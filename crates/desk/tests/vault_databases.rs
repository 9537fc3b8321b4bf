//! An office with its events in either database: what must not depend on which it is.
//!
//! Not the way of a thing, nor its people (`vault_way.rs`, `vault_whole.rs` and others, which run on both too), nor PostgreSQL's own ways (`vault_postgres.rs`).
//! Needs Debian's `postgresql` and `strace`. Invariants: each test is one text for both; what is asked behind the program's back is SQL that both know.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::process::Command;

use harness::office::{Bureau, LONG_AGO, PASSPHRASE, Under};

under_both!(
    two_at_once_are_one_after_the_other,
    killed_anywhere_all_or_nothing_of_an_act_is_there,
    a_backup_comes_back_into_either,
    what_is_made_of_events_is_made_anew_to_the_byte,
    rows_of_nobody_stop_nobody,
    a_table_too_many_is_refused,
);

fn letter(bureau: &Bureau, words: &str) -> String {
    bureau.take(&bureau.file("letter.txt", words.as_bytes()), "letter", LONG_AGO, "t")
}

/// Events without a gap, and each commitment with its row of the outbox.
fn is_whole(bureau: &Bureau) {
    let count = |sql: &str| bureau.ask(sql).parse::<i64>().unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM event"), count("SELECT MAX(number) FROM event"));
    let committed = "SELECT COUNT(*) FROM outbox WHERE what = 'event'";
    assert_eq!(count("SELECT COUNT(*) FROM event"), count(committed));
    let status = bureau.vault("anna", &["status"]);
    assert!(status.text().contains("each chained to the one before"), "{}{}", status.text(), status.err);
}

fn two_at_once_are_one_after_the_other(under: Under) {
    let bureau = Bureau::under(under);
    let id = letter(&bureau, "Dear Sir");
    let before: i64 = bureau.ask("SELECT MAX(number) FROM event").parse().unwrap();
    let hold = |reason: String| bureau.done("anna", &["hold", &id, "--authority", "court", "--reason", &reason]);
    let mut holds: Vec<String> = std::thread::scope(|scope| {
        let two = [0, 1].map(|who| scope.spawn(move || (0..4).map(|n| hold(format!("{who} {n}"))).collect::<Vec<_>>()));
        two.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    holds.sort_unstable();
    holds.dedup();
    assert_eq!(holds.len(), 8);
    assert_eq!(bureau.shown(&id)["holds"].as_array().unwrap().len(), 8, "none is lost");
    assert_eq!(bureau.ask("SELECT MAX(number) FROM event").parse::<i64>().unwrap(), before + 8);
    // Of two who say the same end of one hold, each counts once, and it ends once.
    bureau.done("anna", &["release", &id, &holds[0], "--reason", "over"]);
    let approve = |who: &'static str| bureau.vault(who, &["approve-release", &id, &holds[0]]);
    let said = std::thread::scope(|scope| {
        let all = ["anna", "ben", "ben"].map(|who| scope.spawn(move || approve(who)));
        all.map(|one| one.join().unwrap())
    });
    assert_eq!(said.iter().filter(|said| said.code == Some(0)).count(), 2, "{:?}", said.map(|said| said.err));
    assert_eq!(bureau.shown(&id)["holds"].as_array().unwrap().len(), 7);
    is_whole(&bureau);
}

/// A command under strace, which does this to it.
fn straced(bureau: &Bureau, how: &[&str], args: &[&str]) -> Option<i32> {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", &bureau.path("calls")]).args(how);
    command.arg(env!("CARGO_BIN_EXE_counterpartd")).arg("vault").args(args);
    command.env("COUNTERPART_OFFICE", bureau.path("office")).env("COUNTERPART_OFFICE_PASSPHRASE", PASSPHRASE);
    command.env("COUNTERPART_ACCOUNT_KEY", bureau.path("keys/anna.key"));
    command.output().unwrap().status.code()
}

/// What is said to a disk or a server.
const CALLS: &str = "sendto,write,writev,pwrite64,fdatasync";

fn killed_anywhere_all_or_nothing_of_an_act_is_there(under: Under) {
    let bureau = Bureau::under(under);
    let id = letter(&bureau, "Dear Sir");
    let args = |reason: &'static str| ["hold", &id, "--authority", "court", "--reason", reason].map(str::to_owned);
    let words = args("first");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(straced(&bureau, &["-e", &format!("trace={CALLS}")], &words), Some(0));
    let calls = std::fs::read_to_string(bureau.path("calls")).unwrap().lines().count();
    let holds = || bureau.shown(&id)["holds"].as_array().unwrap().len();
    let (mut stand, mut killed, mut done) = (holds(), 0, 0);
    assert_eq!(stand, 1);
    for round in 1..=12 {
        let when = (calls * round / 13).max(1);
        // Each thread counts its own calls: the one that comes so far ends all.
        let inject = format!("inject={CALLS}:signal=SIGKILL:when={}+", (when / 3).max(1));
        let code = straced(&bureau, &["-e", &format!("trace={CALLS}"), "-e", &inject], &words);
        killed += u32::from(code != Some(0));
        let now = holds();
        assert!(now == stand || now == stand + 1, "round {round}: {stand}, then {now}");
        assert!(code != Some(0) || now == stand + 1, "round {round}: said to be done, and is not");
        done += u32::from(now > stand);
        stand = now;
        is_whole(&bureau);
    }
    assert!(killed >= 6, "{killed} killed");
    println!("figures: {killed} killed, {done} done");
}

/// Everything that the events' database has of one table, as text.
fn told(bureau: &Bureau, table: &str, columns: &str) -> String {
    let key = if table == "event" { "number" } else { "id" };
    let count = bureau.ask(&format!("SELECT COUNT(*) FROM {table}")).parse::<usize>().unwrap();
    let row = |at: usize| bureau.ask(&format!("SELECT {columns} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {at}"));
    (0..count).map(|at| row(at) + "\n").collect()
}

fn a_backup_comes_back_into_either(under: Under) {
    for into in [Under::Sqlite, Under::Postgres] {
        let bureau = Bureau::under(under);
        let [kept, destroyed] = ["Dear Sir", "Dear Madam"].map(|words| letter(&bureau, words));
        bureau.destroy(&destroyed);
        bureau.done("anna", &["submit"]);
        let to = bureau.path("backup");
        let said = bureau.bare(&["backup", "--to", &to]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        let mut names: Vec<String> =
            std::fs::read_dir(&to).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["backup.json", "backup.tag", "events.sqlite", "objects", "office.toml"]);
        let columns = "number || stream || position || at_us || COALESCE(account, '-')";
        let (before, things) = (told(&bureau, "event", columns), told(&bureau, "thing", "id || phase"));
        let proven = "SELECT COUNT(*) FROM outbox WHERE proof IS NOT NULL";
        let proofs: u64 = bureau.ask(proven).parse().unwrap();
        bureau.lose();
        let bureau = bureau.into_other(into);
        let settings = bureau.path("settings.toml");
        let words = ["restore", "--from", &to, "--office", &bureau.path("office"), "--settings", &settings];
        let said = bureau.bare(&[&words[..], &["--events-lost", "0"]].concat());
        assert_eq!(said.code, Some(0), "{under:?} into {into:?}: {}{}", said.text(), said.err);
        let after = told(&bureau, "event", columns);
        // What a restore does again and makes void comes behind all that there was.
        assert!(after.starts_with(&before) && after.lines().count() > before.lines().count(), "{before}\n{after}");
        assert_eq!(told(&bureau, "thing", "id || phase"), things);
        assert!(bureau.ask(proven).parse::<u64>().unwrap() >= proofs);
        let read = bureau.vault("anna", &["read", &kept, "--purpose", "appeal", "--reference", "R"]);
        assert_eq!(read.out, b"Dear Sir");
        bureau.accepted(&destroyed);
        assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
        is_whole(&bureau);
        // It goes on there, and what is there is not taken out by a second restore.
        bureau.done("anna", &["hold", &kept, "--authority", "court", "--reason", "r"]);
        let elsewhere = bureau.path("elsewhere");
        let words = ["restore", "--from", &to, "--office", &elsewhere, "--settings", &settings, "--events-lost", "99"];
        assert_ne!(bureau.bare(&words).code, Some(0));
        assert_eq!(bureau.shown(&kept)["holds"].as_array().unwrap().len(), 1);
    }
}

fn what_is_made_of_events_is_made_anew_to_the_byte(under: Under) {
    let bureau = Bureau::under(under);
    let id = letter(&bureau, "Dear Sir");
    let other = letter(&bureau, "Dear Madam");
    bureau.destroy(&other);
    let office = bureau.path("office");
    let rebuild = || bureau.bare(&["check", "--rebuild", &office]);
    let (same, rows) = (rebuild(), told(&bureau, "thing", "id || phase || holds || object || position"));
    assert_eq!(same.code, Some(0), "{}{}", same.text(), same.err);
    assert!(same.text().ends_with(" events: 2 things, 0 cases; all was the same, to the byte\n"), "{}", same.text());
    let one = |sql: &str| assert_eq!(bureau.edit(sql), 1, "{sql}");
    for (sql, things, entries) in [
        (format!("UPDATE thing SET phase = 'destroyed' WHERE id = '{id}'"), 1, 0),
        (format!("DELETE FROM thing WHERE id = '{id}'"), 1, 0),
        ("UPDATE thing SET tag = NULL WHERE phase = 'destroyed'".to_owned(), 1, 0),
        (format!("INSERT INTO thing (id, phase, holds) VALUES ('{}', 'kept', '')", "e".repeat(32)), 1, 0),
        ("DELETE FROM outbox WHERE event_number = 3 AND what = 'event'".to_owned(), 0, 1),
        ("UPDATE outbox SET event_number = 99 WHERE event_number = 3 AND what = 'event'".to_owned(), 0, 2),
    ] {
        one(&sql);
        let said = rebuild();
        let told_of = format!(
            "{things} rows of things, 0 of cases and {entries} of the outbox were not what the events say, and"
        );
        assert!(said.code == Some(1) && said.text().contains(&told_of), "{sql}: {}{}", said.text(), said.err);
        assert_eq!(told(&bureau, "thing", "id || phase || holds || object || position"), rows, "{sql}");
        assert_eq!(rebuild().code, Some(0), "{sql}");
    }
    is_whole(&bureau);
    // Of events that somebody changed nothing is made.
    one("UPDATE event SET at_us = at_us + 1 WHERE number = 2");
    one(&format!("UPDATE thing SET phase = 'destroyed' WHERE id = '{id}'"));
    let said = rebuild();
    assert_eq!((said.code, said.out.len()), (Some(1), 0), "{}", said.text());
    assert!(said.err.starts_with("counterpartd: the events were changed: event 2 was changed"), "{}", said.err);
    assert_eq!(bureau.ask(&format!("SELECT phase FROM thing WHERE id = '{id}'")), "destroyed", "and nothing was");
}

fn rows_of_nobody_stop_nobody(under: Under) {
    let bureau = Bureau::under(under);
    let id = letter(&bureau, "Dear Sir");
    for sql in [
        "INSERT INTO thing (id, phase, holds) VALUES ('x', 'x', 'x')",
        "INSERT INTO stalled VALUES ('x', -1, -1, 'x')",
        "INSERT INTO scrub (thing, looked_us, found) VALUES ('x', -9, 'x')",
        "INSERT INTO finding VALUES (9223372036854775807, 'x', 'x', 'x', NULL)",
    ] {
        assert_eq!(bureau.edit(sql), 1);
        for command in ["list", "scrub", "status"] {
            let said = bureau.vault("anna", &[command]);
            assert_eq!(said.code, Some(0), "{sql}: {command}: {} {}", said.text(), said.err);
        }
    }
    let newest = || bureau.ask("SELECT MAX(number) FROM event").parse::<i64>().unwrap();
    // Behind the newest event, and before the first.
    for number in [newest() + 1, -7] {
        let insert = format!(
            "INSERT INTO event (number, stream, position, at_us, clear, salt, hash) \
             SELECT {number}, 'thing/{id}', 90, at_us, clear, salt, hash FROM event WHERE number = 1"
        );
        assert_eq!(bureau.edit(&insert), 1);
        let said = bureau.vault("anna", &["list"]);
        assert!(said.code == Some(0) && said.err.contains("1 rows behind the newest event"), "{}", said.err);
        assert_eq!(bureau.ask(&format!("SELECT COUNT(*) FROM event WHERE number = {number}")), "0");
        is_whole(&bureau);
    }
}

fn a_table_too_many_is_refused(under: Under) {
    let bureau = Bureau::under(under);
    let id = letter(&bureau, "Dear Sir");
    for (make, take, named) in [
        ("CREATE TABLE more (x BIGINT)", "DROP TABLE more", "the table \"more\" is too much"),
        ("CREATE VIEW more AS SELECT 1 AS x", "DROP VIEW more", "the view \"more\" is too much"),
        ("CREATE INDEX more ON event (at_us)", "DROP INDEX more", "the index \"more\" is too much"),
        (
            "DROP INDEX finding_of",
            "CREATE INDEX finding_of ON finding (thing, number)",
            "the index \"finding_of\" is missing",
        ),
    ] {
        bureau.edit(make);
        let said = bureau.vault("anna", &["hold", &id, "--authority", "court", "--reason", "r"]);
        let line = said.err.lines().next().unwrap();
        assert!(said.code == Some(2) && line.contains(named), "{make}: {}", said.err);
        assert_eq!(said.err.lines().count(), 2, "{}", said.err);
        bureau.edit(take);
        assert!(bureau.done("anna", &["list"]).contains(&id), "{take}");
    }
    assert!(bureau.shown(&id)["holds"].as_array().unwrap().is_empty());
}
