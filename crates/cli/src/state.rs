//! Where journals are kept: `--state`, the environment, or the user's state folder.
//!
//! Not what is in them (`recorder`). Invariant: never a copy's folder by default, because the journal
//! holds the key that signs.

use std::path::PathBuf;

use clap::Args;

use crate::error::{Error, Result};

/// `--state DIR`, the same in every command that has it.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StateArgs {
    /// Where this machine keeps the journals of recordings [default: $COUNTERPART_STATE, else ~/.local/state/counterpart]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl StateArgs {
    /// The folder; it need not be there yet.
    pub(crate) fn folder(self) -> Result<PathBuf> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let absolute = |name| variable(name).filter(|path| path.is_absolute());
        self.state
            .or_else(|| variable("COUNTERPART_STATE"))
            .or_else(|| Some(absolute("XDG_STATE_HOME")?.join("counterpart")))
            .or_else(|| Some(absolute("HOME")?.join(".local/state/counterpart")))
            .ok_or_else(|| {
                Error::of("there is no home folder to keep the journal in").hint("say where with --state DIR")
            })
    }
}
