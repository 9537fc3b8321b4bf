//! `counterpart inspect FILE`: what is in a file, without judging it.
//!
//! Not a verdict and it says so: nothing here was compared with anything. Invariants: metadata is
//! walked by its own lengths, never past the end of the file; one line for each block, of which no
//! more than a bounded number are listed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use clap::Args;
use recorder::FileSource;
use seal::{Check, Evidence, Peek};

use crate::error::{Error, Result};
use crate::files::{self, Place};
use crate::render::{line, several};
use crate::{json, out, text};

/// More blocks than any real file has; the rest is counted only.
const BLOCKS_LISTED_MAX: usize = 64;
/// Where the counting ends too: a file can hold millions of empty blocks.
const BLOCKS_WALKED_MAX: u64 = 1_024;
const NOT_JUDGED: &str = "Nothing here was checked; \"counterpart verify\" does that.";

/// `counterpart inspect …`
#[derive(Args, Debug)]
pub(crate) struct InspectArgs {
    /// A file, or a folder with a recording in it, finished or not
    #[arg(value_name = "FILE")]
    path: PathBuf,
    #[command(flatten)]
    json: json::Flag,
}

/// One metadata block.
pub(crate) struct Block {
    pub(crate) kind: u8,
    pub(crate) offset: u64,
    pub(crate) len_bytes: u32,
    /// The id of an APPLICATION block.
    pub(crate) id: Option<String>,
    /// Whether it ends inside the file.
    pub(crate) whole: bool,
}

/// What was found.
pub(crate) struct Seen {
    pub(crate) path: PathBuf,
    pub(crate) len_bytes: u64,
    pub(crate) flac: bool,
    pub(crate) blocks: Vec<Block>,
    pub(crate) blocks_more: u64,
    pub(crate) peek: Option<Peek>,
    pub(crate) evidence: Option<Evidence>,
}

pub(crate) fn run(args: InspectArgs) -> Result<u8> {
    let path = match files::place(&args.path) {
        Place::File(path) => path,
        Place::Unfinished => args.path.join(recorder::folder::PART),
        Place::Empty => {
            return Err(Error::of(format_args!("{}: there is no recording in this folder", args.path.display()))
                .hint("name a file, or a folder with a recording.flac in it"));
        }
    };
    let file = files::open(&path).map_err(|err| Error::io(&path, &err))?;
    let seen = look(path.clone(), &file).map_err(|err| Error::io(&path, &err))?;
    let code = if seen.peek.is_some() { 0 } else { 2 };
    let text = if args.json.json { json::text(&json::Inspect::new(&seen)) } else { human(&seen) };
    let code = out::result(&text, code);
    if seen.peek.is_none() {
        let error = Error::of(format_args!("{}: there is no seal that can be read", path.display()));
        out::notice(&error.hint(sealless(&seen)).to_string());
    }
    Ok(code)
}

fn sealless(seen: &Seen) -> &'static str {
    match seen.flac {
        true => "\"counterpart verify\" says what is wrong with it",
        false => "name a recording.flac, or the folder it is in",
    }
}

fn look(path: PathBuf, file: &File) -> io::Result<Seen> {
    let len_bytes = file.metadata()?.len();
    let mut start = [0; 4];
    let flac = len_bytes >= 4 && file.read_exact_at(&mut start, 0).is_ok() && &start == b"fLaC";
    let (blocks, blocks_more) = if flac { walk(file, len_bytes)? } else { (Vec::new(), 0) };
    let mut source = FileSource::new(file.try_clone()?);
    let peek = seal::peek(&mut source);
    let evidence = peek.as_ref().and_then(|_| {
        let verdict = seal::verify(&mut source, Check::default(), &mut |_, _| {});
        verdict.evidence().cloned()
    });
    Ok(Seen { path, len_bytes, flac, blocks, blocks_more, peek, evidence })
}

/// Metadata blocks by their headers, to the last one, the first that does not fit, or as many as are counted.
fn walk(file: &File, len_bytes: u64) -> io::Result<(Vec<Block>, u64)> {
    let (mut blocks, mut more, mut offset) = (Vec::new(), 0, 4);
    while len_bytes - offset >= 4 && blocks.len() as u64 + more < BLOCKS_WALKED_MAX {
        let mut head = [0; 4];
        file.read_exact_at(&mut head, offset)?;
        let block_bytes = u32::from_be_bytes([0, head[1], head[2], head[3]]);
        let end = offset + 4 + u64::from(block_bytes);
        let whole = end <= len_bytes;
        if blocks.len() < BLOCKS_LISTED_MAX {
            let id = application_id(file, head[0] & 0x7f, offset, block_bytes, whole)?;
            blocks.push(Block { kind: head[0] & 0x7f, offset, len_bytes: block_bytes, id, whole });
        } else {
            more += 1;
        }
        if head[0] & 0x80 != 0 || !whole {
            break;
        }
        offset = end;
    }
    Ok((blocks, more))
}

