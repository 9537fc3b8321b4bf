//! `counterpartd token`: a token for one program that submits to a log.
//!
//! Not how tokens are checked (`config/tokens.rs`).
//! Invariant: it is shown once, here, and kept only as a digest.

use std::path::PathBuf;

use clap::Args;

use crate::config::tokens::Tokens;
use crate::error::Result;
use crate::{codes, out};

/// Make a token for a program that may submit, and add its digest to the file
#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    /// The file of tokens of the log; made when it is not there
    #[arg(long, value_name = "FILE")]
    tokens: PathBuf,
    /// Whose token it is to be: a program's name, not a person's
    #[arg(long)]
    name: String,
}

pub(crate) fn run(args: &TokenArgs) -> Result<u8> {
    let token = Tokens::make(&args.tokens, &args.name)?;
    Ok(out::result(&format!("{}\n", *token), codes::DONE))
}
