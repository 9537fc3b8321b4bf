//! Whether a disc is laid out as `disc make` lays it out, so that every computer shows the same files on it.
//!
//! Not a reader (`iso.rs`) and no check for accidents (`checksum.rs`). Somebody who makes a disc on purpose can give Windows
//! other files than Linux, a second file system or a hidden recording, and compute every checksum anew. Invariants: what is
//! not understood is not accepted; both directories name the same bytes; a byte that belongs to nothing is zero.

use std::io;
use std::ops::Range;

use recorder::folder::RECORDING;
use seal::ReadAt;

use super::iso::{BLOCK_BYTES, Entry, Volume};
use super::records::{self, Kind, Record};
use crate::reading::fill;
use crate::receipt;

/// Volume descriptors: the directory for Linux and Mac, the one for Windows, and no other.
const PRIMARY: u64 = 16;
const JOLIET: u64 = 17;
const LAST: u64 = 18;
const JOLIET_ESCAPE: &[u8; 32] = b"%/E\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const DIRECTORY_BYTES_MAX: u32 = 1 << 16;
const CHUNK_BYTES: u64 = 1 << 18;

/// Why a disc is not laid out like ours.
pub(super) enum Odd {
    Read(io::Error),
    Is(String),
}

impl From<io::Error> for Odd {
    fn from(err: io::Error) -> Odd {
        Odd::Read(err)
    }
}

impl From<&str> for Odd {
    fn from(what: &str) -> Odd {
        Odd::Is(what.to_owned())
    }
}

/// The first thing that is otherwise than on a disc of ours, as a clause.
pub(crate) fn oddity(disc: &mut dyn ReadAt, volume: &Volume) -> io::Result<Option<String>> {
    match inspect(disc, volume) {
        Ok(()) => Ok(None),
        Err(Odd::Is(what)) => Ok(Some(what)),
        Err(Odd::Read(err)) => Err(err),
    }
}

fn inspect(disc: &mut dyn ReadAt, volume: &Volume) -> Result<(), Odd> {
    let before = "there is something before its first page: a computer may start from it, or show another disc";
    zeros(disc, 0..PRIMARY * BLOCK_BYTES, before)?;
    let [primary, joliet, last] = [page(disc, PRIMARY)?, page(disc, JOLIET)?, page(disc, LAST)?];
    let is_end = last.starts_with(b"\xffCD001\x01") && last[7..].iter().all(|byte| *byte == 0);
    let is_joliet = joliet.starts_with(b"\x02CD001\x01\0") && joliet[88..120] == JOLIET_ESCAPE[..];
    if !primary.starts_with(b"\x01CD001\x01\0") || !is_joliet || !is_end {
        return Err("it has other directories than the two of a disc of ours".into());
    }
    let mut claimed: Vec<Range<u64>> = std::iter::once(0..(LAST + 1) * BLOCK_BYTES).collect();
    let unix = tree(disc, &primary, Kind::RockRidge, volume, &mut claimed)?;
    let windows = tree(disc, &joliet, Kind::Joliet, volume, &mut claimed)?;
    names(&unix, &windows)?;
    label(&primary, &joliet)?;
    claimed.extend(unix.iter().map(|file| file.start..file.start + file.len_bytes));
    // The checksums of the files and the page with the image's own.
    claimed.push(volume.len_bytes().saturating_sub(2 * BLOCK_BYTES)..volume.len_bytes());
    claimed.sort_by_key(|range| range.start);
    let mut at = 0;
    for range in claimed {
        if range.start < at {
            return Err("two things on it lie in the same place".into());
        }
        between(disc, at..range.start)?;
        at = range.end;
    }
    Ok(())
}

fn names(unix: &[Entry], windows: &[Entry]) -> Result<(), Odd> {
    let known = receipt::known_names();
    let all = || unix.iter().chain(windows).map(|file| &file.name);
    if let Some(name) = all().find(|name| *name != RECORDING && !known.contains(name)) {
        return Err(Odd::Is(format!("a file on it is not ours: {name}")));
    }
    let mut sorted = [unix, windows].map(|files| files.iter().collect::<Vec<_>>());
    sorted.iter_mut().for_each(|files| files.sort_by(|a, b| a.name.cmp(&b.name)));
    let [unix, windows] = sorted;
    if unix.windows(2).any(|two| two[0].name == two[1].name) {
        return Err("two files on it have the same name".into());
    }
    if unix == windows {
        return Ok(());
    }
    let differing = unix.iter().find(|file| !windows.contains(file)).or_else(|| windows.first());
    let name = differing.map_or(RECORDING, |file| &file.name);
    Err(Odd::Is(format!("Windows shows other files than other systems: {name} is not the same for both")))
}

/// The same label for every system.
fn label(primary: &[u8], joliet: &[u8]) -> Result<(), Odd> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches([' ', '\0']).to_owned();
    let wide: Vec<u8> = joliet[40..72].chunks(2).map(|pair| if pair[0] == 0 { pair[1] } else { b'?' }).collect();
    if text(&primary[40..72]) == text(&wide) { Ok(()) } else { Err("it has two labels".into()) }
}

