//! The lock as a row of a real PostgreSQL.
//!
//! Not here: the log above it, except for one life; the service on it (`desk`). Needs Debian's `postgresql`.
//! Invariant: each test has a server of its own, which ends with it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::Arc;

use ledger::{Config, Lock, LockError, Log, Memory, Parts, PostgresLock};
use support::postgres::{PASSWORD, Server};
use support::{entry, signer};

async fn open(url: &str) -> PostgresLock {
    PostgresLock::open(url).await.unwrap()
}

#[tokio::test]
async fn a_row_is_a_lock() {
    let server = Server::start(&[]);
    let (one, two) = (open(&server.url()).await, open(&server.url()).await);
    assert_eq!(one.load("log").await.unwrap(), None);
    assert!(matches!(one.swap("log", Some(b"x"), b"a").await, Err(LockError::Lost)));
    let (a, b) = tokio::join!(one.swap("log", None, b"a"), two.swap("log", None, b"b"));
    assert_eq!([a, b].iter().filter(|swapped| swapped.is_ok()).count(), 1, "two made the first value");
    let first = one.load("log").await.unwrap().unwrap();
    for round in 0..20 {
        let now = one.load("log").await.unwrap().unwrap();
        let (mine, yours) = (format!("one {round}"), format!("two {round}"));
        let (a, b) =
            tokio::join!(one.swap("log", Some(&now), mine.as_bytes()), two.swap("log", Some(&now), yours.as_bytes()));
        let swapped = [a.is_ok(), b.is_ok()];
        assert_eq!(swapped.iter().filter(|swapped| **swapped).count(), 1, "round {round}");
        let expected = if swapped[0] { mine } else { yours };
        assert_eq!(two.load("log").await.unwrap().unwrap(), expected.as_bytes());
    }
    assert!(matches!(one.swap("log", Some(&first), b"again").await, Err(LockError::Lost)));

    let parts = || Parts {
        objects: Arc::new(Memory::default()),
        lock: Arc::new(one.clone()),
        signer: signer(),
        witnesses: Vec::new(),
    };
    let parts = parts();
    Log::create(&parts).await.unwrap();
    let log = Log::open(Config::default(), parts).await.unwrap();
    assert_eq!(log.append(entry(0)).await.unwrap().index, 0);
    log.close().await;
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    let server = Server::start(&["fsync=off"]);
    let refused = PostgresLock::open(&server.url()).await.map(drop);
    assert!(matches!(&refused, Err(LockError::Setup(what)) if what.contains("fsync = off")), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_goes_away_is_an_error_and_one_that_comes_back_is_found() {
    let mut server = Server::start(&[]);
    let lock = open(&server.url()).await;
    lock.swap("log", None, b"a").await.unwrap();
    server.freeze();
    let silent = lock.swap("log", Some(b"a"), b"b").await;
    assert!(matches!(&silent, Err(LockError::Failed(_))), "{silent:?}");
    server.thaw();
    server.crash();
    assert!(matches!(lock.load("log").await, Err(LockError::Failed(_))));
    server.restart();
    let held = lock.load("log").await.unwrap().unwrap();
    assert!(held == b"a" || held == b"b", "either may be there");
    lock.swap("log", Some(&held), b"c").await.unwrap();
    assert_eq!(lock.load("log").await.unwrap().as_deref(), Some(&b"c"[..]));
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_never_shown() {
    let server = Server::asking();
    open(&server.url_as(&format!("log:{PASSWORD}"))).await;
    for user in ["log:wrong-and-secret", "log", "nobody:wrong-and-secret"] {
        let Err(LockError::Setup(what)) = PostgresLock::open(&server.url_as(user)).await else { panic!("{user}") };
        assert!(!what.contains("secret") && what.lines().count() == 1, "{user}: {what}");
    }
}
