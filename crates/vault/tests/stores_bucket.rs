//! A bucket whose service is busy, loses answers, cuts them, lists what was, hides what it should remove, or must not remove it.
//!
//! Not here: what holds without faults (`stores.rs`). Needs Debian's `radosgw` and what belongs to it (`crates/ceph`). Invariant: every
//! fault is seen to have happened, and ends in the right bytes or in an error.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::net::TcpListener;
use std::time::Duration;

use async_trait::async_trait;
use ceph::{Answer, Ceph, Gateway, Manner, Road};
use support::{Object, Pieces, list};
use vault::store::{Bucket, Deleted, Digest, Put, Source, Store, StoreError};

const ALWAYS: u32 = u32::MAX;
/// Longer than one part, and with a short last one.
const IN_PARTS: usize = (8 << 20) + 1001;

/// A bucket of its own, and two ways to it.
struct Site {
    gateway: &'static Gateway,
    road: Road,
    name: String,
    /// By the road.
    store: Bucket,
}

impl Site {
    fn new() -> Site {
        let name = Ceph::shared().main().new_name("faults");
        Ceph::shared().main().make_bucket(&name);
        Site::of(name)
    }

    fn with_versions() -> Site {
        let site = Site::new();
        site.gateway.keep_versions(&site.name);
        site
    }

    fn with_locks() -> Site {
        let name = Ceph::shared().main().new_name("locks");
        Ceph::shared().main().make_locking_bucket(&name);
        Site::of(name)
    }

    fn of(name: String) -> Site {
        let gateway = Ceph::shared().main();
        let road = Road::to(gateway);
        let store = Bucket::open(road.client(&name), &name, "some/prefix").unwrap();
        Site { gateway, road, name, store }
    }

    fn path(&self, object: &Object) -> String {
        format!("/{}/some/prefix/{}", self.name, object.digest.path())
    }

    /// Asks past the road.
    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let answer = self.gateway.ask(method, path, &[], body.as_bytes());
        assert!((200..300).contains(&answer.status), "{answer:?}");
        answer
    }

    /// Nothing is left of anything: no version, no marker, no upload.
    fn assert_empty(&self) {
        let versions = self.ask("GET", &format!("/{}?versions=", self.name), "").text();
        assert!(!versions.contains("<Key>"), "{versions}");
        let uploads = self.ask("GET", &format!("/{}?uploads=", self.name), "").text();
        assert!(!uploads.contains("<Key>"), "{uploads}");
    }

    /// How many requests were hindered since.
    fn hindered(&self, manner: Manner) -> impl Fn() -> u32 + '_ {
        let before = self.road.hindered();
        self.road.be(manner);
        move || self.road.hindered() - before
    }
}

