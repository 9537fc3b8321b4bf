//! A check of servers and folders that are not what they should be: slow, endless, wrong, failing, or growing meanwhile.
//!
//! Not damage of a log's own files found by their place (`audits.rs`). Invariants: a check ends in time, takes no more than a bound from
//! anybody, says in one line for each file what is wrong, and tells what is wrong from what could not be had.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness::stub::{Reply, Stub};
use harness::{Site, Witnessing};

type Objects = BTreeMap<String, Vec<u8>>;

/// What is below a folder, by path.
fn objects_of(folder: &Path) -> Objects {
    let mut objects = Objects::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                objects.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    objects
}

/// A log of 600 entries in several batches, and all that lies in its folder when it has ended.
fn six_hundred() -> (Site, Objects) {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&["--batch-interval", "20ms"]);
    std::thread::scope(|scope| {
        for thread in 0..40 {
            let (site, log) = (&site, &log);
            scope.spawn(move || {
                (0..15).for_each(|number| assert_eq!(site.add(log, thread * 100 + number).status, 200));
            });
        }
    });
    assert_eq!(log.stop(), Some(0));
    let objects = objects_of(&site.data());
    (site, objects)
}

/// Whether a tree of 600 entries asks for it, and so whoever reads over HTTP.
fn is_asked_for(path: &str) -> bool {
    let needed = ["0/000", "0/001", "0/002.p/88", "entries/000", "entries/001", "entries/002.p/88", "1/000.p/2"];
    path == "checkpoint" || path == "pending" || path.strip_prefix("tile/").is_some_and(|path| needed.contains(&path))
}

fn serve(objects: Objects) -> Stub {
    Stub::start(move |path| match objects.get(path) {
        Some(bytes) => Reply::Answer(200, bytes.clone()),
        None => Reply::Answer(404, b"not here\n".to_vec()),
    })
}

/// What is found: path, and whether it is about this one.
fn paths(json: &str) -> Vec<String> {
    let said: serde_json::Value = serde_json::from_str(json).unwrap_or_else(|err| panic!("{err}: {json}"));
    let found = said["findings"].as_array().unwrap().iter().map(|found| found["path"].as_str().unwrap().to_owned());
    let found: std::collections::BTreeSet<String> = found.collect();
    found.into_iter().collect()
}

#[test]
fn every_object_is_named_when_it_is_changed_in_a_folder_and_over_http() {
    let (site, objects) = six_hundred();
    let (said, code) = site.check(site.data().to_str().unwrap(), &["--json"]);
    assert_eq!((code, paths(&said)), (Some(0), vec![]), "{said}");
    assert!(objects.len() > 9, "of a log that grew there are earlier partial tiles too: {:?}", objects.keys());
    for (path, good) in &objects {
        let (mut flipped, mut short, mut long) = (good.clone(), good.clone(), good.clone());
        flipped[good.len() / 2] ^= 1;
        short.pop();
        long.push(0);
        for bad in [flipped, short, long] {
            std::fs::write(site.data().join(path), &bad).unwrap();
            let (said, code) = site.check(site.data().to_str().unwrap(), &["--json"]);
            assert_eq!((code, paths(&said)), (Some(1), vec![path.clone()]), "{said}");
            if is_asked_for(path) {
                let mut served = objects.clone();
                served.insert(path.clone(), bad);
                let (said, code) = site.check(&serve(served).url(), &["--json"]);
                assert_eq!((code, paths(&said)), (Some(1), vec![path.clone()]), "{said}");
            }
        }
        std::fs::write(site.data().join(path), good).unwrap();
        if is_asked_for(path) && path != "pending" {
            let mut served = objects.clone();
            served.remove(path);
            let (said, code) = site.check(&serve(served).url(), &["--json"]);
            assert_eq!((code, paths(&said)), (Some(1), vec![path.clone()]), "{said}");
        }
    }
    let mut exchanged = objects.clone();
    exchanged.insert("tile/0/000".into(), objects["tile/0/001"].clone());
    exchanged.insert("tile/0/001".into(), objects["tile/0/000"].clone());
    let (said, code) = site.check(&serve(exchanged).url(), &["--json"]);
    assert_eq!((code, paths(&said)), (Some(1), vec!["tile/0/000".into(), "tile/0/001".into()]), "{said}");
}

/// What a server does, and what a check makes of it: its exit code and some of its words.
type Harm = (&'static str, fn() -> Reply, i32, &'static str);

