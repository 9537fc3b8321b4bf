//! A log from its making to its end: what it refuses, what it keeps, how it stops.
//!
//! Not what others see of it (`audits.rs`). Invariants held: an acknowledged entry is never lost; a log signs nothing when lock
//! and data do not tell one story.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::os::unix::fs::PermissionsExt as _;

use harness::load::{Kept, all_there, under_load};
use harness::{Role, Site, Witnessing, copy_folder, expect};
use rustix::process::Signal;

#[test]
fn it_is_made_once_with_keys_that_nobody_else_reads() {
    let site = Site::new(&Witnessing::Local);
    for name in ["keys/log.key", "keys/witness.key", "keys/witness.state", "keys/tokens"] {
        let mode = std::fs::metadata(site.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
    let policy = std::fs::read_to_string(site.path("keys/trust.policy")).unwrap();
    let policy = seal::tlog::Policy::parse(&policy).unwrap();
    assert_eq!(policy.logs()[0].key.to_string(), site.log_key);
    assert!(policy.asks_for_witnesses());

    // Everything is there already, each by itself.
    let (data, lock, key) = (site.path("data"), site.path("keys/lock"), site.path("keys/log.key"));
    let (other_data, other_lock, other_key) = (site.path("d2"), site.path("lock2"), site.path("key2"));
    let policy = site.path("p2");
    for (data, lock, key) in [
        (&data, &lock, &key),
        (&data, &other_lock, &other_key),
        (&other_data, &lock, &other_key),
        (&other_data, &other_lock, &key),
    ] {
        let args =
            ["init", "--data", data, "--lock", lock, "--origin", harness::ORIGIN, "--key", key, "--policy", &policy];
        let said = expect(&args, 2);
        assert!(said.starts_with("counterpartd: ") && said.contains("\nhint: "), "{said}");
        assert!(!std::path::Path::new(&policy).exists());
    }
    let log = site.start(&[]);
    assert_eq!(site.add(&log, 1).status, 200, "and what was there works as before");
}

#[test]
fn what_cannot_start_says_so_in_one_line_and_a_hint() {
    let site = Site::new(&Witnessing::Local);
    std::fs::write(site.path("none"), "").unwrap();
    std::fs::write(site.path("stranger"), "log x\n").unwrap();
    std::fs::copy(site.path("keys/log.key"), site.path("open.key")).unwrap();
    std::fs::set_permissions(site.path("open.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    for (name, origin) in [("other", "log.example/other"), ("twin", harness::ORIGIN)] {
        let path = |end: &str| site.path(&format!("{name}.{end}"));
        let (data, lock, key, policy) = (path("data"), path("lock"), path("key"), path("policy"));
        let args = ["init", "--data", &data, "--lock", &lock, "--origin", origin, "--key", &key, "--policy", &policy];
        expect(&args, 0);
    }
    let taken = site.start(&[]);
    for (flag, value, words) in [
        ("--tokens", site.path("none"), "there is no token in it"),
        ("--tokens", site.path("missing"), "no such file or directory"),
        ("--policy", site.path("stranger"), "line 1"),
        ("--policy", site.path("none"), "there is no quorum line"),
        ("--key", site.path("keys/witness.key"), "not a log's key"),
        ("--key", site.path("open.key"), "others may read this key"),
        ("--key", "/tmp".into(), "/tmp: is a directory"),
        ("--key", "/etc/passwd".into(), "/etc/passwd: not a log's key"),
        ("--key", "/dev/zero".into(), "/dev/zero: a pipe or a device"),
        (
            "--key",
            site.path("other.key"),
            "hint: it is a policy of `log.example/test`: name with --key the key of that",
        ),
        ("--key", site.path("twin.key"), "hint: name with --key the key that belongs to the log `log.example/test`"),
        ("--key", site.path("missing"), "no such file or directory"),
        ("--listen", taken.address.clone(), "cannot listen on"),
        ("--connections", "0".into(), "0 is not in 1..=100000"),
        ("--grace", "10".into(), "a span is a number with its unit"),
        ("--lock", site.path("data/lock"), "lock"),
        ("--data", site.path("missing"), "no such folder"),
        ("--data", "s3://".into(), "s3://"),
        ("--witness-key", site.path("missing"), "no such file or directory"),
    ] {
        let mut args = site.log_args(&[]);
        match args.iter().position(|arg| arg == flag) {
            Some(at) => args[at + 1] = value,
            None => args.extend([flag.to_owned(), value]),
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let Err(output) = Role::try_start(&args) else { panic!("{flag}: it started") };
        let said = harness::text(&output.stderr);
        let lines: Vec<&str> =
            said.lines().filter(|line| !line.contains(" INFO ") && !line.contains(" WARN ")).collect();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{flag}: {said}");
        assert_eq!(lines.len(), 2, "{flag}: {said}");
        assert!(lines[0].starts_with("counterpartd: ") && said.contains(words), "{flag}: {said}");
        assert!(lines[1].starts_with("hint: "), "{flag}: {said}");
    }
}

#[test]
fn every_command_explains_itself() {
    for command in ["init", "log", "init-witness", "witness", "check", "token"] {
        let help = expect(&[command, "--help"], 0);
        assert!(help.contains("Exit codes:") && help.contains("Usage: counterpartd"), "{help}");
    }
    assert!(expect(&["nothing"], 2).contains("\nhint: \"counterpartd --help\" shows how"));
    assert!(expect(&["log", "--nothing"], 2).contains("\nhint: \"counterpartd log --help\" shows how"));
}

#[test]
fn a_kill_loses_nothing_that_was_acknowledged() {
    let site = Site::new(&Witnessing::Local);
    let mut acknowledged = Kept::new();
    for round in 0..3 {
        let log = site.start(&["--batch-interval", "5ms"]);
        let (kept, _) = under_load(&site, log, round, Signal::KILL);
        acknowledged.extend(kept);
    }
    let log = site.start(&[]);
    all_there(&site, &log, &acknowledged);
}

#[test]
fn asked_to_stop_it_answers_what_it_took_in() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&["--batch-interval", "5ms"]);
    let (acknowledged, code) = under_load(&site, log, 0, Signal::TERM);
    assert_eq!(code, Some(0));
    let log = site.start(&[]);
    all_there(&site, &log, &acknowledged);
    assert_eq!(log.stop(), Some(0));
}

#[test]
fn yesterdays_data_is_refused_and_so_is_yesterdays_lock() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&[]);
    site.add(&log, 1);
    assert_eq!(log.stop(), Some(0));
    copy_folder(&site.data(), site.path("yesterday").as_ref());
    std::fs::copy(site.path("keys/lock"), site.path("lock.yesterday")).unwrap();
    let log = site.start(&[]);
    site.add(&log, 2);
    assert_eq!(log.stop(), Some(0));
    copy_folder(&site.data(), site.path("today").as_ref());
    let back = |name: &str| {
        std::fs::remove_dir_all(site.data()).unwrap();
        copy_folder(site.path(name).as_ref(), &site.data());
    };

    back("yesterday");
    let before = std::fs::read(site.path("data/pending")).unwrap();
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the objects are from the past") && said.contains("\nhint: "), "{said}");
    assert_eq!(std::fs::read(site.path("data/pending")).unwrap(), before, "nothing was signed");

    back("today");
    std::fs::copy(site.path("keys/lock"), site.path("lock.today")).unwrap();
    std::fs::copy(site.path("lock.yesterday"), site.path("keys/lock")).unwrap();
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("from the past") && said.contains("\nhint: "), "{said}");

    std::fs::remove_file(site.path("keys/lock")).unwrap();
    assert!(!std::path::Path::new(&site.path("keys/lock-wal")).exists(), "a refused start leaves one file");
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("its lock is empty"), "{said}");

    std::fs::copy(site.path("lock.today"), site.path("keys/lock")).unwrap();
    std::fs::remove_dir_all(site.data()).unwrap();
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no such folder"), "{said}");
    std::fs::create_dir(site.data()).unwrap();
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("there are no objects"), "{said}");

    copy_folder(site.path("today").as_ref(), &site.data());
    let log = site.start(&[]);
    assert_eq!(site.add(&log, 3).status, 200, "with both of today it goes on");
}

#[test]
fn of_two_on_one_lock_one_is_left() {
    let site = Site::new(&Witnessing::Local);
    let first = site.start(&["--batch-interval", "5ms"]);
    assert_eq!(site.add(&first, 1).status, 200);
    let args = site.log_args(&["--batch-interval", "5ms", "--index", &site.path("index2")]);
    match Role::try_start(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
        Err(output) => assert!(matches!(output.status.code(), Some(1 | 2)), "{output:?}"),
        Ok(second) => {
            assert_eq!(site.add(&second, 2).status, 200);
            // The first learns of it at its next batch, and ends: it may not know what was signed since.
            let answer = site.add(&first, 3);
            assert_eq!(answer.status, 503, "{answer:?}");
            assert_eq!(first.ended(), Some(3));
            assert_eq!(site.add(&second, 3).status, 200);
        }
    }
    assert_eq!(site.check(&site.path("data"), &[]).1, Some(0));
}
