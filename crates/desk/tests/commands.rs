//! `init`, `check` and `token` under wrong words, wrong files and odd surroundings: one line, one hint, one exit code.
//!
//! Not what they do when all is right (`lifecycle.rs`, `audits.rs`). Invariants: nothing is made by a command that fails; secrets are
//! for their owner alone whatever the umask, and what is public may be read.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use harness::{ORIGIN, Site, Witnessing, run, text};

/// The one line of a command that fails for this reason.
fn refused(args: &[&str], words: &str) {
    let output = run(args);
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((output.status.code(), lines.len(), output.stdout.len()), (Some(2), 2, 0), "{args:?}: {said}");
    assert!(lines[0].starts_with("counterpartd: ") && lines[0].contains(words), "{args:?}: {said}");
    assert!(lines[1].starts_with("hint: ") && lines[1].len() > 12, "{args:?}: {said}");
    assert!(lines[0].len() < 600, "{said}");
}

fn mode(path: &str) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn secrets_are_for_their_owner_and_the_policy_for_everybody() {
    for (umask, policy) in [("000", 0o644), ("022", 0o644), ("077", 0o600)] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (data, lock, key, tokens) = (path("data"), path("lock"), path("log.key"), path("tokens"));
        let (witness_key, witness_state, seen) = (path("witness.key"), path("witness.state"), path("seen"));
        let (trust, other_key, other_state) = (path("trust.policy"), path("other.key"), path("other.state"));
        for args in [
            &[
                "init",
                "--data",
                &data,
                "--lock",
                &lock,
                "--origin",
                ORIGIN,
                "--key",
                &key,
                "--witness-key",
                &witness_key,
            ][..],
            &["token", "--tokens", &tokens, "--name", "one"],
            &["init-witness", "--name", "w.example", "--key", &other_key, "--state", &other_state],
            &["check", "--log", &data, "--policy", &trust, "--state", &seen],
        ] {
            let witnessed = ["--witness-state", &witness_state];
            let args = [args, &witnessed[..if args[0] == "init" { 2 } else { 0 }]].concat();
            let mut command = Command::new("sh");
            command.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_counterpartd")]);
            let output = command.args(&args).output().unwrap();
            // Of the new log nothing is witnessed yet, and a check says so.
            let expected = if args[0] == "check" { 1 } else { 0 };
            assert_eq!(output.status.code(), Some(expected), "{args:?}: {}", text(&output.stderr));
        }
        for secret in [&key, &witness_key, &witness_state, &tokens, &seen, &other_key, &other_state] {
            assert_eq!(mode(secret), 0o600, "{secret} under {umask}");
        }
        assert_eq!(mode(&trust), policy, "under {umask}");
    }
}

