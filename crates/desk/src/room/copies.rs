//! What was made of a recording: both copies read back from their media, each with its digest and its verdict.
//!
//! Not what may be done with them (`casework::case`), nor the check itself (`seal`). Invariants: nothing that the recorder says of a copy is believed here; what lies in a copy's
//! place and is another recording is none of ours; a medium that does not answer is waited for no longer than a time.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use casework::Digest;
use casework::custody::Verdict;
use rules::Side;
use rustix::fs::{Advice, fadvise};
use seal::{Check, ReadAt as _};
use sha2::{Digest as _, Sha256};
use vault::regular::{self, Links};

use super::notes::Ticket;
use super::recorder::Recorder;
use crate::error::{Error, Result, plain};
use crate::office::FilePlain;

/// What a finished copy is called in its folder.
const RECORDING: &str = "recording.flac";
/// Reading a long recording from a slow medium, twice.
const READ: Duration = Duration::from_secs(10 * 60);
const PIECE_BYTES: usize = 1 << 20;

/// A copy as it lies on its medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Of all its bytes; none where it is not there, or is another recording.
    pub(crate) digest: Option<Digest>,
    pub(crate) verdict: Verdict,
    /// Why the verdict is no better, in words.
    pub(crate) why: Option<String>,
    id: Option<Digest>,
    /// Copy words, and the same as digits.
    pub(crate) words: Option<(String, String)>,
}

/// Both of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) office: Found,
    pub(crate) person: Found,
}

impl Made {
    /// The recording's own id, where a copy shows it.
    pub(crate) fn id(&self) -> Option<Digest> {
        self.office.id.or(self.person.id)
    }

    pub(crate) fn of(&self, side: Side) -> &Found {
        if side == Side::Office { &self.office } else { &self.person }
    }

    /// Whether both are there, with the same bytes.
    #[cfg(test)]
    pub(crate) fn are_equal(&self) -> bool {
        self.office.digest.is_some() && self.office.digest == self.person.digest
    }
}

/// Where a side's copy lies, or will.
pub(crate) fn place(ticket: &Ticket, side: Side) -> PathBuf {
    let folder = if side == Side::Office { &ticket.office_copy } else { &ticket.person_copy };
    folder.join(RECORDING)
}

impl Recorder<'_> {
    /// Reads both copies of a recording back.
    pub(crate) async fn made(&self, ticket: &Ticket) -> Result<Made> {
        let known = self.notes.recording(ticket);
        let read = |side| {
            let path = place(ticket, side);
            tokio::task::spawn_blocking(move || look(path, known))
        };
        let both = async { tokio::join!(read(Side::Office), read(Side::Person)) };
        let read = tokio::time::timeout(READ, both).await.map_err(|_| {
            Error::of("a medium does not give its copy back").hint("take it out and put it in again, then look again")
        })?;
        let failed = |err| Error::of(err).hint("look again");
        Ok(Made { office: read.0.map_err(failed)?, person: read.1.map_err(failed)? })
    }
}

/// One copy, as a recording with this id where that is known.
fn look(path: PathBuf, known: Option<Digest>) -> Found {
    let nothing = Found { path, digest: None, verdict: Verdict::CannotSay, why: None, id: None, words: None };
    let seen = match read(&nothing.path) {
        Err(err) => return Found { why: Some(plain(&err)), ..nothing },
        Ok(seen) => seen,
    };
    let (verdict, digest) = (&seen.0, seen.1);
    let evidence = verdict.evidence();
    let id = evidence.map(|evidence| Digest(*evidence.id.as_bytes()));
    if known.is_some() && id != known {
        return Found { why: Some("what lies there is another recording".to_owned()), ..nothing };
    }
    let why = verdict.reason().map(|reason| reason.name().to_owned());
    let words = evidence.and_then(|evidence| evidence.words).map(|words| (words.to_string(), words.digits()));
    let said = verdict.outcome().name().parse().unwrap_or(Verdict::CannotSay);
    Found { digest: Some(digest), verdict: said, why, id, words, ..nothing }
}

fn read(path: &Path) -> io::Result<(seal::Verdict, Digest)> {
    let file = regular::open_as(path, std::fs::File::options().read(true), Links::Refuse)?;
    // What is read is what the medium has, not what was just written; where the system does not know the word it is read all the same.
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    let plain = FilePlain::new(file)?;
    let (mut hash, mut buffer, mut at) = (Sha256::new(), vec![0; PIECE_BYTES], 0);
    loop {
        match (&plain).read_at(at, &mut buffer)? {
            0 => break,
            len => {
                hash.update(&buffer[..len]);
                at += len as u64;
            }
        }
    }
    let verdict = seal::verify(&mut &plain, Check { deep: true, trust: None }, &mut |_, _| {});
    Ok((verdict, Digest(hash.finalize().into())))
}
