//! A log whose data is in a bucket and whose lock is a row: the real binary on a real Ceph and a real PostgreSQL.
//!
//! Not the stores by themselves (`ledger`), nor what holds for a log wherever it is (`lifecycle.rs`). Needs Debian's `radosgw` and what
//! belongs to it (`crates/ceph`), and `postgresql`. Invariants: each test has a bucket of its own, and a gateway of its own where it stops
//! it; no output ever has a secret.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use ceph::{Ceph, Gateway, Manner, Road, SECRET_KEY};
use harness::load::{Kept, Load, all_there, under_load};
use harness::postgres::{PASSWORD, Server};
use harness::{Environment, Role, Site, Witnessing, eventually, proof, text};
use rustix::process::Signal;

/// A new bucket in the server that all tests here share.
fn new_bucket() -> String {
    let name = Ceph::shared().main().new_name("desk");
    Ceph::shared().main().make_bucket(&name);
    name
}

/// Batches come quickly, and a busy machine is waited for.
const STEADY: [&str; 4] = ["--batch-interval", "5ms", "--witness-wait", "30s"];

/// A log in a bucket, with its lock in a file.
fn site_in(bucket: &str, gateway: &Gateway) -> Site {
    Site::at(&format!("s3://{bucket}/log"), "", gateway.environment(), &Witnessing::Local)
}

/// Nothing it said is a secret, or tells whose key it is.
fn no_secret(said: &str) {
    for secret in [SECRET_KEY, PASSWORD, ceph::ACCESS_KEY, "secret", "Signature="] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

/// The objects behind the log, as they are now.
fn objects(bucket: &str) -> std::collections::BTreeMap<String, Vec<u8>> {
    Ceph::shared().main().objects(bucket)
}

/// Lets everybody read a bucket: its own address is the reading side of the log below this prefix.
fn read_by_all(bucket: &str, prefix: &str) -> String {
    let gateway = Ceph::shared().main();
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":\"*\",\
         \"Action\":[\"s3:GetObject\",\"s3:ListBucket\"],\
         \"Resource\":[\"arn:aws:s3:::{bucket}\",\"arn:aws:s3:::{bucket}/*\"]}}]}}"
    );
    let public = gateway.ask("PUT", &format!("/{bucket}?policy="), &[], policy.as_bytes());
    assert!(matches!(public.status, 200 | 204), "{}", public.head);
    format!("{}/{bucket}/{prefix}", gateway.endpoint())
}

#[test]
fn a_log_in_a_bucket_lives_as_one_in_a_folder() {
    let (server, gateway, bucket) = (Server::asking(), Ceph::shared().main(), new_bucket());
    let row = server.url_as(&format!("log:{PASSWORD}"));
    let site = Site::at(&format!("s3://{bucket}/logs/2026/"), &row, gateway.environment(), &Witnessing::Local);
    let log = site.start(&[&STEADY[..], &["--log-level", "debug"]].concat());
    for number in 0..300 {
        let answer = site.add(&log, number);
        assert_eq!((answer.status, proof(&answer, number).index), (200, number));
    }
    assert_eq!(proof(&site.add(&log, 7), 7).index, 7, "a duplicate has one index");
    let (said, code) = site.check(&log.url(), &[]);
    assert_eq!(code, Some(0), "{said}");
    no_secret(&log.lines());
    assert_eq!(log.stop(), Some(0));
    let index = site.path("index");
    for more in [&[][..], &["--index", &index], &["--index", &index]] {
        let log = site.start(&[&STEADY[..], more].concat());
        for number in [0, 255, 256, 299] {
            assert_eq!(proof(&site.add(&log, number), number).index, number, "{more:?}");
        }
        assert_eq!(log.stop(), Some(0));
    }
    let names = objects(&bucket);
    assert!(names.contains_key("logs/2026/checkpoint") && names.contains_key("logs/2026/tile/0/000"));
    let left: Vec<&String> =
        names.keys().filter(|name| name.contains("/staging/") || name.contains("/0/000.p/")).collect();
    assert_eq!(left, ["logs/2026/staging/probe"], "nothing else is left of what was under way");

    let (said, code) = site.check(&read_by_all(&bucket, "logs/2026"), &[]);
    assert_eq!(code, Some(0), "{said}");

    // It is made once, and the key of another try is not left behind.
    let (key, policy) = (site.path("key2"), site.path("p2"));
    let again = ["init", "--data", &site.stored, "--lock", &row, "--origin", harness::ORIGIN, "--key", &key];
    let said = harness::expect_in(&site.environment, &[&again[..], &["--policy", &policy]].concat(), 2);
    assert!(said.contains("there is a log here already"), "{said}");
    assert!(!std::path::Path::new(&key).exists());
    no_secret(&said);
}

