//! The leaves of a verified file, full or derived, each with whatever can still be shown of it.
//!
//! Not here: what to show (`derive.rs`). Invariants: salts come from the seed of a full copy or from the openings of a derived
//! one, and never is the seed handed on; what was hidden before stays hidden.

use crate::body_derived::{DerivedHead, Item, Segment, TextOpening};
use crate::body_full::{Entry, Fault, FullHead, Tail, read_kind_of_body};
use crate::flac::metadata::walk;
use crate::leaf::{Commitment, Leaf, SLOT_CLOSING, SLOT_FIRST, Salt, Seed, commit};
use crate::note::Note;
use crate::read_at::{ReadAt, Window};
use crate::tree::{Hash, maximal_subtrees};
use crate::verdict::{Evidence, Kind};
use crate::{AboutField, EndReason, Error, EventKind, RecordingId};

/// A leaf of the source, or a run of leaves already hidden in it.
pub(crate) enum SourceLeaf {
    Hidden { subtrees: Vec<(u32, Hash)> },
    Audio { segment: Segment, offset: u64, frames_salt: Option<Salt>, track_salts: Vec<Option<Salt>> },
    Event { kind: EventKind, first: u64, count: u64, body: TextOpening },
    Anchor { first: u64, salt: Salt, body: Vec<u8> },
    End { reason: EndReason, total: u64, events: u32, streaminfo: Commitment, closing: TextOpening },
}

/// Everything of a verified file that a derived one can be made from.
pub(crate) struct Source {
    pub(crate) header_note: String,
    pub(crate) about: Vec<(AboutField, Salt, String)>,
    pub(crate) leaves: u32,
    pub(crate) list: Vec<SourceLeaf>,
    /// Final checkpoint and time evidence, carried on as they are.
    pub(crate) tail: Tail,
}

/// Reads the source's leaves. `evidence` is what its check found.
pub(crate) fn read(file: &mut dyn ReadAt, evidence: &Evidence) -> Result<Source, Error> {
    let changed = || Error::Changed("its seal does not read as before".into());
    let metadata = walk(file)?.ok_or_else(changed)?;
    let ((offset, len), frames_offset) = metadata.seal.zip(metadata.frames_offset).ok_or_else(changed)?;
    let mut body = Window::new(offset, len);
    read_kind_of_body(file, &mut body)?;
    let note = Note::parse(&body.bytes16(file).map_err(Fault::from)?).ok_or_else(changed)?;
    let mut source = match evidence.kind {
        Kind::Full => read_full(file, &mut body, evidence, frames_offset)?,
        Kind::Derived => read_derived(file, &mut body, evidence, frames_offset)?,
    };
    let tail = Tail::read(file, &mut body)?;
    if tail.checkpoint != evidence.checkpoint.as_bytes() {
        return Err(changed());
    }
    source.header_note = note.print();
    source.tail = tail;
    Ok(source)
}

fn read_full(file: &mut dyn ReadAt, body: &mut Window, evidence: &Evidence, frames: u64) -> Result<Source, Error> {
    let head = FullHead::read(file, body)?;
    let seed = Seed(head.seed);
    let about = head.about.into_iter().map(|(field, value)| (field, seed.salt(0, field.number()), value)).collect();
    let mut source = Source::new(about, head.leaves);
    let (mut index, mut first, mut offset) = (1, 0, frames);
    while index < u64::from(head.leaves) {
        let first_salt = seed.salt(index, SLOT_FIRST);
        let leaf = match Entry::read(file, body, evidence.header.format)? {
            Entry::Checkpoint(_) => continue,
            Entry::Audio { count, sizes, frames, tracks } => {
                let bytes: u64 = sizes.iter().map(|size| u64::from(*size)).sum();
                let track_salts = (1..).take(tracks.len()).map(|slot| Some(seed.salt(index, slot))).collect();
                let segment = Segment { first, count, sizes, frames, tracks };
                let leaf = SourceLeaf::Audio { segment, offset, frames_salt: Some(first_salt), track_salts };
                (first, offset) = (first + u64::from(count), offset + bytes);
                leaf
            }
            Entry::Event { kind, first, count, body } => {
                SourceLeaf::Event { kind, first, count, body: TextOpening::Shown(first_salt, body) }
            }
            Entry::Anchor { first, body } => SourceLeaf::Anchor { first, salt: first_salt, body },
            Entry::End { reason, total, events, streaminfo, closing } => {
                let closing = TextOpening::Shown(seed.salt(index, SLOT_CLOSING), closing);
                SourceLeaf::End { reason, total, events, streaminfo, closing }
            }
        };
        source.list.push(leaf);
        index += 1;
    }
    Ok(source)
}

