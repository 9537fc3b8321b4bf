//! Sees to it that keys which are out of the tables are out of the files too.
//!
//! SQLite zeroes what it deletes (`secure_delete`); here the file is compacted, the rollback journal, in which the old pages lie, is
//! overwritten where it lies, and then every byte of every file is read and searched. Not in anybody's power here: what flash media
//! remap, and what snapshots of the file system or copies made by hand keep; what those hold is wrapped, and dies with the office key
//! that wrapped it (rotate, and destroy the old one; NIST SP 800-88 asks for every copy of a key). Invariants: a nonce leaves the
//! table `gone` only after it was found nowhere; nothing is reported before.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use super::error::KeyringError;
use super::place::{Place, compact, with_end};
use super::table::Table;
use crate::regular::{self, Links};
use ring::aead::NONCE_LEN;

const BLOCK_LEN_BYTES: usize = 1 << 20;

type Nonce = [u8; NONCE_LEN];

/// Clears every copy of what is gone. Does nothing when nothing is.
pub(super) async fn purge(places: &[Place]) -> Result<(), KeyringError> {
    // What is gone from one copy must be in none.
    let mut gone = BTreeSet::new();
    for place in places {
        for nonce in Table::read(place).await?.gone().await? {
            gone.insert(unhex(&nonce).ok_or_else(|| place.damaged("the list of what is gone"))?);
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let gone = Arc::new(gone);
    for place in places {
        clear(place, &gone).await.map_err(|error| match error {
            error @ (KeyringError::Stopped(_) | KeyringError::NotCleared { .. }) => error,
            other => not_cleared(place.path(), other),
        })?;
    }
    // Only now: a copy that still has it is found again by the list of the other.
    for place in places {
        forget(place, &gone).await?;
    }
    Ok(())
}

fn unhex(text: &str) -> Option<Nonce> {
    let mut nonce = [0; NONCE_LEN];
    let pairs = text.as_bytes().chunks(2);
    if text.len() != 2 * NONCE_LEN {
        return None;
    }
    for (byte, pair) in nonce.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(nonce)
}

async fn clear(place: &Place, gone: &Arc<BTreeSet<Nonce>>) -> Result<(), KeyringError> {
    let mut connection = place.connection().await?;
    compact(place, &mut connection).await?;
    drop(connection);
    // Whoever holds this writes alone. As long as nothing is written the journal is not in use: its header is zeroed already.
    let tx = place.begin().await?;
    let (path, file, gone) = (place.path().to_owned(), place.file(), Arc::clone(gone));
    let cleared = tokio::task::spawn_blocking(move || search(&path, &file, &gone)).await;
    cleared.map_err(|error| not_cleared(place.path(), error))??;
    tx.rollback().await.map_err(|error| place.failed(&error))
}

/// Overwrites the journal, and reads everything there is.
fn search(path: &Path, file: &File, gone: &BTreeSet<Nonce>) -> Result<(), KeyringError> {
    let journal = with_end(path, "-journal");
    overwrite(&journal).map_err(|error| not_cleared(&journal, error))?;
    let found = |path: &Path, found: io::Result<bool>| match found {
        Ok(false) => Ok(()),
        Ok(true) => Err(not_cleared(path, "its bytes were found")),
        Err(error) => Err(not_cleared(path, error)),
    };
    // The database by the handle that stays open (see `place::Held`); nobody has locks on the others.
    found(path, holds(file, gone))?;
    for end in ["-journal", "-wal", "-shm"] {
        let path = with_end(path, end);
        found(&path, holds_if_there(&path, gone))?;
    }
    Ok(())
}

fn not_cleared(path: &Path, reason: impl ToString) -> KeyringError {
    KeyringError::NotCleared { place: path.to_owned(), reason: reason.to_string() }
}

async fn forget(place: &Place, gone: &BTreeSet<Nonce>) -> Result<(), KeyringError> {
    let mut table = Table::write(place).await?;
    for nonce in gone {
        let nonce: String = nonce.iter().map(|byte| format!("{byte:02X}")).collect();
        table.forget_gone(&nonce).await?;
    }
    table.seal().await?;
    table.commit().await.map_err(|(place, error)| place.failed(&error))
}

/// Zeroes over the whole of a file that may not be there, where it lies, and flushes them.
fn overwrite(path: &Path) -> io::Result<()> {
    let Some(file) = open_if_there(path, OpenOptions::new().write(true))? else { return Ok(()) };
    let len_bytes = file.metadata()?.len();
    let zeros = vec![0; BLOCK_LEN_BYTES];
    let mut at = 0;
    while at < len_bytes {
        let block = usize::try_from(len_bytes - at).unwrap_or(BLOCK_LEN_BYTES).min(BLOCK_LEN_BYTES);
        file.write_all_at(&zeros[..block], at)?;
        at += block as u64;
    }
    file.sync_all()
}

fn holds_if_there(path: &Path, gone: &BTreeSet<Nonce>) -> io::Result<bool> {
    open_if_there(path, OpenOptions::new().read(true))?.map_or(Ok(false), |file| holds(&file, gone))
}

/// A file, if anything is there; what is no file is not waited for.
fn open_if_there(path: &Path, how: &mut OpenOptions) -> io::Result<Option<File>> {
    match regular::open_as(path, how, Links::Refuse) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// Whether one of these stands anywhere in the file, as the medium has it.
fn holds(file: &File, gone: &BTreeSet<Nonce>) -> io::Result<bool> {
    // What is in memory and clean is let go, so that reading asks the medium. It is a wish; a file system may not know it.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    let mut may_begin = [false; 1 << 16];
    for nonce in gone {
        may_begin[usize::from(u16::from_le_bytes([nonce[0], nonce[1]]))] = true;
    }
    let mut block = vec![0; BLOCK_LEN_BYTES + NONCE_LEN - 1];
    let (mut at, mut kept) = (0, 0);
    loop {
        let read = file.read_at(&mut block[kept..], at)?;
        if read == 0 {
            return Ok(false);
        }
        let have = &block[..kept + read];
        let is_here = have.windows(NONCE_LEN).any(|window| {
            may_begin[usize::from(u16::from_le_bytes([window[0], window[1]]))]
                && Nonce::try_from(window).is_ok_and(|window| gone.contains(&window))
        });
        if is_here {
            return Ok(true);
        }
        // One may begin at the end of this block.
        let (len, rest) = (have.len(), have.len().min(NONCE_LEN - 1));
        block.copy_within(len - rest..len, 0);
        (at, kept) = (at + read as u64, rest);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_nonce_is_found_wherever_it_stands() {
        let nonce = [0xa5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        let gone = BTreeSet::from([[7; NONCE_LEN], nonce]);
        let edge = BLOCK_LEN_BYTES + NONCE_LEN - 1;
        for at in [0, 1, edge - 12, edge - 11, edge - 6, edge - 1, edge, 2 * BLOCK_LEN_BYTES] {
            let mut bytes = vec![0xa5; at];
            bytes.extend_from_slice(&nonce);
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            assert!(holds(&file, &gone).unwrap(), "at {at}");
            file.set_len(bytes.len() as u64 - 1).unwrap();
            assert!(!holds(&file, &gone).unwrap(), "cut, at {at}");
        }
        assert!(!holds(&tempfile::tempfile().unwrap(), &gone).unwrap());
    }
}
