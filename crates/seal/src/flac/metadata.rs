//! The walk over a FLAC file's metadata blocks (RFC 9639 section 8, `spec/seal.md` section 2).
//!
//! Not here: what tags say (`tags.rs`), what the seal says (`body_*.rs`).
//! Invariants: a block's content is never read to know where the next one is; the number of blocks looked at is bounded, and a walk
//! that breaks keeps what it found before.

use super::streaminfo::STREAMINFO_BYTES;
use super::tags;
use crate::read_at::{ReadAt, Short, Window};

/// The APPLICATION id of a seal block.
pub(crate) const SEAL_ID: &[u8; 4] = b"CPRT";
/// The longest content a metadata block can have, bytes.
pub(crate) const BLOCK_BYTES_MAX: usize = (1 << 24) - 1;
/// More blocks than any honest file has.
const BLOCKS_MAX: usize = 1_024;
/// Where the last block may begin, bytes into the file.
const METADATA_BYTES_MAX: u64 = 64 << 20;

/// Where things are in a FLAC file.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    /// STREAMINFO's content.
    pub(crate) streaminfo: Option<[u8; STREAMINFO_BYTES]>,
    /// Offset and length of the seal body.
    pub(crate) seal: Option<(u64, u64)>,
    /// Offset of the first frame; `None` when the walk broke.
    pub(crate) frames_offset: Option<u64>,
    /// What was added or changed beside the seal, in plain English.
    pub(crate) tags: Vec<String>,
    /// What a block lies about, in plain English.
    pub(crate) lies: Vec<String>,
}

/// Walks the blocks; `Ok(None)` when the file is not FLAC.
pub(crate) fn walk(file: &mut dyn ReadAt) -> std::io::Result<Option<Metadata>> {
    let mut metadata = Metadata::default();
    let len = file.len_bytes()?;
    let mut window = Window::new(0, len);
    match walk_blocks(file, &mut window, &mut metadata) {
        Ok(()) => metadata.frames_offset = Some(window.offset()),
        Err(Broken::Io(error)) => return Err(error),
        Err(Broken::Lie(what)) => metadata.lies.push(what),
    }
    Ok(metadata.streaminfo.is_some().then_some(metadata))
}

enum Broken {
    Lie(String),
    Io(std::io::Error),
}

impl From<Short> for Broken {
    fn from(short: Short) -> Broken {
        match short {
            Short::End => Broken::Lie("the file ends within its metadata".into()),
            Short::Io(error) => Broken::Io(error),
        }
    }
}

fn walk_blocks(file: &mut dyn ReadAt, window: &mut Window, metadata: &mut Metadata) -> Result<(), Broken> {
    if window.array::<4>(file)? != *b"fLaC" {
        return Err(Broken::Lie("no fLaC".into()));
    }
    let (mut seek_tables, mut comments, mut paddings) = (0, 0, 0);
    for number in 0..BLOCKS_MAX {
        if window.offset() > METADATA_BYTES_MAX {
            break;
        }
        let head = window.u32(file)?;
        let (last, kind, len) = (head >> 31 == 1, (head >> 24) as u8 & 0x7f, u64::from(head & 0xff_ffff));
        if number == 0 {
            if kind != 0 || len != STREAMINFO_BYTES as u64 {
                return Err(Broken::Lie("no STREAMINFO first".into()));
            }
            metadata.streaminfo = Some(window.array(file)?);
        } else {
            let mut content = Window::new(window.offset(), len);
            if window.skip(len).is_err() {
                // The content is cut off, but a seal block that begins here was found all the same.
                if kind == 2 && content.array(file).is_ok_and(|id: [u8; 4]| id == *SEAL_ID) && metadata.seal.is_none() {
                    metadata.seal = Some((content.offset(), len.saturating_sub(4)));
                }
                return Err(Broken::Lie("a metadata block reaches past the end of the file".into()));
            }
            block(file, kind, len, &mut content, metadata)?;
            seek_tables += u32::from(kind == 3);
            comments += u32::from(kind == 4);
            paddings += u32::from(kind == 1);
            if kind == 1 && (paddings == 2 || metadata.seal.is_none()) {
                metadata.tags.push("padding was added or moved".to_owned());
            }
        }
        if last {
            if seek_tables > 1 || comments > 1 {
                metadata.lies.push("a kind of metadata block that may be there once is there twice".into());
            }
            return Ok(());
        }
    }
    Err(Broken::Lie("more metadata blocks than any recording has".into()))
}

fn block(
    file: &mut dyn ReadAt,
    kind: u8,
    len: u64,
    content: &mut Window,
    metadata: &mut Metadata,
) -> Result<(), Broken> {
    let found = match kind {
        0 => Err(Short::End),
        1 => tags::padding(file, content, len),
        2 if len < 4 => Err(Short::End),
        2 => {
            let id: [u8; 4] = content.array(file)?;
            if id != *SEAL_ID {
                Ok(Some(format!("a block of another application was added ({})", tags::shown(&id))))
            } else if metadata.seal.is_some() {
                Err(Short::End)
            } else {
                metadata.seal = Some((content.offset(), len - 4));
                Ok(None)
            }
        }
        3 => tags::seek_table(file, content, len),
        4 => tags::vorbis_comment(file, content),
        5 => tags::cuesheet(file, content, len),
        6 => tags::picture(file, content),
        _ => Err(Short::End),
    };
    match found {
        Ok(Some(tag)) => metadata.tags.push(tag),
        Ok(None) => {}
        Err(Short::End) => metadata.lies.push(format!("a metadata block lies about its kind or length (type {kind})")),
        Err(Short::Io(error)) => return Err(Broken::Io(error)),
    }
    Ok(())
}

/// A block header: last flag, kind, content length (at most [`BLOCK_BYTES_MAX`]).
pub(crate) fn block_header(last: bool, kind: u8, len: usize) -> [u8; 4] {
    debug_assert!(len <= BLOCK_BYTES_MAX);
    let [_, a, b, c] = (len as u32).to_be_bytes();
    [u8::from(last) << 7 | kind, a, b, c]
}
