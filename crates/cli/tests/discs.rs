//! Discs through the real program and xorriso: the same image from the same copy, two discs at once, every flipped byte found.
//!
//! Not real drives: `stdio:FILE` stands for them. Invariants: discs are compared here by the test itself as well; a place is
//! judged by what lies there (a recording, a paper, the directory, the checksum, the padding).

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::PathBuf;

use serde_json::Value;
use support::sound::{self, Shape};
use support::{Bench, Done, all, need, run, shown};

const SHAPE: Shape = Shape { rate_hz: 8_000, bits: 16, tracks: 2, millis: 3_000 };
const BLOCK: usize = 2_048;

/// Two copies, and the image of one of them.
fn imaged() -> Bench {
    need(&[("sox", "sox"), ("xorriso", "xorriso")]);
    let bench = Bench::default();
    sound::write(&bench.path(""), "in.wav", SHAPE);
    let done = run(&mut bench.record("in.wav", &[]));
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = run(&mut bench.counterpart(&["disc", "make", "a", "-o", "a.iso"]));
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
    bench
}

fn burn(bench: &Bench, drives: &[&str]) -> Done {
    let drives: Vec<&str> = drives.iter().flat_map(|drive| ["--drive", *drive]).collect();
    run(&mut bench.counterpart(&[&["disc", "burn", "a.iso"], &drives[..]].concat()))
}

/// What `disc verify --json` says of these, and its exit code.
fn judged(bench: &Bench, discs: &[&str]) -> Result<(i32, Value), String> {
    let done = run(&mut bench.counterpart(&[&["disc", "verify", "--json"], discs].concat()));
    let said = serde_json::from_str(&done.out).map_err(|err| format!("{err}: {done:?}"))?;
    Ok((done.code.ok_or("killed")?, said))
}

#[test]
fn the_same_copy_gives_the_same_image() {
    let bench = imaged();
    let mut again = bench.counterpart(&["disc", "make", "b", "-o", "b.iso"]);
    let again = run(again.env("TZ", "Asia/Tokyo").env("LC_ALL", "cy_GB.UTF-8"));
    assert_eq!(again.code, Some(0), "{again:?}");
    let [a, b] = ["a.iso", "b.iso"].map(|name| std::fs::read(bench.path(name)).unwrap());
    assert!(a == b && a.len() % (64 << 10) == 0);
}

