//! What stands beside an SQLite file, looked at before SQLite looks: it does what it finds there.
//!
//! Not what is in the file. A rollback journal is played back, and at the end the file is removed that its last bytes name as the journal above it, whatever file
//! that is and wherever it lies; a name that is a second one of another file is written to all the same. Also for the events of the desk. Invariants: nothing is
//! interpreted, whatever no program of ours leaves there is refused by its name, and nothing is mended; no crash of ours leaves what is refused.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::regular::{self, Links};

/// How a database is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// With a write-ahead log: a rollback journal has nothing in it, not even after a crash.
    Ahead,
    /// With one rollback journal that stays, of one database alone: it names no other file, and there is no write-ahead log.
    Back,
}

/// Ends a rollback journal whose database was changed together with another one (SQLite's file format, "The Rollback Journal").
const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// What is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// What to do about it.
    pub todo: &'static str,
}

/// That a database's file and what SQLite keeps beside it are what our programs leave there. Each is a file with one name, or nothing.
///
/// # Errors
/// [`Refused`] with the first that is not.
pub fn is_ours(database: &Path, written: Written) -> Result<(), Refused> {
    // SQLite keeps the others beside the file itself, wherever a link to it stands.
    let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    for end in ["", "-journal", "-wal", "-shm"] {
        let mut path = real.clone().into_os_string();
        path.push(end);
        let path = PathBuf::from(path);
        is_one(&path, end, written).map_err(|(what, todo)| Refused { path, what, todo })?;
    }
    Ok(())
}

fn is_one(path: &Path, end: &str, written: Written) -> Result<(), (String, &'static str)> {
    let other = |error: io::Error| (error.to_string(), "take it away");
    regular::file_or_nothing(path).map_err(other)?;
    let meta = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        meta => meta.map_err(other)?,
    };
    if meta.nlink() > 1 {
        let what = "this file has another name too (a hard link), and SQLite would write to both";
        return Err((
            what.to_owned(),
            "look for the other name, and leave the file one; what is no database's is moved away",
        ));
    }
    let what = match (end, written) {
        ("-journal", Written::Ahead) | ("-wal", Written::Back) if meta.len() > 0 => {
            "no program of this office leaves that there, and SQLite would do what it says"
        }
        ("-journal", Written::Back) if names_another(path, meta.len()).map_err(other)? => {
            "it names another file, which SQLite would remove, and no program of this office writes that"
        }
        _ => return Ok(()),
    };
    Err((what.to_owned(), "move it away, and look at it"))
}

/// Whether a rollback journal ends as one does that names another file.
fn names_another(path: &Path, len_bytes: u64) -> io::Result<bool> {
    let Some(at) = len_bytes.checked_sub(MAGIC.len() as u64) else { return Ok(false) };
    let mut last = [0; MAGIC.len()];
    let file = match regular::open_as(path, OpenOptions::new().read(true), Links::Refuse) {
        // A program that cleared it took it away meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match file.read_exact_at(&mut last, at) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| last == MAGIC),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_no_program_of_ours_leaves_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |end: &str| folder.path().join(format!("a.sqlite{end}"));
        fs::write(at(""), "x").unwrap();
        let naming = [&[7; 600][..], &MAGIC].concat();
        let whole = [&MAGIC[..], &[7; 600]].concat();
        for (end, bytes, ahead, back) in [
            ("-journal", &naming[..], false, false),
            ("-journal", &MAGIC, false, false),
            ("-journal", &whole, false, true),
            ("-journal", &MAGIC[1..], false, true),
            ("-journal", b"", true, true),
            ("-wal", &whole, true, false),
            ("-shm", &whole, true, true),
            ("-wal", b"", true, true),
        ] {
            fs::write(at(end), bytes).unwrap();
            for (written, expected) in [(Written::Ahead, ahead), (Written::Back, back)] {
                let found = is_ours(&at(""), written);
                assert_eq!(found.is_ok(), expected, "{end} {written:?} {}", bytes.len());
                assert!(found.err().is_none_or(|refused| refused.path == at(end).canonicalize().unwrap()));
            }
            fs::remove_file(at(end)).unwrap();
        }
        for end in ["", "-journal", "-wal", "-shm"] {
            fs::write(folder.path().join("other"), "").unwrap();
            fs::rename(folder.path().join("other"), at(end)).unwrap();
            fs::hard_link(at(end), folder.path().join("other")).unwrap();
            let refused = is_ours(&at(""), Written::Back).unwrap_err();
            assert!(refused.path.ends_with(format!("a.sqlite{end}")), "{refused:?}");
            fs::remove_file(folder.path().join("other")).unwrap();
            is_ours(&at(""), Written::Back).unwrap();
        }
    }
}
