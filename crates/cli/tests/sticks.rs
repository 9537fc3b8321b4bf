//! Two sticks through the real program: equal or not, full, taken away, on one device, the office's encrypted.
//!
//! Not real sticks: each is a small tmpfs in a private namespace, for which a test starts itself again inside bubblewrap.
//! Invariants: whatever fails, no half file has a final name; "you may choose either" is said of equal sticks only.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/schema.rs"]
mod schema;
mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::sound::{self, Shape};
use support::{Bench, Done, RECORDING, need, run};

const SHAPE: Shape = Shape { rate_hz: 16_000, bits: 16, tracks: 2, millis: 4_000 };
const SIZE_BYTES: u64 = 2 << 20;
const INSIDE: &str = "COUNTERPART_TEST_STICKS";

/// Runs the body inside a namespace where `one` and `two` are file systems of their own.
fn with_sticks(test: &str, body: impl FnOnce(&Bench)) {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sticks").join(test);
    if std::env::var_os(INSIDE).is_some() {
        return body(&Bench::at(root));
    }
    need(&[("bwrap", "bubblewrap"), ("sox", "sox")]);
    let _ = std::fs::remove_dir_all(&root);
    let bench = Bench::at(root);
    sound::write(&bench.path(""), "in.wav", SHAPE);
    assert_eq!(run(&mut bench.record("in.wav", &[])).code, Some(0));
    let mut inside = Command::new("bwrap");
    inside.args(["--dev-bind", "/", "/"]);
    for name in ["one", "two"] {
        std::fs::create_dir(bench.path(name)).unwrap();
        inside.args(["--size", &SIZE_BYTES.to_string(), "--tmpfs"]).arg(bench.path(name));
    }
    inside.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
    let result = run(inside.stdin(Stdio::null()));
    print!("{}", result.out);
    assert!(result.code == Some(0) && result.out.contains("1 passed"), "{}{}", result.out, result.err);
}

fn make(bench: &Bench, more: &[&str]) -> Done {
    run(&mut bench.counterpart(&[&["stick", "make", "a"], more].concat()))
}