#[test]
fn init_refuses_what_cannot_be_right_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("file"), "x").unwrap();
    std::fs::create_dir(path("there")).unwrap();
    let long = "a".repeat(100_000);
    let (good, before) = (["data", "lock", "log.key", "trust.policy"].map(path), files(folder.path()));
    for (flag, value, words) in [
        ("--key", path("file"), "is there already"),
        ("--key", path("there"), "is there already"),
        ("--key", path("missing/key"), "no such folder"),
        ("--key", path("file/key"), "not a directory"),
        ("--key", String::new(), "a value is required for"),
        ("--key", path("trust.policy"), "it is named for two things"),
        ("--key", path("there/../lock"), "it is named for two things"),
        ("--key", path("data/log.key"), "no such folder"),
        ("--policy", path("file"), "is there already"),
        ("--policy", path("log.key"), "it is named for two things"),
        ("--lock", path("data/lock"), "would be restored"),
        ("--lock", path("missing/lock"), "lock"),
        ("--lock", path("there"), "lock"),
        ("--data", path("file"), "not a folder"),
        ("--data", path("file/data"), "not a folder"),
        ("--data", String::new(), "the data: an empty path"),
        ("--data", path("lock"), "it is named for two things"),
        ("--data", "s3://".into(), "not the name of a bucket and a prefix"),
        ("--origin", String::new(), "this is no name of a key"),
        ("--origin", "a b".into(), "this is no name of a key"),
        ("--origin", "a+b".into(), "this is no name of a key"),
        ("--origin", "a\nb".into(), "this is no name of a key"),
        ("--origin", "a\u{202e}b".into(), "this is no name of a key"),
        ("--origin", long.clone(), "this is no name of a key"),
        ("--witness-key", path("w.key"), "--witness-state"),
    ] {
        let mut args = vec!["init", "--data", &good[0], "--lock", &good[1], "--key", &good[2], "--policy", &good[3]];
        args.extend(["--origin", ORIGIN]);
        match args.iter().position(|arg| *arg == flag) {
            Some(at) => args[at + 1] = &value,
            None => args.extend([flag, &value]),
        }
        refused(&args, words);
        assert_eq!(files(folder.path()), before, "{flag} {value:.80}");
    }
    let (data, lock) = (path("there"), path("lock"));
    let (key, state) = (path("there/log.key"), path("there/w.state"));
    let policy = path("trust.policy");
    let args = ["init", "--data", &data, "--lock", &lock, "--origin", ORIGIN, "--policy", &policy, "--key"];
    refused(&[&args[..], &[key.as_str()]].concat(), "it lies in the data, which everybody reads");
    let with = [good[2].as_str(), "--witness-key", &key, "--witness-state", &state];
    refused(&[&args[..], &with].concat(), "it lies in the data, which everybody reads");
    assert_eq!(files(folder.path()), before);
}

/// What is below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path.to_str().unwrap().to_owned());
    }
    found.sort();
    found
}

#[test]
fn check_refuses_what_cannot_be_right() {
    let site = Site::new(&Witnessing::Local);
    let policy = std::fs::read_to_string(site.path("keys/trust.policy")).unwrap();
    let log = policy.lines().find(|line| line.starts_with("log ")).unwrap();
    let witness = policy.lines().find(|line| line.starts_with("witness ")).unwrap();
    let (data, trust) = (site.path("data"), site.path("keys/trust.policy"));
    for (name, bytes, words) in [
        ("empty", String::new(), "there is no quorum line"),
        ("no log", "quorum none\n".to_owned(), "there is no log in it"),
        ("unknown word", format!("{policy}watch all\n"), "line 5: `watch` is not a line of a policy"),
        ("twice", format!("{policy}{log}\n"), "line 5: the same key as `log.example/test`"),
        ("name twice", format!("{witness}\n{witness}\nquorum none\n"), "line 2: the same key as `local`"),
        ("group twice", format!("{witness}\ngroup local 1 local\nquorum local\n"), "line 2: the name `local` is taken"),
        ("two quorums", format!("{policy}quorum none\n"), "line 5: there is a second quorum line"),
        ("undefined", format!("{log}\nquorum nobody\n"), "line 2: `nobody` is not defined above"),
        ("carriage returns", policy.replace('\n', "\r\n"), "line 1: a control character (0x0d)"),
        ("escape", format!("{log}\n\u{1b}[2J\nquorum none\n"), "line 2: a control character (0x1b)"),
        ("not a key", "log a\nquorum none\n".to_owned(), "line 1: not a log's key"),
        ("a witness's", witness.replace("witness local", "log") + "\nquorum none\n", "line 1: not a log's key"),
        ("long", format!("{policy}{}", "# more\n".repeat(1_500_000)), "longer than 1 MiB"),
        ("long line", "a".repeat(1 << 20), "line 1: `"),
    ] {
        let path = site.path("policy");
        std::fs::write(&path, bytes).unwrap();
        println!("{name}");
        refused(&["check", "--log", &data, "--policy", &path], words);
    }
    std::fs::write(site.path("binary"), [0xff, 0xfe, 0, 1]).unwrap();
    let (file, folder) = (site.path("binary"), site.path("keys"));
    for (flag, value, words) in [
        ("--policy", &*file, "not a text in UTF-8"),
        ("--policy", &folder, "is a directory"),
        ("--policy", "/dev/zero", "longer than 1 MiB"),
        ("--policy", "/no/such/file", "no such file or directory"),
        ("--policy", "", "a value is required for"),
        ("--log", &file, "not a folder"),
        ("--log", "", "an empty path"),
        ("--log", "/no/such/folder", "no such file or directory"),
        ("--log", "ftp://x/", "not an http or https address"),
        ("--log", "http://", "http://: "),
        ("--log", "https://a b/", "https://a b/: "),
        ("--log", "http://x/log?a=b", "neither ? nor #"),
        ("--mirror", &file, "not a folder"),
        ("--mirror", "s3://bucket/log", "not an http or https address"),
        ("--timeout", "0s", "a span is above zero"),
        ("--timeout", "5", "a span is a number with its unit"),
        ("--nothing", "", "unexpected argument"),
    ] {
        let mut args = vec!["check", "--log", &data, "--policy", &trust];
        match args.iter().position(|arg| *arg == flag) {
            Some(at) => args[at + 1] = value,
            None => args.extend([flag, value]),
        }
        refused(&args, words);
    }
    refused(&["check", "--log", &data, "--log", &data, "--policy", &trust], "cannot be used multiple times");
    refused(&["check"], "--log");
}