const HARMS: [Harm; 13] = [
    ("endless", || Reply::Endless, 1, "larger than"),
    ("big", || Reply::Answer(200, vec![b'a'; 8 << 20]), 1, "larger than"),
    ("page", || Reply::Answer(200, b"<!doctype html><title>Welcome</title>\n".to_vec()), 1, "it is no"),
    ("empty", || Reply::Answer(200, Vec::new()), 1, "it is no"),
    ("gone", || Reply::Answer(410, Vec::new()), 1, "it is missing"),
    ("silent", || Reply::Silence, 2, "no whole answer within 0.5 s"),
    ("trickle", || Reply::Trickle, 2, "no whole answer within 0.5 s"),
    ("lying", || Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\nabc".to_vec()), 2, UNREAD),
    ("cut", || Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc".to_vec()), 2, UNREAD),
    ("long head", || Reply::Raw([b"HTTP/1.1 200 OK\r\nX: ", &vec![b'a'; 8 << 20][..]].concat()), 2, UNREAD),
    ("redirect", || Reply::Answer(302, Vec::new()), 2, "answered 302, a redirection, which is not followed"),
    ("failing", || Reply::Answer(500, b"<h1>x</h1>".to_vec()), 2, "answered 500"),
    ("nothing", || Reply::Raw(Vec::new()), 2, UNREAD),
];
const UNREAD: &str = "it could not be read";

#[test]
fn a_server_that_means_harm_is_bounded_in_time_and_bytes() {
    let (site, objects) = six_hundred();
    let objects = Arc::new(objects);
    std::thread::scope(|scope| {
        for harm in HARMS {
            let (site, objects) = (&site, &objects);
            scope.spawn(move || {
                for only in ["checkpoint", "tile/1/000.p/2", "tile/entries/002.p/88", "tile/", ""] {
                    is_bounded(site, objects, &harm, only);
                }
            });
        }
    });
}

/// A check of a server that does harm where it is asked for what begins like `only`.
fn is_bounded(site: &Site, objects: &Arc<Objects>, (name, harm, code, words): &Harm, only: &'static str) {
    let (objects, harm) = (Arc::clone(objects), *harm);
    let stub = Stub::start(move |path| match objects.get(path) {
        _ if path.starts_with(only) => harm(),
        Some(bytes) => Reply::Answer(200, bytes.clone()),
        None => Reply::Answer(404, Vec::new()),
    });
    let began = Instant::now();
    let (said, ended) = site.check(&stub.url(), &["--timeout", "500ms"]);
    // Nothing at all there is another place, not a log without tiles.
    let is_elsewhere = *name == "gone" && only.is_empty();
    let (code, words) = if is_elsewhere { (2, "nothing here is signed") } else { (*code, *words) };
    assert_eq!(ended, Some(code), "{name} {only}: {said}");
    assert!(said.contains(words) && said.contains(only), "{name} {only}: {said}");
    assert!(said.lines().count() <= 14 && !said.contains("checkpoint: checkpoint"), "{name} {only}: {said}");
    assert!(began.elapsed() < Duration::from_secs(60), "{name} {only}: {:?}", began.elapsed());
    assert!(stub.asked() < 100, "{name} {only}: asked {} times", stub.asked());
    // What was under way in the system's buffers is taken too.
    assert!(stub.taken_bytes() < 64 << 20, "{name} {only}: {} bytes", stub.taken_bytes());
}

#[test]
fn tiles_of_another_width_are_named_and_full_ones_may_stand_for_partial_ones() {
    let (site, objects) = six_hundred();
    let mut wide = objects.clone();
    // A log that has grown meanwhile has removed its partial tiles: the full ones begin with what they held.
    for (path, item_bytes) in [("tile/0/002.p/88", 32), ("tile/entries/002.p/88", 36), ("tile/1/000.p/2", 32)] {
        let mut bytes = wide.remove(path).unwrap();
        let (one, count) = (bytes[..item_bytes].to_vec(), bytes.len() / item_bytes);
        (count..256).for_each(|_| bytes.extend(&one));
        wide.insert(path.split_once(".p/").unwrap().0.to_owned(), bytes);
    }
    let (said, code) = site.check(&serve(wide.clone()).url(), &["--json"]);
    assert_eq!((code, paths(&said)), (Some(0), vec![]), "{said}");
    for (path, other) in [("tile/0/000", "tile/0/002.p/88"), ("tile/0/002.p/88", "tile/0/000")] {
        let mut wrong = objects.clone();
        wrong.insert(path.into(), objects[other].clone());
        let (said, code) = site.check(&serve(wrong).url(), &["--json"]);
        assert_eq!((code, paths(&said)), (Some(1), vec![path.into()]), "{said}");
    }
}

#[test]
fn a_log_that_grows_while_it_is_checked_agrees() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&["--batch-interval", "1ms"]);
    assert_eq!(site.add(&log, 0).status, 200);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 1..5 {
            let (site, log, done) = (&site, &log, &done);
            scope.spawn(move || {
                let numbers = (thread * 1_000_000..).take_while(|_| !done.load(Ordering::Relaxed));
                numbers.for_each(|number| assert!(matches!(site.add(log, number).status, 200 | 202)));
            });
        }
        let state = site.path("seen");
        let (url, data) = (log.url(), site.data().to_str().unwrap().to_owned());
        let all_well = (0..12).all(|round| {
            let log = if round % 2 == 0 { &url } else { &data };
            let mirror = if round % 3 == 0 { &url } else { &data };
            let (said, code) = site.check(log, &["--state", &state, "--mirror", mirror]);
            println!("{said}");
            code == Some(0)
        });
        // The folder itself, from which partial tiles go as soon as their full ones are there: until there were some of those.
        let mut entries = Vec::new();
        let all_well = all_well
            && (0..60).all(|_| {
                let (said, code) = site.check(&data, &["--json"]);
                let said: serde_json::Value = serde_json::from_str(&said).unwrap();
                entries.push(said["entries"].as_u64().unwrap());
                println!("{said}");
                code == Some(0) && said["findings"].as_array().unwrap().is_empty()
            });
        done.store(true, Ordering::Relaxed);
        assert!(all_well);
        assert!(entries[0] < entries[entries.len() - 1], "it did not grow: {entries:?}");
    });
    assert_eq!(log.stop(), Some(0));
}