fn verify(bench: &Bench, more: &[&str]) -> Done {
    run(&mut bench.counterpart(&[&["stick", "verify", "one", "two"], more].concat()))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn both_are_equal_and_any_change_is_found() {
    with_sticks("both_are_equal_and_any_change_is_found", |bench| {
        // Nothing is not the same as nothing.
        let nothing = verify(bench, &["--json"]);
        let has = ["/same = false", "/exit = 2"].map(str::to_owned);
        assert_eq!(schema::check("stick-verify", &nothing.out, &has), Vec::<String>::new());
        let done = make(bench, &["--to", "one", "--to", "two"]);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
        assert!(done.out.contains("You may choose either."), "{done:?}");
        let all = ["read-me.html", "read-me.txt", "receipt.html", "receipt.txt", RECORDING];
        let mut all = all.map(str::to_owned);
        all.sort();
        for side in ["one", "two"] {
            assert_eq!(names(&bench.path(side)), all);
            let mode = bench.copy(side).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(std::fs::read(bench.copy(side)).unwrap() == std::fs::read(bench.copy("a")).unwrap());
        }
        let good = verify(bench, &[]);
        assert!(good.code == Some(0) && good.out.contains("You may choose either."), "{good:?}");
        let json = verify(bench, &["--json"]);
        let has = ["/same = true", "/recordings/1/outcome = complete"].map(str::to_owned);
        assert_eq!(schema::check("stick-verify", &json.out, &has), Vec::<String>::new());
        // Nothing is written over.
        let again = make(bench, &["--to", "one", "--to", "two"]);
        assert_eq!(again.code, Some(2), "{again:?}");
        again.one_clear_line().unwrap();
        for name in &all {
            let path = bench.path("two").join(name);
            let bytes = std::fs::read(&path).unwrap();
            let mut flipped = bytes.clone();
            flipped[bytes.len() - 20] ^= 1;
            std::fs::write(&path, flipped).unwrap();
            let bad = verify(bench, &[]);
            assert!(bad.code == Some(1) && bad.out.contains(&format!("DIFFER: {name}")), "{bad:?}");
            assert!(!bad.out.contains("choose"), "{bad:?}");
            std::fs::remove_file(&path).unwrap();
            let gone = verify(bench, &[]);
            assert!(gone.code == Some(1) && gone.out.contains("only on one"), "{gone:?}");
            std::fs::write(&path, bytes).unwrap();
        }
    });
}

#[test]
fn a_stick_without_room_is_refused_before_anything_is_written() {
    with_sticks("a_stick_without_room_is_refused_before_anything_is_written", |bench| {
        std::fs::write(bench.path("two/filler"), vec![1; SIZE_BYTES as usize - 100_000]).unwrap();
        let done = make(bench, &["--to", "one", "--to", "two"]);
        assert!(done.code == Some(2) && done.err.contains("are free"), "{done:?}");
        done.one_clear_line().unwrap();
        assert_eq!((names(&bench.path("one")), names(&bench.path("two"))), (vec![], vec!["filler".to_owned()]));
    });
}

#[test]
fn a_stick_that_fails_in_the_middle_has_no_half_file() {
    need(&[("strace", "strace")]);
    with_sticks("a_stick_that_fails_in_the_middle_has_no_half_file", |bench| {
        // What was free when it was looked at is gone when it is written to; what was there is taken away.
        let part = bench.path("two").join(format!("{RECORDING}.part"));
        for error in ["ENOSPC", "EIO", "ENODEV"] {
            for call in ["write", "fsync"] {
                let mut command = Command::new("strace");
                command.args(["-f", "-qq", "-o", "/dev/null", "-P"]).arg(&part);
                command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:error={error}:when=1+")]);
                command
                    .arg(env!("CARGO_BIN_EXE_counterpart"))
                    .args(["stick", "make", "a", "--to", "one", "--to", "two"]);
                bench.at_home(&mut command);
                let done = run(&mut command);
                assert_eq!(done.code, Some(1), "{error} {call}: {done:?}");
                assert!(done.out.contains("NOT WRITTEN") && !done.out.contains("choose"), "{done:?}");
                assert_eq!(names(&bench.path("two")), Vec::<String>::new(), "{done:?}");
                assert!(std::fs::read(bench.copy("one")).unwrap() == std::fs::read(bench.copy("a")).unwrap());
                for name in names(&bench.path("one")) {
                    std::fs::remove_file(bench.path("one").join(name)).unwrap();
                }
            }
        }
    });
}

#[test]
fn the_offices_copy_is_encrypted_to_a_passphrase_or_a_key() {
    need(&[("age", "age")]);
    with_sticks("the_offices_copy_is_encrypted_to_a_passphrase_or_a_key", |bench| {
        let tool = |program: &str, args: &[&str]| {
            run(Command::new(program).args(args).current_dir(bench.path("")).stdin(Stdio::null()))
        };
        assert_eq!(tool("age-keygen", &["-o", "key.txt"]).code, Some(0));
        let key = tool("age-keygen", &["-y", "key.txt"]).out.trim().to_owned();
        let to = |key: &str| {
            let args =
                ["stick", "make", "a", "--json", "--to", "one", "--office", "two", "--encrypt-office-copy-to", key];
            run(bench.counterpart(&args).env("COUNTERPART_PASSPHRASE", "correct horse"))
        };
        let done = to(&key);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
        let has = ["/either = false", "/sticks/1/encrypted = true", "/exit = 0"].map(str::to_owned);
        assert_eq!(schema::check("stick-make", &done.out, &has), Vec::<String>::new());
        assert_eq!(names(&bench.path("two")), ["read-me.html", "read-me.txt", "recording.flac.age"]);
        // Another program opens it, and it is the recording.
        let opened = tool("age", &["-d", "-i", "key.txt", "-o", "opened.flac", "two/recording.flac.age"]);
        assert_eq!(opened.code, Some(0), "{opened:?}");
        assert!(std::fs::read(bench.path("opened.flac")).unwrap() == std::fs::read(bench.copy("a")).unwrap());
        let good = verify(bench, &["--identity", "key.txt"]);
        assert!(good.code == Some(0) && good.out.contains("encrypted"), "{good:?}");
        let closed = verify(bench, &[]);
        assert_eq!(closed.code, Some(2), "{closed:?}");
        closed.one_clear_line().unwrap();
        // One that was damaged is a difference, not something that could not be done.
        let encrypted = bench.path("two/recording.flac.age");
        let bytes = std::fs::read(&encrypted).unwrap();
        let mut flipped = bytes.clone();
        flipped[bytes.len() - 9] ^= 1;
        for damaged in [flipped, bytes[..bytes.len() - 30].to_vec(), bytes[..90].to_vec()] {
            std::fs::write(&encrypted, damaged).unwrap();
            let bad = verify(bench, &["--identity", "key.txt"]);
            assert!(bad.code == Some(1) && bad.out.contains("the encrypted copy is damaged"), "{bad:?}");
        }
        // A secret in the place of a public key is not repeated.
        let secret = std::fs::read_to_string(bench.path("key.txt")).unwrap();
        let secret = secret.lines().find(|line| line.starts_with("AGE-SECRET")).unwrap();
        let refused = to(secret);
        assert!(refused.code == Some(2) && !refused.err.contains(secret), "{refused:?}");
        for side in ["one", "two"] {
            names(&bench.path(side)).iter().for_each(|name| std::fs::remove_file(bench.path(side).join(name)).unwrap());
        }
        assert_eq!(to("passphrase").code, Some(0));
        let mut checked = bench.counterpart(&["stick", "verify", "one", "two", "--json"]);
        let good = run(checked.env("COUNTERPART_PASSPHRASE", "correct horse"));
        assert_eq!(good.code, Some(0), "{good:?}");
        let has = ["/same = true", "/encrypted = true"].map(str::to_owned);
        assert_eq!(schema::check("stick-verify", &good.out, &has), Vec::<String>::new());
        let mut wrong = bench.counterpart(&["stick", "verify", "one", "two"]);
        assert_eq!(run(wrong.env("COUNTERPART_PASSPHRASE", "wrong")).code, Some(2));
        // Whoever made the stick does not say how much memory this machine gives.
        let bytes = std::fs::read(&encrypted).unwrap();
        let line = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).nth(1).unwrap();
        assert_eq!(bytes[line - 3..line], *b" 18");
        std::fs::write(&encrypted, [&bytes[..line - 2], b"30", &bytes[line..]].concat()).unwrap();
        let mut greedy = bench.counterpart(&["stick", "verify", "one", "two"]);
        let refused = run(greedy.env("COUNTERPART_PASSPHRASE", "correct horse"));
        assert!(refused.code == Some(2) && refused.err.contains("more work"), "{refused:?}");
        refused.one_clear_line().unwrap();
    });
}

