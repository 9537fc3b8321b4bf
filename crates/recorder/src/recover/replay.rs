//! Replays a journal: the same events and frames in the same order into a writer of the same secrets.
//!
//! Not here: what END says and where copies go. Invariants: a frame is taken only where its bytes have
//! the digest the journal has; at the first frame that no medium has, sound and everything journaled
//! after it end; every checkpoint comes out as it was journaled, or nothing is signed.

use std::collections::BTreeSet;

use seal::Writer;
use seal::bracket::EvidenceKind;

use super::rebuild::Sources;
use crate::journal::{End, Record, Start};

/// A frame that some medium has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameRef {
    /// Where it begins, counted from the first frame.
    pub(super) offset: u64,
    pub(super) size: u32,
    pub(super) digest: [u8; 32],
}

/// The recording as far as it can be had.
pub(super) struct Replayed {
    pub(super) writer: Writer,
    pub(super) frames: Vec<FrameRef>,
    /// Frames in the journal that could not be had.
    pub(super) frames_missing: u64,
    /// END as journaled last.
    pub(super) end: Option<End>,
    /// The final checkpoint, if files may show it already.
    pub(super) released: Option<String>,
    /// Copies that the record itself says were lost.
    pub(super) media_lost: BTreeSet<usize>,
    /// Evidence of time that files over the final checkpoint may show already.
    pub(super) evidence: Vec<(EvidenceKind, Vec<u8>)>,
}

/// Replays everything after START. The error says why nothing may be signed.
pub(super) fn replay(start: &Start, records: &[Record], sources: &Sources) -> Result<Replayed, String> {
    let writer =
        Writer::resume(&start.header_note, start.about.clone(), &start.secrets).map_err(|error| error.to_string())?;
    let end = records.iter().rev().find_map(|record| match record {
        Record::End(end) => Some(end.clone()),
        _ => None,
    });
    let mut replayed = Replayed {
        writer,
        frames: Vec::new(),
        frames_missing: 0,
        released: None,
        media_lost: BTreeSet::new(),
        evidence: Vec::new(),
        end,
    };
    replayed.facts(records);
    replayed.sound(records, sources)?;
    Ok(replayed)
}

impl Replayed {
    /// What holds wherever the sound ends.
    fn facts(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Medium { copy, .. } => {
                    self.media_lost.insert((*copy).into());
                }
                Record::Checkpoint { released: true, note } => self.released = Some(note.clone()),
                Record::Evidence { kind, content } => self.evidence.push((*kind, content.clone())),
                _ => {}
            }
        }
    }

    fn sound(&mut self, records: &[Record], sources: &Sources) -> Result<(), String> {
        let in_journal = records.iter().filter(|record| matches!(record, Record::Frame { .. })).count() as u64;
        let frames_max = self.end.as_ref().map_or(in_journal, |end| end.frames.min(in_journal));
        let mut offset = 0;
        let mut checkpoint = None;
        let mut bytes = Vec::new();
        for record in records {
            match record {
                Record::Frame { size, digest } => {
                    let frame = FrameRef { offset, size: *size, digest: *digest };
                    if self.frames.len() as u64 == frames_max || !sources.read(&frame, &mut bytes) {
                        self.frames_missing = frames_max - self.frames.len() as u64;
                        return Ok(());
                    }
                    checkpoint = self.writer.push_frame(&bytes, None).map_err(|error| error.to_string())?;
                    self.frames.push(frame);
                    offset += u64::from(*size);
                }
                Record::Event { kind, first, count, body } => {
                    self.writer.push_event(*kind, *first, *count, body).map_err(|error| error.to_string())?;
                }
                Record::Checkpoint { released: false, note } if checkpoint.as_ref() != Some(note) => {
                    return Err("the journal does not agree with its own checkpoints".into());
                }
                Record::Kept { size, text } => {
                    let kept = self.writer.keep_checkpoint().map_err(|error| error.to_string())?;
                    if (kept.size, &kept.text) != (*size, text) {
                        return Err("the journal does not agree with the checkpoints that were anchored".into());
                    }
                }
                Record::Anchor { first, body } => {
                    self.writer.push_anchor(*first, body).map_err(|error| error.to_string())?;
                }
                Record::Start(_) => return Err("the journal begins twice".into()),
                Record::Checkpoint { .. } | Record::End(_) | Record::Medium { .. } | Record::Evidence { .. } => {}
            }
        }
        Ok(())
    }
}
