//! Discs that somebody made to deceive: every checksum is right, and another system would show other things than Linux.
//!
//! Not accidents (`discs.rs`). Invariants: each forgery is a whole image, made by xorriso or changed here with its checksums
//! computed anew; each is called altered, in words that say what it is, and none is ever burned.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use md5::{Digest as _, Md5};
use serde_json::Value;
use support::sound::{self, Shape};
use support::{Bench, RECORDING, need, run};

const SHAPE: Shape = Shape { rate_hz: 8_000, bits: 16, tracks: 2, millis: 3_000 };
const BLOCK: usize = 2_048;

/// A copy with its papers in `a`, another recording with its own in `other`, and the image of the first.
fn bench() -> Bench {
    need(&[("sox", "sox"), ("xorriso", "xorriso")]);
    let bench = Bench::default();
    sound::write(&bench.path(""), "in.wav", SHAPE);
    for (a, b) in [("a", "b"), ("other", "other-b")] {
        for folder in [a, b] {
            std::fs::create_dir_all(bench.path(folder)).unwrap();
        }
        let made = run(&mut bench.counterpart(&["record", "--input", "in.wav", "--copy", a, "--copy", b]));
        assert_eq!(made.code, Some(0), "{made:?}");
        assert_eq!(run(&mut bench.counterpart(&["receipt", a, "-o", a])).code, Some(0));
    }
    let done = run(&mut bench.counterpart(&["disc", "make", "a", "-o", "a.iso"]));
    assert_eq!(done.code, Some(0), "{done:?}");
    bench
}

/// What `disc verify` says of it; it is never burned.
fn judged(bench: &Bench, name: &str) -> (i32, Value) {
    let done = run(&mut bench.counterpart(&["disc", "verify", "--json", name]));
    let said: Value = serde_json::from_str(&done.out).unwrap_or_else(|err| panic!("{err}: {done:?}"));
    if done.code != Some(0) {
        let burned = run(&mut bench.counterpart(&["disc", "burn", name, "--drive", "stdio:never"]));
        assert_eq!(burned.code, Some(2), "{name}: {burned:?}");
        burned.one_clear_line().unwrap();
        assert!(!bench.path("never").exists());
    }
    (done.code.unwrap(), said["discs"][0].clone())
}

fn is_altered(bench: &Bench, name: &str, because: &str) {
    let (code, said) = judged(bench, name);
    let faults = said["faults"].to_string();
    println!("{name:<24} {faults}");
    assert!(code == 1 && said["disc"] == "altered" && faults.contains(because), "{name}: {code} {said}");
}