fn application_id(file: &File, kind: u8, offset: u64, block_bytes: u32, whole: bool) -> io::Result<Option<String>> {
    if kind != 2 || block_bytes < 4 || !whole {
        return Ok(None);
    }
    let mut id = [0; 4];
    file.read_exact_at(&mut id, offset + 4)?;
    Ok(Some(String::from_utf8_lossy(&id).into_owned()))
}

/// FLAC's name for a block type.
pub(crate) fn kind_name(kind: u8) -> &'static str {
    match kind {
        0 => "STREAMINFO",
        1 => "PADDING",
        2 => "APPLICATION",
        3 => "SEEKTABLE",
        4 => "VORBIS_COMMENT",
        5 => "CUESHEET",
        6 => "PICTURE",
        _ => "unknown",
    }
}

fn human(seen: &Seen) -> String {
    let mut lines = format!("{}: {NOT_JUDGED}\n\n", text::path(&seen.path));
    line(&mut lines, "file", &format!("{} bytes, {}", seen.len_bytes, if seen.flac { "FLAC" } else { "not FLAC" }));
    for block in &seen.blocks {
        let id = block.id.as_ref().map_or(String::new(), |id| format!(" {}", text::visible(id)));
        let cut = if block.whole { "" } else { ", reaches past the end of the file" };
        let value = format!("{}{id} at {}, {} bytes{cut}", kind_name(block.kind), block.offset, block.len_bytes);
        line(&mut lines, "block", &value);
    }
    if seen.blocks_more > 0 {
        let all_counted = seen.blocks.len() as u64 + seen.blocks_more < BLOCKS_WALKED_MAX;
        let least = if all_counted { "" } else { "at least " };
        line(&mut lines, "", &format!("and {least}{} more", seen.blocks_more));
    }
    match &seen.peek {
        None => line(&mut lines, "seal", "none that can be read"),
        Some(peek) => header(&mut lines, peek),
    }
    if let Some(evidence) = &seen.evidence {
        tree(&mut lines, evidence);
    }
    lines
}

fn header(lines: &mut String, peek: &Peek) {
    let header = &peek.header;
    let format = header.format;
    line(lines, "seal", if peek.unfinished { "unfinished" } else { "finished" });
    line(lines, "frames at", &peek.frames_offset.to_string());
    line(lines, "recording", &peek.id.to_string());
    let device = match &header.device {
        None => "none".to_owned(),
        Some(device) => format!("{}, {}", text::visible(&device.name), seal::fingerprint(&device.public_key)),
    };
    line(lines, "device", &device);
    line(lines, "software", &text::visible(&header.software));
    line(lines, "start", &text::visible(&header.start));
    let shape = format!(
        "{} Hz, {} bits, {}",
        format.rate_hz(),
        format.bits(),
        text::count(u64::from(format.tracks()), "track")
    );
    line(lines, "sound", &shape);
    let cut = format!("blocks of {} samples, segments of {}", format.block_samples(), format.segment_samples());
    line(lines, "", &cut);
    for (field, _) in &header.about {
        line(lines, "commits to", field.name());
    }
    if let Some(prev) = &header.prev {
        line(lines, "continues", &prev.to_string());
    }
}

fn tree(lines: &mut String, evidence: &Evidence) {
    let kind = match evidence.kind {
        seal::Kind::Full => "full copy",
        seal::Kind::Derived => "derived: excerpt or redaction",
    };
    line(lines, "kind", kind);
    line(lines, "tree", &format!("{} leaves, {} of them events", evidence.leaves, evidence.events_total));
    line(lines, "checkpoints", &format!("{} while it was recorded, and the final one", evidence.checkpoints));
    line(lines, "anchors", &evidence.time.anchors.to_string());
    let note: Vec<String> = evidence.checkpoint.lines().filter(|line| !line.is_empty()).map(text::visible).collect();
    several(lines, "final note", &note);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_of_nothing_but_empty_blocks_is_left_early() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"fLaC").unwrap();
        file.write_all(&[1, 0, 0, 0].repeat(5_000)).unwrap();
        let seen = look("a.flac".into(), &file).unwrap();
        assert_eq!((seen.blocks.len(), seen.blocks_more), (64, 960));
        assert!(human(&seen).contains("and at least 960 more"));
    }
}
