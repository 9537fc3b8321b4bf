//! A copy that holds, opened once: checked, hashed and read through the same open file.
//!
//! Not the check (`seal`), not what is made of it (receipts, discs, sticks). Invariant: there is no value of this type
//! for a recording that did not verify.

use std::fs::File;
use std::path::{Path, PathBuf};

use recorder::FileSource;
use seal::{Evidence, Outcome};

use crate::check::{self, Checked, Held, Missing};
use crate::error::{Error, Result};
use crate::files::Stamp;
use crate::reading::{Hashed, hash};
use crate::state::StateArgs;
use crate::{files, hint, sentence};

/// A recording that verified.
pub(crate) struct Holding {
    /// The file itself.
    pub(crate) file: PathBuf,
    held: Held,
    source: FileSource,
    open: File,
    /// As it was before it was checked.
    stamp: Stamp,
}

impl Holding {
    /// Opens and checks a file, or the recording in a copy's folder.
    pub(crate) fn open(path: &Path) -> Result<Holding> {
        let state_dir = StateArgs::default().folder().ok();
        let file = check::file_of(path, state_dir.as_deref())
            .map_err(|Missing { why, hint }| Error::of(format_args!("{}: {why}", path.display())).hint(hint))?;
        let open = files::open(&file).map_err(|err| Error::io(&file, &err))?;
        let stamp = Stamp::of(&open).map_err(|err| Error::io(&file, &err))?;
        let again = open.try_clone().map_err(|err| Error::io(&file, &err))?;
        let mut source = FileSource::new(open);
        let checked = Checked::shallow(path, &mut source);
        let checked = checked.of_file(file.clone(), state_dir.as_deref());
        let Some(held) = checked.held() else {
            let (word, sentence) = sentence::of(&checked);
            let other = || "only a recording that holds is handed over; try the other copy".to_owned();
            return Err(Error::of(format_args!("{}: {word}. {sentence}", path.display()))
                .hint(hint::of(&checked).unwrap_or_else(other)));
        };
        Ok(Holding { file, held, source, open: again, stamp })
    }

    /// What the check gave out of it.
    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        self.held.evidence()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.held.outcome()
    }

    /// Reads all of it. What is hashed is what was checked: a file that is written to meanwhile is refused.
    pub(crate) fn hash(&mut self) -> Result<Hashed> {
        let hashed = hash(&mut self.source).map_err(|err| Error::io(&self.file, &err))?;
        if Stamp::of(&self.open).map_err(|err| Error::io(&self.file, &err))? != self.stamp {
            return Err(Error::of(format_args!("{}: it was changed while it was read", self.file.display()))
                .hint("wait until nothing writes to it any more, and try again"));
        }
        Ok(hashed)
    }
}
