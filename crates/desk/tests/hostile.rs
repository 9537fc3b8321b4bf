//! Requests and callers that mean harm: bounded memory, a clear status, and a log that goes on.
//!
//! Not what is right (`routes.rs`).
//! Invariant: after each of them an entry is taken in and the log agrees with itself.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use harness::http::{connect, raw, read};
use harness::{Role, Site, Witnessing, eventually};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const QUICK: &[&str] = &["--header-timeout", "300ms", "--body-timeout", "300ms", "--write-timeout", "1s"];

fn unharmed(site: &Site, log: &Role, number: u64) {
    let answer = eventually("an entry is taken in", || {
        let answer = site.add(log, number);
        (answer.status != 503).then_some(answer)
    });
    assert_eq!(answer.status, 200, "{answer:?}");
    let (said, code) = site.check(&log.url(), &[]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_is_no_request_is_refused_or_closed() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(QUICK);
    let many: String = (0..100).map(|n| format!("X-{n}: y\r\n")).collect();
    let long = "a".repeat(40_000);
    for (bytes, statuses) in [
        ("nonsense\r\n\r\n".to_owned(), &[400][..]),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), &[400]),
        ("\0\u{1}\u{2}\r\n\r\n".to_owned(), &[400]),
        (format!("GET /health HTTP/1.1\r\n{many}\r\n"), &[431]),
        (format!("GET /health HTTP/1.1\r\nX: {long}\r\n\r\n"), &[431]),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), &[414, 431]),
        ("POST /add HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(), &[400]),
        ("POST /add HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(), &[400]),
        ("POST /add HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n".to_owned(), &[400, 401]),
        (
            format!(
                "POST /add HTTP/1.1\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
                site.token
            ),
            &[400],
        ),
        (
            format!(
                "POST /add HTTP/1.1\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{}\r\n0\r\n\r\n",
                site.token,
                "a".repeat(64)
            ),
            &[413],
        ),
        (
            format!(
                "POST /add HTTP/1.1\r\nAuthorization: Bearer {}\r\nContent-Length: 99999999999\r\n\r\n",
                site.token
            ),
            &[413],
        ),
    ] {
        let answer = raw(&log.address, bytes.as_bytes());
        let status = answer.map(|answer| answer.status);
        assert!(status.is_some_and(|status| statuses.contains(&status)), "{status:?} for {bytes:.80}");
    }
    unharmed(&site, &log, 1);
}

#[test]
fn the_slow_are_not_waited_for() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(QUICK);
    let began = Instant::now();
    // A head that never ends, a byte at a time; and one of which nothing comes.
    let mut slow = connect(&log.address);
    let mut silent = connect(&log.address);
    let closed = eventually("the slow one is closed", || slow.write_all(b"G").err());
    assert!(began.elapsed() < Duration::from_secs(20), "{closed}");
    assert!(read(&mut silent).is_none());
    // A body that does not come.
    let head = format!("POST /add HTTP/1.1\r\nAuthorization: Bearer {}\r\nContent-Length: 34\r\n\r\nabc", site.token);
    let answer = raw(&log.address, head.as_bytes()).unwrap();
    assert_eq!(answer.status, 408, "{answer:?}");
    unharmed(&site, &log, 1);
}

#[test]
fn one_token_cannot_take_all_places() {
    let site = Site::new(&Witnessing::Local);
    // A batch in a minute: whatever is submitted second waits.
    let log = site.start(&["--queue-per-token", "1", "--batch-interval", "1m"]);
    assert_eq!(site.add(&log, 1).status, 200, "the first batch is at once");
    let mut waiting = connect(&log.address);
    let head = format!("POST /add HTTP/1.1\r\nAuthorization: Bearer {}\r\nContent-Length: 34\r\n\r\n", site.token);
    waiting.write_all(&[head.as_bytes(), &harness::entry(2)].concat()).unwrap();
    let answer = eventually("the place is taken", || {
        let numbers = harness::ask(&log.address, "GET", "/metrics", &[], b"").body;
        numbers.contains("counterpartd_log_in_flight 1").then(|| site.add(&log, 3))
    });
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
}

#[test]
fn ten_thousand_connections_are_counted_and_turned_away() {
    const MANY: usize = 10_000;
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum }).unwrap();
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&["--header-timeout", "5m", "--connections", "1000"]);
    assert_eq!(site.add(&log, 1).status, 200);
    let before = log.memory_peak_bytes();
    let began = Instant::now();
    let mut held: Vec<TcpStream> = Vec::new();
    let mut refused = 0;
    for _ in 0..MANY {
        let mut stream = TcpStream::connect(&log.address).unwrap();
        if stream.write_all(b"POST /add HTTP/1.1\r\nX: ").is_err() {
            refused += 1;
        }
        held.push(stream);
    }
    // Whoever comes now is told in a clear word, unless so many are being told that it is closed at once.
    let mut told = connect(&log.address);
    told.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    if let Some(answer) = read(&mut told) {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
    }
    println!("{:?} for {MANY}", began.elapsed());
    let grown = log.memory_peak_bytes() - before;
    let per_place = grown / 1000;
    println!(
        "{MANY} connections: {grown} bytes more at the peak, {per_place} a place; {refused} refused while writing"
    );
    assert!(grown < 64 << 20, "{grown} bytes");
    drop(held);
    let numbers = eventually("there is room again", || {
        let stream = TcpStream::connect(&log.address).ok();
        stream.and_then(|mut stream| {
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
            read(&mut stream).filter(|answer| answer.status == 200)
        })
    });
    let refused =
        numbers.body.lines().find_map(|line| line.strip_prefix("counterpartd_http_connections_refused_total "));
    assert!(refused.unwrap().parse::<usize>().unwrap() > 5_000, "{refused:?}");
    unharmed(&site, &log, 2);
    assert_eq!(log.stop(), Some(0));
}