fn read_derived(file: &mut dyn ReadAt, body: &mut Window, evidence: &Evidence, frames: u64) -> Result<Source, Error> {
    let head = DerivedHead::read(file, body)?;
    let mut source = Source::new(head.about, head.leaves);
    let (mut index, mut offset) = (1u64, frames);
    while index < u64::from(head.leaves) {
        let hidden_max = u64::from(head.leaves) - 1 - index;
        let subtrees_of = |leaves| maximal_subtrees(index, leaves).count();
        let item = Item::read(file, body, evidence.header.format, hidden_max, subtrees_of)?;
        let mut leaves = 1;
        let mut audio = |segment: Segment, frames_salt, track_salts| {
            let at = offset;
            offset += segment.sizes.iter().map(|size| u64::from(*size)).sum::<u64>();
            SourceLeaf::Audio { segment, offset: at, frames_salt, track_salts }
        };
        source.list.push(match item {
            Item::Hidden { leaves: hidden, subtrees } => {
                leaves = u64::from(hidden);
                SourceLeaf::Hidden { subtrees: maximal_subtrees(index, leaves).zip(subtrees).collect() }
            }
            Item::Whole { segment, frames_salt, track_salts } => {
                audio(segment, Some(frames_salt), track_salts.into_iter().map(Some).collect())
            }
            Item::Fresh { segment, shown } => audio(segment, None, shown),
            Item::Event { kind, first, count, body } => SourceLeaf::Event { kind, first, count, body },
            Item::Anchor { first, salt, body } => SourceLeaf::Anchor { first, salt, body },
            Item::End { reason, total, events, streaminfo, closing } => {
                SourceLeaf::End { reason, total, events, streaminfo, closing }
            }
        });
        index += leaves;
    }
    Ok(source)
}

impl Source {
    fn new(about: Vec<(AboutField, Salt, String)>, leaves: u32) -> Source {
        Source { header_note: String::new(), about, leaves, list: Vec::new(), tail: Tail::default() }
    }
}

impl SourceLeaf {
    /// The subtrees this stands for in the tree: one leaf, or those already hidden.
    pub(crate) fn subtrees(&self, id: RecordingId, index: u64) -> Vec<(u32, Hash)> {
        let leaf = match self {
            SourceLeaf::Hidden { subtrees } => return subtrees.clone(),
            SourceLeaf::Audio { segment, .. } => Leaf::Audio {
                first: segment.first,
                count: segment.count,
                frames: &segment.frames,
                tracks: &segment.tracks,
            }
            .hash(id, index),
            SourceLeaf::Event { kind, first, count, body } => {
                Leaf::Event { kind: *kind, first: *first, count: *count, body: &body.commitment() }.hash(id, index)
            }
            SourceLeaf::Anchor { first, salt, body } => {
                Leaf::Anchor { first: *first, body: &commit(salt, body) }.hash(id, index)
            }
            SourceLeaf::End { reason, total, events, streaminfo, closing } => Leaf::End {
                reason: *reason,
                total: *total,
                events: *events,
                streaminfo,
                closing: &closing.commitment(),
            }
            .hash(id, index),
        };
        vec![(0, leaf)]
    }

    /// How many leaves this stands for.
    pub(crate) fn leaves(&self) -> u64 {
        match self {
            SourceLeaf::Hidden { subtrees } => subtrees.iter().map(|(height, _)| 1u64 << height).sum(),
            _ => 1,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Io(error) => Error::Io(error),
            Fault::Malformed(what) => Error::Changed(what.to_owned()),
            Fault::Version => Error::Changed("its version".to_owned()),
        }
    }
}