/// An image as `disc make` would have it made, of a folder as it is.
fn image(bench: &Bench, folder: &str, name: &str, more: &[&str]) {
    let plain = std::fs::read(bench.path("a.iso")).unwrap();
    let label = String::from_utf8_lossy(&plain[16 * BLOCK + 40..16 * BLOCK + 72]).trim().to_owned();
    let mut xorriso = std::process::Command::new("xorriso");
    xorriso.args(["-no_rc", "-as", "mkisofs", "-quiet", "-volid", &label, "-iso-level", "3", "-r", "--md5"]);
    xorriso.args(more).args(["-no-pad", "-o", name, folder]).current_dir(bench.path(""));
    let made = run(&mut xorriso);
    assert_eq!(made.code, Some(0), "{made:?}");
    let file = std::fs::OpenOptions::new().write(true).open(bench.path(name)).unwrap();
    file.set_len(file.metadata().unwrap().len().next_multiple_of(64 << 10)).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Computes every checksum page anew, as a forger would.
fn sealed_again(mut image: Vec<u8>) -> Vec<u8> {
    let hex = |bytes: &[u8]| Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let pages: Vec<usize> = (0..image.len() / BLOCK).map(|block| block * BLOCK).collect();
    for at in pages {
        if !image[at..].starts_with(b"libisofs_") {
            continue;
        }
        let page = String::from_utf8_lossy(&image[at..at + BLOCK]).into_owned();
        let place = page.split(" md5=").next().unwrap();
        let text = format!("{place} md5={}", hex(&image[..at]));
        let line = format!("{text} self={}\n", hex(text.as_bytes()));
        image[at..at + BLOCK].fill(0);
        image[at..at + line.len()].copy_from_slice(line.as_bytes());
    }
    image
}

/// Where the record of a file is in the directory for Linux or, in wide letters, for Windows.
fn record(image: &[u8], name: &str, is_wide: bool) -> usize {
    let name: Vec<u8> = match is_wide {
        true => name.bytes().flat_map(|byte| [0, byte]).collect(),
        false => [name.to_uppercase().replace('-', "_").as_bytes(), b";1"].concat(),
    };
    image.windows(name.len()).position(|bytes| bytes == name).unwrap() - 33
}

fn put32(image: &mut [u8], at: usize, number: u32) {
    image[at..at + 4].copy_from_slice(&number.to_le_bytes());
    image[at + 4..at + 8].copy_from_slice(&number.to_be_bytes());
}

#[test]
fn a_disc_that_shows_other_files_elsewhere_is_altered() {
    let bench = bench();
    let bytes = std::fs::read(bench.path("a.iso")).unwrap();
    let good: &'static [u8] = Vec::leak(bytes);
    assert!(sealed_again(good.to_vec()) == good);
    let page = |kind: u8| {
        (16..20)
            .map(|block| block * BLOCK)
            .find(|at| good[*at] == kind && good[at + 1..].starts_with(b"CD001"))
            .unwrap()
    };
    let (primary, joliet) = (page(1), page(2));
    let block_of = |at: usize| u32::from_le_bytes(good[at..at + 4].try_into().unwrap()) as usize * BLOCK;
    let windows = record(good, RECORDING, true);
    let linux = record(good, RECORDING, false);
    let read_me = record(good, "read-me.txt", true);
    let entries = linux + 33 + "RECORDING.FLAC;1".len() + 1;
    let mode = linux + good[linux..].windows(2).position(|bytes| bytes == b"PX").unwrap();
    type Change = Box<dyn Fn(&mut Vec<u8>)>;
    let changes: Vec<(&str, &str, Change)> = vec![
        ("windows-other-sound", "Windows shows other files", Box::new(move |image| put32(image, windows + 10, 9_000))),
        (
            "windows-other-place",
            "Windows shows other files",
            Box::new(move |image| {
                let at = u32::from_le_bytes(image[read_me + 2..read_me + 6].try_into().unwrap());
                put32(image, windows + 2, at);
            }),
        ),
        ("windows-hidden", "hidden or special", Box::new(move |image| image[windows + 25] = 1)),
        ("windows-two-orders", "a record", Box::new(move |image| image[windows + 17] ^= 1)),
        ("attributes-before", "a record", Box::new(move |image| image[windows + 1] = 1)),
        (
            "windows-folders",
            "tables of folders",
            Box::new(move |image| {
                let table = block_of(joliet + 140);
                image[table + 2] += 1;
            }),
        ),
        (
            "mac-folders",
            "tables of folders",
            Box::new(move |image| {
                let table =
                    u32::from_be_bytes(image[primary + 148..primary + 152].try_into().unwrap()) as usize * BLOCK;
                image[table + 5] += 1;
            }),
        ),
        ("linux-compressed", "Linux", Box::new(move |image| image[mode..mode + 2].copy_from_slice(b"ZF"))),
        ("linux-link", "link", Box::new(move |image| put32(image, mode + 4, 0o120_777))),
        ("no-rock-ridge", "a record", Box::new(move |image| image[entries + 2] = 0)),
        ("two-labels", "two labels", Box::new(move |image| image[joliet + 41] ^= 1)),
        ("system-area", "before its first page", Box::new(|image| image[1_024 + 56] = 0x53)),
        ("hidden-bytes", "belongs to none", Box::new(move |image| image[block_of(read_me + 2) - 1] = 7)),
    ];
    for (name, because, change) in &changes {
        let mut image = good.to_vec();
        change(&mut image);
        std::fs::write(bench.path(name), sealed_again(image)).unwrap();
        is_altered(&bench, name, because);
    }
}

/// A folder changed before its image is made: name, what must be said, options, change.
type Forgery = (&'static str, &'static str, &'static [&'static str], Box<dyn Fn(&Path)>);

fn each_is_altered(bench: &Bench, changes: &[Forgery]) {
    for (name, because, options, change) in changes {
        let folder = bench.path(name);
        copy_folder(&bench.path("a"), &folder);
        change(&folder);
        let iso = format!("{name}.iso");
        image(bench, name, &iso, options);
        is_altered(bench, &iso, because);
    }
}

