//! `counterpart disc make|burn|verify`: a copy as a disc image, on discs, and the check of both.
//!
//! Not the writing itself, which is xorriso's. Invariants: nothing that another program wrote is believed before it was
//! read back; nothing is written over; "you may choose either" is said only of two discs that were read and are equal.

mod burn;
mod checksum;
mod iso;
mod judge;
mod layout;
mod make;
mod records;
mod surface;
mod verify;
mod xorriso;

pub(crate) use burn::{Burned, Burning};
pub(crate) use judge::Judged;
pub(crate) use make::Made;
pub(crate) use surface::Surface;
pub(crate) use verify::Pair;

use clap::{Args, Subcommand};

use crate::error::Result;

/// `counterpart disc …`
#[derive(Args, Debug)]
pub(crate) struct DiscArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make a disc image of a copy, with receipt and read-me
    Make(make::MakeArgs),
    /// Burn an image to one drive or two at once, and read the discs back
    Burn(burn::BurnArgs),
    /// Check images or discs, and compare them
    Verify(verify::VerifyArgs),
}

pub(crate) fn run(args: DiscArgs) -> Result<u8> {
    match args.command {
        Command::Make(args) => make::run(&args),
        Command::Burn(args) => burn::run(&args),
        Command::Verify(args) => verify::run(&args),
    }
}
