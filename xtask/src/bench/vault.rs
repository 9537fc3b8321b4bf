//! F7: what the vault costs: encrypting, taking in, reading whole and by range, beside `age` and the disk.
//!
//! Ours is `crates/vault/examples/vault-rate.rs`, one act a run; the peers get the same file in the same rounds. `age` encrypts to a key
//! made for it. Invariants: everybody who writes is held to the disk, and what a contender left is removed before its time is taken;
//! a goal about ranges is held against the worse of pages in memory and pages dropped.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::measure::{Contender, Measured, interleaved};
use super::table::{Figure, Goal, section};
use crate::repository::target_dir;
use crate::run::{capture, cargo, program};

const ROUNDS: usize = 5;
/// Ranges read each way.
const RANGES: &str = "1000";
const GIVEN_LEN_BYTES: usize = 1_000_000_000;
const FIRST_BYTE_MS_MAX: f64 = 10.0;

/// The files of a run.
struct Ground {
    rate: PathBuf,
    given: PathBuf,
    folder: PathBuf,
    recipient: String,
}

/// Measures and returns the section.
pub(super) fn f7() -> anyhow::Result<String> {
    let built =
        cargo().args(["build", "--release", "--quiet", "--package", "vault", "--example", "vault-rate"]).status()?;
    ensure!(built.success(), "vault-rate could not be built");
    let folder = target_dir()?.join("bench").join("vault");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let ground = Ground {
        rate: target_dir()?.join("release/examples/vault-rate"),
        given: folder.join("given"),
        recipient: recipient(&folder)?,
        folder,
    };
    incompressible(&ground.given)?;
    let measured = ground.measure()?;
    let ranges = capture(Command::new(&ground.rate).arg("ranges").arg(ground.file("kept")).arg(RANGES))?;
    std::fs::remove_dir_all(&ground.folder)?;
    Ok(section(&figure(measured, &ranges)?))
}

fn recipient(folder: &Path) -> anyhow::Result<String> {
    let key = folder.join("key");
    capture(program("age-keygen").arg("-o").arg(&key)).context("Debian's package `age` is not installed")?;
    Ok(capture(program("age-keygen").arg("-y").arg(&key))?.trim().to_owned())
}

/// A file of bytes in which nothing repeats, on the disk already.
fn incompressible(path: &Path) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut left = GIVEN_LEN_BYTES;
    while left > 0 {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        let bytes: Vec<u8> = (0..(1 << 17)).flat_map(|_| next()).take(left).collect();
        file.write_all(&bytes)?;
        left -= bytes.len();
    }
    file.sync_all()?;
    Ok(())
}

impl Ground {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn measure(&self) -> anyhow::Result<Vec<Measured>> {
        capture(Command::new(&self.rate).arg("encrypt").arg(&self.given).arg(self.file("ours")))?;
        capture(&mut self.age_to(&self.file("theirs")))?;
        let (nowhere, written) = (Path::new("/dev/null"), self.file("written"));
        let (age, sync) = (self.shell(&self.age_to(&written)), format!("sync '{}'", written.display()));
        let hash = format!("sha256sum '{}'", written.display());
        let copy = format!("cp '{}' '{}'", self.given.display(), written.display());
        let in_shell = |name: &str, lines: &[&str]| {
            let (script, written) = (lines.join(" && "), written.clone());
            Contender::new(name, move || {
                remove(&written)?;
                let mut command = Command::new("sh");
                command.args(["-c", &script]);
                Ok(command)
            })
        };
        let contenders = [
            Contender::new("encrypt, vault", || Ok(self.ours(&["encrypt"], &self.given, nowhere))),
            Contender::new("encrypt, age", || Ok(self.age_to(nowhere))),
            Contender::new("decrypt, vault", || Ok(self.ours(&["decrypt"], &self.file("ours"), nowhere))),
            Contender::new("decrypt, age", || {
                let mut command = Command::new("age");
                command.arg("-d").arg("-i").arg(self.file("key")).arg("-o").arg(nowhere).arg(self.file("theirs"));
                Ok(command)
            }),
            Contender::new("take in: hash, encrypt, flush, read back and compare, vault", || {
                let kept = self.file("kept");
                if kept.exists() {
                    std::fs::remove_dir_all(&kept)?;
                }
                Ok(self.ours(&["take"], &self.given, &kept))
            }),
            in_shell("age -e, sync", &[&age, &sync]),
            in_shell("age -e, sync, sha256sum", &[&age, &sync, &hash]),
            in_shell("cp, sync", &[&copy, &sync]),
            Contender::new("read the whole object, vault", || Ok(self.ours(&["read"], &self.file("kept"), nowhere))),
        ];
        interleaved(&contenders, ROUNDS, &self.folder)
    }