/// One directory: the files in it, all it consists of added to what is claimed.
fn tree(
    disc: &mut dyn ReadAt,
    descriptor: &[u8],
    kind: Kind,
    volume: &Volume,
    claimed: &mut Vec<Range<u64>>,
) -> Result<Vec<Entry>, Odd> {
    const DAMAGED: &str = "a page that describes its directory is not as on a disc of ours";
    let two = |at| records::both32(descriptor, at);
    let one = |at| records::both16(descriptor, at) == Some(1);
    let root = Record::read(&descriptor[156..190]).filter(|root| root.is_folder() && root.id == [0]).ok_or(DAMAGED)?;
    let sizes = two(80) == Some(volume.blocks) && records::both16(descriptor, 128) == Some(2_048);
    if !sizes || !one(120) || !one(124) || two(132) != Some(10) || descriptor[881] != 1 {
        return Err(DAMAGED.into());
    }
    if root.len_bytes > DIRECTORY_BYTES_MAX || !u64::from(root.len_bytes).is_multiple_of(BLOCK_BYTES) {
        return Err("its directory is of another size than on a disc of ours".into());
    }
    path_tables(disc, descriptor, root.block, volume, claimed)?;
    let start = claim(volume, root.block, root.len_bytes, claimed)?;
    let mut directory = vec![0; root.len_bytes as usize];
    full(disc, start, &mut directory)?;
    let (files, more) = records::files(&directory, &root, kind).map_err(Odd::from)?;
    if let Some(more) = more {
        claim(volume, more.block, more.offset.saturating_add(more.len_bytes), claimed)?;
        let mut entries = vec![0; more.len_bytes as usize];
        full(disc, u64::from(more.block) * BLOCK_BYTES + u64::from(more.offset), &mut entries)?;
        records::about_the_root(&entries)?;
    }
    for file in &files {
        if file.len_bytes == 0 || file.start + file.len_bytes > volume.len_bytes() {
            return Err("its directory points to where nothing is".into());
        }
    }
    Ok(files)
}

/// Windows looks folders up in these tables: they must lead to the same root.
fn path_tables(
    disc: &mut dyn ReadAt,
    descriptor: &[u8],
    root: u32,
    volume: &Volume,
    claimed: &mut Vec<Range<u64>>,
) -> Result<(), Odd> {
    let bytes = |at: usize| [descriptor[at], descriptor[at + 1], descriptor[at + 2], descriptor[at + 3]];
    let tables = [
        (u32::from_le_bytes(bytes(140)), root.to_le_bytes(), [1, 0]),
        (u32::from_be_bytes(bytes(148)), root.to_be_bytes(), [0, 1]),
    ];
    let mut right = bytes(144) == [0; 4] && bytes(152) == [0; 4];
    for (block, root, parent) in tables {
        let at = claim(volume, block, 10, claimed)?;
        let mut table = [0; 10];
        full(disc, at, &mut table)?;
        right &= table[..] == [&[1, 0][..], &root, &parent, &[0, 0]].concat()[..];
    }
    if right { Ok(()) } else { Err("its tables of folders lead to another directory".into()) }
}

fn claim(volume: &Volume, block: u32, len_bytes: u32, claimed: &mut Vec<Range<u64>>) -> Result<u64, Odd> {
    let start = u64::from(block) * BLOCK_BYTES;
    let end = start + u64::from(len_bytes);
    if end > volume.len_bytes() {
        return Err("its directory points behind its end".into());
    }
    claimed.push(start..end);
    Ok(start)
}

/// What belongs to nothing: zeros, or a page with a checksum over what stands before it.
fn between(disc: &mut dyn ReadAt, range: Range<u64>) -> Result<(), Odd> {
    const HIDDEN: &str = "there is something on it that belongs to none of its files";
    let mut at = range.start;
    while at < range.end {
        let end = (at / BLOCK_BYTES + 1) * BLOCK_BYTES;
        let is_page = at.is_multiple_of(BLOCK_BYTES) && end <= range.end;
        if !(is_page && is_checksum(&page(disc, at / BLOCK_BYTES)?)) {
            zeros(disc, at..end.min(range.end), HIDDEN)?;
        }
        at = end;
    }
    Ok(())
}

fn is_checksum(page: &[u8]) -> bool {
    let begins = [&b"libisofs_sb_checksum_tag_v1 "[..], b"libisofs_tree_checksum_tag_v1 "];
    let end = page.iter().position(|byte| *byte == b'\n').unwrap_or_default();
    let is_line =
        page[..end].iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b" _=".contains(byte));
    begins.iter().any(|begin| page.starts_with(begin)) && is_line && page[end + 1..].iter().all(|byte| *byte == 0)
}

fn zeros(disc: &mut dyn ReadAt, range: Range<u64>, otherwise: &str) -> Result<(), Odd> {
    let mut at = range.start;
    while at < range.end {
        let mut chunk = vec![0; usize::try_from((range.end - at).min(CHUNK_BYTES)).unwrap_or_default()];
        full(disc, at, &mut chunk)?;
        if chunk.iter().any(|byte| *byte != 0) {
            return Err(otherwise.into());
        }
        at += chunk.len() as u64;
    }
    Ok(())
}

fn page(disc: &mut dyn ReadAt, block: u64) -> Result<Vec<u8>, Odd> {
    let mut page = vec![0; BLOCK_BYTES as usize];
    full(disc, block * BLOCK_BYTES, &mut page)?;
    Ok(page)
}

fn full(disc: &mut dyn ReadAt, at: u64, buf: &mut [u8]) -> Result<(), Odd> {
    if fill(disc, at, buf)? < buf.len() { Err("it ends too early".into()) } else { Ok(()) }
}
