//! `counterpartd demonstration make`: an office in which nothing is real, to look around in.
//!
//! Not a real office, which none of this is possible in (`office/demonstration.rs`). Invariants: persons, staff and telephone numbers are invented and say so; what opens it
//! is published; all that is in it came about by the acts by which it would in any office.

mod accounts;
mod almanac;
mod life;
pub(crate) mod links;
mod lives;
mod making;
pub(crate) mod meeting;
mod people;
mod sound;
#[cfg(test)]
mod tests;
mod to_come;
mod world;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};

use crate::error::Result;
use crate::{codes, out};

/// What opens every demonstration: it keeps nobody out, and is not meant to.
pub(crate) const WORD: &str = "demonstration";
/// Where the office lies below a demonstration's folder; its keys; its passphrase.
const OFFICE: &str = "office";
const KEYS: &str = "keys";
const PASSPHRASE: &str = "passphrase";

/// An office in which nothing is real, to look around in
#[derive(Args, Debug)]
pub(crate) struct DemonstrationArgs {
    #[command(subcommand)]
    command: DemonstrationCommand,
}

#[derive(Subcommand, Debug)]
enum DemonstrationCommand {
    Make(MakeArgs),
}

/// Make a demonstration: two offices with five rooms, a dozen invented staff, thirty invented cases in all states
#[derive(Args, Debug)]
struct MakeArgs {
    /// The folder, which is made: the office in it is DIR/office, what opens it DIR/passphrase
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// `counterpartd demonstration …`.
pub(crate) async fn run(args: DemonstrationArgs) -> Result<u8> {
    let DemonstrationCommand::Make(args) = args.command;
    let began = Instant::now();
    let made = Box::pin(making::make(&args.folder, making::now())).await?;
    let folder = args.folder.display();
    let text = format!(
        "{folder}: {} cases by {} acts, {} recordings kept, in {:.1} s; nothing in it is real\n\
         counterpartd serve --office {folder}/{OFFICE} --passphrase-file {folder}/{PASSPHRASE} --listen 127.0.0.1:8080\n",
        made.cases,
        made.acts,
        made.kept,
        began.elapsed().as_secs_f32(),
    );
    Ok(out::result(&text, codes::DONE))
}
