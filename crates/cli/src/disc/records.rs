//! The records of one of a disc's directories, taken only if they are of the plain kind that `disc make` writes.
//!
//! Not a general reader (`iso.rs` finds the recording on a damaged disc too). Invariants: numbers that stand twice, for two
//! kinds of processors, are the same; nothing that would make a system show a file otherwise than it lies there (links,
//! compression, attributes before it, hidden or interleaved files) is let through.

use super::iso::{BLOCK_BYTES, Entry, IS_FOLDER, MORE_EXTENTS};

const DAMAGED: &str = "a record in its directory is not as on a disc of ours";
/// The kinds of files in a Unix mode.
const KINDS: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const ORDINARY: u32 = 0o100_000;

/// For whom a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Linux and Mac.
    RockRidge,
    /// Windows.
    Joliet,
}

/// Where the entries of the root go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct More {
    pub(super) block: u32,
    pub(super) offset: u32,
    pub(super) len_bytes: u32,
}

/// One record.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) block: u32,
    pub(super) len_bytes: u32,
    flags: u8,
    pub(super) id: &'a [u8],
    /// What Rock Ridge adds.
    entries: &'a [u8],
}

impl<'a> Record<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Record<'a>> {
        let id_len = usize::from(*bytes.get(32)?);
        let id = bytes.get(33..33 + id_len)?;
        // Attributes before the file, or one that lies in slices, would be other bytes for other systems.
        let is_plain = bytes[1] == 0 && bytes[26..28] == [0, 0] && both16(bytes, 28) == Some(1);
        let entries = bytes.get(33 + id_len + usize::from(id_len % 2 == 0)..).unwrap_or_default();
        let (block, len_bytes) = (both32(bytes, 2)?, both32(bytes, 10)?);
        is_plain.then_some(Record { block, len_bytes, flags: bytes[25], id, entries })
    }

    pub(super) fn is_folder(&self) -> bool {
        self.flags == IS_FOLDER
    }
}

/// The files of a directory, and where the entries of the root go on.
pub(super) fn files(
    directory: &[u8],
    root: &Record<'_>,
    kind: Kind,
) -> Result<(Vec<Entry>, Option<More>), &'static str> {
    let (mut files, mut more): (Vec<Entry>, _) = (Vec::new(), None);
    let mut goes_on = false;
    for (at, record) in records(directory)?.into_iter().enumerate() {
        if at < 2 {
            let is_root = record.is_folder() && (record.block, record.len_bytes) == (root.block, root.len_bytes);
            if record.id != [at as u8] || !is_root {
                return Err(DAMAGED);
            }
            let found = folder_entries(&record, kind, at == 0)?;
            more = more.or(found);
            continue;
        }
        if record.is_folder() {
            return Err("there is a folder on it");
        }
        if record.flags & !MORE_EXTENTS != 0 {
            return Err("there is a hidden or special file on it");
        }
        let name = match kind {
            Kind::Joliet => wide(record.id)?,
            Kind::RockRidge => unix(&record)?,
        };
        let (start, len_bytes) = (u64::from(record.block) * BLOCK_BYTES, u64::from(record.len_bytes));
        match files.last_mut().filter(|_| goes_on) {
            Some(last) if last.name == name && last.start + last.len_bytes == start => last.len_bytes += len_bytes,
            Some(_) => return Err("a file on it is in pieces"),
            None => files.push(Entry { name, start, len_bytes }),
        }
        goes_on = record.flags & MORE_EXTENTS != 0;
    }
    if goes_on { Err("a file on it is in pieces") } else { Ok((files, more)) }
}

fn records(directory: &[u8]) -> Result<Vec<Record<'_>>, &'static str> {
    let mut records = Vec::new();
    for block in directory.chunks(BLOCK_BYTES as usize) {
        let mut at = 0;
        // A record never crosses a block; a length of nothing ends it, and nothing stands behind that.
        while let Some(len) = block.get(at).map(|len| usize::from(*len)).filter(|len| *len > 0) {
            let record = block.get(at..at + len).filter(|record| record.len() >= 34);
            records.push(record.and_then(Record::read).ok_or(DAMAGED)?);
            at += len;
        }
        if block[at.min(block.len())..].iter().any(|byte| *byte != 0) {
            return Err(DAMAGED);
        }
    }
    Ok(records)
}

/// A name as Windows reads it.
fn wide(id: &[u8]) -> Result<String, &'static str> {
    let units: Vec<u16> = id.chunks(2).map(|pair| u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)])).collect();
    String::from_utf16(&units).map_err(|_| DAMAGED)
}

