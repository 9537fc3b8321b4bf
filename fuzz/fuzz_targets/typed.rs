//! Any bytes as what a person writes for the program: times, an `--about` file, a device's key file and public key.
//!
//! First byte of an input: 0 the rest is a range of times; 1 an `--about` file; 2 a key file; 3 a public key. A key file behind a
//! passphrase is not tried here, for each would take a second: `cargo xtask faults age` does. Promises: what is refused is refused in
//! one line with a hint, safe for a terminal; what is a time is shown as one; what is a key is written as it was read.
#![no_main]

#[path = "../../crates/cli/src/about.rs"]
#[allow(dead_code)]
mod about;
#[path = "../../crates/cli/src/error.rs"]
#[allow(dead_code)]
mod error;
#[path = "../../crates/cli/src/files.rs"]
#[allow(dead_code)]
mod files;
#[path = "../../crates/cli/src/keyfile.rs"]
#[allow(dead_code)]
mod keyfile;
#[path = "../../crates/cli/src/text.rs"]
#[allow(dead_code)]
mod text;
#[path = "../../crates/cli/src/time.rs"]
#[allow(dead_code)]
mod time;

use libfuzzer_sys::fuzz_target;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::LazyLock;
use time::{Moment, Span};

static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("counterpart-fuzz-typed-{}", std::process::id()))
});

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    match mode % 4 {
        0 => times(bytes),
        1 => {
            let Some(fields) = refused_well(in_file(bytes, || about::read(&PLACE))) else { return };
            assert!(fields.windows(2).all(|pair| pair[0].0 < pair[1].0), "each field once, in order");
            assert!(fields.iter().all(|(_, value)| value.len() <= 65_535));
        }
        2 if bytes.starts_with(b"age-encryption.org/v1\n") => {}
        2 => {
            let passphrase = || -> error::Result<_> { panic!("a key without a passphrase asks for none") };
            let Some(key) = refused_well(in_file(bytes, || keyfile::read(&PLACE, passphrase))) else { return };
            assert!(!key.name().is_empty() && key.name().len() <= 100 && !key.name().chars().any(char::is_control));
        }
        _ => {
            let Some(device) = refused_well(in_file(bytes, || keyfile::PublicDevice::read(&PLACE))) else { return };
            let line = device.line();
            assert!(bytes == line.as_bytes() || bytes == format!("{line}\n").as_bytes(), "{line:?}");
        }
    }
});

fn times(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<Span>() {
        Ok(span) => {
            for moment in [span.from, span.to] {
                for rate_hz in [1, 8_000, 44_100, 48_000] {
                    let (floor, ceil) = (moment.samples_floor(rate_hz), moment.samples_ceil(rate_hz));
                    assert!(floor <= ceil && ceil - floor <= 1);
                    assert!(Moment::of_samples(floor, rate_hz) <= moment);
                }
                let again: Moment = moment.to_string().parse().expect("what is shown can be typed");
                assert!(again <= moment, "shown to the millisecond below");
            }
            let samples = span.samples(8_000);
            assert_eq!(samples.start <= samples.end, span.from.samples_floor(8_000) <= span.to.samples_ceil(8_000));
        }
        Err(why) => assert!(!why.is_empty() && !why.contains(char::is_control)),
    }
}

/// Puts the bytes where only their owner can read them, and takes them away again.
fn in_file<T>(bytes: &[u8], read: impl FnOnce() -> T) -> T {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&*PLACE);
    file.and_then(|mut file| file.write_all(bytes)).expect("there is room");
    let result = read();
    std::fs::remove_file(&*PLACE).expect("it was made");
    result
}

/// What was read, or nothing where it was refused as it should be.
fn refused_well<T>(result: error::Result<T>) -> Option<T> {
    let error = match result {
        Ok(read) => return Some(read),
        Err(error) => error.to_string(),
    };
    let lines: Vec<&str> = error.split('\n').collect();
    assert!(lines.len() == 2 && lines[0].starts_with("counterpart: ") && lines[1].starts_with("hint: "), "{error:?}");
    assert!(!lines.iter().any(|line| line.chars().any(text::is_hidden)), "{error:?}");
    None
}