fn is_failed<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    match result {
        Err(StoreError::Failed { what }) => {
            assert!(!what.contains('<') && !what.contains("127.0.0.1") && !what.contains(ceph::SECRET_KEY), "{what}");
            true
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_object_in_parts_comes_back_by_any_range() {
    let (site, object) = (Site::new(), Object::made(1, 2 * IN_PARTS));
    assert_eq!(object.put(&site.store).await.unwrap(), Put::Written);
    object.assert_whole(&site.store, "in parts").await;
    let part = 8 << 20;
    for range in [part - 1..part + 1, part - 70_000..part + 70_000, 2 * part - 5..2 * part + 5, 0..1] {
        let read = site.store.read(&object.digest, range.start as u64..range.end as u64).await.unwrap();
        assert!(read == object.bytes[range.clone()], "{range:?}");
    }
    let end = object.len_bytes();
    assert!(matches!(site.store.read(&object.digest, end - 1..end + 1).await, Err(StoreError::Short { .. })));
    assert!(matches!(site.store.read(&object.digest, end..end + 1).await, Err(StoreError::Short { .. })));
    assert_eq!(site.store.delete(&object.digest).await.unwrap().versions, 1);
    site.assert_empty();
}

#[tokio::test]
async fn other_bytes_than_announced_leave_nothing_in_parts_either() {
    let (site, object) = (Site::with_versions(), Object::made(2, IN_PARTS));
    let mut flipped = object.bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let sources = [
        Pieces::of(&flipped, 100_000),
        Pieces::of(&object.bytes[..IN_PARTS - 1], 100_000),
        Pieces::of(&[&object.bytes[..], &[0]].concat(), 100_000),
    ];
    for mut source in sources {
        let put = site.store.put(&object.digest, object.len_bytes(), &mut source).await;
        assert!(matches!(put, Err(StoreError::NotAsAnnounced { .. })), "{put:?}");
        site.assert_empty();
    }
    let mut source = object.source(100_000).failing();
    let put = site.store.put(&object.digest, object.len_bytes(), &mut source).await;
    assert!(matches!(put, Err(StoreError::Source(_))), "{put:?}");
    site.assert_empty();
}

/// Each request of each call meets a busy service in turn; then all of them do, again and again.
#[tokio::test]
async fn a_busy_service_is_asked_again_and_not_for_ever() {
    let (site, object, large) = (Site::with_versions(), Object::made(3, 5000), Object::made(4, IN_PARTS));
    let hindered = site.hindered(Manner::Busy(2));
    assert_eq!(object.put(&site.store).await.unwrap(), Put::Written);
    assert_eq!(hindered(), 2);
    for spared in 0.. {
        let before = site.road.hindered();
        site.road.be_after(spared, Manner::Busy(1));
        assert_eq!(large.put(&site.store).await.unwrap(), Put::Written, "{spared}");
        object.assert_whole(&site.store, "busy").await;
        assert_eq!(site.store.delete(&large.digest).await.unwrap().versions, 1, "{spared}");
        if site.road.hindered() == before {
            assert!(spared > 10, "{spared}");
            break;
        }
    }
    assert_eq!(list(&site.store).await, [object.digest]);
    let hindered = site.hindered(Manner::Busy(ALWAYS));
    let calls = tokio::join!(
        large.put(&site.store),
        site.store.len(&object.digest),
        site.store.read(&object.digest, 0..10),
        site.store.read_whole(&object.digest),
        site.store.delete(&object.digest),
        site.store.list(None, 10),
        site.store.tidy(Duration::ZERO),
        site.store.lock(&object.digest, true),
    );
    assert!(is_failed(calls.0) && is_failed(calls.1) && is_failed(calls.2) && is_failed(calls.3));
    assert!(is_failed(calls.4) && is_failed(calls.5) && is_failed(calls.6) && is_failed(calls.7));
    assert!((8 * 2..8 * 10).contains(&hindered()), "{}", hindered());
    site.road.be(Manner::Clear);
    object.assert_whole(&site.store, "after").await;
    large.assert_none(&site.store, "after").await;
}

/// The service carries each write out in turn, and nobody is told.
#[tokio::test]
async fn a_lost_answer_is_found_out() {
    for (site, len_bytes) in [(Site::new(), 5000), (Site::new(), IN_PARTS), (Site::with_versions(), IN_PARTS)] {
        let object = Object::made(5, len_bytes);
        let mut lost = 0;
        loop {
            let before = site.road.hindered();
            site.road.be_after(lost, Manner::LosesAnswers(1));
            object.put(&site.store).await.unwrap();
            object.assert_whole(&site.store, "put").await;
            let deleted = site.store.delete(&object.digest).await.unwrap();
            // A service without conditions may have written twice, and an upload may have been begun twice.
            assert!(deleted.versions >= 1, "{lost}: {deleted:?}");
            site.assert_empty();
            if site.road.hindered() == before {
                break;
            }
            lost += 1;
        }
        assert!(lost >= if len_bytes == IN_PARTS { 5 } else { 2 }, "{lost}");
    }
}

#[tokio::test]
async fn a_body_that_is_cut_is_taken_up_again_or_refused() {
    let (site, object) = (Site::new(), Object::made(6, 200_000));
    object.put(&site.store).await.unwrap();
    type Cut = fn(u32) -> Manner;
    for cut in [Manner::Cuts as Cut, Manner::Shortens] {
        for times in [1, 2, 5] {
            let hindered = site.hindered(cut(times));
            assert!(site.store.read(&object.digest, 7..150_000).await.unwrap() == object.bytes[7..150_000]);
            assert_eq!(hindered(), times);
            let hindered = site.hindered(cut(times));
            assert!(support::gather(&site.store, &object.digest).await.unwrap() == object.bytes);
            assert_eq!(hindered(), times);
            let hindered = site.hindered(cut(times));
            assert_eq!(site.store.list(None, 5).await.unwrap(), [object.digest], "half a list is no list");
            assert_eq!(hindered(), times);
        }
        let hindered = site.hindered(cut(ALWAYS));
        let calls = tokio::join!(
            site.store.read(&object.digest, 0..200_000),
            support::gather(&site.store, &object.digest),
            site.store.list(None, 5),
            site.store.delete(&object.digest),
        );
        // What cannot be listed is not called gone.
        assert!(is_failed(calls.0) && is_failed(calls.1) && is_failed(calls.2) && is_failed(calls.3));
        assert!(hindered() > 30, "{}", hindered());
        site.road.be(Manner::Clear);
        object.assert_whole(&site.store, "after").await;
    }
}

#[tokio::test]
async fn an_old_list_does_not_make_an_object_gone() {
    for site in [Site::new(), Site::with_versions()] {
        let object = Object::made(7, 100);
        assert_eq!(site.store.delete(&object.digest).await.unwrap(), Deleted::default());
        object.put(&site.store).await.unwrap();
        let hindered = site.hindered(Manner::Stale(ALWAYS));
        let deleted = site.store.delete(&object.digest).await;
        assert!(matches!(deleted, Err(StoreError::StillThere { .. })), "{deleted:?}");
        assert!(hindered() >= 2, "{}", hindered());
        // Until the list is a new one.
        let hindered = site.hindered(Manner::Stale(3));
        assert_eq!(site.store.delete(&object.digest).await.unwrap().versions, 1);
        assert_eq!(hindered(), 3);
        site.assert_empty();
    }
}

#[tokio::test]
async fn an_old_list_that_shows_what_is_gone_is_not_believed_either() {
    let (site, object) = (Site::with_versions(), Object::made(8, 100));
    object.put(&site.store).await.unwrap();
    // The road remembers the list with the object in it.
    let hindered = site.hindered(Manner::OnlySays(ALWAYS));
    assert!(matches!(site.store.delete(&object.digest).await, Err(StoreError::StillThere { .. })));
    assert!(hindered() > 0);
    let hindered = site.hindered(Manner::Stale(ALWAYS));
    assert!(matches!(site.store.delete(&object.digest).await, Err(StoreError::StillThere { .. })));
    assert!(hindered() > 0);
    site.road.be(Manner::Clear);
    assert_eq!(site.store.delete(&object.digest).await.unwrap(), Deleted::default());
    site.assert_empty();
}

#[tokio::test]
async fn what_lies_over_a_whole_version_is_removed_and_nothing_else() {
    let (site, object) = (Site::with_versions(), Object::made(60, 300_001));
    let (digest, len_bytes) = (&object.digest, object.len_bytes());
    object.put(&site.store).await.unwrap();
    let mut flipped = object.bytes.clone();
    flipped[7] ^= 1;
    for bytes in [&flipped[..], b"rubbish", &object.bytes[..9]] {
        assert_eq!(site.gateway.ask("PUT", &site.path(&object), &[], bytes).status, 200);
    }
    assert!(site.store.read_whole(digest).await.unwrap().check().await.is_err(), "what is newest is not whole");
    site.ask("DELETE", &site.path(&object), "");
    assert_eq!(site.store.len(digest).await.unwrap(), None, "hidden");
    assert!(site.store.uncover(digest, len_bytes).await.unwrap());
    object.assert_whole(&site.store, "uncovered").await;
    assert!(!site.store.uncover(digest, len_bytes).await.unwrap(), "nothing lies over it");
    assert_eq!(site.store.delete(digest).await.unwrap(), Deleted { versions: 1, ..Deleted::default() });
    site.assert_empty();
    // Of none that is whole nothing goes.
    for bytes in [&flipped[..], b"rubbish"] {
        assert_eq!(site.gateway.ask("PUT", &site.path(&object), &[], bytes).status, 200);
    }
    assert!(!site.store.uncover(digest, len_bytes).await.unwrap());
    assert_eq!(site.store.delete(digest).await.unwrap().versions, 2);
}

/// Also in parts: the rubbish is there until the last byte was right.
#[tokio::test]
async fn rubbish_is_written_over_by_what_is_whole() {
    for site in [Site::new(), Site::with_versions()] {
        for len_bytes in [1000, IN_PARTS] {
            let object = Object::made(61, len_bytes);
            assert_eq!(site.gateway.ask("PUT", &site.path(&object), &[], b"rubbish").status, 200);
            let mut source = object.source(70_000).failing();
            assert!(site.store.put_over(&object.digest, object.len_bytes(), &mut source).await.is_err());
            assert_eq!(site.store.read(&object.digest, 0..7).await.unwrap(), b"rubbish");
            let mut source = object.source(70_000);
            site.store.put_over(&object.digest, object.len_bytes(), &mut source).await.unwrap();
            object.assert_whole(&site.store, "written over").await;
            site.store.delete(&object.digest).await.unwrap();
        }
        site.assert_empty();
    }
}

#[tokio::test]
async fn a_removal_that_is_only_said_is_not_believed() {
    for site in [Site::new(), Site::with_versions()] {
        let object = Object::made(9, 100);
        object.put(&site.store).await.unwrap();
        let hindered = site.hindered(Manner::OnlySays(ALWAYS));
        let deleted = site.store.delete(&object.digest).await;
        assert!(matches!(deleted, Err(StoreError::StillThere { .. })), "{deleted:?}");
        assert!(hindered() >= 2, "{}", hindered());
        object.assert_whole(&site.store, "only said").await;
        let hindered = site.hindered(Manner::OnlySays(2));
        assert_eq!(site.store.delete(&object.digest).await.unwrap().versions, 1);
        assert_eq!(hindered(), 2);
        site.assert_empty();
    }
}

#[tokio::test]
async fn what_only_hides_is_seen_and_removed_with_every_version() {
    let (site, object, bystander) = (Site::with_versions(), Object::made(10, 100), Object::made(11, 100));
    bystander.put(&site.store).await.unwrap();
    object.put(&site.store).await.unwrap();
    let text = "another version, of somebody else";
    site.ask("PUT", &site.path(&object), text);
    site.ask("DELETE", &site.path(&object), "");
    site.ask("DELETE", &site.path(&object), "");
    assert_eq!(site.store.len(&object.digest).await.unwrap(), None);
    assert!(matches!(site.store.read(&object.digest, 0..1).await, Err(StoreError::Missing { .. })));
    assert!(list(&site.store).await.contains(&object.digest), "it is hidden and there");
    let deleted = site.store.delete(&object.digest).await.unwrap();
    assert_eq!((deleted.versions, deleted.unfinished), (2, 0));
    assert!(deleted.markers >= 1, "{deleted:?}");
    assert_eq!(list(&site.store).await, [bystander.digest]);
    bystander.assert_whole(&site.store, "bystander").await;
    site.store.delete(&bystander.digest).await.unwrap();
    site.assert_empty();
}

/// A hold on any version, set by whomever, keeps them all.
#[tokio::test]
async fn what_is_held_loses_nothing() {
    let (site, object) = (Site::with_locks(), Object::made(12, 100));
    object.put(&site.store).await.unwrap();
    assert!(site.store.lock(&object.digest, true).await.unwrap());
    let held = site.ask("GET", &format!("{}?legal-hold=", site.path(&object)), "").text();
    assert!(held.contains("<Status>ON</Status>"), "{held}");
    site.ask("PUT", &site.path(&object), "a newer version, which nobody holds");
    site.ask("DELETE", &site.path(&object), "");
    for _ in 0..2 {
        let deleted = site.store.delete(&object.digest).await;
        assert!(matches!(deleted, Err(StoreError::Locked { .. })), "{deleted:?}");
    }
    let versions = site.ask("GET", &format!("/{}?versions=", site.name), "").text();
    assert_eq!(versions.matches("<Key>").count(), 3, "{versions}");
    assert!(site.store.lock(&object.digest, false).await.unwrap());
    let deleted = site.store.delete(&object.digest).await.unwrap();
    assert_eq!((deleted.versions, deleted.markers), (2, 1));
    site.assert_empty();
}

#[tokio::test]
async fn what_the_bucket_retains_is_refused_and_whole() {
    let site = Site::with_locks();
    let retain = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>\
                  <Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
    site.ask("PUT", &format!("/{}?object-lock=", site.name), retain);
    for (seed, len_bytes) in [(13, 100), (14, IN_PARTS)] {
        let object = Object::made(seed, len_bytes);
        object.put(&site.store).await.unwrap();
        let deleted = site.store.delete(&object.digest).await;
        assert!(matches!(deleted, Err(StoreError::Locked { .. })), "{deleted:?}");
        object.assert_whole(&site.store, "retained").await;
    }
}

/// A write that a network kept back arrives when its object is destroyed: the next list shows it.
#[tokio::test]
async fn a_write_that_comes_late_is_seen_and_removed() {
    for site in [Site::new(), Site::with_versions()] {
        let object = Object::made(15, 100);
        let hindered = site.hindered(Manner::KeepsBack(1));
        assert_eq!(object.put(&site.store).await.unwrap(), Put::Written);
        assert_eq!(hindered(), 1);
        assert_eq!(site.store.delete(&object.digest).await.unwrap().versions, 1);
        assert_eq!(list(&site.store).await, []);
        assert_eq!(site.road.let_go(), ["200"]);
        assert_eq!(list(&site.store).await, [object.digest], "the ciphertext is back, its key is not");
        object.assert_whole(&site.store, "never anything else").await;
        assert_eq!(site.store.delete(&object.digest).await.unwrap().versions, 1);
        site.assert_empty();
    }
}

#[tokio::test]
async fn uploads_that_were_begun_are_tidied_by_age_or_go_with_their_object() {
    let (site, object, other) = (Site::new(), Object::made(16, 100), Object::made(17, 100));
    let begin = |object: &Object| {
        let begun = site.ask("POST", &format!("{}?uploads=", site.path(object)), "").text();
        let id = begun.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let part = format!("{}?partNumber=1&uploadId={}", site.path(object), id.replace('/', "%2F"));
        site.ask("PUT", &part, "the first part");
    };
    begin(&object);
    begin(&other);
    // Not ours.
    site.ask("POST", &format!("/{}/another/{}?uploads=", site.name, object.digest.path()), "");
    object.put(&site.store).await.unwrap();
    assert_eq!(site.store.tidy(Duration::from_secs(3600)).await.unwrap(), 0, "their writers may live");
    let deleted = site.store.delete(&object.digest).await.unwrap();
    assert_eq!((deleted.versions, deleted.unfinished), (1, 1));
    assert_eq!(site.store.tidy(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(site.store.tidy(Duration::ZERO).await.unwrap(), 0);
    let left = site.ask("GET", &format!("/{}?uploads=", site.name), "").text();
    assert_eq!(left.matches("<Key>").count(), 1, "{left}");
}

/// Deletes what it is the source of, when one part of it is sent. It never blocks a thread: the answer may come on that very one.
struct Deleting<'a> {
    pieces: Pieces,
    store: &'a Bucket,
    digest: Digest,
    deleted: Option<Deleted>,
}

#[async_trait]
impl Source for Deleting<'_> {
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        if self.pieces.pieces_left() == 1 {
            self.deleted = Some(self.store.delete(&self.digest).await.unwrap());
        }
        self.pieces.next().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destruction_takes_away_what_is_half_written_too() {
    let (site, object) = (Site::with_versions(), Object::made(18, 2 * IN_PARTS));
    let mut source =
        Deleting { pieces: object.source(9 << 20), store: &site.store, digest: object.digest, deleted: None };
    assert!(is_failed(site.store.put(&object.digest, object.len_bytes(), &mut source).await));
    let deleted = source.deleted.unwrap();
    assert_eq!(deleted, Deleted { unfinished: 1, ..Deleted::default() });
    object.assert_none(&site.store, "destroyed meanwhile").await;
    site.assert_empty();
}

/// Somebody listens and never says a word. The clock of this test runs ahead whenever nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn a_silent_service_is_not_waited_for_without_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Ceph::shared().main().client("silent");
    let settings = settings.with_endpoint(format!("http://{}", listener.local_addr().unwrap()));
    let (store, object) = (Bucket::open(settings, "silent", "").unwrap(), Object::made(19, 100));
    let began = tokio::time::Instant::now();
    assert!(is_failed(store.read(&object.digest, 0..1).await));
    assert!(is_failed(object.put(&store).await));
    assert!(is_failed(store.delete(&object.digest).await));
    assert!(began.elapsed() < 3 * Duration::from_secs(100), "{:?}", began.elapsed());
    assert!(began.elapsed() > Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(listener.accept().is_ok(), "it was asked");
}

#[test]
fn a_store_shows_no_secret() {
    let settings = Ceph::shared().main().client("bucket");
    let shown = format!("{:?}", Bucket::open(settings, "bucket", "prefix").unwrap());
    assert!(!shown.contains(ceph::SECRET_KEY) && shown.contains("Bucket"), "{shown}");
}