#[test]
fn two_folders_of_one_device_are_refused() {
    with_sticks("two_folders_of_one_device_are_refused", |bench| {
        for folder in ["one/x", "one/y"] {
            std::fs::create_dir(bench.path(folder)).unwrap();
        }
        let done = make(bench, &["--to", "one/x", "--to", "one/y"]);
        assert!(done.code == Some(2) && done.err.contains("same device"), "{done:?}");
        done.one_clear_line().unwrap();
        assert_eq!(names(&bench.path("one/x")), Vec::<String>::new());
        let args = ["stick", "verify", "one/x", "one/y"];
        assert_eq!(run(&mut bench.counterpart(&args)).code, Some(2));
    });
}

#[test]
fn links_and_foreign_receipts_are_found() {
    with_sticks("links_and_foreign_receipts_are_found", |bench| {
        assert_eq!(make(bench, &["--to", "one", "--to", "two"]).code, Some(0));
        let [one, two] = ["one", "two"].map(|side| bench.path(side));
        // A link to the other stick is always equal to it.
        for name in [RECORDING, "receipt.txt"] {
            let path = two.join(name);
            let bytes = std::fs::read(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(one.join(name), &path).unwrap();
            let bad = verify(bench, &[]);
            assert!(bad.code == Some(1) && bad.out.contains("DIFFER") && !bad.out.contains("choose"), "{bad:?}");
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
        assert_eq!(verify(bench, &[]).code, Some(0));
        // The same on both, and of another recording, or with other words.
        let page = std::fs::read_to_string(one.join("receipt.txt")).unwrap();
        // A line of copy words may be as long as a digest.
        let is_digest = |line: &&str| line.len() == 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digest = page.lines().map(str::trim).find(is_digest).unwrap().to_owned();
        let other = page.replace(&digest, &"0".repeat(64));
        for (forged, words) in [(other, "another file"), (page.replace("Complete", "Redacted"), "not what was written")]
        {
            for side in [&one, &two] {
                std::fs::write(side.join("receipt.txt"), &forged).unwrap();
            }
            let bad = verify(bench, &[]);
            assert!(bad.code == Some(1) && bad.out.contains(words) && !bad.out.contains("choose"), "{bad:?}");
            let json = verify(bench, &["--json"]);
            let has = ["/same = true", "/exit = 1"].map(str::to_owned);
            assert_eq!(schema::check("stick-verify", &json.out, &has), Vec::<String>::new());
        }
    });
}

#[test]
fn what_a_killed_run_left_is_told_at_once_and_a_told_one_leaves_nothing() {
    need(&[("strace", "strace")]);
    with_sticks("what_a_killed_run_left_is_told_at_once_and_a_told_one_leaves_nothing", |bench| {
        let part = bench.path("two").join(format!("{RECORDING}.part"));
        let sides = || ["one", "two"].map(|side| names(&bench.path(side))).concat();
        for signal in ["TERM", "INT", "KILL"] {
            let mut command = Command::new("strace");
            command.args(["-f", "-qq", "-o", "/dev/null", "-P"]).arg(&part);
            command.args(["-e", "trace=fsync", "-e", &format!("inject=fsync:signal={signal}")]);
            command.arg(env!("CARGO_BIN_EXE_counterpart")).args(["stick", "make", "a", "--to", "one", "--to", "two"]);
            bench.at_home(&mut command);
            let done = run(&mut command);
            // A request to end may come too late: then everything is there. A kill never does.
            let is_whole = done.code == Some(0) && done.out.contains("choose");
            assert!(done.code.is_none() || (signal != "KILL" && is_whole), "{done:?}");
            let left = sides();
            assert!(signal == "KILL" || !left.iter().any(|name| name.ends_with(".part")), "{signal}: {left:?}");
            for copy in ["one", "two"].map(|side| bench.copy(side)).iter().filter(|copy| copy.exists()) {
                assert!(std::fs::read(copy).unwrap() == std::fs::read(bench.copy("a")).unwrap(), "{signal}");
            }
            for side in ["one", "two"].map(|side| bench.path(side)) {
                for name in names(&side).iter().filter(|name| !name.ends_with(".part")) {
                    std::fs::remove_file(side.join(name)).unwrap();
                }
            }
        }
        let left = sides();
        let again = make(bench, &["--to", "one", "--to", "two"]);
        assert_eq!(again.code, Some(2), "{again:?}");
        again.one_clear_line().unwrap();
        assert!(left.iter().all(|name| again.err.contains(name.as_str())), "{left:?}: {again:?}");
        assert!(again.err.contains("counterpart recover "), "{again:?}");
        assert_eq!(sides(), left);
    });
}