    fn ours(&self, act: &[&str], from: &Path, to: &Path) -> Command {
        let mut command = Command::new(&self.rate);
        command.args(act).arg(from).arg(to);
        command
    }

    fn age_to(&self, to: &Path) -> Command {
        let mut command = Command::new("age");
        command.args(["-e", "-r", &self.recipient, "-o"]).arg(to).arg(&self.given);
        command
    }

    /// A command as a line for a shell. No word of it has a quote.
    fn shell(&self, command: &Command) -> String {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| format!("'{}'", word.to_string_lossy())).collect::<Vec<_>>().join(" ")
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

fn figure(measured: Vec<Measured>, ranges: &str) -> anyhow::Result<Figure> {
    let [encrypt, age_e, decrypt, age_d, take, synced, hashed, copied, read] = &measured[..] else {
        anyhow::bail!("a contender is missing");
    };
    let of = |how: &str, key: &str| number(ranges, how, key).with_context(|| format!("no {key} of {how} ranges"));
    let (warm, cold) = (of("warm", "p50_ms")?, of("cold", "p50_ms")?);
    let (warm_99, cold_99) = (of("warm", "p99_ms")?, of("cold", "p99_ms")?);
    let goals = vec![
        Goal::at_most("encrypt, of age's time", encrypt.times(age_e), 1.0, "×"),
        Goal::at_most("decrypt, of age's time", decrypt.times(age_d), 1.0, "×"),
        Goal::at_most("take in, of age -e and sync", take.times(synced), 1.0, "×"),
        Goal::at_most("first byte of a 1 MB range, 99 %, the worse way", warm_99.max(cold_99), FIRST_BYTE_MS_MAX, "ms"),
    ];
    let speed = |one: &Measured| GIVEN_LEN_BYTES as f64 / 1e9 / one.median_s();
    let remarks = vec![
        format!(
            "A range of 1 MB at {RANGES} random offsets, from opening the object to its authenticated bytes: pages in memory {warm:.2} ms \
             (99 % {warm_99:.2} ms), the object's pages dropped before each {cold:.2} ms (99 % {cold_99:.2} ms)."
        ),
        format!(
            "1 GB of bytes in which nothing repeats. In GB/s: encrypt {:.2}, age {:.2}; decrypt {:.2}, age {:.2}; take in {:.2}; read {:.2}.",
            speed(encrypt),
            speed(age_e),
            speed(decrypt),
            speed(age_d),
            speed(take),
            speed(read)
        ),
        format!(
            "Taking in: {:.2} × the time of age -e, sync and sha256sum; {:.2} × that of cp and sync.",
            take.times(hashed),
            take.times(copied)
        ),
        format!("Peer: age {}.", capture(program("age").arg("--version"))?.trim()),
    ];
    Ok(Figure { title: TITLE, goals, remarks, measured })
}

const TITLE: &str = "F7 · the vault: encrypt, take in, read a range";

/// The value of a key in the line about ranges of that kind.
fn number(lines: &str, how: &str, key: &str) -> Option<f64> {
    let line = lines.lines().find(|line| line.starts_with("ranges ") && line.contains(&format!(" how={how} ")))?;
    line.split(' ').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_lines_about_ranges_are_read() {
        let lines =
            "ranges how=warm count=9 p50_ms=1.50 p99_ms=2.00\nranges how=cold count=9 p50_ms=3.00 p99_ms=4.25\n";
        assert_eq!(number(lines, "warm", "p50_ms"), Some(1.5));
        assert_eq!(number(lines, "cold", "p99_ms"), Some(4.25));
        assert_eq!(number(lines, "hot", "p99_ms"), None);
    }
}
