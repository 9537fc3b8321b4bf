//! Every route, method and status of both roles, as a table.
//!
//! Not load (`hostile.rs`) and not what a log or witness decides over time (`lifecycle.rs`, `witnesses.rs`). Invariant: every answer that
//! is no success is one line of text that no cache keeps.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::{Answer, Role, Site, Witnessing, ask, entry, eventually, expect, proof};
use seal::tlog::{Checkpoint, KeyKind, SignedCheckpoint, SignerKey, consistency_proof, leaf_hash, node_hash, root};

type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], Vec<u8>, u16);

fn hold(role: &Role, table: Vec<Row<'_>>) {
    for (method, path, headers, body, status) in table {
        let answer = ask(&role.address, method, path, headers, &body);
        assert_eq!(answer.status, status, "{method} {path} {headers:?}: {answer:?}");
        assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
        if status >= 400 {
            is_one_line(&answer, &format!("{method} {path}"));
        }
        if status == 405 {
            assert!(answer.header("allow").is_some(), "{method} {path}: {answer:?}");
        }
    }
}

fn is_one_line(answer: &Answer, of: &str) {
    let one = answer.body.ends_with('\n') && answer.body.lines().count() == 1;
    assert!(one || answer.head.is_empty() || of.starts_with("HEAD"), "{of}: {answer:?}");
    assert_eq!(answer.header("content-type").as_deref(), Some("text/plain; charset=utf-8"), "{of}");
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"), "{of}");
}

#[test]
fn the_logs_routes() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&[]);
    eventually("an empty log has a checkpoint", || {
        (ask(&log.address, "GET", "/checkpoint", &[], b"").status == 200).then_some(())
    });
    let added = site.add(&log, 1);
    assert_eq!(added.status, 200, "{added:?}");
    assert_eq!(proof(&added, 1).index, 0);
    let bearer = format!("Bearer {}", site.token);
    let with_token: &[(&str, &str)] = &[("Authorization", &bearer)];
    let lower = format!("bearer {}", site.token);
    let wrong = format!("Bearer {}x", site.token);
    let bytes: &[(&str, &str)] = &[("Authorization", &bearer), ("Content-Type", "application/octet-stream")];
    let form: &[(&str, &str)] = &[("Authorization", &bearer), ("Content-Type", "text/plain")];
    let (version, kind) = ([&[2][..], &entry(1)[1..]].concat(), [&[1, 9][..], &entry(1)[2..]].concat());
    hold(
        &log,
        vec![
            ("POST", "/add", with_token, entry(1), 200),
            ("POST", "/add", bytes, entry(1), 200),
            ("POST", "/add", &[("Authorization", &lower)], entry(1), 200),
            ("POST", "/add", &[], entry(1), 401),
            ("POST", "/add", &[("Authorization", &wrong)], entry(1), 401),
            ("POST", "/add", &[("Authorization", &site.token)], entry(1), 401),
            ("POST", "/add", &[("Authorization", "Basic YTpi")], entry(1), 401),
            ("POST", "/add", &[("Authorization", "")], entry(1), 401),
            ("POST", "/add", form, entry(1), 415),
            ("POST", "/add", with_token, vec![], 400),
            ("POST", "/add", with_token, entry(1)[..33].to_vec(), 400),
            ("POST", "/add", with_token, version, 400),
            ("POST", "/add", with_token, kind, 400),
            ("POST", "/add", with_token, [&entry(1)[..], &[0]].concat(), 413),
            ("POST", "/add", with_token, vec![0; 1 << 20], 413),
            ("GET", "/add", &[], vec![], 405),
            ("PUT", "/add", with_token, entry(1), 405),
            ("DELETE", "/checkpoint", &[], vec![], 405),
            ("POST", "/checkpoint", &[], entry(1), 405),
            ("POST", "/tile/0/000", &[], entry(1), 405),
            ("POST", "/health", &[], vec![], 405),
            ("MADEUP", "/metrics", &[], vec![], 405),
            ("GET", "/checkpoint", &[], vec![], 200),
            ("HEAD", "/checkpoint", &[], vec![], 200),
            ("GET", "/pending", &[], vec![], 200),
            ("GET", "/tile/0/000.p/1", &[], vec![], 200),
            ("GET", "/tile/entries/000.p/1", &[], vec![], 200),
            ("GET", "/tile/0/000", &[], vec![], 404),
            ("GET", "/tile/0/000.p/2", &[], vec![], 404),
            ("GET", "/tile/0/000.p/01", &[], vec![], 404),
            ("GET", "/tile/0/../../checkpoint", &[], vec![], 404),
            ("GET", "/tile/0/%2e%2e/%2e%2e/pending", &[], vec![], 404),
            ("GET", "/tile/0/%2e%2e%2f%2e%2e%2fpending", &[], vec![], 404),
            ("GET", "/tile/%00", &[], vec![], 404),
            ("GET", "/tile/%ff", &[], vec![], 400),
            ("GET", "/staging/0", &[], vec![], 404),
            ("GET", "/tile/", &[], vec![], 404),
            ("GET", "/health", &[], vec![], 200),
            ("GET", "/metrics", &[], vec![], 200),
        ],
    );
    let unauthorized = ask(&log.address, "POST", "/add", &[], &entry(1));
    assert!(unauthorized.header("www-authenticate").unwrap().starts_with("Bearer"), "{unauthorized:?}");
    assert_eq!(site.check(&log.url(), &[]).1, Some(0), "and the log is unharmed");
    assert_eq!(log.stop(), Some(0));
}