#[test]
fn two_discs_are_equal_and_the_words_are_said_of_no_others() {
    let bench = imaged();
    let done = burn(&bench, &["stdio:one", "stdio:two"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
    assert!(done.out.contains("You may choose either."), "{done:?}");
    let image = std::fs::read(bench.path("a.iso")).unwrap();
    for disc in ["one", "two"] {
        assert!(std::fs::read(bench.path(disc)).unwrap() == image, "{disc}");
    }
    let (code, said) = judged(&bench, &["one", "two"]).unwrap();
    assert_eq!((code, &said["pairs"][0]["equal"]), (0, &Value::Bool(true)), "{said}");
    assert_eq!(said["discs"][0]["recording"]["outcome"], "complete", "{said}");
    // One drive only.
    let done = burn(&bench, &["stdio:three"]);
    assert!(done.code == Some(0) && !done.out.contains("either"), "{done:?}");
}

#[test]
fn a_drive_that_fails_leaves_the_other_alone() {
    let bench = imaged();
    let done = burn(&bench, &["stdio:missing/one", "stdio:two"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("NOT BURNED") && !done.out.contains("either"), "{done:?}");
    assert!(std::fs::read(bench.path("two")).unwrap() == std::fs::read(bench.path("a.iso")).unwrap());
}

#[test]
fn without_xorriso_one_line_says_so() {
    let bench = imaged();
    for args in [&["disc", "make", "b", "-o", "b.iso"][..], &["disc", "burn", "a.iso", "--drive", "stdio:one"]] {
        let done = run(bench.counterpart(args).env("PATH", "/nonexistent"));
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.err.contains("xorriso is not installed"), "{done:?}");
        done.one_clear_line().unwrap();
    }
    assert!(!bench.path("b.iso").exists() && !bench.path("one").exists());
    // Checking needs it only to name the files that are damaged.
    let done = run(bench.counterpart(&["disc", "verify", "a.iso"]).env("PATH", "/nonexistent"));
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// One flipped bit: where it is, and what must be said of the recording then.
#[derive(Debug)]
struct Flip {
    at: usize,
    what: &'static str,
    recording_holds: bool,
}

/// Places of every kind, found by what stands there.
fn flips(image: &[u8]) -> Vec<Flip> {
    let find = |what: &[u8]| image.windows(what.len()).position(|bytes| bytes == what).unwrap();
    let flac = find(b"fLaC");
    let read_me = find(b"HOW TO PLAY");
    let tag = image.chunks(BLOCK).rposition(|block| block.starts_with(b"libisofs_checksum_tag_v1")).unwrap() * BLOCK;
    let mut flips = Vec::new();
    let mut add = |at: usize, what, recording_holds| flips.push(Flip { at, what, recording_holds });
    for at in [0, 512, 32_767] {
        add(at, "system area", true);
    }
    for at in [32_768 + 300, 16 * BLOCK + 813] {
        add(at, "volume descriptor", true);
    }
    for at in [read_me, read_me + 700] {
        add(at, "read-me", true);
    }
    add(find(b"RECEIPT FOR"), "receipt", true);
    // The end of a paper's last block, which no file has.
    add((read_me + 4_000).next_multiple_of(BLOCK) - 1, "between files", true);
    (1..12).for_each(|part| add(flac + 9_000 + part * 4_000, "recording", false));
    add(tag + 30, "checksum", true);
    add(tag + 100, "checksum", true);
    add(tag + BLOCK - 1, "checksum's page", true);
    for at in [tag + BLOCK, image.len() - 1] {
        add(at, "padding", true);
    }
    flips
}

#[test]
fn one_flipped_byte_is_found_wherever_it_is() {
    let bench = imaged();
    assert_eq!(burn(&bench, &["stdio:one", "stdio:two"]).code, Some(0));
    let good = std::fs::read(bench.path("one")).unwrap();
    let flips = flips(&good);
    all(2, &flips, |flip| {
        let name = format!("flip-{}", flip.at);
        let path: PathBuf = bench.path(&name);
        let mut bytes = good.clone();
        bytes[flip.at] ^= 0x10;
        std::fs::write(&path, bytes).unwrap();
        // Alone, and beside the other disc.
        let (alone, said) = judged(&bench, &[&name])?;
        let (pair, both) = judged(&bench, &["two", &name])?;
        let disc = &said["discs"][0];
        println!("{:>8} {:<18} {}", flip.at, flip.what, disc["faults"]);
        let outcome = disc["recording"]["outcome"].as_str().unwrap_or_default();
        let place = both["pairs"][0]["places"][0].as_str().unwrap_or_default();
        let right = alone == 1
            && pair == 1
            && disc["disc"] == "damaged"
            && (outcome == "complete") == flip.recording_holds
            && both["pairs"][0]["differing_bytes"] == 1
            && place.starts_with(&format!("byte {},", flip.at));
        std::fs::remove_file(path).unwrap();
        if right { Ok(()) } else { Err(format!("{said} {both}")) }
    });
}

#[test]
fn a_disc_that_is_short_or_longer_is_damaged_and_other_files_are_no_discs() {
    let bench = imaged();
    let good = std::fs::read(bench.path("a.iso")).unwrap();
    let cut = good.len() - 1;
    for (name, bytes, code) in [
        ("short", good[..cut].to_vec(), 1),
        ("half", good[..good.len() / 2].to_vec(), 1),
        ("longer", [&good[..], b"x"].concat(), 1),
        ("empty", Vec::new(), 2),
        ("noise", vec![0x5a; 100_000], 2),
    ] {
        std::fs::write(bench.path(name), bytes).unwrap();
        let (found, said) = judged(&bench, &[name]).unwrap();
        assert_eq!(found, code, "{name}: {said}");
        let refused = run(&mut bench.counterpart(&["disc", "burn", name, "--drive", "stdio:never"]));
        assert_eq!(refused.code, Some(2), "{refused:?}");
        refused.one_clear_line().unwrap();
        assert!(!bench.path("never").exists());
    }
    assert_eq!(judged(&bench, &[shown(&bench.path("a"))]).unwrap().0, 2);
}

/// A program in the place of xorriso, which does something at each call and then calls it.
fn meddled(bench: &Bench, script: &str) -> std::ffi::OsString {
    use std::os::unix::fs::PermissionsExt;
    let real = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&real).map(|dir| dir.join("xorriso")).find(|path| path.is_file()).unwrap();
    let folder = bench.path("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("xorriso");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\nexec {} \"$@\"\n", found.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&real))).unwrap()
}

