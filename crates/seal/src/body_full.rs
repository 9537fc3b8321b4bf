//! The seal body of a full copy: what stands before the entries, the entries, what stands after (`spec/seal.md` section 5.1).
//!
//! Not here: whether any of it is true (`verify_full.rs`). Invariants: `print(read(x)) == x`; every length is checked against
//! its limit before memory is taken for it; an entry is read by itself, so a check holds one at a time.

use crate::body::{CLOSING_BYTES_MAX, EVENT_BYTES_MAX, is_lines};
use crate::leaf::Commitment;
use crate::read_at::{ReadAt, Short, Window};
use crate::{AboutField, EndReason, EventKind, Format};

/// The only version there is.
pub(crate) const VERSION: u8 = 1;
/// A recording being made.
pub(crate) const KIND_UNFINISHED: u8 = 0;
/// A full copy.
pub(crate) const KIND_FULL: u8 = 1;
/// An excerpt or a redaction.
pub(crate) const KIND_DERIVED: u8 = 2;
/// Events a recording may have, so that what a reader has to remember is bounded.
pub(crate) const EVENTS_MAX: u32 = 65_536;
/// Anchors a recording may have, for the same reason.
pub(crate) const ANCHORS_MAX: u32 = 65_536;
/// Pieces of time evidence after the end.
pub(crate) const EVIDENCE_MAX: u8 = 16;
/// Longest anchor, bytes.
pub(crate) const ANCHOR_BYTES_MAX: usize = 16_384;

/// Why a body cannot be read on.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It does not parse; what did not.
    Malformed(&'static str),
    /// It uses a place this version leaves empty.
    Version,
    /// Reading failed.
    Io(std::io::Error),
}

impl From<Short> for Fault {
    fn from(short: Short) -> Fault {
        match short {
            Short::End => Fault::Malformed("it ends too early"),
            Short::Io(error) => Fault::Io(error),
        }
    }
}

/// One entry of a full copy's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Audio {
        count: u32,
        sizes: Vec<u32>,
        frames: Commitment,
        tracks: Vec<Commitment>,
    },
    Event {
        kind: EventKind,
        first: u64,
        count: u64,
        body: String,
    },
    Anchor {
        first: u64,
        body: Vec<u8>,
    },
    End {
        reason: EndReason,
        total: u64,
        events: u32,
        streaminfo: Commitment,
        closing: String,
    },
    /// No leaf: a checkpoint note over all leaves before it.
    Checkpoint(Vec<u8>),
}

impl Entry {
    /// Adds the entry's bytes.
    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        match self {
            Entry::Audio { count, sizes, frames, tracks } => {
                out.push(1);
                out.extend_from_slice(&count.to_be_bytes());
                print_sizes(sizes, out);
                out.extend_from_slice(frames);
                tracks.iter().for_each(|track| out.extend_from_slice(track));
            }
            Entry::Event { kind, first, count, body } => {
                out.extend_from_slice(&[2, kind.number()]);
                out.extend_from_slice(&first.to_be_bytes());
                out.extend_from_slice(&count.to_be_bytes());
                print16(body.as_bytes(), out);
            }
            Entry::Anchor { first, body } => {
                out.push(3);
                out.extend_from_slice(&first.to_be_bytes());
                print16(body, out);
            }
            Entry::End { reason, total, events, streaminfo, closing } => {
                out.extend_from_slice(&[4, reason.number()]);
                out.extend_from_slice(&total.to_be_bytes());
                out.extend_from_slice(&events.to_be_bytes());
                out.extend_from_slice(streaminfo);
                print16(closing.as_bytes(), out);
            }
            Entry::Checkpoint(note) => {
                out.push(5);
                print16(note, out);
            }
        }
    }

    /// Reads the next entry.
    pub(crate) fn read(file: &mut dyn ReadAt, at: &mut Window, format: Format) -> Result<Entry, Fault> {
        match at.u8(file)? {
            1 => {
                let count = at.u32(file)?;
                let sizes = read_sizes(file, at, format)?;
                let frames = at.array(file)?;
                let tracks = (0..format.tracks()).map(|_| at.array(file)).collect::<Result<_, _>>()?;
                Ok(Entry::Audio { count, sizes, frames, tracks })
            }
            2 => {
                let kind = read_kind(at.u8(file)?)?;
                let (first, count) = (at.u64(file)?, at.u64(file)?);
                Ok(Entry::Event { kind, first, count, body: read_lines(file, at, EVENT_BYTES_MAX)? })
            }
            3 => Ok(Entry::Anchor { first: at.u64(file)?, body: read_anchor(file, at)? }),
            4 => {
                let reason = read_reason(at.u8(file)?)?;
                let (total, events, streaminfo) = (at.u64(file)?, at.u32(file)?, at.array(file)?);
                let closing = read_lines(file, at, CLOSING_BYTES_MAX)?;
                Ok(Entry::End { reason, total, events, streaminfo, closing })
            }
            5 => Ok(Entry::Checkpoint(at.bytes16(file)?)),
            _ => Err(Fault::Malformed("an entry of an unknown type")),
        }
    }
}

