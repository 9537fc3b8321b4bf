//! Any bytes as what describes a disc: its volume descriptors, path tables and directories, in the place where they lie.
//!
//! An input is what stands behind the empty system area; behind the input there are zeros up to a megabyte. Promises: reading ends, in
//! bounded memory; a file lies within the volume; what differs from our layout is said in one line that a terminal can be shown; a
//! disc that is ours shows every system the same names, each once.
#![no_main]

#[path = "../../crates/cli/src/disc/iso.rs"]
#[allow(dead_code)]
mod iso;
#[path = "../../crates/cli/src/disc/layout.rs"]
mod layout;
#[path = "../../crates/cli/src/reading.rs"]
#[allow(dead_code)]
mod reading;
#[path = "../../crates/cli/src/disc/records.rs"]
mod records;
#[path = "../../crates/cli/src/text.rs"]
#[allow(dead_code)]
mod text;

/// The names that papers have, which belong to a module that makes them.
mod receipt {
    pub(crate) fn known_names() -> Vec<String> {
        let names = ["receipt", "read-me", "derbynneb", "darllenwch-fi"];
        names.iter().flat_map(|name| [format!("{name}.txt"), format!("{name}.html")]).collect()
    }
}

use iso::Volume;
use libfuzzer_sys::fuzz_target;
use std::io;

const SYSTEM_AREA_BYTES: u64 = 16 * 2_048;
const DISC_BYTES: u64 = 1 << 20;

struct Disc<'a>(&'a [u8]);

impl seal::ReadAt for Disc<'_> {
    fn len_bytes(&mut self) -> io::Result<u64> {
        Ok(DISC_BYTES)
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let there = DISC_BYTES.saturating_sub(offset).min(buf.len() as u64) as usize;
        let buf = &mut buf[..there];
        buf.fill(0);
        for (at, byte) in buf.iter_mut().enumerate() {
            let behind = (offset + at as u64).checked_sub(SYSTEM_AREA_BYTES);
            *byte = behind.and_then(|behind| self.0.get(behind as usize)).copied().unwrap_or(0);
        }
        Ok(there)
    }
}

fuzz_target!(|data: &[u8]| {
    let mut disc = Disc(data);
    let Ok(volume) = Volume::read(&mut disc) else { return };
    for file in &volume.files {
        assert!(file.start + file.len_bytes <= volume.len_bytes(), "{file:?} in {}", volume.blocks);
        assert!(volume.file(&file.name).is_some());
        if file.len_bytes > 0 {
            assert!(volume.at(file.start).is_some());
        }
    }
    let Ok(odd) = layout::oddity(&mut disc, &volume) else { return };
    match odd {
        Some(what) => assert!(!what.is_empty() && what.len() < 1_000, "{what:?}"),
        None => {
            let mut names: Vec<&str> = volume.files.iter().map(|file| file.name.as_str()).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
            assert!(
                names.iter().all(|name| *name == "recording.flac" || receipt::known_names().iter().any(|n| n == name))
            );
        }
    }
});