#[test]
fn a_kill_loses_nothing_that_was_acknowledged() {
    let (server, bucket) = (Server::start(&[]), new_bucket());
    let environment = Ceph::shared().main().environment();
    let site = Site::at(&format!("s3://{bucket}/log"), &server.url(), environment, &Witnessing::Local);
    let mut acknowledged = Kept::new();
    for round in 0..3 {
        let log = site.start(&STEADY);
        acknowledged.extend(under_load(&site, log, round, Signal::KILL).0);
    }
    let log = site.start(&STEADY);
    all_there(&site, &log, &acknowledged);
}

#[test]
fn yesterdays_objects_are_refused_and_a_changed_one_is_named() {
    let (gateway, bucket) = (Ceph::shared().main(), new_bucket());
    let site = site_in(&bucket, gateway);
    let log = site.start(&STEADY);
    site.add(&log, 1);
    assert_eq!(log.stop(), Some(0));
    let yesterday = objects(&bucket);
    let log = site.start(&STEADY);
    site.add(&log, 2);
    assert_eq!(log.stop(), Some(0));
    let today = objects(&bucket);

    gateway.bring_back(&bucket, &yesterday);
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the objects are from the past") && said.contains("\nhint: "), "{said}");
    assert_eq!(objects(&bucket), yesterday, "nothing was signed");
    gateway.bring_back(&bucket, &std::collections::BTreeMap::new());
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("there are no objects"), "{said}");

    gateway.bring_back(&bucket, &today);
    let mirror = read_by_all(&bucket, "log");
    for name in ["checkpoint", "tile/0/000.p/2", "tile/entries/000.p/2"] {
        let key = format!("log/{name}");
        let mut damaged = today.clone();
        damaged.get_mut(&key).unwrap()[9] ^= 1;
        gateway.bring_back(&bucket, &damaged);
        let (said, code) = site.check(&mirror, &[]);
        assert_eq!(code, Some(1), "{name}: {said}");
        assert!(said.contains(name), "{name}: {said}");
    }
    gateway.bring_back(&bucket, &today);
    assert_eq!(site.check(&mirror, &[]).1, Some(0));
    let mut damaged = today.clone();
    damaged.get_mut("log/tile/0/000.p/2").unwrap()[9] ^= 1;
    gateway.bring_back(&bucket, &damaged);
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the log is damaged"), "{said}");
}