/// What stands before the entries of a full copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FullHead {
    pub(crate) seed: [u8; 32],
    pub(crate) about: Vec<(AboutField, String)>,
    pub(crate) leaves: u32,
}

impl FullHead {
    /// Adds version, kind, header note and this.
    pub(crate) fn print(&self, header_note: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(&[VERSION, KIND_FULL]);
        print16(header_note.as_bytes(), out);
        out.extend_from_slice(&self.seed);
        out.push(self.about.len() as u8);
        for (field, value) in &self.about {
            out.push(field.number());
            print16(value.as_bytes(), out);
        }
        out.extend_from_slice(&self.leaves.to_be_bytes());
    }

    /// Reads it, after the header note.
    pub(crate) fn read(file: &mut dyn ReadAt, at: &mut Window) -> Result<FullHead, Fault> {
        let seed = at.array(file)?;
        let mut about: Vec<(AboutField, String)> = Vec::new();
        for _ in 0..at.u8(file)? {
            let field = read_field(at.u8(file)?, about.last().map(|(field, _)| *field))?;
            about.push((field, read_text(file, at)?));
        }
        Ok(FullHead { seed, about, leaves: read_leaves(file, at)? })
    }
}

/// Counts an event; a recording has at most [`EVENTS_MAX`].
pub(crate) fn one_more_event(events: u32) -> Result<u32, Fault> {
    if events < EVENTS_MAX { Ok(events + 1) } else { Err(Fault::Malformed("more events than a recording can have")) }
}

/// Counts an anchor; a recording has at most [`ANCHORS_MAX`].
pub(crate) fn one_more_anchor(anchors: u32) -> Result<u32, Fault> {
    if anchors < ANCHORS_MAX {
        Ok(anchors + 1)
    } else {
        Err(Fault::Malformed("more anchors than a recording can have"))
    }
}

/// Version and kind.
pub(crate) fn read_kind_of_body(file: &mut dyn ReadAt, at: &mut Window) -> Result<u8, Fault> {
    if at.u8(file)? != VERSION {
        return Err(Fault::Version);
    }
    match at.u8(file)? {
        kind @ 0..=KIND_DERIVED => Ok(kind),
        _ => Err(Fault::Version),
    }
}

/// What stands after the last leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// The final checkpoint note.
    pub(crate) checkpoint: Vec<u8>,
    /// What says when it was made, kind and content of each.
    pub(crate) evidence: Vec<(u8, Vec<u8>)>,
}

