//! The seal body of an excerpt or a redaction: items, shown or hidden (`spec/seal.md` section 5.2).
//!
//! Not here: making one (`derive.rs`), checking one (`verify_derived.rs`). Invariants: `print(read(x)) == x`; the seed has no
//! place in it; what is hidden is there as a hash or an unopened commitment only.

use crate::body::{CLOSING_BYTES_MAX, EVENT_BYTES_MAX};
use crate::body_full::{
    Fault, KIND_DERIVED, VERSION, print_sizes, print16, read_anchor, read_field, read_kind, read_leaves, read_lines,
    read_reason, read_sizes, read_text,
};
use crate::leaf::{Commitment, Salt, commit};
use crate::read_at::{ReadAt, Window};
use crate::tree::Hash;
use crate::{AboutField, EndReason, EventKind, Format};

/// A text that is shown with its salt, or withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TextOpening {
    Shown(Salt, String),
    Withheld(Commitment),
}

/// A segment's place, the sizes of its frames in this file, and its leaf's commitments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) first: u64,
    pub(crate) count: u32,
    pub(crate) sizes: Vec<u32>,
    pub(crate) frames: Commitment,
    pub(crate) tracks: Vec<Commitment>,
}

/// One item of a derived copy's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// `leaves` leaves, as the hashes of the subtrees that cover them.
    Hidden {
        leaves: u32,
        subtrees: Vec<Hash>,
    },
    /// Original frames, renumbered, and the salts that open their commitment and each track's.
    Whole {
        segment: Segment,
        frames_salt: Salt,
        track_salts: Vec<Salt>,
    },
    /// New frames; a salt for every track that is shown, silence in the others.
    Fresh {
        segment: Segment,
        shown: Vec<Option<Salt>>,
    },
    Event {
        kind: EventKind,
        first: u64,
        count: u64,
        body: TextOpening,
    },
    Anchor {
        first: u64,
        salt: Salt,
        body: Vec<u8>,
    },
    End {
        reason: EndReason,
        total: u64,
        events: u32,
        streaminfo: Commitment,
        closing: TextOpening,
    },
}

impl Item {
    /// Adds the item's bytes.
    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        match self {
            Item::Hidden { leaves, subtrees } => {
                out.push(16);
                out.extend_from_slice(&leaves.to_be_bytes());
                subtrees.iter().for_each(|hash| out.extend_from_slice(hash));
            }
            Item::Whole { segment, frames_salt, track_salts } => {
                out.push(17);
                segment.print(out);
                out.extend_from_slice(frames_salt);
                track_salts.iter().for_each(|salt| out.extend_from_slice(salt));
            }
            Item::Fresh { segment, shown } => {
                out.push(18);
                segment.print(out);
                out.push(shown.iter().enumerate().map(|(at, salt)| u8::from(salt.is_some()) << at).sum());
                shown.iter().flatten().for_each(|salt| out.extend_from_slice(salt));
            }
            Item::Event { kind, first, count, body } => {
                out.push(if matches!(body, TextOpening::Shown(..)) { 19 } else { 20 });
                out.push(kind.number());
                out.extend_from_slice(&first.to_be_bytes());
                out.extend_from_slice(&count.to_be_bytes());
                body.print(out);
            }
            Item::Anchor { first, salt, body } => {
                out.push(21);
                out.extend_from_slice(&first.to_be_bytes());
                out.extend_from_slice(salt);
                print16(body, out);
            }
            Item::End { reason, total, events, streaminfo, closing } => {
                out.extend_from_slice(&[22, reason.number()]);
                out.extend_from_slice(&total.to_be_bytes());
                out.extend_from_slice(&events.to_be_bytes());
                out.extend_from_slice(streaminfo);
                out.push(u8::from(matches!(closing, TextOpening::Shown(..))));
                closing.print(out);
            }
        }
    }

    /// Reads the next item. `hidden_max` is how many leaves are left before END, and `subtrees_of` says how many hashes cover a
    /// number of hidden leaves from here.
    pub(crate) fn read(
        file: &mut dyn ReadAt,
        at: &mut Window,
        format: Format,
        hidden_max: u64,
        subtrees_of: impl Fn(u64) -> usize,
    ) -> Result<Item, Fault> {
        match at.u8(file)? {
            16 => {
                let leaves = at.u32(file)?;
                if leaves == 0 || u64::from(leaves) > hidden_max {
                    return Err(Fault::Malformed("it hides more than there is"));
                }
                let hashes = subtrees_of(leaves.into());
                let subtrees = (0..hashes).map(|_| at.array(file)).collect::<Result<_, _>>()?;
                Ok(Item::Hidden { leaves, subtrees })
            }
            17 => {
                let segment = Segment::read(file, at, format)?;
                let frames_salt = at.array(file)?;
                let track_salts = (0..format.tracks()).map(|_| at.array(file)).collect::<Result<_, _>>()?;
                Ok(Item::Whole { segment, frames_salt, track_salts })
            }
            18 => read_fresh(file, at, format),
            tag @ (19 | 20) => {
                let kind = read_kind(at.u8(file)?)?;
                let (first, count) = (at.u64(file)?, at.u64(file)?);
                Ok(Item::Event { kind, first, count, body: TextOpening::read(file, at, tag == 19, EVENT_BYTES_MAX)? })
            }
            21 => Ok(Item::Anchor { first: at.u64(file)?, salt: at.array(file)?, body: read_anchor(file, at)? }),
            22 => {
                let reason = read_reason(at.u8(file)?)?;
                let (total, events, streaminfo) = (at.u64(file)?, at.u32(file)?, at.array(file)?);
                let shown = match at.u8(file)? {
                    shown @ 0..=1 => shown == 1,
                    _ => return Err(Fault::Malformed("a flag that is neither 0 nor 1")),
                };
                let closing = TextOpening::read(file, at, shown, CLOSING_BYTES_MAX)?;
                Ok(Item::End { reason, total, events, streaminfo, closing })
            }
            _ => Err(Fault::Malformed("an item of an unknown type")),
        }
    }
}

