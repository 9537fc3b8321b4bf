//! `counterpart control DIR pause|resume|mark|entrant|finish`: drive a recording that runs elsewhere.
//!
//! Not the protocol (`recorder::control`).
//! Invariant: what is printed is the recording's own answer.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use recorder::control::{self, Command, Verb};

use crate::error::{Error, Result};
use crate::state::StateArgs;
use crate::{out, text};

/// `counterpart control …`
#[derive(Args, Debug)]
pub(crate) struct ControlArgs {
    /// The folder of one of its copies
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What it should do: mark is a place to find again, entrant somebody who came in
    #[arg(value_name = "ACTION", value_parser = verbs())]
    verb: Verb,
    /// Why; it goes on the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    state: StateArgs,
}

fn verbs() -> impl TypedValueParser<Value = Verb> {
    PossibleValuesParser::new(Verb::ALL.map(Verb::name))
        .map(|word| Verb::from_name(&word).expect("only the words of verbs are possible"))
}

pub(crate) fn run(args: ControlArgs) -> Result<u8> {
    let state_dir = args.state.folder()?;
    let command = Command { verb: args.verb, reason: args.reason };
    let answer = control::send(&args.folder, &state_dir, &command).map_err(Error::of_its_folder)?;
    Ok(out::result(&format!("{}\n", text::visible(&answer)), 0))
}
