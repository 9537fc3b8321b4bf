//! Recordings anchored in a log that is reached by https, through the real program and a real TLS end.
//!
//! Not what anchors are worth (`anchored.rs`). Needs Debian's `stunnel4` and `openssl`. Invariants: whatever is wrong with the other
//! end's certificate, it is told nothing, the recording goes on whole, and what was to be sent is sent when it is mended.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, unreachable_pub)]
#[path = "../../recorder/tests/support/log.rs"]
mod log;
#[path = "../../recorder/tests/support/tls.rs"]
mod tls;
#[path = "harness/tone.rs"]
mod tone;

mod support;

use std::path::Path;
use std::process::{Child, Stdio};

use log::{TOKEN, TestLog};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{Bench, wait_until};
use tls::{Authority, Certificate, TlsEnd};

const RATE_HZ: u32 = 8_000;

struct Anchored {
    bench: Bench,
    log: TestLog,
    authority: Authority,
    tls: TlsEnd,
}

impl Anchored {
    fn new(certificate: Certificate) -> Anchored {
        let (bench, log, authority) = (Bench::default(), TestLog::start(), Authority::new("Ours"));
        tone::write(&bench.path("in.wav"), RATE_HZ, RATE_HZ * 600, 1);
        std::fs::write(bench.path("token"), format!("{TOKEN}\n")).unwrap();
        std::fs::set_permissions(bench.path("token"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::write(bench.path("trust.policy"), log.policy_text()).unwrap();
        let behind = log.url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let tls = TlsEnd::start(&authority, certificate, &behind);
        Anchored { bench, log, authority, tls }
    }

    /// Begins to record; `roots` is what `SSL_CERT_FILE` names.
    fn begin(&self, roots: &Path) -> Child {
        let url = format!("{}/log/", self.tls.url());
        let args = ["--realtime", "--json", "--log", &url, "--trust", "trust.policy", "--log-token", "token"];
        let mut command = self.bench.record("in.wav", &args);
        command.env("SSL_CERT_FILE", roots).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn status(&self) -> Option<Value> {
        let output = self.bench.counterpart(&["control", "a", "status", "--json"]).output().unwrap();
        serde_json::from_slice(&output.stdout).ok()
    }

    fn wait_for(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        wait_until(what, || self.status().filter(&is_it))
    }

    /// Ends it, and says how; both copies verify.
    fn end(&self, child: Child) -> (Value, String) {
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let output = child.wait_with_output().unwrap();
        self.bench.check_both(&["complete"]).unwrap();
        (serde_json::from_slice(&output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}

fn anchors(status: &Value) -> u64 {
    status["anchored"]["anchors"].as_u64().unwrap_or(0)
}

#[test]
fn a_certificate_of_a_known_authority_is_taken() {
    let anchored = Anchored::new(Certificate::Good);
    let child = anchored.begin(&anchored.authority.root());
    anchored.wait_for("an anchor", |status| anchors(status) > 0);
    let (said, _) = anchored.end(child);
    assert_eq!(
        (&said["time"]["has_checkpoint"], &said["time"]["end_is_anchored"]),
        (&true.into(), &true.into()),
        "{said}"
    );
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_and_mends() {
    let stranger = Authority::new("Theirs");
    let rows = [
        (Certificate::Good, true, "nobody this system trusts vouches for its certificate"),
        (Certificate::Expired, false, "its certificate has expired"),
        (Certificate::Elsewhere, false, "its certificate is for another name"),
    ];
    std::thread::scope(|scope| {
        for (certificate, is_strange, why) in rows {
            let stranger = &stranger;
            scope.spawn(move || {
                let mut anchored = Anchored::new(certificate);
                if is_strange {
                    anchored.tls.take(stranger, certificate);
                }
                let child = anchored.begin(&anchored.authority.root());
                let shown = format!("({why})");
                let is_said = |status: &Value| status["anchored"].to_string().contains(why);
                anchored.wait_for(&shown, is_said);
                assert_eq!(anchored.log.asked(), 0, "{why}: it was told something");
                anchored.tls.take(&anchored.authority, Certificate::Good);
                anchored.wait_for("an anchor", |status| anchors(status) > 0);
                let (said, told) = anchored.end(child);
                assert_eq!(said["time"]["end_is_anchored"], true, "{said}");
                assert!(told.contains(&format!("the log gave no checkpoint to begin with: {why}")), "{told}");
            });
        }
    });
}
