//! `counterpart recover DIR`: finish a recording that was cut off.
//!
//! Not the recovery itself (`recorder::recover`).
//! Invariant: the exit code says whether every copy is saved.

use std::path::PathBuf;

use clap::Args;
use recorder::Away;
use recorder::clock::SystemClock;

use crate::bell::Bell;
use crate::error::{Error, Result};
use crate::json;
use crate::lines;
use crate::saved::{self, Recovery};
use crate::state::StateArgs;
use crate::watcher::Watcher;

/// `counterpart recover …`
#[derive(Args, Debug)]
pub(crate) struct RecoverArgs {
    /// The folder of one of its copies
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Finish without a medium that will not come back; what only it held is lost
    #[arg(long)]
    give_up_missing: bool,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    json: json::Flag,
}

pub(crate) fn run(args: RecoverArgs) -> Result<u8> {
    let state_dir = args.state.folder()?;
    let bell = Bell::new(false);
    let watcher = Watcher::new(move |heard, shared| lines::show(heard, shared, "", bell))?;
    let away = if args.give_up_missing { Away::GiveUp } else { Away::Refuse };
    let recovered = recorder::recover_from(&args.folder, &state_dir, &SystemClock::new(), &watcher, away);
    watcher.clear();
    let recovered = recovered.map_err(Error::of_its_folder)?;
    let recovery = Recovery { done: recovered.done, frames_missing: recovered.frames_missing };
    Ok(saved::report(&recovered.outcome, Some(&recovery), args.json))
}