#[test]
fn other_files_beside_the_recording_are_told() {
    let bench = bench();
    image(&bench, "a", "same.iso", &["-J", "-f"]);
    assert_eq!(judged(&bench, "same.iso").0, 0, "{:?}", judged(&bench, "same.iso"));
    let hidden = bench.path("other").join(RECORDING);
    let changes: Vec<Forgery> = vec![
        ("more", "not ours: z.flac", &["-J", "-f"], {
            let hidden = hidden.clone();
            Box::new(move |folder| std::fs::copy(&hidden, folder.join("z.flac")).map(drop).unwrap())
        }),
        ("shown-to-windows", "not ours: z.flac", &["-J", "-f", "-hide-joliet", RECORDING, "-hide", "z.flac"], {
            let hidden = hidden.clone();
            Box::new(move |folder| std::fs::copy(&hidden, folder.join("z.flac")).map(drop).unwrap())
        }),
        ("shown-to-nobody", "belongs to none", &["-J", "-f", "-hide-joliet", "z.flac", "-hide", "z.flac"], {
            Box::new(move |folder| std::fs::copy(&hidden, folder.join("z.flac")).map(drop).unwrap())
        }),
        ("folder", "directory", &["-J", "-f"], Box::new(|folder| std::fs::create_dir(folder.join("deep")).unwrap())),
        (
            "link",
            "Linux",
            &["-J"],
            Box::new(|folder| {
                std::os::unix::fs::symlink(RECORDING, folder.join("link.flac")).unwrap();
            }),
        ),
        (
            "name-case",
            "two names",
            &["-J", "-f"],
            Box::new(|folder| {
                std::fs::copy(folder.join(RECORDING), folder.join("Recording.FLAC")).map(drop).unwrap();
            }),
        ),
        ("mac", "before its first page", &["-J", "-f", "-hfsplus"], Box::new(|_| {})),
        ("linux-only", "other directories", &["-f"], Box::new(|_| {})),
        ("bootable", "other directories", &["-J", "-f", "-b", "receipt.txt", "-no-emul-boot"], Box::new(|_| {})),
    ];
    each_is_altered(&bench, &changes);
}

#[test]
fn papers_of_another_recording_or_with_other_words_are_told() {
    let bench = bench();
    let other = bench.path("other");
    let changes: Vec<Forgery> = vec![
        ("other-receipt", "receipt.txt is the receipt of another file", &["-J", "-f"], {
            Box::new(move |folder| {
                std::fs::copy(other.join("receipt.txt"), folder.join("receipt.txt")).map(drop).unwrap()
            })
        }),
        (
            "changed-receipt",
            "receipt.html is not what was written",
            &["-J", "-f"],
            Box::new(|folder| {
                let path = folder.join("receipt.html");
                let page = std::fs::read_to_string(&path).unwrap();
                std::fs::write(&path, page.replace("Complete:", "Redacted:")).unwrap();
            }),
        ),
        (
            "no-papers",
            "no receipt",
            &["-J", "-f"],
            Box::new(|folder| {
                for name in ["receipt.txt", "receipt.html", "read-me.txt", "read-me.html"] {
                    std::fs::remove_file(folder.join(name)).unwrap();
                }
            }),
        ),
        (
            "one-paper-less",
            "read-me.txt is missing",
            &["-J", "-f"],
            Box::new(|folder| {
                std::fs::remove_file(folder.join("read-me.txt")).unwrap();
            }),
        ),
    ];
    each_is_altered(&bench, &changes);
}

#[test]
fn papers_of_another_version_are_a_note_and_no_fault() {
    let bench = bench();
    let folder = bench.path("later");
    copy_folder(&bench.path("a"), &folder);
    for name in ["receipt.txt", "read-me.html"] {
        let path = folder.join(name);
        let page = std::fs::read_to_string(&path).unwrap();
        let own = concat!("Counterpart ", env!("CARGO_PKG_VERSION"));
        assert!(page.contains(own), "{page}");
        std::fs::write(&path, page.replace(own, "Counterpart 99.0.1")).unwrap();
    }
    image(&bench, "later", "later.iso", &["-J", "-f"]);
    let (code, said) = judged(&bench, "later.iso");
    let notes = said["notes"].to_string();
    assert!(code == 0 && said["disc"] == "whole" && notes.contains("Counterpart 99.0.1"), "{said}");
}