/// Whoever may write in the log's folder of objects may have anything stand in a tile's place.
#[test]
fn nothing_but_a_tile_is_served_as_one() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&[]);
    site.add(&log, 1);
    let key = std::fs::read(site.path("keys/log.key")).unwrap();
    for path in ["tile/0/000.p/1", "tile/entries/000.p/1"] {
        let at = site.data().join(path);
        let sound = std::fs::read(&at).unwrap();
        for put in ["a link", "a file", "a pipe", "too much"] {
            std::fs::remove_file(&at).unwrap();
            match put {
                "a link" => std::os::unix::fs::symlink(site.path("keys/log.key"), &at).unwrap(),
                "a file" => std::fs::write(&at, &key).unwrap(),
                "a pipe" => {
                    let pipe = rustix::fs::FileType::Fifo;
                    rustix::fs::mknodat(rustix::fs::CWD, &at, pipe, 0o600.into(), 0).unwrap();
                }
                _ => std::fs::File::create(&at).unwrap().set_len(1 << 40).unwrap(),
            }
            let answer = ask(&log.address, "GET", &format!("/{path}"), &[], b"");
            assert_eq!(answer.status, 503, "{path}, {put}: {answer:?}");
            is_one_line(&answer, path);
            assert!(!answer.body.contains("KEY"), "{path}, {put}: {answer:?}");
        }
        std::fs::remove_file(&at).unwrap();
        std::fs::write(&at, sound).unwrap();
        assert_eq!(ask(&log.address, "GET", &format!("/{path}"), &[], b"").status, 200);
    }
    assert_eq!(log.stop(), Some(0));
}

#[test]
fn what_is_read_says_how_long_it_may_be_kept() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&[]);
    site.add(&log, 1);
    for (path, kind, kept) in [
        ("/checkpoint", "text/plain; charset=utf-8", "no-store"),
        ("/tile/0/000.p/1", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("/tile/entries/000.p/1", "application/octet-stream", "public, max-age=31536000, immutable"),
    ] {
        let answer = ask(&log.address, "GET", path, &[], b"");
        assert_eq!(answer.header("content-type").as_deref(), Some(kind), "{path}");
        assert_eq!(answer.header("cache-control").as_deref(), Some(kept), "{path}");
    }
    let tile = ask(&log.address, "GET", "/tile/0/000.p/1", &[], b"");
    assert_eq!(tile.bytes, leaf_hash(&entry(1)));
    let bundle = ask(&log.address, "GET", "/tile/entries/000.p/1", &[], b"");
    assert_eq!(bundle.bytes, [&[0, 34][..], &entry(1)].concat());
    let numbers = ask(&log.address, "GET", "/metrics", &[], b"").body;
    for line in [
        "counterpartd_log_entries 1",
        "counterpartd_log_witnessed_entries 1",
        "counterpartd_log_appended_total 1",
        "counterpartd_http_requests_total{route=\"/add\",method=\"POST\",status=\"200\"} 1",
    ] {
        assert!(numbers.contains(line), "{line} in {numbers}");
    }
    assert!(!numbers.contains(&site.token), "no token among the numbers");
}

