//! `counterpart stick make|verify`: a copy with its papers on two sticks, one for each side, and the check of both.
//!
//! Not a recording (`record` writes to two sticks directly). Invariants: two sticks are two devices; nothing is written
//! over; what has its name was flushed and read back; "you may choose either" is said only of two sticks that are equal.

mod device;
mod lock;
mod make;
mod verify;

pub(crate) use make::{Made, Stick};
pub(crate) use verify::{Difference, Sticks};

use std::path::Path;

use clap::{Args, Subcommand};
use device::Shared;

use crate::error::{Error, Result};

/// `counterpart stick …`
#[derive(Args, Debug)]
pub(crate) struct StickArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Put a copy with receipt and read-me on two sticks, and read them back
    Make(make::MakeArgs),
    /// Check two sticks, and compare them
    Verify(verify::VerifyArgs),
}

pub(crate) fn run(args: StickArgs) -> Result<u8> {
    match args.command {
        Command::Make(args) => make::run(&args),
        Command::Verify(args) => verify::run(&args),
    }
}

/// Refuses what is no folder, and two folders of one device or disk.
fn check_pair(a: &Path, b: &Path) -> Result<()> {
    for folder in [a, b] {
        let meta = folder.metadata().map_err(|err| Error::io(folder, &err))?;
        if !meta.is_dir() {
            return Err(Error::of(format_args!("{}: not a folder", folder.display()))
                .hint("name the folder where the stick is mounted"));
        }
    }
    let (what, hint) = match device::shared(a, b).map_err(|err| Error::io(a, &err))? {
        None => return Ok(()),
        Some(Shared::Device) => {
            ("on the same device", "each side needs a stick of its own; check that both are mounted")
        }
        Some(Shared::Disk) => ("two parts of the same disk", "each side needs a stick of its own"),
    };
    Err(Error::of(format_args!("{} and {} are {what}", a.display(), b.display())).hint(hint))
}