/// One line and a hint, code 2, nothing secret; whether a log is made or started.
#[test]
fn what_cannot_be_stored_says_so_in_one_line_and_a_hint() {
    let (gateway, bucket) = (Ceph::shared().main(), new_bucket());
    let site = site_in(&bucket, gateway);
    let versioned = new_bucket();
    gateway.keep_versions(&versioned);
    let road = Road::to(gateway);
    road.be(Manner::Busy(u32::MAX));
    let nobody = format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let with = |name: &'static str, value: &str| -> Environment {
        let mut environment = site.environment.clone();
        environment.retain(|(other, _)| *other != name);
        environment.push((name, value.to_owned()));
        environment
    };
    // Asked for credentials, nobody answers: a test asks nobody but this machine.
    let mut unknown = with("AWS_METADATA_ENDPOINT", &nobody);
    unknown.retain(|(name, _)| !name.ends_with("_KEY") && !name.ends_with("_KEY_ID"));
    let place = site.stored.clone();
    let rows: Vec<(String, Environment, &str)> = vec![
        (place.clone(), with("AWS_SECRET_ACCESS_KEY", "wrong-and-secret"), "403 Forbidden (SignatureDoesNotMatch)"),
        (place.clone(), with("AWS_ACCESS_KEY_ID", "SOMEBODYELSE"), "403 Forbidden (InvalidAccessKeyId)"),
        (place.clone(), with("AWS_ENDPOINT", &nobody), "no answer from the service: "),
        (place.clone(), with("AWS_ENDPOINT", &road.endpoint()), "503 Service Unavailable (SlowDown)"),
        (place.clone(), with("AWS_ALLOW_HTTP", "false"), "s3://"),
        (place, unknown, "there are no credentials"),
        ("s3://no-such-bucket/log".into(), site.environment.clone(), "404 Not Found (NoSuchBucket)"),
        (format!("s3://{versioned}/log"), site.environment.clone(), "no log can be kept here: it replaces an object"),
        ("s3://".into(), site.environment.clone(), "not the name of a bucket"),
        ("s3://buck et/log".into(), site.environment.clone(), "not the name of a bucket"),
        (format!("s3://{bucket}/../log"), site.environment.clone(), "not the name of a bucket"),
    ];
    std::thread::scope(|scope| {
        for (at, (place, environment, words)) in rows.iter().enumerate() {
            let site = &site;
            scope.spawn(move || {
                let said = started_and_made(site, at, place, environment);
                for (said, code) in said {
                    assert_eq!(code, Some(2), "{place}, {words}: {said}");
                    let is_error = |line: &&str| !line.contains(" INFO ") && !line.contains(" WARN ");
                    let lines: Vec<&str> = said.lines().filter(is_error).collect();
                    assert_eq!(lines.len(), 2, "{words}: {said}");
                    assert!(lines[0].starts_with("counterpartd: ") && lines[0].contains(words), "{words}: {said}");
                    assert!(lines[1].starts_with("hint: "), "{words}: {said}");
                    no_secret(&said);
                }
            });
        }
    });
}

/// What `log` and `init` say at this place, and how they end.
fn started_and_made(site: &Site, at: usize, place: &str, environment: &Environment) -> [(String, Option<i32>); 2] {
    let mut args = site.log_args(&[]);
    let data = args.iter().position(|arg| arg == "--data").unwrap();
    args[data + 1] = place.to_owned();
    let [key, lock, policy] = ["key", "lock", "policy"].map(|name| site.path(&format!("{name}{at}")));
    let init = ["init", "--data", place, "--lock", &lock, "--origin", "log.example/another", "--key", &key];
    let init = [&init[..], &["--policy", &policy]].concat();
    let said = [args.iter().map(String::as_str).collect(), init].map(|args: Vec<&str>| {
        let Err(ended) = Role::try_start_in(environment, &args) else { panic!("{place}: it started") };
        (text(&ended.stdout) + &text(&ended.stderr), ended.status.code())
    });
    assert!(!std::path::Path::new(&key).exists(), "{place}: a key was left behind");
    said
}

#[test]
fn a_short_outage_is_not_noticed_and_a_long_one_loses_nothing() {
    let (gateway, bucket) = (Ceph::shared().gateway(), new_bucket());
    let site = site_in(&bucket, &gateway);
    let log = site.start(&STEADY);
    let load = Load::start(&site, &log, 0);
    load.wait_for_more(40);
    gateway.kill();
    gateway.restart();
    load.wait_for_more(40);
    gateway.kill();
    let lines = log.lines();
    assert_eq!(log.ended(), Some(3));
    no_secret(&lines);
    let acknowledged = load.end();

    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no answer from the service: "), "{said}");
    gateway.restart();
    let log = site.start(&STEADY);
    all_there(&site, &log, &acknowledged);
}

