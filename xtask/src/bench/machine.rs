//! What the figures were measured on: the kind of machine, the versions of everything that ran, the date.
//!
//! The kind only: no host name, no path, nothing that tells one machine from another of its kind.
//! A program that is not installed is left out.

use std::fmt::Write;

use crate::run::{capture, program};

/// Markdown for the head of the page.
pub(super) fn describe() -> anyhow::Result<String> {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory_kib = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory_gib = memory_kib.unwrap_or(0).div_ceil(1024 * 1024);
    let date = capture(program("date").args(["-u", "+%Y-%m-%d"]))?;
    let mut text = format!("Machine: {cpu}, {cores} cores, {memory_gib} GiB. Date: {}.\nVersions:", date.trim());
    for (name, argument) in [
        ("rustc", "--version"),
        ("sha256sum", "--version"),
        ("openssl", "version"),
        ("flac", "--version"),
        ("c2patool", "--version"),
    ] {
        if let Some(version) = first_line(name, argument) {
            let _ = write!(text, " {version} ·");
        }
    }
    Ok(format!("{}.\n", text.trim_end_matches(" ·")))
}

fn first_line(name: &str, argument: &str) -> Option<String> {
    let text = capture(program(name).arg(argument)).ok()?;
    Some(text.lines().next()?.trim().to_owned())
}

/// The value of the first `name : value` line of a file of the kernel's.
fn field(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
