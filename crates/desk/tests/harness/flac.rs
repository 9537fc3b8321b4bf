//! Sound as the reference program has it.
//!
//! Not a check of ours.
//! Invariant: Debian's `flac` decodes, and nothing of this project.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The samples that the reference program decodes.
pub fn decoded(flac: &[u8]) -> Vec<i32> {
    let mut child = Command::new("flac")
        .args(["-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), flac.to_vec());
    let writing = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    output.stdout.chunks(2).map(|two| i32::from(i16::from_le_bytes([two[0], two[1]]))).collect()
}
