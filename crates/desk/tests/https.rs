//! What the service asks by https: witnesses, logs that are checked, a bucket; before the real binary stands a real TLS end.
//!
//! Not what they answer (`witnesses.rs`, `audits.rs`, `s3.rs`). Needs Debian's `stunnel4` and `openssl`, and Ceph. Invariants: whoever's
//! certificate does not hold is told nothing and named in one line; mended, it is asked again.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;
#[path = "../../recorder/tests/support/tls.rs"]
mod tls;

use ceph::Ceph;
use harness::{Environment, Role, Site, Witnessing, eventually, expect, proof};
use tls::{Authority, Certificate, TlsEnd};

/// What is wrong with a certificate, and a part of the line that says so.
const WRONG: [(Certificate, bool, &str); 3] = [
    (Certificate::Good, true, "UnknownIssuer"),
    (Certificate::Expired, false, "certificate expired"),
    (Certificate::Elsewhere, false, "not valid for name"),
];

fn trusting(authority: &Authority) -> Environment {
    vec![("SSL_CERT_FILE", authority.root().to_str().unwrap().to_owned())]
}

/// A log without witnesses, and a witness that knows it.
fn site_and_witness() -> (Site, Role, String) {
    let site = Site::new(&Witnessing::None);
    let (key, state, logs) = (site.path("keys/w.key"), site.path("keys/w.state"), site.path("keys/logs"));
    let public = expect(&["init-witness", "--name", "w.example", "--key", &key, "--state", &state], 0);
    std::fs::write(&logs, format!("log {}\nquorum none\n", site.log_key)).unwrap();
    let args = ["witness", "--key", &key, "--state", &state, "--logs", &logs, "--listen", "127.0.0.1:0"];
    (site, Role::start(&args), public.trim_end().to_owned())
}

#[test]
fn a_witness_is_asked_by_https_and_only_one_whose_certificate_holds() {
    let (authority, stranger) = (Authority::new("Ours"), Authority::new("Theirs"));
    for (certificate, is_strange, words) in WRONG {
        let (mut site, witness, public) = site_and_witness();
        let mut tls = TlsEnd::start(if is_strange { &stranger } else { &authority }, certificate, &witness.address);
        let policy = format!("log {}\nwitness w {public} {}\nquorum w\n", site.log_key, tls.url());
        std::fs::write(site.path("keys/trust.policy"), policy).unwrap();
        site.environment = trusting(&authority);
        let log = site.start(&["--witness-wait", "500ms", "--witness-retry", "200ms"]);
        assert_eq!(site.add(&log, 1).status, 202, "{words}: nobody vouches for it");
        let line = eventually("it is said", || {
            log.lines()
                .lines()
                .find(|line| line.contains("gives no cosignature") && line.contains(words))
                .map(str::to_owned)
        });
        assert!(line.contains("witness") && line.contains('w'), "{line}");
        tls.take(&authority, Certificate::Good);
        let answer = eventually("it is witnessed", || Some(site.add(&log, 1)).filter(|answer| answer.status == 200));
        assert_eq!(proof(&answer, 1).index, 0);
        eventually("that is said too", || log.lines().contains("answers again").then_some(()));
        assert_eq!(log.stop(), Some(0));
    }
}

#[test]
fn a_log_is_checked_by_https_and_only_one_whose_certificate_holds() {
    let (authority, stranger) = (Authority::new("Ours"), Authority::new("Theirs"));
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&[]);
    assert_eq!(site.add(&log, 1).status, 200);
    let policy = site.path("keys/trust.policy");
    let check = |tls: &TlsEnd, code| {
        let args = ["check", "--log", &tls.url(), "--policy", &policy];
        harness::expect_in(&trusting(&authority), &args, code)
    };
    let mut tls = TlsEnd::start(&authority, Certificate::Good, &log.address);
    assert!(check(&tls, 0).contains("1 entries agree") || check(&tls, 0).contains("1 entry"));
    for (certificate, is_strange, words) in WRONG {
        tls.take(if is_strange { &stranger } else { &authority }, certificate);
        let said = check(&tls, 2);
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_bucket_is_reached_by_https_and_only_where_the_certificate_holds() {
    let (authority, stranger) = (Authority::new("Ours"), Authority::new("Theirs"));
    let gateway = Ceph::shared().main();
    let bucket = gateway.new_name("by-https");
    gateway.make_bucket(&bucket);
    let mut tls = TlsEnd::start(&authority, Certificate::Good, gateway.endpoint().trim_start_matches("http://"));
    let mut environment = gateway.environment();
    environment.retain(|(name, _)| !matches!(*name, "AWS_ENDPOINT" | "AWS_ALLOW_HTTP"));
    environment.push(("AWS_ENDPOINT", tls.url()));
    environment.extend(trusting(&authority));
    let site = Site::at(&format!("s3://{bucket}/log"), "", environment, &Witnessing::Local);
    let log = site.start(&[]);
    assert_eq!(site.add(&log, 1).status, 200);
    assert_eq!(log.stop(), Some(0));
    for (certificate, is_strange, words) in WRONG {
        tls.take(if is_strange { &stranger } else { &authority }, certificate);
        let (said, code) = site.refused(&[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("no answer from the service: ") && said.contains(words), "{words}: {said}");
        assert!(!said.contains(ceph::SECRET_KEY), "{said}");
    }
}
