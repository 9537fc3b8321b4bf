//! What a check from outside finds: damage, forgery, a log that went back, a fork; and what it cannot say.
//!
//! Not the audit's own cases (`ledger`): here the command is held to its words and codes. Invariant: whatever is wrong is never
//! answered 0.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;
#[path = "../../cli/tests/harness/schema.rs"]
mod schema;

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Site, Witnessing, ask, copy_folder, proof, text};

/// A log of some entries that has ended.
fn site_of(entries: u64) -> Site {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&["--batch-interval", "1ms"]);
    for number in 0..entries {
        assert_eq!(site.add(&log, number).status, 200);
    }
    assert_eq!(log.stop(), Some(0));
    site
}

#[test]
fn one_byte_anywhere_is_named_by_its_place() {
    let site = site_of(5);
    let data = site.data();
    let (said, code) = site.check(data.to_str().unwrap(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("5 entries agree"), "{said}");
    let newest = ["checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5"];
    for name in newest {
        let path = data.join(name);
        let good = std::fs::read(&path).unwrap();
        for at in [0, good.len() / 2, good.len() - 2] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            let (said, code) = site.check(data.to_str().unwrap(), &[]);
            assert_eq!(code, Some(1), "{name} at {at}: {said}");
            assert!(said.contains(name), "{name} at {at}: {said}");
        }
        std::fs::write(&path, good).unwrap();
    }
    let (said, code) = site.check(data.to_str().unwrap(), &[]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_cannot_be_read_is_neither_good_nor_bad() {
    let site = site_of(2);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let empty = site.path("empty");
    std::fs::create_dir(&empty).unwrap();
    for log in [&address, &empty, &site.path("missing"), "ftp://x", "http://"] {
        let (said, code) = site.check(log, &["--timeout", "1s"]);
        assert_eq!(code, Some(2), "{log}: {said}");
        // Of what nobody read nothing is said to be missing; and what failed is said in plain words.
        assert_eq!(said.contains("nothing here is signed"), *log == empty, "{log}: {said}");
        for odd in ["os error", "Os {", "error sending", "checkpoint: checkpoint", "client error"] {
            assert!(!said.contains(odd), "{log}: {said}");
        }
        assert!(
            *log != address || said.contains("checkpoint: it could not be read: no connection: connection refused"),
            "{said}"
        );
    }
    let (json, code) = site.check(&address, &["--timeout", "1s", "--json"]);
    let has = ["/outcome = unread", "/exit = 2", "/findings/0/kind = unreadable"].map(str::to_owned);
    assert_eq!((code, schema::check("log-check", &json, &has)), (Some(2), vec![]), "{json}");
    let (json, code) = site.check(&empty, &["--json"]);
    let has = ["/outcome = unread", "/findings/0/kind = nothing", "/mirror = null"].map(str::to_owned);
    assert_eq!((code, schema::check("log-check", &json, &has)), (Some(2), vec![]), "{json}");
    let (said, code) = site.check(site.path("data").as_str(), &["--mirror", &address, "--timeout", "1s"]);
    assert!(code == Some(2) && !said.contains("nothing there is signed"), "{said}");
    std::fs::write(site.path("bytes"), [b'l', 0xff]).unwrap();
    let data = site.path("data");
    let output = harness::run(&["check", "--log", &data, "--policy", &site.path("bytes")]);
    assert!(text(&output.stderr).contains("bytes: not a text in UTF-8\nhint: "), "{}", text(&output.stderr));
}

#[test]
fn what_was_not_looked_at_is_said() {
    let site = site_of(2);
    let data = site.data();
    let data = data.to_str().unwrap();
    let (said, _) = site.check(data, &[]);
    assert!(said.ends_with("not looked at: checkpoints of earlier checks (there is no --state)\n"), "{said}");
    let log = site.start(&[]);
    let state = site.path("seen");
    let (said, _) = site.check(&log.url(), &["--mirror", data, "--state", &state]);
    let words = "not looked at: the log's partial tiles of earlier sizes and staging objects (nothing can be listed over HTTP)\n";
    assert!(said.ends_with(words), "{said}");
    let (said, _) = site.check(data, &["--mirror", data, "--state", &state]);
    assert!(!said.contains("not looked at"), "{said}");
    let (json, _) = site.check(data, &["--mirror", &log.url(), "--json"]);
    let said: serde_json::Value = serde_json::from_str(&json).unwrap();
    let unseen = said["not_looked_at"].as_array().unwrap();
    assert!(unseen.len() == 2 && unseen[0].as_str().unwrap().starts_with("the mirror's partial tiles"), "{json}");

    // What is left over from a start that failed is told, and no fault.
    std::fs::create_dir_all(site.data().join("staging")).unwrap();
    let left = format!("staging/0-1-{}", "ab".repeat(32));
    std::fs::write(site.data().join(&left), "torn").unwrap();
    let (said, code) = site.check(data, &["--state", &state]);
    assert!(code == Some(0) && said.contains(&format!("note: {left}: left over and torn")), "{said}");
    let (json, code) = site.check(data, &["--json"]);
    let has = [format!("/notes/0/path = {left}"), "/outcome = agrees".to_owned()];
    assert_eq!((code, schema::check("log-check", &json, &has)), (Some(0), vec![]), "{json}");
}

#[test]
fn a_mirror_that_is_behind_is_told_and_a_log_behind_its_mirror_went_back() {
    let site = site_of(3);
    let old = site.path("old");
    copy_folder(&site.data(), old.as_ref());
    let log = site.start(&[]);
    site.add(&log, 10);
    site.add(&log, 11);
    let (said, code) = site.check(&log.url(), &["--mirror", &old]);
    assert_eq!(code, Some(0), "{said}");
    let words =
        "the log holds 5 entries, the mirror 3 entries: the first 3 are the same, and the mirror lacks 2 entries\n";
    assert!(said.contains(words), "{said}");
    let (json, code) = site.check(&log.url(), &["--mirror", &old, "--json"]);
    let has = ["/mirror/log_entries = 5", "/mirror/entries = 3", "/mirror/same_entries = 3", "/exit = 0"];
    assert_eq!((code, schema::check("log-check", &json, &has.map(str::to_owned))), (Some(0), vec![]), "{json}");

    let (said, code) = site.check(&old, &["--mirror", &log.url()]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("and the log lacks 2 entries") && said.contains("the log went back"), "{said}");
    let (json, code) = site.check(&old, &["--mirror", &log.url(), "--json"]);
    let has = ["/outcome = disagrees", "/findings/0/kind = went-back"].map(str::to_owned);
    assert_eq!((code, schema::check("log-check", &json, &has)), (Some(1), vec![]), "{json}");

    let other = Site::named(&Witnessing::Local, "log.example/other");
    let (said, code) = site.check(&log.url(), &["--mirror", other.data().to_str().unwrap()]);
    assert_eq!(code, Some(2), "{said}");
    let words = "mirror/checkpoint: it is of log.example/other, and not of log.example/test: another log's mirror";
    assert!(said.contains(words) && !said.contains("TWO"), "{said}");
    let (said, code) = other.check(&log.url(), &[]);
    assert!(code == Some(1) && said.contains("a log that the policy does not name"), "{said}");
}

#[test]
fn a_log_that_went_back_is_noticed_by_who_remembers() {
    let site = site_of(3);
    copy_folder(&site.data(), site.path("old").as_ref());
    let log = site.start(&[]);
    site.add(&log, 10);
    let state = site.path("seen");
    let (said, code) = site.check(&log.url(), &["--state", &state]);
    assert_eq!(code, Some(0), "{said}");
    let (said, code) = site.check(&site.path("old"), &["--state", &state]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("went back"), "{said}");
    let (said, code) = site.check(&site.path("old"), &[]);
    assert_eq!(code, Some(0), "without memory nothing is to be seen: {said}");
    std::fs::write(&state, "damaged\n").unwrap();
    let (said, code) = site.check(&log.url(), &["--state", &state]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("line 1: not a checkpoint"), "{said}");
}

/// The checkpoints in a file of those seen.
fn sizes(state: &str) -> Vec<u64> {
    let lines = std::fs::read_to_string(state).unwrap();
    assert!(lines.is_empty() || lines.ends_with('\n'), "{lines}");
    let size = |line: &str| {
        let note: String = serde_json::from_str(line).unwrap();
        seal::tlog::SignedCheckpoint::parse(note.as_bytes()).unwrap().checkpoint().size
    };
    lines.lines().map(size).collect()
}

#[test]
fn checks_at_once_lose_nothing_of_what_they_saw() {
    let site = Site::new(&Witnessing::Local);
    let copies: Vec<String> = (1..=8)
        .map(|count| {
            let log = site.start(&[]);
            assert_eq!(site.add(&log, count).status, 200);
            assert_eq!(log.stop(), Some(0));
            let copy = site.path(&format!("copy{count}"));
            copy_folder(&site.data(), copy.as_ref());
            copy
        })
        .collect();
    let state = site.path("seen");
    std::thread::scope(|scope| {
        for copy in &copies {
            let (site, state) = (&site, &state);
            scope.spawn(move || {
                // Whether another had seen more by then is chance; that nothing else is wrong is not.
                let (said, code) = site.check(copy, &["--state", state]);
                assert!(code == Some(0) || said.contains("went back"), "{said}");
            });
        }
    });
    let mut seen = sizes(&state);
    seen.sort_unstable();
    assert_eq!(seen, (1..=8).collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_remembered_is_said_beside_what_was_found() {
    let site = site_of(3);
    let data = site.data();
    let data = data.to_str().unwrap();
    let pipe = site.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(site.path("other"), "log: yes\n\u{1}\u{2}").unwrap();
    std::fs::write(site.path("text"), "log").unwrap();
    for (state, words) in [
        (site.path("keys"), "is a directory"),
        (site.path("missing/seen"), "no such file or directory"),
        (site.path("text/seen"), "not a directory"),
        (String::new(), "a value is required for"),
        (pipe, "not a file"),
        ("/dev/zero".to_owned(), "not a file"),
        (site.path("other"), "line 1: not a checkpoint"),
        (site.path("text"), "not a file of checkpoints"),
        (site.path("keys/trust.policy"), "line 1: not a checkpoint"),
    ] {
        let (said, code) = site.check(data, &["--state", &state]);
        assert_eq!(code, Some(2), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines.len() == 2 && lines[0].contains(words) && lines[1].starts_with("hint: "), "{said}");
    }

    // A disk that takes no more: what was found is said, what was there is still there, and nothing half.
    let state = site.path("seen");
    assert_eq!(site.check(data, &["--state", &state]).1, Some(0));
    let before = std::fs::read(&state).unwrap();
    let log = site.start(&[]);
    assert_eq!(site.add(&log, 10).status, 200);
    assert_eq!(log.stop(), Some(0));
    for room_bytes in [0, 1, before.len() as u64 + 1, before.len() as u64 + 100] {
        let (said, code) = check_with_room(&site, data, &state, room_bytes);
        assert_eq!(code, Some(2), "{said}");
        let words = format!("counterpartd: {state}: file too large");
        assert!(said.contains("4 entries agree") && said.contains(&words) && said.contains("\nhint: "), "{said}");
        assert_eq!(std::fs::read(&state).unwrap(), before, "with room for {room_bytes}");
    }
    // A check that was killed has left half a line, and the next one puts it right.
    std::fs::write(&state, [&before[..], b"\"log.exam"].concat()).unwrap();
    let (said, code) = site.check(data, &["--state", &state]);
    assert!(code == Some(0) && said.contains("not written to its end; it is left out"), "{said}");
    assert_eq!(sizes(&state), [3, 4]);
}

/// A check whose files cannot grow beyond so much.
fn check_with_room(site: &Site, data: &str, state: &str, room_bytes: u64) -> (String, Option<i32>) {
    let mut command = Command::new("prlimit");
    command.arg(format!("--fsize={room_bytes}")).args(["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    command.args([env!("CARGO_BIN_EXE_counterpartd"), "check", "--log", data, "--state", state]);
    let output = command.args(["--policy", &site.path("keys/trust.policy")]).output().unwrap();
    (text(&output.stdout) + &text(&output.stderr), output.status.code())
}

/// The test command that signs a fork, as the examples are built beside the tests.
fn fork(site: &Site, index: &str) -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_counterpartd")).with_file_name("examples").join("fork");
    let forked = site.path("fork");
    let (key, data, lock) = (site.path("keys/log.key"), site.path("data"), site.path("fork.lock"));
    let output = Command::new(binary).args([&key, &data, &forked, &lock, index]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    forked.into()
}

#[test]
fn a_fork_signed_with_the_stolen_key_is_refused_by_a_witness_and_shown_by_two_mirrors() {
    let site = site_of(6);
    let forked = fork(&site, "4");

    // Served with the same witness: it remembers another history.
    let mut args = site.log_args(&[]);
    for (flag, value) in [("--data", site.path("fork")), ("--lock", site.path("fork.lock"))] {
        let at = args.iter().position(|arg| arg == flag).unwrap();
        args[at + 1] = value;
    }
    let Err(refused) = harness::Role::try_start(&args.iter().map(String::as_str).collect::<Vec<_>>()) else {
        panic!("a fork was served")
    };
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("has seen another history"), "{said}");

    // Two mirrors: the folder of the fork, and the log itself over HTTP.
    let log = site.start(&[]);
    let answer = site.add(&log, 100);
    assert_eq!((answer.status, proof(&answer, 100).index), (200, 6));
    let forked = forked.to_str().unwrap();
    let (said, code) = site.check(&log.url(), &["--mirror", forked]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said.matches("TWO HISTORIES").count(), 1, "{said}");
    assert!(said.contains("first entry that differs is 4"), "{said}");
    let roots = [ask(&log.address, "GET", "/checkpoint", &[], b"").body, {
        std::fs::read_to_string(Path::new(forked).join("pending")).unwrap()
    }];
    for note in roots {
        let root = note.lines().nth(2).unwrap();
        assert!(said.contains(root), "both checkpoints are shown: {root} in {said}");
    }
    let (json, code) = site.check(&log.url(), &["--mirror", forked, "--json"]);
    let has = ["/outcome = disagrees", "/exit = 1", "/forks/0/first_index = 4"].map(str::to_owned);
    assert_eq!((code, schema::check("log-check", &json, &has)), (Some(1), vec![]), "{json}");

    // A copy without its checkpoint is not the same.
    let bare = site.path("bare");
    copy_folder(&site.data(), bare.as_ref());
    std::fs::remove_file(Path::new(&bare).join("checkpoint")).unwrap();
    let (said, code) = site.check(&log.url(), &["--mirror", &bare]);
    assert!(code == Some(1) && said.contains("the mirror holds the same 7 entries, but no checkpoint"), "{said}");
    assert!(said.contains("mirror/checkpoint: it is missing"), "{said}");

    // An honest mirror says the same.
    let (said, code) = site.check(&log.url(), &["--mirror", &site.path("data")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the mirror holds the same"), "{said}");
    let (json, code) = site.check(&log.url(), &["--json"]);
    let has = ["/outcome = agrees", "/entries = 7", "/quorum = true", "/cosigners/0/name = local"].map(str::to_owned);
    assert_eq!((code, schema::check("log-check", &json, &has)), (Some(0), vec![]), "{json}");
}
