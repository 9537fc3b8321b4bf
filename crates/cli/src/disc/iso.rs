//! What is on a disc: the files in the root of an ISO 9660 volume, with their Rock Ridge names.
//!
//! Not a general reader: no folders, no links, no second session. Every byte is hostile. Invariants: every length is
//! checked before it is used; memory is bounded by one directory of at most 1 MiB; a file's place lies within the volume.

use std::io;

use seal::ReadAt;

use crate::reading::fill;

pub(crate) const BLOCK_BYTES: u64 = 2_048;
/// The first volume descriptor.
const DESCRIPTOR_AT: u64 = 16 * BLOCK_BYTES;
const DIRECTORY_BYTES_MAX: u32 = 1 << 20;
/// Flags of a record.
pub(super) const MORE_EXTENTS: u8 = 0x80;
pub(super) const IS_FOLDER: u8 = 0x02;

/// A volume.
pub(crate) struct Volume {
    pub(crate) label: String,
    /// Its size as it says itself: everything but the padding behind it.
    pub(crate) blocks: u32,
    pub(crate) files: Vec<Entry>,
}

/// A file and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) start: u64,
    pub(crate) len_bytes: u64,
}

/// Why there is no volume to be read.
pub(crate) enum Fault {
    Read(io::Error),
    /// There is none.
    NotIso,
    /// There is one, and this is wrong with it.
    Broken(&'static str),
}

impl From<io::Error> for Fault {
    fn from(err: io::Error) -> Fault {
        Fault::Read(err)
    }
}

impl Volume {
    pub(crate) fn read(disc: &mut dyn ReadAt) -> Result<Volume, Fault> {
        let mut head = [0; BLOCK_BYTES as usize];
        if fill(disc, DESCRIPTOR_AT, &mut head)? < head.len() || !head.starts_with(b"\x01CD001\x01") {
            return Err(Fault::NotIso);
        }
        let blocks = le32(&head, 80);
        if le16(&head, 128) != 2_048 || blocks < 17 {
            return Err(Fault::Broken("its first page is damaged"));
        }
        let label = String::from_utf8_lossy(&head[40..72]).trim_end().to_owned();
        let root = &head[156..190];
        let (start, len) = (u64::from(le32(root, 2)) * BLOCK_BYTES, le32(root, 10));
        if len > DIRECTORY_BYTES_MAX || start + u64::from(len) > u64::from(blocks) * BLOCK_BYTES {
            return Err(Fault::Broken("its directory is damaged"));
        }
        let mut directory = vec![0; len as usize];
        if fill(disc, start, &mut directory)? < directory.len() {
            return Err(Fault::Broken("its directory is cut short"));
        }
        let files = entries(&directory, u64::from(blocks) * BLOCK_BYTES)?;
        Ok(Volume { label, blocks, files })
    }

    pub(crate) fn len_bytes(&self) -> u64 {
        u64::from(self.blocks) * BLOCK_BYTES
    }

    pub(crate) fn file(&self, name: &str) -> Option<&Entry> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The file that has this byte, and which byte of it that is.
    pub(crate) fn at(&self, byte: u64) -> Option<(&Entry, u64)> {
        let file = self.files.iter().find(|file| (file.start..file.start + file.len_bytes).contains(&byte))?;
        Some((file, byte - file.start))
    }
}

fn entries(directory: &[u8], end: u64) -> Result<Vec<Entry>, Fault> {
    let mut files: Vec<Entry> = Vec::new();
    let mut goes_on = false;
    for block in directory.chunks(BLOCK_BYTES as usize) {
        let mut at = 0;
        // A record never crosses a block; a length of nothing ends it.
        while let Some(len) = block.get(at).map(|len| usize::from(*len)).filter(|len| *len > 0) {
            let record = block.get(at..at + len).filter(|record| record.len() >= 34);
            let record = record.ok_or(Fault::Broken("its directory is damaged"))?;
            at += len;
            if record[25] & IS_FOLDER != 0 {
                continue;
            }
            let (start, len_bytes) = (u64::from(le32(record, 2)) * BLOCK_BYTES, u64::from(le32(record, 10)));
            if start + len_bytes > end {
                return Err(Fault::Broken("its directory points behind its end"));
            }
            let name = name(record).ok_or(Fault::Broken("its directory is damaged"))?;
            match files.last_mut().filter(|_| goes_on) {
                Some(last) if last.name == name && last.start + last.len_bytes == start => last.len_bytes += len_bytes,
                Some(_) => return Err(Fault::Broken("a file on it is in pieces")),
                None => files.push(Entry { name, start, len_bytes }),
            }
            goes_on = record[25] & MORE_EXTENTS != 0;
        }
    }
    Ok(files)
}

/// The Rock Ridge name, else the ISO name without its version.
fn name(record: &[u8]) -> Option<String> {
    let name_len = usize::from(record[32]);
    let plain = record.get(33..33 + name_len)?;
    let mut rest = record.get(33 + name_len + usize::from(name_len % 2 == 0)..).unwrap_or_default();
    while let Some(len) = rest.get(2).map(|len| usize::from(*len)).filter(|len| (4..=rest.len()).contains(len)) {
        if rest.starts_with(b"NM") && len >= 5 {
            return Some(String::from_utf8_lossy(&rest[5..len]).into_owned());
        }
        rest = &rest[len..];
    }
    let plain = String::from_utf8_lossy(plain).to_lowercase();
    Some(plain.split(';').next().unwrap_or_default().to_owned())
}

fn le16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn record(name: &str, start: u32, len: u32, flags: u8) -> Vec<u8> {
        let nm = [b"NM", &[5 + name.len() as u8, 1, 0][..], name.as_bytes()].concat();
        let mut record = vec![0; 33];
        record[2..6].copy_from_slice(&start.to_le_bytes());
        record[10..14].copy_from_slice(&len.to_le_bytes());
        record[25] = flags;
        record[32] = 3;
        record.extend(b"X;1");
        record.extend(nm);
        record[0] = record.len() as u8;
        record
    }

    #[test]
    fn entries_are_read_and_lies_refused() {
        let read = |records: &[Vec<u8>]| entries(&records.concat(), 10 * BLOCK_BYTES).ok();
        let one = read(&[record("a.flac", 2, 100, 0), record("b", 3, 1, IS_FOLDER)]).unwrap();
        assert_eq!(one, [Entry { name: "a.flac".into(), start: 4_096, len_bytes: 100 }]);
        let joined = read(&[record("a", 2, 2_048, MORE_EXTENTS), record("a", 3, 7, 0)]).unwrap();
        assert_eq!(joined, [Entry { name: "a".into(), start: 4_096, len_bytes: 2_055 }]);
        assert!(read(&[record("a", 2, 2_048, MORE_EXTENTS), record("a", 4, 7, 0)]).is_none());
        assert!(read(&[record("a", 9, 2_049, 0)]).is_none());
        assert!(read(&[record("a", u32::MAX, u32::MAX, 0)]).is_none());
        assert!(read(&[vec![40, 0, 0]]).is_none());
        assert!(read(&[vec![9; 9]]).is_none());
    }

    #[test]
    fn any_bytes_end_in_an_answer() {
        let mut noise: u32 = 1;
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..300)
                .map(|_| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (noise >> 24) as u8 & 0x7f
                })
                .collect();
            let _ = entries(&bytes, 1 << 40);
        }
    }
}