impl Tail {
    /// Reads it, and nothing more may follow.
    pub(crate) fn read(file: &mut dyn ReadAt, at: &mut Window) -> Result<Tail, Fault> {
        let checkpoint = at.bytes16(file)?;
        let [co_signatures, count] = at.array(file)?;
        if co_signatures != 0 {
            return Err(Fault::Version);
        }
        if count > EVIDENCE_MAX {
            return Err(Fault::Malformed("more time evidence than a recording can have"));
        }
        let evidence = (0..count).map(|_| Ok((at.u8(file)?, at.bytes16(file)?))).collect::<Result<_, Fault>>()?;
        let tail = Tail { checkpoint, evidence };
        if at.is_at_end() { Ok(tail) } else { Err(Fault::Malformed("something follows its end")) }
    }

    /// Adds its bytes.
    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        print16(&self.checkpoint, out);
        out.extend_from_slice(&[0, self.evidence.len() as u8]);
        for (kind, content) in &self.evidence {
            out.push(*kind);
            print16(content, out);
        }
    }
}

pub(crate) fn read_leaves(file: &mut dyn ReadAt, at: &mut Window) -> Result<u32, Fault> {
    match at.u32(file)? {
        0 => Err(Fault::Malformed("a tree without leaves")),
        leaves => Ok(leaves),
    }
}

pub(crate) fn read_field(number: u8, before: Option<AboutField>) -> Result<AboutField, Fault> {
    let field = AboutField::from_number(number).ok_or(Fault::Malformed("an unknown about field"))?;
    if before.is_some_and(|before| before >= field) {
        return Err(Fault::Malformed("about fields out of order"));
    }
    Ok(field)
}

pub(crate) fn read_text(file: &mut dyn ReadAt, at: &mut Window) -> Result<String, Fault> {
    String::from_utf8(at.bytes16(file)?).map_err(|_| Fault::Malformed("a text that is not UTF-8"))
}

pub(crate) fn read_lines(file: &mut dyn ReadAt, at: &mut Window, bytes_max: usize) -> Result<String, Fault> {
    let text = read_text(file, at)?;
    if text.len() <= bytes_max && is_lines(&text) {
        Ok(text)
    } else {
        Err(Fault::Malformed("an event's text is not lines"))
    }
}

pub(crate) fn read_anchor(file: &mut dyn ReadAt, at: &mut Window) -> Result<Vec<u8>, Fault> {
    let body = at.bytes16(file)?;
    if body.len() <= ANCHOR_BYTES_MAX { Ok(body) } else { Err(Fault::Malformed("an anchor is too long")) }
}

pub(crate) fn read_kind(number: u8) -> Result<EventKind, Fault> {
    EventKind::from_number(number).ok_or(Fault::Malformed("an event of an unknown kind"))
}

pub(crate) fn read_reason(number: u8) -> Result<EndReason, Fault> {
    EndReason::from_number(number).ok_or(Fault::Malformed("an end of an unknown reason"))
}

pub(crate) fn read_sizes(file: &mut dyn ReadAt, at: &mut Window, format: Format) -> Result<Vec<u32>, Fault> {
    let frames = at.u8(file)?;
    if u32::from(frames) > format.blocks_per_segment() {
        return Err(Fault::Malformed("more frames than a segment has"));
    }
    let mut sizes = Vec::with_capacity(frames.into());
    for _ in 0..frames {
        let size = at.u24(file)?;
        if size == 0 || size > format.frame_bytes_max() {
            return Err(Fault::Malformed("a frame of an impossible size"));
        }
        sizes.push(size);
    }
    Ok(sizes)
}

pub(crate) fn print_sizes(sizes: &[u32], out: &mut Vec<u8>) {
    out.push(sizes.len() as u8);
    sizes.iter().for_each(|size| out.extend_from_slice(&size.to_be_bytes()[1..]));
}

pub(crate) fn print16(bytes: &[u8], out: &mut Vec<u8>) {
    debug_assert!(bytes.len() <= usize::from(u16::MAX));
    out.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
    out.extend_from_slice(bytes);
}
