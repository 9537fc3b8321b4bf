//! The index made anew over a whole log: rows are parted by their first byte into files, then each part is sorted and appended.
//!
//! Not the index as it grows (`mod.rs`). One sorted run comes out, which nothing has to merge: a log of 10^8 entries that lost its
//! index would else look through hundreds of runs for minutes. Invariants: memory holds one part; the run and its mark appear
//! together or not at all; what is left of an attempt that died is removed by the next.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use seal::tlog::{Entry, Hash};

use super::{Disk, KEY_LEN_BYTES, Key, key};

const PARTS: usize = 256;
const ROW_LEN_BYTES: usize = KEY_LEN_BYTES + 8;

/// An index that is being made anew.
pub(crate) struct Rebuild {
    disk: Disk,
    folder: PathBuf,
    parts: Vec<BufWriter<File>>,
}

impl Rebuild {
    /// Begins, with its files beside the index's folder.
    pub(super) fn begin(disk: Disk, index: &Path) -> io::Result<Rebuild> {
        let name = index.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let folder = index.with_file_name(format!("{name}.rebuild"));
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir(&folder)?,
        }
        let part = |number: usize| File::create_new(folder.join(number.to_string())).map(BufWriter::new);
        let parts = (0..PARTS).map(part).collect::<io::Result<_>>()?;
        Ok(Rebuild { disk, folder, parts })
    }

    /// Takes the entries that stand from `first` on.
    pub(crate) fn push(&mut self, first: u64, entries: &[Entry]) -> Result<(), String> {
        for (entry, index) in entries.iter().zip(first..) {
            let key = key(entry);
            let part = &mut self.parts[usize::from(key[0])];
            let written = part.write_all(&key).and_then(|()| part.write_all(&index.to_be_bytes()));
            written.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Writes the run; the index is then complete up to `size`, where the root is `root`.
    pub(crate) fn finish(self, size: u64, root: &Hash) -> Result<(), String> {
        let Rebuild { disk, folder, parts } = self;
        for part in parts {
            part.into_inner().map_err(|error| error.to_string())?;
        }
        // Parts follow one another as their rows do. An entry that is in twice keeps its first index.
        let rows = (0..PARTS).flat_map(|number| match fs::read(folder.join(number.to_string())) {
            Ok(bytes) => sorted(&bytes).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error.to_string())],
        });
        disk.append_run(rows, size, root)?;
        fs::remove_dir_all(&folder).map_err(|error| error.to_string())
    }
}

fn sorted(bytes: &[u8]) -> Vec<(Key, u64)> {
    let (rows, _) = bytes.as_chunks::<ROW_LEN_BYTES>();
    let split = |row: &[u8; ROW_LEN_BYTES]| {
        let (key, index) = row.split_first_chunk::<KEY_LEN_BYTES>()?;
        Some((*key, u64::from_be_bytes(index.try_into().ok()?)))
    };
    let mut rows: Vec<(Key, u64)> = rows.iter().filter_map(split).collect();
    rows.sort_unstable();
    rows.dedup_by_key(|(key, _)| *key);
    rows
}
