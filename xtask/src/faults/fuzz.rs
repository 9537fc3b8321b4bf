//! Every fuzz target on a corpus: the seeds, whatever was found before, and what turns up in a given time.
//!
//! Not the targets (`fuzz/`). Invariants: without a nightly compiler and cargo-fuzz the step could not be carried out, and says so; what
//! is counted is what libFuzzer says it executed; a target that executed nothing did not hold.

use std::path::Path;

use anyhow::{Context, ensure};

use super::{Found, Ground};
use crate::repository::root;
use crate::run::{program, show, succeeds};

/// Seconds for each target; another number by this variable.
const SECONDS: u64 = 60;
const SECONDS_VARIABLE: &str = "COUNTERPART_FUZZ_SECONDS";
/// The most memory of a process and of a single piece, MiB. Decoders of other formats, and what listens, take larger pieces.
const MEMORY_MIB: u32 = 256;
const PIECE_MIB: u32 = 8;
const LARGE_PIECE_MIB: u32 = 64;
const LARGE: &[&str] = &["wav_input", "hearing"];
/// What the address sanitizer keeps of freed memory counts as memory in use: less than the 256 MB it keeps by itself.
const SANITIZER: &str = "quarantine_size_mb=16";

pub(super) fn step(ground: &Ground) -> anyhow::Result<Found> {
    let cargo = || {
        // The compiler that runs this task is not the one that fuzzes.
        let mut cargo = program("rustup");
        cargo.args(["run", "nightly", "cargo"]).current_dir(root().join("fuzz"));
        cargo.env("ASAN_OPTIONS", SANITIZER).env_remove("CARGO");
        cargo
    };
    ensure!(succeeds(cargo().arg("--version")), "there is no nightly compiler; try `rustup toolchain install nightly`");
    ensure!(succeeds(cargo().args(["fuzz", "--version"])), "there is no cargo-fuzz; try `cargo install cargo-fuzz`");
    let corpus = ground.folder.join("fuzz-corpus");
    ensure!(
        show(cargo().args(["run", "--example", "seed", "--", "../vectors"]).arg(&corpus))?.ok,
        "no seeds were made"
    );
    ensure!(show(cargo().args(["fuzz", "build", "--no-cfg-fuzzing"]))?.ok, "the targets could not be built");
    let seconds = std::env::var(SECONDS_VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let mut text = "| target | seconds | executions | most memory, MB |\n|---|---:|---:|---:|\n".to_owned();
    let (mut held, mut sum) = (true, 0);
    let listed = crate::run::capture(cargo().args(["fuzz", "list"]))?;
    for target in listed.lines() {
        let shown = show(
            cargo()
                .args(["fuzz", "run", "--no-cfg-fuzzing", target])
                .arg(folder(&corpus, target)?)
                .args(limits(target, seconds)),
        )?;
        let stated = |name| stated(&shown.lines, name);
        let executions = stated("number_of_executed_units").unwrap_or(0);
        held &= shown.ok && executions > 0;
        sum += executions;
        let memory = stated("peak_rss_mb").map_or("unknown".to_owned(), |mb| mb.to_string());
        text += &format!("| `{target}` | {seconds} | {executions} | {memory} |\n");
    }
    ensure!(sum > 0, "nothing was executed");
    text += &format!("\n{sum} executions");
    Ok(Found { text, held })
}

fn folder(corpus: &Path, target: &str) -> anyhow::Result<std::path::PathBuf> {
    let folder = corpus.join(target);
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

fn limits(target: &str, seconds: u64) -> Vec<String> {
    let piece = if LARGE.contains(&target) { LARGE_PIECE_MIB } else { PIECE_MIB };
    let time = format!("-max_total_time={seconds}");
    let memory = [format!("-rss_limit_mb={MEMORY_MIB}"), format!("-malloc_limit_mb={piece}")];
    let rest = ["--", "-timeout=10", "-max_len=49152", "-print_final_stats=1"].map(str::to_owned);
    rest.into_iter().chain([time]).chain(memory).collect()
}

/// A figure of libFuzzer's last words: `stat::NAME: 12`.
fn stated(lines: &[String], name: &str) -> Option<u64> {
    let value = |line: &String| line.strip_prefix("stat::")?.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok();
    lines.iter().rev().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::stated;

    #[test]
    fn the_fuzzers_last_words_are_read() {
        let lines = ["Done 7 runs", "stat::number_of_executed_units: 18309", "stat::peak_rss_mb:              130"];
        let lines = lines.map(str::to_owned);
        assert_eq!(stated(&lines, "number_of_executed_units"), Some(18_309));
        assert_eq!(stated(&lines, "peak_rss_mb"), Some(130));
        assert_eq!(stated(&lines, "new_units_added"), None);
    }
}
