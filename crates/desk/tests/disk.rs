//! A disk that fails: the role ends with exit code 3, tries nothing again, and after a new start everything holds.
//!
//! Not every call of the sequencer (`ledger`'s own tests): here the process is held to its code.
//! Needs `strace`, which puts the faults into the running process. Invariant: no answer promises what was not flushed.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use harness::{Role, Site, Witnessing, proof};

/// From now on every flush of the role fails.
fn break_flushes(role: &Role, error: &str) -> Child {
    let calls = "fsync,fdatasync";
    let mut strace = Command::new("strace")
        .args(["-f", "-p", &role.pid().to_string(), "-o", "/dev/null"])
        .args(["-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:error={error}")])
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is installed");
    let mut line = String::new();
    BufReader::new(strace.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("attached"), "{line}");
    strace
}

#[test]
fn a_log_whose_flush_fails_ends_and_promises_nothing() {
    for error in ["EIO", "ENOSPC"] {
        let site = Site::new(&Witnessing::Local);
        let log = site.start(&["--grace", "2s"]);
        let first = site.add(&log, 1);
        assert_eq!(first.status, 200);
        let mut strace = break_flushes(&log, error);
        let answer = site.add(&log, 2);
        assert_eq!(answer.status, 503, "{error}: {answer:?}");
        assert_eq!(log.ended(), Some(3), "{error}");
        strace.wait().unwrap();

        let log = site.start(&[]);
        let again = site.add(&log, 1);
        assert_eq!((again.status, proof(&again, 1).index), (200, 0), "{error}");
        assert_eq!(site.add(&log, 2).status, 200, "{error}");
        let (said, code) = site.check(&log.url(), &[]);
        assert_eq!(code, Some(0), "{error}: {said}");
    }
}

#[test]
fn a_witness_whose_flush_fails_ends_and_remembers() {
    let site = Site::new(&Witnessing::None);
    let (key, state, logs) = (site.path("keys/w.key"), site.path("keys/w.state"), site.path("keys/logs"));
    let public = harness::expect(&["init-witness", "--name", "w.example", "--key", &key, "--state", &state], 0);
    std::fs::write(&logs, format!("log {}\nquorum none\n", site.log_key)).unwrap();
    let start = |address: &str| {
        Role::start(&["witness", "--key", &key, "--state", &state, "--logs", &logs, "--listen", address])
    };
    let witness = start("127.0.0.1:0");
    let address = witness.address.clone();
    let policy = format!("log {}\nwitness w {} http://{address}\nquorum w\n", site.log_key, public.trim_end());
    std::fs::write(site.path("keys/trust.policy"), policy).unwrap();
    let log = site.start(&["--witness-wait", "1s", "--witness-retry", "200ms"]);
    assert_eq!(site.add(&log, 1).status, 200);
    let mut strace = break_flushes(&witness, "EIO");
    assert_eq!(site.add(&log, 2).status, 202, "the entry is in, and nobody vouches for it");
    assert_eq!(witness.ended(), Some(3));
    strace.wait().unwrap();
    let witness = start(&address);
    let answer =
        harness::eventually("it is witnessed", || Some(site.add(&log, 2)).filter(|answer| answer.status == 200));
    assert_eq!(proof(&answer, 2).index, 1);
    assert_eq!(witness.stop(), Some(0));
}