fn read_fresh(file: &mut dyn ReadAt, at: &mut Window, format: Format) -> Result<Item, Fault> {
    let segment = Segment::read(file, at, format)?;
    let bits = at.u8(file)?;
    let all = u8::MAX >> (8 - format.tracks());
    if bits & !all != 0 || bits == all {
        return Err(Fault::Malformed("new frames that hide nothing, or a track there is not"));
    }
    let mut shown = Vec::with_capacity(format.tracks().into());
    for track in 0..format.tracks() {
        shown.push(if bits >> track & 1 == 1 { Some(at.array(file)?) } else { None });
    }
    Ok(Item::Fresh { segment, shown })
}

impl Segment {
    fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.first.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        print_sizes(&self.sizes, out);
        out.extend_from_slice(&self.frames);
        self.tracks.iter().for_each(|track| out.extend_from_slice(track));
    }

    fn read(file: &mut dyn ReadAt, at: &mut Window, format: Format) -> Result<Segment, Fault> {
        let (first, count) = (at.u64(file)?, at.u32(file)?);
        let sizes = read_sizes(file, at, format)?;
        let frames = at.array(file)?;
        let tracks = (0..format.tracks()).map(|_| at.array(file)).collect::<Result<_, _>>()?;
        Ok(Segment { first, count, sizes, frames, tracks })
    }
}

impl TextOpening {
    /// The commitment it opens or stands for.
    pub(crate) fn commitment(&self) -> Commitment {
        match self {
            TextOpening::Shown(salt, text) => commit(salt, text.as_bytes()),
            TextOpening::Withheld(commitment) => *commitment,
        }
    }

    /// The text, if it is shown.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            TextOpening::Shown(_, text) => Some(text),
            TextOpening::Withheld(_) => None,
        }
    }

    fn print(&self, out: &mut Vec<u8>) {
        match self {
            TextOpening::Shown(salt, text) => {
                out.extend_from_slice(salt);
                print16(text.as_bytes(), out);
            }
            TextOpening::Withheld(commitment) => out.extend_from_slice(commitment),
        }
    }

    fn read(file: &mut dyn ReadAt, at: &mut Window, shown: bool, bytes_max: usize) -> Result<TextOpening, Fault> {
        let bytes = at.array(file)?;
        Ok(if shown {
            TextOpening::Shown(bytes, read_lines(file, at, bytes_max)?)
        } else {
            TextOpening::Withheld(bytes)
        })
    }
}

/// What stands before the items of a derived copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DerivedHead {
    pub(crate) about: Vec<(AboutField, Salt, String)>,
    pub(crate) leaves: u32,
}

impl DerivedHead {
    /// Adds version, kind, header note and this.
    pub(crate) fn print(&self, header_note: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(&[VERSION, KIND_DERIVED]);
        print16(header_note.as_bytes(), out);
        out.push(self.about.len() as u8);
        for (field, salt, value) in &self.about {
            out.push(field.number());
            out.extend_from_slice(salt);
            print16(value.as_bytes(), out);
        }
        out.extend_from_slice(&self.leaves.to_be_bytes());
    }

    /// Reads it, after the header note.
    pub(crate) fn read(file: &mut dyn ReadAt, at: &mut Window) -> Result<DerivedHead, Fault> {
        let mut about: Vec<(AboutField, Salt, String)> = Vec::new();
        for _ in 0..at.u8(file)? {
            let field = read_field(at.u8(file)?, about.last().map(|(field, ..)| *field))?;
            about.push((field, at.array(file)?, read_text(file, at)?));
        }
        Ok(DerivedHead { about, leaves: read_leaves(file, at)? })
    }
}
