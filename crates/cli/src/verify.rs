//! `counterpart verify PATH…`: what every file is, and how the files stand to one another.
//!
//! Certificates of destruction may stand among the recordings. Not the check (`seal`), not the words (`render.rs`). Invariants: results stand in the order of the command line, whatever finishes
//! first; the exit code is 1 if anything is not intact, else 2 if anything cannot be said, else 0; of many files only a line's
//! worth each is kept.

mod bar;
mod crew;
mod few;
mod find;
mod kin;
mod lines;
mod table;

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use crate::check::{Checked, Look};
use crate::error::Result;
use crate::state::StateArgs;
use crate::trust::TrustArgs;
use crate::{certificate, json, out};
use bar::Bar;
use find::Target;

/// From so many files on the result is a table.
const TABLE_FILES_MIN: usize = 9;
const JOBS_MAX: i64 = 256;

/// `counterpart verify …`
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Files, or folders with a recording in them; certificates of destruction
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Decode the sound as well and compare every sample
    #[arg(long)]
    deep: bool,
    /// Say how it sounds too: speech, loudness, clipping, silence, noise. Decodes, as --deep does
    #[arg(long)]
    quality: bool,
    #[command(flatten)]
    trust: TrustArgs,
    /// Search folders for recordings, and the folders in them
    #[arg(long)]
    recursive: bool,
    /// How many files to check at a time [default: one for each processor core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=JOBS_MAX))]
    jobs: Option<u16>,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    json: json::Flag,
    /// Write one line of JSON for each file as it is done, in order, and one at the end (docs/json.md)
    #[arg(long, conflicts_with = "json")]
    json_lines: bool,
}

pub(crate) fn run(args: VerifyArgs) -> Result<u8> {
    let trusted = args.trust.read()?;
    // Without a state folder nothing can be asked about a recording that runs; the files are checked all the same.
    let state_dir = args.state.folder().ok();
    let look = Look {
        deep: args.deep,
        quality: args.quality,
        device: trusted.device.as_ref(),
        policy: trusted.policy.as_ref(),
        state_dir: state_dir.as_deref(),
    };
    let targets = if args.recursive { find::below(args.paths) } else { find::named(args.paths) };
    let work = Work { jobs: jobs(args.jobs), look, bar: Bar::new(&targets), targets };
    let is_many = args.recursive || work.targets.len() >= TABLE_FILES_MIN;
    if args.json_lines {
        return Ok(lines::run(&work));
    }
    let (text, exit) = if is_many && !args.json.json { table::run(&work) } else { few::run(&work, args.json.json) };
    Ok(out::result(&text, exit))
}

fn jobs(asked: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    asked.map_or_else(cores, usize::from)
}

/// What is looked at, and how.
struct Work<'a> {
    targets: Vec<Target>,
    look: Look<'a>,
    jobs: usize,
    bar: Bar,
}

impl Work<'_> {
    /// Looks at everything; `each` gets what came of it, in order.
    fn each(&self, each: impl FnMut(Checked)) {
        crew::in_order(&self.targets, self.jobs, |target| self.look_at(target), each);
        self.bar.clear();
    }

    fn look_at(&self, target: &Target) -> Checked {
        self.bar.during(target, |progress| match target {
            Target::Path(path) => match certificate::judge(path, self.look.policy) {
                Some(judgement) => Checked::certificate(path, judgement),
                None => Checked::path(path, &self.look, progress),
            },
            Target::Nothing { path, why, hint } => Checked::nothing(path, why.clone(), hint.clone()),
        })
    }
}

/// The exit code of all, from that of each.
fn exit_code(codes: impl Iterator<Item = u8> + Clone) -> u8 {
    if codes.clone().any(|code| code == 1) { 1 } else { codes.max().unwrap_or(0) }
}