#[test]
fn a_gateway_that_stands_still_loses_nothing() {
    let (gateway, bucket) = (Ceph::shared().gateway(), new_bucket());
    let mut site = site_in(&bucket, &gateway);
    site.environment.push(("AWS_TIMEOUT", "5s".to_owned()));
    let log = site.start(&STEADY);
    let load = Load::start(&site, &log, 0);
    load.wait_for_more(40);
    gateway.freeze();
    assert_eq!(log.ended(), Some(3));
    let acknowledged = load.end();
    let (said, code) = site.refused(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no answer from the service: "), "{said}");
    // Whatever it had taken in is written now, late.
    gateway.thaw();
    let log = site.start(&STEADY);
    all_there(&site, &log, &acknowledged);
}

#[test]
fn answers_that_are_lost_and_a_service_that_is_busy_cost_no_entry() {
    let (gateway, bucket) = (Ceph::shared().main(), new_bucket());
    let road = Road::to(gateway);
    let site = Site::at(&format!("s3://{bucket}/log"), "", road.environment(), &Witnessing::Local);
    let log = site.start(&STEADY);
    let load = Load::start(&site, &log, 0);
    for manner in [Manner::LosesAnswers(12), Manner::Busy(12), Manner::LosesAnswers(3)] {
        load.wait_for_more(20);
        road.be(manner);
    }
    load.wait_for_more(40);
    assert_eq!(road.hindered(), 27);
    let acknowledged = load.end();
    all_there(&site, &log, &acknowledged);
    no_secret(&log.lines());
    assert_eq!(log.stop(), Some(0));
}

#[test]
fn a_lock_that_goes_away_stops_the_log_and_loses_nothing() {
    let (mut server, bucket) = (Server::asking(), new_bucket());
    let row = |user: &str| server.url_as(user);
    let (right, wrong) = (row(&format!("log:{PASSWORD}")), row("log:wrong-and-secret"));
    let environment = Ceph::shared().main().environment();
    let mut site = Site::at(&format!("s3://{bucket}/log"), &right, environment, &Witnessing::Local);
    let log = site.start(&STEADY);
    let load = Load::start(&site, &log, 0);
    load.wait_for_more(40);
    server.crash();
    assert_eq!(log.ended(), Some(3));
    let acknowledged = load.end();
    let refused = |site: &Site, words: &str| {
        let (said, code) = site.refused(&[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words) && said.contains("\nhint: "), "{said}");
        no_secret(&said);
    };
    refused(&site, "the lock: ");
    server.restart();
    site.locked = wrong;
    refused(&site, "password authentication failed");
    site.locked = right;
    let log = site.start(&STEADY);
    all_there(&site, &log, &acknowledged);
    no_secret(&log.lines());
}

#[test]
fn of_two_on_one_row_one_is_left() {
    let (server, bucket) = (Server::start(&[]), new_bucket());
    let environment = Ceph::shared().main().environment();
    let site = Site::at(&format!("s3://{bucket}/log"), &server.url(), environment, &Witnessing::Local);
    let first = site.start(&STEADY);
    assert_eq!(site.add(&first, 1).status, 200);
    let second = site.start(&STEADY);
    assert_eq!(site.add(&second, 2).status, 200);
    // The first learns of it at its next batch at the latest, and ends.
    let answer = site.add(&first, 3);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(first.ended(), Some(3));
    let again = eventually("the second goes on", || Some(site.add(&second, 3)).filter(|answer| answer.status == 200));
    assert_eq!(proof(&again, 3).index, 2);
    assert_eq!(site.check(&second.url(), &[]).1, Some(0));
}
