//! A log and its three witnesses, some of which are away.
//!
//! Not the witness's protocol (`routes.rs`).
//! Invariant: an entry is never lost or doubled, whoever is away.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;
#[path = "../../cli/tests/harness/schema.rs"]
mod schema;

use harness::{Role, Site, Witnessing, ask, eventually, expect, proof};
use seal::tlog::Policy;

/// One of three witnesses, which can go and come back at its address.
struct Witness {
    args: Vec<String>,
    role: Option<Role>,
    key: String,
    address: String,
}

impl Witness {
    fn new(site: &Site, number: u8) -> Witness {
        let path = |what: &str| site.path(&format!("keys/{what}{number}"));
        let (key_file, state, logs) = (path("key"), path("state"), site.path("keys/logs"));
        let name = format!("witness.example/{number}");
        let key = expect(&["init-witness", "--name", &name, "--key", &key_file, "--state", &state], 0);
        std::fs::write(&logs, format!("log {}\nquorum none\n", site.log_key)).unwrap();
        let args = ["witness", "--key", &key_file, "--state", &state, "--logs", &logs].map(str::to_owned).to_vec();
        let mut witness =
            Witness { args, role: None, key: key.trim_end().to_owned(), address: "127.0.0.1:0".to_owned() };
        witness.comes();
        witness
    }

    fn comes(&mut self) {
        let mut args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        args.extend(["--listen", &self.address]);
        let role = Role::start(&args);
        self.address.clone_from(&role.address);
        self.role = Some(role);
    }

    fn goes(&mut self) {
        self.role.take().unwrap().kill();
    }
}

/// A log whose policy asks for two of three.
fn site_of_three() -> (Site, [Witness; 3]) {
    let site = Site::new(&Witnessing::None);
    let witnesses = [1, 2, 3].map(|number| Witness::new(&site, number));
    let lines: String = witnesses
        .iter()
        .enumerate()
        .map(|(at, witness)| format!("witness w{at} {} http://{}\n", witness.key, witness.address))
        .collect();
    let policy = format!("log {}\n{lines}group two 2 w0 w1 w2\nquorum two\n", site.log_key);
    std::fs::write(site.path("keys/trust.policy"), policy).unwrap();
    (site, witnesses)
}

const QUICK: &[&str] = &["--witness-retry", "200ms", "--witness-wait", "3s", "--witness-timeout", "2s"];

/// Of a log with five entries of which four are witnessed.
fn is_said_to_be_partly_witnessed(site: &Site) {
    let data = site.data();
    let (said, code) = site.check(data.to_str().unwrap(), &[]);
    let first = said.lines().next().unwrap();
    let (begins, ends) = ("5 entries agree with what it signed; 4 of them witnessed (w0 at ", "), 1 not yet witnessed");
    assert!(code == Some(0) && first.contains(begins) && first.ends_with(ends), "{said}");
    assert!(!said.contains("enough for the policy"), "{said}");
    let (json, code) = site.check(data.to_str().unwrap(), &["--json"]);
    let has = ["/outcome = agrees", "/entries = 5", "/witnessed/entries = 4", "/quorum = false", "/exit = 0"];
    assert_eq!((code, schema::check("log-check", &json, &has.map(str::to_owned))), (Some(0), vec![]), "{json}");
    let said: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_ne!(said["root"], said["witnessed"]["root"], "{json}");
}

#[test]
fn one_away_does_not_matter_and_two_come_back() {
    let (site, mut witnesses) = site_of_three();
    let policy = Policy::parse(&std::fs::read_to_string(site.path("keys/trust.policy")).unwrap()).unwrap();
    let log = site.start(QUICK);
    let all = site.add(&log, 1);
    assert_eq!(all.status, 200, "{all:?}");
    assert!(policy.judge(&proof(&all, 1).checkpoint).holds());

    for (away, number) in (10..13).enumerate() {
        witnesses[away].goes();
        let answer = site.add(&log, number);
        assert_eq!(answer.status, 200, "without {away}: {answer:?}");
        assert!(policy.judge(&proof(&answer, number).checkpoint).holds());
        witnesses[away].comes();
    }

    witnesses[0].goes();
    witnesses[2].goes();
    let before = ask(&log.address, "GET", "/checkpoint", &[], b"").body;
    let answer = site.add(&log, 20);
    assert_eq!(answer.status, 202, "{answer:?}");
    let durable = proof(&answer, 20);
    assert!(!policy.judge(&durable.checkpoint).quorum);
    is_said_to_be_partly_witnessed(&site);
    assert_eq!(ask(&log.address, "GET", "/checkpoint", &[], b"").body, before, "it shows only what is witnessed");
    assert_eq!(ask(&log.address, "GET", "/health", &[], b"").status, 200, "and takes entries all the same");

    witnesses[0].comes();
    witnesses[2].comes();
    let witnessed =
        eventually("the entry is witnessed", || Some(site.add(&log, 20)).filter(|again| again.status == 200));
    let witnessed = proof(&witnessed, 20);
    assert_eq!(witnessed.index, durable.index, "the same entry has one index");
    assert!(policy.judge(&witnessed.checkpoint).holds());
    assert_eq!(site.check(&log.url(), &[]).1, Some(0));
    assert_eq!(log.stop(), Some(0));
}

#[test]
fn a_log_from_the_past_is_told_so_by_its_witnesses() {
    let (site, mut witnesses) = site_of_three();
    let log = site.start(QUICK);
    site.add(&log, 1);
    assert_eq!(log.stop(), Some(0));
    // Data and lock of now: both are kept, as nobody should.
    harness::copy_folder(&site.data(), site.path("yesterday").as_ref());
    std::fs::copy(site.path("keys/lock"), site.path("lock.yesterday")).unwrap();
    let log = site.start(QUICK);
    assert_eq!(site.add(&log, 2).status, 200);
    assert_eq!(log.stop(), Some(0));
    std::fs::remove_dir_all(site.data()).unwrap();
    harness::copy_folder(site.path("yesterday").as_ref(), &site.data());
    std::fs::copy(site.path("lock.yesterday"), site.path("keys/lock")).unwrap();
    // The index of duplicates was not brought back, and tells too.
    let (said, code) = site.refused(QUICK);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the index of duplicates knows 2 entries, the lock has only 1"), "{said}");
    std::fs::remove_dir_all(site.data().with_extension("index")).unwrap();
    witnesses[1].goes();
    let (said, code) = site.refused(QUICK);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("has seen 2 entries, the lock has only 1"), "{said}");
    assert!(said.contains("\nhint: "), "{said}");
}