/// Everything that a browser asks for at the first visit: what each `href` and `src` of the page names, and what the script imports.
#[test]
fn a_first_visit_is_light_and_whole() {
    let site = Site::new(&Witnessing::Local);
    let log = site.start(&[]);
    let gzip: &[(&str, &str)] = &[("Accept-Encoding", "gzip, deflate, br")];
    for path in ["/", "/cy"] {
        let page = ask(&log.address, "GET", path, gzip, b"");
        assert_eq!(page.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
        assert!(
            page.header("content-security-policy")
                .unwrap()
                .starts_with("default-src 'none'; script-src 'self' 'sha256-")
        );
        assert!(page.body.contains(harness::ORIGIN), "{}", page.body);
        let asked: Vec<&str> = page.body.split('"').filter(|value| value.starts_with("/assets/")).collect();
        let beside =
            asked.iter().filter_map(|path| Some(format!("{}/govuk-frontend.min.js", path.strip_suffix("/start.js")?)));
        let mut transferred = page.head.len() + page.bytes.len();
        let all: Vec<String> = asked.iter().map(|path| (*path).to_owned()).chain(beside).collect();
        assert_eq!(all.len(), 4, "icon, style, script and what it imports: {all:?}");
        for path in all {
            let asset = ask(&log.address, "GET", &path, gzip, b"");
            assert_eq!((asset.status, asset.header("vary").as_deref()), (200, Some("accept-encoding")), "{path}");
            assert_eq!(asset.header("cache-control").as_deref(), Some("public, max-age=31536000, immutable"), "{path}");
            let bare = ask(&log.address, "GET", &path, &[], b"");
            assert_eq!(bare.header("content-encoding"), None, "{path}");
            assert!(bare.bytes.len() >= asset.bytes.len(), "{path}");
            transferred += asset.head.len() + asset.bytes.len();
        }
        assert!((20_000..=100 * 1024).contains(&transferred), "F13: {transferred} bytes");
    }
    hold(
        &log,
        vec![
            ("GET", "/", &[], vec![], 200),
            ("GET", "/cy", &[], vec![], 200),
            ("HEAD", "/", &[], vec![], 200),
            ("POST", "/", &[], entry(1), 405),
            ("GET", "/en", &[], vec![], 404),
            ("GET", "/assets/0000000000000000/pages.css", &[], vec![], 404),
            ("GET", "/assets/", &[], vec![], 404),
            ("GET", "/assets/%ff/pages.css", &[], vec![], 400),
        ],
    );
    assert_eq!(log.stop(), Some(0));
}

const ORIGIN: &str = "other.example/log";

fn read(level: u32, index: u64) -> Result<seal::tlog::Hash, ()> {
    if level == 0 {
        return Ok(leaf_hash(&index.to_be_bytes()));
    }
    Ok(node_hash(&read(level - 1, 2 * index)?, &read(level - 1, 2 * index + 1)?))
}

fn log_key(seed: u8) -> SignerKey {
    SignerKey::new(ORIGIN, KeyKind::Log, &[seed; 32]).unwrap()
}

fn signed(size: u64, key: &SignerKey) -> SignedCheckpoint {
    let root = root(size, read).unwrap();
    SignedCheckpoint::sign(Checkpoint { origin: ORIGIN.into(), size, root, extensions: String::new() }, key)
}

fn asking(old: u64, size: u64, key: &SignerKey) -> Vec<u8> {
    let proof = consistency_proof(old, size, read).unwrap();
    ledger::AddCheckpoint { old_size: old, proof, checkpoint: signed(size, key) }.print().into_bytes()
}

#[test]
fn the_witnesses_routes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, state, logs) = (path("key"), path("state"), path("logs"));
    let witness_key = expect(&["init-witness", "--name", "w.example", "--key", &key, "--state", &state], 0);
    let log = log_key(1);
    let second = SignerKey::new("second.example/log", KeyKind::Log, &[3; 32]).unwrap();
    std::fs::write(&logs, format!("log {}\nlog {}\nquorum none\n", log.verifier(), second.verifier())).unwrap();
    let args = ["witness", "--key", &key, "--state", &state, "--logs", &logs, "--listen", "127.0.0.1:0"];
    let witness = Role::start(&args);
    let latest = format!("/{}/checkpoint", hex(&sha256(ORIGIN)));
    let other_root = |size: u64| {
        let other = Checkpoint { origin: ORIGIN.into(), size, root: [9; 32], extensions: String::new() };
        let checkpoint = SignedCheckpoint::sign(other, &log);
        ledger::AddCheckpoint { old_size: 5, proof: vec![], checkpoint }.print().into_bytes()
    };
    let stranger = SignerKey::new("unknown.example", KeyKind::Log, &[4; 32]).unwrap();
    let unknown = Checkpoint { origin: "unknown.example".into(), ..signed(5, &log).checkpoint().clone() };
    let unknown = SignedCheckpoint::sign(unknown, &stranger);
    let unknown = ledger::AddCheckpoint { old_size: 0, proof: vec![], checkpoint: unknown }.print().into_bytes();
    hold(
        &witness,
        vec![
            ("GET", &latest, &[], vec![], 404),
            ("POST", "/add-checkpoint", &[], vec![], 400),
            ("POST", "/add-checkpoint", &[], b"old 0\n\nnonsense\n".to_vec(), 400),
            ("POST", "/add-checkpoint", &[], vec![b'a'; 40_000], 413),
            ("POST", "/add-checkpoint", &[], unknown, 404),
            ("POST", "/add-checkpoint", &[], asking(0, 5, &log_key(2)), 403),
            ("POST", "/add-checkpoint", &[], asking(0, 5, &log), 200),
            ("POST", "/add-checkpoint", &[], asking(5, 5, &log), 200),
            ("POST", "/add-checkpoint", &[], other_root(5), 422),
            ("POST", "/add-checkpoint", &[], other_root(7), 422),
            ("GET", "/add-checkpoint", &[], vec![], 405),
            ("POST", &latest, &[], vec![], 405),
            ("GET", &latest, &[], vec![], 200),
            ("GET", "/0123/checkpoint", &[], vec![], 404),
            ("GET", "/health", &[], vec![], 200),
            ("GET", "/metrics", &[], vec![], 200),
            ("GET", "/", &[], vec![], 404),
        ],
    );
    let conflict = ask(&witness.address, "POST", "/add-checkpoint", &[], &asking(0, 6, &log));
    assert_eq!((conflict.status, conflict.body.as_str()), (409, "5\n"));
    assert_eq!(conflict.header("content-type").as_deref(), Some("text/x.tlog.size"));

    // What it cosigned verifies, and it remembers over a hard end.
    let cosigned = ask(&witness.address, "POST", "/add-checkpoint", &[], &asking(5, 8, &log));
    let mut note = signed(8, &log);
    note.add(seal::tlog::SignatureLine::parse(cosigned.body.trim_end_matches('\n')).unwrap());
    let witness_key = seal::tlog::VerifierKey::parse(witness_key.trim_end()).unwrap();
    assert!(matches!(note.cosigned_by(&witness_key), seal::tlog::Cosigned::At(1..)));
    assert_eq!(ask(&witness.address, "GET", &latest, &[], b"").body, note.print());
    witness.kill();
    let witness = Role::start(&args);
    let back = ask(&witness.address, "POST", "/add-checkpoint", &[], &asking(0, 5, &log));
    assert_eq!((back.status, back.body.as_str()), (409, "8\n"), "it never signs backwards");
    assert_eq!(witness.stop(), Some(0));

    // A witness whose memory is gone does not begin a new one.
    std::fs::remove_file(&state).unwrap();
    let refused = expect(&args, 2);
    assert!(refused.contains("hint: ") && refused.contains("must not forget"), "{refused}");
}

fn sha256(text: &str) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(text).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
