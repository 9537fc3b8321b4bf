//! `cargo xtask bench`: the figures of the performance plan, each beside its peer, on one hour of real voices.
//!
//! It prints the tables and writes them to `docs/performance.md` with machine, versions and date. Peers run on the same
//! input in the same rounds; a peer that is not installed stands there with its published figure and its source.
//! The machine should be doing nothing else. A goal that is missed is shown as missed; the task still succeeds.

mod input;
mod ledger;
mod machine;
mod measure;
mod record;
mod table;
mod vault;
mod verify;

use std::path::PathBuf;

use anyhow::{Context, ensure};

use crate::TaskResult;
use crate::repository::{root, target_dir};
use crate::run::cargo;

/// Where everything is that a figure needs.
struct Bench {
    /// The program measured.
    counterpart: PathBuf,
    /// Our FLAC encoder alone: `encode-only IN.wav OUT.flac`.
    encode_only: PathBuf,
    /// One hour of voices, 48 kHz, one track, 16 bit.
    voices: PathBuf,
    /// A sealed recording of it.
    recording: PathBuf,
    /// Scratch folder, kept between runs for the input.
    folder: PathBuf,
}

/// Measures everything and writes the page; with `ledger` or `vault`, that section alone.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let [only_ledger, only_vault] = crate::flags(arguments, ["ledger", "vault"])?;
    let file = root().join("docs").join("performance.md");
    let mut page = if only_ledger || only_vault {
        crate::test::install_for_bench()?;
        std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?
    } else {
        let bench = Bench::set_up()?;
        let figures = [verify::f1(&bench)?, verify::f2(&bench)?, record::f4(&bench)?];
        table::page(&machine::describe()?, &figures)
    };
    if only_ledger || !only_vault {
        page = table::with_section(&page, &ledger::f6()?);
    }
    if only_vault || !only_ledger {
        page = table::with_section(&page, &vault::f7()?);
    }
    println!("{page}");
    std::fs::write(&file, page).with_context(|| format!("{} cannot be written", file.display()))?;
    println!("written to docs/performance.md");
    Ok(true)
}

impl Bench {
    fn set_up() -> anyhow::Result<Self> {
        for target in [["counterpart", "--bins"].as_slice(), &["seal", "--example", "encode-only"]] {
            let built = cargo().args(["build", "--release", "--quiet", "--package"]).args(target).status()?;
            ensure!(built.success(), "{} could not be built", target.join(" "));
        }
        crate::test::install_for_bench()?;
        let release = target_dir()?.join("release");
        let folder = target_dir()?.join("bench");
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let counterpart = release.join("counterpart");
        let voices = input::one_hour_of_voices(&folder)?;
        let recording = input::recording_of(&counterpart, &voices, &folder)?;
        let encode_only = release.join("examples").join("encode-only");
        Ok(Self { counterpart, encode_only, voices, recording, folder })
    }
}