#[test]
fn token_refuses_what_cannot_be_right_and_changes_nothing() {
    let site = Site::new(&Witnessing::None);
    let tokens = site.path("keys/tokens");
    let before = std::fs::read_to_string(&tokens).unwrap();
    let long = "a".repeat(100_000);
    for (name, words) in [
        ("test", "this name or token is there already"),
        ("", "a name has"),
        ("a b", "a name has"),
        ("#a", "a name has"),
        ("a\n", "a name has"),
        (&long, "a name has"),
    ] {
        refused(&["token", "--tokens", &tokens, "--name", name], words);
        assert_eq!(std::fs::read_to_string(&tokens).unwrap(), before);
    }
    for (name, bytes, words) in [
        ("binary", &b"\xff\xfe\0\x01"[..], "not a text in UTF-8"),
        ("another file", b"log: yes", "line 1: the digest is not 64 hexadecimal digits"),
        ("big", &[b'#'; 2 << 20], "longer than 1 MiB"),
    ] {
        let path = site.path("bad");
        std::fs::write(&path, bytes).unwrap();
        println!("{name}");
        refused(&["token", "--tokens", &path, "--name", "x"], words);
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
    for (path, words) in [
        (site.path("keys"), "is a directory"),
        (site.path("missing/tokens"), "no such file or directory"),
        (String::new(), "a value is required for"),
        ("/dev/zero".to_owned(), "longer than 1 MiB"),
    ] {
        refused(&["token", "--tokens", &path, "--name", "x"], words);
    }
    // Line ends of another system, and no line end at the end: both are read, and what is added stands alone.
    let odd = site.path("odd");
    std::fs::write(&odd, before.trim_end().replace("test", "other") + "\r\n# a line\r").unwrap();
    harness::expect(&["token", "--tokens", &odd, "--name", "x"], 0);
    refused(&["token", "--tokens", &odd, "--name", "other"], "this name or token is there already");

    // Many at once: each has its token, none twice.
    let many = site.path("many");
    std::thread::scope(|scope| {
        for number in 0..12 {
            let many = &many;
            scope.spawn(move || {
                let output = run(&["token", "--tokens", many, "--name", &format!("p{}", number / 2)]);
                assert!(matches!(output.status.code(), Some(0 | 2)), "{}", text(&output.stderr));
            });
        }
    });
    let lines = std::fs::read_to_string(&many).unwrap();
    let mut names: Vec<&str> = lines.lines().map(|line| line.split(' ').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["p0", "p1", "p2", "p3", "p4", "p5"]);
}
