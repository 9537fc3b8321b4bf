//! What stands beside a log's or a witness's SQLite file, looked at before SQLite looks: it does what it finds there.
//!
//! Not what is in the file. A rollback journal is played back, and at the end the file is removed that its last bytes name, whatever file that is and wherever it
//! lies; a name that is a second one of another file is written to all the same. Invariants: whatever no program of ours leaves there is refused by its name, and
//! nothing is mended; no crash of ours leaves what is refused, for these files are written with a write-ahead log from their first byte on.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// That the file and what SQLite keeps beside it are files with one name each, or nothing, and that no rollback journal is among them.
///
/// # Errors
/// In one line what is not, and what to do.
pub(super) fn is_ours(database: &Path) -> Result<(), String> {
    // SQLite keeps the others beside the file itself, wherever a link to it stands.
    let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    for end in ["", "-journal", "-wal", "-shm"] {
        let mut path = real.clone().into_os_string();
        path.push(end);
        let path = PathBuf::from(path);
        let Ok(meta) = path.symlink_metadata() else { continue };
        let wrong = match () {
            () if !meta.is_file() => "no file stands in its place",
            () if meta.nlink() > 1 => "this file has another name too (a hard link), and SQLite would write to both",
            () if end == "-journal" && meta.len() > 0 => {
                "no log and no witness leaves that there, and SQLite would do what it says"
            }
            () => continue,
        };
        return Err(format!("{}: {wrong}: look at it, and move it away", path.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::open_sqlite;
    use super::*;

    #[tokio::test]
    async fn what_sqlite_would_do_harm_by_is_refused_before_it_looks() {
        let folder = tempfile::tempdir().unwrap();
        let (file, victim) = (folder.path().join("lock.sqlite"), folder.path().join("log.key"));
        let at = |end: &str| folder.path().join(format!("lock.sqlite{end}"));
        open_sqlite(&file).await.unwrap().close().await;
        std::fs::write(&victim, "secret").unwrap();
        let pages = u32::try_from(file.metadata().unwrap().len() / 4096).unwrap();
        std::fs::write(at("-journal"), naming(&victim, pages)).unwrap();
        let said = open_sqlite(&file).await.unwrap_err();
        assert!(victim.exists() && said.contains("lock.sqlite-journal: no log"), "{said}");
        std::fs::remove_file(at("-journal")).unwrap();
        for end in ["-journal", "-wal", "-shm"] {
            std::fs::hard_link(&victim, at(end)).unwrap();
            let said = open_sqlite(&file).await.unwrap_err();
            assert!(said.contains(&format!("lock.sqlite{end}: this file has another name")), "{said}");
            assert_eq!(std::fs::read(&victim).unwrap(), b"secret");
            std::fs::remove_file(at(end)).unwrap();
            let pipe = rustix::fs::FileType::Fifo;
            rustix::fs::mknodat(rustix::fs::CWD, at(end), pipe, 0o600.into(), 0).unwrap();
            let said = tokio::time::timeout(std::time::Duration::from_secs(10), open_sqlite(&file)).await;
            assert!(said.expect("it hangs").unwrap_err().contains("no file stands in its place"));
            std::fs::remove_file(at(end)).unwrap();
        }
        open_sqlite(&file).await.unwrap().close().await;
    }

    /// A journal without a page, whose end names a file (SQLite's file format, "The Rollback Journal").
    fn naming(victim: &Path, pages: u32) -> Vec<u8> {
        const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
        let mut bytes = MAGIC.to_vec();
        bytes.extend([0, 0, pages, 512, 4096].map(u32::to_be_bytes).concat());
        bytes.resize(512, 0);
        let name = victim.to_str().unwrap().as_bytes();
        bytes.extend((0x4000_0000_u32 / 4096 + 1).to_be_bytes());
        bytes.extend(name);
        let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
        bytes.extend([u32::try_from(name.len()).unwrap(), sum].map(u32::to_be_bytes).concat());
        bytes.extend(MAGIC);
        bytes
    }
}
