//! The metadata blocks that are not sealed: whether they are what they say, and one line about each for the verdict.
//!
//! Not here: the walk from block to block (`metadata.rs`). Source: RFC 9639 sections 8.3–8.8, `spec/seal.md` section 2.
//! Invariants: `Err(Short::End)` means the block lies; every text taken out is cleaned before it is shown; memory is bounded
//! whatever lengths are claimed.

use crate::read_at::{ReadAt, Short, Window};

type Found = Result<Option<String>, Short>;

/// Field names shown of one comment block.
const NAMES_MAX: usize = 12;
/// Bytes of a comment looked at for its field name.
const NAME_BYTES_MAX: usize = 40;

/// Printable form of bytes out of a file.
pub(crate) fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// PADDING: zero bytes.
pub(crate) fn padding(file: &mut dyn ReadAt, content: &mut Window, len: u64) -> Found {
    let mut left = len;
    while left > 0 {
        let piece = left.min(32 * 1024);
        if content.take(file, piece as usize)?.iter().any(|byte| *byte != 0) {
            return Ok(Some("the padding is not empty".into()));
        }
        left -= piece;
    }
    Ok(None)
}

/// SEEKTABLE: 18-byte points that ascend.
pub(crate) fn seek_table(file: &mut dyn ReadAt, content: &mut Window, len: u64) -> Found {
    if !len.is_multiple_of(18) {
        return Err(Short::End);
    }
    let mut before = None;
    for _ in 0..len / 18 {
        let sample = content.u64(file)?;
        content.skip(10)?;
        if sample != u64::MAX && before.is_some_and(|before| before >= sample) {
            return Err(Short::End);
        }
        if sample != u64::MAX {
            before = Some(sample);
        }
    }
    Ok(Some("a seek table was added".into()))
}

/// VORBIS_COMMENT: vendor and comments whose lengths add up.
pub(crate) fn vorbis_comment(file: &mut dyn ReadAt, content: &mut Window) -> Found {
    let vendor = content.u32_le(file)?;
    content.skip(vendor.into())?;
    let count = content.u32_le(file)?;
    let mut names: Vec<String> = Vec::new();
    for _ in 0..count {
        let len = content.u32_le(file)?;
        let peek = (len as usize).min(NAME_BYTES_MAX);
        let start = content.take(file, peek)?;
        if names.len() < NAMES_MAX {
            let name = start.split(|byte| *byte == b'=').next().unwrap_or_default();
            names.push(shown(name));
        }
        content.skip(u64::from(len) - peek as u64)?;
    }
    if !content.is_at_end() {
        return Err(Short::End);
    }
    let more = if count as usize > NAMES_MAX { ", …" } else { "" };
    Ok(Some(match names.len() {
        0 => "an empty list of tags was added".into(),
        _ => format!("tags were added: {}{more}", names.join(", ")),
    }))
}

/// CUESHEET: long enough and with a track.
pub(crate) fn cuesheet(file: &mut dyn ReadAt, content: &mut Window, len: u64) -> Found {
    if len < 396 {
        return Err(Short::End);
    }
    content.skip(395)?;
    match content.u8(file)? {
        0 => Err(Short::End),
        _ => Ok(Some("a cue sheet was added".into())),
    }
}

/// PICTURE: lengths that add up.
pub(crate) fn picture(file: &mut dyn ReadAt, content: &mut Window) -> Found {
    content.skip(4)?;
    for _ in 0..2 {
        let len = content.u32(file)?;
        content.skip(len.into())?;
    }
    content.skip(16)?;
    let len = content.u32(file)?;
    content.skip(len.into())?;
    if content.is_at_end() { Ok(Some("a picture was added".into())) } else { Err(Short::End) }
}