#[test]
fn an_image_that_is_exchanged_between_check_and_burning_is_found() {
    let bench = imaged();
    let done = run(&mut bench.counterpart(&["disc", "make", "b", "-o", "good.iso"]));
    assert_eq!(done.code, Some(0), "{done:?}");
    let good = std::fs::read(bench.path("good.iso")).unwrap();
    // Another file under its name; and the same file, written to.
    for change in ["cp bad.iso new.iso && mv new.iso a.iso", "cat bad.iso > a.iso"] {
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(bench.path("bad.iso"), bad).unwrap();
        std::fs::write(bench.path("a.iso"), &good).unwrap();
        let path = meddled(&bench, &format!("case \"$*\" in *cdrecord*) {change};; esac"));
        let mut command = bench.counterpart(&["disc", "burn", "a.iso", "--drive", "stdio:one", "--drive", "stdio:two"]);
        let done = run(command.env("PATH", path));
        assert!(done.code == Some(1) && !done.out.contains("either"), "{change}: {done:?}");
        assert!(!bench.path("one").exists() && !bench.path("two").exists(), "{change}: {done:?}");
    }
}

#[test]
fn a_burning_or_making_that_is_killed_leaves_nothing_that_looks_whole() {
    let bench = imaged();
    let is_left = || {
        let entries = std::fs::read_dir(bench.path("")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut left: Vec<String> = names.filter(|name| name.starts_with("one") || name.starts_with("b.iso")).collect();
        left.extend(std::fs::read_dir(bench.path("tmp")).unwrap().map(|entry| format!("{:?}", entry.unwrap().path())));
        left
    };
    std::fs::create_dir(bench.path("tmp")).unwrap();
    for (signal, args) in [
        ("TERM", &["disc", "burn", "a.iso", "--drive", "stdio:one"][..]),
        ("INT", &["disc", "make", "b", "-o", "b.iso"]),
        ("KILL", &["disc", "burn", "a.iso", "--drive", "stdio:one"]),
    ] {
        // It is killed while xorriso writes; that waits until its parent is gone.
        let script = format!(
            "case \"$*\" in *cdrecord*|*mkisofs*) kill -{signal} $PPID; while kill -0 $PPID 2>/dev/null; do :; done; exit 1;; esac"
        );
        let path = meddled(&bench, &script);
        let done = run(bench.counterpart(args).env("PATH", path).env("TMPDIR", bench.path("tmp")));
        assert_eq!(done.code, None, "{done:?}");
        let left = is_left();
        match signal {
            "KILL" => assert_eq!(left, ["one.part"]),
            _ => assert_eq!(left, Vec::<String>::new(), "{signal}"),
        }
    }
    let again = burn(&bench, &["stdio:one"]);
    assert!(again.code == Some(1) && again.out.contains("one.part exists already"), "{again:?}");
}