/// A name as Linux reads it; without Rock Ridge it would read the same in capitals.
fn unix(record: &Record<'_>) -> Result<String, &'static str> {
    let (mut name, mut mode) = (None, None);
    for entry in entries(record.entries)? {
        match &entry[..2] {
            b"NM" if name.is_none() && entry.get(4) == Some(&0) => name = Some(&entry[5..]),
            b"PX" if mode.is_none() => mode = both32(entry, 4),
            b"TF" | b"AL" => {}
            _ => return Err("something on it makes Linux show a file otherwise than it is"),
        }
    }
    let name = name.and_then(|name| std::str::from_utf8(name).ok()).ok_or(DAMAGED)?;
    if mode.map(|mode| mode & KINDS) != Some(ORDINARY) {
        return Err("there is a link or a special file on it");
    }
    let in_capitals = name.to_uppercase().replace('-', "_") + ";1";
    if record.id != in_capitals.as_bytes() {
        return Err("a file on it has two names");
    }
    Ok(name.to_owned())
}

/// What stands behind the two records of the root itself.
fn folder_entries(record: &Record<'_>, kind: Kind, is_first: bool) -> Result<Option<More>, &'static str> {
    if kind == Kind::Joliet {
        return if record.entries.is_empty() { Ok(None) } else { Err(DAMAGED) };
    }
    let mut more = None;
    for (at, entry) in entries(record.entries)?.into_iter().enumerate() {
        match &entry[..2] {
            // Nothing is to be skipped before the entries of every record.
            b"SP" if is_first && at == 0 && entry[4..] == [0xbe, 0xef, 0] => {}
            b"PX" if both32(entry, 4).is_some_and(|mode| mode & KINDS == FOLDER) => {}
            b"TF" | b"AL" => {}
            b"CE" if is_first && more.is_none() => {
                let number = |at| both32(entry, at).filter(|number| *number <= 1 << 24).ok_or(DAMAGED);
                let (block, offset, len_bytes) = (number(4)?, number(12)?, number(20)?);
                if u64::from(offset) + u64::from(len_bytes) > 4 * BLOCK_BYTES {
                    return Err(DAMAGED);
                }
                more = Some(More { block, offset, len_bytes });
            }
            _ => return Err("something on it makes Linux show another directory"),
        }
    }
    Ok(more)
}

/// The entries of the root that stand elsewhere: which extension it is, and what xorriso notes for itself.
pub(super) fn about_the_root(more: &[u8]) -> Result<(), &'static str> {
    let is_known = |entry: &&[u8]| [&b"ER"[..], b"AL", b"TF"].contains(&&entry[..2]);
    if entries(more)?.iter().all(is_known) { Ok(()) } else { Err("something on it makes Linux show another directory") }
}

/// Entries of at least four bytes, to the end, which may be one byte that fills up.
fn entries(mut rest: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let mut entries = Vec::new();
    while rest.len() > 1 {
        let len = rest.get(2).map(|len| usize::from(*len)).filter(|len| (4..=rest.len()).contains(len));
        let (entry, behind) = rest.split_at(len.ok_or(DAMAGED)?);
        entries.push(entry);
        rest = behind;
    }
    Ok(entries)
}

/// A number that stands in both orders of bytes, if both say the same.
pub(super) fn both32(bytes: &[u8], at: usize) -> Option<u32> {
    let (little, big) = bytes.get(at..at + 8)?.split_at(4);
    let little = u32::from_le_bytes(little.try_into().ok()?);
    (little == u32::from_be_bytes(big.try_into().ok()?)).then_some(little)
}

/// The same of half the size.
pub(super) fn both16(bytes: &[u8], at: usize) -> Option<u16> {
    let (little, big) = bytes.get(at..at + 4)?.split_at(2);
    let little = u16::from_le_bytes(little.try_into().ok()?);
    (little == u16::from_be_bytes(big.try_into().ok()?)).then_some(little)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ROOT: u32 = 20;

    fn both(number: u32) -> Vec<u8> {
        [number.to_le_bytes(), number.to_be_bytes()].concat()
    }

    fn record(block: u32, len_bytes: u32, flags: u8, id: &[u8], entries: &[u8]) -> Vec<u8> {
        let dates_and_flags = [&[0; 7][..], &[flags, 0, 0, 1, 0, 0, 1]].concat();
        let filled_up = vec![0; usize::from(id.len().is_multiple_of(2))];
        let mut record =
            [&[0, 0][..], &both(block), &both(len_bytes), &dates_and_flags, &[id.len() as u8], id, &filled_up, entries]
                .concat();
        record[0] = record.len() as u8;
        record
    }

    /// A mode as Rock Ridge gives it.
    fn px(mode: u32) -> Vec<u8> {
        [&b"PX"[..], &[36, 1], &both(mode), &[0; 24]].concat()
    }

    fn directory() -> Vec<u8> {
        let skip = [&b"SP"[..], &[7, 1, 0xbe, 0xef, 0]].concat();
        let own = record(ROOT, 2_048, IS_FOLDER, &[0], &[skip, px(FOLDER)].concat());
        let parent = record(ROOT, 2_048, IS_FOLDER, &[1], &px(FOLDER));
        let name = [&b"NM"[..], &[10, 1, 0], b"a.txt"].concat();
        let file = record(30, 9, 0, b"A.TXT;1", &[px(ORDINARY | 0o444), name].concat());
        let mut directory = [own, parent, file].concat();
        directory.resize(2_048, 0);
        directory
    }

    fn read(directory: &[u8]) -> Result<Vec<Entry>, &'static str> {
        let own = record(ROOT, 2_048, IS_FOLDER, &[0], &[]);
        files(directory, &Record::read(&own).unwrap(), Kind::RockRidge).map(|(files, _)| files)
    }

    #[test]
    fn no_changed_byte_shows_a_file_elsewhere_or_is_more_than_an_answer() {
        let good = directory();
        let file = Entry { name: "a.txt".into(), start: 30 * BLOCK_BYTES, len_bytes: 9 };
        assert_eq!(read(&good).unwrap(), std::slice::from_ref(&file));
        for at in 0..good.len() {
            for mask in 1..=u8::MAX {
                let mut changed = good.clone();
                changed[at] ^= mask;
                let Ok(mut files) = read(&changed) else { continue };
                // In capitals a name stays the same here; that it is one of ours to the letter is asked for in `layout.rs`.
                files.iter_mut().for_each(|file| file.name = file.name.to_lowercase());
                assert_eq!(files, std::slice::from_ref(&file), "byte {at}, {mask:#x}");
            }
        }
    }
}
