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
    }
    let (said, code) = site.check(site.path("data").as_str(), &["--mirror", &address, "--timeout", "1s"]);
    assert_eq!(code, Some(2), "{said}");
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
    assert!(said.contains("TWO HISTORIES"), "{said}");
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

    // An honest mirror says the same.
    let (said, code) = site.check(&log.url(), &["--mirror", &site.path("data")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the mirror holds the same"), "{said}");
    let (json, code) = site.check(&log.url(), &["--json"]);
    let has = ["/outcome = agrees", "/entries = 7", "/quorum = true", "/cosigners/0/name = local"].map(str::to_owned);
    assert_eq!((code, schema::check("log-check", &json, &has)), (Some(0), vec![]), "{json}");
}
